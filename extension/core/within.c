/*-------------------------------------------------------------------------
 *
 * within.c
 *		A within summary as a flat value: sizes, the validator, a small
 *		state changed in place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/within.h"

uint64
mg_within_open_size(int dim, uint64 n_persons)
{
	return sizeof(MgWithin) +
		(n_persons > 0 ? n_persons * mg_record_size(dim) : 0);
}

/* The numbers of the condensed form. */
static uint64
condensed_numbers(int dim)
{
	uint64		q = mg_spread_length(dim - 1);

	return mg_triangle_length(dim) + dim + q * (q + 1) / 2;
}

uint64
mg_within_condensed_size(int dim)
{
	return sizeof(MgWithin) + sizeof(MgWithinSums) +
		(dim > 0 ? condensed_numbers(dim) * sizeof(double) : 0);
}

void
mg_within_check_size(uint64 size)
{
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("within summary would be larger than 1 GB"),
				 errhint("Use fewer variables or summarise fewer persons at a time.")));
}

/* An empty summary with room for some persons. */
MgWithin *
mg_within_create(uint16 flags, int dim, int32 n_persons)
{
	uint64		size = mg_within_open_size(dim, n_persons);
	MgWithin   *s;

	mg_within_check_size(size);
	s = (MgWithin *) palloc0(size);
	SET_VARSIZE(s, size);
	s->format = MG_WITHIN_FORMAT;
	s->flags = flags;
	s->dim = dim;
	return s;
}

static const char *
persons_invalid(const MgWithin *s)
{
	Size		size;
	int32		i;

	if (s->n_persons == 0)
		return NULL;
	size = mg_moments_size(s->dim, 0);
	for (i = 0; i < s->n_persons; i++)
	{
		const MgPerson *p = mg_within_person(s, i);
		const MgMoments *m = mg_person_moments(p);

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (m->dim != s->dim || m->capacity != 0 || m->buffered != 0 ||
			m->n == 0 || !mg_moments_valid(m, size))
			return "its numbers are not those of any data";
		if ((s->flags & MG_WITHIN_UNNAMED) ? p->id != i :
			i > 0 && p->id <= mg_within_person(s, i - 1)->id)
			return "its persons are not in order";
		if ((!(s->flags & MG_WITHIN_CLUSTERS) && p->cluster != p->id) ||
			(!(s->flags & MG_WITHIN_STRATA) && p->stratum != 0))
			return "it has clusters or strata that its flags deny";
	}
	return NULL;
}

static const char *
sums_invalid(const MgWithin *s)
{
	const MgWithinSums *c = mg_within_sums(s);
	uint64		n = condensed_numbers(s->dim);
	double		check = c->sum_w * 0;
	uint64		i;
	int			j;

	if (c->n < 1 || c->n_persons < 1 || c->n_persons > c->n ||
		c->n_singletons < 0 || c->n_singletons > c->n_persons ||
		c->n_clusters < 1 || c->n_clusters > c->n_persons ||
		c->n_strata < 1 || c->n_strata > c->n_clusters ||
		c->n_lonely < 0 || c->n_lonely > c->n_strata)
		return "its counts contradict each other";
	for (i = 0; i < n; i++)
	{
		if (i % 1048576 == 0)
			CHECK_FOR_INTERRUPTS();
		check += mg_sums_number(c)[i] * 0;
	}
	if (check != 0 || !(c->sum_w > 0))
		return "its numbers are not those of any data";
	for (j = 0; j < s->dim; j++)
	{
		if (mg_sums_number(c)[mg_triangle_at(j, j)] < 0 ||
			mg_sums_number(c)[mg_triangle_length(s->dim) + j] < 0)
			return "a sum of squares is negative";
	}
	return NULL;
}

/* What is wrong with a value, or NULL. */
const char *
mg_within_invalid(const MgWithin *s, Size size)
{
	if (size < sizeof(MgWithin))
		return "it is cut short";
	if (s->format != MG_WITHIN_FORMAT)
		return "its format is unknown";
	if ((s->flags & ~MG_WITHIN_KNOWN_FLAGS) != 0 ||
		((s->flags & MG_WITHIN_STRATA) && !(s->flags & MG_WITHIN_CLUSTERS)))
		return "its flags are unknown";
	if (s->n_skipped < 0 || s->n_persons < 0 || s->dim < 0 ||
		s->dim > MG_MOMENTS_MAX_DIM)
		return "a count is out of range";
	if (s->dim == 0 && s->n_persons > 0)
		return "it has persons but no columns";
	if (s->flags & MG_WITHIN_CONDENSED)
	{
		if (s->n_persons > 0 || s->dim == 0)
			return "its counts contradict each other";
		if (size < mg_within_condensed_size(s->dim))
			return "it is cut short";
		return sums_invalid(s);
	}
	if (size < mg_within_open_size(s->dim, s->n_persons))
		return "it is cut short";
	return persons_invalid(s);
}

bool
mg_within_is_small(const MgWithin *s)
{
	return s->n_persons < MG_WITHIN_FLAT_PERSONS &&
		mg_within_open_size(s->dim, s->n_persons) < MG_WITHIN_FLAT_BYTES;
}

/* Raises an error when a person's cluster or stratum is not the same. */
void
mg_person_check(const MgPerson *p, const MgPerson *key)
{
	if (p->cluster != key->cluster || p->stratum != key->stratum)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be the same on all rows of a person",
						p->stratum != key->stratum ? "stratum" : "cluster"),
				 errdetail("Persons are nested in clusters, clusters in strata."),
				 errhint("Give the one that the person was sampled in, whatever it moved to later.")));
}

/*
 * The moments of a person in a small flat state, which grows when the person
 * is new.
 */
MgMoments *
mg_within_flat_find(MgWithin **state, const MgPerson *key)
{
	MgWithin   *s = *state;
	Size		record = mg_record_size(s->dim);
	int32		low = 0;
	int32		high = s->n_persons;
	MgPerson   *p;

	if (s->flags & MG_WITHIN_UNNAMED)
		low = high;
	while (low < high)
	{
		int32		middle = (low + high) / 2;

		p = mg_within_person(s, middle);
		if (p->id == key->id)
		{
			mg_person_check(p, key);
			return mg_person_moments(p);
		}
		if (p->id < key->id)
			low = middle + 1;
		else
			high = middle;
	}
	if (VARSIZE(s) < mg_within_open_size(s->dim, s->n_persons + 1))
	{
		s = mg_within_create(s->flags, s->dim,
							 s->n_persons < 2 ? s->n_persons + 1 :
							 2 * s->n_persons);
		s->n_skipped = (*state)->n_skipped;
		s->n_persons = (*state)->n_persons;
		memcpy(mg_within_person(s, 0), mg_within_person(*state, 0),
			   s->n_persons * record);
		*state = s;
	}
	p = mg_within_person(s, low);
	memmove((char *) p + record, p, (s->n_persons - low) * record);
	*p = *key;
	if (s->flags & MG_WITHIN_UNNAMED)
		p->id = s->n_persons;
	s->n_persons++;
	mg_moments_init(mg_person_moments(p), s->dim, 0);
	return mg_person_moments(p);
}

/* A copy without slack. */
MgWithin *
mg_within_trim(const MgWithin *s)
{
	uint64		size = (s->flags & MG_WITHIN_CONDENSED) ?
		mg_within_condensed_size(s->dim) :
		mg_within_open_size(s->dim, s->n_persons);
	MgWithin   *copy = (MgWithin *) palloc(size);

	memcpy(copy, s, size);
	SET_VARSIZE(copy, size);
	return copy;
}

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

/* "head" says what kind of summary it is and how many subgroups it has. */
uint64
mg_within_open_size(const MgWithin *head, uint64 n_persons)
{
	return sizeof(MgWithin) + mg_within_groups_size(head) +
		(n_persons > 0 ? n_persons * mg_record_size(head->flags, head->dim) : 0);
}

/*
 * Numbers that the covariance of a cluster's sums is made of.  With a trend,
 * the products with years and after are there for each part.
 */
uint64
mg_spread_length(const MgWithin *head)
{
	uint64		x = head->dim - 1;
	uint64		apart = 0;

	if (head->flags & MG_WITHIN_TREND)
	{
		x = head->dim - MG_TREND_DIM;
		apart = mg_within_n_parts(head) * (5 + 2 * x);
	}
	return apart + x * (x + 1) / 2 + x;
}

/* The numbers of the condensed form. */
static uint64
condensed_numbers(const MgWithin *head)
{
	uint64		q = mg_spread_length(head);

	return mg_within_n_parts(head) *
		(mg_triangle_length(head->dim) + head->dim) + q * (q + 1) / 2;
}

uint64
mg_within_condensed_size(const MgWithin *head)
{
	return sizeof(MgWithin) + mg_within_groups_size(head) +
		sizeof(MgWithinSums) +
		((head->flags & MG_WITHIN_TREND) ?
		 mg_within_n_parts(head) * sizeof(MgWithinPart) : 0) +
		(head->dim > 0 ? condensed_numbers(head) * sizeof(double) : 0);
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

/* A summary without persons, with room for some, like "head". */
MgWithin *
mg_within_create(const MgWithin *head, int32 n_persons)
{
	uint64		size = mg_within_open_size(head, n_persons);
	MgWithin   *s;

	mg_within_check_size(size);
	s = (MgWithin *) palloc0(size);
	*s = *head;
	SET_VARSIZE(s, size);
	s->format = MG_WITHIN_FORMAT;
	s->n_persons = 0;
	return s;
}

/* A copy with room for more persons, or for the subgroups of "head". */
MgWithin *
mg_within_grow(const MgWithin *s, const MgWithin *head, int32 n_persons)
{
	MgWithin   *copy = mg_within_create(head, n_persons);

	copy->n_persons = s->n_persons;
	memcpy(mg_within_groups(copy), mg_within_groups(s),
		   s->n_groups * sizeof(MgWithinGroup));
	memcpy(mg_within_labels(copy), mg_within_labels(s), s->label_bytes);
	if (s->n_persons > 0)
		memcpy(mg_within_person(copy, 0), mg_within_person(s, 0),
			   s->n_persons * mg_record_size(s->flags, s->dim));
	return copy;
}

static const char *
trend_invalid(const MgWithin *s, const MgPerson *p)
{
	const MgPersonTrend *t = mg_person_trend(p);
	int64		n = mg_person_moments(p)->n;

	if (t->group < -1 || t->group >= s->n_groups ||
		(t->group >= 0) != (n > 0 && (s->flags & MG_WITHIN_GROUPS) != 0))
		return "a person's subgroup is not there";
	if (t->n_earlier < 0 || t->n_earlier > 2 || t->n_earlier > n ||
		t->earlier - t->earlier != 0 ||
		(t->n_earlier == 0 && t->earlier != 0))
		return "a person's earlier times are not those of any data";
	return NULL;
}

static const char *
persons_invalid(const MgWithin *s)
{
	Size		size;
	int64		n = 0;
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
			(m->n == 0 && !(s->flags & MG_WITHIN_TREND)) ||
			!mg_moments_valid(m, size) || m->n > PG_INT64_MAX - n)
			return "its numbers are not those of any data";
		n += m->n;
		if (s->flags & MG_WITHIN_TREND)
		{
			const char *problem = trend_invalid(s, p);

			if (problem != NULL)
				return problem;
		}
		if ((s->flags & MG_WITHIN_UNNAMED) ? p->id != i :
			i > 0 && p->id <= mg_within_person(s, i - 1)->id)
			return "its persons are not in order";
		if ((!(s->flags & MG_WITHIN_CLUSTERS) && p->cluster != p->id) ||
			(!(s->flags & MG_WITHIN_STRATA) && p->stratum != 0))
			return "it has clusters or strata that its flags deny";
	}
	return NULL;
}

/* Whether the parts are made of what the whole is made of. */
static bool
parts_valid(const MgWithin *s)
{
	const MgWithinSums *c = mg_within_sums(s);
	int64		n = 0;
	int64		n_persons = 0;
	int			g;

	for (g = 0; g < mg_within_n_parts(s); g++)
	{
		const MgWithinPart *part = mg_within_parts(s) + g;

		if (part->n < 0 || part->n > c->n - n ||
			part->n_persons < 0 || part->n_persons > c->n_persons - n_persons ||
			part->n_persons > part->n || part->n_trends < 0 ||
			part->n_trends > part->n_persons)
			return false;
		n += part->n;
		n_persons += part->n_persons;
	}
	return n == c->n && n_persons == c->n_persons;
}

static const char *
sums_invalid(const MgWithin *s)
{
	const MgWithinSums *c = mg_within_sums(s);
	const double *number = mg_sums_number(s);
	Size		triangle = mg_triangle_length(s->dim);
	int			parts = mg_within_n_parts(s);
	uint64		n = condensed_numbers(s);
	double		check = c->sum_w * 0;
	uint64		i;
	int			g;
	int			j;

	if (c->n < 1 || c->n_persons < 1 || c->n_persons > c->n ||
		c->n_singletons < 0 || c->n_singletons > c->n_persons ||
		c->n_clusters < 1 || c->n_clusters > c->n_persons ||
		c->n_strata < 1 || c->n_strata > c->n_clusters ||
		c->n_lonely < 0 || c->n_lonely > c->n_strata ||
		c->n_registered < c->n_clusters ||
		(c->n_registered > c->n_clusters && !(s->flags & MG_WITHIN_TREND)))
		return "its counts contradict each other";
	if ((s->flags & MG_WITHIN_TREND) && !parts_valid(s))
		return "the counts of its subgroups contradict each other";
	for (i = 0; i < n; i++)
	{
		if (i % 1048576 == 0)
			CHECK_FOR_INTERRUPTS();
		check += number[i] * 0;
	}
	if (check != 0 || !(c->sum_w > 0))
		return "its numbers are not those of any data";
	for (g = 0; g < parts; g++)
	{
		for (j = 0; j < s->dim; j++)
		{
			if (number[g * triangle + mg_triangle_at(j, j)] < 0 ||
				number[parts * triangle + (Size) g * s->dim + j] < 0)
				return "a sum of squares is negative";
		}
	}
	return NULL;
}

/* What is wrong with a value, or NULL. */
const char *
mg_within_invalid(const MgWithin *s, Size size)
{
	const char *problem;

	if (size < sizeof(MgWithin))
		return "it is cut short";
	if (s->format != MG_WITHIN_FORMAT)
		return "its format is unknown";
	if ((s->flags & ~MG_WITHIN_KNOWN_FLAGS) != 0 ||
		((s->flags & MG_WITHIN_STRATA) && !(s->flags & MG_WITHIN_CLUSTERS)))
		return "its flags are unknown";
	if (((s->flags & MG_WITHIN_GROUPS) && !(s->flags & MG_WITHIN_TREND)) ||
		((s->flags & MG_WITHIN_LABELS) && !(s->flags & MG_WITHIN_GROUPS)) ||
		((s->flags & MG_WITHIN_TREND) && (s->flags & MG_WITHIN_UNNAMED)))
		return "its flags contradict each other";
	if (s->n_skipped < 0 || s->n_persons < 0 || s->dim < 0 ||
		s->dim > MG_MOMENTS_MAX_DIM || s->n_groups < 0 ||
		s->n_groups > MG_WITHIN_MAX_GROUPS || s->label_bytes < 0)
		return "a count is out of range";
	if (s->dim == 0 && (s->n_persons > 0 || s->n_groups > 0))
		return "it has persons but no columns";
	if ((s->flags & MG_WITHIN_TREND) && s->dim > 0 && s->dim < MG_TREND_DIM)
		return "it has too few columns";
	if (size < mg_within_open_size(s, 0))
		return "it is cut short";
	problem = mg_within_groups_invalid(s);
	if (problem != NULL)
		return problem;
	if (s->flags & MG_WITHIN_CONDENSED)
	{
		if (s->n_persons > 0 || s->dim == 0)
			return "its counts contradict each other";
		if (size < mg_within_condensed_size(s))
			return "it is cut short";
		return sums_invalid(s);
	}
	if (size < mg_within_open_size(s, s->n_persons))
		return "it is cut short";
	return persons_invalid(s);
}

bool
mg_within_is_small(const MgWithin *s)
{
	return s->n_persons < MG_WITHIN_FLAT_PERSONS &&
		mg_within_open_size(s, s->n_persons) < MG_WITHIN_FLAT_BYTES;
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

/* A record without a row. */
void
mg_person_init(MgPerson *p, const MgPerson *key, uint16 flags, int dim)
{
	*p = *key;
	mg_moments_init(mg_person_moments(p), dim, 0);
	if (flags & MG_WITHIN_TREND)
	{
		MgPersonTrend *t = mg_person_trend(p);

		memset(t, 0, sizeof(MgPersonTrend));
		t->group = -1;
	}
}

/*
 * A person in a small flat state, which grows when the person is new; then
 * without a row.
 */
MgPerson *
mg_within_flat_find(MgWithin **state, const MgPerson *key)
{
	MgWithin   *s = *state;
	Size		record = mg_record_size(s->flags, s->dim);
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
			return p;
		}
		if (p->id < key->id)
			low = middle + 1;
		else
			high = middle;
	}
	if (VARSIZE(s) < mg_within_open_size(s, s->n_persons + 1))
		s = *state = mg_within_grow(s, s, s->n_persons < 2 ?
									s->n_persons + 1 : 2 * s->n_persons);
	p = mg_within_person(s, low);
	memmove((char *) p + record, p, (s->n_persons - low) * record);
	mg_person_init(p, key, s->flags, s->dim);
	if (s->flags & MG_WITHIN_UNNAMED)
		p->id = s->n_persons;
	s->n_persons++;
	return p;
}

/* A copy without slack. */
MgWithin *
mg_within_trim(const MgWithin *s)
{
	uint64		size = (s->flags & MG_WITHIN_CONDENSED) ?
		mg_within_condensed_size(s) : mg_within_open_size(s, s->n_persons);
	MgWithin   *copy = (MgWithin *) palloc(size);

	memcpy(copy, s, size);
	SET_VARSIZE(copy, size);
	return copy;
}

/*-------------------------------------------------------------------------
 *
 * within_summary.c
 *		Within summaries as Datums: expanded objects, opening.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "io/moments_summary.h"
#include "io/within_summary.h"

#define EXPANDED_MAGIC	0x4d475749

typedef struct ExpandedWithin
{
	ExpandedObjectHeader hdr;
	int			magic;
	MgWithinBig *big;
} ExpandedWithin;

static Size
flat_size(ExpandedObjectHeader *eohptr)
{
	return mg_within_big_flat_size(((ExpandedWithin *) eohptr)->big);
}

static void
flatten_into(ExpandedObjectHeader *eohptr, void *result, Size size)
{
	mg_within_big_flatten(((ExpandedWithin *) eohptr)->big,
						  (MgWithin *) result, size);
}

static const ExpandedObjectMethods methods = {flat_size, flatten_into};

/* An empty large state in a context of its own below "parent". */
Datum
mg_within_expand(MemoryContext parent, const MgWithin *head, MgWithinBig **big)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "mindgap within summary",
											  ALLOCSET_DEFAULT_SIZES);
	ExpandedWithin *e = (ExpandedWithin *)
		MemoryContextAlloc(cxt, sizeof(ExpandedWithin));

	EOH_init_header(&e->hdr, &methods, cxt);
	e->magic = EXPANDED_MAGIC;
	e->big = *big = mg_within_big_create(cxt, head);
	return EOHPGetRWDatum(&e->hdr);
}

/* The large state behind a Datum, or NULL when the Datum is flat. */
MgWithinBig *
mg_within_expanded(Datum d)
{
	ExpandedWithin *e;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(d)))
		return NULL;
	e = (ExpandedWithin *) DatumGetEOHP(d);
	if (e->magic != EXPANDED_MAGIC)
		elog(ERROR, "not an expanded within summary");
	return e->big;
}

/* A state of the aggregate as a flat value without slack. */
MgWithin *
mg_within_flatten(Datum state)
{
	MgWithin   *s;
	int32		i;

	if (mg_within_expanded(state) != NULL)
	{
		ExpandedObjectHeader *eoh = DatumGetEOHP(state);
		Size		size = EOH_get_flat_size(eoh);

		s = (MgWithin *) palloc(size);
		EOH_flatten_into(eoh, s, size);
	}
	else
		s = mg_within_trim((MgWithin *) PG_DETOAST_DATUM(state));
	mg_within_sort_groups(s);
	for (i = 0; i < s->n_persons; i++)
	{
		if (!mg_moments_finite(mg_person_moments(mg_within_person(s, i))))
			mg_moments_overflow();
	}
	return s;
}

/* What is wrong with a value, labels too, or NULL. */
const char *
mg_within_problem(const MgWithin *s)
{
	const char *problem = mg_within_invalid(s, VARSIZE(s));
	int32		g;

	if (problem != NULL || !(s->flags & MG_WITHIN_LABELS))
		return problem;
	for (g = 0; g < s->n_groups; g++)
	{
		const char *label = mg_within_labels(s) + mg_within_groups(s)[g].key;
		int32		len = mg_within_groups(s)[g].label_len;

		if (memchr(label, '\0', len) != NULL ||
			!pg_verifymbstr(label, len, true))
			return "a subgroup's label is no text";
	}
	return NULL;
}

/* Opens a summary that a query handed in: detoasts it, checks all of it. */
MgWithin *
mg_within_open(Datum d)
{
	MgWithin   *s = (MgWithin *) PG_DETOAST_DATUM(d);
	const char *problem = mg_within_problem(s);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("within summary is damaged"),
				 errdetail("Reading it stopped because %s.", problem),
				 errhint("Make the summary again from the data.")));
	return s;
}

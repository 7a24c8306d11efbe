/*-------------------------------------------------------------------------
 *
 * expanded.c
 *		A large survey state as an expanded object of PostgreSQL.
 *
 * The executor hands a read-write pointer to the object from row to row
 * without copying it, and flattens it wherever the value leaves the
 * aggregate (see utils/expandeddatum.h).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "io/expanded.h"

#define EXPANDED_MAGIC	0x4d475355

typedef struct ExpandedSurvey
{
	ExpandedObjectHeader hdr;
	int			magic;
	MgBig	   *big;
} ExpandedSurvey;

static Size
flat_size(ExpandedObjectHeader *eohptr)
{
	return mg_big_flat_size(((ExpandedSurvey *) eohptr)->big);
}

static void
flatten_into(ExpandedObjectHeader *eohptr, void *result, Size size)
{
	mg_big_flatten(((ExpandedSurvey *) eohptr)->big, (MgSurvey *) result, size);
}

static const ExpandedObjectMethods methods = {flat_size, flatten_into};

/* An empty large state in a context of its own below "parent". */
Datum
mg_expanded_create(MemoryContext parent, uint16 flags, MgBig **big)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "mindgap survey summary",
											  ALLOCSET_DEFAULT_SIZES);
	ExpandedSurvey *e = (ExpandedSurvey *)
		MemoryContextAlloc(cxt, sizeof(ExpandedSurvey));

	EOH_init_header(&e->hdr, &methods, cxt);
	e->magic = EXPANDED_MAGIC;
	e->big = *big = mg_big_create(cxt, flags);
	return EOHPGetRWDatum(&e->hdr);
}

/* The large state behind a Datum, or NULL when the Datum is flat. */
MgBig *
mg_expanded_get(Datum d)
{
	ExpandedSurvey *e;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(d)))
		return NULL;
	e = (ExpandedSurvey *) DatumGetEOHP(d);
	if (e->magic != EXPANDED_MAGIC)
		elog(ERROR, "not an expanded survey summary");
	return e->big;
}

static void
sums_overflowed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("a weighted sum is out of the range of double precision"),
			 errhint("Rescale the outcome or the weights.")));
}

/* What was summed or merged must be a summary that can be read. */
void
mg_survey_check_merged(MgSurvey *s)
{
	MgView		v;

	mg_survey_view(s, &v);
	if (mg_survey_overflowed(&v))
		sums_overflowed();
	/* Only merges of absurd counts can have made it unreadable. */
	if (mg_survey_invalid(s, VARSIZE(s)) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a count of rows is out of range"),
				 errhint("Merge summaries of real rows only.")));
}

/* A state of the aggregate as a flat value without slack. */
MgSurvey *
mg_survey_flatten(Datum state)
{
	MgSurvey   *s;

	if (mg_expanded_get(state) != NULL)
	{
		ExpandedObjectHeader *eoh = DatumGetEOHP(state);
		Size		size = EOH_get_flat_size(eoh);

		mg_survey_check_size(size);
		s = (MgSurvey *) palloc(size);
		EOH_flatten_into(eoh, s, size);
	}
	else
		s = mg_flat_trim((MgSurvey *) PG_DETOAST_DATUM(state));
	mg_survey_check_merged(s);
	return s;
}

/*
 * Opens a summary that a query handed in: detoasts it and checks all of it,
 * so that no stored damage reaches the arithmetic.
 */
void
mg_survey_open(Datum d, MgView *view)
{
	MgSurvey   *s = (MgSurvey *) PG_DETOAST_DATUM(d);
	const char *problem = mg_survey_invalid(s, VARSIZE(s));

	if (problem != NULL && mg_survey_sums_overflowed(s, VARSIZE(s)))
		sums_overflowed();
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("survey summary is damaged"),
				 errdetail("Reading it stopped because %s.", problem),
				 errhint("Make the summary again from the data.")));
	mg_survey_view(s, view);
}

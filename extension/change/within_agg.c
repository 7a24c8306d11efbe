/*-------------------------------------------------------------------------
 *
 * within_agg.c
 *		The aggregates that build within summaries.
 *
 * The transition type is the SQL type itself: a flat value that is changed
 * in place while it holds few persons, then an expanded object.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "io/moments_summary.h"
#include "io/rows.h"
#include "io/within_state.h"

#define AGGREGATES	"mindgap.within_agg or mindgap.rollup"

/* Positions of the arguments behind the state. */
#define ARG_PERSON		1
#define ARG_OUTCOME		2
#define ARG_CLUSTER		5
#define ARG_STRATUM		6

/* (state, person, outcome, x [, weight [, cluster [, stratum]]]) */
PG_FUNCTION_INFO_V1(mindgap_within_accum);

Datum
mindgap_within_accum(PG_FUNCTION_ARGS)
{
	int			nargs = PG_NARGS();
	MgWithinState st;
	MgPerson	key = {0};
	MgXRow		row;

	if (!mg_within_state_open(fcinfo, AGGREGATES, &st))
		st.flat = mg_within_create((nargs > ARG_CLUSTER ? MG_WITHIN_CLUSTERS : 0) |
								   (nargs > ARG_STRATUM ? MG_WITHIN_STRATA : 0),
								   0, 0);
	mg_read_x_row(fcinfo, ARG_OUTCOME, &row);
	if (row.dim > 0)
		mg_within_state_set_dim(&st, row.dim);
	if (PG_ARGISNULL(ARG_PERSON) ||
		(nargs > ARG_CLUSTER && PG_ARGISNULL(ARG_CLUSTER)))
		row.complete = false;
	else if (nargs > ARG_STRATUM && PG_ARGISNULL(ARG_STRATUM))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("stratum must not be NULL where cluster is given"),
				 errdetail("Clusters are identified within their stratum."),
				 errhint("Leave the argument out when the sample is not stratified.")));
	if (!row.complete)
	{
		mg_within_state_head(&st)->n_skipped++;
		PG_RETURN_DATUM(mg_within_state_datum(&st));
	}
	if (row.weight == 0)
		PG_RETURN_DATUM(mg_within_state_datum(&st));

	key.id = PG_GETARG_INT64(ARG_PERSON);
	key.cluster = nargs > ARG_CLUSTER ? PG_GETARG_INT64(ARG_CLUSTER) : key.id;
	if (nargs > ARG_STRATUM)
		key.stratum = PG_GETARG_INT64(ARG_STRATUM);
	if (!mg_moments_add(mg_within_state_find(&st, &key), row.outcome, row.x, row.weight))
		mg_refuse_row(&row);
	PG_RETURN_DATUM(mg_within_state_datum(&st));
}

/* (state, summary, cluster): one moments_summary is one person */
PG_FUNCTION_INFO_V1(mindgap_within_accum_moments);

Datum
mindgap_within_accum_moments(PG_FUNCTION_ARGS)
{
	MgWithinState st;
	MgPerson	key = {0};
	MgMomentsSummary *person;
	MgMoments  *m;

	if (!mg_within_state_open(fcinfo, AGGREGATES, &st))
		st.flat = mg_within_create(MG_WITHIN_CLUSTERS | MG_WITHIN_UNNAMED,
								   0, 0);
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(mg_within_state_datum(&st));
	person = mg_moments_summary_open(PG_GETARG_DATUM(1));
	m = mg_summary_moments(person);
	if (m->dim > 0)
		mg_within_state_set_dim(&st, m->dim);
	if (PG_ARGISNULL(2))
	{
		mg_within_state_head(&st)->n_skipped += person->n_skipped + m->n;
		PG_RETURN_DATUM(mg_within_state_datum(&st));
	}
	mg_within_state_head(&st)->n_skipped += person->n_skipped;
	if (m->n > 0)
	{
		key.cluster = PG_GETARG_INT64(2);
		mg_moments_merge(mg_within_state_find(&st, &key), m);
	}
	PG_RETURN_DATUM(mg_within_state_datum(&st));
}

static void
check_same_kind(const MgWithin *a, const MgWithin *b)
{
	static const struct
	{
		uint16		flag;
		const char *detail;
	}			kinds[] = {
		{MG_WITHIN_CLUSTERS, "One has clusters, the other has none."},
		{MG_WITHIN_STRATA, "One has strata, the other has none."},
		{MG_WITHIN_UNNAMED, "One was made from rows, the other from moments summaries."}
	};
	int			i;

	for (i = 0; i < (int) lengthof(kinds); i++)
	{
		if ((a->flags ^ b->flags) & kinds[i].flag)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("within summaries cannot be combined"),
					 errdetail("%s", kinds[i].detail),
					 errhint("Make them with the same arguments.")));
	}
	if (a->dim > 0 && b->dim > 0 && a->dim != b->dim)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("within summaries cannot be combined"),
				 errdetail("In one x has %d elements, in the other %d.",
						   a->dim - 1, b->dim - 1),
				 errhint("Combine summaries of the same variables only.")));
}

/* The transition function of rollup and the combine function of all. */
PG_FUNCTION_INFO_V1(mindgap_within_combine);

Datum
mindgap_within_combine(PG_FUNCTION_ARGS)
{
	MgWithinState st;
	MgWithin   *b;
	int32		i;

	if (!mg_within_state_open(fcinfo, AGGREGATES, &st) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(mg_within_state_datum(&st));
	b = mg_within_open(PG_GETARG_DATUM(1));
	if (b->flags & MG_WITHIN_CONDENSED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a condensed within summary cannot be combined"),
				 errdetail("It no longer tells persons apart, and a person may be in both."),
				 errhint("Roll up the summaries as within_agg made them, then condense.")));
	if (mg_within_state_head(&st) == NULL)
		st.flat = mg_within_create(b->flags, b->dim, 0);
	check_same_kind(mg_within_state_head(&st), b);
	if (b->dim > 0)
		mg_within_state_set_dim(&st, b->dim);
	mg_within_state_head(&st)->n_skipped += b->n_skipped;
	for (i = 0; i < b->n_persons; i++)
	{
		const MgPerson *p = mg_within_person(b, i);

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		mg_moments_merge(mg_within_state_find(&st, p), mg_person_moments(p));
	}
	PG_RETURN_DATUM(mg_within_state_datum(&st));
}

/* The state as a flat value without slack; the state itself may grow on. */
PG_FUNCTION_INFO_V1(mindgap_within_final);

Datum
mindgap_within_final(PG_FUNCTION_ARGS)
{
	(void) mg_aggregate_context(fcinfo, AGGREGATES);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(mg_within_flatten(PG_GETARG_DATUM(0)));
}

/*-------------------------------------------------------------------------
 *
 * within_agg.c
 *		Within summaries from rows and from summaries of persons.
 *
 * See within_state.c for the state.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "io/moments_summary.h"
#include "io/rows.h"
#include "io/within_state.h"

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

	if (!mg_within_state_open(fcinfo, MG_WITHIN_AGGREGATES, &st))
		mg_within_state_start(&st, (nargs > ARG_CLUSTER ? MG_WITHIN_CLUSTERS : 0) |
							  (nargs > ARG_STRATUM ? MG_WITHIN_STRATA : 0),
							  0);
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
	if (!mg_moments_add(mg_person_moments(mg_within_state_find(&st, &key)),
						row.outcome, row.x, row.weight))
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

	if (!mg_within_state_open(fcinfo, MG_WITHIN_AGGREGATES, &st))
		mg_within_state_start(&st, MG_WITHIN_CLUSTERS | MG_WITHIN_UNNAMED, 0);
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
		mg_moments_merge(mg_person_moments(mg_within_state_find(&st, &key)), m);
	}
	PG_RETURN_DATUM(mg_within_state_datum(&st));
}

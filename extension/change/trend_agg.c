/*-------------------------------------------------------------------------
 *
 * trend_agg.c
 *		The aggregate trend_break_agg.
 *
 * The variables of a person's moments are (score, years, after, x).  Beside
 * them stand the subgroup and whether there are two distinct times before
 * the event, without which trend and excess cannot be told apart.
 *
 * A row that does not count still registers the person's cluster, as far as
 * it was sampled: that is, unless the weight is NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"

#include "io/rows.h"
#include "io/within_state.h"

/* Positions of the arguments behind the state. */
#define ARG_PERSON		1
#define ARG_YEARS		2
#define ARG_SCORE		3
#define ARG_AFTER		4
#define ARG_GROUP		5
#define ARG_WEIGHT		6
#define ARG_CLUSTER		7
#define ARG_STRATUM		8
#define ARG_X			9

/* Columns of x, with years and after, that need no allocation. */
#define FEW_COLUMNS		32

static uint16
flags_of_call(FunctionCallInfo fcinfo)
{
	int			nargs = PG_NARGS();
	uint16		flags = MG_WITHIN_TREND;

	if (nargs > ARG_GROUP)
		flags |= MG_WITHIN_GROUPS;
	if (nargs > ARG_GROUP &&
		get_fn_expr_argtype(fcinfo->flinfo, ARG_GROUP) == TEXTOID)
		flags |= MG_WITHIN_LABELS;
	if (nargs > ARG_CLUSTER)
		flags |= MG_WITHIN_CLUSTERS;
	if (nargs > ARG_STRATUM)
		flags |= MG_WITHIN_STRATA;
	return flags;
}

static int32
find_group(FunctionCallInfo fcinfo, MgWithinState *st)
{
	text	   *t;

	if (!(mg_within_state_head(st)->flags & MG_WITHIN_LABELS))
		return mg_within_state_group(st, PG_GETARG_INT64(ARG_GROUP), NULL, 0);
	t = PG_GETARG_TEXT_PP(ARG_GROUP);
	return mg_within_state_group(st, 0, VARDATA_ANY(t),
								 (int32) VARSIZE_ANY_EXHDR(t));
}

static void
check_number(double x, const char *name)
{
	if (!isfinite(x))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite", name),
				 errhint("Use NULL for missing values.")));
}

/* Adds (score, years, after, x) to the person; row->x is x alone. */
static void
add_row(MgPerson *p, double years, bool after, MgXRow *row)
{
	double		few[FEW_COLUMNS];
	int			k = row->dim + 1;
	double	   *x = k <= FEW_COLUMNS ? few : palloc(k * sizeof(double));

	x[0] = years;
	x[1] = after;
	if (k > 2)
		memcpy(x + 2, row->x, (k - 2) * sizeof(double));
	if (!mg_moments_add(mg_person_moments(p), row->outcome, x, row->weight))
	{
		check_number(row->outcome, "score");
		check_number(years, "years");
		mg_refuse_row(row);
	}
	if (x != few)
		pfree(x);
}

/*
 * (state, person, years, score, after_event [, subgroup [, weight [, cluster
 * [, stratum [, x]]]]])
 */
PG_FUNCTION_INFO_V1(mindgap_trend_break_accum);

Datum
mindgap_trend_break_accum(PG_FUNCTION_ARGS)
{
	int			nargs = PG_NARGS();
	MgWithinState st;
	MgPerson	key = {0};
	MgPerson   *p;
	MgPersonTrend trend = {0};
	MgXRow		row;
	bool		sampled;
	bool		named;
	double		years;
	bool		after;

	if (!mg_within_state_open(fcinfo, MG_WITHIN_AGGREGATES, &st))
		mg_within_state_start(&st, flags_of_call(fcinfo), 0);
	sampled = mg_read_weight(fcinfo, ARG_WEIGHT, &row.weight);
	row.complete = sampled;
	row.dim = 1;
	row.x = NULL;
	if (nargs > ARG_X &&
		!mg_read_x(fcinfo, ARG_X, MG_MOMENTS_MAX_DIM - 2, &row))
		row.complete = false;
	if (row.dim > 0)
		mg_within_state_set_dim(&st, row.dim + 2);
	named = !PG_ARGISNULL(ARG_PERSON) &&
		!(nargs > ARG_CLUSTER && PG_ARGISNULL(ARG_CLUSTER));
	if (named && nargs > ARG_STRATUM && PG_ARGISNULL(ARG_STRATUM))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("stratum must not be NULL where cluster is given"),
				 errdetail("Clusters are identified within their stratum."),
				 errhint("Give the same stratum to all when the sample is not stratified.")));
	if (!named || PG_ARGISNULL(ARG_YEARS) || PG_ARGISNULL(ARG_SCORE) ||
		PG_ARGISNULL(ARG_AFTER) ||
		(nargs > ARG_GROUP && PG_ARGISNULL(ARG_GROUP)))
		row.complete = false;
	if (!row.complete)
		mg_within_state_head(&st)->n_skipped++;
	if (named)
	{
		key.id = PG_GETARG_INT64(ARG_PERSON);
		key.cluster = nargs > ARG_CLUSTER ? PG_GETARG_INT64(ARG_CLUSTER) : key.id;
		if (nargs > ARG_STRATUM)
			key.stratum = PG_GETARG_INT64(ARG_STRATUM);
	}
	if (!row.complete || row.weight == 0)
	{
		/* Of x that is NULL as a whole the length may not be known yet. */
		if (named && sampled && nargs > ARG_CLUSTER && row.dim > 0)
			(void) mg_within_state_find(&st, &key);
		PG_RETURN_DATUM(mg_within_state_datum(&st));
	}

	years = PG_GETARG_FLOAT8(ARG_YEARS);
	after = PG_GETARG_BOOL(ARG_AFTER);
	row.outcome = PG_GETARG_FLOAT8(ARG_SCORE);
	trend.group = nargs > ARG_GROUP ? find_group(fcinfo, &st) : -1;
	if (!after)
	{
		trend.n_earlier = 1;
		trend.earlier = years == 0 ? 0 : years; /* no negative zero */
	}
	p = mg_within_state_find(&st, &key);
	add_row(p, years, after, &row);
	mg_trend_add(mg_person_trend(p), &trend);
	PG_RETURN_DATUM(mg_within_state_datum(&st));
}

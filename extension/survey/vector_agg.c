/*-------------------------------------------------------------------------
 *
 * vector_agg.c
 *		What the aggregates over vector summaries share, and what their
 *		readers share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "survey/vector_agg.h"

/* Refuses a call from outside an aggregate. */
static void
must_be_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function is a part of an aggregate and cannot be called by itself"),
				 errhint("Call the aggregate, or mindgap.rollup.")));
}

/*
 * The state, argument 0, which may be changed; NULL: there is none yet.  A
 * state of our own is a working one with a four-byte header; anything else
 * (an aggregate that somebody made with an initial value) is opened as a
 * value.
 */
MgVectors *
mg_vector_state(FunctionCallInfo fcinfo, MgVectorKind kind)
{
	MgVectors  *s;
	MgVecView	v;

	must_be_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		return NULL;
	s = (MgVectors *) PG_GETARG_POINTER(0);
	if (VARATT_IS_4B_U(s) && VARSIZE(s) >= sizeof(MgVectors) &&
		s->kind == kind && (s->flags & MG_VEC_WORKING) && s->n_slots > 0)
		return s;
	mg_vectors_open_any(PG_GETARG_DATUM(0), kind, true, &v);
	return mg_vectors_working(v.head);
}

/* Origin of the kinds that note the least and the largest outcome. */
void
mg_vector_note_range(MgVectors *s, double y)
{
	double	   *range = mg_vectors_origin(s);

	if ((s->flags & MG_HAS_SHIFT) == 0)
	{
		range[0] = range[1] = y;
		s->flags |= MG_HAS_SHIFT;
	}
	else if (y < range[0])
		range[0] = y;
	else if (y > range[1])
		range[1] = y;
}

void
mg_check_ridit(double ridit)
{
	if (!(ridit >= 0 && ridit <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ridit must be between 0 and 1"),
				 errhint("Compute it by mindgap.ridit(weight) OVER (ORDER BY ...).")));
}

/* The transition function of rollup and the combine function. */
static Datum
vector_combine(FunctionCallInfo fcinfo, MgVectorKind kind)
{
	MgVectors  *s = mg_vector_state(fcinfo, kind);
	MgVecView	b;

	if (PG_ARGISNULL(1))
	{
		if (s == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(s);
	}
	mg_vectors_open_any(PG_GETARG_DATUM(1), kind, true, &b);
	if (s == NULL)
		PG_RETURN_POINTER(mg_vectors_working(b.head));
	PG_RETURN_POINTER(mg_vectors_merge(s, &b));
}

/* The state as a value; the state itself may grow on. */
static Datum
vector_final(FunctionCallInfo fcinfo, MgVectorKind kind)
{
	MgVectors  *s = mg_vector_state(fcinfo, kind);
	MgVecView	v;

	if (s == NULL)
		PG_RETURN_NULL();
	mg_vectors_view(s, &v);
	if (mg_vectors_overflowed(&v))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a weighted sum is out of the range of double precision"),
				 errhint("Rescale the outcome, the other variables or the weights.")));
	PG_RETURN_POINTER(mg_vectors_canonical(s));
}

/* survey_design(summary) */
static Datum
vector_design(FunctionCallInfo fcinfo, MgVectorKind kind)
{
	MgTidy		tidy;
	MgVecView	v;
	MgVecTotals all;
	int64		rows = 0;
	int32		i;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	mg_vectors_open(PG_GETARG_DATUM(0), kind, &v);
	(void) mg_vec_totals(&v, &all);
	for (i = 0; i < v.head->n[MG_VEC_STRATUM]; i++)
		rows += v.strata[i].n_rows;
	mg_tidy_int64(&tidy, 0, v.head->n[MG_VEC_STRATUM]);
	mg_tidy_int64(&tidy, 1, v.head->n[MG_VEC_PSU]);
	mg_tidy_int64(&tidy, 2, rows);
	mg_tidy_int64(&tidy, 3, all.n);
	mg_tidy_int64(&tidy, 4, all.n_missing);
	mg_tidy_int64(&tidy, 5, v.head->n_skipped);
	mg_tidy_int64(&tidy, 6, v.head->n[MG_VEC_GROUP]);
	mg_tidy_int64(&tidy, 7, (int64) v.head->n[MG_VEC_CELL] +
				  v.head->n[MG_VEC_ROWCELL]);
	mg_tidy_int64(&tidy, 8, (int64) mg_vectors_size(v.head));
	return mg_tidy_value(&tidy);
}

static bool
has_rows(const MgVecView *v)
{
	int32		i;

	for (i = 0; i < v->head->n[MG_VEC_STRATUM]; i++)
	{
		if (v->strata[i].n_rows > 0)
			return true;
	}
	return false;
}

/*
 * Can two summaries be compared?  True: neither has PSUs that could be
 * matched, so they are taken as independent samples.
 */
bool
mg_vector_comparable(const MgVecView *a, const MgVecView *b)
{
	bool		none_a = a->head->n[MG_VEC_PSU] == 0;
	bool		none_b = b->head->n[MG_VEC_PSU] == 0;

	if (none_a && none_b)
		return true;
	if ((none_a && has_rows(a)) || (none_b && has_rows(b)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the summaries cannot be compared"),
				 errdetail("One has primary sampling units, the other has none, so their covariance is unknown."),
				 errhint("Make both with stratum and psu, or both without.")));
	return false;
}

/* estimate, std_error, conf_low, conf_high, df [, p_value] from "first" on */
void
mg_put_inference(MgTidy *tidy, int first, const MgInference *r, bool test)
{
	mg_tidy_double(tidy, first, r->estimate);
	mg_tidy_double(tidy, first + 1, r->std_error);
	mg_tidy_double(tidy, first + 2, r->conf_low);
	mg_tidy_double(tidy, first + 3, r->conf_high);
	mg_tidy_double(tidy, first + 4, r->df);
	if (test)
		mg_tidy_double(tidy, first + 5, r->p_value);
}

PG_FUNCTION_INFO_V1(mindgap_concentration_combine);
PG_FUNCTION_INFO_V1(mindgap_concentration_final);
PG_FUNCTION_INFO_V1(mindgap_concentration_design);
PG_FUNCTION_INFO_V1(mindgap_inequality_combine);
PG_FUNCTION_INFO_V1(mindgap_inequality_final);
PG_FUNCTION_INFO_V1(mindgap_inequality_design);
PG_FUNCTION_INFO_V1(mindgap_regression_combine);
PG_FUNCTION_INFO_V1(mindgap_regression_final);
PG_FUNCTION_INFO_V1(mindgap_regression_design);
PG_FUNCTION_INFO_V1(mindgap_decomposition_combine);
PG_FUNCTION_INFO_V1(mindgap_decomposition_final);
PG_FUNCTION_INFO_V1(mindgap_decomposition_design);

Datum
mindgap_concentration_combine(PG_FUNCTION_ARGS)
{
	return vector_combine(fcinfo, MG_VEC_CONCENTRATION);
}

Datum
mindgap_concentration_final(PG_FUNCTION_ARGS)
{
	return vector_final(fcinfo, MG_VEC_CONCENTRATION);
}

Datum
mindgap_concentration_design(PG_FUNCTION_ARGS)
{
	return vector_design(fcinfo, MG_VEC_CONCENTRATION);
}

Datum
mindgap_inequality_combine(PG_FUNCTION_ARGS)
{
	return vector_combine(fcinfo, MG_VEC_INEQUALITY);
}

Datum
mindgap_inequality_final(PG_FUNCTION_ARGS)
{
	return vector_final(fcinfo, MG_VEC_INEQUALITY);
}

Datum
mindgap_inequality_design(PG_FUNCTION_ARGS)
{
	return vector_design(fcinfo, MG_VEC_INEQUALITY);
}

Datum
mindgap_regression_combine(PG_FUNCTION_ARGS)
{
	return vector_combine(fcinfo, MG_VEC_REGRESSION);
}

Datum
mindgap_regression_final(PG_FUNCTION_ARGS)
{
	return vector_final(fcinfo, MG_VEC_REGRESSION);
}

Datum
mindgap_regression_design(PG_FUNCTION_ARGS)
{
	return vector_design(fcinfo, MG_VEC_REGRESSION);
}

Datum
mindgap_decomposition_combine(PG_FUNCTION_ARGS)
{
	return vector_combine(fcinfo, MG_VEC_DECOMPOSITION);
}

Datum
mindgap_decomposition_final(PG_FUNCTION_ARGS)
{
	return vector_final(fcinfo, MG_VEC_DECOMPOSITION);
}

Datum
mindgap_decomposition_design(PG_FUNCTION_ARGS)
{
	return vector_design(fcinfo, MG_VEC_DECOMPOSITION);
}

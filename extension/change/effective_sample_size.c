/*-------------------------------------------------------------------------
 *
 * effective_sample_size.c
 *		Kish's effective sample size, (sum w)^2 / sum w^2, as an aggregate.
 *
 * The state is a float8[] of both sums.  All terms are positive, so nothing
 * is lost in adding them up.  Kish 1965, Survey Sampling, section 11.7.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

static double *
state_of(FunctionCallInfo fcinfo, int arg)
{
	ArrayType  *a = PG_ARGISNULL(arg) ? NULL : PG_GETARG_ARRAYTYPE_P(arg);

	if (a == NULL || ARR_NDIM(a) != 1 || ARR_DIMS(a)[0] != 2 ||
		ARR_HASNULL(a) || ARR_ELEMTYPE(a) != FLOAT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this function is a part of the aggregate effective_sample_size_agg"),
				 errhint("Call mindgap.effective_sample_size_agg.")));
	return (double *) ARR_DATA_PTR(a);
}

static double *
writable_state(FunctionCallInfo fcinfo, Datum *result)
{
	double	   *x;

	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function is a part of the aggregate effective_sample_size_agg"),
				 errhint("Call mindgap.effective_sample_size_agg.")));
	x = state_of(fcinfo, 0);
	*result = PointerGetDatum((char *) x - ARR_OVERHEAD_NONULLS(1));
	return x;
}

PG_FUNCTION_INFO_V1(mindgap_effective_size_accum);

/* (state, weight); NULL does not count */
Datum
mindgap_effective_size_accum(PG_FUNCTION_ARGS)
{
	Datum		result;
	double	   *x = writable_state(fcinfo, &result);
	double		w;

	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(result);
	w = PG_GETARG_FLOAT8(1);
	if (!(w >= 0) || isinf(w))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must be finite and not negative"),
				 errhint("Use NULL or 0 for rows that do not count.")));
	x[0] += w;
	x[1] += w * w;
	PG_RETURN_DATUM(result);
}

PG_FUNCTION_INFO_V1(mindgap_effective_size_combine);

Datum
mindgap_effective_size_combine(PG_FUNCTION_ARGS)
{
	Datum		result;
	double	   *x = writable_state(fcinfo, &result);
	const double *y = state_of(fcinfo, 1);

	x[0] += y[0];
	x[1] += y[1];
	PG_RETURN_DATUM(result);
}

PG_FUNCTION_INFO_V1(mindgap_effective_size_final);

/* NULL without a weight above 0 */
Datum
mindgap_effective_size_final(PG_FUNCTION_ARGS)
{
	const double *x = state_of(fcinfo, 0);
	double		size;

	if (x[0] == 0)
		PG_RETURN_NULL();
	size = x[0] / x[1] * x[0];
	if (!isfinite(size) || !isfinite(x[1]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a sum of squared weights is out of the range of double precision"),
				 errhint("Rescale the weights.")));
	PG_RETURN_FLOAT8(size);
}

/*-------------------------------------------------------------------------
 *
 * rows.c
 *		Rows of (outcome, x, weight) on their way into moments.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/array.h"

#include "io/rows.h"

/* "names" are the aggregates to call instead. */
MemoryContext
mg_aggregate_context(FunctionCallInfo fcinfo, const char *names)
{
	MemoryContext cxt;

	if (!AggCheckCallContext(fcinfo, &cxt))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function is a part of an aggregate and cannot be called by itself"),
				 errhint("Call %s.", names)));
	return cxt;
}

/*
 * The array x.  One of few elements is stored with a short header and not
 * aligned; it is copied into the row, which is faster than detoasting it.
 */
static ArrayType *
x_array(Datum d, MgXRow *row)
{
	struct varlena *v = (struct varlena *) DatumGetPointer(d);
	Size		size;

	/* The header of a value elsewhere looks short too. */
	if (VARATT_IS_EXTERNAL(v) || !VARATT_IS_SHORT(v))
		return DatumGetArrayTypeP(d);
	size = VARSIZE_SHORT(v) - VARHDRSZ_SHORT;
	memcpy(row->copy.bytes + VARHDRSZ, VARDATA_SHORT(v), size);
	SET_VARSIZE(row->copy.bytes, size + VARHDRSZ);
	return (ArrayType *) row->copy.bytes;
}

/* As mg_read_weight, without the call: this is done for each row. */
static inline bool
read_weight(FunctionCallInfo fcinfo, int arg, double *weight)
{
	*weight = 1;
	if (PG_NARGS() <= arg)
		return true;
	if (PG_ARGISNULL(arg))
		return false;
	*weight = PG_GETARG_FLOAT8(arg);
	if (!(*weight >= 0) || isinf(*weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must be finite and not negative"),
				 errhint("Use NULL or 0 to leave a row out.")));
	return true;
}

/* As mg_read_x. */
static inline bool
read_x(FunctionCallInfo fcinfo, int arg, int limit, MgXRow *row)
{
	ArrayType  *a;

	row->dim = 0;
	row->x = NULL;
	row->present_x = NULL;
	if (PG_ARGISNULL(arg))
		return false;
	a = x_array(PG_GETARG_DATUM(arg), row);
	if (ARR_NDIM(a) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("x must be an array of one dimension"),
				 errdetail("It has %d dimensions.", ARR_NDIM(a))));
	row->dim = 1 + (ARR_NDIM(a) == 0 ? 0 : ARR_DIMS(a)[0]);
	if (row->dim > limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("x has too many elements"),
				 errdetail("It has %d; the limit is %d.", row->dim - 1,
						   limit - 1)));
	row->x = (const double *) ARR_DATA_PTR(a);
	if (ARR_HASNULL(a) && array_contains_nulls(a))
	{
		row->present_x = ARR_NULLBITMAP(a);
		return false;
	}
	return true;
}

/* The weight, or 1 without such an argument; false: it is NULL. */
bool
mg_read_weight(FunctionCallInfo fcinfo, int arg, double *weight)
{
	return read_weight(fcinfo, arg, weight);
}

/*
 * Reads x into row->x and row->dim, 1 + its length, or 0 where it is NULL.
 * "limit" is the largest dim.  false: it, or an element, is NULL; in the
 * second case row->present_x says which.
 */
bool
mg_read_x(FunctionCallInfo fcinfo, int arg, int limit, MgXRow *row)
{
	return read_x(fcinfo, arg, limit, row);
}

/*
 * Reads outcome, x and, where there is such an argument, weight, which follow
 * each other.
 */
void
mg_read_x_row(FunctionCallInfo fcinfo, int outcome_arg, MgXRow *row)
{
	row->complete = !PG_ARGISNULL(outcome_arg);
	if (row->complete)
		row->outcome = PG_GETARG_FLOAT8(outcome_arg);
	if (!read_weight(fcinfo, outcome_arg + 2, &row->weight))
		row->complete = false;
	row->present = row->complete && !PG_ARGISNULL(outcome_arg + 1);
	if (!read_x(fcinfo, outcome_arg + 1, MG_MOMENTS_MAX_DIM, row))
		row->complete = false;
}

/* Both are lengths of (outcome, x). */
void
mg_refuse_length(int before, int now)
{
	ereport(ERROR,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 errmsg("x must have the same length throughout"),
			 errdetail("It had %d elements before and has %d here.",
					   before - 1, now - 1),
			 errhint("Use NULL for an element that is missing.")));
}

/* Says why mg_moments_add refused a row. */
void
mg_refuse_row(const MgXRow *row)
{
	int			j;

	if (!isfinite(row->outcome))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("outcome must be finite"),
				 errhint("Use NULL for missing values.")));
	for (j = 0; j < row->dim - 1; j++)
	{
		if (!isfinite(row->x[j]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("x must be finite"),
					 errdetail("Its element %d is not.", j + 1),
					 errhint("Use NULL for missing values.")));
	}
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("a difference between two rows is out of the range of double precision"),
			 errhint("Rescale the outcome or x.")));
}

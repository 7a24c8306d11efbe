/*-------------------------------------------------------------------------
 *
 * gap_difference.c
 *		The difference between two weighted means as a one-step aggregate
 *		that can also take rows back, for moving window frames.
 *
 * Sums are kept in double-double arithmetic (Knuth's TwoSum and Dekker's
 * TwoProduct; Hida, Li and Bailey 2001), so that taking rows back leaves an
 * error of about 1e-30 of the largest sum since the start.  That largest sum
 * is remembered: when it is more than 1e12 times what is left, of weights or
 * of absolute products, the inverse gives up and PostgreSQL computes the frame
 * anew.
 *
 * The state is a float8[] of fixed length, as that of avg(float8), so that
 * parallel and distributed plans can ship it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

/*
 * State elements: two sides, each n, and (hi, lo) of W = sum w, S = sum w y
 * and A = sum |w y|, and the largest W and A since the start.
 */
#define SIDE		9
#define N_STATE		(2 * SIDE)
#define N_ROWS		0
#define W_HI		1
#define W_LO		2
#define S_HI		3
#define S_LO		4
#define A_HI		5
#define A_LO		6
#define W_PEAK		7
#define A_PEAK		8

#define WORN_OUT	1e12

/* (hi, lo) += a + b, with hi + lo exact to about 106 bits */
static void
dd_add(double *hi, double *lo, double a, double b)
{
	double		s = *hi + a;
	double		v = s - *hi;
	double		e = (*hi - (s - v)) + (a - v);

	e += *lo + b;
	*hi = s + e;
	*lo = e - (*hi - s);
}

/* (hi, lo) += w * y exactly */
static void
dd_add_product(double *hi, double *lo, double w, double y)
{
	double		p = w * y;

	dd_add(hi, lo, p, fma(w, y, -p));
}

/* The state's numbers; an error for anything that is not a state. */
static double *
state_of(FunctionCallInfo fcinfo, int arg)
{
	ArrayType  *a = PG_ARGISNULL(arg) ? NULL : PG_GETARG_ARRAYTYPE_P(arg);

	if (a == NULL || ARR_NDIM(a) != 1 || ARR_DIMS(a)[0] != N_STATE || ARR_HASNULL(a) ||
		ARR_ELEMTYPE(a) != FLOAT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this function is a part of the aggregate gap_difference"),
				 errhint("Call mindgap.gap_difference.")));
	return (double *) ARR_DATA_PTR(a);
}

static double *
writable_state(FunctionCallInfo fcinfo, Datum *result)
{
	double	   *x;

	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function is a part of the aggregate gap_difference"),
				 errhint("Call mindgap.gap_difference.")));
	x = state_of(fcinfo, 0);
	*result = PointerGetDatum((char *) x - ARR_OVERHEAD_NONULLS(1));
	return x;
}

/* Reads a row; false when it does not count. */
static bool
read_row(FunctionCallInfo fcinfo, int *side, double *y, double *w)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		(PG_NARGS() > 3 && PG_ARGISNULL(3)))
		return false;
	*y = PG_GETARG_FLOAT8(1);
	*side = PG_GETARG_BOOL(2) ? SIDE : 0;
	*w = PG_NARGS() > 3 ? PG_GETARG_FLOAT8(3) : 1;
	if (!isfinite(*y))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score must be finite"),
				 errhint("Use NULL for missing values.")));
	if (!(*w >= 0) || isinf(*w))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must be finite and not negative"),
				 errhint("Use NULL to leave a row out.")));
	return *w > 0;
}

static void
raise_peaks(double *x)
{
	x[W_PEAK] = Max(x[W_PEAK], x[W_HI]);
	x[A_PEAK] = Max(x[A_PEAK], x[A_HI]);
}

static void
check_range(const double *x)
{
	if (!isfinite(x[W_HI]) || !isfinite(x[A_HI]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a weighted sum is out of the range of double precision"),
				 errhint("Rescale the score or the weights.")));
}

PG_FUNCTION_INFO_V1(mindgap_gap_difference_accum);

Datum
mindgap_gap_difference_accum(PG_FUNCTION_ARGS)
{
	Datum		result;
	double	   *x = writable_state(fcinfo, &result);
	double		y;
	double		w;
	int			side;

	if (read_row(fcinfo, &side, &y, &w))
	{
		x += side;
		x[N_ROWS] += 1;
		dd_add(&x[W_HI], &x[W_LO], w, 0);
		dd_add_product(&x[S_HI], &x[S_LO], w, y);
		dd_add_product(&x[A_HI], &x[A_LO], w, fabs(y));
		check_range(x);
		raise_peaks(x);
	}
	PG_RETURN_DATUM(result);
}

/* Takes a row back; NULL makes PostgreSQL compute the frame anew. */
PG_FUNCTION_INFO_V1(mindgap_gap_difference_remove);

Datum
mindgap_gap_difference_remove(PG_FUNCTION_ARGS)
{
	Datum		result;
	double	   *x = writable_state(fcinfo, &result);
	double		y;
	double		w;
	int			side;

	if (read_row(fcinfo, &side, &y, &w))
	{
		x += side;
		if (x[N_ROWS] <= 1)
			memset(x, 0, SIDE * sizeof(double));
		else
		{
			x[N_ROWS] -= 1;
			dd_add(&x[W_HI], &x[W_LO], -w, 0);
			dd_add_product(&x[S_HI], &x[S_LO], -w, y);
			dd_add_product(&x[A_HI], &x[A_LO], -w, fabs(y));
			if (!(x[W_HI] * WORN_OUT > x[W_PEAK]) ||
				x[A_HI] * WORN_OUT < x[A_PEAK])
				PG_RETURN_NULL();
		}
	}
	PG_RETURN_DATUM(result);
}

PG_FUNCTION_INFO_V1(mindgap_gap_difference_combine);

Datum
mindgap_gap_difference_combine(PG_FUNCTION_ARGS)
{
	Datum		result;
	double	   *x = writable_state(fcinfo, &result);
	const double *y = state_of(fcinfo, 1);
	int			i;

	for (i = 0; i < N_STATE; i += SIDE)
	{
		x[i + N_ROWS] += y[i + N_ROWS];
		dd_add(&x[i + W_HI], &x[i + W_LO], y[i + W_HI], y[i + W_LO]);
		dd_add(&x[i + S_HI], &x[i + S_LO], y[i + S_HI], y[i + S_LO]);
		dd_add(&x[i + A_HI], &x[i + A_LO], y[i + A_HI], y[i + A_LO]);
		check_range(x + i);
		raise_peaks(x + i);
	}
	PG_RETURN_DATUM(result);
}

/* A mean as a double and what the double leaves over. */
static double
mean_of(const double *x, double *rest)
{
	double		q = x[S_HI] / x[W_HI];

	*rest = (fma(-q, x[W_HI], x[S_HI]) + (x[S_LO] - q * x[W_LO])) / x[W_HI];
	return q;
}

/* Mean of the disadvantaged less mean of the others; NULL without both. */
PG_FUNCTION_INFO_V1(mindgap_gap_difference_final);

Datum
mindgap_gap_difference_final(PG_FUNCTION_ARGS)
{
	const double *others = state_of(fcinfo, 0);
	const double *disadvantaged = others + SIDE;

	double		a;
	double		b;
	double		rest_a;
	double		rest_b;

	if (others[N_ROWS] == 0 || disadvantaged[N_ROWS] == 0)
		PG_RETURN_NULL();
	a = mean_of(disadvantaged, &rest_a);
	b = mean_of(others, &rest_b);
	PG_RETURN_FLOAT8((a - b) + (rest_a - rest_b));
}

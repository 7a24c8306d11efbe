/*-------------------------------------------------------------------------
 *
 * trajectory.c
 *		A person's course over the waves, from the sequence of caseness.
 *
 *		never a case						resistant
 *		always a case						chronic
 *		one change, to a case				deteriorating
 *		one change, from a case				improving
 *		a case in between, then not			recovery
 *		any other sequence					fluctuating
 *
 * The state is a float8[]: the number of points, then wave and caseness of
 * each, in the order they came; it grows by doubling.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/compat.h"

#define START_POINTS	8

typedef struct Point
{
	double		wave;
	double		is_case;
} Point;

static ArrayType *
new_state(int points)
{
	int			items = 1 + 2 * points;
	Size		size = ARR_OVERHEAD_NONULLS(1) + (Size) items * sizeof(double);
	ArrayType  *a;

	if (points > (int) (MaxAllocSize / (4 * sizeof(Point))))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many waves for one trajectory"),
				 errhint("Group by person.")));
	a = (ArrayType *) palloc0(size);
	SET_VARSIZE(a, size);
	a->ndim = 1;
	a->dataoffset = 0;
	a->elemtype = FLOAT8OID;
	ARR_DIMS(a)[0] = items;
	ARR_LBOUND(a)[0] = 1;
	return a;
}

/* Room in the state and its numbers; an error for what is not a state. */
static double *
open_state(ArrayType *a, int *room)
{
	double	   *x = (double *) ARR_DATA_PTR(a);

	if (ARR_NDIM(a) == 1 && !ARR_HASNULL(a) && ARR_ELEMTYPE(a) == FLOAT8OID &&
		ARR_DIMS(a)[0] % 2 == 1)
	{
		*room = (ARR_DIMS(a)[0] - 1) / 2;
		if (x[0] >= 0 && x[0] <= *room)
			return x;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("this function is a part of the aggregate trajectory_agg"),
			 errhint("Call mindgap.trajectory_agg.")));
	return NULL;
}

static ArrayType *
state_with_room(FunctionCallInfo fcinfo, int more)
{
	ArrayType  *a;
	ArrayType  *bigger;
	double	   *x;
	int			room;
	int			n;

	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function is a part of the aggregate trajectory_agg"),
				 errhint("Call mindgap.trajectory_agg.")));
	if (PG_ARGISNULL(0))
		return new_state(Max(START_POINTS, more));
	a = PG_GETARG_ARRAYTYPE_P(0);
	x = open_state(a, &room);
	n = (int) x[0];
	if (n + more <= room)
		return a;
	bigger = new_state(Max(2 * room, n + more));
	memcpy(ARR_DATA_PTR(bigger), x, (1 + 2 * (Size) n) * sizeof(double));
	return bigger;
}

PG_FUNCTION_INFO_V1(mindgap_trajectory_accum);

/* (state, wave, is_case); rows with a NULL do not count */
Datum
mindgap_trajectory_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *a;
	double	   *x;
	double		wave;
	int			room;
	int			n;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	wave = PG_GETARG_FLOAT8(1);
	if (!isfinite(wave))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wave must be finite")));
	a = state_with_room(fcinfo, 1);
	x = open_state(a, &room);
	n = (int) x[0];
	x[1 + 2 * n] = wave;
	x[2 + 2 * n] = PG_GETARG_BOOL(2) ? 1 : 0;
	x[0] = n + 1;
	PG_RETURN_ARRAYTYPE_P(a);
}

PG_FUNCTION_INFO_V1(mindgap_trajectory_combine);

Datum
mindgap_trajectory_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *a;
	ArrayType  *b;
	double	   *x;
	const double *y;
	int			room;
	int			m;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	b = PG_GETARG_ARRAYTYPE_P(1);
	y = open_state(b, &room);
	m = (int) y[0];
	a = state_with_room(fcinfo, m);
	x = open_state(a, &room);
	memcpy(x + 1 + 2 * (Size) x[0], y + 1, 2 * (Size) m * sizeof(double));
	x[0] += m;
	PG_RETURN_ARRAYTYPE_P(a);
}

static int
compare_points(const void *a, const void *b)
{
	double		x = ((const Point *) a)->wave;
	double		y = ((const Point *) b)->wave;

	return x < y ? -1 : x > y;
}

PG_FUNCTION_INFO_V1(mindgap_trajectory_final);

/* NULL with fewer than two waves; a wave with any case is a case */
Datum
mindgap_trajectory_final(PG_FUNCTION_ARGS)
{
	const double *x;
	Point	   *points;
	const char *type;
	bool		first;
	bool		current;
	int			changes = 0;
	int			waves = 1;
	int			room;
	int			n;
	int			i;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	x = open_state(PG_GETARG_ARRAYTYPE_P(0), &room);
	n = (int) x[0];
	if (n < 2)
		PG_RETURN_NULL();
	points = palloc(n * sizeof(Point));
	memcpy(points, x + 1, n * sizeof(Point));
	qsort(points, n, sizeof(Point), compare_points);
	for (i = 1; i < n; i++)
	{
		if (points[i].wave == points[waves - 1].wave)
			points[waves - 1].is_case = Max(points[waves - 1].is_case,
											points[i].is_case);
		else
			points[waves++] = points[i];
	}
	if (waves < 2)
		PG_RETURN_NULL();
	first = current = points[0].is_case != 0;
	for (i = 1; i < waves; i++)
	{
		if ((points[i].is_case != 0) != current)
		{
			changes++;
			current = !current;
		}
	}
	if (changes == 0)
		type = first ? "chronic" : "resistant";
	else if (changes == 1)
		type = first ? "improving" : "deteriorating";
	else if (changes == 2 && !first)
		type = "recovery";
	else
		type = "fluctuating";
	PG_RETURN_TEXT_P(cstring_to_text(type));
}

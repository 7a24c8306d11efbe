/*-------------------------------------------------------------------------
 *
 * response.c
 *		The probability of responding, as a window function.
 *
 * A logistic regression of "responded" on x is fitted once to all rows of the
 * partition, whatever the frame; each row gets its fitted probability.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/array.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "change/window_rows.h"
#include "core/logistic.h"

typedef struct ResponseState
{
	double	   *probability;	/* of each row, NaN: NULL; NULL: not fitted */
} ResponseState;

/* The rows of a partition that are complete. */
typedef struct ResponseRows
{
	int64		n;
	int			k;				/* -1: no x seen */
	int64	   *position;
	double	   *x;
	double	   *y;
	double	   *w;
} ResponseRows;

/* Adds the row; one with a NULL does not count. */
static void
add_row(WindowObject winobj, bool has_weight, int64 position, int64 n_all,
		ResponseRows *rows, MemoryContext keep)
{
	Datum		responded;
	Datum		x;
	ArrayType  *a;
	const double *items;
	double		w = 1;
	int			k;
	int			j;

	if (!mg_window_arg(winobj, 0, position, &responded) ||
		!mg_window_arg(winobj, 1, position, &x) ||
		(has_weight && !mg_window_weight(winobj, 2, position, &w)))
		return;
	a = DatumGetArrayTypeP(x);
	k = mg_window_array_length(a, "x");
	if (rows->k < 0)
	{
		rows->k = k;
		rows->x = MemoryContextAllocHuge(keep, (Size) n_all * (k + 1) * sizeof(double));
	}
	else if (k != rows->k)
		mg_window_refuse_length("x", rows->k, k);
	if (array_contains_nulls(a))
		return;
	items = (const double *) ARR_DATA_PTR(a);
	for (j = 0; j < k; j++)
	{
		if (!isfinite(items[j]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("x must be finite"),
					 errdetail("Its element %d is not.", j + 1),
					 errhint("Use NULL for missing values.")));
	}
	memcpy(rows->x + rows->n * k, items, k * sizeof(double));
	rows->position[rows->n] = position;
	rows->y[rows->n] = DatumGetBool(responded) ? 1 : 0;
	rows->w[rows->n++] = w;
}

static void
refuse_fit(const MgLogistic *fit)
{
	if (fit->status == MG_LOGISTIC_SEPARATION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("x separates those who responded from those who did not"),
				 errdetail("The logistic regression has no finite maximum."),
				 errhint("Merge categories in which all or nobody responded, or use raked_weight().")));
	if (fit->status == MG_LOGISTIC_NO_CONVERGENCE)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the logistic regression did not converge"),
				 errhint("Look for extreme weights, nearly dependent columns of x and columns in an extreme unit.")));
}

static void
fit_partition(WindowObject winobj, bool has_weight, ResponseState *state)
{
	MemoryContext cxt = GetMemoryChunkContext(state);
	MemoryContext work = AllocSetContextCreate(cxt, "response probability",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext scratch = AllocSetContextCreate(work, "response rows",
												  ALLOCSET_DEFAULT_SIZES);
	int64		n = WinGetPartitionRowCount(winobj);
	ResponseRows rows = {0};
	MgLogistic	fit;
	MemoryContext old;
	int64		i;

	rows.k = -1;
	rows.position = MemoryContextAllocHuge(work, n * sizeof(int64));
	rows.y = MemoryContextAllocHuge(work, n * sizeof(double));
	rows.w = MemoryContextAllocHuge(work, n * sizeof(double));
	old = MemoryContextSwitchTo(scratch);
	for (i = 0; i < n; i++)
	{
		add_row(winobj, has_weight, i, n, &rows, work);
		if (i % 256 == 255)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(scratch);
		}
	}
	MemoryContextSwitchTo(work);
	mg_logistic(rows.x, rows.n, Max(rows.k, 0), rows.y, rows.w, &fit);
	refuse_fit(&fit);
	MemoryContextSwitchTo(old);

	state->probability = MemoryContextAllocHuge(cxt, n * sizeof(double));
	for (i = 0; i < n; i++)
		state->probability[i] = NAN;
	for (i = 0; fit.status != MG_LOGISTIC_NO_DATA && i < rows.n; i++)
		state->probability[rows.position[i]] =
			mg_logistic_probability(&fit, rows.x + i * rows.k);
	MemoryContextDelete(work);
}

PG_FUNCTION_INFO_V1(mindgap_response_probability);

/* response_probability(responded, x [, weight]) */
Datum
mindgap_response_probability(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	ResponseState *state;
	double		p;

	state = (ResponseState *)
		WinGetPartitionLocalMemory(winobj, sizeof(ResponseState));
	if (state->probability == NULL)
		fit_partition(winobj, PG_NARGS() > 2, state);
	p = state->probability[WinGetCurrentPosition(winobj)];
	if (isnan(p))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(p);
}

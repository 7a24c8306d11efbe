/*-------------------------------------------------------------------------
 *
 * ridit.c
 *		Weighted fractional ranks, and the outcome ranked above, as window
 *		functions.
 *
 * In the order of the window, with w the weights and W their sum, the ridit
 * of a row is (sum of w ranked below + half of its own tie block) / W (Bross
 * 1958), and outcome_above is the sum of w y ranked above plus half of that
 * of its own tie block.  Rows that compare equal share both.
 *
 * One pass over the partition sums up; tie blocks are found as the rows go
 * by.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "utils/memutils.h"
#include "windowapi.h"

typedef struct RankState
{
	double	   *sum;			/* n + 1 sums; NULL until the pass is done */
	int64		n;
	int64		block_end;		/* of the tie block at hand */
	double		value;			/* that its rows share */
} RankState;

/* A weight; NULL counts as 0. */
static double
weight_at(WindowObject winobj, int arg, int64 position)
{
	bool		isnull;
	bool		isout;
	double		w;
	Datum		d = WinGetFuncArgInPartition(winobj, arg, (int) position,
											 WINDOW_SEEK_HEAD, false, &isnull,
											 &isout);

	if (isnull)
		return 0;
	w = DatumGetFloat8(d);
	if (!(w >= 0) || isinf(w))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must be finite and not negative"),
				 errhint("Use NULL or 0 for rows that do not count.")));
	return w;
}

static double
outcome_at(WindowObject winobj, int64 position)
{
	bool		isnull;
	bool		isout;
	double		y;
	Datum		d = WinGetFuncArgInPartition(winobj, 0, (int) position,
											 WINDOW_SEEK_HEAD, false, &isnull,
											 &isout);

	if (isnull)
		return 0;
	y = DatumGetFloat8(d);
	if (!isfinite(y))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("outcome must be finite"),
				 errhint("Use NULL for missing values.")));
	return y;
}

/*
 * The pass.  sum[i] becomes the sum of w over the rows before i, or, for
 * "above", that of w y over the rows from i on: summed from the side where
 * it is small, so that both ends are exact.
 */
static void
sum_up(WindowObject winobj, RankState *state, bool above)
{
	MemoryContext cxt = GetMemoryChunkContext(state);
	double		total = 0;
	int64		i;

	state->n = WinGetPartitionRowCount(winobj);
	state->sum = MemoryContextAllocHuge(cxt, (state->n + 1) * sizeof(double));
	for (i = 0; i < state->n; i++)
	{
		double		x = weight_at(winobj, above ? 1 : 0, i);

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (above && x != 0)
			x *= outcome_at(winobj, i);
		state->sum[i] = x;
	}
	if (above)
	{
		state->sum[state->n] = 0;
		for (i = state->n - 1; i >= 0; i--)
			state->sum[i] = total += state->sum[i];
	}
	else
	{
		for (i = 0; i <= state->n; i++)
		{
			double		x = i < state->n ? state->sum[i] : 0;

			state->sum[i] = total;
			total += x;
		}
	}
	if (!isfinite(total))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a weighted sum is out of the range of double precision"),
				 errhint("Rescale the outcome or the weights.")));
}

/* The mean of the sums at both ends of the row's tie block. */
static double
value_of_row(WindowObject winobj, RankState *state)
{
	int64		position = WinGetCurrentPosition(winobj);

	if (position >= state->block_end)
	{
		state->block_end = position + 1;
		while (state->block_end < state->n &&
			   WinRowsArePeers(winobj, state->block_end - 1, state->block_end))
		{
			if (state->block_end++ % 1024 == 0)
				CHECK_FOR_INTERRUPTS();
		}
		state->value = (state->sum[position] + state->sum[state->block_end]) / 2;
	}
	return state->value;
}

PG_FUNCTION_INFO_V1(mindgap_ridit);

/* ridit(weight) */
Datum
mindgap_ridit(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	RankState  *state;
	bool		isnull;
	double		value;

	state = (RankState *) WinGetPartitionLocalMemory(winobj, sizeof(RankState));
	if (state->sum == NULL)
		sum_up(winobj, state, false);
	value = value_of_row(winobj, state);
	(void) WinGetFuncArgCurrent(winobj, 0, &isnull);
	if (isnull || !(state->sum[state->n] > 0))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value / state->sum[state->n]);
}

PG_FUNCTION_INFO_V1(mindgap_outcome_above);

/* outcome_above(outcome, weight) */
Datum
mindgap_outcome_above(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	RankState  *state;
	bool		isnull;
	double		value;

	state = (RankState *) WinGetPartitionLocalMemory(winobj, sizeof(RankState));
	if (state->sum == NULL)
		sum_up(winobj, state, true);
	value = value_of_row(winobj, state);
	(void) WinGetFuncArgCurrent(winobj, 1, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

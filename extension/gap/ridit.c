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
 * One pass over the partition makes a list of tie blocks, with the block's
 * last row and value; rows then read their answers off the list.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "utils/memutils.h"
#include "windowapi.h"

typedef struct TieBlock
{
	int64		end;			/* position after the block's last row */
	double		value;
} TieBlock;

typedef struct RankState
{
	TieBlock   *blocks;			/* NULL until the pass is done */
	int64		n;
	int64		capacity;
	int64		current;		/* block of the row at hand */
} RankState;

/* A weight; NULL counts as 0. */
static double
weight_at(WindowObject winobj, int arg, int64 position)
{
	bool		isnull;
	bool		isout;
	double		w = DatumGetFloat8(WinGetFuncArgInPartition(winobj, arg,
															(int) position,
															WINDOW_SEEK_HEAD,
															false, &isnull,
															&isout));

	if (isnull)
		return 0;
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
	double		y = DatumGetFloat8(WinGetFuncArgInPartition(winobj, 0,
															(int) position,
															WINDOW_SEEK_HEAD,
															false, &isnull,
															&isout));

	if (isnull)
		return 0;
	if (!isfinite(y))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("outcome must be finite"),
				 errhint("Use NULL for missing values.")));
	return y;
}

/* The pass: block ends, and in "value" the block's sum of w or w y. */
static void
collect_blocks(WindowObject winobj, RankState *state, bool outcome)
{
	MemoryContext cxt = GetMemoryChunkContext(state);
	int64		n_rows = WinGetPartitionRowCount(winobj);
	int64		i;

	state->capacity = 64;
	state->blocks = MemoryContextAllocHuge(cxt, state->capacity * sizeof(TieBlock));
	for (i = 0; i < n_rows; i++)
	{
		double		x;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (i == 0 || !WinRowsArePeers(winobj, i - 1, i))
		{
			if (state->n == state->capacity)
			{
				state->capacity *= 2;
				state->blocks = repalloc_huge(state->blocks,
											  state->capacity * sizeof(TieBlock));
			}
			state->blocks[state->n++].value = 0;
		}
		x = weight_at(winobj, outcome ? 1 : 0, i);
		if (outcome && x != 0)
			x *= outcome_at(winobj, i);
		state->blocks[state->n - 1].value += x;
		state->blocks[state->n - 1].end = i + 1;
	}
}

/* The block of the row at hand. */
static TieBlock *
current_block(WindowObject winobj, RankState *state)
{
	int64		position = WinGetCurrentPosition(winobj);

	while (state->blocks[state->current].end <= position)
		state->current++;
	return &state->blocks[state->current];
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
	if (state->blocks == NULL)
	{
		double		below = 0;
		int64		i;

		collect_blocks(winobj, state, false);
		for (i = 0; i < state->n; i++)
		{
			double		w = state->blocks[i].value;

			state->blocks[i].value = below + w / 2;
			below += w;
		}
		if (isinf(below))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("the sum of weights is out of the range of double precision"),
					 errhint("Rescale the weights.")));
		/* Without weights there are no ranks: NaN, which gives NULL. */
		for (i = 0; i < state->n; i++)
			state->blocks[i].value /= below;
	}
	value = current_block(winobj, state)->value;
	(void) WinGetFuncArgCurrent(winobj, 0, &isnull);
	if (isnull || isnan(value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
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
	if (state->blocks == NULL)
	{
		double		above = 0;
		int64		i;

		collect_blocks(winobj, state, true);
		for (i = state->n - 1; i >= 0; i--)
		{
			double		x = state->blocks[i].value;

			state->blocks[i].value = above + x / 2;
			above += x;
		}
		if (!isfinite(above))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("a weighted sum is out of the range of double precision"),
					 errhint("Rescale the outcome or the weights.")));
	}
	value = current_block(winobj, state)->value;
	(void) WinGetFuncArgCurrent(winobj, 1, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

/*-------------------------------------------------------------------------
 *
 * window_rows.c
 *		Arguments of window functions that read their whole partition.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "change/window_rows.h"

/* An argument at a row of the partition; false when it is NULL. */
bool
mg_window_arg(WindowObject winobj, int arg, int64 position, Datum *d)
{
	bool		isnull;
	bool		isout;

	*d = WinGetFuncArgInPartition(winobj, arg, (int) position,
								  WINDOW_SEEK_HEAD, false, &isnull, &isout);
	return !isnull;
}

bool
mg_window_weight(WindowObject winobj, int arg, int64 position, double *w)
{
	Datum		d;

	if (!mg_window_arg(winobj, arg, position, &d))
		return false;
	*w = DatumGetFloat8(d);
	if (!(*w >= 0) || isinf(*w))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must be finite and not negative"),
				 errhint("Use NULL or 0 for rows that do not count.")));
	return true;
}

int
mg_window_array_length(ArrayType *a, const char *name)
{
	if (ARR_NDIM(a) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension", name),
				 errdetail("It has %d dimensions.", ARR_NDIM(a))));
	return ARR_NDIM(a) == 0 ? 0 : ARR_DIMS(a)[0];
}

void
mg_window_refuse_length(const char *name, int before, int now)
{
	ereport(ERROR,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 errmsg("%s must have the same length throughout", name),
			 errdetail("It had %d elements before and has %d here.",
					   before, now),
			 errhint("Use NULL for an element that is missing.")));
}

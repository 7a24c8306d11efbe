/*-------------------------------------------------------------------------
 *
 * rows.h
 *		Rows of (outcome, x, weight) on their way into moments.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_ROWS_H
#define MG_ROWS_H

#include "core/compat.h"
#include "core/moments.h"

/* One row; x points into the array, or into its copy here if it is short. */
typedef struct MgXRow
{
	bool		complete;		/* false: something is NULL, skip the row */
	bool		present;		/* nothing but elements of x is NULL */
	const bits8 *present_x;		/* bits of the elements that are not NULL;
								 * NULL where all are */
	int			dim;			/* 1 + length of x; 0 where x is NULL */
	double		outcome;
	double		weight;
	const double *x;			/* without the elements that are NULL */
	union
	{
		char		bytes[VARATT_SHORT_MAX + VARHDRSZ];
		double		aligned;
	}			copy;
} MgXRow;

extern MemoryContext mg_aggregate_context(FunctionCallInfo fcinfo,
										  const char *names);
extern bool mg_read_weight(FunctionCallInfo fcinfo, int arg, double *weight);
extern bool mg_read_x(FunctionCallInfo fcinfo, int arg, int limit,
					  MgXRow *row);
extern void mg_read_x_row(FunctionCallInfo fcinfo, int outcome_arg,
						  MgXRow *row);
extern void mg_refuse_length(int before, int now);
extern void mg_refuse_row(const MgXRow *row);

#endif							/* MG_ROWS_H */

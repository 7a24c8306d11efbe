/*-------------------------------------------------------------------------
 *
 * source_rows.h
 *		Rows of numbers from a table or a query that a caller names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_SOURCE_ROWS_H
#define MG_SOURCE_ROWS_H

#include "io/tidy.h"

/* Complete rows: y, x and, where a weight is named, w. */
typedef struct MgSourceRows
{
	int64		n;
	int			k;
	double	   *y;				/* within [0, 1] */
	double	   *x;				/* n x k */
	double	   *w;				/* NULL: no weight */
} MgSourceRows;

extern void mg_read_source(const char *source, MgLabel outcome,
						   const MgLabel *predictors, int k,
						   const MgLabel *weight, MgSourceRows *rows);

#endif							/* MG_SOURCE_ROWS_H */

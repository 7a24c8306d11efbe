/*-------------------------------------------------------------------------
 *
 * least_squares.h
 *		Least squares from a centred co-moment matrix.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_LEAST_SQUARES_H
#define MG_LEAST_SQUARES_H

#include "postgres.h"

typedef enum MgColumn
{
	MG_COLUMN_USED,
	MG_COLUMN_CONSTANT,
	MG_COLUMN_COLLINEAR
} MgColumn;

typedef struct MgLeastSquares
{
	int			k;				/* columns of x */
	int			rank;			/* those that are used */
	MgColumn   *column;			/* [k] */
	int		   *used;			/* [rank]: which, in their order */
	double	   *b;				/* [k], 0 where a column is not used */
	double	   *inverse;		/* rank x rank, of the used columns */
	double		rss;			/* residual sum of squares */
} MgLeastSquares;

extern void mg_least_squares(const double *triangle, int k,
							 const double *square, MgLeastSquares *fit);
extern double mg_least_squares_form(const MgLeastSquares *fit,
									const double *v, const double *c);

#endif							/* MG_LEAST_SQUARES_H */

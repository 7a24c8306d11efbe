/*-------------------------------------------------------------------------
 *
 * tridiagonal.h
 *		Reduction of a symmetric matrix to a tridiagonal one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_TRIDIAGONAL_H
#define MG_TRIDIAGONAL_H

#include "postgres.h"

/* A = Q T Q' in place; of doubles, all of them the caller's. */
typedef struct MgTridiagonal
{
	int			p;
	double	   *packed;			/* A, lower triangle by rows; reflections */
	double	   *diagonal;		/* [p] of T */
	double	   *off;			/* [p]: (i, i + 1) of T */
	double	   *tau;			/* [p] */
	double	   *work;			/* [3 (p + 8)] */
} MgTridiagonal;

extern void mg_tridiagonalise(MgTridiagonal *t);
extern void mg_reflect(const MgTridiagonal *t, double *x);
extern void mg_reflect_back(const MgTridiagonal *t, double *x, int m);

#endif							/* MG_TRIDIAGONAL_H */

/*-------------------------------------------------------------------------
 *
 * standardise.h
 *	  Cross-products of columns: which are constant, division by the standard
 *	  deviations, columns swept out of the others.
 *
 * Matrices are square, row by row, symmetric and full.  Numbers only, in the
 * caller's memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_STANDARDISE_H
#define MG_STANDARDISE_H

#include <stddef.h>

extern double mg_column_sd(double square, double sum_w, double mean);
extern int	mg_sweep_factor(const double *G, int p, const int *column, int k,
							double *lower);
extern void mg_sweep_solve(const double *lower, int k, double *b, int stride);
extern void mg_sweep_solve_back(const double *lower, int k, double *b);

#endif							/* MG_STANDARDISE_H */

/*-------------------------------------------------------------------------
 *
 * matrix.h
 *		Small dense linear algebra, by GSL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_MATRIX_H
#define MG_MATRIX_H

#include "postgres.h"

extern bool mg_quadratic_form(const double *v, const double *x, int k,
							  double *result);

extern bool mg_spd_solve(const double *v, int k, double *b, int m);

#endif							/* MG_MATRIX_H */

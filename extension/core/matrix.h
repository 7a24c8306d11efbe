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

#endif							/* MG_MATRIX_H */

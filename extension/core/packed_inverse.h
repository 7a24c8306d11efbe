/*-------------------------------------------------------------------------
 *
 * packed_inverse.h
 *		Inverse and determinant of a large positive definite matrix.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PACKED_INVERSE_H
#define MG_PACKED_INVERSE_H

#include "postgres.h"

extern bool mg_packed_inverse(double *negative, int p, double *log_det);

#endif							/* MG_PACKED_INVERSE_H */

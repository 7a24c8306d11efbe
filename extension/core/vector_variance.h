/*-------------------------------------------------------------------------
 *
 * vector_variance.h
 *		Design-based covariance of smooth functions of vector totals.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_VECTOR_VARIANCE_H
#define MG_VECTOR_VARIANCE_H

#include "core/linearise.h"
#include "core/vectors.h"

/*
 * One summary with the derivatives of some estimates ("columns") by the
 * totals of each subgroup's vector, gradient[(group * columns + column) * k].
 * A subgroup whose derivatives of a column are all 0 is outside that
 * estimate's domain.
 */
typedef struct MgVecPart
{
	const MgVecView *view;
	int			columns;
	double	   *gradient;
} MgVecPart;

/* The totals over everything of one subgroup, or (below 0) of all. */
typedef struct MgVecTotals
{
	int64		n;
	int64		n_missing;
	int64		n_odd;
	double	   *x;				/* k */
} MgVecTotals;

extern MgVecTotals *mg_vec_totals(const MgVecView *v, MgVecTotals *all);
extern MgVecPart *mg_vec_part_create(const MgVecView *v, int columns);
extern double *mg_vec_gradient(const MgVecPart *part, int32 group, int column);
extern void mg_vec_variance(MgVecPart *const *parts, int n_parts,
							MgLonely policy, bool separate, MgVariance *out);

#endif							/* MG_VECTOR_VARIANCE_H */

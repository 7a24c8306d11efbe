/*-------------------------------------------------------------------------
 *
 * replicates.h
 *		Variances from replicate weights.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_REPLICATES_H
#define MG_REPLICATES_H

#include "core/linearise.h"

/*
 * What computes k estimates from the totals of every summary of the call
 * (NaN: none).
 */
typedef void (*MgEstimator) (const MgTotals *totals, void *arg, double *theta);

extern bool mg_replicated(const MgView *view);
extern void mg_replicate_variance(const MgView *const *views,
								  const MgTotals *totals, int n_views, int k,
								  MgEstimator estimator, void *arg,
								  const bool *log_scale, bool full,
								  MgVariance *out);

#endif							/* MG_REPLICATES_H */

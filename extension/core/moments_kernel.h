/*-------------------------------------------------------------------------
 *
 * moments_kernel.h
 *	  What moments.c and the block kernels share, and what a test or a
 *	  benchmark needs to choose a kernel.
 *
 * A block of rows is laid out in panels of eight columns: panel c holds
 * columns 8c .. 8c+7 of every row, one row after the other, so that a row of
 * a panel is one cache line.  A panel has room for one row more than the
 * buffer (the between-block term), which also keeps panels from falling on
 * the same cache sets.  Columns past the last are zero.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_MOMENTS_KERNEL_H
#define MG_MOMENTS_KERNEL_H

#include "moments.h"

#define MG_PANEL	8

/*
 * One compiled width.  stride: doubles from one panel to the next.
 *
 * put: writes one row of differences from the shift into a block, given its
 * place in the first panel, and leaves columns past the last alone; false
 * when a difference is not finite.
 *
 * fold: takes a block whose rows have weights w, root_w = sqrt(w) and
 * sum_w = sum w; centres and overwrites the block; adds it to m's means and
 * triangle.  m->sum_w is still the weight before this block.
 *
 * cross: adds Z'Z to a packed lower triangle, Z a block of rows as they are.
 */
typedef struct MgMomentsKernel
{
	const char *name;
	bool		(*put) (double *row, size_t stride, const double *shift,
						double outcome, const double *x, int dim);
	void		(*fold) (MgMoments *m, double *block, size_t stride, int rows,
						 const double *w, const double *root_w, double sum_w);
	void		(*cross) (double *triangle, const double *block, size_t stride,
						  int rows, int dim);
} MgMomentsKernel;

static inline int
mg_panel_count(int dim)
{
	return (dim + MG_PANEL - 1) / MG_PANEL;
}

extern const MgMomentsKernel *mg_moments_kernel(void);
extern const char *mg_moments_kernel_name(int i);
extern bool mg_moments_kernel_use(const char *name);

#endif							/* MG_MOMENTS_KERNEL_H */

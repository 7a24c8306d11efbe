/*-------------------------------------------------------------------------
 *
 * moments.h
 *	  Weighted mean vector and centred co-moment matrix of a row vector.
 *
 * The vector is v = (outcome, x[0], .., x[k-1]), dim = 1 + k.  A state is one
 * contiguous chunk of memory that the caller owns:
 *
 *		MgMoments | shift[dim] | mean[dim] | lower triangle | row buffer
 *
 * Nothing in it points anywhere, so a chunk may be copied byte by byte at
 * any time, also with rows in its buffer.  Numbers only: no allocation, no
 * errors raised, nothing of PostgreSQL, hence testable as a plain program.
 *
 * How a transition function uses it:
 *
 *		capacity = mg_moments_capacity_wanted(m);
 *		if (capacity > m->capacity)
 *		{
 *			bigger = alloc(mg_moments_size(m->dim, capacity));
 *			mg_moments_move(bigger, capacity, m);
 *			m = bigger;
 *		}
 *		if (!mg_moments_add(m, outcome, x, weight))
 *			error: some number is not finite
 *
 * and before the state is read, combined or leaves memory:
 *
 *		mg_moments_fold(m);
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_MOMENTS_H
#define MG_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The largest vector: every chunk, buffer included, then stays 40 MB under
 * the 1 GB limit of a PostgreSQL value, and no size can overflow.
 */
#define MG_MOMENTS_MAX_DIM	16000

/* the most rows a buffer holds: the block of the kernel */
#define MG_MOMENTS_BLOCK	64

/*
 * n, sum_w, sum_w2, the means and the triangle describe the folded rows
 * alone.  An empty state (n = 0, no row buffered) is zero in every number.
 */
typedef struct MgMoments
{
	int32_t		dim;			/* length of the vector */
	int32_t		capacity;		/* rows the buffer holds: 0, 8, 16, 32, 64 */
	int32_t		buffered;		/* rows that wait in the buffer */
	uint32_t	buffer_at;		/* where the buffer is, bytes from here */
	int64_t		n;				/* rows with weight > 0 */
	double		sum_w;			/* sum of weights */
	double		sum_w2;			/* sum of squared weights, for Kish */
	double		number[];		/* shift, mean - shift, lower triangle */
} MgMoments;

/* numbers in the packed lower triangle */
static inline size_t
mg_triangle_length(int dim)
{
	return (size_t) dim * (dim + 1) / 2;
}

/* place of element (i, j), i >= j, in a packed lower triangle */
static inline size_t
mg_triangle_at(int i, int j)
{
	return (size_t) i * (i + 1) / 2 + j;
}

/* the first row seen; means are kept as differences from it */
static inline double *
mg_moments_shift(const MgMoments *m)
{
	return (double *) m->number;
}

/* means minus shift */
static inline double *
mg_moments_mean(const MgMoments *m)
{
	return (double *) m->number + m->dim;
}

/* sum of w (v - mean)(v - mean)', lower triangle row by row */
static inline double *
mg_moments_triangle(const MgMoments *m)
{
	return (double *) m->number + 2 * (size_t) m->dim;
}

/* the weighted mean of one column on its own scale */
static inline double
mg_moments_mean_of(const MgMoments *m, int j)
{
	return mg_moments_shift(m)[j] + mg_moments_mean(m)[j];
}

/* one co-moment, i and j in any order */
static inline double
mg_moments_of(const MgMoments *m, int i, int j)
{
	return mg_moments_triangle(m)[i >= j ? mg_triangle_at(i, j)
								  : mg_triangle_at(j, i)];
}

extern size_t mg_moments_size(int dim, int capacity);
extern void mg_moments_init(MgMoments *m, int dim, int capacity);
extern int	mg_moments_capacity_wanted(const MgMoments *m);
extern void mg_moments_move(MgMoments *dst, int capacity, MgMoments *src);
extern bool mg_moments_add(MgMoments *m, double outcome, const double *x,
						   double weight);
extern void mg_moments_fold(MgMoments *m);
extern void mg_moments_merge(MgMoments *dst, const MgMoments *src);
extern void mg_moments_place(MgMoments *dst, MgMoments *src, const int *to);
extern void mg_moments_shear(MgMoments *m, int j, int k, double f);
extern bool mg_moments_finite(const MgMoments *m);
extern bool mg_moments_valid(const MgMoments *m, size_t size);

#endif							/* MG_MOMENTS_H */

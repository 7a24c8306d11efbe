/*-------------------------------------------------------------------------
 *
 * moments_rows.h
 *	  For the tests of the co-moment engine: random rows, their co-moments by
 *	  two passes in long double, and how far a state is from them.
 *
 * An error of a co-moment (i, j) is measured against sqrt(M_ii M_jj), as an
 * off-diagonal element may be zero.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_MOMENTS_ROWS_H
#define MG_MOMENTS_ROWS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "moments_kernel.h"
#include "tap.h"

/* capacity that stands for: grow as a transition function does */
#define GROW	(-1)

typedef struct Rows
{
	int			n;
	int			dim;
	double	   *y;
	double	   *x;				/* n by dim - 1 */
	double	   *w;
} Rows;

/* of a Rows, by two passes in long double */
typedef struct Reference
{
	int			dim;
	long		n;
	double		sum_w;
	double		sum_w2;
	double	   *mean;
	double	   *m;				/* lower triangle */
} Reference;

static uint64_t random_state = 42;

/* uniform on (0, 1), a multiple of 2^-20: 1e9 more or less rounds nothing */
static inline double
uniform(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return ((random_state >> 44) + 0.5) / 1048576.0;
}

static inline double
value(const Rows *r, int k, int j)
{
	return j == 0 ? r->y[k] : r->x[(size_t) k * (r->dim - 1) + j - 1];
}

/* random rows, columns correlated through a common part; weights 1 */
static inline Rows
make_rows(int n, int dim)
{
	Rows		r;
	int			k;
	int			j;

	r.n = n;
	r.dim = dim;
	r.y = malloc((n + 1) * sizeof(double));
	r.x = malloc(((size_t) n * dim + 1) * sizeof(double));
	r.w = malloc((n + 1) * sizeof(double));
	for (k = 0; k < n; k++)
	{
		double		common = uniform();

		r.y[k] = common + uniform();
		r.w[k] = 1.0;
		for (j = 0; j < dim - 1; j++)
			r.x[(size_t) k * (dim - 1) + j] = (j % 3) * common - uniform();
	}
	return r;
}

static inline void
free_rows(Rows r)
{
	free(r.y);
	free(r.x);
	free(r.w);
}

static inline Reference
make_reference(const Rows *r)
{
	Reference	f;
	long double sum_w = 0;
	long double sum_w2 = 0;
	long double *d = malloc(r->dim * sizeof(long double));
	long double *mean = calloc(r->dim, sizeof(long double));
	long double *m = calloc(mg_triangle_length(r->dim), sizeof(long double));
	size_t		t;
	int			i;
	int			j;
	int			k;

	f.dim = r->dim;
	f.n = 0;
	for (k = 0; k < r->n; k++)
	{
		f.n += r->w[k] > 0;
		sum_w += r->w[k];
		sum_w2 += (long double) r->w[k] * r->w[k];
		for (j = 0; j < r->dim; j++)
			mean[j] += (long double) r->w[k] * value(r, k, j);
	}
	for (j = 0; j < r->dim; j++)
		mean[j] /= sum_w;
	for (k = 0; k < r->n; k++)
	{
		for (j = 0; j < r->dim; j++)
			d[j] = value(r, k, j) - mean[j];
		for (i = 0; i < r->dim; i++)
			for (j = 0; j <= i; j++)
				m[mg_triangle_at(i, j)] += r->w[k] * d[i] * d[j];
	}
	f.sum_w = sum_w;
	f.sum_w2 = sum_w2;
	f.mean = malloc(r->dim * sizeof(double));
	f.m = malloc(mg_triangle_length(r->dim) * sizeof(double));
	for (j = 0; j < r->dim; j++)
		f.mean[j] = mean[j];
	for (t = 0; t < mg_triangle_length(r->dim); t++)
		f.m[t] = m[t];
	free(d);
	free(mean);
	free(m);
	return f;
}

static inline void
free_reference(Reference f)
{
	free(f.mean);
	free(f.m);
}

/* an empty state behind which one more byte is known */
static inline MgMoments *
new_state(int dim, int capacity)
{
	size_t		size = mg_moments_size(dim, capacity);
	MgMoments  *m = malloc(size + 1);

	mg_moments_init(m, dim, capacity);
	((char *) m)[size] = 0x5a;
	return m;
}

/* as a transition function moves a state that has become too small */
static inline MgMoments *
grown(MgMoments *m)
{
	int			capacity = mg_moments_capacity_wanted(m);
	MgMoments  *bigger;

	if (capacity <= m->capacity)
		return m;
	bigger = malloc(mg_moments_size(m->dim, capacity) + 1);
	((char *) bigger)[mg_moments_size(m->dim, capacity)] = 0x5a;
	mg_moments_move(bigger, capacity, m);
	free(m);
	return bigger;
}

/* the state of rows from .. to - 1, folded */
static inline MgMoments *
build(const Rows *r, int from, int to, int capacity)
{
	MgMoments  *m = new_state(r->dim, capacity == GROW ? 0 : capacity);
	int			k;

	for (k = from; k < to; k++)
	{
		if (capacity == GROW)
			m = grown(m);
		if (!mg_moments_add(m, r->y[k], r->x + (size_t) k * (r->dim - 1),
							r->w[k]))
			printf("# row %d was refused\n", k);
	}
	mg_moments_fold(m);
	if (((char *) m)[mg_moments_size(r->dim, m->capacity)] != 0x5a)
		printf("Bail out! written past the end of the state\n");
	return m;
}

/*
 * The largest error of a state: co-moments as said above, means against the
 * column's standard deviation, weights relative.
 */
static inline double
distance(const MgMoments *m, const Reference *f)
{
	double		worst = fabs(m->sum_w - f->sum_w) / f->sum_w;
	double		e = fabs(m->sum_w2 - f->sum_w2) / f->sum_w2;
	int			i;
	int			j;

	if (m->n != f->n || m->dim != f->dim)
		return INFINITY;
	if (!(e <= worst))
		worst = e;
	for (i = 0; i < f->dim; i++)
	{
		double		m_ii = f->m[mg_triangle_at(i, i)];

		e = fabs(mg_moments_mean_of(m, i) - f->mean[i]);
		if (m_ii > 0)
			e /= sqrt(m_ii / f->sum_w);
		if (!(e <= worst))
			worst = e;
		for (j = 0; j <= i; j++)
		{
			double		scale = sqrt(m_ii) *
				sqrt(f->m[mg_triangle_at(j, j)]);

			e = fabs(mg_moments_of(m, i, j) - f->m[mg_triangle_at(i, j)]);
			if (scale > 0)
				e /= scale;
			if (!(e <= worst))
				worst = e;
		}
	}
	return worst;
}

/* the largest difference between the co-moments of two states */
static inline double
difference(const MgMoments *a, const MgMoments *b)
{
	double		worst = a->n == b->n ? 0.0 : INFINITY;
	int			i;
	int			j;

	for (i = 0; i < a->dim; i++)
		for (j = 0; j <= i; j++)
		{
			double		scale = sqrt(mg_moments_of(a, i, i)) *
				sqrt(mg_moments_of(a, j, j));
			double		e = fabs(mg_moments_of(a, i, j) -
								 mg_moments_of(b, i, j));

			if (scale > 0)
				e /= scale;
			if (!(e <= worst))
				worst = e;
		}
	return worst;
}

/* same numbers, bit for bit */
static inline bool
identical(const MgMoments *a, const MgMoments *b)
{
	return a->dim == b->dim && a->n == b->n && a->sum_w == b->sum_w &&
		a->sum_w2 == b->sum_w2 &&
		memcmp(a->number, b->number, mg_moments_size(a->dim, 0) -
			   offsetof(MgMoments, number)) == 0;
}

#endif							/* MG_MOMENTS_ROWS_H */

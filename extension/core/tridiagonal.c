/*-------------------------------------------------------------------------
 *
 * tridiagonal.c
 *		Reduction of a symmetric matrix to a tridiagonal one.
 *
 * Householder's reflections, from the last row up as in EISPACK's tred2
 * (Martin, Reinsch and Wilkinson 1968, Numerische Mathematik 11:181), so that
 * what is left to reduce stays the head of a packed triangle.  Half of the
 * arithmetic is a product with the matrix and half a rank-2 update of it;
 * the update of one step and the product of the next are made in one pass
 * over memory, which is what counts once a matrix outgrows the cache.
 *
 * gsl_linalg_symmtd_decomp does the same along columns of a full matrix, with
 * a stride of p: 5.7 s at p = 2000, and 3 ms at p = 200, where this takes a
 * fifth.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "core/lanes.h"
#include "core/moments.h"
#include "core/tridiagonal.h"

typedef double (*PassRow) (double *a, int n, double vi, double wi,
						   const double *v, const double *w, double xi,
						   const double *x, double *y);

/* to[0 .. m-1] += f from, m a multiple of MG_LANES */
typedef void (*AddRow) (double *to, double f, const double *from, int m);

#define AT(type, p)		(*(type *) (p))

/*
 * One row of the fused pass: a -= vi w + wi v (the step before), then its
 * part of the product with x: returns a'x, adds xi a to y.
 */
#define DEFINE_LOOPS(suffix, target, vector, width) \
static target double \
pass_row_##suffix(double *a, int n, double vi, double wi, const double *v, \
				  const double *w, double xi, const double *x, double *y) \
{ \
	vector		sum[MG_LANES / width]; \
	double		lane[MG_LANES]; \
	double		rest = 0; \
	int			j; \
	int			l; \
	MG_LANES_UNROLL \
	for (l = 0; l < MG_LANES / width; l++) \
		sum[l] = (vector) {0}; \
	for (j = 0; j + MG_LANES <= n; j += MG_LANES) \
	{ \
		MG_LANES_UNROLL \
		for (l = 0; l < MG_LANES / width; l++) \
		{ \
			int			at = j + l * width; \
			vector		e = AT(vector, a + at) - \
				vi * AT(const vector, w + at) - \
				wi * AT(const vector, v + at); \
			AT(vector, a + at) = e; \
			sum[l] += e * AT(const vector, x + at); \
			AT(vector, y + at) += e * xi; \
		} \
	} \
	for (; j < n; j++) \
	{ \
		a[j] = a[j] - vi * w[j] - wi * v[j]; \
		rest += a[j] * x[j]; \
		y[j] += a[j] * xi; \
	} \
	MG_LANES_UNROLL \
	for (l = 0; l < MG_LANES / width; l++) \
		AT(vector, lane + l * width) = sum[l]; \
	return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + \
		((lane[4] + lane[5]) + (lane[6] + lane[7])) + rest; \
} \
static target void \
add_row_##suffix(double *to, double f, const double *from, int m) \
{ \
	int			j; \
	int			l; \
	for (j = 0; j < m; j += MG_LANES) \
	{ \
		MG_LANES_UNROLL \
		for (l = 0; l < MG_LANES / width; l++) \
			AT(vector, to + j + l * width) += \
				f * AT(const vector, from + j + l * width); \
	} \
}

DEFINE_LOOPS(narrow,, MgVector, MG_VECTOR)
#ifdef MG_WIDE
DEFINE_LOOPS(wide, MG_WIDE_TARGET, MgWideVector, MG_WIDE)
#endif

static void
choose(PassRow *pass_row, AddRow *add_row)
{
	*pass_row = pass_row_narrow;
	*add_row = add_row_narrow;
#ifdef MG_WIDE
	if (mg_has_wide())
	{
		*pass_row = pass_row_wide;
		*add_row = add_row_wide;
	}
#endif
}

/*
 * The reflection of x[0 .. n-1] onto its last element; x becomes its vector.
 * Returns tau, 0 for none; *off: what the last element becomes.
 */
static double
reflection(double *x, int n, double *off)
{
	double		square = 0;
	double		last = x[n - 1];
	double		norm;
	int			j;

	for (j = 0; j < n - 1; j++)
		square += x[j] * x[j];
	if (square == 0)
	{
		*off = last;
		return 0;
	}
	norm = sqrt(square + last * last);
	*off = last > 0 ? -norm : norm;
	x[n - 1] = last - *off;
	return 2 / (square + x[n - 1] * x[n - 1]);
}

/* Reduces t->packed; the vector of reflection k stays in its row. */
void
mg_tridiagonalise(MgTridiagonal *t)
{
	PassRow		pass_row;
	AddRow		add_row;
	double	   *v = t->work;
	double	   *w = v + t->p + MG_LANES;
	double	   *y = w + t->p + MG_LANES;
	int			k;
	int			i;
	int			j;

	choose(&pass_row, &add_row);
	memset(v, 0, t->p * sizeof(double));
	memset(w, 0, t->p * sizeof(double));
	for (k = t->p - 1; k >= 0; k--)
	{
		double	   *x = t->packed + mg_triangle_at(k, 0);
		double		tau = 0;
		double		yx = 0;

		CHECK_FOR_INTERRUPTS();
		/* this row has not had the step before */
		for (j = 0; j <= k; j++)
			x[j] = x[j] - v[k] * w[j] - w[k] * v[j];
		t->diagonal[k] = x[k];
		if (k == 0)
			break;
		tau = reflection(x, k, &t->off[k - 1]);
		t->tau[k] = tau;

		memset(y, 0, k * sizeof(double));
		for (i = 0; i < k; i++)
		{
			double	   *a = t->packed + mg_triangle_at(i, 0);
			double		xi = tau == 0 ? 0 : x[i];
			double		sum = pass_row(a, i, v[i], w[i], v, w, xi, x, y);

			a[i] -= 2 * v[i] * w[i];
			y[i] += sum + a[i] * xi;
		}
		if (tau == 0)
		{
			memset(v, 0, k * sizeof(double));
			memset(w, 0, k * sizeof(double));
			continue;
		}
		for (j = 0; j < k; j++)
			yx += y[j] * x[j];
		for (j = 0; j < k; j++)
		{
			v[j] = x[j];
			w[j] = tau * y[j] - tau * tau * yx / 2 * x[j];
		}
	}
}

/* x = Q'x */
void
mg_reflect(const MgTridiagonal *t, double *x)
{
	int			k;
	int			j;

	for (k = t->p - 1; k > 0; k--)
	{
		const double *v = t->packed + mg_triangle_at(k, 0);
		double		sum = 0;

		if (t->tau[k] == 0)
			continue;
		for (j = 0; j < k; j++)
			sum += v[j] * x[j];
		for (j = 0; j < k; j++)
			x[j] -= t->tau[k] * sum * v[j];
	}
}

/* X = Q X, p x m, m a multiple of MG_LANES: all columns in one pass */
void
mg_reflect_back(const MgTridiagonal *t, double *x, int m)
{
	double	   *sum = palloc(Max(m, 1) * sizeof(double));
	PassRow		pass_row;
	AddRow		add_row;
	int			i;
	int			k;

	Assert(m % MG_LANES == 0);
	choose(&pass_row, &add_row);
	for (k = 1; k < t->p; k++)
	{
		const double *v = t->packed + mg_triangle_at(k, 0);

		CHECK_FOR_INTERRUPTS();
		if (t->tau[k] == 0)
			continue;
		memset(sum, 0, m * sizeof(double));
		for (i = 0; i < k; i++)
			add_row(sum, v[i], x + (Size) i * m, m);
		for (i = 0; i < m; i++)
			sum[i] *= t->tau[k];
		for (i = 0; i < k; i++)
			add_row(x + (Size) i * m, -v[i], sum, m);
	}
	pfree(sum);
}

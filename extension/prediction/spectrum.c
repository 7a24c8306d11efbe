/*-------------------------------------------------------------------------
 *
 * spectrum.c
 *		The whole path of prior R squared from one tridiagonal matrix.
 *
 * For prior variances t v, v fixed, B = I + t D G D.  Householder's
 * reflections make D G D tridiagonal, Q T Q', once; after that determinant,
 * quadratic form and effective parameters at any t cost O(p), by the LDL'
 * factors of I + t T, and the coefficients O(p^2).
 *
 * The reflections run from the last row up, as in EISPACK's tred2, so that
 * the matrix that is left stays the head of a packed triangle, and the rank-2
 * update of one step is made in the same pass over memory as the product of
 * the next.  gsl_linalg_symmtd_decomp walks columns, with a stride of p: at
 * p = 2000 it takes about five times as long.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "core/moments.h"
#include "prediction/gaussian.h"

#define LANES	4

MgSpectrum *
mg_spectrum_create(int p)
{
	MgSpectrum *s = palloc0(sizeof(MgSpectrum));

	s->p = p;
	s->packed = MemoryContextAllocHuge(CurrentMemoryContext,
									   (mg_triangle_length(p) + 1) *
									   sizeof(double));
	s->root = palloc0((p + 1) * sizeof(double));
	s->diagonal = palloc0((p + 1) * sizeof(double));
	s->off = palloc0((p + 1) * sizeof(double));
	s->q = palloc0((p + 1) * sizeof(double));
	s->tau = palloc0((p + 1) * sizeof(double));
	s->work = palloc0((Size) 4 * (p + 1) * sizeof(double));
	return s;
}

/*
 * One row of the fused pass: a -= vi w + wi v (the step before), then its
 * part of the product with x: returns a'x, adds xi a to y.
 */
static inline double
pass_row(double *pg_restrict a, int n, double vi, double wi,
		 const double *pg_restrict v, const double *pg_restrict w,
		 double xi, const double *pg_restrict x, double *pg_restrict y)
{
	double		sum[LANES] = {0};
	double		rest = 0;
	int			j;
	int			l;

	for (j = 0; j + LANES <= n; j += LANES)
	{
		for (l = 0; l < LANES; l++)
		{
			double		e = a[j + l] - vi * w[j + l] - wi * v[j + l];

			a[j + l] = e;
			sum[l] += e * x[j + l];
			y[j + l] += e * xi;
		}
	}
	for (; j < n; j++)
	{
		a[j] -= vi * w[j] + wi * v[j];
		rest += a[j] * x[j];
		y[j] += a[j] * xi;
	}
	return (sum[0] + sum[1]) + (sum[2] + sum[3]) + rest;
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

/* Reduces the packed matrix; reflection k stays in its row. */
static void
tridiagonalise(MgSpectrum *s)
{
	double	   *v = s->work;
	double	   *w = v + s->p + 1;
	double	   *y = w + s->p + 1;
	int			k;
	int			i;
	int			j;

	memset(v, 0, (s->p + 1) * sizeof(double));
	memset(w, 0, (s->p + 1) * sizeof(double));
	for (k = s->p - 1; k >= 0; k--)
	{
		double	   *x = s->packed + mg_triangle_at(k, 0);
		double		tau = 0;
		double		yx = 0;

		CHECK_FOR_INTERRUPTS();
		/* this row has not had the step before */
		for (j = 0; j <= k; j++)
			x[j] -= v[k] * w[j] + w[k] * v[j];
		s->diagonal[k] = x[k];
		if (k == 0)
			break;
		tau = reflection(x, k, &s->off[k - 1]);
		s->tau[k] = tau;

		memset(y, 0, k * sizeof(double));
		for (i = 0; i < k; i++)
		{
			double	   *a = s->packed + mg_triangle_at(i, 0);
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

/* D G D and D c, D = diag(sqrt v), made tridiagonal. */
void
mg_spectrum_set(MgSpectrum *s, const MgProblem *q, const double *v)
{
	double	   *to = s->packed;
	int			i;
	int			j;
	int			k;

	for (i = 0; i < s->p; i++)
	{
		s->root[i] = sqrt(v[i]);
		s->q[i] = s->root[i] * q->c[i];
		for (j = 0; j <= i; j++)
			*to++ = s->root[i] * q->G[(Size) i * s->p + j] * s->root[j];
	}
	tridiagonalise(s);
	for (k = s->p - 1; k > 0; k--)
	{
		const double *x = s->packed + mg_triangle_at(k, 0);
		double		sum = 0;

		if (s->tau[k] == 0)
			continue;
		for (j = 0; j < k; j++)
			sum += x[j] * s->q[j];
		for (j = 0; j < k; j++)
			s->q[j] -= s->tau[k] * sum * x[j];
	}
}

/*
 * log |I + t T|, t q'(I + t T)^-1 q, and t d log |I + t T| / dt, the
 * effective number of parameters.
 */
void
mg_spectrum_at(const MgSpectrum *s, double t, double *log_det,
			   double *quadratic, double *edf)
{
	double		d = 0;
	double		slope = 0;		/* dd / dt */
	double		y = 0;
	double		product = 1;
	int			i;

	*log_det = *quadratic = *edf = 0;
	for (i = 0; i < s->p; i++)
	{
		double		e = i > 0 ? s->off[i - 1] : 0;
		double		f = i > 0 ? t * e / d : 0;

		slope = s->diagonal[i] - (i > 0 ? f * (2 * e - f * slope) : 0);
		y = s->q[i] - f * y;
		d = 1 + t * s->diagonal[i] - f * t * e;
		product *= d;
		if (!(product > 1e-200 && product < 1e200))
		{
			*log_det += log(product);
			product = 1;
		}
		*quadratic += y * y / d;
		*edf += slope / d;
	}
	*log_det += log(product);
	*quadratic *= t;
	*edf *= t;
}

/*
 * Coefficients at m values of t: beta is m x p, less prior means.  The
 * reflections are applied to all of them in one pass.
 */
void
mg_spectrum_solve(const MgSpectrum *s, const double *t, int m, double *beta)
{
	int			p = s->p;
	int			wide = (m + LANES - 1) / LANES * LANES;
	double	   *x = palloc0(((Size) p + 1) * wide * sizeof(double));
	double	   *sum = palloc(Max(wide, 1) * sizeof(double));
	double	   *d = s->work;
	int			b;
	int			i;
	int			k;
	int			l;

	for (b = 0; b < m; b++)
	{
		for (i = 0; i < p; i++)
		{
			double		f = i > 0 ? t[b] * s->off[i - 1] / d[i - 1] : 0;

			d[i] = 1 + t[b] * s->diagonal[i] -
				(i > 0 ? f * t[b] * s->off[i - 1] : 0);
			x[(Size) i * wide + b] = s->q[i] -
				(i > 0 ? f * x[(Size) (i - 1) * wide + b] : 0);
		}
		for (i = p - 1; i >= 0; i--)
		{
			double		z = t[b] * x[(Size) i * wide + b] / d[i];

			if (i < p - 1)
				z -= t[b] * s->off[i] / d[i] * x[(Size) (i + 1) * wide + b];
			x[(Size) i * wide + b] = z;
		}
	}
	for (k = 1; k < p; k++)
	{
		const double *v = s->packed + mg_triangle_at(k, 0);

		CHECK_FOR_INTERRUPTS();
		if (s->tau[k] == 0)
			continue;
		memset(sum, 0, wide * sizeof(double));
		for (i = 0; i < k; i++)
		{
			const double *xi = x + (Size) i * wide;

			for (b = 0; b < wide; b += LANES)
			{
				for (l = 0; l < LANES; l++)
					sum[b + l] += v[i] * xi[b + l];
			}
		}
		for (b = 0; b < wide; b++)
			sum[b] *= s->tau[k];
		for (i = 0; i < k; i++)
		{
			double	   *xi = x + (Size) i * wide;

			for (b = 0; b < wide; b += LANES)
			{
				for (l = 0; l < LANES; l++)
					xi[b + l] -= v[i] * sum[b + l];
			}
		}
	}
	for (b = 0; b < m; b++)
	{
		for (i = 0; i < p; i++)
			beta[(Size) b * p + i] = s->root[i] * x[(Size) i * wide + b];
	}
	pfree(x);
	pfree(sum);
}

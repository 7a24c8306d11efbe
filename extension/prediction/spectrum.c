/*-------------------------------------------------------------------------
 *
 * spectrum.c
 *		The whole path of prior R squared from one tridiagonal matrix.
 *
 * For prior variances t v, v fixed, B = I + t D G D.  D G D is made
 * tridiagonal, Q T Q', once; after that determinant, quadratic form and
 * effective parameters at any t cost O(p), by the LDL' factors of I + t T,
 * and the coefficients O(p^2).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/lanes.h"
#include "core/moments.h"
#include "prediction/gaussian.h"

MgSpectrum *
mg_spectrum_create(int p)
{
	MgSpectrum *s = palloc0(sizeof(MgSpectrum));

	s->p = p;
	s->t.p = p;
	s->t.packed = MemoryContextAllocHuge(CurrentMemoryContext,
										 (mg_triangle_length(p) + 1) *
										 sizeof(double));
	s->root = palloc0((p + 1) * sizeof(double));
	s->t.diagonal = palloc0((p + 1) * sizeof(double));
	s->t.off = palloc0((p + 1) * sizeof(double));
	s->q = palloc0((p + 1) * sizeof(double));
	s->t.tau = palloc0((p + 1) * sizeof(double));
	s->t.work = palloc0((Size) 3 * (p + MG_LANES) * sizeof(double));
	return s;
}

void
mg_spectrum_free(MgSpectrum *s)
{
	pfree(s->t.packed);
	pfree(s->root);
	pfree(s->t.diagonal);
	pfree(s->t.off);
	pfree(s->q);
	pfree(s->t.tau);
	pfree(s->t.work);
	pfree(s);
}

/* D G D and D c, D = diag(sqrt v), made tridiagonal. */
void
mg_spectrum_set(MgSpectrum *s, const MgProblem *q, const double *v)
{
	double	   *to = s->t.packed;
	int			i;
	int			j;

	for (i = 0; i < s->p; i++)
	{
		s->root[i] = sqrt(v[i]);
		s->q[i] = s->root[i] * q->c[i];
		for (j = 0; j <= i; j++)
			*to++ = s->root[i] * q->G[(Size) i * s->p + j] * s->root[j];
	}
	mg_tridiagonalise(&s->t);
	mg_reflect(&s->t, s->q);
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
		double		e = i > 0 ? s->t.off[i - 1] : 0;
		double		f = i > 0 ? t * e / d : 0;

		slope = s->t.diagonal[i] - (i > 0 ? f * (2 * e - f * slope) : 0);
		y = s->q[i] - f * y;
		d = 1 + t * s->t.diagonal[i] - f * t * e;
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
	int			wide = (m + MG_LANES - 1) / MG_LANES * MG_LANES;
	double	   *x = palloc0(((Size) p + 1) * wide * sizeof(double));
	double	   *d = s->t.work;
	int			b;
	int			i;

	for (b = 0; b < m; b++)
	{
		for (i = 0; i < p; i++)
		{
			double		f = i > 0 ? t[b] * s->t.off[i - 1] / d[i - 1] : 0;

			d[i] = 1 + t[b] * s->t.diagonal[i] -
				(i > 0 ? f * t[b] * s->t.off[i - 1] : 0);
			x[(Size) i * wide + b] = s->q[i] -
				(i > 0 ? f * x[(Size) (i - 1) * wide + b] : 0);
		}
		for (i = p - 1; i >= 0; i--)
		{
			double		z = t[b] * x[(Size) i * wide + b] / d[i];

			if (i < p - 1)
				z -= t[b] * s->t.off[i] / d[i] * x[(Size) (i + 1) * wide + b];
			x[(Size) i * wide + b] = z;
		}
	}
	mg_reflect_back(&s->t, x, wide);
	for (b = 0; b < m; b++)
	{
		for (i = 0; i < p; i++)
			beta[(Size) b * p + i] = s->root[i] * x[(Size) i * wide + b];
	}
	pfree(x);
}

/*-------------------------------------------------------------------------
 *
 * linear_model.c
 *		Linear models from the totals of regression summaries.
 *
 * The products of a summary are about its first row, so that centring them
 * loses no digits to a common offset.  Variables are taken in the order
 * given; one whose variation is explained by the earlier ones is left out,
 * as R's lm does.  With v = (1, x, y) the influence of a row on slope j is
 *
 *		w h_j(x) e(x, y),	h = A^-1 (x - xbar),  e = y - ybar - b'(x - xbar)
 *
 * a product of two linear functions of v, hence linear in the products
 * w v v': the design-based error of any function of means and coefficients
 * needs no more than their totals by PSU (Binder 1983; Fuller 1975).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "survey/linear_model.h"

/*
 * A variable is collinear when less than this part of its own variation is
 * left after the earlier ones, and constant when less than this part of its
 * squares about the origin is variation.
 */
#define COLLINEAR	1e-11
#define CONSTANT	1e-14

/* From packed sums of products of (1, x, y). */
MgModelData *
mg_model_data(int p, const double *products)
{
	MgModelData *d = palloc(sizeof(MgModelData));
	int			q = p + 1;
	int			i;
	int			j;

	d->p = p;
	d->m = p + 2;
	d->w = products[0];
	d->mean = palloc(q * sizeof(double));
	d->raw = palloc(q * sizeof(double));
	d->c = palloc((Size) q * q * sizeof(double));
	for (i = 0; i < q; i++)
		d->mean[i] = d->w > 0 ? products[i + 1] / d->w : 0;
	for (i = 0; i < q; i++)
	{
		for (j = i; j < q; j++)
		{
			double		x = products[mg_packed_at(d->m, i + 1, j + 1)];

			if (i == j)
				d->raw[i] = x;
			d->c[(Size) i * q + j] = d->c[(Size) j * q + i] =
				x - d->w * d->mean[i] * d->mean[j];
		}
	}
	return d;
}

/*
 * Least squares by sweeping: the centred products c ((p + 1)^2, y last) give
 * slopes and the inverse of those of x; "mean" (of x, and of y) the
 * intercept.  Only variables of "use" (NULL: all) may enter, and d->raw tells
 * what a constant is.
 */
void
mg_model_fit(const MgModelData *d, const double *c, const double *mean,
			 const bool *use, MgModel *fit)
{
	int			p = d->p;
	int			q = p + 1;
	double	   *a = palloc((Size) q * q * sizeof(double));
	int			i;
	int			j;
	int			k;

	memcpy(a, c, (Size) q * q * sizeof(double));
	fit->p = p;
	fit->rank = 0;
	fit->use = palloc0((p + 1) * sizeof(bool));
	fit->b = palloc0((p + 1) * sizeof(double));
	fit->inverse = palloc0(((Size) p * p + 1) * sizeof(double));
	fit->intercept = mean[p];
	for (k = 0; k < p; k++)
	{
		double		pivot = a[(Size) k * q + k];

		if ((use != NULL && !use[k]) ||
			!(c[(Size) k * q + k] > CONSTANT * d->raw[k]) ||
			!(pivot > COLLINEAR * c[(Size) k * q + k]))
			continue;
		CHECK_FOR_INTERRUPTS();
		fit->use[k] = true;
		fit->rank++;
		for (i = 0; i < q; i++)
		{
			double		f = a[(Size) i * q + k] / pivot;

			if (i == k)
				continue;
			for (j = 0; j < q; j++)
			{
				if (j != k)
					a[(Size) i * q + j] -= f * a[(Size) k * q + j];
			}
			a[(Size) i * q + k] = -f;
		}
		for (j = 0; j < q; j++)
		{
			if (j != k)
				a[(Size) k * q + j] /= pivot;
		}
		a[(Size) k * q + k] = 1 / pivot;
	}
	for (i = 0; i < p; i++)
	{
		if (!fit->use[i])
			continue;
		fit->b[i] = a[(Size) i * q + p];
		fit->intercept -= fit->b[i] * mean[i];
		for (j = 0; j < p; j++)
		{
			if (fit->use[j])
				fit->inverse[(Size) i * p + j] = a[(Size) i * q + j];
		}
	}
	pfree(a);
}

/*
 * Adds the derivatives of "factor" x sum w (d'v)(e'v) by the packed sums of
 * w v v'.
 */
void
mg_add_product(int m, const double *d, const double *e, double factor,
			   double *gradient)
{
	int			a;
	int			b;

	for (a = 0; a < m; a++)
	{
		*gradient++ += factor * d[a] * e[a];
		for (b = a + 1; b < m; b++)
			*gradient++ += factor * (d[a] * e[b] + d[b] * e[a]);
	}
}

/*
 * Adds "factor" times the influence on slope j of a fit, whose products were
 * centred at x_mean and whose residual is y - constant - b'x.
 */
void
mg_slope_gradient(const MgModelData *d, const MgModel *fit,
				  const double *x_mean, double constant, int j, double factor,
				  double *gradient)
{
	int			p = d->p;
	double	   *h = palloc0(d->m * sizeof(double));
	double	   *e = palloc0(d->m * sizeof(double));
	int			i;

	for (i = 0; i < p; i++)
	{
		h[i + 1] = fit->inverse[(Size) j * p + i];
		h[0] -= h[i + 1] * x_mean[i];
		e[i + 1] = -fit->b[i];
	}
	e[0] = -constant;
	e[p + 1] = 1;
	mg_add_product(d->m, h, e, factor, gradient);
	pfree(h);
	pfree(e);
}

/* The names of the variables: argument "arg", or x1, x2, .. */
MgLabel *
mg_arg_variables(FunctionCallInfo fcinfo, int arg, int p)
{
	MgLabel    *names;
	int			n;
	int			i;

	if (!PG_ARGISNULL(arg))
	{
		names = mg_arg_labels(fcinfo, arg, "names", &n);
		if (n != p)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("names must name every explanatory variable"),
					 errdetail("There are %d names and %d variables.", n, p),
					 errhint("Give one name for each element of x, in order.")));
		return names;
	}
	names = palloc((p + 1) * sizeof(MgLabel));
	for (i = 0; i < p; i++)
	{
		char	   *s = psprintf("x%d", i + 1);

		names[i].s = s;
		names[i].len = (int32) strlen(s);
	}
	return names;
}

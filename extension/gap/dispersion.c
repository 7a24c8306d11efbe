/*-------------------------------------------------------------------------
 *
 * dispersion.c
 *		Measures of dispersion over subgroups that need no order, and the
 *		population attributable risk and fraction.
 *
 * With p the shares, y the means and mu = sum p y; names and definitions of
 * the World Health Organization's Handbook on health inequality monitoring
 * (2013).  Differences use means less the shift, which cancels.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "gap/measures.h"

static double
sign_of(double x)
{
	return x > 0 ? 1 : x < 0 ? -1 : 0;
}

/* Measures relative to the mean need one above 0. */
const char *
mg_positive_mean(const MgGapInput *in)
{
	return in->mu > 0 ? NULL : "estimate_not_positive";
}

/* Measures with logarithms need every mean above 0. */
static const char *
positive_means(const MgGapInput *in)
{
	int			i;

	for (i = 0; i < in->n; i++)
	{
		if (!(in->y[i] > 0))
			return "estimate_not_positive";
	}
	return NULL;
}

/* From the derivatives of m to those of 100 m / mu. */
static void
percent_of_mean(const MgGapInput *in, double m, double *dy, double *dp)
{
	int			i;

	for (i = 0; i < in->n; i++)
	{
		dy[i] = 100 * (dy[i] - m * in->p[i] / in->mu) / in->mu;
		dp[i] = 100 * (dp[i] - m * in->y[i] / in->mu) / in->mu;
	}
}

/* sum p (y - mu)^2 */
const char *
mg_value_bgv(const MgGapInput *in, double *value)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < in->n; i++)
	{
		double		d = in->dev[i] - in->mu_dev;

		sum += in->p[i] * d * d;
	}
	*value = sum;
	return NULL;
}

void
mg_gradient_bgv(const MgGapInput *in, double *dy, double *dp)
{
	int			i;

	for (i = 0; i < in->n; i++)
	{
		double		d = in->dev[i] - in->mu_dev;

		dy[i] = 2 * in->p[i] * d;
		dp[i] = d * d;
	}
}

/* With the terms of second order (Ahn et al. 2018). */
double
mg_table_bgv(const MgGapInput *in, const double *se)
{
	double		a = 0;
	double		b = 0;
	double		c = 0;
	double		e = 0;
	int			i;

	for (i = 0; i < in->n; i++)
	{
		double		p = in->p[i];
		double		v = se[i] * se[i];
		double		d = in->dev[i] - in->mu_dev;

		a += p * p * v * d * d;
		b += p * p * v;
		c += p * p * p * p * v * v;
		e += p * p * (1 - p) * (1 - p) * v * v;
	}
	return 4 * a + 2 * (b * b - c + e);
}

const char *
mg_value_bgsd(const MgGapInput *in, double *value)
{
	(void) mg_value_bgv(in, value);
	*value = sqrt(*value);
	return NULL;
}

/* At 0 there is no derivative: NaN, so that the error is NULL. */
void
mg_gradient_bgsd(const MgGapInput *in, double *dy, double *dp)
{
	double		bgsd;
	int			i;

	(void) mg_value_bgsd(in, &bgsd);
	mg_gradient_bgv(in, dy, dp);
	for (i = 0; i < in->n; i++)
	{
		dy[i] = bgsd > 0 ? dy[i] / (2 * bgsd) : NAN;
		dp[i] = bgsd > 0 ? dp[i] / (2 * bgsd) : NAN;
	}
}

const char *
mg_value_cov(const MgGapInput *in, double *value)
{
	(void) mg_value_bgsd(in, value);
	*value *= 100 / in->mu;
	return mg_positive_mean(in);
}

void
mg_gradient_cov(const MgGapInput *in, double *dy, double *dp)
{
	double		bgsd;

	(void) mg_value_bgsd(in, &bgsd);
	mg_gradient_bgsd(in, dy, dp);
	percent_of_mean(in, bgsd, dy, dp);
}

/* sum p |y - mu| */
const char *
mg_value_mdm(const MgGapInput *in, double *value)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < in->n; i++)
		sum += in->p[i] * fabs(in->dev[i] - in->mu_dev);
	*value = sum;
	return NULL;
}

void
mg_gradient_mdm(const MgGapInput *in, double *dy, double *dp)
{
	double		s = 0;
	int			i;

	for (i = 0; i < in->n; i++)
		s += in->p[i] * sign_of(in->dev[i] - in->mu_dev);
	for (i = 0; i < in->n; i++)
	{
		double		d = in->dev[i] - in->mu_dev;

		dy[i] = in->p[i] * (sign_of(d) - s);
		dp[i] = fabs(d) - s * in->dev[i];
	}
}

/* (1/G) sum |y - mu|, mu still the weighted mean */
const char *
mg_value_mdm_unweighted(const MgGapInput *in, double *value)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < in->n; i++)
		sum += fabs(in->dev[i] - in->mu_dev);
	*value = sum / in->n;
	return NULL;
}

void
mg_gradient_mdm_unweighted(const MgGapInput *in, double *dy, double *dp)
{
	double		s = 0;
	int			i;

	for (i = 0; i < in->n; i++)
		s += sign_of(in->dev[i] - in->mu_dev) / in->n;
	for (i = 0; i < in->n; i++)
	{
		dy[i] = sign_of(in->dev[i] - in->mu_dev) / in->n - in->p[i] * s;
		dp[i] = -s * in->dev[i];
	}
}

/* The best subgroup: the lowest mean of an adverse outcome, else the highest. */
int
mg_best_group(const MgGapInput *in)
{
	int			found = 0;
	int			i;

	for (i = 1; i < in->n; i++)
	{
		if (in->adverse ? in->dev[i] < in->dev[found] : in->dev[i] > in->dev[found])
			found = i;
	}
	return found;
}

/* sum p |y - y_b| */
const char *
mg_value_mdb(const MgGapInput *in, double *value)
{
	int			b = mg_best_group(in);
	double		sum = 0;
	int			i;

	for (i = 0; i < in->n; i++)
		sum += in->p[i] * fabs(in->dev[i] - in->dev[b]);
	*value = sum;
	return NULL;
}

void
mg_gradient_mdb(const MgGapInput *in, double *dy, double *dp)
{
	double		s = in->adverse ? -1 : 1;
	int			b = mg_best_group(in);
	int			i;

	for (i = 0; i < in->n; i++)
	{
		dy[i] = s * ((i == b) - in->p[i]);
		dp[i] = -s * in->dev[i];
	}
}

const char *
mg_value_mdb_unweighted(const MgGapInput *in, double *value)
{
	int			b = mg_best_group(in);
	double		sum = 0;
	int			i;

	for (i = 0; i < in->n; i++)
		sum += fabs(in->dev[i] - in->dev[b]);
	*value = sum / in->n;
	return NULL;
}

void
mg_gradient_mdb_unweighted(const MgGapInput *in, double *dy, double *dp)
{
	double		s = in->adverse ? -1 : 1;
	int			b = mg_best_group(in);
	int			i;

	for (i = 0; i < in->n; i++)
		dy[i] = s * ((i == b) - 1.0 / in->n);
}

/* sum p |y - y_r| */
const char *
mg_value_mdr(const MgGapInput *in, double *value)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < in->n; i++)
		sum += in->p[i] * fabs(in->dev[i] - in->dev[in->reference]);
	*value = sum;
	return NULL;
}

void
mg_gradient_mdr(const MgGapInput *in, double *dy, double *dp)
{
	int			i;

	for (i = 0; i < in->n; i++)
	{
		double		d = in->dev[i] - in->dev[in->reference];

		dy[i] += in->p[i] * sign_of(d);
		dy[in->reference] -= in->p[i] * sign_of(d);
		dp[i] = fabs(d);
	}
}

const char *
mg_value_mdr_unweighted(const MgGapInput *in, double *value)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < in->n; i++)
		sum += fabs(in->dev[i] - in->dev[in->reference]);
	*value = sum / in->n;
	return NULL;
}

void
mg_gradient_mdr_unweighted(const MgGapInput *in, double *dy, double *dp)
{
	int			i;

	for (i = 0; i < in->n; i++)
	{
		double		t = sign_of(in->dev[i] - in->dev[in->reference]) / in->n;

		dy[i] += t;
		dy[in->reference] -= t;
	}
}

/* 100 mdm / mu */
const char *
mg_value_idis(const MgGapInput *in, double *value)
{
	(void) mg_value_mdm(in, value);
	*value *= 100 / in->mu;
	return mg_positive_mean(in);
}

void
mg_gradient_idis(const MgGapInput *in, double *dy, double *dp)
{
	double		mdm;

	(void) mg_value_mdm(in, &mdm);
	mg_gradient_mdm(in, dy, dp);
	percent_of_mean(in, mdm, dy, dp);
}

const char *
mg_value_idis_unweighted(const MgGapInput *in, double *value)
{
	(void) mg_value_mdm_unweighted(in, value);
	*value *= 100 / in->mu;
	return mg_positive_mean(in);
}

void
mg_gradient_idis_unweighted(const MgGapInput *in, double *dy, double *dp)
{
	double		mdm;

	(void) mg_value_mdm_unweighted(in, &mdm);
	mg_gradient_mdm_unweighted(in, dy, dp);
	percent_of_mean(in, mdm, dy, dp);
}

/* ln mu - sum p ln y */
const char *
mg_value_mld(const MgGapInput *in, double *value)
{
	const char *problem = positive_means(in);
	double		sum = 0;
	int			i;

	if (problem != NULL)
		return problem;
	for (i = 0; i < in->n; i++)
		sum -= in->p[i] * log1p((in->dev[i] - in->mu_dev) / in->mu);
	*value = Max(sum, 0);
	return NULL;
}

void
mg_gradient_mld(const MgGapInput *in, double *dy, double *dp)
{
	int			i;

	for (i = 0; i < in->n; i++)
	{
		double		d = (in->dev[i] - in->mu_dev) / in->mu;

		dy[i] = in->p[i] * (1 / in->mu - 1 / in->y[i]);
		/* y/mu - ln y, less the constant 1 - ln mu, which has no effect */
		dp[i] = d - log1p(d);
	}
}

/* sum p r ln r, r = y / mu */
const char *
mg_value_theil(const MgGapInput *in, double *value)
{
	const char *problem = positive_means(in);
	double		sum = 0;
	int			i;

	if (problem != NULL)
		return problem;
	for (i = 0; i < in->n; i++)
	{
		double		d = (in->dev[i] - in->mu_dev) / in->mu;

		sum += in->p[i] * (1 + d) * log1p(d);
	}
	*value = Max(sum, 0);
	return NULL;
}

void
mg_gradient_theil(const MgGapInput *in, double *dy, double *dp)
{
	double		theil;
	int			i;

	(void) mg_value_theil(in, &theil);
	for (i = 0; i < in->n; i++)
	{
		double		d = (in->dev[i] - in->mu_dev) / in->mu;
		double		l = log1p(d);

		dy[i] = in->p[i] / in->mu * (l - theil);
		dp[i] = (1 + d) * (l - theil - 1);
	}
}

/*
 * The subgroup that all would be like: the one named, else the most
 * advantaged of an order, else the best.
 */
int
mg_attributable_reference(const MgGapInput *in)
{
	if (in->reference_named)
		return in->reference;
	return in->ordered ? in->n - 1 : mg_best_group(in);
}

/* y_ref - mu, never clipped */
const char *
mg_value_par(const MgGapInput *in, double *value)
{
	*value = in->dev[mg_attributable_reference(in)] - in->mu_dev;
	return NULL;
}

void
mg_gradient_par(const MgGapInput *in, double *dy, double *dp)
{
	int			ref = mg_attributable_reference(in);
	int			i;

	for (i = 0; i < in->n; i++)
	{
		dy[i] = (i == ref) - in->p[i];
		dp[i] = -in->dev[i];
	}
}

/* 100 par / mu */
const char *
mg_value_paf(const MgGapInput *in, double *value)
{
	(void) mg_value_par(in, value);
	*value *= 100 / in->mu;
	return mg_positive_mean(in);
}

void
mg_gradient_paf(const MgGapInput *in, double *dy, double *dp)
{
	double		par;

	(void) mg_value_par(in, &par);
	mg_gradient_par(in, dy, dp);
	percent_of_mean(in, par, dy, dp);
}

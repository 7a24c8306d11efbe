/*-------------------------------------------------------------------------
 *
 * distributions.c
 *		Tail areas and quantiles, by GSL.
 *
 * GSL aborts the process through its error handler unless that is switched
 * off; the handler is process-wide, so it is put back after each call.  GSL
 * inverts by iteration; one or two Newton steps with its own density bring
 * the quantiles to full precision.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>

#include "core/distributions.h"

#define POLISH_STEPS	3

/* Student's t; infinite df gives the normal. */
double
mg_t_quantile(double p, double df)
{
	gsl_error_handler_t *old;
	bool		upper = p > 0.5;
	double		q = upper ? 1 - p : p;
	double		x;
	int			i;

	if (!(p > 0 && p < 1 && df > 0))
		return NAN;
	old = gsl_set_error_handler_off();
	if (isinf(df))
		x = gsl_cdf_ugaussian_Pinv(q);
	else
	{
		x = gsl_cdf_tdist_Pinv(q, df);
		for (i = 0; i < POLISH_STEPS && isfinite(x); i++)
		{
			double		density = gsl_ran_tdist_pdf(x, df);
			double		step = (gsl_cdf_tdist_P(x, df) - q) / density;

			if (!(density > 0) || !isfinite(step) || fabs(step) > 0.1 * fabs(x))
				break;
			x -= step;
		}
	}
	gsl_set_error_handler(old);
	return upper ? -x : x;
}

/* P(|T| > |t|) */
double
mg_t_two_sided(double t, double df)
{
	gsl_error_handler_t *old;
	double		p;

	if (isnan(t) || !(df > 0))
		return NAN;
	old = gsl_set_error_handler_off();
	if (isinf(df))
		p = 2 * gsl_cdf_ugaussian_Q(fabs(t));
	else
		p = 2 * gsl_cdf_tdist_Q(fabs(t), df);
	gsl_set_error_handler(old);
	return Min(p, 1);
}

/* P(F > f) */
double
mg_f_upper(double f, double df1, double df2)
{
	gsl_error_handler_t *old;
	double		p;

	if (!(f >= 0 && df1 > 0 && df2 > 0) || isinf(f))
		return f > 0 && isinf(f) ? 0 : NAN;
	old = gsl_set_error_handler_off();
	p = isinf(df2) ? gsl_cdf_chisq_Q(f * df1, df1) :
		gsl_cdf_fdist_Q(f, df1, df2);
	gsl_set_error_handler(old);
	return p;
}

/*
 * P(X < x) of the beta distribution for x below (a + 1)/(a + b + 2), by the
 * continued fraction of Abramowitz and Stegun 26.5.8, evaluated by Lentz's
 * method.  GSL stops at 512 terms, which large samples exceed: the number
 * needed is of the order of sqrt(max(a, b)).
 */
static double
beta_lower(double x, double a, double b)
{
	double		log_front = a * log(x) + b * log1p(-x) - log(a) +
		(lgamma(a + b) - lgamma(a) - lgamma(b));
	double		tiny = 1e-300;
	double		c = 1;
	double		d = 1 - (a + b) * x / (a + 1);
	double		f;
	int			m;

	if (fabs(d) < tiny)
		d = tiny;
	d = 1 / d;
	f = d;
	for (m = 1; m < 10000000; m++)
	{
		double		even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double		odd = -(a + m) * (a + b + m) * x /
			((a + 2 * m) * (a + 2 * m + 1));
		double		step;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		f *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		step = d * c;
		f *= step;
		if (fabs(step - 1) < 1e-16)
			break;
	}
	return exp(log_front) * f;
}

static double
beta_cdf(double x, double a, double b)
{
	if (x < (a + 1) / (a + b + 2))
		return beta_lower(x, a, b);
	return 1 - beta_lower(1 - x, b, a);
}

/*
 * Quantile of the beta distribution, by Newton's method within a bracket that
 * halves when a step leaves it.  Past 1e11 the normal is as good.
 */
double
mg_beta_quantile(double p, double a, double b)
{
	double		low = 0;
	double		high = 1;
	double		n = a + b;
	double		x;
	int			i;

	if (!(p > 0 && p < 1 && a > 0 && b > 0) || isinf(n))
		return NAN;
	x = a / n + mg_t_quantile(p, INFINITY) * sqrt(a / n * (b / n) / (n + 1));
	if (n > 1e11)
		return Min(Max(x, 0), 1);
	if (!(x > 0 && x < 1))
		x = a / n;
	for (i = 0; i < 200; i++)
	{
		double		error = beta_cdf(x, a, b) - p;
		double		density = exp((a - 1) * log(x) + (b - 1) * log1p(-x) +
								  (lgamma(n) - lgamma(a) - lgamma(b)));
		double		next = x - error / density;

		if (error > 0)
			high = x;
		else
			low = x;
		if (!(next > low && next < high))
			next = (low + high) / 2;
		if (fabs(next - x) <= 1e-16 * x || next == x)
			return next;
		x = next;
	}
	return x;
}

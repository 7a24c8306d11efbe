/*-------------------------------------------------------------------------
 *
 * distributions.c
 *		Tail areas and quantiles, by GSL.
 *
 * GSL aborts the process through its error handler unless that is switched
 * off; the handler is process-wide, so it is put back after each call.  Where
 * GSL gives up (the beta distribution of large samples) or is only near (t and
 * F with many degrees of freedom) the work is done here.
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

/*
 * P(X < x) of the beta distribution, y being 1 - x, for x below (a + 1)/(a + b + 2), by the
 * continued fraction of Abramowitz and Stegun 26.5.8, evaluated by Lentz's
 * method.  GSL stops at 512 terms, which large samples exceed: the number
 * needed is of the order of sqrt(max(a, b)).
 */
static double
beta_lower(double x, double y, double a, double b)
{
	double		log_front = a * (x < 0.5 ? log(x) : log1p(-y)) +
		b * (y < 0.5 ? log(y) : log1p(-x)) - log(a) +
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

/* P(X < x), y being 1 - x, of which neither may have lost digits. */
static double
beta_cdf(double x, double y, double a, double b)
{
	if (x < (a + 1) / (a + b + 2))
		return beta_lower(x, y, a, b);
	return 1 - beta_lower(y, x, b, a);
}

/*
 * P(|T| > |t|).  GSL's own tail areas of t and F are series for large df, good
 * to some five digits in the tail; the beta distribution has them exactly.
 */
double
mg_t_two_sided(double t, double df)
{
	gsl_error_handler_t *old;
	double		p;

	if (isnan(t) || !(df > 0))
		return NAN;
	if (isinf(t))
		return 0;
	if (df < 1e10)
		return t == 0 ? 1 : beta_cdf(df / (df + t * t), t * t / (df + t * t),
									 df / 2, 0.5);
	old = gsl_set_error_handler_off();
	p = 2 * gsl_cdf_ugaussian_Q(fabs(t));
	gsl_set_error_handler(old);
	return p;
}

/*
 * Student's t; infinite df gives the normal.  GSL's quantile is the start of
 * Newton's method.
 */
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
	x = df < 1e10 ? gsl_cdf_tdist_Pinv(q, df) : gsl_cdf_ugaussian_Pinv(q);
	for (i = 0; i < POLISH_STEPS && isfinite(x) && x < 0 && df < 1e10; i++)
	{
		double		density = gsl_ran_tdist_pdf(x, df);
		double		step = (mg_t_two_sided(x, df) / 2 - q) / density;

		if (!(density > 0) || !isfinite(step) || fabs(step) > 0.1 * fabs(x))
			break;
		x -= step;
	}
	gsl_set_error_handler(old);
	return upper ? -x : x;
}

/* P(F > f) */
double
mg_f_upper(double f, double df1, double df2)
{
	gsl_error_handler_t *old;
	double		p;

	if (!(f >= 0 && df1 > 0 && df2 > 0))
		return NAN;
	if (isinf(f))
		return 0;
	if (df2 < 1e10)
		return f == 0 ? 1 : beta_cdf(df2 / (df2 + df1 * f),
									 df1 * f / (df2 + df1 * f),
									 df2 / 2, df1 / 2);
	old = gsl_set_error_handler_off();
	p = gsl_cdf_chisq_Q(f * df1, df1);
	gsl_set_error_handler(old);
	return p;
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
		double		error = beta_cdf(x, 1 - x, a, b) - p;
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

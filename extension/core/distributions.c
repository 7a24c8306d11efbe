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
 * Quantile of the beta distribution.  GSL's search does not end on NaN, and
 * not soon on huge parameters, where the normal is as good.
 */
double
mg_beta_quantile(double p, double a, double b)
{
	gsl_error_handler_t *old;
	double		x;
	int			i;

	if (!(p > 0 && p < 1 && a > 0 && b > 0) || isinf(a + b))
		return NAN;
	if (a + b > 1e11)
	{
		double		n = a + b;

		x = a / n + mg_t_quantile(p, INFINITY) * sqrt(a / n * (b / n) / n);
		return Min(Max(x, 0), 1);
	}
	old = gsl_set_error_handler_off();
	x = gsl_cdf_beta_Pinv(p, a, b);
	for (i = 0; i < POLISH_STEPS && x > 0 && x < 1; i++)
	{
		double		density = gsl_ran_beta_pdf(x, a, b);
		double		step = (gsl_cdf_beta_P(x, a, b) - p) / density;

		if (!(density > 0) || !isfinite(step) ||
			fabs(step) > 0.1 * Min(x, 1 - x))
			break;
		x -= step;
	}
	gsl_set_error_handler(old);
	return x;
}

/*-------------------------------------------------------------------------
 *
 * intervals.c
 *		Confidence limits of proportions from complex samples.
 *
 * The methods are those of R's svyciprop; t is the quantile of Student's t
 * with the design's degrees of freedom throughout.
 *
 *		logit	expit(logit p -+ t se / (p (1 - p)))
 *		asin	sin(asin(sqrt p) -+ t se / (2 sqrt(p (1 - p))))^2, the angle
 *				kept within [0, pi/2]
 *		wilson	Wilson 1927 with n_eff = p (1 - p) / V and the t quantile
 *		beta	Korn and Graubard 1998: Clopper-Pearson with
 *				n_eff (t_{n-1} / t_df)^2
 *
 * Where p is 0 or 1 the variance is 0 and n_eff undefined: beta and wilson
 * then take the number of rows for it, as the US National Center for Health
 * Statistics does; logit and asin have no limits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/distributions.h"
#include "survey/survey.h"

static double
expit(double x)
{
	return 1 / (1 + exp(-x));
}

/*
 * Replaces the limits of r, whose estimate, error and df are set, by those
 * of the method; n is the number of counted rows.
 */
void
mg_proportion_limits(MgInference *r, MgCiMethod method, int64 n, double level)
{
	double		p = r->estimate;
	double		var = r->std_error * r->std_error;
	double		tail = 0.5 - level / 2;
	double		t;
	double		n_eff;

	r->conf_low = r->conf_high = NAN;
	/* A proportion is outside its range by rounding, or not a proportion. */
	if (p < 0 && p > -1e-12)
		p = 0;
	if (p > 1 && p < 1 + 1e-12)
		p = 1;
	if (!isfinite(r->std_error) || !(r->df > 0) || !(p >= 0 && p <= 1))
		return;
	t = -mg_t_quantile(tail, r->df);
	if (var > 0)
		n_eff = p * (1 - p) / var;
	else
	{
		mg_status_add(r->status, "no_variation");
		n_eff = n;
		if (method == MG_CI_LOGIT || method == MG_CI_ASIN || n == 0)
			return;
	}
	switch (method)
	{
		case MG_CI_LOGIT:
			{
				double		x = log(p / (1 - p));
				double		h = t * r->std_error / (p * (1 - p));

				r->conf_low = expit(x - h);
				r->conf_high = expit(x + h);
				break;
			}
		case MG_CI_ASIN:
			{
				double		x = asin(sqrt(p));
				double		h = t * r->std_error / (2 * sqrt(p * (1 - p)));

				r->conf_low = pow(sin(Max(x - h, 0)), 2);
				r->conf_high = pow(sin(Min(x + h, M_PI / 2)), 2);
				break;
			}
		case MG_CI_WILSON:
			{
				double		m = p + t * t / (2 * n_eff);
				double		h = t * sqrt(p * (1 - p) / n_eff +
										 t * t / (4 * n_eff * n_eff));
				double		d = 1 + t * t / n_eff;

				r->conf_low = Max((m - h) / d, 0);
				r->conf_high = Min((m + h) / d, 1);
				break;
			}
		case MG_CI_BETA:
			{
				double		ratio;

				if (n < 2)
					return;
				ratio = mg_t_quantile(tail, n - 1) / -t;
				n_eff *= ratio * ratio;
				r->conf_low = p > 0 ?
					mg_beta_quantile(tail, n_eff * p, n_eff * (1 - p) + 1) : 0;
				r->conf_high = p < 1 ?
					mg_beta_quantile(1 - tail, n_eff * p + 1, n_eff * (1 - p)) : 1;
				break;
			}
		default:
			elog(ERROR, "not an interval of proportions");
	}
	/* A variance too small to divide by is as good as none. */
	if (!isfinite(r->conf_low) || !isfinite(r->conf_high))
	{
		r->conf_low = r->conf_high = NAN;
		mg_status_add(r->status, "no_variation");
	}
}

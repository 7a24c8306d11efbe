/*-------------------------------------------------------------------------
 *
 * rank.c
 *		Measures over ordered subgroups: concentration indices, slope and
 *		relative index of inequality.
 *
 * Subgroups come from worst-off to best-off; R_i = sum_{k<i} p_k + p_i / 2 is
 * the midpoint of subgroup i's share of the population (its ridit), and
 * A_i = sum_{k>i} p_k y_k + p_i y_i / 2.
 *
 *		aci			sum p y (2 R - 1)					(generalised index)
 *		rci			aci / mu							(Kakwani et al. 1997)
 *		erreygers	4 aci / (upper - lower)				(Erreygers 2009)
 *		wagstaff	(upper - lower) aci / ((upper - mu)(mu - lower))
 *														(Wagstaff 2005)
 *		modified	aci / (mu - lower)					(Erreygers 2011)
 *		sii			slope of y on R, = 6 aci / (1 - sum p^3)
 *		rii			(mu + sii/2) / (mu - sii/2)
 *		sii_logit	q(1) - q(0), q = expit(b0 + b1 R), by grouped logistic
 *					regression; rii_logit = q(1) / q(0)
 *
 * The full gradients let ranks and the mean vary with the sample; the
 * conventional ones take them as known, as the convenience regression of
 * Kakwani, Wagstaff and van Doorslaer (1997) does: they are the sandwich of
 * a regression on fixed ranks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "gap/measures.h"

#define MAX_NEWTON	100

/* The ridits. */
static double *
ridits(const MgGapInput *in)
{
	double	   *r = palloc(in->n * sizeof(double));
	double		below = 0;
	int			i;

	for (i = 0; i < in->n; i++)
	{
		r[i] = below + in->p[i] / 2;
		below += in->p[i];
	}
	return r;
}

static double
sum_of_cubes(const MgGapInput *in)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < in->n; i++)
		sum += in->p[i] * in->p[i] * in->p[i];
	return sum;
}

static double
aci_of(const MgGapInput *in)
{
	const double *r = ridits(in);
	double		sum = 0;
	int			i;

	for (i = 0; i < in->n; i++)
		sum += in->p[i] * (in->dev[i] - in->mu_dev) * (2 * r[i] - 1);
	return sum;
}

const char *
mg_value_aci(const MgGapInput *in, double *value)
{
	*value = aci_of(in);
	return NULL;
}

/* A constant added to y adds a constant to dp, which has no effect. */
void
mg_gradient_aci(const MgGapInput *in, double *dy, double *dp)
{
	const double *r = ridits(in);
	double		above = 0;
	int			i;

	for (i = in->n - 1; i >= 0; i--)
	{
		double		d = in->dev[i] - in->mu_dev;

		dy[i] = in->p[i] * (2 * r[i] - 1);
		dp[i] = 2 * d * r[i] + 2 * (above + in->p[i] * d / 2) - d;
		above += in->p[i] * d;
	}
}

/* The slope of y on R, and its conventional derivatives times "factor". */
static double
sii_of(const MgGapInput *in)
{
	return 6 * aci_of(in) / (1 - sum_of_cubes(in));
}

static void
conventional(const MgGapInput *in, double factor, double *dy, double *dw)
{
	const double *r = ridits(in);
	double		slope = sii_of(in);
	int			i;

	for (i = 0; i < in->n; i++)
	{
		double		x = r[i] - 0.5;

		dy[i] = factor * in->p[i] * x;
		dw[i] = factor * x * (in->dev[i] - in->mu_dev - slope * x);
	}
}

void
mg_conventional_aci(const MgGapInput *in, double *dy, double *dw)
{
	conventional(in, 2, dy, dw);
}

const char *
mg_value_rci(const MgGapInput *in, double *value)
{
	int			i;

	if (!(in->mu > 0))
		return "estimate_not_positive";
	for (i = 0; i < in->n; i++)
	{
		if (in->y[i] < 0)
			return "estimate_negative";
	}
	*value = aci_of(in) / in->mu;
	return NULL;
}

/* From the derivatives of aci to those of aci times f(mu), f' = df. */
static void
times_function_of_mean(const MgGapInput *in, double f, double df, double *dy,
					   double *dp)
{
	double		aci = aci_of(in);
	int			i;

	for (i = 0; i < in->n; i++)
	{
		dy[i] = f * dy[i] + aci * df * in->p[i];
		dp[i] = f * dp[i] + aci * df * (in->dev[i] - in->mu_dev);
	}
}

void
mg_gradient_rci(const MgGapInput *in, double *dy, double *dp)
{
	mg_gradient_aci(in, dy, dp);
	times_function_of_mean(in, 1 / in->mu, -1 / (in->mu * in->mu), dy, dp);
}

void
mg_conventional_rci(const MgGapInput *in, double *dy, double *dw)
{
	conventional(in, 2 / in->mu, dy, dw);
}

/* Every mean must lie within the bounds that the call gave. */
static const char *
outside_bounds(const MgGapInput *in)
{
	int			i;

	for (i = 0; i < in->n; i++)
	{
		if (in->y[i] < in->lower || in->y[i] > in->upper)
			return "estimate_outside_bounds";
	}
	return NULL;
}

const char *
mg_value_erreygers(const MgGapInput *in, double *value)
{
	*value = 4 * aci_of(in) / (in->upper - in->lower);
	return outside_bounds(in);
}

void
mg_gradient_erreygers(const MgGapInput *in, double *dy, double *dp)
{
	mg_gradient_aci(in, dy, dp);
	times_function_of_mean(in, 4 / (in->upper - in->lower), 0, dy, dp);
}

void
mg_conventional_erreygers(const MgGapInput *in, double *dy, double *dw)
{
	conventional(in, 8 / (in->upper - in->lower), dy, dw);
}

static double
wagstaff_factor(const MgGapInput *in)
{
	return (in->upper - in->lower) / ((in->upper - in->mu) * (in->mu - in->lower));
}

const char *
mg_value_wagstaff(const MgGapInput *in, double *value)
{
	const char *problem = outside_bounds(in);

	if (problem != NULL)
		return problem;
	if (!(in->mu > in->lower && in->mu < in->upper))
		return "mean_at_bound";
	*value = wagstaff_factor(in) * aci_of(in);
	return NULL;
}

void
mg_gradient_wagstaff(const MgGapInput *in, double *dy, double *dp)
{
	double		f = wagstaff_factor(in);

	mg_gradient_aci(in, dy, dp);
	times_function_of_mean(in, f, f * (1 / (in->upper - in->mu) -
									   1 / (in->mu - in->lower)), dy, dp);
}

void
mg_conventional_wagstaff(const MgGapInput *in, double *dy, double *dw)
{
	conventional(in, 2 * wagstaff_factor(in), dy, dw);
}

const char *
mg_value_modified_ci(const MgGapInput *in, double *value)
{
	const char *problem = outside_bounds(in);

	if (problem != NULL)
		return problem;
	if (!(in->mu > in->lower))
		return "mean_at_bound";
	*value = aci_of(in) / (in->mu - in->lower);
	return NULL;
}

void
mg_gradient_modified_ci(const MgGapInput *in, double *dy, double *dp)
{
	double		f = 1 / (in->mu - in->lower);

	mg_gradient_aci(in, dy, dp);
	times_function_of_mean(in, f, -f * f, dy, dp);
}

void
mg_conventional_modified_ci(const MgGapInput *in, double *dy, double *dw)
{
	conventional(in, 2 / (in->mu - in->lower), dy, dw);
}

const char *
mg_value_sii(const MgGapInput *in, double *value)
{
	*value = sii_of(in);
	return NULL;
}

void
mg_gradient_sii(const MgGapInput *in, double *dy, double *dp)
{
	double		f = 6 / (1 - sum_of_cubes(in));
	double		sii = sii_of(in);
	int			i;

	mg_gradient_aci(in, dy, dp);
	for (i = 0; i < in->n; i++)
	{
		dy[i] *= f;
		dp[i] = f * dp[i] + sii * f / 6 * 3 * in->p[i] * in->p[i];
	}
}

void
mg_conventional_sii(const MgGapInput *in, double *dy, double *dw)
{
	conventional(in, 12 / (1 - sum_of_cubes(in)), dy, dw);
}

const char *
mg_value_rii(const MgGapInput *in, double *value)
{
	double		half = sii_of(in) / 2;

	if (!(in->mu - half > 0 && in->mu + half > 0))
		return "line_not_positive";
	*value = (in->mu + half) / (in->mu - half);
	return NULL;
}

/* ln rii from the derivatives of sii and those of mu, (my, mw). */
static void
log_rii(const MgGapInput *in, const double *my, const double *mw, double *dy,
		double *dw)
{
	double		half = sii_of(in) / 2;
	double		top = in->mu + half;
	double		bottom = in->mu - half;
	int			i;

	for (i = 0; i < in->n; i++)
	{
		dy[i] = (my[i] + dy[i] / 2) / top - (my[i] - dy[i] / 2) / bottom;
		dw[i] = (mw[i] + dw[i] / 2) / top - (mw[i] - dw[i] / 2) / bottom;
	}
}

void
mg_gradient_rii(const MgGapInput *in, double *dy, double *dp)
{
	double	   *mp = palloc(in->n * sizeof(double));
	int			i;

	for (i = 0; i < in->n; i++)
		mp[i] = in->dev[i] - in->mu_dev;
	mg_gradient_sii(in, dy, dp);
	log_rii(in, in->p, mp, dy, dp);
}

void
mg_conventional_rii(const MgGapInput *in, double *dy, double *dw)
{
	const double *r = ridits(in);
	double	   *mw = palloc(in->n * sizeof(double));
	double		slope = sii_of(in);
	int			i;

	for (i = 0; i < in->n; i++)
		mw[i] = in->dev[i] - in->mu_dev - slope * (r[i] - 0.5);
	mg_conventional_sii(in, dy, dw);
	log_rii(in, in->p, mw, dy, dw);
}

/*
 * Logistic regression of y on R over the subgroups, weights p: solves
 * sum p x (y - q) = 0 with x = (1, R - 1/2), by Newton's method.
 */
typedef struct LogitFit
{
	double		b0;				/* at R = 1/2 */
	double		b1;
	double		h00;			/* information matrix */
	double		h01;
	double		h11;
	double	   *r;				/* R - 1/2 */
	double	   *q;
} LogitFit;

static double
expit(double x)
{
	return 1 / (1 + exp(-x));
}

static const char *
fit_logit(const MgGapInput *in, LogitFit *f)
{
	double		low = INFINITY;
	double		high = -INFINITY;
	int			step;
	int			i;

	f->r = ridits(in);
	f->q = palloc(in->n * sizeof(double));
	for (i = 0; i < in->n; i++)
	{
		f->r[i] -= 0.5;
		if (in->y[i] < 0 || in->y[i] > 1)
			return "estimate_outside_0_1";
		low = Min(low, in->y[i]);
		high = Max(high, in->y[i]);
	}
	if (high == 0 || low == 1)
		return "separation";
	f->b0 = log(in->mu / (1 - in->mu));
	f->b1 = 0;
	for (step = 0; step < MAX_NEWTON; step++)
	{
		double		g0 = 0;
		double		g1 = 0;
		double		det;
		double		d0;
		double		d1;

		f->h00 = f->h01 = f->h11 = 0;
		for (i = 0; i < in->n; i++)
		{
			double		v;

			f->q[i] = expit(f->b0 + f->b1 * f->r[i]);
			v = in->p[i] * f->q[i] * (1 - f->q[i]);
			g0 += in->p[i] * (in->y[i] - f->q[i]);
			g1 += in->p[i] * (in->y[i] - f->q[i]) * f->r[i];
			f->h00 += v;
			f->h01 += v * f->r[i];
			f->h11 += v * f->r[i] * f->r[i];
		}
		det = f->h00 * f->h11 - f->h01 * f->h01;
		if (!(det > 1e-14 * f->h00 * f->h11))
			return "separation";
		d0 = (f->h11 * g0 - f->h01 * g1) / det;
		d1 = (f->h00 * g1 - f->h01 * g0) / det;
		/* Large steps overshoot; keep the search near. */
		if (fabs(d0) > 4 || fabs(d1) > 8)
		{
			double		shrink = Min(4 / fabs(d0), 8 / fabs(d1));

			d0 *= shrink;
			d1 *= shrink;
		}
		f->b0 += d0;
		f->b1 += d1;
		if (fabs(f->b0) > 300 || fabs(f->b1) > 300)
			return "separation";
		if (fabs(d0) <= 1e-15 * (1 + fabs(f->b0)) &&
			fabs(d1) <= 1e-15 * (1 + fabs(f->b1)))
			return NULL;
	}
	/* Rounding may keep the last steps just above the limit. */
	return step == MAX_NEWTON && fabs(f->b1) > 30 ? "separation" : NULL;
}

/*
 * Derivatives of g0 b0 + g1 b1 by means and shares.  Differentiating the
 * score equations:
 *		H db/dy_j = p_j x_j
 *		H db/dp_j = x_j (y_j - q_j)
 *			+ sum_i [(0, 1) p_i (y_i - q_i) - x_i p_i v_i b1] dR_i/dp_j
 * with dR_i/dp_j = [j < i] + [j = i] / 2; the conventional form leaves the
 * sum out.
 */
static void
logit_gradient(const MgGapInput *in, const LogitFit *f, double g0, double g1,
			   bool ranks_vary, double *dy, double *dw)
{
	double		det = f->h00 * f->h11 - f->h01 * f->h01;
	double		u0 = (f->h11 * g0 - f->h01 * g1) / det;
	double		u1 = (f->h00 * g1 - f->h01 * g0) / det;
	double		above = 0;
	int			i;

	for (i = in->n - 1; i >= 0; i--)
	{
		double		x = u0 + u1 * f->r[i];
		double		e = in->y[i] - f->q[i];
		double		v = f->q[i] * (1 - f->q[i]);
		double		t = in->p[i] * (u1 * e - x * v * f->b1);

		dy[i] = in->p[i] * x;
		dw[i] = x * e;
		if (ranks_vary)
			dw[i] += above + t / 2;
		above += t;
	}
}

const char *
mg_value_sii_logit(const MgGapInput *in, double *value)
{
	LogitFit	f;
	const char *problem = fit_logit(in, &f);

	if (problem == NULL)
		*value = expit(f.b0 + f.b1 / 2) - expit(f.b0 - f.b1 / 2);
	return problem;
}

static void
sii_logit_gradient(const MgGapInput *in, bool ranks_vary, double *dy,
				   double *dw)
{
	LogitFit	f;
	double		q0;
	double		q1;
	double		v0;
	double		v1;

	(void) fit_logit(in, &f);
	q0 = expit(f.b0 - f.b1 / 2);
	q1 = expit(f.b0 + f.b1 / 2);
	v0 = q0 * (1 - q0);
	v1 = q1 * (1 - q1);
	logit_gradient(in, &f, v1 - v0, (v1 + v0) / 2, ranks_vary, dy, dw);
}

void
mg_gradient_sii_logit(const MgGapInput *in, double *dy, double *dp)
{
	sii_logit_gradient(in, true, dy, dp);
}

void
mg_conventional_sii_logit(const MgGapInput *in, double *dy, double *dw)
{
	sii_logit_gradient(in, false, dy, dw);
}

const char *
mg_value_rii_logit(const MgGapInput *in, double *value)
{
	LogitFit	f;
	const char *problem = fit_logit(in, &f);

	if (problem == NULL)
		*value = expit(f.b0 + f.b1 / 2) / expit(f.b0 - f.b1 / 2);
	return problem;
}

/* d ln q / d eta = 1 - q */
static void
rii_logit_gradient(const MgGapInput *in, bool ranks_vary, double *dy,
				   double *dw)
{
	LogitFit	f;
	double		r0;
	double		r1;

	(void) fit_logit(in, &f);
	r0 = 1 - expit(f.b0 - f.b1 / 2);
	r1 = 1 - expit(f.b0 + f.b1 / 2);
	logit_gradient(in, &f, r1 - r0, (r1 + r0) / 2, ranks_vary, dy, dw);
}

void
mg_gradient_rii_logit(const MgGapInput *in, double *dy, double *dp)
{
	rii_logit_gradient(in, true, dy, dp);
}

void
mg_conventional_rii_logit(const MgGapInput *in, double *dy, double *dw)
{
	rii_logit_gradient(in, false, dy, dw);
}

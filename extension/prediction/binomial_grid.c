/*-------------------------------------------------------------------------
 *
 * binomial_grid.c
 *		The grid of hyperparameters: trust in the panel (kappa) and the
 *		prior's R squared; and the whole grid on one quadratic.
 *
 * On a quadratic, every R squared of one kappa comes from one tridiagonal
 * matrix (spectrum.c), as in the gaussian family.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "prediction/binomial_fit.h"

/* tau^2 */
double
mg_prior_variance(double r2, int p)
{
	return r2 / (1 - r2) * MG_LOGISTIC_VARIANCE / Max(p, 1);
}

/*
 * The grid of a fit: kappa 0 with prior 1/2, the others by exp(-kappa); R2
 * at logits -7 to 7, uniform a priori.  Without a panel kappa is 0; with
 * fixed variances there is one point.
 */
MgHyperGrid *
mg_hyper_alloc(const MgBinomialPrior *prior, bool keep_beta)
{
	static const double kappas[MG_FIT_KAPPAS] = {0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6};
	MgHyperGrid *g = palloc0(sizeof(MgHyperGrid));
	double		sum = 0;
	Size		size;
	int			i;

	mg_hyper_kappas(g, kappas, prior->n_panels > 0 &&
					prior->fixed_variance == NULL ? MG_FIT_KAPPAS : 1);
	g->n_r2 = prior->fixed_variance ? 1 : MG_N_R2;
	for (i = 0; i < g->n_r2; i++)
	{
		g->r2[i] = g->n_r2 == 1 ? 0.5 :
			1 / (1 + exp(-(i - (MG_N_R2 - 1) / 2.0)));
		g->r2_prior[i] = g->r2[i] * (1 - g->r2[i]);
		sum += g->r2_prior[i];
	}
	for (i = 0; i < g->n_r2; i++)
		g->r2_prior[i] /= sum;

	/* room for other kappas too */
	size = (Size) MG_FIT_SENSITIVITY * g->n_r2;
	g->evidence = mg_zeros(size);
	g->weight = mg_zeros(size);
	g->intercept = mg_zeros(size);
	g->edf = mg_zeros(size);
	g->beta = keep_beta ? mg_zeros((Size) g->n_kappa * g->n_r2 * prior->p) :
		NULL;
	return g;
}

/* Sets the kappas, the first of which has prior 1/2. */
void
mg_hyper_kappas(MgHyperGrid *g, const double *kappa, int n)
{
	double		sum = 0;
	int			i;

	Assert(n <= MG_FIT_SENSITIVITY);
	g->n_kappa = n;
	for (i = 0; i < n; i++)
	{
		g->kappa[i] = kappa[i];
		if (i > 0)
			sum += exp(-kappa[i]);
	}
	g->kappa_prior[0] = n > 1 ? 0.5 : 1;
	for (i = 1; i < n; i++)
		g->kappa_prior[i] = 0.5 * exp(-kappa[i]) / sum;
}

/* The prior variances at a grid point. */
void
mg_hyper_variance(const MgHyperGrid *g, const MgBinomialPrior *prior, int point,
				  double *v)
{
	double		tau2 = mg_prior_variance(g->r2[point % g->n_r2], prior->p);
	int			j;

	if (prior->fixed_variance)
	{
		memcpy(v, prior->fixed_variance, prior->p * sizeof(double));
		return;
	}
	mg_relative_variance(prior->problem, &g->kappa[point / g->n_r2], v);
	for (j = 0; j < prior->p; j++)
		v[j] *= tau2;
}

static double
log_sum_exp(const double *x, int n)
{
	double		top = -INFINITY;
	double		sum = 0;
	int			i;

	for (i = 0; i < n; i++)
		top = Max(top, x[i]);
	if (isinf(top))
		return top;
	for (i = 0; i < n; i++)
		sum += exp(x[i] - top);
	return top + log(sum);
}

/* From log evidence at the points to posterior weights and summaries. */
void
mg_hyper_weigh(MgHyperGrid *g)
{
	double		kappa_log[MG_FIT_SENSITIVITY] = {0};
	double		row[MG_N_R2];
	double		total;
	int			i;
	int			j;

	for (i = 0; i < g->n_kappa; i++)
	{
		for (j = 0; j < g->n_r2; j++)
			row[j] = g->evidence[i * g->n_r2 + j] + log(g->r2_prior[j]);
		g->kappa_evidence[i] = log_sum_exp(row, g->n_r2);
		kappa_log[i] = g->kappa_evidence[i] + log(g->kappa_prior[i]);
	}
	total = log_sum_exp(kappa_log, g->n_kappa);
	g->flat = g->kappa_evidence[0];
	g->panel = log_sum_exp(kappa_log + 1, g->n_kappa - 1) - log(0.5);
	g->best = 0;
	g->best_panel = -1;
	for (i = 0; i < g->n_kappa; i++)
	{
		g->kappa_weight[i] = 0;
		for (j = 0; j < g->n_r2; j++)
		{
			int			at = i * g->n_r2 + j;

			g->weight[at] = exp(g->evidence[at] + log(g->r2_prior[j]) +
								log(g->kappa_prior[i]) - total);
			g->kappa_weight[i] += g->weight[at];
			if (g->weight[at] > g->weight[g->best])
				g->best = at;
		}
		if (i > 0 && (g->best_panel < 0 ||
					  kappa_log[i] > kappa_log[g->best_panel]))
			g->best_panel = i;
	}
}

/* The posterior mean over the grid. */
void
mg_hyper_average(const MgHyperGrid *g, int p, double *intercept, double *beta)
{
	int			i;
	int			j;

	*intercept = 0;
	memset(beta, 0, p * sizeof(double));
	for (i = 0; i < g->n_kappa * g->n_r2; i++)
	{
		const double *b = g->beta + (Size) i * p;

		*intercept += g->weight[i] * g->intercept[i];
		for (j = 0; j < p; j++)
			beta[j] += g->weight[i] * b[j];
	}
}

/*
 * Log evidence, weights and coefficients of all grid points where the log
 * likelihood is q: what mg_normal_fit finds at each, by way of weighted least
 * squares of the working response on x with sigma^2 = 1.
 */
void
mg_hyper_on_quadratic(MgHyperGrid *g, const MgQuadratic *q,
					  const MgBinomialPrior *prior)
{
	int			p = prior->p;
	const double *m = prior->mean;
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "grid",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);
	MgProblem	response = *prior->problem;
	MgSpectrum *s = mg_spectrum_create(p);
	double	   *G = mg_zeros((Size) p * p);
	double	   *v = mg_zeros(p);
	double	   *beta = mg_zeros((Size) g->n_r2 * p);
	double		t[MG_N_R2];
	double		precision = q->sum_w + MG_INTERCEPT_PRECISION;
	double		share = q->sum_w / precision;
	double		between = share * MG_INTERCEPT_PRECISION;
	double		at_mean = q->intercept;
	double		level;
	double		value;
	int			i;
	int			j;
	int			k;
	int			r;

	response.p = p;
	response.G = G;
	response.c = mg_zeros(p);
	for (j = 0; j < p; j++)
		at_mean += q->mean[j] * (q->beta[j] - m[j]);
	level = q->score0 + q->sum_w * at_mean;
	value = q->loglik - q->score0 * q->intercept -
		0.5 * q->sum_w * at_mean * at_mean + 0.5 * level * level / precision -
		0.5 * log(precision) - log(MG_INTERCEPT_SD);
	for (i = 0; i < p; i++)
	{
		double		c = 0;

		for (j = 0; j < p; j++)
		{
			c += q->M[(Size) i * p + j] * (q->beta[j] - m[j]);
			G[(Size) i * p + j] = q->M[(Size) i * p + j] +
				between * q->mean[i] * q->mean[j];
		}
		value -= (q->beta[i] - m[i]) * (q->score[i] + 0.5 * c);
		response.c[i] = c + q->score[i] +
			q->mean[i] * (between * at_mean - share * q->score0);
	}

	for (r = 0; r < g->n_r2; r++)
		t[r] = prior->fixed_variance ? 1 : mg_prior_variance(g->r2[r], p);
	for (k = 0; k < g->n_kappa; k++)
	{
		CHECK_FOR_INTERRUPTS();
		if (prior->fixed_variance)
			memcpy(v, prior->fixed_variance, p * sizeof(double));
		else
			mg_relative_variance(prior->problem, &g->kappa[k], v);
		mg_spectrum_set(s, &response, v);
		mg_spectrum_solve(s, t, g->n_r2, beta);
		for (r = 0; r < g->n_r2; r++)
		{
			int			at = k * g->n_r2 + r;
			double	   *b = beta + (Size) r * p;
			double		log_det;
			double		quadratic;

			mg_spectrum_at(s, t[r], &log_det, &quadratic, &g->edf[at]);
			g->intercept[at] = level / precision;
			for (j = 0; j < p; j++)
			{
				g->intercept[at] -= share * q->mean[j] * b[j];
				b[j] += m[j];
			}
			if (g->beta)
				memcpy(g->beta + (Size) at * p, b, p * sizeof(double));
			g->evidence[at] = value - 0.5 * log_det + 0.5 * quadratic;
		}
	}
	mg_hyper_weigh(g);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
}

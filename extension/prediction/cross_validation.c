/*-------------------------------------------------------------------------
 *
 * cross_validation.c
 *		Predictions of rows held out, from the folds' summaries alone.
 *
 * With b fitted without fold k, and means and second moments V of that fold,
 *
 *		MSE_k = V_yy - 2 b'V_xy + b'V_xx b + (mean y - b0 - b'mean x)^2
 *
 * and the pooled variance of predictions and their covariance with the
 * outcome, by the laws of total variance and covariance, give the calibration
 * slope and intercept and R squared: all exactly what the rows would give.
 * Folds count by their sum of weights; the standard error of the loss is that
 * of a weighted mean of folds,
 *
 *		sqrt(K / (K - 1) sum_k w_k^2 (MSE_k - MSE)^2),  sum_k w_k = 1
 *
 * Each fold is standardised, and its grid fitted, anew: the dials too are
 * learnt without the fold.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "prediction/gaussian.h"

/* which coefficients: these two, then the steps of the sensitivity */
#define MODELS		0
#define FLAT		1
#define SENSITIVITY	2
#define KINDS		(SENSITIVITY + MG_FIT_SENSITIVITY)

/* A fold's moments of predictions and outcome. */
typedef struct HeldOut
{
	double		w;
	double		mean_p;
	double		mean_y;
	double		var_p;
	double		cov;
	double		var_y;
	double		loss;
} HeldOut;

/* Coefficients on the data's scale. */
static void
raw_coefficients(const MgFolds *folds, int fold, const MgGram *g,
				 const double *beta, double *b, double *intercept)
{
	int			j;

	if (folds->raw != NULL)
	{
		folds->raw(folds->arg, fold, g, beta, b, intercept);
		return;
	}
	*intercept = g->y_mean;
	for (j = 0; j < g->p; j++)
	{
		b[j] = beta[j] / g->sd[j];
		*intercept -= b[j] * g->mean[j];
	}
}

static void
predict_held(const MgPredictionMoments *held, const double *b,
			 double intercept, HeldOut *to)
{
	int			p = held->p;
	int			i;
	int			j;

	to->w = held->sum_w;
	to->mean_y = held->mean[p];
	to->mean_p = intercept;
	to->var_p = to->cov = 0;
	to->var_y = held->M[(Size) p * (p + 1) + p] / held->sum_w;
	for (i = 0; i < p; i++)
	{
		const double *row = held->M + (Size) i * (p + 1);
		double		sum = 0;

		if (b[i] == 0)
			continue;
		for (j = 0; j < p; j++)
			sum += row[j] * b[j];
		to->mean_p += b[i] * held->mean[i];
		to->var_p += b[i] * sum / held->sum_w;
		to->cov += b[i] * row[p] / held->sum_w;
	}
	to->loss = to->var_y - 2 * to->cov + to->var_p +
		(to->mean_y - to->mean_p) * (to->mean_y - to->mean_p);
}

/* Pools folds, of which the one of fold i is held[i * KINDS]. */
static void
pool(const HeldOut *held, int n, MgQuality *to)
{
	double		w = 0;
	double		mean_p = 0;
	double		mean_y = 0;
	double		var_p = 0;
	double		var_y = 0;
	double		cov = 0;
	double		error = 0;
	int			i;

	to->loss = 0;
	to->n_folds = n;
	to->fold_loss = palloc(n * sizeof(double));
	to->brier = to->auc = to->auc_bound = NAN;
	for (i = 0; i < n; i++)
		w += held[i * KINDS].w;
	for (i = 0; i < n; i++)
	{
		const HeldOut *h = &held[i * KINDS];

		to->fold_loss[i] = h->loss;
		to->loss += h->w / w * h->loss;
		mean_p += h->w / w * h->mean_p;
		mean_y += h->w / w * h->mean_y;
	}
	for (i = 0; i < n; i++)
	{
		const HeldOut *h = &held[i * KINDS];
		double		share = h->w / w;
		double		dp = h->mean_p - mean_p;
		double		dy = h->mean_y - mean_y;

		var_p += share * (h->var_p + dp * dp);
		var_y += share * (h->var_y + dy * dy);
		cov += share * (h->cov + dp * dy);
		error += share * share * (h->loss - to->loss) * (h->loss - to->loss);
	}
	to->loss_error = n > 1 ? sqrt(n / (n - 1.0) * error) : NAN;
	to->r2 = var_y > 0 ? 1 - to->loss / var_y : NAN;
	to->slope = var_p > 0 ? cov / var_p : NAN;
	to->intercept = mean_y - to->slope * mean_p;
	to->in_the_large = mean_y - mean_p;
}

/* Expands coefficients of a problem, prior means added. */
static void
expand(const MgProblem *q, const double *from, double *beta)
{
	int			j;

	for (j = 0; j < q->p; j++)
		beta[q->column[j]] = q->mean[j] + from[j];
}

/* All kinds of coefficients of one fold, KINDS x p. */
static void
fit_fold(const MgFit *fit, const MgGram *g, const MgPrior *prior,
		 const MgFolds *folds, double *beta)
{
	MgProblem  *q = mg_problem(g, prior);
	MgSpectrum *s = mg_spectrum_create(q->p);
	double	   *b = palloc0((q->p + 1) * sizeof(double));
	bool		one = prior->fixed_variance != NULL || folds->optimum;
	int			p = g->p;
	MgProblem	flat = *q;
	MgGrid	   *grid;
	int			i;
	int			j;

	/* of one given prior, only the flat grid is a grid */
	if (one)
		flat.n_panels = 0;
	grid = mg_grid(&flat, s);
	mg_ridge_beta(&grid->ridge[0], q->p, b);
	expand(q, b, beta + (Size) FLAT * p);
	if (one)
	{
		double	   *alpha = palloc((1 + q->n_panels) * sizeof(double));
		MgPoint    *point;
		bool		converged;

		if (folds->optimum)
			point = mg_optimum(q, alpha, &converged);
		else
		{
			for (j = 0; j < q->p; j++)
				b[j] = prior->fixed_variance[q->column[j]];
			point = mg_point(q, b);
		}
		for (j = 0; j < q->p; j++)
			b[j] = point->root_v[j] * point->a[j];
		expand(q, b, beta + (Size) MODELS * p);
		return;
	}
	mg_fold_beta(q, prior, grid, folds->overrule && prior->overrule,
				 beta + (Size) MODELS * p);
	for (i = 0; i < fit->n_sensitivity; i++)
	{
		MgRidge		own;
		const MgRidge *ridge = mg_sensitivity_ridge(q, grid, s, i, true,
													&own);

		mg_ridge_beta(ridge, q->p, b);
		expand(q, b, beta + (Size) (SENSITIVITY + i) * p);
		if (ridge == &own)
			pfree(own.beta);
	}
}

/*
 * Sets a fit's quality, flat's, and the loss of every step of its
 * sensitivity.  A fold that has no row, or leaves none, does not count; with
 * fewer than two that do, nothing is set.
 */
void
mg_cross_validate(MgFit *fit, const MgPrior *prior, const MgFolds *folds)
{
	HeldOut    *all = palloc0(((Size) folds->n * KINDS + 1) *
							  sizeof(HeldOut));
	int			n = 0;
	int			fold;
	int			i;

	for (fold = 0; fold < folds->n; fold++)
	{
		MemoryContext work = AllocSetContextCreate(CurrentMemoryContext,
												   "mindgap fold",
												   ALLOCSET_DEFAULT_SIZES);
		MemoryContext old = MemoryContextSwitchTo(work);
		MgGram	   *g = folds->train(folds->arg, fold);
		MgPredictionMoments *held;
		double	   *beta;
		double	   *b;

		CHECK_FOR_INTERRUPTS();
		if (g != NULL && g->n > 2)
		{
			int			p = g->p;

			beta = palloc0(((Size) KINDS * p + 1) * sizeof(double));
			b = palloc0((p + 1) * sizeof(double));
			/* rows that all have the same outcome predict just that */
			if (mg_outcome_varies(g))
				fit_fold(fit, g, prior, folds, beta);
			held = folds->held(folds->arg, fold);
			if (held != NULL && held->sum_w > 0)
			{
				for (i = 0; i < SENSITIVITY + fit->n_sensitivity; i++)
				{
					double		intercept;

					raw_coefficients(folds, fold, g, beta + (Size) i * p, b,
									 &intercept);
					predict_held(held, b, intercept, &all[n * KINDS + i]);
				}
				n++;
			}
		}
		MemoryContextSwitchTo(old);
		MemoryContextDelete(work);
	}
	if (n >= 2)
	{
		fit->cross_validated = true;
		fit->overrule_validated = folds->overrule && prior->overrule &&
			!folds->optimum && prior->fixed_variance == NULL;
		pool(all + MODELS, n, &fit->quality);
		pool(all + FLAT, n, &fit->quality_flat);
		for (i = 0; i < fit->n_sensitivity; i++)
		{
			MgQuality	quality = {0};

			pool(all + SENSITIVITY + i, n, &quality);
			fit->sensitivity[i].cv_loss = quality.loss;
		}
	}
	pfree(all);
}

/*-------------------------------------------------------------------------
 *
 * gaussian.c
 *		Prior-weighted regression of a continuous outcome: the whole fit.
 *
 * The grid of gaussian_grid.c averages over trust and prior R squared, the
 * overrule models of overrule.c are added by their evidence; everything that
 * belongs to one prior, such as intervals and conflict, is that of the most
 * probable grid point.
 *
 * Weights of the four models: prior 1/2 on overruling, times the grid's own
 * prior of flat, which is 1/2 for one panel.  The overruled panel has its
 * kappas at the most probable vector of kappas that is not 0.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>

#include "core/moments.h"
#include "prediction/gaussian.h"

static double *
nan_array(int n)
{
	double	   *x = palloc((n + 1) * sizeof(double));
	int			i;

	for (i = 0; i < n; i++)
		x[i] = NAN;
	return x;
}

static double *
zero_array(Size n)
{
	return palloc0((n + 1) * sizeof(double));
}

static MgFit *
create_fit(const MgGram *g, const MgPrior *prior)
{
	MgFit	   *fit = palloc0(sizeof(MgFit));
	int			C = prior->n_categories;
	int			p = g->p;
	int			i;

	fit->family = MG_GAUSSIAN;
	fit->p = p;
	fit->n_categories = C;
	fit->n_panels = prior->n_panels;
	fit->n = g->n;
	fit->intercept = g->y_mean;
	fit->beta = zero_array(p);
	fit->std_dev = zero_array(p);
	fit->prior_sd = zero_array(p);
	fit->prior_share = nan_array(p);
	fit->scale = zero_array(p);
	fit->trust = nan_array(prior->n_panels);
	fit->kappa_mean = nan_array(prior->n_panels);
	fit->kappa_hat = nan_array(prior->n_panels);
	fit->r2_mean = fit->r2_hat = fit->log_bayes_factor = NAN;
	for (i = 0; i < MG_MODEL_KINDS; i++)
		fit->log_evidence[i] = NAN;
	fit->overrule_r2[0] = fit->overrule_r2[1] = NAN;
	fit->overrule_flat = nan_array(C);
	fit->overrule_panel = nan_array(C);
	fit->conflict_low = nan_array(C);
	fit->conflict_high = nan_array(C);
	fit->conflict_score = nan_array(C);
	fit->leave_out = nan_array(C);
	fit->variable_low = nan_array(p);
	fit->variable_high = nan_array(p);
	fit->variable_score = nan_array(p);
	fit->quality.loss = fit->quality_flat.loss = NAN;
	fit->converged = true;
	return fit;
}

/* Packed factor of I + D G D; a dropped column is one of the identity. */
static double *
packed_factor(const MgGram *g, const double *scale)
{
	int			p = g->p;
	double	   *a = MemoryContextAllocHuge(CurrentMemoryContext,
										   ((Size) p * p + 1) *
										   sizeof(double));
	double	   *packed = MemoryContextAllocHuge(CurrentMemoryContext,
												(mg_triangle_length(p) + 1) *
												sizeof(double));
	int			i;
	int			j;

	for (i = 0; i < p; i++)
	{
		for (j = 0; j < p; j++)
			a[(Size) i * p + j] = (i == j) +
				scale[i] * g->G[(Size) i * p + j] * scale[j];
	}
	if (p > 0)
	{
		gsl_matrix_view view = gsl_matrix_view_array(a, p, p);
		gsl_error_handler_t *old = gsl_set_error_handler_off();
		int			status = gsl_linalg_cholesky_decomp1(&view.matrix);

		gsl_set_error_handler(old);
		if (status != GSL_SUCCESS)
			mg_refuse_range();
	}
	for (i = 0; i < p; i++)
		memcpy(packed + mg_triangle_at(i, 0), a + (Size) i * p,
			   (i + 1) * sizeof(double));
	pfree(a);
	return packed;
}

/* What belongs to one prior: that of the most probable point. */
static void
describe_point(MgFit *fit, const MgGram *g, const MgProblem *q,
			   const MgPoint *point)
{
	int			j;

	fit->nu = q->nu;
	fit->s2 = point->s2;
	for (j = 0; j < q->p; j++)
	{
		int			to = q->column[j];

		fit->scale[to] = point->root_v[j];
		fit->prior_sd[to] = point->root_v[j] * sqrt(point->s2);
		fit->prior_share[to] = point->inverse[mg_triangle_at(j, j)];
	}
	fit->factor = packed_factor(g, fit->scale);
	mg_conflicts(q, point, fit);
}

/*
 * Weights, beta and the spread of the models: "point" of them, of which the
 * first n_grid are the grid's and share what the overrule models leave.
 */
static void
average(MgFit *fit, const MgProblem *q, const MgGrid *grid,
		MgPoint *const overruled[2])
{
	double	   *weight;
	const double **beta;
	const double **all;
	double	   *all_weight;
	double	   *mean = zero_array(q->p);
	double		rest = fit->model_weight[MG_MODEL_FLAT] +
		fit->model_weight[MG_MODEL_PANEL];
	int			n = mg_grid_points(q, grid, &weight, &beta);
	int			i;
	int			j;
	int			k;

	all = palloc((n + 2) * sizeof(double *));
	all_weight = palloc((n + 2) * sizeof(double));
	for (i = 0; i < n; i++)
	{
		all[i] = beta[i];
		all_weight[i] = weight[i] * rest;
	}
	for (j = 0; j < q->p; j++)
		mean[j] = rest * grid->beta[j];
	for (k = 0; k < 2; k++)
	{
		double		w = fit->model_weight[MG_MODEL_FLAT_OVERRULE + k];
		double	   *b;

		if (overruled[k] == NULL)
			continue;
		b = zero_array(q->p);
		for (j = 0; j < q->p; j++)
		{
			b[j] = overruled[k]->root_v[j] * overruled[k]->a[j];
			mean[j] += w * b[j];
		}
		all[n] = b;
		all_weight[n++] = w;
	}
	for (j = 0; j < q->p; j++)
		fit->beta[q->column[j]] = q->mean[j] + mean[j];
	mg_condense(fit, q, all_weight, all, n, mean);
	pfree(all);
	pfree(all_weight);
	pfree(weight);
	pfree(beta);
	pfree(mean);
}

/*
 * Posterior standard deviations: within the most probable point, which
 * describe_point has described, and between points.
 */
static void
set_std_dev(MgFit *fit, const MgProblem *q, const MgPoint *point)
{
	int			i;
	int			j;

	for (i = 0; i < q->p; i++)
	{
		int			to = q->column[i];
		double		d = point->root_v[i];
		double		variance = point->s2 * d * d * fit->prior_share[to];

		for (j = 0; j < fit->n_points; j++)
		{
			double		b = fit->point_beta[(Size) j * fit->p + to] -
				fit->beta[to];

			variance += fit->point_weight[j] * b * b;
		}
		fit->std_dev[to] = sqrt(variance);
	}
}

/* The grid's dials. */
static void
describe_grid(MgFit *fit, const MgProblem *q, const MgGrid *grid)
{
	int			K = q->n_panels;
	int			i;
	int			j;
	int			k;

	fit->n_kappa = grid->n;
	fit->kappa = zero_array((Size) grid->n * Max(K, 1));
	fit->kappa_weight = zero_array(grid->n);
	fit->kappa_log_evidence = zero_array(grid->n);
	fit->r2_mean = 0;
	for (k = 0; k < K; k++)
	{
		fit->trust[k] = fit->kappa_mean[k] = 0;
		fit->kappa_hat[k] = grid->ridge[grid->mode].kappa[k];
	}
	for (i = 0; i < grid->n; i++)
	{
		const MgRidge *ridge = &grid->ridge[i];
		double		sum = 0;

		for (j = 0; j < MG_R2_POINTS; j++)
		{
			double		w = grid->weight[i * MG_R2_POINTS + j];

			sum += w;
			fit->r2_mean += w * mg_r2(j);
		}
		fit->kappa_weight[i] = Min(sum, 1);
		fit->kappa_log_evidence[i] = ridge->log_evidence;
		for (k = 0; k < K; k++)
		{
			fit->kappa[i * K + k] = ridge->kappa[k];
			fit->kappa_mean[k] += sum * ridge->kappa[k];
			if (ridge->kappa[k] > 0)
				fit->trust[k] += sum;
		}
	}
	for (k = 0; k < K; k++)
		fit->trust[k] = Min(fit->trust[k], 1);
	fit->r2_mean = Min(fit->r2_mean, 1);
	fit->r2_hat = mg_r2(grid->mode_r2);
	if (K > 0)
		fit->log_bayes_factor = grid->log_panel - grid->log_flat;
}

/* kappa = 0, 0.25, .., 3, in all panels at once */
static void
set_sensitivity(MgFit *fit, const MgProblem *q, const MgGrid *grid,
				MgSpectrum *s)
{
	int			i;

	fit->n_sensitivity = MG_FIT_SENSITIVITY;
	fit->sensitivity = palloc0(MG_FIT_SENSITIVITY * sizeof(MgSensitivity));
	for (i = 0; i < MG_FIT_SENSITIVITY; i++)
	{
		MgSensitivity *to = &fit->sensitivity[i];
		MgRidge		own;
		const MgRidge *ridge = mg_sensitivity_ridge(q, grid, s, i, false,
													&own);

		to->kappa = MG_KAPPA_STEP * i;
		to->log_evidence = ridge->log_evidence;
		to->r2 = mg_r2(ridge->best);
		to->edf = ridge->edf[ridge->best];
		to->cv_loss = NAN;
	}
}

/* Prior weights in proportion to evidence. */
static void
weigh_models(MgFit *fit, double flat_prior)
{
	double		largest = -HUGE_VAL;
	double		sum = 0;
	int			i;

	for (i = 0; i < MG_MODEL_KINDS; i++)
	{
		double		prior = i == MG_MODEL_FLAT || i == MG_MODEL_FLAT_OVERRULE ?
			flat_prior : 1 - flat_prior;

		fit->model_weight[i] = isnan(fit->log_evidence[i]) || prior <= 0 ?
			-HUGE_VAL : fit->log_evidence[i] + log(prior);
		largest = Max(largest, fit->model_weight[i]);
	}
	for (i = 0; i < MG_MODEL_KINDS; i++)
	{
		fit->model_weight[i] = exp(fit->model_weight[i] - largest);
		sum += fit->model_weight[i];
	}
	for (i = 0; i < MG_MODEL_KINDS; i++)
		fit->model_weight[i] /= sum;
}

/* The four models, without and with overrule. */
static void
fit_models(MgFit *fit, const MgProblem *q, const MgPrior *prior,
		   const MgGrid *grid, MgPoint *overruled[2])
{
	bool		panel = grid->n > 1;
	double	   *u[2];
	int			k;

	u[0] = fit->overrule_flat;
	u[1] = fit->overrule_panel;
	fit->log_evidence[MG_MODEL_FLAT] = grid->log_flat;
	if (panel)
		fit->log_evidence[MG_MODEL_PANEL] = grid->log_panel;
	overruled[0] = overruled[1] = NULL;
	for (k = 0; prior->overrule && q->p > 0 && q->n_categories > 0 &&
		 k < (panel ? 2 : 1); k++)
	{
		bool		converged;

		overruled[k] = mg_overrule(q, k == 0 ? NULL :
								   grid->ridge[grid->panel_mode].kappa,
								   prior->overrule_sd, u[k],
								   &fit->overrule_r2[k],
								   &fit->log_evidence[MG_MODEL_FLAT_OVERRULE + k],
								   &converged);
		pfree(overruled[k]->inverse);
		overruled[k]->inverse = NULL;
		if (!converged)
		{
			fit->converged = false;
			mg_fit_notice(fit, k == 0 ?
						  "search for the categories' overruling of the flat prior did not converge" :
						  "search for the categories' overruling of the panel did not converge");
		}
	}
	weigh_models(fit, grid->flat_prior);
}

/* A fit of one given prior. */
static void
fit_fixed(MgFit *fit, const MgGram *g, const MgProblem *q,
		  const MgPoint *point)
{
	double	   *beta = zero_array(q->p);
	const double *points[1];
	double		one = 1;
	int			j;

	for (j = 0; j < q->p; j++)
	{
		beta[j] = point->root_v[j] * point->a[j];
		fit->beta[q->column[j]] = q->mean[j] + beta[j];
	}
	points[0] = beta;
	mg_condense(fit, q, &one, points, 1, beta);
	fit->log_evidence[MG_MODEL_FLAT] = point->log_ml;
	fit->model_weight[MG_MODEL_FLAT] = 1;
	describe_point(fit, g, q, point);
	set_std_dev(fit, q, point);
	pfree(beta);
}

/*
 * The exact fit.  Errors: too few rows, an outcome that does not vary or that
 * the variables explain without error.
 */
MgFit *
mg_fit_gaussian(const MgGram *g, const MgPrior *prior)
{
	MgFit	   *fit;
	MgProblem  *q;
	MgSpectrum *s;
	MgGrid	   *grid;
	MgPoint    *point;
	MgPoint    *overruled[2];
	double	   *v;
	int			j;

	mg_check_gram(g, prior);
	fit = create_fit(g, prior);
	q = mg_problem(g, prior);
	v = zero_array(q->p);
	if (prior->fixed_variance != NULL)
	{
		for (j = 0; j < q->p; j++)
			v[j] = prior->fixed_variance[q->column[j]];
		point = mg_point(q, v);
		if (point->rss <= MG_EXACT * q->yy)
			mg_refuse_exact(g, prior);
		fit_fixed(fit, g, q, point);
		return fit;
	}

	s = mg_spectrum_create(q->p);
	grid = mg_grid(q, s);
	mg_relative_variance(q, grid->ridge[grid->mode].kappa, v);
	for (j = 0; j < q->p; j++)
		v[j] *= mg_r2(grid->mode_r2) / (1 - mg_r2(grid->mode_r2)) / q->p;
	point = mg_point(q, v);
	if (point->rss <= MG_EXACT * q->yy || mg_fits_exactly(g, q, grid, s))
		mg_refuse_exact(g, prior);
	describe_grid(fit, q, grid);
	describe_point(fit, g, q, point);
	if (q->n_panels > 0)
	{
		set_sensitivity(fit, q, grid, s);
		mg_leave_out(q, grid, s, fit->leave_out);
		mg_panel_notices(fit, q, grid);
	}
	/* the overrule models need as much */
	mg_spectrum_free(s);
	pfree(point->inverse);
	point->inverse = NULL;
	fit_models(fit, q, prior, grid, overruled);
	average(fit, q, grid, overruled);
	set_std_dev(fit, q, point);
	return fit;
}

/*
 * The prior that makes the data most probable: log v_j = alpha_0 + sum_m
 * alpha_m z_mj, alpha_0 = log tau^2 within -25 .. 10 and alpha_m, the kappas,
 * within -8 .. 8.  A kappa below 0 is the data's word against the panel.
 */
MgFit *
mg_fit_optimum(const MgGram *g, const MgPrior *prior)
{
	MgFit	   *fit;
	MgProblem  *q;
	MgPoint    *point;

	mg_check_gram(g, prior);
	fit = create_fit(g, prior);
	q = mg_problem(g, prior);
	fit->optimum = zero_array(1 + q->n_panels);
	point = mg_optimum(q, fit->optimum, &fit->converged);
	if (point->rss <= MG_EXACT * q->yy)
		mg_refuse_exact(g, prior);
	if (!fit->converged)
		mg_fit_notice(fit, "search for the most probable prior did not converge");
	memcpy(fit->kappa_hat, fit->optimum + 1, q->n_panels * sizeof(double));
	fit_fixed(fit, g, q, point);
	return fit;
}

/*
 * Averaged coefficients alone, as a fold of a cross-validation needs them:
 * p of the Gram's, on its scale.  Every search starts where that of a fit
 * does, not where that of the whole ended, so that the same comes out as from
 * a fit of the fold's training rows.
 */
void
mg_fold_beta(const MgProblem *q, const MgPrior *prior, const MgGrid *grid,
			 bool overrule, double *beta)
{
	MgFit		fit = {0};
	MgPrior		own = *prior;
	MgPoint    *overruled[2];
	double		rest;
	int			i;
	int			j;
	int			k;

	own.overrule = overrule;
	for (i = 0; i < MG_MODEL_KINDS; i++)
		fit.log_evidence[i] = NAN;
	fit.overrule_flat = zero_array(q->n_categories);
	fit.overrule_panel = zero_array(q->n_categories);
	fit.overrule_r2[0] = fit.overrule_r2[1] = NAN;
	fit_models(&fit, q, &own, grid, overruled);
	rest = fit.model_weight[MG_MODEL_FLAT] + fit.model_weight[MG_MODEL_PANEL];
	for (j = 0; j < q->p; j++)
	{
		double		b = q->mean[j] + rest * grid->beta[j];

		for (k = 0; k < 2; k++)
		{
			if (overruled[k] != NULL)
				b += fit.model_weight[MG_MODEL_FLAT_OVERRULE + k] *
					overruled[k]->root_v[j] * overruled[k]->a[j];
		}
		beta[q->column[j]] = b;
	}
}

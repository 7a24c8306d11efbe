/*-------------------------------------------------------------------------
 *
 * model_build.c
 *		From a fit to a prediction model.
 *
 *		m = mg_model_begin(fit, g, swept, moments, layout);
 *		mg_model_set_inputs(m, names, columns, levels);
 *		mg_model_set_categories(m, prior, categories, panels, ...);
 *		m->outcome = ...; m->n_skipped = ...;
 *		mg_model_add_option(m, "weights", "survey");
 *		PG_RETURN_DATUM(mg_model_value(m));
 *
 * The fit may be of all columns of the Gram, or of those that were not swept
 * out of it.  All memory is palloc'ed in the current context.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "prediction/predict.h"

/* n numbers; NaN for what is not known or not finite. */
static double *
copy_known(const double *x, int64 n)
{
	double	   *out = palloc((n + 1) * sizeof(double));
	int64		i;

	for (i = 0; i < n; i++)
		out[i] = x != NULL && isfinite(x[i]) ? x[i] : NAN;
	return out;
}

/* The same for shares, which rounding may have moved beyond 1. */
static double
share(double x)
{
	return isfinite(x) ? Min(Max(x, 0), 1) : NAN;
}

static double *
copy_shares(const double *x, int64 n)
{
	double	   *out = copy_known(x, n);
	int64		i;

	for (i = 0; i < n; i++)
		out[i] = share(out[i]);
	return out;
}

static double
known(double x)
{
	return isfinite(x) ? x : NAN;
}

static double *
zeros(int64 n)
{
	return palloc0((n + 1) * sizeof(double));
}

static char **
empty_texts(int n)
{
	char	  **out = palloc((n + 1) * sizeof(char *));
	int			i;

	for (i = 0; i < n; i++)
		out[i] = "";
	return out;
}

/* Which column of the Gram each variable of the fit is. */
static int *
columns_of_fit(const MgFit *fit, const MgGram *g, const MgSwept *swept)
{
	int		   *column = palloc((fit->p + 1) * sizeof(int));
	int			n = 0;
	int			j;
	int			a;

	for (j = 0; j < g->p; j++)
	{
		bool		is_swept = false;

		for (a = 0; swept != NULL && fit->p < g->p && a < swept->k; a++)
			is_swept = is_swept || swept->column[a] == j;
		if (is_swept)
			continue;
		if (n == fit->p)
			elog(ERROR, "the fit has fewer variables than its data");
		column[n++] = j;
	}
	if (n != fit->p)
		elog(ERROR, "the fit has more variables than its data");
	return column;
}

/*
 * The prior of each trust exponent, or combination of one a panel: 1/2 on 0,
 * the rest in proportion to exp(-kappa); panels are independent.
 */
static void
set_exponent_prior(MgModel *m, int panels)
{
	int			n = m->count[MG_LEN_TRUST];
	double		sum = 0;
	int			i;
	int			k;

	m->exponent_prior = zeros(n);
	for (i = 0; i < n; i++)
	{
		double		x = 0;

		for (k = 0; k < panels; k++)
			x += m->exponent[(Size) i * panels + k];
		m->exponent_prior[i] = exp(-x);
	}
	for (k = 0; k < panels && n > 1; k++)
	{
		/* over all combinations, exponents above 0 weigh what 0 does */
		double		zero = 0;
		double		above = 0;

		for (i = 0; i < n; i++)
		{
			if (m->exponent[(Size) i * panels + k] == 0)
				zero += m->exponent_prior[i];
			else
				above += m->exponent_prior[i];
		}
		for (i = 0; i < n; i++)
		{
			if (m->exponent[(Size) i * panels + k] > 0)
				m->exponent_prior[i] *= zero / above;
		}
	}
	for (i = 0; i < n; i++)
		sum += m->exponent_prior[i];
	for (i = 0; i < n; i++)
		m->exponent_prior[i] /= sum;
}

static void
set_grid(MgModel *m, const MgFit *fit)
{
	int			n = fit->n_kappa;
	int			panels = Max(fit->n_panels, 1);

	m->count[MG_LEN_TRUST] = n;
	m->exponent = copy_known(fit->kappa, (int64) n * panels);
	m->exponent_weight = copy_shares(fit->kappa_weight, n);
	m->exponent_log_evidence = copy_known(fit->kappa_log_evidence, n);
	set_exponent_prior(m, panels);
}

static void
set_quality(MgQuality *to, const MgQuality *from, bool there)
{
	to->loss = there ? known(from->loss) : NAN;
	to->loss_error = there ? known(from->loss_error) : NAN;
	to->brier = there ? known(from->brier) : NAN;
	to->auc = there ? known(from->auc) : NAN;
	to->auc_bound = there ? known(from->auc_bound) : NAN;
	to->r2 = there ? known(from->r2) : NAN;
	to->slope = there ? known(from->slope) : NAN;
	to->intercept = there ? known(from->intercept) : NAN;
	to->in_the_large = there ? known(from->in_the_large) : NAN;
	to->n_folds = there ? from->n_folds : 0;
	to->fold_loss = copy_known(from->fold_loss, to->n_folds);
}

static void
set_reports(MgModel *m, const MgFit *fit)
{
	int			n = fit->n_sensitivity;
	int			i;

	m->count[MG_LEN_SENSITIVITY] = n;
	m->sensitivity_exponent = zeros(n);
	m->sensitivity_log_evidence = zeros(n);
	m->sensitivity_r2 = zeros(n);
	m->sensitivity_edf = zeros(n);
	m->sensitivity_loss = zeros(n);
	for (i = 0; i < n; i++)
	{
		m->sensitivity_exponent[i] = fit->sensitivity[i].kappa;
		m->sensitivity_log_evidence[i] = known(fit->sensitivity[i].log_evidence);
		m->sensitivity_r2[i] = known(fit->sensitivity[i].r2);
		m->sensitivity_edf[i] = known(fit->sensitivity[i].edf);
		m->sensitivity_loss[i] = known(fit->sensitivity[i].cv_loss);
	}
	set_quality(&m->quality, &fit->quality, fit->cross_validated);
	set_quality(&m->quality_flat, &fit->quality_flat, fit->cross_validated);
	m->count[MG_LEN_FOLDS] = m->quality.n_folds;
	m->quality_note = !fit->cross_validated ? "not cross-validated" :
		m->model_weight[MG_MODEL_FLAT_OVERRULE] > 0 &&
		!fit->overrule_validated ? "without the models that overrule" : "ok";
}

static void
set_fit(MgModel *m, const MgFit *fit)
{
	int			i;

	m->nu = fit->family == MG_GAUSSIAN ? fit->nu : NAN;
	m->s2 = fit->s2;
	m->intercept = fit->intercept;
	m->r2_mean = share(fit->r2_mean);
	m->r2_mode = share(fit->r2_hat);
	m->log_bayes_factor = known(fit->log_bayes_factor);
	for (i = 0; i < MG_MODEL_KINDS; i++)
	{
		m->model_weight[i] = share(fit->model_weight[i]);
		/* a model that was not fitted has neither weight nor evidence */
		if (fit->model_weight[i] > 0 || fit->log_evidence[i] != 0)
			m->log_evidence[i] = known(fit->log_evidence[i]);
		else
			m->log_evidence[i] = NAN;
	}
	for (i = 0; i < 2; i++)
		m->overrule_r2[i] = isnan(m->log_evidence[MG_MODEL_FLAT_OVERRULE + i]) ?
			NAN : share(fit->overrule_r2[i]);
	m->passes = fit->passes;
	m->converged = fit->converged;
	m->notices = fit->notices == NULL ? "" : fit->notices;
}

/* Numbers a variable, from the fit's variables to those of the model. */
static void
set_coefficients(MgModel *m, const MgFit *fit, const int *column)
{
	int			p = mg_model_p(m);
	int			i;
	int			j;
	int			g;

	m->coefficient = zeros(p);
	m->std_dev = copy_known(NULL, p);
	m->prior_sd = copy_known(NULL, p);
	m->prior_share = zeros(p);
	m->variable_low = copy_known(NULL, p);
	m->variable_high = copy_known(NULL, p);
	m->variable_score = copy_known(NULL, p);
	m->scale = zeros(p);
	m->count[MG_LEN_POINTS] = fit->n_points;
	m->point_weight = copy_shares(fit->point_weight, fit->n_points);
	m->point_coefficient = zeros((int64) fit->n_points * p);
	for (i = 0; i < fit->p; i++)
	{
		j = column[i];
		m->coefficient[j] = fit->beta[i];
		m->std_dev[j] = known(fit->std_dev[i]);
		m->prior_sd[j] = known(fit->prior_sd[i]);
		m->prior_share[j] = share(fit->prior_share[i]);
		m->scale[j] = fit->scale[i];
		for (g = 0; g < fit->n_points; g++)
			m->point_coefficient[(Size) g * p + j] =
				fit->point_beta[(Size) g * fit->p + i];
		if (fit->variable_low == NULL)
			continue;
		m->variable_low[j] = share(fit->variable_low[i]);
		m->variable_high[j] = share(fit->variable_high[i]);
		m->variable_score[j] = known(fit->variable_score[i]);
	}
	if (fit->factor != NULL)
	{
		Size		at = 0;

		m->count[MG_LEN_FACTOR] = p * (p + 1) / 2;
		m->factor = zeros(m->count[MG_LEN_FACTOR]);
		for (j = 0; j < p; j++)
			m->factor[(Size) j * (j + 1) / 2 + j] = 1;
		for (i = 0; i < fit->p; i++)
		{
			double	   *row = m->factor +
				(Size) column[i] * (column[i] + 1) / 2;

			for (j = 0; j <= i; j++)
				row[column[j]] = fit->factor[at++];
		}
	}
	else
		m->factor = zeros(0);
	m->intercept_precision = fit->family == MG_BINOMIAL ?
		fit->intercept_precision : NAN;
	m->intercept_cross = zeros(p);
	if (fit->family == MG_BINOMIAL)
	{
		m->count[MG_LEN_CROSS] = p;
		for (i = 0; i < fit->p; i++)
			m->intercept_cross[column[i]] = fit->intercept_cross[i];
	}
}

/*
 * Coefficients without prior, and their errors: with a = La^-T La^-1 e_j and r
 * = cross'a, var = s2 (a_j + |L^-1 D r|^2) + between.
 */
static void
set_swept(MgModel *m, const MgSwept *swept)
{
	MgPredictor pr;
	int			p = mg_model_p(m);
	int			k = swept->k;
	int			a;
	int			b;
	int			j;

	m->count[MG_LEN_ALWAYS] = k;
	m->always = palloc((k + 1) * sizeof(int32));
	m->always_factor = zeros((int64) k * (k + 1) / 2);
	m->always_cross = zeros((int64) k * p);
	for (a = 0; a < k; a++)
	{
		m->always[a] = swept->column[a] + 1;
		for (b = 0; b <= a; b++)
			m->always_factor[(Size) a * (a + 1) / 2 + b] =
				swept->lower[(Size) a * k + b];
		for (j = 0; j < p; j++)
			m->always_cross[(Size) a * p + j] = swept->cross[(Size) a * p + j];
		m->prior_sd[swept->column[a]] = NAN;
		m->prior_share[swept->column[a]] = 0;
	}
	mg_swept_coefficients(swept, m->coefficient);
	if (m->count[MG_LEN_FACTOR] == 0)
		return;
	pr.model = *m;
	mg_predictor_init(&pr);
	for (a = 0; a < k; a++)
	{
		double		alone;

		memset(pr.xs, 0, p * sizeof(double));
		pr.xs[swept->column[a]] = 1;
		alone = mg_predictor_sweep(&pr);
		m->std_dev[swept->column[a]] =
			sqrt(m->s2 * (alone + mg_model_within(&pr)) +
				 mg_model_between(&pr));
	}
}

/* The variables of a binomial model that are always in, under a wide prior. */
void
mg_model_set_always(MgModel *m, const bool *always)
{
	int			p = mg_model_p(m);
	int			j;

	m->always = palloc((p + 1) * sizeof(int32));
	for (j = 0; j < p; j++)
	{
		if (always[j])
			m->always[m->count[MG_LEN_ALWAYS]++] = j + 1;
	}
}

static void
set_inputs_by_number(MgModel *m, const MgPredictionMoments *moments,
					 const MgPredictionLayout *layout)
{
	int			n = layout->n_x;
	int			i;
	int			j;

	m->count[MG_LEN_INPUTS] = n;
	m->input_name = palloc(n * sizeof(char *));
	for (i = 0; i < n; i++)
		m->input_name[i] = psprintf("x%d", i + 1);
	m->input_column = m->input_name;
	m->input_kind = palloc0(n * sizeof(int32));
	m->input_level = empty_texts(n);
	m->input_fill = zeros(n);
	for (i = 0; i < n; i++)
		m->input_fill[i] = moments->fill == NULL ? moments->mean[i] :
			moments->fill[i];
	m->variable_name = palloc(mg_model_p(m) * sizeof(char *));
	m->variable_input = palloc(mg_model_p(m) * sizeof(int32));
	m->missing = palloc0(mg_model_p(m) * sizeof(int32));
	for (j = 0; j < mg_model_p(m); j++)
	{
		m->variable_input[j] = layout->parent[j] + 1;
		m->missing[j] = j >= n;
	}
	mg_model_set_inputs(m, m->input_name, NULL, NULL);
}

/*
 * All but names, categories, options, and what only the caller knows of the
 * data (outcome, n_skipped, n_patterns, design_effect).  g is the Gram after
 * columns were swept out of it; swept may be NULL.
 */
MgModel *
mg_model_begin(const MgFit *fit, const MgGram *g, const MgSwept *swept,
			   const MgPredictionMoments *moments,
			   const MgPredictionLayout *layout)
{
	MgModel    *m = palloc0(sizeof(MgModel));
	int			p = g->p;
	int			j;
	int			a;

	m->family = fit->family;
	m->count[MG_LEN_VARIABLES] = p;
	m->outcome = "";
	m->rows = g->rows;
	m->sum_w = g->sum_w;
	m->n = fit->n + (swept == NULL ? 0 : swept->k);
	m->design_effect = 1;
	m->mean = copy_known(g->mean, p);
	m->divisor = copy_known(g->sd, p);
	m->dropped = palloc(p * sizeof(int32));
	for (j = 0; j < p; j++)
		m->dropped[j] = g->dropped[j];
	for (a = 0; swept != NULL && a < swept->k; a++)
		m->dropped[swept->column[a]] = 0;
	set_inputs_by_number(m, moments, layout);
	set_fit(m, fit);
	set_coefficients(m, fit, columns_of_fit(fit, g, swept));
	set_grid(m, fit);
	set_reports(m, fit);
	m->trust = copy_shares(fit->trust, fit->n_panels);
	m->trust_mean = copy_known(fit->kappa_mean, fit->n_panels);
	m->trust_mode = copy_known(fit->kappa_hat, fit->n_panels);
	m->count[MG_LEN_PANELS] = fit->n_panels;
	m->conflict_low = copy_shares(fit->conflict_low, fit->n_categories);
	m->conflict_high = copy_shares(fit->conflict_high, fit->n_categories);
	m->conflict_score = copy_known(fit->conflict_score, fit->n_categories);
	m->leave_out = copy_known(fit->leave_out, fit->n_categories);
	m->overrule_flat = copy_known(fit->overrule_flat, fit->n_categories);
	m->overrule_panel = copy_known(fit->overrule_panel, fit->n_categories);
	m->count[MG_LEN_CATEGORIES] = fit->n_categories;
	m->member = zeros((int64) p * fit->n_categories);
	m->category_name = empty_texts(fit->n_categories);
	m->panel_name = empty_texts(fit->n_panels);
	m->rated = palloc0((fit->n_panels * fit->n_categories + 1) * sizeof(int32));
	m->importance = zeros((int64) fit->n_panels * fit->n_categories);
	m->importance_error = copy_known(NULL, (int64) fit->n_panels * fit->n_categories);
	if (swept != NULL && swept->k > 0)
		set_swept(m, swept);
	else
	{
		m->always = palloc(sizeof(int32));
		m->always_factor = m->always_cross = zeros(0);
	}
	for (j = 0; j < p; j++)
	{
		if (m->dropped[j])
			m->coefficient[j] = 0;
	}
	return m;
}

/*
 * Names of the inputs (n_x), the columns that predict_row reads (NULL: the
 * names), and levels (NULL, or NULL for an input: the column is a number).
 * Levels of one column must stand side by side.  Indicators are named after
 * their inputs.
 */
void
mg_model_set_inputs(MgModel *m, char **name, char **column, char **level)
{
	int			n = m->count[MG_LEN_INPUTS];
	int			i;
	int			j;

	m->input_name = name;
	m->input_column = column == NULL ? name : column;
	for (i = 0; i < n; i++)
	{
		m->input_kind[i] = level != NULL && level[i] != NULL ?
			MG_INPUT_LEVEL : MG_INPUT_NUMBER;
		m->input_level[i] = m->input_kind[i] == MG_INPUT_LEVEL ? level[i] : "";
	}
	for (j = 0; j < mg_model_p(m); j++)
	{
		char	   *of = name[m->variable_input[j] - 1];

		m->variable_name[j] = m->missing[j] ? psprintf("%s missing", of) : of;
	}
}

/*
 * Categories and panels, as the prior had them.  The prior is of the fit's
 * variables; member: variables x categories of the model, or NULL where these
 * are the same.  rated, importance_error: panels x categories; NULL: all
 * rated, no error known.
 */
void
mg_model_set_categories(MgModel *m, const MgPrior *prior, const double *member,
						char **category, char **panel, const bool *rated,
						const double *importance_error)
{
	int64		p = mg_model_p(m);
	int64		n = (int64) prior->n_panels * prior->n_categories;
	int64		i;

	if (member == NULL && prior->p != p)
		elog(ERROR, "the prior has another number of variables");
	m->member = copy_known(member == NULL ? prior->member : member,
						   p * prior->n_categories);
	m->category_name = category;
	m->panel_name = panel;
	m->importance = copy_known(prior->importance, n);
	m->importance_error = copy_known(importance_error, n);
	for (i = 0; i < n; i++)
		m->rated[i] = rated == NULL || rated[i];
}

/* Kinds of the inputs (n_x), where some are neither numbers nor levels. */
void
mg_model_set_kinds(MgModel *m, const int32 *kind)
{
	memcpy(m->input_kind, kind, m->count[MG_LEN_INPUTS] * sizeof(int32));
}

/* An option that the fit was asked for, kept for the reader. */
void
mg_model_add_option(MgModel *m, const char *name, const char *value)
{
	int			n = m->count[MG_LEN_OPTIONS]++;
	Size		size = (n + 1) * sizeof(char *);

	m->option_name = n == 0 ? palloc(size) : repalloc(m->option_name, size);
	m->option_value = n == 0 ? palloc(size) : repalloc(m->option_value, size);
	m->option_name[n] = pstrdup(name);
	m->option_value[n] = pstrdup(value);
}

/* The value.  A model that is not valid has numbers out of range. */
Datum
mg_model_value(const MgModel *m)
{
	const char *problem = mg_model_bad_counts(m);

	if (problem == NULL)
		problem = mg_model_invalid(m);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the fit is out of range"),
				 errdetail("It stopped because of this: %s.", problem),
				 errhint("Rescale the outcome and the variables.")));
	return PointerGetDatum(mg_model_pack(m));
}

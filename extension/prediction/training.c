/*-------------------------------------------------------------------------
 *
 * training.c
 *		From a prediction summary, categories and panels to a model.
 *
 * Categories are those that the caller names and those that a panel rated,
 * together, sorted bytewise: one that a panel rated and no column belongs to
 * stays.  A category that a panel did not rate has importance 0, the mean.
 * Indicators of the levels of one column have a common divisor, the root of
 * sum pi (1 - pi), so that a rare level is not blown up; an indicator of
 * missing values belongs to the categories of its column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/standardise.h"
#include "prediction/panel.h"
#include "prediction/training.h"

#define OVERRULE_SD		2.0

/* What cross-validation needs of the fold it is at. */
typedef struct Folds
{
	const MgTraining *training;
	const MgPredictionLayout *layout;
	const int  *always;			/* columns without prior */
	int			n_always;
	double	   *fill;
	MgSwept    *swept;
} Folds;

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static int
find_name(char **names, int n, const char *name)
{
	char	  **found = bsearch(&name, names, n, sizeof(char *), compare_names);

	return found == NULL ? -1 : (int) (found - names);
}

/* Names sorted, each once; returns how many are left. */
static int
unique_names(char **names, int n)
{
	int			kept = 0;
	int			i;

	qsort(names, n, sizeof(char *), compare_names);
	for (i = 0; i < n; i++)
	{
		if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	}
	return kept;
}

static double *
divisors(const MgTraining *t, const MgPredictionMoments *m)
{
	double	   *d = palloc((m->p + 1) * sizeof(double));
	int			i;
	int			j;

	for (j = 0; j < m->p; j++)
		d[j] = mg_column_sd(m->M[(Size) j * (m->p + 1) + j], m->sum_w,
							m->mean[j]);
	for (i = 0; i < t->n_x; i = j)
	{
		double		sum = 0;

		for (j = i; j < t->n_x && (j == i || t->factor[j] == t->factor[i]) &&
			 t->factor[i] >= 0; j++)
			sum += m->mean[j] * (1 - m->mean[j]);
		if (j == i)
			j++;
		else if (sum > 0)
		{
			for (; i < j; i++)
				d[i] = d[i] > 0 ? sqrt(sum) : 0;
		}
	}
	return d;
}

static MgGram *
gram_of(const MgTraining *t, const MgPredictionMoments *m)
{
	return mg_gram(m, divisors(t, m), t->design_effect);
}

static MgGram *
train_fold(void *arg, int fold)
{
	Folds	   *f = arg;
	MgPredictionMoments *m = mg_prediction_moments(f->training->summary,
												   f->layout->fold[fold], -1,
												   NULL);
	MgGram	   *g;

	if (m == NULL)
		return NULL;
	f->fill = m->fill;
	g = gram_of(f->training, m);
	if (f->n_always > 0)
		f->swept = mg_gram_sweep(g, f->always, f->n_always);
	return g;
}

static MgPredictionMoments *
held_fold(void *arg, int fold)
{
	Folds	   *f = arg;

	return mg_prediction_moments(f->training->summary, -1,
								 f->layout->fold[fold], f->fill);
}

static void
raw_fold(void *arg, int fold, const MgGram *g, const double *beta, double *b,
		 double *intercept)
{
	Folds	   *f = arg;
	int			j;

	memcpy(b, beta, g->p * sizeof(double));
	if (f->swept != NULL)
		mg_swept_coefficients(f->swept, b);
	*intercept = g->y_mean;
	for (j = 0; j < g->p; j++)
	{
		b[j] /= g->sd[j];
		*intercept -= b[j] * g->mean[j];
	}
}

/*
 * The columns without prior.  All levels of a column but its first: together
 * they would be the intercept.
 */
static int *
always_columns(const MgTraining *t, const MgGram *g,
			   const MgPredictionLayout *layout, int *n)
{
	int		   *column = palloc((layout->p + 1) * sizeof(int));
	int			skipped = -1;
	int			j;

	*n = 0;
	for (j = 0; t->always_in != NULL && j < layout->p; j++)
	{
		int			input = layout->parent[j];

		if (!t->always_in[input] || g->dropped[j])
			continue;
		if (j < layout->n_x && t->factor[j] >= 0 && t->factor[j] != skipped)
			skipped = t->factor[j];
		else
			column[(*n)++] = j;
	}
	return column;
}

/* Variables x categories of the model from inputs x categories of the call. */
static double *
members(const MgTraining *t, const MgPredictionLayout *layout,
		char **category, int n_categories)
{
	double	   *member = palloc0(((Size) layout->p * n_categories + 1) *
								 sizeof(double));
	int			j;
	int			c;

	for (j = 0; j < layout->p; j++)
	{
		const double *strength = t->strength +
			(Size) layout->parent[j] * t->n_categories;
		double		sum = 0;

		for (c = 0; c < t->n_categories; c++)
			sum += strength[c];
		for (c = 0; c < t->n_categories && sum > 0; c++)
			member[(Size) j * n_categories +
				   find_name(category, n_categories, t->category[c])] =
				strength[c] / sum;
	}
	return member;
}

static void
notice_unrated(const MgPrior *prior, const bool *rated, char **category,
			   const MgTraining *t)
{
	char	  **names = palloc((prior->n_categories + 1) * sizeof(char *));
	int			panel;
	int			c;
	int			j;

	for (panel = 0; panel < prior->n_panels; panel++)
	{
		int			n = 0;

		for (c = 0; c < prior->n_categories; c++)
		{
			for (j = 0; j < prior->p; j++)
			{
				if (prior->member[(Size) j * prior->n_categories + c] > 0)
					break;
			}
			if (j < prior->p && !rated[panel * prior->n_categories + c])
				names[n++] = category[c];
		}
		if (n > 0)
			ereport(NOTICE,
					(errmsg("panel \"%.64s\" did not rate: %s",
							t->panels[panel].name, mg_source_names(names, n)),
					 errdetail("These categories count as of average importance.")));
	}
}

static void
notice_uncategorised(const MgTraining *t)
{
	char	  **names = palloc((t->n_x + 1) * sizeof(char *));
	int			n = 0;
	int			i;
	int			c;

	for (i = 0; i < t->n_x; i++)
	{
		for (c = 0; c < t->n_categories; c++)
		{
			if (t->strength[(Size) i * t->n_categories + c] > 0)
				break;
		}
		if (c == t->n_categories &&
			(n == 0 || strcmp(names[n - 1], t->column[i]) != 0))
			names[n++] = t->column[i];
	}
	if (n > 0)
		ereport(NOTICE,
				(errmsg("without a category: %s", mg_source_names(names, n)),
				 errdetail("These variables count as of average importance.")));
}

/* One line a NOTICE */
static void
notice_lines(const char *lines)
{
	while (lines != NULL && *lines != '\0')
	{
		const char *end = strchr(lines, '\n');
		int			length = end == NULL ? (int) strlen(lines) : (int) (end - lines);

		if (length > 0)
			ereport(NOTICE, (errmsg("%.*s", length, lines)));
		lines = end == NULL ? NULL : end + 1;
	}
}

MgModel *
mg_train(const MgTraining *t)
{
	MgPredictionLayout *layout = mg_prediction_layout(t->summary);
	MgPredictionMoments *moments = mg_prediction_moments(t->summary, -1, -1, NULL);
	MgPanelWeights **weights = palloc((t->n_panels + 1) * sizeof(MgPanelWeights *));
	MgPrior		prior = {0};
	char	  **category;
	char	  **panel_name = palloc((t->n_panels + 1) * sizeof(char *));
	char	  **variable;
	bool	   *rated;
	double	   *error;
	Folds		folds = {t, layout};
	MgSwept    *swept = NULL;
	MgGram	   *g;
	MgFit	   *fit;
	MgModel    *model;
	int			n = t->n_categories;
	int			i;
	int			c;

	if (moments == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no row to learn from"),
				 errdetail("Every row lacks the outcome, its weight is 0 or missing, or it is incomplete.")));
	g = gram_of(t, moments);

	/* categories of the call and of the panels */
	for (i = 0; i < t->n_panels; i++)
	{
		weights[i] = mg_panel_weights(t->panels[i].votes, t->panels[i].scale_max,
									  t->panels[i].log_pool);
		n += weights[i]->n;
		panel_name[i] = t->panels[i].name;
	}
	category = palloc((n + 1) * sizeof(char *));
	n = 0;
	for (c = 0; c < t->n_categories; c++)
		category[n++] = t->category[c];
	for (i = 0; i < t->n_panels; i++)
	{
		for (c = 0; c < weights[i]->n; c++)
			category[n++] = (char *) weights[i]->category[c];
	}
	n = unique_names(category, n);

	prior.p = g->p;
	prior.n_categories = n;
	prior.n_panels = t->n_panels;
	prior.member = members(t, layout, category, n);
	prior.importance = palloc0(((Size) t->n_panels * n + 1) * sizeof(double));
	rated = palloc0(t->n_panels * n + 1);
	error = palloc(((Size) t->n_panels * n + 1) * sizeof(double));
	for (i = 0; i < t->n_panels * n; i++)
		error[i] = NAN;
	for (i = 0; i < t->n_panels; i++)
	{
		for (c = 0; c < weights[i]->n; c++)
		{
			int			at = i * n + find_name(category, n, weights[i]->category[c]);

			prior.importance[at] = weights[i]->importance[c];
			error[at] = weights[i]->std_error[c];
			rated[at] = true;
		}
	}
	prior.overrule_sd = OVERRULE_SD;
	prior.overrule = t->overrule && n > 0;
	prior.category_budget = t->category_budget;
	variable = palloc((g->p + 1) * sizeof(char *));
	for (i = 0; i < g->p; i++)
		variable[i] = i < t->n_x ? t->name[i] :
			psprintf("%s missing", t->name[layout->parent[i]]);
	prior.names = (const char *const *) variable;
	if (t->n_categories > 0)
		notice_uncategorised(t);
	notice_unrated(&prior, rated, category, t);

	folds.always = always_columns(t, g, layout, &folds.n_always);
	if (folds.n_always > 0)
		swept = mg_gram_sweep(g, folds.always, folds.n_always);
	if (t->family == MG_BINOMIAL)
	{
		t->rows->n_x = t->n_x;
		t->rows->parent = layout->parent;
		t->rows->n_folds = layout->cross_validation ? layout->n_folds : 0;
		elog(ERROR, "later");
	}
	else
	{
		fit = mg_fit_gaussian(g, &prior);
		if (layout->cross_validation)
		{
			MgFolds		cv = {layout->n_folds, train_fold, held_fold, raw_fold,
			&folds, prior.overrule, false};

			mg_cross_validate(fit, &prior, &cv);
		}
	}
	notice_lines(fit->notices);
	model = mg_model_begin(fit, g, swept, moments, layout);
	mg_model_set_inputs(model, t->name, t->column, t->level);
	mg_model_set_kinds(model, t->kind);
	mg_model_set_categories(model, &prior, NULL, category, panel_name, rated,
							error);
	model->n_skipped = t->summary->n_skipped;
	model->design_effect = t->design_effect;
	return model;
}

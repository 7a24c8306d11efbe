/*-------------------------------------------------------------------------
 *
 * prediction_fit.c
 *		prediction_fit: from a prediction summary and a panel to a model.
 *
 * Reads the arguments, makes cross-products and prior, fits, cross-validates
 * from the summary's folds, and packs the model.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

#include "core/standardise.h"
#include "io/json.h"
#include "io/tidy.h"
#include "prediction/prediction_fit.h"
#include "prediction/prior.h"

/*
 * Cross-validation repeats the fit a fold.  Up to so many variables the folds'
 * fits include the models that overrule, and up to so many it is made unasked.
 */
#define MOST_OVERRULED	100
#define MOST_UNASKED	500

/*
 * What a fit of any part of the summary needs.  Its matrices are freed as soon
 * as they have served: of 2,000 variables one takes 32 MB.
 */
typedef struct Fitting
{
	MgPredictionSummary *summary;
	MgPredictionLayout *layout;
	char	  **name;			/* of the inputs */
	char	  **factor;			/* NULL, or of the inputs; NULL: none */
	int		   *always;			/* columns that are swept out */
	int			n_always;
	double		design_effect;
	bool		frequency;		/* weights count persons */

	/* the fold at hand */
	MgSwept    *swept;
	double	   *fill;
} Fitting;

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
check_unique(char **name, int n)
{
	char	  **sorted = palloc((n + 1) * sizeof(char *));
	int			i;

	memcpy(sorted, name, n * sizeof(char *));
	qsort(sorted, n, sizeof(char *), by_name);
	for (i = 1; i < n; i++)
	{
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("variables has \"%.64s\" twice", sorted[i])));
	}
	pfree(sorted);
}

/* The indicator of a missing x is named "x missing": so is no variable. */
static void
check_indicators(const Fitting *f)
{
	int			i;
	int			j;

	for (i = f->layout->n_x; i < f->layout->p; i++)
	{
		const char *name = psprintf("%s missing", f->name[f->layout->parent[i]]);

		for (j = 0; j < f->layout->n_x; j++)
		{
			if (strcmp(f->name[j], name) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("two variables would be named \"%.64s\"", name),
						 errhint("The indicator of a missing value is called so: give the variable another name.")));
		}
	}
}

/* The columns of x, and their indicators, that are always in the model. */
static void
read_always(FunctionCallInfo fcinfo, Fitting *f)
{
	const MgPredictionLayout *layout = f->layout;
	bool	   *in = palloc0(layout->p + 1);
	MgLabel    *label;
	int			n;
	int			i;
	int			j;

	f->always = palloc((layout->p + 1) * sizeof(int));
	f->n_always = 0;
	if (PG_ARGISNULL(ARG_ALWAYS_IN))
		return;
	label = mg_arg_labels(fcinfo, ARG_ALWAYS_IN, "always_in", &n);
	for (i = 0; i < n; i++)
	{
		for (j = 0; j < layout->n_x; j++)
		{
			if (strlen(f->name[j]) == label[i].len &&
				memcmp(f->name[j], label[i].s, label[i].len) == 0)
				break;
		}
		if (j == layout->n_x)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("always_in has \"%s\", which is not one of variables",
							mg_clip(label[i].s, label[i].len))));
		in[j] = true;
	}
	for (j = 0; j < layout->p; j++)
	{
		if (in[layout->parent[j]])
			f->always[f->n_always++] = j;
	}
}

/*
 * Divisors where levels of a factor share one, the root of the sum of their
 * variances, so that a rare level is not blown up; NULL where none do.
 */
static double *
divisors(const Fitting *f, const MgPredictionMoments *m)
{
	Size		q = m->p + 1;
	double	   *divisor;
	int			i;
	int			j;

	if (f->factor == NULL)
		return NULL;
	divisor = palloc(m->p * sizeof(double));
	for (j = 0; j < m->p; j++)
	{
		double		sum = 0;

		for (i = 0; j < m->n_x && f->factor[j] != NULL && i < m->n_x; i++)
		{
			if (f->factor[i] != NULL &&
				strcmp(f->factor[i], f->factor[j]) == 0)
				sum += m->M[i * q + i] / m->sum_w;
		}
		divisor[j] = sum > 0 ? sqrt(sum) :
			mg_column_sd(m->M[j * q + j], m->sum_w, m->mean[j]);
	}
	return divisor;
}

/* Cross-products of all folds but one (-1: of all); NULL: no rows. */
static MgGram *
gram_without(Fitting *f, int fold, bool sweep, MgPredictionMoments **moments)
{
	MgPredictionMoments *m = mg_prediction_moments(f->summary, fold, -1, NULL);
	MgGram	   *g;

	if (m == NULL)
		return NULL;
	if (f->frequency)
		m->sum_w2 = m->sum_w;
	g = mg_gram(m, divisors(f, m), f->design_effect);
	f->fill = m->fill;
	f->swept = f->n_always == 0 || !sweep ? NULL :
		mg_gram_sweep(g, f->always, f->n_always);
	if (moments != NULL)
		*moments = m;
	return g;
}

static MgGram *
train(void *arg, int fold)
{
	Fitting    *f = arg;

	return gram_without(f, f->layout->fold[fold], true, NULL);
}

static MgPredictionMoments *
held(void *arg, int fold)
{
	Fitting    *f = arg;

	return mg_prediction_moments(f->summary, -1, f->layout->fold[fold],
								 f->fill);
}

/* Coefficients of a fold's fit in the units of the data. */
static void
raw(void *arg, int fold, const MgGram *g, const double *beta, double *b,
	double *intercept)
{
	Fitting    *f = arg;
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

static void
add_notice(StringInfo buf, const char *line)
{
	if (line != NULL && line[0] != '\0')
		appendStringInfo(buf, "%s%s", buf->len == 0 ? "" : "\n", line);
}

/* Notices of prior and fit, and variables that do not vary; says them too. */
static char *
collect_notices(const MgModel *m, const MgNamedPrior *named)
{
	StringInfoData buf;
	StringInfoData constant;
	char	   *line;
	int			j;

	initStringInfo(&buf);
	initStringInfo(&constant);
	add_notice(&buf, named->notices);
	for (j = 0; j < mg_model_p(m); j++)
	{
		if (m->dropped[j])
			appendStringInfo(&constant, "%s%.64s", constant.len > 0 ? ", " :
							 m->count[MG_LEN_ALWAYS] == 0 ? "left out, constant: " :
							 "left out, constant or implied by those always in: ",
							 m->variable_name[j]);
	}
	add_notice(&buf, constant.data);
	add_notice(&buf, m->notices);
	for (line = buf.data; *line != '\0';)
	{
		int			length = (int) strcspn(line, "\n");

		ereport(NOTICE, (errmsg("%.*s", length, line)));
		line += length + (line[length] == '\n');
	}
	return buf.data;
}

static void
add_number(MgModel *m, const char *name, double x)
{
	StringInfoData buf;

	initStringInfo(&buf);
	mg_put_double(&buf, x);
	mg_model_add_option(m, name, buf.data);
}

static void
add_options(FunctionCallInfo fcinfo, MgModel *m, const MgFit *fit)
{
	static const struct
	{
		int			arg;
		const char *name;
	}			words[] = {
		{ARG_WEIGHTS, "weights"},
		{ARG_BUDGET, "budget"},
		{ARG_LEARN, "learn"},
		{ARG_POOL, "pool"}
	};
	int			i;

	for (i = 0; i < lengthof(words); i++)
		mg_model_add_option(m, words[i].name,
							text_to_cstring(PG_GETARG_TEXT_PP(words[i].arg)));
	mg_model_add_option(m, "overrule",
						PG_GETARG_BOOL(ARG_OVERRULE) ? "true" : "false");
	add_number(m, "overrule_sd", PG_GETARG_FLOAT8(ARG_OVERRULE_SD));
	add_number(m, "sigma_shape", PG_GETARG_FLOAT8(ARG_SIGMA_SHAPE));
	add_number(m, "sigma_scale", PG_GETARG_FLOAT8(ARG_SIGMA_SCALE));
	if (!PG_ARGISNULL(ARG_SCALE_MAX))
		add_number(m, "scale_max", PG_GETARG_FLOAT8(ARG_SCALE_MAX));
	mg_model_add_option(m, "prior", PG_ARGISNULL(ARG_PRIOR_VARIANCES) ?
						"learnt" : "given");
	if (fit->optimum != NULL)
		add_number(m, "log_prior_variance", fit->optimum[0]);
}

static void
check_family(FunctionCallInfo fcinfo)
{
	if (mg_fit_arg_word(fcinfo, ARG_FAMILY, "family", "gaussian", "binomial"))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("prediction_fit fits gaussian models only"),
				 errdetail("The binomial fit reads the rows several times; a summary does not hold them."),
				 errhint("Call train_model(source, outcome, family => 'binomial').")));
}

/* The arguments that say what is fitted, and to which part of the data. */
static void
read_fitting(FunctionCallInfo fcinfo, Fitting *f)
{
	int			n_x = f->layout->n_x;

	f->design_effect = mg_fit_arg_number(fcinfo, ARG_DESIGN_EFFECT, "design_effect",
										 false);
	f->frequency = mg_fit_arg_word(fcinfo, ARG_WEIGHTS, "weights", "survey",
								   "frequency");
	f->name = mg_fit_arg_names(fcinfo, ARG_VARIABLES, "variables", n_x, false);
	if (f->name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("variables must not be NULL"),
				 errhint("Name the elements of x, in their order.")));
	check_unique(f->name, n_x);
	check_indicators(f);
	f->factor = mg_fit_arg_names(fcinfo, ARG_FACTORS, "factors", n_x, true);
	read_always(fcinfo, f);
}

/*
 * The binomial family keeps variables that are always in, under a wide prior.
 * Those that others imply are left out all the same, and collinear ones
 * refused: what sweeping would do decides.
 */
static bool *
binomial_always(const Fitting *f, const MgPredictionMoments *m, MgGram *g)
{
	bool	   *always = palloc0((g->p + 1) * sizeof(bool));
	MgGram	   *swept;
	MgSwept    *s;
	int			j;

	if (f->n_always == 0)
		return NULL;
	swept = mg_gram(m, divisors(f, m), f->design_effect);
	s = mg_gram_sweep(swept, f->always, f->n_always);
	for (j = 0; j < s->k; j++)
		always[s->column[j]] = true;
	for (j = 0; j < g->p; j++)
	{
		if (swept->dropped[j] && !always[j])
			g->dropped[j] = true;
	}
	pfree(swept->G);
	return always;
}

/* Frees the summary where it is a copy of the argument. */
static void
drop_folds(FunctionCallInfo fcinfo, Fitting *f)
{
	if ((Pointer) f->summary != DatumGetPointer(PG_GETARG_DATUM(ARG_SUMMARY)))
		pfree(f->summary);
	f->summary = NULL;
}

static MgFit *
fit_binomial(MgBinomialSource *rows, const Fitting *f, bool cross_validate,
			 const MgGram *g, const MgPrior *prior)
{
	rows->n_x = f->layout->n_x;
	rows->parent = f->layout->parent;
	rows->n_folds = cross_validate && f->layout->cross_validation ?
		MG_PREDICTION_FOLDS : 0;
	return mg_fit_binomial(rows, g, prior);
}

/* What a summary without rows that count gets. */
static void
no_rows(const MgPredictionSummary *s, bool say)
{
	/* rows were seen, and none of them skipped: their weights are 0 */
	if (s->dim > 0 && s->n_skipped == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("too few rows for a prediction model"),
				 errdetail("All rows have weight 0.")));
	if (say)
		ereport(NOTICE,
				(errmsg("no model: the summary has no row to learn from")));
}

/* Why a fit was not cross-validated. */
static const char *
quality_note(const MgPredictionSummary *s, bool asked, bool unasked)
{
	if (!asked)
		return unasked ?
			"too many variables to cross-validate unasked: cross_validate => true" :
			"cross-validation was not asked for";
	if (s->flags == 0)
		return "no person was given: not cross-validated";
	return s->n_folds < 2 ? "all rows are in one fold: not cross-validated" :
		"too few rows outside the folds: not cross-validated";
}

MgModel *
mg_prediction_fit(FunctionCallInfo fcinfo, const MgFitRows *rows)
{
	Fitting		f = {0};
	MgPriorSource source = {0};
	MgPredictionMoments *moments;
	MgNamedPrior *named;
	MgGram	   *g;
	MgFit	   *fit;
	MgModel    *m;
	MgSwept    *swept;
	const char *note;
	int64		n_skipped;
	bool		binomial;
	bool		optimum;
	bool		cross_validate;
	bool		unasked = PG_ARGISNULL(ARG_CROSS_VALIDATE);

	optimum = mg_fit_arg_word(fcinfo, ARG_LEARN, "learn", "grid", "optimum");
	binomial = rows != NULL && rows->binomial != NULL;
	if (binomial && optimum)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("learn => 'optimum' is for family gaussian"),
				 errhint("The binomial family averages over the grid.")));
	if (PG_ARGISNULL(ARG_SUMMARY))
		return NULL;
	f.summary = mg_prediction_open(PG_GETARG_DATUM(ARG_SUMMARY));
	f.layout = mg_prediction_layout(f.summary);
	n_skipped = f.summary->n_skipped;
	cross_validate = unasked ? f.layout->p <= MOST_UNASKED :
		PG_GETARG_BOOL(ARG_CROSS_VALIDATE);
	note = quality_note(f.summary, cross_validate, unasked);
	if (f.layout->n_folds == 0)
	{
		no_rows(f.summary, rows == NULL);
		return NULL;
	}
	if (f.layout->n_x == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("x has no elements"),
				 errhint("A model needs one variable at least.")));
	read_fitting(fcinfo, &f);

	source.n_inputs = f.layout->n_x;
	source.name = f.name;
	source.category = mg_fit_arg_names(fcinfo, ARG_CATEGORIES, "categories",
									   f.layout->n_x, true);
	source.links = PG_ARGISNULL(ARG_LINKS) ? NULL : PG_GETARG_JSONB_P(ARG_LINKS);
	source.p = f.layout->p;
	source.parent = f.layout->parent;
	mg_fit_read_panels(fcinfo, &source);
	named = mg_prior_build(&source);
	mg_fit_read_prior(fcinfo, f.layout, &named->prior);

	g = gram_without(&f, -1, !binomial, &moments);
	swept = f.swept;
	if (binomial)
	{
		named->prior.always = binomial_always(&f, moments, g);
		fit = fit_binomial(rows->binomial, &f, cross_validate, g, &named->prior);
	}
	else
	{
		pfree(moments->M);
		moments->M = NULL;
		if (!cross_validate)
			drop_folds(fcinfo, &f);
		fit = optimum && named->prior.fixed_variance == NULL ?
			mg_fit_optimum(g, &named->prior) :
			mg_fit_gaussian(g, &named->prior);
	}
	if (cross_validate && f.layout->cross_validation &&
		fit->family == MG_GAUSSIAN)
	{
		MgFolds		folds = {f.layout->n_folds, train, held, raw, &f};

		folds.overrule = f.layout->p <= MOST_OVERRULED;
		folds.optimum = optimum;
		mg_cross_validate(fit, &named->prior, &folds);
	}

	m = mg_model_begin(fit, g, swept, moments, f.layout);
	if (binomial && named->prior.always != NULL)
		mg_model_set_always(m, named->prior.always);
	mg_model_set_inputs(m, f.name, rows == NULL ? NULL : rows->column,
						rows == NULL ? NULL : rows->level);
	if (rows != NULL)
		mg_model_set_kinds(m, rows->kind);
	mg_model_set_categories(m, &named->prior, NULL, named->category,
							named->panel, named->rated,
							named->importance_error);
	m->n_skipped = n_skipped;
	m->design_effect = f.design_effect;
	if (!PG_ARGISNULL(ARG_OUTCOME))
		m->outcome = text_to_cstring(PG_GETARG_TEXT_PP(ARG_OUTCOME));
	if (!fit->cross_validated)
		m->quality_note = pstrdup(note);
	m->notices = collect_notices(m, named);
	add_options(fcinfo, m, fit);
	return m;
}

PG_FUNCTION_INFO_V1(mindgap_prediction_fit);

Datum
mindgap_prediction_fit(PG_FUNCTION_ARGS)
{
	MgModel    *m;

	check_family(fcinfo);
	m = mg_prediction_fit(fcinfo, NULL);
	if (m == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(mg_model_value(m));
}

/*-------------------------------------------------------------------------
 *
 * binomial_numbers.c
 *		The numbers of a fit of a yes/no outcome, one a row, as they are.
 *
 * This is below prediction models: no names, no text form, standardised
 * coefficients.  Tests compare it with other software.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "prediction/binomial.h"

enum
{
	ARG_SOURCE, ARG_OUTCOME, ARG_X, ARG_CATEGORY, ARG_IMPORTANCE, ARG_WEIGHT,
	ARG_PERSON, ARG_DRIVER, ARG_OVERRULE, ARG_VARIANCE, ARG_DESIGN_EFFECT,
	ARG_ALWAYS
};

typedef struct Sink
{
	Tuplestorestate *store;
	TupleDesc	desc;
} Sink;

static void
put(Sink *sink, const char *name, int place, double value)
{
	Datum		values[3];
	bool		nulls[3] = {false, false, isnan(value)};

	values[0] = CStringGetTextDatum(name);
	values[1] = Int32GetDatum(place);
	values[2] = Float8GetDatum(value);
	tuplestore_putvalues(sink->store, sink->desc, values, nulls);
}

static void
put_all(Sink *sink, const char *name, const double *x, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		put(sink, name, i + 1, x[i]);
}

static char *
text_arg(FunctionCallInfo fcinfo, int i)
{
	return PG_ARGISNULL(i) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(i));
}

/*
 * An argument's numbers; NULL where it is NULL.  rows (or NULL): the array may
 * have two dimensions, of which this is the first.
 */
static double *
doubles_arg(FunctionCallInfo fcinfo, int i, int *n, int *rows)
{
	ArrayType  *a;

	*n = 0;
	if (PG_ARGISNULL(i))
		return NULL;
	a = PG_GETARG_ARRAYTYPE_P(i);
	if (ARR_NDIM(a) < 1 || ARR_NDIM(a) > (rows ? 2 : 1) ||
		array_contains_nulls(a))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument %d must be an array of one dimension without NULL",
						i + 1)));
	*n = ARR_DIMS(a)[ARR_NDIM(a) - 1];
	if (rows)
		*rows = ARR_NDIM(a) == 2 ? ARR_DIMS(a)[0] : 1;
	return (double *) ARR_DATA_PTR(a);
}

/* Columns that are always in, by the numbers of their elements of x. */
static bool *
always_arg(FunctionCallInfo fcinfo, int i, const MgPredictionLayout *layout)
{
	bool	   *always = palloc0(layout->p + 1);
	int			n;
	double	   *element = doubles_arg(fcinfo, i, &n, NULL);
	int			j;

	while (n-- > 0)
		for (j = 0; j < layout->p; j++)
			always[j] |= layout->parent[j] + 1 == element[n];
	return always;
}

/* The summary of (outcome, x), by the pass that comes first. */
static MgPredictionSummary *
summarise(const MgBinomialSource *source, const char *person)
{
	StringInfoData buf;
	MemoryContext caller = CurrentMemoryContext;
	bool		isnull = true;
	Datum		d = 0;
	MgPredictionSummary *s;

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT mindgap.prediction_agg((%s)::pg_catalog.float8, (%s)::pg_catalog.float8[], ",
					 source->outcome, source->x);
	if (source->weight)
		appendStringInfo(&buf, "(%s)::pg_catalog.float8", source->weight);
	else
		appendStringInfoString(&buf, "1::pg_catalog.float8");
	if (person)
		appendStringInfo(&buf, ", (%s)::pg_catalog.int8", person);
	appendStringInfo(&buf, ") FROM %s", source->source);
	if (SPI_execute(buf.data, true, 0) == SPI_OK_SELECT && SPI_processed == 1)
		d = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						  &isnull);
	MemoryContextSwitchTo(caller);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("no row can be used for a prediction model")));
	s = mg_prediction_open(PointerGetDatum(PG_DETOAST_DATUM_COPY(d)));
	SPI_freetuptable(SPI_tuptable);
	return s;
}

static void
put_quality(Sink *sink, const char *prefix, const MgQuality *q)
{
	put(sink, psprintf("%s_loss", prefix), 1, q->loss);
	put(sink, psprintf("%s_loss_error", prefix), 1, q->loss_error);
	put(sink, psprintf("%s_brier", prefix), 1, q->brier);
	put(sink, psprintf("%s_auc", prefix), 1, q->auc);
	put(sink, psprintf("%s_auc_bound", prefix), 1, q->auc_bound);
	put(sink, psprintf("%s_slope", prefix), 1, q->slope);
	put(sink, psprintf("%s_intercept", prefix), 1, q->intercept);
	put(sink, psprintf("%s_in_the_large", prefix), 1, q->in_the_large);
}

static void
put_fit(Sink *sink, const MgFit *fit)
{
	int			i;

	put(sink, "n", 1, fit->n);
	put(sink, "passes", 1, fit->passes);
	put(sink, "converged", 1, fit->converged);
	put(sink, "intercept", 1, fit->intercept);
	put_all(sink, "beta", fit->beta, fit->p);
	put_all(sink, "std_dev", fit->std_dev, fit->p);
	put_all(sink, "prior_sd", fit->prior_sd, fit->p);
	put_all(sink, "prior_share", fit->prior_share, fit->p);
	put_all(sink, "kappa", fit->kappa, fit->n_kappa * Max(fit->n_panels, 1));
	put_all(sink, "kappa_weight", fit->kappa_weight, fit->n_kappa);
	put_all(sink, "kappa_log_evidence", fit->kappa_log_evidence, fit->n_kappa);
	put_all(sink, "trust", fit->trust, fit->n_panels);
	put_all(sink, "kappa_mean", fit->kappa_mean, fit->n_panels);
	put_all(sink, "kappa_hat", fit->kappa_hat, fit->n_panels);
	put(sink, "log_bayes_factor", 1, fit->log_bayes_factor);
	put(sink, "r2_hat", 1, fit->r2_hat);
	put(sink, "r2_mean", 1, fit->r2_mean);
	put_all(sink, "model_weight", fit->model_weight, MG_MODEL_KINDS);
	put_all(sink, "log_evidence", fit->log_evidence, MG_MODEL_KINDS);
	put_all(sink, "overrule_r2", fit->overrule_r2, 2);
	put_all(sink, "overrule_flat", fit->overrule_flat, fit->n_categories);
	put_all(sink, "overrule_panel", fit->overrule_panel, fit->n_categories);
	put_all(sink, "conflict_low", fit->conflict_low, fit->n_categories);
	put_all(sink, "conflict_high", fit->conflict_high, fit->n_categories);
	put_all(sink, "conflict_score", fit->conflict_score, fit->n_categories);
	put_all(sink, "leave_out", fit->leave_out, fit->n_categories);
	for (i = 0; i < fit->n_sensitivity; i++)
	{
		put(sink, "sensitivity_log_evidence", i + 1,
			fit->sensitivity[i].log_evidence);
		put(sink, "sensitivity_r2", i + 1, fit->sensitivity[i].r2);
		put(sink, "sensitivity_edf", i + 1, fit->sensitivity[i].edf);
		put(sink, "sensitivity_cv_loss", i + 1, fit->sensitivity[i].cv_loss);
	}
	if (fit->cross_validated)
	{
		put_quality(sink, "cv", &fit->quality);
		put_all(sink, "cv_fold_loss", fit->quality.fold_loss,
				fit->quality.n_folds);
		put_quality(sink, "cv_flat", &fit->quality_flat);
	}
}

PG_FUNCTION_INFO_V1(mindgap_binomial_fit);

Datum
mindgap_binomial_fit(PG_FUNCTION_ARGS)
{
	MemoryContext caller;
	MgBinomialSource source = {0};
	MgPrior		prior = {0};
	MgPredictionSummary *summary;
	MgPredictionLayout *layout;
	MgPredictionMoments *moments;
	MgGram	   *gram;
	MgFit	   *fit;
	Sink		sink;
	char	   *driver = text_arg(fcinfo, ARG_DRIVER);
	char	   *person = text_arg(fcinfo, ARG_PERSON);
	double	   *category;
	int			n_category;
	int			n_variance;
	int			i;

	mg_init_materialized_srf(fcinfo);
	sink.store = ((ReturnSetInfo *) fcinfo->resultinfo)->setResult;
	sink.desc = ((ReturnSetInfo *) fcinfo->resultinfo)->setDesc;
	for (i = ARG_SOURCE; i <= ARG_X; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("source, outcome and x must not be NULL")));
	source.source = text_arg(fcinfo, ARG_SOURCE);
	source.outcome = text_arg(fcinfo, ARG_OUTCOME);
	source.x = text_arg(fcinfo, ARG_X);
	source.weight = text_arg(fcinfo, ARG_WEIGHT);
	if (person)
	{
		source.fold = psprintf("mindgap.prediction_fold((%s)::pg_catalog.int8)", person);
		source.n_folds = MG_PREDICTION_FOLDS;
	}
	source.driver = driver == NULL ? MG_BINOMIAL_AUTO :
		strcmp(driver, "memory") == 0 ? MG_BINOMIAL_IN_MEMORY :
		strcmp(driver, "passes") == 0 ? MG_BINOMIAL_PASSES : MG_BINOMIAL_AUTO;

	caller = CurrentMemoryContext;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	MemoryContextSwitchTo(caller);
	summary = summarise(&source, person);
	layout = mg_prediction_layout(summary);
	source.n_x = layout->n_x;
	source.parent = layout->parent;
	moments = mg_prediction_moments(summary, -1, -1, NULL);
	if (moments == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("no row can be used for a prediction model")));
	gram = mg_gram(moments, NULL, PG_GETARG_FLOAT8(ARG_DESIGN_EFFECT));

	prior.p = gram->p;
	prior.overrule = PG_GETARG_BOOL(ARG_OVERRULE);
	prior.overrule_sd = 2;
	category = doubles_arg(fcinfo, ARG_CATEGORY, &n_category, NULL);
	prior.importance = doubles_arg(fcinfo, ARG_IMPORTANCE,
								   &prior.n_categories, &prior.n_panels);
	for (i = 0; i < n_category; i++)
	{
		if (prior.importance && category[i] > prior.n_categories)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("there are fewer importances than categories")));
		prior.n_categories = Max(prior.n_categories, (int) category[i]);
	}
	prior.member = palloc0(((Size) prior.p * prior.n_categories + 1) *
						   sizeof(double));
	for (i = 0; category && i < prior.p; i++)
	{
		int			c = layout->parent[i] < n_category ?
			(int) category[layout->parent[i]] : 0;

		if (c > 0)
			prior.member[(Size) i * prior.n_categories + c - 1] = 1;
	}
	prior.always = always_arg(fcinfo, ARG_ALWAYS, layout);
	prior.fixed_variance = doubles_arg(fcinfo, ARG_VARIANCE, &n_variance, NULL);
	if (prior.fixed_variance && n_variance != prior.p)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there must be as many variances as columns"),
				 errdetail("There are %d and %d.", n_variance, prior.p)));

	fit = mg_fit_binomial(&source, gram, &prior);
	MemoryContextSwitchTo(caller);
	put_fit(&sink, fit);
	if (fit->notices)
		ereport(NOTICE, (errmsg("%s", fit->notices)));
	SPI_finish();
	return (Datum) 0;
}

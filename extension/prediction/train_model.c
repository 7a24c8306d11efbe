/*-------------------------------------------------------------------------
 *
 * train_model.c
 *		From a table or query to a prediction model, in one call.
 *
 * Levels of columns are values of rows, and stand as literals in the queries
 * that read the rows.  Errors of these queries are therefore passed on without
 * their context, which would print the query.
 *
 * The rows become a prediction summary, and the rest is prediction_fit's work;
 * the binomial family reads the rows again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "io/tidy.h"
#include "prediction/prediction_fit.h"
#include "prediction/source.h"

PG_FUNCTION_INFO_V1(mindgap_training_query);
PG_FUNCTION_INFO_V1(mindgap_train_model);

static char *
text_or_null(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

static char *
text_needed(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL", name)));
	return text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

static void
read_predictors(MgSourceRequest *request, FunctionCallInfo fcinfo, int arg)
{
	MgLabel    *labels;
	int			i;

	request->n_predictors = -1;
	if (PG_ARGISNULL(arg))
		return;
	labels = mg_arg_labels(fcinfo, arg, "predictors", &request->n_predictors);
	if (request->n_predictors == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("predictors must not be empty"),
				 errhint("Leave predictors out for every usable column.")));
	request->predictors = palloc(request->n_predictors * sizeof(char *));
	for (i = 0; i < request->n_predictors; i++)
		request->predictors[i] = pnstrdup(labels[i].s, labels[i].len);
}

static int
read_max_levels(FunctionCallInfo fcinfo, int arg)
{
	if (PG_ARGISNULL(arg) || PG_GETARG_INT32(arg) < 1 ||
		PG_GETARG_INT32(arg) > 10000)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_levels must be between 1 and 10000")));
	return PG_GETARG_INT32(arg);
}

static const MgChoice families[] = {{"gaussian", false}, {"binomial", true}};
static const MgChoice missings[] = {{"indicator", false}, {"strict", true}};

/*
 * The query whose rows train_model() summarises, and the names of the
 * elements of its x.
 */
Datum
mindgap_training_query(PG_FUNCTION_ARGS)
{
	MgSourceRequest request;
	MgSource   *source;
	MgTidy		tidy;
	Datum	   *names;
	MemoryContext context;
	int			i;

	mg_tidy_open_one(&tidy, fcinfo);
	context = CurrentMemoryContext;
	memset(&request, 0, sizeof(request));
	request.source = text_needed(fcinfo, 0, "source");
	request.outcome = text_needed(fcinfo, 1, "outcome");
	read_predictors(&request, fcinfo, 2);
	request.binomial = mg_arg_choice(fcinfo, 3, "family", families,
									 lengthof(families));
	request.weight = text_or_null(fcinfo, 4);
	request.person = text_or_null(fcinfo, 5);
	request.strict = mg_arg_choice(fcinfo, 6, "missing", missings,
								   lengthof(missings));
	request.max_levels = read_max_levels(fcinfo, 7);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	source = mg_source_read(&request);
	MemoryContextSwitchTo(context);
	if (source->n_variables == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no row to learn from"),
				 errdetail("Without rows that count, the columns of text have no levels.")));
	names = palloc(source->n_variables * sizeof(Datum));
	for (i = 0; i < source->n_variables; i++)
		names[i] = CStringGetTextDatum(source->variables[i].name);
	mg_tidy_text(&tidy, 0,
				 psprintf("SELECT %s AS outcome, %s AS x, %s AS weight, %s AS person FROM %s",
						  source->outcome, source->x,
						  source->weight ? source->weight : "'1'::pg_catalog.float8",
						  source->person ? source->person : "NULL::pg_catalog.int8",
						  source->item));
	tidy.nulls[1] = false;
	tidy.values[1] = PointerGetDatum(construct_array(names, source->n_variables,
													 TEXTOID, -1, false,
													 TYPALIGN_INT));
	SPI_finish();
	return mg_tidy_value(&tidy);
}

/* Runs a query that gives one row of one value, not NULL. */
static Datum
one_value(const char *query)
{
	bool		isnull;
	Datum		value;

	if (SPI_execute(query, true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "cannot read the source");
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						  &isnull);
	return isnull ? (Datum) 0 : value;
}

/* A prediction summary, or NULL where there are no rows. */
static Datum
summarise(const MgSource *source)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT mindgap.prediction_agg(%s, %s",
					 source->outcome, source->x);
	if (source->weight != NULL || source->person != NULL)
		appendStringInfo(&buf, ", %s", source->weight != NULL ? source->weight :
						 "'1'::pg_catalog.float8");
	if (source->person != NULL)
		appendStringInfo(&buf, ", %s", source->person);
	appendStringInfo(&buf, ") FROM %s", source->item);
	return one_value(buf.data);
}

/* Where the binomial family finds the rows again. */
static MgBinomialSource *
rows_of(const MgSource *source)
{
	MgBinomialSource *rows = palloc0(sizeof(MgBinomialSource));

	rows->source = source->item;
	rows->outcome = source->outcome;
	rows->x = source->x;
	rows->weight = source->weight;
	if (source->person != NULL)
		rows->fold = psprintf("mindgap.prediction_fold(%s)", source->person);
	return rows;
}

/* Columns, levels and kinds of the elements of x. */
static void
set_rows(MgFitRows *rows, const MgSource *source)
{
	int			n = source->n_variables;
	int			i;

	rows->column = palloc((n + 1) * sizeof(char *));
	rows->level = palloc0((n + 1) * sizeof(char *));
	rows->kind = palloc0((n + 1) * sizeof(int32));
	for (i = 0; i < n; i++)
	{
		const MgSourceVariable *v = &source->variables[i];
		const MgSourceColumn *c = &source->columns[v->column];

		rows->column[i] = (char *) c->name;
		if (v->level < 0)
			rows->kind[i] = c->kind == MG_COLUMN_YEARS ? MG_INPUT_YEARS :
				MG_INPUT_NUMBER;
		else if (v->level == c->n_levels)
			rows->kind[i] = MG_INPUT_MISSING;
		else
		{
			rows->kind[i] = MG_INPUT_LEVEL;
			rows->level[i] = c->levels[v->level];
		}
	}
}

/* An array of text; an element may be NULL. */
static Datum
text_array(char **names, int n)
{
	Datum	   *items = palloc((n + 1) * sizeof(Datum));
	bool	   *nulls = palloc((n + 1) * sizeof(bool));
	int			lower = 1;
	int			i;

	for (i = 0; i < n; i++)
	{
		nulls[i] = names[i] == NULL;
		items[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(names[i]);
	}
	return PointerGetDatum(construct_md_array(items, nulls, 1, &n, &lower,
											  TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
variable_names(const MgSource *source)
{
	char	  **names = palloc((source->n_variables + 1) * sizeof(char *));
	int			i;

	for (i = 0; i < source->n_variables; i++)
		names[i] = source->variables[i].name;
	return text_array(names, source->n_variables);
}

/* The column whose indicators a variable is one of, or NULL. */
static Datum
factor_names(const MgSource *source)
{
	char	  **names = palloc0((source->n_variables + 1) * sizeof(char *));
	int			i;

	for (i = 0; i < source->n_variables; i++)
	{
		if (source->variables[i].level >= 0)
			names[i] = (char *) source->columns[source->variables[i].column].name;
	}
	return text_array(names, source->n_variables);
}

static void
notice_names(const char *what, char **names, int n)
{
	if (n > 0)
		ereport(NOTICE, (errmsg("%s: %s", what, mg_source_names(names, n))));
}

/* {"variable": {"category": strength, ...}, ...} */
static char *
links_text(const MgSource *source, const MgSourceCategories *c)
{
	StringInfoData buf;
	bool		first = true;
	int			i;
	int			k;

	initStringInfo(&buf);
	for (i = 0; i < source->n_variables; i++)
	{
		const double *strength = c->strength +
			(Size) source->variables[i].column * c->n;
		bool		linked = false;

		for (k = 0; k < c->n; k++)
		{
			if (strength[k] == 0)
				continue;
			appendStringInfoString(&buf, linked ? ", " : first ? "{" : "}, ");
			if (!linked)
			{
				escape_json(&buf, source->variables[i].name);
				appendStringInfoString(&buf, ": {");
			}
			escape_json(&buf, c->name[k]);
			appendStringInfo(&buf, ": %s",
							 DatumGetCString(DirectFunctionCall1(float8out,
																 Float8GetDatum(strength[k]))));
			linked = true;
			first = false;
		}
	}
	appendStringInfoString(&buf, first ? "{}" : "}}");
	return buf.data;
}

/*
 * Categories by variable, as prediction_fit takes them; says which predictors
 * have none, and which columns are no predictors.
 */
static Datum
links_of(const MgSource *source, Jsonb *json)
{
	MgSourceCategories *c = mg_source_categories(source, json);
	char	  **without = palloc((source->n_columns + 1) * sizeof(char *));
	char	  **unused = palloc((source->n_columns + 1) * sizeof(char *));
	int			n_without = 0;
	int			n_unused = 0;
	int			i;
	int			k;

	for (i = 0; i < source->n_columns; i++)
	{
		bool		linked = false;

		for (k = 0; k < c->n; k++)
			linked = linked || c->strength[(Size) i * c->n + k] > 0;
		if (source->columns[i].predictor && !linked)
			without[n_without++] = (char *) source->columns[i].name;
		else if (linked && !source->columns[i].predictor)
			unused[n_unused++] = (char *) source->columns[i].name;
	}
	notice_names("without a category, so of average importance", without,
				 n_without);
	notice_names("in a category but not a predictor", unused, n_unused);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(links_text(source, c)));
}

/* The level of a column that the others imply. */
static bool
is_first_level(const MgSource *source, int i)
{
	return source->variables[i].level == 0;
}

/*
 * The variables of the columns that are always in.  All levels of a column
 * but its first: together they would be the intercept.
 */
static Datum
always_variables(const MgSource *source, FunctionCallInfo fcinfo, int arg)
{
	char	  **names = palloc((source->n_variables + 1) * sizeof(char *));
	MgLabel    *labels;
	int			n_labels;
	int			n = 0;
	int			i;
	int			j;

	labels = mg_arg_labels(fcinfo, arg, "always_in", &n_labels);
	for (i = 0; i < n_labels; i++)
	{
		char	   *name = pnstrdup(labels[i].s, labels[i].len);
		int			column = mg_source_column(source, name);

		if (column < 0 || !source->columns[column].predictor)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("always_in names \"%.64s\", which is not a predictor",
							name)));
		for (j = 0; j < source->n_variables; j++)
		{
			if (source->variables[j].column == column &&
				!is_first_level(source, j))
				names[n++] = source->variables[j].name;
		}
	}
	return text_array(names, n);
}

/* Positions of the arguments. */
enum
{
	TRAIN_SOURCE,
	TRAIN_OUTCOME,
	TRAIN_PREDICTORS,
	TRAIN_CATEGORIES,
	TRAIN_PANEL,
	TRAIN_SCALE_MAX,
	TRAIN_FAMILY,
	TRAIN_WEIGHT,
	TRAIN_PERSON,
	TRAIN_MISSING,
	TRAIN_MAX_LEVELS,
	TRAIN_ALWAYS_IN,
	TRAIN_DESIGN_EFFECT,
	TRAIN_OVERRULE,
	TRAIN_OTHER_PANELS,
	TRAIN_OTHER_SCALE_MAX,
	TRAIN_WEIGHTS,
	TRAIN_BUDGET,
	TRAIN_LEARN,
	TRAIN_CROSS_VALIDATE,
	TRAIN_POOL,
	TRAIN_OVERRULE_SD
};

/* Those that prediction_fit has too. */
static const struct
{
	int			from;
	int			to;
}			shared[] = {
	{TRAIN_PANEL, ARG_PANEL},
	{TRAIN_SCALE_MAX, ARG_SCALE_MAX},
	{TRAIN_FAMILY, ARG_FAMILY},
	{TRAIN_DESIGN_EFFECT, ARG_DESIGN_EFFECT},
	{TRAIN_OVERRULE, ARG_OVERRULE},
	{TRAIN_OTHER_PANELS, ARG_OTHER_PANELS},
	{TRAIN_OTHER_SCALE_MAX, ARG_OTHER_SCALE_MAX},
	{TRAIN_WEIGHTS, ARG_WEIGHTS},
	{TRAIN_BUDGET, ARG_BUDGET},
	{TRAIN_LEARN, ARG_LEARN},
	{TRAIN_CROSS_VALIDATE, ARG_CROSS_VALIDATE},
	{TRAIN_POOL, ARG_POOL},
	{TRAIN_OVERRULE_SD, ARG_OVERRULE_SD},
	{TRAIN_OUTCOME, ARG_OUTCOME}
};

static void
put(FunctionCallInfo call, int arg, Datum value)
{
	call->args[arg].value = value;
	call->args[arg].isnull = false;
}

static bool
is_empty_object(Jsonb *json)
{
	return JB_ROOT_IS_OBJECT(json) && JB_ROOT_COUNT(json) == 0;
}

/* A call of prediction_fit, but for the summary. */
static void
set_call(FunctionCallInfo call, const MgSource *source,
		 FunctionCallInfo fcinfo)
{
	int			i;

	for (i = 0; i < MG_PREDICTION_FIT_ARGS; i++)
		call->args[i].isnull = true;
	for (i = 0; i < lengthof(shared); i++)
		call->args[shared[i].to] = fcinfo->args[shared[i].from];
	if ((PG_ARGISNULL(TRAIN_CATEGORIES) ||
		 is_empty_object(PG_GETARG_JSONB_P(TRAIN_CATEGORIES))) &&
		!(PG_ARGISNULL(TRAIN_PANEL) && PG_ARGISNULL(TRAIN_OTHER_PANELS)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a panel needs categories"),
				 errhint("Say which columns belong to what it voted on: categories => '{\"money\": [\"income\", \"debt\"]}'.")));
	put(call, ARG_SIGMA_SHAPE, Float8GetDatum(0));
	put(call, ARG_SIGMA_SCALE, Float8GetDatum(0));
	put(call, ARG_VARIABLES, variable_names(source));
	put(call, ARG_FACTORS, factor_names(source));
	if (!PG_ARGISNULL(TRAIN_CATEGORIES))
		put(call, ARG_LINKS, links_of(source, PG_GETARG_JSONB_P(TRAIN_CATEGORIES)));
	if (!PG_ARGISNULL(TRAIN_ALWAYS_IN))
		put(call, ARG_ALWAYS_IN, always_variables(source, fcinfo, TRAIN_ALWAYS_IN));
}

/* All that reads rows by queries with levels in them. */
static MgModel *
fit_rows(FunctionCallInfo call, MgFitRows *rows, const MgSource *source)
{
	MemoryContext context = CurrentMemoryContext;
	MgModel    *volatile model = NULL;
	Datum		summary;

	PG_TRY();
	{
		summary = summarise(source);
		if (DatumGetPointer(summary) != NULL)
		{
			put(call, ARG_SUMMARY, summary);
			model = mg_prediction_fit(call, rows);
		}
	}
	PG_CATCH();
	{
		mg_source_rethrow(context, source);
	}
	PG_END_TRY();
	return model;
}

static MgModel *
train(const MgSourceRequest *request, FunctionCallInfo fcinfo)
{
	LOCAL_FCINFO(call, MG_PREDICTION_FIT_ARGS);
	MgSource   *source = mg_source_read(request);
	MgFitRows	rows = {0};
	MgModel    *model = NULL;

	if (source->n_variables > 0)
	{
		InitFunctionCallInfoData(*call, NULL, MG_PREDICTION_FIT_ARGS,
								 InvalidOid, NULL, NULL);
		set_rows(&rows, source);
		set_call(call, source, fcinfo);
		if (request->binomial)
			rows.binomial = rows_of(source);
		model = fit_rows(call, &rows, source);
	}
	if (model == NULL)
	{
		ereport(NOTICE,
				(errmsg("no model: the source has no row to learn from")));
		return NULL;
	}
	mg_model_add_option(model, "missing", request->strict ? "strict" : "indicator");
	if (request->weight != NULL)
		mg_model_add_option(model, "weight", request->weight);
	if (request->person != NULL)
		mg_model_add_option(model, "person", request->person);
	return model;
}

Datum
mindgap_train_model(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	MgSourceRequest request;
	MgModel    *model;
	Datum		value = (Datum) 0;

	memset(&request, 0, sizeof(request));
	request.source = text_needed(fcinfo, TRAIN_SOURCE, "source");
	request.outcome = text_needed(fcinfo, TRAIN_OUTCOME, "outcome");
	read_predictors(&request, fcinfo, TRAIN_PREDICTORS);
	request.binomial = mg_arg_choice(fcinfo, TRAIN_FAMILY, "family", families,
									 lengthof(families));
	request.weight = text_or_null(fcinfo, TRAIN_WEIGHT);
	request.person = text_or_null(fcinfo, TRAIN_PERSON);
	request.strict = mg_arg_choice(fcinfo, TRAIN_MISSING, "missing", missings,
								   lengthof(missings));
	request.max_levels = read_max_levels(fcinfo, TRAIN_MAX_LEVELS);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	model = train(&request, fcinfo);
	if (model != NULL)
		value = SPI_datumTransfer(mg_model_value(model), false, -1);
	SPI_finish();
	MemoryContextSwitchTo(context);
	if (model == NULL)
		PG_RETURN_NULL();
	return value;
}

/*-------------------------------------------------------------------------
 *
 * train_model.c
 *		From a table or query to a prediction model, in one call.
 *
 * Levels of columns are values of rows, and stand as literals in the queries
 * that read the rows.  Errors of these queries are therefore passed on without
 * their context, which would print the query.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "io/tidy.h"
#include "prediction/training.h"

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

/* A number as outcome of the binomial family is 0 or 1 on every row. */
static void
check_yes_or_no(const MgSource *source)
{
	if (DatumGetBool(one_value(psprintf("SELECT EXISTS (SELECT FROM %s WHERE (%s) OPERATOR(pg_catalog.<>) ALL "
										"('{0,1}'::pg_catalog.float8[]))",
										source->item, source->outcome))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("outcome must be boolean, 0 or 1 for family binomial"),
				 errdetail("A row has another number."),
				 errhint("Write a condition in a query passed as source, such as score >= 4.")));
}

static MgPredictionSummary *
summarise(const MgSource *source)
{
	StringInfoData buf;
	Datum		summary;

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT mindgap.prediction_agg(%s, %s",
					 source->outcome, source->x);
	if (source->weight != NULL || source->person != NULL)
		appendStringInfo(&buf, ", %s", source->weight != NULL ? source->weight :
						 "'1'::pg_catalog.float8");
	if (source->person != NULL)
		appendStringInfo(&buf, ", %s", source->person);
	appendStringInfo(&buf, ") FROM %s", source->item);
	summary = one_value(buf.data);
	if (DatumGetPointer(summary) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no row to learn from"),
				 errdetail("The source has no rows.")));
	return mg_prediction_open(summary);
}

/* Where the binomial family finds the rows again. */
static MgBinomialSource *
rows_of(const MgSource *source)
{
	MgBinomialSource *rows = palloc0(sizeof(MgBinomialSource));

	rows->source = source->item;
	rows->outcome = psprintf("((%s) OPERATOR(pg_catalog.=) '1'::pg_catalog.float8)",
							 source->outcome);
	rows->x = source->x;
	rows->weight = source->weight;
	if (source->person != NULL)
		rows->fold = psprintf("mindgap.prediction_fold(%s)", source->person);
	return rows;
}

/* Names, columns, levels and kinds of the elements of x. */
static void
set_inputs(MgTraining *t, const MgSource *source)
{
	int			n = source->n_variables;
	int			i;

	t->n_x = n;
	t->name = palloc((n + 1) * sizeof(char *));
	t->column = palloc((n + 1) * sizeof(char *));
	t->level = palloc0((n + 1) * sizeof(char *));
	t->kind = palloc0((n + 1) * sizeof(int32));
	t->factor = palloc((n + 1) * sizeof(int));
	for (i = 0; i < n; i++)
	{
		const MgSourceVariable *v = &source->variables[i];
		const MgSourceColumn *c = &source->columns[v->column];

		t->name[i] = v->name;
		t->column[i] = (char *) c->name;
		t->factor[i] = v->level < 0 ? -1 : v->column;
		if (v->level < 0)
			t->kind[i] = c->kind == MG_COLUMN_YEARS ? MG_INPUT_YEARS : MG_INPUT_NUMBER;
		else if (v->level < c->n_levels)
		{
			t->kind[i] = MG_INPUT_LEVEL;
			t->level[i] = c->levels[v->level];
		}
		else
			t->kind[i] = MG_INPUT_MISSING;
	}
}

static void
set_categories(MgTraining *t, const MgSource *source, Jsonb *json)
{
	MgSourceCategories *c = mg_source_categories(source, json);
	bool	   *used = palloc0(source->n_columns + 1);
	char	  **unused = palloc((source->n_columns + 1) * sizeof(char *));
	int			n_unused = 0;
	int			i;
	int			j;

	t->n_categories = c->n;
	t->category = c->name;
	t->strength = palloc(((Size) t->n_x * c->n + 1) * sizeof(double));
	for (i = 0; i < t->n_x; i++)
	{
		used[source->variables[i].column] = true;
		memcpy(t->strength + (Size) i * c->n,
			   c->strength + (Size) source->variables[i].column * c->n,
			   c->n * sizeof(double));
	}
	for (i = 0; i < source->n_columns; i++)
	{
		for (j = 0; j < c->n && !used[i]; j++)
		{
			if (c->strength[(Size) i * c->n + j] > 0)
			{
				unused[n_unused++] = (char *) source->columns[i].name;
				break;
			}
		}
	}
	if (n_unused > 0)
		ereport(NOTICE,
				(errmsg("categories name columns that are not predictors: %s",
						mg_source_names(unused, n_unused))));
}

static void
set_always_in(MgTraining *t, const MgSource *source, FunctionCallInfo fcinfo,
			  int arg)
{
	MgLabel    *labels;
	int			n;
	int			i;
	int			j;

	if (PG_ARGISNULL(arg))
		return;
	labels = mg_arg_labels(fcinfo, arg, "always_in", &n);
	if (t->family == MG_BINOMIAL && n > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("always_in is for family gaussian"),
				 errhint("Leave it out: with many rows a variable that matters is hardly shrunk.")));
	t->always_in = palloc0(t->n_x + 1);
	for (i = 0; i < n; i++)
	{
		bool		found = false;

		for (j = 0; j < t->n_x; j++)
		{
			if (strlen(t->column[j]) == labels[i].len &&
				memcmp(t->column[j], labels[i].s, labels[i].len) == 0)
				found = t->always_in[j] = true;
		}
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("always_in names \"%.*s\", which is not a predictor",
							Min(labels[i].len, 64), labels[i].s)));
	}
}

static double
read_design_effect(FunctionCallInfo fcinfo, int arg)
{
	double		deff = PG_ARGISNULL(arg) ? NAN : PG_GETARG_FLOAT8(arg);

	if (!(deff > 0) || isinf(deff))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("design_effect must be finite and above 0")));
	return deff;
}

/* Positions of the arguments. */
enum
{
	ARG_SOURCE, ARG_OUTCOME, ARG_PREDICTORS, ARG_CATEGORIES, ARG_PANEL,
	ARG_SCALE_MAX, ARG_FAMILY, ARG_WEIGHT, ARG_PERSON, ARG_MISSING,
	ARG_MAX_LEVELS, ARG_ALWAYS_IN, ARG_OVERRULE, ARG_DESIGN_EFFECT, ARG_POOL
};

static const MgChoice pools[] = {{"log", true}, {"linear", false}};

static void
set_panel(MgTraining *t, FunctionCallInfo fcinfo)
{
	bool		log_pool = mg_arg_choice(fcinfo, ARG_POOL, "pool", pools,
										 lengthof(pools));

	if (PG_ARGISNULL(ARG_PANEL))
		return;
	t->panels = palloc0(sizeof(MgTrainingPanel));
	t->n_panels = 1;
	t->panels[0].name = "panel";
	t->panels[0].votes = PG_GETARG_DATUM(ARG_PANEL);
	t->panels[0].scale_max = PG_ARGISNULL(ARG_SCALE_MAX) ? NAN :
		PG_GETARG_FLOAT8(ARG_SCALE_MAX);
	t->panels[0].log_pool = log_pool;
	if (t->n_categories == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a panel needs categories"),
				 errhint("Say which columns belong to the categories it voted on: categories => '{\"category\": [\"column\"]}'.")));
}

/* Raises an error again, without the query that it came from. */
static void
rethrow_without_query(MemoryContext context)
{
	ErrorData  *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	error->context = NULL;
	error->internalquery = NULL;
	error->internalpos = 0;
	ReThrowError(error);
}

/* All that reads rows by queries with levels in them. */
static MgModel *
read_rows(MgTraining *t, const MgSource *source)
{
	MemoryContext context = CurrentMemoryContext;
	MgModel    *volatile model = NULL;

	PG_TRY();
	{
		t->summary = summarise(source);
		model = mg_train(t);
	}
	PG_CATCH();
	{
		rethrow_without_query(context);
	}
	PG_END_TRY();
	return model;
}

static MgModel *
train(const MgSourceRequest *request, FunctionCallInfo fcinfo)
{
	MgSource   *source = mg_source_read(request);
	MgTraining	t;
	MgModel    *model;

	memset(&t, 0, sizeof(t));
	t.family = request->binomial ? MG_BINOMIAL : MG_GAUSSIAN;
	t.design_effect = read_design_effect(fcinfo, ARG_DESIGN_EFFECT);
	t.overrule = PG_ARGISNULL(ARG_OVERRULE) || PG_GETARG_BOOL(ARG_OVERRULE);
	set_inputs(&t, source);
	if (!PG_ARGISNULL(ARG_CATEGORIES))
		set_categories(&t, source, PG_GETARG_JSONB_P(ARG_CATEGORIES));
	set_panel(&t, fcinfo);
	set_always_in(&t, source, fcinfo, ARG_ALWAYS_IN);
	if (request->binomial)
	{
		check_yes_or_no(source);
		t.rows = rows_of(source);
	}
	model = read_rows(&t, source);
	model->outcome = (char *) request->outcome;
	mg_model_add_option(model, "missing", request->strict ? "strict" : "indicator");
	mg_model_add_option(model, "weight", request->weight ? request->weight : "");
	mg_model_add_option(model, "person", request->person ? request->person : "");
	return model;
}

Datum
mindgap_train_model(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	MgSourceRequest request;
	Datum		value = (Datum) 0;

	memset(&request, 0, sizeof(request));
	request.source = text_needed(fcinfo, ARG_SOURCE, "source");
	request.outcome = text_needed(fcinfo, ARG_OUTCOME, "outcome");
	read_predictors(&request, fcinfo, ARG_PREDICTORS);
	request.binomial = mg_arg_choice(fcinfo, ARG_FAMILY, "family", families,
									 lengthof(families));
	request.weight = text_or_null(fcinfo, ARG_WEIGHT);
	request.person = text_or_null(fcinfo, ARG_PERSON);
	request.strict = mg_arg_choice(fcinfo, ARG_MISSING, "missing", missings,
								   lengthof(missings));
	request.max_levels = read_max_levels(fcinfo, ARG_MAX_LEVELS);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	value = SPI_datumTransfer(mg_model_value(train(&request, fcinfo)), false, -1);
	SPI_finish();
	MemoryContextSwitchTo(context);
	return value;
}

/*-------------------------------------------------------------------------
 *
 * train_model.c
 *		From a table or query to a prediction model, in one call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "io/tidy.h"
#include "prediction/source.h"

PG_FUNCTION_INFO_V1(mindgap_training_query);

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

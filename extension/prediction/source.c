/*-------------------------------------------------------------------------
 *
 * source.c
 *		Reads what a source has: columns, their types, their levels.
 *
 * A column is a number (integers, numeric, real, double precision), a date or
 * timestamp in decimal years, or it has levels (boolean, text, enum): then
 * every level is an indicator, without a reference level, and so is NULL where
 * it occurs.  Levels are those of counted rows, whose outcome is known and
 * whose weight is above 0.  Everything is read as the caller, under the
 * snapshot of the caller's query.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

#include "prediction/source.h"

#define MOST_NAMED	10			/* names in a hint */

/* "a, b, c", no more than the first ten */
char *
mg_source_names(char **names, int n)
{
	StringInfoData buf;
	int			i;

	initStringInfo(&buf);
	for (i = 0; i < Min(n, MOST_NAMED); i++)
		appendStringInfo(&buf, "%s%.64s", i == 0 ? "" : ", ", names[i]);
	if (n > MOST_NAMED)
		appendStringInfo(&buf, " and %d more", n - MOST_NAMED);
	return buf.data;
}

static MgColumnKind
kind_of(Oid type)
{
	char		category;
	bool		preferred;

	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return MG_COLUMN_NUMBER;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return MG_COLUMN_YEARS;
		case BOOLOID:
			return MG_COLUMN_BOOLEAN;
	}
	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_STRING || category == TYPCATEGORY_ENUM ?
		MG_COLUMN_TEXT : MG_COLUMN_UNUSABLE;
}

/* The columns of the source, as PostgreSQL describes its query. */
static void
describe(MgSource *source)
{
	SPIPlanPtr	plan = SPI_prepare(psprintf("SELECT * FROM %s", source->item),
								   0, NULL);
	CachedPlanSource *cached;
	TupleDesc	desc;
	int			i;
	int			j;

	if (plan == NULL || list_length(SPI_plan_get_plan_sources(plan)) != 1)
		elog(ERROR, "cannot describe the source");
	cached = (CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan));
	desc = cached->resultDesc;
	source->n_columns = desc->natts;
	source->columns = palloc0((desc->natts + 1) * sizeof(MgSourceColumn));
	source->predictors = palloc((desc->natts + 1) * sizeof(int));
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		MgSourceColumn *column = &source->columns[i];

		column->name = pstrdup(NameStr(attribute->attname));
		column->type = getBaseType(attribute->atttypid);
		column->kind = kind_of(column->type);
		for (j = 0; j < i; j++)
		{
			if (strcmp(source->columns[j].name, column->name) == 0)
				column->repeated = source->columns[j].repeated = true;
		}
	}
	SPI_freeplan(plan);
}

/* The index of a column, -1: there is none of that name. */
int
mg_source_column(const MgSource *source, const char *name)
{
	int			i;

	for (i = 0; i < source->n_columns; i++)
	{
		if (strcmp(source->columns[i].name, name) == 0)
			return i;
	}
	return -1;
}

static MgSourceColumn *
column_for(const MgSource *source, const char *name, const char *role)
{
	int			i = mg_source_column(source, name);

	if (i < 0)
	{
		char	  **names = palloc((source->n_columns + 1) * sizeof(char *));

		for (i = 0; i < source->n_columns; i++)
			names[i] = (char *) source->columns[i].name;
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the source has no column \"%.64s\"", name),
				 errdetail("It is named as %s.", role),
				 errhint("Its columns are: %s.",
						 mg_source_names(names, source->n_columns))));
	}
	if (source->columns[i].repeated)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("the source has more than one column \"%.64s\"", name),
				 errhint("Name them apart in the query.")));
	return &source->columns[i];
}

static void
wrong_type(const MgSourceColumn *column, const char *role, const char *wanted,
		   const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("%s \"%.64s\" must be %s", role, column->name, wanted),
			 errdetail("It is of type %s.", format_type_be(column->type)),
			 errhint("%s", hint)));
}

static char *
outcome_value(const MgSource *source, const MgSourceRequest *request)
{
	MgSourceColumn *column = column_for(source, request->outcome, "outcome");

	if (column->kind == MG_COLUMN_BOOLEAN && !request->binomial)
		wrong_type(column, "outcome", "a number for family gaussian",
				   "For a yes or no outcome pass family => 'binomial'.");
	if (column->kind != MG_COLUMN_NUMBER && column->kind != MG_COLUMN_BOOLEAN)
		wrong_type(column, "outcome",
				   request->binomial ? "boolean, or a number that is 0 or 1" : "a number",
				   "Cast it in a query passed as source.");
	return mg_source_value(column, -1);
}

static char *
weight_value(const MgSource *source, const MgSourceRequest *request)
{
	MgSourceColumn *column;

	if (request->weight == NULL)
		return NULL;
	column = column_for(source, request->weight, "weight");
	if (column->kind != MG_COLUMN_NUMBER)
		wrong_type(column, "weight", "a number",
				   "Cast it in a query passed as source.");
	return mg_source_value(column, -1);
}

static char *
person_value(const MgSource *source, const MgSourceRequest *request)
{
	MgSourceColumn *column;
	const char *name;

	if (request->person == NULL)
		return NULL;
	column = column_for(source, request->person, "person");
	name = quote_identifier(column->name);
	switch (column->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return psprintf("source.%s::pg_catalog.int8", name);
		case UUIDOID:
			return psprintf("mindgap.key(source.%s::pg_catalog.uuid)", name);
	}
	if (column->kind != MG_COLUMN_TEXT)
		wrong_type(column, "person", "an integer, text or uuid",
				   "Cast it to text in a query passed as source.");
	return psprintf("mindgap.key(%s)", mg_source_level_text(column));
}

/* Outcome, weight and person are not predictors. */
static bool
has_a_role(const MgSourceRequest *request, const char *name)
{
	return strcmp(name, request->outcome) == 0 ||
		(request->weight != NULL && strcmp(name, request->weight) == 0) ||
		(request->person != NULL && strcmp(name, request->person) == 0);
}

static void
choose(MgSource *source, MgSourceColumn *column)
{
	column->predictor = true;
	source->predictors[source->n_predictors++] = column - source->columns;
}

static void
choose_named(MgSource *source, const MgSourceRequest *request)
{
	int			i;

	for (i = 0; i < request->n_predictors; i++)
	{
		MgSourceColumn *column = column_for(source, request->predictors[i],
											"predictor");

		if (has_a_role(request, column->name))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%.64s\" cannot be a predictor", column->name),
					 errdetail("It is the outcome, the weight or the person.")));
		if (column->predictor)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("predictors name \"%.64s\" more than once",
							column->name)));
		if (column->kind == MG_COLUMN_UNUSABLE)
			wrong_type(column, "predictor",
					   "a number, a date or timestamp, boolean, text or an enum",
					   "Turn it into one of these in a query passed as source, or leave it out.");
		choose(source, column);
	}
}

static void
choose_usable(MgSource *source, const MgSourceRequest *request)
{
	char	  **unusable = palloc((source->n_columns + 1) * sizeof(char *));
	int			n_unusable = 0;
	int			i;

	for (i = 0; i < source->n_columns; i++)
	{
		MgSourceColumn *column = &source->columns[i];

		if (has_a_role(request, column->name))
			continue;
		if (column->kind == MG_COLUMN_UNUSABLE)
			unusable[n_unusable++] = psprintf("%s (%s)", column->name,
											  format_type_be(column->type));
		else
			choose(source, column_for(source, column->name, "predictor"));
	}
	if (n_unusable > 0)
		ereport(NOTICE,
				(errmsg("left out, for their types cannot be predictors: %s",
						mg_source_names(unusable, n_unusable))));
}

static bool
has_levels(const MgSourceColumn *column)
{
	return column->predictor &&
		(column->kind == MG_COLUMN_BOOLEAN || column->kind == MG_COLUMN_TEXT);
}

/*
 * All levels of all columns by one query, no more than max_levels + 1 a
 * column: sorted bytewise, NULL last.  Returns NULL where no column has any.
 */
static char *
levels_query(const MgSource *source, int max_levels)
{
	StringInfoData buf;
	int			n = 0;
	int			i;

	initStringInfo(&buf);
	appendStringInfoString(&buf,
						   "SELECT i, l FROM (SELECT i, l, pg_catalog.row_number() "
						   "OVER (PARTITION BY i ORDER BY l) AS r FROM "
						   "(SELECT level.i, level.l FROM ");
	appendStringInfo(&buf, "%s, LATERAL (VALUES ", source->item);
	for (i = 0; i < source->n_columns; i++)
	{
		if (has_levels(&source->columns[i]))
			appendStringInfo(&buf, "%s('%d'::pg_catalog.int4, (%s) COLLATE pg_catalog.\"C\")",
							 n++ == 0 ? "" : ", ", i,
							 mg_source_level_text(&source->columns[i]));
	}
	appendStringInfo(&buf, ") AS level(i, l) WHERE (%s) IS NOT NULL",
					 source->outcome);
	if (source->weight != NULL)
		appendStringInfo(&buf, " AND %s OPERATOR(pg_catalog.>) '0'::pg_catalog.float8",
						 source->weight);
	appendStringInfo(&buf,
					 " GROUP BY level.i, level.l) AS seen) AS ranked WHERE r OPERATOR(pg_catalog.<=) "
					 "'%d'::pg_catalog.int8 ORDER BY i, r", max_levels + 1);
	return n == 0 ? NULL : buf.data;
}

/*
 * In PG_CATCH: raises an error of a query over the rows again, without the
 * query, which may hold levels.  A number too large for float8 stands in
 * PostgreSQL's message, so that one gives way to ours.
 */
void
mg_source_rethrow(MemoryContext context, const MgSource *source)
{
	ErrorData  *error;
	int			element;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	error->context = NULL;
	error->internalquery = NULL;
	error->internalpos = 0;
	if (error->sqlerrcode == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE &&
		error->filename != NULL && strcmp(error->filename, "float.c") == 0)
	{
		error->message = pstrdup("a number of the source is out of the range of double precision");
		error->hint = pstrdup("Rescale or round the column in a query passed as source.");
	}
	/* whoever has columns does not know elements of x */
	if (error->detail != NULL &&
		sscanf(error->detail, "Its element %d is not.", &element) == 1 &&
		element >= 1 && element <= source->n_variables)
		error->detail = psprintf("Column \"%.64s\" is not.",
								 source->columns[source->variables[element - 1].column].name);
	ReThrowError(error);
}

static void
read_levels(MgSource *source, const MgSourceRequest *request)
{
	char	   *query = levels_query(source, request->max_levels);
	MemoryContext context = CurrentMemoryContext;
	volatile int result = 0;
	uint64		row;

	if (query == NULL)
		return;
	PG_TRY();
	{
		result = SPI_execute(query, true, 0);
	}
	PG_CATCH();
	{
		mg_source_rethrow(context, source);
	}
	PG_END_TRY();
	if (result != SPI_OK_SELECT)
		elog(ERROR, "cannot read the levels of the source");
	for (row = 0; row < SPI_processed; row++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[row];
		bool		isnull;
		int			i = DatumGetInt32(SPI_getbinval(tuple, SPI_tuptable->tupdesc,
													1, &isnull));
		MgSourceColumn *column = &source->columns[i];
		char	   *level = SPI_getvalue(tuple, SPI_tuptable->tupdesc, 2);

		CHECK_FOR_INTERRUPTS();
		if (level == NULL)
		{
			column->missing_level = !request->strict;
			continue;
		}
		if (column->levels == NULL)
			column->levels = MemoryContextAlloc(context, (request->max_levels + 1) *
												sizeof(char *));
		column->levels[column->n_levels++] = MemoryContextStrdup(context, level);
		pfree(level);
	}
	SPI_freetuptable(SPI_tuptable);
	MemoryContextSwitchTo(context);
}

/* Names and notes are no categories: too many levels, and the column goes. */
static void
leave_out_many_levels(MgSource *source, const MgSourceRequest *request)
{
	char	  **names = palloc((source->n_columns + 1) * sizeof(char *));
	int			n = 0;
	int			kept = 0;
	int			i;

	for (i = 0; i < source->n_predictors; i++)
	{
		MgSourceColumn *column = &source->columns[source->predictors[i]];

		if (column->n_levels <= request->max_levels)
		{
			source->predictors[kept++] = source->predictors[i];
			continue;
		}
		if (request->n_predictors >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("predictor \"%.64s\" has more than %d levels",
							column->name, request->max_levels),
					 errhint("Group its levels in a query passed as source, or raise max_levels.")));
		column->predictor = false;
		names[n++] = (char *) column->name;
	}
	source->n_predictors = kept;
	if (n > 0)
		ereport(NOTICE,
				(errmsg("left out, for they have more than %d levels: %s",
						request->max_levels, mg_source_names(names, n)),
				 errhint("Name the predictors and raise max_levels to use them.")));
}

static void
add_variable(MgSource *source, int column, int level, char *name)
{
	MgSourceVariable *variable = &source->variables[source->n_variables++];

	variable->column = column;
	variable->level = level;
	variable->name = name;
}

static int
compare_variables(const void *a, const void *b)
{
	return strcmp((*(const MgSourceVariable *const *) a)->name,
				  (*(const MgSourceVariable *const *) b)->name);
}

/*
 * "a" with the level "b = c" and "a = b" with the level "c" would be one
 * name.  Levels are not printed.
 */
static void
check_variables(const MgSource *source)
{
	int			n = source->n_variables;
	const MgSourceVariable **sorted = palloc((n + 1) * sizeof(MgSourceVariable *));
	int			i;

	for (i = 0; i < n; i++)
		sorted[i] = &source->variables[i];
	qsort(sorted, n, sizeof(MgSourceVariable *), compare_variables);
	for (i = 1; i < n; i++)
	{
		if (compare_variables(&sorted[i - 1], &sorted[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("columns \"%.64s\" and \"%.64s\" make variables of the same name",
							source->columns[Min(sorted[i - 1]->column, sorted[i]->column)].name,
							source->columns[Max(sorted[i - 1]->column, sorted[i]->column)].name),
					 errhint("Rename one of them in a query passed as source.")));
	}
	pfree(sorted);
}

static void
list_variables(MgSource *source)
{
	int			most = 0;
	int			i;
	int			level;

	for (i = 0; i < source->n_predictors; i++)
		most += source->columns[source->predictors[i]].n_levels + 1;
	source->variables = palloc((most + 1) * sizeof(MgSourceVariable));
	for (i = 0; i < source->n_predictors; i++)
	{
		int			at = source->predictors[i];
		MgSourceColumn *column = &source->columns[at];

		if (!has_levels(column))
			add_variable(source, at, -1, pstrdup(column->name));
		else if (column->n_levels == 0)
			ereport(NOTICE,
					(errmsg("left out, for it has no value: %s", column->name)));
		for (level = 0; level < column->n_levels; level++)
			add_variable(source, at, level, psprintf("%s = %s", column->name,
													 column->levels[level]));
		if (column->missing_level && column->n_levels > 0)
			add_variable(source, at, column->n_levels,
						 psprintf("%s missing", column->name));
	}
	if (source->n_predictors == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("nothing to predict from"),
				 errdetail("The source has no usable column beside the outcome, the weight and the person.")));
}

static char *
array_of_x(const MgSource *source, bool strict)
{
	StringInfoData buf;
	int			i;

	initStringInfo(&buf);
	for (i = 0; strict && i < source->n_predictors; i++)
		appendStringInfo(&buf, "%s source.%s IS NOT NULL",
						 i == 0 ? "CASE WHEN" : " AND",
						 quote_identifier(source->columns[source->predictors[i]].name));
	appendStringInfoString(&buf, strict ? " THEN ARRAY[" : "ARRAY[");
	for (i = 0; i < source->n_variables; i++)
		appendStringInfo(&buf, "%s%s", i == 0 ? "" : ", ",
						 mg_source_value(&source->columns[source->variables[i].column],
										 source->variables[i].level));
	appendStringInfoString(&buf, strict ? "] END" : "]");
	return buf.data;
}

/* One column has one role. */
static void
check_roles(const char *first, const char *second, const char *roles)
{
	if (first != NULL && second != NULL && strcmp(first, second) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%.64s\" cannot be %s", first, roles)));
}

MgSource *
mg_source_read(const MgSourceRequest *request)
{
	MgSource   *source = palloc0(sizeof(MgSource));

	check_roles(request->outcome, request->weight,
				"both the outcome and the weight");
	check_roles(request->outcome, request->person,
				"both the outcome and the person");
	check_roles(request->weight, request->person,
				"both the weight and the person");
	source->item = mg_source_item(request->source);
	describe(source);
	source->outcome = outcome_value(source, request);
	source->weight = weight_value(source, request);
	source->person = person_value(source, request);
	if (request->n_predictors < 0)
		choose_usable(source, request);
	else
		choose_named(source, request);
	read_levels(source, request);
	leave_out_many_levels(source, request);
	list_variables(source);
	check_variables(source);
	source->x = array_of_x(source, request->strict);
	return source;
}

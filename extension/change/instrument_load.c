/*-------------------------------------------------------------------------
 *
 * instrument_load.c
 *		The table of instrument definitions: reading, listing, checking.
 *
 * Definitions are read once a call site and kept, parsed, with it (fn_extra).
 * A statement trigger of the table sends a relation cache invalidation, so
 * that any change, by whomever, makes call sites read again; they read under
 * the snapshot of their query, so a change by others does not show up halfway
 * through a query.  The table is read as the caller.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "change/instrument.h"
#include "io/tidy.h"

#define MOST_KEPT	16
#define MOST_NAMED	100

PG_FUNCTION_INFO_V1(mindgap_instrument);
PG_FUNCTION_INFO_V1(mindgap_instruments);
PG_FUNCTION_INFO_V1(mindgap_instrument_methods);
PG_FUNCTION_INFO_V1(mindgap_instrument_check);
PG_FUNCTION_INFO_V1(mindgap_instrument_changed);

/* Names compare without regard to (ASCII) case. */
#define ONE_DEFINITION \
	"SELECT definition, tableoid FROM mindgap.instrument_definition " \
	"WHERE pg_catalog.lower(name COLLATE pg_catalog.\"C\") " \
	"OPERATOR(pg_catalog.=) pg_catalog.lower($1 COLLATE pg_catalog.\"C\")"
#define ALL_DEFINITIONS \
	"SELECT definition, name FROM mindgap.instrument_definition " \
	"ORDER BY name COLLATE pg_catalog.\"C\""

typedef struct Kept
{
	MgInstrument *ins;
	char	   *asked;			/* the name as the call writes it */
	int			len;
} Kept;

typedef struct Cache
{
	MemoryContext context;		/* of what is kept, reset when it is stale */
	uint64		generation;
	int			n;
	Kept		kept[MOST_KEPT];
} Cache;

/* Counts the changes of the table that this backend has heard of. */
static uint64 generation = 0;
static Oid	definition_table = InvalidOid;
static bool listening = false;

static void
table_changed(Datum arg, Oid relid)
{
	if (relid == InvalidOid || relid == definition_table)
		generation++;
}

static void
unknown_instrument(const char *name)
{
	StringInfoData list;
	uint64		i;

	initStringInfo(&list);
	SPI_execute(ALL_DEFINITIONS, true, MOST_NAMED);
	for (i = 0; i < SPI_processed; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ",
						 SPI_getvalue(SPI_tuptable->vals[i],
									  SPI_tuptable->tupdesc, 2));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown instrument \"%.64s\"", name),
			 list.len == 0 ? errhint("None is defined.") :
			 errhint("It is one of: %s.", list.data)));
}

/* The text of a definition, in the caller's memory context. */
static char *
definition_of(text *name)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {PointerGetDatum(name)};
	char	   *definition;
	bool		isnull;

	SPI_connect();
	if (SPI_execute_with_args(ONE_DEFINITION, 1, types, values, NULL, true,
							  1) != SPI_OK_SELECT)
		elog(ERROR, "cannot read the table of instruments");
	if (SPI_processed == 0)
		unknown_instrument(text_to_cstring(name));
	definition_table = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0],
													  SPI_tuptable->tupdesc,
													  2, &isnull));
	definition = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	definition = MemoryContextStrdup(context, definition);
	SPI_finish();
	return definition;
}

static void
forget(Cache *cache)
{
	MemoryContextReset(cache->context);
	cache->n = 0;
	cache->generation = generation;
}

static const MgInstrument *
keep(Cache *cache, text *name)
{
	MemoryContext old;
	char	   *definition = definition_of(name);
	Kept	   *kept;

	if (cache->n == MOST_KEPT)
		forget(cache);
	old = MemoryContextSwitchTo(cache->context);
	kept = &cache->kept[cache->n];
	kept->ins = mg_instrument_parse(definition);
	kept->len = (int) VARSIZE_ANY_EXHDR(name);
	kept->asked = palloc(kept->len + 1);
	memcpy(kept->asked, VARDATA_ANY(name), kept->len);
	cache->n++;
	MemoryContextSwitchTo(old);
	pfree(definition);
	return kept->ins;
}

/* The instrument that an argument names; it lives until the next call. */
const MgInstrument *
mg_arg_instrument(FunctionCallInfo fcinfo, int arg)
{
	Cache	   *cache = (Cache *) fcinfo->flinfo->fn_extra;
	text	   *name;
	int			i;

	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("instrument must not be NULL"),
				 errhint("mindgap.instruments() lists the instruments.")));
	name = PG_GETARG_TEXT_PP(arg);
	if (cache == NULL)
	{
		if (!listening)
			CacheRegisterRelcacheCallback(table_changed, (Datum) 0);
		listening = true;
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Cache));
		cache->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt,
											   "mindgap instruments",
											   ALLOCSET_SMALL_SIZES);
		cache->generation = generation;
		fcinfo->flinfo->fn_extra = cache;
	}
	if (cache->generation != generation)
		forget(cache);
	for (i = 0; i < cache->n; i++)
	{
		if (cache->kept[i].len == VARSIZE_ANY_EXHDR(name) &&
			memcmp(cache->kept[i].asked, VARDATA_ANY(name),
				   cache->kept[i].len) == 0)
			return cache->kept[i].ins;
	}
	return keep(cache, name);
}

/* A definition as it is stored. */
Datum
mindgap_instrument(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(definition_of(PG_GETARG_TEXT_PP(0))));
}

static Datum
texts(const MgScale *scales, int n)
{
	Datum	   *elements = palloc((n + 1) * sizeof(Datum));
	int			i;

	for (i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(scales[i].name);
	return PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

static void
put(MgTidy *tidy, int column, Datum value)
{
	tidy->nulls[column] = false;
	tidy->values[column] = value;
}

/* Range, direction and first cut-off: four columns. */
static void
put_range(MgTidy *tidy, int column, const MgScale *scale)
{
	mg_tidy_double(tidy, column, scale->lowest);
	mg_tidy_double(tidy, column + 1, scale->highest);
	mg_tidy_text(tidy, column + 2, scale->better ? "better" : "worse");
	if (scale->n_cutoffs > 0)
		mg_tidy_double(tidy, column + 3, scale->cutoffs[0].value);
}

/* One row an instrument; the range is that of the first method. */
Datum
mindgap_instruments(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MemoryContext context;
	uint64		i;

	mg_tidy_open_rows(&tidy, fcinfo);
	SPI_connect();
	if (SPI_execute(ALL_DEFINITIONS, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "cannot read the table of instruments");
	context = AllocSetContextCreate(CurrentMemoryContext, "mindgap instruments",
									ALLOCSET_DEFAULT_SIZES);
	for (i = 0; i < SPI_processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(context);
		MgInstrument *ins;

		CHECK_FOR_INTERRUPTS();
		ins = mg_instrument_parse(SPI_getvalue(SPI_tuptable->vals[i],
											   SPI_tuptable->tupdesc, 1));
		mg_tidy_text(&tidy, 0, ins->name);
		mg_tidy_text(&tidy, 1, ins->version);
		mg_tidy_text(&tidy, 2, ins->label);
		put(&tidy, 3, Int32GetDatum(ins->n_items));
		put(&tidy, 4, texts(ins->scales, ins->n_scales));
		mg_tidy_text(&tidy, 7, ins->better ? "better" : "worse");
		if (ins->n_methods > 0)
			put_range(&tidy, 5, &ins->scales[0]);
		mg_tidy_text(&tidy, 9, ins->source);
		mg_tidy_row(&tidy);
		MemoryContextSwitchTo(old);
		MemoryContextReset(context);
	}
	SPI_finish();
	return (Datum) 0;
}

/* Cut-offs or bands in one line: 0 minimal, 5 mild */
static char *
marks_text(const MgMark *marks, int n)
{
	StringInfoData buf;
	int			i;

	if (n == 0)
		return NULL;
	initStringInfo(&buf);
	for (i = 0; i < n; i++)
	{
		appendStringInfoString(&buf, i == 0 ? "" : ", ");
		appendStringInfoString(&buf,
							   DatumGetCString(DirectFunctionCall1(float8out,
																   Float8GetDatum(marks[i].value))));
		appendStringInfo(&buf, " %s", marks[i].label);
	}
	return buf.data;
}

/* One row a method or subscale of an instrument. */
Datum
mindgap_instrument_methods(PG_FUNCTION_ARGS)
{
	const MgInstrument *ins = mg_instrument_parse(definition_of(PG_GETARG_TEXT_PP(0)));
	MgTidy		tidy;
	int			i;

	mg_tidy_open_rows(&tidy, fcinfo);
	for (i = 0; i < ins->n_scales; i++)
	{
		const MgScale *scale = &ins->scales[i];
		int			n = scale->n_items;
		int			j;

		for (j = 0; j < scale->n_parts; j++)
			n += ins->scales[scale->parts[j]].n_items;
		mg_tidy_text(&tidy, 0, scale->name);
		mg_tidy_text(&tidy, 1, scale->label);
		put(&tidy, 2, Int32GetDatum(n));
		put_range(&tidy, 3, scale);
		mg_tidy_text(&tidy, 7, marks_text(scale->cutoffs, scale->n_cutoffs));
		mg_tidy_text(&tidy, 8, marks_text(scale->bands, scale->n_bands));
		if (scale->n_parts == 0)
			put(&tidy, 9, Int32GetDatum(scale->max_missing));
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

static int
column_of(TriggerData *trigger, const char *name, Oid type)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			column = SPI_fnumber(desc, name);

	if (column <= 0 || SPI_gettypeid(desc, column) != type)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this trigger belongs to the table of instruments")));
	return column;
}

/*
 * Before a row is written: the definition is valid, the name is its own, and
 * only the extension's scripts call an instrument shipped.
 */
Datum
mindgap_instrument_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	HeapTuple	row;
	MgInstrument *ins;
	Datum		value;
	Datum		values[2];
	int			columns[2];
	bool		nulls[2] = {false, false};
	bool		isnull;
	bool		shipped;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function is the trigger of a table")));
	desc = RelationGetDescr(trigger->tg_relation);
	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple :
		trigger->tg_trigtuple;
	columns[0] = column_of(trigger, "name", TEXTOID);
	columns[1] = column_of(trigger, "shipped", BOOLOID);

	value = SPI_getbinval(row, desc, column_of(trigger, "definition", JSONOID),
						  &isnull);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("definition must not be NULL")));
	ins = mg_instrument_parse(TextDatumGetCString(value));
	value = SPI_getbinval(row, desc, columns[0], &isnull);
	if (!isnull && strcmp(TextDatumGetCString(value), ins->name) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("name differs from the name in the definition"),
				 errhint("Leave the column out.")));
	value = SPI_getbinval(row, desc, columns[1], &isnull);
	shipped = !isnull && DatumGetBool(value);
	if (shipped && !creating_extension)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an instrument that the extension ships cannot be changed or added"),
				 errhint("Register your version under another name.")));
	values[0] = CStringGetTextDatum(ins->name);
	values[1] = BoolGetDatum(shipped || creating_extension);
	return PointerGetDatum(heap_modify_tuple_by_cols(row, desc, 2, columns,
													 values, nulls));
}

/* After a statement: every session reads again. */
Datum
mindgap_instrument_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function is the trigger of a table")));
	CacheInvalidateRelcache(trigger->tg_relation);
	return PointerGetDatum(NULL);
}

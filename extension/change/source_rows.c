/*-------------------------------------------------------------------------
 *
 * source_rows.c
 *		Rows of numbers from a table or a query that a caller names.
 *
 * The query runs as the caller, read-only, through a cursor.  Columns are
 * taken by name, quoted; a source that begins with SELECT, WITH, VALUES,
 * TABLE or a parenthesis, comments apart, is a query, any other the name of a
 * table or view, written as in FROM.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/regproc.h"

#include "change/source_rows.h"
#include "io/json.h"

#define FETCH_ROWS	1000

/* Past blanks and comments, which may be nested. */
static const char *
after_comments(const char *s)
{
	for (;;)
	{
		while (isspace((unsigned char) *s))
			s++;
		if (s[0] == '-' && s[1] == '-')
			s += strcspn(s, "\r\n");
		else if (s[0] == '/' && s[1] == '*')
		{
			int			depth = 0;

			do
			{
				int			change = s[0] == '/' && s[1] == '*' ? 1 :
					s[0] == '*' && s[1] == '/' ? -1 : 0;

				depth += change;
				s += change != 0 ? 2 : 1;
			} while (depth > 0 && *s != '\0');
		}
		else
			return s;
	}
}

static bool
is_query(const char *source)
{
	static const char *const words[] = {"select", "with", "values", "table"};
	int			i;

	source = after_comments(source);
	if (*source == '(')
		return true;
	for (i = 0; i < lengthof(words); i++)
	{
		Size		len = strlen(words[i]);

		if (pg_strncasecmp(source, words[i], len) == 0 &&
			(isspace((unsigned char) source[len]) || source[len] == '(' ||
			 source[len] == '*' || source[len] == '\''))
			return true;
	}
	return false;
}

/* Without blanks and semicolons at its end. */
static int
query_length(const char *source)
{
	int			len = (int) strlen(source);

	while (len > 0 && (isspace((unsigned char) source[len - 1]) ||
					   source[len - 1] == ';'))
		len--;
	return len;
}

/* A table's name, looked up and quoted. */
static char *
table_name(const char *source)
{
	Oid			oid = DatumGetObjectId(DirectFunctionCall1(regclassin,
														   CStringGetDatum(source)));
	char	   *name = get_rel_name(oid);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("source names no table"),
				 errhint("Give the name of a table or view, or a query that begins with SELECT.")));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(oid)),
									  name);
}

static void
append_column(StringInfo sql, MgLabel column)
{
	appendStringInfo(sql, "%sq.%s", sql->len > 7 ? ", " : "",
					 quote_identifier(pnstrdup(column.s, column.len)));
}

static char *
query_text(const char *source, MgLabel outcome, const MgLabel *predictors,
		   int k, const MgLabel *weight)
{
	StringInfoData sql;
	int			i;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	append_column(&sql, outcome);
	for (i = 0; i < k; i++)
		append_column(&sql, predictors[i]);
	if (weight != NULL)
		append_column(&sql, *weight);
	/* The line break ends a comment at the end of the query. */
	if (is_query(source))
		appendStringInfo(&sql, " FROM (%.*s\n) AS q", query_length(source),
						 source);
	else
		appendStringInfo(&sql, " FROM %s AS q", table_name(source));
	return sql.data;
}

/* A boolean or a number as float8. */
static double
as_number(Datum d, Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return DatumGetBool(d) ? 1 : 0;
		case FLOAT8OID:
			return DatumGetFloat8(d);
		case FLOAT4OID:
			return DatumGetFloat4(d);
		case INT2OID:
			return DatumGetInt16(d);
		case INT4OID:
			return DatumGetInt32(d);
		case INT8OID:
			return (double) DatumGetInt64(d);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, d));
	}
	elog(ERROR, "type %u was not refused", type);
	return 0;
}

static void
check_type(Oid type, const char *column)
{
	if (type != BOOLOID && type != FLOAT8OID && type != FLOAT4OID &&
		type != INT2OID && type != INT4OID && type != INT8OID &&
		type != NUMERICOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" is neither a number nor boolean",
						mg_clip(column, strlen(column))),
				 errhint("Write indicators in a query, such as (region = 'north')::int AS north.")));
}

static void
check_number(double value, int column, int k, const char *name)
{
	if (column == 0)
	{
		if (value != 0 && value != 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("outcome must be boolean, or 0 and 1"),
					 errhint("Use NULL for missing values.")));
	}
	else if (column <= k)
	{
		if (!isfinite(value))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" must be finite",
							mg_clip(name, strlen(name))),
					 errhint("Use NULL for missing values.")));
	}
	else if (!(value >= 0) || isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must be finite and not negative"),
				 errhint("Use NULL or 0 for rows that do not count.")));
}

/* Makes room for more rows in the caller's memory. */
static int64
grow(MgSourceRows *rows, int64 room, bool weighted, MemoryContext cxt)
{
	MemoryContext old = MemoryContextSwitchTo(cxt);
	int64		more = Max(FETCH_ROWS, 2 * room);

	if (room == 0)
	{
		rows->y = palloc(more * sizeof(double));
		rows->x = palloc_extended((Size) more * (rows->k + 1) * sizeof(double),
								  MCXT_ALLOC_HUGE);
		rows->w = weighted ? palloc(more * sizeof(double)) : NULL;
	}
	else
	{
		rows->y = repalloc_huge(rows->y, more * sizeof(double));
		rows->x = repalloc_huge(rows->x,
								(Size) more * (rows->k + 1) * sizeof(double));
		if (weighted)
			rows->w = repalloc_huge(rows->w, more * sizeof(double));
	}
	MemoryContextSwitchTo(old);
	return more;
}

/* Adds a row; false when something in it is NULL. */
static bool
take_row(HeapTuple tuple, TupleDesc desc, const Oid *types, MgSourceRows *rows)
{
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		const char *name = NameStr(TupleDescAttr(desc, i)->attname);
		bool		isnull;
		Datum		d = SPI_getbinval(tuple, desc, i + 1, &isnull);
		double		value;

		if (isnull)
			return false;
		value = as_number(d, types[i]);
		check_number(value, i, rows->k, name);
		if (i == 0)
			rows->y[rows->n] = value;
		else if (i <= rows->k)
			rows->x[rows->n * rows->k + i - 1] = value;
		else
			rows->w[rows->n] = value;
	}
	return true;
}

static Oid *
column_types(TupleDesc desc)
{
	Oid		   *types = palloc(desc->natts * sizeof(Oid));
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		types[i] = getBaseType(TupleDescAttr(desc, i)->atttypid);
		check_type(types[i], NameStr(TupleDescAttr(desc, i)->attname));
	}
	return types;
}

/* Rows with a NULL are passed over. */
void
mg_read_source(const char *source, MgLabel outcome, const MgLabel *predictors,
			   int k, const MgLabel *weight, MgSourceRows *rows)
{
	MemoryContext cxt = CurrentMemoryContext;
	char	   *sql = query_text(source, outcome, predictors, k, weight);
	int64		room = 0;
	Portal		portal;
	SPIPlanPtr	plan;
	Oid		   *types = NULL;

	memset(rows, 0, sizeof(MgSourceRows));
	rows->k = k;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	plan = SPI_prepare(sql, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	for (;;)
	{
		uint64		i;

		SPI_cursor_fetch(portal, true, FETCH_ROWS);
		if (types == NULL)
			types = column_types(portal->tupDesc);
		if (SPI_processed == 0)
			break;
		for (i = 0; i < SPI_processed; i++)
		{
			if (rows->n >= room)
				room = grow(rows, room, weight != NULL, cxt);
			if (take_row(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, types, rows))
				rows->n++;
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	SPI_finish();
}

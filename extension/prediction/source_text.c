/*-------------------------------------------------------------------------
 *
 * source_text.c
 *		The SQL text that reads a source.
 *
 * A source is the name of a table (or of anything else that has rows), or one
 * SELECT, VALUES, TABLE or WITH, which goes into a subselect unchanged.  What
 * is not one such statement never gets that far: PostgreSQL's own parser says
 * what it is and where it ends.  Names and levels enter only through
 * quote_identifier() and quote_literal_cstr().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/parsenodes.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"

#include "core/compat.h"
#include "prediction/source.h"

#define SECONDS_A_YEAR	"31557600"	/* 365.25 days */

static const char *
after_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r' || *s == '\f')
		s++;
	return s;
}

/* Past an identifier, plain or quoted; NULL: there is none. */
static const char *
after_identifier(const char *s)
{
	const char *start = s;

	if (*s == '"')
	{
		for (s++;; s++)
		{
			if (*s == '\0')
				return NULL;
			if (*s != '"')
				continue;
			if (s[1] != '"')
				return s + 1;
			s++;
		}
	}
	while ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		   *s == '_' || IS_HIGHBIT_SET(*s) ||
		   (s > start && ((*s >= '0' && *s <= '9') || *s == '$')))
		s++;
	return s > start ? s : NULL;
}

/* name, or schema.name: everything else has to be a query */
static bool
is_name(const char *s)
{
	for (;;)
	{
		s = after_identifier(after_blanks(s));
		if (s == NULL)
			return false;
		s = after_blanks(s);
		if (*s == '\0')
			return true;
		if (*s++ != '.')
			return false;
	}
}

/*
 * Looked up once, so that it is the same table however often it is read;
 * locked, so that it stays.
 */
static char *
table_item(const char *text)
{
	RangeVar   *name = makeRangeVarFromNameList(mg_qualified_name_list(text));
	Oid			relid = RangeVarGetRelid(name, AccessShareLock, false);

	return psprintf("%s AS source",
					quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
											   get_rel_name(relid)));
}

static char *
query_item(const char *text)
{
	List	   *statements = pg_parse_query(text);
	RawStmt    *statement;
	int			length;

	if (list_length(statements) != 1 ||
		!IsA(linitial_node(RawStmt, statements)->stmt, SelectStmt))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("source must be the name of a table or one query"),
				 list_length(statements) == 1 ?
				 errdetail("It is a statement of another kind.") :
				 errdetail("It holds %d statements.", list_length(statements)),
				 errhint("Pass a name, such as survey.wave_9, or one SELECT.")));
	statement = linitial_node(RawStmt, statements);
	length = statement->stmt_len;
	if (length == 0)
		length = strlen(text) - statement->stmt_location;
	/* the line feed ends a comment that the text may end with */
	return psprintf("(%.*s\n) AS source", length,
					text +statement->stmt_location);
}

/* An item of FROM whose columns are those of the source. */
char *
mg_source_item(const char *text)
{
	return is_name(text) ? table_item(text) : query_item(text);
}

static char *
reference(const MgSourceColumn *column)
{
	return psprintf("source.%s", quote_identifier(column->name));
}

/*
 * The level of a column as text: just what to_jsonb() of the row says, so
 * that predict_row() finds it again.  A cast of char(n) would cut its blanks.
 */
char *
mg_source_level_text(const MgSourceColumn *column)
{
	if (column->type == BPCHAROID)
		return psprintf("CASE WHEN %s IS NOT NULL THEN pg_catalog.concat(%s) END",
						reference(column), reference(column));
	return psprintf("%s::pg_catalog.text", reference(column));
}

/* The value of a variable as float8. */
char *
mg_source_value(const MgSourceColumn *column, int level)
{
	if (column->kind == MG_COLUMN_YEARS)
		return psprintf("('1970'::pg_catalog.float8 OPERATOR(pg_catalog.+) "
						"(pg_catalog.date_part('epoch', %s) OPERATOR(pg_catalog./) "
						"'" SECONDS_A_YEAR "'::pg_catalog.float8))",
						reference(column));
	if (column->kind == MG_COLUMN_BOOLEAN && level < 0)
		return psprintf("%s::pg_catalog.int4::pg_catalog.float8",
						reference(column));
	if (level < 0)
		return psprintf("%s::pg_catalog.float8", reference(column));
	if (level < column->n_levels && column->kind == MG_COLUMN_BOOLEAN)
		return psprintf("CASE WHEN %s%s THEN '1'::pg_catalog.float8 "
						"ELSE '0'::pg_catalog.float8 END",
						strcmp(column->levels[level], "true") == 0 ? "" : "NOT ",
						reference(column));
	if (level == column->n_levels)
		return psprintf("CASE WHEN %s IS NULL THEN '1'::pg_catalog.float8 "
						"ELSE '0'::pg_catalog.float8 END",
						reference(column));
	return psprintf("CASE WHEN (%s) COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.=) "
					"%s::pg_catalog.text THEN '1'::pg_catalog.float8 "
					"ELSE '0'::pg_catalog.float8 END",
					mg_source_level_text(column),
					quote_literal_cstr(column->levels[level]));
}

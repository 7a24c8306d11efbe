/*-------------------------------------------------------------------------
 *
 * csv.c
 *		Files of comma-separated values, given as text.
 *
 * RFC 4180, and what programs make of it: a byte order mark, lines that end
 * in CR, LF or both, rows of unequal length.  White space around a cell is
 * dropped.  Cells are unquoted in place, in a copy of the file.  Errors name
 * the line, never what stands in it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "io/csv.h"

void
mg_csv_bad(int line, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("the file cannot be read"),
			 errdetail("Line %d: %s", line, detail),
			 hint != NULL ? errhint("%s", hint) : 0));
}

/* The delimiter of the first line: a comma, else a semicolon, else a tab. */
static char
first_delimiter(const char *s)
{
	static const char delimiters[] = ",;\t";
	const char *d;

	for (d = delimiters; *d != '\0'; d++)
	{
		bool		quoted = false;
		const char *p;

		for (p = s; *p != '\0' && (quoted || (*p != '\n' && *p != '\r')); p++)
		{
			if (*p == '"')
				quoted = !quoted;
			else if (*p == *d && !quoted)
				return *d;
		}
	}
	return ',';
}

void
mg_csv_open(MgCsv *csv, const text *content, bool find_delimiter)
{
	csv->next = text_to_cstring(content);
	if (strncmp(csv->next, "\xEF\xBB\xBF", 3) == 0)
		csv->next += 3;
	csv->delimiter = find_delimiter ? first_delimiter(csv->next) : ',';
	csv->next_line = 1;
	csv->line = 0;
	csv->n = 0;
	csv->room = 64;
	csv->cell = palloc(csv->room * sizeof(char *));
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Drops white space at both ends, in place. */
static char *
trim(char *start, char *end)
{
	while (start < end && is_space(*start))
		start++;
	while (end > start && is_space(end[-1]))
		end--;
	*end = '\0';
	return start;
}

/* Unquotes a cell that begins with a quote; *at moves behind it. */
static char *
quoted_cell(MgCsv *csv, char **at)
{
	char	   *p = *at + 1;
	char	   *start = p;
	char	   *to = p;

	for (;;)
	{
		if (*p == '\0')
			mg_csv_bad(csv->line, "A quotation mark is not closed.", NULL);
		if (*p == '"')
		{
			if (p[1] != '"')
				break;
			p++;
		}
		else if (*p == '\n' || (*p == '\r' && p[1] != '\n'))
			csv->next_line++;
		*to++ = *p++;
	}
	p++;
	while (*p == ' ')
		p++;
	if (*p != csv->delimiter && *p != '\n' && *p != '\r' && *p != '\0')
		mg_csv_bad(csv->next_line,
				   "Something stands behind a closing quotation mark.", NULL);
	*at = p;
	/* at or before the closing mark, so that nothing unread is lost */
	return trim(start, to);
}

/* Reads a row; false: there is none. */
bool
mg_csv_next(MgCsv *csv)
{
	char	   *p = csv->next;

	csv->n = 0;
	csv->line = csv->next_line;
	if (*p == '\0')
		return false;
	CHECK_FOR_INTERRUPTS();
	for (;;)
	{
		char	   *start = p;
		char	   *cell;
		char		end;

		while (*p == ' ' && csv->delimiter != ' ')
			p++;
		if (*p == '"')
		{
			cell = quoted_cell(csv, &p);
			end = *p;
		}
		else
		{
			while (*p != csv->delimiter && *p != '\n' && *p != '\r' &&
				   *p != '\0')
				p++;
			end = *p;
			cell = trim(start, p);
		}
		if (csv->n == csv->room)
			csv->cell = repalloc(csv->cell,
								 (csv->room *= 2) * sizeof(char *));
		csv->cell[csv->n++] = cell;
		if (end == '\0')
			break;
		p++;
		if (end == csv->delimiter)
			continue;
		if (end == '\r' && *p == '\n')
			p++;
		csv->next_line++;
		break;
	}
	csv->next = p;
	return true;
}

/* Has the row no cell with anything in it? */
bool
mg_csv_blank(const MgCsv *csv)
{
	int			i;

	for (i = 0; i < csv->n; i++)
	{
		if (csv->cell[i][0] != '\0')
			return false;
	}
	return true;
}

/* A cell; "" where the row ends before it, or i is negative. */
const char *
mg_csv_cell(const MgCsv *csv, int i)
{
	return i >= 0 && i < csv->n ? csv->cell[i] : "";
}

/*-------------------------------------------------------------------------
 *
 * terms.c
 *		Terms of a regression as tidy rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "change/terms.h"

/* The names of the columns of x: as given, or x1, x2, .. */
MgLabel *
mg_arg_terms(FunctionCallInfo fcinfo, int arg, int k)
{
	MgLabel    *names;
	int			n;
	int			i;

	if (!PG_ARGISNULL(arg))
	{
		names = mg_arg_labels(fcinfo, arg, "names", &n);
		if (n != k)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("names must have one name for each element of x"),
					 errdetail("There are %d names and %d elements.", n, k)));
		return names;
	}
	names = palloc((k + 1) * sizeof(MgLabel));
	for (i = 0; i < k; i++)
	{
		names[i].s = psprintf("x%d", i + 1);
		names[i].len = (int32) strlen(names[i].s);
	}
	return names;
}

/*
 * Puts estimate, std_error, statistic, df, p_value, conf_low, conf_high and
 * status, the first of them in this column.
 */
void
mg_put_term(MgTidy *tidy, int column, const MgInference *r)
{
	mg_tidy_double(tidy, column, r->estimate);
	mg_tidy_double(tidy, column + 1, r->std_error);
	mg_tidy_double(tidy, column + 2,
				   r->std_error > 0 ? r->estimate / r->std_error : NAN);
	mg_tidy_double(tidy, column + 3, r->df);
	mg_tidy_double(tidy, column + 4, r->p_value);
	mg_tidy_double(tidy, column + 5, r->conf_low);
	mg_tidy_double(tidy, column + 6, r->conf_high);
	mg_tidy_text(tidy, column + 7, r->status);
}

const char *
mg_column_status(MgColumn column)
{
	switch (column)
	{
		case MG_COLUMN_CONSTANT:
			return "constant";
		case MG_COLUMN_COLLINEAR:
			return "collinear";
		case MG_COLUMN_USED:
			break;
	}
	return "ok";
}

/* A row for a term without estimate. */
void
mg_put_empty_term(MgTidy *tidy, MgLabel name, const char *status)
{
	mg_tidy_text_len(tidy, 0, name.s, name.len);
	mg_tidy_text(tidy, MG_TERM_COLUMNS, status);
	mg_tidy_row(tidy);
}

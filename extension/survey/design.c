/*-------------------------------------------------------------------------
 *
 * design.c
 *		What a survey summary was made from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "io/expanded.h"
#include "survey/survey.h"

PG_FUNCTION_INFO_V1(mindgap_survey_design);

Datum
mindgap_survey_design(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgView		v;
	MgTotals	t;
	int64		rows = 0;
	int32		i;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	mg_survey_open(PG_GETARG_DATUM(0), &v);
	mg_totals(&v, &t);
	for (i = 0; i < v.head->n_strata; i++)
		rows += v.strata[i].n_rows;
	mg_tidy_int64(&tidy, 0, v.head->n_strata);
	mg_tidy_int64(&tidy, 1, v.head->n_psus);
	mg_tidy_int64(&tidy, 2, rows);
	mg_tidy_int64(&tidy, 3, t.all_n);
	mg_tidy_int64(&tidy, 4, t.all_missing);
	mg_tidy_int64(&tidy, 5, v.head->n_skipped);
	mg_tidy_int64(&tidy, 6, v.head->n_groups);
	mg_tidy_int64(&tidy, 7, (int64) v.head->n_cells + v.head->n_rowcells);
	mg_tidy_int64(&tidy, 8, (int64) mg_survey_size(v.head));
	return mg_tidy_value(&tidy);
}

/*-------------------------------------------------------------------------
 *
 * design.c
 *		What a prediction summary was made from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "core/standardise.h"
#include "io/prediction_summary.h"
#include "io/tidy.h"
#include "prediction/gram.h"

PG_FUNCTION_INFO_V1(mindgap_prediction_design);

Datum
mindgap_prediction_design(PG_FUNCTION_ARGS)
{
	MgPredictionSummary *s = mg_prediction_open(PG_GETARG_DATUM(0));
	const MgFold *f = mg_prediction_first_fold(s);
	double		sum_w = 0;
	double		sum_w2 = 0;
	MgTidy		tidy;
	int			i;

	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
	{
		sum_w += mg_fold_moments(f)->sum_w;
		sum_w2 += mg_fold_moments(f)->sum_w2;
	}
	mg_tidy_open_one(&tidy, fcinfo);
	mg_tidy_int64(&tidy, 0, mg_prediction_rows(s));
	mg_tidy_int64(&tidy, 1, s->n_skipped);
	mg_tidy_double(&tidy, 2, sum_w);
	mg_tidy_double(&tidy, 3, s->n_folds > 0 ? sum_w / sum_w2 * sum_w : 0);
	mg_tidy_int64(&tidy, 4, s->n_folds);
	if (s->dim > 0)
		mg_tidy_int64(&tidy, 5, s->dim - 1);
	mg_tidy_int64(&tidy, 6, s->n_indicators);
	mg_tidy_text(&tidy, 7, s->n_folds == 0 ? "no_rows" :
				 !(sum_w2 > 0) ? "weights_out_of_range" :
				 s->n_folds == 1 ? "no_cross_validation" : "ok");
	PG_RETURN_DATUM(mg_tidy_value(&tidy));
}

PG_FUNCTION_INFO_V1(mindgap_prediction_folds);

/* prediction_folds(summary): rows by fold */
Datum
mindgap_prediction_folds(PG_FUNCTION_ARGS)
{
	MgPredictionSummary *s = mg_prediction_open(PG_GETARG_DATUM(0));
	const MgFold *f = mg_prediction_first_fold(s);
	MgTidy		tidy;
	int			i;

	mg_tidy_open_rows(&tidy, fcinfo);
	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
	{
		mg_tidy_int64(&tidy, 0, f->number);
		mg_tidy_int64(&tidy, 1, mg_fold_moments(f)->n);
		mg_tidy_double(&tidy, 2, mg_fold_moments(f)->sum_w);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

/* One column of the imputed data. */
static void
column_row(MgTidy *tidy, const MgPredictionMoments *m, int j, int64 element,
		   const char *kind, int64 n_missing)
{
	Size		q = m->p + 1;
	double		sd = mg_column_sd(m->M[j * q + j], m->sum_w, m->mean[j]);
	double		y_sd = mg_column_sd(m->M[q * q - 1], m->sum_w, m->mean[m->p]);
	const char *status = "ok";

	mg_tidy_clear(tidy);
	if (element > 0)
		mg_tidy_int64(tidy, 0, element);
	mg_tidy_text(tidy, 1, kind);
	mg_tidy_int64(tidy, 2, n_missing);
	mg_tidy_double(tidy, 3, m->mean[j]);
	mg_tidy_double(tidy, 4, sd);
	if (element > 0 && n_missing == m->n)
	{
		tidy->nulls[3] = tidy->nulls[4] = strcmp(kind, "variable") == 0;
		status = "all_missing";
	}
	else if (sd == 0)
		status = "constant";
	else if (y_sd == 0)
		status = "outcome_constant";
	else if (element > 0)
	{
		double		r = m->M[j * q + m->p] / m->sum_w / sd / y_sd;

		mg_tidy_double(tidy, 5, Max(-1, Min(1, r)));
	}
	mg_tidy_text(tidy, 6, status);
	mg_tidy_row(tidy);
}

PG_FUNCTION_INFO_V1(mindgap_prediction_columns);

/* prediction_columns(summary): the outcome, x, the indicators */
Datum
mindgap_prediction_columns(PG_FUNCTION_ARGS)
{
	MgPredictionSummary *s = mg_prediction_open(PG_GETARG_DATUM(0));
	MgPredictionMoments *m = mg_prediction_moments(s, -1, -1, NULL);
	MgPredictionLayout *layout = mg_prediction_layout(s);
	MgTidy		tidy;
	int			j;

	mg_tidy_open_rows(&tidy, fcinfo);
	if (m == NULL)
		return (Datum) 0;
	column_row(&tidy, m, m->p, 0, "outcome", 0);
	for (j = 0; j < m->p; j++)
		column_row(&tidy, m, j, layout->parent[j] + 1,
				   j < m->n_x ? "variable" : "indicator",
				   layout->n_missing[j]);
	return (Datum) 0;
}

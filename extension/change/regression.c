/*-------------------------------------------------------------------------
 *
 * regression.c
 *		Linear regression from moments: ordinary and weighted least squares.
 *
 * With m the weighted means and A the centred co-moments of (y, x):
 *
 *		b = Axx^-1 Axy				intercept = my - mx'b
 *		s2 = (Ayy - b'Axy) / df		df = n - rank - 1
 *		V(b) = s2 Axx^-1			V(intercept) = s2 (1/W + mx' Axx^-1 mx)
 *
 * These are the classical errors; the weights are taken for precisions, as
 * R's lm(weights =) takes them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "change/terms.h"
#include "core/linearise.h"
#include "io/moments_summary.h"

static void
put_term(MgTidy *tidy, MgLabel name, double estimate, double var, int64 df,
		 double level)
{
	MgInference r = {0};

	strcpy(r.status, "ok");
	r.estimate = estimate;
	mg_infer(&r, var, false, df, level, 0);
	mg_tidy_text_len(tidy, 0, name.s, name.len);
	mg_put_term(tidy, 1, &r);
	mg_tidy_row(tidy);
}

/* Raw weighted sums of squares of the outcome and of each x. */
static double *
raw_squares(const MgMoments *m)
{
	double	   *square = palloc((m->dim + 1) * sizeof(double));
	int			j;

	for (j = 0; j < m->dim; j++)
	{
		double		mean = mg_moments_mean_of(m, j);

		square[j] = m->sum_w * mean * mean;
	}
	return square;
}

/* regression(summary, names, level) */
PG_FUNCTION_INFO_V1(mindgap_regression_moments);

Datum
mindgap_regression_moments(PG_FUNCTION_ARGS)
{
	static const MgLabel intercept = {"(Intercept)", 11};
	MgTidy		tidy;
	MgMomentsSummary *s;
	MgMoments  *m;
	MgLabel    *names;
	MgLeastSquares fit;
	double		level;
	double	   *at_zero;
	double		value;
	double		s2;
	int64		df;
	int			k;
	int			i;

	mg_tidy_open_rows(&tidy, fcinfo);
	level = mg_arg_level(fcinfo, 2);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	s = mg_moments_summary_open(PG_GETARG_DATUM(0));
	m = mg_summary_moments(s);
	k = Max(m->dim - 1, 0);
	names = mg_arg_terms(fcinfo, 1, k);
	if (m->n == 0)
	{
		mg_put_empty_term(&tidy, intercept, "no_data");
		for (i = 0; i < k; i++)
			mg_put_empty_term(&tidy, names[i], "no_data");
		return (Datum) 0;
	}

	mg_least_squares(mg_moments_triangle(m), k, raw_squares(m), &fit);
	df = m->n - fit.rank - 1;
	s2 = df > 0 ? fit.rss / df : NAN;
	at_zero = palloc0((k + 1) * sizeof(double));
	value = mg_moments_mean(m)[0];
	for (i = 0; i < k; i++)
	{
		at_zero[i] = -mg_moments_mean_of(m, i + 1);
		value += fit.b[i] * at_zero[i];
	}
	put_term(&tidy, intercept, value + mg_moments_shift(m)[0],
			 s2 * (1 / m->sum_w +
				   mg_least_squares_form(&fit, fit.inverse, at_zero)),
			 df, level);
	for (i = 0; i < k; i++)
	{
		int			r;

		if (fit.column[i] != MG_COLUMN_USED)
		{
			mg_put_empty_term(&tidy, names[i],
							  mg_column_status(fit.column[i]));
			continue;
		}
		for (r = 0; fit.used[r] != i; r++)
			;
		put_term(&tidy, names[i], fit.b[i],
				 s2 * fit.inverse[(Size) r * fit.rank + r], df, level);
	}
	return (Datum) 0;
}

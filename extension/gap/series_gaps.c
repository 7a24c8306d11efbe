/*-------------------------------------------------------------------------
 *
 * series_gaps.c
 *		Gaps wave by wave, and their trend.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "gap/gap.h"
#include "io/series.h"
#include "survey/trend.h"

/* series_gaps(series, measure, compare, reference, ... as gap) */
PG_FUNCTION_INFO_V1(mindgap_series_gaps);

Datum
mindgap_series_gaps(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgSeriesView series;
	MgGapCall	call;
	const MgMeasure *m;
	int			w;

	mg_tidy_open_rows(&tidy, fcinfo);
	m = mg_arg_measure(fcinfo, 1);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_series_open(PG_GETARG_DATUM(0), &series);
	if (series.n == 0)
		return (Datum) 0;
	mg_gap_open(&call, fcinfo, series.pointers, series.n, 2);
	for (w = 0; w < series.n; w++)
	{
		MgInference r = {0};
		bool		there;

		CHECK_FOR_INTERRUPTS();
		mg_gap_rows_of(&call, w, &m, 1, &r, &there);
		mg_tidy_double(&tidy, 0, series.years[w]);
		mg_gap_put_row(&tidy, &call, w, m, &r, there, 1);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

typedef struct GapTrendCall
{
	const MgGapCall *call;
	const MgMeasure *m;
} GapTrendCall;

static void
replicate_wave_gaps(const MgTotals *totals, void *arg, double *theta)
{
	const GapTrendCall *g = (const GapTrendCall *) arg;
	MgGapCall	call = *g->call;
	int			w;

	call.totals = (MgTotals *) totals;
	for (w = 0; w < call.n_views; w++)
	{
		theta[w] = NAN;
		(void) mg_gap_value(g->m, &call, w, &theta[w]);
		if (g->m->traits & MG_LOG_SCALE)
			theta[w] = log(theta[w]);
	}
}

/*
 * gap_trend(series, measure, compare, reference, ... as gap, method); of
 * measures that are ratios, the trend of the logarithm
 */
PG_FUNCTION_INFO_V1(mindgap_gap_trend);

Datum
mindgap_gap_trend(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgSeriesView series;
	MgGapCall	call;
	MgTrend		t;
	GapTrendCall waves;
	const MgMeasure *m;
	char		note[MG_STATUS_SIZE];
	bool		gls;
	int			w;

	mg_tidy_open_rows(&tidy, fcinfo);
	m = mg_arg_measure(fcinfo, 1);
	gls = mg_arg_gls(fcinfo, 11);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_series_open(PG_GETARG_DATUM(0), &series);
	if (series.n == 0)
		return (Datum) 0;
	mg_gap_open(&call, fcinfo, series.pointers, series.n, 2);
	mg_trend_start(&t, &series, false);
	t.level = call.level;
	t.lonely = call.lonely;
	t.gls = gls;
	waves.call = &call;
	waves.m = m;
	t.estimator = replicate_wave_gaps;
	t.estimator_arg = &waves;
	t.totals = call.totals;
	mg_gap_status(m, &call, note);
	for (w = 0; w < series.n; w++)
	{
		int			n = call.totals[w].n_groups;
		const char *problem;
		double		value;
		int32		i;

		CHECK_FOR_INTERRUPTS();
		problem = mg_gap_value(m, &call, w, &value);
		if (problem != NULL)
		{
			mg_trend_leave_out(&t, problem);
			continue;
		}
		t.years[t.n] = series.years[w];
		t.wave[t.n] = w;
		t.value[t.n] = m->traits & MG_LOG_SCALE ? log(value) : value;
		t.dy[t.n] = palloc0((n + 1) * sizeof(double));
		t.dw[t.n] = palloc0((n + 1) * sizeof(double));
		t.in[t.n] = palloc0((n + 1) * sizeof(bool));
		mg_gap_gradient(m, &call, w, 1, 1, 0, t.dy[t.n], t.dw[t.n]);
		t.own[t.n] = mg_gap_table_variance(m, &call, w);
		for (i = 0; i < n; i++)
			t.in[t.n][i] = t.dy[t.n][i] != 0 || t.dw[t.n][i] != 0;
		t.n++;
	}
	for (w = 0; w < t.n && !(m->needs & MG_NEEDS_PAIR); w++)
	{
		int			i;

		for (i = 0; i < call.u.n; i++)
		{
			if ((call.u.index[t.wave[w]][i] < 0) !=
				(call.u.index[t.wave[0]][i] < 0))
				mg_status_add(note, "subgroups_differ_between_waves");
		}
	}
	if (m->traits & MG_LOG_SCALE)
		mg_status_add(note, "log_scale");
	mg_trend_put(&t, &tidy, strcmp(note, "ok") == 0 ? NULL : note);
	return (Datum) 0;
}

/*-------------------------------------------------------------------------
 *
 * series.c
 *		Building survey series, and estimates wave by wave.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "io/expanded.h"
#include "io/series.h"
#include "survey/survey.h"

/* The state, which is flat and ours; NULL where there is none yet. */
static MgSeries *
series_state(FunctionCallInfo fcinfo)
{
	struct varlena *state;

	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function is a part of an aggregate and cannot be called by itself"),
				 errhint("Call mindgap.survey_series_agg.")));
	if (PG_ARGISNULL(0))
		return NULL;
	state = (struct varlena *) PG_GETARG_POINTER(0);
	if (!VARATT_IS_4B_U(state))
		state = (struct varlena *) PG_DETOAST_DATUM_COPY(PointerGetDatum(state));
	return (MgSeries *) state;
}

/* (state, years, summary) */
PG_FUNCTION_INFO_V1(mindgap_series_accum);

Datum
mindgap_series_accum(PG_FUNCTION_ARGS)
{
	MgSeries   *s = series_state(fcinfo);
	MgView		v;
	double		years;

	if (PG_ARGISNULL(2))
	{
		/* a wave without rows */
		if (s == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(s);
	}
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("years must not be NULL"),
				 errhint("Give the time of the wave, such as 2018.5.")));
	years = PG_GETARG_FLOAT8(1);
	if (!isfinite(years))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("years must be finite"),
				 errhint("Give the time of the wave, such as 2018.5.")));
	mg_survey_open(PG_GETARG_DATUM(2), &v);
	if (s == NULL)
		s = mg_series_create();
	if (s->n_waves > 0)
		mg_check_same_kind(mg_wave_summary(mg_first_wave(s))->flags, v.head->flags);
	PG_RETURN_POINTER(mg_series_append(s, years, v.head));
}

/* (state, series): rollup's transition, and the combine function */
PG_FUNCTION_INFO_V1(mindgap_series_combine);

Datum
mindgap_series_combine(PG_FUNCTION_ARGS)
{
	MgSeries   *s = series_state(fcinfo);
	MgSeries   *b;
	const MgWave *w;
	int32		i;

	if (PG_ARGISNULL(1))
	{
		if (s == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(s);
	}
	b = (MgSeries *) PG_DETOAST_DATUM(PG_GETARG_DATUM(1));
	mg_series_check(b, VARSIZE(b));
	if (s == NULL)
		s = mg_series_create();
	w = mg_first_wave(b);
	for (i = 0; i < b->n_waves; i++, w = mg_next_wave(w))
	{
		if (s->n_waves > 0)
			mg_check_same_kind(mg_wave_summary(mg_first_wave(s))->flags,
							   mg_wave_summary(w)->flags);
		s = mg_series_append(s, w->years, mg_wave_summary(w));
	}
	PG_RETURN_POINTER(s);
}

PG_FUNCTION_INFO_V1(mindgap_series_final);

Datum
mindgap_series_final(PG_FUNCTION_ARGS)
{
	MgSeries   *s = series_state(fcinfo);

	if (s == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(mg_series_close(s));
}

/* series_estimates(series, statistic, level, lonely_psu, ci_method) */
PG_FUNCTION_INFO_V1(mindgap_series_estimates);

Datum
mindgap_series_estimates(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgSeriesView series;
	MgEstimateOptions options;
	int			w;

	mg_tidy_open_rows(&tidy, fcinfo);
	mg_estimate_options(fcinfo, 1, &options);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_series_open(PG_GETARG_DATUM(0), &series);
	for (w = 0; w < series.n; w++)
		mg_put_estimates(&tidy, &series.views[w], &options, 1,
						 &series.years[w]);
	return (Datum) 0;
}

/*-------------------------------------------------------------------------
 *
 * series.c
 *		Survey series: a survey summary for each wave.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "io/expanded.h"
#include "io/json.h"
#include "io/series.h"
#include "io/survey_text.h"

#define SERIES_START	1024

MgSeries *
mg_series_create(void)
{
	MgSeries   *s = (MgSeries *) palloc0(SERIES_START);

	SET_VARSIZE(s, SERIES_START);
	s->format = MG_SERIES_FORMAT;
	s->flags = MG_SERIES_OPEN;
	s->used = sizeof(MgSeries);
	return s;
}

/*
 * Appends a wave to an open series, which may move (to twice its size, in the
 * current memory context).
 */
MgSeries *
mg_series_append(MgSeries *s, double years, const MgSurvey *summary)
{
	uint64		size = mg_survey_size(summary);
	uint64		need = s->used + sizeof(MgWave) + TYPEALIGN(8, size);
	MgWave	   *w;
	MgSurvey   *copy;

	mg_survey_check_size(need);
	if (need > VARSIZE(s))
	{
		uint64		room = VARSIZE(s);
		MgSeries   *bigger;

		while (room < need)
			room *= 2;
		room = Min(room, MaxAllocSize);
		bigger = (MgSeries *) palloc0((Size) room);
		memcpy(bigger, s, s->used);
		SET_VARSIZE(bigger, room);
		s = bigger;
	}
	w = (MgWave *) ((char *) s + s->used);
	w->years = years;
	w->size = size;
	copy = mg_wave_summary(w);
	memcpy(copy, summary, size);
	SET_VARSIZE(copy, size);
	s->used = need;
	s->n_waves++;
	return s;
}

static const char *
series_invalid(const MgSeries *s, Size size)
{
	const MgWave *w;
	const MgWave *first;
	const MgWave *before = NULL;
	uint64		left;
	int32		i;

	if (size < sizeof(MgSeries))
		return "it is cut short";
	if (s->format != MG_SERIES_FORMAT)
		return "its format is unknown";
	if ((s->flags & ~MG_SERIES_OPEN) != 0 || s->zero != 0)
		return "its flags are unknown";
	if (s->used < (int64) sizeof(MgSeries) || s->used > (int64) size ||
		s->n_waves < 0)
		return "it is cut short";
	left = s->used - sizeof(MgSeries);
	first = w = mg_first_wave(s);
	for (i = 0; i < s->n_waves; i++)
	{
		const char *problem;

		if (left < sizeof(MgWave) || w->size < (int64) sizeof(MgSurvey) ||
			TYPEALIGN(8, (uint64) w->size) > left - sizeof(MgWave))
			return "a wave is cut short";
		if (!isfinite(w->years))
			return "the time of a wave is out of range";
		if (before != NULL && !(s->flags & MG_SERIES_OPEN) &&
			before->years >= w->years)
			return "waves are not sorted";
		problem = mg_survey_invalid(mg_wave_summary(w), w->size);
		if (problem != NULL)
			return problem;
		if (i > 0 && ((mg_wave_summary(w)->flags ^
					   mg_wave_summary(first)->flags) &
					  (MG_GROUP_KIND | MG_HAS_DESIGN | MG_HAS_FPC | MG_FROM_TABLE)))
			return "its waves are of different kinds";
		left -= sizeof(MgWave) + TYPEALIGN(8, (uint64) w->size);
		before = w;
		w = mg_next_wave(w);
	}
	return left == 0 ? NULL : "it has bytes after its last wave";
}

/* Raises an error for a damaged stored value. */
void
mg_series_check(const MgSeries *s, Size size)
{
	const char *problem = series_invalid(s, size);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("survey series is damaged"),
				 errdetail("Reading it stopped because %s.", problem),
				 errhint("Make the series again from its summaries.")));
}

typedef struct WaveOrder
{
	double		years;
	const MgWave *wave;
} WaveOrder;

static int
compare_waves(const void *a, const void *b)
{
	double		x = ((const WaveOrder *) a)->years;
	double		y = ((const WaveOrder *) b)->years;

	return x < y ? -1 : x > y;
}

/*
 * A sorted copy without slack.  Waves of the same time are parts of one wave
 * and are merged.
 */
MgSeries *
mg_series_close(const MgSeries *s)
{
	WaveOrder  *order = palloc((s->n_waves + 1) * sizeof(WaveOrder));
	MgSeries   *out = mg_series_create();
	MgSeries   *trimmed;
	const MgWave *w = mg_first_wave(s);
	int32		i;
	int32		k;

	for (i = 0; i < s->n_waves; i++, w = mg_next_wave(w))
	{
		order[i].years = w->years;
		order[i].wave = w;
	}
	qsort(order, s->n_waves, sizeof(WaveOrder), compare_waves);
	for (i = 0; i < s->n_waves; i = k)
	{
		MgSurvey   *summary = mg_wave_summary(order[i].wave);
		MgSeries   *grown;

		for (k = i + 1; k < s->n_waves && order[k].years == order[i].years; k++)
			;
		if (k > i + 1 && summary->n_replicates > 0)
		{
			int32		j;

			/* always flat, which may move as it grows */
			summary = mg_flat_trim(summary);
			for (j = i + 1; j < k; j++)
			{
				MgView		v;

				mg_survey_view(mg_wave_summary(order[j].wave), &v);
				summary = mg_flat_merge(summary, &v);
			}
			summary = mg_flat_trim(summary);
		}
		else if (k > i + 1)
		{
			MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
													  "mindgap survey series",
													  ALLOCSET_DEFAULT_SIZES);
			MgBig	   *big = mg_big_create(cxt, summary->flags & ~MG_NULL_STRATUM &
											~MG_HAS_SHIFT);
			Size		size;
			int32		j;

			for (j = i; j < k; j++)
			{
				MgView		v;

				mg_survey_view(mg_wave_summary(order[j].wave), &v);
				mg_big_merge(big, &v);
			}
			size = mg_big_flat_size(big);
			mg_survey_check_size(size);
			summary = (MgSurvey *) palloc(size);
			mg_big_flatten(big, summary, size);
			MemoryContextDelete(cxt);
		}
		if (k > i + 1)
			mg_survey_check_merged(summary);
		grown = mg_series_append(out, order[i].years, summary);
		if (grown != out)
			pfree(out);
		out = grown;
	}
	trimmed = (MgSeries *) palloc(out->used);
	memcpy(trimmed, out, out->used);
	SET_VARSIZE(trimmed, out->used);
	trimmed->flags &= ~MG_SERIES_OPEN;
	pfree(out);
	pfree(order);
	return trimmed;
}

/* Opens a series that a query handed in; all of it is checked. */
void
mg_series_open(Datum d, MgSeriesView *view)
{
	MgSeries   *s = (MgSeries *) PG_DETOAST_DATUM(d);
	const MgWave *w;
	int			i;

	mg_series_check(s, VARSIZE(s));
	if (s->flags & MG_SERIES_OPEN)
		s = mg_series_close(s);
	view->n = s->n_waves;
	view->years = palloc((s->n_waves + 1) * sizeof(double));
	view->views = palloc((s->n_waves + 1) * sizeof(MgView));
	view->pointers = palloc((s->n_waves + 1) * sizeof(MgView *));
	w = mg_first_wave(s);
	for (i = 0; i < s->n_waves; i++, w = mg_next_wave(w))
	{
		view->years[i] = w->years;
		mg_survey_view(mg_wave_summary(w), &view->views[i]);
		view->pointers[i] = &view->views[i];
	}
}

PG_FUNCTION_INFO_V1(mindgap_survey_series_out);

Datum
mindgap_survey_series_out(PG_FUNCTION_ARGS)
{
	MgSeriesView v;
	StringInfoData buf;
	int			i;

	mg_series_open(PG_GETARG_DATUM(0), &v);
	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"type\":\"survey_series\",\"format\":\"%d\",\"years\":\"",
					 MG_SERIES_FORMAT);
	for (i = 0; i < v.n; i++)
	{
		if (i > 0)
			appendStringInfoChar(&buf, ' ');
		mg_put_double(&buf, v.years[i]);
	}
	appendStringInfoString(&buf, "\",\"waves\":[");
	for (i = 0; i < v.n; i++)
	{
		if (i > 0)
			appendStringInfoChar(&buf, ',');
		mg_survey_put_json(&buf, &v.views[i]);
	}
	appendStringInfoString(&buf, "]}");
	PG_RETURN_CSTRING(buf.data);
}

static MgSeries *
read_series(const MgJson *doc)
{
	static const char *const keys[] = {"type", "format", "years", "waves"};
	MgSeries   *s = mg_series_create();
	double	   *years;
	int			n;
	int			i;

	mg_json_only_keys(doc, keys, lengthof(keys));
	if (strcmp(mg_json_string(doc, "type"), "survey_series") != 0)
		mg_json_bad(doc, "It is a document of another type.");
	if (strcmp(mg_json_string(doc, "format"), "1") != 0)
		mg_json_bad(doc, "Its format is unknown.");
	n = mg_json_doubles(doc, "years", &years);
	if (mg_json_array_size(doc, "waves") != n)
		mg_json_bad(doc, "It does not have one wave for each of \"years\".");
	for (i = 0; i < n; i++)
	{
		MgJson		wave;
		MgSeries   *grown;

		mg_json_element(doc, "waves", i, &wave);
		grown = mg_series_append(s, years[i], mg_survey_from_json(&wave));
		if (grown != s)
			pfree(s);
		s = grown;
	}
	return s;
}

/* A series from outside: checked, its waves sorted as they must be. */
static MgSeries *
finish_series(MgSeries *s, const char **problem)
{
	MgSeries   *out;

	*problem = series_invalid(s, VARSIZE(s));
	if (*problem != NULL)
		return NULL;
	out = (MgSeries *) palloc(s->used);
	memcpy(out, s, s->used);
	SET_VARSIZE(out, s->used);
	out->flags &= ~MG_SERIES_OPEN;
	*problem = series_invalid(out, VARSIZE(out));
	return out;
}

PG_FUNCTION_INFO_V1(mindgap_survey_series_in);

Datum
mindgap_survey_series_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	MgSeries   *volatile s = NULL;
	MgJson		doc = {NULL, "survey_series"};
	const char *problem;

	PG_TRY();
	{
		mg_json_open(&doc, str, "survey_series");
		s = read_series(&doc);
	}
	PG_FINALLY();
	{
		mg_json_close(&doc);
	}
	PG_END_TRY();
	s = finish_series(s, &problem);
	if (problem != NULL)
		mg_json_bad(&doc, "Reading it stopped because %s.", problem);
	PG_RETURN_POINTER(s);
}

PG_FUNCTION_INFO_V1(mindgap_survey_series_send);

Datum
mindgap_survey_series_send(PG_FUNCTION_ARGS)
{
	MgSeriesView v;
	StringInfoData buf;
	int			i;

	mg_series_open(PG_GETARG_DATUM(0), &v);
	pq_begintypsend(&buf);
	pq_sendint16(&buf, MG_SERIES_FORMAT);
	pq_sendint32(&buf, v.n);
	for (i = 0; i < v.n; i++)
	{
		pq_sendfloat8(&buf, v.years[i]);
		mg_survey_put_binary(&buf, &v.views[i]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(mindgap_survey_series_recv);

Datum
mindgap_survey_series_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	MgSeries   *s = mg_series_create();
	const char *problem = NULL;
	int			n;
	int			i;

	if (pq_getmsgint(buf, 2) != MG_SERIES_FORMAT)
		problem = "its format is unknown";
	n = problem == NULL ? (int) pq_getmsgint(buf, 4) : 0;
	if (n < 0)
		problem = "a count is negative";
	for (i = 0; problem == NULL && i < n; i++)
	{
		double		years = pq_getmsgfloat8(buf);
		MgSeries   *grown = mg_series_append(s, years,
											 mg_survey_from_binary(buf));

		if (grown != s)
			pfree(s);
		s = grown;
	}
	if (problem == NULL)
	{
		pq_getmsgend(buf);
		s = finish_series(s, &problem);
	}
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type survey_series"),
				 errdetail("Reading it stopped because %s.", problem)));
	PG_RETURN_POINTER(s);
}

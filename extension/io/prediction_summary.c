/*-------------------------------------------------------------------------
 *
 * prediction_summary.c
 *		Prediction summaries as Datums: the validator, text and binary form.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/memutils.h"

#include "io/moments_summary.h"
#include "io/prediction_summary.h"

/* A mean of zeros and ones, as rounding may leave it. */
#define SHARE_SLACK		1e-9

static const char *const keys[] = {
	"type", "format", "folds_by", "skipped", "columns",
	"missing", "known", "fill", "n_missing",
	"folds", "n", "sum_w", "sum_w2", "shift", "mean", "comoments"
};

/* The words of "folds_by", by flags. */
static const char *const folds_by[] = {"none", "person", "given"};

/* Bytes of a value with this many folds, all without buffers. */
uint64
mg_prediction_size(int dim, int n_slots, int n_folds)
{
	return sizeof(MgPredictionSummary) + (uint64) n_slots * sizeof(MgIndicator) +
		(n_folds > 0 ? (uint64) n_folds *
		 (sizeof(MgFold) + mg_moments_size(dim + n_slots, 0)) : 0);
}

void
mg_prediction_check_size(uint64 size)
{
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("prediction summary would be larger than 1 GB"),
				 errhint("Use fewer variables or fewer folds.")));
}

/* Rows of weight above 0. */
int64
mg_prediction_rows(const MgPredictionSummary *s)
{
	const MgFold *f = mg_prediction_first_fold(s);
	int64		n = 0;
	int			i;

	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
		n += mg_fold_moments(f)->n + mg_fold_moments(f)->buffered;
	return n;
}

static const char *
slots_invalid(const MgPredictionSummary *s)
{
	bool	   *seen = (bool *) palloc0(s->dim * sizeof(bool));
	const char *problem = NULL;
	int			i;

	for (i = 0; i < s->n_slots && problem == NULL; i++)
	{
		const MgIndicator *slot = mg_prediction_slot(s, i);

		if (i >= s->n_indicators)
		{
			if (slot->column != -1 || slot->known != 0 || slot->fill != 0 ||
				slot->n_missing != 0)
				problem = "a free indicator is not empty";
		}
		else if (slot->column < 0 || slot->column >= s->dim - 1)
			problem = "it has an indicator of no column";
		else if (seen[slot->column])
			problem = "a column has two indicators";
		else if (slot->known < 0 || slot->known > 1 || !isfinite(slot->fill) ||
				 (slot->known == 0 && slot->fill != 0))
			problem = "a fill value is out of range";
		else
			seen[slot->column] = true;
	}
	pfree(seen);
	return problem;
}

/* Indicators against the rows. */
static const char *
missing_invalid(const MgPredictionSummary *s, int64 rows)
{
	int			i;

	for (i = 0; i < s->n_indicators; i++)
	{
		const MgIndicator *slot = mg_prediction_slot(s, i);
		const MgFold *f = mg_prediction_first_fold(s);
		int			j;

		if (slot->n_missing < 1 || slot->n_missing > rows ||
			(slot->n_missing == rows) == (slot->known != 0))
			return "its counts contradict each other";
		for (j = 0; j < s->n_folds; j++, f = mg_prediction_next_fold(f))
		{
			const MgMoments *m = mg_fold_moments(f);
			double		share = mg_moments_mean_of(m, s->dim + i);

			if (!(share >= -SHARE_SLACK && share <= 1 + SHARE_SLACK))
				return "its numbers are not those of any data";
			if (slot->known == 0 &&
				(mg_moments_shift(m)[1 + slot->column] != 0 ||
				 mg_moments_mean(m)[1 + slot->column] != 0))
				return "its numbers are not those of any data";
		}
	}
	return NULL;
}

/* What is wrong with a value, or NULL. */
const char *
mg_prediction_invalid(const MgPredictionSummary *s, Size size)
{
	const MgFold *f;
	const char *problem;
	Size		at;
	int			last = -1;
	int			limit = 1;
	int64		rows = 0;
	int			i;

	if (size < sizeof(MgPredictionSummary))
		return "it is cut short";
	if (s->format != MG_PREDICTION_FORMAT)
		return "its format is unknown";
	if ((s->flags & ~MG_PREDICTION_KNOWN_FLAGS) != 0 ||
		s->flags == MG_PREDICTION_KNOWN_FLAGS)
		return "its flags are unknown";
	if (s->flags & MG_PREDICTION_PERSONS)
		limit = MG_PREDICTION_FOLDS;
	if (s->flags & MG_PREDICTION_GIVEN)
		limit = MG_PREDICTION_MAX_FOLDS;
	if (s->n_skipped < 0 || s->dim < 0 || s->n_indicators < 0 ||
		s->n_slots < s->n_indicators || s->n_folds < 0 ||
		s->n_folds > limit || s->dim > MG_MOMENTS_MAX_DIM ||
		s->n_slots > MG_MOMENTS_MAX_DIM - s->dim ||
		(s->n_slots > 0 && s->n_slots > s->dim - 1))
		return "a count is out of range";
	if (s->dim == 0 && s->n_folds > 0)
		return "it has numbers but no columns";
	if (s->n_folds == 0 && s->n_slots > 0)
		return "it has indicators but no rows";
	at = mg_prediction_size(s->dim, s->n_slots, 0);
	if (size < at)
		return "it is cut short";
	problem = s->dim > 0 ? slots_invalid(s) : NULL;
	if (problem != NULL)
		return problem;
	f = mg_prediction_first_fold(s);
	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
	{
		const MgMoments *m = mg_fold_moments(f);
		Size		expected;

		CHECK_FOR_INTERRUPTS();
		if (size - at < sizeof(MgFold) + offsetof(MgMoments, number))
			return "it is cut short";
		if (f->number <= last || f->number >= limit)
			return "its folds are not in order";
		if (m->dim != s->dim + s->n_slots)
			return "its folds have different columns";
		expected = mg_moments_size(m->dim, m->capacity);
		if (expected == 0 || f->size != sizeof(MgFold) + expected)
			return "a size is wrong";
		if (size - at < f->size)
			return "it is cut short";
		if (!mg_moments_valid(m, f->size - sizeof(MgFold)))
			return "its numbers are not those of any data";
		if (m->n + m->buffered < 1 || m->n > PG_INT64_MAX - 64 - rows)
			return "a count is out of range";
		rows += m->n + m->buffered;
		last = f->number;
		at += f->size;
	}
	return missing_invalid(s, rows);
}

/* Whether a value is as it would be stored. */
static bool
in_order(const MgPredictionSummary *s)
{
	const MgFold *f = mg_prediction_first_fold(s);
	int			i;

	if (s->n_slots != s->n_indicators)
		return false;
	for (i = 1; i < s->n_slots; i++)
	{
		if (mg_prediction_slot(s, i)->column < mg_prediction_slot(s, i - 1)->column)
			return false;
	}
	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
	{
		if (mg_fold_moments(f)->capacity > 0)
			return false;
	}
	return true;
}

/*
 * Opens a summary that a query handed in: detoasts it, checks all of it, and
 * puts in order what a state may still have in another.
 */
MgPredictionSummary *
mg_prediction_open(Datum d)
{
	MgPredictionSummary *s = (MgPredictionSummary *) PG_DETOAST_DATUM(d);
	const char *problem = mg_prediction_invalid(s, VARSIZE(s));
	MgPredictionSummary *copy;

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("prediction summary is damaged"),
				 errdetail("Reading it stopped because %s.", problem),
				 errhint("Make the summary again from the data.")));
	if (in_order(s))
		return s;
	/* Folding changes the bytes, which are not ours. */
	copy = (MgPredictionSummary *) palloc(VARSIZE(s));
	memcpy(copy, s, VARSIZE(s));
	return mg_prediction_trim(copy);
}

/* Numbers of a fold: from "first", "count" of them, of each fold. */
static void
put_numbers(StringInfo buf, const char *key, const MgPredictionSummary *s,
			Size first, Size count)
{
	const MgFold *f = mg_prediction_first_fold(s);
	Size		j;
	int			i;

	mg_put_key(buf, key);
	appendStringInfoChar(buf, '"');
	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
	{
		for (j = 0; j < count; j++)
		{
			if (i > 0 || j > 0)
				appendStringInfoChar(buf, ' ');
			mg_put_double(buf, mg_fold_moments(f)->number[first + j]);
			if (j % 1024 == 0)
				CHECK_FOR_INTERRUPTS();
		}
	}
	appendStringInfoChar(buf, '"');
}

/* One number a fold or a slot: "expr". */
#define PUT_COLUMN(name, count, begin, next, put, expr) \
do { \
	mg_put_key(&buf, (name)); \
	appendStringInfoChar(&buf, '"'); \
	begin; \
	for (i = 0; i < (count); i++) \
	{ \
		if (i > 0) \
			appendStringInfoChar(&buf, ' '); \
		put(&buf, (expr)); \
		next; \
	} \
	appendStringInfoChar(&buf, '"'); \
} while (0)

#define PUT_SLOTS(name, put, expr) \
	PUT_COLUMN(name, s->n_slots, (void) 0, (void) 0, put, expr)
#define PUT_FOLDS(name, put, expr) \
	PUT_COLUMN(name, s->n_folds, f = mg_prediction_first_fold(s), \
			   f = mg_prediction_next_fold(f), put, expr)

PG_FUNCTION_INFO_V1(mindgap_prediction_summary_out);

Datum
mindgap_prediction_summary_out(PG_FUNCTION_ARGS)
{
	MgPredictionSummary *s = mg_prediction_open(PG_GETARG_DATUM(0));
	int			dim = s->dim + s->n_slots;
	const MgFold *f;
	StringInfoData buf;
	int			i;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"type\":\"prediction_summary\",\"format\":\"%d\",\"folds_by\":\"%s\",\"skipped\":\"" INT64_FORMAT "\",\"columns\":\"%d\"",
					 s->format, folds_by[s->flags], s->n_skipped, s->dim);
	PUT_SLOTS("missing", mg_put_int64, mg_prediction_slot(s, i)->column);
	PUT_SLOTS("known", mg_put_int64, mg_prediction_slot(s, i)->known);
	PUT_SLOTS("fill", mg_put_double, mg_prediction_slot(s, i)->fill);
	PUT_SLOTS("n_missing", mg_put_int64, mg_prediction_slot(s, i)->n_missing);
	PUT_FOLDS("folds", mg_put_int64, f->number);
	PUT_FOLDS("n", mg_put_int64, mg_fold_moments(f)->n);
	PUT_FOLDS("sum_w", mg_put_double, mg_fold_moments(f)->sum_w);
	PUT_FOLDS("sum_w2", mg_put_double, mg_fold_moments(f)->sum_w2);
	put_numbers(&buf, "shift", s, 0, dim);
	put_numbers(&buf, "mean", s, dim, dim);
	put_numbers(&buf, "comoments", s, 2 * (Size) dim, mg_triangle_length(dim));
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/* A value with its counts set and room for the rest, which is zero. */
static MgPredictionSummary *
with_counts(uint16 flags, int64 n_skipped, int dim, int n_slots, int n_folds)
{
	uint64		size = mg_prediction_size(dim, n_slots, n_folds);
	MgPredictionSummary *s;
	MgFold	   *f;
	int			i;

	mg_prediction_check_size(size);
	s = (MgPredictionSummary *) palloc0(size);
	SET_VARSIZE(s, size);
	s->format = MG_PREDICTION_FORMAT;
	s->flags = flags;
	s->n_skipped = n_skipped;
	s->dim = dim;
	s->n_indicators = s->n_slots = n_slots;
	s->n_folds = n_folds;
	f = mg_prediction_first_fold(s);
	for (i = 0; i < n_folds; i++, f = mg_prediction_next_fold(f))
	{
		f->size = (uint32) (sizeof(MgFold) + mg_moments_size(dim + n_slots, 0));
		mg_moments_init(mg_fold_moments(f), dim + n_slots, 0);
	}
	return s;
}

static void
get_int64s(const MgJson *doc, const char *key, int n, int64 **column)
{
	int			got = mg_json_int64s(doc, key, column);

	if (got != n)
		mg_json_bad(doc, "The value of \"%s\" has %d numbers instead of %d.",
					key, got, n);
}

static double *
get_numbers(const MgJson *doc, const char *key, int64 n)
{
	double	   *column = (double *)
		MemoryContextAllocHuge(CurrentMemoryContext,
							   (Size) (n + 1) * sizeof(double));

	mg_get_doubles(doc, key, column, n);
	return column;
}

/* Reads numbers of each fold; see put_numbers. */
static void
read_numbers(const MgJson *doc, const char *key, const MgPredictionSummary *s,
			 Size first, Size count)
{
	double	   *column = get_numbers(doc, key, (int64) s->n_folds * count);
	const MgFold *f = mg_prediction_first_fold(s);
	int			i;

	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
		memcpy(mg_fold_moments(f)->number + first, column + i * count,
			   count * sizeof(double));
	pfree(column);
}

/* A list of numbers with at most "limit" of them. */
static int
get_list(const MgJson *doc, const char *key, int limit, int64 **column)
{
	int			n = mg_json_int64s(doc, key, column);
	int			i;

	if (n > limit)
		mg_json_bad(doc, "The value of \"%s\" has too many numbers.", key);
	for (i = 0; i < n; i++)
	{
		if ((*column)[i] < 0 || (*column)[i] > PG_INT32_MAX)
			mg_json_bad(doc, "The value of \"%s\" is out of range.", key);
	}
	return n;
}

static MgPredictionSummary *
from_json(const MgJson *doc)
{
	MgPredictionSummary *s;
	int64	   *missing;
	int64	   *known;
	int64	   *n_missing;
	int64	   *number;
	int64	   *n;
	double	   *fill;
	double	   *sum_w;
	double	   *sum_w2;
	MgFold	   *f;
	int64		n_skipped;
	int			flags;
	int			dim;
	int			q;
	int			n_slots;
	int			n_folds;
	int			i;

	mg_json_only_keys(doc, keys, lengthof(keys));
	if (strcmp(mg_json_string(doc, "type"), "prediction_summary") != 0)
		mg_json_bad(doc, "The value of \"type\" is not \"prediction_summary\".");
	if (strcmp(mg_json_string(doc, "format"), "1") != 0)
		mg_json_bad(doc, "Its format is unknown.");
	for (flags = 0; flags < (int) lengthof(folds_by); flags++)
	{
		if (strcmp(mg_json_string(doc, "folds_by"), folds_by[flags]) == 0)
			break;
	}
	if (flags == (int) lengthof(folds_by))
		mg_json_bad(doc, "The value of \"folds_by\" is not \"none\", \"person\" or \"given\".");
	n_skipped = mg_get_int64(doc, "skipped", 0, PG_INT64_MAX);
	dim = (int) mg_get_int64(doc, "columns", 0, MG_MOMENTS_MAX_DIM);
	n_slots = get_list(doc, "missing", MG_MOMENTS_MAX_DIM - dim, &missing);
	n_folds = get_list(doc, "folds", MG_PREDICTION_MAX_FOLDS, &number);
	q = dim + n_slots;
	/* Each co-moment has a digit at least, so no size exceeds the text's. */
	if (strlen(mg_json_string(doc, "comoments")) / Max(n_folds, 1) <
		(n_folds > 0 ? mg_triangle_length(q) : 0))
		mg_json_bad(doc, "The value of \"comoments\" has too few numbers.");
	if (n_folds > 0 && dim == 0)
		mg_json_bad(doc, "It has numbers but no columns.");
	s = with_counts((uint16) flags, n_skipped, dim, n_slots, n_folds);
	get_int64s(doc, "known", n_slots, &known);
	get_int64s(doc, "n_missing", n_slots, &n_missing);
	fill = get_numbers(doc, "fill", n_slots);
	for (i = 0; i < n_slots; i++)
	{
		MgIndicator *slot = mg_prediction_slot(s, i);

		slot->column = (int32) missing[i];
		slot->known = known[i] == 0 ? 0 : known[i] == 1 ? 1 : -1;
		slot->fill = fill[i];
		slot->n_missing = n_missing[i];
	}
	get_int64s(doc, "n", n_folds, &n);
	sum_w = get_numbers(doc, "sum_w", n_folds);
	sum_w2 = get_numbers(doc, "sum_w2", n_folds);
	f = mg_prediction_first_fold(s);
	for (i = 0; i < n_folds; i++, f = mg_prediction_next_fold(f))
	{
		f->number = (int32) number[i];
		mg_fold_moments(f)->n = n[i];
		mg_fold_moments(f)->sum_w = sum_w[i];
		mg_fold_moments(f)->sum_w2 = sum_w2[i];
	}
	read_numbers(doc, "shift", s, 0, q);
	read_numbers(doc, "mean", s, q, q);
	read_numbers(doc, "comoments", s, 2 * (Size) q, mg_triangle_length(q));
	return s;
}

PG_FUNCTION_INFO_V1(mindgap_prediction_summary_in);

Datum
mindgap_prediction_summary_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	MgPredictionSummary *volatile s = NULL;
	MgJson		doc = {NULL, "prediction_summary"};
	const char *problem;

	PG_TRY();
	{
		mg_json_open(&doc, str, "prediction_summary");
		s = from_json(&doc);
	}
	PG_FINALLY();
	{
		mg_json_close(&doc);
	}
	PG_END_TRY();

	problem = mg_prediction_invalid(s, VARSIZE(s));
	if (problem == NULL && !in_order(s))
		problem = "its indicators are not in order";
	if (problem != NULL)
		mg_json_bad(&doc, "Reading it stopped because %s.", problem);
	PG_RETURN_POINTER(s);
}

PG_FUNCTION_INFO_V1(mindgap_prediction_summary_send);

Datum
mindgap_prediction_summary_send(PG_FUNCTION_ARGS)
{
	MgPredictionSummary *s = mg_prediction_open(PG_GETARG_DATUM(0));
	int			dim = s->dim + s->n_slots;
	const MgFold *f = mg_prediction_first_fold(s);
	Size		count = 2 * (Size) dim + mg_triangle_length(dim);
	StringInfoData buf;
	Size		j;
	int			i;

	pq_begintypsend(&buf);
	pq_sendint16(&buf, s->format);
	pq_sendint16(&buf, s->flags);
	pq_sendint64(&buf, s->n_skipped);
	pq_sendint32(&buf, s->dim);
	pq_sendint32(&buf, s->n_slots);
	pq_sendint32(&buf, s->n_folds);
	for (i = 0; i < s->n_slots; i++)
	{
		const MgIndicator *slot = mg_prediction_slot(s, i);

		pq_sendint32(&buf, slot->column);
		pq_sendint32(&buf, slot->known);
		pq_sendfloat8(&buf, slot->fill);
		pq_sendint64(&buf, slot->n_missing);
	}
	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
	{
		const MgMoments *m = mg_fold_moments(f);

		CHECK_FOR_INTERRUPTS();
		pq_sendint32(&buf, f->number);
		pq_sendint64(&buf, m->n);
		pq_sendfloat8(&buf, m->sum_w);
		pq_sendfloat8(&buf, m->sum_w2);
		for (j = 0; j < count; j++)
			pq_sendfloat8(&buf, m->number[j]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
bad_binary(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type prediction_summary"),
			 errdetail("Reading it stopped because %s.", problem)));
}

PG_FUNCTION_INFO_V1(mindgap_prediction_summary_recv);

Datum
mindgap_prediction_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	MgPredictionSummary *s;
	MgFold	   *f;
	const char *problem;
	uint16		flags;
	int64		n_skipped;
	int			dim;
	int			n_slots;
	int			n_folds;
	Size		count;
	Size		j;
	int			i;

	if (pq_getmsgint(buf, 2) != MG_PREDICTION_FORMAT)
		bad_binary("its format is unknown");
	flags = (uint16) pq_getmsgint(buf, 2);
	n_skipped = pq_getmsgint64(buf);
	dim = (int) pq_getmsgint(buf, 4);
	n_slots = (int) pq_getmsgint(buf, 4);
	n_folds = (int) pq_getmsgint(buf, 4);
	if (dim < 0 || dim > MG_MOMENTS_MAX_DIM || n_slots < 0 ||
		n_slots > MG_MOMENTS_MAX_DIM - dim || n_folds < 0 ||
		n_folds > MG_PREDICTION_MAX_FOLDS || (dim == 0 && n_folds > 0))
		bad_binary("a count is out of range");
	count = 2 * (Size) (dim + n_slots) + mg_triangle_length(dim + n_slots);
	if ((uint64) n_slots * 24 + (uint64) n_folds * (28 + 8 * count) >
		(uint64) (buf->len - buf->cursor))
		bad_binary("it is cut short");
	s = with_counts(flags, n_skipped, dim, n_slots, n_folds);
	for (i = 0; i < n_slots; i++)
	{
		MgIndicator *slot = mg_prediction_slot(s, i);

		slot->column = (int32) pq_getmsgint(buf, 4);
		slot->known = (int32) pq_getmsgint(buf, 4);
		slot->fill = pq_getmsgfloat8(buf);
		slot->n_missing = pq_getmsgint64(buf);
	}
	f = mg_prediction_first_fold(s);
	for (i = 0; i < n_folds; i++, f = mg_prediction_next_fold(f))
	{
		MgMoments  *m = mg_fold_moments(f);

		CHECK_FOR_INTERRUPTS();
		f->number = (int32) pq_getmsgint(buf, 4);
		m->n = pq_getmsgint64(buf);
		m->sum_w = pq_getmsgfloat8(buf);
		m->sum_w2 = pq_getmsgfloat8(buf);
		for (j = 0; j < count; j++)
			m->number[j] = pq_getmsgfloat8(buf);
	}
	pq_getmsgend(buf);
	problem = mg_prediction_invalid(s, VARSIZE(s));
	if (problem == NULL && !in_order(s))
		problem = "its indicators are not in order";
	if (problem != NULL)
		bad_binary(problem);
	PG_RETURN_POINTER(s);
}

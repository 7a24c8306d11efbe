/*-------------------------------------------------------------------------
 *
 * moments_summary.c
 *		Moments summaries as Datums: memory, text form, binary form.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"

#include "io/moments_summary.h"

static const char *const keys[] = {
	"type", "format", "skipped", "columns", "n", "sum_w", "sum_w2",
	"shift", "mean", "comoments"
};

static Size
summary_size(int dim, int capacity)
{
	return sizeof(MgMomentsSummary) +
		(dim > 0 ? mg_moments_size(dim, capacity) :
		 offsetof(MgMoments, number));
}

/* An empty summary; dim 0 where the length of x is not known. */
MgMomentsSummary *
mg_moments_summary_alloc(int dim, int capacity)
{
	Size		size = summary_size(dim, capacity);
	MgMomentsSummary *s = (MgMomentsSummary *) palloc0(size);

	SET_VARSIZE(s, size);
	s->format = MG_MOMENTS_FORMAT;
	if (dim > 0)
		mg_moments_init(mg_summary_moments(s), dim, capacity);
	return s;
}

/* A folded copy with a buffer of another capacity; 0 is the form to store. */
MgMomentsSummary *
mg_moments_summary_resize(MgMomentsSummary *s, int capacity)
{
	MgMoments  *m = mg_summary_moments(s);
	Size		size = summary_size(m->dim, capacity);
	MgMomentsSummary *copy = (MgMomentsSummary *) palloc(size);

	memcpy(copy, s, sizeof(MgMomentsSummary));
	SET_VARSIZE(copy, size);
	if (m->dim > 0)
		mg_moments_move(mg_summary_moments(copy), capacity, m);
	else
		memset(mg_summary_moments(copy), 0, offsetof(MgMoments, number));
	return copy;
}

void
mg_moments_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("a sum of products is out of the range of double precision"),
			 errhint("Rescale the outcome, x or the weights.")));
}

/* What is wrong with a value, or NULL. */
static const char *
summary_invalid(const MgMomentsSummary *s, Size size)
{
	const MgMoments *m = mg_summary_moments(s);

	if (size < summary_size(0, 0))
		return "it is cut short";
	if (s->format != MG_MOMENTS_FORMAT)
		return "its format is unknown";
	if (s->flags != 0)
		return "its flags are unknown";
	if (s->n_skipped < 0)
		return "a count is negative";
	if (m->dim == 0)
	{
		if (m->capacity != 0 || m->buffered != 0 || m->n != 0 ||
			m->sum_w != 0 || m->sum_w2 != 0)
			return "it has numbers but no columns";
		return NULL;
	}
	if (!mg_moments_valid(m, size - sizeof(MgMomentsSummary)))
		return "its numbers are not those of any data";
	return NULL;
}

/*
 * Opens a summary that a query handed in: detoasts it, checks all of it, and
 * folds the rows that a state may still have in its buffer.
 */
MgMomentsSummary *
mg_moments_summary_open(Datum d)
{
	MgMomentsSummary *s = (MgMomentsSummary *) PG_DETOAST_DATUM(d);
	const char *problem = summary_invalid(s, VARSIZE(s));

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("moments summary is damaged"),
				 errdetail("Reading it stopped because %s.", problem),
				 errhint("Make the summary again from the data.")));
	if (mg_summary_moments(s)->buffered > 0)
	{
		/* Folding changes the bytes, which are not ours. */
		MgMomentsSummary *copy = (MgMomentsSummary *) palloc(VARSIZE(s));

		memcpy(copy, s, VARSIZE(s));
		s = copy;
		mg_moments_fold(mg_summary_moments(s));
		if (!mg_moments_finite(mg_summary_moments(s)))
			mg_moments_overflow();
	}
	return s;
}

/* Appends a key whose value is a string of numbers. */
void
mg_put_doubles(StringInfo buf, const char *key, const double *x, int64 n)
{
	int64		i;

	mg_put_key(buf, key);
	appendStringInfoChar(buf, '"');
	for (i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(buf, ' ');
		mg_put_double(buf, x[i]);
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	appendStringInfoChar(buf, '"');
}

/* Reads a key whose value must be n numbers. */
void
mg_get_doubles(const MgJson *doc, const char *key, double *x, int64 n)
{
	double	   *column;
	int			got = mg_json_doubles(doc, key, &column);

	if (got != n)
		mg_json_bad(doc, "The value of \"%s\" has %d numbers instead of " INT64_FORMAT ".",
					key, got, n);
	memcpy(x, column, n * sizeof(double));
	pfree(column);
}

/* Reads a key whose value must be one integer between two. */
int64
mg_get_int64(const MgJson *doc, const char *key, int64 low, int64 high)
{
	int64	   *column;
	int64		x;

	if (mg_json_int64s(doc, key, &column) != 1)
		mg_json_bad(doc, "The value of \"%s\" is not a number.", key);
	x = column[0];
	pfree(column);
	if (x < low || x > high)
		mg_json_bad(doc, "The value of \"%s\" is out of range.", key);
	return x;
}

PG_FUNCTION_INFO_V1(mindgap_moments_summary_out);

Datum
mindgap_moments_summary_out(PG_FUNCTION_ARGS)
{
	MgMomentsSummary *s = mg_moments_summary_open(PG_GETARG_DATUM(0));
	const MgMoments *m = mg_summary_moments(s);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"type\":\"moments_summary\",\"format\":\"%d\",\"skipped\":\"" INT64_FORMAT "\",\"columns\":\"%d\",\"n\":\"" INT64_FORMAT "\"",
					 s->format, s->n_skipped, m->dim, (int64) m->n);
	mg_put_doubles(&buf, "sum_w", &m->sum_w, 1);
	mg_put_doubles(&buf, "sum_w2", &m->sum_w2, 1);
	mg_put_doubles(&buf, "shift", mg_moments_shift(m), m->dim);
	mg_put_doubles(&buf, "mean", mg_moments_mean(m), m->dim);
	mg_put_doubles(&buf, "comoments", mg_moments_triangle(m),
				   mg_triangle_length(m->dim));
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

static MgMomentsSummary *
from_json(const MgJson *doc)
{
	MgMomentsSummary *s;
	MgMoments  *m;
	int64		n_skipped;
	int			dim;

	mg_json_only_keys(doc, keys, lengthof(keys));
	if (strcmp(mg_json_string(doc, "type"), "moments_summary") != 0)
		mg_json_bad(doc, "The value of \"type\" is not \"moments_summary\".");
	if (strcmp(mg_json_string(doc, "format"), "1") != 0)
		mg_json_bad(doc, "Its format is unknown.");
	n_skipped = mg_get_int64(doc, "skipped", 0, PG_INT64_MAX);
	dim = (int) mg_get_int64(doc, "columns", 0, MG_MOMENTS_MAX_DIM);
	/* Each co-moment has a digit at least, so no size exceeds the text's. */
	if (strlen(mg_json_string(doc, "comoments")) < mg_triangle_length(dim))
		mg_json_bad(doc, "The value of \"comoments\" has too few numbers.");
	s = mg_moments_summary_alloc(dim, 0);
	m = mg_summary_moments(s);
	s->n_skipped = n_skipped;
	m->n = mg_get_int64(doc, "n", 0, PG_INT64_MAX);
	mg_get_doubles(doc, "sum_w", &m->sum_w, 1);
	mg_get_doubles(doc, "sum_w2", &m->sum_w2, 1);
	mg_get_doubles(doc, "shift", mg_moments_shift(m), dim);
	mg_get_doubles(doc, "mean", mg_moments_mean(m), dim);
	mg_get_doubles(doc, "comoments", mg_moments_triangle(m),
				   mg_triangle_length(dim));
	return s;
}

PG_FUNCTION_INFO_V1(mindgap_moments_summary_in);

Datum
mindgap_moments_summary_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	MgMomentsSummary *volatile s = NULL;
	MgJson		doc = {NULL, "moments_summary"};
	const char *problem;

	PG_TRY();
	{
		mg_json_open(&doc, str, "moments_summary");
		s = from_json(&doc);
	}
	PG_FINALLY();
	{
		mg_json_close(&doc);
	}
	PG_END_TRY();

	problem = summary_invalid(s, VARSIZE(s));
	if (problem != NULL)
		mg_json_bad(&doc, "Reading it stopped because %s.", problem);
	PG_RETURN_POINTER(s);
}

PG_FUNCTION_INFO_V1(mindgap_moments_summary_send);

Datum
mindgap_moments_summary_send(PG_FUNCTION_ARGS)
{
	MgMomentsSummary *s = mg_moments_summary_open(PG_GETARG_DATUM(0));
	const MgMoments *m = mg_summary_moments(s);
	Size		count = 2 * (Size) m->dim + mg_triangle_length(m->dim);
	StringInfoData buf;
	Size		i;

	pq_begintypsend(&buf);
	pq_sendint16(&buf, s->format);
	pq_sendint16(&buf, s->flags);
	pq_sendint64(&buf, s->n_skipped);
	pq_sendint32(&buf, m->dim);
	pq_sendint64(&buf, m->n);
	pq_sendfloat8(&buf, m->sum_w);
	pq_sendfloat8(&buf, m->sum_w2);
	for (i = 0; i < count; i++)
		pq_sendfloat8(&buf, m->number[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
bad_binary(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type moments_summary"),
			 errdetail("Reading it stopped because %s.", problem)));
}

PG_FUNCTION_INFO_V1(mindgap_moments_summary_recv);

Datum
mindgap_moments_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	MgMomentsSummary *s;
	MgMoments  *m;
	const char *problem;
	int64		n_skipped;
	Size		count;
	Size		i;
	int			dim;

	if (pq_getmsgint(buf, 2) != MG_MOMENTS_FORMAT)
		bad_binary("its format is unknown");
	if (pq_getmsgint(buf, 2) != 0)
		bad_binary("its flags are unknown");
	n_skipped = pq_getmsgint64(buf);
	dim = (int) pq_getmsgint(buf, 4);
	if (dim < 0 || dim > MG_MOMENTS_MAX_DIM)
		bad_binary("a count is out of range");
	count = 2 * (Size) dim + mg_triangle_length(dim);
	if ((count + 3) * sizeof(double) > (Size) (buf->len - buf->cursor))
		bad_binary("it is cut short");
	s = mg_moments_summary_alloc(dim, 0);
	m = mg_summary_moments(s);
	s->n_skipped = n_skipped;
	m->n = pq_getmsgint64(buf);
	m->sum_w = pq_getmsgfloat8(buf);
	m->sum_w2 = pq_getmsgfloat8(buf);
	for (i = 0; i < count; i++)
		m->number[i] = pq_getmsgfloat8(buf);
	pq_getmsgend(buf);
	problem = summary_invalid(s, VARSIZE(s));
	if (problem != NULL)
		bad_binary(problem);
	PG_RETURN_POINTER(s);
}

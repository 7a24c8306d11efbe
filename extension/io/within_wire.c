/*-------------------------------------------------------------------------
 *
 * within_wire.c
 *		Binary form of a within summary, field by field in network order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"

#include "io/within_summary.h"

/* Bytes that a person takes on the wire. */
static uint64
person_bytes(int dim)
{
	return 48 + (2 * (uint64) dim + mg_triangle_length(dim)) * sizeof(double);
}

static uint64
condensed_numbers(int dim)
{
	return (mg_within_condensed_size(dim) - sizeof(MgWithin) -
			sizeof(MgWithinSums)) / sizeof(double);
}

PG_FUNCTION_INFO_V1(mindgap_within_summary_send);

Datum
mindgap_within_summary_send(PG_FUNCTION_ARGS)
{
	MgWithin   *s = mg_within_open(PG_GETARG_DATUM(0));
	uint64		count = 2 * (uint64) s->dim + mg_triangle_length(s->dim);
	StringInfoData buf;
	uint64		j;
	int32		i;

	pq_begintypsend(&buf);
	pq_sendint16(&buf, s->format);
	pq_sendint16(&buf, s->flags);
	pq_sendint64(&buf, s->n_skipped);
	pq_sendint32(&buf, s->dim);
	pq_sendint32(&buf, s->n_persons);
	if (s->flags & MG_WITHIN_CONDENSED)
	{
		const MgWithinSums *c = mg_within_sums(s);

		pq_sendint64(&buf, c->n);
		pq_sendint64(&buf, c->n_persons);
		pq_sendint64(&buf, c->n_singletons);
		pq_sendint64(&buf, c->n_clusters);
		pq_sendint64(&buf, c->n_strata);
		pq_sendint64(&buf, c->n_lonely);
		pq_sendfloat8(&buf, c->sum_w);
		count = condensed_numbers(s->dim);
		for (j = 0; j < count; j++)
			pq_sendfloat8(&buf, mg_sums_number(c)[j]);
	}
	for (i = 0; i < s->n_persons; i++)
	{
		const MgPerson *p = mg_within_person(s, i);
		const MgMoments *m = mg_person_moments(p);

		CHECK_FOR_INTERRUPTS();
		pq_sendint64(&buf, p->id);
		pq_sendint64(&buf, p->cluster);
		pq_sendint64(&buf, p->stratum);
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
			 errmsg("invalid binary value for type within_summary"),
			 errdetail("Reading it stopped because %s.", problem)));
}

static MgWithin *
read_condensed(StringInfo buf, uint16 flags, int dim)
{
	uint64		size = mg_within_condensed_size(dim);
	uint64		count = condensed_numbers(dim);
	MgWithin   *s;
	MgWithinSums *c;
	uint64		j;

	if (dim == 0)
		bad_binary("its counts contradict each other");
	if ((count + 7) * sizeof(double) > (uint64) (buf->len - buf->cursor))
		bad_binary("it is cut short");
	mg_within_check_size(size);
	s = (MgWithin *) palloc0(size);
	SET_VARSIZE(s, size);
	s->format = MG_WITHIN_FORMAT;
	s->flags = flags;
	s->dim = dim;
	c = mg_within_sums(s);
	c->n = pq_getmsgint64(buf);
	c->n_persons = pq_getmsgint64(buf);
	c->n_singletons = pq_getmsgint64(buf);
	c->n_clusters = pq_getmsgint64(buf);
	c->n_strata = pq_getmsgint64(buf);
	c->n_lonely = pq_getmsgint64(buf);
	c->sum_w = pq_getmsgfloat8(buf);
	for (j = 0; j < count; j++)
		mg_sums_number(c)[j] = pq_getmsgfloat8(buf);
	return s;
}

static MgWithin *
read_open(StringInfo buf, uint16 flags, int dim, int32 n)
{
	uint64		count = 2 * (uint64) dim + mg_triangle_length(dim);
	MgWithin   *s;
	uint64		j;
	int32		i;

	if (n < 0 || (dim == 0 && n > 0))
		bad_binary("its counts contradict each other");
	if (n * person_bytes(dim) > (uint64) (buf->len - buf->cursor))
		bad_binary("it is cut short");
	s = mg_within_create(flags, dim, n);
	s->n_persons = n;
	for (i = 0; i < n; i++)
	{
		MgPerson   *p = mg_within_person(s, i);
		MgMoments  *m = mg_person_moments(p);

		CHECK_FOR_INTERRUPTS();
		mg_moments_init(m, dim, 0);
		p->id = pq_getmsgint64(buf);
		p->cluster = pq_getmsgint64(buf);
		p->stratum = pq_getmsgint64(buf);
		m->n = pq_getmsgint64(buf);
		m->sum_w = pq_getmsgfloat8(buf);
		m->sum_w2 = pq_getmsgfloat8(buf);
		for (j = 0; j < count; j++)
			m->number[j] = pq_getmsgfloat8(buf);
	}
	return s;
}

PG_FUNCTION_INFO_V1(mindgap_within_summary_recv);

Datum
mindgap_within_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	MgWithin   *s;
	const char *problem;
	int64		n_skipped;
	uint16		flags;
	int32		n;
	int			dim;

	if (pq_getmsgint(buf, 2) != MG_WITHIN_FORMAT)
		bad_binary("its format is unknown");
	flags = (uint16) pq_getmsgint(buf, 2);
	if ((flags & ~MG_WITHIN_KNOWN_FLAGS) != 0)
		bad_binary("its flags are unknown");
	n_skipped = pq_getmsgint64(buf);
	dim = (int) pq_getmsgint(buf, 4);
	n = (int32) pq_getmsgint(buf, 4);
	if (dim < 0 || dim > MG_MOMENTS_MAX_DIM)
		bad_binary("a count is out of range");
	if (flags & MG_WITHIN_CONDENSED)
	{
		if (n != 0)
			bad_binary("its counts contradict each other");
		s = read_condensed(buf, flags, dim);
	}
	else
		s = read_open(buf, flags, dim, n);
	s->n_skipped = n_skipped;
	pq_getmsgend(buf);
	problem = mg_within_invalid(s, VARSIZE(s));
	if (problem != NULL)
		bad_binary(problem);
	PG_RETURN_POINTER(s);
}

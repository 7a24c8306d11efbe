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
#include "mb/pg_wchar.h"

#include "io/within_summary.h"

/* Bytes that a person takes on the wire. */
static uint64
person_bytes(const MgWithin *head)
{
	return 48 + (2 * (uint64) head->dim + mg_triangle_length(head->dim)) *
		sizeof(double) + ((head->flags & MG_WITHIN_TREND) ? 16 : 0);
}

static uint64
condensed_numbers(const MgWithin *s)
{
	return (mg_within_condensed_size(s) -
			((char *) mg_sums_number(s) - (char *) s)) / sizeof(double);
}

/* A label in the client's encoding, as all text on the wire. */
static void
send_groups(StringInfo buf, const MgWithin *s)
{
	int32		g;

	for (g = 0; g < s->n_groups; g++)
	{
		const MgWithinGroup *group = mg_within_groups(s) + g;
		const char *label;
		char	   *converted;
		int			len = group->label_len;

		if (!(s->flags & MG_WITHIN_LABELS))
		{
			pq_sendint64(buf, group->key);
			continue;
		}
		label = mg_within_labels(s) + group->key;
		converted = pg_server_to_client(label, len);
		if (converted != label)
			len = (int) strlen(converted);
		pq_sendint32(buf, len);
		pq_sendbytes(buf, converted, len);
	}
}

static void
send_condensed(StringInfo buf, const MgWithin *s)
{
	const MgWithinSums *c = mg_within_sums(s);
	uint64		count = condensed_numbers(s);
	uint64		j;
	int			g;

	pq_sendint64(buf, c->n);
	pq_sendint64(buf, c->n_persons);
	pq_sendint64(buf, c->n_singletons);
	pq_sendint64(buf, c->n_clusters);
	pq_sendint64(buf, c->n_strata);
	pq_sendint64(buf, c->n_lonely);
	pq_sendint64(buf, c->n_registered);
	pq_sendfloat8(buf, c->sum_w);
	for (g = 0; (s->flags & MG_WITHIN_TREND) && g < mg_within_n_parts(s); g++)
	{
		const MgWithinPart *part = mg_within_parts(s) + g;

		pq_sendint64(buf, part->n);
		pq_sendint64(buf, part->n_persons);
		pq_sendint64(buf, part->n_trends);
	}
	for (j = 0; j < count; j++)
		pq_sendfloat8(buf, mg_sums_number(s)[j]);
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
	if (s->flags & MG_WITHIN_GROUPS)
	{
		pq_sendint32(&buf, s->n_groups);
		send_groups(&buf, s);
	}
	if (s->flags & MG_WITHIN_CONDENSED)
		send_condensed(&buf, s);
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
		if (s->flags & MG_WITHIN_TREND)
		{
			pq_sendfloat8(&buf, mg_person_trend(p)->earlier);
			pq_sendint32(&buf, mg_person_trend(p)->group);
			pq_sendint32(&buf, mg_person_trend(p)->n_earlier);
		}
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

/*
 * The subgroups, into "head" and, behind it, the list and the labels as they
 * will lie in the value: a value without persons.
 */
static MgWithin *
read_groups(StringInfo buf, MgWithin *head)
{
	MgWithinGroup groups[MG_WITHIN_MAX_GROUPS];
	StringInfoData labels;
	MgWithin   *s;
	int32		n = 0;
	int32		g;

	memset(groups, 0, sizeof(groups));
	initStringInfo(&labels);
	if (head->flags & MG_WITHIN_GROUPS)
		n = (int32) pq_getmsgint(buf, 4);
	if (n < 0 || n > MG_WITHIN_MAX_GROUPS)
		bad_binary("a count is out of range");
	for (g = 0; g < n; g++)
	{
		int			len;
		int			got;
		char	   *label;

		if (!(head->flags & MG_WITHIN_LABELS))
		{
			groups[g].key = pq_getmsgint64(buf);
			continue;
		}
		len = (int) pq_getmsgint(buf, 4);
		if (len < 0 || len > buf->len - buf->cursor)
			bad_binary("a label is cut short");
		label = pq_getmsgtext(buf, len, &got);
		groups[g].key = labels.len;
		groups[g].label_len = got;
		appendBinaryStringInfo(&labels, label, got);
		pfree(label);
	}
	head->n_groups = n;
	head->label_bytes = labels.len;
	s = mg_within_create(head, 0);
	memcpy(mg_within_groups(s), groups, n * sizeof(MgWithinGroup));
	memcpy(mg_within_labels(s), labels.data, labels.len);
	pfree(labels.data);
	return s;
}

static MgWithin *
read_condensed(StringInfo buf, const MgWithin *head)
{
	uint64		size = mg_within_condensed_size(head);
	uint64		count = condensed_numbers(head);
	MgWithin   *s;
	MgWithinSums *c;
	uint64		j;
	int			g;

	if (head->dim == 0 ||
		((head->flags & MG_WITHIN_TREND) && head->dim < MG_TREND_DIM))
		bad_binary("its counts contradict each other");
	if ((count + 8) * sizeof(double) > (uint64) (buf->len - buf->cursor))
		bad_binary("it is cut short");
	mg_within_check_size(size);
	s = (MgWithin *) palloc0(size);
	memcpy(s, head, mg_within_open_size(head, 0));
	SET_VARSIZE(s, size);
	c = mg_within_sums(s);
	c->n = pq_getmsgint64(buf);
	c->n_persons = pq_getmsgint64(buf);
	c->n_singletons = pq_getmsgint64(buf);
	c->n_clusters = pq_getmsgint64(buf);
	c->n_strata = pq_getmsgint64(buf);
	c->n_lonely = pq_getmsgint64(buf);
	c->n_registered = pq_getmsgint64(buf);
	c->sum_w = pq_getmsgfloat8(buf);
	for (g = 0; (s->flags & MG_WITHIN_TREND) && g < mg_within_n_parts(s); g++)
	{
		MgWithinPart *part = mg_within_parts(s) + g;

		part->n = pq_getmsgint64(buf);
		part->n_persons = pq_getmsgint64(buf);
		part->n_trends = pq_getmsgint64(buf);
	}
	for (j = 0; j < count; j++)
		mg_sums_number(s)[j] = pq_getmsgfloat8(buf);
	return s;
}

static MgWithin *
read_open(StringInfo buf, const MgWithin *head, int32 n)
{
	uint64		count = 2 * (uint64) head->dim + mg_triangle_length(head->dim);
	MgWithin   *s;
	uint64		j;
	int32		i;

	if (n < 0 || (head->dim == 0 && n > 0))
		bad_binary("its counts contradict each other");
	if (n * person_bytes(head) > (uint64) (buf->len - buf->cursor))
		bad_binary("it is cut short");
	s = mg_within_grow(head, head, n);
	s->n_persons = n;
	for (i = 0; i < n; i++)
	{
		MgPerson   *p = mg_within_person(s, i);
		MgMoments  *m = mg_person_moments(p);
		MgPerson	key = {0};

		CHECK_FOR_INTERRUPTS();
		mg_person_init(p, &key, s->flags, s->dim);
		p->id = pq_getmsgint64(buf);
		p->cluster = pq_getmsgint64(buf);
		p->stratum = pq_getmsgint64(buf);
		m->n = pq_getmsgint64(buf);
		m->sum_w = pq_getmsgfloat8(buf);
		m->sum_w2 = pq_getmsgfloat8(buf);
		for (j = 0; j < count; j++)
			m->number[j] = pq_getmsgfloat8(buf);
		if (s->flags & MG_WITHIN_TREND)
		{
			MgPersonTrend *t = mg_person_trend(p);

			t->earlier = pq_getmsgfloat8(buf);
			t->group = (int32) pq_getmsgint(buf, 4);
			t->n_earlier = (int32) pq_getmsgint(buf, 4);
		}
	}
	return s;
}

PG_FUNCTION_INFO_V1(mindgap_within_summary_recv);

Datum
mindgap_within_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	MgWithin	head = {0};
	MgWithin   *s;
	const char *problem;
	int32		n;

	if (pq_getmsgint(buf, 2) != MG_WITHIN_FORMAT)
		bad_binary("its format is unknown");
	head.flags = (uint16) pq_getmsgint(buf, 2);
	if ((head.flags & ~MG_WITHIN_KNOWN_FLAGS) != 0)
		bad_binary("its flags are unknown");
	head.n_skipped = pq_getmsgint64(buf);
	head.dim = (int32) pq_getmsgint(buf, 4);
	n = (int32) pq_getmsgint(buf, 4);
	if (head.dim < 0 || head.dim > MG_MOMENTS_MAX_DIM)
		bad_binary("a count is out of range");
	s = read_groups(buf, &head);
	if (head.flags & MG_WITHIN_CONDENSED)
	{
		if (n != 0)
			bad_binary("its counts contradict each other");
		s = read_condensed(buf, s);
	}
	else
		s = read_open(buf, s, n);
	pq_getmsgend(buf);
	problem = mg_within_problem(s);
	if (problem != NULL)
		bad_binary(problem);
	PG_RETURN_POINTER(s);
}

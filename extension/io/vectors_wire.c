/*-------------------------------------------------------------------------
 *
 * vectors_wire.c
 *		Binary form of vector summaries, field by field in network order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"

#include "io/vectors_io.h"

/* A label in the client's encoding, as all text on the wire. */
static void
send_label(StringInfo buf, const char *label, int32 len)
{
	char	   *converted = pg_server_to_client(label, len);

	if (converted != label)
		len = (int32) strlen(converted);
	pq_sendint32(buf, len);
	pq_sendbytes(buf, converted, len);
}

static Datum
vectors_send(FunctionCallInfo fcinfo, MgVectorKind kind)
{
	MgVecView	v;
	StringInfoData buf;
	int32		i;
	int64		j;
	int			c;

	mg_vectors_open(PG_GETARG_DATUM(0), kind, &v);
	pq_begintypsend(&buf);
	pq_sendint16(&buf, v.head->format);
	pq_sendint16(&buf, v.head->flags);
	pq_sendint16(&buf, v.head->kind);
	pq_sendint32(&buf, v.head->k);
	pq_sendint64(&buf, v.head->n_skipped);
	pq_sendint32(&buf, v.head->n_origin);
	for (c = 0; c < MG_VEC_LABEL; c++)
		pq_sendint32(&buf, v.head->n[c]);
	for (i = 0; i < v.head->n_origin; i++)
		pq_sendfloat8(&buf, v.origin[i]);
	for (c = 0; c < mg_vec_n_columns; c++)
	{
		const MgVecColumn *column = &mg_vec_columns[c];
		int64		width = mg_vec_column_width(v.head, column);

		for (i = 0; i < v.head->n[column->section]; i++)
		{
			const char *p = mg_vec_column_item(&v, column, i);

			if (c == 0 && (v.head->flags & MG_TEXT_GROUPS))
				send_label(&buf, v.labels + v.groups[i].key,
						   v.groups[i].label_len);
			else if (column->type == MG_VEC_INT32)
				pq_sendint32(&buf, *(const int32 *) p);
			else if (column->type == MG_VEC_INT64)
				pq_sendint64(&buf, *(const int64 *) p);
			else
			{
				for (j = 0; j < width; j++)
					pq_sendfloat8(&buf, ((const double *) p)[j]);
			}
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
bad_binary(MgVectorKind kind, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type %s", mg_vectors_type(kind)),
			 errdetail("Reading it stopped because %s.", problem)));
}

/* No count may promise more than the message holds. */
static void
check_counts(const MgVectors *counts, uint64 left, MgVectorKind kind)
{
	uint64		need = (uint64) counts->n_origin * 8;
	int			c;

	if (!mg_vectors_shape_valid(counts))
		bad_binary(kind, "its vectors have another shape");
	for (c = 0; c < mg_vec_n_columns; c++)
	{
		const MgVecColumn *column = &mg_vec_columns[c];
		uint64		n = (uint64) counts->n[column->section];

		if (counts->n[column->section] < 0)
			bad_binary(kind, "a count is out of range");
		if (column->type == MG_VEC_INT32 || c == 0)
			need += n * 4;
		else if (n > 0 && (uint64) mg_vec_column_width(counts, column) > left / 8)
			bad_binary(kind, "it is cut short");
		else
			need += n * (uint64) mg_vec_column_width(counts, column) * 8;
		if (need > left)
			bad_binary(kind, "it is cut short");
	}
}

static Datum
vectors_recv(FunctionCallInfo fcinfo, MgVectorKind kind)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	MgVectors	counts = {0};
	MgVectors  *s;
	MgVecView	v;
	StringInfoData labels;
	MgVecGroup *groups;
	double	   *origin;
	const char *problem;
	int32		i;
	int64		j;
	int			c;

	counts.format = (uint16) pq_getmsgint(buf, 2);
	if (counts.format != MG_VECTORS_FORMAT)
		bad_binary(kind, "its format is unknown");
	counts.flags = (uint16) pq_getmsgint(buf, 2);
	if ((counts.flags & ~(MG_VEC_KNOWN_FLAGS & ~MG_VEC_WORKING)) != 0)
		bad_binary(kind, "its flags are unknown");
	counts.kind = (uint16) pq_getmsgint(buf, 2);
	if (counts.kind != kind)
		bad_binary(kind, "it is of another kind");
	counts.k = (int32) pq_getmsgint(buf, 4);
	counts.n_skipped = pq_getmsgint64(buf);
	counts.n_origin = (int32) pq_getmsgint(buf, 4);
	for (c = 0; c < MG_VEC_LABEL; c++)
		counts.n[c] = (int32) pq_getmsgint(buf, 4);
	check_counts(&counts, (uint64) (buf->len - buf->cursor), kind);

	origin = palloc(counts.n_origin * sizeof(double));
	for (i = 0; i < counts.n_origin; i++)
		origin[i] = pq_getmsgfloat8(buf);
	groups = (MgVecGroup *) palloc0((counts.n[MG_VEC_GROUP] + 1) *
									sizeof(MgVecGroup));
	initStringInfo(&labels);
	for (i = 0; i < counts.n[MG_VEC_GROUP]; i++)
	{
		if (counts.flags & MG_TEXT_GROUPS)
		{
			int			len = (int) pq_getmsgint(buf, 4);
			int			got;
			char	   *label;

			if (len < 0 || len > buf->len - buf->cursor)
				bad_binary(kind, "a label is cut short");
			label = pq_getmsgtext(buf, len, &got);
			groups[i].key = labels.len;
			groups[i].label_len = got;
			appendBinaryStringInfo(&labels, label, got);
			pfree(label);
		}
		else
			groups[i].key = pq_getmsgint64(buf);
	}
	counts.n[MG_VEC_LABEL] = labels.len;
	memcpy(counts.cap, counts.n, sizeof(counts.cap));
	s = mg_vectors_alloc(&counts);
	mg_vectors_view(s, &v);
	memcpy(v.origin, origin, counts.n_origin * sizeof(double));
	memcpy(v.groups, groups, counts.n[MG_VEC_GROUP] * sizeof(MgVecGroup));
	memcpy(v.labels, labels.data, labels.len);
	for (c = 1; c < mg_vec_n_columns; c++)
	{
		const MgVecColumn *column = &mg_vec_columns[c];
		int64		width = mg_vec_column_width(s, column);

		for (i = 0; i < s->n[column->section]; i++)
		{
			char	   *p = mg_vec_column_item(&v, column, i);

			if (column->type == MG_VEC_INT32)
				*(int32 *) p = (int32) pq_getmsgint(buf, 4);
			else if (column->type == MG_VEC_INT64)
				*(int64 *) p = pq_getmsgint64(buf);
			else
			{
				for (j = 0; j < width; j++)
					((double *) p)[j] = pq_getmsgfloat8(buf);
			}
		}
	}
	pq_getmsgend(buf);
	problem = mg_vectors_in_order(&s);
	if (problem != NULL)
		bad_binary(kind, problem);
	PG_RETURN_POINTER(s);
}

PG_FUNCTION_INFO_V1(mindgap_concentration_summary_send);
PG_FUNCTION_INFO_V1(mindgap_concentration_summary_recv);
PG_FUNCTION_INFO_V1(mindgap_inequality_summary_send);
PG_FUNCTION_INFO_V1(mindgap_inequality_summary_recv);
PG_FUNCTION_INFO_V1(mindgap_regression_summary_send);
PG_FUNCTION_INFO_V1(mindgap_regression_summary_recv);
PG_FUNCTION_INFO_V1(mindgap_decomposition_summary_send);
PG_FUNCTION_INFO_V1(mindgap_decomposition_summary_recv);

Datum
mindgap_concentration_summary_send(PG_FUNCTION_ARGS)
{
	return vectors_send(fcinfo, MG_VEC_CONCENTRATION);
}

Datum
mindgap_concentration_summary_recv(PG_FUNCTION_ARGS)
{
	return vectors_recv(fcinfo, MG_VEC_CONCENTRATION);
}

Datum
mindgap_inequality_summary_send(PG_FUNCTION_ARGS)
{
	return vectors_send(fcinfo, MG_VEC_INEQUALITY);
}

Datum
mindgap_inequality_summary_recv(PG_FUNCTION_ARGS)
{
	return vectors_recv(fcinfo, MG_VEC_INEQUALITY);
}

Datum
mindgap_regression_summary_send(PG_FUNCTION_ARGS)
{
	return vectors_send(fcinfo, MG_VEC_REGRESSION);
}

Datum
mindgap_regression_summary_recv(PG_FUNCTION_ARGS)
{
	return vectors_recv(fcinfo, MG_VEC_REGRESSION);
}

Datum
mindgap_decomposition_summary_send(PG_FUNCTION_ARGS)
{
	return vectors_send(fcinfo, MG_VEC_DECOMPOSITION);
}

Datum
mindgap_decomposition_summary_recv(PG_FUNCTION_ARGS)
{
	return vectors_recv(fcinfo, MG_VEC_DECOMPOSITION);
}

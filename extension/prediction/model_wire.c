/*-------------------------------------------------------------------------
 *
 * model_wire.c
 *		The binary form of a prediction model: format, flags, family, counts,
 *		then the fields in the order of the table (model_fields.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"

#include "prediction/model.h"

PG_FUNCTION_INFO_V1(mindgap_prediction_model_send);

Datum
mindgap_prediction_model_send(PG_FUNCTION_ARGS)
{
	MgModel		m;
	StringInfoData buf;
	int			i;

	mg_model_unpack((MgModelValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)), &m);
	pq_begintypsend(&buf);
	pq_sendint16(&buf, MG_MODEL_FORMAT);
	pq_sendint16(&buf, 0);
	pq_sendint32(&buf, m.family);
	for (i = 0; i < MG_MODEL_COUNTS; i++)
		pq_sendint32(&buf, m.count[i]);
	for (i = 0; i < mg_model_n_fields; i++)
	{
		const MgModelField *f = &mg_model_fields[i];
		const char *member = (const char *) &m + f->offset;
		int64		n = mg_field_length(&m, f);
		int64		j;

		for (j = 0; j < n; j++)
		{
			if (f->kind == MG_FIELD_INT64)
				pq_sendint64(&buf, *(const int64 *) member);
			else if (f->kind == MG_FIELD_INT32S)
				pq_sendint32(&buf, (*(int32 *const *) member)[j]);
			else if (f->kind == MG_FIELD_TEXTS)
				pq_sendstring(&buf, f->length == MG_LEN_ONE ?
							  *(char *const *) member :
							  (*(char **const *) member)[j]);
			else if (mg_field_inside(f))
				pq_sendfloat8(&buf, ((const double *) member)[j]);
			else
				pq_sendfloat8(&buf, (*(double *const *) member)[j]);
			if (j % 1024 == 0)
				CHECK_FOR_INTERRUPTS();
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
bad_binary(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type prediction_model"),
			 errdetail("Reading it stopped because %s.", problem)));
}

static void
get_field(StringInfo buf, MgModel *m, const MgModelField *f)
{
	char	   *member = (char *) m + f->offset;
	int64		n = mg_field_length(m, f);
	void	   *out = member;
	int64		i;

	/* An element has a byte at least. */
	if (n > buf->len - buf->cursor)
		bad_binary("it is cut short");
	if (f->kind == MG_FIELD_INT64)
	{
		*(int64 *) out = pq_getmsgint64(buf);
		return;
	}
	if (!mg_field_inside(f))
	{
		out = MemoryContextAllocHuge(CurrentMemoryContext,
									 (n + 1) * sizeof(double));
		*(void **) member = out;
	}
	for (i = 0; i < n; i++)
	{
		if (f->kind == MG_FIELD_INT32S)
			((int32 *) out)[i] = (int32) pq_getmsgint(buf, 4);
		else if (f->kind == MG_FIELD_TEXTS)
			((char **) out)[i] = pstrdup(pq_getmsgstring(buf));
		else
			((double *) out)[i] = pq_getmsgfloat8(buf);
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

PG_FUNCTION_INFO_V1(mindgap_prediction_model_recv);

Datum
mindgap_prediction_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	MgModel    *m = palloc0(sizeof(MgModel));
	const char *problem;
	int			i;

	if (pq_getmsgint(buf, 2) != MG_MODEL_FORMAT)
		bad_binary("its format is unknown");
	if (pq_getmsgint(buf, 2) != 0)
		bad_binary("its flags are unknown");
	m->family = (MgFamily) pq_getmsgint(buf, 4);
	for (i = 0; i < MG_MODEL_COUNTS; i++)
		m->count[i] = (int32) pq_getmsgint(buf, 4);
	problem = mg_model_bad_counts(m);
	if (problem != NULL)
		bad_binary(problem);
	for (i = 0; i < mg_model_n_fields; i++)
		get_field(buf, m, &mg_model_fields[i]);
	pq_getmsgend(buf);
	problem = mg_model_invalid(m);
	if (problem != NULL)
		bad_binary(problem);
	PG_RETURN_POINTER(mg_model_pack(m));
}

/*-------------------------------------------------------------------------
 *
 * survey_wire.c
 *		Binary form of a survey summary, field by field in network order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"

#include "core/cells.h"
#include "io/expanded.h"
#include "io/survey_text.h"

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

/* Appends the binary form of a summary. */
void
mg_survey_put_binary(StringInfo buf, const MgView *view)
{
	MgView		v = *view;
	const MgSurvey *s = v.head;
	int64		k;
	int32		i;

	pq_sendint16(buf, s->format);
	pq_sendint16(buf, s->flags);
	pq_sendint64(buf, s->n_skipped);
	pq_sendint32(buf, s->n_groups);
	pq_sendint32(buf, s->n_strata);
	pq_sendint32(buf, s->n_psus);
	pq_sendint32(buf, s->n_cells);
	pq_sendint32(buf, s->n_rowcells);
	pq_sendint32(buf, s->n_replicates);
	for (i = 0; i < s->n_groups; i++)
	{
		if (s->flags & MG_TEXT_GROUPS)
			send_label(buf, v.labels + v.groups[i].key,
					   v.groups[i].label_len);
		else
			pq_sendint64(buf, v.groups[i].key);
		pq_sendfloat8(buf, v.groups[i].shift);
		pq_sendfloat8(buf, v.groups[i].w);
		pq_sendfloat8(buf, v.groups[i].mean);
		pq_sendfloat8(buf, v.groups[i].m2);
		pq_sendbyte(buf, v.groups[i].no_error);
	}
	for (i = 0; i < s->n_strata; i++)
	{
		pq_sendint64(buf, v.strata[i].id);
		pq_sendfloat8(buf, v.strata[i].fpc);
		pq_sendint64(buf, v.strata[i].n_rows);
		pq_sendint32(buf, v.strata[i].psu_start);
		pq_sendint32(buf, v.strata[i].rowcell_start);
	}
	for (i = 0; i < s->n_psus; i++)
	{
		pq_sendint64(buf, v.psus[i].id);
		pq_sendint32(buf, v.psus[i].cell_start);
	}
	for (i = 0; i < s->n_cells; i++)
	{
		pq_sendint32(buf, v.cells[i].group);
		pq_sendint64(buf, v.cells[i].n);
		pq_sendint64(buf, v.cells[i].n_missing);
		pq_sendint64(buf, v.cells[i].n_nonzero);
		pq_sendfloat8(buf, v.cells[i].w);
		pq_sendfloat8(buf, v.cells[i].s);
	}
	for (i = 0; i < s->n_rowcells; i++)
	{
		pq_sendint32(buf, v.rowcells[i].group);
		pq_sendint64(buf, v.rowcells[i].n);
		pq_sendint64(buf, v.rowcells[i].n_missing);
		pq_sendint64(buf, v.rowcells[i].n_nonzero);
		pq_sendfloat8(buf, v.rowcells[i].mean_w);
		pq_sendfloat8(buf, v.rowcells[i].mean_s);
		pq_sendfloat8(buf, v.rowcells[i].ss_w);
		pq_sendfloat8(buf, v.rowcells[i].sp);
		pq_sendfloat8(buf, v.rowcells[i].ss_s);
	}
	if (v.replication != NULL)
	{
		pq_sendfloat8(buf, v.replication->scale);
		pq_sendfloat8(buf, v.replication->df);
		pq_sendint32(buf, v.replication->mse);
		for (i = 0; i < s->n_replicates; i++)
			pq_sendfloat8(buf, v.rscales[i]);
	}
	for (k = 0; k < (int64) s->n_groups * s->n_replicates * 2; k++)
		pq_sendfloat8(buf, v.replicates[k]);
}

PG_FUNCTION_INFO_V1(mindgap_survey_summary_send);

Datum
mindgap_survey_summary_send(PG_FUNCTION_ARGS)
{
	MgView		v;
	StringInfoData buf;

	mg_survey_open(PG_GETARG_DATUM(0), &v);
	pq_begintypsend(&buf);
	mg_survey_put_binary(&buf, &v);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
bad_binary(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type survey_summary"),
			 errdetail("Reading it stopped because %s.", problem)));
}

/* A summary from a message, validated. */
MgSurvey *
mg_survey_from_binary(StringInfo buf)
{
	MgSurvey	counts = {0};
	MgSurvey   *s;
	MgGroup    *groups;
	MgView		v;
	StringInfoData labels;
	const char *problem;
	uint64		left;
	int64		k;
	int32		i;

	if (pq_getmsgint(buf, 2) != MG_SURVEY_FORMAT)
		bad_binary("its format is unknown");
	counts.flags = (uint16) pq_getmsgint(buf, 2);
	if ((counts.flags & ~MG_KNOWN_FLAGS) != 0)
		bad_binary("its flags are unknown");
	counts.n_skipped = pq_getmsgint64(buf);
	counts.n_groups = (int32) pq_getmsgint(buf, 4);
	counts.n_strata = (int32) pq_getmsgint(buf, 4);
	counts.n_psus = (int32) pq_getmsgint(buf, 4);
	counts.n_cells = (int32) pq_getmsgint(buf, 4);
	counts.n_rowcells = (int32) pq_getmsgint(buf, 4);
	counts.n_replicates = (int32) pq_getmsgint(buf, 4);

	/* No count may promise more than the message holds. */
	left = (uint64) (buf->len - buf->cursor);
	if (counts.n_groups < 0 || counts.n_strata < 0 || counts.n_psus < 0 ||
		counts.n_cells < 0 || counts.n_rowcells < 0 || counts.n_replicates < 0)
		bad_binary("a count is negative");
	if ((uint64) counts.n_groups * 37 + (uint64) counts.n_strata * 32 +
		(uint64) counts.n_psus * 12 + (uint64) counts.n_cells * 44 +
		(uint64) counts.n_rowcells * 68 + (uint64) counts.n_groups *
		counts.n_replicates * 16 + (uint64) counts.n_replicates * 8 > left +
		((counts.flags & MG_HAS_REPLICATION) ? 0 :
		 (uint64) counts.n_replicates * 8))
		bad_binary("it is cut short");

	groups = (MgGroup *) palloc0((counts.n_groups + 1) * sizeof(MgGroup));
	initStringInfo(&labels);
	for (i = 0; i < counts.n_groups; i++)
	{
		if (counts.flags & MG_TEXT_GROUPS)
		{
			int			len = (int) pq_getmsgint(buf, 4);
			int			got;
			char	   *label;

			if (len < 0 || len > buf->len - buf->cursor)
				bad_binary("a label is cut short");
			label = pq_getmsgtext(buf, len, &got);
			groups[i].key = labels.len;
			groups[i].label_len = got;
			appendBinaryStringInfo(&labels, label, got);
			pfree(label);
		}
		else
			groups[i].key = pq_getmsgint64(buf);
		groups[i].shift = pq_getmsgfloat8(buf);
		groups[i].w = pq_getmsgfloat8(buf);
		groups[i].mean = pq_getmsgfloat8(buf);
		groups[i].m2 = pq_getmsgfloat8(buf);
		groups[i].no_error = pq_getmsgbyte(buf);
	}
	counts.label_bytes = labels.len;
	s = mg_survey_alloc(&counts);
	mg_survey_view(s, &v);
	memcpy(v.groups, groups, counts.n_groups * sizeof(MgGroup));
	memcpy(v.labels, labels.data, labels.len);
	pfree(groups);
	pfree(labels.data);

	for (i = 0; i < s->n_strata; i++)
	{
		v.strata[i].id = pq_getmsgint64(buf);
		v.strata[i].fpc = pq_getmsgfloat8(buf);
		v.strata[i].n_rows = pq_getmsgint64(buf);
		v.strata[i].psu_start = (int32) pq_getmsgint(buf, 4);
		v.strata[i].rowcell_start = (int32) pq_getmsgint(buf, 4);
	}
	for (i = 0; i < s->n_psus; i++)
	{
		v.psus[i].id = pq_getmsgint64(buf);
		v.psus[i].cell_start = (int32) pq_getmsgint(buf, 4);
	}
	for (i = 0; i < s->n_cells; i++)
	{
		v.cells[i].group = (int32) pq_getmsgint(buf, 4);
		v.cells[i].n = pq_getmsgint64(buf);
		v.cells[i].n_missing = pq_getmsgint64(buf);
		v.cells[i].n_nonzero = pq_getmsgint64(buf);
		v.cells[i].w = pq_getmsgfloat8(buf);
		v.cells[i].s = pq_getmsgfloat8(buf);
	}
	for (i = 0; i < s->n_rowcells; i++)
	{
		v.rowcells[i].group = (int32) pq_getmsgint(buf, 4);
		v.rowcells[i].n = pq_getmsgint64(buf);
		v.rowcells[i].n_missing = pq_getmsgint64(buf);
		v.rowcells[i].n_nonzero = pq_getmsgint64(buf);
		v.rowcells[i].mean_w = pq_getmsgfloat8(buf);
		v.rowcells[i].mean_s = pq_getmsgfloat8(buf);
		v.rowcells[i].ss_w = pq_getmsgfloat8(buf);
		v.rowcells[i].sp = pq_getmsgfloat8(buf);
		v.rowcells[i].ss_s = pq_getmsgfloat8(buf);
	}
	if (v.replication != NULL)
	{
		v.replication->scale = pq_getmsgfloat8(buf);
		v.replication->df = pq_getmsgfloat8(buf);
		v.replication->mse = (int32) pq_getmsgint(buf, 4);
		for (i = 0; i < s->n_replicates; i++)
			v.rscales[i] = pq_getmsgfloat8(buf);
	}
	for (k = 0; k < (int64) s->n_groups * s->n_replicates * 2; k++)
		v.replicates[k] = pq_getmsgfloat8(buf);

	s = mg_survey_sort_groups(s);
	problem = mg_survey_invalid(s, VARSIZE(s));
	if (problem != NULL)
		bad_binary(problem);
	return s;
}

PG_FUNCTION_INFO_V1(mindgap_survey_summary_recv);

Datum
mindgap_survey_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	MgSurvey   *s = mg_survey_from_binary(buf);

	pq_getmsgend(buf);
	PG_RETURN_POINTER(s);
}

/*-------------------------------------------------------------------------
 *
 * panel_summary.c
 *		Panel summaries as Datums: text and binary form.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "io/json.h"
#include "io/moments_summary.h"
#include "io/panel_summary.h"

#define KIND_RATINGS	"ratings"
#define KIND_RANKS		"ranks"

/* The validator, and what only the server's encoding can tell. */
static const char *
invalid(const MgPanel *s, Size size)
{
	const char *problem = mg_panel_invalid(s, size);
	int32		i;

	if (problem != NULL)
		return problem;
	for (i = 0; i < s->n_categories; i++)
	{
		const char *label = mg_panel_label(s, i);
		int32		len = mg_panel_categories(s)[i].len;

		if (memchr(label, '\0', len) != NULL ||
			!pg_verifymbstr(label, len, true))
			return "a category's label is no text";
	}
	return NULL;
}

static void
damaged(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("panel summary is damaged"),
			 errdetail("Reading it stopped because %s.", problem),
			 errhint("Make the summary again from the votes.")));
}

/* Opens a summary or the state of an aggregate and checks all of it. */
MgPanel *
mg_panel_open_any(Datum d)
{
	MgPanel    *s = (MgPanel *) PG_DETOAST_DATUM(d);
	const char *problem = invalid(s, VARSIZE(s));

	if (problem != NULL)
		damaged(problem);
	return s;
}

/* Opens a summary that a query handed in. */
MgPanel *
mg_panel_open(Datum d)
{
	MgPanel    *s = mg_panel_open_any(d);

	if (s->flags & MG_PANEL_UNSORTED)
		damaged("its votes are not in order");
	return s;
}

/* The state of an aggregate may have to travel, too. */
static MgPanel *
open_to_write(Datum d)
{
	MgPanel    *s = mg_panel_open_any(d);

	return (s->flags & MG_PANEL_UNSORTED) ? mg_panel_finish(s) : s;
}

#define PUT_VOTES(key, put, expr) \
	do { \
		int32		i; \
		mg_put_key(&buf, key); \
		appendStringInfoChar(&buf, '"'); \
		for (i = 0; i < s->n_votes; i++) \
		{ \
			if (i > 0) \
				appendStringInfoChar(&buf, ' '); \
			put(&buf, expr); \
		} \
		appendStringInfoChar(&buf, '"'); \
	} while (0)

PG_FUNCTION_INFO_V1(mindgap_panel_summary_out);

Datum
mindgap_panel_summary_out(PG_FUNCTION_ARGS)
{
	MgPanel    *s = open_to_write(PG_GETARG_DATUM(0));
	const MgVote *vote = mg_panel_votes(s);
	StringInfoData buf;
	int32		c;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"type\":\"panel_summary\",\"format\":\"%d\",\"kind\":\"%s\",\"skipped\":\"" INT64_FORMAT "\",\"categories\":[",
					 s->format,
					 (s->flags & MG_PANEL_RANKS) ? KIND_RANKS : KIND_RATINGS,
					 s->n_skipped);
	for (c = 0; c < s->n_categories; c++)
	{
		if (c > 0)
			appendStringInfoChar(&buf, ',');
		escape_json(&buf, pnstrdup(mg_panel_label(s, c),
								   mg_panel_categories(s)[c].len));
	}
	appendStringInfoChar(&buf, ']');
	PUT_VOTES("category", mg_put_int64, vote[i].category + 1);
	PUT_VOTES("voter", mg_put_int64, vote[i].voter);
	PUT_VOTES("value", mg_put_double, vote[i].value);
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/*
 * Labels and the number of each, as they were written.  Another encoding may
 * sort them otherwise, so categories are found by label and votes sorted.
 */
static MgPanel *
add_labels(MgPanel *s, char **labels, int n, int32 **place)
{
	int32		dummy;
	int			i;

	for (i = 0; i < n; i++)
	{
		MgPanel    *before = s;

		s = mg_panel_category(s, labels[i], (int32) strlen(labels[i]), &dummy);
		if (s == before)
			return NULL;
		pfree(before);
	}
	*place = palloc((n + 1) * sizeof(int32));
	for (i = 0; i < n; i++)
		s = mg_panel_category(s, labels[i], (int32) strlen(labels[i]),
							  &(*place)[i]);
	return s;
}

static MgPanel *
from_json(const MgJson *doc)
{
	static const char *const keys[] = {
		"type", "format", "kind", "skipped", "categories", "category",
		"voter", "value"
	};
	const char *kind;
	MgPanel    *s;
	int64		n_skipped;
	char	  **labels;
	int64	   *category;
	int64	   *voter;
	double	   *value;
	int32	   *place;
	int			n_labels;
	int			n;
	int			i;

	mg_json_only_keys(doc, keys, lengthof(keys));
	if (strcmp(mg_json_string(doc, "type"), "panel_summary") != 0)
		mg_json_bad(doc, "The value of \"type\" is not \"panel_summary\".");
	if (strcmp(mg_json_string(doc, "format"), "1") != 0)
		mg_json_bad(doc, "Its format is unknown.");
	kind = mg_json_string(doc, "kind");
	if (strcmp(kind, KIND_RATINGS) != 0 && strcmp(kind, KIND_RANKS) != 0)
		mg_json_bad(doc, "The value of \"kind\" is unknown.");
	n_skipped = mg_get_int64(doc, "skipped", 0, PG_INT64_MAX);
	n_labels = mg_json_labels(doc, "categories", &labels);
	if (n_labels > MG_PANEL_MAX_CATEGORIES)
		mg_json_bad(doc, "It has too many categories.");
	n = mg_json_int64s(doc, "category", &category);
	if (mg_json_int64s(doc, "voter", &voter) != n ||
		mg_json_doubles(doc, "value", &value) != n)
		mg_json_bad(doc, "Its columns are not of the same length.");
	s = mg_panel_alloc(strcmp(kind, KIND_RANKS) == 0 ? MG_PANEL_RANKS : 0,
					   0, 0, 0);
	s->n_skipped = n_skipped;
	s = add_labels(s, labels, n_labels, &place);
	if (s == NULL)
		mg_json_bad(doc, "A category is there twice.");
	s = mg_panel_make_room(s, n);
	for (i = 0; i < n; i++)
	{
		if (category[i] < 1 || category[i] > n_labels)
			mg_json_bad(doc, "A vote is on no category.");
		mg_panel_add(s, voter[i], place[category[i] - 1], value[i]);
	}
	return s;
}

PG_FUNCTION_INFO_V1(mindgap_panel_summary_in);

Datum
mindgap_panel_summary_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	MgPanel    *volatile s = NULL;
	MgJson		doc = {NULL, "panel_summary"};
	const char *problem;

	PG_TRY();
	{
		mg_json_open(&doc, str, "panel_summary");
		s = from_json(&doc);
	}
	PG_FINALLY();
	{
		mg_json_close(&doc);
	}
	PG_END_TRY();

	s = mg_panel_sorted(s);
	problem = invalid(s, VARSIZE(s));
	if (problem != NULL)
		mg_json_bad(&doc, "Reading it stopped because %s.", problem);
	PG_RETURN_POINTER(s);
}

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

PG_FUNCTION_INFO_V1(mindgap_panel_summary_send);

Datum
mindgap_panel_summary_send(PG_FUNCTION_ARGS)
{
	MgPanel    *s = open_to_write(PG_GETARG_DATUM(0));
	const MgVote *vote = mg_panel_votes(s);
	StringInfoData buf;
	int32		i;

	pq_begintypsend(&buf);
	pq_sendint16(&buf, s->format);
	pq_sendint16(&buf, s->flags);
	pq_sendint64(&buf, s->n_skipped);
	pq_sendint32(&buf, s->n_categories);
	pq_sendint32(&buf, s->n_votes);
	for (i = 0; i < s->n_categories; i++)
		send_label(&buf, mg_panel_label(s, i), mg_panel_categories(s)[i].len);
	for (i = 0; i < s->n_votes; i++)
	{
		pq_sendint32(&buf, vote[i].category);
		pq_sendint64(&buf, vote[i].voter);
		pq_sendfloat8(&buf, vote[i].value);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
bad_binary(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type panel_summary"),
			 errdetail("Reading it stopped because %s.", problem)));
}

PG_FUNCTION_INFO_V1(mindgap_panel_summary_recv);

Datum
mindgap_panel_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	MgPanel    *s;
	const char *problem;
	uint16		flags;
	int64		n_skipped;
	int32		n_categories;
	int32		n_votes;
	char	  **labels;
	int32	   *place = NULL;
	int32		i;

	if (pq_getmsgint(buf, 2) != MG_PANEL_FORMAT)
		bad_binary("its format is unknown");
	flags = (uint16) pq_getmsgint(buf, 2);
	if ((flags & ~MG_PANEL_RANKS) != 0)
		bad_binary("its flags are unknown");
	n_skipped = pq_getmsgint64(buf);
	n_categories = (int32) pq_getmsgint(buf, 4);
	n_votes = (int32) pq_getmsgint(buf, 4);
	if (n_categories < 0 || n_categories > MG_PANEL_MAX_CATEGORIES ||
		n_votes < 0)
		bad_binary("a count is out of range");
	if (n_categories * UINT64CONST(4) + n_votes * UINT64CONST(20) >
		(uint64) (buf->len - buf->cursor))
		bad_binary("it is cut short");
	labels = palloc((n_categories + 1) * sizeof(char *));
	for (i = 0; i < n_categories; i++)
	{
		int32		len = (int32) pq_getmsgint(buf, 4);
		int			got;

		if (len < 0 || len > buf->len - buf->cursor)
			bad_binary("a label is cut short");
		labels[i] = pq_getmsgtext(buf, len, &got);
		if ((int) strlen(labels[i]) != got)
			bad_binary("a category's label is no text");
	}
	s = mg_panel_alloc(flags, 0, 0, 0);
	s->n_skipped = n_skipped;
	s = add_labels(s, labels, n_categories, &place);
	if (s == NULL)
		bad_binary("a category is there twice");
	s = mg_panel_make_room(s, n_votes);
	for (i = 0; i < n_votes; i++)
	{
		int32		category = (int32) pq_getmsgint(buf, 4);
		int64		voter = pq_getmsgint64(buf);

		if (category < 0 || category >= n_categories)
			bad_binary("a vote is on no category");
		mg_panel_add(s, voter, place[category], pq_getmsgfloat8(buf));
	}
	pq_getmsgend(buf);
	s = mg_panel_sorted(s);
	problem = invalid(s, VARSIZE(s));
	if (problem != NULL)
		bad_binary(problem);
	PG_RETURN_POINTER(s);
}

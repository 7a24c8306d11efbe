/*-------------------------------------------------------------------------
 *
 * vectors_text.c
 *		Vector summaries as Datums, and their text form: one exact, compact
 *		JSON object.
 *
 * doc/persons.md documents the keys.  Every column of numbers is one string;
 * out(in(x)) = x bit for bit.  The text of a state, which may have to travel
 * between servers, is that of its value.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/json.h"

#include "io/json.h"
#include "io/vectors_io.h"

static const MgJsonFlag flag_names[] = {
	{MG_TEXT_GROUPS, "text_subgroups"},
	{MG_INT_GROUPS, "integer_subgroups"},
	{MG_HAS_DESIGN, "design"},
	{MG_HAS_SHIFT, "origin"},
	{MG_VEC_UNSHAPED, "no_variables_seen"}
};

const MgVecColumn mg_vec_columns[] = {
	{"subgroups", MG_VEC_GROUP, MG_VEC_INT64, offsetof(MgVecGroup, key)},
	{"strata", MG_VEC_STRATUM, MG_VEC_INT64, offsetof(MgVecStratum, id)},
	{"stratum_null", MG_VEC_STRATUM, MG_VEC_INT32, offsetof(MgVecStratum, is_null)},
	{"stratum_rows", MG_VEC_STRATUM, MG_VEC_INT64, offsetof(MgVecStratum, n_rows)},
	{"psus", MG_VEC_PSU, MG_VEC_INT64, offsetof(MgVecPsu, id)},
	{"psu_stratum", MG_VEC_PSU, MG_VEC_INT32, offsetof(MgVecPsu, stratum)},
	{"cell_psu", MG_VEC_CELL, MG_VEC_INT32, offsetof(MgVecCell, owner)},
	{"cell_subgroup", MG_VEC_CELL, MG_VEC_INT32, offsetof(MgVecCell, group)},
	{"cell_n", MG_VEC_CELL, MG_VEC_INT64, offsetof(MgVecCell, n)},
	{"cell_missing", MG_VEC_CELL, MG_VEC_INT64, offsetof(MgVecCell, n_missing)},
	{"cell_odd", MG_VEC_CELL, MG_VEC_INT64, offsetof(MgVecCell, n_odd)},
	{"cell_sums", MG_VEC_CELL, MG_VEC_VECTOR, sizeof(MgVecCell)},
	{"row_stratum", MG_VEC_ROWCELL, MG_VEC_INT32, offsetof(MgVecCell, owner)},
	{"row_subgroup", MG_VEC_ROWCELL, MG_VEC_INT32, offsetof(MgVecCell, group)},
	{"row_n", MG_VEC_ROWCELL, MG_VEC_INT64, offsetof(MgVecCell, n)},
	{"row_missing", MG_VEC_ROWCELL, MG_VEC_INT64, offsetof(MgVecCell, n_missing)},
	{"row_odd", MG_VEC_ROWCELL, MG_VEC_INT64, offsetof(MgVecCell, n_odd)},
	{"row_means", MG_VEC_ROWCELL, MG_VEC_VECTOR, sizeof(MgVecCell)},
	{"row_products", MG_VEC_ROWCELL, MG_VEC_PRODUCTS, 0}
};

const int	mg_vec_n_columns = lengthof(mg_vec_columns);

/* Numbers that an element has in a column. */
int64
mg_vec_column_width(const MgVectors *s, const MgVecColumn *c)
{
	switch (c->type)
	{
		case MG_VEC_VECTOR:
			return s->k;
		case MG_VEC_PRODUCTS:
			return mg_packed_size(s->k);
		default:
			return 1;
	}
}

/* Where they are. */
char *
mg_vec_column_item(const MgVecView *v, const MgVecColumn *c, int32 i)
{
	switch (c->section)
	{
		case MG_VEC_GROUP:
			return (char *) &v->groups[i] + c->offset;
		case MG_VEC_STRATUM:
			return (char *) &v->strata[i] + c->offset;
		case MG_VEC_PSU:
			return (char *) &v->psus[i] + c->offset;
		case MG_VEC_CELL:
			return (char *) mg_vec_cell(v, i) + c->offset;
		default:
			if (c->type == MG_VEC_PRODUCTS)
				return (char *) mg_vec_products(mg_vec_rowcell(v, i), v->head->k);
			return (char *) mg_vec_rowcell(v, i) + c->offset;
	}
}

/* Labels must be text of the database's encoding. */
static const char *
labels_invalid(const MgVectors *s)
{
	MgVecView	v;
	int32		g;

	if ((s->flags & MG_TEXT_GROUPS) == 0)
		return NULL;
	mg_vectors_view((MgVectors *) s, &v);
	for (g = 0; g < s->n[MG_VEC_GROUP]; g++)
	{
		const char *label = v.labels + v.groups[g].key;
		int32		len = v.groups[g].label_len;

		if (memchr(label, '\0', len) != NULL ||
			!pg_verifymbstr(label, len, true))
			return "a subgroup's label is no text";
	}
	return NULL;
}

/*
 * Opens a summary that a query handed in: detoasts it and checks all of it,
 * so that no stored damage reaches the arithmetic.  "working": a state will
 * do, as partial aggregation hands it on.
 */
void
mg_vectors_open_any(Datum d, MgVectorKind kind, bool working, MgVecView *view)
{
	MgVectors  *s = (MgVectors *) PG_DETOAST_DATUM(d);
	const char *problem = mg_vectors_invalid(s, VARSIZE(s), true);

	if (problem == NULL && s->kind != kind)
		problem = "it is of another kind";
	if (problem == NULL)
		problem = labels_invalid(s);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("value of type %s is damaged", mg_vectors_type(kind)),
				 errdetail("Reading it stopped because %s.", problem),
				 errhint("Make the summary again from the data.")));
	if (!working && (s->flags & MG_VEC_WORKING))
		s = mg_vectors_canonical(s);
	mg_vectors_view(s, view);
}

/* The same; a state is brought into its sorted form. */
void
mg_vectors_open(Datum d, MgVectorKind kind, MgVecView *view)
{
	mg_vectors_open_any(d, kind, false, view);
}

static void
put_column(StringInfo buf, const MgVecView *v, const MgVecColumn *c)
{
	int64		width = mg_vec_column_width(v->head, c);
	int32		i;
	int64		j;

	mg_put_key(buf, c->key);
	appendStringInfoChar(buf, '"');
	for (i = 0; i < v->head->n[c->section]; i++)
	{
		const char *p = mg_vec_column_item(v, c, i);

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		for (j = 0; j < width; j++)
		{
			if (i > 0 || j > 0)
				appendStringInfoChar(buf, ' ');
			if (c->type == MG_VEC_INT32)
				mg_put_int64(buf, *(const int32 *) p);
			else if (c->type == MG_VEC_INT64)
				mg_put_int64(buf, *(const int64 *) p);
			else
				mg_put_double(buf, ((const double *) p)[j]);
		}
	}
	appendStringInfoChar(buf, '"');
}

static Datum
vectors_out(FunctionCallInfo fcinfo, MgVectorKind kind)
{
	MgVecView	v;
	StringInfoData buf;
	bool		first = true;
	int			c;

	mg_vectors_open(PG_GETARG_DATUM(0), kind, &v);
	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"type\":\"%s\",\"format\":\"%d\",\"flags\":\"",
					 mg_vectors_type(kind), v.head->format);
	for (c = 0; c < (int) lengthof(flag_names); c++)
	{
		if ((v.head->flags & flag_names[c].flag) == 0)
			continue;
		appendStringInfo(&buf, "%s%s", first ? "" : " ", flag_names[c].name);
		first = false;
	}
	appendStringInfo(&buf, "\",\"skipped\":\"" INT64_FORMAT "\",\"entries\":\"%d\"",
					 v.head->n_skipped, v.head->k);
	mg_put_key(&buf, "origin");
	appendStringInfoChar(&buf, '"');
	for (c = 0; c < v.head->n_origin; c++)
	{
		if (c > 0)
			appendStringInfoChar(&buf, ' ');
		mg_put_double(&buf, v.origin[c]);
	}
	appendStringInfoChar(&buf, '"');
	for (c = 0; c < mg_vec_n_columns; c++)
	{
		int32		i;

		if (c > 0 || (v.head->flags & MG_TEXT_GROUPS) == 0)
		{
			put_column(&buf, &v, &mg_vec_columns[c]);
			continue;
		}
		mg_put_key(&buf, "subgroups");
		appendStringInfoChar(&buf, '[');
		for (i = 0; i < v.head->n[MG_VEC_GROUP]; i++)
		{
			if (i > 0)
				appendStringInfoChar(&buf, ',');
			escape_json(&buf, pnstrdup(v.labels + v.groups[i].key,
									   v.groups[i].label_len));
		}
		appendStringInfoChar(&buf, ']');
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

static int64
read_one(const MgJson *doc, const char *key)
{
	int64	   *col;

	if (mg_json_int64s(doc, key, &col) != 1)
		mg_json_bad(doc, "The value of \"%s\" is not one number.", key);
	return col[0];
}

/* How many elements a column of the document has. */
static int32
column_length(const MgJson *doc, const char *key)
{
	int64	   *col;
	int			n = mg_json_int64s(doc, key, &col);

	pfree(col);
	return n;
}

static void
get_column(const MgJson *doc, const MgVecView *v, const MgVecColumn *c)
{
	int64		width = mg_vec_column_width(v->head, c);
	int64		want = width * v->head->n[c->section];
	int64	   *ints = NULL;
	double	   *doubles = NULL;
	int			have;
	int32		i;

	if (c->type == MG_VEC_INT32 || c->type == MG_VEC_INT64)
		have = mg_json_int64s(doc, c->key, &ints);
	else
		have = mg_json_doubles(doc, c->key, &doubles);
	if (have != want)
		mg_json_bad(doc, "The value of \"%s\" has %d numbers instead of %lld.",
					c->key, have, (long long) want);
	for (i = 0; i < v->head->n[c->section]; i++)
	{
		char	   *p = mg_vec_column_item(v, c, i);

		if (c->type == MG_VEC_INT64)
			*(int64 *) p = ints[i];
		else if (c->type == MG_VEC_INT32)
			/* what is out of range must not wrap into it */
			*(int32 *) p = ints[i] < 0 || ints[i] > PG_INT32_MAX ? -1 : ints[i];
		else
			memcpy(p, doubles + i * width, width * sizeof(double));
	}
	pfree(ints != NULL ? (void *) ints : (void *) doubles);
}

/* A summary from its document; not validated. */
static MgVectors *
vectors_from_json(const MgJson *doc, MgVectorKind kind)
{
	static const int counted[] = {0, 1, 4, 6, 12};	/* a column a section */
	const char *keys[lengthof(mg_vec_columns) + 6];
	MgVectors	counts = {0};
	MgVectors  *s;
	MgVecView	v;
	char	  **labels = NULL;
	double	   *origin;
	int64		label_bytes = 0;
	int64		entries;
	int			c;
	int32		g;

	for (c = 0; c < mg_vec_n_columns; c++)
		keys[c] = mg_vec_columns[c].key;
	keys[c++] = "type";
	keys[c++] = "format";
	keys[c++] = "flags";
	keys[c++] = "skipped";
	keys[c++] = "entries";
	keys[c++] = "origin";
	mg_json_only_keys(doc, keys, c);
	if (strcmp(mg_json_string(doc, "type"), mg_vectors_type(kind)) != 0)
		mg_json_bad(doc, "It is a document of another type.");
	if (read_one(doc, "format") != MG_VECTORS_FORMAT)
		mg_json_bad(doc, "Its format is unknown.");
	counts.format = MG_VECTORS_FORMAT;
	counts.kind = kind;
	counts.flags = mg_json_flags(doc, flag_names, lengthof(flag_names));
	counts.n_skipped = read_one(doc, "skipped");
	counts.n_origin = mg_json_doubles(doc, "origin", &origin);
	entries = read_one(doc, "entries");
	counts.k = entries < 1 || entries > PG_INT32_MAX ? 0 : (int32) entries;
	if (!mg_vectors_shape_valid(&counts))
		mg_json_bad(doc, "Its vectors have another shape.");
	for (c = 0; c < (int) lengthof(counted); c++)
	{
		const MgVecColumn *column = &mg_vec_columns[counted[c]];

		if (column->section != MG_VEC_GROUP || !(counts.flags & MG_TEXT_GROUPS))
			counts.n[column->section] = column_length(doc, column->key);
	}
	if (counts.flags & MG_TEXT_GROUPS)
	{
		counts.n[MG_VEC_GROUP] = mg_json_labels(doc, "subgroups", &labels);
		for (g = 0; g < counts.n[MG_VEC_GROUP]; g++)
			label_bytes += strlen(labels[g]);
		mg_vectors_check_size((uint64) label_bytes);
		counts.n[MG_VEC_LABEL] = (int32) label_bytes;
	}
	memcpy(counts.cap, counts.n, sizeof(counts.cap));
	s = mg_vectors_alloc(&counts);
	mg_vectors_view(s, &v);
	memcpy(v.origin, origin, counts.n_origin * sizeof(double));
	label_bytes = 0;
	for (g = 0; labels != NULL && g < counts.n[MG_VEC_GROUP]; g++)
	{
		v.groups[g].key = label_bytes;
		v.groups[g].label_len = (int32) strlen(labels[g]);
		memcpy(v.labels + label_bytes, labels[g], v.groups[g].label_len);
		label_bytes += v.groups[g].label_len;
	}
	for (c = labels != NULL ? 1 : 0; c < mg_vec_n_columns; c++)
		get_column(doc, &v, &mg_vec_columns[c]);
	return s;
}

static Datum
vectors_in(FunctionCallInfo fcinfo, MgVectorKind kind)
{
	char	   *str = PG_GETARG_CSTRING(0);
	MgVectors  *volatile s = NULL;
	MgJson		doc = {NULL, NULL};
	const char *problem;

	PG_TRY();
	{
		mg_json_open(&doc, str, mg_vectors_type(kind));
		s = vectors_from_json(&doc, kind);
	}
	PG_FINALLY();
	{
		mg_json_close(&doc);
	}
	PG_END_TRY();

	problem = mg_vectors_in_order((MgVectors **) &s);
	if (problem != NULL)
		mg_json_bad(&doc, "Reading it stopped because %s.", problem);
	PG_RETURN_POINTER(s);
}

PG_FUNCTION_INFO_V1(mindgap_concentration_summary_in);
PG_FUNCTION_INFO_V1(mindgap_concentration_summary_out);
PG_FUNCTION_INFO_V1(mindgap_inequality_summary_in);
PG_FUNCTION_INFO_V1(mindgap_inequality_summary_out);
PG_FUNCTION_INFO_V1(mindgap_regression_summary_in);
PG_FUNCTION_INFO_V1(mindgap_regression_summary_out);
PG_FUNCTION_INFO_V1(mindgap_decomposition_summary_in);
PG_FUNCTION_INFO_V1(mindgap_decomposition_summary_out);

Datum
mindgap_concentration_summary_in(PG_FUNCTION_ARGS)
{
	return vectors_in(fcinfo, MG_VEC_CONCENTRATION);
}

Datum
mindgap_concentration_summary_out(PG_FUNCTION_ARGS)
{
	return vectors_out(fcinfo, MG_VEC_CONCENTRATION);
}

Datum
mindgap_inequality_summary_in(PG_FUNCTION_ARGS)
{
	return vectors_in(fcinfo, MG_VEC_INEQUALITY);
}

Datum
mindgap_inequality_summary_out(PG_FUNCTION_ARGS)
{
	return vectors_out(fcinfo, MG_VEC_INEQUALITY);
}

Datum
mindgap_regression_summary_in(PG_FUNCTION_ARGS)
{
	return vectors_in(fcinfo, MG_VEC_REGRESSION);
}

Datum
mindgap_regression_summary_out(PG_FUNCTION_ARGS)
{
	return vectors_out(fcinfo, MG_VEC_REGRESSION);
}

Datum
mindgap_decomposition_summary_in(PG_FUNCTION_ARGS)
{
	return vectors_in(fcinfo, MG_VEC_DECOMPOSITION);
}

Datum
mindgap_decomposition_summary_out(PG_FUNCTION_ARGS)
{
	return vectors_out(fcinfo, MG_VEC_DECOMPOSITION);
}

/*-------------------------------------------------------------------------
 *
 * survey_text.c
 *		Text form of a survey summary: one exact, compact JSON object.
 *
 * doc/survey.md documents the keys.  Every column of numbers is one string;
 * out(in(x)) = x bit for bit.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/json.h"

#include "core/cells.h"
#include "io/expanded.h"
#include "io/json.h"
#include "io/survey_text.h"

static const char *const keys[] = {
	"type", "format", "flags", "skipped",
	"subgroups", "subgroup_shift", "subgroup_w", "subgroup_mean", "subgroup_ss", "subgroup_no_error",
	"strata", "fpc", "stratum_rows", "stratum_psus", "stratum_rowcells",
	"psus", "psu_cells",
	"cell_subgroup", "cell_n", "cell_missing", "cell_nonzero",
	"cell_w", "cell_wy",
	"row_subgroup", "row_n", "row_missing", "row_nonzero",
	"row_mean_w", "row_mean_wy", "row_ss_w", "row_sp", "row_ss_wy",
	"replicates", "replication", "replicate_scales", "replicate_sums"
};

static const MgJsonFlag flag_names[] = {
	{MG_TEXT_GROUPS, "text_subgroups"},
	{MG_INT_GROUPS, "integer_subgroups"},
	{MG_NULL_STRATUM, "null_stratum"},
	{MG_HAS_DESIGN, "design"},
	{MG_HAS_FPC, "fpc"},
	{MG_NOT_BINARY, "not_binary"},
	{MG_OUTSIDE_01, "outside_0_1"},
	{MG_HAS_SHIFT, "outcomes"},
	{MG_FROM_TABLE, "from_table"},
	{MG_HAS_REPLICATION, "replication"}
};

/* Prints one column, "expr" of element i for all i below n. */
#define PUT_COLUMN(key, n, put, expr) \
	do { \
		int32		i; \
		mg_put_key(buf, key); \
		appendStringInfoChar(buf, '"'); \
		for (i = 0; i < (n); i++) \
		{ \
			if (i % 1024 == 0) \
				CHECK_FOR_INTERRUPTS(); \
			if (i > 0) \
				appendStringInfoChar(buf, ' '); \
			put(buf, expr); \
		} \
		appendStringInfoChar(buf, '"'); \
	} while (0)

/* Appends the text form of a summary. */
void
mg_survey_put_json(StringInfo buf, const MgView *view)
{
	MgView		v = *view;
	const MgSurvey *s = v.head;
	int			k;
	bool		first = true;

	appendStringInfo(buf, "{\"type\":\"survey_summary\",\"format\":\"%d\",\"flags\":\"",
					 s->format);
	for (k = 0; k < (int) lengthof(flag_names); k++)
	{
		if ((s->flags & flag_names[k].flag) == 0)
			continue;
		appendStringInfo(buf, "%s%s", first ? "" : " ", flag_names[k].name);
		first = false;
	}
	appendStringInfo(buf, "\",\"skipped\":\"" INT64_FORMAT "\"", s->n_skipped);

	if (s->flags & MG_TEXT_GROUPS)
	{
		int32		i;

		mg_put_key(buf, "subgroups");
		appendStringInfoChar(buf, '[');
		for (i = 0; i < s->n_groups; i++)
		{
			char	   *label = pnstrdup(v.labels + v.groups[i].key,
										 v.groups[i].label_len);

			if (i > 0)
				appendStringInfoChar(buf, ',');
			escape_json(buf, label);
			pfree(label);
		}
		appendStringInfoChar(buf, ']');
	}
	else
		PUT_COLUMN("subgroups", s->n_groups, mg_put_int64, v.groups[i].key);
	PUT_COLUMN("subgroup_shift", s->n_groups, mg_put_double,
			   v.groups[i].shift);
	PUT_COLUMN("subgroup_w", s->n_groups, mg_put_double, v.groups[i].w);
	PUT_COLUMN("subgroup_mean", s->n_groups, mg_put_double, v.groups[i].mean);
	PUT_COLUMN("subgroup_ss", s->n_groups, mg_put_double, v.groups[i].m2);
	PUT_COLUMN("subgroup_no_error", s->n_groups, mg_put_int64,
			   v.groups[i].no_error);
	PUT_COLUMN("strata", s->n_strata, mg_put_int64, v.strata[i].id);
	PUT_COLUMN("fpc", s->n_strata, mg_put_double, v.strata[i].fpc);
	PUT_COLUMN("stratum_rows", s->n_strata, mg_put_int64, v.strata[i].n_rows);
	PUT_COLUMN("stratum_psus", s->n_strata, mg_put_int64,
			   mg_psu_end(&v, i) - v.strata[i].psu_start);
	PUT_COLUMN("stratum_rowcells", s->n_strata, mg_put_int64,
			   mg_rowcell_end(&v, i) - v.strata[i].rowcell_start);
	PUT_COLUMN("psus", s->n_psus, mg_put_int64, v.psus[i].id);
	PUT_COLUMN("psu_cells", s->n_psus, mg_put_int64,
			   mg_cell_end(&v, i) - v.psus[i].cell_start);
	PUT_COLUMN("cell_subgroup", s->n_cells, mg_put_int64, v.cells[i].group);
	PUT_COLUMN("cell_n", s->n_cells, mg_put_int64, v.cells[i].n);
	PUT_COLUMN("cell_missing", s->n_cells, mg_put_int64, v.cells[i].n_missing);
	PUT_COLUMN("cell_nonzero", s->n_cells, mg_put_int64, v.cells[i].n_nonzero);
	PUT_COLUMN("cell_w", s->n_cells, mg_put_double, v.cells[i].w);
	PUT_COLUMN("cell_wy", s->n_cells, mg_put_double, v.cells[i].s);
	PUT_COLUMN("row_subgroup", s->n_rowcells, mg_put_int64, v.rowcells[i].group);
	PUT_COLUMN("row_n", s->n_rowcells, mg_put_int64, v.rowcells[i].n);
	PUT_COLUMN("row_missing", s->n_rowcells, mg_put_int64,
			   v.rowcells[i].n_missing);
	PUT_COLUMN("row_nonzero", s->n_rowcells, mg_put_int64,
			   v.rowcells[i].n_nonzero);
	PUT_COLUMN("row_mean_w", s->n_rowcells, mg_put_double, v.rowcells[i].mean_w);
	PUT_COLUMN("row_mean_wy", s->n_rowcells, mg_put_double, v.rowcells[i].mean_s);
	PUT_COLUMN("row_ss_w", s->n_rowcells, mg_put_double, v.rowcells[i].ss_w);
	PUT_COLUMN("row_sp", s->n_rowcells, mg_put_double, v.rowcells[i].sp);
	PUT_COLUMN("row_ss_wy", s->n_rowcells, mg_put_double, v.rowcells[i].ss_s);
	if (s->n_replicates > 0)
	{
		mg_put_key(buf, "replicates");
		appendStringInfo(buf, "\"%d\"", s->n_replicates);
		if (v.replication != NULL)
		{
			double		spec[3];

			spec[0] = v.replication->scale;
			spec[1] = v.replication->df;
			spec[2] = v.replication->mse;
			PUT_COLUMN("replication", 3, mg_put_double, spec[i]);
			PUT_COLUMN("replicate_scales", s->n_replicates, mg_put_double,
					   v.rscales[i]);
		}
		PUT_COLUMN("replicate_sums", s->n_groups * s->n_replicates * 2,
				   mg_put_double, v.replicates[i]);
	}
	appendStringInfoChar(buf, '}');
}

PG_FUNCTION_INFO_V1(mindgap_survey_summary_out);

Datum
mindgap_survey_summary_out(PG_FUNCTION_ARGS)
{
	MgView		v;
	StringInfoData buf;

	mg_survey_open(PG_GETARG_DATUM(0), &v);
	initStringInfo(&buf);
	mg_survey_put_json(&buf, &v);
	PG_RETURN_CSTRING(buf.data);
}

static void
same_length(const MgJson *doc, const char *key, int have, int want)
{
	if (have != want)
		mg_json_bad(doc, "The value of \"%s\" has %d numbers instead of %d.",
					key, have, want);
}

/*
 * Reads a column of n numbers into a field of an array of structs.  The
 * column is freed at once: a large summary has many.
 */
#define GET_DOUBLES(key, want, target) \
	do { \
		double	   *col; \
		int			i; \
		same_length(doc, key, mg_json_doubles(doc, key, &col), want); \
		for (i = 0; i < (want); i++) \
			target = col[i]; \
		pfree(col); \
	} while (0)

#define GET_INT64S(key, want, target) \
	do { \
		int64	   *col; \
		int			i; \
		same_length(doc, key, mg_json_int64s(doc, key, &col), want); \
		for (i = 0; i < (want); i++) \
			target = col[i]; \
		pfree(col); \
	} while (0)

/* Running starts from a column of counts, each at least 0. */
#define GET_STARTS(key, want, total, target) \
	do { \
		int64	   *col; \
		int64		at = 0; \
		int			i; \
		same_length(doc, key, mg_json_int64s(doc, key, &col), want); \
		for (i = 0; i < (want); i++) \
		{ \
			if (col[i] < 0 || col[i] > (total) - at) \
				mg_json_bad(doc, "The counts of \"%s\" do not add up.", key); \
			target = (int32) at; \
			at += col[i]; \
		} \
		if (at != (total)) \
			mg_json_bad(doc, "The counts of \"%s\" do not add up.", key); \
		pfree(col); \
	} while (0)

/* An index out of the range of int32 must not wrap into it. */
#define GET_INDEX(key, want, target) \
	do { \
		int64	   *col; \
		int			i; \
		same_length(doc, key, mg_json_int64s(doc, key, &col), want); \
		for (i = 0; i < (want); i++) \
			target = col[i] < 0 || col[i] > PG_INT32_MAX ? -1 : (int32) col[i]; \
		pfree(col); \
	} while (0)

static int64
read_one(const MgJson *doc, const char *key)
{
	int64	   *col;

	same_length(doc, key, mg_json_int64s(doc, key, &col), 1);
	return col[0];
}

static int
count_column(const MgJson *doc, const char *key)
{
	int64	   *col;
	int			n = mg_json_int64s(doc, key, &col);

	pfree(col);
	return n;
}

/* A summary from its document, its labels in order; not validated. */
MgSurvey *
mg_survey_from_json(const MgJson *doc)
{
	MgSurvey	counts = {0};
	MgSurvey   *s;
	MgView		v;
	char	  **labels = NULL;
	int64		label_bytes = 0;
	int			g;

	mg_json_only_keys(doc, keys, lengthof(keys));
	if (strcmp(mg_json_string(doc, "type"), "survey_summary") != 0)
		mg_json_bad(doc, "It is a document of another type.");
	if (read_one(doc, "format") != MG_SURVEY_FORMAT)
		mg_json_bad(doc, "Its format is unknown.");
	counts.flags = mg_json_flags(doc, flag_names, lengthof(flag_names));
	counts.n_skipped = read_one(doc, "skipped");
	if (counts.flags & MG_TEXT_GROUPS)
	{
		counts.n_groups = mg_json_labels(doc, "subgroups", &labels);
		for (g = 0; g < counts.n_groups; g++)
			label_bytes += strlen(labels[g]);
		mg_survey_check_size((uint64) label_bytes);
		counts.label_bytes = (int32) label_bytes;
	}
	else
		counts.n_groups = count_column(doc, "subgroups");
	counts.n_strata = count_column(doc, "strata");
	counts.n_psus = count_column(doc, "psus");
	counts.n_cells = count_column(doc, "cell_subgroup");
	counts.n_rowcells = count_column(doc, "row_subgroup");
	if (mg_json_has(doc, "replicates"))
	{
		int64		n = read_one(doc, "replicates");

		if (n < 1 || n > MG_MAX_REPLICATES)
			mg_json_bad(doc, "The number of replicates is out of range.");
		counts.n_replicates = (int32) n;
	}
	if (counts.n_replicates == 0 && (counts.flags & MG_HAS_REPLICATION))
		mg_json_bad(doc, "It has no replicates.");
	s = mg_survey_alloc(&counts);
	mg_survey_view(s, &v);

	if (labels != NULL)
	{
		label_bytes = 0;
		for (g = 0; g < s->n_groups; g++)
		{
			v.groups[g].key = label_bytes;
			v.groups[g].label_len = (int32) strlen(labels[g]);
			memcpy(v.labels + label_bytes, labels[g], v.groups[g].label_len);
			label_bytes += v.groups[g].label_len;
		}
	}
	else
		GET_INT64S("subgroups", s->n_groups, v.groups[i].key);
	GET_DOUBLES("subgroup_shift", s->n_groups, v.groups[i].shift);
	GET_DOUBLES("subgroup_w", s->n_groups, v.groups[i].w);
	GET_DOUBLES("subgroup_mean", s->n_groups, v.groups[i].mean);
	GET_DOUBLES("subgroup_ss", s->n_groups, v.groups[i].m2);
	GET_INDEX("subgroup_no_error", s->n_groups, v.groups[i].no_error);
	GET_INT64S("strata", s->n_strata, v.strata[i].id);
	GET_DOUBLES("fpc", s->n_strata, v.strata[i].fpc);
	GET_INT64S("stratum_rows", s->n_strata, v.strata[i].n_rows);
	GET_STARTS("stratum_psus", s->n_strata, s->n_psus, v.strata[i].psu_start);
	GET_STARTS("stratum_rowcells", s->n_strata, s->n_rowcells,
			   v.strata[i].rowcell_start);
	GET_INT64S("psus", s->n_psus, v.psus[i].id);
	GET_STARTS("psu_cells", s->n_psus, s->n_cells, v.psus[i].cell_start);
	GET_INDEX("cell_subgroup", s->n_cells, v.cells[i].group);
	GET_INT64S("cell_n", s->n_cells, v.cells[i].n);
	GET_INT64S("cell_missing", s->n_cells, v.cells[i].n_missing);
	GET_INT64S("cell_nonzero", s->n_cells, v.cells[i].n_nonzero);
	GET_DOUBLES("cell_w", s->n_cells, v.cells[i].w);
	GET_DOUBLES("cell_wy", s->n_cells, v.cells[i].s);
	GET_INDEX("row_subgroup", s->n_rowcells, v.rowcells[i].group);
	GET_INT64S("row_n", s->n_rowcells, v.rowcells[i].n);
	GET_INT64S("row_missing", s->n_rowcells, v.rowcells[i].n_missing);
	GET_INT64S("row_nonzero", s->n_rowcells, v.rowcells[i].n_nonzero);
	GET_DOUBLES("row_mean_w", s->n_rowcells, v.rowcells[i].mean_w);
	GET_DOUBLES("row_mean_wy", s->n_rowcells, v.rowcells[i].mean_s);
	GET_DOUBLES("row_ss_w", s->n_rowcells, v.rowcells[i].ss_w);
	GET_DOUBLES("row_sp", s->n_rowcells, v.rowcells[i].sp);
	GET_DOUBLES("row_ss_wy", s->n_rowcells, v.rowcells[i].ss_s);
	if (v.replication != NULL)
	{
		double		spec[3];

		GET_DOUBLES("replication", 3, spec[i]);
		v.replication->scale = spec[0];
		v.replication->df = spec[1];
		v.replication->mse = spec[2] == 1 ? 1 : spec[2] == 0 ? 0 : -1;
		GET_DOUBLES("replicate_scales", s->n_replicates, v.rscales[i]);
	}
	if (s->n_replicates > 0)
		GET_DOUBLES("replicate_sums", s->n_groups * s->n_replicates * 2,
					v.replicates[i]);
	return mg_survey_sort_groups(s);
}

PG_FUNCTION_INFO_V1(mindgap_survey_summary_in);

Datum
mindgap_survey_summary_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	MgSurvey   *volatile s = NULL;
	MgJson		doc = {NULL, "survey_summary"};
	const char *problem;

	PG_TRY();
	{
		mg_json_open(&doc, str, "survey_summary");
		s = mg_survey_from_json(&doc);
	}
	PG_FINALLY();
	{
		mg_json_close(&doc);
	}
	PG_END_TRY();

	problem = mg_survey_invalid(s, VARSIZE(s));
	if (problem != NULL)
		mg_json_bad(&doc, "Reading it stopped because %s.", problem);
	PG_RETURN_POINTER(s);
}

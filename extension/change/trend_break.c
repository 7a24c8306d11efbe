/*-------------------------------------------------------------------------
 *
 * trend_break.c
 *		Change after an event beyond the trend before it, within persons, by
 *		subgroup: estimates and the test that all subgroups are alike.
 *
 * The model of a subgroup k is
 *
 *		score = person + g_k years + d_k after + x'b
 *
 * with b in common; the overall one has one g and one d (Pierce et al. 2020,
 * Lancet Psychiatry 7:883-892).  Estimates and errors are those of
 * within_model.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "change/within_model.h"
#include "io/json.h"

/* Columns of the result. */
#define OUT_TERM		1
#define OUT_ESTIMATE	2
#define OUT_PERSONS		9
#define OUT_STATUS		10

/* Columns of the model of a subgroup. */
#define COLUMN_TREND	0
#define COLUMN_EXCESS	1

/* Room for the digits and sign of an int64. */
#define INT_LABEL		24

static MgWithin *
open_trend(FunctionCallInfo fcinfo)
{
	MgWithin   *s = mg_within_open(PG_GETARG_DATUM(0));

	if (!(s->flags & MG_WITHIN_TREND))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the summary is not for a trend break"),
				 errdetail("It does not tell which rows are before the event."),
				 errhint("Make it with trend_break_agg.")));
	return s;
}

static MgLabel
group_label(const MgWithin *s, int32 g)
{
	const MgWithinGroup *group = mg_within_groups(s) + g;
	MgLabel		label;

	if (s->flags & MG_WITHIN_LABELS)
	{
		label.s = mg_within_labels(s) + group->key;
		label.len = group->label_len;
	}
	else
	{
		char	   *digits = palloc(INT_LABEL);

		label.len = snprintf(digits, INT_LABEL, INT64_FORMAT, group->key);
		label.s = digits;
	}
	return label;
}

/* The subgroup that others are compared with: as named, or the first. */
static int32
find_reference(FunctionCallInfo fcinfo, int arg, const MgWithin *s,
			   const int32 *order)
{
	StringInfoData list;
	MgLabel		wanted;
	int32		i;

	if (!mg_arg_label(fcinfo, arg, &wanted))
		return s->n_groups > 0 ? order[0] : -1;
	initStringInfo(&list);
	for (i = 0; i < s->n_groups; i++)
	{
		MgLabel		label = group_label(s, order[i]);

		if (label.len == wanted.len &&
			memcmp(label.s, wanted.s, wanted.len) == 0)
			return order[i];
		if (i < 10)
			appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : ", ",
							 mg_clip(label.s, label.len));
	}
	if (s->n_groups > 10)
		appendStringInfoString(&list, ", ...");
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the summary has no subgroup \"%s\"",
					mg_clip(wanted.s, wanted.len)),
			 s->n_groups > 0 ? errhint("Its subgroups are %s.", list.data) :
			 errhint("It has no subgroups.")));
	return -1;
}

typedef struct Output
{
	MgTidy		tidy;
	double		level;
	const MgWithin *s;
	const MgWithinFit *f;
	double	   *c;				/* coefficients, all 0 between rows */
} Output;

/*
 * A row: the coefficient of one column, or less that of another (-1: none).
 * "refusal" is why there is none, or NULL; g is -1 in the overall rows.
 */
static void
put_row(Output *out, int32 g, const char *term, int plus, int minus,
		int64 n_persons, const char *refusal)
{
	MgTidy	   *tidy = &out->tidy;
	MgInference r = {0};

	out->c[plus] = 1;
	if (minus >= 0)
		out->c[minus] = -1;
	if (refusal == NULL)
		refusal = mg_within_unusable(out->f, out->c);
	if (refusal == NULL)
	{
		mg_within_infer(out->f, out->c, out->level, &r);
		mg_put_term(tidy, OUT_ESTIMATE, &r);
	}
	if (g >= 0)
	{
		MgLabel		label = group_label(out->s, g);

		mg_tidy_text_len(tidy, 0, label.s, label.len);
	}
	mg_tidy_text(tidy, OUT_TERM, term);
	mg_tidy_int64(tidy, OUT_PERSONS, n_persons);
	mg_tidy_text(tidy, OUT_STATUS, refusal != NULL ? refusal : r.status);
	mg_tidy_row(tidy);
	out->c[plus] = 0;
	if (minus >= 0)
		out->c[minus] = 0;
}

/*
 * Why trend and excess cannot be told apart, or NULL.  Of two columns that
 * depend on each other the fit would keep one, which then stands for both.
 * Where nobody was seen after the event there is a trend, and no excess.
 */
static const char *
pair_refusal(const MgWithinFit *f, int trend, bool has_trend)
{
	const MgColumn *column = f->fit.column + trend;

	if (!has_trend || column[COLUMN_TREND] != MG_COLUMN_USED)
		return "no_earlier_trend";
	if (column[COLUMN_EXCESS] == MG_COLUMN_COLLINEAR)
		return mg_column_status(MG_COLUMN_COLLINEAR);
	return NULL;
}

static const char *
part_refusal(const MgWithinFit *f, int32 g)
{
	return pair_refusal(f, 2 * g, f->view.part[g].n_trends > 0);
}

/* One trend and one excess for everybody. */
static void
put_overall(Output *out, const MgWithinFit *f)
{
	const MgWithinView *v = &f->view;
	const char *refusal = "no_data";
	bool		has_trend = false;
	int			g;

	for (g = 0; g < v->n_parts; g++)
		has_trend = has_trend || v->part[g].n_trends > 0;
	if (v->counts.n_persons > 0)
		refusal = pair_refusal(f, 0, has_trend);
	put_row(out, -1, "trend", COLUMN_TREND, -1, v->counts.n_persons, refusal);
	put_row(out, -1, "excess", COLUMN_EXCESS, -1, v->counts.n_persons, refusal);
}

static void
put_group(Output *out, const MgWithinFit *f, int32 g, int32 reference)
{
	const char *refusal = part_refusal(f, g);
	int64		n = f->view.part[g].n_persons;

	put_row(out, g, "trend", 2 * g + COLUMN_TREND, -1, n, refusal);
	put_row(out, g, "excess", 2 * g + COLUMN_EXCESS, -1, n, refusal);
	if (g == reference)
		return;
	if (refusal == NULL)
		refusal = part_refusal(f, reference);
	put_row(out, g, "differs from reference", 2 * g + COLUMN_EXCESS,
			2 * reference + COLUMN_EXCESS, n, refusal);
}

/* trend_break(summary, reference, small_sample, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_trend_break);

Datum
mindgap_trend_break(PG_FUNCTION_ARGS)
{
	Output		out = {{0}};
	MgWithinFit overall = {{0}};
	MgWithinFit f = {{0}};
	MgWithinOptions options;
	MgWithin   *s;
	int32	   *order;
	int32		reference;
	int32		i;

	mg_tidy_open_rows(&out.tidy, fcinfo);
	options = mg_arg_within_options(fcinfo, 2, 4);
	out.level = mg_arg_level(fcinfo, 3);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	out.s = s = open_trend(fcinfo);
	order = mg_within_group_order(s);
	reference = find_reference(fcinfo, 1, s, order);
	/* Without a row that has x its length, so the model, is not known. */
	out.c = palloc0((Max(s->dim, MG_TREND_DIM) + 2 * s->n_groups) *
					sizeof(double));

	mg_within_fit(s, false, &options, &overall);
	out.f = &overall;
	put_overall(&out, &overall);
	if (!(s->flags & MG_WITHIN_GROUPS))
		return (Datum) 0;
	mg_within_fit(s, true, &options, &f);
	out.f = &f;
	for (i = 0; i < s->n_groups; i++)
		put_group(&out, &f, order[i], reference);
	return (Datum) 0;
}

/* trend_break_test(summary, small_sample, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_trend_break_test);

Datum
mindgap_trend_break_test(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgWithinFit f = {{0}};
	MgWithinOptions options;
	const char *status = NULL;
	MgWithin   *s;
	double	   *c = NULL;
	int			rows;
	int			g;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	options = mg_arg_within_options(fcinfo, 1, 2);
	s = open_trend(fcinfo);
	rows = Max(s->n_groups - 1, 0);
	if (s->n_groups < 2)
		status = "fewer_than_two_subgroups";
	else
	{
		mg_within_fit(s, true, &options, &f);
		c = palloc0((Size) rows * f.model.k * sizeof(double));
		for (g = 0; g < s->n_groups && status == NULL; g++)
			status = part_refusal(&f, g);
		for (g = 1; g < s->n_groups; g++)
		{
			double	   *row = c + (Size) (g - 1) * f.model.k;

			row[2 * g + COLUMN_EXCESS] = 1;
			row[COLUMN_EXCESS] = -1;
		}
	}
	mg_within_put_wald(&tidy, &f, c, rows, status);
	return mg_tidy_value(&tidy);
}

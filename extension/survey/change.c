/*-------------------------------------------------------------------------
 *
 * change.c
 *		Change of each subgroup's mean between two summaries.
 *
 * The two summaries are stacked: PSUs are matched by (stratum, PSU), so that
 * a panel's covariance between waves is in the standard error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "io/expanded.h"
#include "survey/replicates.h"
#include "survey/survey.h"

typedef enum ChangeScale
{
	CHANGE_ABSOLUTE,
	CHANGE_RELATIVE,
	CHANGE_ODDS
} ChangeScale;

static const MgChoice scales[] = {
	{"absolute", CHANGE_ABSOLUTE},
	{"relative", CHANGE_RELATIVE},
	{"odds", CHANGE_ODDS}
};

/* One row of the result: a subgroup (or, below 0, everybody) of each wave. */
typedef struct ChangeRow
{
	int			label;			/* in the union, or -1 */
	int32		group[2];		/* -1: everybody, -2: not in this wave */
	MgInference r;
	bool		estimated;
} ChangeRow;

static int64
rows_of(const MgTotals *t, int32 group)
{
	if (group < -1)
		return 0;
	return group < 0 ? t->all_n : t->n[group];
}

static bool
has_data(const MgTotals *t, int32 group)
{
	return group >= -1 && (group < 0 ? t->all_w : t->w[group]) > 0;
}

/*
 * The change and its derivatives; the logarithm's derivatives where limits
 * go through logs.  Sets the reason when it cannot be estimated.
 */
static void
estimate_change(ChangeRow *row, const MgTotals *t, ChangeScale scale,
				double factor[2])
{
	MgInference *r = &row->r;
	double		before;
	double		after;

	strcpy(r->status, "ok");
	r->estimate = NAN;
	if (row->group[0] == -2)
		mg_status_add(r->status, "not_in_before_wave");
	if (row->group[1] == -2)
		mg_status_add(r->status, "not_in_after_wave");
	if (row->group[0] == -2 || row->group[1] == -2)
		return;
	if (!has_data(&t[0], row->group[0]) || !has_data(&t[1], row->group[1]))
	{
		mg_status_add(r->status, "no_data");
		return;
	}
	before = mg_mean(&t[0], row->group[0]);
	after = mg_mean(&t[1], row->group[1]);
	switch (scale)
	{
		case CHANGE_ABSOLUTE:
			r->estimate = (t[1].shift - t[0].shift) +
				((row->group[1] < 0 ? t[1].all_dev : t[1].dev[row->group[1]]) -
				 (row->group[0] < 0 ? t[0].all_dev : t[0].dev[row->group[0]]));
			factor[0] = -1;
			factor[1] = 1;
			break;
		case CHANGE_RELATIVE:
			if (!(before > 0 && after > 0))
			{
				mg_status_add(r->status, "estimate_not_positive");
				return;
			}
			r->estimate = after / before;
			factor[0] = -1 / before;
			factor[1] = 1 / after;
			break;
		case CHANGE_ODDS:
			if (!(before > 0 && before < 1 && after > 0 && after < 1))
			{
				mg_status_add(r->status, "estimate_outside_0_1");
				return;
			}
			r->estimate = after / (1 - after) / (before / (1 - before));
			factor[0] = -1 / (before * (1 - before));
			factor[1] = 1 / (after * (1 - after));
			break;
	}
	row->estimated = true;
}

/*
 * The derivatives of every row's change by one wave's subgroups: each bears
 * on its own row and on everybody's.
 */
static MgPart *
change_part(const MgView *v, const MgTotals *t, const ChangeRow *rows,
			int n_rows, int wave, const double *factor)
{
	MgPart	   *part = mg_part_create(v, 2 * t->n_groups);
	int			all = n_rows - 1;
	int			row = 0;
	int32		n = 0;
	int32		g;

	for (g = 0; g < t->n_groups; g++)
	{
		part->term_start[g] = n;
		/* rows come in the order of the subgroups */
		while (row < all && rows[row].group[wave] != g)
			row++;
		if (!(t->w[g] > 0))
			continue;
		if (row < all && rows[row].estimated)
		{
			part->terms[n].column = row;
			part->terms[n].dy = factor[2 * row + wave];
			part->terms[n++].dw = 0;
		}
		if (rows[all].estimated)
		{
			double		f = factor[2 * all + wave] / t->all_w;

			part->terms[n].column = all;
			part->terms[n].dy = f * t->w[g];
			part->terms[n++].dw = f * (t->dev[g] - t->all_dev);
		}
	}
	part->term_start[g] = n;
	return part;
}

typedef struct ChangeCall
{
	const ChangeRow *rows;
	int			n_rows;
	ChangeScale scale;
} ChangeCall;

static void
replicate_changes(const MgTotals *t, void *arg, double *theta)
{
	const ChangeCall *call = (const ChangeCall *) arg;
	int			i;

	for (i = 0; i < call->n_rows; i++)
	{
		ChangeRow	row = call->rows[i];
		double		factor[2];

		row.estimated = false;
		estimate_change(&row, t, call->scale, factor);
		theta[i] = row.estimated ? row.r.estimate : NAN;
	}
}

/* change(before_wave, after_wave, scale, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_survey_change);

Datum
mindgap_survey_change(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgView		v[2];
	const MgView *views[2] = {&v[0], &v[1]};
	MgUnion		u;
	MgTotals	t[2];
	MgPart	   *parts[2];
	MgVariance	var;
	ChangeRow  *rows;
	double	   *factor;
	ChangeScale scale;
	MgLonely	lonely;
	double		level;
	bool		separate;
	int			n_rows;
	int			i;
	int			w;

	mg_tidy_open_rows(&tidy, fcinfo);
	scale = (ChangeScale) mg_arg_choice(fcinfo, 2, "scale", scales,
										lengthof(scales));
	level = mg_arg_level(fcinfo, 3);
	lonely = mg_arg_lonely(fcinfo, 4);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	mg_survey_open(PG_GETARG_DATUM(0), &v[0]);
	mg_survey_open(PG_GETARG_DATUM(1), &v[1]);
	separate = mg_check_comparable(&v[0], &v[1]);
	mg_union(views, 2, &u);

	n_rows = (v[0].head->flags & MG_GROUP_KIND) ? u.n + 1 : 1;
	rows = palloc0(n_rows * sizeof(ChangeRow));
	factor = palloc0(n_rows * 2 * sizeof(double));
	for (w = 0; w < 2; w++)
		mg_totals(&v[w], &t[w]);
	for (i = 0; i < n_rows; i++)
	{
		rows[i].label = i < n_rows - 1 ? i : -1;
		for (w = 0; w < 2; w++)
		{
			rows[i].group[w] = -1;
			if (rows[i].label >= 0)
				rows[i].group[w] = u.index[w][i] >= 0 ? u.index[w][i] : -2;
		}
		estimate_change(&rows[i], t, scale, &factor[2 * i]);
	}
	for (w = 0; w < 2; w++)
		parts[w] = change_part(&v[w], &t[w], rows, n_rows, w, factor);
	if (mg_replicated(&v[0]) && mg_replicated(&v[1]))
	{
		ChangeCall	call = {rows, n_rows, scale};
		bool	   *logs = palloc(n_rows * sizeof(bool));

		memset(logs, scale != CHANGE_ABSOLUTE, n_rows);
		mg_replicate_variance(views, t, 2, n_rows, replicate_changes, &call,
							  logs, false, &var);
	}
	else
		mg_linearise(parts, 2, n_rows, lonely, separate, false, &var);

	for (i = 0; i < n_rows; i++)
	{
		MgInference *r = &rows[i].r;

		if (rows[i].label >= 0)
		{
			MgLabel		label = mg_union_label(&u, i);

			mg_tidy_text_len(&tidy, 0, label.s, label.len);
		}
		for (w = 0; w < 2; w++)
		{
			if (t[w].se == NULL)
				mg_tidy_int64(&tidy, 1 + w, rows_of(&t[w], rows[i].group[w]));
			if (has_data(&t[w], rows[i].group[w]))
				mg_tidy_double(&tidy, 3 + w, mg_mean(&t[w], rows[i].group[w]));
		}
		if (rows[i].estimated)
		{
			if (scale == CHANGE_ABSOLUTE)
				mg_infer(r, var.var[i], var.lonely[i], var.df[i], level, 0);
			else
				mg_infer_log(r, var.var[i], var.lonely[i], var.df[i], level);
			if (t[0].se != NULL)
				mg_status_add(r->status, "groups_independent_shares_fixed");
			if (separate)
				mg_status_add(r->status, "independent_samples_assumed");
			mg_tidy_double(&tidy, 5, r->estimate);
			mg_tidy_double(&tidy, 6, r->std_error);
			mg_tidy_double(&tidy, 7, r->conf_low);
			mg_tidy_double(&tidy, 8, r->conf_high);
			mg_tidy_double(&tidy, 9, r->df);
			mg_tidy_double(&tidy, 10, r->p_value);
		}
		mg_tidy_text(&tidy, 11, r->status);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

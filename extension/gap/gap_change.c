/*-------------------------------------------------------------------------
 *
 * gap_change.c
 *		Has a gap widened between two summaries?
 *
 * Both waves go into one linearisation, PSUs matched by their keys, so that
 * the covariance between the waves of a panel is in the standard error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "gap/gap.h"

/* No PSU of the summary holds more than one row: the PSU is the person. */
static bool
psu_is_person(const MgView *v)
{
	int32		i;
	int32		c;

	if (v->head->n_psus == 0 || v->head->n_rowcells > 0)
		return false;
	for (i = 0; i < v->head->n_psus; i++)
	{
		int64		rows = 0;

		for (c = v->psus[i].cell_start; c < mg_cell_end(v, i); c++)
			rows += v->cells[c].n + v->cells[c].n_missing;
		if (rows > 1)
			return false;
	}
	return true;
}

/* Does the PSU hold a counted row of one of the compared subgroups? */
static bool
psu_counts(const MgGapCall *call, int view, int32 psu)
{
	const MgView *v = &call->view[view];
	MgGapInput	in;
	int32		c;

	mg_gap_input(call, view, &in);
	for (c = v->psus[psu].cell_start; c < mg_cell_end(v, psu); c++)
	{
		if (v->cells[c].n > 0 && (v->cells[c].group == in.compare ||
								  v->cells[c].group == in.reference))
			return true;
	}
	return false;
}

/* Persons counted in both waves, or -1 where the PSU is not the person. */
static int64
matched_persons(const MgGapCall *call)
{
	const MgView *a = &call->view[0];
	const MgView *b = &call->view[1];
	int64		n = 0;
	int32		s = 0;
	int32		t = 0;

	if (!psu_is_person(a) || !psu_is_person(b))
		return -1;
	while (s < a->head->n_strata && t < b->head->n_strata)
	{
		int32		i = a->strata[s].psu_start;
		int32		j = b->strata[t].psu_start;

		/* A NULL stratum has no PSUs. */
		if (mg_stratum_is_null(a, s) || (!mg_stratum_is_null(b, t) &&
										 a->strata[s].id < b->strata[t].id))
		{
			s++;
			continue;
		}
		if (mg_stratum_is_null(b, t) || b->strata[t].id < a->strata[s].id)
		{
			t++;
			continue;
		}
		while (i < mg_psu_end(a, s) && j < mg_psu_end(b, t))
		{
			if (a->psus[i].id < b->psus[j].id)
				i++;
			else if (a->psus[i].id > b->psus[j].id)
				j++;
			else
				n += psu_counts(call, 0, i++) & psu_counts(call, 1, j++);
		}
		s++;
		t++;
	}
	return n;
}

/*
 * Columns 0 and 1 of the parts: the change of the measure and of the absolute
 * gap, which decides the direction.
 */
static void
change_gradient(const MgGapCall *call, int view, const MgMeasure *m,
				int column, double *dy, double *dw)
{
	int32		n = call->totals[view].n_groups;
	double	   *one_dy = palloc0((n + 1) * sizeof(double));
	double	   *one_dw = palloc0((n + 1) * sizeof(double));
	double		sign = view == 0 ? -1 : 1;
	MgGapInput	in;
	int32		g;

	mg_gap_input(call, view, &in);
	m->gradient(&in, one_dy, one_dw);
	for (g = 0; g < n; g++)
	{
		dy[2 * g + column] = sign * one_dy[g];
		dw[2 * g + column] = sign * one_dw[g];
	}
	pfree(one_dy);
	pfree(one_dw);
}

/* The change is only called one when the absolute gap's test says so. */
static const char *
direction_of(double before, double after, double p_value, double level)
{
	if (isnan(p_value))
		return NULL;
	if (p_value > 1 - level)
		return "no clear change";
	if ((before < 0 && after > 0) || (before > 0 && after < 0))
		return "reversed";
	return fabs(after) > fabs(before) ? "widened" : "narrowed";
}

/*
 * gap_change(before_wave, after_wave, measure, compare, reference,
 * subgroup_order, adverse, lower, upper, se_method, level, lonely_psu)
 */
PG_FUNCTION_INFO_V1(mindgap_gap_change);

Datum
mindgap_gap_change(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgGapCall	call;
	const MgMeasure *m;
	const MgMeasure *absolute = mg_measure_difference();
	MgInference r = {0};
	MgInference d = {0};
	double		value[2];
	double		gap[2];
	bool		separate;
	bool		there = true;
	int64		smallest;
	int64		matched;
	int			w;

	m = mg_arg_measure(fcinfo, 2);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	mg_gap_open(&call, fcinfo, 2, 3);
	separate = mg_check_comparable(&call.view[0], &call.view[1]);
	strcpy(r.status, call.status);
	for (w = 0; w < 2; w++)
	{
		const char *problem = mg_gap_value(m, &call, w, &value[w]);

		if (problem != NULL)
		{
			mg_status_add(r.status, problem);
			there = false;
		}
		(void) mg_gap_value(absolute, &call, w, &gap[w]);
		mg_tidy_double(&tidy, 1 + w, value[w]);
		mg_tidy_int64(&tidy, 10 + w, mg_gap_rows(&call, w, &smallest));
	}
	mg_tidy_text(&tidy, 0, m->name);

	if (there)
	{
		MgPart	   *parts[2];
		MgVariance	var;

		for (w = 0; w < 2; w++)
		{
			int32		n = call.totals[w].n_groups;
			double	   *dy = palloc0((Size) (n + 1) * 2 * sizeof(double));
			double	   *dw = palloc0((Size) (n + 1) * 2 * sizeof(double));

			change_gradient(&call, w, m, 0, dy, dw);
			change_gradient(&call, w, absolute, 1, dy, dw);
			parts[w] = mg_part_create(&call.view[w], 2 * n);
			mg_part_dense(parts[w], 2, dy, dw);
		}
		mg_linearise(parts, 2, 2, call.lonely, separate, false, &var);
		if (m->log_scale)
		{
			r.estimate = value[1] / value[0];
			mg_infer_log(&r, var.var[0], var.lonely[0], var.df[0], call.level);
		}
		else
		{
			r.estimate = value[1] - value[0];
			mg_infer(&r, var.var[0], var.lonely[0], var.df[0], call.level, 0);
		}
		d.estimate = gap[1] - gap[0];
		mg_infer(&d, var.var[1], var.lonely[1], var.df[1], call.level, 0);
		if (separate)
			mg_status_add(r.status, "independent_samples_assumed");
		mg_tidy_double(&tidy, 3, r.estimate);
		mg_tidy_double(&tidy, 4, r.std_error);
		mg_tidy_double(&tidy, 5, r.conf_low);
		mg_tidy_double(&tidy, 6, r.conf_high);
		mg_tidy_double(&tidy, 7, r.df);
		mg_tidy_double(&tidy, 8, r.p_value);
		mg_tidy_text(&tidy, 9, direction_of(gap[0], gap[1], d.p_value,
											call.level));
	}
	matched = call.compare >= 0 && call.reference >= 0 ?
		matched_persons(&call) : -1;
	if (matched >= 0)
		mg_tidy_int64(&tidy, 12, matched);
	mg_tidy_text(&tidy, 13, r.status);
	return mg_tidy_value(&tidy);
}

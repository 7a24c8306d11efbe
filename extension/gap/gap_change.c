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
#include "io/expanded.h"
#include "survey/replicates.h"

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

/* Does the PSU hold a counted row (of one of the two subgroups, if "pair")? */
static bool
psu_counts(const MgGapCall *call, int view, int32 psu, bool pair)
{
	const MgView *v = call->views[view];
	int32		c;

	for (c = v->psus[psu].cell_start; c < mg_cell_end(v, psu); c++)
	{
		if (v->cells[c].n > 0 &&
			(!pair ||
			 v->cells[c].group == call->u.index[view][call->compare] ||
			 v->cells[c].group == call->u.index[view][call->reference]))
			return true;
	}
	return false;
}

/* Persons counted in both waves, or -1 where the PSU is not the person. */
static int64
matched_persons(const MgGapCall *call, bool pair)
{
	const MgView *a = call->views[0];
	const MgView *b = call->views[1];
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
			{
				n += psu_counts(call, 0, i, pair) &&
					psu_counts(call, 1, j, pair);
				i++;
				j++;
			}
		}
		s++;
		t++;
	}
	return n;
}

/* The change is only called one when the absolute gap's test says so. */
static const char *
direction_of(double before, double after, double std_error, double p_value,
			 double level)
{
	if (isnan(p_value) && std_error != 0)
		return NULL;
	if (after == before || p_value > 1 - level)
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
	MgView		view[2];
	const MgView *views[2] = {&view[0], &view[1]};
	const MgMeasure *m;
	const MgMeasure *absolute;
	MgInference r = {0};
	MgInference d = {0};
	double		value[2];
	double		gap[2];
	bool		pair;
	bool		separate;
	bool		there = true;
	int64		matched = -1;
	int			w;
	int			i;

	m = mg_arg_measure(fcinfo, 2);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	absolute = mg_measure_absolute(m);
	pair = (m->needs & MG_NEEDS_PAIR) != 0;
	mg_tidy_open_one(&tidy, fcinfo);
	mg_survey_open(PG_GETARG_DATUM(0), &view[0]);
	mg_survey_open(PG_GETARG_DATUM(1), &view[1]);
	separate = mg_check_comparable(&view[0], &view[1]);
	mg_gap_open(&call, fcinfo, views, 2, 3);
	call.before_after = true;
	mg_gap_status(m, &call, r.status);
	for (i = 0; i < call.u.n && !pair; i++)
	{
		if (call.u.index[0][i] < 0 || call.u.index[1][i] < 0)
			mg_status_add(r.status, "subgroups_differ_between_waves");
	}
	mg_tidy_text(&tidy, 0, m->name);
	for (w = 0; w < 2; w++)
	{
		const char *problem = mg_gap_value(m, &call, w, &value[w]);
		int64		smallest;
		int64		n = mg_gap_rows(m, &call, w, &smallest);

		if (problem != NULL)
		{
			mg_status_add(r.status, problem);
			there = false;
		}
		else if (mg_gap_value(absolute, &call, w, &gap[w]) != NULL)
			gap[w] = NAN;
		mg_tidy_double(&tidy, 1 + w, value[w]);
		if (n >= 0)
			mg_tidy_int64(&tidy, 10 + w, n);
	}

	if (there)
	{
		MgPart	   *parts[2];
		MgVariance	var;
		double		own = 0;
		bool		directed = isfinite(gap[0]) && isfinite(gap[1]);

		for (w = 0; w < 2; w++)
		{
			int32		n = call.totals[w].n_groups;
			double	   *dy = palloc0((Size) (n + 1) * 2 * sizeof(double));
			double	   *dw = palloc0((Size) (n + 1) * 2 * sizeof(double));
			double		sign = w == 0 ? -1 : 1;

			mg_gap_gradient(m, &call, w, sign, 2, 0, dy, dw);
			if (directed)
				mg_gap_gradient(absolute, &call, w, sign, 2, 1, dy, dw);
			own += mg_gap_table_variance(m, &call, w);
			parts[w] = mg_part_create(views[w], 2 * n);
			mg_part_dense(parts[w], 2, dy, dw);
		}
		if (mg_replicated(&view[0]) && mg_replicated(&view[1]))
		{
			const MgMeasure *both[2] = {m, absolute};

			mg_gap_replicates(&call, 0, 2, both, 2, true, false, &var);
		}
		else
			mg_linearise(parts, 2, 2, call.lonely, separate, false, &var);
		if (!isnan(own))
			var.var[0] = own;
		if (m->traits & MG_LOG_SCALE)
		{
			r.estimate = value[1] / value[0];
			mg_infer_log(&r, var.var[0], var.lonely[0], var.df[0], call.level);
		}
		else
		{
			r.estimate = value[1] - value[0];
			mg_infer(&r, var.var[0], var.lonely[0], var.df[0], call.level, 0);
		}
		if (call.totals[0].se != NULL)
			mg_status_add(r.status, "groups_independent_shares_fixed");
		if (separate)
			mg_status_add(r.status, "independent_samples_assumed");
		if (directed)
		{
			d.estimate = gap[1] - gap[0];
			mg_infer(&d, absolute == m ? var.var[0] : var.var[1], var.lonely[1],
					 var.df[1], call.level, 0);
			mg_tidy_text(&tidy, 9, direction_of(gap[0], gap[1], d.std_error,
												d.p_value, call.level));
		}
		mg_tidy_double(&tidy, 3, r.estimate);
		mg_tidy_double(&tidy, 4, r.std_error);
		mg_tidy_double(&tidy, 5, r.conf_low);
		mg_tidy_double(&tidy, 6, r.conf_high);
		mg_tidy_double(&tidy, 7, r.df);
		mg_tidy_double(&tidy, 8, r.p_value);
	}
	if (!pair || (call.compare >= 0 && call.reference >= 0))
		matched = matched_persons(&call, pair);
	if (matched >= 0)
		mg_tidy_int64(&tidy, 12, matched);
	mg_tidy_text(&tidy, 13, r.status);
	return mg_tidy_value(&tidy);
}

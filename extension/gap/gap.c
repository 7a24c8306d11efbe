/*-------------------------------------------------------------------------
 *
 * gap.c
 *		Gaps between subgroups of one summary.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"

#include "core/distributions.h"
#include "core/matrix.h"
#include "gap/gap.h"
#include "io/expanded.h"

/* gap_estimate's columns */
enum
{
	COL_MEASURE,
	COL_COMPARE,
	COL_REFERENCE,
	COL_ESTIMATE,
	COL_STD_ERROR,
	COL_CONF_LOW,
	COL_CONF_HIGH,
	COL_DF,
	COL_P_VALUE,
	COL_N,
	COL_N_SMALLEST,
	COL_STATUS
};

static void
put_inference(MgTidy *tidy, const MgInference *r)
{
	mg_tidy_double(tidy, COL_ESTIMATE, r->estimate);
	mg_tidy_double(tidy, COL_STD_ERROR, r->std_error);
	mg_tidy_double(tidy, COL_CONF_LOW, r->conf_low);
	mg_tidy_double(tidy, COL_CONF_HIGH, r->conf_high);
	mg_tidy_double(tidy, COL_DF, r->df);
	mg_tidy_double(tidy, COL_P_VALUE, r->p_value);
}

static void
infer_measure(MgInference *r, const MgMeasure *m, const MgVariance *var,
			  int column, double level)
{
	if (m->log_scale)
		mg_infer_log(r, var->var[column], var->lonely[column], var->df[column],
					 level);
	else
		mg_infer(r, var->var[column], var->lonely[column], var->df[column],
				 level, 0);
}

/*
 * Fills a row for each measure, from one pass over the PSUs.  rows[i] says
 * which are there.
 */
static void
measure_rows(MgGapCall *call, const MgMeasure *const *measures, int n,
			 MgInference *rows, bool *there)
{
	int32		n_groups = call->totals[0].n_groups;
	double	   *dy = palloc0((Size) (n_groups + 1) * n * sizeof(double));
	double	   *dw = palloc0((Size) (n_groups + 1) * n * sizeof(double));
	double	   *one_dy = palloc((n_groups + 1) * sizeof(double));
	double	   *one_dw = palloc((n_groups + 1) * sizeof(double));
	MgPart	   *part;
	MgVariance	var;
	MgGapInput	in;
	int			i;
	int32		g;

	mg_gap_input(call, 0, &in);
	for (i = 0; i < n; i++)
	{
		const char *problem = mg_gap_value(measures[i], call, 0,
										   &rows[i].estimate);

		strcpy(rows[i].status, call->status);
		there[i] = problem == NULL;
		if (problem != NULL)
		{
			mg_status_add(rows[i].status, problem);
			continue;
		}
		memset(one_dy, 0, n_groups * sizeof(double));
		memset(one_dw, 0, n_groups * sizeof(double));
		measures[i]->gradient(&in, one_dy, one_dw);
		for (g = 0; g < n_groups; g++)
		{
			dy[(Size) g * n + i] = one_dy[g];
			dw[(Size) g * n + i] = one_dw[g];
		}
	}
	part = mg_part_create(&call->view[0], n_groups * n);
	mg_part_dense(part, n, dy, dw);
	mg_linearise(&part, 1, n, call->lonely, false, false, &var);
	for (i = 0; i < n; i++)
	{
		if (there[i])
			infer_measure(&rows[i], measures[i], &var, i, call->level);
	}
}

static void
put_measure(MgTidy *tidy, const MgGapCall *call, const MgMeasure *m,
			const MgInference *r, bool there)
{
	int64		smallest;
	int64		n = mg_gap_rows(call, 0, &smallest);

	mg_tidy_text(tidy, COL_MEASURE, m->name);
	mg_gap_put_pair(tidy, call, COL_COMPARE);
	if (there)
		put_inference(tidy, r);
	mg_tidy_int64(tidy, COL_N, n);
	mg_tidy_int64(tidy, COL_N_SMALLEST, smallest);
	mg_tidy_text(tidy, COL_STATUS, r->status);
}

/*
 * gap(summary, measure, compare, reference, subgroup_order, adverse, lower,
 * upper, se_method, level, lonely_psu)
 */
PG_FUNCTION_INFO_V1(mindgap_gap);

Datum
mindgap_gap(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgGapCall	call;
	const MgMeasure *m;
	MgInference r = {0};
	bool		there;

	m = mg_arg_measure(fcinfo, 1);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	mg_gap_open(&call, fcinfo, 1, 2);
	measure_rows(&call, &m, 1, &r, &there);
	put_measure(&tidy, &call, m, &r, there);
	return mg_tidy_value(&tidy);
}

/* gaps(summary, compare, ...): every measure that the arguments allow */
PG_FUNCTION_INFO_V1(mindgap_gaps);

Datum
mindgap_gaps(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgGapCall	call;
	const MgMeasure **measures;
	MgInference *rows;
	bool	   *there;
	int			n = 0;
	int			i;

	mg_tidy_open_rows(&tidy, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_gap_open(&call, fcinfo, 1, 1);
	measures = palloc(mg_n_measures * sizeof(MgMeasure *));
	rows = palloc0(mg_n_measures * sizeof(MgInference));
	there = palloc0(mg_n_measures * sizeof(bool));
	for (i = 0; i < mg_n_measures; i++)
	{
		if ((mg_measures[i].needs & MG_NEEDS_PAIR) &&
			(call.compare < 0 || call.reference < 0) && call.u.n > 2)
			continue;
		measures[n++] = &mg_measures[i];
	}
	if (n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no measure is possible with these arguments"),
				 errdetail("The summary has %d subgroups.", call.u.n),
				 errhint("Name two of them: compare => ..., reference => ....")));
	measure_rows(&call, measures, n, rows, there);
	for (i = 0; i < n; i++)
	{
		put_measure(&tidy, &call, measures[i], &rows[i], there[i]);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

/*
 * The joint test that all gaps are nil: with d the k gaps (logarithms for
 * ratios) X2 = d' V^-1 d, and F = X2 (df - k + 1) / (df k) on (k, df - k + 1)
 * degrees of freedom (the adjusted Wald test; Korn and Graubard 1990).
 */
static void
put_joint(MgTidy *tidy, const MgVariance *var, const double *d,
		  const bool *there, int n, int64 df, int64 rows, int64 smallest,
		  MgLabel reference)
{
	double	   *v = palloc(((Size) n * n + 1) * sizeof(double));
	double	   *x = palloc((n + 1) * sizeof(double));
	double		x2;
	char		status[MG_STATUS_SIZE] = "ok";
	int			k = 0;
	int			i;
	int			j;
	bool		lonely = false;

	for (i = 0; i < n; i++)
	{
		if (!there[i])
			continue;
		lonely |= var->lonely[i];
		x[k++] = d[i];
	}
	for (i = 0, k = 0; i < n; i++)
	{
		for (j = 0; j < n; j++)
		{
			if (there[i] && there[j])
				v[k++] = var->v[(Size) i * var->k + j];
		}
	}
	k = (int) rint(sqrt(k));
	mg_tidy_text(tidy, COL_MEASURE, "joint_wald_f");
	mg_tidy_text_len(tidy, COL_REFERENCE, reference.s, reference.len);
	mg_tidy_int64(tidy, COL_N, rows);
	mg_tidy_int64(tidy, COL_N_SMALLEST, smallest);
	if (k == 0)
		mg_status_add(status, "no_data");
	else if (lonely)
		mg_status_add(status, "lonely_psu");
	else if (df - k + 1 <= 0)
		mg_status_add(status, "no_degrees_of_freedom");
	else if (!mg_quadratic_form(v, x, k, &x2))
		mg_status_add(status, "singular_covariance");
	else
	{
		double		df2 = (double) (df - k + 1);
		double		f = x2 * df2 / ((double) df * k);

		mg_tidy_double(tidy, COL_ESTIMATE, f);
		mg_tidy_double(tidy, COL_DF, df2);
		mg_tidy_double(tidy, COL_P_VALUE, mg_f_upper(f, k, df2));
		snprintf(status, sizeof(status), "ok; numerator_df=%d", k);
	}
	mg_tidy_text(tidy, COL_STATUS, status);
	mg_tidy_row(tidy);
}

/* pairwise_gaps(summary, reference, scale, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_pairwise_gaps);

Datum
mindgap_pairwise_gaps(PG_FUNCTION_ARGS)
{
	static const MgChoice scales[] = {
		{"absolute", 0},
		{"relative", 1},
		{"odds", 2},
		{"difference", 0},
		{"ratio", 1},
		{"odds_ratio", 2}
	};
	MgTidy		tidy;
	MgGapCall	call = {0};
	const MgMeasure *m;
	MgLabel		label;
	MgInference *rows;
	MgPart	   *part;
	MgVariance	var;
	bool	   *there;
	double	   *dy;
	double	   *dw;
	double	   *d;
	Size		size;
	int64		n_rows = 0;
	int64		smallest = PG_INT64_MAX;
	int			k;
	int			i;
	int32		g;

	mg_tidy_open_rows(&tidy, fcinfo);
	m = &mg_measures[mg_arg_choice(fcinfo, 2, "scale", scales,
								   lengthof(scales))];
	call.level = mg_arg_level(fcinfo, 3);
	call.lonely = mg_arg_lonely(fcinfo, 4);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	strcpy(call.status, "ok");
	call.n_views = 1;
	mg_survey_open(PG_GETARG_DATUM(0), &call.view[0]);
	call.views[0] = &call.view[0];
	mg_totals(&call.view[0], &call.totals[0]);
	mg_union(call.views, 1, &call.u);
	if (mg_arg_label(fcinfo, 1, &label))
		call.reference = mg_union_require(&call.u, label);
	else
		call.reference = 0;
	if (call.u.n < 2)
		return (Datum) 0;

	/* One column a gap, and a last one on which every subgroup bears. */
	k = call.u.n - 1;
	rows = palloc0(k * sizeof(MgInference));
	there = palloc0(k * sizeof(bool));
	d = palloc0(k * sizeof(double));
	size = (Size) call.u.n * (k + 1) * sizeof(double);
	dy = MemoryContextAllocHuge(CurrentMemoryContext, size);
	dw = MemoryContextAllocHuge(CurrentMemoryContext, size);
	memset(dy, 0, size);
	memset(dw, 0, size);
	for (i = 0; i < k; i++)
	{
		MgGapInput	in;
		double	   *one_dy = palloc0(call.u.n * sizeof(double));
		double	   *one_dw = palloc0(call.u.n * sizeof(double));
		const char *problem;

		call.compare = i < call.reference ? i : i + 1;
		problem = mg_gap_value(m, &call, 0, &rows[i].estimate);
		strcpy(rows[i].status, "ok");
		there[i] = problem == NULL;
		if (problem != NULL)
			mg_status_add(rows[i].status, problem);
		else
		{
			mg_gap_input(&call, 0, &in);
			m->gradient(&in, one_dy, one_dw);
			d[i] = m->log_scale ? log(rows[i].estimate) : rows[i].estimate;
			for (g = 0; g < call.u.n; g++)
			{
				dy[(Size) g * (k + 1) + i] = one_dy[g];
				if (one_dy[g] != 0)
					dy[(Size) g * (k + 1) + k] = 1;
			}
		}
		pfree(one_dy);
		pfree(one_dw);
	}
	part = mg_part_create(&call.view[0], call.u.n * 2 + k + 1);
	mg_part_dense(part, k + 1, dy, dw);
	mg_linearise(&part, 1, k + 1, call.lonely, false, true, &var);
	for (i = 0; i < k; i++)
	{
		call.compare = i < call.reference ? i : i + 1;
		if (there[i])
			infer_measure(&rows[i], m, &var, i, call.level);
		put_measure(&tidy, &call, m, &rows[i], there[i]);
		mg_tidy_row(&tidy);
	}
	for (g = 0; g < call.u.n; g++)
	{
		n_rows += call.totals[0].n[g];
		smallest = Min(smallest, call.totals[0].n[g]);
	}
	put_joint(&tidy, &var, d, there, k, var.df[k], n_rows, smallest,
			  mg_union_label(&call.u, call.reference));
	return (Datum) 0;
}

/* gap_measures(): the table of measures */
PG_FUNCTION_INFO_V1(mindgap_gap_measures);

Datum
mindgap_gap_measures(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	int			i;

	mg_tidy_open_rows(&tidy, fcinfo);
	for (i = 0; i < mg_n_measures; i++)
	{
		const MgMeasure *m = &mg_measures[i];

		mg_tidy_text(&tidy, 0, m->name);
		mg_tidy_text(&tidy, 1, m->label);
		mg_tidy_text(&tidy, 2, m->needs & MG_NEEDS_PAIR ?
					 "compare and reference" : "");
		mg_tidy_text(&tidy, 3, m->range);
		mg_tidy_text(&tidy, 4, m->absolute_or_relative);
		mg_tidy_text(&tidy, 5, m->source);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

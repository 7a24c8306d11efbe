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
#include "utils/memutils.h"

#include "core/distributions.h"
#include "core/matrix.h"
#include "gap/gap.h"
#include "io/expanded.h"
#include "survey/replicates.h"

/* Past this many gaps there is no joint test: it takes their cube in time. */
#define MAX_JOINT	1000

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

typedef struct ReplicateCall
{
	const MgGapCall *call;
	const MgMeasure *const *measures;
	int			n;
	bool		change;
	int			view;
	int			n_views;
} ReplicateCall;

static void
replicate_gaps(const MgTotals *totals, void *arg, double *theta)
{
	const ReplicateCall *r = (const ReplicateCall *) arg;
	MgGapCall	call = *r->call;
	int			i;
	int			w;

	/* The estimator sees the totals of the views from r->view on. */
	call.totals = palloc(call.n_views * sizeof(MgTotals));
	memcpy(call.totals, r->call->totals, call.n_views * sizeof(MgTotals));
	memcpy(call.totals + r->view, totals, r->n_views * sizeof(MgTotals));
	for (i = 0; i < r->n; i++)
	{
		const MgMeasure *m = r->measures[i];
		double		x[2] = {NAN, NAN};

		for (w = 0; w < r->n_views && w < 2; w++)
			(void) mg_gap_value(m, &call, r->view + w, &x[w]);
		if (!r->change)
			theta[i] = x[0];
		else
			theta[i] = m->traits & MG_LOG_SCALE ? x[1] / x[0] : x[1] - x[0];
	}
	pfree(call.totals);
}

/*
 * Variances from replicates: of n measures in one summary (view), or, for
 * "change", of their changes between the two views.
 */
void
mg_gap_replicates(const MgGapCall *call, int view, int n_views,
				  const MgMeasure *const *measures, int n, bool change,
				  bool full, MgVariance *var)
{
	ReplicateCall r = {call, measures, n, change, view, n_views};
	bool	   *logs = palloc((n + 1) * sizeof(bool));
	int			i;

	for (i = 0; i < n; i++)
		logs[i] = (measures[i]->traits & MG_LOG_SCALE) != 0;
	mg_replicate_variance(call->views + view, call->totals + view, n_views, n,
						  replicate_gaps, &r, logs, full, var);
}

/*
 * A row for each measure in one summary, from one pass over its PSUs;
 * there[i]: could be estimated.
 */
void
mg_gap_rows_of(MgGapCall *call, int view, const MgMeasure *const *measures,
			   int n, MgInference *rows, bool *there)
{
	int32		n_groups = call->totals[view].n_groups;
	Size		size = (Size) (n_groups + 1) * n * sizeof(double);
	double	   *dy = palloc0(size);
	double	   *dw = palloc0(size);
	MgPart	   *part;
	MgVariance	var;
	int			i;

	for (i = 0; i < n; i++)
	{
		const char *problem = mg_gap_value(measures[i], call, view,
										   &rows[i].estimate);

		mg_gap_status(measures[i], call, rows[i].status);
		there[i] = problem == NULL;
		if (problem != NULL)
			mg_status_add(rows[i].status, problem);
		else
			mg_gap_gradient(measures[i], call, view, 1, n, i, dy, dw);
	}
	if (mg_replicated(call->views[view]))
		mg_gap_replicates(call, view, 1, measures, n, false, false, &var);
	else
	{
		part = mg_part_create(call->views[view], n_groups * n);
		mg_part_dense(part, n, dy, dw);
		mg_linearise(&part, 1, n, call->lonely, false, false, &var);
	}
	for (i = 0; i < n; i++)
	{
		double		own = mg_gap_table_variance(measures[i], call, view);

		if (there[i])
			mg_gap_infer(&rows[i], measures[i], call,
						 isnan(own) ? var.var[i] : own, var.lonely[i],
						 var.df[i]);
	}
	pfree(dy);
	pfree(dw);
}

/* gap_estimate's columns, from "column" on. */
void
mg_gap_put_row(MgTidy *tidy, const MgGapCall *call, int view,
			   const MgMeasure *m, const MgInference *r, bool there, int column)
{
	int64		smallest;
	int64		n = mg_gap_rows(m, call, view, &smallest);

	mg_tidy_text(tidy, column + COL_MEASURE, m->name);
	mg_gap_put_names(tidy, m, call, view, column + COL_COMPARE);
	if (there)
	{
		mg_tidy_double(tidy, column + COL_ESTIMATE, r->estimate);
		mg_tidy_double(tidy, column + COL_STD_ERROR, r->std_error);
		mg_tidy_double(tidy, column + COL_CONF_LOW, r->conf_low);
		mg_tidy_double(tidy, column + COL_CONF_HIGH, r->conf_high);
		mg_tidy_double(tidy, column + COL_DF, r->df);
		mg_tidy_double(tidy, column + COL_P_VALUE, r->p_value);
	}
	if (n >= 0)
	{
		mg_tidy_int64(tidy, column + COL_N, n);
		mg_tidy_int64(tidy, column + COL_N_SMALLEST, smallest);
	}
	mg_tidy_text(tidy, column + COL_STATUS, r->status);
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
	MgView		view;
	const MgView *views[1] = {&view};
	const MgMeasure *m;
	MgInference r = {0};
	bool		there;

	m = mg_arg_measure(fcinfo, 1);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	mg_survey_open(PG_GETARG_DATUM(0), &view);
	mg_gap_open(&call, fcinfo, views, 1, 2);
	mg_gap_rows_of(&call, 0, &m, 1, &r, &there);
	mg_gap_put_row(&tidy, &call, 0, m, &r, there, 0);
	return mg_tidy_value(&tidy);
}

/* gaps(summary, compare, ...): every measure that the arguments allow */
PG_FUNCTION_INFO_V1(mindgap_gaps);

Datum
mindgap_gaps(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgGapCall	call;
	MgView		view;
	const MgView *views[1] = {&view};
	const MgMeasure **measures;
	MgInference *rows;
	bool	   *there;
	int			n = 0;
	int			i;

	mg_tidy_open_rows(&tidy, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_survey_open(PG_GETARG_DATUM(0), &view);
	mg_gap_open(&call, fcinfo, views, 1, 1);
	measures = palloc(mg_n_measures * sizeof(MgMeasure *));
	rows = palloc0(mg_n_measures * sizeof(MgInference));
	there = palloc0(mg_n_measures * sizeof(bool));
	for (i = 0; i < mg_n_measures; i++)
	{
		if (mg_gap_allowed(&mg_measures[i], &call))
			measures[n++] = &mg_measures[i];
	}
	mg_gap_rows_of(&call, 0, measures, n, rows, there);
	for (i = 0; i < n; i++)
	{
		mg_gap_put_row(&tidy, &call, 0, measures[i], &rows[i], there[i], 0);
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
	bool		unknown = false;
	bool		table = df == MG_DF_INFINITE;

	if (var->v == NULL)
	{
		mg_tidy_text(tidy, COL_MEASURE, "joint_wald_f");
		mg_tidy_text_len(tidy, COL_REFERENCE, reference.s, reference.len);
		mg_tidy_text(tidy, COL_STATUS, "too_many_subgroups");
		mg_tidy_row(tidy);
		return;
	}
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
	for (i = 0; i < k * k; i++)
		unknown |= isnan(v[i]);
	mg_tidy_text(tidy, COL_MEASURE, "joint_wald_f");
	mg_tidy_text_len(tidy, COL_REFERENCE, reference.s, reference.len);
	if (table)
		mg_status_add(status, "groups_independent_shares_fixed");
	else
	{
		mg_tidy_int64(tidy, COL_N, rows);
		mg_tidy_int64(tidy, COL_N_SMALLEST, smallest);
	}
	if (k == 0)
		mg_status_add(status, "no_data");
	else if (lonely)
		mg_status_add(status, "lonely_psu");
	else if (unknown)
		mg_status_add(status, "no_standard_error");
	else if (!table && df - k + 1 <= 0)
		mg_status_add(status, "no_degrees_of_freedom");
	else if (!mg_quadratic_form(v, x, k, &x2))
		mg_status_add(status, "singular_covariance");
	else
	{
		double		df2 = table ? INFINITY : (double) (df - k + 1);
		double		f = table ? x2 / k : x2 * df2 / ((double) df * k);
		char		word[64];

		mg_tidy_double(tidy, COL_ESTIMATE, f);
		mg_tidy_double(tidy, COL_DF, df2);
		mg_tidy_double(tidy, COL_P_VALUE, mg_f_upper(f, k, df2));
		snprintf(word, sizeof(word), "; numerator_df=%d", k);
		strlcat(status, word, sizeof(status));
	}
	mg_tidy_text(tidy, COL_STATUS, status);
	mg_tidy_row(tidy);
}

typedef struct PairwiseCall
{
	const MgGapCall *call;
	const MgMeasure *m;
	int			k;
	int			reference;
} PairwiseCall;

/* The k gaps, and a last column that only carries the degrees of freedom. */
static void
replicate_pairs(const MgTotals *totals, void *arg, double *theta)
{
	const PairwiseCall *p = (const PairwiseCall *) arg;
	MgGapCall	call = *p->call;
	int			i;

	call.totals = (MgTotals *) totals;
	for (i = 0; i < p->k; i++)
	{
		call.compare = i < p->reference ? i : i + 1;
		theta[i] = NAN;
		(void) mg_gap_value(p->m, &call, 0, &theta[i]);
	}
	theta[p->k] = 0;
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
	static const char *const names[] = {"difference", "ratio", "odds_ratio"};
	MgTidy		tidy;
	MgGapCall	call = {0};
	MgView		view;
	const MgView *views[1] = {&view};
	const MgMeasure *m;
	MgLabel		label;
	MgInference *rows;
	MgPart	   *part;
	MgVariance	var;
	MemoryContext scratch;
	MemoryContext old;
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
	m = mg_measure_find(names[mg_arg_choice(fcinfo, 2, "scale", scales,
											lengthof(scales))]);
	call.level = mg_arg_level(fcinfo, 3);
	call.lonely = mg_arg_lonely(fcinfo, 4);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	strcpy(call.status, "ok");
	mg_survey_open(PG_GETARG_DATUM(0), &view);
	call.n_views = 1;
	call.views = views;
	call.totals = palloc(sizeof(MgTotals));
	mg_totals(&view, call.totals);
	mg_union(views, 1, &call.u);
	call.order = palloc((call.u.n + 1) * sizeof(int));
	for (i = 0; i < call.u.n; i++)
		call.order[i] = i;
	call.reference = 0;
	if (mg_arg_label(fcinfo, 1, &label))
		call.reference = mg_union_require(&call.u, label);
	if (call.u.n < 2)
	{
		mg_tidy_text(&tidy, COL_MEASURE, m->name);
		mg_tidy_text(&tidy, COL_STATUS, "fewer_than_two_subgroups");
		mg_tidy_row(&tidy);
		return (Datum) 0;
	}

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
	scratch = AllocSetContextCreate(CurrentMemoryContext, "mindgap gaps",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	for (i = 0; i < k; i++)
	{
		const char *problem;

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(scratch);
		call.compare = i < call.reference ? i : i + 1;
		problem = mg_gap_value(m, &call, 0, &rows[i].estimate);
		strcpy(rows[i].status, "ok");
		there[i] = problem == NULL;
		if (problem != NULL)
		{
			mg_status_add(rows[i].status, problem);
			continue;
		}
		mg_gap_gradient(m, &call, 0, 1, k + 1, i, dy, dw);
		d[i] = m->traits & MG_LOG_SCALE ? log(rows[i].estimate) :
			rows[i].estimate;
		dy[(Size) call.compare * (k + 1) + k] = 1;
		dy[(Size) call.reference * (k + 1) + k] = 1;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	if (mg_replicated(&view))
	{
		PairwiseCall pairs = {&call, m, k, call.reference};
		bool	   *logs = palloc0((k + 1) * sizeof(bool));

		memset(logs, (m->traits & MG_LOG_SCALE) != 0, k);
		mg_replicate_variance(views, call.totals, 1, k + 1, replicate_pairs,
							  &pairs, logs, k <= MAX_JOINT, &var);
	}
	else
	{
		part = mg_part_create(&view, call.u.n * 3 + k + 1);
		mg_part_dense(part, k + 1, dy, dw);
		mg_linearise(&part, 1, k + 1, call.lonely, false, k <= MAX_JOINT, &var);
	}
	for (i = 0; i < k; i++)
	{
		call.compare = i < call.reference ? i : i + 1;
		if (there[i])
			mg_gap_infer(&rows[i], m, &call, var.var[i], var.lonely[i],
						 var.df[i]);
		mg_gap_put_row(&tidy, &call, 0, m, &rows[i], there[i], 0);
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

static const char *
needs_text(const MgMeasure *m)
{
	if (m->needs & MG_NEEDS_PAIR)
		return "compare and reference";
	if (m->needs & MG_NEEDS_REFERENCE)
		return "reference";
	if (m->needs & MG_NEEDS_UPPER)
		return "order, lower and upper";
	if (m->needs & MG_NEEDS_LOWER)
		return "order and lower";
	if (m->needs & MG_NEEDS_ORDER)
		return "order";
	if (m->needs & MG_USES_ADVERSE)
		return "adverse";
	return "";
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
		mg_tidy_text(&tidy, 2, needs_text(m));
		mg_tidy_text(&tidy, 3, m->range);
		mg_tidy_text(&tidy, 4, m->absolute_or_relative);
		mg_tidy_text(&tidy, 5, m->source);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

/*-------------------------------------------------------------------------
 *
 * subgroup_trend.c
 *		Trends of all subgroups of a series together: each one's slope over
 *		the earlier waves and excess of the last wave over it, how both
 *		differ from those of a reference, and the joint tests.
 *
 * This is the model y = group + time x group + after x group on the waves'
 * means, after being 1 in the last wave.  It is saturated in the groups, so
 * each group's slope and excess are its own least-squares line's; that they
 * are estimated together shows in the covariance between groups, which share
 * PSUs, and between waves.  Formulas are those of trend.c.
 *
 *		joint	X2 = q'V^-1 q of the differences q, F = X2 (df - k + 1)/(df k)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/distributions.h"
#include "core/matrix.h"
#include "survey/trend.h"

/* The covariance matrix has four columns for each of them. */
#define MAX_SUBGROUPS	1000

/* The two combinations of a subgroup's waves. */
enum
{
	SLOPE,
	EXCESS,
	N_KINDS
};

static const char *const own_term[N_KINDS] = {
	"earlier slope per year", "excess over the earlier trend"
};
static const char *const difference_term[N_KINDS] = {
	"earlier slope differs from reference", "excess differs from reference"
};
static const char *const joint_term[N_KINDS] = {
	"earlier slopes equal", "excesses equal"
};

typedef struct Subgroup
{
	MgTrend		t;				/* its waves with an estimate */
	double		value[N_KINDS];
	double	   *c[N_KINDS];		/* weights: by estimate, then by weight */
} Subgroup;

typedef struct SubgroupCall
{
	MgSeriesView series;
	MgUnion		u;
	MgTotals   *totals;			/* of each wave */
	Subgroup   *groups;
	int			reference;
	bool		weighted;
	bool		separate;
	double		level;
	MgLonely	lonely;
	int			k;				/* columns */
} SubgroupCall;

/*
 * Columns of the covariance matrix: for each subgroup its two combinations,
 * then for each its two differences from the reference (those of the
 * reference itself stay empty), and one on which every subgroup bears.
 */
static int
own_column(int group, int kind)
{
	return N_KINDS * group + kind;
}

static int
difference_column(const SubgroupCall *call, int group, int kind)
{
	return N_KINDS * (call->u.n + group) + kind;
}

/* The subgroup's waves, its line through the earlier ones and the excess. */
static void
fit_subgroup(SubgroupCall *call, int group)
{
	Subgroup   *s = &call->groups[group];
	MgTrend    *t = &s->t;
	int			last = call->series.n - 1;
	int			earlier;
	int			w;
	int			i;

	mg_trend_start(t, &call->series, call->weighted);
	for (w = 0; w < call->series.n; w++)
	{
		int32		g = call->u.index[w][group];

		if (g < 0 || !(call->totals[w].w[g] > 0))
		{
			mg_trend_leave_out(t, "no_data");
			continue;
		}
		t->years[t->n] = call->series.years[w];
		t->wave[t->n] = w;
		t->value[t->n] = mg_mean(&call->totals[w], g);
		if (call->weighted)
			t->weight[t->n] = call->totals[w].w[g];
		t->n++;
	}
	earlier = t->n > 0 && t->wave[t->n - 1] == last ? t->n - 1 : t->n;
	for (i = 0; i < N_KINDS; i++)
	{
		s->value[i] = NAN;
		s->c[i] = palloc0((2 * t->n + 1) * sizeof(double));
	}
	if (earlier < 2)
		return;
	s->value[SLOPE] = mg_trend_line(t, earlier, t->years[0], 0, 1,
									s->c[SLOPE], t->n);
	if (earlier == t->n)
		return;
	s->value[EXCESS] = t->value[earlier] -
		mg_trend_line(t, earlier, t->years[earlier], 1, 0, s->c[EXCESS], t->n);
	for (i = 0; i < 2 * t->n; i++)
		s->c[EXCESS][i] = -s->c[EXCESS][i];
	s->c[EXCESS][earlier] += 1;
}

static void
add_term(MgPart *part, int32 *n, int column, double dy, double dw)
{
	part->terms[*n].column = column;
	part->terms[*n].dy = dy;
	part->terms[*n].dw = dw;
	(*n)++;
}

/* The terms of one subgroup in one wave, its i-th with an estimate. */
static void
add_subgroup(const SubgroupCall *call, MgPart *part, int32 *n, int group, int i)
{
	const Subgroup *s = &call->groups[group];
	int			kind;
	int			other;

	for (kind = 0; kind < N_KINDS; kind++)
	{
		double		dy = s->c[kind][i];
		double		dw = call->weighted ? s->c[kind][s->t.n + i] : 0;

		if (isnan(s->value[kind]))
			continue;
		add_term(part, n, own_column(group, kind), dy, dw);
		if (group != call->reference)
			add_term(part, n, difference_column(call, group, kind), dy, dw);
		else
		{
			for (other = 0; other < call->u.n; other++)
			{
				if (other != group)
					add_term(part, n, difference_column(call, other, kind),
							 -dy, -dw);
			}
		}
	}
	add_term(part, n, call->k - 1, 1, 0);
}

/* The waves' means, combined, from the totals of a replicate. */
static void
replicate_combinations(const MgTotals *totals, void *arg, double *theta)
{
	const SubgroupCall *call = (const SubgroupCall *) arg;
	int			group;
	int			kind;
	int			i;

	for (i = 0; i < call->k; i++)
		theta[i] = 0;
	for (group = 0; group < call->u.n; group++)
	{
		const Subgroup *s = &call->groups[group];

		for (kind = 0; kind < N_KINDS; kind++)
		{
			double		sum = 0;

			for (i = 0; i < s->t.n && !isnan(s->value[kind]); i++)
			{
				int			w = s->t.wave[i];
				int32		g = call->u.index[w][group];

				if (!(totals[w].w[g] > 0))
				{
					sum = NAN;
					break;
				}
				sum += s->c[kind][i] * mg_mean(&totals[w], g);
				if (call->weighted)
					sum += s->c[kind][s->t.n + i] * totals[w].w[g];
			}
			theta[own_column(group, kind)] = sum;
		}
	}
	for (group = 0; group < call->u.n; group++)
	{
		for (kind = 0; kind < N_KINDS; kind++)
			theta[difference_column(call, group, kind)] =
				theta[own_column(group, kind)] -
				theta[own_column(call->reference, kind)];
	}
}

static void
subgroup_variance(SubgroupCall *call, MgVariance *var)
{
	int			n_waves = call->series.n;
	MgPart	  **parts = palloc(n_waves * sizeof(MgPart *));
	int			most = N_KINDS * (call->u.n + 1) + 1;
	int			w;

	for (w = 1; w < n_waves; w++)
		call->separate = mg_check_comparable(&call->series.views[0],
											 &call->series.views[w]);
	if (mg_replicated(&call->series.views[0]))
	{
		mg_replicate_variance(call->series.pointers, call->totals, n_waves,
							  call->k, replicate_combinations, call, NULL,
							  true, var);
		return;
	}
	for (w = 0; w < n_waves; w++)
	{
		const MgView *view = &call->series.views[w];
		int			n_groups = view->head->n_groups;
		MgPart	   *part = mg_part_create(view, most * Max(n_groups, 1));
		int32	   *group_of = palloc((n_groups + 1) * sizeof(int32));
		int32		n = 0;
		int32		g;
		int			group;

		for (group = 0; group < call->u.n; group++)
		{
			if (call->u.index[w][group] >= 0)
				group_of[call->u.index[w][group]] = group;
		}
		for (g = 0; g < n_groups; g++)
		{
			const MgTrend *t = &call->groups[group_of[g]].t;
			int			i;

			part->term_start[g] = n;
			for (i = 0; i < t->n; i++)
			{
				if (t->wave[i] == w)
					add_subgroup(call, part, &n, group_of[g], i);
			}
		}
		part->term_start[n_groups] = n;
		parts[w] = part;
	}
	mg_linearise(parts, n_waves, call->k, call->lonely, call->separate, true,
				 var);
}

static void
start_row(const SubgroupCall *call, MgInference *r)
{
	r->estimate = r->std_error = r->conf_low = r->conf_high = NAN;
	r->df = r->p_value = NAN;
	strcpy(r->status, "ok");
	if (call->series.views[0].head->flags & MG_FROM_TABLE)
		mg_status_add(r->status, "groups_independent_shares_fixed");
	if (call->separate)
		mg_status_add(r->status, "independent_samples_assumed");
}

static void
put_row(MgTidy *tidy, const MgLabel *subgroup, const char *term,
		const MgInference *r, double statistic)
{
	if (subgroup != NULL)
		mg_tidy_text_len(tidy, 0, subgroup->s, subgroup->len);
	mg_tidy_text(tidy, 1, term);
	mg_tidy_double(tidy, 2, r->estimate);
	mg_tidy_double(tidy, 3, r->std_error);
	mg_tidy_double(tidy, 4, statistic);
	mg_tidy_double(tidy, 5, r->df);
	mg_tidy_double(tidy, 6, r->p_value);
	mg_tidy_double(tidy, 7, r->conf_low);
	mg_tidy_double(tidy, 8, r->conf_high);
	mg_tidy_text(tidy, 9, r->status);
	mg_tidy_row(tidy);
}

/* Why a subgroup has no estimate, or that some of its waves are missing. */
static void
add_reasons(const SubgroupCall *call, const Subgroup *s, int kind,
			MgInference *r)
{
	int			last = s->t.n > 0 ? s->t.wave[s->t.n - 1] : -1;

	if (isnan(s->value[kind]))
	{
		if (kind == EXCESS && last < call->series.n - 1)
			mg_status_add(r->status, "no_data_in_last_wave");
		else
			mg_status_add(r->status, "too_few_waves");
	}
	if (s->t.left_out > 0)
		mg_status_add(r->status, "waves_left_out");
}

static void
put_subgroup(const SubgroupCall *call, MgTidy *tidy, int group,
			 const MgVariance *var)
{
	const Subgroup *s = &call->groups[group];
	const Subgroup *reference = &call->groups[call->reference];
	MgLabel		label = mg_union_label(&call->u, group);
	int			pass;
	int			kind;

	for (pass = 0; pass < (group == call->reference ? 1 : 2); pass++)
	{
		for (kind = 0; kind < N_KINDS; kind++)
		{
			MgInference r;
			int			column = pass == 0 ? own_column(group, kind) :
				difference_column(call, group, kind);

			start_row(call, &r);
			add_reasons(call, s, kind, &r);
			r.estimate = s->value[kind];
			if (pass == 1)
			{
				add_reasons(call, reference, kind, &r);
				r.estimate -= reference->value[kind];
			}
			if (isfinite(r.estimate))
				mg_infer(&r, var->var[column], var->lonely[column],
						 var->df[column], call->level, 0);
			put_row(tidy, &label,
					pass == 0 ? own_term[kind] : difference_term[kind], &r,
					r.std_error > 0 ? r.estimate / r.std_error : NAN);
		}
	}
}

/* The joint test that all differences from the reference are 0. */
static void
put_joint(const SubgroupCall *call, MgTidy *tidy, int kind,
		  const MgVariance *var)
{
	int			last = call->k - 1;
	int64		df = var->df[last];
	int		   *column = palloc(call->u.n * sizeof(int));
	double	   *q = palloc(call->u.n * sizeof(double));
	double	   *v;
	double		reference = call->groups[call->reference].value[kind];
	double		f = NAN;
	double		x2;
	bool		missing = false;
	MgInference r;
	int			k = 0;
	int			group;
	int			i;
	int			j;

	for (group = 0; group < call->u.n; group++)
	{
		double		d = call->groups[group].value[kind] - reference;

		if (group == call->reference)
			continue;
		if (isnan(d))
			missing = true;
		else
		{
			column[k] = difference_column(call, group, kind);
			q[k++] = d;
		}
	}
	start_row(call, &r);
	if (missing)
		mg_status_add(r.status, k > 0 ? "subgroups_left_out" : "too_few_waves");
	v = palloc(((Size) k * k + 1) * sizeof(double));
	for (i = 0; i < k; i++)
	{
		for (j = 0; j < k; j++)
			v[(Size) i * k + j] = var->v[(Size) column[i] * var->k + column[j]];
	}
	if (k == 0)
		;
	else if (var->lonely[last])
		mg_status_add(r.status, "lonely_psu");
	else if (df != MG_DF_INFINITE && df - k + 1 <= 0)
		mg_status_add(r.status, "no_degrees_of_freedom");
	else if (!mg_quadratic_form(v, q, k, &x2))
		mg_status_add(r.status, "singular_covariance");
	else
	{
		char		word[64];

		r.df = df == MG_DF_INFINITE ? INFINITY : (double) (df - k + 1);
		f = df == MG_DF_INFINITE ? x2 / k : x2 * r.df / ((double) df * k);
		r.p_value = mg_f_upper(f, k, r.df);
		snprintf(word, sizeof(word), "; numerator_df=%d", k);
		strlcat(r.status, word, sizeof(r.status));
	}
	put_row(tidy, NULL, joint_term[kind], &r, f);
}

PG_FUNCTION_INFO_V1(mindgap_trend_by_subgroup);

/* trend_by_subgroup(series, reference, wave_weights, level, lonely_psu) */
Datum
mindgap_trend_by_subgroup(PG_FUNCTION_ARGS)
{
	static const MgChoice weights[] = {
		{"equal", 0},
		{"population", 1}
	};
	SubgroupCall call = {0};
	MgTidy		tidy;
	MgLabel		label;
	MgVariance	var;
	int			i;

	mg_tidy_open_rows(&tidy, fcinfo);
	call.weighted = mg_arg_choice(fcinfo, 2, "wave_weights", weights,
								  lengthof(weights)) == 1;
	call.level = mg_arg_level(fcinfo, 3);
	call.lonely = mg_arg_lonely(fcinfo, 4);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_series_open(PG_GETARG_DATUM(0), &call.series);
	if (call.series.n == 0)
		return (Datum) 0;
	mg_union(call.series.pointers, call.series.n, &call.u);
	if (mg_arg_label(fcinfo, 1, &label))
		call.reference = mg_union_require(&call.u, label);
	if (call.u.n == 0)
		return (Datum) 0;
	if (call.u.n > MAX_SUBGROUPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many subgroups for trends together"),
				 errdetail("There are %d; the limit is %d.", call.u.n,
						   MAX_SUBGROUPS),
				 errhint("Take the trend of one subgroup at a time with trend().")));
	call.k = 2 * N_KINDS * call.u.n + 1;
	call.totals = palloc(call.series.n * sizeof(MgTotals));
	for (i = 0; i < call.series.n; i++)
		mg_totals(&call.series.views[i], &call.totals[i]);
	call.groups = palloc0(call.u.n * sizeof(Subgroup));
	for (i = 0; i < call.u.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		fit_subgroup(&call, i);
	}
	subgroup_variance(&call, &var);
	for (i = 0; i < call.u.n; i++)
		put_subgroup(&call, &tidy, i, &var);
	for (i = 0; i < N_KINDS && call.u.n > 1; i++)
		put_joint(&call, &tidy, i, &var);
	return (Datum) 0;
}

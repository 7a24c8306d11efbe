/*-------------------------------------------------------------------------
 *
 * estimates.c
 *		Means, totals and proportions of subgroups, and their covariance.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/distributions.h"
#include "io/expanded.h"
#include "survey/replicates.h"
#include "survey/survey.h"

static const MgChoice statistics[] = {
	{"mean", MG_STAT_MEAN},
	{"total", MG_STAT_TOTAL},
	{"proportion", MG_STAT_PROPORTION}
};

static const MgChoice ci_methods[] = {
	{"t", MG_CI_T},
	{"logit", MG_CI_LOGIT},
	{"beta", MG_CI_BETA},
	{"wilson", MG_CI_WILSON},
	{"asin", MG_CI_ASIN},
	{"normal", MG_CI_NORMAL}
};

/*
 * Derivatives of every subgroup's statistic (columns 0 ..) and of everybody's
 * (column n_groups).
 */
static MgPart *
statistic_part(const MgView *v, const MgTotals *t, MgStatistic statistic)
{
	MgPart	   *part = mg_part_create(v, 2 * t->n_groups);
	int32		n = 0;
	int32		g;

	for (g = 0; g < t->n_groups; g++)
	{
		bool		total = statistic == MG_STAT_TOTAL;
		MgTerm	   *term = &part->terms[n];

		part->term_start[g] = n;
		if (!(t->w[g] > 0))
			continue;
		term[0].column = g;
		term[0].dy = total ? t->w[g] : 1;
		term[0].dw = total ? mg_mean(t, g) : 0;
		term[1].column = t->n_groups;
		term[1].dy = total ? t->w[g] : t->w[g] / t->all_w;
		term[1].dw = total ? mg_mean(t, g) : (t->dev[g] - t->all_dev) / t->all_w;
		n += 2;
	}
	part->term_start[g] = n;
	return part;
}

/* The same for replicates: the statistics themselves. */
static void
statistic_values(const MgTotals *t, void *arg, double *theta)
{
	bool		total = *(MgStatistic *) arg == MG_STAT_TOTAL;
	int32		g;

	for (g = 0; g <= t->n_groups; g++)
	{
		bool		all = g == t->n_groups;
		double		w = all ? t->all_w : t->w[g];

		theta[g] = w > 0 ? mg_mean(t, all ? -1 : g) * (total ? w : 1) :
			total ? 0 : NAN;
	}
}

static void
statistic_variance(const MgView *v, const MgTotals *t, MgStatistic statistic,
				   MgLonely lonely, bool full, MgVariance *var)
{
	MgPart	   *part;

	if (mg_replicated(v))
	{
		mg_replicate_variance(&v, t, 1, t->n_groups + 1, statistic_values,
							  &statistic, NULL, full, var);
		return;
	}
	part = statistic_part(v, t, statistic);
	mg_linearise(&part, 1, t->n_groups + 1, lonely, false, full, var);
}

/*
 * R's deff=TRUE: the variance over that of a simple random sample without
 * replacement of the same rows, whose population size is the sum of weights.
 */
static double
design_effect(double var, MgStatistic statistic, int64 n, double w, double m2)
{
	double		s2;
	double		srs;

	if (n < 2 || !(m2 > 0) || !(w > n))
		return NAN;
	s2 = m2 / w * ((double) n / (n - 1));
	srs = s2 / n * ((w - n) / w);
	if (statistic == MG_STAT_TOTAL)
		srs *= w * w;
	return var / srs;
}

/* One row; group below 0 is everybody. */
static void
put_estimate(MgTidy *tidy, const MgView *v, const MgTotals *t,
			 const MgVariance *var, const MgEstimateOptions *o, int32 group,
			 int first)
{
	bool		all = group < 0;
	int			column = all ? t->n_groups : group;
	int64		n = all ? t->all_n : t->n[group];
	double		w = all ? t->all_w : t->w[group];
	double		m2 = all ? t->all_m2 : t->m2[group];
	MgInference r = {0};
	char		buf[MG_INT_LABEL];

	strcpy(r.status, "ok");
	if (!all)
	{
		int32		len;
		const char *label = mg_group_label(v, group, &len, buf);

		mg_tidy_text_len(tidy, first + 0, label, len);
	}
	if (t->se == NULL)
	{
		mg_tidy_int64(tidy, first + 1, n);
		mg_tidy_int64(tidy, first + 2, all ? t->all_missing : t->n_missing[group]);
	}
	mg_tidy_double(tidy, first + 3, w);
	if (t->all_w > 0)
		mg_tidy_double(tidy, first + 4, w / t->all_w);

	if (!(w > 0))
		mg_status_add(r.status, "no_data");
	else if (o->statistic == MG_STAT_PROPORTION && (v->head->flags & MG_OUTSIDE_01))
		mg_status_add(r.status, "outcome_outside_0_1");
	else
	{
		r.estimate = mg_mean(t, group);
		if (o->statistic == MG_STAT_TOTAL)
			r.estimate *= w;
		mg_infer(&r, var->var[column], var->lonely[column], var->df[column],
				 o->level, 0);
		if (t->se != NULL)
			mg_status_add(r.status, "groups_independent_shares_fixed");
		if (o->ci == MG_CI_NORMAL && isfinite(r.conf_low))
		{
			double		q = mg_t_quantile(0.5 + o->level / 2, INFINITY);

			r.conf_low = r.estimate - q * r.std_error;
			r.conf_high = r.estimate + q * r.std_error;
		}
		else if (o->ci != MG_CI_T && o->ci != MG_CI_NORMAL)
		{
			if (v->head->flags & MG_OUTSIDE_01)
			{
				r.conf_low = r.conf_high = NAN;
				mg_status_add(r.status, "outcome_outside_0_1");
			}
			else
				mg_proportion_limits(&r, o->ci, t->se != NULL ? 0 : n,
									 o->level);
		}
		mg_tidy_double(tidy, first + 5, r.estimate);
		mg_tidy_double(tidy, first + 6, r.std_error);
		mg_tidy_double(tidy, first + 7, r.conf_low);
		mg_tidy_double(tidy, first + 8, r.conf_high);
		mg_tidy_double(tidy, first + 9, r.df);
		mg_tidy_double(tidy, first + 10,
					   design_effect(var->var[column], o->statistic, n, w, m2));
	}
	mg_tidy_text(tidy, first + 11, r.status);
	mg_tidy_row(tidy);
}

/* Options from argument "first" on: statistic, level, lonely_psu, ci_method. */
void
mg_estimate_options(FunctionCallInfo fcinfo, int first, MgEstimateOptions *o)
{
	o->statistic = (MgStatistic) mg_arg_choice(fcinfo, first, "statistic",
											   statistics, lengthof(statistics));
	o->level = mg_arg_level(fcinfo, first + 1);
	o->lonely = mg_arg_lonely(fcinfo, first + 2);
	o->ci = (MgCiMethod) mg_arg_choice(fcinfo, first + 3, "ci_method",
									   ci_methods, lengthof(ci_methods));
	if (o->statistic == MG_STAT_TOTAL && o->ci != MG_CI_T &&
		o->ci != MG_CI_NORMAL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this ci_method is for proportions, not for totals"),
				 errhint("For totals ci_method is 't' or 'normal'.")));
}

/* The rows of one summary, from "column" on, behind its years if given. */
void
mg_put_estimates(MgTidy *tidy, const MgView *v, const MgEstimateOptions *o,
				 int column, const double *years)
{
	MgTotals	t;
	MgVariance	var;
	int32		g = (v->head->flags & MG_GROUP_KIND) ? 0 : -1;

	mg_totals(v, &t);
	statistic_variance(v, &t, o->statistic, o->lonely, false, &var);
	for (; g <= t.n_groups; g++)
	{
		if (years != NULL)
			mg_tidy_double(tidy, 0, *years);
		put_estimate(tidy, v, &t, &var, o, g == t.n_groups ? -1 : g, column);
		if (g < 0)
			break;
	}
}

/* estimates(summary, statistic, level, lonely_psu, ci_method) */
PG_FUNCTION_INFO_V1(mindgap_survey_estimates);

Datum
mindgap_survey_estimates(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgView		v;
	MgEstimateOptions options;

	mg_tidy_open_rows(&tidy, fcinfo);
	mg_estimate_options(fcinfo, 1, &options);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_survey_open(PG_GETARG_DATUM(0), &v);
	mg_put_estimates(&tidy, &v, &options, 0, NULL);
	return (Datum) 0;
}

/* covariance(summary, statistic, lonely_psu): all ordered pairs */
PG_FUNCTION_INFO_V1(mindgap_survey_covariance);

Datum
mindgap_survey_covariance(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgView		v;
	MgTotals	t;
	MgVariance	var;
	MgLonely	lonely;
	MgStatistic statistic;
	int32		a;
	int32		b;

	mg_tidy_open_rows(&tidy, fcinfo);
	statistic = (MgStatistic) mg_arg_choice(fcinfo, 1, "statistic", statistics,
											lengthof(statistics));
	lonely = mg_arg_lonely(fcinfo, 2);
	if (PG_ARGISNULL(0))
		return (Datum) 0;

	mg_survey_open(PG_GETARG_DATUM(0), &v);
	mg_totals(&v, &t);
	statistic_variance(&v, &t, statistic, lonely, true, &var);
	for (a = 0; a < t.n_groups; a++)
	{
		CHECK_FOR_INTERRUPTS();
		for (b = 0; b < t.n_groups; b++)
		{
			char		buf[MG_INT_LABEL];
			int32		len;
			const char *label;

			if (v.head->flags & MG_GROUP_KIND)
			{
				label = mg_group_label(&v, a, &len, buf);
				mg_tidy_text_len(&tidy, 0, label, len);
				label = mg_group_label(&v, b, &len, buf);
				mg_tidy_text_len(&tidy, 1, label, len);
			}
			if (t.w[a] > 0 && t.w[b] > 0 &&
				!(statistic == MG_STAT_PROPORTION && (v.head->flags & MG_OUTSIDE_01)))
				mg_tidy_double(&tidy, 2,
							   var.v[(Size) a * var.k + b]);
			mg_tidy_row(&tidy);
		}
	}
	return (Datum) 0;
}

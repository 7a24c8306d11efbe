/*-------------------------------------------------------------------------
 *
 * model_reports.c
 *		What a prediction model says of its variables, of the panel, of the
 *		evidence for both, and of its own predictions: tidy rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"

#include "core/distributions.h"
#include "io/tidy.h"
#include "prediction/predict.h"

/*
 * When data and panel disagree, and when the data say little: the tail
 * probability of a category's effects under the prior, and the share of the
 * prior's variance that the data left.
 */
#define CONFLICT_P		0.05
#define THIN_SHARE		0.5

/* Opens the rows and the model; false where the model is NULL. */
static bool
open_report(FunctionCallInfo fcinfo, MgTidy *tidy, MgPredictor *pr)
{
	mg_tidy_open_rows(tidy, fcinfo);
	if (PG_ARGISNULL(0))
		return false;
	memset(pr, 0, sizeof(MgPredictor));
	mg_model_unpack((MgModelValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)),
					&pr->model);
	mg_predictor_init(pr);
	return true;
}

/* The categories of a variable, joined by "; ", or NULL. */
static char *
categories_of(const MgModel *m, int j)
{
	int			n = m->count[MG_LEN_CATEGORIES];
	StringInfoData buf;
	int			c;

	initStringInfo(&buf);
	for (c = 0; c < n; c++)
	{
		if (m->member[(Size) j * n + c] > 0)
			appendStringInfo(&buf, "%s%s", buf.len == 0 ? "" : "; ",
							 m->category_name[c]);
	}
	return buf.len == 0 ? NULL : buf.data;
}

static bool
is_always_in(const MgModel *m, int j)
{
	int			a;

	for (a = 0; a < m->count[MG_LEN_ALWAYS]; a++)
	{
		if (m->always[a] == j + 1)
			return true;
	}
	return false;
}

static void
put_estimate(MgTidy *tidy, double estimate, double std_dev, double q)
{
	mg_tidy_double(tidy, 3, estimate);
	mg_tidy_double(tidy, 4, std_dev);
	mg_tidy_double(tidy, 5, estimate - q * std_dev);
	mg_tidy_double(tidy, 6, estimate + q * std_dev);
}

/* The intercept: at the mean of every variable, and where all are 0. */
static void
put_intercept(MgTidy *tidy, MgPredictor *pr, double q)
{
	const MgModel *m = &pr->model;
	double		raw = m->intercept;
	double		var;
	int			j;

	memset(pr->xs, 0, pr->p * sizeof(double));
	for (j = 0; j < pr->p; j++)
		raw -= m->coefficient[j] / m->divisor[j] * m->mean[j];
	if (m->family == MG_GAUSSIAN)
		var = m->s2 / m->n;
	else if (m->count[MG_LEN_FACTOR] > 0)
		var = 1 / m->intercept_precision + mg_model_within(pr);
	else
		var = NAN;
	mg_tidy_text(tidy, 0, "(Intercept)");
	put_estimate(tidy, m->intercept, sqrt(var), q);
	mg_tidy_double(tidy, 8, raw);
	mg_tidy_text(tidy, 9, "ok");
	mg_tidy_row(tidy);
}

PG_FUNCTION_INFO_V1(mindgap_model_terms);

Datum
mindgap_model_terms(PG_FUNCTION_ARGS)
{
	double		level = mg_arg_level(fcinfo, 1);
	MgPredictor pr;
	const MgModel *m = &pr.model;
	MgTidy		tidy;
	double		q;
	int			j;

	if (!open_report(fcinfo, &tidy, &pr))
		return (Datum) 0;
	q = mg_t_quantile(0.5 + level / 2, isnan(m->nu) ? INFINITY : m->nu);
	put_intercept(&tidy, &pr, q);
	for (j = 0; j < pr.p; j++)
	{
		mg_tidy_text(&tidy, 0, m->variable_name[j]);
		mg_tidy_text(&tidy, 1, categories_of(m, j));
		if (m->dropped[j])
		{
			mg_tidy_text(&tidy, 9, "constant");
			mg_tidy_row(&tidy);
			continue;
		}
		mg_tidy_double(&tidy, 2, m->prior_sd[j]);
		put_estimate(&tidy, m->coefficient[j], m->std_dev[j], q);
		mg_tidy_double(&tidy, 7, m->prior_share[j]);
		mg_tidy_double(&tidy, 8, m->coefficient[j] / m->divisor[j]);
		mg_tidy_text(&tidy, 9, is_always_in(m, j) ? "always_in" : "ok");
		mg_tidy_double(&tidy, 10, m->variable_low[j]);
		mg_tidy_double(&tidy, 11, m->variable_high[j]);
		mg_tidy_double(&tidy, 12, m->variable_score[j]);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

/*
 * Whether a variable is the first of several levels of one column.  They sum
 * to 1, so in one direction, in which nothing is predicted, the prior is all
 * there is.
 */
static bool
begins_levels(const MgModel *m, int j)
{
	int			n = m->count[MG_LEN_INPUTS];
	bool		more = false;
	int			i;

	if (j >= n || m->input_kind[j] != MG_INPUT_LEVEL)
		return false;
	for (i = j - 1; i >= 0 &&
		 strcmp(m->input_column[i], m->input_column[j]) == 0; i--)
	{
		if (!m->dropped[i])
			return false;
	}
	for (i = j + 1; i < n &&
		 strcmp(m->input_column[i], m->input_column[j]) == 0; i++)
		more = more || !m->dropped[i];
	return more;
}

/* How many variables are of a category, and how much the prior counts there. */
static int
count_variables(const MgModel *m, int category, double *prior_share)
{
	int			n = 0;
	double		sum = 0;
	double		shares = 0;
	int			j;

	for (j = 0; j < mg_model_p(m); j++)
	{
		double		share = m->member[(Size) j * m->count[MG_LEN_CATEGORIES] +
									  category];

		if (share == 0 || m->missing[j] || m->dropped[j])
			continue;
		n++;
		if (isnan(m->prior_share[j]))
			continue;
		shares += share;
		sum += share * m->prior_share[j];
		if (begins_levels(m, j))
		{
			shares -= share;
			sum -= share;
		}
	}
	*prior_share = shares > 0 ? sum / shares : NAN;
	return n;
}

static const char *
verdict(const MgModel *m, int category, int n_variables, bool rated,
		double prior_share)
{
	if (n_variables == 0)
		return "not measured in these data";
	if (!rated)
		return "not rated by the panel";
	if (isnan(m->conflict_low[category]) || isnan(m->conflict_high[category]))
		return "too thin to say";
	if (m->conflict_high[category] < CONFLICT_P)
		return "data point to more weight";
	if (m->conflict_low[category] < CONFLICT_P)
		return "data point to less weight";
	if (prior_share > THIN_SHARE)
		return "too thin to say";
	return "data and panel agree";
}

static void
put_category(MgTidy *tidy, const MgModel *m, int category, int panel)
{
	int			n_panels = m->count[MG_LEN_PANELS];
	double		prior_share;
	int			n = count_variables(m, category, &prior_share);
	double		u = n_panels > 0 ? m->overrule_panel[category] :
		m->overrule_flat[category];
	bool		rated = false;

	mg_tidy_text(tidy, 0, m->category_name[category]);
	mg_tidy_int64(tidy, 1, n);
	if (n_panels > 0)
	{
		Size		at = (Size) panel * m->count[MG_LEN_CATEGORIES] + category;

		rated = m->rated[at];
		if (rated)
		{
			mg_tidy_double(tidy, 2, m->importance[at]);
			mg_tidy_double(tidy, 8, m->importance_error[at]);
		}
		mg_tidy_text(tidy, 7, m->panel_name[panel]);
	}
	if (n > 0)
	{
		mg_tidy_double(tidy, 3, exp(u / 2));
		mg_tidy_double(tidy, 4, m->conflict_low[category]);
		mg_tidy_double(tidy, 5, m->conflict_high[category]);
		mg_tidy_double(tidy, 9, m->conflict_score[category]);
		if (rated)
			mg_tidy_double(tidy, 10, m->leave_out[category]);
	}
	mg_tidy_text(tidy, 6, verdict(m, category, n, rated, prior_share));
	mg_tidy_row(tidy);
}

PG_FUNCTION_INFO_V1(mindgap_model_panel);

Datum
mindgap_model_panel(PG_FUNCTION_ARGS)
{
	MgPredictor pr;
	MgTidy		tidy;
	int			panel = 0;
	int			c;

	if (!open_report(fcinfo, &tidy, &pr))
		return (Datum) 0;
	do
	{
		for (c = 0; c < pr.model.count[MG_LEN_CATEGORIES]; c++)
			put_category(&tidy, &pr.model, c, panel);
	} while (++panel < pr.model.count[MG_LEN_PANELS]);
	return (Datum) 0;
}

static void
put_evidence(MgTidy *tidy, const MgModel *m, int panel)
{
	const double *evidence = m->log_evidence;
	bool		has_panel = m->count[MG_LEN_PANELS] > 0;
	int			i;

	mg_tidy_text(tidy, 0, m->outcome[0] == '\0' ? NULL : m->outcome);
	mg_tidy_text(tidy, 1, m->family == MG_BINOMIAL ? "binomial" : "gaussian");
	mg_tidy_int64(tidy, 2, m->rows);
	mg_tidy_double(tidy, 3, m->n);
	if (has_panel)
	{
		mg_tidy_double(tidy, 4, m->trust[panel]);
		mg_tidy_double(tidy, 5, m->log_bayes_factor);
		mg_tidy_double(tidy, 7, evidence[MG_MODEL_PANEL_OVERRULE] -
					   evidence[MG_MODEL_FLAT_OVERRULE]);
		mg_tidy_double(tidy, 14, m->trust_mean[panel]);
		mg_tidy_double(tidy, 15, m->trust_mode[panel]);
		mg_tidy_text(tidy, 18, m->panel_name[panel]);
	}
	mg_tidy_double(tidy, 6, evidence[MG_MODEL_FLAT_OVERRULE] -
				   evidence[MG_MODEL_FLAT]);
	for (i = 0; i < MG_MODEL_KINDS; i++)
		mg_tidy_double(tidy, 8 + i, m->model_weight[i]);
	mg_tidy_double(tidy, 12, m->r2_mean);
	mg_tidy_double(tidy, 13, m->r2_mode);
	mg_tidy_text(tidy, 16, m->notices[0] == '\0' ? NULL : m->notices);
	mg_tidy_text(tidy, 17, !m->converged ? "not_converged" :
				 has_panel ? "ok" : "no_panel");
	mg_tidy_row(tidy);
}

PG_FUNCTION_INFO_V1(mindgap_model_evidence);

Datum
mindgap_model_evidence(PG_FUNCTION_ARGS)
{
	MgPredictor pr;
	MgTidy		tidy;
	int			panel = 0;

	if (!open_report(fcinfo, &tidy, &pr))
		return (Datum) 0;
	do
		put_evidence(&tidy, &pr.model, panel);
	while (++panel < pr.model.count[MG_LEN_PANELS]);
	return (Datum) 0;
}

/*
 * The exponents of one panel, each with the prior weight and the weight of all
 * combinations that have it, and their evidence.
 */
static void
put_exponents(MgTidy *tidy, const MgModel *m, int panel)
{
	int			panels = Max(m->count[MG_LEN_PANELS], 1);
	int			n = m->count[MG_LEN_TRUST];
	bool	   *done = palloc0((n + 1) * sizeof(bool));
	double		best = -HUGE_VAL;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
		best = fmax(best, m->exponent_log_evidence[i]);
	for (i = 0; i < n; i++)
	{
		double		exponent = m->exponent[(Size) i * panels + panel];
		double		prior = 0;
		double		weight = 0;
		double		evidence = 0;

		if (done[i])
			continue;
		for (j = i; j < n; j++)
		{
			if (m->exponent[(Size) j * panels + panel] != exponent)
				continue;
			done[j] = true;
			prior += m->exponent_prior[j];
			weight += m->exponent_weight[j];
			evidence += m->exponent_prior[j] *
				exp(m->exponent_log_evidence[j] - best);
		}
		mg_tidy_double(tidy, 0, exponent);
		mg_tidy_double(tidy, 1, prior);
		mg_tidy_double(tidy, 2, weight);
		mg_tidy_double(tidy, 3, panels == 1 ? m->exponent_log_evidence[i] :
					   best + log(evidence / prior));
		if (m->count[MG_LEN_PANELS] > 0)
			mg_tidy_text(tidy, 4, m->panel_name[panel]);
		mg_tidy_row(tidy);
	}
	pfree(done);
}

PG_FUNCTION_INFO_V1(mindgap_model_trust);

Datum
mindgap_model_trust(PG_FUNCTION_ARGS)
{
	MgPredictor pr;
	MgTidy		tidy;
	int			panel = 0;

	if (!open_report(fcinfo, &tidy, &pr))
		return (Datum) 0;
	do
		put_exponents(&tidy, &pr.model, panel);
	while (++panel < pr.model.count[MG_LEN_PANELS]);
	return (Datum) 0;
}

static void
put_quality(MgTidy *tidy, const MgModel *m, const char *name,
			const MgQuality *q)
{
	int			n_folds = m->count[MG_LEN_FOLDS];

	mg_tidy_text(tidy, 0, name);
	mg_tidy_text(tidy, 1, m->family == MG_BINOMIAL ? "log_loss" : "mse");
	mg_tidy_int64(tidy, 11, n_folds);
	mg_tidy_text(tidy, 12, q == &m->quality || n_folds == 0 ?
				 m->quality_note : "ok");
	mg_tidy_double(tidy, 2, q->loss);
	mg_tidy_double(tidy, 3, q->loss_error);
	mg_tidy_double(tidy, 4, q->brier);
	mg_tidy_double(tidy, 5, q->auc);
	mg_tidy_double(tidy, 6, q->auc_bound);
	mg_tidy_double(tidy, 7, q->slope);
	mg_tidy_double(tidy, 8, q->intercept);
	mg_tidy_double(tidy, 9, q->in_the_large);
	mg_tidy_double(tidy, 10, q->r2);
	mg_tidy_row(tidy);
}

/* Averaged against flat, its standard error from the folds, paired. */
static void
put_difference(MgTidy *tidy, const MgModel *m)
{
	int			n = m->count[MG_LEN_FOLDS];
	double		mean = 0;
	double		sum = 0;
	int			k;

	for (k = 0; k < n; k++)
		mean += (m->quality.fold_loss[k] - m->quality_flat.fold_loss[k]) / n;
	for (k = 0; k < n; k++)
	{
		double		d = m->quality.fold_loss[k] -
			m->quality_flat.fold_loss[k] - mean;

		sum += d * d;
	}
	mg_tidy_text(tidy, 0, "difference");
	mg_tidy_text(tidy, 1, m->family == MG_BINOMIAL ? "log_loss" : "mse");
	mg_tidy_double(tidy, 2, m->quality.loss - m->quality_flat.loss);
	if (n > 1)
		mg_tidy_double(tidy, 3, sqrt(sum / (n - 1) / n));
	mg_tidy_double(tidy, 4, m->quality.brier - m->quality_flat.brier);
	mg_tidy_double(tidy, 5, m->quality.auc - m->quality_flat.auc);
	mg_tidy_int64(tidy, 11, n);
	mg_tidy_text(tidy, 12, "ok");
	mg_tidy_double(tidy, 10, m->quality.r2 - m->quality_flat.r2);
	mg_tidy_row(tidy);
}

PG_FUNCTION_INFO_V1(mindgap_model_quality);

Datum
mindgap_model_quality(PG_FUNCTION_ARGS)
{
	MgPredictor pr;
	MgTidy		tidy;

	if (!open_report(fcinfo, &tidy, &pr))
		return (Datum) 0;
	put_quality(&tidy, &pr.model, "averaged", &pr.model.quality);
	put_quality(&tidy, &pr.model, "flat", &pr.model.quality_flat);
	if (pr.model.count[MG_LEN_FOLDS] > 0)
		put_difference(&tidy, &pr.model);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(mindgap_model_sensitivity);

Datum
mindgap_model_sensitivity(PG_FUNCTION_ARGS)
{
	MgPredictor pr;
	const MgModel *m = &pr.model;
	MgTidy		tidy;
	int			i;

	if (!open_report(fcinfo, &tidy, &pr))
		return (Datum) 0;
	for (i = 0; i < m->count[MG_LEN_SENSITIVITY]; i++)
	{
		mg_tidy_double(&tidy, 0, m->sensitivity_exponent[i]);
		mg_tidy_double(&tidy, 1, m->sensitivity_log_evidence[i]);
		mg_tidy_double(&tidy, 2, m->sensitivity_loss[i]);
		mg_tidy_double(&tidy, 3, m->sensitivity_r2[i]);
		mg_tidy_double(&tidy, 4, m->sensitivity_edf[i]);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

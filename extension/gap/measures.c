/*-------------------------------------------------------------------------
 *
 * measures.c
 *		The table of inequality measures.
 *
 * Names are those of the World Health Organization's Handbook on health
 * inequality monitoring (2013).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "gap/measures.h"

#define WHO			"WHO 2013, Handbook on health inequality monitoring"
#define CONINDEX	"O'Donnell et al. 2016, Stata Journal 16:112-138"

/* y_a - y_b; the shift cancels exactly. */
static const char *
difference_value(const MgGapInput *in, double *value)
{
	*value = in->dev[in->compare] - in->dev[in->reference];
	return NULL;
}

static void
difference_gradient(const MgGapInput *in, double *dy, double *dp)
{
	dy[in->compare] += 1;
	dy[in->reference] -= 1;
}

/* y_a / y_b */
static const char *
ratio_value(const MgGapInput *in, double *value)
{
	double		a = in->y[in->compare];
	double		b = in->y[in->reference];

	if (!(a > 0 && b > 0))
		return "estimate_not_positive";
	*value = a / b;
	return NULL;
}

static void
ratio_gradient(const MgGapInput *in, double *dy, double *dp)
{
	dy[in->compare] += 1 / in->y[in->compare];
	dy[in->reference] -= 1 / in->y[in->reference];
}

/* o_a / o_b with o = y / (1 - y) */
static const char *
odds_ratio_value(const MgGapInput *in, double *value)
{
	double		a = in->y[in->compare];
	double		b = in->y[in->reference];

	if (!(a > 0 && a < 1 && b > 0 && b < 1))
		return "estimate_outside_0_1";
	*value = a / (1 - a) / (b / (1 - b));
	return NULL;
}

static void
odds_ratio_gradient(const MgGapInput *in, double *dy, double *dp)
{
	double		a = in->y[in->compare];
	double		b = in->y[in->reference];

	dy[in->compare] += 1 / (a * (1 - a));
	dy[in->reference] -= 1 / (b * (1 - b));
}

#define BOUNDS (MG_NEEDS_ORDER | MG_NEEDS_LOWER | MG_NEEDS_UPPER)

const MgMeasure mg_measures[] = {
	{"difference", "Difference", MG_NEEDS_PAIR, 0,
		"unbounded, 0 is equality", "absolute", WHO,
	NULL, difference_value, difference_gradient},
	{"ratio", "Ratio", MG_NEEDS_PAIR, MG_LOG_SCALE,
		"above 0, 1 is equality", "relative", WHO,
	"difference", ratio_value, ratio_gradient},
	{"odds_ratio", "Odds ratio", MG_NEEDS_PAIR, MG_LOG_SCALE,
		"above 0, 1 is equality; proportions only", "relative",
		"Bland and Altman 2000, BMJ 320:1468",
	"difference", odds_ratio_value, odds_ratio_gradient},
	{"bgv", "Between-group variance", 0, MG_NOT_NEGATIVE,
		"0 is equality, squared units of the outcome", "absolute", WHO,
	NULL, mg_value_bgv, mg_gradient_bgv, NULL, mg_table_bgv},
	{"bgsd", "Between-group standard deviation", 0, MG_NOT_NEGATIVE,
		"0 is equality", "absolute", WHO,
	NULL, mg_value_bgsd, mg_gradient_bgsd},
	{"cov", "Coefficient of variation", 0, MG_NOT_NEGATIVE,
		"percent of the mean, 0 is equality", "relative", WHO,
	"bgsd", mg_value_cov, mg_gradient_cov},
	{"mdm", "Mean difference from the mean, weighted", 0, MG_NOT_NEGATIVE,
		"0 is equality", "absolute", WHO,
	NULL, mg_value_mdm, mg_gradient_mdm},
	{"mdm_unweighted", "Mean difference from the mean, unweighted", 0,
		MG_NOT_NEGATIVE, "0 is equality", "absolute", WHO,
	NULL, mg_value_mdm_unweighted, mg_gradient_mdm_unweighted},
	{"mdb", "Mean difference from the best subgroup, weighted",
		MG_USES_ADVERSE, MG_NOT_NEGATIVE, "0 is equality", "absolute", WHO,
	NULL, mg_value_mdb, mg_gradient_mdb},
	{"mdb_unweighted", "Mean difference from the best subgroup, unweighted",
		MG_USES_ADVERSE, MG_NOT_NEGATIVE, "0 is equality", "absolute", WHO,
	NULL, mg_value_mdb_unweighted, mg_gradient_mdb_unweighted},
	{"mdr", "Mean difference from the reference subgroup, weighted",
		MG_NEEDS_REFERENCE, MG_NOT_NEGATIVE, "0 is equality", "absolute", WHO,
	NULL, mg_value_mdr, mg_gradient_mdr},
	{"mdr_unweighted", "Mean difference from the reference subgroup, unweighted",
		MG_NEEDS_REFERENCE, MG_NOT_NEGATIVE, "0 is equality", "absolute", WHO,
	NULL, mg_value_mdr_unweighted, mg_gradient_mdr_unweighted},
	{"idis", "Index of disparity, weighted", 0, MG_NOT_NEGATIVE,
		"percent of the mean, 0 is equality", "relative", WHO,
	"mdm", mg_value_idis, mg_gradient_idis},
	{"idis_unweighted", "Index of disparity, unweighted", 0, MG_NOT_NEGATIVE,
		"percent of the mean, 0 is equality", "relative", WHO,
	"mdm_unweighted", mg_value_idis_unweighted, mg_gradient_idis_unweighted},
	{"mld", "Mean log deviation", 0, MG_NOT_NEGATIVE,
		"0 is equality; WHO prints it times 1000", "relative", WHO,
	"bgsd", mg_value_mld, mg_gradient_mld},
	{"theil", "Theil index", 0, MG_NOT_NEGATIVE,
		"0 is equality; WHO prints it times 1000", "relative", WHO,
	"bgsd", mg_value_theil, mg_gradient_theil},
	{"par", "Population attributable risk", MG_USES_ADVERSE,
		MG_NOT_NEGATIVE_UNORDERED,
		"units of the outcome, 0 is nothing to gain; never clipped",
		"absolute", WHO,
	NULL, mg_value_par, mg_gradient_par},
	{"paf", "Population attributable fraction", MG_USES_ADVERSE,
		MG_NOT_NEGATIVE_UNORDERED,
		"percent of the mean, 0 is nothing to gain; never clipped",
		"relative", WHO,
	"par", mg_value_paf, mg_gradient_paf},
	{"aci", "Absolute concentration index", MG_NEEDS_ORDER, 0,
		"unbounded, 0 is equality; above 0: more among the better-off",
		"absolute", WHO,
	NULL, mg_value_aci, mg_gradient_aci, mg_conventional_aci},
	{"rci", "Relative concentration index", MG_NEEDS_ORDER, 0,
		"-1 to 1, 0 is equality; above 0: more among the better-off",
		"relative", WHO,
	"aci", mg_value_rci, mg_gradient_rci, mg_conventional_rci},
	{"erreygers", "Erreygers index", BOUNDS, 0,
		"-1 to 1, 0 is equality", "absolute",
		"Erreygers 2009, Journal of Health Economics 28:504-515",
	NULL, mg_value_erreygers, mg_gradient_erreygers, mg_conventional_erreygers},
	{"wagstaff", "Wagstaff index", BOUNDS, 0,
		"-1 to 1, 0 is equality", "relative",
		"Wagstaff 2005, Health Economics 14:429-432",
	"erreygers", mg_value_wagstaff, mg_gradient_wagstaff, mg_conventional_wagstaff},
	{"modified_ci", "Modified concentration index",
		MG_NEEDS_ORDER | MG_NEEDS_LOWER, 0,
		"0 is equality", "relative", CONINDEX,
	"aci", mg_value_modified_ci, mg_gradient_modified_ci, mg_conventional_modified_ci},
	{"sii", "Slope index of inequality, linear", MG_NEEDS_ORDER, 0,
		"units of the outcome, 0 is equality", "absolute", WHO,
	NULL, mg_value_sii, mg_gradient_sii, mg_conventional_sii},
	{"rii", "Relative index of inequality, linear", MG_NEEDS_ORDER,
		MG_LOG_SCALE, "above 0, 1 is equality", "relative", WHO,
	"sii", mg_value_rii, mg_gradient_rii, mg_conventional_rii},
	{"sii_logit", "Slope index of inequality, logistic", MG_NEEDS_ORDER, 0,
		"-1 to 1, 0 is equality; proportions only", "absolute", WHO,
	NULL, mg_value_sii_logit, mg_gradient_sii_logit, mg_conventional_sii_logit},
	{"rii_logit", "Relative index of inequality, logistic", MG_NEEDS_ORDER,
		MG_LOG_SCALE, "above 0, 1 is equality; proportions only", "relative",
		WHO,
	"sii_logit", mg_value_rii_logit, mg_gradient_rii_logit, mg_conventional_rii_logit}
};

const int	mg_n_measures = lengthof(mg_measures);

const MgMeasure *
mg_measure_find(const char *name)
{
	int			i;

	for (i = 0; i < mg_n_measures; i++)
	{
		if (strcmp(mg_measures[i].name, name) == 0)
			return &mg_measures[i];
	}
	return NULL;
}

/*
 * The measure by which the direction of a change is judged: the measure
 * itself if it is absolute, else its absolute companion.
 */
const MgMeasure *
mg_measure_absolute(const MgMeasure *m)
{
	return m->absolute == NULL ? m : mg_measure_find(m->absolute);
}

/* The subgroup that a measure of MG_USES_ADVERSE compares with. */
int
mg_measure_reference(const MgMeasure *m, const MgGapInput *in)
{
	return m->traits & MG_NOT_NEGATIVE_UNORDERED ?
		mg_attributable_reference(in) : mg_best_group(in);
}

/*
 * Derivatives by mean and by sum of weights at fixed means.  Shares depend on
 * the weights by p = W_g / W, so dm/dW_j = (dp_j - sum p dp) / W.
 */
void
mg_measure_gradient(const MgMeasure *m, const MgGapInput *in, double all_w,
					double *dy, double *dw)
{
	double		mean = 0;
	int			i;

	memset(dy, 0, in->n * sizeof(double));
	memset(dw, 0, in->n * sizeof(double));
	if (in->conventional && m->conventional != NULL)
	{
		m->conventional(in, dy, dw);
		for (i = 0; i < in->n; i++)
			dw[i] /= all_w;
		return;
	}
	m->gradient(in, dy, dw);
	for (i = 0; i < in->n; i++)
		mean += in->p[i] * dw[i];
	for (i = 0; i < in->n; i++)
		dw[i] = (dw[i] - mean) / all_w;
}

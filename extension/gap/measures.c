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

static double
mean_of(const MgGapInput *in, int32 group)
{
	return in->t->shift + in->t->dev[group];
}

/* y_a - y_b; the shift cancels exactly. */
static const char *
difference_value(const MgGapInput *in, double *value)
{
	*value = in->t->dev[in->compare] - in->t->dev[in->reference];
	return NULL;
}

static void
difference_gradient(const MgGapInput *in, double *dy, double *dw)
{
	dy[in->compare] = 1;
	dy[in->reference] = -1;
}

/* y_a / y_b */
static const char *
ratio_value(const MgGapInput *in, double *value)
{
	double		a = mean_of(in, in->compare);
	double		b = mean_of(in, in->reference);

	if (!(a > 0 && b > 0))
		return "estimate_not_positive";
	*value = a / b;
	return NULL;
}

static void
ratio_gradient(const MgGapInput *in, double *dy, double *dw)
{
	dy[in->compare] = 1 / mean_of(in, in->compare);
	dy[in->reference] = -1 / mean_of(in, in->reference);
}

/* o_a / o_b with o = y / (1 - y) */
static const char *
odds_ratio_value(const MgGapInput *in, double *value)
{
	double		a = mean_of(in, in->compare);
	double		b = mean_of(in, in->reference);

	if (!(a > 0 && a < 1 && b > 0 && b < 1))
		return "estimate_outside_0_1";
	*value = a / (1 - a) / (b / (1 - b));
	return NULL;
}

static void
odds_ratio_gradient(const MgGapInput *in, double *dy, double *dw)
{
	double		a = mean_of(in, in->compare);
	double		b = mean_of(in, in->reference);

	dy[in->compare] = 1 / (a * (1 - a));
	dy[in->reference] = -1 / (b * (1 - b));
}

const MgMeasure mg_measures[] = {
	{
		"difference", "Difference", MG_NEEDS_PAIR,
		"unbounded, 0 is equality", "absolute",
		"WHO 2013, Handbook on health inequality monitoring",
		false, difference_value, difference_gradient
	},
	{
		"ratio", "Ratio", MG_NEEDS_PAIR,
		"above 0, 1 is equality", "relative",
		"WHO 2013, Handbook on health inequality monitoring",
		true, ratio_value, ratio_gradient
	},
	{
		"odds_ratio", "Odds ratio", MG_NEEDS_PAIR,
		"above 0, 1 is equality; proportions only", "relative",
		"Bland and Altman 2000, BMJ 320:1468",
		true, odds_ratio_value, odds_ratio_gradient
	}
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

/* The absolute gap, by which the direction of every change is judged. */
const MgMeasure *
mg_measure_difference(void)
{
	return &mg_measures[0];
}

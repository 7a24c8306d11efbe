/*-------------------------------------------------------------------------
 *
 * contrast.c
 *		Linear combinations of subgroup means, plain, of logs or of logits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "io/expanded.h"
#include "survey/replicates.h"
#include "survey/survey.h"

typedef enum ContrastScale
{
	SCALE_IDENTITY,
	SCALE_LOG,
	SCALE_LOGIT
} ContrastScale;

static const MgChoice scales[] = {
	{"identity", SCALE_IDENTITY},
	{"log", SCALE_LOG},
	{"logit", SCALE_LOGIT}
};

/*
 * The sum of coefficient x mean over the subgroups, "coefficient" by group.
 * Where the coefficients sum to 0 the shift cancels exactly.
 */
static bool
contrast_value(const MgTotals *t, const double *coefficient,
			   ContrastScale scale, MgInference *r, double *dy)
{
	double		sum = 0;
	double		value = 0;
	int32		g;

	for (g = 0; g < t->n_groups; g++)
	{
		double		c = coefficient[g];
		double		y = mg_mean(t, g);

		if (c == 0)
			continue;
		if (!(t->w[g] > 0))
		{
			mg_status_add(r->status, "no_data");
			return false;
		}
		sum += c;
		switch (scale)
		{
			case SCALE_IDENTITY:
				value += c * t->dev[g];
				dy[g] = c;
				break;
			case SCALE_LOG:
				if (!(y > 0))
				{
					mg_status_add(r->status, "estimate_not_positive");
					return false;
				}
				value += c * log(y);
				dy[g] = c / y;
				break;
			case SCALE_LOGIT:
				if (!(y > 0 && y < 1))
				{
					mg_status_add(r->status, "estimate_outside_0_1");
					return false;
				}
				value += c * log(y / (1 - y));
				dy[g] = c / (y * (1 - y));
				break;
		}
	}
	if (scale == SCALE_IDENTITY)
		value += sum * t->shift;
	r->estimate = value;
	return true;
}

typedef struct ContrastCall
{
	const double *coefficient;
	ContrastScale scale;
	double	   *scratch;
} ContrastCall;

static void
replicate_contrast(const MgTotals *t, void *arg, double *theta)
{
	ContrastCall *call = (ContrastCall *) arg;
	MgInference r = {0};

	*theta = contrast_value(t, call->coefficient, call->scale, &r,
							call->scratch) ? r.estimate : NAN;
}

/* contrast(summary, subgroups, coefficients, scale, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_survey_contrast);

Datum
mindgap_survey_contrast(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgView		v;
	const MgView *views[1] = {&v};
	MgUnion		u;
	MgTotals	t;
	MgInference r = {0};
	MgLabel    *labels;
	const double *given;
	double	   *coefficient;
	double	   *dy;
	double	   *dw;
	ContrastScale scale;
	MgLonely	lonely;
	double		level;
	int64		n = 0;
	int			n_labels;
	int			n_given;
	int			i;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	labels = mg_arg_labels(fcinfo, 1, "subgroups", &n_labels);
	given = mg_arg_doubles(fcinfo, 2, "coefficients", &n_given);
	scale = (ContrastScale) mg_arg_choice(fcinfo, 3, "scale", scales,
										  lengthof(scales));
	level = mg_arg_level(fcinfo, 4);
	lonely = mg_arg_lonely(fcinfo, 5);
	if (n_labels == 0 && n_given == 0)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("subgroups must not be empty"),
				 errhint("Name the subgroups, and give one coefficient for each.")));
	if (n_labels != n_given)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("subgroups and coefficients must have the same length"),
				 errdetail("There are %d subgroups and %d coefficients.",
						   n_labels, n_given),
				 errhint("Give one coefficient for each subgroup.")));

	mg_survey_open(PG_GETARG_DATUM(0), &v);
	mg_union(views, 1, &u);
	mg_totals(&v, &t);
	coefficient = palloc0((t.n_groups + 1) * sizeof(double));
	dy = palloc0((t.n_groups + 1) * sizeof(double));
	dw = palloc0((t.n_groups + 1) * sizeof(double));
	for (i = 0; i < n_labels; i++)
		coefficient[mg_union_require(&u, labels[i])] += given[i];
	for (i = 0; i < t.n_groups; i++)
	{
		if (coefficient[i] != 0)
			n += t.n[i];
	}

	strcpy(r.status, "ok");
	if (contrast_value(&t, coefficient, scale, &r, dy))
	{
		MgPart	   *part = mg_part_create(&v, t.n_groups);
		MgVariance	var;

		mg_part_dense(part, 1, dy, dw);
		if (mg_replicated(&v))
		{
			ContrastCall call = {coefficient, scale, dy};

			mg_replicate_variance(views, &t, 1, 1, replicate_contrast, &call,
								  NULL, false, &var);
		}
		else
			mg_linearise(&part, 1, 1, lonely, false, false, &var);
		mg_infer(&r, var.var[0], var.lonely[0], var.df[0], level, 0);
		mg_tidy_double(&tidy, 0, r.estimate);
		mg_tidy_double(&tidy, 1, r.std_error);
		mg_tidy_double(&tidy, 2, r.conf_low);
		mg_tidy_double(&tidy, 3, r.conf_high);
		mg_tidy_double(&tidy, 4, r.df);
		mg_tidy_double(&tidy, 5, r.p_value);
	}
	if (t.se == NULL)
		mg_tidy_int64(&tidy, 6, n);
	else
		mg_status_add(r.status, "groups_independent_shares_fixed");
	mg_tidy_text(&tidy, 7, r.status);
	return mg_tidy_value(&tidy);
}

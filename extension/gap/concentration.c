/*-------------------------------------------------------------------------
 *
 * concentration.c
 *		Concentration indices over persons, and the Gini coefficient.
 *
 * A person with weight w, outcome y, ridit F (weighted fractional rank, ties
 * at their midpoint) and outcome A ranked above enters as the vector
 * (w, wy, wFy, wA, wF), whose totals are W, S, Q, AA and R:
 *
 *		C = 2 Q / S - 1		(standard; Kakwani, Wagstaff, van Doorslaer 1997)
 *		mu C				(generalised)
 *		4 mu C / (upper - lower)						(Erreygers 2009)
 *		(upper - lower) mu C / ((upper - mu)(mu - lower))	(Wagstaff 2005)
 *		mu C / (mu - lower)					(modified; Erreygers 2011)
 *
 * Ranks are estimates too; the influence of a person on C is
 *
 *		(2F - 1 - C) y / S + (2 / S)(A / W - Q / W)
 *
 * which is linear in the vector.  Ranked by the outcome itself, C is Gini.
 * R = W / 2 and AA = W Q hold when the ranks are those of the rows that were
 * counted; otherwise nothing is estimated.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "survey/vector_agg.h"

enum
{
	SUM_W, SUM_WY, SUM_WFY, SUM_WA, SUM_WF, N_SUMS
};

#define ARG_OUTCOME	1
#define ARG_RIDIT	2
#define ARG_ABOVE	3
#define ARG_WEIGHT	4

PG_FUNCTION_INFO_V1(mindgap_concentration_accum);

/* (state, outcome, ridit, outcome_above [, weight [, stratum, psu]]) */
Datum
mindgap_concentration_accum(PG_FUNCTION_ARGS)
{
	MgVectors  *s = mg_vector_state(fcinfo, MG_VEC_CONCENTRATION);
	MgRow		row;
	double		x[N_SUMS];

	if (s == NULL)
		s = mg_vectors_create(MG_VEC_CONCENTRATION,
							  PG_NARGS() > ARG_WEIGHT + 1 ? MG_HAS_DESIGN : 0,
							  N_SUMS, 2);
	if (!mg_read_design(fcinfo, ARG_WEIGHT, &row))
	{
		s->n_skipped++;
		PG_RETURN_POINTER(s);
	}
	mg_read_subgroup(fcinfo, 0, 0, &row);
	row.has_outcome = !PG_ARGISNULL(ARG_OUTCOME) && !PG_ARGISNULL(ARG_RIDIT) &&
		!PG_ARGISNULL(ARG_ABOVE);
	row.outcome = 0;
	if (row.has_outcome)
	{
		double		ridit = PG_GETARG_FLOAT8(ARG_RIDIT);
		double		above = PG_GETARG_FLOAT8(ARG_ABOVE);

		row.outcome = PG_GETARG_FLOAT8(ARG_OUTCOME);
		mg_check_outcome(row.outcome);
		mg_check_ridit(ridit);
		if (!isfinite(above))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("outcome_above must be finite"),
					 errhint("Compute it by mindgap.outcome_above(outcome, weight) OVER the same window.")));
		if (row.weight > 0)
			mg_vector_note_range(s, row.outcome);
		x[SUM_W] = row.weight;
		x[SUM_WY] = row.weight * row.outcome;
		x[SUM_WFY] = x[SUM_WY] * ridit;
		x[SUM_WA] = row.weight * above;
		x[SUM_WF] = row.weight * ridit;
	}
	PG_RETURN_POINTER(mg_vectors_add(s, &row, x, row.outcome < 0));
}

typedef enum RankIndex
{
	INDEX_STANDARD,
	INDEX_GENERALISED,
	INDEX_ERREYGERS,
	INDEX_WAGSTAFF,
	INDEX_MODIFIED
} RankIndex;

static const MgChoice indices[] = {
	{"standard", INDEX_STANDARD},
	{"generalised", INDEX_GENERALISED},
	{"erreygers", INDEX_ERREYGERS},
	{"wagstaff", INDEX_WAGSTAFF},
	{"modified", INDEX_MODIFIED}
};

static double
read_bound(FunctionCallInfo fcinfo, int arg, const char *name)
{
	double		x;

	if (PG_ARGISNULL(arg))
		return NAN;
	x = PG_GETARG_FLOAT8(arg);
	if (!isfinite(x))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite", name),
				 errhint("Leave the argument out when the scale has no bound.")));
	return x;
}

static void
read_bounds(FunctionCallInfo fcinfo, RankIndex index, double *lower, double *upper)
{
	bool		both = index == INDEX_ERREYGERS || index == INDEX_WAGSTAFF;

	*lower = read_bound(fcinfo, 2, "lower");
	*upper = read_bound(fcinfo, 3, "upper");
	if (*lower >= *upper)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lower must be below upper"),
				 errhint("They are the bounds of the outcome's scale.")));
	if (((both || index == INDEX_MODIFIED) && isnan(*lower)) ||
		(both && isnan(*upper)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("index \"%s\" needs %s", indices[index].word,
						both ? "lower and upper" : "lower"),
				 errhint("Give the bounds of the outcome's scale, such as lower => 0, upper => 1.")));
}

/*
 * The index and its derivatives by the totals, or the reason why it has no
 * value.  With G = mu C every index but the standard one is f(mu) G.
 */
static const char *
index_value(const MgVecView *v, const double *x, int64 n, RankIndex index,
			double lower, double upper, double *value, double *gradient)
{
	double		w = x[SUM_W];
	double		s = x[SUM_WY];
	double		q = x[SUM_WFY];
	double		mu;
	double		g;
	double		f = 1;
	double		df = 0;
	double		scale;

	if (n == 0 || !(w > 0))
		return "no_data";
	mu = s / w;
	scale = Max(fabs(v->origin[0]), fabs(v->origin[1]));
	if (fabs(x[SUM_WF] - w / 2) > MG_RANK_TOLERANCE * w ||
		fabs(x[SUM_WA] / w - q) > MG_RANK_TOLERANCE * w * scale)
		return "ranks_of_other_rows";
	if (index == INDEX_STANDARD || index == INDEX_GENERALISED)
	{
		if (index == INDEX_STANDARD && !(mu > 0))
			return "estimate_not_positive";
		if (index == INDEX_STANDARD && v->origin[0] < 0)
			return "outcome_negative";
	}
	else if (v->origin[0] < lower || v->origin[1] > upper)
		return "outcome_outside_bounds";
	g = 2 * q / w - mu;
	switch (index)
	{
		case INDEX_STANDARD:
			f = 1 / mu;
			df = -1 / (mu * mu);
			break;
		case INDEX_GENERALISED:
			break;
		case INDEX_ERREYGERS:
			f = 4 / (upper - lower);
			break;
		case INDEX_WAGSTAFF:
			if (!(mu > lower && mu < upper))
				return "mean_at_bound";
			f = (upper - lower) / ((upper - mu) * (mu - lower));
			df = f * (1 / (upper - mu) - 1 / (mu - lower));
			break;
		case INDEX_MODIFIED:
			if (!(mu > lower))
				return "mean_at_bound";
			f = 1 / (mu - lower);
			df = -f * f;
			break;
	}
	*value = f * g;

	/* f (2 y F + 2 A / W - 4 Q / W - y + mu) + f' G (y - mu), over W */
	gradient[SUM_W] = f * (-4 * q / w + mu) / w - df * g * mu / w;
	gradient[SUM_WY] = -f / w + df * g / w;
	gradient[SUM_WFY] = 2 * f / w;
	gradient[SUM_WA] = 2 * f / (w * w);
	gradient[SUM_WF] = 0;
	return NULL;
}

PG_FUNCTION_INFO_V1(mindgap_concentration);

/* concentration(summary, index, lower, upper, level, lonely_psu) */
Datum
mindgap_concentration(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgVecView	v;
	MgVecTotals all;
	MgVecPart  *part;
	MgVariance	var;
	MgInference r = {0};
	RankIndex	index;
	MgLonely	lonely;
	double		level;
	double		lower;
	double		upper;
	double		gradient[N_SUMS];
	const char *problem;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	index = (RankIndex) mg_arg_choice(fcinfo, 1, "index", indices,
									  lengthof(indices));
	read_bounds(fcinfo, index, &lower, &upper);
	level = mg_arg_level(fcinfo, 4);
	lonely = mg_arg_lonely(fcinfo, 5);
	mg_vectors_open(PG_GETARG_DATUM(0), MG_VEC_CONCENTRATION, &v);
	(void) mg_vec_totals(&v, &all);

	strcpy(r.status, "ok");
	mg_tidy_text(&tidy, 0, indices[index].word);
	problem = index_value(&v, all.x, all.n, index, lower, upper, &r.estimate,
						  gradient);
	if (problem != NULL)
		mg_status_add(r.status, problem);
	else
	{
		part = mg_vec_part_create(&v, 1);
		memcpy(mg_vec_gradient(part, 0, 0), gradient, sizeof(gradient));
		mg_vec_variance(&part, 1, lonely, false, &var);
		mg_infer(&r, var.var[0], var.lonely[0], var.df[0], level, 0);
		mg_put_inference(&tidy, 1, &r, true);
	}
	mg_tidy_int64(&tidy, 7, all.n);
	mg_tidy_text(&tidy, 8, r.status);
	return mg_tidy_value(&tidy);
}

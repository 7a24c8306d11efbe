/*-------------------------------------------------------------------------
 *
 * inequality.c
 *		Generalised entropy and Atkinson indices over persons, and their
 *		within- and between-subgroup components.
 *
 * With W, S, L, K, T, U, R the sums of w, wy, w ln y, w y ln y, w y^2, w / y,
 * w sqrt(y), and mu = S / W:
 *
 *		GE(0), mean log deviation	ln mu - L / W
 *		GE(1), Theil				K / S - ln mu
 *		GE(2), half squared CV		(T W / S^2 - 1) / 2
 *		Atkinson 1/2				1 - R^2 / (W S)
 *		Atkinson 1					1 - exp(L / W) / mu
 *		Atkinson 2					1 - W^2 / (U S)
 *
 * The between-subgroup component is the index of the subgroups' means, the
 * within-subgroup component the rest (Shorrocks 1984, Econometrica 52:1369).
 * All are smooth functions of the totals, which gives their linearised
 * errors (Biewen and Jenkins 2006, Oxf. Bull. Econ. Stat. 68:371).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "survey/vector_agg.h"

enum
{
	SUM_W, SUM_WY, SUM_LN, SUM_YLN, SUM_YY, SUM_INV, SUM_SQRT, N_SUMS
};

#define ARG_OUTCOME		1
#define ARG_SUBGROUP	2
#define ARG_WEIGHT		3

static Datum
accumulate(FunctionCallInfo fcinfo, uint16 kind)
{
	MgVectors  *s = mg_vector_state(fcinfo, MG_VEC_INEQUALITY);
	MgRow		row;
	double		x[N_SUMS];

	if (s == NULL)
		s = mg_vectors_create(MG_VEC_INEQUALITY, kind |
							  (PG_NARGS() > ARG_WEIGHT + 1 ? MG_HAS_DESIGN : 0),
							  N_SUMS, 2);
	if (!mg_read_design(fcinfo, ARG_WEIGHT, &row))
	{
		s->n_skipped++;
		PG_RETURN_POINTER(s);
	}
	mg_read_subgroup(fcinfo, ARG_SUBGROUP, kind, &row);
	row.has_outcome = !PG_ARGISNULL(ARG_OUTCOME);
	row.outcome = 1;
	if (row.has_outcome)
	{
		double		y = PG_GETARG_FLOAT8(ARG_OUTCOME);
		double		w = row.weight;

		mg_check_outcome(y);
		row.outcome = y;
		if (w > 0 && row.has_group)
			mg_vector_note_range(s, y);
		x[SUM_W] = w;
		x[SUM_WY] = w * y;
		x[SUM_LN] = y > 0 ? w * log(y) : 0;
		x[SUM_YLN] = y > 0 ? w * y * log(y) : 0;
		x[SUM_YY] = w * y * y;
		x[SUM_INV] = y > 0 ? w / y : 0;
		x[SUM_SQRT] = y > 0 ? w * sqrt(y) : 0;
	}
	PG_RETURN_POINTER(mg_vectors_add(s, &row, x, row.outcome <= 0));
}

PG_FUNCTION_INFO_V1(mindgap_inequality_accum_text);
PG_FUNCTION_INFO_V1(mindgap_inequality_accum_int8);

/* (state, outcome, subgroup [, weight [, stratum, psu]]) */
Datum
mindgap_inequality_accum_text(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, MG_TEXT_GROUPS);
}

Datum
mindgap_inequality_accum_int8(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, MG_INT_GROUPS);
}

typedef enum EntropyIndex
{
	INDEX_MLD,
	INDEX_THEIL,
	INDEX_GE2,
	INDEX_ATKINSON05,
	INDEX_ATKINSON1,
	INDEX_ATKINSON2
} EntropyIndex;

static const MgChoice indices[] = {
	{"mld", INDEX_MLD},
	{"theil", INDEX_THEIL},
	{"ge2", INDEX_GE2},
	{"atkinson05", INDEX_ATKINSON05},
	{"atkinson1", INDEX_ATKINSON1},
	{"atkinson2", INDEX_ATKINSON2},
	{"ge0", INDEX_MLD},
	{"ge1", INDEX_THEIL}
};

/*
 * The index over everybody and its derivatives by the totals, or the reason
 * why it has no value.
 */
static const char *
total_index(const MgVecView *v, const MgVecTotals *all, EntropyIndex index,
			double *value, double *d)
{
	double		w = all->x[SUM_W];
	double		s = all->x[SUM_WY];
	double		least = v->origin[0];
	double		rest;

	if (all->n == 0 || !(w > 0))
		return "no_data";
	if (!(s > 0) || (least < 0 && index != INDEX_GE2) ||
		(least == 0 && index != INDEX_GE2 && index != INDEX_ATKINSON05))
		return "estimate_not_positive";
	memset(d, 0, N_SUMS * sizeof(double));
	switch (index)
	{
		case INDEX_MLD:
			*value = log(s / w) - all->x[SUM_LN] / w;
			d[SUM_W] = (all->x[SUM_LN] / w - 1) / w;
			d[SUM_WY] = 1 / s;
			d[SUM_LN] = -1 / w;
			break;
		case INDEX_THEIL:
			*value = all->x[SUM_YLN] / s - log(s / w);
			d[SUM_W] = 1 / w;
			d[SUM_WY] = -(all->x[SUM_YLN] / s + 1) / s;
			d[SUM_YLN] = 1 / s;
			break;
		case INDEX_GE2:
			rest = all->x[SUM_YY] * (w / s) / s;
			*value = (rest - 1) / 2;
			d[SUM_W] = rest / (2 * w);
			d[SUM_WY] = -rest / s;
			d[SUM_YY] = w / s / (2 * s);
			break;
		case INDEX_ATKINSON05:
			rest = all->x[SUM_SQRT] / w * (all->x[SUM_SQRT] / s);
			*value = 1 - rest;
			d[SUM_W] = rest / w;
			d[SUM_WY] = rest / s;
			d[SUM_SQRT] = -2 * rest / all->x[SUM_SQRT];
			break;
		case INDEX_ATKINSON1:
			rest = exp(all->x[SUM_LN] / w - log(s / w));
			*value = 1 - rest;
			d[SUM_W] = -rest * (1 - all->x[SUM_LN] / w) / w;
			d[SUM_WY] = rest / s;
			d[SUM_LN] = -rest / w;
			break;
		case INDEX_ATKINSON2:
			rest = w / all->x[SUM_INV] * (w / s);
			*value = 1 - rest;
			d[SUM_W] = -2 * rest / w;
			d[SUM_WY] = rest / s;
			d[SUM_INV] = rest / all->x[SUM_INV];
			break;
	}
	return NULL;
}

/*
 * The index of the subgroups' means, and its derivatives by each subgroup's
 * W and S, d[2 g] and d[2 g + 1].
 */
static double
between_index(const MgVecView *v, const MgVecTotals *t,
			  const MgVecTotals *all, EntropyIndex index, double *d)
{
	double		w = all->x[SUM_W];
	double		s = all->x[SUM_WY];
	int32		n = v->head->n[MG_VEC_GROUP];
	double		sum = 0;
	double		value = 0;
	int32		g;

	for (g = 0; g < n; g++)
	{
		double		r = t[g].x[SUM_WY] / t[g].x[SUM_W] * (w / s);

		if (t[g].n == 0)
			continue;
		switch (index)
		{
			case INDEX_MLD:
				value -= t[g].x[SUM_W] / w * log(r);
				break;
			case INDEX_THEIL:
				if (r > 0)
					value += t[g].x[SUM_WY] / s * log(r);
				break;
			default:
				value += t[g].x[SUM_W] / w * (r - 1) * (r - 1) / 2;
				sum += t[g].x[SUM_W] / w * r * r;
				break;
		}
	}
	for (g = 0; g < n; g++)
	{
		double		r = t[g].x[SUM_WY] / t[g].x[SUM_W] * (w / s);

		d[2 * g] = d[2 * g + 1] = 0;
		if (t[g].n == 0)
			continue;
		switch (index)
		{
			case INDEX_MLD:
				d[2 * g] = (-log(r) - value) / w;
				d[2 * g + 1] = (1 - 1 / r) / s;
				break;
			case INDEX_THEIL:
				d[2 * g] = (1 - r) / w;
				d[2 * g + 1] = (log(r) - value) / s;
				break;
			default:
				d[2 * g] = (sum - r * r) / (2 * w);
				d[2 * g + 1] = (r - sum) / s;
				break;
		}
	}
	return value;
}

static int32
subgroups_with_rows(const MgVecView *v, const MgVecTotals *t)
{
	int32		n = 0;
	int32		g;

	for (g = 0; g < v->head->n[MG_VEC_GROUP]; g++)
		n += t[g].n > 0;
	return n;
}

#define MAX_PARTS	3

PG_FUNCTION_INFO_V1(mindgap_inequality);

/* inequality(summary, measure, level, lonely_psu) */
Datum
mindgap_inequality(PG_FUNCTION_ARGS)
{
	static const char *const names[MAX_PARTS] = {"total", "within", "between"};
	MgTidy		tidy;
	MgVecView	v;
	MgVecTotals *t;
	MgVecTotals all;
	MgVecPart  *part;
	MgVariance	var;
	MgInference r[MAX_PARTS] = {{0}};
	EntropyIndex index;
	MgLonely	lonely;
	double		level;
	double		d[N_SUMS];
	double	   *between;
	const char *problem;
	bool		split;
	int			n_parts;
	int			i;
	int32		g;

	mg_tidy_open_rows(&tidy, fcinfo);
	index = (EntropyIndex) mg_arg_choice(fcinfo, 1, "measure", indices,
										 lengthof(indices));
	level = mg_arg_level(fcinfo, 2);
	lonely = mg_arg_lonely(fcinfo, 3);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_vectors_open(PG_GETARG_DATUM(0), MG_VEC_INEQUALITY, &v);
	t = mg_vec_totals(&v, &all);
	n_parts = index <= INDEX_GE2 ? MAX_PARTS : 1;
	split = n_parts > 1 && subgroups_with_rows(&v, t) > 1;

	problem = total_index(&v, &all, index, &r[0].estimate, d);
	if (problem == NULL)
	{
		part = mg_vec_part_create(&v, split ? MAX_PARTS : 1);
		between = palloc((2 * v.head->n[MG_VEC_GROUP] + 2) * sizeof(double));
		if (split)
		{
			r[2].estimate = between_index(&v, t, &all, index, between);
			r[1].estimate = r[0].estimate - r[2].estimate;
		}
		for (g = 0; g < v.head->n[MG_VEC_GROUP]; g++)
		{
			for (i = 0; i < part->columns; i++)
			{
				double	   *gradient = mg_vec_gradient(part, g, i);

				if (i < 2)
					memcpy(gradient, d, sizeof(d));
				if (i > 0)
				{
					gradient[SUM_W] += (i == 1 ? -1 : 1) * between[2 * g];
					gradient[SUM_WY] += (i == 1 ? -1 : 1) * between[2 * g + 1];
				}
			}
		}
		mg_vec_variance(&part, 1, lonely, false, &var);
	}
	for (i = 0; i < n_parts; i++)
	{
		strcpy(r[i].status, "ok");
		mg_tidy_text(&tidy, 0, indices[index].word);
		mg_tidy_text(&tidy, 1, names[i]);
		if (problem != NULL)
			mg_status_add(r[i].status, problem);
		else if (i > 0 && !split)
			mg_status_add(r[i].status, "fewer_than_two_subgroups");
		else
		{
			mg_infer(&r[i], var.var[i], var.lonely[i], var.df[i], level, 0);
			mg_put_inference(&tidy, 2, &r[i], false);
		}
		/* p_value stays NULL: inequality is never below 0 */
		mg_tidy_int64(&tidy, 8, all.n);
		mg_tidy_text(&tidy, 9, r[i].status);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

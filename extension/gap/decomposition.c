/*-------------------------------------------------------------------------
 *
 * decomposition.c
 *		What the concentration of an outcome goes with: its index as a sum
 *		over the determinants of a linear model.
 *
 * With y = a + sum b_k x_k + e by weighted least squares, mu the mean of y,
 * and G_z = (2 / W) sum w z F - mean(z) the generalised index of z, which is
 * linear in z,
 *
 *		C = G_y / mu = sum_k (b_k G_k / mu) + G_e / mu
 *		b_k G_k / mu = (b_k mean(x_k) / mu) C_k,	C_k = G_k / mean(x_k)
 *
 * an elasticity times a concentration index (Wagstaff, van Doorslaer and
 * Watanabe 2003), and without mu the generalised index itself.  Ranks, means
 * and coefficients are all estimates.  A person with weight w, fractional
 * rank F and totals A_z ranked above enters as
 *
 *		the packed products w v v', v = (1, x, y) about the first row's,
 *		w F v,
 *		w A_y, w A_x1, .. (not about the first row's)
 *
 * which the influences are linear in: on b_k as in linear_model.c, on G_z
 *
 *		(2 z F + 2 A_z / W - 4 Q_z / W - z + mean(z)) / W,	Q_z = sum w z F
 *
 * as in concentration.c.  About an origin o, A is A_z - o W (1 - F).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "survey/linear_model.h"

#define ARG_OUTCOME	1
#define ARG_X		2
#define ARG_RIDIT	3
#define ARG_ABOVE	4
#define ARG_WEIGHT	5

/* A mean that is less than this part of its variable's size is 0. */
#define ZERO_MEAN	1e-12

/* What is ranked above, for the outcome and each of p variables, or NULL. */
static const double *
read_above(FunctionCallInfo fcinfo, int p)
{
	ArrayType  *a;
	int			n;

	if (PG_ARGISNULL(ARG_ABOVE))
		return NULL;
	a = PG_GETARG_ARRAYTYPE_P(ARG_ABOVE);
	n = mg_row_length(a, "above");
	if (n != p + 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("above must have one element for the outcome and one for each element of x"),
				 errdetail("There are %d elements instead of %d.", n, p + 1),
				 errhint("Give outcome_above of the outcome first, then of each x in order.")));
	return mg_row_numbers(a, "above");
}

PG_FUNCTION_INFO_V1(mindgap_decomposition_accum);

/* (state, outcome, x, ridit, above [, weight [, stratum, psu]]) */
Datum
mindgap_decomposition_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *a = PG_ARGISNULL(ARG_X) ? NULL : PG_GETARG_ARRAYTYPE_P(ARG_X);
	MgVectors  *s = mg_model_state(fcinfo, MG_VEC_DECOMPOSITION,
								   PG_NARGS() > ARG_WEIGHT + 1, a);
	int			p = s->n_origin - 1;
	const double *x = NULL;
	const double *above = NULL;
	double	   *vector = NULL;
	MgRow		row;

	if (!mg_read_design(fcinfo, ARG_WEIGHT, &row))
	{
		s->n_skipped++;
		PG_RETURN_POINTER(s);
	}
	mg_read_subgroup(fcinfo, 0, 0, &row);
	if (a != NULL)
	{
		x = mg_row_numbers(a, "x");
		above = read_above(fcinfo, p);
	}
	row.has_outcome = x != NULL && above != NULL &&
		!PG_ARGISNULL(ARG_OUTCOME) && !PG_ARGISNULL(ARG_RIDIT);
	row.outcome = 0;
	if (row.has_outcome)
	{
		double		ridit = PG_GETARG_FLOAT8(ARG_RIDIT);
		double	   *v;
		double	   *to;
		int			i;

		row.outcome = PG_GETARG_FLOAT8(ARG_OUTCOME);
		mg_check_outcome(row.outcome);
		mg_check_ridit(ridit);
		vector = mg_model_row(s, &row, x, &v);
		to = vector + mg_packed_size((int64) p + 2);
		for (i = 0; i < p + 2; i++)
			*to++ = row.weight * ridit * v[i];
		for (i = 0; i < p + 1; i++)
			*to++ = row.weight * above[i];
	}
	PG_RETURN_POINTER(mg_vectors_add(s, &row, vector, row.outcome < 0));
}

typedef enum DecomposedIndex
{
	INDEX_STANDARD,
	INDEX_GENERALISED
} DecomposedIndex;

static const MgChoice indices[] = {
	{"standard", INDEX_STANDARD},
	{"generalised", INDEX_GENERALISED}
};

/*
 * Variables are numbered 0 .. p - 1 for x, and p for the outcome.  Estimates,
 * the columns: the contributions of x, then residual and total.
 */
typedef struct Decomposition
{
	DecomposedIndex index;
	int			p;
	MgVecView	v;
	MgModelData *d;
	MgModel		fit;
	const double *ranked;		/* p + 2: sums of w F v */
	const double *above;		/* p + 1: of w A, the outcome's first */
	MgVecPart  *part;
	double	   *value;			/* by column */
} Decomposition;

static inline int
residual_column(const Decomposition *o)
{
	return o->p;
}

static inline int
total_column(const Decomposition *o)
{
	return o->p + 1;
}

static inline int
above_entry(const Decomposition *o, int i)
{
	return i == o->p ? 0 : i + 1;
}

/* The mean of a variable, about 0. */
static double
raw_mean(const Decomposition *o, int i)
{
	return o->v.origin[i] + o->d->mean[i];
}

/* A size that rounding errors of a variable are relative to. */
static double
size_of(const Decomposition *o, int i)
{
	return fabs(o->v.origin[i]) + sqrt(Max(o->d->raw[i], 0) / o->d->w);
}

/* The generalised concentration index of a variable. */
static double
generalised(const Decomposition *o, int i)
{
	return 2 * o->ranked[i + 1] / o->d->w - o->d->mean[i];
}

/* Are the ranks not those of the rows that were counted? */
static bool
ranks_of_other_rows(const Decomposition *o)
{
	double		w = o->d->w;
	int			i;

	if (fabs(o->ranked[0] - w / 2) > MG_RANK_TOLERANCE * w)
		return true;
	for (i = 0; i <= o->p; i++)
	{
		double		q = o->ranked[i + 1] + o->v.origin[i] * o->ranked[0];

		if (fabs(o->above[above_entry(o, i)] / w - q) >
			MG_RANK_TOLERANCE * w * size_of(o, i))
			return true;
	}
	return false;
}

/* Why there is no decomposition, or NULL. */
static const char *
find_problem(const Decomposition *o, const MgVecTotals *all)
{
	if (all->n == 0 || !(o->d->w > 0))
		return "no_data";
	if (ranks_of_other_rows(o))
		return "ranks_of_other_rows";
	if (o->index == INDEX_STANDARD && !(raw_mean(o, o->p) > 0))
		return "estimate_not_positive";
	if (o->index == INDEX_STANDARD && all->n_odd > 0)
		return "outcome_negative";
	return NULL;
}

/* Adds the influence on the generalised index of a variable. */
static void
add_generalised(const Decomposition *o, int column, int i, double factor)
{
	double	   *g = mg_vec_gradient(o->part, 0, column);
	double	   *ranked = g + mg_packed_size((int64) o->p + 2);
	double	   *above = ranked + o->p + 2;
	double		w = o->d->w;
	double		origin = o->v.origin[i];
	double		f = factor / w;

	g[0] += f * (o->d->mean[i] - 4 * o->ranked[i + 1] / w - 2 * origin);
	g[i + 1] -= f;
	ranked[0] += 2 * f * origin;
	ranked[i + 1] += 2 * f;
	above[above_entry(o, i)] += 2 * f / w;
}

/* .. and on the outcome's mean. */
static void
add_outcome_mean(const Decomposition *o, int column, double factor)
{
	double	   *g = mg_vec_gradient(o->part, 0, column);

	g[0] -= factor * o->d->mean[o->p] / o->d->w;
	g[o->p + 1] += factor / o->d->w;
}

/* A column of b G / mu; x < p: of this variable, else of the outcome. */
static void
estimate_column(Decomposition *o, int column, int x)
{
	double		b = x < o->p ? o->fit.b[x] : 1;
	double		g = generalised(o, x);
	double		mu = o->index == INDEX_STANDARD ? raw_mean(o, o->p) : 1;

	o->value[column] = b * g / mu;
	add_generalised(o, column, x, b / mu);
	if (x < o->p)
		mg_slope_gradient(o->d, &o->fit, o->d->mean, o->fit.intercept, x,
						  g / mu, mg_vec_gradient(o->part, 0, column));
	if (o->index == INDEX_STANDARD)
		add_outcome_mean(o, column, -b * g / (mu * mu));
}

/* Contributions and total, and the residual as what they leave. */
static void
estimate(Decomposition *o)
{
	int			residual = residual_column(o);
	double	   *to;
	int			j;
	int32		i;

	o->part = mg_vec_part_create(&o->v, o->p + 2);
	o->value = palloc0((o->p + 2) * sizeof(double));
	estimate_column(o, total_column(o), o->p);
	to = mg_vec_gradient(o->part, 0, residual);
	o->value[residual] = o->value[total_column(o)];
	memcpy(to, mg_vec_gradient(o->part, 0, total_column(o)),
		   o->v.head->k * sizeof(double));
	for (j = 0; j < o->p; j++)
	{
		const double *from = mg_vec_gradient(o->part, 0, j);

		if (!o->fit.use[j])
			continue;
		CHECK_FOR_INTERRUPTS();
		estimate_column(o, j, j);
		o->value[residual] -= o->value[j];
		for (i = 0; i < o->v.head->k; i++)
			to[i] -= from[i];
	}
}

/* What every row of a call shares. */
typedef struct Output
{
	MgTidy		tidy;
	const MgVariance *var;
	double		level;
	const char *problem;		/* why there are no estimates, or NULL */
} Output;

/* Elasticity and concentration index of a determinant. */
static void
put_factors(Output *out, const Decomposition *o, int x)
{
	double		mean = raw_mean(o, x);
	double		c = generalised(o, x);

	if (fabs(mean) <= ZERO_MEAN * size_of(o, x))
		mean = 0;
	if (o->index == INDEX_STANDARD)
		c = mean != 0 ? c / mean : NAN;
	mg_tidy_double(&out->tidy, 2, o->fit.b[x] * mean / raw_mean(o, o->p));
	mg_tidy_double(&out->tidy, 3, c);
}

static void
put_row(Output *out, const Decomposition *o, const char *component,
		const MgLabel *term, int column)
{
	MgInference r = {0};

	strcpy(r.status, "ok");
	mg_tidy_text(&out->tidy, 0, component);
	if (term != NULL)
		mg_tidy_text_len(&out->tidy, 1, term->s, term->len);
	if (out->problem != NULL)
		mg_status_add(r.status, out->problem);
	else if (column < o->p && !o->fit.use[column])
		mg_status_add(r.status, "collinear");
	else
	{
		if (column < o->p)
			put_factors(out, o, column);
		r.estimate = o->value[column];
		mg_infer(&r, out->var->var[column], out->var->lonely[column],
				 out->var->df[column], out->level, 0);
		mg_put_inference(&out->tidy, 4, &r, true);
		mg_tidy_double(&out->tidy, 10,
					   100 * r.estimate / o->value[total_column(o)]);
	}
	mg_tidy_text(&out->tidy, 11, r.status);
	mg_tidy_row(&out->tidy);
}

PG_FUNCTION_INFO_V1(mindgap_concentration_decomposition);

/* concentration_decomposition(summary, names, index, level, lonely_psu) */
Datum
mindgap_concentration_decomposition(PG_FUNCTION_ARGS)
{
	Decomposition o = {0};
	Output		out = {{0}};
	MgVecTotals all;
	MgVariance	var;
	MgLabel    *names;
	MgLonely	lonely;
	int			j;

	mg_tidy_open_rows(&out.tidy, fcinfo);
	o.index = (DecomposedIndex) mg_arg_choice(fcinfo, 2, "index", indices,
											  lengthof(indices));
	out.level = mg_arg_level(fcinfo, 3);
	lonely = mg_arg_lonely(fcinfo, 4);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_vectors_open(PG_GETARG_DATUM(0), MG_VEC_DECOMPOSITION, &o.v);
	o.p = o.v.head->n_origin - 1;
	names = mg_arg_variables(fcinfo, 1, o.p);
	(void) mg_vec_totals(&o.v, &all);
	o.d = mg_model_data(o.p, all.x);
	o.ranked = all.x + mg_packed_size((int64) o.p + 2);
	o.above = o.ranked + o.p + 2;
	out.problem = find_problem(&o, &all);
	if (out.problem == NULL)
	{
		mg_model_fit(o.d, o.d->c, o.d->mean, NULL, &o.fit);
		estimate(&o);
		mg_vec_variance(&o.part, 1, lonely, false, &var);
		out.var = &var;
	}
	for (j = 0; j < o.p; j++)
		put_row(&out, &o, "determinant", &names[j], j);
	put_row(&out, &o, "residual", NULL, residual_column(&o));
	put_row(&out, &o, "total", NULL, total_column(&o));
	return (Datum) 0;
}

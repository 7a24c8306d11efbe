/*-------------------------------------------------------------------------
 *
 * oaxaca.c
 *		Decomposition of the gap between two groups by linear models.
 *
 * With means x, y and coefficients b of the groups A and B,
 *
 *		y_A - y_B = (x_A - x_B)'b_B				endowments
 *				  + x_B'(b_A - b_B)				coefficients
 *				  + (x_A - x_B)'(b_A - b_B)		interaction
 *
 *				  = (x_A - x_B)'b*				explained
 *				  + x_A'(b_A - b*) + x_B'(b* - b_B)		unexplained
 *
 * (Oaxaca 1973; Blinder 1973; Neumark 1988 for the pooled b*; Jann 2008 for
 * the pooled b* with a group indicator).  Means and coefficients of both
 * groups are estimates, and groups may share PSUs: every component is
 * linearised over the stacked PSU totals of both.
 *
 * All work is about A's origin, so that a common offset costs no digits; the
 * terms of single variables are then carried to the variables' own zero.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "survey/linear_model.h"

typedef enum Reference
{
	REF_THREEFOLD,
	REF_A,
	REF_B,
	REF_POOLED,
	REF_POOLED_GROUPS
} Reference;

static const MgChoice references[] = {
	{"threefold", REF_THREEFOLD},
	{"a", REF_A},
	{"b", REF_B},
	{"pooled", REF_POOLED},
	{"pooled_groups", REF_POOLED_GROUPS}
};

typedef struct Oaxaca
{
	Reference	reference;
	int			p;
	int			n_components;
	MgVecView	view[2];
	MgModelData *d[2];
	MgModel		fit[2];
	MgModel		star;			/* the reference coefficients */
	double	   *star_mean[2];	/* what its products were centred at */
	double		star_constant[2];	/* of its residuals */
	MgVecPart  *part[2];
	double	   *value;			/* by column */
} Oaxaca;

/* Columns: the gap, then for each component its sum, terms and intercept. */
static inline int
column(const Oaxaca *o, int component, int term)
{
	return 1 + component * (o->p + 2) + term;
}

/* The component that holds the coefficients, and so an intercept. */
#define COEFFICIENTS	1

/* Both summaries about A's origin. */
static void
open_both(Oaxaca *o, Datum a, Datum b)
{
	MgVecView	given;
	MgVectors  *s;

	mg_vectors_open(a, MG_VEC_REGRESSION, &o->view[0]);
	mg_vectors_open(b, MG_VEC_REGRESSION, &given);
	o->p = o->view[0].head->n_origin - 1;
	if (given.head->n_origin - 1 != o->p)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a and b have different explanatory variables"),
				 errdetail("One has %d variables, the other %d.", o->p,
						   given.head->n_origin - 1),
				 errhint("Make both with the same x.")));
	o->view[1] = given;
	if ((o->view[0].head->flags & MG_HAS_SHIFT) == 0 ||
		(given.head->flags & MG_HAS_SHIFT) == 0)
		return;
	s = mg_vectors_create(MG_VEC_REGRESSION,
						  given.head->flags & MG_HAS_DESIGN, given.head->k,
						  given.head->n_origin);
	memcpy(mg_vectors_origin(s), o->view[0].origin,
		   (o->p + 1) * sizeof(double));
	s->flags |= MG_HAS_SHIFT;
	s = mg_vectors_canonical(mg_vectors_merge(s, &given));
	mg_vectors_view(s, &o->view[1]);
}

/*
 * The models of both groups, on the variables that neither has to leave out,
 * and the reference coefficients.
 */
static void
fit_models(Oaxaca *o)
{
	int			p = o->p;
	int			q = p + 1;
	MgModelData *a = o->d[0];
	MgModelData *b = o->d[1];
	MgModelData both = *a;
	double	   *c = palloc((Size) q * q * sizeof(double));
	double	   *mean = palloc(q * sizeof(double));
	bool	   *use = palloc((p + 1) * sizeof(bool));
	int			i;
	int			j;
	int			s;

	mg_model_fit(a, a->c, a->mean, NULL, &o->fit[0]);
	mg_model_fit(b, b->c, b->mean, NULL, &o->fit[1]);
	for (i = 0; i < p; i++)
		use[i] = o->fit[0].use[i] && o->fit[1].use[i];
	mg_model_fit(a, a->c, a->mean, use, &o->fit[0]);
	mg_model_fit(b, b->c, b->mean, use, &o->fit[1]);
	if (o->reference != REF_POOLED && o->reference != REF_POOLED_GROUPS)
	{
		o->star = o->fit[o->reference == REF_A ? 0 : 1];
		return;
	}

	/* within groups, and for the plain pool between them as well */
	both.w = a->w + b->w;
	both.raw = palloc(q * sizeof(double));
	for (i = 0; i < q; i++)
	{
		mean[i] = (a->w * a->mean[i] + b->w * b->mean[i]) / both.w;
		both.raw[i] = a->raw[i] + b->raw[i];
		for (j = 0; j < q; j++)
		{
			Size		at = (Size) i * q + j;

			c[at] = a->c[at] + b->c[at];
			if (o->reference == REF_POOLED)
				c[at] += a->w * (b->w / both.w) * (a->mean[i] - b->mean[i]) *
					(a->mean[j] - b->mean[j]);
		}
	}
	mg_model_fit(&both, c, mean, use, &o->star);
	for (s = 0; s < 2; s++)
	{
		const MgModelData *d = o->d[s];

		o->star_mean[s] = mean;
		o->star_constant[s] = o->star.intercept;
		if (o->reference == REF_POOLED)
			continue;
		o->star_mean[s] = d->mean;
		o->star_constant[s] = d->mean[p];
		for (i = 0; i < p; i++)
			o->star_constant[s] -= o->star.b[i] * d->mean[i];
	}
}

/* Adds the influence on a group's mean of v's entry i. */
static void
add_mean(const Oaxaca *o, int s, int col, int i, double factor)
{
	const MgModelData *d = o->d[s];
	double	   *one = palloc0(d->m * sizeof(double));
	double	   *e = palloc0(d->m * sizeof(double));

	one[0] = 1;
	e[0] = -d->mean[i];
	e[i + 1] = 1;
	mg_add_product(d->m, one, e, factor / d->w,
				   mg_vec_gradient(o->part[s], 0, col));
	pfree(one);
	pfree(e);
}

/* .. and on slope j of the group's own model. */
static void
add_slope(const Oaxaca *o, int s, int col, int j, double factor)
{
	mg_slope_gradient(o->d[s], &o->fit[s], o->d[s]->mean, o->fit[s].intercept,
					  j, factor, mg_vec_gradient(o->part[s], 0, col));
}

/* .. and on the reference's slope j, to which group s may contribute. */
static void
add_star(const Oaxaca *o, int s, int col, int j, double factor)
{
	if (o->reference == REF_POOLED || o->reference == REF_POOLED_GROUPS)
		mg_slope_gradient(o->d[s], &o->star, o->star_mean[s],
						  o->star_constant[s], j, factor,
						  mg_vec_gradient(o->part[s], 0, col));
	else if (s == (o->reference == REF_A ? 0 : 1))
		add_slope(o, s, col, j, factor);
}

/* Variable j of endowments, coefficients and interaction, about the origin. */
static void
threefold_term(Oaxaca *o, int j)
{
	double		xa = o->d[0]->mean[j];
	double		xb = o->d[1]->mean[j];
	double		ba = o->fit[0].b[j];
	double		bb = o->fit[1].b[j];
	int			c = column(o, 0, j + 1);

	o->value[c] = (xa - xb) * bb;
	add_mean(o, 0, c, j, bb);
	add_mean(o, 1, c, j, -bb);
	add_slope(o, 1, c, j, xa - xb);
	c = column(o, 1, j + 1);
	o->value[c] = xb * (ba - bb);
	add_mean(o, 1, c, j, ba - bb);
	add_slope(o, 0, c, j, xb);
	add_slope(o, 1, c, j, -xb);
	c = column(o, 2, j + 1);
	o->value[c] = (xa - xb) * (ba - bb);
	add_mean(o, 0, c, j, ba - bb);
	add_mean(o, 1, c, j, bb - ba);
	add_slope(o, 0, c, j, xa - xb);
	add_slope(o, 1, c, j, xb - xa);
}

/* Variable j of the explained and the unexplained part. */
static void
twofold_term(Oaxaca *o, int j)
{
	double		xa = o->d[0]->mean[j];
	double		xb = o->d[1]->mean[j];
	double		ba = o->fit[0].b[j];
	double		bb = o->fit[1].b[j];
	double		b = o->star.b[j];
	int			c = column(o, 0, j + 1);
	int			s;

	o->value[c] = (xa - xb) * b;
	add_mean(o, 0, c, j, b);
	add_mean(o, 1, c, j, -b);
	for (s = 0; s < 2; s++)
		add_star(o, s, c, j, xa - xb);
	c = column(o, 1, j + 1);
	o->value[c] = xa * (ba - b) + xb * (b - bb);
	add_mean(o, 0, c, j, ba - b);
	add_mean(o, 1, c, j, b - bb);
	add_slope(o, 0, c, j, xa);
	add_slope(o, 1, c, j, -xb);
	for (s = 0; s < 2; s++)
		add_star(o, s, c, j, xb - xa);
}

/* Adds "factor" times column "from" to column "to". */
static void
add_column(Oaxaca *o, int to, int from, double factor)
{
	int			s;

	o->value[to] += factor * o->value[from];
	for (s = 0; s < 2; s++)
	{
		double	   *x = mg_vec_gradient(o->part[s], 0, to);
		const double *y = mg_vec_gradient(o->part[s], 0, from);
		int32		i;

		for (i = 0; i < o->view[s].head->k; i++)
			x[i] += factor * y[i];
	}
}

/*
 * The intercepts' difference at the origin; the sums; then the terms of the
 * coefficients carried from the origin to the variables' zero, which shifts
 * between them but leaves the sum.
 */
static void
intercept_and_sums(Oaxaca *o)
{
	int			p = o->p;
	int			intercept = column(o, COEFFICIENTS, p + 1);
	int			scratch = column(o, o->n_components, 0);
	int			c;
	int			j;
	int			s;

	o->value[intercept] = o->fit[0].intercept - o->fit[1].intercept;
	for (s = 0; s < 2; s++)
	{
		double		sign = s == 0 ? 1 : -1;

		add_mean(o, s, intercept, p, sign);
		for (j = 0; j < p; j++)
		{
			if (!o->fit[s].use[j])
				continue;
			add_mean(o, s, intercept, j, -sign * o->fit[s].b[j]);
			add_slope(o, s, intercept, j, -sign * o->d[s]->mean[j]);
		}
	}
	for (c = 0; c < o->n_components; c++)
	{
		for (j = 1; j <= p + (c == COEFFICIENTS); j++)
			add_column(o, column(o, c, 0), column(o, c, j), 1);
	}
	for (j = 0; j < p; j++)
	{
		double		x = o->view[0].origin[j];

		if (!o->fit[0].use[j] || x == 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		o->value[scratch] = o->fit[0].b[j] - o->fit[1].b[j];
		for (s = 0; s < 2; s++)
		{
			memset(mg_vec_gradient(o->part[s], 0, scratch), 0,
				   o->view[s].head->k * sizeof(double));
			add_slope(o, s, scratch, j, s == 0 ? 1 : -1);
		}
		add_column(o, column(o, COEFFICIENTS, j + 1), scratch, x);
		add_column(o, intercept, scratch, -x);
	}

	/* the scratch column is no estimate */
	for (s = 0; s < 2; s++)
		memset(mg_vec_gradient(o->part[s], 0, scratch), 0,
			   o->view[s].head->k * sizeof(double));
}

static void
estimate(Oaxaca *o)
{
	int			columns = column(o, o->n_components, 0) + 1;
	int			j;
	int			s;

	o->value = palloc0(columns * sizeof(double));
	for (s = 0; s < 2; s++)
		o->part[s] = mg_vec_part_create(&o->view[s], columns);
	o->value[0] = o->d[0]->mean[o->p] - o->d[1]->mean[o->p];
	add_mean(o, 0, 0, o->p, 1);
	add_mean(o, 1, 0, o->p, -1);
	for (j = 0; j < o->p; j++)
	{
		if (!o->fit[0].use[j])
			continue;
		CHECK_FOR_INTERRUPTS();
		if (o->reference == REF_THREEFOLD)
			threefold_term(o, j);
		else
			twofold_term(o, j);
	}
	intercept_and_sums(o);
}

/* What every row of a call shares. */
typedef struct Output
{
	MgTidy		tidy;
	const MgVariance *var;
	const double *value;
	double		level;
	const char *problem;		/* why there are no estimates, or NULL */
	const char *note;			/* what goes with each, or NULL */
} Output;

static void
put_row(Output *out, const char *component, const MgLabel *term, int col,
		const char *collinear)
{
	MgInference r = {0};

	strcpy(r.status, "ok");
	mg_tidy_text(&out->tidy, 0, component);
	if (term != NULL)
		mg_tidy_text_len(&out->tidy, 1, term->s, term->len);
	if (out->problem != NULL)
		mg_status_add(r.status, out->problem);
	else if (term != NULL && collinear != NULL)
		mg_status_add(r.status, collinear);
	else
	{
		r.estimate = out->value[col];
		mg_infer(&r, out->var->var[col], out->var->lonely[col],
				 out->var->df[col], out->level, 0);
		mg_put_inference(&out->tidy, 2, &r, true);
		if (collinear != NULL)
			mg_status_add(r.status, collinear);
		if (out->note != NULL)
			mg_status_add(r.status, out->note);
	}
	mg_tidy_text(&out->tidy, 8, r.status);
	mg_tidy_row(&out->tidy);
}

PG_FUNCTION_INFO_V1(mindgap_oaxaca);

/* oaxaca(a, b, names, reference, level, lonely_psu) */
Datum
mindgap_oaxaca(PG_FUNCTION_ARGS)
{
	static const char *const threefold[] = {"endowments", "coefficients", "interaction"};
	static const char *const twofold[] = {"explained", "unexplained"};
	static const MgLabel intercept = {"(Intercept)", 11};
	const char *const *components;
	Oaxaca		o = {0};
	Output		out = {{0}};
	MgVariance	var;
	MgVecTotals all[2];
	MgLabel    *names;
	MgLonely	lonely;
	bool		separate;
	int			c;
	int			j;
	int			s;

	mg_tidy_open_rows(&out.tidy, fcinfo);
	o.reference = (Reference) mg_arg_choice(fcinfo, 3, "reference", references,
											lengthof(references));
	out.level = mg_arg_level(fcinfo, 4);
	lonely = mg_arg_lonely(fcinfo, 5);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	o.n_components = o.reference == REF_THREEFOLD ? 3 : 2;
	components = o.reference == REF_THREEFOLD ? threefold : twofold;
	open_both(&o, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
	names = mg_arg_variables(fcinfo, 2, o.p);
	separate = mg_vector_comparable(&o.view[0], &o.view[1]);
	out.note = separate ? "independent_samples_assumed" : NULL;
	for (s = 0; s < 2; s++)
	{
		(void) mg_vec_totals(&o.view[s], &all[s]);
		o.d[s] = mg_model_data(o.p, all[s].x);
		if (all[s].n == 0)
			out.problem = "no_data";
	}
	if (out.problem == NULL)
	{
		fit_models(&o);
		estimate(&o);
		mg_vec_variance(o.part, 2, lonely, separate, &var);
		out.var = &var;
		out.value = o.value;
	}
	put_row(&out, "gap", NULL, 0, NULL);
	for (c = 0; c < o.n_components; c++)
	{
		bool		complete = out.problem != NULL ||
			o.fit[0].rank == o.p;

		put_row(&out, components[c], NULL, column(&o, c, 0),
				complete ? NULL : "collinear_terms_left_out");
		if (c == COEFFICIENTS)
			put_row(&out, components[c], &intercept, column(&o, c, o.p + 1),
					NULL);
		for (j = 0; j < o.p; j++)
			put_row(&out, components[c], &names[j], column(&o, c, j + 1),
					out.problem != NULL || o.fit[0].use[j] ? NULL : "collinear");
	}
	return (Datum) 0;
}

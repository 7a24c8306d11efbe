/*-------------------------------------------------------------------------
 *
 * regression.c
 *		Design-based linear models: the aggregate and its reader.
 *
 * A row with weight w, explanatory variables x and outcome y enters as the
 * packed products w v v', v = (1, x, y), about the first row's x and y.  So
 * a PSU has X'WX and X'Wy, and the sandwich A^-1 V(U) A^-1 with the scores
 * U = X'W(y - Xb) of the PSUs (Binder 1983) needs one pass over the data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "survey/linear_model.h"

#define ARG_OUTCOME	1
#define ARG_X		2
#define ARG_WEIGHT	3

#define MAX_VARIABLES	1000

static void
check_length(int p)
{
	if (p > MAX_VARIABLES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("x has too many explanatory variables"),
				 errdetail("There are %d; the limit is %d.", p, MAX_VARIABLES),
				 errhint("Give fewer.")));
}

/* How many elements an array of one dimension, such as x, has. */
int
mg_row_length(ArrayType *a, const char *name)
{
	if (ARR_NDIM(a) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension", name)));
	return ArrayGetNItems(ARR_NDIM(a), ARR_DIMS(a));
}

/* The array's numbers, all finite, or NULL: one of them is NULL. */
const double *
mg_row_numbers(ArrayType *a, const char *name)
{
	const double *x = (const double *) ARR_DATA_PTR(a);
	int			n = ArrayGetNItems(ARR_NDIM(a), ARR_DIMS(a));
	int			i;

	if (ARR_HASNULL(a) && array_contains_nulls(a))
		return NULL;
	for (i = 0; i < n; i++)
	{
		if (!isfinite(x[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be finite", name),
					 errhint("Use NULL for missing values.")));
	}
	return x;
}

/*
 * The state of a model whose x, argument ARG_X, is the array "a" (NULL: not
 * known).  The first array tells how many variables there are.
 */
MgVectors *
mg_model_state(FunctionCallInfo fcinfo, MgVectorKind kind, bool has_design,
			   ArrayType *a)
{
	MgVectors  *s = mg_vector_state(fcinfo, kind);
	int			p = a == NULL ? 0 : mg_row_length(a, "x");

	check_length(p);
	if (s == NULL)
	{
		s = mg_vectors_create(kind, has_design ? MG_HAS_DESIGN : 0,
							  (int32) mg_model_entries(kind, p), p + 1);
		if (a == NULL)
			s->flags |= MG_VEC_UNSHAPED;
	}
	else if (a != NULL && (s->flags & MG_VEC_UNSHAPED))
		s = mg_vectors_shape(s, (int32) mg_model_entries(kind, p), p + 1);
	else if (a != NULL && p != s->n_origin - 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("x must have the same length on every row"),
				 errdetail("An earlier row has %d variables, this one %d.",
						   s->n_origin - 1, p),
				 errhint("Give NULL for a value that is missing.")));
	return s;
}

/*
 * A row's vector, whose packed products w v v' are filled in; *v becomes
 * (1, x, y) about the origin, which the first row that counts sets.
 */
double *
mg_model_row(MgVectors *s, const MgRow *row, const double *x, double **v)
{
	double	   *origin = mg_vectors_origin(s);
	double	   *vector = palloc(s->k * sizeof(double));
	double	   *to = vector;
	int			p = s->n_origin - 1;
	int			i;
	int			j;

	if ((s->flags & MG_HAS_SHIFT) == 0 && row->weight > 0)
	{
		memcpy(origin, x, p * sizeof(double));
		origin[p] = row->outcome;
		s->flags |= MG_HAS_SHIFT;
	}
	*v = palloc((p + 2) * sizeof(double));
	(*v)[0] = 1;
	for (i = 0; i < p; i++)
		(*v)[i + 1] = x[i] - origin[i];
	(*v)[p + 1] = row->outcome - origin[p];
	for (i = 0; i < p + 2; i++)
	{
		double		wv = row->weight * (*v)[i];

		for (j = i; j < p + 2; j++)
			*to++ = wv * (*v)[j];
	}
	return vector;
}

PG_FUNCTION_INFO_V1(mindgap_regression_accum);

/* (state, outcome, x [, weight [, stratum, psu]]) */
Datum
mindgap_regression_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *a = PG_ARGISNULL(ARG_X) ? NULL : PG_GETARG_ARRAYTYPE_P(ARG_X);
	MgVectors  *s = mg_model_state(fcinfo, MG_VEC_REGRESSION,
								   PG_NARGS() > ARG_WEIGHT + 1, a);
	const double *x = NULL;
	double	   *products = NULL;
	double	   *v;
	MgRow		row;

	if (!mg_read_design(fcinfo, ARG_WEIGHT, &row))
	{
		s->n_skipped++;
		PG_RETURN_POINTER(s);
	}
	mg_read_subgroup(fcinfo, 0, 0, &row);
	if (a != NULL)
		x = mg_row_numbers(a, "x");
	row.has_outcome = x != NULL && !PG_ARGISNULL(ARG_OUTCOME);
	if (row.has_outcome)
	{
		row.outcome = PG_GETARG_FLOAT8(ARG_OUTCOME);
		mg_check_outcome(row.outcome);
		products = mg_model_row(s, &row, x, &v);
	}
	PG_RETURN_POINTER(mg_vectors_add(s, &row, products, false));
}

static void
put_term(MgTidy *tidy, const char *name, int len, const MgInference *r)
{
	mg_tidy_text_len(tidy, 0, name, len);
	mg_tidy_double(tidy, 1, r->estimate);
	mg_tidy_double(tidy, 2, r->std_error);
	mg_tidy_double(tidy, 3, r->std_error > 0 ? r->estimate / r->std_error : NAN);
	mg_tidy_double(tidy, 4, r->df);
	mg_tidy_double(tidy, 5, r->p_value);
	mg_tidy_double(tidy, 6, r->conf_low);
	mg_tidy_double(tidy, 7, r->conf_high);
	mg_tidy_text(tidy, 8, r->status);
	mg_tidy_row(tidy);
}

/* Derivatives of intercept (column 0) and slopes by the products. */
static MgVecPart *
coefficient_part(const MgVecView *v, const MgModelData *d, const MgModel *fit)
{
	MgVecPart  *part = mg_vec_part_create(v, d->p + 1);
	double	   *one = palloc0(d->m * sizeof(double));
	double	   *e = palloc0(d->m * sizeof(double));
	double	   *intercept;
	int			i;
	int			j;

	if (v->head->n[MG_VEC_GROUP] == 0)
		return part;
	intercept = mg_vec_gradient(part, 0, 0);
	one[0] = 1;
	e[0] = -fit->intercept;
	e[d->p + 1] = 1;
	for (j = 0; j < d->p; j++)
		e[j + 1] = -fit->b[j];
	mg_add_product(d->m, one, e, 1 / d->w, intercept);
	for (j = 0; j < d->p; j++)
	{
		double	   *slope = mg_vec_gradient(part, 0, j + 1);

		if (!fit->use[j])
			continue;
		CHECK_FOR_INTERRUPTS();
		mg_slope_gradient(d, fit, d->mean, fit->intercept, j, 1, slope);
		/* where x is 0, not where it is at its mean */
		for (i = 0; i < v->head->k; i++)
			intercept[i] -= (v->origin[j] + d->mean[j]) * slope[i];
	}
	return part;
}

PG_FUNCTION_INFO_V1(mindgap_regression);

/* regression(summary, names, level, lonely_psu) */
Datum
mindgap_regression(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgVecView	v;
	MgVecTotals all;
	MgModelData *d;
	MgModel		fit;
	MgVecPart  *part;
	MgVariance	var;
	MgLabel    *names;
	MgLonely	lonely;
	double		level;
	int			p;
	int			j;

	mg_tidy_open_rows(&tidy, fcinfo);
	level = mg_arg_level(fcinfo, 2);
	lonely = mg_arg_lonely(fcinfo, 3);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_vectors_open(PG_GETARG_DATUM(0), MG_VEC_REGRESSION, &v);
	p = v.head->n_origin - 1;
	names = mg_arg_variables(fcinfo, 1, p);
	(void) mg_vec_totals(&v, &all);
	d = mg_model_data(p, all.x);
	mg_model_fit(d, d->c, d->mean, NULL, &fit);
	if (all.n > 0)
	{
		part = coefficient_part(&v, d, &fit);
		mg_vec_variance(&part, 1, lonely, false, &var);
	}
	for (j = 0; j <= p; j++)
	{
		MgInference r = {0};

		strcpy(r.status, "ok");
		r.estimate = r.std_error = r.df = r.p_value = NAN;
		r.conf_low = r.conf_high = NAN;
		if (all.n == 0)
			mg_status_add(r.status, "no_data");
		else if (j > 0 && !fit.use[j - 1])
			mg_status_add(r.status, "collinear");
		else
		{
			if (j > 0)
				r.estimate = fit.b[j - 1];
			else
			{
				int			i;

				r.estimate = v.origin[p] + fit.intercept;
				for (i = 0; i < p; i++)
					r.estimate -= fit.b[i] * v.origin[i];
			}
			mg_infer(&r, var.var[j], var.lonely[j], var.df[j] - fit.rank, level,
					 0);
		}
		put_term(&tidy, j == 0 ? "(Intercept)" : names[j - 1].s,
				 j == 0 ? (int) strlen("(Intercept)") : names[j - 1].len, &r);
	}
	return (Datum) 0;
}

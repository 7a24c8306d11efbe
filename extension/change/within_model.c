/*-------------------------------------------------------------------------
 *
 * within_model.c
 *		A model within persons with its cluster-robust covariance, and what
 *		accessors read from it.
 *
 * V = c Axx^-1 M Axx^-1 (core/within_fit.c), with N rows, G clusters, n
 * persons and k columns in the model; c is one of
 *
 *		xtreg	G/(G-1) (N-1)/(N-k-1)
 *		plm		G/(G-1) (N-1)/(N-k)
 *		areg	G/(G-1) (N-1)/(N-n-k)
 *		none	1
 *
 * With strata M itself has n_h/(n_h-1) in place of G/(G-1).  Degrees of
 * freedom are clusters less strata, of those in which a row counts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "change/within_model.h"
#include "core/distributions.h"
#include "core/matrix.h"

static const MgChoice small_samples[] = {
	{"xtreg", MG_SMALL_XTREG},
	{"plm", MG_SMALL_PLM},
	{"areg", MG_SMALL_AREG},
	{"none", MG_SMALL_NONE}
};

/*
 * Strata with one cluster.  "adjust" of the survey estimates is not there:
 * the condensed form tells no cluster apart.
 */
static const MgChoice lonely_policies[] = {
	{"fail", MG_LONELY_FAIL},
	{"average", MG_LONELY_AVERAGE},
	{"certainty", MG_LONELY_CERTAINTY},
	{"remove", MG_LONELY_CERTAINTY}
};

MgLonely
mg_arg_within_lonely(FunctionCallInfo fcinfo, int arg)
{
	return (MgLonely) mg_arg_choice(fcinfo, arg, "lonely_psu", lonely_policies,
									lengthof(lonely_policies));
}

MgWithinOptions
mg_arg_within_options(FunctionCallInfo fcinfo, int small_sample_arg,
					  int lonely_arg)
{
	MgWithinOptions options;

	options.small_sample = (MgSmallSample)
		mg_arg_choice(fcinfo, small_sample_arg, "small_sample", small_samples,
					  lengthof(small_samples));
	options.lonely = mg_arg_within_lonely(fcinfo, lonely_arg);
	return options;
}

/* The names of the columns of x: as given, or what they are. */
MgLabel *
mg_arg_within_terms(FunctionCallInfo fcinfo, int arg, const MgWithinView *v)
{
	static const char *const names[] = {"years", "after_event"};
	MgLabel    *terms;
	int			i;

	if (!PG_ARGISNULL(arg) || !(v->head->flags & MG_WITHIN_TREND) || v->k < 2)
		return mg_arg_terms(fcinfo, arg, v->k);
	terms = palloc(v->k * sizeof(MgLabel));
	for (i = 0; i < v->k; i++)
	{
		terms[i].s = i < 2 ? names[i] : psprintf("x%d", i - 1);
		terms[i].len = (int32) strlen(terms[i].s);
	}
	return terms;
}

/* N - 1 over this is the factor's second part; 0: no factor. */
static double
left_over(const MgWithinFit *f, MgSmallSample convention)
{
	const MgWithinSums *c = &f->view.counts;

	switch (convention)
	{
		case MG_SMALL_XTREG:
			return (double) c->n - f->fit.rank - 1;
		case MG_SMALL_PLM:
			return (double) c->n - f->fit.rank;
		case MG_SMALL_AREG:
			return (double) c->n - c->n_persons - f->fit.rank;
		case MG_SMALL_NONE:
			break;
	}
	return 0;
}

/*
 * What the sandwich is multiplied by, degrees of freedom, and whether a
 * stratum of one cluster forbids an error.  "left" is what is left of the N
 * rows; NaN: the factor is 1.
 */
void
mg_within_scale(const MgWithinView *v, MgLonely lonely, double left,
				double *factor, int64 *df, bool *no_error)
{
	const MgWithinSums *c = &v->counts;
	bool		strata = (v->head->flags & MG_WITHIN_STRATA) != 0;

	*df = c->n_clusters - c->n_strata;
	*no_error = false;
	if (*df <= 0)
		*factor = NAN;
	else if (isnan(left))
		*factor = 1;
	else if (!(left > 0))
		*factor = NAN;
	else
	{
		*factor = (c->n - 1) / left;
		if (!strata)
			*factor *= c->n_registered / (c->n_registered - 1.0);
	}
	if (strata && c->n_lonely > 0)
	{
		*no_error = lonely == MG_LONELY_FAIL;
		if (lonely == MG_LONELY_AVERAGE)
			*factor *= (double) c->n_strata / (c->n_strata - c->n_lonely);
	}
}

/* out = a b, all n x n */
void
mg_matrix_multiply(const double *a, const double *b, int n, double *out)
{
	int			i;
	int			j;
	int			l;

	memset(out, 0, (Size) n * n * sizeof(double));
	for (i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (l = 0; l < n; l++)
		{
			double		x = a[(Size) i * n + l];

			for (j = 0; j < n; j++)
				out[(Size) i * n + j] += x * b[(Size) l * n + j];
		}
	}
}

/* Estimates without errors. */
void
mg_within_fit_point(MgWithin *s, bool by_group, MgWithinFit *f)
{
	mg_within_read(s, &f->view);
	mg_within_model(&f->view, by_group, &f->model);
	if (f->view.counts.n_persons > 0)
		mg_least_squares(f->model.triangle, f->model.k, f->model.square,
						 &f->fit);
}

/* Estimates and their covariance, if there is a row. */
void
mg_within_fit(MgWithin *s, bool by_group, const MgWithinOptions *options,
			  MgWithinFit *f)
{
	Size		size;
	double	   *meat;
	double	   *half;
	double		factor;
	Size		i;
	int			n;

	mg_within_fit_point(s, by_group, f);
	if (f->view.counts.n_persons == 0)
		return;
	n = f->fit.rank;
	size = (Size) n * n;
	meat = palloc((size + 1) * sizeof(double));
	half = palloc((size + 1) * sizeof(double));
	f->cov = palloc((size + 1) * sizeof(double));
	mg_within_meat(&f->view, &f->model, &f->fit, meat);
	mg_matrix_multiply(f->fit.inverse, meat, n, half);
	mg_matrix_multiply(half, f->fit.inverse, n, f->cov);
	pfree(meat);
	pfree(half);
	mg_within_scale(&f->view, options->lonely,
					options->small_sample == MG_SMALL_NONE ? NAN :
					left_over(f, options->small_sample), &factor, &f->df,
					&f->lonely);
	/* Where nothing is left over, the scores are rounding. */
	for (i = 0; i < size; i++)
		f->cov[i] = f->fit.rss > 0 ? f->cov[i] * factor : factor * 0;
}

/* c'b and its error; c over all columns */
void
mg_within_infer(const MgWithinFit *f, const double *c, double level,
				MgInference *r)
{
	int			i;

	strcpy(r->status, "ok");
	r->estimate = 0;
	for (i = 0; i < f->model.k; i++)
		r->estimate += c[i] * f->fit.b[i];
	mg_infer(r, mg_least_squares_form(&f->fit, f->cov, c), f->lonely, f->df,
			 level, 0);
}

/* Why these coefficients cannot be applied, or NULL. */
const char *
mg_within_unusable(const MgWithinFit *f, const double *c)
{
	int			i;

	if (f->view.counts.n_persons == 0)
		return "no_data";
	for (i = 0; i < f->model.k; i++)
	{
		if (c[i] != 0 && f->fit.column[i] != MG_COLUMN_USED)
			return mg_column_status(f->fit.column[i]);
	}
	return NULL;
}

/*
 * Puts the test that estimates q, of covariance v, are 0 together: F = q'
 * v^-1 q / rows on rows and df degrees of freedom; or a status, if it is
 * known already why there is none.
 */
void
mg_put_wald(MgTidy *tidy, const double *v, const double *q, int rows,
			int64 df, bool lonely, const char *status)
{
	double		x2;

	if (status == NULL && lonely)
		status = "lonely_psu";
	if (status == NULL && df <= 0)
		status = "no_degrees_of_freedom";
	if (status == NULL && !mg_quadratic_form(v, q, rows, &x2))
		status = "singular_covariance";
	if (status == NULL)
	{
		mg_tidy_double(tidy, 0, x2 / rows);
		mg_tidy_double(tidy, 1, rows);
		mg_tidy_double(tidy, 2, (double) df);
		mg_tidy_double(tidy, 3, mg_f_upper(x2 / rows, rows, (double) df));
	}
	mg_tidy_text(tidy, 4, status == NULL ? "ok" : status);
}

/* Puts the test that combinations, the rows of c, are 0 together. */
void
mg_within_put_wald(MgTidy *tidy, const MgWithinFit *f, const double *c,
				   int rows, const char *status)
{
	int			k = f->model.k;
	double	   *v = NULL;
	double	   *q = NULL;
	int			i;
	int			j;
	int			l;

	for (i = 0; i < rows && status == NULL; i++)
		status = mg_within_unusable(f, c + (Size) i * k);
	if (status == NULL)
	{
		v = palloc0(((Size) rows * rows + 1) * sizeof(double));
		q = palloc0((rows + 1) * sizeof(double));
		for (i = 0; i < rows; i++)
		{
			const double *ci = c + (Size) i * k;
			double	   *half = palloc0((f->fit.rank + 1) * sizeof(double));

			CHECK_FOR_INTERRUPTS();
			for (j = 0; j < f->fit.rank; j++)
			{
				q[i] += ci[f->fit.used[j]] * f->fit.b[f->fit.used[j]];
				for (l = 0; l < f->fit.rank; l++)
					half[j] += ci[f->fit.used[l]] *
						f->cov[(Size) l * f->fit.rank + j];
			}
			for (l = 0; l < rows; l++)
			{
				for (j = 0; j < f->fit.rank; j++)
					v[(Size) i * rows + l] += half[j] *
						c[(Size) l * k + f->fit.used[j]];
			}
			pfree(half);
		}
	}
	mg_put_wald(tidy, v, q, rows, f->df, f->lonely, status);
}

/*-------------------------------------------------------------------------
 *
 * within_estimates.c
 *		Change within persons: estimates, contrasts, joint tests, design.
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
 * freedom are clusters less strata.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

#include "change/terms.h"
#include "core/distributions.h"
#include "core/matrix.h"
#include "io/within_summary.h"

typedef enum SmallSample
{
	SMALL_XTREG,
	SMALL_PLM,
	SMALL_AREG,
	SMALL_NONE
} SmallSample;

static const MgChoice small_samples[] = {
	{"xtreg", SMALL_XTREG},
	{"plm", SMALL_PLM},
	{"areg", SMALL_AREG},
	{"none", SMALL_NONE}
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

typedef struct WithinOptions
{
	SmallSample small_sample;
	MgLonely	lonely;
} WithinOptions;

typedef struct WithinFit
{
	MgWithinView view;
	MgLeastSquares fit;
	double	   *cov;			/* rank x rank, NaN where unknown */
	int64		df;
	bool		lonely;
} WithinFit;

/* The factor c. */
static double
small_sample_factor(const WithinFit *f, SmallSample convention)
{
	const MgWithinSums *c = &f->view.counts;
	double		left = 0;
	double		factor;

	if (convention == SMALL_NONE)
		return 1;
	switch (convention)
	{
		case SMALL_XTREG:
			left = (double) c->n - f->fit.rank - 1;
			break;
		case SMALL_PLM:
			left = (double) c->n - f->fit.rank;
			break;
		case SMALL_AREG:
			left = (double) c->n - c->n_persons - f->fit.rank;
			break;
		case SMALL_NONE:
			break;
	}
	if (!(left > 0))
		return NAN;
	factor = (c->n - 1) / left;
	if (!(f->view.head->flags & MG_WITHIN_STRATA))
		factor *= c->n_clusters / (c->n_clusters - 1.0);
	return factor;
}

/* out = a b, all n x n */
static void
multiply(const double *a, const double *b, int n, double *out)
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

static void
fit_point(MgWithin *s, WithinFit *f)
{
	mg_within_read(s, &f->view);
	if (f->view.counts.n_persons > 0)
		mg_least_squares(f->view.total, f->view.k, f->view.square, &f->fit);
}

/* Estimates and their covariance; not for a summary without persons. */
static void
fit_all(MgWithin *s, const WithinOptions *options, WithinFit *f)
{
	const MgWithinSums *c = &f->view.counts;
	Size		size;
	double	   *meat;
	double	   *half;
	double		factor;
	Size		i;
	int			n;

	fit_point(s, f);
	if (c->n_persons == 0)
		return;
	n = f->fit.rank;
	size = (Size) n * n;
	meat = palloc((size + 1) * sizeof(double));
	half = palloc((size + 1) * sizeof(double));
	f->cov = palloc((size + 1) * sizeof(double));
	mg_within_meat(&f->view, &f->fit, meat);
	multiply(f->fit.inverse, meat, n, half);
	multiply(half, f->fit.inverse, n, f->cov);
	pfree(meat);
	pfree(half);
	f->df = c->n_clusters - c->n_strata;
	factor = f->df > 0 ? small_sample_factor(f, options->small_sample) : NAN;
	if ((f->view.head->flags & MG_WITHIN_STRATA) && c->n_lonely > 0)
	{
		f->lonely = options->lonely == MG_LONELY_FAIL;
		if (options->lonely == MG_LONELY_AVERAGE)
			factor *= (double) c->n_strata / (c->n_strata - c->n_lonely);
	}
	/* Where nothing is left over, the scores are rounding. */
	for (i = 0; i < size; i++)
		f->cov[i] = f->fit.rss > 0 ? f->cov[i] * factor : factor * 0;
}

/* small_sample and, last, lonely_psu */
static WithinOptions
read_options(FunctionCallInfo fcinfo, int small_sample_arg)
{
	WithinOptions options;

	options.small_sample = (SmallSample)
		mg_arg_choice(fcinfo, small_sample_arg, "small_sample", small_samples,
					  lengthof(small_samples));
	options.lonely = (MgLonely)
		mg_arg_choice(fcinfo, PG_NARGS() - 1, "lonely_psu", lonely_policies,
					  lengthof(lonely_policies));
	return options;
}

/* c'b and its error; c over all columns */
static void
infer_combination(const WithinFit *f, const double *c, double level,
				  MgInference *r)
{
	int			i;

	strcpy(r->status, "ok");
	r->estimate = 0;
	for (i = 0; i < f->view.k; i++)
		r->estimate += c[i] * f->fit.b[i];
	mg_infer(r, mg_least_squares_form(&f->fit, f->cov, c), f->lonely, f->df,
			 level, 0);
}

/* within_estimates(summary, names, small_sample, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_within_estimates);

Datum
mindgap_within_estimates(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	WithinFit	f = {{0}};
	WithinOptions options;
	MgLabel    *names;
	double	   *c;
	double		level;
	int			i;

	mg_tidy_open_rows(&tidy, fcinfo);
	options = read_options(fcinfo, 2);
	level = mg_arg_level(fcinfo, 3);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	fit_all(mg_within_open(PG_GETARG_DATUM(0)), &options, &f);
	names = mg_arg_terms(fcinfo, 1, f.view.k);
	c = palloc0((f.view.k + 1) * sizeof(double));
	for (i = 0; i < f.view.k; i++)
	{
		MgInference r = {0};

		if (f.view.counts.n_persons == 0)
		{
			mg_put_empty_term(&tidy, names[i], "no_data");
			continue;
		}
		if (f.fit.column[i] != MG_COLUMN_USED)
		{
			mg_put_empty_term(&tidy, names[i],
							  mg_column_status(f.fit.column[i]));
			continue;
		}
		c[i] = 1;
		infer_combination(&f, c, level, &r);
		c[i] = 0;
		mg_tidy_text_len(&tidy, 0, names[i].s, names[i].len);
		mg_put_term(&tidy, 1, &r);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

static void
check_coefficients(int n, int k)
{
	if (n != k)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("coefficients must have one number for each element of x"),
				 errdetail("There are %d coefficients and %d elements.", n, k)));
}

/* Why these coefficients cannot be applied, or NULL. */
static const char *
cannot_combine(const WithinFit *f, const double *c)
{
	int			i;

	if (f->view.counts.n_persons == 0)
		return "no_data";
	for (i = 0; i < f->view.k; i++)
	{
		if (c[i] != 0 && f->fit.column[i] != MG_COLUMN_USED)
			return mg_column_status(f->fit.column[i]);
	}
	return NULL;
}

/* within_contrast(summary, coefficients, small_sample, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_within_contrast);

Datum
mindgap_within_contrast(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	WithinFit	f = {{0}};
	MgInference r = {0};
	WithinOptions options;
	const double *c;
	const char *problem;
	double		level;
	int			n;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	c = mg_arg_doubles(fcinfo, 1, "coefficients", &n);
	options = read_options(fcinfo, 2);
	level = mg_arg_level(fcinfo, 3);
	fit_all(mg_within_open(PG_GETARG_DATUM(0)), &options, &f);
	check_coefficients(n, f.view.k);
	problem = cannot_combine(&f, c);
	if (problem != NULL)
		mg_tidy_text(&tidy, MG_TERM_COLUMNS - 1, problem);
	else
	{
		infer_combination(&f, c, level, &r);
		mg_put_term(&tidy, 0, &r);
	}
	return mg_tidy_value(&tidy);
}

/*
 * within_test(summary, coefficients, small_sample, lonely_psu): that several contrasts,
 * the rows of a matrix, are 0 together.  F = (Rb)'(R V R')^-1 (Rb) / q on q
 * and df degrees of freedom.
 */
PG_FUNCTION_INFO_V1(mindgap_within_test);

Datum
mindgap_within_test(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	WithinFit	f = {{0}};
	WithinOptions options;
	ArrayType  *a;
	const double *c;
	const char *status = NULL;
	double	   *v;
	double	   *q;
	double		x2;
	int			rows;
	int			i;
	int			j;
	int			l;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	a = PG_GETARG_ARRAYTYPE_P(1);
	options = read_options(fcinfo, 2);
	fit_all(mg_within_open(PG_GETARG_DATUM(0)), &options, &f);
	if (ARR_NDIM(a) != 2 || array_contains_nulls(a))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("coefficients must be an array of two dimensions without NULL"),
				 errhint("Each row is a contrast, such as ARRAY[[1,0,0],[0,1,0]].")));
	rows = ARR_DIMS(a)[0];
	check_coefficients(ARR_DIMS(a)[1], f.view.k);
	c = (const double *) ARR_DATA_PTR(a);
	for (i = 0; i < rows * f.view.k; i++)
	{
		if (!isfinite(c[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("coefficients must be finite")));
	}
	for (i = 0; i < rows && status == NULL; i++)
		status = cannot_combine(&f, c + i * f.view.k);
	if (status == NULL && f.lonely)
		status = "lonely_psu";
	if (status == NULL && f.df <= 0)
		status = "no_degrees_of_freedom";
	if (status == NULL)
	{
		v = palloc0(((Size) rows * rows + 1) * sizeof(double));
		q = palloc0((rows + 1) * sizeof(double));
		for (i = 0; i < rows; i++)
		{
			const double *ci = c + i * f.view.k;
			double	   *half = palloc0((f.fit.rank + 1) * sizeof(double));

			for (j = 0; j < f.fit.rank; j++)
			{
				q[i] += ci[f.fit.used[j]] * f.fit.b[f.fit.used[j]];
				for (l = 0; l < f.fit.rank; l++)
					half[j] += ci[f.fit.used[l]] *
						f.cov[(Size) l * f.fit.rank + j];
			}
			for (l = 0; l < rows; l++)
			{
				for (j = 0; j < f.fit.rank; j++)
					v[(Size) i * rows + l] += half[j] *
						c[l * f.view.k + f.fit.used[j]];
			}
			pfree(half);
		}
		if (!mg_quadratic_form(v, q, rows, &x2))
			status = "singular_covariance";
		else
		{
			mg_tidy_double(&tidy, 0, x2 / rows);
			mg_tidy_double(&tidy, 1, rows);
			mg_tidy_double(&tidy, 2, (double) f.df);
			mg_tidy_double(&tidy, 3,
						   mg_f_upper(x2 / rows, rows, (double) f.df));
		}
	}
	mg_tidy_text(&tidy, 4, status == NULL ? "ok" : status);
	return mg_tidy_value(&tidy);
}

/* within_design(summary) */
PG_FUNCTION_INFO_V1(mindgap_within_design);

Datum
mindgap_within_design(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	WithinFit	f = {{0}};
	const MgWithinSums *c = &f.view.counts;
	MgWithin   *s;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	s = mg_within_open(PG_GETARG_DATUM(0));
	fit_point(s, &f);
	mg_tidy_int64(&tidy, 0, c->n);
	mg_tidy_int64(&tidy, 1, s->n_skipped);
	mg_tidy_int64(&tidy, 2, c->n_persons);
	mg_tidy_int64(&tidy, 3, c->n_singletons);
	mg_tidy_int64(&tidy, 4, c->n_clusters);
	mg_tidy_int64(&tidy, 5, c->n_strata);
	mg_tidy_int64(&tidy, 6, c->n_lonely);
	if (c->n_persons > 0)
	{
		mg_tidy_double(&tidy, 7, f.fit.rss);
		mg_tidy_double(&tidy, 8, 1 - f.fit.rss / f.view.total[0]);
	}
	mg_tidy_text(&tidy, 9, (s->flags & MG_WITHIN_CONDENSED) ? "condensed" :
				 "open");
	mg_tidy_int64(&tidy, 10, (int64) VARSIZE(s));
	return mg_tidy_value(&tidy);
}

PG_FUNCTION_INFO_V1(mindgap_within_condense);

Datum
mindgap_within_condense(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(mg_within_condense(mg_within_open(PG_GETARG_DATUM(0))));
}

/*-------------------------------------------------------------------------
 *
 * within_estimates.c
 *		Change within persons: estimates, contrasts, joint tests, design.
 *
 * The model and its covariance are in within_model.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

#include "change/within_model.h"

/* within_estimates(summary, names, small_sample, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_within_estimates);

Datum
mindgap_within_estimates(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgWithinFit f = {{0}};
	MgWithinOptions options;
	MgLabel    *names;
	double	   *c;
	double		level;
	int			i;

	mg_tidy_open_rows(&tidy, fcinfo);
	options = mg_arg_within_options(fcinfo, 2, PG_NARGS() - 1);
	level = mg_arg_level(fcinfo, 3);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_within_fit(mg_within_open(PG_GETARG_DATUM(0)), false, &options, &f);
	names = mg_arg_within_terms(fcinfo, 1, &f.view);
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
		mg_within_infer(&f, c, level, &r);
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

/* within_contrast(summary, coefficients, small_sample, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_within_contrast);

Datum
mindgap_within_contrast(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgWithinFit f = {{0}};
	MgInference r = {0};
	MgWithinOptions options;
	const double *c;
	const char *problem;
	double		level;
	int			n;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	c = mg_arg_doubles(fcinfo, 1, "coefficients", &n);
	options = mg_arg_within_options(fcinfo, 2, PG_NARGS() - 1);
	level = mg_arg_level(fcinfo, 3);
	mg_within_fit(mg_within_open(PG_GETARG_DATUM(0)), false, &options, &f);
	check_coefficients(n, f.view.k);
	problem = mg_within_unusable(&f, c);
	if (problem != NULL)
		mg_tidy_text(&tidy, MG_TERM_COLUMNS - 1, problem);
	else
	{
		mg_within_infer(&f, c, level, &r);
		mg_put_term(&tidy, 0, &r);
	}
	return mg_tidy_value(&tidy);
}

/*
 * within_test(summary, coefficients, small_sample, lonely_psu): that several
 * contrasts, the rows of a matrix, are 0 together.  F = (Rb)'(R V R')^-1 (Rb) / q on q
 * and df degrees of freedom.
 */
PG_FUNCTION_INFO_V1(mindgap_within_test);

Datum
mindgap_within_test(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgWithinFit f = {{0}};
	MgWithinOptions options;
	ArrayType  *a;
	const double *c;
	int			rows;
	int			i;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	a = PG_GETARG_ARRAYTYPE_P(1);
	options = mg_arg_within_options(fcinfo, 2, PG_NARGS() - 1);
	mg_within_fit(mg_within_open(PG_GETARG_DATUM(0)), false, &options, &f);
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
	mg_within_put_wald(&tidy, &f, c, rows, NULL);
	return mg_tidy_value(&tidy);
}

/* within_design(summary) */
PG_FUNCTION_INFO_V1(mindgap_within_design);

Datum
mindgap_within_design(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgWithinFit f = {{0}};
	const MgWithinSums *c = &f.view.counts;
	MgWithin   *s;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	s = mg_within_open(PG_GETARG_DATUM(0));
	mg_within_fit_point(s, false, &f);
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

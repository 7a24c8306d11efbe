/*-------------------------------------------------------------------------
 *
 * matrix.c
 *		Small dense linear algebra, by GSL.
 *
 * GSL works on palloc'ed memory through views, with its error handler off,
 * so that nothing leaks when a query is cancelled.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_vector.h>

#include "core/matrix.h"

/*
 * x' V^-1 x for a symmetric positive definite V (k x k), which is scaled to
 * a correlation matrix first.  False when V is singular: some estimates are
 * then functions of the others.
 */
bool
mg_quadratic_form(const double *v, const double *x, int k, double *result)
{
	double	   *a = palloc((Size) k * k * sizeof(double));
	double	   *y = palloc(k * sizeof(double));
	gsl_matrix_view am = gsl_matrix_view_array(a, k, k);
	gsl_vector_view yv = gsl_vector_view_array(y, k);
	gsl_error_handler_t *old;
	bool		ok = true;
	double		sum = 0;
	int			i;
	int			j;

	for (i = 0; i < k; i++)
	{
		double		vi = v[(Size) i * k + i];

		if (!(vi > 0))
			return false;
		for (j = 0; j < k; j++)
			a[(Size) i * k + j] = v[(Size) i * k + j] /
				sqrt(vi * v[(Size) j * k + j]);
		y[i] = x[i] / sqrt(vi);
	}
	old = gsl_set_error_handler_off();
	if (gsl_linalg_cholesky_decomp1(&am.matrix) != GSL_SUCCESS)
		ok = false;
	for (i = 0; ok && i < k; i++)
	{
		if (!(a[(Size) i * k + i] > 1e-7))
			ok = false;
	}
	if (ok)
	{
		/* L y = x, then y'y */
		gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, &am.matrix,
					   &yv.vector);
		for (i = 0; i < k; i++)
			sum += y[i] * y[i];
		*result = sum;
	}
	gsl_set_error_handler(old);
	pfree(a);
	pfree(y);
	return ok;
}

/*
 * Solves V X = B for a symmetric positive definite V (k x k) and m right-hand
 * sides, the columns of B (k x m, row-major), which X replaces.  V is scaled
 * to a correlation matrix first.  False when V is singular.
 */
bool
mg_spd_solve(const double *v, int k, double *b, int m)
{
	double	   *a = palloc((Size) k * k * sizeof(double));
	double	   *x = palloc(k * sizeof(double));
	double	   *scale = palloc(k * sizeof(double));
	gsl_matrix_view am = gsl_matrix_view_array(a, k, k);
	gsl_vector_view xv = gsl_vector_view_array(x, k);
	gsl_error_handler_t *old;
	bool		ok = true;
	int			i;
	int			j;

	for (i = 0; i < k; i++)
	{
		if (!(v[(Size) i * k + i] > 0))
			return false;
		scale[i] = 1 / sqrt(v[(Size) i * k + i]);
	}
	for (i = 0; i < k; i++)
	{
		for (j = 0; j < k; j++)
			a[(Size) i * k + j] = v[(Size) i * k + j] * scale[i] * scale[j];
	}
	old = gsl_set_error_handler_off();
	if (gsl_linalg_cholesky_decomp1(&am.matrix) != GSL_SUCCESS)
		ok = false;
	for (i = 0; ok && i < k; i++)
	{
		if (!(a[(Size) i * k + i] > 1e-7))
			ok = false;
	}
	for (j = 0; ok && j < m; j++)
	{
		for (i = 0; i < k; i++)
			x[i] = b[(Size) i * m + j] * scale[i];
		gsl_linalg_cholesky_svx(&am.matrix, &xv.vector);
		for (i = 0; i < k; i++)
			b[(Size) i * m + j] = x[i] * scale[i];
	}
	gsl_set_error_handler(old);
	pfree(a);
	pfree(x);
	pfree(scale);
	return ok;
}

/*-------------------------------------------------------------------------
 *
 * least_squares.c
 *		Least squares from a centred co-moment matrix.
 *
 * The matrix is that of (outcome, x1, .., xk), packed by rows.  Its x part
 * is scaled to a correlation matrix and factored by Cholesky, column after
 * column, leaving out each column that the ones before it explain: of
 * several columns that depend on each other the first ones stay, as in R's
 * lm.  The squared pivot of a column is 1 - R2 of its regression on those
 * before it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>

#include "core/compat.h"
#include "core/least_squares.h"
#include "core/moments.h"

/*
 * A column with 1 - R2 up to this is collinear.  At the limit a coefficient
 * still has about six digits.
 */
#define COLLINEAR	1e-10

/*
 * Rounding of values leaves a constant column a sum of squares of about
 * DBL_EPSILON^2 times the raw one.
 */
#define CONSTANT	(16 * DBL_EPSILON * DBL_EPSILON)

/* Element (i, j) of the x part, i >= j. */
static inline double
xx(const double *triangle, int i, int j)
{
	return triangle[mg_triangle_at(i + 1, j + 1)];
}

/*
 * Row of the Cholesky factor for column i, given those of the used columns
 * before it.  False: the column is explained by them.
 */
static bool
factor_row(const MgLeastSquares *fit, const double *triangle,
		   const double *scale, double *lower, int i)
{
	double	   *row = lower + (Size) fit->rank * fit->k;
	double		pivot = 1;
	int			r;
	int			s;

	for (r = 0; r < fit->rank; r++)
	{
		const double *other = lower + (Size) r * fit->k;
		double		sum = xx(triangle, i, fit->used[r]) * scale[i] *
			scale[fit->used[r]];

		for (s = 0; s < r; s++)
			sum -= row[s] * other[s];
		row[r] = sum / other[r];
		pivot -= row[r] * row[r];
	}
	if (!(pivot > COLLINEAR))
		return false;
	row[fit->rank] = sqrt(pivot);
	return true;
}

/*
 * "square" holds, for the outcome and each column, the raw weighted sum of
 * squares, against which a sum of squares counts as rounding.
 */
void
mg_least_squares(const double *triangle, int k, const double *square,
				 MgLeastSquares *fit)
{
	double	   *scale = palloc0((k + 1) * sizeof(double));
	double	   *z = palloc0((k + 1) * sizeof(double));
	double	   *lower;
	int			i;
	int			j;

	if ((uint64) k * k * sizeof(double) > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("x has too many elements for a regression"),
				 errdetail("There are %d.", k)));
	lower = palloc0(((Size) k * k + 1) * sizeof(double));
	fit->k = k;
	fit->rank = 0;
	fit->column = palloc0((k + 1) * sizeof(MgColumn));
	fit->used = palloc0((k + 1) * sizeof(int));
	fit->b = palloc0((k + 1) * sizeof(double));
	for (i = 0; i < k; i++)
	{
		double		c = xx(triangle, i, i);

		CHECK_FOR_INTERRUPTS();
		if (!(c > CONSTANT * square[i + 1]) || !(c > 0))
		{
			fit->column[i] = MG_COLUMN_CONSTANT;
			continue;
		}
		scale[i] = 1 / sqrt(c);
		if (factor_row(fit, triangle, scale, lower, i))
			fit->used[fit->rank++] = i;
		else
			fit->column[i] = MG_COLUMN_COLLINEAR;
	}

	/* L z = scaled xy, then L'b = z; rss = yy - z'z */
	fit->inverse = palloc0(((Size) fit->rank * fit->rank + 1) * sizeof(double));
	fit->rss = triangle[0] > CONSTANT * square[0] ? triangle[0] : 0;
	if (fit->rank > 0 && fit->rss > 0)
	{
		gsl_matrix_view l = gsl_matrix_view_array_with_tda(lower, fit->rank,
														   fit->rank, k);
		gsl_vector_view zv = gsl_vector_view_array(z, fit->rank);

		for (i = 0; i < fit->rank; i++)
			z[i] = triangle[mg_triangle_at(fit->used[i] + 1, 0)] *
				scale[fit->used[i]];
		gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, &l.matrix,
					   &zv.vector);
		for (i = 0; i < fit->rank; i++)
			fit->rss -= z[i] * z[i];
		/* What is left of a perfect fit is rounding. */
		if (fit->rss < 8 * DBL_EPSILON * triangle[0])
			fit->rss = 0;
		gsl_blas_dtrsv(CblasLower, CblasTrans, CblasNonUnit, &l.matrix,
					   &zv.vector);
		for (i = 0; i < fit->rank; i++)
			fit->b[fit->used[i]] = z[i] * scale[fit->used[i]];
	}
	if (fit->rank > 0)
	{
		gsl_matrix_view inv = gsl_matrix_view_array(fit->inverse, fit->rank,
													fit->rank);
		gsl_error_handler_t *old = gsl_set_error_handler_off();

		for (i = 0; i < fit->rank; i++)
			memcpy(fit->inverse + (Size) i * fit->rank,
				   lower + (Size) i * k, (i + 1) * sizeof(double));
		gsl_linalg_cholesky_invert(&inv.matrix);
		gsl_set_error_handler(old);
		for (i = 0; i < fit->rank; i++)
		{
			for (j = 0; j < fit->rank; j++)
				fit->inverse[(Size) i * fit->rank + j] *=
					scale[fit->used[i]] * scale[fit->used[j]];
		}
	}
	pfree(lower);
	pfree(scale);
	pfree(z);
}

/* c'V c, c over all columns and V (rank x rank) over the used ones */
double
mg_least_squares_form(const MgLeastSquares *fit, const double *v,
					  const double *c)
{
	double		sum = 0;
	int			i;
	int			j;

	for (i = 0; i < fit->rank; i++)
	{
		for (j = 0; j < fit->rank; j++)
			sum += c[fit->used[i]] * c[fit->used[j]] *
				v[(Size) i * fit->rank + j];
	}
	return sum;
}

/*-------------------------------------------------------------------------
 *
 * standardise.c
 *	  Cross-products of columns: which are constant, and the sweep of columns
 *	  out of the others.
 *
 * Sweeping the columns a out of a Gram matrix leaves its Schur complement
 *
 *		G_bb - G_ba G_aa^-1 G_ab,
 *
 * the Gram matrix of the residuals of the other columns b on a: Goodnight
 * (1979), A tutorial on the SWEEP operator, American Statistician 33,
 * 149-158, here by a Cholesky factor of G_aa.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "standardise.h"

/* A standard deviation up to this share of the mean is rounding. */
#define CONSTANT	1e-10

/*
 * A column with 1 - R2 on the columns before it up to this is collinear with
 * them: as in least_squares.c.
 */
#define COLLINEAR	1e-10

/*
 * The standard deviation of a column, divisor sum of weights, from its
 * centred sum of squares; 0 where the column is constant.
 */
double
mg_column_sd(double square, double sum_w, double mean)
{
	double		sd = sqrt(square > 0.0 ? square / sum_w : 0.0);

	return sd > CONSTANT * fabs(mean) ? sd : 0.0;
}

/*
 * Cholesky factor, k x k, of the part of G, p x p, at these columns, whose
 * diagonal is above 0.  Returns k, or the place of the first column that
 * those before it explain.
 */
int
mg_sweep_factor(const double *G, int p, const int *column, int k,
				double *lower)
{
	int			i;
	int			j;
	int			l;

	for (i = 0; i < k; i++)
	{
		const double *g = G + (size_t) column[i] * p;
		double	   *row = lower + (size_t) i * k;
		double		pivot = g[column[i]];

		for (j = 0; j < i; j++)
		{
			const double *other = lower + (size_t) j * k;
			double		sum = g[column[j]];

			for (l = 0; l < j; l++)
				sum -= row[l] * other[l];
			row[j] = sum / other[j];
			pivot -= row[j] * row[j];
		}
		if (!(pivot > COLLINEAR * g[column[i]]))
			return i;
		row[i] = sqrt(pivot);
		for (j = i + 1; j < k; j++)
			row[j] = 0.0;
	}
	return k;
}

/* b := L^-1 b; the elements of b are this far apart. */
void
mg_sweep_solve(const double *lower, int k, double *b, int stride)
{
	int			i;
	int			j;

	for (i = 0; i < k; i++)
	{
		double		sum = b[(size_t) i * stride];

		for (j = 0; j < i; j++)
			sum -= lower[(size_t) i * k + j] * b[(size_t) j * stride];
		b[(size_t) i * stride] = sum / lower[(size_t) i * k + i];
	}
}

/* b := L'^-1 b */
void
mg_sweep_solve_back(const double *lower, int k, double *b)
{
	int			i;
	int			j;

	for (i = k - 1; i >= 0; i--)
	{
		for (j = i + 1; j < k; j++)
			b[i] -= lower[(size_t) j * k + i] * b[j];
		b[i] /= lower[(size_t) i * k + i];
	}
}

/*-------------------------------------------------------------------------
 *
 * condense.c
 *		The variance between grid points, in a few directions.
 *
 * A prediction's variance between grid points is sum_g w_g ((b_g - b)'x)^2.
 * Hundreds of points have weight, but along each trust they lie on a smooth
 * curve, so that some 80 directions hold their covariance to ten digits or more.
 * Keeping those instead of the heaviest points loses nothing and makes the
 * model smaller.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

#include "miscadmin.h"

#include "prediction/gaussian.h"

#define CONDENSED		1e-22	/* of the variance, left out */

static double *
zero_array(Size n)
{
	return palloc0((n + 1) * sizeof(double));
}

/*
 * Condenses points (n x p, of given weights) about their mean into at most
 * MG_FIT_MAX_POINTS directions: a QR factorisation that takes the point
 * farthest from those before it, then the principal axes of what it found.
 */
void
mg_condense(MgFit *fit, const MgProblem *q, const double *weight,
			const double *const *beta, int n, const double *mean)
{
	enum
	{
		MOST = MG_FIT_MAX_POINTS
	};
	int			p = q->p;
	double	   *a = palloc(((Size) n * p + 1) * sizeof(double));
	double	   *length = zero_array(n);
	double	   *axis = zero_array((Size) MOST * p);
	double	   *r = zero_array((Size) MOST * n);
	double	   *m = zero_array((Size) MOST * MOST);
	double	   *vectors = zero_array((Size) MOST * MOST);
	double		value[MOST];
	double		total = 0;
	int			rank = 0;
	int			found;
	int			i;
	int			j;
	int			k;
	int			l;

	for (i = 0; i < n; i++)
	{
		for (j = 0; j < p; j++)
		{
			double		d = sqrt(weight[i]) * (beta[i][j] - mean[j]);

			a[(Size) i * p + j] = d;
			length[i] += d * d;
		}
		total += length[i];
	}
	while (rank < MOST && rank < p && total > 0)
	{
		double	   *to = axis + (Size) rank * p;
		double		left = 0;
		double		norm = 0;
		int			far = 0;

		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < n; i++)
		{
			left += length[i];
			if (length[i] > length[far])
				far = i;
		}
		if (!(left > CONDENSED * total))
			break;
		memcpy(to, a + (Size) far * p, p * sizeof(double));
		for (k = 0; k < rank; k++)
		{
			double		dot = 0;

			for (j = 0; j < p; j++)
				dot += axis[(Size) k * p + j] * to[j];
			for (j = 0; j < p; j++)
				to[j] -= dot * axis[(Size) k * p + j];
		}
		for (j = 0; j < p; j++)
			norm += to[j] * to[j];
		if (!(norm > 0))
			break;
		for (j = 0; j < p; j++)
			to[j] /= sqrt(norm);
		for (i = 0; i < n; i++)
		{
			double	   *x = a + (Size) i * p;
			double		dot = 0;

			for (j = 0; j < p; j++)
				dot += to[j] * x[j];
			length[i] = 0;
			for (j = 0; j < p; j++)
			{
				x[j] -= dot * to[j];
				length[i] += x[j] * x[j];
			}
			r[(Size) rank * n + i] = dot;
		}
		rank++;
	}

	for (k = 0; k < rank; k++)
	{
		for (l = 0; l < rank; l++)
		{
			for (i = 0; i < n; i++)
				m[k * rank + l] += r[(Size) k * n + i] * r[(Size) l * n + i];
		}
	}
	if (rank > 0)
	{
		gsl_matrix_view mv = gsl_matrix_view_array(m, rank, rank);
		gsl_matrix_view ev = gsl_matrix_view_array(vectors, rank, rank);
		gsl_vector_view vv = gsl_vector_view_array(value, rank);
		gsl_error_handler_t *old = gsl_set_error_handler_off();
		gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(rank);
		int			status = GSL_ENOMEM;

		if (work != NULL)
		{
			status = gsl_eigen_symmv(&mv.matrix, &vv.vector, &ev.matrix, work);
			gsl_eigen_symmv_free(work);
			gsl_eigen_symmv_sort(&vv.vector, &ev.matrix,
								 GSL_EIGEN_SORT_VAL_DESC);
		}
		gsl_set_error_handler(old);
		if (status != GSL_SUCCESS)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory")));
	}
	found = rank;
	while (rank > 1 && !(value[rank - 1] > CONDENSED * value[0]))
		rank--;

	fit->n_points = Max(rank, 1);
	fit->point_weight = palloc(fit->n_points * sizeof(double));
	fit->point_beta = palloc(((Size) fit->n_points * fit->p + 1) *
							 sizeof(double));
	for (k = 0; k < fit->n_points; k++)
	{
		double	   *to = fit->point_beta + (Size) k * fit->p;

		fit->point_weight[k] = 1.0 / fit->n_points;
		memcpy(to, fit->beta, fit->p * sizeof(double));
		for (j = 0; k < rank && j < p; j++)
		{
			double		d = 0;

			for (l = 0; l < found; l++)
				d += axis[(Size) l * p + j] * vectors[l * found + k];
			to[q->column[j]] += d * sqrt(Max(value[k], 0) * fit->n_points);
		}
	}
	pfree(a);
	pfree(length);
	pfree(axis);
	pfree(r);
	pfree(m);
	pfree(vectors);
}

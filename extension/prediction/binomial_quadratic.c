/*-------------------------------------------------------------------------
 *
 * binomial_quadratic.c
 *		The normal posterior that a quadratic log likelihood gives, and the
 *		posterior mode of a logistic regression by Newton's method.
 *
 * Newton works in gamma = (beta - m) / sqrt v, with the intercept profiled
 * out (Schur complement), so that B = I + D H D has no eigenvalue below 1,
 * whatever the columns are.  The log evidence is Laplace's: Tierney and
 * Kadane (1986), JASA 81, 82-86.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "prediction/binomial_fit.h"

#define MAX_STEPS		100
#define SHORTEST_STEP	1e-8
#define ARMIJO			1e-4
#define ROUNDING		1e-12	/* of a sum over rows */

/* n zeros, of which there may be more than 1 GB */
double *
mg_zeros(Size n)
{
	if (n > MaxAllocHugeSize / sizeof(double))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many numbers for this machine")));
	return (double *) MemoryContextAllocExtended(CurrentMemoryContext,
												 Max(n, 1) * sizeof(double),
												 MCXT_ALLOC_HUGE |
												 MCXT_ALLOC_ZERO);
}

MgQuadratic *
mg_quadratic_alloc(int p)
{
	MgQuadratic *q = palloc0(sizeof(MgQuadratic));

	q->p = p;
	q->beta = mg_zeros(p);
	q->score = mg_zeros(p);
	q->mean = mg_zeros(p);
	q->M = mg_zeros((Size) p * p);
	return q;
}

void
mg_quadratic_free(MgQuadratic *q)
{
	pfree(q->beta);
	pfree(q->score);
	pfree(q->mean);
	pfree(q->M);
	pfree(q);
}

/* Adds to q a quadratic of other rows at the same coefficients. */
void
mg_quadratic_add(MgQuadratic *q, const MgQuadratic *other)
{
	int			p = q->p;
	double		sum = q->sum_w + other->sum_w;
	double		between;
	int			i;
	int			j;

	q->loglik += other->loglik;
	q->score0 += other->score0;
	q->max_eta = Max(q->max_eta, other->max_eta);
	for (j = 0; j < p; j++)
		q->score[j] += other->score[j];
	if (!(other->sum_w > 0))
		return;
	between = q->sum_w * (other->sum_w / sum);
	for (i = 0; i < p; i++)
		for (j = 0; j < p; j++)
			q->M[(Size) i * p + j] += other->M[(Size) i * p + j] +
				between * (other->mean[i] - q->mean[i]) *
				(other->mean[j] - q->mean[j]);
	for (j = 0; j < p; j++)
		q->mean[j] += other->sum_w / sum * (other->mean[j] - q->mean[j]);
	q->sum_w = sum;
}

MgNormalFit *
mg_normal_fit_alloc(int p)
{
	MgNormalFit *f = palloc0(sizeof(MgNormalFit));

	f->p = p;
	f->D = mg_zeros(p);
	f->L = mg_zeros((Size) p * p);
	f->inverse = NULL;
	f->cross = mg_zeros(p);
	f->gamma = mg_zeros(p);
	f->beta = mg_zeros(p);
	return f;
}

/*
 * The posterior of (intercept, beta) where the log likelihood is q: its mode,
 * and the factor of its precision.  m may be NULL.
 *
 * The evidence is that of q with its value, hence comparable between
 * quadratics of the same rows: the integral of exp(q) over the prior.  With
 * flat_intercept the intercept has no prior but in the evidence, where its
 * density counts at the mode: x is centred, as for variances it should be.
 */
void
mg_normal_fit(MgNormalFit *f, const MgQuadratic *q, const double *v,
			  const double *m, bool flat_intercept)
{
	int			p = f->p;
	double		tau = flat_intercept ? 0 : MG_INTERCEPT_PRECISION;
	double		s = q->sum_w + tau;
	double		between = s > 0 ? q->sum_w * (tau / s) : 0;
	double		at_mean = q->intercept;
	double		h0;
	double		value;
	double	   *delta = mg_zeros(p);
	gsl_matrix_view L = gsl_matrix_view_array(f->L, p, p);
	gsl_vector_view g = gsl_vector_view_array(f->gamma, p);
	gsl_error_handler_t *old;
	int			status;
	int			i;
	int			j;

	for (j = 0; j < p; j++)
	{
		delta[j] = q->beta[j] - (m ? m[j] : 0);
		at_mean += q->mean[j] * delta[j];
		f->D[j] = sqrt(v[j]);
		f->cross[j] = f->D[j] * q->sum_w * q->mean[j];
	}
	h0 = q->score0 + q->sum_w * at_mean;

	/* the quadratic at gamma = 0, intercept = 0: value and gradient */
	value = q->loglik - q->score0 * q->intercept -
		0.5 * q->sum_w * at_mean * at_mean;
	for (i = 0; i < p; i++)
	{
		const double *Mi = q->M + (Size) i * p;
		double		c = 0;

		for (j = 0; j < p; j++)
			c += Mi[j] * delta[j];
		value -= delta[i] * (q->score[i] + 0.5 * c);
		c += q->score[i];
		if (s > 0)
			c += q->mean[i] * (between * at_mean -
							   q->sum_w / s * q->score0);
		f->gamma[i] = f->D[i] * c;
		for (j = 0; j <= i; j++)
			f->L[(Size) i * p + j] = f->D[i] * f->D[j] *
				(Mi[j] + between * q->mean[i] * q->mean[j]) + (i == j);
	}
	pfree(delta);

	old = gsl_set_error_handler_off();
	for (i = 0; i < p; i++)
		for (j = i + 1; j < p; j++)
			f->L[(Size) i * p + j] = f->L[(Size) j * p + i];
	status = gsl_linalg_cholesky_decomp1(&L.matrix);
	if (status == GSL_SUCCESS)
	{
		gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, &L.matrix,
					   &g.vector);
		f->evidence = 0;
		f->log_det = 0;
		for (i = 0; i < p; i++)
		{
			f->evidence += 0.5 * f->gamma[i] * f->gamma[i];
			f->log_det += log(f->L[(Size) i * p + i]);
		}
		gsl_blas_dtrsv(CblasLower, CblasTrans, CblasNonUnit, &L.matrix,
					   &g.vector);
	}
	gsl_set_error_handler(old);
	if (status != GSL_SUCCESS)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the prediction model's equations cannot be solved"),
				 errhint("Look for values of the predictors or weights that are out of any proportion.")));

	f->s = s;
	f->intercept = h0;
	for (j = 0; j < p; j++)
	{
		f->intercept -= f->cross[j] * f->gamma[j];
		f->beta[j] = (m ? m[j] : 0) + f->D[j] * f->gamma[j];
	}
	f->intercept = s > 0 ? f->intercept / s : q->intercept;
	f->evidence += value - f->log_det - log(MG_INTERCEPT_SD);
	if (s > 0)
		f->evidence += 0.5 * h0 * h0 / s - 0.5 * log(s);
	if (flat_intercept)
		f->evidence -= 0.5 * f->intercept * f->intercept *
			MG_INTERCEPT_PRECISION;
}

/* B^-1, full */
void
mg_normal_inverse(MgNormalFit *f)
{
	Size		size = (Size) f->p * f->p;
	gsl_matrix_view a;
	gsl_error_handler_t *old;

	if (f->inverse == NULL)
		f->inverse = mg_zeros(size);
	memcpy(f->inverse, f->L, size * sizeof(double));
	a = gsl_matrix_view_array(f->inverse, f->p, f->p);
	old = gsl_set_error_handler_off();
	gsl_linalg_cholesky_invert(&a.matrix);
	gsl_set_error_handler(old);
}

/* The log prior density of what is penalised, but for its constant. */
static double
log_prior(const MgNormalFit *f, double intercept, const double *gamma)
{
	double		sum = intercept * intercept * MG_INTERCEPT_PRECISION;
	int			j;

	for (j = 0; j < f->p; j++)
		sum += gamma[j] * gamma[j];
	return -0.5 * sum;
}

/*
 * The posterior mode for prior variances v and means m (or NULL), begun at
 * q's (intercept, beta).  On return q is a quadratic within half the
 * tolerance, in log posterior, of the mode, and f the posterior on it: one
 * Newton step closer.  A coefficient without variance stays at its mean.
 *
 * laplace: the log evidence.  False when 100 steps were not enough.
 */
bool
mg_binomial_map(MgLikelihood *like, MgQuadratic *q, MgNormalFit *f,
				const double *v, const double *m, double tolerance,
				int without_fold, double *laplace)
{
	int			p = q->p;
	double	   *gamma = mg_zeros(p);
	double	   *step = mg_zeros(p);
	double	   *beta = mg_zeros(p);
	bool		converged = false;
	int			k;
	int			j;

	for (j = 0; j < p; j++)
	{
		double		centre = m ? m[j] : 0;

		if (v[j] > 0)
			gamma[j] = (q->beta[j] - centre) / sqrt(v[j]);
		q->beta[j] = centre + sqrt(v[j]) * gamma[j];
	}
	for (k = 0; k < MAX_STEPS; k++)
	{
		double		intercept = q->intercept;
		double		value;
		double		step0;
		double		decrement;
		double		length = 1;

		CHECK_FOR_INTERRUPTS();
		like->quadratics(like, &q, 1, without_fold);
		mg_normal_fit(f, q, v, m, false);
		value = q->loglik + log_prior(f, intercept, gamma);
		step0 = f->intercept - intercept;
		decrement = (q->score0 - intercept * MG_INTERCEPT_PRECISION) * step0;
		for (j = 0; j < p; j++)
		{
			step[j] = f->gamma[j] - gamma[j];
			decrement += (f->D[j] * q->score[j] - gamma[j]) * step[j];
		}
		if (decrement < tolerance)
		{
			converged = true;
			break;
		}
		for (;;)
		{
			double		there;

			q->intercept = intercept + length * step0;
			for (j = 0; j < p; j++)
			{
				beta[j] = gamma[j] + length * step[j];
				q->beta[j] = (m ? m[j] : 0) + f->D[j] * beta[j];
			}
			there = like->log_likelihood(like, q->intercept, q->beta,
										 without_fold) +
				log_prior(f, q->intercept, beta);
			if (there >= value + ARMIJO * length * decrement -
				ROUNDING * fabs(value) || length < SHORTEST_STEP)
				break;
			length /= 2;
		}
		memcpy(gamma, beta, p * sizeof(double));
	}
	/* f is the step beyond, and its evidence counts it */
	*laplace = f->evidence;
	pfree(gamma);
	pfree(step);
	pfree(beta);
	return converged;
}

/*-------------------------------------------------------------------------
 *
 * binomial_overrule.c
 *		Models in which the data may overrule the panel in a category:
 *		v_j = tau^2 relvar_j(kappa) exp(u_c), u_c ~ N(0, omega^2).
 *
 * (logit R2, u) is found by Fisher scoring with Levenberg damping on the
 * quadratic at the posterior mode, by turns with the mode itself; the
 * evidence is Laplace's over (logit R2, u) as well.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>

#include "miscadmin.h"

#include "prediction/binomial_fit.h"

#define FIRST_R2		0.2
#define MAX_U			12.0
#define MAX_STEP		2.0
#define MAX_TURNS		40
#define ENOUGH			1e-7
#define FIRST_DAMPING	1e-3
#define LEAST_DAMPING	1e-6
#define MOST_DAMPING	1e6
#define POOR			0.25	/* a share of the gain that a step promised */
#define GOOD			0.75
#define SOME_DAMPING	0.1

/* (logit R2, u): objective, gradient and expected information */
typedef struct Point
{
	double		value;
	double	   *gradient;
	double	   *information;
} Point;

/* At kappas 0. */
MgUplift *
mg_uplift_alloc(const MgBinomialPrior *prior)
{
	MgUplift   *o = palloc0(sizeof(MgUplift));

	o->n = 1 + prior->n_categories;
	o->theta = palloc0(o->n * sizeof(double));
	o->hessian = palloc0((Size) o->n * o->n * sizeof(double));
	o->theta[0] = log(FIRST_R2 / (1 - FIRST_R2));
	o->v = palloc0(prior->p * sizeof(double));
	mg_uplift_variance(o, prior, o->v);
	return o;
}

static double
r2_of(const MgUplift *o)
{
	return 1 / (1 + exp(-o->theta[0]));
}

void
mg_uplift_variance(const MgUplift *o, const MgBinomialPrior *prior, double *v)
{
	const MgProblem *q = prior->shrunk;
	int			C = prior->n_categories;
	int			j;
	int			c;

	/* exp(theta_0) = R2 / (1 - R2) */
	mg_set_variances(prior, o->kappa, exp(o->theta[0]) *
					 MG_LOGISTIC_VARIANCE / Max(q->p, 1), v);
	for (j = 0; j < q->p; j++)
	{
		double		u = 0;

		for (c = 0; c < C; c++)
			u += q->member[(Size) j * C + c] * o->theta[1 + c];
		v[prior->place[j]] *= exp(Min(Max(u, -MAX_U), MAX_U));
	}
}

static double
log_prior(const MgUplift *o, double omega)
{
	double		r2 = r2_of(o);
	double		sum = log(r2) + log1p(-r2);
	int			c;

	for (c = 1; c < o->n; c++)
		sum -= 0.5 * o->theta[c] * o->theta[c] / (omega * omega);
	return sum;
}

/* Evaluates o's theta on q; leaves the posterior there in f, and o->v. */
static void
evaluate(MgUplift *o, const MgQuadratic *q, const MgBinomialPrior *prior,
		 MgNormalFit *f, Point *at)
{
	int			n = prior->shrunk->p;
	const int  *place = prior->place;
	int			C = prior->n_categories;
	double		omega2 = prior->overrule_sd * prior->overrule_sd;
	double		r2 = r2_of(o);
	double	   *row = palloc(o->n * sizeof(double));
	int			i;
	int			j;
	int			c;
	int			d;

	mg_uplift_variance(o, prior, o->v);
	mg_normal_fit(f, q, o->v, prior->mean, true);
	mg_normal_inverse(f);
	/* of the intercept's prior the gradient below knows nothing */
	at->value = f->evidence + log_prior(o, prior->overrule_sd) +
		0.5 * f->intercept * f->intercept * MG_INTERCEPT_PRECISION;
	memset(at->gradient, 0, o->n * sizeof(double));
	memset(at->information, 0, (Size) o->n * o->n * sizeof(double));
	for (i = 0; i < n; i++)
	{
		const double *inverse = f->inverse + (Size) place[i] * prior->p;
		const double *member = prior->shrunk->member + (Size) i * C;
		double		gamma = f->gamma[place[i]];
		double		score = 0.5 * (gamma * gamma - (1 - inverse[place[i]]));

		/* row i of (Q o Q) Z, Q = I - B^-1 */
		memset(row, 0, o->n * sizeof(double));
		for (j = 0; j < n; j++)
		{
			const double *other = prior->shrunk->member + (Size) j * C;
			double		square = (i == j) - inverse[place[j]];

			square *= square;
			row[0] += square;
			for (c = 0; c < C; c++)
				row[1 + c] += square * other[c];
		}
		at->gradient[0] += score;
		for (d = 0; d < o->n; d++)
			at->information[d] += 0.5 * row[d];
		for (c = 0; c < C; c++)
		{
			if (member[c] == 0)
				continue;
			at->gradient[1 + c] += member[c] * score;
			for (d = 0; d < o->n; d++)
				at->information[(1 + c) * o->n + d] +=
					0.5 * member[c] * row[d];
		}
	}
	at->gradient[0] += 1 - 2 * r2;
	at->information[0] += 2 * r2 * (1 - r2);
	for (c = 1; c < o->n; c++)
	{
		at->gradient[c] -= o->theta[c] / omega2;
		at->information[c * o->n + c] += 1 / omega2;
	}
	pfree(row);
}

/* step = (information + damping diag(information))^-1 gradient */
static bool
damped_step(const Point *at, double damping, int n, double *step)
{
	double	   *a = palloc((Size) n * n * sizeof(double));
	gsl_matrix_view am = gsl_matrix_view_array(a, n, n);
	gsl_vector_view x = gsl_vector_view_array(step, n);
	gsl_error_handler_t *old;
	bool		ok;
	int			i;

	memcpy(a, at->information, (Size) n * n * sizeof(double));
	memcpy(step, at->gradient, n * sizeof(double));
	for (i = 0; i < n; i++)
		a[i * n + i] *= 1 + damping;
	old = gsl_set_error_handler_off();
	ok = gsl_linalg_cholesky_decomp1(&am.matrix) == GSL_SUCCESS &&
		gsl_linalg_cholesky_svx(&am.matrix, &x.vector) == GSL_SUCCESS;
	gsl_set_error_handler(old);
	for (i = 0; i < n; i++)
		step[i] = Min(Max(step[i], -MAX_STEP), MAX_STEP);
	pfree(a);
	return ok;
}

/*
 * Moves (logit R2, u) to its mode on the quadratic q, where f is then the
 * posterior, with a flat intercept.  Returns the largest change.
 *
 * The expected information may be far below the curvature.  Undamped steps
 * then go from one side of the mode to the other and gain nothing: damping
 * follows the share of the promised gain that a step brought.
 */
double
mg_uplift_step(MgUplift *o, const MgQuadratic *q, const MgBinomialPrior *prior,
			   MgNormalFit *f)
{
	int			n = o->n;
	double	   *begin = palloc(n * sizeof(double));
	double	   *before = palloc(n * sizeof(double));
	double	   *step = palloc(n * sizeof(double));
	Point		at[2];
	int			here = 0;
	double		damping = FIRST_DAMPING;
	double		change = 0;
	bool		moved = true;
	int			k;
	int			i;

	for (i = 0; i < 2; i++)
	{
		at[i].gradient = palloc(n * sizeof(double));
		at[i].information = palloc((Size) n * n * sizeof(double));
	}
	memcpy(begin, o->theta, n * sizeof(double));
	evaluate(o, q, prior, f, &at[here]);
	for (k = 0; k < MAX_TURNS && damping < MOST_DAMPING; k++)
	{
		Point	   *next = &at[1 - here];
		double		promised = 0;
		double		gain;

		CHECK_FOR_INTERRUPTS();
		memcpy(before, o->theta, n * sizeof(double));
		moved = false;
		if (damped_step(&at[here], damping, n, step))
		{
			for (i = 0; i < n; i++)
			{
				o->theta[i] += step[i];
				promised += 0.5 * step[i] * at[here].gradient[i];
			}
			evaluate(o, q, prior, f, next);
			moved = next->value >= at[here].value - 1e-12;
		}
		if (!moved)
		{
			memcpy(o->theta, before, n * sizeof(double));
			damping *= 10;
			continue;
		}
		gain = next->value - at[here].value;
		here = 1 - here;
		if (gain < POOR * promised && promised > ENOUGH)
			damping = Max(10 * damping, SOME_DAMPING);
		else if (gain < ENOUGH)
			break;
		else if (gain > GOOD * promised)
			damping = Max(damping / 10, LEAST_DAMPING);
	}
	if (!moved)
		evaluate(o, q, prior, f, &at[here]);
	memcpy(o->hessian, at[here].information, (Size) n * n * sizeof(double));
	for (i = 0; i < n; i++)
		change = Max(change, fabs(o->theta[i] - begin[i]));
	for (i = 0; i < 2; i++)
	{
		pfree(at[i].gradient);
		pfree(at[i].information);
	}
	pfree(begin);
	pfree(before);
	pfree(step);
	return change;
}

/* The log evidence of the model, from that of its mode's variances. */
void
mg_uplift_evidence(MgUplift *o, const MgBinomialPrior *prior, double laplace)
{
	int			n = o->n;
	double	   *a = palloc((Size) n * n * sizeof(double));
	gsl_matrix_view am = gsl_matrix_view_array(a, n, n);
	gsl_error_handler_t *old;
	int			i;

	memcpy(a, o->hessian, (Size) n * n * sizeof(double));
	old = gsl_set_error_handler_off();
	gsl_linalg_cholesky_decomp1(&am.matrix);
	gsl_set_error_handler(old);
	o->evidence = laplace + log_prior(o, prior->overrule_sd) +
		0.5 * log(2 * M_PI) - (n - 1) * log(prior->overrule_sd);
	for (i = 0; i < n; i++)
		o->evidence -= log(a[i * n + i]);
	pfree(a);
}

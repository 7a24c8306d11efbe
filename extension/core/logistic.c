/*-------------------------------------------------------------------------
 *
 * logistic.c
 *		Logistic regression by maximum likelihood.
 *
 * Maximises sum w (y eta - log(1 + exp(eta))), eta = intercept + x'b, by
 * Newton's method, which for this model is iteratively reweighted least
 * squares (McCullagh and Nelder 1989, section 4.4), with the step halved
 * while the likelihood falls.  The columns are centred and scaled to unit
 * variance, so that their origin and unit do not matter.
 *
 * Columns that are constant or that the ones before them explain are left
 * out, by the rule of least squares.
 *
 * Where a combination of the columns separates the outcomes, no maximum
 * exists (Albert and Anderson 1984): the likelihood still rises to a limit
 * while the coefficients grow without end.  A likelihood that stands still is
 * therefore not enough; the linear predictors must stand still too, and a
 * step that moves no row away from its outcome is the proof of separation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "core/logistic.h"
#include "core/matrix.h"
#include "core/moments.h"

#define MAX_ITERATIONS	100
#define MAX_HALVINGS	40

/* The fit stands when no row's linear predictor moves by more than this. */
#define STILL			1e-8

/*
 * Rows that a separating step may move the wrong way, relative to the
 * largest move; looked at from this iteration on, when rows on the boundary
 * have settled.
 */
#define WRONG_WAY		1e-6
#define FIRST_LOOK		8

/* Variances of columns beyond these have no inverse, or no square. */
#define LEAST_VARIANCE	1e-290
#define LARGEST_VARIANCE	1e290

typedef struct Problem
{
	const double *x;
	const double *y;
	const double *w;			/* NULL: all 1 */
	int64		n;
	const MgLogistic *fit;
	const double *scale;		/* [rank] */
	int			p;				/* rank + 1 */
	double	   *z;				/* [p]: one row, scaled, 1 first */
} Problem;

/* What one pass over the rows finds. */
typedef struct Pass
{
	double		log_likelihood;
	double	   *gradient;		/* [p] */
	double	   *hessian;		/* p x p, of minus the log-likelihood */
	double		largest_move;	/* of a linear predictor by the last step */
	double		wrong_way;		/* largest move away from the outcome */
} Pass;

static inline double
weight_of(const double *w, int64 i)
{
	return w != NULL ? w[i] : 1;
}

/* p and 1 - p, both to full relative precision */
static inline void
probabilities(double eta, double *p, double *q)
{
	double		e = exp(-fabs(eta));

	*p = (eta >= 0 ? 1 : e) / (1 + e);
	*q = (eta >= 0 ? e : 1) / (1 + e);
}

static double
dot(const double *a, const double *b, int p)
{
	double		sum = 0;
	int			j;

	for (j = 0; j < p; j++)
		sum += a[j] * b[j];
	return sum;
}

static void
scaled_row(const Problem *problem, int64 i)
{
	const MgLogistic *fit = problem->fit;
	const double *x = problem->x + (Size) i * fit->k;
	int			j;

	problem->z[0] = 1;
	for (j = 0; j < fit->rank; j++)
		problem->z[j + 1] = (x[fit->used[j]] - fit->mean[fit->used[j]]) *
			problem->scale[j];
}

/* The likelihood and its derivatives at beta, which the step led to. */
static void
evaluate(const Problem *problem, const double *beta, const double *step,
		 Pass *pass)
{
	int			p = problem->p;
	int64		i;
	int			j;
	int			l;

	pass->log_likelihood = 0;
	pass->largest_move = pass->wrong_way = 0;
	memset(pass->gradient, 0, p * sizeof(double));
	memset(pass->hessian, 0, (Size) p * p * sizeof(double));
	for (i = 0; i < problem->n; i++)
	{
		double		w = weight_of(problem->w, i);
		double		y = problem->y[i];
		double		eta;
		double		move;
		double		wrong;
		double		up;
		double		down;
		double		residual;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (w == 0)
			continue;
		scaled_row(problem, i);
		eta = dot(beta, problem->z, p);
		move = dot(step, problem->z, p);
		wrong = y == 1 ? -move : y == 0 ? move : fabs(move);
		pass->largest_move = Max(pass->largest_move, fabs(move));
		pass->wrong_way = Max(pass->wrong_way, wrong);
		probabilities(eta, &up, &down);
		pass->log_likelihood += w * (y * eta - Max(eta, 0) -
									 log1p(exp(-fabs(eta))));
		residual = w * (y * down - (1 - y) * up);
		for (j = 0; j < p; j++)
		{
			double		h = w * up * down * problem->z[j];

			pass->gradient[j] += residual * problem->z[j];
			for (l = 0; l <= j; l++)
				pass->hessian[(Size) j * p + l] += h * problem->z[l];
		}
	}
	for (j = 0; j < p; j++)
	{
		for (l = 0; l < j; l++)
			pass->hessian[(Size) l * p + j] = pass->hessian[(Size) j * p + l];
	}
}

/*
 * Weighted means, and which columns are used with which scale; the outcome's
 * place in the triangle is not used.  NULL where a column's unit is beyond
 * what double precision can square.
 */
static double *
choose_columns(const double *x, int64 n, const double *w, MgLogistic *fit)
{
	int			k = fit->k;
	double	   *triangle;
	double	   *square = palloc0((k + 1) * sizeof(double));
	double	   *d = palloc((k + 1) * sizeof(double));
	bool	   *varies = palloc0((k + 1) * sizeof(bool));
	double	   *scale;
	double		sum_w = 0;
	MgLeastSquares columns;
	int64		i;
	int			j;
	int			l;

	if ((uint64) k * k * sizeof(double) > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("x has too many elements for a regression"),
				 errdetail("There are %d.", k)));
	triangle = palloc0(mg_triangle_at(k + 1, 0) * sizeof(double));
	for (i = 0; i < n; i++)
	{
		double		wi = weight_of(w, i);

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (wi == 0)
			continue;
		sum_w += wi;
		for (j = 0; j < k; j++)
			fit->mean[j] += (x[(Size) i * k + j] - fit->mean[j]) * (wi / sum_w);
	}
	triangle[0] = square[0] = 1;
	for (i = 0; i < n; i++)
	{
		double		wi = weight_of(w, i) / sum_w;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (wi == 0)
			continue;
		for (j = 0; j < k; j++)
		{
			d[j] = x[(Size) i * k + j] - fit->mean[j];
			varies[j] |= d[j] != 0;
			for (l = 0; l <= j; l++)
				triangle[mg_triangle_at(j + 1, l + 1)] += wi * d[j] * d[l];
		}
	}
	for (j = 0; j < k; j++)
	{
		double		variance = triangle[mg_triangle_at(j + 1, j + 1)];

		if (varies[j] &&
			!(variance >= LEAST_VARIANCE && variance <= LARGEST_VARIANCE))
			return NULL;
		square[j + 1] = fit->mean[j] * fit->mean[j];
	}
	mg_least_squares(triangle, k, square, &columns);
	fit->column = columns.column;
	fit->used = columns.used;
	fit->rank = columns.rank;
	scale = palloc((fit->rank + 1) * sizeof(double));
	for (j = 0; j < fit->rank; j++)
		scale[j] = 1 / sqrt(triangle[mg_triangle_at(fit->used[j] + 1,
													fit->used[j] + 1)]);
	pfree(columns.b);
	pfree(columns.inverse);
	pfree(triangle);
	pfree(square);
	pfree(d);
	pfree(varies);
	return scale;
}

/* The inverse of the Hessian, on the scale of the columns. */
static bool
covariance(const Problem *problem, const double *hessian, MgLogistic *fit)
{
	int			p = problem->p;
	int			i;
	int			j;

	fit->v = palloc0((Size) p * p * sizeof(double));
	for (i = 0; i < p; i++)
		fit->v[(Size) i * p + i] = 1;
	if (!mg_spd_solve(hessian, p, fit->v, p))
		return false;
	for (i = 0; i < p; i++)
	{
		for (j = 0; j < p; j++)
			fit->v[(Size) i * p + j] *=
				(i > 0 ? problem->scale[i - 1] : 1) *
				(j > 0 ? problem->scale[j - 1] : 1);
	}
	return true;
}

static MgLogisticStatus
failure(const Pass *pass, int iteration)
{
	return iteration >= FIRST_LOOK && pass->largest_move > 0.1 &&
		pass->wrong_way <= WRONG_WAY * pass->largest_move ?
		MG_LOGISTIC_SEPARATION : MG_LOGISTIC_NO_CONVERGENCE;
}

static MgLogisticStatus
newton(const Problem *problem, double *beta, MgLogistic *fit)
{
	int			p = problem->p;
	double	   *step = palloc0(p * sizeof(double));
	double	   *next = palloc(p * sizeof(double));
	Pass		now;
	Pass		then;
	int			i;
	int			j;

	now.gradient = palloc(p * sizeof(double));
	now.hessian = palloc((Size) p * p * sizeof(double));
	then.gradient = palloc(p * sizeof(double));
	then.hessian = palloc((Size) p * p * sizeof(double));
	evaluate(problem, beta, step, &now);
	for (i = 1; i <= MAX_ITERATIONS; i++)
	{
		Pass		swap;
		int			halvings = 0;

		memcpy(step, now.gradient, p * sizeof(double));
		if (!mg_spd_solve(now.hessian, p, step, 1))
			return failure(&now, i);
		for (;;)
		{
			for (j = 0; j < p; j++)
				next[j] = beta[j] + step[j];
			evaluate(problem, next, step, &then);
			if (then.log_likelihood >= now.log_likelihood -
				1e-13 * fabs(now.log_likelihood) ||
				then.largest_move <= STILL)
				break;
			if (++halvings > MAX_HALVINGS)
				return MG_LOGISTIC_NO_CONVERGENCE;
			for (j = 0; j < p; j++)
				step[j] /= 2;
		}
		memcpy(beta, next, p * sizeof(double));
		swap = now;
		now = then;
		then = swap;
		fit->iterations = i;
		fit->log_likelihood = now.log_likelihood;
		if (now.largest_move <= STILL)
			return covariance(problem, now.hessian, fit) ?
				MG_LOGISTIC_OK : MG_LOGISTIC_NO_CONVERGENCE;
		if (failure(&now, i) == MG_LOGISTIC_SEPARATION)
			return MG_LOGISTIC_SEPARATION;
	}
	return MG_LOGISTIC_NO_CONVERGENCE;
}

/*
 * x is n x k by rows, y within [0, 1], w (NULL: all 1) not negative; all
 * finite, which the caller has checked.  Rows of weight 0 do not count.
 */
void
mg_logistic(const double *x, int64 n, int k, const double *y, const double *w,
			MgLogistic *fit)
{
	Problem		problem;
	double	   *beta;
	double	   *scale;
	double		sum_w = 0;
	double		sum_wy = 0;
	double		sum_wq = 0;
	int64		i;
	int			j;

	memset(fit, 0, sizeof(MgLogistic));
	fit->k = k;
	fit->b = palloc0((k + 1) * sizeof(double));
	fit->mean = palloc0((k + 1) * sizeof(double));
	fit->column = palloc0((k + 1) * sizeof(MgColumn));
	for (i = 0; i < n; i++)
	{
		double		wi = weight_of(w, i);

		if (wi == 0)
			continue;
		fit->n++;
		sum_w += wi;
		sum_wy += wi * y[i];
		sum_wq += wi * (1 - y[i]);
	}
	fit->outcome_mean = sum_w > 0 ? sum_wy / sum_w : NAN;
	if (fit->n == 0)
	{
		fit->status = MG_LOGISTIC_NO_DATA;
		return;
	}
	if (sum_wy == 0 || sum_wq == 0)
	{
		fit->status = MG_LOGISTIC_ONE_OUTCOME;
		return;
	}
	if (!isfinite(sum_w))
	{
		fit->status = MG_LOGISTIC_NO_CONVERGENCE;
		return;
	}
	scale = choose_columns(x, n, w, fit);
	if (scale == NULL)
	{
		fit->status = MG_LOGISTIC_NO_CONVERGENCE;
		return;
	}
	problem.x = x;
	problem.y = y;
	problem.w = w;
	problem.n = n;
	problem.fit = fit;
	problem.scale = scale;
	problem.p = fit->rank + 1;
	problem.z = palloc(problem.p * sizeof(double));
	beta = palloc0(problem.p * sizeof(double));
	beta[0] = log(sum_wy / sum_wq);
	fit->status = newton(&problem, beta, fit);
	fit->at_mean = beta[0];
	for (j = 0; j < fit->rank; j++)
		fit->b[fit->used[j]] = beta[j + 1] * scale[j];
}

/*
 * The fitted probability at x.  Where all outcomes were the same it is that
 * outcome: the limit of the likelihood.
 */
double
mg_logistic_probability(const MgLogistic *fit, const double *x)
{
	double		eta = fit->at_mean;
	double		p;
	double		q;
	int			j;

	if (fit->status == MG_LOGISTIC_ONE_OUTCOME)
		return fit->outcome_mean > 0.5 ? 1 : 0;
	for (j = 0; j < fit->rank; j++)
		eta += fit->b[fit->used[j]] * (x[fit->used[j]] - fit->mean[fit->used[j]]);
	probabilities(eta, &p, &q);
	return p;
}

/* The linear predictor at x = 0, and its variance. */
double
mg_logistic_intercept(const MgLogistic *fit, double *variance)
{
	int			p = fit->rank + 1;
	double		value = fit->at_mean;
	double		sum = 0;
	int			i;
	int			j;

	for (i = 0; i < fit->rank; i++)
		value -= fit->b[fit->used[i]] * fit->mean[fit->used[i]];
	for (i = 0; i < p; i++)
	{
		for (j = 0; j < p; j++)
			sum += fit->v[(Size) i * p + j] *
				(i > 0 ? -fit->mean[fit->used[i - 1]] : 1) *
				(j > 0 ? -fit->mean[fit->used[j - 1]] : 1);
	}
	*variance = sum;
	return value;
}

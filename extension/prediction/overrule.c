/*-------------------------------------------------------------------------
 *
 * overrule.c
 *		How far the data overrule the prior in a category.
 *
 * log v_j = offset_j + sum_k Z_jk theta_k.  Fisher scoring with Levenberg's
 * damping finds the theta of the largest marginal likelihood, less a penalty:
 *
 *		score		Z' s,  s_j = d log m / d log v_j
 *		information	1/2 [Z'(Q o Q) Z - (Z'diag Q)(Z'diag Q)' / nu],
 *					Q = I - B^-1
 *
 * Overrule: theta = (logit R2, u_1, .., u_C), R2 uniform, u_c ~ N(0, omega^2),
 * a variable having its categories' u in the shares of its membership; the
 * evidence is Laplace's over (logit R2, u).  Without a penalty the same finds
 * the optimum that empirical Bayes takes (mg_fit_optimum).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

#include "miscadmin.h"

#include "core/moments.h"
#include "prediction/gaussian.h"

#define MAX_STEPS		60
#define STEP_LIMIT		2.0
#define U_LIMIT			12.0
#define LOG_TAU_LOW		(-25.0)
#define LOG_TAU_HIGH	10.0
#define KAPPA_LIMIT		8.0
#define LOG_V_LOW		(-40.0)
#define LOG_V_HIGH		15.0

/* Where the search is. */
typedef struct State
{
	MgPoint    *point;
	double		f;
	double	   *theta;
	double	   *g;
	double	   *h;				/* k x k */
} State;

/*
 * Expected information of theta at a point, k x k: each pair of variables
 * once, through their terms.
 */
void
mg_information(const MgProblem *q, const MgPoint *point,
			   const MgScoring *model, double *h)
{
	int			k = model->k;
	double	   *trace = palloc0(k * sizeof(double));
	double	   *row = palloc(k * sizeof(double));
	int			i;
	int			j;
	int			e;
	int			a;

	memset(h, 0, (Size) k * k * sizeof(double));
	for (i = 0; i < q->p; i++)
	{
		const double *b = point->inverse + mg_triangle_at(i, 0);
		double		qii = 1 - b[i];

		if (i % 64 == 0)
			CHECK_FOR_INTERRUPTS();
		memset(row, 0, k * sizeof(double));
		for (j = 0; j < i; j++)
		{
			double		square = b[j] * b[j];

			for (e = model->start[j]; e < model->start[j + 1]; e++)
				row[model->term[e]] += model->share[e] * square;
		}
		for (e = model->start[i]; e < model->start[i + 1]; e++)
		{
			int			to = model->term[e];
			double		share = model->share[e];
			int			o;

			trace[to] += share * qii;
			for (a = 0; a < k; a++)
			{
				h[to * k + a] += share * row[a];
				h[a * k + to] += share * row[a];
			}
			for (o = model->start[i]; o < model->start[i + 1]; o++)
				h[to * k + model->term[o]] += share * model->share[o] *
					qii * qii;
		}
	}
	for (i = 0; i < k; i++)
	{
		for (j = 0; j < k; j++)
			h[i * k + j] = (h[i * k + j] - trace[i] * trace[j] / q->nu) / 2;
	}
	pfree(trace);
	pfree(row);
}

/* log v at theta; the shares of u are clipped as a whole */
static void
variances(const MgProblem *q, const MgScoring *model, const double *theta,
		  double *v)
{
	int			j;
	int			e;

	for (j = 0; j < q->p; j++)
	{
		double		x = model->offset[j];
		double		u = 0;

		for (e = model->start[j]; e < model->start[j + 1]; e++)
		{
			if (model->omega > 0 && model->term[e] > 0)
				u += model->share[e] * theta[model->term[e]];
			else
				x += model->share[e] * theta[model->term[e]];
		}
		if (model->omega > 0)
			v[j] = exp(x + Min(Max(u, -U_LIMIT), U_LIMIT));
		else
			v[j] = exp(Min(Max(x, LOG_V_LOW), LOG_V_HIGH));
	}
}

static State *
evaluate(const MgProblem *q, const MgScoring *model, const double *theta)
{
	State	   *s = palloc0(sizeof(State));
	int			k = model->k;
	double	   *v = palloc((q->p + 1) * sizeof(double));
	int			j;
	int			e;

	s->theta = palloc(k * sizeof(double));
	s->g = palloc0(k * sizeof(double));
	s->h = palloc((Size) k * k * sizeof(double));
	memcpy(s->theta, theta, k * sizeof(double));
	variances(q, model, theta, v);
	s->point = mg_point(q, v);
	s->f = s->point->log_ml;
	mg_point_scores(q, s->point, v);
	for (j = 0; j < q->p; j++)
	{
		for (e = model->start[j]; e < model->start[j + 1]; e++)
			s->g[model->term[e]] += model->share[e] * v[j];
	}
	mg_information(q, s->point, model, s->h);
	if (model->omega > 0)
	{
		double		precision = 1 / (model->omega * model->omega);
		double		r2 = 1 / (1 + exp(-theta[0]));
		double		rest = 1 / (1 + exp(theta[0]));

		s->f += log(r2) + log(rest);
		s->g[0] += 1 - 2 * r2;
		s->h[0] += 2 * r2 * rest;
		for (j = 1; j < k; j++)
		{
			s->f -= theta[j] * theta[j] * precision / 2 +
				log(model->omega) + log(2 * M_PI) / 2;
			s->g[j] -= theta[j] * precision;
			s->h[j * k + j] += precision;
		}
	}
	pfree(v);
	return s;
}

static void
state_free(State *s)
{
	mg_point_free(s->point);
	pfree(s->theta);
	pfree(s->g);
	pfree(s->h);
	pfree(s);
}

/*
 * (H + damping diag H)^-1 g by LU, or log |H| alone where x is NULL.  A term
 * that no variable bears on has no curvature: it stays where it is.
 */
static double
solve_information(const State *s, int k, double damping, double *x)
{
	double	   *a = palloc(k * k * sizeof(double));
	size_t	   *order = palloc(k * sizeof(size_t));
	gsl_matrix_view view = gsl_matrix_view_array(a, k, k);
	gsl_permutation permutation;
	gsl_error_handler_t *old;
	int			sign;
	double		log_det = 0;
	int			i;

	memcpy(a, s->h, k * k * sizeof(double));
	for (i = 0; i < k; i++)
	{
		a[i * k + i] *= 1 + damping;
		if (a[i * k + i] == 0)
			a[i * k + i] = 1;
	}
	permutation.size = k;
	permutation.data = order;
	old = gsl_set_error_handler_off();
	gsl_linalg_LU_decomp(&view.matrix, &permutation, &sign);
	if (x != NULL)
	{
		gsl_vector_const_view g = gsl_vector_const_view_array(s->g, k);
		gsl_vector_view to = gsl_vector_view_array(x, k);

		if (gsl_linalg_LU_solve(&view.matrix, &permutation, &g.vector,
								&to.vector) != GSL_SUCCESS)
			memset(x, 0, k * sizeof(double));
	}
	else
		log_det = gsl_linalg_LU_lndet(&view.matrix);
	gsl_set_error_handler(old);
	pfree(a);
	pfree(order);
	return log_det;
}

/* The bounds of log tau^2 and of kappas, where there is no penalty. */
static double
bounded(double x, int j)
{
	return j == 0 ? Min(Max(x, LOG_TAU_LOW), LOG_TAU_HIGH) :
		Min(Max(x, -KAPPA_LIMIT), KAPPA_LIMIT);
}

/*
 * Terms at a bound that would go beyond it stay there, and the others move
 * as if these were given.
 */
static void
hold_at_bounds(State *s, int k)
{
	int			i;
	int			j;

	for (j = 0; j < k; j++)
	{
		double		sign = s->g[j] < 0 ? -1 : 1;

		if (bounded(s->theta[j] + sign, j) != s->theta[j])
			continue;
		s->g[j] = 0;
		for (i = 0; i < k; i++)
			s->h[i * k + j] = s->h[j * k + i] = 0;
		s->h[j * k + j] = 1;
	}
}

/*
 * The optimum from theta, which changes.  log_evidence, where not NULL:
 * Laplace's, over theta.
 */
MgPoint *
mg_scoring(const MgProblem *q, const MgScoring *model, double *theta,
		   double *log_evidence, bool *converged)
{
	int			k = model->k;
	State	   *s = evaluate(q, model, theta);
	double	   *step = palloc(k * sizeof(double));
	double		damping = 1e-3;
	MgPoint    *point;
	int			n;
	int			j;

	*converged = false;
	for (n = 0; n < MAX_STEPS && damping < 1e6; n++)
	{
		double		largest = 0;
		State	   *next;

		CHECK_FOR_INTERRUPTS();
		solve_information(s, k, damping, step);
		for (j = 0; j < k; j++)
		{
			step[j] = Min(Max(step[j], -STEP_LIMIT), STEP_LIMIT);
			step[j] += s->theta[j];
			if (model->omega <= 0)
				step[j] = bounded(step[j], j);
		}
		next = evaluate(q, model, step);
		if (model->omega <= 0)
			hold_at_bounds(next, k);
		if (next->f >= s->f - 1e-12 * Max(1, fabs(s->f)))
		{
			double		gain = next->f - s->f;

			largest = 0;
			for (j = 0; j < k; j++)
				largest = Max(largest, fabs(next->g[j]));
			state_free(s);
			s = next;
			damping = Max(damping / 10, 1e-6);
			if (gain < 1e-6 && largest < model->tolerance)
			{
				*converged = true;
				break;
			}
		}
		else
		{
			state_free(next);
			damping *= 10;
		}
	}
	memcpy(theta, s->theta, k * sizeof(double));
	if (log_evidence != NULL)
		*log_evidence = s->f + k / 2.0 * log(2 * M_PI) -
			solve_information(s, k, 0, NULL) / 2;
	point = s->point;
	s->point = NULL;
	state_free(s);
	pfree(step);
	return point;
}

/*
 * The overrule model at given kappas (NULL: 0): u of every category, R2, and
 * the log evidence.  A category of no variable keeps u = 0 and costs nothing.
 * The search starts from 0 and R2 = 1/2.
 */
MgPoint *
mg_overrule(const MgProblem *q, const double *kappa, double omega, double *u,
			double *r2, double *log_evidence, bool *converged)
{
	int			C = q->n_categories;
	double	   *offset = palloc((q->p + 1) * sizeof(double));
	int		   *start = palloc((q->p + 1) * sizeof(int));
	int		   *term = palloc(((Size) q->p * (C + 1) + 1) * sizeof(int));
	double	   *share = palloc(((Size) q->p * (C + 1) + 1) * sizeof(double));
	double	   *theta = palloc0((C + 1) * sizeof(double));
	int		   *used = palloc0((C + 1) * sizeof(int));
	MgScoring	model = {0};
	MgPoint    *point;
	int			n = 0;
	int			j;
	int			c;

	model.k = 1;
	for (c = 0; c < C; c++)
	{
		for (j = 0; j < q->p && q->member[(Size) j * C + c] == 0; j++)
			;
		if (j < q->p)
			used[c] = model.k++;
	}
	mg_relative_variance(q, kappa, offset);
	for (j = 0; j < q->p; j++)
	{
		/* theta_0 is logit R2, the log of R2 / (1 - R2) */
		offset[j] = log(offset[j] / q->p);
		start[j] = n;
		term[n] = 0;
		share[n++] = 1;
		for (c = 0; c < C; c++)
		{
			if (q->member[(Size) j * C + c] != 0)
			{
				term[n] = used[c];
				share[n++] = q->member[(Size) j * C + c];
			}
		}
	}
	start[q->p] = n;
	model.offset = offset;
	model.start = start;
	model.term = term;
	model.share = share;
	model.omega = omega;
	model.tolerance = 1e-3;
	point = mg_scoring(q, &model, theta, log_evidence, converged);
	*r2 = 1 / (1 + exp(-theta[0]));
	for (c = 0; c < C; c++)
		u[c] = used[c] > 0 ? theta[used[c]] : 0;
	pfree(offset);
	pfree(start);
	pfree(term);
	pfree(share);
	pfree(theta);
	pfree(used);
	return point;
}

/* Empirical Bayes: alpha_0 = log tau^2 and a kappa a panel, 0 to begin with. */
MgPoint *
mg_optimum(const MgProblem *q, double *alpha, bool *converged)
{
	int			k = 1 + q->n_panels;
	int		   *start = palloc((q->p + 1) * sizeof(int));
	int		   *term = palloc(((Size) q->p * k + 1) * sizeof(int));
	double	   *share = palloc(((Size) q->p * k + 1) * sizeof(double));
	MgScoring	model = {0};
	MgPoint    *point;
	int			j;
	int			m;

	for (j = 0; j < q->p; j++)
	{
		start[j] = j * k;
		for (m = 0; m < k; m++)
		{
			term[j * k + m] = m;
			share[j * k + m] = m == 0 ? 1 : q->z[(Size) (m - 1) * q->p + j];
		}
	}
	start[q->p] = q->p * k;
	memset(alpha, 0, k * sizeof(double));
	alpha[0] = -log(Max(q->p, 1));
	model.k = k;
	model.offset = q->budget;
	model.start = start;
	model.term = term;
	model.share = share;
	model.tolerance = 1e-7;
	point = mg_scoring(q, &model, alpha, NULL, converged);
	pfree(start);
	pfree(term);
	pfree(share);
	return point;
}

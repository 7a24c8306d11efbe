/*-------------------------------------------------------------------------
 *
 * binomial_models.c
 *		The models that a yes/no prediction averages over.
 *
 * Over passes, all models move together: a pass yields a quadratic at the
 * coefficients of each, on which its hyperparameters are solved for, and so
 * its next coefficients (penalised quasi-likelihood: Breslow and Clayton
 * 1993, JASA 88, 9-25).  The fixed point of a model with overrule is the
 * posterior mode at the variances that are best on the quadratic there.
 *
 * With rows in memory every grid point has a posterior mode and a Laplace
 * evidence of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "prediction/binomial_fit.h"

#define MAX_PASSES			30
#define PASS_TOLERANCE		1e-4	/* of a coefficient */
#define FIXED_PASS_TOLERANCE 1e-6	/* nothing else moves: one pass more */
#define GRID_TOLERANCE		1e-11	/* twice the log posterior still to gain */
#define OVERRULE_TOLERANCE	1e-11
#define FIXED_TOLERANCE		1e-11
#define MAX_OVERRULE_TURNS	15
#define THETA_TOLERANCE		1e-3
#define LOST				1.0 /* log likelihood a coefficient, that a step
								 * may lose */
#define SWING				0.3

/* flat: with coefficients of the flat prior alone, to compare with. */
MgBinomialModels *
mg_models_alloc(const MgBinomialPrior *prior, bool flat)
{
	MgBinomialModels *m = palloc0(sizeof(MgBinomialModels));
	bool		panel = prior->n_panels > 0 && prior->fixed_variance == NULL;
	bool		overrule = prior->overrule && prior->n_categories > 0 &&
		prior->shrunk->p > 0 && prior->fixed_variance == NULL;
	int			i;

	m->grid = mg_hyper_alloc(prior, true);
	m->flat = mg_hyper_alloc(prior, true);
	mg_hyper_kappa(m->flat, NULL);
	m->best = mg_normal_fit_alloc(prior->p);
	m->active[MG_VECTOR_AVERAGE] = true;
	m->active[MG_VECTOR_FLAT] = flat && panel;
	m->active[MG_VECTOR_FLAT_OVERRULE] = overrule;
	m->active[MG_VECTOR_PANEL_OVERRULE] = overrule && panel;
	for (i = 0; i < MG_VECTORS; i++)
	{
		if (!m->active[i])
			continue;
		m->q[i] = mg_quadratic_alloc(prior->p);
		m->beta[i] = mg_zeros(prior->p);
		m->step[i] = mg_zeros(1 + prior->p);
		if (i >= MG_VECTOR_FLAT_OVERRULE)
		{
			m->f[i] = mg_normal_fit_alloc(prior->p);
			m->overrule[i] = mg_uplift_alloc(prior);
		}
	}
	m->converged = true;
	return m;
}

/* The kappas of the panel with overrule: the most probable of the grid. */
static void
set_panel_kappa(MgBinomialModels *m)
{
	const MgHyperGrid *g = m->grid;

	memcpy(m->overrule[MG_VECTOR_PANEL_OVERRULE]->kappa,
		   g->kappa + g->best_panel * g->n_panels,
		   g->n_panels * sizeof(double));
}

/* The intercept to begin with. */
static double
first_intercept(const MgGram *gram)
{
	double		mean = (gram->n * gram->y_mean + 0.5) / (gram->n + 1);

	mean = Min(Max(mean, 1e-6), 1 - 1e-6);
	return log(mean / (1 - mean));
}

/*
 * Quadratics to begin with: those of all coefficients zero, which the Gram
 * of (x, y) gives exactly, or none but coefficients from another fit.
 */
void
mg_models_start(MgBinomialModels *m, const MgGram *gram,
				const MgBinomialPrior *prior, const MgBinomialModels *from)
{
	const int  *column = prior->problem->column;
	int			i;
	int			j;
	int			k;

	for (i = 0; i < MG_VECTORS; i++)
	{
		MgQuadratic *q = m->q[i];
		int			source = from && from->active[i] ? i : MG_VECTOR_AVERAGE;
		double		mean;

		if (!m->active[i])
			continue;
		if (from)
		{
			q->intercept = from->intercept[source];
			memcpy(q->beta, from->beta[source], q->p * sizeof(double));
			if (m->overrule[i] && from->overrule[i])
			{
				memcpy(m->overrule[i]->kappa, from->overrule[i]->kappa,
					   sizeof(m->overrule[i]->kappa));
				memcpy(m->overrule[i]->theta, from->overrule[i]->theta,
					   m->overrule[i]->n * sizeof(double));
			}
			continue;
		}
		q->intercept = first_intercept(gram);
		mean = 1 / (1 + exp(-q->intercept));
		q->loglik = gram->n * (gram->y_mean * log(mean) +
							   (1 - gram->y_mean) * log1p(-mean));
		q->score0 = gram->n * (gram->y_mean - mean);
		q->sum_w = gram->n * mean * (1 - mean);
		for (j = 0; j < q->p; j++)
		{
			Size		row = (Size) column[j] * gram->p;

			q->score[j] = gram->c[column[j]];
			for (k = 0; k < q->p; k++)
				q->M[(Size) j * q->p + k] = gram->G[row + column[k]] *
					mean * (1 - mean);
		}
	}
}

/*
 * Solves each model on its quadratic; returns the largest change of a
 * coefficient from where the quadratic is.
 */
double
mg_models_solve(MgBinomialModels *m, const MgBinomialPrior *prior)
{
	double		change = 0;
	int			i;
	int			j;

	for (i = 0; i < MG_VECTORS; i++)
	{
		MgQuadratic *q = m->q[i];

		if (!m->active[i])
			continue;
		if (i < MG_VECTOR_FLAT_OVERRULE)
		{
			MgHyperGrid *g = i == MG_VECTOR_FLAT ? m->flat : m->grid;

			mg_hyper_on_quadratic(g, q, prior);
			mg_hyper_average(g, prior->p, &m->intercept[i], m->beta[i]);
		}
		else
		{
			if (i == MG_VECTOR_PANEL_OVERRULE)
				set_panel_kappa(m);
			(void) mg_uplift_step(m->overrule[i], q, prior, m->f[i]);
			mg_normal_fit(m->f[i], q, m->overrule[i]->v, prior->mean, false);
			m->intercept[i] = m->f[i]->intercept;
			memcpy(m->beta[i], m->f[i]->beta, prior->p * sizeof(double));
		}
		m->change[i] = fabs(m->intercept[i] - q->intercept);
		for (j = 0; j < prior->p; j++)
			m->change[i] = Max(m->change[i],
							   fabs(m->beta[i][j] - q->beta[j]));
		change = Max(change, m->change[i]);
	}
	return change;
}

/*
 * One pass: the quadratics at the coefficients that the models arrived at,
 * or of "only" these.
 */
static void
one_pass(MgBinomialModels *m, MgLikelihood *like, int without_fold,
		 const bool *only)
{
	MgQuadratic *batch[MG_VECTORS];
	int			n = 0;
	int			i;

	CHECK_FOR_INTERRUPTS();
	for (i = 0; i < MG_VECTORS; i++)
		if (only[i])
			batch[n++] = m->q[i];
	like->quadratics(like, batch, n, without_fold);
	m->passes++;
}

/*
 * Moves q to where its model arrived.  Where the outcome is nearly separated,
 * variances and coefficients swing about their fixed point; a step against
 * the one before is shortened to where the two, as a geometric series, lead
 * (Aitken's method).
 */
static void
take_step(MgBinomialModels *m, int i)
{
	MgQuadratic *q = m->q[i];
	double	   *step = m->step[i];
	double		move = m->intercept[i] - q->intercept;
	double		dot = move * step[0];
	double		square = step[0] * step[0];
	double		share = 1;
	int			j;

	for (j = 0; j < q->p; j++)
	{
		dot += (m->beta[i][j] - q->beta[j]) * step[1 + j];
		square += step[1 + j] * step[1 + j];
	}
	if (-dot > SWING * square)
		share = 1 / (1 + Min(-dot / square, 1));
	step[0] = share * move;
	q->intercept += step[0];
	for (j = 0; j < q->p; j++)
	{
		step[1 + j] = share * (m->beta[i][j] - q->beta[j]);
		q->beta[j] += step[1 + j];
	}
}

/*
 * A pass at the coefficients that the models arrived at, for those that have
 * not converged.  Newton's step for a logistic regression can overshoot: one
 * that lost more likelihood than other variances explain is taken back by
 * half.
 */
static void
advance(MgBinomialModels *m, MgLikelihood *like, int without_fold,
		double tolerance)
{
	int			p = m->q[MG_VECTOR_AVERAGE]->p;
	double	   *from[MG_VECTORS] = {NULL};
	double		from_intercept[MG_VECTORS] = {0};
	double		from_loglik[MG_VECTORS] = {0};
	bool		moved[MG_VECTORS];
	bool		retry[MG_VECTORS];
	bool		any = true;
	int			i;
	int			j;

	for (i = 0; i < MG_VECTORS; i++)
	{
		MgQuadratic *q = m->q[i];

		moved[i] = m->active[i] && m->change[i] >= tolerance;
		if (!moved[i])
			continue;
		from[i] = palloc(p * sizeof(double));
		memcpy(from[i], q->beta, p * sizeof(double));
		from_intercept[i] = q->intercept;
		from_loglik[i] = q->loglik;
		take_step(m, i);
	}
	one_pass(m, like, without_fold, moved);
	while (any && m->passes < MAX_PASSES)
	{
		any = false;
		for (i = 0; i < MG_VECTORS; i++)
		{
			MgQuadratic *q = m->q[i];

			retry[i] = moved[i] &&
				q->loglik < from_loglik[i] - LOST * (1 + p);
			if (!retry[i])
				continue;
			any = true;
			q->intercept = (q->intercept + from_intercept[i]) / 2;
			for (j = 0; j < p; j++)
				q->beta[j] = (q->beta[j] + from[i][j]) / 2;
		}
		if (any)
			one_pass(m, like, without_fold, retry);
	}
	for (i = 0; i < MG_VECTORS; i++)
		if (moved[i])
			pfree(from[i]);
}

/*
 * Passes until no coefficient moves by 1e-4.  Begins with quadratics, or,
 * where these are empty, with a pass at their coefficients.
 */
void
mg_models_iterate(MgBinomialModels *m, MgLikelihood *like,
				  const MgBinomialPrior *prior, int without_fold)
{
	double		tolerance = prior->fixed_variance ? FIXED_PASS_TOLERANCE :
		PASS_TOLERANCE;

	if (!(m->q[MG_VECTOR_AVERAGE]->sum_w > 0))
		one_pass(m, like, without_fold, m->active);
	m->converged = false;
	for (;;)
	{
		if (mg_models_solve(m, prior) < tolerance)
		{
			m->converged = true;
			break;
		}
		if (m->passes >= MAX_PASSES)
			break;
		advance(m, like, without_fold, tolerance);
	}
	mg_models_weigh(m, prior);
}

/*
 * Weights of the four models: prior 1/2 on overruling, times that of flat in
 * the grid, which is 1/2 for one panel.
 */
void
mg_models_weigh(MgBinomialModels *m, const MgBinomialPrior *prior)
{
	double		flat = m->grid->kappa_prior[0];
	double		log_weight[MG_MODEL_KINDS];
	double		top = -INFINITY;
	double		sum = 0;
	int			i;

	for (i = 0; i < MG_MODEL_KINDS; i++)
		m->log_evidence[i] = -INFINITY;
	m->log_evidence[MG_MODEL_FLAT] = m->grid->flat;
	m->log_evidence[MG_MODEL_PANEL] = m->grid->panel;
	for (i = MG_VECTOR_FLAT_OVERRULE; i < MG_VECTORS; i++)
	{
		if (!m->active[i])
			continue;
		mg_uplift_evidence(m->overrule[i], prior, m->f[i]->evidence);
		m->log_evidence[MG_MODEL_FLAT_OVERRULE + i - MG_VECTOR_FLAT_OVERRULE] =
			m->overrule[i]->evidence;
	}
	for (i = 0; i < MG_MODEL_KINDS; i++)
	{
		bool		is_flat = i == MG_MODEL_FLAT ||
			i == MG_MODEL_FLAT_OVERRULE;

		log_weight[i] = m->log_evidence[i] + log(is_flat ? flat : 1 - flat);
		top = Max(top, log_weight[i]);
	}
	for (i = 0; i < MG_MODEL_KINDS; i++)
		sum += exp(log_weight[i] - top);
	for (i = 0; i < MG_MODEL_KINDS; i++)
		m->weight[i] = exp(log_weight[i] - top) / sum;
}

/* The coefficients of all models, averaged. */
void
mg_models_average(const MgBinomialModels *m, int p, double *intercept,
				  double *beta)
{
	double		share[MG_VECTORS] = {0};
	int			i;
	int			j;

	share[MG_VECTOR_AVERAGE] = m->weight[MG_MODEL_FLAT] +
		m->weight[MG_MODEL_PANEL];
	share[MG_VECTOR_FLAT_OVERRULE] = m->weight[MG_MODEL_FLAT_OVERRULE];
	share[MG_VECTOR_PANEL_OVERRULE] = m->weight[MG_MODEL_PANEL_OVERRULE];
	*intercept = 0;
	memset(beta, 0, p * sizeof(double));
	for (i = 0; i < MG_VECTORS; i++)
	{
		if (!m->active[i])
			continue;
		*intercept += share[i] * m->intercept[i];
		for (j = 0; j < p; j++)
			beta[j] += share[i] * m->beta[i][j];
	}
}

/* Of the first n vectors of kappas the one nearest to these; how far. */
static int
nearest_kappa(const MgHyperGrid *g, int n, const double *kappa,
			  double *distance)
{
	int			best = -1;
	int			i;
	int			k;

	for (i = 0; i < n; i++)
	{
		double		d = 0;

		for (k = 0; k < g->n_panels; k++)
			d += fabs(g->kappa[i * g->n_panels + k] - kappa[k]);
		if (best < 0 || d < *distance)
		{
			best = i;
			*distance = d;
		}
	}
	return best;
}

/*
 * The posterior mode and Laplace evidence of every grid point, begun at that
 * of the same R squared and the nearest trust that is known, or at the one
 * before; start: the intercept to begin with.  edf (or NULL): effective
 * parameters at the best R squared of each vector of kappas, columns that are
 * always in not counted.  Kappas that "known" (or NULL) has are copied from
 * there.
 */
void
mg_hyper_exact(MgHyperGrid *g, MgLikelihood *like, const MgBinomialPrior *prior,
			   int without_fold, double start, double *edf,
			   const MgHyperGrid *known)
{
	int			p = prior->p;
	MgQuadratic *q = mg_quadratic_alloc(p);
	MgNormalFit *f = mg_normal_fit_alloc(p);
	double	   *v = palloc(p * sizeof(double));
	int			k;
	int			r;
	int			j;

	for (k = 0; k < g->n_kappa; k++)
	{
		const MgHyperGrid *near = k > 0 && g->beta ? g : known;
		const double *kappa = g->kappa + k * g->n_panels;
		double		distance = HUGE_VAL;
		int			row = -1;
		int			same = -1;
		int			best = 0;

		if (near)
			row = nearest_kappa(near, near == known ? known->n_kappa : k,
								kappa, &distance);
		if (near && near == known && distance == 0)
			same = row;
		q->intercept = start;
		memset(q->beta, 0, p * sizeof(double));
		for (r = 0; r < g->n_r2; r++)
		{
			int			at = k * g->n_r2 + r;

			if (same >= 0)
				g->evidence[at] = known->evidence[same * g->n_r2 + r];
			else
			{
				mg_hyper_variance(g, prior, at, v);
				if (near)
				{
					Size		from = (Size) row * g->n_r2 + r;

					q->intercept = near->intercept[from];
					memcpy(q->beta, near->beta + from * p, p * sizeof(double));
				}
				(void) mg_binomial_map(like, q, f, v, prior->mean,
									   prior->fixed_variance ?
									   FIXED_TOLERANCE : GRID_TOLERANCE,
									   without_fold,
									   &g->evidence[at]);
				g->intercept[at] = f->intercept;
				if (g->beta)
					memcpy(g->beta + (Size) at * p, f->beta,
						   p * sizeof(double));
			}
			if (g->evidence[at] + log(g->r2_prior[r]) >
				g->evidence[k * g->n_r2 + best] + log(g->r2_prior[best]))
				best = r;
		}
		if (edf)
		{
			double		evidence;

			mg_hyper_variance(g, prior, k * g->n_r2 + best, v);
			if (same >= 0)
			{
				Size		at = same * g->n_r2 + best;

				q->intercept = known->intercept[at];
				memcpy(q->beta, known->beta + at * p, p * sizeof(double));
			}
			(void) mg_binomial_map(like, q, f, v, prior->mean, GRID_TOLERANCE,
								   without_fold, &evidence);
			mg_normal_inverse(f);
			edf[k] = 0;
			for (j = 0; j < prior->shrunk->p; j++)
				edf[k] += 1 - f->inverse[(Size) prior->place[j] * (p + 1)];
		}
	}
	mg_hyper_weigh(g);
	mg_quadratic_free(q);
	pfree(f->L);
	if (f->inverse)
		pfree(f->inverse);
	pfree(v);
}

/* By turns: the mode at the variances, the best variances there. */
static void
overrule_exact(MgBinomialModels *m, int i, MgLikelihood *like,
			   const MgBinomialPrior *prior, int without_fold, double start)
{
	MgUplift   *o = m->overrule[i];
	MgQuadratic *q = m->q[i];
	double		laplace;
	bool		converged = false;
	int			turn;

	q->intercept = start;
	memset(q->beta, 0, prior->p * sizeof(double));
	for (turn = 0; turn < MAX_OVERRULE_TURNS && !converged; turn++)
	{
		mg_uplift_variance(o, prior, o->v);
		(void) mg_binomial_map(like, q, m->f[i], o->v, prior->mean,
							   OVERRULE_TOLERANCE, without_fold, &laplace);
		converged = mg_uplift_step(o, q, prior, m->f[i]) < THETA_TOLERANCE;
	}
	mg_uplift_variance(o, prior, o->v);
	if (!mg_binomial_map(like, q, m->f[i], o->v, prior->mean,
						 OVERRULE_TOLERANCE, without_fold, &laplace) || !converged)
		m->converged = false;
	m->intercept[i] = m->f[i]->intercept;
	memcpy(m->beta[i], m->f[i]->beta, prior->p * sizeof(double));
}

/* The coefficients of kappa = 0, from the whole grid. */
static void
flat_of_grid(MgBinomialModels *m, int p)
{
	const MgHyperGrid *g = m->grid;
	double	   *beta = m->beta[MG_VECTOR_FLAT];
	double		intercept = 0;
	int			i;
	int			j;

	memset(beta, 0, p * sizeof(double));
	for (i = 0; i < g->n_r2; i++)
	{
		double		share = exp(g->evidence[i] + log(g->r2_prior[i]) - g->flat);

		intercept += share * g->intercept[i];
		for (j = 0; j < p; j++)
			beta[j] += share * g->beta[(Size) i * p + j];
	}
	m->intercept[MG_VECTOR_FLAT] = intercept;
}

/* All models, exact to Laplace's approximation; without a fold, or -1. */
void
mg_models_exact(MgBinomialModels *m, MgLikelihood *like,
				const MgBinomialPrior *prior, int without_fold)
{
	/* mg_models_start left it there */
	double		start = m->q[MG_VECTOR_AVERAGE]->intercept;
	MgQuadratic *q = m->q[MG_VECTOR_AVERAGE];
	int			i;

	mg_hyper_exact(m->grid, like, prior, without_fold, start, NULL, NULL);
	mg_hyper_average(m->grid, prior->p, &m->intercept[MG_VECTOR_AVERAGE],
					 m->beta[MG_VECTOR_AVERAGE]);
	q->intercept = m->intercept[MG_VECTOR_AVERAGE];
	memcpy(q->beta, m->beta[MG_VECTOR_AVERAGE], prior->p * sizeof(double));
	like->quadratics(like, &q, 1, without_fold);
	if (m->active[MG_VECTOR_FLAT])
		flat_of_grid(m, prior->p);
	for (i = MG_VECTOR_FLAT_OVERRULE; i < MG_VECTORS; i++)
	{
		if (!m->active[i])
			continue;
		if (i == MG_VECTOR_PANEL_OVERRULE)
			set_panel_kappa(m);
		overrule_exact(m, i, like, prior, without_fold, start);
	}
	mg_models_weigh(m, prior);
}

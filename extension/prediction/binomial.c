/*-------------------------------------------------------------------------
 *
 * binomial.c
 *		Prior-weighted prediction of a yes/no outcome: the two ways to fit it,
 *		and cross-validation.
 *
 * Cross-validation learns the hyperparameters anew without each fold.  With
 * few rows in memory it fits the others just as it fits all of them; with more
 * it takes the grid's evidence from the quadratic of the other folds, at
 * coefficients that it iterates to convergence; over passes it takes one
 * Newton step from the fit of all rows, on that quadratic, and one more pass
 * scores.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "prediction/binomial_fit.h"

/* Of rows times squared columns, to be fitted once a fold: about a second. */
#define MOST_EXACT_FOLDS	2e6

/* Which columns are shrunk, and the problem of those. */
static void
set_shrunk(MgBinomialPrior *b, const MgGram *gram, const MgPrior *prior)
{
	MgGram		part = *gram;
	int			n = 0;
	int			j;

	b->place = palloc(b->p * sizeof(int));
	b->always = palloc(b->p * sizeof(int));
	b->shrunk = b->problem;
	part.dropped = palloc(gram->p * sizeof(bool));
	memcpy(part.dropped, gram->dropped, gram->p * sizeof(bool));
	for (j = 0; j < b->p; j++)
	{
		int			column = b->problem->column[j];

		if (prior->always && prior->always[column] && !gram->dropped[column])
		{
			part.dropped[column] = true;
			b->always[b->n_always++] = j;
		}
		else
			b->place[n++] = j;
	}
	if (b->n_always > 0)
		b->shrunk = mg_problem(&part, prior);
	for (j = 0; j < b->n_always; j++)
		b->mean[b->always[j]] = 0;
}

/* The prior over the columns of the Gram that vary. */
MgBinomialPrior *
mg_binomial_prior(const MgGram *gram, const MgPrior *prior)
{
	MgBinomialPrior *b = palloc0(sizeof(MgBinomialPrior));
	MgProblem  *q;
	int			j;

	if (gram->p < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a prediction model needs a variable")));
	if (!(gram->n > 2))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("too few rows for a prediction model"),
				 errdetail("The rows count as %.3g after weights and design effect; more than 2 are needed.",
						   gram->n)));
	q = mg_problem(gram, prior);
	if (q->p == 0)
	{
		MgGram		one = *gram;
		bool		kept = false;

		one.p = 1;
		one.dropped = &kept;
		q = mg_problem(&one, prior);
	}
	b->p = q->p;
	b->problem = q;
	b->n_categories = prior->n_categories;
	b->n_panels = prior->n_panels;
	b->mean = q->mean;
	b->overrule_sd = prior->overrule_sd;
	b->overrule = prior->overrule;
	if (prior->fixed_variance)
	{
		b->fixed_variance = palloc(q->p * sizeof(double));
		for (j = 0; j < q->p; j++)
			b->fixed_variance[j] = prior->fixed_variance[q->column[j]];
	}
	set_shrunk(b, gram, prior);
	for (j = 0; b->fixed_variance && j < b->n_always; j++)
		b->fixed_variance[b->always[j]] = MG_ALWAYS_SD * MG_ALWAYS_SD;
	return b;
}

/*
 * The coefficients that a fold is scored by, from models fitted without it:
 * the average, the flat prior, each kappa of the sensitivity.
 */
static void
fold_coefficients(const MgBinomialModels *t, const MgBinomialPrior *prior, int fold,
				  int n_folds, int n_vectors, double *coef)
{
	int			p = prior->p;
	Size		stride = (Size) n_folds * (1 + p);
	double	   *b = coef + (Size) fold * (1 + p);
	MgHyperGrid *g;
	int			flat = t->active[MG_VECTOR_FLAT] ? MG_VECTOR_FLAT :
		MG_VECTOR_AVERAGE;
	int			i;

	mg_models_average(t, p, &b[0], b + 1);
	b += stride;
	b[0] = t->intercept[flat];
	memcpy(b + 1, t->beta[flat], p * sizeof(double));
	if (n_vectors <= MG_SCORE_BINNED)
		return;
	g = mg_hyper_alloc(prior, true);
	for (i = 0; i < n_vectors - MG_SCORE_BINNED; i++)
	{
		b += stride;
		mg_hyper_sensitivity(g, i, 1);
		mg_hyper_on_quadratic(g, t->q[MG_VECTOR_AVERAGE], prior);
		mg_hyper_average(g, p, &b[0], b + 1);
	}
}

/* Quadratics of all folds but one, at the coefficients of the whole. */
static void
merge_others(MgBinomialModels *t, MgQuadratic **q, int k, int n_folds,
			 int without_fold)
{
	int			i;
	int			f;
	int			n = 0;

	for (i = 0; i < MG_VECTORS; i++)
	{
		if (!t->active[i])
			continue;
		for (f = 0; f < n_folds; f++)
			if (f != without_fold)
				mg_quadratic_add(t->q[i], q[f * k + n]);
		n++;
	}
}

/* All quadratics, one for each fold and active vector, by one pass. */
static MgQuadratic **
fold_pass(const MgBinomialModels *m, MgLikelihood *like, int *k)
{
	MgQuadratic **q;
	int			i;
	int			f;
	int			n = 0;

	*k = 0;
	for (i = 0; i < MG_VECTORS; i++)
		*k += m->active[i];
	q = palloc(like->n_folds * *k * sizeof(MgQuadratic *));
	for (f = 0; f < like->n_folds; f++)
	{
		for (i = 0; i < MG_VECTORS; i++)
		{
			if (!m->active[i])
				continue;
			q[n] = mg_quadratic_alloc(like->p);
			q[n]->intercept = m->intercept[i];
			memcpy(q[n++]->beta, m->beta[i], like->p * sizeof(double));
		}
	}
	like->fold_quadratics(like, q, *k);
	return q;
}

/* exact: see mg_models_exact */
static void
cross_validate(MgFit *fit, const MgBinomialModels *m, MgLikelihood *like,
			   const MgGram *gram, const MgBinomialPrior *prior, bool exact)
{
	int			n_folds = like->n_folds;
	int			n_vectors = MG_SCORE_BINNED + fit->n_sensitivity;
	double	   *coef;
	MgScores   *scores;
	MgQuadratic **q = NULL;
	int			k = 0;
	int			used = 0;
	int			f;
	int			i;

	if (n_folds < 2)
		return;
	coef = mg_zeros((Size) n_vectors * n_folds * (1 + prior->p));
	scores = mg_scores_alloc(n_folds, n_vectors);
	if (like->fold_quadratics)
		q = fold_pass(m, like, &k);
	for (f = 0; f < n_folds; f++)
	{
		MemoryContext work = AllocSetContextCreate(CurrentMemoryContext,
												   "fold", ALLOCSET_DEFAULT_SIZES);
		MemoryContext old = MemoryContextSwitchTo(work);
		MgBinomialModels *t = mg_models_alloc(prior, true);

		mg_models_start(t, gram, prior, m);
		if (q)
		{
			merge_others(t, q, k, n_folds, f);
			(void) mg_models_solve(t, prior);
			mg_models_weigh(t, prior);
		}
		else if (exact)
			mg_models_exact(t, like, prior, f);
		else
			mg_models_iterate(t, like, prior, f);
		fold_coefficients(t, prior, f, n_folds, n_vectors, coef);
		MemoryContextSwitchTo(old);
		MemoryContextDelete(work);
	}
	like->score(like, coef, scores);
	for (f = 0; f < n_folds; f++)
		used += scores->sum_w[f] > 0;
	if (used < 2)
		return;
	fit->cross_validated = true;
	fit->overrule_validated = m->active[MG_VECTOR_FLAT_OVERRULE];
	mg_scores_quality(scores, 0, &fit->quality);
	mg_scores_quality(scores, 1, &fit->quality_flat);
	for (i = 0; i < fit->n_sensitivity; i++)
	{
		MgQuality	quality;

		mg_scores_quality(scores, MG_SCORE_BINNED + i, &quality);
		fit->sensitivity[i].cv_loss = quality.loss;
	}
}

/* From rows in memory, which mg_rows_finish has finished. */
MgFit *
mg_fit_binomial_rows(MgBinomialRows *rows, const MgGram *gram,
					 const MgBinomialPrior *prior)
{
	MgBinomialModels *m;
	MgQuadratic *q;
	double	   *v;
	double		evidence;
	MgFit	   *fit;

	m = mg_models_alloc(prior, true);
	mg_models_start(m, gram, prior, NULL);
	mg_models_exact(m, &rows->like, prior, -1);

	/* the posterior at the best grid point */
	q = mg_quadratic_alloc(prior->p);
	v = palloc(prior->p * sizeof(double));
	q->intercept = m->grid->intercept[m->grid->best];
	memcpy(q->beta, m->grid->beta + (Size) m->grid->best * prior->p,
		   prior->p * sizeof(double));
	mg_hyper_variance(m->grid, prior, m->grid->best, v);
	if (!mg_binomial_map(&rows->like, q, m->best, v, prior->mean, 1e-10, -1,
						 &evidence))
		m->converged = false;
	mg_normal_inverse(m->best);
	m->passes = 1;
	fit = mg_binomial_report(m, &rows->like, gram, gram->p, prior);
	cross_validate(fit, m, &rows->like, gram, prior,
				   ((double) rows->n + prior->p) * prior->p * prior->p <=
				   MOST_EXACT_FOLDS);
	return fit;
}

/* From passes over the rows. */
MgFit *
mg_fit_binomial_passes(MgLikelihood *like, const MgGram *gram,
					   const MgBinomialPrior *prior)
{
	MgBinomialModels *m;
	double	   *v;
	MgFit	   *fit;

	m = mg_models_alloc(prior, false);
	mg_models_start(m, gram, prior, NULL);
	mg_models_iterate(m, like, prior, -1);
	v = palloc(prior->p * sizeof(double));
	mg_hyper_variance(m->grid, prior, m->grid->best, v);
	mg_normal_fit(m->best, m->q[MG_VECTOR_AVERAGE], v, prior->mean, false);
	mg_normal_inverse(m->best);
	fit = mg_binomial_report(m, NULL, gram, gram->p, prior);
	if (like->n_folds > 1)
	{
		if (m->grid->n_kappa > 1)
		{
			/* the flat prior's coefficients too, on the quadratic at hand */
			m->active[MG_VECTOR_FLAT] = true;
			m->beta[MG_VECTOR_FLAT] = mg_zeros(prior->p);
			mg_hyper_on_quadratic(m->flat, m->q[MG_VECTOR_AVERAGE], prior);
			mg_hyper_average(m->flat, prior->p, &m->intercept[MG_VECTOR_FLAT],
							 m->beta[MG_VECTOR_FLAT]);
		}
		cross_validate(fit, m, like, gram, prior, false);
		fit->passes += 2;
	}
	/* the one that made the Gram */
	fit->passes++;
	return fit;
}

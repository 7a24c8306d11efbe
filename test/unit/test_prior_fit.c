/*-------------------------------------------------------------------------
 *
 * test_prior_fit.c
 *	  The gaussian family of prior-weighted prediction against numpy, and the
 *	  linear algebra under it against its own definition.
 *
 *-------------------------------------------------------------------------
 */
#include "tap.h"				/* before the server's own printf */

#include "postgres.h"

#include <math.h>
#include <setjmp.h>

#include "core/moments.h"
#include "core/packed_inverse.h"
#include "prediction/gaussian.h"
#include "utils/memutils.h"

#include "prior_fit_numbers.h"
#include "server.h"

#define N		40
#define P		6
#define FOLDS	4

/* ---- the data ---- */

static double x_of[N][P];
static double y_of[N];

static void
make_rows(void)
{
	int			i;

	for (i = 0; i < N; i++)
	{
		double	   *x = x_of[i];

		x[0] = i * 13 % 17;
		x[1] = (i * 29 % 23) / 7.0;
		x[2] = i % 5;
		x[3] = i * i % 19 - 0.5 * x[1];
		x[4] = sin(i);
		x[5] = x[0] + x[2];
		y_of[i] = i * 37 % 11 + 0.8 * x[0] - 1.5 * x[2] + cos(3.0 * i);
	}
}

/* Moments of all rows but those of a fold, or of one; two passes. */
static MgPredictionMoments *
moments_of(int without, int only)
{
	MgPredictionMoments *m = palloc0(sizeof(MgPredictionMoments));
	int			pass;
	int			i;
	int			j;
	int			k;

	m->p = P;
	m->mean = palloc0((P + 1) * sizeof(double));
	m->M = palloc0((P + 1) * (P + 1) * sizeof(double));
	for (pass = 0; pass < 2; pass++)
	{
		for (i = 0; i < N; i++)
		{
			if (i % FOLDS == without || (only >= 0 && i % FOLDS != only))
				continue;
			m->n += pass;
			for (j = 0; j <= P; j++)
			{
				double		xj = j < P ? x_of[i][j] : y_of[i];

				if (pass == 0)
					m->mean[j] += xj;
				for (k = 0; pass == 1 && k <= P; k++)
					m->M[j * (P + 1) + k] += (xj - m->mean[j]) *
						((k < P ? x_of[i][k] : y_of[i]) - m->mean[k]);
			}
			if (pass == 0)
				m->sum_w += 1;
		}
		for (j = 0; pass == 0 && j <= P; j++)
			m->mean[j] /= m->sum_w;
	}
	m->sum_w2 = m->sum_w;
	return m;
}

static MgGram *
gram_of(int without)
{
	MgPredictionMoments *m = moments_of(without, -1);
	MgGram	   *g = palloc0(sizeof(MgGram));
	int			i;
	int			j;

	g->p = P;
	g->n = g->sum_w = m->sum_w;
	g->rows = m->n;
	g->mean = m->mean;
	g->y_mean = m->mean[P];
	g->yy = m->M[P * (P + 1) + P];
	g->G = palloc0(P * P * sizeof(double));
	g->c = palloc0(P * sizeof(double));
	g->sd = palloc0(P * sizeof(double));
	g->dropped = palloc0(P * sizeof(bool));
	for (i = 0; i < P; i++)
		g->sd[i] = sqrt(m->M[i * (P + 1) + i] / m->sum_w);
	for (i = 0; i < P; i++)
	{
		g->c[i] = m->M[i * (P + 1) + P] / g->sd[i];
		for (j = 0; j < P; j++)
			g->G[i * P + j] = m->M[i * (P + 1) + j] / g->sd[i] / g->sd[j];
	}
	return g;
}

static MgGram *
train(void *arg, int fold)
{
	return gram_of(fold);
}

static MgPredictionMoments *
held(void *arg, int fold)
{
	return moments_of(-1, fold);
}

static MgPrior
prior_of(int n_panels)
{
	static double member[] = {1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1,
	0, 0, 1};
	static double importance[] = {.5, -.1, -.4, -.3, .6, -.3};
	MgPrior		prior = {0};

	prior.p = P;
	prior.n_categories = 3;
	prior.n_panels = n_panels;
	prior.member = member;
	prior.importance = importance;
	prior.overrule_sd = 2;
	return prior;
}

/* ---- comparisons ---- */

static double
farthest(const double *got, const double *wanted, int n)
{
	double		worst = 0;
	int			i;

	for (i = 0; i < n; i++)
	{
		double		d = fabs(got[i] - wanted[i]) /
		fmax(1, fabs(wanted[i]));

		worst = d <= worst ? worst : d;
	}
	return worst;
}

#define ALL_CLOSE(got, wanted, tolerance, name) \
	is_close(farthest(got, wanted, sizeof(wanted) / sizeof(double)), 0, \
			 tolerance, name)

static bool
refused(const MgGram *g, const MgPrior *prior)
{
	if (sigsetjmp(on_error, 0) == 0)
	{
		mg_fit_gaussian(g, prior);
		return false;
	}
	return true;
}

static void
test_grid(void)
{
	MgPrior		prior = prior_of(1);
	MgFit	   *fit = mg_fit_gaussian(gram_of(-1), &prior);
	MgFolds		folds = {FOLDS, train, held, NULL, NULL, false, false};
	double		dials[6];
	double		quality[5];

	ALL_CLOSE(fit->beta, grid_beta, 1e-10, "coefficients over the grid");
	ALL_CLOSE(fit->std_dev, grid_std_dev, 1e-10, "standard deviations");
	ALL_CLOSE(fit->prior_share, grid_share, 1e-10, "share of the prior");
	ALL_CLOSE(fit->kappa_log_evidence, grid_evidence, 1e-12,
			  "log evidence of every trust");
	dials[0] = fit->trust[0];
	dials[1] = fit->kappa_mean[0];
	dials[2] = fit->kappa_hat[0];
	dials[3] = fit->r2_mean;
	dials[4] = fit->r2_hat;
	dials[5] = fit->log_bayes_factor;
	ALL_CLOSE(dials, grid_dials, 1e-10, "trust, R squared, Bayes factor");
	ALL_CLOSE(fit->conflict_low, conflict_low, 1e-10, "conflict, low");
	ALL_CLOSE(fit->conflict_high, conflict_high, 1e-10, "conflict, high");
	ALL_CLOSE(fit->conflict_score, conflict_score, 1e-10, "conflict, score");
	ALL_CLOSE(fit->leave_out, leave, 1e-10, "a category left out");

	mg_cross_validate(fit, &prior, &folds);
	quality[0] = fit->quality.loss;
	quality[1] = fit->quality.r2;
	quality[2] = fit->quality.slope;
	quality[3] = fit->quality.intercept;
	quality[4] = fit->quality.in_the_large;
	ALL_CLOSE(quality, cv, 1e-10, "cross-validation");
	ALL_CLOSE(fit->quality.fold_loss, cv_fold, 1e-10, "loss by fold");
	ok(fit->cross_validated && !fit->overrule_validated,
	   "cross-validation says what it counted");
	is_close(fit->sensitivity[0].cv_loss, fit->quality_flat.loss, 1e-12,
			 "sensitivity at 0 is flat");
}

static void
test_overrule(void)
{
	MgPrior		prior = prior_of(1);
	MgFolds		folds = {FOLDS, train, held, NULL, NULL, true, false};
	MgFit	   *fit;

	prior.overrule = true;
	fit = mg_fit_gaussian(gram_of(-1), &prior);
	ALL_CLOSE(fit->model_weight, four_weights, 1e-6, "weights of four models");
	ALL_CLOSE(fit->beta, four_beta, 1e-6, "coefficients of four models");
	is_close(fmax(farthest(fit->overrule_flat, four_u, 3),
				  farthest(fit->overrule_panel, four_u + 3, 3)), 0, 1e-6,
			 "how far categories are overruled");
	ok(fit->converged, "the search converged");
	mg_cross_validate(fit, &prior, &folds);
	is_close(fit->quality.loss, cv_overrule[0], 1e-4,
			 "cross-validation with overruling: loss");
	is_close(fit->quality.slope, cv_overrule[1], 1e-5,
			 "cross-validation with overruling: slope");
	ok(fit->overrule_validated, "and it says so");
}

static void
test_other_priors(void)
{
	MgPrior		prior = prior_of(1);
	MgPrior		two = prior_of(2);
	MgFit	   *fit = mg_fit_optimum(gram_of(-1), &prior);
	double		found[4];

	found[0] = fit->optimum[0];
	found[1] = fit->optimum[1];
	found[2] = fit->log_evidence[MG_MODEL_FLAT];
	ALL_CLOSE(found, optimum, 1e-5, "the most probable prior");

	fit = mg_fit_gaussian(gram_of(-1), &two);
	ok(fit->n_kappa == 100, "two panels: all combinations");
	found[0] = fit->trust[0];
	found[1] = fit->trust[1];
	found[2] = fit->kappa_mean[0];
	found[3] = fit->kappa_mean[1];
	ALL_CLOSE(found, two_trust, 1e-10, "two panels: trust in each");
	ALL_CLOSE(&fit->log_bayes_factor, two_bf, 1e-10,
			  "two panels: Bayes factor");
}

static void
test_failures(void)
{
	MgPrior		prior = prior_of(1);
	MgGram	   *g = gram_of(-1);
	MgGram	   *without = gram_of(-1);
	MgFit	   *fit;
	MgFit	   *fewer;
	double		worst = 0;
	int			j;

	/* a column of zeros that is dropped, or that keeps a prior */
	for (j = 0; j < P; j++)
		without->G[4 * P + j] = without->G[j * P + 4] = 0;
	without->c[4] = 0;
	without->dropped[4] = true;
	fit = mg_fit_gaussian(without, &prior);
	ok(fit->beta[4] == 0 && fit->std_dev[4] == 0 && fit->scale[4] == 0 &&
	   isnan(fit->prior_share[4]), "a dropped column has no effect");
	prior.fixed_variance = palloc0(P * sizeof(double));
	for (j = 0; j < P; j++)
		prior.fixed_variance[j] = 0.1 + 0.1 * j;
	fit = mg_fit_gaussian(without, &prior);
	without->dropped[4] = false;
	fewer = mg_fit_gaussian(without, &prior);
	is_close(farthest(fit->beta, fewer->beta, P), 0, 1e-13,
			 "nor would it have one with a prior");

	/* the same column twice, and a million times the rows */
	for (j = 0; j < P; j++)
		prior.fixed_variance[j] = 0.2;
	for (j = 0; j < P; j++)
		g->G[5 * P + j] = g->G[j * P + 5] = g->G[j * P];
	g->G[5 * P + 5] = g->G[0];
	g->c[5] = g->c[0];
	fit = mg_fit_gaussian(g, &prior);
	is_close(fit->beta[0], fit->beta[5], 1e-12, "duplicates share equally");
	for (j = 0; j < P * P; j++)
		g->G[j] *= 1e6;
	for (j = 0; j < P; j++)
		g->c[j] *= 1e6;
	g->yy *= 1e6;
	g->n *= 1e6;
	fit = mg_fit_gaussian(g, &prior);
	is_close(fit->beta[0], fit->beta[5], 1e-8, "also among 40 million rows");
	for (j = 0; j < P; j++)
	{
		/* (G + diag(1 / v)) beta = c */
		double		left = fit->beta[j] / 0.2 - g->c[j];
		int			k;

		for (k = 0; k < P; k++)
			left += g->G[j * P + k] * fit->beta[k];
		worst = fmax(worst, fabs(left / g->c[j]));
	}
	is_close(worst, 0, 1e-13, "whose equations are solved");

	prior.fixed_variance = NULL;
	g->c[2] = sqrt(g->G[2 * P + 2] * g->yy);
	ok(refused(g, &prior), "an outcome that is one of the variables");
	g = gram_of(-1);
	for (j = 0; j < P; j++)
		g->c[j] = g->G[j * P] + 2 * g->G[j * P + 3];
	g->yy = g->c[0] + 2 * g->c[3];
	ok(refused(g, &prior), "an outcome that is a sum of variables");
	g = gram_of(-1);
	for (j = 0; j < P; j++)
		g->dropped[j] = true;
	memset(g->G, 0, P * P * sizeof(double));
	memset(g->c, 0, P * sizeof(double));
	prior.overrule = true;
	fit = mg_fit_gaussian(g, &prior);
	ok(fit->beta[0] == 0 && fit->n_points == 1 && fabs(fit->s2 - g->yy / (N - 1)) < 1e-12,
	   "nothing but constants: the mean");
	g = gram_of(-1);
	g->n = 2;
	ok(refused(g, &prior), "two rows");
	g = gram_of(-1);
	g->yy = 0;
	ok(refused(g, &prior), "an outcome that does not vary");
}

/* Random symmetric matrices of several orders: I + A A'/p, inverted. */
static void
test_linear_algebra(void)
{
	static const int orders[] = {1, 2, 7, 8, 63, 64, 65, 130, 200};
	double		worst_inverse = 0;
	double		worst_det = 0;
	double		worst_solve = 0;
	unsigned	state = 1;
	int			o;

	for (o = 0; o < (int) lengthof(orders); o++)
	{
		int			p = orders[o];
		MgProblem	q = {0};
		double	   *v = palloc(p * sizeof(double));
		double	   *G = palloc0((Size) p * p * sizeof(double));
		double	   *a = palloc(p * sizeof(double));
		double	   *beta = palloc(p * sizeof(double));
		double	   *packed = palloc(mg_triangle_length(p) * sizeof(double));
		double		t = 0.7;
		MgSpectrum *s = mg_spectrum_create(p);
		double		inverse_det;
		double		log_det;
		double		quadratic;
		double		edf;
		int			r;
		int			i;
		int			j;
		int			k;

		q.p = p;
		q.G = G;
		q.c = palloc(p * sizeof(double));
		for (r = 0; r < p + 3; r++)
		{
			for (i = 0; i < p; i++)
			{
				state = state * 1664525u + 1013904223u;
				a[i] = (state >> 8) / 16777216.0 - 0.5;
			}
			for (i = 0; i < p; i++)
				for (j = 0; j < p; j++)
					G[(Size) i * p + j] += a[i] * a[j];
		}
		for (i = 0; i < p; i++)
		{
			v[i] = 0.5 + i % 3;
			q.c[i] = a[i];
			for (j = 0; j <= i; j++)
				packed[mg_triangle_at(i, j)] = -(i == j) -
					t * sqrt(v[i] * (0.5 + j % 3)) * G[(Size) i * p + j];
		}
		mg_packed_inverse(packed, p, &inverse_det);
		mg_spectrum_set(s, &q, v);
		mg_spectrum_at(s, t, &log_det, &quadratic, &edf);
		mg_spectrum_solve(s, &t, 1, beta);
		worst_det = fmax(worst_det, fabs(log_det - inverse_det) /
						 fmax(1, fabs(inverse_det)));
		for (i = 0; i < p; i++)
		{
			/* (diag(1 / (t v)) + G) beta = c */
			double		left = beta[i] / (t * v[i]) - q.c[i];

			for (j = 0; j < p; j++)
			{
				double		sum = -(i == j);

				left += G[(Size) i * p + j] * beta[j];
				for (k = 0; k < p; k++)
					sum += ((i == k) + t * sqrt(v[i] * v[k]) *
							G[(Size) i * p + k]) *
						packed[k >= j ? mg_triangle_at(k, j) :
							   mg_triangle_at(j, k)];
				worst_inverse = fmax(worst_inverse, fabs(sum));
			}
			worst_solve = fmax(worst_solve, fabs(left));
			edf -= 1 - packed[mg_triangle_at(i, i)];
			quadratic -= beta[i] * q.c[i];
		}
		worst_det = fmax(worst_det, fmax(fabs(edf), fabs(quadratic)));
	}
	is_close(worst_inverse, 0, 1e-12, "a matrix times its inverse");
	is_close(worst_det, 0, 1e-11,
			 "determinant, quadratic form and trace, two ways");
	is_close(worst_solve, 0, 1e-12, "coefficients solve their equations");
}

int
main(void)
{
	make_rows();
	test_grid();
	test_overrule();
	test_other_priors();
	test_failures();
	test_linear_algebra();
	return done_testing();
}

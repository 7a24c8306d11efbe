/*-------------------------------------------------------------------------
 *
 * test_binomial_fit.c
 *	  The binomial family of prior-weighted prediction against numpy, and the
 *	  grid on one quadratic against a fit of each of its points.
 *
 *-------------------------------------------------------------------------
 */
#include "tap.h"				/* before the server's own printf */

#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "prediction/binomial_fit.h"

#include "binomial_fit_numbers.h"
#include "server.h"

#define N		60
#define P		5
#define ALWAYS	1				/* the column that may be always in */

/* rows that are alike are found by it */
uint32
hash_bytes(const unsigned char *k, int keylen)
{
	uint32		h = 2166136261u;

	while (keylen-- > 0)
		h = (h ^ *k++) * 16777619u;
	return h;
}

/* ---- the data ---- */

static double x_of[N][P];		/* standardised */
static double y_of[N];
static double w_of[N];
static double scale;			/* of weights, to effective rows */
static MgGram gram;

static void
make_rows(void)
{
	static double G[P * P];
	static double c[P];
	static double mean[P];
	static double sd[P];
	static bool dropped[P];
	double		square = 0;
	int			i;
	int			j;
	int			k;

	for (i = 0; i < N; i++)
	{
		double	   *x = x_of[i];

		x[0] = i * 13 % 17;
		x[1] = (i * 29 % 23) / 7.0;
		x[2] = i % 5;
		x[3] = i * i % 19 - 0.5 * x[1];
		x[4] = sin(i);
		y_of[i] = i * 37 % 11 + 0.8 * x[0] - 1.5 * x[2] + cos(3.0 * i) > 8;
		w_of[i] = 1 + i % 3;
		gram.sum_w += w_of[i];
		square += w_of[i] * w_of[i];
		gram.y_mean += w_of[i] * y_of[i];
		for (j = 0; j < P; j++)
			mean[j] += w_of[i] * x[j];
	}
	gram.y_mean /= gram.sum_w;
	gram.n = gram.sum_w * gram.sum_w / square;
	scale = gram.n / gram.sum_w;
	for (j = 0; j < P; j++)
	{
		mean[j] /= gram.sum_w;
		for (i = 0; i < N; i++)
			sd[j] += w_of[i] * (x_of[i][j] - mean[j]) * (x_of[i][j] - mean[j]);
		sd[j] = sqrt(sd[j] / gram.sum_w);
		for (i = 0; i < N; i++)
			x_of[i][j] = (x_of[i][j] - mean[j]) / sd[j];
	}
	for (i = 0; i < N; i++)
	{
		for (j = 0; j < P; j++)
		{
			c[j] += scale * w_of[i] * x_of[i][j] * (y_of[i] - gram.y_mean);
			for (k = 0; k < P; k++)
				G[j * P + k] += scale * w_of[i] * x_of[i][j] * x_of[i][k];
		}
	}
	gram.p = P;
	gram.rows = N;
	gram.G = G;
	gram.c = c;
	gram.mean = mean;
	gram.sd = sd;
	gram.dropped = dropped;
}

/* Rows in memory; each of them "copies" times with its share of the weight. */
static MgBinomialRows *
rows_of(int copies)
{
	MgBinomialRows *rows = mg_rows_alloc(P, 1, N);
	int			i;

	for (i = 0; i < N * copies; i++)
		mg_rows_add(rows, x_of[i % N], y_of[i % N] == 1,
					w_of[i % N] / copies, 0);
	mg_rows_finish(rows, scale);
	return rows;
}

static MgPrior
prior_of(int n_panels, bool always)
{
	static double member[] = {1, 0, 0, 1, 0, 0, 0, 1, 0, 0, .5, .5, 0, 0, 1};
	static double importance[] = {.5, -.1, -.4, -.3, .6, -.3,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	static const bool always_in[P] = {[ALWAYS] = true};
	MgPrior		prior = {0};

	prior.p = P;
	prior.n_categories = 3;
	prior.n_panels = n_panels;
	prior.member = member;
	prior.importance = importance;
	prior.overrule_sd = 2;
	prior.overrule = true;
	prior.always = always ? always_in : NULL;
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

#define ALL_CLOSE(got, wanted, tolerance, ...) \
	is_close(farthest(got, wanted, sizeof(wanted) / sizeof(double)), 0, \
			 tolerance, __VA_ARGS__)

/* intercept and coefficients, one after the other */
static double *
mode_of(double intercept, const double *beta)
{
	double	   *mode = palloc((1 + P) * sizeof(double));

	mode[0] = intercept;
	memcpy(mode + 1, beta, P * sizeof(double));
	return mode;
}

static void
test_mode(void)
{
	static const double v[P] = {.5, .1, 1, 2, .05};
	static const double m[P] = {.2, 0, -.3, 0, .1};
	MgBinomialRows *rows = rows_of(1);
	MgQuadratic *q = mg_quadratic_alloc(P);
	MgNormalFit *f = mg_normal_fit_alloc(P);
	double		share[P];
	double		evidence;
	double		twice;
	int			j;

	ok(mg_binomial_map(&rows->like, q, f, v, m, 1e-14, -1, &evidence),
	   "Newton's method converges");
	ALL_CLOSE(mode_of(f->intercept, f->beta), given_mode, 1e-10,
			  "mode at given variances and means");
	ALL_CLOSE(&evidence, given_evidence, 1e-12, "its Laplace evidence");
	mg_normal_inverse(f);
	for (j = 0; j < P; j++)
		share[j] = f->inverse[j * (P + 1)];
	ALL_CLOSE(share, given_share, 1e-9, "share of the prior");

	rows = rows_of(3);
	ok(rows->n == N, "rows that are alike are kept once");
	(void) mg_binomial_map(&rows->like, q, f, v, m, 1e-14, -1, &twice);
	is_close(twice, evidence, 1e-10, "and count as they did");
	/* a coefficient without variance stays at its mean */
	(void) mg_binomial_map(&rows->like, q, f, (double[]) {0, 0, 0, 0, 0}, m,
						   1e-14, -1, &twice);
	is_close(farthest(f->beta, m, P), 0, 0, "no variance");
}

/*
 * The four models: names of what numpy found, by a common beginning.  Newton on
 * the grid stops where 1e-11 is left to gain, so modes are known to some 1e-6.
 */
#define TEST_MODELS(name, n_panels, always) \
	do { \
		MgPrior		given = prior_of(n_panels, always); \
		MgBinomialPrior *prior = mg_binomial_prior(&gram, &given); \
		MgFit	   *fit = mg_fit_binomial_rows(rows_of(1), &gram, prior); \
		double		dials[3 * (n_panels) + 2]; \
		double		u[6]; \
		int			k; \
		for (k = 0; k < (n_panels); k++) \
		{ \
			dials[k] = fit->trust[k]; \
			dials[(n_panels) + k] = fit->kappa_mean[k]; \
			dials[2 * (n_panels) + k] = fit->kappa_hat[k]; \
		} \
		dials[3 * (n_panels)] = fit->log_bayes_factor; \
		dials[3 * (n_panels) + 1] = fit->r2_mean; \
		memcpy(u, fit->overrule_flat, 3 * sizeof(double)); \
		memcpy(u + 3, fit->overrule_panel, 3 * sizeof(double)); \
		ok(fit->converged, #name ": converged"); \
		ALL_CLOSE(dials, name##_trust, 1e-6, #name ": trust, its mean and mode, Bayes factor, R squared"); \
		ALL_CLOSE(fit->log_evidence, name##_evidence, 1e-5, #name ": log evidence of the four models"); \
		ALL_CLOSE(fit->model_weight, name##_weights, 1e-4, #name ": their weights"); \
		ALL_CLOSE(mode_of(fit->intercept, fit->beta), name##_mode, 1e-4, #name ": averaged coefficients"); \
		ALL_CLOSE(fit->std_dev, name##_std_dev, 1e-4, #name ": standard deviations"); \
		ALL_CLOSE(u, name##_u, 2e-3, #name ": overruling"); \
	} while (0)

static void
test_models(void)
{
	MgPrior		given = prior_of(1, false);
	MgFit	   *fit;

	TEST_MODELS(one, 1, false);
	TEST_MODELS(two, 2, false);
	TEST_MODELS(always, 2, true);

	fit = mg_fit_binomial_rows(rows_of(1), &gram,
							   mg_binomial_prior(&gram, &given));
	ALL_CLOSE(fit->kappa_log_evidence, one_kappa_evidence, 1e-7,
			  "log evidence of every trust");
	given = prior_of(2, true);
	fit = mg_fit_binomial_rows(rows_of(1), &gram,
							   mg_binomial_prior(&gram, &given));
	ALL_CLOSE(fit->conflict_high, always_conflict, 1e-8,
			  "prior against data, without the column that is always in");
	ok(isnan(fit->variable_high[ALWAYS]) && !isnan(fit->variable_high[0]),
	   "no conflict with a prior that nobody chose");
	is_close(fit->prior_sd[ALWAYS], MG_ALWAYS_SD, 0, "which is wide");
}

/* Without overrule, over passes. */
static MgFit *
fit_passes(int n_panels, bool always)
{
	MgPrior		given = prior_of(n_panels, always);
	MgBinomialRows *rows = rows_of(1);

	given.overrule = false;
	rows->like.n_folds = 0;
	return mg_fit_binomial_passes(&rows->like, &gram,
								  mg_binomial_prior(&gram, &given));
}

static void
test_passes(void)
{
	MgFit	   *fit = fit_passes(1, false);
	double		trust[3];

	ok(fit->converged && fit->passes <= 10, "passes converge");
	ALL_CLOSE(mode_of(fit->intercept, fit->beta), pass_mode, 1e-4,
			  "average over the grid on one quadratic");
	trust[0] = fit->trust[0];
	trust[1] = fit->log_evidence[MG_MODEL_FLAT];
	ALL_CLOSE(trust, pass_trust, 1e-4, "its trust and evidence");
	fit = fit_passes(2, true);
	ALL_CLOSE(mode_of(fit->intercept, fit->beta), pass_always_mode, 1e-4,
			  "the same of two panels, a column always in");
	trust[0] = fit->trust[0];
	trust[1] = fit->trust[1];
	trust[2] = fit->log_evidence[MG_MODEL_FLAT];
	ALL_CLOSE(trust, pass_always_trust, 1e-4, "its trusts and evidence");
}

/* Every grid point on a quadratic is what a fit at its variances finds. */
static void
test_grid(bool always)
{
	MgPrior		given = prior_of(2, always);
	MgBinomialPrior *prior = mg_binomial_prior(&gram, &given);
	MgHyperGrid *g = mg_hyper_alloc(prior, true);
	MgBinomialRows *rows = rows_of(1);
	MgQuadratic *q = mg_quadratic_alloc(P);
	MgNormalFit *f = mg_normal_fit_alloc(P);
	double		v[P];
	double		evidence = 0;
	double		mode = 0;
	double		edf = 0;
	double		sum = 0;
	int			i;
	int			j;

	q->intercept = 0.3;
	q->beta[0] = 0.5;
	q->beta[ALWAYS] = -0.4;
	rows->like.quadratics(&rows->like, &q, 1, -1);
	mg_hyper_on_quadratic(g, q, prior);
	for (i = 0; i < g->n_kappa * g->n_r2; i++)
	{
		double		effective = 0;

		mg_hyper_variance(g, prior, i, v);
		mg_normal_fit(f, q, v, prior->mean, false);
		mg_normal_inverse(f);
		for (j = 0; j < P; j++)
			if (!always || j != ALWAYS)
				effective += 1 - f->inverse[j * (P + 1)];
		evidence = fmax(evidence, fabs(g->evidence[i] - f->evidence));
		edf = fmax(edf, fabs(g->edf[i] - effective));
		mode = fmax(mode, farthest(mode_of(g->intercept[i], g->beta + i * P),
								   mode_of(f->intercept, f->beta), 1 + P));
		sum += g->weight[i];
	}
	ok(g->n_kappa == 100, "two panels: ten trusts each");
	is_close(evidence, 0, 1e-11, "log evidence on a quadratic%s",
			 always ? ", a column always in" : "");
	is_close(mode, 0, 1e-10, "coefficients there");
	is_close(edf, 0, 1e-10, "effective variables there");
	is_close(sum, 1, 1e-12, "weights");
	is_close(v[ALWAYS], always ? 100 : v[0], always ? 0 : 1e-12,
			 "variance of the column");
}

static void
test_quality(void)
{
	MgScores   *scores = mg_scores_alloc(2, 1);
	MgQuality	q = {0};
	double		got[5];
	int			i;

	for (i = 0; i < N; i++)
	{
		double		w = w_of[i] * scale;

		scores->sum_w[i % 2] += w;
		mg_scores_add(scores, i % 2, 0, 1.5 * sin(i * 1.7) + 0.4 * x_of[i][0],
					  w, w * y_of[i]);
	}
	mg_scores_quality(scores, 0, &q);
	got[0] = q.loss;
	got[1] = q.brier;
	got[2] = q.auc;
	got[3] = q.slope;
	got[4] = q.intercept;
	is_close(farthest(got, quality, 2), 0, 1e-12, "log loss and Brier score");
	is_close(q.auc, quality[2], q.auc_bound + 1e-12,
			 "area under the curve, within its bound");
	is_close(farthest(got + 3, quality + 3, 2), 0, 1e-3,
			 "calibration, from bins");
}

static bool
refused(const MgPrior *prior)
{
	if (sigsetjmp(on_error, 0) == 0)
	{
		(void) mg_hyper_alloc(mg_binomial_prior(&gram, prior), false);
		return false;
	}
	return true;
}

static void
test_refused(void)
{
	MgPrior		prior = prior_of(8, false);

	ok(refused(&prior), "eight panels");
	prior = prior_of(2, true);
	ok(!refused(&prior), "two panels");
	gram.n = 2;
	ok(refused(&prior), "two rows");
}

int
main(void)
{
	make_rows();
	test_mode();
	test_models();
	test_passes();
	test_grid(false);
	test_grid(true);
	test_quality();
	test_refused();
	return done_testing();
}

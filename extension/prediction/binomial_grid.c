/*-------------------------------------------------------------------------
 *
 * binomial_grid.c
 *		The grid of hyperparameters: trust in each panel (kappa) and the
 *		prior's R squared; and the whole grid on one quadratic.
 *
 * The kappas and their priors are those of the gaussian family
 * (gaussian_grid.c): with several panels, every combination.
 *
 * On a quadratic, every R squared of one vector of kappas comes from one
 * tridiagonal matrix (spectrum.c), as in the gaussian family.  Columns that
 * are always in have a variance that R squared does not scale: they are
 * swept out first, with their prior.
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

/* tau^2 of p columns that share R2 */
double
mg_prior_variance(double r2, int p)
{
	return r2 / (1 - r2) * MG_LOGISTIC_VARIANCE / Max(p, 1);
}

/* Prior variances: what is learnt at these kappas (NULL: 0), what is given. */
void
mg_set_variances(const MgBinomialPrior *prior, const double *kappa,
				 double tau2, double *v)
{
	const MgProblem *q = prior->shrunk;
	double	   *relative;
	int			j;

	if (prior->fixed_variance)
	{
		memcpy(v, prior->fixed_variance, prior->p * sizeof(double));
		return;
	}
	relative = mg_zeros(q->p);
	mg_relative_variance(q, kappa, relative);
	for (j = 0; j < q->p; j++)
		v[prior->place[j]] = tau2 * relative[j];
	for (j = 0; j < prior->n_always; j++)
		v[prior->always[j]] = MG_ALWAYS_SD * MG_ALWAYS_SD;
	pfree(relative);
}

/* The combinations of kappas, all 0 first, and their prior. */
static void
set_kappas(MgHyperGrid *g, const MgBinomialPrior *prior)
{
	bool		one = prior->n_panels == 0 || prior->fixed_variance != NULL;
	const double *level;
	int			n_levels;
	int			room;
	int			i;

	g->n_panels = prior->n_panels;
	g->n_kappa = one ? 1 : mg_trust_levels(prior->shrunk->p, prior->n_panels,
										   &level, &n_levels);
	/* for other kappas too */
	room = Max(g->n_kappa, MG_FIT_SENSITIVITY);
	g->kappa = mg_zeros((Size) room * Max(g->n_panels, 1));
	g->kappa_prior = mg_zeros(room);
	g->kappa_evidence = mg_zeros(room);
	g->kappa_weight = mg_zeros(room);
	g->kappa_prior[0] = 1;
	if (one)
		return;
	g->top_kappa = level[n_levels - 1];
	for (i = 0; i < g->n_kappa; i++)
		g->kappa_prior[i] =
			exp(mg_trust_combination(level, n_levels, g->n_panels, i,
									 g->kappa + i * g->n_panels));
}

/*
 * The grid of a fit: each kappa 0 with prior 1/2, otherwise by exp(-kappa); R2
 * at logits -7 to 7, uniform a priori.  Without a panel kappa is 0; with
 * fixed variances there is one point.
 */
MgHyperGrid *
mg_hyper_alloc(const MgBinomialPrior *prior, bool keep_beta)
{
	MgHyperGrid *g = palloc0(sizeof(MgHyperGrid));
	double		sum = 0;
	Size		size;
	int			i;

	set_kappas(g, prior);
	g->n_r2 = prior->fixed_variance ? 1 : MG_N_R2;
	for (i = 0; i < g->n_r2; i++)
	{
		g->r2[i] = g->n_r2 == 1 ? 0.5 :
			1 / (1 + exp(-(i - (MG_N_R2 - 1) / 2.0)));
		g->r2_prior[i] = g->r2[i] * (1 - g->r2[i]);
		sum += g->r2_prior[i];
	}
	for (i = 0; i < g->n_r2; i++)
		g->r2_prior[i] /= sum;

	size = (Size) Max(g->n_kappa, MG_FIT_SENSITIVITY) * g->n_r2;
	g->evidence = mg_zeros(size);
	g->weight = mg_zeros(size);
	g->intercept = mg_zeros(size);
	g->edf = mg_zeros(size);
	g->beta = keep_beta ? mg_zeros((Size) g->n_kappa * g->n_r2 * prior->p) :
		NULL;
	return g;
}

/* One vector of kappas alone, NULL: all 0. */
void
mg_hyper_kappa(MgHyperGrid *g, const double *kappa)
{
	int			k;

	g->n_kappa = 1;
	g->kappa_prior[0] = 1;
	for (k = 0; k < g->n_panels; k++)
		g->kappa[k] = kappa ? kappa[k] : 0;
}

/* n steps of the sensitivity: the same kappa in every panel. */
void
mg_hyper_sensitivity(MgHyperGrid *g, int first, int n)
{
	int			i;
	int			k;

	Assert(n <= MG_FIT_SENSITIVITY);
	g->n_kappa = n;
	for (i = 0; i < n; i++)
	{
		g->kappa_prior[i] = 1.0 / n;
		for (k = 0; k < g->n_panels; k++)
			g->kappa[i * g->n_panels + k] = mg_sensitivity_kappa(first + i);
	}
}

/* The prior variances at a grid point. */
void
mg_hyper_variance(const MgHyperGrid *g, const MgBinomialPrior *prior, int point,
				  double *v)
{
	mg_set_variances(prior, g->kappa + point / g->n_r2 * g->n_panels,
					 mg_prior_variance(g->r2[point % g->n_r2],
									   prior->shrunk->p), v);
}

static double
log_sum_exp(const double *x, int n)
{
	double		top = -INFINITY;
	double		sum = 0;
	int			i;

	for (i = 0; i < n; i++)
		top = Max(top, x[i]);
	if (isinf(top))
		return top;
	for (i = 0; i < n; i++)
		sum += exp(x[i] - top);
	return top + log(sum);
}

/* From log evidence at the points to posterior weights and summaries. */
void
mg_hyper_weigh(MgHyperGrid *g)
{
	double	   *kappa_log = mg_zeros(g->n_kappa);
	double		row[MG_N_R2];
	double		total;
	int			i;
	int			j;

	for (i = 0; i < g->n_kappa; i++)
	{
		for (j = 0; j < g->n_r2; j++)
			row[j] = g->evidence[i * g->n_r2 + j] + log(g->r2_prior[j]);
		g->kappa_evidence[i] = log_sum_exp(row, g->n_r2);
		kappa_log[i] = g->kappa_evidence[i] + log(g->kappa_prior[i]);
	}
	total = log_sum_exp(kappa_log, g->n_kappa);
	g->flat = g->kappa_evidence[0];
	g->panel = g->n_kappa == 1 ? -INFINITY :
		log_sum_exp(kappa_log + 1, g->n_kappa - 1) -
		log1p(-g->kappa_prior[0]);
	g->best = 0;
	g->best_panel = -1;
	for (i = 0; i < g->n_kappa; i++)
	{
		g->kappa_weight[i] = 0;
		for (j = 0; j < g->n_r2; j++)
		{
			int			at = i * g->n_r2 + j;

			g->weight[at] = exp(g->evidence[at] + log(g->r2_prior[j]) +
								log(g->kappa_prior[i]) - total);
			g->kappa_weight[i] += g->weight[at];
			if (g->weight[at] > g->weight[g->best])
				g->best = at;
		}
		if (i > 0 && (g->best_panel < 0 ||
					  kappa_log[i] > kappa_log[g->best_panel]))
			g->best_panel = i;
	}
	pfree(kappa_log);
}

/* The posterior mean over the grid. */
void
mg_hyper_average(const MgHyperGrid *g, int p, double *intercept, double *beta)
{
	int			i;
	int			j;

	*intercept = 0;
	memset(beta, 0, p * sizeof(double));
	for (i = 0; i < g->n_kappa * g->n_r2; i++)
	{
		const double *b = g->beta + (Size) i * p;

		*intercept += g->weight[i] * g->intercept[i];
		for (j = 0; j < p; j++)
			beta[j] += g->weight[i] * b[j];
	}
}

/*
 * A quadratic in beta - m, the intercept integrated out: value + c'(beta - m)
 * - (beta - m)'H (beta - m) / 2.
 */
typedef struct Profile
{
	double		value;
	double	   *c;				/* [p] */
	double	   *H;				/* p x p */
	double		precision;		/* of the intercept, given beta */
	double		level;			/* its mean at beta = m is level / precision */
	double		share;			/* and changes by - share mean'(beta - m) */
} Profile;

static void
profile_intercept(const MgQuadratic *q, const double *m, Profile *to)
{
	int			p = q->p;
	double		between;
	double		at_mean = q->intercept;
	int			i;
	int			j;

	to->precision = q->sum_w + MG_INTERCEPT_PRECISION;
	to->share = q->sum_w / to->precision;
	between = to->share * MG_INTERCEPT_PRECISION;
	to->c = mg_zeros(p);
	to->H = mg_zeros((Size) p * p);
	for (j = 0; j < p; j++)
		at_mean += q->mean[j] * (q->beta[j] - m[j]);
	to->level = q->score0 + q->sum_w * at_mean;
	to->value = q->loglik - q->score0 * q->intercept -
		0.5 * q->sum_w * at_mean * at_mean +
		0.5 * to->level * to->level / to->precision -
		0.5 * log(to->precision) - log(MG_INTERCEPT_SD);
	for (i = 0; i < p; i++)
	{
		double		c = 0;

		for (j = 0; j < p; j++)
		{
			c += q->M[(Size) i * p + j] * (q->beta[j] - m[j]);
			to->H[(Size) i * p + j] = q->M[(Size) i * p + j] +
				between * q->mean[i] * q->mean[j];
		}
		to->value -= (q->beta[i] - m[i]) * (q->score[i] + 0.5 * c);
		to->c[i] = c + q->score[i] +
			q->mean[i] * (between * at_mean - to->share * q->score0);
	}
}

/*
 * Columns that are always in, integrated out: LL' = I + D^2 H_aa, D their
 * prior's standard deviation, and what is needed to find them again.
 */
typedef struct Swept
{
	double	   *L;				/* n_always x n_always */
	double	   *cross;			/* n_always x shrunk, D L^-1 H_as */
	double	   *c;				/* [n_always], D L^-1 c_a */
} Swept;

/* Takes them out of a profile, which becomes that of the shrunk columns. */
static void
sweep_always(Profile *f, const MgBinomialPrior *prior, Swept *to)
{
	int			p = prior->p;
	int			k = prior->n_always;
	int			n = prior->shrunk->p;
	double	   *H = mg_zeros((Size) n * n);
	double	   *c = mg_zeros(n);
	gsl_matrix_view L;
	gsl_error_handler_t *old;
	int			a;
	int			b;
	int			i;
	int			j;

	to->L = mg_zeros((Size) k * k);
	to->cross = mg_zeros((Size) k * n);
	to->c = mg_zeros(k);
	for (a = 0; a < k; a++)
	{
		const double *row = f->H + (Size) prior->always[a] * p;

		for (b = 0; b < k; b++)
			to->L[a * k + b] = (a == b) +
				MG_ALWAYS_SD * MG_ALWAYS_SD * row[prior->always[b]];
		for (i = 0; i < n; i++)
			to->cross[(Size) a * n + i] = MG_ALWAYS_SD * row[prior->place[i]];
		to->c[a] = MG_ALWAYS_SD * f->c[prior->always[a]];
	}
	L = gsl_matrix_view_array(to->L, k, k);
	old = gsl_set_error_handler_off();
	if (gsl_linalg_cholesky_decomp1(&L.matrix) != GSL_SUCCESS)
		elog(ERROR, "cross-products are not positive semidefinite");
	gsl_set_error_handler(old);
	for (a = 0; a < k; a++)
	{
		double	   *row = to->cross + (Size) a * n;
		double		diagonal = to->L[a * k + a];

		for (b = 0; b < a; b++)
		{
			for (i = 0; i < n; i++)
				row[i] -= to->L[a * k + b] * to->cross[(Size) b * n + i];
			to->c[a] -= to->L[a * k + b] * to->c[b];
		}
		for (i = 0; i < n; i++)
			row[i] /= diagonal;
		to->c[a] /= diagonal;
		f->value += 0.5 * to->c[a] * to->c[a] - log(diagonal);
	}
	for (i = 0; i < n; i++)
	{
		c[i] = f->c[prior->place[i]];
		for (a = 0; a < k; a++)
			c[i] -= to->cross[(Size) a * n + i] * to->c[a];
		for (j = 0; j < n; j++)
			H[(Size) i * n + j] =
				f->H[(Size) prior->place[i] * p + prior->place[j]];
	}
	for (a = 0; a < k; a++)
	{
		const double *row = to->cross + (Size) a * n;

		for (i = 0; i < n; i++)
			for (j = 0; j < n; j++)
				H[(Size) i * n + j] -= row[i] * row[j];
	}
	f->c = c;
	f->H = H;
}

/* All p coefficients, less their means, from those of the shrunk columns. */
static void
expand(const MgBinomialPrior *prior, const Swept *swept, const double *shrunk,
	   double *beta)
{
	int			k = prior->n_always;
	int			n = prior->shrunk->p;
	int			a;
	int			b;
	int			i;

	for (i = 0; i < n; i++)
		beta[prior->place[i]] = shrunk[i];
	/* D L^-T (c - cross beta) */
	for (a = k - 1; a >= 0; a--)
	{
		double		x = swept->c[a];

		for (i = 0; i < n; i++)
			x -= swept->cross[(Size) a * n + i] * shrunk[i];
		for (b = a + 1; b < k; b++)
			x -= swept->L[b * k + a] * beta[prior->always[b]] / MG_ALWAYS_SD;
		beta[prior->always[a]] = MG_ALWAYS_SD * x / swept->L[a * k + a];
	}
}

/*
 * Log evidence, weights and coefficients of all grid points where the log
 * likelihood is q: what mg_normal_fit finds at each, by way of weighted least
 * squares of the working response on x with sigma^2 = 1.
 */
void
mg_hyper_on_quadratic(MgHyperGrid *g, const MgQuadratic *q,
					  const MgBinomialPrior *prior)
{
	int			p = prior->p;
	int			n = prior->shrunk->p;
	const double *m = prior->mean;
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "grid",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);
	MgProblem	response = *prior->shrunk;
	MgSpectrum *s = mg_spectrum_create(n);
	double	   *v = mg_zeros(n);
	double	   *shrunk = mg_zeros((Size) g->n_r2 * n);
	double	   *b = mg_zeros(p);
	double		t[MG_N_R2];
	Profile		f;
	Swept		swept = {NULL};
	int			j;
	int			k;
	int			r;

	profile_intercept(q, m, &f);
	if (prior->n_always > 0)
		sweep_always(&f, prior, &swept);
	response.p = n;
	response.G = f.H;
	response.c = f.c;
	for (r = 0; r < g->n_r2; r++)
		t[r] = prior->fixed_variance ? 1 : mg_prior_variance(g->r2[r], n);
	for (k = 0; k < g->n_kappa; k++)
	{
		CHECK_FOR_INTERRUPTS();
		for (j = 0; prior->fixed_variance && j < n; j++)
			v[j] = prior->fixed_variance[prior->place[j]];
		if (!prior->fixed_variance)
			mg_relative_variance(prior->shrunk, g->kappa + k * g->n_panels, v);
		mg_spectrum_set(s, &response, v);
		mg_spectrum_solve(s, t, g->n_r2, shrunk);
		for (r = 0; r < g->n_r2; r++)
		{
			int			at = k * g->n_r2 + r;
			double		log_det;
			double		quadratic;

			mg_spectrum_at(s, t[r], &log_det, &quadratic, &g->edf[at]);
			expand(prior, &swept, shrunk + (Size) r * n, b);
			g->intercept[at] = f.level / f.precision;
			for (j = 0; j < p; j++)
			{
				g->intercept[at] -= f.share * q->mean[j] * b[j];
				b[j] += m[j];
			}
			if (g->beta)
				memcpy(g->beta + (Size) at * p, b, p * sizeof(double));
			g->evidence[at] = f.value - 0.5 * log_det + 0.5 * quadratic;
		}
	}
	mg_hyper_weigh(g);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
}

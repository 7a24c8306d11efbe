/*-------------------------------------------------------------------------
 *
 * binomial_report.c
 *		From the models of a yes/no outcome to an MgFit: the averaged
 *		posterior, the dials, prior against data, what is to be noted.
 *
 * Prior against data, a category: a = D^-1 (beta - m), Q = I - B^-1; under
 * the prior a_c' Q_cc^+ a_c is chi squared with the rank of Q_cc degrees of
 * freedom, sigma^2 being 1.  Its signed companion is the score of a prior
 * variance expanded: Nott, Wang, Evans and Englert (2020), Statistical
 * Science 35, 234-253.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "prediction/binomial_fit.h"

#define RANK_TOLERANCE		1e-10
#define TOP_KAPPA_WEIGHT	0.2
#define WRONG_WAY			(-2.3263478740408408)	/* 1st percentile */

static double *
copy(const double *x, Size n)
{
	double	   *to = palloc(Max(n, 1) * sizeof(double));

	memcpy(to, x, n * sizeof(double));
	return to;
}

/* Adds a line to what is to be noted. */
void
mg_binomial_note(MgFit *fit, const char *line)
{
	fit->notices = fit->notices ? psprintf("%s\n%s", fit->notices, line) :
		pstrdup(line);
}

/* kappa of row i of the sensitivity: 0 to 3 in steps of 1/4 */
double
mg_sensitivity_kappa(int i)
{
	return 3.0 * i / (MG_FIT_SENSITIVITY - 1);
}

static double *
nan_array(Size n)
{
	double	   *x = mg_zeros(n);
	Size		i;

	for (i = 0; i < n; i++)
		x[i] = NAN;
	return x;
}

/* Averaged coefficients, and the spread of all models and grid points. */
static void
report_average(MgFit *fit, const MgBinomialModels *m,
			   const MgBinomialPrior *prior)
{
	const MgHyperGrid *g = m->grid;
	int			p = prior->p;
	int			n = g->n_kappa * g->n_r2;
	double	   *mean = mg_zeros(p);
	double	   *weight = mg_zeros(n + 2);
	const double **point = palloc((n + 2) * sizeof(double *));
	double		share = m->weight[MG_MODEL_FLAT] + m->weight[MG_MODEL_PANEL];
	int			used = 0;
	int			i;
	int			j;

	mg_models_average(m, p, &fit->intercept, mean);
	for (j = 0; j < p; j++)
		fit->beta[prior->problem->column[j]] = mean[j];
	for (i = 0; i < n; i++)
	{
		if (share * g->weight[i] < MG_KEEP)
			continue;
		weight[used] = share * g->weight[i];
		point[used++] = g->beta + (Size) i * p;
	}
	for (i = MG_VECTOR_FLAT_OVERRULE; i < MG_VECTORS; i++)
	{
		if (!m->active[i])
			continue;
		weight[used] = m->weight[MG_MODEL_FLAT_OVERRULE + i -
								 MG_VECTOR_FLAT_OVERRULE];
		point[used++] = m->beta[i];
	}
	mg_condense(fit, prior->problem, weight, point, used, mean);
}

/* What belongs to one prior: that of the best grid point. */
static void
report_posterior(MgFit *fit, const MgBinomialModels *m,
				 const MgBinomialPrior *prior)
{
	const MgNormalFit *f = m->best;
	const int  *column = prior->problem->column;
	int			p = prior->p;
	int			i;
	int			j;

	fit->factor = mg_zeros(mg_triangle_length(fit->p));
	for (j = 0; j < fit->p; j++)
		fit->factor[mg_triangle_at(j, j)] = 1;
	fit->intercept_precision = f->s;
	for (j = 0; j < p; j++)
	{
		int			to = column[j];
		double		share = f->inverse[(Size) j * p + j];
		double		variance = f->D[j] * f->D[j] * share;

		fit->scale[to] = fit->prior_sd[to] = f->D[j];
		fit->prior_share[to] = share;
		fit->intercept_cross[to] = f->cross[j];
		for (i = 0; i < fit->n_points; i++)
		{
			double		d = fit->point_beta[(Size) i * fit->p + to] -
				fit->beta[to];

			variance += fit->point_weight[i] * d * d;
		}
		fit->std_dev[to] = sqrt(variance);
		/* a dropped column is one of the identity */
		for (i = 0; i <= j; i++)
			fit->factor[mg_triangle_at(to, column[i])] = f->L[(Size) j * p + i];
	}
}

static void
report_dials(MgFit *fit, const MgBinomialModels *m, const MgBinomialPrior *prior)
{
	const MgHyperGrid *g = m->grid;
	int			i;
	int			k;

	fit->n_kappa = g->n_kappa;
	fit->kappa = copy(g->kappa, (Size) g->n_kappa * Max(g->n_panels, 1));
	fit->kappa_weight = copy(g->kappa_weight, g->n_kappa);
	fit->kappa_log_evidence = copy(g->kappa_evidence, g->n_kappa);
	fit->r2_hat = prior->fixed_variance ? NAN : g->r2[g->best % g->n_r2];
	fit->r2_mean = prior->fixed_variance ? NAN : 0;
	for (i = 0; i < g->n_kappa * g->n_r2; i++)
		fit->r2_mean += g->weight[i] * g->r2[i % g->n_r2];
	fit->trust = nan_array(fit->n_panels);
	fit->kappa_mean = nan_array(fit->n_panels);
	fit->kappa_hat = nan_array(fit->n_panels);
	fit->log_bayes_factor = NAN;
	for (k = 0; k < fit->n_panels && g->n_kappa > 1; k++)
	{
		double		none = 0;

		fit->kappa_hat[k] = g->kappa[g->best / g->n_r2 * g->n_panels + k];
		fit->kappa_mean[k] = 0;
		for (i = 0; i < g->n_kappa; i++)
		{
			double		kappa = g->kappa[i * g->n_panels + k];

			fit->kappa_mean[k] += g->kappa_weight[i] * kappa;
			if (kappa == 0)
				none += g->kappa_weight[i];
		}
		fit->trust[k] = 1 - Min(none, 1);
		fit->log_bayes_factor = g->panel - g->flat;
	}
	for (i = 0; i < MG_MODEL_KINDS; i++)
	{
		fit->model_weight[i] = m->weight[i];
		fit->log_evidence[i] = isinf(m->log_evidence[i]) ? NAN :
			m->log_evidence[i];
	}
	fit->overrule_r2[0] = fit->overrule_r2[1] = NAN;
	for (i = 0; i < 2; i++)
	{
		const MgUplift *o = m->overrule[MG_VECTOR_FLAT_OVERRULE + i];
		double	   *u = nan_array(fit->n_categories);

		if (o)
		{
			fit->overrule_r2[i] = 1 / (1 + exp(-o->theta[0]));
			memcpy(u, o->theta + 1, fit->n_categories * sizeof(double));
		}
		if (i == 0)
			fit->overrule_flat = u;
		else
			fit->overrule_panel = u;
	}
}

/* a' Q^+ a and the rank of Q, which is k x k and is lost. */
static double
generalised_square(double *Q, const double *a, int k, int *rank)
{
	double	   *values = palloc(k * sizeof(double));
	double	   *vectors = palloc((Size) k * k * sizeof(double));
	gsl_matrix_view q = gsl_matrix_view_array(Q, k, k);
	gsl_matrix_view e = gsl_matrix_view_array(vectors, k, k);
	gsl_vector_view l = gsl_vector_view_array(values, k);
	gsl_eigen_symmv_workspace work;
	double		top = 0;
	double		sum = 0;
	gsl_error_handler_t *old;
	int			i;
	int			j;

	work.size = k;
	work.d = palloc(k * sizeof(double));
	work.sd = palloc(k * sizeof(double));
	work.gc = palloc(k * sizeof(double));
	work.gs = palloc(k * sizeof(double));
	old = gsl_set_error_handler_off();
	gsl_eigen_symmv(&q.matrix, &l.vector, &e.matrix, &work);
	gsl_set_error_handler(old);
	*rank = 0;
	for (i = 0; i < k; i++)
		top = Max(top, values[i]);
	for (i = 0; i < k; i++)
	{
		double		x = 0;

		if (!(values[i] > RANK_TOLERANCE * top))
			continue;
		for (j = 0; j < k; j++)
			x += vectors[(Size) j * k + i] * a[j];
		sum += x * x / values[i];
		(*rank)++;
	}
	pfree(values);
	pfree(vectors);
	return sum;
}

/* The columns of[0 .. k-1]: tail areas and signed score. */
static void
conflict(const MgNormalFit *f, const int *of, int k, double *low, double *high,
		 double *signed_score)
{
	double	   *Q = mg_zeros((Size) k * k);
	double	   *a = mg_zeros(k);
	double		score = 0;
	double		information = 0;
	double		T;
	int			rank;
	int			i;
	int			j;

	for (i = 0; i < k; i++)
	{
		a[i] = f->gamma[of[i]];
		for (j = 0; j < k; j++)
		{
			double		q = (i == j) -
				f->inverse[(Size) of[i] * f->p + of[j]];

			Q[(Size) i * k + j] = q;
			information += 0.5 * q * q;
		}
		score += 0.5 * (a[i] * a[i] - Q[(Size) i * k + i]);
	}
	T = generalised_square(Q, a, k, &rank);
	if (rank > 0)
	{
		gsl_error_handler_t *old = gsl_set_error_handler_off();

		*high = gsl_cdf_chisq_Q(T, rank);
		*low = gsl_cdf_chisq_P(T, rank);
		gsl_set_error_handler(old);
	}
	if (information > 0)
		*signed_score = score / sqrt(information);
	pfree(Q);
	pfree(a);
}

static void
report_conflict(MgFit *fit, const MgBinomialModels *m,
				const MgBinomialPrior *prior)
{
	const MgNormalFit *f = m->best;
	const MgProblem *q = prior->shrunk;
	int			C = fit->n_categories;
	int		   *of = palloc(prior->p * sizeof(int));
	int			c;
	int			j;

	for (c = 0; c < C; c++)
	{
		int			k = 0;

		CHECK_FOR_INTERRUPTS();
		for (j = 0; j < q->p; j++)
			if (q->member[(Size) j * C + c] > 0 && f->D[prior->place[j]] > 0)
				of[k++] = prior->place[j];
		if (k > 0)
			conflict(f, of, k, &fit->conflict_low[c], &fit->conflict_high[c],
					 &fit->conflict_score[c]);
	}
	for (j = 0; j < q->p; j++)
	{
		int			to = q->column[j];

		if (f->D[prior->place[j]] > 0)
			conflict(f, &prior->place[j], 1, &fit->variable_low[to],
					 &fit->variable_high[to], &fit->variable_score[to]);
	}
	pfree(of);
}

/*
 * The change of the panels' log evidence without their word on a category, on
 * the quadratic at the average.
 */
static void
report_leave_out(MgFit *fit, const MgBinomialModels *m,
				 const MgBinomialPrior *prior)
{
	int			C = fit->n_categories;
	int			n = prior->shrunk->p;
	Size		size = (Size) n * prior->n_panels * sizeof(double);
	MgBinomialPrior without = *prior;
	MgProblem	problem = *prior->shrunk;
	MgHyperGrid *g;
	double		all;
	int			c;
	int			j;
	int			k;

	if (m->grid->n_kappa < 2)
		return;
	g = mg_hyper_alloc(prior, false);
	mg_hyper_kappa(g, m->grid->kappa + m->grid->best_panel * g->n_panels);
	mg_hyper_on_quadratic(g, m->q[MG_VECTOR_AVERAGE], prior);
	all = g->flat;
	without.shrunk = &problem;
	problem.z = palloc(size + 1);
	for (c = 0; c < C; c++)
	{
		bool		any = false;

		memcpy(problem.z, prior->shrunk->z, size);
		for (j = 0; j < n; j++)
		{
			double		share = problem.member[(Size) j * C + c];

			for (k = 0; k < prior->n_panels; k++)
				problem.z[(Size) k * n + j] -= share *
					problem.importance[k * C + c];
			any |= share != 0;
		}
		fit->leave_out[c] = 0;
		if (!any)
			continue;
		mg_hyper_on_quadratic(g, m->q[MG_VECTOR_AVERAGE], &without);
		fit->leave_out[c] = g->flat - all;
	}
}

/*
 * Every kappa for itself, the same in all panels, on rows in memory ("exact") or on the quadratic at
 * the average.
 */
static void
report_sensitivity(MgFit *fit, const MgBinomialModels *m, MgLikelihood *exact,
				   const MgBinomialPrior *prior)
{
	MgHyperGrid *g;
	double		edf[MG_FIT_SENSITIVITY];
	int			i;
	int			j;

	if (m->grid->n_kappa < 2)
		return;
	fit->n_sensitivity = MG_FIT_SENSITIVITY;
	fit->sensitivity = palloc0(MG_FIT_SENSITIVITY * sizeof(MgSensitivity));
	g = mg_hyper_alloc(prior, false);
	mg_hyper_sensitivity(g, 0, MG_FIT_SENSITIVITY);
	if (exact)
		mg_hyper_exact(g, exact, prior, -1, m->q[MG_VECTOR_AVERAGE]->intercept,
					   edf, m->grid);
	else
		mg_hyper_on_quadratic(g, m->q[MG_VECTOR_AVERAGE], prior);
	for (i = 0; i < MG_FIT_SENSITIVITY; i++)
	{
		MgSensitivity *s = &fit->sensitivity[i];
		int			best = 0;

		for (j = 1; j < g->n_r2; j++)
			if (g->evidence[i * g->n_r2 + j] + log(g->r2_prior[j]) >
				g->evidence[i * g->n_r2 + best] + log(g->r2_prior[best]))
				best = j;
		s->kappa = mg_sensitivity_kappa(i);
		s->log_evidence = g->kappa_evidence[i];
		s->r2 = g->r2[best];
		s->cv_loss = NAN;
		s->edf = exact ? edf[i] : g->edf[i * g->n_r2 + best];
	}
}

/*
 * Whether the evidence falls when a panel's ordering is given a little
 * trust: the score of its kappa at 0 over its standard deviation.
 */
static double
panel_score(const MgBinomialModels *m, const MgBinomialPrior *prior, int panel)
{
	const MgHyperGrid *g = m->grid;
	int			p = prior->p;
	MgNormalFit *f = mg_normal_fit_alloc(p);
	double	   *v = palloc(p * sizeof(double));
	int			n = prior->shrunk->p;
	const int  *place = prior->place;
	const double *z = prior->shrunk->z + (Size) panel * n;
	double		mean = 0;
	double		score = 0;
	double		information = 0;
	int			best = 0;
	int			i;
	int			j;

	for (j = 1; j < g->n_r2; j++)
		if (g->weight[j] > g->weight[best])
			best = j;
	mg_hyper_variance(g, prior, best, v);
	mg_normal_fit(f, m->q[MG_VECTOR_AVERAGE], v, prior->mean, false);
	mg_normal_inverse(f);

	/* d log v_j / d kappa: importance around its mean by variance */
	for (j = 0; j < n; j++)
	{
		information += v[place[j]];
		mean += v[place[j]] * z[j];
	}
	mean /= information;
	information = 0;
	for (i = 0; i < n; i++)
	{
		const double *inverse = f->inverse + (Size) place[i] * p;
		double		gamma = f->gamma[place[i]];

		score += 0.5 * (z[i] - mean) *
			(gamma * gamma - 1 + inverse[place[i]]);
		for (j = 0; j < n; j++)
		{
			double		q = (i == j) - inverse[place[j]];

			information += 0.5 * (z[i] - mean) * (z[j] - mean) * q * q;
		}
	}
	return information > 0 ? score / sqrt(information) : 0;
}

static void
report_notices(MgFit *fit, const MgBinomialModels *m, const MgGram *gram,
			   const MgBinomialPrior *prior)
{
	const MgHyperGrid *g = m->grid;
	int			i;
	int			k;

	if (gram->y_mean <= 0 || gram->y_mean >= 1)
		mg_binomial_note(fit, "the outcome is the same in every row: the model's only use is its intercept");
	if (m->q[MG_VECTOR_AVERAGE]->max_eta > MG_LARGE_ETA)
		mg_binomial_note(fit, "some fitted probabilities are within 3e-7 of 0 or 1: the predictors separate the outcome, and the prior alone keeps the coefficients finite");
	if (!m->converged)
		mg_binomial_note(fit, "the iterations did not converge");
	for (k = 0; g->n_kappa > 1 && k < g->n_panels; k++)
	{
		double		top = 0;

		for (i = 0; i < g->n_kappa; i++)
			if (g->kappa[i * g->n_panels + k] == g->top_kappa)
				top += g->kappa_weight[i];
		if (top > TOP_KAPPA_WEIGHT)
			mg_binomial_note(fit, psprintf("%s understated: the data want more of it than the largest trust that was tried",
										   g->n_panels == 1 ? "panel contrast" :
										   psprintf("contrast of panel %d", k + 1)));
		if (panel_score(m, prior, k) < WRONG_WAY)
			mg_binomial_note(fit, g->n_panels == 1 ?
							 "panel ordering points the wrong way" :
							 psprintf("ordering of panel %d points the wrong way",
									  k + 1));
	}
}

/*
 * The fit without its cross-validation, for p columns, dropped ones included.
 * m->best is the posterior at the best grid point.  exact: rows in memory, or
 * NULL.
 */
MgFit *
mg_binomial_report(const MgBinomialModels *m, MgLikelihood *exact,
				   const MgGram *gram, int p, const MgBinomialPrior *prior)
{
	MgFit	   *fit = palloc0(sizeof(MgFit));
	int			C = prior->n_categories;

	fit->family = MG_BINOMIAL;
	fit->p = p;
	fit->n_categories = C;
	fit->n_panels = prior->n_panels;
	fit->n = gram->n;
	fit->nu = INFINITY;
	fit->s2 = 1;
	fit->beta = mg_zeros(p);
	fit->std_dev = mg_zeros(p);
	fit->prior_sd = mg_zeros(p);
	fit->scale = mg_zeros(p);
	fit->intercept_cross = mg_zeros(p);
	fit->prior_share = nan_array(p);
	fit->conflict_low = nan_array(C);
	fit->conflict_high = nan_array(C);
	fit->conflict_score = nan_array(C);
	fit->leave_out = nan_array(C);
	fit->variable_low = nan_array(p);
	fit->variable_high = nan_array(p);
	fit->variable_score = nan_array(p);
	fit->quality.loss = fit->quality_flat.loss = NAN;
	report_average(fit, m, prior);
	report_posterior(fit, m, prior);
	report_dials(fit, m, prior);
	report_conflict(fit, m, prior);
	report_leave_out(fit, m, prior);
	report_sensitivity(fit, m, exact, prior);
	fit->passes = m->passes;
	fit->converged = m->converged;
	report_notices(fit, m, gram, prior);
	return fit;
}

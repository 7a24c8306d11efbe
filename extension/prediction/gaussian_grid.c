/*-------------------------------------------------------------------------
 *
 * gaussian_grid.c
 *		The grid over trust and prior R squared, and its mixture.
 *
 * tau^2 = R2 / ((1 - R2) p), R2 at logit -7 .. 7 by .25, uniform on R2.
 * The trust kappa in a panel has prior 1/2 on 0 and the rest proportional to
 * exp(-kappa).  One panel: kappa 0 .. 6 in ten steps.  Several panels: every
 * combination, with independent priors, so that "flat" is all of them 0, of
 * prior 2^-panels, and the mixture's cumulative log loss stays within
 * panels * log 2 of flat's.  To keep the number of combinations, each of
 * which costs a tridiagonal reduction, under 128 (under 33 beyond 500
 * variables), the levels are ten, or 0, .5, 1, 2, 4, or 0 and 1, whichever
 * is the finest that fits.
 *
 * Points of weight below 1e-6 are left out of averages.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "prediction/gaussian.h"

#define MOST_RIDGES		128
#define MOST_LARGE		32		/* combinations, beyond this number of */
#define LARGE			500		/* variables */

static const double ten_levels[] = {0, .25, .5, .75, 1, 1.5, 2, 3, 4, 6};
static const double five_levels[] = {0, .5, 1, 2, 4};
static const double two_levels[] = {0, 1};

double
mg_r2(int i)
{
	return 1 / (1 + exp(7 - 0.25 * i));
}

/* uniform on R2: dR2 / dlogit = R2 (1 - R2) */
double
mg_r2_log_prior(int i)
{
	static double log_sum = 0;
	double		r = mg_r2(i);

	if (log_sum == 0)
	{
		double		sum = 0;
		int			k;

		for (k = 0; k < MG_R2_POINTS; k++)
			sum += mg_r2(k) * (1 - mg_r2(k));
		log_sum = log(sum);
	}
	return log(r * (1 - r)) - log_sum;
}

/* t of tau^2 = t * relative variance */
static double
tau_square(const MgProblem *q, int i)
{
	double		r = mg_r2(i);

	return r / (1 - r) / Max(q->p, 1);
}

static double
log_sum_exp(const double *x, int n)
{
	double		largest = -HUGE_VAL;
	double		sum = 0;
	int			i;

	for (i = 0; i < n; i++)
		largest = Max(largest, x[i]);
	for (i = 0; i < n; i++)
		sum += exp(x[i] - largest);
	return largest + log(sum);
}

/*
 * All R2 at one vector of kappas (NULL: 0).  With betas, the coefficients of
 * every R2 that has weight given these kappas.
 */
void
mg_ridge(const MgProblem *q, MgSpectrum *s, const double *kappa, bool betas,
		 MgRidge *ridge)
{
	double	   *v = palloc((q->p + 1) * sizeof(double));
	double		log_post[MG_R2_POINTS];
	double		t[MG_R2_POINTS];
	int			i;

	memset(ridge->kappa, 0, sizeof(ridge->kappa));
	for (i = 0; kappa != NULL && i < q->n_panels; i++)
		ridge->kappa[i] = kappa[i];
	mg_relative_variance(q, kappa, v);
	mg_spectrum_set(s, q, v);
	ridge->best = 0;
	for (i = 0; i < MG_R2_POINTS; i++)
	{
		double		log_det;
		double		quadratic;

		mg_spectrum_at(s, tau_square(q, i), &log_det, &quadratic,
					   &ridge->edf[i]);
		ridge->log_ml[i] = mg_log_ml(q, log_det, quadratic);
		log_post[i] = ridge->log_ml[i] + mg_r2_log_prior(i);
		if (log_post[i] > log_post[ridge->best])
			ridge->best = i;
	}
	ridge->log_evidence = log_sum_exp(log_post, MG_R2_POINTS);
	ridge->n_kept = 0;
	for (i = 0; i < MG_R2_POINTS; i++)
	{
		if (exp(log_post[i] - ridge->log_evidence) >= MG_KEEP)
		{
			t[ridge->n_kept] = tau_square(q, i);
			ridge->kept[ridge->n_kept++] = i;
		}
	}
	ridge->beta = NULL;
	if (betas)
	{
		ridge->beta = palloc(((Size) ridge->n_kept * q->p + 1) *
							 sizeof(double));
		mg_spectrum_solve(s, t, ridge->n_kept, ridge->beta);
	}
	pfree(v);
}

/* Coefficients averaged over R2 at these kappas alone, less prior means. */
void
mg_ridge_beta(const MgRidge *ridge, int p, double *beta)
{
	double		sum = 0;
	int			b;
	int			j;

	memset(beta, 0, p * sizeof(double));
	for (b = 0; b < ridge->n_kept; b++)
	{
		int			i = ridge->kept[b];
		double		w = exp(ridge->log_ml[i] + mg_r2_log_prior(i) -
							ridge->log_evidence);

		sum += w;
		for (j = 0; j < p; j++)
			beta[j] += w * ridge->beta[(Size) b * p + j];
	}
	for (j = 0; j < p; j++)
		beta[j] /= sum;
}

/*
 * The levels of each kappa, for so many variables and panels, and the number
 * of their combinations.
 */
int
mg_trust_levels(int p, int n_panels, const double **level, int *n_levels)
{
	static const struct
	{
		const double *level;
		int			n;
	}			choice[] = {
		{ten_levels, lengthof(ten_levels)},
		{five_levels, lengthof(five_levels)},
		{two_levels, lengthof(two_levels)}
	};
	int			most = p > LARGE ? MOST_LARGE : MOST_RIDGES;
	int			i;

	for (i = 0; i < lengthof(choice); i++)
	{
		int			n = 1;
		int			k;

		for (k = 0; k < n_panels && n <= most; k++)
			n *= choice[i].n;
		if (n <= most)
		{
			*level = choice[i].level;
			*n_levels = choice[i].n;
			return n;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many panels"),
			 errdetail("%d panels; at most %d, or %d beyond %d variables, can be weighed against each other.",
					   n_panels, MG_MAX_PANELS, 5, LARGE)));
	return 0;
}

/* log prior of one level */
static double
level_log_prior(const double *level, int n, int i)
{
	double		sum = 0;
	int			k;

	if (i == 0)
		return log(0.5);
	for (k = 1; k < n; k++)
		sum += exp(-level[k]);
	return log(0.5) - level[i] - log(sum);
}

/* The kappas of a combination, from 0, and their log prior. */
double
mg_trust_combination(const double *level, int n_levels, int n_panels, int i,
					 double *kappa)
{
	double		log_prior = 0;
	int			k;

	for (k = 0; k < n_panels; k++)
	{
		int			at = i % n_levels;

		i /= n_levels;
		kappa[k] = level[at];
		log_prior += level_log_prior(level, n_levels, at);
	}
	return log_prior;
}

/* Weights of all points, their most probable one, and averages. */
static void
mix(const MgProblem *q, MgGrid *grid)
{
	double	   *log_post = palloc(grid->n * MG_R2_POINTS * sizeof(double));
	double	   *log_ridge = palloc(grid->n * sizeof(double));
	double		best = -HUGE_VAL;
	double		total;
	double		kept = 0;
	int			i;
	int			j;
	int			b;

	grid->panel_mode = grid->n > 1 ? 1 : 0;
	for (i = 0; i < grid->n; i++)
	{
		const MgRidge *ridge = &grid->ridge[i];

		log_ridge[i] = ridge->log_evidence + ridge->log_prior;
		if (i > 1 && log_ridge[i] > log_ridge[grid->panel_mode])
			grid->panel_mode = i;
		for (j = 0; j < MG_R2_POINTS; j++)
		{
			double		x = ridge->log_ml[j] + ridge->log_prior +
				mg_r2_log_prior(j);

			log_post[i * MG_R2_POINTS + j] = x;
			if (x > best)
			{
				best = x;
				grid->mode = i;
				grid->mode_r2 = j;
			}
		}
	}
	total = log_sum_exp(log_ridge, grid->n);
	grid->flat_prior = exp(grid->ridge[0].log_prior);
	grid->log_flat = grid->ridge[0].log_evidence;
	grid->log_panel = grid->n == 1 ? grid->log_flat :
		log_sum_exp(log_ridge + 1, grid->n - 1) - log1p(-grid->flat_prior);

	grid->weight = palloc(grid->n * MG_R2_POINTS * sizeof(double));
	for (i = 0; i < grid->n * MG_R2_POINTS; i++)
		grid->weight[i] = exp(log_post[i] - total);
	grid->beta = palloc0((q->p + 1) * sizeof(double));
	for (i = 0; i < grid->n; i++)
	{
		const MgRidge *ridge = &grid->ridge[i];

		for (b = 0; b < ridge->n_kept; b++)
		{
			double		w = grid->weight[i * MG_R2_POINTS + ridge->kept[b]];
			const double *beta = ridge->beta + (Size) b * q->p;

			if (w < MG_KEEP)
				continue;
			kept += w;
			for (j = 0; j < q->p; j++)
				grid->beta[j] += w * beta[j];
		}
	}
	for (j = 0; j < q->p; j++)
		grid->beta[j] /= kept;
	pfree(log_post);
	pfree(log_ridge);
}

MgGrid *
mg_grid(const MgProblem *q, MgSpectrum *s)
{
	MgGrid	   *grid = palloc0(sizeof(MgGrid));
	int			i;

	grid->n = mg_trust_levels(q->p, q->n_panels, &grid->level, &grid->n_levels);
	grid->ridge = palloc0(grid->n * sizeof(MgRidge));
	for (i = 0; i < grid->n; i++)
	{
		double		kappa[MG_MAX_PANELS] = {0};
		double		log_prior = mg_trust_combination(grid->level, grid->n_levels,
													 q->n_panels, i, kappa);

		CHECK_FOR_INTERRUPTS();
		mg_ridge(q, s, kappa, true, &grid->ridge[i]);
		grid->ridge[i].log_prior = log_prior;
	}
	mix(q, grid);
	return grid;
}

/*
 * One step of the sensitivity, the same kappa in every panel: a ridge of the
 * grid where it has these kappas, otherwise *own, which is made.
 */
const MgRidge *
mg_sensitivity_ridge(const MgProblem *q, const MgGrid *grid, MgSpectrum *s,
					 int step, bool betas, MgRidge *own)
{
	double		kappa[MG_MAX_PANELS] = {0};
	int			i;
	int			k;

	for (k = 0; k < q->n_panels; k++)
		kappa[k] = MG_KAPPA_STEP * step;
	for (i = 0; i < grid->n; i++)
	{
		if (memcmp(grid->ridge[i].kappa, kappa, sizeof(kappa)) == 0)
			return &grid->ridge[i];
	}
	mg_ridge(q, s, kappa, betas, own);
	return own;
}

/* The points that count, weights summing to 1: how many. */
int
mg_grid_points(const MgProblem *q, const MgGrid *grid, double **weight,
			   const double ***beta)
{
	double		sum = 0;
	int			n = 0;
	int			i;
	int			b;

	*weight = palloc(grid->n * MG_R2_POINTS * sizeof(double));
	*beta = palloc(grid->n * MG_R2_POINTS * sizeof(double *));
	for (i = 0; i < grid->n; i++)
	{
		const MgRidge *ridge = &grid->ridge[i];

		for (b = 0; b < ridge->n_kept; b++)
		{
			double		w = grid->weight[i * MG_R2_POINTS + ridge->kept[b]];

			if (w < MG_KEEP)
				continue;
			sum += w;
			(*weight)[n] = w;
			(*beta)[n++] = ridge->beta + (Size) b * q->p;
		}
	}
	for (i = 0; i < n; i++)
		(*weight)[i] /= sum;
	return n;
}

/*-------------------------------------------------------------------------
 *
 * fit.h
 *		Prior-weighted regression: what a fit is given and what it returns.
 *
 * The prior of a standardised coefficient is beta_j ~ N(m_j, sigma^2 v_j)
 * (binomial: sigma^2 = 1), v_j = tau^2 relvar_j(kappa) exp(u_c).  The data
 * learn tau^2 (as a prior R squared), the trust kappa in each panel, and
 * u_c, how far they overrule the panel in a category.  Predictions average
 * over four models: {flat, panel} x {without, with category overrule}.
 *
 * All memory is palloc'ed in the current context.  Matrices are full, row
 * by row, unless said otherwise.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_FIT_H
#define MG_FIT_H

#include "postgres.h"

#include "prediction/gram.h"

#define MG_FIT_MAX_POINTS	80	/* of the grid, kept for prediction */
#define MG_FIT_KAPPAS		10
#define MG_FIT_SENSITIVITY	13

typedef enum MgFamily
{
	MG_GAUSSIAN,
	MG_BINOMIAL
} MgFamily;

typedef enum MgModelKind		/* order of model_weight and log_evidence */
{
	MG_MODEL_FLAT,
	MG_MODEL_PANEL,
	MG_MODEL_FLAT_OVERRULE,
	MG_MODEL_PANEL_OVERRULE,
	MG_MODEL_KINDS
} MgModelKind;

typedef struct MgPrior
{
	int			p;				/* variables */
	int			n_categories;
	int			n_panels;		/* 0: flat models only */
	double	   *member;			/* p x n_categories: share of a variable in a
								 * category; a row sums to 1, or is all 0 */
	double	   *importance;		/* n_panels x n_categories: z, log scale, mean
								 * 0 over what the panel covers, 0 where it
								 * does not */
	double	   *mean;			/* NULL, or p prior means, standardised */
	double	   *fixed_variance; /* NULL, or p: v is given, none is learnt */
	double		sigma_shape;	/* a0 and b0 of sigma^2, 0: reference prior */
	double		sigma_scale;
	double		overrule_sd;	/* omega, usually 2 */
	bool		overrule;		/* average over the overrule models too */
	bool		category_budget;	/* variance shared out by category */
	const bool *always;			/* binomial: NULL, or p: not shrunk; gaussian
								 * ones are swept out of the Gram */
	const char *const *names;	/* NULL, or p names for messages */
} MgPrior;

typedef struct MgSensitivity
{
	double		kappa;			/* "trust exponent" */
	double		log_evidence;
	double		r2;				/* most probable prior R squared */
	double		edf;
	double		cv_loss;		/* NaN without folds */
} MgSensitivity;

typedef struct MgQuality		/* of predictions of rows that were held out */
{
	double		loss;			/* mse, or log loss a row */
	double		loss_error;		/* standard error over folds */
	double		brier;			/* binomial */
	double		auc;			/* binomial */
	double		auc_bound;		/* most that binning can have changed it */
	double		r2;				/* gaussian */
	double		slope;			/* calibration */
	double		intercept;
	double		in_the_large;
	int			n_folds;
	double	   *fold_loss;		/* n_folds */
} MgQuality;

typedef struct MgFit
{
	MgFamily	family;
	int			p;
	int			n_categories;
	int			n_panels;
	double		n;				/* effective number of rows */
	double		nu;				/* degrees of freedom; binomial: infinity */
	double		s2;				/* at the most probable grid point; binomial:
								 * 1 */

	/* the averaged posterior, on the standardised scale */
	double		intercept;		/* at the mean of x */
	double	   *beta;			/* p */
	double	   *std_dev;		/* p: within and between grid points */
	double	   *prior_sd;		/* p: sqrt(v_j s2) at the most probable point */
	double	   *prior_share;	/* p: posterior variance / prior variance
								 * there, (B^-1)_jj: 1 = the data said nothing */

	/* for intervals: the most probable grid point and those around it */
	double	   *scale;			/* p: D = sqrt(v) there */
	double	   *factor;			/* packed lower triangle of L, LL' = B; NULL:
								 * not kept */
	double		intercept_precision;	/* binomial: s = sum W + 1/100 */
	double	   *intercept_cross;	/* binomial: p, xw = D X'W 1 */

	/*
	 * The variance between grid points, condensed: sum_k w_k (b_k - beta)
	 * (b_k - beta)' is the mixture's, its smallest directions left out.
	 */
	int			n_points;		/* at most MG_FIT_MAX_POINTS */
	double	   *point_weight;	/* sum to 1 */
	double	   *point_beta;		/* n_points x p */

	/* the dials, without overrule */
	int			n_kappa;		/* one panel: MG_FIT_KAPPAS; no panel: 1;
								 * several: combinations */
	double	   *kappa;			/* n_kappa x n_panels; no panel: 0 */
	double	   *kappa_weight;
	double	   *kappa_log_evidence;
	double	   *trust;			/* n_panels: P(kappa > 0 | data) */
	double	   *kappa_mean;		/* n_panels */
	double	   *kappa_hat;		/* n_panels, most probable */
	double		r2_mean;
	double		r2_hat;
	double		log_bayes_factor;	/* panel against flat */
	double	   *optimum;		/* mg_fit_optimum: log tau^2, then a kappa a
								 * panel; otherwise NULL */

	/* the four models; without overrule the last two have weight 0 */
	double		model_weight[MG_MODEL_KINDS];
	double		log_evidence[MG_MODEL_KINDS];
	double		overrule_r2[2]; /* flat, panel */
	double	   *overrule_flat;	/* n_categories: u of flat with overrule */
	double	   *overrule_panel; /* n_categories: u of panel with overrule */

	/* prior against data, a category: Q_cc of rank r, T_c / S ~ Beta */
	double	   *conflict_low;	/* n_categories; NaN: no variable */
	double	   *conflict_high;
	double	   *conflict_score; /* signed, standard normal */
	double	   *leave_out;		/* change of the panel's log evidence, at its
								 * most probable kappa, when z_c = 0 */
	double	   *variable_low;	/* p: the same a variable; NaN: dropped */
	double	   *variable_high;
	double	   *variable_score;

	int			n_sensitivity;
	MgSensitivity *sensitivity;

	bool		cross_validated;
	bool		overrule_validated; /* quality counts the overrule models */
	MgQuality	quality;		/* these models, averaged */
	MgQuality	quality_flat;	/* the flat prior alone */

	int			passes;			/* binomial: over the rows */
	bool		converged;
	char	   *notices;		/* NULL or lines: what the failure table says */
} MgFit;

/* gaussian.c: one exact fit of a Gram, without cross-validation */
extern MgFit *mg_fit_gaussian(const MgGram *g, const MgPrior *prior);

/* the same at the one prior that makes the data most probable */
extern MgFit *mg_fit_optimum(const MgGram *g, const MgPrior *prior);

/*
 * cross_validation.c: where the folds come from.  raw: coefficients and
 * intercept on the scale of the data, for p standardised ones; NULL: by the
 * means and divisors of the Gram.  What the functions allocate is freed after
 * each fold.
 */
typedef struct MgFolds
{
	int			n;
	MgGram	   *(*train) (void *arg, int fold);
	MgPredictionMoments *(*held) (void *arg, int fold);
	void		(*raw) (void *arg, int fold, const MgGram *g,
						const double *beta, double *b, double *intercept);
	void	   *arg;
	bool		overrule;		/* fit the overrule models in each fold too */
	bool		optimum;		/* the folds' fits are mg_fit_optimum's */
} MgFolds;

extern void mg_cross_validate(MgFit *fit, const MgPrior *prior,
							  const MgFolds *folds);

#endif							/* MG_FIT_H */

/*-------------------------------------------------------------------------
 *
 * binomial_fit.h
 *		What the files of the binomial family share.
 *
 * All that a fit needs of the rows are quadratic approximations of the log
 * likelihood at coefficients that it chooses (MgQuadratic).  Where they come
 * from, rows in memory or passes over a table, is behind MgLikelihood.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_BINOMIAL_FIT_H
#define MG_BINOMIAL_FIT_H

#include <math.h>

#include "core/moments.h"
#include "prediction/gaussian.h"

#define MG_INTERCEPT_SD		10.0
#define MG_INTERCEPT_PRECISION (1 / (MG_INTERCEPT_SD * MG_INTERCEPT_SD))
#define MG_LOGISTIC_VARIANCE (M_PI * M_PI / 3)
#define MG_ALWAYS_SD		10.0	/* of a coefficient that is not shrunk */
#define MG_LARGE_ETA		15.0	/* a probability of 3e-7: separation */
#define MG_N_R2				15
#define MG_ETA_BINS			2048
#define MG_ETA_LIMIT		12.0

/*
 * The prior over the columns that are not dropped; of a Gram without any, the
 * first, which is zero.  "shrunk" says how trust makes variances: it is the
 * problem of the columns whose variances are learnt.  Those always in have
 * MG_ALWAYS_SD, mean 0, no category, and no part in tau^2.
 */
typedef struct MgBinomialPrior
{
	int			p;
	MgProblem  *problem;		/* of all p */
	MgProblem  *shrunk;
	int		   *place;			/* [shrunk->p]: which of the p */
	int			n_always;
	int		   *always;			/* [n_always]: which of the p */
	int			n_categories;
	int			n_panels;
	double	   *mean;			/* [p] */
	double	   *fixed_variance; /* [p] or NULL; those always in too */
	double		overrule_sd;
	bool		overrule;
} MgBinomialPrior;

/*
 * The log likelihood around (intercept, beta), where its value is loglik, its
 * gradient (score0, score) and minus its Hessian is, W = w mu (1 - mu),
 *
 *		[ sum_w,       sum_w mean'         ]
 *		[ sum_w mean,  M + sum_w mean mean']
 */
typedef struct MgQuadratic
{
	int			p;
	double		intercept;
	double	   *beta;			/* [p] */
	double		loglik;
	double		score0;
	double	   *score;			/* [p], X'(w (y - mu)) */
	double		sum_w;			/* 1'W1 */
	double	   *mean;			/* [p], X'W1 / sum_w */
	double	   *M;				/* p x p, X'WX, centred */
	double		max_eta;		/* largest |eta| */
} MgQuadratic;

/* The posterior that a quadratic and a prior variance give. */
typedef struct MgNormalFit
{
	int			p;
	double	   *D;				/* [p], sqrt v */
	double	   *L;				/* p x p, lower: LL' = B = I + D H D */
	double	   *inverse;		/* p x p, B^-1; where asked for */
	double		s;				/* precision of the intercept, given beta */
	double	   *cross;			/* [p], D X'W1 */
	double	   *gamma;			/* [p], (beta - m) / D */
	double	   *beta;
	double		intercept;
	double		log_det;		/* sum log L_ii */
	double		evidence;		/* see mg_normal_fit */
} MgNormalFit;

typedef struct MgLikelihood MgLikelihood;
typedef struct MgScores MgScores;
struct MgLikelihood
{
	int			p;
	int			n_folds;
	/* fill q[0..k-1] at their (intercept, beta), leaving a fold out or -1 */
	void		(*quadratics) (MgLikelihood *self, MgQuadratic **q, int k,
							   int without_fold);
	/* rows in memory only */
	double		(*log_likelihood) (MgLikelihood *self, double intercept,
								   const double *beta, int without_fold);
	/* passes only: q[f * k + i] for each fold f */
	void		(*fold_quadratics) (MgLikelihood *self, MgQuadratic **q,
									int k);
	/* coef: see mg_rows_score */
	void		(*score) (MgLikelihood *self, const double *coef,
						  MgScores *scores);
};

/*
 * Log evidence over the grid of kappas, one a panel, and the prior's R
 * squared.
 */
typedef struct MgHyperGrid
{
	int			n_kappa;		/* vectors of kappas; the first is all 0 */
	int			n_panels;
	double		top_kappa;		/* the largest level */
	double	   *kappa;			/* n_kappa x n_panels */
	double	   *kappa_prior;	/* [n_kappa], sums to 1 */
	double		r2[MG_N_R2];
	double		r2_prior[MG_N_R2];
	int			n_r2;
	double	   *evidence;		/* n_kappa x n_r2 */
	double	   *weight;			/* posterior; sums to 1 */
	double	   *intercept;
	double	   *edf;			/* mg_hyper_on_quadratic */
	double	   *beta;			/* n_kappa x n_r2 x p, NULL: not kept */
	/* from here on: mg_hyper_weigh */
	double	   *kappa_evidence; /* [n_kappa] */
	double	   *kappa_weight;	/* [n_kappa] */
	double		flat;			/* log evidence */
	double		panel;			/* log evidence; -infinity without panel */
	int			best;			/* point of largest posterior */
	int			best_panel;		/* kappas but the first of largest posterior,
								 * -1: none */
} MgHyperGrid;

/* A model with category overrule on its way to convergence. */
typedef struct MgUplift
{
	double		kappa[MG_MAX_PANELS];
	int			n;				/* 1 + n_categories */
	double	   *theta;			/* [n]: logit R2, u */
	double	   *hessian;		/* n x n */
	double		evidence;
	double	   *v;				/* [p] */
} MgUplift;

typedef enum MgVector			/* of coefficients, which iterate together */
{
	MG_VECTOR_AVERAGE,			/* flat and panel, over the grid */
	MG_VECTOR_FLAT,				/* kappa = 0 */
	MG_VECTOR_FLAT_OVERRULE,
	MG_VECTOR_PANEL_OVERRULE,
	MG_VECTORS
} MgVector;

/* The models of one fit, each on a quadratic of its own. */
typedef struct MgBinomialModels
{
	bool		active[MG_VECTORS];
	MgQuadratic *q[MG_VECTORS];
	MgHyperGrid *grid;			/* of MG_VECTOR_AVERAGE */
	MgHyperGrid *flat;
	MgNormalFit *best;			/* at the best grid point */
	MgNormalFit *f[MG_VECTORS]; /* of the overrule models */
	MgUplift   *overrule[MG_VECTORS];
	double		intercept[MG_VECTORS];	/* what each arrives at */
	double	   *beta[MG_VECTORS];
	double		change[MG_VECTORS]; /* largest, from where q is */
	double	   *step[MG_VECTORS];	/* the last one taken, intercept first */
	double		log_evidence[MG_MODEL_KINDS];
	double		weight[MG_MODEL_KINDS];
	int			passes;
	bool		converged;
} MgBinomialModels;

/* Predictions of held-out rows by several coefficient vectors. */
struct MgScores
{
	int			n_folds;
	int			n_vectors;		/* the first MG_SCORE_BINNED are binned */
	double	   *sum_w;			/* [n_folds] */
	double	   *loss;			/* n_vectors x n_folds, sum of w log loss */
	double	   *brier;			/* n_vectors x n_folds */
	double	   *excess;			/* n_vectors x n_folds, sum of w (y - mu) */
	double	   *bins;			/* MG_SCORE_BINNED x MG_ETA_BINS x (w1, w0, w
								 * eta) */
};

#define MG_SCORE_BINNED		2

/* Rows in memory. */
typedef struct MgBinomialRows
{
	MgLikelihood like;
	int64		n;				/* rows, or different ones when collapsed */
	int64		n_rows;			/* as added */
	int64		capacity;
	double	   *x;				/* n x p, standardised */
	double	   *w;				/* [n] */
	double	   *wy;				/* [n] */
	int		   *fold;			/* [n] */
	MgMoments  *moments;		/* work */
} MgBinomialRows;

/* One row's share of the log likelihood, and mu (1 - mu). */
static inline double
mg_logistic(double eta, double w, double wy, double *mu, double *variance)
{
	double		e = exp(-fabs(eta));

	*mu = eta >= 0 ? 1 / (1 + e) : e / (1 + e);
	*variance = e / ((1 + e) * (1 + e));
	return wy * eta - w * (Max(eta, 0) + log1p(e));
}

/* binomial_rows.c */
extern MgBinomialRows *mg_rows_alloc(int p, int n_folds, int64 capacity);
extern void mg_rows_add(MgBinomialRows *rows, const double *x, bool y,
						double w, int fold);
extern void mg_rows_finish(MgBinomialRows *rows, double scale);
extern void mg_quadratic_moments(MgQuadratic *q, const MgMoments *m);

/* binomial_quality.c */
extern MgScores *mg_scores_alloc(int n_folds, int n_vectors);
extern void mg_scores_add(MgScores *s, int fold, int vector, double eta,
						  double w, double wy);
extern void mg_scores_quality(const MgScores *s, int vector, MgQuality *q);

/* binomial_quadratic.c */
extern double *mg_zeros(Size n);
extern MgQuadratic *mg_quadratic_alloc(int p);
extern void mg_quadratic_free(MgQuadratic *q);
extern void mg_quadratic_add(MgQuadratic *q, const MgQuadratic *other);
extern MgNormalFit *mg_normal_fit_alloc(int p);
extern void mg_normal_fit(MgNormalFit *f, const MgQuadratic *q,
						  const double *v, const double *m,
						  bool flat_intercept);
extern void mg_normal_inverse(MgNormalFit *f);
extern bool mg_binomial_map(MgLikelihood *like, MgQuadratic *q, MgNormalFit *f,
							const double *v, const double *m, double tolerance,
							int without_fold, double *laplace);

/* binomial_grid.c */
extern double mg_prior_variance(double r2, int p);
extern void mg_set_variances(const MgBinomialPrior *prior, const double *kappa,
							 double tau2, double *v);
extern MgHyperGrid *mg_hyper_alloc(const MgBinomialPrior *prior, bool keep_beta);
extern void mg_hyper_kappa(MgHyperGrid *g, const double *kappa);
extern void mg_hyper_sensitivity(MgHyperGrid *g, int first, int n);
extern void mg_hyper_on_quadratic(MgHyperGrid *g, const MgQuadratic *q,
								  const MgBinomialPrior *prior);
extern void mg_hyper_weigh(MgHyperGrid *g);
extern void mg_hyper_average(const MgHyperGrid *g, int p, double *intercept,
							 double *beta);
extern void mg_hyper_variance(const MgHyperGrid *g, const MgBinomialPrior *prior,
							  int point, double *v);

/* binomial_overrule.c */
extern MgUplift *mg_uplift_alloc(const MgBinomialPrior *prior);
extern void mg_uplift_variance(const MgUplift *o, const MgBinomialPrior *prior,
							   double *v);
extern double mg_uplift_step(MgUplift *o, const MgQuadratic *q,
							 const MgBinomialPrior *prior, MgNormalFit *f);
extern void mg_uplift_evidence(MgUplift *o, const MgBinomialPrior *prior,
							   double laplace);

/* binomial_models.c */
extern MgBinomialModels *mg_models_alloc(const MgBinomialPrior *prior, bool flat);
extern void mg_models_start(MgBinomialModels *m, const MgGram *gram,
							const MgBinomialPrior *prior,
							const MgBinomialModels *from);
extern double mg_models_solve(MgBinomialModels *m, const MgBinomialPrior *prior);
extern void mg_models_iterate(MgBinomialModels *m, MgLikelihood *like,
							  const MgBinomialPrior *prior, int without_fold);
extern void mg_models_weigh(MgBinomialModels *m, const MgBinomialPrior *prior);
extern void mg_models_average(const MgBinomialModels *m, int p,
							  double *intercept, double *beta);
extern void mg_models_exact(MgBinomialModels *m, MgLikelihood *like,
							const MgBinomialPrior *prior, int without_fold);
extern void mg_hyper_exact(MgHyperGrid *g, MgLikelihood *like,
						   const MgBinomialPrior *prior, int without_fold,
						   double start, double *edf,
						   const MgHyperGrid *known);

/* binomial.c */
extern MgBinomialPrior *mg_binomial_prior(const MgGram *gram,
										  const MgPrior *prior);
extern MgFit *mg_fit_binomial_rows(MgBinomialRows *rows, const MgGram *gram,
								   const MgBinomialPrior *prior);
extern MgFit *mg_fit_binomial_passes(MgLikelihood *like, const MgGram *gram,
									 const MgBinomialPrior *prior);

/* binomial_report.c */
extern MgFit *mg_binomial_report(const MgBinomialModels *m,
								 MgLikelihood *exact, const MgGram *gram,
								 int p, const MgBinomialPrior *prior);
extern double mg_sensitivity_kappa(int i);
extern void mg_binomial_note(MgFit *fit, const char *line);

#endif							/* MG_BINOMIAL_FIT_H */

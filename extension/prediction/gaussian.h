/*-------------------------------------------------------------------------
 *
 * gaussian.h
 *		What the files of the gaussian family share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_GAUSSIAN_H
#define MG_GAUSSIAN_H

#include "core/tridiagonal.h"
#include "prediction/fit.h"

#define MG_R2_POINTS	57		/* logit -7, -6.75, .., 7 */
#define MG_MAX_PANELS	7
#define MG_KAPPA_STEP	0.25	/* of the sensitivity */
#define MG_EXACT		1e-12	/* of y'y: no error left */
#define MG_KEEP			1e-6	/* grid points of less weight are skipped */

/*
 * A Gram and its prior over the columns that are not dropped, outcome and
 * cross-products less the prior means.
 */
typedef struct MgProblem
{
	int			p;				/* columns that are not dropped */
	int		   *column;			/* [p]: where they are in the Gram */
	const double *G;			/* p x p */
	double	   *c;				/* X'y - G m */
	double		yy;				/* y'y - 2 m'X'y + m'G m */
	double		n;
	double		nu;				/* n - 1 + a0 */
	double		a0;
	double		b0;
	double	   *mean;			/* [p]: m */
	int			n_categories;
	int			n_panels;
	double	   *member;			/* p x n_categories */
	const double *importance;	/* n_panels x n_categories */
	double	   *z;				/* n_panels x p */
	double	   *budget;			/* [p]: log relative variance at kappa 0 */
} MgProblem;

/* The exact posterior of one vector of prior variances. */
typedef struct MgPoint
{
	double		log_ml;
	double		rss;			/* S */
	double		s2;
	double	   *root_v;			/* [p]: D */
	double	   *a;				/* [p]: D^-1 (beta - m) = B^-1 D c */
	double	   *inverse;		/* packed B^-1 */
	double		noise;			/* of its elements */
} MgPoint;

/* D G D = Q T Q', T tridiagonal, Q a product of reflections. */
typedef struct MgSpectrum
{
	int			p;
	double	   *root;			/* [p]: D */
	double	   *q;				/* [p]: Q'D c */
	MgTridiagonal t;
} MgSpectrum;

/* What is known of one vector of kappas once all R2 were tried. */
typedef struct MgRidge
{
	double		kappa[MG_MAX_PANELS];
	double		log_prior;
	double		log_ml[MG_R2_POINTS];
	double		edf[MG_R2_POINTS];
	double		log_evidence;	/* over R2 */
	int			best;			/* most probable R2 */
	int			n_kept;
	int			kept[MG_R2_POINTS];
	double	   *beta;			/* n_kept x p, less prior means */
} MgRidge;

/* The grid and its mixture. */
typedef struct MgGrid
{
	int			n;				/* vectors of kappas; the first is all 0 */
	int			n_levels;
	const double *level;
	MgRidge    *ridge;			/* [n] */
	double	   *weight;			/* n x MG_R2_POINTS, sum to 1 */
	double		log_flat;		/* evidence of kappa 0 */
	double		log_panel;		/* of all others together */
	double		flat_prior;		/* of kappa 0 */
	int			mode;			/* the most probable point: ridge */
	int			mode_r2;
	int			panel_mode;		/* most probable ridge but the first */
	double	   *beta;			/* [p]: averaged, less prior means */
} MgGrid;

/* log v_j = offset_j + sum_k share theta_k, maximised over theta */
typedef struct MgScoring
{
	int			k;				/* dimension of theta */
	const double *offset;		/* [p] */
	const int  *start;			/* [p + 1]: into term and share */
	const int  *term;
	const double *share;
	double		omega;			/* > 0: theta_0 is logit R2, the others are
								 * normal with this standard deviation */
	double		tolerance;		/* of the gradient */
} MgScoring;

/* gaussian_point.c */
extern MgProblem *mg_problem(const MgGram *g, const MgPrior *prior);
extern void mg_relative_variance(const MgProblem *q, const double *kappa,
								 double *v);
extern MgPoint *mg_point(const MgProblem *q, const double *v);
extern void mg_point_free(MgPoint *point);
extern void mg_point_scores(const MgProblem *q, const MgPoint *point,
							double *score);
extern double mg_log_ml(const MgProblem *q, double log_det, double quadratic);

/* spectrum.c */
extern MgSpectrum *mg_spectrum_create(int p);
extern void mg_spectrum_free(MgSpectrum *s);
extern void mg_spectrum_set(MgSpectrum *s, const MgProblem *q,
							const double *v);
extern void mg_spectrum_at(const MgSpectrum *s, double t, double *log_det,
						   double *quadratic, double *edf);
extern void mg_spectrum_solve(const MgSpectrum *s, const double *t, int m,
							  double *beta);

/* gaussian_grid.c */
extern double mg_r2(int i);
extern double mg_r2_log_prior(int i);
extern int	mg_trust_levels(int p, int n_panels, const double **level,
							int *n_levels);
extern double mg_trust_combination(const double *level, int n_levels,
								   int n_panels, int i, double *kappa);
extern void mg_ridge(const MgProblem *q, MgSpectrum *s, const double *kappa,
					 bool betas, MgRidge *ridge);
extern void mg_ridge_beta(const MgRidge *ridge, int p, double *beta);
extern MgGrid *mg_grid(const MgProblem *q, MgSpectrum *s);
extern int	mg_grid_points(const MgProblem *q, const MgGrid *grid,
						   double **weight, const double ***beta);

extern const MgRidge *mg_sensitivity_ridge(const MgProblem *q,
										   const MgGrid *grid, MgSpectrum *s,
										   int step, bool betas,
										   MgRidge *own);

/* condense.c */
extern void mg_condense(MgFit *fit, const MgProblem *q, const double *weight,
						const double *const *beta, int n, const double *mean);

/* gaussian_checks.c */
extern void mg_fit_notice(MgFit *fit, const char *line);
extern void mg_check_gram(const MgGram *g, const MgPrior *prior);
extern bool mg_outcome_varies(const MgGram *g);
extern void mg_refuse_range(void);
extern void mg_refuse_exact(const MgGram *g, const MgPrior *prior);
extern bool mg_fits_exactly(const MgGram *g, const MgProblem *q,
							const MgGrid *grid, MgSpectrum *s);
extern void mg_panel_notices(MgFit *fit, const MgProblem *q,
							 const MgGrid *grid);

/* gaussian.c */
extern void mg_fold_beta(const MgProblem *q, const MgPrior *prior,
						 const MgGrid *grid, bool overrule, double *beta);

/* overrule.c */
extern MgPoint *mg_scoring(const MgProblem *q, const MgScoring *model,
						   double *theta, double *log_evidence,
						   bool *converged);
extern MgPoint *mg_overrule(const MgProblem *q, const double *kappa,
							double omega, double *u, double *r2,
							double *log_evidence, bool *converged);
extern MgPoint *mg_optimum(const MgProblem *q, double *alpha,
						   bool *converged);
extern void mg_information(const MgProblem *q, const MgPoint *point,
						   const MgScoring *model, double *h);

/* conflict.c */
extern void mg_conflict(const MgProblem *q, const MgPoint *point,
						const int *member, int n_member, double *low,
						double *high);
extern void mg_conflicts(const MgProblem *q, const MgPoint *point, MgFit *fit);
extern void mg_leave_out(const MgProblem *q, const MgGrid *grid,
						 MgSpectrum *s, double *change);

#endif							/* MG_GAUSSIAN_H */

/*-------------------------------------------------------------------------
 *
 * panel_numbers.h
 *		What is computed from a panel's votes; numbers only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PANEL_NUMBERS_H
#define MG_PANEL_NUMBERS_H

#include "core/panel.h"

/* The votes by voter; those of voter j are start[j] to start[j + 1] - 1. */
typedef struct MgBallots
{
	int			n_voters;
	int			n_categories;
	int32	   *start;			/* [n_voters + 1] */
	MgVote	   *vote;
} MgBallots;

/* Of each category; NaN: could not be estimated. */
typedef struct MgPanelFit
{
	double	   *importance;		/* log scale, mean 0 */
	double	   *std_error;
	double	   *reliability;
	double		residual_var;
	double		between_var;	/* of the categories, beyond error; NaN */
	bool		converged;
} MgPanelFit;

typedef enum MgPool
{
	MG_POOL_LOG,
	MG_POOL_LINEAR
} MgPool;

/* ties of more categories would need too many orders */
#define MG_MAX_TIE		8

extern void mg_panel_ballots(const MgPanel *s, MgBallots *ballots);
extern int	mg_panel_groups(const MgBallots *b, int32 *group);
extern bool mg_laplacian_inverse(double *a, int k);
extern void mg_panel_reliability(MgPanelFit *fit, int n, double tiny);
extern void mg_panel_centre(double *x, int n);

extern void mg_panel_ratings(const MgBallots *b, double scale_max, MgPool pool,
							 MgPanelFit *fit);
extern int	mg_panel_largest_tie(const MgBallots *b);
extern void mg_plackett_luce(const MgBallots *b, MgPanelFit *fit);
extern double mg_panel_rating(double rating, double scale_max, MgPool pool);

typedef enum MgMetric
{
	MG_METRIC_NOMINAL,
	MG_METRIC_ORDINAL,
	MG_METRIC_INTERVAL,
	MG_METRIC_RATIO
} MgMetric;

typedef enum MgAgreementWeights
{
	MG_WEIGHTS_IDENTITY,
	MG_WEIGHTS_ORDINAL,
	MG_WEIGHTS_LINEAR,
	MG_WEIGHTS_QUADRATIC
} MgAgreementWeights;

typedef struct MgConcordance
{
	int64		n_complete;		/* voters who voted on every category */
	double		w;
	double		statistic;
	double		df;
} MgConcordance;

extern void mg_kendall_w(const MgBallots *b, MgConcordance *k);
extern double mg_krippendorff_alpha(const MgPanel *s, MgMetric metric);
extern double mg_gwet_ac(const MgPanel *s, MgAgreementWeights weights);

#endif							/* MG_PANEL_NUMBERS_H */

/*-------------------------------------------------------------------------
 *
 * binomial_pass.h
 *		One pass over the rows of a yes/no outcome: what it is told, and what
 *		it brings back.
 *
 * The aggregate binomial_pass_agg(outcome, x, weight, fold, settings) gets
 * its settings as an array of numbers, the same for every row:
 *
 *		MG_SETTINGS_HEADER numbers, see the enum
 *		parent[p]	column of x that a column of the model is made from;
 *					-1 - column: the indicator of its being missing
 *		mean[p], divisor[p]
 *		coefficients	vectors x (1 + p); scoring: vectors x folds x (1 + p)
 *
 * Its state is MgPass and then, for a pass that makes quadratics, a slot for
 * each fold and vector: loglik, score0, max_eta, score[p], MgMoments of x
 * with weights W; for one that scores, the numbers of MgScores; then p
 * numbers of work space.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_BINOMIAL_PASS_H
#define MG_BINOMIAL_PASS_H

#include "core/compat.h"
#include "io/rows.h"
#include "prediction/binomial_fit.h"

#define MG_PASS_FORMAT		1
#define MG_PASS_MAX_FOLDS	1000
#define MG_PASS_MAX_VECTORS 100

typedef enum MgSetting
{
	MG_SETTING_SCORING,			/* 0 or 1 */
	MG_SETTING_N_X,
	MG_SETTING_P,
	MG_SETTING_VECTORS,
	MG_SETTING_FOLDS,			/* 1: only whether fold is NULL is looked at */
	MG_SETTING_DROP_MISSING,	/* 0 or 1 */
	MG_SETTING_SCALE,			/* what weights are multiplied by */
	MG_SETTINGS_HEADER
} MgSetting;

/* Settings as numbers of their kind; points into the array. */
typedef struct MgPassPlan
{
	bool		scoring;
	bool		drop_missing;
	int			n_x;
	int			p;
	int			n_vectors;
	int			n_folds;
	double		scale;
	const double *parent;
	const double *mean;
	const double *divisor;
	const double *coef;
} MgPassPlan;

typedef struct MgPass
{
	int32		vl_len_;
	uint16		format;
	uint16		flags;			/* always 0 */
	int32		scoring;
	int32		p;
	int32		n_vectors;
	int32		n_folds;
	int64		n;				/* rows of weight above 0 */
	int64		n_skipped;
	double		number[FLEXIBLE_ARRAY_MEMBER];
} MgPass;

/* binomial_pass.c */
extern Size mg_pass_settings_length(const MgPassPlan *plan);
extern bool mg_plan_row(const MgPassPlan *plan, const MgXRow *row, double *x);
extern void mg_binomial_outcome(double outcome);
extern uint64 mg_pass_size(int scoring, int p, int n_vectors, int n_folds);
extern MgPass *mg_pass_create(int scoring, int p, int n_vectors, int n_folds);
extern MgPass *mg_pass_open(Datum d);
extern Size mg_pass_piece(MgPass *pass, int i, double **numbers);
extern MgMoments *mg_pass_moments(MgPass *pass, int i);
extern const char *mg_pass_invalid(const MgPass *pass);
extern void mg_pass_merge(MgPass *pass, MgPass *other);
extern void mg_pass_add(MgPass *pass, const MgPassPlan *plan, int fold,
						const MgXRow *row);
extern void mg_pass_quadratic(MgPass *pass, int fold, int vector,
							  MgQuadratic *q);
extern void mg_pass_scores(const MgPass *pass, MgScores *scores);

#endif							/* MG_BINOMIAL_PASS_H */

/*-------------------------------------------------------------------------
 *
 * gram.h
 *		From a prediction summary to the standardised cross-products of a fit.
 *
 *		s = mg_prediction_open(datum);
 *		m = mg_prediction_moments(s, -1, -1, NULL);
 *		g = mg_gram(m, NULL, design_effect);
 *
 * Cross-validation without a second pass, fold f left out:
 *
 *		train = mg_prediction_moments(s, f, -1, NULL);
 *		held = mg_prediction_moments(s, -1, f, train->fill);
 *
 * Columns are p = n_x + n_indicators: first x in its order, then the
 * indicators of missing values in the order of their columns of x.  All
 * memory is palloc'ed in the current context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_GRAM_H
#define MG_GRAM_H

#include "io/prediction_summary.h"

/* Which column is what. */
typedef struct MgPredictionLayout
{
	int			p;				/* n_x + n_indicators */
	int			n_x;
	int			n_indicators;
	int		   *parent;			/* [p]: the column of x; its own for x */
	int64	   *n_missing;		/* [p]: of x, rows where it is missing */
	int			n_folds;
	int		   *fold;			/* [n_folds]: their numbers, ascending */
	bool		cross_validation;	/* two folds at least */
} MgPredictionLayout;

/* Moments of the columns and the outcome, missing values imputed. */
typedef struct MgPredictionMoments
{
	int			p;				/* x and indicators */
	int			n_x;
	int64		n;				/* rows of weight above 0 */
	double		sum_w;
	double		sum_w2;
	double	   *mean;			/* [p + 1], outcome last */
	double	   *M;				/* (p + 1) x (p + 1), full, centred */
	double	   *fill;			/* [n_x]: what stands for missing values */
} MgPredictionMoments;

/*
 * Standardised cross-products.  G is p x p, full; a column that is dropped
 * is zero in G and c.
 */
typedef struct MgGram
{
	int			p;
	double	   *G;
	double	   *c;				/* with the outcome */
	double		yy;
	double		n;				/* effective rows; each swept column costs 1 */
	double		sum_w;
	int64		rows;
	double	   *mean;			/* [p] */
	double		y_mean;
	double	   *sd;				/* [p]: what columns were divided by */
	bool	   *dropped;		/* [p]: constant, swept or explained by those */
} MgGram;

/* What was swept out of a Gram, to find its coefficients afterwards. */
typedef struct MgSwept
{
	int			p;
	int			k;				/* columns swept */
	int		   *column;			/* [k] */
	double	   *lower;			/* k x k, Cholesky factor of their Gram */
	double	   *cross;			/* k x p, their Gram with all columns */
	double	   *c;				/* [k], with the outcome */
} MgSwept;

extern MgPredictionLayout *mg_prediction_layout(const MgPredictionSummary *s);

/*
 * The moments of all folds but one (without_fold; -1: all), or of one fold
 * (only_fold; -1: all); NULL where these folds have no row.  fill: n_x values
 * to stand for missing ones; NULL: the means of the values seen in these very
 * rows.
 */
extern MgPredictionMoments *mg_prediction_moments(const MgPredictionSummary *s,
												  int without_fold,
												  int only_fold,
												  const double *fill);

/* divisor: p values, NULL: the standard deviations (divisor sum of weights) */
extern MgGram *mg_gram(const MgPredictionMoments *m, const double *divisor,
					   double design_effect);

/*
 * Sweeps columns out of g, which changes: what is left is conditional on
 * them.  Constant ones cost nothing.  An error when one of them is collinear
 * with those before it.  beta: p coefficients of the fit on what is left, on
 * the standardised scale; fills in those of the swept columns.
 */
extern MgSwept *mg_gram_sweep(MgGram *g, const int *column, int n_columns);
extern void mg_swept_coefficients(const MgSwept *swept, double *beta);

#endif							/* MG_GRAM_H */

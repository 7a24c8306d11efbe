/*-------------------------------------------------------------------------
 *
 * logistic.h
 *		Logistic regression by maximum likelihood.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_LOGISTIC_H
#define MG_LOGISTIC_H

#include "core/least_squares.h"

typedef enum MgLogisticStatus
{
	MG_LOGISTIC_OK,
	MG_LOGISTIC_NO_DATA,		/* no row with a weight above 0 */
	MG_LOGISTIC_ONE_OUTCOME,	/* all outcomes 0, or all 1 */
	MG_LOGISTIC_SEPARATION,		/* no finite maximum exists */
	MG_LOGISTIC_NO_CONVERGENCE
} MgLogisticStatus;

typedef struct MgLogistic
{
	MgLogisticStatus status;
	int			k;				/* columns of x */
	int			rank;			/* those that are used */
	MgColumn   *column;			/* [k] */
	int		   *used;			/* [rank]: which, in their order */
	double	   *mean;			/* [k]: weighted, of x */
	double		at_mean;		/* linear predictor at the mean */
	double	   *b;				/* [k], 0 where a column is not used */
	double	   *v;				/* (rank + 1)^2: covariance of the linear
								 * predictor at the mean and the used b */
	double		log_likelihood;
	double		outcome_mean;	/* weighted */
	int64		n;				/* rows with a weight above 0 */
	int			iterations;
} MgLogistic;

extern void mg_logistic(const double *x, int64 n, int k, const double *y,
						const double *w, MgLogistic *fit);
extern double mg_logistic_probability(const MgLogistic *fit, const double *x);
extern double mg_logistic_intercept(const MgLogistic *fit, double *variance);

#endif							/* MG_LOGISTIC_H */

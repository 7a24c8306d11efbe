/*-------------------------------------------------------------------------
 *
 * binomial.h
 *		Prior-weighted prediction of a yes/no outcome.
 *
 *		beta ~ N(m, diag v), intercept ~ N(0, 10^2), logit P = intercept + x beta
 *
 * with x standardised and v_j = tau^2 relvar_j(kappa) exp(u_c), where
 * p tau^2 = R2 / (1 - R2) pi^2 / 3.  Columns that are always in have v_j =
 * 10^2 in every model and do not count in p.  Rows are read from a query:
 *
 *		gram = mg_gram(moments of prediction_agg(outcome, x, weight, person));
 *		fit = mg_fit_binomial(&source, gram, prior);
 *
 * Few rows are kept in memory and every point of the grid gets its own
 * posterior mode and Laplace evidence: up to 64 MB of numbers and (rows +
 * columns) times squared columns of 1e8, which takes some seconds.  More are passed over
 * about eight times, by an aggregate that runs in parallel; the grid is then
 * solved on one quadratic, near the average.  Nothing is written.
 *
 * The caller is connected to SPI and, for the fit to outlive SPI_finish, is
 * in a memory context of its own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_BINOMIAL_H
#define MG_BINOMIAL_H

#include "prediction/fit.h"

#define MG_BINOMIAL_MEMORY	64	/* megabytes of rows kept in memory at most */

typedef enum MgBinomialDriver
{
	MG_BINOMIAL_AUTO,
	MG_BINOMIAL_IN_MEMORY,
	MG_BINOMIAL_PASSES
} MgBinomialDriver;

/*
 * Where the rows come from.  The texts are SQL, put into
 *
 *		SELECT outcome, x, weight, fold FROM source
 *
 * as they are.  x has n_x elements; one that is NULL is missing.  A row
 * whose outcome or weight is NULL does not count, nor, when drop_missing,
 * one with a missing x; otherwise a missing x is replaced by the mean.
 *
 * Column j of the model is x[parent[j]] for j < n_x, and beyond that the
 * indicator of its being missing, both standardised by the mean and sd of
 * the Gram.
 */
typedef struct MgBinomialSource
{
	const char *source;			/* "(SELECT ...) AS alias", "schema.table" */
	const char *outcome;		/* float8, 0 or 1 */
	const char *x;				/* float8[] */
	const char *weight;			/* float8; NULL: all 1 */
	const char *fold;			/* integer, 0 to n_folds - 1; NULL: one fold;
								 * a row where it is NULL does not count */
	int			n_folds;		/* less than 2: no cross-validation */
	int			n_x;
	const int  *parent;			/* [p]; NULL: p = n_x, no indicators */
	bool		drop_missing;
	MgBinomialDriver driver;
} MgBinomialSource;

extern MgFit *mg_fit_binomial(const MgBinomialSource *source,
							  const MgGram *gram, const MgPrior *prior);

#endif							/* MG_BINOMIAL_H */

/*-------------------------------------------------------------------------
 *
 * prior.h
 *		From names of categories and panels' votes to the prior of a fit.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PREDICTION_PRIOR_H
#define MG_PREDICTION_PRIOR_H

#include "utils/jsonb.h"

#include "prediction/fit.h"
#include "prediction/panel.h"

/* What is known of the variables, and of those who rated their categories. */
typedef struct MgPriorSource
{
	int			n_inputs;		/* elements of x */
	char	  **name;			/* of them */
	char	  **category;		/* NULL, or of them; NULL: none */
	Jsonb	   *links;			/* NULL, or {"variable": {"category": 1}} */
	int			p;				/* variables: inputs, then indicators */
	const int  *parent;			/* [p]: their input, from 0 */
	int			n_panels;
	MgPanelWeights **panel;		/* [n_panels] */
} MgPriorSource;

/* A prior and the names behind its numbers. */
typedef struct MgNamedPrior
{
	MgPrior		prior;
	char	  **category;		/* sorted bytewise */
	char	  **panel;
	bool	   *rated;			/* panels x categories */
	double	   *importance_error;	/* panels x categories */
	char	   *notices;		/* NULL, or lines */
} MgNamedPrior;

extern MgNamedPrior *mg_prior_build(const MgPriorSource *source);

#endif							/* MG_PREDICTION_PRIOR_H */

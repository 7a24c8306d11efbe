/*-------------------------------------------------------------------------
 *
 * training.h
 *		From a prediction summary, categories and panels to a model.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PREDICTION_TRAINING_H
#define MG_PREDICTION_TRAINING_H

#include "prediction/binomial.h"
#include "prediction/model.h"
#include "prediction/source.h"

/* A panel and how to read its votes. */
typedef struct MgTrainingPanel
{
	char	   *name;
	Datum		votes;			/* panel_summary */
	double		scale_max;		/* NaN: not given */
	bool		log_pool;
} MgTrainingPanel;

typedef struct MgTraining
{
	MgPredictionSummary *summary;
	MgFamily	family;
	MgBinomialSource *rows;		/* binomial: where they are */
	double		design_effect;

	/* elements of x */
	int			n_x;
	char	  **name;
	char	  **column;
	char	  **level;			/* NULL where the column has none */
	int32	   *kind;			/* MgInputKind */
	int		   *factor;			/* the same number for the indicators of one
								 * column, which get one divisor; -1: its own */
	bool	   *always_in;		/* not shrunk, or NULL */

	int			n_categories;	/* as named by the caller, sorted bytewise */
	char	  **category;
	double	   *strength;		/* n_x x n_categories */
	int			n_panels;
	MgTrainingPanel *panels;
	bool		overrule;
	bool		category_budget;
} MgTraining;

/* The model, without the outcome's name and options. */
extern MgModel *mg_train(const MgTraining *training);

#endif							/* MG_PREDICTION_TRAINING_H */

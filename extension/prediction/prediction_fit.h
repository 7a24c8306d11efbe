/*-------------------------------------------------------------------------
 *
 * prediction_fit.h
 *		The arguments of prediction_fit, for train_model, which has most of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PREDICTION_FIT_H
#define MG_PREDICTION_FIT_H

#include "prediction/binomial.h"
#include "prediction/model.h"
#include "prediction/prior.h"

enum
{
	ARG_SUMMARY,
	ARG_VARIABLES,
	ARG_CATEGORIES,
	ARG_PANEL,
	ARG_SCALE_MAX,
	ARG_FAMILY,
	ARG_DESIGN_EFFECT,
	ARG_OVERRULE,
	ARG_ALWAYS_IN,
	ARG_FACTORS,
	ARG_LINKS,
	ARG_OTHER_PANELS,
	ARG_OTHER_SCALE_MAX,
	ARG_PRIOR_VARIANCES,
	ARG_PRIOR_MEANS,
	ARG_SIGMA_SHAPE,
	ARG_SIGMA_SCALE,
	ARG_WEIGHTS,
	ARG_BUDGET,
	ARG_LEARN,
	ARG_CROSS_VALIDATE,
	ARG_POOL,
	ARG_OVERRULE_SD,
	ARG_OUTCOME,
	MG_PREDICTION_FIT_ARGS
};

/* What train_model knows of the rows beyond their summary. */
typedef struct MgFitRows
{
	char	  **column;			/* of each input: where predict_row finds it */
	char	  **level;			/* NULL where the column has none */
	int32	   *kind;			/* MgInputKind */
	MgBinomialSource *binomial; /* NULL: family gaussian */
} MgFitRows;

/* The model, or NULL where there are no rows; rows may be NULL. */
extern MgModel *mg_prediction_fit(FunctionCallInfo fcinfo,
								  const MgFitRows *rows);

/* fit_arguments.c */
extern bool mg_fit_arg_bool(FunctionCallInfo fcinfo, int arg,
							const char *name);
extern double mg_fit_arg_number(FunctionCallInfo fcinfo, int arg,
								const char *name, bool zero);
extern bool mg_fit_arg_word(FunctionCallInfo fcinfo, int arg,
							const char *name, const char *no,
							const char *yes);
extern char **mg_fit_arg_names(FunctionCallInfo fcinfo, int arg,
							   const char *name, int n_inputs, bool gaps);
extern void mg_fit_read_panels(FunctionCallInfo fcinfo,
							   MgPriorSource *source);
extern void mg_fit_read_prior(FunctionCallInfo fcinfo,
							  const MgPredictionLayout *layout,
							  MgPrior *prior);

#endif							/* MG_PREDICTION_FIT_H */

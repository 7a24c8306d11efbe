/*-------------------------------------------------------------------------
 *
 * predict.h
 *		A prediction model made ready to predict.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PREDICT_H
#define MG_PREDICT_H

#include "prediction/model.h"

typedef struct MgPredictor
{
	MgModel		model;
	int			n_inputs;
	int			p;
	double		base;			/* eta where every input is its centre */
	double	   *centre;			/* an input's mean */
	double	   *slope;
	double	   *null_effect;	/* of a missing input: fill and indicator */
	double	   *xs;				/* p: a row, standardised */
	double	   *work;			/* p */
	double		level;			/* of the quantile below; 0: none yet */
	double		quantile;
} MgPredictor;

/* An estimate with its interval. */
typedef struct MgPredicted
{
	double		estimate;
	double		conf_low;
	double		conf_high;
} MgPredicted;

/* predictor.c */
extern MgPredictor *mg_arg_predictor(FunctionCallInfo fcinfo, int arg);
extern void mg_predictor_init(MgPredictor *pr);
extern double mg_predictor_sweep(MgPredictor *pr);
extern double mg_model_within(MgPredictor *pr);
extern double mg_model_between(const MgPredictor *pr);
extern double mg_predict(const MgPredictor *pr, const double *x,
						 const bool *missing);
extern void mg_predict_interval(MgPredictor *pr, const double *x,
								const bool *missing, double level,
								MgPredicted *out);

#endif							/* MG_PREDICT_H */

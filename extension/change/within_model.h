/*-------------------------------------------------------------------------
 *
 * within_model.h
 *		A model within persons with its cluster-robust covariance, and what
 *		accessors read from it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_WITHIN_MODEL_H
#define MG_WITHIN_MODEL_H

#include "change/terms.h"
#include "io/within_summary.h"

typedef enum MgSmallSample
{
	MG_SMALL_XTREG,
	MG_SMALL_PLM,
	MG_SMALL_AREG,
	MG_SMALL_NONE
} MgSmallSample;

typedef struct MgWithinOptions
{
	MgSmallSample small_sample;
	MgLonely	lonely;
} MgWithinOptions;

typedef struct MgWithinFit
{
	MgWithinView view;
	MgWithinModel model;
	MgLeastSquares fit;
	double	   *cov;			/* rank x rank, NaN where unknown */
	int64		df;
	bool		lonely;
} MgWithinFit;

extern MgWithinOptions mg_arg_within_options(FunctionCallInfo fcinfo,
											 int small_sample_arg,
											 int lonely_arg);
extern MgLonely mg_arg_within_lonely(FunctionCallInfo fcinfo, int arg);
extern MgLabel *mg_arg_within_terms(FunctionCallInfo fcinfo, int arg,
									const MgWithinView *v);
extern void mg_within_fit_point(MgWithin *s, bool by_group, MgWithinFit *f);
extern void mg_within_fit(MgWithin *s, bool by_group,
						  const MgWithinOptions *options, MgWithinFit *f);
extern void mg_within_scale(const MgWithinView *v, MgLonely lonely,
							double left, double *factor, int64 *df,
							bool *no_error);
extern void mg_matrix_multiply(const double *a, const double *b, int n,
							   double *out);
extern const char *mg_within_unusable(const MgWithinFit *f, const double *c);
extern void mg_within_infer(const MgWithinFit *f, const double *c,
							double level, MgInference *r);
extern void mg_within_put_wald(MgTidy *tidy, const MgWithinFit *f,
							   const double *c, int rows, const char *status);

/* Where mg_put_wald puts F, its degrees of freedom, p_value and status. */
extern void mg_put_wald(MgTidy *tidy, const double *v, const double *q,
						int rows, int64 df, bool lonely, const char *status);

#endif							/* MG_WITHIN_MODEL_H */

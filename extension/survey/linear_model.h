/*-------------------------------------------------------------------------
 *
 * linear_model.h
 *		Linear models from the totals of regression summaries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_LINEAR_MODEL_H
#define MG_LINEAR_MODEL_H

#include "survey/vector_agg.h"

/*
 * Weighted sums of products of v = (1, x - origin, y - origin), and what
 * follows from them.  All of it is about the same origin as the products.
 */
typedef struct MgModelData
{
	int			p;				/* explanatory variables */
	int			m;				/* p + 2, entries of v */
	double		w;				/* sum of weights */
	double	   *mean;			/* p + 1: of x, and of y last */
	double	   *c;				/* (p + 1)^2: centred sums of products */
	double	   *raw;			/* p: sums of squares about the origin */
} MgModelData;

typedef struct MgModel
{
	int			p;
	bool	   *use;			/* p: not constant, not collinear */
	int			rank;			/* variables in use */
	double	   *b;				/* p: slopes, 0 where not in use */
	double		intercept;		/* at the origin */
	double	   *inverse;		/* p x p: of the centred products in use */
} MgModel;

extern MgModelData *mg_model_data(int p, const double *products);
extern void mg_model_fit(const MgModelData *d, const double *c,
						 const double *mean, const bool *use, MgModel *fit);
extern void mg_add_product(int m, const double *d, const double *e,
						   double factor, double *gradient);
extern void mg_slope_gradient(const MgModelData *d, const MgModel *fit,
							  const double *x_mean, double constant, int j,
							  double factor, double *gradient);
extern MgLabel *mg_arg_variables(FunctionCallInfo fcinfo, int arg, int p);

#endif							/* MG_LINEAR_MODEL_H */

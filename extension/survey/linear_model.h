/*-------------------------------------------------------------------------
 *
 * linear_model.h
 *		Linear models from the totals of regression summaries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_LINEAR_MODEL_H
#define MG_LINEAR_MODEL_H

#include "utils/array.h"

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

/* linear_model.c: the model */
extern MgModelData *mg_model_data(int p, const double *products);
extern void mg_model_fit(const MgModelData *d, const double *c,
						 const double *mean, const bool *use, MgModel *fit);
extern void mg_add_product(int m, const double *d, const double *e,
						   double factor, double *gradient);
extern void mg_slope_gradient(const MgModelData *d, const MgModel *fit,
							  const double *x_mean, double constant, int j,
							  double factor, double *gradient);
extern MgLabel *mg_arg_variables(FunctionCallInfo fcinfo, int arg, int p);

/* regression.c: its rows */
extern int	mg_row_length(ArrayType *a, const char *name);
extern const double *mg_row_numbers(ArrayType *a, const char *name);
extern MgVectors *mg_model_state(FunctionCallInfo fcinfo, MgVectorKind kind,
								 bool has_design, ArrayType *a);
extern double *mg_model_row(MgVectors *s, const MgRow *row, const double *x,
							double **v);

#endif							/* MG_LINEAR_MODEL_H */

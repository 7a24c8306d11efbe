/*-------------------------------------------------------------------------
 *
 * survey.h
 *		What the readers of survey summaries share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_SURVEY_H
#define MG_SURVEY_H

#include "core/linearise.h"
#include "io/tidy.h"

/* The subgroups of several summaries, merged in order. */
typedef struct MgUnion
{
	int			n_views;
	int			n;
	int32	  **index;			/* [view][i]: the view's subgroup, or -1 */
	const MgView **views;
} MgUnion;

typedef enum MgCiMethod
{
	MG_CI_T,
	MG_CI_LOGIT,
	MG_CI_BETA,
	MG_CI_WILSON,
	MG_CI_ASIN,
	MG_CI_NORMAL
} MgCiMethod;

typedef enum MgStatistic
{
	MG_STAT_MEAN,
	MG_STAT_TOTAL,
	MG_STAT_PROPORTION
} MgStatistic;

typedef struct MgEstimateOptions
{
	MgStatistic statistic;
	MgCiMethod	ci;
	double		level;
	MgLonely	lonely;
} MgEstimateOptions;

extern void mg_estimate_options(FunctionCallInfo fcinfo, int first,
								MgEstimateOptions *options);
extern void mg_put_estimates(MgTidy *tidy, const MgView *v,
							 const MgEstimateOptions *options, int column,
							 const double *years);

extern void mg_union(const MgView *const *views, int n_views, MgUnion *u);
extern MgLabel mg_union_label(const MgUnion *u, int i);
extern int	mg_union_find(const MgUnion *u, MgLabel label);
extern int	mg_union_require(const MgUnion *u, MgLabel label);
extern bool mg_check_comparable(const MgView *a, const MgView *b);

extern double mg_mean(const MgTotals *t, int32 group);
extern void mg_mean_gradient(const MgTotals *t, int n_columns, int32 group,
							 int column, double factor, double *dy, double *dw);
extern void mg_proportion_limits(MgInference *r, MgCiMethod method, int64 n,
								 double level);

#endif							/* MG_SURVEY_H */

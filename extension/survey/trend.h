/*-------------------------------------------------------------------------
 *
 * trend.h
 *		Trend of an estimate over waves.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_TREND_H
#define MG_TREND_H

#include "io/series.h"
#include "survey/replicates.h"
#include "survey/survey.h"

/*
 * An estimate for each wave with its derivatives.  The caller fills it wave
 * by wave with mg_trend_wave; waves without an estimate are left out.
 */
typedef struct MgTrend
{
	const MgSeriesView *series;
	int			n;				/* waves with an estimate */
	int			left_out;
	const char *reason;			/* why the first of them was */
	double	   *own;			/* a wave's own variance, NaN: by its
								 * derivatives */
	bool		separate;		/* no PSUs to match */
	double	   *years;
	double	   *value;
	double	   *weight;			/* NULL: waves count alike */
	int		   *wave;			/* which wave of the series */
	double	  **dy;				/* [n]: derivatives by its subgroups, dense */
	double	  **dw;
	bool	  **in;				/* [n]: subgroups that bear on the estimate */
	MgEstimator estimator;		/* of every wave's value, for replicates */
	void	   *estimator_arg;
	const MgTotals *totals;		/* of every wave of the series */
	bool		gls;
	double		level;
	MgLonely	lonely;
} MgTrend;

extern void mg_trend_start(MgTrend *t, const MgSeriesView *series,
						   bool weighted);
extern void mg_trend_leave_out(MgTrend *t, const char *reason);
extern void mg_trend_put(MgTrend *t, MgTidy *tidy, const char *note);
extern double mg_trend_line(const MgTrend *t, int n, double centre, double u0,
							double u1, double *c, int weights);
extern bool mg_arg_gls(FunctionCallInfo fcinfo, int arg);

#endif							/* MG_TREND_H */

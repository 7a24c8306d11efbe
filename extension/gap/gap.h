/*-------------------------------------------------------------------------
 *
 * gap.h
 *		Options of the gap functions, resolved against one or two summaries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_GAP_H
#define MG_GAP_H

#include "gap/measures.h"
#include "survey/survey.h"

/*
 * One call of gap, gaps or gap_change.  Subgroups are numbered in the union
 * of the summaries; "order" lists them in the order of the call.
 */
typedef struct MgGapCall
{
	MgView		view[2];
	const MgView *views[2];
	MgTotals	totals[2];
	int			n_views;
	MgUnion		u;
	int		   *order;
	int			compare;		/* in the union, or -1: no pair */
	int			reference;
	bool		adverse;
	double		lower;			/* NaN: not given */
	double		upper;
	double		level;
	MgLonely	lonely;
	bool		conventional;
	char		status[MG_STATUS_SIZE];
} MgGapCall;

extern const MgMeasure *mg_arg_measure(FunctionCallInfo fcinfo, int arg);
extern void mg_gap_open(MgGapCall *call, FunctionCallInfo fcinfo, int n_views,
						int first_option);
extern void mg_gap_input(const MgGapCall *call, int view, MgGapInput *in);
extern const char *mg_gap_value(const MgMeasure *m, const MgGapCall *call,
								int view, double *value);
extern int64 mg_gap_rows(const MgGapCall *call, int view, int64 *smallest);
extern void mg_gap_put_pair(MgTidy *tidy, const MgGapCall *call, int column);

#endif							/* MG_GAP_H */

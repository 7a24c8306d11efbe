/*-------------------------------------------------------------------------
 *
 * gap.h
 *		Options of the gap functions, resolved against summaries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_GAP_H
#define MG_GAP_H

#include "gap/measures.h"
#include "survey/survey.h"

/*
 * One call of a gap function on one summary or several (waves).  Subgroups
 * are numbered in the union of the summaries; "order" lists them in the order
 * of the call.
 */
typedef struct MgGapCall
{
	int			n_views;
	const MgView **views;
	MgTotals   *totals;
	MgUnion		u;
	int		   *order;
	bool		ordered;
	int			compare;		/* in the union, or -1: none */
	int			reference;
	bool		adverse;
	double		lower;			/* NaN: not known */
	double		upper;
	double		level;
	MgLonely	lonely;
	bool		conventional;
	bool		compare_chosen; /* by its estimate: 'max' or 'min' */
	bool		reference_chosen;
	bool		reference_named;	/* by the call, not by default */
	bool		before_after;	/* the views are before and after */
	char		status[MG_STATUS_SIZE]; /* of the choice of subgroups */
} MgGapCall;

extern const MgMeasure *mg_arg_measure(FunctionCallInfo fcinfo, int arg);
extern void mg_gap_open(MgGapCall *call, FunctionCallInfo fcinfo,
						const MgView **views, int n_views, int first_option);
extern void mg_gap_input(const MgGapCall *call, int view, MgGapInput *in);
extern bool mg_gap_allowed(const MgMeasure *m, const MgGapCall *call);
extern const char *mg_gap_value(const MgMeasure *m, const MgGapCall *call,
								int view, double *value);
extern void mg_gap_gradient(const MgMeasure *m, const MgGapCall *call,
							int view, double factor, int n_columns, int column,
							double *dy, double *dw);
extern double mg_gap_table_variance(const MgMeasure *m, const MgGapCall *call,
									int view);
extern int64 mg_gap_rows(const MgMeasure *m, const MgGapCall *call, int view,
						 int64 *smallest);
extern void mg_gap_put_names(MgTidy *tidy, const MgMeasure *m,
							 const MgGapCall *call, int view, int column);
extern void mg_gap_infer(MgInference *r, const MgMeasure *m,
						 const MgGapCall *call, double var, bool lonely,
						 int64 df);
extern void mg_gap_status(const MgMeasure *m, const MgGapCall *call,
						  char *status);
extern bool mg_gap_has_sign(const MgMeasure *m, const MgGapCall *call);
extern void mg_gap_replicates(const MgGapCall *call, int view, int n_views,
							  const MgMeasure *const *measures, int n,
							  bool change, bool full, MgVariance *var);
extern void mg_gap_rows_of(MgGapCall *call, int view,
						   const MgMeasure *const *measures, int n,
						   MgInference *rows, bool *there);
extern void mg_gap_put_row(MgTidy *tidy, const MgGapCall *call, int view,
						   const MgMeasure *m, const MgInference *r,
						   bool there, int column);

#endif							/* MG_GAP_H */

/*-------------------------------------------------------------------------
 *
 * linearise.h
 *		Design-based covariance of smooth functions of group totals.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_LINEARISE_H
#define MG_LINEARISE_H

#include "core/cells.h"

typedef enum MgLonely
{
	MG_LONELY_FAIL,
	MG_LONELY_ADJUST,
	MG_LONELY_AVERAGE,
	MG_LONELY_CERTAINTY
} MgLonely;

/*
 * The derivative of one estimate ("column") with respect to one subgroup of
 * one summary: dy by the subgroup's mean, dw by its sum of weights at a fixed
 * mean.  Derivatives with respect to means, not to sums of w y, stay exact
 * when all outcomes carry a large common offset.
 */
typedef struct MgTerm
{
	int32		column;
	double		dy;
	double		dw;
} MgTerm;

/* One summary with its derivatives, term_start[g] .. term_start[g + 1]. */
typedef struct MgPart
{
	const MgView *view;
	MgTerm	   *terms;
	int32	   *term_start;		/* n_groups + 1 entries */
} MgPart;

/* Degrees of freedom of what is known from elsewhere: the normal. */
#define MG_DF_INFINITE	PG_INT64_MAX

typedef struct MgVariance
{
	int			k;				/* columns */
	double	   *v;				/* k x k, or NULL when not wanted */
	double	   *var;			/* k, the diagonal; NaN where lonely */
	int64	   *df;				/* PSUs less strata of the column's domain */
	bool	   *lonely;			/* a lonely PSU was met and not resolved */
} MgVariance;

/* The totals of a summary's subgroups. */
typedef struct MgTotals
{
	int32		n_groups;
	int64	   *n;
	int64	   *n_missing;
	double	   *w;				/* sum of weights */
	double	   *dev;			/* weighted mean less the common shift */
	double	   *own;			/* weighted mean less the subgroup's shift */
	double	   *m2;				/* centred weighted sum of squares */
	double	   *se;				/* from a table: standard errors, NaN: none */
	double		shift;
	int64		all_n;
	int64		all_missing;
	double		all_w;
	double		all_dev;
	double		all_m2;
} MgTotals;

extern void mg_totals(const MgView *v, MgTotals *t);

extern MgPart *mg_part_create(const MgView *view, int max_terms);
extern void mg_part_dense(MgPart *part, int k, const double *dy,
						  const double *dw);
extern void mg_linearise_tables(MgPart *const *parts, const MgTotals *totals,
								int n_parts, MgVariance *out);
extern void mg_linearise(MgPart *const *parts, int n_parts, int k,
						 MgLonely policy, bool separate, bool full,
						 MgVariance *out);

#endif							/* MG_LINEARISE_H */

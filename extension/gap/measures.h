/*-------------------------------------------------------------------------
 *
 * measures.h
 *		The table of inequality measures.
 *
 * A measure is one entry: its name, what it needs, its value and its
 * gradient.  Standard errors, changes between waves and covariances between
 * measures follow from the gradient alone (core/linearise.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_MEASURES_H
#define MG_MEASURES_H

#include "core/linearise.h"

/* What a measure needs beside the subgroups' totals. */
#define MG_NEEDS_PAIR		0x01	/* a subgroup compared and a reference */

/* What is handed to a measure: one summary and the options of the call. */
typedef struct MgGapInput
{
	const MgTotals *t;
	int32		compare;		/* subgroups, or -1 */
	int32		reference;
} MgGapInput;

/*
 * value		the measure; NULL, or the reason why there is none
 * gradient		derivatives by subgroup: dy by the mean, dw by the sum of
 *				weights at fixed means; of the logarithm for log_scale
 */
typedef struct MgMeasure
{
	const char *name;
	const char *label;
	int			needs;
	const char *range;
	const char *absolute_or_relative;
	const char *source;
	bool		log_scale;		/* limits and test through the logarithm */
	const char *(*value) (const MgGapInput *in, double *value);
	void		(*gradient) (const MgGapInput *in, double *dy, double *dw);
} MgMeasure;

extern const MgMeasure mg_measures[];
extern const int mg_n_measures;

extern const MgMeasure *mg_measure_find(const char *name);
extern const MgMeasure *mg_measure_difference(void);

#endif							/* MG_MEASURES_H */

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
#define MG_NEEDS_REFERENCE	0x02
#define MG_NEEDS_ORDER		0x04	/* subgroups from worst-off to best-off */
#define MG_NEEDS_LOWER		0x08	/* the outcome's lower bound */
#define MG_NEEDS_UPPER		0x10
#define MG_USES_ADVERSE		0x20	/* which subgroup is the best */

/* What a measure is like. */
#define MG_LOG_SCALE		0x01	/* limits and test through the logarithm */
#define MG_NOT_NEGATIVE		0x02	/* at least 0: no test of nil */
#define MG_NOT_NEGATIVE_UNORDERED	0x04	/* only where there is no order */

/*
 * What is handed to a measure: the subgroups that hold counted rows, in
 * order, and the options of the call.
 */
typedef struct MgGapInput
{
	int			n;				/* subgroups */
	const int32 *group;			/* of the summary */
	const double *p;			/* shares */
	const double *y;			/* means */
	const double *dev;			/* means less the shift, for differences */
	double		mu;				/* mean of everybody */
	double		mu_dev;			/* less the shift */
	int			compare;		/* positions here, or -1 */
	int			reference;
	bool		reference_named;	/* by the call, not by default */
	bool		ordered;
	bool		adverse;
	double		lower;			/* NaN: not known */
	double		upper;
	bool		conventional;	/* take ranks and the mean as known */
} MgGapInput;

/*
 * value		the measure; returns NULL, or the reason why there is none
 * gradient		derivatives: dy[i] by the mean of subgroup i, dp[i] by its
 *				share, as if shares were free (their sum's effect is taken
 *				out by the caller), of the logarithm for MG_LOG_SCALE;
 *				both arrays come zeroed
 * conventional	the same with ranks and the mean taken as known, but dw in
 *				place of dp: by the subgroup's share of the weights at fixed
 *				means, used as it is; NULL: no difference
 * table_variance	variance from the groups' standard errors, where the first
 *				order is not enough; NULL: sum of (dy se)^2
 */
typedef struct MgMeasure
{
	const char *name;
	const char *label;
	int			needs;
	int			traits;
	const char *range;
	const char *absolute_or_relative;
	const char *source;
	const char *absolute;		/* its absolute companion; NULL: itself */
	const char *(*value) (const MgGapInput *in, double *value);
	void		(*gradient) (const MgGapInput *in, double *dy, double *dp);
	void		(*conventional) (const MgGapInput *in, double *dy, double *dw);
	double		(*table_variance) (const MgGapInput *in, const double *se);
} MgMeasure;

extern const MgMeasure mg_measures[];
extern const int mg_n_measures;

extern const MgMeasure *mg_measure_find(const char *name);
extern const MgMeasure *mg_measure_absolute(const MgMeasure *m);
extern int	mg_measure_reference(const MgMeasure *m, const MgGapInput *in);
extern void mg_measure_gradient(const MgMeasure *m, const MgGapInput *in,
								double all_w, double *dy, double *dw);

/* dispersion.c */
extern int	mg_best_group(const MgGapInput *in);
extern int	mg_attributable_reference(const MgGapInput *in);
extern const char *mg_positive_mean(const MgGapInput *in);
extern const char *mg_value_bgv(const MgGapInput *in, double *value);
extern void mg_gradient_bgv(const MgGapInput *in, double *dy, double *dp);
extern double mg_table_bgv(const MgGapInput *in, const double *se);
extern const char *mg_value_bgsd(const MgGapInput *in, double *value);
extern void mg_gradient_bgsd(const MgGapInput *in, double *dy, double *dp);
extern const char *mg_value_cov(const MgGapInput *in, double *value);
extern void mg_gradient_cov(const MgGapInput *in, double *dy, double *dp);
extern const char *mg_value_mdm(const MgGapInput *in, double *value);
extern void mg_gradient_mdm(const MgGapInput *in, double *dy, double *dp);
extern const char *mg_value_mdm_unweighted(const MgGapInput *in, double *value);
extern void mg_gradient_mdm_unweighted(const MgGapInput *in, double *dy,
									   double *dp);
extern const char *mg_value_mdb(const MgGapInput *in, double *value);
extern void mg_gradient_mdb(const MgGapInput *in, double *dy, double *dp);
extern const char *mg_value_mdb_unweighted(const MgGapInput *in, double *value);
extern void mg_gradient_mdb_unweighted(const MgGapInput *in, double *dy,
									   double *dp);
extern const char *mg_value_mdr(const MgGapInput *in, double *value);
extern void mg_gradient_mdr(const MgGapInput *in, double *dy, double *dp);
extern const char *mg_value_mdr_unweighted(const MgGapInput *in, double *value);
extern void mg_gradient_mdr_unweighted(const MgGapInput *in, double *dy,
									   double *dp);
extern const char *mg_value_idis(const MgGapInput *in, double *value);
extern void mg_gradient_idis(const MgGapInput *in, double *dy, double *dp);
extern const char *mg_value_idis_unweighted(const MgGapInput *in, double *value);
extern void mg_gradient_idis_unweighted(const MgGapInput *in, double *dy,
										double *dp);
extern const char *mg_value_mld(const MgGapInput *in, double *value);
extern void mg_gradient_mld(const MgGapInput *in, double *dy, double *dp);
extern const char *mg_value_theil(const MgGapInput *in, double *value);
extern void mg_gradient_theil(const MgGapInput *in, double *dy, double *dp);
extern const char *mg_value_par(const MgGapInput *in, double *value);
extern void mg_gradient_par(const MgGapInput *in, double *dy, double *dp);
extern const char *mg_value_paf(const MgGapInput *in, double *value);
extern void mg_gradient_paf(const MgGapInput *in, double *dy, double *dp);

/* rank.c */
extern const char *mg_value_aci(const MgGapInput *in, double *value);
extern void mg_gradient_aci(const MgGapInput *in, double *dy, double *dp);
extern void mg_conventional_aci(const MgGapInput *in, double *dy, double *dw);
extern const char *mg_value_rci(const MgGapInput *in, double *value);
extern void mg_gradient_rci(const MgGapInput *in, double *dy, double *dp);
extern void mg_conventional_rci(const MgGapInput *in, double *dy, double *dw);
extern const char *mg_value_erreygers(const MgGapInput *in, double *value);
extern void mg_gradient_erreygers(const MgGapInput *in, double *dy, double *dp);
extern void mg_conventional_erreygers(const MgGapInput *in, double *dy,
									  double *dw);
extern const char *mg_value_wagstaff(const MgGapInput *in, double *value);
extern void mg_gradient_wagstaff(const MgGapInput *in, double *dy, double *dp);
extern void mg_conventional_wagstaff(const MgGapInput *in, double *dy,
									 double *dw);
extern const char *mg_value_modified_ci(const MgGapInput *in, double *value);
extern void mg_gradient_modified_ci(const MgGapInput *in, double *dy,
									double *dp);
extern void mg_conventional_modified_ci(const MgGapInput *in, double *dy,
										double *dw);
extern const char *mg_value_sii(const MgGapInput *in, double *value);
extern void mg_gradient_sii(const MgGapInput *in, double *dy, double *dp);
extern void mg_conventional_sii(const MgGapInput *in, double *dy, double *dw);
extern const char *mg_value_rii(const MgGapInput *in, double *value);
extern void mg_gradient_rii(const MgGapInput *in, double *dy, double *dp);
extern void mg_conventional_rii(const MgGapInput *in, double *dy, double *dw);
extern const char *mg_value_sii_logit(const MgGapInput *in, double *value);
extern void mg_gradient_sii_logit(const MgGapInput *in, double *dy, double *dp);
extern void mg_conventional_sii_logit(const MgGapInput *in, double *dy,
									  double *dw);
extern const char *mg_value_rii_logit(const MgGapInput *in, double *value);
extern void mg_gradient_rii_logit(const MgGapInput *in, double *dy, double *dp);
extern void mg_conventional_rii_logit(const MgGapInput *in, double *dy,
									  double *dw);

#endif							/* MG_MEASURES_H */

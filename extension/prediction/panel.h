/*-------------------------------------------------------------------------
 *
 * panel.h
 *		What the panel's votes say of each category, for the model fit.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PREDICTION_PANEL_H
#define MG_PREDICTION_PANEL_H

#include "core/compat.h"

/* Words of "status"; several are joined by "; ". */
#define MG_PANEL_OK				"ok"
#define MG_PANEL_NOT_SEPARATED	"votes_do_not_separate_categories"
#define MG_PANEL_NO_DF			"no_degrees_of_freedom"
#define MG_PANEL_ONE_CATEGORY	"one_category"
#define MG_PANEL_NOT_CONVERGED	"not_converged"
#define MG_PANEL_NO_ERROR		"no_standard_error"

/*
 * One element a category, categories sorted bytewise.
 *
 * importance is z_c, the relative importance on the log scale, of mean 0.  It
 * is always finite: 0 for every category, hence a flat prior, where status
 * says MG_PANEL_NOT_SEPARATED (ratings), MG_PANEL_NO_DF or
 * MG_PANEL_ONE_CATEGORY.  std_error is NaN where it cannot be estimated, and
 * reliability is then 0.
 */
typedef struct MgPanelWeights
{
	int			n;				/* categories */
	const char **category;		/* [n], terminated */
	double	   *importance;		/* [n] */
	double	   *std_error;		/* [n], of the log importance as voted */
	double	   *reliability;	/* [n], 0 to 1 */
	int64	   *n_votes;		/* [n] */
	const char *status;
} MgPanelWeights;

/*
 * Reads a panel_summary, which must not be NULL.  scale_max is the highest
 * rating there is; it is not used, and may be NaN, where the votes are ranks
 * (mg_panel_is_ranks).  Allocates in the current memory context.  Raises an
 * error where the call is wrong: no votes, a rating above scale_max,
 * categories that no voter compares; a NOTICE where the votes do not separate
 * the categories.
 */
extern MgPanelWeights *mg_panel_weights(Datum panel_summary, double scale_max,
										bool log_pool);
extern bool mg_panel_is_ranks(Datum panel_summary);

#endif							/* MG_PREDICTION_PANEL_H */

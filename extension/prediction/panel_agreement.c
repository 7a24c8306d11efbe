/*-------------------------------------------------------------------------
 *
 * panel_agreement.c
 *		How far the voters of a panel agree.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/distributions.h"
#include "io/panel_summary.h"
#include "io/tidy.h"
#include "prediction/panel_numbers.h"

/* Did two voters vote on one category? */
static bool
shared_category(const MgPanel *s)
{
	const MgVote *vote = mg_panel_votes(s);
	int32		i;

	for (i = 1; i < s->n_votes; i++)
	{
		if (vote[i].category == vote[i - 1].category)
			return true;
	}
	return false;
}

/* (summary, metric, weights) */
PG_FUNCTION_INFO_V1(mindgap_panel_agreement);

Datum
mindgap_panel_agreement(PG_FUNCTION_ARGS)
{
	static const MgChoice metrics[] = {
		{"nominal", MG_METRIC_NOMINAL},
		{"ordinal", MG_METRIC_ORDINAL},
		{"interval", MG_METRIC_INTERVAL},
		{"ratio", MG_METRIC_RATIO}
	};
	static const MgChoice weightings[] = {
		{"identity", MG_WEIGHTS_IDENTITY},
		{"ordinal", MG_WEIGHTS_ORDINAL},
		{"linear", MG_WEIGHTS_LINEAR},
		{"quadratic", MG_WEIGHTS_QUADRATIC}
	};
	char		status[MG_STATUS_SIZE] = "ok";
	MgMetric	metric;
	MgAgreementWeights weights;
	MgTidy		tidy;
	MgPanel    *s;
	MgBallots	b;
	MgConcordance k;
	double		alpha;
	double		ac;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	s = mg_panel_open(PG_GETARG_DATUM(0));
	metric = (MgMetric) mg_arg_choice(fcinfo, 1, "metric", metrics,
									  lengthof(metrics));
	weights = (MgAgreementWeights) mg_arg_choice(fcinfo, 2, "weights",
												 weightings,
												 lengthof(weightings));
	mg_tidy_open_one(&tidy, fcinfo);
	mg_panel_ballots(s, &b);
	mg_kendall_w(&b, &k);
	alpha = mg_krippendorff_alpha(s, metric);
	ac = mg_gwet_ac(s, weights);
	if (s->n_votes == 0)
		mg_status_add(status, "no_votes");
	else
	{
		if (k.n_complete < 2)
			mg_status_add(status, "fewer_than_two_complete_voters");
		else if (isnan(k.w))
			mg_status_add(status, s->n_categories < 2 ? "one_category" :
						  "no_variation");
		if (!shared_category(s))
			mg_status_add(status, "no_category_of_two_voters");
		else if (isnan(alpha) || isnan(ac))
			mg_status_add(status, "no_variation");
	}

	mg_tidy_double(&tidy, 0, k.w);
	mg_tidy_double(&tidy, 1, alpha);
	mg_tidy_double(&tidy, 2, ac);
	mg_tidy_int64(&tidy, 3, b.n_voters);
	mg_tidy_int64(&tidy, 4, s->n_categories);
	mg_tidy_double(&tidy, 5, k.statistic);
	mg_tidy_double(&tidy, 6, isnan(k.w) ? NAN : k.df);
	mg_tidy_double(&tidy, 7, isnan(k.w) ? NAN :
				   mg_f_upper(k.statistic / k.df, k.df, INFINITY));
	mg_tidy_int64(&tidy, 8, k.n_complete);
	mg_tidy_int64(&tidy, 9, s->n_votes);
	mg_tidy_int64(&tidy, 10, s->n_skipped);
	mg_tidy_text(&tidy, 11, status);
	PG_RETURN_DATUM(mg_tidy_value(&tidy));
}

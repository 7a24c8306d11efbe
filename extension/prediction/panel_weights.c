/*-------------------------------------------------------------------------
 *
 * panel_weights.c
 *		What a panel's votes say of each category: its relative importance,
 *		with error, reliability and disagreement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "io/json.h"
#include "io/panel_summary.h"
#include "io/tidy.h"
#include "prediction/panel.h"
#include "prediction/panel_numbers.h"

static bool
is_ranks(const MgPanel *s)
{
	return (s->flags & MG_PANEL_RANKS) != 0;
}

static char *
category_name(const MgPanel *s, int c)
{
	return pnstrdup(mg_panel_label(s, c), mg_panel_categories(s)[c].len);
}

/* Raises an error that names the groups, ten categories of them at most. */
static void
refuse_groups(const MgPanel *s, const int32 *group, int n_groups)
{
	StringInfoData list;
	int			named = 0;
	int			g;
	int			c;

	initStringInfo(&list);
	for (g = 0; g < n_groups && named < 10; g++)
	{
		bool		first = true;

		for (c = 0; c < s->n_categories && named < 10; c++)
		{
			if (group[c] != g)
				continue;
			appendStringInfo(&list, "%s\"%s\"", !first ? ", " : g > 0 ? "; " : "",
							 mg_clip(mg_panel_label(s, c),
									 mg_panel_categories(s)[c].len));
			first = false;
			named++;
		}
	}
	if (named < s->n_categories)
		appendStringInfoString(&list, ", ...");
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the panel's votes do not compare all categories"),
			 errdetail("No voter compares categories of different groups, which are: %s.",
					   list.data),
			 errhint("Weigh the groups apart, or ask somebody to vote on categories of each.")));
}

static void
check_scale(const MgPanel *s, double scale_max)
{
	const MgVote *vote = mg_panel_votes(s);
	int32		i;

	if (!(scale_max > 0) || isinf(scale_max))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale_max must be finite and above 0"),
				 errhint("It is the highest rating that could be given, such as 10; 1 for approval.")));
	for (i = 0; i < s->n_votes; i++)
	{
		if (vote[i].value > scale_max)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a rating is above scale_max"),
					 errhint("scale_max is the highest rating that could be given.")));
	}
}

static void
check_ties(const MgBallots *b)
{
	int			t = mg_panel_largest_tie(b);

	if (t > MG_MAX_TIE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a voter gave the same rank to %d categories", t),
				 errdetail("Up to %d tied categories are taken as all their orders.",
						   MG_MAX_TIE),
				 errhint("A choice of some out of many is a rating: panel_agg with 1 and 0, scale_max 1.")));
}

/*
 * Fits what the summary holds.  Importance is NaN where it cannot be
 * estimated; the status says why.
 */
static void
fit_panel(const MgPanel *s, double scale_max, MgPool pool, MgPanelFit *fit,
		  char *status)
{
	int			n = s->n_categories;
	int32	   *group = palloc((n + 1) * sizeof(int32));
	MgBallots	b;
	int			n_groups;
	int			c;

	strlcpy(status, MG_PANEL_OK, MG_STATUS_SIZE);
	fit->importance = palloc0((n + 1) * sizeof(double));
	fit->std_error = palloc0((n + 1) * sizeof(double));
	fit->reliability = palloc0((n + 1) * sizeof(double));
	if (!is_ranks(s))
		check_scale(s, scale_max);
	mg_panel_ballots(s, &b);
	if (n < 2)
	{
		fit->std_error[0] = NAN;
		mg_status_add(status, MG_PANEL_ONE_CATEGORY);
		return;
	}
	if (is_ranks(s))
	{
		check_ties(&b);
		mg_plackett_luce(&b, fit);
		if (!fit->converged)
			mg_status_add(status, MG_PANEL_NOT_CONVERGED);
		if (isnan(fit->between_var))
			mg_status_add(status, MG_PANEL_NO_ERROR);
	}
	else
	{
		n_groups = mg_panel_groups(&b, group);
		if (n_groups > 1)
			refuse_groups(s, group, n_groups);
		mg_panel_ratings(&b, scale_max, pool, fit);
		for (c = 0; c < n && isnan(fit->between_var); c++)
			fit->importance[c] = NAN;
		if (!fit->converged)
			mg_status_add(status, MG_PANEL_NO_ERROR);
		else if (isnan(fit->between_var))
			mg_status_add(status, MG_PANEL_NO_DF);
	}
	if (fit->between_var == 0)
		mg_status_add(status, MG_PANEL_NOT_SEPARATED);
}

static void
count_votes(const MgPanel *s, int64 *n_votes)
{
	const MgVote *vote = mg_panel_votes(s);
	int32		i;

	for (i = 0; i < s->n_votes; i++)
		n_votes[vote[i].category]++;
}

bool
mg_panel_is_ranks(Datum panel_summary)
{
	return is_ranks(mg_panel_open_any(panel_summary));
}

MgPanelWeights *
mg_panel_weights(Datum panel_summary, double scale_max, bool log_pool)
{
	MgPanel    *s = mg_panel_open(panel_summary);
	MgPanelWeights *w = palloc0(sizeof(MgPanelWeights));
	char	   *status = palloc(MG_STATUS_SIZE);
	MgPanelFit	fit;
	int			c;

	if (s->n_categories == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the panel summary holds no votes"),
				 errhint("Leave the panel out for a prior that treats all variables alike.")));
	fit_panel(s, scale_max, log_pool ? MG_POOL_LOG : MG_POOL_LINEAR, &fit,
			  status);
	w->n = s->n_categories;
	w->category = palloc(w->n * sizeof(char *));
	w->n_votes = palloc0(w->n * sizeof(int64));
	count_votes(s, w->n_votes);
	for (c = 0; c < w->n; c++)
	{
		w->category[c] = category_name(s, c);
		if (isnan(fit.importance[c]))
			fit.importance[c] = 0;
	}
	w->importance = fit.importance;
	w->std_error = fit.std_error;
	w->reliability = fit.reliability;
	w->status = status;
	if (strstr(status, MG_PANEL_NOT_SEPARATED) != NULL && !is_ranks(s))
		ereport(NOTICE,
				(errmsg("panel votes do not separate the categories"),
				 errdetail("The prior treats all categories alike.")));
	return w;
}

/*
 * The position of each vote of a ranking, 0 for the best to 1 for the last,
 * ties sharing their mean; NaN where a ballot has one category.
 */
static double *
positions(const MgPanel *s)
{
	double	   *position = palloc(((Size) s->n_votes + 1) * sizeof(double));
	int64	   *seen = palloc0((s->n_categories + 1) * sizeof(int64));
	MgBallots	b;
	int			j;
	int			i;
	int			first;
	int			end;

	/* Ballots are in the order of voters, as are the votes on a category. */
	for (i = s->n_votes - 1; i >= 0; i--)
		seen[mg_panel_votes(s)[i].category] = i;
	mg_panel_ballots(s, &b);
	(void) mg_panel_largest_tie(&b);	/* sorts each ballot by rank */
	for (j = 0; j < b.n_voters; j++)
	{
		int			k = b.start[j + 1] - b.start[j];
		MgVote	   *vote = b.vote + b.start[j];

		for (first = 0; first < k; first = end)
		{
			for (end = first; end < k && vote[end].value == vote[first].value;)
				end++;
			for (i = first; i < end; i++)
				position[seen[vote[i].category]++] = k < 2 ? NAN :
					((first + end - 1) / 2.0) / (k - 1);
		}
	}
	return position;
}

/*
 * Standard deviation over voters of each category's vote, as pooled; of
 * rankings, of its position.  NaN below min_voters or two.
 */
static double *
disagreement(const MgPanel *s, double scale_max, MgPool pool, int min_voters)
{
	int			n = s->n_categories;
	const MgVote *vote = mg_panel_votes(s);
	double	   *position = is_ranks(s) ? positions(s) : NULL;
	double	   *mean = palloc0((n + 1) * sizeof(double));
	double	   *squares = palloc0((n + 1) * sizeof(double));
	int64	   *count = palloc0((n + 1) * sizeof(int64));
	int32		i;

	for (i = 0; i < s->n_votes; i++)
	{
		double		x = position != NULL ? position[i] :
			mg_panel_rating(vote[i].value, scale_max, pool);
		int			c = vote[i].category;
		double		d = x - mean[c];

		if (isnan(x))
			continue;
		count[c]++;
		mean[c] += d / count[c];
		squares[c] += d * (x - mean[c]);
	}
	for (i = 0; i < n; i++)
		squares[i] = count[i] < 2 || count[i] < min_voters ? NAN :
			sqrt(Max(squares[i], 0) / (count[i] - 1));
	return squares;
}

/* (summary, scale_max, pool, min_voters) */
PG_FUNCTION_INFO_V1(mindgap_panel_weights);

Datum
mindgap_panel_weights(PG_FUNCTION_ARGS)
{
	static const MgChoice pools[] = {
		{"log", MG_POOL_LOG},
		{"linear", MG_POOL_LINEAR}
	};
	double		scale_max;
	MgPool		pool;
	int			min_voters;
	MgTidy		tidy;
	MgPanel    *s;
	MgPanelFit	fit;
	char		status[MG_STATUS_SIZE];
	double	   *spread;
	int64	   *n_votes;
	double		sum = 0;
	int			c;

	mg_tidy_open_rows(&tidy, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	s = mg_panel_open(PG_GETARG_DATUM(0));
	if (PG_ARGISNULL(1) && !is_ranks(s))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("scale_max must be given for ratings"),
				 errhint("It is the highest rating that could be given, such as 10; 1 for approval.")));
	scale_max = PG_ARGISNULL(1) ? NAN : PG_GETARG_FLOAT8(1);
	pool = (MgPool) mg_arg_choice(fcinfo, 2, "pool", pools, lengthof(pools));
	if (PG_ARGISNULL(3) || PG_GETARG_INT32(3) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_voters must be at least 1"),
				 errhint("Below it, disagreement is not shown.")));
	min_voters = PG_GETARG_INT32(3);
	if (s->n_categories == 0)
		return (Datum) 0;

	fit_panel(s, scale_max, pool, &fit, status);
	spread = disagreement(s, scale_max, pool, min_voters);
	n_votes = palloc0(s->n_categories * sizeof(int64));
	count_votes(s, n_votes);
	for (c = 0; c < s->n_categories; c++)
		sum += exp(fit.importance[c]);
	for (c = 0; c < s->n_categories; c++)
	{
		char		row_status[MG_STATUS_SIZE];

		strlcpy(row_status, status, sizeof(row_status));
		mg_tidy_text_len(&tidy, 0, mg_panel_label(s, c),
						 mg_panel_categories(s)[c].len);
		mg_tidy_int64(&tidy, 1, n_votes[c]);
		mg_tidy_double(&tidy, 2, fit.importance[c]);
		mg_tidy_double(&tidy, 3, fit.std_error[c]);
		mg_tidy_double(&tidy, 4, isnan(fit.std_error[c]) ? NAN :
					   fit.reliability[c]);
		mg_tidy_double(&tidy, 5, exp(fit.importance[c]) / sum);
		mg_tidy_double(&tidy, 6, spread[c]);
		if (n_votes[c] < min_voters)
			mg_status_add(row_status, "few_voters");
		mg_tidy_text(&tidy, 7, row_status);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

/*-------------------------------------------------------------------------
 *
 * agreement.c
 *		How far the voters of a panel agree: numbers only.
 *
 *		Kendall's W: Kendall and Babington Smith (1939), ties as in
 *			Kendall (1948): W = 12 S / (m^2 (n^3 - n) - m sum T)
 *		Krippendorff's alpha: Krippendorff (2011), Computing
 *			Krippendorff's alpha-reliability: 1 - observed / expected
 *			disagreement, votes missing allowed
 *		Gwet's AC1 and AC2: Gwet (2008, British Journal of Mathematical and
 *			Statistical Psychology 61, 29-48; 2014, Handbook of Inter-Rater
 *			Reliability, 4th edition, section 4.5)
 *
 * Categories are the units, voters the raters.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "prediction/panel_numbers.h"

/* The distinct values of some votes, and how often each unit got each. */
typedef struct Values
{
	int			n_units;
	int			n;				/* distinct values */
	double	   *value;			/* [n], ascending */
	double	   *total;			/* [n]: votes in all */
	int32	   *start;			/* [n_units + 1]: entries of each unit */
	int32	   *which;			/* of an entry: the value */
	double	   *count;			/* of an entry: votes */
	double	   *votes;			/* [n_units] */
} Values;

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return x < y ? -1 : x > y;
}

static int
find_value(const Values *v, double value)
{
	const double *at = bsearch(&value, v->value, v->n, sizeof(double),
							   compare_doubles);

	return (int) (at - v->value);
}

/* Reads the votes of units that have at_least of them. */
static void
read_values(const MgPanel *s, int at_least, Values *v)
{
	const MgVote *vote = mg_panel_votes(s);
	int32		n = s->n_votes;
	double	   *sorted = palloc(((Size) n + 1) * sizeof(double));
	int32		kept = 0;
	int32		entries = 0;
	int32		first;
	int32		end;
	int32		i;

	v->n_units = 0;
	v->n = 0;
	v->value = palloc(((Size) n + 1) * sizeof(double));
	v->total = palloc0(((Size) n + 1) * sizeof(double));
	v->which = palloc(((Size) n + 1) * sizeof(int32));
	v->count = palloc(((Size) n + 1) * sizeof(double));
	v->start = palloc(((Size) s->n_categories + 1) * sizeof(int32));
	v->votes = palloc(((Size) s->n_categories + 1) * sizeof(double));

	for (first = 0; first < n; first = end)
	{
		for (end = first; end < n && vote[end].category == vote[first].category;)
			end++;
		for (i = first; i < end && end - first >= at_least; i++)
			sorted[kept++] = vote[i].value;
	}
	qsort(sorted, kept, sizeof(double), compare_doubles);
	for (i = 0; i < kept; i++)
	{
		if (i == 0 || sorted[i] != sorted[i - 1])
			v->value[v->n++] = sorted[i];
		v->total[v->n - 1]++;
	}
	for (first = 0; first < n; first = end)
	{
		for (end = first; end < n && vote[end].category == vote[first].category;)
			end++;
		if (end - first < at_least)
			continue;
		v->start[v->n_units] = entries;
		v->votes[v->n_units++] = end - first;
		for (i = first; i < end; i++)
			sorted[i - first] = vote[i].value;
		qsort(sorted, end - first, sizeof(double), compare_doubles);
		for (i = 0; i < end - first; i++)
		{
			if (i == 0 || sorted[i] != sorted[i - 1])
			{
				v->which[entries] = find_value(v, sorted[i]);
				v->count[entries++] = 0;
			}
			v->count[entries - 1]++;
		}
	}
	v->start[v->n_units] = entries;
	pfree(sorted);
}

/* Squared difference of two values, i < j. */
static double
difference(const Values *v, const double *rank, MgMetric metric, int i, int j)
{
	double		d = 0;

	switch (metric)
	{
		case MG_METRIC_NOMINAL:
			return 1;
		case MG_METRIC_ORDINAL:
			d = rank[j] - rank[i];
			break;
		case MG_METRIC_INTERVAL:
			d = v->value[j] - v->value[i];
			break;
		case MG_METRIC_RATIO:
			d = (v->value[j] - v->value[i]) / (v->value[j] + v->value[i]);
			break;
	}
	return d * d;
}

/* NaN: no two votes on one category, or no two that differ. */
double
mg_krippendorff_alpha(const MgPanel *s, MgMetric metric)
{
	Values		v;
	double	   *rank;
	double		before = 0;
	double		n = 0;
	double		observed = 0;
	double		expected = 0;
	int			u;
	int			i;
	int			j;

	read_values(s, 2, &v);
	/* ordinal: the sum of totals between two values, half of their own */
	rank = palloc((v.n + 1) * sizeof(double));
	for (i = 0; i < v.n; i++)
	{
		rank[i] = before + v.total[i] / 2;
		before += v.total[i];
		n += v.total[i];
	}
	for (u = 0; u < v.n_units; u++)
	{
		double		sum = 0;

		for (i = v.start[u]; i < v.start[u + 1]; i++)
		{
			CHECK_FOR_INTERRUPTS();
			for (j = i + 1; j < v.start[u + 1]; j++)
				sum += v.count[i] * v.count[j] *
					difference(&v, rank, metric, v.which[i], v.which[j]);
		}
		observed += 2 * sum / (v.votes[u] - 1);
	}
	for (i = 0; i < v.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (j = i + 1; j < v.n; j++)
			expected += 2 * v.total[i] * v.total[j] *
				difference(&v, rank, metric, i, j);
	}
	return expected > 0 ? 1 - (n - 1) * observed / expected : NAN;
}

/* How far two of q values agree, 1 being the same. */
static double
agreement(const Values *v, MgAgreementWeights weights, int i, int j)
{
	int			d = abs(i - j);
	double		range = v->value[v->n - 1] - v->value[0];
	double		x = fabs(v->value[i] - v->value[j]);

	if (i == j)
		return 1;
	switch (weights)
	{
		case MG_WEIGHTS_IDENTITY:
			break;
		case MG_WEIGHTS_ORDINAL:
			return 1 - (d + 1.0) * d / ((double) v->n * (v->n - 1));
		case MG_WEIGHTS_LINEAR:
			return 1 - x / range;
		case MG_WEIGHTS_QUADRATIC:
			return 1 - x * x / (range * range);
	}
	return 0;
}

/* NaN: no two votes on one category, or no two that differ. */
double
mg_gwet_ac(const MgPanel *s, MgAgreementWeights weights)
{
	Values		v;
	double	   *share;
	double		observed = 0;
	double		chance = 0;
	double		total_weight = 0;
	int			compared = 0;
	int			u;
	int			i;
	int			j;

	read_values(s, 1, &v);
	if (v.n < 2)
		return NAN;
	share = palloc0(v.n * sizeof(double));
	for (u = 0; u < v.n_units; u++)
	{
		double		sum = 0;

		for (i = v.start[u]; i < v.start[u + 1]; i++)
		{
			double		agree = -1;

			CHECK_FOR_INTERRUPTS();
			share[v.which[i]] += v.count[i] / v.votes[u] / v.n_units;
			for (j = v.start[u]; j < v.start[u + 1]; j++)
				agree += v.count[j] * agreement(&v, weights, v.which[i],
												v.which[j]);
			sum += v.count[i] * agree;
		}
		if (v.votes[u] < 2)
			continue;
		observed += sum / (v.votes[u] * (v.votes[u] - 1));
		compared++;
	}
	if (compared == 0)
		return NAN;
	observed /= compared;
	for (i = 0; i < v.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		chance += share[i] * (1 - share[i]);
		for (j = 0; j < v.n; j++)
			total_weight += agreement(&v, weights, i, j);
	}
	chance *= total_weight / ((double) v.n * (v.n - 1));
	return chance < 1 ? (observed - chance) / (1 - chance) : NAN;
}

static int
compare_vote_values(const void *a, const void *b)
{
	return compare_doubles(&((const MgVote *) a)->value,
						   &((const MgVote *) b)->value);
}

/*
 * Over the voters who voted on every category, ties sharing their mean rank.
 * NaN where there are fewer than two such voters or categories, or all their
 * votes are tied.
 */
void
mg_kendall_w(const MgBallots *b, MgConcordance *k)
{
	int			n = b->n_categories;
	double	   *rank_sum = palloc0((n + 1) * sizeof(double));
	double		ties = 0;
	double		s = 0;
	double		m;
	double		most;
	int			j;
	int			i;

	k->n_complete = 0;
	for (j = 0; j < b->n_voters; j++)
	{
		MgVote	   *vote = b->vote + b->start[j];
		int			first;
		int			end;

		CHECK_FOR_INTERRUPTS();
		if (b->start[j + 1] - b->start[j] < n)
			continue;
		k->n_complete++;
		qsort(vote, n, sizeof(MgVote), compare_vote_values);
		for (first = 0; first < n; first = end)
		{
			double		t;

			for (end = first; end < n && vote[end].value == vote[first].value;)
				end++;
			t = end - first;
			ties += t * (t * t - 1);
			for (i = first; i < end; i++)
				rank_sum[vote[i].category] += (first + end + 1) / 2.0;
		}
	}
	m = k->n_complete;
	for (i = 0; i < n; i++)
	{
		double		d = rank_sum[i] - m * (n + 1) / 2.0;

		s += d * d;
	}
	most = m * m * ((double) n * n * n - n) - m * ties;
	k->w = m >= 2 && n >= 2 && most > 0 ? 12 * s / most : NAN;
	k->df = n - 1;
	k->statistic = m * (n - 1) * k->w;
}

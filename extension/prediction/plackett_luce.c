/*-------------------------------------------------------------------------
 *
 * plackett_luce.c
 *		Relative importance of categories from rankings.
 *
 * Plackett-Luce: at each stage of a ballot the next category is chosen among
 * those left in proportion to its worth.  Fitted by the MM algorithm of
 * Hunter (2004, Annals of Statistics 32, 384-406, eq. 30); the covariance is
 * the pseudo-inverse of the observed information.  A ghost category that
 * each one wins against once and loses to once, with weight 1/2, connects
 * all of them and keeps worths finite (Turner et al. 2020, Computational
 * Statistics 35, 1027-1057, section 3.3).
 *
 * A tie of t categories is the mean over its t! orders, each with weight
 * 1/t!.  Their log-likelihood needs no order, only what is left of the tie at
 * each stage: each subset S of it with weight 1 / (t choose |S|).  So a tie
 * costs 2^t stages; that bounds t.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "prediction/panel_numbers.h"

#define TOLERANCE		1e-10
#define MAX_ITERATIONS	10000
#define GHOST_WEIGHT	0.5

/* Categories of one ballot, best first, and where each tie ends. */
typedef struct Order
{
	int			k;
	int		   *item;
	int		   *tie_end;		/* [k]: of the tie that begins here */
} Order;

static int
compare_ranks(const void *a, const void *b)
{
	const MgVote *x = (const MgVote *) a;
	const MgVote *y = (const MgVote *) b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->category < y->category ? -1 : x->category > y->category;
}

/* Sorts each ballot by rank. */
static void
sort_ballots(const MgBallots *b)
{
	int			j;

	for (j = 0; j < b->n_voters; j++)
		qsort(b->vote + b->start[j], b->start[j + 1] - b->start[j],
			  sizeof(MgVote), compare_ranks);
}

static void
read_order(const MgBallots *b, int j, Order *o)
{
	const MgVote *vote = b->vote + b->start[j];
	int			first = 0;
	int			i;

	o->k = b->start[j + 1] - b->start[j];
	for (i = 0; i < o->k; i++)
	{
		o->item[i] = vote[i].category;
		if (vote[i].value != vote[first].value)
			first = i;
		o->tie_end[first] = i + 1;
	}
}

int
mg_panel_largest_tie(const MgBallots *b)
{
	int			largest = 0;
	int			j;
	int			i;

	sort_ballots(b);
	for (j = 0; j < b->n_voters; j++)
	{
		int			first = b->start[j];

		for (i = first; i < b->start[j + 1]; i++)
		{
			if (b->vote[i].value != b->vote[first].value)
				first = i;
			largest = Max(largest, i + 1 - first);
		}
	}
	return largest;
}

static double
choose(int n, int k)
{
	double		x = 1;
	int			i;

	for (i = 0; i < k; i++)
		x = x * (n - i) / (i + 1);
	return x;
}

/* Is this subset of a tie a stage?  A last category alone is no choice. */
static bool
is_stage(int size, bool is_last_tie)
{
	return size > 1 || !is_last_tie;
}

/*
 * How often each category is chosen: once a ballot, but for the one that is
 * left at the end.
 */
static void
add_wins(const Order *o, double *wins)
{
	int			first;
	int			i;

	for (first = 0; first < o->k; first = o->tie_end[first])
	{
		int			t = o->tie_end[first] - first;
		double		w = o->tie_end[first] < o->k ? 1 : (t - 1.0) / t;

		for (i = first; i < first + t; i++)
			wins[o->item[i]] += w;
	}
}

/* Adds each category's sum over its stages of weight / worth of what is left. */
static void
add_denominators(const Order *o, const double *worth, double *below,
				 double *denominator)
{
	double		sum = 0;		/* over the stages so far */
	int			first;
	int			i;

	/* the worth of what comes behind a tie, by where the tie ends */
	below[o->k] = 0;
	for (i = o->k - 1; i >= 0; i--)
		below[i] = below[i + 1] + worth[o->item[i]];
	for (first = 0; first < o->k; first = o->tie_end[first])
	{
		int			t = o->tie_end[first] - first;
		double		rest = below[first + t];
		double		added = 0;
		unsigned int set;

		for (i = first; i < first + t; i++)
			denominator[o->item[i]] += sum;
		for (set = 1; set < (1U << t); set++)
		{
			double		w = rest;
			int			size = 0;

			for (i = 0; i < t; i++)
			{
				if (set & (1U << i))
				{
					w += worth[o->item[first + i]];
					size++;
				}
			}
			if (!is_stage(size, first + t == o->k))
				continue;
			w = 1 / (choose(t, size) * w);
			added += w;
			for (i = 0; i < t; i++)
			{
				if (set & (1U << i))
					denominator[o->item[first + i]] += w;
			}
		}
		sum += added;
	}
}

/* Adds weight (diag(q) - q q') of one stage to the information. */
static void
add_stage(double *h, int n, const int *item, int k, const double *worth,
		  double weight)
{
	double		sum = 0;
	int			i;
	int			j;

	for (i = 0; i < k; i++)
		sum += worth[item[i]];
	for (i = 0; i < k; i++)
	{
		double	   *row = h + (Size) item[i] * n;
		double		q = worth[item[i]] / sum;

		for (j = 0; j < k; j++)
			row[item[j]] -= weight * q * worth[item[j]] / sum;
		row[item[i]] += weight * q;
	}
}

/* "left" has room for a ballot. */
static void
add_information(const Order *o, const double *worth, int n, int *left,
				double *h)
{
	int			first;
	int			i;

	for (first = 0; first < o->k; first = o->tie_end[first])
	{
		int			end = o->tie_end[first];
		int			t = end - first;
		unsigned int set;

		CHECK_FOR_INTERRUPTS();
		for (set = 1; set < (1U << t); set++)
		{
			int			size = 0;

			for (i = 0; i < t; i++)
			{
				if (set & (1U << i))
					left[size++] = o->item[first + i];
			}
			if (!is_stage(size, end == o->k))
				continue;
			memcpy(left + size, o->item + end, (o->k - end) * sizeof(int));
			add_stage(h, n, left, size + o->k - end, worth,
					  1 / choose(t, size));
		}
	}
}

/* The covariance of the log worths, ghost last; false: it is singular. */
static bool
covariance(const MgBallots *b, Order *o, const double *worth, double *h)
{
	int			n = b->n_categories;
	int		   *left = palloc((n + 1) * sizeof(int));
	int			j;

	for (j = 0; j < b->n_voters; j++)
	{
		read_order(b, j, o);
		add_information(o, worth, n + 1, left, h);
	}
	for (j = 0; j < n; j++)
	{
		int			pair[2] = {j, n};

		add_stage(h, n + 1, pair, 2, worth, 2 * GHOST_WEIGHT);
	}
	pfree(left);
	return mg_laplacian_inverse(h, n + 1);
}

/* Standard errors of the log worths centred over the n categories. */
static void
centred_errors(const double *v, int n, double *std_error)
{
	double	   *row = palloc0(n * sizeof(double));
	double		mean = 0;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		for (j = 0; j < n; j++)
			row[i] += v[(Size) i * (n + 1) + j] / n;
		mean += row[i] / n;
	}
	for (i = 0; i < n; i++)
	{
		double		var = v[(Size) i * (n + 1) + i] - 2 * row[i] + mean;

		std_error[i] = sqrt(Max(var, 0));
	}
	pfree(row);
}

/* One MM step; returns the largest change of a log worth. */
static double
mm_step(const MgBallots *b, Order *o, const double *wins, double *log_worth,
		double *worth, double *below, double *denominator)
{
	int			n = b->n_categories;
	double		mean = 0;
	double		change = 0;
	int			i;

	for (i = 0; i <= n; i++)
	{
		worth[i] = exp(log_worth[i]);
		denominator[i] = 0;
	}
	for (i = 0; i < b->n_voters; i++)
	{
		if (i % 256 == 0)
			CHECK_FOR_INTERRUPTS();
		read_order(b, i, o);
		add_denominators(o, worth, below, denominator);
	}
	for (i = 0; i < n; i++)
	{
		double		w = 2 * GHOST_WEIGHT / (worth[i] + worth[n]);

		denominator[i] += w;
		denominator[n] += w;
	}
	for (i = 0; i <= n; i++)
		denominator[i] = log(wins[i] / denominator[i]);
	for (i = 0; i < n; i++)
		mean += denominator[i] / n;
	for (i = 0; i <= n; i++)
	{
		change = Max(change, fabs(denominator[i] - mean - log_worth[i]));
		log_worth[i] = denominator[i] - mean;
	}
	return change;
}

/* Fits the model; no tie may be larger than MG_MAX_TIE. */
void
mg_plackett_luce(const MgBallots *b, MgPanelFit *fit)
{
	int			n = b->n_categories;
	double	   *wins = palloc0((n + 1) * sizeof(double));
	double	   *log_worth = palloc0((n + 1) * sizeof(double));
	double	   *worth = palloc((n + 1) * sizeof(double));
	double	   *below = palloc((n + 1) * sizeof(double));
	double	   *denominator = palloc((n + 1) * sizeof(double));
	double	   *h = palloc0(((Size) n + 1) * (n + 1) * sizeof(double));
	Order		o;
	bool		found;
	int			i;

	o.item = palloc((n + 1) * sizeof(int));
	o.tie_end = palloc((n + 1) * sizeof(int));
	sort_ballots(b);
	for (i = 0; i < b->n_voters; i++)
	{
		read_order(b, i, &o);
		add_wins(&o, wins);
	}
	for (i = 0; i < n; i++)
	{
		wins[i] += GHOST_WEIGHT;
		wins[n] += GHOST_WEIGHT;
	}
	fit->converged = false;
	for (i = 0; i < MAX_ITERATIONS && !fit->converged; i++)
		fit->converged = mm_step(b, &o, wins, log_worth, worth, below,
								 denominator) < TOLERANCE;
	for (i = 0; i <= n; i++)
		worth[i] = exp(log_worth[i]);
	found = covariance(b, &o, worth, h);
	memcpy(fit->importance, log_worth, n * sizeof(double));
	if (found)
		centred_errors(h, n, fit->std_error);
	for (i = 0; !found && i < n; i++)
		fit->std_error[i] = NAN;
	fit->residual_var = NAN;
	mg_panel_reliability(fit, n, 0);
}

/*-------------------------------------------------------------------------
 *
 * plackett_luce.c
 *		Relative importance of categories from rankings.
 *
 * Plackett-Luce: at each stage of a ballot the next category is chosen among
 * those left in proportion to its worth.  Fitted by the MM algorithm of
 * Hunter (2004, Annals of Statistics 32, 384-406), which is slow where voters are
 * of one mind, so that Newton's method ends it; the covariance is the
 * pseudo-inverse of the observed information.  A ghost category that
 * each one wins against once and loses to once, with weight 1/2, connects
 * all of them and keeps worths finite (Turner et al. 2020, Computational
 * Statistics 35, 1027-1057).
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
#define MM_ITERATIONS	50		/* before Newton's method */
#define NEWTON_ITERATIONS 100
#define LARGEST_STEP	2.0
#define MAX_ITERATIONS	10000	/* of MM where Newton's method fails */
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

/* The worth of what comes behind each place. */
static void
sum_below(const Order *o, const double *worth, double *below)
{
	int			i;

	below[o->k] = 0;
	for (i = o->k - 1; i >= 0; i--)
		below[i] = below[i + 1] + worth[o->item[i]];
}

/*
 * The weight of the stage at which "set" is left of the tie that begins at
 * first, and the worth of all that is left; weight 0: it is no choice.
 */
static double
stage(const Order *o, const double *worth, const double *below, int first,
	  unsigned int set, double *s)
{
	int			end = o->tie_end[first];
	int			size = 0;
	int			i;

	*s = below[end];
	for (i = 0; i < end - first; i++)
	{
		if (set & (1U << i))
		{
			*s += worth[o->item[first + i]];
			size++;
		}
	}
	return size == 1 && end == o->k ? 0 : 1 / choose(end - first, size);
}

/*
 * Adds each category's sum over its stages of weight / worth of what is left;
 * returns the sum over all stages of weight times the logarithm of that.
 */
static double
add_denominators(const Order *o, const double *worth, double *below,
				 double *denominator)
{
	double		sum = 0;		/* over the stages so far */
	double		logs = 0;
	int			first;
	int			i;

	sum_below(o, worth, below);
	for (first = 0; first < o->k; first = o->tie_end[first])
	{
		int			t = o->tie_end[first] - first;
		double		added = 0;
		unsigned int set;

		for (i = first; i < first + t; i++)
			denominator[o->item[i]] += sum;
		for (set = 1; set < (1U << t); set++)
		{
			double		s;
			double		weight = stage(o, worth, below, first, set, &s);

			if (weight == 0)
				continue;
			logs += weight * log(s);
			added += weight / s;
			for (i = 0; i < t; i++)
			{
				if (set & (1U << i))
					denominator[o->item[first + i]] += weight / s;
			}
		}
		sum += added;
	}
	return logs;
}

/* Adds weight (diag(q) - q q') of a choice between a category and the ghost. */
static void
add_ghost(double *h, int n, int item, const double *worth)
{
	double		q = worth[item] / (worth[item] + worth[n]);
	double		v = 2 * GHOST_WEIGHT * q * (1 - q);

	h[(Size) item * (n + 1) + item] += v;
	h[(Size) n * (n + 1) + n] += v;
	h[(Size) item * (n + 1) + n] -= v;
	h[(Size) n * (n + 1) + item] -= v;
}

static void
add_pair(double *h, int n, const double *worth, int x, int y, double v)
{
	v *= worth[x] * worth[y];
	h[(Size) x * (n + 1) + y] -= v;
	if (x != y)
		h[(Size) y * (n + 1) + x] -= v;
}

/*
 * Adds one ballot's information: of two categories, the sum over the stages
 * that have both of - q q'; on the diagonal of q besides.  A stage that has a
 * category has all that come behind its tie.
 */
static void
add_information(const Order *o, const double *worth, int n, double *below,
				double *h)
{
	double		sum = 0;		/* of weight / s, over the ties so far */
	double		squares = 0;	/* of weight / s^2 */
	int			first;
	int			i;
	int			j;

	sum_below(o, worth, below);
	for (first = 0; first < o->k; first = o->tie_end[first])
	{
		int			end = o->tie_end[first];
		int			t = end - first;
		double		own[MG_MAX_TIE] = {0};
		double		pair[MG_MAX_TIE][MG_MAX_TIE] = {{0}};
		double		tie_sum = 0;
		double		tie_squares = 0;
		unsigned int set;

		CHECK_FOR_INTERRUPTS();
		for (set = 1; set < (1U << t); set++)
		{
			double		s;
			double		weight = stage(o, worth, below, first, set, &s);

			if (weight == 0)
				continue;
			tie_sum += weight / s;
			tie_squares += weight / s / s;
			for (i = 0; i < t; i++)
			{
				if (!(set & (1U << i)))
					continue;
				own[i] += weight / s;
				for (j = 0; j <= i; j++)
				{
					if (set & (1U << j))
						pair[i][j] += weight / s / s;
				}
			}
		}
		for (i = 0; i < t; i++)
		{
			int			x = o->item[first + i];

			h[(Size) x * (n + 1) + x] += worth[x] * (sum + own[i]);
			for (j = 0; j <= i; j++)
				add_pair(h, n, worth, x, o->item[first + j],
						 squares + pair[i][j]);
			for (j = end; j < o->k; j++)
				add_pair(h, n, worth, x, o->item[j], squares + pair[i][i]);
		}
		sum += tie_sum;
		squares += tie_squares;
	}
}

/* What the iterations work on. */
typedef struct Fit
{
	const MgBallots *b;
	int			n;				/* real categories; the ghost is number n */
	Order		order;
	double	   *wins;
	double	   *log_worth;
	double	   *worth;
	double	   *below;
	double	   *denominator;
	double	   *h;
} Fit;

/*
 * Sets worths and denominators of these log worths; returns the
 * log-likelihood.
 */
static double
evaluate(Fit *f, const double *log_worth)
{
	double		logs = 0;
	double		likelihood = 0;
	int			i;

	for (i = 0; i <= f->n; i++)
	{
		f->worth[i] = exp(log_worth[i]);
		f->denominator[i] = 0;
	}
	for (i = 0; i < f->b->n_voters; i++)
	{
		if (i % 256 == 0)
			CHECK_FOR_INTERRUPTS();
		read_order(f->b, i, &f->order);
		logs += add_denominators(&f->order, f->worth, f->below,
								 f->denominator);
	}
	for (i = 0; i < f->n; i++)
	{
		double		s = f->worth[i] + f->worth[f->n];

		f->denominator[i] += 2 * GHOST_WEIGHT / s;
		f->denominator[f->n] += 2 * GHOST_WEIGHT / s;
		logs += 2 * GHOST_WEIGHT * log(s);
	}
	for (i = 0; i <= f->n; i++)
		likelihood += f->wins[i] * log_worth[i];
	return likelihood - logs;
}

/* Takes away the mean of the real categories. */
static void
centre(double *log_worth, int n)
{
	double		mean = 0;
	int			i;

	for (i = 0; i < n; i++)
		mean += log_worth[i] / n;
	for (i = 0; i <= n; i++)
		log_worth[i] -= mean;
}

/* One MM step; returns the largest change of a log worth. */
static double
mm_step(Fit *f)
{
	double		change = 0;
	int			i;

	(void) evaluate(f, f->log_worth);
	for (i = 0; i <= f->n; i++)
		f->denominator[i] = log(f->wins[i] / f->denominator[i]);
	centre(f->denominator, f->n);
	for (i = 0; i <= f->n; i++)
	{
		change = Max(change, fabs(f->denominator[i] - f->log_worth[i]));
		f->log_worth[i] = f->denominator[i];
	}
	return change;
}

/*
 * Makes h the covariance of the log worths, ghost last: the pseudo-inverse of
 * the information at f->worth.  False: it is singular.
 */
static bool
covariance(Fit *f)
{
	Size		size = (Size) (f->n + 1) * (f->n + 1);
	int			i;

	memset(f->h, 0, size * sizeof(double));
	for (i = 0; i < f->b->n_voters; i++)
	{
		read_order(f->b, i, &f->order);
		add_information(&f->order, f->worth, f->n, f->below, f->h);
	}
	for (i = 0; i < f->n; i++)
		add_ghost(f->h, f->n, i, f->worth);
	return mg_laplacian_inverse(f->h, f->n + 1);
}

/*
 * One step of Newton's method, halved until the likelihood grows.  Returns
 * the largest change of a log worth, or infinity when there is no such step.
 */
static double
newton_step(Fit *f)
{
	int			n = f->n;
	double	   *step = palloc0((n + 1) * sizeof(double));
	double	   *next = palloc((n + 1) * sizeof(double));
	double		before = evaluate(f, f->log_worth);
	double		largest = 0;
	double		scale;
	int			i;
	int			j;

	for (i = 0; i <= n; i++)
		next[i] = f->wins[i] - f->worth[i] * f->denominator[i];
	if (!covariance(f))
		return INFINITY;
	for (i = 0; i <= n; i++)
	{
		for (j = 0; j <= n; j++)
			step[i] += f->h[(Size) i * (n + 1) + j] * next[j];
		largest = Max(largest, fabs(step[i]));
	}
	if (!isfinite(largest))
		return INFINITY;
	for (scale = largest > LARGEST_STEP ? LARGEST_STEP / largest : 1;
		 scale > 1e-6; scale /= 2)
	{
		for (i = 0; i <= n; i++)
			next[i] = f->log_worth[i] + scale * step[i];
		/* near the top only rounding is left to lose */
		if (evaluate(f, next) >= before - 1e-12 * fabs(before))
			break;
	}
	centre(next, n);
	memcpy(f->log_worth, next, (n + 1) * sizeof(double));
	pfree(step);
	pfree(next);
	return scale > 1e-6 ? largest * scale : INFINITY;
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

/* Fits the model; no tie may be larger than MG_MAX_TIE. */
void
mg_plackett_luce(const MgBallots *b, MgPanelFit *fit)
{
	int			n = b->n_categories;
	double		change = INFINITY;
	bool		found;
	Fit			f;
	int			i;

	f.b = b;
	f.n = n;
	f.order.item = palloc((n + 1) * sizeof(int));
	f.order.tie_end = palloc((n + 1) * sizeof(int));
	f.wins = palloc0((n + 1) * sizeof(double));
	f.log_worth = palloc0((n + 1) * sizeof(double));
	f.worth = palloc((n + 1) * sizeof(double));
	f.below = palloc((n + 1) * sizeof(double));
	f.denominator = palloc((n + 1) * sizeof(double));
	f.h = palloc(((Size) n + 1) * (n + 1) * sizeof(double));
	sort_ballots(b);
	for (i = 0; i < b->n_voters; i++)
	{
		read_order(b, i, &f.order);
		add_wins(&f.order, f.wins);
	}
	for (i = 0; i < n; i++)
	{
		f.wins[i] += GHOST_WEIGHT;
		f.wins[n] += GHOST_WEIGHT;
	}

	for (i = 0; i < MM_ITERATIONS && change >= TOLERANCE; i++)
		change = mm_step(&f);
	for (i = 0; i < NEWTON_ITERATIONS && change >= TOLERANCE; i++)
	{
		change = newton_step(&f);
		if (isinf(change))
			break;
	}
	for (i = 0; i < MAX_ITERATIONS && change >= TOLERANCE; i++)
		change = mm_step(&f);
	fit->converged = change < TOLERANCE;

	(void) evaluate(&f, f.log_worth);
	found = covariance(&f);
	memcpy(fit->importance, f.log_worth, n * sizeof(double));
	if (found)
		centred_errors(f.h, n, fit->std_error);
	for (i = 0; !found && i < n; i++)
		fit->std_error[i] = NAN;
	fit->residual_var = NAN;
	mg_panel_reliability(fit, n, 0);
}

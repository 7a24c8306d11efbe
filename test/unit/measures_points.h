/*-------------------------------------------------------------------------
 *
 * measures_points.h
 *	  For the tests of the inequality measures: random points, a measure's
 *	  value there, regressions on ranks.
 *
 * The tests are linked with the files of extension/gap alone; of PostgreSQL,
 * they have the headers, and the allocator below.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_MEASURES_POINTS_H
#define MG_MEASURES_POINTS_H

#include "gap/measures.h"

/* PostgreSQL's own printf is not linked */
#undef printf
#undef vprintf

#include <stdint.h>
#include <stdlib.h>

#include "tap.h"

#define POINTS		100
#define MAX_GROUPS	8

/* What a test point holds; the rest of MgGapInput follows from it. */
typedef struct Point
{
	int			n;
	double		w[MAX_GROUPS];
	double		y[MAX_GROUPS];
	double		low;			/* the means lie between */
	double		high;
	double		shift;
	int			compare;
	int			reference;
	bool		ordered;
	bool		adverse;
	double		lower;
	double		upper;
} Point;

/* A point as the measures see it. */
typedef struct Given
{
	MgGapInput	in;
	int32		group[MAX_GROUPS];
	double		p[MAX_GROUPS];
	double		dev[MAX_GROUPS];
	double		all_w;
} Given;

/* ---- what PostgreSQL provides ------------------------------------------- */

static double arena[1 << 14];
static size_t arena_used = 0;

void *
palloc(Size size)
{
	void	   *p = &arena[arena_used];

	arena_used += (size + sizeof(double) - 1) / sizeof(double);
	if (arena_used > lengthof(arena))
		abort();
	return p;
}

void
pfree(void *pointer)
{
	(void) pointer;
}

/* ---- points ------------------------------------------------------------- */

static uint64_t random_state = 42;

/* uniform on (0, 1) */
static inline double
uniform(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return ((random_state >> 12) + 0.5) / 4503599627370496.0;
}

static inline int
any_of(int n)
{
	return (int) (uniform() * n);
}

static inline void
look(const Point *pt, Given *g)
{
	int			i;

	memset(g, 0, sizeof(Given));
	for (i = 0; i < pt->n; i++)
		g->all_w += pt->w[i];
	for (i = 0; i < pt->n; i++)
	{
		g->group[i] = i;
		g->p[i] = pt->w[i] / g->all_w;
		g->dev[i] = pt->y[i] - pt->shift;
		g->in.mu_dev += g->p[i] * g->dev[i];
	}
	g->in.mu = pt->shift + g->in.mu_dev;
	g->in.n = pt->n;
	g->in.group = g->group;
	g->in.p = g->p;
	g->in.y = pt->y;
	g->in.dev = g->dev;
	g->in.compare = pt->compare;
	g->in.reference = pt->reference;
	g->in.ordered = pt->ordered;
	g->in.adverse = pt->adverse;
	g->in.lower = pt->lower;
	g->in.upper = pt->upper;
}

/* The measure, of ratios its logarithm; NaN where there is none. */
static inline double
full_value(const MgMeasure *m, const Point *pt)
{
	Given		g;
	double		x = NAN;

	arena_used = 0;
	look(pt, &g);
	if (m->value(&g.in, &x) != NULL)
		return NAN;
	return m->traits & MG_LOG_SCALE ? log(x) : x;
}

static inline bool
is_one_of(const MgMeasure *m, const char *const *names)
{
	for (; *names != NULL; names++)
	{
		if (strcmp(m->name, *names) == 0)
			return true;
	}
	return false;
}

/* A range of means in which the measure exists. */
static inline void
set_range(const MgMeasure *m, Point *pt)
{
	static const char *const proportions[] = {
		"odds_ratio", "sii_logit", "rii_logit", NULL
	};
	static const char *const positive[] = {
		"ratio", "cov", "idis", "idis_unweighted", "mld", "theil", "paf",
		"rci", "rii", NULL
	};

	pt->lower = pt->upper = NAN;
	if (is_one_of(m, proportions))
	{
		pt->low = 0.05;
		pt->high = 0.95;
	}
	else if (is_one_of(m, positive) ||
			 (m->needs & (MG_NEEDS_LOWER | MG_NEEDS_UPPER)))
	{
		pt->low = 3;
		pt->high = 30;
	}
	else
	{
		pt->low = -20;
		pt->high = 40;
	}
	if (m->needs & MG_NEEDS_LOWER)
		pt->lower = 2;
	if (m->needs & MG_NEEDS_UPPER)
		pt->upper = 31;
}

static inline bool
near_a_kink(const Point *pt)
{
	double		margin = 0.02 * (pt->high - pt->low);
	Given		g;
	int			i;
	int			j;

	look(pt, &g);
	for (i = 0; i < pt->n; i++)
	{
		if (fabs(pt->y[i] - g.in.mu) < margin)
			return true;
		for (j = 0; j < i; j++)
		{
			if (fabs(pt->y[i] - pt->y[j]) < margin)
				return true;
		}
	}
	return false;
}

/*
 * A point at which the measure exists, and is not about to leave its domain
 * (a ratio's logarithm is below 2); weights differ up to 50-fold.
 */
static inline void
draw(const MgMeasure *m, Point *pt)
{
	double		limit = m->traits & MG_LOG_SCALE ? 2 : INFINITY;
	int			tries;
	int			i;

	set_range(m, pt);
	pt->n = 2 + any_of(MAX_GROUPS - 1);
	for (tries = 0; tries < 100000; tries++)
	{
		double		scale = exp(10 * uniform());

		for (i = 0; i < pt->n; i++)
		{
			pt->w[i] = scale * exp(4 * uniform());
			pt->y[i] = pt->low + (pt->high - pt->low) * uniform();
		}
		pt->shift = pt->y[0];
		pt->compare = pt->reference = -1;
		if (m->needs & (MG_NEEDS_PAIR | MG_NEEDS_REFERENCE))
			pt->reference = any_of(pt->n);
		if (m->needs & MG_NEEDS_PAIR)
			pt->compare = (pt->reference + 1 + any_of(pt->n - 1)) % pt->n;
		if (!near_a_kink(pt) && fabs(full_value(m, pt)) < limit)
			return;
	}
	printf("# no point for %s\n", m->name);
	exit(1);
}

/* ---- regressions -------------------------------------------------------- */

static inline double
expit(double x)
{
	return 1 / (1 + exp(-x));
}

/* Linear regression of y on x, weights w. */
static inline void
fit_line(const Point *pt, const double *x, double *b0, double *b1)
{
	double		sw = 0;
	double		mx = 0;
	double		my = 0;
	double		sxx = 0;
	double		sxy = 0;
	int			i;

	for (i = 0; i < pt->n; i++)
	{
		sw += pt->w[i];
		mx += pt->w[i] * x[i];
		my += pt->w[i] * pt->y[i];
	}
	mx /= sw;
	my /= sw;
	for (i = 0; i < pt->n; i++)
	{
		sxx += pt->w[i] * (x[i] - mx) * (x[i] - mx);
		sxy += pt->w[i] * (x[i] - mx) * (pt->y[i] - my);
	}
	*b1 = sxy / sxx;
	*b0 = my - *b1 * mx;
}

/* Ranks of a point, about their mean, and their variance. */
static inline double
ranks(const Point *pt, double *x)
{
	double		all_w = 0;
	double		below = 0;
	double		variance = 0;
	int			i;

	for (i = 0; i < pt->n; i++)
		all_w += pt->w[i];
	for (i = 0; i < pt->n; i++)
	{
		x[i] = (below + pt->w[i] / 2) / all_w - 0.5;
		variance += pt->w[i] / all_w * x[i] * x[i];
		below += pt->w[i];
	}
	return variance;
}

/* Larger of a and b; NaN if either is. */
static inline double
worst(double a, double b)
{
	return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
}

#endif							/* MG_MEASURES_POINTS_H */

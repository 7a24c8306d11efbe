/*-------------------------------------------------------------------------
 *
 * test_gradients.c
 *	  Every inequality measure at random points: its gradient against central
 *	  differences of its value, and identities between measures.
 *
 * What mg_measure_gradient returns are the derivatives by a subgroup's mean
 * and by its sum of weights at fixed means, p = W / sum W.  They are compared
 * with differences of the value at 2^-k h, extrapolated (Richardson 1911);
 * an error counts against the largest derivative of its kind.  The points
 * keep away from kinks: no two means, and no mean and mu, are near.
 *
 * The conventional gradients are no derivatives of the value: they are those
 * of a regression on ranks that stay what they are, which is written out
 * here.
 *
 * Linked with the files of extension/gap alone; of PostgreSQL, its headers.
 *
 *-------------------------------------------------------------------------
 */
#include "gap/measures.h"

/* PostgreSQL's own printf is not linked */
#undef printf
#undef vprintf

#include <stdint.h>
#include <stdlib.h>

#include "tap.h"

#define POINTS		100
#define MAX_GROUPS	8
#define LEVELS		4			/* of extrapolation */
#define TOLERANCE	1e-7

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
static double
uniform(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return ((random_state >> 12) + 0.5) / 4503599627370496.0;
}

static int
any_of(int n)
{
	return (int) (uniform() * n);
}

static void
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
static double
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

static bool
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
static void
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

static bool
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
static void
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

/* ---- the conventional value: a regression on ranks as they were --------- */

static double
expit(double x)
{
	return 1 / (1 + exp(-x));
}

/* Logistic regression of y on x, weights w: intercept and slope. */
static void
fit_logit(const Point *pt, const double *x, double *b0, double *b1)
{
	int			step;
	int			i;

	*b0 = *b1 = 0;
	for (step = 0; step < 50; step++)
	{
		double		g0 = 0;
		double		g1 = 0;
		double		h00 = 0;
		double		h01 = 0;
		double		h11 = 0;

		for (i = 0; i < pt->n; i++)
		{
			double		q = expit(*b0 + *b1 * x[i]);
			double		v = pt->w[i] * q * (1 - q);

			g0 += pt->w[i] * (pt->y[i] - q);
			g1 += pt->w[i] * (pt->y[i] - q) * x[i];
			h00 += v;
			h01 += v * x[i];
			h11 += v * x[i] * x[i];
		}
		*b0 += (h11 * g0 - h01 * g1) / (h00 * h11 - h01 * h01);
		*b1 += (h00 * g1 - h01 * g0) / (h00 * h11 - h01 * h01);
	}
}

/* Linear regression of y on x, weights w. */
static void
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
static double
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

/*
 * The measure at "pt" with the ranks, their variance and the mean of "base":
 * 2 variance slope times what makes the index of the absolute one.
 */
static double
conventional_value(const MgMeasure *m, const Point *base, const Point *pt)
{
	double		x[MAX_GROUPS];
	double		variance = ranks(base, x);
	double		factor = 1;
	double		b0;
	double		b1;
	Given		g;

	look(base, &g);
	if (strstr(m->name, "_logit") != NULL)
	{
		fit_logit(pt, x, &b0, &b1);
		b0 -= b1 / 2;
		b1 += b0;
		return m->traits & MG_LOG_SCALE ? log(expit(b1) / expit(b0)) :
			expit(b1) - expit(b0);
	}
	fit_line(pt, x, &b0, &b1);
	if (strcmp(m->name, "sii") == 0)
		return b1;
	if (strcmp(m->name, "rii") == 0)
		return log((b0 + b1 / 2) / (b0 - b1 / 2));
	if (strcmp(m->name, "rci") == 0)
		factor = 1 / g.in.mu;
	else if (strcmp(m->name, "erreygers") == 0)
		factor = 4 / (base->upper - base->lower);
	else if (strcmp(m->name, "wagstaff") == 0)
		factor = (base->upper - base->lower) /
			((base->upper - g.in.mu) * (g.in.mu - base->lower));
	else if (strcmp(m->name, "modified_ci") == 0)
		factor = 1 / (g.in.mu - base->lower);
	else if (strcmp(m->name, "aci") != 0)
		return NAN;
	return 2 * variance * b1 * factor;
}

/* ---- gradients ---------------------------------------------------------- */

static double
value_at(const MgMeasure *m, const Point *base, const Point *pt,
		 bool conventional)
{
	return conventional ? conventional_value(m, base, pt) : full_value(m, pt);
}

/* The derivative by y[i], or by w[i]. */
static double
numeric(const MgMeasure *m, const Point *base, int i, bool by_weight,
		bool conventional)
{
	double		t[LEVELS][LEVELS];
	double		h = by_weight ? 0.02 * base->w[i] :
	0.004 * (base->high - base->low);
	int			k;
	int			j;

	for (k = 0; k < LEVELS; k++, h /= 2)
	{
		Point		up = *base;
		Point		down = *base;
		double		four = 4;

		(by_weight ? up.w : up.y)[i] += h;
		(by_weight ? down.w : down.y)[i] -= h;
		t[k][0] = (value_at(m, base, &up, conventional) -
				   value_at(m, base, &down, conventional)) / (2 * h);
		for (j = 1; j <= k; j++, four *= 4)
			t[k][j] = t[k][j - 1] + (t[k][j - 1] - t[k - 1][j - 1]) / (four - 1);
	}
	return t[LEVELS - 1][LEVELS - 1];
}

/* Larger of a and b; NaN if either is. */
static double
worst(double a, double b)
{
	return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
}

/*
 * How far the gradient is from its numeric twin.  Where all derivatives of
 * a kind are nil, the measure's own size stands in for the largest.
 */
static double
gradient_error(const MgMeasure *m, const Point *pt, bool conventional)
{
	Given		g;
	double		dy[MAX_GROUPS];
	double		dw[MAX_GROUPS];
	double		wanted[2][MAX_GROUPS];
	double		largest[2];
	double		error = 0;
	double		size = worst(fabs(full_value(m, pt)), 1e-3);
	int			kind;
	int			i;

	arena_used = 0;
	look(pt, &g);
	g.in.conventional = conventional;
	mg_measure_gradient(m, &g.in, g.all_w, dy, dw);
	largest[0] = 0.01 * size / (pt->high - pt->low);
	largest[1] = 0.01 * size / g.all_w;
	for (kind = 0; kind < 2; kind++)
	{
		for (i = 0; i < pt->n; i++)
		{
			wanted[kind][i] = numeric(m, pt, i, kind == 1, conventional);
			largest[kind] = worst(largest[kind], fabs(wanted[kind][i]));
		}
	}
	for (i = 0; i < pt->n; i++)
	{
		error = worst(error, fabs(dy[i] - wanted[0][i]) / largest[0]);
		error = worst(error, fabs(dw[i] - wanted[1][i]) / largest[1]);
	}
	return error;
}

static void
test_gradient(const MgMeasure *m, bool ordered, bool adverse, bool named,
			  bool conventional)
{
	double		error = 0;
	int			i;

	for (i = 0; i < POINTS; i++)
	{
		Point		pt = {0};

		pt.ordered = ordered;
		pt.adverse = adverse;
		draw(m, &pt);
		if (named)
			pt.reference = any_of(pt.n);
		error = worst(error, gradient_error(m, &pt, conventional));
	}
	is_close(error, 0, TOLERANCE, "%sgradient of %s%s%s%s",
			 conventional ? "conventional " : "", m->name,
			 adverse ? ", adverse" : "", ordered ? ", ordered" : "",
			 named ? ", reference named" : "");
}

static void
test_gradients(void)
{
	int			k;
	int			variant;

	for (k = 0; k < mg_n_measures; k++)
	{
		const MgMeasure *m = &mg_measures[k];
		bool		by_choice = (m->traits & MG_NOT_NEGATIVE_UNORDERED) != 0;

		for (variant = 0; variant < 8; variant++)
		{
			bool		adverse = variant & 1;
			bool		ordered = variant & 2;
			bool		named = variant & 4;

			if ((m->needs & MG_NEEDS_ORDER) && !ordered)
				continue;
			if (named && !by_choice)
				continue;
			test_gradient(m, ordered, adverse, named, false);
			if (m->conventional != NULL)
				test_gradient(m, ordered, adverse, named, true);
		}
	}
}

/*
 * 1e9 more on every mean, and on the shift: absolute measures and their
 * gradients do not notice.
 */
static void
test_offset(void)
{
	static const char *const relative[] = {
		"ratio", "odds_ratio", "sii_logit", "rii_logit", NULL
	};
	int			k;
	int			i;
	int			j;

	for (k = 0; k < mg_n_measures; k++)
	{
		const MgMeasure *m = &mg_measures[k];
		double		error = 0;

		if (is_one_of(m, relative) ||
			(strcmp(m->absolute_or_relative, "relative") == 0))
			continue;
		for (i = 0; i < POINTS; i++)
		{
			Point		pt = {0};
			Point		far;
			Given		g;
			Given		g_far;
			double		d[4][MAX_GROUPS];
			double		size = 0;

			pt.ordered = (m->needs & MG_NEEDS_ORDER) != 0;
			draw(m, &pt);
			/* means that 1e9 does not round */
			for (j = 0; j < pt.n; j++)
				pt.y[j] = rint(pt.y[j] * 1024) / 1024;
			pt.shift = pt.y[0];
			far = pt;
			for (j = 0; j < pt.n; j++)
				far.y[j] += 1e9;
			far.shift += 1e9;
			far.lower += 1e9;
			far.upper += 1e9;
			error = worst(error, fabs(full_value(m, &far) / full_value(m, &pt) - 1));
			arena_used = 0;
			look(&pt, &g);
			look(&far, &g_far);
			mg_measure_gradient(m, &g.in, g.all_w, d[0], d[1]);
			mg_measure_gradient(m, &g_far.in, g.all_w, d[2], d[3]);
			for (j = 0; j < pt.n; j++)
				size = worst(size, fabs(d[1][j]));
			for (j = 0; j < pt.n; j++)
			{
				error = worst(error, fabs(d[0][j] - d[2][j]));
				if (size > 0)
					error = worst(error, fabs(d[1][j] - d[3][j]) / size);
			}
		}
		is_close(error, 0, 1e-9, "%s with 1e9 added", m->name);
	}
}

/* ---- identities --------------------------------------------------------- */

static double
value_of(const char *name, const Point *pt)
{
	const MgMeasure *m = mg_measure_find(name);
	double		x = full_value(m, pt);

	return m->traits & MG_LOG_SCALE ? exp(x) : x;
}

static double
relative_error(double got, double wanted)
{
	return fabs(got - wanted) / fabs(wanted);
}

static void
test_identities(void)
{
	enum
	{
		SII, SLOPE, MDB, MDB_FAVOURABLE, ERREYGERS, WAGSTAFF, MODIFIED, RCI,
		CONVENIENT, COV, IDIS, PAF, RII, LOGIT, TWO, N_IDENTITIES
	};
	static const char *const names[] = {
		"sii = 6 aci / (1 - sum p^3)",
		"sii is the slope of a weighted regression on ranks",
		"mdb = |par|, adverse, without an order",
		"mdb = |par|, favourable, without an order",
		"erreygers = 4 aci / (upper - lower)",
		"wagstaff = (upper - lower) aci / ((upper - mu)(mu - lower))",
		"modified_ci = aci / (mu - lower)",
		"rci = aci / mu",
		"rci = 2 sum S R / sum S - 1",
		"cov = 100 sqrt(bgv) / mu",
		"idis = 100 mdm / mu",
		"paf = 100 par / mu",
		"rii = (mu + sii / 2) / (mu - sii / 2)",
		"the logistic line meets the total and the ranked total",
		"two groups: the logistic line goes through both"
	};
	double		error[N_IDENTITIES] = {0};
	int			k;
	int			i;

	for (k = 0; k < POINTS; k++)
	{
		Point		pt = {0};
		double		x[MAX_GROUPS];
		double		variance;
		double		cubes = 0;
		double		ranked = 0;
		double		b0;
		double		b1;
		Given		g;

		pt.ordered = true;
		draw(mg_measure_find("rii"), &pt);
		pt.lower = 2;
		pt.upper = 31;
		look(&pt, &g);
		variance = ranks(&pt, x);
		fit_line(&pt, x, &b0, &b1);
		for (i = 0; i < pt.n; i++)
		{
			cubes += pow(g.p[i], 3);
			ranked += g.p[i] * pt.y[i] * (x[i] + 0.5);
		}
#define CHECK(which, got, wanted) \
	error[which] = worst(error[which], relative_error(got, wanted))

		CHECK(SII, value_of("sii", &pt), 6 * value_of("aci", &pt) / (1 - cubes));
		CHECK(SLOPE, value_of("sii", &pt), b1);
		CHECK(SLOPE, 12 * variance, 1 - cubes);
		CHECK(ERREYGERS, value_of("erreygers", &pt), 4 * value_of("aci", &pt) / 29);
		CHECK(WAGSTAFF, value_of("wagstaff", &pt), 29 * value_of("aci", &pt) /
			  ((31 - g.in.mu) * (g.in.mu - 2)));
		CHECK(MODIFIED, value_of("modified_ci", &pt),
			  value_of("aci", &pt) / (g.in.mu - 2));
		CHECK(RCI, value_of("rci", &pt), value_of("aci", &pt) / g.in.mu);
		error[CONVENIENT] = worst(error[CONVENIENT],
								  fabs(value_of("rci", &pt) -
									   (2 * ranked / g.in.mu - 1)));
		CHECK(COV, value_of("cov", &pt), 100 * sqrt(value_of("bgv", &pt)) / g.in.mu);
		CHECK(IDIS, value_of("idis", &pt), 100 * value_of("mdm", &pt) / g.in.mu);
		CHECK(PAF, value_of("paf", &pt), 100 * value_of("par", &pt) / g.in.mu);
		CHECK(RII, value_of("rii", &pt), (g.in.mu + b1 / 2) / (g.in.mu - b1 / 2));
		pt.ordered = false;
		pt.adverse = true;
		CHECK(MDB, value_of("mdb", &pt), fabs(value_of("par", &pt)));
		pt.adverse = false;
		CHECK(MDB_FAVOURABLE, value_of("mdb", &pt), fabs(value_of("par", &pt)));

		/* b from the two indices alone; then the score equations */
		pt.ordered = true;
		draw(mg_measure_find("sii_logit"), &pt);
		(void) ranks(&pt, x);
		{
			double		q0 = value_of("sii_logit", &pt) /
			(value_of("rii_logit", &pt) - 1);
			double		q1 = q0 * value_of("rii_logit", &pt);
			double		score0 = 0;
			double		score1 = 0;
			double		all_w = 0;

			b0 = log(q0 / (1 - q0));
			b1 = log(q1 / (1 - q1)) - b0;
			for (i = 0; i < pt.n; i++)
			{
				double		q = expit(b0 + b1 * (x[i] + 0.5));

				score0 += pt.w[i] * (pt.y[i] - q);
				score1 += pt.w[i] * (pt.y[i] - q) * x[i];
				all_w += pt.w[i];
			}
			error[LOGIT] = worst(error[LOGIT], fabs(score0) / all_w);
			error[LOGIT] = worst(error[LOGIT], fabs(score1) / all_w);
			pt.n = 2;
			(void) ranks(&pt, x);
			b1 = (log(pt.y[1] / (1 - pt.y[1])) - log(pt.y[0] / (1 - pt.y[0]))) /
				(x[1] - x[0]);
			b0 = log(pt.y[0] / (1 - pt.y[0])) - b1 * x[0];
			CHECK(TWO, value_of("sii_logit", &pt),
				  expit(b0 + b1 / 2) - expit(b0 - b1 / 2));
		}
	}
	for (i = 0; i < N_IDENTITIES; i++)
		is_close(error[i], 0, 1e-10, "%s", names[i]);
}

/* Every entry of the table has what the machinery relies on. */
static void
test_table(void)
{
	bool		found = true;
	bool		companions = true;
	bool		complete = true;
	int			k;

	for (k = 0; k < mg_n_measures; k++)
	{
		const MgMeasure *m = &mg_measures[k];
		const MgMeasure *a = mg_measure_absolute(m);

		found = found && mg_measure_find(m->name) == m;
		companions = companions && a != NULL && a->absolute == NULL &&
			strcmp(a->absolute_or_relative, "absolute") == 0 &&
			(a == m) == (strcmp(m->absolute_or_relative, "absolute") == 0);
		complete = complete && m->label != NULL && m->range != NULL &&
			m->source != NULL && m->value != NULL && m->gradient != NULL;
	}
	ok(mg_n_measures == 27, "27 measures");
	ok(found, "every measure is found by its name");
	ok(mg_measure_find("") == NULL, "no measure without a name");
	ok(companions, "every relative measure has an absolute companion");
	ok(complete, "every measure has a value, a gradient and its texts");
}

int
main(void)
{
	test_table();
	test_gradients();
	test_offset();
	test_identities();
	return done_testing();
}

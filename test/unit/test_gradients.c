/*-------------------------------------------------------------------------
 *
 * test_gradients.c
 *	  The gradient of every inequality measure against central differences of
 *	  its value, at random points.
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
 *-------------------------------------------------------------------------
 */
#include "measures_points.h"

#define LEVELS		4			/* of extrapolation */
#define TOLERANCE	1e-7

/* ---- the conventional value: a regression on ranks as they were --------- */

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

int
main(void)
{
	test_gradients();
	test_offset();
	return done_testing();
}

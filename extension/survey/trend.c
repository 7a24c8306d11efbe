/*-------------------------------------------------------------------------
 *
 * trend.c
 *		Trend of an estimate over waves: slope, excess of the last wave over
 *		the earlier trend, and the test that all waves are equal.
 *
 * With d the estimates of K waves and Omega their design-based covariance
 * (the waves of a panel share PSUs):
 *
 *		OLS		b = (X'WX)^-1 X'W d, a linear combination c'd with the variance
 *				c' Omega c; W counts waves alike or by their population
 *		GLS		b = (X' Omega^-1 X)^-1 X' Omega^-1 d
 *		excess	d_K - x_K'(P'WP)^-1 P'W d_{1..K-1}
 *		equal	X2 = q'(R Omega R')^-1 q, F = X2 (df - k + 1)/(df k), k = K - 1
 *
 * Where W is the waves' sum of weights it varies with the sample too: the
 * derivative of b by W_t is (X'WX)^-1 x_t (d_t - x_t'b), which makes the
 * result that of a weighted regression over all rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/distributions.h"
#include "core/matrix.h"
#include "survey/trend.h"

bool
mg_arg_gls(FunctionCallInfo fcinfo, int arg)
{
	static const MgChoice methods[] = {
		{"ols", 0},
		{"gls", 1}
	};

	return mg_arg_choice(fcinfo, arg, "method", methods, lengthof(methods)) == 1;
}

void
mg_trend_start(MgTrend *t, const MgSeriesView *series, bool weighted)
{
	int			k = series->n + 1;

	memset(t, 0, sizeof(MgTrend));
	t->series = series;
	t->years = palloc0(k * sizeof(double));
	t->value = palloc0(k * sizeof(double));
	t->weight = weighted ? palloc0(k * sizeof(double)) : NULL;
	t->wave = palloc0(k * sizeof(int));
	t->dy = palloc0(k * sizeof(double *));
	t->dw = palloc0(k * sizeof(double *));
	t->in = palloc0(k * sizeof(bool *));
	t->own = palloc(k * sizeof(double));
	for (k = 0; k <= series->n; k++)
		t->own[k] = NAN;
}

/* A wave without an estimate. */
void
mg_trend_leave_out(MgTrend *t, const char *reason)
{
	if (t->left_out++ == 0)
		t->reason = reason;
}

/*
 * Columns of the covariance matrix: the waves' estimates (0 .. n - 1), their
 * weights where these count, the two combinations that are asked for, and a
 * last one for the degrees of freedom, on which every subgroup involved
 * bears.  Combinations are linearised themselves: from the matrix they would
 * lose digits where the waves are much alike.
 */
typedef struct TrendColumns
{
	int			weights;		/* of the first weight */
	int			slope;
	int			excess;
	int			last;
	double	   *c_slope;		/* weights - 0: by estimate, then by weight */
	double	   *c_excess;
} TrendColumns;

static void
trend_columns(const MgTrend *t, TrendColumns *c)
{
	c->weights = t->n;
	c->slope = t->weight != NULL ? 2 * t->n : t->n;
	c->excess = c->slope + 1;
	c->last = c->slope + 2;
	c->c_slope = palloc0((c->slope + 1) * sizeof(double));
	c->c_excess = palloc0((c->slope + 1) * sizeof(double));
}

typedef struct ReplicateTrend
{
	const MgTrend *t;
	const TrendColumns *columns;
} ReplicateTrend;

static void
replicate_waves(const MgTotals *totals, void *arg, double *theta)
{
	const MgTrend *t = ((const ReplicateTrend *) arg)->t;
	const TrendColumns *c = ((const ReplicateTrend *) arg)->columns;
	double	   *value = palloc(t->series->n * sizeof(double));
	int			i;

	t->estimator(totals, t->estimator_arg, value);
	theta[c->slope] = theta[c->excess] = theta[c->last] = 0;
	for (i = 0; i < t->n; i++)
	{
		theta[i] = value[t->wave[i]];
		if (t->weight != NULL)
			theta[t->n + i] = totals[t->wave[i]].all_w;
	}
	for (i = 0; i < c->slope; i++)
	{
		theta[c->slope] += c->c_slope[i] * theta[i];
		theta[c->excess] += c->c_excess[i] * theta[i];
	}
	pfree(value);
}

static void
add_term(MgPart *part, int32 *n, int column, double dy, double dw)
{
	part->terms[*n].column = column;
	part->terms[*n].dy = dy;
	part->terms[*n].dw = dw;
	(*n)++;
}

static void
trend_variance(MgTrend *t, const TrendColumns *c, MgVariance *var)
{
	MgPart	  **parts = palloc((t->n + 1) * sizeof(MgPart *));
	int			k = c->last + 1;
	int			i;

	if (mg_replicated(&t->series->views[0]))
	{
		ReplicateTrend arg = {t, c};

		for (i = 1; i < t->series->n; i++)
			(void) mg_check_comparable(&t->series->views[0],
									   &t->series->views[i]);
		mg_replicate_variance(t->series->pointers, t->totals, t->series->n, k,
							  replicate_waves, &arg, NULL, true, var);
		return;
	}
	for (i = 0; i < t->n; i++)
	{
		const MgView *view = &t->series->views[t->wave[i]];
		MgPart	   *part = mg_part_create(view, 5 * view->head->n_groups);
		int32		n = 0;
		int32		g;

		if (i > 0)
			t->separate = mg_check_comparable(&t->series->views[t->wave[0]],
											  view);
		for (g = 0; g < view->head->n_groups; g++)
		{
			double		dy = t->dy[i][g];
			double		dw = t->dw[i][g];
			double		w = t->weight != NULL;

			part->term_start[g] = n;
			if (!t->in[i][g])
				continue;
			add_term(part, &n, i, dy, dw);
			if (t->weight != NULL)
				add_term(part, &n, c->weights + i, 0, 1);
			add_term(part, &n, c->slope, c->c_slope[i] * dy,
					 c->c_slope[i] * dw + (w ? c->c_slope[c->weights + i] : 0));
			add_term(part, &n, c->excess, c->c_excess[i] * dy,
					 c->c_excess[i] * dw + (w ? c->c_excess[c->weights + i] : 0));
			add_term(part, &n, c->last, 1, 0);
		}
		part->term_start[g] = n;
		parts[i] = part;
	}
	mg_linearise(parts, t->n, k, t->lonely, t->separate, true, var);

	/* Waves that bring a variance of their own are independent tables. */
	for (i = 0; i < t->n && !isnan(t->own[i]); i++)
	{
		if (i == 0)
			var->var[c->slope] = var->var[c->excess] = 0;
		var->v[(Size) i * k + i] = t->own[i];
		var->var[c->slope] += c->c_slope[i] * c->c_slope[i] * t->own[i];
		var->var[c->excess] += c->c_excess[i] * c->c_excess[i] * t->own[i];
	}
}

/*
 * Weighted least squares over waves 0 .. n - 1 of u0 + u1 (x - centre): fills
 * c with the derivatives of the combination u'b by each wave's estimate and,
 * from position "weights" on, by its weight.  Returns u'b; NaN without two
 * distinct times.
 */
double
mg_trend_line(const MgTrend *t, int n, double centre, double u0, double u1,
			  double *c, int weights)
{
	double		sw = 0;
	double		mean_x = 0;
	double		mean_y = 0;
	double		sxx = 0;
	double		sxy = 0;
	double		slope;
	double		offset;
	int			i;

	for (i = 0; i < n; i++)
	{
		double		w = t->weight != NULL ? t->weight[i] : 1;

		sw += w;
		mean_x += w * (t->years[i] - t->years[0]);
		mean_y += w * (t->value[i] - t->value[0]);
	}
	mean_x = t->years[0] + mean_x / sw;
	mean_y = t->value[0] + mean_y / sw;
	for (i = 0; i < n; i++)
	{
		double		w = t->weight != NULL ? t->weight[i] : 1;

		sxx += w * (t->years[i] - mean_x) * (t->years[i] - mean_x);
		sxy += w * (t->years[i] - mean_x) * (t->value[i] - mean_y);
	}
	if (!(sxx > 0))
		return NAN;
	slope = sxy / sxx;
	offset = centre - mean_x;
	for (i = 0; i < n; i++)
	{
		double		w = t->weight != NULL ? t->weight[i] : 1;
		double		x = t->years[i] - mean_x;
		double		h = u0 * (1 / sw + x * offset / sxx) + u1 * x / sxx;

		c[i] += w * h;
		if (t->weight != NULL)
			c[weights + i] += h * (t->value[i] - mean_y - slope * x);
	}
	return u0 * (mean_y + slope * offset) + u1 * slope;
}

static void
put_term(MgTidy *tidy, const char *term, const MgInference *r, double statistic)
{
	mg_tidy_text(tidy, 0, term);
	mg_tidy_double(tidy, 1, r->estimate);
	mg_tidy_double(tidy, 2, r->std_error);
	mg_tidy_double(tidy, 3, statistic);
	mg_tidy_double(tidy, 4, r->df);
	mg_tidy_double(tidy, 5, r->p_value);
	mg_tidy_double(tidy, 6, r->conf_low);
	mg_tidy_double(tidy, 7, r->conf_high);
	mg_tidy_text(tidy, 8, r->status);
	mg_tidy_row(tidy);
}

static void
start_term(MgInference *r, const MgTrend *t, const char *note)
{
	r->estimate = r->std_error = r->conf_low = r->conf_high = NAN;
	r->df = r->p_value = NAN;
	strcpy(r->status, "ok");
	if (note != NULL)
		mg_status_add(r->status, note);
	if (t->left_out > 0)
		mg_status_add(r->status, "waves_left_out");
	if (t->series->n > 0 &&
		(t->series->views[0].head->flags & MG_FROM_TABLE))
		mg_status_add(r->status, "groups_independent_shares_fixed");
	if (t->separate)
		mg_status_add(r->status, "independent_samples_assumed");
}

static void
too_few_waves(MgInference *r, const MgTrend *t)
{
	mg_status_add(r->status, "too_few_waves");
	if (t->reason != NULL)
		mg_status_add(r->status, t->reason);
}

/* The generalised least squares slope; false when Omega is singular. */
static bool
gls_slope(const MgTrend *t, const MgVariance *var, double *slope,
		  double *variance)
{
	int			n = t->n;
	double	   *v = palloc((Size) n * n * sizeof(double));
	double	   *b = palloc((Size) n * 3 * sizeof(double));
	double		a[3] = {0, 0, 0};
	double		y[2] = {0, 0};
	double		det;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		for (j = 0; j < n; j++)
			v[(Size) i * n + j] = var->v[(Size) i * var->k + j];
		b[3 * i] = 1;
		b[3 * i + 1] = t->years[i] - t->years[0];
		b[3 * i + 2] = t->value[i] - t->value[0];
	}
	if (!mg_spd_solve(v, n, b, 3))
		return false;
	for (i = 0; i < n; i++)
	{
		double		x = t->years[i] - t->years[0];

		a[0] += b[3 * i];
		a[1] += x * b[3 * i];
		a[2] += x * b[3 * i + 1];
		y[0] += b[3 * i + 2];
		y[1] += x * b[3 * i + 2];
	}
	det = a[0] * a[2] - a[1] * a[1];
	if (!(det > 0))
		return false;
	*slope = (a[0] * y[1] - a[1] * y[0]) / det;
	*variance = a[0] / det;
	return true;
}

static void
put_slope(MgTrend *t, MgTidy *tidy, const TrendColumns *c,
		  const MgVariance *var, double slope, const char *note)
{
	MgInference r;
	double		variance = 0;

	start_term(&r, t, note);
	if (t->n < 2)
		too_few_waves(&r, t);
	else if (!t->gls)
	{
		r.estimate = slope;
		variance = var->var[c->slope];
	}
	else if (var->lonely[c->last])
		mg_status_add(r.status, "lonely_psu");
	else if (!gls_slope(t, var, &r.estimate, &variance))
		mg_status_add(r.status, "singular_covariance");
	if (isfinite(r.estimate))
		mg_infer(&r, variance, var->lonely[c->last], var->df[c->last],
				 t->level, 0);
	put_term(tidy, "slope per year", &r, r.estimate / r.std_error);
}

static void
put_excess(MgTrend *t, MgTidy *tidy, const TrendColumns *c,
		   const MgVariance *var, double excess, const char *note)
{
	MgInference r;

	start_term(&r, t, note);
	if (t->n < 3)
		too_few_waves(&r, t);
	else
	{
		r.estimate = excess;
		mg_infer(&r, var->var[c->excess], var->lonely[c->last],
				 var->df[c->last], t->level, 0);
	}
	put_term(tidy, "excess over the earlier trend", &r, r.estimate / r.std_error);
}

static void
put_equal(MgTrend *t, MgTidy *tidy, const MgVariance *var, const char *note)
{
	MgInference r;
	double		f = NAN;
	int64		df = t->n > 0 ? var->df[var->k - 1] : 0;
	int			k = t->n - 1;
	int			i;
	int			j;

	start_term(&r, t, note);
	if (t->n < 2)
		too_few_waves(&r, t);
	else if (var->lonely[var->k - 1])
		mg_status_add(r.status, "lonely_psu");
	else if (df != MG_DF_INFINITE && df - k + 1 <= 0)
		mg_status_add(r.status, "no_degrees_of_freedom");
	else
	{
		double	   *v = palloc((Size) k * k * sizeof(double));
		double	   *q = palloc(k * sizeof(double));
		double		x2;

		for (i = 0; i < k; i++)
		{
			q[i] = t->value[i + 1] - t->value[0];
			for (j = 0; j < k; j++)
				v[(Size) i * k + j] = var->v[(Size) (i + 1) * var->k + j + 1] -
					var->v[(Size) (i + 1) * var->k] - var->v[j + 1] + var->v[0];
		}
		if (!mg_quadratic_form(v, q, k, &x2))
			mg_status_add(r.status, "singular_covariance");
		else
		{
			char		word[64];

			r.df = df == MG_DF_INFINITE ? INFINITY : (double) (df - k + 1);
			f = df == MG_DF_INFINITE ? x2 / k : x2 * r.df / ((double) df * k);
			r.p_value = mg_f_upper(f, k, r.df);
			snprintf(word, sizeof(word), "numerator_df=%d", k);
			strlcat(r.status, "; ", sizeof(r.status));
			strlcat(r.status, word, sizeof(r.status));
		}
	}
	put_term(tidy, "all waves equal", &r, f);
}

/* The three rows. */
void
mg_trend_put(MgTrend *t, MgTidy *tidy, const char *note)
{
	MgVariance	var = {0};
	TrendColumns c;
	double		slope = NAN;
	double		excess = NAN;
	int			last = t->n - 1;
	int			i;

	trend_columns(t, &c);
	if (t->n >= 2)
		slope = mg_trend_line(t, t->n, t->years[0], 0, 1, c.c_slope, c.weights);
	if (t->n >= 3)
	{
		excess = t->value[last] -
			mg_trend_line(t, last, t->years[last], 1, 0, c.c_excess, c.weights);
		for (i = 0; i < c.slope; i++)
			c.c_excess[i] = -c.c_excess[i];
		c.c_excess[last] += 1;
	}
	if (t->n > 0)
		trend_variance(t, &c, &var);
	put_slope(t, tidy, &c, &var, slope, note);
	put_excess(t, tidy, &c, &var, excess, note);
	put_equal(t, tidy, &var, note);
}

typedef struct TrendCall
{
	const MgUnion *u;
	int			n;
	int			group;			/* in the union, or -1 */
	MgTotals   *totals;
} TrendCall;

static void
replicate_means(const MgTotals *totals, void *arg, double *theta)
{
	const TrendCall *call = (const TrendCall *) arg;
	int			w;

	for (w = 0; w < call->n; w++)
	{
		int32		g = call->group < 0 ? -1 : call->u->index[w][call->group];

		if (call->group >= 0 && g < 0)
			theta[w] = NAN;
		else
			theta[w] = (g < 0 ? totals[w].all_w : totals[w].w[g]) > 0 ?
				mg_mean(&totals[w], g) : NAN;
	}
}

/*
 * trend(series, subgroup, wave_weights, level, lonely_psu, method): of a
 * subgroup's mean, or, without a name, of everybody's
 */
PG_FUNCTION_INFO_V1(mindgap_trend);

Datum
mindgap_trend(PG_FUNCTION_ARGS)
{
	static const MgChoice weights[] = {
		{"equal", 0},
		{"population", 1}
	};
	MgTidy		tidy;
	MgSeriesView series;
	MgTrend		t;
	MgUnion		u;
	MgLabel		label;
	bool		weighted;
	double		level;
	MgLonely	lonely;
	bool		gls;
	TrendCall	call;
	int			group = -1;
	int			w;

	mg_tidy_open_rows(&tidy, fcinfo);
	weighted = mg_arg_choice(fcinfo, 2, "wave_weights", weights,
							 lengthof(weights)) == 1;
	level = mg_arg_level(fcinfo, 3);
	lonely = mg_arg_lonely(fcinfo, 4);
	gls = mg_arg_gls(fcinfo, 5);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	mg_series_open(PG_GETARG_DATUM(0), &series);
	if (series.n == 0)
		return (Datum) 0;
	mg_union(series.pointers, series.n, &u);
	if (mg_arg_label(fcinfo, 1, &label))
		group = mg_union_require(&u, label);
	mg_trend_start(&t, &series, weighted);
	t.level = level;
	t.lonely = lonely;
	t.gls = gls;
	call.u = &u;
	call.n = series.n;
	call.group = group;
	call.totals = palloc((series.n + 1) * sizeof(MgTotals));
	t.estimator = replicate_means;
	t.estimator_arg = &call;
	t.totals = call.totals;
	for (w = 0; w < series.n; w++)
	{
		MgTotals	totals;
		int32		g = group < 0 ? -1 : u.index[w][group];
		int			n = series.views[w].head->n_groups;
		int32		i;

		mg_totals(&series.views[w], &totals);
		call.totals[w] = totals;
		if ((group >= 0 && g < 0) ||
			!((g < 0 ? totals.all_w : totals.w[g]) > 0))
		{
			mg_trend_leave_out(&t, "no_data");
			continue;
		}
		t.years[t.n] = series.years[w];
		t.wave[t.n] = w;
		t.value[t.n] = mg_mean(&totals, g);
		if (weighted)
			t.weight[t.n] = g < 0 ? totals.all_w : totals.w[g];
		t.dy[t.n] = palloc0((n + 1) * sizeof(double));
		t.dw[t.n] = palloc0((n + 1) * sizeof(double));
		t.in[t.n] = palloc0((n + 1) * sizeof(bool));
		mg_mean_gradient(&totals, 1, g, 0, 1, t.dy[t.n], t.dw[t.n]);
		for (i = 0; i < n; i++)
			t.in[t.n][i] = (g < 0 || i == g) && totals.w[i] > 0;
		t.n++;
	}
	mg_trend_put(&t, &tidy, NULL);
	return (Datum) 0;
}

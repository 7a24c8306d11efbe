/*-------------------------------------------------------------------------
 *
 * within_between.c
 *		Effects within and between persons, and how they differ.
 *
 * The regression of Mundlak (1978, Econometrica 46:69-85) on x and the
 * person's mean of x, by weighted least squares over all rows, written as
 *
 *		y = a + (x - xbar_i)'b_w + xbar_i'b_b + e
 *
 * where xbar_i is the person's weighted mean.  The two parts are orthogonal,
 * so b_w is the within estimate, b_b that of the regression of persons' means
 * with their sums of weights W_i, and b_b - b_w the coefficient of the mean
 * beside x.  A person's scores are
 *
 *		within		C_i,xy - C_i,xx b_w
 *		between		W_i (xbar_i - xbar) (ybar_i - ybar - (xbar_i - xbar)'b_b)
 *
 * and V = c H M H, H the inverse of the two blocks of co-moments, M made from
 * the scores of clusters as in core/within_spread.c.  The condensed form has
 * sums over clusters within persons, not those between, and is refused.
 *
 * A column that depends on others in one part, where it is left out, but not
 * in the same way in the other, makes coefficients of different meaning: of
 * age and years, which are one within a person, the slope of years within is
 * that of both.  Their difference is not 0 where all effects are alike, so it
 * is not given.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "change/within_model.h"

/* With K columns, the intercept too: G/(G-1) (N-1)/(N-K), or 1. */
static const MgChoice small_samples[] = {
	{"regress", true},
	{"none", false}
};

/* A dependency holds up to this share of the variation. */
#define DEPENDENT		1e-8

typedef struct Between
{
	MgWithinView view;
	MgLeastSquares within;
	MgLeastSquares between;
	MgMoments  *means;			/* of persons' means */
	bool	   *apart;			/* [k]: of different meaning in both parts */
	int			rank;			/* of both */
	double	   *cov;			/* rank x rank, within first */
	int64		df;
	bool		lonely;
} Between;

/* Moments of the persons' means, weighted by their sums of weights. */
static void
read_means(Between *b)
{
	const MgWithinView *v = &b->view;
	double	   *x = palloc((v->k + 1) * sizeof(double));
	int32		i;
	int			j;

	b->means = palloc(mg_moments_size(v->k + 1, 0));
	mg_moments_init(b->means, v->k + 1, 0);
	for (i = 0; i < v->head->n_persons; i++)
	{
		const MgMoments *m = mg_person_moments(v->person[i]);

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (m->n == 0)
			continue;
		for (j = 0; j < v->k; j++)
			x[j] = mg_moments_mean_of(m, j + 1);
		(void) mg_moments_add(b->means, mg_moments_mean_of(m, 0), x, m->sum_w);
	}
	if (!mg_moments_finite(b->means) || b->means->n < v->counts.n_persons)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a sum of products is out of the range of double precision"),
				 errhint("Rescale the outcome, x or the weights.")));
	pfree(x);
}

static void
add_scores(const MgWithinView *v, const MgPerson *p, const void *arg, double *u)
{
	const Between *b = (const Between *) arg;
	const MgMoments *m = mg_person_moments(p);
	double		residual;
	int			r;
	int			j;

	for (r = 0; r < b->within.rank; r++)
	{
		int			i = b->within.used[r] + 1;

		u[r] += mg_moments_of(m, i, 0);
		for (j = 0; j < v->k; j++)
			u[r] -= mg_moments_of(m, i, j + 1) * b->within.b[j];
	}
	residual = mg_moments_mean_of(m, 0) - mg_moments_mean_of(b->means, 0);
	for (j = 0; j < v->k; j++)
		residual -= (mg_moments_mean_of(m, j + 1) -
					 mg_moments_mean_of(b->means, j + 1)) * b->between.b[j];
	u += b->within.rank;
	for (r = 0; r < b->between.rank; r++)
	{
		int			i = b->between.used[r] + 1;

		u[r] += m->sum_w * residual *
			(mg_moments_mean_of(m, i) - mg_moments_mean_of(b->means, i));
	}
}

/* H M H */
static void
find_covariance(Between *b)
{
	int			n = b->rank;
	Size		size = (Size) n * n;
	double	   *bread = palloc0((size + 1) * sizeof(double));
	double	   *meat = palloc((size + 1) * sizeof(double));
	double	   *half = palloc((size + 1) * sizeof(double));
	MgSpread	t;
	int			first = b->within.rank;
	int			i;
	int			j;

	mg_within_spread(&b->view, n, add_scores, b, &t);
	for (i = 0; i < n; i++)
	{
		for (j = 0; j <= i; j++)
			meat[(Size) i * n + j] = meat[(Size) j * n + i] =
				t.sum[mg_triangle_at(i, j)];
	}
	for (i = 0; i < first; i++)
		memcpy(bread + (Size) i * n, b->within.inverse + (Size) i * first,
			   first * sizeof(double));
	for (i = 0; i < b->between.rank; i++)
		memcpy(bread + (Size) (first + i) * n + first,
			   b->between.inverse + (Size) i * b->between.rank,
			   b->between.rank * sizeof(double));
	b->cov = palloc((size + 1) * sizeof(double));
	mg_matrix_multiply(bread, meat, n, half);
	mg_matrix_multiply(half, bread, n, b->cov);
	pfree(bread);
	pfree(meat);
	pfree(half);
}

/*
 * Marks the columns that stand for one which the fit left out, unless it
 * depends on them in the other part too.
 */
static void
mark_apart(Between *b, const MgLeastSquares *fit, const double *own,
		   const double *other)
{
	double	   *d = palloc((fit->k + 1) * sizeof(double));
	int			column;
	int			i;
	int			j;

	for (column = 0; column < fit->k; column++)
	{
		double		left = 0;
		double		all = 0;

		if (fit->column[column] != MG_COLUMN_COLLINEAR)
			continue;
		CHECK_FOR_INTERRUPTS();
		/* d'x is 0 in this part. */
		memset(d, 0, (fit->k + 1) * sizeof(double));
		d[column] = 1;
		for (i = 0; i < fit->rank; i++)
		{
			for (j = 0; j < fit->rank; j++)
				d[fit->used[i]] -= fit->inverse[(Size) i * fit->rank + j] *
					own[mg_triangle_at(Max(fit->used[j], column) + 1,
									   Min(fit->used[j], column) + 1)];
		}
		for (i = 0; i < fit->k; i++)
		{
			all += d[i] * d[i] * other[mg_triangle_at(i + 1, i + 1)];
			for (j = 0; j < fit->k; j++)
				left += d[i] * d[j] *
					other[mg_triangle_at(Max(i, j) + 1, Min(i, j) + 1)];
		}
		if (!(left > DEPENDENT * all))
			continue;
		for (i = 0; i < fit->rank; i++)
		{
			int			u = fit->used[i];

			if (d[u] * d[u] * own[mg_triangle_at(u + 1, u + 1)] >
				DEPENDENT * own[mg_triangle_at(column + 1, column + 1)])
				b->apart[u] = true;
		}
	}
	pfree(d);
}

/* Where nothing is left over, the scores are rounding. */
static bool
has_residuals(const Between *b, int place)
{
	return (place < b->within.rank ? b->within.rss : b->between.rss) > 0;
}

static void
fit_both(MgWithin *s, bool small_sample, MgLonely lonely, Between *b)
{
	const MgWithinSums *c = &b->view.counts;
	double	   *square;
	double		factor;
	int			i;
	int			j;

	if (s->flags & MG_WITHIN_CONDENSED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a condensed within summary does not tell persons apart"),
				 errdetail("Effects between persons are those of the persons' means."),
				 errhint("Read the summary as it was before condense.")));
	mg_within_read(s, &b->view);
	if (c->n_persons == 0)
		return;
	mg_least_squares(b->view.total, b->view.k, b->view.square, &b->within);
	read_means(b);
	square = palloc((b->view.k + 1) * sizeof(double));
	for (i = 0; i <= b->view.k; i++)
	{
		double		mean = mg_moments_mean_of(b->means, i);

		square[i] = b->means->sum_w * mean * mean;
	}
	mg_least_squares(mg_moments_triangle(b->means), b->view.k, square,
					 &b->between);
	b->apart = palloc0((b->view.k + 1) * sizeof(bool));
	mark_apart(b, &b->within, b->view.total, mg_moments_triangle(b->means));
	mark_apart(b, &b->between, mg_moments_triangle(b->means), b->view.total);
	b->rank = b->within.rank + b->between.rank;
	find_covariance(b);
	mg_within_scale(&b->view, lonely,
					small_sample ? (double) c->n - b->rank - 1 : NAN,
					&factor, &b->df, &b->lonely);
	for (i = 0; i < b->rank; i++)
	{
		for (j = 0; j < b->rank; j++)
			b->cov[(Size) i * b->rank + j] *=
				has_residuals(b, i) && has_residuals(b, j) ? factor :
				factor * 0;
	}
}

/* Where a column is among those that a fit uses, or -1. */
static int
place_of(const MgLeastSquares *fit, int column)
{
	int			r;

	for (r = 0; r < fit->rank; r++)
	{
		if (fit->used[r] == column)
			return r;
	}
	return -1;
}

/* Puts a row: the estimate at one place, less that at another (-1: none). */
static void
put_effect(MgTidy *tidy, const Between *b, MgLabel name, const char *effect,
		   double estimate, int plus, int minus, double level)
{
	MgInference r = {0};
	double		var;

	var = b->cov[(Size) plus * b->rank + plus];
	if (minus >= 0)
		var += b->cov[(Size) minus * b->rank + minus] -
			2 * b->cov[(Size) plus * b->rank + minus];
	strcpy(r.status, "ok");
	r.estimate = estimate;
	mg_infer(&r, var, b->lonely, b->df, level, 0);
	mg_tidy_text_len(tidy, 0, name.s, name.len);
	mg_tidy_text(tidy, 1, effect);
	mg_put_term(tidy, 2, &r);
	mg_tidy_row(tidy);
}

static void
put_no_effect(MgTidy *tidy, MgLabel name, const char *effect,
			  const char *status)
{
	mg_tidy_text_len(tidy, 0, name.s, name.len);
	mg_tidy_text(tidy, 1, effect);
	mg_tidy_text(tidy, 1 + MG_TERM_COLUMNS, status);
	mg_tidy_row(tidy);
}

static void
put_term_effects(MgTidy *tidy, const Between *b, int i, MgLabel name,
				 double level)
{
	int			w = place_of(&b->within, i);
	int			m = place_of(&b->between, i);
	const char *w_status = mg_column_status(b->within.column[i]);
	const char *m_status = mg_column_status(b->between.column[i]);

	if (w >= 0)
		put_effect(tidy, b, name, "within", b->within.b[i], w, -1, level);
	else
		put_no_effect(tidy, name, "within", w_status);
	if (m >= 0)
		put_effect(tidy, b, name, "between", b->between.b[i],
				   b->within.rank + m, -1, level);
	else
		put_no_effect(tidy, name, "between", m_status);
	if (b->apart[i])
		put_no_effect(tidy, name, "difference",
					  mg_column_status(MG_COLUMN_COLLINEAR));
	else if (w >= 0 && m >= 0)
		put_effect(tidy, b, name, "difference",
				   b->between.b[i] - b->within.b[i],
				   b->within.rank + m, w, level);
	else
		put_no_effect(tidy, name, "difference", w < 0 ? w_status : m_status);
}

/* within_between(summary, names, small_sample, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_within_between);

Datum
mindgap_within_between(PG_FUNCTION_ARGS)
{
	static const char *const effects[] = {"within", "between", "difference"};
	MgTidy		tidy;
	Between		b = {{0}};
	MgLabel    *names;
	MgLonely	lonely;
	bool		small_sample;
	double		level;
	int			i;
	int			j;

	mg_tidy_open_rows(&tidy, fcinfo);
	small_sample = mg_arg_choice(fcinfo, 2, "small_sample", small_samples,
								 lengthof(small_samples));
	level = mg_arg_level(fcinfo, 3);
	lonely = mg_arg_within_lonely(fcinfo, 4);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	fit_both(mg_within_open(PG_GETARG_DATUM(0)), small_sample, lonely, &b);
	names = mg_arg_within_terms(fcinfo, 1, &b.view);
	for (i = 0; i < b.view.k; i++)
	{
		if (b.view.counts.n_persons > 0)
		{
			put_term_effects(&tidy, &b, i, names[i], level);
			continue;
		}
		for (j = 0; j < (int) lengthof(effects); j++)
			put_no_effect(&tidy, names[i], effects[j], "no_data");
	}
	return (Datum) 0;
}

/*
 * within_between_test(summary, small_sample, lonely_psu): that all effects
 * which can be estimated within and between are equal.
 */
PG_FUNCTION_INFO_V1(mindgap_within_between_test);

Datum
mindgap_within_between_test(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	Between		b = {{0}};
	bool		small_sample;
	MgLonely	lonely;
	int		   *w;
	int		   *m;
	double	   *q;
	double	   *v;
	int			rows = 0;
	int			i;
	int			j;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	small_sample = mg_arg_choice(fcinfo, 1, "small_sample", small_samples,
								 lengthof(small_samples));
	lonely = mg_arg_within_lonely(fcinfo, 2);
	fit_both(mg_within_open(PG_GETARG_DATUM(0)), small_sample, lonely, &b);
	if (b.view.counts.n_persons == 0)
	{
		mg_put_wald(&tidy, NULL, NULL, 0, 0, false, "no_data");
		return mg_tidy_value(&tidy);
	}
	w = palloc((b.view.k + 1) * sizeof(int));
	m = palloc((b.view.k + 1) * sizeof(int));
	q = palloc((b.view.k + 1) * sizeof(double));
	for (i = 0; i < b.view.k; i++)
	{
		w[rows] = place_of(&b.within, i);
		m[rows] = b.within.rank + place_of(&b.between, i);
		if (w[rows] < 0 || m[rows] < b.within.rank || b.apart[i])
			continue;
		q[rows++] = b.between.b[i] - b.within.b[i];
	}
	v = palloc(((Size) rows * rows + 1) * sizeof(double));
	for (i = 0; i < rows; i++)
	{
		const double *wi = b.cov + (Size) w[i] * b.rank;
		const double *mi = b.cov + (Size) m[i] * b.rank;

		for (j = 0; j < rows; j++)
			v[(Size) i * rows + j] = mi[m[j]] - mi[w[j]] - wi[m[j]] + wi[w[j]];
	}
	mg_put_wald(&tidy, v, q, rows, b.df, b.lonely,
				rows == 0 ? "nothing_to_test" : NULL);
	return mg_tidy_value(&tidy);
}

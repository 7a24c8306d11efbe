/*-------------------------------------------------------------------------
 *
 * gaussian_point.c
 *		Marginal likelihood and posterior at given prior variances.
 *
 * y = 1 b0 + X beta + e, beta_j ~ N(m_j, sigma^2 v_j), b0 flat, sigma^2 of
 * density 1 / sigma^2 or inverse gamma (a0 / 2, b0 / 2).  With D = diag(sqrt
 * v), B = I + D G D, c = X'y - G m and yy = y'y - 2 m'X'y + m'G m:
 *
 *		S = yy - c'D B^-1 D c,  nu = n - 1 + a0,  s2 = (S + b0) / nu
 *		log m = lgamma(nu/2) - (n-1)/2 log pi - 1/2 log n - 1/2 log |B|
 *				- nu/2 log(S + b0) [+ a0/2 log b0 - lgamma(a0/2)]
 *		beta = m + D B^-1 D c,  Var(beta) = s2 D B^-1 D,  edf_j = 1 - (B^-1)_jj
 *		d log m / d log v_j = ((beta_j - m_j)^2 / (v_j s2) - edf_j) / 2
 *
 * All eigenvalues of B are 1 or more, so it is never singular, whatever the
 * columns: duplicates, or more columns than rows.
 *
 * Dropped columns take no part: they have no prior, so that a column without
 * information changes nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

#include "core/moments.h"
#include "core/packed_inverse.h"
#include "prediction/gaussian.h"

#define MOST_REFINED	20		/* steps of the refinement */
#define REFINED			1e-15	/* relative */
#define NOISE			16		/* roundings of the largest element of B */

/* The variables' sizes of category: what a category's variance is split by. */
static void
set_budget(MgProblem *q)
{
	double	   *size = palloc0((q->n_categories + 1) * sizeof(double));
	int			pass;
	int			j;
	int			c;

	/* variables of no category are one category more */
	for (pass = 0; pass < 2; pass++)
	{
		for (j = 0; j < q->p; j++)
		{
			double		rest = 1;
			double		mine = 0;

			for (c = 0; c < q->n_categories; c++)
			{
				double		share = q->member[(Size) j * q->n_categories + c];

				rest -= share;
				mine += share * size[c];
				if (pass == 0)
					size[c] += share;
			}
			if (rest > 0.5)
			{
				mine = size[q->n_categories];
				if (pass == 0)
					size[q->n_categories] += 1;
			}
			if (pass == 1)
				q->budget[j] = -log(mine);
		}
	}
	pfree(size);
}

/* Prior means go into the outcome. */
static void
subtract_means(MgProblem *q)
{
	double		square = 0;
	double		cross = 0;
	int			i;
	int			j;

	for (i = 0; i < q->p; i++)
	{
		const double *row = q->G + (Size) i * q->p;
		double		sum = 0;

		for (j = 0; j < q->p; j++)
			sum += row[j] * q->mean[j];
		square += q->mean[i] * sum;
		cross += q->mean[i] * q->c[i];
		q->c[i] -= sum;
	}
	q->yy += square - 2 * cross;
}

MgProblem *
mg_problem(const MgGram *g, const MgPrior *prior)
{
	MgProblem  *q = palloc0(sizeof(MgProblem));
	int			C = prior->n_categories;
	int			i;
	int			j;
	int			c;
	int			k;

	q->column = palloc(Max(g->p, 1) * sizeof(int));
	for (j = 0; j < g->p; j++)
	{
		if (!g->dropped[j])
			q->column[q->p++] = j;
	}
	q->G = g->G;
	if (q->p < g->p)
	{
		double	   *G = palloc(Max((Size) q->p * q->p, 1) * sizeof(double));

		for (i = 0; i < q->p; i++)
		{
			for (j = 0; j < q->p; j++)
				G[(Size) i * q->p + j] =
					g->G[(Size) q->column[i] * g->p + q->column[j]];
		}
		q->G = G;
	}
	q->yy = g->yy;
	q->n = g->n;
	q->a0 = prior->sigma_shape;
	q->b0 = prior->sigma_scale;
	q->nu = g->n - 1 + q->a0;
	q->n_categories = C;
	q->n_panels = prior->n_panels;
	q->importance = prior->importance;
	q->c = palloc0((q->p + 1) * sizeof(double));
	q->mean = palloc0((q->p + 1) * sizeof(double));
	q->budget = palloc0((q->p + 1) * sizeof(double));
	q->member = palloc0(((Size) q->p * C + 1) * sizeof(double));
	q->z = palloc0(((Size) q->p * q->n_panels + 1) * sizeof(double));
	for (j = 0; j < q->p; j++)
	{
		q->c[j] = g->c[q->column[j]];
		if (prior->mean != NULL)
			q->mean[j] = prior->mean[q->column[j]];
		for (c = 0; c < C; c++)
		{
			double		share = prior->member[(Size) q->column[j] * C + c];

			q->member[(Size) j * C + c] = share;
			for (k = 0; k < q->n_panels; k++)
				q->z[(Size) k * q->p + j] +=
					share * prior->importance[(Size) k * C + c];
		}
	}
	if (prior->mean != NULL)
		subtract_means(q);
	if (prior->category_budget)
		set_budget(q);
	return q;
}

/*
 * Prior variances relative to their mean, 1: exp(sum_m kappa_m z_mj), shared
 * out by category where that is asked for.  kappa NULL: all 0.
 */
void
mg_relative_variance(const MgProblem *q, const double *kappa, double *v)
{
	double		largest = -HUGE_VAL;
	double		sum = 0;
	int			j;
	int			k;

	for (j = 0; j < q->p; j++)
	{
		v[j] = q->budget[j];
		for (k = 0; kappa != NULL && k < q->n_panels; k++)
			v[j] += kappa[k] * q->z[(Size) k * q->p + j];
		largest = Max(largest, v[j]);
	}
	for (j = 0; j < q->p; j++)
	{
		v[j] = exp(v[j] - largest);
		sum += v[j];
	}
	for (j = 0; j < q->p; j++)
		v[j] *= q->p / sum;
}

/*
 * S, not below what counts as an exact fit, so that evidence stays finite:
 * a fit of the whole refuses such data, in cross-validation a fold's training
 * rows may be like that.
 */
static double
error_sum(const MgProblem *q, double quadratic)
{
	return Max(q->yy - quadratic, MG_EXACT * q->yy);
}

/* log m, given log |B| and c'D B^-1 D c */
double
mg_log_ml(const MgProblem *q, double log_det, double quadratic)
{
	double		rss = error_sum(q, quadratic);
	double		sum = lgamma(q->nu / 2) - (q->n - 1) / 2 * log(M_PI) -
		log(q->n) / 2 - log_det / 2 - q->nu / 2 * log(rss + q->b0);

	if (q->a0 > 0)
		sum += q->a0 / 2 * log(q->b0) - lgamma(q->a0 / 2);
	return sum;
}

/* y = A x, A a packed lower triangle */
static void
packed_product(const double *packed, int p, const double *x, double *y)
{
	int			i;
	int			j;

	memset(y, 0, p * sizeof(double));
	for (i = 0; i < p; i++)
	{
		double		sum = 0;

		for (j = 0; j < i; j++)
		{
			sum += packed[j] * x[j];
			y[j] += packed[j] * x[i];
		}
		y[i] += sum + packed[i] * x[i];
		packed += i + 1;
	}
}

/*
 * a = B^-1 D c by iterative refinement: the error of an inverse grows with
 * the square of the condition number, which n makes large wherever columns
 * are collinear; the residual is that of the equations themselves.
 */
static void
solve_point(const MgProblem *q, MgPoint *point)
{
	int			p = q->p;
	const double *d = point->root_v;
	double	   *rest = palloc((p + 1) * sizeof(double));
	double	   *step = palloc((p + 1) * sizeof(double));
	double		before = HUGE_VAL;
	int			n;
	int			i;
	int			j;

	for (n = 0; n < MOST_REFINED; n++)
	{
		double		square = 0;
		double		change = 0;

		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < p; i++)
			step[i] = d[i] * point->a[i];
		for (i = 0; i < p; i++)
		{
			const double *row = q->G + (Size) i * p;
			double		sum = q->c[i];

			for (j = 0; n > 0 && j < p; j++)
				sum -= row[j] * step[j];
			rest[i] = d[i] * sum - point->a[i];
		}
		packed_product(point->inverse, p, rest, step);
		for (i = 0; i < p; i++)
			change += step[i] * step[i];
		if (!(change < before / 4))
			break;
		for (i = 0; i < p; i++)
		{
			point->a[i] += step[i];
			square += point->a[i] * point->a[i];
		}
		if (change <= REFINED * REFINED * square)
			break;
		before = change;
	}
	pfree(rest);
	pfree(step);
}

MgPoint *
mg_point(const MgProblem *q, const double *v)
{
	MgPoint    *point = palloc0(sizeof(MgPoint));
	int			p = q->p;
	double	   *b = MemoryContextAllocHuge(CurrentMemoryContext,
										   (mg_triangle_length(p) + 1) *
										   sizeof(double));
	double	   *to = b;
	double		log_det = 0;
	double		quadratic = 0;
	double		largest = 0;
	int			i;
	int			j;

	point->inverse = b;
	point->root_v = palloc((p + 1) * sizeof(double));
	point->a = palloc0((p + 1) * sizeof(double));
	for (i = 0; i < p; i++)
		point->root_v[i] = sqrt(v[i]);
	for (i = 0; i < p; i++)
	{
		const double *row = q->G + (Size) i * p;

		for (j = 0; j <= i; j++)
			*to++ = -point->root_v[i] * row[j] * point->root_v[j];
		to[-1] -= 1;
		largest = Max(largest, -to[-1]);
	}
	if (p > 0 && !mg_packed_inverse(b, p, &log_det))
		mg_refuse_range();

	point->noise = NOISE * DBL_EPSILON * largest;
	solve_point(q, point);
	for (i = 0; i < p; i++)
		quadratic += point->a[i] * point->root_v[i] * q->c[i];
	point->log_ml = mg_log_ml(q, log_det, quadratic);
	point->rss = Max(q->yy - quadratic, 0);
	point->s2 = (error_sum(q, quadratic) + q->b0) / q->nu;
	return point;
}

void
mg_point_free(MgPoint *point)
{
	if (point == NULL)
		return;
	pfree(point->inverse);
	pfree(point->root_v);
	pfree(point->a);
	pfree(point);
}

/* d log m / d log v_j */
void
mg_point_scores(const MgProblem *q, const MgPoint *point, double *score)
{
	int			j;

	for (j = 0; j < q->p; j++)
	{
		double		edf = 1 - point->inverse[mg_triangle_at(j, j)];

		score[j] = (point->a[j] * point->a[j] / point->s2 - edf) / 2;
	}
}

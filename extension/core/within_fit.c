/*-------------------------------------------------------------------------
 *
 * within_fit.c
 *		Sums over persons, the cluster-robust variance, the condensed form.
 *
 * With C_i the centred co-moments of person i and A their sum, the within
 * (fixed effects) estimate is b = Axx^-1 Axy.  A cluster's score is
 *
 *		u_g = sum over its persons (C_i,xy - C_i,xx b)
 *
 * and the variance of b is Axx^-1 M Axx^-1, M = sum_g u_g u_g' (Arellano
 * 1987, Oxford Bulletin 49:431-434), or, with strata, sum over strata of
 * n_h/(n_h - 1) sum_g (u_g - ubar_h)(u_g - ubar_h)'.
 *
 * u_g is linear in v_g = (C_g,xx packed, C_g,xy), so M = L T L' where T is
 * made from v_g as M from u_g, and L holds -b and 1: T in place of the
 * persons is the condensed form.
 *
 * A trend break by subgroup has columns for years and after once for each
 * subgroup, that are 0 for everybody else, and x in common.  As a person is
 * of one subgroup, C_i has nothing but the person's own columns; v_g then
 * holds the products with years and after for each subgroup, and those
 * among x and the outcome once.  Both that model and the one with a common
 * trend follow from it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/within.h"

static int
compare_persons(const void *a, const void *b)
{
	const MgPerson *x = *(const MgPerson *const *) a;
	const MgPerson *y = *(const MgPerson *const *) b;

	if (x->stratum != y->stratum)
		return x->stratum < y->stratum ? -1 : 1;
	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static double *
zeros(uint64 n)
{
	return (double *)
		MemoryContextAllocExtended(CurrentMemoryContext,
								   (n + 1) * sizeof(double),
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* The part of a person whose rows count. */
static inline int
part_of(const MgWithinView *v, const MgPerson *p)
{
	return (v->head->flags & MG_WITHIN_GROUPS) ? mg_person_trend(p)->group : 0;
}

/* Clusters and strata, of persons in their order. */
static void
count_clusters(const MgWithinView *v, MgWithinSums *c)
{
	int32		n = v->head->n_persons;
	int32		registered = 0;
	int32		counted = 0;
	bool		cluster_counts = false;
	int32		i;

	for (i = 0; i < n; i++)
	{
		const MgPerson *p = v->person[i];
		const MgPerson *next = i + 1 < n ? v->person[i + 1] : NULL;

		cluster_counts = cluster_counts || mg_person_moments(p)->n > 0;
		if (next == NULL || p->stratum != next->stratum ||
			p->cluster != next->cluster)
		{
			registered++;
			counted += cluster_counts;
			cluster_counts = false;
		}
		if (next == NULL || p->stratum != next->stratum)
		{
			c->n_registered += registered;
			c->n_clusters += counted;
			/* A stratum without a row that counts is none. */
			c->n_strata += counted > 0;
			c->n_lonely += counted > 0 && registered == 1;
			registered = counted = 0;
		}
	}
}

/* Persons by stratum and cluster, counts, and the sums over persons. */
static void
read_persons(const MgWithin *s, MgWithinView *v)
{
	Size		length = mg_triangle_length(s->dim);
	double	   *total = zeros(v->n_parts * length);
	double	   *square = zeros(v->n_parts * s->dim);
	MgWithinPart *part = palloc0((v->n_parts + 1) * sizeof(MgWithinPart));
	MgWithinSums *c = &v->counts;
	int32		i;

	v->part_total = total;
	v->part_square = square;
	v->part = part;
	v->person = (const MgPerson **)
		MemoryContextAllocHuge(CurrentMemoryContext,
							   (Size) (s->n_persons + 1) * sizeof(MgPerson *));
	for (i = 0; i < s->n_persons; i++)
		v->person[i] = mg_within_person(s, i);
	if (s->flags & MG_WITHIN_CLUSTERS)
		qsort(v->person, s->n_persons, sizeof(MgPerson *), compare_persons);
	for (i = 0; i < s->n_persons; i++)
	{
		const MgPerson *p = v->person[i];
		const MgMoments *m = mg_person_moments(p);
		const double *triangle = mg_moments_triangle(m);
		int			g;
		Size		at;
		int			j;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (m->n == 0)
			continue;
		g = part_of(v, p);
		c->n += m->n;
		c->n_persons++;
		c->sum_w += m->sum_w;
		c->n_singletons += m->n == 1;
		part[g].n += m->n;
		part[g].n_persons++;
		if (s->flags & MG_WITHIN_TREND)
			part[g].n_trends += mg_person_trend(p)->n_earlier > 1;
		for (at = 0; at < length; at++)
			total[g * length + at] += triangle[at];
		for (j = 0; j < s->dim; j++)
		{
			double		mean = mg_moments_mean_of(m, j);

			square[(Size) g * s->dim + j] += m->sum_w * mean * mean;
		}
	}
	count_clusters(v, c);
}

/* out = the sum of n blocks of numbers */
static const double *
add_parts(const double *part, int n, Size length)
{
	double	   *sum;
	Size		at;
	int			g;

	if (n == 1)
		return part;
	sum = zeros(length);
	for (g = 0; g < n; g++)
	{
		for (at = 0; at < length; at++)
			sum[at] += part[g * length + at];
	}
	return sum;
}

/* Of finite numbers a sum, or a sum of squares, may not be finite. */
static void
check_sums(const double *x, Size n)
{
	Size		i;

	for (i = 0; i < n; i++)
	{
		if (i % 1048576 == 0)
			CHECK_FOR_INTERRUPTS();
		if (!isfinite(x[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("a sum of products is out of the range of double precision"),
					 errhint("Rescale the outcome, x or the weights.")));
	}
}

void
mg_within_read(const MgWithin *s, MgWithinView *v)
{
	Size		length = mg_triangle_length(s->dim);

	memset(v, 0, sizeof(MgWithinView));
	v->head = s;
	v->k = Max(s->dim - 1, 0);
	v->n_parts = mg_within_n_parts(s);
	if (s->flags & MG_WITHIN_CONDENSED)
	{
		v->counts = *mg_within_sums(s);
		v->part = mg_within_parts(s);
		v->part_total = mg_sums_number(s);
		v->part_square = v->part_total + v->n_parts * length;
		v->spread = v->part_square + (Size) v->n_parts * s->dim;
	}
	else
		read_persons(s, v);
	v->total = add_parts(v->part_total, v->n_parts, length);
	v->square = add_parts(v->part_square, v->n_parts, s->dim);
	check_sums(v->total, length);
	check_sums(v->square, s->dim);
	check_sums(&v->counts.sum_w, 1);
}

/* The model's column of column i of x, for persons of part g. */
static inline int
column_of(const MgWithinView *v, const MgWithinModel *model, int g, int i)
{
	if (!model->by_group)
		return i;
	return i < 2 ? 2 * g + i : 2 * v->n_parts + i - 2;
}

/* The columns and the co-moments of the model. */
void
mg_within_model(const MgWithinView *v, bool by_group, MgWithinModel *model)
{
	int			dim = v->k + 1;
	Size		length = mg_triangle_length(dim);
	double	   *triangle;
	double	   *square;
	int			g;
	int			i;
	int			j;

	model->by_group = by_group;
	model->k = v->k;
	model->triangle = v->total;
	model->square = v->square;
	if (!by_group)
		return;
	model->k = 2 * v->n_parts + v->k - 2;
	model->triangle = triangle = zeros(mg_triangle_length(model->k + 1));
	model->square = square = zeros(model->k + 1);
	for (g = 0; g < v->n_parts; g++)
	{
		const double *total = v->part_total + g * length;

		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < dim; i++)
		{
			int			a = i == 0 ? 0 : 1 + column_of(v, model, g, i - 1);

			square[a] += v->part_square[(Size) g * dim + i];
			for (j = 0; j <= i; j++)
			{
				int			b = j == 0 ? 0 : 1 + column_of(v, model, g, j - 1);

				triangle[mg_triangle_at(Max(a, b), Min(a, b))] +=
					total[mg_triangle_at(i, j)];
			}
		}
	}
}

typedef struct Score
{
	const MgWithinModel *model;
	const MgLeastSquares *fit;
	int		   *rank;			/* of each column of the model, or -1 */
} Score;

/* The person's C_xy - C_xx b. */
static void
add_score(const MgWithinView *v, const MgPerson *p, const void *arg, double *u)
{
	const Score *score = (const Score *) arg;
	const MgMoments *m = mg_person_moments(p);
	int			g = part_of(v, p);
	int			i;
	int			j;

	for (i = 0; i < v->k; i++)
	{
		int			r = score->rank[column_of(v, score->model, g, i)];

		if (r < 0)
			continue;
		u[r] += mg_moments_of(m, i + 1, 0);
		/* b is 0 where a column is not used */
		for (j = 0; j < v->k; j++)
			u[r] -= mg_moments_of(m, i + 1, j + 1) *
				score->fit->b[column_of(v, score->model, g, j)];
	}
}

/*
 * Where a product is in v: of column i of x with column j, or with the
 * outcome where j is -1, in part g.
 */
static Size
place_in_spread(const MgWithinView *v, int g, int i, int j)
{
	int			x = v->k;		/* columns that are in common */
	Size		apart = 0;
	int			high;

	if (v->head->flags & MG_WITHIN_TREND)
	{
		x -= 2;
		apart = 5 + 2 * (Size) x;
		if (i < 2 || (j >= 0 && j < 2))
		{
			int			low = j < 0 || (i < 2 && i <= j) ? i : j;

			high = low == i ? j : i;
			if (j < 0)
				return g * apart + 3 + i;
			if (high < 2)
				return g * apart + low + high;
			return g * apart + 5 + 2 * (high - 2) + low;
		}
		apart *= v->n_parts;
		i -= 2;
		j = j < 0 ? j : j - 2;
	}
	if (j < 0)
		return apart + mg_triangle_length(x) + i;
	high = Max(i, j);
	return apart + mg_triangle_at(high, Min(i, j));
}

/* Row of L for a column of the model: -b at the products, 1 at C_xy. */
static void
score_row(const MgWithinView *v, const MgWithinModel *model,
		  const MgLeastSquares *fit, int column, double *row, uint64 q)
{
	int			g;
	int			i;
	int			j;

	memset(row, 0, q * sizeof(double));
	for (g = 0; g < v->n_parts; g++)
	{
		for (i = 0; i < v->k; i++)
		{
			if (column_of(v, model, g, i) != column)
				continue;
			/* What is in common is set once for each part, to the same. */
			for (j = 0; j < v->k; j++)
				row[place_in_spread(v, g, i, j)] =
					-fit->b[column_of(v, model, g, j)];
			row[place_in_spread(v, g, i, -1)] = 1;
		}
	}
}

/* M = L T L' from the condensed form. */
static void
meat_from_spread(const MgWithinView *v, const MgWithinModel *model,
				 const MgLeastSquares *fit, double *meat)
{
	uint64		q = mg_spread_length(v->head);
	double	   *left = palloc(q * sizeof(double));
	double	   *right = palloc(q * sizeof(double));
	int			n = fit->rank;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		uint64		a;
		uint64		b;

		CHECK_FOR_INTERRUPTS();
		score_row(v, model, fit, fit->used[i], right, q);
		memset(left, 0, q * sizeof(double));
		for (a = 0; a < q; a++)
		{
			const double *t = v->spread + a * (a + 1) / 2;

			for (b = 0; b < a; b++)
			{
				left[a] += t[b] * right[b];
				left[b] += t[b] * right[a];
			}
			left[a] += t[a] * right[a];
		}
		for (j = 0; j <= i; j++)
		{
			double		sum = 0;

			score_row(v, model, fit, fit->used[j], right, q);
			for (a = 0; a < q; a++)
				sum += left[a] * right[a];
			meat[(Size) i * n + j] = meat[(Size) j * n + i] = sum;
		}
	}
	pfree(left);
	pfree(right);
}

/* M, rank x rank. */
void
mg_within_meat(const MgWithinView *v, const MgWithinModel *model,
			   const MgLeastSquares *fit, double *meat)
{
	int			n = fit->rank;
	Score		score = {model, fit, NULL};
	MgSpread	t;
	int			i;
	int			j;

	if (v->spread != NULL)
	{
		meat_from_spread(v, model, fit, meat);
		return;
	}
	score.rank = palloc((model->k + 1) * sizeof(int));
	for (i = 0; i < model->k; i++)
		score.rank[i] = -1;
	for (i = 0; i < n; i++)
		score.rank[fit->used[i]] = i;
	mg_within_spread(v, n, add_score, &score, &t);
	for (i = 0; i < n; i++)
	{
		for (j = 0; j <= i; j++)
			meat[(Size) i * n + j] = meat[(Size) j * n + i] =
				t.sum[mg_triangle_at(i, j)];
	}
}

/* The person's share of v. */
static void
add_products(const MgWithinView *v, const MgPerson *p, const void *arg,
			 double *u)
{
	const MgMoments *m = mg_person_moments(p);
	int			g = part_of(v, p);
	int			i;
	int			j;

	for (i = 0; i < v->k; i++)
	{
		for (j = -1; j <= i; j++)
			u[place_in_spread(v, g, i, j)] += mg_moments_of(m, i + 1, j + 1);
	}
}

/* The condensed form; one in which no row counts stays as it is. */
MgWithin *
mg_within_condense(const MgWithin *s)
{
	uint64		size;
	Size		length = mg_triangle_length(s->dim);
	MgWithinView v;
	MgWithin   *closed;
	MgSpread	t;
	double	   *number;
	uint64		q;

	if ((s->flags & MG_WITHIN_CONDENSED) || s->n_persons == 0)
		return mg_within_trim(s);
	size = mg_within_condensed_size(s);
	if (size > MaxAllocSize / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("x has too many elements to condense a within summary"),
				 errdetail("There are %d; the condensed form grows with their fourth power.",
						   s->dim - ((s->flags & MG_WITHIN_TREND) ? MG_TREND_DIM : 1)),
				 errhint("Read the summary as it is, or use fewer variables.")));
	mg_within_read(s, &v);
	if (v.counts.n_persons == 0)
		return mg_within_trim(s);
	q = mg_spread_length(s);
	mg_within_spread(&v, (int) q, add_products, NULL, &t);
	check_sums(t.sum, q * (q + 1) / 2);
	closed = (MgWithin *) palloc0(size);
	memcpy(closed, s, sizeof(MgWithin) + mg_within_groups_size(s));
	SET_VARSIZE(closed, size);
	closed->flags |= MG_WITHIN_CONDENSED;
	closed->n_persons = 0;
	*mg_within_sums(closed) = v.counts;
	if (s->flags & MG_WITHIN_TREND)
		memcpy(mg_within_parts(closed), v.part, v.n_parts * sizeof(MgWithinPart));
	number = mg_sums_number(closed);
	memcpy(number, v.part_total, v.n_parts * length * sizeof(double));
	number += v.n_parts * length;
	memcpy(number, v.part_square, (Size) v.n_parts * s->dim * sizeof(double));
	number += (Size) v.n_parts * s->dim;
	memcpy(number, t.sum, q * (q + 1) / 2 * sizeof(double));
	return closed;
}

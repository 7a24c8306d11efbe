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

static inline bool
same_cluster(const MgPerson *a, const MgPerson *b)
{
	return a->cluster == b->cluster && a->stratum == b->stratum;
}

/* Persons by stratum and cluster, counts, and the sums over persons. */
static void
read_persons(const MgWithin *s, MgWithinView *v)
{
	Size		length = mg_triangle_length(s->dim);
	double	   *total = palloc0((length + 1) * sizeof(double));
	double	   *square = palloc0((s->dim + 1) * sizeof(double));
	MgWithinSums *c = &v->counts;
	int32		in_stratum = 0;
	int32		i;

	v->total = total;
	v->square = square;
	v->person = (const MgPerson **)
		MemoryContextAllocHuge(CurrentMemoryContext,
							   (Size) (s->n_persons + 1) * sizeof(MgPerson *));
	for (i = 0; i < s->n_persons; i++)
		v->person[i] = mg_within_person(s, i);
	if (s->flags & MG_WITHIN_CLUSTERS)
		qsort(v->person, s->n_persons, sizeof(MgPerson *), compare_persons);
	c->n_persons = s->n_persons;
	for (i = 0; i < s->n_persons; i++)
	{
		const MgPerson *p = v->person[i];
		const MgMoments *m = mg_person_moments(p);
		const double *triangle = mg_moments_triangle(m);
		Size		at;
		int			j;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		c->n += m->n;
		c->sum_w += m->sum_w;
		c->n_singletons += m->n == 1;
		for (at = 0; at < length; at++)
			total[at] += triangle[at];
		for (j = 0; j < s->dim; j++)
		{
			double		mean = mg_moments_mean_of(m, j);

			square[j] += m->sum_w * mean * mean;
		}
		if (i == 0 || p->stratum != v->person[i - 1]->stratum)
		{
			c->n_lonely += in_stratum == 1;
			c->n_strata++;
			in_stratum = 0;
		}
		if (i == 0 || !same_cluster(p, v->person[i - 1]))
		{
			c->n_clusters++;
			in_stratum++;
		}
	}
	c->n_lonely += in_stratum == 1;
	for (i = 0; i < length; i++)
	{
		if (!isfinite(total[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("a sum of products is out of the range of double precision"),
					 errhint("Rescale the outcome, x or the weights.")));
	}
}

void
mg_within_read(const MgWithin *s, MgWithinView *v)
{
	memset(v, 0, sizeof(MgWithinView));
	v->head = s;
	v->k = Max(s->dim - 1, 0);
	if (s->flags & MG_WITHIN_CONDENSED)
	{
		const MgWithinSums *c = mg_within_sums(s);

		v->counts = *c;
		v->total = mg_sums_number(c);
		v->square = v->total + mg_triangle_length(s->dim);
		v->spread = v->square + s->dim;
	}
	else
		read_persons(s, v);
}

/* Cross-products of the clusters' vectors, about their stratum's mean. */
typedef struct Spread
{
	int			length;
	bool		strata;
	double	   *sum;			/* of the strata that are complete */
	double	   *mean;			/* of this stratum */
	double	   *triangle;
	int64		n;
} Spread;

static void
spread_start(Spread *t, int length, bool strata)
{
	Size		triangle = mg_triangle_length(length) + 1;

	t->length = length;
	t->strata = strata;
	t->sum = palloc0(triangle * sizeof(double));
	t->mean = palloc0((length + 1) * sizeof(double));
	t->triangle = strata ? palloc0(triangle * sizeof(double)) : t->sum;
	t->n = 0;
}

/* Adds a cluster's vector, which is overwritten. */
static void
spread_add(Spread *t, double *u)
{
	double		f = 1;
	double	   *to = t->triangle;
	int			i;
	int			j;

	t->n++;
	if (t->strata)
	{
		f = (double) (t->n - 1) / t->n;
		for (i = 0; i < t->length; i++)
		{
			u[i] -= t->mean[i];
			t->mean[i] += u[i] / t->n;
		}
	}
	for (i = 0; i < t->length; i++)
	{
		for (j = 0; j <= i; j++)
			*to++ += f * u[i] * u[j];
	}
}

static void
spread_end_stratum(Spread *t)
{
	Size		length = mg_triangle_length(t->length);
	double		f = (double) t->n / (t->n - 1);
	Size		i;

	if (!t->strata)
		return;
	for (i = 0; i < length && t->n > 1; i++)
		t->sum[i] += f * t->triangle[i];
	memset(t->triangle, 0, length * sizeof(double));
	memset(t->mean, 0, t->length * sizeof(double));
	t->n = 0;
}

/* A person's share of its cluster's vector. */
typedef void (*AddPerson) (const MgMoments *m, const void *arg, double *u);

static void
spread_persons(const MgWithinView *v, AddPerson add, const void *arg,
			   Spread *t)
{
	double	   *u = palloc0((t->length + 1) * sizeof(double));
	int64		n = v->counts.n_persons;
	int64		i;

	for (i = 0; i < n; i++)
	{
		const MgPerson *p = v->person[i];
		const MgPerson *next = i + 1 < n ? v->person[i + 1] : NULL;

		if (i % 1024 == 0 || t->length > 256)
			CHECK_FOR_INTERRUPTS();
		add(mg_person_moments(p), arg, u);
		if (next == NULL || !same_cluster(p, next))
		{
			spread_add(t, u);
			memset(u, 0, t->length * sizeof(double));
		}
		if (next == NULL || p->stratum != next->stratum)
			spread_end_stratum(t);
	}
	pfree(u);
}

static void
add_score(const MgMoments *m, const void *arg, double *u)
{
	const MgLeastSquares *fit = (const MgLeastSquares *) arg;
	int			r;
	int			s;

	for (r = 0; r < fit->rank; r++)
	{
		int			i = fit->used[r] + 1;

		u[r] += mg_moments_of(m, i, 0);
		for (s = 0; s < fit->rank; s++)
			u[r] -= mg_moments_of(m, i, fit->used[s] + 1) *
				fit->b[fit->used[s]];
	}
}

/* Row r of L: minus b where C_xx of column used[r] is, 1 at its C_xy. */
static void
score_row(const MgLeastSquares *fit, int r, double *row)
{
	int			i = fit->used[r];
	int			s;

	memset(row, 0, mg_spread_length(fit->k) * sizeof(double));
	for (s = 0; s < fit->rank; s++)
	{
		int			j = fit->used[s];

		row[i >= j ? mg_triangle_at(i, j) : mg_triangle_at(j, i)] = -fit->b[j];
	}
	row[mg_triangle_length(fit->k) + i] = 1;
}

/* M, rank x rank. */
void
mg_within_meat(const MgWithinView *v, const MgLeastSquares *fit, double *meat)
{
	int			n = fit->rank;
	int			i;
	int			j;

	if (v->spread == NULL)
	{
		Spread		t;

		spread_start(&t, n, (v->head->flags & MG_WITHIN_STRATA) != 0);
		spread_persons(v, add_score, fit, &t);
		for (i = 0; i < n; i++)
		{
			for (j = 0; j <= i; j++)
				meat[(Size) i * n + j] = meat[(Size) j * n + i] =
					t.sum[mg_triangle_at(i, j)];
		}
	}
	else
	{
		int			q = mg_spread_length(fit->k);
		double	   *left = palloc(q * sizeof(double));
		double	   *right = palloc(q * sizeof(double));

		for (i = 0; i < n; i++)
		{
			int			a;
			int			b;

			CHECK_FOR_INTERRUPTS();
			score_row(fit, i, right);
			memset(left, 0, q * sizeof(double));
			for (a = 0; a < q; a++)
			{
				const double *t = v->spread + mg_triangle_at(a, 0);

				for (b = 0; b < a; b++)
				{
					left[a] += t[b] * right[b];
					left[b] += t[b] * right[a];
				}
				left[a] += t[a] * right[a];
			}
			for (j = 0; j < n; j++)
			{
				double		sum = 0;

				score_row(fit, j, right);
				for (a = 0; a < q; a++)
					sum += left[a] * right[a];
				meat[(Size) i * n + j] = sum;
			}
		}
	}
}

static void
add_sums(const MgMoments *m, const void *arg, double *u)
{
	int			i;
	int			j;
	int			at = 0;

	for (i = 1; i < m->dim; i++)
	{
		for (j = 1; j <= i; j++)
			u[at++] += mg_moments_of(m, i, j);
	}
	for (i = 1; i < m->dim; i++)
		u[at++] += mg_moments_of(m, i, 0);
}

/* The condensed form; one that has no rows stays as it is. */
MgWithin *
mg_within_condense(const MgWithin *s)
{
	uint64		size = mg_within_condensed_size(s->dim);
	Size		triangle = mg_triangle_length(s->dim);
	MgWithinView v;
	MgWithinSums *c;
	MgWithin   *closed;
	Spread		t;
	int			q;

	if ((s->flags & MG_WITHIN_CONDENSED) || s->n_persons == 0)
		return mg_within_trim(s);
	if (size > MaxAllocSize / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("x has too many elements to condense a within summary"),
				 errdetail("There are %d; the condensed form grows with their fourth power.",
						   s->dim - 1),
				 errhint("Read the summary as it is, or use fewer variables.")));
	mg_within_read(s, &v);
	q = mg_spread_length(v.k);
	spread_start(&t, q, (s->flags & MG_WITHIN_STRATA) != 0);
	spread_persons(&v, add_sums, NULL, &t);
	closed = (MgWithin *) palloc0(size);
	*closed = *s;
	SET_VARSIZE(closed, size);
	closed->flags |= MG_WITHIN_CONDENSED;
	closed->n_persons = 0;
	c = mg_within_sums(closed);
	*c = v.counts;
	memcpy(mg_sums_number(c), v.total, triangle * sizeof(double));
	memcpy(mg_sums_number(c) + triangle, v.square, s->dim * sizeof(double));
	memcpy(mg_sums_number(c) + triangle + s->dim, t.sum,
		   mg_triangle_length(q) * sizeof(double));
	return closed;
}

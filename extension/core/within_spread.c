/*-------------------------------------------------------------------------
 *
 * within_spread.c
 *		Cross-products of vectors that are sums over the persons of a
 *		cluster.
 *
 * With v_g the vector of cluster g: sum_g v_g v_g', or, with strata, the sum
 * over strata of n_h/(n_h - 1) sum_g (v_g - vbar_h)(v_g - vbar_h)'.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/within.h"

static void
spread_start(MgSpread *t, int length, bool strata)
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
spread_add(MgSpread *t, double *u)
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
		double		fu = f * u[i];

		/* Most vectors are 0 but for the columns of one subgroup. */
		if (fu != 0)
		{
			for (j = 0; j <= i; j++)
				to[j] += fu * u[j];
		}
		to += i + 1;
	}
}

static void
spread_end_stratum(MgSpread *t)
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

/* Of an open summary; t->sum is the result. */
void
mg_within_spread(const MgWithinView *v, int length, MgAddPerson add,
				 const void *arg, MgSpread *t)
{
	double	   *u = palloc0((length + 1) * sizeof(double));
	int32		n = v->head->n_persons;
	int32		i;

	spread_start(t, length, (v->head->flags & MG_WITHIN_STRATA) != 0);
	for (i = 0; i < n; i++)
	{
		const MgPerson *p = v->person[i];
		const MgPerson *next = i + 1 < n ? v->person[i + 1] : NULL;

		if (i % 1024 == 0 || length > 256)
			CHECK_FOR_INTERRUPTS();
		if (mg_person_moments(p)->n > 0)
			add(v, p, arg, u);
		if (next == NULL || p->stratum != next->stratum ||
			p->cluster != next->cluster)
		{
			spread_add(t, u);
			memset(u, 0, length * sizeof(double));
		}
		if (next == NULL || p->stratum != next->stratum)
			spread_end_stratum(t);
	}
	pfree(u);
}

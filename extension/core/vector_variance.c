/*-------------------------------------------------------------------------
 *
 * vector_variance.c
 *		Design-based covariance of smooth functions of vector totals.
 *
 * With x_hcg the sum of the vectors of PSU c of stratum h in subgroup g, a
 * smooth function m of the totals has the linearised PSU total
 *
 *		z_hc = sum_g (dm/dX_g)' x_hcg
 *
 * and V = sum_h n_h / (n_h - 1) sum_c (z_hc - zbar_h)(z_hc - zbar_h)'
 * (Binder 1983; Woodruff 1971).  Rows without PSU enter through the mean and
 * the co-moments M of their vectors: sum z = n g'mean and sum (z - zbar)^2 =
 * g'M g.  What takes part, what is lonely and what counts in the degrees of
 * freedom follow the rules of linearise.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/vector_variance.h"

/* A stratum, or a PSU, of one of the parts. */
typedef struct Unit
{
	int64		id;
	int32		is_null;
	int32		part;
	int32		index;
	int32		first;			/* of a stratum: its first PSU, cell, .. */
	int32		first_row;		/* .. and row cell */
} Unit;

/* z of a stratum with one PSU, kept until its centre is known. */
typedef struct LonelyUnit
{
	struct LonelyUnit *next;
	double	   *z;
	bool	   *present;
} LonelyUnit;

typedef struct Work
{
	MgVecPart **parts;
	int			columns;
	MgLonely	policy;
	bool	  **in;				/* [part][group * columns + column] */
	int32	  **cell_start;		/* [part][psu], one more at the end */
	double	   *z;
	bool	   *touched;
	double	   *zbar;
	double	   *ss;
	int64	   *n_touched;
	int64	   *strata_in;		/* strata that hold the column, .. */
	int64	   *strata_ok;		/* .. of which not lonely */
	int64	   *units_in;		/* PSUs of the strata that hold it */
	double	   *grand;			/* sum of z over everything */
	LonelyUnit *lonely;
	MgVariance *out;
} Work;

/* Totals of every subgroup, and of all together. */
MgVecTotals *
mg_vec_totals(const MgVecView *v, MgVecTotals *all)
{
	int32		k = v->head->k;
	int32		n = v->head->n[MG_VEC_GROUP];
	MgVecTotals *t = palloc0((n + 1) * sizeof(MgVecTotals));
	int32		g;
	int32		i;
	int32		j;

	memset(all, 0, sizeof(MgVecTotals));
	all->x = palloc0(k * sizeof(double));
	for (g = 0; g < n; g++)
		t[g].x = palloc0(k * sizeof(double));
	for (i = 0; i < v->head->n[MG_VEC_CELL]; i++)
	{
		const MgVecCell *c = mg_vec_cell(v, i);
		const double *x = mg_vec_numbers(c);

		t[c->group].n += c->n;
		t[c->group].n_missing += c->n_missing;
		t[c->group].n_odd += c->n_odd;
		for (j = 0; j < k; j++)
			t[c->group].x[j] += x[j];
	}
	for (i = 0; i < v->head->n[MG_VEC_ROWCELL]; i++)
	{
		const MgVecCell *c = mg_vec_rowcell(v, i);
		const double *x = mg_vec_numbers(c);

		t[c->group].n += c->n;
		t[c->group].n_missing += c->n_missing;
		t[c->group].n_odd += c->n_odd;
		for (j = 0; j < k; j++)
			t[c->group].x[j] += c->n * x[j];
	}
	for (g = 0; g < n; g++)
	{
		all->n += t[g].n;
		all->n_missing += t[g].n_missing;
		all->n_odd += t[g].n_odd;
		for (j = 0; j < k; j++)
			all->x[j] += t[g].x[j];
	}
	return t;
}

/* A part whose derivatives are 0 as yet. */
MgVecPart *
mg_vec_part_create(const MgVecView *v, int columns)
{
	MgVecPart  *part = palloc(sizeof(MgVecPart));
	Size		size = ((Size) v->head->n[MG_VEC_GROUP] * columns *
						v->head->k + 1) * sizeof(double);

	part->view = v;
	part->columns = columns;
	part->gradient = MemoryContextAllocHuge(CurrentMemoryContext, size);
	memset(part->gradient, 0, size);
	return part;
}

double *
mg_vec_gradient(const MgVecPart *part, int32 group, int column)
{
	return part->gradient +
		((Size) group * part->columns + column) * part->view->head->k;
}

static double
dot(const double *a, const double *b, int32 k)
{
	double		sum = 0;
	int32		i;

	for (i = 0; i < k; i++)
		sum += a[i] * b[i];
	return sum;
}

/* g' M g, M packed; never below 0. */
static double
quadratic(const double *g, const double *m, int32 k)
{
	double		sum = 0;
	int32		i;
	int32		j;

	for (i = 0; i < k; i++)
	{
		double		row = g[i] * *m++;

		for (j = i + 1; j < k; j++)
			row += 2 * g[j] * *m++;
		sum += g[i] * row;
	}
	return Max(sum, 0);
}

/* Adds one part's cells of a PSU to z. */
static void
add_psu(Work *w, const Unit *psu)
{
	const MgVecPart *part = w->parts[psu->part];
	int32		i;
	int			j;

	for (i = w->cell_start[psu->part][psu->index];
		 i < w->cell_start[psu->part][psu->index + 1]; i++)
	{
		const MgVecCell *c = mg_vec_cell(part->view, i);
		const bool *in = w->in[psu->part] + (Size) c->group * w->columns;

		if (c->n == 0)
			continue;
		for (j = 0; j < w->columns; j++)
		{
			if (!in[j])
				continue;
			w->touched[j] = true;
			w->z[j] += dot(mg_vec_gradient(part, c->group, j),
						   mg_vec_numbers(c), part->view->head->k);
		}
	}
}

static int
compare_units(const void *a, const void *b)
{
	const Unit *x = (const Unit *) a;
	const Unit *y = (const Unit *) b;

	if (x->is_null != y->is_null)
		return x->is_null ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->part < y->part ? -1 : x->part > y->part;
}

static inline bool
same_unit(const Unit *a, const Unit *b)
{
	return a->id == b->id && a->is_null == b->is_null;
}

/* The PSUs of one stratum of the union, sorted. */
static int32
collect_psus(Work *w, const Unit *strata, int n_strata, Unit *psus)
{
	int32		n = 0;
	int			s;

	for (s = 0; s < n_strata; s++)
	{
		const MgVecView *v = w->parts[strata[s].part]->view;
		int32		i;

		for (i = strata[s].first; i < v->head->n[MG_VEC_PSU] &&
			 v->psus[i].stratum == strata[s].index; i++, n++)
		{
			psus[n].id = v->psus[i].id;
			psus[n].is_null = 0;
			psus[n].part = strata[s].part;
			psus[n].index = i;
		}
	}
	if (n_strata > 1)
		qsort(psus, n, sizeof(Unit), compare_units);
	return n;
}

/* The row cells of a stratum: sums of z first, then squares about zbar. */
static void
add_rows(Work *w, const Unit *stratum, bool squares)
{
	const MgVecPart *part = w->parts[stratum->part];
	const MgVecView *v = part->view;
	int32		k = v->head->k;
	int32		i;
	int			j;

	for (i = stratum->first_row; i < v->head->n[MG_VEC_ROWCELL]; i++)
	{
		const MgVecCell *c = mg_vec_rowcell(v, i);
		const bool *in = w->in[stratum->part] + (Size) c->group * w->columns;

		if (c->owner != stratum->index)
			break;
		if (c->n == 0)
			continue;
		for (j = 0; j < w->columns; j++)
		{
			const double *g = mg_vec_gradient(part, c->group, j);
			double		z;

			if (!in[j])
				continue;
			CHECK_FOR_INTERRUPTS();
			z = dot(g, mg_vec_numbers(c), k);
			if (squares)
				w->ss[j] += quadratic(g, mg_vec_products(c, k), k) +
					c->n * (z - w->zbar[j]) * (z - w->zbar[j]);
			else
			{
				w->zbar[j] += c->n * z;
				w->n_touched[j] += c->n;
			}
		}
	}
}

/* The PSUs of a stratum: likewise.  Tells how many there are. */
static int64
add_psus(Work *w, const Unit *psus, int32 n, bool squares)
{
	int64		n_psus = 0;
	int32		i;
	int			j;

	for (i = 0; i < n;)
	{
		int32		first = i;

		if (n_psus++ % 256 == 0)
			CHECK_FOR_INTERRUPTS();
		memset(w->z, 0, w->columns * sizeof(double));
		memset(w->touched, 0, w->columns * sizeof(bool));
		for (; i < n && same_unit(&psus[first], &psus[i]); i++)
			add_psu(w, &psus[i]);
		for (j = 0; j < w->columns; j++)
		{
			if (!w->touched[j])
				continue;
			if (squares)
				w->ss[j] += (w->z[j] - w->zbar[j]) * (w->z[j] - w->zbar[j]);
			else
			{
				w->zbar[j] += w->z[j];
				w->n_touched[j]++;
			}
		}
	}
	return n_psus;
}

static void
keep_lonely(Work *w)
{
	LonelyUnit *u = palloc(sizeof(LonelyUnit));
	int			j;

	u->z = palloc(w->columns * sizeof(double));
	u->present = palloc(w->columns * sizeof(bool));
	memcpy(u->z, w->zbar, w->columns * sizeof(double));
	for (j = 0; j < w->columns; j++)
		u->present[j] = w->n_touched[j] > 0;
	u->next = w->lonely;
	w->lonely = u;
}

/* One stratum of the union. */
static void
do_stratum(Work *w, const Unit *strata, int n_strata, Unit *psus)
{
	MgVariance *out = w->out;
	int			columns = w->columns;
	int32		n_items = collect_psus(w, strata, n_strata, psus);
	int64		n;
	int			i;
	int			j;

	memset(w->zbar, 0, columns * sizeof(double));
	memset(w->ss, 0, columns * sizeof(double));
	memset(w->n_touched, 0, columns * sizeof(int64));
	n = add_psus(w, psus, n_items, false);
	for (i = 0; i < n_strata; i++)
	{
		n += w->parts[strata[i].part]->view->strata[strata[i].index].n_rows;
		add_rows(w, &strata[i], false);
	}
	for (j = 0; j < columns; j++)
	{
		w->grand[j] += w->zbar[j];
		if (w->n_touched[j] == 0)
			continue;
		out->df[j] += w->n_touched[j] - 1;
		w->strata_in[j]++;
		w->units_in[j] += n;
		if (n > 1)
			w->strata_ok[j]++;
		else if (w->policy == MG_LONELY_FAIL)
			out->lonely[j] = true;
	}
	if (n == 1 && w->policy == MG_LONELY_ADJUST)
		keep_lonely(w);
	if (n < 2)
		return;

	for (j = 0; j < columns; j++)
		w->zbar[j] /= n;
	add_psus(w, psus, n_items, true);
	for (i = 0; i < n_strata; i++)
		add_rows(w, &strata[i], true);
	for (j = 0; j < columns; j++)
	{
		/* units that the column does not touch have z = 0 */
		w->ss[j] += (n - w->n_touched[j]) * w->zbar[j] * w->zbar[j];
		out->var[j] += w->ss[j] * ((double) n / (n - 1));
	}
}

/* The policies that need all strata first. */
static void
finish(Work *w)
{
	MgVariance *out = w->out;
	LonelyUnit *u;
	int			j;

	for (u = w->lonely; u != NULL; u = u->next)
	{
		for (j = 0; j < w->columns; j++)
		{
			double		d = u->z[j] - w->grand[j] / Max(w->units_in[j], 1);

			if (u->present[j])
				out->var[j] += d * d;
		}
	}
	for (j = 0; j < w->columns; j++)
	{
		if (w->policy == MG_LONELY_AVERAGE && w->strata_in[j] > 0)
		{
			if (w->strata_ok[j] == 0)
				out->lonely[j] = true;
			else
				out->var[j] *= (double) w->strata_in[j] / w->strata_ok[j];
		}
		if (out->lonely[j])
			out->var[j] = NAN;
	}
}

/* What the passes look up again and again. */
static void
prepare_part(Work *w, int p)
{
	const MgVecPart *part = w->parts[p];
	const MgVecView *v = part->view;
	int32		n_groups = v->head->n[MG_VEC_GROUP];
	int32		n_psus = v->head->n[MG_VEC_PSU];
	int32		cell = 0;
	int32		i;

	w->in[p] = palloc0((Size) (n_groups + 1) * w->columns * sizeof(bool));
	for (i = 0; i < n_groups * w->columns; i++)
	{
		const double *g = part->gradient + (Size) i * v->head->k;
		int32		j;

		for (j = 0; j < v->head->k && !w->in[p][i]; j++)
			w->in[p][i] = g[j] != 0;
	}
	w->cell_start[p] =
		MemoryContextAllocHuge(CurrentMemoryContext,
							   ((Size) n_psus + 1) * sizeof(int32));
	for (i = 0; i < n_psus; i++)
	{
		w->cell_start[p][i] = cell;
		while (cell < v->head->n[MG_VEC_CELL] &&
			   mg_vec_cell(v, cell)->owner == i)
			cell++;
	}
	w->cell_start[p][n_psus] = cell;
}

/*
 * The variances of estimates whose derivatives the parts, values in their
 * sorted form, hold.  "separate": the parts are independent samples and share
 * no stratum.  out->v is not made.
 */
void
mg_vec_variance(MgVecPart *const *parts, int n_parts, MgLonely policy,
				bool separate, MgVariance *out)
{
	int			columns = parts[0]->columns;
	Work		w = {0};
	Unit	   *strata;
	Unit	   *psus;
	Size		n_strata = 0;
	Size		n_psus = 0;
	Size		at = 0;
	int			p;

	w.parts = (MgVecPart **) parts;
	w.columns = columns;
	w.policy = policy;
	w.out = out;
	w.in = palloc(n_parts * sizeof(bool *));
	w.cell_start = palloc(n_parts * sizeof(int32 *));
	w.z = palloc(columns * sizeof(double));
	w.touched = palloc(columns * sizeof(bool));
	w.zbar = palloc(columns * sizeof(double));
	w.ss = palloc(columns * sizeof(double));
	w.grand = palloc0(columns * sizeof(double));
	w.n_touched = palloc(columns * sizeof(int64));
	w.strata_in = palloc0(columns * sizeof(int64));
	w.strata_ok = palloc0(columns * sizeof(int64));
	w.units_in = palloc0(columns * sizeof(int64));
	out->k = columns;
	out->v = NULL;
	out->var = palloc0(columns * sizeof(double));
	out->df = palloc0(columns * sizeof(int64));
	out->lonely = palloc0(columns * sizeof(bool));

	for (p = 0; p < n_parts; p++)
	{
		prepare_part(&w, p);
		n_strata += parts[p]->view->head->n[MG_VEC_STRATUM];
		n_psus += parts[p]->view->head->n[MG_VEC_PSU];
	}
	strata = MemoryContextAllocHuge(CurrentMemoryContext,
									(n_strata + 1) * sizeof(Unit));
	psus = MemoryContextAllocHuge(CurrentMemoryContext,
								  (n_psus + 1) * sizeof(Unit));
	for (p = 0; p < n_parts; p++)
	{
		const MgVecView *v = parts[p]->view;
		int32		psu = 0;
		int32		row = 0;
		int32		s;

		for (s = 0; s < v->head->n[MG_VEC_STRATUM]; s++, at++)
		{
			strata[at].id = v->strata[s].id;
			strata[at].is_null = v->strata[s].is_null;
			strata[at].part = p;
			strata[at].index = s;
			strata[at].first = psu;
			strata[at].first_row = row;
			while (psu < v->head->n[MG_VEC_PSU] && v->psus[psu].stratum == s)
				psu++;
			while (row < v->head->n[MG_VEC_ROWCELL] &&
				   mg_vec_rowcell(v, row)->owner == s)
				row++;
		}
	}
	if (n_parts > 1 && !separate)
		qsort(strata, n_strata, sizeof(Unit), compare_units);
	for (at = 0; at < n_strata;)
	{
		Size		first = at++;

		while (!separate && at < n_strata &&
			   same_unit(&strata[first], &strata[at]))
			at++;
		do_stratum(&w, &strata[first], (int) (at - first), psus);
	}
	finish(&w);
}

/*-------------------------------------------------------------------------
 *
 * linearise.c
 *		Design-based covariance of smooth functions of group totals.
 *
 * A smooth function m of the group totals has the linearised PSU total
 *
 *		z_hc = sum_g  dm/dW_g W_hcg + (dm/dy_g / W_g) (S_hcg - y_g W_hcg)
 *
 * with dm/dW_g at fixed means, and with z of several functions stacked
 *
 *		V = sum_h f_h n_h / (n_h - 1) sum_c (z_hc - zbar_h)(z_hc - zbar_h)'
 *
 * (Binder 1983; Woodruff 1971).  n_h counts every PSU of the stratum that
 * was seen, also those without a row in any subgroup, whose z is 0; f_h is
 * 1 - n_h / N_h, or 1.  The PSUs of several summaries are matched by their
 * keys, which is what gives the covariance between waves.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "core/linearise.h"

/* The PSU (or stratum) of one of the parts, in the order of the union. */
typedef struct UnionItem
{
	int64		id;
	bool		is_null;
	int32		part;
	int32		index;
} UnionItem;

/* z of a stratum with one PSU, kept until its centre is known. */
typedef struct LonelyUnit
{
	struct LonelyUnit *next;
	double		f;
	double	   *z;
	bool	   *present;
} LonelyUnit;

/* Up to this many columns, products are summed centred and dense. */
#define DENSE_COLUMNS	256

typedef struct Work
{
	MgPart	  **parts;
	int			k;
	bool		full;
	bool		dense;
	MgLonely	policy;
	MgTotals   *totals;			/* of each part */

	double	   *z;				/* k: the PSU at hand */
	bool	   *touched;		/* k: z is in use */
	int		   *list;			/* the touched columns */
	int			n_list;

	double	   *zbar;			/* k: sum, then mean over the stratum */
	double	   *ss;				/* k: centred squares over the stratum */
	double	   *cross;			/* k x k, upper triangle, if full */
	double	   *d;				/* k: z less its mean */
	int64	   *n_touched;		/* k: PSUs with a counted row of the column */
	int64	   *strata_in;		/* k: strata that hold the column */
	int64	   *strata_ok;		/* k: of which not lonely */
	int64	   *units_in;		/* k: n_h summed over strata that hold it */
	LonelyUnit *lonely;

	MgVariance *out;
} Work;

static int
compare_items(const void *a, const void *b)
{
	const UnionItem *x = (const UnionItem *) a;
	const UnionItem *y = (const UnionItem *) b;

	if (x->is_null != y->is_null)
		return x->is_null ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->part < y->part ? -1 : x->part > y->part;
}

static inline bool
same_item(const UnionItem *a, const UnionItem *b)
{
	return a->id == b->id && a->is_null == b->is_null;
}

static inline void
touch(Work *w, int column)
{
	if (!w->touched[column])
	{
		w->touched[column] = true;
		w->list[w->n_list++] = column;
	}
}

/* Adds one part's cells of a PSU to z. */
static void
add_psu(Work *w, int p, int32 psu)
{
	const MgPart *part = w->parts[p];
	const MgView *v = part->view;
	const MgTotals *t = &w->totals[p];
	int32		end = mg_cell_end(v, psu);
	int32		i;
	int32		m;

	for (i = v->psus[psu].cell_start; i < end; i++)
	{
		const MgCell *c = &v->cells[i];
		double		r;

		if (c->n == 0)
			continue;
		r = (c->s - t->own[c->group] * c->w) / t->w[c->group];
		for (m = part->term_start[c->group];
			 m < part->term_start[c->group + 1]; m++)
		{
			const MgTerm *term = &part->terms[m];

			touch(w, term->column);
			w->z[term->column] += term->dy * r + term->dw * c->w;
		}
	}
}

static void
clear_psu(Work *w)
{
	int			i;

	for (i = 0; i < w->n_list; i++)
	{
		w->z[w->list[i]] = 0;
		w->touched[w->list[i]] = false;
	}
	w->n_list = 0;
}

/*
 * A row cell's mean z and its centred sums for one of its terms: with
 * z = p w + q u the row's contribution.
 */
static inline void
row_coefficients(const MgTerm *term, const MgTotals *t, int32 group,
				 double *p, double *q)
{
	*q = term->dy / t->w[group];
	*p = term->dw - *q * t->own[group];
}

/* Sampling fraction left over, and whether n_h is plausible. */
static double
fpc_factor(double fpc, int64 n)
{
	if (fpc <= 1)
		return 1 - fpc;
	if (fpc < n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fpc implies a sampling rate above 100%%"),
				 errdetail("A stratum holds more primary sampling units than its population size."),
				 errhint("fpc is the number of primary sampling units in the stratum's population, or the sampling rate (at most 1).")));
	return (fpc - n) / fpc;
}

/* The PSUs of one stratum of the union, sorted. */
static int
collect_psus(Work *w, const UnionItem *strata, int n_strata, UnionItem *psus)
{
	int			n = 0;
	int			s;

	for (s = 0; s < n_strata; s++)
	{
		const MgView *v = w->parts[strata[s].part]->view;
		int32		end = mg_psu_end(v, strata[s].index);
		int32		i;

		for (i = v->strata[strata[s].index].psu_start; i < end; i++)
		{
			psus[n].id = v->psus[i].id;
			psus[n].is_null = false;
			psus[n].part = strata[s].part;
			psus[n].index = i;
			n++;
		}
	}
	if (n_strata > 1)
		qsort(psus, n, sizeof(UnionItem), compare_items);
	return n;
}

/* First pass over a stratum's row cells: sums of z. */
static void
add_row_cells(Work *w, const UnionItem *item)
{
	const MgPart *part = w->parts[item->part];
	const MgView *v = part->view;
	const MgTotals *t = &w->totals[item->part];
	int32		end = mg_rowcell_end(v, item->index);
	int32		i;
	int32		m;

	for (i = v->strata[item->index].rowcell_start; i < end; i++)
	{
		const MgRowCell *c = &v->rowcells[i];

		if (c->n == 0)
			continue;
		for (m = part->term_start[c->group];
			 m < part->term_start[c->group + 1]; m++)
		{
			int			j = part->terms[m].column;
			double		p;
			double		q;

			row_coefficients(&part->terms[m], t, c->group, &p, &q);
			w->zbar[j] += c->n * (p * c->mean_w + q * c->mean_s);
			w->n_touched[j] += c->n;
		}
	}
}

/* The product of d with itself, "times" times. */
static void
add_product(Work *w, double times)
{
	int			k = w->k;
	int			i;
	int			j;

	for (i = 0; i < k; i++)
	{
		double		x = times * w->d[i];
		double	   *row = &w->cross[(Size) i * k];

		if (x == 0)
			continue;
		for (j = i; j < k; j++)
			row[j] += x * w->d[j];
	}
}

/* The PSU at hand into the centred squares and products. */
static void
square_psu(Work *w)
{
	int			k = w->k;
	int			i;
	int			j;

	for (i = 0; i < w->n_list; i++)
	{
		int			c = w->list[i];
		double		d = w->z[c] - w->zbar[c];

		w->ss[c] += d * d;
		if (w->dense)
			w->d[c] = d;
		else if (w->full)
		{
			for (j = 0; j < w->n_list; j++)
			{
				if (w->list[j] >= c)
					w->cross[(Size) c * k + w->list[j]] +=
						w->z[c] * w->z[w->list[j]];
			}
		}
	}
	if (w->full && w->dense)
	{
		add_product(w, 1);
		for (i = 0; i < w->n_list; i++)
			w->d[w->list[i]] = -w->zbar[w->list[i]];
	}
}

/* Second pass over a stratum's row cells; tells how many rows they hold. */
static int64
square_row_cells(Work *w, const UnionItem *item)
{
	const MgPart *part = w->parts[item->part];
	const MgView *v = part->view;
	const MgTotals *t = &w->totals[item->part];
	int32		end = mg_rowcell_end(v, item->index);
	int			k = w->k;
	int64		n_rows = 0;
	int32		i;
	int32		a;
	int32		b;

	for (i = v->strata[item->index].rowcell_start; i < end; i++)
	{
		const MgRowCell *c = &v->rowcells[i];
		int32		from = part->term_start[c->group];
		int32		to = part->term_start[c->group + 1];

		if (c->n == 0 || from == to)
			continue;
		n_rows += c->n;
		for (a = from; a < to; a++)
		{
			int			j = part->terms[a].column;
			double		p;
			double		q;
			double		z;
			double		within;

			row_coefficients(&part->terms[a], t, c->group, &p, &q);
			z = p * c->mean_w + q * c->mean_s;
			within = p * p * c->ss_w + 2 * p * q * c->sp + q * q * c->ss_s;
			w->ss[j] += Max(within, 0) +
				c->n * (z - w->zbar[j]) * (z - w->zbar[j]);
			if (w->dense)
				w->d[j] = z - w->zbar[j];
			if (!w->full)
				continue;
			for (b = from; b < to; b++)
			{
				int			l = part->terms[b].column;
				double		p2;
				double		q2;
				double		x;

				if (l < j)
					continue;
				row_coefficients(&part->terms[b], t, c->group, &p2, &q2);
				x = p * p2 * c->ss_w + (p * q2 + p2 * q) * c->sp +
					q * q2 * c->ss_s;
				if (!w->dense)
					x += c->n * z * (p2 * c->mean_w + q2 * c->mean_s);
				w->cross[(Size) j * k + l] += x;
			}
		}
		if (w->full && w->dense)
		{
			add_product(w, c->n);
			for (a = from; a < to; a++)
				w->d[part->terms[a].column] = -w->zbar[part->terms[a].column];
		}
	}
	return n_rows;
}

static void
keep_lonely(Work *w, double f)
{
	LonelyUnit *u = palloc(sizeof(LonelyUnit));
	int			j;

	u->f = f;
	u->z = palloc(w->k * sizeof(double));
	u->present = palloc(w->k * sizeof(bool));
	for (j = 0; j < w->k; j++)
	{
		u->z[j] = w->zbar[j];	/* the sum over the one unit */
		u->present[j] = w->n_touched[j] > 0;
	}
	u->next = w->lonely;
	w->lonely = u;
}

/*
 * One stratum of the union.  A column without a counted row in the stratum
 * has z = 0 there throughout and is passed over.
 */
static void
do_stratum(Work *w, const UnionItem *strata, int n_strata, UnionItem *psus)
{
	MgVariance *out = w->out;
	const MgStratum *first_stratum =
		&w->parts[strata[0].part]->view->strata[strata[0].index];
	int			k = w->k;
	int			n_items = collect_psus(w, strata, n_strata, psus);
	int64		n_rows = 0;
	int64		n_psus = 0;
	int64		n_touched = 0;
	int64		n;
	double		f = 1;
	double		scale;
	bool		lonely;
	int			i;
	int			j;

	memset(w->zbar, 0, k * sizeof(double));
	memset(w->ss, 0, k * sizeof(double));
	memset(w->n_touched, 0, k * sizeof(int64));

	/* First pass: sums of z. */
	for (i = 0; i < n_items;)
	{
		int			first = i;

		if (n_psus++ % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		for (; i < n_items && same_item(&psus[first], &psus[i]); i++)
			add_psu(w, psus[i].part, psus[i].index);
		for (j = 0; j < w->n_list; j++)
		{
			w->zbar[w->list[j]] += w->z[w->list[j]];
			w->n_touched[w->list[j]]++;
		}
		clear_psu(w);
	}
	for (i = 0; i < n_strata; i++)
	{
		const MgStratum *s =
			&w->parts[strata[i].part]->view->strata[strata[i].index];

		n_rows += s->n_rows;
		add_row_cells(w, &strata[i]);
		mg_check_same_fpc(s->fpc, first_stratum->fpc);
	}
	n = n_psus + n_rows;
	if (w->parts[strata[0].part]->view->head->flags & MG_HAS_FPC)
		f = fpc_factor(first_stratum->fpc, n);
	lonely = n == 1 && f >= 1e-7;

	for (j = 0; j < k; j++)
	{
		if (w->n_touched[j] == 0)
			continue;
		out->df[j] += w->n_touched[j] - 1;
		w->strata_in[j]++;
		w->units_in[j] += n;
		if (!lonely)
			w->strata_ok[j]++;
		else if (w->policy == MG_LONELY_FAIL)
			out->lonely[j] = true;
	}
	if (lonely && w->policy == MG_LONELY_ADJUST)
		keep_lonely(w, f);
	if (n < 2 || f < 1e-7)
		return;
	scale = f * n / (n - 1);

	/* Second pass: squares and products about the stratum's mean. */
	for (j = 0; j < k; j++)
	{
		w->zbar[j] /= n;
		w->d[j] = -w->zbar[j];
	}
	if (w->full)
		memset(w->cross, 0, (Size) k * k * sizeof(double));
	for (i = 0; i < n_items;)
	{
		int			first = i;

		if (w->full || first % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		for (; i < n_items && same_item(&psus[first], &psus[i]); i++)
			add_psu(w, psus[i].part, psus[i].index);
		square_psu(w);
		clear_psu(w);
	}
	for (i = 0; i < n_strata; i++)
		n_touched += square_row_cells(w, &strata[i]);

	/* Units that a column does not touch have z = 0, so d = -zbar. */
	for (j = 0; j < k; j++)
	{
		w->ss[j] += (n - w->n_touched[j]) * w->zbar[j] * w->zbar[j];
		out->var[j] += scale * w->ss[j];
	}
	if (!w->full)
		return;
	if (w->dense)
		add_product(w, n_rows - n_touched);
	for (i = 0; i < k; i++)
	{
		for (j = i; j < k; j++)
		{
			double		x = w->cross[(Size) i * k + j];

			if (!w->dense)
				x -= n * w->zbar[i] * w->zbar[j];
			out->v[(Size) i * k + j] += scale * x;
		}
	}
}

/*
 * Policy 'adjust': a lonely stratum's z about the mean of z over all PSUs of
 * the strata that take part.  The sum of z needs no pass over the data:
 * sum (S - y W) = 0 in every subgroup, so only the dW terms are left.
 */
static void
adjust_lonely(Work *w, int n_parts)
{
	MgVariance *out = w->out;
	int			k = w->k;
	double	   *grand = palloc0(k * sizeof(double));
	LonelyUnit *u;
	int			p;
	int			i;
	int			j;

	for (p = 0; p < n_parts; p++)
	{
		const MgPart *part = w->parts[p];
		int32		g;
		int32		m;

		for (g = 0; g < part->view->head->n_groups; g++)
		{
			for (m = part->term_start[g]; m < part->term_start[g + 1]; m++)
				grand[part->terms[m].column] +=
					part->terms[m].dw * w->totals[p].w[g];
		}
	}
	for (j = 0; j < k; j++)
		grand[j] /= Max(w->units_in[j], 1);
	for (u = w->lonely; u != NULL; u = u->next)
	{
		for (i = 0; i < k; i++)
		{
			double		x = u->f * (u->z[i] - grand[i]);

			if (!u->present[i])
				continue;
			out->var[i] += x * (u->z[i] - grand[i]);
			for (j = i; w->full && j < k; j++)
			{
				if (u->present[j])
					out->v[(Size) i * k + j] += x * (u->z[j] - grand[j]);
			}
		}
	}
}

/*
 * The variance (and, if "full", the covariance matrix) of k estimates whose
 * derivatives the parts hold.  "separate": the parts are independent samples
 * and share no stratum.
 *
 * A stratum takes part in an estimate when it holds a counted row of the
 * estimate's domain (any subgroup with a derivative), as in R after
 * subset().  Only such strata can be lonely, and only they count in df.
 */
void
mg_linearise(MgPart *const *parts, int n_parts, int k, MgLonely policy,
			 bool separate, bool full, MgVariance *out)
{
	Work		w = {0};
	UnionItem  *strata;
	UnionItem  *psus;
	int64		n_strata = 0;
	int64		n_psus = 0;
	int64		at;
	int			p;
	int			i;
	int			j;

	w.parts = (MgPart **) parts;
	w.k = k;
	w.full = full;
	w.dense = full && k <= DENSE_COLUMNS;
	w.policy = policy;
	w.out = out;
	w.totals = palloc(n_parts * sizeof(MgTotals));
	w.z = palloc0(k * sizeof(double));
	w.touched = palloc0(k * sizeof(bool));
	w.list = palloc(k * sizeof(int));
	w.zbar = palloc(k * sizeof(double));
	w.ss = palloc(k * sizeof(double));
	w.d = palloc0(k * sizeof(double));
	w.n_touched = palloc(k * sizeof(int64));
	w.strata_in = palloc0(k * sizeof(int64));
	w.strata_ok = palloc0(k * sizeof(int64));
	w.units_in = palloc0(k * sizeof(int64));
	out->k = k;
	out->var = palloc0(k * sizeof(double));
	out->df = palloc0(k * sizeof(int64));
	out->lonely = palloc0(k * sizeof(bool));
	out->v = NULL;
	if (full)
	{
		Size		size = (Size) k * k * sizeof(double);

		w.cross = MemoryContextAllocHuge(CurrentMemoryContext, size);
		out->v = MemoryContextAllocHuge(CurrentMemoryContext, size);
		memset(out->v, 0, size);
	}

	for (p = 0; p < n_parts; p++)
	{
		mg_totals(parts[p]->view, &w.totals[p]);
		n_strata += parts[p]->view->head->n_strata;
		n_psus += parts[p]->view->head->n_psus;
	}
	if (n_parts > 0 && (parts[0]->view->head->flags & MG_FROM_TABLE))
	{
		mg_linearise_tables(parts, w.totals, n_parts, out);
		return;
	}
	strata = MemoryContextAllocHuge(CurrentMemoryContext,
									(n_strata + 1) * sizeof(UnionItem));
	psus = MemoryContextAllocHuge(CurrentMemoryContext,
								  (n_psus + 1) * sizeof(UnionItem));
	for (p = 0, at = 0; p < n_parts; p++)
	{
		const MgView *v = parts[p]->view;
		int32		s;

		for (s = 0; s < v->head->n_strata; s++, at++)
		{
			strata[at].id = v->strata[s].id;
			strata[at].is_null = mg_stratum_is_null(v, s);
			strata[at].part = p;
			strata[at].index = s;
		}
	}
	if (n_parts > 1 && !separate)
		qsort(strata, n_strata, sizeof(UnionItem), compare_items);
	for (at = 0; at < n_strata;)
	{
		int64		first = at++;

		while (!separate && at < n_strata &&
			   same_item(&strata[first], &strata[at]))
			at++;
		do_stratum(&w, &strata[first], (int) (at - first), psus);
	}
	adjust_lonely(&w, n_parts);

	for (j = 0; j < k; j++)
	{
		if (policy == MG_LONELY_AVERAGE && w.strata_ok[j] == 0 &&
			w.strata_in[j] > 0)
			out->lonely[j] = true;
	}
	for (i = 0; i < k; i++)
	{
		double		fi = 1;

		if (policy == MG_LONELY_AVERAGE && !out->lonely[i] && w.strata_in[i] > 0)
			fi = (double) w.strata_in[i] / w.strata_ok[i];
		out->var[i] = out->lonely[i] ? NAN : out->var[i] * fi;
		for (j = i; full && j < k; j++)
		{
			double		x = out->v[(Size) i * k + j];
			double		fj = 1;

			if (policy == MG_LONELY_AVERAGE && !out->lonely[j] &&
				w.strata_in[j] > 0)
				fj = (double) w.strata_in[j] / w.strata_ok[j];
			if (i == j)
				x = out->var[i];
			else if (out->lonely[i] || out->lonely[j])
				x = NAN;
			else if (fi != 1 || fj != 1)
				x *= sqrt(fi * fj);
			out->v[(Size) i * k + j] = out->v[(Size) j * k + i] = x;
		}
	}
	pfree(strata);
	pfree(psus);
}

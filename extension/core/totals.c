/*-------------------------------------------------------------------------
 *
 * totals.c
 *		Totals of a summary's subgroups, and derivatives by them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/linearise.h"

/* Totals over the cells of every subgroup, and over all of them. */
void
mg_totals(const MgView *v, MgTotals *t)
{
	int32		n = v->head->n_groups;
	MgGroup		all = {0};
	double		nearest = -1;
	int32		i;

	t->n_groups = n;
	t->n = palloc0((n + 1) * sizeof(int64));
	t->n_missing = palloc0((n + 1) * sizeof(int64));
	t->w = palloc0((n + 1) * sizeof(double));
	t->dev = palloc0((n + 1) * sizeof(double));
	t->own = palloc0((n + 1) * sizeof(double));
	t->m2 = palloc0((n + 1) * sizeof(double));
	t->se = NULL;
	if (v->head->flags & MG_FROM_TABLE)
	{
		t->se = palloc((n + 1) * sizeof(double));
		for (i = 0; i < n; i++)
		{
			t->w[i] = v->groups[i].w;
			t->own[i] = v->groups[i].mean * t->w[i];
			t->se[i] = v->groups[i].no_error ? NAN : sqrt(v->groups[i].m2);
		}
	}
	for (i = 0; i < v->head->n_cells; i++)
	{
		const MgCell *c = &v->cells[i];

		t->n[c->group] += c->n;
		t->n_missing[c->group] += c->n_missing;
		t->w[c->group] += c->w;
		t->own[c->group] += c->s;
	}
	for (i = 0; i < v->head->n_rowcells; i++)
	{
		const MgRowCell *c = &v->rowcells[i];

		t->n[c->group] += c->n;
		t->n_missing[c->group] += c->n_missing;
		t->w[c->group] += c->n * c->mean_w;
		t->own[c->group] += c->n * c->mean_s;
	}

	/*
	 * The common shift is that of the subgroup whose mean is nearest 0: then
	 * no mean loses digits to it, and means that are alike differ exactly.
	 */
	t->shift = 0;
	for (i = 0; i < n; i++)
	{
		double		mean;

		if (!(t->w[i] > 0))
			continue;
		t->own[i] /= t->w[i];
		mean = fabs(v->groups[i].shift + t->own[i]);
		if (nearest < 0 || mean < nearest)
		{
			nearest = mean;
			t->shift = v->groups[i].shift;
		}
	}
	t->all_n = t->all_missing = 0;
	for (i = 0; i < n; i++)
	{
		MgGroup		g = {0};

		if (t->w[i] > 0)
			t->dev[i] = (v->groups[i].shift - t->shift) + t->own[i];
		else
			t->own[i] = 0;
		t->m2[i] = t->se == NULL ? v->groups[i].m2 : 0;
		g.w = t->w[i];
		g.mean = t->dev[i];
		g.m2 = t->m2[i];
		(void) mg_group_merge(&all, &g);
		t->all_n += t->n[i];
		t->all_missing += t->n_missing[i];
	}
	t->all_w = all.w;
	t->all_dev = all.mean;
	t->all_m2 = all.m2;
}

/* A part with room for its terms; the caller fills terms and term_start. */
MgPart *
mg_part_create(const MgView *view, int max_terms)
{
	MgPart	   *part = palloc(sizeof(MgPart));

	part->view = view;
	part->terms = palloc((Size) (max_terms + 1) * sizeof(MgTerm));
	part->term_start = palloc0((view->head->n_groups + 1) * sizeof(int32));
	return part;
}

/*
 * Fills a part from dense derivatives, dy[g * k + j].  Zero pairs are left
 * out: a subgroup on which an estimate does not depend is not in its domain.
 */
void
mg_part_dense(MgPart *part, int k, const double *dy, const double *dw)
{
	int32		n = 0;
	int32		g;
	int			j;

	for (g = 0; g < part->view->head->n_groups; g++)
	{
		part->term_start[g] = n;
		for (j = 0; j < k; j++)
		{
			double		y = dy[(Size) g * k + j];
			double		w = dw[(Size) g * k + j];

			if (y == 0 && w == 0)
				continue;
			part->terms[n].column = j;
			part->terms[n].dy = y;
			part->terms[n].dw = w;
			n++;
		}
	}
	part->term_start[g] = n;
}

/*
 * Published estimates: groups independent, shares fixed, so that
 * V = sum_g dy_g dy_g' se_g^2 with normal limits.
 */
void
mg_linearise_tables(MgPart *const *parts, const MgTotals *totals, int n_parts,
					MgVariance *out)
{
	int			k = out->k;
	int			p;

	for (p = 0; p < n_parts; p++)
	{
		const MgPart *part = parts[p];
		int32		g;
		int32		a;
		int32		b;

		for (g = 0; g < part->view->head->n_groups; g++)
		{
			double		v = totals[p].se[g] * totals[p].se[g];

			for (a = part->term_start[g]; a < part->term_start[g + 1]; a++)
			{
				const MgTerm *x = &part->terms[a];

				out->df[x->column] = MG_DF_INFINITE;
				out->var[x->column] += x->dy == 0 ? 0 : x->dy * x->dy * v;
				for (b = part->term_start[g];
					 out->v != NULL && b < part->term_start[g + 1]; b++)
				{
					const MgTerm *y = &part->terms[b];

					if (x->dy != 0 && y->dy != 0)
						out->v[(Size) x->column * k + y->column] +=
							x->dy * y->dy * v;
				}
			}
		}
	}
}

/*-------------------------------------------------------------------------
 *
 * read.c
 *		What the readers of survey summaries share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "io/json.h"
#include "survey/survey.h"

/* Merges the sorted subgroups of several summaries of the same kind. */
void
mg_union(const MgView *const *views, int n_views, MgUnion *u)
{
	int32	   *at = palloc0(n_views * sizeof(int32));
	int64		total = 0;
	int			v;

	u->n_views = n_views;
	u->views = (const MgView **) views;
	u->index = palloc(n_views * sizeof(int32 *));
	for (v = 0; v < n_views; v++)
		total += views[v]->head->n_groups;
	for (v = 0; v < n_views; v++)
		u->index[v] = palloc((total + 1) * sizeof(int32));
	for (u->n = 0;; u->n++)
	{
		int			least = -1;

		for (v = 0; v < n_views; v++)
		{
			if (at[v] < views[v]->head->n_groups &&
				(least < 0 || mg_group_compare(views[v], at[v], views[least],
											   at[least]) < 0))
				least = v;
		}
		if (least < 0)
			break;
		/* Those that compare equal are all before "least" or after it. */
		for (v = 0; v < n_views; v++)
		{
			if (v != least && at[v] < views[v]->head->n_groups &&
				mg_group_compare(views[v], at[v], views[least], at[least]) == 0)
				u->index[v][u->n] = at[v]++;
			else
				u->index[v][u->n] = -1;
		}
		u->index[least][u->n] = at[least]++;
	}
	pfree(at);
}

MgLabel
mg_union_label(const MgUnion *u, int i)
{
	MgLabel		label = {NULL, 0};
	int			v;

	for (v = 0; v < u->n_views; v++)
	{
		if (u->index[v][i] >= 0)
		{
			label.s = mg_group_label(u->views[v], u->index[v][i], &label.len,
									 palloc(MG_INT_LABEL));
			break;
		}
	}
	return label;
}

/* The subgroup of this name, or -1. */
int
mg_union_find(const MgUnion *u, MgLabel label)
{
	int			v;
	int			i;

	CHECK_FOR_INTERRUPTS();
	for (v = 0; v < u->n_views; v++)
	{
		int32		g = mg_group_find(u->views[v], label.s, label.len);

		/* A view's subgroups are in the union in their order, so i >= g. */
		for (i = Max(g, 0); g >= 0 && i < u->n; i++)
		{
			if (u->index[v][i] == g)
				return i;
		}
	}
	return -1;
}

/* The subgroup of this name; an error that lists what there is otherwise. */
int
mg_union_require(const MgUnion *u, MgLabel label)
{
	int			found = mg_union_find(u, label);
	StringInfoData list;
	int			i;

	if (found >= 0)
		return found;
	initStringInfo(&list);
	for (i = 0; i < Min(u->n, 10); i++)
	{
		MgLabel		have = mg_union_label(u, i);

		appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : ", ",
						 mg_clip(have.s, have.len));
	}
	if (u->n > 10)
		appendStringInfoString(&list, ", ...");
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the summary has no subgroup \"%s\"",
					mg_clip(label.s, label.len)),
			 u->n > 0 && (u->views[0]->head->flags & MG_GROUP_KIND) ?
			 errhint("It has %s.", list.data) :
			 errhint("It has no subgroups.")));
	return -1;
}

static bool
has_rows(const MgView *v)
{
	int32		i;

	for (i = 0; i < v->head->n_strata; i++)
	{
		if (v->strata[i].n_rows > 0)
			return true;
	}
	return false;
}

/*
 * Can two summaries be compared?  True: neither has PSUs that could be
 * matched, so they are taken as independent samples.
 */
bool
mg_check_comparable(const MgView *a, const MgView *b)
{
	mg_check_same_kind(a->head->flags, b->head->flags);
	mg_check_same_replicates(a->head, b);
	if (a->head->n_replicates > 0)
		return false;
	if (a->head->n_psus == 0 && b->head->n_psus == 0)
		return true;
	if ((a->head->n_psus == 0 && has_rows(a)) ||
		(b->head->n_psus == 0 && has_rows(b)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("survey summaries cannot be compared"),
				 errdetail("One has primary sampling units, the other has none, so their covariance is unknown."),
				 errhint("Make both with stratum and psu, or both without.")));
	return false;
}

/* The subgroup's mean; below 0, the mean of everybody in the domain. */
double
mg_mean(const MgTotals *t, int32 group)
{
	return t->shift + (group >= 0 ? t->dev[group] : t->all_dev);
}

/*
 * Adds "factor" times the derivatives of a mean to column "column" of dense
 * derivatives (n_groups x n_columns): of one subgroup's mean, or, where group
 * is below 0, of the mean of everybody, which also depends on the shares.
 */
void
mg_mean_gradient(const MgTotals *t, int n_columns, int32 group, int column,
				 double factor, double *dy, double *dw)
{
	int32		g;

	if (group >= 0)
	{
		dy[(Size) group * n_columns + column] += factor;
		return;
	}
	for (g = 0; g < t->n_groups; g++)
	{
		Size		at = (Size) g * n_columns + column;

		if (!(t->w[g] > 0))
			continue;
		dy[at] += factor * t->w[g] / t->all_w;
		dw[at] += factor * (t->dev[g] - t->all_dev) / t->all_w;
	}
}

/*-------------------------------------------------------------------------
 *
 * big_flatten.c
 *		From a large survey state to its flat form.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/big_state.h"

/*
 * Flattening.  Indexes are sorted, not the elements; the object itself is
 * not changed, so that a window frame may go on growing.
 */
static int
compare_groups(const void *a, const void *b, void *arg)
{
	const MgBig *big = (const MgBig *) arg;
	const BigGroup *x = &big->groups[*(const int32 *) a];
	const BigGroup *y = &big->groups[*(const int32 *) b];
	int			c;

	if ((big->flags & MG_TEXT_GROUPS) == 0)
		return x->g.key < y->g.key ? -1 : x->g.key > y->g.key;
	c = memcmp(x->label, y->label, Min(x->g.label_len, y->g.label_len));
	if (c != 0)
		return c;
	return x->g.label_len < y->g.label_len ? -1 :
		x->g.label_len > y->g.label_len;
}

static int
compare_strata(const void *a, const void *b, void *arg)
{
	const MgBig *big = (const MgBig *) arg;
	const BigStratum *x = &big->strata[*(const int32 *) a];
	const BigStratum *y = &big->strata[*(const int32 *) b];

	if (x->is_null != y->is_null)
		return x->is_null ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

typedef struct PsuOrder
{
	int32		stratum;		/* rank */
	int32		index;
	int64		id;
} PsuOrder;

static int
compare_psus(const void *a, const void *b)
{
	const PsuOrder *x = (const PsuOrder *) a;
	const PsuOrder *y = (const PsuOrder *) b;

	if (x->stratum != y->stratum)
		return x->stratum < y->stratum ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int
compare_cells(const void *a, const void *b)
{
	int32		x = ((const MgCell *) a)->group;
	int32		y = ((const MgCell *) b)->group;

	return x < y ? -1 : x > y;
}

static int
compare_rowcells(const void *a, const void *b)
{
	int32		x = ((const MgRowCell *) a)->group;
	int32		y = ((const MgRowCell *) b)->group;

	return x < y ? -1 : x > y;
}

static int32 *
sorted_index(MgBig *big, int32 n, qsort_arg_comparator compare)
{
	int32	   *index = (int32 *)
		MemoryContextAllocHuge(CurrentMemoryContext, (Size) (n + 1) * sizeof(int32));
	int32		i;

	for (i = 0; i < n; i++)
		index[i] = i;
	qsort_arg(index, n, sizeof(int32), compare, big);
	return index;
}

/*
 * Writes the flat form of "size" bytes, as mg_big_flat_size told.  The caller
 * may be a sort whose memory context frees nothing chunk by chunk (a bump
 * context), so the work is done in the state's own context.
 */
void
mg_big_flatten(MgBig *big, MgSurvey *out, Size size)
{
	MemoryContext old = MemoryContextSwitchTo(big->cxt);
	int32	   *group_order = sorted_index(big, big->n_groups, compare_groups);
	int32	   *group_rank = palloc((big->n_groups + 1) * sizeof(int32));
	int32	   *stratum_order = sorted_index(big, big->n_strata, compare_strata);
	int32	   *stratum_rank = palloc((big->n_strata + 1) * sizeof(int32));
	PsuOrder   *psus = (PsuOrder *)
		MemoryContextAllocHuge(big->cxt, (Size) (big->n_psus + 1) * sizeof(PsuOrder));
	MgView		v;
	int32		i;
	int32		k;
	int32		next;
	int32		start;
	int64		label_at = 0;

	memset(out, 0, sizeof(MgSurvey));
	SET_VARSIZE(out, size);
	out->format = MG_SURVEY_FORMAT;
	out->flags = big->flags;
	out->n_skipped = big->n_skipped;
	out->n_groups = big->n_groups;
	out->n_strata = big->n_strata;
	out->n_psus = big->n_psus;
	out->n_cells = big->n_cells;
	out->n_rowcells = big->n_rowcells;
	out->label_bytes = (int32) big->label_bytes;
	mg_survey_view(out, &v);

	for (i = 0; i < big->n_groups; i++)
	{
		const BigGroup *g = &big->groups[group_order[i]];

		group_rank[group_order[i]] = i;
		v.groups[i] = g->g;
		if (big->flags & MG_TEXT_GROUPS)
		{
			v.groups[i].key = label_at;
			memcpy(v.labels + label_at, g->label, g->g.label_len);
			label_at += g->g.label_len;
		}
	}
	for (i = 0; i < big->n_strata; i++)
		stratum_rank[stratum_order[i]] = i;
	for (i = 0; i < big->n_psus; i++)
	{
		psus[i].stratum = stratum_rank[big->psus[i].stratum];
		psus[i].index = i;
		psus[i].id = big->psus[i].id;
	}
	qsort(psus, big->n_psus, sizeof(PsuOrder), compare_psus);

	next = 0;
	k = 0;
	for (i = 0; i < big->n_strata; i++)
	{
		const BigStratum *t = &big->strata[stratum_order[i]];
		int32		c;

		v.strata[i].id = t->id;
		v.strata[i].fpc = t->fpc;
		v.strata[i].n_rows = t->n_rows;
		while (k < big->n_psus && psus[k].stratum < i)
			k++;
		v.strata[i].psu_start = k;
		v.strata[i].rowcell_start = start = next;
		for (c = t->first_rowcell; c >= 0; c = big->rowcells[c].c.zero)
		{
			v.rowcells[next] = big->rowcells[c].c;
			v.rowcells[next].zero = 0;
			v.rowcells[next].group = group_rank[v.rowcells[next].group];
			next++;
		}
		qsort(v.rowcells + start, next - start, sizeof(MgRowCell),
			  compare_rowcells);
	}
	next = 0;
	for (i = 0; i < big->n_psus; i++)
	{
		int32		c;

		v.psus[i].id = psus[i].id;
		v.psus[i].zero = 0;
		v.psus[i].cell_start = start = next;
		for (c = big->psus[psus[i].index].first_cell; c >= 0;
			 c = big->cells[c].c.zero)
		{
			v.cells[next] = big->cells[c].c;
			v.cells[next].zero = 0;
			v.cells[next].group = group_rank[v.cells[next].group];
			next++;
		}
		if (next - start > 1)
			qsort(v.cells + start, next - start, sizeof(MgCell), compare_cells);
	}
	pfree(group_order);
	pfree(group_rank);
	pfree(stratum_order);
	pfree(stratum_rank);
	pfree(psus);
	MemoryContextSwitchTo(old);
}

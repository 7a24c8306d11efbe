/*-------------------------------------------------------------------------
 *
 * vectors_value.c
 *		Vector summaries as values: sizes, views, the validator and the
 *		sorted form.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/vectors.h"

/* The SQL type of a kind of summary; NULL: there is no such kind. */
const char *
mg_vectors_type(int kind)
{
	switch (kind)
	{
		case MG_VEC_CONCENTRATION:
			return "concentration_summary";
		case MG_VEC_INEQUALITY:
			return "inequality_summary";
		case MG_VEC_REGRESSION:
			return "regression_summary";
		case MG_VEC_DECOMPOSITION:
			return "decomposition_summary";
	}
	return NULL;
}

/* Bytes of one element of a section. */
Size
mg_vectors_item_size(const MgVectors *s, int section)
{
	switch (section)
	{
		case MG_VEC_GROUP:
			return sizeof(MgVecGroup);
		case MG_VEC_STRATUM:
			return sizeof(MgVecStratum);
		case MG_VEC_PSU:
			return sizeof(MgVecPsu);
		case MG_VEC_CELL:
			return sizeof(MgVecCell) + s->k * sizeof(double);
		case MG_VEC_ROWCELL:
			return sizeof(MgVecCell) +
				(Size) (s->k + mg_packed_size(s->k)) * sizeof(double);
	}
	return 1;
}

/*
 * Bytes of a summary with these capacities, which may come from outside: a
 * number past any limit where 64 bits would not hold it.
 */
uint64
mg_vectors_size(const MgVectors *s)
{
	uint64		size = sizeof(MgVectors) +
		(uint64) s->n_origin * sizeof(double) + (uint64) s->n_slots * sizeof(int32);
	int			section;

	for (section = 0; section < MG_VEC_SECTIONS; section++)
	{
		uint64		item = mg_vectors_item_size(s, section);

		if (s->cap[section] > 0 && item > PG_UINT32_MAX)
			return PG_UINT64_MAX;
		size += item * (uint64) s->cap[section];
	}
	return size;
}

/* Refuses what PostgreSQL could not hold as one value. */
void
mg_vectors_check_size(uint64 size)
{
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("summary is too large"),
				 errdetail("A value in PostgreSQL is limited to 1 GB; the summary would need %llu MB.",
						   (unsigned long long) (size >> 20)),
				 errhint("Group primary sampling units, use fewer subgroups or variables, or summarise parts of the data separately.")));
}

/* A zeroed summary with the header of "counts". */
MgVectors *
mg_vectors_alloc(const MgVectors *counts)
{
	uint64		size = mg_vectors_size(counts);
	MgVectors  *s;

	mg_vectors_check_size(size);
	s = (MgVectors *) palloc0((Size) size);
	*s = *counts;
	SET_VARSIZE(s, (Size) size);
	return s;
}

void
mg_vectors_view(MgVectors *s, MgVecView *view)
{
	char	   *p = (char *) (s + 1);

	view->head = s;
	view->cell_size = mg_vectors_item_size(s, MG_VEC_CELL);
	view->rowcell_size = mg_vectors_item_size(s, MG_VEC_ROWCELL);
	view->origin = (double *) p;
	p += (Size) s->n_origin * sizeof(double);
	view->groups = (MgVecGroup *) p;
	p += (Size) s->cap[MG_VEC_GROUP] * sizeof(MgVecGroup);
	view->strata = (MgVecStratum *) p;
	p += (Size) s->cap[MG_VEC_STRATUM] * sizeof(MgVecStratum);
	view->psus = (MgVecPsu *) p;
	p += (Size) s->cap[MG_VEC_PSU] * sizeof(MgVecPsu);
	view->cells = p;
	p += (Size) s->cap[MG_VEC_CELL] * view->cell_size;
	view->rowcells = p;
	p += (Size) s->cap[MG_VEC_ROWCELL] * view->rowcell_size;
	view->slots = (int32 *) p;
	p += (Size) s->n_slots * sizeof(int32);
	view->labels = p;
}

static bool
all_finite(const double *x, int64 n)
{
	int64		i;

	for (i = 0; i < n; i++)
	{
		if (!isfinite(x[i]))
			return false;
	}
	return true;
}

static bool
all_zero(const double *x, int64 n)
{
	int64		i;

	for (i = 0; i < n; i++)
	{
		if (x[i] != 0)
			return false;
	}
	return true;
}

/* The number of vector entries and notes that each kind has. */
bool
mg_vectors_shape_valid(const MgVectors *s)
{
	if ((s->flags & MG_VEC_UNSHAPED) && !mg_vectors_of_model(s->kind))
		return false;
	switch (s->kind)
	{
		case MG_VEC_CONCENTRATION:
			return s->k == 5 && s->n_origin == 2;
		case MG_VEC_INEQUALITY:
			return s->k == 7 && s->n_origin == 2;
		case MG_VEC_REGRESSION:
		case MG_VEC_DECOMPOSITION:
			if ((s->flags & MG_VEC_UNSHAPED) &&
				(s->n_origin != 1 || (s->flags & MG_HAS_SHIFT)))
				return false;
			return s->n_origin >= 1 && s->n_origin < 32768 &&
				s->k == mg_model_entries(s->kind, (int64) s->n_origin - 1);
	}
	return false;
}

static int
compare_labels(const char *a, int32 a_len, const char *b, int32 b_len)
{
	int			c = memcmp(a, b, Min(a_len, b_len));

	if (c != 0)
		return c;
	return a_len < b_len ? -1 : a_len > b_len;
}

static int
compare_group(const MgVecView *v, int32 i, int32 j)
{
	const MgVecGroup *a = &v->groups[i];
	const MgVecGroup *b = &v->groups[j];

	if (v->head->flags & MG_TEXT_GROUPS)
		return compare_labels(v->labels + a->key, a->label_len,
							  v->labels + b->key, b->label_len);
	return a->key < b->key ? -1 : a->key > b->key;
}

static const char *
keys_invalid(const MgVecView *v, bool sorted)
{
	const MgVectors *s = v->head;
	int64		offset = 0;
	int32		i;

	for (i = 0; i < s->n[MG_VEC_GROUP]; i++)
	{
		const MgVecGroup *g = &v->groups[i];

		if (s->flags & MG_TEXT_GROUPS)
		{
			if (g->key != offset || g->label_len < 0 ||
				g->label_len > s->n[MG_VEC_LABEL] - offset)
				return "a subgroup's label is misplaced";
			offset += g->label_len;
		}
		else if (g->label_len != 0)
			return "an integer subgroup has a label";
		if (g->zero != 0)
			return "a reserved field is in use";
		if (sorted && i > 0 && compare_group(v, i - 1, i) >= 0)
			return "subgroups are not sorted";
	}
	if (offset != s->n[MG_VEC_LABEL])
		return "labels do not fill their section";
	for (i = 0; i < s->n[MG_VEC_STRATUM]; i++)
	{
		const MgVecStratum *t = &v->strata[i];

		if (t->n_rows < 0 || t->n_rows > PG_INT64_MAX / 4)
			return "a stratum's row count is out of range";
		if (t->zero != 0 || (t->is_null != 0 && t->is_null != 1) ||
			(t->is_null && t->id != 0))
			return "the NULL stratum has an id";
		if (sorted && i > 0 &&
			(t->is_null || (!t[-1].is_null && t[-1].id >= t->id)))
			return "strata are not sorted";
	}
	for (i = 0; i < s->n[MG_VEC_PSU]; i++)
	{
		const MgVecPsu *p = &v->psus[i];

		if (p->stratum < 0 || p->stratum >= s->n[MG_VEC_STRATUM] ||
			p->zero != 0)
			return "a PSU's stratum is out of range";
		if (v->strata[p->stratum].is_null)
			return "the NULL stratum has PSUs";
		if (sorted && i > 0 &&
			(p[-1].stratum > p->stratum ||
			 (p[-1].stratum == p->stratum && p[-1].id >= p->id)))
			return "PSUs are not sorted";
	}
	return NULL;
}

/* Cells (of PSUs), or the cells of rows without PSU. */
static const char *
cells_invalid(const MgVecView *v, bool of_rows, bool sorted)
{
	const MgVectors *s = v->head;
	int32		n = s->n[of_rows ? MG_VEC_ROWCELL : MG_VEC_CELL];
	int32		n_owners = s->n[of_rows ? MG_VEC_STRATUM : MG_VEC_PSU];
	int64		n_numbers = s->k + (of_rows ? mg_packed_size(s->k) : 0);
	int64		rows = 0;
	int32		i;
	int32		j;

	for (i = 0; i < n; i++)
	{
		const MgVecCell *c = of_rows ? mg_vec_rowcell(v, i) : mg_vec_cell(v, i);
		const MgVecCell *last = i == 0 ? NULL :
			of_rows ? mg_vec_rowcell(v, i - 1) : mg_vec_cell(v, i - 1);
		const double *x = mg_vec_numbers(c);

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (c->owner < 0 || c->owner >= n_owners || c->group < 0 ||
			c->group >= s->n[MG_VEC_GROUP])
			return "a cell's key is out of range";
		if (sorted && last != NULL &&
			(last->owner > c->owner ||
			 (last->owner == c->owner && last->group >= c->group)))
			return "cells are not sorted";
		if (c->n < 0 || c->n_missing < 0 || c->n_odd < 0 || c->n_odd > c->n ||
			(c->n > 0 && (s->flags & MG_VEC_UNSHAPED)) ||
			c->n > PG_INT64_MAX / 8 || c->n_missing > PG_INT64_MAX / 8)
			return "a cell's counts are out of range";
		if (!all_finite(x, n_numbers) || x[0] < 0)
			return "a cell's sums are out of range";
		if (c->n == 0 && !all_zero(x, n_numbers))
			return "an empty cell has sums";
		if (!of_rows)
			continue;
		for (j = 0; j < s->k; j++)
		{
			if (x[s->k + mg_packed_at(s->k, j, j)] < 0)
				return "a cell's squares are negative";
		}
		if (last == NULL || last->owner != c->owner)
			rows = 0;
		rows += c->n + c->n_missing;
		if (rows < 0 || rows > v->strata[c->owner].n_rows)
			return "a stratum has fewer rows than its cells";
	}
	return NULL;
}

/*
 * What is wrong with a summary of "size" bytes that came from outside, or
 * NULL.  Every reader relies on what is checked here; nothing is read beyond
 * "size".  "working": a state will do, whose elements need no order; its
 * index is not looked at.
 */
const char *
mg_vectors_invalid(const MgVectors *s, Size size, bool working)
{
	MgVecView	v;
	const char *problem;
	bool		sorted;
	int			section;

	if (size < sizeof(MgVectors))
		return "it is cut short";
	if (s->format != MG_VECTORS_FORMAT)
		return "its format is unknown";
	if ((s->flags & ~MG_VEC_KNOWN_FLAGS) != 0 ||
		(s->flags & MG_GROUP_KIND) == MG_GROUP_KIND || s->zero != 0)
		return "its flags are unknown";
	sorted = (s->flags & MG_VEC_WORKING) == 0;
	if (!sorted && !working)
		return "it is not finished";
	if (!mg_vectors_shape_valid(s))
		return "its vectors have another shape";
	if (s->n_skipped < 0 || s->n_slots < 0 || (sorted && s->n_slots != 0))
		return "a count is out of range";
	for (section = 0; section < MG_VEC_SECTIONS; section++)
	{
		if (s->n[section] < 0 || s->cap[section] < s->n[section] ||
			(sorted && s->cap[section] != s->n[section]))
			return "a count is out of range";
	}
	if (mg_vectors_size(s) > size)
		return "it is cut short";
	mg_vectors_view((MgVectors *) s, &v);
	if (!all_finite(v.origin, s->n_origin) ||
		((s->flags & MG_HAS_SHIFT) == 0 && !all_zero(v.origin, s->n_origin)))
		return "its origin is out of range";
	if (!mg_vectors_of_model(s->kind) && v.origin[0] > v.origin[1])
		return "its origin is out of range";
	if ((s->flags & MG_GROUP_KIND) == 0 && s->n[MG_VEC_GROUP] > 1)
		return "it has subgroups without names";
	if ((problem = keys_invalid(&v, sorted)) != NULL)
		return problem;
	if ((problem = cells_invalid(&v, false, sorted)) != NULL)
		return problem;
	return cells_invalid(&v, true, sorted);
}

/* Has a sum left the range of double precision? */
bool
mg_vectors_overflowed(const MgVecView *v)
{
	const MgVectors *s = v->head;
	int32		i;

	for (i = 0; i < s->n[MG_VEC_CELL]; i++)
	{
		if (!all_finite(mg_vec_numbers(mg_vec_cell(v, i)), s->k))
			return true;
	}
	for (i = 0; i < s->n[MG_VEC_ROWCELL]; i++)
	{
		if (!all_finite(mg_vec_numbers(mg_vec_rowcell(v, i)),
						s->k + mg_packed_size(s->k)))
			return true;
	}
	return false;
}

/* Sorting: indexes are sorted, then the elements copied in their order. */
typedef struct CellOrder
{
	int32		owner;			/* ranks */
	int32		group;
	int32		index;
} CellOrder;

static int
order_groups(const void *a, const void *b, void *arg)
{
	return compare_group((const MgVecView *) arg, *(const int32 *) a,
						 *(const int32 *) b);
}

static int
order_strata(const void *a, const void *b, void *arg)
{
	const MgVecView *v = (const MgVecView *) arg;
	const MgVecStratum *x = &v->strata[*(const int32 *) a];
	const MgVecStratum *y = &v->strata[*(const int32 *) b];

	if (x->is_null != y->is_null)
		return x->is_null ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

typedef struct PsuRank
{
	int64		id;
	int32		stratum;		/* rank */
	int32		index;
} PsuRank;

static int
order_psus(const void *a, const void *b)
{
	const PsuRank *x = (const PsuRank *) a;
	const PsuRank *y = (const PsuRank *) b;

	if (x->stratum != y->stratum)
		return x->stratum < y->stratum ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int
order_cells(const void *a, const void *b)
{
	const CellOrder *x = (const CellOrder *) a;
	const CellOrder *y = (const CellOrder *) b;

	if (x->owner != y->owner)
		return x->owner < y->owner ? -1 : 1;
	return x->group < y->group ? -1 : x->group > y->group;
}

static void *
huge(Size n, Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, (n + 1) * size);
}

static int32 *
sorted_index(MgVecView *v, int32 n, qsort_arg_comparator compare)
{
	int32	   *index = (int32 *) huge(n, sizeof(int32));
	int32		i;

	for (i = 0; i < n; i++)
		index[i] = i;
	qsort_arg(index, n, sizeof(int32), compare, v);
	return index;
}

static void
copy_cells(const MgVecView *from, const MgVecView *to, bool of_rows,
		   const int32 *owner_rank, const int32 *group_rank)
{
	int32		n = from->head->n[of_rows ? MG_VEC_ROWCELL : MG_VEC_CELL];
	Size		size = of_rows ? from->rowcell_size : from->cell_size;
	CellOrder  *order = (CellOrder *) huge(n, sizeof(CellOrder));
	int32		i;

	for (i = 0; i < n; i++)
	{
		const MgVecCell *c = of_rows ? mg_vec_rowcell(from, i) :
			mg_vec_cell(from, i);

		order[i].owner = owner_rank[c->owner];
		order[i].group = group_rank[c->group];
		order[i].index = i;
	}
	qsort(order, n, sizeof(CellOrder), order_cells);
	for (i = 0; i < n; i++)
	{
		int32		index = order[i].index;
		MgVecCell  *c = of_rows ? mg_vec_rowcell(to, i) : mg_vec_cell(to, i);

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		memcpy(c, of_rows ? mg_vec_rowcell(from, index) :
			   mg_vec_cell(from, index), size);
		c->owner = order[i].owner;
		c->group = order[i].group;
	}
}

/*
 * The value proper of a state: sorted, without slack and index.  The state
 * may grow on.  The work is done in a memory context of its own, because the
 * caller's may be one that cannot free single chunks.
 */
MgVectors *
mg_vectors_canonical(MgVectors *s)
{
	MgVectors	head = *s;
	MgVectors  *out;
	MgVecView	from;
	MgVecView	to;
	MemoryContext work;
	MemoryContext old;
	int32	   *group_order;
	int32	   *stratum_order;
	int32	   *group_rank;
	int32	   *stratum_rank;
	int32	   *psu_rank;
	PsuRank    *psus;
	int64		label_at = 0;
	int32		i;

	memcpy(head.cap, head.n, sizeof(head.cap));
	head.n_slots = 0;
	head.flags &= ~MG_VEC_WORKING;
	out = mg_vectors_alloc(&head);
	mg_vectors_view(s, &from);
	mg_vectors_view(out, &to);
	memcpy(to.origin, from.origin, head.n_origin * sizeof(double));

	work = AllocSetContextCreate(CurrentMemoryContext, "mindgap sort",
								 ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(work);
	group_order = sorted_index(&from, head.n[MG_VEC_GROUP], order_groups);
	stratum_order = sorted_index(&from, head.n[MG_VEC_STRATUM], order_strata);
	group_rank = (int32 *) huge(head.n[MG_VEC_GROUP], sizeof(int32));
	stratum_rank = (int32 *) huge(head.n[MG_VEC_STRATUM], sizeof(int32));
	psu_rank = (int32 *) huge(head.n[MG_VEC_PSU], sizeof(int32));
	psus = (PsuRank *) huge(head.n[MG_VEC_PSU], sizeof(PsuRank));
	for (i = 0; i < head.n[MG_VEC_GROUP]; i++)
	{
		const MgVecGroup *g = &from.groups[group_order[i]];

		group_rank[group_order[i]] = i;
		to.groups[i] = *g;
		if (head.flags & MG_TEXT_GROUPS)
		{
			memcpy(to.labels + label_at, from.labels + g->key, g->label_len);
			to.groups[i].key = label_at;
			label_at += g->label_len;
		}
	}
	for (i = 0; i < head.n[MG_VEC_STRATUM]; i++)
	{
		stratum_rank[stratum_order[i]] = i;
		to.strata[i] = from.strata[stratum_order[i]];
	}
	for (i = 0; i < head.n[MG_VEC_PSU]; i++)
	{
		psus[i].id = from.psus[i].id;
		psus[i].stratum = stratum_rank[from.psus[i].stratum];
		psus[i].index = i;
	}
	qsort(psus, head.n[MG_VEC_PSU], sizeof(PsuRank), order_psus);
	for (i = 0; i < head.n[MG_VEC_PSU]; i++)
	{
		psu_rank[psus[i].index] = i;
		to.psus[i].id = psus[i].id;
		to.psus[i].stratum = psus[i].stratum;
	}
	copy_cells(&from, &to, false, psu_rank, group_rank);
	copy_cells(&from, &to, true, stratum_rank, group_rank);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return out;
}

/*
 * Brings a summary that was read from outside into order, and tells what is
 * wrong with it, or NULL.  A dump of labels may be restored into a database
 * of another encoding, where the order of their bytes is another one.
 */
const char *
mg_vectors_in_order(MgVectors **state)
{
	MgVectors  *s = *state;
	const char *problem = mg_vectors_invalid(s, VARSIZE(s), false);

	if (problem == NULL || (s->flags & MG_TEXT_GROUPS) == 0)
		return problem;
	s->flags |= MG_VEC_WORKING;
	problem = mg_vectors_invalid(s, VARSIZE(s), true);
	if (problem != NULL)
		return problem;
	*state = s = mg_vectors_canonical(s);
	return mg_vectors_invalid(s, VARSIZE(s), false);
}

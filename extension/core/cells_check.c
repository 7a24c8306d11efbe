/*-------------------------------------------------------------------------
 *
 * cells_check.c
 *		The validator of flat survey summaries, for every way in.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/cells.h"

static bool
all_finite(const double *x, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (!isfinite(x[i]))
			return false;
	}
	return true;
}

static bool
counts_valid(int64 n, int64 n_missing, int64 n_nonzero)
{
	return n >= 0 && n_missing >= 0 && n_nonzero >= 0 && n_nonzero <= n &&
		n <= PG_INT64_MAX / 4 && n_missing <= PG_INT64_MAX / 4;
}

static const char *
groups_invalid(const MgView *v, bool sorted)
{
	const MgSurvey *s = v->head;
	int64		offset = 0;
	int32		i;

	for (i = 0; i < s->n_groups; i++)
	{
		const MgGroup *g = &v->groups[i];

		if (!all_finite(&g->shift, 4) || g->w < 0 || g->m2 < 0)
			return "a subgroup's sums are out of range";
		if (g->no_error != 0 &&
			(g->no_error != 1 || g->m2 != 0 || !(s->flags & MG_FROM_TABLE)))
			return "a subgroup's standard error is out of range";
		if (s->flags & MG_TEXT_GROUPS)
		{
			if (g->key != offset || g->label_len < 0)
				return "a subgroup's label is misplaced";
			offset += g->label_len;
			if (offset > s->label_bytes)
				return "a subgroup's label is misplaced";
		}
		else if (g->label_len != 0)
			return "an integer subgroup has a label";
		if (g->w > 0 && (s->flags & (MG_HAS_SHIFT | MG_FROM_TABLE)) == 0)
			return "it has sums without outcomes";
		if (g->w == 0 && (g->shift != 0 || g->mean != 0 || g->m2 != 0))
			return "an empty subgroup has sums";
		if (sorted && i > 0 && mg_group_compare(v, i - 1, v, i) >= 0)
			return "subgroups are not sorted";
	}
	if (offset != s->label_bytes)
		return "labels do not fill their section";
	return NULL;
}

static const char *
strata_invalid(const MgView *v)
{
	const MgSurvey *s = v->head;
	int32		i;
	int32		k;

	for (i = 0; i < s->n_strata; i++)
	{
		const MgStratum *t = &v->strata[i];
		bool		first = i == 0 || mg_stratum_is_null(v, i - 1);

		if (t->n_rows < 0 || t->n_rows > PG_INT64_MAX / 4)
			return "a stratum's row count is out of range";
		if (!isfinite(t->fpc) || t->fpc < 0 ||
			((s->flags & MG_HAS_FPC) == 0 && t->fpc != 0))
			return "a stratum's fpc is out of range";
		if (t->psu_start < (i == 0 ? 0 : v->strata[i - 1].psu_start) ||
			t->psu_start > s->n_psus || (i == 0 && t->psu_start != 0) ||
			t->rowcell_start < (i == 0 ? 0 : v->strata[i - 1].rowcell_start) ||
			t->rowcell_start > s->n_rowcells ||
			(i == 0 && t->rowcell_start != 0))
			return "a stratum's cells are misplaced";
		if (mg_stratum_is_null(v, i) && t->id != 0)
			return "the NULL stratum has an id";
		if (!first && v->strata[i - 1].id >= t->id)
			return "strata are not sorted";
	}
	for (i = 0; i < s->n_strata; i++)
	{
		int32		end = mg_psu_end(v, i);
		int64		rows = 0;

		if (mg_stratum_is_null(v, i) && end != v->strata[i].psu_start)
			return "the NULL stratum has PSUs";
		for (k = v->strata[i].psu_start + 1; k < end; k++)
		{
			if (v->psus[k - 1].id >= v->psus[k].id)
				return "PSUs are not sorted";
		}
		end = mg_rowcell_end(v, i);
		for (k = v->strata[i].rowcell_start; k < end; k++)
		{
			const MgRowCell *c = &v->rowcells[k];

			if (c->group < 0 || c->group >= s->n_groups || c->zero != 0 ||
				(k > v->strata[i].rowcell_start &&
				 v->rowcells[k - 1].group >= c->group))
				return "row cells are not sorted";
			if (!counts_valid(c->n, c->n_missing, c->n_nonzero))
				return "a row cell's counts are out of range";
			rows += c->n + c->n_missing;
			if (rows < 0 || rows > v->strata[i].n_rows)
				return "a stratum has fewer rows than its cells";
			if (!all_finite(&c->mean_w, 5) || c->ss_w < 0 || c->ss_s < 0 ||
				c->mean_w < 0)
				return "a row cell's sums are out of range";
			if (c->n == 0 && (c->mean_w != 0 || c->mean_s != 0 ||
							  c->ss_w != 0 || c->sp != 0 || c->ss_s != 0))
				return "an empty row cell has sums";
		}
	}
	return NULL;
}

static const char *
cells_invalid(const MgView *v)
{
	const MgSurvey *s = v->head;
	int32		i;
	int32		k;

	for (i = 0; i < s->n_psus; i++)
	{
		if (v->psus[i].zero != 0 ||
			v->psus[i].cell_start < (i == 0 ? 0 : v->psus[i - 1].cell_start) ||
			v->psus[i].cell_start > s->n_cells ||
			(i == 0 && v->psus[i].cell_start != 0))
			return "a PSU's cells are misplaced";
	}
	for (i = 0; i < s->n_psus; i++)
	{
		int32		end = mg_cell_end(v, i);

		for (k = v->psus[i].cell_start; k < end; k++)
		{
			const MgCell *c = &v->cells[k];

			if (c->group < 0 || c->group >= s->n_groups || c->zero != 0 ||
				(k > v->psus[i].cell_start &&
				 v->cells[k - 1].group >= c->group))
				return "cells are not sorted";
			if (!counts_valid(c->n, c->n_missing, c->n_nonzero))
				return "a cell's counts are out of range";
			if (!all_finite(&c->w, 2) || c->w < 0)
				return "a cell's sums are out of range";
			if (c->n == 0 && (c->w != 0 || c->s != 0))
				return "an empty cell has sums";
		}
	}
	return NULL;
}

static const char *
replicates_invalid(const MgView *v)
{
	const MgSurvey *s = v->head;
	int32		i;

	if (v->replication != NULL)
	{
		const MgReplication *r = v->replication;

		if (!isfinite(r->scale) || r->scale < 0 || !isfinite(r->df) ||
			r->zero != 0 || (r->mse != 0 && r->mse != 1))
			return "its replication is out of range";
		for (i = 0; i < s->n_replicates; i++)
		{
			if (!isfinite(v->rscales[i]) || v->rscales[i] < 0)
				return "its replication is out of range";
		}
	}
	for (i = 0; i < s->n_groups; i++)
	{
		if (!all_finite(v->replicates + (Size) i * s->n_replicates * 2,
						2 * s->n_replicates))
			return "a replicate sum is out of range";
	}
	return NULL;
}

/*
 * What is wrong with a flat summary that came from outside (text, binary or
 * a stored value of "size" bytes), or NULL.  Every reader relies on what is
 * checked here; nothing is read beyond "size".
 */
const char *
mg_survey_invalid(const MgSurvey *s, Size size)
{
	MgView		v;
	const char *problem;

	if (size < sizeof(MgSurvey))
		return "it is cut short";
	if (s->format != MG_SURVEY_FORMAT)
		return "its format is unknown";
	if ((s->flags & ~MG_KNOWN_FLAGS) != 0 ||
		(s->flags & MG_GROUP_KIND) == MG_GROUP_KIND)
		return "its flags are unknown";
	if (s->n_groups < 0 || s->n_strata < 0 || s->n_psus < 0 ||
		s->n_cells < 0 || s->n_rowcells < 0 || s->label_bytes < 0 ||
		s->n_skipped < 0 || s->n_replicates < 0 || s->zero != 0)
		return "a count is negative";
	if (mg_survey_size(s) > size)
		return "it is cut short";
	if ((s->flags & MG_GROUP_KIND) == 0 && s->n_groups > 1)
		return "it has subgroups without names";
	if (s->n_strata == 0 && (s->n_psus > 0 || s->n_rowcells > 0 ||
							 (s->flags & MG_NULL_STRATUM) != 0))
		return "it has cells without strata";
	if (s->n_psus == 0 && s->n_cells > 0)
		return "it has cells without PSUs";
	if ((s->flags & MG_FROM_TABLE) != 0 && s->n_strata > 0)
		return "it is from a table and has strata";
	if (s->n_replicates > 0 && (s->n_psus > 0 || (s->flags & MG_FROM_TABLE)))
		return "it has replicates and PSUs";
	if (s->n_replicates == 0 && (s->flags & MG_HAS_REPLICATION))
		return "it has no replicates";
	mg_survey_view((MgSurvey *) s, &v);
	if ((problem = groups_invalid(&v, true)) != NULL)
		return problem;
	if ((problem = strata_invalid(&v)) != NULL)
		return problem;
	if ((problem = replicates_invalid(&v)) != NULL)
		return problem;
	return cells_invalid(&v);
}

/*
 * The same summary with its labels in bytewise order.  A dump of labels may
 * be restored into a database of another encoding, where the order of their
 * bytes is another one.  Everything but that order must already be valid;
 * the counts and offsets are checked first, so that a damaged value is
 * handed back as it is, for the validator to refuse.
 */
static int
compare_group_index(const void *a, const void *b, void *arg)
{
	return mg_group_compare((const MgView *) arg, *(const int32 *) a,
							(const MgView *) arg, *(const int32 *) b);
}

static int
compare_cell_group(const void *a, const void *b)
{
	return ((const MgCell *) a)->group < ((const MgCell *) b)->group ? -1 : 1;
}

static int
compare_rowcell_group(const void *a, const void *b)
{
	return ((const MgRowCell *) a)->group <
		((const MgRowCell *) b)->group ? -1 : 1;
}

MgSurvey *
mg_survey_sort_groups(MgSurvey *s)
{
	MgView		v;
	MgView		o;
	MgSurvey   *out;
	int32	   *order;
	int32	   *rank;
	int32		i;
	int64		offset = 0;

	if ((s->flags & MG_GROUP_KIND) != MG_TEXT_GROUPS || s->n_groups < 2)
		return s;
	mg_survey_view(s, &v);
	if (groups_invalid(&v, false) != NULL || strata_invalid(&v) != NULL ||
		replicates_invalid(&v) != NULL || cells_invalid(&v) != NULL)
		return s;
	for (i = 1; i < s->n_groups; i++)
	{
		if (mg_group_compare(&v, i - 1, &v, i) >= 0)
			break;
	}
	if (i == s->n_groups)
		return s;

	order = palloc(s->n_groups * sizeof(int32));
	rank = palloc(s->n_groups * sizeof(int32));
	for (i = 0; i < s->n_groups; i++)
		order[i] = i;
	qsort_arg(order, s->n_groups, sizeof(int32), compare_group_index, &v);
	out = mg_survey_alloc(s);
	mg_survey_view(out, &o);
	memcpy(o.groups, v.groups, (Size) (v.labels - (char *) v.groups));
	for (i = 0; i < s->n_groups; i++)
	{
		o.groups[i] = v.groups[order[i]];
		memcpy(o.labels + offset, v.labels + v.groups[order[i]].key,
			   o.groups[i].label_len);
		memcpy(o.replicates + (Size) i * s->n_replicates * 2,
			   v.replicates + (Size) order[i] * s->n_replicates * 2,
			   s->n_replicates * 2 * sizeof(double));
		o.groups[i].key = offset;
		offset += o.groups[i].label_len;
		rank[order[i]] = i;
	}
	for (i = 0; i < s->n_cells; i++)
		o.cells[i].group = rank[o.cells[i].group];
	for (i = 0; i < s->n_rowcells; i++)
		o.rowcells[i].group = rank[o.rowcells[i].group];
	for (i = 0; i < s->n_psus; i++)
		qsort(o.cells + o.psus[i].cell_start,
			  mg_cell_end(&o, i) - o.psus[i].cell_start,
			  sizeof(MgCell), compare_cell_group);
	for (i = 0; i < s->n_strata; i++)
		qsort(o.rowcells + o.strata[i].rowcell_start,
			  mg_rowcell_end(&o, i) - o.strata[i].rowcell_start,
			  sizeof(MgRowCell), compare_rowcell_group);
	pfree(order);
	pfree(rank);
	return out;
}

/* Has a sum left the range of double precision? */
bool
mg_survey_overflowed(const MgView *v)
{
	int32		i;

	for (i = 0; i < v->head->n_groups; i++)
	{
		if (!all_finite(&v->groups[i].shift, 4))
			return true;
	}
	for (i = 0; i < v->head->n_cells; i++)
	{
		if (!all_finite(&v->cells[i].w, 2))
			return true;
	}
	for (i = 0; i < v->head->n_groups; i++)
	{
		if (!all_finite(v->replicates + (Size) i * v->head->n_replicates * 2,
						2 * v->head->n_replicates))
			return true;
	}
	for (i = 0; i < v->head->n_rowcells; i++)
	{
		if (!all_finite(&v->rowcells[i].mean_w, 5))
			return true;
	}
	return false;
}

/*
 * The same of a value that is not valid: a partial state whose sums left the
 * range, or a damaged one?  Only called with what mg_survey_invalid refused.
 */
bool
mg_survey_sums_overflowed(const MgSurvey *s, Size size)
{
	MgView		v;

	if (size < sizeof(MgSurvey) || s->format != MG_SURVEY_FORMAT ||
		s->n_groups < 0 || s->n_strata < 0 || s->n_psus < 0 ||
		s->n_cells < 0 || s->n_rowcells < 0 || s->label_bytes < 0 ||
		s->n_replicates < 0 || mg_survey_size(s) > size)
		return false;
	mg_survey_view((MgSurvey *) s, &v);
	return mg_survey_overflowed(&v);
}

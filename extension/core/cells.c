/*-------------------------------------------------------------------------
 *
 * cells.c
 *		Flat survey summaries: sizes, views, the validator, and the
 *		arithmetic that the small and the large state share.
 *
 * Sums are kept about a shift (the first outcome seen) and second moments
 * about the running mean, so that a large common offset of the outcome costs
 * no digits: Youngs and Cramer 1971 for rows, Chan, Golub and LeVeque 1983
 * for merges; the weighted form is West 1979.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/cells.h"

/*
 * Bytes of a flat summary with these counts.  The counts may come from
 * outside: they are added in 64 bits, where they cannot overflow.
 */
uint64
mg_survey_size(const MgSurvey *counts)
{
	return sizeof(MgSurvey) +
		(uint64) counts->n_groups * sizeof(MgGroup) +
		(uint64) counts->n_strata * sizeof(MgStratum) +
		(uint64) counts->n_psus * sizeof(MgPsu) +
		(uint64) counts->n_cells * sizeof(MgCell) +
		(uint64) counts->n_rowcells * sizeof(MgRowCell) +
		((counts->flags & MG_HAS_REPLICATION) == 0 ? 0 :
		 sizeof(MgReplication) + (uint64) counts->n_replicates * sizeof(double)) +
		(uint64) counts->n_groups * counts->n_replicates * 2 * sizeof(double) +
		(uint64) counts->label_bytes;
}

/* Refuses a state that PostgreSQL could not hold as one value. */
void
mg_survey_check_size(uint64 size)
{
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("survey summary is too large"),
				 errdetail("A value in PostgreSQL is limited to 1 GB; the summary would need %llu MB.",
						   (unsigned long long) (size >> 20)),
				 errhint("Group primary sampling units, use fewer subgroups, or summarise parts of the data separately.")));
}

/* A zeroed flat summary with the counts, flags and shift of "counts". */
MgSurvey *
mg_survey_alloc(const MgSurvey *counts)
{
	uint64		size = mg_survey_size(counts);
	MgSurvey   *s;

	mg_survey_check_size(size);
	s = (MgSurvey *) palloc0((Size) size);
	*s = *counts;
	SET_VARSIZE(s, (Size) size);
	s->format = MG_SURVEY_FORMAT;
	return s;
}

void
mg_survey_view(MgSurvey *s, MgView *view)
{
	char	   *p = (char *) s + sizeof(MgSurvey);

	view->head = s;
	view->groups = (MgGroup *) p;
	p += (Size) s->n_groups * sizeof(MgGroup);
	view->strata = (MgStratum *) p;
	p += (Size) s->n_strata * sizeof(MgStratum);
	view->psus = (MgPsu *) p;
	p += (Size) s->n_psus * sizeof(MgPsu);
	view->cells = (MgCell *) p;
	p += (Size) s->n_cells * sizeof(MgCell);
	view->rowcells = (MgRowCell *) p;
	p += (Size) s->n_rowcells * sizeof(MgRowCell);
	view->replication = NULL;
	view->rscales = NULL;
	if (s->flags & MG_HAS_REPLICATION)
	{
		view->replication = (MgReplication *) p;
		p += sizeof(MgReplication);
		view->rscales = (double *) p;
		p += (Size) s->n_replicates * sizeof(double);
	}
	view->replicates = (double *) p;
	p += (Size) s->n_groups * s->n_replicates * 2 * sizeof(double);
	view->labels = p;
}

/*
 * Order of two subgroups, possibly of two summaries of the same kind:
 * integers by value, labels bytewise.
 */
int
mg_group_compare(const MgView *a, int32 i, const MgView *b, int32 j)
{
	const MgGroup *x = &a->groups[i];
	const MgGroup *y = &b->groups[j];
	int			c;

	if ((a->head->flags & MG_TEXT_GROUPS) == 0)
		return x->key < y->key ? -1 : x->key > y->key;
	c = memcmp(a->labels + x->key, b->labels + y->key,
			   Min(x->label_len, y->label_len));
	if (c != 0)
		return c;
	return x->label_len < y->label_len ? -1 : x->label_len > y->label_len;
}

/*
 * The subgroup's name as text, not terminated; an integer is printed into
 * "buf" (MG_INT_LABEL bytes).
 */
const char *
mg_group_label(const MgView *v, int32 group, int32 *len, char *buf)
{
	if (v->head->flags & MG_TEXT_GROUPS)
	{
		*len = v->groups[group].label_len;
		return v->labels + v->groups[group].key;
	}
	*len = snprintf(buf, MG_INT_LABEL, INT64_FORMAT, v->groups[group].key);
	return buf;
}

/* The subgroup of this name, or -1. */
int32
mg_group_find(const MgView *v, const char *label, int32 len)
{
	int32		g;

	for (g = 0; g < v->head->n_groups; g++)
	{
		char		buf[MG_INT_LABEL];
		int32		have_len;
		const char *have = mg_group_label(v, g, &have_len, buf);

		if (have_len == len && memcmp(have, label, len) == 0)
			return g;
	}
	return -1;
}

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

static const char *
group_kind(uint16 flags)
{
	if (flags & MG_TEXT_GROUPS)
		return "text subgroups";
	if (flags & MG_INT_GROUPS)
		return "integer subgroups";
	return "no subgroups";
}

/* Two summaries can only be merged, or compared, when they hold the same. */
void
mg_check_same_kind(uint16 a, uint16 b)
{
	if ((a & MG_FROM_TABLE) != (b & MG_FROM_TABLE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("survey summaries cannot be combined"),
				 errdetail("One was made from published estimates, the other from rows."),
				 errhint("Make both with survey_agg, or both with gap_from_table_agg.")));
	if ((a & MG_GROUP_KIND) != (b & MG_GROUP_KIND))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("survey summaries cannot be combined"),
				 errdetail("One has %s, the other has %s.",
						   group_kind(a), group_kind(b)),
				 errhint("Make both with the same form of survey_agg.")));
	if ((a & MG_HAS_DESIGN) != (b & MG_HAS_DESIGN))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("survey summaries cannot be combined"),
				 errdetail("One was made with stratum and psu, the other without."),
				 errhint("Make both with the same form of survey_agg.")));
	if ((a & MG_HAS_FPC) != (b & MG_HAS_FPC))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("survey summaries cannot be combined"),
				 errdetail("One was made with fpc, the other without."),
				 errhint("Make both with the same form of survey_agg.")));
}

/* Replicates are matched by their number; their kind must agree. */
void
mg_check_same_replicates(MgSurvey *a, const MgView *b)
{
	MgView		v;

	mg_survey_view(a, &v);
	if (a->n_replicates != b->head->n_replicates)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("survey summaries cannot be combined"),
				 errdetail("One has %d replicate weights, the other %d.",
						   a->n_replicates, b->head->n_replicates),
				 errhint("Give the same replicate weights to both.")));
	if ((v.replication == NULL) != (b->replication == NULL) ||
		(v.replication != NULL &&
		 (v.replication->scale != b->replication->scale ||
		  v.replication->df != b->replication->df ||
		  v.replication->mse != b->replication->mse ||
		  memcmp(v.rscales, b->rscales, a->n_replicates * sizeof(double)) != 0)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("survey summaries cannot be combined"),
				 errdetail("Their replicates were declared differently."),
				 errhint("Merge first, then call mindgap.replication.")));
}

void
mg_check_same_fpc(double a, double b)
{
	if (a != b)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fpc varies within a stratum"),
				 errdetail("The finite population correction belongs to the stratum and must be the same on all its rows."),
				 errhint("Give the number of primary sampling units in the stratum's population, or the sampling rate of the stratum.")));
}

uint16
mg_outcome_flags(double y)
{
	if (y == 0 || y == 1)
		return MG_HAS_SHIFT;
	if (y > 0 && y < 1)
		return MG_HAS_SHIFT | MG_NOT_BINARY;
	return MG_HAS_SHIFT | MG_NOT_BINARY | MG_OUTSIDE_01;
}

/* The subgroup's shift, which its first counted outcome becomes. */
double
mg_group_start(MgGroup *g, double y)
{
	if (g->w == 0)
		g->shift = y;
	return g->shift;
}

/* One counted row of a subgroup; y is already less the shift (West 1979). */
void
mg_group_add(MgGroup *g, double y, double w)
{
	double		delta = y - g->mean;

	g->w += w;
	g->mean += delta * (w / g->w);
	g->m2 += w * delta * (y - g->mean);
}

/* Published estimates of one subgroup cannot be merged into one. */
void
mg_check_table_group(const MgGroup *g, uint16 flags)
{
	if ((flags & MG_FROM_TABLE) != 0 && g->w > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a subgroup has more than one estimate"),
				 errhint("Give one row a subgroup; use GROUP BY for several tables.")));
}

/*
 * Merges b into g (Chan et al. 1983).  Returns what has to be added to b's
 * shifted outcomes to make them g's.
 */
double
mg_group_merge(MgGroup *g, const MgGroup *b)
{
	double		w = g->w + b->w;
	double		shift;
	double		delta;

	if (b->w == 0)
		return 0;
	if (g->w == 0)
	{
		g->shift = b->shift;
		g->w = b->w;
		g->mean = b->mean;
		g->m2 = b->m2;
		g->no_error = b->no_error;
		return 0;
	}
	shift = b->shift - g->shift;
	delta = b->mean + shift - g->mean;
	g->m2 += b->m2 + delta * delta * (g->w * (b->w / w));
	g->mean += delta * (b->w / w);
	g->w = w;
	return shift;
}

void
mg_cell_add(MgCell *c, const MgRow *row, double shift)
{
	if (!row->has_outcome)
	{
		c->n_missing++;
		return;
	}
	c->n++;
	c->n_nonzero += row->outcome != 0;
	c->w += row->weight;
	c->s += row->weight * (row->outcome - shift);
}

void
mg_cell_merge(MgCell *c, const MgCell *b, double shift)
{
	c->n += b->n;
	c->n_missing += b->n_missing;
	c->n_nonzero += b->n_nonzero;
	c->w += b->w;
	c->s += b->s + shift * b->w;
}

void
mg_rowcell_add(MgRowCell *c, const MgRow *row, double shift)
{
	double		w = row->weight;
	double		u;
	double		dw;
	double		ds;

	if (!row->has_outcome)
	{
		c->n_missing++;
		return;
	}
	u = w * (row->outcome - shift);
	c->n++;
	c->n_nonzero += row->outcome != 0;
	dw = w - c->mean_w;
	ds = u - c->mean_s;
	c->mean_w += dw / c->n;
	c->mean_s += ds / c->n;
	c->ss_w += dw * (w - c->mean_w);
	c->sp += dw * (u - c->mean_s);
	c->ss_s += ds * (u - c->mean_s);
}

void
mg_rowcell_merge(MgRowCell *c, const MgRowCell *b, double shift)
{
	double		mean_s = b->mean_s + shift * b->mean_w;
	double		sp = b->sp + shift * b->ss_w;
	double		ss_s = b->ss_s + shift * (2 * b->sp + shift * b->ss_w);
	double		n = (double) c->n + b->n;
	double		dw;
	double		ds;
	double		f;

	c->n_missing += b->n_missing;
	c->n_nonzero += b->n_nonzero;
	if (b->n == 0)
		return;
	if (ss_s < 0)
		ss_s = 0;
	if (c->n == 0)
	{
		c->n = b->n;
		c->mean_w = b->mean_w;
		c->mean_s = mean_s;
		c->ss_w = b->ss_w;
		c->sp = sp;
		c->ss_s = ss_s;
		return;
	}
	dw = b->mean_w - c->mean_w;
	ds = mean_s - c->mean_s;
	f = (double) c->n * b->n / n;
	c->ss_w += b->ss_w + dw * dw * f;
	c->sp += sp + dw * ds * f;
	c->ss_s += ss_s + ds * ds * f;
	c->mean_w += dw * (b->n / n);
	c->mean_s += ds * (b->n / n);
	c->n += b->n;
}

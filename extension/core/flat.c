/*-------------------------------------------------------------------------
 *
 * flat.c
 *		A small survey state: the flat form, kept sorted and changed in place.
 *
 * A query may build a summary for each of a hundred thousand groups, so a
 * small state is one chunk of memory.  Inserting moves what lies behind;
 * with at most MG_FLAT_MAX cells that is cheap.  When the slack is used up
 * the state is copied to a chunk of twice the size in the current memory
 * context: the executor copies a transition value that has moved into the
 * aggregate's context and frees the old one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/cells.h"

#define FLAT_START	256

MgSurvey *
mg_flat_create(uint16 flags, int32 n_replicates)
{
	MgSurvey   *s = (MgSurvey *) palloc0(FLAT_START);

	SET_VARSIZE(s, FLAT_START);
	s->format = MG_SURVEY_FORMAT;
	s->flags = flags;
	s->n_replicates = n_replicates;
	return s;
}

/*
 * Still small enough to be changed in place?  With replicates there are no
 * PSUs, and the state is flat however many subgroups it has.
 */
bool
mg_flat_is_small(const MgSurvey *s)
{
	if (s->n_replicates > 0)
		return true;
	return s->n_cells + s->n_rowcells < MG_FLAT_MAX &&
		s->n_psus < MG_FLAT_MAX && s->n_groups < MG_FLAT_MAX &&
		s->n_strata < MG_FLAT_MAX && s->label_bytes < 65536;
}

/* A copy without slack. */
MgSurvey *
mg_flat_trim(const MgSurvey *s)
{
	Size		size = (Size) mg_survey_size(s);
	MgSurvey   *out = (MgSurvey *) palloc(size);

	memcpy(out, s, size);
	SET_VARSIZE(out, size);
	return out;
}

/* Makes room for "len" zeroed bytes at "offset" in the "used" bytes. */
static void
open_gap_in(MgSurvey **state, Size used, Size offset, Size len)
{
	MgSurvey   *s = *state;

	mg_survey_check_size(used + len);
	if (used + len > VARSIZE(s))
	{
		Size		size = VARSIZE(s);
		MgSurvey   *bigger;

		while (size < used + len)
			size *= 2;
		size = Min(size, MaxAllocSize);
		bigger = (MgSurvey *) palloc0(size);
		memcpy(bigger, s, used);
		SET_VARSIZE(bigger, size);
		*state = s = bigger;
	}
	memmove((char *) s + offset + len, (char *) s + offset, used - offset);
	memset((char *) s + offset, 0, len);
}

static void
open_gap(MgSurvey **state, Size offset, Size len)
{
	open_gap_in(state, (Size) mg_survey_size(*state), offset, len);
}

static Size
offset_of(const MgSurvey *s, const void *p)
{
	return (const char *) p - (const char *) s;
}

static int
compare_label(const MgView *v, const MgGroup *g, const MgRow *row)
{
	int			c = memcmp(v->labels + g->key, row->label,
						   Min(g->label_len, row->label_len));

	if (c != 0)
		return c;
	return g->label_len < row->label_len ? -1 : g->label_len > row->label_len;
}

/* The row's subgroup, made if need be. */
static int32
flat_group(MgSurvey **state, const MgRow *row)
{
	MgView		v;
	bool		is_text = ((*state)->flags & MG_TEXT_GROUPS) != 0;
	int32		lo = 0;
	int32		hi = (*state)->n_groups;
	int32		label_at;
	Size		replicates;
	Size		used;
	int32		i;

	mg_survey_view(*state, &v);
	while (lo < hi)
	{
		int32		mid = (lo + hi) / 2;
		int			c;

		if (is_text)
			c = compare_label(&v, &v.groups[mid], row);
		else
			c = v.groups[mid].key < row->key ? -1 : v.groups[mid].key > row->key;
		if (c == 0)
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}

	replicates = (Size) (*state)->n_replicates * 2 * sizeof(double);
	used = (Size) mg_survey_size(*state);
	if (replicates > 0)
		open_gap_in(state, used, offset_of(*state, v.replicates) + lo * replicates,
					replicates);
	open_gap_in(state, used + replicates, sizeof(MgSurvey) + lo * sizeof(MgGroup),
				sizeof(MgGroup));
	(*state)->n_groups++;
	mg_survey_view(*state, &v);
	if (is_text)
	{
		label_at = lo + 1 < (*state)->n_groups ?
			(int32) v.groups[lo + 1].key : (*state)->label_bytes;
		open_gap(state, offset_of(*state, v.labels) + label_at, row->label_len);
		(*state)->label_bytes += row->label_len;
		mg_survey_view(*state, &v);
		memcpy(v.labels + label_at, row->label, row->label_len);
		v.groups[lo].key = label_at;
		v.groups[lo].label_len = row->label_len;
		for (i = lo + 1; i < (*state)->n_groups; i++)
			v.groups[i].key += row->label_len;
	}
	else
		v.groups[lo].key = row->key;
	for (i = 0; i < (*state)->n_cells; i++)
		v.cells[i].group += v.cells[i].group >= lo;
	for (i = 0; i < (*state)->n_rowcells; i++)
		v.rowcells[i].group += v.rowcells[i].group >= lo;
	return lo;
}

/* The row's stratum, made if need be; its fpc must not vary. */
static int32
flat_stratum(MgSurvey **state, const MgRow *row)
{
	MgView		v;
	int32		lo = ((*state)->flags & MG_NULL_STRATUM) != 0;
	int32		hi = (*state)->n_strata;
	int32		i;

	mg_survey_view(*state, &v);
	if (!row->has_stratum)
	{
		if (lo == 1)
		{
			mg_check_same_fpc(v.strata[0].fpc, row->has_fpc ? row->fpc : 0);
			return 0;
		}
		hi = 0;
	}
	while (lo < hi)
	{
		int32		mid = (lo + hi) / 2;

		if (v.strata[mid].id == row->stratum)
		{
			mg_check_same_fpc(v.strata[mid].fpc, row->has_fpc ? row->fpc : 0);
			return mid;
		}
		if (v.strata[mid].id < row->stratum)
			lo = mid + 1;
		else
			hi = mid;
	}
	open_gap(state, offset_of(*state, &v.strata[lo]), sizeof(MgStratum));
	(*state)->n_strata++;
	mg_survey_view(*state, &v);
	i = lo + 1 < (*state)->n_strata;
	v.strata[lo].psu_start = i ? v.strata[lo + 1].psu_start : (*state)->n_psus;
	v.strata[lo].rowcell_start = i ? v.strata[lo + 1].rowcell_start :
		(*state)->n_rowcells;
	v.strata[lo].fpc = row->has_fpc ? row->fpc : 0;
	if (row->has_stratum)
		v.strata[lo].id = row->stratum;
	else
		(*state)->flags |= MG_NULL_STRATUM;
	return lo;
}

static int32
flat_psu(MgSurvey **state, int32 stratum, int64 id)
{
	MgView		v;
	int32		lo;
	int32		hi;
	int32		i;

	mg_survey_view(*state, &v);
	lo = v.strata[stratum].psu_start;
	hi = mg_psu_end(&v, stratum);
	while (lo < hi)
	{
		int32		mid = (lo + hi) / 2;

		if (v.psus[mid].id == id)
			return mid;
		if (v.psus[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	open_gap(state, offset_of(*state, &v.psus[lo]), sizeof(MgPsu));
	(*state)->n_psus++;
	mg_survey_view(*state, &v);
	v.psus[lo].id = id;
	v.psus[lo].cell_start = lo + 1 < (*state)->n_psus ?
		v.psus[lo + 1].cell_start : (*state)->n_cells;
	for (i = stratum + 1; i < (*state)->n_strata; i++)
		v.strata[i].psu_start++;
	return lo;
}

static MgCell *
flat_cell(MgSurvey **state, int32 psu, int32 group)
{
	MgView		v;
	int32		at;
	int32		end;
	int32		i;

	mg_survey_view(*state, &v);
	end = mg_cell_end(&v, psu);
	for (at = v.psus[psu].cell_start; at < end; at++)
	{
		if (v.cells[at].group == group)
			return &v.cells[at];
		if (v.cells[at].group > group)
			break;
	}
	open_gap(state, offset_of(*state, &v.cells[at]), sizeof(MgCell));
	(*state)->n_cells++;
	mg_survey_view(*state, &v);
	v.cells[at].group = group;
	for (i = psu + 1; i < (*state)->n_psus; i++)
		v.psus[i].cell_start++;
	return &v.cells[at];
}

static MgRowCell *
flat_rowcell(MgSurvey **state, int32 stratum, int32 group)
{
	MgView		v;
	int32		at;
	int32		end;
	int32		i;

	mg_survey_view(*state, &v);
	end = mg_rowcell_end(&v, stratum);
	for (at = v.strata[stratum].rowcell_start; at < end; at++)
	{
		if (v.rowcells[at].group == group)
			return &v.rowcells[at];
		if (v.rowcells[at].group > group)
			break;
	}
	open_gap(state, offset_of(*state, &v.rowcells[at]), sizeof(MgRowCell));
	(*state)->n_rowcells++;
	mg_survey_view(*state, &v);
	v.rowcells[at].group = group;
	for (i = stratum + 1; i < (*state)->n_strata; i++)
		v.strata[i].rowcell_start++;
	return &v.rowcells[at];
}

/*
 * Adds one row, whose weight is not NULL.  Returns the state, which may have
 * moved.
 */
MgSurvey *
mg_flat_add(MgSurvey *s, const MgRow *row)
{
	MgView		v;
	int32		stratum = flat_stratum(&s, row);
	int32		psu = -1;
	int32		group;
	double		shift = 0;

	if (row->has_psu)
		psu = flat_psu(&s, stratum, row->psu);
	else
	{
		mg_survey_view(s, &v);
		v.strata[stratum].n_rows++;
	}
	if (!row->has_group || row->weight == 0)
		return s;

	group = flat_group(&s, row);
	mg_survey_view(s, &v);
	if (row->has_outcome)
	{
		s->flags |= mg_outcome_flags(row->outcome);
		shift = mg_group_start(&v.groups[group], row->outcome);
		mg_group_add(&v.groups[group], row->outcome - shift, row->weight);
		if (row->replicates != NULL)
		{
			double	   *r = v.replicates + (Size) group * s->n_replicates * 2;
			int32		i;

			for (i = 0; i < s->n_replicates; i++)
			{
				r[2 * i] += row->replicates[i];
				r[2 * i + 1] += row->replicates[i] * (row->outcome - shift);
			}
		}
	}
	if (row->has_psu)
		mg_cell_add(flat_cell(&s, psu, group), row, shift);
	else
		mg_rowcell_add(flat_rowcell(&s, stratum, group), row, shift);
	return s;
}

/* Adds another small summary.  Returns the state, which may have moved. */
MgSurvey *
mg_flat_merge(MgSurvey *s, const MgView *src)
{
	const MgSurvey *b = src->head;
	int32	   *group_of = palloc((b->n_groups + 1) * sizeof(int32));
	MgView		v;
	double	   *shift = palloc((b->n_groups + 1) * sizeof(double));
	int32		i;
	int32		k;

	mg_check_same_kind(s->flags, b->flags);
	mg_check_same_replicates(s, src);
	s->flags |= b->flags & ~(MG_NULL_STRATUM | MG_HAS_REPLICATION);
	s->n_skipped += b->n_skipped;

	/* In order, so that no later insertion renumbers an earlier group. */
	for (i = 0; i < b->n_groups; i++)
	{
		MgRow		row = {0};

		row.key = src->groups[i].key;
		row.label = src->labels + src->groups[i].key;
		row.label_len = src->groups[i].label_len;
		group_of[i] = flat_group(&s, &row);
		mg_survey_view(s, &v);
		mg_check_table_group(&v.groups[group_of[i]], b->flags);
		shift[i] = mg_group_merge(&v.groups[group_of[i]], &src->groups[i]);
		for (k = 0; k < b->n_replicates; k++)
		{
			double	   *to = v.replicates +
				((Size) group_of[i] * b->n_replicates + k) * 2;
			const double *from = src->replicates +
				((Size) i * b->n_replicates + k) * 2;

			to[0] += from[0];
			to[1] += from[1] + shift[i] * from[0];
		}
	}
	for (i = 0; i < b->n_strata; i++)
	{
		MgRow		row = {0};
		int32		stratum;

		row.has_stratum = !mg_stratum_is_null(src, i);
		row.stratum = src->strata[i].id;
		row.has_fpc = (b->flags & MG_HAS_FPC) != 0;
		row.fpc = src->strata[i].fpc;
		stratum = flat_stratum(&s, &row);
		mg_survey_view(s, &v);
		v.strata[stratum].n_rows += src->strata[i].n_rows;
		for (k = src->strata[i].psu_start; k < mg_psu_end(src, i); k++)
		{
			int32		psu = flat_psu(&s, stratum, src->psus[k].id);
			int32		c;

			for (c = src->psus[k].cell_start; c < mg_cell_end(src, k); c++)
				mg_cell_merge(flat_cell(&s, psu, group_of[src->cells[c].group]),
							  &src->cells[c], shift[src->cells[c].group]);
		}
		for (k = src->strata[i].rowcell_start; k < mg_rowcell_end(src, i); k++)
			mg_rowcell_merge(flat_rowcell(&s, stratum,
										  group_of[src->rowcells[k].group]),
							 &src->rowcells[k], shift[src->rowcells[k].group]);
	}
	pfree(group_of);
	pfree(shift);
	return s;
}

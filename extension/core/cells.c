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

/*
 * The subgroup of this name, or -1, by bisection.  Integers are found by
 * their usual spelling; a summary without subgroups has none to find.
 */
int32
mg_group_find(const MgView *v, const char *label, int32 len)
{
	bool		is_text = (v->head->flags & MG_TEXT_GROUPS) != 0;
	int32		lo = 0;
	int32		hi = v->head->n_groups;
	int64		key = 0;

	if ((v->head->flags & MG_GROUP_KIND) == 0)
		return -1;
	if (!is_text)
	{
		char		word[MG_INT_LABEL];
		char		back[MG_INT_LABEL];

		if (len <= 0 || len >= MG_INT_LABEL)
			return -1;
		memcpy(word, label, len);
		word[len] = '\0';
		key = (int64) strtoll(word, NULL, 10);
		snprintf(back, sizeof(back), INT64_FORMAT, key);
		if (strcmp(word, back) != 0)
			return -1;
	}
	while (lo < hi)
	{
		int32		mid = lo + (hi - lo) / 2;
		const MgGroup *g = &v->groups[mid];
		int			c;

		if (is_text)
		{
			c = memcmp(v->labels + g->key, label, Min(g->label_len, len));
			if (c == 0)
				c = g->label_len < len ? -1 : g->label_len > len;
		}
		else
			c = g->key < key ? -1 : g->key > key;
		if (c == 0)
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
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

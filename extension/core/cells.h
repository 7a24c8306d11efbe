/*-------------------------------------------------------------------------
 *
 * cells.h
 *		The content of a survey summary: keyed cells, flat and in memory.
 *
 * A survey summary holds, exactly, what every group measure and its
 * design-based standard error need: for each primary sampling unit (PSU) of
 * each stratum and each subgroup the counts, sum w and sum w (y - shift);
 * for rows that are their own PSU the counts, means and centred co-moments
 * of (w, w (y - shift)) per stratum and subgroup; the registry of every PSU
 * that was seen, also those without a row in any subgroup; and per subgroup
 * the centred weighted sum of squares (design effects).  The shift is the
 * subgroup's first outcome: a common offset costs no digits, nor does another
 * subgroup that lies far away.
 *
 * Flat form (the SQL value, format 1), sections one after another:
 *
 *		MgSurvey		header
 *		MgGroup[]		subgroups, sorted (integers by value, text bytewise)
 *		MgStratum[]		strata, sorted, the NULL stratum first
 *		MgPsu[]			PSUs, sorted by stratum, then id
 *		MgCell[]		cells, sorted by PSU, then subgroup
 *		MgRowCell[]		cells of rows without PSU, by stratum, then subgroup
 *		MgReplication	how the replicates were made, if known, and then
 *		double[]		the replicates' scales
 *		double[]		replicate sums: of each subgroup, for each replicate,
 *						sum w and sum w (y - shift)
 *		char[]			labels of text subgroups, in order, no terminators
 *
 * A flat state that an aggregate still fills has slack behind the labels;
 * VARSIZE covers it.  A large state lives in MgBig (hash tables) until it is
 * flattened.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_CELLS_H
#define MG_CELLS_H

#include "core/compat.h"

#define MG_SURVEY_FORMAT		1

#define MG_TEXT_GROUPS			0x0001	/* subgroup keys are labels */
#define MG_INT_GROUPS			0x0002	/* subgroup keys are integers */
#define MG_NULL_STRATUM			0x0004	/* the first stratum is NULL */
#define MG_HAS_DESIGN			0x0008	/* stratum and psu were given */
#define MG_HAS_FPC				0x0010	/* every stratum has its fpc */
#define MG_NOT_BINARY			0x0020	/* an outcome is neither 0 nor 1 */
#define MG_OUTSIDE_01			0x0040	/* an outcome is outside [0, 1] */
#define MG_HAS_SHIFT			0x0080	/* an outcome was counted */
#define MG_FROM_TABLE			0x0100	/* published estimates, no rows */
#define MG_HAS_REPLICATION		0x0200	/* the replicates' kind is known */
#define MG_KNOWN_FLAGS			0x03ff

#define MG_GROUP_KIND			(MG_TEXT_GROUPS | MG_INT_GROUPS)

/* Past this many cells a state becomes a hash table. */
#define MG_FLAT_MAX				64

typedef struct MgSurvey
{
	int32		vl_len_;
	uint16		format;
	uint16		flags;
	int64		n_skipped;		/* rows whose weight was NULL */
	int32		n_groups;
	int32		n_strata;
	int32		n_psus;
	int32		n_cells;
	int32		n_rowcells;
	int32		label_bytes;
	int32		n_replicates;	/* 0: none; then there are no PSUs */
	int32		zero;			/* always 0 */
} MgSurvey;

typedef struct MgGroup
{
	int64		key;			/* the integer, or the label's offset */
	int32		label_len;
	int32		no_error;		/* 1: from a table without standard error */
	double		shift;			/* first outcome; subtracted from all */
	double		w;				/* sum of weights of counted rows */
	double		mean;			/* weighted mean of y - shift */
	double		m2;				/* sum w (y - mean)^2; from a table: se^2 */
} MgGroup;

typedef struct MgStratum
{
	int64		id;
	double		fpc;			/* as given; 0 without MG_HAS_FPC */
	int64		n_rows;			/* rows that are their own PSU */
	int32		psu_start;
	int32		rowcell_start;
} MgStratum;

typedef struct MgPsu
{
	int64		id;
	int32		cell_start;
	int32		zero;			/* always 0 */
} MgPsu;

typedef struct MgCell
{
	int32		group;
	int32		zero;			/* always 0 */
	int64		n;				/* counted rows */
	int64		n_missing;		/* rows whose outcome was NULL */
	int64		n_nonzero;		/* counted rows whose outcome is not 0 */
	double		w;				/* sum w */
	double		s;				/* sum w (y - shift) */
} MgCell;

typedef struct MgRowCell
{
	int32		group;
	int32		zero;			/* always 0 */
	int64		n;
	int64		n_missing;
	int64		n_nonzero;
	double		mean_w;			/* mean of w */
	double		mean_s;			/* mean of u = w (y - shift) */
	double		ss_w;			/* sum (w - mean_w)^2 */
	double		sp;				/* sum (w - mean_w)(u - mean_s) */
	double		ss_s;			/* sum (u - mean_s)^2 */
} MgRowCell;

/* How replicate weights were made, and what follows from it. */
typedef struct MgReplication
{
	double		scale;			/* of the sum of squares */
	double		df;
	int32		mse;			/* 1: about the estimate, 0: about their mean */
	int32		zero;			/* always 0 */
} MgReplication;

/* Pointers into a flat summary. */
typedef struct MgView
{
	MgSurvey   *head;
	MgGroup    *groups;
	MgStratum  *strata;
	MgPsu	   *psus;
	MgCell	   *cells;
	MgRowCell  *rowcells;
	MgReplication *replication; /* NULL without MG_HAS_REPLICATION */
	double	   *rscales;		/* n_replicates, behind it */
	double	   *replicates;		/* n_groups x n_replicates x 2 */
	char	   *labels;
} MgView;

/* One row on its way into a summary. */
typedef struct MgRow
{
	bool		has_outcome;
	bool		has_group;		/* false: outside the domain */
	bool		has_stratum;
	bool		has_psu;
	bool		has_fpc;
	double		outcome;		/* finite */
	double		weight;			/* finite, >= 0 */
	int64		stratum;
	int64		psu;
	double		fpc;
	int64		key;			/* integer subgroup */
	const char *label;			/* text subgroup */
	int32		label_len;
	const double *replicates;	/* replicate weights, or NULL */
} MgRow;

typedef struct MgBig MgBig;

static inline int32
mg_psu_end(const MgView *v, int32 stratum)
{
	return stratum + 1 < v->head->n_strata ?
		v->strata[stratum + 1].psu_start : v->head->n_psus;
}

static inline int32
mg_rowcell_end(const MgView *v, int32 stratum)
{
	return stratum + 1 < v->head->n_strata ?
		v->strata[stratum + 1].rowcell_start : v->head->n_rowcells;
}

static inline int32
mg_cell_end(const MgView *v, int32 psu)
{
	return psu + 1 < v->head->n_psus ?
		v->psus[psu + 1].cell_start : v->head->n_cells;
}

/* The stratum is the one of rows that gave none. */
static inline bool
mg_stratum_is_null(const MgView *v, int32 stratum)
{
	return stratum == 0 && (v->head->flags & MG_NULL_STRATUM) != 0;
}

/* cells.c: sizes, views, the validator, shared arithmetic */
extern uint64 mg_survey_size(const MgSurvey *counts);
extern void mg_survey_check_size(uint64 size);
extern MgSurvey *mg_survey_alloc(const MgSurvey *counts);
extern void mg_survey_view(MgSurvey *s, MgView *view);
extern const char *mg_survey_invalid(const MgSurvey *s, Size size);
extern bool mg_survey_overflowed(const MgView *view);
extern bool mg_survey_sums_overflowed(const MgSurvey *s, Size size);
extern MgSurvey *mg_survey_sort_groups(MgSurvey *s);
extern int	mg_group_compare(const MgView *a, int32 i, const MgView *b, int32 j);
extern int32 mg_group_find(const MgView *v, const char *label, int32 len);
extern const char *mg_group_label(const MgView *v, int32 group, int32 *len,
								  char *buf);
extern void mg_check_same_kind(uint16 flags_a, uint16 flags_b);
extern void mg_check_same_replicates(MgSurvey *a, const MgView *b);
extern void mg_check_same_fpc(double a, double b);
extern void mg_check_table_group(const MgGroup *g, uint16 flags);
extern uint16 mg_outcome_flags(double y);
extern double mg_group_start(MgGroup *g, double y);
extern void mg_group_add(MgGroup *g, double y, double w);
extern double mg_group_merge(MgGroup *g, const MgGroup *b);
extern void mg_cell_add(MgCell *c, const MgRow *row, double shift);
extern void mg_cell_merge(MgCell *c, const MgCell *b, double shift);
extern void mg_rowcell_add(MgRowCell *c, const MgRow *row, double shift);
extern void mg_rowcell_merge(MgRowCell *c, const MgRowCell *b, double shift);

/* Room for the digits and sign of an int64. */
#define MG_INT_LABEL	24

/* flat.c: a small state, changed in place */
extern MgSurvey *mg_flat_create(uint16 flags, int32 n_replicates);
extern MgSurvey *mg_flat_add(MgSurvey *s, const MgRow *row);
extern MgSurvey *mg_flat_merge(MgSurvey *s, const MgView *src);
extern MgSurvey *mg_flat_trim(const MgSurvey *s);
extern bool mg_flat_is_small(const MgSurvey *s);

/* big.c: a large state */
extern MgBig *mg_big_create(MemoryContext cxt, uint16 flags);
extern void mg_big_add(MgBig *big, const MgRow *row);
extern void mg_big_skip(MgBig *big);
extern void mg_big_merge(MgBig *big, const MgView *src);
extern Size mg_big_flat_size(MgBig *big);
extern void mg_big_flatten(MgBig *big, MgSurvey *out, Size size);
extern uint16 mg_big_flags(const MgBig *big);

#endif							/* MG_CELLS_H */

/*-------------------------------------------------------------------------
 *
 * vectors.h
 *		Keyed sums of vectors: what measures over persons and regressions
 *		need of a survey sample.
 *
 * Where a survey summary holds two sums for each PSU and subgroup, a vector
 * summary holds k of them: for each primary sampling unit (PSU) of each
 * stratum and each subgroup the counts and the sum of a vector whose first
 * entry is the weight; for rows that are their own PSU the counts, the mean
 * vector and the centred co-moments per stratum and subgroup; and the
 * registry of every PSU that was seen.  Any smooth function of the vector's
 * totals then has its design-based error (vector_variance.c).
 *
 * One form serves as state and as value.  Sections, one after another:
 *
 *		MgVectors		header
 *		double[]		origin: what the kind of summary notes about outcomes
 *		MgVecGroup[]	subgroups
 *		MgVecStratum[]	strata
 *		MgVecPsu[]		PSUs
 *		MgVecCell[]		cells, each with its k sums behind it
 *		MgVecCell[]		cells of rows without PSU, each with its k means and
 *						the packed triangle of its co-moments behind it
 *		int32[]			hash index over all of these, of a state alone
 *		char[]			labels of text subgroups, no terminators
 *
 * A state (MG_VEC_WORKING) has room to spare in each section, and elements
 * in the order in which they came.  The value proper is sorted (the NULL
 * stratum first, integers by value, labels bytewise) and has no slack.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_VECTORS_H
#define MG_VECTORS_H

#include "core/cells.h"

#define MG_VECTORS_FORMAT	1

/* Flags: MG_TEXT_GROUPS, MG_INT_GROUPS, MG_HAS_DESIGN, MG_HAS_SHIFT (the
 * origin is set), and of a state: */
#define MG_VEC_WORKING		0x8000

/* A regression or decomposition that saw no x yet: nothing is counted, and the
 * length of its vectors is not known. */
#define MG_VEC_UNSHAPED		0x4000
#define MG_VEC_KNOWN_FLAGS	(MG_GROUP_KIND | MG_HAS_DESIGN | MG_HAS_SHIFT | \
							 MG_VEC_UNSHAPED | MG_VEC_WORKING)

/* What a summary is made for; its SQL type follows. */
typedef enum MgVectorKind
{
	MG_VEC_CONCENTRATION = 1,
	MG_VEC_INEQUALITY = 2,
	MG_VEC_REGRESSION = 3,
	MG_VEC_DECOMPOSITION = 4
} MgVectorKind;

typedef enum MgVecSection
{
	MG_VEC_GROUP,
	MG_VEC_STRATUM,
	MG_VEC_PSU,
	MG_VEC_CELL,
	MG_VEC_ROWCELL,
	MG_VEC_LABEL,
	MG_VEC_SECTIONS
} MgVecSection;

typedef struct MgVectors
{
	int32		vl_len_;
	uint16		format;
	uint16		flags;
	uint16		kind;
	uint16		zero;			/* always 0 */
	int32		k;				/* entries of a vector */
	int64		n_skipped;		/* rows whose weight was NULL */
	int32		n[MG_VEC_SECTIONS]; /* elements in use */
	int32		cap[MG_VEC_SECTIONS];	/* elements there is room for */
	int32		n_origin;
	int32		n_slots;		/* of the index, a power of 2, or 0 */
} MgVectors;

typedef struct MgVecGroup
{
	int64		key;			/* the integer, or the label's offset */
	int32		label_len;
	int32		zero;			/* always 0 */
} MgVecGroup;

typedef struct MgVecStratum
{
	int64		id;				/* 0 where is_null */
	int64		n_rows;			/* rows that are their own PSU */
	int32		is_null;
	int32		zero;			/* always 0 */
} MgVecStratum;

typedef struct MgVecPsu
{
	int64		id;
	int32		stratum;
	int32		zero;			/* always 0 */
} MgVecPsu;

/* Of a PSU, or of the rows without PSU of a stratum; numbers follow. */
typedef struct MgVecCell
{
	int32		owner;			/* PSU, or stratum */
	int32		group;
	int64		n;				/* counted rows */
	int64		n_missing;		/* rows with something NULL */
	int64		n_odd;			/* counted rows outside a measure's domain */
} MgVecCell;

/* Pointers into a vector summary. */
typedef struct MgVecView
{
	MgVectors  *head;
	double	   *origin;
	MgVecGroup *groups;
	MgVecStratum *strata;
	MgVecPsu   *psus;
	char	   *cells;			/* see mg_vec_cell */
	char	   *rowcells;
	int32	   *slots;
	char	   *labels;
	Size		cell_size;
	Size		rowcell_size;
} MgVecView;

/* Entries of a packed triangle. */
static inline int64
mg_packed_size(int64 k)
{
	return k * (k + 1) / 2;
}

/* Entry (a, b), a <= b, of a symmetric m x m matrix packed by rows. */
static inline int64
mg_packed_at(int64 m, int64 a, int64 b)
{
	return a * m - a * (a - 1) / 2 + (b - a);
}

/*
 * The kinds that hold a linear model: their vectors begin with the packed
 * products w v v', v = (1, x, y), about an origin, which is the x and the y
 * of the first row that counts.
 */
static inline bool
mg_vectors_of_model(int kind)
{
	return kind == MG_VEC_REGRESSION || kind == MG_VEC_DECOMPOSITION;
}

/* Entries of the vectors of a model of p variables. */
static inline int64
mg_model_entries(int kind, int64 p)
{
	int64		products = mg_packed_size(p + 2);

	/* w F v, and for the outcome and each x what is ranked above */
	return kind == MG_VEC_DECOMPOSITION ? products + 2 * p + 3 : products;
}

static inline MgVecCell *
mg_vec_cell(const MgVecView *v, int32 i)
{
	return (MgVecCell *) (v->cells + (Size) i * v->cell_size);
}

static inline MgVecCell *
mg_vec_rowcell(const MgVecView *v, int32 i)
{
	return (MgVecCell *) (v->rowcells + (Size) i * v->rowcell_size);
}

/* The k sums of a cell, or the k means of a row cell. */
static inline double *
mg_vec_numbers(const MgVecCell *c)
{
	return (double *) (c + 1);
}

/* The packed co-moments of a row cell of k means. */
static inline double *
mg_vec_products(const MgVecCell *c, int32 k)
{
	return (double *) (c + 1) + k;
}

/* vectors.c: the state */
extern MgVectors *mg_vectors_create(MgVectorKind kind, uint16 flags, int32 k,
									int32 n_origin);
extern MgVectors *mg_vectors_working(const MgVectors *s);
extern MgVectors *mg_vectors_shape(MgVectors *s, int32 k, int32 n_origin);
extern double *mg_vectors_origin(MgVectors *s);
extern MgVectors *mg_vectors_add(MgVectors *s, const MgRow *row,
								 const double *x, bool odd);
extern MgVectors *mg_vectors_merge(MgVectors *s, const MgVecView *b);

/* vectors_value.c: the value */
extern const char *mg_vectors_type(int kind);
extern uint64 mg_vectors_size(const MgVectors *s);
extern void mg_vectors_check_size(uint64 size);
extern Size mg_vectors_item_size(const MgVectors *s, int section);
extern MgVectors *mg_vectors_alloc(const MgVectors *counts);
extern void mg_vectors_view(MgVectors *s, MgVecView *view);
extern const char *mg_vectors_invalid(const MgVectors *s, Size size,
									  bool working);
extern MgVectors *mg_vectors_canonical(MgVectors *s);
extern bool mg_vectors_shape_valid(const MgVectors *s);
extern const char *mg_vectors_in_order(MgVectors **state);
extern bool mg_vectors_overflowed(const MgVecView *view);

#endif							/* MG_VECTORS_H */

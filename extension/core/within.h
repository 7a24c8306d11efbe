/*-------------------------------------------------------------------------
 *
 * within.h
 *		The content of a within summary: moments by person, or their sums.
 *
 * Open form: for each person the moments of (outcome, x), with the cluster
 * and stratum of the person, sorted by id:
 *
 *		MgWithin | subgroups | records of mg_record_size() bytes:
 *				MgPerson, MgMoments [, MgPersonTrend]
 *
 * Condensed form: what estimates and their cluster-robust variance need,
 * see within_fit.c:
 *
 *		MgWithin | subgroups | MgWithinSums [| MgWithinPart of each part]
 *				| mg_sums_number(): doubles
 *
 * The subgroups, MgGroup of each and the labels, are there where a trend
 * break is told by subgroup; a summary for a trend break has the variables
 * (score, years, after, x).  Its persons may have no row that counts: then
 * they stand for their cluster, which was sampled all the same.
 *
 * A flat state that an aggregate still fills has slack behind the records;
 * VARSIZE covers it.  A large state lives in an MgWithinBig (hash table)
 * until it is flattened.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_WITHIN_H
#define MG_WITHIN_H

#include "core/compat.h"
#include "core/least_squares.h"
#include "core/moments.h"

#define MG_WITHIN_FORMAT		1

#define MG_WITHIN_CLUSTERS		0x0001	/* else each person is a cluster */
#define MG_WITHIN_STRATA		0x0002
#define MG_WITHIN_UNNAMED		0x0004	/* persons were summarised before */
#define MG_WITHIN_CONDENSED		0x0008
#define MG_WITHIN_TREND			0x0010	/* for a trend break */
#define MG_WITHIN_GROUPS		0x0020	/* by subgroup; with a trend only */
#define MG_WITHIN_LABELS		0x0040	/* subgroups are text */
#define MG_WITHIN_KNOWN_FLAGS	0x007f

/* Variables of a trend break before x: score, years, after. */
#define MG_TREND_DIM			3

/* Each has columns of its own in the model. */
#define MG_WITHIN_MAX_GROUPS	200

/* Past this many persons, or bytes of them, a state is a hash table. */
#define MG_WITHIN_FLAT_PERSONS	64
#define MG_WITHIN_FLAT_BYTES	65536

typedef struct MgWithin
{
	int32		vl_len_;
	uint16		format;
	uint16		flags;
	int64		n_skipped;		/* rows with a NULL */
	int32		dim;			/* 1 + length of x; 0: not known yet */
	int32		n_persons;		/* records; 0 in the condensed form */
	int32		n_groups;
	int32		label_bytes;
} MgWithin;

/* A subgroup; values that leave an aggregate have them in order. */
typedef struct MgWithinGroup
{
	int64		key;			/* the integer, or where the label begins */
	int32		label_len;
	int32		unused;
} MgWithinGroup;

typedef struct MgPerson
{
	int64		id;				/* unnamed: the position */
	int64		cluster;		/* without clusters: the id */
	int64		stratum;		/* without strata: 0 */
} MgPerson;

/* What a trend break knows of a person besides the moments. */
typedef struct MgPersonTrend
{
	double		earlier;		/* the first time before the event, or 0 */
	int32		group;			/* -1: none, or no row counts */
	int32		n_earlier;		/* distinct times before: 0, 1, 2 or more */
} MgPersonTrend;

/* A part of the persons: those of a subgroup, or all. */
typedef struct MgWithinPart
{
	int64		n;
	int64		n_persons;
	int64		n_trends;		/* persons with two distinct earlier times */
} MgWithinPart;

typedef struct MgWithinSums
{
	int64		n;				/* rows that count */
	int64		n_persons;
	int64		n_singletons;	/* persons with one row */
	int64		n_clusters;
	int64		n_strata;
	int64		n_lonely;		/* strata with one cluster */
	int64		n_registered;	/* clusters, also those of no such row */
	double		sum_w;
} MgWithinSums;

/* A summary as estimates read it. */
typedef struct MgWithinView
{
	const MgWithin *head;
	int			k;				/* length of x */
	int			n_parts;
	MgWithinSums counts;
	const MgWithinPart *part;
	const double *total;		/* sum of the persons' co-moments */
	const double *square;		/* sum of w times squared person means */
	const double *part_total;	/* the same by part */
	const double *part_square;
	const double *spread;		/* condensed: cross-products of clusters */
	const MgPerson **person;	/* open: by stratum, cluster, id */
} MgWithinView;

typedef struct MgWithinBig MgWithinBig;

/* The model that estimates are from. */
typedef struct MgWithinModel
{
	bool		by_group;		/* years and after once for each subgroup */
	int			k;				/* columns */
	const double *triangle;		/* co-moments of (outcome, columns) */
	const double *square;
} MgWithinModel;

static inline MgMoments *
mg_person_moments(const MgPerson *p)
{
	return (MgMoments *) ((char *) p + sizeof(MgPerson));
}

static inline Size
mg_record_size(uint16 flags, int dim)
{
	return sizeof(MgPerson) + mg_moments_size(dim, 0) +
		((flags & MG_WITHIN_TREND) ? sizeof(MgPersonTrend) : 0);
}

/* Only where there is the flag. */
static inline MgPersonTrend *
mg_person_trend(const MgPerson *p)
{
	MgMoments  *m = mg_person_moments(p);

	return (MgPersonTrend *) ((char *) m + mg_moments_size(m->dim, 0));
}

static inline MgWithinGroup *
mg_within_groups(const MgWithin *s)
{
	return (MgWithinGroup *) ((char *) s + sizeof(MgWithin));
}

static inline char *
mg_within_labels(const MgWithin *s)
{
	return (char *) (mg_within_groups(s) + s->n_groups);
}

/* Bytes of the subgroups. */
static inline Size
mg_within_groups_size(const MgWithin *s)
{
	return s->n_groups * sizeof(MgWithinGroup) + MAXALIGN(s->label_bytes);
}

static inline MgPerson *
mg_within_person(const MgWithin *s, int32 i)
{
	return (MgPerson *) ((char *) s + sizeof(MgWithin) +
						 mg_within_groups_size(s) +
						 i * mg_record_size(s->flags, s->dim));
}

static inline MgWithinSums *
mg_within_sums(const MgWithin *s)
{
	return (MgWithinSums *) ((char *) s + sizeof(MgWithin) +
							 mg_within_groups_size(s));
}

/* Parts that are summed apart. */
static inline int
mg_within_n_parts(const MgWithin *s)
{
	return (s->flags & MG_WITHIN_GROUPS) ? s->n_groups : 1;
}

/* Condensed, with a trend. */
static inline MgWithinPart *
mg_within_parts(const MgWithin *s)
{
	return (MgWithinPart *) (mg_within_sums(s) + 1);
}

/*
 * Condensed: triangle[dim] of each part, squares[dim] of each part, spread
 * triangle[q].
 */
static inline double *
mg_sums_number(const MgWithin *s)
{
	return (double *) (mg_within_parts(s) +
					   ((s->flags & MG_WITHIN_TREND) ? mg_within_n_parts(s) : 0));
}

/* within.c */
extern uint64 mg_within_open_size(const MgWithin *head, uint64 n_persons);
extern uint64 mg_within_condensed_size(const MgWithin *head);
extern uint64 mg_spread_length(const MgWithin *head);
extern void mg_within_check_size(uint64 size);
extern MgWithin *mg_within_create(const MgWithin *head, int32 n_persons);
extern MgWithin *mg_within_grow(const MgWithin *s, const MgWithin *head,
								int32 n_persons);
extern const char *mg_within_invalid(const MgWithin *s, Size size);
extern bool mg_within_is_small(const MgWithin *s);
extern MgPerson *mg_within_flat_find(MgWithin **s, const MgPerson *key);
extern MgWithin *mg_within_trim(const MgWithin *s);
extern void mg_person_init(MgPerson *p, const MgPerson *key, uint16 flags,
						   int dim);
extern void mg_person_check(const MgPerson *p, const MgPerson *key);

/* within_groups.c */
extern const char *mg_within_groups_invalid(const MgWithin *s);
extern int32 mg_within_find_group(const MgWithinGroup *groups, int32 n,
								  const char *labels, int64 key,
								  const char *label, int32 len);
extern void mg_within_too_many_groups(void);
extern int32 mg_within_flat_group(MgWithin **s, int64 key, const char *label,
								  int32 len);
extern int32 *mg_within_group_order(const MgWithin *s);
extern void mg_within_sort_groups(MgWithin *s);
extern void mg_trend_add(MgPersonTrend *t, const MgPersonTrend *more);

/* within_big.c */
extern MgWithinBig *mg_within_big_create(MemoryContext cxt,
										 const MgWithin *flat);
extern MgWithin *mg_within_big_head(MgWithinBig *big);
extern MgPerson *mg_within_big_find(MgWithinBig *big, const MgPerson *key);
extern int32 mg_within_big_group(MgWithinBig *big, int64 key,
								 const char *label, int32 len);
extern Size mg_within_big_flat_size(MgWithinBig *big);
extern void mg_within_big_flatten(MgWithinBig *big, MgWithin *out, Size size);

/* within_fit.c */
extern void mg_within_read(const MgWithin *s, MgWithinView *v);
extern void mg_within_model(const MgWithinView *v, bool by_group,
							MgWithinModel *model);
extern void mg_within_meat(const MgWithinView *v, const MgWithinModel *model,
						   const MgLeastSquares *fit, double *meat);
extern MgWithin *mg_within_condense(const MgWithin *s);

/* within_spread.c */

/* Cross-products of the clusters' vectors, about their stratum's mean. */
typedef struct MgSpread
{
	int			length;
	bool		strata;
	double	   *sum;			/* of the strata that are complete */
	double	   *mean;			/* of this stratum */
	double	   *triangle;
	int64		n;
} MgSpread;

/* Adds a person's share of its cluster's vector. */
typedef void (*MgAddPerson) (const MgWithinView *v, const MgPerson *p,
							 const void *arg, double *u);

extern void mg_within_spread(const MgWithinView *v, int length,
							 MgAddPerson add, const void *arg, MgSpread *t);

#endif							/* MG_WITHIN_H */

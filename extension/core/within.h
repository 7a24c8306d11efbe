/*-------------------------------------------------------------------------
 *
 * within.h
 *		The content of a within summary: moments by person, or their sums.
 *
 * Open form: for each person the moments of (outcome, x), with the cluster
 * and stratum of the person, sorted by id:
 *
 *		MgWithin | records of mg_record_size() bytes: MgPerson, MgMoments
 *
 * Condensed form: what estimates and their cluster-robust variance need,
 * see within_fit.c:
 *
 *		MgWithin | MgWithinSums
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
#define MG_WITHIN_KNOWN_FLAGS	0x000f

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
} MgWithin;

typedef struct MgPerson
{
	int64		id;				/* unnamed: the position */
	int64		cluster;		/* without clusters: the id */
	int64		stratum;		/* without strata: 0 */
} MgPerson;

/* Counts, and behind them, in the condensed form, mg_sums_number(). */
typedef struct MgWithinSums
{
	int64		n;				/* rows that count */
	int64		n_persons;
	int64		n_singletons;	/* persons with one row */
	int64		n_clusters;
	int64		n_strata;
	int64		n_lonely;		/* strata with one cluster */
	double		sum_w;
} MgWithinSums;

/* A summary as estimates read it. */
typedef struct MgWithinView
{
	const MgWithin *head;
	int			k;				/* length of x */
	MgWithinSums counts;
	const double *total;		/* sum of the persons' co-moments */
	const double *square;		/* sum of w times squared person means */
	const double *spread;		/* condensed: cross-products of clusters */
	const MgPerson **person;	/* open: by stratum, cluster, id */
} MgWithinView;

typedef struct MgWithinBig MgWithinBig;

static inline MgMoments *
mg_person_moments(const MgPerson *p)
{
	return (MgMoments *) ((char *) p + sizeof(MgPerson));
}

static inline Size
mg_record_size(int dim)
{
	return sizeof(MgPerson) + mg_moments_size(dim, 0);
}

static inline MgPerson *
mg_within_person(const MgWithin *s, int32 i)
{
	return (MgPerson *) ((char *) s + sizeof(MgWithin) +
						 i * mg_record_size(s->dim));
}

static inline MgWithinSums *
mg_within_sums(const MgWithin *s)
{
	return (MgWithinSums *) ((char *) s + sizeof(MgWithin));
}

/* total triangle[dim], squares[dim], spread triangle[q] */
static inline double *
mg_sums_number(const MgWithinSums *c)
{
	return (double *) (c + 1);
}

/* Numbers that the covariance of a cluster's sums is made of. */
static inline int
mg_spread_length(int k)
{
	return k * (k + 1) / 2 + k;
}

/* within.c */
extern uint64 mg_within_open_size(int dim, uint64 n_persons);
extern uint64 mg_within_condensed_size(int dim);
extern void mg_within_check_size(uint64 size);
extern MgWithin *mg_within_create(uint16 flags, int dim, int32 n_persons);
extern const char *mg_within_invalid(const MgWithin *s, Size size);
extern bool mg_within_is_small(const MgWithin *s);
extern MgMoments *mg_within_flat_find(MgWithin **s, const MgPerson *key);
extern MgWithin *mg_within_trim(const MgWithin *s);
extern void mg_person_check(const MgPerson *p, const MgPerson *key);

/* within_big.c */
extern MgWithinBig *mg_within_big_create(MemoryContext cxt,
										 const MgWithin *head);
extern MgWithin *mg_within_big_head(MgWithinBig *big);
extern MgMoments *mg_within_big_find(MgWithinBig *big, const MgPerson *key);
extern Size mg_within_big_flat_size(MgWithinBig *big);
extern void mg_within_big_flatten(MgWithinBig *big, MgWithin *out, Size size);

/* within_fit.c */
extern void mg_within_read(const MgWithin *s, MgWithinView *v);
extern void mg_within_meat(const MgWithinView *v, const MgLeastSquares *fit,
						   double *meat);
extern MgWithin *mg_within_condense(const MgWithin *s);

#endif							/* MG_WITHIN_H */

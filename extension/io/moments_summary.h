/*-------------------------------------------------------------------------
 *
 * moments_summary.h
 *		Moments summaries as Datums.
 *
 * Layout of a value: MgMomentsSummary, then an MgMoments (core/moments.h)
 * without buffer.  The state of an aggregate has the same layout, possibly
 * with a row buffer in its MgMoments.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_MOMENTS_SUMMARY_H
#define MG_MOMENTS_SUMMARY_H

#include "core/compat.h"
#include "core/moments.h"
#include "io/json.h"

#define MG_MOMENTS_FORMAT	1

typedef struct MgMomentsSummary
{
	int32		vl_len_;
	uint16		format;
	uint16		flags;			/* always 0 */
	int64		n_skipped;		/* rows with a NULL */
} MgMomentsSummary;

/*
 * The moments in a summary.  Their dim is 0, and nothing follows, where no
 * row has told the length of x yet.
 */
static inline MgMoments *
mg_summary_moments(const MgMomentsSummary *s)
{
	return (MgMoments *) ((char *) s + sizeof(MgMomentsSummary));
}

extern MgMomentsSummary *mg_moments_summary_alloc(int dim, int capacity);
extern MgMomentsSummary *mg_moments_summary_resize(MgMomentsSummary *s,
												   int capacity);
extern MgMomentsSummary *mg_moments_summary_open(Datum d);

extern void mg_moments_overflow(void);
extern void mg_put_doubles(StringInfo buf, const char *key, const double *x,
						   int64 n);
extern void mg_get_doubles(const MgJson *doc, const char *key, double *x,
						   int64 n);
extern int64 mg_get_int64(const MgJson *doc, const char *key, int64 low,
						  int64 high);

#endif							/* MG_MOMENTS_SUMMARY_H */

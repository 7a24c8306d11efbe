/*-------------------------------------------------------------------------
 *
 * within_summary.h
 *		Within summaries as Datums: flat values and expanded objects.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_WITHIN_SUMMARY_H
#define MG_WITHIN_SUMMARY_H

#include "core/within.h"

extern Datum mg_within_expand(MemoryContext parent, const MgWithin *head,
							  MgWithinBig **big);
extern MgWithinBig *mg_within_expanded(Datum d);
extern MgWithin *mg_within_flatten(Datum state);
extern const char *mg_within_problem(const MgWithin *s);
extern MgWithin *mg_within_open(Datum d);

#endif							/* MG_WITHIN_SUMMARY_H */

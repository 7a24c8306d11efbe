/*-------------------------------------------------------------------------
 *
 * within_state.h
 *		The state of an aggregate that keeps moments by person.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_WITHIN_STATE_H
#define MG_WITHIN_STATE_H

#include "fmgr.h"

#include "io/within_summary.h"

/* who builds within summaries, for messages */
#define MG_WITHIN_AGGREGATES \
	"mindgap.within_agg, mindgap.trend_break_agg or mindgap.rollup"

/* A state in either form; "flat" is NULL once "big" is not. */
typedef struct MgWithinState
{
	MemoryContext cxt;
	MgWithin   *flat;
	MgWithinBig *big;
	Datum		datum;			/* of the large form */
} MgWithinState;

extern bool mg_within_state_open(FunctionCallInfo fcinfo,
								 const char *aggregates, MgWithinState *st);
extern void mg_within_state_start(MgWithinState *st, uint16 flags, int dim);
extern Datum mg_within_state_datum(const MgWithinState *st);
extern MgWithin *mg_within_state_head(const MgWithinState *st);
extern void mg_within_state_set_dim(MgWithinState *st, int dim);
extern MgPerson *mg_within_state_find(MgWithinState *st, const MgPerson *key);
extern int32 mg_within_state_group(MgWithinState *st, int64 key,
								   const char *label, int32 len);

#endif							/* MG_WITHIN_STATE_H */

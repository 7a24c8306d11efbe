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
extern Datum mg_within_state_datum(const MgWithinState *st);
extern MgWithin *mg_within_state_head(const MgWithinState *st);
extern void mg_within_state_set_dim(MgWithinState *st, int dim);
extern MgMoments *mg_within_state_find(MgWithinState *st,
									   const MgPerson *key);

#endif							/* MG_WITHIN_STATE_H */

/*-------------------------------------------------------------------------
 *
 * expanded.h
 *		Survey summaries as Datums: flat values and expanded objects.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_EXPANDED_H
#define MG_EXPANDED_H

#include "core/cells.h"

extern Datum mg_expanded_create(MemoryContext parent, uint16 flags,
								MgBig **big);
extern MgBig *mg_expanded_get(Datum d);
extern void mg_survey_check_merged(MgSurvey *s);
extern MgSurvey *mg_survey_flatten(Datum state);
extern void mg_survey_open(Datum d, MgView *view);

#endif							/* MG_EXPANDED_H */

/*-------------------------------------------------------------------------
 *
 * survey_agg.h
 *		Merging into the state of a survey aggregate.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_SURVEY_AGG_H
#define MG_SURVEY_AGG_H

#include "core/cells.h"

extern Datum mg_survey_absorb(FunctionCallInfo fcinfo, const MgView *b);

#endif							/* MG_SURVEY_AGG_H */

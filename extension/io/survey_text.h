/*-------------------------------------------------------------------------
 *
 * survey_text.h
 *		Survey summaries inside other documents and messages.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_SURVEY_TEXT_H
#define MG_SURVEY_TEXT_H

#include "core/cells.h"
#include "io/json.h"

extern void mg_survey_put_json(StringInfo buf, const MgView *v);
extern MgSurvey *mg_survey_from_json(const MgJson *doc);
extern void mg_survey_put_binary(StringInfo buf, const MgView *v);
extern MgSurvey *mg_survey_from_binary(StringInfo buf);

#endif							/* MG_SURVEY_TEXT_H */

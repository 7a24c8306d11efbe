/*-------------------------------------------------------------------------
 *
 * vector_agg.h
 *		What the aggregates over vector summaries share, and what their
 *		readers share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_VECTOR_AGG_H
#define MG_VECTOR_AGG_H

#include "core/vector_variance.h"
#include "io/tidy.h"
#include "io/vectors_io.h"
#include "survey/survey_agg.h"

/* How far rounding may carry the identities that ranks obey. */
#define MG_RANK_TOLERANCE	1e-8

extern MgVectors *mg_vector_state(FunctionCallInfo fcinfo, MgVectorKind kind);
extern void mg_vector_note_range(MgVectors *s, double y);
extern void mg_check_ridit(double ridit);
extern bool mg_vector_comparable(const MgVecView *a, const MgVecView *b);
extern void mg_put_inference(MgTidy *tidy, int first, const MgInference *r,
							 bool test);

#endif							/* MG_VECTOR_AGG_H */

/*-------------------------------------------------------------------------
 *
 * prediction_summary.h
 *		Prediction summaries as Datums.
 *
 * Layout of a value:
 *
 *		MgPredictionSummary | MgIndicator[n_slots] | folds
 *
 * where a fold is an MgFold and an MgMoments (core/moments.h) of
 *
 *		outcome, x[0] .. x[p - 1], one column for each slot.
 *
 * A slot is the indicator of a column of x that has had a NULL: 1 where x is
 * missing, else 0.  There x itself holds the column's fill value, its first
 * value seen, so that a column far from 0 keeps its digits.  A state that
 * grows may have free slots (zero columns), slots in any order, and rows in
 * buffers; a value that is stored or opened has none of these: slots are in
 * the order of their columns.  Folds are always in the order of their
 * numbers, and each has rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PREDICTION_SUMMARY_H
#define MG_PREDICTION_SUMMARY_H

#include "core/compat.h"
#include "core/moments.h"
#include "io/rows.h"

#define MG_PREDICTION_FORMAT	1

/* How rows came into folds; without a flag there is one fold, number 0. */
#define MG_PREDICTION_PERSONS	0x0001	/* by a hash of the person */
#define MG_PREDICTION_GIVEN		0x0002	/* the caller said which */
#define MG_PREDICTION_KNOWN_FLAGS	0x0003

#define MG_PREDICTION_FOLDS		5	/* of persons */
#define MG_PREDICTION_MAX_FOLDS	1000	/* given by the caller */

typedef struct MgPredictionSummary
{
	int32		vl_len_;
	uint16		format;
	uint16		flags;
	int64		n_skipped;		/* rows with a NULL other than in x */
	int32		dim;			/* 1 + length of x; 0: not known yet */
	int32		n_indicators;	/* slots in use, which come first */
	int32		n_slots;
	int32		n_folds;
} MgPredictionSummary;

typedef struct MgIndicator
{
	int32		column;			/* of x, from 0; a free slot: -1 */
	int32		known;			/* 0: no value seen, all rows are missing */
	double		fill;			/* what x holds where it is missing */
	int64		n_missing;		/* rows, of any weight above 0 */
} MgIndicator;

typedef struct MgFold
{
	int32		number;
	uint32		size;			/* bytes, this header included */
} MgFold;

static inline MgIndicator *
mg_prediction_slot(const MgPredictionSummary *s, int i)
{
	return (MgIndicator *) ((char *) s + sizeof(MgPredictionSummary)) + i;
}

static inline MgFold *
mg_prediction_first_fold(const MgPredictionSummary *s)
{
	return (MgFold *) mg_prediction_slot(s, s->n_slots);
}

static inline MgFold *
mg_prediction_next_fold(const MgFold *f)
{
	return (MgFold *) ((char *) f + f->size);
}

static inline MgMoments *
mg_fold_moments(const MgFold *f)
{
	return (MgMoments *) ((char *) f + sizeof(MgFold));
}

/* prediction_summary.c */
extern MgPredictionSummary *mg_prediction_open(Datum d);
extern const char *mg_prediction_invalid(const MgPredictionSummary *s,
										 Size size);
extern int64 mg_prediction_rows(const MgPredictionSummary *s);
extern uint64 mg_prediction_size(int dim, int n_slots, int n_folds);
extern void mg_prediction_check_size(uint64 size);

/* prediction_state.c */
extern int	mg_prediction_fold_of(int64 person);
extern MgPredictionSummary *mg_prediction_create(uint16 flags);
extern MgMoments *mg_prediction_fold(MgPredictionSummary **state, int number);
extern void mg_prediction_add_slots(MgPredictionSummary **state,
									const int *column, int n);
extern void mg_prediction_learn(MgPredictionSummary *s, MgIndicator *slot,
								double value);
extern bool mg_prediction_add(MgPredictionSummary **state, int fold,
							  MgXRow *row);
extern void mg_prediction_merge(MgPredictionSummary **state,
								const MgPredictionSummary *other);
extern MgPredictionSummary *mg_prediction_trim(MgPredictionSummary *s);

#endif							/* MG_PREDICTION_SUMMARY_H */

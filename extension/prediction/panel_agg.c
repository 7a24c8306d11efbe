/*-------------------------------------------------------------------------
 *
 * panel_agg.c
 *		The aggregates that build panel summaries.
 *
 * The transition type is the SQL type itself, a flat value whose votes stand
 * in order of arrival until the aggregate is finished.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "io/panel_summary.h"

#define ARG_VOTER		1
#define ARG_CATEGORY	2
#define ARG_VALUE		3

static void
check_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function is a part of an aggregate and cannot be called by itself"),
				 errhint("Call mindgap.panel_agg, mindgap.panel_rank_agg or mindgap.rollup.")));
}

/* Argument 0, which this may change; NULL: there is no state yet. */
static MgPanel *
open_state(FunctionCallInfo fcinfo)
{
	struct varlena *state;

	check_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		return NULL;
	state = (struct varlena *) PG_GETARG_POINTER(0);
	if (!VARATT_IS_4B_U(state))
		state = (struct varlena *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	/* one that travelled in its text form came sorted */
	((MgPanel *) state)->flags |= MG_PANEL_UNSORTED;
	return (MgPanel *) state;
}

static Datum
accumulate(FunctionCallInfo fcinfo, uint16 kind, double value)
{
	MgPanel    *s = open_state(fcinfo);
	text	   *label;
	int32		category;

	if (s == NULL)
		s = mg_panel_alloc(kind | MG_PANEL_UNSORTED, 0, 0, 0);
	if (PG_ARGISNULL(ARG_VOTER) || PG_ARGISNULL(ARG_CATEGORY) ||
		PG_ARGISNULL(ARG_VALUE))
	{
		s->n_skipped++;
		PG_RETURN_POINTER(s);
	}
	label = PG_GETARG_TEXT_PP(ARG_CATEGORY);
	s = mg_panel_category(s, VARDATA_ANY(label),
						  (int32) VARSIZE_ANY_EXHDR(label), &category);
	s = mg_panel_make_room(s, 1);
	mg_panel_add(s, PG_GETARG_INT64(ARG_VOTER), category, value);
	PG_RETURN_POINTER(s);
}

/* (state, voter, category, rating) */
PG_FUNCTION_INFO_V1(mindgap_panel_accum);

Datum
mindgap_panel_accum(PG_FUNCTION_ARGS)
{
	double		rating = PG_ARGISNULL(ARG_VALUE) ? 0 :
		PG_GETARG_FLOAT8(ARG_VALUE);

	if (!(rating >= 0) || isinf(rating))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rating must be finite and not negative"),
				 errhint("Use NULL for no opinion; shift a scale that begins below 0.")));
	return accumulate(fcinfo, 0, rating);
}

/* (state, voter, category, rank) */
PG_FUNCTION_INFO_V1(mindgap_panel_rank_accum);

Datum
mindgap_panel_rank_accum(PG_FUNCTION_ARGS)
{
	int32		rank = PG_ARGISNULL(ARG_VALUE) ? 1 :
		PG_GETARG_INT32(ARG_VALUE);

	if (rank < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rank must be at least 1"),
				 errhint("1 is the most important; use NULL for a category that was not ranked.")));
	return accumulate(fcinfo, MG_PANEL_RANKS, rank);
}

/* The transition function of rollup and the combine function of all. */
PG_FUNCTION_INFO_V1(mindgap_panel_combine);

Datum
mindgap_panel_combine(PG_FUNCTION_ARGS)
{
	MgPanel    *s = open_state(fcinfo);
	MgPanel    *first;
	MgPanel    *b;
	const MgVote *vote;
	int32	   *place;
	int32		i;

	if (PG_ARGISNULL(1))
	{
		if (s == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(s);
	}
	b = mg_panel_open_any(PG_GETARG_DATUM(1));
	if (s == NULL)
		s = mg_panel_alloc(b->flags | MG_PANEL_UNSORTED, 0, 0, 0);
	if ((s->flags ^ b->flags) & MG_PANEL_RANKS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("panel summaries cannot be combined"),
				 errdetail("One holds ratings, the other ranks."),
				 errhint("Read each by itself.")));
	s->n_skipped += b->n_skipped;
	place = palloc((b->n_categories + 1) * sizeof(int32));
	/* in order, so that no later insertion moves an earlier category */
	first = s;
	for (i = 0; i < b->n_categories; i++)
	{
		MgPanel    *before = s;

		s = mg_panel_category(s, mg_panel_label(b, i),
							  mg_panel_categories(b)[i].len, &place[i]);
		if (before != s && before != first)
			pfree(before);
	}
	s = mg_panel_make_room(s, b->n_votes);
	vote = mg_panel_votes(b);
	for (i = 0; i < b->n_votes; i++)
		mg_panel_add(s, vote[i].voter, place[vote[i].category],
					 vote[i].value);
	PG_RETURN_POINTER(s);
}

/* A sorted copy; the state itself may grow on. */
PG_FUNCTION_INFO_V1(mindgap_panel_final);

Datum
mindgap_panel_final(PG_FUNCTION_ARGS)
{
	check_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(mg_panel_finish((MgPanel *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0))));
}

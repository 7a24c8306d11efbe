/*-------------------------------------------------------------------------
 *
 * moments_agg.c
 *		The aggregates that build moments summaries.
 *
 * The transition type is the SQL type itself, changed in place.  A group of
 * few rows stays small; a large one gets a row buffer, grown by doubling,
 * from which rows are folded in by blocks.  A state that leaves the
 * aggregate may have rows in its buffer: whoever opens it folds them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "io/moments_summary.h"
#include "io/rows.h"

#define AGGREGATES	"mindgap.moments_agg or mindgap.rollup"

/* The state, which may be changed, or NULL. */
static MgMomentsSummary *
state_of(FunctionCallInfo fcinfo)
{
	struct varlena *state;

	if (PG_ARGISNULL(0))
		return NULL;
	state = (struct varlena *) PG_GETARG_POINTER(0);
	if (!VARATT_IS_4B_U(state))
		state = (struct varlena *) PG_DETOAST_DATUM_COPY(PointerGetDatum(state));
	return (MgMomentsSummary *) state;
}

/* (state, outcome, x [, weight]) */
PG_FUNCTION_INFO_V1(mindgap_moments_accum);

Datum
mindgap_moments_accum(PG_FUNCTION_ARGS)
{
	MgMomentsSummary *s;
	MgMoments  *m;
	MgXRow		row;
	int			capacity;

	(void) mg_aggregate_context(fcinfo, AGGREGATES);
	s = state_of(fcinfo);
	mg_read_x_row(fcinfo, 1, &row);
	if (s == NULL)
		s = mg_moments_summary_alloc(row.dim, 0);
	m = mg_summary_moments(s);
	if (row.dim != m->dim && row.dim > 0)
	{
		int64		n_skipped = s->n_skipped;

		if (m->dim > 0)
			mg_refuse_length(m->dim, row.dim);
		s = mg_moments_summary_alloc(row.dim, 0);
		s->n_skipped = n_skipped;
		m = mg_summary_moments(s);
	}
	if (!row.complete)
	{
		s->n_skipped++;
		PG_RETURN_POINTER(s);
	}
	capacity = mg_moments_capacity_wanted(m);
	if (capacity > m->capacity)
	{
		s = mg_moments_summary_resize(s, capacity);
		m = mg_summary_moments(s);
	}
	if (!mg_moments_add(m, row.outcome, row.x, row.weight))
		mg_refuse_row(&row);
	PG_RETURN_POINTER(s);
}

/* The transition function of rollup and the combine function of all. */
PG_FUNCTION_INFO_V1(mindgap_moments_combine);

Datum
mindgap_moments_combine(PG_FUNCTION_ARGS)
{
	MgMomentsSummary *s;
	MgMomentsSummary *b;
	MgMoments  *m;
	MgMoments  *other;

	(void) mg_aggregate_context(fcinfo, AGGREGATES);
	s = state_of(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (s == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(s);
	}
	b = mg_moments_summary_open(PG_GETARG_DATUM(1));
	if (s == NULL)
		PG_RETURN_POINTER(mg_moments_summary_resize(b, 0));
	m = mg_summary_moments(s);
	other = mg_summary_moments(b);
	if (m->dim == 0 && other->dim > 0)
	{
		int64		n_skipped = s->n_skipped;

		s = mg_moments_summary_resize(b, 0);
		s->n_skipped += n_skipped;
		PG_RETURN_POINTER(s);
	}
	if (other->dim > 0)
	{
		if (m->dim != other->dim)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("moments summaries cannot be combined"),
					 errdetail("In one x has %d elements, in the other %d.",
							   m->dim - 1, other->dim - 1),
					 errhint("Combine summaries of the same variables only.")));
		mg_moments_merge(m, other);
	}
	s->n_skipped += b->n_skipped;
	PG_RETURN_POINTER(s);
}

/* The state as a value to store; the state itself may grow on. */
PG_FUNCTION_INFO_V1(mindgap_moments_final);

Datum
mindgap_moments_final(PG_FUNCTION_ARGS)
{
	MgMomentsSummary *s;

	(void) mg_aggregate_context(fcinfo, AGGREGATES);
	s = state_of(fcinfo);
	if (s == NULL)
		PG_RETURN_NULL();
	s = mg_moments_summary_resize(s, 0);
	if (!mg_moments_finite(mg_summary_moments(s)))
		mg_moments_overflow();
	PG_RETURN_POINTER(s);
}

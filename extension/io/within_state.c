/*-------------------------------------------------------------------------
 *
 * within_state.c
 *		The state of an aggregate that keeps moments by person: a flat value
 *		that is changed in place while it holds few persons, then an expanded
 *		object.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "io/rows.h"
#include "io/within_state.h"

/*
 * Opens argument 0 of a function of these aggregates; false: there is no
 * state yet.
 */
bool
mg_within_state_open(FunctionCallInfo fcinfo, const char *aggregates,
					 MgWithinState *st)
{
	struct varlena *state;

	memset(st, 0, sizeof(MgWithinState));
	st->cxt = mg_aggregate_context(fcinfo, aggregates);
	if (PG_ARGISNULL(0))
		return false;
	st->datum = PG_GETARG_DATUM(0);
	st->big = mg_within_expanded(st->datum);
	if (st->big != NULL)
		return true;
	state = (struct varlena *) DatumGetPointer(st->datum);
	if (!VARATT_IS_4B_U(state))
		state = (struct varlena *) PG_DETOAST_DATUM_COPY(st->datum);
	st->flat = (MgWithin *) state;
	return true;
}

/* A new state; dim is 0 where it is not known. */
void
mg_within_state_start(MgWithinState *st, uint16 flags, int dim)
{
	MgWithin	head = {0};

	head.flags = flags;
	head.dim = dim;
	st->flat = mg_within_create(&head, 0);
}

Datum
mg_within_state_datum(const MgWithinState *st)
{
	return st->big != NULL ? st->datum : PointerGetDatum(st->flat);
}

MgWithin *
mg_within_state_head(const MgWithinState *st)
{
	return st->big != NULL ? mg_within_big_head(st->big) : st->flat;
}

/* Takes the length of x from the first row that has one. */
void
mg_within_state_set_dim(MgWithinState *st, int dim)
{
	MgWithin   *head = mg_within_state_head(st);

	if (head->dim == 0)
		head->dim = dim;
	else if (head->dim != dim)
	{
		int			before = (head->flags & MG_WITHIN_TREND) ?
			MG_TREND_DIM - 1 : 0;

		mg_refuse_length(head->dim - before, dim - before);
	}
}

static void
become_big(MgWithinState *st)
{
	int32		i;

	st->datum = mg_within_expand(st->cxt, st->flat, &st->big);
	for (i = 0; i < st->flat->n_persons; i++)
	{
		const MgPerson *from = mg_within_person(st->flat, i);
		MgPerson   *p = mg_within_big_find(st->big, from);

		mg_moments_merge(mg_person_moments(p), mg_person_moments(from));
		if (st->flat->flags & MG_WITHIN_TREND)
			*mg_person_trend(p) = *mg_person_trend(from);
	}
	st->flat = NULL;
}

/* A person, without a row where it is new. */
MgPerson *
mg_within_state_find(MgWithinState *st, const MgPerson *key)
{
	if (st->big == NULL && !mg_within_is_small(st->flat))
		become_big(st);
	return st->big != NULL ? mg_within_big_find(st->big, key) :
		mg_within_flat_find(&st->flat, key);
}

/* The place of a subgroup; label is NULL where subgroups are integers. */
int32
mg_within_state_group(MgWithinState *st, int64 key, const char *label,
					  int32 len)
{
	return st->big != NULL ? mg_within_big_group(st->big, key, label, len) :
		mg_within_flat_group(&st->flat, key, label, len);
}

/*-------------------------------------------------------------------------
 *
 * within_state.c
 *		The transition state of aggregates that build within summaries, and
 *		what merges and ends it.
 *
 * The transition type is the SQL type itself: a flat value that is changed
 * in place while it holds few persons, then an expanded object.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "change/rows.h"
#include "change/within_state.h"
#include "io/moments_summary.h"

#define AGGREGATES	"mindgap.within_agg, mindgap.trend_break_agg or mindgap.rollup"

/* Opens argument 0; false: there is no state yet. */
bool
mg_within_state_open(FunctionCallInfo fcinfo, MgWithinState *st)
{
	struct varlena *state;

	memset(st, 0, sizeof(MgWithinState));
	st->cxt = mg_aggregate_context(fcinfo, AGGREGATES);
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

static void
check_same_kind(const MgWithin *a, const MgWithin *b)
{
	static const struct
	{
		uint16		flag;
		const char *detail;
	}			kinds[] = {
		{MG_WITHIN_TREND, "One is for a trend break, the other is not."},
		{MG_WITHIN_GROUPS, "One has subgroups, the other has none."},
		{MG_WITHIN_LABELS, "The subgroups of one are text, those of the other integers."},
		{MG_WITHIN_CLUSTERS, "One has clusters, the other has none."},
		{MG_WITHIN_STRATA, "One has strata, the other has none."},
		{MG_WITHIN_UNNAMED, "One was made from rows, the other from moments summaries."}
	};
	int			i;

	for (i = 0; i < (int) lengthof(kinds); i++)
	{
		if ((a->flags ^ b->flags) & kinds[i].flag)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("within summaries cannot be combined"),
					 errdetail("%s", kinds[i].detail),
					 errhint("Make them with the same arguments.")));
	}
	if (a->dim > 0 && b->dim > 0 && a->dim != b->dim)
	{
		int			before = (a->flags & MG_WITHIN_TREND) ? MG_TREND_DIM : 1;

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("within summaries cannot be combined"),
				 errdetail("In one x has %d elements, in the other %d.",
						   a->dim - before, b->dim - before),
				 errhint("Combine summaries of the same variables only.")));
	}
}

/* Where each subgroup of b is in the state. */
static int32 *
map_groups(MgWithinState *st, const MgWithin *b)
{
	int32	   *map = palloc((b->n_groups + 1) * sizeof(int32));
	int32		g;

	for (g = 0; g < b->n_groups; g++)
	{
		const MgWithinGroup *group = mg_within_groups(b) + g;

		map[g] = mg_within_state_group(st, group->key,
									   (b->flags & MG_WITHIN_LABELS) ?
									   mg_within_labels(b) + group->key : NULL,
									   group->label_len);
	}
	return map;
}

/* The transition function of rollup and the combine function of all. */
PG_FUNCTION_INFO_V1(mindgap_within_combine);

Datum
mindgap_within_combine(PG_FUNCTION_ARGS)
{
	MgWithinState st;
	MgWithin   *b;
	int32	   *map;
	int32		i;

	if (!mg_within_state_open(fcinfo, &st) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(mg_within_state_datum(&st));
	b = mg_within_open(PG_GETARG_DATUM(1));
	if (b->flags & MG_WITHIN_CONDENSED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a condensed within summary cannot be combined"),
				 errdetail("It no longer tells persons apart, and a person may be in both."),
				 errhint("Roll up the summaries as they were made, then condense.")));
	if (mg_within_state_head(&st) == NULL)
		mg_within_state_start(&st, b->flags, b->dim);
	check_same_kind(mg_within_state_head(&st), b);
	if (b->dim > 0)
		mg_within_state_set_dim(&st, b->dim);
	mg_within_state_head(&st)->n_skipped += b->n_skipped;
	map = map_groups(&st, b);
	for (i = 0; i < b->n_persons; i++)
	{
		const MgPerson *from = mg_within_person(b, i);
		MgPerson   *p;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		p = mg_within_state_find(&st, from);
		mg_moments_merge(mg_person_moments(p), mg_person_moments(from));
		if (b->flags & MG_WITHIN_TREND)
		{
			MgTrend		more = *mg_person_trend(from);

			if (more.group >= 0)
				more.group = map[more.group];
			mg_trend_add(mg_person_trend(p), &more);
		}
	}
	pfree(map);
	PG_RETURN_DATUM(mg_within_state_datum(&st));
}

/* The state as a flat value without slack; the state itself may grow on. */
PG_FUNCTION_INFO_V1(mindgap_within_final);

Datum
mindgap_within_final(PG_FUNCTION_ARGS)
{
	(void) mg_aggregate_context(fcinfo, AGGREGATES);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(mg_within_flatten(PG_GETARG_DATUM(0)));
}

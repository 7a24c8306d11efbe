/*-------------------------------------------------------------------------
 *
 * within_combine.c
 *		What merges and ends the states of aggregates that build within
 *		summaries.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "io/rows.h"
#include "io/within_state.h"

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

	if (!mg_within_state_open(fcinfo, MG_WITHIN_AGGREGATES, &st) && PG_ARGISNULL(1))
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
			MgPersonTrend more = *mg_person_trend(from);

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
	(void) mg_aggregate_context(fcinfo, MG_WITHIN_AGGREGATES);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(mg_within_flatten(PG_GETARG_DATUM(0)));
}

/*-------------------------------------------------------------------------
 *
 * within_groups.c
 *		Subgroups of a trend break: the list of them, and what is known of a
 *		person besides the moments.
 *
 * A model has columns for each subgroup, so there are few.  While an
 * aggregate runs they are in the order in which they came.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/within.h"

/* Where a subgroup is, or -1; by label unless that is NULL. */
int32
mg_within_find_group(const MgWithinGroup *groups, int32 n, const char *labels,
					 int64 key, const char *label, int32 len)
{
	int32		g;

	for (g = 0; g < n; g++)
	{
		if (label == NULL ? groups[g].key == key :
			groups[g].label_len == len &&
			memcmp(labels + groups[g].key, label, len) == 0)
			return g;
	}
	return -1;
}

void
mg_within_too_many_groups(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("there are more than %d subgroups", MG_WITHIN_MAX_GROUPS),
			 errhint("Use fewer subgroups, or make a summary for each with GROUP BY.")));
}

/* The place of a subgroup in a small flat state, made where it is new. */
int32
mg_within_flat_group(MgWithin **state, int64 key, const char *label, int32 len)
{
	MgWithin   *s = *state;
	MgWithin	head;
	MgWithinGroup *group;
	int32		g = mg_within_find_group(mg_within_groups(s), s->n_groups,
										 mg_within_labels(s), key, label, len);

	if (g >= 0)
		return g;
	if (s->n_groups == MG_WITHIN_MAX_GROUPS)
		mg_within_too_many_groups();
	head = *s;
	head.n_groups++;
	mg_within_check_size((uint64) head.label_bytes + len);
	if (label != NULL)
		head.label_bytes += len;
	*state = mg_within_grow(s, &head, s->n_persons);
	group = mg_within_groups(*state) + s->n_groups;
	group->key = key;
	if (label != NULL)
	{
		group->key = s->label_bytes;
		group->label_len = len;
		memcpy(mg_within_labels(*state) + s->label_bytes, label, len);
	}
	return s->n_groups;
}

/* What is wrong with the list, or NULL. */
const char *
mg_within_groups_invalid(const MgWithin *s)
{
	const MgWithinGroup *groups = mg_within_groups(s);
	int64		at = 0;
	int32		g;

	if (s->n_groups > 0 && !(s->flags & MG_WITHIN_GROUPS))
		return "it has subgroups that its flags deny";
	if (s->n_groups == 0 && (s->flags & MG_WITHIN_GROUPS) &&
		(s->flags & MG_WITHIN_CONDENSED))
		return "it has no subgroup";
	for (g = 0; g < s->n_groups; g++)
	{
		bool		labelled = (s->flags & MG_WITHIN_LABELS) != 0;

		if (labelled ? groups[g].key != at || groups[g].label_len < 0 ||
			groups[g].label_len > s->label_bytes - at :
			groups[g].label_len != 0)
			return "a subgroup's label is not there";
		if (mg_within_find_group(groups, g, mg_within_labels(s), groups[g].key,
								 labelled ? mg_within_labels(s) + at :
								 NULL,
								 groups[g].label_len) >= 0)
			return "a subgroup is there twice";
		at += groups[g].label_len;
	}
	return at == s->label_bytes ? NULL : "a subgroup's label is not there";
}

static int
compare_groups(const MgWithin *s, int32 a, int32 b)
{
	const MgWithinGroup *x = mg_within_groups(s) + a;
	const MgWithinGroup *y = mg_within_groups(s) + b;
	int			c;

	if (!(s->flags & MG_WITHIN_LABELS))
		return x->key < y->key ? -1 : x->key > y->key;
	c = memcmp(mg_within_labels(s) + x->key, mg_within_labels(s) + y->key,
			   Min(x->label_len, y->label_len));
	return c != 0 ? c : x->label_len - y->label_len;
}

/*
 * The subgroups in order: integers by value, labels bytewise.  A value that
 * came from a database of another encoding may have them in another one.
 */
int32 *
mg_within_group_order(const MgWithin *s)
{
	int32	   *order = palloc((s->n_groups + 1) * sizeof(int32));
	int32		i;
	int32		j;

	for (i = 0; i < s->n_groups; i++)
	{
		for (j = i; j > 0 && compare_groups(s, order[j - 1], i) > 0; j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
	return order;
}

/* Puts the subgroups of an open summary in order. */
void
mg_within_sort_groups(MgWithin *s)
{
	int32	   *order = mg_within_group_order(s);
	int32	   *rank = palloc((s->n_groups + 1) * sizeof(int32));
	MgWithin   *old;
	int64		at = 0;
	int32		i;

	if (s->n_groups < 2)
		return;
	old = (MgWithin *) palloc(mg_within_open_size(s, 0));
	memcpy(old, s, mg_within_open_size(s, 0));
	for (i = 0; i < s->n_groups; i++)
	{
		MgWithinGroup *group = mg_within_groups(s) + i;

		rank[order[i]] = i;
		*group = mg_within_groups(old)[order[i]];
		if (s->flags & MG_WITHIN_LABELS)
		{
			memcpy(mg_within_labels(s) + at, mg_within_labels(old) + group->key,
				   group->label_len);
			group->key = at;
			at += group->label_len;
		}
	}
	for (i = 0; i < s->n_persons; i++)
	{
		MgPersonTrend *t = mg_person_trend(mg_within_person(s, i));

		if (t->group >= 0)
			t->group = rank[t->group];
	}
	pfree(old);
	pfree(rank);
	pfree(order);
}

/* Adds what other rows of the same person tell. */
void
mg_trend_add(MgPersonTrend *t, const MgPersonTrend *more)
{
	if (more->group >= 0)
	{
		if (t->group >= 0 && t->group != more->group)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("subgroup must be the same on all rows of a person"),
					 errdetail("A person who changes the subgroup would be in two trends."),
					 errhint("Give the subgroup that the person was in before the event.")));
		t->group = more->group;
	}
	if (more->n_earlier == 0)
		return;
	if (t->n_earlier == 0)
	{
		t->earlier = more->earlier;
		t->n_earlier = more->n_earlier;
		return;
	}
	if (more->n_earlier > 1 || more->earlier != t->earlier)
		t->n_earlier = 2;
	t->earlier = Min(t->earlier, more->earlier);
}

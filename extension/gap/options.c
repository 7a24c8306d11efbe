/*-------------------------------------------------------------------------
 *
 * options.c
 *		Options of the gap functions, resolved against one or two summaries.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "gap/gap.h"
#include "io/expanded.h"

/* The measure of this name; an error that lists them otherwise. */
const MgMeasure *
mg_arg_measure(FunctionCallInfo fcinfo, int arg)
{
	const MgMeasure *m;
	char	   *name;
	StringInfoData list;
	int			i;

	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("measure must not be NULL"),
				 errhint("mindgap.gap_measures() lists the measures.")));
	name = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	m = mg_measure_find(name);
	if (m != NULL)
		return m;
	initStringInfo(&list);
	for (i = 0; i < mg_n_measures; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", mg_measures[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown measure \"%.64s\"", name),
			 errhint("It is one of: %s.", list.data)));
	return NULL;
}

/* The order of subgroups: as given, which must name each once, or their own. */
static void
read_order(MgGapCall *call, FunctionCallInfo fcinfo, int arg)
{
	MgLabel    *labels;
	bool	   *seen;
	int			n;
	int			i;

	call->order = palloc((call->u.n + 1) * sizeof(int));
	for (i = 0; i < call->u.n; i++)
		call->order[i] = i;
	if (PG_ARGISNULL(arg))
		return;
	labels = mg_arg_labels(fcinfo, arg, "subgroup_order", &n);
	seen = palloc0((call->u.n + 1) * sizeof(bool));
	for (i = 0; i < n; i++)
	{
		int			g = mg_union_require(&call->u, labels[i]);

		if (seen[g])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("subgroup_order names a subgroup twice"),
					 errhint("Name each subgroup once, worst-off first.")));
		seen[g] = true;
		call->order[i] = g;
	}
	if (n != call->u.n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("subgroup_order does not name every subgroup"),
				 errdetail("It names %d of %d subgroups.", n, call->u.n),
				 errhint("Name each subgroup once, worst-off first.")));
}

/* The subgroup with the largest (or smallest) mean in the first summary. */
static int
extreme(const MgGapCall *call, bool largest)
{
	const MgTotals *t = &call->totals[0];
	int			found = -1;
	double		best = 0;
	int			i;

	for (i = 0; i < call->u.n; i++)
	{
		int32		g = call->u.index[0][i];

		if (g < 0 || t->n[g] == 0)
			continue;
		if (found < 0 || (largest ? t->dev[g] > best : t->dev[g] < best))
		{
			found = i;
			best = t->dev[g];
		}
	}
	return found;
}

/* A named subgroup; 'max' and 'min' pick one unless a subgroup is so named. */
static int
named(MgGapCall *call, MgLabel label)
{
	bool		max = label.len == 3 && memcmp(label.s, "max", 3) == 0;
	bool		min = label.len == 3 && memcmp(label.s, "min", 3) == 0;
	int			found;

	if ((max || min) && mg_union_find(&call->u, label) < 0)
	{
		found = extreme(call, max);
		if (found < 0)
			mg_status_add(call->status, "no_data");
		else
			mg_status_add(call->status, "chosen_by_estimate");
		return found;
	}
	return mg_union_require(&call->u, label);
}

static void
read_pair(MgGapCall *call, FunctionCallInfo fcinfo, int compare, int reference)
{
	MgLabel		label;
	bool		has_compare;
	bool		has_reference;

	call->compare = call->reference = -1;
	has_compare = mg_arg_label(fcinfo, compare, &label);
	if (has_compare)
		call->compare = named(call, label);
	has_reference = mg_arg_label(fcinfo, reference, &label);
	if (has_reference)
		call->reference = named(call, label);
	if (has_compare && has_reference)
	{
		if (call->compare == call->reference && call->compare >= 0)
			mg_status_add(call->status, "same_subgroup");
		return;
	}
	if (call->u.n < 2)
	{
		mg_status_add(call->status, "fewer_than_two_subgroups");
		return;
	}
	if (call->u.n > 2)
		return;					/* an error only where a pair is needed */
	if (!has_compare && !has_reference)
	{
		call->reference = call->order[0];
		call->compare = call->order[1];
	}
	else if (has_compare)
		call->reference = 1 - call->compare;
	else
		call->compare = 1 - call->reference;
}

static double
read_bound(FunctionCallInfo fcinfo, int arg, const char *name)
{
	double		x;

	if (PG_ARGISNULL(arg))
		return NAN;
	x = PG_GETARG_FLOAT8(arg);
	if (!isfinite(x))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite", name)));
	return x;
}

/*
 * Reads the summaries (arguments 0 .. n_views - 1) and the options from
 * argument "first" on: compare, reference, subgroup_order, adverse, lower,
 * upper, se_method, level, lonely_psu.
 */
void
mg_gap_open(MgGapCall *call, FunctionCallInfo fcinfo, int n_views, int first)
{
	static const MgChoice methods[] = {
		{"full", 0},
		{"conventional", 1}
	};
	int			v;

	memset(call, 0, sizeof(MgGapCall));
	strcpy(call->status, "ok");
	call->n_views = n_views;
	if (PG_ARGISNULL(first + 3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("adverse must not be NULL"),
				 errhint("true: a higher outcome is worse, as for distress.")));
	call->adverse = PG_GETARG_BOOL(first + 3);
	call->lower = read_bound(fcinfo, first + 4, "lower");
	call->upper = read_bound(fcinfo, first + 5, "upper");
	if (call->lower >= call->upper)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lower must be below upper"),
				 errhint("They are the bounds of the outcome's scale, such as 0 and 36.")));
	call->conventional = mg_arg_choice(fcinfo, first + 6, "se_method", methods,
									   lengthof(methods)) == 1;
	call->level = mg_arg_level(fcinfo, first + 7);
	call->lonely = mg_arg_lonely(fcinfo, first + 8);

	for (v = 0; v < n_views; v++)
	{
		mg_survey_open(PG_GETARG_DATUM(v), &call->view[v]);
		call->views[v] = &call->view[v];
		mg_totals(&call->view[v], &call->totals[v]);
	}
	if (n_views == 2)
		mg_check_same_kind(call->view[0].head->flags, call->view[1].head->flags);
	mg_union(call->views, n_views, &call->u);
	read_order(call, fcinfo, first + 2);
	read_pair(call, fcinfo, first, first + 1);
}

void
mg_gap_input(const MgGapCall *call, int view, MgGapInput *in)
{
	in->t = &call->totals[view];
	in->compare = call->compare >= 0 ? call->u.index[view][call->compare] : -1;
	in->reference = call->reference >= 0 ?
		call->u.index[view][call->reference] : -1;
}

/* The measure in one summary, or the reason why there is none. */
const char *
mg_gap_value(const MgMeasure *m, const MgGapCall *call, int view, double *value)
{
	MgGapInput	in;

	*value = NAN;
	mg_gap_input(call, view, &in);
	if (m->needs & MG_NEEDS_PAIR)
	{
		if (call->compare < 0 || call->reference < 0)
		{
			if (strcmp(call->status, "ok") == 0 ||
				strcmp(call->status, "chosen_by_estimate") == 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("measure %s needs to know which two subgroups to compare",
								m->name),
						 errdetail("The summary has %d subgroups.", call->u.n),
						 errhint("Name them: compare => ..., reference => ....")));
			return call->status;
		}
		if (in.compare < 0 || in.reference < 0)
			return call->n_views == 1 ? "no_data" :
				view == 0 ? "not_in_before_wave" : "not_in_after_wave";
		if (in.t->n[in.compare] == 0 || in.t->n[in.reference] == 0)
			return "no_data";
	}
	return m->value(&in, value);
}

/* Counted rows of the subgroups that are compared. */
int64
mg_gap_rows(const MgGapCall *call, int view, int64 *smallest)
{
	MgGapInput	in;
	int64		a;
	int64		b;

	mg_gap_input(call, view, &in);
	a = in.compare >= 0 ? in.t->n[in.compare] : 0;
	b = in.reference >= 0 ? in.t->n[in.reference] : 0;
	*smallest = Min(a, b);
	return in.compare == in.reference ? a : a + b;
}

/* The two names, into two columns. */
void
mg_gap_put_pair(MgTidy *tidy, const MgGapCall *call, int column)
{
	MgLabel		label;

	if (call->compare >= 0)
	{
		label = mg_union_label(&call->u, call->compare);
		mg_tidy_text_len(tidy, column, label.s, label.len);
	}
	if (call->reference >= 0)
	{
		label = mg_union_label(&call->u, call->reference);
		mg_tidy_text_len(tidy, column + 1, label.s, label.len);
	}
}

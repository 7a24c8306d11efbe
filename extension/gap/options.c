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
#include "io/json.h"

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
			 errmsg("unknown measure \"%s\"",
					mg_clip(name, strlen(name))),
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
	call->ordered = (call->views[0]->head->flags & MG_INT_GROUPS) != 0;
	if (PG_ARGISNULL(arg))
		return;
	call->ordered = true;
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

		if (g < 0 || t->w[g] == 0)
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
named(MgGapCall *call, MgLabel label, bool *chosen)
{
	bool		max = label.len == 3 && memcmp(label.s, "max", 3) == 0;
	bool		min = label.len == 3 && memcmp(label.s, "min", 3) == 0;
	int			found;

	if ((max || min) && mg_union_find(&call->u, label) < 0)
	{
		found = extreme(call, max);
		if (found < 0)
			mg_status_add(call->status, "no_data");
		*chosen = found >= 0;
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
		call->compare = named(call, label, &call->compare_chosen);
	has_reference = mg_arg_label(fcinfo, reference, &label);
	call->reference_named = has_reference;
	if (has_reference)
		call->reference = named(call, label, &call->reference_chosen);
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
	else if (has_compare && call->compare >= 0)
		call->reference = 1 - call->compare;
	else if (has_reference && call->reference >= 0)
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
 * Reads the options from argument "first" on: compare, reference,
 * subgroup_order, adverse, lower, upper, se_method, level, lonely_psu.  The
 * summaries must be of one kind.
 */
void
mg_gap_open(MgGapCall *call, FunctionCallInfo fcinfo, const MgView **views,
			int n_views, int first)
{
	static const MgChoice methods[] = {
		{"full", 0},
		{"conventional", 1}
	};
	bool		binary = true;
	int			v;

	memset(call, 0, sizeof(MgGapCall));
	strcpy(call->status, "ok");
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

	call->n_views = n_views;
	call->views = views;
	call->totals = palloc(n_views * sizeof(MgTotals));
	for (v = 0; v < n_views; v++)
	{
		mg_totals(views[v], &call->totals[v]);
		mg_check_same_kind(views[0]->head->flags, views[v]->head->flags);
		binary = binary && (views[v]->head->flags & MG_HAS_SHIFT) != 0 &&
			(views[v]->head->flags & MG_NOT_BINARY) == 0;
	}
	/* Yes or no has its bounds by itself. */
	if (binary && isnan(call->lower))
		call->lower = 0;
	if (binary && isnan(call->upper))
		call->upper = 1;
	mg_union(call->views, n_views, &call->u);
	read_order(call, fcinfo, first + 2);
	read_pair(call, fcinfo, first, first + 1);
}

/* One summary as the measures see it: subgroups with data, in order. */
void
mg_gap_input(const MgGapCall *call, int view, MgGapInput *in)
{
	const MgTotals *t = &call->totals[view];
	int32	   *group = palloc((call->u.n + 1) * sizeof(int32));
	double	   *p = palloc((call->u.n + 1) * sizeof(double));
	double	   *y = palloc((call->u.n + 1) * sizeof(double));
	double	   *dev = palloc((call->u.n + 1) * sizeof(double));
	int			i;

	in->n = 0;
	in->compare = in->reference = -1;
	for (i = 0; i < call->u.n; i++)
	{
		int32		g = call->u.index[view][call->order[i]];

		if (g < 0 || t->w[g] == 0)
			continue;
		group[in->n] = g;
		p[in->n] = t->w[g] / t->all_w;
		y[in->n] = t->shift + t->dev[g];
		dev[in->n] = t->dev[g];
		if (call->order[i] == call->compare)
			in->compare = in->n;
		if (call->order[i] == call->reference)
			in->reference = in->n;
		in->n++;
	}
	in->group = group;
	in->p = p;
	in->y = y;
	in->dev = dev;
	in->mu = t->shift + t->all_dev;
	in->mu_dev = t->all_dev;
	in->reference_named = call->reference_named;
	in->ordered = call->ordered;
	in->adverse = call->adverse;
	in->lower = call->lower;
	in->upper = call->upper;
	in->conventional = call->conventional;
}

/* Do the arguments of the call allow the measure? */
bool
mg_gap_allowed(const MgMeasure *m, const MgGapCall *call)
{
	if ((m->needs & MG_NEEDS_PAIR) &&
		(call->compare < 0 || call->reference < 0) && call->u.n > 2)
		return false;
	if ((m->needs & MG_NEEDS_REFERENCE) && call->reference < 0 && call->u.n > 2)
		return false;
	if ((m->needs & MG_NEEDS_ORDER) && !call->ordered)
		return false;
	if ((m->needs & MG_NEEDS_LOWER) && isnan(call->lower))
		return false;
	return !((m->needs & MG_NEEDS_UPPER) && isnan(call->upper));
}

/* Does the measure take the reference that the call names, if it does? */
static bool
takes_reference(const MgMeasure *m, const MgGapCall *call)
{
	return (m->traits & MG_NOT_NEGATIVE_UNORDERED) && call->reference_named;
}

/* The measure in one summary, or the reason why there is none. */
const char *
mg_gap_value(const MgMeasure *m, const MgGapCall *call, int view, double *value)
{
	bool		pair = (m->needs & MG_NEEDS_PAIR) != 0;
	bool		reference = pair || (m->needs & MG_NEEDS_REFERENCE) != 0 ||
		takes_reference(m, call);
	MgGapInput	in;
	double		x = NAN;
	const char *problem;

	*value = NAN;
	if ((pair && call->compare < 0) || (reference && call->reference < 0))
	{
		if (call->u.n > 2 && !call->reference_named && strstr(call->status, "no_data") == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 pair ? errmsg("measure %s needs to know which two subgroups to compare",
								   m->name) :
					 errmsg("measure %s needs a reference subgroup", m->name),
					 errdetail("There are %d subgroups.", call->u.n),
					 pair ? errhint("Name them: compare => ..., reference => ....") :
					 errhint("Name it: reference => ....")));
		return call->u.n < 2 ? "fewer_than_two_subgroups" : "no_data";
	}
	mg_gap_input(call, view, &in);
	if ((pair && call->u.index[view][call->compare] < 0) ||
		(reference && call->u.index[view][call->reference] < 0))
		return !call->before_after ? "subgroup_not_in_wave" :
			view == 0 ? "not_in_before_wave" : "not_in_after_wave";
	if (in.n == 0 || (pair && in.compare < 0) || (reference && in.reference < 0))
		return "no_data";
	if (in.n < 2)
		return "fewer_than_two_subgroups";
	if ((m->needs & MG_NEEDS_ORDER) && !in.ordered)
		return "needs_subgroup_order";
	if (((m->needs & MG_NEEDS_LOWER) && isnan(in.lower)) ||
		((m->needs & MG_NEEDS_UPPER) && isnan(in.upper)))
		return "needs_bounds";
	problem = m->value(&in, &x);
	if (problem != NULL)
		return problem;
	if (!isfinite(x))
		return "not_finite";
	*value = x;
	return NULL;
}

/*
 * Adds "factor" times the measure's derivatives in one summary to a column
 * of dense derivatives (subgroups of the summary x n_columns).
 */
void
mg_gap_gradient(const MgMeasure *m, const MgGapCall *call, int view,
				double factor, int n_columns, int column, double *dy,
				double *dw)
{
	MgGapInput	in;
	double	   *y;
	double	   *w;
	int			i;

	mg_gap_input(call, view, &in);
	y = palloc(in.n * sizeof(double));
	w = palloc(in.n * sizeof(double));
	mg_measure_gradient(m, &in, call->totals[view].all_w, y, w);
	for (i = 0; i < in.n; i++)
	{
		/* Nothing varies, but the subgroups are still the domain. */
		if (y[i] == 0 && w[i] == 0 && !(m->needs & MG_NEEDS_PAIR))
			w[i] = 1e-300;
		dy[(Size) in.group[i] * n_columns + column] += factor * y[i];
		dw[(Size) in.group[i] * n_columns + column] += factor * w[i];
	}
	pfree(y);
	pfree(w);
}

/* A measure's own variance from published standard errors; NaN: none. */
double
mg_gap_table_variance(const MgMeasure *m, const MgGapCall *call, int view)
{
	const MgTotals *t = &call->totals[view];
	MgGapInput	in;
	double	   *se;
	int			i;

	if (t->se == NULL || m->table_variance == NULL)
		return NAN;
	mg_gap_input(call, view, &in);
	se = palloc(in.n * sizeof(double));
	for (i = 0; i < in.n; i++)
		se[i] = t->se[in.group[i]];
	return m->table_variance(&in, se);
}

/*
 * Counted rows of the subgroups involved, and of the smallest; -1 where they
 * are not known (published estimates).
 */
int64
mg_gap_rows(const MgMeasure *m, const MgGapCall *call, int view,
			int64 *smallest)
{
	const MgTotals *t = &call->totals[view];
	bool		pair = (m->needs & MG_NEEDS_PAIR) != 0;
	int64		n = 0;
	int			i;

	*smallest = -1;
	if (t->se != NULL)
		return -1;
	for (i = 0; i < call->u.n; i++)
	{
		int32		g = call->u.index[view][i];
		int64		rows = g < 0 ? 0 : t->n[g];

		if (pair ? i != call->compare && i != call->reference : rows == 0)
			continue;
		n += rows;
		if (*smallest < 0 || rows < *smallest)
			*smallest = rows;
	}
	*smallest = Max(*smallest, 0);
	return n;
}

/* The subgroups that a measure names, into two columns. */
void
mg_gap_put_names(MgTidy *tidy, const MgMeasure *m, const MgGapCall *call,
				 int view, int column)
{
	MgLabel		label;
	int			reference = -1;

	if ((m->needs & MG_NEEDS_PAIR) && call->compare >= 0)
	{
		label = mg_union_label(&call->u, call->compare);
		mg_tidy_text_len(tidy, column, label.s, label.len);
	}
	if ((m->needs & (MG_NEEDS_PAIR | MG_NEEDS_REFERENCE)) ||
		takes_reference(m, call))
		reference = call->reference;
	else if (m->needs & MG_USES_ADVERSE)
	{
		MgGapInput	in;
		int			i;

		mg_gap_input(call, view, &in);
		if (in.n == 0)
			return;
		i = mg_measure_reference(m, &in);
		for (reference = 0; call->u.index[view][reference] != in.group[i];)
			reference++;
	}
	if (reference >= 0)
	{
		label = mg_union_label(&call->u, reference);
		mg_tidy_text_len(tidy, column + 1, label.s, label.len);
	}
}

/* The status of a measure before anything is computed. */
void
mg_gap_status(const MgMeasure *m, const MgGapCall *call, char *status)
{
	strcpy(status, "ok");
	if (m->needs & MG_NEEDS_PAIR)
		strcpy(status, call->status);
	if (((m->needs & MG_NEEDS_PAIR) && call->compare_chosen) ||
		(((m->needs & (MG_NEEDS_PAIR | MG_NEEDS_REFERENCE)) ||
		  takes_reference(m, call)) && call->reference_chosen))
		mg_status_add(status, "chosen_by_estimate");
}

/* Can the measure be on either side of nil, so that a test makes sense? */
bool
mg_gap_has_sign(const MgMeasure *m, const MgGapCall *call)
{
	if (m->traits & MG_NOT_NEGATIVE)
		return false;
	return !((m->traits & MG_NOT_NEGATIVE_UNORDERED) && !call->ordered &&
			 !call->reference_named);
}

/* Error, limits and test of one measure. */
void
mg_gap_infer(MgInference *r, const MgMeasure *m, const MgGapCall *call,
			 double var, bool lonely, int64 df)
{
	/* At 0, the edge of its range, such a measure has no derivative. */
	if ((m->traits & MG_NOT_NEGATIVE) && r->estimate <= 1e-14)
	{
		r->std_error = r->conf_low = r->conf_high = r->p_value = NAN;
		r->df = df > 0 && df != MG_DF_INFINITE ? (double) df : NAN;
		mg_status_add(r->status, "no_variation");
	}
	else if (m->traits & MG_LOG_SCALE)
		mg_infer_log(r, var, lonely, df, call->level);
	else
		mg_infer(r, var, lonely, df, call->level, 0);
	if (!mg_gap_has_sign(m, call))
		r->p_value = NAN;
	if (call->totals[0].se != NULL)
		mg_status_add(r->status, "groups_independent_shares_fixed");
}

/*-------------------------------------------------------------------------
 *
 * rake.c
 *		Weights of those who responded: raked to the margins of everybody,
 *		and trimmed, as window functions over the whole partition.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "change/window_rows.h"
#include "core/rake.h"

/* A category of a margin, by its name. */
typedef struct CategoryName
{
	const char *s;
	int32		len;
} CategoryName;

typedef struct Category
{
	CategoryName name;
	int32		number;
} Category;

typedef struct Margin
{
	HTAB	   *categories;
	int			room;			/* of target */
	double	   *target;
} Margin;

typedef struct RakedRows
{
	int			m;				/* margins, -1: not known yet */
	Margin	   *margins;
	int64		n;				/* those who responded */
	int64	   *position;
	double	   *weight;
	int32	   *category;
	MemoryContext keep;
} RakedRows;

typedef struct WeightState
{
	double	   *weight;			/* of each row, NaN: NULL; NULL: not done */
} WeightState;

static uint32
hash_name(const void *key, Size size)
{
	const CategoryName *name = (const CategoryName *) key;

	return hash_bytes((const unsigned char *) name->s, name->len);
}

static int
compare_names(const void *a, const void *b, Size size)
{
	const CategoryName *x = (const CategoryName *) a;
	const CategoryName *y = (const CategoryName *) b;

	return x->len != y->len || memcmp(x->s, y->s, x->len) != 0;
}

static void
start_margins(RakedRows *rows, int m, int64 n_all)
{
	HASHCTL		control = {0};
	int			j;

	if (m == 0 || m > MG_RAKE_MAX_MARGINS)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("margins must have 1 to %d elements",
						MG_RAKE_MAX_MARGINS),
				 errhint("Give one category for each margin, such as ARRAY[sex, age_group].")));
	rows->m = m;
	rows->margins = MemoryContextAllocZero(rows->keep, m * sizeof(Margin));
	rows->category = MemoryContextAllocHuge(rows->keep, n_all * m * sizeof(int32));
	control.keysize = sizeof(CategoryName);
	control.entrysize = sizeof(Category);
	control.hash = hash_name;
	control.match = compare_names;
	control.hcxt = rows->keep;
	for (j = 0; j < m; j++)
		rows->margins[j].categories =
			hash_create("categories of a margin", 64, &control,
						HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

/* The number of a category, new or not. */
static int32
category_number(RakedRows *rows, int margin, Datum d)
{
	Margin	   *m = &rows->margins[margin];
	text	   *t = DatumGetTextPP(d);
	CategoryName name;
	Category   *c;
	bool		found;

	name.s = VARDATA_ANY(t);
	name.len = (int32) VARSIZE_ANY_EXHDR(t);
	c = (Category *) hash_search(m->categories, &name, HASH_ENTER, &found);
	if (!found)
	{
		char	   *copy = MemoryContextAlloc(rows->keep, name.len + 1);

		memcpy(copy, name.s, name.len);
		c->name.s = copy;
		c->number = (int32) hash_get_num_entries(m->categories) - 1;
		if (c->number >= m->room)
		{
			int			room = Max(64, 2 * m->room);
			double	   *target = MemoryContextAllocHuge(rows->keep,
														room * sizeof(double));

			memset(target, 0, room * sizeof(double));
			if (m->room > 0)
				memcpy(target, m->target, m->room * sizeof(double));
			m->target = target;
			m->room = room;
		}
	}
	return c->number;
}

/* The weight of a category; of finite weights the sum may not be finite. */
static void
add_weight(double *target, double w)
{
	*target += w;
	if (isinf(*target))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a sum of weights is out of the range of double precision"),
				 errhint("Rescale the weights.")));
}

/* Counts a row in the margins and, if it responded, among those to rake. */
static void
add_row(WindowObject winobj, int64 position, int64 n_all, RakedRows *rows)
{
	Datum		margins;
	Datum		responded;
	Datum	   *items;
	bool	   *nulls;
	ArrayType  *a;
	double		w;
	bool		in;
	int			m;
	int			j;

	if (!mg_window_weight(winobj, 0, position, &w) ||
		!mg_window_arg(winobj, 1, position, &margins) ||
		!mg_window_arg(winobj, 2, position, &responded))
		return;
	a = DatumGetArrayTypeP(margins);
	m = mg_window_array_length(a, "margins");
	if (rows->m < 0)
		start_margins(rows, m, n_all);
	else if (m != rows->m)
		mg_window_refuse_length("margins", rows->m, m);
	if (array_contains_nulls(a))
		return;
	deconstruct_array(a, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &m);
	in = DatumGetBool(responded);
	for (j = 0; j < m; j++)
	{
		int32		c = category_number(rows, j, items[j]);

		add_weight(&rows->margins[j].target[c], w);
		if (in)
			rows->category[rows->n * m + j] = c;
	}
	if (in)
	{
		rows->position[rows->n] = position;
		rows->weight[rows->n++] = w;
	}
}

static void
rake_rows(RakedRows *rows)
{
	MgRake		rake = {0};
	int			j;

	rake.n = rows->n;
	rake.m = Max(rows->m, 0);
	rake.category = rows->category;
	rake.weight = rows->weight;
	for (j = 0; j < rake.m; j++)
	{
		rake.n_categories[j] =
			(int) hash_get_num_entries(rows->margins[j].categories);
		rake.target[j] = rows->margins[j].target;
	}
	switch (mg_rake(&rake))
	{
		case MG_RAKE_OK:
			return;
		case MG_RAKE_EMPTY_CATEGORY:
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("a category of margin %d has nobody who responded",
							rake.margin + 1),
					 errhint("Merge it with another category.")));
			break;
		case MG_RAKE_NO_CONVERGENCE:
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("raking did not converge"),
					 errdetail("After %d cycles the margins do not all agree.",
							   rake.cycles - 1),
					 errhint("Merge small categories, or take a margin out.")));
			break;
	}
}

static double *
all_null(MemoryContext cxt, int64 n)
{
	double	   *x = MemoryContextAllocHuge(cxt, n * sizeof(double));
	int64		i;

	for (i = 0; i < n; i++)
		x[i] = NAN;
	return x;
}

static Datum
weight_of_row(FunctionCallInfo fcinfo, WindowObject winobj,
			  const WeightState *state)
{
	double		w = state->weight[WinGetCurrentPosition(winobj)];

	if (isnan(w))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(w);
}

static void
rake_partition(WindowObject winobj, WeightState *state)
{
	MemoryContext cxt = GetMemoryChunkContext(state);
	MemoryContext work = AllocSetContextCreate(cxt, "raked weights",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext scratch = AllocSetContextCreate(work, "raked rows",
												  ALLOCSET_DEFAULT_SIZES);
	int64		n = WinGetPartitionRowCount(winobj);
	RakedRows	rows = {0};
	MemoryContext old;
	int64		i;

	rows.m = -1;
	rows.keep = work;
	rows.position = MemoryContextAllocHuge(work, n * sizeof(int64));
	rows.weight = MemoryContextAllocHuge(work, n * sizeof(double));
	old = MemoryContextSwitchTo(scratch);
	for (i = 0; i < n; i++)
	{
		add_row(winobj, i, n, &rows);
		if (i % 256 == 255)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(scratch);
		}
	}
	MemoryContextSwitchTo(work);
	rake_rows(&rows);
	MemoryContextSwitchTo(old);
	state->weight = all_null(cxt, n);
	for (i = 0; i < rows.n; i++)
		state->weight[rows.position[i]] = rows.weight[i];
	MemoryContextDelete(work);
}

PG_FUNCTION_INFO_V1(mindgap_raked_weight);

/* raked_weight(weight, margins, responded) */
Datum
mindgap_raked_weight(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	WeightState *state;

	state = (WeightState *) WinGetPartitionLocalMemory(winobj, sizeof(WeightState));
	if (state->weight == NULL)
		rake_partition(winobj, state);
	return weight_of_row(fcinfo, winobj, state);
}

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return x < y ? -1 : x > y;
}

/* The quantile that divides the n - 1 intervals between n sorted values. */
static double
quantile(const double *sorted, int64 n, double p)
{
	double		place = p * (n - 1);
	int64		below = (int64) floor(place);

	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] +
		(place - below) * (sorted[below + 1] - sorted[below]);
}

static double
share_arg(WindowObject winobj, int arg, const char *name)
{
	bool		isnull;
	double		p = DatumGetFloat8(WinGetFuncArgCurrent(winobj, arg, &isnull));

	if (isnull || !(p >= 0 && p <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between 0 and 1", name),
				 errhint("It is the share of weights below the limit, such as 0.01 or 0.99.")));
	return p;
}

static void
trim_partition(WindowObject winobj, WeightState *state)
{
	MemoryContext cxt = GetMemoryChunkContext(state);
	int64		n = WinGetPartitionRowCount(winobj);
	double		lower = share_arg(winobj, 1, "lower");
	double		upper = share_arg(winobj, 2, "upper");
	double	   *weight = all_null(cxt, n);
	double	   *sorted = MemoryContextAllocHuge(cxt, n * sizeof(double));
	int64		found = 0;
	int64		i;

	if (lower > upper)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lower must not be above upper")));
	for (i = 0; i < n; i++)
	{
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (mg_window_weight(winobj, 0, i, &weight[i]))
			sorted[found++] = weight[i];
	}
	if (found > 0)
	{
		double		low;
		double		high;

		qsort(sorted, found, sizeof(double), compare_doubles);
		low = quantile(sorted, found, lower);
		high = quantile(sorted, found, upper);
		for (i = 0; i < n; i++)
		{
			if (!isnan(weight[i]))
				weight[i] = Min(Max(weight[i], low), high);
		}
	}
	pfree(sorted);
	state->weight = weight;
}

PG_FUNCTION_INFO_V1(mindgap_trimmed_weight);

/* trimmed_weight(weight, lower, upper): the limits are quantiles */
Datum
mindgap_trimmed_weight(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	WeightState *state;

	state = (WeightState *) WinGetPartitionLocalMemory(winobj, sizeof(WeightState));
	if (state->weight == NULL)
		trim_partition(winobj, state);
	return weight_of_row(fcinfo, winobj, state);
}

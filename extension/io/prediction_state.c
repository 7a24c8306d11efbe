/*-------------------------------------------------------------------------
 *
 * prediction_state.c
 *		A prediction summary that grows: folds, indicators, merging.
 *
 * A state is one flat value.  What makes it larger builds it anew: a fold
 * that was not there, a larger row buffer, a column whose first NULL comes.
 * Slots for such columns are taken in advance, a quarter more than there
 * are, so that thousands of columns cost a few dozen copies.
 *
 * Where x is missing its column holds a fill value f, so what is stored is
 * x0 = x (1 - m) + f m with the indicator m.  For another fill value g it
 * would be x0 + (g - f) m, a linear map, hence exact.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "io/moments_summary.h"
#include "io/prediction_summary.h"

/* How a value is built anew. */
typedef struct Rebuild
{
	int			n_slots;
	const int  *order;			/* [n_slots]: the slots before; NULL: as is */
	int			fold;			/* gets this capacity; -1: none */
	int			capacity;
	bool		store;			/* no buffers */
} Rebuild;

/*
 * The fold of a person: splitmix64 (Steele, Lea and Flood 2014, Fast
 * splittable pseudorandom number generators, OOPSLA; constants by Vigna) of
 * the number as an unsigned integer, modulo the number of folds.
 */
int
mg_prediction_fold_of(int64 person)
{
	uint64		h = (uint64) person + UINT64CONST(0x9E3779B97F4A7C15);

	h = (h ^ (h >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	h = (h ^ (h >> 27)) * UINT64CONST(0x94D049BB133111EB);
	h ^= h >> 31;
	return (int) (h % MG_PREDICTION_FOLDS);
}

/* An empty state; its dim is not known. */
MgPredictionSummary *
mg_prediction_create(uint16 flags)
{
	MgPredictionSummary *s = (MgPredictionSummary *)
		palloc0(sizeof(MgPredictionSummary));

	SET_VARSIZE(s, sizeof(MgPredictionSummary));
	s->format = MG_PREDICTION_FORMAT;
	s->flags = flags;
	return s;
}

static uint64
fold_size(int dim, int capacity)
{
	return sizeof(MgFold) + mg_moments_size(dim, capacity);
}

static int
capacity_of(const Rebuild *plan, const MgFold *f)
{
	if (plan->store)
		return 0;
	return f->number == plan->fold ? plan->capacity :
		mg_fold_moments(f)->capacity;
}

/* Where each column goes; free slots that are left out: -1. */
static int *
places(const MgPredictionSummary *s, const Rebuild *plan)
{
	int			dim = s->dim + s->n_slots;
	int		   *to = (int *) palloc(dim * sizeof(int));
	int			i;

	for (i = 0; i < dim; i++)
		to[i] = plan->order == NULL || i < s->dim ? i : -1;
	for (i = 0; plan->order != NULL && i < plan->n_slots; i++)
		to[s->dim + plan->order[i]] = s->dim + i;
	return to;
}

/* Whether the columns stay where they are. */
static bool
same_columns(const MgPredictionSummary *s, const Rebuild *plan)
{
	int			i;

	if (plan->n_slots != s->n_slots)
		return false;
	for (i = 0; plan->order != NULL && i < plan->n_slots; i++)
	{
		if (plan->order[i] != i)
			return false;
	}
	return true;
}

static void
copy_fold(const MgPredictionSummary *s, const Rebuild *plan, const int *to,
		  MgFold *from, MgFold *f)
{
	MgMoments  *m = mg_fold_moments(from);
	int			capacity = capacity_of(plan, from);
	int			dim = s->dim + plan->n_slots;

	f->number = from->number;
	f->size = (uint32) fold_size(dim, capacity);
	if (to == NULL)
		mg_moments_move(mg_fold_moments(f), capacity, m);
	else
	{
		mg_moments_fold(m);
		mg_moments_init(mg_fold_moments(f), dim, capacity);
		mg_moments_place(mg_fold_moments(f), m, to);
	}
}

/* Builds a state anew, folding what is in its buffers. */
static MgPredictionSummary *
rebuild(MgPredictionSummary *s, const Rebuild *plan)
{
	int			dim = s->dim + plan->n_slots;
	int		   *to = NULL;
	bool		missing = plan->fold >= 0;
	uint64		size = mg_prediction_size(s->dim, plan->n_slots, 0);
	MgPredictionSummary *copy;
	MgFold	   *from;
	MgFold	   *f;
	int			i;

	if (dim > MG_MOMENTS_MAX_DIM)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("x has too many elements"),
				 errdetail("With the indicators of missing values there are %d; the limit is %d.",
						   dim - 1, MG_MOMENTS_MAX_DIM - 1)));
	from = mg_prediction_first_fold(s);
	for (i = 0; i < s->n_folds; i++, from = mg_prediction_next_fold(from))
	{
		size += fold_size(dim, capacity_of(plan, from));
		missing = missing && from->number != plan->fold;
	}
	if (missing)
		size += fold_size(dim, plan->capacity);
	mg_prediction_check_size(size);
	copy = (MgPredictionSummary *) palloc(size);
	*copy = *s;
	SET_VARSIZE(copy, size);
	copy->n_slots = plan->n_slots;
	for (i = 0; i < plan->n_slots; i++)
	{
		MgIndicator *slot = mg_prediction_slot(copy, i);
		int			at = plan->order != NULL ? plan->order[i] : i;

		if (at < s->n_slots)
			*slot = *mg_prediction_slot(s, at);
		else
		{
			memset(slot, 0, sizeof(MgIndicator));
			slot->column = -1;
		}
	}
	if (!same_columns(s, plan))
		to = places(s, plan);
	from = mg_prediction_first_fold(s);
	f = mg_prediction_first_fold(copy);
	for (i = 0; i <= s->n_folds; i++)
	{
		if (missing && (i == s->n_folds || from->number > plan->fold))
		{
			f->number = plan->fold;
			f->size = (uint32) fold_size(dim, plan->capacity);
			mg_moments_init(mg_fold_moments(f), dim, plan->capacity);
			copy->n_folds++;
			missing = false;
			f = mg_prediction_next_fold(f);
		}
		if (i == s->n_folds)
			break;
		copy_fold(s, plan, to, from, f);
		from = mg_prediction_next_fold(from);
		f = mg_prediction_next_fold(f);
	}
	if (to != NULL)
		pfree(to);
	return copy;
}

/*
 * The moments of a fold, ready for a row; the fold is made where it is not
 * there yet.  dim is known.
 */
MgMoments *
mg_prediction_fold(MgPredictionSummary **state, int number)
{
	MgFold	   *f = mg_prediction_first_fold(*state);
	Rebuild		plan = {(*state)->n_slots, NULL, number, 0, false};
	int			i;

	for (i = 0; i < (*state)->n_folds; i++, f = mg_prediction_next_fold(f))
	{
		if (f->number == number)
		{
			MgMoments  *m = mg_fold_moments(f);

			plan.capacity = mg_moments_capacity_wanted(m);
			if (plan.capacity == m->capacity)
				return m;
			break;
		}
	}
	*state = rebuild(*state, &plan);
	for (f = mg_prediction_first_fold(*state); f->number != number;)
		f = mg_prediction_next_fold(f);
	return mg_fold_moments(f);
}

/* Makes columns of x, which have none, have indicators. */
void
mg_prediction_add_slots(MgPredictionSummary **state, const int *column, int n)
{
	MgPredictionSummary *s = *state;
	int			wanted = s->n_indicators + n;
	int			i;

	if (wanted > s->n_slots)
	{
		Rebuild		plan = {0, NULL, -1, 0, false};

		plan.n_slots = Max(wanted, Min(s->n_slots + s->n_slots / 4,
									   s->dim - 1));
		*state = s = rebuild(s, &plan);
	}
	for (i = 0; i < n; i++)
	{
		MgIndicator *slot = mg_prediction_slot(s, s->n_indicators++);

		slot->column = column[i];
		/* Where there are rows, x was there in all of them. */
		if (s->n_folds > 0)
		{
			slot->known = 1;
			slot->fill = mg_moments_shift(mg_fold_moments(mg_prediction_first_fold(s)))[1 + column[i]];
		}
	}
}

/*
 * Takes a column's first value for its fill value.  So far x was missing,
 * and 0 in its place, in every row: that becomes the value by the shift.
 */
void
mg_prediction_learn(MgPredictionSummary *s, MgIndicator *slot, double value)
{
	MgFold	   *f = mg_prediction_first_fold(s);
	int			i;

	slot->known = 1;
	slot->fill = value;
	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
		mg_moments_shift(mg_fold_moments(f))[1 + slot->column] = value;
}

/* Whether element j of x is NULL. */
static inline bool
is_missing(const MgXRow *row, int j)
{
	return row->present_x != NULL &&
		!(row->present_x[j / 8] & (1 << (j % 8)));
}

/* Makes all columns that are NULL in this row have indicators. */
static void
take_indicators(MgPredictionSummary **state, const MgXRow *row)
{
	int			p = row->dim - 1;
	int		   *column;
	bool	   *has;
	int			n = 0;
	int			n_missing = 0;
	int			i;

	for (i = 0; i < p; i++)
		n_missing += is_missing(row, i);
	for (i = 0; i < (*state)->n_indicators; i++)
		n += is_missing(row, mg_prediction_slot(*state, i)->column);
	if (n == n_missing)
		return;
	column = (int *) palloc(p * sizeof(int));
	has = (bool *) palloc0(p * sizeof(bool));
	for (i = 0; i < (*state)->n_indicators; i++)
		has[mg_prediction_slot(*state, i)->column] = true;
	n = 0;
	for (i = 0; i < p; i++)
	{
		if (is_missing(row, i) && !has[i])
			column[n++] = i;
	}
	mg_prediction_add_slots(state, column, n);
	pfree(column);
	pfree(has);
}

/*
 * The row as the moments take it: x with fill values where it is missing,
 * then the indicators.
 */
static void
fill_row(MgPredictionSummary *s, MgXRow *row)
{
	int			p = row->dim - 1;
	double	   *x = (double *) palloc0((p + s->n_slots + 1) * sizeof(double));
	const double *next = row->x;
	int			i;

	if (row->present_x == NULL)
		memcpy(x, row->x, p * sizeof(double));
	else
	{
		for (i = 0; i < p; i++)
		{
			if (!is_missing(row, i))
				x[i] = *next++;
		}
	}
	for (i = 0; i < s->n_indicators; i++)
	{
		MgIndicator *slot = mg_prediction_slot(s, i);

		if (is_missing(row, slot->column))
		{
			x[slot->column] = slot->fill;
			x[p + i] = 1;
		}
		else if (!slot->known)
			mg_prediction_learn(s, slot, x[slot->column]);
	}
	row->x = x;
}

/*
 * Adds a row that is present, of weight above 0 and of the state's dim.
 * False: it is not finite, and mg_refuse_row(row) says where.
 */
bool
mg_prediction_add(MgPredictionSummary **state, int fold, MgXRow *row)
{
	MgPredictionSummary *s;
	int			i;

	if (row->present_x != NULL)
		take_indicators(state, row);
	if ((*state)->n_slots > 0)
		fill_row(*state, row);
	if (!mg_moments_add(mg_prediction_fold(state, fold), row->outcome, row->x,
						row->weight))
		return false;
	s = *state;
	for (i = 0; row->present_x != NULL && i < s->n_indicators; i++)
	{
		MgIndicator *slot = mg_prediction_slot(s, i);

		slot->n_missing += is_missing(row, slot->column);
	}
	return true;
}

/*
 * Gives s the indicators that other has and makes their fill values known;
 * returns for each column of x its slot in s, or -1.
 */
static int *
align_slots(MgPredictionSummary **state, const MgPredictionSummary *other)
{
	int			p = other->dim - 1;
	int		   *slot_of = (int *) palloc((p + 1) * sizeof(int));
	int		   *fresh = (int *) palloc((p + 1) * sizeof(int));
	bool	   *shared = (bool *) palloc0((p + 1) * sizeof(bool));
	int			n_fresh = 0;
	MgPredictionSummary *s;
	int			i;

	for (i = 0; i < p; i++)
		slot_of[i] = -1;
	for (i = 0; i < (*state)->n_indicators; i++)
		slot_of[mg_prediction_slot(*state, i)->column] = i;
	for (i = 0; i < other->n_indicators; i++)
	{
		int			column = mg_prediction_slot(other, i)->column;

		shared[column] = true;
		if (slot_of[column] < 0)
		{
			slot_of[column] = (*state)->n_indicators + n_fresh;
			fresh[n_fresh++] = column;
		}
	}
	if (n_fresh > 0)
		mg_prediction_add_slots(state, fresh, n_fresh);
	s = *state;
	for (i = 0; i < other->n_indicators; i++)
	{
		const MgIndicator *theirs = mg_prediction_slot(other, i);
		MgIndicator *ours = mg_prediction_slot(s, slot_of[theirs->column]);

		if (!ours->known && theirs->known)
			mg_prediction_learn(s, ours, theirs->fill);
		ours->n_missing += theirs->n_missing;
	}
	/* x was there in all of the other's rows */
	for (i = 0; i < s->n_indicators && other->n_folds > 0; i++)
	{
		MgIndicator *ours = mg_prediction_slot(s, i);

		if (!ours->known && !shared[ours->column])
			mg_prediction_learn(s, ours,
								mg_moments_shift(mg_fold_moments(mg_prediction_first_fold(other)))[1 + ours->column]);
	}
	pfree(fresh);
	pfree(shared);
	return slot_of;
}

/* Adds another summary, as mg_prediction_open gave it, of the same kind. */
void
mg_prediction_merge(MgPredictionSummary **state,
					const MgPredictionSummary *other)
{
	MgPredictionSummary *s = *state;
	MgFold	   *f = mg_prediction_first_fold(other);
	int		   *slot_of;
	int		   *to;
	int			dim;
	int			i;
	int			j;

	s->n_skipped += other->n_skipped;
	if (other->dim == 0)
		return;
	if (s->dim == 0)
		s->dim = other->dim;
	slot_of = align_slots(state, other);
	s = *state;
	dim = s->dim + s->n_slots;
	to = (int *) palloc((other->dim + other->n_slots) * sizeof(int));
	for (j = 0; j < other->dim; j++)
		to[j] = j;
	for (j = 0; j < other->n_slots; j++)
		to[other->dim + j] = s->dim + slot_of[mg_prediction_slot(other, j)->column];
	for (i = 0; i < other->n_folds; i++, f = mg_prediction_next_fold(f))
	{
		Size		size = mg_moments_size(dim, 0);
		MgMoments  *m = (MgMoments *) palloc(size);

		CHECK_FOR_INTERRUPTS();
		mg_moments_init(m, dim, 0);
		mg_moments_place(m, mg_fold_moments(f), to);
		for (j = 0; j < other->n_indicators; j++)
		{
			const MgIndicator *theirs = mg_prediction_slot(other, j);
			int			slot = slot_of[theirs->column];
			double		change = mg_prediction_slot(*state, slot)->fill -
				theirs->fill;

			if (change != 0)
				mg_moments_shear(m, 1 + theirs->column,
								 (*state)->dim + slot, change);
		}
		mg_moments_merge(mg_prediction_fold(state, f->number), m);
		pfree(m);
	}
	pfree(to);
	pfree(slot_of);
}

static int
by_column(const void *a, const void *b, void *arg)
{
	const MgPredictionSummary *s = (const MgPredictionSummary *) arg;

	return mg_prediction_slot(s, *(const int *) a)->column -
		mg_prediction_slot(s, *(const int *) b)->column;
}

/*
 * A copy to store: slots in order, none of them free, no buffers.  The state
 * is folded and otherwise unchanged.
 */
MgPredictionSummary *
mg_prediction_trim(MgPredictionSummary *s)
{
	int		   *order = (int *) palloc((s->n_indicators + 1) * sizeof(int));
	Rebuild		plan = {s->n_indicators, order, -1, 0, true};
	MgPredictionSummary *copy;
	MgFold	   *f;
	int			i;

	for (i = 0; i < s->n_indicators; i++)
		order[i] = i;
	qsort_arg(order, s->n_indicators, sizeof(int), by_column, s);
	copy = rebuild(s, &plan);
	pfree(order);
	f = mg_prediction_first_fold(copy);
	for (i = 0; i < copy->n_folds; i++, f = mg_prediction_next_fold(f))
	{
		if (!mg_moments_finite(mg_fold_moments(f)))
			mg_moments_overflow();
	}
	return copy;
}

/*-------------------------------------------------------------------------
 *
 * test_moments_state.c
 *	  The co-moment engine's state: sizes, growth, moving, merging with an
 *	  empty state, what is refused, what is not valid.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>

#include "moments_rows.h"

static bool
all_zero(const MgMoments *m)
{
	MgMoments  *empty = new_state(m->dim, 0);
	bool		same = identical(m, empty);

	free(empty);
	return same;
}

static void
test_sizes(void)
{
	ok(mg_moments_size(0, 0) == 0, "no size for dim 0");
	ok(mg_moments_size(-1, 0) == 0, "no size for a negative dim");
	ok(mg_moments_size(MG_MOMENTS_MAX_DIM + 1, 0) == 0,
	   "no size past the largest dim");
	ok(mg_moments_size(INT32_MAX, 64) == 0, "no size for the largest int");
	ok(mg_moments_size(3, 7) == 0 && mg_moments_size(3, -8) == 0 &&
	   mg_moments_size(3, 128) == 0, "no size for an unknown capacity");
	ok(mg_moments_size(MG_MOMENTS_MAX_DIM, 64) < 0x3fffffff - 1048576,
	   "the largest state stays below 1 GB");
	ok(mg_moments_size(4, 0) == sizeof(MgMoments) + (4 + 4 + 10) * 8,
	   "a person's state with three regressors takes %d bytes",
	   (int) mg_moments_size(4, 0));
}

/* y = 1, 3, 8; x = 2, 5, 4; w = 1, 2, 1: W = 4, means 15/4 and 4 */
static void
test_by_hand(void)
{
	static const int capacities[] = {0, 8, 64};
	double		x[] = {2, 5, 4};
	int			c;

	for (c = 0; c < 3; c++)
	{
		MgMoments  *m = new_state(2, capacities[c]);

		mg_moments_add(m, 1, &x[0], 1);
		mg_moments_add(m, 3, &x[1], 2);
		mg_moments_add(m, 8, &x[2], 1);
		mg_moments_fold(m);
		ok(m->n == 3 && m->sum_w == 4 && m->sum_w2 == 6,
		   "by hand, capacity %d: n, sum w, sum w^2", capacities[c]);
		is_close(mg_moments_mean_of(m, 0), 3.75, 1e-15, "mean of outcome");
		is_close(mg_moments_mean_of(m, 1), 4.0, 1e-15, "mean of x");
		is_close(mg_moments_of(m, 0, 0), 26.75, 1e-13, "co-moment 0 0");
		is_close(mg_moments_of(m, 0, 1), 4.0, 1e-13, "co-moment 0 1");
		is_close(mg_moments_of(m, 1, 1), 6.0, 1e-13, "co-moment 1 1");
		free(m);
	}
}

static void
test_merge_empty(void)
{
	Rows		r = make_rows(100, 5);
	MgMoments  *empty = new_state(5, 0);
	MgMoments  *other = new_state(5, 64);
	MgMoments  *full = build(&r, 0, 100, GROW);
	MgMoments  *same = build(&r, 0, 100, GROW);

	mg_moments_merge(empty, other);
	ok(all_zero(empty), "empty and empty is empty");
	mg_moments_merge(full, empty);
	ok(identical(full, same), "merging an empty state changes no bit");
	mg_moments_merge(other, full);
	ok(identical(other, full), "merging into an empty state copies every bit");
	ok(other->capacity == 64 && other->buffered == 0,
	   "a merge keeps the capacity of its target");
	mg_moments_add(other, r.y[0], r.x, 1.0);
	mg_moments_add(same, r.y[0], r.x, 1.0);
	mg_moments_fold(other);
	mg_moments_fold(same);
	is_close(difference(other, same), 0, 1e-13, "and goes on taking rows");
	free(empty);
	free(other);
	free(full);
	free(same);

	/* rows that wait in the target are folded first */
	other = new_state(5, 64);
	mg_moments_add(other, r.y[0], r.x, r.w[0]);
	full = build(&r, 1, 100, GROW);
	same = build(&r, 0, 100, GROW);
	mg_moments_merge(other, full);
	is_close(difference(other, same), 0, 1e-13,
			 "a merge folds what waits in its target");
	free(other);
	free(full);
	free(same);
	free_rows(r);
}

static void
test_growth(void)
{
	static const int dims[] = {4, 21, 40, 201, 333};

	/* rows after which a state of that dim first has 8, 16, 32, 64 */
	static const int at[5][4] = {{16, 32, 64, 128}, {16, 32, 64, 128},
	{0, 32, 64, 128}, {0, 0, 0, 128}, {0, 0, 0, 0}};
	int			d;

	for (d = 0; d < 5; d++)
	{
		Rows		r = make_rows(300, dims[d]);
		MgMoments  *m = new_state(dims[d], 0);
		bool		right = true;
		int			k;

		for (k = 0; k < r.n; k++)
		{
			int			wanted = k >= at[d][3] ? 64 : k >= at[d][2] ? 32 :
			k >= at[d][1] ? 16 : k >= at[d][0] ? 8 : 0;

			m = grown(m);
			if (m->capacity != wanted)
				right = false;
			mg_moments_add(m, r.y[k], r.x + (size_t) k * (dims[d] - 1), 1.0);
		}
		ok(right, "capacity grows as documented, vector of %d", dims[d]);
		mg_moments_fold(m);
		free(m);
		free_rows(r);
	}
}

static void
test_move(void)
{
	Rows		r = make_rows(70, 11);
	MgMoments  *m = new_state(11, 64);
	MgMoments  *stored = malloc(mg_moments_size(11, 0));
	MgMoments  *again = malloc(mg_moments_size(11, 0));
	MgMoments  *whole = build(&r, 0, 70, 64);
	int			k;

	for (k = 0; k < 70; k++)
		mg_moments_add(m, r.y[k], r.x + k * 10, 1.0);
	ok(m->buffered == 6 && m->n == 64, "64 rows folded, 6 wait");
	mg_moments_move(stored, 0, m);
	ok(identical(stored, whole), "a move folds first");
	ok(stored->capacity == 0 && stored->buffered == 0,
	   "a move to capacity 0 leaves the form to store");
	mg_moments_move(again, 0, stored);
	ok(memcmp(stored, again, mg_moments_size(11, 0)) == 0,
	   "a move of a stored form copies every byte");
	free(m);
	free(stored);
	free(again);
	free(whole);
	free_rows(r);
}

/* the buffer begins on a cache line wherever the chunk lies */
static void
test_alignment(void)
{
	char	   *memory = malloc(mg_moments_size(3, 8) + 64);
	double		x[2] = {1, 2};
	bool		aligned = true;
	int			offset;

	for (offset = 0; offset < 64; offset += 8)
	{
		MgMoments  *m = (MgMoments *) (memory + offset);

		mg_moments_init(m, 3, 8);
		mg_moments_add(m, 0, x, 1);
		aligned = aligned &&
			((uintptr_t) m + m->buffer_at) % 64 == 0 &&
			mg_moments_valid(m, mg_moments_size(3, 8));
	}
	ok(aligned, "the buffer begins on a cache line");
	free(memory);
}

/* refused rows leave the state as it was */
static void
test_refused(const char *kernel)
{
	static const double bad[] = {INFINITY, -INFINITY, NAN};
	static const int capacities[] = {0, 8, 64};
	static const int seen[] = {0, 5, 64};
	Rows		r = make_rows(70, 27);
	int			c;
	int			s;
	int			b;
	int			j;

	for (c = 0; c < 3; c++)
	{
		bool		refused = true;
		bool		same = true;

		for (s = 0; s < 3; s++)
		{
			MgMoments  *m = new_state(27, capacities[c]);
			MgMoments  *good = build(&r, 0, seen[s], capacities[c]);
			double		x[26];
			int			k;

			for (k = 0; k < seen[s]; k++)
				mg_moments_add(m, r.y[k], r.x + k * 26, 1.0);
			for (b = 0; b < 3; b++)
			{
				memcpy(x, r.x, sizeof(x));
				refused = refused && !mg_moments_add(m, bad[b], x, 1.0) &&
					!mg_moments_add(m, 1.0, x, bad[b]);
				for (j = 0; j < 26; j++)
				{
					x[j] = bad[b];
					refused = refused && !mg_moments_add(m, 1.0, x, 1.0);
					x[j] = r.x[j];
				}
			}
			refused = refused && !mg_moments_add(m, 1.0, r.x, -1.0);
			mg_moments_fold(m);
			same = same && identical(m, good);
			free(m);
			free(good);
		}
		ok(refused, "%s: not finite or weight < 0 is refused, capacity %d",
		   kernel, capacities[c]);
		ok(same, "%s: and leaves no trace, capacity %d", kernel,
		   capacities[c]);
	}
	free_rows(r);
}

/* finite numbers whose sums are not */
static void
test_overflow(const char *kernel)
{
	static const int capacities[] = {0, 64};
	double		x[2] = {1e200, -1e200};
	int			c;
	int			k;

	for (c = 0; c < 2; c++)
	{
		MgMoments  *m = new_state(2, capacities[c]);

		mg_moments_add(m, 1.0, &x[0], 1.0);
		mg_moments_add(m, 1.0, &x[1], 1.0);
		mg_moments_fold(m);
		ok(!mg_moments_finite(m), "%s: overflow is seen, capacity %d", kernel,
		   capacities[c]);
		mg_moments_init(m, 2, capacities[c]);
		for (k = 0; k < 2; k++)
			mg_moments_add(m, 1.0, &x[0], DBL_MAX);
		mg_moments_fold(m);
		ok(!mg_moments_finite(m), "%s: overflow of weights is seen, "
		   "capacity %d", kernel, capacities[c]);
		mg_moments_init(m, 2, capacities[c]);
		mg_moments_add(m, DBL_MAX, &x[0], 1.0);
		ok(!mg_moments_add(m, -DBL_MAX, &x[0], 1.0),
		   "%s: a difference that overflows is refused, capacity %d", kernel,
		   capacities[c]);
		free(m);
	}
}

static void
test_valid(void)
{
	Rows		r = make_rows(70, 9);
	size_t		size = mg_moments_size(9, 64);
	MgMoments  *m = new_state(9, 64);
	MgMoments  *damaged = malloc(size);
	int			k;

	ok(mg_moments_valid(m, size), "an empty state is valid");
	mg_moments_add(m, r.y[0], r.x, 1.0);
	ok(mg_moments_valid(m, size), "so is one with its first row waiting");
	for (k = 1; k < 70; k++)
		mg_moments_add(m, r.y[k], r.x + k * 8, 1.0);
	ok(mg_moments_valid(m, size), "and one with rows folded and waiting");

#define DAMAGE(change, name) \
	do { \
		memcpy(damaged, m, size); \
		change; \
		ok(!mg_moments_valid(damaged, size), "not valid: %s", name); \
	} while (0)

	ok(!mg_moments_valid(m, size - 1), "not valid: too short");
	ok(!mg_moments_valid(m, 8), "not valid: shorter than its header");
	DAMAGE(damaged->dim = 0, "dim 0");
	DAMAGE(damaged->dim = INT32_MAX, "dim 2^31 - 1");
	DAMAGE(damaged->dim = 10, "dim larger than the chunk");
	DAMAGE(damaged->capacity = 65, "unknown capacity");
	DAMAGE(damaged->buffered = 65, "more rows waiting than fit");
	DAMAGE(damaged->buffered = -1, "a negative number of rows waiting");
	DAMAGE(damaged->buffer_at = 8, "buffer over the numbers");
	DAMAGE(damaged->buffer_at = UINT32_MAX - 7, "buffer past the end");
	DAMAGE(damaged->n = -1, "negative n");
	DAMAGE(damaged->n = 0, "n = 0 with sums");
	DAMAGE(damaged->sum_w = NAN, "sum of weights not a number");
	DAMAGE(damaged->sum_w = 0.0, "sum of weights 0");
	DAMAGE(damaged->sum_w2 = -1.0, "negative sum of squared weights");
	DAMAGE(mg_moments_mean(damaged)[8] = INFINITY, "infinite mean");
	DAMAGE(mg_moments_triangle(damaged)[44] = NAN, "co-moment not a number");
	DAMAGE(mg_moments_triangle(damaged)[0] = -1.0, "negative diagonal");
	DAMAGE(*(double *) ((char *) damaged + damaged->buffer_at) = -1.0,
		   "negative weight waiting");
	DAMAGE(((double *) ((char *) damaged + damaged->buffer_at))[64] = NAN,
		   "row waiting that is not finite");
	free(m);
	free(damaged);
	free_rows(r);
}

int
main(void)
{
	const char *name;
	int			i;

	test_sizes();
	test_by_hand();
	test_merge_empty();
	test_growth();
	test_move();
	test_alignment();
	test_valid();
	for (i = 0; (name = mg_moments_kernel_name(i)) != NULL; i++)
	{
		ok(mg_moments_kernel_use(name), "kernel %s", name);
		test_refused(name);
		test_overflow(name);
	}
	return done_testing();
}

/*-------------------------------------------------------------------------
 *
 * test_moments.c
 *	  The co-moment engine's numbers, for every kernel that this machine
 *	  supports, against two passes in long double.
 *
 *-------------------------------------------------------------------------
 */
#include "moments_rows.h"

/* one kernel, every vector length, several ways of buffering */
static void
test_lengths(const char *kernel)
{
	static const int dims[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 20, 21, 25, 64,
	65, 200, 333};
	static const int capacities[] = {0, 8, 32, 64, GROW};
	int			i;
	int			c;
	int			k;

	for (i = 0; i < (int) (sizeof(dims) / sizeof(dims[0])); i++)
	{
		Rows		r = make_rows(dims[i] > 100 ? 150 : 333, dims[i]);
		Reference	f;
		double		worst = 0;

		for (k = 0; k < r.n; k++)
			r.w[k] = 0.25 + uniform();
		f = make_reference(&r);
		for (c = 0; c < 5; c++)
		{
			MgMoments  *m = build(&r, 0, r.n, capacities[c]);
			double		d = distance(m, &f);

			if (!(d <= worst))
				worst = d;
			free(m);
		}
		is_close(worst, 0, 1e-13, "%s: vector of %d", kernel, dims[i]);
		free_reference(f);
		free_rows(r);
	}
}

/* every number of rows around block boundaries */
static void
test_partial_blocks(const char *kernel)
{
	static const int dims[] = {1, 5, 21};
	int			i;
	int			n;

	for (i = 0; i < 3; i++)
	{
		Rows		r = make_rows(200, dims[i]);
		double		worst = 0;
		int			k;

		for (k = 0; k < r.n; k++)
			r.w[k] = 0.25 + uniform();
		for (n = 1; n <= 200; n++)
		{
			Rows		part = r;
			Reference	f;
			int			capacity;

			part.n = n;
			f = make_reference(&part);
			for (capacity = 8; capacity <= 64; capacity *= 2)
			{
				MgMoments  *m = build(&part, 0, n, capacity);
				double		d = distance(m, &f);

				if (!(d <= worst))
					worst = d;
				free(m);
			}
			free_reference(f);
		}
		is_close(worst, 0, 1e-13, "%s: 1 to 200 rows, vector of %d", kernel,
				 dims[i]);
		free_rows(r);
	}
}

/* a fold in the middle of a block changes nothing but the last bits */
static void
test_early_folds(const char *kernel)
{
	Rows		r = make_rows(300, 13);
	Reference	f = make_reference(&r);
	MgMoments  *m = new_state(13, 64);
	int			k;

	for (k = 0; k < r.n; k++)
	{
		mg_moments_add(m, r.y[k], r.x + k * 12, r.w[k]);
		if (uniform() < 0.1)
			mg_moments_fold(m);
		if (uniform() < 0.1)
			mg_moments_fold(m);
	}
	mg_moments_fold(m);
	is_close(distance(m, &f), 0, 1e-13, "%s: folds at any time", kernel);
	free(m);
	free_reference(f);
	free_rows(r);
}

static void
test_weights(const char *kernel)
{
	static const int capacities[] = {0, 64, GROW};
	int			c;
	int			k;
	Rows		r = make_rows(500, 9);
	Reference	f;

	for (k = 0; k < r.n; k++)
		r.w[k] = pow(10.0, 24.0 * uniform() - 12.0);
	f = make_reference(&r);
	for (c = 0; c < 3; c++)
	{
		MgMoments  *m = build(&r, 0, r.n, capacities[c]);

		is_close(distance(m, &f), 0, 1e-13,
				 "%s: weights 1e-12 to 1e12, capacity %d", kernel,
				 capacities[c]);
		free(m);
	}
	free_reference(f);

	for (k = 0; k < r.n; k++)
		r.w[k] = k % 3 == 0 ? 0.0 : uniform();
	f = make_reference(&r);
	for (c = 0; c < 3; c++)
	{
		MgMoments  *m = build(&r, 0, r.n, capacities[c]);

		is_close(distance(m, &f), 0, 1e-13,
				 "%s: rows of weight 0 are skipped, capacity %d", kernel,
				 capacities[c]);
		free(m);
	}
	free_reference(f);
	free_rows(r);
}

/* 1e9 added to a column, or to all: the data are exact multiples of 2^-20 */
static void
test_shift(const char *kernel)
{
	static const int capacities[] = {0, 64, GROW};
	Rows		r = make_rows(20000, 6);
	Rows		shifted = make_rows(20000, 6);
	Reference	f;
	int			column;
	int			c;
	int			k;
	int			j;

	for (k = 0; k < r.n; k++)
		r.w[k] = shifted.w[k] = 0.5 + uniform();
	f = make_reference(&r);
	for (column = 0; column <= 6; column++)
	{
		double		worst = 0;

		for (k = 0; k < r.n; k++)
			for (j = 0; j < 6; j++)
			{
				double		v = value(&r, k, j) +
				(column == j || column == 6 ? 1e9 : 0.0);

				if (j == 0)
					shifted.y[k] = v;
				else
					shifted.x[k * 5 + j - 1] = v;
			}
		for (c = 0; c < 3; c++)
		{
			MgMoments  *m = build(&shifted, 0, r.n, capacities[c]);
			MgMoments  *b = build(&shifted, r.n / 3, r.n, capacities[c]);
			MgMoments  *a = build(&shifted, 0, r.n / 3, capacities[c]);
			int			i;

			mg_moments_merge(a, b);
			for (i = 0; i < 6; i++)
				for (j = 0; j <= i; j++)
				{
					double		want = f.m[mg_triangle_at(i, j)];
					double		scale = sqrt(f.m[mg_triangle_at(i, i)] *
											 f.m[mg_triangle_at(j, j)]);
					double		e = fabs(mg_moments_of(m, i, j) - want);
					double		e2 = fabs(mg_moments_of(a, i, j) - want);

					if (!(e / scale <= worst))
						worst = e / scale;
					if (!(e2 / scale <= worst))
						worst = e2 / scale;
				}
			free(a);
			free(b);
			free(m);
		}
		is_close(worst, 0, 1e-12, "%s: 1e9 added to %s %d", kernel,
				 column == 6 ? "every column, all" : "column", column);
	}
	free_reference(f);
	free_rows(r);
	free_rows(shifted);
}

/* cut into random parts, each built its own way, merged in random order */
static void
test_merges(const char *kernel)
{
	static const int capacities[] = {0, 8, 16, 64, GROW};
	static const int dims[] = {1, 4, 21, 70};
	int			i;
	int			trial;
	int			k;

	for (i = 0; i < 4; i++)
	{
		Rows		r = make_rows(700, dims[i]);
		Reference	f;
		double		worst = 0;

		for (k = 0; k < r.n; k++)
		{
			r.w[k] = 0.25 + uniform();
			/* a trend, so that the parts differ in mean */
			r.y[k] += 0.01 * k;
		}
		f = make_reference(&r);
		for (trial = 0; trial < 20; trial++)
		{
			MgMoments  *part[12];
			int			parts = 2 + (int) (10 * uniform());
			int			from = 0;
			int			p;
			double		d;

			for (p = 0; p < parts; p++)
			{
				/* some parts are empty */
				int			to = p == parts - 1 ? r.n :
				from + (int) ((r.n - from) * uniform() * uniform());

				part[p] = build(&r, from, to,
								capacities[(int) (5 * uniform())]);
				from = to;
			}
			while (parts > 1)
			{
				int			a = (int) (parts * uniform());
				int			b = (int) ((parts - 1) * uniform());

				if (b >= a)
					b++;
				mg_moments_merge(part[a], part[b]);
				free(part[b]);
				part[b] = part[--parts];
			}
			d = distance(part[0], &f);
			if (!(d <= worst))
				worst = d;
			free(part[0]);
		}
		is_close(worst, 0, 1e-12, "%s: 20 random splits, vector of %d",
				 kernel, dims[i]);
		free_reference(f);
		free_rows(r);
	}
}

/* widths agree: bit for bit where multiply-add is fused */
static void
test_widths(void)
{
	static const int dims[] = {1, 5, 8, 21, 64, 200, 333};
	int			i;
	int			d;

	for (d = 0; d < 7; d++)
	{
		Rows		r = make_rows(321, dims[d]);
		MgMoments  *first = NULL;
		const char *first_name = NULL;
		const char *name;
		int			k;

		for (k = 0; k < r.n; k++)
			r.w[k] = 0.25 + uniform();
		for (i = 0; (name = mg_moments_kernel_name(i)) != NULL; i++)
		{
			MgMoments  *m;

			mg_moments_kernel_use(name);
			m = build(&r, 0, r.n, GROW);
			if (first == NULL)
			{
				first = m;
				first_name = name;
				continue;
			}
			if (strcmp(first_name, "avx512") == 0 &&
				strcmp(name, "avx2") == 0)
				ok(identical(first, m), "%s and %s agree bit for bit, "
				   "vector of %d", first_name, name, dims[d]);
			else
				is_close(difference(first, m), 0, 1e-13,
						 "%s and %s agree, vector of %d", first_name, name,
						 dims[d]);
			free(m);
		}
		free(first);
		free_rows(r);
	}
	ok(!mg_moments_kernel_use("abacus"), "an unknown kernel is refused");
	ok(mg_moments_kernel_use(NULL) &&
	   strcmp(mg_moments_kernel()->name, mg_moments_kernel_name(0)) == 0,
	   "the widest kernel is the default: %s", mg_moments_kernel()->name);
}

/* a chunk may lie at any multiple of 8 and be copied with rows waiting */
static void
test_copies(const char *kernel)
{
	Rows		r = make_rows(250, 19);
	Reference	f = make_reference(&r);
	size_t		size = mg_moments_size(19, 64);
	char	   *memory = malloc(size + 128);
	char	   *other = malloc(size + 128);
	double		worst = 0;
	int			offset;

	for (offset = 0; offset < 64; offset += 8)
	{
		MgMoments  *m = (MgMoments *) (memory + offset);
		double		d;
		int			k;

		mg_moments_init(m, 19, 64);
		for (k = 0; k < r.n; k++)
		{
			mg_moments_add(m, r.y[k], r.x + k * 18, 1.0);
			if (k % 11 == 0)
			{
				int			to = (offset + 24 + k * 8) % 64;
				char	   *from = (char *) m;

				m = (MgMoments *) ((from >= memory && from <= memory + 64 ?
									other : memory) + to);
				memcpy(m, from, size);
				memset(from, 0xff, size);
			}
		}
		if (!mg_moments_valid(m, size))
			worst = INFINITY;
		mg_moments_fold(m);
		d = distance(m, &f);
		if (!(d <= worst))
			worst = d;
	}
	is_close(worst, 0, 1e-13, "%s: copied to other addresses while rows wait",
			 kernel);
	free(memory);
	free(other);
	free_reference(f);
	free_rows(r);
}

static void
test_constant(const char *kernel)
{
	static const int capacities[] = {0, 8, 64, GROW};
	Rows		r = make_rows(300, 10);
	int			c;
	int			k;

	for (k = 0; k < r.n; k++)
	{
		r.w[k] = 1e-3 + uniform();
		r.y[k] = 0.1;
		r.x[k * 9 + 4] = 1e15 + 0.25;
		r.x[k * 9 + 8] = -1.0 / 3.0;
	}
	for (c = 0; c < 4; c++)
	{
		MgMoments  *m = build(&r, 0, 100, capacities[c]);
		MgMoments  *b = build(&r, 100, 300, capacities[c]);
		bool		zero = true;
		bool		positive = true;
		int			i;

		mg_moments_merge(m, b);
		for (i = 0; i < 10; i++)
		{
			zero = zero && mg_moments_of(m, i, 0) == 0.0 &&
				mg_moments_of(m, i, 5) == 0.0 &&
				mg_moments_of(m, i, 9) == 0.0;
			positive = positive && mg_moments_of(m, i, i) >= 0.0;
		}
		ok(zero, "%s: constant columns give exactly zero, capacity %d",
		   kernel, capacities[c]);
		ok(positive, "%s: no diagonal is negative, capacity %d", kernel,
		   capacities[c]);
		ok(mg_moments_mean_of(m, 0) == 0.1 &&
		   mg_moments_mean_of(m, 9) == -1.0 / 3.0,
		   "%s: and their means are exact, capacity %d", kernel,
		   capacities[c]);
		free(m);
		free(b);
	}
	free_rows(r);
}

static void
test_one_row(const char *kernel)
{
	static const int capacities[] = {0, 8, 64};
	Rows		r = make_rows(1, 21);
	int			c;

	r.w[0] = 0.1;
	for (c = 0; c < 3; c++)
	{
		MgMoments  *m = build(&r, 0, 1, capacities[c]);
		bool		zero = true;
		bool		exact = true;
		int			i;
		int			j;

		for (i = 0; i < 21; i++)
		{
			exact = exact && mg_moments_mean_of(m, i) == value(&r, 0, i);
			for (j = 0; j <= i; j++)
				zero = zero && mg_moments_of(m, i, j) == 0.0;
		}
		ok(m->n == 1 && zero && exact,
		   "%s: one row, mean itself, co-moments zero, capacity %d", kernel,
		   capacities[c]);
		free(m);
	}
	free_rows(r);
}

int
main(void)
{
	const char *name;
	int			i;

	test_widths();
	for (i = 0; (name = mg_moments_kernel_name(i)) != NULL; i++)
	{
		ok(mg_moments_kernel_use(name), "kernel %s", name);
		test_lengths(name);
		test_partial_blocks(name);
		test_early_folds(name);
		test_weights(name);
		test_shift(name);
		test_merges(name);
		test_copies(name);
		test_constant(name);
		test_one_row(name);
	}
	return done_testing();
}

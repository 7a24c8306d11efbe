/*-------------------------------------------------------------------------
 *
 * bench_moments.c
 *	  Nanoseconds a row of the co-moment engine, for each kernel that this
 *	  machine supports, beside a naive rank-1 update and CBLAS dsyrk on the
 *	  same 64-row blocks.  Everyone's co-moments are compared with the naive
 *	  ones before they are timed.
 *
 * CBLAS libraries are opened at run time, each with its own symbols: linked
 * into one program, one would answer for the other.  One that is absent is
 * left out.
 *
 * bench_moments [milliseconds a turn [rounds]]
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "moments_kernel.h"

#define BLOCK	MG_MOMENTS_BLOCK
#define COL_MAJOR		102
#define LOWER			122
#define NO_TRANSPOSE	111

typedef void (*dsyrk_fn) (int order, int uplo, int trans, int n, int k,
						  double alpha, const double *a, int lda, double beta,
						  double *c, int ldc);

typedef struct Rows
{
	int			n;
	int			dim;
	double	   *y;
	double	   *x;				/* n by dim - 1 */
	double	   *w;
} Rows;

/* run: takes all rows once, from an empty state; co-moment (dim - 1, 0) */
typedef struct Contestant
{
	char		name[32];
	double		(*run) (const struct Contestant *self, const Rows *r);
	const char *kernel;			/* of mindgap */
	int			capacity;		/* of mindgap's buffer */
	int			group;			/* start anew every so many rows, 0: never */
	dsyrk_fn	dsyrk;
} Contestant;

static void *work;				/* state, or matrix and block */

/* processor time: a busy machine disturbs it least */
static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double
run_mindgap(const Contestant *self, const Rows *r)
{
	MgMoments  *m = work;
	int			left = 0;
	int			k;

	for (k = 0; k < r->n; k++)
	{
		if (left-- == 0)
		{
			mg_moments_init(m, r->dim, self->capacity);
			left = self->group > 0 ? self->group - 1 : r->n;
		}
		mg_moments_add(m, r->y[k], r->x + (size_t) k * (r->dim - 1), r->w[k]);
	}
	mg_moments_fold(m);
	return mg_moments_of(m, r->dim - 1, 0);
}

/* what a first version of such an aggregate does: full square, one row */
static double
run_naive(const Contestant *self, const Rows *r)
{
	int			dim = r->dim;
	double	   *mean = work;
	double	   *matrix = mean + dim;
	double	   *d = matrix + (size_t) dim * dim;
	double		sum_w = 0.0;
	int			i;
	int			j;
	int			k;

	(void) self;
	memset(mean, 0, ((size_t) dim * dim + dim) * sizeof(double));
	for (k = 0; k < r->n; k++)
	{
		const double *x = r->x + (size_t) k * (dim - 1);
		double		share = r->w[k] / (sum_w + r->w[k]);
		double		between = sum_w * share;

		for (i = 0; i < dim; i++)
		{
			d[i] = (i == 0 ? r->y[k] : x[i - 1]) - mean[i];
			mean[i] += share * d[i];
		}
		for (i = 0; i < dim; i++)
			for (j = 0; j <= i; j++)
				matrix[(size_t) i * dim + j] += between * d[i] * d[j];
		sum_w += r->w[k];
	}
	return matrix[(size_t) (dim - 1) * dim];
}

/* rows into a block, centre, one row for the between term, dsyrk */
static double
run_dsyrk(const Contestant *self, const Rows *r)
{
	int			dim = r->dim;
	double	   *mean = work;
	double	   *block_mean = mean + dim;
	double	   *matrix = block_mean + dim;
	double	   *block = matrix + (size_t) dim * dim;
	double		sum_w = 0.0;
	int			first;
	int			j;
	int			k;

	memset(mean, 0, ((size_t) dim * dim + 2 * dim) * sizeof(double));
	for (first = 0; first < r->n; first += BLOCK)
	{
		int			count = r->n - first < BLOCK ? r->n - first : BLOCK;
		const double *w = r->w + first;
		double		block_w = 0.0;
		double		share;
		double		root;

		memset(block_mean, 0, dim * sizeof(double));
		for (k = 0; k < count; k++)
		{
			double	   *row = block + (size_t) k * dim;

			row[0] = r->y[first + k];
			memcpy(row + 1, r->x + (size_t) (first + k) * (dim - 1),
				   (dim - 1) * sizeof(double));
			for (j = 0; j < dim; j++)
				block_mean[j] += w[k] * row[j];
			block_w += w[k];
		}
		for (j = 0; j < dim; j++)
			block_mean[j] /= block_w;
		for (k = 0; k < count; k++)
		{
			double	   *row = block + (size_t) k * dim;

			root = sqrt(w[k]);
			for (j = 0; j < dim; j++)
				row[j] = root * (row[j] - block_mean[j]);
		}
		share = block_w / (sum_w + block_w);
		root = sqrt(sum_w * share);
		for (j = 0; j < dim; j++)
		{
			double		delta = block_mean[j] - mean[j];

			mean[j] += share * delta;
			block[(size_t) count * dim + j] = root * delta;
		}
		sum_w += block_w;
		self->dsyrk(COL_MAJOR, LOWER, NO_TRANSPOSE, dim, count + 1, 1.0,
					block, dim, 1.0, matrix, dim);
	}
	return matrix[dim - 1];
}

/* cblas_dsyrk of the first of these libraries that is there, or NULL */
static dsyrk_fn
open_dsyrk(const char *const *libraries)
{
	for (; *libraries != NULL; libraries++)
	{
		void	   *library = dlopen(*libraries, RTLD_NOW | RTLD_LOCAL);
		void	   *f = library ? dlsym(library, "cblas_dsyrk") : NULL;

		if (f != NULL)
		{
			dsyrk_fn	dsyrk;

			memcpy(&dsyrk, &f, sizeof(dsyrk));
			return dsyrk;
		}
	}
	return NULL;
}

static double
random_normal(void)
{
	double		sum = -6.0;
	int			i;

	for (i = 0; i < 12; i++)
		sum += random() / 2147483648.0;
	return sum;
}

static Rows
make_rows(int n, int dim)
{
	Rows		r;
	int			k;

	r.n = n;
	r.dim = dim;
	r.y = malloc(n * sizeof(double));
	r.x = malloc((size_t) n * dim * sizeof(double));
	r.w = malloc(n * sizeof(double));
	srandom(1);
	for (k = 0; k < n; k++)
	{
		r.y[k] = random_normal();
		r.w[k] = 0.5 + random() / 2147483648.0;
	}
	for (k = 0; k < n * (dim - 1); k++)
		r.x[k] = random_normal();
	return r;
}

static void
free_rows(Rows r)
{
	free(r.y);
	free(r.x);
	free(r.w);
}

/* ns a row */
static double
measure(const Contestant *c, const Rows *r, double seconds)
{
	double		start = now();
	double		elapsed;
	long		done = 0;

	do
	{
		c->run(c, r);
		done += r->n;
		elapsed = now() - start;
	} while (elapsed < seconds);
	return elapsed / done * 1e9;
}

static Contestant
contestant(const char *name, const char *kernel, int capacity, int group)
{
	Contestant	c;

	memset(&c, 0, sizeof(c));
	snprintf(c.name, sizeof(c.name), "%s%s", name, kernel ? kernel : "");
	c.run = run_mindgap;
	c.kernel = kernel;
	c.capacity = capacity;
	c.group = group;
	return c;
}

int
main(int argc, char **argv)
{
	static const int variables[] = {3, 5, 20, 50, 200, 500};
	static const char *const openblas[] = {
		"libopenblas.so.0", "libopenblas.so", NULL
	};
	static const char *const gslcblas[] = {
		"libgslcblas.so.0", "libgslcblas.so", NULL
	};
#define LENGTHS ((int) (sizeof(variables) / sizeof(variables[0])))
	double		seconds = (argc > 1 ? atof(argv[1]) : 10.0) / 1000.0;
	int			rounds = argc > 2 ? atoi(argv[2]) : 20;
	Contestant	contestants[16];
	double		best[16][LENGTHS];
	int			count = 0;
	int			round;
	int			i;
	int			v;

	/* a threaded build must not win by a second core */
	setenv("OPENBLAS_NUM_THREADS", "1", 1);

	contestants[count] = contestant("naive rank-1", NULL, 0, 0);
	contestants[count++].run = run_naive;
	contestants[count++] = contestant("rank-1, groups of 8", NULL, 0, 8);
	contestants[count++] = contestant("rank-1", NULL, 0, 0);
	for (i = 0; mg_moments_kernel_name(i) != NULL; i++)
		contestants[count++] = contestant("block, ",
										  mg_moments_kernel_name(i), BLOCK,
										  0);
	contestants[count] = contestant("OpenBLAS dsyrk", NULL, 0, 0);
	contestants[count].dsyrk = open_dsyrk(openblas);
	contestants[count++].run = run_dsyrk;
	contestants[count] = contestant("gslcblas dsyrk", NULL, 0, 0);
	contestants[count].dsyrk = open_dsyrk(gslcblas);
	contestants[count++].run = run_dsyrk;

	/* contestants take turns, the shortest of all rounds counts */
	for (v = 0; v < LENGTHS; v++)
	{
		int			dim = variables[v] + 1;
		Rows		r = make_rows(4096, dim);
		double		naive;

		work = malloc(((size_t) dim * dim + (BLOCK + 8) * (dim + 8)) *
					  sizeof(double) + mg_moments_size(dim, BLOCK));
		naive = run_naive(NULL, &r);
		for (round = 0; round < rounds; round++)
			for (i = 0; i < count; i++)
			{
				const Contestant *c = &contestants[i];
				double		took = INFINITY;

				mg_moments_kernel_use(c->kernel);
				if (c->run == run_dsyrk && c->dsyrk == NULL)
					took = NAN;
				else if (round > 0 || c->group > 0)
					took = measure(c, &r, seconds);
				else if (fabs(c->run(c, &r) - naive) > 1e-9)
				{
					fprintf(stderr, "%s is wrong\n", c->name);
					return 1;
				}
				if (round == 0 || took < best[i][v])
					best[i][v] = took;
			}
		free(work);
		free_rows(r);
	}

	printf("%-20s", "ns a row, k =");
	for (v = 0; v < LENGTHS; v++)
		printf("%9d", variables[v]);
	for (i = 0; i < count; i++)
	{
		printf("\n%-20s", contestants[i].name);
		if (isnan(best[i][0]))
			printf("  not found");
		for (v = 0; v < LENGTHS && !isnan(best[i][0]); v++)
			printf("%9.1f", best[i][v]);
	}
	printf("\n");
	return 0;
}

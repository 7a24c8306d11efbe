/*-------------------------------------------------------------------------
 *
 * test_gram.c
 *	  From rows with missing values to the cross-products of a fit: against
 *	  numpy, which imputes row by row.
 *
 *-------------------------------------------------------------------------
 */
#include "tap.h"				/* before the server's own printf */

#include "postgres.h"

#include <math.h>

#include "io/moments_summary.h"
#include "prediction/gram.h"

#include "gram_numbers.h"
#include "server.h"

#undef sprintf

#define N_ROWS		60
#define N_X			5

void
mg_moments_overflow(void)
{
	siglongjmp(on_error, 1);
}

void
mg_prediction_check_size(uint64 size)
{
}

uint64
mg_prediction_size(int dim, int n_slots, int n_folds)
{
	return sizeof(MgPredictionSummary) + n_slots * sizeof(MgIndicator) +
		(n_folds > 0 ? n_folds * (sizeof(MgFold) +
								  mg_moments_size(dim + n_slots, 0)) : 0);
}

void
qsort_arg(void *base, size_t nel, size_t elsize, qsort_arg_comparator cmp,
		  void *arg)
{
	int		   *a = base;
	size_t		i;
	size_t		j;

	for (i = 1; i < nel; i++)
	{
		for (j = i; j > 0 && cmp(&a[j - 1], &a[j], arg) > 0; j--)
		{
			int			swap = a[j];

			a[j] = a[j - 1];
			a[j - 1] = swap;
		}
	}
}

/* ---- rows ---- */

/* Row i, as mg_read_x_row would read it; bits and values are the caller's. */
static int
gram_row(int i, MgXRow *row, bits8 *bits, double *x)
{
	double		all[N_X];
	bool		missing[N_X] = {i % 7 == 3, i < 4, false, false, i % 3 == 1};
	int			n = 0;
	int			j;

	all[0] = 1e7 + i * 13 % 17;
	all[1] = (i * 29 % 23) / 7.0;
	all[2] = i % 5;
	all[3] = 3;
	all[4] = i * i % 19 - 0.5 * (i * 29 % 23) / 7.0;
	memset(row, 0, sizeof(MgXRow));
	*bits = 0;
	for (j = 0; j < N_X; j++)
	{
		if (!missing[j])
		{
			x[n++] = all[j];
			*bits |= 1 << j;
		}
	}
	row->present = true;
	row->present_x = n < N_X ? bits : NULL;
	row->dim = N_X + 1;
	row->outcome = i * 37 % 101 + 0.25 * (i % 3);
	row->weight = 1 + i % 4;
	row->x = x;
	return i % 3;
}

/* The rows i % parts = part, in an order that step gives, as a summary. */
static MgPredictionSummary *
summary_of(int parts, int part, int step)
{
	MgPredictionSummary *s = palloc0(sizeof(MgPredictionSummary));
	int			k;

	SET_VARSIZE(s, sizeof(MgPredictionSummary));
	s->dim = N_X + 1;
	for (k = 0; k < N_ROWS; k++)
	{
		int			i = k * step % N_ROWS;
		MgXRow		row;
		bits8		bits;
		double		x[N_X];
		int			fold = gram_row(i, &row, &bits, x);

		if (i % parts == part && !mg_prediction_add(&s, fold, &row))
			return NULL;
	}
	return mg_prediction_trim(s);
}

/* ---- comparison ---- */

/* largest difference over sqrt of the diagonal's product, of a square */
static double
square_error(const double *got, const double *wanted, int n)
{
	double		worst = 0;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		for (j = 0; j < n; j++)
		{
			double		scale = sqrt(fabs(wanted[i * n + i] *
										  wanted[j * n + j]));
			double		error = fabs(got[i * n + j] - wanted[i * n + j]);

			worst = fmax(worst, scale > 0 ? error / scale : error);
		}
	}
	return worst;
}

static double
list_error(const double *got, const double *wanted, int n)
{
	double		worst = 0;
	int			i;

	for (i = 0; i < n; i++)
		worst = fmax(worst, fabs(got[i] - wanted[i]) /
					 fmax(fabs(wanted[i]), 1));
	return worst;
}

static void
test_all(const MgPredictionSummary *s, const char *how)
{
	MgPredictionMoments *m = mg_prediction_moments(s, -1, -1, NULL);
	MgPredictionMoments *train = mg_prediction_moments(s, 1, -1, NULL);
	MgPredictionMoments *held = mg_prediction_moments(s, -1, 1, train->fill);
	MgGram	   *g = mg_gram(m, NULL, 1.5);
	double		mean[9];

	memcpy(mean, g->mean, 8 * sizeof(double));
	mean[8] = g->y_mean;
	ok(m->p == 8 && m->n_x == 5 && m->n == 60, "%s: columns and rows", how);
	is_close(list_error(m->fill, all_fill, 5), 0, 1e-13, "%s: fill", how);
	is_close(list_error(mean, all_mean, 9), 0, 1e-13, "%s: means", how);
	is_close(list_error(g->sd, all_sd, 8), 0, 1e-12, "%s: sd", how);
	is_close(square_error(g->G, all_gram, 8), 0, 1e-12, "%s: G", how);
	is_close(list_error(g->c, all_c, 8), 0, 1e-11, "%s: c", how);
	is_close(g->yy / all_rest[0], 1, 1e-12, "%s: yy", how);
	is_close(g->n, all_rest[1], 1e-12, "%s: effective rows", how);
	ok(g->dropped[3] && g->G[3 * 8 + 3] == 0 && g->sd[3] == 1,
	   "%s: the constant column is dropped", how);
	is_close(list_error(train->fill, train_fill, 5), 0, 1e-13,
			 "%s: fill of the training folds", how);
	is_close(list_error(train->mean, train_mean, 9), 0, 1e-13,
			 "%s: means of the training folds", how);
	is_close(square_error(train->M, train_m, 9), 0, 1e-12,
			 "%s: moments of the training folds", how);
	is_close(list_error(held->mean, held_mean, 9), 0, 1e-13,
			 "%s: means of the fold left out", how);
	/* a fill value of 1e7 and more is itself rounded, to 2e-9 */
	is_close(square_error(held->M, held_m, 9), 0, 1e-10,
			 "%s: moments of the fold left out", how);
}

static void
test_sweep(const MgPredictionSummary *s)
{
	MgPredictionMoments *m = mg_prediction_moments(s, -1, -1, NULL);
	MgGram	   *g = mg_gram(m, NULL, 1.5);
	int			columns[] = {2, 3, 5};
	int			twice[] = {2, 5, 2};
	MgSwept    *swept = mg_gram_sweep(g, columns, 3);
	double		beta[8] = {1, -2, 9, 0, 0.5, 9, 3, -1};
	volatile bool raised = false;
	int			j;

	ok(swept->k == 2, "a constant column costs nothing to sweep");
	is_close(square_error(g->G, swept_gram, 8), 0, 1e-12, "swept: G");
	is_close(list_error(g->c, swept_c, 8), 0, 1e-11, "swept: c");
	is_close(g->yy / swept_rest[0], 1, 1e-12, "swept: yy");
	is_close(g->n, swept_rest[1], 1e-12, "swept: each column costs one row");
	ok(g->dropped[2] && g->dropped[3] && g->dropped[5] && !g->dropped[0],
	   "swept columns are dropped");
	mg_swept_coefficients(swept, beta);
	is_close(beta[2], swept_beta[0], 1e-10, "coefficient of a swept column");
	is_close(beta[5], swept_beta[1], 1e-10, "coefficient of the other");

	g = mg_gram(m, NULL, 1.5);
	if (sigsetjmp(on_error, 0) == 0)
		mg_gram_sweep(g, twice, 3);
	else
		raised = true;
	ok(raised, "a collinear column cannot be swept");

	/* column 4 made twice column 2: once that is swept nothing is left of it */
	g = mg_gram(m, NULL, 1.5);
	memcpy(g->G + 4 * 8, g->G + 2 * 8, 8 * sizeof(double));
	for (j = 0; j < 8; j++)
		g->G[j * 8 + 4] = g->G[j * 8 + 2];
	mg_gram_sweep(g, columns, 1);
	ok(g->dropped[4] && g->G[4 * 8 + 4] == 0 && g->c[4] == 0 && !g->dropped[7],
	   "a column that swept ones explain is dropped");

	g = mg_gram(m, NULL, 1.5);
	m->M[4 * 9 + 4] = 0;
	ok(mg_gram(m, g->sd, 1)->dropped[4], "constant with a given divisor too");
}

static void
test_divisor(const MgPredictionSummary *s)
{
	MgPredictionMoments *m = mg_prediction_moments(s, -1, -1, NULL);
	double		divisor[8] = {2, 2, 2, 2, 2, 2, 2, 2};
	MgGram	   *g = mg_gram(m, divisor, 1);
	double		f = g->n / g->sum_w;

	is_close(g->G[1], m->M[1] / 4 * f, 1e-9, "given divisors");
	is_close(g->c[0], m->M[8] / 2 * f, 1e-9, "given divisors, c");
	ok(g->dropped[3] && !g->dropped[0], "constant columns are dropped all the same");
}

static const char *
text_of(const char *format, int n)
{
	char	   *text = malloc(64);

	sprintf(text, format, n);
	return text;
}

/* Parts, each seeing missing values in its own order, merged both ways. */
static void
test_merge(void)
{
	int			parts;

	for (parts = 2; parts <= N_ROWS; parts = parts == 2 ? 7 :
		 parts == 7 ? 60 : 61)
	{
		MgPredictionSummary *up = summary_of(parts, 0, 1);
		MgPredictionSummary *down = summary_of(parts, parts - 1, 7);
		int			i;

		for (i = 1; i < parts; i++)
		{
			mg_prediction_merge(&up, summary_of(parts, i, 1));
			mg_prediction_merge(&down, summary_of(parts, parts - 1 - i, 7));
		}
		test_all(mg_prediction_trim(up), text_of("%d parts", parts));
		test_all(mg_prediction_trim(down),
				 text_of("%d parts backwards", parts));
	}
}

int
main(void)
{
	MgPredictionSummary *s = summary_of(1, 0, 1);
	MgPredictionLayout *layout = mg_prediction_layout(s);

	ok(layout->p == 8 && layout->parent[5] == 0 && layout->parent[6] == 1 &&
	   layout->parent[7] == 4 && layout->parent[3] == 3, "layout: parents");
	ok(layout->n_missing[0] == 9 && layout->n_missing[1] == 4 &&
	   layout->n_missing[2] == 0 && layout->n_missing[7] == 20,
	   "layout: missing values");
	ok(layout->n_folds == 3 && layout->fold[2] == 2 && layout->cross_validation,
	   "layout: folds");
	test_all(s, "as they come");
	test_all(summary_of(1, 0, 7), "another order");
	test_all(summary_of(1, 0, 59), "backwards");
	test_merge();
	test_sweep(s);
	test_divisor(s);
	return done_testing();
}

/*-------------------------------------------------------------------------
 *
 * binomial_rows.c
 *		Rows of a yes/no outcome kept in memory, and the quadratic
 *		approximations of their log likelihood.
 *
 * Rows that are alike are kept once, with their sums of weights, where this
 * halves them: it does when all predictors are categories, and few.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "miscadmin.h"

#include "prediction/binomial_fit.h"

static void *
large(Size n, Size size)
{
	return MemoryContextAllocExtended(CurrentMemoryContext,
									  Max(n, 1) * size,
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* eta of row i */
static inline double
eta_of(const MgBinomialRows *rows, int64 i, double intercept,
	   const double *beta)
{
	const double *x = rows->x + i * rows->like.p;
	double		eta = intercept;
	int			j;

	for (j = 0; j < rows->like.p; j++)
		eta += x[j] * beta[j];
	return eta;
}

static double
rows_log_likelihood(MgLikelihood *self, double intercept, const double *beta,
					int without_fold)
{
	const MgBinomialRows *rows = (const MgBinomialRows *) self;
	double		sum = 0;
	double		mu;
	double		variance;
	int64		i;

	for (i = 0; i < rows->n; i++)
	{
		if (rows->fold[i] != without_fold)
			sum += mg_logistic(eta_of(rows, i, intercept, beta), rows->w[i],
							   rows->wy[i], &mu, &variance);
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return sum;
}

/* sum_w, mean and M of a quadratic, from moments of x with weights W */
void
mg_quadratic_moments(MgQuadratic *q, const MgMoments *m)
{
	int			i;
	int			j;

	q->sum_w = m->sum_w;
	for (i = 0; i < q->p; i++)
	{
		q->mean[i] = mg_moments_mean_of(m, i);
		for (j = 0; j <= i; j++)
			q->M[(Size) i * q->p + j] = q->M[(Size) j * q->p + i] =
				mg_moments_of(m, i, j);
	}
}

static void
rows_quadratic(MgBinomialRows *rows, MgQuadratic *q, int without_fold)
{
	int			p = rows->like.p;
	MgMoments  *m = rows->moments;
	int64		i;
	int			j;

	mg_moments_init(m, p, MG_MOMENTS_BLOCK);
	q->loglik = 0;
	q->score0 = 0;
	q->max_eta = 0;
	memset(q->score, 0, p * sizeof(double));
	for (i = 0; i < rows->n; i++)
	{
		const double *x = rows->x + i * p;
		double		eta;
		double		mu;
		double		variance;
		double		r;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (rows->fold[i] == without_fold)
			continue;
		eta = eta_of(rows, i, q->intercept, q->beta);
		q->loglik += mg_logistic(eta, rows->w[i], rows->wy[i], &mu, &variance);
		q->max_eta = Max(q->max_eta, fabs(eta));
		r = rows->wy[i] - rows->w[i] * mu;
		q->score0 += r;
		for (j = 0; j < p; j++)
			q->score[j] += r * x[j];
		if (!mg_moments_add(m, x[0], x + 1, rows->w[i] * variance))
			elog(ERROR, "row out of range");
	}
	mg_moments_fold(m);
	mg_quadratic_moments(q, m);
}

static void
rows_quadratics(MgLikelihood *self, MgQuadratic **q, int k, int without_fold)
{
	int			i;

	for (i = 0; i < k; i++)
		rows_quadratic((MgBinomialRows *) self, q[i], without_fold);
}

/*
 * Scores every row by the coefficients of its fold: coef is n_vectors x
 * n_folds x (1 + p), intercept first.
 */
static void
rows_score(MgLikelihood *self, const double *coef, MgScores *scores)
{
	const MgBinomialRows *rows = (const MgBinomialRows *) self;
	int			p = self->p;
	int64		i;
	int			k;

	for (i = 0; i < rows->n; i++)
	{
		int			fold = rows->fold[i];

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		scores->sum_w[fold] += rows->w[i];
		for (k = 0; k < scores->n_vectors; k++)
		{
			const double *b = coef +
				((Size) k * scores->n_folds + fold) * (1 + p);

			mg_scores_add(scores, fold, k, eta_of(rows, i, b[0], b + 1),
						  rows->w[i], rows->wy[i]);
		}
	}
}

/* Room for so many rows at first. */
MgBinomialRows *
mg_rows_alloc(int p, int n_folds, int64 capacity)
{
	MgBinomialRows *rows = palloc0(sizeof(MgBinomialRows));

	rows->like.p = p;
	rows->like.n_folds = n_folds;
	rows->like.quadratics = rows_quadratics;
	rows->like.log_likelihood = rows_log_likelihood;
	rows->like.score = rows_score;
	rows->capacity = Max(capacity, 16);
	rows->x = large(rows->capacity * p, sizeof(double));
	rows->w = large(rows->capacity, sizeof(double));
	rows->wy = large(rows->capacity, sizeof(double));
	rows->fold = large(rows->capacity, sizeof(int));
	rows->moments = large(mg_moments_size(p, MG_MOMENTS_BLOCK), 1);
	return rows;
}

/* x: p standardised values; w > 0 */
void
mg_rows_add(MgBinomialRows *rows, const double *x, bool y, double w, int fold)
{
	int			p = rows->like.p;

	if (rows->n == rows->capacity)
	{
		Size		n = rows->capacity *= 2;

		rows->x = repalloc_huge(rows->x, n * p * sizeof(double));
		rows->w = repalloc_huge(rows->w, n * sizeof(double));
		rows->wy = repalloc_huge(rows->wy, n * sizeof(double));
		rows->fold = repalloc_huge(rows->fold, n * sizeof(int));
	}
	memcpy(rows->x + rows->n * p, x, p * sizeof(double));
	rows->w[rows->n] = w;
	rows->wy[rows->n] = y ? w : 0;
	rows->fold[rows->n] = fold;
	rows->n_rows = ++rows->n;
}

/*
 * Keeps rows that are alike once, if at most half of them are left.  The
 * table holds, by hash, the first row of each kind.
 */
static void
collapse(MgBinomialRows *rows)
{
	int			p = rows->like.p;
	Size		width = p * sizeof(double);
	Size		slots = 16;
	int64	   *table;
	int64	   *first;
	int64		n_first = 0;
	int64		i;
	int64		k;

	while (slots < 2 * (Size) rows->n)
		slots *= 2;
	table = large(slots, sizeof(int64));	/* a row's number + 1 */
	first = large(rows->n, sizeof(int64));
	for (i = 0; i < rows->n; i++)
	{
		const double *x = rows->x + i * p;
		Size		at = hash_bytes((const unsigned char *) x, width);

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		at = (at + rows->fold[i] * 7919) & (slots - 1);
		while (table[at] != 0)
		{
			k = table[at] - 1;
			if (rows->fold[k] == rows->fold[i] &&
				memcmp(rows->x + k * p, x, width) == 0)
				break;
			at = (at + 1) & (slots - 1);
		}
		if (table[at] == 0)
		{
			table[at] = i + 1;
			n_first++;
			if (n_first > rows->n / 2)
				break;
		}
		first[i] = table[at] - 1;
	}
	if (n_first <= rows->n / 2)
	{
		n_first = 0;
		for (i = 0; i < rows->n; i++)
		{
			/* from here on, first[] of a first row is its new place */
			if (first[i] == i)
			{
				k = n_first++;
				memmove(rows->x + k * p, rows->x + i * p, width);
				rows->w[k] = rows->w[i];
				rows->wy[k] = rows->wy[i];
				rows->fold[k] = rows->fold[i];
				first[i] = k;
			}
			else
			{
				k = first[first[i]];
				rows->w[k] += rows->w[i];
				rows->wy[k] += rows->wy[i];
			}
		}
		rows->n = n_first;
	}
	pfree(table);
	pfree(first);
}

/* After the last row; scale: what weights are multiplied by. */
void
mg_rows_finish(MgBinomialRows *rows, double scale)
{
	int64		i;

	collapse(rows);
	for (i = 0; i < rows->n; i++)
	{
		rows->w[i] *= scale;
		rows->wy[i] *= scale;
	}
}

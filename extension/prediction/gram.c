/*-------------------------------------------------------------------------
 *
 * gram.c
 *		From a prediction summary to the standardised cross-products of a fit.
 *
 * Where x is missing the mean of the values seen stands for it, beside an
 * indicator.  The summary holds x0 = x (1 - m) + f m; the imputed column is
 * x0 + (mean - f) m, a linear map of what is held, so its moments are exact
 * (the map T'MT).  The mean of the values seen follows from the same moments:
 * mean(x0) = (1 - mean(m)) seen + mean(m) f.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/standardise.h"
#include "io/moments_summary.h"
#include "prediction/gram.h"

/* An array that may be larger than 1 GB. */
static void *
array_of(Size n, Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * size);
}

MgPredictionLayout *
mg_prediction_layout(const MgPredictionSummary *s)
{
	MgPredictionLayout *layout = (MgPredictionLayout *)
		palloc0(sizeof(MgPredictionLayout));
	int			n_x = Max(s->dim - 1, 0);
	const MgFold *f = mg_prediction_first_fold(s);
	int			i;

	layout->n_x = n_x;
	layout->n_indicators = s->n_indicators;
	layout->p = n_x + s->n_indicators;
	layout->parent = (int *) array_of(layout->p, sizeof(int));
	layout->n_missing = (int64 *) array_of(layout->p, sizeof(int64));
	for (i = 0; i < n_x; i++)
	{
		layout->parent[i] = i;
		layout->n_missing[i] = 0;
	}
	for (i = 0; i < s->n_indicators; i++)
	{
		const MgIndicator *slot = mg_prediction_slot(s, i);

		layout->parent[n_x + i] = slot->column;
		layout->n_missing[n_x + i] = slot->n_missing;
		layout->n_missing[slot->column] = slot->n_missing;
	}
	layout->n_folds = s->n_folds;
	layout->fold = (int *) array_of(s->n_folds, sizeof(int));
	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
		layout->fold[i] = f->number;
	layout->cross_validation = s->n_folds > 1;
	return layout;
}

/* The merged moments of some folds, or NULL. */
static MgMoments *
merge_folds(const MgPredictionSummary *s, int without_fold, int only_fold)
{
	int			dim = s->dim + s->n_slots;
	const MgFold *f = mg_prediction_first_fold(s);
	MgMoments  *m = NULL;
	int			i;

	for (i = 0; i < s->n_folds; i++, f = mg_prediction_next_fold(f))
	{
		CHECK_FOR_INTERRUPTS();
		if (f->number == without_fold ||
			(only_fold >= 0 && f->number != only_fold))
			continue;
		if (m == NULL)
		{
			m = (MgMoments *) palloc(mg_moments_size(dim, 0));
			mg_moments_init(m, dim, 0);
		}
		mg_moments_merge(m, mg_fold_moments(f));
	}
	return m;
}

/*
 * Puts "fill", or the mean of the values seen, in place of missing values of
 * a column and returns it.
 */
static double
impute(MgMoments *m, const MgPredictionSummary *s, int i, const double *fill)
{
	const MgIndicator *slot = mg_prediction_slot(s, i);
	int			x = 1 + slot->column;
	int			indicator = s->dim + i;
	double		seen = (1 - mg_moments_shift(m)[indicator]) -
		mg_moments_mean(m)[indicator];
	double		change = 0;

	if (fill != NULL)
		change = fill[slot->column] - slot->fill;
	else if (seen > 0)
		change = ((mg_moments_shift(m)[x] - slot->fill) +
				  mg_moments_mean(m)[x]) / seen;
	if (change != 0)
		mg_moments_shear(m, x, indicator, change);
	return slot->fill + change;
}

MgPredictionMoments *
mg_prediction_moments(const MgPredictionSummary *s, int without_fold,
					  int only_fold, const double *fill)
{
	MgMoments  *m = merge_folds(s, without_fold, only_fold);
	MgPredictionMoments *r;
	int			q = s->dim + s->n_slots;
	Size		i;
	Size		j;

	if (m == NULL)
		return NULL;
	r = (MgPredictionMoments *) palloc0(sizeof(MgPredictionMoments));
	r->p = q - 1;
	r->n_x = s->dim - 1;
	r->n = m->n;
	r->sum_w = m->sum_w;
	r->sum_w2 = m->sum_w2;
	r->mean = (double *) array_of(q, sizeof(double));
	r->M = (double *) array_of((Size) q * q, sizeof(double));
	r->fill = (double *) array_of(r->n_x, sizeof(double));
	for (i = 0; i < r->n_x; i++)
		r->fill[i] = fill != NULL ? fill[i] : mg_moments_mean_of(m, i + 1);
	for (i = 0; i < s->n_indicators; i++)
	{
		int			column = mg_prediction_slot(s, i)->column;

		CHECK_FOR_INTERRUPTS();
		r->fill[column] = impute(m, s, i, fill);
	}
	if (!mg_moments_finite(m))
		mg_moments_overflow();
	/* The outcome, which is column 0 there, is the last here. */
	for (i = 0; i < q; i++)
	{
		Size		to = (i + q - 1) % q;

		r->mean[to] = mg_moments_mean_of(m, i);
		for (j = 0; j <= i; j++)
		{
			Size		other = (j + q - 1) % q;
			double		x = mg_moments_of(m, i, j);

			r->M[to * q + other] = x;
			r->M[other * q + to] = x;
		}
	}
	pfree(m);
	return r;
}

static void
drop(MgGram *g, int j)
{
	Size		i;

	for (i = 0; i < g->p; i++)
		g->G[i * g->p + j] = g->G[(Size) j * g->p + i] = 0;
	g->c[j] = 0;
	g->dropped[j] = true;
}

MgGram *
mg_gram(const MgPredictionMoments *m, const double *divisor,
		double design_effect)
{
	Size		p = m->p;
	MgGram	   *g = (MgGram *) palloc0(sizeof(MgGram));
	double		f;
	Size		i;
	Size		j;

	/* squares of weights that are too small to be squared */
	if (!(m->sum_w2 > 0))
		mg_moments_overflow();
	g->p = m->p;
	g->sum_w = m->sum_w;
	g->rows = m->n;
	g->n = m->sum_w / m->sum_w2 * m->sum_w / design_effect;
	f = g->n / m->sum_w;
	g->G = (double *) array_of(p * p, sizeof(double));
	g->c = (double *) array_of(p, sizeof(double));
	g->mean = (double *) array_of(p, sizeof(double));
	g->sd = (double *) array_of(p, sizeof(double));
	g->dropped = (bool *) array_of(p, sizeof(bool));
	g->y_mean = m->mean[p];
	g->yy = m->M[p * (p + 1) + p] * f;
	for (j = 0; j < p; j++)
	{
		double		sd = mg_column_sd(m->M[j * (p + 1) + j], m->sum_w,
									  m->mean[j]);

		g->mean[j] = m->mean[j];
		g->dropped[j] = sd == 0 || (divisor != NULL && !(divisor[j] > 0));
		g->sd[j] = g->dropped[j] ? 1 : divisor != NULL ? divisor[j] : sd;
	}
	for (i = 0; i < p; i++)
	{
		if (i % 64 == 0)
			CHECK_FOR_INTERRUPTS();
		g->c[i] = m->M[i * (p + 1) + p] / g->sd[i] * f;
		for (j = 0; j < p; j++)
			g->G[i * p + j] = m->M[i * (p + 1) + j] / (g->sd[i] * g->sd[j]) * f;
	}
	for (j = 0; j < p; j++)
	{
		if (g->dropped[j])
			drop(g, j);
	}
	return g;
}

MgSwept *
mg_gram_sweep(MgGram *g, const int *column, int n_columns)
{
	Size		p = g->p;
	MgSwept    *swept = (MgSwept *) palloc0(sizeof(MgSwept));
	double	   *solved;
	double	   *square;
	double	   *c;
	int			factored;
	int			k = 0;
	Size		i;
	Size		j;
	int			a;

	swept->p = g->p;
	swept->column = (int *) array_of(n_columns, sizeof(int));
	for (a = 0; a < n_columns; a++)
	{
		if (!g->dropped[column[a]])
			swept->column[k++] = column[a];
	}
	swept->k = k;
	swept->lower = (double *) array_of((Size) k * k, sizeof(double));
	swept->cross = (double *) array_of(k * p, sizeof(double));
	swept->c = (double *) array_of(k, sizeof(double));
	factored = mg_sweep_factor(g->G, g->p, swept->column, k, swept->lower);
	if (factored < k)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a variable that is always in the model is collinear with others that are"),
				 errdetail("It is column %d.", swept->column[factored] + 1),
				 errhint("Leave it out, or let it be shrunk like the other variables.")));
	for (a = 0; a < k; a++)
	{
		memcpy(swept->cross + a * p, g->G + swept->column[a] * p,
			   p * sizeof(double));
		swept->c[a] = g->c[swept->column[a]];
	}

	/* L^-1 of the cross-products; then the Schur complement. */
	solved = (double *) array_of(k * p, sizeof(double));
	memcpy(solved, swept->cross, k * p * sizeof(double));
	c = (double *) array_of(k, sizeof(double));
	memcpy(c, swept->c, k * sizeof(double));
	square = (double *) array_of(p, sizeof(double));
	mg_sweep_solve(swept->lower, k, c, 1);
	for (j = 0; j < p; j++)
	{
		mg_sweep_solve(swept->lower, k, solved + j, g->p);
		square[j] = g->G[j * p + j];
	}
	for (a = 0; a < k; a++)
	{
		const double *row = solved + a * p;

		for (i = 0; i < p; i++)
		{
			if (i % 64 == 0)
				CHECK_FOR_INTERRUPTS();
			g->c[i] -= row[i] * c[a];
			for (j = 0; j < p; j++)
				g->G[i * p + j] -= row[i] * row[j];
		}
		g->yy -= c[a] * c[a];
	}
	g->yy = Max(g->yy, 0);
	g->n -= k;
	/* What the swept columns explain, they themselves included, is rounding. */
	for (j = 0; j < p; j++)
	{
		if (!g->dropped[j] && !(g->G[j * p + j] > 1e-10 * square[j]))
			drop(g, j);
	}
	for (a = 0; a < k; a++)
		drop(g, swept->column[a]);
	pfree(solved);
	pfree(c);
	pfree(square);
	return swept;
}

/* G_aa^-1 (c_a - G_ab beta_b) */
void
mg_swept_coefficients(const MgSwept *swept, double *beta)
{
	double	   *b = (double *) array_of(swept->k, sizeof(double));
	int			a;
	int			j;

	for (a = 0; a < swept->k; a++)
		beta[swept->column[a]] = 0;
	for (a = 0; a < swept->k; a++)
	{
		b[a] = swept->c[a];
		for (j = 0; j < swept->p; j++)
			b[a] -= swept->cross[(Size) a * swept->p + j] * beta[j];
	}
	mg_sweep_solve(swept->lower, swept->k, b, 1);
	mg_sweep_solve_back(swept->lower, swept->k, b);
	for (a = 0; a < swept->k; a++)
		beta[swept->column[a]] = b[a];
	pfree(b);
}

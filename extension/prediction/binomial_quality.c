/*-------------------------------------------------------------------------
 *
 * binomial_quality.c
 *		How good predicted probabilities of held-out rows are.
 *
 * Log loss and Brier score are exact sums.  The area under the ROC curve
 * comes from 2048 bins of the linear predictor on [-12, 12]; pairs within a
 * bin count one half, so it is off by at most half the share of such pairs,
 * which is reported with it.  Calibration, logit P(y) = a + b eta, is
 * fitted by Newton's method to the bins with the mean eta of each: the error
 * is of the order of the squared bin width, about 1e-5.  A bin at either end
 * holds all beyond the limits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "prediction/binomial_fit.h"

#define BIN(s, vector, b)	((s)->bins + \
							 ((Size) (vector) * MG_ETA_BINS + (b)) * 3)

MgScores *
mg_scores_alloc(int n_folds, int n_vectors)
{
	MgScores   *s = palloc0(sizeof(MgScores));
	Size		cells = (Size) n_vectors * n_folds;

	s->n_folds = n_folds;
	s->n_vectors = n_vectors;
	s->sum_w = palloc0(n_folds * sizeof(double));
	s->loss = palloc0(cells * sizeof(double));
	s->brier = palloc0(cells * sizeof(double));
	s->excess = palloc0(cells * sizeof(double));
	s->bins = palloc0(MG_SCORE_BINNED * MG_ETA_BINS * 3 * sizeof(double));
	return s;
}

/* Rows with this eta: their weight w, and wy of it with the outcome. */
void
mg_scores_add(MgScores *s, int fold, int vector, double eta, double w,
			  double wy)
{
	Size		at = (Size) vector * s->n_folds + fold;
	double		mu;
	double		variance;
	double	   *bin;
	double		b;

	s->loss[at] -= mg_logistic(eta, w, wy, &mu, &variance);
	s->brier[at] += wy * (1 - mu) * (1 - mu) + (w - wy) * mu * mu;
	s->excess[at] += wy - w * mu;
	if (vector >= MG_SCORE_BINNED)
		return;
	b = floor((eta + MG_ETA_LIMIT) * (MG_ETA_BINS / (2 * MG_ETA_LIMIT)));
	bin = BIN(s, vector, (int) Min(Max(b, 0), MG_ETA_BINS - 1));
	bin[0] += wy;
	bin[1] += w - wy;
	bin[2] += w * eta;
}

/* logit P = a + b eta; false where the outcome does not overlap. */
static bool
calibrate(const MgScores *s, int vector, double *a, double *b)
{
	int			step;
	int			k;

	*a = 0;
	*b = 1;
	for (step = 0; step < 50; step++)
	{
		double		g0 = 0;
		double		g1 = 0;
		double		h00 = 0;
		double		h01 = 0;
		double		h11 = 0;
		double		det;
		double		da;
		double		db;

		for (k = 0; k < MG_ETA_BINS; k++)
		{
			const double *bin = BIN(s, vector, k);
			double		w = bin[0] + bin[1];
			double		eta;
			double		mu;
			double		v;

			if (!(w > 0))
				continue;
			eta = bin[2] / w;
			(void) mg_logistic(*a + *b * eta, w, bin[0], &mu, &v);
			g0 += bin[0] - w * mu;
			g1 += (bin[0] - w * mu) * eta;
			h00 += w * v;
			h01 += w * v * eta;
			h11 += w * v * eta * eta;
		}
		det = h00 * h11 - h01 * h01;
		if (!(det > 1e-12 * h00 * h11))
			return false;
		da = (h11 * g0 - h01 * g1) / det;
		db = (h00 * g1 - h01 * g0) / det;
		*a += da;
		*b += db;
		if (fabs(da) < 1e-10 && fabs(db) < 1e-10)
			return true;
	}
	return false;
}

static void
roc(const MgScores *s, int vector, double *auc, double *bound)
{
	double		n1 = 0;
	double		n0 = 0;
	double		area = 0;
	double		ties = 0;
	int			k;

	for (k = 0; k < MG_ETA_BINS; k++)
	{
		const double *bin = BIN(s, vector, k);

		area += bin[0] * (n0 + bin[1] / 2);
		ties += bin[0] * bin[1] / 2;
		n1 += bin[0];
		n0 += bin[1];
	}
	*auc = n1 > 0 && n0 > 0 ? area / (n1 * n0) : NAN;
	*bound = n1 > 0 && n0 > 0 ? ties / (n1 * n0) : NAN;
}

/*
 * The quality of one of the coefficient vectors; NaN: cannot be told.  Folds
 * without rows are left out: few persons may leave one empty.
 */
void
mg_scores_quality(const MgScores *s, int vector, MgQuality *q)
{
	const double *loss = s->loss + (Size) vector * s->n_folds;
	const double *brier = s->brier + (Size) vector * s->n_folds;
	const double *excess = s->excess + (Size) vector * s->n_folds;
	double		sum_w = 0;
	double		square = 0;
	double		mean = 0;
	int			f;

	memset(q, 0, sizeof(MgQuality));
	q->fold_loss = palloc0(s->n_folds * sizeof(double));
	for (f = 0; f < s->n_folds; f++)
	{
		sum_w += s->sum_w[f];
		q->loss += loss[f];
		q->brier += brier[f];
		q->in_the_large += excess[f];
		if (s->sum_w[f] > 0)
		{
			q->fold_loss[q->n_folds] = loss[f] / s->sum_w[f];
			mean += q->fold_loss[q->n_folds++];
		}
	}
	q->loss /= sum_w;
	q->brier /= sum_w;
	q->in_the_large /= sum_w;
	mean /= q->n_folds;
	for (f = 0; f < q->n_folds; f++)
		square += (q->fold_loss[f] - mean) * (q->fold_loss[f] - mean);
	q->loss_error = q->n_folds > 1 ?
		sqrt(square / (q->n_folds - 1) / q->n_folds) : NAN;
	q->r2 = NAN;
	q->auc = q->auc_bound = q->slope = q->intercept = NAN;
	if (vector < MG_SCORE_BINNED)
	{
		roc(s, vector, &q->auc, &q->auc_bound);
		if (!calibrate(s, vector, &q->intercept, &q->slope))
			q->slope = q->intercept = NAN;
	}
}

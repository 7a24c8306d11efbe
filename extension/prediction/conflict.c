/*-------------------------------------------------------------------------
 *
 * conflict.c
 *		Where the prior and the data disagree, and what a category adds.
 *
 * Averaged over the prior, a = D^-1 (beta - m) has covariance sigma^2 Q,
 * Q = I - B^-1, so T_c = a_c' Q_cc^+ a_c, of rank r, over S is exactly
 * Beta(r / 2, (n - 1 - r) / 2): the prior-predictive check of Evans and Moshonov
 * (2006, Bayesian Analysis 1:893) in closed form.  A high T_c: effects larger
 * than the prior allows; a low one: smaller.  Its signed companion is the
 * score of the category's prior variance over the root of its expected
 * information (Nott et al. 2020, Statistical Science 35:234).
 *
 * Q_cc^+ is applied by Cholesky with pivoting, which stops where what is left
 * is rounding: a_c lies in the range of Q_cc, so the pivots it has chosen
 * carry all of T_c, and duplicate columns do no harm.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "miscadmin.h"

#include "core/moments.h"
#include "prediction/gaussian.h"

#define RANK	1e-10

/* Element of Q, by places in the problem. */
static double
q_element(const MgPoint *point, int i, int j)
{
	double		b = point->inverse[i >= j ? mg_triangle_at(i, j) :
								   mg_triangle_at(j, i)];

	return (i == j) - b;
}

/*
 * a'Q^+ a over the variables member[0 .. n-1]; *rank that of their Q.  Row k
 * of "upper" is row k of the factor, in the given order of variables.
 */
static double
quadratic_form(const MgPoint *point, const int *member, int n, int *rank)
{
	double	   *upper = MemoryContextAllocHuge(CurrentMemoryContext,
											   (Size) n * n * sizeof(double));
	double	   *left = palloc(n * sizeof(double));
	double	   *a = palloc(n * sizeof(double));
	double		most = 0;
	double		sum = 0;
	int			i;
	int			k;
	int			r;

	for (i = 0; i < n; i++)
	{
		left[i] = q_element(point, member[i], member[i]);
		a[i] = point->a[member[i]];
		most = Max(most, left[i]);
	}
	for (r = 0; r < n; r++)
	{
		double	   *row = upper + (Size) r * n;
		int			pivot = 0;
		double		root;
		double		t;

		CHECK_FOR_INTERRUPTS();
		for (i = 1; i < n; i++)
		{
			if (left[i] > left[pivot])
				pivot = i;
		}
		if (!(left[pivot] > Max(RANK * most, point->noise)))
			break;
		root = sqrt(left[pivot]);
		for (i = 0; i < n; i++)
			row[i] = q_element(point, member[pivot], member[i]);
		for (k = 0; k < r; k++)
		{
			const double *before = upper + (Size) k * n;
			double		f = before[pivot];

			for (i = 0; i < n; i++)
				row[i] -= f * before[i];
		}
		for (i = 0; i < n; i++)
		{
			row[i] /= root;
			left[i] -= row[i] * row[i];
		}
		left[pivot] = -DBL_MAX; /* done with */
		t = a[pivot] / root;
		sum += t * t;
		for (i = 0; i < n; i++)
			a[i] -= t * row[i];
	}
	*rank = r;
	pfree(upper);
	pfree(left);
	pfree(a);
	return sum;
}

/* Tail areas of T_c / S under the prior; NaN where there are none. */
void
mg_conflict(const MgProblem *q, const MgPoint *point, const int *member,
			int n_member, double *low, double *high)
{
	int		   *given = palloc((n_member + 1) * sizeof(int));
	int			n = 0;
	int			rank = 0;
	double		share = 0;
	int			i;

	for (i = 0; i < n_member; i++)
	{
		if (point->root_v[member[i]] > 0)
			given[n++] = member[i];
	}
	*low = *high = NAN;
	if (n > 0)
		share = quadratic_form(point, given, n, &rank) / point->rss;
	if (rank > 0 && q->n - 1 > rank)
	{
		gsl_error_handler_t *old = gsl_set_error_handler_off();

		share = Min(share, 1);
		*low = gsl_cdf_beta_P(share, rank / 2.0, (q->n - 1 - rank) / 2);
		*high = gsl_cdf_beta_Q(share, rank / 2.0, (q->n - 1 - rank) / 2);
		gsl_set_error_handler(old);
	}
	pfree(given);
}

/* score / sqrt(information); NaN where there is no information */
static double
signed_score(double score, double information)
{
	return information > 0 ? score / sqrt(information) : NAN;
}

/* All of a fit's: by category and by variable. */
void
mg_conflicts(const MgProblem *q, const MgPoint *point, MgFit *fit)
{
	int			C = q->n_categories;
	double	   *score = palloc((q->p + 1) * sizeof(double));
	double	   *h = palloc(((Size) C * C + 1) * sizeof(double));
	int		   *member = palloc((q->p + 1) * sizeof(int));
	int		   *start = palloc((q->p + 1) * sizeof(int));
	int		   *term = palloc(((Size) q->p * C + 1) * sizeof(int));
	double	   *share = palloc(((Size) q->p * C + 1) * sizeof(double));
	MgScoring	model = {0};
	int			n = 0;
	int			j;
	int			c;

	mg_point_scores(q, point, score);
	for (j = 0; j < q->p; j++)
	{
		double		edf = q_element(point, j, j);
		int			to = q->column[j];

		mg_conflict(q, point, &j, 1, &fit->variable_low[to],
					&fit->variable_high[to]);
		fit->variable_score[to] =
			signed_score(score[j], edf * edf * (1 - 1 / q->nu) / 2);
		start[j] = n;
		for (c = 0; c < C; c++)
		{
			if (q->member[(Size) j * C + c] != 0)
			{
				term[n] = c;
				share[n++] = q->member[(Size) j * C + c];
			}
		}
	}
	start[q->p] = n;
	model.k = C;
	model.start = start;
	model.term = term;
	model.share = share;
	if (C > 0)
		mg_information(q, point, &model, h);
	for (c = 0; c < C; c++)
	{
		double		sum = 0;

		for (j = 0, n = 0; j < q->p; j++)
		{
			double		m = q->member[(Size) j * C + c];

			sum += m * score[j];
			if (m > 0)
				member[n++] = j;
		}
		mg_conflict(q, point, member, n, &fit->conflict_low[c],
					&fit->conflict_high[c]);
		fit->conflict_score[c] = signed_score(sum, h[(Size) c * C + c]);
	}
	pfree(score);
	pfree(h);
	pfree(member);
	pfree(start);
	pfree(term);
	pfree(share);
}

/*
 * What the panels' word on each category is worth: the log evidence at the
 * most probable kappas above 0, with z_c = 0, less that with all of z.
 */
void
mg_leave_out(const MgProblem *q, const MgGrid *grid, MgSpectrum *s,
			 double *change)
{
	const MgRidge *panel = &grid->ridge[grid->panel_mode];
	int			C = q->n_categories;
	MgProblem	without = *q;
	Size		size = (Size) q->p * q->n_panels * sizeof(double);
	int			j;
	int			c;
	int			k;

	without.z = palloc(size + 1);
	for (c = 0; c < C; c++)
	{
		MgRidge		ridge;
		bool		any = false;

		memcpy(without.z, q->z, size);
		for (j = 0; j < q->p; j++)
		{
			double		share = q->member[(Size) j * C + c];

			for (k = 0; share != 0 && k < q->n_panels; k++)
			{
				without.z[(Size) k * q->p + j] -= share *
					q->importance[k * C + c];
				any = true;
			}
		}
		change[c] = 0;
		if (!any)
			continue;
		mg_ridge(&without, s, panel->kappa, false, &ridge);
		change[c] = ridge.log_evidence - panel->log_evidence;
	}
	pfree(without.z);
}

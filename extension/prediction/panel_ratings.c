/*-------------------------------------------------------------------------
 *
 * panel_ratings.c
 *		Relative importance of categories from ratings.
 *
 * Two-way model: voter j rates category c as a_j + theta_c + error, on the
 * log scale (or on the rating scale itself).  The voter's leniency a_j is
 * swept out, so each vote counts against the other votes of its voter; what
 * is left is least squares on a graph Laplacian A:
 *
 *		A = sum_j (diag(m_j) - m_j m_j' / k_j),  theta = A^+ b
 *		s2 = (Q - theta'b) / (N - J - (C - 1)),  se_c^2 = s2 (A^+)_cc
 *
 * with m_j the categories voter j rated, k_j >= 2 of them.  Estimates are
 * shrunk towards equality by their reliability, an empirical Bayes estimate
 * of method of moments (Searle, Casella and McCulloch 1992, 3.4): tau2 =
 * var(theta) - mean(se^2), not below 0.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "core/matrix.h"
#include "prediction/panel_numbers.h"

#define FLOOR	0.5				/* added to a rating, for its logarithm */

static int
compare_voters(const void *a, const void *b)
{
	const MgVote *x = (const MgVote *) a;
	const MgVote *y = (const MgVote *) b;

	if (x->voter != y->voter)
		return x->voter < y->voter ? -1 : 1;
	return x->category < y->category ? -1 : x->category > y->category;
}

/* Sorts a copy of the votes by voter, then category. */
void
mg_panel_ballots(const MgPanel *s, MgBallots *ballots)
{
	int32		n = s->n_votes;
	int32		i;

	ballots->n_categories = s->n_categories;
	ballots->vote = palloc(((Size) n + 1) * sizeof(MgVote));
	ballots->start = palloc(((Size) n + 1) * sizeof(int32));
	ballots->n_voters = 0;
	memcpy(ballots->vote, mg_panel_votes(s), n * sizeof(MgVote));
	qsort(ballots->vote, n, sizeof(MgVote), compare_voters);
	for (i = 0; i < n; i++)
	{
		if (i == 0 || ballots->vote[i].voter != ballots->vote[i - 1].voter)
			ballots->start[ballots->n_voters++] = i;
	}
	ballots->start[ballots->n_voters] = n;
}

/*
 * Groups of categories that voters compare, directly or through others:
 * numbered from 0 by their first category.  Returns how many.
 */
int
mg_panel_groups(const MgBallots *b, int32 *group)
{
	int32		n_groups = 0;
	int32		j;
	int32		i;

	for (i = 0; i < b->n_categories; i++)
		group[i] = i;			/* the first known category of the group */
	for (j = 0; j < b->n_voters; j++)
	{
		for (i = b->start[j] + 1; i < b->start[j + 1]; i++)
		{
			int32		x = b->vote[i - 1].category;
			int32		y = b->vote[i].category;

			while (group[x] != x)
				x = group[x] = group[group[x]];
			while (group[y] != y)
				y = group[y] = group[group[y]];
			group[Max(x, y)] = Min(x, y);
		}
	}
	/* a group's first category comes before its others */
	for (i = 0; i < b->n_categories; i++)
		group[i] = group[i] == i ? n_groups++ : group[group[i]];
	return n_groups;
}

/* Replaces a connected Laplacian (k x k) by its pseudo-inverse. */
bool
mg_laplacian_inverse(double *a, int k)
{
	double	   *inverse = palloc0((Size) k * k * sizeof(double));
	double		scale = 0;
	bool		ok;
	Size		i;

	for (i = 0; i < k; i++)
		scale += a[i * k + i] / k;
	/* the constant vector gets the eigenvalue "scale" in place of 0 */
	for (i = 0; i < (Size) k * k; i++)
		a[i] += scale / k;
	for (i = 0; i < k; i++)
		inverse[i * k + i] = 1;
	ok = mg_spd_solve(a, k, inverse, k);
	for (i = 0; ok && i < (Size) k * k; i++)
		a[i] = inverse[i] - 1 / (scale * k);
	pfree(inverse);
	return ok;
}

void
mg_panel_centre(double *x, int n)
{
	double		mean = 0;
	int			i;

	for (i = 0; i < n; i++)
		mean += x[i] / n;
	for (i = 0; i < n; i++)
		x[i] -= mean;
}

/*
 * Variance between categories beyond error, and the reliability that follows;
 * what is below "tiny" is rounding.
 */
void
mg_panel_reliability(MgPanelFit *fit, int n, double tiny)
{
	double		mean = 0;
	double		var = 0;
	double		error = 0;
	int			c;

	for (c = 0; c < n; c++)
	{
		mean += fit->importance[c] / n;
		error += fit->std_error[c] * fit->std_error[c] / n;
	}
	for (c = 0; c < n; c++)
	{
		double		d = fit->importance[c] - mean;

		var += d * d / (n - 1);
	}
	fit->between_var = isnan(error) ? NAN : Max(var - error, 0);
	if (fit->between_var < tiny)
		fit->between_var = 0;
	for (c = 0; c < n; c++)
		fit->reliability[c] = fit->between_var > 0 ?
			fit->between_var / (fit->between_var +
								fit->std_error[c] * fit->std_error[c]) : 0;
}

/* A rating on the scale on which votes are pooled. */
double
mg_panel_rating(double rating, double scale_max, MgPool pool)
{
	return pool == MG_POOL_LINEAR ? rating :
		log((rating + FLOOR) / (scale_max + FLOOR));
}

/* The mean over voters of a_j: the level of a category of mean importance. */
static double
mean_level(const MgBallots *b, const double *theta)
{
	double		level = 0;
	int			n = 0;
	int			j;
	int			i;

	for (j = 0; j < b->n_voters; j++)
	{
		int			k = b->start[j + 1] - b->start[j];
		double		a = 0;

		if (k < 2)
			continue;
		for (i = b->start[j]; i < b->start[j + 1]; i++)
			a += (b->vote[i].value - theta[b->vote[i].category]) / k;
		level += a;
		n++;
	}
	return level / n;
}

/* From rating points to logarithms, for the linear pool. */
static void
take_logs(MgPanelFit *fit, int n, double level, double scale_max)
{
	int			c;

	for (c = 0; c < n; c++)
	{
		double		rating = Min(Max(level + fit->importance[c], 0), scale_max);

		fit->importance[c] = log((rating + FLOOR) / (scale_max + FLOOR));
		fit->std_error[c] /= rating + FLOOR;
	}
}

/*
 * Fits the model.  All categories must be of one group, two at least, and no
 * rating above scale_max.
 */
void
mg_panel_ratings(const MgBallots *b, double scale_max, MgPool pool,
				 MgPanelFit *fit)
{
	int			n = b->n_categories;
	double	   *a = palloc0((Size) n * n * sizeof(double));
	double	   *score = palloc0(n * sizeof(double));
	double	   *y = palloc(n * sizeof(double));
	double		squares = 0;
	double		size = 0;
	int64		n_votes = 0;
	int64		n_voters = 0;
	int64		df;
	double		level;
	int			j;
	int			i;
	int			c;

	for (j = 0; j < b->n_voters; j++)
	{
		const MgVote *vote = b->vote + b->start[j];
		int			k = b->start[j + 1] - b->start[j];
		double		mean = 0;

		CHECK_FOR_INTERRUPTS();
		if (k < 2)
			continue;
		for (i = 0; i < k; i++)
		{
			y[i] = mg_panel_rating(vote[i].value, scale_max, pool);
			mean += y[i] / k;
			size = Max(size, fabs(y[i]));
		}
		for (i = 0; i < k; i++)
		{
			double	   *row = a + (Size) vote[i].category * n;

			for (c = 0; c < k; c++)
				row[vote[c].category] -= 1.0 / k;
			row[vote[i].category] += 1;
			score[vote[i].category] += y[i] - mean;
			squares += (y[i] - mean) * (y[i] - mean);
		}
		n_votes += k;
		n_voters++;
	}
	fit->converged = mg_laplacian_inverse(a, n);
	for (i = 0; i < n; i++)
	{
		fit->importance[i] = 0;
		for (c = 0; c < n; c++)
			fit->importance[i] += a[(Size) i * n + c] * score[c];
	}
	mg_panel_centre(fit->importance, n);
	for (c = 0; c < n; c++)
		squares -= fit->importance[c] * score[c];
	df = n_votes - n_voters - (n - 1);
	fit->residual_var = df > 0 && fit->converged ? Max(squares, 0) / df : NAN;
	for (c = 0; c < n; c++)
		fit->std_error[c] = sqrt(fit->residual_var *
								 Max(a[(Size) c * n + c], 0));
	mg_panel_reliability(fit, n, 1e-24 * size * size);

	level = pool == MG_POOL_LINEAR ? mean_level(b, fit->importance) : 0;
	for (c = 0; c < n; c++)
		fit->importance[c] *= fit->reliability[c];
	mg_panel_centre(fit->importance, n);
	if (pool == MG_POOL_LINEAR)
	{
		take_logs(fit, n, level, scale_max);
		mg_panel_centre(fit->importance, n);
	}
	pfree(a);
	pfree(score);
	pfree(y);
}

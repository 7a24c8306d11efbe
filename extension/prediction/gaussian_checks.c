/*-------------------------------------------------------------------------
 *
 * gaussian_checks.c
 *		Data that no prior can help, and what a fit has to say of the panel.
 *
 * Errors: too few rows, an outcome that does not vary, or that the variables
 * explain without error.  Notices: weight at the largest trust, and an order
 * that the data contradict.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "prediction/gaussian.h"

#define ALMOST_EXACT	1e-10
#define WIDE_OPEN		1e12	/* prior variance that does not shrink */
#define TOP_WEIGHT		0.20
#define WRONG_WAY		(-2.326347874)	/* 1 per cent of the normal */

/* "x" or column 3 */
static const char *
column_name(const MgPrior *prior, int j)
{
	return prior->names != NULL ? psprintf("\"%.64s\"", prior->names[j]) :
		psprintf("%d", j + 1);
}

void
mg_fit_notice(MgFit *fit, const char *line)
{
	fit->notices = fit->notices == NULL ? pstrdup(line) :
		psprintf("%s\n%s", fit->notices, line);
}

/* The column of the largest |correlation| with the outcome; -1: none. */
static int
nearest_column(const MgGram *g, double *square)
{
	int			best = -1;
	int			j;

	*square = -1;
	for (j = 0; j < g->p; j++)
	{
		double		gjj = g->G[(Size) j * g->p + j];
		double		r = gjj > 0 ? g->c[j] * g->c[j] / gjj / g->yy : -1;

		if (r > *square)
		{
			*square = r;
			best = j;
		}
	}
	return best;
}

void
mg_refuse_exact(const MgGram *g, const MgPrior *prior)
{
	double		square;
	int			j = nearest_column(g, &square);

	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("outcome is an exact function of the variables"),
			 j < 0 ? 0 :
			 errdetail("Variable %s has the largest correlation with it, %.6f in size.",
					   column_name(prior, j), sqrt(Min(square, 1))),
			 errhint("Leave out variables that were computed from the outcome.")));
}

/* I + D G D has no factor: its elements are too large for double precision. */
void
mg_refuse_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the fit is out of range"),
			 errhint("Rescale the weights, or give smaller prior_variances.")));
}

bool
mg_outcome_varies(const MgGram *g)
{
	return g->yy > 0 && sqrt(g->yy / g->n) > 1e-10 * fabs(g->y_mean);
}

/* Data that no prior can help. */
void
mg_check_gram(const MgGram *g, const MgPrior *prior)
{
	double		square;

	if (!(g->n > 2))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("too few rows for a prediction model"),
				 errdetail("The rows count as %.3g after weights and design effect; more than 2 are needed.",
						   g->n)));
	if (!mg_outcome_varies(g))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("outcome does not vary"),
				 errdetail("All rows have the same outcome, so there is nothing to predict.")));
	if (nearest_column(g, &square) >= 0 && square >= 1 - MG_EXACT)
		mg_refuse_exact(g, prior);
}

/*
 * Whether least squares leaves no error, looked at where the grid ended at its
 * largest R squared; more variables than rows never leave one.
 */
bool
mg_fits_exactly(const MgGram *g, const MgProblem *q, const MgGrid *grid,
				MgSpectrum *s)
{
	double	   *v;
	double		log_det;
	double		quadratic;
	double		edf;
	int			j;

	if (grid->mode_r2 < MG_R2_POINTS - 1 || q->p + 1 >= g->rows)
		return false;
	v = palloc((q->p + 1) * sizeof(double));
	for (j = 0; j < q->p; j++)
		v[j] = 1 / q->G[(Size) j * q->p + j];
	mg_spectrum_set(s, q, v);
	mg_spectrum_at(s, WIDE_OPEN, &log_det, &quadratic, &edf);
	pfree(v);
	return q->yy - quadratic <= ALMOST_EXACT * q->yy;
}

/*
 * Whether flat's own score asks for a trust below 0: the efficient score of
 * kappa at 0, R2 at its most probable value there.
 */
static void
check_direction(MgFit *fit, const MgProblem *q, const MgGrid *grid)
{
	double	   *v = palloc0((q->p + 1) * sizeof(double));
	double	   *score = palloc0((q->p + 1) * sizeof(double));
	double		r2 = mg_r2(grid->ridge[0].best);
	MgPoint    *point;
	MgScoring	model = {0};
	int		   *start = palloc((q->p + 1) * sizeof(int));
	int		   *term = palloc((2 * (Size) q->p + 1) * sizeof(int));
	double	   *share = palloc((2 * (Size) q->p + 1) * sizeof(double));
	double		h[4];
	int			j;
	int			k;

	mg_relative_variance(q, NULL, v);
	for (j = 0; j < q->p; j++)
		v[j] *= r2 / (1 - r2) / q->p;
	point = mg_point(q, v);
	mg_point_scores(q, point, score);
	model.k = 2;
	model.start = start;
	model.term = term;
	model.share = share;
	for (k = 0; k < q->n_panels; k++)
	{
		const double *z = q->z + (Size) k * q->p;
		double		g[2] = {0, 0};
		double		information;
		double		slope;

		for (j = 0; j < q->p; j++)
		{
			start[j] = 2 * j;
			term[2 * j] = 0;
			share[2 * j] = 1;
			term[2 * j + 1] = 1;
			share[2 * j + 1] = z[j];
			g[0] += score[j];
			g[1] += score[j] * z[j];
		}
		start[q->p] = 2 * q->p;
		mg_information(q, point, &model, h);
		if (!(h[0] > 0))
			continue;
		slope = g[1] - h[1] / h[0] * g[0];
		information = h[3] - h[1] * h[1] / h[0];
		if (information > 1e-12 * h[3] &&
			slope / sqrt(information) < WRONG_WAY)
			mg_fit_notice(fit, q->n_panels == 1 ?
						  "panel ordering points the wrong way" :
						  psprintf("ordering of panel %d points the wrong way",
								   k + 1));
	}
	mg_point_free(point);
	pfree(v);
	pfree(score);
	pfree(start);
	pfree(term);
	pfree(share);
}

/* What the table of failures has to say about the panel. */
void
mg_panel_notices(MgFit *fit, const MgProblem *q, const MgGrid *grid)
{
	double		top = grid->level[grid->n_levels - 1];
	int			i;
	int			k;

	for (k = 0; k < q->n_panels; k++)
	{
		double		weight = 0;

		for (i = 0; i < grid->n; i++)
		{
			if (grid->ridge[i].kappa[k] == top)
				weight += fit->kappa_weight[i];
		}
		if (weight > TOP_WEIGHT)
			mg_fit_notice(fit, q->n_panels == 1 ? "panel contrast understated" :
						  psprintf("contrast of panel %d understated", k + 1));
	}
	check_direction(fit, q, grid);
}

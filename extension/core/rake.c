/*-------------------------------------------------------------------------
 *
 * rake.c
 *		Raking of weights to margins: iterative proportional fitting.
 *
 * Margin after margin, the weights of each category are multiplied by target
 * over sum, until a cycle begins with every sum within 1e-10 of its target
 * (Deming and Stephan 1940).  With one margin this is post-stratification.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "core/rake.h"

#define MAX_CYCLES	10000
#define TOLERANCE	1e-10

/* Fits one margin; *worst becomes the largest relative deviation before. */
static bool
fit_margin(MgRake *rake, int margin, double *factor, double *worst)
{
	const double *target = rake->target[margin];
	int64		i;
	int			c;

	memset(factor, 0, rake->n_categories[margin] * sizeof(double));
	for (i = 0; i < rake->n; i++)
	{
		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		factor[rake->category[i * rake->m + margin]] += rake->weight[i];
	}
	for (c = 0; c < rake->n_categories[margin]; c++)
	{
		if (target[c] == 0)
			factor[c] = 1;
		else if (!(factor[c] > 0))
			return false;
		else
		{
			factor[c] = target[c] / factor[c];
			*worst = Max(*worst, fabs(factor[c] - 1));
		}
	}
	for (i = 0; i < rake->n; i++)
		rake->weight[i] *= factor[rake->category[i * rake->m + margin]];
	return true;
}

MgRakeStatus
mg_rake(MgRake *rake)
{
	double	   *factor;
	int			most = 0;
	int			j;

	for (j = 0; j < rake->m; j++)
		most = Max(most, rake->n_categories[j]);
	factor = palloc_extended((most + 1) * sizeof(double), MCXT_ALLOC_HUGE);
	for (rake->cycles = 1; rake->cycles <= MAX_CYCLES; rake->cycles++)
	{
		double		worst = 0;

		for (j = 0; j < rake->m; j++)
		{
			if (!fit_margin(rake, j, factor, &worst))
			{
				rake->margin = j;
				return MG_RAKE_EMPTY_CATEGORY;
			}
		}
		if (worst <= TOLERANCE)
			return MG_RAKE_OK;
	}
	return MG_RAKE_NO_CONVERGENCE;
}

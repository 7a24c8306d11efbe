/*-------------------------------------------------------------------------
 *
 * moments_columns.c
 *	  Columns of a state moved to other places, and added to each other.
 *
 * A linear map v -> T v of the rows takes the mean to T mean and the matrix M
 * to T M T': what is done here to the moments is what doing it to every row
 * would have given.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "moments.h"

/*
 * Make dst, an empty state, that of the same rows with column i at to[i], or
 * left out where that is negative; columns of dst that no to[] names are zero
 * in every row.  Folds src.
 */
void
mg_moments_place(MgMoments *dst, MgMoments *src, const int *to)
{
	double	   *triangle = mg_moments_triangle(dst);
	int			i;
	int			j;

	mg_moments_fold(src);
	dst->n = src->n;
	dst->sum_w = src->sum_w;
	dst->sum_w2 = src->sum_w2;
	for (i = 0; i < src->dim; i++)
	{
		const double *from = mg_moments_triangle(src) + mg_triangle_at(i, 0);

		if (to[i] < 0)
			continue;
		mg_moments_shift(dst)[to[i]] = mg_moments_shift(src)[i];
		mg_moments_mean(dst)[to[i]] = mg_moments_mean(src)[i];
		for (j = 0; j <= i; j++)
		{
			if (to[j] >= 0)
				triangle[to[i] >= to[j] ? mg_triangle_at(to[i], to[j])
						 : mg_triangle_at(to[j], to[i])] = from[j];
		}
	}
}

/* Add f times column k to column j in every row; m is folded. */
void
mg_moments_shear(MgMoments *m, int j, int k, double f)
{
	double	   *triangle = mg_moments_triangle(m);
	double		square = mg_moments_of(m, j, j) +
		f * (2.0 * mg_moments_of(m, j, k) + f * mg_moments_of(m, k, k));
	int			i;

	mg_moments_shift(m)[j] += f * mg_moments_shift(m)[k];
	mg_moments_mean(m)[j] += f * mg_moments_mean(m)[k];
	for (i = 0; i < m->dim; i++)
	{
		if (i != j)
			triangle[i < j ? mg_triangle_at(j, i) : mg_triangle_at(i, j)] +=
				f * mg_moments_of(m, i, k);
	}
	triangle[mg_triangle_at(j, j)] = square > 0.0 ? square : 0.0;
}

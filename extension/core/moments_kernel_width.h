/*-------------------------------------------------------------------------
 *
 * moments_kernel_width.h
 *	  The block kernel for one vector width: included by moments_kernel.c
 *	  once a width, never anywhere else.  Hence no include guard.
 *
 * The includer defines, and this file undefines:
 *
 *		MG_FN(f)			name of function f in this width
 *		MG_TARGET			function attribute that allows the instructions
 *		MG_VEC, MG_VW		vector type, its number of doubles (divides 8)
 *		MG_MR, MG_NV		tile: rows, vectors a row (at most 4); MG_MR
 *							divides 8 and MG_NV * MG_VW
 *		MG_LOAD(p), MG_STORE(p, v)	access, no alignment assumed
 *		MG_SET1(x)			all lanes x
 *		MG_MADD(a, b, c)	a * b + c
 *
 *-------------------------------------------------------------------------
 */

/*
 * Differences of one row from the shift.  Adding zero times each leaves zero
 * unless one is infinite or not a number.  The outcome's vector and the last
 * go one by one, so this gains nothing from the widest vectors.
 */
static MG_UNUSED MG_TARGET bool
MG_FN(put) (double *row, size_t stride, const double *shift, double outcome,
			const double *x, int dim)
{
	MG_VEC		zero = MG_SET1(0.0);
	MG_VEC		seen = zero;
	double		lane[MG_VW];
	double		check;
	int			j;

	row[0] = outcome - shift[0];
	check = row[0] * 0.0;
	for (j = 1; j < MG_VW && j < dim; j++)
	{
		row[j] = x[j - 1] - shift[j];
		check += row[j] * 0.0;
	}
	for (; j + MG_VW <= dim; j += MG_VW)
	{
		MG_VEC		d = MG_LOAD(x + j - 1) - MG_LOAD(shift + j);

		seen = MG_MADD(d, zero, seen);
		MG_STORE(row + j / MG_PANEL * stride + j % MG_PANEL, d);
	}
	for (; j < dim; j++)
	{
		double		d = x[j - 1] - shift[j];

		check += d * 0.0;
		row[j / MG_PANEL * stride + j % MG_PANEL] = d;
	}
	MG_STORE(lane, seen);
	for (j = 0; j < MG_VW; j++)
		check += lane[j];
	return check == 0.0;
}

/*
 * Cross-products of columns i0 .. i0+MG_MR-1 with nv vectors of columns from
 * j0, added to the triangle.  nv is a constant at every call.  Each element
 * is summed over the rows in order, from zero: the same operations in the
 * same order whatever the width.
 */
static inline MG_ALWAYS_INLINE MG_TARGET void
MG_FN(tile) (double *triangle, const double *block, size_t stride, int rows,
			 int dim, int i0, int j0, const int nv)
{
	const double *a = block + i0 / MG_PANEL * stride + i0 % MG_PANEL;
	const double *b[MG_NV];
	MG_VEC		acc[MG_MR][MG_NV];
	int			k;
	int			r;
	int			v;

	mg_unrolled(v, nv)
	{
		int			j = j0 + v * MG_VW;

		b[v] = block + j / MG_PANEL * stride + j % MG_PANEL;
		mg_unrolled(r, MG_MR)
			acc[r][v] = MG_SET1(0.0);
	}

	for (k = 0; k < rows; k++)
	{
		MG_VEC		bv[MG_NV];

		mg_unrolled(v, nv)
			bv[v] = MG_LOAD(b[v] + k * MG_PANEL);
		mg_unrolled(r, MG_MR)
		{
			MG_VEC		av = MG_SET1(a[k * MG_PANEL + r]);

			mg_unrolled(v, nv)
				acc[r][v] = MG_MADD(av, bv[v], acc[r][v]);
		}
	}

	mg_unrolled(r, MG_MR)
	{
		int			i = i0 + r;
		double	   *to = triangle + mg_triangle_at(i, j0);
		int			left = i < dim ? i - j0 + 1 : 0;

		mg_unrolled(v, nv)
		{
			if (left >= (v + 1) * MG_VW)
				MG_STORE(to + v * MG_VW,
						 MG_LOAD(to + v * MG_VW) + acc[r][v]);
			else if (left > v * MG_VW)
			{
				double		lane[MG_VW];
				int			l;

				MG_STORE(lane, acc[r][v]);
				for (l = 0; l < left - v * MG_VW; l++)
					to[v * MG_VW + l] += lane[l];
			}
		}
	}
}

/*
 * Add Z'Z to the triangle.  A few columns j stay in the first-level cache
 * while every later column i passes by.
 */
static MG_TARGET void
MG_FN(cross) (double *triangle, const double *block, size_t stride, int rows,
			  int dim)
{
	int			i0;
	int			j0;

	for (j0 = 0; j0 < dim; j0 += MG_NV * MG_VW)
		for (i0 = j0; i0 < dim; i0 += MG_MR)
		{
			int			nv = (i0 + MG_MR - j0 + MG_VW - 1) / MG_VW;

			if (nv >= MG_NV)
				MG_FN(tile) (triangle, block, stride, rows, dim, i0, j0,
							 MG_NV);
			else if (nv == 3)
				MG_FN(tile) (triangle, block, stride, rows, dim, i0, j0,
							 MG_NV > 3 ? 3 : 1);
			else if (nv == 2)
				MG_FN(tile) (triangle, block, stride, rows, dim, i0, j0,
							 MG_NV > 2 ? 2 : 1);
			else
				MG_FN(tile) (triangle, block, stride, rows, dim, i0, j0, 1);
		}
}

/*
 * The block's rows become root_w (d - block mean); one more row becomes
 * sqrt(A B / (A + B)) (block mean - mean so far), A and B the weights so far
 * and of the block: the outer product of that row is the between term of
 * Chan, Golub and LeVeque (1979), so one pass of the kernel adds the block's
 * own co-moments and that term.
 */
static MG_TARGET void
MG_FN(fold) (MgMoments *m, double *block, size_t stride, int rows,
			 const double *w, const double *root_w, double sum_w)
{
	double		share = sum_w / (m->sum_w + sum_w);
	double		root_between = sqrt(m->sum_w * share);
	double	   *mean = mg_moments_mean(m);
	int			c;

	for (c = 0; c < mg_panel_count(m->dim); c++)
	{
		double	   *panel = block + c * stride;
		double		block_mean[MG_PANEL];
		int			j;
		int			k;
		int			l;

		for (l = 0; l < MG_PANEL; l += MG_VW)
		{
			MG_VEC		mv = MG_SET1(0.0);

			for (k = 0; k < rows; k++)
				mv = MG_MADD(MG_SET1(w[k]), MG_LOAD(panel + k * MG_PANEL + l),
							 mv);
			mv = mv / MG_SET1(sum_w);
			MG_STORE(block_mean + l, mv);
			for (k = 0; k < rows; k++)
			{
				double	   *d = panel + k * MG_PANEL + l;

				MG_STORE(d, (MG_LOAD(d) - mv) * MG_SET1(root_w[k]));
			}
		}

		for (l = 0, j = c * MG_PANEL; l < MG_PANEL; l++, j++)
		{
			double		delta = 0.0;

			if (j < m->dim)
			{
				delta = block_mean[l] - mean[j];
				mean[j] += delta * share;
			}
			panel[rows * MG_PANEL + l] = delta * root_between;
		}
	}

	MG_FN(cross) (mg_moments_triangle(m), block, stride,
				  root_between > 0.0 ? rows + 1 : rows, m->dim);
}

#undef MG_FN
#undef MG_TARGET
#undef MG_VEC
#undef MG_VW
#undef MG_MR
#undef MG_NV
#undef MG_LOAD
#undef MG_STORE
#undef MG_SET1
#undef MG_MADD

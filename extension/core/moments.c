/*-------------------------------------------------------------------------
 *
 * moments.c
 *	  Weighted mean vector and centred co-moment matrix: state, single rows,
 *	  blocks of rows, merging.
 *
 * Everything is centred; there is no raw sum of products anywhere.  Values
 * enter as differences from the first row (the shift), so a column with a
 * large constant in it, such as a year or an epoch, loses no digits.
 *
 *	- One row: West (1979), Updating mean and variance estimates: an improved
 *	  method, Comm. ACM 22(9), 532-535, in matrix form.
 *	- Blocks and merging: Chan, Golub and LeVeque (1979), Updating formulae
 *	  and a pairwise algorithm for computing sample variances, Stanford
 *	  STAN-CS-79-773, equations 2.1a and 2.1b, with weights for counts.
 *
 * Rows of a large group wait in a buffer of up to 64 and are folded in
 * together by a kernel (moments_kernel.c) that reads and writes the triangle
 * once a block instead of once a row.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "moments_kernel.h"

/* columns that absorb() handles at a time, on the stack */
#define CHUNK	64

#define CACHE_LINE	64

static inline bool
is_capacity(int capacity)
{
	return capacity == 0 || capacity == 8 || capacity == 16 ||
		capacity == 32 || capacity == MG_MOMENTS_BLOCK;
}

/* bytes up to and including the triangle */
static inline size_t
fixed_size(int dim)
{
	return offsetof(MgMoments, number) +
		(2 * (size_t) dim + mg_triangle_length(dim)) * sizeof(double);
}

/* doubles from one panel to the next */
static inline size_t
panel_stride(int capacity)
{
	return (size_t) (capacity + 1) * MG_PANEL;
}

/* bytes of the buffer: weights, then panels; whole cache lines */
static inline size_t
buffer_size(int dim, int capacity)
{
	if (capacity == 0)
		return 0;
	return (capacity + mg_panel_count(dim) * panel_stride(capacity)) *
		sizeof(double);
}

static inline double *
buffer_weights(const MgMoments *m)
{
	return (double *) ((char *) m + m->buffer_at);
}

static inline double *
buffer_block(const MgMoments *m)
{
	return buffer_weights(m) + m->capacity;
}

/*
 * Begin the empty buffer on a cache line, again for each block, as the chunk
 * may have been copied elsewhere.  Columns past the last are zero from here
 * on.
 */
static inline void
place_buffer(MgMoments *m)
{
	uintptr_t	end = (uintptr_t) m + fixed_size(m->dim);
	uintptr_t	line = (end + CACHE_LINE - 1) & ~(uintptr_t) (CACHE_LINE - 1);
	uint32_t	at = (uint32_t) (line - (uintptr_t) m);

	if (at != m->buffer_at)
	{
		m->buffer_at = at;
		memset((char *) m + at, 0, buffer_size(m->dim, m->capacity));
	}
}

/*
 * Bytes of a state for vectors of this length with a buffer of this many
 * rows, to be placed at a multiple of 8.  0 when dim is not 1 ..
 * MG_MOMENTS_MAX_DIM or capacity is not 0, 8, 16, 32 or 64.
 */
size_t
mg_moments_size(int dim, int capacity)
{
	if (dim < 1 || dim > MG_MOMENTS_MAX_DIM || !is_capacity(capacity))
		return 0;
	return fixed_size(dim) +
		(capacity > 0 ? CACHE_LINE + buffer_size(dim, capacity) : 0);
}

/*
 * Make an empty state in memory of mg_moments_size(dim, capacity) bytes.
 * Every byte is set, so that the chunk can be copied or stored as it is.
 */
void
mg_moments_init(MgMoments *m, int dim, int capacity)
{
	memset(m, 0, mg_moments_size(dim, capacity));
	m->dim = dim;
	m->capacity = capacity;
}

/*
 * The capacity that the state should have before the next row; never less
 * than it has.  A buffer is worth its memory when it is small beside the
 * rows already seen or beside the triangle: at most one row for two seen, or
 * half the triangle's bytes.  A group of eight rows with few variables, of
 * which a query may hold a million, so never gets one.
 */
int
mg_moments_capacity_wanted(const MgMoments *m)
{
	int64_t		limit = m->n / 2;
	int			capacity = MG_MOMENTS_BLOCK;

	if (m->buffered > 0 || m->capacity == MG_MOMENTS_BLOCK)
		return m->capacity;
	if (limit < m->dim / 4)
		limit = m->dim / 4;
	while (capacity > limit && capacity > m->capacity)
		capacity = capacity > 8 ? capacity / 2 : 0;
	return capacity;
}

/*
 * Copy a state into other memory, of mg_moments_size(src->dim, capacity)
 * bytes, with a buffer of another capacity.  Folds src first.  Capacity 0
 * gives the form to store.
 */
void
mg_moments_move(MgMoments *dst, int capacity, MgMoments *src)
{
	size_t		fixed = fixed_size(src->dim);

	mg_moments_fold(src);
	memcpy(dst, src, fixed);
	memset((char *) dst + fixed, 0,
		   mg_moments_size(src->dim, capacity) - fixed);
	dst->capacity = capacity;
	dst->buffer_at = 0;
}

/* to += f from; by fours, as compilers leave short loops alone at -O2 */
static inline void
add_scaled(double *restrict to, const double *restrict from, double f,
		   size_t count)
{
	size_t		i = 0;
	int			l;

	for (; i + 4 <= count; i += 4)
		for (l = 0; l < 4; l++)
			to[i + l] += f * from[i + l];
	for (; i < count; i++)
		to[i] += f * from[i];
}

/*
 * Mean of something minus mean of m, count columns from column j: the
 * something is another state, or a row when that is NULL.
 */
static inline void
delta_from(const MgMoments *m, const MgMoments *other, double outcome,
		   const double *x, int j, int count, double *delta)
{
	const double *shift = mg_moments_shift(m) + j;
	const double *mean = mg_moments_mean(m) + j;
	int			c;

	if (other != NULL)
	{
		const double *other_shift = mg_moments_shift(other) + j;
		const double *other_mean = mg_moments_mean(other) + j;

		for (c = 0; c < count; c++)
			delta[c] = (other_shift[c] - shift[c]) + (other_mean[c] - mean[c]);
		return;
	}
	for (c = 0; c < count; c++)
		delta[c] = ((j + c > 0 ? x[j + c - 1] : outcome) - shift[c]) - mean[c];
}

/*
 * Move m's means towards another state's, or a row's, and add the between
 * term: mean += share delta, triangle += between delta delta'.  Large
 * vectors go in chunks, last columns first, as a mean may change only after
 * its last use.
 */
static void
absorb(MgMoments *m, const MgMoments *other, double outcome, const double *x,
	   double share, double between)
{
	double	   *mean = mg_moments_mean(m);
	double		delta_i[CHUNK];
	double		delta_j[CHUNK];
	int			i0;
	int			j0;
	int			i;

	for (i0 = (m->dim - 1) / CHUNK * CHUNK; i0 >= 0; i0 -= CHUNK)
	{
		int			rows = m->dim - i0 < CHUNK ? m->dim - i0 : CHUNK;

		delta_from(m, other, outcome, x, i0, rows, delta_i);
		for (j0 = 0; j0 <= i0; j0 += CHUNK)
		{
			const double *dj = delta_i;

			if (j0 < i0)
			{
				delta_from(m, other, outcome, x, j0, CHUNK, delta_j);
				dj = delta_j;
			}
			for (i = 0; i < rows; i++)
				add_scaled(mg_moments_triangle(m) +
						   mg_triangle_at(i0 + i, j0), dj,
						   between * delta_i[i], j0 < i0 ? CHUNK : i + 1);
		}
		for (i = 0; i < rows; i++)
			mean[i0 + i] += share * delta_i[i];
	}
}

/* whether a row, as differences from the shift, is finite in every number */
static bool
row_finite(const MgMoments *m, double outcome, const double *x)
{
	const double *shift = mg_moments_shift(m);
	double		check = (outcome - shift[0]) * 0.0;
	int			j;

	for (j = 1; j < m->dim; j++)
		check += (x[j - 1] - shift[j]) * 0.0;
	return check == 0.0;
}

/*
 * Add one row: (outcome, x[0], .., x[dim - 2]), weight >= 0.  x needs no more
 * than a double's alignment.  A row of weight 0 is skipped.
 *
 * False, and no change, when the weight is negative or a number is not
 * finite, or is so far from the first row's that their difference is not:
 * the caller finds out which, once, to say so.
 */
bool
mg_moments_add(MgMoments *m, double outcome, const double *x, double weight)
{
	double		share;

	if (!(weight > 0.0 && weight <= DBL_MAX))
		return weight == 0.0;

	if (m->n == 0 && m->buffered == 0)
	{
		/* the shift is still zero */
		if (!row_finite(m, outcome, x))
			return false;
		mg_moments_shift(m)[0] = outcome;
		if (m->dim > 1)
			memcpy(mg_moments_shift(m) + 1, x, (m->dim - 1) * sizeof(double));
	}

	if (m->capacity > 0)
	{
		if (m->buffered == 0)
			place_buffer(m);
		if (!mg_moments_kernel()->put(buffer_block(m) +
									  m->buffered * MG_PANEL,
									  panel_stride(m->capacity),
									  mg_moments_shift(m), outcome, x, m->dim))
			return false;
		buffer_weights(m)[m->buffered] = weight;
		if (++m->buffered == m->capacity)
			mg_moments_fold(m);
		return true;
	}

	if (!row_finite(m, outcome, x))
		return false;
	share = weight / (m->sum_w + weight);
	if (m->n > 0)
		absorb(m, NULL, outcome, x, share, m->sum_w * share);
	m->n++;
	m->sum_w += weight;
	m->sum_w2 += weight * weight;
	return true;
}

/*
 * Bring the buffered rows into means and triangle.  Needed before the state
 * is read, merged, or leaves memory; harmless at any time.
 */
void
mg_moments_fold(MgMoments *m)
{
	double		root_w[MG_MOMENTS_BLOCK];
	const double *w;
	double		sum_w = 0.0;
	double		sum_w2 = 0.0;
	int			k;

	if (m->buffered == 0)
		return;

	w = buffer_weights(m);
	for (k = 0; k < m->buffered; k++)
	{
		sum_w += w[k];
		sum_w2 += w[k] * w[k];
		root_w[k] = sqrt(w[k]);
	}
	mg_moments_kernel()->fold(m, buffer_block(m), panel_stride(m->capacity),
							  m->buffered, w, root_w, sum_w);
	m->n += m->buffered;
	m->sum_w += sum_w;
	m->sum_w2 += sum_w2;
	m->buffered = 0;
}

/*
 * Add src to dst.  Both are of one dim and src is folded; dst keeps its
 * capacity and, unless it is empty, its shift.
 */
void
mg_moments_merge(MgMoments *dst, const MgMoments *src)
{
	double		share;

	mg_moments_fold(dst);
	if (src->n == 0)
		return;
	if (dst->n == 0)
		memcpy(dst->number, src->number,
			   fixed_size(dst->dim) - offsetof(MgMoments, number));
	else
	{
		add_scaled(mg_moments_triangle(dst), mg_moments_triangle(src), 1.0,
				   mg_triangle_length(dst->dim));
		share = src->sum_w / (dst->sum_w + src->sum_w);
		absorb(dst, src, 0.0, NULL, share, dst->sum_w * share);
	}
	dst->n += src->n;
	dst->sum_w += src->sum_w;
	dst->sum_w2 += src->sum_w2;
}

/*
 * Whether every number of a folded state is finite.  False after sums have
 * overflowed: the caller raises "value out of range".
 */
bool
mg_moments_finite(const MgMoments *m)
{
	size_t		count = 2 * (size_t) m->dim + mg_triangle_length(m->dim);
	double		check = (m->sum_w + m->sum_w2) * 0.0;
	size_t		i;

	for (i = 0; i < count; i++)
		check += m->number[i] * 0.0;
	return check == 0.0;
}

/*
 * Whether the bytes at m, size of them, are a state that the other functions
 * may be given: for values that come from outside.  Reads nothing beyond
 * size.
 */
bool
mg_moments_valid(const MgMoments *m, size_t size)
{
	size_t		count;
	size_t		i;
	int			j;

	if (size < offsetof(MgMoments, number))
		return false;
	count = mg_moments_size(m->dim, m->capacity);
	if (count == 0 || size < count)
		return false;
	if (m->buffered < 0 || m->buffered > m->capacity || m->n < 0)
		return false;

	if (m->buffered > 0)
	{
		int			k;

		if (m->buffer_at % sizeof(double) != 0 ||
			m->buffer_at < fixed_size(m->dim) ||
			m->buffer_at > fixed_size(m->dim) + CACHE_LINE)
			return false;
		for (k = 0; k < m->buffered; k++)
		{
			if (!(buffer_weights(m)[k] > 0.0 &&
				  buffer_weights(m)[k] <= DBL_MAX))
				return false;
			for (j = 0; j < mg_panel_count(m->dim) * MG_PANEL; j++)
				if (!isfinite(buffer_block(m)[j / MG_PANEL *
											  panel_stride(m->capacity) +
											  k * MG_PANEL + j % MG_PANEL]))
					return false;
		}
	}

	if (!mg_moments_finite(m))
		return false;
	for (j = 0; j < m->dim; j++)
		if (mg_moments_of(m, j, j) < 0.0)
			return false;
	if (m->n > 0)
		return m->sum_w > 0.0 && m->sum_w2 >= 0.0;

	/* nothing folded yet: zero but for the shift of buffered rows */
	if (m->sum_w != 0.0 || m->sum_w2 != 0.0)
		return false;
	count = 2 * (size_t) m->dim + mg_triangle_length(m->dim);
	for (i = m->buffered > 0 ? m->dim : 0; i < count; i++)
		if (m->number[i] != 0.0)
			return false;
	return true;
}

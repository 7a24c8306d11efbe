/*-------------------------------------------------------------------------
 *
 * binomial_pass.c
 *		One pass over the rows of a yes/no outcome: its state.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "utils/memutils.h"

#include "prediction/binomial_pass.h"

enum
{
	LOGLIK, SCORE0, MAX_ETA, SCORE
};

/* doubles in MgMoments with a row buffer */
static inline Size
moments_length(int p)
{
	return (mg_moments_size(p, MG_MOMENTS_BLOCK) + sizeof(double) - 1) /
		sizeof(double);
}

static inline Size
slot_length(int p)
{
	return SCORE + p + moments_length(p);
}

static inline Size
scores_length(int n_vectors, int n_folds)
{
	return n_folds * (Size) (1 + 3 * n_vectors) +
		(Size) MG_SCORE_BINNED * MG_ETA_BINS * 3;
}

static inline double *
slot(MgPass *pass, int fold, int vector)
{
	return pass->number +
		((Size) fold * pass->n_vectors + vector) * slot_length(pass->p);
}

static inline MgMoments *
slot_moments(const MgPass *pass, double *s)
{
	return (MgMoments *) (s + SCORE + pass->p);
}

/* Numbers before the work space. */
static inline uint64
state_length(int scoring, int p, int n_vectors, int n_folds)
{
	if (scoring)
		return scores_length(n_vectors, n_folds);
	return (uint64) n_folds * n_vectors * slot_length(p);
}

/* Numbers that the settings must be. */
Size
mg_pass_settings_length(const MgPassPlan *plan)
{
	return MG_SETTINGS_HEADER + 3 * (Size) plan->p +
		(Size) plan->n_vectors * (plan->scoring ? plan->n_folds : 1) *
		(1 + plan->p);
}

/* Bytes of a state; the numbers must be in their bounds. */
uint64
mg_pass_size(int scoring, int p, int n_vectors, int n_folds)
{
	return offsetof(MgPass, number) + sizeof(double) *
		(state_length(scoring, p, n_vectors, n_folds) + p);
}

MgPass *
mg_pass_create(int scoring, int p, int n_vectors, int n_folds)
{
	uint64		size = mg_pass_size(scoring, p, n_vectors, n_folds);
	MgPass	   *pass;
	int			f;
	int			v;

	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a prediction model of so many variables does not fit into a value"),
				 errhint("Use fewer variables, or no cross-validation.")));
	pass = (MgPass *) palloc0(size);
	SET_VARSIZE(pass, size);
	pass->format = MG_PASS_FORMAT;
	pass->scoring = scoring;
	pass->p = p;
	pass->n_vectors = n_vectors;
	pass->n_folds = n_folds;
	for (f = 0; !scoring && f < n_folds; f++)
		for (v = 0; v < n_vectors; v++)
			mg_moments_init(slot_moments(pass, slot(pass, f, v)), p,
							MG_MOMENTS_BLOCK);
	return pass;
}

/* What is wrong with a value, or NULL. */
static const char *
pass_invalid(const MgPass *pass, Size size)
{
	int			f;
	int			v;
	Size		i;
	Size		n;

	if (size < offsetof(MgPass, number))
		return "it is cut short";
	if (pass->format != MG_PASS_FORMAT || pass->flags != 0)
		return "its format is unknown";
	if (pass->p < 1 || pass->p > MG_MOMENTS_MAX_DIM ||
		pass->n_vectors < 1 || pass->n_vectors > MG_PASS_MAX_VECTORS ||
		pass->n_folds < 1 || pass->n_folds > MG_PASS_MAX_FOLDS ||
		pass->scoring < 0 || pass->scoring > 1 ||
		pass->n < 0 || pass->n_skipped < 0)
		return "a count is out of range";
	if (size != mg_pass_size(pass->scoring, pass->p, pass->n_vectors,
							 pass->n_folds))
		return "its size is wrong";
	n = pass->scoring ? scores_length(pass->n_vectors, pass->n_folds) : 0;
	for (i = 0; i < n; i++)
		if (!isfinite(pass->number[i]))
			return "a number is not finite";
	for (f = 0; !pass->scoring && f < pass->n_folds; f++)
	{
		for (v = 0; v < pass->n_vectors; v++)
		{
			double	   *s = slot((MgPass *) pass, f, v);
			MgMoments  *m = slot_moments(pass, s);

			for (i = 0; i < SCORE + pass->p; i++)
				if (!isfinite(s[i]))
					return "a number is not finite";
			if (m->dim != pass->p || m->capacity != MG_MOMENTS_BLOCK ||
				!mg_moments_valid(m, moments_length(pass->p) * sizeof(double)))
				return "its numbers are not those of any data";
		}
	}
	return NULL;
}

/*
 * Opens a state that a query handed in; always a copy, aligned and free to be
 * changed.
 */
MgPass *
mg_pass_open(Datum d)
{
	MgPass	   *pass = (MgPass *) PG_DETOAST_DATUM_COPY(d);
	const char *problem = pass_invalid(pass, VARSIZE(pass));

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("prediction pass is damaged"),
				 errdetail("Reading it stopped because %s.", problem)));
	return pass;
}

/* Adds "other", whose buffers are folded, to pass. */
void
mg_pass_merge(MgPass *pass, MgPass *other)
{
	int			f;
	int			v;
	Size		i;
	Size		n;

	if (pass->scoring != other->scoring || pass->p != other->p ||
		pass->n_vectors != other->n_vectors ||
		pass->n_folds != other->n_folds)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("prediction passes cannot be combined"),
				 errdetail("They differ in variables, coefficient vectors or folds.")));
	pass->n += other->n;
	pass->n_skipped += other->n_skipped;
	n = pass->scoring ? scores_length(pass->n_vectors, pass->n_folds) : 0;
	for (i = 0; i < n; i++)
		pass->number[i] += other->number[i];
	for (f = 0; !pass->scoring && f < pass->n_folds; f++)
	{
		for (v = 0; v < pass->n_vectors; v++)
		{
			double	   *s = slot(pass, f, v);
			double	   *o = slot(other, f, v);

			for (i = 0; i < SCORE + pass->p; i++)
				s[i] = i == MAX_ETA ? Max(s[i], o[i]) : s[i] + o[i];
			mg_moments_fold(slot_moments(other, o));
			mg_moments_merge(slot_moments(pass, s), slot_moments(other, o));
		}
	}
}

/*
 * The i-th run of numbers that make up a state, from 0; its length, 0 after
 * the last.  Buffers must be folded.
 */
Size
mg_pass_piece(MgPass *pass, int i, double **numbers)
{
	int			n_slots = pass->n_folds * pass->n_vectors;
	double	   *s;
	MgMoments  *m;

	if (pass->scoring)
	{
		*numbers = pass->number;
		return i == 0 ? scores_length(pass->n_vectors, pass->n_folds) : 0;
	}
	if (i / 2 >= n_slots)
		return 0;
	s = slot(pass, 0, i / 2);
	m = slot_moments(pass, s);
	*numbers = i % 2 == 0 ? s : &m->sum_w;
	return i % 2 == 0 ? SCORE + pass->p :
		2 + 2 * (Size) pass->p + mg_triangle_length(pass->p);
}

/* The moments of each slot, from 0; NULL after the last. */
MgMoments *
mg_pass_moments(MgPass *pass, int i)
{
	if (pass->scoring || i >= pass->n_folds * pass->n_vectors)
		return NULL;
	return slot_moments(pass, slot(pass, 0, i));
}

/* What is wrong with a value, or NULL. */
const char *
mg_pass_invalid(const MgPass *pass)
{
	return pass_invalid(pass, VARSIZE(pass));
}

/* An outcome of a model of yes or no. */
void
mg_binomial_outcome(double outcome)
{
	if (isnan(outcome) || isinf(outcome))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("outcome must be finite"),
				 errhint("Use NULL for missing values.")));
	if (outcome != 0 && outcome != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("outcome of a binomial model must be 0 or 1"),
				 errhint("Use a boolean, a comparison such as score >= 10, or the gaussian family.")));
}

static void
refuse_x(const MgPassPlan *plan, int j)
{
	int			from = (int) plan->parent[j];

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("x must be finite"),
			 errdetail("Its element %d is not.", from >= 0 ? from + 1 : -from),
			 errhint("Use NULL for missing values.")));
}

/* Where a column of the model is from: an element of x, or -1 - element. */
static inline int
parent_of(const MgPassPlan *plan, int j)
{
	int			from = (int) plan->parent[j];

	if (from >= plan->n_x || from < -plan->n_x)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("settings must be the same for every row")));
	return from;
}

/*
 * The model's columns of a row, standardised: 0 where x is missing.  False
 * where a row with missing x is to be dropped.
 */
bool
mg_plan_row(const MgPassPlan *plan, const MgXRow *row, double *x)
{
	int			p = plan->p;
	bool		finite = true;
	int			j;

	if (row->dim - 1 != plan->n_x)
		mg_refuse_length(1 + plan->n_x, row->dim);
	if (row->present_x == NULL)
	{
		for (j = 0; j < p; j++)
		{
			int			from = parent_of(plan, j);
			double		value = from >= 0 ? row->x[from] : 0;

			x[j] = (value - plan->mean[j]) / plan->divisor[j];
			finite &= fabs(x[j]) <= DBL_MAX;
		}
	}
	else
	{
		int		   *at;			/* place among those that are there, or -1 */
		int			next = 0;

		if (plan->drop_missing)
			return false;
		at = palloc(plan->n_x * sizeof(int));
		for (j = 0; j < plan->n_x; j++)
			at[j] = row->present_x[j / 8] & (1 << (j % 8)) ? next++ : -1;
		for (j = 0; j < p; j++)
		{
			int			from = parent_of(plan, j);

			if (from < 0)
				x[j] = ((at[-1 - from] < 0) - plan->mean[j]) /
					plan->divisor[j];
			else if (at[from] < 0)
				x[j] = 0;
			else
				x[j] = (row->x[at[from]] - plan->mean[j]) / plan->divisor[j];
			finite &= fabs(x[j]) <= DBL_MAX;
		}
		pfree(at);
	}
	for (j = 0; !finite && j < p; j++)
		if (!isfinite(x[j]))
			refuse_x(plan, j);
	return true;
}

/* Four sums keep the additions from waiting for each other. */
static inline double
eta_of(const double *coef, const double *x, int p)
{
	double		sum[4] = {coef[0], 0, 0, 0};
	int			j = 0;

	coef++;
	for (; j + 4 <= p; j += 4)
	{
		sum[0] += coef[j] * x[j];
		sum[1] += coef[j + 1] * x[j + 1];
		sum[2] += coef[j + 2] * x[j + 2];
		sum[3] += coef[j + 3] * x[j + 3];
	}
	for (; j < p; j++)
		sum[0] += coef[j] * x[j];
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* One coefficient vector's part of a row, for a score. */
static void
add_score(MgPass *pass, int fold, int vector, double eta, double w, double wy)
{
	Size		cells = (Size) pass->n_vectors * pass->n_folds;
	MgScores	scores;

	scores.n_folds = pass->n_folds;
	scores.n_vectors = pass->n_vectors;
	scores.sum_w = pass->number;
	scores.loss = pass->number + pass->n_folds;
	scores.brier = scores.loss + cells;
	scores.excess = scores.brier + cells;
	scores.bins = scores.excess + cells;
	mg_scores_add(&scores, fold, vector, eta, w, wy);
}

/* Adds a row, of a weight above 0, nothing in it NULL but elements of x. */
void
mg_pass_add(MgPass *pass, const MgPassPlan *plan, int fold, const MgXRow *row)
{
	int			p = plan->p;
	double	   *x = pass->number +
		state_length(pass->scoring, p, pass->n_vectors, pass->n_folds);
	double		w = row->weight * plan->scale;
	double		wy;
	int			v;
	int			j;

	mg_binomial_outcome(row->outcome);
	if (!mg_plan_row(plan, row, x))
	{
		pass->n_skipped++;
		return;
	}
	wy = row->outcome * w;
	pass->n++;
	if (pass->scoring)
		pass->number[fold] += w;
	for (v = 0; v < plan->n_vectors; v++)
	{
		const double *coef = plan->coef + (1 + p) *
			(pass->scoring ? (Size) v * plan->n_folds + fold : v);
		double		eta = eta_of(coef, x, p);
		double		mu;
		double		variance;
		double		r;
		double	   *s;

		if (pass->scoring)
		{
			add_score(pass, fold, v, eta, w, wy);
			continue;
		}
		s = slot(pass, fold, v);
		s[LOGLIK] += mg_logistic(eta, w, wy, &mu, &variance);
		s[MAX_ETA] = Max(s[MAX_ETA], fabs(eta));
		r = wy - w * mu;
		s[SCORE0] += r;
		for (j = 0; j < p; j++)
			s[SCORE + j] += r * x[j];
		if (!mg_moments_add(slot_moments(pass, s), x[0], x + 1, w * variance))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("a difference between two rows is out of the range of double precision"),
					 errhint("Rescale x.")));
	}
}

/* What a pass says of one fold at one vector. */
void
mg_pass_quadratic(MgPass *pass, int fold, int vector, MgQuadratic *q)
{
	double	   *s = slot(pass, fold, vector);

	q->loglik = s[LOGLIK];
	q->score0 = s[SCORE0];
	q->max_eta = s[MAX_ETA];
	memcpy(q->score, s + SCORE, pass->p * sizeof(double));
	mg_moments_fold(slot_moments(pass, s));
	mg_quadratic_moments(q, slot_moments(pass, s));
}

void
mg_pass_scores(const MgPass *pass, MgScores *scores)
{
	const double *from = pass->number;
	Size		cells = (Size) pass->n_vectors * pass->n_folds;

	memcpy(scores->sum_w, from, pass->n_folds * sizeof(double));
	from += pass->n_folds;
	memcpy(scores->loss, from, cells * sizeof(double));
	memcpy(scores->brier, from + cells, cells * sizeof(double));
	memcpy(scores->excess, from + 2 * cells, cells * sizeof(double));
	memcpy(scores->bins, from + 3 * cells,
		   MG_SCORE_BINNED * MG_ETA_BINS * 3 * sizeof(double));
}

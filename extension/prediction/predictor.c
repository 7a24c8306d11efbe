/*-------------------------------------------------------------------------
 *
 * predictor.c
 *		Point predictions and intervals of a prediction model.
 *
 * With standardised x (xs), betabar the averaged coefficients, and D, L, s2 of
 * the most probable point of the grid (B = I + D X'X D = LL'):
 *
 *		gaussian	var = s2 (1 + 1/n + |L^-1 D xs|^2) + between
 *		binomial	var = 1/s + |L^-1 (D xs - xw/s)|^2 + between
 *		between		= sum_g w_g ((beta_g - betabar)' xs)^2
 *
 * The gaussian interval is estimate -+ t_nu sqrt(var), for an outcome; the
 * binomial one is expit(eta -+ z sqrt(var)), for a probability.  Here s = sum W
 * + 1/100 and xw = D X'W 1 come from the Laplace approximation with the
 * intercept profiled out, (b0, gamma) having precision [s, xw'; xw, B + xw
 * xw'/s].  Variables without prior are swept out of the others: xs is replaced
 * by what they leave of it, and s2 |La^-1 xs_a|^2 is added, La La' being their
 * own cross-products.
 *
 * A model is read once in a query: predictors are kept in fn_extra, keyed by
 * the value they were made from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/distributions.h"
#include "prediction/predict.h"

/* Models that one call site keeps ready; a comparison of models has several. */
#define KEPT	8

typedef struct Entry
{
	MemoryContext context;		/* NULL: free */
	char	   *key;
	Size		key_size;
	MgPredictor *predictor;
} Entry;

typedef struct Cache
{
	int			last;			/* the entry found last */
	int			next;			/* the entry to replace next */
	Entry		entry[KEPT];
} Cache;

/*
 * Bytes that tell a value from others: where it is stored, its compressed
 * bytes, or the header with the fingerprint.
 */
static Size
key_size(const struct varlena *v)
{
	if (VARATT_IS_EXTERNAL_ONDISK(v))
		return VARSIZE_EXTERNAL(v);
	if (VARATT_IS_4B_C(v))
		return VARSIZE_4B(v);
	if (VARATT_IS_4B_U(v) && VARSIZE_4B(v) >= sizeof(MgModelValue))
		return offsetof(MgModelValue, family);
	return 0;
}

static bool
is_key(const Entry *e, const struct varlena *v, Size size)
{
	return e->context != NULL && e->key_size == size &&
		memcmp(e->key, v, size) == 0;
}

/*
 * Slopes and what a missing input adds.  An input's indicator is 0 where the
 * input is there, which the base takes in.
 */
void
mg_predictor_init(MgPredictor *pr)
{
	const MgModel *m = &pr->model;
	int			j;

	pr->p = mg_model_p(m);
	pr->n_inputs = m->count[MG_LEN_INPUTS];
	pr->base = m->intercept;
	pr->centre = palloc(pr->n_inputs * sizeof(double));
	pr->slope = palloc(pr->n_inputs * sizeof(double));
	pr->null_effect = palloc(pr->n_inputs * sizeof(double));
	pr->xs = palloc(pr->p * sizeof(double));
	pr->work = palloc(pr->p * sizeof(double));
	pr->level = 0;
	for (j = 0; j < pr->p; j++)
	{
		int			i = m->variable_input[j] - 1;
		double		slope = m->coefficient[j] / m->divisor[j];

		if (m->missing[j])
		{
			pr->base -= slope * m->mean[j];
			pr->null_effect[i] += slope;
			continue;
		}
		pr->centre[i] = m->mean[j];
		pr->slope[i] = slope;
		pr->null_effect[i] = slope * (m->input_fill[i] - m->mean[j]);
	}
}

static MgPredictor *
make_predictor(struct varlena *v)
{
	MgPredictor *pr = palloc0(sizeof(MgPredictor));

	mg_model_unpack((MgModelValue *) PG_DETOAST_DATUM_COPY(PointerGetDatum(v)),
					&pr->model);
	mg_predictor_init(pr);
	return pr;
}

/* The model in an argument that is not NULL. */
MgPredictor *
mg_arg_predictor(FunctionCallInfo fcinfo, int arg)
{
	struct varlena *v = (struct varlena *) PG_GETARG_POINTER(arg);
	Cache	   *cache = (Cache *) fcinfo->flinfo->fn_extra;
	Size		size = key_size(v);
	MemoryContext old;
	MemoryContext context;
	MgPredictor *pr;
	Entry	   *e;
	int			i;

	if (size == 0)
	{
		v = (struct varlena *) PG_DETOAST_DATUM(PointerGetDatum(v));
		size = key_size(v);
		if (size == 0)
			return make_predictor(v);	/* too short: raises */
	}
	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Cache));
		fcinfo->flinfo->fn_extra = cache;
	}
	if (is_key(&cache->entry[cache->last], v, size))
		return cache->entry[cache->last].predictor;
	for (i = 0; i < KEPT; i++)
	{
		if (is_key(&cache->entry[i], v, size))
		{
			cache->last = i;
			return cache->entry[i].predictor;
		}
	}
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt,
									"mindgap prediction model",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	pr = make_predictor(v);
	e = &cache->entry[cache->next];
	if (e->context != NULL)
		MemoryContextDelete(e->context);
	e->context = context;
	e->key = memcpy(palloc(size), v, size);
	e->key_size = size;
	e->predictor = pr;
	cache->last = cache->next;
	cache->next = (cache->next + 1) % KEPT;
	MemoryContextSwitchTo(old);
	return pr;
}

static void
not_finite(const MgPredictor *pr, const double *x, const bool *missing)
{
	int			i;

	for (i = 0; i < pr->n_inputs; i++)
	{
		if (!(missing != NULL && missing[i]) && !isfinite(x[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("x must be finite"),
					 errdetail("Variable \"%.64s\", element %d, is not.",
							   pr->model.input_name[i], i + 1),
					 errhint("Use NULL for missing values.")));
	}
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the prediction is out of the range of double precision")));
}

/*
 * The linear predictor; where "missing" is true, x does not count.  Four sums
 * keep the additions from waiting for each other.
 */
static double
linear_predictor(const MgPredictor *pr, const double *x, const bool *missing)
{
	const double *slope = pr->slope;
	const double *centre = pr->centre;
	int			n = pr->n_inputs;
	double		sum[4] = {0, 0, 0, 0};
	double		eta;
	int			i = 0;

	if (missing == NULL)
	{
		for (; i + 4 <= n; i += 4)
		{
			sum[0] += slope[i] * (x[i] - centre[i]);
			sum[1] += slope[i + 1] * (x[i + 1] - centre[i + 1]);
			sum[2] += slope[i + 2] * (x[i + 2] - centre[i + 2]);
			sum[3] += slope[i + 3] * (x[i + 3] - centre[i + 3]);
		}
		for (; i < n; i++)
			sum[i % 4] += slope[i] * (x[i] - centre[i]);
	}
	else
	{
		for (; i < n; i++)
			sum[i % 4] += missing[i] ? pr->null_effect[i] :
				slope[i] * (x[i] - centre[i]);
	}
	eta = pr->base + ((sum[0] + sum[1]) + (sum[2] + sum[3]));
	if (!isfinite(eta))
		not_finite(pr, x, missing);
	return eta;
}

/* 1 / (1 + exp(-eta)), without overflow */
static double
expit(double eta)
{
	double		e = exp(-fabs(eta));

	return eta >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/* The expected outcome, or the probability of 1. */
double
mg_predict(const MgPredictor *pr, const double *x, const bool *missing)
{
	double		eta = linear_predictor(pr, x, missing);

	return pr->model.family == MG_BINOMIAL ? expit(eta) : eta;
}

/* Solves L t = b in place, L packed by rows; returns |t|^2. */
static double
forward_solve(const double *factor, int p, double *b)
{
	const double *row = factor;
	double		sum = 0;
	int			i;
	int			j;

	for (i = 0; i < p; i++)
	{
		double		t = b[i];

		for (j = 0; j < i; j++)
			t -= row[j] * b[j];
		b[i] = t / row[i];
		sum += b[i] * b[i];
		row += i + 1;
	}
	return sum;
}

static void
standardise(MgPredictor *pr, const double *x, const bool *missing)
{
	const MgModel *m = &pr->model;
	int			j;

	for (j = 0; j < pr->p; j++)
	{
		int			i = m->variable_input[j] - 1;
		bool		is_missing = missing != NULL && missing[i];
		double		value;

		if (m->missing[j])
			value = is_missing;
		else
			value = is_missing ? m->input_fill[i] : x[i];
		pr->xs[j] = m->dropped[j] ? 0 : (value - m->mean[j]) / m->divisor[j];
	}
}

/*
 * Takes the variables without prior out of xs; |La^-1 xs_a|^2, what they add
 * to the variance.
 */
double
mg_predictor_sweep(MgPredictor *pr)
{
	const MgModel *m = &pr->model;
	const double *factor = m->always_factor;
	int			k = m->count[MG_LEN_ALWAYS];
	double	   *t;
	double		sum;
	int			a;
	int			b;
	int			j;

	if (k == 0)
		return 0;
	t = palloc(k * sizeof(double));
	for (a = 0; a < k; a++)
		t[a] = pr->xs[m->always[a] - 1];
	sum = forward_solve(factor, k, t);
	/* t := La^-T t, by columns of La' */
	for (a = k - 1; a >= 0; a--)
	{
		t[a] /= factor[(Size) a * (a + 1) / 2 + a];
		for (b = 0; b < a; b++)
			t[b] -= factor[(Size) a * (a + 1) / 2 + b] * t[a];
	}
	for (a = 0; a < k; a++)
	{
		const double *cross = m->always_cross + (Size) a * pr->p;

		for (j = 0; j < pr->p; j++)
			pr->xs[j] -= t[a] * cross[j];
	}
	for (a = 0; a < k; a++)
		pr->xs[m->always[a] - 1] = 0;
	pfree(t);
	return sum;
}

/* |L^-1 (D xs - xw/s)|^2, the part of the variance that the prior shrinks */
double
mg_model_within(MgPredictor *pr)
{
	const MgModel *m = &pr->model;
	int			j;

	for (j = 0; j < pr->p; j++)
		pr->work[j] = m->scale[j] * pr->xs[j];
	if (m->family == MG_BINOMIAL)
	{
		for (j = 0; j < pr->p; j++)
			pr->work[j] -= m->intercept_cross[j] / m->intercept_precision;
	}
	return forward_solve(m->factor, pr->p, pr->work);
}

/* The variance between points of the grid. */
double
mg_model_between(const MgPredictor *pr)
{
	const MgModel *m = &pr->model;
	double		sum = 0;
	int			g;
	int			j;

	for (g = 0; g < m->count[MG_LEN_POINTS]; g++)
	{
		const double *beta = m->point_coefficient + (Size) g * pr->p;
		double		difference = 0;

		for (j = 0; j < pr->p; j++)
			difference += (beta[j] - m->coefficient[j]) * pr->xs[j];
		sum += m->point_weight[g] * difference * difference;
	}
	return sum;
}

void
mg_predict_interval(MgPredictor *pr, const double *x, const bool *missing,
					double level, MgPredicted *out)
{
	const MgModel *m = &pr->model;
	double		eta = linear_predictor(pr, x, missing);
	double		var;
	double		half;

	if (m->count[MG_LEN_FACTOR] == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this model was fitted without what intervals need"),
				 errhint("Fit it again and keep the factor of its precision.")));
	if (level != pr->level)
	{
		pr->quantile = mg_t_quantile(0.5 + level / 2, isnan(m->nu) ? INFINITY : m->nu);
		pr->level = level;
	}
	standardise(pr, x, missing);
	if (m->family == MG_BINOMIAL)
		var = 1 / m->intercept_precision + mg_model_within(pr);
	else
	{
		var = mg_predictor_sweep(pr);
		var = m->s2 * (1 + 1 / m->n + var + mg_model_within(pr));
	}
	var += mg_model_between(pr);
	half = pr->quantile * sqrt(var);
	if (!isfinite(half))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the interval is out of the range of double precision")));
	out->estimate = eta;
	out->conf_low = eta - half;
	out->conf_high = eta + half;
	if (m->family == MG_BINOMIAL)
	{
		out->estimate = expit(out->estimate);
		out->conf_low = expit(out->conf_low);
		out->conf_high = expit(out->conf_high);
	}
}

/*-------------------------------------------------------------------------
 *
 * person.c
 *		What a person's own residuals add to a prediction: the variance between
 *		and within persons, and the prediction moved by earlier residuals.
 *
 * Model: residual of person i at time j = u_i + e_ij, with variances B of u
 * and R of e.  Given the mean r of k residuals the best linear predictor of
 * u_i is k B / (k B + R) r: Robinson (1991), That BLUP is a good thing,
 * Statistical Science 6(1), 15-32.
 *
 * B and R by the analysis of variance of the one-way random model with
 * unequal numbers: Searle, Casella and McCulloch (1992), Variance Components,
 * Wiley, section 3.6.  With a persons of n_i rows, N rows in all,
 *
 *		SSB = sum n_i (mean_i - mean)^2		MSB = SSB / (a - 1)
 *		SSE = sum sum (r_ij - mean_i)^2		MSE = SSE / (N - a)
 *		n0 = (N - sum n_i^2 / N) / (a - 1)
 *		R = MSE,  B = (MSB - MSE) / n0, or 0 where that is below 0.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "windowapi.h"

#include "io/moments_summary.h"
#include "io/rows.h"
#include "io/tidy.h"
#include "io/within_state.h"

#define AGGREGATES	"mindgap.person_variance_agg"

/* (state, person, residual) */
PG_FUNCTION_INFO_V1(mindgap_person_variance_accum);

Datum
mindgap_person_variance_accum(PG_FUNCTION_ARGS)
{
	MgWithinState st;
	MgPerson	key = {0};
	double		residual;

	if (!mg_within_state_open(fcinfo, AGGREGATES, &st))
		mg_within_state_start(&st, 0, 1);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		mg_within_state_head(&st)->n_skipped++;
		PG_RETURN_DATUM(mg_within_state_datum(&st));
	}
	key.id = key.cluster = PG_GETARG_INT64(1);
	residual = PG_GETARG_FLOAT8(2);
	if (!isfinite(residual))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("residual must be finite"),
				 errhint("Use NULL for missing values.")));
	if (!mg_moments_add(mg_person_moments(mg_within_state_find(&st, &key)),
						residual, NULL, 1))
		mg_moments_overflow();
	PG_RETURN_DATUM(mg_within_state_datum(&st));
}

PG_FUNCTION_INFO_V1(mindgap_person_variance_final);

Datum
mindgap_person_variance_final(PG_FUNCTION_ARGS)
{
	MgWithin   *s;
	MgTidy		tidy;
	double		shift = 0;
	double		mean = 0;		/* less the shift */
	double		between = 0;	/* SSB */
	double		within = 0;		/* SSE */
	double		squares = 0;	/* of the persons' numbers of rows */
	double		n = 0;
	int64		persons;
	int32		i;

	(void) mg_aggregate_context(fcinfo, AGGREGATES);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	s = mg_within_flatten(PG_GETARG_DATUM(0));
	persons = s->n_persons;
	for (i = 0; i < persons; i++)
	{
		const MgMoments *m = mg_person_moments(mg_within_person(s, i));
		double		n_i = (double) m->n;
		double		delta;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (i == 0)
			shift = mg_moments_shift(m)[0];
		delta = (mg_moments_shift(m)[0] - shift) + mg_moments_mean(m)[0] - mean;
		between += delta * delta * n * n_i / (n + n_i);
		n += n_i;
		mean += delta * n_i / n;
		within += mg_moments_triangle(m)[0];
		squares += n_i * n_i;
	}
	if (!isfinite(between) || !isfinite(within))
		mg_moments_overflow();

	mg_tidy_open_one(&tidy, fcinfo);
	mg_tidy_int64(&tidy, 2, persons);
	mg_tidy_int64(&tidy, 3, (int64) n);
	if (n - persons < 1)
		mg_tidy_text(&tidy, 4, "no_repeated_rows");
	else
	{
		double		mse = within / (n - persons);

		mg_tidy_double(&tidy, 1, mse);
		if (persons < 2)
			mg_tidy_text(&tidy, 4, "one_person");
		else
		{
			double		n0 = (n - squares / n) / (persons - 1);
			double		b = (between / (persons - 1) - mse) / n0;

			mg_tidy_double(&tidy, 0, Max(b, 0));
			mg_tidy_text(&tidy, 4, b < 0 ? "between_var_below_zero" : "ok");
		}
	}
	pfree(s);
	PG_RETURN_DATUM(mg_tidy_value(&tidy));
}

/* A person's earlier residuals. */
typedef struct Residuals
{
	int64		seen;			/* rows taken in */
	int64		k;				/* of which with a residual */
	double		mean;
} Residuals;

/* An argument at a row of the partition, or (position < 0) at hand. */
static bool
number_at(WindowObject winobj, int arg, int64 position, const char *name,
		  double *x)
{
	bool		isnull;
	bool		isout;
	Datum		d;

	if (position < 0)
		d = WinGetFuncArgCurrent(winobj, arg, &isnull);
	else
		d = WinGetFuncArgInPartition(winobj, arg, (int) position,
									 WINDOW_SEEK_HEAD, false, &isnull, &isout);
	if (isnull)
		return false;
	*x = DatumGetFloat8(d);
	if (!isfinite(*x))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite", name),
				 errhint("Use NULL for missing values.")));
	return true;
}

static bool
variance_at(WindowObject winobj, int arg, const char *name, double *x)
{
	if (!number_at(winobj, arg, -1, name, x))
		return false;
	if (*x < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", name),
				 errhint("It is a variance, as person_variance_agg gives it.")));
	return true;
}

static void
take_residual(Residuals *r, double residual)
{
	r->k++;
	r->mean += (residual - r->mean) / r->k;
}

PG_FUNCTION_INFO_V1(mindgap_predict_person);

/*
 * predict_person(predicted, observed, between_var, residual_var).  The
 * executor calls once a row, in order; should it ever leave rows out they are
 * read back.
 */
Datum
mindgap_predict_person(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	Residuals  *r = (Residuals *)
		WinGetPartitionLocalMemory(winobj, sizeof(Residuals));
	int64		position = WinGetCurrentPosition(winobj);
	Residuals	before;
	double		predicted = 0;
	double		observed = 0;
	double		between;
	double		residual;
	double		share;
	bool		has_prediction;

	for (; r->seen < position; r->seen++)
	{
		if (number_at(winobj, 0, r->seen, "predicted", &predicted) &&
			number_at(winobj, 1, r->seen, "observed", &observed))
			take_residual(r, observed - predicted);
	}
	before = *r;
	r->seen = position + 1;
	has_prediction = number_at(winobj, 0, -1, "predicted", &predicted);
	if (number_at(winobj, 1, -1, "observed", &observed) && has_prediction)
		take_residual(r, observed - predicted);
	if (!variance_at(winobj, 2, "between_var", &between) ||
		!variance_at(winobj, 3, "residual_var", &residual) ||
		!has_prediction)
		PG_RETURN_NULL();
	if (before.k == 0 || between == 0)
		PG_RETURN_FLOAT8(predicted);
	/* as k B / (k B + R), without overflow */
	share = 1 / (1 + residual / between / before.k);
	PG_RETURN_FLOAT8(predicted + share * before.mean);
}

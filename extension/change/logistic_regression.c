/*-------------------------------------------------------------------------
 *
 * logistic_regression.c
 *		Logistic regression over the rows of a table or a query.
 *
 * Maximum likelihood with the inverse of the information as covariance and
 * normal limits (Wald), as R's glm(family = binomial, weights =): weights
 * count rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"

#include "change/source_rows.h"
#include "change/terms.h"
#include "core/logistic.h"

static const char *
fit_status(MgLogisticStatus status)
{
	switch (status)
	{
		case MG_LOGISTIC_OK:
			break;
		case MG_LOGISTIC_NO_DATA:
			return "no_data";
		case MG_LOGISTIC_ONE_OUTCOME:
			return "one_outcome";
		case MG_LOGISTIC_SEPARATION:
			return "separation";
		case MG_LOGISTIC_NO_CONVERGENCE:
			return "no_convergence";
	}
	return "ok";
}

static void
put_term(MgTidy *tidy, MgLabel name, double estimate, double variance,
		 double level)
{
	MgInference r = {0};

	strcpy(r.status, "ok");
	r.estimate = estimate;
	mg_infer(&r, variance, false, MG_DF_INFINITE, level, 0);
	mg_tidy_text_len(tidy, 0, name.s, name.len);
	mg_put_term(tidy, 1, &r);
	mg_tidy_row(tidy);
}

static void
put_fit(MgTidy *tidy, const MgLogistic *fit, const MgLabel *names,
		double level)
{
	static const MgLabel intercept = {"(Intercept)", 11};
	int			p = fit->rank + 1;
	double		value;
	double		variance;
	int			used = 0;
	int			i;

	if (fit->status != MG_LOGISTIC_OK)
	{
		mg_put_empty_term(tidy, intercept, fit_status(fit->status));
		for (i = 0; i < fit->k; i++)
			mg_put_empty_term(tidy, names[i], fit_status(fit->status));
		return;
	}
	value = mg_logistic_intercept(fit, &variance);
	put_term(tidy, intercept, value, variance, level);
	for (i = 0; i < fit->k; i++)
	{
		if (fit->column[i] != MG_COLUMN_USED)
		{
			mg_put_empty_term(tidy, names[i], mg_column_status(fit->column[i]));
			continue;
		}
		used++;
		put_term(tidy, names[i], fit->b[i], fit->v[(Size) used * p + used],
				 level);
	}
}

static MgLabel
required_label(FunctionCallInfo fcinfo, int arg, const char *name)
{
	MgLabel		label;

	if (!mg_arg_label(fcinfo, arg, &label))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL", name)));
	return label;
}

PG_FUNCTION_INFO_V1(mindgap_logistic_regression);

/* logistic_regression(source, outcome, predictors, weight, level) */
Datum
mindgap_logistic_regression(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgLabel		source;
	MgLabel		outcome;
	MgLabel		weight;
	MgLabel    *predictors;
	MgSourceRows rows;
	MgLogistic	fit;
	MemoryContext work;
	MemoryContext old;
	bool		weighted;
	double		level;
	int			k;

	mg_tidy_open_rows(&tidy, fcinfo);
	source = required_label(fcinfo, 0, "source");
	outcome = required_label(fcinfo, 1, "outcome");
	predictors = mg_arg_labels(fcinfo, 2, "predictors", &k);
	weighted = mg_arg_label(fcinfo, 3, &weight);
	level = mg_arg_level(fcinfo, 4);

	work = AllocSetContextCreate(CurrentMemoryContext, "logistic regression",
								 ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(work);
	mg_read_source(pnstrdup(source.s, source.len), outcome, predictors, k,
				   weighted ? &weight : NULL, &rows);
	mg_logistic(rows.x, rows.n, k, rows.y, rows.w, &fit);
	put_fit(&tidy, &fit, predictors, level);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return (Datum) 0;
}

/*-------------------------------------------------------------------------
 *
 * fit_arguments.c
 *		The arguments of prediction_fit and train_model, checked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "io/tidy.h"
#include "prediction/prediction_fit.h"

static void
null_option(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s must not be NULL", name),
			 errhint("Leave the argument out to get its default.")));
}

bool
mg_fit_arg_bool(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		null_option(name);
	return PG_GETARG_BOOL(arg);
}

/* A number that is above 0, or where "zero" at least 0. */
double
mg_fit_arg_number(FunctionCallInfo fcinfo, int arg, const char *name, bool zero)
{
	double		x;

	if (PG_ARGISNULL(arg))
		null_option(name);
	x = PG_GETARG_FLOAT8(arg);
	if (!isfinite(x) || x < 0 || (x == 0 && !zero))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite and %s", name,
						zero ? "not negative" : "above 0")));
	return x;
}

bool
mg_fit_arg_word(FunctionCallInfo fcinfo, int arg, const char *name, const char *no,
				const char *yes)
{
	MgChoice	choices[2] = {{no, 0}, {yes, 1}};

	return mg_arg_choice(fcinfo, arg, name, choices, 2) == 1;
}

static void
wrong_count(const char *name, int n, int n_inputs)
{
	ereport(ERROR,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 errmsg("%s has %d elements, x has %d", name, n, n_inputs),
			 errhint("Give one for each element of x, in the same order.")));
}

/*
 * An array of names, one an input; NULL where the argument is NULL.  Elements
 * may be NULL where "gaps" says so.
 */
char	  **
mg_fit_arg_names(FunctionCallInfo fcinfo, int arg, const char *name, int n_inputs,
				 bool gaps)
{
	ArrayType  *a;
	Datum	   *items;
	bool	   *nulls;
	char	  **names;
	int			n;
	int			i;

	if (PG_ARGISNULL(arg))
		return NULL;
	a = PG_GETARG_ARRAYTYPE_P(arg);
	deconstruct_array(a, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &n);
	if (ARR_NDIM(a) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension", name)));
	if (n != n_inputs)
		wrong_count(name, n, n_inputs);
	names = palloc0((n + 1) * sizeof(char *));
	for (i = 0; i < n; i++)
	{
		if (!nulls[i])
			names[i] = TextDatumGetCString(items[i]);
		else if (!gaps)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s must not contain NULL", name)));
		if (names[i] != NULL && names[i][0] == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must not contain an empty name", name)));
	}
	return names;
}

/* Numbers, one an input, as those of the variables. */
static double *
arg_values(FunctionCallInfo fcinfo, int arg, const char *name,
		   const MgPredictionLayout *layout, bool for_indicators)
{
	const double *x;
	double	   *out;
	int			n;
	int			j;

	if (PG_ARGISNULL(arg))
		return NULL;
	x = mg_arg_doubles(fcinfo, arg, name, &n);
	if (n != layout->n_x)
		wrong_count(name, n, layout->n_x);
	out = palloc0((layout->p + 1) * sizeof(double));
	for (j = 0; j < layout->p; j++)
	{
		if (j < n || for_indicators)
			out[j] = x[layout->parent[j]];
	}
	return out;
}

static MgPanelWeights *
read_panel(Datum summary, bool has_max, double scale_max, const char *name,
		   bool log_pool)
{
	if (!has_max && !mg_panel_is_ranks(summary))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be given", name),
				 errhint("It is the highest rating that the panel could give, such as 10.")));
	return mg_panel_weights(summary, has_max ? scale_max : NAN, log_pool);
}

void
mg_fit_read_panels(FunctionCallInfo fcinfo, MgPriorSource *source)
{
	bool		log_pool = mg_fit_arg_word(fcinfo, ARG_POOL, "pool", "linear", "log");
	Datum	   *items = NULL;
	bool	   *nulls = NULL;
	const double *max = NULL;
	int			n = 0;
	int			n_max = 0;
	int			i;

	if (!PG_ARGISNULL(ARG_OTHER_PANELS))
	{
		ArrayType  *a = PG_GETARG_ARRAYTYPE_P(ARG_OTHER_PANELS);
		int16		length;
		bool		by_value;
		char		align;

		get_typlenbyvalalign(ARR_ELEMTYPE(a), &length, &by_value, &align);
		deconstruct_array(a, ARR_ELEMTYPE(a), length, by_value, align,
						  &items, &nulls, &n);
	}
	if (!PG_ARGISNULL(ARG_OTHER_SCALE_MAX))
		max = mg_arg_doubles(fcinfo, ARG_OTHER_SCALE_MAX, "other_scale_max",
							 &n_max);
	if (max != NULL && n_max != n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("other_scale_max has %d elements, other_panels has %d",
						n_max, n)));
	source->panel = palloc((n + 1) * sizeof(MgPanelWeights *));
	if (!PG_ARGISNULL(ARG_PANEL))
		source->panel[source->n_panels++] =
			read_panel(PG_GETARG_DATUM(ARG_PANEL),
					   !PG_ARGISNULL(ARG_SCALE_MAX),
					   PG_ARGISNULL(ARG_SCALE_MAX) ? 0 :
					   PG_GETARG_FLOAT8(ARG_SCALE_MAX), "scale_max", log_pool);
	for (i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("other_panels must not contain NULL")));
		source->panel[source->n_panels++] =
			read_panel(items[i], max != NULL, max != NULL ? max[i] : 0,
					   "other_scale_max", log_pool);
	}
}

/* A prior that was given must be one. */
void
mg_fit_read_prior(FunctionCallInfo fcinfo, const MgPredictionLayout *layout,
				  MgPrior *prior)
{
	int			j;

	prior->overrule = mg_fit_arg_bool(fcinfo, ARG_OVERRULE, "overrule");
	prior->overrule_sd = mg_fit_arg_number(fcinfo, ARG_OVERRULE_SD, "overrule_sd",
										   false);
	prior->category_budget = mg_fit_arg_word(fcinfo, ARG_BUDGET, "budget", "variable",
											 "category");
	prior->sigma_shape = mg_fit_arg_number(fcinfo, ARG_SIGMA_SHAPE, "sigma_shape",
										   true);
	prior->sigma_scale = mg_fit_arg_number(fcinfo, ARG_SIGMA_SCALE, "sigma_scale",
										   true);
	if ((prior->sigma_shape > 0) != (prior->sigma_scale > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sigma_shape and sigma_scale go together"),
				 errhint("Give both above 0, or neither.")));
	prior->mean = arg_values(fcinfo, ARG_PRIOR_MEANS, "prior_means", layout,
							 false);
	prior->fixed_variance = arg_values(fcinfo, ARG_PRIOR_VARIANCES,
									   "prior_variances", layout, true);
	for (j = 0; prior->fixed_variance != NULL && j < layout->p; j++)
	{
		if (!(prior->fixed_variance[j] >= 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("prior_variances must not be negative")));
	}
}

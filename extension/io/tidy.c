/*-------------------------------------------------------------------------
 *
 * tidy.c
 *		Options in, tidy rows out: what every accessor does alike.
 *
 * What cannot be estimated is NULL, with a status that says why.  NaN stands
 * for it inside C; it never reaches a result.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/distributions.h"
#include "io/json.h"
#include "io/tidy.h"

/* Rows of a set-returning function. */
void
mg_tidy_open_rows(MgTidy *tidy, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo;

	mg_init_materialized_srf(fcinfo);
	rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	tidy->desc = rsinfo->setDesc;
	tidy->store = rsinfo->setResult;
	Assert(tidy->desc->natts <= MG_MAX_COLUMNS);
	mg_tidy_clear(tidy);
}

/* The one row of a function that returns a composite value. */
void
mg_tidy_open_one(MgTidy *tidy, FunctionCallInfo fcinfo)
{
	if (get_call_result_type(fcinfo, NULL, &tidy->desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	tidy->desc = BlessTupleDesc(tidy->desc);
	tidy->store = NULL;
	Assert(tidy->desc->natts <= MG_MAX_COLUMNS);
	mg_tidy_clear(tidy);
}

void
mg_tidy_clear(MgTidy *tidy)
{
	memset(tidy->nulls, true, sizeof(tidy->nulls));
	memset(tidy->values, 0, sizeof(tidy->values));
}

/* NaN and infinite values are what could not be estimated: NULL. */
void
mg_tidy_double(MgTidy *tidy, int column, double x)
{
	tidy->nulls[column] = !isfinite(x);
	tidy->values[column] = Float8GetDatum(x == 0 ? 0 : x);
}

void
mg_tidy_int64(MgTidy *tidy, int column, int64 x)
{
	tidy->nulls[column] = false;
	tidy->values[column] = Int64GetDatum(x);
}

void
mg_tidy_text(MgTidy *tidy, int column, const char *s)
{
	tidy->nulls[column] = s == NULL;
	if (s != NULL)
		tidy->values[column] = CStringGetTextDatum(s);
}

void
mg_tidy_text_len(MgTidy *tidy, int column, const char *s, int len)
{
	tidy->nulls[column] = false;
	tidy->values[column] = PointerGetDatum(cstring_to_text_with_len(s, len));
}

/* Stores the row and clears it for the next. */
void
mg_tidy_row(MgTidy *tidy)
{
	tuplestore_putvalues(tidy->store, tidy->desc, tidy->values, tidy->nulls);
	mg_tidy_clear(tidy);
}

Datum
mg_tidy_value(MgTidy *tidy)
{
	return HeapTupleGetDatum(heap_form_tuple(tidy->desc, tidy->values,
											 tidy->nulls));
}

/* Several reasons are joined by "; "; none is 'ok'. */
void
mg_status_add(char *status, const char *word)
{
	if (strstr(status, word) != NULL)
		return;
	if (strcmp(status, "ok") == 0)
		status[0] = '\0';
	if (status[0] != '\0')
		strlcat(status, "; ", MG_STATUS_SIZE);
	strlcat(status, word, MG_STATUS_SIZE);
}

static void
must_not_be_null(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL", name),
				 errhint("Leave the argument out to get its default.")));
}

/* An option that is one word of a list; the error's hint is the list. */
int
mg_arg_choice(FunctionCallInfo fcinfo, int arg, const char *name,
			  const MgChoice *choices, int n_choices)
{
	char	   *word;
	StringInfoData list;
	int			i;

	must_not_be_null(fcinfo, arg, name);
	word = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	for (i = 0; i < n_choices; i++)
	{
		if (strcmp(word, choices[i].word) == 0)
			return choices[i].value;
	}
	initStringInfo(&list);
	for (i = 0; i < n_choices; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", choices[i].word);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown %s \"%s\"", name,
					mg_clip(word, strlen(word))),
			 errhint("It is one of: %s.", list.data)));
	return 0;
}

double
mg_arg_level(FunctionCallInfo fcinfo, int arg)
{
	double		level;

	must_not_be_null(fcinfo, arg, "level");
	level = PG_GETARG_FLOAT8(arg);
	if (!(level > 0 && level < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("level must be between 0 and 1"),
				 errhint("It is the confidence level, such as 0.95.")));
	return level;
}

MgLonely
mg_arg_lonely(FunctionCallInfo fcinfo, int arg)
{
	static const MgChoice choices[] = {
		{"fail", MG_LONELY_FAIL},
		{"adjust", MG_LONELY_ADJUST},
		{"average", MG_LONELY_AVERAGE},
		{"certainty", MG_LONELY_CERTAINTY},
		{"remove", MG_LONELY_CERTAINTY}
	};

	return (MgLonely) mg_arg_choice(fcinfo, arg, "lonely_psu", choices,
									lengthof(choices));
}

/* A name; false when it is NULL. */
bool
mg_arg_label(FunctionCallInfo fcinfo, int arg, MgLabel *label)
{
	text	   *t;

	if (PG_ARGISNULL(arg))
		return false;
	t = PG_GETARG_TEXT_PP(arg);
	label->s = VARDATA_ANY(t);
	label->len = (int32) VARSIZE_ANY_EXHDR(t);
	return true;
}

static ArrayType *
arg_array(FunctionCallInfo fcinfo, int arg, const char *name)
{
	ArrayType  *a;

	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL", name),
				 errhint("Give an array.")));
	a = PG_GETARG_ARRAYTYPE_P(arg);
	if (ARR_NDIM(a) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension", name)));
	if (array_contains_nulls(a))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not contain NULL", name)));
	return a;
}

/* An array of names. */
MgLabel *
mg_arg_labels(FunctionCallInfo fcinfo, int arg, const char *name, int *n)
{
	ArrayType  *a = arg_array(fcinfo, arg, name);
	Datum	   *items;
	MgLabel    *labels;
	int			i;

	deconstruct_array(a, TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, n);
	labels = palloc((*n + 1) * sizeof(MgLabel));
	for (i = 0; i < *n; i++)
	{
		text	   *t = DatumGetTextPP(items[i]);

		labels[i].s = VARDATA_ANY(t);
		labels[i].len = (int32) VARSIZE_ANY_EXHDR(t);
	}
	return labels;
}

/* An array of finite numbers. */
const double *
mg_arg_doubles(FunctionCallInfo fcinfo, int arg, const char *name, int *n)
{
	ArrayType  *a = arg_array(fcinfo, arg, name);
	const double *x = (const double *) ARR_DATA_PTR(a);
	int			i;

	*n = ArrayGetNItems(ARR_NDIM(a), ARR_DIMS(a));
	for (i = 0; i < *n; i++)
	{
		if (!isfinite(x[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be finite", name)));
	}
	return x;
}

/* The error and degrees of freedom, and the quantile; NaN with a status. */
static double
infer_error(MgInference *r, double var, bool lonely, int64 df, double level)
{
	r->conf_low = r->conf_high = r->p_value = NAN;
	r->df = df == MG_DF_INFINITE ? INFINITY : (double) df;
	r->std_error = NAN;
	if (lonely)
	{
		mg_status_add(r->status, "lonely_psu");
		return NAN;
	}

	/*
	 * Below 0 only by rounding, where there is no variation; infinite out of
	 * range.
	 */
	r->std_error = isfinite(var) ? sqrt(Max(var, 0)) : NAN;
	if (df <= 0)
	{
		mg_status_add(r->status, "no_degrees_of_freedom");
		return NAN;
	}
	if (isnan(r->std_error))
		mg_status_add(r->status, "no_standard_error");
	return mg_t_quantile(0.5 + level / 2, r->df);
}

/* Symmetric limits and the test against null_value. */
void
mg_infer(MgInference *r, double var, bool lonely, int64 df, double level,
		 double null_value)
{
	double		q = infer_error(r, var, lonely, df, level);

	if (isnan(q) || isnan(r->std_error))
		return;
	r->conf_low = r->estimate - q * r->std_error;
	r->conf_high = r->estimate + q * r->std_error;
	if (r->std_error > 0)
		r->p_value = mg_t_two_sided((r->estimate - null_value) / r->std_error,
									r->df);
	else
		mg_status_add(r->status, "no_variation");
}

/*
 * A positive estimate whose limits and test go through its logarithm, which
 * has the variance log_var; the error is given on the estimate's own scale.
 */
void
mg_infer_log(MgInference *r, double log_var, bool lonely, int64 df,
			 double level)
{
	double		q = infer_error(r, log_var, lonely, df, level);
	double		se = r->std_error;

	if (isnan(se))
		return;
	r->std_error = r->estimate * se;
	if (isnan(q))
		return;
	r->conf_low = r->estimate * exp(-q * se);
	r->conf_high = r->estimate * exp(q * se);
	if (se > 0)
		r->p_value = mg_t_two_sided(log(r->estimate) / se, r->df);
	else
		mg_status_add(r->status, "no_variation");
}

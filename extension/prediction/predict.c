/*-------------------------------------------------------------------------
 *
 * predict.c
 *		Predictions for a row of numbers, and for a row by the names of its
 *		columns.
 *
 * A missing value is replaced by the fill value of its variable (the mean of
 * the values that were there), and where the model has an indicator for it,
 * that is 1: just as the fit saw it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "io/json.h"
#include "io/tidy.h"
#include "prediction/predict.h"

/* The longest value with a short header. */
typedef union ShortArray
{
	double		align;
	char		bytes[VARATT_SHORT_MAX + VARHDRSZ];
} ShortArray;

/* A row of inputs. */
typedef struct Row
{
	const double *x;
	const bool *missing;		/* NULL: nothing is */
	ShortArray	copy;
} Row;

/*
 * The array x.  One of few elements is stored with a short header, which is
 * not aligned; copying it is faster than detoasting.
 */
static ArrayType *
x_array(Datum d, Row *row)
{
	struct varlena *v = (struct varlena *) DatumGetPointer(d);
	Size		size;

	if (VARATT_IS_EXTERNAL(v) || !VARATT_IS_SHORT(v))
		return DatumGetArrayTypeP(d);
	size = VARSIZE_SHORT(v) - VARHDRSZ_SHORT;
	memcpy(row->copy.bytes + VARHDRSZ, VARDATA_SHORT(v), size);
	SET_VARSIZE(row->copy.bytes, size + VARHDRSZ);
	return (ArrayType *) row->copy.bytes;
}

static void
wrong_length(const MgPredictor *pr, int n)
{
	ereport(ERROR,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 errmsg("x has %d elements, the model has %d variables", n,
					pr->n_inputs),
			 errhint("Give the values in the order of the variables that the model was fitted with, NULL where one is missing.")));
}

/* Spreads out the elements that are there. */
static void
unpack_nulls(const MgPredictor *pr, ArrayType *a, Row *row)
{
	const bits8 *present = ARR_NULLBITMAP(a);
	const double *data = (const double *) ARR_DATA_PTR(a);
	double	   *x = palloc(pr->n_inputs * sizeof(double));
	bool	   *missing = palloc(pr->n_inputs * sizeof(bool));
	int			next = 0;
	int			i;

	for (i = 0; i < pr->n_inputs; i++)
	{
		missing[i] = (present[i / 8] & (1 << (i % 8))) == 0;
		x[i] = missing[i] ? 0 : data[next++];
	}
	row->x = x;
	row->missing = missing;
}

static void
read_array(const MgPredictor *pr, Datum d, Row *row)
{
	ArrayType  *a = x_array(d, row);
	int			n = ARR_NDIM(a) == 0 ? 0 : ARR_DIMS(a)[0];

	if (ARR_NDIM(a) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("x must be an array of one dimension"),
				 errdetail("It has %d dimensions.", ARR_NDIM(a))));
	if (n != pr->n_inputs)
		wrong_length(pr, n);
	row->x = (const double *) ARR_DATA_PTR(a);
	row->missing = NULL;
	if (ARR_HASNULL(a))
		unpack_nulls(pr, a, row);
}

static const char *
jsonb_kind(const JsonbValue *v)
{
	switch (v->type)
	{
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "true or false";
		default:
			return "an array or an object";
	}
}

static void
wrong_kind(const char *column, const char *wanted, const JsonbValue *v)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("\"%.64s\" must be %s", column, wanted),
			 errdetail("In fields it is %s.", jsonb_kind(v)),
			 errhint("Columns have the types that the model was fitted with; a missing value is null.")));
}

static double
number_of(const char *column, const JsonbValue *v)
{
	double		x;

	if (v->type == jbvBool)
		return v->val.boolean;
	if (v->type != jbvNumeric)
		wrong_kind(column, "a number", v);
	x = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
										   NumericGetDatum(v->val.numeric)));
	if (!isfinite(x))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%.64s\" must be finite", column),
				 errhint("Use null for missing values.")));
	return x;
}

/* A value as the text that levels are compared with. */
static MgLabel
level_of(const char *column, const JsonbValue *v)
{
	MgLabel		label;

	switch (v->type)
	{
		case jbvString:
			label.s = v->val.string.val;
			label.len = v->val.string.len;
			return label;
		case jbvBool:
			label.s = v->val.boolean ? "true" : "false";
			break;
		case jbvNumeric:
			label.s = DatumGetCString(DirectFunctionCall1(numeric_out,
														  NumericGetDatum(v->val.numeric)));
			break;
		default:
			wrong_kind(column, "a single value", v);
	}
	label.len = (int32) strlen(label.s);
	return label;
}

static void
unknown_level(const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%.64s\" has a value that the model has not seen", column),
			 errhint("on_unknown => 'missing' takes such values for missing.")));
}

static bool
look_up(Jsonb *fields, const char *column, JsonbValue *v)
{
	JsonbValue *found;

	found = getKeyJsonValueFromContainer(&fields->root, column,
										 (int) strlen(column), v);
	if (found == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("fields has no \"%.64s\", which the model needs", column),
				 errhint("Give every column, to_jsonb(row); one whose value is missing is null.")));
	return v->type != jbvNull;
}

/* A date or timestamp in decimal years. */
static double
years_of(const char *column, const JsonbValue *v)
{
	double		years = 0;

	if (v->type != jbvString ||
		!mg_years_from_text(v->val.string.val, v->val.string.len, &years))
		wrong_kind(column, "a date or timestamp, as to_jsonb() writes it", v);
	return years;
}

static bool
is_level_input(const MgModel *m, int i)
{
	return m->input_kind[i] == MG_INPUT_LEVEL ||
		m->input_kind[i] == MG_INPUT_MISSING;
}

/*
 * Inputs from a JSON object.  Levels of one column stand side by side: exactly
 * one is 1, unless the value is missing or unknown; then it is the one that
 * stands for missing values, or where the column had none, all are missing.
 */
static void
read_fields(const MgPredictor *pr, Jsonb *fields, bool unknown_is_error,
			Row *row)
{
	const MgModel *m = &pr->model;
	double	   *x = palloc(pr->n_inputs * sizeof(double));
	bool	   *missing = palloc(pr->n_inputs * sizeof(bool));
	int			i = 0;

	if (!JB_ROOT_IS_OBJECT(fields))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fields must be a JSON object"),
				 errhint("to_jsonb(row) makes one of a row.")));
	while (i < pr->n_inputs)
	{
		const char *column = m->input_column[i];
		JsonbValue	v;
		bool		there = look_up(fields, column, &v);
		bool		known = false;
		bool		has_missing = false;
		MgLabel		label = {NULL};
		int			first = i;

		if (!is_level_input(m, i))
		{
			missing[i] = !there;
			x[i] = !there ? 0 : m->input_kind[i] == MG_INPUT_YEARS ?
				years_of(column, &v) : number_of(column, &v);
			i++;
			continue;
		}
		if (there)
			label = level_of(column, &v);
		for (; i < pr->n_inputs && is_level_input(m, i) &&
			 strcmp(m->input_column[i], column) == 0; i++)
		{
			const char *level = m->input_level[i];

			x[i] = there && m->input_kind[i] == MG_INPUT_LEVEL &&
				strlen(level) == label.len &&
				memcmp(level, label.s, label.len) == 0;
			known = known || x[i] == 1;
			has_missing = has_missing || m->input_kind[i] == MG_INPUT_MISSING;
		}
		if (there && !known && unknown_is_error)
			unknown_level(column);
		for (; first < i; first++)
		{
			missing[first] = !known && !has_missing;
			if (!known && m->input_kind[first] == MG_INPUT_MISSING)
				x[first] = 1;
		}
	}
	row->x = x;
	row->missing = missing;
}

static bool
arg_unknown_is_error(FunctionCallInfo fcinfo, int arg)
{
	static const MgChoice choices[] = {
		{"missing", 0},
		{"error", 1}
	};

	return mg_arg_choice(fcinfo, arg, "on_unknown", choices,
						 lengthof(choices)) == 1;
}

PG_FUNCTION_INFO_V1(mindgap_predict);

Datum
mindgap_predict(PG_FUNCTION_ARGS)
{
	MgPredictor *pr = mg_arg_predictor(fcinfo, 0);
	Row			row;

	read_array(pr, PG_GETARG_DATUM(1), &row);
	PG_RETURN_FLOAT8(mg_predict(pr, row.x, row.missing));
}

PG_FUNCTION_INFO_V1(mindgap_predict_row);

Datum
mindgap_predict_row(PG_FUNCTION_ARGS)
{
	bool		unknown_is_error = arg_unknown_is_error(fcinfo, 2);
	MgPredictor *pr;
	Row			row;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	pr = mg_arg_predictor(fcinfo, 0);
	read_fields(pr, PG_GETARG_JSONB_P(1), unknown_is_error, &row);
	PG_RETURN_FLOAT8(mg_predict(pr, row.x, row.missing));
}

static Datum
interval_row(FunctionCallInfo fcinfo, MgPredictor *pr, const Row *row,
			 double level)
{
	MgTidy		tidy;
	MgPredicted out;

	mg_predict_interval(pr, row->x, row->missing, level, &out);
	mg_tidy_open_one(&tidy, fcinfo);
	mg_tidy_double(&tidy, 0, out.estimate);
	mg_tidy_double(&tidy, 1, out.conf_low);
	mg_tidy_double(&tidy, 2, out.conf_high);
	PG_RETURN_DATUM(mg_tidy_value(&tidy));
}

PG_FUNCTION_INFO_V1(mindgap_predict_interval);

Datum
mindgap_predict_interval(PG_FUNCTION_ARGS)
{
	double		level = mg_arg_level(fcinfo, 2);
	MgPredictor *pr;
	Row			row;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	pr = mg_arg_predictor(fcinfo, 0);
	read_array(pr, PG_GETARG_DATUM(1), &row);
	return interval_row(fcinfo, pr, &row, level);
}

PG_FUNCTION_INFO_V1(mindgap_predict_row_interval);

Datum
mindgap_predict_row_interval(PG_FUNCTION_ARGS)
{
	double		level = mg_arg_level(fcinfo, 2);
	bool		unknown_is_error = arg_unknown_is_error(fcinfo, 3);
	MgPredictor *pr;
	Row			row;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	pr = mg_arg_predictor(fcinfo, 0);
	read_fields(pr, PG_GETARG_JSONB_P(1), unknown_is_error, &row);
	return interval_row(fcinfo, pr, &row, level);
}

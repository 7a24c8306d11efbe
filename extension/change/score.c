/*-------------------------------------------------------------------------
 *
 * score.c
 *		From a person's answers to a score, a case, a band.
 *
 * A missing item never counts as zero and an invalid code never sums: the
 * score is NULL unless the instrument allows prorating (k times the mean of
 * the answered items).  Cut-offs compare numbers; a score of one method must
 * not meet the cut-off of another.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "change/instrument.h"
#include "io/tidy.h"

#define FARTHEST_BASE	1000000

PG_FUNCTION_INFO_V1(mindgap_score);
PG_FUNCTION_INFO_V1(mindgap_score_detail);
PG_FUNCTION_INFO_V1(mindgap_is_case);
PG_FUNCTION_INFO_V1(mindgap_band);

/* One person's answers and how to read them. */
typedef struct Answers
{
	const MgInstrument *ins;
	const MgScale *scale;
	int			first_code;		/* of the data */
	bool		invalid_is_missing;
	Oid			type;
	const char *data;			/* packed: missing items take no room */
	const bits8 *present;		/* NULL: nothing is missing */
	double	   *unpacked;		/* NaN: missing; NULL until it is needed */
} Answers;

static void
list_scales(StringInfo buf, const MgInstrument *ins)
{
	int			i;

	initStringInfo(buf);
	for (i = 0; i < ins->n_scales; i++)
		appendStringInfo(buf, "%s%s", i == 0 ? "" : ", ", ins->scales[i].name);
}

/*
 * The method that an argument names.  NULL is the first method, but where a
 * score comes in and there are several, nobody can say which it was.
 */
static const MgScale *
arg_method(FunctionCallInfo fcinfo, int arg, const MgInstrument *ins,
		   bool must_name)
{
	const MgScale *scale;
	StringInfoData list;
	text	   *name;

	if (PG_ARGISNULL(arg))
	{
		if (ins->n_methods > 0 && !(must_name && ins->n_scales > 1))
			return &ins->scales[0];
		if (ins->n_scales == 1)
			return &ins->scales[0];
		list_scales(&list, ins);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has several scores: name the method", ins->name),
				 errhint("It is one of: %s.", list.data)));
	}
	name = PG_GETARG_TEXT_PP(arg);
	scale = mg_instrument_find(ins, VARDATA_ANY(name),
							   (int) VARSIZE_ANY_EXHDR(name));
	if (scale == NULL)
	{
		list_scales(&list, ins);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown method \"%.64s\" of %s",
						text_to_cstring(name), ins->name),
				 errhint("It is one of: %s.", list.data)));
	}
	return scale;
}

static void
invalid_code(const Answers *a, int item)
{
	StringInfoData list;
	int			i;

	initStringInfo(&list);
	for (i = 0; i < a->ins->n_codes; i++)
		appendStringInfo(&list, "%s%d", i == 0 ? "" : ", ",
						 a->ins->codes[i] - a->ins->codes[0] + a->first_code);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("item %d of %s has an invalid code", item + 1, a->ins->name),
			 errdetail("Valid codes are %s; a missing answer is NULL.",
					   list.data),
			 errhint("on_invalid => 'missing' takes other codes for missing; code_base => 1 is for data whose lowest code is 1.")));
}

/* Every item as a number, NaN where it is missing. */
static void
unpack(Answers *a)
{
	int			next = 0;
	int			i;

	a->unpacked = palloc(a->ins->n_items * sizeof(double));
	for (i = 0; i < a->ins->n_items; i++)
	{
		if (a->present != NULL && (a->present[i / 8] & (1 << (i % 8))) == 0)
		{
			a->unpacked[i] = NAN;
			continue;
		}
		if (a->type == INT4OID)
			a->unpacked[i] = ((const int32 *) a->data)[next];
		else if (a->type == INT2OID)
			a->unpacked[i] = ((const int16 *) a->data)[next];
		else
			a->unpacked[i] = ((const float8 *) a->data)[next];
		/* NaN is a code that is not valid, not a missing answer */
		if (isnan(a->unpacked[i]))
			a->unpacked[i] = INFINITY;
		next++;
	}
}

/* Sum of the counted values and how many are missing, item by item. */
static double
sum_checked(Answers *a, const MgScale *scale, int *n_missing)
{
	const double *row = scale->values;
	double		sum = 0;
	int			i;

	if (a->unpacked == NULL)
		unpack(a);
	*n_missing = 0;
	for (i = 0; i < scale->n_items; i++, row += a->ins->span)
	{
		double		code = a->unpacked[scale->items[i]];
		double		value = NAN;

		if (isnan(code))
		{
			(*n_missing)++;
			continue;
		}
		code -= a->first_code;
		if (code >= 0 && code < a->ins->span && code == floor(code))
			value = row[(int) code];
		if (isnan(value))
		{
			if (!a->invalid_is_missing)
				invalid_code(a, scale->items[i]);
			(*n_missing)++;
			continue;
		}
		sum += value;
	}
	return sum;
}

/* The usual case, integers without missing ones; false: check each. */
static bool
sum_fast(const Answers *a, const MgScale *scale, double *sum)
{
	const int32 *data = (const int32 *) a->data;
	const double *row = scale->values;
	uint32		first = (uint32) a->first_code;
	uint32		span = (uint32) a->ins->span;
	double		total = 0;
	int			i;

	if (a->type != INT4OID || a->present != NULL)
		return false;
	for (i = 0; i < scale->n_items; i++, row += span)
	{
		uint32		code = (uint32) data[scale->items[i]] - first;

		if (code >= span)
			return false;
		total += row[code];
	}
	*sum = total;
	return !isnan(total);
}

/* The score of one scale that is no sum of others; NaN where there is none. */
static double
score_of(Answers *a, const MgScale *scale, int *n_missing)
{
	double		score;
	int			k = scale->n_items;

	*n_missing = 0;
	if (!sum_fast(a, scale, &score))
	{
		score = sum_checked(a, scale, n_missing);
		if (*n_missing > scale->max_missing)
			return NAN;
		if (*n_missing > 0)
			score = score * k / (k - *n_missing);
	}
	if (scale->round)
		score = score < 0 ? ceil(score - 0.5) : floor(score + 0.5);
	if (scale->n_lookup > 0)
		return scale->lookup[(int) score - scale->lookup_from];
	return score * scale->multiply;
}

/* Reads the arguments of score() but the first, and the array. */
static void
read_answers(FunctionCallInfo fcinfo, Answers *a)
{
	static const MgChoice policies[] = {
		{"error", 0},
		{"missing", 1}
	};
	ArrayType  *array;
	int			n;

	memset(a, 0, sizeof(Answers));
	a->ins = mg_arg_instrument(fcinfo, 0);
	a->scale = arg_method(fcinfo, 2, a->ins, false);
	a->invalid_is_missing = mg_arg_choice(fcinfo, 3, "on_invalid", policies,
										  lengthof(policies)) == 1;
	a->first_code = PG_ARGISNULL(4) ? a->ins->codes[0] : PG_GETARG_INT32(4);
	if (a->first_code < -FARTHEST_BASE || a->first_code > FARTHEST_BASE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("code_base is out of range"),
				 errhint("It is the lowest code in the data, such as 1.")));
	if (PG_ARGISNULL(1))
		return;
	array = PG_GETARG_ARRAYTYPE_P(1);
	n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("items must be an array of one dimension")));
	if (n != a->ins->n_items)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s has %d items, the array has %d", a->ins->name,
						a->ins->n_items, n),
				 errhint("Items are in the order of the questionnaire; a missing answer is NULL.")));
	a->type = ARR_ELEMTYPE(array);
	a->data = ARR_DATA_PTR(array);
	a->present = ARR_NULLBITMAP(array);
}

static double
score_answers(Answers *a, int *n_missing)
{
	double		score = 0;
	int			i;

	if (a->scale->n_parts == 0)
		return score_of(a, a->scale, n_missing);
	*n_missing = 0;
	for (i = 0; i < a->scale->n_parts; i++)
	{
		int			missing;

		score += score_of(a, &a->ins->scales[a->scale->parts[i]], &missing);
		*n_missing += missing;
	}
	return score;
}

Datum
mindgap_score(PG_FUNCTION_ARGS)
{
	Answers		a;
	double		score;
	int			n_missing;

	read_answers(fcinfo, &a);
	if (a.data == NULL)
		PG_RETURN_NULL();
	score = score_answers(&a, &n_missing);
	if (isnan(score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score);
}

/* At or beyond the cut-off, on the bad side. */
static bool
is_case(const MgScale *scale, double score, double cutoff)
{
	return scale->better ? score <= cutoff : score >= cutoff;
}

static const char *
band_of(const MgScale *scale, double score)
{
	int			i = 0;

	if (scale->n_bands == 0)
		return NULL;
	while (i + 1 < scale->n_bands && score >= scale->bands[i + 1].value)
		i++;
	return scale->bands[i].label;
}

Datum
mindgap_score_detail(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	Answers		a;
	double		score;
	int			n_missing;

	mg_tidy_open_one(&tidy, fcinfo);
	read_answers(fcinfo, &a);
	if (a.data == NULL)
		PG_RETURN_DATUM(mg_tidy_value(&tidy));
	score = score_answers(&a, &n_missing);
	mg_tidy_double(&tidy, 0, score);
	tidy.nulls[1] = false;
	tidy.values[1] = Int32GetDatum(n_missing);
	if (!isnan(score))
	{
		if (a.scale->n_cutoffs > 0)
		{
			tidy.nulls[2] = false;
			tidy.values[2] = BoolGetDatum(is_case(a.scale, score,
												  a.scale->cutoffs[0].value));
		}
		mg_tidy_text(&tidy, 3, band_of(a.scale, score));
	}
	PG_RETURN_DATUM(mg_tidy_value(&tidy));
}

/*
 * A score and the method that made it.  A score outside the method's range
 * was made by another one.
 */
static const MgScale *
read_score(FunctionCallInfo fcinfo, double *score)
{
	const MgInstrument *ins = mg_arg_instrument(fcinfo, 0);
	const MgScale *scale = arg_method(fcinfo, 2, ins, true);

	*score = NAN;
	if (PG_ARGISNULL(1))
		return scale;
	*score = PG_GETARG_FLOAT8(1);
	if (!(*score >= scale->lowest - 1e-9 && *score <= scale->highest + 1e-9))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("score is outside the range of %s, method %s",
						ins->name, scale->name),
				 errdetail("The range is %g to %g.", scale->lowest,
						   scale->highest),
				 errhint("Was it scored by this method?")));
	return scale;
}

Datum
mindgap_is_case(PG_FUNCTION_ARGS)
{
	double		score;
	const MgScale *scale = read_score(fcinfo, &score);
	double		cutoff;

	if (!PG_ARGISNULL(3))
		cutoff = PG_GETARG_FLOAT8(3);
	else if (scale->n_cutoffs > 0)
		cutoff = scale->cutoffs[0].value;
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method %s has no agreed cut-off", scale->name),
				 errhint("Say which one you use: cutoff => ....")));
	if (!isfinite(cutoff))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cutoff must be finite")));
	if (isnan(score))
		PG_RETURN_NULL();
	PG_RETURN_BOOL(is_case(scale, score, cutoff));
}

Datum
mindgap_band(PG_FUNCTION_ARGS)
{
	double		score;
	const MgScale *scale = read_score(fcinfo, &score);
	const char *label = isnan(score) ? NULL : band_of(scale, score);

	if (label == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(label));
}

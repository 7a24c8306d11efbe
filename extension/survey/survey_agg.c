/*-------------------------------------------------------------------------
 *
 * survey_agg.c
 *		The aggregates that build survey summaries.
 *
 * The transition type is the SQL type itself: a flat value that is changed
 * in place while it is small, then an expanded object.  Nothing is kept in
 * fn_extra, so that partial aggregation may be pushed anywhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/array.h"
#include "utils/expandeddatum.h"

#include "core/cells.h"
#include "io/expanded.h"
#include "survey/survey_agg.h"

/* Positions of the arguments behind the state. */
#define ARG_OUTCOME		1
#define ARG_SUBGROUP	2
#define ARG_WEIGHT		3
#define ARG_PSU			5
#define ARG_FPC			6

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext cxt;

	if (!AggCheckCallContext(fcinfo, &cxt))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function is a part of an aggregate and cannot be called by itself"),
				 errhint("Call mindgap.survey_agg or mindgap.rollup.")));
	return cxt;
}

/*
 * The state as a flat value that may be changed.  A state of our own always
 * has a four-byte header; a NULL pointer stands for no state.
 */
static MgSurvey *
flat_state(FunctionCallInfo fcinfo)
{
	struct varlena *state;

	if (PG_ARGISNULL(0))
		return NULL;
	state = (struct varlena *) PG_GETARG_POINTER(0);
	if (!VARATT_IS_4B_U(state))
		state = (struct varlena *) PG_DETOAST_DATUM_COPY(PointerGetDatum(state));
	return (MgSurvey *) state;
}

/* A flat state that has become too large for its form, as a large one. */
static Datum
enlarge(MgSurvey *s, MemoryContext parent, MgBig **big)
{
	Datum		d = mg_expanded_create(parent, s->flags, big);
	MgView		v;

	mg_survey_view(s, &v);
	mg_big_merge(*big, &v);
	return d;
}

static void
read_fpc(FunctionCallInfo fcinfo, MgRow *row)
{
	if (PG_ARGISNULL(ARG_FPC))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("fpc must not be NULL"),
				 errdetail("The finite population correction belongs to the stratum and must be the same on all its rows."),
				 errhint("Leave the argument out when the population is large or unknown.")));
	row->fpc = PG_GETARG_FLOAT8(ARG_FPC);
	if (!(row->fpc >= 0) || isinf(row->fpc))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fpc must be finite and not negative"),
				 errhint("Give the number of primary sampling units in the stratum's population, or the sampling rate of the stratum (at most 1).")));
	row->has_fpc = true;
}

/*
 * Reads the arguments into a row.  False: the weight is NULL, the row is
 * skipped and only counted.  The subgroup argument of the forms without
 * subgroup does not exist; all their rows are one subgroup.
 */
static inline bool
read_row(FunctionCallInfo fcinfo, bool is_boolean, uint16 kind, MgRow *row)
{
	if (!mg_read_design(fcinfo, ARG_WEIGHT, row))
		return false;
	if (PG_NARGS() > ARG_FPC)
		read_fpc(fcinfo, row);

	row->has_outcome = !PG_ARGISNULL(ARG_OUTCOME);
	if (row->has_outcome)
	{
		if (is_boolean)
			row->outcome = PG_GETARG_BOOL(ARG_OUTCOME) ? 1 : 0;
		else
		{
			row->outcome = PG_GETARG_FLOAT8(ARG_OUTCOME);
			mg_check_outcome(row->outcome);
		}
	}

	mg_read_subgroup(fcinfo, ARG_SUBGROUP, kind, row);
	return true;
}

static pg_attribute_always_inline Datum
accumulate(FunctionCallInfo fcinfo, bool is_boolean, uint16 kind)
{
	MemoryContext cxt = aggregate_context(fcinfo);
	MgBig	   *big = NULL;
	MgSurvey   *s = NULL;
	Datum		result = (Datum) 0;
	MgRow		row;

	if (!PG_ARGISNULL(0))
	{
		result = PG_GETARG_DATUM(0);
		big = mg_expanded_get(result);
	}
	if (big == NULL)
	{
		s = flat_state(fcinfo);
		if (s == NULL)
		{
			uint16		flags = kind;

			if (PG_NARGS() > ARG_PSU)
				flags |= MG_HAS_DESIGN;
			if (PG_NARGS() > ARG_FPC)
				flags |= MG_HAS_FPC;
			s = mg_flat_create(flags, 0);
		}
	}

	if (!read_row(fcinfo, is_boolean, kind, &row))
	{
		if (big != NULL)
			mg_big_skip(big);
		else
			s->n_skipped++;
	}
	else if (big != NULL)
		mg_big_add(big, &row);
	else if (mg_flat_is_small(s) && row.label_len < 65536)
		s = mg_flat_add(s, &row);
	else
	{
		result = enlarge(s, cxt, &big);
		mg_big_add(big, &row);
	}
	if (big != NULL)
		PG_RETURN_DATUM(result);
	PG_RETURN_POINTER(s);
}

PG_FUNCTION_INFO_V1(mindgap_survey_accum_float8);
PG_FUNCTION_INFO_V1(mindgap_survey_accum_float8_text);
PG_FUNCTION_INFO_V1(mindgap_survey_accum_float8_int8);
PG_FUNCTION_INFO_V1(mindgap_survey_accum_bool);
PG_FUNCTION_INFO_V1(mindgap_survey_accum_bool_text);
PG_FUNCTION_INFO_V1(mindgap_survey_accum_bool_int8);

Datum
mindgap_survey_accum_float8(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, false, 0);
}

Datum
mindgap_survey_accum_float8_text(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, false, MG_TEXT_GROUPS);
}

Datum
mindgap_survey_accum_float8_int8(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, false, MG_INT_GROUPS);
}

Datum
mindgap_survey_accum_bool(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, true, 0);
}

Datum
mindgap_survey_accum_bool_text(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, true, MG_TEXT_GROUPS);
}

Datum
mindgap_survey_accum_bool_int8(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, true, MG_INT_GROUPS);
}

/*
 * (state, outcome, subgroup, weight, replicate_weights): rows with replicate
 * weights in place of a design.  The state is flat throughout.
 */
static Datum
accumulate_replicates(FunctionCallInfo fcinfo, bool is_boolean, uint16 kind)
{
	MgSurvey   *s = flat_state(fcinfo);
	ArrayType  *weights;
	const double *x;
	MgRow		row;
	int			n;
	int			i;

	(void) aggregate_context(fcinfo);
	if (PG_ARGISNULL(4))
	{
		/* no weights, no row; the first array tells how many there are */
		if (s == NULL)
			PG_RETURN_NULL();
		s->n_skipped++;
		PG_RETURN_POINTER(s);
	}
	weights = PG_GETARG_ARRAYTYPE_P(4);
	n = ArrayGetNItems(ARR_NDIM(weights), ARR_DIMS(weights));
	if (s == NULL)
	{
		if (ARR_NDIM(weights) != 1 || n < 2)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("replicate_weights must be an array of one dimension with at least two weights")));
		if (n > MG_MAX_REPLICATES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many replicate weights"),
					 errdetail("At most %d are possible.", MG_MAX_REPLICATES)));
		s = mg_flat_create(kind, n);
	}
	if (n != s->n_replicates)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("replicate_weights must have the same length on every row"),
				 errdetail("An earlier row has %d weights, this one %d.",
						   s->n_replicates, n)));
	if (!read_row(fcinfo, is_boolean, kind, &row) || array_contains_nulls(weights))
	{
		s->n_skipped++;
		PG_RETURN_POINTER(s);
	}
	x = (const double *) ARR_DATA_PTR(weights);
	for (i = 0; i < n; i++)
	{
		if (!isfinite(x[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("replicate_weights must be finite")));
	}
	row.replicates = x;
	PG_RETURN_POINTER(mg_flat_add(s, &row));
}

PG_FUNCTION_INFO_V1(mindgap_replicate_accum_float8_text);
PG_FUNCTION_INFO_V1(mindgap_replicate_accum_float8_int8);
PG_FUNCTION_INFO_V1(mindgap_replicate_accum_bool_text);
PG_FUNCTION_INFO_V1(mindgap_replicate_accum_bool_int8);

Datum
mindgap_replicate_accum_float8_text(PG_FUNCTION_ARGS)
{
	return accumulate_replicates(fcinfo, false, MG_TEXT_GROUPS);
}

Datum
mindgap_replicate_accum_float8_int8(PG_FUNCTION_ARGS)
{
	return accumulate_replicates(fcinfo, false, MG_INT_GROUPS);
}

Datum
mindgap_replicate_accum_bool_text(PG_FUNCTION_ARGS)
{
	return accumulate_replicates(fcinfo, true, MG_TEXT_GROUPS);
}

Datum
mindgap_replicate_accum_bool_int8(PG_FUNCTION_ARGS)
{
	return accumulate_replicates(fcinfo, true, MG_INT_GROUPS);
}

/* Would the merged state of two small ones still be small? */
static bool
both_small(const MgSurvey *a, const MgSurvey *b)
{
	if (a->n_replicates > 0 || b->n_replicates > 0)
		return true;
	return a->n_cells + b->n_cells + a->n_rowcells + b->n_rowcells < MG_FLAT_MAX &&
		a->n_psus + b->n_psus < MG_FLAT_MAX &&
		a->n_groups + b->n_groups < MG_FLAT_MAX &&
		a->n_strata + b->n_strata < MG_FLAT_MAX &&
		a->label_bytes + b->label_bytes < 65536;
}

/*
 * Merges a summary into the state, argument 0 of the call; keeps nothing of
 * the summary.
 */
Datum
mg_survey_absorb(FunctionCallInfo fcinfo, const MgView *b)
{
	MemoryContext cxt = aggregate_context(fcinfo);
	MgBig	   *big;
	Datum		result;

	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(mg_flat_trim(b->head));
	result = PG_GETARG_DATUM(0);
	big = mg_expanded_get(result);
	if (big == NULL)
	{
		MgSurvey   *s = flat_state(fcinfo);

		if (both_small(s, b->head))
			PG_RETURN_POINTER(mg_flat_merge(s, b));
		mg_check_same_kind(s->flags, b->head->flags);
		result = enlarge(s, cxt, &big);
	}
	mg_big_merge(big, b);
	PG_RETURN_DATUM(result);
}

/* The transition function of rollup and the combine function of all. */
PG_FUNCTION_INFO_V1(mindgap_survey_combine);

Datum
mindgap_survey_combine(PG_FUNCTION_ARGS)
{
	MgView		b;

	(void) aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	mg_survey_open(PG_GETARG_DATUM(1), &b);
	return mg_survey_absorb(fcinfo, &b);
}

/* The state as a flat value without slack; the state itself may grow on. */
PG_FUNCTION_INFO_V1(mindgap_survey_final);

Datum
mindgap_survey_final(PG_FUNCTION_ARGS)
{
	(void) aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(mg_survey_flatten(PG_GETARG_DATUM(0)));
}

/*-------------------------------------------------------------------------
 *
 * prediction_agg.c
 *		The aggregates that build prediction summaries.
 *
 * The transition type is the SQL type itself, changed in place; see
 * io/prediction_state.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "io/moments_summary.h"
#include "io/prediction_summary.h"

#define AGGREGATES	"mindgap.prediction_agg or mindgap.rollup"

/* Position of the person among the arguments. */
#define ARG_PERSON	4

/* The state, which may be changed, or NULL. */
static MgPredictionSummary *
state_of(FunctionCallInfo fcinfo)
{
	struct varlena *state;

	(void) mg_aggregate_context(fcinfo, AGGREGATES);
	if (PG_ARGISNULL(0))
		return NULL;
	state = (struct varlena *) PG_GETARG_POINTER(0);
	if (!VARATT_IS_4B_U(state))
		state = (struct varlena *) PG_DETOAST_DATUM_COPY(PointerGetDatum(state));
	return (MgPredictionSummary *) state;
}

/* (state, outcome, x [, weight [, person]]) */
PG_FUNCTION_INFO_V1(mindgap_prediction_accum);

Datum
mindgap_prediction_accum(PG_FUNCTION_ARGS)
{
	bool		persons = PG_NARGS() > ARG_PERSON;
	MgPredictionSummary *s = state_of(fcinfo);
	MgXRow		row;

	mg_read_x_row(fcinfo, 1, &row);
	if (s == NULL)
		s = mg_prediction_create(persons ? MG_PREDICTION_PERSONS : 0);
	if (row.dim > 0)
	{
		if (s->dim == 0)
			s->dim = row.dim;
		else if (row.dim != s->dim)
			mg_refuse_length(s->dim, row.dim);
	}
	if (!row.present || (persons && PG_ARGISNULL(ARG_PERSON)))
	{
		s->n_skipped++;
		PG_RETURN_POINTER(s);
	}
	if (row.weight == 0)
		PG_RETURN_POINTER(s);
	if (!mg_prediction_add(&s, persons ?
						   mg_prediction_fold_of(PG_GETARG_INT64(ARG_PERSON)) : 0,
						   &row))
		mg_refuse_row(&row);
	PG_RETURN_POINTER(s);
}

/* Raises an error where two summaries are not of one kind. */
static void
check_same_kind(const MgPredictionSummary *a, const MgPredictionSummary *b)
{
	const char *detail = NULL;

	if (a->flags != b->flags)
		detail = (a->flags | b->flags) & MG_PREDICTION_GIVEN ?
			"The folds of one were given, those of the other were not." :
			"One has folds of persons, the other has none.";
	if (detail != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("prediction summaries cannot be combined"),
				 errdetail("%s", detail),
				 errhint("Make them with the same arguments.")));
	if (a->dim > 0 && b->dim > 0 && a->dim != b->dim)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("prediction summaries cannot be combined"),
				 errdetail("In one x has %d elements, in the other %d.",
						   a->dim - 1, b->dim - 1),
				 errhint("Combine summaries of the same variables only.")));
}

/* (state, moments, fold) */
PG_FUNCTION_INFO_V1(mindgap_prediction_accum_moments);

Datum
mindgap_prediction_accum_moments(PG_FUNCTION_ARGS)
{
	MgPredictionSummary *s = state_of(fcinfo);
	MgPredictionSummary *other;
	MgMomentsSummary *given;
	MgMoments  *m;
	int32		number = 0;

	if (s == NULL)
		s = mg_prediction_create(MG_PREDICTION_GIVEN);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(s);
	given = mg_moments_summary_open(PG_GETARG_DATUM(1));
	m = mg_summary_moments(given);
	if (!PG_ARGISNULL(2))
	{
		number = PG_GETARG_INT32(2);
		if (number < 0 || number >= MG_PREDICTION_MAX_FOLDS)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("fold must be 0 to %d",
							MG_PREDICTION_MAX_FOLDS - 1),
					 errhint("Five to ten folds are usual; all rows of a person belong to one.")));
	}
	other = mg_prediction_create(MG_PREDICTION_GIVEN);
	other->dim = m->dim;
	other->n_skipped = given->n_skipped;
	if (PG_ARGISNULL(2))
		other->n_skipped += m->n;
	else if (m->n > 0)
		mg_moments_merge(mg_prediction_fold(&other, number), m);
	check_same_kind(s, other);
	mg_prediction_merge(&s, other);
	PG_RETURN_POINTER(s);
}

/* The transition function of rollup and the combine function of all. */
PG_FUNCTION_INFO_V1(mindgap_prediction_combine);

Datum
mindgap_prediction_combine(PG_FUNCTION_ARGS)
{
	MgPredictionSummary *s = state_of(fcinfo);
	MgPredictionSummary *other;

	if (PG_ARGISNULL(1))
	{
		if (s == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(s);
	}
	other = mg_prediction_open(PG_GETARG_DATUM(1));
	if (s == NULL)
		s = mg_prediction_create(other->flags);
	check_same_kind(s, other);
	mg_prediction_merge(&s, other);
	PG_RETURN_POINTER(s);
}

/* The state as a value to store; the state itself may grow on. */
PG_FUNCTION_INFO_V1(mindgap_prediction_final);

Datum
mindgap_prediction_final(PG_FUNCTION_ARGS)
{
	MgPredictionSummary *s = state_of(fcinfo);

	if (s == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(mg_prediction_trim(s));
}

/* prediction_fold(person): the fold that prediction_agg puts a person in */
PG_FUNCTION_INFO_V1(mindgap_prediction_fold);

Datum
mindgap_prediction_fold(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(mg_prediction_fold_of(PG_GETARG_INT64(0)));
}

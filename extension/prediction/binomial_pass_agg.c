/*-------------------------------------------------------------------------
 *
 * binomial_pass_agg.c
 *		The aggregate that passes over the rows of a yes/no outcome, and the
 *		text and binary forms of its state.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/array.h"

#include "io/moments_summary.h"
#include "prediction/binomial_pass.h"

#define AGGREGATES	"mindgap.binomial_pass_agg"

enum
{
	ARG_STATE, ARG_OUTCOME, ARG_X, ARG_WEIGHT, ARG_FOLD, ARG_SETTINGS
};

static const char *const keys[] = {
	"type", "format", "counts", "n", "numbers"
};

static void
bad_settings(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("settings are not those of a prediction pass")));
}

/* A whole number within bounds. */
static int
setting(const double *settings, MgSetting which, int low, int high)
{
	double		x = settings[which];

	if (!(x >= low && x <= high) || x != floor(x))
		bad_settings();
	return (int) x;
}

/*
 * Reads the settings.  All of them are looked at for the first row; of later
 * ones what the sizes follow from, by the state (pass, or NULL), and which
 * elements of x are meant, by mg_plan_row.
 */
static void
read_settings(ArrayType *a, MgPassPlan *plan, const MgPass *pass)
{
	const double *s = (const double *) ARR_DATA_PTR(a);
	Size		length;
	Size		i;

	if (ARR_NDIM(a) != 1 || ARR_HASNULL(a) ||
		ARR_DIMS(a)[0] < MG_SETTINGS_HEADER)
		bad_settings();
	if (pass != NULL)
	{
		if (s[MG_SETTING_SCORING] != pass->scoring ||
			s[MG_SETTING_P] != pass->p ||
			s[MG_SETTING_VECTORS] != pass->n_vectors ||
			s[MG_SETTING_FOLDS] != pass->n_folds)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("settings must be the same for every row")));
		plan->scoring = pass->scoring;
		plan->p = pass->p;
		plan->n_vectors = pass->n_vectors;
		plan->n_folds = pass->n_folds;
	}
	else
	{
		plan->scoring = setting(s, MG_SETTING_SCORING, 0, 1) == 1;
		plan->p = setting(s, MG_SETTING_P, 1, MG_MOMENTS_MAX_DIM);
		plan->n_vectors = setting(s, MG_SETTING_VECTORS, 1,
								  MG_PASS_MAX_VECTORS);
		plan->n_folds = setting(s, MG_SETTING_FOLDS, 1, MG_PASS_MAX_FOLDS);
	}
	plan->n_x = setting(s, MG_SETTING_N_X, 1, MG_MOMENTS_MAX_DIM);
	plan->drop_missing = s[MG_SETTING_DROP_MISSING] == 1;
	plan->scale = s[MG_SETTING_SCALE];
	length = mg_pass_settings_length(plan);
	if ((Size) ARR_DIMS(a)[0] != length)
		bad_settings();
	plan->parent = s + MG_SETTINGS_HEADER;
	plan->mean = plan->parent + plan->p;
	plan->divisor = plan->mean + plan->p;
	plan->coef = plan->divisor + plan->p;
	if (pass != NULL)
		return;
	if (!(plan->scale > 0))
		bad_settings();
	(void) setting(s, MG_SETTING_DROP_MISSING, 0, 1);
	for (i = 0; i < length; i++)
		if (!isfinite(s[i]))
			bad_settings();
	for (i = 0; i < plan->p; i++)
		if (!(plan->divisor[i] > 0) || plan->parent[i] < -plan->n_x ||
			plan->parent[i] >= plan->n_x ||
			plan->parent[i] != floor(plan->parent[i]))
			bad_settings();
}

/* The state, which may be changed, or NULL. */
static MgPass *
state_of(FunctionCallInfo fcinfo)
{
	struct varlena *state;

	if (PG_ARGISNULL(ARG_STATE))
		return NULL;
	state = (struct varlena *) PG_GETARG_POINTER(ARG_STATE);
	if (!VARATT_IS_4B_U(state))
		return mg_pass_open(PointerGetDatum(state));
	return (MgPass *) state;
}

/* (state, outcome, x, weight, fold, settings) */
PG_FUNCTION_INFO_V1(mindgap_binomial_pass_accum);

Datum
mindgap_binomial_pass_accum(PG_FUNCTION_ARGS)
{
	MgPass	   *pass;
	MgXRow		row;
	MgPassPlan	plan;
	int			fold = 0;

	(void) mg_aggregate_context(fcinfo, AGGREGATES);
	pass = state_of(fcinfo);
	if (PG_ARGISNULL(ARG_SETTINGS))
		bad_settings();
	read_settings(PG_GETARG_ARRAYTYPE_P(ARG_SETTINGS), &plan, pass);
	if (pass == NULL)
		pass = mg_pass_create(plan.scoring, plan.p, plan.n_vectors,
							  plan.n_folds);
	mg_read_x_row(fcinfo, ARG_OUTCOME, &row);
	if (!row.present || PG_ARGISNULL(ARG_FOLD))
	{
		pass->n_skipped++;
		PG_RETURN_POINTER(pass);
	}
	if (row.weight == 0)
		PG_RETURN_POINTER(pass);
	if (plan.n_folds > 1)
	{
		fold = PG_GETARG_INT32(ARG_FOLD);
		if (fold < 0 || fold >= plan.n_folds)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("fold must be 0 to %d", plan.n_folds - 1)));
	}
	mg_pass_add(pass, &plan, fold, &row);
	PG_RETURN_POINTER(pass);
}

PG_FUNCTION_INFO_V1(mindgap_binomial_pass_combine);

Datum
mindgap_binomial_pass_combine(PG_FUNCTION_ARGS)
{
	MgPass	   *pass;

	(void) mg_aggregate_context(fcinfo, AGGREGATES);
	pass = state_of(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (pass == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(pass);
	}
	if (pass == NULL)
		PG_RETURN_POINTER(mg_pass_open(PG_GETARG_DATUM(1)));
	mg_pass_merge(pass, mg_pass_open(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(pass);
}

/* ---- text and binary form ----------------------------------------------- */

static void
fold_buffers(MgPass *pass)
{
	MgMoments  *m;
	int			i;

	for (i = 0; (m = mg_pass_moments(pass, i)) != NULL; i++)
		mg_moments_fold(m);
}

PG_FUNCTION_INFO_V1(mindgap_prediction_pass_out);

Datum
mindgap_prediction_pass_out(PG_FUNCTION_ARGS)
{
	MgPass	   *pass = mg_pass_open(PG_GETARG_DATUM(0));
	StringInfoData buf;
	MgMoments  *m;
	double	   *numbers;
	Size		length;
	Size		k;
	int			i;

	fold_buffers(pass);
	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"type\":\"prediction_pass\",\"format\":\"%d\",\"counts\":\"%d %d %d %d " INT64_FORMAT " " INT64_FORMAT "\",\"n\":\"",
					 pass->format, pass->scoring, pass->p, pass->n_vectors,
					 pass->n_folds, pass->n, pass->n_skipped);
	for (i = 0; (m = mg_pass_moments(pass, i)) != NULL; i++)
	{
		if (i > 0)
			appendStringInfoChar(&buf, ' ');
		mg_put_int64(&buf, m->n);
	}
	appendStringInfoString(&buf, "\",\"numbers\":\"");
	for (i = 0; (length = mg_pass_piece(pass, i, &numbers)) > 0; i++)
	{
		for (k = 0; k < length; k++)
		{
			if (i > 0 || k > 0)
				appendStringInfoChar(&buf, ' ');
			mg_put_double(&buf, numbers[k]);
		}
		CHECK_FOR_INTERRUPTS();
	}
	appendStringInfoString(&buf, "\"}");
	PG_RETURN_CSTRING(buf.data);
}

/* Whether counts are such that a state can be made. */
static bool
counts_ok(const int64 *c)
{
	return c[0] >= 0 && c[0] <= 1 && c[1] >= 1 && c[1] <= MG_MOMENTS_MAX_DIM &&
		c[2] >= 1 && c[2] <= MG_PASS_MAX_VECTORS &&
		c[3] >= 1 && c[3] <= MG_PASS_MAX_FOLDS;
}

static MgPass *
from_json(const MgJson *doc)
{
	int64	   *counts;
	int64	   *n;
	double	   *from;
	double	   *numbers;
	MgPass	   *pass;
	MgMoments  *m;
	Size		length;
	int64		got;
	int64		used = 0;
	int			got_n;
	int			i;

	mg_json_only_keys(doc, keys, lengthof(keys));
	if (strcmp(mg_json_string(doc, "type"), "prediction_pass") != 0)
		mg_json_bad(doc, "The value of \"type\" is not \"prediction_pass\".");
	if (strcmp(mg_json_string(doc, "format"), "1") != 0)
		mg_json_bad(doc, "Its format is unknown.");
	if (mg_json_int64s(doc, "counts", &counts) != 6 || !counts_ok(counts))
		mg_json_bad(doc, "The value of \"counts\" is out of range.");
	got_n = mg_json_int64s(doc, "n", &n);
	if (got_n != (counts[0] ? 0 : counts[2] * counts[3]))
		mg_json_bad(doc, "The value of \"n\" has %d numbers.", got_n);
	got = mg_json_doubles(doc, "numbers", &from);
	/* no state is much larger than its numbers, unless this is false */
	if (!counts[0] && (uint64) got <
		(uint64) (counts[2] * counts[3]) * mg_triangle_length(counts[1]))
		mg_json_bad(doc, "The value of \"numbers\" has too few numbers.");
	pass = mg_pass_create((int) counts[0], (int) counts[1], (int) counts[2],
						  (int) counts[3]);
	pass->n = counts[4];
	pass->n_skipped = counts[5];
	for (i = 0; (m = mg_pass_moments(pass, i)) != NULL; i++)
		m->n = n[i];
	for (i = 0; (length = mg_pass_piece(pass, i, &numbers)) > 0; i++)
	{
		if (used + (int64) length <= got)
			memcpy(numbers, from + used, length * sizeof(double));
		used += length;
	}
	if (used != got)
		mg_json_bad(doc, "The value of \"numbers\" has " INT64_FORMAT " numbers instead of " INT64_FORMAT ".",
					got, used);
	return pass;
}

PG_FUNCTION_INFO_V1(mindgap_prediction_pass_in);

Datum
mindgap_prediction_pass_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	MgPass	   *volatile pass = NULL;
	MgJson		doc = {NULL, "prediction_pass"};
	const char *problem;

	PG_TRY();
	{
		mg_json_open(&doc, str, "prediction_pass");
		pass = from_json(&doc);
	}
	PG_FINALLY();
	{
		mg_json_close(&doc);
	}
	PG_END_TRY();

	problem = mg_pass_invalid(pass);
	if (problem != NULL)
		mg_json_bad(&doc, "Reading it stopped because %s.", problem);
	PG_RETURN_POINTER(pass);
}

PG_FUNCTION_INFO_V1(mindgap_prediction_pass_send);

Datum
mindgap_prediction_pass_send(PG_FUNCTION_ARGS)
{
	MgPass	   *pass = mg_pass_open(PG_GETARG_DATUM(0));
	StringInfoData buf;
	MgMoments  *m;
	double	   *numbers;
	Size		length;
	Size		k;
	int			i;

	fold_buffers(pass);
	pq_begintypsend(&buf);
	pq_sendint16(&buf, pass->format);
	pq_sendint16(&buf, pass->flags);
	pq_sendint32(&buf, pass->scoring);
	pq_sendint32(&buf, pass->p);
	pq_sendint32(&buf, pass->n_vectors);
	pq_sendint32(&buf, pass->n_folds);
	pq_sendint64(&buf, pass->n);
	pq_sendint64(&buf, pass->n_skipped);
	for (i = 0; (m = mg_pass_moments(pass, i)) != NULL; i++)
		pq_sendint64(&buf, m->n);
	for (i = 0; (length = mg_pass_piece(pass, i, &numbers)) > 0; i++)
		for (k = 0; k < length; k++)
			pq_sendfloat8(&buf, numbers[k]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
bad_binary(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type prediction_pass"),
			 errdetail("Reading it stopped because %s.", problem)));
}

PG_FUNCTION_INFO_V1(mindgap_prediction_pass_recv);

Datum
mindgap_prediction_pass_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	MgPass	   *pass;
	MgMoments  *m;
	const char *problem;
	double	   *numbers;
	int64		counts[4];
	uint64		wanted;
	Size		length;
	Size		k;
	int			i;

	if (pq_getmsgint(buf, 2) != MG_PASS_FORMAT)
		bad_binary("its format is unknown");
	if (pq_getmsgint(buf, 2) != 0)
		bad_binary("its flags are unknown");
	for (i = 0; i < lengthof(counts); i++)
		counts[i] = (int32) pq_getmsgint(buf, 4);
	if (!counts_ok(counts))
		bad_binary("a count is out of range");
	wanted = counts[0] ? MG_ETA_BINS :
		(uint64) (counts[2] * counts[3]) * mg_triangle_length(counts[1]);
	if (wanted * sizeof(double) > (uint64) (buf->len - buf->cursor))
		bad_binary("it is cut short");
	pass = mg_pass_create((int) counts[0], (int) counts[1], (int) counts[2],
						  (int) counts[3]);
	pass->n = pq_getmsgint64(buf);
	pass->n_skipped = pq_getmsgint64(buf);
	for (i = 0; (m = mg_pass_moments(pass, i)) != NULL; i++)
		m->n = pq_getmsgint64(buf);
	for (i = 0; (length = mg_pass_piece(pass, i, &numbers)) > 0; i++)
		for (k = 0; k < length; k++)
			numbers[k] = pq_getmsgfloat8(buf);
	pq_getmsgend(buf);
	problem = mg_pass_invalid(pass);
	if (problem != NULL)
		bad_binary(problem);
	PG_RETURN_POINTER(pass);
}

/*-------------------------------------------------------------------------
 *
 * model_fields.c
 *		The fields of a prediction model: table, stored form, validator.
 *
 * A stored value is flat, so that predicting reads arrays where they lie:
 *
 *		MgModelValue | doubles | int64 | int32, padded to 8 | strings
 *
 * each part in the order of the table, strings ending in NUL.  The
 * fingerprint tells two values apart without reading them, and finds most
 * damage; the validator alone decides whether what it covers can be used.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "prediction/model.h"

#define LOWEST		(-DBL_MAX)
#define HIGHEST		DBL_MAX
#define MOST_ROWS	9007199254740992.0

#define AT(member)	offsetof(MgModel, member)
#define DOUBLES		MG_FIELD_DOUBLES
#define ONE			MG_LEN_ONE
#define VARIABLES	MG_LEN_VARIABLES
#define CATEGORIES	MG_LEN_CATEGORIES
#define QUALITY(section, member) \
	{section, "loss", DOUBLES, ONE, AT(member.loss), 0, HIGHEST, true}, \
	{section, "loss_std_error", DOUBLES, ONE, AT(member.loss_error), 0, HIGHEST, true}, \
	{section, "brier", DOUBLES, ONE, AT(member.brier), 0, 1, true}, \
	{section, "auc", DOUBLES, ONE, AT(member.auc), 0, 1, true}, \
	{section, "auc_bound", DOUBLES, ONE, AT(member.auc_bound), 0, 1, true}, \
	{section, "r2", DOUBLES, ONE, AT(member.r2), LOWEST, HIGHEST, true}, \
	{section, "calibration_slope", DOUBLES, ONE, AT(member.slope), LOWEST, HIGHEST, true}, \
	{section, "calibration_intercept", DOUBLES, ONE, AT(member.intercept), LOWEST, HIGHEST, true}, \
	{section, "calibration_in_the_large", DOUBLES, ONE, AT(member.in_the_large), LOWEST, HIGHEST, true}, \
	{section, "fold_loss", DOUBLES, MG_LEN_FOLDS, AT(member.fold_loss), 0, HIGHEST, false}

/* Sections are contiguous; a length is told by the first field that has it. */
const MgModelField mg_model_fields[] = {
	{"data", "outcome", MG_FIELD_TEXTS, ONE, AT(outcome)},
	{"data", "rows", MG_FIELD_INT64, ONE, AT(rows), 0, MOST_ROWS},
	{"data", "skipped", MG_FIELD_INT64, ONE, AT(n_skipped), 0, MOST_ROWS},
	{"data", "patterns", MG_FIELD_INT64, ONE, AT(n_patterns), 0, MOST_ROWS},
	{"data", "sum_of_weights", DOUBLES, ONE, AT(sum_w), 0, HIGHEST},
	{"data", "n_effective", DOUBLES, ONE, AT(n), DBL_MIN, HIGHEST},
	{"data", "design_effect", DOUBLES, ONE, AT(design_effect), DBL_MIN, HIGHEST},

	{"inputs", "name", MG_FIELD_TEXTS, MG_LEN_INPUTS, AT(input_name), 1},
	{"inputs", "column", MG_FIELD_TEXTS, MG_LEN_INPUTS, AT(input_column), 1},
	{"inputs", "kind", MG_FIELD_INT32S, MG_LEN_INPUTS, AT(input_kind), MG_INPUT_NUMBER, MG_INPUT_YEARS},
	{"inputs", "level", MG_FIELD_TEXTS, MG_LEN_INPUTS, AT(input_level)},
	{"inputs", "fill", DOUBLES, MG_LEN_INPUTS, AT(input_fill), LOWEST, HIGHEST},

	{"variables", "name", MG_FIELD_TEXTS, VARIABLES, AT(variable_name), 1},
	{"variables", "input", MG_FIELD_INT32S, VARIABLES, AT(variable_input), 1, MG_MODEL_MAX_VARIABLES},
	{"variables", "missing", MG_FIELD_INT32S, VARIABLES, AT(missing), 0, 1},
	{"variables", "dropped", MG_FIELD_INT32S, VARIABLES, AT(dropped), 0, 1},
	{"variables", "mean", DOUBLES, VARIABLES, AT(mean), LOWEST, HIGHEST},
	{"variables", "divisor", DOUBLES, VARIABLES, AT(divisor), DBL_MIN, HIGHEST},
	{"variables", "coefficient", DOUBLES, VARIABLES, AT(coefficient), LOWEST, HIGHEST},
	{"variables", "std_dev", DOUBLES, VARIABLES, AT(std_dev), 0, HIGHEST, true},
	{"variables", "prior_sd", DOUBLES, VARIABLES, AT(prior_sd), 0, HIGHEST, true},
	{"variables", "prior_share", DOUBLES, VARIABLES, AT(prior_share), 0, 1 + 1e-6, true},
	{"variables", "conflict_p_low", DOUBLES, VARIABLES, AT(variable_low), 0, 1, true},
	{"variables", "conflict_p_high", DOUBLES, VARIABLES, AT(variable_high), 0, 1, true},
	{"variables", "conflict_score", DOUBLES, VARIABLES, AT(variable_score), LOWEST, HIGHEST, true},
	{"variables", "category_share", DOUBLES, MG_LEN_VARIABLES_CATEGORIES, AT(member), 0, 1},

	{"categories", "name", MG_FIELD_TEXTS, CATEGORIES, AT(category_name), 1},
	{"categories", "conflict_p_low", DOUBLES, CATEGORIES, AT(conflict_low), 0, 1, true},
	{"categories", "conflict_p_high", DOUBLES, CATEGORIES, AT(conflict_high), 0, 1, true},
	{"categories", "conflict_score", DOUBLES, CATEGORIES, AT(conflict_score), LOWEST, HIGHEST, true},
	{"categories", "leave_out", DOUBLES, CATEGORIES, AT(leave_out), LOWEST, HIGHEST, true},
	{"categories", "overrule_flat", DOUBLES, CATEGORIES, AT(overrule_flat), LOWEST, HIGHEST, true},
	{"categories", "overrule_panel", DOUBLES, CATEGORIES, AT(overrule_panel), LOWEST, HIGHEST, true},

	{"panels", "name", MG_FIELD_TEXTS, MG_LEN_PANELS, AT(panel_name), 1},
	{"panels", "rated", MG_FIELD_INT32S, MG_LEN_PANELS_CATEGORIES, AT(rated), 0, 1},
	{"panels", "importance", DOUBLES, MG_LEN_PANELS_CATEGORIES, AT(importance), LOWEST, HIGHEST},
	{"panels", "importance_std_error", DOUBLES, MG_LEN_PANELS_CATEGORIES, AT(importance_error), 0, HIGHEST, true},
	{"panels", "trust", DOUBLES, MG_LEN_PANELS, AT(trust), 0, 1, true},
	{"panels", "exponent_mean", DOUBLES, MG_LEN_PANELS, AT(trust_mean), LOWEST, HIGHEST, true},
	{"panels", "exponent_most_probable", DOUBLES, MG_LEN_PANELS, AT(trust_mode), LOWEST, HIGHEST, true},

	{"trust", "prior_weight", DOUBLES, MG_LEN_TRUST, AT(exponent_prior), 0, 1},
	{"trust", "exponent", DOUBLES, MG_LEN_TRUST_PANELS, AT(exponent), 0, HIGHEST},
	{"trust", "weight", DOUBLES, MG_LEN_TRUST, AT(exponent_weight), 0, 1},
	{"trust", "log_evidence", DOUBLES, MG_LEN_TRUST, AT(exponent_log_evidence), LOWEST, HIGHEST, true},

	{"fit", "degrees_of_freedom", DOUBLES, ONE, AT(nu), DBL_MIN, HIGHEST, true},
	{"fit", "residual_variance", DOUBLES, ONE, AT(s2), 0, HIGHEST},
	{"fit", "intercept", DOUBLES, ONE, AT(intercept), LOWEST, HIGHEST},
	{"fit", "prior_r2_mean", DOUBLES, ONE, AT(r2_mean), 0, 1, true},
	{"fit", "prior_r2_most_probable", DOUBLES, ONE, AT(r2_mode), 0, 1, true},
	{"fit", "log_bayes_factor", DOUBLES, ONE, AT(log_bayes_factor), LOWEST, HIGHEST, true},
	{"fit", "model_weight", DOUBLES, MG_LEN_KINDS, AT(model_weight), 0, 1},
	{"fit", "log_evidence", DOUBLES, MG_LEN_KINDS, AT(log_evidence), LOWEST, HIGHEST, true},
	{"fit", "overrule_r2", DOUBLES, MG_LEN_TWO, AT(overrule_r2), 0, 1, true},
	{"fit", "passes", MG_FIELD_INT64, ONE, AT(passes), 0, MOST_ROWS},
	{"fit", "converged", MG_FIELD_INT64, ONE, AT(converged), 0, 1},
	{"fit", "notices", MG_FIELD_TEXTS, ONE, AT(notices)},

	{"intervals", "scale", DOUBLES, VARIABLES, AT(scale), 0, HIGHEST},
	{"intervals", "factor", DOUBLES, MG_LEN_FACTOR, AT(factor), LOWEST, HIGHEST},
	{"intervals", "intercept_precision", DOUBLES, ONE, AT(intercept_precision), DBL_MIN, HIGHEST, true},
	{"intervals", "intercept_cross", DOUBLES, MG_LEN_CROSS, AT(intercept_cross), LOWEST, HIGHEST},
	{"intervals", "point_weight", DOUBLES, MG_LEN_POINTS, AT(point_weight), 0, 1},
	{"intervals", "point_coefficient", DOUBLES, MG_LEN_POINTS_VARIABLES, AT(point_coefficient), LOWEST, HIGHEST},
	{"intervals", "always_in", MG_FIELD_INT32S, MG_LEN_ALWAYS, AT(always), 1, MG_MODEL_MAX_VARIABLES},
	{"intervals", "always_in_factor", DOUBLES, MG_LEN_ALWAYS_TRIANGLE, AT(always_factor), LOWEST, HIGHEST},
	{"intervals", "always_in_cross", DOUBLES, MG_LEN_ALWAYS_VARIABLES, AT(always_cross), LOWEST, HIGHEST},

	{"sensitivity", "trust_exponent", DOUBLES, MG_LEN_SENSITIVITY, AT(sensitivity_exponent), 0, HIGHEST},
	{"sensitivity", "log_evidence", DOUBLES, MG_LEN_SENSITIVITY, AT(sensitivity_log_evidence), LOWEST, HIGHEST, true},
	{"sensitivity", "r2", DOUBLES, MG_LEN_SENSITIVITY, AT(sensitivity_r2), 0, 1, true},
	{"sensitivity", "effective_variables", DOUBLES, MG_LEN_SENSITIVITY, AT(sensitivity_edf), LOWEST, HIGHEST, true},
	{"sensitivity", "cv_loss", DOUBLES, MG_LEN_SENSITIVITY, AT(sensitivity_loss), 0, HIGHEST, true},

	QUALITY("quality", quality),
	{"quality", "note", MG_FIELD_TEXTS, ONE, AT(quality_note)},
	QUALITY("quality_flat", quality_flat),

	{"options", "name", MG_FIELD_TEXTS, MG_LEN_OPTIONS, AT(option_name), 1},
	{"options", "value", MG_FIELD_TEXTS, MG_LEN_OPTIONS, AT(option_value)}
};

const int	mg_model_n_fields = lengthof(mg_model_fields);

/* A number that lies in MgModel itself, not behind a pointer. */
bool
mg_field_inside(const MgModelField *f)
{
	return f->length >= MG_LEN_ONE && f->length <= MG_LEN_KINDS;
}

int64
mg_field_length(const MgModel *m, const MgModelField *f)
{
	int64		p = m->count[MG_LEN_VARIABLES];
	int64		c = m->count[MG_LEN_CATEGORIES];

	/* with a prior, variables that are always in have no matrices */
	int64		k = m->family == MG_BINOMIAL ? 0 : m->count[MG_LEN_ALWAYS];

	switch (f->length)
	{
		case MG_LEN_ONE:
			return 1;
		case MG_LEN_TWO:
			return 2;
		case MG_LEN_KINDS:
			return MG_MODEL_KINDS;
		case MG_LEN_VARIABLES_CATEGORIES:
			return p * c;
		case MG_LEN_PANELS_CATEGORIES:
			return m->count[MG_LEN_PANELS] * c;
		case MG_LEN_POINTS_VARIABLES:
			return m->count[MG_LEN_POINTS] * p;
		case MG_LEN_TRUST_PANELS:
			return (int64) m->count[MG_LEN_TRUST] *
				Max(m->count[MG_LEN_PANELS], 1);
		case MG_LEN_ALWAYS_VARIABLES:
			return k * p;
		case MG_LEN_ALWAYS_TRIANGLE:
			return k * (k + 1) / 2;
		default:
			return m->count[f->length];
	}
}

/* What is wrong with the counts, which sizes follow from, or NULL. */
const char *
mg_model_bad_counts(const MgModel *m)
{
	int64		p = m->count[MG_LEN_VARIABLES];
	int64		factor = m->count[MG_LEN_FACTOR];
	int			i;

	if (m->family != MG_GAUSSIAN && m->family != MG_BINOMIAL)
		return "its family is unknown";
	for (i = 0; i < MG_MODEL_COUNTS; i++)
	{
		if (m->count[i] < 0 ||
			(i != MG_LEN_FACTOR && m->count[i] > MG_MODEL_MAX_LIST))
			return "a count is out of range";
	}
	if (p < 1 || p > MG_MODEL_MAX_VARIABLES || m->count[MG_LEN_INPUTS] < 1 ||
		m->count[MG_LEN_INPUTS] > p || m->count[MG_LEN_ALWAYS] > p)
		return "a number of variables is out of range";
	if (factor != 0 && factor != p * (p + 1) / 2)
		return "the factor has not as many numbers as the variables ask for";
	if (m->count[MG_LEN_CROSS] != (m->family == MG_BINOMIAL ? p : 0))
		return "intercept_cross does not suit the family";
	return NULL;
}

/* Bytes of everything but the header and the strings. */
static Size
number_size(const MgModel *m)
{
	Size		size = 0;
	Size		small = 0;
	int			i;

	for (i = 0; i < mg_model_n_fields; i++)
	{
		const MgModelField *f = &mg_model_fields[i];

		if (f->kind == MG_FIELD_INT32S)
			small += mg_field_length(m, f) * sizeof(int32);
		else if (f->kind != MG_FIELD_TEXTS)
			size += mg_field_length(m, f) * sizeof(double);
	}
	return size + TYPEALIGN(8, small);
}

static void *
member_of(const MgModel *m, const MgModelField *f)
{
	return (char *) m + f->offset;
}

static const double *
doubles_of(const MgModel *m, const MgModelField *f)
{
	if (mg_field_inside(f))
		return (const double *) member_of(m, f);
	return *(double **) member_of(m, f);
}

/* The strings of a field: a list, or one string. */
static char **
texts_of(const MgModel *m, const MgModelField *f)
{
	if (f->length == MG_LEN_ONE)
		return (char **) member_of(m, f);
	return *(char ***) member_of(m, f);
}

static char *
at_field(const MgModelField *f, const char *problem)
{
	return psprintf("%s.%s: %s", f->section, f->key, problem);
}

static char *
bad_number(const MgModel *m, const MgModelField *f)
{
	int64		n = mg_field_length(m, f);
	int64		i;

	for (i = 0; i < n; i++)
	{
		double		x;

		if (f->kind == MG_FIELD_DOUBLES)
			x = doubles_of(m, f)[i];
		else if (f->kind == MG_FIELD_INT64)
			x = (double) *(int64 *) member_of(m, f);
		else
			x = (*(int32 **) member_of(m, f))[i];
		if (isnan(x) ? !f->may_be_unknown : !(x >= f->low && x <= f->high))
			return at_field(f, psprintf("number " INT64_FORMAT " is out of range", i + 1));
		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return NULL;
}

static char *
bad_text(const MgModel *m, const MgModelField *f)
{
	int64		n = mg_field_length(m, f);
	int64		i;

	for (i = 0; i < n; i++)
	{
		const char *s = texts_of(m, f)[i];
		int			len = (int) strlen(s);

		if (len < f->low)
			return at_field(f, "a name is empty");
		if (!pg_verifymbstr(s, len, true))
			return at_field(f, "it cannot be written in the database's encoding");
	}
	return NULL;
}

/* Weights of something that was averaged over. */
static char *
bad_weights(const char *what, const double *weight, int n)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < n; i++)
		sum += weight[i];
	if (n > 0 && fabs(sum - 1) > 1e-6)
		return psprintf("%s: the sum is not 1", what);
	return NULL;
}

static char *
bad_factor(const char *what, const double *factor, int64 n, int p)
{
	int64		at = 0;
	int			j;

	for (j = 0; j < p && at < n; j++, at += j + 1)
	{
		if (!(factor[at] > 0))
			return psprintf("%s: its diagonal is not above 0", what);
	}
	return NULL;
}

/* Inputs come first, in their order; then indicators, in theirs. */
static char *
bad_variables(const MgModel *m)
{
	int			n_inputs = m->count[MG_LEN_INPUTS];
	int			n_categories = m->count[MG_LEN_CATEGORIES];
	int			j;
	int			c;

	for (j = 0; j < mg_model_p(m); j++)
	{
		double		share = 0;

		if (m->missing[j] != (j >= n_inputs) ||
			m->variable_input[j] > n_inputs ||
			(j < n_inputs && m->variable_input[j] != j + 1) ||
			(j > n_inputs && m->variable_input[j] <= m->variable_input[j - 1]))
			return psprintf("variables.input: number %d is out of order", j + 1);
		if (m->dropped[j] && m->coefficient[j] != 0)
			return psprintf("variables.coefficient: number %d is not 0, though it is dropped", j + 1);
		for (c = 0; c < n_categories; c++)
			share += m->member[(Size) j * n_categories + c];
		if (share > 1 + 1e-6)
			return psprintf("variables.category_share: the shares of variable %d exceed 1", j + 1);
	}
	for (j = 1; j < m->count[MG_LEN_ALWAYS]; j++)
	{
		if (m->always[j] <= m->always[j - 1])
			return pstrdup("intervals.always_in: the numbers do not ascend");
	}
	for (j = 0; j < m->count[MG_LEN_ALWAYS]; j++)
	{
		if (m->always[j] > mg_model_p(m))
			return pstrdup("intervals.always_in: there is no such variable");
	}
	return NULL;
}

/* What is wrong with a model whose counts are right, or NULL. */
char *
mg_model_invalid(const MgModel *m)
{
	char	   *problem = NULL;
	int			i;

	for (i = 0; i < mg_model_n_fields && problem == NULL; i++)
	{
		const MgModelField *f = &mg_model_fields[i];

		problem = f->kind == MG_FIELD_TEXTS ? bad_text(m, f) : bad_number(m, f);
	}
	if (problem == NULL)
		problem = bad_variables(m);
	if (problem == NULL)
		problem = bad_weights("intervals.point_weight", m->point_weight,
							  m->count[MG_LEN_POINTS]);
	if (problem == NULL)
		problem = bad_weights("trust.weight", m->exponent_weight,
							  m->count[MG_LEN_TRUST]);
	if (problem == NULL)
		problem = bad_weights("trust.prior_weight", m->exponent_prior,
							  m->count[MG_LEN_TRUST]);
	if (problem == NULL)
		problem = bad_weights("fit.model_weight", m->model_weight,
							  MG_MODEL_KINDS);
	if (problem == NULL)
		problem = bad_factor("intervals.factor", m->factor,
							 m->count[MG_LEN_FACTOR], mg_model_p(m));
	if (problem == NULL)
		problem = bad_factor("intervals.always_in_factor", m->always_factor,
							 m->family == MG_BINOMIAL ? 0 : PG_INT64_MAX,
							 m->count[MG_LEN_ALWAYS]);
	if (problem == NULL && m->family == MG_GAUSSIAN && isnan(m->nu))
		problem = pstrdup("fit.degrees_of_freedom: it must be known");
	if (problem == NULL && m->family == MG_BINOMIAL &&
		isnan(m->intercept_precision))
		problem = pstrdup("intervals.intercept_precision: it must be known");
	return problem;
}

static uint64
fingerprint(const MgModelValue *v)
{
	Size		from = offsetof(MgModelValue, family);

	return hash_bytes_extended((const unsigned char *) v + from,
							   (int) (VARSIZE(v) - from), 0);
}

/* Copies a field of numbers into a value; NaN in one form. */
static char *
put_numbers(char *to, const MgModel *m, const MgModelField *f)
{
	int64		n = mg_field_length(m, f);
	int64		i;

	if (f->kind == MG_FIELD_DOUBLES)
	{
		const double *x = doubles_of(m, f);

		for (i = 0; i < n; i++)
			((double *) to)[i] = isnan(x[i]) ? NAN : x[i];
		return to + n * sizeof(double);
	}
	if (f->kind == MG_FIELD_INT64)
	{
		*(int64 *) to = *(int64 *) member_of(m, f);
		return to + sizeof(int64);
	}
	if (n > 0)
		memcpy(to, *(int32 **) member_of(m, f), n * sizeof(int32));
	return to + n * sizeof(int32);
}

/* The stored form of a model that is valid. */
MgModelValue *
mg_model_pack(const MgModel *m)
{
	static const MgFieldKind order[] = {MG_FIELD_DOUBLES, MG_FIELD_INT64,
	MG_FIELD_INT32S};
	Size		numbers = number_size(m);
	Size		size = sizeof(MgModelValue) + numbers;
	Size		text_length = 0;
	MgModelValue *v;
	char	   *to;
	int			i;
	int			k;
	int64		j;

	for (i = 0; i < mg_model_n_fields; i++)
	{
		const MgModelField *f = &mg_model_fields[i];

		for (j = 0; f->kind == MG_FIELD_TEXTS && j < mg_field_length(m, f); j++)
			text_length += strlen(texts_of(m, f)[j]) + 1;
	}
	size += text_length;
	if (size > MaxAllocSize || text_length > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the model is larger than a value can be"),
				 errhint("Use fewer variables.")));
	v = (MgModelValue *) palloc0(size);
	SET_VARSIZE(v, size);
	v->format = MG_MODEL_FORMAT;
	v->family = m->family;
	memcpy(v->count, m->count, sizeof(v->count));
	v->text_length = (int32) text_length;
	to = (char *) (v + 1);
	for (k = 0; k < lengthof(order); k++)
	{
		for (i = 0; i < mg_model_n_fields; i++)
		{
			if (mg_model_fields[i].kind == order[k])
				to = put_numbers(to, m, &mg_model_fields[i]);
		}
	}
	to = (char *) (v + 1) + numbers;
	for (i = 0; i < mg_model_n_fields; i++)
	{
		const MgModelField *f = &mg_model_fields[i];

		for (j = 0; f->kind == MG_FIELD_TEXTS && j < mg_field_length(m, f); j++)
		{
			const char *s = texts_of(m, f)[j];

			strcpy(to, s);
			to += strlen(s) + 1;
		}
	}
	v->fingerprint = fingerprint(v);
	return v;
}

/* Sets the fields of m to where they lie in a value of the right size. */
static char *
find_numbers(char *from, MgModel *m, const MgModelField *f)
{
	int64		n = mg_field_length(m, f);

	if (f->kind == MG_FIELD_INT32S)
	{
		*(int32 **) member_of(m, f) = (int32 *) from;
		return from + n * sizeof(int32);
	}
	if (f->kind == MG_FIELD_INT64)
		*(int64 *) member_of(m, f) = *(int64 *) from;
	else if (mg_field_inside(f))
		memcpy(member_of(m, f), from, n * sizeof(double));
	else
		*(double **) member_of(m, f) = (double *) from;
	return from + n * sizeof(double);
}

static const char *
find_texts(char *from, const char *end, MgModel *m)
{
	int			i;
	int64		j;

	for (i = 0; i < mg_model_n_fields; i++)
	{
		const MgModelField *f = &mg_model_fields[i];
		int64		n = mg_field_length(m, f);

		if (f->kind != MG_FIELD_TEXTS)
			continue;
		if (f->length != MG_LEN_ONE)
			*(char ***) member_of(m, f) = palloc((n + 1) * sizeof(char *));
		for (j = 0; j < n; j++)
		{
			char	   *stop = memchr(from, '\0', end - from);

			if (stop == NULL)
				return "its strings are cut short";
			texts_of(m, f)[j] = from;
			from = stop + 1;
		}
	}
	return from == end ? NULL : "bytes are left over";
}

static const char *
unpack(MgModelValue *v, MgModel *m)
{
	static const MgFieldKind order[] = {MG_FIELD_DOUBLES, MG_FIELD_INT64,
	MG_FIELD_INT32S};
	const char *problem;
	char	   *from;
	Size		numbers;
	int			i;
	int			k;

	memset(m, 0, sizeof(MgModel));
	if (VARSIZE(v) < sizeof(MgModelValue))
		return "it is cut short";
	if (v->format != MG_MODEL_FORMAT)
		return "its format is unknown";
	if (v->flags != 0)
		return "its flags are unknown";
	m->family = (MgFamily) v->family;
	memcpy(m->count, v->count, sizeof(m->count));
	problem = mg_model_bad_counts(m);
	if (problem != NULL)
		return problem;
	numbers = number_size(m);
	if (v->text_length < 0 ||
		sizeof(MgModelValue) + numbers + v->text_length != VARSIZE(v))
		return "its size does not suit its counts";
	if (fingerprint(v) != v->fingerprint)
		return "its fingerprint is another one";
	from = (char *) (v + 1);
	for (k = 0; k < lengthof(order); k++)
	{
		for (i = 0; i < mg_model_n_fields; i++)
		{
			if (mg_model_fields[i].kind == order[k])
				from = find_numbers(from, m, &mg_model_fields[i]);
		}
	}
	problem = find_texts((char *) (v + 1) + numbers,
						 (char *) v + VARSIZE(v), m);
	return problem != NULL ? problem : mg_model_invalid(m);
}

/* Opens a detoasted value, which must outlive the model: it points there. */
void
mg_model_unpack(MgModelValue *v, MgModel *m)
{
	const char *problem = unpack(v, m);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("prediction model is damaged"),
				 errdetail("Reading it stopped because %s.", problem),
				 errhint("Fit the model again from the data.")));
}

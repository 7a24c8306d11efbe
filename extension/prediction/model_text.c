/*-------------------------------------------------------------------------
 *
 * model_text.c
 *		The text form of a prediction model, a JSON document.
 *
 * An object of sections, each an object of the fields of that section
 * (model_fields.c).  Single numbers are JSON numbers, single strings JSON
 * strings, lists of strings arrays; a list of numbers is one string of numbers
 * with a space between, a matrix row by row.  null is a number that is not
 * known.  Numbers are printed with the shortest digits that read back as the
 * same.  Every key must be there, no other may.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "lib/stringinfo.h"
#include "utils/json.h"

#include "io/json_place.h"
#include "prediction/model.h"

static const char *const families[] = {"gaussian", "binomial"};

static const void *
member_of(const MgModel *m, const MgModelField *f)
{
	return (const char *) m + f->offset;
}

static void
put_number(StringInfo buf, double x)
{
	if (isnan(x))
		appendStringInfoString(buf, "null");
	else
		mg_put_double(buf, x);
}

static void
put_numbers(StringInfo buf, const MgModel *m, const MgModelField *f)
{
	int64		n = mg_field_length(m, f);
	int64		i;

	appendStringInfoChar(buf, '"');
	for (i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(buf, ' ');
		if (f->kind == MG_FIELD_INT32S)
			mg_put_int64(buf, (*(int32 *const *) member_of(m, f))[i]);
		else if (mg_field_inside(f))
			put_number(buf, ((const double *) member_of(m, f))[i]);
		else
			put_number(buf, (*(double *const *) member_of(m, f))[i]);
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	appendStringInfoChar(buf, '"');
}

static void
put_texts(StringInfo buf, const MgModel *m, const MgModelField *f)
{
	int64		n = mg_field_length(m, f);
	int64		i;

	if (f->length == MG_LEN_ONE)
	{
		escape_json(buf, *(char *const *) member_of(m, f));
		return;
	}
	appendStringInfoChar(buf, '[');
	for (i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(buf, ", ");
		escape_json(buf, (*(char **const *) member_of(m, f))[i]);
	}
	appendStringInfoChar(buf, ']');
}

PG_FUNCTION_INFO_V1(mindgap_prediction_model_out);

Datum
mindgap_prediction_model_out(PG_FUNCTION_ARGS)
{
	MgModel		m;
	StringInfoData buf;
	const char *section = "";
	int			i;

	mg_model_unpack((MgModelValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)), &m);
	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"type\": \"prediction_model\", \"format\": %d, \"family\": \"%s\"",
					 MG_MODEL_FORMAT, families[m.family]);
	for (i = 0; i < mg_model_n_fields; i++)
	{
		const MgModelField *f = &mg_model_fields[i];

		if (strcmp(f->section, section) != 0)
		{
			appendStringInfo(&buf, "%s,\n \"%s\": {",
							 section[0] == '\0' ? "" : "}", f->section);
			section = f->section;
		}
		else
			appendStringInfoString(&buf, ", ");
		appendStringInfo(&buf, "\"%s\": ", f->key);
		if (f->kind == MG_FIELD_TEXTS)
			put_texts(&buf, &m, f);
		else if (f->kind == MG_FIELD_INT64)
			mg_put_int64(&buf, *(const int64 *) member_of(&m, f));
		else if (f->length == MG_LEN_ONE)
			put_number(&buf, *(const double *) member_of(&m, f));
		else
			put_numbers(&buf, &m, f);
	}
	appendStringInfoString(&buf, "}}");
	PG_RETURN_CSTRING(buf.data);
}

/*
 * The length that a list must have; a count that no field has told yet is
 * told by this one.
 */
static void
check_length(const MgPlace *place, MgModel *m, const MgModelField *f, int64 n)
{
	int64		want;

	if (f->length < MG_MODEL_COUNTS && m->count[f->length] < 0)
	{
		int64		most = f->length == MG_LEN_FACTOR ? PG_INT32_MAX :
			f->length == MG_LEN_VARIABLES ? MG_MODEL_MAX_VARIABLES :
			MG_MODEL_MAX_LIST;

		if (n > most)
			mg_place_bad(place, "It has too many elements.");
		m->count[f->length] = (int32) n;
	}
	want = mg_field_length(m, f);
	if (n != want)
		mg_place_bad(place, "It has " INT64_FORMAT " elements; it needs " INT64_FORMAT ".",
					 n, want);
}

static const char *
text_at(const MgPlace *place)
{
	if (!cJSON_IsString(place->item))
		mg_place_bad(place, "It is not a string.");
	return place->item->valuestring;
}

static char **
get_texts(const MgPlace *place, MgModel *m, const MgModelField *f)
{
	int64		n = mg_place_array(place, 0, PG_INT32_MAX);
	char	  **out;
	MgPlace		element = {NULL};

	check_length(place, m, f, n);
	out = palloc((n + 1) * sizeof(char *));
	while (mg_place_next(place, &element))
		out[element.index] = pstrdup(text_at(&element));
	return out;
}

/* One number of a list; moves behind it and the space that follows. */
static double
next_number(const MgPlace *place, const char **s, bool unknown)
{
	const char *start = *s;
	char	   *end = NULL;
	double		x = NAN;

	if (unknown && strncmp(start, "null", 4) == 0)
		end = (char *) start + 4;
	else if (*start == '-' || (*start >= '0' && *start <= '9'))
	{
		x = strtod(start, &end);
		if (!isfinite(x))
			mg_place_bad(place, "A number is out of range.");
	}
	if (end == NULL || end == start || (*end != ' ' && *end != '\0') ||
		(*end == ' ' && end[1] == '\0'))
		mg_place_bad(place, "It is not a list of numbers.");
	*s = *end == ' ' ? end + 1 : end;
	return x;
}

static void
get_numbers(const MgPlace *place, MgModel *m, const MgModelField *f)
{
	const char *s = text_at(place);
	const char *c;
	int64		n = *s == '\0' ? 0 : 1;
	int64		i;
	double	   *doubles;
	int32	   *ints;

	for (c = s; *c != '\0'; c++)
		n += *c == ' ';
	check_length(place, m, f, n);
	if (f->kind == MG_FIELD_INT32S)
	{
		ints = palloc((n + 1) * sizeof(int32));
		*(int32 **) member_of(m, f) = ints;
		for (i = 0; i < n; i++)
		{
			double		x = next_number(place, &s, false);

			if (x != floor(x) || fabs(x) > PG_INT32_MAX)
				mg_place_bad(place, "Number " INT64_FORMAT " is not a whole number.",
							 i + 1);
			ints[i] = (int32) x;
		}
		return;
	}
	if (mg_field_inside(f))
		doubles = (double *) member_of(m, f);
	else
	{
		doubles = MemoryContextAllocHuge(CurrentMemoryContext,
										 (n + 1) * sizeof(double));
		*(double **) member_of(m, f) = doubles;
	}
	for (i = 0; i < n; i++)
	{
		doubles[i] = next_number(place, &s, true);
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

static void
get_field(const MgPlace *section, MgModel *m, const MgModelField *f)
{
	MgPlace		place = mg_place_need(section, f->key);
	void	   *member = (void *) member_of(m, f);

	if (f->kind == MG_FIELD_TEXTS && f->length == MG_LEN_ONE)
		*(char **) member = pstrdup(text_at(&place));
	else if (f->kind == MG_FIELD_TEXTS)
		*(char ***) member = get_texts(&place, m, f);
	else if (f->kind == MG_FIELD_INT64)
	{
		double		x = mg_place_number(&place);

		if (x != floor(x) || x < f->low || x > f->high)
			mg_place_bad(&place, "It is not a whole number in its range.");
		*(int64 *) member = (int64) x;
	}
	else if (f->length == MG_LEN_ONE)
		*(double *) member = cJSON_IsNull(place.item) ? NAN :
			mg_place_number(&place);
	else
		get_numbers(&place, m, f);
}

/* The keys of a section, which nothing else may stand beside. */
static void
check_section(const MgPlace *place, int first, int last)
{
	const char *keys[64];
	int			i;

	Assert(last - first < lengthof(keys));
	for (i = first; i <= last; i++)
		keys[i - first] = mg_model_fields[i].key;
	mg_place_object(place, keys, last - first + 1);
}

static void
from_json(const MgJson *doc, MgModel *m)
{
	const char *keys[16] = {"type", "format", "family"};
	int			n_keys = 3;
	MgPlace		root = mg_place_root(doc);
	MgPlace		place;
	int			first;
	int			last;
	int			i;

	for (i = 0; i < mg_model_n_fields; i++)
	{
		if (i == 0 || strcmp(mg_model_fields[i].section,
							 mg_model_fields[i - 1].section) != 0)
			keys[n_keys++] = mg_model_fields[i].section;
	}
	Assert(n_keys <= lengthof(keys));
	mg_place_object(&root, keys, n_keys);
	place = mg_place_need(&root, "type");
	if (strcmp(text_at(&place), "prediction_model") != 0)
		mg_place_bad(&place, "It is not \"prediction_model\".");
	place = mg_place_need(&root, "format");
	if (mg_place_number(&place) != MG_MODEL_FORMAT)
		mg_place_bad(&place, "This format is unknown.");
	place = mg_place_need(&root, "family");
	for (i = 0; i < lengthof(families); i++)
	{
		if (strcmp(text_at(&place), families[i]) == 0)
			break;
	}
	if (i == lengthof(families))
		mg_place_bad(&place, "It is neither \"gaussian\" nor \"binomial\".");
	m->family = (MgFamily) i;
	for (i = 0; i < MG_MODEL_COUNTS; i++)
		m->count[i] = -1;

	/* Shares of categories come before the categories that count them. */
	place = mg_place_need(&root, "categories");
	mg_place_object(&place, NULL, 0);
	place = mg_place_need(&place, "name");
	m->count[MG_LEN_CATEGORIES] = mg_place_array(&place, 0, MG_MODEL_MAX_LIST);

	for (first = 0; first < mg_model_n_fields; first = last + 1)
	{
		const char *section = mg_model_fields[first].section;

		for (last = first; last + 1 < mg_model_n_fields &&
			 strcmp(mg_model_fields[last + 1].section, section) == 0;)
			last++;
		place = mg_place_need(&root, section);
		check_section(&place, first, last);
		for (i = first; i <= last; i++)
			get_field(&place, m, &mg_model_fields[i]);
	}
}

PG_FUNCTION_INFO_V1(mindgap_prediction_model_in);

Datum
mindgap_prediction_model_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	MgModel    *m = palloc0(sizeof(MgModel));
	MgJson		doc = {NULL};
	const char *problem;

	PG_TRY();
	{
		mg_json_open_document(&doc, str, "text for type prediction_model");
		from_json(&doc, m);
	}
	PG_FINALLY();
	{
		mg_json_close(&doc);
	}
	PG_END_TRY();

	problem = mg_model_bad_counts(m);
	if (problem == NULL)
		problem = mg_model_invalid(m);
	if (problem != NULL)
		mg_json_bad(&doc, "Reading it stopped because of this: %s.", problem);
	PG_RETURN_POINTER(mg_model_pack(m));
}

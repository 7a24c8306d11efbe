/*-------------------------------------------------------------------------
 *
 * within_text.c
 *		Text form of a within summary: a JSON object of columns.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "io/moments_summary.h"
#include "io/within_summary.h"

/*
 * The columns of the text form, in order.  One of the condensed form is
 * found in the sums, one of the open form in each person.
 */
static const char *const keys[] = {
	"type", "format", "flags", "skipped", "columns",
	"subgroups", "persons", "clusters", "strata", "subgroup_of", "earlier",
	"earlier_times", "n", "sum_w", "sum_w2", "shift", "mean", "comoments",
	"counts", "subgroup_counts", "squares", "spread"
};

static const MgJsonFlag flag_names[] = {
	{MG_WITHIN_CLUSTERS, "clusters"},
	{MG_WITHIN_STRATA, "strata"},
	{MG_WITHIN_UNNAMED, "unnamed"},
	{MG_WITHIN_CONDENSED, "condensed"},
	{MG_WITHIN_TREND, "trend"},
	{MG_WITHIN_GROUPS, "subgroups"},
	{MG_WITHIN_LABELS, "labels"}
};

static uint64
spread_numbers(const MgWithin *s)
{
	uint64		q = mg_spread_length(s);

	return q * (q + 1) / 2;
}

/* Prints one column, "expr" of person p with moments m. */
#define PUT_PERSONS(key, put, expr) \
	do { \
		int32		i; \
		mg_put_key(&buf, key); \
		appendStringInfoChar(&buf, '"'); \
		for (i = 0; i < s->n_persons; i++) \
		{ \
			const MgPerson *p = mg_within_person(s, i); \
			const MgMoments *m = mg_person_moments(p); \
			const MgPersonTrend *t = mg_person_trend(p); \
			(void) m; \
			(void) t; \
			if (i > 0) \
				appendStringInfoChar(&buf, ' '); \
			put(&buf, expr); \
		} \
		appendStringInfoChar(&buf, '"'); \
	} while (0)

/* Prints one column of "count" numbers from "first" of each person. */
static void
put_numbers(StringInfo buf, const MgWithin *s, const char *key, Size first,
			Size count)
{
	int32		i;
	Size		j;

	mg_put_key(buf, key);
	appendStringInfoChar(buf, '"');
	for (i = 0; i < s->n_persons; i++)
	{
		const MgMoments *m = mg_person_moments(mg_within_person(s, i));

		CHECK_FOR_INTERRUPTS();
		for (j = 0; j < count; j++)
		{
			if (i > 0 || j > 0)
				appendStringInfoChar(buf, ' ');
			mg_put_double(buf, m->number[first + j]);
		}
	}
	appendStringInfoChar(buf, '"');
}

/* Labels as an array of strings, integers as one string. */
static void
put_groups(StringInfo buf, const MgWithin *s)
{
	const MgWithinGroup *groups = mg_within_groups(s);
	bool		labelled = (s->flags & MG_WITHIN_LABELS) != 0;
	int32		g;

	mg_put_key(buf, "subgroups");
	appendStringInfoChar(buf, labelled ? '[' : '"');
	for (g = 0; g < s->n_groups; g++)
	{
		if (g > 0)
			appendStringInfoChar(buf, labelled ? ',' : ' ');
		if (labelled)
			escape_json(buf, pnstrdup(mg_within_labels(s) + groups[g].key,
									  groups[g].label_len));
		else
			mg_put_int64(buf, groups[g].key);
	}
	appendStringInfoChar(buf, labelled ? ']' : '"');
}

static void
put_counts(StringInfo buf, const MgWithin *s)
{
	const MgWithinSums *c = mg_within_sums(s);
	int			g;

	appendStringInfo(buf, ",\"counts\":\"" INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT "\"",
					 c->n, c->n_persons, c->n_singletons, c->n_clusters,
					 c->n_strata, c->n_lonely, c->n_registered);
	if (!(s->flags & MG_WITHIN_TREND))
		return;
	mg_put_key(buf, "subgroup_counts");
	for (g = 0; g < mg_within_n_parts(s); g++)
	{
		const MgWithinPart *part = mg_within_parts(s) + g;

		appendStringInfo(buf, "%c" INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT,
						 g == 0 ? '"' : ' ', part->n, part->n_persons,
						 part->n_trends);
	}
	appendStringInfoChar(buf, '"');
}

PG_FUNCTION_INFO_V1(mindgap_within_summary_out);

Datum
mindgap_within_summary_out(PG_FUNCTION_ARGS)
{
	MgWithin   *s = mg_within_open(PG_GETARG_DATUM(0));
	StringInfoData buf;
	bool		first = true;
	int			k;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"type\":\"within_summary\",\"format\":\"%d\",\"flags\":\"",
					 s->format);
	for (k = 0; k < (int) lengthof(flag_names); k++)
	{
		if ((s->flags & flag_names[k].flag) == 0)
			continue;
		appendStringInfo(&buf, "%s%s", first ? "" : " ", flag_names[k].name);
		first = false;
	}
	appendStringInfo(&buf, "\",\"skipped\":\"" INT64_FORMAT "\",\"columns\":\"%d\"",
					 s->n_skipped, s->dim);
	if (s->flags & MG_WITHIN_GROUPS)
		put_groups(&buf, s);
	if (s->flags & MG_WITHIN_CONDENSED)
	{
		const double *number = mg_sums_number(s);
		Size		triangles = mg_within_n_parts(s) * mg_triangle_length(s->dim);
		Size		squares = (Size) mg_within_n_parts(s) * s->dim;

		put_counts(&buf, s);
		mg_put_doubles(&buf, "sum_w", &mg_within_sums(s)->sum_w, 1);
		mg_put_doubles(&buf, "comoments", number, triangles);
		mg_put_doubles(&buf, "squares", number + triangles, squares);
		mg_put_doubles(&buf, "spread", number + triangles + squares,
					   spread_numbers(s));
	}
	else
	{
		if (!(s->flags & MG_WITHIN_UNNAMED))
			PUT_PERSONS("persons", mg_put_int64, p->id);
		if (s->flags & MG_WITHIN_CLUSTERS)
			PUT_PERSONS("clusters", mg_put_int64, p->cluster);
		if (s->flags & MG_WITHIN_STRATA)
			PUT_PERSONS("strata", mg_put_int64, p->stratum);
		if (s->flags & MG_WITHIN_GROUPS)
			PUT_PERSONS("subgroup_of", mg_put_int64, t->group);
		if (s->flags & MG_WITHIN_TREND)
		{
			PUT_PERSONS("earlier", mg_put_double, t->earlier);
			PUT_PERSONS("earlier_times", mg_put_int64, t->n_earlier);
		}
		PUT_PERSONS("n", mg_put_int64, m->n);
		PUT_PERSONS("sum_w", mg_put_double, m->sum_w);
		PUT_PERSONS("sum_w2", mg_put_double, m->sum_w2);
		put_numbers(&buf, s, "shift", 0, s->dim);
		put_numbers(&buf, s, "mean", s->dim, s->dim);
		put_numbers(&buf, s, "comoments", 2 * (Size) s->dim,
					mg_triangle_length(s->dim));
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

static void
check_count(const MgJson *doc, const char *key, int64 got, int64 want)
{
	if (got != want)
		mg_json_bad(doc, "The value of \"%s\" has " INT64_FORMAT " numbers instead of " INT64_FORMAT ".",
					key, got, want);
}

/* Small numbers; others become -2, which no value has. */
static int
get_int32s(const MgJson *doc, const char *key, int32 **out)
{
	int64	   *column;
	int			n = mg_json_int64s(doc, key, &column);
	int			i;

	*out = (int32 *) MemoryContextAllocHuge(CurrentMemoryContext,
											(Size) (n + 1) * sizeof(int32));
	for (i = 0; i < n; i++)
		(*out)[i] = column[i] >= -1 && column[i] <= MG_WITHIN_MAX_GROUPS ?
			(int32) column[i] : -2;
	pfree(column);
	return n;
}

/* Reads one number of each person. */
#define GET_PERSONS(get, type, key, target) \
	do { \
		type	   *column; \
		int32		i; \
		check_count(doc, key, get(doc, key, &column), n); \
		for (i = 0; i < n; i++) \
		{ \
			MgPerson   *p = mg_within_person(s, i); \
			MgMoments  *m = mg_person_moments(p); \
			MgPersonTrend    *t = mg_person_trend(p); \
			(void) m; \
			(void) t; \
			target = column[i]; \
		} \
		pfree(column); \
	} while (0)

static void
get_numbers(const MgJson *doc, MgWithin *s, int32 n, const char *key,
			Size first, Size count)
{
	double	   *column;
	int32		i;

	check_count(doc, key, mg_json_doubles(doc, key, &column),
				(int64) (n * count));
	for (i = 0; i < n; i++)
		memcpy(mg_person_moments(mg_within_person(s, i))->number + first,
			   column + i * count, count * sizeof(double));
	pfree(column);
}

/* What get_groups_into will read, as counts in "head". */
static void
count_groups(const MgJson *doc, MgWithin *head, char ***labels, int64 **codes)
{
	uint64		bytes = 0;
	int			g;

	if (head->flags & MG_WITHIN_LABELS)
	{
		head->n_groups = mg_json_labels(doc, "subgroups", labels);
		for (g = 0; g < head->n_groups; g++)
			bytes += strlen((*labels)[g]);
	}
	else if (head->flags & MG_WITHIN_GROUPS)
		head->n_groups = mg_json_int64s(doc, "subgroups", codes);
	if (head->n_groups > MG_WITHIN_MAX_GROUPS)
		mg_json_bad(doc, "It has too many subgroups.");
	mg_within_check_size(bytes);
	head->label_bytes = (int32) bytes;
}

static void
set_groups(MgWithin *s, char **labels, const int64 *codes)
{
	int64		at = 0;
	int			g;

	for (g = 0; g < s->n_groups; g++)
	{
		MgWithinGroup *group = mg_within_groups(s) + g;

		if (codes != NULL)
			group->key = codes[g];
		else
		{
			group->key = at;
			group->label_len = (int32) strlen(labels[g]);
			memcpy(mg_within_labels(s) + at, labels[g], group->label_len);
			at += group->label_len;
		}
	}
}

static MgWithin *
open_from_json(const MgJson *doc, MgWithin *head)
{
	uint16		flags = head->flags;
	int			dim = head->dim;
	char	  **labels = NULL;
	int64	   *codes = NULL;
	MgWithin   *s;
	int64	   *count;
	int32		n = mg_json_int64s(doc, "n", &count);
	int32		k;

	pfree(count);
	if (dim == 0 && n > 0)
		mg_json_bad(doc, "It has persons but no columns.");
	/* Each co-moment has a digit at least, so no size exceeds the text's. */
	if (n > 0 && strlen(mg_json_string(doc, "comoments")) / n <
		mg_triangle_length(dim))
		mg_json_bad(doc, "The value of \"comoments\" has too few numbers.");
	count_groups(doc, head, &labels, &codes);
	s = mg_within_create(head, n);
	set_groups(s, labels, codes);
	s->n_persons = n;
	for (k = 0; k < n; k++)
	{
		MgPerson   *p = mg_within_person(s, k);

		MgPerson	key = {0};

		key.id = k;
		mg_person_init(p, &key, flags, dim);
	}
	if (!(flags & MG_WITHIN_UNNAMED))
		GET_PERSONS(mg_json_int64s, int64, "persons", p->id);
	if (flags & MG_WITHIN_CLUSTERS)
		GET_PERSONS(mg_json_int64s, int64, "clusters", p->cluster);
	else
	{
		for (k = 0; k < n; k++)
			mg_within_person(s, k)->cluster = mg_within_person(s, k)->id;
	}
	if (flags & MG_WITHIN_STRATA)
		GET_PERSONS(mg_json_int64s, int64, "strata", p->stratum);
	if (flags & MG_WITHIN_GROUPS)
		GET_PERSONS(get_int32s, int32, "subgroup_of", t->group);
	if (flags & MG_WITHIN_TREND)
	{
		GET_PERSONS(mg_json_doubles, double, "earlier", t->earlier);
		GET_PERSONS(get_int32s, int32, "earlier_times", t->n_earlier);
	}
	GET_PERSONS(mg_json_int64s, int64, "n", m->n);
	GET_PERSONS(mg_json_doubles, double, "sum_w", m->sum_w);
	GET_PERSONS(mg_json_doubles, double, "sum_w2", m->sum_w2);
	get_numbers(doc, s, n, "shift", 0, dim);
	get_numbers(doc, s, n, "mean", dim, dim);
	get_numbers(doc, s, n, "comoments", 2 * (Size) dim,
				mg_triangle_length(dim));
	return s;
}

static MgWithin *
condensed_from_json(const MgJson *doc, MgWithin *head)
{
	char	  **labels = NULL;
	int64	   *codes = NULL;
	uint64		size;
	Size		triangles;
	Size		squares;
	MgWithin   *s;
	MgWithinSums *c;
	double	   *number;
	int64	   *count;
	int			g;

	if (head->dim == 0 ||
		((head->flags & MG_WITHIN_TREND) && head->dim < MG_TREND_DIM))
		mg_json_bad(doc, "It is condensed but has too few columns.");
	count_groups(doc, head, &labels, &codes);
	if (strlen(mg_json_string(doc, "spread")) < spread_numbers(head))
		mg_json_bad(doc, "The value of \"spread\" has too few numbers.");
	size = mg_within_condensed_size(head);
	mg_within_check_size(size);
	s = (MgWithin *) palloc0(size);
	*s = *head;
	SET_VARSIZE(s, size);
	s->format = MG_WITHIN_FORMAT;
	set_groups(s, labels, codes);
	c = mg_within_sums(s);
	check_count(doc, "counts", mg_json_int64s(doc, "counts", &count), 7);
	c->n = count[0];
	c->n_persons = count[1];
	c->n_singletons = count[2];
	c->n_clusters = count[3];
	c->n_strata = count[4];
	c->n_lonely = count[5];
	c->n_registered = count[6];
	if (s->flags & MG_WITHIN_TREND)
	{
		check_count(doc, "subgroup_counts",
					mg_json_int64s(doc, "subgroup_counts", &count),
					3 * mg_within_n_parts(s));
		for (g = 0; g < mg_within_n_parts(s); g++)
		{
			mg_within_parts(s)[g].n = count[3 * g];
			mg_within_parts(s)[g].n_persons = count[3 * g + 1];
			mg_within_parts(s)[g].n_trends = count[3 * g + 2];
		}
	}
	number = mg_sums_number(s);
	triangles = mg_within_n_parts(s) * mg_triangle_length(s->dim);
	squares = (Size) mg_within_n_parts(s) * s->dim;
	mg_get_doubles(doc, "sum_w", &c->sum_w, 1);
	mg_get_doubles(doc, "comoments", number, triangles);
	mg_get_doubles(doc, "squares", number + triangles, squares);
	mg_get_doubles(doc, "spread", number + triangles + squares,
				   spread_numbers(s));
	return s;
}

/* Refuses keys that a value with these flags does not have. */
static void
check_keys(const MgJson *doc, uint16 flags)
{
	static const struct
	{
		const char *key;
		uint16		with;		/* flags that must be there */
		uint16		without;	/* flags that must not */
	}			belongs[] = {
		{"persons", 0, MG_WITHIN_UNNAMED | MG_WITHIN_CONDENSED},
		{"clusters", MG_WITHIN_CLUSTERS, MG_WITHIN_CONDENSED},
		{"strata", MG_WITHIN_STRATA, MG_WITHIN_CONDENSED},
		{"subgroups", MG_WITHIN_GROUPS, 0},
		{"subgroup_of", MG_WITHIN_GROUPS, MG_WITHIN_CONDENSED},
		{"earlier", MG_WITHIN_TREND, MG_WITHIN_CONDENSED},
		{"earlier_times", MG_WITHIN_TREND, MG_WITHIN_CONDENSED},
		{"subgroup_counts", MG_WITHIN_TREND | MG_WITHIN_CONDENSED, 0},
		{"n", 0, MG_WITHIN_CONDENSED},
		{"sum_w2", 0, MG_WITHIN_CONDENSED},
		{"shift", 0, MG_WITHIN_CONDENSED},
		{"mean", 0, MG_WITHIN_CONDENSED},
		{"counts", MG_WITHIN_CONDENSED, 0},
		{"squares", MG_WITHIN_CONDENSED, 0},
		{"spread", MG_WITHIN_CONDENSED, 0}
	};
	int			i;

	mg_json_only_keys(doc, keys, lengthof(keys));
	for (i = 0; i < (int) lengthof(belongs); i++)
	{
		if (mg_json_has(doc, belongs[i].key) &&
			((flags & belongs[i].with) != belongs[i].with ||
			 (flags & belongs[i].without) != 0))
			mg_json_bad(doc, "The key \"%s\" contradicts the flags.",
						belongs[i].key);
	}
}

static MgWithin *
from_json(const MgJson *doc)
{
	MgWithin	head = {0};

	if (strcmp(mg_json_string(doc, "type"), "within_summary") != 0)
		mg_json_bad(doc, "The value of \"type\" is not \"within_summary\".");
	if (strcmp(mg_json_string(doc, "format"), "1") != 0)
		mg_json_bad(doc, "Its format is unknown.");
	head.flags = mg_json_flags(doc, flag_names, lengthof(flag_names));
	check_keys(doc, head.flags);
	head.n_skipped = mg_get_int64(doc, "skipped", 0, PG_INT64_MAX);
	head.dim = (int32) mg_get_int64(doc, "columns", 0, MG_MOMENTS_MAX_DIM);
	return (head.flags & MG_WITHIN_CONDENSED) ?
		condensed_from_json(doc, &head) : open_from_json(doc, &head);
}

PG_FUNCTION_INFO_V1(mindgap_within_summary_in);

Datum
mindgap_within_summary_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	MgWithin   *volatile s = NULL;
	MgJson		doc = {NULL, "within_summary"};
	const char *problem;

	PG_TRY();
	{
		mg_json_open(&doc, str, "within_summary");
		s = from_json(&doc);
	}
	PG_FINALLY();
	{
		mg_json_close(&doc);
	}
	PG_END_TRY();

	problem = mg_within_problem(s);
	if (problem != NULL)
		mg_json_bad(&doc, "Reading it stopped because %s.", problem);
	PG_RETURN_POINTER(s);
}

/*-------------------------------------------------------------------------
 *
 * within_summary.c
 *		Within summaries as Datums: expanded objects, text and binary form.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "io/moments_summary.h"
#include "io/within_summary.h"

#define EXPANDED_MAGIC	0x4d475749

typedef struct ExpandedWithin
{
	ExpandedObjectHeader hdr;
	int			magic;
	MgWithinBig *big;
} ExpandedWithin;

static Size
flat_size(ExpandedObjectHeader *eohptr)
{
	return mg_within_big_flat_size(((ExpandedWithin *) eohptr)->big);
}

static void
flatten_into(ExpandedObjectHeader *eohptr, void *result, Size size)
{
	mg_within_big_flatten(((ExpandedWithin *) eohptr)->big,
						  (MgWithin *) result, size);
}

static const ExpandedObjectMethods methods = {flat_size, flatten_into};

/* An empty large state in a context of its own below "parent". */
Datum
mg_within_expand(MemoryContext parent, const MgWithin *head, MgWithinBig **big)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "mindgap within summary",
											  ALLOCSET_DEFAULT_SIZES);
	ExpandedWithin *e = (ExpandedWithin *)
		MemoryContextAlloc(cxt, sizeof(ExpandedWithin));

	EOH_init_header(&e->hdr, &methods, cxt);
	e->magic = EXPANDED_MAGIC;
	e->big = *big = mg_within_big_create(cxt, head);
	return EOHPGetRWDatum(&e->hdr);
}

/* The large state behind a Datum, or NULL when the Datum is flat. */
MgWithinBig *
mg_within_expanded(Datum d)
{
	ExpandedWithin *e;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(d)))
		return NULL;
	e = (ExpandedWithin *) DatumGetEOHP(d);
	if (e->magic != EXPANDED_MAGIC)
		elog(ERROR, "not an expanded within summary");
	return e->big;
}

/* A state of the aggregate as a flat value without slack. */
MgWithin *
mg_within_flatten(Datum state)
{
	MgWithin   *s;
	int32		i;

	if (mg_within_expanded(state) != NULL)
	{
		ExpandedObjectHeader *eoh = DatumGetEOHP(state);
		Size		size = EOH_get_flat_size(eoh);

		s = (MgWithin *) palloc(size);
		EOH_flatten_into(eoh, s, size);
	}
	else
		s = mg_within_trim((MgWithin *) PG_DETOAST_DATUM(state));
	for (i = 0; i < s->n_persons; i++)
	{
		if (!mg_moments_finite(mg_person_moments(mg_within_person(s, i))))
			mg_moments_overflow();
	}
	return s;
}

/* Opens a summary that a query handed in: detoasts it, checks all of it. */
MgWithin *
mg_within_open(Datum d)
{
	MgWithin   *s = (MgWithin *) PG_DETOAST_DATUM(d);
	const char *problem = mg_within_invalid(s, VARSIZE(s));

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("within summary is damaged"),
				 errdetail("Reading it stopped because %s.", problem),
				 errhint("Make the summary again from the data.")));
	return s;
}

/*
 * The columns of the text form, in order.  One of the condensed form is
 * found in the sums, one of the open form in each person.
 */
static const char *const keys[] = {
	"type", "format", "flags", "skipped", "columns",
	"persons", "clusters", "strata", "n", "sum_w", "sum_w2",
	"shift", "mean", "comoments", "counts", "squares", "spread"
};

static const struct
{
	uint16		flag;
	const char *name;
}			flag_names[] = {
	{MG_WITHIN_CLUSTERS, "clusters"},
	{MG_WITHIN_STRATA, "strata"},
	{MG_WITHIN_UNNAMED, "unnamed"},
	{MG_WITHIN_CONDENSED, "condensed"}
};

static Size
spread_numbers(const MgWithin *s)
{
	return mg_triangle_length(mg_spread_length(s->dim - 1));
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
			(void) m; \
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
	if (s->flags & MG_WITHIN_CONDENSED)
	{
		const MgWithinSums *c = mg_within_sums(s);
		Size		triangle = mg_triangle_length(s->dim);

		appendStringInfo(&buf, ",\"counts\":\"" INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT "\"",
						 c->n, c->n_persons, c->n_singletons, c->n_clusters,
						 c->n_strata, c->n_lonely);
		mg_put_doubles(&buf, "sum_w", &c->sum_w, 1);
		mg_put_doubles(&buf, "comoments", mg_sums_number(c), triangle);
		mg_put_doubles(&buf, "squares", mg_sums_number(c) + triangle, s->dim);
		mg_put_doubles(&buf, "spread", mg_sums_number(c) + triangle + s->dim,
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

static uint16
read_flags(const MgJson *doc)
{
	const char *s = mg_json_string(doc, "flags");
	uint16		flags = 0;

	while (*s != '\0')
	{
		Size		len = strcspn(s, " ");
		int			k;

		for (k = 0; k < (int) lengthof(flag_names); k++)
		{
			if (strlen(flag_names[k].name) == len &&
				strncmp(flag_names[k].name, s, len) == 0)
				break;
		}
		if (k == (int) lengthof(flag_names) || (flags & flag_names[k].flag))
			mg_json_bad(doc, "The value of \"flags\" is not a list of known flags.");
		flags |= flag_names[k].flag;
		s += len;
		if (*s == ' ')
			s++;
	}
	return flags;
}

static void
check_count(const MgJson *doc, const char *key, int64 got, int64 want)
{
	if (got != want)
		mg_json_bad(doc, "The value of \"%s\" has " INT64_FORMAT " numbers instead of " INT64_FORMAT ".",
					key, got, want);
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
			(void) m; \
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

static MgWithin *
open_from_json(const MgJson *doc, uint16 flags, int dim)
{
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
	s = mg_within_create(flags, dim, n);
	s->n_persons = n;
	for (k = 0; k < n; k++)
	{
		MgPerson   *p = mg_within_person(s, k);

		mg_moments_init(mg_person_moments(p), dim, 0);
		p->id = k;
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
condensed_from_json(const MgJson *doc, uint16 flags, int dim)
{
	uint64		size = mg_within_condensed_size(dim);
	Size		triangle = mg_triangle_length(dim);
	MgWithin   *s;
	MgWithinSums *c;
	int64	   *count;

	if (dim == 0)
		mg_json_bad(doc, "It is condensed but has no columns.");
	if (strlen(mg_json_string(doc, "spread")) <
		mg_triangle_length(mg_spread_length(dim - 1)))
		mg_json_bad(doc, "The value of \"spread\" has too few numbers.");
	mg_within_check_size(size);
	s = (MgWithin *) palloc0(size);
	SET_VARSIZE(s, size);
	s->format = MG_WITHIN_FORMAT;
	s->flags = flags;
	s->dim = dim;
	c = mg_within_sums(s);
	check_count(doc, "counts", mg_json_int64s(doc, "counts", &count), 6);
	c->n = count[0];
	c->n_persons = count[1];
	c->n_singletons = count[2];
	c->n_clusters = count[3];
	c->n_strata = count[4];
	c->n_lonely = count[5];
	mg_get_doubles(doc, "sum_w", &c->sum_w, 1);
	mg_get_doubles(doc, "comoments", mg_sums_number(c), triangle);
	mg_get_doubles(doc, "squares", mg_sums_number(c) + triangle, dim);
	mg_get_doubles(doc, "spread", mg_sums_number(c) + triangle + dim,
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
	MgWithin   *s;
	uint16		flags;
	int64		n_skipped;
	int			dim;

	if (strcmp(mg_json_string(doc, "type"), "within_summary") != 0)
		mg_json_bad(doc, "The value of \"type\" is not \"within_summary\".");
	if (strcmp(mg_json_string(doc, "format"), "1") != 0)
		mg_json_bad(doc, "Its format is unknown.");
	flags = read_flags(doc);
	check_keys(doc, flags);
	n_skipped = mg_get_int64(doc, "skipped", 0, PG_INT64_MAX);
	dim = (int) mg_get_int64(doc, "columns", 0, MG_MOMENTS_MAX_DIM);
	s = (flags & MG_WITHIN_CONDENSED) ? condensed_from_json(doc, flags, dim) :
		open_from_json(doc, flags, dim);
	s->n_skipped = n_skipped;
	return s;
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

	problem = mg_within_invalid(s, VARSIZE(s));
	if (problem != NULL)
		mg_json_bad(&doc, "Reading it stopped because %s.", problem);
	PG_RETURN_POINTER(s);
}

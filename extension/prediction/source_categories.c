/*-------------------------------------------------------------------------
 *
 * source_categories.c
 *		Which category a column of the source belongs to, read from jsonb.
 *
 * The value of a key says what the key is:
 *
 *		"category": ["column", ...]				the columns of a category
 *		"column": "category"					the category of a column
 *		"column": {"category": strength, ...}	its categories, weighted
 *
 * All three may be mixed in one object.  Strengths add up, with 1 where none
 * is given, so that a column of two categories belongs to each by half.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "prediction/source.h"

/* One entry: this column belongs to this category. */
typedef struct Membership
{
	int			column;			/* -1: a category that has no column */
	char	   *category;
	double		strength;
} Membership;

typedef struct Reader
{
	const MgSource *source;
	JsonbIterator *iterator;
	char	   *key;			/* of the outer object */
	int			n;
	int			capacity;
	Membership *entries;
} Reader;

static void
wrong(const Reader *reader, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 reader->key == NULL ? errmsg("categories must be a JSON object") :
			 errmsg("categories: key \"%.64s\" is wrong", reader->key),
			 errdetail("%s", detail),
			 errhint("Write {\"category\": [\"column\", ...]}, {\"column\": \"category\"} or {\"column\": {\"category\": strength}}.")));
}

static void
add(Reader *reader, int column, char *category, double strength)
{
	if (category[0] == '\0')
		wrong(reader, "A category needs a name.");
	if (reader->n == reader->capacity)
	{
		reader->capacity *= 2;
		reader->entries = repalloc(reader->entries,
								   reader->capacity * sizeof(Membership));
	}
	reader->entries[reader->n].column = column;
	reader->entries[reader->n].category = category;
	reader->entries[reader->n++].strength = strength;
}

static int
column_of(Reader *reader, const char *name)
{
	int			column = mg_source_column(reader->source, name);

	if (column < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("categories: the source has no column \"%.64s\"", name),
				 errdetail("It is named under key \"%.64s\".", reader->key),
				 errhint("A category without columns is written {\"category\": []}.")));
	return column;
}

static char *
string_of(const JsonbValue *v)
{
	return pnstrdup(v->val.string.val, v->val.string.len);
}

/* "category": ["column", ...], behind its [ */
static void
read_columns(Reader *reader)
{
	JsonbValue	v;
	JsonbIteratorToken token;
	int			n = 0;

	while ((token = JsonbIteratorNext(&reader->iterator, &v, true)) == WJB_ELEM)
	{
		if (v.type != jbvString)
			wrong(reader, "The columns of a category are strings.");
		add(reader, column_of(reader, string_of(&v)), reader->key, 1);
		n++;
	}
	if (n == 0)
		add(reader, -1, reader->key, 0);
}

/* "column": {"category": strength, ...}, behind its { */
static void
read_strengths(Reader *reader)
{
	int			column = column_of(reader, reader->key);
	JsonbValue	v;
	int			n = 0;

	while (JsonbIteratorNext(&reader->iterator, &v, true) == WJB_KEY)
	{
		char	   *category = string_of(&v);
		double		strength = -1;

		if (JsonbIteratorNext(&reader->iterator, &v, true) == WJB_VALUE &&
			v.type == jbvNumeric)
			strength = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
														  NumericGetDatum(v.val.numeric)));
		if (!(strength > 0 && strength <= 1e6))
			wrong(reader, "A strength is a number above 0, of at most 1000000.");
		add(reader, column, category, strength);
		n++;
	}
	if (n == 0)
		wrong(reader, "A column needs a category.");
}

static void
read_entry(Reader *reader)
{
	JsonbValue	v;
	JsonbIteratorToken token = JsonbIteratorNext(&reader->iterator, &v, false);

	if (token == WJB_BEGIN_ARRAY)
		read_columns(reader);
	else if (token == WJB_BEGIN_OBJECT)
		read_strengths(reader);
	else if (token == WJB_VALUE && v.type == jbvString)
		add(reader, column_of(reader, reader->key), string_of(&v), 1);
	else
		wrong(reader, "Its value is neither a list, a string nor an object.");
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
list_categories(const Reader *reader, MgSourceCategories *categories)
{
	int			i;

	categories->name = palloc((reader->n + 1) * sizeof(char *));
	for (i = 0; i < reader->n; i++)
		categories->name[i] = reader->entries[i].category;
	qsort(categories->name, reader->n, sizeof(char *), compare_names);
	for (i = 0; i < reader->n; i++)
	{
		if (categories->n == 0 ||
			strcmp(categories->name[categories->n - 1], categories->name[i]) != 0)
			categories->name[categories->n++] = categories->name[i];
	}
}

MgSourceCategories *
mg_source_categories(const MgSource *source, Jsonb *json)
{
	MgSourceCategories *categories = palloc0(sizeof(MgSourceCategories));
	Reader		reader = {source, NULL, NULL, 0, 64, NULL};
	JsonbValue	v;
	int			i;

	if (!JB_ROOT_IS_OBJECT(json))
		wrong(&reader, "It is something else.");
	reader.entries = palloc(reader.capacity * sizeof(Membership));
	reader.iterator = JsonbIteratorInit(&json->root);
	JsonbIteratorNext(&reader.iterator, &v, false);
	while (JsonbIteratorNext(&reader.iterator, &v, false) == WJB_KEY)
	{
		CHECK_FOR_INTERRUPTS();
		reader.key = string_of(&v);
		read_entry(&reader);
	}
	list_categories(&reader, categories);
	categories->strength = palloc0(((Size) source->n_columns * categories->n + 1) *
								   sizeof(double));
	for (i = 0; i < reader.n; i++)
	{
		char	  **found = bsearch(&reader.entries[i].category, categories->name,
									categories->n, sizeof(char *), compare_names);

		if (reader.entries[i].column >= 0)
			categories->strength[(Size) reader.entries[i].column * categories->n +
								 (found - categories->name)] += reader.entries[i].strength;
	}
	return categories;
}

/*-------------------------------------------------------------------------
 *
 * json.c
 *		JSON documents that cross the border, read by cJSON.
 *
 * cJSON keeps numbers as doubles and prints them with 15 digits, so every
 * column of numbers travels as one string of numbers separated by spaces,
 * printed and read by exact round-trip routines.  cJSON allocates with
 * malloc: mg_json_close must run whatever happens (PG_FINALLY), and nothing
 * in between may keep a pointer into the document.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "io/json.h"

/* At most 64 bytes of a name, for a message, cut between characters. */
const char *
mg_clip(const char *s, int len)
{
	return pnstrdup(s, pg_mbcliplen(s, len, 64));
}

/* One message for every fault of a document; the detail says which. */
void
mg_json_bad(const MgJson *doc, const char *detail,...)
{
	char		buf[256];
	va_list		args;

	va_start(args, detail);
	vsnprintf(buf, sizeof(buf), detail, args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 doc->is_type ? errmsg("invalid text for type %s", doc->what) :
			 errmsg("invalid %s", doc->what),
			 errdetail_internal("%s", buf)));
}

/*
 * What cJSON would let through in strings: a \u0000 cuts the string, and
 * \u escapes are decoded as UTF-8 whatever the server's encoding is.
 */
static void
check_escapes(const MgJson *doc, const char *str)
{
	const char *p;

	for (p = str; *p != '\0'; p++)
	{
		if (*p != '\\')
			continue;
		p++;
		if (*p == '\0')
			break;
		if (*p != 'u')
			continue;
		if (strncmp(p + 1, "0000", 4) == 0)
			mg_json_bad(doc, "A string holds the escape \\u0000.");
		if (GetDatabaseEncoding() != PG_UTF8 &&
			(strncmp(p + 1, "00", 2) != 0 || p[3] >= '8'))
			mg_json_bad(doc, "Escapes beyond ASCII need a UTF-8 database.");
	}
}

/* Duplicate keys would make one of two values vanish. */
static void
check_duplicates(const MgJson *doc)
{
	const cJSON *a;
	const cJSON *b;

	for (a = doc->root->child; a != NULL; a = a->next)
	{
		for (b = a->next; b != NULL; b = b->next)
		{
			if (strcmp(a->string, b->string) == 0)
				mg_json_bad(doc, "The key \"%s\" is there twice.",
							mg_clip(a->string, strlen(a->string)));
		}
	}
}

static void
check_root(const MgJson *doc)
{
	if (!cJSON_IsObject(doc->root))
		mg_json_bad(doc, "It is not a JSON object.");
	if (cJSON_GetArraySize(doc->root) > 256)
		mg_json_bad(doc, "It has too many keys.");
	check_duplicates(doc);
}

static void
parse(MgJson *doc, const char *str)
{
	check_escapes(doc, str);
	doc->root = cJSON_ParseWithOpts(str, NULL, true);
	if (doc->root == NULL)
		mg_json_bad(doc, "It is not a JSON document.");
	check_root(doc);
}

/*
 * Parses the text form of a type, an object.  The caller must have set
 * doc->root to NULL before its PG_TRY and closes it in PG_FINALLY.
 */
void
mg_json_open(MgJson *doc, const char *str, const char *what)
{
	doc->what = what;
	doc->is_type = true;
	parse(doc, str);
}

/* The same for a document that is no type's text form. */
void
mg_json_open_document(MgJson *doc, const char *str, const char *what)
{
	doc->what = what;
	doc->is_type = false;
	parse(doc, str);
}

void
mg_json_close(MgJson *doc)
{
	cJSON_Delete(doc->root);
	doc->root = NULL;
}

/* A key that is not known may be of a later version: refuse it. */
void
mg_json_only_keys(const MgJson *doc, const char *const *keys, int n_keys)
{
	const cJSON *a;

	for (a = doc->root->child; a != NULL; a = a->next)
	{
		int			i;

		for (i = 0; i < n_keys; i++)
		{
			if (strcmp(keys[i], a->string) == 0)
				break;
		}
		if (i == n_keys)
			mg_json_bad(doc, "The key \"%s\" is unknown.",
						mg_clip(a->string, strlen(a->string)));
	}
}

bool
mg_json_has(const MgJson *doc, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(doc->root, key) != NULL;
}

const char *
mg_json_string(const MgJson *doc, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(doc->root, key);

	if (item == NULL)
		mg_json_bad(doc, "The key \"%s\" is missing.", key);
	if (!cJSON_IsString(item))
		mg_json_bad(doc, "The value of \"%s\" is not a string.", key);
	return item->valuestring;
}

/* The flags that the words of "flags" name; none may come twice. */
uint16
mg_json_flags(const MgJson *doc, const MgJsonFlag *known, int n_known)
{
	const char *s = mg_json_string(doc, "flags");
	uint16		flags = 0;

	while (*s != '\0')
	{
		Size		len = strcspn(s, " ");
		int			k;

		for (k = 0; k < n_known; k++)
		{
			if (strlen(known[k].name) == len &&
				strncmp(known[k].name, s, len) == 0)
				break;
		}
		if (k == n_known || (flags & known[k].flag))
			mg_json_bad(doc, "The value of \"flags\" is not a list of known flags.");
		flags |= known[k].flag;
		s += len;
		if (*s == ' ')
			s++;
	}
	return flags;
}

/* How many numbers a column holds: one more than its single spaces. */
static int
count_numbers(const char *s)
{
	int64		n = 1;

	if (*s == '\0')
		return 0;
	for (; *s != '\0'; s++)
		n += *s == ' ';
	return (int) Min(n, PG_INT32_MAX);
}

static void
end_of_number(const MgJson *doc, const char *key, const char *start,
			  const char **end)
{
	if (*end == start || (**end != ' ' && **end != '\0') ||
		(**end == ' ' && (*end)[1] == '\0'))
		mg_json_bad(doc, "The value of \"%s\" is not a list of numbers.", key);
	if (**end == ' ')
		(*end)++;
}

int
mg_json_doubles(const MgJson *doc, const char *key, double **out)
{
	const char *s = mg_json_string(doc, key);
	int			n = count_numbers(s);
	int			i;

	*out = (double *) MemoryContextAllocHuge(CurrentMemoryContext,
											 (Size) (n + 1) * sizeof(double));
	for (i = 0; i < n; i++)
	{
		const char *end;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (*s != '-' && (*s < '0' || *s > '9'))
			mg_json_bad(doc, "The value of \"%s\" is not a list of numbers.",
						key);
		errno = 0;
		(*out)[i] = strtod(s, (char **) &end);
		if (!isfinite((*out)[i]))
			mg_json_bad(doc, "A number of \"%s\" is out of range.", key);
		end_of_number(doc, key, s, &end);
		s = end;
	}
	return n;
}

int
mg_json_int64s(const MgJson *doc, const char *key, int64 **out)
{
	const char *s = mg_json_string(doc, key);
	int			n = count_numbers(s);
	int			i;

	*out = (int64 *) MemoryContextAllocHuge(CurrentMemoryContext,
											(Size) (n + 1) * sizeof(int64));
	for (i = 0; i < n; i++)
	{
		const char *end;
		long long	x;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (*s != '-' && (*s < '0' || *s > '9'))
			mg_json_bad(doc, "The value of \"%s\" is not a list of numbers.",
						key);
		errno = 0;
		x = strtoll(s, (char **) &end, 10);
		if (errno == ERANGE)
			mg_json_bad(doc, "A number of \"%s\" is out of range.", key);
		(*out)[i] = (int64) x;
		end_of_number(doc, key, s, &end);
		s = end;
	}
	return n;
}

/* An array of strings, copied and checked in the server's encoding. */
int
mg_json_labels(const MgJson *doc, const char *key, char ***out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(doc->root, key);
	const cJSON *a;
	int			n;
	int			i = 0;

	if (!cJSON_IsArray(item))
		mg_json_bad(doc, "The value of \"%s\" is not an array of strings.", key);
	n = cJSON_GetArraySize(item);
	*out = (char **) MemoryContextAllocHuge(CurrentMemoryContext,
											(Size) (n + 1) * sizeof(char *));
	cJSON_ArrayForEach(a, item)
	{
		if (!cJSON_IsString(a) ||
			!pg_verifymbstr(a->valuestring, (int) strlen(a->valuestring), true))
			mg_json_bad(doc, "The value of \"%s\" is not an array of strings.",
						key);
		(*out)[i++] = pstrdup(a->valuestring);
	}
	return n;
}

int
mg_json_array_size(const MgJson *doc, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(doc->root, key);

	if (!cJSON_IsArray(item))
		mg_json_bad(doc, "The value of \"%s\" is not an array.", key);
	return cJSON_GetArraySize(item);
}

/* An object in an array, as a document of its own; not to be closed. */
void
mg_json_element(const MgJson *doc, const char *key, int i, MgJson *element)
{
	element->what = doc->what;
	element->is_type = doc->is_type;
	element->root = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(doc->root, key), i);
	check_root(element);
}

/* "key":  with a comma unless it is the first */
void
mg_put_key(StringInfo buf, const char *key)
{
	if (buf->data[buf->len - 1] != '{')
		appendStringInfoChar(buf, ',');
	appendStringInfo(buf, "\"%s\":", key);
}

/* The shortest digits that read back as the same double. */
void
mg_put_double(StringInfo buf, double x)
{
	enlargeStringInfo(buf, DOUBLE_SHORTEST_DECIMAL_LEN);
	buf->len += double_to_shortest_decimal_bufn(x, buf->data + buf->len);
	buf->data[buf->len] = '\0';
}

void
mg_put_int64(StringInfo buf, int64 x)
{
	enlargeStringInfo(buf, 24);
	pg_lltoa(x, buf->data + buf->len);
	buf->len += strlen(buf->data + buf->len);
}

/*-------------------------------------------------------------------------
 *
 * json_place.c
 *		Places in a JSON document, for errors that point at them.
 *
 * Somebody writes these documents by hand, so a fault is reported with the
 * path of keys and indexes (from 0) that leads to it: methods.likert.map[2].
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"

#include "io/json_place.h"

/* More keys than any document has; a bound on the search for duplicates. */
#define MOST_KEYS	256

static void
put_path(StringInfo buf, const MgPlace *place)
{
	if (place->parent == NULL)
		return;
	put_path(buf, place->parent);
	if (place->key == NULL)
		appendStringInfo(buf, "[%d]", place->index);
	else
		appendStringInfo(buf, "%s%.64s", buf->len == 0 ? "" : ".", place->key);
}

/* An error that says where, and what is wrong there. */
void
mg_place_bad(const MgPlace *place, const char *detail,...)
{
	char		message[256];
	StringInfoData path;
	va_list		args;

	va_start(args, detail);
	vsnprintf(message, sizeof(message), detail, args);
	va_end(args);
	initStringInfo(&path);
	put_path(&path, place);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid %s", place->doc->what),
			 path.len == 0 ? errdetail_internal("%s", message) :
			 errdetail_internal("%s: %s", path.data, message)));
}

MgPlace
mg_place_root(const MgJson *doc)
{
	MgPlace		place = {doc, NULL, doc->root, NULL, 0};

	return place;
}

/*
 * It is an object without duplicate keys and, unless the list is NULL,
 * without keys that are not in the list: a key written wrongly would be
 * ignored.
 */
void
mg_place_object(const MgPlace *place, const char *const *keys, int n_keys)
{
	const cJSON *a;

	if (!cJSON_IsObject(place->item))
		mg_place_bad(place, "It is not an object.");
	if (cJSON_GetArraySize(place->item) > MOST_KEYS)
		mg_place_bad(place, "It has more than %d keys.", MOST_KEYS);
	for (a = place->item->child; a != NULL; a = a->next)
	{
		const cJSON *b;
		int			i;

		for (b = place->item->child; b != a; b = b->next)
		{
			if (strcmp(a->string, b->string) == 0)
				mg_place_bad(place, "The key \"%.64s\" is there twice.",
							 a->string);
		}
		for (i = 0; i < n_keys && strcmp(keys[i], a->string) != 0;)
			i++;
		if (keys != NULL && i == n_keys)
			mg_place_bad(place, "The key \"%.64s\" is unknown.", a->string);
	}
}

/* The value of a key; false when it is not there. */
bool
mg_place_key(const MgPlace *place, const char *key, MgPlace *out)
{
	out->doc = place->doc;
	out->parent = place;
	out->item = cJSON_GetObjectItemCaseSensitive(place->item, key);
	out->key = key;
	out->index = 0;
	return out->item != NULL;
}

MgPlace
mg_place_need(const MgPlace *place, const char *key)
{
	MgPlace		out;

	if (!mg_place_key(place, key, &out))
		mg_place_bad(place, "The key \"%s\" is missing.", key);
	return out;
}

/* It is an array; its length. */
int
mg_place_array(const MgPlace *place, int at_least, int at_most)
{
	int			n;

	if (!cJSON_IsArray(place->item))
		mg_place_bad(place, "It is not an array.");
	n = cJSON_GetArraySize(place->item);
	if (n < at_least)
		mg_place_bad(place, "It has %d elements; it needs %d.", n, at_least);
	if (n > at_most)
		mg_place_bad(place, "It has %d elements; it may have %d.", n, at_most);
	return n;
}

/* Steps through an object or array; start with child->doc = NULL. */
bool
mg_place_next(const MgPlace *parent, MgPlace *child)
{
	bool		first = child->doc == NULL;

	child->item = first ? parent->item->child : child->item->next;
	child->index = first ? 0 : child->index + 1;
	child->doc = parent->doc;
	child->parent = parent;
	child->key = child->item == NULL ? NULL : child->item->string;
	return child->item != NULL;
}

/* A string that is not empty, copied, in the server's encoding. */
char *
mg_place_text(const MgPlace *place, int longest)
{
	int			len;

	if (!cJSON_IsString(place->item))
		mg_place_bad(place, "It is not a string.");
	len = (int) strlen(place->item->valuestring);
	if (len == 0)
		mg_place_bad(place, "It is empty.");
	if (len > longest)
		mg_place_bad(place, "It is longer than %d bytes.", longest);
	if (!pg_verifymbstr(place->item->valuestring, len, true))
		mg_place_bad(place, "It cannot be written in the database's encoding.");
	return pstrdup(place->item->valuestring);
}

double
mg_place_number(const MgPlace *place)
{
	if (!cJSON_IsNumber(place->item))
		mg_place_bad(place, "It is not a number.");
	if (!isfinite(place->item->valuedouble))
		mg_place_bad(place, "It is out of range.");
	return place->item->valuedouble;
}

int
mg_place_int(const MgPlace *place, int lowest, int highest)
{
	double		x = mg_place_number(place);

	if (x != floor(x))
		mg_place_bad(place, "It is not a whole number.");
	if (x < lowest || x > highest)
		mg_place_bad(place, "It is not from %d to %d.", lowest, highest);
	return (int) x;
}

bool
mg_place_bool(const MgPlace *place)
{
	if (!cJSON_IsBool(place->item))
		mg_place_bad(place, "It is neither true nor false.");
	return cJSON_IsTrue(place->item);
}

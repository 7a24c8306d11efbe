/*-------------------------------------------------------------------------
 *
 * json_place.h
 *		Places in a JSON document, for errors that point at them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_JSON_PLACE_H
#define MG_JSON_PLACE_H

#include "io/json.h"

/* A value in a document and how it was reached. */
typedef struct MgPlace
{
	const MgJson *doc;
	const struct MgPlace *parent;	/* NULL: the document itself */
	const cJSON *item;
	const char *key;			/* NULL: an element of an array */
	int			index;
} MgPlace;

extern void mg_place_bad(const MgPlace *place, const char *detail,...)
			pg_attribute_printf(2, 3);
extern MgPlace mg_place_root(const MgJson *doc);
extern void mg_place_object(const MgPlace *place, const char *const *keys,
							int n_keys);
extern bool mg_place_key(const MgPlace *place, const char *key, MgPlace *out);
extern MgPlace mg_place_need(const MgPlace *place, const char *key);
extern int	mg_place_array(const MgPlace *place, int at_least, int at_most);
extern bool mg_place_next(const MgPlace *parent, MgPlace *child);
extern char *mg_place_text(const MgPlace *place, int longest);
extern double mg_place_number(const MgPlace *place);
extern int	mg_place_int(const MgPlace *place, int lowest, int highest);
extern bool mg_place_bool(const MgPlace *place);

#endif							/* MG_JSON_PLACE_H */

/*-------------------------------------------------------------------------
 *
 * json.h
 *		JSON documents that cross the border, read by cJSON.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_JSON_H
#define MG_JSON_H

#include "postgres.h"

#include <cjson/cJSON.h>

#include "lib/stringinfo.h"

/*
 * A parsed document; "what" names it in messages: a type whose text form it
 * is, or the kind of document.
 */
typedef struct MgJson
{
	cJSON	   *root;
	const char *what;
	bool		is_type;
} MgJson;

/* A word of the key "flags", which holds a list of them. */
typedef struct MgJsonFlag
{
	uint16		flag;
	const char *name;
} MgJsonFlag;

extern void mg_json_open(MgJson *doc, const char *str, const char *what);
extern void mg_json_open_document(MgJson *doc, const char *str,
								  const char *what);
extern void mg_json_close(MgJson *doc);
extern void mg_json_bad(const MgJson *doc, const char *detail,...)
			pg_attribute_printf(2, 3);
extern void mg_json_only_keys(const MgJson *doc, const char *const *keys,
							  int n_keys);
extern bool mg_json_has(const MgJson *doc, const char *key);
extern const char *mg_json_string(const MgJson *doc, const char *key);
extern uint16 mg_json_flags(const MgJson *doc, const MgJsonFlag *known,
							int n_known);
extern int	mg_json_doubles(const MgJson *doc, const char *key, double **out);
extern int	mg_json_int64s(const MgJson *doc, const char *key, int64 **out);
extern int	mg_json_array_size(const MgJson *doc, const char *key);
extern void mg_json_element(const MgJson *doc, const char *key, int i,
							MgJson *element);
extern int	mg_json_labels(const MgJson *doc, const char *key, char ***out);

extern const char *mg_clip(const char *s, int len);
extern void mg_put_key(StringInfo buf, const char *key);
extern void mg_put_double(StringInfo buf, double x);
extern void mg_put_int64(StringInfo buf, int64 x);

#endif							/* MG_JSON_H */

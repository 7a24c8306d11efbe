/*-------------------------------------------------------------------------
 *
 * keyed_hash.h
 *		Numbers in place of names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_KEYED_HASH_H
#define MG_KEYED_HASH_H

#include "postgres.h"

typedef struct MgSecret
{
	uint8		inner[64];
	uint8		outer[64];
} MgSecret;

extern void mg_secret(MgSecret *secret, const text *t);
extern int64 mg_keyed_hash(const MgSecret *secret, const char *message);
extern int64 mg_person_hash(const MgSecret *secret, const char *name);

#endif							/* MG_KEYED_HASH_H */

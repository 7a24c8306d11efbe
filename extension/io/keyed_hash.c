/*-------------------------------------------------------------------------
 *
 * keyed_hash.c
 *		Numbers in place of names: HMAC-SHA256 (RFC 2104), its first 64 bits.
 *
 * Without the secret nobody can tell whether a number stands for a given
 * name; with a plain hash anybody could, by trying names.  SHA-256 is the
 * server's own function, which every supported version has under one name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "io/keyed_hash.h"

#define BLOCK	64				/* of SHA-256 */
#define DIGEST	32
#define SHORTEST_SECRET 16

/* SHA-256 of two strings of bytes, one behind the other */
static void
sha256(const uint8 *a, Size a_len, const uint8 *b, Size b_len, uint8 *digest)
{
	bytea	   *input = (bytea *) palloc(VARHDRSZ + a_len + b_len);
	bytea	   *output;

	SET_VARSIZE(input, VARHDRSZ + a_len + b_len);
	if (a_len > 0)
		memcpy(VARDATA(input), a, a_len);
	if (b_len > 0)
		memcpy(VARDATA(input) + a_len, b, b_len);
	output = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea,
												 PointerGetDatum(input)));
	memcpy(digest, VARDATA_ANY(output), DIGEST);
	memset(input, 0, VARHDRSZ + a_len + b_len);
	pfree(input);
	pfree(output);
}

/* Text in UTF-8, so that the numbers are the same in every database. */
static const char *
in_utf8(const char *s, Size *len)
{
	char	   *t = pg_server_to_any(s, (int) *len, PG_UTF8);

	if (t != s)
		*len = strlen(t);
	return t;
}

/* Makes ready to hash with a secret, which is kept nowhere else. */
void
mg_secret(MgSecret *secret, const text *t)
{
	Size		len = VARSIZE_ANY_EXHDR(t);
	uint8		key[BLOCK] = {0};
	const char *s;
	int			i;

	if (len < SHORTEST_SECRET)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("secret must have at least %d characters",
						SHORTEST_SECRET),
				 errhint("Who can guess it can tell who voted: use a long random one, and keep it outside the database.")));
	s = in_utf8(VARDATA_ANY(t), &len);
	if (len > BLOCK)
		sha256((const uint8 *) s, len, NULL, 0, key);
	else
		memcpy(key, s, len);
	for (i = 0; i < BLOCK; i++)
	{
		secret->inner[i] = key[i] ^ 0x36;
		secret->outer[i] = key[i] ^ 0x5c;
	}
}

int64
mg_keyed_hash(const MgSecret *secret, const char *message)
{
	Size		len = strlen(message);
	const char *s = in_utf8(message, &len);
	uint8		digest[DIGEST];
	uint64		first = 0;
	int			i;

	sha256(secret->inner, BLOCK, (const uint8 *) s, len, digest);
	sha256(secret->outer, BLOCK, digest, DIGEST, digest);
	for (i = 0; i < 8; i++)
		first = first << 8 | digest[i];
	return (int64) first;
}

/*
 * The same of a name or an e-mail address as people write it: white space at
 * the ends is dropped, elsewhere it is one space; ASCII letters are small.
 */
int64
mg_person_hash(const MgSecret *secret, const char *name)
{
	char	   *plain = palloc(strlen(name) + 1);
	char	   *to = plain;
	int64		hash;
	const char *p;

	for (p = name; *p != '\0'; p++)
	{
		if (strchr(" \t\r\n", *p) != NULL)
		{
			if (to > plain && to[-1] != ' ')
				*to++ = ' ';
		}
		else
			*to++ = *p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p;
	}
	if (to > plain && to[-1] == ' ')
		to--;
	*to = '\0';
	hash = mg_keyed_hash(secret, plain);
	memset(plain, 0, strlen(plain));
	pfree(plain);
	return hash;
}

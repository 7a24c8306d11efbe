/*-------------------------------------------------------------------------
 *
 * key.c
 *		64-bit keys for identifiers that are not integers.
 *
 * key(x) is the first 8 bytes of SHA-256, read as a big-endian signed
 * integer: of the text in UTF-8, or of the 16 bytes of the UUID.  So the same
 * identifier has the same key on every server, of any encoding and byte
 * order, and in any other language.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/uuid.h"

#include "core/compat.h"

static int64
key_of(const char *data, Size len)
{
	bytea	   *in = (bytea *) palloc(VARHDRSZ + len);
	bytea	   *out;
	const unsigned char *p;
	uint64		key = 0;
	int			i;

	SET_VARSIZE(in, VARHDRSZ + len);
	memcpy(VARDATA(in), data, len);
	out = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea,
											  PointerGetDatum(in)));
	p = (const unsigned char *) VARDATA_ANY(out);
	for (i = 0; i < 8; i++)
		key = key << 8 | p[i];
	pfree(in);
	pfree(out);
	return (int64) key;
}

PG_FUNCTION_INFO_V1(mindgap_key_text);

Datum
mindgap_key_text(PG_FUNCTION_ARGS)
{
	text	   *t = PG_GETARG_TEXT_PP(0);
	int			len = VARSIZE_ANY_EXHDR(t);
	char	   *utf8 = pg_server_to_any(VARDATA_ANY(t), len, PG_UTF8);

	if (utf8 != VARDATA_ANY(t))
		len = (int) strlen(utf8);
	PG_RETURN_INT64(key_of(utf8, len));
}

PG_FUNCTION_INFO_V1(mindgap_key_uuid);

Datum
mindgap_key_uuid(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *uuid = PG_GETARG_UUID_P(0);

	PG_RETURN_INT64(key_of((const char *) uuid->data, UUID_LEN));
}

-- key(text) and key(uuid): the first 8 bytes of SHA-256, of the text's UTF-8 form or of the 16 bytes of
-- the UUID, as a big-endian signed integer.  Expected values: core's sha256(), and for a few the published
-- digests (FIPS 180-2: 'abc'; the empty message).

SELECT mindgap.key('abc') = x'ba7816bf8f01cfea'::bigint AS abc, mindgap.key('') = x'e3b0c44298fc1c14'::bigint AS empty,
	mindgap.key(NULL::text) IS NULL AS null_text, mindgap.key(NULL::uuid) IS NULL AS null_uuid;

CREATE TEMP TABLE t AS
SELECT t
FROM unnest(ARRAY['', ' ', 'a', 'A', 'abc', 'E01000001', 'né', 'né', '数', '😀', E'\n', E'\\', '''', repeat('x', 55), repeat('x', 56), repeat('x', 64),
	repeat('é', 2000), repeat('long ', 100000)]) t
UNION ALL
SELECT md5(i::text) FROM generate_series(1, 500) i;
SELECT count(*) AS texts,
	bool_and(mindgap.key(t) = ('x' || substr(encode(sha256(convert_to(t, 'UTF8')), 'hex'), 1, 16))::bit(64)::bigint) AS agree,
	count(DISTINCT mindgap.key(t)) = count(DISTINCT t) AS all_different,
	bool_or(mindgap.key(t) < 0) AND bool_or(mindgap.key(t) > 0) AS both_signs
FROM t;

CREATE TEMP TABLE u AS
SELECT md5(i::text)::uuid AS u FROM generate_series(1, 500) i
UNION ALL
SELECT unnest('{00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'::uuid[]);
SELECT count(*) AS uuids,
	bool_and(mindgap.key(u) = ('x' || substr(encode(sha256(uuid_send(u)), 'hex'), 1, 16))::bit(64)::bigint) AS agree,
	count(DISTINCT mindgap.key(u)) = count(*) AS all_different
FROM u;
-- a UUID is not its text
SELECT bool_and(mindgap.key(u) <> mindgap.key(u::text)) AS different,
	mindgap.key('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid) = mindgap.key('{a0eebc999c0b4ef8bb6d6bb9bd380a11}'::uuid) AS one_spelling
FROM u;
-- stored compressed or out of line makes no difference
CREATE TEMP TABLE long (plain text, outside text);
ALTER TABLE long ALTER outside SET STORAGE EXTERNAL;
INSERT INTO long SELECT x, x FROM (VALUES (repeat('abc', 20000))) v(x);
SELECT mindgap.key(plain) = mindgap.key(outside) AND mindgap.key(plain) = mindgap.key(repeat('abc', 20000)) AS stored FROM long;

-- what it is for: strata and PSUs that are not integers
SELECT e.n, e.df
FROM mindgap.estimates((SELECT mindgap.survey_agg(i, 'all', 1, mindgap.key('region ' || i % 2), mindgap.key(md5((i % 10)::text)::uuid)) FROM generate_series(1, 40) i)) e
WHERE e.subgroup = 'all';

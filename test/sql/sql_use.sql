-- A summary is a value like any other: stored in every way of storage, compressed or not, in arrays, records,
-- variables, cursors and prepared statements, spilt to disk with its group, and read by correlated queries.
-- Expected everywhere: the text of the summary made directly from the same rows in the same order.

CREATE SCHEMA use_test;
CREATE TABLE use_test.d AS
SELECT i, i * 7919 % 1009 / 8.0::float8 AS y, CASE WHEN i % 11 > 0 THEN 'g' || i % 4 END AS g, 1 + i % 5 AS w, i % 6 AS h, i % 120 AS c, i % 3 AS r
FROM generate_series(1, 3000) i;
CREATE TYPE use_test.holder AS (k int, s mindgap.survey_summary);
-- large: PSUs, as expanded objects while they grow; small: no PSUs; tiny: nothing counted, a short header when stored
CREATE TABLE use_test.s AS
SELECT r, mindgap.survey_agg(y, g, w, h, c ORDER BY i) AS large, mindgap.survey_agg(y, g, w ORDER BY i) AS small, mindgap.survey_agg(y, g, 0 ORDER BY i) AS tiny
FROM use_test.d
GROUP BY r;

-- Storage

CREATE TABLE use_test.stored (storage text, r int, large mindgap.survey_summary, small mindgap.survey_summary, tiny mindgap.survey_summary);
DO $$
DECLARE
	storage text;
BEGIN
	FOREACH storage IN ARRAY '{external,extended,main}'::text[] LOOP
		EXECUTE format('CREATE TABLE use_test.%1$s (r int, large mindgap.survey_summary, small mindgap.survey_summary, tiny mindgap.survey_summary)', storage);
		EXECUTE format('ALTER TABLE use_test.%1$s ALTER large SET STORAGE %1$s, ALTER small SET STORAGE %1$s, ALTER tiny SET STORAGE %1$s', storage);
		EXECUTE format('INSERT INTO use_test.%s SELECT * FROM use_test.s', storage);
		EXECUTE format('INSERT INTO use_test.stored SELECT %1$L, * FROM use_test.%1$s', storage);
	END LOOP;
	CREATE TABLE use_test.plain (r int, small mindgap.survey_summary, tiny mindgap.survey_summary);
	ALTER TABLE use_test.plain ALTER small SET STORAGE plain, ALTER tiny SET STORAGE plain;
	INSERT INTO use_test.plain SELECT r, small, tiny FROM use_test.s;
	INSERT INTO use_test.stored SELECT 'plain', p.r, s.large, p.small, p.tiny FROM use_test.plain p JOIN use_test.s USING (r);
END $$;
SELECT storage, count(*) AS rows, bool_and(a.large::text = s.large::text AND a.small::text = s.small::text AND a.tiny::text = s.tiny::text) AS same,
	bool_and((SELECT sum(estimate) FROM mindgap.estimates(a.large)) = (SELECT sum(estimate) FROM mindgap.estimates(s.large)) AND (mindgap.survey_design(a.tiny)).rows_as_psu = 1000) AS readable
FROM use_test.stored a JOIN use_test.s USING (r)
GROUP BY storage
ORDER BY storage;
SELECT storage, (mindgap.survey_design(mindgap.rollup(large))).rows_counted AS large, (mindgap.survey_design(mindgap.rollup(small))).rows_counted AS small, (mindgap.survey_design(mindgap.rollup(tiny))).rows_as_psu AS tiny
FROM use_test.stored
GROUP BY storage
ORDER BY storage;
UPDATE use_test.external SET large = small, small = large WHERE r = 1;
SELECT bool_and(CASE e.r WHEN 1 THEN e.large::text = s.small::text AND e.small::text = s.large::text ELSE e.large::text = s.large::text END) AS updated FROM use_test.external e JOIN use_test.s USING (r);

-- Arrays, records, functions of both, variables

SELECT array_agg(u::text ORDER BY o) = (SELECT array_agg(large::text ORDER BY r) FROM use_test.s) AS in_arrays
FROM (SELECT array_agg(large ORDER BY r) AS a FROM use_test.s) q, unnest(a) WITH ORDINALITY u(u, o);
SELECT bool_and((h).s::text = s.large::text) AS in_records, bool_and((SELECT n FROM mindgap.estimates((h).s) WHERE subgroup IS NULL) = (SELECT n FROM mindgap.estimates(s.large) WHERE subgroup IS NULL)) AS readable
FROM (SELECT ROW(r, large)::use_test.holder AS h, large FROM use_test.s) s;
DO $$
DECLARE
	a mindgap.survey_summary;
	b mindgap.survey_summary;
	many mindgap.survey_summary[];
	holder use_test.holder;
	r record;
BEGIN
	SELECT mindgap.survey_agg(d.y, d.g, d.w, d.h, d.c) INTO a FROM use_test.d;
	FOR i IN 1 .. 100 LOOP
		b := a;
		many := many || b;
		SELECT mindgap.rollup(x) INTO a FROM unnest(ARRAY[a]) x;
		IF a::text <> b::text THEN
			RAISE EXCEPTION 'changed in round %', i;
		END IF;
	END LOOP;
	holder.s := a;
	r := holder;
	a := NULL;
	RAISE NOTICE '% %', r.s::text = many[1]::text, many[1]::text = many[100]::text;
END $$;

-- Statements that keep a plan or a result

-- seven times: past the fifth, the plan is a generic one
CREATE FUNCTION pg_temp.of_region(region int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	x float8;
BEGIN
	SELECT estimate INTO x
	FROM (SELECT mindgap.survey_agg(y, g, w, d.h, c ORDER BY i) AS s FROM use_test.d WHERE r = region) q, mindgap.gap(s, compare => 'g1', reference => 'g2');
	RETURN x;
END $$;
SELECT r, count(DISTINCT pg_temp.of_region(r)) AS answers, bool_and(pg_temp.of_region(r) = (SELECT estimate FROM mindgap.gap(large, compare => 'g1', reference => 'g2'))) AS right_one
FROM use_test.s, generate_series(1, 7)
GROUP BY r
ORDER BY r;
PREPARE of_region (int) AS SELECT mindgap.survey_agg(y, g, w, h, c ORDER BY i)::text = (SELECT large::text FROM use_test.s WHERE r = $1) AS prepared FROM use_test.d WHERE r = $1;
EXECUTE of_region (1);
EXECUTE of_region (2);
DEALLOCATE of_region;
BEGIN;
DECLARE kept CURSOR WITH HOLD FOR SELECT r, large FROM use_test.s ORDER BY r;
FETCH 1 FROM kept \gset first_
COMMIT;
MOVE 1 IN kept;
FETCH 1 FROM kept \gset last_
CLOSE kept;
SELECT bool_and(large::text = CASE r WHEN :first_r THEN :'first_large' ELSE :'last_large' END) AS held FROM use_test.s WHERE r IN (:first_r, :last_r);

-- Correlated queries, LATERAL, several aggregates of one state, GROUPING SETS by hash and by sort

SELECT r, (SELECT count(*) FROM mindgap.estimates((SELECT mindgap.survey_agg(y, g, w, h, c) FROM use_test.d WHERE d.r = s.r))) AS correlated, (SELECT e.n FROM mindgap.estimates(s.large) e WHERE e.subgroup IS NULL) AS lateral
FROM use_test.s
ORDER BY r;
SELECT mindgap.survey_agg(y, g, w, h, c)::text = mindgap.rollup(s)::text AS several
FROM (SELECT y, g, w, h, c, CASE WHEN i = 1 THEN (SELECT mindgap.survey_agg(y, g, w, h, c) FROM use_test.d) END AS s FROM use_test.d ORDER BY i) q;
CREATE TEMP TABLE sets AS SELECT h, r, mindgap.survey_agg(1, g, 1, 1, c)::text AS t FROM use_test.d GROUP BY CUBE (h, r);
SET enable_hashagg = off;
SELECT count(*) AS sets, bool_and(a.t = b.t) AS sort_as_hash
FROM sets a JOIN (SELECT h, r, mindgap.survey_agg(1, g, 1, 1, c)::text AS t FROM use_test.d GROUP BY CUBE (h, r)) b ON a.h IS NOT DISTINCT FROM b.h AND a.r IS NOT DISTINCT FROM b.r;
RESET enable_hashagg;

-- Many groups in little memory: small states, and large ones, spilt and read back

SET work_mem = '64kB';
SET enable_sort = off;
SELECT count(*) AS groups, sum((mindgap.survey_design(s)).rows_counted) AS rows, sum((mindgap.survey_design(s)).subgroups) AS subgroups
FROM (SELECT i % 20000 AS k, mindgap.survey_agg(i, 'a' || i / 20000 % 2) AS s FROM generate_series(1, 60000) i GROUP BY 1) q;
SELECT count(*) AS groups, sum((mindgap.survey_design(s)).rows_counted) AS rows, sum((mindgap.survey_design(s)).psus) AS psus
FROM (SELECT i % 300 AS k, mindgap.survey_agg(i, 'a' || i % 2, 1, 1, i / 300 % 100) AS s FROM generate_series(1, 60000) i GROUP BY 1) q;
RESET enable_sort;
RESET work_mem;

-- Cancelled in the middle, and again: the next call is none the worse

CREATE FUNCTION pg_temp.cancelled(query text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE query;
	RETURN false;
EXCEPTION WHEN query_canceled THEN
	RETURN true;
END $$;
SET statement_timeout = '50ms';
SELECT pg_temp.cancelled('SELECT mindgap.survey_agg(k, ''g'' || k % 5, 1, k % 9, k) FROM generate_series(1, 5000000) k') AS while_it_grows;
SELECT pg_temp.cancelled('SELECT mindgap.survey_agg(k, ''g'' || k % 5) FROM generate_series(1, 5000000) k') AS while_small;
SELECT pg_temp.cancelled('SELECT mindgap.rollup(s.large) FROM use_test.s, generate_series(1, 1000000)') AS while_merging;
RESET statement_timeout;
SELECT (mindgap.survey_design(mindgap.survey_agg(i, 'g' || i % 5, 1, i % 9, i))).psus FROM generate_series(1, 1000) i;

-- Memory: ten thousand calls in one session leave nothing behind
CREATE FUNCTION pg_temp.resident() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RETURN substring(pg_read_file('/proc/self/status') FROM 'VmRSS:\s+(\d+) kB')::bigint;
EXCEPTION WHEN OTHERS THEN
	RETURN 0; -- not Linux
END $$;
CREATE FUNCTION pg_temp.many_calls(n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	s mindgap.survey_summary;
	t text;
	x float8;
BEGIN
	SELECT large, large::text INTO s, t FROM use_test.s WHERE r = 0;
	FOR i IN 1 .. n LOOP
		SELECT sum(estimate) INTO x FROM mindgap.estimates(s);
		x := (mindgap.gap(s, compare => 'g1', reference => 'g2')).estimate;
		IF i % 10 = 0 THEN
			s := t::mindgap.survey_summary;
			BEGIN
				PERFORM (t || 'x')::mindgap.survey_summary;
			EXCEPTION WHEN OTHERS THEN
				NULL;
			END;
			BEGIN
				PERFORM mindgap.gap(s, compare => 'g1', reference => 'nowhere');
			EXCEPTION WHEN OTHERS THEN
				NULL;
			END;
		END IF;
	END LOOP;
	RETURN pg_temp.resident();
END $$;
SELECT pg_temp.many_calls(1000) AS warm \gset
SELECT pg_temp.many_calls(9000) - :warm < 4000 AS steady;

SET client_min_messages = warning;
DROP SCHEMA use_test CASCADE;

-- The summary of the whole is the merged summary of its parts: by rollup in any order and any
-- nesting, over partitions, by parallel workers, through text and binary form, whatever the
-- size of the parts.  Every comparison is with one pass over all rows, to 1e-12.

CREATE FUNCTION pg_temp.rnd(seed bigint, i bigint, m bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ((i * 48271 + seed * 7919 + 12345) % 2147483647 * 16807 % 2147483647 * 69621 % 2147483647) % m $$;

-- 'same' where all estimates, totals and covariances agree, else what does not.
CREATE FUNCTION pg_temp.compare(a mindgap.survey_summary, b mindgap.survey_summary, tol float8 DEFAULT 1e-12) RETURNS text
LANGUAGE sql AS $$
WITH e AS (
	SELECT statistic, a.*, b.n AS n2, b.n_missing AS n_missing2, b.population AS population2, b.estimate AS estimate2,
		b.std_error AS std_error2, b.df AS df2, b.design_effect AS design_effect2, b.status AS status2, b.i IS NOT NULL AND a.i = b.i AS in_order
	FROM unnest('{mean,total}'::text[]) statistic,
		LATERAL (SELECT *, row_number() OVER () AS i FROM mindgap.estimates(a, statistic, lonely_psu => 'adjust')) a
		FULL JOIN LATERAL (SELECT *, row_number() OVER () AS i FROM mindgap.estimates(b, statistic, lonely_psu => 'adjust')) b USING (subgroup)
	WHERE a.subgroup IS NOT NULL AND b.subgroup IS NOT NULL
), wrong AS (
	SELECT DISTINCT what
	FROM e, LATERAL (VALUES
		('n', n = n2), ('n_missing', n_missing = n_missing2), ('df', df IS NOT DISTINCT FROM df2), ('status', status = status2), ('order', in_order),
		('population', abs(population - population2) <= tol * population),
		('estimate', estimate IS NOT DISTINCT FROM estimate2 OR abs(estimate - estimate2) <= tol * greatest(abs(estimate), std_error)),
		('std_error', std_error IS NOT DISTINCT FROM std_error2 OR abs(std_error - std_error2) <= tol * std_error),
		('design_effect', design_effect IS NOT DISTINCT FROM design_effect2 OR abs(design_effect - design_effect2) <= tol * design_effect)
	) v(what, fine)
	WHERE fine IS NOT TRUE
	UNION ALL
	SELECT 'covariance'
	FROM (SELECT a.covariance AS c, b.covariance AS c2
			FROM (SELECT *, row_number() OVER () AS i FROM mindgap.covariance(a, lonely_psu => 'adjust')) a
			FULL JOIN (SELECT *, row_number() OVER () AS i FROM mindgap.covariance(b, lonely_psu => 'adjust')) b
				ON a.i = b.i AND a.subgroup_a IS NOT DISTINCT FROM b.subgroup_a AND a.subgroup_b IS NOT DISTINCT FROM b.subgroup_b) c
	HAVING NOT bool_and(c IS NOT DISTINCT FROM c2 OR coalesce(abs(c - c2), 'Infinity') <= tol * (SELECT max(covariance) FROM mindgap.covariance(a, lonely_psu => 'adjust')))
	UNION ALL
	SELECT 'everybody'
	FROM mindgap.estimates(a, lonely_psu => 'adjust') a, mindgap.estimates(b, lonely_psu => 'adjust') b
	WHERE a.subgroup IS NULL AND b.subgroup IS NULL AND
		NOT (a.n = b.n AND a.estimate - b.estimate BETWEEN -tol * a.std_error - tol * abs(a.estimate) AND tol * a.std_error + tol * abs(a.estimate) AND
			abs(a.std_error - b.std_error) <= tol * a.std_error)
	UNION ALL
	SELECT 'design'
	WHERE (SELECT (x.strata, x.psus, x.rows_as_psu, x.rows_without_weight, x.subgroups, x.cells, x.bytes) FROM mindgap.survey_design(a) x) <>
		(SELECT (x.strata, x.psus, x.rows_as_psu, x.rows_without_weight, x.subgroups, x.cells, x.bytes) FROM mindgap.survey_design(b) x)
)
SELECT coalesce(string_agg(what, ', ' ORDER BY what), 'same') FROM wrong
$$;

CREATE SCHEMA merge_test;
CREATE TABLE merge_test.d (id int, part int, y float8, g text, k bigint, w float8, h bigint, c bigint) PARTITION BY LIST (part);
CREATE TABLE merge_test.d0 PARTITION OF merge_test.d FOR VALUES IN (0);
CREATE TABLE merge_test.d1 PARTITION OF merge_test.d FOR VALUES IN (1);
CREATE TABLE merge_test.d2 PARTITION OF merge_test.d FOR VALUES IN (2);
INSERT INTO merge_test.d
SELECT i, pg_temp.rnd(1, i, 3), CASE WHEN pg_temp.rnd(2, i, 10) > 0 THEN pg_temp.rnd(3, i, 900) / 7.0 END,
	CASE WHEN pg_temp.rnd(4, i, 15) > 0 THEN 'group ' || pg_temp.rnd(5, i, 5) END,
	CASE WHEN pg_temp.rnd(4, i, 15) > 0 THEN pg_temp.rnd(5, i, 40) - 20 END,
	CASE WHEN pg_temp.rnd(6, i, 20) > 0 THEN pg_temp.rnd(7, i, 90) / 8.0 END,
	pg_temp.rnd(8, i, 8), CASE WHEN pg_temp.rnd(9, i, 5) > 0 THEN pg_temp.rnd(10, i, 25) END
FROM generate_series(1, 12000) i;
ANALYZE merge_test.d;

-- the whole, four kinds: large with PSUs, many integer subgroups, small without PSUs, nothing but an outcome
CREATE TABLE merge_test.whole AS
SELECT mindgap.survey_agg(y, g, w, h, c) AS designed, mindgap.survey_agg(y, k, w, h, c, 400) AS by_integer,
	mindgap.survey_agg(y, g, w) AS weighted, mindgap.survey_agg(y) AS bare
FROM merge_test.d;

-- Parts in any number and order

SELECT n, pg_temp.compare(whole.designed, p.designed) AS designed, pg_temp.compare(whole.by_integer, p.by_integer) AS by_integer,
	pg_temp.compare(whole.weighted, p.weighted) AS weighted, pg_temp.compare(whole.bare, p.bare) AS bare
FROM merge_test.whole, unnest('{1,2,7,60,700,12000}'::int[]) n,
	LATERAL (SELECT mindgap.rollup(designed ORDER BY part) AS designed, mindgap.rollup(by_integer ORDER BY part DESC) AS by_integer,
			mindgap.rollup(weighted ORDER BY pg_temp.rnd(31, part, 1000)) AS weighted, mindgap.rollup(bare ORDER BY pg_temp.rnd(32, part, 1000)) AS bare
		FROM (SELECT pg_temp.rnd(30, id, n) AS part, mindgap.survey_agg(y, g, w, h, c) AS designed, mindgap.survey_agg(y, k, w, h, c, 400) AS by_integer,
				mindgap.survey_agg(y, g, w) AS weighted, mindgap.survey_agg(y) AS bare
			FROM merge_test.d
			GROUP BY 1) q) p
ORDER BY n;

-- parts by stratum, PSU and subgroup: no part has what another has
SELECT pg_temp.compare(designed, by_stratum) AS strata, pg_temp.compare(designed, by_psu) AS psus, pg_temp.compare(designed, by_group) AS subgroups
FROM merge_test.whole,
	(SELECT mindgap.rollup(s) AS by_stratum FROM (SELECT mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.d GROUP BY h) p) a,
	(SELECT mindgap.rollup(s) AS by_psu FROM (SELECT mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.d GROUP BY h, c) p) b,
	(SELECT mindgap.rollup(s) AS by_group FROM (SELECT mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.d GROUP BY g) p) c;

-- nested: parts of parts
SELECT pg_temp.compare(designed, nested) AS nested, pg_temp.compare(designed, uneven) AS uneven
FROM merge_test.whole,
	(SELECT mindgap.rollup(s) AS nested
		FROM (SELECT mindgap.rollup(s) AS s
			FROM (SELECT h, part, mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.d GROUP BY h, part) p GROUP BY part) q) a,
	(SELECT mindgap.rollup(s) AS uneven
		FROM (SELECT mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.d WHERE id <= 11000
			UNION ALL SELECT mindgap.rollup(s) FROM (SELECT mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.d WHERE id > 11000 GROUP BY id) p) q) b;

-- NULL changes nothing, one part is itself bit for bit, none is NULL
SELECT pg_temp.compare(designed, (SELECT mindgap.rollup(s) FROM unnest(ARRAY[NULL, designed, NULL, NULL]) s)) AS with_nulls,
	(SELECT mindgap.rollup(s) FROM unnest(ARRAY[NULL, designed, NULL]) s)::text = designed::text AS one_large,
	(SELECT mindgap.rollup(s) FROM unnest(ARRAY[weighted]) s)::text = weighted::text AS one_small,
	(SELECT mindgap.rollup(s) FROM unnest(ARRAY[NULL, NULL]::mindgap.survey_summary[]) s) IS NULL AS nulls
FROM merge_test.whole;

-- small with small, small with large, large with large, either first
SELECT 10 * v.a AS first_rows, 10 * v.b AS second_rows, pg_temp.compare(w.s, m.ab) AS "first then second", pg_temp.compare(w.s, m.ba) AS "second then first"
FROM (VALUES (1, 1), (1, 3), (3, 300), (300, 3), (300, 300)) v(a, b),
	LATERAL (SELECT mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.d WHERE id <= 10 * (a + b)) w,
	LATERAL (SELECT mindgap.rollup(s ORDER BY i) AS ab, mindgap.rollup(s ORDER BY i DESC) AS ba
		FROM (SELECT id <= 10 * a AS i, mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.d WHERE id <= 10 * (a + b) GROUP BY 1) p) m
ORDER BY v.a, v.b;

-- A state changes its form as it grows.  Around that size, and with each kind of key alone, a pass
-- over the rows and a rollup of single rows are the same.
CREATE FUNCTION pg_temp.grown(kind text, n int, single boolean) RETURNS mindgap.survey_summary LANGUAGE plpgsql AS $$
DECLARE
	arguments text := CASE kind
		WHEN 'strata' THEN 'i % 2, 1 + i % 3, i % $1, 1'
		WHEN 'psus' THEN '1, 1 + i % 3, 1, i % $1'
		WHEN 'subgroups' THEN 'i % $1, 1 + i % 3, 1, i % 2'
		WHEN 'row strata' THEN '1, 1 + i % 3, i % $1, NULL'
		WHEN 'row subgroups' THEN 'i % $1, 1 + i % 3, i % 2, NULL'
		WHEN 'labels' THEN 'repeat(''x'', $1 * 100) || i % 11' END;
	s mindgap.survey_summary;
BEGIN
	EXECUTE format('SELECT mindgap.rollup(s) FROM (SELECT mindgap.survey_agg(i * i %% 17 + i, %s) AS s FROM generate_series(1, 2 * $1) i %s) p',
		arguments, CASE WHEN single THEN 'GROUP BY i' END) INTO s USING n;
	RETURN s;
END $$;
SELECT kind, string_agg(n || ': ' || r, '; ' ORDER BY n) FILTER (WHERE r <> 'same') AS differ, count(*) AS sizes
FROM unnest('{strata,psus,subgroups,row strata,row subgroups,labels}'::text[]) WITH ORDINALITY k(kind, i), generate_series(58, 70) n,
	LATERAL pg_temp.compare(pg_temp.grown(kind, n, false), pg_temp.grown(kind, n, true)) r
GROUP BY k.i, kind
ORDER BY k.i;

-- Parts whose outcomes lie far from the others' have another shift inside.  To the precision that
-- the numbers themselves have.
SELECT offset_of_part, pg_temp.compare(w.psus, m.psus, tol) AS psus, pg_temp.compare(w.rows, m.rows, tol) AS rows
FROM (VALUES (0::float8, 1e-12), (100, 1e-12), (1e5, 1e-10), (-1e5, 1e-10)) v(offset_of_part, tol),
	LATERAL (SELECT mindgap.survey_agg(y + part * offset_of_part, g, w, h, c) AS psus, mindgap.survey_agg(y + part * offset_of_part, g, w, h, NULL) AS rows
		FROM merge_test.d) w,
	LATERAL (SELECT mindgap.rollup(psus ORDER BY part) AS psus, mindgap.rollup(rows ORDER BY part) AS rows
		FROM (SELECT part, mindgap.survey_agg(y + part * offset_of_part, g, w, h, c) AS psus, mindgap.survey_agg(y + part * offset_of_part, g, w, h, NULL) AS rows
			FROM merge_test.d GROUP BY part) p) m
ORDER BY offset_of_part;
-- and all of them far from 0: errors as without the offset
SELECT v.design, bool_and(abs(a.std_error - b.std_error) <= 1e-7 * a.std_error) AS errors
FROM (SELECT 'PSUs' AS design, designed AS s, (SELECT mindgap.rollup(s) FROM (SELECT mindgap.survey_agg(y + 1e9, g, w, h, c) AS s FROM merge_test.d GROUP BY id % 5) p) AS far
		FROM merge_test.whole
	UNION ALL
	SELECT 'rows', (SELECT mindgap.survey_agg(y, g, w, h, NULL) FROM merge_test.d), (SELECT mindgap.rollup(s) FROM (SELECT mindgap.survey_agg(y + 1e9, g, w, h, NULL) AS s FROM merge_test.d GROUP BY id % 5) p)
	UNION ALL
	SELECT 'rows, many strata', (SELECT mindgap.survey_agg(y, g, w, id % 50, NULL) FROM merge_test.d), (SELECT mindgap.rollup(s) FROM (SELECT mindgap.survey_agg(y + 1e9, g, w, id % 50, NULL) AS s FROM merge_test.d GROUP BY id % 5) p)) v,
	mindgap.estimates(v.s) a, mindgap.estimates(v.far) b
WHERE a.subgroup IS NOT DISTINCT FROM b.subgroup
GROUP BY v.design
ORDER BY v.design;

-- Text and binary form give every bit back

SELECT bool_and(s::text::mindgap.survey_summary::text = s::text) AS text,
	bool_and(mindgap.survey_summary_send(s::text::mindgap.survey_summary) = mindgap.survey_summary_send(s)) AS "binary after text"
FROM merge_test.whole, unnest(ARRAY[designed, by_integer, weighted, bare]) s;
SELECT bool_and(s::text::mindgap.survey_summary::text = s::text) AS numbers
FROM (SELECT mindgap.survey_agg(y, 9007199254740993 + i % 2, w, h, 9223372036854775807 - i) AS s
	FROM unnest('{0.1,1e-300,-1e300,3,0.30000000000000004,1e22,123456789.123456789,-0.0}'::float8[],
		'{0.1,1e-5,3e-5,1e5,2.5e-308,5e-324,7,1}'::float8[], '{0,-9223372036854775808,9223372036854775807,0,1,-1,2,0}'::bigint[])
		WITH ORDINALITY u(y, w, h, i)
	GROUP BY y = -1e300) q;
-- a merge of what went through text is bit for bit the merge of what did not
SELECT mindgap.rollup(s ORDER BY part)::text = mindgap.rollup(s::text::mindgap.survey_summary ORDER BY part)::text AS merged
FROM (SELECT part, mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.d GROUP BY part) p;

-- Partitions, each aggregated by itself

CREATE FUNCTION pg_temp.plan_has(query text, word text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line LIKE '%' || word || '%' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
SET enable_partitionwise_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SELECT pg_temp.plan_has('SELECT mindgap.survey_agg(y, g, w, h, c) FROM merge_test.d', 'Partial Aggregate') AS partial;
SELECT pg_temp.compare(whole.designed, p.designed) AS designed, pg_temp.compare(whole.by_integer, p.by_integer) AS by_integer,
	pg_temp.compare(whole.weighted, p.weighted) AS weighted, pg_temp.compare(whole.bare, p.bare) AS bare
FROM merge_test.whole, (SELECT mindgap.survey_agg(y, g, w, h, c) AS designed, mindgap.survey_agg(y, k, w, h, c, 400) AS by_integer,
	mindgap.survey_agg(y, g, w) AS weighted, mindgap.survey_agg(y) AS bare FROM merge_test.d) p;
SELECT h, pg_temp.compare(a.s, b.s) AS grouped
FROM (SELECT h, mindgap.survey_agg(y, g, w, 1, c) AS s FROM merge_test.d GROUP BY h) a
JOIN (SELECT h, mindgap.survey_agg(y, g, w, 1, c ORDER BY id) AS s FROM merge_test.d GROUP BY h) b USING (h)
ORDER BY h;
SELECT mindgap.gap_difference(y, g = 'group 1', w)::numeric(20, 12) = (SELECT mindgap.gap_difference(y, g = 'group 1', w ORDER BY id)::numeric(20, 12) FROM merge_test.d) AS gap_difference
FROM merge_test.d;
RESET enable_partitionwise_aggregate;

-- Parallel workers; with more than one the leader only collects

CREATE TABLE merge_test.flat AS SELECT * FROM merge_test.d ORDER BY id;
ANALYZE merge_test.flat;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
CREATE TEMP TABLE by_workers (workers int, partial boolean, designed mindgap.survey_summary, by_integer mindgap.survey_summary,
	weighted mindgap.survey_summary, bare mindgap.survey_summary, gap float8);
DO $$
BEGIN
	FOR n IN 1 .. 8 LOOP
		EXECUTE format('SET max_parallel_workers_per_gather = %s', n);
		EXECUTE format('SET parallel_leader_participation = %s', n = 1);
		EXECUTE format('ALTER TABLE merge_test.flat SET (parallel_workers = %s)', n);
		INSERT INTO by_workers (workers, partial)
		VALUES (n, pg_temp.plan_has('SELECT mindgap.survey_agg(y, g, w, h, c) FROM merge_test.flat', 'Partial Aggregate'));
		-- a statement that writes is not run in parallel
		DECLARE r record;
		BEGIN
			SELECT mindgap.survey_agg(y, g, w, h, c) AS a, mindgap.survey_agg(y, k, w, h, c, 400) AS b, mindgap.survey_agg(y, g, w) AS c,
				mindgap.survey_agg(y) AS d, mindgap.gap_difference(y, g = 'group 1', w) AS e INTO r FROM merge_test.flat;
			UPDATE by_workers SET designed = r.a, by_integer = r.b, weighted = r.c, bare = r.d, gap = r.e WHERE workers = n;
		END;
	END LOOP;
END $$;
SELECT workers, partial, pg_temp.compare(whole.designed, p.designed) AS designed, pg_temp.compare(whole.by_integer, p.by_integer) AS by_integer,
	pg_temp.compare(whole.weighted, p.weighted) AS weighted, pg_temp.compare(whole.bare, p.bare) AS bare, abs(p.gap - g.gap) < 1e-12 AS gap_difference
FROM merge_test.whole, by_workers p, (SELECT mindgap.gap_difference(y, g = 'group 1', w ORDER BY id) AS gap FROM merge_test.d) g
ORDER BY workers;
-- rollup in parallel, of small and of large parts
CREATE TABLE merge_test.parts AS
SELECT id % 400 AS part, mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.d GROUP BY 1;
INSERT INTO merge_test.parts SELECT NULL, NULL FROM generate_series(1, 20);
ALTER TABLE merge_test.parts SET (parallel_workers = 3);
ANALYZE merge_test.parts;
SELECT pg_temp.plan_has('SELECT mindgap.rollup(s) FROM merge_test.parts', 'Partial Aggregate') AS partial;
SELECT pg_temp.compare(designed, (SELECT mindgap.rollup(s) FROM merge_test.parts)) AS rolled_up FROM merge_test.whole;
-- grouped, and no row for some worker
SELECT k, pg_temp.compare(f.s, d.s) AS grouped
FROM (SELECT k % 3 AS k, mindgap.survey_agg(y, g, w, h, c) AS s FROM merge_test.flat GROUP BY 1) f
FULL JOIN (SELECT k % 3 AS k, mindgap.survey_agg(y, g, w, h, c ORDER BY id) AS s FROM merge_test.d GROUP BY 1) d USING (k)
WHERE k IS NOT NULL
ORDER BY k;
SELECT mindgap.survey_agg(y, g, w, h, c) IS NULL AS no_rows FROM merge_test.flat WHERE id < 0;
SELECT (mindgap.survey_design(mindgap.survey_agg(y, g, w, h, c))).rows_counted AS one_row FROM merge_test.flat WHERE id = 7;
-- errors are those of a serial run
CREATE FUNCTION pg_temp.error_of(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE query;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
SELECT design, pg_temp.error_of(format('SELECT mindgap.survey_agg(%s) FROM merge_test.flat', a)) AS error
FROM (VALUES ('large', 'y, g, 1e308, h, c'), ('small', 'y, g, 1e308'), ('rows', 'y * 1e306, g, 1, 1, NULL'), ('fpc', 'y, g, w, h, c, id')) v(design, a)
ORDER BY design;

RESET parallel_leader_participation;
SET client_min_messages = warning;
DROP SCHEMA merge_test CASCADE;

-- moments_agg, rollup and regression: every rule about rows, merging, the text and
-- binary forms, and what the data cannot tell.
--
-- Expected values come from the server's own regr_ aggregates, from closed forms and
-- from the plain normal equations of weighted rows.  Agreement with R's lm is checked
-- in test/oracle/regression.sql.

CREATE FUNCTION pg_temp.close_to(a float8, b float8, tol float8 DEFAULT 1e-10) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= tol * greatest(abs(a), abs(b)), false) $$;

-- What a call raises, with detail and hint.
CREATE FUNCTION pg_temp.raises(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END $$;

CREATE TABLE moments_row AS
SELECT i, (i * 37 % 101)::float8 + 0.3 * (i * 13 % 17) AS y, (i * 13 % 17)::float8 AS a, (i * 29 % 23)::float8 AS b, 1 + i % 4 AS w
FROM generate_series(1, 1000) i;

-- One regressor: slope, intercept, standard error as the server's own aggregates give them.
SELECT term, pg_temp.close_to(r.estimate, CASE term WHEN 'a' THEN o.slope ELSE o.intercept END) AS estimate,
	pg_temp.close_to(r.std_error, CASE term WHEN 'a' THEN sqrt(o.s2 / o.sxx) ELSE sqrt(o.s2 * (1.0 / o.n + o.mean ^ 2 / o.sxx)) END) AS std_error,
	pg_temp.close_to(r.statistic, r.estimate / r.std_error) AS statistic, df, status
FROM (SELECT regr_slope(y, a) AS slope, regr_intercept(y, a) AS intercept, regr_sxx(y, a) AS sxx, avg(a) AS mean, count(*) AS n,
		(regr_syy(y, a) - regr_sxy(y, a) ^ 2 / regr_sxx(y, a)) / (count(*) - 2) AS s2,
		mindgap.moments_agg(y, ARRAY[a]) AS s FROM moments_row) o,
	mindgap.regression(s, '{a}') r;

-- No regressor: the mean and its standard error.
SELECT term, pg_temp.close_to(estimate, mean), pg_temp.close_to(std_error, se), df
FROM (SELECT avg(y) AS mean, stddev(y) / sqrt(count(*)) AS se, mindgap.moments_agg(y, '{}') AS s FROM moments_row) o, mindgap.regression(s);

-- Integer weights: estimates as if each row were there that often.
SELECT bool_and(pg_temp.close_to(x.estimate, z.estimate)) AS same, count(*)
FROM (SELECT mindgap.moments_agg(y, ARRAY[a, b], w) AS s FROM moments_row) p, mindgap.regression(s) x
JOIN (SELECT r.* FROM (SELECT mindgap.moments_agg(y, ARRAY[a, b]) AS s FROM moments_row, generate_series(1, w)) q, mindgap.regression(s) r) z USING (term);

-- The same answer serially, from parts, in parallel, however large the groups are.
CREATE FUNCTION pg_temp.same(a mindgap.moments_summary, b mindgap.moments_summary) RETURNS boolean LANGUAGE sql AS $$
	SELECT bool_and(pg_temp.close_to(x.estimate, y.estimate, 1e-12) AND pg_temp.close_to(x.std_error, y.std_error, 1e-12) AND x.df = y.df) AND count(*) = 3
	FROM mindgap.regression(a) x JOIN mindgap.regression(b) y USING (term)
$$;
CREATE TABLE moments_whole AS SELECT mindgap.moments_agg(y, ARRAY[a, b], w) AS s FROM moments_row;
SELECT size, (SELECT pg_temp.same(mindgap.rollup(p.s), w.s)
	FROM (SELECT mindgap.moments_agg(y, ARRAY[a, b], r.w) AS s FROM moments_row r GROUP BY i / size) p) AS same
FROM (VALUES (1), (2), (5), (17), (64), (65), (129), (2000)) v(size), moments_whole w;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.plan_has(command text, part text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || command LOOP
		IF line LIKE '%' || part || '%' THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;
SELECT pg_temp.plan_has('SELECT mindgap.moments_agg(y, ARRAY[a, b], w) FROM moments_row', 'Partial Aggregate') AS parallel;
SELECT pg_temp.same(p.s, w.s) AS same FROM (SELECT mindgap.moments_agg(y, ARRAY[a, b], w) AS s FROM moments_row) p, moments_whole w;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET parallel_tuple_cost;
RESET parallel_setup_cost;

-- However the array is stored: short, whole, out of line, compressed, or expanded.
CREATE TABLE moments_array AS
SELECT n, kind, i, ARRAY(SELECT CASE kind WHEN 'plain' THEN (hashint8extended(i, j) & 65535) / 7.0 ELSE 2 END FROM generate_series(1, n) j)::float8[] AS x
FROM generate_series(1, 20) i, unnest(ARRAY[0, 1, 9, 10, 11, 12, 50, 400]) n, unnest(ARRAY['plain', 'constant']) kind;
SELECT n, kind, max(pg_column_size(x)) AS bytes, mindgap.moments_agg(i, x)::text = mindgap.moments_agg(i, ARRAY(SELECT unnest(x)))::text AS same,
	mindgap.moments_agg(i, x)::text = mindgap.moments_agg(i, x || '{}'::float8[])::text AS same_appended
FROM moments_array GROUP BY n, kind ORDER BY n, kind DESC;
DROP TABLE moments_array;

-- As a window function over growing frames: each is the aggregate of its rows.
SELECT bool_and(pg_temp.same(f.s, (SELECT mindgap.moments_agg(y, ARRAY[a, b], w) FROM moments_row r WHERE r.i <= f.i))) AS same
FROM (SELECT i, mindgap.moments_agg(y, ARRAY[a, b], w) OVER (ORDER BY i) AS s FROM moments_row) f WHERE i IN (5, 64, 65, 200, 777);

-- The text form is exact; so is the binary form (COPY).
SELECT s::text = s::text::mindgap.moments_summary::text AS same FROM moments_whole;
SELECT mindgap.moments_agg(y, x) FROM (VALUES (1::float8, '{2}'::float8[]), (3, '{5}'), (NULL, '{1}'), (4, NULL), (4, '{NULL}')) v(y, x);
SELECT mindgap.moments_agg(y, NULL) FROM (VALUES (1), (2)) v(y);
SELECT pg_column_size(mindgap.moments_agg(y, ARRAY[a, b, w])) AS bytes FROM moments_row WHERE i <= 8;

-- Rows that do not count.
SELECT s::text::json ->> 'n' AS n, s::text::json ->> 'skipped' AS skipped
FROM (SELECT mindgap.moments_agg(y, x, w) AS s FROM (VALUES
	(1::float8, '{1}'::float8[], 1::float8), (NULL, '{1}', 1), (1, NULL, 1), (1, '{NULL}', 1), (1, '{1}', NULL), (1, '{1}', 0)) v(y, x, w)) o;
SELECT mindgap.moments_agg(y, ARRAY[a]) IS NULL AS empty FROM moments_row WHERE false;
SELECT mindgap.rollup(s) IS NULL AS empty FROM moments_whole WHERE false;
SELECT mindgap.rollup(s)::text = max(s::text) AS same FROM (SELECT s FROM moments_whole UNION ALL SELECT NULL) v;
SELECT mindgap.rollup(s) FROM (SELECT mindgap.moments_agg(NULL, NULL) AS s UNION ALL SELECT mindgap.moments_agg(1, '{2}')) v;

-- Calls that are wrong.
SELECT pg_temp.raises($$SELECT mindgap.moments_agg(y, x) FROM (VALUES (1, '{1,2}'::float8[]), (1, '{1}')) v(y, x)$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg(y, x) FROM (VALUES (NULL::float8, '{1,2}'::float8[]), (1, '{1}')) v(y, x)$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg(1, '{{1,2},{3,4}}')$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg('NaN', '{1}')$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg('Infinity', '{1}')$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg(1, '{1,NaN}')$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg(y, '{1}') FROM (VALUES (1.7e308::float8), (-1.7e308)) v(y)$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg(y, '{1}') FROM (VALUES (1.7e300::float8), (-1.7e300)) v(y)$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg(1, '{1}', -1)$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg(1, '{1}', 'NaN')$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg(1, '{1}', 'Infinity')$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_agg(1, array_fill(1::float8, ARRAY[16000]))$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(s) FROM (SELECT mindgap.moments_agg(1, '{1}') AS s UNION ALL SELECT mindgap.moments_agg(1, '{1,2}')) v$$);
SELECT pg_temp.raises($$SELECT mindgap.moments_final(s) FROM moments_whole$$);
SELECT pg_temp.raises($$SELECT * FROM moments_whole, mindgap.regression(s, '{a}')$$);
SELECT pg_temp.raises($$SELECT * FROM moments_whole, mindgap.regression(s, '{a,NULL}')$$);
SELECT pg_temp.raises($$SELECT * FROM moments_whole, mindgap.regression(s, level => 95)$$);

-- Damaged text.
SELECT pg_temp.raises(format('SELECT %L::mindgap.moments_summary', replace(s::text, find, put)))
FROM (SELECT mindgap.moments_agg(y, ARRAY[a]) AS s FROM (VALUES (1, 2), (4, 5)) v(y, a)) o, (VALUES
	('"columns":"2"', '"columns":"3"'), ('"columns":"2"', '"columns":"0"'), ('"columns":"2"', '"columns":"16001"'), ('"n":"2"', '"n":"0"'),
	('"n":"2"', '"n":"-1"'), ('"n":"2"', '"n":"x"'), ('"sum_w":"2"', '"sum_w":"-2"'), ('"sum_w":"2"', '"sum_w":"1e999"'),
	('"skipped":"0"', '"skipped":"-1"'), ('"comoments":"4.5 ', '"comoments":"-4.5 '), ('"format":"1"', '"format":"2"'),
	('"mean"', '"means"'), ('moments_summary', 'survey_summary'), ('}', '')) v(find, put);

-- What the data cannot tell.
SELECT term, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error, df, p_value, status
FROM mindgap.regression((SELECT mindgap.moments_agg(y, ARRAY[a, b]) FROM (VALUES (1, 2, 3), (2, 5, 1), (5, 1, 1)) v(y, a, b)));
SELECT term, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error, df, p_value, status
FROM mindgap.regression((SELECT mindgap.moments_agg(1, ARRAY[2, 3])));
SELECT term, estimate, std_error, df, p_value, status FROM mindgap.regression((SELECT mindgap.moments_agg(NULL, ARRAY[2, 3])));
SELECT term, estimate, std_error, df, p_value, status FROM mindgap.regression((SELECT mindgap.moments_agg(NULL, NULL)));
SELECT count(*) FROM mindgap.regression(NULL::mindgap.moments_summary);
-- a perfect fit, and an outcome that does not vary
SELECT term, round(estimate::numeric, 9) AS estimate, std_error, df, p_value, status
FROM mindgap.regression((SELECT mindgap.moments_agg(7 + 3 * a, ARRAY[a, b]) FROM moments_row));
SELECT term, round(estimate::numeric, 9) AS estimate, std_error, df, p_value, status
FROM mindgap.regression((SELECT mindgap.moments_agg(7, ARRAY[a, 2 * a - 5, 4]) FROM moments_row), ARRAY['a', 'twice a', 'four']);
-- of columns that depend on each other the first stay, wherever 0 is
SELECT string_agg(term || ' ' || status, ', ')
FROM mindgap.regression((SELECT mindgap.moments_agg(y, ARRAY[a, b, a + b, a - b + 1e9, w, 5 * w]) FROM moments_row));
-- 1 - R2 of the last column is 1e-8: not collinear
SELECT status, count(*) FROM mindgap.regression((SELECT mindgap.moments_agg(y, ARRAY[a, b, a + 1e-4 * (i * 7 % 11)]) FROM moments_row)) GROUP BY status;
DROP TABLE moments_row, moments_whole;

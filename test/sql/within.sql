-- within_agg, condense, rollup and what reads them: rules about rows, merging in every
-- form of the state, text and binary forms, and what the data cannot tell.
--
-- Expected values come from regression() on data from which each person's mean was taken
-- (Frisch-Waugh-Lovell), from plain sums over clusters, and from closed forms.
-- Agreement with R is checked in test/oracle/within.sql.

CREATE FUNCTION pg_temp.close_to(a float8, b float8, tol float8 DEFAULT 1e-10) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= tol * greatest(abs(a), abs(b)), false) $$;

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

-- 300 persons with 1 to 5 waves, in 30 clusters and 5 strata
CREATE TABLE within_row AS
SELECT p AS person, t AS wave, 1.0 * p % 7 + t * 0.5 + (p * t * 37 % 11) AS y, ARRAY[t, (p * t * 13 % 17)]::float8[] AS x,
	1 + (p + t) % 3 AS w, p % 30 AS cluster, p % 5 AS stratum
FROM generate_series(1, 300) p, generate_series(1, 1 + p % 5) t;

-- Slopes equal those of a regression on deviations from each person's weighted mean;
-- errors those of plain sums of scores over clusters.
CREATE TABLE within_whole AS
SELECT mindgap.within_agg(person, y, x) AS plain, mindgap.within_agg(person, y, x, w) AS weighted,
	mindgap.within_agg(person, y, x, w, cluster) AS clustered, mindgap.within_agg(person, y, x, w, cluster, stratum) AS stratified
FROM within_row;
WITH mean AS (
	SELECT person, sum(w * y) / sum(w) AS y, sum(w * x[1]) / sum(w) AS x1, sum(w * x[2]) / sum(w) AS x2 FROM within_row GROUP BY person
), deviation AS (
	SELECT r.y - m.y AS y, ARRAY[r.x[1] - m.x1, r.x[2] - m.x2] AS x, w, cluster, stratum FROM within_row r JOIN mean m USING (person)
), slope AS (
	SELECT e.* FROM (SELECT mindgap.moments_agg(y, x, w) AS s FROM deviation) o, mindgap.regression(s) e WHERE term <> '(Intercept)'
), b AS (
	SELECT max(estimate) FILTER (WHERE term = 'x1') AS b1, max(estimate) FILTER (WHERE term = 'x2') AS b2 FROM slope
), score AS (
	SELECT cluster, stratum, sum(w * x[1] * (y - b1 * x[1] - b2 * x[2])) AS u1, sum(w * x[2] * (y - b1 * x[1] - b2 * x[2])) AS u2
	FROM deviation, b GROUP BY cluster, stratum
), meat AS (
	SELECT sum(u1 * u1) AS m11, sum(u1 * u2) AS m12, sum(u2 * u2) AS m22 FROM score
), meat_strata AS (
	SELECT sum(v11) AS m11, sum(v12) AS m12, sum(v22) AS m22
	FROM (SELECT count(*) * var_samp(u1) AS v11, count(*) * covar_samp(u1, u2) AS v12, count(*) * var_samp(u2) AS v22 FROM score GROUP BY stratum) h
), a AS (
	SELECT sum(w * x[1] * x[1]) AS a11, sum(w * x[1] * x[2]) AS a12, sum(w * x[2] * x[2]) AS a22 FROM deviation
), v AS (
	SELECT kind, sqrt(a22 * a22 * m11 - 2 * a12 * a22 * m12 + a12 * a12 * m22) / (a11 * a22 - a12 * a12) AS se1
	FROM a, (SELECT 'clustered' AS kind, * FROM meat UNION ALL SELECT 'stratified', * FROM meat_strata) m
)
SELECT kind, term, pg_temp.close_to(e.estimate, s.estimate) AS estimate, CASE WHEN term = 'x1' THEN pg_temp.close_to(e.std_error, v.se1) END AS std_error, e.df
FROM within_whole, v, LATERAL (SELECT CASE kind WHEN 'clustered' THEN clustered ELSE stratified END AS sum) z,
	mindgap.within_estimates(sum, small_sample => 'none') e JOIN slope s USING (term)
ORDER BY 1, 2;

-- The conventions, for this data: N rows, n persons, k columns, G clusters.
SELECT small, pg_temp.close_to((e.std_error / o.std_error) ^ 2, CASE small
	WHEN 'xtreg' THEN d.n_clusters / (d.n_clusters - 1.0) * (d.n - 1) / (d.n - 2 - 1)
	WHEN 'plm' THEN d.n_clusters / (d.n_clusters - 1.0) * (d.n - 1) / (d.n - 2)
	WHEN 'areg' THEN d.n_clusters / (d.n_clusters - 1.0) * (d.n - 1) / (d.n - d.n_persons - 2) ELSE 1 END) AS factor, e.df, n_singletons
FROM within_whole, unnest(ARRAY['xtreg', 'plm', 'areg', 'none']) small, mindgap.within_design(clustered) d,
	mindgap.within_contrast(clustered, '{1,-1}', small) e, mindgap.within_contrast(clustered, '{1,-1}', 'none') o;

-- A contrast is a combination of estimates; a test of one contrast is its t squared; the joint
-- test of all columns does not depend on how it is written.
SELECT pg_temp.close_to(c.estimate, 2 * a.estimate - b.estimate) AS contrast, pg_temp.close_to(t.f_statistic, c.statistic ^ 2) AS f, pg_temp.close_to(t.p_value, c.p_value) AS p,
	t.numerator_df, t.df, pg_temp.close_to(j.f_statistic, k.f_statistic) AS joint, j.numerator_df AS joint_df, j.status
FROM within_whole, mindgap.within_contrast(plain, '{2,-1}') c, mindgap.within_contrast(plain, '{1,0}') a, mindgap.within_contrast(plain, '{0,1}') b,
	mindgap.within_test(plain, '{{2,-1}}') t, mindgap.within_test(plain, '{{1,0},{0,1}}') j, mindgap.within_test(plain, '{{1,1},{3,-2}}') k;
SELECT status FROM within_whole, mindgap.within_test(plain, '{{1,0},{2,0}}');

-- However the rows are cut up, also with persons split, the answer is the same; so it is condensed.
CREATE FUNCTION pg_temp.same(a mindgap.within_summary, b mindgap.within_summary) RETURNS boolean LANGUAGE sql AS $$
	SELECT bool_and(pg_temp.close_to(x.estimate, y.estimate, 1e-11) AND pg_temp.close_to(x.std_error, y.std_error, 1e-11) AND x.df = y.df AND x.status = 'ok') AND count(*) = 2
	FROM mindgap.within_estimates(a) x JOIN mindgap.within_estimates(b) y USING (term)
$$;
SELECT parts, pg_temp.same(mindgap.rollup(p.plain), max(w.plain::text)::mindgap.within_summary) AS plain, pg_temp.same(mindgap.rollup(p.stratified), max(w.stratified::text)::mindgap.within_summary) AS stratified
FROM (SELECT parts, mindgap.within_agg(person, y, x) AS plain, mindgap.within_agg(person, y, x, r.w, cluster, stratum) AS stratified
	FROM within_row r, unnest(ARRAY[1, 2, 7, 100, 1000]) parts GROUP BY parts, (person * 7 + wave) % parts) p, within_whole w
GROUP BY parts ORDER BY parts;
SELECT pg_temp.same(mindgap.condense(s), s) AS same, f.form, g.form, f.n = g.n AND f.n_clusters = g.n_clusters AND f.n_strata = g.n_strata AND f.n_singletons = g.n_singletons AS counts,
	pg_temp.close_to(f.r2_within, g.r2_within, 1e-12) AS r2, g.bytes, mindgap.condense(mindgap.condense(s))::text = mindgap.condense(s)::text AS twice
FROM within_whole, unnest(ARRAY[plain, weighted, clustered, stratified]) s, mindgap.within_design(s) f, mindgap.within_design(mindgap.condense(s)) g;
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
SELECT pg_temp.plan_has('SELECT mindgap.within_agg(person, y, x, w, cluster, stratum) FROM within_row', 'Partial Aggregate') AS parallel;
SELECT pg_temp.same(p.s, w.stratified) AS same FROM (SELECT mindgap.within_agg(person, y, x, w, cluster, stratum) AS s FROM within_row) p, within_whole w;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET parallel_tuple_cost;
RESET parallel_setup_cost;

-- From persons who are summarised already.
SELECT pg_temp.same(mindgap.within_agg(m, person), max(plain::text)::mindgap.within_summary) AS same
FROM (SELECT person, mindgap.moments_agg(y, x) AS m FROM within_row GROUP BY person) p, within_whole;
SELECT pg_temp.same(mindgap.rollup(s), max(clustered::text)::mindgap.within_summary) AS same
FROM (SELECT mindgap.within_agg(m, cluster) AS s
	FROM (SELECT person, cluster, mindgap.moments_agg(y, x, w) AS m FROM within_row GROUP BY person, cluster) p GROUP BY person % 3) q, within_whole;

-- The text form is exact, in every form.
SELECT count(*), bool_and(s::text = s::text::mindgap.within_summary::text) AS same
FROM within_whole, unnest(ARRAY[plain, weighted, clustered, stratified, mindgap.condense(plain), mindgap.condense(stratified)]) s;
SELECT mindgap.within_agg(p, y, ARRAY[t], 1, 10, 2) FROM (VALUES (5, 1, 0), (5, 3, 1), (4, 1, 0)) v(p, y, t);
SELECT mindgap.condense(mindgap.within_agg(p, y, ARRAY[t])) FROM (VALUES (5, 1, 0), (5, 3, 1), (4, 1, 0)) v(p, y, t);
SELECT mindgap.within_agg(m, 7) FROM (SELECT mindgap.moments_agg(1, '{2}') AS m) o;
SELECT (plain_bytes - 32) / 300 AS bytes_a_person
FROM (SELECT bytes AS plain_bytes FROM (SELECT mindgap.within_agg(person, y, x || 1::float8) AS s FROM within_row) o, mindgap.within_design(s)) d;

-- Rows that do not count.
SELECT n, n_skipped, n_persons, n_clusters, n_singletons
FROM (SELECT mindgap.within_agg(p, y, x, w, c) AS s FROM (VALUES (1, 1::float8, '{1}'::float8[], 1::float8, 1), (NULL, 1, '{1}', 1, 1), (2, NULL, '{1}', 1, 1), (3, 1, NULL, 1, 1),
	(4, 1, '{NULL}', 1, 1), (5, 1, '{1}', NULL, 1), (6, 1, '{1}', 0, 1), (7, 1, '{1}', 1, NULL)) v(p, y, x, w, c)) o, mindgap.within_design(s);
SELECT mindgap.within_agg(person, y, x) IS NULL AS empty FROM within_row WHERE false;
SELECT mindgap.rollup(plain) IS NULL AS empty FROM within_whole WHERE false;
SELECT n, n_skipped, n_persons, residual_ss, r2_within FROM mindgap.within_design((SELECT mindgap.within_agg(NULL, NULL, NULL)));
SELECT * FROM mindgap.within_estimates((SELECT mindgap.within_agg(NULL, NULL, '{1,2}')));
SELECT * FROM mindgap.within_contrast((SELECT mindgap.condense(mindgap.within_agg(NULL, NULL, '{1,2}'))), '{1,0}');
SELECT count(*) FROM mindgap.within_estimates(NULL);

-- What the data cannot tell: columns constant within persons, collinear ones, one wave, one cluster.
SELECT term, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error, df, status
FROM mindgap.within_estimates((SELECT mindgap.within_agg(person, y, x || ARRAY[cluster, 5, 3 * x[1] + 1000 + person, 0.1 * cluster]::float8[]) FROM within_row),
	ARRAY['wave', 'event', 'cluster', 'constant', 'age', 'tenth']);
SELECT round(estimate::numeric, 9) AS estimate, status
FROM (SELECT mindgap.within_agg(person, y, x || ARRAY[cluster, 2 * x[1]]::float8[]) AS s FROM within_row) o, unnest(ARRAY['1 0 0 0', '0 0 1 0', '1 0 0 1']) c,
	mindgap.within_contrast(s, string_to_array(c, ' ')::float8[]);
SELECT term, estimate, std_error, df, status FROM mindgap.within_estimates((SELECT mindgap.within_agg(person, y, x) FROM within_row WHERE wave = 1));
SELECT n_persons, n_singletons FROM mindgap.within_design((SELECT mindgap.within_agg(person, y, x) FROM within_row WHERE wave = 1));
SELECT term, estimate IS NOT NULL AS estimate, std_error, df, p_value, status FROM mindgap.within_estimates((SELECT mindgap.within_agg(person, y, x, 1, 1) FROM within_row));
SELECT term, estimate IS NOT NULL AS estimate, std_error, df, p_value, status FROM mindgap.within_estimates((SELECT mindgap.within_agg(person, y, x, 1, person, person % 299) FROM within_row));
SELECT status FROM mindgap.within_test((SELECT mindgap.within_agg(person, y, x, 1, person, person % 299) FROM within_row), '{{1,0}}');
SELECT term, round(estimate::numeric, 9) AS estimate, std_error, p_value, status FROM mindgap.within_estimates((SELECT mindgap.within_agg(person, person + 2 * wave, x) FROM within_row));

-- Calls that are wrong.
SELECT pg_temp.raises($$SELECT mindgap.within_agg(1, y, x) FROM (VALUES (1, '{1,2}'::float8[]), (1, '{1}')) v(y, x)$$);
SELECT pg_temp.raises($$SELECT mindgap.within_agg(1, 'NaN', '{1}')$$);
SELECT pg_temp.raises($$SELECT mindgap.within_agg(1, 1, '{Infinity}')$$);
SELECT pg_temp.raises($$SELECT mindgap.within_agg(1, 1, '{1}', -1)$$);
SELECT pg_temp.raises($$SELECT mindgap.within_agg(person, y, x, 1, wave) FROM within_row$$);
SELECT pg_temp.raises($$SELECT mindgap.within_agg(person, y, x, 1, person, wave) FROM within_row$$);
SELECT pg_temp.raises($$SELECT mindgap.within_agg(person, y, x, 1, 1, NULL) FROM within_row$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(mindgap.condense(plain)) FROM within_whole$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(s) FROM within_whole, unnest(ARRAY[plain, clustered]) s$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(s) FROM within_whole, unnest(ARRAY[clustered, stratified]) s$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(s) FROM within_whole, unnest(ARRAY[clustered, (SELECT mindgap.within_agg(m, 1) FROM (SELECT mindgap.moments_agg(1, '{1,1}') AS m) o)]) s$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(s) FROM within_whole, unnest(ARRAY[plain, (SELECT mindgap.within_agg(1, 1, '{1}'))]) s$$);
SELECT pg_temp.raises($$SELECT * FROM within_whole, mindgap.within_estimates(plain, small_sample => 'hc3')$$);
SELECT pg_temp.raises($$SELECT * FROM within_whole, mindgap.within_estimates(plain, lonely_psu => 'adjust')$$);
SELECT pg_temp.raises($$SELECT * FROM within_whole, mindgap.within_estimates(plain, '{a}')$$);
SELECT pg_temp.raises($$SELECT * FROM within_whole, mindgap.within_contrast(plain, '{1}')$$);
SELECT pg_temp.raises($$SELECT * FROM within_whole, mindgap.within_contrast(plain, '{1,NaN}')$$);
SELECT pg_temp.raises($$SELECT * FROM within_whole, mindgap.within_test(plain, '{1,0}')$$);
SELECT pg_temp.raises($$SELECT mindgap.condense(mindgap.within_agg(1, 1, array_fill(1::float8, ARRAY[200])))$$);
SELECT pg_temp.raises($$SELECT mindgap.within_final(plain) FROM within_whole$$);

-- Numbers whose squares' squares are out of range: no error is made up, and no damaged value.
CREATE TABLE within_huge AS
SELECT mindgap.within_agg(p, 1e130 * ((p * t) % 3), ARRAY[1e50 * t]) AS s FROM generate_series(1, 6) p, generate_series(1, 4) t;
SELECT estimate IS NOT NULL AS estimate, std_error, statistic, p_value, status FROM within_huge, mindgap.within_estimates(s);
SELECT effect, std_error, p_value, status FROM within_huge, mindgap.within_between(s);
SELECT pg_temp.raises('SELECT mindgap.condense(s) FROM within_huge');
SELECT pg_temp.raises('SELECT mindgap.condense(mindgap.within_agg(p, p * t % 3, ARRAY[t], 1e300)) FROM generate_series(1, 6) p, generate_series(1, 4) t');
SELECT pg_temp.raises('SELECT mindgap.condense(mindgap.within_agg(p, t, ARRAY[t], 1.7e308)) FROM generate_series(1, 3) p, generate_series(1, 1) t');

-- Damaged text.
SELECT pg_temp.raises(format('SELECT %L::mindgap.within_summary', replace(s::text, find, put)))
FROM (SELECT mindgap.within_agg(p, y, ARRAY[t], 1, 10, 2) AS s FROM (VALUES (5, 1, 0), (5, 3, 1), (4, 1, 0)) v(p, y, t)) o, (VALUES
	('"persons":"4 5"', '"persons":"5 4"'), ('"persons":"4 5"', '"persons":"5 5"'), ('"persons":"4 5"', '"persons":"4"'), ('"n":"1 2"', '"n":"0 2"'),
	('"n":"1 2"', '"n":"1 2 3"'), ('"n":"1 2"', '"n":"1 9223372036854775807"'), ('"columns":"2"', '"columns":"1"'), ('clusters strata"', 'strata"'), ('clusters strata"', 'clusters"'), (' strata"', ' strata condensed"'), ('clusters strata"', '"'),
	('"sum_w":"1 2"', '"sum_w":"1 -2"'), ('"columns":"2"', '"columns":"0"'), ('"format":"1"', '"format":"2"')) v(find, put);
SELECT pg_temp.raises(format('SELECT %L::mindgap.within_summary', replace(s::text, find, put)))
FROM (SELECT mindgap.condense(mindgap.within_agg(p, y, ARRAY[t])) AS s FROM (VALUES (5, 1, 0), (5, 3, 1), (4, 1, 0)) v(p, y, t)) o, (VALUES
	('"counts":"3 ', '"counts":"0 '), ('"counts":"3 ', '"counts":"'), ('"sum_w":"3"', '"sum_w":"0"'), ('"comoments":"2', '"comoments":"-2'), ('condensed', ''), ('"columns":"2"', '"columns":"3"')) v(find, put);
DROP TABLE within_row, within_whole, within_huge;

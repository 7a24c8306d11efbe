-- prediction_agg, rollup, prediction_design, prediction_folds, prediction_columns, person_variance_agg and
-- predict_person: every rule about rows, missing values, folds, merging, the text and binary forms.
--
-- Expected values come from plain SQL over imputed rows and from closed forms.

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

-- a: missing in every seventh row; b: missing at first; c: never missing; d: always missing; e: constant
CREATE TABLE prediction_row AS
SELECT i, i % 41 AS person, (i * 37 % 101)::float8 + 0.3 * (i * 13 % 17) AS y, CASE WHEN i % 7 > 0 THEN (i * 13 % 17)::float8 END AS a,
	CASE WHEN i > 20 THEN (i * 29 % 23)::float8 END AS b, (i % 5)::float8 AS c, NULL::float8 AS d, 3.0::float8 AS e, 1 + i % 4 AS w
FROM generate_series(1, 1000) i;
CREATE TABLE prediction_whole AS SELECT mindgap.prediction_agg(y, ARRAY[a, b, c, d, e], w, person ORDER BY i) AS s FROM prediction_row;

SELECT d.* FROM prediction_whole, mindgap.prediction_design(s) d;
SELECT f.fold, f.n = count(*) AS n, f.sum_weights = sum(w) AS sum_weights
FROM prediction_whole, mindgap.prediction_folds(s) f JOIN prediction_row ON fold = mindgap.prediction_fold(person) GROUP BY f.fold, f.n, f.sum_weights ORDER BY fold;

-- Means, standard deviations and correlations are those of rows with the mean in place of what is missing.
CREATE FUNCTION pg_temp.slow() RETURNS TABLE (element int, kind text, n_missing bigint, mean float8, std_dev float8, correlation float8) LANGUAGE sql AS $$
	WITH long AS (
		SELECT i, w, y, element, x, sum(w * x) FILTER (WHERE x IS NOT NULL) OVER o / sum(w) FILTER (WHERE x IS NOT NULL) OVER o AS seen,
			bool_or(x IS NULL) OVER o AS gaps
		FROM prediction_row, unnest(ARRAY[a, b, c, d, e]) WITH ORDINALITY u(x, element)
		WINDOW o AS (PARTITION BY element)
	), imputed AS (
		SELECT element, 'variable' AS kind, i, w, y, coalesce(x, seen) AS v, x IS NULL AS missing FROM long
		UNION ALL
		SELECT element, 'indicator', i, w, y, (x IS NULL)::int, x IS NULL FROM long WHERE gaps
		UNION ALL
		SELECT NULL, 'outcome', i, w, y, y, false FROM long WHERE element = 1
	), centred AS (
		SELECT element, kind, w, missing, v, v - sum(w * v) OVER o / sum(w) OVER o AS dv, y - sum(w * y) OVER o / sum(w) OVER o AS dy
		FROM imputed
		WINDOW o AS (PARTITION BY element, kind)
	)
	SELECT element, kind, count(*) FILTER (WHERE missing), sum(w * v) / sum(w), sqrt(sum(w * dv ^ 2) / sum(w)),
		CASE WHEN sum(w * dv ^ 2) > 1e-12 AND kind <> 'outcome' THEN sum(w * dv * dy) / sqrt(sum(w * dv ^ 2) * sum(w * dy ^ 2)) END
	FROM centred GROUP BY element, kind
$$;
CREATE FUNCTION pg_temp.same(a mindgap.prediction_summary, b mindgap.prediction_summary, tol float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE sql AS $$
	SELECT (SELECT bool_and(x.n_missing = y.n_missing AND x.status = y.status AND pg_temp.close_to(x.mean, y.mean, tol) AND pg_temp.close_to(x.std_dev, y.std_dev, tol)
				AND abs(coalesce(x.correlation, 0) - coalesce(y.correlation, 0)) <= tol) AND count(*) = (SELECT count(*) FROM mindgap.prediction_columns(a))
			FROM mindgap.prediction_columns(a) x JOIN mindgap.prediction_columns(b) y ON x.kind = y.kind AND x.element IS NOT DISTINCT FROM y.element)
		AND (SELECT x = y FROM mindgap.prediction_design(a) x, mindgap.prediction_design(b) y)
		AND (SELECT array_agg(x) FROM mindgap.prediction_folds(a) x) = (SELECT array_agg(y) FROM mindgap.prediction_folds(b) y)
$$;
SELECT f.element, f.kind, f.n_missing, f.n_missing = o.n_missing AS n_missing, pg_temp.close_to(f.mean, o.mean) AS mean,
	pg_temp.close_to(f.std_dev, o.std_dev) AS std_dev, abs(f.correlation - o.correlation) < 1e-12 AS correlation, f.status
FROM prediction_whole, mindgap.prediction_columns(s) WITH ORDINALITY f(element, kind, n_missing, mean, std_dev, correlation, status, place)
LEFT JOIN pg_temp.slow() o ON o.kind = f.kind AND o.element IS NOT DISTINCT FROM f.element
ORDER BY place;

-- The same answer in any order, from parts of any size, in parallel.
SELECT bool_and(pg_temp.same(p.s, w.s)) AS same, count(*)
FROM (SELECT mindgap.prediction_agg(y, ARRAY[a, b, c, d, e], r.w, person ORDER BY i * k % 1009) AS s FROM prediction_row r, unnest('{1,2,500,1008}'::int[]) k GROUP BY k) p, prediction_whole w;
SELECT size, (SELECT pg_temp.same(mindgap.rollup(p.s ORDER BY part % 7, part), w.s)
	FROM (SELECT i / size AS part, mindgap.prediction_agg(y, ARRAY[a, b, c, d, e], r.w, person) AS s FROM prediction_row r GROUP BY i / size) p) AS same
FROM (VALUES (1), (2), (5), (17), (64), (65), (129), (2000)) v(size), prediction_whole w;
-- As a window aggregate: what was seen up to each row.
SELECT bool_and(pg_temp.same(x.s, (SELECT mindgap.prediction_agg(y, ARRAY[a, b, c, d, e], w, person) FROM prediction_row r WHERE r.i <= x.i))) AS same, count(*)
FROM (SELECT i, mindgap.prediction_agg(y, ARRAY[a, b, c, d, e], w, person) OVER (ORDER BY i) AS s FROM prediction_row) x WHERE i % 97 = 3;
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
SELECT pg_temp.plan_has('SELECT mindgap.prediction_agg(y, ARRAY[a, b], w, person) FROM prediction_row', 'Partial Aggregate') AS parallel,
	pg_temp.plan_has('SELECT mindgap.person_variance_agg(person, y) FROM prediction_row', 'Partial Aggregate') AS variance_parallel;
SELECT pg_temp.same(p.s, w.s) AS same FROM (SELECT mindgap.prediction_agg(y, ARRAY[a, b, c, d, e], r.w, person) AS s FROM prediction_row r) p, prediction_whole w;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

-- In another unit and far from 0: correlations and standard deviations stay.
SELECT far, unit, bool_and(pg_temp.close_to(x.mean, CASE x.kind WHEN 'variable' THEN y.mean * unit + far ELSE y.mean END, 1e-12)) AS means,
	bool_and(pg_temp.close_to(x.std_dev, CASE x.kind WHEN 'variable' THEN y.std_dev * unit ELSE y.std_dev END, 1e-9)) AS std_devs,
	bool_and(coalesce(abs(x.correlation - y.correlation) < 1e-9, x.correlation IS NULL AND y.correlation IS NULL)) AS correlations
FROM (VALUES (1e7, 1), (0, 1e6), (-1e9, 1), (1e7, 1e6), (0, 1e-6)) v(far, unit), prediction_whole w,
	LATERAL (SELECT mindgap.prediction_agg(y, ARRAY[a * unit + far, b * unit + far, c * unit + far, d, far + e * unit], r.w, person) AS s FROM prediction_row r) p,
	mindgap.prediction_columns(p.s) x JOIN mindgap.prediction_columns(w.s) y ON x.kind = y.kind AND x.element IS NOT DISTINCT FROM y.element
GROUP BY far, unit ORDER BY far, unit;

-- Many columns, each with its first NULL in a row of its own.
SELECT d.n_variables, d.n_with_missing, c.*
FROM (SELECT mindgap.prediction_agg(i, (SELECT array_agg(nullif(j * 7 % 13 + i % j, CASE WHEN i = j THEN j * 7 % 13 END) ORDER BY j) FROM generate_series(1, 150) j)::float8[]) AS s
	FROM generate_series(1, 300) i) o, mindgap.prediction_design(s) d,
	LATERAL (SELECT count(*), min(n_missing), max(n_missing), bool_and(status = 'ok') FROM mindgap.prediction_columns(s) WHERE element > 1) c;

-- Rows that are left out are counted, those of weight 0 are not.
SELECT d.* FROM (SELECT mindgap.prediction_agg(y, x, w, p) AS s FROM (VALUES
	(1.0::float8, '{1,2}'::float8[], 1.0::float8, 1), (NULL, '{1,2}', 1, 1), (1, NULL, 1, 1), (1, '{1,2}', NULL, 1), (1, '{1,2}', 1, NULL), (1, '{NULL,2}', 0, 1)) v(y, x, w, p)) o,
	mindgap.prediction_design(s) d;
SELECT d.* FROM (SELECT mindgap.prediction_agg(1, '{1}', 1e-200) AS s) o, mindgap.prediction_design(s) d;
SELECT mindgap.prediction_agg(y, ARRAY[a]) IS NULL AS empty_is_null FROM prediction_row WHERE false;
SELECT mindgap.rollup(NULL::mindgap.prediction_summary) IS NULL AS null_is_null;
SELECT name, d.*, (SELECT count(*) FROM mindgap.prediction_columns(s)) AS columns
FROM (SELECT 'no row' AS name, mindgap.prediction_agg(NULL, NULL::float8[]) AS s UNION ALL SELECT 'no outcome', mindgap.prediction_agg(NULL, '{1,2}'::float8[])
	UNION ALL SELECT 'no variable', mindgap.prediction_agg(1, '{}') UNION ALL SELECT 'one row, nothing in it', mindgap.prediction_agg(1, '{NULL}')) o,
	mindgap.prediction_design(s) d ORDER BY name;

-- Folds of moments summaries: the same as the persons' folds, as nothing is missing.
SELECT pg_temp.same(a.s, b.s) AS same
FROM (SELECT mindgap.prediction_agg(y, ARRAY[c, w], w, person ORDER BY i) AS s FROM prediction_row) a,
	(SELECT mindgap.prediction_agg(m, fold ORDER BY fold) AS s
	FROM (SELECT mindgap.prediction_fold(person) AS fold, mindgap.moments_agg(y, ARRAY[c, w], w ORDER BY i) AS m FROM prediction_row GROUP BY 1) q) b;
SELECT d.n, d.n_skipped, d.n_folds FROM (SELECT mindgap.prediction_agg(m, fold) AS s FROM (
	SELECT NULLIF(i % 4, 3) AS fold, CASE WHEN i < 900 THEN mindgap.moments_agg(y, ARRAY[a]) END AS m FROM prediction_row GROUP BY i) q) o, mindgap.prediction_design(s) d;

-- The hash of the fold is a public function: these are splitmix64 modulo 5, computed in Python.
SELECT person, mindgap.prediction_fold(person) FROM unnest('{0,1,2,3,-1,1234567,9223372036854775807,-9223372036854775808}'::bigint[]) person;

-- Text and binary form.
SELECT s::text::mindgap.prediction_summary::text = s::text AS text_form FROM prediction_whole;
SELECT mindgap.prediction_agg(y, x) FROM (VALUES (1.0::float8, '{1,2}'::float8[]), (3, '{NULL,6}'), (5, '{7,NULL}')) v(y, x);
SELECT mindgap.prediction_agg(NULL, NULL::float8[]);
SELECT name, pg_temp.raises(format('SELECT %L::mindgap.prediction_summary', replace(s::text, a, b)))
FROM (SELECT mindgap.prediction_agg(y, x) AS s FROM (VALUES (1.0::float8, '{1,2}'::float8[]), (3, '{NULL,6}'), (5, '{7,NULL}')) v(y, x)) o,
	(VALUES ('another type', 'prediction_s', 's'), ('another format', '"format":"1"', '"format":"2"'), ('another rule for folds', '"none"', '"all"'), ('folds without persons', '"folds":"0"', '"folds":"1"'),
		('more folds', '"folds":"0"', '"folds":"0 1"'), ('columns', '"columns":"3"', '"columns":"4"'), ('order', '"missing":"0 1"', '"missing":"1 0"'), ('twice', '"missing":"0 1"', '"missing":"1 1"'),
		('no column', '"missing":"0 1"', '"missing":"0 2"'), ('nothing missing', '"n_missing":"1 1"', '"n_missing":"1 0"'), ('all missing', '"n_missing":"1 1"', '"n_missing":"3 1"'),
		('unknown', '"known":"1 1"', '"known":"0 1"'), ('fill', '"fill":"1 2"', '"fill":"1"'), ('fewer numbers', '"comoments":"8', '"comoments":"'), ('no rows', '"n":"3"', '"n":"0"'), ('negative', '"skipped":"0"', '"skipped":"-1"'),
		('a share above 1', '"shift":"1 1 2 0 0"', '"shift":"1 1 2 1 0"')) v(name, a, b)
WHERE s::text LIKE '%' || a || '%';

-- Wrong calls.
SELECT pg_temp.raises(call) FROM (VALUES
	('SELECT mindgap.prediction_agg(''NaN'', ''{1}''::float8[])'), ('SELECT mindgap.prediction_agg(1, ''{1,NULL,infinity}'')'), ('SELECT mindgap.prediction_agg(y, ARRAY[y, NULL, CASE y WHEN 2 THEN ''NaN''::float8 END]) FROM unnest(''{1,2,3}''::float8[]) y'),
	('SELECT mindgap.prediction_agg(1, ''{1}'', -1)'), ('SELECT mindgap.prediction_agg(1, ''{1}'', ''NaN'', 1)'), ('SELECT mindgap.prediction_agg(1, ''{{1},{2}}'')'),
	('SELECT mindgap.prediction_agg(1, x) FROM (VALUES (''{1,2}''::float8[]), (''{1}'')) v(x)'), ('SELECT mindgap.prediction_agg(1, array_fill(1::float8, ARRAY[16000]))'),
	('SELECT mindgap.prediction_agg(1, array_fill(NULL::float8, ARRAY[9000]))'), ('SELECT mindgap.prediction_agg(1, array_fill(1::float8, ARRAY[12000]), 1, i) FROM generate_series(1, 9) i'),
	('SELECT mindgap.prediction_agg(m, -1) FROM (SELECT mindgap.moments_agg(1, ''{1}'')) v(m)'), ('SELECT mindgap.prediction_agg(m, 1000) FROM (SELECT mindgap.moments_agg(1, ''{1}'')) v(m)'),
	('SELECT mindgap.rollup(s) FROM (SELECT mindgap.prediction_agg(1, ''{1}'') UNION ALL SELECT mindgap.prediction_agg(1, ''{1,2}'')) v(s)'),
	('SELECT mindgap.rollup(s) FROM (SELECT mindgap.prediction_agg(1, ''{1}'') UNION ALL SELECT mindgap.prediction_agg(1, ''{1}'', 1, 1)) v(s)'),
	('SELECT mindgap.rollup(s) FROM (SELECT mindgap.prediction_agg(1, ''{1}'') UNION ALL SELECT mindgap.prediction_agg(m, 0) FROM (SELECT mindgap.moments_agg(1, ''{1}'')) v(m)) v(s)'),
	('SELECT mindgap.prediction_agg(y, ARRAY[y]) FROM unnest(''{1e308,-1e308}''::float8[]) y'), ('SELECT mindgap.prediction_agg(y, ARRAY[y]) FROM unnest(''{1e200,-1e200}''::float8[]) y'),
	('SELECT mindgap.prediction_final(mindgap.prediction_agg(1, ''{1}''))')) v(call);

-- Variance between and within persons: the sums of squares of the analysis of variance by plain SQL.
CREATE TABLE prediction_residual AS SELECT i, i * 7 % (20 + i % 60) AS person, (i * 7 % (20 + i % 60))::float8 + i * 37 % 29 AS y FROM generate_series(1, 900) i UNION ALL SELECT i, 5000 + i, i FROM generate_series(1, 9) i
	UNION ALL SELECT 1, 1, NULL UNION ALL SELECT 1, NULL, 1;
CREATE FUNCTION pg_temp.anova() RETURNS TABLE (b float8, r float8) LANGUAGE sql AS $$
	WITH person AS (SELECT person, count(*) AS n, avg(y) AS mean, var_pop(y) * count(*) AS ss FROM prediction_residual WHERE person IS NOT NULL AND y IS NOT NULL GROUP BY person),
	total AS (SELECT sum(n) AS n, count(*) AS a, sum(n * mean) / sum(n) AS mean, sum(ss) AS sse, sum(n ^ 2) / sum(n) AS share FROM person),
	square AS (SELECT sum(p.n * (p.mean - t.mean) ^ 2) / (t.a - 1) AS msb, t.sse / (t.n - t.a) AS mse, (t.n - t.share) / (t.a - 1) AS n0 FROM person p, total t GROUP BY t.a, t.n, t.sse, t.share)
	SELECT (msb - mse) / n0, mse FROM square
$$;
SELECT pg_temp.close_to(between_var, b) AS between_var, pg_temp.close_to(residual_var, r) AS residual_var, n_persons, n, status
FROM (SELECT (mindgap.person_variance_agg(person, y)).* FROM prediction_residual) v, pg_temp.anova();
SELECT bool_and(pg_temp.close_to(f.between_var, b, 1e-9) AND pg_temp.close_to(f.residual_var, r, 1e-9)) AS far_from_zero
FROM (SELECT (mindgap.person_variance_agg(person, y + 1e7)).* FROM prediction_residual) f, pg_temp.anova();
SELECT name, (v).* FROM (SELECT 'one row' AS name, mindgap.person_variance_agg(1, 1) AS v
	UNION ALL SELECT 'one person', mindgap.person_variance_agg(1, i) FROM generate_series(1, 4) i
	UNION ALL SELECT 'one row each', mindgap.person_variance_agg(i, i) FROM generate_series(1, 4) i
	UNION ALL SELECT 'no difference between persons', mindgap.person_variance_agg(i, j) FROM generate_series(1, 3) i, generate_series(1, 3) j
	UNION ALL SELECT 'NULL alone', mindgap.person_variance_agg(NULL, NULL)) o ORDER BY name;
SELECT mindgap.person_variance_agg(1, 1) IS NULL AS empty FROM prediction_row WHERE false;
SELECT pg_temp.raises('SELECT mindgap.person_variance_agg(1, ''NaN'')');

-- Predictions moved by a person's own earlier residuals.
CREATE TABLE prediction_wave (person int, wave int, predicted float8, observed float8);
INSERT INTO prediction_wave VALUES (1, 1, 10, 13), (1, 2, 11, NULL), (1, 3, NULL, 20), (1, 4, 12, 13), (1, 5, 10, 10), (1, 6, 10, NULL), (2, 1, 5, 4), (2, 2, 6, 6), (3, 1, NULL, NULL);
SELECT person, wave, mindgap.predict_person(predicted, observed, 3, 6) OVER w AS moved,
	predicted + coalesce(k * 3.0 / (k * 3.0 + 6) * mean, 0) AS expected
FROM (SELECT *, count(observed - predicted) OVER before AS k, avg(observed - predicted) OVER before AS mean FROM prediction_wave
	WINDOW before AS (PARTITION BY person ORDER BY wave ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) o
WINDOW w AS (PARTITION BY person ORDER BY wave);
SELECT bool_and(a IS NOT DISTINCT FROM b AND a IS NOT DISTINCT FROM c) AS any_frame
FROM (SELECT mindgap.predict_person(predicted, observed, 3, 6) OVER (PARTITION BY person ORDER BY wave) AS a,
		mindgap.predict_person(predicted, observed, 3, 6) OVER (PARTITION BY person ORDER BY wave ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) AS b,
		mindgap.predict_person(predicted, observed, 3, 6) OVER (PARTITION BY person ORDER BY wave ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS c
	FROM prediction_wave) o;
SELECT b, r, array_agg(moved ORDER BY wave) FROM (VALUES (0.0::float8, 0.0::float8), (0, 1), (1, 0), (NULL, 1), (1, NULL), (1e-300, 1e300)) v(b, r),
	LATERAL (SELECT wave, mindgap.predict_person(predicted, observed, b, r) OVER (ORDER BY wave) AS moved FROM prediction_wave WHERE person = 2) o
GROUP BY b, r ORDER BY b, r;
SELECT pg_temp.raises(format('SELECT mindgap.predict_person(%s) OVER ()', a)) FROM (VALUES ('''NaN'', 1, 1, 1'), ('1, ''infinity'', 1, 1'), ('1, 1, -1, 1'), ('1, 1, 1, -1'), ('1, 1, ''NaN'', 1')) v(a);
SELECT pg_temp.raises('SELECT mindgap.predict_person(1, 1, 1, 1)');

DROP TABLE prediction_row, prediction_whole, prediction_residual, prediction_wave;

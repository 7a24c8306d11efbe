-- Models of a yes/no outcome below prediction models: binomial_fit, its two drivers, and binomial_pass_agg.
--
-- Expected values: posterior modes are checked by their gradient and passes by their sums, in plain SQL; models, evidence
-- and conflict come from an implementation in numpy and scipy (Newton, Laplace, grid of 10 by 15 points) of the same data.
-- Agreement on real data is checked in test/oracle/binomial.sql.

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

-- 150 rows, five columns in categories 1 1 2 2 3.
CREATE TABLE logit_row AS
SELECT i, 1.0 + i % 3 AS w, ARRAY[i * 7 % 11, i * 5 % 13, i * i % 17, (i % 10 = 0)::int, i * 3 % 19]::float8[] AS x,
	((i * i * 3 + i * 11) % 23 + 2 * (i * 7 % 11) - i * 5 % 13 + 4 * (i % 10 = 0)::int > 14)::int::float8 AS y
FROM generate_series(1, 150) i;

-- A fit of these rows.
CREATE FUNCTION pg_temp.fits(driver text, source text DEFAULT 'logit_row', outcome text DEFAULT 'y', x text DEFAULT 'x', weight text DEFAULT NULL,
							 person text DEFAULT NULL, prior_variance float8[] DEFAULT NULL, overrule boolean DEFAULT true)
RETURNS TABLE (name text, place int, value float8) LANGUAGE sql AS $$
	SELECT * FROM mindgap.binomial_fit(source, outcome, x, '{1,1,2,2,3}', '{0.5,-0.2,-0.3}', weight, person, driver, overrule, prior_variance)
$$;

-- A mode with given variances: the gradient of the log posterior is 0, for both drivers.
WITH v AS (SELECT '{0.5,0.1,1,2,0.05}'::float8[] AS v),
b AS (
	SELECT d AS driver, max(f.value) FILTER (WHERE f.name = 'intercept') AS b0,
		array_agg(f.value ORDER BY f.place) FILTER (WHERE f.name = 'beta') AS b
	FROM v, unnest('{memory,passes}'::text[]) d, pg_temp.fits(d, prior_variance => v) f GROUP BY d
),
s AS (SELECT avg(u), stddev_pop(u), j FROM logit_row, unnest(x) WITH ORDINALITY q(u, j) GROUP BY j),
z AS (SELECT i, y, array_agg((u - avg) / stddev_pop ORDER BY j) AS z FROM logit_row, unnest(x) WITH ORDINALITY q(u, j) JOIN s USING (j) GROUP BY i, y),
r AS (
	SELECT driver, b0, b, z, y - 1 / (1 + exp(-b0 - (SELECT sum(bj * zj) FROM unnest(b, z) p(bj, zj)))) AS r
	FROM b, z
)
SELECT driver, abs(sum(r) - b0 / 100) < 1e-9 AS intercept,
	(SELECT bool_and(abs((SELECT sum(r.r * r.z[j]) FROM r WHERE r.driver = o.driver) - o.b[j] / v[j]) < 1e-9) FROM v, generate_series(1, 5) j) AS beta
FROM r o GROUP BY driver, b0, b ORDER BY driver;

-- The four models.
CREATE TEMP TABLE memory AS SELECT * FROM pg_temp.fits('memory');
SELECT name, place, round(value::numeric, 7) AS value FROM memory
WHERE name IN ('intercept', 'beta', 'model_weight', 'trust', 'kappa_hat', 'log_bayes_factor') ORDER BY name, place;
SELECT name, place, round(value::numeric, 5) AS value FROM memory
WHERE name IN ('kappa_log_evidence', 'overrule_flat', 'overrule_panel', 'conflict_high', 'conflict_score') OR name = 'log_evidence' AND place > 2 ORDER BY name, place;
SELECT name, place, round(value::numeric, 7) AS value FROM pg_temp.fits('memory', weight => 'w')
WHERE name IN ('n', 'intercept', 'beta', 'model_weight') ORDER BY name, place;

-- Two panels, each with its own trust; a column that is always in; both.  The same program, with combinations of the trusts
-- 0, 0.25 .. 6 and independent priors, and prior variance 100 for the second column, which counts in neither p nor category.
CREATE TEMP TABLE more AS
SELECT what, driver, f.* FROM unnest('{memory,passes}'::text[]) driver,
	(VALUES ('two panels', '{{0.5,-0.2,-0.3},{-0.4,0.6,-0.2}}'::float8[], NULL::float8[]), ('always in', '{0.5,-0.2,-0.3}', '{2}'),
		('both', '{{0.5,-0.2,-0.3},{-0.4,0.6,-0.2}}', '{2}')) c(what, importance, always_in),
	mindgap.binomial_fit('logit_row', 'y', 'x', '{1,1,2,2,3}', importance, person => 'i', driver => driver, always_in => always_in) f;
SELECT what, name, string_agg(round(value::numeric, 4)::text, ' ' ORDER BY place) AS value FROM more
WHERE driver = 'memory' AND name IN ('intercept', 'beta', 'model_weight', 'trust', 'kappa_mean', 'log_bayes_factor', 'log_evidence') GROUP BY what, name ORDER BY what, name;
SELECT what, p.name, max(abs(p.value - m.value))::numeric(9, 2) AS apart FROM more p JOIN more m USING (what, name, place)
WHERE p.driver = 'passes' AND m.driver = 'memory' AND p.name IN ('intercept', 'beta', 'std_dev', 'model_weight', 'trust', 'kappa_mean', 'overrule_panel', 'cv_loss', 'converged')
GROUP BY what, p.name ORDER BY what, p.name;
-- A second panel that says what the first does not change the flat model; combinations are all there.
SELECT count(*), sum(value)::numeric(9, 6) FROM more WHERE what = 'two panels' AND driver = 'passes' AND name = 'kappa_weight';
SELECT what, abs(value - (SELECT value FROM memory WHERE name = 'log_evidence' AND place = 1)) < 1e-9 AS flat FROM more
WHERE driver = 'memory' AND name = 'log_evidence' AND place = 1 AND what = 'two panels';
-- Everything always in: the mode under N(0, 10^2) for every column, as a fit with these variances given has it; no weight for the dials.
SELECT driver, max(abs(a.value - b.value)) < 1e-6 AS same FROM unnest('{memory,passes}'::text[]) driver,
	mindgap.binomial_fit('logit_row', 'y', 'x', driver => driver, always_in => '{1,2,3,4,5}') a
	JOIN LATERAL mindgap.binomial_fit('logit_row', 'y', 'x', driver => driver, prior_variance => array_fill(100::float8, '{5}')) b USING (name, place)
WHERE name IN ('intercept', 'beta', 'std_dev', 'prior_share') GROUP BY driver ORDER BY driver;

-- Passes come near: a quadratic around the average stands for all points of the grid.
SELECT p.name, max(abs(p.value - m.value))::numeric(9, 2) AS apart FROM pg_temp.fits('passes') p JOIN memory m USING (name, place)
WHERE p.name IN ('intercept', 'beta', 'std_dev', 'model_weight', 'overrule_flat', 'overrule_panel', 'converged') GROUP BY p.name ORDER BY p.name;
SELECT value <= 10 AS few_passes FROM pg_temp.fits('passes', person => 'i') WHERE name = 'passes';

-- What must not matter: the order of rows, a factor of the weights, an offset, workers.
CREATE FUNCTION pg_temp.apart(driver text, source text, x text, weight text) RETURNS float8 LANGUAGE sql AS $$
	SELECT max(abs(a.value - b.value) / greatest(1, abs(a.value)))
	FROM pg_temp.fits(driver, 'logit_row', weight => 'w', person => 'i') a
		FULL JOIN pg_temp.fits(driver, source, x => x, weight => weight, person => 'i') b USING (name, place)
$$;
SELECT driver, pg_temp.apart(driver, '(SELECT * FROM logit_row ORDER BY y, i DESC) r', 'x', 'w') < 1e-7 AS "order",
	pg_temp.apart(driver, 'logit_row', 'x', '1000 * w') < 1e-7 AS factor,
	pg_temp.apart(driver, 'logit_row', 'ARRAY[x[1] + 1e9, x[2] * 1024, x[3], x[4], x[5]]', 'w') < 1e-4 AS "offset"
FROM unnest('{memory,passes}'::text[]) driver;
CREATE TEMP TABLE serial AS SELECT * FROM pg_temp.fits('passes', person => 'i');
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT max(abs(a.value - b.value)) < 1e-7 AS parallel FROM serial a FULL JOIN pg_temp.fits('passes', person => 'i') b USING (name, place);

-- Cross-validation: with folds given for the mean alone, log loss, Brier score and calibration as plain SQL has them.
WITH s AS (
	SELECT mindgap.binomial_pass_agg(y, x[1:1], w, i % 2, '{1,1,1,2,2,0,0.5, 0,5,3, -0.5,0.25, 0.5,1, 0.1,0.2, 0.3,0.4}') AS s FROM logit_row
),
n AS (SELECT string_to_array(s::text::json ->> 'numbers', ' ')::float8[] AS n FROM s),
e AS (
	SELECT v, i % 2 AS fold, y, w / 2 AS w, CASE v WHEN 0 THEN CASE i % 2 WHEN 0 THEN -0.5 ELSE 0.5 END ELSE CASE i % 2 WHEN 0 THEN 0.1 ELSE 0.3 END END
		+ CASE v WHEN 0 THEN CASE i % 2 WHEN 0 THEN 0.25 ELSE 1 END ELSE CASE i % 2 WHEN 0 THEN 0.2 ELSE 0.4 END END * (x[1] - 5) / 3 AS eta
	FROM logit_row, generate_series(0, 1) v
),
o AS (
	SELECT v, fold, sum(w) AS w, -sum(w * (y * eta - ln(1 + exp(eta)))) AS loss, sum(w * (y - 1 / (1 + exp(-eta))) ^ 2) AS brier,
		sum(w * (y - 1 / (1 + exp(-eta)))) AS excess
	FROM e GROUP BY v, fold
)
SELECT v, fold, abs(n[1 + fold] - w) < 1e-9 AS w, abs(n[3 + 2 * v + fold] - loss) < 1e-9 AS loss,
	abs(n[7 + 2 * v + fold] - brier) < 1e-9 AS brier, abs(n[11 + 2 * v + fold] - excess) < 1e-9 AS excess
FROM n, o ORDER BY v, fold;

-- A pass that makes a quadratic: log likelihood, score, weights W and their moments.
WITH s AS (SELECT mindgap.binomial_pass_agg(y, x[1:1], w, 0, '{0,1,1,1,1,0,1, 0,5,3, -0.5,0.25}') AS s FROM logit_row),
n AS (SELECT string_to_array(s::text::json ->> 'numbers', ' ')::float8[] AS n FROM s),
e AS (SELECT y, w, (x[1] - 5) / 3 AS z, -0.5 + 0.25 * (x[1] - 5) / 3 AS eta FROM logit_row),
f AS (SELECT *, 1 / (1 + exp(-eta)) AS mu FROM e),
o AS (
	SELECT sum(w * (y * eta - ln(1 + exp(eta)))) AS loglik, sum(w * (y - mu)) AS score0, max(abs(eta)) AS eta, sum(w * (y - mu) * z) AS score,
		sum(w * mu * (1 - mu)) AS sw, sum(w * mu * (1 - mu) * z) / sum(w * mu * (1 - mu)) AS mean,
		sum(w * mu * (1 - mu) * z ^ 2) - sum(w * mu * (1 - mu) * z) ^ 2 / sum(w * mu * (1 - mu)) AS m2
	FROM f
)
SELECT abs(n[1] - loglik) < 1e-9 AS loglik, abs(n[2] - score0) < 1e-9 AS score0, abs(n[3] - eta) < 1e-12 AS eta, abs(n[4] - score) < 1e-9 AS score,
	abs(n[5] - sw) < 1e-9 AS w, abs(n[7] + n[8] - mean) < 1e-9 AS mean, abs(n[9] - m2) < 1e-9 AS m2
FROM n, o;

-- Missing x: the mean and an indicator, which inherits the category.
SELECT driver, max(abs(a.value - b.value)) < 1e-6 AS imputed
FROM unnest('{memory,passes}'::text[]) driver,
	mindgap.binomial_fit('logit_row', 'y', 'ARRAY[x[1], CASE WHEN i % 5 > 0 THEN x[2] END, x[3]]', '{1,1,2}', '{0.5,-0.5}', driver => driver) a
	JOIN LATERAL mindgap.binomial_fit('(SELECT *, avg(x[2]) FILTER (WHERE i % 5 > 0) OVER () AS fill FROM logit_row) r', 'y',
		'ARRAY[x[1], CASE WHEN i % 5 > 0 THEN x[2] ELSE fill END, x[3], (i % 5 = 0)::int]', '{1,1,2,1}', '{0.5,-0.5}', driver => driver) b USING (name, place)
GROUP BY driver ORDER BY driver;

-- Copies share their effect, constants have none; no panel, no category.
SELECT driver, b[1] = 0 AS constant, abs(b[2] - b[3]) < 1e-9 AS copies, b[2] > 0.3 AS effect
FROM unnest('{memory,passes}'::text[]) driver,
	LATERAL (SELECT array_agg(value ORDER BY place) AS b FROM mindgap.binomial_fit('logit_row', 'y', 'ARRAY[7, x[1], x[1]]', driver => driver) WHERE name = 'beta') f;
SELECT driver, count(*) FILTER (WHERE name = 'beta' AND value = 0) AS beta, max(round(value::numeric, 4)) FILTER (WHERE name = 'intercept') AS intercept
FROM unnest('{memory,passes}'::text[]) driver, mindgap.binomial_fit('logit_row', 'y', 'ARRAY[7]', driver => driver) GROUP BY driver ORDER BY driver;

-- Separation, and an outcome that is always the same: finite, and said.
SELECT driver, max(value) FILTER (WHERE name = 'converged') AS converged, bool_and(value < 1e6) FILTER (WHERE name IN ('beta', 'intercept')) AS finite
FROM unnest('{memory,passes}'::text[]) driver, mindgap.binomial_fit('logit_row', '(x[1] > 5)::int', 'x', '{1,1,2,2,3}', '{0.5,-0.2,-0.3}', driver => driver)
GROUP BY driver ORDER BY driver;
SELECT driver, max(round(value::numeric, 3)) FILTER (WHERE name = 'intercept') AS intercept
FROM unnest('{memory,passes}'::text[]) driver, mindgap.binomial_fit('logit_row', '1', 'x', driver => driver, person => 'i') GROUP BY driver ORDER BY driver;

-- More columns than rows.
SELECT driver, max(value) FILTER (WHERE name = 'converged') AS converged, count(*) FILTER (WHERE name = 'beta' AND value <> 0) AS beta
FROM unnest('{memory,passes}'::text[]) driver, pg_temp.fits(driver, '(SELECT * FROM logit_row WHERE i < 60 AND i % 15 IN (0, 7)) r',
	x => 'x || x[2:3] || (x[1] * x[2]) || (x[1] * x[3]) || (x[3] * x[2])') GROUP BY driver ORDER BY driver;

-- Rows that do not count.
SELECT driver, max(abs(a.value - b.value)) < 1e-7 AS same
FROM unnest('{memory,passes}'::text[]) driver, pg_temp.fits(driver, '(SELECT x, y, w, i FROM logit_row UNION ALL
		VALUES (NULL, 1, 1, 1), (''{1,2,3,4,5}''::float8[], NULL, 1, 1), (''{1,2,3,4,5}'', 1, NULL, 1), (''{1,2,3,4,5}'', 1, 0, 1), (''{1,2,3,4,5}'', 1, 1, NULL)) r', weight => 'w', person => 'i') a
	JOIN LATERAL pg_temp.fits(driver, weight => 'w', person => 'i') b USING (name, place) GROUP BY driver ORDER BY driver;

-- Wrong calls and wrong data.
SELECT driver, what, pg_temp.raises(format('SELECT count(*) FROM mindgap.binomial_fit(%L, %L, %L, weight => %L, driver => %L)', source, outcome, x, weight, driver))
FROM unnest('{memory,passes}'::text[]) driver,
	(VALUES (1, 'not 0 or 1', 'logit_row', '2', 'x', '1'),
		(2, 'not a number', 'logit_row', '''NaN''', 'x', '1'),
		(3, 'infinite x', 'logit_row', 'y', 'ARRAY[x[1], ''inf'']', '1'),
		(4, 'negative weight', 'logit_row', 'y', 'x', '-1'),
		(5, 'no weight', 'logit_row', 'y', 'x', '0'),
		(6, 'no row', '(SELECT * FROM logit_row WHERE false) r', 'y', 'x', '1'),
		(7, 'no outcome', 'logit_row', 'NULL', 'x', '1'),
		(8, 'two rows', '(SELECT * FROM logit_row LIMIT 2) r', 'y', 'x', '1'),
		(9, 'no column', 'logit_row', 'y', '''{}''', '1')) c(n, what, source, outcome, x, weight)
ORDER BY driver, n;
SELECT pg_temp.raises('SELECT * FROM mindgap.binomial_fit(NULL, ''y'', ''x'')');
SELECT pg_temp.raises('SELECT * FROM mindgap.binomial_fit(''logit_row'', ''y'', ''x'', prior_variance => ''{1}'')');
SELECT pg_temp.raises(format('SELECT mindgap.binomial_pass_agg(1, ''{1}'', 1, %s, %L) FROM generate_series(1, 3)', fold, settings))
FROM (VALUES (0, NULL), (0, '{}'), (0, '{0,1,1,1,1,0,1}'), (0, '{0,1,1,1,1,0,1, 1,0,1, 0,0}'), (0, '{0,1,1,1,1,0,1, 0,0,0, 0,0}'),
	(0, '{0,1,1,1,1,0,1, 0,0,1, 0,NaN}'), (0, '{0,1,1,1e9,1,0,1, 0,0,1, 0,0}'), (0, '{0,2,1,1,1,0,1, 0,0,1, 0,0}'),
	(2, '{0,1,1,1,2,0,1, 0,0,1, 0,0}'), (0, '{0,1,1,1,1,0,1, 0,0,1e-320, 0,0}')) v(fold, settings);
SELECT pg_temp.raises($$SELECT mindgap.binomial_pass_agg(1, '{1}', 1, 0, CASE WHEN i = 2 THEN '{0,1,1,2,1,0,1, 0,0,1, 0,0, 0,0}' ELSE '{0,1,1,1,1,0,1, 0,0,1, 0,0}' END::float8[]) FROM generate_series(1, 2) i$$);
SELECT pg_temp.raises(format($$SELECT mindgap.binomial_pass_agg(1, %L, 1, 0, CASE WHEN i = 2 THEN '{0,1,1,1,1,0,1, %s,0,1, 0,0}' ELSE '{0,1,1,1,1,0,1, 0,0,1, 0,0}' END::float8[]) FROM generate_series(1, 2) i$$, x, parent))
FROM unnest('{1e9,-1e9,1,-2,NaN}'::text[]) parent, unnest('{{1},{NULL}}'::text[]) x0, LATERAL (SELECT ARRAY[x0::float8] AS x) x;
SELECT pg_temp.raises($$SELECT mindgap.binomial_pass_accum(NULL, 1, '{1}', 1, 0, '{0,1,1,1,1,0,1, 0,0,1, 0,0}')$$);

SELECT pg_temp.raises('SELECT * FROM mindgap.binomial_fit(''logit_row'', ''y'', ''x'', ''{1,1,2,2,3}'', array_fill(0::float8, ''{8,3}''))');
SELECT pg_temp.raises('SELECT * FROM mindgap.binomial_fit(''logit_row'', ''y'', ''x'', ''{1,1,2,2,3}'', ''{1,-1}'')');

-- Text and binary form.
CREATE TEMP TABLE pass AS
SELECT mindgap.binomial_pass_agg(y, x, w, i % 2, array_cat('{0,5,5,2,2,0,1, 0,1,2,3,4, 5,6,7,0,9, 3,3,3,1,3}', array_fill(0.1::float8, '{12}'))) AS quadratic,
	mindgap.binomial_pass_agg(y, x, w, i % 2, array_cat('{1,5,5,2,2,0,1, 0,1,2,3,4, 5,6,7,0,9, 3,3,3,1,3}', array_fill(0.1::float8, '{24}'))) AS score
FROM logit_row;
SELECT quadratic::text::mindgap.prediction_pass::text = quadratic::text AS quadratic, score::text::mindgap.prediction_pass::text = score::text AS score FROM pass;
SELECT pg_column_size(quadratic) > 0, md5(mindgap.prediction_pass_send(quadratic)) = md5(mindgap.prediction_pass_send(quadratic::text::mindgap.prediction_pass)) AS binary FROM pass;
SELECT pg_temp.raises(format('SELECT %L::mindgap.prediction_pass', t))
FROM (VALUES (''), ('{}'), ('{"type":"prediction_pass","format":"2"}'), ('{"type":"prediction_pass","format":"1","counts":"0 15000 100 1000 1 0","n":"","numbers":"1"}'),
	('{"type":"prediction_pass","format":"1","counts":"0 1 1 1 1 0","n":"1","numbers":"1 2 3"}'),
	('{"type":"prediction_pass","format":"1","counts":"0 1 1 1 1 0","n":"1","numbers":"1 2 3 4 1 1 0 0 -1"}'),
	('{"type":"prediction_pass","format":"1","counts":"0 1 1 1 -1 0","n":"1","numbers":"1 2 3 4 1 1 0 0 1"}'),
	('{"type":"prediction_pass","format":"1","counts":"0 1 1 1 1 0","n":"1","numbers":"1 2 3 4 1 1 0 0 1"}')) v(t);

DROP TABLE logit_row;

-- Generalised entropy and Atkinson indices over persons: values and components against their definitions, errors against
-- numerical differentiation by the PSUs' weights, merging, forms, bad input.
SET client_min_messages = warning;
SET jit = off;
CREATE SCHEMA test_person_inequality;
SET search_path = test_person_inequality;

CREATE TABLE person AS
SELECT i AS id, 1 + i % 2 AS stratum, 1 + i % 9 AS psu, 1 + (i * 7) % 5 / 4.0::float8 AS weight,
	(i * 37 % 23 + 1)::float8 / 4 AS y, chr(97 + i % 3) AS g
FROM generate_series(1, 60) i;

-- The definitions, for weights scaled by f in one PSU; within = sum of p^(1-a) (S_g/S)^a GE_g.
CREATE FUNCTION direct(measure text, part text, s bigint, c bigint, f float8) RETURNS float8 LANGUAGE sql AS $$
	WITH p AS (SELECT y, g, weight * CASE WHEN stratum = s AND psu = c THEN f ELSE 1 END AS w FROM person),
	m AS (SELECT sum(w) AS tw, sum(w * y) / sum(w) AS mu FROM p),
	k AS (SELECT g, sum(w) AS gw, sum(w * y) / sum(w) AS gmu FROM p GROUP BY g),
	e AS (SELECT g, sum(w * ln(gmu / y)) / gw AS e0, sum(w * y / gmu * ln(y / gmu)) / gw AS e1, sum(w * ((y / gmu) ^ 2 - 1)) / gw / 2 AS e2
		FROM p JOIN k USING (g) GROUP BY g, gw)
	SELECT CASE part
		WHEN 'within' THEN (SELECT CASE measure WHEN 'mld' THEN sum(gw / tw * e0) WHEN 'theil' THEN sum(gw / tw * gmu / mu * e1)
			ELSE sum(gw / tw * (gmu / mu) ^ 2 * e2) END FROM k JOIN e USING (g), m)
		WHEN 'between' THEN (SELECT CASE measure WHEN 'mld' THEN sum(gw * ln(mu / gmu)) / min(tw)
			WHEN 'theil' THEN sum(gw * gmu / mu * ln(gmu / mu)) / min(tw) ELSE sum(gw * ((gmu / mu) ^ 2 - 1)) / min(tw) / 2 END FROM k, m)
		ELSE (SELECT CASE measure WHEN 'mld' THEN sum(w * ln(mu / y)) / min(tw) WHEN 'theil' THEN sum(w * y / mu * ln(y / mu)) / min(tw)
			WHEN 'ge2' THEN sum(w * ((y / mu) ^ 2 - 1)) / min(tw) / 2
			WHEN 'atkinson05' THEN 1 - (sum(w * sqrt(y)) / min(tw)) ^ 2 / min(mu)
			WHEN 'atkinson1' THEN 1 - exp(sum(w * ln(y)) / min(tw)) / min(mu)
			WHEN 'atkinson2' THEN 1 - min(tw) / sum(w / y) / min(mu) END FROM p, m) END
$$;

CREATE FUNCTION direct_se(measure text, part text) RETURNS float8 LANGUAGE sql AS $$
	SELECT sqrt(sum(n::float8 / (n - 1) * ss)) FROM (SELECT count(*) AS n, var_pop(z) * count(*) AS ss FROM (
		SELECT stratum, (direct(measure, part, stratum, psu, 1 + 1e-5) - direct(measure, part, stratum, psu, 1 - 1e-5)) / 2e-5 AS z
		FROM (SELECT DISTINCT stratum, psu FROM person) d) u GROUP BY stratum) h
$$;

CREATE VIEW whole AS SELECT mindgap.inequality_agg(y, g, weight, stratum, psu) AS s FROM person;

SELECT i.measure, i.component, round(i.estimate::numeric, 6) AS estimate, round(i.std_error::numeric, 6) AS std_error, i.df, i.p_value, i.n, i.status,
	abs(i.estimate - direct(i.measure, i.component, 0, 0, 1)) < 1e-12 AS value_right,
	abs(i.std_error / direct_se(i.measure, i.component) - 1) < 1e-6 AS error_right
FROM whole, unnest(ARRAY['mld', 'theil', 'ge2', 'atkinson05', 'atkinson1', 'atkinson2']) m, mindgap.inequality(s, m) i;

-- synonyms, and integer subgroups
SELECT i.measure, i.component, i.estimate = j.estimate AS same FROM (SELECT s, (SELECT mindgap.inequality_agg(y, ascii(g), weight, stratum, psu) FROM person) AS t FROM whole) q,
	(VALUES ('mld', 'ge0'), ('theil', 'ge1')) v(a, b), mindgap.inequality(s, a) i JOIN LATERAL mindgap.inequality(t, b) j USING (measure, component);

-- Merged in any order, and through the text form; many subgroups and PSUs.
CREATE VIEW same AS
SELECT 'merged' AS how, mindgap.rollup(s) AS s
FROM (SELECT id % 7, mindgap.inequality_agg(y, g, weight, stratum, psu) AS s FROM person GROUP BY 1 ORDER BY 1 DESC) p
UNION ALL SELECT 'text', s::text::mindgap.inequality_summary FROM whole
UNION ALL SELECT 'other order', mindgap.inequality_agg(y, g, weight, stratum, psu ORDER BY id DESC) FROM person
UNION ALL SELECT 'window', mindgap.inequality_agg(y, g, weight, stratum, psu) OVER () FROM (SELECT * FROM person ORDER BY y) p WHERE true LIMIT 4;
SELECT how, bool_and(abs(a.estimate - b.estimate) < 1e-12 AND abs(a.std_error / b.std_error - 1) < 1e-11 AND a.df = b.df) AS same
FROM same, whole w, mindgap.inequality(same.s) a JOIN LATERAL mindgap.inequality(w.s) b USING (component) GROUP BY how ORDER BY how COLLATE "C";
SELECT s::text = s::text::mindgap.inequality_summary::text AS exact FROM whole;

CREATE TABLE many AS
SELECT i % 50 AS stratum, i % 5000 AS psu, 1.0::float8 + i % 3 AS w, (1 + i % 101)::float8 AS y, 'group ' || i % 700 AS g FROM generate_series(1, 40000) i;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE serial_answer AS SELECT mindgap.inequality_agg(y, g, w, stratum, psu) AS s FROM many;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
ALTER TABLE many SET (parallel_workers = 4);
CREATE TABLE parallel_answer AS SELECT mindgap.inequality_agg(y, g, w, stratum, psu) AS s FROM many;
RESET ALL;
SET client_min_messages = warning;
SET search_path = test_person_inequality;
SELECT a.component, abs(a.estimate / b.estimate - 1) < 1e-11 AS estimate, abs(a.std_error / b.std_error - 1) < 1e-9 AS std_error
FROM serial_answer, parallel_answer p, mindgap.inequality(serial_answer.s) a JOIN LATERAL mindgap.inequality(p.s) b USING (component);
SELECT d.strata, d.psus, d.rows_counted, d.subgroups, d.cells FROM parallel_answer, mindgap.survey_design(s) d;
-- against the definitions again, 700 subgroups
SELECT i.component, abs(i.estimate / CASE i.component WHEN 'total' THEN total WHEN 'between' THEN between_ ELSE total - between_ END - 1) < 1e-10 AS right
FROM serial_answer, mindgap.inequality(s) i,
	(SELECT sum(w * y * ln(y)) / sum(w * y) - ln(sum(w * y) / sum(w)) AS total FROM many) t,
	(SELECT sum(gy * ln(gy / gw)) / sum(gy) - ln(sum(gy) / sum(gw)) AS between_ FROM (SELECT sum(w) AS gw, sum(w * y) AS gy FROM many GROUP BY g) k) b;
-- a group of small states
SELECT count(*), sum(estimate) > 0 AS positive FROM (SELECT mindgap.inequality_agg(y, 'all', w) AS s FROM many GROUP BY psu) q, mindgap.inequality(s) i WHERE component = 'total';

-- Rows that are their own PSU equal rows with a PSU each.
SELECT a.component, abs(a.estimate - b.estimate) < 1e-12 AS estimate, abs(a.std_error / b.std_error - 1) < 1e-10 AS std_error, a.df = b.df AS df
FROM (SELECT mindgap.inequality_agg(y, g, weight, stratum, NULL) AS x, mindgap.inequality_agg(y, g, weight, stratum, id) AS z FROM person) q,
	mindgap.inequality(x) a JOIN LATERAL mindgap.inequality(z) b USING (component);

-- A domain: subgroup NULL keeps the PSU.
SELECT i.component, i.df, i.n FROM (SELECT mindgap.inequality_agg(y, CASE WHEN psu > 4 THEN g END, weight, 1, psu) AS s FROM person) q, mindgap.inequality(s) i;
SELECT d.psus, d.rows_counted, d.rows_missing, d.rows_without_weight FROM (SELECT mindgap.inequality_agg(NULLIF(y, 1), CASE WHEN psu > 4 THEN g END, NULLIF(weight, 2), 1, psu) AS s FROM person) q, mindgap.survey_design(s) d;

-- Zero and negative outcomes, one subgroup, nothing at all.
SELECT m, i.component, round(i.estimate::numeric, 6) AS estimate, i.status
FROM (SELECT mindgap.inequality_agg(y - 0.25, g, weight) AS s FROM person) q, unnest(ARRAY['mld', 'theil', 'ge2', 'atkinson05', 'atkinson2']) m, mindgap.inequality(s, m) i;
SELECT m, i.component, i.estimate, i.status
FROM (SELECT mindgap.inequality_agg(y - 1, g, weight) AS s FROM person) q, unnest(ARRAY['ge2', 'atkinson05']) m, mindgap.inequality(s, m) i;
SELECT i.component, round(i.estimate::numeric, 6) AS estimate, i.status FROM (SELECT mindgap.inequality_agg(y, 'all', weight) AS s FROM person) q, mindgap.inequality(s) i;
SELECT i.component, i.estimate, i.status FROM (SELECT mindgap.inequality_agg(NULL, 'all') AS s) q, mindgap.inequality(s) i;
SELECT i.component, i.estimate, i.std_error, i.status FROM (SELECT mindgap.inequality_agg(3, 'all') AS s) q, mindgap.inequality(s, 'atkinson1') i;
SELECT count(*) FROM mindgap.inequality(NULL);
SELECT mindgap.inequality_agg(1, 'a') FILTER (WHERE false) IS NULL AS empty;

-- Wrong calls.
SELECT mindgap.inequality_agg('Infinity', 'a');
SELECT mindgap.inequality_agg(1, 'a', 'NaN');
SELECT mindgap.inequality_agg(1e200, 'a', 1);
SELECT * FROM whole, mindgap.inequality(s, 'gini');
SELECT mindgap.rollup(s) FROM (SELECT mindgap.inequality_agg(1, 'a') AS s UNION ALL SELECT mindgap.inequality_agg(1, 1)) q;
SELECT 'x'::mindgap.inequality_summary;
SELECT replace(s::text, '"a","b"', '"a","a"')::mindgap.inequality_summary FROM whole;
SELECT replace(s::text, '"psu_stratum":"0', '"psu_stratum":"7')::mindgap.inequality_summary FROM whole;

DROP SCHEMA test_person_inequality CASCADE;

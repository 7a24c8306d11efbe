-- Concentration indices over persons and the Gini coefficient: values against the pairwise definition, errors against
-- numerical differentiation by the PSUs' weights, merging, forms, bad input.
SET client_min_messages = warning;
SET jit = off;
CREATE SCHEMA test_concentration;
SET search_path = test_concentration;

CREATE TABLE person AS
SELECT i AS id, 1 + i % 2 AS stratum, 1 + i % 9 AS psu, 1 + (i * 7) % 5 / 4.0::float8 AS weight,
	(i * 37 % 23 + 1)::float8 AS income, ((i * 53 + i * i) % 19)::float8 AS score
FROM generate_series(1, 60) i;

CREATE VIEW ranked AS
SELECT p.*, mindgap.ridit(weight) OVER r AS ridit, mindgap.outcome_above(score, weight) OVER r AS above,
	mindgap.ridit(weight) OVER o AS own_ridit, mindgap.outcome_above(score, weight) OVER o AS own_above
FROM person p
WINDOW r AS (ORDER BY income), o AS (ORDER BY score);

-- The pairwise definition: C = sum_ij w_i w_j (y_i - y_j) sign(r_i - r_j) / (2 W^2 mu), for weights scaled by f in one PSU.
CREATE FUNCTION pairwise(by_income boolean, s bigint, c bigint, f float8, OUT c_index float8, OUT mean float8) LANGUAGE sql AS $$
	WITH p AS (SELECT score AS y, CASE WHEN by_income THEN income ELSE score END AS r,
		weight * CASE WHEN stratum = s AND psu = c THEN f ELSE 1 END AS w FROM person)
	SELECT sum(a.w * b.w * (a.y - b.y) * sign(a.r - b.r)) / (2 * sum(a.w * b.w * a.y)),
		sum(a.w * b.w * a.y) / sum(a.w * b.w)
	FROM p a, p b
$$;

CREATE TABLE truth AS
SELECT by_income, (pairwise(by_income, 0, 0, 1)).*, v.se, v.mean_se
FROM (VALUES (true), (false)) k(by_income),
	LATERAL (SELECT sqrt(sum(n::float8 / (n - 1) * ss)) AS se, sqrt(sum(n::float8 / (n - 1) * mean_ss)) AS mean_se
		FROM (SELECT count(*) AS n, var_pop(z) * count(*) AS ss, var_pop(m) * count(*) AS mean_ss
			FROM (SELECT stratum, psu, (up.c_index - down.c_index) / 2e-5 AS z,
					(up.mean * up.c_index - down.mean * down.c_index) / 2e-5 AS m
				FROM (SELECT DISTINCT stratum, psu FROM person) d,
					pairwise(by_income, stratum, psu, 1 + 1e-5) up, pairwise(by_income, stratum, psu, 1 - 1e-5) down) z
			GROUP BY stratum) h) v;

CREATE VIEW whole AS
SELECT true AS by_income, mindgap.concentration_agg(score, ridit, above, weight, stratum, psu) AS s FROM ranked
UNION ALL
SELECT false, mindgap.concentration_agg(score, own_ridit, own_above, weight, stratum, psu) FROM ranked;

SELECT w.by_income, c.index, round(c.estimate::numeric, 6) AS estimate, round(c.std_error::numeric, 6) AS std_error, c.df, c.n, c.status,
	abs(c.estimate - t.c_index) < 1e-12 AS value_right, abs(c.std_error / t.se - 1) < 1e-6 AS error_right
FROM whole w JOIN truth t USING (by_income), mindgap.concentration(w.s) c ORDER BY 1;

-- the other indices from mean and C; the error of the generalised one, and so of Erreygers', by differentiation
SELECT c.index, c.status,
	abs(c.estimate - t.mean * t.c_index * CASE c.index WHEN 'generalised' THEN 1 WHEN 'erreygers' THEN 4 / 20.0
		WHEN 'wagstaff' THEN 20 / ((20 - t.mean) * t.mean) ELSE 1 / t.mean END) < 1e-12 AS value_right,
	abs(c.std_error / CASE c.index WHEN 'generalised' THEN t.mean_se WHEN 'erreygers' THEN t.mean_se * 4 / 20
		WHEN 'modified' THEN t.se END - 1) < 1e-6 AS error_right
FROM whole w JOIN truth t USING (by_income), unnest(ARRAY['generalised', 'erreygers', 'wagstaff', 'modified']) i,
	mindgap.concentration(w.s, i, lower => 0, upper => 20) c
WHERE w.by_income ORDER BY c.index COLLATE "C";

-- Merged in any order, as parallel workers do, and through the text form: the same to rounding.
CREATE VIEW same AS
SELECT 'merged' AS how, mindgap.rollup(s) AS s
FROM (SELECT id % 7, mindgap.concentration_agg(score, ridit, above, weight, stratum, psu) AS s FROM ranked GROUP BY 1 ORDER BY 1 DESC) p
UNION ALL SELECT 'merged with NULL', mindgap.rollup(s) FROM (SELECT s FROM whole WHERE by_income UNION ALL SELECT NULL) n
UNION ALL SELECT 'text', s::text::mindgap.concentration_summary FROM whole WHERE by_income
UNION ALL SELECT 'other order', mindgap.concentration_agg(score, ridit, above, weight, stratum, psu ORDER BY id DESC) FROM ranked;

SELECT how, abs(a.estimate - b.estimate) < 1e-12 AS estimate, abs(a.std_error / b.std_error - 1) < 1e-12 AS std_error, a.df = b.df AS df
FROM same, mindgap.concentration(same.s) a, whole w, mindgap.concentration(w.s) b WHERE w.by_income ORDER BY how COLLATE "C";

SELECT s::text = s::text::mindgap.concentration_summary::text AS exact FROM whole;

CREATE TABLE many AS
SELECT i % 50 AS stratum, i % 5000 AS psu, 1.0::float8 + i % 3 AS w, (i % 101)::float8 AS y FROM generate_series(1, 40000) i;
CREATE TABLE many_ranked AS SELECT *, mindgap.ridit(w) OVER o AS r, mindgap.outcome_above(y, w) OVER o AS a FROM many WINDOW o AS (ORDER BY y);
CREATE TABLE answer (how text, s mindgap.concentration_summary);
SET max_parallel_workers_per_gather = 0;
INSERT INTO answer SELECT 'serial', mindgap.concentration_agg(y, r, a, w, stratum, psu) FROM many_ranked;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
ALTER TABLE many_ranked SET (parallel_workers = 4);
CREATE TABLE parallel_answer AS SELECT mindgap.concentration_agg(y, r, a, w, stratum, psu) AS s FROM many_ranked;
RESET ALL;
SET client_min_messages = warning;
SET search_path = test_concentration;
SELECT abs(a.estimate - b.estimate) < 1e-12 AS estimate, abs(a.std_error / b.std_error - 1) < 1e-9 AS std_error, d.strata, d.psus, d.rows_counted
FROM answer, parallel_answer p, mindgap.concentration(answer.s) a, mindgap.concentration(p.s) b, mindgap.survey_design(p.s) d;

-- Rows that are their own PSU equal rows with a PSU each.
SELECT abs(a.estimate - b.estimate) < 1e-12 AS estimate, abs(a.std_error / b.std_error - 1) < 1e-10 AS std_error, a.df = b.df AS df
FROM (SELECT mindgap.concentration_agg(score, ridit, above, weight, stratum, NULL) AS x,
		mindgap.concentration_agg(score, ridit, above, weight, stratum, id) AS y FROM ranked) q,
	mindgap.concentration(x) a, mindgap.concentration(y) b;

-- NULLs and weights: missing rows register their PSU; without weight a row is left out.
SELECT d.* FROM (SELECT mindgap.concentration_agg(y, r, a, w, 1, p) AS s FROM (VALUES (1::float8, 0.25::float8, 3::float8, 1::float8, 1),
	(3, 0.75, 1.5, 1, 2), (NULL, 0.5, 1, 1, 3), (1, NULL, 1, 1, 4), (1, 0.5, NULL, 0, 5), (1, 0.5, 1, NULL, 6)) v(y, r, a, w, p)) q,
	mindgap.survey_design(s) d;
SELECT mindgap.concentration_agg(1, 0.5, 0.5) FILTER (WHERE false) IS NULL AS empty;
SELECT c.* FROM (SELECT mindgap.concentration_agg(NULL, NULL, NULL) AS s) q, mindgap.concentration(s) c;
SELECT c.* FROM (SELECT mindgap.concentration_agg(2, 0.5, 1) AS s) q, mindgap.concentration(s) c;
SELECT mindgap.concentration(NULL) IS NULL AS null_in;

-- What cannot be estimated says why: ranks of other rows, negative outcomes, bounds, a lonely PSU.
SELECT c.estimate, c.status FROM (SELECT mindgap.concentration_agg(score, ridit, above, weight) AS s FROM ranked WHERE id < 50) q, mindgap.concentration(s) c;
SELECT c.estimate, c.status FROM (SELECT mindgap.concentration_agg(y, mindgap_r, a) AS s
	FROM (SELECT y, mindgap.ridit(1) OVER (ORDER BY y) AS mindgap_r, mindgap.outcome_above(y, 1) OVER (ORDER BY y) AS a FROM (VALUES (-1.0::float8), (5), (6)) v(y)) r) q,
	mindgap.concentration(s) c;
SELECT c.index, c.estimate, c.status FROM whole w, mindgap.concentration(w.s, 'erreygers', 0, 10) c WHERE w.by_income;
SELECT c.std_error, c.status, round(d.std_error::numeric, 6) AS adjusted
FROM (SELECT mindgap.concentration_agg(score, ridit, above, weight, CASE WHEN psu = 1 THEN 9 ELSE stratum END, psu) AS s FROM ranked) q,
	mindgap.concentration(s) c, mindgap.concentration(s, lonely_psu => 'adjust') d;

-- Wrong calls.
SELECT mindgap.concentration_agg(1, 1.5, 1);
SELECT mindgap.concentration_agg('NaN', 0.5, 1);
SELECT mindgap.concentration_agg(1, 0.5, 'Infinity');
SELECT mindgap.concentration_agg(1, 0.5, 1, -1);
SELECT mindgap.concentration_agg(1, 0.5, 1, 1, NULL, 1);
SELECT mindgap.concentration_agg(1e308, 0.5, 1, 1e10);
SELECT mindgap.concentration(s, 'gini') FROM whole;
SELECT mindgap.concentration(s, 'wagstaff', 0) FROM whole;
SELECT mindgap.concentration(s, 'erreygers', 1, 0) FROM whole;
SELECT mindgap.concentration(s, level => 1) FROM whole;
SELECT mindgap.concentration_accum(NULL, 1, 1, 1);
SELECT mindgap.rollup(s) FROM (SELECT mindgap.concentration_agg(1, 0.5, 1) AS s UNION ALL SELECT mindgap.concentration_agg(1, 0.5, 1, 1, 1, 1)) q;
SELECT '{}'::mindgap.concentration_summary;
SELECT replace(s::text, '"cell_n":"', '"cell_n":"-')::mindgap.concentration_summary FROM whole LIMIT 1;
SELECT replace(s::text, '"entries":"5"', '"entries":"2000000000"')::mindgap.concentration_summary FROM whole LIMIT 1;
SELECT replace(s::text, 'concentration_summary', 'regression_summary')::mindgap.concentration_summary FROM whole LIMIT 1;

DROP SCHEMA test_concentration CASCADE;

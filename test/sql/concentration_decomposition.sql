-- The decomposition of a concentration index: values against a slow computation in SQL, errors against its numerical
-- differentiation by the PSUs' weights, sums, offsets, collinearity, merging, forms, bad input.
SET client_min_messages = warning;
SET jit = off;
CREATE SCHEMA test_decomposition;
SET search_path = test_decomposition;

CREATE TABLE person AS
SELECT i AS id, 1 + i % 2 AS stratum, 1 + i % 9 AS psu, 1 + (i * 7) % 5 / 4.0::float8 AS w, (i * 37 % 23 + 1)::float8 AS income,
	(i * 37 % 23 + i * i % 7)::float8 AS x1, (i * i % 11 - 8)::float8 AS x2, ((i * 53 + i * i) % 19 + i * 37 % 23 * 0.25)::float8 AS y
FROM generate_series(1, 72) i;

CREATE VIEW ranked AS
SELECT *, mindgap.ridit(w) OVER r AS ridit, mindgap.outcome_above(y, w) OVER r AS y_above,
	ARRAY[mindgap.outcome_above(y, w) OVER r, mindgap.outcome_above(x1, w) OVER r, mindgap.outcome_above(x2, w) OVER r] AS above
FROM person WINDOW r AS (ORDER BY income);
CREATE TABLE whole AS SELECT mindgap.concentration_decomposition_agg(y, ARRAY[x1, x2], ridit, above, w, stratum, psu) AS s,
	mindgap.concentration_agg(y, ridit, y_above, w, stratum, psu) AS c FROM ranked;

-- The slow way, for weights scaled by f in one PSU: pairwise indices G_z = sum_ij w_i w_j (z_i - z_j) sign(r_i - r_j) / (2 W^2),
-- and the normal equations of two variables.
CREATE FUNCTION slow(s bigint, c bigint, f float8) RETURNS TABLE (kind text, component text, term text, elasticity float8, concentration float8, estimate float8)
LANGUAGE sql AS $$
	WITH p AS (SELECT *, w * CASE WHEN stratum = s AND psu = c THEN f ELSE 1 END AS v FROM person),
	m AS (SELECT sum(v) AS n, sum(v * y) / sum(v) AS y, sum(v * x1) / sum(v) AS x1, sum(v * x2) / sum(v) AS x2 FROM p),
	q AS (SELECT sum(v * (p.x1 - m.x1) ^ 2) AS s11, sum(v * (p.x2 - m.x2) ^ 2) AS s22, sum(v * (p.x1 - m.x1) * (p.x2 - m.x2)) AS s12,
		sum(v * (p.x1 - m.x1) * (p.y - m.y)) AS s1y, sum(v * (p.x2 - m.x2) * (p.y - m.y)) AS s2y FROM p, m),
	b AS (SELECT (s22 * s1y - s12 * s2y) / (s11 * s22 - s12 ^ 2) AS b1, (s11 * s2y - s12 * s1y) / (s11 * s22 - s12 ^ 2) AS b2 FROM q),
	g AS (SELECT sum(a.v * o.v * (a.y - o.y) * sign(a.income - o.income)) / (2 * sum(a.v * o.v)) AS gy,
		sum(a.v * o.v * (a.x1 - o.x1) * sign(a.income - o.income)) / (2 * sum(a.v * o.v)) AS g1,
		sum(a.v * o.v * (a.x2 - o.x2) * sign(a.income - o.income)) / (2 * sum(a.v * o.v)) AS g2 FROM p a, p o)
	SELECT k.kind, t.component, t.term, t.elasticity, t.g / CASE k.kind WHEN 'standard' THEN t.mean ELSE 1 END, t.part / CASE k.kind WHEN 'standard' THEN m.y ELSE 1 END
	FROM m, b, g, (VALUES ('standard'), ('generalised')) k(kind),
		LATERAL (VALUES ('determinant', 'x1', b1 * m.x1 / m.y, m.x1, g1, b1 * g1), ('determinant', 'x2', b2 * m.x2 / m.y, m.x2, g2, b2 * g2),
			('residual', NULL, NULL, NULL, NULL, gy - b1 * g1 - b2 * g2), ('total', NULL, NULL, NULL, NULL, gy)) t(component, term, elasticity, mean, g, part)
$$;

CREATE TABLE truth AS
SELECT t.*, v.se FROM slow(0, 0, 1) t JOIN (SELECT kind, component, term, sqrt(sum(n::float8 / (n - 1) * ss)) AS se
	FROM (SELECT kind, component, term, stratum, count(*) AS n, var_pop(z) * count(*) AS ss
		FROM (SELECT up.kind, up.component, up.term, stratum, psu, (up.estimate - down.estimate) / 2e-5 AS z
			FROM (SELECT DISTINCT stratum, psu FROM person) d, slow(stratum, psu, 1 + 1e-5) up
				JOIN LATERAL slow(stratum, psu, 1 - 1e-5) down ON (down.kind, down.component) = (up.kind, up.component) AND down.term IS NOT DISTINCT FROM up.term) z
		GROUP BY 1, 2, 3, 4) h GROUP BY 1, 2, 3) v ON (v.kind, v.component) = (t.kind, t.component) AND v.term IS NOT DISTINCT FROM t.term;

CREATE TABLE parts AS
SELECT kind, d.* FROM whole, unnest(ARRAY['standard', 'generalised']) kind, mindgap.concentration_decomposition(s, index => kind) d;
SELECT kind, component, term, round(elasticity::numeric, 6) AS elasticity, round(concentration::numeric, 6) AS concentration, round(estimate::numeric, 6) AS estimate,
	round(std_error::numeric, 6) AS std_error, df, round(share::numeric, 4) AS share, status
FROM parts;
SELECT p.kind, p.component, p.term, coalesce(abs(p.elasticity - t.elasticity) < 1e-12, p.elasticity IS NULL AND t.elasticity IS NULL) AS elasticity,
	coalesce(abs(p.concentration - t.concentration) < 1e-12, p.concentration IS NULL AND t.concentration IS NULL) AS concentration,
	abs(p.estimate - t.estimate) < 1e-12 AS estimate, abs(p.std_error / t.se - 1) < 1e-6 AS std_error
FROM parts p JOIN truth t ON (p.kind, p.component) = (t.kind, t.component) AND p.term IS NOT DISTINCT FROM t.term ORDER BY 1, 2, 3;

-- The parts add up; elasticity times index is the contribution; shares are percent; the total is concentration() with its error.
SELECT kind, abs(sum(estimate) FILTER (WHERE component <> 'total') - sum(estimate) FILTER (WHERE component = 'total')) < 1e-15 AS sum,
	abs(sum(share) FILTER (WHERE component <> 'total') - 100) < 1e-10 AS shares, bool_and(share = 100) FILTER (WHERE component = 'total') AS of_total,
	bool_and(kind = 'generalised' OR abs(elasticity * concentration - estimate) < 1e-14) FILTER (WHERE component = 'determinant') AS product
FROM parts GROUP BY kind ORDER BY kind COLLATE "C";
SELECT kind, abs(p.estimate - c.estimate) < 1e-14 AS estimate, abs(p.std_error / c.std_error - 1) < 1e-12 AS std_error, p.df = c.df AS df,
	abs(p.conf_low - c.conf_low) < 1e-13 AS conf_low, abs(p.p_value - c.p_value) < 1e-12 AS p_value
FROM parts p, whole, mindgap.concentration(whole.c, p.kind) c WHERE component = 'total' ORDER BY kind COLLATE "C";

-- Merged in any order, as parallel workers do, about other first rows, with an offset on x, and through the text form: the same to rounding.
CREATE TABLE same AS
SELECT 'merged' AS how, mindgap.rollup(s ORDER BY i DESC) AS s
FROM (SELECT id % 7 AS i, mindgap.concentration_decomposition_agg(y, ARRAY[x1, x2], ridit, above, w, stratum, psu) AS s FROM ranked GROUP BY 1) p
UNION ALL SELECT 'merged with NULL', mindgap.rollup(s) FROM (SELECT s FROM whole UNION ALL SELECT NULL) n
UNION ALL SELECT 'merged with nothing seen', mindgap.rollup(s) FROM (SELECT mindgap.concentration_decomposition_agg(NULL, NULL, NULL, NULL, 1, 1, 1) AS s UNION ALL SELECT s FROM whole) n
UNION ALL SELECT 'text', s::text::mindgap.decomposition_summary FROM whole
UNION ALL SELECT 'other order', mindgap.concentration_decomposition_agg(y, ARRAY[x1, x2], ridit, above, w, stratum, psu ORDER BY id DESC) FROM ranked
UNION ALL SELECT 'first NULL', mindgap.concentration_decomposition_agg(y, x, ridit, above, w, stratum, psu)
FROM (SELECT y, ARRAY[x1, x2] AS x, ridit, above, w, stratum, psu, id FROM ranked UNION ALL SELECT y, NULL, ridit, NULL, 0, stratum, psu, 0 FROM ranked ORDER BY id) o
UNION ALL SELECT 'offset, merged', mindgap.rollup(s) FROM (SELECT mindgap.concentration_decomposition_agg(y, ARRAY[x1 + 1e6, x2 - 1e6], ridit, above, w, stratum, psu) AS s
	FROM (SELECT id, y, x1, x2, w, stratum, psu, mindgap.ridit(w) OVER r AS ridit, ARRAY[mindgap.outcome_above(y, w) OVER r,
		mindgap.outcome_above(x1 + 1e6, w) OVER r, mindgap.outcome_above(x2 - 1e6, w) OVER r] AS above FROM person WINDOW r AS (ORDER BY income)) o GROUP BY id % 5) p;
SELECT how, max(abs(d.estimate / p.estimate - 1)) < 1e-9 AS estimate, max(abs(d.std_error / p.std_error - 1)) < 1e-9 AS std_error, bool_and(d.df = p.df) AS df
FROM same, mindgap.concentration_decomposition(s) d JOIN parts p ON p.kind = 'standard' AND p.component = d.component AND p.term IS NOT DISTINCT FROM d.term
GROUP BY how ORDER BY how COLLATE "C";
SELECT bool_and(s::text = s::text::mindgap.decomposition_summary::text) AS exact FROM same;

CREATE TABLE many AS
SELECT i % 50 AS stratum, i % 5000 AS psu, 1.0::float8 + i % 3 AS w, i % 101 + i % 7 * 2.0::float8 AS y, (i % 7)::float8 AS x1, (i % 13)::float8 AS x2 FROM generate_series(1, 40000) i;
CREATE TABLE many_ranked AS SELECT *, ARRAY[x1, x2] AS x, mindgap.ridit(w) OVER o AS r,
	ARRAY[mindgap.outcome_above(y, w) OVER o, mindgap.outcome_above(x1, w) OVER o, mindgap.outcome_above(x2, w) OVER o] AS a FROM many WINDOW o AS (ORDER BY x1 * x2);
SET max_parallel_workers_per_gather = 0;
CREATE TABLE answer AS SELECT mindgap.concentration_decomposition_agg(y, x, r, a, w, stratum, psu) AS s FROM many_ranked;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
ALTER TABLE many_ranked SET (parallel_workers = 4);
EXPLAIN (COSTS OFF) SELECT mindgap.concentration_decomposition_agg(y, x, r, a, w, stratum, psu) AS s FROM many_ranked;
CREATE TABLE parallel_answer AS SELECT mindgap.concentration_decomposition_agg(y, x, r, a, w, stratum, psu) AS s FROM many_ranked;
RESET ALL;
SET client_min_messages = warning;
SET search_path = test_decomposition;
SELECT a.component, a.term, abs(a.estimate / b.estimate - 1) < 1e-9 AS estimate, abs(a.std_error / b.std_error - 1) < 1e-9 AS std_error
FROM answer, parallel_answer p, mindgap.concentration_decomposition(answer.s) a
	JOIN LATERAL mindgap.concentration_decomposition(p.s) b ON a.component = b.component AND a.term IS NOT DISTINCT FROM b.term ORDER BY 1, 2;
SELECT d.strata, d.psus, d.rows_as_psu, d.rows_counted, d.rows_missing, d.rows_without_weight FROM parallel_answer, mindgap.survey_design(s) d;

-- Rows that are their own PSU equal rows with a PSU each, also when they are merged about other first rows; without weight all weigh 1.
SELECT a.component, a.term, abs(a.estimate / b.estimate - 1) < 1e-10 AS estimate, abs(a.std_error / b.std_error - 1) < 1e-10 AS std_error,
	abs(c.std_error / b.std_error - 1) < 1e-9 AS merged, a.df = b.df AND c.df = b.df AS df
FROM (SELECT mindgap.concentration_decomposition_agg(y, ARRAY[x1, x2], ridit, above, w, stratum, NULL) AS x,
		mindgap.concentration_decomposition_agg(y, ARRAY[x1, x2], ridit, above, w, stratum, id) AS z FROM ranked) q,
	(SELECT mindgap.rollup(s) AS m FROM (SELECT mindgap.concentration_decomposition_agg(y, ARRAY[x1, x2], ridit, above, w, stratum, NULL) AS s FROM ranked GROUP BY id % 4) p) k,
	mindgap.concentration_decomposition(x) a JOIN LATERAL mindgap.concentration_decomposition(z) b ON a.component = b.component AND a.term IS NOT DISTINCT FROM b.term
	JOIN LATERAL mindgap.concentration_decomposition(m) c ON a.component = c.component AND a.term IS NOT DISTINCT FROM c.term ORDER BY 1, 2;
SELECT bool_and(a = b) AS unweighted FROM (SELECT mindgap.concentration_decomposition_agg(y, ARRAY[x1], r, a) AS s, mindgap.concentration_decomposition_agg(y, ARRAY[x1], r, a, 1) AS t
	FROM (SELECT y, x1, mindgap.ridit(1) OVER o AS r, ARRAY[mindgap.outcome_above(y, 1) OVER o, mindgap.outcome_above(x1, 1) OVER o] AS a FROM person WINDOW o AS (ORDER BY income)) p) q,
	mindgap.concentration_decomposition(s) a JOIN LATERAL mindgap.concentration_decomposition(t) b USING (component);

-- Constant and collinear determinants are left out and named; the others are as without them.  No determinant: all is residual.
SELECT d.component, d.term, abs(d.estimate / p.estimate - 1) < 1e-9 AS estimate, abs(d.std_error / p.std_error - 1) < 1e-9 AS std_error, d.share IS NULL AS no_share, d.status
FROM (SELECT mindgap.concentration_decomposition_agg(y, ARRAY[7, x1, x2, x1 + 2 * x2 - 3], ridit, above, w, stratum, psu) AS s
		FROM (SELECT *, mindgap.ridit(w) OVER r AS ridit, ARRAY[mindgap.outcome_above(y, w) OVER r, mindgap.outcome_above(7, w) OVER r, mindgap.outcome_above(x1, w) OVER r,
			mindgap.outcome_above(x2, w) OVER r, mindgap.outcome_above(x1 + 2 * x2 - 3, w) OVER r] AS above FROM person WINDOW r AS (ORDER BY income)) o) q,
	mindgap.concentration_decomposition(s, ARRAY['constant', 'x1', 'x2', 'sum']) d
	LEFT JOIN parts p ON p.kind = 'standard' AND p.component = d.component AND p.term IS NOT DISTINCT FROM d.term ORDER BY 1, 2;
SELECT d.component, d.term, abs(d.estimate / p.estimate - 1) < 1e-12 AS estimate, abs(d.std_error / p.std_error - 1) < 1e-12 AS std_error, d.share, d.status
FROM (SELECT mindgap.concentration_decomposition_agg(y, '{}', ridit, above[1:1], w, stratum, psu) AS s FROM ranked) q, mindgap.concentration_decomposition(s) d
	JOIN parts p ON p.kind = 'standard' AND p.component = 'total' ORDER BY 1;

-- A determinant whose mean is 0 has a contribution, but no relative index.
SELECT d.component, d.term, d.elasticity, d.concentration, round(d.estimate::numeric, 6) AS estimate, d.status
FROM (SELECT mindgap.concentration_decomposition_agg(y, ARRAY[x1 - m], r, a) AS s FROM (SELECT y, x1, m, mindgap.ridit(1) OVER o AS r,
		ARRAY[mindgap.outcome_above(y, 1) OVER o, mindgap.outcome_above(x1 - m, 1) OVER o] AS a
		FROM person, (SELECT avg(x1) AS m FROM person) c WINDOW o AS (ORDER BY income)) p) q, mindgap.concentration_decomposition(s, ARRAY['centred']) d;

-- NULLs and weights: missing rows register their PSU; without weight a row is left out.
SELECT d.strata, d.psus, d.rows_counted, d.rows_missing, d.rows_without_weight FROM (SELECT mindgap.concentration_decomposition_agg(y, x, r, a, w, 1, p) AS s
	FROM (VALUES (1::float8, ARRAY[2::float8], 0.25::float8, ARRAY[3::float8, 1], 1::float8, 1), (3, ARRAY[1], 0.75, ARRAY[1.5, 1], 1, 2), (NULL, ARRAY[1], 0.5, ARRAY[1, 1], 1, 3),
		(1, NULL, 0.5, ARRAY[1, 1], 1, 4), (1, ARRAY[NULL::float8], 0.5, ARRAY[1, 1], 1, 5), (1, ARRAY[1], NULL, ARRAY[1, 1], 1, 6), (1, ARRAY[1], 0.5, NULL, 1, 7),
		(1, ARRAY[1], 0.5, ARRAY[1, NULL], 1, 8), (1, ARRAY[1], 0.5, ARRAY[1, 1], 0, 9), (1, ARRAY[1], 0.5, ARRAY[1, 1], NULL, 10)) v(y, x, r, a, w, p)) q, mindgap.survey_design(s) d;
-- rows that lack something, with weight 0 in the ranks, leave the rest as it was
SELECT d.component, d.term, abs(d.estimate / p.estimate - 1) < 1e-12 AS estimate, abs(d.std_error / p.std_error - 1) < 1e-12 AS std_error
FROM (SELECT mindgap.concentration_decomposition_agg(y, ARRAY[x1, x2], ridit, above, w, stratum, psu) AS s
		FROM (SELECT *, mindgap.ridit(w) OVER r AS ridit, ARRAY[mindgap.outcome_above(y, w) OVER r, mindgap.outcome_above(x1, w) OVER r, mindgap.outcome_above(x2, w) OVER r] AS above
			FROM (TABLE person UNION ALL SELECT id + 100, stratum, psu, 0, income, x1, NULL, y FROM person) p WINDOW r AS (ORDER BY income)) o) q,
	mindgap.concentration_decomposition(s) d JOIN parts p ON p.kind = 'standard' AND p.component = d.component AND p.term IS NOT DISTINCT FROM d.term ORDER BY 1, 2;
SELECT mindgap.concentration_decomposition_agg(1, ARRAY[1], 0.5, ARRAY[1, 1]) FILTER (WHERE false) IS NULL AS empty;
SELECT d.component, d.term, d.estimate, d.status FROM (SELECT mindgap.concentration_decomposition_agg(NULL, ARRAY[1], NULL, NULL) AS s) q, mindgap.concentration_decomposition(s) d;
SELECT d.component, d.term, d.estimate, d.status FROM (SELECT mindgap.concentration_decomposition_agg(1, NULL, NULL, NULL) AS s) q, mindgap.concentration_decomposition(s) d;
SELECT count(*) FROM mindgap.concentration_decomposition(NULL);

-- What cannot be decomposed says why: ranks of other rows, totals of another variable, negative outcomes, a lonely PSU.
SELECT d.component, d.term, d.estimate, d.share, d.status
FROM (SELECT mindgap.concentration_decomposition_agg(y, ARRAY[x1, x2], ridit, above, w) AS s FROM ranked WHERE id < 50) q, mindgap.concentration_decomposition(s) d;
SELECT d.component, d.term, d.estimate, d.status
FROM (SELECT mindgap.concentration_decomposition_agg(y, ARRAY[x2, x1], ridit, above, w) AS s FROM ranked) q, mindgap.concentration_decomposition(s) d;
SELECT kind, d.component, d.term, round(d.estimate::numeric, 6) AS estimate, d.status
FROM (SELECT mindgap.concentration_decomposition_agg(z, ARRAY[x1], r, a) AS s FROM (SELECT y - 3 AS z, x1, mindgap.ridit(1) OVER o AS r,
		ARRAY[mindgap.outcome_above(y - 3, 1) OVER o, mindgap.outcome_above(x1, 1) OVER o] AS a FROM person WINDOW o AS (ORDER BY income)) p) q,
	unnest(ARRAY['standard', 'generalised']) kind, mindgap.concentration_decomposition(s, index => kind) d;
SELECT d.component, d.term, d.std_error, d.status, round(e.std_error::numeric, 6) AS adjusted
FROM (SELECT mindgap.concentration_decomposition_agg(y, ARRAY[x1, x2], ridit, above, w, CASE WHEN psu = 1 THEN 9 ELSE stratum END, psu) AS s FROM ranked) q,
	mindgap.concentration_decomposition(s) d JOIN LATERAL mindgap.concentration_decomposition(s, lonely_psu => 'adjust') e
		ON d.component = e.component AND d.term IS NOT DISTINCT FROM e.term ORDER BY 1, 2;

-- Wrong calls.
SELECT mindgap.concentration_decomposition_agg(1, ARRAY[[1, 2], [3, 4]], 0.5, ARRAY[1, 1, 1]);
SELECT mindgap.concentration_decomposition_agg(1, ARRAY['NaN'::float8], 0.5, ARRAY[1, 1]);
SELECT mindgap.concentration_decomposition_agg('Infinity', ARRAY[1], 0.5, ARRAY[1, 1]);
SELECT mindgap.concentration_decomposition_agg(1, ARRAY[1], 1.5, ARRAY[1, 1]);
SELECT mindgap.concentration_decomposition_agg(1, ARRAY[1], 0.5, ARRAY[1, 1, 1]);
SELECT mindgap.concentration_decomposition_agg(1, ARRAY[1], 0.5, ARRAY[[1, 1]]);
SELECT mindgap.concentration_decomposition_agg(1, ARRAY[1], 0.5, ARRAY[1, 'Infinity'::float8]);
SELECT mindgap.concentration_decomposition_agg(1, CASE WHEN i > 1 THEN ARRAY[1.0, 2] ELSE ARRAY[1.0] END, 0.5, ARRAY[1, 1]) FROM generate_series(1, 2) i;
SELECT mindgap.concentration_decomposition_agg(1, array_fill(1.0, ARRAY[1001]), 0.5, ARRAY[1]);
SELECT mindgap.concentration_decomposition_agg(1, ARRAY[1], 0.5, ARRAY[1, 1], -1);
SELECT mindgap.concentration_decomposition_agg(1, ARRAY[1], 0.5, ARRAY[1, 1], 1, NULL, 1);
SELECT mindgap.concentration_decomposition_agg(1, ARRAY[1], 0.5, ARRAY[1, 1e308], 1e10);
SELECT d.* FROM whole, mindgap.concentration_decomposition(s, ARRAY['one']) d;
SELECT d.* FROM whole, mindgap.concentration_decomposition(s, index => 'erreygers') d;
SELECT d.* FROM whole, mindgap.concentration_decomposition(s, level => 1) d;
SELECT d.* FROM whole, mindgap.concentration_decomposition(s, lonely_psu => 'alone') d;
SELECT mindgap.decomposition_accum(NULL, 1, ARRAY[1], 0.5, ARRAY[1, 1]);
SELECT mindgap.rollup(s) FROM (SELECT mindgap.concentration_decomposition_agg(1, ARRAY[1], 0.5, ARRAY[1, 1]) AS s
	UNION ALL SELECT mindgap.concentration_decomposition_agg(1, ARRAY[1, 2], 0.5, ARRAY[1, 1, 1])) q;
SELECT '{}'::mindgap.decomposition_summary;
SELECT replace(s::text, '"cell_n":"', '"cell_n":"-')::mindgap.decomposition_summary FROM whole;
SELECT replace(s::text, '"origin":"', '"origin":"1 ')::mindgap.decomposition_summary FROM whole;
SELECT replace(s::text, 'decomposition_summary', 'regression_summary')::mindgap.regression_summary FROM whole;

DROP SCHEMA test_decomposition CASCADE;

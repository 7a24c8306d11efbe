-- Design-based linear models and the decomposition of a gap: coefficients against core's regr_slope and normal equations in
-- SQL, errors against numerical differentiation by the PSUs' weights, offsets, collinearity, merging, bad input.
SET client_min_messages = warning;
SET jit = off;
CREATE SCHEMA test_regression;
SET search_path = test_regression;

CREATE TABLE person AS
SELECT i AS id, 1 + i % 2 AS stratum, 1 + i % 9 AS psu, 1 + (i * 7) % 5 / 4.0::float8 AS w, i % 3 > 0 AS in_a,
	(i * 37 % 23)::float8 AS x1, (i * i % 11)::float8 AS x2, ((i * 53 + i * i) % 19 + i * 37 % 23 * 0.25)::float8 AS y
FROM generate_series(1, 72) i;

-- One variable and equal weights: core's regr_slope and regr_intercept.
SELECT r.term, abs(r.estimate - CASE r.term WHEN 'x1' THEN b ELSE a END) < 1e-12 AS right, r.df, r.status
FROM (SELECT mindgap.regression_agg(y, ARRAY[x1]) AS s, regr_slope(y, x1) AS b, regr_intercept(y, x1) AS a FROM person) q, mindgap.regression(s) r;

-- No variable: the mean and its error.
SELECT r.term, abs(r.estimate - e.estimate) < 1e-12 AS estimate, abs(r.std_error - e.std_error) < 1e-12 AS std_error, r.df = e.df AS df
FROM (SELECT mindgap.regression_agg(y, '{}', w, stratum, psu) AS s, mindgap.survey_agg(y, 'all', w, stratum, psu) AS t FROM person) q,
	mindgap.regression(s) r, mindgap.estimates(t) e WHERE e.subgroup = 'all';

-- Two variables: the residuals are orthogonal to everything, and the error is that of the reweighted estimates.
CREATE FUNCTION model(s bigint, c bigint, f float8) RETURNS mindgap.regression_summary LANGUAGE sql AS $$
	SELECT mindgap.regression_agg(y, ARRAY[x1, x2], CASE WHEN stratum = s AND psu = c THEN f * w ELSE w END, stratum, psu) FROM person
$$;
CREATE TABLE fit AS SELECT r.* FROM mindgap.regression(model(0, 0, 1), ARRAY['first', 'second']) r;
CREATE FUNCTION coefficient(name text) RETURNS float8 LANGUAGE sql AS 'SELECT estimate FROM fit WHERE term = name';
SELECT abs(sum(w * e)) < 1e-9 AS sum, abs(sum(w * e * x1)) < 1e-9 AS first, abs(sum(w * e * x2)) < 1e-9 AS second
FROM (SELECT *, y - coefficient('(Intercept)') - coefficient('first') * x1 - coefficient('second') * x2 AS e FROM person) p;
SELECT f.term, round(f.estimate::numeric, 6) AS estimate, round(f.std_error::numeric, 6) AS std_error, f.df,
	abs(f.std_error / v.se - 1) < 1e-6 AS error_right, abs(f.statistic - f.estimate / f.std_error) < 1e-12 AS statistic, f.status
FROM fit f JOIN (SELECT term, sqrt(sum(n::float8 / (n - 1) * ss)) AS se
	FROM (SELECT CASE up.term WHEN 'x1' THEN 'first' WHEN 'x2' THEN 'second' ELSE up.term END AS term, d.stratum, count(*) AS n,
			var_pop((up.estimate - down.estimate) / 2e-5) * count(*) AS ss
		FROM (SELECT DISTINCT stratum, psu FROM person) d, mindgap.regression(model(stratum, psu, 1 + 1e-5)) up
			JOIN LATERAL mindgap.regression(model(stratum, psu, 1 - 1e-5)) down USING (term) GROUP BY 1, 2) h GROUP BY term) v USING (term)
ORDER BY f.term COLLATE "C";

-- An offset of 1e9 on everything leaves slopes and their errors as they were; merged or in another order, too.
CREATE TABLE same AS
SELECT 'offset' AS how, mindgap.regression_agg(y + 1e9, ARRAY[x1 + 1e9, x2 - 1e9], w, stratum, psu) AS s FROM person
UNION ALL SELECT 'offset, merged', mindgap.rollup(s) FROM (SELECT mindgap.regression_agg(y + 1e9, ARRAY[x1 + 1e9, x2 - 1e9], w, stratum, psu) AS s FROM person GROUP BY id % 5) q
UNION ALL SELECT 'merged', mindgap.rollup(s ORDER BY i DESC) FROM (SELECT id % 5 AS i, mindgap.regression_agg(y, ARRAY[x1, x2], w, stratum, psu) AS s FROM person GROUP BY 1) q
UNION ALL SELECT 'other order', mindgap.regression_agg(y, ARRAY[x1, x2], w, stratum, psu ORDER BY id DESC) FROM person
UNION ALL SELECT 'text', model(0, 0, 1)::text::mindgap.regression_summary;
SELECT how, bool_and(abs(r.estimate / f.estimate - 1) < 1e-9) AS estimate, bool_and(abs(r.std_error / f.std_error - 1) < 1e-9) AS std_error
FROM same, mindgap.regression(s, ARRAY['first', 'second']) r JOIN fit f USING (term) WHERE term <> '(Intercept)' GROUP BY how ORDER BY how COLLATE "C";
SELECT bool_and(s::text = s::text::mindgap.regression_summary::text) AS exact FROM same;

-- Rows that are their own PSU equal rows with a PSU each, also when they are merged about other first rows.
SELECT a.term, abs(a.estimate - b.estimate) < 1e-11 AS estimate, abs(a.std_error / b.std_error - 1) < 1e-10 AS std_error,
	abs(c.std_error / b.std_error - 1) < 1e-10 AS merged, a.df = b.df AND c.df = b.df AS df
FROM (SELECT mindgap.regression_agg(y, ARRAY[x1, x2], w, stratum, NULL) AS x, mindgap.regression_agg(y, ARRAY[x1, x2], w, stratum, id) AS z FROM person) q,
	(SELECT mindgap.rollup(s) AS m FROM (SELECT mindgap.regression_agg(y, ARRAY[x1, x2], w, stratum, NULL) AS s FROM person GROUP BY id % 4) p) k,
	mindgap.regression(x) a JOIN LATERAL mindgap.regression(z) b USING (term) JOIN LATERAL mindgap.regression(m) c USING (term);

-- Parallel workers.
CREATE TABLE many AS SELECT i % 50 AS stratum, i % 5000 AS psu, 1.0::float8 + i % 3 AS w, i % 101 + i % 7 * 2.0::float8 AS y, ARRAY[i % 7, i % 13]::float8[] AS x FROM generate_series(1, 40000) i;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE answer AS SELECT mindgap.regression_agg(y, x, w, stratum, psu) AS s FROM many;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
ALTER TABLE many SET (parallel_workers = 4);
CREATE TABLE parallel_answer AS SELECT mindgap.regression_agg(y, x, w, stratum, psu) AS s FROM many;
RESET max_parallel_workers_per_gather;
SELECT a.term, abs(a.estimate / b.estimate - 1) < 1e-9 AS estimate, abs(a.std_error / b.std_error - 1) < 1e-9 AS std_error
FROM answer, parallel_answer p, mindgap.regression(answer.s) a JOIN LATERAL mindgap.regression(p.s) b USING (term);

-- Constant and collinear variables are left out and say so; the others are as without them.
SELECT r.term, abs(r.estimate / f.estimate - 1) < 1e-9 AS estimate, abs(r.std_error / f.std_error - 1) < 1e-9 AS std_error, r.df, r.status
FROM (SELECT mindgap.regression_agg(y, ARRAY[7, x1, x2, x1 + 2 * x2 - 3, x1 / 3], w, stratum, psu) AS s FROM person) q,
	mindgap.regression(s, ARRAY['constant', 'first', 'second', 'sum', 'third']) r LEFT JOIN fit f USING (term);

-- Rows with something missing register their PSU; rows without weight are counted.
SELECT d.* FROM (SELECT mindgap.regression_agg(NULLIF(y, 13), ARRAY[x1, NULLIF(x2, 4)], NULLIF(w, 2), 1, psu) AS s FROM person) q, mindgap.survey_design(s) d;
SELECT r.* FROM (SELECT mindgap.regression_agg(NULL, ARRAY[1.0]) AS s) q, mindgap.regression(s) r;
SELECT r.* FROM (SELECT mindgap.regression_agg(1, ARRAY[1.0]) AS s) q, mindgap.regression(s) r;
SELECT r.term, r.estimate, r.std_error, r.status FROM (SELECT mindgap.regression_agg(2 * i + 1, ARRAY[i]) AS s FROM generate_series(1, 2) i) q, mindgap.regression(s) r;
SELECT count(*) FROM mindgap.regression(NULL::mindgap.regression_summary);
-- x missing as a whole, also on the first rows, before its length is known
SELECT r.term, abs(r.estimate / f.estimate - 1) < 1e-9 AS estimate, abs(r.std_error / f.std_error - 1) < 1e-9 AS std_error, d.rows_counted, d.rows_missing
FROM (SELECT mindgap.rollup(s) AS s FROM (SELECT mindgap.regression_agg(y, x, w, stratum, psu) AS s
		FROM (SELECT 0 AS part, y, NULL::float8[] AS x, w, stratum, psu FROM person
			UNION ALL SELECT id % 3, y, ARRAY[x1, x2], w, stratum, psu FROM person UNION ALL SELECT 4, 1, NULL, 1, 1, 1) u GROUP BY part) p) q,
	mindgap.regression(s, ARRAY['first', 'second']) r JOIN fit f USING (term), mindgap.survey_design(s) d;
SELECT r.term, r.status, d.rows_missing, s::text::mindgap.regression_summary::text = s::text AS exact
FROM (SELECT mindgap.regression_agg(1, NULL) AS s) q, mindgap.regression(s) r, mindgap.survey_design(s) d;

-- Oaxaca-Blinder.  Groups share PSUs; every component and term against numerical differentiation.
CREATE FUNCTION decomposed(ref text, s bigint, c bigint, f float8, OUT component text, OUT term text, OUT estimate float8, OUT std_error float8, OUT df float8)
RETURNS SETOF record LANGUAGE sql AS $$
	SELECT o.component, coalesce(o.term, ''), o.estimate, o.std_error, o.df
	FROM (SELECT mindgap.regression_agg(y, ARRAY[x1, x2], v, stratum, psu) FILTER (WHERE in_a) AS a, mindgap.regression_agg(y, ARRAY[x1, x2], v, stratum, psu) FILTER (WHERE NOT in_a) AS b
		FROM (SELECT *, CASE WHEN stratum = s AND psu = c THEN f * w ELSE w END AS v FROM person) p) q,
		mindgap.oaxaca(a, b, reference => ref) o
$$;
CREATE TABLE parts AS SELECT r.ref, d.* FROM unnest(ARRAY['threefold', 'a', 'b', 'pooled', 'pooled_groups']) r(ref), decomposed(r.ref, 0, 0, 1) d;
CREATE TABLE moved AS SELECT r.ref, d.stratum, d.psu, h, m.component, m.term, m.estimate * h AS change
FROM (SELECT DISTINCT ref FROM parts) r, (SELECT DISTINCT stratum, psu FROM person) d, unnest(ARRAY[1, -1]) h, decomposed(r.ref, d.stratum, d.psu, 1 + h * 1e-5) m;
SELECT ref, count(*) AS rows, bool_and(abs(p.std_error / v.se - 1) < 1e-5) AS errors_right, min(df) AS df
FROM parts p JOIN (SELECT ref, component, term, sqrt(sum(n::float8 / (n - 1) * ss)) AS se
	FROM (SELECT ref, component, term, stratum, count(*) AS n, var_pop(z) * count(*) AS ss
		FROM (SELECT ref, component, term, stratum, psu, sum(change) / 2e-5 AS z FROM moved GROUP BY 1, 2, 3, 4, 5) z GROUP BY 1, 2, 3, 4) h GROUP BY 1, 2, 3) v USING (ref, component, term)
GROUP BY ref ORDER BY ref COLLATE "C";
SELECT component, term, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error FROM parts WHERE ref = 'threefold';

-- Everything adds up to the difference of the means; references a and b are sums of the threefold parts.
SELECT ref, abs(sum(estimate) FILTER (WHERE term = '' AND component <> 'gap') - g.gap) < 1e-12 AS components,
	abs(sum(estimate) FILTER (WHERE term <> '') - g.gap) < 1e-12 AS terms, abs(sum(estimate) FILTER (WHERE component = 'gap') - g.gap) < 1e-12 AS gap
FROM parts, (SELECT sum(w * y) FILTER (WHERE in_a) / sum(w) FILTER (WHERE in_a) - sum(w * y) FILTER (WHERE NOT in_a) / sum(w) FILTER (WHERE NOT in_a) AS gap FROM person) g
GROUP BY ref, g.gap ORDER BY ref COLLATE "C";
SELECT abs(max(estimate) FILTER (WHERE ref = 'b' AND component = 'explained') - max(estimate) FILTER (WHERE component = 'endowments')) < 1e-12 AS b,
	abs(max(estimate) FILTER (WHERE ref = 'a' AND component = 'explained') - max(estimate) FILTER (WHERE component = 'endowments') - max(estimate) FILTER (WHERE component = 'interaction')) < 1e-12 AS a
FROM parts WHERE term = '';
-- the pooled references from models of everybody, with and without the group among the variables
SELECT p.ref, p.term, abs(p.estimate - m.b * CASE p.term WHEN 'x1' THEN g.d1 ELSE g.d2 END) < 1e-12 AS right
FROM parts p JOIN (SELECT 'pooled' AS ref, r.term, r.estimate AS b FROM mindgap.regression(model(0, 0, 1)) r
	UNION ALL SELECT 'pooled_groups', r.term, r.estimate FROM (SELECT mindgap.regression_agg(y, ARRAY[x1, x2, in_a::int], w) AS s FROM person) q, mindgap.regression(s) r) m USING (ref, term),
	(SELECT sum(w * x1) FILTER (WHERE in_a) / sum(w) FILTER (WHERE in_a) - sum(w * x1) FILTER (WHERE NOT in_a) / sum(w) FILTER (WHERE NOT in_a) AS d1,
		sum(w * x2) FILTER (WHERE in_a) / sum(w) FILTER (WHERE in_a) - sum(w * x2) FILTER (WHERE NOT in_a) / sum(w) FILTER (WHERE NOT in_a) AS d2 FROM person) g
WHERE p.component = 'explained' AND p.term LIKE 'x%' ORDER BY 1, 2;

-- Offsets, groups without PSUs, a variable that one group lacks, no data.
SELECT bool_and(abs(o.estimate - p.estimate) < 1e-5 AND abs(o.std_error / p.std_error - 1) < 1e-6) AS offset_is_harmless
FROM (SELECT mindgap.regression_agg(y + 1e9, ARRAY[x1 + 1e9, x2], w, stratum, psu) FILTER (WHERE in_a) AS a, mindgap.regression_agg(y + 1e9, ARRAY[x1 + 1e9, x2], w, stratum, psu) FILTER (WHERE NOT in_a) AS b FROM person) q,
	mindgap.oaxaca(a, b) o JOIN parts p ON p.ref = 'threefold' AND p.component = o.component AND p.term = '' WHERE o.term IS NULL;
SELECT o.component, o.term, round(o.estimate::numeric, 6) AS estimate, round(o.std_error::numeric, 6) AS std_error, o.df, o.status
FROM (SELECT mindgap.regression_agg(y, ARRAY[x1, CASE WHEN in_a THEN x2 ELSE 1 END], w) FILTER (WHERE in_a) AS a, mindgap.regression_agg(y, ARRAY[x1, CASE WHEN in_a THEN x2 ELSE 1 END], w) FILTER (WHERE NOT in_a) AS b FROM person) q,
	mindgap.oaxaca(a, b, ARRAY['first', 'second'], 'pooled') o;
SELECT o.component, o.term, o.estimate, o.status FROM (SELECT mindgap.regression_agg(y, ARRAY[x1]) AS a, mindgap.regression_agg(NULL, ARRAY[x1]) AS b FROM person) q, mindgap.oaxaca(a, b) o WHERE o.term IS NULL;
SELECT count(*) FROM mindgap.oaxaca(NULL, NULL);

-- Wrong calls.
SELECT mindgap.regression_agg(1, ARRAY[[1, 2], [3, 4]]);
SELECT mindgap.regression_agg(1, ARRAY['NaN'::float8]);
SELECT mindgap.regression_agg('Infinity', ARRAY[1]);
SELECT mindgap.regression_agg(1, CASE WHEN i > 1 THEN ARRAY[1.0, 2] ELSE ARRAY[1.0] END) FROM generate_series(1, 2) i;
SELECT mindgap.regression_agg(1, array_fill(1.0, ARRAY[1001]));
SELECT * FROM mindgap.regression(model(0, 0, 1), ARRAY['one']);
SELECT mindgap.rollup(s ORDER BY o) FROM (SELECT 1 AS o, mindgap.regression_agg(1, ARRAY[1.0]) AS s UNION ALL SELECT 2, mindgap.regression_agg(1, ARRAY[1.0, 2])) q;
SELECT o.* FROM (SELECT mindgap.regression_agg(1, ARRAY[1.0]) AS a, mindgap.regression_agg(1, ARRAY[1.0, 2]) AS b) q, mindgap.oaxaca(a, b) o;
SELECT o.* FROM (SELECT mindgap.regression_agg(1, ARRAY[1.0]) AS a, mindgap.regression_agg(1, ARRAY[1.0], 1, 1, 1) AS b) q, mindgap.oaxaca(a, b) o;
SELECT * FROM mindgap.oaxaca(model(0, 0, 1), model(0, 0, 1), reference => 'cotton');
SELECT replace(s::text, '"origin":"', '"origin":"1 ')::mindgap.regression_summary FROM same LIMIT 1;

DROP SCHEMA test_regression CASCADE;

-- Attrition: probabilities of responding and weights of those who did. Expected values: plain SQL (shares and ratios, which
-- saturated models reproduce), R (named where it is), and identities.
SET extra_float_digits = 0;
CREATE TABLE visit AS
SELECT i, i % 3 AS wave, (i * 7) % 5 AS g, (i % 10) / 10.0::float8 AS x, (1 + i % 4)::float8 AS w,
       i % 3 = 0 OR (i * 13) % 11 + (i * 7) % 5 < 8 AS responded
FROM generate_series(0, 899) i;

-- a model with an indicator for each group gives each group's share of those who responded; all of wave 0 did
SELECT wave, count(*) AS n, max(abs(p - share)) < 1e-12 AS share_of_the_group, min(p) = 1 AS all_certain
FROM (SELECT wave, mindgap.response_probability(responded, ARRAY[g = 1, g = 2, g = 3, g = 4]::int[]) OVER (PARTITION BY wave ORDER BY i ROWS 1 PRECEDING) AS p,
             avg(responded::int) OVER (PARTITION BY wave, g) AS share
      FROM visit) v GROUP BY wave ORDER BY wave;
-- weighted
SELECT max(abs(p - share)) < 1e-12 AS weighted_share
FROM (SELECT mindgap.response_probability(responded, ARRAY[g = 1, g = 2, g = 3, g = 4]::int[], w) OVER () AS p,
             sum(w * responded::int) OVER (PARTITION BY g) / sum(w) OVER (PARTITION BY g) AS share FROM visit) v;
-- weights that count rows; no regressor; nobody responded
SELECT max(abs(p - q)) < 1e-12 AS weight_2_is_twice
FROM (SELECT i, mindgap.response_probability(responded, ARRAY[x, g], w) OVER () AS p FROM visit WHERE wave = 1) a
JOIN (SELECT DISTINCT i, mindgap.response_probability(responded, ARRAY[x, g]) OVER () AS q FROM visit, generate_series(1, w::int) WHERE wave = 1) b USING (i);
SELECT round(min(p)::numeric, 12) AS p, round(max(p)::numeric, 12) AS max, round(avg(r)::numeric, 12) AS share
FROM (SELECT mindgap.response_probability(responded, '{}'::float8[]) OVER () AS p, responded::int AS r FROM visit WHERE wave = 1) v;
SELECT DISTINCT mindgap.response_probability(false, ARRAY[x]) OVER () FROM visit;
-- neither the origin nor the unit of x matters, nor a column that is constant or depends on others
SELECT max(abs(p - q)) < 1e-9 AS same_far_away, max(abs(p - r)) < 1e-12 AS same_with_more_columns
FROM (SELECT mindgap.response_probability(responded, ARRAY[x, g]) OVER w AS p,
             mindgap.response_probability(responded, ARRAY[1e9 + round(10 * x), 1e-6 * g]) OVER w AS q,
             mindgap.response_probability(responded, ARRAY[7, x, g, x + 2 * g, x]) OVER w AS r
      FROM visit WINDOW w AS (PARTITION BY wave)) v;
-- a NULL anywhere gives NULL and does not count; weight 0 does not count but gets its probability
SELECT count(*) AS n, count(p) AS known, max(abs(p - q)) < 1e-12 AS the_others_alone
FROM (SELECT i, mindgap.response_probability(CASE WHEN i % 50 <> 1 THEN responded END, CASE WHEN i % 50 <> 2 THEN ARRAY[x, CASE WHEN i % 50 <> 3 THEN g END] END,
             CASE WHEN i % 50 <> 4 THEN w END) OVER () AS p FROM visit) a
LEFT JOIN (SELECT i, mindgap.response_probability(responded, ARRAY[x, g], w) OVER () AS q FROM visit WHERE i % 50 NOT IN (1, 2, 3, 4)) b USING (i);
SELECT count(p) AS known, max(abs(p - q)) < 1e-12 AS the_others_alone
FROM (SELECT i, mindgap.response_probability(responded, ARRAY[x, g], CASE WHEN i % 5 = 0 THEN 0 ELSE 1 END) OVER () AS p FROM visit) a
LEFT JOIN (SELECT i, mindgap.response_probability(responded, ARRAY[x, g]) OVER () AS q FROM visit WHERE i % 5 <> 0) b USING (i);
SELECT mindgap.response_probability(true, NULL) OVER (), mindgap.response_probability(NULL, ARRAY[1.0]) OVER (), mindgap.response_probability(true, ARRAY[1.0], 0) OVER ();
-- errors
SELECT mindgap.response_probability(x > 0.45, ARRAY[x]) OVER () FROM visit;
SELECT mindgap.response_probability(x > 0.45 OR g = 1, ARRAY[g, x]) OVER () FROM visit WHERE x > 0.45 OR g > 1;
SELECT mindgap.response_probability(responded, array_fill(x, ARRAY[1 + g::int % 2])) OVER (ORDER BY i) FROM visit;
SELECT mindgap.response_probability(responded, ARRAY[[x]]) OVER () FROM visit;
SELECT mindgap.response_probability(responded, ARRAY[x, 'NaN']) OVER () FROM visit;
SELECT mindgap.response_probability(responded, ARRAY[x], -w) OVER () FROM visit;
SELECT mindgap.response_probability(responded, ARRAY[x], 'Infinity') OVER () FROM visit;
SELECT mindgap.response_probability(true, ARRAY[1.0]);

-- raked weights meet both margins of everybody; those who did not respond have none
WITH raked AS (
    SELECT *, mindgap.raked_weight(w, ARRAY[g::text, (i % 2)::text], responded) OVER (PARTITION BY wave) AS k FROM visit
), margin AS (
    SELECT wave, v.m, v.category, sum(w) AS everybody, sum(k) AS raked
    FROM raked, LATERAL (VALUES ('g', g), ('half', i % 2)) v(m, category) GROUP BY wave, v.m, v.category)
SELECT wave, count(*) AS categories, max(abs(raked / everybody - 1)) < 1e-9 AS met,
       (SELECT bool_and((k IS NULL) = NOT responded) FROM raked r WHERE r.wave = margin.wave) AS responders_alone,
       (SELECT bool_and(abs(k / w - 1) < 1e-9) FROM raked r WHERE r.wave = margin.wave) AS unchanged
FROM margin GROUP BY wave ORDER BY wave;
-- the product of two factors: weights of alike persons are alike
SELECT count(DISTINCT round((k / w)::numeric, 9)) AS factors, count(DISTINCT (g, i % 2)) AS cells
FROM (SELECT *, mindgap.raked_weight(w, ARRAY[g::text, (i % 2)::text], responded) OVER () AS k FROM visit WHERE wave = 1) r WHERE k IS NOT NULL;
-- a NULL anywhere, weight 0, one row
SELECT count(k) AS known, round(sum(k)::numeric, 6) AS total
FROM (SELECT mindgap.raked_weight(CASE i WHEN 0 THEN NULL WHEN 1 THEN 0 ELSE 1 END, CASE WHEN i <> 2 THEN ARRAY['a', CASE WHEN i <> 3 THEN 'b' END] END,
             CASE WHEN i <> 4 THEN i % 2 = 1 END) OVER () AS k FROM generate_series(0, 9) i) r;
SELECT mindgap.raked_weight(2, ARRAY['a'], true) OVER (), mindgap.raked_weight(2, NULL, true) OVER ();
-- errors
SELECT mindgap.raked_weight(w, ARRAY['x', g::text], responded AND g <> 2) OVER () FROM visit;
SELECT mindgap.raked_weight(w, ARRAY[g::text], false) OVER () FROM visit;
SELECT mindgap.raked_weight(1, ARRAY[a, b], r) OVER ()
FROM (VALUES ('1', '1', true), ('2', '2', true), ('1', '2', false)) v(a, b, r);
SELECT mindgap.raked_weight(w, array_fill(g::text, ARRAY[1 + i % 2]), true) OVER (ORDER BY i) FROM visit;
SELECT mindgap.raked_weight(w, '{}', true) OVER () FROM visit;
SELECT mindgap.raked_weight('NaN', '{a}', true) OVER () FROM visit;

-- trimmed at quantiles as percentile_cont finds them
WITH v AS (SELECT i, (i * 37 % 101)::float8 AS w FROM generate_series(1, 101) i), t AS (SELECT *, mindgap.trimmed_weight(w, 0.031, 0.9) OVER () AS t FROM v),
     q AS (SELECT percentile_cont(0.031) WITHIN GROUP (ORDER BY w) AS low, percentile_cont(0.9) WITHIN GROUP (ORDER BY w) AS high FROM v)
SELECT count(*) AS n, count(*) FILTER (WHERE t <> w) AS moved, bool_and(abs(t - least(greatest(w, low), high)) < 1e-12) AS right FROM t, q;
SELECT DISTINCT mindgap.trimmed_weight(w, 0, 1) OVER () = w AS not_trimmed, mindgap.trimmed_weight(NULL, 0, 1) OVER () FROM visit;
SELECT mindgap.trimmed_weight(w, 0.9, 0.1) OVER () FROM visit;
SELECT mindgap.trimmed_weight(w, -0.1, 0.1) OVER () FROM visit;
SELECT mindgap.trimmed_weight(w, 0.1, NULL) OVER () FROM visit;

-- Kish: (sum w)^2 / sum w^2
SELECT mindgap.effective_sample_size_agg(w) = sum(w) ^ 2 / sum(w ^ 2) AS kish, mindgap.effective_sample_size_agg(3) AS equal,
       mindgap.effective_sample_size_agg(NULL) AS nothing, mindgap.effective_sample_size_agg(0) AS zero,
       mindgap.effective_sample_size_agg(w) FILTER (WHERE i < 0) AS no_rows FROM visit;
SELECT mindgap.effective_sample_size_agg(-w) FROM visit;
SELECT mindgap.effective_sample_size_agg('NaN') FROM visit;
SELECT mindgap.effective_sample_size_agg(1e200) FROM visit;
SELECT mindgap.effective_size_accum('{0,0}', 1);
SELECT mindgap.effective_size_final('{0}');
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT round(mindgap.effective_sample_size_agg(w)::numeric, 6) AS in_parallel, round((sum(w) ^ 2 / sum(w ^ 2))::numeric, 6) AS kish FROM visit;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
SELECT round(mindgap.effective_sample_size_agg(w) OVER (ORDER BY i ROWS 2 PRECEDING)::numeric, 6) AS moving FROM visit ORDER BY i LIMIT 4;

-- logistic regression: two groups give the log odds ratio and its error sqrt(sum 1 / count)
SELECT term, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error, df, status
FROM mindgap.logistic_regression('visit', 'responded', '{}', level => 0.9);
SELECT abs(e.estimate - ln(c11 * c00 / (c10 * c01))) < 1e-12 AS log_odds_ratio, abs(e.std_error - sqrt(1 / c11 + 1 / c00 + 1 / c10 + 1 / c01)) < 1e-9 AS error,
       round(e.conf_low::numeric, 4) AS conf_low, round((e.estimate - 1.959964 * e.std_error)::numeric, 4) AS wald
FROM mindgap.logistic_regression('SELECT responded, i % 2 AS half FROM visit WHERE wave > 0;  ', 'responded', ARRAY['half']) e,
     (SELECT sum(1.0) FILTER (WHERE responded AND i % 2 = 1)::float8 AS c11, sum(1.0) FILTER (WHERE NOT responded AND i % 2 = 1)::float8 AS c01,
             sum(1.0) FILTER (WHERE responded AND i % 2 = 0)::float8 AS c10, sum(1.0) FILTER (WHERE NOT responded AND i % 2 = 0)::float8 AS c00
      FROM visit WHERE wave > 0) c
WHERE term = 'half';
-- types, quoted names, comments, schemas
CREATE SCHEMA "odd schema";
CREATE TABLE "odd schema"."Odd "" table" AS
SELECT i, (i % 3 <> 0)::int::numeric AS "the outcome", (i % 7)::smallint AS "select", (i % 5)::real AS "a""b", (i % 2)::bigint AS c, (i % 11)::numeric AS d, 1.5::float8 AS w
FROM generate_series(1, 300) i;
SELECT term, round(estimate::numeric, 6) AS estimate, status
FROM mindgap.logistic_regression('"odd schema"."Odd "" table"', 'the outcome', ARRAY['select', 'a"b', 'c', 'd', 'c'], weight => 'w');
SELECT count(*), bool_and(abs(a.estimate - b.estimate) < 1e-12)
FROM mindgap.logistic_regression('visit', 'responded', ARRAY['x']) a
JOIN mindgap.logistic_regression(' ( TABLE visit ) -- all of it', 'responded', ARRAY['x']) b USING (term);
-- what cannot be estimated
SELECT term, estimate, status FROM mindgap.logistic_regression('SELECT i > 50 AS r, i, i % 3 AS z FROM generate_series(1, 100) i', 'r', ARRAY['i', 'z']);
SELECT term, estimate, status FROM mindgap.logistic_regression('SELECT i > 50 OR i % 2 = 0 AS r, (i > 50)::int AS i, i % 3 AS z FROM generate_series(1, 100) i', 'r', ARRAY['i', 'z']);
SELECT term, estimate, status FROM mindgap.logistic_regression('SELECT true AS r, 1 AS i', 'r', ARRAY['i']);
SELECT term, estimate, status FROM mindgap.logistic_regression('SELECT true AS r, 1 AS i WHERE false', 'r', ARRAY['i']);
SELECT term, estimate IS NOT NULL AS estimated, status FROM mindgap.logistic_regression('SELECT responded, x, 2 * x + 1 AS twice, 5 AS five FROM visit', 'responded', ARRAY['x', 'twice', 'five']);
-- nearly separated is not separated: R's glm gives -5.81129 and 1.29226
SELECT term, round(estimate::numeric, 5) AS estimate, status FROM mindgap.logistic_regression('SELECT i > 5 OR i = 4 AS r, i FROM generate_series(1, 9) i', 'r', ARRAY['i']);
-- errors
SELECT * FROM mindgap.logistic_regression('DELETE FROM visit', 'responded', ARRAY['x']);
SELECT * FROM mindgap.logistic_regression('SELECT responded, x FROM visit) AS q; DELETE FROM visit; SELECT 1 FROM (SELECT 1', 'responded', ARRAY['x']);
SELECT * FROM mindgap.logistic_regression('no_such_table', 'responded', ARRAY['x']);
SELECT * FROM mindgap.logistic_regression('4294967290', 'responded', ARRAY['x']);
SELECT * FROM mindgap.logistic_regression('visit', 'wave', ARRAY['x']);
SELECT * FROM mindgap.logistic_regression('SELECT true AS r, ''a''::text AS x', 'r', ARRAY['x']);
SELECT * FROM mindgap.logistic_regression('SELECT i = 1 AS r, ''NaN''::float8 AS x FROM generate_series(1, 3) i', 'r', ARRAY['x']);
SELECT * FROM mindgap.logistic_regression('visit', 'responded', ARRAY['x'], weight => 'nobody');
SELECT * FROM mindgap.logistic_regression('visit', 'responded', NULL);
SELECT * FROM mindgap.logistic_regression(NULL, 'responded', ARRAY['x']);
SELECT * FROM mindgap.logistic_regression('visit', 'responded', ARRAY['x'], level => 1);
-- Comments before and behind a query.
SELECT count(*) FROM mindgap.logistic_regression(E'-- who?\n/* of /* the */ visits */ SELECT * FROM visit -- all', 'responded', ARRAY['x']);
SELECT * FROM mindgap.logistic_regression('/* SELECT', 'responded', ARRAY['x']);
SELECT * FROM mindgap.logistic_regression('DELETE FROM visit', 'responded', ARRAY['x']);
-- A column whose squares are out of range is not taken for a constant; one in a large unit that is in range changes nothing.
SELECT round(max(abs(p - q))::numeric, 12) AS unit_does_not_matter
FROM (SELECT mindgap.response_probability(i % 2 = 1, ARRAY[i % 3, i % 5]) OVER () AS p, mindgap.response_probability(i % 2 = 1, ARRAY[i % 3, 1e140 * (i % 5)]) OVER () AS q FROM generate_series(1, 9) i) o;
SELECT mindgap.response_probability(i % 2 = 1, ARRAY[i % 3, 1e155 * (i % 5)]) OVER () FROM generate_series(1, 9) i;
SELECT mindgap.response_probability(i % 2 = 1, ARRAY[i % 3, 1e-200 * (i % 5)]) OVER () FROM generate_series(1, 9) i;
SELECT term, status FROM mindgap.logistic_regression('SELECT i % 2 = 1 AS r, i % 3 AS x, 1e200 * (i % 5)::float8 AS z FROM generate_series(1, 9) i', 'r', ARRAY['x', 'z']);
SELECT mindgap.raked_weight(1e308, ARRAY[(i % 2)::text], i < 5) OVER () FROM generate_series(1, 9) i;
SELECT count(*) FROM visit;
DROP SCHEMA "odd schema" CASCADE;
DROP TABLE visit;

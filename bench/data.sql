-- The benchmark's tables, the same on every machine: every value is cut from
-- hashint8extended(), PostgreSQL's own hash of the row number.

SELECT :rows / 10 AS tenth, :rows / 100 AS groups,
       greatest(2, :rows / 100000) AS waves
\gset

CREATE EXTENSION mindgap;
CREATE EXTENSION pg_prewarm;

-- 4,000 primary sampling units (PSUs) in 200 strata, rows in random order
CREATE TABLE people AS
SELECT (h >> 22 & 1023) / 40.0::float8 + psu % 7 + 3 * deprived AS y,
       CASE deprived WHEN 1 THEN 'deprived' ELSE 'others' END AS subgroup,
       deprived::bigint AS g,
       0.5 + (h >> 32 & 255) / 128.0::float8 AS w,
       psu / 20 AS stratum,
       psu
FROM (SELECT h, (h & 1048575) % 4000 AS psu, CASE WHEN h >> 20 & 3 = 0 THEN 1 ELSE 0 END AS deprived
      FROM (SELECT hashint8extended(i, 0) AS h FROM generate_series(1, :rows::bigint) i) r) p;

-- the same, rows sorted by PSU
CREATE TABLE people_sorted AS
SELECT (h >> 22 & 1023) / 40.0::float8 + psu % 7 + 3 * deprived AS y,
       CASE deprived WHEN 1 THEN 'deprived' ELSE 'others' END AS subgroup,
       deprived::bigint AS g,
       0.5 + (h >> 32 & 255) / 128.0::float8 AS w,
       psu / 20 AS stratum,
       psu
FROM (SELECT h, psu, CASE WHEN h >> 20 & 3 = 0 THEN 1 ELSE 0 END AS deprived
      FROM (SELECT hashint8extended(i, 0) AS h, (i - 1) * 4000 / :rows AS psu
            FROM generate_series(1, :rows::bigint) i) r) p;

-- a tenth of the rows, with the answers to 12 questions, coded 0 to 3
CREATE TABLE answers AS
SELECT ARRAY[h & 3, h >> 2 & 3, h >> 4 & 3, h >> 6 & 3, h >> 8 & 3, h >> 10 & 3,
             h >> 12 & 3, h >> 14 & 3, h >> 16 & 3, h >> 18 & 3, h >> 20 & 3, h >> 22 & 3]::int[] AS items
FROM (SELECT hashint8extended(i, 0) AS h FROM generate_series(1, :tenth::bigint) i) r;

-- a tenth of the rows, with a person's id, and a group of ten persons
CREATE TABLE tenth AS
SELECT i AS id,
       'person-' || i AS label,
       i % :groups AS grp,
       i / :groups / 2 AS pair,
       (h >> 22 & 1023) / 40.0::float8 + psu % 7 + 3 * deprived AS y,
       (h >> 22 & 1023)::int AS score,
       deprived = 1 AS d,
       CASE deprived WHEN 1 THEN 'deprived' ELSE 'others' END AS subgroup,
       0.5 + (h >> 32 & 255) / 128.0::float8 AS w,
       psu / 20 AS stratum,
       psu
FROM (SELECT i, h, (h & 1048575) % 4000 AS psu, CASE WHEN h >> 20 & 3 = 0 THEN 1 ELSE 0 END AS deprived
      FROM (SELECT i, hashint8extended(i, 0) AS h FROM generate_series(0, :tenth::bigint - 1) i) r) p;

-- stored summaries: a wave has 5 subgroups and 4,000 PSUs, two rows in each cell
CREATE TABLE stored AS
SELECT wave,
       mindgap.survey_agg((hashint8extended(i, wave) & 1023) / 40.0::float8 + i % 5, 'fifth ' || i % 5 + 1,
                          0.5 + (hashint8extended(i, wave) >> 32 & 255) / 128.0::float8,
                          i / 5 % 4000 / 20, i / 5 % 4000) AS s
FROM generate_series(1, :waves) wave, generate_series(0::bigint, 39999) i
GROUP BY wave;
ALTER TABLE stored ADD PRIMARY KEY (wave);
CREATE TABLE stored_text AS
SELECT wave, s::text AS t FROM stored WHERE wave = 1;
CREATE TABLE stored_large AS
SELECT mindgap.survey_agg(y, subgroup, w, stratum, id) AS s FROM tenth;

-- Linearised standard errors of both means and of their difference, in pure
-- SQL: first for any subgroups, then faster, with the two names written in.
CREATE VIEW errors_in_sql AS
WITH cell AS (
    SELECT stratum, psu, subgroup, sum(w) AS sw, sum(w * y) AS swy
    FROM people
    GROUP BY stratum, psu, subgroup
), mean AS (
    SELECT subgroup, sum(sw) AS total, sum(swy) / sum(sw) AS mean
    FROM cell
    GROUP BY subgroup
), unit AS (
    SELECT stratum, psu,
           coalesce(sum((swy - mean * sw) / total) FILTER (WHERE subgroup = 'deprived'), 0) AS a,
           coalesce(sum((swy - mean * sw) / total) FILTER (WHERE subgroup = 'others'), 0) AS b
    FROM cell JOIN mean USING (subgroup)
    GROUP BY stratum, psu
), variance AS (
    SELECT count(*) * var_samp(a) AS a, count(*) * var_samp(b) AS b, count(*) * var_samp(a - b) AS d
    FROM unit
    GROUP BY stratum
)
SELECT sqrt(sum(a)) AS deprived, sqrt(sum(b)) AS others, sqrt(sum(d)) AS difference
FROM variance;

CREATE VIEW errors_in_sql_of_two AS
WITH unit AS (
    SELECT stratum, psu,
           sum(w) FILTER (WHERE subgroup = 'deprived') AS wa, sum(w * y) FILTER (WHERE subgroup = 'deprived') AS ya,
           sum(w) FILTER (WHERE subgroup = 'others') AS wb, sum(w * y) FILTER (WHERE subgroup = 'others') AS yb
    FROM people
    GROUP BY stratum, psu
), mean AS (
    SELECT sum(wa) AS total_a, sum(ya) / sum(wa) AS a, sum(wb) AS total_b, sum(yb) / sum(wb) AS b FROM unit
), deviation AS (
    SELECT stratum, coalesce((ya - mean.a * wa) / total_a, 0) AS a, coalesce((yb - mean.b * wb) / total_b, 0) AS b
    FROM unit, mean
), variance AS (
    SELECT count(*) * var_samp(a) AS a, count(*) * var_samp(b) AS b, count(*) * var_samp(a - b) AS d
    FROM deviation
    GROUP BY stratum
)
SELECT sqrt(sum(a)) AS deprived, sqrt(sum(b)) AS others, sqrt(sum(d)) AS difference
FROM variance;

-- regressors: a fifth of the rows with 20 each, and persons of eight rows with three
CREATE TABLE regressors AS
SELECT (hashint8extended(i, 0) & 1023) / 40.0::float8 AS y,
       (SELECT array_agg((hashint8extended(i, j) & 1023) / 40.0::float8) FROM generate_series(1, 20) j) AS x,
       0.5 + (hashint8extended(i, 0) >> 32 & 255) / 128.0::float8 AS w
FROM generate_series(1, :rows::bigint / 5) i;
CREATE TABLE waves AS
SELECT i / 8 AS person,
       (h & 1023) / 40.0::float8 AS y,
       ARRAY[i % 8, h >> 10 & 1023, h >> 20 & 3]::float8[] AS x
FROM (SELECT i, hashint8extended(i, 0) AS h FROM generate_series(0, :rows::bigint - 1) i) r;

-- prediction: the regressors as columns, summaries of many variables (a tenth of them matters), and ten voters on ten categories
SELECT 'CREATE TABLE cases AS SELECT hashint8extended(i, 99) & 1023 < 150 + 4 * (x[1] + x[2]) AS is_case, w, '
       || string_agg(format('x[%s] AS x%s', j, j), ', ' ORDER BY j) || ' FROM (SELECT row_number() OVER () AS i, * FROM regressors) r'
FROM generate_series(1, 20) j
\gexec
CREATE TABLE fit_state AS
SELECT n_variables, mindgap.prediction_agg(y, x, 1, i) AS s,
       (SELECT array_agg('x' || j ORDER BY j) FROM generate_series(1, n_variables) j) AS variables,
       (SELECT array_agg('category ' || j % 10 ORDER BY j) FROM generate_series(1, n_variables) j) AS categories
FROM (SELECT n_variables, i, x, (hashint8extended(i, 0) & 1023) / 100.0::float8 + (SELECT sum(e * (1 + o % 3)) FROM unnest(x) WITH ORDINALITY u(e, o) WHERE o % 10 = 0) AS y
      FROM (VALUES (200), (2000)) n(n_variables), generate_series(1::bigint, 4000) i,
           LATERAL (SELECT array_agg((hashint8extended(i, j) & 1023) / 400.0::float8 ORDER BY j) AS x FROM generate_series(1, n_variables) j) v) r
GROUP BY n_variables;
CREATE TABLE panel_votes AS
SELECT mindgap.panel_agg(voter, 'category ' || c, CASE c WHEN 0 THEN 9 ELSE 3 + (hashint8extended(voter * 10 + c, 3) & 3) END) AS votes
FROM generate_series(1, 10) voter, generate_series(0, 9) c;
CREATE TABLE small_model AS
SELECT mindgap.prediction_fit(mindgap.prediction_agg(y, x, w), (SELECT array_agg('x' || j ORDER BY j) FROM generate_series(1, 20) j)) AS m FROM regressors;
-- a tenth of the rows: eight waves of a score, in order of person and wave
CREATE TABLE visits AS
SELECT i / 8 AS person, (i % 8)::int AS wave, (h & 63) + (i % 8) * 0.5::float8 AS score, (h & 63) > 40 AS is_case,
       ((h >> 8 & 15) > 2 OR i % 8 = 0) AS responded, ARRAY[h >> 12 & 31, h >> 17 & 1, h >> 18 & 7]::float8[] AS x,
       ARRAY[(h >> 17 & 1)::text, (h >> 18 & 7)::text] AS margins
FROM (SELECT i, hashint8extended(i, 0) AS h FROM generate_series(0, :tenth::bigint - 1) i) r;
ALTER TABLE visits ADD PRIMARY KEY (person, wave);

VACUUM (FREEZE, ANALYZE);
CHECKPOINT;
SELECT sum(pg_prewarm(oid)) FROM pg_class WHERE relkind IN ('r', 't') AND relnamespace IN ('public'::regnamespace, 'pg_toast'::regnamespace);

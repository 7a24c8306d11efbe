/*
 * cohort.sql: a GENERATED cohort shaped like a UK household panel.
 *
 * No row stands for a real person.  Five annual waves (2014-15 to 2018-19)
 * and one in April 2020; GHQ-12 answers; strata, PSUs, weights, drop-out.
 *
 *     psql -v people=20000 -f doc/demo/cohort.sql
 *
 * people  sampled adults (default 20000; 500 to a million and more)
 * seed    another cohort of the same kind (default 7)
 *
 * Plain SQL for PostgreSQL 13 and later; needs no extension.  Every random
 * draw is a byte of sha512(id, wave, seed), and only + - * / and floor()
 * turn bytes into values, so the same people and seed give the same numbers
 * on every server, version and plan.  doc/demo/cohort.md explains the model.
 */
\set ON_ERROR_STOP on
\if :{?people}
\else
\set people 20000
\endif
\if :{?seed}
\else
\set seed 7
\endif

BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL jit = off;
CREATE SCHEMA IF NOT EXISTS demo;
DROP TABLE IF EXISTS demo.cohort, demo.cohort_person, demo.cohort_truth,
    demo.cohort_effect, demo.cohort_wave;

/*
 * ------------------------------------------------------------------------
 * The constants.  What a characteristic adds to the expected GHQ-12 Likert
 * score (0-36 points): before the event, a year, and after the event beyond
 * that trend.  A person's values are the sums of the rows that apply.
 * demo.cohort_truth, at the end of this file, shows what these sums come to
 * in each group: the figures an analysis should recover.
 * ------------------------------------------------------------------------
 */
CREATE TABLE demo.cohort_effect (
    characteristic text,
    subgroup text,
    level_points float8,
    trend_points_per_year float8,
    excess_points float8,
    PRIMARY KEY (characteristic, subgroup)
);
INSERT INTO demo.cohort_effect VALUES
    --                            level   trend  excess
    ('everybody', 'all',           11.46,  0.31,  0.00),
    ('age_group_2020', '18-24',     0.60,  0.15,  2.63),
    ('age_group_2020', '25-34',     0.40,  0.10,  1.34),
    ('age_group_2020', '35-44',     0.30,  0.00, -0.15),
    ('age_group_2020', '45-54',     0.30,  0.00, -0.11),
    ('age_group_2020', '55-64',    -0.10,  0.00, -0.20),
    ('age_group_2020', '65+',      -0.90,  0.00, -0.27),
    ('sex', 'female',               0.55,  0.00,  0.445),
    ('sex', 'male',                -0.55,  0.00, -0.445),
    ('young_child', 'true',         0.00,  0.00,  0.81),
    ('young_child', 'false',        0.00,  0.00,  0.00),
    ('employed', 'true',           -0.40,  0.00, -0.04),
    ('employed', 'false',           0.40,  0.00,  0.00),
    ('income_quintile', '1',        1.30,  0.00,  0.00),
    ('income_quintile', '2',        0.50,  0.00,  0.00),
    ('income_quintile', '3',        0.00,  0.00,  0.00),
    ('income_quintile', '4',       -0.50,  0.00,  0.00),
    ('income_quintile', '5',       -0.90,  0.00,  0.00);

/* The waves: middle of the fieldwork and its length, in years. */
CREATE TABLE demo.cohort_wave (
    wave int PRIMARY KEY,
    label text NOT NULL,
    years float8 NOT NULL,
    fieldwork float8 NOT NULL,
    after_event boolean NOT NULL
);
INSERT INTO demo.cohort_wave VALUES
    (1, '2014-15', 2014.50, 0.5, false),
    (2, '2015-16', 2015.50, 0.5, false),
    (3, '2016-17', 2016.50, 0.5, false),
    (4, '2017-18', 2017.50, 0.5, false),
    (5, '2018-19', 2018.50, 0.5, false),
    (6, 'April 2020', 2020.31, 0.02, true);

/* ---- bytes to values; each is inlined where it is used ---- */

/* uniform on (0, 1), from three bytes */
CREATE OR REPLACE FUNCTION pg_temp.uniform(h bytea, at int) RETURNS float8
LANGUAGE sql IMMUTABLE AS
'SELECT ((get_byte(h, at) * 256 + get_byte(h, at + 1)) * 256
         + get_byte(h, at + 2) + 0.5::float8) / 16777216';

/* bell-shaped, mean 0, variance 1, within 3.46: the sum of four bytes */
CREATE OR REPLACE FUNCTION pg_temp.bell(h bytea, at int) RETURNS float8
LANGUAGE sql IMMUTABLE AS
'SELECT (get_byte(h, at) + get_byte(h, at + 1) + get_byte(h, at + 2)
         + get_byte(h, at + 3) - 510) / 147.8::float8';

/*
 * One answer, 0 to 3, whose expected value is exactly level + difficulty:
 * a symmetric wobble that cannot leave [0, 3], then rounding up or down at
 * random in proportion to the fraction.
 */
CREATE OR REPLACE FUNCTION pg_temp.answer(
    level float8, difficulty float8, wobble float8, h bytea, at int
) RETURNS int
LANGUAGE sql IMMUTABLE AS
'SELECT floor(level + difficulty
              + least(wobble, level + difficulty, 3 - level - difficulty)
                * (get_byte(h, at) - 127.5::float8) / 127.5
              + (get_byte(h, at + 1) * 256 + get_byte(h, at + 2) + 0.5::float8)
                / 65536)::int';

/*
 * ---- persons ----
 * Households of 1 to 4 adults; a household lives in one PSU, a PSU in one
 * stratum, a stratum in one of 12 regions.  Every region has the same number
 * of strata, so the weights restore the regions' shares of the population.
 */
CREATE TEMP TABLE person_draw ON COMMIT DROP AS
WITH size AS (
    SELECT :people::bigint AS people,
           12 * least(17, greatest(1, :people / 3000)) AS strata
), design AS (
    SELECT *, least(20, greatest(3, people / (25 * strata))) AS psus
    FROM size
), region(region_no, region, share) AS (
    VALUES (0, 'North East', 0.041::float8), (1, 'North West', 0.109),
           (2, 'Yorkshire and the Humber', 0.082), (3, 'East Midlands', 0.072),
           (4, 'West Midlands', 0.087), (5, 'East of England', 0.093),
           (6, 'London', 0.130), (7, 'South East', 0.138),
           (8, 'South West', 0.086), (9, 'Wales', 0.048),
           (10, 'Scotland', 0.084), (11, 'Northern Ireland', 0.030)
), household AS (
    SELECT household,
           sha512(int8send(household) || int4send(-1) || int4send(:seed)) AS h,
           1 + household % d.strata AS stratum,
           1 + household / d.strata % d.psus AS psu_no
    FROM design d, generate_series(0, (d.people * 6) / 10 + 10) AS household
    OFFSET 0
), placed AS (
    SELECT x.*,
           stratum * 100 + psu_no AS psu,
           sha512(int8send(stratum * 100 + psu_no) || int4send(-2)
                  || int4send(:seed)) AS psu_h,
           (stratum % 12)::int AS region_no,
           pg_temp.uniform(h, 0) AS size_u,
           pg_temp.uniform(h, 3) AS age_u
    FROM household x
    OFFSET 0
), composed AS (
    SELECT x.*,
           CASE WHEN size_u < 0.35 THEN 1 WHEN size_u < 0.82 THEN 2
                WHEN size_u < 0.95 THEN 3 ELSE 4 END AS adults,
           CASE WHEN age_u < 0.06 THEN 18 + 7 * age_u / 0.06
                WHEN age_u < 0.20 THEN 25 + 10 * (age_u - 0.06) / 0.14
                WHEN age_u < 0.37 THEN 35 + 10 * (age_u - 0.20) / 0.17
                WHEN age_u < 0.56 THEN 45 + 10 * (age_u - 0.37) / 0.19
                WHEN age_u < 0.72 THEN 55 + 10 * (age_u - 0.56) / 0.16
                ELSE 65 + 30 * (age_u - 0.72) * (age_u - 0.72) / 0.0784
           END AS first_age
    FROM placed x
    OFFSET 0
), family AS (
    SELECT x.*,
           pg_temp.uniform(h, 6)
           < CASE WHEN adults = 1 THEN 0.10
                  WHEN first_age BETWEEN 27 AND 40 THEN 0.55
                  WHEN first_age BETWEEN 22 AND 46 THEN 0.20
                  ELSE 0.01 END AS young_child,
           pg_temp.bell(h, 9)
           - CASE WHEN first_age < 25 THEN 0.4 WHEN first_age >= 65 THEN 0.3
                  ELSE -0.15 END AS income_z,
           0.6 * pg_temp.bell(psu_h, 0) + 1.4 * pg_temp.bell(h, 13)
               AS shared_points
    FROM composed x
    OFFSET 0
), member AS (
    SELECT row_number() OVER (ORDER BY household, member_no) AS person, x.*,
           member_no
    FROM family x, generate_series(1, adults) AS member_no
), drawn AS (
    SELECT m.*,
           sha512(int8send(person) || int4send(0) || int4send(:seed)) AS p
    FROM member m, design d
    WHERE person <= d.people
    OFFSET 0
), described AS (
    SELECT x.*,
           18.1 + CASE WHEN member_no = 1 THEN first_age - 18
                       WHEN member_no = 2
                           THEN abs(first_age - 18 + 4 * pg_temp.bell(p, 0))
                       WHEN first_age >= 42
                           THEN pg_temp.uniform(p, 0)
                                * least(first_age - 38, 14)
                       ELSE abs(first_age - 18 + 3 * pg_temp.bell(p, 0))
                  END AS age_2020,
           CASE WHEN member_no = 1 THEN pg_temp.uniform(h, 17) < 0.535
                WHEN member_no = 2
                    THEN (pg_temp.uniform(h, 17) < 0.535)
                         <> (pg_temp.uniform(p, 4) < 0.97)
                ELSE pg_temp.uniform(p, 4) < 0.50
           END AS is_female
    FROM drawn x
    OFFSET 0
), classed AS (
    SELECT x.*,
           CASE WHEN age_2020 < 25 THEN '18-24' WHEN age_2020 < 35 THEN '25-34'
                WHEN age_2020 < 45 THEN '35-44' WHEN age_2020 < 55 THEN '45-54'
                WHEN age_2020 < 65 THEN '55-64' ELSE '65+'
           END AS age_group_2020,
           CASE WHEN income_z < -0.89 THEN 1 WHEN income_z < -0.27 THEN 2
                WHEN income_z < 0.25 THEN 3 WHEN income_z < 0.88 THEN 4
                ELSE 5 END AS income_quintile
    FROM described x
    OFFSET 0
)
SELECT person, household, region, stratum, psu, share * 12 AS design_weight,
       CASE WHEN is_female THEN 'female' ELSE 'male' END AS sex,
       floor((2020.31 - age_2020) * 100) / 100 AS birth_year,
       age_group_2020, income_z, income_quintile, young_child,
       pg_temp.uniform(p, 7)
       < CASE age_group_2020 WHEN '18-24' THEN 0.62 WHEN '55-64' THEN 0.60
                             WHEN '65+' THEN 0.10 ELSE 0.76 END
         + 0.03 * (income_quintile - 3) AS employed,
       0.04 + CASE age_group_2020 WHEN '18-24' THEN 0.035
                                  WHEN '25-34' THEN 0.025
                                  WHEN '65+' THEN 0.01 ELSE 0 END
       + 0.006 * (5 - income_quintile) AS leaving_rate,
       CASE age_group_2020 WHEN '18-24' THEN 0.30 WHEN '25-34' THEN 0.35
                           WHEN '35-44' THEN 0.42 WHEN '45-54' THEN 0.46
                           WHEN '55-64' THEN 0.50 ELSE 0.45 END
       + 0.04 * (income_quintile - 3) AS april_rate,
       pg_temp.uniform(p, 17) AS leaving,
       pg_temp.uniform(sha512(int8send(person) || int4send(6)
                              || int4send(:seed)), 46) AS april,
       shared_points, p
FROM classed JOIN region USING (region_no);

/*
 * A person's expected score before the event is own_points, plus own_trend
 * a year; after it, own_excess more, plus own_response: how this person
 * differs from others alike (mean 0; a few fare much worse).
 */
CREATE TABLE demo.cohort_person AS
SELECT d.person, d.household, d.region, d.stratum, d.psu, d.design_weight,
       d.sex, d.birth_year, d.age_group_2020, d.income_quintile,
       d.young_child, d.employed,
       e.level_points + a.level_points + s.level_points + c.level_points
       + w.level_points + i.level_points + d.shared_points
       + 4.6 * ((pg_temp.bell(p, 10) + 2.5) * (pg_temp.bell(p, 10) + 2.5)
                / 7.25 - 1.0) AS own_points,
       e.trend_points_per_year + a.trend_points_per_year
       + s.trend_points_per_year + c.trend_points_per_year
       + w.trend_points_per_year + i.trend_points_per_year AS own_trend,
       e.excess_points + a.excess_points + s.excess_points + c.excess_points
       + w.excess_points + i.excess_points AS own_excess,
       2.2 * (3 * pg_temp.uniform(p, 14) * pg_temp.uniform(p, 14) - 1)
           AS own_response,
       CASE WHEN leaving < 1 - 5 * leaving_rate AND april < april_rate
            THEN floor(design_weight / ((1 - 5 * leaving_rate) * april_rate)
                       * 1000000 + 0.5) / 1000000 END AS panel_weight,
       d.income_z, d.leaving_rate, d.april_rate, d.leaving
FROM person_draw d
JOIN demo.cohort_effect e ON e.characteristic = 'everybody'
JOIN demo.cohort_effect a ON (a.characteristic, a.subgroup)
                             = ('age_group_2020', d.age_group_2020)
JOIN demo.cohort_effect s ON (s.characteristic, s.subgroup) = ('sex', d.sex)
JOIN demo.cohort_effect c ON (c.characteristic, c.subgroup)
                             = ('young_child', d.young_child::text)
JOIN demo.cohort_effect w ON (w.characteristic, w.subgroup)
                             = ('employed', d.employed::text)
JOIN demo.cohort_effect i ON (i.characteristic, i.subgroup)
                             = ('income_quintile', d.income_quintile::text);
ALTER TABLE demo.cohort_person ADD PRIMARY KEY (person);
ANALYZE demo.cohort_person;

/*
 * ---- person-waves ----
 * Adults only.  A steady share of each kind of person leaves the panel every
 * year; some skip a wave; in April 2020 far fewer answer, the young and the
 * poor least.  weight = design weight / probability of answering that wave;
 * panel_weight, for change within persons, is the weight of April 2020.
 */
CREATE TABLE demo.cohort AS
WITH asked AS (
    SELECT x.*, v.wave, v.after_event, v.years AS mid_years, v.fieldwork,
           1 - (wave - 1) * leaving_rate AS still_in,
           CASE WHEN v.after_event THEN april_rate ELSE 0.94 END AS answers,
           sha512(int8send(person) || int4send(wave) || int4send(:seed)) AS h
    FROM demo.cohort_person x, demo.cohort_wave v
    WHERE v.years - v.fieldwork / 2 - birth_year >= 18
    OFFSET 0
), answered AS (
    SELECT x.*,
           floor((mid_years + fieldwork * (pg_temp.uniform(h, 43) - 0.5))
                 * 1000) / 1000 AS years
    FROM asked x
    WHERE leaving < still_in AND pg_temp.uniform(h, 46) < answers
    OFFSET 0
), expected AS (
    SELECT x.*,
           least(greatest(own_points + own_trend * (years - 2018.5)
                          + CASE WHEN after_event
                                 THEN own_excess + own_response ELSE 0 END,
                          2.5), 33) AS points
    FROM answered x
    OFFSET 0
), felt AS (
    SELECT x.*,
           (points + least(0.28 * points, (points - 2) / 3.46,
                           (34 - points) / 3.46)
                     * pg_temp.bell(h, 36)) / 12 AS item_level,
           pg_temp.uniform(h, 40) AS skipped
    FROM expected x
    OFFSET 0
), replied AS (
    SELECT x.*,
           floor(years - birth_year)::int AS age,
           ARRAY[pg_temp.answer(item_level,  0.05, 0.25, h, 0),
                 pg_temp.answer(item_level,  0.10, 0.25, h, 3),
                 pg_temp.answer(item_level, -0.02, 0.25, h, 6),
                 pg_temp.answer(item_level, -0.05, 0.25, h, 9),
                 pg_temp.answer(item_level,  0.12, 0.25, h, 12),
                 pg_temp.answer(item_level, -0.12, 0.25, h, 15),
                 pg_temp.answer(item_level,  0.07, 0.25, h, 18),
                 pg_temp.answer(item_level, -0.03, 0.25, h, 21),
                 pg_temp.answer(item_level,  0.05, 0.25, h, 24),
                 pg_temp.answer(item_level, -0.15, 0.25, h, 27),
                 pg_temp.answer(item_level, -0.12, 0.25, h, 30),
                 pg_temp.answer(item_level,  0.10, 0.25, h, 33)] AS q,
           CASE WHEN skipped < 0.012 THEN 0
                WHEN skipped < 0.036 THEN 1 + floor((skipped - 0.012) * 500)::int
           END AS blank
    FROM felt x
    OFFSET 0
), scored AS (
    SELECT x.*,
           q[1] + q[2] + q[3] + q[4] + q[5] + q[6]
           + q[7] + q[8] + q[9] + q[10] + q[11] + q[12] AS likert,
           (q[1] >= 2)::int + (q[2] >= 2)::int + (q[3] >= 2)::int
           + (q[4] >= 2)::int + (q[5] >= 2)::int + (q[6] >= 2)::int
           + (q[7] >= 2)::int + (q[8] >= 2)::int + (q[9] >= 2)::int
           + (q[10] >= 2)::int + (q[11] >= 2)::int + (q[12] >= 2)::int
               AS bimodal
    FROM replied x
)
SELECT person, household, wave, years, stratum, psu,
       floor(design_weight / (still_in * answers) * 1000000 + 0.5) / 1000000
           AS weight,
       panel_weight, age,
       CASE WHEN age < 25 THEN '18-24' WHEN age < 35 THEN '25-34'
            WHEN age < 45 THEN '35-44' WHEN age < 55 THEN '45-54'
            WHEN age < 65 THEN '55-64' ELSE '65+' END AS age_group,
       age_group_2020, sex, region, income_quintile,
       floor(1900
             * (1 + income_z / 8) * (1 + income_z / 8)
             * (1 + income_z / 8) * (1 + income_z / 8)
             * (1 + 0.025 * (mid_years - 2018.5))
             * (1 + 0.08 * pg_temp.bell(h, 49)))::float8 AS income,
       employed, young_child, after_event,
       CASE WHEN blank IN (0, 1) THEN NULL ELSE q[1] END AS ghq_1,
       CASE WHEN blank IN (0, 2) THEN NULL ELSE q[2] END AS ghq_2,
       CASE WHEN blank IN (0, 3) THEN NULL ELSE q[3] END AS ghq_3,
       CASE WHEN blank IN (0, 4) THEN NULL ELSE q[4] END AS ghq_4,
       CASE WHEN blank IN (0, 5) THEN NULL ELSE q[5] END AS ghq_5,
       CASE WHEN blank IN (0, 6) THEN NULL ELSE q[6] END AS ghq_6,
       CASE WHEN blank IN (0, 7) THEN NULL ELSE q[7] END AS ghq_7,
       CASE WHEN blank IN (0, 8) THEN NULL ELSE q[8] END AS ghq_8,
       CASE WHEN blank IN (0, 9) THEN NULL ELSE q[9] END AS ghq_9,
       CASE WHEN blank IN (0, 10) THEN NULL ELSE q[10] END AS ghq_10,
       CASE WHEN blank IN (0, 11) THEN NULL ELSE q[11] END AS ghq_11,
       CASE WHEN blank IN (0, 12) THEN NULL ELSE q[12] END AS ghq_12,
       CASE WHEN blank IS NULL THEN q
            WHEN blank = 0 THEN array_fill(NULL::int, ARRAY[12])
            ELSE q[1:blank - 1] || NULL::int || q[blank + 1:12] END AS ghq,
       CASE WHEN blank IS NULL THEN likert END AS ghq_likert,
       CASE WHEN blank IS NULL THEN bimodal END AS ghq_bimodal,
       CASE WHEN blank IS NULL THEN bimodal >= 4 END AS distressed
FROM scored;
ALTER TABLE demo.cohort ADD PRIMARY KEY (person, wave);
ANALYZE demo.cohort;
ALTER TABLE demo.cohort_person DROP COLUMN income_z,
    DROP COLUMN leaving_rate, DROP COLUMN april_rate, DROP COLUMN leaving;

/*
 * What the constants come to in each group: design-weighted means over
 * everybody drawn, the whole population that the weights restore.
 */
CREATE TABLE demo.cohort_truth AS
SELECT characteristic, subgroup,
       (round(sum(weight * excess) / sum(weight), 4))::float8 AS true_excess,
       (round(sum(weight * trend) / sum(weight), 4))::float8 AS true_trend,
       published::float8 AS published_excess,
       CASE WHEN published IS NULL THEN 'not published'
            ELSE 'published: Pierce and others 2020' END AS note
FROM (
    SELECT count(*) * design_weight::numeric AS weight,
           own_excess::numeric AS excess, own_trend::numeric AS trend,
           age_group_2020, sex, young_child, employed, income_quintile
    FROM demo.cohort_person
    GROUP BY design_weight, own_excess, own_trend,
             age_group_2020, sex, young_child, employed, income_quintile
) AS kind, LATERAL (VALUES
    ('everybody', 'all'), ('age_group_2020', age_group_2020), ('sex', sex),
    ('young_child', young_child::text), ('employed', employed::text),
    ('income_quintile', income_quintile::text)
) AS g(characteristic, subgroup)
LEFT JOIN (VALUES
    ('everybody', 'all', 0.48), ('age_group_2020', '18-24', 2.69),
    ('age_group_2020', '25-34', 1.57), ('sex', 'female', 0.92),
    ('young_child', 'true', 1.45), ('employed', 'true', 0.6)
) AS p(characteristic, subgroup, published) USING (characteristic, subgroup)
GROUP BY characteristic, subgroup, published
ORDER BY characteristic, subgroup;
ALTER TABLE demo.cohort_truth ADD PRIMARY KEY (characteristic, subgroup);

/* ---- what everything is ---- */
COMMENT ON SCHEMA demo IS 'Demonstration tables of mindgap.';
COMMENT ON TABLE demo.cohort_effect IS
    'Generated data: no real person. The constants behind demo.cohort.';
COMMENT ON TABLE demo.cohort_wave IS
    'Generated data: no real person. The six waves of demo.cohort.';
COMMENT ON TABLE demo.cohort_person IS
    'Generated data: no real person. One row a person drawn, also those who never answered.';
COMMENT ON TABLE demo.cohort IS
    'Generated data: no real person. One row a person and wave answered.';
COMMENT ON TABLE demo.cohort_truth IS
    'Generated data: no real person. The true excess and trend of each group, which an analysis should recover.';

COMMENT ON COLUMN demo.cohort_person.design_weight IS
    'population share of the region / its share of the sample';
COMMENT ON COLUMN demo.cohort_person.own_points IS
    'expected GHQ-12 Likert score in mid 2018';
COMMENT ON COLUMN demo.cohort_person.own_trend IS 'points a year';
COMMENT ON COLUMN demo.cohort_person.own_excess IS
    'points beyond the trend after the event, expected of people alike';
COMMENT ON COLUMN demo.cohort_person.own_response IS
    'points by which this person differs from people alike after the event';
COMMENT ON COLUMN demo.cohort.wave IS
    '1 (2014-15) to 5 (2018-19), 6 (April 2020)';
COMMENT ON COLUMN demo.cohort.years IS 'interview date, decimal year';
COMMENT ON COLUMN demo.cohort.psu IS
    'primary sampling unit, nested in the stratum';
COMMENT ON COLUMN demo.cohort.weight IS
    'design weight / probability of answering this wave';
COMMENT ON COLUMN demo.cohort.panel_weight IS
    'for change within persons: the April 2020 weight in all waves of a person who answered then, else NULL';
COMMENT ON COLUMN demo.cohort.age IS 'completed years at the interview';
COMMENT ON COLUMN demo.cohort.age_group_2020 IS
    'age group in April 2020: the same in all waves';
COMMENT ON COLUMN demo.cohort.income_quintile IS
    'fifth of long-run household income, 1 poorest: the same in all waves';
COMMENT ON COLUMN demo.cohort.income IS
    'household income as reported, pounds a month';
COMMENT ON COLUMN demo.cohort.employed IS
    'in work before the event: the same in all waves';
COMMENT ON COLUMN demo.cohort.young_child IS
    'lives with a young child: the same in all waves';
COMMENT ON COLUMN demo.cohort.after_event IS 'true in April 2020';
COMMENT ON COLUMN demo.cohort.ghq IS
    'the 12 answers, each 0 to 3; NULL where not answered';
COMMENT ON COLUMN demo.cohort.ghq_likert IS
    'sum of the 12 answers, 0 to 36; NULL unless all answered';
COMMENT ON COLUMN demo.cohort.ghq_bimodal IS
    'answers of 2 or 3, 0 to 12; NULL unless all answered';
COMMENT ON COLUMN demo.cohort.distressed IS 'ghq_bimodal of 4 or more';
COMMIT;

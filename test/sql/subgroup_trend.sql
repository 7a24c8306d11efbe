-- Trends of subgroups together. Expected values: PostgreSQL's regr_slope and regr_intercept on the waves' means, trend(),
-- gap_trend(), and identities; R's are in the oracle check trends.
SET extra_float_digits = 0;
CREATE TABLE panel AS
SELECT p AS person, 2010 + t * t AS years, p % 3 AS g, 5 + p % 3 + 0.2 * t * (p % 3) + (p * t * 37 % 11) * 0.4 + CASE WHEN t = 4 AND p % 3 = 2 THEN 2 ELSE 0 END AS y,
       (1 + p % 4)::float8 AS w, p % 5 AS stratum, p AS psu, t
FROM generate_series(1, 120) p, generate_series(0, 4) t;
CREATE VIEW series AS
SELECT mindgap.survey_series_agg(years, s) AS s FROM (SELECT years, mindgap.survey_agg(y, g, w, stratum, psu) AS s FROM panel GROUP BY years) w;

SELECT subgroup, term, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error, round(statistic::numeric, 4) AS statistic, df,
       round(p_value::numeric, 6) AS p_value, status
FROM series, mindgap.trend_by_subgroup(s);
-- the estimates, from the waves' means
WITH mean AS (SELECT g, years, t, sum(w * y) / sum(w) AS y FROM panel GROUP BY g, years, t)
SELECT bool_and(abs(r.slope - a.estimate) < 1e-10) AS slopes, bool_and(abs(r.excess - b.estimate) < 1e-10) AS excesses
FROM (SELECT g, regr_slope(y, years) FILTER (WHERE t < 4) AS slope,
             max(y) FILTER (WHERE t = 4) - regr_intercept(y, years - 2010) FILTER (WHERE t < 4) - 16 * regr_slope(y, years) FILTER (WHERE t < 4) AS excess
      FROM mean GROUP BY g) r,
     series, mindgap.trend_by_subgroup(s) a, mindgap.trend_by_subgroup(s) b
WHERE a.subgroup = r.g::text AND b.subgroup = r.g::text AND a.term LIKE 'earlier slope per%' AND b.term LIKE 'excess over%';
-- excesses and their errors are those of trend(), with either weights, and of gap_trend()
SELECT wave_weights, count(*), bool_and(abs(a.estimate - t.estimate) < 1e-10 AND abs(a.std_error - t.std_error) < 1e-10 AND a.df = t.df) AS as_trend
FROM series, unnest(ARRAY['equal', 'population']) wave_weights, mindgap.trend_by_subgroup(s, wave_weights => wave_weights) a,
     mindgap.trend(s, a.subgroup, wave_weights) t
WHERE a.subgroup IS NOT NULL AND a.term = 'excess over the earlier trend' AND t.term = a.term GROUP BY wave_weights ORDER BY wave_weights;
SELECT count(*), bool_and(abs(a.estimate - t.estimate) < 1e-10 AND abs(a.std_error - t.std_error) < 1e-10) AS as_gap_trend
FROM series, mindgap.trend_by_subgroup(s, '1') a, mindgap.gap_trend(s, compare => a.subgroup, reference => '1') t
WHERE a.term = 'excess differs from reference' AND t.term = 'excess over the earlier trend';
-- the joint test does not depend on the reference; with two subgroups F is t squared
SELECT count(*), count(DISTINCT round(a.statistic::numeric, 8)) AS statistics, count(DISTINCT round(a.p_value::numeric, 8)) AS p_values
FROM series, unnest(ARRAY['0', '1', '2']) r, mindgap.trend_by_subgroup(s, r) a WHERE a.subgroup IS NULL;
SELECT bool_and(abs(j.statistic - d.statistic ^ 2) < 1e-8 AND abs(j.p_value - d.p_value) < 1e-9) AS f_is_t_squared
FROM (SELECT mindgap.survey_series_agg(years, s) AS s FROM (SELECT years, mindgap.survey_agg(y, (g = 2)::int, w, stratum, psu) AS s FROM panel GROUP BY years) w) o,
     mindgap.trend_by_subgroup(s) j, mindgap.trend_by_subgroup(s) d
WHERE (j.term, d.term) IN (('excesses equal', 'excess differs from reference'), ('earlier slopes equal', 'earlier slope differs from reference'));
-- rows in another order, merged series, an offset
SELECT bool_and(a.estimate IS NOT DISTINCT FROM b.estimate OR abs(a.estimate - b.estimate) < 1e-9) AS estimates,
       bool_and(abs(a.std_error - b.std_error) < 1e-9) AS errors, bool_and(abs(a.statistic - b.statistic) < 1e-6) AS statistics
FROM series, mindgap.trend_by_subgroup(s) a JOIN LATERAL (
    SELECT t.* FROM (SELECT mindgap.rollup(part) AS s
                     FROM (SELECT mindgap.survey_series_agg(years, s) AS part
                           FROM (SELECT years, person % 2 AS half, mindgap.survey_agg(1e6 + y, g, w, stratum, psu ORDER BY -person) AS s FROM panel GROUP BY years, half) w
                           GROUP BY half) h) m, mindgap.trend_by_subgroup(m.s) t) b USING (term)
WHERE a.subgroup IS NOT DISTINCT FROM b.subgroup;
-- replicate weights: the jackknife of a mean of equal weights has the linearised errors, n / (n - 1) aside
SELECT bool_and(abs(a.estimate - b.estimate) < 1e-10) AS estimates, bool_and(abs(a.std_error / b.std_error - 1) < 0.02) AS errors, count(*)
FROM (SELECT mindgap.survey_series_agg(years, s) AS s
      FROM (SELECT years, mindgap.replication(mindgap.survey_replicate_agg(y, g, 1, r), 'JK1') AS s
            FROM panel, LATERAL (SELECT array_agg(CASE WHEN k = person THEN 0 ELSE 120 / 119.0 END ORDER BY k)::float8[] AS r FROM generate_series(1, 120) k) j GROUP BY years) w) j,
     (SELECT mindgap.survey_series_agg(years, s) AS l FROM (SELECT years, mindgap.survey_agg(y, g, 1, 1, psu) AS s FROM panel GROUP BY years) w) l,
     mindgap.trend_by_subgroup(s) a, mindgap.trend_by_subgroup(l) b
WHERE a.subgroup = b.subgroup AND a.term = b.term;
-- published tables; fresh samples without PSUs
SELECT subgroup, term, round(estimate::numeric, 4) AS estimate, round(std_error::numeric, 4) AS std_error, status
FROM (SELECT mindgap.survey_series_agg(years, s) AS s
      FROM (SELECT years, mindgap.gap_from_table_agg(g, y, 0.1, 100) AS s FROM (VALUES (0, 'a', 1.0), (1, 'a', 2.0), (2, 'a', 5.0), (0, 'b', 1.0), (1, 'b', 1.5), (2, 'b', 2.5)) v(years, g, y) GROUP BY years) w) o,
     mindgap.trend_by_subgroup(s);
SELECT DISTINCT status FROM (SELECT mindgap.survey_series_agg(years, s) AS s FROM (SELECT years, mindgap.survey_agg(y, g, w) AS s FROM panel GROUP BY years) w) o, mindgap.trend_by_subgroup(s) WHERE subgroup = '1';

-- waves missing: group 0 lacks an earlier wave, group 1 the last one, group 2 all earlier but one
SELECT subgroup, term, round(estimate::numeric, 4) AS estimate, std_error IS NOT NULL AS has_error, status
FROM (SELECT mindgap.survey_series_agg(years, s) AS s
      FROM (SELECT years, mindgap.survey_agg(y, g, w, stratum, psu) AS s FROM panel
            WHERE NOT (g = 0 AND t = 1) AND NOT (g = 1 AND t = 4) AND NOT (g = 2 AND t BETWEEN 1 AND 3) GROUP BY years) w) o,
     mindgap.trend_by_subgroup(s);
-- one wave, two waves, one subgroup, no subgroup, nothing
SELECT t.subgroup, t.term, t.estimate, t.status FROM mindgap.trend_by_subgroup((SELECT mindgap.survey_series_agg(years, s) FROM (SELECT years, mindgap.survey_agg(y, g) AS s FROM panel WHERE t = 4 AND g < 2 GROUP BY years) w)) t;
SELECT t.subgroup, t.term, t.estimate, t.status FROM mindgap.trend_by_subgroup((SELECT mindgap.survey_series_agg(years, s) FROM (SELECT years, mindgap.survey_agg(y, g) AS s FROM panel WHERE t > 2 AND g < 1 GROUP BY years) w)) t;
SELECT count(*) FROM mindgap.trend_by_subgroup((SELECT mindgap.survey_series_agg(years, s) FROM (SELECT years, mindgap.survey_agg(y, NULL::text) AS s FROM panel GROUP BY years) w));
SELECT count(*) FROM mindgap.trend_by_subgroup(NULL);
-- one PSU in a stratum
SELECT lonely_psu, bool_and(t.std_error IS NULL) AS no_errors, min(t.status) AS status, max(t.status) AS other
FROM (SELECT mindgap.survey_series_agg(years, s) AS s FROM (SELECT years, mindgap.survey_agg(y, g, w, CASE WHEN person > 117 THEN person ELSE 0 END, psu) AS s FROM panel GROUP BY years) w) o,
     unnest(ARRAY['fail', 'certainty']) lonely_psu, mindgap.trend_by_subgroup(s, lonely_psu => lonely_psu) t WHERE t.subgroup IS NOT NULL GROUP BY lonely_psu ORDER BY lonely_psu;
-- errors
SELECT * FROM series, mindgap.trend_by_subgroup(s, 'nobody');
SELECT * FROM series, mindgap.trend_by_subgroup(s, wave_weights => 'none');
SELECT count(*) FROM mindgap.trend_by_subgroup((SELECT mindgap.survey_series_agg(t, s) FROM (SELECT mindgap.survey_agg(1, i) AS s FROM generate_series(1, 1001) i) o, generate_series(1, 3) t));
DROP VIEW series;
DROP TABLE panel;

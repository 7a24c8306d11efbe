/*
 * analysis-cohort.sql: the demonstration on the generated cohort.
 *
 * Each step prints the question, the SQL, its result, and a sentence that
 * format() makes from the same result.
 */
\ir print.psql
DROP TABLE IF EXISTS demo.wave_summary, demo.april_2020, demo.model, demo.people_like_these CASCADE;

\echo '# mindgap on a cohort: generated data, no real person'
\echo
SELECT format('%s adults drawn, %s interviews in %s waves: %s. A GHQ-12 score runs from 0 to 36 points, '
              'higher is worse; 4 or more of its 12 problems count as distress.',
              (SELECT count(*) FROM demo.cohort_person),
              (SELECT count(*) FROM demo.cohort), count(*),
              string_agg(label, ', ' ORDER BY wave))
FROM demo.cohort_wave
\g (format=unaligned tuples_only=on)

\echo
\echo '## 1. How common is distress now, among women and men?'
\echo '```sql'
SELECT subgroup, n, n_missing, estimate, conf_low, conf_high, df, status
FROM mindgap.estimates(
         (SELECT mindgap.survey_agg(distressed, sex, weight, stratum, psu)
          FROM demo.cohort WHERE wave = 6),
         statistic => 'proportion', ci_method => 'logit')
\p
\echo
\g
\echo '```'
SELECT format('In April 2020 %s of adults were distressed: %s.',
              min(said) FILTER (WHERE subgroup IS NULL),
              string_agg(subgroup || ' ' || said, ', ' ORDER BY estimate DESC)
                  FILTER (WHERE subgroup IS NOT NULL))
FROM (SELECT *, format('%s (95 %% interval %s to %s)', pg_temp.percent(estimate),
                       pg_temp.percent(conf_low), pg_temp.percent(conf_high)) AS said
      FROM mindgap.estimates(
               (SELECT mindgap.survey_agg(distressed, sex, weight, stratum, psu)
                FROM demo.cohort WHERE wave = 6),
               statistic => 'proportion', ci_method => 'logit')) AS e
\g (format=unaligned tuples_only=on)

\echo
\echo '## 2. Summarise each wave once, and read the summaries ever after'
\echo '```sql'
CREATE TABLE demo.wave_summary AS
SELECT wave, outcome, dimension,
       mindgap.survey_agg(y, subgroup, weight, stratum, psu) AS summary
FROM demo.cohort,
     LATERAL (VALUES ('score', ghq_likert::float8),
                     ('case', distressed::int::float8)) AS o(outcome, y),
     LATERAL (VALUES ('everybody', 'all'), ('sex', sex), ('age', age_group),
                     ('income', income_quintile::text), ('region', region)) AS d(dimension, subgroup)
GROUP BY wave, outcome, dimension
\p
\g
\echo
CREATE VIEW demo.before_after AS
SELECT outcome, dimension, b.summary AS before_wave, a.summary AS after_wave
FROM demo.wave_summary AS b JOIN demo.wave_summary AS a USING (outcome, dimension)
WHERE b.wave = 5 AND a.wave = 6
\p
\g
\echo '```'
COMMENT ON TABLE demo.wave_summary IS
    'Generated data: no real person. A survey_summary of demo.cohort for each wave, outcome and dimension.';
COMMENT ON VIEW demo.before_after IS
    'Generated data: no real person. The summaries of 2018-19 beside those of April 2020.';
SELECT format('%s summaries (%s kB) stand for %s interviews (%s kB). Steps 3 to 8 read nothing else.',
              count(*), round(sum(pg_column_size(summary)) / 1024.0),
              (SELECT count(*) FROM demo.cohort),
              pg_relation_size('demo.cohort') / 1024)
FROM demo.wave_summary
\g (format=unaligned tuples_only=on)

\echo
\echo '## 3. How did distress change from 2018-19 to April 2020, and for whom?'
\echo 'Many people answer in both waves: PSUs are matched, so the standard errors count that.'
\echo '```sql'
SELECT outcome, subgroup, before_estimate, after_estimate, change, conf_low, conf_high, status
FROM demo.before_after, LATERAL mindgap.change(before_wave, after_wave)
WHERE subgroup IS NOT NULL
      AND (dimension = 'everybody' OR (outcome, dimension) = ('score', 'age'))
ORDER BY dimension DESC, outcome, subgroup
\p
\echo
\g
\echo '```'
WITH c AS (
    SELECT outcome, dimension, c.*
    FROM demo.before_after, LATERAL mindgap.change(before_wave, after_wave) AS c
    WHERE subgroup IS NOT NULL AND dimension IN ('everybody', 'age')
), age AS (
    SELECT array_agg(subgroup ORDER BY change) AS ages, array_agg(change ORDER BY change) AS changes
    FROM c WHERE outcome = 'score' AND dimension = 'age'
)
SELECT format('The mean score changed by %s points (95 %% interval %s to %s), distress from %s to %s. '
              'By age the change of the score runs from %s (%s) to %s points (%s).',
              pg_temp.signed(s.change), pg_temp.signed(s.conf_low), pg_temp.signed(s.conf_high),
              pg_temp.percent(p.before_estimate), pg_temp.percent(p.after_estimate),
              pg_temp.signed(changes[1]), ages[1],
              pg_temp.signed(changes[cardinality(changes)]), ages[cardinality(ages)])
FROM c AS s, c AS p, age
WHERE (s.outcome, s.dimension, p.outcome, p.dimension) = ('score', 'everybody', 'case', 'everybody')
\g (format=unaligned tuples_only=on)

\echo
\echo '## 4. How wide are the gaps, and are they widening?'
\echo '```sql'
SELECT dimension, compare, reference, gap_before, gap_after, change, conf_low, conf_high, direction
FROM (VALUES ('age', '18-24', '65+'), ('income', '1', '5'), ('sex', 'female', 'male')
     ) AS g(dimension, compare, reference) JOIN demo.before_after USING (dimension),
     LATERAL mindgap.gap_change(before_wave, after_wave, 'difference', compare, reference)
WHERE outcome = 'score' ORDER BY dimension
\p
\echo
\g
\echo '```'
SELECT string_agg(format('By %s the gap %s: from %s to %s points, change %s (95 %% interval %s to %s).',
                         dimension, pg_temp.gap_moved(direction),
                         pg_temp.signed(gap_before), pg_temp.signed(gap_after), pg_temp.signed(change),
                         pg_temp.signed(conf_low), pg_temp.signed(conf_high)), ' ' ORDER BY dimension)
FROM (VALUES ('age', '18-24', '65+'), ('income', '1', '5'), ('sex', 'female', 'male')
     ) AS g(dimension, compare, reference) JOIN demo.before_after USING (dimension),
     LATERAL mindgap.gap_change(before_wave, after_wave, 'difference', compare, reference)
WHERE outcome = 'score'
\g (format=unaligned tuples_only=on)

\echo
\echo '## 5. How much more common is distress in the poorest fifth than in the richest?'
\echo '```sql'
SELECT g.*
FROM demo.before_after, unnest(ARRAY['difference', 'ratio', 'odds_ratio']) AS m,
     LATERAL mindgap.gap(after_wave, m, compare => '1', reference => '5') AS g
WHERE outcome = 'case' AND dimension = 'income'
\p
\echo
\g
\echo '```'
SELECT format('It is %s times as common (95 %% interval %s to %s), a difference of %s percentage points.',
              round(r.estimate::numeric, 2), round(r.conf_low::numeric, 2), round(r.conf_high::numeric, 2),
              to_char(100 * d.estimate, 'FMSG990.0'))
FROM demo.before_after,
     LATERAL mindgap.gap(after_wave, 'ratio', compare => '1', reference => '5') AS r,
     LATERAL mindgap.gap(after_wave, 'difference', compare => '1', reference => '5') AS d
WHERE outcome = 'case' AND dimension = 'income'
\g (format=unaligned tuples_only=on)

\echo
\echo '## 6. How does every age group compare with the oldest, and the under-35s together?'
\echo '```sql'
SELECT measure, compare, estimate, conf_low, conf_high, p_value, g.status
FROM demo.before_after, LATERAL mindgap.pairwise_gaps(after_wave, '65+') AS g
WHERE outcome = 'score' AND dimension = 'age'
UNION ALL
SELECT 'contrast', 'mean of 18-24, 25-34', estimate, conf_low, conf_high, p_value, c.status
FROM demo.before_after, LATERAL mindgap.contrast(
         after_wave, ARRAY['18-24', '25-34', '65+'], ARRAY[0.5, 0.5, -1]) AS c
WHERE outcome = 'score' AND dimension = 'age'
\p
\echo
\g
\echo '```'
SELECT format('In April 2020 the under-35s scored %s points against those aged 65+ (95 %% interval %s to %s).',
              pg_temp.signed(estimate), pg_temp.signed(conf_low), pg_temp.signed(conf_high))
FROM demo.before_after, LATERAL mindgap.contrast(
         after_wave, ARRAY['18-24', '25-34', '65+'], ARRAY[0.5, 0.5, -1])
WHERE outcome = 'score' AND dimension = 'age'
\g (format=unaligned tuples_only=on)

\echo
\echo '## 7. Which measure of the income gradient moved?'
\echo '```sql'
SELECT g.measure, gap_before, gap_after, change, conf_low, conf_high, direction
FROM demo.before_after, unnest(ARRAY['sii', 'rii', 'erreygers', 'bgsd', 'idis']) AS m,
     LATERAL mindgap.gap_change(before_wave, after_wave, m, lower => 0, upper => 36,
                                subgroup_order => ARRAY['1', '2', '3', '4', '5']) AS g
WHERE outcome = 'score' AND dimension = 'income'
\p
\echo
\g
\echo '```'
SELECT format('Absolute measures: %s. Relative to the mean: %s.',
              string_agg(format('%s %s', g.measure, pg_temp.gap_moved(direction)), ', ' ORDER BY g.measure)
                  FILTER (WHERE m.absolute_or_relative = 'absolute'),
              string_agg(format('%s from %s to %s (95 %% interval of the change %s to %s)', g.measure,
                                round(gap_before::numeric, 2), round(gap_after::numeric, 2),
                                round(conf_low::numeric, 2), round(conf_high::numeric, 2)), ', ' ORDER BY g.measure)
                  FILTER (WHERE m.absolute_or_relative = 'relative'))
FROM demo.before_after, mindgap.gap_measures() AS m,
     LATERAL mindgap.gap_change(before_wave, after_wave, m.measure, lower => 0, upper => 36,
                                subgroup_order => ARRAY['1', '2', '3', '4', '5']) AS g
WHERE outcome = 'score' AND dimension = 'income' AND m.measure IN ('sii', 'rii', 'erreygers', 'bgsd', 'idis')
\g (format=unaligned tuples_only=on)

\echo
\echo '## 8. Over all the waves: did the gaps leave their earlier trend?'
\echo '```sql'
CREATE VIEW demo.gap_trends AS
SELECT dimension, measure, t.*
FROM (VALUES ('age', 'difference', '18-24', '65+', NULL),
             ('sex', 'difference', 'female', 'male', NULL),
             ('income', 'sii', NULL, NULL, ARRAY['1', '2', '3', '4', '5']),
             ('region', 'bgsd', NULL, NULL, NULL)
     ) AS g(dimension, measure, compare, reference, subgroup_order)
JOIN (SELECT dimension, mindgap.survey_series_agg(years, summary) AS series
      FROM demo.wave_summary JOIN demo.cohort_wave USING (wave)
      WHERE outcome = 'score' GROUP BY dimension) AS s USING (dimension),
     LATERAL mindgap.gap_trend(series, measure, compare, reference, subgroup_order) AS t

\p
\g
\echo
COMMENT ON VIEW demo.gap_trends IS
    'Generated data: no real person. Trends of the gaps over the six waves.';
SELECT dimension, measure, term, estimate, std_error, conf_low, conf_high, p_value
FROM demo.gap_trends WHERE term <> 'all waves equal'
ORDER BY term DESC, dimension
\p
\echo
\g
\echo '```'
SELECT string_agg(format('By %s the last wave lies %s points from where the earlier gaps (%s) pointed (95 %% interval %s to %s): %s.',
                         dimension, pg_temp.signed(estimate), measure, pg_temp.signed(conf_low), pg_temp.signed(conf_high),
                         CASE WHEN conf_low > 0 OR conf_high < 0 THEN 'it left its trend' ELSE 'no clear departure' END),
                  ' ' ORDER BY dimension)
FROM demo.gap_trends WHERE term = 'excess over the earlier trend'
\g (format=unaligned tuples_only=on)

\echo
\echo '## 9. What was the poor-rich gap in every wave, straight from the rows?'
\echo '```sql'
SELECT label, mindgap.gap_difference(ghq_likert, income_quintile = 1, weight) AS points
FROM demo.cohort JOIN demo.cohort_wave USING (wave)
WHERE income_quintile IN (1, 5)
GROUP BY wave, label ORDER BY wave
\p
\echo
\g
\echo '```'
SELECT format('Over the waves it lay between %s and %s points.',
              pg_temp.signed(min(points)), pg_temp.signed(max(points)))
FROM (SELECT mindgap.gap_difference(ghq_likert, income_quintile = 1, weight) AS points
      FROM demo.cohort WHERE income_quintile IN (1, 5) GROUP BY wave) AS g
\g (format=unaligned tuples_only=on)

\echo
\echo '## 10. Why is the group of interest a subgroup, and not a WHERE?'
\echo '```sql'
SELECT way, n, estimate, std_error, df, status
FROM (SELECT 'subgroup, else NULL' AS way, mindgap.survey_agg(
                 distressed, CASE WHEN age_group = '18-24' THEN 'young' END, weight, stratum, psu) AS s
      FROM demo.cohort WHERE wave = 6
      UNION ALL
      SELECT 'WHERE', mindgap.survey_agg(distressed, 'young', weight, stratum, psu)
      FROM demo.cohort WHERE wave = 6 AND age_group = '18-24') AS x,
     LATERAL mindgap.estimates(s) WHERE subgroup = 'young'
\p
\echo
\g
\echo '```'
SELECT format('%s of the %s PSUs hold nobody aged 18-24, and WHERE forgets them: %s.',
              psus - young, psus, string_agg(said, ', ' ORDER BY way))
FROM (SELECT count(DISTINCT psu) AS psus,
             count(DISTINCT psu) FILTER (WHERE age_group = '18-24') AS young
      FROM demo.cohort WHERE wave = 6) AS d,
     (SELECT way, format('%s gives %s with %s', way, pg_temp.percent(estimate),
                         CASE WHEN std_error IS NULL THEN format('no standard error (%s)', status)
                              ELSE 'a standard error of ' || to_char(100 * std_error, 'FM990.000')
                         END) AS said
      FROM (SELECT 'a subgroup' AS way, mindgap.survey_agg(
                       distressed, CASE WHEN age_group = '18-24' THEN 'young' END, weight, stratum, psu) AS s
            FROM demo.cohort WHERE wave = 6
            UNION ALL
            SELECT 'WHERE', mindgap.survey_agg(distressed, 'young', weight, stratum, psu)
            FROM demo.cohort WHERE wave = 6 AND age_group = '18-24') AS x,
           LATERAL mindgap.estimates(s) WHERE subgroup = 'young') AS r
GROUP BY psus, young
\g (format=unaligned tuples_only=on)

\ir panel.sql
\echo
\echo '## 11. What does a lived-experience panel expect, and what do the data say to it?'
SELECT format('Made-up votes of %s panel members, 0 to 10, on %s groups of questions.',
              count(DISTINCT voter), count(DISTINCT category)) FROM demo.panel_vote
\g (format=unaligned tuples_only=on)
\echo '```sql'
CREATE TABLE demo.april_2020 AS
SELECT a.*, b.ghq_likert AS score_before
FROM demo.cohort AS a LEFT JOIN demo.cohort AS b ON b.person = a.person AND b.wave = 5
WHERE a.wave = 6
\p
\g
\echo
CREATE TABLE demo.model AS
SELECT mindgap.train_model('demo.april_2020', 'distressed',
           predictors => ARRAY['score_before', 'income_quintile', 'income', 'employed', 'young_child',
                               'age_group', 'sex', 'region'],
           categories => '{"earlier distress": ["score_before"], "money": ["income_quintile", "income"],
                           "work": ["employed"], "family": ["young_child"], "age": ["age_group"],
                           "sex": ["sex"], "place": ["region"]}',
           panel => (SELECT mindgap.panel_agg(voter, category, rating) FROM demo.panel_vote),
           scale_max => 10, family => 'binomial', weight => 'weight', person => 'person') AS m
\p
\g
\echo
SELECT category, n_variables, panel_importance, data_multiplier, verdict
FROM demo.model, LATERAL mindgap.model_panel(m) ORDER BY panel_importance DESC
\p
\echo
\g
\echo '```'
COMMENT ON TABLE demo.april_2020 IS
    'Generated data: no real person. The rows of April 2020, with the GHQ-12 score of 2018-19 where it is known.';
COMMENT ON TABLE demo.model IS
    'Generated data: no real person. A model of distress in April 2020.';
SELECT string_agg(format('The panel rated %s as %s; %s.', category,
                         CASE WHEN place <= 3 THEN 'very important'
                              WHEN place <= 6 THEN 'important' ELSE 'less important' END,
                         CASE verdict WHEN 'data and panel agree' THEN 'the data agree'
                              WHEN 'data point to more weight' THEN 'the data point to more weight'
                              WHEN 'data point to less weight' THEN 'the data point to less weight'
                              WHEN 'not measured in these data' THEN 'these data do not measure it'
                              ELSE 'the data are too thin to say, so the panel''s view still counts' END),
                  ' ' ORDER BY place)
FROM (SELECT category, verdict, row_number() OVER (ORDER BY panel_importance DESC) AS place
      FROM demo.model, LATERAL mindgap.model_panel(m)) AS p
\g (format=unaligned tuples_only=on)
SELECT format('Panel members differed: %s of %s rated friendships 9 or 10, %s rated it below 8.',
              count(*) FILTER (WHERE rating >= 9), count(rating), count(*) FILTER (WHERE rating < 8))
FROM demo.panel_vote WHERE category = 'friendships'
\g (format=unaligned tuples_only=on)

\echo
\echo '## 12. How good are the predictions, and whom do they expect in distress?'
\echo '```sql'
SELECT prediction, loss_kind, loss, loss_std_error, auc, calibration_slope, n_folds, status
FROM demo.model, LATERAL mindgap.model_quality(m)
\p
\echo
\g
\echo
CREATE TABLE demo.people_like_these AS
SELECT * FROM (VALUES
    ('a woman of 18-24 in work, poorest fifth, 18 points before', 18, 1, 1100, true, false, '18-24', 'female', 'London'),
    ('a man of 65 or more not in work, richest fifth, 8 points before', 8, 5, 3200, false, false, '65+', 'male', 'Wales'),
    ('a woman of 25-34 with a young child, middle fifth, score before unknown', NULL, 3, 1900, true, true, '25-34', 'female', 'Scotland')
) AS v(people, score_before, income_quintile, income, employed, young_child, age_group, sex, region)
\p
\g
\echo
SELECT people, p.*
FROM demo.model, demo.people_like_these AS a, LATERAL mindgap.predict_row_interval(m, to_jsonb(a)) AS p
\p
\echo
\g
\echo '```'
COMMENT ON TABLE demo.people_like_these IS 'Made-up rows to predict for.';
SELECT format('Of 100 people with answers like these (%s), we expect about %s to report distress (likely between %s and %s). We cannot say which %s.',
              people, round(100 * estimate), round(100 * conf_low), round(100 * conf_high), round(100 * estimate))
FROM demo.model, demo.people_like_these AS a, LATERAL mindgap.predict_row_interval(m, to_jsonb(a))
\g (format=unaligned tuples_only=on)

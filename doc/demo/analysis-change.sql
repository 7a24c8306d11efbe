/*
 * analysis-change.sql: the demonstration on the generated cohort, continued:
 * who worsened beyond the trend, who recovered, who left, and what that does
 * to the answers.
 */
\ir print.psql
DROP TABLE IF EXISTS demo.own_trend, demo.person_change, demo.returned CASCADE;

\echo
\echo '## 13. Which age groups left their earlier trend, and do they differ?'
\echo 'From the stored summaries of all six waves: each group keeps a trend of its own.'
\echo '```sql'
SELECT subgroup, term, estimate, std_error, statistic, p_value, t.status
FROM (SELECT mindgap.survey_series_agg(years, summary) AS series
      FROM demo.wave_summary JOIN demo.cohort_wave USING (wave)
      WHERE outcome = 'score' AND dimension = 'age') AS s,
     LATERAL mindgap.trend_by_subgroup(series, reference => '65+') AS t
WHERE term LIKE 'excess%'
\p
\echo
\g
\echo '```'
SELECT format('Beyond their trend, those aged %s changed most (%s points) and those aged %s least (%s); '
              'the joint test that all groups changed alike has a p-value %s.',
              ages[cardinality(ages)], pg_temp.signed(points[cardinality(points)]),
              ages[1], pg_temp.signed(points[1]), CASE WHEN p < 0.0001 THEN 'below 0.0001' ELSE 'of ' || to_char(p, 'FM0.0000') END)
FROM (SELECT array_agg(subgroup ORDER BY estimate) FILTER (WHERE term LIKE 'excess over%') AS ages,
             array_agg(estimate ORDER BY estimate) FILTER (WHERE term LIKE 'excess over%') AS points,
             max(p_value) FILTER (WHERE subgroup IS NULL) AS p
      FROM (SELECT mindgap.survey_series_agg(years, summary) AS series
            FROM demo.wave_summary JOIN demo.cohort_wave USING (wave)
            WHERE outcome = 'score' AND dimension = 'age') AS s,
           LATERAL mindgap.trend_by_subgroup(series, reference => '65+')
      WHERE term LIKE 'excess%') AS r
\g (format=unaligned tuples_only=on)

\echo
\echo '## 14. Who worsened beyond their own trend, and does that meet the truth?'
\echo 'The same question within persons: each is their own comparison, with the weight of who answered in April 2020. The excess put in is in demo.cohort_truth.'
\echo '```sql'
CREATE TABLE demo.own_trend AS
SELECT characteristic,
       mindgap.trend_break_agg(person, years, ghq_likert, after_event, subgroup,
                               coalesce(panel_weight, 0), psu, stratum) AS summary
FROM demo.cohort,
     LATERAL (VALUES ('everybody', 'all'), ('age_group_2020', age_group_2020), ('sex', sex),
                     ('young_child', young_child::text)) AS v(characteristic, subgroup)
GROUP BY characteristic
\p
\g
\echo
COMMENT ON TABLE demo.own_trend IS
    'Generated data: no real person. A within_summary of everybody, by age, sex and young children.';
SELECT characteristic, subgroup, n_persons, estimate AS excess, conf_low, conf_high, true_excess,
       true_excess BETWEEN conf_low AND conf_high AS truth_inside, status
FROM (demo.own_trend CROSS JOIN LATERAL mindgap.trend_break(summary))
     JOIN demo.cohort_truth USING (characteristic, subgroup)
WHERE term = 'excess'
ORDER BY characteristic, subgroup
\p
\echo
\g
SELECT characteristic, f_statistic, numerator_df, df, p_value, status
FROM demo.own_trend, LATERAL mindgap.trend_break_test(summary)
WHERE characteristic <> 'everybody' ORDER BY characteristic
\p
\echo
\g
\echo '```'
SELECT format('Clearly beyond their own trend: %s. The truth lies in %s of %s intervals.',
              coalesce(string_agg(format('%s by %s points (true %s)', said, pg_temp.signed(estimate), pg_temp.signed(true_excess)), ', '
                                  ORDER BY estimate DESC) FILTER (WHERE conf_low > 0), 'nobody'),
              count(*) FILTER (WHERE true_excess BETWEEN conf_low AND conf_high), count(conf_low))
FROM (SELECT *, CASE characteristic || ' ' || subgroup WHEN 'everybody all' THEN 'everybody'
                     WHEN 'sex female' THEN 'women' WHEN 'sex male' THEN 'men'
                     WHEN 'young_child true' THEN 'those with young children'
                     WHEN 'young_child false' THEN 'those without'
                     ELSE 'those aged ' || subgroup END AS said
      FROM (demo.own_trend CROSS JOIN LATERAL mindgap.trend_break(summary))
           JOIN demo.cohort_truth USING (characteristic, subgroup)
      WHERE term = 'excess') AS r
\g (format=unaligned tuples_only=on)

\echo
\echo '## 15. Who fell into distress, and who recovered?'
\echo 'Each person against the last wave before in which the score is known; a change is reliable beyond 1.96 of its standard error (Jacobson and Truax).'
\echo '```sql'
CREATE TABLE demo.person_change AS
SELECT person, wave, age_group_2020, stratum, psu, panel_weight,
       mindgap.case_transition(distressed) OVER w AS transition,
       mindgap.reliable_change(ghq_likert, sd, 0.9) OVER w AS rc
FROM demo.cohort,
     (SELECT stddev_samp(ghq_likert)::float8 AS sd FROM demo.cohort WHERE wave = 5) AS norm
WINDOW w AS (PARTITION BY person ORDER BY wave)
\p
\g
\echo
COMMENT ON TABLE demo.person_change IS
    'Generated data: no real person. Each interview against the one before.';
SELECT b.subgroup AS age, b.n AS cases_before, b.estimate AS recovered, b.conf_low, b.conf_high,
       o.estimate AS fell_into_distress, r.estimate AS reliably_worse, i.estimate AS reliably_better
FROM (SELECT mindgap.survey_agg(transition = 'remission', CASE WHEN transition IN ('remission', 'persistent')
                                THEN age_group_2020 END, panel_weight, stratum, psu) AS was_case,
             mindgap.survey_agg(transition = 'onset', CASE WHEN transition IN ('onset', 'none')
                                THEN age_group_2020 END, panel_weight, stratum, psu) AS was_none,
             mindgap.survey_agg(rc > 1.96, age_group_2020, panel_weight, stratum, psu) AS worse,
             mindgap.survey_agg(rc < -1.96, age_group_2020, panel_weight, stratum, psu) AS better
      FROM demo.person_change WHERE wave = 6) AS s,
     LATERAL mindgap.estimates(was_case, 'proportion', ci_method => 'logit') AS b
     JOIN LATERAL mindgap.estimates(was_none) AS o USING (subgroup)
     JOIN LATERAL mindgap.estimates(worse) AS r USING (subgroup)
     JOIN LATERAL mindgap.estimates(better) AS i USING (subgroup)
\p
\echo
\g
SELECT course, count(*) AS persons, avg(100.0 * (young)::int)::float8 AS percent_under_35
FROM (SELECT age_group_2020 IN ('18-24', '25-34') AS young, mindgap.trajectory_agg(wave, distressed) AS course
      FROM demo.cohort GROUP BY person, age_group_2020
      HAVING count(distressed) = 6) AS c
GROUP BY course ORDER BY course
\p
\echo
\g
\echo '```'
SELECT format('Of those in distress before, %s were no longer in April 2020; of the others, %s fell into it. '
              'A year earlier, of the same persons, these were %s and %s: many leave distress and fall into it in any year.',
              pg_temp.percent(max(r.estimate) FILTER (WHERE wave = 6)), pg_temp.percent(max(o.estimate) FILTER (WHERE wave = 6)),
              pg_temp.percent(max(r.estimate) FILTER (WHERE wave = 5)), pg_temp.percent(max(o.estimate) FILTER (WHERE wave = 5)))
FROM (SELECT wave,
             mindgap.survey_agg(transition = 'remission', CASE WHEN transition IN ('remission', 'persistent')
                                THEN 'all' END, panel_weight, stratum, psu) AS was_case,
             mindgap.survey_agg(transition = 'onset', CASE WHEN transition IN ('onset', 'none')
                                THEN 'all' END, panel_weight, stratum, psu) AS was_none
      FROM demo.person_change WHERE wave IN (5, 6) GROUP BY wave) AS s,
     LATERAL mindgap.estimates(was_case) AS r, LATERAL mindgap.estimates(was_none) AS o
WHERE r.subgroup = 'all' AND o.subgroup = 'all'
\g (format=unaligned tuples_only=on)

\echo
\echo '## 16. Who of 2018-19 answered again in April 2020?'
\echo '```sql'
SELECT term, estimate AS log_odds, exp(estimate) AS odds_ratio, std_error, p_value, status
FROM mindgap.logistic_regression(
         $$SELECT b.age < 35 AS under_35, b.age >= 65 AS over_64, b.income_quintile = 1 AS poorest,
                  b.ghq_likert - 11 AS score, a.person IS NOT NULL AS answered
           FROM demo.cohort b LEFT JOIN demo.cohort a ON a.person = b.person AND a.wave = 6
           WHERE b.wave = 5$$,
         'answered', ARRAY['under_35', 'over_64', 'poorest', 'score'])
\p
\echo
\g
\echo '```'
SELECT format('%s of the %s interviewed in 2018-19 answered again.', pg_temp.percent(avg((a.person IS NOT NULL)::int)), count(*))
FROM demo.cohort b LEFT JOIN demo.cohort a ON a.person = b.person AND a.wave = 6 WHERE b.wave = 5
\g (format=unaligned tuples_only=on)

\echo
\echo '## 17. Does it matter who left?'
\echo 'The weight of 2018-19, divided by the probability of answering again, stabilised and trimmed; or raked to the margins of 2018-19. A weight of 0 keeps the PSUs of those who left.'
\echo '```sql'
CREATE TABLE demo.returned AS
SELECT stratum, psu, before, after, raked,
       CASE WHEN returned THEN weight END AS weight,
       weight * mindgap.trimmed_weight(CASE WHEN returned THEN response_rate / p END, 0.01, 0.99) OVER () AS attrition_weight
FROM (SELECT x.*, avg(returned::int) OVER () AS response_rate,
             mindgap.response_probability(returned, ARRAY[(age < 25)::int, (age < 35)::int, (age >= 65)::int,
                 (income_quintile = 1)::int, (income_quintile = 2)::int, before]) OVER () AS p,
             mindgap.raked_weight(weight, ARRAY[CASE WHEN age < 35 THEN 'young' WHEN age < 65 THEN 'middle' ELSE 'old' END,
                 income_quintile::text, sex], returned) OVER () AS raked
      FROM (SELECT b.*, b.ghq_likert AS before, a.ghq_likert AS after, a.ghq_likert IS NOT NULL AS returned
            FROM demo.cohort b LEFT JOIN demo.cohort a ON a.person = b.person AND a.wave = 6
            WHERE b.wave = 5 AND b.ghq_likert IS NOT NULL) AS x) AS y
\p
\g
\echo
COMMENT ON TABLE demo.returned IS
    'Generated data: no real person. Everybody of 2018-19, with weights of those who answered again in April 2020.';
SELECT weights, e.n, e.estimate AS score_2018_19, e.std_error, effective_n
FROM (SELECT k.o, k.weights, mindgap.effective_sample_size_agg(k.w) AS effective_n,
             mindgap.survey_agg(before, 'all', coalesce(k.w, 0), stratum, psu) AS s
      FROM demo.returned, LATERAL (VALUES (1, 'returned: weight of 2018-19', weight),
                                          (2, 'returned: divided by the probability', attrition_weight),
                                          (3, 'returned: raked to age, income and sex', raked)) AS k(o, weights, w)
      GROUP BY k.o, k.weights
      UNION ALL
      SELECT 4, 'everybody of 2018-19', mindgap.effective_sample_size_agg(weight),
             mindgap.survey_agg(ghq_likert, 'all', weight, stratum, psu)
      FROM demo.cohort WHERE wave = 5 AND ghq_likert IS NOT NULL) AS x,
     LATERAL mindgap.estimates(s) AS e
WHERE e.subgroup = 'all' ORDER BY o
\p
\echo
\g
\echo '```'
SELECT format('In 2018-19 those who were to return scored %s points against everybody before the weights, and %s after.',
              pg_temp.signed(sum(weight * before) / sum(weight) - everybody),
              pg_temp.signed(sum(attrition_weight * before) / sum(attrition_weight) - everybody))
FROM demo.returned, (SELECT sum(weight * ghq_likert) / sum(weight) AS everybody
                     FROM demo.cohort WHERE wave = 5 AND ghq_likert IS NOT NULL) AS c
GROUP BY everybody
\g (format=unaligned tuples_only=on)

\echo
\echo '## 18. The same persons, or all who answered?'
\echo '```sql'
SELECT comparison, n_before, n_after, before_estimate, after_estimate, change, conf_low, conf_high
FROM (SELECT 'all who answered' AS comparison,
             mindgap.survey_agg(ghq_likert, 'all', weight, stratum, psu) FILTER (WHERE wave = 5) AS b,
             mindgap.survey_agg(ghq_likert, 'all', weight, stratum, psu) FILTER (WHERE wave = 6) AS a
      FROM demo.cohort
      UNION ALL
      SELECT 'the same persons, longitudinal weight',
             mindgap.survey_agg(before, 'all', coalesce(attrition_weight, 0), stratum, psu),
             mindgap.survey_agg(after, 'all', coalesce(attrition_weight, 0), stratum, psu)
      FROM demo.returned
      UNION ALL
      SELECT 'the same persons, unweighted',
             mindgap.survey_agg(before, 'all', (weight IS NOT NULL)::int, stratum, psu),
             mindgap.survey_agg(after, 'all', (weight IS NOT NULL)::int, stratum, psu)
      FROM demo.returned) AS x,
     LATERAL mindgap.change(b, a) AS c
WHERE subgroup = 'all' ORDER BY comparison
\p
\echo
\g
\echo '```'
\echo 'The same persons give the smaller error. That their change is the change of the population is an assumption: of those who left, only what they were before is known.'

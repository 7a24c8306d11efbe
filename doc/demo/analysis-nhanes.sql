/*
 * analysis-nhanes.sql: depression in US adults, NHANES 2005 to 2023.
 *
 * Reads demo.nhanes_file, all text, as doc/demo/run loads it; doc/demo/data.md
 * says what the columns are.
 */
\ir print.psql
DROP TABLE IF EXISTS demo.nhanes_summary;
DROP VIEW IF EXISTS demo.nhanes;

/* PSUs and strata are numbered anew in each cycle: the cycle is in the key. */
CREATE VIEW demo.nhanes AS
SELECT cycle, cycle_no::int, phq9::float8, phq9::float8 >= 10 AS depressed,
       sex, age::float8::int, wtmec::float8 AS weight,
       cycle_no::bigint * 1000 + sdmvstra::bigint AS stratum,
       sdmvpsu::bigint AS psu
FROM demo.nhanes_file;
COMMENT ON VIEW demo.nhanes IS 'NHANES adults, one row a person.';

\echo
\echo '# mindgap on real data: NHANES, US adults'
\echo
\echo 'A PHQ-9 score runs from 0 to 27 points, higher is worse; 10 or more counts as depression. Each cycle is a new sample.'
\echo
\echo '## 1. How common is depression in each cycle?'
\echo '```sql'
SELECT cycle, n, n_missing, estimate, conf_low, conf_high, df, status
FROM (SELECT cycle, cycle_no, mindgap.survey_agg(
                 depressed, CASE WHEN age >= 18 THEN 'adult' END, weight, stratum, psu) AS s
      FROM demo.nhanes GROUP BY cycle, cycle_no) AS x,
     LATERAL mindgap.estimates(s, 'proportion', ci_method => 'logit')
WHERE subgroup = 'adult' ORDER BY cycle_no
\p
\echo
\g
\echo '```'
SELECT format('Lowest in %s (%s), highest in %s (%s).',
              cycles[1], pg_temp.percent(shares[1]),
              cycles[cardinality(cycles)], pg_temp.percent(shares[cardinality(shares)]))
FROM (SELECT array_agg(cycle ORDER BY estimate) AS cycles,
             array_agg(estimate ORDER BY estimate) AS shares
      FROM (SELECT cycle, mindgap.survey_agg(
                       depressed, CASE WHEN age >= 18 THEN 'adult' END, weight, stratum, psu) AS s
            FROM demo.nhanes GROUP BY cycle) AS x,
           LATERAL mindgap.estimates(s)
      WHERE subgroup = 'adult') AS e
\g (format=unaligned tuples_only=on)

\echo
\echo '## 2. Does it reproduce NCHS Data Brief 303 (2013-16, age 20 and over)?'
\echo '```sql'
SELECT subgroup, n, estimate, std_error, published, df, status
FROM mindgap.estimates(
         (SELECT mindgap.survey_agg(depressed, CASE WHEN age >= 20 THEN sex END,
                                    weight / 2, stratum, psu)
          FROM demo.nhanes WHERE cycle IN ('2013-14', '2015-16')))
JOIN (VALUES (NULL, 0.081), ('male', 0.055), ('female', 0.104)) AS brief(who, published)
     ON who IS NOT DISTINCT FROM subgroup
\p
\echo
\g
\echo '```'
SELECT format('%s of the %s published percentages come out the same.',
              count(*) FILTER (WHERE round(estimate::numeric, 3) = published), count(*))
FROM mindgap.estimates(
         (SELECT mindgap.survey_agg(depressed, CASE WHEN age >= 20 THEN sex END,
                                    weight / 2, stratum, psu)
          FROM demo.nhanes WHERE cycle IN ('2013-14', '2015-16')))
JOIN (VALUES (NULL, 0.081), ('male', 0.055), ('female', 0.104)) AS brief(who, published)
     ON who IS NOT DISTINCT FROM subgroup
\g (format=unaligned tuples_only=on)

\echo
\echo '## 3. Did the score change over the pandemic, and the gaps by age and sex?'
\echo '```sql'
CREATE TABLE demo.nhanes_summary AS
SELECT dimension,
       mindgap.survey_agg(phq9, who, weight, stratum, psu) FILTER (WHERE cycle_no = 7) AS before_wave,
       mindgap.survey_agg(phq9, who, weight, stratum, psu) FILTER (WHERE cycle_no = 8) AS after_wave
FROM (SELECT *, CASE WHEN age < 30 THEN '18-29' WHEN age < 50 THEN '30-49'
                     WHEN age < 70 THEN '50-69' ELSE '70+' END AS age_group
      FROM demo.nhanes WHERE cycle IN ('2017-Mar2020', 'Aug2021-Aug2023')) AS n,
     LATERAL (VALUES ('everybody', 'all'), ('age', age_group), ('sex', sex)) AS d(dimension, who)
GROUP BY dimension
\p
\g
\echo
SELECT subgroup, n_before, n_after, before_estimate, after_estimate, change, conf_low, conf_high
FROM demo.nhanes_summary, LATERAL mindgap.change(before_wave, after_wave)
WHERE subgroup IS NOT NULL ORDER BY dimension <> 'everybody', subgroup
\p
\echo
\g
SELECT dimension, compare, reference, gap_before, gap_after, change, conf_low, conf_high, direction
FROM (VALUES ('age', '18-29', '70+'), ('sex', 'female', 'male')) AS g(dimension, compare, reference)
JOIN demo.nhanes_summary USING (dimension),
     LATERAL mindgap.gap_change(before_wave, after_wave, 'difference', compare, reference)
\p
\echo
\g
\echo '```'
COMMENT ON TABLE demo.nhanes_summary IS
    'NHANES: summaries of the PHQ-9 score before (2017-March 2020) and after (August 2021-August 2023).';
SELECT format('The mean score changed by %s points (95 %% interval %s to %s).',
              pg_temp.signed(change), pg_temp.signed(conf_low), pg_temp.signed(conf_high))
FROM demo.nhanes_summary, LATERAL mindgap.change(before_wave, after_wave)
WHERE subgroup = 'all'
\g (format=unaligned tuples_only=on)
SELECT string_agg(format('By %s the gap %s: change %s points (95 %% interval %s to %s).', dimension,
                         pg_temp.gap_moved(direction), pg_temp.signed(change),
                         pg_temp.signed(conf_low), pg_temp.signed(conf_high)), ' ' ORDER BY dimension)
FROM (VALUES ('age', '18-29', '70+'), ('sex', 'female', 'male')) AS g(dimension, compare, reference)
JOIN demo.nhanes_summary USING (dimension),
     LATERAL mindgap.gap_change(before_wave, after_wave, 'difference', compare, reference)
\g (format=unaligned tuples_only=on)

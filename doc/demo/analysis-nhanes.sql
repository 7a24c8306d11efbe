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
\echo '# Real data: NHANES, US adults'
\echo
\echo 'A PHQ-9 score runs from 0 to 27 points, higher is worse; 10 or more counts as depression. Samples are new in each cycle.'
\echo
\echo '## 1. How common is depression in each cycle?'
\echo
\echo '```sql'
SELECT cycle, n, n_missing, round(100 * estimate::numeric, 1) AS percent,
       round(100 * conf_low::numeric, 1) AS low,
       round(100 * conf_high::numeric, 1) AS high, df, status
FROM (SELECT cycle, cycle_no,
             mindgap.survey_agg(depressed, CASE WHEN age >= 18 THEN '18+' END,
                                weight, stratum, psu) AS summary
      FROM demo.nhanes GROUP BY cycle, cycle_no) AS s,
     LATERAL mindgap.estimates(summary, statistic => 'proportion', ci_method => 'logit')
WHERE subgroup = '18+'
ORDER BY cycle_no
\p
\echo
\g
\echo '```'
SELECT format('Lowest in %s (%s), highest in %s (%s).',
              cycles[1], pg_temp.percent(shares[1]),
              cycles[cardinality(cycles)], pg_temp.percent(shares[cardinality(shares)]))
FROM (SELECT array_agg(cycle ORDER BY estimate) AS cycles,
             array_agg(estimate ORDER BY estimate) AS shares
      FROM (SELECT cycle, mindgap.survey_agg(depressed, CASE WHEN age >= 18 THEN '18+' END,
                                             weight, stratum, psu) AS summary
            FROM demo.nhanes GROUP BY cycle) AS s,
           LATERAL mindgap.estimates(summary)
      WHERE subgroup = '18+') AS e
\g (format=unaligned tuples_only=on)

\echo
\echo '## 2. Does it reproduce NCHS Data Brief 303 (2013-16, age 20 and over)?'
\echo
\echo '```sql'
SELECT coalesce(subgroup, 'all') AS sex, n,
       round(100 * estimate::numeric, 1) AS percent, published,
       round(100 * std_error::numeric, 2) AS std_error, df, status
FROM mindgap.estimates(
         (SELECT mindgap.survey_agg(depressed, CASE WHEN age >= 20 THEN sex END,
                                    weight / 2, stratum, psu)
          FROM demo.nhanes WHERE cycle IN ('2013-14', '2015-16')),
         statistic => 'proportion')
JOIN (VALUES (NULL, 8.1), ('male', 5.5), ('female', 10.4)) AS brief(who, published)
     ON who IS NOT DISTINCT FROM subgroup
ORDER BY subgroup NULLS FIRST
\p
\echo
\g
\echo '```'
SELECT format('%s of the %s published percentages come out the same.',
              count(*) FILTER (WHERE round(100 * estimate::numeric, 1) = published), count(*))
FROM mindgap.estimates(
         (SELECT mindgap.survey_agg(depressed, CASE WHEN age >= 20 THEN sex END,
                                    weight / 2, stratum, psu)
          FROM demo.nhanes WHERE cycle IN ('2013-14', '2015-16')),
         statistic => 'proportion')
JOIN (VALUES (NULL, 8.1), ('male', 5.5), ('female', 10.4)) AS brief(who, published)
     ON who IS NOT DISTINCT FROM subgroup
\g (format=unaligned tuples_only=on)

\echo
\echo '## 3. Did it change over the pandemic, and did the gaps by age and sex?'
\echo
\echo '```sql'
CREATE TABLE demo.nhanes_summary AS
SELECT cycle_no, dimension,
       mindgap.survey_agg(phq9, CASE WHEN age >= 18 THEN subgroup END,
                          weight, stratum, psu) AS summary
FROM demo.nhanes,
     LATERAL (VALUES ('everybody', 'all'), ('sex', sex),
                     ('age', CASE WHEN age < 30 THEN '18-29' WHEN age < 50 THEN '30-49'
                                  WHEN age < 70 THEN '50-69' ELSE '70+' END)
             ) AS d(dimension, subgroup)
WHERE cycle IN ('2017-Mar2020', 'Aug2021-Aug2023')
GROUP BY cycle_no, dimension
\p
\g
\echo
SELECT dimension, subgroup, n_before, n_after,
       round(before_estimate::numeric, 2) AS before,
       round(after_estimate::numeric, 2) AS after, round(change::numeric, 2) AS change,
       round(conf_low::numeric, 2) AS low, round(conf_high::numeric, 2) AS high, status
FROM demo.nhanes_summary AS b JOIN demo.nhanes_summary AS a USING (dimension),
     LATERAL mindgap.change(b.summary, a.summary)
WHERE b.cycle_no = 7 AND a.cycle_no = 8 AND subgroup IS NOT NULL
ORDER BY dimension <> 'everybody', dimension, subgroup
\p
\echo
\g
SELECT dimension, g.compare, g.reference, round(gap_before::numeric, 2) AS before,
       round(gap_after::numeric, 2) AS after, round(c.change::numeric, 2) AS change,
       round(conf_low::numeric, 2) AS low, round(conf_high::numeric, 2) AS high,
       direction, status
FROM (VALUES ('age', '18-29', '70+'), ('sex', 'female', 'male')
     ) AS g(dimension, compare, reference)
JOIN demo.nhanes_summary AS b USING (dimension)
JOIN demo.nhanes_summary AS a USING (dimension),
     LATERAL mindgap.gap_change(b.summary, a.summary, 'difference',
                                compare => g.compare, reference => g.reference) AS c
WHERE b.cycle_no = 7 AND a.cycle_no = 8
\p
\echo
\g
\echo '```'
SELECT format('The mean PHQ-9 score changed by %s points (95 %% interval %s to %s).',
              pg_temp.signed(change), pg_temp.signed(conf_low), pg_temp.signed(conf_high))
FROM demo.nhanes_summary AS b JOIN demo.nhanes_summary AS a USING (dimension),
     LATERAL mindgap.change(b.summary, a.summary)
WHERE b.cycle_no = 7 AND a.cycle_no = 8 AND subgroup = 'all'
\g (format=unaligned tuples_only=on)
SELECT string_agg(format('By %s the gap %s (change %s points, 95 %% interval %s to %s).', dimension,
                         CASE direction WHEN 'no clear change' THEN 'did not clearly change' ELSE direction END,
                         pg_temp.signed(c.change), pg_temp.signed(conf_low), pg_temp.signed(conf_high)), ' ')
FROM (VALUES ('age', '18-29', '70+'), ('sex', 'female', 'male')
     ) AS g(dimension, compare, reference)
JOIN demo.nhanes_summary AS b USING (dimension)
JOIN demo.nhanes_summary AS a USING (dimension),
     LATERAL mindgap.gap_change(b.summary, a.summary, 'difference',
                                compare => g.compare, reference => g.reference) AS c
WHERE b.cycle_no = 7 AND a.cycle_no = 8
\g (format=unaligned tuples_only=on)

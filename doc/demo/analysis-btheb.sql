/*
 * analysis-btheb.sql: Beat the Blues, a small randomised trial of computer
 * delivered therapy against usual care (TAU).
 *
 * Reads demo.btheb_file, all text, as doc/demo/run loads it; doc/demo/data.md
 * says what the columns are.  No weights and no design: every person is a PSU.
 */
\ir print.psql
DROP VIEW IF EXISTS demo.btheb_summary;

\echo
\echo '# Real data: Beat the Blues, a trial of 100 people'
\echo
\echo 'A BDI-II score runs from 0 to 63 points, higher is worse. Not adjusted for the score at the start; many left before the end.'
\echo
\echo '## How does computer therapy compare with usual care over the months?'
\echo
\echo '```sql'
CREATE VIEW demo.btheb_summary AS
SELECT months, mindgap.survey_agg(bdi::float8, treatment) AS summary
FROM demo.btheb_file,
     LATERAL (VALUES (0, bdi_pre), (2, bdi_2m), (3, bdi_3m), (5, bdi_5m), (8, bdi_8m)
             ) AS visit(months, bdi)
GROUP BY months
\p
\g
\echo
SELECT months, g.n, round(usual::numeric, 1) AS "TAU", round(beat::numeric, 1) AS "BtheB",
       round(g.estimate::numeric, 1) AS difference, round(g.conf_low::numeric, 1) AS low,
       round(g.conf_high::numeric, 1) AS high, g.status
FROM demo.btheb_summary,
     LATERAL (SELECT max(estimate) FILTER (WHERE subgroup = 'TAU') AS usual,
                     max(estimate) FILTER (WHERE subgroup = 'BtheB') AS beat
              FROM mindgap.estimates(summary)) AS mean,
     LATERAL mindgap.gap(summary, compare => 'BtheB', reference => 'TAU') AS g
ORDER BY months
\p
\echo
\g
\echo '```'
COMMENT ON VIEW demo.btheb_summary IS 'Beat the Blues: a survey_summary of BDI-II by arm for each visit.';
SELECT format('The interval of the difference leaves out 0 at %s of the %s visits after the start; at the last one the difference is %s points (95 %% interval %s to %s).',
              count(*) FILTER (WHERE months > 0 AND (conf_low > 0 OR conf_high < 0)),
              count(*) FILTER (WHERE months > 0),
              max(pg_temp.signed(estimate)) FILTER (WHERE months = 8),
              max(pg_temp.signed(conf_low)) FILTER (WHERE months = 8),
              max(pg_temp.signed(conf_high)) FILTER (WHERE months = 8))
FROM demo.btheb_summary,
     LATERAL mindgap.gap(summary, compare => 'BtheB', reference => 'TAU') AS g
\g (format=unaligned tuples_only=on)

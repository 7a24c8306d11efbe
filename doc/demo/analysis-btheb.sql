/*
 * analysis-btheb.sql: Beat the Blues, a small randomised trial of computer
 * delivered therapy (BtheB) against usual care (TAU).
 *
 * Reads demo.btheb_file, all text, as doc/demo/run loads it; doc/demo/data.md
 * says what the columns are.  No weights and no design: every person is a PSU.
 */
\ir print.psql
DROP VIEW IF EXISTS demo.btheb;

CREATE VIEW demo.btheb AS
SELECT treatment, months, bdi::float8
FROM demo.btheb_file,
     LATERAL (VALUES (0, bdi_pre), (2, bdi_2m), (3, bdi_3m), (5, bdi_5m), (8, bdi_8m)
             ) AS visit(months, bdi);
COMMENT ON VIEW demo.btheb IS 'Beat the Blues, one row a person and visit.';

\echo
\echo '# mindgap on real data: Beat the Blues, a small trial'
\echo
\echo '## How does computer-delivered therapy (BtheB) compare with usual care (TAU)?'
\echo 'A BDI-II score runs from 0 to 63 points, higher is worse. Not adjusted for the score at the start; many leave before the end.'
\echo '```sql'
SELECT months, n, n_tau, tau, btheb, estimate AS difference, conf_low, conf_high, status
FROM (SELECT months, mindgap.survey_agg(bdi, treatment) AS s FROM demo.btheb GROUP BY months) AS x,
     LATERAL (SELECT max(n) FILTER (WHERE subgroup = 'TAU') AS n_tau,
                     max(estimate) FILTER (WHERE subgroup = 'TAU') AS tau,
                     max(estimate) FILTER (WHERE subgroup = 'BtheB') AS btheb
              FROM mindgap.estimates(s)) AS arm,
     LATERAL mindgap.gap(s, compare => 'BtheB', reference => 'TAU') ORDER BY months
\p
\echo
\g
\echo '```'
SELECT format('The interval leaves out 0 at %s of %s visits after the start; at the last one the difference is %s points (95 %% interval %s to %s).',
              count(*) FILTER (WHERE conf_low > 0 OR conf_high < 0), count(*),
              (array_agg(pg_temp.signed(estimate) ORDER BY months DESC))[1],
              (array_agg(pg_temp.signed(conf_low) ORDER BY months DESC))[1],
              (array_agg(pg_temp.signed(conf_high) ORDER BY months DESC))[1])
FROM (SELECT months, mindgap.survey_agg(bdi, treatment) AS s
      FROM demo.btheb WHERE months > 0 GROUP BY months) AS x,
     LATERAL mindgap.gap(s, compare => 'BtheB', reference => 'TAU')
\g (format=unaligned tuples_only=on)

-- Inequality between persons: Gini with midpoint ranks, generalised entropy and Atkinson indices of school sizes,
-- against R convey 1.0.1 and a numerically checked gradient, read from the golden file.
\ir include/tap.psql
\ir include/golden.psql
\ir include/api.psql

DO $$ BEGIN
	PERFORM pg_temp.want_golden('^AC\.(gini\.mid|gei[01]|atk[12])$');
END $$;

CREATE TEMP TABLE summary AS
SELECT mindgap.concentration_agg(enroll, r, a, pw, 1, dnum) AS ranks, mindgap.inequality_agg(enroll, stype, pw, 1, dnum) AS sizes
FROM (SELECT *, mindgap.ridit(pw) OVER w AS r, mindgap.outcome_above(enroll, pw) OVER w AS a
	FROM apiclus1 WINDOW w AS (ORDER BY enroll)) o;

SELECT pg_temp.meet_row('AC.gini.mid', 'concentration', c.estimate, c.std_error, c.df)
FROM summary, mindgap.concentration(ranks) c;

SELECT pg_temp.meet_row(v.id, 'inequality', i.estimate, i.std_error, i.df)
FROM summary, (VALUES ('AC.gei0', 'mld'), ('AC.gei1', 'theil'), ('AC.atk1', 'atkinson1'), ('AC.atk2', 'atkinson2')) v(id, measure),
	mindgap.inequality(sizes, v.measure) i
WHERE i.component = 'total';

SELECT pg_temp.unmet();

-- Design-based linear model of the cluster sample of schools against R survey 4.5, and the threefold decomposition of the
-- wage gap between natives and foreign-born against R oaxaca 0.1.5, read from the golden file.
\ir include/tap.psql
\ir include/golden.psql
\ir include/api.psql

DO $$ BEGIN
	PERFORM pg_temp.want_golden('^(AC\.lm[12]|OB\.(endow|coef))$');
END $$;

CREATE TEMP TABLE model AS
SELECT mindgap.regression_agg(api00, ARRAY[ell, meals], pw, 1, dnum) AS s FROM apiclus1;

SELECT pg_temp.meet_row(v.id, 'regression', r.estimate, r.std_error, r.df)
FROM model, (VALUES ('AC.lm1', '(Intercept)'), ('AC.lm2', 'ell')) v(id, term)
LEFT JOIN LATERAL mindgap.regression(model.s, ARRAY['ell', 'meals']) r ON r.term = v.term;

CREATE TEMP TABLE wage (
	age float8, female float8, foreign_born int, lths float8, high_school float8, some_college float8, college float8,
	advanced_degree float8, ln_real_wage float8
);
\set cmd '\\copy wage from ''' :data '/oaxaca_chicago.csv'' with (format csv, header)'
:cmd

CREATE TEMP TABLE wage_model AS
SELECT foreign_born, mindgap.regression_agg(ln_real_wage, ARRAY[age, female, lths, some_college, college, advanced_degree]) AS s
FROM wage GROUP BY foreign_born;

SELECT pg_temp.meet(v.id || ' est', o.estimate, 'oaxaca')
FROM (VALUES ('OB.endow', 'endowments'), ('OB.coef', 'coefficients')) v(id, component),
	wage_model a, wage_model b, mindgap.oaxaca(a.s, b.s) o
WHERE a.foreign_born = 0 AND b.foreign_born = 1 AND o.component = v.component AND o.term IS NULL;

SELECT pg_temp.unmet();

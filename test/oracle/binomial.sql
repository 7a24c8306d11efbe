-- Models of a yes/no outcome against an independent implementation of the method (numpy and scipy): given variances, the
-- grid with Laplace evidence, the grid over passes, the four models. Diabetes progression above 140.
-- Given variances: relative 1e-8; what is iterated: 1e-5, absolute below 1.
\ir include/tap.psql

CREATE TEMP TABLE diabetes (
	id int GENERATED ALWAYS AS IDENTITY, age float8, sex float8, bmi float8, bp float8,
	s1 float8, s2 float8, s3 float8, s4 float8, s5 float8, s6 float8, target float8
);
\set cmd '\\copy diabetes (age, sex, bmi, bp, s1, s2, s3, s4, s5, s6, target) from ''' :data '/diabetes_raw.csv'' with (format csv, header)'
:cmd
CREATE TEMP TABLE line (n int GENERATED ALWAYS AS IDENTITY, line text);
\set cmd '\\copy line (line) from ''' :oracle '/prediction/golden.json'' with (format csv, delimiter E''\\x02'', quote E''\\x01'')'
:cmd
CREATE TEMP TABLE golden AS SELECT string_agg(line, E'\n' ORDER BY n)::jsonb AS g FROM line;

-- categories in the order of their names, as the golden values of the overrule models are
CREATE TEMP TABLE panel AS
SELECT array_agg(z ORDER BY name) AS z
FROM golden, LATERAL (SELECT name, (g #>> ARRAY['panel', 'z', (o - 1)::text])::float8 AS z
	FROM jsonb_array_elements_text(g #> '{panel,categories}') WITH ORDINALITY c(name, o)) q;

CREATE FUNCTION pg_temp.fits(driver text, overrule boolean, prior_variance float8[] DEFAULT NULL)
RETURNS TABLE (name text, place int, value float8) LANGUAGE sql AS $$
	SELECT f.* FROM panel, mindgap.binomial_fit('diabetes', '(target > 140)::int', 'ARRAY[age, sex, bmi, bp, s1, s2, s3, s4, s5, s6]',
		'{1,1,3,2,4,4,4,4,4,4}', CASE WHEN prior_variance IS NULL THEN z END, driver => driver, overrule => overrule, prior_variance => prior_variance) f
$$;

-- each number of a block of the golden file, and ours of the same name
CREATE FUNCTION pg_temp.compare(block text, keys text[], names text[], tol float8, driver text, overrule boolean, prior_variance float8[] DEFAULT NULL)
RETURNS SETOF text LANGUAGE sql AS $$
	WITH f AS (SELECT * FROM pg_temp.fits(driver, overrule, prior_variance)),
	w AS (
		SELECT n.name, e.place::int, e.value::float8
		FROM golden, unnest(keys, names) n(key, name),
			LATERAL jsonb_array_elements_text(CASE jsonb_typeof(g #> ARRAY[block, key]) WHEN 'array' THEN g #> ARRAY[block, key]
				ELSE jsonb_build_array(g #> ARRAY[block, key]) END) WITH ORDINALITY e(value, place)
	)
	SELECT pg_temp.check(format('%s %s %s, %s', block, w.name, w.place, driver), CASE WHEN w.name = 'edf' THEN 1 - f.value ELSE f.value END,
		w.value, tol, CASE WHEN tol > 1e-8 THEN 1 ELSE 1e-12 END)
	FROM w LEFT JOIN f ON f.name = CASE w.name WHEN 'edf' THEN 'prior_share' ELSE w.name END AND f.place = w.place ORDER BY w.name, w.place
$$;

SELECT pg_temp.compare('binom_fixed', '{b0,beta_std,laplace,edf}', '{intercept,beta,log_evidence,edf}', 1e-8, driver, false, array_fill(0.25::float8, '{10}'))
FROM unnest('{memory,passes}'::text[]) driver;
SELECT pg_temp.compare('binom_bma', '{b0,beta_std,log_evidence_by_kappa,kappa_weights,trust,logBF_panel}',
	'{intercept,beta,kappa_log_evidence,kappa_weight,trust,log_bayes_factor}', 1e-5, 'memory', false);
SELECT pg_temp.compare('binom_pql', '{b0,beta_std,trust,logBF,passes}', '{intercept,beta,trust,log_bayes_factor,passes}', 1e-5, 'passes', false);
SELECT pg_temp.compare('binom_four', '{b0,beta_std,weights,u_flat_slack}', '{intercept,beta,model_weight,overrule_flat}', 1e-5, 'memory', true);
-- the quadratic of the passes is an approximation
SELECT pg_temp.compare('binom_four', '{b0,beta_std,weights,u_flat_slack}', '{intercept,beta,model_weight,overrule_flat}', 1e-2, 'passes', true);
SELECT pg_temp.unmet();

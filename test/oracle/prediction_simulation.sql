-- Does a panel help where it is right, and does it do no harm where it is wrong?  Simulations through SQL, with fixed draws.
--
-- (a) The set-up of the first simulation study of ecpc (van Nee, Wessels and van de Wiel 2021, Statistics in Medicine 40(26), 5910-5925;
--     github.com/Mirrelijn/ecpc, vignettes): 300 variables, 100 rows to learn from and 100 to test on, coefficients N(0, variance 0.1),
--     residual variance 1; 20 sets.  There, ridge has a mean test error of 20.2, and 12.4 to 13.9 when it learns from the size of the
--     coefficients.  Here ten voters rate ten categories of 30 variables each: by the size of their coefficients, the other way
--     round, or the categories are drawn at random.
-- (b) Real data: depression in NHANES, 1,500 rows to learn from, the others to test on, divided in ten ways; a panel of plausible
--     votes and its reverse.
--
-- Each with and without the models that overrule the panel by category.  With them, a panel that has the order wrong and the groups
-- right does better than none: the data turn its groups round one by one.  That gain is the groups', and no cost of the order; whether
-- a wrong order costs is told by the models without.
--
-- The limits come from the published study and from what the method promises: see the checks.
\ir include/tap.psql
SET jit = off;

-- standard normal, by Box and Muller from PostgreSQL's own hash: the same numbers on every server
CREATE FUNCTION pg_temp.normal(i bigint, seed int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT sqrt(-2 * ln(((hashint8extended(i, seed) & 4294967295) + 0.5) / 4294967296.0::float8))
		* cos(2 * pi() * ((hashint8extended(i, seed + 1000) & 4294967295) / 4294967296.0::float8))
$$;
CREATE FUNCTION pg_temp.noise(i bigint, seed int, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
	'SELECT ((hashint8extended(i, seed) & 1048575) % n)::int';

-- (a)
CREATE TEMP TABLE coefficient AS
SELECT set_no, j, b, ntile(10) OVER (PARTITION BY set_no ORDER BY abs(b)) AS by_size,
	ntile(10) OVER (PARTITION BY set_no ORDER BY hashint8extended(set_no * 1000 + j, 5)) AS at_random
FROM (SELECT set_no, j, sqrt(0.1) * pg_temp.normal(set_no * 1000 + j, 1) AS b
	FROM generate_series(1::bigint, 20) set_no, generate_series(1::bigint, 300) j) c;
CREATE TEMP TABLE simulated AS
SELECT set_no, i, i <= 100 AS training, array_agg(x ORDER BY j) AS x, sum(x * b) + pg_temp.normal(set_no * 200 + i, 3) AS y
FROM (SELECT set_no, i, j, b, pg_temp.normal((set_no * 200 + i) * 300 + j, 2) AS x
	FROM coefficient, generate_series(1::bigint, 200) i OFFSET 0) r
GROUP BY set_no, i;

-- ten voters, ratings from 0 to 10, nobody far from the order 1 to 10
CREATE TEMP TABLE vote AS
SELECT voter, category, least(10, greatest(0, category - 1 + pg_temp.noise(voter * 100 + category, 7, 3) - 1)) AS rating
FROM generate_series(1, 10) voter, generate_series(1, 10) category;
CREATE TEMP TABLE panel AS
SELECT 'right' AS kind, mindgap.panel_agg(voter, category::text, rating) AS votes FROM vote
UNION ALL
SELECT 'reversed', mindgap.panel_agg(voter, category::text, 10 - rating) FROM vote;

CREATE TEMP TABLE learnt AS
SELECT set_no, mindgap.prediction_agg(y, x) AS s FROM simulated WHERE training GROUP BY set_no;
CREATE TEMP TABLE scheme AS
SELECT set_no, array_agg('x' || j ORDER BY j) AS variables, array_agg(by_size::text ORDER BY j) AS by_size, array_agg(at_random::text ORDER BY j) AS at_random
FROM coefficient GROUP BY set_no;
CREATE TEMP TABLE fitted AS
SELECT set_no, kind, overrule, mindgap.prediction_fit(s, variables, categories, votes, 10, overrule => overrule) AS m
FROM learnt JOIN scheme USING (set_no), (VALUES (true), (false)) o(overrule), LATERAL (
	SELECT 'flat' AS kind, NULL::text[] AS categories, NULL::mindgap.panel_summary AS votes
	UNION ALL SELECT 'right', by_size, votes FROM panel WHERE kind = 'right'
	UNION ALL SELECT 'reversed', by_size, votes FROM panel WHERE kind = 'reversed'
	UNION ALL SELECT 'random', at_random, votes FROM panel WHERE kind = 'right') k;
CREATE TEMP TABLE test_error AS
SELECT kind, overrule, avg((y - mindgap.predict(m, x)) ^ 2) AS mse
FROM fitted JOIN simulated USING (set_no) WHERE NOT training GROUP BY kind, overrule;

CREATE FUNCTION pg_temp.mse(wanted text, with_overrule boolean) RETURNS float8 LANGUAGE sql AS
	'SELECT mse FROM test_error WHERE kind = wanted AND overrule = with_overrule';
SELECT format('# mean test error, overrule %s: ', overrule) || string_agg(format('%s %s', kind, round(mse::numeric, 2)), ', ' ORDER BY kind) FROM test_error GROUP BY overrule;
SELECT '# trust: ' || string_agg(format('%s %s', kind, trust), ', ' ORDER BY kind)
FROM (SELECT kind, round(avg(trust)::numeric, 3) AS trust FROM fitted, mindgap.model_evidence(m) WHERE kind <> 'flat' AND overrule GROUP BY kind) t;
SELECT pg_temp.check_true('without a panel the error is that of ridge in the published study, within a tenth',
	abs(pg_temp.mse('flat', true) / 20.185 - 1) < 0.1);
SELECT pg_temp.check_true(format('a panel that is right takes at least 30 %% off the error, overrule %s', o), pg_temp.mse('right', o) < 0.7 * pg_temp.mse('flat', o)),
	pg_temp.check_true(format('a panel that knows nothing costs at most 2 %%, overrule %s', o), pg_temp.mse('random', o) < 1.02 * pg_temp.mse('flat', o)),
	pg_temp.check_true(format('a panel that has it the wrong way round costs at most 2 %%, overrule %s', o), pg_temp.mse('reversed', o) < 1.02 * pg_temp.mse('flat', o))
FROM (VALUES (true), (false)) v(o);
SELECT pg_temp.check_true('... and with overrule its groups, turned round by the data, help: that is no matter of its order', pg_temp.mse('reversed', true) < 0.8 * pg_temp.mse('flat', true));

-- (b)
CREATE TEMP TABLE nhanes (
	"WBC count" float8, "Lymphocyte %" float8, "Monocyte %" float8, "Segmented neutrophils %" float8, "Eosinophil %" float8,
	"Basophil %" float8, "RBC count" float8, "Hemoglobin" float8, "Mean cell vol" float8, "RBC dist width" float8, "Platelet count" float8,
	"Mean platelet vol" float8, age float8, education float8, male float8, female float8, sleep float8, alcohol float8, diet float8,
	"vigorous activity" float8, "moderate activity" float8, smoking float8, "SBP" float8, "DBP" float8, weight float8, diabetes float8,
	"cholesterol_HDL" float8, triglycerides float8, "cholesterol_LDL" float8, health_condition float8, depression float8
);
\set cmd '\\copy nhanes from ''' :data '/nhanes_dep_combined.csv'' with (format csv, header)'
:cmd
CREATE TEMP TABLE person AS
SELECT division, nhanes.*, row_number() OVER (PARTITION BY division ORDER BY hashtextextended(nhanes::text, division)) <= 1500 AS training
FROM nhanes, generate_series(11, 20) division;
ALTER TABLE person DROP COLUMN female;

-- eight voters; the blood count is not what they think of
CREATE TEMP TABLE nhanes_vote AS
SELECT voter, category, least(10, greatest(0, typical + pg_temp.noise(voter * 100 + typical, 8, 3) - 1)) AS rating
FROM generate_series(1, 8) voter,
	(VALUES ('blood count', 1), ('demographic', 6), ('socioeconomic', 8), ('lifestyle', 8), ('cardiometabolic', 4), ('self-rated health', 9)) v(category, typical);
CREATE TEMP TABLE nhanes_model AS
SELECT division, kind, overrule, mindgap.train_model(format('SELECT * FROM person WHERE training AND division = %s', division), 'depression',
	(SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = 'person'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('depression', 'training', 'division')),
	categories => CASE WHEN votes IS NOT NULL THEN '{"blood count": ["WBC count", "Lymphocyte %", "Monocyte %", "Segmented neutrophils %", "Eosinophil %", "Basophil %",
			"RBC count", "Hemoglobin", "Mean cell vol", "RBC dist width", "Platelet count", "Mean platelet vol"],
		"demographic": ["age", "male"], "socioeconomic": ["education"],
		"lifestyle": ["sleep", "alcohol", "diet", "vigorous activity", "moderate activity", "smoking"],
		"cardiometabolic": ["SBP", "DBP", "weight", "diabetes", "cholesterol_HDL", "triglycerides", "cholesterol_LDL"],
		"self-rated health": ["health_condition"]}'::jsonb END,
	panel => votes, scale_max => 10, family => 'binomial', overrule => overrule) AS m
FROM generate_series(11, 20) division, (VALUES (true), (false)) o(overrule),
	(SELECT 'flat' AS kind, NULL::mindgap.panel_summary AS votes
	UNION ALL SELECT 'right', mindgap.panel_agg(voter, category, rating) FROM nhanes_vote
	UNION ALL SELECT 'reversed', mindgap.panel_agg(voter, category, 10 - rating) FROM nhanes_vote) p;
CREATE TEMP TABLE loss AS
SELECT division, overrule, kind, -avg(ln(CASE WHEN depression = 1 THEN p ELSE 1 - p END)) AS log_loss
FROM (SELECT division, overrule, kind, depression, mindgap.predict_row(m, to_jsonb(person)) AS p
	FROM nhanes_model JOIN person USING (division) WHERE NOT training OFFSET 0) q
GROUP BY division, overrule, kind;
CREATE TEMP TABLE against_flat AS
SELECT division, overrule, kind, l.log_loss / f.log_loss - 1 AS more
FROM loss l JOIN (SELECT division, overrule, log_loss FROM loss WHERE kind = 'flat') f USING (division, overrule) WHERE kind <> 'flat';
SELECT format('# NHANES, log loss against none, per cent, %s panel, overrule %s: mean %s, %s to %s', kind, overrule, round((100 * avg(more))::numeric, 3),
	round((100 * min(more))::numeric, 3), round((100 * max(more))::numeric, 3)) FROM against_flat GROUP BY kind, overrule ORDER BY kind, overrule;
-- on average over the divisions: in a single one the rows left out may favour either
SELECT pg_temp.check_true(format('NHANES: the panel improves prediction, overrule %s', overrule), avg(more) < 0) FROM against_flat WHERE kind = 'right' GROUP BY overrule;
SELECT pg_temp.check_true(format('NHANES: its reverse costs less than 0.1 %%, overrule %s', overrule), avg(more) < 0.001) FROM against_flat WHERE kind = 'reversed' GROUP BY overrule;
SELECT pg_temp.check_true('NHANES: its reverse costs less than 0.1 % in every division, without overrule', bool_and(more < 0.001)) FROM against_flat WHERE kind = 'reversed' AND NOT overrule;
SELECT pg_temp.check_true('NHANES: every fit converged', count(*) = 0) FROM nhanes_model, mindgap.model_evidence(m) WHERE status = 'not_converged';

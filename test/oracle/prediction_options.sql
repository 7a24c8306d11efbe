-- Options of prediction_fit, on the diabetes data of Efron et al. (2004): weights that count persons, a design effect, a variable
-- without prior. Constants by the numpy implementation that made golden.json, rows repeated for the weights; by numpy alone
-- where a variable has no prior:
--     Xs = (X - X.mean(0)) / X.std(0); P = diag(1 / v); P[1, 1] = 0; A = Xs.T @ Xs + P; yc = y - y.mean()
--     b = solve(A, Xs.T @ yc); s2 = (yc @ yc - b @ Xs.T @ yc) / (n - 2); C = s2 * inv(A)
--     prediction: y.mean() + x @ b -+ t.ppf(.95, n - 2) * sqrt(s2 * (1 + 1 / n) + x @ C @ x)
-- And what must not matter: where outcome and variables are, in which units, whether a row comes as an array or by name.
\ir include/tap.psql

CREATE TEMP TABLE d (id serial, age float8, sex float8, bmi float8, bp float8, s1 float8, s2 float8, s3 float8, s4 float8, s5 float8, s6 float8, y float8);
\set cmd '\\copy d (age, sex, bmi, bp, s1, s2, s3, s4, s5, s6, y) from ''' :data '/diabetes_raw.csv'' with (format csv, header)'
:cmd
CREATE TEMP TABLE vote (voter bigint, category text, score float8);
\set cmd '\\copy vote from ''' :data '/panel_votes.csv'' with (format csv, header)'
:cmd

-- one row a person
CREATE TEMP TABLE r AS SELECT id - 1 AS id, y, ARRAY[age, sex, bmi, bp, s1, s2, s3, s4, s5, s6] AS x FROM d;
CREATE TEMP TABLE s AS
SELECT (SELECT mindgap.prediction_agg(y, x) FROM r) AS s,
	(SELECT mindgap.prediction_agg(y, x, (1 + id % 3)::float8) FROM r) AS frequency,
	(SELECT mindgap.panel_agg(voter, category, score) FROM vote) AS panel,
	ARRAY['age', 'sex', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6'] AS names,
	ARRAY['age_sex', 'age_sex', 'body_mass', 'blood_pressure', 'serum', 'serum', 'serum', 'serum', 'serum', 'serum'] AS categories,
	(SELECT array_agg(exp(-6 + 5 * i / 9.0::float8) ORDER BY i) FROM generate_series(0, 9) i) AS v;
CREATE TEMP TABLE m AS
SELECT mindgap.prediction_fit(frequency, names, prior_variances => v, weights => 'frequency') AS frequency,
	mindgap.prediction_fit(s, names, prior_variances => v, design_effect => 2) AS deff,
	mindgap.prediction_fit(s, names, prior_variances => v, always_in => '{sex}') AS always
FROM s;

-- coefficients in standard deviations, by position; the intercept is the first row
CREATE FUNCTION pg_temp.beta(name text, m mindgap.prediction_model) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.meet(name || ' ' || (o - 1), estimate)
	FROM (SELECT estimate, row_number() OVER () FROM mindgap.model_terms(m)) t(estimate, o)
	WHERE o > 1 ORDER BY o
$$;
-- the evidence of a given prior is that of the flat model, the only one
CREATE FUNCTION pg_temp.lml(m mindgap.prediction_model) RETURNS float8 LANGUAGE sql AS $$
	SELECT split_part(m::text::jsonb -> 'fit' ->> 'log_evidence', ' ', 1)::float8
$$;

CREATE TEMP TABLE constant (name text, value float8);
COPY constant FROM stdin;
frequency lml	-4804.663961641573
frequency beta 1	-0.49745112352197196
frequency beta 2	-7.405245161913414
frequency beta 3	21.08163420467656
frequency beta 4	13.315149006951852
frequency beta 5	-10.90997136031246
frequency beta 6	3.2555666601488813
frequency beta 7	-7.542639985251529
frequency beta 8	4.266163421084932
frequency beta 9	26.335909888307192
frequency beta 10	4.181548912230285
deff lml	-1215.01353204704
deff beta 1	-0.02992317766565313
deff beta 2	-5.00679999223122
deff beta 3	14.68510418073073
deff beta 4	11.434806253294353
deff beta 5	-4.20134911874319
deff beta 6	-1.8587739332635638
deff beta 7	-10.044375834169706
deff beta 8	2.5993640901472137
deff beta 9	27.201097278165438
deff beta 10	5.69766044319495
always beta 1	0.085300494920422
always sd 1	1.9989754989231912
always beta 2	-11.513589368065883
always sd 2	2.9463718994420045
always beta 3	18.009562327259623
always sd 3	2.667797633773796
always beta 4	13.797638536157612
always sd 4	2.8022925412515294
always beta 5	-6.526725029403048
always sd 5	6.688575532129467
always beta 6	-0.7916133599581864
always sd 6	6.1656623893750195
always beta 7	-10.44214729663302
always sd 7	5.455832651017264
always beta 8	3.9035562451617265
always sd 8	6.562059455986634
always beta 9	26.208479162618417
always sd 9	4.376958495365097
always beta 10	5.096779226964249
always sd 10	3.1605743966840163
always predict	194.68000190061167
always low	102.59292655104821
always high	286.76707725017513
\.
INSERT INTO want (name, value) SELECT name, value FROM constant;
SELECT pg_temp.beta('frequency beta', frequency) FROM m;
SELECT pg_temp.meet('frequency lml', pg_temp.lml(frequency)) FROM m;
SELECT pg_temp.beta('deff beta', deff) FROM m;
SELECT pg_temp.meet('deff lml', pg_temp.lml(deff)) FROM m;
SELECT pg_temp.beta('always beta', always) FROM m;
SELECT pg_temp.meet('always sd ' || (o - 1), sd) FROM m, LATERAL (SELECT std_dev, row_number() OVER () FROM mindgap.model_terms(always)) t(sd, o) WHERE o > 1;
SELECT unnest(ARRAY[pg_temp.meet('always predict', estimate), pg_temp.meet('always low', conf_low), pg_temp.meet('always high', conf_high)])
FROM m, r, mindgap.predict_interval(always, x, 0.9) WHERE id = 0;
SELECT pg_temp.check('predict_row ' || d.id, mindgap.predict_row(always, to_jsonb(d)), mindgap.predict(always, x), 1e-13) FROM m, d JOIN r ON r.id = d.id - 1 WHERE r.id < 5;

-- it does not matter where the outcome and the variables are, nor in which units
CREATE TEMP TABLE far AS SELECT mindgap.prediction_agg(1e9 + y, ARRAY(SELECT 1e6 + 1024 * e FROM unnest(x) WITH ORDINALITY u(e, o) ORDER BY o)) AS s FROM r;
SELECT pg_temp.check('far from 0, ' || variable, b.estimate, a.estimate, 1e-6)
FROM (SELECT t.* FROM s, mindgap.model_terms(mindgap.prediction_fit(s, names, categories, panel, 10)) t) a
JOIN (SELECT t.* FROM far, (SELECT names, categories, panel FROM s) o, mindgap.model_terms(mindgap.prediction_fit(s, names, categories, panel, 10)) t) b USING (variable)
WHERE variable <> '(Intercept)';
SELECT pg_temp.unmet();

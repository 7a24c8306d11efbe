<<<<<<< HEAD
-- prediction_fit and what reads its models: the diabetes data of Efron and others (2004), ten variables in four categories,
-- the votes of ten panel members. Against a reference implementation in numpy and scipy: golden.json, and constants
-- computed by the same implementation (weighted, sensitivity, frequency, design effect, proper prior of sigma), or by
-- numpy alone where a variable has no prior:
--     Xs = (X - X.mean(0)) / X.std(0); P = diag(1 / v); P[1, 1] = 0; A = Xs.T @ Xs + P; yc = y - y.mean()
--     b = solve(A, Xs.T @ yc); s2 = (yc @ yc - b @ Xs.T @ yc) / (n - 2); C = s2 * inv(A)
--     prediction: y.mean() + x @ b -+ t.ppf(.95, n - 2) * sqrt(s2 * (1 + 1 / n) + x @ C @ x)
\ir include/tap.psql

CREATE TEMP TABLE line (n serial, line text);
\set cmd '\\copy line (line) from ''' :oracle '/prediction/golden.json'' with (format csv, delimiter E''\\x01'', quote E''\\x02'')'
:cmd
CREATE TEMP TABLE golden AS SELECT string_agg(line, E'\n' ORDER BY n)::jsonb AS g FROM line;
CREATE TEMP TABLE d (id serial, age float8, sex float8, bmi float8, bp float8, s1 float8, s2 float8, s3 float8, s4 float8, s5 float8, s6 float8, y float8);
\set cmd '\\copy d (age, sex, bmi, bp, s1, s2, s3, s4, s5, s6, y) from ''' :data '/diabetes_raw.csv'' with (format csv, header)'
=======
-- Prior-weighted prediction of a continuous outcome, on the diabetes data of Efron et al. (2004):
-- evidence, posterior and predictions at given priors, over the grid, at the optimum and with
-- overruling; conflict, cross-validation from folds.  Against golden.json: numpy and scipy, by
-- eigenvalues, dense inverses and L-BFGS, where the extension has none of these.
\ir include/tap.psql

CREATE TEMP TABLE line (id serial, line text);
\set cmd '\\copy line (line) from ''' :oracle '/prediction/golden.json'' with (format csv, delimiter E''\\x01'', quote E''\\x02'')'
:cmd
CREATE TEMP TABLE golden AS SELECT string_agg(line, ' ' ORDER BY id)::jsonb AS g FROM line;

CREATE TEMP TABLE patient (id serial, age float8, sex float8, bmi float8, bp float8, s1 float8, s2 float8, s3 float8, s4 float8, s5 float8, s6 float8, target float8);
\set cmd '\\copy patient (age, sex, bmi, bp, s1, s2, s3, s4, s5, s6, target) from ''' :data '/diabetes_raw.csv'' with (format csv, header)'
>>>>>>> 16a208a493dd4cc4774bf98dcf3c3c7e48713c92
:cmd
CREATE TEMP TABLE vote (voter bigint, category text, score float8);
\set cmd '\\copy vote from ''' :data '/panel_votes.csv'' with (format csv, header)'
:cmd

<<<<<<< HEAD
-- a golden list as expected values, numbered from 1
CREATE FUNCTION pg_temp.want_list(name text, list jsonb, tol float8 DEFAULT 1e-9) RETURNS text LANGUAGE sql AS $$
	INSERT INTO want (name, value, tol) SELECT want_list.name || ' ' || i, x::float8, want_list.tol FROM jsonb_array_elements_text(list) WITH ORDINALITY u(x, i);
	SELECT NULL::text
$$;
CREATE FUNCTION pg_temp.want_one(name text, x jsonb, tol float8 DEFAULT 1e-9) RETURNS text LANGUAGE sql AS $$
	INSERT INTO want (name, value, tol) VALUES (want_one.name, x::text::float8, want_one.tol);
	SELECT NULL::text
$$;

-- one row a person; folds are the row number modulo 5, as in the reference
CREATE TEMP TABLE r AS SELECT id - 1 AS id, y, ARRAY[age, sex, bmi, bp, s1, s2, s3, s4, s5, s6] AS x FROM d;
CREATE TEMP TABLE s AS
SELECT (SELECT mindgap.prediction_agg(m, f) FROM (SELECT (id % 5)::int AS f, mindgap.moments_agg(y, x) AS m FROM r GROUP BY 1) o) AS s,
	(SELECT mindgap.prediction_agg(y, x, 1 + (id % 7) / 3.0::float8) FROM r) AS weighted,
	(SELECT mindgap.prediction_agg(y, x, (1 + id % 3)::float8) FROM r) AS frequency,
	(SELECT mindgap.panel_agg(voter, category, score) FROM vote) AS panel,
	ARRAY['age', 'sex', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6'] AS names,
	ARRAY['age_sex', 'age_sex', 'body_mass', 'blood_pressure', 'serum', 'serum', 'serum', 'serum', 'serum', 'serum'] AS categories,
	(SELECT array_agg(exp(-6 + 5 * i / 9.0::float8) ORDER BY i) FROM generate_series(0, 9) i) AS v;
CREATE TEMP TABLE m AS
SELECT mindgap.prediction_fit(s, names, categories, panel, 10, overrule => false) AS bma,
	mindgap.prediction_fit(s, names, categories, panel, 10) AS four,
	mindgap.prediction_fit(s, names, prior_variances => v, overrule => false) AS fixed,
	mindgap.prediction_fit(s, names, prior_variances => v, prior_means => '{0,0,12,6,0,0,0,0,6,0}', overrule => false) AS prior_mean,
	mindgap.prediction_fit(s, names, prior_variances => v, sigma_shape => 3, sigma_scale => 1000, cross_validate => false) AS sigma,
	mindgap.prediction_fit(weighted, names, prior_variances => v) AS weighted,
	mindgap.prediction_fit(frequency, names, prior_variances => v, weights => 'frequency') AS frequency,
	mindgap.prediction_fit(s, names, prior_variances => v, design_effect => 2, cross_validate => false) AS deff,
	mindgap.prediction_fit(s, names, prior_variances => v, always_in => '{sex}', cross_validate => false) AS always,
	mindgap.prediction_fit(s, names, categories, panel, 10, learn => 'optimum', cross_validate => false) AS eb,
	mindgap.prediction_fit(s, names, learn => 'optimum', cross_validate => false) AS eb_flat
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

-- given prior variances
SELECT pg_temp.want_list('fixed beta', g -> 'fixed_v' -> 'beta_std'), pg_temp.want_list('fixed share', g -> 'fixed_v' -> 'Binv_diag'),
	pg_temp.want_one('fixed lml', g -> 'fixed_v' -> 'lml'), pg_temp.want_one('fixed s2', g -> 'fixed_v' -> 's2'), pg_temp.want_one('fixed nu', g -> 'fixed_v' -> 'nu'),
	pg_temp.want_list('prior mean beta', g -> 'fixed_v_prior_mean' -> 'beta_std'), pg_temp.want_one('prior mean lml', g -> 'fixed_v_prior_mean' -> 'lml')
FROM golden \g /dev/null
SELECT pg_temp.beta('fixed beta', fixed) FROM m;
SELECT pg_temp.meet('fixed share ' || (o - 1), share) FROM m, LATERAL (SELECT prior_share, row_number() OVER () FROM mindgap.model_terms(fixed)) t(share, o) WHERE o > 1;
SELECT unnest(ARRAY[pg_temp.meet('fixed s2', (j -> 'fit' ->> 'residual_variance')::float8), pg_temp.meet('fixed nu', (j -> 'fit' ->> 'degrees_of_freedom')::float8)])
FROM m, LATERAL (SELECT fixed::text::jsonb) t(j);
SELECT pg_temp.beta('prior mean beta', prior_mean) FROM m;
SELECT unnest(ARRAY[pg_temp.meet('fixed lml', pg_temp.lml(fixed)), pg_temp.meet('prior mean lml', pg_temp.lml(prior_mean))]) FROM m;

-- trust and prior R squared learnt, without overrule
SELECT pg_temp.want_list('bma beta', g -> 'bma' -> 'beta_std'), pg_temp.want_list('bma raw', g -> 'bma' -> 'beta_raw'), pg_temp.want_one('bma intercept', g -> 'bma' -> 'intercept'),
	pg_temp.want_one('trust', g -> 'bma' -> 'trust'), pg_temp.want_one('log bayes factor', g -> 'bma' -> 'logBF_panel'), pg_temp.want_one('kappa mean', g -> 'bma' -> 'kappa_mean'),
	pg_temp.want_one('r2 mean', g -> 'bma' -> 'R2_mean'), pg_temp.want_one('r2 mode', g -> 'bma' -> 'R2_hat'),
	pg_temp.want_list('kappa', g -> 'bma' -> 'kgrid'), pg_temp.want_list('kappa prior', g -> 'bma' -> 'kprior'),
	pg_temp.want_list('kappa weight', g -> 'bma' -> 'kappa_weights'), pg_temp.want_list('kappa evidence', g -> 'bma' -> 'log_evidence_by_kappa'),
	pg_temp.want_list('predicted', g -> 'predict' -> 'mean'), pg_temp.want_list('low', g -> 'predict' -> 'lo90'), pg_temp.want_list('high', g -> 'predict' -> 'hi90')
FROM golden \g /dev/null
SELECT pg_temp.beta('bma beta', bma) FROM m;
SELECT pg_temp.meet(CASE o WHEN 1 THEN 'bma intercept' ELSE 'bma raw ' || (o - 1) END, raw)
FROM m, LATERAL (SELECT raw_coefficient, row_number() OVER () FROM mindgap.model_terms(bma)) t(raw, o);
SELECT unnest(ARRAY[pg_temp.meet('trust', trust), pg_temp.meet('log bayes factor', log_bayes_factor), pg_temp.meet('kappa mean', trust_exponent_mean),
	pg_temp.meet('r2 mean', prior_r2_mean), pg_temp.meet('r2 mode', prior_r2_most_probable),
	pg_temp.check_true('the most probable exponent is 0', trust_exponent_most_probable = 0), pg_temp.check_true('all rows count', n = 442 AND n_effective = 442)])
FROM m, mindgap.model_evidence(bma);
SELECT unnest(ARRAY[pg_temp.meet('kappa ' || o, k), pg_temp.meet('kappa prior ' || o, p), pg_temp.meet('kappa weight ' || o, w), pg_temp.meet('kappa evidence ' || o, e)])
FROM m, LATERAL (SELECT trust_exponent, prior_weight, weight, log_evidence, row_number() OVER () FROM mindgap.model_trust(bma)) t(k, p, w, e, o);
SELECT unnest(ARRAY[pg_temp.meet('predicted ' || (id + 1), estimate), pg_temp.meet('low ' || (id + 1), conf_low), pg_temp.meet('high ' || (id + 1), conf_high),
	pg_temp.check('predict ' || (id + 1), mindgap.predict(bma, x), estimate, 1e-13)])
FROM m, r, mindgap.predict_interval(bma, x, 0.9) WHERE id < 5;
SELECT pg_temp.check('predict_row ' || d.id, mindgap.predict_row(bma, to_jsonb(d)), mindgap.predict(bma, x), 1e-13) FROM m, d JOIN r ON r.id = d.id - 1 WHERE r.id < 5;

-- conflict of prior and data, by category and by variable
INSERT INTO want (name, value) SELECT 'conflict ' || (c ->> 'cat') || ' ' || part, (c ->> part)::float8
FROM golden, LATERAL (SELECT jsonb_array_elements(g -> 'conflict') UNION ALL SELECT jsonb_array_elements(g -> 'conflict_variable')) u(c), unnest('{p_lo,p_hi,z}'::text[]) part;
SELECT unnest(ARRAY[pg_temp.meet('conflict ' || name || ' p_lo', low), pg_temp.meet('conflict ' || name || ' p_hi', high), pg_temp.meet('conflict ' || name || ' z', score)])
FROM m, LATERAL (SELECT category, conflict_p_low, conflict_p_high, conflict_score FROM mindgap.model_panel(bma)
	UNION ALL SELECT variable, conflict_p_low, conflict_p_high, conflict_score FROM mindgap.model_terms(bma) WHERE status = 'ok' AND variable <> '(Intercept)') t(name, low, high, score);

-- the four models; the reference stops its search for the overrule at a gradient of 1e-3
SELECT pg_temp.want_list('four beta', g -> 'four_models' -> 'beta_std', 1e-6), pg_temp.want_list('weight', g -> 'four_models' -> 'weights', 1e-6),
	pg_temp.want_one('flat overrule evidence', g -> 'four_models' -> 'evid_flat_slack', 1e-9), pg_temp.want_one('panel overrule evidence', g -> 'four_models' -> 'evid_panel_slack', 1e-9),
	pg_temp.want_list('panel overrule', g -> 'four_models' -> 'u_panel_slack', 1e-4), pg_temp.want_list('flat overrule', g -> 'four_models' -> 'u_flat_slack', 1e-4)
FROM golden \g /dev/null
SELECT pg_temp.beta('four beta', four) FROM m;
SELECT pg_temp.meet('weight ' || o, w) FROM m, mindgap.model_evidence(four) e,
	LATERAL unnest(ARRAY[e.weight_flat, e.weight_panel, e.weight_flat_overrule, e.weight_panel_overrule]) WITH ORDINALITY u(w, o);
SELECT unnest(ARRAY[pg_temp.meet('flat overrule evidence', e[3]), pg_temp.meet('panel overrule evidence', e[4])])
FROM m, LATERAL (SELECT string_to_array(four::text::jsonb -> 'fit' ->> 'log_evidence', ' ')::float8[]) t(e);
SELECT pg_temp.meet('panel overrule ' || o, 2 * ln(mult)) FROM m, LATERAL (SELECT data_multiplier, row_number() OVER () FROM mindgap.model_panel(four)) t(mult, o);
SELECT pg_temp.meet('flat overrule ' || o, u::float8) FROM m, LATERAL unnest(string_to_array(four::text::jsonb -> 'categories' ->> 'overrule_flat', ' ')) WITH ORDINALITY t(u, o);

-- one prior that makes the data most probable; the reference is a quasi-Newton search
SELECT pg_temp.want_list('eb beta', g -> 'eb' -> 'beta_std', 1e-4), pg_temp.want_list('eb flat beta', g -> 'eb_flat' -> 'beta_std', 1e-4),
	pg_temp.want_one('eb lml', g -> 'eb' -> 'lml'), pg_temp.want_one('eb flat lml', g -> 'eb_flat' -> 'lml'), pg_temp.want_list('eb alpha', g -> 'eb' -> 'alpha', 1e-4)
FROM golden \g /dev/null
SELECT pg_temp.beta('eb beta', eb) FROM m;
SELECT pg_temp.beta('eb flat beta', eb_flat) FROM m;
SELECT unnest(ARRAY[pg_temp.meet('eb lml', pg_temp.lml(eb)), pg_temp.meet('eb flat lml', pg_temp.lml(eb_flat)), pg_temp.meet('eb alpha 2', trust_exponent_most_probable)])
FROM m, mindgap.model_evidence(eb);
SELECT pg_temp.meet('eb alpha 1', value::float8) FROM m, LATERAL (SELECT eb::text::jsonb -> 'options') t(o),
	LATERAL ROWS FROM (jsonb_array_elements_text(o -> 'name'), jsonb_array_elements_text(o -> 'value')) p(name, value) WHERE name = 'log_prior_variance';

-- persons held out
INSERT INTO want (name, value, tol) SELECT 'cv ' || k || ' ' || part, (g -> ('cv_' || k) ->> part)::float8, CASE part WHEN 'intercept' THEN 1e-7 ELSE 1e-9 END
FROM golden, unnest('{flat,panel}'::text[]) k, unnest('{mse,R2,slope,intercept,citl}'::text[]) part;
SELECT pg_temp.want_list('fold flat', g -> 'cv_flat' -> 'fold_mse'), pg_temp.want_list('fold panel', g -> 'cv_panel' -> 'fold_mse') FROM golden \g /dev/null
SELECT unnest(ARRAY[pg_temp.meet(k || ' mse', loss), pg_temp.meet(k || ' R2', r2), pg_temp.meet(k || ' slope', calibration_slope),
	pg_temp.meet(k || ' intercept', calibration_intercept), pg_temp.meet(k || ' citl', calibration_in_the_large)])
FROM m, mindgap.model_quality(bma), LATERAL (SELECT CASE prediction WHEN 'flat' THEN 'cv flat' ELSE 'cv panel' END) t(k) WHERE prediction <> 'difference';
SELECT pg_temp.meet(name || ' ' || o, x::float8)
FROM m, LATERAL (VALUES ('fold flat', bma::text::jsonb -> 'quality_flat' ->> 'fold_loss'), ('fold panel', bma::text::jsonb -> 'quality' ->> 'fold_loss')) v(name, list),
	unnest(string_to_array(list, ' ')) WITH ORDINALITY u(x, o);

-- constants
CREATE TEMP TABLE constant (name text, value float8);
COPY constant FROM stdin;
weighted neff	397.5976542580316
weighted lml	-2169.0647463960163
weighted beta 1	-0.3228503773749376
weighted beta 2	-7.154055472189703
weighted beta 3	20.012879468891033
weighted beta 4	13.943457433360532
weighted beta 5	-5.013188702254619
weighted beta 6	-1.7676867859035557
weighted beta 7	-10.23539238254899
weighted beta 8	1.2721166046026078
weighted beta 9	25.453236420668212
weighted beta 10	3.410163721687582
proper_sigma lml	-2418.133023851889
proper_sigma s2	3092.848526794718
sensitivity 0 log_evidence	-2406.8943408879363
sensitivity 0 r2	0.43782349911420193
sensitivity 0 cv_loss	2958.87729163046
sensitivity 0 effective_variables	8.675608535126093
sensitivity 0.25 log_evidence	-2406.720755627887
sensitivity 0.25 r2	0.3775406687981454
sensitivity 0.25 cv_loss	2958.8943692418507
sensitivity 0.25 effective_variables	8.506459615428335
sensitivity 0.5 log_evidence	-2406.56269485716
sensitivity 0.5 r2	0.3775406687981454
sensitivity 0.5 cv_loss	2958.933485601723
sensitivity 0.5 effective_variables	8.501353036809888
sensitivity 0.75 log_evidence	-2406.4203223443947
sensitivity 0.75 r2	0.3775406687981454
sensitivity 0.75 cv_loss	2958.997248330546
sensitivity 0.75 effective_variables	8.491722720293035
sensitivity 1 log_evidence	-2406.293808546104
sensitivity 1 r2	0.3775406687981454
sensitivity 1 cv_loss	2959.088675443011
sensitivity 1 effective_variables	8.477471553439216
sensitivity 1.25 log_evidence	-2406.1833210458785
sensitivity 1.25 r2	0.3775406687981454
sensitivity 1.25 cv_loss	2959.211306379615
sensitivity 1.25 effective_variables	8.458455040231883
sensitivity 1.5 log_evidence	-2406.08901519639
sensitivity 1.5 r2	0.3775406687981454
sensitivity 1.5 cv_loss	2959.369184807871
sensitivity 1.5 effective_variables	8.434481555820954
sensitivity 1.75 log_evidence	-2406.0110254733586
sensitivity 1.75 r2	0.3775406687981454
sensitivity 1.75 cv_loss	2959.5668332366777
sensitivity 1.75 effective_variables	8.405313383195436
sensitivity 2 log_evidence	-2405.9494579585166
sensitivity 2 r2	0.3775406687981454
sensitivity 2 cv_loss	2959.809284621529
sensitivity 2 effective_variables	8.370669062306515
sensitivity 2.25 log_evidence	-2405.904384236708
sensitivity 2.25 r2	0.3775406687981454
sensitivity 2.25 cv_loss	2960.102065968999
sensitivity 2.25 effective_variables	8.330227744048784
sensitivity 2.5 log_evidence	-2405.8758368333047
sensitivity 2.5 r2	0.3775406687981454
sensitivity 2.5 cv_loss	2960.4512012401683
sensitivity 2.5 effective_variables	8.283636398218151
sensitivity 2.75 log_evidence	-2405.863806150304
sensitivity 2.75 r2	0.3775406687981454
sensitivity 2.75 cv_loss	2960.8632057329964
sensitivity 2.75 effective_variables	8.230520845441095
sensitivity 3 log_evidence	-2405.868238703462
sensitivity 3 r2	0.43782349911420193
sensitivity 3 cv_loss	2961.345087160819
sensitivity 3 effective_variables	8.380421900655987
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
SELECT pg_temp.beta('weighted beta', weighted) FROM m;
SELECT unnest(ARRAY[pg_temp.meet('weighted neff', n_effective), pg_temp.meet('weighted lml', pg_temp.lml(weighted))]) FROM m, mindgap.model_evidence(weighted);
SELECT unnest(ARRAY[pg_temp.meet('proper_sigma lml', pg_temp.lml(sigma)), pg_temp.meet('proper_sigma s2', (sigma::text::jsonb -> 'fit' ->> 'residual_variance')::float8)]) FROM m;
SELECT pg_temp.beta('frequency beta', frequency) FROM m;
SELECT pg_temp.meet('frequency lml', pg_temp.lml(frequency)) FROM m;
SELECT pg_temp.beta('deff beta', deff) FROM m;
SELECT pg_temp.meet('deff lml', pg_temp.lml(deff)) FROM m;
SELECT pg_temp.beta('always beta', always) FROM m;
SELECT pg_temp.meet('always sd ' || (o - 1), sd) FROM m, LATERAL (SELECT std_dev, row_number() OVER () FROM mindgap.model_terms(always)) t(sd, o) WHERE o > 1;
SELECT unnest(ARRAY[pg_temp.meet('always predict', estimate), pg_temp.meet('always low', conf_low), pg_temp.meet('always high', conf_high)])
FROM m, r, mindgap.predict_interval(always, x, 0.9) WHERE id = 0;
SELECT unnest(ARRAY[pg_temp.meet('sensitivity ' || trust_exponent || ' log_evidence', log_evidence), pg_temp.meet('sensitivity ' || trust_exponent || ' r2', r2),
	pg_temp.meet('sensitivity ' || trust_exponent || ' cv_loss', cv_loss), pg_temp.meet('sensitivity ' || trust_exponent || ' effective_variables', effective_variables)])
FROM m, mindgap.model_sensitivity(bma);

-- it does not matter where the outcome and the variables are, nor in which units
CREATE TEMP TABLE far AS SELECT mindgap.prediction_agg(1e9 + y, ARRAY(SELECT 1e6 + 1024 * e FROM unnest(x) WITH ORDINALITY u(e, o) ORDER BY o)) AS s FROM r;
SELECT pg_temp.check('far from 0, ' || variable, b.estimate, a.estimate, 1e-6)
FROM (SELECT t.* FROM s, mindgap.model_terms(mindgap.prediction_fit(s, names, categories, panel, 10)) t) a
JOIN (SELECT t.* FROM far, (SELECT names, categories, panel FROM s) o, mindgap.model_terms(mindgap.prediction_fit(s, names, categories, panel, 10)) t) b USING (variable)
WHERE variable <> '(Intercept)';
SELECT pg_temp.unmet();
=======
CREATE TEMP VIEW row_of AS
SELECT id, target AS y, ARRAY[age, sex, bmi, bp, s1, s2, s3, s4, s5, s6] AS x, 1 + ((id - 1) % 7) / 3.0::float8 AS w, (id - 1) % 5 AS fold FROM patient;
CREATE TEMP TABLE given AS
SELECT (SELECT mindgap.prediction_agg(y, x ORDER BY id) FROM row_of) AS whole,
	(SELECT mindgap.prediction_agg(y, x, w ORDER BY id) FROM row_of) AS weighted,
	(SELECT mindgap.prediction_agg(m, fold::int) FROM (SELECT fold, mindgap.moments_agg(y, x ORDER BY id) AS m FROM row_of GROUP BY fold) f) AS folds,
	(SELECT mindgap.panel_agg(voter, category, score) FROM vote) AS panel,
	'{age,sex,bmi,bp,s1,s2,s3,s4,s5,s6}'::text[] AS names,
	'{age_sex,age_sex,body_mass,blood_pressure,serum,serum,serum,serum,serum,serum}'::text[] AS categories;

-- numbers of a golden value; of a model's text form
CREATE FUNCTION pg_temp.numbers(j jsonb) RETURNS float8[] LANGUAGE sql AS $$
	SELECT CASE jsonb_typeof(j) WHEN 'array' THEN (SELECT array_agg(e::float8 ORDER BY o) FROM jsonb_array_elements_text(j) WITH ORDINALITY u(e, o)) ELSE ARRAY[j::text::float8] END
$$;
CREATE FUNCTION pg_temp.golden(VARIADIC path text[]) RETURNS float8[] LANGUAGE sql AS $$ SELECT pg_temp.numbers(g #> path) FROM golden $$;
CREATE FUNCTION pg_temp.model(m mindgap.prediction_model, section text, key text) RETURNS float8[] LANGUAGE sql AS $$
	SELECT string_to_array(m::text::jsonb #>> ARRAY[section, key], ' ', 'null')::float8[]
$$;
-- all numbers of two lists; tiny: what an absolute difference is measured against
CREATE FUNCTION pg_temp.same(name text, got float8[], want float8[], tol float8 DEFAULT 1e-9, tiny float8 DEFAULT 1e-3) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN cardinality(got) = cardinality(want) AND count(*) > 0 AND bool_and(coalesce(abs(g - w) <= tol * greatest(abs(w), tiny), false)) THEN 'ok - ' || name
		ELSE format('not ok - %s: got %s want %s', name, got, want) END
	FROM unnest(got, want) u(g, w)
$$;

-- ---- given priors --------------------------------------------------------------------------------------------------

CREATE TEMP TABLE fixed AS
SELECT v.kind, mindgap.prediction_fit(CASE WHEN kind = 'weighted' THEN weighted ELSE whole END, names, prior_variances => pg_temp.golden('fixed_v', 'v'),
	prior_means => CASE WHEN kind = 'fixed_v_prior_mean' THEN pg_temp.golden('fixed_v_prior_mean', 'm') END) AS m
FROM given, (VALUES ('fixed_v'), ('fixed_v_prior_mean'), ('weighted')) v(kind);
SELECT pg_temp.same(kind || ' log evidence', (pg_temp.model(m, 'fit', 'log_evidence'))[1:1], pg_temp.golden(kind, 'lml')),
	pg_temp.same(kind || ' coefficients', pg_temp.model(m, 'variables', 'coefficient'), pg_temp.golden(kind, 'beta_std'))
FROM fixed WHERE kind <> 'weighted';
-- weights 1 + ((row - 1) mod 7) / 3, and a proper prior of sigma^2: constants by pw.py, which made golden.json
SELECT pg_temp.check('weighted log evidence', (pg_temp.model(m, 'fit', 'log_evidence'))[1], -2169.0647463960163),
	pg_temp.check('weighted effective rows', (pg_temp.model(m, 'data', 'n_effective'))[1], 397.5976542580316),
	pg_temp.same('weighted coefficients', pg_temp.model(m, 'variables', 'coefficient'), ARRAY[-0.3228503773749376, -7.154055472189703, 20.012879468891033, 13.943457433360532,
		-5.013188702254619, -1.7676867859035557, -10.23539238254899, 1.2721166046026078, 25.453236420668212, 3.410163721687582])
FROM fixed WHERE kind = 'weighted';
SELECT pg_temp.check('log evidence with sigma_shape 3, sigma_scale 1000', (pg_temp.model(mindgap.prediction_fit(whole, names, prior_variances => pg_temp.golden('fixed_v', 'v'),
	sigma_shape => 3, sigma_scale => 1000), 'fit', 'log_evidence'))[1], -2418.133023851889) FROM given;
SELECT pg_temp.same(kind || ' residual variance', pg_temp.model(m, 'fit', 'residual_variance'), pg_temp.golden(kind, 's2')) FROM fixed WHERE kind <> 'weighted';
SELECT pg_temp.same('degrees of freedom', pg_temp.model(m, 'fit', 'degrees_of_freedom'), pg_temp.golden('fixed_v', 'nu')),
	pg_temp.same('share of the prior', pg_temp.model(m, 'variables', 'prior_share'), pg_temp.golden('fixed_v', 'Binv_diag'))
FROM fixed WHERE kind = 'fixed_v';

-- ---- the grid, without overruling ----------------------------------------------------------------------------------

CREATE TEMP TABLE grid AS SELECT mindgap.prediction_fit(folds, names, categories, panel, 10, overrule => false) AS m FROM given;
SELECT pg_temp.same('grid: ' || want, pg_temp.model(m, section, key), pg_temp.golden('bma', want))
FROM grid, (VALUES ('trust', 'exponent', 'kgrid'), ('trust', 'prior_weight', 'kprior'), ('trust', 'weight', 'kappa_weights'), ('trust', 'log_evidence', 'log_evidence_by_kappa'),
	('panels', 'trust', 'trust'), ('panels', 'exponent_mean', 'kappa_mean'), ('panels', 'exponent_most_probable', 'kappa_hat'), ('fit', 'prior_r2_most_probable', 'R2_hat'),
	('fit', 'prior_r2_mean', 'R2_mean'), ('fit', 'log_bayes_factor', 'logBF_panel'), ('variables', 'coefficient', 'beta_std')) v(section, key, want);
SELECT pg_temp.same('grid: evidence of the models', (pg_temp.model(m, 'fit', 'log_evidence'))[1:2], pg_temp.golden('bma', 'lflat') || pg_temp.golden('bma', 'lpan')) FROM grid;
SELECT pg_temp.same('raw coefficients', array_agg(raw_coefficient ORDER BY o), pg_temp.golden('bma', 'intercept') || pg_temp.golden('bma', 'beta_raw'))
FROM grid, mindgap.model_terms(m) WITH ORDINALITY t(variable, category, prior_sd, estimate, std_dev, conf_low, conf_high, prior_share, raw_coefficient, status, lo, hi, score, o);
SELECT pg_temp.same('predictions', array_agg(mindgap.predict(m, x) ORDER BY id), pg_temp.golden('predict', 'mean')),
	pg_temp.same('lower limits', array_agg((mindgap.predict_interval(m, x, 0.9)).conf_low ORDER BY id), pg_temp.golden('predict', 'lo90')),
	pg_temp.same('upper limits', array_agg((mindgap.predict_interval(m, x, 0.9)).conf_high ORDER BY id), pg_temp.golden('predict', 'hi90'))
FROM grid, row_of WHERE id <= 5;

SELECT pg_temp.same('conflict in ' || c.category, ARRAY[c.conflict_p_low, c.conflict_p_high, c.conflict_score], ARRAY[(j ->> 'p_lo')::float8, (j ->> 'p_hi')::float8, (j ->> 'z')::float8])
FROM grid, mindgap.model_panel(m) c, golden, jsonb_array_elements(g -> 'conflict') j WHERE j ->> 'cat' = c.category;
SELECT pg_temp.same('conflict of ' || t.variable, ARRAY[t.conflict_p_low, t.conflict_p_high, t.conflict_score], ARRAY[(j ->> 'p_lo')::float8, (j ->> 'p_hi')::float8, (j ->> 'z')::float8])
FROM grid, mindgap.model_terms(m) t, golden, jsonb_array_elements(g -> 'conflict_variable') j WHERE j ->> 'cat' = t.variable;

-- cross-validated from the folds' moments, flat and with the panel
SELECT pg_temp.same('cross-validation of ' || kind || ': ' || want, pg_temp.model(m, section, key), pg_temp.golden('cv_' || kind, want), 1e-9, 1e-2)
FROM grid, (VALUES ('quality_flat', 'flat'), ('quality', 'panel')) s(section, kind),
	(VALUES ('loss', 'mse'), ('fold_loss', 'fold_mse'), ('r2', 'R2'), ('calibration_slope', 'slope'), ('calibration_intercept', 'intercept'), ('calibration_in_the_large', 'citl')) k(key, want);

-- constants by pw.py, which made golden.json
SELECT pg_temp.same('sensitivity at ' || v.exponent, ARRAY[s.log_evidence, s.r2, s.cv_loss, s.effective_variables], v.want)
FROM grid, mindgap.model_sensitivity(m) s JOIN (VALUES (0, ARRAY[-2406.8943408879363, 0.43782349911420193, 2958.87729163046, 8.675608535126093]),
	(1.25, ARRAY[-2406.1833210458785, 0.3775406687981454, 2959.211306379615, 8.458455040231883]),
	(3, ARRAY[-2405.868238703462, 0.43782349911420193, 2961.345087160818, 8.38042190065599])) v(exponent, want) ON s.trust_exponent = v.exponent;
SELECT pg_temp.check_true('sensitivity has 13 steps', count(*) = 13) FROM grid, mindgap.model_sensitivity(m);

-- ---- the optimum, and overruling -----------------------------------------------------------------------------------

SELECT pg_temp.same('optimum with ' || kind || ': coefficients', pg_temp.model(m, 'variables', 'coefficient'), pg_temp.golden(kind, 'beta_std'), 1e-5),
	pg_temp.same('optimum with ' || kind || ': log evidence', (pg_temp.model(m, 'fit', 'log_evidence'))[1:1], pg_temp.golden(kind, 'lml'))
FROM given, LATERAL (VALUES ('eb', mindgap.prediction_fit(whole, names, categories, panel, 10, learn => 'optimum')), ('eb_flat', mindgap.prediction_fit(whole, names, learn => 'optimum'))) v(kind, m);

-- golden.json has the categories in alphabetical order, as the model has
SELECT pg_temp.same('four models: ' || want, got, pg_temp.golden('four_models', want), 1e-5)
FROM given, LATERAL (SELECT mindgap.prediction_fit(whole, names, categories, panel, 10) AS m) f,
	LATERAL (VALUES ('weights', pg_temp.model(m, 'fit', 'model_weight')), ('evid_flat_slack', (pg_temp.model(m, 'fit', 'log_evidence'))[3:3]), ('evid_panel_slack', (pg_temp.model(m, 'fit', 'log_evidence'))[4:4]),
		('u_flat_slack', pg_temp.model(m, 'categories', 'overrule_flat')), ('u_panel_slack', pg_temp.model(m, 'categories', 'overrule_panel')), ('R2', pg_temp.model(m, 'fit', 'overrule_r2')),
		('beta_std', pg_temp.model(m, 'variables', 'coefficient'))) v(want, got);
>>>>>>> 16a208a493dd4cc4774bf98dcf3c3c7e48713c92

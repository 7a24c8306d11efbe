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
:cmd
CREATE TEMP TABLE vote (voter bigint, category text, score float8);
\set cmd '\\copy vote from ''' :data '/panel_votes.csv'' with (format csv, header)'
:cmd

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

-- Prediction models: two written by hand, their predictions and intervals against numpy; text and binary forms; missing
-- values; rows by name; several models in one query; reports; wrong calls.
-- Expected predictions were computed in numpy 1.24 and scipy 1.10 from the same numbers, with full matrices:
--     import numpy as np; from scipy.stats import t, norm; from scipy.special import expit
--     from scipy.stats import t, norm
--     from scipy.special import expit
--     # x: age, sleep, region north, region south, age missing; sleep is without prior
--     mean = np.array([45, 7, .6, .4, .05]); div = np.array([15, 1.5, .49, .49, .22])
--     A = np.array([[100, 20, -10, 10, 3], [20, 90, 5, -5, 2], [-10, 5, 80, -70, 1], [10, -5, -70, 85, 4], [3, 2, 1, 4, 60.]])
--     D = np.array([.3, 0, .2, .2, .1]); a = 1; o = [0, 2, 3, 4]
--     cross = A[a:a + 1]; Ga = A[a, a]
--     G = A - np.outer(A[a], A[a]) / Ga
--     L = np.linalg.cholesky(np.eye(5) + D[:, None] * G * D)
--     beta = np.array([1.5, -.8, .6, -.4, .3]); pts = np.array([[1.4, 0, .5, -.3, .2], [1.8, 0, .9, -.7, .6]]); pw = np.array([.75, .25])
--     s2, n, nu, b0 = 9., 101., 99., 12.
--     def gauss(x, level):
--         x = np.array(x, float); x = np.r_[x, np.isnan(x[0])]; x = np.where(np.isnan(x), [46, 7.25, .6, .4, 0], x)
--         xs = (x - mean) / div; eta = b0 + xs @ beta
--         r = xs - A[a] * xs[a] / Ga; r[a] = 0
--         B = np.eye(5) + D[:, None] * G * D
--         var = s2 * (1 + 1 / n + xs[a] ** 2 / Ga + (D * r) @ np.linalg.solve(B, D * r)) + pw @ (((pts - beta) * np.array([1, 0, 1, 1, 1])) @ r) ** 2
--         return eta, eta - t.ppf(.5 + level / 2, nu) * var ** .5, eta + t.ppf(.5 + level / 2, nu) * var ** .5
--     W = np.array([[5, 2], [2, 4.]]); xw = np.array([1.5, -.5]); s = 20.01; Db = np.array([.8, .6])
--     Bb = np.eye(2) + Db[:, None] * W * Db
--     cb = np.array([.7, -.4]); mb = np.array([10, .5]); db = np.array([4, .5]); pb = np.array([[.6, -.3], [.9, -.6]]); wb = np.array([.5, .5])
--     def binom(x, level):
--         xs = (np.array(x, float) - mb) / db; eta = -.3 + xs @ cb; d = Db * xs
--         H = np.block([[np.array([[s]]), xw[None, :]], [xw[:, None], Bb + np.outer(xw, xw) / s]])  # precision of (b0, gamma)
--         g = np.r_[1, d]; v = g @ np.linalg.solve(H, g) + wb @ ((pb - cb) @ xs) ** 2
--         z = norm.ppf(.5 + level / 2); return expit(eta), expit(eta - z * v ** .5), expit(eta + z * v ** .5)
SET search_path = mindgap, public;
SET client_min_messages = warning;
\set VERBOSITY terse
CREATE TABLE model (name text PRIMARY KEY, m prediction_model);
INSERT INTO model VALUES ('gaussian', $${"type": "prediction_model", "format": 1, "family": "gaussian", "data": {"outcome": "distress", "rows": 120, "skipped": 3, "patterns": 0, "sum_of_weights": 118.5, "n_effective": 101.0, "design_effect": 1.1}, "inputs": {"name": ["age", "sleep", "north", "south"], "column": ["age", "sleep", "region", "region"], "kind": "0 0 1 1", "level": ["", "", "north", "south"], "fill": "46 7.25 0.6 0.4"}, "variables": {"name": ["age", "sleep", "north", "south", "age missing"], "input": "1 2 3 4 1", "missing": "0 0 0 0 1", "dropped": "0 0 0 0 0", "mean": "45.0 7.0 0.6 0.4 0.05", "divisor": "15.0 1.5 0.49 0.49 0.22", "coefficient": "1.5 -0.8 0.6 -0.4 0.3", "std_dev": "0.3 0.31 0.2 0.2 0.1", "prior_sd": "0.9 null 0.6 0.6 0.3", "prior_share": "0.2 0 0.7 0.7 0.9", "conflict_p_low": "0.6 null 0.9 0.8 0.5", "conflict_p_high": "0.4 null 0.1 0.2 0.5", "conflict_score": "0.1 null 1.2 0.9 0", "category_share": "1 0 0 0 0 0 0 1 0 0 1 0 0 0 1 0 1 0 0 0"}, "categories": {"name": ["body", "money", "place", "home"], "conflict_p_low": "0.6 null 0.97 0.5", "conflict_p_high": "0.4 null 0.03 0.5", "conflict_score": "0.1 null 2.1 0", "leave_out": "-0.2 null 0.4 0", "overrule_flat": "0.1 0 0.2 0.3", "overrule_panel": "-0.5 0 1.2 0.4"}, "panels": {"name": ["panel"], "rated": "1 1 1 0", "importance": "0.5 -0.7 0.2 0", "importance_std_error": "0.1 0.2 null null", "trust": "0.6", "exponent_mean": "0.55", "exponent_most_probable": "1"}, "trust": {"prior_weight": "0.5 0.5", "exponent": "0 1", "weight": "0.4 0.6", "log_evidence": "-250.5 -250.1"}, "fit": {"degrees_of_freedom": 99.0, "residual_variance": 9.0, "intercept": 12.0, "prior_r2_mean": 0.3, "prior_r2_most_probable": 0.25, "log_bayes_factor": 0.4, "model_weight": "0.3 0.5 0.05 0.15", "log_evidence": "-250.5 -250.1 -252.25 -251.25", "overrule_r2": "0.3 0.35", "passes": 0, "converged": 1, "notices": ""}, "intervals": {"scale": "0.3 0.0 0.2 0.2 0.1", "factor": "3.0983866769659336 0.0 1.0 -0.2151657414559676 0.0 2.0353359900990777 0.2151657414559676 0.0 -1.3474888696185672 1.5896120089023829 0.024744060267436273 0.0 0.011350387338616895 0.0579969629296223 1.2631115580324805", "intercept_precision": null, "intercept_cross": "", "point_weight": "0.75 0.25", "point_coefficient": "1.4 0.0 0.5 -0.3 0.2 1.8 0.0 0.9 -0.7 0.6", "always_in": "2", "always_in_factor": "9.486832980505138", "always_in_cross": "20.0 90.0 5.0 -5.0 2.0"}, "sensitivity": {"trust_exponent": "0 3", "log_evidence": "-250.5 -251", "r2": "0.25 0.3", "effective_variables": "4.2 3.9", "cv_loss": "9.6 null"}, "quality": {"loss": 9.5, "loss_std_error": 0.5, "brier": null, "auc": null, "auc_bound": null, "r2": 0.2, "calibration_slope": 0.95, "calibration_intercept": 0.1, "calibration_in_the_large": 0.01, "fold_loss": "9 10", "note": "ok"}, "quality_flat": {"loss": 9.75, "loss_std_error": 0.5, "brier": null, "auc": null, "auc_bound": null, "r2": 0.18, "calibration_slope": 0.95, "calibration_intercept": 0.1, "calibration_in_the_large": 0.01, "fold_loss": "9.5 10.2"}, "options": {"name": ["weights", "family"], "value": ["survey", "say \"hé\""]}}$$), ('binomial', $${"type": "prediction_model", "format": 1, "family": "binomial", "data": {"outcome": "", "rows": 80, "skipped": 0, "patterns": 12, "sum_of_weights": 80, "n_effective": 80, "design_effect": 1}, "inputs": {"name": ["hours", "smoker"], "column": ["hours", "smoker"], "kind": "0 0", "level": ["", ""], "fill": "10 0.5"}, "variables": {"name": ["hours", "smoker"], "input": "1 2", "missing": "0 0", "dropped": "0 0", "mean": "10.0 0.5", "divisor": "4.0 0.5", "coefficient": "0.7 -0.4", "std_dev": "0.2 0.3", "prior_sd": "0.8 0.6", "prior_share": "0.1 0.2", "conflict_p_low": "null null", "conflict_p_high": "null null", "conflict_score": "null null", "category_share": ""}, "categories": {"name": [], "conflict_p_low": "", "conflict_p_high": "", "conflict_score": "", "leave_out": "", "overrule_flat": "", "overrule_panel": ""}, "panels": {"name": [], "rated": "", "importance": "", "importance_std_error": "", "trust": "", "exponent_mean": "", "exponent_most_probable": ""}, "trust": {"prior_weight": "1", "exponent": "0", "weight": "1", "log_evidence": "-40.5"}, "fit": {"degrees_of_freedom": null, "residual_variance": 1, "intercept": -0.3, "prior_r2_mean": 0.3, "prior_r2_most_probable": 0.25, "log_bayes_factor": null, "model_weight": "1 0 0 0", "log_evidence": "-40.5 null null null", "overrule_r2": "null null", "passes": 5, "converged": 0, "notices": "it did not converge"}, "intervals": {"scale": "0.8 0.6", "factor": "2.04939015319192 0.46843203501529584 1.4901581891099442", "intercept_precision": 20.01, "intercept_cross": "1.5 -0.5", "point_weight": "0.5 0.5", "point_coefficient": "0.6 -0.3 0.9 -0.6", "always_in": "", "always_in_factor": "", "always_in_cross": ""}, "sensitivity": {"trust_exponent": "", "log_evidence": "", "r2": "", "effective_variables": "", "cv_loss": ""}, "quality": {"loss": null, "loss_std_error": null, "brier": null, "auc": null, "auc_bound": null, "r2": null, "calibration_slope": null, "calibration_intercept": null, "calibration_in_the_large": null, "fold_loss": "", "note": "no person was given: not cross-validated"}, "quality_flat": {"loss": null, "loss_std_error": null, "brier": null, "auc": null, "auc_bound": null, "r2": null, "calibration_slope": null, "calibration_intercept": null, "calibration_in_the_large": null, "fold_loss": ""}, "options": {"name": [], "value": []}}$$);

-- the text form is exact, and the document says what was written
SELECT name, m::text::prediction_model::text = m::text AS exact,
	(SELECT bool_and(d.value = e.value) FROM jsonb_each(m::text::jsonb) d JOIN jsonb_each(m::text::prediction_model::text::jsonb) e USING (key)) AS same
FROM model ORDER BY name;
SELECT m::text::jsonb -> 'variables' ->> 'name' AS variables, m::text::jsonb -> 'options' ->> 'value' AS options FROM model WHERE name = 'gaussian';
SELECT count(*) FROM (SELECT prediction_model_send(m) FROM model) o;

-- predictions and intervals, against numpy
CREATE TABLE expected (name text, x float8[], level float8, estimate float8, conf_low float8, conf_high float8);
INSERT INTO expected VALUES
	('gaussian', '{30,8,1,0}', 0.9, 10.714811379097094, 5.653227493332571, 15.776395264861618),
	('gaussian', '{60,5,0,1}', 0.9, 13.273995052566482, 8.139730029595562, 18.408260075537402),
	('gaussian', '{NULL,7,1,0}', 0.9, 14.21178107606679, 8.629746044952757, 19.793816107180824),
	('gaussian', '{50,NULL,NULL,NULL}', 0.9, 12.298484848484849, 7.288999851314486, 17.30796984565521),
	('binomial', '{12,1}', 0.95, 0.41338242108267, 0.22011260851722286, 0.6376110249679984),
	('binomial', '{6,0}', 0.95, 0.3543436937742046, 0.1590129568833379, 0.6143395726033478),
	('binomial', '{10,0.5}', 0.95, 0.425557483188341, 0.32138341091357625, 0.536788761641977);
SELECT name, x, abs(predict(m, x) / e.estimate - 1) < 1e-14 AS predicted, abs(i.estimate / e.estimate - 1) < 1e-14 AS estimate,
	abs(i.conf_low / e.conf_low - 1) < 1e-10 AS low, abs(i.conf_high / e.conf_high - 1) < 1e-10 AS high
FROM expected e JOIN model USING (name), predict_interval(m, x, level) i ORDER BY name, x;

-- the same rows by the names of their columns; other columns do not matter
CREATE TABLE person (id int, age float8, sleep numeric, region text, hours int, smoker boolean, e int);
INSERT INTO person VALUES (1, 30, 8, 'north', 12, true, 1), (2, 60, 5, 'south', 6, false, 2), (3, NULL, 7, 'north', 10, NULL, 3), (4, 50, NULL, NULL, 10, NULL, 4);
SELECT id, round(predict_row(g.m, to_jsonb(p))::numeric, 9) AS gaussian, round(predict(g.m, ARRAY[age, sleep, (region = 'north')::int, (region = 'south')::int])::numeric, 9) AS same,
	round(predict_row(b.m, to_jsonb(p))::numeric, 9) AS binomial
FROM person p, model g, model b WHERE g.name = 'gaussian' AND b.name = 'binomial' ORDER BY id;
SELECT id, round(i.estimate::numeric, 6) AS estimate, round(conf_low::numeric, 6) AS low, round(conf_high::numeric, 6) AS high
FROM person p, model, predict_row_interval(m, to_jsonb(p), 0.9) i WHERE name = 'gaussian' ORDER BY id;
-- a level that the model has not seen is missing, or an error
SELECT predict_row(m, '{"age": 30, "sleep": 8, "region": "west"}') = predict(m, '{30,8,NULL,NULL}') AS missing FROM model WHERE name = 'gaussian';
SELECT predict_row(m, '{"age": 30, "sleep": 8, "region": "west"}', on_unknown => 'error') FROM model WHERE name = 'gaussian';
SELECT predict_row(m, '{"age": 30, "sleep": 8, "region": null}', on_unknown => 'error') = predict(m, '{30,8,NULL,NULL}') AS missing FROM model WHERE name = 'gaussian';
-- true and false are 1 and 0
SELECT predict_row(m, '{"hours": 12, "smoker": true}') = predict(m, '{12,1}') AS yes, predict_row(m, '{"hours": 12, "smoker": false}') = predict(m, '{12,0}') AS no FROM model WHERE name = 'binomial';

-- several models in one query, in every order; many rows; more models than are kept ready
SELECT count(*), count(DISTINCT predict(m, CASE name WHEN 'gaussian' THEN ARRAY[a, 7, 1, 0] ELSE ARRAY[a, 1] END))
FROM generate_series(1, 30) a, model;
SELECT bool_and(predict(m, ARRAY[a, 1]) = 1 / (1 + exp(-(-0.3 + n / 100.0 + 0.7 * (a - 10) / 4 - 0.4)))) IS NOT NULL AS there,
	bool_and(abs(predict(m, ARRAY[a, 1]) - 1 / (1 + exp(-(-0.3 + n / 100.0 + 0.7 * (a - 10) / 4 - 0.4)))) < 1e-14) AS right
FROM generate_series(1, 40) a, (SELECT n, replace(m::text, '"intercept": -0.3', '"intercept": ' || -0.3 + n / 100.0)::prediction_model AS m
	FROM model, generate_series(0, 11) n WHERE name = 'binomial' OFFSET 0) v;
PREPARE p (text, float8[]) AS SELECT round(predict((SELECT m FROM model WHERE name = $1), $2)::numeric, 9) AS prepared;
EXECUTE p('binomial', '{6,0}');
EXECUTE p('gaussian', '{30,8,1,0}');
EXECUTE p('binomial', '{12,1}');
SET plan_cache_mode = force_generic_plan;
EXECUTE p('gaussian', '{30,8,1,0}');
EXECUTE p('binomial', '{12,1}');
RESET plan_cache_mode;
DO $$
DECLARE
	one prediction_model; a float8; b float8;
BEGIN
	FOR i IN 1 .. 3 LOOP
		SELECT m INTO one FROM model WHERE name = 'binomial';
		a := predict(one, '{12,1}');
		one := replace(one::text, '"intercept": -0.3', '"intercept": 0.3')::prediction_model;
		b := predict(one, '{12,1}');
		IF a IS NOT DISTINCT FROM b THEN RAISE 'the old model was used'; END IF;
	END LOOP;
END $$;

-- what is NULL
SELECT predict(NULL, '{1}') IS NULL AS a, predict(m, NULL) IS NULL AS b, predict_row(m, NULL) IS NULL AS c, predict_row(NULL, '{}') IS NULL AS d,
	predict_interval(m, NULL) IS NULL AS e, predict_row_interval(NULL, '{}') IS NULL AS f
FROM model WHERE name = 'gaussian';
SELECT (SELECT count(*) FROM model_terms(NULL)) AS terms, (SELECT count(*) FROM model_panel(NULL)) AS panel, (SELECT count(*) FROM model_evidence(NULL)) AS evidence,
	(SELECT count(*) FROM model_trust(NULL)) AS trust, (SELECT count(*) FROM model_quality(NULL)) AS quality, (SELECT count(*) FROM model_sensitivity(NULL)) AS sensitivity;

-- wrong calls
\set VERBOSITY default
SELECT predict(m, '{1,2,3}') FROM model WHERE name = 'gaussian';
SELECT predict(m, '{}') FROM model WHERE name = 'gaussian';
SELECT predict(m, '{{1,2},{3,4}}') FROM model WHERE name = 'gaussian';
SELECT predict(m, '{1,NaN,3,4}') FROM model WHERE name = 'gaussian';
SELECT predict(m, '{NULL,2,3,Infinity}') FROM model WHERE name = 'gaussian';
SELECT predict(m, '{1e308,2,-1e308,4}') IS NOT NULL FROM model WHERE name = 'gaussian';
SELECT predict(m, '{1,2,1.7e308,-1.7e308}') FROM model WHERE name = 'gaussian';
SELECT predict_interval(m, '{1,2,3,4}', 1) FROM model WHERE name = 'gaussian';
SELECT predict_interval(m, '{1,2,3,4}', NULL) FROM model WHERE name = 'gaussian';
SELECT predict_row(m, '[1]') FROM model WHERE name = 'gaussian';
SELECT predict_row(m, '{"age": 1}') FROM model WHERE name = 'gaussian';
SELECT predict_row(m, '{"age": "old", "sleep": 1, "region": "north"}') FROM model WHERE name = 'gaussian';
SELECT predict_row(m, '{"age": 1, "sleep": {}, "region": "north"}') FROM model WHERE name = 'gaussian';
SELECT predict_row(m, '{"age": 1, "sleep": 1, "region": ["north"]}') FROM model WHERE name = 'gaussian';
SELECT predict_row(m, '{"age": 1e400, "sleep": 1, "region": "north"}') FROM model WHERE name = 'gaussian';
SELECT predict_row(m, '{}', 'perhaps') FROM model;
SELECT predict_row(m, '{}', NULL) FROM model;
SELECT predict_interval(replace(m::text, '"factor": "' || (m::text::jsonb -> 'intervals' ->> 'factor') || '"', '"factor": ""')::prediction_model, '{1,2,3,4}')
FROM model WHERE name = 'gaussian';
\set VERBOSITY terse

-- reports
CREATE FUNCTION short(anyelement) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'number' THEN to_jsonb(round(value::text::numeric, 6)) ELSE value END) FROM jsonb_each(to_jsonb($1))
$$;
SELECT name, variable, category, prior_sd, estimate, round(std_dev::numeric, 6) AS std_dev, round(conf_low::numeric, 6) AS conf_low, round(conf_high::numeric, 6) AS conf_high, prior_share, round(raw_coefficient::numeric, 6) AS raw, status
FROM model, model_terms(m, 0.9) ORDER BY name;
SELECT category, n_variables, panel_importance, round(data_multiplier::numeric, 6) AS multiplier, conflict_p_low, conflict_p_high, verdict, panel, std_error FROM model, model_panel(m);
SELECT name, short(e) FROM model, model_evidence(m) e ORDER BY name;
SELECT name, t.* FROM model, model_trust(m) t ORDER BY name;
SELECT name, short(q) FROM model, model_quality(m) q ORDER BY name, prediction;
SELECT name, t.* FROM model, model_sensitivity(m) t ORDER BY name;
-- verdicts, by the tail probabilities of the effects and by the share of the prior
SELECT v.*, verdict FROM (VALUES ('0.04', '0.96', '0.2'), ('0.96', '0.04', '0.2'), ('0.06', '0.94', '0.2'), ('0.5', '0.5', '0.6'), ('null', 'null', '0.2')) v(low, high, share),
	LATERAL (SELECT jsonb_set(jsonb_set(jsonb_set(m::text::jsonb, '{categories,conflict_p_low}', to_jsonb(low || ' 1 1 1')), '{categories,conflict_p_high}', to_jsonb(high || ' 1 1 1')),
		'{variables,prior_share}', to_jsonb(share || ' 0 0 0 0.6'))::text::prediction_model AS changed FROM model WHERE name = 'gaussian') o, model_panel(changed) WHERE category = 'body';

-- damaged documents are refused, and the error says where
CREATE FUNCTION refused(change jsonb, at text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	PERFORM jsonb_set((SELECT m::text::jsonb FROM model WHERE name = 'gaussian'), at::text[], change)::text::prediction_model;
	RETURN 'accepted';
EXCEPTION WHEN invalid_text_representation THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLERRM || ' | ' || detail;
END $$;
SELECT at, refused(change::jsonb, at) FROM (VALUES
	('{type}', '"model"'), ('{format}', '2'), ('{format}', '"1"'), ('{family}', '"poisson"'), ('{family}', '"binomial"'), ('{more}', '1'), ('{data}', '[]'),
	('{data,rows}', '-1'), ('{data,rows}', '1.5'), ('{data,rows}', '1e19'), ('{data,n_effective}', '0'), ('{data,n_effective}', 'null'), ('{data,more}', '1'), ('{data,outcome}', '1'),
	('{inputs,name}', '["a","b","c"]'), ('{inputs,name}', '"a"'), ('{inputs,name,1}', '""'), ('{inputs,level,1}', '3'), ('{inputs,kind}', '"0 0 1 4"'),
	('{variables,input}', '"1 2 4 3 1"'), ('{variables,input}', '"1 2 3 4 9"'), ('{variables,missing}', '"0 0 0 1 1"'), ('{variables,missing}', '"0 0 0 0.5 1"'), ('{variables,mean}', '"1 2 3 4"'),
	('{variables,mean}', '"1 2 3 4 5 "'), ('{variables,mean}', '"1 2 3 4  5"'), ('{variables,mean}', '"1 2 3 4 x"'), ('{variables,mean}', '"1 2 3 4 nan"'), ('{variables,mean}', '"1 2 3 4 1e999"'),
	('{variables,mean}', '"1 2 3 4 null"'), ('{variables,mean}', '[1, 2, 3, 4, 5]'), ('{variables,divisor}', '"1 2 3 4 0"'), ('{variables,dropped}', '"1 0 0 0 0"'), ('{variables,prior_share}', '"2 0 0 0 0"'),
	('{variables,category_share}', '"1 1 0 0 0 0 0 1 0 0 1 0 0 0 1 0 1 0 0 0"'), ('{categories,name}', '["a"]'), ('{categories,conflict_p_low}', '"0 0 0 1.5"'), ('{panels,name}', '[]'), ('{panels,rated}', '"1 1 1 2"'),
	('{trust,weight}', '"0.4 0.5"'), ('{trust,exponent}', '"0 -1"'), ('{fit,degrees_of_freedom}', 'null'), ('{fit,residual_variance}', '-1'), ('{fit,model_weight}', '"0.3 0.5 0.05 0.1"'), ('{fit,converged}', '2'),
	('{intervals,factor}', '"1 2 3"'), ('{intervals,point_weight}', '"0.5 0.1"'), ('{intervals,always_in}', '"6"'), ('{intervals,always_in_factor}', '"0"'), ('{intervals,always_in_factor}', '"-1"'),
	('{intervals,intercept_cross}', '"1"'), ('{quality_flat,fold_loss}', '"1"'), ('{options,value}', '["a"]')) v(at, change);
SELECT refused(to_jsonb('0' || regexp_replace(m::text::jsonb -> 'intervals' ->> 'factor', '^[^ ]*', '')), '{intervals,factor}') FROM model WHERE name = 'gaussian';
DO $$
DECLARE
	whole text := (SELECT m FROM model WHERE name = 'gaussian'); n int := 0;
BEGIN
	-- cut anywhere, or with a control character in it
	FOR i IN 0 .. length(whole) - 1 BY 7 LOOP
		BEGIN
			PERFORM left(whole, i)::prediction_model;
			RAISE 'accepted when cut at %', i;
		EXCEPTION WHEN invalid_text_representation THEN n := n + 1;
		END;
	END LOOP;
	FOR i IN 1 .. 3 LOOP
		BEGIN
			PERFORM overlay(whole PLACING chr(9) || '"' FROM i * 700)::prediction_model;
			RAISE 'accepted when changed at %', i * 700;
		EXCEPTION WHEN invalid_text_representation THEN n := n + 1;
		END;
	END LOOP;
	IF n = 0 THEN RAISE 'nothing was tried'; END IF;
END $$;
SELECT bool_and(refusal LIKE '%missing%' OR refusal LIKE '%not an object%') AS every_key_is_needed, count(*) > 80 AS many
FROM (SELECT s.key AS section, k.key FROM model, jsonb_each(m::text::jsonb) s, LATERAL (SELECT jsonb_object_keys(s.value) WHERE jsonb_typeof(s.value) = 'object') k(key) WHERE name = 'gaussian') keys,
	LATERAL (SELECT refused((SELECT m::text::jsonb -> section FROM model WHERE name = 'gaussian') - key, ARRAY[section]::text)) r(refusal);
SELECT refused('"a"', '{data}');
SELECT prediction_model_in('{"type": "prediction_model", "type": 1}');
SELECT prediction_model_in('[1]');
SELECT prediction_model_in('');

-- prediction_fit: a small fit, what it says, and wrong calls
CREATE TABLE answer (id int, y float8, x float8[], w float8);
INSERT INTO answer SELECT i, i * 7 % 11 + i % 3, ARRAY[i % 5, CASE WHEN i % 9 > 0 THEN i * 3 % 7 END, (i % 4 = 0)::int, (i % 4 = 1)::int, 1], 1 + i % 2 FROM generate_series(1, 60) i;
CREATE TABLE vote AS SELECT v AS voter, c AS category, 2 * length(c) - v % 2 - (v * length(c)) % 3 / 2.0::float8 AS rating FROM generate_series(1, 6) v, unnest('{a,bb,money}'::text[]) c;
CREATE TABLE s AS SELECT (SELECT prediction_agg(y, x, w, id) FROM answer) AS s, (SELECT prediction_agg(y, x[1:3]) FROM answer) AS plain, (SELECT panel_agg(voter, category, rating) FROM vote) AS panel;
SET client_min_messages = notice;
CREATE TABLE fitted AS SELECT prediction_fit(s, '{age,sleep,north,south,one}', '{a,bb,a,a,NULL}', panel, 10, factors => '{NULL,NULL,region,region,NULL}',
	links => '{"sleep": {"bb": 2, "c": 1}}', always_in => '{age}', outcome => 'distress') AS m FROM s;
RESET client_min_messages;
SELECT variable, category, round(prior_share::numeric, 3) AS share, status FROM fitted, model_terms(m);
SELECT category, n_variables, verdict, panel FROM fitted, model_panel(m);
SELECT outcome, n, notices, status FROM fitted, model_evidence(m);
-- the levels of a factor have one divisor, the root of the sum of their variances
SELECT abs(d[3] / sqrt(p3 * (1 - p3) + p4 * (1 - p4)) - 1) < 1e-12 AND d[3] = d[4] AS right
FROM (SELECT string_to_array(m::text::jsonb -> 'variables' ->> 'divisor', ' ')::float8[] AS d FROM fitted) o,
	(SELECT sum(w * x[3]) / sum(w) AS p3, sum(w * x[4]) / sum(w) AS p4 FROM answer) p;
-- a missing value is the mean of the others beside its indicator, as the fit had it: predictions average to the outcome
SELECT abs(sum(w * predict(m, x)) / sum(w) - sum(w * y) / sum(w)) < 1e-12 AS right FROM fitted, answer;
SELECT prediction, n_folds, loss IS NOT NULL AS there, status FROM fitted, model_quality(m);
-- two panels, each with a trust of its own; a category's share that does not grow with the number of its variables
CREATE TABLE two AS SELECT prediction_fit(plain, '{a,b,c}', '{a,bb,bb}', panel, 10, other_panels => ARRAY[ranks], cross_validate => false) AS m
FROM s, (SELECT panel_rank_agg(v, c, (v + length(c)) % 3 + 1) AS ranks FROM generate_series(1, 4) v, unnest('{a,bb}'::text[]) c) r;
SELECT panel, count(*) > 3 AS several, round(sum(prior_weight)::numeric, 9) AS before, round(sum(weight)::numeric, 9) AS after,
	abs(e.trust - sum(t.weight) FILTER (WHERE trust_exponent > 0)) < 1e-9 AS trust, round(sum(prior_weight) FILTER (WHERE trust_exponent = 0)::numeric, 9) AS zero
FROM two, model_trust(m) t JOIN LATERAL (SELECT panel, trust FROM two, model_evidence(m)) e USING (panel) GROUP BY panel, e.trust ORDER BY panel;
SELECT category, panel, verdict FROM two, model_panel(m);
SELECT round(a.prior_sd::numeric / b.prior_sd::numeric, 6) AS ratio
FROM s, LATERAL (SELECT prediction_fit(plain, '{a,b,c}', '{a,bb,bb}', budget => 'category') AS m) f, model_terms(m) a, model_terms(m) b WHERE a.variable = 'a' AND b.variable = 'b';
SELECT DISTINCT status FROM s, model_quality(prediction_fit(plain, '{a,b,c}'));
SELECT DISTINCT status FROM s, model_quality(prediction_fit(s, '{a,b,c,d,e}', cross_validate => false));
SELECT prediction_fit(NULL, '{a}') IS NULL AS a, prediction_fit((SELECT prediction_agg(NULL::float8, NULL::float8[]) FROM answer), '{a}') IS NULL AS b;
\set VERBOSITY default
SELECT prediction_fit(plain, '{a,b}') FROM s;
SELECT prediction_fit(plain, NULL) FROM s;
SELECT prediction_fit(plain, '{a,b,a}') FROM s;
SELECT prediction_fit(plain, '{a,NULL,c}') FROM s;
SELECT prediction_fit(plain, '{a,"",c}') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', '{x}') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', '{x,y,z}', panel, 10) FROM s;
SELECT prediction_fit(plain, '{a,b,c}', '{a,a,bb}', panel) FROM s;
SELECT prediction_fit(plain, '{a,b,c}', panel => panel, scale_max => 10) FROM s;
SELECT prediction_fit(plain, '{a,b,c}', family => 'binomial') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', family => 'poisson') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', design_effect => 0) FROM s;
SELECT prediction_fit(plain, '{a,b,c}', always_in => '{d}') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', links => '{"d": {"x": 1}}') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', links => '{"a": {"x": -1}}') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', links => '{"a": "x"}') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', links => '[]') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', prior_variances => '{1,1}') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', prior_variances => '{1,1,-1}') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', sigma_shape => 1) FROM s;
SELECT prediction_fit(plain, '{a,b,c}', other_panels => ARRAY[panel], other_scale_max => '{1,2}') FROM s;
SELECT prediction_fit(plain, '{a,b,c}', learn => NULL) FROM s;

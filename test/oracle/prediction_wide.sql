-- More variables than rows, many points of the grid, and a search for overruling that stops at its 60th step: what the search
-- finds depends on its path then, which is that of the formulas. Constants by the numpy implementation that made golden.json
-- (fit_full, predict_gauss), the quantile of t by R's qt, on these data: row i = 1 .. 58, column j = 1 .. 60, category (j - 1) % 4,
--     x = ((61 i^2 + 31 i j + 7 i j^2) mod 1009) / 1009
--     y = round(sum_j x c_(category) ((j - 1) % 7 - 3) / 3 + ((17 i^3 + 389 i) mod 997) / 120, 6), c = 3, 1, .2, .2
\ir include/tap.psql

INSERT INTO want VALUES
	('trust', 0.7047892279342252), ('log_bayes_factor', 0.8702092078451358),
	('low 1', -2.2906007943305604), ('low 2', -2.9194560047072264), ('low 3', -3.914995746742512),
	('high 1', 7.431237953891978), ('high 2', 6.749831927278613), ('high 3', 5.855098746218282);
INSERT INTO want VALUES
	('flat', 0.2168774602296649, 1e-5), ('panel', 0.5177754750681818, 1e-5), ('flat overruled', 0.12247222168928115, 1e-5),
	('panel overruled', 0.14287484301285996, 1e-5),
	('k0', 0.9384589755892871, 1e-5), ('k1', 0.24793049573802964, 1e-5), ('k2', -1.490331298270326, 1e-5), ('k3', -0.22586887416740237, 1e-5),
	('panel k0', 0.7692308112909394, 1e-5), ('panel k1', 0.22363737112635437, 1e-5), ('panel k2', -1.3068362329360994, 1e-5), ('panel k3', -0.21649428816136, 1e-5),
	('beta 1', -0.45046971708054073, 1e-5), ('beta 2', -0.18788880521094398, 1e-5), ('beta 3', -0.03559755429458839, 1e-5);

CREATE TEMP TABLE r AS
SELECT i, array_agg(x ORDER BY j) AS x,
	round((sum(x * (ARRAY[3, 1, 0.2, 0.2])[(j - 1) % 4 + 1] * ((j - 1) % 7 - 3)) / 3 + (17 * i * i * i + 389 * i) % 997 / 120.0::float8)::numeric, 6)::float8 AS y
FROM (SELECT i, j, (61 * i * i + 31 * i * j + 7 * i * j * j) % 1009 / 1009.0::float8 AS x FROM generate_series(1, 58) i, generate_series(1, 60) j) e
GROUP BY i;
CREATE TEMP TABLE m AS
SELECT mindgap.prediction_fit(s, v, c, p, 10, overrule => false) AS m, mindgap.prediction_fit(s, v, c, p, 10) AS overruled
FROM (SELECT mindgap.prediction_agg(y, x ORDER BY i) FROM r) a(s),
	(SELECT array_agg('v' || j ORDER BY j), array_agg('k' || (j - 1) % 4 ORDER BY j) FROM generate_series(1, 60) j) b(v, c),
	(SELECT mindgap.panel_agg(voter, 'k' || (o - 1), rating) FROM (VALUES (1, '{9,6,3,5}'::float8[]), (2, '{8,7,2,6}'), (3, '{10,5,4,4}'), (4, '{7,8,2,5}'), (5, '{9,6,NULL,7}')) u(voter, r),
		unnest(r) WITH ORDINALITY w(rating, o)) d(p);

SELECT pg_temp.meet('trust', trust), pg_temp.meet('log_bayes_factor', log_bayes_factor) FROM m, mindgap.model_evidence(m);
SELECT pg_temp.meet('low ' || i, conf_low), pg_temp.meet('high ' || i, conf_high) FROM m, r, mindgap.predict_interval(m, x, 0.9) WHERE i <= 3;
SELECT pg_temp.meet('flat', weight_flat), pg_temp.meet('panel', weight_panel), pg_temp.meet('flat overruled', weight_flat_overrule),
	pg_temp.meet('panel overruled', weight_panel_overrule), pg_temp.check_true('the search says that it stopped', status = 'not_converged')
FROM m, mindgap.model_evidence(overruled);
SELECT pg_temp.meet('panel k' || (o - 1), panel), pg_temp.meet('k' || (o - 1), flat)
FROM m, unnest(string_to_array(overruled::text::jsonb #>> '{categories,overrule_flat}', ' '), string_to_array(overruled::text::jsonb #>> '{categories,overrule_panel}', ' ')) WITH ORDINALITY l(f, p, o),
	LATERAL (SELECT f::float8 AS flat, p::float8 AS panel) n;
SELECT pg_temp.meet('beta ' || substr(variable, 2), estimate) FROM m, mindgap.model_terms(overruled) WHERE variable IN ('v1', 'v2', 'v3');
-- the most probable prior, where its trust ends at the bound of 8: the other dial is at its best there (eb_gauss, by L-BFGS-B)
INSERT INTO want VALUES ('optimum trust', 8, 1e-9), ('optimum log variance', -3.866502174547065, 1e-5), ('optimum log evidence', -149.2229739144338, 1e-9),
	('optimum beta 1', -1.0293939013945688, 1e-5), ('optimum beta 2', -0.603567665788884, 1e-5), ('optimum beta 3', -0.08299067074070382, 1e-5);
CREATE TEMP TABLE o AS
SELECT mindgap.prediction_fit(s, v, c, p, 10, learn => 'optimum') AS m
FROM (SELECT mindgap.prediction_agg(y, x[1:8] ORDER BY i) FROM r) a(s),
	(SELECT array_agg('v' || j ORDER BY j), array_agg('k' || (j - 1) % 4 ORDER BY j) FROM generate_series(1, 8) j) b(v, c),
	(SELECT mindgap.panel_agg(voter, 'k' || (o - 1), rating) FROM (VALUES (1, '{7,6,5,5}'::float8[]), (2, '{6,6,4,5}'), (3, '{7,6,5,5}'), (4, '{6,6,4,5}'), (5, '{7,5,5,6}')) u(voter, r),
		unnest(r) WITH ORDINALITY w(rating, o)) d(p);
SELECT pg_temp.meet('optimum trust', trust_exponent_most_probable), pg_temp.check_true('the search for the optimum ended', status = 'ok') FROM o, mindgap.model_evidence(m);
SELECT pg_temp.meet('optimum log variance', (e ->> 'value')::float8) FROM o, LATERAL (SELECT jsonb_build_object('value', m::text::jsonb #>> ARRAY['options', 'value', (n - 1)::text]) FROM jsonb_array_elements_text(m::text::jsonb #> '{options,name}') WITH ORDINALITY a(name, n) WHERE name = 'log_prior_variance') f(e);
SELECT pg_temp.meet('optimum log evidence', split_part(m::text::jsonb #>> '{fit,log_evidence}', ' ', 1)::float8) FROM o;
SELECT pg_temp.meet('optimum beta ' || substr(variable, 2), estimate) FROM o, mindgap.model_terms(m) WHERE variable IN ('v1', 'v2', 'v3');
SELECT pg_temp.unmet();

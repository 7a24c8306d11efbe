-- Data at the edge of what can be fitted: nothing that counts, a fold whose training rows leave nothing to learn.
SET search_path = mindgap;

-- rows that do not count
SELECT prediction_fit(prediction_agg(i, ARRAY[i], 0), '{a}') FROM generate_series(1, 9) i;
SELECT prediction_fit(prediction_agg(NULL, ARRAY[i]), '{a}') IS NULL AS skipped FROM generate_series(1, 9) i;
SELECT prediction_fit(prediction_agg(i, '{}'::float8[]), '{}') FROM generate_series(1, 9) i;

-- why there is no cross-validation
CREATE TEMP TABLE r AS SELECT i, i % 5 AS fold, i * 7919 % 101 AS y, i * 31 % 97 AS a, i * 17 % 89 AS b FROM generate_series(1, 100) i;
CREATE FUNCTION pg_temp.note(m prediction_model) RETURNS text LANGUAGE sql AS 'SELECT status FROM mindgap.model_quality(m) LIMIT 1';
SELECT pg_temp.note(prediction_fit(prediction_agg(s, 3), '{a,b}')) FROM (SELECT moments_agg(y, ARRAY[a, b]) FROM r) o(s);
SELECT pg_temp.note(prediction_fit(prediction_agg(y, ARRAY[a, b], 1, 7), '{a,b}')) FROM r;
SELECT pg_temp.note(prediction_fit(prediction_agg(s, f), '{a,b}')) FROM (SELECT (i = 1)::int, moments_agg(y, ARRAY[a, b]) FROM r GROUP BY 1) o(f, s);

-- without fold 0 the outcome does not vary, or is an exact function of the variables: the fold counts, and what its rows would
-- have been predicted is known in advance
CREATE TEMP TABLE v AS
SELECT kind, fold, a, b, CASE WHEN fold = 0 THEN y ELSE rest END AS y, rest FROM r, LATERAL (VALUES ('constant', 5), ('exact', 2 * a + b), ('one exact', 3 * a)) k(kind, rest);
CREATE TEMP TABLE m AS
SELECT kind, prediction_fit(s, '{a,b}', '{x,yy}', (SELECT panel_agg(i, c, i + length(c) % 3) FROM generate_series(1, 4) i, unnest('{x,yy}'::text[]) c), 10) AS m
FROM (SELECT kind, prediction_agg(s, fold) AS s FROM (SELECT kind, fold, moments_agg(y, ARRAY[a, b]) AS s FROM v GROUP BY kind, fold) f GROUP BY kind) k;
SELECT kind, n_folds, status, abs(split_part(m::text::jsonb #>> '{quality,fold_loss}', ' ', 1)::float8 / want - 1) < CASE kind WHEN 'constant' THEN 1e-12 ELSE 0.02 END AS fold_0,
	(SELECT count(*) = 13 AND bool_and(cv_loss > 0) FROM model_sensitivity(m)) AS sensitivity
FROM m JOIN (SELECT kind, avg((y - rest) ^ 2) AS want FROM v WHERE fold = 0 GROUP BY kind) w USING (kind), model_quality(m)
WHERE prediction = 'averaged' ORDER BY kind COLLATE "C";

-- cross-validation from the folds' moments is that of fits to the rows of the other folds
CREATE TEMP TABLE e AS SELECT i, i % 5 AS fold, i * 7919 % 1000 / 100.0 + i * 31 % 97 / 20.0 + i * 13 % 83 / 40.0 AS y, ARRAY[i * 31 % 97, i * 17 % 89, i * 13 % 83, i * i % 71, i * i * 7 % 67, i * 5 % 29]::float8[] AS x FROM generate_series(1, 100) i;
CREATE FUNCTION pg_temp.fit(s prediction_summary, kind text) RETURNS prediction_model LANGUAGE sql AS $$
	SELECT mindgap.prediction_fit(s, '{a,b,c,d,e,f}', '{p,qq,rrr,p,qq,rrr}', (SELECT mindgap.panel_agg(i, c, length(c) * 3 - i % 2) FROM generate_series(1, 5) i, unnest('{p,qq,rrr}'::text[]) c), 10,
		overrule => kind = 'overrule', learn => CASE kind WHEN 'optimum' THEN kind ELSE 'grid' END, always_in => CASE kind WHEN 'always in' THEN '{b}'::text[] END)
$$;
CREATE TEMP TABLE k AS SELECT kind FROM unnest('{always in,grid,optimum,overrule}'::text[]) kind;
CREATE TEMP TABLE part AS SELECT kind, fold, pg_temp.fit((SELECT prediction_agg(y, x) FROM e WHERE e.fold <> f.fold), kind) AS m FROM k, generate_series(0, 4) f(fold);
SELECT kind, n_folds, abs(loss / (SELECT avg((y - predict(part.m, x)) ^ 2) FROM e JOIN part USING (fold) WHERE part.kind = k.kind) - 1) < 1e-9 AS same
FROM k, LATERAL (SELECT pg_temp.fit(prediction_agg(s, fold), kind) FROM (SELECT fold, moments_agg(y, x) AS s FROM e GROUP BY fold) f) w(m), model_quality(m)
WHERE prediction = 'averaged' ORDER BY kind COLLATE "C";

-- numbers without a fit, and names that are no list
SELECT prediction_fit(prediction_agg(y, ARRAY[a, b]), '{a,b}', prior_variances => '{1e308,1e308}') FROM r;
SELECT prediction_fit(prediction_agg(y, ARRAY[a, b]), '{{a,b}}') FROM r;

-- the columns of the contract come first
SELECT array_to_string(proargnames, ' ') AS arguments_and_columns FROM pg_proc WHERE proname = 'panel_agreement';

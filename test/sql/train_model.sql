-- train_model: the same as its two steps; what it leaves out it names; wrong calls; what becomes of difficult data (the numbers
-- themselves are checked in test/oracle/train_model.sql).
\set VERBOSITY default
CREATE TABLE people AS
SELECT i AS id, CASE WHEN i % 7 > 0 THEN i * 37 % 101 END AS income, CASE WHEN i % 5 > 0 THEN (ARRAY['a', 'b', 'c'])[1 + i * 3 % 7 % 3] END AS region,
    i * 13 % 5 < 2 AS yes, date '2000-01-01' + i * 11 % 400 AS born, 1 + i % 3 AS weight, 'person ' || i / 2 AS person,
    (i * 37 % 101) / 10.0 + CASE WHEN i * 13 % 5 < 2 THEN 3 ELSE 0 END + i * 53 % 17 AS y, i * 37 % 101 + i * 53 % 170 > 140 AS is_case
FROM generate_series(1, 400) i;
CREATE TABLE vote AS
SELECT voter, category, (typical + voter * 7 % 3)::float8 AS rating
FROM generate_series(1, 6) voter, (VALUES ('money', 7), ('place', 2), ('sleep', 6)) v(category, typical);
CREATE FUNCTION votes() RETURNS mindgap.panel_summary LANGUAGE sql AS 'SELECT mindgap.panel_agg(voter, category, rating) FROM vote';

CREATE TABLE model AS
SELECT 'gaussian' AS kind, mindgap.train_model('people', 'y', ARRAY['income', 'region', 'yes', 'born'],
        categories => '{"money": ["income"], "region": {"place": 2, "money": 1}, "yes": "place", "born": "place"}',
        panel => votes(), scale_max => 10, weight => 'weight', person => 'person') AS m
UNION ALL
SELECT 'binomial', mindgap.train_model('people', 'is_case', ARRAY['income', 'region', 'yes', 'born'],
        categories => '{"money": ["income"], "region": {"place": 2, "money": 1}, "yes": "place", "born": "place"}',
        panel => votes(), scale_max => 10, family => 'binomial', weight => 'weight', person => 'person');

-- what was rated and not measured stays
SELECT kind, category, n_variables, verdict = 'not measured in these data' AS not_measured FROM model, mindgap.model_panel(m) ORDER BY kind DESC, category;
SELECT kind, variable, category, status FROM model, mindgap.model_terms(m) WHERE kind = 'gaussian';
SELECT kind, outcome, family, n, round(n_effective::numeric, 6) AS n_effective, status FROM model, mindgap.model_evidence(m) ORDER BY kind DESC;
-- effective rows by hand
SELECT round(sum(weight)::numeric ^ 2 / sum(weight ^ 2)::numeric, 6) FROM people;
SELECT kind, prediction, n_folds, status FROM model, mindgap.model_quality(m) ORDER BY kind DESC, prediction;

-- by name and by position, every row
SELECT query FROM mindgap.training_query('people', 'y', ARRAY['income', 'region', 'yes', 'born'], person => 'id') \gset
SELECT kind, count(*), max(abs(mindgap.predict_row(m, to_jsonb(p)) - mindgap.predict(m, x))) < 1e-12 AS same
FROM model, people p JOIN (SELECT person AS row_id, x FROM (:query) q) q ON row_id = id GROUP BY kind ORDER BY kind DESC;
-- ... and with an interval
SELECT kind, bool_and(conf_low < estimate AND estimate < conf_high AND abs(estimate - mindgap.predict_row(m, to_jsonb(p))) < 1e-12)
FROM model, people p, mindgap.predict_row_interval(m, to_jsonb(p)) GROUP BY kind ORDER BY kind DESC;

-- the two steps that train_model takes
SELECT query, variables FROM mindgap.training_query('people', 'y', ARRAY['income', 'region', 'yes', 'born'], weight => 'weight', person => 'person') \gset
CREATE TABLE two_steps AS
SELECT mindgap.prediction_fit(mindgap.prediction_agg(outcome, x, weight, person), :'variables',
    factors => ARRAY[NULL, 'region', 'region', 'region', 'region', 'yes', 'yes', NULL],
    links => '{"income": {"money": 1}, "region = a": {"place": 2, "money": 1}, "region = b": {"place": 2, "money": 1}, "region = c": {"place": 2, "money": 1},
        "region missing": {"place": 2, "money": 1}, "yes = false": {"place": 1}, "yes = true": {"place": 1}, "born": {"place": 1}}',
    panel => votes(), scale_max => 10) AS m
FROM (:query) q;
SELECT count(*), bool_and(abs(a.estimate - b.estimate) < 1e-9 AND abs(a.std_dev - b.std_dev) < 1e-9 AND a.category IS NOT DISTINCT FROM b.category)
FROM model, mindgap.model_terms(m) a, (SELECT t.* FROM two_steps, mindgap.model_terms(m) t) b WHERE kind = 'gaussian' AND a.variable = b.variable;

-- the model travels: text form, another session's value, the same predictions
SELECT kind, m::text::mindgap.prediction_model::text = m::text AS same FROM model ORDER BY kind DESC;
-- a level that was not there counts as missing, unless that is an error; dates come as JSON has them
SELECT mindgap.predict_row(m, '{"income": 5, "region": "new", "yes": true, "born": "2000-03-01"}')
    = mindgap.predict_row(m, '{"income": 5, "region": null, "yes": true, "born": "2000-03-01T00:00:00"}') AS as_missing,
    mindgap.predict_row(m, '{"income": 5, "region": "a", "yes": true, "born": "2000-03-01T01:30:00+01:30"}')
    = mindgap.predict_row(m, '{"income": 5, "region": "a", "yes": true, "born": "2000-02-29T20:00:00-04"}') AS time_zone
FROM model WHERE kind = 'gaussian';
SELECT mindgap.predict_row(m, '{"income": 5, "region": "new", "yes": true, "born": "2000-03-01"}', on_unknown => 'error') FROM model WHERE kind = 'gaussian';
SELECT mindgap.predict_row(m, '{"income": 5, "region": "a", "yes": true, "born": "March"}') FROM model WHERE kind = 'gaussian';
SELECT mindgap.predict_row(m, '{"income": 5, "region": "a", "yes": true, "born": "2001-02-29"}') FROM model WHERE kind = 'gaussian';

-- always_in: not shrunk; the levels of a column but the first
SELECT variable, status FROM mindgap.model_terms(mindgap.train_model('people', 'y', ARRAY['region', 'yes', 'income'], always_in => ARRAY['yes', 'income']));
-- with everything always in, least squares: regression() of the same
SELECT t.variable, abs(t.raw_coefficient - r.estimate) < 1e-9 AS same
FROM mindgap.model_terms(mindgap.train_model('SELECT y, income, born - date ''2000-01-01'' AS days FROM people WHERE income IS NOT NULL', 'y', always_in => ARRAY['income', 'days'])) t
JOIN mindgap.regression((SELECT mindgap.moments_agg(y, ARRAY[income, born - date '2000-01-01']) FROM people WHERE income IS NOT NULL), ARRAY['income', 'days']) r ON r.term = t.variable;
-- the binomial family: under a wide prior, what they imply is left out too
CREATE TABLE kept AS SELECT mindgap.train_model('people', 'is_case', ARRAY['region', 'yes', 'income'],
    categories => '{"money": ["income"], "place": ["region", "yes"]}', panel => votes(), scale_max => 10, family => 'binomial', person => 'person',
    always_in => ARRAY['yes', 'income']) AS m;
SELECT variable, category, status, prior_sd = 10 AS wide, conflict_score IS NULL AS no_conflict FROM kept, mindgap.model_terms(m);
SELECT m::text::mindgap.prediction_model::text = m::text AS text,
    mindgap.prediction_model_send(m::text::mindgap.prediction_model) = mindgap.prediction_model_send(m) AS binary,
    (m::text::json -> 'intervals' ->> 'always_in') AS always_in FROM kept;
SELECT bool_and(conf_low < estimate AND estimate < conf_high) AS interval FROM kept, people p, mindgap.predict_row_interval(m, to_jsonb(p));
-- with everything always in, the mode under N(0, 10^2): its score
SELECT variable, abs(score - estimate / 100) < 1e-4 AS mode FROM (
    WITH m AS MATERIALIZED (SELECT mindgap.train_model('SELECT is_case, income, born - date ''2000-01-01'' AS days FROM people WHERE income IS NOT NULL', 'is_case',
        family => 'binomial', always_in => ARRAY['income', 'days']) AS m),
    r AS (SELECT is_case::int - mindgap.predict(m, ARRAY[income, born - date '2000-01-01']) AS r, v.variable, v.x,
            avg(v.x) OVER (PARTITION BY v.variable) AS mean, stddev_pop(v.x) OVER (PARTITION BY v.variable) AS sd
        FROM m, people, LATERAL (VALUES ('income', income::float8), ('days', (born - date '2000-01-01')::float8)) v(variable, x) WHERE income IS NOT NULL)
    SELECT t.variable, t.estimate, sum(r.r * (r.x - r.mean) / r.sd) AS score FROM m, mindgap.model_terms(m) t JOIN r USING (variable) GROUP BY t.variable, t.estimate) s
ORDER BY variable;
SELECT mindgap.train_model('SELECT is_case, income, income * 2 AS double FROM people', 'is_case', always_in => ARRAY['income', 'double'], family => 'binomial');
-- two panels, each with a trust of its own
CREATE TABLE clinicians AS SELECT mindgap.panel_agg(voter, category, (10 - rating)::float8) AS votes FROM vote;
CREATE TABLE two_panels AS SELECT mindgap.train_model('people', 'is_case', ARRAY['income', 'region', 'yes', 'born'],
    categories => '{"money": ["income"], "region": {"place": 2, "money": 1}, "yes": "place", "born": "place"}', panel => votes(), scale_max => 10,
    other_panels => ARRAY[votes], other_scale_max => '{10}', family => 'binomial', weight => 'weight', person => 'person') AS m FROM clinicians;
SELECT panel, trust BETWEEN 0 AND 1 AS trust, trust_exponent_mean > 0 AS exponent, log_bayes_factor IS NOT NULL AS evidence, status FROM two_panels, mindgap.model_evidence(m);
SELECT panel, count(*), sum(weight)::numeric(9, 6) AS weight, sum(prior)::numeric(9, 6) AS prior, max(prior) FILTER (WHERE exponent = 0)::numeric(9, 6) AS prior_0
FROM two_panels, LATERAL (SELECT * FROM mindgap.model_trust(m)) t(exponent, prior, weight, log_evidence, panel) GROUP BY panel ORDER BY panel;
SELECT panel, category, panel_importance > 0 AS above_average, n_variables FROM two_panels, mindgap.model_panel(m);
-- strict: incomplete rows do not count
SELECT n, n = (SELECT count(*) FROM people WHERE income IS NOT NULL AND region IS NOT NULL) AS complete_rows
FROM mindgap.model_evidence(mindgap.train_model('people', 'y', ARRAY['income', 'region'], missing => 'strict'));
SELECT n, n = (SELECT count(*) FROM people WHERE income IS NOT NULL AND region IS NOT NULL) AS complete_rows
FROM mindgap.model_evidence(mindgap.train_model('people', 'is_case', ARRAY['income', 'region'], missing => 'strict', family => 'binomial'));

-- difficult data.  Constant and duplicate columns: named, split
SELECT variable, status, round(estimate::numeric, 3) AS estimate
FROM mindgap.model_terms(mindgap.train_model('SELECT y, id AS a, id AS b, 7 AS c, ''same'' AS d FROM people', 'y'));
-- nothing to learn from: the mean; the share
SELECT variable, round(estimate::numeric, 9) = (SELECT round(avg(y), 9) FROM people) AS mean, status FROM mindgap.model_terms(mindgap.train_model('SELECT y, 7 AS c FROM people', 'y'));
SELECT round(mindgap.predict_row(mindgap.train_model('SELECT is_case, 7 AS c FROM people', 'is_case', family => 'binomial'), '{"c": 7}')::numeric, 4),
    round(avg(is_case::int), 4) FROM people;
-- more variables than rows
SELECT status FROM mindgap.model_evidence(mindgap.train_model('SELECT y, income, yes, id % 3 AS a, id % 4 AS b, id % 5 AS c, id % 6 AS d FROM people LIMIT 5', 'y'));
-- complete separation: finite
SELECT count(*), bool_and(abs(estimate) < 100) FROM mindgap.model_terms(mindgap.train_model('SELECT id > 200 AS late, id FROM people', 'late', family => 'binomial'));
-- no row, no row that counts
SELECT mindgap.train_model('SELECT * FROM people WHERE false', 'y') IS NULL;
SELECT mindgap.train_model('SELECT y, income, 0 AS w FROM people', 'y', weight => 'w') IS NULL;
SELECT mindgap.train_model('SELECT NULL::float8 AS y, income FROM people', 'y') IS NULL;
-- an outcome that is the same everywhere, or a function of the predictors; a number that is no number; a weight below 0
SELECT mindgap.train_model('SELECT 1 AS y, income FROM people', 'y');
SELECT mindgap.train_model('SELECT 2 * income AS y, income FROM people WHERE income IS NOT NULL', 'y');
SELECT mindgap.train_model('SELECT y, ''NaN''::float8 AS bad FROM people', 'y');
SELECT mindgap.train_model('SELECT y, date ''infinity'' AS bad FROM people', 'y');
SELECT mindgap.train_model('SELECT y, income, -1 AS w FROM people', 'y', weight => 'w');
SELECT mindgap.train_model('SELECT y, income FROM people LIMIT 2', 'y');
-- errors do not print levels, which are data
SELECT mindgap.train_model('SELECT y, region, 1 / (id - 400) AS bad FROM people', 'y');

-- wrong calls
SELECT mindgap.train_model(NULL, 'y');
SELECT mindgap.train_model('people', 'y', panel => votes(), scale_max => 10);
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"money": ["income"]}', votes());
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"other": ["income"]}', votes(), 10);
SELECT mindgap.train_model('people', 'is_case', ARRAY['income']);
SELECT mindgap.train_model('people', 'income', ARRAY['yes'], family => 'binomial');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '["income"]');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"money": ["wages"]}');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"money": [1]}');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"money": 1}');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"wages": "money"}');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"income": {"money": 0}}');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"income": {"money": {"a": 1}}}');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"income": {}}');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], always_in => ARRAY['region']);
SELECT mindgap.train_model('people', 'is_case', ARRAY['income'], learn => 'optimum', family => 'binomial');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], design_effect => 0);
SELECT mindgap.train_model('people', 'y', ARRAY['income'], overrule => NULL);
-- a category without columns, a column that is no predictor
SELECT category, n_variables FROM mindgap.model_panel(mindgap.train_model('people', 'y', ARRAY['income', 'born'], '{"money": ["income"], "place": ["region"], "sleep": []}', votes(), 10));

-- few persons: folds that none of them falls into are no folds, for either family; all in one fold, and nothing can be held out
SELECT family, prediction, loss IS NOT NULL AS held_out, n_folds, status
FROM unnest('{gaussian,binomial}'::text[], '{y,is_case}'::text[]) f(family, outcome),
    mindgap.model_quality(mindgap.train_model('SELECT *, 1 + id % 6 AS site FROM people', outcome, ARRAY['income'], family => family, person => 'site'));
SELECT family, prediction, loss, n_folds, status
FROM unnest('{gaussian,binomial}'::text[], '{y,is_case}'::text[]) f(family, outcome),
    mindgap.model_quality(mindgap.train_model('SELECT *, id % 3 AS site FROM people', outcome, ARRAY['income'], family => family, person => 'site'));
-- one column, one role
SELECT mindgap.train_model('people', 'y', ARRAY['income'], weight => 'y');
SELECT mindgap.train_model('people', 'weight', ARRAY['income'], person => 'weight');
SELECT mindgap.train_model('people', 'y', ARRAY['income'], weight => 'weight', person => 'weight');
-- a number that float8 has no room for: PostgreSQL's message would print it
SELECT mindgap.train_model('SELECT y, region, CASE WHEN id = 7 THEN 1e400 ELSE 1 END AS bad FROM people', 'y');
SELECT mindgap.train_model('SELECT income, region, CASE WHEN id = 7 THEN 1e400 ELSE 1 END AS y FROM people', 'y');
SELECT mindgap.train_model('SELECT y, region, CASE WHEN id = 7 THEN 1e-400 ELSE 1 END AS w FROM people', 'y', weight => 'w');
-- names of variables that would be the same: the columns are named, not the levels
SELECT mindgap.train_model('SELECT y, CASE WHEN yes THEN ''b = c'' ELSE ''q'' END AS a, CASE WHEN yes THEN ''c'' ELSE ''r'' END AS "a = b" FROM people', 'y');
SELECT mindgap.train_model('SELECT y, region, income AS "region missing" FROM people', 'y');
SELECT mindgap.train_model('SELECT y, income, id % 3 AS "income missing" FROM people', 'y');
-- categories that say nothing
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{}', votes(), 10);
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"": ["income"]}', votes(), 10);
SELECT mindgap.train_model('people', 'y', ARRAY['income'], '{"income": ""}', votes(), 10);
-- what a family does not have is refused
SELECT mindgap.train_model('people', 'is_case', ARRAY['income'], family => 'binomial', learn => 'optimum');

--# Prediction: fits from stored summaries, training on rows of yes or no, predictions

--n regressors

--@ count        count(*)
SELECT count(*) FROM regressors;

--@ summary      prediction_agg(y, x[20], w)
SELECT count(s) FROM (SELECT mindgap.prediction_agg(y, x, w) AS s FROM regressors OFFSET 0) q;

--@ fit_200      prediction_fit, 200 variables in 10 categories, ten voters
--/ ms <= 200
SELECT count(m) FROM (SELECT mindgap.prediction_fit(s, variables, categories, votes, 10) AS m FROM fit_state, panel_votes WHERE n_variables = 200 OFFSET 0) q;

--@ fit_2000     the same, 2000 variables
--/ ms <= 100000
SELECT count(m) FROM (SELECT mindgap.prediction_fit(s, variables, categories, votes, 10) AS m FROM fit_state, panel_votes WHERE n_variables = 2000 OFFSET 0) q;

--@ pass         moments_agg over the columns of a yes/no outcome: one pass
SELECT count(m) FROM (SELECT mindgap.moments_agg(is_case::int, ARRAY[x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18, x19, x20], w) AS m FROM cases OFFSET 0) q;

--@ evaluate     binomial_pass_agg over them: a pass of the fit, one vector of coefficients
--/ evaluate/pass <= 1.6
SELECT count(m) FROM (SELECT mindgap.binomial_pass_agg(is_case::int, ARRAY[x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18, x19, x20], w, 0,
    '{0,20,20,1,1,0,1, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19}'::float8[] || array_fill(12.5::float8, '{20}') || array_fill(7::float8, '{20}') || array_fill(0.01::float8, '{21}')) AS m FROM cases OFFSET 0) q;

--@ binomial     train_model, family binomial, 20 columns
--/ binomial/count <= 36
--/ binomial/pass
SELECT count(m) FROM (SELECT mindgap.train_model('cases', 'is_case', weight => 'w', family => 'binomial') AS m OFFSET 0) q;

--@ read         sum(x[7]), five times over the rows: reading the array
SELECT sum(x[7]) FROM (SELECT x FROM regressors UNION ALL SELECT x FROM regressors UNION ALL SELECT x FROM regressors
    UNION ALL SELECT x FROM regressors UNION ALL SELECT x FROM regressors) r;

--@ predict      sum(predict(m, x)), the same
--/ predict/read
SELECT sum(mindgap.predict(m, x)) FROM (SELECT x FROM regressors UNION ALL SELECT x FROM regressors UNION ALL SELECT x FROM regressors
    UNION ALL SELECT x FROM regressors UNION ALL SELECT x FROM regressors) r, small_model;

--@ interval     predict_interval(m, x), once over the rows
SELECT count(p.conf_low) FROM regressors, small_model, mindgap.predict_interval(m, x) p;

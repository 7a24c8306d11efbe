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

--@ binomial     train_model, family binomial, 20 columns
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

--# Ridge regression of 20 variables: prediction_fit from the rows, and R glmnet
--R glmnet.R glmnet

--n regressors

--@ count        count(*)
SELECT count(*) FROM regressors;

--@ ours         prediction_agg(y, x[20], w), then prediction_fit: 57 penalties, averaged by their evidence, with intervals
--/ r_all/ours
SELECT count(m) FROM (SELECT mindgap.prediction_fit(mindgap.prediction_agg(y, x, w), (SELECT array_agg('x' || j ORDER BY j) FROM generate_series(1, 20) j)) AS m FROM regressors OFFSET 0) q;

--r transfer R: rows into a data frame
--r matrix R: as.matrix
--r glmnet R: glmnet(alpha = 0), a path of 100 penalties, none chosen

-- Means, totals, domain means, their covariances, contrasts and intervals
-- against R survey 4.5, read from the golden file.
\ir include/tap.psql
\ir include/golden.psql
\ir include/api.psql
\ir include/nhanes_survey.psql

DO $$ BEGIN
	PERFORM pg_temp.want_golden('^NH\.(mean|total|race.|cov..|diff21|ratio21|lnratio21|lnor21|ci\..*)$');
	PERFORM pg_temp.want_golden('^(AS\.mean.*|AC\.mean.*|AC\.total\.fpc|LP\..*)$');
END $$;

-- NHANES: PSUs nested in strata, missing outcomes

CREATE TEMP TABLE nh AS
SELECT mindgap.survey_agg(hi_chol, race, weight, stratum, psu) AS s FROM nhanes;

SELECT pg_temp.meet_row(v.id, 'estimates', e.estimate, e.std_error, e.df)
FROM (VALUES ('NH.mean', NULL), ('NH.race1', '1'), ('NH.race2', '2'), ('NH.race4', '4')) v(id, subgroup)
LEFT JOIN (SELECT e.* FROM nh, mindgap.estimates(nh.s) e) e ON e.subgroup IS NOT DISTINCT FROM v.subgroup;

SELECT pg_temp.meet_row('NH.mean', 'estimates, proportion', e.estimate, e.std_error, e.df)
FROM (VALUES (NULL::text)) v(subgroup)
LEFT JOIN (SELECT e.* FROM nh, mindgap.estimates(nh.s, statistic => 'proportion') e) e
	ON e.subgroup IS NOT DISTINCT FROM v.subgroup;

SELECT pg_temp.meet_row('NH.mean', 'estimates, boolean outcome and text literal', e.estimate, e.std_error, e.df)
FROM (VALUES ('all')) v(subgroup)
LEFT JOIN mindgap.estimates((SELECT mindgap.survey_agg(hi_chol = 1, 'all', weight, stratum, psu) FROM nhanes)) e
	USING (subgroup);

SELECT pg_temp.meet_row('NH.total', 'estimates', e.estimate, e.std_error, e.df)
FROM (VALUES (NULL::text)) v(subgroup)
LEFT JOIN (SELECT e.* FROM nh, mindgap.estimates(nh.s, statistic => 'total') e) e
	ON e.subgroup IS NOT DISTINCT FROM v.subgroup;

-- both orders of a pair, and the diagonal is the variance
SELECT pg_temp.meet('NH.cov' || v.a || v.b || ' est', c.covariance, 'covariance')
FROM (VALUES ('1', '2'), ('1', '3'), ('1', '4'), ('2', '3')) v(a, b)
LEFT JOIN (SELECT c.* FROM nh, mindgap.covariance(nh.s, statistic => 'mean') c) c
	ON c.subgroup_a = v.a AND c.subgroup_b = v.b;

SELECT pg_temp.meet('NH.race' || v.a || ' se', sqrt(c.covariance), 'covariance')
FROM (VALUES ('1'), ('2'), ('4')) v(a)
LEFT JOIN (SELECT c.* FROM nh, mindgap.covariance(nh.s) c) c ON c.subgroup_a = v.a AND c.subgroup_b = v.a;

SELECT pg_temp.meet_row(v.id, 'contrast', c.estimate, c.std_error, c.df)
FROM (VALUES ('NH.diff21', 'identity'), ('NH.lnratio21', 'log'), ('NH.lnor21', 'logit')) v(id, scale),
	nh, LATERAL mindgap.contrast(nh.s, ARRAY['2', '1'], '{1,-1}', scale => v.scale) c;

SELECT pg_temp.meet_row(v.id, 'gap', g.estimate, g.std_error, g.df)
FROM (VALUES ('NH.diff21', 'difference'), ('NH.ratio21', 'ratio')) v(id, measure),
	nh, LATERAL mindgap.gap(nh.s, v.measure, compare => '2', reference => '1') g;

-- a ratio's error is on its own scale, its limits through the log
SELECT pg_temp.meet_row(v.id, 'gap, log of ' || v.measure, ln(g.estimate), g.std_error / g.estimate, g.df)
FROM (VALUES ('NH.lnratio21', 'ratio'), ('NH.lnor21', 'odds_ratio')) v(id, measure),
	nh, LATERAL mindgap.gap(nh.s, v.measure, compare => '2', reference => '1') g;

-- xlogit in R is the logit interval by the delta method
SELECT pg_temp.meet('NH.ci.' || v.id || '.' || part.edge || ' ' || part.col, part.got, 'estimates')
FROM (VALUES ('xlogit', 'logit'), ('beta', 'beta'), ('asin', 'asin'), ('wilson', 'wilson')) v(id, method),
	nh,
	LATERAL (SELECT e.conf_low, e.conf_high, e.df FROM (VALUES ('4')) k(subgroup)
		LEFT JOIN mindgap.estimates(nh.s, statistic => 'proportion', ci_method => v.method) e USING (subgroup)) e,
	LATERAL (VALUES ('lo', 'est', e.conf_low), ('hi', 'est', e.conf_high), ('lo', 'df', e.df), ('hi', 'df', e.df))
		part(edge, col, got);

-- schools: element sample in strata, cluster sample, with and without population sizes

SELECT pg_temp.meet_row(v.id, 'estimates', e.estimate, e.std_error, e.df)
FROM (VALUES
	('AS.mean.fpc', (SELECT mindgap.survey_agg(api00, 'all', pw, mindgap.key(stype), NULL, fpc) FROM apistrat)),
	('AS.mean', (SELECT mindgap.survey_agg(api00, 'all', pw, mindgap.key(stype), NULL) FROM apistrat)),
	('AC.mean', (SELECT mindgap.survey_agg(api00, 'all', pw, 1, dnum) FROM apiclus1)),
	('AC.mean.fpc', (SELECT mindgap.survey_agg(api00, 'all', pw, 1, dnum, fpc) FROM apiclus1))
) v(id, s)
LEFT JOIN LATERAL mindgap.estimates(v.s) e ON e.subgroup = 'all';

SELECT pg_temp.meet_row('AS.mean', 'estimates, every school its own PSU', e.estimate, e.std_error, e.df)
FROM (VALUES ('all')) v(subgroup)
LEFT JOIN mindgap.estimates((SELECT mindgap.survey_agg(api00, 'all', pw, mindgap.key(stype), mindgap.key(cds))
	FROM apistrat)) e USING (subgroup);

SELECT pg_temp.meet_row('AC.total.fpc', 'estimates', e.estimate, e.std_error, e.df)
FROM (VALUES ('all')) v(subgroup)
LEFT JOIN mindgap.estimates((SELECT mindgap.survey_agg(enroll, 'all', pw, 1, dnum, fpc) FROM apiclus1),
	statistic => 'total') e USING (subgroup);

-- one PSU in a stratum: R's remove and certainty are one policy here

CREATE TEMP TABLE lp AS
SELECT mindgap.survey_agg(y, 'all', w, stratum, psu) AS s
FROM (VALUES (1, 1, 10.5, 30.5), (1, 2, 10.5, 40.5), (2, 3, 20, 35), (2, 4, 20, 52), (3, 5, 15, 44))
	d(stratum, psu, w, y);

SELECT pg_temp.meet_row('LP.' || v.id || '.' || v.statistic, 'estimates', e.estimate, e.std_error, e.df)
FROM (VALUES
	('remove', 'certainty', 'mean'), ('remove', 'certainty', 'total'),
	('certainty', 'certainty', 'mean'), ('certainty', 'certainty', 'total'),
	('adjust', 'adjust', 'mean'), ('average', 'average', 'mean')
) v(id, policy, statistic)
CROSS JOIN lp
LEFT JOIN LATERAL mindgap.estimates(lp.s, statistic => v.statistic, lonely_psu => v.policy) e ON e.subgroup = 'all';

SELECT unnest(ARRAY[
	pg_temp.meet('LP.certainty.mean est', e.estimate, 'estimates, lonely_psu => fail'),
	pg_temp.check_true('LP.fail: no std_error', e.std_error IS NULL),
	pg_temp.check_true('LP.fail: no limits', e.conf_low IS NULL AND e.conf_high IS NULL)])
FROM (VALUES ('all')) v(subgroup)
CROSS JOIN lp
LEFT JOIN LATERAL mindgap.estimates(lp.s) e USING (subgroup);

SELECT pg_temp.unmet();

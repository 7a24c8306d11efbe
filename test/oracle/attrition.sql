-- Attrition and paired change in two real panels: every row of panel_change_and_attrition.csv, by R's glm and survey.
-- GSS 2016/2018 to 2020: the same persons before and in the year of the pandemic; weight of the later wave, design of the
-- base year; R took survey.lonely.psu = "adjust" (with "certainty" and "average" the errors differ in the second digit).
-- GSS panel of 2006: who of wave 1 answered in wave 3.
-- R's glm takes standard errors from the weights of its last step but one: they agree to 1e-6, its estimates to 1e-8.
-- Raking and weighted logistic regression against R survey 4.5 and glm:
-- R: i <- 0:199
-- R: d <- data.frame(i = i, w = 1 + i %% 4, a = c("x", "y", "z")[1 + (i * 7) %% 3], b = c("m", "n")[1 + ((i * 5) %/% 3) %% 2],
-- R:   r = ((i * 13) %% 11) < 6)
-- R: resp <- svydesign(~1, weights = ~w, data = d[d$r, ])
-- R: k <- weights(rake(resp, list(~a, ~b), list(xtabs(w ~ a, d), xtabs(w ~ b, d)), control = list(maxit = 1000, epsilon = 1e-11)))
-- R: cat(sprintf("raked %d;%.17g\n", i[d$r][c(1:6, 110)], k[c(1:6, 110)]), sprintf("raked squares;%.17g\n", sum(k^2)), sep = "")
-- R: p <- weights(postStratify(resp, ~a, xtabs(w ~ a, d)))
-- R: cat(sprintf("post-stratified %d;%.17g\n", i[d$r][1:6], p[1:6]), sep = "")
-- R: m <- glm(as.numeric(d$r) ~ I(a == "y") + I(b == "m") + i, family = binomial, weights = w, data = d,
-- R:   control = glm.control(epsilon = 1e-15, maxit = 50))
-- R: cat(sprintf("logistic %s est;%.17g\n", c("(Intercept)", "y", "m", "i"), coef(m)), sep = "")
-- R: cat(sprintf("logistic %s se;%.17g\n", c("(Intercept)", "y", "m", "i"), sqrt(diag(vcov(m)))), sep = "")
-- R: cat(sprintf("probability %d;%.17g\n", i[1:5], fitted(m)[1:5]), sep = "")
-- R: cat(sprintf("quantile %s;%.17g\n", c("low", "high"), quantile((i * 37) %% 101 / 7, c(.013, .9))), sep = "")
\ir include/tap.psql

CREATE TEMP TABLE golden (dataset text, analysis text, term text, est float8, se float8, lo float8, hi float8, extra text);
\set cmd '\\copy golden from ''' :oracle '/panel_change_and_attrition.csv'' with (format csv, header)'
:cmd
CREATE TEMP TABLE row_wanted AS
SELECT *, CASE WHEN analysis LIKE 'weighted%' THEN 'all' WHEN analysis LIKE 'paired, base%' THEN right(analysis, 4)
	WHEN analysis LIKE 'paired du%' THEN 'by female' WHEN analysis LIKE 'gap%' THEN 'gap' WHEN analysis LIKE 'unweighted%' THEN 'counts'
	WHEN analysis LIKE 'attrition%' THEN 'logit' WHEN analysis LIKE 'stabilised%' THEN 'ipw' ELSE 'happy' END AS label
FROM golden;
INSERT INTO want (name, value, tol)
SELECT concat_ws(', ', label, term, part.name), part.value, CASE WHEN label = 'logit' AND part.name = 'se' THEN 1e-6 ELSE 1e-8 END
FROM row_wanted, LATERAL (VALUES ('est', est), ('se', se), ('lo', lo), ('hi', hi)) part(name, value)
WHERE part.value IS NOT NULL;
-- numbers that the file gives in words, rounded
INSERT INTO want (name, value, tol) VALUES ('degrees of freedom', 140, 0), ('kish', 1257.24, 1e-6), ('n', 1987, 0), ('responded', 1268, 0);

CREATE TEMP TABLE before_after_file (
	yearid bigint, samp text, slot text, year int, vstrat bigint, vpsu bigint, wtssnr float8, happy int, satfin text,
	health text, life text, socrel text, socommun text, socfrend text, age text, sex int, race text, educ text, degree text,
	wrkstat text, marital text, childs text, income16 text, realinc text, region text, wave int, n int
);
\set cmd '\\copy before_after_file from ''' :data '/gss_panel_2016_18_20.csv'' with (format csv, header, null '''')'
:cmd
CREATE TEMP TABLE person AS
SELECT b.year, b.vstrat, b.vpsu, a.wtssnr AS weight, b.sex = 2 AS female, b.happy = 3 AS u1, a.happy = 3 AS u2,
	(a.happy = 3)::int - (b.happy = 3)::int AS du, a.happy - b.happy AS dh
FROM before_after_file b JOIN before_after_file a USING (yearid)
WHERE b.wave = 1 AND a.wave = 2 AND b.happy IS NOT NULL AND a.happy IS NOT NULL;

CREATE TEMP TABLE paired AS
SELECT label, mindgap.survey_agg(u1::int, 'all', weight, vstrat, vpsu) AS u1, mindgap.survey_agg(u2::int, 'all', weight, vstrat, vpsu) AS u2,
	mindgap.survey_agg(du, 'all', weight, vstrat, vpsu) AS du, mindgap.survey_agg(dh, 'all', weight, vstrat, vpsu) AS dh
FROM person, LATERAL (VALUES ('all'), (year::text)) l(label) GROUP BY label;

SELECT pg_temp.meet(concat_ws(', ', r.label, r.term, v.part), v.value, 'estimates')
FROM row_wanted r JOIN paired p USING (label), LATERAL (VALUES ('u1', u1), ('u2', u2), ('du', du), ('dh', dh)) s(term, summary),
	mindgap.estimates(summary, lonely_psu => 'adjust') e,
	LATERAL (VALUES ('est', e.estimate, r.est), ('se', e.std_error, r.se), ('lo', e.conf_low, r.lo), ('hi', e.conf_high, r.hi)) v(part, value, golden)
WHERE s.term = r.term AND e.subgroup = 'all' AND v.golden IS NOT NULL;
SELECT pg_temp.meet('degrees of freedom', e.df) FROM paired, mindgap.estimates(du, lonely_psu => 'adjust') e WHERE label = 'all' AND subgroup = 'all';
-- the paired change is the change between two summaries that share their PSUs
SELECT pg_temp.meet('all, du, ' || v.part, v.value, 'change')
FROM paired, mindgap.change(u1, u2, lonely_psu => 'adjust') c,
	LATERAL (VALUES ('est', c.change), ('se', c.std_error), ('lo', c.conf_low), ('hi', c.conf_high)) v(part, value)
WHERE label = 'all' AND c.subgroup = 'all';

-- by sex, and the difference of the changes
SELECT pg_temp.meet(concat_ws(', ', 'by female', e.subgroup, v.part), v.value)
FROM (SELECT mindgap.survey_agg(du, female::int, weight, vstrat, vpsu) AS s FROM person) o, mindgap.estimates(s, lonely_psu => 'adjust') e,
	LATERAL (VALUES ('est', e.estimate), ('se', e.std_error)) v(part, value) WHERE e.subgroup IS NOT NULL;
SELECT pg_temp.meet(concat_ws(', ', 'gap', e.term, v.part), v.value, 'regression')
FROM (SELECT mindgap.regression_agg(du, ARRAY[female::int], weight, vstrat, vpsu) AS s FROM person) o,
	mindgap.regression(s, ARRAY['female'], lonely_psu => 'adjust') e, LATERAL (VALUES ('est', e.estimate), ('se', e.std_error)) v(part, value);
SELECT pg_temp.meet('gap, female, ' || v.part, v.value, 'gap_change')
FROM (SELECT mindgap.survey_agg(u1::int, female::int, weight, vstrat, vpsu) AS b, mindgap.survey_agg(u2::int, female::int, weight, vstrat, vpsu) AS a FROM person) o,
	mindgap.gap_change(b, a, compare => '1', reference => '0', lonely_psu => 'adjust') g, LATERAL (VALUES ('est', g.change), ('se', g.std_error)) v(part, value);

-- counts, by the window function
SELECT pg_temp.meet(concat_ws(', ', 'counts', CASE case_transition WHEN 'none' THEN '00' WHEN 'onset' THEN '01' WHEN 'remission' THEN '10' ELSE '11' END, 'est'), count(*))
FROM (SELECT wave, mindgap.case_transition(happy = 3) OVER (PARTITION BY yearid ORDER BY wave) FROM before_after_file) t
WHERE wave = 2 AND case_transition IS NOT NULL GROUP BY case_transition;

-- who of 2006 was left in wave 3
CREATE TEMP TABLE gss_file (
	id text, panel int, wave int, year int, firstid text, wtpan12 text, wtpan123 text, wtpannr12 text, wtpannr123 text,
	vstrat text, vpsu text, happy float8, satfin text, health text, life text, hapmar text, satjob text, socrel text,
	socommun text, socfrend text, socbar text, mntlhlth text, physhlth text, stress text, age float8, sex int, race int,
	educ text, degree int, income text, income06 text, rincom06 text, realinc text, wrkstat int, marital text, childs text,
	babies text, hompop text, class text, finrela text, finalter text, region text, attend text, born text, partyid text,
	trust text, fair text, helpful text, unemp text, n_happy text
);
\set cmd '\\copy gss_file from ''' :data '/gss_panels_long.csv'' with (format csv, header, null '''')'
:cmd
CREATE TEMP TABLE first_wave AS
SELECT f.sex = 2 AS female, f.race = 2 AS black, f.degree >= 3 AS coll, f.age / 10 AS a10, (f.age / 10) ^ 2 AS a10_squared,
	f.wrkstat IN (1, 2) AS work, f.happy, l.happy AS last_happy, l.happy IS NOT NULL AS responded
FROM gss_file f LEFT JOIN gss_file l ON l.id = f.id AND l.wave = 3
WHERE f.panel = 2006 AND f.wave = 1;

SELECT pg_temp.meet(concat_ws(', ', 'logit', CASE e.term WHEN 'a10_squared' THEN 'I(a10^2)' ELSE e.term END, v.part), v.value)
FROM mindgap.logistic_regression('first_wave', 'responded', ARRAY['female', 'black', 'coll', 'a10', 'a10_squared', 'work', 'happy']) e,
	LATERAL (VALUES ('est', e.estimate), ('se', e.std_error)) v(part, value);

CREATE TEMP TABLE weighted AS
SELECT *, avg(responded::int) OVER () / p AS weight
FROM (SELECT *, mindgap.response_probability(responded, ARRAY[female::int, black::int, coll::int, a10, a10_squared, work::int, happy]) OVER () AS p
	FROM first_wave) f
WHERE p IS NOT NULL;
SELECT pg_temp.meet('n', count(*)), pg_temp.meet('responded', count(*) FILTER (WHERE responded)),
	pg_temp.meet('kish', round(mindgap.effective_sample_size_agg(weight) FILTER (WHERE responded)::numeric, 2)::float8) FROM weighted;
SELECT pg_temp.meet(format('ipw, %s%%, est', q), q.value)
FROM (SELECT unnest(ARRAY[0, 1, 5, 50, 95, 99, 100]) AS q, unnest(percentile_cont(ARRAY[0, 0.01, 0.05, 0.5, 0.95, 0.99, 1]) WITHIN GROUP (ORDER BY weight)) AS value
	FROM weighted WHERE responded) q;
-- trimmed at these quantiles, as the window function finds them
SELECT pg_temp.meet(format('ipw, %s%%, est', v.q), v.value, 'trimmed_weight')
FROM (SELECT min(t) AS low, max(t) AS high FROM (SELECT mindgap.trimmed_weight(weight, 0.01, 0.99) OVER () AS t FROM weighted WHERE responded) t) m,
	LATERAL (VALUES (1, low), (99, high)) v(q, value);
SELECT pg_temp.meet('happy, unw, est', avg(last_happy)), pg_temp.meet('happy, ipw, est', sum(weight * last_happy) / sum(weight))
FROM weighted WHERE responded;

-- raking, post-stratification, weighted logistic regression
CREATE TEMP TABLE r (line text);
COPY r FROM stdin;
raked 0;1.785409311101706
raked 1;3.5804707472560988
raked 2;5.5664426218772922
raked 6;5.3562279333051164
raked 7;7.1609414945121976
raked 8;1.8554808739590964
raked 199;7.1609414945121976
raked squares;2723.2921529468399
post-stratified 0;1.8064516129032258
post-stratified 1;3.5531914893617023
post-stratified 2;5.5
post-stratified 6;5.4193548387096779
post-stratified 7;7.1063829787234045
post-stratified 8;1.833333333333333
logistic (Intercept) est;0.1497053512261847
logistic y est;0.05795349767783281
logistic m est;0.03876839149339642
logistic i est;0.00029945265868878881
logistic (Intercept) se;0.21002335833506708
logistic y se;0.19201891410829519
logistic m se;0.18149723570266416
logistic i se;0.0015587850129177615
probability 0;0.54697944956675715
probability 1;0.55180301754607564
probability 2;0.53750548235629569
probability 3;0.53757992345591676
probability 4;0.56159185894310604
quantile low;0.14285714285714285
quantile high;12.871428571428572
\.
INSERT INTO want (name, value, tol)
SELECT split_part(line, ';', 1), split_part(line, ';', 2)::float8, 1e-8 FROM r;
CREATE TEMP TABLE made_up AS
SELECT i, (1 + i % 4)::float8 AS w, (ARRAY['x', 'y', 'z'])[1 + (i * 7) % 3] AS a, (ARRAY['m', 'n'])[1 + (i * 5 / 3) % 2] AS b, (i * 13) % 11 < 6 AS r
FROM generate_series(0, 199) i;
CREATE TEMP TABLE adjusted AS
SELECT *, mindgap.raked_weight(w, ARRAY[a, b], r) OVER () AS raked, mindgap.raked_weight(w, ARRAY[a], r) OVER (ORDER BY i DESC) AS one_margin,
	mindgap.response_probability(r, ARRAY[(a = 'y')::int, (b = 'm')::int, i], w) OVER () AS p
FROM made_up;
SELECT pg_temp.meet(label || ' ' || i, value)
FROM adjusted, LATERAL (VALUES ('raked', raked), ('post-stratified', one_margin), ('probability', p)) v(label, value)
WHERE value IS NOT NULL AND EXISTS (SELECT FROM want WHERE name = label || ' ' || i);
SELECT pg_temp.meet('raked squares', sum(raked ^ 2)) FROM adjusted;
SELECT pg_temp.check('margin of everybody', sum(raked) FILTER (WHERE b = 'm'), sum(w) FILTER (WHERE b = 'm'), 1e-10) FROM adjusted;
SELECT pg_temp.check('post-stratified is weight over weighted response rate', one_margin,
	w * (SELECT sum(w) / sum(w) FILTER (WHERE r) FROM made_up o WHERE o.a = adjusted.a), 1e-12)
FROM adjusted WHERE r AND i < 20;
SELECT pg_temp.meet(format('logistic %s %s', e.term, v.part), v.value)
FROM mindgap.logistic_regression('SELECT *, a = ''y'' AS y, b = ''m'' AS m FROM made_up', 'r', ARRAY['y', 'm', 'i'], weight => 'w') e,
	LATERAL (VALUES ('est', e.estimate), ('se', e.std_error)) v(part, value);
SELECT pg_temp.meet('quantile ' || v.q, v.value)
FROM (SELECT min(t) AS low, max(t) AS high FROM (SELECT mindgap.trimmed_weight((i * 37) % 101 / 7.0, 0.013, 0.9) OVER () AS t FROM made_up) t) m,
	LATERAL (VALUES ('low', low), ('high', high)) v(q, value);

SELECT pg_temp.unmet();

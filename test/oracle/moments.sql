-- regression() against R lm: ANCOVA of the Beat the Blues trial, plain and weighted, a collinear and a constant
-- column; and what must not change it: an outcome and a regressor far from 0, another unit, another order of rows.
-- R: b <- read.csv(file.path(commandArgs(TRUE)[1], "btheb_wide.csv"))
-- R: b <- transform(b, BtheB = as.numeric(treatment == "BtheB"), drug = as.numeric(drug == "Yes"), long = as.numeric(length == ">6m"))
-- R: show <- function(name, m) for (t in names(coef(m))[!is.na(coef(m))]) {
-- R:     v <- c(coef(summary(m))[t, ], confint(m)[t, ])
-- R:     cat(sprintf("%s,%s,%s %.17g\n", name, t, c("est", "se", "t", "p", "lo", "hi"), v), sep = "") }
-- R: show("ancova", lm(bdi_2m ~ bdi_pre + BtheB + drug + long, b))
-- R: show("weighted", lm(bdi_8m ~ bdi_pre + BtheB, b, weights = bdi_3m))
-- R: show("dropped", lm(bdi_5m ~ bdi_pre + BtheB + I(1 - BtheB) + drug + I(bdi_pre + drug) + long, b))
\ir include/tap.psql

CREATE TEMP TABLE btheb (
	id int, drug text, length text, treatment text,
	pre float8, m2 float8, m3 float8, m5 float8, m8 float8
);
\set cmd '\\copy btheb from ''' :data '/btheb_wide.csv'' with (format csv, header, null '''')'
:cmd

CREATE TEMP TABLE trial AS
SELECT id, pre, m2, m3, m5, m8, (treatment = 'BtheB')::int AS arm, (drug = 'Yes')::int AS drug, (length = '>6m')::int AS long
FROM btheb;

CREATE TEMP TABLE r (line text);
COPY r FROM stdin;
ancova,(Intercept),est 5.153079313804442
ancova,(Intercept),se 2.3473300777565131
ancova,(Intercept),t 2.1952938628595238
ancova,(Intercept),p 0.030658574396439656
ancova,(Intercept),lo 0.49107916500439863
ancova,(Intercept),hi 9.8150794626044853
ancova,bdi_pre,est 0.62436474338734227
ancova,bdi_pre,se 0.082340612137807564
ancova,bdi_pre,t 7.5827070892111887
ancova,bdi_pre,p 2.6323099414947718e-11
ancova,bdi_pre,lo 0.46082918029106251
ancova,bdi_pre,hi 0.78790030648362208
ancova,BtheB,est -2.9861263466794896
ancova,BtheB,se 1.7986103783461556
ancova,BtheB,t -1.6602408073644441
ancova,BtheB,p 0.10027083840272596
ancova,BtheB,lo -6.5583218086390849
ancova,BtheB,hi 0.58606911528010563
ancova,drug,est -2.9636117511694611
ancova,drug,se 1.853532108368257
ancova,drug,t -1.5988996024344322
ancova,drug,p 0.1132718028396706
ancova,drug,lo -6.6448865096292362
ancova,drug,hi 0.71766300729031363
ancova,long,est 0.36428149979311913
ancova,long,se 1.7489404370095845
ancova,long,t 0.20828696740295155
ancova,long,p 0.83546533387884381
ancova,long,lo -3.109265171314147
ancova,long,hi 3.837828170900385
weighted,(Intercept),est 5.7127885378157943
weighted,(Intercept),se 4.4329646508035827
weighted,(Intercept),t 1.2887060890007802
weighted,(Intercept),p 0.20380777345712131
weighted,(Intercept),lo -3.2051860461376931
weighted,(Intercept),hi 14.630763121769281
weighted,bdi_pre,est 0.51380913802246053
weighted,bdi_pre,se 0.15217626679949914
weighted,bdi_pre,t 3.3764078251402578
weighted,bdi_pre,p 0.001481908345800216
weighted,bdi_pre,lo 0.20766997687375832
weighted,bdi_pre,hi 0.81994829917116274
weighted,BtheB,est -7.7907958753516642
weighted,BtheB,se 2.7310199144432521
weighted,BtheB,t -2.8527056262568125
weighted,BtheB,p 0.0064249238335077063
weighted,BtheB,lo -13.284899281039952
weighted,BtheB,hi -2.2966924696633768
dropped,(Intercept),est 2.4855394955801353
dropped,(Intercept),se 3.2638375853351604
dropped,(Intercept),t 0.76153896466784443
dropped,(Intercept),p 0.44971065838717106
dropped,(Intercept),lo -4.0608896705738049
dropped,(Intercept),hi 9.0319686617340764
dropped,bdi_pre,est 0.54639197682653062
dropped,bdi_pre,se 0.1346159677699264
dropped,bdi_pre,t 4.0588942447033851
dropped,bdi_pre,p 0.00016316522976073176
dropped,bdi_pre,lo 0.27638653856616147
dropped,bdi_pre,hi 0.81639741508689978
dropped,BtheB,est -4.0675819930429693
dropped,BtheB,se 2.5024896024258174
dropped,BtheB,t -1.6254141432196207
dropped,BtheB,p 0.11000683967900746
dropped,BtheB,lo -9.0869404914331575
dropped,BtheB,hi 0.95177650534721892
dropped,drug,est -4.9443009009875025
dropped,drug,se 2.6647530970066389
dropped,drug,t -1.855444283577911
dropped,drug,p 0.069097610327535669
dropped,drug,lo -10.289118753819457
dropped,drug,hi 0.4005169518444518
dropped,long,est 3.8353430786854057
dropped,long,se 2.5895448521897069
dropped,long,t 1.4810877191187701
dropped,long,p 0.14450417548167324
dropped,long,lo -1.3586261382901013
dropped,long,hi 9.0293122956609118
\.
INSERT INTO want (name, value)
SELECT split_part(line, ' ', 1), split_part(line, ' ', 2)::float8 FROM r;

CREATE FUNCTION pg_temp.meet_terms(label text, s mindgap.moments_summary, names text[]) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.meet(concat_ws(',', label, t.term, part.name), part.value)
	FROM mindgap.regression(s, names) WITH ORDINALITY
			AS t(term, estimate, std_error, statistic, df, p_value, conf_low, conf_high, status, o),
		LATERAL (VALUES ('est', estimate), ('se', std_error), ('t', statistic), ('p', p_value), ('lo', conf_low), ('hi', conf_high)) part(name, value)
	WHERE t.status = 'ok'
	ORDER BY t.o
$$;

SELECT pg_temp.meet_terms('ancova', mindgap.moments_agg(m2, ARRAY[pre, arm, drug, long]), '{bdi_pre,BtheB,drug,long}') FROM trial;
SELECT pg_temp.meet_terms('weighted', mindgap.moments_agg(m8, ARRAY[pre, arm], m3), '{bdi_pre,BtheB}') FROM trial;
SELECT pg_temp.meet_terms('dropped', mindgap.moments_agg(m5, ARRAY[pre, arm, 1 - arm, drug, pre + drug, long]),
	'{bdi_pre,BtheB,control,drug,sum,long}') FROM trial;

SELECT pg_temp.check_true('collinear columns are named', string_agg(term || ' ' || status, ', ' ORDER BY term) = 'control collinear, sum collinear'
		AND bool_and(estimate IS NULL AND std_error IS NULL), string_agg(term || ' ' || status, ', '))
FROM mindgap.regression((SELECT mindgap.moments_agg(m5, ARRAY[pre, arm, 1 - arm, drug, pre + drug, long]) FROM trial),
	'{bdi_pre,BtheB,control,drug,sum,long}')
WHERE status <> 'ok';
SELECT pg_temp.check_true('a constant column is named, 0.1 + 0.2 and 0.3 alike', status = 'constant', status)
FROM mindgap.regression((SELECT mindgap.moments_agg(m5, ARRAY[pre, CASE WHEN id % 2 = 0 THEN 0.1::float8 + 0.2 ELSE 0.3 END, drug]) FROM trial))
WHERE term = 'x2';

-- the outcome and pre far from 0
CREATE FUNCTION pg_temp.same_slopes(label text, s mindgap.moments_summary, unit float8, tolerance float8 DEFAULT 1e-9) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.check(concat_ws(', ', label, part.name, t.term), part.value, part.expected, tolerance)
	FROM mindgap.regression((SELECT mindgap.moments_agg(m2, ARRAY[pre, arm, drug, long]) FROM trial)) e
	JOIN mindgap.regression(s) t USING (term),
		LATERAL (SELECT CASE WHEN term = 'x1' THEN unit ELSE 1 END AS by) u,
		LATERAL (VALUES ('estimate', t.estimate * u.by, e.estimate), ('error', t.std_error * u.by, e.std_error), ('p', t.p_value, e.p_value)) part(name, value, expected)
	WHERE term <> '(Intercept)'
$$;
SELECT pg_temp.same_slopes('outcome + 1e9', mindgap.moments_agg(m2 + 1e9, ARRAY[pre, arm, drug, long]), 1) FROM trial;
SELECT pg_temp.same_slopes('x + 1e9', mindgap.moments_agg(m2, ARRAY[pre + 1e9, arm, drug, long]), 1) FROM trial;
SELECT pg_temp.same_slopes('x * 1e6', mindgap.moments_agg(m2, ARRAY[pre * 1e6, arm, drug, long]), 1e6) FROM trial;
SELECT pg_temp.same_slopes('x * 1e-6', mindgap.moments_agg(m2, ARRAY[pre * 1e-6, arm, drug, long]), 1e-6) FROM trial;
SELECT pg_temp.same_slopes('another order', mindgap.moments_agg(m2, ARRAY[pre, arm, drug, long] ORDER BY m2 DESC), 1, 1e-12) FROM trial;
SELECT pg_temp.same_slopes('parts', mindgap.rollup(s), 1, 1e-12)
FROM (SELECT mindgap.moments_agg(m2, ARRAY[pre, arm, drug, long]) AS s FROM trial GROUP BY id % 7) p;
SELECT pg_temp.same_slopes('weight 3', mindgap.moments_agg(m2, ARRAY[pre, arm, drug, long], 3), 1, 1e-12) FROM trial;

SELECT pg_temp.unmet();

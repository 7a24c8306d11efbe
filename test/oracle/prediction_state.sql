-- prediction_agg against the golden cross-products of the diabetes data, and against R: weighted, with missing values;
-- folds; shifts, units, order and parts; variance between and within persons against R's anova.
-- R: b <- read.csv(file.path(commandArgs(TRUE)[1], "paquid_cesd.csv"))
-- R: b <- b[!is.na(b$cesd), ]; n <- table(b$id); N <- sum(n); a <- length(n)
-- R: t <- anova(lm(cesd ~ factor(id), b)); msb <- t[1, 3]; mse <- t[2, 3]
-- R: n0 <- (N - sum(n^2) / N) / (a - 1)
-- R: cat(sprintf("variance,%s %.17g\n", c("between", "residual", "persons", "n"), c((msb - mse) / n0, mse, a, N)), sep = "")
-- R: d <- read.csv(file.path(commandArgs(TRUE)[1], "diabetes_raw.csv")); w <- 1 + ((seq_len(442) - 1) %% 7) / 3
-- R: cat(sprintf("weighted,neff %.17g\n", sum(w)^2 / sum(w^2)))
-- R: v <- cov.wt(d, w, method = "ML", cor = TRUE)
-- R: cat(sprintf("weighted,mean,%d %.17g\n", 0:10, v$center[c(11, 1:10)]), sep = "")
-- R: cat(sprintf("weighted,sd,%d %.17g\n", 0:10, sqrt(diag(v$cov))[c(11, 1:10)]), sep = "")
-- R: cat(sprintf("weighted,cor,%d %.17g\n", 1:10, v$cor[11, 1:10]), sep = "")
-- R: for (j in c(3, 5)) d[(seq_len(442) * j) %% 11 == 0, j] <- NA
-- R: m <- sapply(d[, c(3, 5)], is.na) * 1
-- R: for (j in c(3, 5)) d[is.na(d[, j]), j] <- weighted.mean(d[, j], w, na.rm = TRUE)
-- R: v <- cov.wt(cbind(d, m), w, method = "ML", cor = TRUE); o <- c(11, 1:10, 12:13)
-- R: cat(sprintf("missing,mean,%d %.17g\n", 0:12, v$center[o]), sep = "")
-- R: cat(sprintf("missing,sd,%d %.17g\n", 0:12, sqrt(diag(v$cov))[o]), sep = "")
-- R: cat(sprintf("missing,cor,%d %.17g\n", 1:12, v$cor[11, o[-1]]), sep = "")
\ir include/tap.psql

CREATE TEMP TABLE diabetes (i int GENERATED ALWAYS AS IDENTITY, age float8, sex float8, bmi float8, bp float8, s1 float8, s2 float8, s3 float8, s4 float8, s5 float8, s6 float8, target float8);
\set cmd '\\copy diabetes (age, sex, bmi, bp, s1, s2, s3, s4, s5, s6, target) from ''' :data '/diabetes_raw.csv'' with (format csv, header)'
:cmd
CREATE TEMP TABLE d AS
SELECT i::bigint, target AS y, ARRAY[age, sex, bmi, bp, s1, s2, s3, s4, s5, s6] AS x, 1 + (i - 1) % 7 / 3.0::float8 AS w
FROM diabetes;

CREATE TEMP TABLE file (i int GENERATED ALWAYS AS IDENTITY, line text);
\set cmd '\\copy file (line) from ''' :oracle '/prediction/golden.json'' with (format csv, delimiter E''\\x01'', quote E''\\x02'')'
:cmd
CREATE TEMP TABLE gram AS SELECT string_agg(line, '' ORDER BY i)::json -> 'gram' AS g FROM file;
INSERT INTO want (name, value)
SELECT 'gram,mean,' || o % 11, v::float8 FROM gram, json_array_elements_text(g -> 'mean') WITH ORDINALITY e(v, o) UNION ALL
SELECT 'gram,sd,' || o, v::float8 FROM gram, json_array_elements_text(g -> 'sd') WITH ORDINALITY e(v, o) UNION ALL
SELECT format('gram,M,%s,%s', i % 11, j % 11), v::float8 FROM gram, json_array_elements(g -> 'M_lower') WITH ORDINALITY r(row, i), json_array_elements_text(row) WITH ORDINALITY e(v, j);
CREATE TEMP TABLE r (line text);
COPY r FROM stdin;
variance,between 38.515779021986127
variance,residual 34.548383752919285
variance,persons 500
variance,n 2104
weighted,neff 397.59765425803164
weighted,mean,0 151.37372593431485
weighted,mean,1 48.385428463571159
weighted,mean,2 1.473763684409211
weighted,mean,3 26.428350320875804
weighted,mean,4 94.508841072102683
weighted,mean,5 187.70177425443563
weighted,mean,6 114.5728576821442
weighted,mean,7 49.587580218950549
weighted,mean,8 4.0514911287278217
weighted,mean,9 4.6306831257078143
weighted,mean,10 91.180822952057383
weighted,sd,0 76.742070715082647
weighted,sd,1 12.992803385074621
weighted,sd,2 0.4993111812729818
weighted,sd,3 4.5040722688455048
weighted,sd,4 13.761262624320194
weighted,sd,5 35.019567423831575
weighted,sd,6 30.827172484803583
weighted,sd,7 12.76095198561468
weighted,sd,8 1.2815032535725954
weighted,sd,9 0.51406078017462886
weighted,sd,10 11.379025193191531
weighted,cor,1 0.17943958031033924
weighted,cor,2 0.014698549449706687
weighted,cor,3 0.61503968292266331
weighted,cor,4 0.46092271722490752
weighted,cor,5 0.19501292991624056
weighted,cor,6 0.16054558270928732
weighted,cor,7 -0.38464362133065105
weighted,cor,8 0.40394756524210518
weighted,cor,9 0.55529562213783179
weighted,cor,10 0.36706494065311518
missing,mean,0 151.37372593431485
missing,mean,1 48.385428463571159
missing,mean,2 1.473763684409211
missing,mean,3 26.443052675238491
missing,mean,4 94.508841072102683
missing,mean,5 187.77063459145583
missing,mean,6 114.5728576821442
missing,mean,7 49.587580218950549
missing,mean,8 4.0514911287278217
missing,mean,9 4.6306831257078143
missing,mean,10 91.180822952057383
missing,mean,11 0.089845224613061533
missing,mean,12 0.089845224613061533
missing,sd,0 76.742070715082619
missing,sd,1 12.992803385074621
missing,sd,2 0.4993111812729818
missing,sd,3 4.2803364535568358
missing,sd,4 13.761262624320194
missing,sd,5 32.850164666010762
missing,sd,6 30.827172484803583
missing,sd,7 12.76095198561468
missing,sd,8 1.2815032535725954
missing,sd,9 0.51406078017462908
missing,sd,10 11.379025193191527
missing,sd,11 0.2859598926900242
missing,sd,12 0.2859598926900242
missing,cor,1 0.17943958031033932
missing,cor,2 0.014698549449706692
missing,cor,3 0.59393542714425851
missing,cor,4 0.46092271722490774
missing,cor,5 0.20480629678546411
missing,cor,6 0.16054558270928743
missing,cor,7 -0.38464362133065116
missing,cor,8 0.40394756524210529
missing,cor,9 0.55529562213783201
missing,cor,10 0.36706494065311529
missing,cor,11 0.029055124360220667
missing,cor,12 0.029055124360220667
\.
INSERT INTO want (name, value)
SELECT split_part(line, ' ', 1), split_part(line, ' ', 2)::float8 FROM r;

-- columns by number: 0 the outcome, then x, then the indicators
CREATE FUNCTION pg_temp.meet_columns(label text, s mindgap.prediction_summary, parts text[], via text DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.meet(format('%s,%s,%s', label, part.name, o - 1), part.value, via)
	FROM mindgap.prediction_columns(s) WITH ORDINALITY c(element, kind, n_missing, mean, std_dev, correlation, status, o),
		LATERAL (VALUES ('mean', mean), ('sd', std_dev), ('cor', correlation)) part(name, value)
	WHERE part.name = ANY (parts) AND (o > 1 OR part.name = 'mean' OR part.name = 'sd' AND label <> 'gram')
$$;
-- one fold's co-moments from the text form, the outcome first
CREATE FUNCTION pg_temp.meet_comoments(label text, s mindgap.prediction_summary) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.meet(format('%s,M,%s,%s', label, CASE WHEN j = 0 THEN 0 ELSE i END, CASE WHEN j = 0 THEN i ELSE j END),
		(string_to_array(s::text::json ->> 'comoments', ' '))[i * (i + 1) / 2 + j + 1]::float8)
	FROM generate_series(0, 10) i, generate_series(0, i) j
$$;
SELECT pg_temp.meet_columns('gram', mindgap.prediction_agg(y, x ORDER BY i), '{mean,sd}') FROM d;
SELECT pg_temp.meet_comoments('gram', mindgap.prediction_agg(y, x ORDER BY i)) FROM d;
SELECT pg_temp.meet_columns('gram', mindgap.prediction_agg(m, fold), '{mean,sd}', 'folds of moments')
FROM (SELECT (i - 1)::int % 5 AS fold, mindgap.moments_agg(y, x) AS m FROM d GROUP BY 1) f;
SELECT pg_temp.meet_columns('gram', mindgap.prediction_agg(y, x, 1, i), '{mean,sd}', 'folds of persons') FROM d;
SELECT pg_temp.meet_columns('gram', mindgap.rollup(s), '{mean,sd}', 'parts')
FROM (SELECT mindgap.prediction_agg(y, x, 1, i) AS s FROM d GROUP BY i % 17) p;
SELECT pg_temp.check(label || ' moves no standard deviation, ' || a.element, a.std_dev, b.std_dev * unit)
FROM (VALUES ('a shift of 1e7', 1e7, 1), ('a scale of 1e6', 0, 1e6)) v(label, shift, unit),
	LATERAL (SELECT mindgap.prediction_agg(y, (SELECT array_agg(e * unit + shift ORDER BY o) FROM unnest(x) WITH ORDINALITY u(e, o)) ORDER BY i DESC) AS s FROM d) o,
	(SELECT mindgap.prediction_agg(y, x) AS s FROM d) p, mindgap.prediction_columns(o.s) a JOIN mindgap.prediction_columns(p.s) b USING (element)
WHERE a.element > 0;

SELECT pg_temp.meet('weighted,neff', effective_n)
FROM mindgap.prediction_design((SELECT mindgap.prediction_agg(y, x, w) FROM d));
SELECT pg_temp.meet_columns('weighted', mindgap.prediction_agg(y, x, w), '{mean,sd,cor}') FROM d;

CREATE FUNCTION pg_temp.with_gaps(i bigint, x float8[]) RETURNS float8[] LANGUAGE sql AS $$
	SELECT array_agg(CASE WHEN NOT (o IN (3, 5) AND i * o % 11 = 0) THEN e END ORDER BY o) FROM unnest(x) WITH ORDINALITY u(e, o)
$$;
SELECT pg_temp.meet_columns('missing', mindgap.prediction_agg(y, pg_temp.with_gaps(i, x), w), '{mean,sd,cor}') FROM d;
SELECT pg_temp.meet_columns('missing', mindgap.rollup(s), '{mean,sd,cor}', 'parts')
FROM (SELECT mindgap.prediction_agg(y, pg_temp.with_gaps(i, x), w, i) AS s FROM d GROUP BY i % 29) p;

CREATE TEMP TABLE paquid (id bigint, visit int, age float8, years float8, cesd float8, mmse text, bvrt text, ist text, hier text, agedem text, dem text, age_init text, cep text, male text, after_dem text);
\set cmd '\\copy paquid from ''' :data '/paquid_cesd.csv'' with (format csv, header)'
:cmd
SELECT pg_temp.meet('variance,' || part.name, part.value)
FROM (SELECT (mindgap.person_variance_agg(id, cesd)).* FROM paquid) v,
	LATERAL (VALUES ('between', between_var), ('residual', residual_var), ('persons', n_persons), ('n', n)) part(name, value);
SELECT pg_temp.check_true('the variance of residuals far from 0', abs(a.between_var / b.between_var - 1) < 1e-9 AND abs(a.residual_var / b.residual_var - 1) < 1e-9)
FROM (SELECT (mindgap.person_variance_agg(id, cesd + 1e9)).* FROM paquid) a, (SELECT (mindgap.person_variance_agg(id, cesd)).* FROM paquid) b;

SELECT pg_temp.unmet();

-- Change beyond the earlier trend in repeated cross-sections: NHANES 2005 to 2023, against the golden file, and by
-- subgroup against R survey 4.5: svyglm with group x time and group x after (waves by population), and the closed form
-- on the waves' means with their design covariance (waves alike). From summaries, and from rows by regression_agg.
-- R: suppressMessages({library(survey)}); options(survey.lonely.psu="fail")
-- R: n <- read.csv(file.path(commandArgs(TRUE)[1], "nhanes_phq9.csv"))
-- R: n <- transform(n, stratum = cycle_no * 1000 + sdmvstra, post = as.numeric(cycle_no == 8),
-- R:   yr = year_mid - 2018.6, dep = as.numeric(phq9 >= 10),
-- R:   income = cut(pir, c(-1, .9999, 1.9999, 3.9999, 9), labels = c("1", "2", "3", "4")))
-- R: s <- subset(svydesign(ids = ~sdmvpsu, strata = ~stratum, weights = ~wtmec, nest = TRUE, data = n), age >= 18 & !is.na(phq9))
-- R: show <- function(label, m, V) cat(sprintf("%s;%s;%.17g;%.17g\n", label, names(m), m, sqrt(diag(V))), sep = "")
-- R: F <- function(label, q, V, df) { k <- length(q); x2 <- c(q %*% solve(V, q)); cat(sprintf("%s;%.17g;%d\n", label, x2 * (df - k + 1) / (df * k), df - k + 1)) }
-- R: for (g in c("sex", "income")) {
-- R:   n2 <- subset(s, !is.na(get(g)))
-- R:   m <- svyglm(as.formula(paste0("phq9 ~ 0 + ", g, " + ", g, ":yr + ", g, ":post")), n2)
-- R:   show(paste(g, "population"), coef(m), vcov(m))
-- R:   for (k in c("yr", "post")) { ix <- grep(paste0(":", k, "$"), names(coef(m))); q <- coef(m)[ix][-1] - coef(m)[ix][1]
-- R:     R <- cbind(-1, diag(length(ix) - 1)); W <- R %*% vcov(m)[ix, ix] %*% t(R); names(q) <- paste(names(q), "-")
-- R:     show(paste(g, "population"), q, W); F(paste(g, "population", k), q, W, degf(n2)) }
-- R:   # waves alike: closed form on the waves' means
-- R:   b <- svyby(~phq9, as.formula(paste0("~cycle_no + ", g)), n2, svymean, covmat = TRUE)
-- R:   lev <- sort(unique(as.character(b[[g]]))); t <- tapply(n$year_mid, n$cycle_no, mean); H <- NULL
-- R:   P <- cbind(1, t[1:7] - 2018.6, 0); X <- rbind(P, c(1, t[8] - 2018.6, 1)); A <- solve(crossprod(X), t(X))[2:3, ]
-- R:   for (v in lev) { z <- matrix(0, 2, nrow(b)); z[, which(as.character(b[[g]]) == v)[order(b$cycle_no[as.character(b[[g]]) == v])]] <- A
-- R:     rownames(z) <- paste0(g, v, c(":yr", ":post")); H <- rbind(H, z) }
-- R:   m <- c(H %*% coef(b)); names(m) <- rownames(H); V <- H %*% vcov(b) %*% t(H)
-- R:   show(paste(g, "equal"), m, V)
-- R:   for (k in c("yr", "post")) { ix <- grep(paste0(":", k, "$"), names(m)); q <- m[ix][-1] - m[ix][1]
-- R:     R <- cbind(-1, diag(length(ix) - 1)); W <- R %*% V[ix, ix] %*% t(R); names(q) <- paste(names(q), "-")
-- R:     show(paste(g, "equal"), q, W); F(paste(g, "equal", k), q, W, degf(n2)) }
-- R: }
-- R's svyglm counts degrees of freedom less its coefficients; limits and p-values therefore differ and are not compared.
\ir include/tap.psql
\ir include/nhanes_phq9.psql

CREATE TEMP TABLE golden (dataset text, analysis text, term text, est float8, se float8, lo float8, hi float8);
\set cmd '\\copy golden from ''' :oracle '/nhanes_phq9.csv'' with (format csv, header)'
:cmd
INSERT INTO want (name, value, tol)
SELECT concat_ws(', ', split_part(analysis, ' ', 1), term, part.label), part.value, CASE WHEN analysis LIKE 'logit%' THEN 1e-6 ELSE 1e-8 END
FROM golden, LATERAL (VALUES ('est', est), ('se', se)) part(label, value)
WHERE analysis ~ '^(logit )?trend excess';

CREATE TEMP TABLE r (line text);
COPY r FROM stdin;
sex population;sexfemale;3.6964156089050153;0.082070284429619167
sex population;sexmale;2.7177785978718023;0.065632717922298564
sex population;sexfemale:yr;0.031810606227882295;0.011180075108147919
sex population;sexmale:yr;0.027044531262879437;0.00825863821955518
sex population;sexfemale:post;0.75280517112194989;0.1850673892230133
sex population;sexmale:post;0.66270489536241572;0.15995957347110909
sex population;sexmale:yr -;-0.0047660749650028575;0.010016242224960205
sex population yr;0.22641860003825257;134
sex population;sexmale:post -;-0.090100275759534165;0.18230504499837452
sex population post;0.24426141347179736;134
sex equal;sexfemale:yr;0.032489454188450506;0.011007886327443211
sex equal;sexfemale:post;0.74528199416602481;0.18534882107631251
sex equal;sexmale:yr;0.027453773843033102;0.0081692958581167357
sex equal;sexmale:post;0.6576940346696275;0.16032588841762521
sex equal;sexmale:yr -;-0.0050356803454174037;0.010096892867846584
sex equal yr;0.24873724047931622;134
sex equal;sexmale:post -;-0.087587959496397305;0.18332262281997341
sex equal post;0.22827412853634932;134
income population;income1;4.7043536569409126;0.15952008887197303
income population;income2;3.9162170602311606;0.12911831287249531
income population;income3;3.1852517455629927;0.093531813978174963
income population;income4;2.3191297184254411;0.080491910276238393
income population;income1:yr;0.023627979132660026;0.020577019920019118
income population;income2:yr;0.0393549751197644;0.016903612856605896
income population;income3:yr;0.050372631525906514;0.012038968712328398
income population;income4:yr;0.015257501801144139;0.0093789366808124611
income population;income1:post;0.87177258564838001;0.31979446192555716
income population;income2:post;0.89502043632026385;0.28212303203704059
income population;income3:post;0.75471716577259906;0.22213792308088157
income population;income4:post;0.72357290420148157;0.15061093885864102
income population;income2:yr -;0.015726995987104374;0.023034348103208615
income population;income3:yr -;0.026744652393246488;0.023160108162927184
income population;income4:yr -;-0.0083704773315158871;0.022279365311233774
income population yr;2.221851510222304;132
income population;income2:post -;0.023247850671883841;0.39275744631584492
income population;income3:post -;-0.11705541987578094;0.39057320626576808
income population;income4:post -;-0.14819968144689843;0.3826763176859721
income population post;0.14409164374960803;132
income equal;income1:yr;0.028808646015813233;0.019883111123504063
income equal;income1:post;0.81589372312176089;0.31810860599857144
income equal;income2:yr;0.040392601617939561;0.016734131448296958
income equal;income2:post;0.88710190461536309;0.28078895434043588
income equal;income3:yr;0.048940052241228105;0.011927500784943154
income equal;income3:post;0.76716999027653276;0.22127929103887556
income equal;income4:yr;0.014529903531216942;0.0092879268361299883
income equal;income4:post;0.73353064215886887;0.15084284991948305
income equal;income2:yr -;0.011583955602126328;0.022668952460994665
income equal;income3:yr -;0.020131406225414872;0.022785289259841385
income equal;income4:yr -;-0.014278742484596291;0.021491574571774481
income equal yr;2.1638563853169512;132
income equal;income2:post -;0.071208181493602196;0.39103377394726763
income equal;income3:post -;-0.048723732845228129;0.39065068819929588
income equal;income4:post -;-0.082363080962892021;0.38153972651002255
income equal post;0.10214031424286572;132
\.
CREATE TEMP TABLE r_row AS SELECT string_to_array(line, ';') AS part FROM r;
-- level terms are the groups' means at 2018.6, which no function of a trend gives
INSERT INTO want (name, value, tol)
SELECT concat_ws(', ', part[1], part[2], v.label), v.value::float8, 1e-8
FROM r_row, LATERAL (VALUES ('est', part[3]), ('se', part[4])) v(label, value)
WHERE cardinality(part) = 4 AND part[2] ~ ':';
INSERT INTO want (name, value, tol)
SELECT concat_ws(', ', part[1], v.label), v.value::float8, 1e-8
FROM r_row, LATERAL (VALUES ('F', part[2]), ('df', part[3])) v(label, value)
WHERE cardinality(part) = 3;

CREATE TEMP TABLE adult AS
SELECT cycle_no, year_mid::float8 AS years, phq9, (phq9 >= 10) AS dep, wtmec, cycle_no * 1000 + sdmvstra AS stratum, sdmvpsu AS psu,
	age >= 18 AS adult, sex,
	CASE WHEN pir <= 0.9999 THEN 1 WHEN pir <= 1.9999 THEN 2 WHEN pir <= 3.9999 THEN 3 WHEN pir <= 9 THEN 4 END AS income
FROM phq9_file;

CREATE TEMP TABLE series AS
SELECT mindgap.survey_series_agg(years, everybody) AS everybody, mindgap.survey_series_agg(years, sex) AS sex,
	mindgap.survey_series_agg(years, income) AS income
FROM (SELECT years, mindgap.survey_agg(phq9, CASE WHEN adult THEN 'all' END, wtmec, stratum, psu) AS everybody,
		mindgap.survey_agg(phq9, CASE WHEN adult THEN sex END, wtmec, stratum, psu) AS sex,
		mindgap.survey_agg(phq9, CASE WHEN adult THEN income END, wtmec, stratum, psu) AS income
	FROM adult GROUP BY years) w;

-- everybody: trend() and trend_by_subgroup(), which has the earlier slope too
SELECT pg_temp.meet('trend, post, ' || v.part, v.value, 'trend')
FROM series, mindgap.trend(everybody, wave_weights => 'population') t, LATERAL (VALUES ('est', t.estimate), ('se', t.std_error)) v(part, value)
WHERE t.term LIKE 'excess%';
SELECT pg_temp.meet(concat_ws(', ', 'trend', CASE WHEN t.term LIKE 'excess%' THEN 'post' ELSE 'yr' END, v.part), v.value, 'trend_by_subgroup')
FROM series, mindgap.trend_by_subgroup(everybody, wave_weights => 'population') t,
	LATERAL (VALUES ('est', t.estimate), ('se', t.std_error)) v(part, value);
-- and from rows
SELECT pg_temp.meet(concat_ws(', ', 'trend', t.term, v.part), v.value, 'regression')
FROM (SELECT mindgap.regression_agg(CASE WHEN adult THEN phq9 END, ARRAY[years - 2018.6, (cycle_no = 8)::int], wtmec, stratum, psu) AS s FROM adult) m,
	mindgap.regression(s, ARRAY['yr', 'post']) t, LATERAL (VALUES ('est', t.estimate), ('se', t.std_error)) v(part, value);

-- subgroups
CREATE TEMP TABLE subgroup_trend AS
SELECT 'sex' AS grouping, w, t.* FROM series, unnest(ARRAY['equal', 'population']) w, mindgap.trend_by_subgroup(sex, 'female', w) t
UNION ALL
SELECT 'income', w, t.* FROM series, unnest(ARRAY['equal', 'population']) w, mindgap.trend_by_subgroup(income, wave_weights => w) t;

SELECT pg_temp.meet(format('%s %s, %s%s:%s%s, %s', grouping, w, grouping, subgroup, CASE WHEN term LIKE 'excess%' THEN 'post' ELSE 'yr' END,
		CASE WHEN term LIKE '%differs%' THEN ' -' END, v.part), v.value)
FROM subgroup_trend, LATERAL (VALUES ('est', estimate), ('se', std_error)) v(part, value)
WHERE subgroup IS NOT NULL;
SELECT pg_temp.meet(format('%s %s %s, %s', grouping, w, CASE WHEN term LIKE 'excess%' THEN 'post' ELSE 'yr' END, v.part), v.value)
FROM subgroup_trend, LATERAL (VALUES ('F', statistic), ('df', df)) v(part, value)
WHERE subgroup IS NULL;
-- the difference of the excesses is the excess of the difference
SELECT pg_temp.check('excess of the gap, ' || v.part, v.got, v.value, 1e-10)
FROM series, mindgap.gap_trend(sex, compare => 'male', reference => 'female') g, subgroup_trend t,
	LATERAL (VALUES ('est', g.estimate, t.estimate), ('se', g.std_error, t.std_error)) v(part, got, value)
WHERE g.term LIKE 'excess%' AND t.w = 'equal' AND t.subgroup = 'male' AND t.term = 'excess differs from reference';
-- rows: group x time and group x after
SELECT pg_temp.meet(concat_ws(', ', 'sex population', t.term, v.part), v.value, 'regression')
FROM (SELECT mindgap.regression_agg(CASE WHEN adult THEN phq9 END, ARRAY[m, y * (1 - m), y * m, p * (1 - m), p * m], wtmec, stratum, psu) AS s
	FROM adult, LATERAL (SELECT (sex = 'male')::int AS m, years - 2018.6 AS y, (cycle_no = 8)::int AS p) x) o,
	mindgap.regression(s, ARRAY['male', 'sexfemale:yr', 'sexmale:yr', 'sexfemale:post', 'sexmale:post']) t,
	LATERAL (VALUES ('est', t.estimate), ('se', t.std_error)) v(part, value)
WHERE t.term ~ ':';

-- the log odds: estimates by maximum likelihood; at them, the design-based errors are those of the linear model of the
-- working response, with the working weights
SELECT pg_temp.meet(concat_ws(', ', 'logit', t.term, 'est'), t.estimate, 'logistic_regression')
FROM mindgap.logistic_regression('SELECT dep, years - 2018.6 AS yr, cycle_no = 8 AS post, wtmec FROM adult WHERE adult', 'dep', ARRAY['yr', 'post'], 'wtmec') t;
SELECT pg_temp.meet(concat_ws(', ', 'logit', t.term, v.part), v.value, 'regression')
FROM (SELECT mindgap.regression_agg(ln(p / (1 - p)) + (dep::int - p) / (p * (1 - p)), x, wtmec * p * (1 - p), stratum, psu) AS s
	FROM (SELECT *, mindgap.response_probability(dep, x, wtmec) OVER () AS p
		FROM adult, LATERAL (SELECT ARRAY[years - 2018.6, (cycle_no = 8)::int] AS x) v WHERE adult) a) o,
	mindgap.regression(s, ARRAY['yr', 'post']) t, LATERAL (VALUES ('est', t.estimate), ('se', t.std_error)) v(part, value);

SELECT pg_temp.unmet();

-- Change beyond the earlier trend, and effects within and between persons, against R: persons of the PAQUID study (after
-- a diagnosis of dementia), a panel of the General Social Survey with its strata and clusters, of which many hold nobody of
-- the domain, and the generated cohort, once small against R and once of 20,000 people against its truth.
--
-- R reads the small cohort from cohort.csv in the folder of the data, made after cohort.sql with people=2000 by
-- \copy (SELECT person, years, ghq_likert, after_event::int AS after, age_group_2020, sex, employed::int, panel_weight, psu,
--   stratum, income FROM demo.cohort ORDER BY person, wave) TO 'cohort.csv' CSV HEADER
-- R: library(survey); options(survey.lonely.psu = "fail"); dir <- commandArgs(TRUE)[1]
-- R: show <- function(name, x) cat(sprintf("%s %.17g\n", name, x), sep = "")
-- R: demean <- function(v, w, id) v - ave(v * w, id, FUN = sum) / ave(w, id, FUN = sum)
-- R: # columns years, after, x of one model; by: subgroup or NULL
-- R: columns <- function(g, by, x) { X <- NULL
-- R:   if (is.null(by)) X <- cbind(trend = g$years, excess = g$after)
-- R:   else for (k in sort(unique(by))) X <- cbind(X, g$years * (by == k), g$after * (by == k))
-- R:   if (!is.null(by)) colnames(X) <- paste(rep(sort(unique(by)), each = 2), c("trend", "excess"))
-- R:   cbind(X, x) }
-- R: # the within fit; bread and scores
-- R: fit <- function(g, by = NULL, x = NULL, w = rep(1, nrow(g))) { X <- columns(g, by, x)
-- R:   X <- apply(X, 2, demean, w, g$id); y <- demean(g$y, w, g$id)
-- R:   m <- lm(y ~ X - 1, weights = w); names(m$coefficients) <- colnames(X); m }
-- R: report <- function(label, m, V, by) { b <- coef(m); se <- sqrt(diag(V))
-- R:   k <- if (is.null(by)) 1 else length(unique(by))
-- R:   for (j in 1:(2 * k)) { show(paste0(label, ",", names(b)[j], ",est"), b[j]); show(paste0(label, ",", names(b)[j], ",se"), se[j]) }
-- R:   if (k > 1) { e <- 2 * (1:k); L <- diag(k)[-1, , drop = FALSE]; L[, 1] <- -1; d <- L %*% b[e]; W <- L %*% V[e, e] %*% t(L)
-- R:     n <- sort(unique(by))[-1]
-- R:     show(paste0(label, ",", n, " differs from reference,est"), d); show(paste0(label, ",", n, " differs from reference,se"), sqrt(diag(W)))
-- R:     show(paste0(label, ",F"), t(d) %*% solve(W, d) / (k - 1)) } }
-- R: clustered <- function(label, g, by = NULL, x = NULL, w = rep(1, nrow(g)), cl = g$id) {
-- R:   m <- fit(g, by, x, w); V <- sandwich::vcovCL(m, cluster = cl, type = "HC0", cadjust = FALSE)
-- R:   N <- nrow(g); G <- length(unique(cl)); K <- length(coef(m))
-- R:   report(label, m, V * G / (G - 1) * (N - 1) / (N - K - 1), by) }
-- R: # persons of the PAQUID study: after dementia, by sex, adjusted for MMSE
-- R: p <- read.csv(file.path(dir, "paquid_cesd.csv")); p <- transform(p, years = time_years, after = after_dem, y = cesd)
-- R: p0 <- subset(p, !is.na(y)); clustered("paquid", p0); clustered("paquid by sex", p0, p0$male)
-- R: p1 <- subset(p, !is.na(y) & !is.na(mmse)); clustered("paquid adjusted", p1, p1$male, cbind(mmse = p1$mmse))
-- R: # General Social Survey: strata, clusters, weights; black women and men, everybody else outside; adjusted for unemployment
-- R: g <- read.csv(file.path(dir, "gss_panels_long.csv")); g <- subset(g, panel %in% c(2006, 2010) & !is.na(wtpannr123) & wtpannr123 > 0 & !is.na(vpsu))
-- R: g <- transform(g, years = year, after = as.numeric(wave == 3), y = happy, unemp = as.numeric(wrkstat == 4), stratum = panel * 10000 + vstrat)
-- R: first <- function(v) ave(ifelse(g$wave == 1, v, NA), g$id, FUN = function(a) max(c(a, -1), na.rm = TRUE))
-- R: g$by <- ifelse(first(g$race) == 2, first(g$sex), NA); g$inside <- !is.na(g$by) & complete.cases(g[, c("y", "unemp")])
-- R: i <- which(g$inside); h <- g[i, ]
-- R: for (model in c("all", "sex")) { by <- if (model == "sex") h$by; X <- apply(columns(h, by, cbind(unemp = h$unemp)), 2, demean, h$wtpannr123, h$id)
-- R:   for (j in 1:ncol(X)) { g[[paste0("c", j)]] <- 0; g[i, paste0("c", j)] <- X[, j] }; g$z <- 0; g$z[i] <- demean(h$y, h$wtpannr123, h$id)
-- R:   for (lonely in c("certainty", "average")) { options(survey.lonely.psu = lonely)
-- R:     d <- svydesign(ids = ~vpsu, strata = ~stratum, weights = ~wtpannr123, data = g, nest = TRUE)
-- R:     m <- svyglm(as.formula(paste("z ~", paste0("c", 1:ncol(X), collapse = "+"), "- 1")), subset(d, inside)); V <- vcov(m)
-- R:     b <- coef(m); names(b) <- colnames(X); m$coefficients <- b; report(paste("gss", model, lonely), m, V, by) } }
-- R: cat(sprintf("gss,df %d\n", degf(subset(d, inside))))
-- R: # effects within and between persons
-- R: mundlak <- function(label, y, X, id, w = rep(1, length(y)), cl = id) { xb <- apply(X, 2, function(v) v - demean(v, w, id))
-- R:   m <- lm(y ~ I(X - xb) + xb, weights = w); k <- ncol(X)
-- R:   for (type in c("HC0", "HC1")) { V <- sandwich::vcovCL(m, cluster = cl, type = type, cadjust = type == "HC1")[-1, -1]; b <- coef(m)[-1]
-- R:     D <- cbind(-diag(k), diag(k)); A <- rbind(diag(2 * k), D)
-- R:     n <- c(paste(colnames(X), "within"), paste(colnames(X), "between"), paste(colnames(X), "difference"))
-- R:     if (type == "HC0") show(paste0(label, ",", n, ",est"), A %*% b); show(paste0(label, ",", n, ",", type), sqrt(diag(A %*% V %*% t(A))))
-- R:     show(paste0(label, ",F,", type), t(D %*% b) %*% solve(D %*% V %*% t(D), D %*% b) / k) } }
-- R: mundlak("mundlak paquid", p1$y, cbind(years = p1$years, mmse = p1$mmse), p1$id)
-- R: u <- subset(g, complete.cases(cbind(happy, wrkstat, marital))); U <- cbind(t = u$wave - 1, unemp = u$unemp, married = as.numeric(u$marital == 1))
-- R: mundlak("mundlak gss", u$happy, U, u$id, u$wtpannr123, interaction(u$stratum, u$vpsu, drop = TRUE))
-- R: # the generated cohort
-- R: co <- read.csv(file.path(dir, "cohort.csv")); co <- subset(transform(co, id = person, y = ghq_likert), !is.na(y) & !is.na(panel_weight))
-- R: clustered("cohort", co, NULL, NULL, co$panel_weight, co$psu); clustered("cohort by age", co, co$age_group_2020, NULL, co$panel_weight, co$psu)
-- R: clustered("cohort adjusted", co, co$sex, cbind(income = co$income), co$panel_weight, co$psu)
\ir include/tap.psql

CREATE TEMP TABLE r (line text);
COPY r FROM stdin;
paquid,trend,est 0.25252968212491717
paquid,trend,se 0.032575356117242119
paquid,excess,est 2.1430510211856117
paquid,excess,se 0.79690460110246875
paquid by sex,0 trend,est 0.21214770540182395
paquid by sex,0 trend,se 0.042603857271618889
paquid by sex,0 excess,est 2.0536640336042824
paquid by sex,0 excess,se 1.0385640197758461
paquid by sex,1 trend,est 0.32637688376978868
paquid by sex,1 trend,se 0.048423990974987091
paquid by sex,1 excess,est 2.4674618918052547
paquid by sex,1 excess,se 1.1490711881380653
paquid by sex,1 differs from reference,est 0.41379785820097226
paquid by sex,1 differs from reference,se 1.548864041348365
paquid by sex,F 0.071375618137931363
paquid adjusted,0 trend,est 0.19081801695056425
paquid adjusted,0 trend,se 0.043589192524093864
paquid adjusted,0 excess,est 1.384474714610018
paquid adjusted,0 excess,se 1.2928701039181167
paquid adjusted,1 trend,est 0.31077928774074648
paquid adjusted,1 trend,se 0.047862059385734734
paquid adjusted,1 excess,est 1.6990387994080356
paquid adjusted,1 excess,se 1.234396011490402
paquid adjusted,1 differs from reference,est 0.31456408479801756
paquid adjusted,1 differs from reference,se 1.5237681550868076
paquid adjusted,F 0.042616765547416641
gss all certainty,trend,est 0.040365856643607458
gss all certainty,trend,se 0.041403738640366693
gss all certainty,excess,est -0.10054037980714027
gss all certainty,excess,se 0.074600645087178979
gss all average,trend,est 0.040365856643607458
gss all average,trend,se 0.045355523236754229
gss all average,excess,est -0.10054037980714027
gss all average,excess,se 0.081720912237369756
gss sex certainty,1 trend,est 0.065336180419682588
gss sex certainty,1 trend,se 0.066789769052539291
gss sex certainty,1 excess,est -0.17894669958076376
gss sex certainty,1 excess,se 0.12653701363737466
gss sex certainty,2 trend,est 0.026411015659995794
gss sex certainty,2 trend,se 0.049050179493554787
gss sex certainty,2 excess,est -0.05555204737002515
gss sex certainty,2 excess,se 0.08470509130977065
gss sex certainty,2 differs from reference,est 0.12339465221073861
gss sex certainty,2 differs from reference,se 0.14479014121435571
gss sex certainty,F 0.72629774061741093
gss sex average,1 trend,est 0.065336180419682588
gss sex average,1 trend,se 0.07316452624127244
gss sex average,1 excess,est -0.17894669958076376
gss sex average,1 excess,se 0.13861435345705786
gss sex average,2 trend,est 0.026411015659995794
gss sex average,2 trend,se 0.053731779516594566
gss sex average,2 excess,est -0.05555204737002515
gss sex average,2 excess,se 0.092789778491792402
gss sex average,2 differs from reference,est 0.12339465221073861
gss sex average,2 differs from reference,se 0.15860965289492213
gss sex average,F 0.60524811718117566
gss,df 35
mundlak paquid,years within,est 0.24259416383675059
mundlak paquid,mmse within,est -0.20624053256438438
mundlak paquid,years between,est -0.20061765843268695
mundlak paquid,mmse between,est -0.4826569675575873
mundlak paquid,years difference,est -0.44321182226943756
mundlak paquid,mmse difference,est -0.2764164349932029
mundlak paquid,years within,HC0 0.033148720286896249
mundlak paquid,mmse within,HC0 0.078200527175079998
mundlak paquid,years between,HC0 0.10581933679868721
mundlak paquid,mmse between,HC0 0.12843692066632925
mundlak paquid,years difference,HC0 0.10951657160991041
mundlak paquid,mmse difference,HC0 0.15448229980465988
mundlak paquid,F,HC0 11.973343654369828
mundlak paquid,years within,HC1 0.033213814693522789
mundlak paquid,mmse within,HC1 0.078354090174504634
mundlak paquid,years between,HC1 0.10602713507502809
mundlak paquid,mmse between,HC1 0.12868913327264769
mundlak paquid,years difference,HC1 0.10973163017576207
mundlak paquid,mmse difference,HC1 0.15478565792989141
mundlak paquid,F,HC1 11.926457504570472
mundlak gss,t within,est 0.013322631549146102
mundlak gss,unemp within,est 0.16473832589342996
mundlak gss,married within,est -0.14090972355668158
mundlak gss,t between,est 0.66618510465898029
mundlak gss,unemp between,est 0.40465171613405893
mundlak gss,married between,est -0.27754402791655991
mundlak gss,t difference,est 0.65286247310983414
mundlak gss,unemp difference,est 0.23991339024062897
mundlak gss,married difference,est -0.13663430435987833
mundlak gss,t within,HC0 0.0082779809756398579
mundlak gss,unemp within,HC0 0.047324615773323031
mundlak gss,married within,HC0 0.04453592247889477
mundlak gss,t between,HC0 0.28110181116508182
mundlak gss,unemp between,HC0 0.080025618378902791
mundlak gss,married between,HC0 0.024279038486924798
mundlak gss,t difference,HC0 0.2813484224757537
mundlak gss,unemp difference,HC0 0.090759981194957276
mundlak gss,married difference,HC0 0.050725993117418135
mundlak gss,F,HC0 8.0765679304786016
mundlak gss,t within,HC1 0.0082900824190439565
mundlak gss,unemp within,HC1 0.047393798845993394
mundlak gss,married within,HC1 0.044601028806985361
mundlak gss,t between,HC1 0.2815127492511546
mundlak gss,unemp between,HC1 0.080142606506145422
mundlak gss,married between,HC1 0.024314531611518857
mundlak gss,t difference,HC1 0.28175972107882058
mundlak gss,unemp difference,HC1 0.090892661709568251
mundlak gss,married difference,HC1 0.050800148607341791
mundlak gss,F,HC1 8.0530056090968678
cohort,trend,est 0.28244748731644526
cohort,trend,se 0.046497113818181571
cohort,excess,est 1.0757811004009417
cohort,excess,se 0.25513562952610624
cohort by age,18-24 trend,est 0.053086582255017369
cohort by age,18-24 trend,se 0.33149958908630478
cohort by age,18-24 excess,est 4.6530976131174189
cohort by age,18-24 excess,se 1.3025061292648104
cohort by age,25-34 trend,est 0.34569298781973234
cohort by age,25-34 trend,se 0.15137101892110938
cohort by age,25-34 excess,est 2.3732561855548182
cohort by age,25-34 excess,se 0.99695993897886936
cohort by age,35-44 trend,est 0.27223185915128773
cohort by age,35-44 trend,se 0.092682708598133712
cohort by age,35-44 excess,est 0.25341577806694493
cohort by age,35-44 excess,se 0.54596167137812301
cohort by age,45-54 trend,est 0.46108523529372614
cohort by age,45-54 trend,se 0.14038318351850437
cohort by age,45-54 excess,est 0.13072849621599505
cohort by age,45-54 excess,se 0.62717859935394893
cohort by age,55-64 trend,est 0.37129119572624392
cohort by age,55-64 trend,se 0.074311630371391782
cohort by age,55-64 excess,est 0.021042385242286764
cohort by age,55-64 excess,se 0.53056301729527189
cohort by age,65+ trend,est 0.19346705065819458
cohort by age,65+ trend,se 0.10779955172133761
cohort by age,65+ excess,est 0.65088189415707254
cohort by age,65+ excess,se 0.51165529061975279
cohort by age,25-34 differs from reference,est -2.2798414275626007
cohort by age,35-44 differs from reference,est -4.3996818350504743
cohort by age,45-54 differs from reference,est -4.522369116901424
cohort by age,55-64 differs from reference,est -4.6320552278751324
cohort by age,65+ differs from reference,est -4.002215718960346
cohort by age,25-34 differs from reference,se 1.5927310158548891
cohort by age,35-44 differs from reference,se 1.496123744722422
cohort by age,45-54 differs from reference,se 1.4897384225296078
cohort by age,55-64 differs from reference,se 1.5002340428683676
cohort by age,65+ differs from reference,se 1.2679870156973785
cohort by age,F 2.5820039763596183
cohort adjusted,female trend,est 0.3199552715273169
cohort adjusted,female trend,se 0.073153713984803706
cohort adjusted,female excess,est 1.5194270384665083
cohort adjusted,female excess,se 0.47321683518749069
cohort adjusted,male trend,est 0.30086141996638716
cohort adjusted,male trend,se 0.060298365858186848
cohort adjusted,male excess,est 0.61631681722667675
cohort adjusted,male excess,se 0.32201907918230593
cohort adjusted,male differs from reference,est -0.90311022123983153
cohort adjusted,male differs from reference,se 0.64263979738501364
cohort adjusted,F 1.9749053262404368
\.
-- 1e-8 as in within.sql; far from 0 both sides round
INSERT INTO want (name, value, tol)
SELECT left(line, -1 - length(value)), value::float8, 1e-8 FROM r, LATERAL (SELECT substring(line FROM '[^ ]+$') AS value) v;

CREATE TEMP TABLE paquid (
	id bigint, visit int, age text, time_years float8, cesd float8, mmse float8, bvrt text, ist text, hier text, agedem text,
	dem text, age_init text, cep text, male bigint, after_dem float8
);
\set cmd '\\copy paquid from ''' :data '/paquid_cesd.csv'' with (format csv, header, null '''')'
:cmd
CREATE TEMP TABLE gss_file (
	id text, panel int, wave int, year int, firstid text, wtpan12 text, wtpan123 text, wtpannr12 text, wtpannr123 float8,
	vstrat bigint, vpsu bigint, happy float8, satfin text, health text, life text, hapmar text, satjob text, socrel text,
	socommun text, socfrend text, socbar text, mntlhlth text, physhlth text, stress text, age text, sex bigint, race int,
	educ text, degree text, income text, income06 text, rincom06 text, realinc text, wrkstat int, marital int, childs text,
	babies text, hompop text, class text, finrela text, finalter text, region text, attend text, born text, partyid text,
	trust text, fair text, helpful text, unemp text, n_happy text
);
\set cmd '\\copy gss_file from ''' :data '/gss_panels_long.csv'' with (format csv, header, null '''')'
:cmd
CREATE TEMP TABLE gss AS
SELECT mindgap.key(id) AS person, wave, year, happy, (wrkstat = 4)::int AS unemployed, (marital = 1)::int AS married, wtpannr123 AS weight,
	panel * 10000 + vstrat AS stratum, vpsu AS psu, panel * 1000000 + vstrat * 10 + vpsu AS cluster,
	CASE WHEN max(race) FILTER (WHERE wave = 1) OVER w = 2 THEN max(sex) FILTER (WHERE wave = 1) OVER w END AS sex
FROM gss_file WHERE panel IN (2006, 2010) WINDOW w AS (PARTITION BY id);

\set people 2000
\o /dev/null
\ir ../../doc/demo/cohort.sql
\o

-- each as it is, condensed, and put together from waves
CREATE TEMP TABLE part (label text, lonely text, s mindgap.within_summary);
INSERT INTO part
SELECT 'paquid', 'fail', mindgap.trend_break_agg(id, time_years, cesd, after_dem = 1) FROM paquid GROUP BY visit
UNION ALL
SELECT 'paquid by sex', 'fail', mindgap.trend_break_agg(id, time_years, cesd, after_dem = 1, male) FROM paquid GROUP BY visit
UNION ALL
SELECT 'paquid adjusted', 'fail', mindgap.trend_break_agg(id, time_years, cesd, after_dem = 1, male::text, 1, id, 1, ARRAY[mmse])
FROM paquid WHERE num_nulls(cesd, mmse) = 0 GROUP BY visit
UNION ALL
SELECT 'gss all ' || lonely, lonely,
	mindgap.trend_break_agg(person, year, happy, wave = 3, CASE WHEN sex IS NOT NULL THEN 'all' END, weight, psu, stratum, ARRAY[unemployed])
FROM gss, unnest(ARRAY['certainty', 'average']) lonely GROUP BY lonely, wave
UNION ALL
SELECT 'gss sex ' || lonely, lonely, mindgap.trend_break_agg(person, year, happy, wave = 3, sex, weight, psu, stratum, ARRAY[unemployed])
FROM gss, unnest(ARRAY['certainty', 'average']) lonely GROUP BY lonely, wave
UNION ALL
SELECT 'cohort', 'fail', mindgap.trend_break_agg(person, years, ghq_likert, after_event, 'all', panel_weight, psu)
FROM demo.cohort WHERE ghq_likert IS NOT NULL GROUP BY wave
UNION ALL
SELECT 'cohort by age', 'fail', mindgap.trend_break_agg(person, years, ghq_likert, after_event, age_group_2020, panel_weight, psu)
FROM demo.cohort WHERE ghq_likert IS NOT NULL GROUP BY wave
UNION ALL
SELECT 'cohort adjusted', 'fail', mindgap.trend_break_agg(person, years, ghq_likert, after_event, sex, panel_weight, psu, 1, ARRAY[income])
FROM demo.cohort WHERE ghq_likert IS NOT NULL GROUP BY wave;
-- svyglm has no factor for small samples
CREATE TEMP TABLE way AS
SELECT label, lonely, CASE WHEN label LIKE 'gss%' THEN 'none' ELSE 'xtreg' END AS small, 'parts' AS via, mindgap.rollup(s) AS s FROM part GROUP BY label, lonely;
INSERT INTO way SELECT label, lonely, small, 'parts, condensed', mindgap.condense(s) FROM way;
INSERT INTO way SELECT label, lonely, small, via || ', written and read', s::text::mindgap.within_summary FROM way;
SELECT pg_temp.meet(concat_ws(',', label, concat_ws(' ', subgroup, term), u.what), u.got, via)
FROM way, mindgap.trend_break(s, small_sample => small, lonely_psu => lonely) e, LATERAL (VALUES ('est', estimate), ('se', std_error)) u(what, got)
WHERE (subgroup IS NOT NULL AND subgroup <> 'all') = (label ~ 'sex|by age|adjusted') AND subgroup IS DISTINCT FROM 'all';
SELECT pg_temp.meet(label || ',F', f_statistic, via) FROM way, mindgap.trend_break_test(s, small, lonely)
WHERE label ~ 'by|adjusted|gss sex';
SELECT pg_temp.meet('gss,df', df, via) FROM way, mindgap.trend_break_test(s, small, lonely) WHERE label LIKE 'gss sex %';
-- the overall rows are those of the same model without subgroups, which within_estimates reads too
SELECT pg_temp.check(concat_ws(', ', 'overall', a.label, x.term, a.via), x.estimate, y.estimate, 1e-11),
	pg_temp.check(concat_ws(', ', 'overall, error', a.label, x.term, a.via), x.std_error, y.std_error, 1e-11)
FROM way a, mindgap.trend_break(s, lonely_psu => lonely) x
	JOIN LATERAL mindgap.within_estimates(a.s, lonely_psu => a.lonely) y ON y.term = CASE x.term WHEN 'trend' THEN 'years' ELSE 'after_event' END
WHERE subgroup IS NULL;
SELECT pg_temp.check(concat_ws(', ', 'another reference', via), x.estimate, -y.estimate, 1e-12),
	pg_temp.check(concat_ws(', ', 'another reference, error', via), x.std_error, y.std_error, 1e-12)
FROM way, mindgap.trend_break(s, '65+') x, mindgap.trend_break(s) y
WHERE label = 'cohort by age' AND x.subgroup = '18-24' AND x.term LIKE 'differs%' AND y.subgroup = '65+' AND y.term LIKE 'differs%';

-- years as epoch seconds, a score far from 0
SELECT pg_temp.check(concat_ws(', ', 'epoch seconds', x.subgroup, x.term, u.what), u.got, u.want, 1e-9)
FROM (SELECT mindgap.trend_break_agg(id, time_years, cesd, after_dem = 1, male) AS years,
		mindgap.trend_break_agg(id, 1.7e9 + time_years * 31556952, cesd + 1e6, after_dem = 1, male) AS seconds FROM paquid) o,
	mindgap.trend_break(years) x, mindgap.trend_break(seconds) y,
	LATERAL (VALUES ('estimate', y.estimate * CASE x.term WHEN 'trend' THEN 31556952 ELSE 1 END, x.estimate),
		('error', y.std_error * CASE x.term WHEN 'trend' THEN 31556952 ELSE 1 END, x.std_error)) u(what, got, want)
WHERE (x.subgroup, x.term) IS NOT DISTINCT FROM (y.subgroup, y.term);

-- effects within and between persons
CREATE TEMP TABLE mundlak AS
SELECT 'mundlak paquid' AS label, ARRAY['years', 'mmse'] AS names, mindgap.within_agg(id, cesd, ARRAY[time_years, mmse]) AS s FROM paquid
UNION ALL
SELECT 'mundlak gss', ARRAY['t', 'unemp', 'married'], mindgap.within_agg(person, happy, ARRAY[wave - 1, unemployed, married], weight, cluster) FROM gss;
SELECT pg_temp.meet(concat_ws(',', label, term || ' ' || effect, u.what), u.got, small)
FROM mundlak, (VALUES ('none', 'HC0'), ('regress', 'HC1')) v(small, type), mindgap.within_between(s, names, small) e,
	LATERAL (VALUES ('est', estimate), (type, std_error)) u(what, got);
SELECT pg_temp.meet(concat_ws(',', label, 'F', type), f_statistic)
FROM mundlak, (VALUES ('none', 'HC0'), ('regress', 'HC1')) v(small, type), mindgap.within_between_test(s, small) e;
SELECT pg_temp.unmet();

-- The cohort of 20,000: the excess that it was made with lies in the interval. Groups that mix ages come out a little low
-- (cohort.md), by far less than the interval is wide.
DROP SCHEMA demo CASCADE;
\set people 20000
\o /dev/null
\ir ../../doc/demo/cohort.sql
\o
CREATE TEMP TABLE recovered AS
SELECT characteristic, e.* FROM (
	SELECT 'age_group_2020' AS characteristic, mindgap.trend_break_agg(person, years, ghq_likert, after_event, age_group_2020, panel_weight, psu, stratum) AS s FROM demo.cohort
	UNION ALL
	SELECT 'sex', mindgap.trend_break_agg(person, years, ghq_likert, after_event, sex, panel_weight, psu, stratum) FROM demo.cohort
	UNION ALL
	SELECT 'young_child', mindgap.trend_break_agg(person, years, ghq_likert, after_event, young_child::text, panel_weight, psu, stratum) FROM demo.cohort) o,
	mindgap.trend_break(s) e;
SELECT pg_temp.check_true(format('generated cohort, %s %s: an excess of %s was put in; estimate %s (%s to %s)', characteristic, subgroup, true_excess,
	round(estimate::numeric, 2), round(conf_low::numeric, 2), round(conf_high::numeric, 2)), true_excess BETWEEN conf_low AND conf_high AND e.status = 'ok')
FROM demo.cohort_truth JOIN recovered e USING (characteristic, subgroup) WHERE term = 'excess' AND subgroup IN ('18-24', 'female', 'true');
SELECT pg_temp.check_true(format('generated cohort, all: an excess of %s was put in; estimate %s (%s to %s)', true_excess,
	round(estimate::numeric, 2), round(conf_low::numeric, 2), round(conf_high::numeric, 2)), true_excess BETWEEN conf_low AND conf_high)
FROM demo.cohort_truth t, recovered e WHERE t.characteristic = 'everybody' AND e.characteristic = 'sex' AND e.subgroup IS NULL AND term = 'excess';
SELECT pg_temp.check_true('generated cohort: the excess differs with age', p_value < 0.001, p_value::text)
FROM (SELECT mindgap.trend_break_agg(person, years, ghq_likert, after_event, age_group_2020, panel_weight, psu, stratum) AS s FROM demo.cohort) o, mindgap.trend_break_test(s);
DROP SCHEMA demo CASCADE;

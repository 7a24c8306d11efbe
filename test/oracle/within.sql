-- Change within persons: fixed effects with cluster-robust errors in every small-sample convention, against the golden
-- file; clusters and stratified clusters against R's survey and sandwich; identities that hold to the last digits.
-- R: library(survey); options(survey.lonely.psu = "fail")
-- R: g <- read.csv(file.path(commandArgs(TRUE)[1], "gss_panels_long.csv"))
-- R: g <- subset(g, panel %in% c(2006, 2010))
-- R: g <- transform(g, t = wave - 1, unemp = as.numeric(wrkstat == 4), married = as.numeric(marital == 1),
-- R:   stratum = panel * 10000 + vstrat)
-- R: g <- g[complete.cases(g[, c("happy", "t", "unemp", "married", "wtpannr123", "vpsu")]) & g$wtpannr123 > 0, ]
-- R: within <- function(v) v - ave(v * g$wtpannr123, g$id, FUN = sum) / ave(g$wtpannr123, g$id, FUN = sum)
-- R: for (v in c("happy", "t", "unemp", "married")) g[[v]] <- within(g[[v]])
-- R: g$cluster <- interaction(g$stratum, g$vpsu, drop = TRUE)
-- R: show <- function(name, V) cat(sprintf("%s,%s %.17g\n", name, c("t", "unemp_now", "married"), sqrt(diag(V))), sep = "")
-- R: m <- lm(happy ~ t + unemp + married - 1, g, weights = wtpannr123)
-- R: show("cluster", sandwich::vcovCL(m, cluster = g$cluster, type = "HC0", cadjust = FALSE))
-- R: for (lonely in c("certainty", "average")) { options(survey.lonely.psu = lonely)
-- R:   d <- svydesign(ids = ~cluster, strata = ~stratum, weights = ~wtpannr123, data = g)
-- R:   show(lonely, vcov(svyglm(happy ~ t + unemp + married - 1, d))) }
-- R: cat(sprintf("df %d\n", degf(d)))
-- R: d <- svydesign(ids = ~cluster, strata = ~panel, weights = ~wtpannr123, data = g)
-- R: show("panels", vcov(svyglm(happy ~ t + unemp + married - 1, d)))
\ir include/tap.psql

CREATE TEMP TABLE golden (
	dataset text, analysis text, term text, est float8, se_classic float8, se_cl0 float8, se_sss_k float8, se_xtreg float8,
	se_areg float8, n float8, n_id float8, g float8, singletons float8, rss float8, r2_within float8
);
\set cmd '\\copy golden from ''' :oracle '/within_person.csv'' with (format csv, header)'
:cmd
CREATE TEMP TABLE row_wanted AS
SELECT *, CASE WHEN dataset = 'paquid_cesd' THEN 'paquid' WHEN analysis LIKE 'weighted%' THEN 'gss weighted' ELSE 'gss' END AS label
FROM golden;

-- errors that assume independent residuals (se_classic) are not offered
INSERT INTO want (name, value, tol)
SELECT concat_ws(', ', label, term, part.name), part.value, 1e-8
FROM row_wanted, LATERAL (VALUES ('est', est), ('none', se_cl0), ('plm', se_sss_k), ('xtreg', se_xtreg), ('areg', se_areg)) part(name, value);
INSERT INTO want (name, value, tol)
SELECT DISTINCT concat_ws(', ', label, part.name), part.value, 1e-8
FROM row_wanted, LATERAL (VALUES ('n', n), ('persons', n_id), ('clusters', g), ('singletons', singletons), ('rss', rss), ('r2', r2_within)) part(name, value);

CREATE TEMP TABLE paquid (
	id bigint, visit int, age text, time_years float8, cesd float8, mmse text, bvrt text, ist text, hier text, agedem text,
	dem text, age_init text, cep text, male text, after_dem float8
);
\set cmd '\\copy paquid from ''' :data '/paquid_cesd.csv'' with (format csv, header, null '''')'
:cmd
CREATE TEMP TABLE gss_file (
	id text, panel int, wave int, year int, firstid text, wtpan12 text, wtpan123 text, wtpannr12 text, wtpannr123 float8,
	vstrat bigint, vpsu bigint, happy float8, satfin text, health text, life text, hapmar text, satjob text, socrel text,
	socommun text, socfrend text, socbar text, mntlhlth text, physhlth text, stress text, age text, sex text, race text,
	educ text, degree text, income text, income06 text, rincom06 text, realinc text, wrkstat int, marital int, childs text,
	babies text, hompop text, class text, finrela text, finalter text, region text, attend text, born text, partyid text,
	trust text, fair text, helpful text, unemp text, n_happy text
);
\set cmd '\\copy gss_file from ''' :data '/gss_panels_long.csv'' with (format csv, header, null '''')'
:cmd
CREATE TEMP TABLE gss AS
SELECT mindgap.key(id) AS person, happy, ARRAY[wave - 1, (wrkstat = 4)::int, (marital = 1)::int]::float8[] AS x, wtpannr123 AS weight,
	panel * 10000 + vstrat AS stratum, vpsu AS psu, panel * 1000000 + vstrat * 10 + vpsu AS cluster, panel, wave
FROM gss_file WHERE panel IN (2006, 2010);

CREATE TEMP TABLE summary AS
SELECT 'paquid' AS label, ARRAY['time_years', 'after_dem'] AS names, mindgap.within_agg(id, cesd, ARRAY[time_years, after_dem]) AS s FROM paquid
UNION ALL
SELECT 'gss', ARRAY['t', 'unemp_now', 'married'], mindgap.within_agg(person, happy, x) FROM gss
UNION ALL
SELECT 'gss weighted', ARRAY['t', 'unemp_now', 'married'], mindgap.within_agg(person, happy, x, weight) FROM gss;

-- four ways to the same numbers: as it is, condensed, from persons summarised before, from parts that split persons
CREATE TEMP TABLE way AS
SELECT label, names, 'as it is' AS via, s FROM summary
UNION ALL
SELECT label, names, 'condensed', mindgap.condense(s) FROM summary
UNION ALL
SELECT 'paquid', ARRAY['time_years', 'after_dem'], 'persons', mindgap.within_agg(m, id)
FROM (SELECT id, mindgap.moments_agg(cesd, ARRAY[time_years, after_dem]) AS m FROM paquid GROUP BY id) p
UNION ALL
SELECT 'paquid', ARRAY['time_years', 'after_dem'], 'parts', mindgap.rollup(p.s)
FROM (SELECT mindgap.within_agg(id, cesd, ARRAY[time_years, after_dem]) AS s FROM paquid GROUP BY visit) p
UNION ALL
SELECT 'gss weighted', ARRAY['t', 'unemp_now', 'married'], 'parts, condensed', mindgap.condense(mindgap.rollup(p.s))
FROM (SELECT mindgap.within_agg(person, happy, x, weight) AS s FROM gss GROUP BY wave) p;

SELECT pg_temp.meet(concat_ws(', ', label, e.term, 'est'), e.estimate, via) FROM way, mindgap.within_estimates(s, names) e;
SELECT pg_temp.meet(concat_ws(', ', label, e.term, small), e.std_error, via)
FROM way, unnest(ARRAY['none', 'plm', 'xtreg', 'areg']) small, mindgap.within_estimates(s, names, small_sample => small) e;
SELECT pg_temp.meet(concat_ws(', ', label, part.name), part.value, via)
FROM way, mindgap.within_design(s) d,
	LATERAL (VALUES ('n', n), ('persons', n_persons), ('clusters', n_clusters), ('singletons', n_singletons), ('rss', residual_ss), ('r2', r2_within)) part(name, value);
SELECT pg_temp.check(concat_ws(', ', 'degrees of freedom', label, via), e.df, (SELECT g - 1 FROM row_wanted r WHERE r.label = way.label LIMIT 1))
FROM way, mindgap.within_estimates(s, names) e;

-- clusters of persons, and clusters in strata
CREATE TEMP TABLE r (line text);
COPY r FROM stdin;
cluster,t 0.0082779809756398579
cluster,unemp_now 0.047324615773323031
cluster,married 0.04453592247889477
certainty,t 0.0070377742865626895
certainty,unemp_now 0.037931990142637886
certainty,married 0.037405311264934189
average,t 0.0084976417575958665
average,unemp_now 0.045800341167551779
average,married 0.045164411647538066
df 190
panels,t 0.0080849316917896898
panels,unemp_now 0.047188484129346488
panels,married 0.044632202069444564
\.
INSERT INTO want (name, value)
SELECT split_part(line, ' ', 1), split_part(line, ' ', 2)::float8 FROM r;
CREATE TEMP TABLE clustered AS
SELECT 'cluster' AS label, 'fail' AS lonely, mindgap.within_agg(person, happy, x, weight, cluster) AS s FROM gss
UNION ALL
SELECT 'panels', 'fail', mindgap.within_agg(person, happy, x, weight, cluster, panel) FROM gss
UNION ALL
SELECT lonely, lonely, mindgap.within_agg(person, happy, x, weight, psu, stratum)
FROM gss, unnest(ARRAY['certainty', 'average']) lonely GROUP BY lonely;
INSERT INTO clustered SELECT label, lonely, mindgap.condense(s) FROM clustered;
SELECT pg_temp.meet(concat_ws(',', label, e.term), e.std_error)
FROM clustered, mindgap.within_estimates(s, '{t,unemp_now,married}', 'none', lonely_psu => lonely) e;
SELECT pg_temp.meet('df', e.df) FROM clustered, mindgap.within_contrast(s, '{1,0,0}') e WHERE label = 'average';
SELECT pg_temp.check_true('a stratum with one cluster', e.std_error IS NULL AND e.estimate IS NOT NULL AND e.status = 'lonely_psu', e.status)
FROM clustered, mindgap.within_estimates(s) e WHERE label = 'average';
-- one stratum is no stratum
SELECT pg_temp.check(concat_ws(', ', 'one stratum', small, x.term), x.std_error, y.std_error, 1e-12)
FROM clustered c, unnest(ARRAY['plm', 'xtreg', 'areg']) small, (SELECT mindgap.within_agg(person, happy, x, weight, cluster, 1) AS s FROM gss) one,
	mindgap.within_estimates(one.s, small_sample => small) x JOIN LATERAL mindgap.within_estimates(c.s, small_sample => small) y USING (term)
WHERE c.label = 'cluster';

-- balanced, two waves: the mean paired difference, and its variance sd(D)^2 / n
CREATE TEMP TABLE pair AS
SELECT i AS person, (i * 37 % 23)::float8 AS before, (i * 37 % 23) + (i * 11 % 13)::float8 - 4 AS after FROM generate_series(1, 500) i;
SELECT pg_temp.check('mean paired difference', e.estimate, d.mean, 1e-12), pg_temp.check('its error', e.std_error, d.se, 1e-12)
FROM (SELECT avg(after - before) AS mean, stddev_pop(after - before) / sqrt(count(*)) AS se,
		mindgap.within_agg(person, score, ARRAY[wave]) AS s
	FROM pair, LATERAL (VALUES (before, 0), (after, 1)) v(score, wave)) w,
	LATERAL (SELECT avg(after - before) AS mean, stddev_pop(after - before) / sqrt(count(*)) AS se FROM pair) d,
	mindgap.within_estimates(w.s, small_sample => 'none') e;

-- time in epoch seconds, an outcome far from 0, another unit
SELECT pg_temp.check('epoch seconds, ' || part.name, part.got, part.expected, 1e-9)
FROM (SELECT mindgap.within_agg(id, cesd, ARRAY[time_years, after_dem]) AS years,
		mindgap.within_agg(id, cesd, ARRAY[1.7e9 + time_years * 31556952, after_dem]) AS seconds,
		mindgap.within_agg(id, cesd + 1e9, ARRAY[time_years * 1e6, after_dem]) AS far FROM paquid) o,
	mindgap.within_contrast(years, '{1,0}') a, mindgap.within_contrast(seconds, '{1,0}') b, mindgap.within_contrast(far, '{1,0}') c,
	LATERAL (VALUES ('slope', b.estimate * 31556952, a.estimate), ('error', b.std_error * 31556952, a.std_error), ('p', b.p_value, a.p_value),
		('far slope', c.estimate * 1e6, a.estimate), ('far error', c.std_error * 1e6, a.std_error)) part(name, got, expected);

SELECT pg_temp.unmet();

-- Every inequality measure, from rows and from published tables, and gaps over many waves:
-- the WHO's example data, the Orthodont panel and NHANES against the golden files and R survey;
-- the US Household Pulse tables against formulas written out in SQL.
\ir include/tap.psql
\ir include/golden.psql
\ir include/nhanes_phq9.psql

DO $$ BEGIN
	PERFORM pg_temp.want_golden('^(IS|NS|OS|OR)\.');
END $$;

-- R's glm stopped at 1e-8 there; the converged error is a constant below
UPDATE want SET tol = 1e-7 WHERE name = 'IS.sii_logit.conv se';

-- what a golden row is called here: "factor" times the measure, or its logarithm
CREATE FUNCTION pg_temp.meet_gap(id text, via text, what text, g mindgap.gap_estimate) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT pg_temp.meet_row(id, via, CASE what WHEN 'ln' THEN ln(g.estimate) ELSE what::float8 * g.estimate END,
		CASE what WHEN 'ln' THEN g.std_error / g.estimate ELSE what::float8 * g.std_error END, g.df)
$$;

-- ---- the WHO's individual sample: births attended by skilled staff, 67 strata, 1967 PSUs --------------------------

CREATE TEMP TABLE individual (
	id bigint, psu bigint, stratum bigint, weight float8, subgroup text, quintile bigint, sba float8, dtp3 float8,
	favourable int, scale float8
);
\set cmd '\\copy individual from ''' :data '/healthequal_IndividualSample.csv'' with (format csv, header)'
:cmd

CREATE TEMP TABLE sample AS
SELECT mindgap.survey_agg(sba, quintile, weight, stratum, psu) AS s,
	mindgap.survey_agg(sba = 1, subgroup, weight, stratum, psu) AS named,
	mindgap.survey_agg(100 * sba, quintile, weight, stratum, psu) AS percent
FROM individual;

CREATE TEMP TABLE quintiles AS SELECT array_agg(DISTINCT subgroup) AS names FROM individual;

SELECT pg_temp.meet_row('IS.q' || e.subgroup, 'estimates', e.estimate, e.std_error, e.df)
FROM sample, mindgap.estimates(s) e WHERE e.subgroup IS NOT NULL;

CREATE TEMP TABLE individual_row (id text, measure text, se_method text, what text);
COPY individual_row FROM stdin WITH (delimiter ' ');
IS.aci aci full 1
IS.rci rci full 1
IS.erreygers erreygers full 1
IS.sii_lin sii full 1
IS.ln_rii_lin rii full ln
IS.bgv bgv full 1
IS.bgsd bgsd full 1
IS.cov cov full 1
IS.mld_x1000 mld full 1000
IS.mdmw mdm full 1
IS.mdbw mdb full 1
IS.par par full 1
IS.aci.conv aci conventional 1
IS.erreygers.conv erreygers conventional 1
IS.wagstaff.conv wagstaff conventional 1
IS.sii_lin.conv sii conventional 1
IS.sii_logit.conv sii_logit conventional 1
\.

-- a favourable indicator: adverse => false
SELECT pg_temp.meet_gap(r.id, 'gap', r.what, g)
FROM individual_row r, sample,
	LATERAL mindgap.gap(s, r.measure, adverse => false, lower => 0, upper => 1, se_method => r.se_method) g;

SELECT pg_temp.meet_gap(r.id, 'gaps', r.what, g)
FROM sample, (VALUES ('full'), ('conventional')) v(se_method),
	LATERAL mindgap.gaps(s, adverse => false, se_method => v.se_method) g,
	LATERAL (SELECT * FROM individual_row r WHERE r.measure = g.measure AND r.se_method = v.se_method) r;

-- the order by name; a yes-or-no outcome brings its bounds
SELECT pg_temp.meet_gap(r.id, 'gap, text in an order', r.what, g)
FROM individual_row r, sample, quintiles,
	LATERAL mindgap.gap(named, r.measure, subgroup_order => names, adverse => false, se_method => r.se_method) g;

-- percent in place of shares: the indices that have no unit do not change
SELECT pg_temp.meet_gap(r.id, 'gap, outcome in percent', r.what, g)
FROM individual_row r, sample,
	LATERAL mindgap.gap(percent, r.measure, adverse => false, lower => 0, upper => 100, se_method => r.se_method) g
WHERE r.measure IN ('rci', 'erreygers', 'wagstaff', 'rii', 'cov', 'mld');

-- The logistic index by a converged glm on fixed ranks, and what the golden file's own notes say of the two errors.
-- R: suppressMessages(library(survey))
-- R: put <- function(name, x) cat(sprintf("%s %.17g\n", name, as.numeric(x)), sep = "")
-- R: x <- read.csv(file.path(commandArgs(TRUE)[1], "healthequal_IndividualSample.csv"))
-- R: p <- tapply(x$weight, x$subgroup_order, sum); p <- p / sum(p); x$r <- (cumsum(p) - p / 2)[x$subgroup_order]
-- R: d <- svydesign(ids = ~psu, strata = ~strata, weights = ~weight, nest = TRUE, data = x)
-- R: f <- svyglm(sba ~ r, d, family = quasibinomial(), control = glm.control(epsilon = 1e-15, maxit = 100))
-- R: q0 <- plogis(coef(f)[1]); q1 <- plogis(sum(coef(f)))
-- R: g <- c(q1 * (1 - q1) - q0 * (1 - q0), q1 * (1 - q1)); put(c("sii_logit.est", "sii_logit.se"),
-- R:   c(q1 - q0, sqrt(t(g) %*% vcov(f) %*% g)))
-- R: g <- c(q0 - q1, 1 - q1); put(c("rii_logit.est", "rii_logit.se"),
-- R:   c(q1 / q0, q1 / q0 * sqrt(t(g) %*% vcov(f) %*% g)))
COPY want (name, value) FROM stdin WITH (delimiter ' ');
sii_logit.est 0.49414371285353575
sii_logit.se 0.017533007449490545
rii_logit.est 2.0381067822430143
rii_logit.se 0.071410642575833766
\.

SELECT unnest(ARRAY[pg_temp.meet(g.measure || '.est', g.estimate), pg_temp.meet(g.measure || '.se', g.std_error)])
FROM sample, (VALUES ('sii_logit'), ('rii_logit')) m(name),
	LATERAL mindgap.gap(s, m.name, se_method => 'conventional') g;

-- methods/survey_and_gap.md, 2.8: conventional error over full error, three decimals
SELECT pg_temp.check(v.measure || ', conventional error over full', round((c.std_error / f.std_error)::numeric, 3)::float8,
	v.ratio)
FROM sample, (VALUES ('aci', 0.944), ('erreygers', 0.944), ('rci', 0.830), ('wagstaff', 1.250), ('sii_logit', 0.925),
		('rii', 0.929)) v(measure, ratio),
	LATERAL mindgap.gap(s, v.measure) f, LATERAL mindgap.gap(s, v.measure, se_method => 'conventional') c;

-- ---- published tables: 34 regions without an order, five quintiles with one ------------------------------------------

CREATE TEMP TABLE region (
	indicator text, dimension text, subgroup text, estimate float8, se float8, population float8, average float8,
	favourable int, ordered int, scale float8, reference int
);
\set cmd '\\copy region from ''' :data '/healthequal_NonorderedSample.csv'' with (format csv, header)'
:cmd
CREATE TEMP TABLE wealth (
	indicator text, dimension text, subgroup text, quintile bigint, estimate float8, se float8, population float8,
	average float8, favourable int, ordered int, scale float8
);
\set cmd '\\copy wealth from ''' :data '/healthequal_OrderedSample.csv'' with (format csv, header)'
:cmd

CREATE TEMP TABLE published AS
SELECT (SELECT mindgap.gap_from_table_agg(subgroup, estimate, se, population) FROM region) AS region,
	(SELECT mindgap.gap_from_table_agg(quintile, estimate, se, population) FROM wealth) AS wealth,
	(SELECT subgroup FROM region WHERE reference = 1) AS reference;

SELECT pg_temp.meet_gap(r.id, 'gap', r.what, g)
FROM published, (VALUES
	('NS.bgv', 'bgv', '1'), ('NS.bgsd', 'bgsd', '1'), ('NS.mld_x1000', 'mld', '1000'), ('NS.ti_x1000', 'theil', '1000'),
	('NS.idisw', 'idis', '1'), ('NS.mdmu', 'mdm_unweighted', '1'), ('NS.mdmw', 'mdm', '1'),
	('NS.mdbu', 'mdb_unweighted', '1')) r(id, measure, what),
	LATERAL mindgap.gap(region, r.measure, adverse => false) g;

SELECT pg_temp.meet_gap('NS.mdrw', 'gap', '1', mindgap.gap(region, 'mdr', reference => reference)) FROM published;

-- the largest less the smallest, by choice and by name
SELECT pg_temp.meet_gap(r.id, v.via, r.what,
	mindgap.gap(region, r.measure, compare => v.compare, reference => v.reference))
FROM published, (VALUES ('NS.d', 'difference', '1'), ('NS.ln_r', 'ratio', 'ln')) r(id, measure, what),
	(VALUES ('gap, max and min', 'max', 'min'), ('gap, by name', 'bali', 'papua')) v(via, compare, reference);

SELECT pg_temp.meet_gap(r.id, 'gap', r.what, g)
FROM published, (VALUES ('OS.aci', 'aci', '1'), ('OS.rci', 'rci', '1'), ('OS.sii_lin', 'sii', '1'),
	('OS.sii_lin.phe', 'sii', '1'), ('OS.d', 'difference', '1'), ('OS.ln_r', 'ratio', 'ln')) r(id, measure, what),
	LATERAL mindgap.gap(wealth, r.measure, compare => '5', reference => '1') g;

SELECT pg_temp.check_true('published: the limits are the normal''s, the status says what was assumed',
	bool_and(g.df IS NULL AND g.n IS NULL AND g.status ~ 'groups_independent_shares_fixed' AND
		abs(g.conf_high - g.estimate - 1.959963984540054 * g.std_error) < 1e-12 * abs(g.estimate)))
FROM published, mindgap.gaps(wealth, compare => '5', reference => '1', lower => 0, upper => 100) g
WHERE g.measure NOT IN ('ratio', 'odds_ratio', 'rii', 'sii_logit', 'rii_logit');

-- ---- many waves of one panel: Orthodont, growth of boys and girls at four ages ---------------------------------------

CREATE TEMP TABLE orthodont (distance float8, age float8, subject text, sex text);
\set cmd '\\copy orthodont from ''' :data '/nlme_orthodont.csv'' with (format csv, header)'
:cmd

CREATE TEMP TABLE growth AS
SELECT mindgap.survey_series_agg(age, summary) AS series
FROM (SELECT age, mindgap.survey_agg(distance, sex, 1, 1, mindgap.key(subject)) AS summary
	FROM orthodont GROUP BY age) wave;

SELECT pg_temp.meet_row(v.id, 'gap_trend', t.estimate, t.std_error, t.df)
FROM growth,
	(VALUES ('OR.trend', 'slope per year'), ('OR.pretrend', 'excess over the earlier trend')) v(id, term),
	LATERAL mindgap.gap_trend(series, compare => 'Male', reference => 'Female') t
WHERE t.term = v.term;

-- a difference of groups is a difference of their trends
SELECT pg_temp.meet(v.id || ' est', m.estimate - f.estimate, 'two trends')
FROM growth,
	(VALUES ('OR.trend', 'slope per year'), ('OR.pretrend', 'excess over the earlier trend')) v(id, term),
	LATERAL mindgap.trend(series, 'Male') m, LATERAL mindgap.trend(series, 'Female') f
WHERE m.term = v.term AND f.term = v.term;

-- The generalised slope and the test that the four gaps are equal, on the covariance of R's svyby.
-- R: x <- read.csv(file.path(commandArgs(TRUE)[1], "nlme_orthodont.csv"))
-- R: x <- reshape(x, idvar = c("Subject", "Sex"), timevar = "age", direction = "wide")
-- R: b <- svyby(~distance.8 + distance.10 + distance.12 + distance.14, ~Sex, svydesign(ids = ~Subject, weights = ~1,
-- R:   data = x), svymean, covmat = TRUE)
-- R: wave <- paste0("distance.", c(8, 10, 12, 14))
-- R: m <- t(sapply(wave, function(w) (names(coef(b)) == paste0("Male:", w)) - (names(coef(b)) == paste0("Female:", w))))
-- R: d <- m %*% coef(b); o <- solve(m %*% vcov(b) %*% t(m)); a <- cbind(1, c(8, 10, 12, 14))
-- R: put(c("gls.est", "gls.se"), c(solve(t(a) %*% o %*% a, t(a) %*% o %*% d)[2], sqrt(solve(t(a) %*% o %*% a)[2, 2])))
-- R: r <- cbind(-1, diag(3)); q <- r %*% d; x2 <- t(q) %*% solve(r %*% solve(o) %*% t(r)) %*% q
-- R: f <- x2 * (26 - 3 + 1) / (26 * 3); put(c("equal.f", "equal.p"), c(f, pf(f, 3, 24, lower.tail = FALSE)))
COPY want (name, value) FROM stdin WITH (delimiter ' ');
gls.est 0.34454071410419834
gls.se 0.1148345178263926
equal.f 3.2985722032091465
equal.p 0.03756568196393667
\.

SELECT unnest(ARRAY[pg_temp.meet('gls.est', t.estimate), pg_temp.meet('gls.se', t.std_error)])
FROM growth, mindgap.gap_trend(series, compare => 'Male', reference => 'Female', method => 'gls') t
WHERE t.term = 'slope per year';
SELECT unnest(ARRAY[pg_temp.meet('equal.f', t.statistic), pg_temp.meet('equal.p', t.p_value),
	pg_temp.check('equal.f df', t.df, 24)])
FROM growth, mindgap.gap_trend(series, compare => 'Male', reference => 'Female') t
WHERE t.term = 'all waves equal';

SELECT pg_temp.unmet();
TRUNCATE want;

-- ---- NHANES: excess of the last cycle over the earlier trend, and the change of the gap by age -----------------------

CREATE TEMP TABLE golden_nhanes (dataset text, analysis text, term text, est float8, se float8, lo float8, hi float8);
\set cmd '\\copy golden_nhanes from ''' :oracle '/nhanes_phq9.csv'' with (format csv, header)'
:cmd

INSERT INTO want (name, value)
SELECT concat_ws(' ', term, part.label), part.value
FROM golden_nhanes, LATERAL (VALUES ('est', est), ('se', se)) part(label, value)
WHERE analysis ~ '^trend excess phq9~yr\+post' AND term IN ('post', 'yr');

-- new PSUs each cycle: the cycle is part of the stratum
CREATE TEMP TABLE cycle AS
SELECT cycle_no, year_mid::float8 AS years,
	mindgap.survey_agg(phq9, CASE WHEN age >= 18 THEN 'all' END, wtmec, cycle_no * 1000 + sdmvstra, sdmvpsu) AS everybody,
	mindgap.survey_agg(phq9, CASE WHEN age >= 70 THEN '70+' WHEN age >= 60 THEN '60-69' WHEN age >= 50 THEN '50-59'
		WHEN age >= 40 THEN '40-49' WHEN age >= 30 THEN '30-39' WHEN age >= 18 THEN '18-29' END,
		wtmec, cycle_no * 1000 + sdmvstra, sdmvpsu) AS by_age
FROM phq9_file GROUP BY cycle_no, year_mid;

-- svyglm(phq9 ~ yr + post) weighs the cycles by their population
SELECT pg_temp.meet_row('post', 'trend, ' || v.via, t.estimate, t.std_error, NULL)
FROM (SELECT mindgap.survey_series_agg(years, everybody) AS a, mindgap.survey_series_agg(years, by_age) AS b
		FROM cycle) c,
	LATERAL (VALUES ('a subgroup', a, 'all'), ('everybody', a, NULL), ('everybody, six subgroups', b, NULL))
		v(via, series, subgroup),
	LATERAL mindgap.trend(v.series, v.subgroup, wave_weights => 'population') t
WHERE t.term = 'excess over the earlier trend';

-- post takes the last cycle out of the slope
SELECT pg_temp.meet_row('yr', 'trend, earlier cycles', t.estimate, t.std_error, NULL)
FROM (SELECT mindgap.survey_series_agg(years, everybody) AS series FROM cycle WHERE cycle_no < 8) c,
	LATERAL mindgap.trend(series, wave_weights => 'population') t
WHERE t.term = 'slope per year';

-- R: suppressMessages(library(survey))
-- R: n <- read.csv(file.path(commandArgs(TRUE)[1], "nhanes_phq9.csv"))
-- R: n <- n[n$cycle_no >= 7, ]; n$post <- as.integer(n$cycle_no == 8)
-- R: ages <- c("18-29", "30-39", "40-49", "50-59", "60-69", "70+")
-- R: n$agegrp <- cut(n$age, c(17, 29, 39, 49, 59, 69, 120), labels = ages)
-- R: n$stratum <- n$cycle_no * 1000 + n$sdmvstra
-- R: d <- svydesign(ids = ~sdmvpsu, strata = ~stratum, weights = ~wtmec, nest = TRUE, data = n)
-- R: s <- subset(d, age >= 18 & !is.na(phq9))
-- R: f <- svyglm(phq9 ~ post * agegrp, s)
-- R: put <- function(name, x) cat(sprintf("%s %.17g\n", name, as.numeric(x)), sep = "")
-- R: for (g in ages[-1]) {
-- R:   before <- paste0("agegrp", g); change <- paste0("post:agegrp", g)
-- R:   df <- degf(subset(s, agegrp %in% c("18-29", g)))
-- R:   put(paste(g, c("before", "change", "se", "df", "p"), sep = "."), c(coef(f)[before], coef(f)[change],
-- R:     SE(f)[change], df, 2 * pt(-abs(coef(f)[change] / SE(f)[change]), df))) }
COPY want (name, value) FROM stdin WITH (delimiter ' ');
30-39.before -0.5159407559370508
30-39.change -0.46067605738060335
30-39.se 0.32058992723338514
30-39.df 40
30-39.p 0.15850486164266611
40-49.before -0.53070826175625585
40-49.change -1.1840951250807685
40-49.se 0.33287112627297938
40-49.df 40
40-49.p 0.00098213761777119196
50-59.before -0.45048435832771155
50-59.change -1.2217308535158622
50-59.se 0.30986869254288302
50-59.df 40
50-59.p 0.00031583746440763845
60-69.before -0.63865481267867286
60-69.change -1.4480871290488955
60-69.se 0.39169844774815366
60-69.df 40
60-69.p 0.00065435842144119841
70+.before -0.68183505045994619
70+.change -1.5973002351135299
70+.se 0.35789901638770094
70+.df 40
70+.p 6.4350461115232646e-05
\.

-- p-values to 1e-8: two libraries' t distributions
UPDATE want SET tol = 1e-8 WHERE name ~ '\.p$';

CREATE TEMP TABLE age_change AS
SELECT v.compare, v.direction AS wanted, g.*
FROM (VALUES ('30-39', 'no clear change'), ('40-49', 'widened'), ('50-59', 'widened'), ('60-69', 'widened'),
		('70+', 'widened')) v(compare, direction)
LEFT JOIN LATERAL mindgap.gap_change((SELECT by_age FROM cycle WHERE cycle_no = 7),
	(SELECT by_age FROM cycle WHERE cycle_no = 8), compare => v.compare, reference => '18-29') g ON true;

SELECT pg_temp.meet(compare || '.' || u.part, u.got, 'gap_change')
FROM age_change, unnest(ARRAY['before', 'change', 'se', 'df', 'p'],
	ARRAY[gap_before, change, std_error, df, p_value]) u(part, got);

-- the gap is below 0 before and after; R's p decides between widened and no clear change
SELECT pg_temp.check_true(compare || ' direction', direction = wanted, direction) FROM age_change;

SELECT pg_temp.check_true(g.compare || ' direction, groups swapped', s.direction = g.wanted AND s.change = -g.change,
	s.direction)
FROM age_change g,
	LATERAL mindgap.gap_change((SELECT by_age FROM cycle WHERE cycle_no = 7),
		(SELECT by_age FROM cycle WHERE cycle_no = 8), compare => '18-29', reference => g.compare) s;

SELECT pg_temp.check_true(g.compare || ' direction, by the ratio', s.direction = g.wanted, s.direction)
FROM age_change g,
	LATERAL mindgap.gap_change((SELECT by_age FROM cycle WHERE cycle_no = 7),
		(SELECT by_age FROM cycle WHERE cycle_no = 8), 'ratio', compare => g.compare, reference => '18-29') s;

SELECT pg_temp.unmet();

-- ---- US Household Pulse: estimates with limits, by age, 2020 to 2021; every value worked out in SQL ------------------

CREATE TEMP TABLE pulse_file (
	indicator text, "group" text, state text, subgroup text, phase text, time_period text, label text,
	start_date text, end_date text, value float8, low float8, high float8, ci text, quartile text
);
\set cmd '\\copy pulse_file from ''' :data '/pulse_anxiety_depression.csv'' with (format csv, header)'
:cmd

CREATE TEMP TABLE pulse AS
SELECT to_date(start_date, 'MM/DD/YY') AS day, (to_date(start_date, 'MM/DD/YY') - date '2020-01-01') / 365.25::float8
	AS years, subgroup, value, (high - low) / 3.92 AS se
FROM pulse_file WHERE "group" = 'By Age' AND indicator = 'Symptoms of Depressive Disorder';

CREATE TEMP TABLE period AS
SELECT day, years, mindgap.gap_from_table_agg(subgroup, value, se, 1) AS summary FROM pulse GROUP BY day, years;

-- each age group against the oldest, at two times, and the change between them
CREATE TEMP TABLE pair AS
SELECT a.day, a.subgroup, a.value - b.value AS gap, a.se ^ 2 + b.se ^ 2 AS variance, a.value, a.se, b.value AS base,
	b.se AS base_se
FROM pulse a JOIN pulse b USING (day)
WHERE b.subgroup = '80 years and above' AND a.subgroup <> b.subgroup;

SELECT unnest(ARRAY[
	pg_temp.check(format('Pulse %s %s gap', p.day, p.subgroup), g.estimate, p.gap),
	pg_temp.check(format('Pulse %s %s se', p.day, p.subgroup), g.std_error, sqrt(p.variance)),
	pg_temp.check(format('Pulse %s %s low', p.day, p.subgroup), g.conf_low,
		p.gap - 1.959963984540054 * sqrt(p.variance)),
	pg_temp.check(format('Pulse %s %s ratio', p.day, p.subgroup), r.estimate, p.value / p.base),
	pg_temp.check(format('Pulse %s %s ratio high', p.day, p.subgroup), r.conf_high, p.value / p.base *
		exp(1.959963984540054 * sqrt((p.se / p.value) ^ 2 + (p.base_se / p.base) ^ 2)))])
FROM pair p JOIN period USING (day),
	LATERAL mindgap.gap(summary, compare => p.subgroup, reference => '80 years and above') g,
	LATERAL mindgap.gap(summary, 'ratio', compare => p.subgroup, reference => '80 years and above') r
WHERE day IN ('2020-04-23', '2020-12-09');

SELECT unnest(ARRAY[
	pg_temp.check(format('Pulse %s change', a.subgroup), g.change, z.change),
	pg_temp.check(format('Pulse %s change se', a.subgroup), g.std_error, z.se),
	pg_temp.check(format('Pulse %s change high', a.subgroup), g.conf_high, z.change + 1.959963984540054 * z.se),
	pg_temp.check_true(format('Pulse %s direction', a.subgroup), g.direction = CASE
		WHEN abs(z.change) <= 1.959963984540054 * z.se THEN 'no clear change'
		WHEN a.gap * b.gap < 0 THEN 'reversed'
		WHEN abs(b.gap) > abs(a.gap) THEN 'widened' ELSE 'narrowed' END, g.direction),
	pg_temp.check(format('Pulse %s ratio of ratios', a.subgroup), r.change, b.value / b.base / (a.value / a.base)),
	pg_temp.check(format('Pulse %s ratio of ratios, se', a.subgroup), r.std_error / r.change,
		sqrt((a.se / a.value) ^ 2 + (a.base_se / a.base) ^ 2 + (b.se / b.value) ^ 2 + (b.base_se / b.base) ^ 2))])
FROM pair a JOIN pair b USING (subgroup) JOIN period x ON x.day = a.day JOIN period y ON y.day = b.day,
	LATERAL (SELECT b.gap - a.gap AS change, sqrt(a.variance + b.variance) AS se) z,
	LATERAL mindgap.gap_change(x.summary, y.summary, compare => subgroup, reference => '80 years and above') g,
	LATERAL mindgap.gap_change(x.summary, y.summary, 'ratio', compare => subgroup,
		reference => '80 years and above') r
WHERE a.day = '2020-04-23' AND b.day = '2020-12-09';

-- 33 periods, of which three have no estimates
CREATE TEMP TABLE pulse_series AS SELECT mindgap.survey_series_agg(years, summary) AS series FROM period;
CREATE TEMP TABLE young AS SELECT years, gap AS d, variance AS v FROM pair JOIN period USING (day)
WHERE subgroup = '18 - 29 years' AND gap IS NOT NULL;

SELECT unnest(ARRAY[
	pg_temp.check(format('series_gaps %s gap', round(years::numeric, 3)), g.estimate, y.d),
	pg_temp.check(format('series_gaps %s se', round(years::numeric, 3)), g.std_error, sqrt(y.v))])
FROM young y
LEFT JOIN (SELECT g.* FROM pulse_series,
	mindgap.series_gaps(series, compare => '18 - 29 years', reference => '80 years and above') g) g USING (years);

SELECT pg_temp.check_true('series_gaps: a row a period, NULL where nothing was published',
	count(*) = (SELECT count(*) FROM period) AND
	count(g.estimate) = (SELECT count(*) FROM young) AND
	bool_and(g.estimate IS NOT NULL OR g.status = 'subgroup_not_in_wave'))
FROM pulse_series, mindgap.series_gaps(series, compare => '18 - 29 years', reference => '80 years and above') g;

-- OLS: slope sum (x - mean) d / Sxx with the variance sum (x - mean)^2 v / Sxx^2. GLS: the same with weights 1/v and
-- the variance 1 / Sxx. Equal: sum (d - mean)^2 / v about the mean weighted by 1/v, over k. Excess: the last less the line
-- through the others, whose value at x has the weights 1/n + (x_i - mean)(x - mean) / Sxx.
CREATE TEMP TABLE by_hand AS
WITH o AS (SELECT avg(years) AS mean, regr_sxx(0, years) AS sxx FROM young),
	w AS (SELECT sum(years / v) / sum(1 / v) AS mean, sum(d / v) / sum(1 / v) AS mean_d FROM young),
	last AS (SELECT * FROM young ORDER BY years DESC LIMIT 1),
	earlier AS (SELECT * FROM young WHERE years < (SELECT years FROM last)),
	e AS (SELECT avg(years) AS mean, regr_sxx(0, years) AS sxx, count(*) AS n FROM earlier),
	h AS (SELECT d, v, 1.0 / n + (earlier.years - mean) * (last.years - mean) / sxx AS h
		FROM earlier, e, (SELECT years FROM last) last)
SELECT 'ols' AS method, 'slope per year' AS term, sum((years - mean) * d) / min(sxx) AS estimate,
	sqrt(sum((years - mean) ^ 2 * v)) / min(sxx) AS se, NULL::float8 AS statistic
FROM young, o
UNION ALL
SELECT 'gls', 'slope per year', sum((years - mean) * d / v) / sum((years - mean) ^ 2 / v),
	1 / sqrt(sum((years - mean) ^ 2 / v)), NULL
FROM young, w
UNION ALL
SELECT 'ols', 'excess over the earlier trend', (SELECT d FROM last) - sum(h * d),
	sqrt((SELECT v FROM last) + sum(h ^ 2 * v)), NULL
FROM h
UNION ALL
SELECT 'ols', 'all waves equal', NULL, NULL, sum((d - mean_d) ^ 2 / v) / (count(*) - 1) FROM young, w;

SELECT pg_temp.check(format('gap_trend %s, %s, %s', h.method, h.term, part.label), part.got, part.want)
FROM by_hand h, pulse_series,
	LATERAL mindgap.gap_trend(series, compare => '18 - 29 years', reference => '80 years and above',
		method => h.method) t,
	LATERAL (VALUES ('estimate', t.estimate, h.estimate), ('se', t.std_error, h.se),
		('low', t.conf_low, h.estimate - 1.959963984540054 * h.se), ('F', t.statistic, h.statistic)) part(label, got, want)
WHERE t.term = h.term AND part.want IS NOT NULL;

SELECT pg_temp.check_true(format('gap_trend, %s: says that waves were left out', t.term), t.status ~ 'waves_left_out',
	t.status)
FROM pulse_series, mindgap.gap_trend(series, compare => '18 - 29 years', reference => '80 years and above') t;

-- trend of one group: the same sums over its own estimates
SELECT unnest(ARRAY[
	pg_temp.check('trend of 18 - 29 years', t.estimate, h.slope),
	pg_temp.check('trend of 18 - 29 years, se', t.std_error, h.se)])
FROM (SELECT regr_slope(value, years) AS slope,
		sqrt(sum((years - mean) ^ 2 * se ^ 2)) / regr_sxx(value, years) AS se
	FROM pulse, (SELECT avg(years) AS mean FROM pulse WHERE subgroup = '18 - 29 years' AND value IS NOT NULL) m
	WHERE subgroup = '18 - 29 years' AND value IS NOT NULL) h,
	pulse_series, LATERAL mindgap.trend(series, '18 - 29 years') t
WHERE t.term = 'slope per year';

-- A domain is not a WHERE. NHANES 2005 to 2023, persons of all ages; the domain is poor people of 80 and over, 271 rows
-- with a score. A subgroup of NULL (CASE) keeps every PSU and equals R's subset(); WHERE and FILTER lose the PSUs that
-- hold none of the domain and equal a design built on the kept rows alone, which is the wrong answer.
--
-- The constants come from R 4.2.2 with survey 4.1-1, by the lines that begin with "-- R:"; README.md says how to rerun
-- them.
\ir include/tap.psql

CREATE TEMP TABLE person (
	seqn bigint, cycle_no int, wtmec float8, sdmvstra bigint, sdmvpsu bigint, age int, sex text, pir float8, phq9 float8
);
\set cmd '\\copy person from ''' :data '/nhanes_design_all_ages.csv'' with (format csv, header)'
:cmd

CREATE TEMP VIEW d AS
SELECT *, cycle_no * 1000 + sdmvstra AS stratum, age >= 80 AND pir < 1 AS old, age >= 75 AND pir < 1 AS poor
FROM person;

-- R: library(survey)
-- R: n <- read.csv(file.path(commandArgs(TRUE)[1], "nhanes_design_all_ages.csv"))
-- R: put <- function(name, x) cat(sprintf("%s %.17g\n", name, as.numeric(x)), sep = "")
-- R: three <- function(name, m, design) {
-- R:   put(paste0(name, ".est"), coef(m)); put(paste0(name, ".se"), SE(m)); put(paste0(name, ".df"), degf(design)) }
-- R: n$stratum <- n$cycle_no * 1000 + n$sdmvstra
-- R: n$old <- n$age >= 80 & !is.na(n$pir) & n$pir < 1
-- R: n$poor <- n$age >= 75 & !is.na(n$pir) & n$pir < 1
-- R: n$seen <- !is.na(n$phq9); n$dep <- as.numeric(n$phq9 >= 10)
-- R: design <- function(data) svydesign(ids = ~sdmvpsu, strata = ~stratum, weights = ~wtmec, nest = TRUE, data = data)
-- R: whole <- design(n); s <- subset(whole, old & seen)
-- R: three("subset.mean", svymean(~phq9, s), s)
-- R: three("subset.prevalence", svymean(~dep, s), s)
-- R: three("subset.total", svytotal(~dep, s), s)
-- R: put("subset.deff", deff(svymean(~phq9, s, deff = TRUE)))
-- R: b <- svyby(~phq9, ~sex, s, svymean, covmat = TRUE)
-- R: for (g in c("female", "male")) three(paste0("subset.", g), b[b$sex == g, ], subset(s, sex == g))
-- R: put("subset.covariance", vcov(b)["female", "male"])
-- R: three("subset.gap", svycontrast(b, c(female = 1, male = -1)), s)
-- R: p <- subset(whole, poor & seen & cycle_no >= 7)
-- R: b <- svyby(~phq9, ~cycle_no, p, svymean, covmat = TRUE)
-- R: three("subset.change", svycontrast(b, c("7" = -1, "8" = 1)), p)
-- R: b <- svyby(~phq9, ~sex + cycle_no, p, svymean, covmat = TRUE)
-- R: three("subset.gap_change", svycontrast(b, c(male.7 = 1, female.7 = -1, male.8 = -1, female.8 = 1)), p)
-- R: options(survey.lonely.psu = "certainty")
-- R: kept <- design(n[n$old & n$seen, ])
-- R: three("where.mean", svymean(~phq9, kept), kept)
-- R: three("where.prevalence", svymean(~dep, kept), kept)
COPY want (name, value) FROM stdin WITH (delimiter ' ');
subset.mean.est 3.304465911166417
subset.mean.se 0.28433075348320136
subset.mean.df 50
subset.prevalence.est 0.094349228199134091
subset.prevalence.se 0.020140658806068822
subset.prevalence.df 50
subset.total.est 524798.57944600005
subset.total.se 119682.78463926958
subset.total.df 50
subset.deff 1.2751935644610457
subset.female.est 3.3538460519607787
subset.female.se 0.33174898859703927
subset.female.df 26
subset.male.est 3.1871720866571756
subset.male.se 0.4738633516741495
subset.male.df 15
subset.covariance 0.014912440362907139
subset.gap.est 0.16667396530360312
subset.gap.se 0.55206791861980431
subset.gap.df 50
subset.change.est 1.4406627251501094
subset.change.se 1.0465384337263526
subset.change.df 20
subset.gap_change.est -3.9408669720412886
subset.gap_change.se 2.7807762722397773
subset.gap_change.df 20
where.mean.est 3.304465911166417
where.mean.se 0.25335490804301114
where.mean.df 50
where.prevalence.est 0.094349228199134091
where.prevalence.se 0.018855094843759284
where.prevalence.df 50
\.

-- the domain as a subgroup

CREATE TEMP TABLE domain AS
SELECT mindgap.survey_agg(phq9, CASE WHEN old THEN 'old' END, wtmec, stratum, sdmvpsu) AS score,
	mindgap.survey_agg(phq9 >= 10, CASE WHEN old THEN 'old' END, wtmec, stratum, sdmvpsu) AS depressed,
	mindgap.survey_agg(phq9, CASE WHEN old THEN sex END, wtmec, stratum, sdmvpsu) AS by_sex,
	-- two other ways to say the same
	mindgap.survey_agg(CASE WHEN old THEN phq9 END, 'old', wtmec, stratum, sdmvpsu) AS outcome_null,
	mindgap.survey_agg(phq9, 'old', CASE WHEN old THEN wtmec ELSE 0 END, stratum, sdmvpsu) AS weight_zero
FROM d;

CREATE FUNCTION pg_temp.meet_three(name text, via text, est float8, se float8, df float8) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT pg_temp.meet(name || '.' || u.part, u.got, via)
	FROM unnest(ARRAY['est', 'se', 'df'], ARRAY[est, se, df]) WITH ORDINALITY u(part, got, o) ORDER BY u.o
$$;

SELECT pg_temp.meet_three('subset.' || v.name, v.via, e.estimate, e.std_error, e.df)
FROM (SELECT name, via, s, statistic FROM domain, LATERAL (VALUES
		('mean', 'CASE', score, 'mean'), ('prevalence', 'CASE', depressed, 'mean'), ('total', 'CASE', depressed, 'total'),
		('mean', 'outcome NULL', outcome_null, 'mean'), ('mean', 'weight 0', weight_zero, 'mean'))
		v(name, via, s, statistic)) v
LEFT JOIN LATERAL mindgap.estimates(v.s, statistic => v.statistic) e ON e.subgroup = 'old';

SELECT pg_temp.meet('subset.deff', e.design_effect, 'CASE')
FROM domain LEFT JOIN LATERAL mindgap.estimates(domain.score) e ON e.subgroup = 'old';

SELECT pg_temp.meet_three('subset.' || v.name, 'CASE by sex', e.estimate, e.std_error, e.df)
FROM (VALUES ('female', 'female'), ('male', 'male'), ('mean', NULL)) v(name, subgroup)
CROSS JOIN domain
LEFT JOIN LATERAL mindgap.estimates(domain.by_sex) e ON e.subgroup IS NOT DISTINCT FROM v.subgroup;

SELECT pg_temp.meet('subset.covariance', c.covariance, 'CASE')
FROM domain LEFT JOIN LATERAL mindgap.covariance(domain.by_sex) c
	ON c.subgroup_a = 'female' AND c.subgroup_b = 'male';

SELECT pg_temp.meet_three('subset.gap', 'gap', g.estimate, g.std_error, g.df)
FROM domain, mindgap.gap(domain.by_sex, 'difference', compare => 'female', reference => 'male') g;

SELECT pg_temp.meet_three('subset.gap', 'contrast', c.estimate, c.std_error, c.df)
FROM domain, mindgap.contrast(domain.by_sex, ARRAY['female', 'male'], '{1,-1}') c;

-- between cycles 7 and 8

CREATE TEMP TABLE cycle AS
SELECT cycle_no, mindgap.survey_agg(phq9, CASE WHEN poor THEN 'poor' END, wtmec, stratum, sdmvpsu) AS score,
	mindgap.survey_agg(phq9, CASE WHEN poor THEN sex END, wtmec, stratum, sdmvpsu) AS by_sex
FROM d WHERE cycle_no >= 7 GROUP BY cycle_no;

SELECT pg_temp.meet_three('subset.change', 'change', c.change, c.std_error, c.df)
FROM cycle b JOIN cycle a ON b.cycle_no = 7 AND a.cycle_no = 8
LEFT JOIN LATERAL mindgap.change(b.score, a.score) c ON c.subgroup = 'poor';

SELECT pg_temp.meet_three('subset.gap_change', 'gap_change', g.change, g.std_error, g.df)
FROM cycle b JOIN cycle a ON b.cycle_no = 7 AND a.cycle_no = 8,
	LATERAL mindgap.gap_change(b.by_sex, a.by_sex, measure => 'difference', compare => 'female', reference => 'male') g;

-- summaries of parts, put together

CREATE TEMP TABLE part AS
SELECT cycle_no, seqn % 3 AS third, mindgap.survey_agg(phq9, CASE WHEN old THEN sex END, wtmec, stratum, sdmvpsu) AS s
FROM d GROUP BY 1, 2;

SELECT pg_temp.meet_three('subset.' || v.name, 'rollup', e.estimate, e.std_error, e.df)
FROM (VALUES ('female', 'female'), ('male', 'male'), ('mean', NULL)) v(name, subgroup)
CROSS JOIN (SELECT mindgap.rollup(s) AS s FROM part) r
LEFT JOIN LATERAL mindgap.estimates(r.s) e ON e.subgroup IS NOT DISTINCT FROM v.subgroup;

-- what a WHERE does: other standard errors, and PSUs left alone in their stratum

CREATE TEMP TABLE kept AS
SELECT mindgap.survey_agg(phq9, 'old', wtmec, stratum, sdmvpsu) AS score,
	mindgap.survey_agg(phq9 >= 10, 'old', wtmec, stratum, sdmvpsu) AS depressed
FROM d WHERE old AND phq9 IS NOT NULL;

CREATE TEMP TABLE filtered AS
SELECT mindgap.survey_agg(phq9, 'old', wtmec, stratum, sdmvpsu) FILTER (WHERE old AND phq9 IS NOT NULL) AS score FROM d;

SELECT pg_temp.meet_three('where.' || v.name, v.via, e.estimate, e.std_error, e.df)
FROM (SELECT v.* FROM kept, filtered, LATERAL (VALUES ('mean', 'WHERE', kept.score), ('prevalence', 'WHERE', depressed),
		('mean', 'FILTER', filtered.score)) v(name, via, s)) v
LEFT JOIN LATERAL mindgap.estimates(v.s, lonely_psu => 'certainty') e ON e.subgroup = 'old';

SELECT pg_temp.check_true('WHERE leaves lonely PSUs: std_error NULL by default',
	e.subgroup = 'old' AND e.std_error IS NULL)
FROM kept LEFT JOIN LATERAL mindgap.estimates(kept.score) e ON e.subgroup = 'old';

SELECT pg_temp.check_true('WHERE and CASE: same mean, standard errors more than 5 % apart',
	abs(c.estimate / w.estimate - 1) < 1e-9 AND abs(c.std_error / w.std_error - 1) > 0.05)
FROM domain CROSS JOIN kept
LEFT JOIN LATERAL mindgap.estimates(domain.score, lonely_psu => 'certainty') c ON c.subgroup = 'old'
LEFT JOIN LATERAL mindgap.estimates(kept.score, lonely_psu => 'certainty') w ON w.subgroup = 'old';

SELECT pg_temp.unmet();

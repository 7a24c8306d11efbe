-- Depression in US adults, 2005 to 2023: published prevalences, means and changes between cycles,
-- against R survey, read from the golden file.
-- R restricts to a domain by subset(); here the subgroup is NULL outside it.
\ir include/tap.psql
\ir include/nhanes_phq9.psql

CREATE TEMP TABLE golden (dataset text, analysis text, term text, est float8, se float8, lo float8, hi float8);
\set cmd '\\copy golden from ''' :oracle '/nhanes_phq9.csv'' with (format csv, header)'
:cmd

-- est and se of every row that estimates(), change() and gap_change() can give. The rest of the file is regressions
-- (trend excess), internal consistency and counts of answered items: other summaries.
CREATE TEMP TABLE row_wanted AS
SELECT *, split_part(analysis, ' ', 1) AS kind
FROM golden
WHERE analysis ~ '^(DB303|cycle |change L-P|gap change|deff)';

INSERT INTO want (name, value)
SELECT concat_ws(', ', analysis, term, part.label), part.value
FROM row_wanted,
	LATERAL (VALUES ('est', est), ('se', se)) part(label, value)
WHERE part.value IS NOT NULL;

-- Limits only where R's degrees of freedom are those of the domain, as here:
-- - DB303: R took degf of all adults (30) for every row; NH Asian has 29 and NH Black 28 of its own;
-- - change and gap change: svyglm takes degf minus (coefficients - 1), a contrast has no such loss.
INSERT INTO want (name, value)
SELECT concat_ws(', ', analysis, term, part.label), part.value
FROM row_wanted,
	LATERAL (VALUES ('lo', lo), ('hi', hi)) part(label, value)
WHERE part.value IS NOT NULL AND kind IN ('DB303', 'cycle') AND term NOT IN ('NH Asian', 'NH Black');

CREATE FUNCTION pg_temp.meet_estimate(analysis text, term text, est float8, se float8, lo float8, hi float8)
RETURNS SETOF text LANGUAGE sql AS $$
	SELECT CASE
		WHEN EXISTS (SELECT FROM want WHERE name = label) THEN pg_temp.meet(label, got)
		ELSE format('ok - %s # SKIP R used other degrees of freedom', label) END
	FROM (SELECT concat_ws(', ', r.analysis, r.term, u.part) AS label, u.got, u.o
		FROM row_wanted r,
			unnest(ARRAY['est', 'se', 'lo', 'hi'], ARRAY[$3, $4, $5, $6], ARRAY[r.est, r.se, r.lo, r.hi])
				WITH ORDINALITY u(part, got, golden, o)
		WHERE r.analysis = $1 AND r.term = $2 AND u.golden IS NOT NULL) x
	ORDER BY o
$$;

-- NCHS Data Brief 303: score of 10 or more, age 20 and over, 2013 to 2016

CREATE TEMP TABLE db303 AS
WITH d AS (
	SELECT *, phq9 >= 10 AS depressed, wtmec / 2 AS weight, age >= 20 AS adult
	FROM phq9_file WHERE cycle IN ('2013-14', '2015-16')
)
SELECT mindgap.survey_agg(depressed, CASE WHEN adult THEN 'all' END, weight, sdmvstra, sdmvpsu) AS everybody,
	mindgap.survey_agg(depressed, CASE WHEN adult THEN sex END, weight, sdmvstra, sdmvpsu) AS sex,
	mindgap.survey_agg(depressed, CASE WHEN adult THEN race_eth3 END, weight, sdmvstra, sdmvpsu) AS race
FROM d;

CREATE TEMP TABLE db303_estimate AS
SELECT e.* FROM db303, LATERAL (
	SELECT * FROM mindgap.estimates(everybody, statistic => 'proportion')
	UNION ALL SELECT * FROM mindgap.estimates(sex, statistic => 'proportion')
	UNION ALL SELECT * FROM mindgap.estimates(race, statistic => 'proportion')) e
WHERE e.subgroup IS NOT NULL;

SELECT pg_temp.meet_estimate(r.analysis, r.term, e.estimate, e.std_error, e.conf_low, e.conf_high)
FROM row_wanted r LEFT JOIN db303_estimate e ON e.subgroup = r.term
WHERE r.kind = 'DB303';

-- everybody inside the domain is the same row, whatever the subgroups
SELECT pg_temp.meet_estimate(r.analysis, r.term, e.estimate, e.std_error, e.conf_low, e.conf_high)
FROM row_wanted r, db303, LATERAL (SELECT s FROM unnest(ARRAY[sex, race]) s) part,
	LATERAL (SELECT x.* FROM mindgap.estimates(part.s, statistic => 'proportion') x WHERE x.subgroup IS NULL) e
WHERE r.kind = 'DB303' AND r.term = 'all';

-- as printed in the brief, per cent
SELECT pg_temp.check('Data Brief 303 prints ' || v.printed || ', ' || v.subgroup,
	round(100 * e.estimate::numeric, 1)::float8, v.printed)
FROM (VALUES ('all', 8.1), ('male', 5.5), ('female', 10.4)) v(subgroup, printed)
LEFT JOIN db303_estimate e USING (subgroup);

-- every cycle: mean score and prevalence, 18+ and 20+, and prevalence by sex

CREATE TEMP TABLE cycle_summary AS
SELECT cycle, cycle_no, a.youngest,
	mindgap.survey_agg(phq9, CASE WHEN age >= a.youngest THEN 'all' END, wtmec, sdmvstra, sdmvpsu) AS score,
	mindgap.survey_agg(phq9 >= 10, CASE WHEN age >= a.youngest THEN 'all' END, wtmec, sdmvstra, sdmvpsu) AS depressed,
	mindgap.survey_agg(phq9 >= 10, CASE WHEN age >= a.youngest THEN sex END, wtmec, sdmvstra, sdmvpsu) AS by_sex
FROM phq9_file, (VALUES (18), (20)) a(youngest)
GROUP BY cycle, cycle_no, a.youngest;

SELECT pg_temp.meet_estimate(r.analysis, r.term, e.estimate, e.std_error, e.conf_low, e.conf_high)
FROM row_wanted r
LEFT JOIN cycle_summary c
	ON c.cycle = split_part(r.term, ' ', 1) AND r.analysis ~ (c.youngest || '\+')
LEFT JOIN LATERAL mindgap.estimates(
	CASE WHEN r.analysis ~ 'sex' THEN c.by_sex WHEN r.analysis ~ 'prev' THEN c.depressed ELSE c.score END) e
	ON e.subgroup = CASE WHEN r.analysis ~ 'sex' THEN split_part(r.term, ' ', 2) ELSE 'all' END
WHERE r.kind = 'cycle';

-- 2017-March 2020 to August 2021-2023: new PSUs each cycle, so the cycle is part of the stratum

CREATE TEMP TABLE lp AS
SELECT cycle_no,
	mindgap.survey_agg(phq9, CASE WHEN age >= 18 THEN 'all' END, wtmec, stratum, sdmvpsu) AS score,
	mindgap.survey_agg(phq9 >= 10, CASE WHEN age >= 18 THEN 'all' END, wtmec, stratum, sdmvpsu) AS depressed,
	mindgap.survey_agg(phq9, CASE WHEN age >= 18 THEN sex END, wtmec, stratum, sdmvpsu) AS by_sex,
	mindgap.survey_agg(phq9, CASE WHEN age >= 18 THEN income END, wtmec, stratum, sdmvpsu) AS by_income
FROM (
	SELECT *, cycle_no * 1000 + sdmvstra AS stratum,
		CASE WHEN pir <= 0.9999 THEN '<1' WHEN pir <= 1.9999 THEN '1-1.99' WHEN pir <= 3.9999 THEN '2-3.99'
			WHEN pir <= 9 THEN '4+' END AS income
	FROM phq9_file WHERE cycle_no >= 7) d
GROUP BY cycle_no;

SELECT pg_temp.meet_estimate(r.analysis, r.term, c.change, c.std_error, c.conf_low, c.conf_high)
FROM row_wanted r
CROSS JOIN (SELECT * FROM lp WHERE cycle_no = 7) p
CROSS JOIN (SELECT * FROM lp WHERE cycle_no = 8) l
LEFT JOIN LATERAL mindgap.change(CASE WHEN r.analysis ~ 'prev' THEN p.depressed ELSE p.score END,
	CASE WHEN r.analysis ~ 'prev' THEN l.depressed ELSE l.score END) c ON c.subgroup = 'all'
WHERE r.kind = 'change';

SELECT pg_temp.meet_estimate(r.analysis, r.term, g.change, g.std_error, g.conf_low, g.conf_high)
FROM row_wanted r
CROSS JOIN (SELECT * FROM lp WHERE cycle_no = 7) p
CROSS JOIN (SELECT * FROM lp WHERE cycle_no = 8) l
LEFT JOIN LATERAL mindgap.gap_change(
	CASE WHEN r.analysis ~ 'male' THEN p.by_sex ELSE p.by_income END,
	CASE WHEN r.analysis ~ 'male' THEN l.by_sex ELSE l.by_income END,
	measure => 'difference',
	compare => regexp_replace(r.term, '^post:(sex|pirgrp)', ''),
	reference => CASE WHEN r.analysis ~ 'male' THEN 'female' ELSE '<1' END) g ON true
WHERE r.kind = 'gap';

-- the change in the gap is the difference of the two groups' changes
SELECT pg_temp.meet(concat_ws(', ', r.analysis, r.term, 'est'), m.change - f.change, 'two changes')
FROM row_wanted r
CROSS JOIN (SELECT * FROM lp WHERE cycle_no = 7) p
CROSS JOIN (SELECT * FROM lp WHERE cycle_no = 8) l
LEFT JOIN LATERAL mindgap.change(p.by_sex, l.by_sex) m ON m.subgroup = 'male'
LEFT JOIN LATERAL mindgap.change(p.by_sex, l.by_sex) f ON f.subgroup = 'female'
WHERE r.term = 'post:sexmale';

-- the design effect is in the golden file's est column
SELECT pg_temp.meet(concat_ws(', ', r.analysis, r.term, 'est'), e.design_effect)
FROM row_wanted r
LEFT JOIN cycle_summary c ON c.cycle_no = 8 AND c.youngest = 18
LEFT JOIN LATERAL mindgap.estimates(c.score) e ON e.subgroup = 'all'
WHERE r.kind = 'deff';

SELECT pg_temp.unmet();

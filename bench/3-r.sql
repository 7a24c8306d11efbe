--# R survey, and the same in the database: one row in ten

--@ ours         survey_agg, then estimates() and gap(): both means and their difference with standard errors
--/ r_all/ours >= 20
SELECT e.subgroup, e.estimate, e.std_error, (mindgap.gap(s)).std_error
FROM (SELECT mindgap.survey_agg(y, subgroup, w, stratum, psu) AS s FROM tenth OFFSET 0) x, mindgap.estimates(s) e;

--R survey.R survey
--r transfer  R: rows into a data frame
--r svydesign R: svydesign
--r svyby     R: svyby(svymean, covmat) and svycontrast

--? the standard errors of R and ours differ by less than 1e-9 of their size
SELECT bool_and(abs(e.std_error / CASE e.subgroup WHEN 'deprived' THEN :r1 ELSE :r2 END - 1) < 1e-9
                AND abs((mindgap.gap(s)).std_error / :r3 - 1) < 1e-9)
FROM (SELECT mindgap.survey_agg(y, subgroup, w, stratum, psu) AS s FROM tenth) x, mindgap.estimates(s) e
WHERE e.subgroup IS NOT NULL;

--# R survey, and the same in the database: one row in ten

--@ ours         survey_agg, then estimates() and gap(): both means and their difference with standard errors
--/ r_all/ours >= 20
SELECT e.subgroup, e.estimate, e.std_error, (mindgap.gap(s)).std_error
FROM (SELECT mindgap.survey_agg(y, subgroup, w, stratum, psu) AS s FROM tenth OFFSET 0) x, mindgap.estimates(s) e;

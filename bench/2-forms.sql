--# Other forms of survey_agg
--n people

--@ count        count(*)
SELECT count(*) FROM people;

--@ plain        plain SQL by integer subgroup: sum(w * y), sum(w)
SELECT g, sum(w * y), sum(w) FROM people GROUP BY g;

--@ agg          survey_agg(y, g, w, stratum, psu): integer subgroup
--/ agg/plain <= 1.00
SELECT count(s) FROM (SELECT mindgap.survey_agg(y, g, w, stratum, psu) AS s FROM people OFFSET 0) x;

--@ nodesign     survey_agg(y, g, w): no strata, no PSUs
--/ nodesign/plain <= 1.00
SELECT count(s) FROM (SELECT mindgap.survey_agg(y, g, w) AS s FROM people OFFSET 0) x;

--@ sorted       survey_agg(y, subgroup, w, stratum, psu), rows sorted by PSU
--/ sorted/sorted_plain <= 1.00
SELECT count(s) FROM (SELECT mindgap.survey_agg(y, subgroup, w, stratum, psu) AS s FROM people_sorted OFFSET 0) x;

--@ sorted_plain plain SQL by text subgroup, rows sorted by PSU
SELECT subgroup, sum(w * y), sum(w) FROM people_sorted GROUP BY subgroup;

--# Summary of a survey with its design: 200 strata, 4,000 PSUs, 2 subgroups, rows in random order of PSU
--n people

--@ count        count(*), the floor
SELECT count(*) FROM people;

--@ plain        plain SQL: weighted sums by subgroup, no standard errors
SELECT subgroup, sum(w * y), sum(w) FROM people GROUP BY subgroup;

--@ agg          survey_agg(y, subgroup, w, stratum, psu)
--/ agg/plain <= 1.00
SELECT count(s) FROM (SELECT mindgap.survey_agg(y, subgroup, w, stratum, psu) AS s FROM people OFFSET 0) x;

--@ errors       the same, then estimates() and gap(): both means and their difference with standard errors
--/ errors/pure <= 0.50
--/ errors/pure_two <= 0.50
SELECT e.subgroup, e.estimate, e.std_error, (mindgap.gap(s)).std_error
FROM (SELECT mindgap.survey_agg(y, subgroup, w, stratum, psu) AS s FROM people OFFSET 0) x, mindgap.estimates(s) e;

--@ pure         pure SQL: the same standard errors, GROUP BY stratum, psu, subgroup
SELECT * FROM errors_in_sql;

--@ pure_two     pure SQL: the same, GROUP BY stratum, psu and a FILTER for each of the two subgroups
SELECT * FROM errors_in_sql_of_two;

--? the standard errors of either pure SQL and ours differ by less than 1e-9 of their size
SELECT bool_and(abs(our_deprived / deprived - 1) < 1e-9 AND abs(our_others / others - 1) < 1e-9
                AND abs(our_difference / difference - 1) < 1e-9)
FROM (SELECT * FROM errors_in_sql UNION ALL SELECT * FROM errors_in_sql_of_two) pure,
     (SELECT max(e.std_error) FILTER (WHERE e.subgroup = 'deprived') AS our_deprived,
             max(e.std_error) FILTER (WHERE e.subgroup = 'others') AS our_others,
             max((mindgap.gap(s)).std_error) AS our_difference
      FROM (SELECT mindgap.survey_agg(y, subgroup, w, stratum, psu) AS s FROM people OFFSET 0) x, mindgap.estimates(s) e) ours;

--# Many groups of ten rows, and many PSUs

--@ avg          avg(y) GROUP BY grp
--memory
SELECT count(s) FROM (SELECT avg(y) AS s FROM tenth GROUP BY grp OFFSET 0) x;

--@ agg          survey_agg(y, subgroup, w) GROUP BY grp
--/ agg/avg
--memory
SELECT count(s) FROM (SELECT mindgap.survey_agg(y, subgroup, w) AS s FROM tenth GROUP BY grp OFFSET 0) x;

--@ psus         survey_agg(y, subgroup, w, stratum, psu) GROUP BY grp: 5 PSUs a group
--/ psus/avg
--memory
SELECT count(s) FROM (SELECT mindgap.survey_agg(y, subgroup, w, grp, pair) AS s FROM tenth GROUP BY grp OFFSET 0) x;

--@ large        survey_agg, every row another PSU, no GROUP BY
--memory
SELECT count(s) FROM (SELECT mindgap.survey_agg(y, subgroup, w, stratum, id) AS s FROM tenth OFFSET 0) x;

--@ read         estimates() of that summary, stored
SELECT e.* FROM stored_large, mindgap.estimates(s) e;

--@ gap          gap() of it
SELECT g.* FROM stored_large, mindgap.gap(s) g;

--! 
SELECT format('That summary, stored: %s PSUs, %s bytes a PSU as a value, %s bytes on disk (compressed).',
              d.psus, round(d.bytes::numeric / d.psus, 1), round(pg_column_size(s)::numeric / d.psus, 1))
FROM stored_large, mindgap.survey_design(s) d;

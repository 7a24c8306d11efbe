--# One extra worker: two processes

--@ serial       survey_agg(y, subgroup, w, stratum, psu), one process
SELECT count(s) FROM (SELECT mindgap.survey_agg(y, subgroup, w, stratum, psu) AS s FROM people OFFSET 0) x;

--@ parallel     the same, two processes
--= max_parallel_workers_per_gather = 1
--plan Workers Launched: 1
--/ serial/parallel >= 1.70
SELECT count(s) FROM (SELECT mindgap.survey_agg(y, subgroup, w, stratum, psu) AS s FROM people OFFSET 0) x;

--@ plain        plain SQL sums, one process
SELECT subgroup, sum(w * y), sum(w) FROM people GROUP BY subgroup;

--@ plain2       plain SQL sums, two processes
--= max_parallel_workers_per_gather = 1
--plan Workers Launched: 1
--/ plain/plain2
SELECT subgroup, sum(w * y), sum(w) FROM people GROUP BY subgroup;

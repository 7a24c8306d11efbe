-- PHQ-9 of all NHANES cycles, scored from the nine items: against the file's own score, against plain SQL, and with what
-- the public files hold in place of answers (7 and 9 for refused and don't know, 5.4e-79 for zero).
\ir include/tap.psql
\ir include/nhanes_phq9.psql

-- answered is 0 to 3
CREATE TEMP TABLE person AS
SELECT phq9, phq9_nmiss::int AS nmiss, dpq,
	(SELECT array_agg(CASE WHEN a BETWEEN 0 AND 3 THEN a END ORDER BY o) FROM unnest(dpq) WITH ORDINALITY u(a, o)) AS answered,
	(SELECT CASE WHEN count(a) FILTER (WHERE a IN (0, 1, 2, 3)) = 9 THEN sum(a) END FROM unnest(dpq) a) AS by_sql
FROM phq9_file, LATERAL (SELECT ARRAY[dpq010, dpq020, dpq030, dpq040, dpq050, dpq060, dpq070, dpq080, dpq090]::float8[] AS dpq) d;

CREATE TEMP TABLE scored AS
SELECT p.*, s.*, mindgap.score('PHQ-9', dpq, on_invalid => 'missing') AS from_float8,
	mindgap.score('PHQ-9', dpq::int[], on_invalid => 'missing') AS from_int, mindgap.score('PHQ-9', answered) AS from_answered,
	mindgap.score('PHQ-8', answered[:8]) AS phq8, mindgap.score('PHQ-2', answered[:2]) AS phq2
FROM person p, LATERAL mindgap.score_detail('PHQ-9', dpq, on_invalid => 'missing') s;

SELECT pg_temp.check('persons', count(*)::float8, 50265) FROM scored;
SELECT pg_temp.check('complete answers, as the file''s description counts them', count(score)::float8, 44922) FROM scored;
SELECT pg_temp.check_true('the score is the file''s', bool_and(score IS NOT DISTINCT FROM phq9)) FROM scored;
SELECT pg_temp.check_true('... and that of plain SQL', bool_and(score IS NOT DISTINCT FROM by_sql)) FROM scored;
SELECT pg_temp.check_true('... from arrays of either type', bool_and(score IS NOT DISTINCT FROM from_float8
	AND score IS NOT DISTINCT FROM from_int AND score IS NOT DISTINCT FROM from_answered)) FROM scored;
SELECT pg_temp.check_true('missing answers are the file''s', bool_and(n_missing = nmiss)) FROM scored;
SELECT pg_temp.check_true('nobody with a missing answer has a score, a case or a band',
	bool_and(score IS NULL AND is_case IS NULL AND band IS NULL)) FROM scored WHERE nmiss > 0;
SELECT pg_temp.check_true('some have a part of the answers', count(*) > 100) FROM scored WHERE nmiss BETWEEN 1 AND 8;
SELECT pg_temp.check_true('a case is a score of 10 or more, as a number',
	bool_and(is_case = (phq9 >= 10)) AND bool_and(is_case = mindgap.is_case('PHQ-9', phq9))) FROM scored WHERE phq9 IS NOT NULL;
SELECT pg_temp.check_true('bands at 5, 10, 15 and 20', bool_and(band = CASE WHEN phq9 < 5 THEN 'minimal' WHEN phq9 < 10 THEN 'mild'
	WHEN phq9 < 15 THEN 'moderate' WHEN phq9 < 20 THEN 'moderately severe' ELSE 'severe' END)) FROM scored WHERE phq9 IS NOT NULL;
SELECT pg_temp.check_true('PHQ-8 leaves the ninth item out, PHQ-2 all but two',
	bool_and(phq8 = phq9 - answered[9] AND phq2 = answered[1] + answered[2])) FROM scored WHERE phq9 IS NOT NULL;

-- what stands for a missing answer in the public files counts as missing or is an error, never as a number
SELECT pg_temp.check_true('7 and 9 for missing answers give the same scores', bool_and(mindgap.score('PHQ-9',
		(SELECT array_agg(coalesce(a, CASE WHEN o % 2 = 0 THEN 7 ELSE 9 END) ORDER BY o) FROM unnest(answered) WITH ORDINALITY u(a, o)),
		on_invalid => 'missing') IS NOT DISTINCT FROM phq9))
FROM scored;
CREATE FUNCTION pg_temp.refused(items float8[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mindgap.score('PHQ-9', items);
	RETURN false;
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN true;
END $$;
SELECT pg_temp.check_true('... and are an error otherwise, where the file has them', bool_and(pg_temp.refused(dpq)) AND count(*) > 100)
FROM scored WHERE dpq IS DISTINCT FROM answered;
SELECT pg_temp.check_true('5.4e-79 is no 0', bool_and(pg_temp.refused(array_replace(answered, 0::float8, 5.4e-79::float8))))
FROM scored WHERE 0 = ANY (answered);

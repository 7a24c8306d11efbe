-- Individual change as window functions: against plain SQL that looks the earlier scores up, on deterministic
-- scores with gaps; trajectory_agg against the sequence spelled out; bad input.

CREATE TEMP TABLE visit AS
SELECT p AS person, t AS wave, 2014.5 + t + (p % 3) / 10.0 AS years,
	CASE WHEN (p * 5 + t * 3) % 7 > 0 THEN ((p * 7 + t * t * 11 + p * t) % 37)::float8 END AS score
FROM generate_series(1, 60) p, generate_series(1, 6) t;

CREATE FUNCTION pg_temp.close_to(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT a IS NOT DISTINCT FROM b OR abs(a - b) <= 1e-9 * greatest(1, abs(b)) $$;

-- every function against a lookup of the earlier rows, whatever the frame
WITH fast AS (
	SELECT person, wave, score, mindgap.previous_score(score) OVER w AS previous,
		mindgap.change_from_previous(score) OVER w AS change, mindgap.change_from_baseline(score) OVER w AS since,
		mindgap.change_beyond_trend(score, years) OVER w AS beyond,
		mindgap.reliable_change(score, 6, 0.8) OVER w AS rc, mindgap.change_class(score, 6, 0.8, 16) OVER w AS class,
		mindgap.change_class(40 - score, 6, 0.8, 24, 'better') OVER w AS class_turned,
		mindgap.case_transition(score >= 16) OVER w AS transition
	FROM visit WINDOW w AS (PARTITION BY person ORDER BY wave ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING)
), slow AS (
	SELECT v.person, v.wave, l.previous, v.score - l.previous AS change,
		v.score - (SELECT e.score FROM visit e WHERE e.person = v.person AND e.score IS NOT NULL ORDER BY e.wave LIMIT 1) AS since,
		v.score - r.slope * v.years - r.intercept AS beyond, (v.score - l.previous) / (6 * sqrt(2 * 0.2)) AS rc
	FROM visit v
	LEFT JOIN LATERAL (SELECT e.score AS previous FROM visit e WHERE e.person = v.person AND e.wave < v.wave AND e.score IS NOT NULL ORDER BY e.wave DESC LIMIT 1) l ON true
	LEFT JOIN LATERAL (SELECT regr_slope(e.score, e.years) AS slope, regr_intercept(e.score, e.years) AS intercept FROM visit e WHERE e.person = v.person AND e.wave < v.wave) r ON true
)
SELECT count(*), bool_and(pg_temp.close_to(f.previous, s.previous)) AS previous, bool_and(pg_temp.close_to(f.change, s.change)) AS change,
	bool_and(pg_temp.close_to(f.since, s.since)) AS since, bool_and(pg_temp.close_to(f.beyond, s.beyond)) AS beyond, bool_and(pg_temp.close_to(f.rc, s.rc)) AS rc,
	bool_and(f.class IS NOT DISTINCT FROM CASE
		WHEN s.rc < -1.96 THEN CASE WHEN s.previous >= 16 AND f.score < 16 THEN 'recovered' ELSE 'improved' END
		WHEN s.rc > 1.96 THEN CASE WHEN s.previous < 16 AND f.score >= 16 THEN 'harmed' ELSE 'deteriorated' END
		WHEN s.rc IS NOT NULL THEN 'unchanged' END) AS class,
	bool_and(f.class_turned IS NOT DISTINCT FROM f.class) AS turned,
	bool_and(f.transition IS NOT DISTINCT FROM CASE WHEN s.change IS NOT NULL THEN CASE WHEN f.score >= 16 THEN CASE WHEN s.previous >= 16 THEN 'persistent' ELSE 'onset' END
		ELSE CASE WHEN s.previous >= 16 THEN 'remission' ELSE 'none' END END END) AS transition
FROM fast f JOIN slow s USING (person, wave);

-- time in seconds since 1970 gives the same as time in years
SELECT bool_and(pg_temp.close_to(a, b)) AS seconds
FROM (SELECT mindgap.change_beyond_trend(score, years) OVER w AS a, mindgap.change_beyond_trend(score, (years - 1970) * 31556952) OVER w AS b
	FROM visit WINDOW w AS (PARTITION BY person ORDER BY wave)) x;

-- the course, against the sequence of cases as text
WITH c AS (
	SELECT person, mindgap.trajectory_agg(wave, score >= 16 ORDER BY wave % 3) AS course, string_agg(CASE WHEN score >= 16 THEN '1' ELSE '0' END, '' ORDER BY wave) FILTER (WHERE score IS NOT NULL) AS seq
	FROM visit WHERE person % 5 <> 0 OR wave < 4 GROUP BY person
)
SELECT course, count(*), bool_and(seq ~ CASE course WHEN 'resistant' THEN '^00+$' WHEN 'chronic' THEN '^11+$' WHEN 'deteriorating' THEN '^0+1+$' WHEN 'improving' THEN '^1+0+$' WHEN 'recovery' THEN '^0+1+0+$' ELSE '10+1|01+0+1' END) AS spelled_out
FROM c WHERE length(seq) > 1 GROUP BY course ORDER BY course;
SELECT mindgap.trajectory_agg(w, k) AS one_wave FROM (VALUES (1, true), (1, false)) v(w, k);
SELECT mindgap.trajectory_agg(w, k) AS any_row_is_a_case FROM (VALUES (1, true), (1, false), (2, false)) v(w, k);
SELECT mindgap.trajectory_agg(NULL, NULL) IS NULL AS nothing;
SELECT mindgap.trajectory_agg(i, i > 50000) AS many FROM generate_series(1, 100000) i;
-- a trajectory is the same from parts
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
CREATE TABLE person_change_rows AS SELECT i, i % 10 < 5 AS k FROM generate_series(1, 20000) i;
SELECT mindgap.trajectory_agg(i, i > 7000) AS parallel FROM person_change_rows;
DROP TABLE person_change_rows;

-- rows in any physical order, persons by text, uuid or key(); one wave has no change; a person twice in a wave is two interviews
SELECT bool_and(a IS NOT DISTINCT FROM b AND a IS NOT DISTINCT FROM c) AS same_change
FROM (SELECT person, wave, mindgap.change_class(score, 6, 0.8, 16) OVER (PARTITION BY person ORDER BY wave) AS a FROM visit) x
JOIN (SELECT person, wave, mindgap.change_class(score, 6, 0.8, 16) OVER (PARTITION BY 'id ' || person ORDER BY wave) AS b FROM (SELECT * FROM visit ORDER BY md5(person || ' ' || wave)) v) y USING (person, wave)
JOIN (SELECT person, wave, mindgap.change_class(score, 6, 0.8, 16) OVER (PARTITION BY mindgap.key(md5(person::text)::uuid) ORDER BY wave) AS c FROM (SELECT * FROM visit ORDER BY wave DESC) v) z USING (person, wave);
SELECT mindgap.change_from_previous(5) OVER () AS change, mindgap.change_from_baseline(5) OVER () AS since_first, mindgap.change_beyond_trend(5, 2020) OVER () AS beyond, mindgap.case_transition(true) OVER () AS transition;
SELECT wave, score, mindgap.change_from_previous(score) OVER (ORDER BY wave, interview) AS change, mindgap.change_beyond_trend(score, wave) OVER (ORDER BY wave, interview) AS beyond
FROM (VALUES (1, 1, 10.0), (1, 2, 12.0), (2, 1, 9.0), (3, 1, 9.0)) v(wave, interview, score);

-- bad input
SELECT mindgap.change_from_previous('NaN') OVER ();
SELECT mindgap.change_beyond_trend(1, 'Infinity') OVER ();
SELECT mindgap.reliable_change(1, 0, 0.8) OVER ();
SELECT mindgap.reliable_change(1, 6, 1) OVER ();
SELECT mindgap.change_class(1, 6, 0.8, 16, 'higher') OVER ();
SELECT mindgap.trajectory_agg('NaN', true);
SELECT mindgap.trajectory_final(ARRAY[5, 1]::float8[]);

-- survey_agg, rollup and gap_difference over window frames, and with FILTER, DISTINCT and ORDER BY.
-- Each frame is compared with an aggregate of its own over the same rows; gap_difference, which
-- takes rows back out of its state, with exact arithmetic in numeric.

CREATE FUNCTION pg_temp.rnd(seed bigint, i bigint, m bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ((i * 48271 + seed * 7919 + 12345) % 2147483647 * 16807 % 2147483647 * 69621 % 2147483647) % m $$;

CREATE TEMP TABLE d AS
SELECT i, 1 + pg_temp.rnd(1, i, 3) AS p,
	CASE WHEN pg_temp.rnd(2, i, 8) > 0 THEN pg_temp.rnd(3, i, 300) / 4.0::float8 END AS y,
	CASE WHEN pg_temp.rnd(4, i, 8) > 0 THEN 'g' || pg_temp.rnd(5, i, 3) END AS g,
	CASE WHEN pg_temp.rnd(6, i, 8) > 0 THEN pg_temp.rnd(7, i, 40) / 8.0::float8 END AS w,
	pg_temp.rnd(8, i, 3) AS h, CASE WHEN pg_temp.rnd(9, i, 4) > 0 THEN pg_temp.rnd(10, i, 60) END AS c
FROM generate_series(1, 240) i;

-- estimates of a summary in one line, rounded
CREATE FUNCTION pg_temp.line(s mindgap.survey_summary) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', coalesce(subgroup, '*'), n, n_missing, round(estimate::numeric, 9), round(std_error::numeric, 9), df), ', ' ORDER BY subgroup)
	FROM mindgap.estimates(s, lonely_psu => 'adjust')
$$;

-- survey_agg over frames.  The state grows from the small to the large form in the first.

WITH f AS (
	SELECT i, p,
		mindgap.survey_agg(y, g, w, h, c) OVER (ORDER BY i) AS growing,
		mindgap.survey_agg(y, g, w, h, c) OVER (PARTITION BY p ORDER BY i) AS by_partition,
		mindgap.survey_agg(y, g, w, h, c) OVER (ORDER BY i ROWS BETWEEN 5 PRECEDING AND 3 FOLLOWING) AS moving,
		mindgap.survey_agg(y, g, w, h, c) OVER (ORDER BY i ROWS BETWEEN 90 PRECEDING AND CURRENT ROW) AS moving_large,
		mindgap.survey_agg(y, g, w, h, c) OVER (ORDER BY i / 10 GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) AS excluding,
		mindgap.survey_agg(y, g, w, h, c) OVER (ORDER BY i RANGE BETWEEN 4 FOLLOWING AND 9 FOLLOWING) AS ahead,
		mindgap.survey_agg(y, g, w, h, c) FILTER (WHERE i % 2 = 0) OVER (ORDER BY i) AS filtered,
		mindgap.survey_agg(y) OVER () AS whole
	FROM d
)
SELECT v.frame, count(*) AS frames, count(*) FILTER (WHERE pg_temp.line(v.s) IS NULL) AS empty,
	bool_and(pg_temp.line(v.s) IS NOT DISTINCT FROM pg_temp.line(a.s)) AS agree
FROM f, LATERAL (VALUES
	(1, 'growing', growing), (2, 'by partition', by_partition), (3, 'moving', moving), (4, 'moving, large', moving_large),
	(5, 'excluding', excluding), (6, 'ahead', ahead), (7, 'filtered', filtered)) v(o, frame, s),
	LATERAL (SELECT mindgap.survey_agg(y, g, w, h, c ORDER BY d.i DESC) AS s
		FROM d
		WHERE CASE v.o
			WHEN 1 THEN d.i <= f.i
			WHEN 2 THEN d.p = f.p AND d.i <= f.i
			WHEN 3 THEN d.i BETWEEN f.i - 5 AND f.i + 3
			WHEN 4 THEN d.i BETWEEN f.i - 90 AND f.i
			WHEN 5 THEN d.i / 10 BETWEEN f.i / 10 - 1 AND f.i / 10 AND d.i <> f.i
			WHEN 6 THEN d.i BETWEEN f.i + 4 AND f.i + 9
			WHEN 7 THEN d.i <= f.i AND d.i % 2 = 0 END) a
WHERE f.i % 3 = 0 OR f.i > 230 OR f.i < 5
GROUP BY v.o, v.frame
ORDER BY v.o;

-- a frame's summary stays as it is while the frame grows on
SELECT bool_and(pg_temp.line(s) = pg_temp.line(again)) AS kept
FROM (SELECT i, mindgap.survey_agg(y, g, w, h, c) OVER (ORDER BY i) AS s FROM d) a
JOIN (SELECT b.i, (SELECT mindgap.survey_agg(y, g, w, h, c ORDER BY d.i) FROM d WHERE d.i <= b.i) AS again FROM d b WHERE b.i IN (1, 7, 60, 61, 62, 63, 64, 65, 66, 67, 100, 240)) b USING (i);

-- rollup over frames: of single rows, of days
WITH day AS (
	SELECT i / 12 AS day, mindgap.survey_agg(y, g, w, h, c) AS s FROM d GROUP BY 1
), f AS (
	SELECT day, mindgap.rollup(s) OVER (ORDER BY day) AS so_far, mindgap.rollup(s) OVER (ORDER BY day ROWS 4 PRECEDING) AS week FROM day
)
SELECT count(*) AS days, bool_and(pg_temp.line(so_far) = pg_temp.line(a.s)) AS so_far, bool_and(pg_temp.line(week) = pg_temp.line(b.s)) AS week
FROM f, LATERAL (SELECT mindgap.survey_agg(y, g, w, h, c) AS s FROM d WHERE i / 12 <= day) a,
	LATERAL (SELECT mindgap.survey_agg(y, g, w, h, c) AS s FROM d WHERE i / 12 BETWEEN day - 4 AND day) b;

-- FILTER, DISTINCT, ORDER BY, GROUPING SETS, several at once

SELECT pg_temp.line(filtered) = pg_temp.line(w.s) AS filtered, pg_temp.line(distinct_rows) = pg_temp.line(u.s) AS distinct_rows, pg_temp.line(ordered) = pg_temp.line(everything) AS ordered,
	nothing IS NULL AS nothing
FROM (SELECT mindgap.survey_agg(y, g, w, h, c) FILTER (WHERE p = 2) AS filtered,
		mindgap.survey_agg(DISTINCT y, g) AS distinct_rows,
		mindgap.survey_agg(y, g, w, h, c ORDER BY y DESC NULLS FIRST, g, i) AS ordered,
		mindgap.survey_agg(y, g, w, h, c) AS everything,
		mindgap.survey_agg(y, g, w, h, c) FILTER (WHERE false) AS nothing
	FROM d) a,
	(SELECT mindgap.survey_agg(y, g, w, h, c) AS s FROM d WHERE p = 2) w,
	(SELECT mindgap.survey_agg(y, g) AS s FROM (SELECT DISTINCT y, g FROM d) q) u;
SELECT coalesce(p::text, '-') AS p, coalesce(h::text, '-') AS h, pg_temp.line(a.s) = pg_temp.line(b.s) AS agree
FROM (SELECT p, h, mindgap.survey_agg(y, g, w, 1, c) AS s FROM d GROUP BY GROUPING SETS ((p), (h), ())) a,
	LATERAL (SELECT mindgap.survey_agg(y, g, w, 1, c) AS s FROM d WHERE (a.p IS NULL OR d.p = a.p) AND (a.h IS NULL OR d.h = a.h)) b
ORDER BY a.p, a.h;
SELECT mindgap.gap_difference(y, b) FILTER (WHERE y < 9) AS filtered, mindgap.gap_difference(DISTINCT y, b) AS distinct_rows, mindgap.gap_difference(y, b, w ORDER BY y) AS weighted,
	mindgap.gap_difference(y, b) FILTER (WHERE b) AS one_side
FROM (VALUES (1, true, 1), (1, true, 1), (7, true, 1), (2, false, 3), (4, false, 1), (9, false, 0)) r(y, b, w);

-- gap_difference over moving frames against exact sums

CREATE FUNCTION pg_temp.moving(query text, width int, OUT frames bigint, OUT nulls bigint, OUT agree boolean) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($q$
		WITH r AS MATERIALIZED (SELECT * FROM (%s) r(i, y, b, w))
		SELECT count(*), count(*) FILTER (WHERE exact IS NULL),
			bool_and((fast IS NULL) = (exact IS NULL) AND (exact IS NULL OR abs(fast::numeric - exact) <= 1e-12 * greatest(abs(exact), spread)))
		FROM (SELECT i, mindgap.gap_difference(y, b, w) OVER (ORDER BY i ROWS %s PRECEDING) AS fast FROM r) f,
			LATERAL (SELECT (sum(w::numeric * y::numeric) FILTER (WHERE b) * sum(w::numeric) FILTER (WHERE NOT b) -
						sum(w::numeric * y::numeric) FILTER (WHERE NOT b) * sum(w::numeric) FILTER (WHERE b)) /
						(sum(w::numeric) FILTER (WHERE b) * sum(w::numeric) FILTER (WHERE NOT b)) AS exact,
					max(y::numeric) - min(y::numeric) AS spread
				FROM r
				WHERE r.i BETWEEN f.i - %s AND f.i AND w > 0 AND y IS NOT NULL AND b IS NOT NULL) e
		$q$, query, width, width) INTO frames, nulls, agree;
END $$;

CREATE TEMP TABLE m AS
SELECT i::int AS i, pg_temp.rnd(20, i, 2000) / 8.0::float8 AS y, pg_temp.rnd(21, i, 3) = 0 AS b, 1 + pg_temp.rnd(22, i, 64) / 16.0::float8 AS w
FROM generate_series(1, 500) i;
SELECT v.data, width, r.*
FROM (VALUES
	(1, 'plain', 'SELECT i, y, b, w FROM m'),
	(2, 'all far from 0', 'SELECT i, y + 1e9, b, w FROM m'),
	(3, 'NULLs', 'SELECT i, CASE WHEN pg_temp.rnd(23, i, 4) > 0 THEN y END, CASE WHEN pg_temp.rnd(24, i, 4) > 0 THEN b END, CASE WHEN pg_temp.rnd(25, i, 4) > 0 THEN w END FROM m'),
	(4, 'weights of 0', 'SELECT i, y, b, CASE WHEN pg_temp.rnd(26, i, 3) > 0 THEN 0 ELSE w END FROM m'),
	(5, 'one side only, in runs', 'SELECT i, y, i / 40 % 2 = 0, w FROM m'),
	(6, 'sums that are 0', 'SELECT i, (i % 3 - 1)::float8, i % 2 = 0, 1::float8 FROM m'),
	(7, 'outliers of 1e12', 'SELECT i, CASE WHEN i % 97 = 0 THEN 1e12 * y ELSE y END, b, w FROM m'),
	(8, 'outliers of 1e300', 'SELECT i, CASE WHEN i % 97 = 0 THEN 1e300 ELSE y END, b, w FROM m'),
	(9, 'outliers of 1e300, both signs', 'SELECT i, CASE WHEN i % 97 = 0 THEN 1e300 * (1 - i % 2 * 2) WHEN i % 89 = 0 THEN 1e30 ELSE y END, b, w FROM m'),
	(10, 'outliers of 1e300 before others of 1e16', 'SELECT i, CASE WHEN i % 60 = 0 THEN 1e300 WHEN i % 60 = 3 THEN 1e16 WHEN i % 60 = 5 THEN 1 ELSE 0 END::float8, i % 2 = 0 AND i % 60 <> 0, 1::float8 FROM m'),
	(11, 'weights of 1e15', 'SELECT i, y, b, CASE WHEN i % 97 = 0 THEN 1e15 ELSE w END FROM m'),
	(12, 'tiny weights', 'SELECT i, y, b, w * CASE WHEN i / 50 % 2 = 0 THEN 1e-18 ELSE 1 END FROM m')
) v(o, data, query), unnest('{0,1,7,40}'::int[]) width, LATERAL pg_temp.moving(v.query, width) r
ORDER BY v.o, width;
-- without weight
SELECT bool_and(abs(a - b) < 1e-11 OR (a IS NULL AND b IS NULL)) AS agree
FROM (SELECT i, mindgap.gap_difference(y, b) OVER (ORDER BY i ROWS 9 PRECEDING) AS a, avg(y) FILTER (WHERE b) OVER f - avg(y) FILTER (WHERE NOT b) OVER f AS b
	FROM m WINDOW f AS (ORDER BY i ROWS 9 PRECEDING)) q;
-- a frame that starts behind its end is empty
SELECT count(mindgap) AS not_null
FROM (SELECT mindgap.gap_difference(y, b) OVER (ORDER BY i ROWS BETWEEN 3 FOLLOWING AND 1 FOLLOWING) FROM m) q(mindgap);

-- Do 95 % intervals of the excess over the earlier trend hold the truth 95 times in 100? Panels are made again and again
-- from a known model, and each goes through trend_break_agg and trend_break. Needs no data from outside.
--
-- 800 panels of 150 persons in 30 clusters, two subgroups of other trends and excesses. Waves in years -3, -2, -1 before and 0.3
-- after the event, from which a fifth of the interviews is missing. Scores have a level, a trend and a response to the
-- event of each person's own, parts of trend and response that the cluster shares, and noise that grows with time.
\ir include/tap.psql

-- as in coverage.sql
CREATE FUNCTION pg_temp.uniform(id bigint, seed bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT ((hashint8extended(hashint8extended(id, seed), 7) >> 12 & 4503599627370495) + 0.5) / 4503599627370496.0::float8
$$;
CREATE FUNCTION pg_temp.normal(id bigint, seed bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT sqrt(-2 * ln(pg_temp.uniform(id, seed))) * cos(2 * pi() * pg_temp.uniform(id, seed + 1))
$$;

CREATE TEMP TABLE row_made AS
SELECT panel, p.person, p.cluster, p.grp, p.weight, years, after,
	level + own_trend * years + CASE WHEN after THEN own_excess ELSE 0 END
		+ (1 + 0.1 * (years + 3)) * pg_temp.normal(100 * p.person + wave, 60) AS score
FROM generate_series(1, 800) panel, generate_series(1, 30) c,
	LATERAL (SELECT 100::bigint * panel + c AS cluster) k,
	LATERAL (SELECT 0.15 * pg_temp.normal(cluster, 10) AS shared_trend, 0.4 * pg_temp.normal(cluster, 20) AS shared_excess OFFSET 0) s,
	generate_series(1, 5) n,
	LATERAL (SELECT 1000 * cluster + n AS person, cluster, CASE WHEN n <= 2 THEN 'young' ELSE 'old' END AS grp, 1 + n % 2 AS weight,
		12 + 3 * pg_temp.normal(1000 * cluster + n, 30) AS level,
		CASE WHEN n <= 2 THEN 0.5 ELSE 0.2 END + shared_trend + 0.2 * pg_temp.normal(1000 * cluster + n, 40) AS own_trend,
		CASE WHEN n <= 2 THEN 2 ELSE 0.3 END + shared_excess + 0.8 * pg_temp.normal(1000 * cluster + n, 50) AS own_excess OFFSET 0) p,
	(VALUES (1, -3.0::float8, false), (2, -2, false), (3, -1, false), (4, 0.3, true)) v(wave, years, after)
WHERE pg_temp.uniform(100 * p.person + wave, 70) < 0.8;
CREATE TEMP TABLE result AS
SELECT e.*, CASE subgroup || ' ' || term WHEN 'young excess' THEN 2 WHEN 'old excess' THEN 0.3 WHEN 'young trend' THEN 0.5 WHEN 'old trend' THEN 0.2
	WHEN 'young differs from reference' THEN 1.7 END::float8 AS truth
FROM (SELECT mindgap.trend_break_agg(person, years, score, after, grp, weight, cluster) AS s FROM row_made GROUP BY panel OFFSET 0) o, mindgap.trend_break(s) e
WHERE subgroup IS NOT NULL;
SELECT unnest(ARRAY[
	pg_temp.check_true(format('%s, %s: %s %% of %s intervals hold the truth, 93 to 97 wanted', subgroup, term, round(100 * covered, 1), panels),
		covered BETWEEN 0.93 AND 0.97 AND there = panels),
	pg_temp.check_true(format('%s, %s: mean standard error over spread of the estimates is %s, 0.95 to 1.05 wanted', subgroup, term,
		round(ratio::numeric, 3)), ratio BETWEEN 0.95 AND 1.05),
	pg_temp.check_true(format('%s, %s: bias is %s standard errors, 0.15 allowed', subgroup, term, round(bias::numeric, 2)), abs(bias) < 0.15)])
FROM (SELECT subgroup, term, count(*) AS panels, count(std_error) AS there, avg((truth BETWEEN conf_low AND conf_high)::int) AS covered,
		avg(std_error) / stddev(estimate) AS ratio, (avg(estimate) - avg(truth)) / stddev(estimate) AS bias
	FROM result GROUP BY subgroup, term) c
ORDER BY subgroup, term;

-- Do 95 % intervals hold the truth 95 times in 100? Samples of whole clusters are drawn again and again from one finite
-- population, made up but fixed, and each goes through survey_agg, gap and gap_change. Needs no data from outside.
--
-- The population: 12 strata of 16 to 27 clusters of 8 to 16 persons in four ordered groups, two waves of a panel.
-- A score has a mean by group, a part that the cluster shares, a part that the person keeps, and noise. The groups are
-- spread unevenly over clusters, and the gap grows by a tenth between the waves.
-- The two designs: five clusters a stratum with replacement, and half of a stratum's clusters without, where the finite
-- population correction halves the variance.
\ir include/tap.psql

-- Hash to a uniform number in (0, 1), and two of them to a normal one (Box and Muller 1958). The hash is taken twice:
-- after one, neighbouring numbers are not independent (the same cluster came up twice in a sample at 0.6 of the rate it should).
CREATE FUNCTION pg_temp.uniform(id bigint, seed bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT ((hashint8extended(hashint8extended(id, seed), 7) >> 12 & 4503599627370495) + 0.5) / 4503599627370496.0::float8
$$;
CREATE FUNCTION pg_temp.normal(id bigint, seed bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT sqrt(-2 * ln(pg_temp.uniform(id, seed))) * cos(2 * pi() * pg_temp.uniform(id, seed + 1))
$$;

CREATE TEMP TABLE person AS
SELECT stratum, cluster, size, grp, 16 - 2 * grp + shared + own + 2 * pg_temp.normal(id, 30) AS before,
	16.5 - 2.2 * grp + shared + own + 2 * pg_temp.normal(id, 40) AS after
FROM (SELECT stratum::bigint, cluster, 15 + stratum AS size, 1000 * stratum + cluster AS place
		FROM generate_series(1, 12) stratum, generate_series(1, 15 + stratum) cluster) c,
	LATERAL (SELECT pg_temp.normal(place, 10) AS shared) s,
	LATERAL generate_series(1, 8 + (9 * pg_temp.uniform(place, 15))::int) n,
	LATERAL (SELECT 100 * place + n AS id) i,
	LATERAL (SELECT 1.5 * pg_temp.normal(id, 20) AS own,
		1 + floor(4 * (0.7 * pg_temp.uniform(id, 25) + 0.3 * pg_temp.uniform(place, 26)))::bigint AS grp) p;
CREATE INDEX ON person (stratum, cluster);

-- the truth, worked out from everybody
CREATE TEMP TABLE truth AS
WITH g AS (
	SELECT wave, grp, avg(y) AS y, count(*) / sum(count(*)) OVER w AS p,
		(sum(count(*)) OVER (w ORDER BY grp) - count(*) / 2.0) / sum(count(*)) OVER w AS r
	FROM person, LATERAL (VALUES (1, before), (2, after)) v(wave, y)
	GROUP BY wave, grp WINDOW w AS (PARTITION BY wave)
), m AS (SELECT wave, sum(p * y) AS mean FROM g GROUP BY wave),
v AS (
	SELECT wave, max(y) FILTER (WHERE grp = 4) - max(y) FILTER (WHERE grp = 1) AS difference,
		sum(p * (r - 0.5) * (y - mean)) / sum(p * (r - 0.5) ^ 2) AS sii,
		2 * sum(p * y * r) / max(mean) - 1 AS rci,
		ln(max(mean)) - sum(p * ln(y)) AS mld
	FROM g JOIN m USING (wave) GROUP BY wave
)
SELECT u.measure, (array_agg(u.value ORDER BY wave))[1] AS gap,
	(array_agg(u.value ORDER BY wave))[2] - (array_agg(u.value ORDER BY wave))[1] AS change
FROM v, unnest(ARRAY['difference', 'sii', 'rci', 'mld'], ARRAY[difference, sii, rci, mld]) u(measure, value)
GROUP BY u.measure;

-- 2500 and 2000 samples; a cluster drawn twice counts as two
CREATE TEMP TABLE draw AS
SELECT 'with replacement' AS design, sample, stratum, k AS psu,
	1 + floor((15 + stratum) * pg_temp.uniform(100000 * sample + 100 * stratum + k, 50))::int AS cluster,
	(15 + stratum) / 5.0::float8 AS weight, 1e9::float8 AS fpc
FROM generate_series(1, 2500) sample, generate_series(1, 12) stratum, generate_series(1, 5) k
UNION ALL
SELECT 'half of the clusters', sample, stratum, cluster, cluster, (15 + stratum)::float8 / taken, 15 + stratum
FROM (SELECT sample, stratum, cluster, (15 + stratum) / 2 AS taken,
		row_number() OVER (PARTITION BY sample, stratum
			ORDER BY pg_temp.uniform(100000 * sample + 100 * stratum + cluster, 60)) AS place
	FROM generate_series(1, 2000) sample, generate_series(1, 12) stratum, generate_series(1, 15 + stratum) cluster) d
WHERE place <= taken;
ANALYZE draw;
ANALYZE person;

CREATE TEMP TABLE drawn AS
SELECT design, sample, mindgap.survey_agg(before, grp, weight, stratum::bigint, psu::bigint, fpc) AS a,
	mindgap.survey_agg(after, grp, weight, stratum::bigint, psu::bigint, fpc) AS b
FROM draw JOIN person USING (stratum, cluster)
GROUP BY design, sample;

CREATE TEMP TABLE result AS
SELECT design, sample, t.measure, v.what, v.truth, v.estimate, v.std_error, v.conf_low, v.conf_high
FROM drawn, truth t,
	LATERAL mindgap.gap(a, t.measure, compare => '4', reference => '1') g,
	LATERAL mindgap.gap_change(a, b, t.measure, compare => '4', reference => '1') c,
	LATERAL (VALUES ('gap', t.gap, g.estimate, g.std_error, g.conf_low, g.conf_high),
		('gap_change', t.change, c.change, c.std_error, c.conf_low, c.conf_high))
		v(what, truth, estimate, std_error, conf_low, conf_high);

CREATE TEMP TABLE coverage AS
SELECT design, what, measure, truth, count(*) AS samples, avg((truth BETWEEN conf_low AND conf_high)::int)::float8 AS covered,
	avg(std_error) AS std_error, stddev(estimate) AS spread, avg(estimate) - truth AS bias, count(std_error) AS there
FROM result GROUP BY design, what, measure, truth;

SELECT unnest(ARRAY[
	pg_temp.check_true(format('%s of %s, %s: %s %% of %s intervals hold the truth, 93 to 97 wanted', what, measure,
		design, round(100 * covered::numeric, 1), samples), covered BETWEEN 0.93 AND 0.97 AND there = samples),
	pg_temp.check_true(format('%s of %s, %s: mean standard error over spread of the estimates is %s, 0.95 to 1.05 wanted',
		what, measure, design, round((std_error / spread)::numeric, 3)), std_error / spread BETWEEN 0.95 AND 1.05),
	pg_temp.check_true(format('%s of %s, %s: bias is %s standard errors, 0.15 allowed', what, measure, design,
		round((bias / spread)::numeric, 2)), abs(bias) < 0.15 * spread)])
FROM coverage ORDER BY design, what, measure;

-- a measure that cannot be below 0 has such intervals where it is well above
SELECT pg_temp.check_true(format('mld, %s: the truth is %s standard errors from 0, 5 or more wanted', design,
	round((truth / spread)::numeric, 1)), truth > 5 * spread)
FROM coverage WHERE what = 'gap' AND measure = 'mld' ORDER BY design;

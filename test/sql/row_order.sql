-- The same rows in another order, or split in another way, give the same answer to 1e-12, also where one
-- subgroup's outcomes are far from another's: a first row far away must not cost the others their digits.
-- Expected: the closed forms of a simple random sample and of a sample of clusters, over the near rows alone.

CREATE TEMP TABLE d AS
SELECT size, i, CASE WHEN i <= 4 THEN 'far' ELSE 'near' END AS g, CASE WHEN i <= 4 THEN size * i ELSE i * i % 11 END::float8 AS y, 1 + i % 4 / 4.0 AS w, i % 9 AS c
FROM generate_series(1, 60) i, unnest('{1,1e3,1e6,1e9,1e12,1e100}'::float8[]) size;

CREATE FUNCTION pg_temp.close_to(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(abs(a - b) <= 1e-12 * abs(b), false) $$;

WITH mean AS (
	SELECT size, sum(w * y) / sum(w) AS mean, sum(w) AS sum_w FROM d WHERE g = 'near' GROUP BY size
), slow AS (
	-- every unit of the sample counts, those without a near row with z = 0; the sum of z is 0
	SELECT size, mean, sqrt(60.0 / 59 * sum((w * (y - mean) / sum_w) ^ 2)) AS rows,
		(SELECT sqrt(9.0 / 8 * sum(z ^ 2)) FROM (SELECT sum(w * (y - mean) / sum_w) AS z FROM d x WHERE x.size = m.size AND g = 'near' GROUP BY c) z) AS clusters
	FROM mean m JOIN d USING (size)
	WHERE g = 'near'
	GROUP BY size, mean, sum_w
), fast AS (
	SELECT size, v.*
	FROM (SELECT size, mindgap.survey_agg(y, g, w ORDER BY i) AS far_first, mindgap.survey_agg(y, g, w ORDER BY i DESC) AS far_last,
			mindgap.survey_agg(y, g, w, 1, c ORDER BY i) AS far_first_c, mindgap.survey_agg(y, g, w, 1, c ORDER BY i DESC) AS far_last_c,
			mindgap.survey_agg(y, g, w ORDER BY i) FILTER (WHERE i <= 20) AS part1, mindgap.survey_agg(y, g, w ORDER BY i) FILTER (WHERE i > 20) AS part2,
			mindgap.survey_agg(y, g, w, 1, c ORDER BY i) FILTER (WHERE i <= 20) AS part1_c, mindgap.survey_agg(y, g, w, 1, c ORDER BY i) FILTER (WHERE i > 20) AS part2_c
		FROM d GROUP BY size) s,
		LATERAL (VALUES
			('far first', far_first, far_first_c), ('far last', far_last, far_last_c),
			('two parts', (SELECT mindgap.rollup(p ORDER BY o) FROM (VALUES (1, part1), (2, part2)) p(o, p)), (SELECT mindgap.rollup(p ORDER BY o) FROM (VALUES (1, part1_c), (2, part2_c)) p(o, p))),
			('parts the other way', (SELECT mindgap.rollup(p ORDER BY o) FROM (VALUES (2, part1), (1, part2)) p(o, p)), (SELECT mindgap.rollup(p ORDER BY o) FROM (VALUES (2, part1_c), (1, part2_c)) p(o, p)))
		) v(how, rows, clusters)
)
SELECT size, how, pg_temp.close_to(r.estimate, mean) AS mean, pg_temp.close_to(r.std_error, slow.rows) AS rows, pg_temp.close_to(c.estimate, mean) AS mean_of_clusters, pg_temp.close_to(c.std_error, slow.clusters) AS clusters
FROM fast JOIN slow USING (size), mindgap.estimates(fast.rows) r, mindgap.estimates(fast.clusters) c
WHERE r.subgroup = 'near' AND c.subgroup = 'near'
ORDER BY size, how;

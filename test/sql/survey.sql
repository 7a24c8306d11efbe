-- survey_agg, estimates, covariance and survey_design: every form of the aggregate and
-- every rule about rows gives what the formulas give.
--
-- Expected values come from the slow functions below: plain SQL over all rows, with the
-- full list of sampling units, V = sum_h f n/(n-1) sum_c (z - zbar)^2 (Binder 1983), and
-- R's design effect V / (s2/n (W-n)/W).  Quantiles are checked by putting them into the
-- finite series of Student's t distribution (Abramowitz and Stegun 26.7.3 and 26.7.4),
-- Clopper-Pearson limits by putting them into binomial sums.

CREATE FUNCTION pg_temp.rnd(seed bigint, i bigint, m bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ((i * 48271 + seed * 7919 + 12345) % 2147483647 * 16807 % 2147483647 * 69621 % 2147483647) % m $$;

CREATE FUNCTION pg_temp.close_to(a float8, b float8, tol float8 DEFAULT 1e-10) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= tol * greatest(abs(a), abs(b)), false) $$;

-- P(|T| <= t)
CREATE FUNCTION pg_temp.t_inside(t float8, df int) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	theta float8 := atan(t / sqrt(df));
	term float8 := CASE WHEN df % 2 = 1 THEN cos(theta) ELSE 1 END;
	series float8 := term;
	i int := CASE WHEN df % 2 = 1 THEN 3 ELSE 2 END;
BEGIN
	IF df = 1 THEN
		RETURN 2 * theta / pi();
	END IF;
	WHILE i <= df - 2 LOOP
		term := term * cos(theta) ^ 2 * (i - 1) / i;
		series := series + term;
		i := i + 2;
	END LOOP;
	RETURN CASE WHEN df % 2 = 1 THEN 2 / pi() * (theta + sin(theta) * series) ELSE sin(theta) * series END;
END $$;

-- The rows that the slow functions read; subgroup as text.
CREATE TEMP TABLE sample (id bigint, y float8, g text, w float8, h bigint, c bigint, fpc float8);

-- One row a unit and estimate: z, explicitly 0 where the unit has no counted row.
-- col is 'g:' and the subgroup, or '*' for everybody.
CREATE FUNCTION pg_temp.slow_z(statistic text) RETURNS TABLE (col text, h text, unit text, z float8, counted boolean)
LANGUAGE sql AS $$
WITH unit_of AS (
	SELECT *, coalesce(sample.h::text, 'none') AS h_key,
		CASE WHEN c IS NULL THEN 'row ' || id ELSE 'psu ' || c END AS unit
	FROM sample
	WHERE w IS NOT NULL
), counted AS (
	SELECT 'g:' || g AS col, h_key, unit, w, y
	FROM unit_of
	WHERE w > 0 AND y IS NOT NULL AND g IS NOT NULL
	UNION ALL
	SELECT '*', h_key, unit, w, y
	FROM unit_of
	WHERE w > 0 AND y IS NOT NULL AND g IS NOT NULL
), total AS (
	SELECT col, sum(w) AS sum_w, sum(w * y) / sum(w) AS mean
	FROM counted
	GROUP BY col
), z AS (
	SELECT col, h_key, unit, sum(CASE WHEN statistic = 'total' THEN w * y ELSE w * (y - mean) / sum_w END) AS z
	FROM counted JOIN total USING (col)
	GROUP BY col, h_key, unit
)
SELECT t.col, u.h_key, u.unit, coalesce(z.z, 0), z.z IS NOT NULL
FROM (SELECT DISTINCT h_key, unit FROM unit_of) u
CROSS JOIN total t
LEFT JOIN z ON z.col = t.col AND z.h_key = u.h_key AND z.unit = u.unit
$$;

CREATE FUNCTION pg_temp.slow_covariance(statistic text, diagonal boolean)
RETURNS TABLE (col_a text, col_b text, covariance float8) LANGUAGE sql AS $$
WITH d AS (
	SELECT col, h, unit, z - avg(z) OVER (PARTITION BY col, h) AS d
	FROM pg_temp.slow_z(statistic)
), stratum AS (
	SELECT coalesce(h::text, 'none') AS h, max(fpc) AS fpc,
		count(DISTINCT CASE WHEN c IS NULL THEN 'row ' || id ELSE 'psu ' || c END)::float8 AS n
	FROM sample
	WHERE w IS NOT NULL
	GROUP BY 1
)
SELECT a.col, b.col, sum(a.d * b.d * n / (n - 1) *
	CASE WHEN fpc IS NULL THEN 1 WHEN fpc <= 1 THEN 1 - fpc ELSE 1 - n / fpc END)
FROM d a
JOIN d b ON a.h = b.h AND a.unit = b.unit AND (NOT diagonal OR a.col = b.col)
JOIN stratum ON stratum.h = a.h
GROUP BY a.col, b.col
$$;

CREATE FUNCTION pg_temp.slow_estimates(statistic text) RETURNS TABLE (
	col text, n bigint, n_missing bigint, population float8, share float8,
	estimate float8, std_error float8, df float8, design_effect float8
) LANGUAGE sql AS $$
WITH r AS (
	SELECT 'g:' || g AS col, w, y
	FROM sample
	WHERE w > 0 AND g IS NOT NULL
	UNION ALL
	SELECT '*', w, y
	FROM sample
	WHERE w > 0 AND g IS NOT NULL
), m AS (
	SELECT col, count(y) AS n, count(*) - count(y) AS n_missing,
		coalesce(sum(w) FILTER (WHERE y IS NOT NULL), 0) AS sum_w,
		sum(w * y) / sum(w) FILTER (WHERE y IS NOT NULL) AS mean
	FROM r
	GROUP BY col
), s AS (
	SELECT m.*, m.n / (m.n - 1.0) * sum(w * (y - mean) ^ 2) / sum_w AS s2
	FROM m JOIN r USING (col)
	WHERE y IS NOT NULL AND m.n > 1
	GROUP BY m.col, m.n, m.n_missing, m.sum_w, m.mean
), u AS (
	SELECT col, count(*) FILTER (WHERE counted) - count(DISTINCT h) FILTER (WHERE counted) AS df
	FROM pg_temp.slow_z(statistic)
	GROUP BY col
)
SELECT m.col, m.n, m.n_missing, m.sum_w, m.sum_w / max(m.sum_w) OVER (),
	CASE WHEN statistic = 'total' THEN m.mean * m.sum_w ELSE m.mean END,
	sqrt(v.covariance), u.df,
	CASE WHEN m.sum_w > m.n AND s.s2 > 0 THEN v.covariance / (s.s2 / m.n * (m.sum_w - m.n) / m.sum_w)
		/ CASE WHEN statistic = 'total' THEN m.sum_w ^ 2 ELSE 1 END END
FROM m
LEFT JOIN s USING (col)
LEFT JOIN u USING (col)
LEFT JOIN pg_temp.slow_covariance(statistic, true) v ON v.col_a = m.col
$$;

-- 'agree', or what does not.  "named": the summary has subgroups.
CREATE FUNCTION pg_temp.compare_estimates(s mindgap.survey_summary, statistic text, named boolean) RETURNS text
LANGUAGE sql AS $$
WITH fast AS (
	SELECT CASE WHEN subgroup IS NULL THEN '*' ELSE 'g:' || subgroup END AS col, e.*
	FROM mindgap.estimates(s, statistic) e
)
SELECT coalesce(string_agg(coalesce(fast.col, slow.col) || ': ' || wrong, ', ' ORDER BY slow.col, wrong), 'agree')
FROM fast
FULL JOIN (SELECT * FROM pg_temp.slow_estimates(statistic) WHERE named OR col = '*') slow USING (col),
LATERAL (VALUES
	('row', fast.col IS NOT NULL AND slow.col IS NOT NULL),
	('n', fast.n = slow.n),
	('n_missing', fast.n_missing = slow.n_missing),
	('population', pg_temp.close_to(fast.population, slow.population)),
	('share', pg_temp.close_to(fast.share, slow.share)),
	('estimate', pg_temp.close_to(fast.estimate, slow.estimate)),
	('std_error', pg_temp.close_to(fast.std_error, slow.std_error)),
	('df', fast.df = slow.df),
	('design_effect', pg_temp.close_to(fast.design_effect, slow.design_effect, 1e-9)),
	('status', fast.status = 'ok'),
	('limits', pg_temp.close_to(fast.conf_high - fast.estimate, fast.estimate - fast.conf_low, 1e-9) AND
		pg_temp.close_to(pg_temp.t_inside((fast.conf_high - fast.estimate) / fast.std_error, fast.df::int), 0.95))
) v(wrong, fine)
WHERE fine IS NOT TRUE
$$;

CREATE FUNCTION pg_temp.compare_covariance(s mindgap.survey_summary, statistic text, named boolean) RETURNS text
LANGUAGE sql AS $$
WITH slow AS (
	SELECT * FROM pg_temp.slow_covariance(statistic, false) WHERE (col_a = '*') <> named AND (col_b = '*') <> named
), fast AS (
	SELECT coalesce('g:' || subgroup_a, '*') AS col_a, coalesce('g:' || subgroup_b, '*') AS col_b, covariance
	FROM mindgap.covariance(s, statistic)
)
SELECT CASE WHEN count(*) = (SELECT count(*) FROM slow) AND bool_and(fast.col_a IS NOT NULL AND slow.col_a IS NOT NULL AND
		abs(fast.covariance - slow.covariance) <= 1e-10 * sqrt(a.covariance * b.covariance))
	THEN 'agree' ELSE 'differ' END
FROM fast
FULL JOIN slow USING (col_a, col_b)
LEFT JOIN slow a ON a.col_a = slow.col_a AND a.col_b = slow.col_a
LEFT JOIN slow b ON b.col_a = slow.col_b AND b.col_b = slow.col_b
$$;

-- Made-up rows with everything in them: PSUs and rows that are their own, missing outcomes and
-- subgroups, weights of 0 and NULL, several subgroups and strata; sizes and rates for fpc.
CREATE TEMP TABLE d AS
SELECT i AS id,
	CASE WHEN pg_temp.rnd(1, i, 9) > 0 THEN pg_temp.rnd(2, i, 400) / 7.0::float8 END AS y,
	CASE WHEN pg_temp.rnd(1, i, 9) > 0 THEN pg_temp.rnd(3, i, 3) = 0 END AS b,
	CASE WHEN pg_temp.rnd(4, i, 10) > 0 THEN (ARRAY['north', 'South', 'east', 'wést'])[1 + pg_temp.rnd(5, i, 4)] END AS g,
	CASE WHEN pg_temp.rnd(4, i, 10) > 0 THEN (ARRAY[-20, -3, 5, 10])[1 + pg_temp.rnd(5, i, 4)]::bigint END AS k,
	CASE pg_temp.rnd(6, i, 12) WHEN 0 THEN 0 WHEN 1 THEN NULL ELSE 1 + pg_temp.rnd(7, i, 90) / 8.0::float8 END AS w,
	1 + pg_temp.rnd(8, i, 5) AS h,
	CASE WHEN pg_temp.rnd(9, i, 4) > 0 THEN pg_temp.rnd(10, i, 9) END AS c_mixed,
	pg_temp.rnd(10, i, 9) AS c
FROM generate_series(1, 260) i;

CREATE FUNCTION pg_temp.fill(y text, g text, w text, h text, c text, fpc text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE sample;
	EXECUTE format('INSERT INTO sample SELECT id, (%s)::float8, (%s)::text, (%s)::float8, (%s)::bigint, (%s)::bigint, (%s)::float8 FROM d',
		y, g, w, h, c, fpc);
END $$;

CREATE FUNCTION pg_temp.agg(arguments text) RETURNS mindgap.survey_summary LANGUAGE plpgsql AS $$
DECLARE s mindgap.survey_summary;
BEGIN
	EXECUTE format('SELECT mindgap.survey_agg(%s) FROM d', arguments) INTO s;
	RETURN s;
END $$;

CREATE FUNCTION pg_temp.check_form(y text, g text, n_args int, OUT form text, OUT mean text, OUT total text,
	OUT covariance text) LANGUAGE plpgsql AS $$
DECLARE
	args text[] := ARRAY[y, g, 'w', 'h', 'c_mixed', '40'];
	s mindgap.survey_summary;
BEGIN
	form := array_to_string(args[1:n_args], ', ');
	PERFORM pg_temp.fill(CASE WHEN y = 'b' THEN 'b::int' ELSE y END,
		CASE WHEN n_args > 1 THEN g ELSE '''all''' END,
		CASE WHEN n_args > 2 THEN 'w' ELSE '1' END,
		CASE WHEN n_args > 3 THEN 'h' ELSE 'NULL' END,
		CASE WHEN n_args > 3 THEN 'c_mixed' ELSE 'NULL' END,
		CASE WHEN n_args > 5 THEN '40' ELSE 'NULL' END);
	IF n_args > 5 THEN
		UPDATE sample SET fpc = 60 * h;
		form := replace(form, '40', '60 * h');
	END IF;
	s := pg_temp.agg(form);
	mean := pg_temp.compare_estimates(s, 'mean', n_args > 1);
	total := pg_temp.compare_estimates(s, 'total', n_args > 1);
	covariance := pg_temp.compare_covariance(s, 'mean', n_args > 1) || ', ' ||
		pg_temp.compare_covariance(s, 'total', n_args > 1);
END $$;

-- Every form

SELECT f.*
FROM (VALUES ('y'), ('b')) y(y),
	(VALUES (1), (2), (3), (5), (6)) n(n),
	(VALUES ('g'), ('k')) g(g),
	LATERAL pg_temp.check_form(y.y, g.g, n.n) f
WHERE n.n > 1 OR g.g = 'g'
ORDER BY y.y DESC, g.g, n.n;

-- a boolean is 0 and 1: bit for bit the same summary
SELECT pg_temp.agg('b')::text = pg_temp.agg('b::int')::text AS bare,
	pg_temp.agg('b, g, w')::text = pg_temp.agg('b::int, g, w')::text AS weighted,
	pg_temp.agg('b, k, w, h, c_mixed, 0.25')::text = pg_temp.agg('b::int, k, w, h, c_mixed, 0.25')::text AS designed;

-- Kinds of design

CREATE FUNCTION pg_temp.check_design(g text, w text, h text, c text, fpc text, OUT mean text, OUT total text,
	OUT covariance text) LANGUAGE plpgsql AS $$
DECLARE
	s mindgap.survey_summary;
BEGIN
	PERFORM pg_temp.fill('y', g, w, h, c, coalesce(fpc, 'NULL'));
	s := pg_temp.agg(concat_ws(', ', 'y', g, w, h, c, fpc));
	mean := pg_temp.compare_estimates(s, 'mean', true);
	total := pg_temp.compare_estimates(s, 'total', true);
	covariance := pg_temp.compare_covariance(s, 'mean', true);
END $$;

SELECT v.design, c.*
FROM (VALUES
	(1, 'every row in a PSU', 'g', 'w', 'h', 'c', NULL),
	(2, 'rows are their own PSUs', 'g', 'w', 'h', 'NULL', NULL),
	(3, 'rows are their own PSUs, one stratum', 'g', 'w', '7', 'NULL', NULL),
	(4, 'no stratum', 'g', 'w', 'NULL', 'NULL', NULL),
	(5, 'rows with and without PSU', 'g', 'w', 'h', 'c_mixed', NULL),
	(6, 'some rows without stratum and PSU', 'g', 'w', 'CASE WHEN id % 3 > 0 THEN h END', 'CASE WHEN id % 3 > 0 THEN c END', NULL),
	(7, 'PSU numbers are the strata''s own', 'g', 'w', '-h', 'c - 4', NULL),
	(8, 'one stratum, PSUs across it', 'g', 'w', '1', 'c', NULL),
	(9, 'every row its own PSU by number', 'g', 'w', 'h', 'id', NULL),
	(10, 'fpc is a rate', 'g', 'w', 'h', 'c', 'h / 10.0'),
	(11, 'fpc is a rate, rows', 'g', 'w', 'h', 'NULL', 'h / 10.0'),
	(12, 'fpc is a size', 'g', 'w', 'h', 'c_mixed', '90.5 + h'),
	(13, 'fpc is a size, rows', 'g', 'w', 'h', 'NULL', '400'),
	(14, 'fpc is 0: nothing of the population sampled', 'g', 'w', 'h', 'c', '0'),
	(15, 'the domain is one subgroup', 'CASE WHEN g = ''east'' THEN g END', 'w', 'h', 'c', NULL),
	(16, 'the domain has a row in few PSUs', 'CASE WHEN id % 60 = 1 THEN ''in'' END', 'w', '1', 'c', NULL),
	(17, 'all weights alike', 'g', '2.5', 'h', 'c_mixed', NULL),
	(18, 'weights below 1', 'g', 'w / 1000', 'h', 'c', NULL),
	(19, 'weights of very different size', 'g', 'w * 10 ^ (id % 7)', 'h', 'c_mixed', NULL)
) v(i, design, g, w, h, c, fpc), LATERAL pg_temp.check_design(v.g, v.w, v.h, v.c, v.fpc) c
ORDER BY v.i;

-- Domain is not WHERE: a WHERE loses the PSUs without a row of the group, and the error is another.
SELECT pg_temp.close_to(a.estimate, b.estimate) AS same_mean, a.std_error > b.std_error AS other_error
FROM mindgap.estimates((SELECT mindgap.survey_agg(y, CASE WHEN id % 37 = 0 THEN 'few' END, w, h, c) FROM d)) a,
	mindgap.estimates((SELECT mindgap.survey_agg(y, 'few', w, h, c) FROM d WHERE id % 37 = 0), lonely_psu => 'certainty') b
WHERE a.subgroup = 'few' AND b.subgroup = 'few';

-- what a summary was made from, counted in SQL
SELECT s.strata = d.strata AS strata, s.psus = d.psus AS psus, s.rows_as_psu = d.rows_as_psu AS rows_as_psu,
	s.rows_counted = d.rows_counted AS rows_counted, s.rows_missing = d.rows_missing AS rows_missing,
	s.rows_without_weight = d.rows_without_weight AS rows_without_weight, s.subgroups = d.subgroups AS subgroups,
	s.cells = d.cells AS cells, s.bytes > 0 AS bytes
FROM mindgap.survey_design((SELECT mindgap.survey_agg(y, g, w, h, c_mixed) FROM d)) s,
	(SELECT count(DISTINCT h) FILTER (WHERE w IS NOT NULL) AS strata,
		count(DISTINCT (h, c_mixed)) FILTER (WHERE w IS NOT NULL AND c_mixed IS NOT NULL) AS psus,
		count(*) FILTER (WHERE w IS NOT NULL AND c_mixed IS NULL) AS rows_as_psu,
		count(y) FILTER (WHERE w > 0 AND g IS NOT NULL) AS rows_counted,
		count(*) FILTER (WHERE w > 0 AND g IS NOT NULL AND y IS NULL) AS rows_missing,
		count(*) FILTER (WHERE w IS NULL) AS rows_without_weight,
		count(DISTINCT g) FILTER (WHERE w > 0) AS subgroups,
		count(DISTINCT (h, c_mixed, g)) FILTER (WHERE w > 0 AND g IS NOT NULL) AS cells
	FROM d) d;

-- Order of subgroups: integers by value, text by its bytes, then everybody

SELECT string_agg(coalesce(subgroup, '(all)'), ' ' ORDER BY i) AS integers
FROM mindgap.estimates((SELECT mindgap.survey_agg(1.0, k)
	FROM unnest('{10,9,-1,0,100,-10,9223372036854775807,-9223372036854775808}'::bigint[]) k))
	WITH ORDINALITY e(subgroup, n, n_missing, population, share, estimate, std_error, conf_low, conf_high, df, design_effect, status, i);
SELECT string_agg(coalesce(subgroup, '(all)'), ' ' ORDER BY i) AS texts
FROM mindgap.estimates((SELECT mindgap.survey_agg(1.0, k) FROM unnest('{b,a,Z,aa,A,10,9,-1,é,z,ab}'::text[]) k))
	WITH ORDINALITY e(subgroup, n, n_missing, population, share, estimate, std_error, conf_low, conf_high, df, design_effect, status, i);
SELECT string_agg(subgroup_a || subgroup_b, ' ' ORDER BY i) AS pairs
FROM mindgap.covariance((SELECT mindgap.survey_agg(1.0, k) FROM unnest('{b,a,C}'::text[]) k))
	WITH ORDINALITY c(subgroup_a, subgroup_b, covariance, i);

-- Labels of any kind

CREATE TEMP TABLE label AS
SELECT i, l
FROM unnest(ARRAY['', ' ', '"', '''', '\', '\\u0041', E'line\nfeed', E'tab\t', E'\x01\x1f', '{"a":[1]}', 'NULL', 'null',
	repeat('é€😀', 110), repeat('x', 70000), '😀', '<b>&amp;</b>']) WITH ORDINALITY u(l, i);
WITH s AS (
	SELECT mindgap.survey_agg(i + j, l) AS s FROM label, generate_series(1, 3) j
)
SELECT count(*) AS labels, bool_and(e.n = 3 AND e.estimate = i + 2 AND abs(e.std_error - c.std_error) < 1e-12) AS agree
FROM s, label, mindgap.estimates(s) e, mindgap.contrast(s, ARRAY[l], '{1}') c
WHERE e.subgroup = l;
SELECT bool_and(mindgap.survey_agg::text::mindgap.survey_summary::text = mindgap.survey_agg::text) AS text_round_trip
FROM (SELECT mindgap.survey_agg(i, l) FROM label) mindgap(survey_agg);

-- Many subgroups.  Rows that are their own PSUs have the closed form V = N/(N-1) var_pop(y) / n_g.

WITH s AS (
	SELECT mindgap.survey_agg(pg_temp.rnd(20, i, 1000), pg_temp.rnd(21, i, 1000)) AS by_integer,
		mindgap.survey_agg(pg_temp.rnd(20, i, 1000), 'group ' || pg_temp.rnd(21, i, 1000)) AS by_text
	FROM generate_series(1, 9000) i
), slow AS (
	SELECT pg_temp.rnd(21, i, 1000) AS k, count(*) AS n, avg(pg_temp.rnd(20, i, 1000))::float8 AS mean,
		sqrt(9000.0 / 8999 * var_pop(pg_temp.rnd(20, i, 1000)) / count(*))::float8 AS se
	FROM generate_series(1, 9000) i
	GROUP BY 1
)
SELECT count(*) AS subgroups,
	bool_and(a.n = slow.n AND pg_temp.close_to(a.estimate, mean) AND pg_temp.close_to(a.std_error, se)) AS integers,
	bool_and(b.n = slow.n AND pg_temp.close_to(b.estimate, mean) AND pg_temp.close_to(b.std_error, se)) AS texts
FROM s, mindgap.estimates(by_integer) a, mindgap.estimates(by_text) b, slow
WHERE a.subgroup = k::text AND b.subgroup = 'group ' || k;

-- Covariances of more than 256 subgroups go another way inside than those of few.
WITH r AS (
	SELECT pg_temp.rnd(22, i, 100) AS y, pg_temp.rnd(23, i, 270) AS k, 1 + pg_temp.rnd(24, i, 5) AS w, i % 2 AS h, i % 12 AS c
	FROM generate_series(1, 4000) i
), z AS (
	SELECT k, h, u.c, coalesce(sum(w * (y - mean) / sum_w) FILTER (WHERE r.c = u.c), 0)::float8 AS z
	FROM r JOIN (SELECT k, sum(w * y) / sum(w)::float8 AS mean, sum(w) AS sum_w FROM r GROUP BY k) m USING (k)
	JOIN (SELECT DISTINCT h, c FROM r) u USING (h)
	GROUP BY k, h, u.c
), d AS (
	SELECT k, h, c, z - avg(z) OVER (PARTITION BY k, h) AS d FROM z
), slow AS (
	SELECT a.k AS a, b.k AS b, 6 / 5.0 * sum(a.d * b.d) AS v FROM d a JOIN d b USING (h, c) GROUP BY 1, 2
), fast AS (
	SELECT c.* FROM mindgap.covariance((SELECT mindgap.survey_agg(y, k, w, h, c) FROM r)) c
)
SELECT count(*) = 270 * 270 AS pairs, max(abs(v - covariance)) < 1e-12 * max(v) AS agree
FROM slow JOIN fast ON subgroup_a = a::text AND subgroup_b = b::text;

-- A large common offset of the outcome costs nothing: differences and errors stay to 1e-7

SELECT v.design, bool_and(pg_temp.close_to(a.std_error, b.std_error, 1e-7)) AS errors,
	bool_and(pg_temp.close_to(a.estimate, b.estimate - 1e9, 1e-7)) AS means
FROM (VALUES
	('PSUs', pg_temp.agg('y, g, w, h, c'), pg_temp.agg('y + 1e9, g, w, h, c')),
	('rows', pg_temp.agg('y, g, w, h, NULL'), pg_temp.agg('y + 1e9, g, w, h, NULL')),
	('both', pg_temp.agg('y, g, w, h, c_mixed'), pg_temp.agg('y + 1e9, g, w, h, c_mixed')),
	('rows, many strata', pg_temp.agg('y, g, w, id % 30, NULL'), pg_temp.agg('y + 1e9, g, w, id % 30, NULL'))
) v(design, s, shifted), mindgap.estimates(s) a, mindgap.estimates(shifted) b
WHERE a.subgroup IS NOT DISTINCT FROM b.subgroup
GROUP BY v.design
ORDER BY v.design;
SELECT v.design, pg_temp.close_to(a.estimate, b.estimate, 1e-7) AS difference,
	pg_temp.close_to(a.std_error, b.std_error, 1e-7) AS error
FROM (VALUES
	('PSUs', pg_temp.agg('y, g, w, h, c'), pg_temp.agg('y + 1e9, g, w, h, c')),
	('rows', pg_temp.agg('y, g, w, h, NULL'), pg_temp.agg('y + 1e9, g, w, h, NULL'))
) v(design, s, shifted),
	mindgap.contrast(s, '{north,South,east}', '{1,-0.5,-0.5}') a,
	mindgap.contrast(shifted, '{north,South,east}', '{1,-0.5,-0.5}') b
ORDER BY v.design;

-- Confidence limits: level, and every ci_method by its formula, with t from the 't' limits,
-- whose quantile was checked above

CREATE TEMP TABLE share AS SELECT pg_temp.agg('b, g, w, h, c') AS s;

SELECT level, bool_and(pg_temp.close_to(pg_temp.t_inside((conf_high - estimate) / std_error, df::int), level) AND
	pg_temp.close_to(conf_high - estimate, estimate - conf_low, 1e-9)) AS agree
FROM share, unnest('{0.001,0.5,0.8,0.9,0.95,0.99,0.999,0.999999}'::float8[]) level, mindgap.estimates(s, level => level)
GROUP BY level
ORDER BY level;

WITH t AS (
	SELECT subgroup, estimate AS p, std_error AS se, (conf_high - estimate) / std_error AS t, df,
		estimate * (1 - estimate) / std_error ^ 2 AS n
	FROM share, mindgap.estimates(s, 'proportion')
), limits AS (
	SELECT subgroup, m.method, CASE m.method
		WHEN 'normal' THEN p + m.side * 1.959963984540054 * se
		WHEN 'logit' THEN 1 / (1 + exp(-(ln(p / (1 - p)) + m.side * t * se / (p * (1 - p)))))
		WHEN 'asin' THEN sin(greatest(0, least(pi() / 2, asin(sqrt(p)) + m.side * t * se / (2 * sqrt(p * (1 - p)))))) ^ 2
		WHEN 'wilson' THEN (p + t ^ 2 / (2 * n) + m.side * t * sqrt(p * (1 - p) / n + t ^ 2 / (4 * n ^ 2))) / (1 + t ^ 2 / n)
		END AS edge, m.side
	FROM t, (VALUES ('normal', -1), ('normal', 1), ('logit', -1), ('logit', 1), ('asin', -1), ('asin', 1),
		('wilson', -1), ('wilson', 1)) m(method, side)
)
SELECT method, count(*) AS limits,
	bool_and(pg_temp.close_to(l.edge, CASE l.side WHEN 1 THEN e.conf_high ELSE e.conf_low END)) AS agree
FROM share, limits l, mindgap.estimates(s, 'proportion', ci_method => l.method) e
WHERE l.subgroup IS NOT DISTINCT FROM e.subgroup
GROUP BY method
ORDER BY method;

-- beta: with a sampling rate of 1/n a simple random sample has n_eff = n, and Korn and Graubard's limits
-- are those of Clopper and Pearson: binomial tails of 2.5 percent beyond each
CREATE FUNCTION pg_temp.binomial_tail(n int, k int, p float8, upper boolean) RETURNS float8 LANGUAGE sql AS $$
	SELECT sum(exp(greatest(log_choose + x * ln(p) + (n - x) * ln(1 - p), -700)))
	FROM (SELECT x, sum(ln((n - x + 1)::float8 / x)) OVER (ORDER BY x) AS log_choose FROM generate_series(1, n) x
		UNION ALL SELECT 0, 0) c
	WHERE CASE WHEN upper THEN x >= k ELSE x <= k END
$$;
SELECT v.n, k, round(conf_low::numeric, 6) AS conf_low, round(conf_high::numeric, 6) AS conf_high,
	coalesce(CASE WHEN k = 0 THEN conf_low = 0
		ELSE pg_temp.close_to(pg_temp.binomial_tail(v.n, k, conf_low, true), 0.025, 1e-6) END, false) AS low,
	coalesce(CASE WHEN k = v.n THEN conf_high = 1
		ELSE pg_temp.close_to(pg_temp.binomial_tail(v.n, k, conf_high, false), 0.025, 1e-6) END, false) AS high,
	status
FROM (VALUES (12, 0), (12, 12), (12, 1), (12, 5), (40, 39), (500, 7), (3000, 3), (3000, 1500), (10000, 5000), (30000, 300)) v(n, k),
	LATERAL mindgap.estimates((SELECT mindgap.survey_agg(i <= k, 1, 1, 1, NULL, 1.0 / v.n) FROM generate_series(1, v.n) i),
		'proportion', ci_method => 'beta') e
WHERE subgroup IS NOT NULL
ORDER BY v.n, k;
-- ten million rows; only tried where ten thousand have limits, for a quantile by iteration may never end
SELECT round(e.conf_low::numeric, 6) AS conf_low, round(e.conf_high::numeric, 6) AS conf_high
FROM (SELECT mindgap.rollup(s) AS s
		FROM (SELECT mindgap.survey_agg(i % 2 = 0) AS s FROM generate_series(1, 1000) i) r, generate_series(1, 10000)) r,
	(SELECT CASE WHEN bool_and(conf_low < 0.5 AND conf_high > 0.5) THEN 'beta' ELSE 'wilson' END AS method
		FROM mindgap.estimates((SELECT mindgap.survey_agg(i % 2 = 0) FROM generate_series(1, 10000) i), 'proportion', ci_method => 'beta')) m,
	LATERAL mindgap.estimates(s, 'proportion', ci_method => m.method) e;

-- One PSU in a stratum, by policy: variances of total and mean of a tiny design in R survey 4.5
-- (remove and certainty are one), which can be worked out by hand

CREATE TEMP TABLE lonely AS
SELECT mindgap.survey_agg(y, 'all', w, h, c) AS s
FROM (VALUES (1, 1, 10.5, 30.5), (1, 2, 10.5, 40.5), (2, 3, 20, 35), (2, 4, 20, 52), (3, 5, 15, 44)) d(h, c, w, y);
SELECT policy, statistic, round(estimate::numeric, 6) AS estimate, round((std_error ^ 2)::numeric, 6) AS variance, df, status
FROM lonely, unnest('{fail,certainty,remove,adjust,average}'::text[]) WITH ORDINALITY p(policy, i),
	unnest('{mean,total}'::text[]) statistic, mindgap.estimates(s, statistic, lonely_psu => policy)
WHERE subgroup = 'all'
ORDER BY i, statistic;
SELECT policy, round(covariance::numeric, 6) AS covariance
FROM lonely, unnest('{fail,certainty,adjust,average}'::text[]) WITH ORDINALITY p(policy, i), mindgap.covariance(s, lonely_psu => policy)
ORDER BY i;
-- a stratum sampled whole represents itself and is not lonely; one outside the domain is not met
SELECT subgroup, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error, df, status
FROM mindgap.estimates((SELECT mindgap.survey_agg(y, 'all', 1, h, c, f)
	FROM (VALUES (1, 1, 0.5, 3), (1, 2, 0.5, 5), (2, 3, 1, 9)) d(h, c, f, y)));
SELECT subgroup, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error, df, status
FROM mindgap.estimates((SELECT mindgap.survey_agg(y, g, 1, h, c)
	FROM (VALUES (1, 1, 'in', 3), (1, 2, 'in', 5), (2, 3, NULL, 9)) d(h, c, g, y)));

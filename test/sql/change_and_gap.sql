-- contrast, change, gap, gaps, pairwise_gaps and gap_change: estimates, errors, limits, tests and words.
--
-- Expected values: slow SQL below over the rows of both waves stacked.  An estimate that is a smooth
-- function of subgroup means with derivatives c has z = sum c w (y - mean) / W in each sampling unit, and
-- V = sum_h f n/(n-1) sum_c (z - zbar)^2 over all units of the strata, matched between waves.  Limits and
-- p-values are checked in the finite series of Student's t (Abramowitz and Stegun 26.7.3 and 26.7.4), the
-- joint test with the explicit inverse of a 2 x 2 matrix and P(F(2, m) > f) = (1 + 2 f / m)^(-m/2).

CREATE FUNCTION pg_temp.rnd(seed bigint, i bigint, m bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ((i * 48271 + seed * 7919 + 12345) % 2147483647 * 16807 % 2147483647 * 69621 % 2147483647) % m $$;

CREATE FUNCTION pg_temp.close_to(a float8, b float8, tol float8 DEFAULT 1e-9) RETURNS boolean LANGUAGE sql IMMUTABLE AS
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

-- the rows of both waves (0 and 1), as the slow functions read them
CREATE TEMP TABLE two (wave int, id bigint, y float8, g text, w float8, h text, c bigint, fpc float8);

CREATE FUNCTION pg_temp.mean(wave int, g text) RETURNS float8 LANGUAGE sql AS $$
	SELECT sum(w * y) / sum(w) FROM two WHERE two.wave = $1 AND (two.g = $2 OR $2 = '*' AND two.g IS NOT NULL) AND y IS NOT NULL
$$;

-- Variances and covariances of estimates, each given by rows (estimate, wave, subgroup or '*', derivative), and their degrees of freedom
CREATE FUNCTION pg_temp.slow(estimates int[], waves int[], subgroups text[], factors float8[])
RETURNS TABLE (a int, b int, covariance float8, df bigint) LANGUAGE sql AS $$
WITH unit_of AS (
	SELECT *, CASE WHEN c IS NULL THEN concat_ws(' ', 'row', two.wave, id) ELSE 'psu ' || c END AS unit, coalesce(two.h, 'none') AS h_key
	FROM two
	WHERE w IS NOT NULL
), part AS (
	SELECT e, p.wave, p.g, f, sum(w) AS sum_w, sum(w * y) / sum(w) AS mean
	FROM unnest(estimates, waves, subgroups, factors) p(e, wave, g, f)
	JOIN two ON two.wave = p.wave AND (two.g = p.g OR p.g = '*' AND two.g IS NOT NULL) AND y IS NOT NULL
	GROUP BY e, p.wave, p.g, f
), touched AS (
	SELECT e, h_key, unit, sum(f * w * (y - mean) / sum_w) AS z
	FROM part JOIN unit_of u ON u.wave = part.wave AND (u.g = part.g OR part.g = '*' AND u.g IS NOT NULL) AND y IS NOT NULL AND w > 0
	GROUP BY e, h_key, unit
), z AS (
	SELECT e, u.h_key, u.unit, coalesce(t.z, 0) AS z
	FROM (SELECT DISTINCT h_key, unit FROM unit_of) u CROSS JOIN (SELECT DISTINCT e FROM part) p
	LEFT JOIN touched t USING (e, h_key, unit)
), d AS (
	SELECT *, z - avg(z) OVER (PARTITION BY e, h_key) AS d FROM z
), stratum AS (
	SELECT h_key, count(DISTINCT unit)::float8 AS n, max(fpc) AS fpc FROM unit_of GROUP BY h_key
)
SELECT x.e, y.e, sum(x.d * y.d * n / (n - 1) * CASE WHEN fpc IS NULL THEN 1 WHEN fpc <= 1 THEN 1 - fpc ELSE 1 - n / fpc END),
	(SELECT count(*) - count(DISTINCT h_key) FROM touched WHERE touched.e = x.e)
FROM d x JOIN d y USING (h_key, unit) JOIN stratum USING (h_key)
GROUP BY x.e, y.e
$$;

-- Does a row of results agree with estimate and variance?  "log": limits and test go through the logarithm, whose variance is given.
CREATE FUNCTION pg_temp.wrong(estimate float8, std_error float8, conf_low float8, conf_high float8, df float8, p_value float8,
	is_log boolean, level float8, slow_estimate float8, slow_variance float8, slow_df bigint) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ',
		CASE WHEN pg_temp.close_to($1, $9) THEN NULL ELSE 'estimate' END,
		CASE WHEN pg_temp.close_to($2, sqrt($10) * CASE WHEN is_log THEN $9 ELSE 1 END) THEN NULL ELSE 'std_error' END,
		CASE WHEN $5 = $11 THEN NULL ELSE 'df' END,
		CASE WHEN pg_temp.close_to(pg_temp.t_inside(CASE WHEN is_log THEN ln($4 / $9) ELSE $4 - $9 END / sqrt($10), $11::int), $8) THEN NULL ELSE 'conf_high' END,
		CASE WHEN pg_temp.close_to(pg_temp.t_inside(CASE WHEN is_log THEN ln($9 / $3) ELSE $9 - $3 END / sqrt($10), $11::int), $8) THEN NULL ELSE 'conf_low' END,
		CASE WHEN abs(1 - pg_temp.t_inside(abs(CASE WHEN is_log THEN ln($9) ELSE $9 END) / sqrt($10), $11::int) - $6) < 1e-9 THEN NULL ELSE 'p_value' END)
$$;

-- Made-up persons in clusters, asked twice; some leave, some join, some do not answer.
CREATE TEMP TABLE person AS
SELECT i AS id, wave, pg_temp.rnd(1, i, 3) AS h, pg_temp.rnd(2, i, 8) AS cluster,
	CASE WHEN pg_temp.rnd(3, i, 12) > 0 THEN (ARRAY['low', 'mid', 'top'])[1 + pg_temp.rnd(4, i, 3)] END AS g,
	CASE WHEN pg_temp.rnd(5 + wave, i, 9) > 0 THEN (20 + pg_temp.rnd(2, i, 8) + pg_temp.rnd(7, i, 30) + pg_temp.rnd(8 + wave, i, 12) + wave * 2 * pg_temp.rnd(4, i, 3)) / 80.0::float8 END AS y,
	CASE WHEN pg_temp.rnd(10 + wave, i, 15) > 0 THEN 1 + pg_temp.rnd(12 + wave, i, 24) / 8.0::float8 ELSE 0 END AS w
FROM generate_series(1, 240) i, generate_series(0, 1) wave
WHERE pg_temp.rnd(14 + wave, i, 6) > 0;

CREATE TEMP TABLE waves (i int, design text, h text, c text, fpc text, before_wave mindgap.survey_summary, after_wave mindgap.survey_summary, separate boolean);
INSERT INTO waves VALUES
	(1, 'persons', 'h', 'id', NULL), (2, 'clusters', 'h', 'cluster', NULL), (3, 'clusters, fpc', 'h', 'cluster', '20 + h'),
	(4, 'new clusters each wave', '10 * wave + h', 'cluster', NULL), (5, 'persons and rows', 'h', 'CASE WHEN id % 3 > 0 THEN id END', NULL),
	(6, 'rows in strata', 'h', 'NULL', NULL), (7, 'rows', NULL, NULL, NULL);
CREATE FUNCTION pg_temp.fill(n int) RETURNS waves LANGUAGE plpgsql AS $$
DECLARE
	v waves;
BEGIN
	SELECT * INTO v FROM waves WHERE i = n;
	v.separate := v.c IS NULL OR v.c = 'NULL';
	TRUNCATE two;
	EXECUTE format('INSERT INTO two SELECT wave, id, y, g, w, %s, %s, %s FROM person',
		CASE WHEN v.separate THEN concat('wave || ''-'' || ', coalesce(v.h, '0')) ELSE '(' || v.h || ')::text' END, coalesce(v.c, 'NULL'), coalesce(v.fpc, 'NULL'));
	EXECUTE format('SELECT mindgap.survey_agg(%1$s) FILTER (WHERE wave = 0), mindgap.survey_agg(%1$s) FILTER (WHERE wave = 1) FROM person',
		concat_ws(', ', 'y, g, w', v.h, v.c, v.fpc)) INTO v.before_wave, v.after_wave;
	RETURN v;
END $$;

-- change()

CREATE FUNCTION pg_temp.check_change(n int, OUT design text, OUT absolute text, OUT relative text, OUT odds text, OUT status text) LANGUAGE plpgsql AS $$
DECLARE
	v waves;
	scale text;
	r text;
BEGIN
	v := pg_temp.fill(n);
	design := v.design;
	FOREACH scale IN ARRAY '{absolute,relative,odds}'::text[] LOOP
		SELECT coalesce(nullif(string_agg(wrong, '; '), ''), 'agree'), string_agg(DISTINCT q.status, ', ') INTO r, status
		FROM (SELECT nullif(concat_ws(' ', pg_temp.wrong(c.change, c.std_error, c.conf_low, c.conf_high, c.df, c.p_value, scale <> 'absolute', 0.9,
					CASE scale WHEN 'absolute' THEN y1 - y0 WHEN 'relative' THEN y1 / y0 ELSE y1 / (1 - y1) / (y0 / (1 - y0)) END, s.covariance, s.df),
					CASE WHEN c.n_before = n0 AND c.n_after = n1 THEN NULL ELSE 'n' END,
					CASE WHEN pg_temp.close_to(y0, c.before_estimate) AND pg_temp.close_to(y1, c.after_estimate) THEN NULL ELSE 'means' END), '') AS wrong, c.status
			FROM mindgap.change(v.before_wave, v.after_wave, scale, level => 0.9) c,
				LATERAL (SELECT coalesce(c.subgroup, '*') AS g) g,
				LATERAL (SELECT pg_temp.mean(0, g) AS y0, pg_temp.mean(1, g) AS y1) m,
				LATERAL (SELECT count(*) FILTER (WHERE wave = 0) AS n0, count(*) FILTER (WHERE wave = 1) AS n1 FROM two WHERE (two.g = g.g OR g.g = '*' AND two.g IS NOT NULL) AND y IS NOT NULL AND w > 0) k,
				LATERAL pg_temp.slow('{1,1}', '{0,1}', ARRAY[g, g], CASE scale
					WHEN 'absolute' THEN '{-1,1}' WHEN 'relative' THEN ARRAY[-1 / y0, 1 / y1] ELSE ARRAY[-1 / (y0 * (1 - y0)), 1 / (y1 * (1 - y1))] END) s) q;
		CASE scale WHEN 'absolute' THEN absolute := r; WHEN 'relative' THEN relative := r; ELSE odds := r; END CASE;
	END LOOP;
END $$;
SELECT c.* FROM generate_series(1, 7) i, LATERAL pg_temp.check_change(i) c ORDER BY i;

-- a balanced panel with equal weights: the change is the mean of the persons' changes, as is its error
SELECT abs(c.change - avg) < 1e-14 AS change, abs(c.std_error - stddev / sqrt(n)) < 1e-14 AS std_error
FROM (SELECT avg(b.y - a.y)::float8, stddev(b.y - a.y)::float8, count(*) AS n, mindgap.survey_agg(a.y, 'all', 2, 1, id) AS s0, mindgap.survey_agg(b.y, 'all', 2, 1, id) AS s1
	FROM person a JOIN person b USING (id)
	WHERE a.wave = 0 AND b.wave = 1 AND a.y IS NOT NULL AND b.y IS NOT NULL) p, mindgap.change(s0, s1) c
WHERE c.subgroup = 'all';
-- a wave against itself; swapped
SELECT bool_and(a.change = 0 AND a.std_error = 0 AND a.status = 'no_variation') AS nil, bool_and(abs(b.change + c.change) < 1e-15 AND pg_temp.close_to(b.std_error, c.std_error)) AS swapped
FROM pg_temp.fill(1) v, mindgap.change(v.before_wave, v.before_wave) a
JOIN mindgap.change(v.before_wave, v.after_wave) b ON a.subgroup IS NOT DISTINCT FROM b.subgroup
JOIN mindgap.change(v.after_wave, v.before_wave) c ON a.subgroup IS NOT DISTINCT FROM c.subgroup;

-- subgroups of one wave only, without data, means at the ends of the scale
CREATE TEMP TABLE odd AS
SELECT mindgap.survey_agg(y, g, 1, 1, c) FILTER (WHERE wave = 0) AS before_wave, mindgap.survey_agg(y, g, 1, 1, c) FILTER (WHERE wave = 1) AS after_wave
FROM (VALUES (0, 1, 'both', 0.25), (0, 2, 'both', 0.75), (1, 1, 'both', 0.5), (1, 2, 'both', 0.75), (0, 1, 'first', 0.5), (0, 2, 'first', 0.25), (1, 1, 'second', 0.5), (1, 3, 'second', 1),
	(0, 1, 'missing', NULL), (1, 1, 'missing', 0.5), (0, 1, 'nil', 0), (0, 2, 'nil', 0), (1, 1, 'nil', 0.5), (1, 2, 'nil', 1)) r(wave, c, g, y);
SELECT scale, subgroup, n_before AS n0, n_after AS n1, round(before_estimate::numeric, 6) AS before, round(after_estimate::numeric, 6) AS after,
	round(change::numeric, 6) AS change, round(std_error::numeric, 6) AS std_error, df, status
FROM odd, unnest('{absolute,relative,odds}'::text[]) scale, mindgap.change(before_wave, after_wave, scale)
ORDER BY scale, subgroup COLLATE "C";
-- bare summaries have one row, for everybody
SELECT subgroup, n_before, n_after, round(change::numeric, 6) AS change, df, status
FROM mindgap.change((SELECT mindgap.survey_agg(y) FROM person WHERE wave = 0), (SELECT mindgap.survey_agg(y) FROM person WHERE wave = 1));

CREATE FUNCTION pg_temp.result(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	RETURN QUERY EXECUTE 'SELECT q::text FROM (' || query || ') q';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT concat_ws(E'\n', SQLSTATE || ': ' || message, '  detail: ' || nullif(detail, ''), '  hint: ' || nullif(hint, ''));
END $$;
-- one wave with PSUs, one without
SELECT call, pg_temp.result(format('SELECT count(*) FROM mindgap.%s((SELECT mindgap.survey_agg(y, g, w, h, id) FROM person WHERE wave = 0), (SELECT mindgap.survey_agg(y, g, w, h, NULL) FROM person WHERE wave = 1)%s)',
	call, CASE call WHEN 'gap_change' THEN ', compare => ''low'', reference => ''top''' END)) AS result
FROM unnest('{change,gap_change}'::text[]) call;
-- fpc differs between the waves
SELECT pg_temp.result('SELECT count(*) FROM mindgap.change((SELECT mindgap.survey_agg(y, g, w, h, id, 900) FROM person WHERE wave = 0), (SELECT mindgap.survey_agg(y, g, w, h, id, 901) FROM person WHERE wave = 1))') AS result;

-- contrast() on one wave

CREATE FUNCTION pg_temp.fill_first(n int) RETURNS mindgap.survey_summary LANGUAGE plpgsql AS $$
DECLARE
	v waves;
BEGIN
	v := pg_temp.fill(n);
	DELETE FROM two WHERE wave = 1;
	RETURN v.before_wave;
END $$;

CREATE FUNCTION pg_temp.check_contrast(n int, subgroups text[], coefficients float8[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s mindgap.survey_summary := pg_temp.fill_first(n);
BEGIN
	RETURN (SELECT string_agg(CASE WHEN wrong = '' AND c.status = 'ok' AND c.n = k.n THEN 'agree' ELSE concat_ws(' ', wrong, c.status, c.n) END, ', ' ORDER BY scale)
	FROM unnest('{identity,log,logit}'::text[]) scale,
		LATERAL mindgap.contrast(s, subgroups, coefficients, scale, level => 0.8) c,
		LATERAL (SELECT sum(f * CASE scale WHEN 'identity' THEN y WHEN 'log' THEN ln(y) ELSE ln(y / (1 - y)) END) AS estimate,
				array_agg(f / CASE scale WHEN 'identity' THEN 1 WHEN 'log' THEN y ELSE y * (1 - y) END) AS factors,
				array_agg(g) AS g, array_agg(0) AS zero, array_agg(1) AS one
			FROM (SELECT g, f, pg_temp.mean(0, g) AS y FROM unnest(subgroups, coefficients) u(g, f)) m) m,
		LATERAL pg_temp.slow(one, zero, m.g, m.factors) s,
		LATERAL (SELECT count(*) AS n FROM two WHERE g = ANY (subgroups) AND y IS NOT NULL AND w > 0) k,
		LATERAL pg_temp.wrong(c.estimate, c.std_error, c.conf_low, c.conf_high, c.df, c.p_value, false, 0.8, m.estimate, s.covariance, s.df) wrong);
END $$;
SELECT i, pg_temp.check_contrast(i, '{low,top}', '{1,-1}') AS "low - top", pg_temp.check_contrast(i, '{mid}', '{1}') AS mid,
	pg_temp.check_contrast(i, '{top,low,mid}', '{1,-0.5,-0.5}') AS "top - mean of others", pg_temp.check_contrast(i, '{low,mid}', '{3,2}') AS "3 low + 2 mid"
FROM generate_series(1, 7) i
ORDER BY i;
-- names may repeat and come in any order; a coefficient of 0 takes its subgroup out of n and df
SELECT bool_and((a.estimate, a.std_error, a.n, a.df) = (b.estimate, b.std_error, b.n, b.df)) AS repeated, bool_and((a.estimate, a.std_error, a.n, a.df) = (c.estimate, c.std_error, c.n, c.df)) AS zero
FROM pg_temp.fill_first(2) s, mindgap.contrast(s, '{low,top}', '{1,-1}') a, mindgap.contrast(s, '{top,low,top}', '{-3,1,2}') b, mindgap.contrast(s, '{mid,top,low}', '{0,-1,1}') c;

-- gap()

CREATE FUNCTION pg_temp.check_gap(n int, compare text, reference text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s mindgap.survey_summary := pg_temp.fill_first(n);
	r text;
BEGIN
	SELECT string_agg(CASE WHEN wrong = '' AND g.status = 'ok' AND (g.measure, g.compare, g.reference, g.n, g.n_smallest) = (m.measure, $2, $3, k.a + k.b, least(k.a, k.b))
		THEN 'agree' ELSE concat_ws(' ', wrong, g.*::text) END, ', ' ORDER BY m.measure) INTO r
	FROM unnest('{difference,ratio,odds_ratio}'::text[]) m(measure),
		LATERAL mindgap.gap(s, m.measure, $2, $3, level => 0.99) g,
		LATERAL (SELECT pg_temp.mean(0, $2) AS a, pg_temp.mean(0, $3) AS b) y,
		LATERAL pg_temp.slow('{1,1}', '{0,0}', ARRAY[$2, $3], CASE m.measure WHEN 'difference' THEN '{1,-1}' WHEN 'ratio' THEN ARRAY[1 / y.a, -1 / y.b]
			ELSE ARRAY[1 / (y.a * (1 - y.a)), -1 / (y.b * (1 - y.b))] END) v,
		LATERAL (SELECT count(*) FILTER (WHERE two.g = $2) AS a, count(*) FILTER (WHERE two.g = $3) AS b FROM two WHERE y IS NOT NULL AND w > 0) k,
		LATERAL pg_temp.wrong(g.estimate, g.std_error, g.conf_low, g.conf_high, g.df, g.p_value, m.measure <> 'difference', 0.99,
			CASE m.measure WHEN 'difference' THEN y.a - y.b WHEN 'ratio' THEN y.a / y.b ELSE y.a / (1 - y.a) / (y.b / (1 - y.b)) END, v.covariance, v.df) wrong;
	RETURN r;
END $$;
SELECT i, pg_temp.check_gap(i, 'low', 'top') AS "low to top", pg_temp.check_gap(i, 'mid', 'low') AS "mid to low" FROM generate_series(1, 7) i ORDER BY i;

-- who is compared with whom
CREATE TEMP TABLE pair AS
SELECT mindgap.survey_agg(y, g, 1, 1, c) AS two_groups, mindgap.survey_agg(y, k, 1, 1, c) AS integers, mindgap.survey_agg(y, g, 1, 1, c) FILTER (WHERE g = 'a') AS one_group,
	mindgap.survey_agg(y, CASE WHEN c = 1 THEN g || g ELSE g END, 1, 1, c) AS four, mindgap.survey_agg(CASE WHEN g = 'a' THEN y END, g, 1, 1, c) AS half, mindgap.survey_agg(NULL::float8, g, 1, 1, c) AS missing,
	mindgap.survey_agg(y, CASE g WHEN 'a' THEN 'max' ELSE 'min' END, 1, 1, c) AS named, mindgap.survey_agg(CASE WHEN g = 'a' THEN y ELSE 9 - y END, g, 1, 1, c) AS alike
FROM (VALUES (1, 'a', 10, 1.0), (2, 'a', 10, 2), (3, 'a', 10, 6), (1, 'b', -5, 4), (2, 'b', -5, 6), (3, 'b', -5, 8)) r(c, g, k, y);
SELECT call, coalesce((g).compare, '-') AS compare, coalesce((g).reference, '-') AS reference, round((g).estimate::numeric, 6) AS estimate, round((g).std_error::numeric, 6) AS std_error, (g).df,
	round((g).p_value::numeric, 6) AS p_value, (g).n, (g).n_smallest, (g).status
FROM pair, LATERAL (VALUES
	(1, 'two: second to first', mindgap.gap(two_groups)),
	(2, 'compare named', mindgap.gap(two_groups, compare => 'a')),
	(3, 'reference named', mindgap.gap(two_groups, reference => 'b')),
	(4, 'order turned round', mindgap.gap(two_groups, subgroup_order => '{b,a}')),
	(5, 'integers in their order', mindgap.gap(integers)),
	(6, 'integer named', mindgap.gap(integers, compare => '-5')),
	(7, 'max and min', mindgap.gap(four, compare => 'max', reference => 'min')),
	(8, 'min and a name', mindgap.gap(four, compare => 'min', reference => 'bb')),
	(9, 'subgroups named max and min', mindgap.gap(named, compare => 'max', reference => 'min')),
	(10, 'one subgroup', mindgap.gap(one_group)),
	(11, 'one subgroup named twice', mindgap.gap(one_group, compare => 'a', reference => 'a')),
	(12, 'the same twice', mindgap.gap(two_groups, compare => 'a', reference => 'a')),
	(13, 'max and min alike', mindgap.gap(alike, compare => 'max', reference => 'min')),
	(14, 'no data in one', mindgap.gap(half)),
	(15, 'no data in one, max', mindgap.gap(half, compare => 'max')),
	(16, 'no data', mindgap.gap(missing)),
	(17, 'no data, compare max', mindgap.gap(missing, compare => 'max')),
	(18, 'no data, reference min', mindgap.gap(missing, reference => 'min')),
	(19, 'no data, max and min', mindgap.gap(missing, compare => 'max', reference => 'min')),
	(20, 'no data, max and a name', mindgap.gap(missing, compare => 'max', reference => 'a'))
) v(o, call, g)
ORDER BY o;
SELECT pg_temp.result('SELECT mindgap.gap(four) FROM pair') AS more_than_two;

-- limits of ratios lie symmetrically about the logarithm; the inverse ratio has the inverse limits; p is the same
SELECT m, pg_temp.close_to(ln(a.conf_high / a.estimate), ln(a.estimate / a.conf_low)) AS symmetric,
	pg_temp.close_to(a.conf_low, 1 / b.conf_high) AND pg_temp.close_to(a.estimate, 1 / b.estimate) AND pg_temp.close_to(a.p_value, b.p_value) AS inverse
FROM pg_temp.fill_first(2) s, unnest('{ratio,odds_ratio}'::text[]) m, mindgap.gap(s, m, 'low', 'top') a, mindgap.gap(s, m, 'top', 'low') b;

-- gaps(): the same rows, one a measure
SELECT gaps.measure, (gaps.*)::text = gap::text AS same
FROM pg_temp.fill_first(2) s, mindgap.gaps(s, compare => 'low', reference => 'top', level => 0.9) gaps, mindgap.gap(s, gaps.measure, 'low', 'top', level => 0.9) gap
WHERE gaps.measure IN ('difference', 'ratio', 'odds_ratio')
ORDER BY 1;
SELECT measure, label, needs, absolute_or_relative FROM mindgap.gap_measures() WHERE measure IN ('difference', 'ratio', 'odds_ratio');

-- pairwise_gaps(): each row as gap() has it, and the joint test

CREATE FUNCTION pg_temp.check_pairwise(n int, scale text, OUT rows text, OUT joint text) LANGUAGE plpgsql AS $$
DECLARE
	s mindgap.survey_summary := pg_temp.fill_first(n);
	m text := CASE scale WHEN 'absolute' THEN 'difference' WHEN 'relative' THEN 'ratio' ELSE 'odds_ratio' END;
	y float8[] := ARRAY[pg_temp.mean(0, 'low'), pg_temp.mean(0, 'mid'), pg_temp.mean(0, 'top')];
	d float8[];
	f float8[];
	v11 float8;
	v12 float8;
	v22 float8;
	x2 float8;
	full_df float8;
	j record;
BEGIN
	SELECT string_agg(CASE WHEN p::text = g::text THEN p.compare ELSE 'differs' END, ', ' ORDER BY p.compare) INTO rows
	FROM mindgap.pairwise_gaps(s, 'mid', scale) p, LATERAL mindgap.gap(s, m, p.compare, 'mid') g
	WHERE p.compare IS NOT NULL;
	-- low - mid and top - mid, with derivatives by low, mid, top
	d := CASE scale WHEN 'absolute' THEN ARRAY[y[1] - y[2], y[3] - y[2]] WHEN 'relative' THEN ARRAY[ln(y[1] / y[2]), ln(y[3] / y[2])]
		ELSE ARRAY[ln(y[1] / (1 - y[1]) * (1 - y[2]) / y[2]), ln(y[3] / (1 - y[3]) * (1 - y[2]) / y[2])] END;
	f := CASE scale WHEN 'absolute' THEN '{1,1,1}' WHEN 'relative' THEN ARRAY[1 / y[1], 1 / y[2], 1 / y[3]] ELSE ARRAY[1 / (y[1] * (1 - y[1])), 1 / (y[2] * (1 - y[2])), 1 / (y[3] * (1 - y[3]))] END;
	SELECT max(covariance) FILTER (WHERE a = 1 AND b = 1), max(covariance) FILTER (WHERE a = 1 AND b = 2), max(covariance) FILTER (WHERE a = 2 AND b = 2), max(df) FILTER (WHERE a = 3)
	INTO v11, v12, v22, full_df
	FROM pg_temp.slow('{1,1,2,2,3,3,3}', '{0,0,0,0,0,0,0}', '{low,mid,top,mid,low,mid,top}', ARRAY[f[1], -f[2], f[3], -f[2], 1, 1, 1]);
	x2 := (d[1] ^ 2 * v22 - 2 * d[1] * d[2] * v12 + d[2] ^ 2 * v11) / (v11 * v22 - v12 ^ 2);
	SELECT * INTO j FROM mindgap.pairwise_gaps(s, 'mid', scale) p WHERE p.measure = 'joint_wald_f';
	joint := CASE WHEN pg_temp.close_to(j.estimate, x2 * (full_df - 1) / (full_df * 2), 1e-8) AND j.df = full_df - 1 AND
		pg_temp.close_to(j.p_value, (1 + 2 * j.estimate / j.df) ^ (-j.df / 2), 1e-8) AND j.compare IS NULL AND j.reference = 'mid' AND j.std_error IS NULL AND
		(j.n, j.n_smallest) = (SELECT sum(c), min(c) FROM (SELECT count(*) AS c FROM two WHERE two.y IS NOT NULL AND w > 0 AND g IS NOT NULL GROUP BY g) q)
		THEN j.status ELSE j::text END;
END $$;
SELECT i, scale, p.* FROM generate_series(1, 7) i, unnest('{absolute,relative,odds}'::text[]) scale, LATERAL pg_temp.check_pairwise(i, scale) p ORDER BY i, scale;
-- the reference is the first unless named; two subgroups; words for the scale; a joint test that cannot be
SELECT p.measure, p.compare, p.reference, round(p.estimate::numeric, 6) AS estimate, p.df, round(p.p_value::numeric, 6) AS p_value, p.status FROM pair, mindgap.pairwise_gaps(two_groups) p;
SELECT measure, compare, reference, round(estimate::numeric, 6) AS estimate, status FROM pair, mindgap.pairwise_gaps(half, 'b', 'ratio');
SELECT measure, compare, reference, round(estimate::numeric, 6) AS estimate, df, status FROM pair, mindgap.pairwise_gaps(four, scale => 'difference') ORDER BY compare;

-- gap_change()

CREATE FUNCTION pg_temp.check_gap_change(n int, compare text, reference text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	v waves := pg_temp.fill(n);
	r text;
BEGIN
	SELECT string_agg(CASE WHEN wrong = '' AND g.status = CASE WHEN v.separate THEN 'independent_samples_assumed' ELSE 'ok' END AND pg_temp.close_to(g.gap_before, e.gap0) AND pg_temp.close_to(g.gap_after, e.gap1) AND
			(g.n_before, g.n_after) = (k.n0, k.n1) AND g.n_matched IS NOT DISTINCT FROM CASE WHEN v.c = 'id' THEN k.matched END
		THEN 'agree' ELSE concat_ws(' ', wrong, g.*::text) END, ', ' ORDER BY m.measure) INTO r
	FROM unnest('{difference,ratio,odds_ratio}'::text[]) m(measure),
		LATERAL mindgap.gap_change(v.before_wave, v.after_wave, m.measure, $2, $3) g,
		LATERAL (SELECT pg_temp.mean(0, $2) AS a0, pg_temp.mean(0, $3) AS b0, pg_temp.mean(1, $2) AS a1, pg_temp.mean(1, $3) AS b1) y,
		LATERAL (SELECT CASE m.measure WHEN 'difference' THEN a0 - b0 WHEN 'ratio' THEN a0 / b0 ELSE a0 / (1 - a0) / (b0 / (1 - b0)) END AS gap0,
			CASE m.measure WHEN 'difference' THEN a1 - b1 WHEN 'ratio' THEN a1 / b1 ELSE a1 / (1 - a1) / (b1 / (1 - b1)) END AS gap1) e,
		LATERAL pg_temp.slow('{1,1,1,1}', '{0,0,1,1}', ARRAY[$2, $3, $2, $3], CASE m.measure WHEN 'difference' THEN '{-1,1,1,-1}' WHEN 'ratio' THEN ARRAY[-1 / a0, 1 / b0, 1 / a1, -1 / b1]
			ELSE ARRAY[-1 / (a0 * (1 - a0)), 1 / (b0 * (1 - b0)), 1 / (a1 * (1 - a1)), -1 / (b1 * (1 - b1))] END) s,
		LATERAL (SELECT count(*) FILTER (WHERE wave = 0) AS n0, count(*) FILTER (WHERE wave = 1) AS n1, count(*) - count(DISTINCT id) AS matched FROM two WHERE two.g IN ($2, $3) AND two.y IS NOT NULL AND w > 0) k,
		LATERAL pg_temp.wrong(g.change, g.std_error, g.conf_low, g.conf_high, g.df, g.p_value, m.measure <> 'difference', 0.95,
			CASE m.measure WHEN 'difference' THEN gap1 - gap0 ELSE gap1 / gap0 END, s.covariance, s.df) wrong;
	RETURN r;
END $$;
SELECT i, pg_temp.check_gap_change(i, 'low', 'top') AS "low to top", pg_temp.check_gap_change(i, 'mid', 'low') AS "mid to low" FROM generate_series(1, 7) i ORDER BY i;

-- in words: ten persons a subgroup, whose answers move by given amounts; judged on the absolute gap, by the level of the call
CREATE FUNCTION pg_temp.moved(a0 float8, b0 float8, a1 float8, b1 float8) RETURNS TABLE (before_wave mindgap.survey_summary, after_wave mindgap.survey_summary) LANGUAGE sql AS $$
	SELECT mindgap.survey_agg(CASE i % 2 WHEN 0 THEN a0 ELSE b0 END + i / 100.0, CASE i % 2 WHEN 0 THEN 'a' ELSE 'b' END, 1, 1, i),
		mindgap.survey_agg(CASE i % 2 WHEN 0 THEN a1 ELSE b1 END + i * 7 % 20 / 100.0, CASE i % 2 WHEN 0 THEN 'a' ELSE 'b' END, 1, 1, i)
	FROM generate_series(0, 19) i
$$;
SELECT a0, b0, a1, b1, round(d.change::numeric, 6) AS change, d.direction, r.direction AS by_ratio, l.direction AS at_99999, d.n_matched, d.status
FROM (VALUES (1, 2, 1, 3), (1, 3, 1, 2), (2, 1, 3, 1), (3, 1, 2, 1), (1, 2, 2, 1), (2, 1, 1, 2), (1, 2, 1, 2), (1, 2, 1, 2.1), (1, 2, 1, 2.2), (2, 4, 3, 5.5), (4, 4.2, 4, 4), (10, 20, 20, 30)) v(a0, b0, a1, b1),
	LATERAL pg_temp.moved(a0, b0, a1, b1) m,
	mindgap.gap_change(before_wave, after_wave) d, mindgap.gap_change(before_wave, after_wave, 'ratio') r, mindgap.gap_change(before_wave, after_wave, level => 0.99999) l;
-- a wave against itself has no variation, so no direction; a lonely PSU none either
SELECT change, std_error, p_value, direction, n_matched, status FROM pg_temp.moved(1, 2, 1, 3) m, mindgap.gap_change(before_wave, before_wave);
SELECT change, std_error, direction, status
FROM mindgap.gap_change((SELECT mindgap.survey_agg(i, i % 2, 1, i, i) FROM generate_series(1, 4) i), (SELECT mindgap.survey_agg(i * i, i % 2, 1, i, i) FROM generate_series(1, 4) i));
-- subgroups of one wave only, means at the ends, 'max' and 'min' (chosen in the first wave)
SELECT compare, reference, measure, round(gap_before::numeric, 6) AS before, round(gap_after::numeric, 6) AS after, round(change::numeric, 6) AS change, direction, n_before AS n0, n_after AS n1, n_matched, status
FROM odd, (VALUES ('both', 'first', 'difference'), ('both', 'second', 'difference'), ('first', 'second', 'difference'), ('both', 'missing', 'difference'), ('both', 'nil', 'difference'), ('both', 'nil', 'ratio'), ('nil', 'both', 'odds_ratio'),
	('max', 'nil', 'difference'), ('max', 'min', 'difference'), ('both', 'both', 'difference')) v(compare, reference, m),
	mindgap.gap_change(before_wave, after_wave, m, compare, reference);
SELECT pg_temp.result('SELECT mindgap.gap_change(before_wave, after_wave, compare => ''nowhere'', reference => ''both'') FROM odd') AS unknown;
-- no data in the first wave
SELECT gap_before, change, direction, n_before, n_after, n_matched, status FROM pair, mindgap.gap_change(missing, two_groups, compare => 'max');
-- persons: n_matched counts those of the two subgroups who answered both times; clusters have none
SELECT (mindgap.gap_change(before_wave, after_wave, compare => 'low', reference => 'top')).n_matched FROM pg_temp.fill(2);

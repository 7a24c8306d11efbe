-- trend_break_agg, trend_break, within_between: estimates, rules about rows and subgroups, merging in every form of the
-- state, text forms, what the data cannot tell, wrong calls.
--
-- Expected values come from R 4.2.2 (code below), from regression() on the same columns, and from closed forms.
-- Agreement on real data is checked in test/oracle/trend_break.sql.
-- R: d <- expand.grid(t = 0:3, p = 1:60); d <- d[(d$p + d$t) %% 7 > 0, ]
-- R: d <- transform(d, years = 2016 + t + (p %% 4) / 10, y = p %% 5 + 0.3 * t + (p * t * 37) %% 11 * 0.3 + (t == 3), after = as.numeric(t == 3), x = (p * t * 13) %% 17,
-- R:   w = 1 + p %% 3, c = p %% 10)
-- R: d$g <- ifelse(d$p %% 3 == 0, "b", ifelse(d$p %% 3 == 1, "a", "c"))
-- R: wm <- function(v) v - ave(v * d$w, d$p, FUN = sum) / ave(d$w, d$p, FUN = sum)
-- R: vc <- function(m, K) { G <- length(unique(d$c)); N <- nrow(d); sandwich::vcovCL(m, cluster = d$c, type = "HC0", cadjust = FALSE) * G / (G - 1) * (N - 1) / (N - K - 1) }
-- R: for (k in c("a", "b", "c")) { d[[paste0("t", k)]] <- wm(d$years * (d$g == k)); d[[paste0("d", k)]] <- wm(d$after * (d$g == k)) }
-- R: d$yw <- wm(d$y); d$xw <- wm(d$x); d$ta1 <- wm(d$years); d$da1 <- wm(d$after)
-- R: m <- lm(yw ~ ta1 + da1 + xw - 1, d, weights = w); cat(sprintf("%.10f %.10f\n", coef(m), sqrt(diag(vc(m, 3)))), sep = "")
-- R: m <- lm(yw ~ ta + da + tb + db + tc + dc + xw - 1, d, weights = w); V <- vc(m, 7); cat(sprintf("%s %.10f %.10f\n", names(coef(m)), coef(m), sqrt(diag(V))), sep = "")
-- R: L <- rbind(c(0,-1,0,1,0,0,0), c(0,-1,0,0,0,1,0)); e <- L %*% coef(m); W <- L %*% V %*% t(L); cat(sprintf("%.10f %.10f\n", e, sqrt(diag(W))), sep = ""); cat(sprintf("F %.10f\n", t(e) %*% solve(W, e) / 2), pf(t(e) %*% solve(W, e) / 2, 2, 9, lower.tail = FALSE))
-- R: X <- cbind(years = d$years - 2017, x = d$x); xb <- apply(X, 2, function(v) ave(v * d$w, d$p, FUN = sum) / ave(d$w, d$p, FUN = sum))
-- R: m <- lm(d$y ~ I(X - xb) + xb, weights = d$w); V <- sandwich::vcovCL(m, cluster = d$c, type = "HC1")[-1, -1]; A <- rbind(diag(4), cbind(-diag(2), diag(2)))
-- R: cat(sprintf("%.9f %.9f", A %*% coef(m)[-1], sqrt(diag(A %*% V %*% t(A)))), sep = ", "); D <- A[5:6, ]; e <- D %*% coef(m)[-1]; cat(sprintf("; F %.9f\n", t(e) %*% solve(D %*% V %*% t(D), e) / 2))

CREATE FUNCTION pg_temp.close_to(a float8, b float8, tol float8 DEFAULT 1e-10) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= tol * greatest(abs(a), abs(b)), false) $$;

CREATE FUNCTION pg_temp.raises(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END $$;

CREATE FUNCTION pg_temp.show(s mindgap.within_summary, OUT subgroup text, OUT term text, OUT estimate numeric, OUT std_error numeric, OUT df float8, OUT n_persons bigint, OUT status text)
RETURNS SETOF record LANGUAGE sql AS $$
	SELECT subgroup, term, round(estimate::numeric, 9), round(std_error::numeric, 9), df, n_persons, status FROM mindgap.trend_break(s)
$$;

-- both give the same estimates, in every column and row
CREATE FUNCTION pg_temp.same(a mindgap.within_summary, b mindgap.within_summary) RETURNS boolean LANGUAGE sql AS $$
	SELECT bool_and(pg_temp.close_to(x.estimate, y.estimate, 1e-9) AND pg_temp.close_to(x.std_error, y.std_error, 1e-9)
			AND (x.df, x.n_persons, x.status) IS NOT DISTINCT FROM (y.df, y.n_persons, y.status))
	FROM (SELECT row_number() OVER (), * FROM mindgap.trend_break(a, lonely_psu => 'certainty')) x
		FULL JOIN (SELECT row_number() OVER (), * FROM mindgap.trend_break(b, lonely_psu => 'certainty')) y USING (row_number)
$$;

-- 60 persons in three subgroups and ten clusters, three waves before the event and one after, some of them missing
CREATE TABLE trend_row AS
SELECT p AS person, 2016 + t + (p % 4) / 10.0::float8 AS years, p % 5 + 0.3 * t + (p * t * 37) % 11 * 0.3 + (t = 3)::int AS y, t = 3 AS after,
	ARRAY[(p * t * 13) % 17]::float8[] AS x, 1 + p % 3 AS w, p % 10 AS cluster, p % 2 AS stratum, (ARRAY['b', 'a', 'c'])[1 + p % 3] AS grp, t AS wave
FROM generate_series(1, 60) p, generate_series(0, 3) t WHERE (p + t) % 7 > 0;
CREATE TABLE trend_whole AS
SELECT mindgap.trend_break_agg(person, years, y, after) AS plain, mindgap.trend_break_agg(person, years, y, after, grp) AS labels,
	mindgap.trend_break_agg(person, years, y, after, ascii(grp)) AS codes, mindgap.trend_break_agg(person, years, y, after, grp, w) AS weighted,
	mindgap.trend_break_agg(person, years, y, after, grp, w, cluster) AS clustered, mindgap.trend_break_agg(person, years, y, after, grp, w, cluster, stratum) AS stratified,
	mindgap.trend_break_agg(person, years, y, after, grp, w, cluster, 1, x) AS adjusted
FROM trend_row;

-- R: trend 0.9366895669 0.1186836213, excess -0.0112443633 0.2282394435; a 0.9036803144 0.2195039729, 0.2301452105 0.5034145574;
-- b 0.8920057165 0.1187717823, 0.0940126810 0.4298534076; c 0.9619371287 0.1479072115, -0.1934891041 0.3993221672;
-- b less a -0.1361325296 0.7412620795, c less a -0.4236343146 0.7025985589; F 0.2262879845, p 0.8018913
SELECT s.* FROM trend_whole, pg_temp.show(adjusted) s;
SELECT round(f_statistic::numeric, 9) AS f, numerator_df, df, round(p_value::numeric, 7) AS p, status FROM trend_whole, mindgap.trend_break_test(adjusted);
SELECT subgroup, round(estimate::numeric, 9) AS difference, pg_temp.close_to(conf_high - estimate, estimate - conf_low) AS symmetric,
	pg_temp.close_to(statistic, estimate / std_error) AS statistic
FROM trend_whole, mindgap.trend_break(adjusted, 'c', level => 0.9) WHERE term = 'differs from reference';
SELECT pg_temp.same(labels, codes) AS same FROM trend_whole;
SELECT string_agg(DISTINCT subgroup, ' ') AS codes FROM trend_whole, mindgap.trend_break(codes);

-- One subgroup at a time is a summary of its own where nothing is in common but the small-sample factor and the degrees of freedom.
SELECT g.subgroup, g.term, pg_temp.close_to(g.estimate, o.estimate) AS estimate, pg_temp.close_to(g.std_error, o.std_error) AS std_error, g.n_persons = o.n_persons AS n_persons
FROM trend_whole, mindgap.trend_break(weighted, small_sample => 'none') g,
	LATERAL (SELECT mindgap.trend_break_agg(person, years, y, after, 'all', w) AS s FROM trend_row WHERE grp = g.subgroup) w, mindgap.trend_break(w.s, small_sample => 'none') o
WHERE g.term = o.term AND o.subgroup IS NULL ORDER BY 1, 2;

-- What reads within summaries reads these, as the model without subgroups.
SELECT term, pg_temp.close_to(e.estimate, f.estimate) AS estimate, pg_temp.close_to(e.std_error, f.std_error) AS std_error
FROM trend_whole, mindgap.within_estimates(adjusted) e JOIN LATERAL mindgap.within_estimates((SELECT mindgap.within_agg(person, y, ARRAY[years, after::int] || x, w, cluster, 1) FROM trend_row), '{years,after_event,x1}') f USING (term);
SELECT term, e.status FROM trend_whole, mindgap.within_estimates(mindgap.condense(adjusted), '{a,b,c}') e;
SELECT pg_temp.close_to(e.estimate, f.estimate) AS contrast, pg_temp.close_to(e.std_error, f.std_error) AS std_error FROM trend_whole, mindgap.within_contrast(adjusted, '{1,1,0}') e, mindgap.within_contrast(mindgap.condense(adjusted), '{1,1,0}') f;

-- However the rows are cut up, also with persons split, in any order, the answer is the same; so it is condensed, written and read.
SELECT parts, pg_temp.same(mindgap.rollup(p.plain), max(w.plain::text)::mindgap.within_summary) AS plain, pg_temp.same(mindgap.rollup(p.labels), max(w.labels::text)::mindgap.within_summary) AS labels,
	pg_temp.same(mindgap.rollup(p.codes), max(w.codes::text)::mindgap.within_summary) AS codes, pg_temp.same(mindgap.rollup(p.adjusted), max(w.adjusted::text)::mindgap.within_summary) AS adjusted
FROM (SELECT parts, mindgap.trend_break_agg(person, years, y, after ORDER BY wave DESC) AS plain, mindgap.trend_break_agg(person, years, y, after, grp ORDER BY grp DESC, wave DESC) AS labels,
		mindgap.trend_break_agg(person, years, y, after, ascii(grp) ORDER BY wave DESC) AS codes, mindgap.trend_break_agg(person, years, y, after, grp, r.w, cluster, 1, x ORDER BY y) AS adjusted
	FROM trend_row r, unnest(ARRAY[1, 2, 7, 100, 1000]) parts GROUP BY parts, (person * 7 + wave) % parts) p, trend_whole w
GROUP BY parts ORDER BY parts;
SELECT name, pg_temp.same(mindgap.condense(s), s) AS condensed, f.form, f.bytes, s::text = s::text::mindgap.within_summary::text AS text,
	mindgap.condense(s)::text = mindgap.condense(s)::text::mindgap.within_summary::text AND mindgap.condense(mindgap.condense(s))::text = mindgap.condense(s)::text AS condensed_text
FROM trend_whole, LATERAL (VALUES ('plain', plain), ('labels', labels), ('codes', codes), ('weighted', weighted), ('clustered', clustered), ('stratified', stratified), ('adjusted', adjusted)) v(name, s),
	mindgap.within_design(mindgap.condense(s)) f;
-- the order of rows changes nothing but the last digits: labels are in order
SELECT left(a.s::text, 200) = left(b.s::text, 200) AS same FROM (SELECT mindgap.trend_break_agg(person, years, y, after, grp ORDER BY grp) AS s FROM trend_row) a,
	(SELECT mindgap.trend_break_agg(person, years, y, after, grp ORDER BY grp DESC) AS s FROM trend_row) b;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT pg_temp.same(p.s, w.adjusted) AS same FROM (SELECT mindgap.trend_break_agg(person, years, y, after, grp, w, cluster, 1, x) AS s FROM trend_row) p, trend_whole w;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET parallel_tuple_cost;
RESET parallel_setup_cost;
-- 4000 persons of 40 subgroups: a hash table, merged with others
SELECT count(*) AS rows, bool_and(pg_temp.close_to(estimate, CASE term WHEN 'trend' THEN 0.5 + right(subgroup, 2)::int WHEN 'excess' THEN 2 ELSE 0 END, 1e-9) OR abs(estimate) < 1e-9 AND term LIKE 'differs%') AS right
FROM (SELECT mindgap.rollup(s) AS s FROM (SELECT mindgap.trend_break_agg(p, t, p % 13 + t * (0.5 + p % 40) + CASE WHEN t > 2 THEN 2 ELSE 0 END, t > 2, 'group ' || lpad((p % 40)::text, 2, '0')) AS s
	FROM generate_series(1, 4000) p, generate_series(0, 4) t GROUP BY (p + t) % 3) a) b, mindgap.trend_break(s) WHERE subgroup IS NOT NULL;

-- Duplicate rows are observations like others: the same as one of twice the weight.
SELECT pg_temp.close_to(a.estimate, b.estimate) AS estimate, pg_temp.close_to(a.std_error, b.std_error) AS std_error
FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person, years, y, after, 'all', 1) FROM (SELECT * FROM trend_row UNION ALL SELECT * FROM trend_row WHERE wave = 1) r), small_sample => 'none') a,
	mindgap.trend_break((SELECT mindgap.trend_break_agg(person, years, y, after, 'all', CASE WHEN wave = 1 THEN 2 ELSE 1 END) FROM trend_row), small_sample => 'none') b
WHERE a.term = b.term AND a.subgroup IS NULL AND b.subgroup IS NULL;
-- two rows at one time are not two times
SELECT status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(1, years, years, after) FROM (VALUES (1::float8, false), (1, false), (2, true)) v(years, after)));

-- Years far from 0 and in seconds, a score far from 0.
SELECT x.term, pg_temp.close_to(x.estimate, y.estimate * CASE x.term WHEN 'trend' THEN 31556952 ELSE 1 END, 1e-9) AS estimate, pg_temp.close_to(x.p_value, y.p_value, 1e-7) AS p
FROM trend_whole, mindgap.trend_break(labels) x, mindgap.trend_break((SELECT mindgap.trend_break_agg(person, 1.4e9 + (years - 2016) * 31556952, y + 1e6, after, grp) FROM trend_row)) y
WHERE (x.subgroup, x.term) IS NOT DISTINCT FROM (y.subgroup, y.term) AND coalesce(x.subgroup, 'b') = 'b';

-- Rows that do not count: counted as skipped, but for those of weight 0.
SELECT n, n_skipped, n_persons, n_clusters, n_singletons
FROM (SELECT mindgap.trend_break_agg(p, t, y, a, g, w, c, 1, x) AS s FROM (VALUES (1, 1::float8, 1::float8, false, 'g', 1::float8, 1, '{1}'::float8[]), (NULL, 1, 1, false, 'g', 1, 1, '{1}'),
	(2, NULL, 1, false, 'g', 1, 2, '{1}'), (3, 1, NULL, false, 'g', 1, 3, '{1}'), (4, 1, 1, NULL, 'g', 1, 4, '{1}'), (5, 1, 1, false, NULL, 1, 5, '{1}'), (6, 1, 1, false, 'g', NULL, 6, '{1}'),
	(7, 1, 1, false, 'g', 0, 7, '{1}'), (8, 1, 1, false, 'g', 1, NULL, '{1}'), (9, 1, 1, false, 'g', 1, 9, NULL), (10, 1, 1, false, 'g', 1, 10, '{NULL}')) v(p, t, y, a, g, w, c, x)) o, mindgap.within_design(s);
-- Persons of no subgroup are in no row of the result, nor in the overall rows.
SELECT a.term, a.n_persons, pg_temp.close_to(a.estimate, b.estimate) AS estimate, pg_temp.close_to(a.std_error, b.std_error) AS std_error
FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person, years, y, after, nullif(grp, 'c')) FROM trend_row)) a,
	mindgap.trend_break((SELECT mindgap.trend_break_agg(person, years, y, after) FROM trend_row WHERE grp <> 'c')) b
WHERE a.subgroup IS NULL AND a.term = b.term;
-- Their clusters were sampled all the same: of 8, 4 hold somebody of the subgroup. n/(n-1) has all of them, df those 4.
CREATE TABLE trend_domain AS SELECT p, t, p * t * 37 % 11 AS y FROM generate_series(1, 8) p, generate_series(0, 2) t;
SELECT a.df, b.df AS df_alone, pg_temp.close_to((a.std_error / b.std_error) ^ 2, (8 / 7.0) / (4 / 3.0)) AS variance, pg_temp.close_to(c.std_error, a.std_error) AS condensed
FROM (SELECT mindgap.trend_break_agg(p, t, y, t = 2, CASE WHEN p < 5 THEN 'in' END, 1, p, 1) AS domain,
		mindgap.trend_break_agg(p, t, y, t = 2, 'in', 1, p, 1) FILTER (WHERE p < 5) AS alone FROM trend_domain) s,
	mindgap.trend_break(domain, small_sample => 'none') a, mindgap.trend_break(alone, small_sample => 'none') b, mindgap.trend_break(mindgap.condense(domain), small_sample => 'none') c
WHERE a.subgroup = 'in' AND b.subgroup = 'in' AND c.subgroup = 'in' AND a.term = 'excess' AND b.term = 'excess' AND c.term = 'excess';
SELECT mindgap.trend_break_agg(person, years, y, after) IS NULL AS empty FROM trend_row WHERE false;
SELECT * FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person, years, y, after, NULL::text, 1, cluster, 1, NULL) FROM trend_row));
SELECT * FROM mindgap.trend_break((SELECT mindgap.condense(mindgap.trend_break_agg(person, years, y, after, NULL::bigint, 1, cluster)) FROM trend_row));
SELECT count(*) FROM mindgap.trend_break(NULL);

-- What the data cannot tell: one wave; one earlier wave, of all or of a subgroup; nobody after the event; nobody both before and
-- after; a time that never varies; persons with one row; one cluster; a perfect fit.
SELECT DISTINCT term, estimate, n_persons, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person, years, y, after) FROM trend_row WHERE wave = 1)) ORDER BY 1;
SELECT DISTINCT estimate, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person, years, y, after, grp) FROM trend_row WHERE wave > 1));
SELECT s.* FROM pg_temp.show((SELECT mindgap.trend_break_agg(person, years, y, after, grp) FROM trend_row WHERE wave > 1 OR grp <> 'a')) s;
SELECT t.* FROM mindgap.trend_break_test((SELECT mindgap.trend_break_agg(person, years, y, after, grp) FROM trend_row WHERE wave > 1 OR grp <> 'a')) t;
SELECT subgroup, term, estimate IS NOT NULL AS estimate, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person, years, y, after, grp) FROM trend_row WHERE grp <> 'a' AND (grp = 'c' OR NOT after)));
SELECT term, estimate IS NOT NULL AS estimate, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(CASE WHEN after THEN -person ELSE person END, years, y, after) FROM trend_row));
SELECT term, estimate, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person, 2020, y, after) FROM trend_row));
SELECT term, estimate, n_persons, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person * 10 + wave, years, y, after) FROM trend_row));
SELECT term, estimate IS NOT NULL AS estimate, std_error, df, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person, years, y, after, 'all', 1, 7) FROM trend_row)) WHERE subgroup IS NULL;
SELECT term, estimate IS NOT NULL AS estimate, std_error, df, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person, years, y, after, 'all', 1, person, person % 59) FROM trend_row)) WHERE subgroup IS NULL;
SELECT term, round(estimate::numeric, 9) AS estimate, std_error, p_value, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(person, wave, person + 2 * wave + CASE WHEN after THEN 5 ELSE 0 END, after) FROM trend_row));
SELECT t.* FROM trend_whole, unnest(ARRAY[plain, (SELECT mindgap.trend_break_agg(1, 1, 1, false, 'a'::text)), (SELECT mindgap.trend_break_agg(NULL, 1, 1, false, 'a'::text))]) s, mindgap.trend_break_test(s) t;
SELECT s.subgroup, s.term, s.status FROM pg_temp.show((SELECT mindgap.trend_break_agg(person, years, y, after, grp, 1, person, 1, ARRAY[years - person]) FROM trend_row)) s WHERE subgroup = 'a';

-- Effects within and between persons. R: lm(y ~ I(x - xbar) + xbar, weights), vcovCL(type = "HC1").
-- Within years, x: 0.932680757 0.083137423, 0.036150580 0.025046888; between: 1.077952426 0.412108524, -0.095802012 0.066663842;
-- differences: 0.145271669 0.376436072, -0.131952592 0.072011322; F 1.679016404
SELECT term, effect, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error, df, status
FROM mindgap.within_between((SELECT mindgap.within_agg(person, y, ARRAY[years] || x, w, cluster) FROM trend_row), '{years,x}');
SELECT round(f_statistic::numeric, 9) AS f, numerator_df, df, status FROM mindgap.within_between_test((SELECT mindgap.within_agg(person, y, ARRAY[years] || x, w, cluster) FROM trend_row));
-- The within effects are those of within_estimates; those between are those of the regression of means with sums of weights.
SELECT b.term, effect, pg_temp.close_to(b.estimate, coalesce(w.estimate, r.estimate)) AS estimate
FROM (SELECT mindgap.within_agg(person, y, ARRAY[years] || x, trend_row.w) AS s FROM trend_row) o, mindgap.within_between(s) b
	LEFT JOIN LATERAL mindgap.within_estimates(s) w ON w.term = b.term AND effect = 'within'
	LEFT JOIN mindgap.regression((SELECT mindgap.moments_agg(y, ARRAY[years, x], w) FROM (
		SELECT sum(w * y) / sum(w) AS y, sum(w * years) / sum(w) AS years, sum(w * x[1]) / sum(w) AS x, sum(w) AS w FROM trend_row GROUP BY person) m)) r ON r.term = b.term AND effect = 'between'
WHERE effect <> 'difference';
SELECT term, effect, estimate IS NOT NULL AS estimate, status FROM mindgap.within_between((SELECT mindgap.within_agg(person, y, ARRAY[years, cluster, 5, wave - m, 2 * years]) FROM (
	SELECT *, avg(wave) OVER (PARTITION BY person) AS m FROM trend_row) r), '{years,cluster,constant,deviation,twice}');
SELECT t.status FROM mindgap.within_between_test((SELECT mindgap.within_agg(person, y, ARRAY[cluster]) FROM trend_row)) t;
SELECT term, effect, estimate, status FROM mindgap.within_between((SELECT mindgap.within_agg(NULL, NULL, '{1}')));
SELECT t.status FROM mindgap.within_between_test((SELECT mindgap.within_agg(NULL, NULL, '{1}'))) t;
SELECT term, effect, std_error, df, status FROM mindgap.within_between((SELECT mindgap.within_agg(person, y, x, 1, 1) FROM trend_row));
SELECT term, effect, std_error, df, status FROM mindgap.within_between((SELECT mindgap.within_agg(person, y, x, 1, person, person % 59) FROM trend_row));
SELECT DISTINCT term FROM trend_whole, mindgap.within_between(adjusted) ORDER BY term;
SELECT count(*) FROM mindgap.within_between(NULL);

-- Calls that are wrong.
SELECT pg_temp.raises($$SELECT mindgap.trend_break_agg(person, years, y, after, wave) FROM trend_row$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(s) FROM (SELECT mindgap.trend_break_agg(person, years, y, after, wave) AS s FROM trend_row GROUP BY wave) o$$);
SELECT pg_temp.raises($$SELECT mindgap.trend_break_agg(person, years, y, after, grp, w, wave) FROM trend_row$$);
SELECT pg_temp.raises($$SELECT mindgap.trend_break_agg(person, years, y, after, grp, w, cluster, wave) FROM trend_row$$);
SELECT pg_temp.raises($$SELECT mindgap.trend_break_agg(person, years, y, after, grp, w, cluster, NULL) FROM trend_row$$);
SELECT pg_temp.raises($$SELECT mindgap.trend_break_agg(person, years, y, after, grp, w, cluster, 1, x || wave::float8) FILTER (WHERE wave > 1 OR person > 1) FROM (SELECT person, years, y, after, grp, w, cluster, CASE WHEN wave > 1 THEN x ELSE '{}' END AS x, wave FROM trend_row) r$$);
SELECT pg_temp.raises($$SELECT mindgap.trend_break_agg(1, 'NaN', 1, false)$$);
SELECT pg_temp.raises($$SELECT mindgap.trend_break_agg(1, 1, 'Infinity', false)$$);
SELECT pg_temp.raises($$SELECT mindgap.trend_break_agg(1, 1, 1, false, 'a', 1, 1, 1, '{1,NaN}')$$);
SELECT pg_temp.raises($$SELECT mindgap.trend_break_agg(1, 1, 1, false, 'a', -1)$$);
SELECT pg_temp.raises($$SELECT mindgap.trend_break_agg(p, 1, 1, false, p) FROM generate_series(1::bigint, 201) p$$);
SELECT pg_temp.raises($$SELECT * FROM trend_whole, mindgap.trend_break(labels, 'z')$$);
SELECT pg_temp.raises($$SELECT * FROM trend_whole, mindgap.trend_break(plain, 'z')$$);
SELECT pg_temp.raises($$SELECT * FROM trend_whole, mindgap.trend_break(labels, small_sample => 'hc3')$$);
SELECT pg_temp.raises($$SELECT * FROM mindgap.trend_break((SELECT mindgap.within_agg(person, y, x) FROM trend_row))$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(mindgap.condense(labels)) FROM trend_whole$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(s) FROM trend_whole, unnest(ARRAY[plain, labels]) s$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(s) FROM trend_whole, unnest(ARRAY[codes, labels]) s$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(s) FROM trend_whole, unnest(ARRAY[plain, (SELECT mindgap.within_agg(person, y, '{1,2}') FROM trend_row)]) s$$);
SELECT pg_temp.raises($$SELECT mindgap.rollup(s) FROM trend_whole, unnest(ARRAY[adjusted, (SELECT mindgap.trend_break_agg(1, 1, 1, false, 'a', 1, 1, 1, '{1,2}'))]) s$$);
SELECT pg_temp.raises($$SELECT * FROM mindgap.within_between((SELECT mindgap.condense(plain) FROM trend_whole))$$);
SELECT pg_temp.raises($$SELECT * FROM trend_whole, mindgap.within_between(plain, small_sample => 'xtreg')$$);
SELECT pg_temp.raises($$SELECT * FROM trend_whole, mindgap.within_between(plain, '{a}')$$);
SELECT pg_temp.raises($$SELECT mindgap.trend_break_accum(NULL, 1, 1, 1, false)$$);

-- Text forms, and damaged ones.
SELECT mindgap.trend_break_agg(p, t, y, t = 2, g, 1, 10, 2) FROM (VALUES (5, 1, 0, 'é'), (5, 3, 1, 'é'), (4, 1, 0, 'a"b'), (5, 3, 2, 'é'), (3, 1, 1, NULL)) v(p, y, t, g);
SELECT mindgap.condense(mindgap.trend_break_agg(p, t, y, t = 2, g)) FROM (VALUES (5, 1, 0, 7), (5, 3, 1, 7), (4, 1, 0, -2), (5, 3, 2, 7)) v(p, y, t, g);
SELECT pg_temp.raises(format('SELECT %L::mindgap.within_summary', replace(s::text, find, put)))
FROM (SELECT mindgap.trend_break_agg(p, t, y, t = 2, g, 1, 10, 2) AS s FROM (VALUES (5, 1, 0, 'b'), (5, 3, 1, 'b'), (4, 1, 0, 'a'), (3, 1, 1, NULL)) v(p, y, t, g)) o, (VALUES
	('["a","b"]', '["a","a"]'), ('["a","b"]', '["a"]'), ('["a","b"]', '"1 2"'), ('["a","b"]', '["a","\u0000"]'), ('"subgroup_of":"-1 0 1"', '"subgroup_of":"0 0 1"'), ('"subgroup_of":"-1 0 1"', '"subgroup_of":"-1 0 2"'),
	('"subgroup_of":"-1 0 1"', '"subgroup_of":"-1 0 4294967296"'), ('"subgroup_of":"-1 0 1"', '"subgroup_of":"-1 -1 1"'), ('"earlier_times":"0 1 2"', '"earlier_times":"0 2 2"'), ('"earlier_times":"0 1 2"', '"earlier_times":"0 1 3"'),
	('"earlier":"0 0 0"', '"earlier":"1 0 0"'), ('"earlier":"0 0 0"', '"earlier":"0 0"'), ('trend subgroups labels', 'subgroups labels'), ('trend subgroups labels', 'trend labels'), ('trend subgroups labels', 'trend'),
	('trend subgroups labels', 'trend subgroups'), ('"columns":"3"', '"columns":"2"')) v(find, put);
SELECT pg_temp.raises(format('SELECT %L::mindgap.within_summary', replace(s::text, find, put)))
FROM (SELECT mindgap.condense(mindgap.trend_break_agg(p, t, y, t = 2, g)) AS s FROM (VALUES (5, 1, 0, 7), (5, 3, 1, 7), (4, 1, 0, -2)) v(p, y, t, g)) o, (VALUES
	('"subgroup_counts":"1 1 0 2 1 1"', '"subgroup_counts":"1 1 0 2 1 2"'), ('"subgroup_counts":"1 1 0 2 1 1"', '"subgroup_counts":"1 1 0 1 1 1"'), ('"subgroup_counts":"1 1 0 2 1 1"', '"subgroup_counts":"1 1 0"'),
	('"subgroups":"-2 7"', '"subgroups":""'), ('"subgroups":"-2 7"', '"subgroups":"-2 7 8"'), ('"subgroups":"-2 7"', '"subgroups":"7 7"'), ('"counts":"3 2 1 2 1 0 2"', '"counts":"3 2 1 2 1 0 1"')) v(find, put);
DROP TABLE trend_row, trend_whole, trend_domain;

-- Earlier times that differ by half a minute cannot tell a trend from an excess of a year later: neither is given, as
-- the column that a fit would keep stands for both.  Another subgroup is not touched.
CREATE TABLE hardly_earlier AS
SELECT p, p % 2 AS g, CASE WHEN t = 2 THEN 2016 WHEN t = 1 THEN 2015 + CASE p % 2 WHEN 0 THEN 1e-6 ELSE 0.5 END ELSE 2015 END AS years, p * t * 7 % 5 AS y, t = 2 AS after
FROM generate_series(1, 20) p, generate_series(0, 2) t;
SELECT subgroup, term, estimate IS NULL AS refused, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(p, years, y, after, g) FROM hardly_earlier));
SELECT term, estimate, status FROM mindgap.trend_break((SELECT mindgap.trend_break_agg(p, years, y, after) FROM hardly_earlier WHERE g = 0));
SELECT * FROM mindgap.trend_break_test((SELECT mindgap.trend_break_agg(p, years, y, after, g) FROM hardly_earlier));
DROP TABLE hardly_earlier;

-- y = years + age / 2 for everybody, within and between.  Within a person years and age are one, so the slope within is
-- 1.5, that between 1: no difference is given.  z, and years where twice years is beside it, are compared as ever.
CREATE TABLE aging AS
SELECT p, t + p % 3 AS years, 20 + p * 7 % 40 + t + p % 3 AS age, p * t * 13 % 7 AS z FROM generate_series(1, 60) p, generate_series(0, 3) t;
SELECT term, effect, round(estimate::numeric, 9) AS estimate, status
FROM mindgap.within_between((SELECT mindgap.within_agg(p, years + age / 2.0, ARRAY[years, age, z]) FROM aging), '{years,age,z}');
SELECT numerator_df FROM mindgap.within_between_test((SELECT mindgap.within_agg(p, years + age / 2.0 + p * t % 7, ARRAY[years, age, z]) FROM aging, LATERAL (SELECT years - p % 3 AS t) w));
SELECT term, effect, status
FROM mindgap.within_between((SELECT mindgap.within_agg(p, age + z * z, ARRAY[years, 2 * years, z]) FROM aging), '{years,twice,z}') WHERE effect = 'difference';
DROP TABLE aging;

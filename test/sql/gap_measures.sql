-- The inequality measures through SQL: every value against its formula written out in SQL, identities between measures
-- and between their standard errors, what the data do not allow, change of every measure, series of waves, and
-- summaries of published tables. Expected values: the formulas, the identities, and for statuses doc/gap.md.
-- Standard errors against other software: test/oracle.

CREATE FUNCTION near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL
		ELSE abs(a - b) <= 1e-9 * greatest(abs(a), abs(b)) OR greatest(abs(a), abs(b)) < 1e-12 END
$$;

-- 1200 persons in three strata and 24 PSUs, five groups of different size, worst-off first, two waves
CREATE TABLE person AS
SELECT i, 1 + (i * i + i / 7) % 5 AS g, i % 3 AS stratum, i % 24 AS psu, 1 + (i * 7) % 4 / 2.0::float8 AS w,
	2 + ((i * 37) % 17 + 3 * ((i * i + i / 7) % 5)) / 2.0::float8 AS y,
	2 + ((i * 37 + 5 * (i % 11)) % 17 + 5 * ((i * i + i / 7) % 5)) / 2.0::float8 AS y2,
	(i * 37) % 17 > 9 - (i * i + i / 7) % 5 AS b
FROM generate_series(1, 1200) i;

CREATE TABLE s AS
SELECT mindgap.survey_agg(y, g, w, stratum, psu) AS y, mindgap.survey_agg(b, g, w, stratum, psu) AS b,
	mindgap.survey_agg(y, chr(70 - g), w, stratum, psu) AS named, mindgap.survey_agg(y2, g, w, stratum, psu) AS after,
	mindgap.survey_agg(y, g, w) AS rows, mindgap.survey_agg(y2, g, w) AS rows_after,
	mindgap.survey_agg(y, g, w, stratum, psu) FILTER (WHERE g IN (2, 4)) AS two
FROM person;

---- every value against its formula

CREATE TABLE formula AS
WITH one AS (
	SELECT v.name, g, sum(w) AS w, sum(w * v.y) / sum(w) AS y, min(lower) AS lower, min(upper) AS upper
	FROM person, LATERAL (VALUES ('y', y, 1, 20), ('b', b::int, 0, 1)) v(name, y, lower, upper)
	GROUP BY v.name, g
), shares AS (
	SELECT *, w / sum(w) OVER n AS p, (sum(w) OVER (n ORDER BY g) - w / 2) / sum(w) OVER n AS r,
		sum(w * y) OVER n / sum(w) OVER n AS mu, count(*) OVER n AS groups, max(y) OVER n AS highest,
		max(y) FILTER (WHERE g = 5) OVER n AS y5, max(y) FILTER (WHERE g = 1) OVER n AS y1
	FROM one WINDOW n AS (PARTITION BY name)
), sums AS (
	SELECT name, max(mu) AS mu, max(y5) AS y5, max(y1) AS y1, max(highest) AS highest, max(lower) AS lower, max(upper) AS upper,
		sum(p * (y - mu) ^ 2) AS bgv, sum(p * abs(y - mu)) AS mdm, sum(abs(y - mu)) / max(groups) AS mdm_unweighted,
		sum(p * abs(y - highest)) AS mdb, sum(abs(y - highest)) / max(groups) AS mdb_unweighted,
		sum(p * abs(y - y1)) AS mdr, sum(abs(y - y1)) / max(groups) AS mdr_unweighted,
		ln(max(mu)) - sum(p * ln(y)) AS mld, sum(p * y / mu * ln(y / mu)) AS theil,
		2 * sum(p * y * r) - max(mu) AS aci,
		sum(p * (r - 0.5) * y) / sum(p * (r - 0.5) ^ 2) AS slope
	FROM shares GROUP BY name
)
SELECT name, m.measure, m.value
FROM sums, LATERAL (VALUES
	('difference', y5 - y1), ('ratio', y5 / y1), ('odds_ratio', CASE name WHEN 'b' THEN y5 / (1 - y5) / (y1 / (1 - y1)) END),
	('bgv', bgv), ('bgsd', sqrt(bgv)), ('cov', 100 * sqrt(bgv) / mu),
	('mdm', mdm), ('mdm_unweighted', mdm_unweighted), ('mdb', mdb), ('mdb_unweighted', mdb_unweighted),
	('mdr', mdr), ('mdr_unweighted', mdr_unweighted), ('idis', 100 * mdm / mu), ('idis_unweighted', 100 * mdm_unweighted / mu),
	('mld', mld), ('theil', theil), ('par', y1 - mu), ('paf', 100 * (y1 - mu) / mu), ('aci', aci), ('rci', aci / mu),
	('erreygers', 4 * aci / (upper - lower)), ('wagstaff', (upper - lower) * aci / ((upper - mu) * (mu - lower))),
	('modified_ci', aci / (mu - lower)), ('sii', slope), ('rii', (mu + slope / 2) / (mu - slope / 2))) m(measure, value);

CREATE TABLE got AS
SELECT v.name, g.*
FROM s, LATERAL (VALUES ('y', y, 1, 20), ('b', b, NULL, NULL)) v(name, summary, lower, upper),
	LATERAL mindgap.gaps(summary, compare => '5', reference => '1', adverse => false, lower => v.lower, upper => v.upper) g;

SELECT g.name, g.measure, round(g.estimate::numeric, 6) AS estimate,
	CASE WHEN f.measure IS NOT NULL THEN near(g.estimate, f.value) END AS is_formula,
	g.df, g.p_value IS NULL AS no_p, n, n_smallest, g.status
FROM mindgap.gap_measures() WITH ORDINALITY m JOIN got g USING (measure) LEFT JOIN formula f USING (name, measure)
ORDER BY g.name, m.ordinality;

-- the logistic line has the two ends that the indices say; it meets the total and the total over ranks
WITH line AS (
	SELECT ln(q0 / (1 - q0)) AS b0, ln(q1 / (1 - q1)) - ln(q0 / (1 - q0)) AS b1
	FROM got a JOIN got b USING (name), LATERAL (SELECT a.estimate / (b.estimate - 1) AS q0) x,
		LATERAL (SELECT q0 * b.estimate AS q1) z
	WHERE name = 'b' AND a.measure = 'sii_logit' AND b.measure = 'rii_logit'
), r AS (
	SELECT g, sum(w) AS w, sum(w * b::int) AS s, (sum(sum(w)) OVER (ORDER BY g) - sum(w) / 2) / sum(sum(w)) OVER () AS r
	FROM person GROUP BY g
)
SELECT round(sum(s - w / (1 + exp(-b0 - b1 * r)))::numeric, 9) AS score,
	round(sum(r * (s - w / (1 + exp(-b0 - b1 * r))))::numeric, 9) AS score_over_ranks
FROM r, line;

---- gap() of each measure is its row of gaps()

SELECT count(*) AS measures, bool_and(g::text = a::text) AS same
FROM s, mindgap.gaps(y, compare => '5', reference => '1', lower => 1, upper => 20) a,
	LATERAL mindgap.gap(y, a.measure, compare => '5', reference => '1', lower => 1, upper => 20) g;

SELECT count(*) AS measures, bool_and(g::text = a::text) AS same
FROM s, mindgap.gaps(b, '5', '1', se_method => 'conventional', level => 0.9) a,
	LATERAL mindgap.gap(b, a.measure, '5', '1', se_method => 'conventional', level => 0.9) g;

-- what the arguments allow: no names, no order, no bounds
SELECT string_agg(measure, ' ') AS without_names_and_order FROM s, mindgap.gaps(named);
SELECT string_agg(measure, ' ') AS without_bounds FROM s, mindgap.gaps(y, '5', '1') WHERE measure ~ 'erreygers|wagstaff|_ci';

---- identities: estimates and standard errors

SELECT v.name, near(a.estimate, v.factor * b.estimate) AS estimate, near(a.std_error, abs(v.factor) * b.std_error) AS std_error
FROM s, LATERAL (VALUES
	('erreygers = 4 aci / (upper - lower)', mindgap.gap(y, 'erreygers', lower => 1, upper => 20), mindgap.gap(y, 'aci'), 4.0 / 19),
	('mdb = - par, without an order, adverse', mindgap.gap(named, 'mdb'), mindgap.gap(named, 'par'), -1),
	('mdb = par, without an order, favourable', mindgap.gap(named, 'mdb', adverse => false),
		mindgap.gap(named, 'par', adverse => false), 1),
	('mdr = mdb, the reference being the best', mindgap.gap(y, 'mdr', reference => '5'), mindgap.gap(y, 'mdb', adverse => false), 1),
	('par to a reference of an order', mindgap.gap(y, 'par'), mindgap.gap(named, 'par', reference => 'A'), 1),
	('rci = modified_ci from 0', mindgap.gap(y, 'rci'), mindgap.gap(y, 'modified_ci', lower => 0), 1),
	('wagstaff of shares = of percent', mindgap.gap(b, 'wagstaff'), mindgap.gap(b, 'wagstaff', lower => 0, upper => 1), 1),
	('text in an order', mindgap.gap(named, 'sii', subgroup_order => '{E,D,C,B,A}'), mindgap.gap(y, 'sii'), 1),
	('the order turned', mindgap.gap(named, 'sii', subgroup_order => '{A,B,C,D,E}'), mindgap.gap(y, 'sii'), -1),
	('rci, the order turned', mindgap.gap(y, 'rci', subgroup_order => '{5,4,3,2,1}'), mindgap.gap(y, 'rci'), -1),
	('difference turned', mindgap.gap(y, compare => '1', reference => '5'), mindgap.gap(y, compare => '5', reference => '1'), -1),
	('mdm is the same in any order', mindgap.gap(named, 'mdm'), mindgap.gap(y, 'mdm'), 1),
	('two groups: sii = 2 difference', mindgap.gap(two, 'sii'), mindgap.gap(two), 2),
	('two groups: mdb_unweighted = difference / 2', mindgap.gap(two, 'mdb_unweighted'), mindgap.gap(two), 0.5))
		v(name, m, other, factor),
	LATERAL (SELECT (v.m).*) a, LATERAL (SELECT (v.other).*) b
ORDER BY v.name;

-- ratios, where the error belongs to the logarithm
SELECT v.name, near(a.estimate, 1 / b.estimate) AS estimate, near(a.std_error / a.estimate, b.std_error / b.estimate) AS std_error,
	near(a.conf_low, 1 / b.conf_high) AS limits, near(a.p_value, b.p_value) AS p_value
FROM s, LATERAL (VALUES
	('ratio turned', mindgap.gap(y, 'ratio', '1', '5'), mindgap.gap(y, 'ratio', '5', '1')),
	('odds ratio turned', mindgap.gap(b, 'odds_ratio', '1', '5'), mindgap.gap(b, 'odds_ratio', '5', '1')),
	('rii, the order turned', mindgap.gap(y, 'rii', subgroup_order => '{5,4,3,2,1}'), mindgap.gap(y, 'rii')),
	('rii_logit, the order turned', mindgap.gap(b, 'rii_logit', subgroup_order => '{5,4,3,2,1}'), mindgap.gap(b, 'rii_logit')),
	('odds ratio of no', mindgap.gap(b, 'odds_ratio', '5', '1'),
		mindgap.gap((SELECT mindgap.survey_agg(NOT b, g, w, stratum, psu) FROM person), 'odds_ratio', '5', '1')))
		v(name, m, other),
	LATERAL (SELECT (v.m).*) a, LATERAL (SELECT (v.other).*) b
ORDER BY v.name;

-- another unit: ten times the outcome, with its bounds; and a million added
SELECT a.measure, CASE a.absolute_or_relative WHEN 'absolute' THEN 10 ELSE 1 END * CASE a.measure WHEN 'bgv' THEN 10
		WHEN 'erreygers' THEN 0.1 ELSE 1 END AS times,
	near(t.estimate / g.estimate, CASE a.absolute_or_relative WHEN 'absolute' THEN 10 ELSE 1 END *
		CASE a.measure WHEN 'bgv' THEN 10 WHEN 'erreygers' THEN 0.1 ELSE 1 END) AS estimate,
	near(t.std_error / t.estimate, g.std_error / g.estimate) AS std_error,
	near(t.p_value, g.p_value) AS p_value,
	CASE a.absolute_or_relative WHEN 'absolute' THEN abs(m.estimate / g.estimate - 1) < 1e-9 AND
		abs(m.std_error / g.std_error - 1) < 1e-9 END AS million_added
FROM mindgap.gap_measures() WITH ORDINALITY a, s,
	(SELECT mindgap.survey_agg(10 * y, g, w, stratum, psu) AS tenfold, mindgap.survey_agg(y + 1e6, g, w, stratum, psu) AS million
		FROM person) x,
	LATERAL mindgap.gap(y, a.measure, '5', '1', lower => 1, upper => 20) g,
	LATERAL mindgap.gap(tenfold, a.measure, '5', '1', lower => 10, upper => 200) t,
	LATERAL mindgap.gap(million, a.measure, '5', '1', lower => 1000001, upper => 1000020) m
WHERE g.estimate IS NOT NULL
ORDER BY a.ordinality;

-- parts of the sample, merged, and rows in another order
SELECT count(*) AS measures, bool_and(near(a.estimate, b.estimate) AND near(a.std_error, b.std_error) AND a.df = b.df) AS same
FROM s, (SELECT mindgap.rollup(part) AS merged
		FROM (SELECT mindgap.survey_agg(b, g, w, stratum, psu ORDER BY i DESC) AS part FROM person GROUP BY i % 7) p) m,
	mindgap.gaps(b, '5', '1') a, LATERAL mindgap.gap(merged, a.measure, '5', '1') b;

-- conventional: the same estimate; the same error where neither ranks nor the mean are estimated
SELECT string_agg(f.measure, ' ') FILTER (WHERE near(f.std_error, c.std_error)) AS same_error,
	string_agg(f.measure, ' ') FILTER (WHERE NOT near(f.std_error, c.std_error)) AS other_error,
	bool_and(near(f.estimate, c.estimate)) AS same_estimate
FROM s, mindgap.gaps(b, '5', '1') f, LATERAL mindgap.gap(b, f.measure, '5', '1', se_method => 'conventional') c;

---- adverse picks the best subgroup, and nothing else

SELECT g.measure, g.adverse, g.reference, round(g.estimate::numeric, 4) AS estimate, g.p_value IS NULL AS no_p
FROM s, LATERAL (SELECT v.adverse, g.* FROM (VALUES (true), (false)) v(adverse), mindgap.gaps(named, adverse => v.adverse) g) g
WHERE measure IN ('mdb', 'mdb_unweighted', 'par', 'paf') ORDER BY measure, adverse;

-- in an order, par compares with the last; a name comes first
SELECT v.adverse, v.name, g.reference, round(g.estimate::numeric, 4) AS estimate, g.p_value IS NULL AS no_p
FROM s, (VALUES (true, NULL), (false, NULL), (true, '3')) v(adverse, name),
	LATERAL mindgap.gap(y, 'par', reference => v.name, adverse => v.adverse) g
ORDER BY v.name, v.adverse;

-- two subgroups and no names: par compares with the best-off of an order, else with the best
SELECT v.name, v.adverse, g.measure, g.reference, round(g.estimate::numeric, 4) AS estimate, g.p_value IS NULL AS no_p
FROM s, (SELECT mindgap.survey_agg(y, chr(70 - g), w, stratum, psu) AS named_two FROM person WHERE g IN (2, 4)) t,
	LATERAL (VALUES ('in an order', true, two), ('in an order', false, two), ('by name', true, named_two),
		('by name', false, named_two)) v(name, adverse, summary),
	LATERAL mindgap.gaps(summary, adverse => v.adverse) g
WHERE g.measure IN ('par', 'paf', 'mdb') ORDER BY v.name, v.adverse, g.measure;

---- choosing subgroups

SELECT g.measure, g.compare, g.reference, round(g.estimate::numeric, 4) AS estimate, g.status
FROM s, LATERAL (VALUES
	(1, mindgap.gap(y, compare => 'max', reference => 'min')), (2, mindgap.gap(y, 'ratio', compare => 'min', reference => 'max')),
	(3, mindgap.gap(y, compare => 'max', reference => '1')), (4, mindgap.gap(y, 'mdr', reference => 'max')),
	(5, mindgap.gap(two)), (6, mindgap.gap(two, compare => '2')), (7, mindgap.gap(two, reference => '4')),
	(8, mindgap.gap(two, 'mdr')), (9, mindgap.gap(two, subgroup_order => '{4,2}'))) v(o, m),
	LATERAL (SELECT (v.m).*) g
ORDER BY v.o;

-- a subgroup that is called max is meant by its name
SELECT compare, reference, status
FROM (SELECT mindgap.survey_agg(y, CASE g WHEN 1 THEN 'max' ELSE g::text END, w, stratum, psu) AS m FROM person) x,
	mindgap.gap(m, compare => 'max', reference => '5');

-- par with a reference chosen by its estimate says so as well
SELECT measure, reference, status ~ 'chosen_by_estimate' AS says_so
FROM s, LATERAL (VALUES ('mdr'), ('par'), ('paf')) v(name), LATERAL mindgap.gap(y, v.name, reference => 'max')
ORDER BY measure;

---- wrong calls

SELECT mindgap.gap(y, 'nonsense') FROM s;
SELECT mindgap.gap(y, NULL) FROM s;
SELECT mindgap.gap(y) FROM s;
SELECT mindgap.gap(y, 'ratio', compare => '1') FROM s;
SELECT mindgap.gap(y, 'mdr_unweighted') FROM s;
SELECT mindgap.gap(y, compare => '9', reference => '1') FROM s;
SELECT mindgap.gap(named, 'sii', subgroup_order => '{A,B,C,D}') FROM s;
SELECT mindgap.gap(named, 'sii', subgroup_order => '{A,B,C,D,F}') FROM s;
SELECT mindgap.gap(named, 'sii', subgroup_order => '{A,B,C,D,D}') FROM s;
SELECT mindgap.gap(named, 'sii', subgroup_order => '{A,B,C,D,NULL}') FROM s;
SELECT mindgap.gap(named, 'sii', subgroup_order => '{{A,B},{C,D}}') FROM s;
SELECT mindgap.gap(y, 'erreygers', lower => 20, upper => 20) FROM s;
SELECT mindgap.gap(y, 'erreygers', lower => 1, upper => 'Infinity') FROM s;
SELECT mindgap.gap(y, 'sii', se_method => 'jackknife') FROM s;
SELECT mindgap.gap(y, 'mdb', adverse => NULL) FROM s;
SELECT mindgap.gap(y, 'sii', level => 1) FROM s;
SELECT mindgap.gap(NULL, 'sii') IS NULL AS null_in_null_out;

---- what the data do not allow

CREATE FUNCTION statuses(s mindgap.survey_summary, lower float8 DEFAULT NULL, upper float8 DEFAULT NULL)
RETURNS TABLE (status text, estimates boolean, measures text) LANGUAGE sql AS $$
	SELECT g.status, g.estimate IS NOT NULL, string_agg(g.measure, ' ' ORDER BY m.ordinality)
	FROM mindgap.gap_measures() WITH ORDINALITY m, mindgap.gap(s, m.measure, '1', '3', lower => $2, upper => $3) g
	GROUP BY g.status, g.estimate IS NOT NULL
	ORDER BY min(m.ordinality)
$$;
-- 120 persons, three groups of 40, 24 PSUs in four strata
CREATE TABLE small AS
SELECT 1 + i % 3 AS g, i / 3 AS k, i / 5 % 4 AS stratum, i / 5 AS psu FROM generate_series(0, 119) i;

-- text and no order; an order and no bounds; one bound
SELECT u.* FROM (SELECT mindgap.survey_agg(1 + k % 5 + g, g::text, 1, stratum, psu) AS s FROM small) x, statuses(s, 0, 9) u;
SELECT u.* FROM (SELECT mindgap.survey_agg(1 + k % 5 + g, g, 1, stratum, psu) AS s FROM small) x, statuses(s) u;
SELECT u.* FROM (SELECT mindgap.survey_agg(1 + k % 5 + g, g, 1, stratum, psu) AS s FROM small) x, statuses(s, 0) u;
-- means outside the bounds
SELECT u.* FROM (SELECT mindgap.survey_agg(1 + k % 5 + g, g, 1, stratum, psu) AS s FROM small) x, statuses(s, 5, 9) u;
-- mean 0, with means on either side
SELECT u.* FROM (SELECT mindgap.survey_agg(k % 2 - 0.5 + g - 2, g, 1, stratum, psu) AS s FROM small) x, statuses(s, -9, 9) u;
-- one mean is 0, then one below 0
SELECT u.* FROM (SELECT mindgap.survey_agg((k % 5) * (g - 1), g, 1, stratum, psu) AS s FROM small) x, statuses(s, 0, 9) u;
SELECT u.* FROM (SELECT mindgap.survey_agg(k % 5 + 3 * g - 6, g, 1, stratum, psu) AS s FROM small) x, statuses(s, -9, 9) u;
-- yes or no: nobody, everybody, one group wholly apart, one between two such, two groups of which one has none
SELECT u.* FROM (SELECT mindgap.survey_agg(false, g, 1, stratum, psu) AS s FROM small) x, statuses(s) u
WHERE u.measures ~ 'logit|mld|odds|rci|wagstaff';
SELECT mindgap.gap(s, 'sii_logit') AS everybody, mindgap.gap(s, 'rii_logit') AS and_the_ratio
FROM (SELECT mindgap.survey_agg(true, g, 1, stratum, psu) AS s FROM small) x;
SELECT v.name, l.status AS logistic, round(a.estimate::numeric, 4) AS sii, r.status AS ratio, d.status AS odds_ratio
FROM (SELECT mindgap.survey_agg(g > 1, g, 1, stratum, psu) AS apart,
		mindgap.survey_agg(g > 2 OR (g = 2 AND k % 2 = 0), g, 1, stratum, psu) AS between_two,
		mindgap.survey_agg(g = 2 AND k % 2 = 0, g, 1, stratum, psu) FILTER (WHERE g < 3) AS none,
		mindgap.survey_agg(g = 2 AND k % 2 = 0 OR g = 1 AND k % 4 = 0, g, 1, stratum, psu) AS none_at_the_end,
		mindgap.survey_agg(g <> 2 AND k % 2 = 0, g, 1, stratum, psu) AS none_within
	FROM small) x,
	LATERAL (VALUES (1, 'apart', apart), (2, 'between two', between_two), (3, 'none of two', none),
		(4, 'none at the end, overlap', none_at_the_end), (5, 'none within', none_within)) v(o, name, s),
	LATERAL mindgap.gap(s, 'sii_logit') l, LATERAL mindgap.gap(s, 'sii') a, LATERAL mindgap.gap(s, 'ratio', '2', '1') r,
	LATERAL mindgap.gap(s, 'odds_ratio', '2', '1') d
ORDER BY v.o;
-- one group; no group; no row; no outcome; nobody in the domain
SELECT u.* FROM (SELECT mindgap.survey_agg(1 + k % 5, 1, 1, stratum, psu) AS s FROM small) x,
	LATERAL (SELECT DISTINCT g.status, g.estimate FROM mindgap.gaps(s, lower => 0, upper => 9) g) u;
SELECT (mindgap.gap(mindgap.survey_agg(1 + k % 5), 'mld')).status FROM small;
SELECT mindgap.gap(mindgap.survey_agg(1, 1), 'mld') IS NULL AS no_row FROM small WHERE false;
SELECT (mindgap.gap(mindgap.survey_agg(NULL::float8, g::text), 'mld')).status AS no_outcome,
	(mindgap.gap(mindgap.survey_agg(k, NULL::text), 'mld')).status AS nobody_in_the_domain FROM small;
-- a group of one row is no reason to stop
SELECT measure, round(estimate::numeric, 4) AS estimate, std_error > 0 AS has_error, n, n_smallest, status
FROM (SELECT mindgap.survey_agg(1 + k % 5, CASE WHEN i = 1 THEN 3 ELSE least(g, 2) END, 1, stratum, psu) AS s
		FROM (SELECT *, row_number() OVER (ORDER BY g DESC, k) AS i FROM small) n) x,
	mindgap.gaps(s, '1', '3')
WHERE measure IN ('difference', 'ratio', 'bgv', 'mdb', 'mld', 'par', 'aci', 'sii', 'rii') ORDER BY measure;
-- a group whose outcomes are all missing does not count; as the one that is named it is a reason
SELECT v.name, round(g.estimate::numeric, 4) AS estimate, g.n, g.status
FROM (SELECT mindgap.survey_agg(CASE WHEN g < 3 THEN k % 5 + g END, g, 1, stratum, psu) AS s,
		mindgap.survey_agg(k % 5 + g, g, CASE WHEN g < 3 THEN 1 ELSE 0 END, stratum, psu) AS nil,
		mindgap.survey_agg(k % 5 + g, g, 1, stratum, psu) FILTER (WHERE g < 3) AS without FROM small) x,
	LATERAL (VALUES (1, 'bgv', mindgap.gap(s, 'bgv')), (2, 'bgv, not there at all', mindgap.gap(without, 'bgv')),
		(3, 'difference', mindgap.gap(s, 'difference', '3', '1')), (4, 'mdr', mindgap.gap(s, 'mdr', reference => '3')),
		(5, 'par', mindgap.gap(s, 'par', reference => '3')),
		(6, 'bgv, weight 0', mindgap.gap(nil, 'bgv'))) v(o, name, m), LATERAL (SELECT (v.m).*) g
ORDER BY v.o;
-- equal means: the gaps are nil, and nothing is above nil
SELECT string_agg(measure, ' ') AS nil
FROM (SELECT mindgap.survey_agg(1 + k % 5, g, 1, stratum, psu) AS s FROM small) x, mindgap.gaps(s, '1', '3', lower => 0, upper => 9)
WHERE estimate = CASE WHEN measure ~ '^r(atio|ii)' THEN 1 ELSE 0 END;
-- ties of the best: the first of them
SELECT measure, reference, round(estimate::numeric, 4) AS estimate
FROM (SELECT mindgap.survey_agg(k % 5 + greatest(g, 2), g, 1, stratum, psu) AS s FROM small) x,
	LATERAL (VALUES ('mdb'), ('mdb_unweighted')) v(name), LATERAL mindgap.gap(s, v.name)
ORDER BY measure;
-- 200 groups, and the same formula
WITH d AS (SELECT g, k, 1 + (g * 7 + k * 13) % 29 + (g % 31) / 4.0::float8 AS y, 1 + (g + k) % 3 AS w, k % 24 AS psu
		FROM generate_series(1, 200) g, generate_series(1, 24) k),
m AS (SELECT g, sum(w) / sum(sum(w)) OVER () AS p, sum(w * y) / sum(w) AS y,
		(sum(sum(w)) OVER (ORDER BY g) - sum(w) / 2.0) / sum(sum(w)) OVER () AS r FROM d GROUP BY g),
u AS (SELECT sum(p * y) AS mu FROM m)
SELECT v.measure, near(g.estimate, v.value) AS is_formula, g.std_error > 0 AS has_error, g.df, g.n, g.n_smallest, g.status
FROM (SELECT mindgap.survey_agg(y, g, w, 1, psu) AS s FROM d) x,
	LATERAL (SELECT sum(p * (y - mu) ^ 2) AS bgv, ln(max(mu)) - sum(p * ln(y)) AS mld, 2 * sum(p * y * r) - max(mu) AS aci,
		sum(p * (r - 0.5) * y) / sum(p * (r - 0.5) ^ 2) AS sii FROM m, u) f,
	LATERAL (VALUES ('bgv', bgv), ('mld', mld), ('aci', aci), ('sii', sii)) v(measure, value),
	LATERAL mindgap.gap(s, v.measure) g
ORDER BY v.measure;

---- gap_change of every measure

-- the change is that of the two gaps; the direction is the absolute companion's; dispersion has a test of its change
SELECT m.measure, near(c.gap_before, x.estimate) AS before, near(c.gap_after, z.estimate) AS after,
	near(c.change, CASE WHEN m.measure IN ('ratio', 'odds_ratio', 'rii', 'rii_logit') THEN z.estimate / x.estimate
		ELSE z.estimate - x.estimate END) AS change,
	c.p_value IS NOT NULL AS has_p, c.df, c.direction, c.n_before, c.n_after, c.n_matched, c.status
FROM mindgap.gap_measures() WITH ORDINALITY m, s,
	LATERAL mindgap.gap_change(y, after, m.measure, '5', '1', lower => 0, upper => 30) c,
	LATERAL mindgap.gap(y, m.measure, '5', '1', lower => 0, upper => 30) x,
	LATERAL mindgap.gap(after, m.measure, '5', '1', lower => 0, upper => 30) z
ORDER BY m.ordinality;

-- the waves turned: the opposite change, with the same test
SELECT string_agg(c.measure, ' ' ORDER BY m.ordinality) FILTER (WHERE near(c.change, -d.change)) AS opposite,
	string_agg(c.measure, ' ' ORDER BY m.ordinality) FILTER (WHERE near(c.change, 1 / nullif(d.change, 0))) AS inverse,
	bool_and(near(c.p_value, d.p_value)) AS same_p,
	bool_and(coalesce(d.direction, '') = CASE c.direction WHEN 'widened' THEN 'narrowed' WHEN 'narrowed' THEN 'widened'
		ELSE coalesce(c.direction, '') END) AS direction_turned
FROM mindgap.gap_measures() WITH ORDINALITY m,
	(SELECT mindgap.survey_agg(b, g, w, stratum, psu) AS x,
		mindgap.survey_agg((i * 53) % 17 > 12 - 2 * g, g, w, stratum, psu) AS z FROM person) p,
	LATERAL mindgap.gap_change(x, z, m.measure, '5', '1') c, LATERAL mindgap.gap_change(z, x, m.measure, '5', '1') d;

-- without PSUs the waves are independent: the variances (of logarithms, for ratios) add up
SELECT bool_and(near(CASE WHEN m.measure IN ('ratio', 'rii') THEN (c.std_error / c.change) ^ 2 ELSE c.std_error ^ 2 END,
		CASE WHEN m.measure IN ('ratio', 'rii') THEN (x.std_error / x.estimate) ^ 2 + (z.std_error / z.estimate) ^ 2
			ELSE x.std_error ^ 2 + z.std_error ^ 2 END)) AS variances_add_up,
	count(c.std_error) AS measures, bool_and(c.status ~ 'independent_samples_assumed' OR c.change IS NULL) AS says_so
FROM mindgap.gap_measures() m, s,
	LATERAL mindgap.gap_change(rows, rows_after, m.measure, '5', '1', lower => 0, upper => 30) c,
	LATERAL mindgap.gap(rows, m.measure, '5', '1', lower => 0, upper => 30) x,
	LATERAL mindgap.gap(rows_after, m.measure, '5', '1', lower => 0, upper => 30) z;

-- widened, narrowed, reversed, no clear change; persons are matched
CREATE TABLE panel AS
SELECT id, id % 2 AS g, id % 5 + 4 * (id % 2) + 10 AS y, id % 7 AS noise FROM generate_series(1, 100) id;
SELECT v.name, c.measure, round(c.gap_before::numeric, 3) AS gap_before, round(c.gap_after::numeric, 3) AS gap_after,
	c.direction, c.n_matched
FROM (SELECT mindgap.survey_agg(y, g, 1, 1, id) AS before, mindgap.survey_agg(y + 4 * g + noise / 10.0, g, 1, 1, id) AS wider,
		mindgap.survey_agg(y - 3 * g + noise / 10.0, g, 1, 1, id) AS narrower,
		mindgap.survey_agg(y - 9 * g + noise / 10.0, g, 1, 1, id) AS reversed, mindgap.survey_agg(y + noise, g, 1, 1, id) AS same,
		mindgap.survey_agg(CASE WHEN id > 10 THEN y + 4 * g + noise / 10.0 END, g, 1, 1, id) AS ten_lost FROM panel) x,
	LATERAL (VALUES (1, 'wider', wider), (2, 'narrower', narrower), (3, 'reversed', reversed), (4, 'same', same),
		(5, 'ten persons lost', ten_lost)) v(o, name, after),
	LATERAL (VALUES (1, 'difference'), (2, 'ratio'), (3, 'sii'), (4, 'bgsd')) m(o, name),
	LATERAL mindgap.gap_change(before, v.after, m.name) c
ORDER BY v.o, m.o;

-- a subgroup in one wave only: a reason where it is named, said where it is not
SELECT c.status, c.change IS NOT NULL AS there, string_agg(c.measure, ' ' ORDER BY m.ordinality) AS measures
FROM mindgap.gap_measures() WITH ORDINALITY m,
	(SELECT mindgap.survey_agg(y, g, w, stratum, psu) FILTER (WHERE g < 5) AS before,
		mindgap.survey_agg(y2, g, w, stratum, psu) AS after FROM person) x,
	LATERAL mindgap.gap_change(before, after, m.measure, '5', '1', lower => 0, upper => 30) c
GROUP BY c.status, c.change IS NOT NULL ORDER BY min(m.ordinality);
SELECT m.name, c.status, c.change IS NOT NULL AS there
FROM (SELECT mindgap.survey_agg(y, g, w, stratum, psu) FILTER (WHERE g < 5) AS before,
		mindgap.survey_agg(y2, g, w, stratum, psu) AS after FROM person) x,
	(VALUES ('difference'), ('mdr'), ('par'), ('paf')) m(name),
	LATERAL mindgap.gap_change(after, before, m.name, compare => '1', reference => '5') c
ORDER BY m.name;

SELECT mindgap.gap_change(y, named, 'sii') FROM s;
SELECT mindgap.gap_change(y, rows, 'sii') FROM s;
SELECT mindgap.gap_change(y, NULL, 'sii') IS NULL AS null_in_null_out FROM s;

---- series of waves

CREATE TABLE wave AS
SELECT v.wave, 2015 + v.wave / 2.0 AS years, mindgap.survey_agg(v.y, g, w, stratum, psu) AS s,
	mindgap.survey_agg(v.y, chr(70 - g), w, stratum, psu) AS named, mindgap.survey_agg(v.y, g, w) AS rows
FROM person, LATERAL (VALUES (1, y), (2, y2), (3, y + y2 / 4), (4, y2 * 1.5 - 1)) v(wave, y)
GROUP BY v.wave;
CREATE TABLE series AS
SELECT mindgap.survey_series_agg(years, s) AS s, mindgap.survey_series_agg(years, named) AS named,
	mindgap.survey_series_agg(years, rows) AS rows, mindgap.survey_series_agg(years, s) FILTER (WHERE wave < 3) AS two,
	mindgap.survey_series_agg(years, s) FILTER (WHERE wave = 1) AS one
FROM wave;

-- wave by wave the same as gap() and estimates()
SELECT count(*) AS rows, bool_and((a.measure, a.estimate, a.std_error, a.df, a.p_value, a.n, a.status) IS NOT DISTINCT FROM
	(g.measure, g.estimate, g.std_error, g.df, g.p_value, g.n, g.status)) AS same
FROM mindgap.gap_measures() m, series, mindgap.series_gaps(series.s, m.measure, '5', '1', lower => 0, upper => 40) a
JOIN wave USING (years), LATERAL mindgap.gap(wave.s, m.measure, '5', '1', lower => 0, upper => 40) g
WHERE a.measure = m.measure;
SELECT count(*) AS rows, bool_and((a.subgroup, a.n, a.estimate, a.std_error, a.df, a.status) IS NOT DISTINCT FROM
	(e.subgroup, e.n, e.estimate, e.std_error, e.df, e.status)) AS same
FROM series, mindgap.series_estimates(series.s) a JOIN wave USING (years), mindgap.estimates(wave.s) e
WHERE a.subgroup IS NOT DISTINCT FROM e.subgroup;

-- two waves: slope times years is the change, by OLS as by GLS, and the test that waves are equal is its square
SELECT bool_and(near(t.estimate * 0.5, x.change)) AS change, bool_and(near(t.std_error * 0.5, x.std_error)) AS std_error,
	bool_and(abs(t.p_value - x.p_value) < 1e-9) AS p_value, bool_and(near(t.df, x.df)) AS df, count(*) AS measures
FROM mindgap.gap_measures() m, series, wave a, wave b, (VALUES ('ols'), ('gls')) v(method),
	LATERAL mindgap.gap_change(a.s, b.s, m.measure, '5', '1', lower => 0, upper => 40) c,
	LATERAL (SELECT CASE WHEN m.measure IN ('ratio', 'rii') THEN ln(c.change) ELSE c.change END AS change,
		CASE WHEN m.measure IN ('ratio', 'rii') THEN c.std_error / c.change ELSE c.std_error END AS std_error, c.p_value, c.df) x,
	LATERAL mindgap.gap_trend(two, m.measure, '5', '1', lower => 0, upper => 40, method => v.method) t
WHERE a.wave = 1 AND b.wave = 2 AND t.term = 'slope per year' AND c.change IS NOT NULL;
SELECT v.name, near(e.statistic, t.statistic ^ 2) AS square, near(e.p_value, t.p_value) AS p_value
FROM series, (VALUES ('sii'), ('rii'), ('mld')) v(name), LATERAL mindgap.gap_trend(two, v.name) t,
	LATERAL mindgap.gap_trend(two, v.name) e
WHERE t.term = 'slope per year' AND e.term = 'all waves equal' ORDER BY v.name;

-- four waves: the slope is that of regr_slope, the excess that of the line through the first three
SELECT v.name, t.term, near(t.estimate, CASE t.term WHEN 'slope per year' THEN h.slope
	ELSE h.last - h.intercept - h.earlier * 2017 END) AS estimate,
	near(t.statistic, t.estimate / t.std_error) AS statistic, t.status
FROM series, (VALUES ('difference'), ('sii'), ('rii'), ('bgv')) v(name),
	LATERAL (SELECT regr_slope(y, years) AS slope, regr_slope(y, years) FILTER (WHERE years < 2017) AS earlier,
			regr_intercept(y, years) FILTER (WHERE years < 2017) AS intercept, max(y) FILTER (WHERE years = 2017) AS last
		FROM mindgap.series_gaps(series.s, v.name, '5', '1') g,
			LATERAL (SELECT CASE v.name WHEN 'rii' THEN ln(g.estimate) ELSE g.estimate END AS y) y) h,
	LATERAL mindgap.gap_trend(series.s, v.name, '5', '1') t
WHERE t.term <> 'all waves equal' ORDER BY v.name, t.term DESC;
-- trends of two groups differ by the trend of their difference; equal population, equal weights
SELECT t.term, near(a.estimate - b.estimate, t.estimate) AS difference, near(a.estimate, p.estimate) AS by_population
FROM series, mindgap.gap_trend(series.s, compare => '5', reference => '1') t, mindgap.trend(series.s, '5') a,
	mindgap.trend(series.s, '1') b, mindgap.trend(series.s, '5', wave_weights => 'population') p
WHERE a.term = t.term AND b.term = t.term AND p.term = t.term AND t.estimate IS NOT NULL
ORDER BY t.term DESC;

-- one wave; too few for an excess; a wave without the subgroup; nothing
SELECT t.* FROM series, mindgap.gap_trend(one, 'sii') t;
SELECT t.* FROM series, mindgap.trend(one) t;
SELECT t.term, t.estimate IS NOT NULL AS there, t.status FROM series, mindgap.gap_trend(two, 'sii') t;
CREATE TABLE gappy AS
SELECT mindgap.survey_series_agg(v.wave, v.s) AS s
FROM (SELECT 1, mindgap.survey_agg(y, g, w, stratum, psu) FILTER (WHERE g < 5) FROM person
	UNION ALL SELECT 2, mindgap.survey_agg(y2, g, w, stratum, psu) FROM person
	UNION ALL SELECT 3, mindgap.survey_agg(y, g, w, stratum, psu) FILTER (WHERE false) FROM person
	UNION ALL SELECT 4, mindgap.survey_agg(y + y2, g, w, stratum, psu) FROM person) v(wave, s);
SELECT g.years, g.measure, g.estimate IS NOT NULL AS there, g.reference, g.status
FROM gappy, (VALUES (1, 'difference'), (2, 'mdr'), (3, 'par'), (4, 'sii')) m(o, name),
	LATERAL mindgap.series_gaps(s, m.name, compare => '1', reference => '5') g
ORDER BY m.o, g.years;
SELECT m.name, t.estimate IS NOT NULL AS there, t.status
FROM gappy, (VALUES (1, 'difference'), (2, 'mdr'), (3, 'par')) m(o, name),
	LATERAL mindgap.gap_trend(s, m.name, compare => '1', reference => '5') t
WHERE t.term = 'slope per year' ORDER BY m.o;
SELECT t.estimate IS NOT NULL AS there, t.status FROM gappy, mindgap.trend(s, '5') t WHERE t.term = 'slope per year';
SELECT mindgap.trend(s, '7') FROM gappy;
SELECT mindgap.survey_series_agg(years, s) IS NULL AS no_rows FROM wave WHERE false;
SELECT mindgap.survey_series_agg(years, NULL) IS NULL AS no_summaries FROM wave;
SELECT count(*) AS waves FROM (SELECT mindgap.survey_series_agg(years, CASE WHEN wave <> 2 THEN s END) AS s FROM wave) x,
	mindgap.series_gaps(s, 'sii');
SELECT (SELECT count(*) FROM mindgap.series_gaps(NULL, 'sii')) + (SELECT count(*) FROM mindgap.series_estimates(NULL)) +
	(SELECT count(*) FROM mindgap.trend(NULL)) + (SELECT count(*) FROM mindgap.gap_trend(NULL, 'sii')) AS null_in_no_rows;
SELECT mindgap.survey_series_agg(NULL, s) FROM wave;
SELECT mindgap.survey_series_agg('NaN', s) FROM wave;
SELECT mindgap.survey_series_agg('Infinity', s) FROM wave;
SELECT mindgap.survey_series_agg(years, CASE wave WHEN 1 THEN s ELSE named END) FROM wave;
SELECT mindgap.survey_series_agg(years, CASE wave WHEN 1 THEN s ELSE rows END) FROM wave;
SELECT mindgap.gap_trend(s) FROM series;
SELECT mindgap.gap_trend(s, 'sii', method => 'median') FROM series;
SELECT mindgap.trend(s, wave_weights => 'none') FROM series;

-- parts of a wave, given at the same time, are merged into one
SELECT count(*) AS waves, bool_and(near(a.estimate, b.estimate) AND near(a.std_error, b.std_error) AND a.df = b.df) AS same
FROM (SELECT mindgap.survey_series_agg(2000, part) AS parts
		FROM (SELECT mindgap.survey_agg(y, g, w, stratum, psu) AS part FROM person GROUP BY i % 5) p) x, s,
	mindgap.series_gaps(parts, 'sii') a, mindgap.gap(s.y, 'sii') b;

-- rollup of series of parts: of people, of waves, in any order
SELECT v.name, count(*) AS rows, bool_and(near(a.estimate, b.estimate) AND near(a.std_error, b.std_error)) AS same
FROM series, (SELECT mindgap.rollup(part) AS people FROM (
		SELECT mindgap.survey_series_agg(years, s) AS part FROM (
			SELECT i % 3 AS part, 2015 + v.wave / 2.0 AS years, mindgap.survey_agg(v.y, g, w, stratum, psu) AS s
			FROM person, LATERAL (VALUES (1, y), (2, y2), (3, y + y2 / 4), (4, y2 * 1.5 - 1)) v(wave, y)
			GROUP BY i % 3, v.wave) w GROUP BY part) p) x,
	(SELECT mindgap.rollup(part ORDER BY wave DESC) AS waves
		FROM (SELECT wave, mindgap.survey_series_agg(years, s) AS part FROM wave GROUP BY wave) p) z,
	LATERAL (VALUES ('people', people), ('waves', waves)) v(name, merged),
	LATERAL mindgap.gap_trend(merged, 'rii') a, LATERAL mindgap.gap_trend(series.s, 'rii') b
WHERE a.term = b.term AND a.estimate IS NOT NULL GROUP BY v.name ORDER BY v.name;
SELECT mindgap.rollup(NULL::mindgap.survey_series) IS NULL AS null_alone;
SELECT bool_and(x.s::text = series.s::text) AS null_and_one
FROM series, LATERAL (SELECT mindgap.rollup(p) AS s FROM (VALUES (series.s), (NULL)) v(p)) x;

-- there and back: text, and binary through a file
SELECT bool_and(s::text::mindgap.survey_series::text = s::text) AS text,
	bool_and(mindgap.survey_series_send(s::text::mindgap.survey_series) = mindgap.survey_series_send(s)) AS bits,
	bool_and(g.a) AS same_trend
FROM series, LATERAL (SELECT bool_and(a::text = b::text) AS a FROM mindgap.gap_trend(s, 'sii') WITH ORDINALITY a
	JOIN mindgap.gap_trend(s::text::mindgap.survey_series, 'sii') WITH ORDINALITY b USING (term)) g;
\set file `mktemp`
\set out '\\copy series to ' :'file' ' with (format binary)'
:out
CREATE TABLE series_again (LIKE series);
\set in '\\copy series_again from ' :'file' ' with (format binary)'
:in
\set gone `rm -f :'file'`
SELECT count(*) AS rows, bool_and(a.s::text = b.s::text AND a.named::text = b.named::text AND a.rows::text = b.rows::text AND
	a.one::text = b.one::text) AS same
FROM series a, series_again b;

-- damaged
SELECT '{}'::mindgap.survey_series;
SELECT 'nonsense'::mindgap.survey_series;
SELECT '{"type":"survey_summary","format":"1","years":"","waves":[]}'::mindgap.survey_series;
SELECT '{"type":"survey_series","format":"2","years":"","waves":[]}'::mindgap.survey_series;
SELECT '{"type":"survey_series","format":"1","years":"1","waves":[]}'::mindgap.survey_series;
SELECT '{"type":"survey_series","format":"1","years":"","waves":[],"more":"1"}'::mindgap.survey_series;
SELECT replace(one::text, '"years":"2015.5"', '"years":"NaN"')::mindgap.survey_series FROM series;
SELECT replace(two::text, '"years":"2015.5 2016"', '"years":"2016 2016"')::mindgap.survey_series FROM series;
SELECT replace(two::text, '"years":"2015.5 2016"', '"years":"2017 2016"')::mindgap.survey_series FROM series;
SELECT regexp_replace(two::text, '"subgroup_w":"[0-9.]+', '"subgroup_w":"-1')::mindgap.survey_series FROM series;
SELECT regexp_replace(two::text, 'integer_subgroups design', 'integer_subgroups')::mindgap.survey_series FROM series;
SELECT left(one::text, 500)::mindgap.survey_series FROM series;

-- parallel: the plan has partial aggregates, the series is that of one process
CREATE FUNCTION has_partial(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line LIKE '%Partial Aggregate%' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;
CREATE TABLE many AS
SELECT 2000 + k AS years, (SELECT mindgap.survey_agg(y + k % 7, g, w, stratum, psu) FROM person WHERE i <= 300 + k) AS s
FROM generate_series(1, 60) k;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE TABLE serial AS SELECT mindgap.survey_series_agg(years, s) AS s FROM many;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT has_partial('SELECT mindgap.survey_series_agg(years, s) FROM many') AS partial,
	(SELECT s::text FROM serial) = mindgap.survey_series_agg(years, s)::text AS same
FROM many;
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;

---- summaries of published tables

CREATE TABLE published (place text, g bigint, estimate float8, std_error float8, population float8);
INSERT INTO published VALUES
	('a', 1, 10, 1, 100), ('a', 2, 12, 0.5, 200), ('a', 3, 15, 0.7, 150),
	('b', 1, 11, 1, 100), ('b', 2, 12, 0.4, 200), ('b', 3, 18, 0.7, 150),
	('no error', 1, 10, 1, 100), ('no error', 2, 12, NULL, 200), ('no error', 3, 15, 0.7, 150),
	('not known', 1, 10, 1, 100), ('not known', 2, 12, 0.5, NULL), ('not known', 3, NULL, 0.7, 150), ('not known', NULL, 9, 1, 9);
CREATE TABLE tables AS
SELECT place, mindgap.gap_from_table_agg(g, estimate, std_error, population) AS t,
	mindgap.gap_from_table_agg('group ' || g, estimate, std_error, population) AS named
FROM published GROUP BY place;

-- variance by hand: sum of (derivative se)^2 with the shares as they are; df is the normal's
SELECT v.measure, round(g.estimate::numeric, 6) AS estimate, near(g.estimate, v.value) AS is_formula,
	near(g.std_error ^ 2, v.variance) AS is_variance, near(g.conf_high - g.estimate, 1.959963984540054 * g.std_error) AS normal, g.df, g.n, g.n_smallest, g.status
FROM tables,
	LATERAL (SELECT sum(population * estimate) / 450 AS mu FROM published p WHERE p.place = 'a') m,
	LATERAL (VALUES ('difference', 5, 1 ^ 2 + 0.7 ^ 2),
		('mdb', 115 / 45.0, (35 / 45.0 * 1) ^ 2 + (20 / 45.0 * 0.5) ^ 2 + (15 / 45.0 * 0.7) ^ 2),
		('par', 15 - mu, (10 / 45.0 * 1) ^ 2 + (20 / 45.0 * 0.5) ^ 2 + (30 / 45.0 * 0.7) ^ 2),
		('aci', (-35 * 10 * 10 + -5 * 20 * 12 + 30 * 15 * 15) / 45.0 ^ 2,
			(35 * 10 / 45.0 ^ 2 * 1) ^ 2 + (5 * 20 / 45.0 ^ 2 * 0.5) ^ 2 + (30 * 15 / 45.0 ^ 2 * 0.7) ^ 2))
		v(measure, value, variance),
	LATERAL mindgap.gap(t, v.measure, compare => '3', reference => CASE v.measure WHEN 'difference' THEN '1' END) g
WHERE place = 'a' ORDER BY v.measure;
-- text and integers alike
SELECT bool_and(near(a.estimate, b.estimate) AND near(a.std_error, b.std_error)) AS same
FROM tables, mindgap.gaps(t, '3', '1', lower => 0, upper => 20) a,
	LATERAL mindgap.gap(named, a.measure, 'group 3', 'group 1', '{group 1,group 2,group 3}', lower => 0, upper => 20) b
WHERE place = 'a';

-- a standard error that is not known: none where it counts
SELECT measure, estimate IS NOT NULL AS there, std_error IS NOT NULL AS has_error, conf_low IS NOT NULL AS has_limits, status
FROM tables, LATERAL (VALUES (1, mindgap.gap(t, compare => '3', reference => '1')),
	(2, mindgap.gap(t, compare => '2', reference => '1')),
	(3, mindgap.gap(t, 'bgv')), (4, mindgap.gap(t, 'sii'))) v(o, m), LATERAL (SELECT (v.m).*) g
WHERE place = 'no error' ORDER BY o;
SELECT subgroup, population, round(share::numeric, 4) AS share, round(estimate::numeric, 4) AS estimate,
	round(std_error::numeric, 4) AS std_error, n, df, status
FROM tables, mindgap.estimates(t) WHERE place = 'no error' ORDER BY subgroup;
-- a population, an estimate or a subgroup that is not known: left out
SELECT subgroup, share, estimate, status FROM tables, mindgap.estimates(t) WHERE place = 'not known' ORDER BY subgroup;
SELECT (mindgap.gap(t, 'sii')).status FROM tables WHERE place = 'not known';

-- estimates, totals, covariance, contrast, change, pairs
SELECT subgroup, estimate, round(std_error::numeric, 6) AS std_error FROM tables, mindgap.estimates(t, 'total')
WHERE place = 'a' ORDER BY subgroup;
SELECT subgroup_a, subgroup_b, round(covariance::numeric, 6) AS covariance FROM tables, mindgap.covariance(t)
WHERE place = 'a' AND subgroup_a <= subgroup_b ORDER BY subgroup_a, subgroup_b;
SELECT estimate, near(std_error ^ 2, 1 + 4 * 0.25 + 0.49) AS is_variance, df, n, status
FROM tables, mindgap.contrast(t, '{1,2,3}', '{1,-2,1}') WHERE place = 'a';
SELECT near(estimate, ln(1.5)) AS is_logarithm, near(std_error ^ 2, 0.01 + (0.7 / 15) ^ 2) AS is_variance
FROM tables, mindgap.contrast(t, '{1,3}', '{-1,1}', scale => 'log') WHERE place = 'a';
SELECT subgroup, round(change::numeric, 6) AS change, round((std_error ^ 2)::numeric, 6) AS variance, n_before, df, status
FROM tables a, tables b, mindgap.change(a.t, b.t) WHERE a.place = 'a' AND b.place = 'b' ORDER BY subgroup;
SELECT compare, estimate, round((std_error ^ 2)::numeric, 6) AS variance FROM tables, mindgap.pairwise_gaps(t)
WHERE place = 'a' AND measure = 'difference' ORDER BY compare;
-- the joint test: chi-squared over 2, on the covariance (1.25, 1; 1, 1.49)
SELECT near(estimate, (1.49 * 4 - 2 * 10 + 1.25 * 25) / (1.25 * 1.49 - 1) / 2) AS is_formula,
	near(p_value, exp(-estimate)) AS is_p, df, n, n_smallest, status ~ 'groups_independent_shares_fixed' AS says_so
FROM tables, mindgap.pairwise_gaps(t) WHERE place = 'a' AND measure = 'joint_wald_f';
SELECT c.measure, round(c.change::numeric, 6) AS change,
	near(CASE c.measure WHEN 'rii' THEN (c.std_error / c.change) ^ 2 ELSE c.std_error ^ 2 END,
		CASE c.measure WHEN 'rii' THEN (x.std_error / x.estimate) ^ 2 + (z.std_error / z.estimate) ^ 2
			ELSE x.std_error ^ 2 + z.std_error ^ 2 END) AS variances_add_up,
	c.direction, c.n_before, c.n_matched, c.status
FROM tables a, tables b, (VALUES ('bgv'), ('mld'), ('sii'), ('rii'), ('par')) m(name),
	LATERAL mindgap.gap_change(a.t, b.t, m.name) c, LATERAL mindgap.gap(a.t, m.name) x, LATERAL mindgap.gap(b.t, m.name) z
WHERE a.place = 'a' AND b.place = 'b' ORDER BY m.name;
-- waves of tables: two of them are a change
SELECT m.name, near(t.estimate, c.change) AS change, near(t.std_error, c.std_error) AS std_error, t.df,
	t.status ~ 'groups_independent_shares_fixed' AS says_so
FROM tables a, tables b, (VALUES ('bgv'), ('mld'), ('sii'), ('par')) m(name),
	LATERAL (SELECT mindgap.survey_series_agg(v.years, v.t) AS s FROM (VALUES (1, a.t), (2, b.t)) v(years, t)) x,
	LATERAL mindgap.gap_change(a.t, b.t, m.name) c, LATERAL mindgap.gap_trend(s, m.name) t
WHERE a.place = 'a' AND b.place = 'b' AND t.term = 'slope per year' ORDER BY m.name;

SELECT mindgap.gap_from_table_agg(g, estimate, std_error, population) FROM published WHERE g = 1;
SELECT mindgap.gap_from_table_agg('x', estimate, -std_error, population) FROM published WHERE place = 'a' AND g = 1;
SELECT mindgap.gap_from_table_agg('x', estimate, std_error, 0) FROM published WHERE place = 'a' AND g = 1;
SELECT mindgap.gap_from_table_agg('x', 'NaN', std_error, 1) FROM published WHERE place = 'a' AND g = 1;
SELECT mindgap.gap_from_table_agg(g, estimate, std_error, population) IS NULL AS no_rows FROM published WHERE false;
SELECT mindgap.rollup(t) FROM tables WHERE place IN ('a', 'b');
SELECT mindgap.rollup(v.s) FROM s, tables, LATERAL (VALUES (t), (y)) v(s) WHERE place = 'a';
SELECT mindgap.gap_change(t, y, 'sii') FROM s, tables WHERE place = 'a';
SELECT mindgap.survey_series_agg(v.years, v.s) FROM s, tables, LATERAL (VALUES (1, t), (2, y)) v(years, s) WHERE place = 'a';
-- one row each, then together
SELECT bool_and(near(e.estimate, p.estimate) AND near(e.std_error, p.std_error)) AS same, count(*) AS subgroups
FROM (SELECT mindgap.rollup(v.t) AS t FROM (SELECT mindgap.gap_from_table_agg(g, estimate, std_error, population) AS t
		FROM published WHERE place = 'a' GROUP BY g) v) x, mindgap.estimates(t) e, published p
WHERE p.place = 'a' AND p.g::text = e.subgroup;

---- nothing is silent

-- waves of which none could be estimated say why
SELECT term, status ~ 'needs_subgroup_order' AS says_why FROM series, mindgap.gap_trend(named, 'sii');
SELECT term, status ~ 'needs_bounds' AS says_why FROM series, mindgap.gap_trend(s, 'erreygers');
-- no PSUs to match: the waves are taken as independent
SELECT term, status ~ 'independent_samples_assumed' AS says_so FROM series, mindgap.gap_trend(rows, 'sii');
-- subgroups that not every wave has
SELECT term, status ~ 'subgroups_differ_between_waves' AS says_so FROM gappy, mindgap.gap_trend(s, 'sii');
-- one PSU in a stratum: no error, whatever the method
SELECT v.method, t.std_error IS NULL AS no_error, t.status
FROM (SELECT mindgap.survey_series_agg(wave, s) AS s
		FROM (SELECT v.wave, mindgap.survey_agg(v.y, g, w, CASE psu WHEN 0 THEN 99 ELSE stratum END, psu) AS s
			FROM person, LATERAL (VALUES (1, y), (2, y2)) v(wave, y) GROUP BY v.wave) w) x,
	(VALUES ('ols'), ('gls')) v(method), LATERAL mindgap.gap_trend(s, 'sii', method => v.method) t
WHERE t.term = 'slope per year' ORDER BY v.method;

DROP TABLE person, s, formula, got, small, panel, wave, series, series_again, gappy, many, serial, published, tables;
DROP FUNCTION near, statuses, has_partial;

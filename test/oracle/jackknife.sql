-- The linearised standard errors of all measures against the stratified jackknife (JKn), worked out by hand: leave one of
-- the 1967 PSUs out, weigh up the rest of its stratum by n / (n - 1), and compute the measure again;
--     V = sum_h (n_h - 1) / n_h sum_c (m_hc - mean_h)^2,
-- of ratios through their logarithm. WHO's individual sample, all 67 strata. The two agree to the order 1/n, here 1 %.
\ir include/tap.psql

CREATE TEMP TABLE individual (
	id bigint, psu bigint, stratum bigint, weight float8, subgroup text, quintile bigint, sba float8, dtp3 float8,
	favourable int, scale float8
);
\set cmd '\\copy individual from ''' :data '/healthequal_IndividualSample.csv'' with (format csv, header)'
:cmd

-- For values of the measures, a row for each PSU and quintile does: its mean with its sum of weights.
CREATE TEMP TABLE cell AS
SELECT stratum, psu, quintile, sum(weight * sba) / sum(weight) AS sba, sum(weight) AS weight
FROM individual GROUP BY stratum, psu, quintile;
CREATE TEMP TABLE left_out AS
SELECT stratum, psu, count(*) OVER (PARTITION BY stratum)::float8 AS psus
FROM (SELECT DISTINCT stratum, psu FROM cell) p;

-- the same measures of any summary
CREATE FUNCTION pg_temp.measures(s mindgap.survey_summary) RETURNS SETOF mindgap.gap_estimate LANGUAGE sql AS $$
	SELECT * FROM mindgap.gaps(s, compare => '1', reference => '5', adverse => false, lower => 0, upper => 1)
$$;

CREATE TEMP TABLE replicate AS
SELECT r.stratum, r.psus, mindgap.survey_agg(c.sba, c.quintile, c.weight * CASE
		WHEN c.stratum <> r.stratum THEN 1 WHEN c.psu <> r.psu THEN r.psus / (r.psus - 1) ELSE 0 END) AS s
FROM left_out r CROSS JOIN cell c
GROUP BY r.stratum, r.psu, r.psus;

CREATE TEMP TABLE jackknife AS
SELECT measure, sqrt(sum((psus - 1) * v)) AS std_error, sum(replicates) AS replicates
FROM (SELECT stratum, psus, g.measure, count(*) AS replicates, var_pop(
			CASE WHEN g.measure IN ('ratio', 'odds_ratio', 'rii', 'rii_logit') THEN ln(g.estimate) ELSE g.estimate END) AS v
	FROM replicate, pg_temp.measures(s) g GROUP BY stratum, psus, g.measure) h
GROUP BY measure;

CREATE TEMP TABLE linearised AS
SELECT g.measure, g.estimate, CASE WHEN g.measure IN ('ratio', 'odds_ratio', 'rii', 'rii_logit')
	THEN g.std_error / g.estimate ELSE g.std_error END AS std_error
FROM (SELECT mindgap.survey_agg(sba, quintile, weight, stratum, psu) AS s FROM individual) a, pg_temp.measures(s) g;

SELECT unnest(ARRAY[
	pg_temp.check(format('%s: linearised error over jackknife''s is %s', m.measure,
		round((l.std_error / j.std_error)::numeric, 4)), l.std_error, j.std_error, 0.01),
	pg_temp.check(format('%s: replicates', m.measure), j.replicates, 1967)])
FROM mindgap.gap_measures() m LEFT JOIN linearised l USING (measure) LEFT JOIN jackknife j USING (measure);

-- a collapsed summary, nothing left out, has the values of the whole
SELECT pg_temp.check(l.measure || ': the same from one row a PSU and quintile', g.estimate, l.estimate)
FROM linearised l, (SELECT mindgap.survey_agg(sba, quintile, weight) AS s FROM cell) c, pg_temp.measures(s) g
WHERE g.measure = l.measure;

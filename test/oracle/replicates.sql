-- Replicate weights against R survey 4.5 (svrepdesign: BRR and JKn), direct standardisation against
-- svystandardize, read from the golden file; Kitagawa's parts against their definition.
\ir include/tap.psql
\ir include/golden.psql
\ir include/api.psql
\ir include/nhanes_survey.psql

DO $$ BEGIN
	PERFORM pg_temp.want_golden('^(SCD\.brr\.ratio|NH\.jkn\.diff21|NH\.std.)$');
END $$;

-- a ratio of totals y/x is the mean of y/x with the weight x; the half-samples are those that the row names
CREATE TEMP TABLE scd (esa int, ambulance int, arrests float8, alive float8);
\set cmd '\\copy scd from ''' :data '/survey_scd.csv'' with (format csv, header)'
:cmd
CREATE TEMP TABLE halves AS
SELECT mindgap.survey_replicate_agg(alive / arrests, 'all', arrests,
	ARRAY[(ARRAY[2,0,2,0,2,0])[i] * arrests, (ARRAY[2,0,0,2,0,2])[i] * arrests, (ARRAY[0,2,2,0,0,2])[i] * arrests, (ARRAY[0,2,0,2,2,0])[i] * arrests]) AS s
FROM (SELECT *, row_number() OVER (ORDER BY esa, ambulance) AS i FROM scd) r;
SELECT pg_temp.meet_row('SCD.brr.ratio', 'estimates', e.estimate, e.std_error, NULL)
FROM halves, mindgap.estimates(mindgap.replication(s, 'BRR')) e WHERE e.subgroup = 'all';
-- survey_replicates.R prints it for mse = TRUE
SELECT pg_temp.check('SCD ratio with mse', e.std_error, 0.00942663573267296, 1e-9)
FROM halves, mindgap.estimates(mindgap.replication(s, 'BRR', mse => true)) e WHERE e.subgroup = 'all';

-- JKn: each replicate leaves one PSU out and weighs the others of its stratum up
CREATE TEMP TABLE unit AS
SELECT row_number() OVER (ORDER BY stratum, psu) AS r, stratum, psu, count(*) OVER (PARTITION BY stratum) AS n
FROM (SELECT DISTINCT stratum, psu FROM nhanes) u;
CREATE TEMP TABLE jackknife AS
SELECT mindgap.replication(mindgap.survey_replicate_agg(hi_chol, race, weight, weights), 'JKn',
	rscales => (SELECT array_agg((n - 1.0) / n ORDER BY r) FROM unit)) AS s
FROM (SELECT nhanes.*, (SELECT array_agg(CASE WHEN u.stratum <> nhanes.stratum THEN weight WHEN u.psu = nhanes.psu THEN 0
		ELSE weight * u.n / (u.n - 1.0) END ORDER BY r) FROM unit u) AS weights FROM nhanes) x;
SELECT pg_temp.meet_row('NH.jkn.diff21', 'gap', g.estimate, g.std_error, g.df)
FROM jackknife, mindgap.gap(s, 'difference', compare => '2', reference => '1') g;
SELECT pg_temp.check('NH.jkn.diff21 se, by contrast', c.std_error, g.se, 1e-9)
FROM jackknife, mindgap.contrast(s, '{2,1}', '{1,-1}') c, golden g WHERE g.id = 'NH.jkn.diff21';
-- the jackknife and the linearised error are near each other; 31 PSUs are few (jackknife.sql has many, and 1%)
SELECT pg_temp.check('jackknife against linearisation, ' || v.measure, j.std_error, l.std_error, 0.02)
FROM jackknife, (SELECT mindgap.survey_agg(hi_chol, race, weight, stratum, psu) AS s FROM nhanes) d,
	(VALUES ('difference'), ('bgv'), ('mdm'), ('idis'), ('aci'), ('rci')) v(measure),
	mindgap.gap(jackknife.s, v.measure, compare => '2', reference => '1') j, mindgap.gap(d.s, v.measure, compare => '2', reference => '1') l;

-- direct standardisation, the standard's shares being those of the golden row
SELECT pg_temp.meet_row('NH.std' || race, 'standardise', e.estimate, e.std_error, NULL)
FROM (SELECT r.race, mindgap.survey_agg(hi_chol, CASE WHEN nhanes.race = r.race THEN agecat END, weight, stratum, psu) AS s
	FROM nhanes, (VALUES (1), (2)) r(race) GROUP BY r.race) x,
	mindgap.standardise(s, '{"(0,19]","(19,39]","(39,59]","(59,Inf]"}',
		'{.207749493787097,.293407888185913,.303289583203853,.195553034823137}') e;

-- Kitagawa: the parts by their definition, their sum the difference with its error
WITH g AS (
	SELECT race, agecat, sum(weight * hi_chol) / sum(weight) AS y, sum(weight) / sum(sum(weight)) OVER (PARTITION BY race) AS p
	FROM nhanes WHERE hi_chol IS NOT NULL AND race IN (1, 2) GROUP BY race, agecat
), k AS (
	SELECT sum((a.p - b.p) * (a.y + b.y) / 2) AS composition, sum((a.y - b.y) * (a.p + b.p) / 2) AS rate
	FROM g a JOIN g b USING (agecat) WHERE a.race = 1 AND b.race = 2
), m AS (
	SELECT m.* FROM mindgap.kitagawa(
		(SELECT mindgap.survey_agg(hi_chol, CASE WHEN race = 1 THEN agecat END, weight, stratum, psu) FROM nhanes),
		(SELECT mindgap.survey_agg(hi_chol, CASE WHEN race = 2 THEN agecat END, weight, stratum, psu) FROM nhanes)) m
)
SELECT pg_temp.check('Kitagawa, ' || m.component, m.estimate,
	CASE m.component WHEN 'composition' THEN k.composition WHEN 'rate' THEN k.rate ELSE -d.est END, 1e-9)
FROM m, k, golden d WHERE d.id = 'NH.diff21'
UNION ALL
SELECT pg_temp.check('Kitagawa, error of the sum', m.std_error, d.se, 1e-9)
FROM m, golden d WHERE m.component = 'gap' AND d.id = 'NH.diff21';

SELECT pg_temp.unmet();

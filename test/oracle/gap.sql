-- Has the gap changed? Two waves of the same schools, one summary a wave, matched by PSU,
-- against R survey 4.5 on the stacked design, read from the golden file.
\ir include/tap.psql
\ir include/golden.psql
\ir include/api.psql

DO $$ BEGIN
	PERFORM pg_temp.want_golden('^GC[12]\.');
END $$;

-- GC1: cluster sample, all schools in one stratum, PSU = district.
-- GC2: element sample in strata, PSU = school.
CREATE TEMP TABLE wave AS
SELECT 'GC1' AS id, 'H' AS compare, 'E' AS reference,
	mindgap.survey_agg(api99, stype, pw, 1, dnum) AS before,
	mindgap.survey_agg(api00, stype, pw, 1, dnum) AS after
FROM apiclus1
UNION ALL
SELECT 'GC2', 'Yes', 'No',
	mindgap.survey_agg(api99, sch_wide, pw, mindgap.key(stype::text), mindgap.key(cds::text)),
	mindgap.survey_agg(api00, sch_wide, pw, mindgap.key(stype::text), mindgap.key(cds::text))
FROM apistrat;

SELECT pg_temp.meet_row(w.id || '.gap1', 'gap', g.estimate, g.std_error, g.df)
FROM wave w, mindgap.gap(w.before, 'difference', compare => w.compare, reference => w.reference) g;

SELECT pg_temp.meet_row(w.id || '.gap2', 'gap', g.estimate, g.std_error, g.df)
FROM wave w, mindgap.gap(w.after, 'difference', compare => w.compare, reference => w.reference) g;

SELECT pg_temp.meet_row(w.id || '.dgap', 'gap_change', g.change, g.std_error, g.df)
FROM wave w,
	mindgap.gap_change(w.before, w.after, measure => 'difference', compare => w.compare, reference => w.reference) g;

-- gap_change carries the two gaps as well
SELECT unnest(ARRAY[
	pg_temp.meet(w.id || '.gap1 est', g.gap_before, 'gap_change'),
	pg_temp.meet(w.id || '.gap2 est', g.gap_after, 'gap_change')])
FROM wave w,
	mindgap.gap_change(w.before, w.after, measure => 'difference', compare => w.compare, reference => w.reference) g;

-- 'ratio': the change is the ratio of the two ratios with its error on that scale; the golden row is its log
SELECT pg_temp.meet_row('GC1.lnror', 'gap_change, log of the change', ln(g.change), g.std_error / g.change, g.df)
FROM wave w,
	mindgap.gap_change(w.before, w.after, measure => 'ratio', compare => w.compare, reference => w.reference) g
WHERE w.id = 'GC1';

-- swapping the waves turns the sign, swapping the groups too
SELECT unnest(ARRAY[
	pg_temp.check(w.id || '.dgap, waves swapped', -s.change, g.change),
	pg_temp.check(w.id || '.dgap se, waves swapped', s.std_error, g.std_error),
	pg_temp.check(w.id || '.dgap, groups swapped', -r.change, g.change),
	pg_temp.check(w.id || '.dgap se, groups swapped', r.std_error, g.std_error)])
FROM wave w,
	mindgap.gap_change(w.before, w.after, measure => 'difference', compare => w.compare, reference => w.reference) g,
	mindgap.gap_change(w.after, w.before, measure => 'difference', compare => w.compare, reference => w.reference) s,
	mindgap.gap_change(w.before, w.after, measure => 'difference', compare => w.reference, reference => w.compare) r;

SELECT pg_temp.unmet();

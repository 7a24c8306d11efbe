--# Reading stored summaries: 5 subgroups, 200 strata, 4,000 PSUs each

--@ estimates    estimates() of one
--/ ms <= 10
SELECT e.* FROM stored, mindgap.estimates(s) e WHERE wave = 1;

--@ gap          gap() of one
--/ ms <= 10
SELECT g.* FROM stored, mindgap.gap(s, compare => 'fifth 5', reference => 'fifth 1') g WHERE wave = 1;

--@ gaps         gaps() of one
--/ ms <= 10
SELECT g.* FROM stored, mindgap.gaps(s, compare => 'fifth 5', reference => 'fifth 1') g WHERE wave = 1;

--@ change       change() between two
--/ ms <= 10
SELECT c.* FROM stored a, stored b, mindgap.change(a.s, b.s) c WHERE a.wave = 1 AND b.wave = 2;

--@ gap_change   gap_change() between two
--/ ms <= 10
SELECT c.* FROM stored a, stored b, mindgap.gap_change(a.s, b.s, compare => 'fifth 5', reference => 'fifth 1') c
WHERE a.wave = 1 AND b.wave = 2;

--@ waves        estimates() of every stored wave
--/ ms <= 1000
SELECT wave, e.* FROM stored, mindgap.estimates(s) e;

--@ rollup       rollup() of all waves
SELECT count(s) FROM (SELECT mindgap.rollup(s) AS s FROM stored OFFSET 0) x;

--@ out          text of one, written
SELECT length(s::text) FROM stored WHERE wave = 1;

--@ in           text of one, read
SELECT count(t::mindgap.survey_summary) FROM stored_text;

--! 
SELECT format('%s waves stored; the first has %s cells: %s kB as a value, %s kB on disk, %s kB as text.',
              (SELECT count(*) FROM stored), d.cells, d.bytes / 1024, pg_column_size(s) / 1024, length(t) / 1024)
FROM stored JOIN stored_text USING (wave), mindgap.survey_design(s) d;

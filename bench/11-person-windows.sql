--# Individual change: window functions over eight waves a person, in index order

--@ lag          lag(score)
SELECT count(v) FROM (SELECT lag(score) OVER p AS v FROM visits WINDOW p AS (PARTITION BY person ORDER BY wave) OFFSET 0) q;

--@ previous     previous_score(score)
--/ previous/lag <= 1.3
SELECT count(v) FROM (SELECT mindgap.previous_score(score) OVER p AS v FROM visits WINDOW p AS (PARTITION BY person ORDER BY wave) OFFSET 0) q;

--@ change       change_from_previous(score)
--/ change/lag <= 1.3
SELECT count(v) FROM (SELECT mindgap.change_from_previous(score) OVER p AS v FROM visits WINDOW p AS (PARTITION BY person ORDER BY wave) OFFSET 0) q;

--@ baseline     change_from_baseline(score)
--/ baseline/lag <= 1.3
SELECT count(v) FROM (SELECT mindgap.change_from_baseline(score) OVER p AS v FROM visits WINDOW p AS (PARTITION BY person ORDER BY wave) OFFSET 0) q;

--@ beyond       change_beyond_trend(score, wave)
--/ beyond/lag <= 1.3
SELECT count(v) FROM (SELECT mindgap.change_beyond_trend(score, wave) OVER p AS v FROM visits WINDOW p AS (PARTITION BY person ORDER BY wave) OFFSET 0) q;

--@ rc           reliable_change(score, 8, 0.9)
--/ rc/lag <= 1.3
SELECT count(v) FROM (SELECT mindgap.reliable_change(score, 8, 0.9) OVER p AS v FROM visits WINDOW p AS (PARTITION BY person ORDER BY wave) OFFSET 0) q;

--@ class        change_class(score, 8, 0.9, 41)
--/ class/lag <= 1.3
SELECT count(v) FROM (SELECT mindgap.change_class(score, 8, 0.9, 41) OVER p AS v FROM visits WINDOW p AS (PARTITION BY person ORDER BY wave) OFFSET 0) q;

--@ transition   case_transition(is_case)
--/ transition/lag <= 1.3
SELECT count(v) FROM (SELECT mindgap.case_transition(is_case) OVER p AS v FROM visits WINDOW p AS (PARTITION BY person ORDER BY wave) OFFSET 0) q;

--@ case_lag     the same class written with lag() and CASE, without passing over NULL scores
--/ class/case_lag
SELECT count(v) FROM (
    SELECT CASE WHEN score - before < -1.96 * 8 * sqrt(0.2) THEN CASE WHEN before >= 41 AND score < 41 THEN 'recovered' ELSE 'improved' END
                WHEN score - before > 1.96 * 8 * sqrt(0.2) THEN CASE WHEN before < 41 AND score >= 41 THEN 'harmed' ELSE 'deteriorated' END
                WHEN before IS NOT NULL THEN 'unchanged' END AS v
    FROM (SELECT score, lag(score) OVER (PARTITION BY person ORDER BY wave) AS before FROM visits) l OFFSET 0) q;

--@ trajectory   trajectory_agg(wave, is_case) GROUP BY person
--/ trajectory/avg_person
SELECT count(v) FROM (SELECT mindgap.trajectory_agg(wave, is_case) AS v FROM visits GROUP BY person OFFSET 0) q;

--@ avg_person   avg(score) GROUP BY person
SELECT count(v) FROM (SELECT avg(score) AS v FROM visits GROUP BY person OFFSET 0) q;

--@ response     response_probability(responded, x[3]) by wave
SELECT count(v) FROM (SELECT mindgap.response_probability(responded, x) OVER (PARTITION BY wave) AS v FROM visits OFFSET 0) q;

--@ raked        raked_weight(1, two margins, responded) by wave
SELECT count(v) FROM (SELECT mindgap.raked_weight(1, margins, responded) OVER (PARTITION BY wave) AS v FROM visits OFFSET 0) q;

--@ avg_wave     avg(score) by wave: the window and its sort alone
--/ response/avg_wave
--/ raked/avg_wave
SELECT count(v) FROM (SELECT avg(score) OVER (PARTITION BY wave) AS v FROM visits OFFSET 0) q;

--? lag() and CASE give the same classes
SELECT bool_and(a IS NOT DISTINCT FROM b)
FROM (SELECT mindgap.change_class(score, 8, 0.9, 41) OVER p AS a,
             CASE WHEN score - lag(score) OVER p < -1.96 * 8 * sqrt(0.2) THEN CASE WHEN lag(score) OVER p >= 41 AND score < 41 THEN 'recovered' ELSE 'improved' END
                  WHEN score - lag(score) OVER p > 1.96 * 8 * sqrt(0.2) THEN CASE WHEN lag(score) OVER p < 41 AND score >= 41 THEN 'harmed' ELSE 'deteriorated' END
                  WHEN lag(score) OVER p IS NOT NULL THEN 'unchanged' END AS b
      FROM visits WINDOW p AS (PARTITION BY person ORDER BY wave)) q;

--# Change within persons, trend and excess in the last of eight waves: pure SQL and R plm, one row in ten

--@ ours         within_agg(person, score, ARRAY[wave, after]), then within_estimates()
--/ pure/ours
--/ demeaned/ours
--/ r_all/ours
SELECT e.estimate, e.std_error
FROM (SELECT mindgap.within_agg(person, score, ARRAY[wave, (wave = 7)::int]) AS s FROM visits OFFSET 0) q, mindgap.within_estimates(s) e;

--@ pure         pure SQL: centred moments GROUP BY person, then estimates and cluster errors in a second pass over persons
WITH p AS (
    SELECT person, count(*) AS n, regr_sxx(wave, wave) AS tt, regr_sxx(after, after) AS aa, regr_sxy(wave, after) AS ta,
           regr_sxy(score, wave) AS ty, regr_sxy(score, after) AS ay
    FROM (SELECT person, wave, (wave = 7)::int AS after, score FROM visits) v GROUP BY person
), s AS (
    SELECT sum(n) AS rows, count(*) AS g, sum(tt) AS tt, sum(ta) AS ta, sum(aa) AS aa, sum(ty) AS ty, sum(ay) AS ay FROM p
), b AS (
    SELECT *, tt * aa - ta * ta AS det, (aa * ty - ta * ay) / (tt * aa - ta * ta) AS trend, (tt * ay - ta * ty) / (tt * aa - ta * ta) AS excess FROM s
), m AS (
    SELECT sum((p.ty - p.tt * trend - p.ta * excess) ^ 2) AS m11, sum((p.ay - p.ta * trend - p.aa * excess) ^ 2) AS m22,
           sum((p.ty - p.tt * trend - p.ta * excess) * (p.ay - p.ta * trend - p.aa * excess)) AS m12 FROM p, b
)
SELECT trend, excess, sqrt((aa * aa * m11 - 2 * aa * ta * m12 + ta * ta * m22) / det ^ 2 * g / (g - 1.0) * (rows - 1.0) / (rows - 3.0)) AS trend_error,
       sqrt((ta * ta * m11 - 2 * tt * ta * m12 + tt * tt * m22) / det ^ 2 * g / (g - 1.0) * (rows - 1.0) / (rows - 3.0)) AS excess_error
FROM b, m;

--@ demeaned     pure SQL: rows less their person's mean by window functions; estimates alone
WITH d AS (
    SELECT score - avg(score) OVER p AS y, wave - avg(wave) OVER p AS t, after - avg(after) OVER p AS a
    FROM (SELECT person, wave, (wave = 7)::int AS after, score FROM visits) v WINDOW p AS (PARTITION BY person)
), s AS (
    SELECT sum(t * t) AS tt, sum(t * a) AS ta, sum(a * a) AS aa, sum(t * y) AS ty, sum(a * y) AS ay FROM d
)
SELECT (aa * ty - ta * ay) / (tt * aa - ta * ta) AS trend, (tt * ay - ta * ty) / (tt * aa - ta * ta) AS excess FROM s;

--R within.R plm
--r transfer  R: rows into a data frame
--r plm       R: plm(model = "within")
--r vcov      R: vcovHC(type = "sss", cluster = "group")

--? pure SQL and ours differ by less than 1e-9, in estimates and errors
SELECT bool_and(abs(e.estimate / CASE e.term WHEN 'trend' THEN p.trend ELSE p.excess END - 1) < 1e-9
                AND abs(e.std_error / CASE e.term WHEN 'trend' THEN p.trend_error ELSE p.excess_error END - 1) < 1e-9)
FROM (SELECT mindgap.within_agg(person, score, ARRAY[wave, (wave = 7)::int]) AS s FROM visits) q, mindgap.within_estimates(s, ARRAY['trend', 'excess']) e,
     (WITH p AS (
          SELECT person, count(*) AS n, regr_sxx(wave, wave) AS tt, regr_sxx(after, after) AS aa, regr_sxy(wave, after) AS ta,
                 regr_sxy(score, wave) AS ty, regr_sxy(score, after) AS ay
          FROM (SELECT person, wave, (wave = 7)::int AS after, score FROM visits) v GROUP BY person
      ), s AS (
          SELECT sum(n) AS rows, count(*) AS g, sum(tt) AS tt, sum(ta) AS ta, sum(aa) AS aa, sum(ty) AS ty, sum(ay) AS ay FROM p
      ), b AS (
          SELECT *, tt * aa - ta * ta AS det, (aa * ty - ta * ay) / (tt * aa - ta * ta) AS trend, (tt * ay - ta * ty) / (tt * aa - ta * ta) AS excess FROM s
      ), m AS (
          SELECT sum((p.ty - p.tt * trend - p.ta * excess) ^ 2) AS m11, sum((p.ay - p.ta * trend - p.aa * excess) ^ 2) AS m22,
                 sum((p.ty - p.tt * trend - p.ta * excess) * (p.ay - p.ta * trend - p.aa * excess)) AS m12 FROM p, b
      )
      SELECT trend, excess, sqrt((aa * aa * m11 - 2 * aa * ta * m12 + ta * ta * m22) / det ^ 2 * g / (g - 1.0) * (rows - 1.0) / (rows - 3.0)) AS trend_error,
             sqrt((ta * ta * m11 - 2 * tt * ta * m12 + tt * tt * m22) / det ^ 2 * g / (g - 1.0) * (rows - 1.0) / (rows - 3.0)) AS excess_error
      FROM b, m) p;

--? plm and ours differ by less than 1e-9, in estimates and errors
SELECT bool_and(abs(e.estimate / CASE e.term WHEN 'trend' THEN :r1 ELSE :r2 END - 1) < 1e-9
                AND abs(e.std_error / CASE e.term WHEN 'trend' THEN :r3 ELSE :r4 END - 1) < 1e-9)
FROM (SELECT mindgap.within_agg(person, score, ARRAY[wave, (wave = 7)::int]) AS s FROM visits) q,
     mindgap.within_estimates(s, ARRAY['trend', 'excess'], small_sample => 'plm') e;

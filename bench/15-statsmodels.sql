--# Weighted least squares of 20 variables: regression from the rows, and Python statsmodels
--R wls.py statsmodels

--n regressors

--@ count        count(*)
SELECT count(*) FROM regressors;

--@ ours         moments_agg(y, x[20], w), then regression()
--/ r_all/ours
SELECT r.estimate, r.std_error FROM (SELECT mindgap.moments_agg(y, x, w) AS s FROM regressors OFFSET 0) q, mindgap.regression(s) r;

--r transfer Python: rows into an array (COPY, numpy)
--r wls Python: statsmodels WLS

--? statsmodels and ours differ by less than 1e-9, in estimates and errors
SELECT bool_and(abs(r.estimate / w.b - 1) < 1e-9 AND abs(r.std_error / w.e - 1) < 1e-9) AND count(*) = 21
FROM (SELECT mindgap.moments_agg(y, x, w) AS s FROM regressors) q, mindgap.regression(s) WITH ORDINALITY r(term, estimate, std_error, statistic, df, p_value, conf_low, conf_high, status, o)
     JOIN unnest(ARRAY[:r1, :r2, :r3, :r4, :r5, :r6, :r7, :r8, :r9, :r10, :r11, :r12, :r13, :r14, :r15, :r16, :r17, :r18, :r19, :r20, :r21],
                 ARRAY[:r22, :r23, :r24, :r25, :r26, :r27, :r28, :r29, :r30, :r31, :r32, :r33, :r34, :r35, :r36, :r37, :r38, :r39, :r40, :r41, :r42])
          WITH ORDINALITY w(b, e, o) USING (o);

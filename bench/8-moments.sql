--# Moments: regression and change within persons

--n regressors

--@ count        count(*)
SELECT count(*) FROM regressors;

--@ moments      moments_agg(y, x[20], w)
--/ moments/count <= 3.2
SELECT count(s) FROM (SELECT mindgap.moments_agg(y, x, w) AS s FROM regressors OFFSET 0) q;

--@ avg_person   avg(y) GROUP BY person
SELECT count(s) FROM (SELECT avg(y) AS s FROM waves GROUP BY person OFFSET 0) q;

--@ moments_person  moments_agg(y, x[3]) GROUP BY person
--/ moments_person/avg_person <= 1.5
SELECT count(s) FROM (SELECT mindgap.moments_agg(y, x) AS s FROM waves GROUP BY person OFFSET 0) q;

--@ regr_person  two regr_slope GROUP BY person
SELECT count(s) FROM (SELECT regr_slope(y, x[1]) AS s, regr_slope(y, x[2]) AS t FROM waves GROUP BY person OFFSET 0) q;

--@ within       within_agg(person, y, x[3]) and its estimates
--/ within/regr_person <= 1
SELECT count(e.estimate) FROM (SELECT mindgap.within_agg(person, y, x) AS s FROM waves) q, mindgap.within_estimates(s) e;

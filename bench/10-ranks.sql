--# Ranks of persons: window functions over one partition of all rows

--@ cume         cume_dist() over the order of the outcome
SELECT count(x) FROM (SELECT cume_dist() OVER (ORDER BY y) AS x FROM people OFFSET 0) q;

--@ ridit        ridit(w), same window
--/ ridit/cume <= 1.3
SELECT count(x) FROM (SELECT mindgap.ridit(w) OVER (ORDER BY y) AS x FROM people OFFSET 0) q;

--@ above        outcome_above(y, w), same window
--/ above/cume <= 1.3
SELECT count(x) FROM (SELECT mindgap.outcome_above(y, w) OVER (ORDER BY y) AS x FROM people OFFSET 0) q;

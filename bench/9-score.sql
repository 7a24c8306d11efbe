--# Scores of questionnaires, from arrays of 12 answers

--n answers

--@ read         items[7]: reading the array
SELECT count(items[7]) FROM answers;

--@ score        score('GHQ-12', items)
--/ score/read <= 2
SELECT count(mindgap.score('GHQ-12', items)) FROM answers;

--@ cghq         score('GHQ-12', items, 'cghq')
--/ cghq/read <= 2
SELECT count(mindgap.score('GHQ-12', items, 'cghq')) FROM answers;

--@ plus         items[1] + ... + items[12], which does not look at codes or missing answers
--/ plus/score
SELECT count(items[1] + items[2] + items[3] + items[4] + items[5] + items[6] + items[7] + items[8] + items[9] + items[10] + items[11] + items[12])
FROM answers;

--? both give the same scores
SELECT bool_and(mindgap.score('GHQ-12', items) = (SELECT sum(i) FROM unnest(items) i)) FROM (SELECT items FROM answers LIMIT 20000) a;

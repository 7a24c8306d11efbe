-- train_model from end to end: columns of numbers with gaps, text with gaps, boolean, date and weights; a panel; predictions by
-- name and by position.  Expected values: numpy 1.24, by the program in the lines that begin with "-- python:", which knows nothing
-- of this extension.  To run it:  sed -n 's/^-- python: \{0,1\}//p' train_model.sql | python3
--
-- python: import numpy as np
-- python: from math import lgamma, log, pi
-- python: n = 240; i = np.arange(1, n + 1)
-- python: num = (i * 37 % 101) / 10; gap = i % 9 == 0
-- python: col = np.array(['', 'blue', 'Red', 'a "b"'])[i * 7 % 4]; nul = i % 11 == 0
-- python: yes = i * 13 % 5 < 2
-- python: born = 1970 + (i * 29 % 700 * 86400 - 3e8) / 31557600
-- python: w = 1 + i % 3
-- python: y = 20 - 0.7 * num + 2.0 * (col == 'Red') + 1.5 * yes + (i * 53 % 17) / 3 + 0.02 * (born - 1965)
-- python: lev = sorted(set(col[~nul]), key=lambda s: s.encode())
-- python: D = [np.where(gap, np.average(num[~gap], weights=w[~gap]), num)]
-- python: D += [(col == l) & ~nul for l in lev] + [nul]
-- python: D += [~yes, yes, born, gap]
-- python: X = np.column_stack(D).astype(float)
-- python: cat = np.array([0] + [1] * 5 + [2] * 2 + [-1] + [0])                 # missing indicator last
-- python: m = np.average(X, axis=0, weights=w); ym = np.average(y, weights=w)
-- python: sd = np.sqrt(np.average((X - m) ** 2, axis=0, weights=w))
-- python: sd[1:6] = np.sqrt((sd[1:6] ** 2).sum()); sd[6:8] = np.sqrt((sd[6:8] ** 2).sum())
-- python: neff = w.sum() ** 2 / (w ** 2).sum(); f = neff / w.sum()
-- python: Z = (X - m) / sd; G = f * Z.T @ (Z * w[:, None]); c = f * Z.T @ (w * (y - ym)); yy = f * w @ (y - ym) ** 2
-- python: # panel: voters rate food, colour, habit (0 to 10); every voter rates all
-- python: R = np.array([[9, 3, 5], [8, 2, 6], [7, 4, 5], [9, 1, 7], [6, 3, 4]], float)
-- python: l = np.log((R + .5) / 10.5); l -= l.mean(1, keepdims=True); J, C = R.shape
-- python: th = l.mean(0); s2 = (l ** 2).sum() - J * (th ** 2).sum(); s2 /= J * C - J - (C - 1); se2 = s2 / J * (1 - 1 / C)
-- python: t2 = max(th.var(ddof=1) - se2, 0); z3 = t2 / (t2 + se2) * th; z3 -= z3.mean()
-- python: z = np.where(cat >= 0, z3[cat], 0); p = len(z); nu = neff - 1
-- python: K = np.array([0, .25, .5, .75, 1, 1.5, 2, 3, 4, 6]); pk = np.exp(-K); pk[0] = 0; pk = pk / pk.sum() / 2; pk[0] = .5
-- python: r2 = 1 / (1 + np.exp(-np.linspace(-7, 7, 57))); pr = r2 * (1 - r2); pr /= pr.sum()
-- python: def fit(K, pk):
-- python:     lp, B = [], []
-- python:     for k, a in zip(K, pk):
-- python:         rel = np.exp(k * z); rel *= p / rel.sum()
-- python:         for q, b in zip(r2, pr):
-- python:             d = np.sqrt(q / (1 - q) / p * rel); M = np.eye(p) + d[:, None] * G * d
-- python:             beta = d * np.linalg.solve(M, d * c); S = yy - beta @ c
-- python:             lp.append(log(a * b) - np.linalg.slogdet(M)[1] / 2 - nu / 2 * log(S)); B.append(beta)
-- python:     lp = np.array(lp); W = np.exp(lp - lp.max()); W /= W.sum()
-- python:     V = np.where(W < 1e-6, 0, W); V /= V.sum()
-- python:     return V @ np.array(B), W.reshape(len(K), -1)
-- python: new = np.array([[3.5, 0, 1, 0, 0, 0, 1, 0, 1965, 0], [8, 0, 0, 0, 0, 1, 0, 1, 1980.25, 0], [m[0], 0, 0, 0, 1, 0, 1, 0, 1970, 1]])
-- python: bf, _ = fit(K[:1], np.ones(1)); b, W = fit(K, pk)
-- python: print('levels', lev, 'z', z3.tolist())
-- python: new[2, 0] = np.average(num[~gap], weights=w[~gap])
-- python: for name, bb in (('flat', bf), ('panel', b)):
-- python:     for r, row in enumerate(new): print(f'{name} {r + 1} {ym + bb @ ((row - m) / sd):.17g}')
-- python: print(f'trust {1 - W[0].sum():.17g}')
-- (Grid points of weight below 1e-6 are left out, as doc/prediction.md says.)
\ir include/tap.psql

CREATE TEMP TABLE cohort AS
SELECT i AS id, CASE WHEN i % 9 > 0 THEN (i * 37 % 101) / 10.0 END AS num,
	CASE WHEN i % 11 > 0 THEN (ARRAY['', 'blue', 'Red', 'a "b"'])[1 + i * 7 % 4] END AS "a colour",
	i * 13 % 5 < 2 AS yes,
	timestamp '1970-01-01' + (i * 29 % 700 * 86400 - 3e8) * interval '1 second' AS born,
	1 + i % 3 AS w,
	20 - 0.7::float8 * (i * 37 % 101) / 10 + CASE WHEN i * 7 % 4 = 2 THEN 2.0 ELSE 0 END + CASE WHEN i * 13 % 5 < 2 THEN 1.5 ELSE 0 END
		+ (i * 53 % 17) / 3.0::float8 + 0.02::float8 * (1970 + (i * 29 % 700 * 86400 - 3e8::float8) / 31557600 - 1965) AS y
FROM generate_series(1, 240) i;

CREATE TEMP TABLE vote AS
SELECT voter, category, rating
FROM (VALUES (1, 9, 3, 5), (2, 8, 2, 6), (3, 7, 4, 5), (4, 9, 1, 7), (5, 6, 3, 4)) v(voter, food, colour, habit),
	LATERAL (VALUES ('food', food), ('colour', colour), ('habit', habit)) c(category, rating);

CREATE TEMP TABLE model AS
SELECT 'flat' AS kind, mindgap.train_model('cohort', 'y', ARRAY['num', 'a colour', 'yes', 'born'], weight => 'w', overrule => false) AS m
UNION ALL
SELECT 'panel', mindgap.train_model('cohort', 'y', ARRAY['num', 'a colour', 'yes', 'born'],
	categories => '{"food": ["num"], "a colour": "colour", "yes": {"habit": 2}}',
	panel => (SELECT mindgap.panel_agg(voter, category, rating) FROM vote), scale_max => 10, weight => 'w', overrule => false);

CREATE TEMP TABLE new_row (id int, num float8, "a colour" text, yes boolean, born timestamp, x float8[]);
-- 1965, 1980.25 and 1970 in years of 365.25 days
INSERT INTO new_row VALUES
	(1, 3.5, 'Red', false, timestamp '1970-01-01' - 5 * interval '31557600 seconds', '{3.5, 0, 1, 0, 0, 0, 1, 0, 1965}'),
	(2, 8, NULL, true, timestamp '1970-01-01' + 10.25 * interval '31557600 seconds', '{8, 0, 0, 0, 0, 1, 0, 1, 1980.25}'),
	(3, NULL, 'blue', false, '1970-01-01', '{NULL, 0, 0, 0, 1, 0, 1, 0, 1970}');

INSERT INTO want (name, value)
VALUES
	('flat 1', 21.775299436095676),
	('flat 2', 18.558410749094673),
	('flat 3', 18.56976385142325),
	('panel 1', 21.730470732793577),
	('panel 2', 18.471083578433689),
	('panel 3', 18.549164302356914),
	('trust', 0.64302579685896932);

SELECT pg_temp.meet(kind || ' ' || id, mindgap.predict_row(m, to_jsonb(r)), 'name') FROM model, new_row r ORDER BY kind, id;
SELECT pg_temp.meet(kind || ' ' || id, mindgap.predict(m, x), 'position') FROM model, new_row r ORDER BY kind, id;
SELECT pg_temp.meet('trust', trust) FROM model, mindgap.model_evidence(m) WHERE kind = 'panel';
SELECT pg_temp.unmet();

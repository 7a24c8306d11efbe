-- The panel's votes: importance from ratings and rankings, agreement.  Ratings and the toy
-- rankings against a reference implementation in numpy; rankings also against the figures
-- that CRAN PlackettLuce publishes for its example and for NASCAR 2002 (log worths against
-- the first driver); agreement against Krippendorff (2011) and R.
\ir include/tap.psql

CREATE TEMP TABLE line (o serial, line text);
CREATE TEMP TABLE document (name text, content jsonb);
\set cmd '\\copy line (line) from ''' :oracle '/prediction/golden.json'' with (format csv, delimiter E''\\001'', quote E''\\002'')'
:cmd
INSERT INTO document SELECT 'prediction', string_agg(line, ' ' ORDER BY o)::jsonb FROM line;
TRUNCATE line;
\set cmd '\\copy line (line) from ''' :oracle '/agreement_mediation.json'' with (format csv, delimiter E''\\001'', quote E''\\002'')'
:cmd
INSERT INTO document SELECT 'agreement', string_agg(line, ' ' ORDER BY o)::jsonb FROM line;

CREATE TEMP TABLE vote (voter bigint, category text, score float8);
\set cmd '\\copy vote from ''' :data '/panel_votes.csv'' with (format csv, header)'
:cmd
INSERT INTO want (name, value)
SELECT category || part, (golden #>> ARRAY['panel', key, (place - 1)::text])::float8
FROM (SELECT content AS golden FROM document WHERE name = 'prediction') g,
	jsonb_array_elements_text(golden #> '{panel,categories}') WITH ORDINALITY c(category, place),
	(VALUES (' z', 'z'), (' se', 'se'), (' reliability', 'reliability'), (' disagreement', 'disagreement')) v(part, key);
SELECT pg_temp.meet(category || part, got)
FROM (SELECT mindgap.panel_agg(voter, category, score) AS s FROM vote) o, mindgap.panel_weights(s, 10) w,
	LATERAL (VALUES (' z', importance), (' se', std_error), (' reliability', reliability), (' disagreement', disagreement)) v(part, got);
SELECT pg_temp.check('weights add up to', sum(weight), 1, 1e-14), pg_temp.check('importance is centred', 1 + sum(importance), 1, 1e-14)
FROM (SELECT mindgap.panel_agg(voter, category, score) AS s FROM vote) o, mindgap.panel_weights(s, 10);

-- rankings: the toy example
INSERT INTO want (name, value, tol)
SELECT part || (place - 1), value::float8, tol
FROM (SELECT content -> 'plackett_luce_toy' AS golden FROM document WHERE name = 'prediction') g,
	(VALUES ('toy z ', 'z', 1e-9), ('toy se ', 'se', 1e-9), ('toy published ', 'published_cran_PlackettLuce', 4e-7)) v(part, key, tol),
	jsonb_array_elements_text(golden -> key) WITH ORDINALITY e(value, place)
WHERE value::float8 <> 0;
CREATE TEMP TABLE toy AS
SELECT w.* FROM (SELECT mindgap.panel_rank_agg(ballot, item, place) AS s
	FROM (VALUES (1, '{0,1}'::text[]), (2, '{2,0}'), (3, '{0,3}'), (4, '{1,0}'), (5, '{1,2}')) v(ballot, items), unnest(items) WITH ORDINALITY u(item, o), LATERAL (SELECT o::int AS place) p) q,
	mindgap.panel_weights(s) w;
SELECT pg_temp.meet('toy z ' || category, importance), pg_temp.meet('toy se ' || category, std_error) FROM toy;
SELECT pg_temp.meet('toy published ' || a.category, a.importance - b.importance) FROM toy a, toy b WHERE b.category = '0' AND a.category <> '0';

-- NASCAR 2002: 36 races of 87 drivers; published to six decimals
CREATE TEMP TABLE race (id serial, line text);
CREATE TEMP TABLE driver (id serial, name text);
\set cmd '\\copy race (line) from ''' :data '/nascar_orderings.txt'''
:cmd
\set cmd '\\copy driver (name) from ''' :data '/nascar_drivers.txt'''
:cmd
INSERT INTO want (name, value, tol) VALUES ('Andy Hillenburg', -2.171065, 2.5e-7), ('Gary Bradberry', -1.744754, 3e-7), ('Jason Hedlesky', -1.590764, 3.5e-7), ('Randy Renfrow', -1.768629, 3e-7);
CREATE TEMP TABLE season AS
SELECT d.id, d.name, w.* FROM (SELECT mindgap.panel_rank_agg(r.id, item, place::int) AS s FROM race r, unnest(string_to_array(line, ' ')) WITH ORDINALITY u(item, place)) o,
	mindgap.panel_weights(s) w JOIN driver d ON d.id = w.category::int;
SELECT pg_temp.meet(a.name, a.importance - b.importance) FROM season a, season b WHERE b.id = 1 AND a.id > 83;
SELECT pg_temp.check_true('drivers of NASCAR 2002', count(*) = 87 AND bool_and(std_error > 0)) FROM season;

-- agreement
CREATE TEMP TABLE rating (rater text, item text, value float8);
\set cmd '\\copy rating from ''' :data '/panel_krippendorff.csv'' with (format csv, header)'
:cmd
INSERT INTO want (name, value)
SELECT 'alpha ' || key, (value ->> 'alpha')::float8 FROM document, jsonb_each(content -> 'krippendorff_canonical') WHERE name = 'agreement'
UNION ALL
SELECT 'gwet ' || key, (value ->> 'coef')::float8 FROM document, jsonb_each(content -> 'gwet_canonical') WHERE name = 'agreement';
SELECT pg_temp.meet('alpha ' || metric, krippendorff_alpha), pg_temp.meet('gwet ' || weights, gwet_ac)
FROM (SELECT mindgap.panel_agg(ascii(rater), item, value) AS s FROM rating) o,
	(VALUES ('nominal', 'identity'), ('ordinal', 'ordinal'), ('interval', 'linear'), ('ratio', 'quadratic')) v(metric, weights), mindgap.panel_agreement(s, metric, weights);
CREATE TEMP TABLE score (member bigint, category text, value float8);
\set cmd '\\copy score from ''' :data '/panel_scores.csv'' with (format csv, header)'
:cmd
INSERT INTO want (name, value)
SELECT key, value::float8 FROM document, jsonb_each_text(content -> 'kendall_w') WHERE name = 'agreement' AND key IN ('W', 'chi2', 'df', 'p');
SELECT pg_temp.meet('W', kendall_w), pg_temp.meet('chi2', statistic), pg_temp.meet('df', df), pg_temp.meet('p', p_value)
FROM (SELECT mindgap.panel_agg(member, category, value + 10) AS s FROM score) o, mindgap.panel_agreement(s);

SELECT pg_temp.unmet();

-- The panel's votes: importance from ratings and rankings, agreement.  Ratings and the toy
-- rankings against a reference implementation in numpy; rankings also against the figures
-- that CRAN PlackettLuce publishes for its example and for NASCAR 2002 (log worths against
-- the first driver); agreement against Krippendorff (2011) and R's irr and irrCAC.
\ir include/tap.psql

CREATE TEMP TABLE vote (voter bigint, category text, score float8);
\set cmd '\\copy vote from ''' :data '/panel_votes.csv'' with (format csv, header)'
:cmd
INSERT INTO want (name, value) VALUES
	('age_sex z', -0.5017261702101483), ('body_mass z', 0.3328853023988995), ('blood_pressure z', 0.26071887497412327), ('serum z', -0.09187800716287449),
	('age_sex se', 0.0780929192314008), ('body_mass se', 0.0743720467194311), ('blood_pressure se', 0.0780929192314008), ('serum se', 0.0780929192314008),
	('age_sex reliability', 0.9614378179535576), ('body_mass reliability', 0.9648990843859797), ('blood_pressure reliability', 0.9614378179535576), ('serum reliability', 0.9614378179535576),
	('age_sex disagreement', 0.4569582363738373), ('body_mass disagreement', 0.12111810606761995), ('blood_pressure disagreement', 0.12160140752889868), ('serum disagreement', 0.26804316327887917);
SELECT pg_temp.meet(category || part, got)
FROM (SELECT mindgap.panel_agg(voter, category, score) AS s FROM vote) o, mindgap.panel_weights(s, 10) w,
	LATERAL (VALUES (' z', importance), (' se', std_error), (' reliability', reliability), (' disagreement', disagreement)) v(part, got);
SELECT pg_temp.check('weights add up to', sum(weight), 1, 1e-14), pg_temp.check('importance is centred', 1 + sum(importance), 1, 1e-14)
FROM (SELECT mindgap.panel_agg(voter, category, score) AS s FROM vote) o, mindgap.panel_weights(s, 10);

-- rankings: the toy example
INSERT INTO want (name, value, tol) VALUES ('toy z 0', 0.12496685630082467, 1e-9), ('toy z 1', 0.6433852786603229, 1e-9), ('toy z 2', 0.2604375258287401, 1e-9), ('toy z 3', -1.0287896607907898, 1e-9),
	('toy se 0', 0.7457234894961228, 1e-9), ('toy se 1', 0.879685147437721, 1e-9), ('toy se 2', 0.9768737365163797, 1e-9), ('toy se 3', 1.3295273308512177, 1e-9),
	('toy published 1', 0.5184185, 4e-7), ('toy published 2', 0.1354707, 4e-7), ('toy published 3', -1.1537565, 4e-7);
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
INSERT INTO want (name, value) VALUES ('alpha nominal', 0.743421052631579), ('alpha ordinal', 0.815387503754881), ('alpha interval', 0.849107142857143), ('alpha ratio', 0.797402774711612),
	('gwet identity', 0.775444068126995), ('gwet ordinal', 0.898939769907512), ('gwet linear', 0.858739136432611), ('gwet quadratic', 0.914000723551605);
SELECT pg_temp.meet('alpha ' || metric, krippendorff_alpha), pg_temp.meet('gwet ' || weights, gwet_ac)
FROM (SELECT mindgap.panel_agg(ascii(rater), item, value) AS s FROM rating) o,
	(VALUES ('nominal', 'identity'), ('ordinal', 'ordinal'), ('interval', 'linear'), ('ratio', 'quadratic')) v(metric, weights), mindgap.panel_agreement(s, metric, weights);
CREATE TEMP TABLE score (member bigint, category text, value float8);
\set cmd '\\copy score from ''' :data '/panel_scores.csv'' with (format csv, header)'
:cmd
INSERT INTO want (name, value) VALUES ('w', 0.434645810859403), ('chi-squared', 36.5102481121899), ('df', 7), ('p', 5.80654130411138e-06);
SELECT pg_temp.meet('w', kendall_w), pg_temp.meet('chi-squared', statistic), pg_temp.meet('df', df), pg_temp.meet('p', p_value)
FROM (SELECT mindgap.panel_agg(member, category, value + 10) AS s FROM score) o, mindgap.panel_agreement(s);

SELECT pg_temp.unmet();

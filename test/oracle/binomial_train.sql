-- Models of a yes/no outcome through train_model: depression in NHANES with a panel's votes on six categories, and forty rows of
-- forty-nine variables with weights, a text column and missing values.  Expected values: prediction/pw.py, the numpy implementation
-- that made golden.json, with exact row-level cross-validation; z from panel_ratings, trust exponents as in doc/prediction.md,
-- Newton's decrement below 1e-13 instead of 1e-8, folds by splitmix64 of the person modulo 5.
-- What is iterated agrees to 1e-5, absolute below 1; the area under the curve, from bins, within its bound; calibration from bins too.
\ir include/tap.psql

CREATE TEMP TABLE nhanes (
	id int GENERATED ALWAYS AS IDENTITY, "WBC count" float8, "Lymphocyte %" float8, "Monocyte %" float8, "Segmented neutrophils %" float8, "Eosinophil %" float8,
	"Basophil %" float8, "RBC count" float8, "Hemoglobin" float8, "Mean cell vol" float8, "RBC dist width" float8, "Platelet count" float8,
	"Mean platelet vol" float8, age float8, education float8, male float8, female float8, sleep float8, alcohol float8, diet float8,
	"vigorous activity" float8, "moderate activity" float8, smoking float8, "SBP" float8, "DBP" float8, weight float8, diabetes float8,
	"cholesterol_HDL" float8, triglycerides float8, "cholesterol_LDL" float8, health_condition float8, depression float8
);
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute WHERE attrelid = 'nhanes'::regclass AND attnum > 1 \gset
\set cmd '\\copy nhanes (' :columns ') from ''' :data '/nhanes_dep_combined.csv'' with (format csv, header)'
:cmd
ALTER TABLE nhanes DROP COLUMN female;
CREATE TEMP TABLE nhanes_panel AS
SELECT votes, (SELECT array_agg(importance ORDER BY category) FROM mindgap.panel_weights(votes, 10)) AS z
FROM (SELECT mindgap.panel_agg(voter, category, rating) AS votes
	FROM (VALUES (1, 0, 6, 8, 9, 4, 9), (2, 1, 5, 9, 7, 3, 10), (3, 1, 7, 7, 8, 5, 8), (4, 0, 6, 9, 8, 4, 9), (5, 2, 5, 8, 9, 3, 10), (6, 1, 8, 7, 7, 4, 9)) v(voter, b, d, s, l, c, h),
		LATERAL (VALUES ('blood_count', b), ('demographic', d), ('socioeconomic', s), ('lifestyle', l), ('cardiometabolic', c), ('self_rated_health', h)) r(category, rating)) p;
CREATE TEMP TABLE nhanes_model AS
SELECT mindgap.train_model('nhanes', 'depression', categories => '{
		"blood_count": ["WBC count", "Lymphocyte %", "Monocyte %", "Segmented neutrophils %", "Eosinophil %", "Basophil %", "RBC count", "Hemoglobin",
			"Mean cell vol", "RBC dist width", "Platelet count", "Mean platelet vol"],
		"demographic": ["age", "male"], "education": "socioeconomic", "lifestyle": ["sleep", "alcohol", "diet", "vigorous activity", "moderate activity", "smoking"],
		"cardiometabolic": ["SBP", "DBP", "weight", "diabetes", "cholesterol_HDL", "triglycerides", "cholesterol_LDL"], "health_condition": "self_rated_health"}',
	panel => votes, scale_max => 10, family => 'binomial', person => 'id') AS m
FROM nhanes_panel;

SELECT format('CREATE TEMP TABLE few AS SELECT i, 1 + i %% 4 AS w, CASE WHEN i %% 9 > 0 THEN (ARRAY[''red'', ''Blue'', ''green''])[1 + i * 7 %% 3] END AS colour, %s FROM generate_series(1, 40) i',
	string_agg(format('(i * %s + i * i * %s) %% 101 AS x%s', 37 * j + 11, j, j), ', ' ORDER BY j)) AS cmd FROM generate_series(1, 45) j \gset
:cmd;
CREATE TEMP TABLE few_model AS
SELECT mindgap.train_model('SELECT *, x1 + x5 + x10 + CASE WHEN colour = ''red'' THEN 40 ELSE 0 END + i * 53 % 97 > 190 AS y FROM few', 'y',
	(SELECT array_agg('x' || j ORDER BY j) FROM generate_series(1, 45) j) || '{colour}'::text[],
	(SELECT jsonb_object_agg('x' || j, substr('abc', 1 + j % 3, 1)) FROM generate_series(1, 45) j) || '{"colour": "b"}',
	(SELECT mindgap.panel_agg(voter, category, rating) FROM (VALUES (1, 2, 9, 5), (2, 1, 8, 6), (3, 3, 9, 4), (4, 2, 7, 5)) v(voter, a, b, c),
		LATERAL (VALUES ('a', a), ('b', b), ('c', c)) r(category, rating)), 10, 'binomial', 'w', 'i') AS m;

INSERT INTO want (name, value, tol)
VALUES
	('NHANES log evidence, trust exponent 0', -1341.4101416497515, 1e-05),
	('NHANES log evidence, trust exponent 0.25', -1339.0986801258707, 1e-05),
	('NHANES log evidence, trust exponent 0.5', -1337.1071721197418, 1e-05),
	('NHANES log evidence, trust exponent 0.75', -1335.2866227739228, 1e-05),
	('NHANES log evidence, trust exponent 1', -1333.6648278043872, 1e-05),
	('NHANES log evidence, trust exponent 1.5', -1331.2310520686112, 1e-05),
	('NHANES log evidence, trust exponent 2', -1329.891148643422, 1e-05),
	('NHANES log evidence, trust exponent 3', -1329.0529928676303, 1e-05),
	('NHANES log evidence, trust exponent 4', -1328.656457223638, 1e-05),
	('NHANES log evidence, trust exponent 6', -1328.78653084533, 1e-05),
	('NHANES weight, trust exponent 0', 6.757593001378079e-05, 1e-05),
	('NHANES weight, trust exponent 0.25', 0.00020001857268545504, 1e-05),
	('NHANES weight, trust exponent 0.5', 0.0011412942812260825, 1e-05),
	('NHANES weight, trust exponent 0.75', 0.005488814524674478, 1e-05),
	('NHANES weight, trust exponent 1', 0.021639216953169785, 1e-05),
	('NHANES weight, trust exponent 1.5', 0.14964757114671196, 1e-05),
	('NHANES weight, trust exponent 2', 0.34660521701009694, 1e-05),
	('NHANES weight, trust exponent 3', 0.29481327944915464, 1e-05),
	('NHANES weight, trust exponent 4', 0.16123740577657136, 1e-05),
	('NHANES weight, trust exponent 6', 0.019159606355708403, 1e-05),
	('NHANES trust', 0.9999324240699862, 1e-05),
	('NHANES log_bayes_factor', 9.602191124992942, 1e-05),
	('NHANES trust_exponent_mean', 2.5884053699587217, 1e-05),
	('NHANES weight_flat', 5.834256981052871e-06, 1e-05),
	('NHANES weight_panel', 0.08633048371692659, 1e-05),
	('NHANES weight_flat_overrule', 0.16319930860086124, 1e-05),
	('NHANES weight_panel_overrule', 0.7504643734252899, 1e-05),
	('NHANES multiplier blood_count', 0.8847854132036039, 1e-05),
	('NHANES multiplier cardiometabolic', 0.5726163168573605, 1e-05),
	('NHANES multiplier demographic', 1.1205920498312874, 1e-05),
	('NHANES multiplier lifestyle', 0.6221856011664337, 1e-05),
	('NHANES multiplier self_rated_health', 2.0455304875631537, 1e-05),
	('NHANES multiplier socioeconomic', 0.4542600428555917, 1e-05),
	('NHANES (Intercept)', -2.68718219228467, 1e-05),
	('NHANES WBC count', 0.0007089537379680243, 1e-05),
	('NHANES Lymphocyte %', -0.0062695393235490705, 1e-05),
	('NHANES Monocyte %', -0.012959780478582686, 1e-05),
	('NHANES Segmented neutrophils %', 0.010304712162903745, 1e-05),
	('NHANES Eosinophil %', 0.003649888125505832, 1e-05),
	('NHANES Basophil %', -0.028025842499585778, 1e-05),
	('NHANES RBC count', -0.01965140547542327, 1e-05),
	('NHANES Hemoglobin', -0.019231059502825176, 1e-05),
	('NHANES Mean cell vol', 0.0020956623281525645, 1e-05),
	('NHANES RBC dist width', 0.05050937504992909, 1e-05),
	('NHANES Platelet count', -0.003611828172135843, 1e-05),
	('NHANES Mean platelet vol', 0.007919732773563969, 1e-05),
	('NHANES age', -0.12792158064134246, 1e-05),
	('NHANES education', 0.029486401808944657, 1e-05),
	('NHANES male', -0.32527707542799034, 1e-05),
	('NHANES sleep', -0.1297781374981077, 1e-05),
	('NHANES alcohol', 0.09387951664431951, 1e-05),
	('NHANES diet', -0.1679751486771862, 1e-05),
	('NHANES vigorous activity', -0.18910477770701067, 1e-05),
	('NHANES moderate activity', -0.17755721264219737, 1e-05),
	('NHANES smoking', 0.18804247457050438, 1e-05),
	('NHANES SBP', -0.12783758190914848, 1e-05),
	('NHANES DBP', 0.10198191265753229, 1e-05),
	('NHANES weight', -0.026476394713578592, 1e-05),
	('NHANES diabetes', 0.02949171535261774, 1e-05),
	('NHANES cholesterol_HDL', -0.04684934878904237, 1e-05),
	('NHANES triglycerides', 0.027282008898473046, 1e-05),
	('NHANES cholesterol_LDL', 0.02971711676154702, 1e-05),
	('NHANES health_condition', -0.8598226228108296, 1e-05),
	('NHANES averaged log loss', 0.2796681457185242, 1e-05),
	('NHANES averaged brier', 0.08006576579405819, 1e-05),
	('NHANES averaged auc', 0.7798908445056586, 0.002),
	('NHANES averaged calibration slope', 0.9740719928562034, 0.001),
	('NHANES averaged calibration intercept', -0.04520807741405963, 0.001),
	('NHANES flat log loss', 0.2798877234496297, 1e-05),
	('NHANES flat brier', 0.08033711435831989, 1e-05),
	('NHANES flat auc', 0.7806555313739888, 0.002),
	('NHANES flat calibration slope', 0.9826318281328315, 0.001),
	('NHANES flat calibration intercept', -0.03045144899012263, 0.001),
	('few log evidence, trust exponent 0', -26.520106962245936, 1e-05),
	('few log evidence, trust exponent 0.25', -26.40270893973114, 1e-05),
	('few log evidence, trust exponent 0.5', -26.286739361255822, 1e-05),
	('few log evidence, trust exponent 0.75', -26.174906523178187, 1e-05),
	('few log evidence, trust exponent 1', -26.069418094402547, 1e-05),
	('few log evidence, trust exponent 1.5', -25.883140519993546, 1e-05),
	('few log evidence, trust exponent 2', -25.73319018849349, 1e-05),
	('few log evidence, trust exponent 3', -25.530745046193125, 1e-05),
	('few log evidence, trust exponent 4', -25.419949218245968, 1e-05),
	('few log evidence, trust exponent 6', -25.332481692749404, 1e-05),
	('few weight, trust exponent 0', 0.41111879141156643, 1e-05),
	('few weight, trust exponent 0.25', 0.13563630456784373, 1e-05),
	('few weight, trust exponent 0.5', 0.11862255564065248, 1e-05),
	('few weight, trust exponent 0.75', 0.10331468130583293, 1e-05),
	('few weight, trust exponent 1', 0.08941316383372898, 1e-05),
	('few weight, trust exponent 1.5', 0.06533615067512288, 1e-05),
	('few weight, trust exponent 2', 0.046039320448051556, 1e-05),
	('few weight, trust exponent 3', 0.020737444226463505, 1e-05),
	('few weight, trust exponent 4', 0.0085227306980674, 1e-05),
	('few weight, trust exponent 6', 0.0012588571926706509, 1e-05),
	('few trust', 0.5888812085884336, 1e-05),
	('few log_bayes_factor', 0.3593422771657977, 1e-05),
	('few trust_exponent_mean', 0.5540587943118623, 1e-05),
	('few weight_flat', 0.2634412707775985, 1e-05),
	('few weight_panel', 0.37734984916386666, 1e-05),
	('few weight_flat_overrule', 0.17412266215269245, 1e-05),
	('few weight_panel_overrule', 0.18508621790584331, 1e-05),
	('few multiplier a', 0.6475731111417452, 1e-05),
	('few multiplier b', 1.1861489618292642, 1e-05),
	('few multiplier c', 0.6653667351775542, 1e-05),
	('few (Intercept)', 0.41180509169492463, 1e-05),
	('few x1', 0.2110214229692077, 1e-05),
	('few x2', -0.06106722312964073, 1e-05),
	('few x3', -0.0015868231812117737, 1e-05),
	('few x4', -0.005367724554366283, 1e-05),
	('few x5', 0.08564470173465015, 1e-05),
	('few x6', 0.01754135871514701, 1e-05),
	('few x7', 0.06543717262112522, 1e-05),
	('few x8', 0.018782751576839538, 1e-05),
	('few x9', 0.035897450067373174, 1e-05),
	('few x10', 0.22945558139936595, 1e-05),
	('few x11', 0.015726326841974756, 1e-05),
	('few x12', -0.02876124260585259, 1e-05),
	('few x13', 0.04645624120636965, 1e-05),
	('few x14', 0.023842661156575354, 1e-05),
	('few x15', 0.03099848904254363, 1e-05),
	('few x16', 0.07034091137457682, 1e-05),
	('few x17', -0.07338509061266558, 1e-05),
	('few x18', -0.04683883511171283, 1e-05),
	('few x19', 0.11786237263582877, 1e-05),
	('few x20', -0.050367569319309594, 1e-05),
	('few x21', -0.00490584496839574, 1e-05),
	('few x22', -0.022068631634939377, 1e-05),
	('few x23', -0.05301004686645133, 1e-05),
	('few x24', 0.005993456153197594, 1e-05),
	('few x25', -0.033234359730064215, 1e-05),
	('few x26', -0.022637701956651237, 1e-05),
	('few x27', 0.007686392612203061, 1e-05),
	('few x28', 0.15974161487706806, 1e-05),
	('few x29', 0.03022929511342059, 1e-05),
	('few x30', 0.07518568713214432, 1e-05),
	('few x31', -0.05250273212397321, 1e-05),
	('few x32', -0.053182187017913087, 1e-05),
	('few x33', 0.0086859616565511, 1e-05),
	('few x34', -0.05495838577371881, 1e-05),
	('few x35', 0.07022320799370767, 1e-05),
	('few x36', -0.043201268488356905, 1e-05),
	('few x37', -0.10871129159355192, 1e-05),
	('few x38', -0.05548604153779703, 1e-05),
	('few x39', 0.0509233066969578, 1e-05),
	('few x40', -0.10728646599039716, 1e-05),
	('few x41', -0.0330846556498888, 1e-05),
	('few x42', -0.02030348768795769, 1e-05),
	('few x43', -0.08695447751406846, 1e-05),
	('few x44', -0.023510632134043044, 1e-05),
	('few x45', -0.07051252646293207, 1e-05),
	('few colour = Blue', 0.01868791568839107, 1e-05),
	('few colour = green', -0.08335843642995788, 1e-05),
	('few colour = red', 0.0826479021155771, 1e-05),
	('few colour missing', -0.01797738137401024, 1e-05),
	('few averaged log loss', 0.7741180434791746, 1e-05),
	('few averaged brier', 0.28687350397117245, 1e-05),
	('few averaged auc', 0.32947498966515093, 0.01),
	('few averaged calibration slope', -0.9483666435358122, 0.002),
	('few averaged calibration intercept', 0.8500145057109787, 0.002),
	('few flat log loss', 0.7803069958254699, 1e-05),
	('few flat brier', 0.28895514127688265, 1e-05),
	('few flat auc', 0.3133526250516743, 0.01),
	('few flat calibration slope', -1.2017676136142066, 0.002),
	('few flat calibration intercept', 0.9706295452262034, 0.002);

CREATE FUNCTION pg_temp.near(label text, got float8) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	expected want;
BEGIN
	UPDATE want SET met = true WHERE want.name = label RETURNING * INTO expected;
	RETURN pg_temp.check(label, got, expected.value, expected.tol, 1);
END
$$;

CREATE FUNCTION pg_temp.report(tag text, m mindgap.prediction_model) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.near(format('%s log evidence, trust exponent %s', tag, trust_exponent), log_evidence) FROM mindgap.model_trust(m)
	UNION ALL SELECT pg_temp.near(format('%s weight, trust exponent %s', tag, trust_exponent), weight) FROM mindgap.model_trust(m)
	UNION ALL SELECT pg_temp.near(concat_ws(' ', tag, n.name), n.value) FROM mindgap.model_evidence(m), LATERAL (VALUES ('trust', trust),
		('log_bayes_factor', log_bayes_factor), ('trust_exponent_mean', trust_exponent_mean), ('weight_flat', weight_flat), ('weight_panel', weight_panel),
		('weight_flat_overrule', weight_flat_overrule), ('weight_panel_overrule', weight_panel_overrule)) n(name, value)
	UNION ALL SELECT pg_temp.near(concat_ws(' ', tag, 'multiplier', category), data_multiplier) FROM mindgap.model_panel(m)
	UNION ALL SELECT pg_temp.near(concat_ws(' ', tag, variable), estimate) FROM mindgap.model_terms(m)
	UNION ALL SELECT pg_temp.near(concat_ws(' ', tag, prediction, n.name), n.value) FROM mindgap.model_quality(m), LATERAL (VALUES ('log loss', loss),
		('brier', brier), ('auc', auc), ('calibration slope', calibration_slope), ('calibration intercept', calibration_intercept)) n(name, value)
		WHERE prediction <> 'difference'
	UNION ALL SELECT pg_temp.check_true(concat_ws(' ', tag, prediction, 'auc is within its bound'), abs(auc - value) <= auc_bound + 1e-9)
		FROM mindgap.model_quality(m) JOIN want ON name = concat_ws(' ', tag, prediction, 'auc')
$$;
SELECT pg_temp.report('NHANES', m) FROM nhanes_model;
SELECT pg_temp.report('few', m) FROM few_model;

-- the same by passes over the rows, which is how many rows are fitted: log loss within 1e-4, evidence as close as its quadratic is
CREATE TEMP TABLE numbers AS
SELECT driver, f.* FROM nhanes_panel, unnest('{memory,passes}'::text[]) driver,
	LATERAL mindgap.binomial_fit('nhanes', 'depression', (SELECT format('ARRAY[%s]', string_agg(format('%I', variable), ', '))
			FROM nhanes_model, mindgap.model_terms(m) WHERE variable <> '(Intercept)'),
		'{1,1,1,1,1,1,1,1,1,1,1,1,3,6,3,4,4,4,4,4,4,2,2,2,2,2,2,2,5}', z, person => 'id', driver => driver) f;
SELECT pg_temp.check(format('NHANES by passes, %s %s', name, place), p.value, m.value, tol, 1)
FROM (VALUES ('beta', 2e-4), ('intercept', 2e-4), ('log_bayes_factor', 0.2), ('trust', 1e-4), ('model_weight', 1e-3), ('cv_loss', 1e-4), ('cv_flat_loss', 1e-4)) n(name, tol)
JOIN numbers p USING (name) JOIN numbers m USING (name, place) WHERE p.driver = 'passes' AND m.driver = 'memory' ORDER BY name, place;
SELECT pg_temp.unmet();

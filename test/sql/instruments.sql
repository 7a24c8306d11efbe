-- Instruments: scores equal a slow, obvious implementation in SQL for every instrument, method and type of array, with
-- valid, missing and invalid answers; formulas written out by hand for those with a twist; every edge of the call and of
-- a definition. Expected values: that implementation, the formulas, and the published ranges.
SET extra_float_digits = 1;

CREATE FUNCTION near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL ELSE abs(a - b) <= 1e-9 END
$$;

-- the message of an error, without the server's context
CREATE FUNCTION fault(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
	EXECUTE query;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END $$;

---- the slow implementation

-- what each answer counts: its place in the codes, mirrored where the item is reversed, looked up in the item's map
CREATE FUNCTION slow_values(d json, s json, answers int[]) RETURNS TABLE (item int, value float8) LANGUAGE sql AS $$
	SELECT i, (SELECT m.v::text::float8
		FROM json_array_elements_text(d->'codes') WITH ORDINALITY c(code, o)
		JOIN json_array_elements(coalesce(
				(SELECT x->'map' FROM json_array_elements(s->'map_of') x
					WHERE i::text IN (SELECT json_array_elements_text(x->'items'))),
				s->'map', d->'codes')) WITH ORDINALITY m(v, o)
			ON m.o = CASE WHEN i::text IN (SELECT json_array_elements_text(d->'reversed'))
				THEN json_array_length(d->'codes') + 1 - c.o ELSE c.o END
		WHERE c.code::int = answers[i])
	FROM generate_series(1, (d->>'items')::int) i
	WHERE s->'items' IS NULL OR i::text IN (SELECT json_array_elements_text(s->'items'))
$$;

CREATE FUNCTION slow_scale(d json, s json, answers int[], OUT score float8, OUT n_missing int) LANGUAGE sql AS $$
	WITH v AS (
		SELECT count(*) AS k, count(value) AS answered, sum(value) AS total,
			least((coalesce(s->'missing', d->'missing')->>'max')::int, count(*) - 1) AS may_miss
		FROM slow_values(d, s, answers)
	), prorated AS (
		SELECT CASE WHEN k - answered <= may_miss THEN k * (total / answered) END AS p, k - answered AS missing FROM v
	), rounded AS (
		SELECT CASE WHEN (s->>'round')::boolean THEN round(p::numeric) ELSE p END AS r, missing FROM prorated
	)
	SELECT CASE WHEN s->'lookup' IS NOT NULL THEN (s->'lookup'->'values'->>(r::int - (s->'lookup'->>'from')::int))::float8
		ELSE r * coalesce((s->>'multiply')::float8, 1) END, missing::int
	FROM rounded
$$;

CREATE FUNCTION slow_score(instrument text, answers int[], method text, OUT score float8, OUT n_missing int) LANGUAGE sql AS $$
	WITH d AS (SELECT mindgap.instrument(instrument) AS d),
	s AS (SELECT d, coalesce(d->'methods'->method, d->'subscales'->method) AS s FROM d),
	part AS (
		SELECT x.* FROM s, slow_scale(d, s, answers) x WHERE s->'sum_of' IS NULL
		UNION ALL
		SELECT x.* FROM s, json_array_elements_text(s->'sum_of') p, slow_scale(d, d->'subscales'->p, answers) x
	)
	SELECT CASE WHEN count(part.score) = count(*) THEN sum(part.score) END, sum(part.n_missing)::int FROM part
$$;

---- random answers, the same everywhere: all valid, some missing, some missing and some invalid

CREATE TABLE answer AS
SELECT i.instrument, r, array_agg(CASE
		WHEN x < 5 * (r % 3) THEN NULL
		WHEN r % 3 = 2 AND x < 14 THEN (ARRAY[-9, 7, 99])[1 + x % 3]
		ELSE codes[1 + x % cardinality(codes)] END ORDER BY o) AS items,
	bool_or(r % 3 = 2 AND x >= 10 AND x < 14) AS invalid
FROM mindgap.instruments() i, generate_series(1, 60) r, generate_series(1, i.items) o,
	LATERAL (SELECT array_agg(c::int ORDER BY n) AS codes
		FROM json_array_elements_text(mindgap.instrument(i.instrument)->'codes') WITH ORDINALITY e(c, n)) c,
	LATERAL (SELECT (r * 7919 + o * 104729 + r * o * o * 31) % 113 AS x) x
GROUP BY i.instrument, r;

CREATE TABLE scored AS
SELECT a.instrument, m.method, a.r, a.invalid, slow.score AS slow_score, slow.n_missing AS slow_missing, d.*,
	mindgap.score(a.instrument, a.items, m.method, 'missing') AS as_int,
	mindgap.score(a.instrument, a.items::smallint[], m.method, 'missing') AS as_smallint,
	mindgap.score(a.instrument, a.items::float8[], m.method, 'missing') AS as_float8,
	mindgap.score(a.instrument, (SELECT array_agg(i + 3 ORDER BY o) FROM unnest(a.items) WITH ORDINALITY u(i, o)), m.method, 'missing',
		3 + (mindgap.instrument(a.instrument)->'codes'->>0)::int) AS from_another_base,
	m.score_min, m.score_max
FROM answer a, mindgap.instrument_methods(a.instrument) m, LATERAL slow_score(a.instrument, a.items, m.method) slow,
	LATERAL mindgap.score_detail(a.instrument, a.items, m.method, 'missing') d;

SELECT instrument, method, count(*) AS persons, count(slow_score) AS scored,
	count(*) FILTER (WHERE n_missing > 0 AND slow_score IS NOT NULL) AS prorated,
	bool_and(near(as_int, slow_score) AND near(as_smallint, slow_score) AND near(as_float8, slow_score)
		AND near(from_another_base, slow_score) AND near(score, slow_score)) AS score,
	bool_and(n_missing = slow_missing) AS n_missing,
	bool_and(score BETWEEN score_min AND score_max) AS in_range
FROM scored GROUP BY 1, 2 ORDER BY instrument COLLATE "C", method COLLATE "C";

-- cases and bands are those of is_case() and band(), NULL where the score is
SELECT count(*) AS persons, bool_and(is_case IS NOT DISTINCT FROM
		(CASE WHEN cutoff IS NOT NULL THEN mindgap.is_case(instrument, score, method) END)) AS is_case,
	bool_and(band IS NOT DISTINCT FROM mindgap.band(instrument, score, method)) AS band,
	bool_and((score IS NULL) <= (is_case IS NULL AND band IS NULL)) AS null_if_not_scored
FROM scored, LATERAL (SELECT cutoff FROM mindgap.instrument_methods(instrument) m WHERE m.method = scored.method) m;

-- an invalid code is an error where it counts, unless told otherwise
SELECT bool_and(CASE WHEN EXISTS (SELECT FROM slow_values(mindgap.instrument(instrument), '{}', items) v WHERE v.value IS NULL
				AND items[v.item] IS NOT NULL)
		THEN fault(format('SELECT mindgap.score(%L, %L::int[])', instrument, items)) LIKE '22023 | item % of % has an invalid code | %'
		ELSE near(mindgap.score(instrument, items), mindgap.score(instrument, items, on_invalid => 'missing')) END) AS as_it_should,
	count(*) FILTER (WHERE invalid) AS with_invalid
FROM answer WHERE instrument NOT IN ('DASS-21', 'SDQ');

---- by hand

-- GHQ-12: every answer 0, 1, 2, 3 on all items, and on the negative items (2 5 6 9 10 11) alone
SELECT v.items, mindgap.score('GHQ-12', v.items) AS likert, mindgap.score('GHQ-12', v.items, 'bimodal') AS bimodal,
	mindgap.score('GHQ-12', v.items, 'cghq') AS cghq
FROM (SELECT array_fill(g, ARRAY[12]) AS items FROM generate_series(0, 3) g
	UNION ALL SELECT ARRAY[0, g, 0, 0, g, g, 0, 0, g, g, g, 0] FROM generate_series(1, 3) g) v;

-- as UKHLS stores it, 1 to 4, with its negative codes
SELECT mindgap.score('GHQ-12', '{1,2,3,4,1,2,3,4,1,2,3,4}'::int[], code_base => 1) AS likert,
	mindgap.score('GHQ-12', '{1,2,3,4,1,2,3,4,1,2,3,-9}'::int[], code_base => 1, on_invalid => 'missing') AS one_missing,
	fault($$SELECT mindgap.score('GHQ-12', '{1,2,3,4,1,2,3,4,1,2,3,4}'::int[])$$) AS wrong_base;

-- a score half filled in is no low score
SELECT mindgap.score_detail('PHQ-9', '{3,3,3,3,NULL,NULL,NULL,NULL,NULL}'::int[]) AS phq9,
	mindgap.score_detail('GAD-7', array_fill(NULL::int, ARRAY[7])) AS gad7,
	mindgap.score_detail('CES-D-20', '{3,3,3,0,3,3,3,0,3,3,3,0,3,3,3,0,3,3,3,NULL}'::int[]) AS cesd,
	mindgap.score_detail('CES-D-20', '{3,3,3,0,3,3,3,0,3,3,3,0,3,3,3,0,3,3,3,3}'::int[]) AS cesd_complete;

-- CORE-10: ten times the mean of nine answers; items 2 and 3 reversed
SELECT mindgap.score('CORE-10', '{4,0,0,4,4,4,4,4,4,4}'::int[]) AS highest,
	mindgap.score('CORE-10', '{0,4,4,0,0,0,0,0,0,0}'::int[]) AS lowest,
	near(mindgap.score('CORE-10', '{1,3,3,1,1,1,1,1,2,NULL}'::int[]), 100.0 / 9) AS one_missing,
	mindgap.score('CORE-10', '{1,3,3,1,1,1,1,1,NULL,NULL}'::int[]) AS two_missing;

-- SDQ: 4 from 3 answers is 7, as its scoring instructions say; halves go up
SELECT mindgap.score('SDQ', items, 'emotional') AS emotional, mindgap.score('SDQ', items, 'conduct') AS conduct,
	mindgap.score('SDQ', items, 'peer') AS peer, mindgap.score('SDQ', items, 'prosocial') AS prosocial, mindgap.score('SDQ', items) AS total
FROM (VALUES
	--      1 2 3 4 5 6 7 8 9 10111213141516171819202122232425
	('{2,0,2,2,0,0,2,1,2,0,2,0,1,2,0,NULL,2,0,0,2,2,0,0,NULL,2}'::int[]),
	('{2,0,0,2,1,2,1,0,2,0,0,NULL,0,0,0,0,2,0,2,2,2,0,2,0,2}'),
	('{2,0,0,2,1,2,1,0,2,0,0,NULL,0,0,0,0,2,NULL,2,2,2,NULL,2,0,2}')) v(items);

-- SWEMWBS: ends and middle of the table; WHO-5; DASS-21 doubles; codes as words of a survey cannot shift a metric score
SELECT mindgap.score('SWEMWBS', array_fill(1, ARRAY[7])) AS lowest, mindgap.score('SWEMWBS', array_fill(5, ARRAY[7])) AS highest,
	mindgap.score('SWEMWBS', '{3,3,3,3,3,3,4}'::int[]) AS raw_22, mindgap.score('SWEMWBS', '{3,3,3,3,3,3,4}'::int[], 'raw') AS raw,
	mindgap.score('WHO-5', '{3,2,3,2,3}'::int[]) AS who5, mindgap.is_case('WHO-5', 50, 'percent') AS at_50,
	mindgap.is_case('WHO-5', 51, 'percent') AS at_51,
	mindgap.score('DASS-21', '{3,0,1,0,0,3,0,3,0,0,3,3,0,3,0,0,0,3,0,0,0}'::int[], 'stress') AS stress,
	mindgap.score('DASS-21', '{3,0,1,0,0,3,0,3,0,0,3,3,0,3,0,0,0,3,0,0,0}'::int[], 'depression') AS depression;

-- cut-offs and bands at their edges
SELECT s, mindgap.is_case('PHQ-9', s) AS is_case, mindgap.is_case('PHQ-9', s, cutoff => 15) AS stricter, mindgap.band('PHQ-9', s) AS band
FROM unnest(ARRAY[0, 4, 4.99, 5, 9, 9.5, 10, 14, 15, 19, 20, 27, NULL]::float8[]) s;
SELECT s, mindgap.is_case('GHQ-12', s, 'bimodal') AS is_case, mindgap.is_case('GHQ-12', s, 'bimodal', 3) AS from_3 FROM generate_series(2, 4) s;

---- edges of the call

SELECT mindgap.score('PHQ-9', NULL::int[]) AS no_array, mindgap.score_detail('PHQ-9', NULL::int[]) AS no_detail,
	mindgap.score('phq-9', '{1,1,1,1,1,1,1,1,1}'::smallint[]) AS any_case, mindgap.is_case('PHQ-9', NULL) AS no_score, mindgap.band('PHQ-9', NULL) AS no_band,
	mindgap.score('PHQ-9', '[0:8]={1,1,1,1,1,1,1,1,1}'::int[]) AS other_bounds;
SELECT fault(q) FROM (VALUES
	('SELECT mindgap.score(''PHQ-9'', ''{1,2}''::int[])'),
	('SELECT mindgap.score(''PHQ-9'', ''{}''::int[])'),
	('SELECT mindgap.score(''PHQ-9'', ''{{1,2,3},{1,2,3},{1,2,3}}''::int[])'),
	('SELECT mindgap.score(NULL, ''{1,2}''::int[])'),
	('SELECT mindgap.score(''PHQ9'', ''{1,2}''::int[])'),
	('SELECT mindgap.instrument(''PHQ9'')'),
	('SELECT mindgap.score(''PHQ-2'', ''{1,2}''::int[], ''likert'')'),
	('SELECT mindgap.score(''PHQ-2'', ''{1,2}''::int[], on_invalid => ''zero'')'),
	('SELECT mindgap.score(''PHQ-2'', ''{1,2}''::int[], on_invalid => NULL)'),
	('SELECT mindgap.score(''PHQ-2'', ''{1,9}''::int[])'),
	('SELECT mindgap.score(''PHQ-2'', ''{1,2.5}''::float8[])'),
	('SELECT mindgap.score(''PHQ-2'', ''{1,5.4e-79}''::float8[])'),
	('SELECT mindgap.score(''PHQ-2'', ''{1,NaN}''::float8[])'),
	('SELECT mindgap.score(''PHQ-2'', ''{1,-Infinity}''::float8[])'),
	('SELECT mindgap.score(''PHQ-2'', ''{1,-2147483648}''::int[], code_base => 2147483647)'),
	('SELECT mindgap.score(''DASS-21'', array_fill(1, ARRAY[21]))'),
	('SELECT mindgap.is_case(''GHQ-12'', 5)'),
	('SELECT mindgap.band(''SDQ'', 5)'),
	('SELECT mindgap.is_case(''GHQ-12'', 5, ''likert'')'),
	('SELECT mindgap.is_case(''GHQ-12'', 30, ''bimodal'')'),
	('SELECT mindgap.is_case(''K6'', 25)'),
	('SELECT mindgap.is_case(''K6'', ''NaN'')'),
	('SELECT mindgap.is_case(''K6'', 5, cutoff => ''NaN'')')) v(q);
SELECT mindgap.score('PHQ-2', '{1,NaN}'::float8[], on_invalid => 'missing') AS nan_is_missing;

---- definitions of one's own

CALL mindgap.register_instrument('{"name": "Two", "version": "1", "label": "Two questions", "items": 2, "codes": [0, 1, 5], "higher_is": "worse",
	"missing": {"max": 1, "prorate": true}, "source": "made for this test",
	"methods": {"sum": {"range": [0, 10]}, "any": {"map": [0, 1, 1], "range": [0, 2], "cutoffs": [{"value": 1, "label": "any"}]}}}');
SELECT mindgap.score('Two', '{5,1}'::int[]) AS sum, mindgap.score('two', '{5,NULL}'::int[], 'any') AS prorated,
	fault($$SELECT mindgap.score('Two', '{5,2}'::int[])$$) AS no_such_code;

-- a change is seen at once, also by a call site that has read the old definition, and gone with a rollback
CREATE FUNCTION two() RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN RETURN mindgap.score('Two', ARRAY[5, 1]); END $$;
BEGIN;
SELECT two() AS before;
UPDATE mindgap.instrument_definition SET definition = replace(replace(definition::text, '"sum": {', '"sum": {"multiply": 10, '), '[0, 10]', '[0, 100]')::json
WHERE name = 'Two';
SELECT two() AS changed;
ROLLBACK;
SELECT two() AS undone;
DELETE FROM mindgap.instrument_definition WHERE name = 'Two';
SELECT fault('SELECT two()') LIKE '%unknown instrument "Two"%' AS deleted;

-- every fault of a definition is reported with its place
CREATE FUNCTION definition(path text, value text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN value IS NULL THEN (d #- path::text[])::text ELSE jsonb_set(d, path::text[], value::jsonb)::text END
	FROM (SELECT '{"name": "Own", "version": "1", "label": "Own", "items": 3, "codes": [1, 2, 3], "reversed": [2], "higher_is": "worse",
		"missing": {"max": 0, "prorate": false}, "source": "made for this test",
		"methods": {"likert": {"map": [0, 1, 2], "map_of": [{"items": [3], "map": [0, 2, 4]}], "range": [0, 8],
			"cutoffs": [{"value": 4, "label": "case"}], "bands": [{"from": 0, "label": "low"}, {"from": 4, "label": "high"}]},
			"table": {"lookup": {"from": 3, "values": [1, 2, 3, 4, 5, 6, 7]}, "range": [1, 7]},
			"all": {"sum_of": ["likert", "part"], "range": [2, 14]}},
		"subscales": {"part": {"items": [1, 2], "range": [2, 6]}}}'::jsonb AS d) x
$$;
CALL mindgap.register_instrument(definition('{notes}', '"valid"')::json);
SELECT * FROM mindgap.instrument_methods('Own');
SELECT mindgap.score('Own', '{3,1,3}'::int[]) AS likert, mindgap.score('Own', '{3,1,3}'::int[], 'table') AS looked_up,
	mindgap.score('Own', '{3,1,3}'::int[], 'all') AS all_parts;

SELECT path, coalesce(value, 'left out') AS value, fault(format('CALL mindgap.register_instrument(%L)', definition(path, value))) AS fault
FROM (VALUES
	('{name}', NULL), ('{name}', '""'), ('{name}', '7'), ('{version}', NULL), ('{source}', NULL), ('{label}', 'null'),
	('{items}', '0'), ('{items}', '2.5'), ('{items}', '1001'), ('{items}', '"3"'), ('{extra}', '1'),
	('{codes}', '[1]'), ('{codes}', '[1, 1, 2]'), ('{codes}', '[3, 2, 1]'), ('{codes,1}', '"2"'), ('{codes}', '{}'), ('{codes}', '[1, 2, 3, 4]'),
	('{reversed}', '[4]'), ('{reversed}', '[0]'), ('{reversed}', '[2, 2]'), ('{higher_is}', '"bad"'),
	('{missing}', NULL), ('{missing,max}', '1'), ('{missing,max}', '3'), ('{missing,prorate}', 'true'), ('{missing,prorate}', '1'),
	('{methods,likert,map}', '[0, 1]'), ('{methods,likert,map,2}', '"2"'), ('{methods,likert,map,2}', 'null'),
	('{methods,likert,map_of,0,items}', '[4]'), ('{methods,likert,map_of,0,map,1}', 'true'), ('{methods,likert,maps}', '[]'),
	('{methods,likert,range}', NULL), ('{methods,likert,range}', '[0, 6]'), ('{methods,likert,range}', '[0]'),
	('{methods,likert,cutoffs,0,value}', '9'), ('{methods,likert,cutoffs,0,label}', NULL), ('{methods,likert,cutoffs}', '[]'),
	('{methods,likert,bands,0,from}', '1'), ('{methods,likert,bands,1,from}', '0'), ('{methods,likert,bands,1,from}', '9'),
	('{methods,likert,multiply}', '0'), ('{methods,likert,round}', '"yes"'), ('{methods,likert,missing}', '{"max": 1, "prorate": false}'),
	('{methods,table,lookup,from}', '2'), ('{methods,table,lookup,values}', '[1, 2]'), ('{methods,table,missing}', '{"max": 1, "prorate": true}'),
	('{methods,table,multiply}', '2'), ('{methods,table,map}', '[0.5, 1, 2]'),
	('{methods,all,sum_of}', '["likert", "other"]'), ('{methods,all,sum_of}', '["part", "part"]'), ('{methods,all,sum_of}', '["all"]'),
	('{methods,all,map}', '[0, 1, 2]'), ('{methods,all,range}', '[0, 14]'),
	('{subscales,part,items}', NULL), ('{subscales,part,items}', '[]'), ('{subscales,likert}', '{"items": [1], "range": [1, 3]}'),
	('{methods}', '[]')) v(path, value);

-- documents that are none
SELECT v.what, fault(format('CALL mindgap.register_instrument(%L)', v.document)) AS fault
FROM (VALUES
	('duplicate key', '{"name": "Own", "name": "Other"}'),
	('duplicate key within', replace(definition('{notes}', '"x"'), '"part": {', '"part": {"items": [1, 2], ')),
	('duplicate method', replace(definition('{notes}', '"x"'), '"methods": {', '"methods": {"likert": {}, ')),
	('no methods', '{"name": "None", "version": "1", "label": "None", "items": 1, "codes": [0, 1], "higher_is": "worse",
		"missing": {"max": 0, "prorate": false}, "source": "made for this test", "methods": {}}'),
	('not an object', '[1, 2]'),
	('an escape that cuts strings', '{"name": "a\u0000b"}'),
	('a megabyte in one string', format('{"name": "%s"}', repeat('x', 1000000))),
	('more than a megabyte', format('{"name": "%s"}', repeat('x', 1100000))),
	('a million keys', format('{"name": "x"%s}', (SELECT string_agg(format(', "k%s": 1', k), '') FROM generate_series(1, 70000) k))),
	('a nesting bomb', '{"name": ' || repeat('[', 3000) || repeat(']', 3000) || '}')) v(what, document);

-- the table keeps its own rules
SELECT fault(q) FROM (VALUES
	('CALL mindgap.register_instrument(NULL)'),
	('INSERT INTO mindgap.instrument_definition (name, definition) SELECT ''Other'', definition FROM mindgap.instrument_definition WHERE name = ''Own'''),
	('UPDATE mindgap.instrument_definition SET shipped = true WHERE name = ''Own'''),
	('UPDATE mindgap.instrument_definition SET definition = ''{}'' WHERE name = ''Own''')) v(q);
SELECT fault('CALL mindgap.register_instrument(mindgap.instrument(''PHQ-9''))') LIKE '23505%' AS name_taken,
	fault('CALL mindgap.register_instrument(replace(mindgap.instrument(''PHQ-9'')::text, ''PHQ-9'', ''phq-9'')::json)') LIKE '23505%' AS in_any_case;

-- a plan cached across a change
PREPARE own AS SELECT mindgap.score('Own', '{3,1,3}'::int[]);
EXECUTE own;
DELETE FROM mindgap.instrument_definition WHERE name = 'Own';
SELECT fault('EXECUTE own') LIKE '%unknown instrument%' AS gone;

-- more instruments in one call site than it keeps
SELECT count(*) AS calls, bool_and(near(mindgap.score(a.instrument, a.items, on_invalid => 'missing'), s.as_int)) AS same
FROM answer a JOIN (SELECT DISTINCT ON (instrument, r) * FROM scored
	WHERE method = (SELECT m.method FROM mindgap.instrument_methods(instrument) m LIMIT 1)) s USING (instrument, r)
WHERE a.instrument <> 'DASS-21' AND r % 7 = 0;

-- parallel workers read the table too
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(mindgap.score('PHQ-9', items, on_invalid => 'missing')) = (SELECT count(as_int) FROM scored WHERE instrument = 'PHQ-9') AS same
FROM answer WHERE instrument = 'PHQ-9';

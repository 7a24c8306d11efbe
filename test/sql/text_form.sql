-- The text form of a survey_summary: exact both ways, and whatever damage a text has suffered it is
-- either refused with invalid_text_representation (22P02) and a detail that says why, or accepted, and
-- then every reader works on it.  Never a crash, never another error.
--
-- The damage is done to texts that the aggregate wrote, so that nothing here depends on their layout
-- beyond the names of some keys.

CREATE TEMP TABLE base (name text, s mindgap.survey_summary);
INSERT INTO base
SELECT 'text subgroups, PSUs and rows', mindgap.survey_agg(i % 5 / 4.0, 'g"\é ' || i % 3, 1 + i % 4 / 8.0, CASE WHEN i % 7 > 0 THEN i % 3 END, CASE WHEN i % 7 > 0 AND i % 4 > 0 THEN i % 5 END)
FROM generate_series(1, 60) i
UNION ALL
SELECT 'integer subgroups, fpc', mindgap.survey_agg(i % 2 = 0, i % 3 - 1, 1 + i % 2, i % 2, i % 5, 10) FROM generate_series(1, 40) i
UNION ALL
SELECT 'bare', mindgap.survey_agg(CASE WHEN i % 5 > 0 THEN i * 0.1 END) FROM generate_series(1, 20) i
UNION ALL
SELECT 'no row counted', mindgap.survey_agg(NULL::float8, 'a', 1, 1, 1)
UNION ALL
SELECT 'no subgroup', mindgap.survey_agg(1.5, NULL::text, 0, 1, 1);

-- 'accepted', 'unusable: ...', or SQLSTATE, with a mark where a detail is missing
CREATE FUNCTION pg_temp.try(t text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s mindgap.survey_summary;
	detail text;
BEGIN
	BEGIN
		s := t::mindgap.survey_summary;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		RETURN SQLSTATE || CASE WHEN detail = '' THEN ' without detail' ELSE '' END;
	END;
	BEGIN
		PERFORM e.* FROM mindgap.estimates(s, lonely_psu => 'adjust') e;
		PERFORM e.* FROM mindgap.estimates(s, 'total', lonely_psu => 'average') e;
		PERFORM e.* FROM mindgap.estimates(s, 'proportion', ci_method => 'logit') e;
		PERFORM e.* FROM mindgap.covariance(s) e;
		PERFORM e.* FROM mindgap.change(s, s, 'odds') e;
		PERFORM e.* FROM mindgap.pairwise_gaps(s) e;
		PERFORM mindgap.gap(s, compare => 'max', reference => 'min'), mindgap.survey_design(s), mindgap.survey_summary_send(s);
	EXCEPTION WHEN invalid_parameter_value THEN
		NULL; -- an fpc below the sample
	END;
	IF s::text::mindgap.survey_summary::text <> s::text THEN
		RETURN 'unusable: another text';
	END IF;
	PERFORM mindgap.rollup(x) FROM unnest(ARRAY[s, s, s]) x;
	RETURN 'accepted';
EXCEPTION WHEN numeric_value_out_of_range THEN
	RETURN 'accepted'; -- sums of numbers near 1e308
WHEN OTHERS THEN
	RETURN 'unusable: ' || SQLSTATE || ' ' || SQLERRM;
END $$;

-- the text with one key's value replaced
CREATE FUNCTION pg_temp.edit(t text, key text, value text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(t, '"' || key || '":("[^"]*"|\[[^]]*\])', '"' || key || '":' || replace(value, '\', '\\'))
$$;

SELECT name, pg_temp.try(s::text) AS as_written, s::text::mindgap.survey_summary::text = s::text AS same_text,
	s::text::json IS NOT NULL AND json_typeof(s::text::json) = 'object' AS is_json, s::text NOT LIKE '% :%' AND s::text NOT LIKE '%: %' AS compact
FROM base;
-- white space and the order of keys do not matter
SELECT name, pg_temp.try(s::text || E' \n\t ') AS space_behind, (E' \n' || s::text)::mindgap.survey_summary::text = s::text AS space_before,
	(SELECT '{' || string_agg(to_json(key) || ' : ' || value, E',\n' ORDER BY key) || '}' FROM json_each(s::text::json))::mindgap.survey_summary::text = s::text AS reordered
FROM base;

-- Cut short anywhere, doubled, with text behind

SELECT name, bool_and(pg_temp.try(left(s::text, n)) = '22P02') AS refused
FROM base, LATERAL generate_series(0, length(s::text) - 1) n
WHERE name <> 'text subgroups, PSUs and rows' OR n % 5 = 0
GROUP BY name, s::text
ORDER BY name;
SELECT damage, pg_temp.try(t) AS result
FROM base, LATERAL (VALUES
	(1, 'twice', s::text || s::text), (2, 'a letter behind', s::text || 'x'), (3, 'a comma behind', s::text || ','), (4, 'a bracket too many', s::text || '}'),
	(5, 'first byte lost', substr(s::text, 2)), (6, 'in an array', '[' || s::text || ']'), (7, 'in an object', '{"a":' || s::text || '}'), (8, 'as a string', to_json(s::text)::text),
	(9, 'empty', ''), (10, 'space', ' '), (11, 'null', 'null'), (12, 'a number', '1'), (13, 'an array', '[]'), (14, 'empty object', '{}'), (15, 'type alone', '{"type":"survey_summary"}'),
	(16, 'single quotes', replace(s::text, '"', '''')), (17, 'upper case', upper(s::text)), (18, 'comment', '/* */' || s::text)
) v(o, damage, t)
WHERE name = 'bare'
ORDER BY o;

-- Every key: left out, twice, and with values of other types

SELECT count(*) AS keys, bool_and(pg_temp.try((SELECT '{' || string_agg(to_json(key) || ':' || value, ',') || '}' FROM json_each(s::text::json) WHERE key <> k)) = '22P02') AS left_out,
	bool_and(pg_temp.try(regexp_replace(s::text, '}$', ',' || to_json(k) || ':' || (s::text::json -> k) || '}')) = '22P02') AS twice,
	bool_and(pg_temp.try(replace(s::text, '"' || k || '":', '"' || upper(k) || '":')) = '22P02') AS upper_case
FROM base, LATERAL json_object_keys(s::text::json) k
WHERE name = 'bare';
SELECT value, string_agg(DISTINCT r, ', ' ORDER BY r) AS results
FROM (SELECT value, pg_temp.try((SELECT '{' || string_agg(to_json(key) || ':' || CASE WHEN key = k THEN v.value ELSE e.value::text END, ',') || '}' FROM json_each(s::text::json) e)) AS r
	FROM base, LATERAL json_object_keys(s::text::json) k,
		unnest('{1,"null",true,"{}","[1]","\"x\"","\"1 x\"","\"\\n\"","[\"a\",1]","[[\"a\"]]","\"0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\""}'::text[]) v(value)
	WHERE name = 'integer subgroups, fpc') q
GROUP BY value
ORDER BY value COLLATE "C";

-- Numbers.  A small summary: two strata of two PSUs, one subgroup in each PSU

CREATE TEMP TABLE small AS
SELECT mindgap.survey_agg(y, g, 1.5, h, c)::text AS t
FROM (VALUES (1.5, 'a', 1, 1), (2.5, 'b', 1, 2), (4, 'a', 2, 1), (8, 'b', 2, 2)) r(y, g, h, c);
SELECT pg_temp.try(t) AS as_written, t::json ->> 'psus' AS psus, t::json ->> 'cell_subgroup' AS cell_subgroup, t::json ->> 'cell_n' AS cell_n, t::json ->> 'cell_w' AS cell_w FROM small;
-- a first weight of the given form; those accepted mean what they say
SELECT number, pg_temp.try(x) AS result
FROM small, unnest(ARRAY['NaN', 'nan', '-nan', 'inf', '-inf', 'Infinity', '1e999', '-1e999', '-1.5', '1.5x', '1,5', '1.5.5', '+1.5', ' 1.5', '1.5 ', '', '-', '1e', '--1', '1_0', '1''', '\u0031', '١'])
	WITH ORDINALITY n(number, i),
	LATERAL pg_temp.edit(t, 'cell_w', '"' || number || ' 1.5 1.5 1.5"') x
ORDER BY i;
SELECT number, pg_temp.try(x) AS result, w = number::float8 AS means_it
FROM small, unnest('{15e-1,1.5E+0,150e-2,0.0015e3,01.5,1.50000000000000000000000001,1e-320,1e300}'::text[]) WITH ORDINALITY n(number, i),
	LATERAL pg_temp.edit(t, 'cell_w', '"' || number || ' 1.5 1.5 1.5"') x, LATERAL (SELECT split_part(x::mindgap.survey_summary::text::json ->> 'cell_w', ' ', 1)::float8) m(w)
ORDER BY i;
-- whole numbers
SELECT number, pg_temp.try(pg_temp.edit(t, 'cell_n', '"' || number || ' 1 1 1"')) AS as_count, pg_temp.try(pg_temp.edit(t, 'strata', '"' || number || ' 2"')) AS as_stratum
FROM small, unnest('{-1,1.5,1e0,0x1,9223372036854775807,9223372036854775808,-9223372036854775808,-9223372036854775809,99999999999999999999,""}'::text[]) WITH ORDINALITY n(number, i)
ORDER BY i;

-- Columns that contradict each other

SELECT damage, pg_temp.try(pg_temp.edit(t, key, value)) AS result
FROM small, (VALUES
	(1, 'another type', 'type', '"moments_summary"'), (2, 'format of the future', 'format', '"2"'), (3, 'format 0', 'format', '"0"'), (4, 'two formats', 'format', '"1 1"'),
	(5, 'unknown flag', 'flags', '"text_subgroups design outcomes magic"'), (6, 'flag twice', 'flags', '"text_subgroups design outcomes outcomes"'), (7, 'two kinds of subgroups', 'flags', '"text_subgroups integer_subgroups design outcomes"'),
	(8, 'labels, but integer subgroups', 'flags', '"integer_subgroups design outcomes"'), (9, 'no outcomes, but sums', 'flags', '"text_subgroups design"'), (10, 'fpc without its numbers', 'fpc', '"-1 -1"'),
	(11, 'fpc without its flag', 'fpc', '"5 5"'), (12, 'null stratum has PSUs', 'flags', '"text_subgroups null_stratum design outcomes"'),
	(13, 'strata not sorted', 'strata', '"2 1"'), (14, 'a stratum twice', 'strata', '"1 1"'), (15, 'a stratum too many', 'strata', '"1 2 3"'), (16, 'a stratum too few', 'strata', '"1"'),
	(17, 'PSUs not sorted', 'psus', '"2 1 1 2"'), (18, 'a PSU twice', 'psus', '"1 1 1 2"'), (19, 'a PSU too many', 'psus', '"1 2 1 2 3"'),
	(20, 'PSUs of strata do not add up', 'stratum_psus', '"2 1"'), (21, 'PSUs of strata add up to more', 'stratum_psus', '"3 3"'), (22, 'a negative number of PSUs', 'stratum_psus', '"5 -1"'), (23, 'and a huge one', 'stratum_psus', '"9223372036854775807 5"'),
	(24, 'cells of PSUs do not add up', 'psu_cells', '"1 1 1 0"'), (25, 'negative', 'psu_cells', '"2 -1 2 1"'), (26, 'a PSU without cells, its neighbour with two', 'psu_cells', '"2 0 1 1"'),
	(27, 'subgroup out of range', 'cell_subgroup', '"0 1 0 2"'), (28, 'negative subgroup', 'cell_subgroup', '"0 1 0 -1"'), (29, 'subgroup beyond 32 bits', 'cell_subgroup', '"0 1 0 4294967296"'),
	(30, 'rows without weight', 'cell_w', '"0 1.5 1.5 1.5"'), (31, 'more nonzero than rows', 'cell_nonzero', '"2 1 1 1"'), (32, 'sums without rows', 'cell_n', '"0 1 1 1"'), (33, 'negative missing', 'cell_missing', '"-1 0 0 0"'),
	(34, 'a weight too many', 'cell_w', '"1.5 1.5 1.5 1.5 1.5"'), (35, 'a weight too few', 'cell_w', '"1.5 1.5 1.5"'), (36, 'rows of a stratum negative', 'stratum_rows', '"-1 0"'),
	(37, 'row cells of no rows', 'stratum_rowcells', '"1 0"'), (38, 'negative skipped', 'skipped', '"-1"'), (39, 'two shifts', 'subgroup_shift', '"1 1 1 1 1 1 1 1 1"'), (40, 'infinite shift', 'subgroup_shift', '"1e999"'),
	(41, 'negative sum of squares', 'subgroup_ss', '"-1 5"'), (42, 'negative weight of a subgroup', 'subgroup_w', '"-3 3"'), (43, 'a subgroup without weight but sums', 'subgroup_w', '"0 3"'),
	(44, 'a label twice', 'subgroups', '["a","a"]'), (45, 'a label is a number', 'subgroups', '["a",1]'), (46, 'a label too many', 'subgroups', '["a","b","c"]'), (47, 'labels are one string', 'subgroups', '"a b"'),
	(48, 'an empty label', 'subgroups', '["","b"]'), (49, 'U+0000', 'subgroups', '["a\u0000","b"]'), (50, 'U+0000 in a number', 'cell_w', '"1.5\u0000 1.5 1.5 1.5"'), (51, 'half a surrogate pair', 'subgroups', '["a\ud83d","b"]'),
	(52, 'surrogates the wrong way round', 'subgroups', '["a\ude00\ud83d","b"]'), (53, 'an escaped letter', 'subgroups', '["\u0061","b"]'), (54, 'an escaped backslash before u0000', 'subgroups', '["\\u0000","b"]'),
	(55, 'a bad escape', 'subgroups', '["\x","b"]'), (56, 'a line feed as it is', 'subgroups', E'["a\n","b"]')
) v(o, damage, key, value)
ORDER BY o;
SELECT pg_temp.try(pg_temp.edit(pg_temp.edit(t, 'psu_cells', '"2 0 1 1"'), 'cell_subgroup', '"0 0 0 1"')) AS cell_twice,
	pg_temp.try(pg_temp.edit(pg_temp.edit(t, 'psu_cells', '"2 0 1 1"'), 'cell_subgroup', '"1 0 0 1"')) AS cells_not_sorted,
	pg_temp.try(regexp_replace(t, '}$', ',"extra":"1"}')) AS unknown_key, pg_temp.try(regexp_replace(t, '}$', ',}')) AS comma,
	pg_temp.try(replace(t, '{', '{"":"",')) AS empty_key
FROM small;
-- escapes mean what they say
SELECT string_agg(e.subgroup, ' ' ORDER BY e.subgroup COLLATE "C") = E'é"/ 😀\t|\\u0041' AS as_meant
FROM small, mindgap.estimates(pg_temp.edit(t, 'subgroups', '["\u00e9\"\/","\ud83d\ude00\t|\\u0041"]')::mindgap.survey_summary) e;

-- Labels in another order: what was sorted in one encoding is not in another.  Accepted, and sorted.

SELECT pg_temp.edit(pg_temp.edit(pg_temp.edit(pg_temp.edit(pg_temp.edit(pg_temp.edit(t, 'subgroups', '["b","a"]'), 'cell_subgroup', '"1 0 1 0"'),
	'subgroup_shift', '"' || split_part(t::json ->> 'subgroup_shift', ' ', 2) || ' ' || split_part(t::json ->> 'subgroup_shift', ' ', 1) || '"'),
	'subgroup_w', '"' || split_part(t::json ->> 'subgroup_w', ' ', 2) || ' ' || split_part(t::json ->> 'subgroup_w', ' ', 1) || '"'),
	'subgroup_mean', '"' || split_part(t::json ->> 'subgroup_mean', ' ', 2) || ' ' || split_part(t::json ->> 'subgroup_mean', ' ', 1) || '"'),
	'subgroup_ss', '"' || split_part(t::json ->> 'subgroup_ss', ' ', 2) || ' ' || split_part(t::json ->> 'subgroup_ss', ' ', 1) || '"')::mindgap.survey_summary::text = t AS one_cell_a_psu
FROM small;
WITH s AS (
	SELECT mindgap.survey_agg(CASE WHEN i % 4 > 0 THEN i % 7 / 8.0 END, chr(64 + i % 5), 1 + i % 3, i % 2, CASE WHEN i % 3 > 0 THEN i % 4 END) AS s FROM generate_series(1, 60) i
), renamed AS (
	-- every label gets another, in reverse order
	SELECT s, replace(replace(replace(replace(replace(s::text, '"A"', '"z"'), '"B"', '"y"'), '"C"', '"x"'), '"D"', '"w"'), '"@"', '"zz"')::mindgap.survey_summary AS r FROM s
)
SELECT count(*) AS subgroups,
	bool_and((a.n, a.n_missing, a.population, a.df, round(a.estimate::numeric, 12), round(a.std_error::numeric, 12), round(a.design_effect::numeric, 10)) IS NOT DISTINCT FROM
		(b.n, b.n_missing, b.population, b.df, round(b.estimate::numeric, 12), round(b.std_error::numeric, 12), round(b.design_effect::numeric, 10))) AS same,
	(SELECT string_agg(subgroup, ' ' ORDER BY i)
		FROM renamed, mindgap.estimates(r)
			WITH ORDINALITY e(subgroup, n, n_missing, population, share, estimate, std_error, conf_low, conf_high, df, design_effect, status, i)) AS sorted
FROM renamed, mindgap.estimates(s) a, mindgap.estimates(r) b
WHERE translate(a.subgroup, 'ABCD', 'zyxw') = b.subgroup OR a.subgroup = '@' AND b.subgroup = 'zz' OR a.subgroup IS NULL AND b.subgroup IS NULL;

-- Bombs

SELECT bomb, pg_temp.try(t) AS result
FROM (VALUES
	(1, '100,000 brackets', repeat('[', 100000)), (2, '100,000 braces', repeat('{"a":', 100000)), (3, 'closed', repeat('[', 100000) || repeat(']', 100000)), (4, '900 levels', repeat('[', 900) || repeat(']', 900)),
	(5, '1 MB of x', repeat('x', 1000000)), (6, '1 MB of backslashes', '"' || repeat('\', 1000001)), (7, '1 MB of digits', repeat('9', 1000000)), (8, 'a key of 1 MB', '{"' || repeat('k', 1000000) || '":"1"}'),
	(9, '100,000 keys', '{' || (SELECT string_agg('"k' || i || '":"1"', ',') FROM generate_series(1, 100000) i) || '}'),
	(10, 'one key 100,000 times', '{' || repeat('"type":"survey_summary",', 100000) || '"format":"1"}')) v(o, bomb, t)
ORDER BY o;
SELECT key, pg_temp.try(pg_temp.edit(t, key, '"' || repeat('1 ', 499999) || '1"')) AS half_a_million_numbers
FROM small, unnest('{subgroup_shift,strata,psus,cell_subgroup,cell_w,row_subgroup,subgroup_w}'::text[]) key;

-- Random damage: 2,000 texts with one to three bytes changed, lost or doubled, or numbers put in.
-- Each is refused with 22P02 or works.

CREATE FUNCTION pg_temp.damaged(t text, seed bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r bigint := seed * 7919 + 12345;
	at int;
BEGIN
	FOR i IN 1 .. 1 + seed % 3 LOOP
		r := (r * 48271 + 11) % 2147483647;
		at := 1 + r % length(t);
		r := (r * 16807 + 11) % 2147483647;
		t := left(t, at - 1) || CASE r % 8
			WHEN 0 THEN chr(33 + (r / 8 % 90)::int) || substr(t, at + 1)
			WHEN 1 THEN substr(t, at + 1)
			WHEN 2 THEN substr(t, at, 1) || substr(t, at)
			WHEN 3 THEN (ARRAY['9', '-', '0', ' ', '.', 'e', '"', '9223372036854775807', '1e308', '-1e308', '4294967296', '1e-308', '\u0000', ',', '{', '[', ']'])[1 + r / 8 % 17] || substr(t, at)
			WHEN 4 THEN chr(48 + (r / 8 % 10)::int) || substr(t, at + 1)
			WHEN 5 THEN chr(48 + (r / 8 % 10)::int) || substr(t, at + 1)
			WHEN 6 THEN substr(t, 1 + (r / 8 % length(t))::int, 20) || substr(t, at)
			WHEN 7 THEN substr(t, at + (r / 8 % 20)::int) END;
	END LOOP;
	RETURN t;
END $$;
SELECT count(*) AS texts, count(*) FILTER (WHERE r = '22P02') + count(*) FILTER (WHERE r = 'accepted') AS refused_or_working, count(*) FILTER (WHERE r = 'accepted') > 20 AS some_accepted,
	string_agg(DISTINCT r, ', ') FILTER (WHERE r <> '22P02' AND r <> 'accepted') AS other
FROM base, generate_series(1, 400) seed, LATERAL (SELECT pg_temp.try(pg_temp.damaged(s::text, seed))) q(r);
-- digits only: the layout stays, the numbers do not
SELECT count(*) AS texts, count(*) FILTER (WHERE r = '22P02') + count(*) FILTER (WHERE r = 'accepted') AS refused_or_working, count(*) FILTER (WHERE r = 'accepted') > 100 AS some_accepted,
	string_agg(DISTINCT r, ', ') FILTER (WHERE r <> '22P02' AND r <> 'accepted') AS other
FROM base, generate_series(1, 400) seed,
	LATERAL (SELECT s::text AS t, position('subgroup_shift":"' IN s::text) AS from_here) q,
	LATERAL (SELECT from_here + (seed * 48271 + 7) % (length(t) - from_here) AS at) a,
	LATERAL (SELECT pg_temp.try(left(t, at::int - 1) || regexp_replace(substr(t, at::int), '[0-9]', (seed % 10)::text))) z(r);

-- What bad, empty and extreme input gets from survey summaries and their readers: the table
-- "What bad input gets" of the design, line by line.  Errors are ours: SQLSTATE, message,
-- detail and hint are printed, never a value of a row.  Nothing of this crashes, is silent, or
-- gives NaN.

\pset format unaligned
\pset null '(null)'

-- what a call raises; the rows it gives otherwise
CREATE FUNCTION pg_temp.result(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	RETURN QUERY EXECUTE 'SELECT q::text FROM (' || query || ') q';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT concat_ws(E'\n', SQLSTATE || ': ' || message, '  detail: ' || nullif(detail, ''), '  hint: ' || nullif(hint, ''));
END $$;

-- survey_agg over rows written as VALUES, with columns y, g, w, h, c, f
CREATE FUNCTION pg_temp.agg(arguments text, data text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.result(format('SELECT mindgap.survey_agg(%s) IS NULL AS is_null FROM (VALUES %s) r(y, g, w, h, c, f)', arguments, data))
$$;

-- estimates of the same, as "subgroup n n_missing population estimate std_error df status"
CREATE FUNCTION pg_temp.estimates(arguments text, data text, options text DEFAULT '') RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.result(format('SELECT subgroup, n, n_missing, population, round(estimate::numeric, 6), round(std_error::numeric, 6),
		round(conf_low::numeric, 6), round(conf_high::numeric, 6), df, status
		FROM mindgap.estimates((SELECT mindgap.survey_agg(%s) FROM (VALUES %s) r(y, g, w, h, c, f))%s)', arguments, data, options))
$$;

\echo '== empty and nearly empty'
SELECT mindgap.survey_agg(1.0) AS bare, mindgap.survey_agg(1.0, 'a', 1, 1, 1, 1) AS full_form, mindgap.survey_agg(true, 1) AS b
WHERE false;
SELECT mindgap.rollup(NULL::mindgap.survey_summary) AS of_null, mindgap.rollup(NULL::mindgap.survey_summary) FILTER (WHERE false) AS of_nothing;
SELECT count(*) AS rows FROM mindgap.estimates(NULL);
SELECT count(*) AS rows FROM mindgap.covariance(NULL);
SELECT count(*) AS rows FROM mindgap.change(NULL, NULL);
SELECT mindgap.contrast(NULL, '{a}', '{1}') AS contrast, mindgap.gap(NULL) AS gap, mindgap.gap_change(NULL, NULL) AS gap_change,
	mindgap.survey_design(NULL::mindgap.survey_summary) AS survey_design;
SELECT count(*) AS rows FROM mindgap.gaps(NULL);
SELECT count(*) AS rows FROM mindgap.pairwise_gaps(NULL);
\echo '-- all outcomes missing'
SELECT pg_temp.estimates('y::float8', '(NULL, 1, 1, 1, 1, 1), (NULL, 1, 1, 1, 1, 1)');
SELECT pg_temp.estimates('y::float8, g, w, h, c', '(NULL, ''a'', 1, 1, 1, 1), (NULL, ''b'', 1, 1, 2, 1)');
\echo '-- all weights NULL; all 0; all subgroups NULL'
SELECT pg_temp.estimates('y, g, w::float8', '(1.5, ''a'', NULL, 1, 1, 1), (2.5, ''a'', NULL, 1, 1, 1)');
SELECT pg_temp.estimates('y, g, w, h, c', '(1.5, ''a'', 0, 1, 1, 1), (2.5, ''a'', 0, 1, 2, 1)');
SELECT pg_temp.estimates('y, g::text', '(1.5, NULL, 1, 1, 1, 1), (2.5, NULL, 1, 1, 1, 1)');
SELECT (mindgap.survey_design(mindgap.survey_agg(y, g, w, h, c))).*
FROM (VALUES (1.5, 'a', NULL, 1, 1), (2.5, 'a', 0.0, 1, 2), (3.5, NULL, 1.0, 2, NULL), (NULL, 'b', 1.0, 2, 4)) r(y, g, w, h, c);
\echo '-- one row; one PSU; one row in each of two PSUs'
SELECT pg_temp.estimates('y', '(1.5, ''a'', 1, 1, 1, 1)');
SELECT pg_temp.estimates('y, g, w, h, c', '(1.5, ''a'', 2, 1, 1, 1), (2.5, ''a'', 2, 1, 1, 1)');
SELECT pg_temp.estimates('y, g, w, h, c', '(1.5, ''a'', 2, 1, 1, 1), (2.5, ''b'', 2, 1, 2, 1)');
\echo '-- all outcomes alike'
SELECT pg_temp.estimates('y, g, w, h, c', '(1.5, ''a'', 2, 1, 1, 1), (1.5, ''a'', 2, 1, 2, 1)');

\echo '== outcome, weight'
SELECT pg_temp.agg('y, g, w, h, c', v) FROM unnest(ARRAY['(''NaN''::float8, ''a'', 1, 1, 1, 1)', '(''Infinity''::float8, ''a'', 1, 1, 1, 1)',
	'(''-Infinity''::float8, NULL, 0, 1, 1, 1)', '(1.5, ''a'', -1, 1, 1, 1)', '(1.5, ''a'', ''NaN''::float8, 1, 1, 1)',
	'(1.5, ''a'', ''Infinity''::float8, 1, 1, 1)', '(NULL::float8, NULL, -1e-300, 1, 1, 1)']) v;
SELECT pg_temp.agg('y', '(''NaN''::float8, 1, 1, 1, 1, 1)');
\echo '-- weight NULL is skipped and counted, 0 only registers its PSU'
SELECT pg_temp.estimates('y, g, w, h, c', '(1, ''a'', 1, 1, 1, 1), (3, ''a'', 1, 1, 2, 1)');
SELECT pg_temp.estimates('y, g, w, h, c', '(1, ''a'', 1, 1, 1, 1), (3, ''a'', 1, 1, 2, 1), (99, ''a'', NULL, 1, 3, 1)');
SELECT pg_temp.estimates('y, g, w, h, c', '(1, ''a'', 1, 1, 1, 1), (3, ''a'', 1, 1, 2, 1), (99, ''a'', 0, 1, 3, 1)');
\echo '-- the largest and smallest numbers'
SELECT pg_temp.agg('y, g, w, h, c', '(1.5, ''a'', 1.7e308, 1, 1, 1), (1.5, ''a'', 1.7e308, 1, 1, 1)');
SELECT pg_temp.agg('y, g, w, h, NULL', '(1e308, ''a'', 1, 1, 1, 1), (-1e308, ''a'', 1, 1, 2, 1)');
SELECT pg_temp.agg('y, g, w, h, c', '(1e200, ''a'', 1, 1, 1, 1), (-1e200, ''a'', 1, 1, 2, 1)');
SELECT pg_temp.result('SELECT mindgap.rollup(s) IS NULL FROM (SELECT mindgap.survey_agg(1.5, 1, 1.7e308) AS s FROM generate_series(1, 2) i GROUP BY i) p');
SELECT pg_temp.estimates('y, g, w, h, c', '(1, ''a'', 1e-300, 1, 1, 1), (3, ''a'', 1e-300, 1, 2, 1)');

\echo '== stratum, psu, fpc'
SELECT pg_temp.agg('y, g, w, h, c', '(1.5, ''a'', 1, NULL::bigint, 1, 1)');
SELECT pg_temp.agg('y, g, w, h, c', '(1.5, ''a'', 1, NULL::bigint, NULL::bigint, 1), (1.5, ''a'', NULL, NULL, 7, 1)');
SELECT pg_temp.agg('y, g, w, h, c, f', '(1.5, ''a'', 1, 1, 1, NULL::float8)');
SELECT pg_temp.agg('y, g, w, h, c, f', v) FROM unnest(ARRAY['(1.5, ''a'', 1, 1, 1, -0.1)', '(1.5, ''a'', 1, 1, 1, ''NaN''::float8)',
	'(1.5, ''a'', 1, 1, 1, ''Infinity''::float8)', '(1.5, ''a'', 1, 1, 1, 10), (1.5, ''a'', 1, 1, 2, 11)',
	'(1.5, ''a'', 1, 1, NULL::bigint, 10), (1.5, ''a'', 1, 1, NULL, 11)', '(1.5, NULL, 0, NULL::bigint, NULL::bigint, 0.5), (1.5, ''a'', 1, NULL, NULL, 0.25)']) v;
-- also in a large state, and between parts
SELECT pg_temp.result('SELECT mindgap.survey_agg(1.0, 1, 1, i % 2, i, CASE WHEN i < 200 THEN 1000 ELSE 1001 END) FROM generate_series(1, 200) i');
SELECT pg_temp.result('SELECT mindgap.rollup(s) FROM (SELECT mindgap.survey_agg(1.0, 1, 1, 1, i, i / 101) AS s FROM generate_series(1, 200) i GROUP BY i / 101) p');
SELECT pg_temp.result('SELECT mindgap.rollup(s) FROM (SELECT mindgap.survey_agg(1.0, 1, 1, 1, i, i) AS s FROM generate_series(1, 2) i GROUP BY i) p');
-- a size below the sample
SELECT pg_temp.estimates('y, g, w, h, c, f', '(1.5, ''a'', 1, 1, 1, 1.5), (1.5, ''a'', 1, 1, 2, 1.5)');
SELECT pg_temp.estimates('y, g, w, h, c, f', '(1.5, ''a'', 1, 1, 1, 2), (2.5, ''a'', 1, 1, 2, 2)');

\echo '== lonely PSUs and degrees of freedom, by policy'
SELECT policy, pg_temp.estimates('y, g, w, h, c', '(1, ''a'', 1, 1, 1, 1), (3, ''a'', 1, 2, 2, 1)', ', lonely_psu => ' || quote_literal(policy)) AS estimate
FROM unnest('{fail,adjust,average,certainty,remove}'::text[]) policy;

\echo '== options'
CREATE TEMP TABLE s AS
SELECT mindgap.survey_agg(y, g, w, h, c) AS s, mindgap.survey_agg(y, k, w, h, c) AS by_integer, mindgap.survey_agg(y, g, w, h, c, 50) AS with_fpc,
	mindgap.survey_agg(y, g, w) AS no_design, mindgap.survey_agg(y) AS bare
FROM (SELECT (i % 4) / 4.0 AS y, 'group ' || i % 12 AS g, i % 12 AS k, 1 + i % 3 AS w, i % 2 AS h, i % 14 AS c FROM generate_series(1, 100) i) r;
SELECT call, pg_temp.result('SELECT count(*) FROM s, mindgap.' || call) AS result
FROM unnest(ARRAY[
	'estimates(s, ''median'')', 'estimates(s, NULL)', 'estimates(s, ''Mean'')', 'estimates(s, level => 0)', 'estimates(s, level => 1)',
	'estimates(s, level => 95)', 'estimates(s, level => -0.5)', 'estimates(s, level => ''NaN'')', 'estimates(s, level => NULL)',
	'estimates(s, lonely_psu => ''ignore'')', 'estimates(s, lonely_psu => NULL)', 'estimates(s, ci_method => ''exact'')',
	'estimates(s, ci_method => NULL)', 'estimates(s, ''total'', ci_method => ''logit'')', 'estimates(s, ''total'', ci_method => ''normal'')',
	'estimates(s, ''total'', level => 0.9999999999)', 'estimates(s, level => 1e-10)',
	'covariance(s, ''sum'')', 'covariance(s, lonely_psu => '''')',
	'contrast(s, ''{group 1}'', ''{1,-1}'')', 'contrast(s, ''{group 1,group 2}'', ''{1}'')', 'contrast(s, ''{group 1,NULL}'', ''{1,-1}'')',
	'contrast(s, ''{group 1,group 2}'', ''{1,NULL}'')', 'contrast(s, ''{group 1,group 2}'', ''{1,NaN}'')',
	'contrast(s, ''{group 1,group 2}'', ''{1,-Infinity}'')', 'contrast(s, ''{{group 1},{group 2}}'', ''{1,-1}'')',
	'contrast(s, ''{group 1,group 2}'', ''{{1,-1}}'')', 'contrast(s, ''{group 1,nowhere}'', ''{1,-1}'')',
	'contrast(s, ''{group 1}'', ''{1}'', scale => ''exp'')', 'contrast(s, ''{group 1}'', ''{1}'', level => 2)',
	'contrast(by_integer, ''{1,01}'', ''{1,-1}'')', 'contrast(s, ''[5:6]={group 1,group 2}'', ''[0:1]={1,-1}'')',
	'change(s, s, ''percent'')', 'change(s, s, level => 7)', 'change(s, s, lonely_psu => ''x'')',
	'change(s, by_integer)', 'change(s, with_fpc)', 'change(s, no_design)', 'change(s, bare)',
	'gap(s)', 'gap(s, NULL)', 'gap(s, compare => ''group 1'')', 'gap(s, compare => ''group 1'', reference => ''group 99'')',
	'gap(s, compare => ''group 1'', reference => ''group 2'', adverse => NULL)', 'gap(s, compare => ''group 1'', reference => ''group 2'', lower => ''NaN'')',
	'gap(s, compare => ''group 1'', reference => ''group 2'', lower => 1, upper => 0)', 'gap(s, compare => ''group 1'', reference => ''group 2'', lower => 1, upper => 1)',
	'gap(s, compare => ''group 1'', reference => ''group 2'', upper => ''Infinity'')', 'gap(s, compare => ''group 1'', reference => ''group 2'', se_method => ''robust'')',
	'gap(s, compare => ''group 1'', reference => ''group 2'', subgroup_order => ''{group 1}'')', 'gap(s, compare => ''group 1'', reference => ''group 2'', subgroup_order => ''{group 1,group 1}'')',
	'gap(s, compare => ''group 1'', reference => ''group 2'', subgroup_order => ''{group 1,nowhere}'')', 'gap(s, compare => ''group 1'', reference => ''group 2'', subgroup_order => ''{NULL}'')',
	'gap_change(s, s)', 'gap_change(s, by_integer)', 'gap_change(s, bare)', 'pairwise_gaps(s, ''nowhere'')', 'pairwise_gaps(s, scale => ''log'')',
	'pairwise_gaps(s, level => 0)']) WITH ORDINALITY u(call, i)
ORDER BY i;
SELECT split_part(pg_temp.result('SELECT mindgap.contrast(s, ' || arguments || ') FROM s'), E'\n', 1) AS result
FROM unnest(ARRAY['NULL, ''{1}''', '''{group 1}'', NULL']) arguments;
SELECT left(pg_temp.result('SELECT mindgap.contrast(s, ''{}'', ''{}'') FROM s'), 5) AS sqlstate;
-- the list of measures grows
SELECT left(pg_temp.result('SELECT mindgap.gap(s, ''differences'') FROM s'), 82) AS result;
\echo '-- a long wrong word is cut, and not within a character'
CREATE FUNCTION pg_temp.is_utf8(t text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN convert_from(convert_to(t, 'UTF8'), 'UTF8') IS NOT NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN false;
END $$;
SELECT i AS place, bool_and(m ~ '^22...: ' AND octet_length(m) < 500) AS cut, bool_and(pg_temp.is_utf8(m)) AS valid
FROM (SELECT i, pg_temp.result(format(q, long)) AS m
	FROM (VALUES (repeat('é', 200)), ('x' || repeat('é', 200)), ('x' || repeat('€', 200)), ('xy' || repeat('€', 200)), ('x' || repeat('😀', 200))) l(long),
		unnest(ARRAY['SELECT mindgap.estimates(s, %L) FROM s', 'SELECT mindgap.contrast(s, ARRAY[%L], ''{1}'') FROM s',
			'SELECT mindgap.gap(s, %L) FROM s', 'SELECT mindgap.contrast(mindgap.survey_agg(1.0, %L), ''{x}'', ''{1}'')',
			'SELECT (''{"'' || %L || ''":"1"}'')::mindgap.survey_summary', 'SELECT (''{"'' || %1$L || ''":"1","'' || %1$L || ''":"1"}'')::mindgap.survey_summary'])
			WITH ORDINALITY u(q, i)) m
GROUP BY i
ORDER BY i;

\echo '== status words in place of numbers'
SELECT call, pg_temp.result('SELECT estimate, status FROM mindgap.' || call) AS result
FROM unnest(ARRAY[
	'contrast((SELECT mindgap.survey_agg(y, g) FROM (VALUES (1.5, ''a''), (NULL, ''b'')) r(y, g)), ''{a,b}'', ''{1,-1}'')',
	'contrast((SELECT mindgap.survey_agg(y, g) FROM (VALUES (1.5, ''a''), (0, ''b''), (0, ''b'')) r(y, g)), ''{a,b}'', ''{1,-1}'', ''log'')',
	'contrast((SELECT mindgap.survey_agg(y, g) FROM (VALUES (0.5, ''a''), (1, ''b''), (1, ''b'')) r(y, g)), ''{a,b}'', ''{1,-1}'', ''logit'')',
	'contrast((SELECT mindgap.survey_agg(y, g, 1, h, h) FROM (VALUES (0.5, ''a'', 1), (1, ''b'', 2)) r(y, g, h)), ''{a,b}'', ''{1,-1}'')',
	'estimates((SELECT mindgap.survey_agg(y) FROM unnest(''{0,1,1.5}''::float8[]) y), ''proportion'')',
	'estimates((SELECT mindgap.survey_agg(y) FROM unnest(''{0,1,-1e-9}''::float8[]) y), ''proportion'')',
	'estimates((SELECT mindgap.survey_agg(y) FROM unnest(''{0,1,0.5}''::float8[]) y), ''proportion'')',
	'gap((SELECT mindgap.survey_agg(y) FROM unnest(''{0,1,0.5}''::float8[]) y))',
	'gap((SELECT mindgap.survey_agg(1.5, ''a'')))',
	'gap((SELECT mindgap.survey_agg(y, g) FROM (VALUES (1.5, ''a''), (NULL, ''b'')) r(y, g)))',
	'pairwise_gaps((SELECT mindgap.survey_agg(y, g) FROM (VALUES (1.5, ''a''), (NULL, ''b'')) r(y, g)))'
	]) WITH ORDINALITY u(call, i)
ORDER BY i;
SELECT conf_low, conf_high, status FROM mindgap.estimates((SELECT mindgap.survey_agg(y) FROM unnest('{0,1,1.5}'::float8[]) y), ci_method => 'wilson');

\echo '== summaries that cannot be combined'
SELECT pair, pg_temp.result(format('SELECT mindgap.rollup(x) FROM (SELECT unnest(ARRAY[%s]) AS x FROM s) q', pair)) AS result
FROM unnest(ARRAY['s, by_integer', 'by_integer, bare', 's, no_design', 'no_design, s', 's, with_fpc', 'with_fpc, s']) WITH ORDINALITY p(pair, i)
ORDER BY i;
-- parts in one large state
SELECT pg_temp.result('SELECT mindgap.rollup(x) FROM (SELECT mindgap.survey_agg(1.0, 1, 1, 1, i) AS x FROM generate_series(1, 100) i
	UNION ALL SELECT mindgap.survey_agg(1.0, 1, 1, 1, -i) FROM generate_series(1, 100) i UNION ALL SELECT mindgap.survey_agg(1.0, ''a'', 1, 1, 1)) q');

\echo '== the parts of the aggregates by themselves'
SELECT pg_temp.result('SELECT ' || call) AS result
FROM unnest(ARRAY['mindgap.survey_accum(NULL, 1.0)', 'mindgap.survey_accum(NULL, 1.0, ''a'', 1, 1, 1, 1)', 'mindgap.survey_accum(NULL, true, 1::bigint)',
	'mindgap.survey_accum((SELECT s FROM s), 1.0, ''a'', 1, 1, 1)',
	'mindgap.survey_final(NULL)', 'mindgap.survey_final((SELECT s FROM s))', 'mindgap.survey_combine(NULL, NULL)',
	'mindgap.survey_combine((SELECT s FROM s), (SELECT s FROM s))', 'mindgap.survey_combine((SELECT s FROM s), NULL)',
	'mindgap.gap_difference_accum(array_fill(0::float8, ''{14}''), 1, true)', 'mindgap.gap_difference_accum(array_fill(0::float8, ''{14}''), 1, true, 1)',
	'mindgap.gap_difference_accum(NULL, 1, true)', 'mindgap.gap_difference_remove(array_fill(0::float8, ''{14}''), 1, true)',
	'mindgap.gap_difference_remove(NULL, 1, true, 1)', 'mindgap.gap_difference_combine(array_fill(0::float8, ''{14}''), array_fill(0::float8, ''{14}''))',
	'mindgap.gap_difference_combine(NULL, ''{}'')', 'mindgap.gap_difference_final(''{}'')', 'mindgap.gap_difference_final(array_fill(0::float8, ''{13}''))',
	'mindgap.gap_difference_final(array_fill(NULL::float8, ''{14}''))', 'mindgap.gap_difference_final(array_fill(0::float8, ''{2,7}''))'])
	WITH ORDINALITY u(call, i)
ORDER BY i;
\echo '-- gap_difference'
SELECT pg_temp.result('SELECT mindgap.gap_difference(' || v || ')')
FROM unnest(ARRAY['''NaN'', true', '''Infinity'', false', '1, true, -1', '1, true, ''NaN''', '1, true, ''Infinity''', '1, true', 'NULL, true, 1', '1, NULL, 1', '1, true, NULL']) WITH ORDINALITY u(v, i)
ORDER BY i;
SELECT pg_temp.result('SELECT mindgap.gap_difference(y, d) FROM (VALUES (1.5e308, true), (1.5e308, true), (0, false)) r(y, d)');
SELECT pg_temp.result('SELECT mindgap.gap_difference(y, d, w) FROM (VALUES (1e200, true, 1e200), (0, false, 1)) r(y, d, w)');
SELECT mindgap.gap_difference(1, true) AS empty FROM generate_series(1, 0);

\echo '== no message prints a value of a row'
SELECT count(*) AS calls, count(*) FILTER (WHERE m ~ '^[0-9A-Z]{5}: ') AS errors, count(*) FILTER (WHERE m ~ '8642|secret') AS with_a_value
FROM (SELECT pg_temp.result(q) AS m
	FROM unnest(ARRAY[
		'SELECT mindgap.survey_agg(8642.5, ''secret'', -8642) ',
		'SELECT mindgap.survey_agg(8642.5, ''secret'', ''Infinity'') ',
		'SELECT mindgap.survey_agg(''NaN''::float8, ''secret'', 8642)',
		'SELECT mindgap.survey_agg(8642.5, ''secret'', 1, NULL, 8642)',
		'SELECT mindgap.survey_agg(8642.5, ''secret'', 1, 8642, 8642, NULL)',
		'SELECT mindgap.survey_agg(8642.5, ''secret'', 1, 8642, 8642, -8642)',
		'SELECT mindgap.survey_agg(8642.5, ''secret'', 1, 8642, 8642, 8642 + i) FROM generate_series(1, 2) i',
		'SELECT mindgap.survey_agg(8642.5e300 * i, ''secret'', 1e300) FROM generate_series(1, 2) i',
		'SELECT mindgap.estimates(mindgap.survey_agg(8642.5, ''secret'', 1, 8642, i, 1.8642)) FROM generate_series(1, 8642) i',
		'SELECT mindgap.estimates(mindgap.survey_agg(8642.5, ''secret''), ''nothing'')',
		'SELECT mindgap.rollup(s) FROM (SELECT mindgap.survey_agg(8642, ''secret'') AS s UNION ALL SELECT mindgap.survey_agg(8642, 8642)) r',
		'SELECT mindgap.gap_difference(''Infinity'', true, 8642)',
		'SELECT mindgap.gap_difference(8642, true, -8642)',
		'SELECT mindgap.gap_difference(8642e300, true, 8642e300)'
		]) q) m;

-- The parts of our aggregates are SQL functions, so that anybody may build an aggregate of his own from
-- them, with other initial values, and without those that ours have.  Whatever comes of it, a result or an
-- error, the server lives.  Expected: no error here but ours, and where a result is well defined, that result.

\pset null '(null)'

CREATE FUNCTION pg_temp.result(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	RETURN QUERY EXECUTE 'SELECT q::text FROM (' || query || ') q';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN NEXT 'an error' || CASE WHEN hint = '' AND SQLSTATE <> '22P02' THEN ' without hint: ' || SQLERRM ELSE '' END;
END $$;

CREATE SCHEMA own;

-- survey_agg without final function, without combine function, started from another summary

CREATE AGGREGATE own.no_final(float8, text, float8, bigint, bigint) (SFUNC = mindgap.survey_accum, STYPE = mindgap.survey_summary);
CREATE TABLE own.d AS SELECT i, i % 7 / 7.0 AS y, 'g' || i % 3 AS g, 1 + i % 4 AS w, i % 3 AS h, i % 90 AS c FROM generate_series(1, 400) i;
SELECT bool_and(a.estimate = b.estimate AND a.std_error = b.std_error) AS large
FROM mindgap.estimates((SELECT own.no_final(y, g, w, h, c) FROM own.d)) a, mindgap.estimates((SELECT mindgap.survey_agg(y, g, w, h, c) FROM own.d)) b
WHERE a.subgroup = b.subgroup;
SELECT bool_and(a.estimate = b.estimate AND a.std_error = b.std_error) AS small
FROM mindgap.estimates((SELECT own.no_final(y, g, w, h, c) FROM own.d WHERE i < 20)) a, mindgap.estimates((SELECT mindgap.survey_agg(y, g, w, h, c) FROM own.d WHERE i < 20)) b
WHERE a.subgroup = b.subgroup;
-- such a value may be kept, copied, stored, merged and used again
CREATE TABLE own.s (k int, s mindgap.survey_summary);
INSERT INTO own.s SELECT h, own.no_final(y, g, w, h, c) FROM own.d GROUP BY h;
INSERT INTO own.s SELECT h, own.no_final(y, g, w, h, c) FROM own.d GROUP BY GROUPING SETS ((h), ()) ;
DO $$
DECLARE
	a mindgap.survey_summary;
	b mindgap.survey_summary;
	many mindgap.survey_summary[];
BEGIN
	SELECT own.no_final(y, g, w, h, c) INTO a FROM own.d;
	FOR i IN 1 .. 8 LOOP
		b := a;
		many := many || b;
		SELECT mindgap.rollup(x) INTO a FROM unnest(ARRAY[b, a]) x;
		many[1] := a;
	END LOOP;
	INSERT INTO own.s SELECT 100 + i, many[i] FROM generate_subscripts(many, 1) i;
END $$;
SELECT count(*) AS stored, sum((mindgap.survey_design(s)).rows_counted) AS rows FROM own.s;
SELECT count(*) AS frames, sum((mindgap.survey_design(s)).rows_counted) AS rows FROM (SELECT own.no_final(y, g, w, h, c) OVER (ORDER BY i ROWS 120 PRECEDING) AS s FROM own.d) f;

CREATE TABLE own.start AS
SELECT mindgap.survey_agg(1.5, 'a', 1, 1, 1)::text AS t, 'text' AS kind
UNION ALL SELECT mindgap.survey_agg(1.5, 7)::text, 'integer'
UNION ALL SELECT mindgap.survey_agg(1.5)::text, 'bare'
UNION ALL SELECT mindgap.survey_agg(1.5, 7, 1, 1, 1, 20)::text, 'fpc'
UNION ALL SELECT mindgap.survey_agg(i, i, 1, i, i)::text, 'large' FROM generate_series(1, 200) i
UNION ALL SELECT mindgap.survey_agg(NULL::float8, NULL::text, 0)::text, 'empty';
DO $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT * FROM own.start LOOP
		EXECUTE format('CREATE AGGREGATE own.by_text_%s(float8, text) (SFUNC = mindgap.survey_accum, STYPE = mindgap.survey_summary, FINALFUNC = mindgap.survey_final, INITCOND = %L)', r.kind, r.t);
		EXECUTE format('CREATE AGGREGATE own.by_integer_%s(boolean, bigint, float8, bigint, bigint, float8) (SFUNC = mindgap.survey_accum, STYPE = mindgap.survey_summary, FINALFUNC = mindgap.survey_final, INITCOND = %L)', r.kind, r.t);
		EXECUTE format('CREATE AGGREGATE own.merge_%s(mindgap.survey_summary) (SFUNC = mindgap.survey_combine, STYPE = mindgap.survey_summary, FINALFUNC = mindgap.survey_final, INITCOND = %L)', r.kind, r.t);
	END LOOP;
END $$;
-- results or errors, but the server lives, and what it gives is readable or said to be damaged
SELECT count(*) AS calls, count(*) FILTER (WHERE r LIKE 'an error without hint%') AS without_hint
FROM own.start, unnest(ARRAY['own.by_text_%s(y, g)', 'own.by_integer_%s(y > 0.5, i, w, h, c, 500)', 'own.merge_%s(s)']) call,
	unnest(ARRAY['(%s IS NULL)', '(mindgap.survey_design(%s)).rows_counted > 0', '(SELECT count(*) FROM mindgap.estimates(%s))', '(%s)::text IS NULL']) reader,
	LATERAL pg_temp.result(format('SELECT %s FROM %s', format(reader, format(call, kind)), CASE WHEN call LIKE '%merge%' THEN 'own.s' ELSE 'own.d' END)) r;
SELECT pg_temp.result(format('SELECT (mindgap.survey_design(own.by_text_%s(y, g))).rows_counted FROM own.d', kind)) AS started FROM own.start WHERE kind = 'text';

-- gap_difference without initial value, or with another.  ours starts from fourteen zeros

CREATE AGGREGATE own.gap_none(float8, boolean) (SFUNC = mindgap.gap_difference_accum, STYPE = float8[]);
CREATE AGGREGATE own.gap_none(float8, boolean, float8) (SFUNC = mindgap.gap_difference_accum, STYPE = float8[], FINALFUNC = mindgap.gap_difference_final);
CREATE AGGREGATE own.gap_moving(float8, boolean) (SFUNC = mindgap.gap_difference_accum, STYPE = float8[], MSFUNC = mindgap.gap_difference_accum, MINVFUNC = mindgap.gap_difference_remove, MSTYPE = float8[],
	FINALFUNC = mindgap.gap_difference_final, MFINALFUNC = mindgap.gap_difference_final);
CREATE AGGREGATE own.gap_merge(float8[]) (SFUNC = mindgap.gap_difference_combine, STYPE = float8[], FINALFUNC = mindgap.gap_difference_final);
DO $$
DECLARE
	starts text[] := ARRAY['{}', '{0}', '{0,0,0,0,0,0,0,0,0,0,0,0,0}', '{NULL,0,0,0,0,0,0,0,0,0,0,0,0,0}', '{{0,0,0,0,0,0,0},{0,0,0,0,0,0,0}}', '[3:20]={0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}',
		'{NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN}', '{-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1}', '{Infinity,0,0,0,0,0,0,0,0,0,0,0,0,0}'];
BEGIN
	FOR i IN 1 .. array_length(starts, 1) LOOP
		EXECUTE format('CREATE AGGREGATE own.gap_from_%s(float8, boolean) (SFUNC = mindgap.gap_difference_accum, STYPE = float8[], FINALFUNC = mindgap.gap_difference_final, INITCOND = %L)', i, starts[i]);
	END LOOP;
END $$;
SELECT count(*) AS calls, count(*) FILTER (WHERE r LIKE 'an error without hint%') AS without_hint
FROM generate_series(1, 9) i, LATERAL pg_temp.result(format('SELECT own.gap_from_%s(y, h = 1) IS NULL FROM own.d', i)) r;
SELECT own.gap_from_6(y, h = 1) = mindgap.gap_difference(y, h = 1) AS another_lower_bound FROM own.d;
-- the merge of nothing, of one state, of states of the wrong length
SELECT call, pg_temp.result('SELECT ' || call) AS result
FROM unnest(ARRAY['own.gap_merge(NULL)', 'own.gap_merge(x) FROM unnest(ARRAY[NULL, NULL]::text[]) t, LATERAL (SELECT t::float8[]) q(x)', 'own.gap_merge(ARRAY[1.5])', 'own.gap_merge(x) FROM (VALUES (array_fill(0::float8, ''{14}'')), (array_fill(0::float8, ''{13}''))) v(x)']) call;
-- and no initial value at all
SELECT call, pg_temp.result('SELECT (' || call || ') IS NULL FROM own.d') IN ('(t)', '(f)', 'an error') AS lives
FROM unnest(ARRAY['own.gap_none(y, h = 1)', 'own.gap_none(y, h = 1, w)', 'own.gap_none(NULL, h = 1)', 'own.gap_none(y, h = 1) OVER ()', 'own.gap_moving(y, h = 1)', 'own.gap_moving(y, h = 1) OVER (ORDER BY i ROWS 2 PRECEDING)']) call;

SET client_min_messages = warning;
DROP SCHEMA own CASCADE;

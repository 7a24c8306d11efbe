-- What train_model reads: a source is one name or one query; columns become numbers and indicators of levels; odd names stay
-- names.  Expected x are written out by hand.
\set VERBOSITY default
CREATE TYPE pace AS ENUM ('slow', 'fast');
CREATE DOMAIN years AS int CHECK (VALUE > 0);
CREATE TABLE source (
    id bigint,
    outcome float8,
    "a b" numeric,
    "x""y" text,
    "drop table source; --" boolean,
    source pace,
    age years,
    born date,
    seen timestamptz,
    code char(3),
    w float8
);
INSERT INTO source VALUES
    (1, 1.5, 10, 'north', true, 'slow', 30, '1970-01-01', '1970-01-01 00:00+00', 'a', 1),
    (2, 2.5, NULL, 'it''s', false, 'fast', 40, '1971-01-01', '2001-01-01 00:00+00', 'b', 2),
    (3, NULL, 30, 'not counted', true, 'fast', 50, '1972-01-01', NULL, 'c', 1),
    (4, 3.5, 40, NULL, NULL, 'fast', 60, NULL, '1970-01-01 12:00+00', 'a', 1),
    (5, 4.5, 50, 'weight 0', true, 'slow', 70, '1970-01-02', '1970-01-01 00:00+00', 'b', 0),
    (6, 5.5, 60, 'north', false, 'fast', 80, '1970-01-01', '1970-01-01 00:00+00', '', 1);

-- levels are sorted bytewise, those of rows that do not count are none
SELECT variables FROM mindgap.training_query('source', 'outcome', weight => 'w', person => 'id');
SELECT query FROM mindgap.training_query('source', 'outcome', weight => 'w', person => 'id') \gset
CREATE VIEW row_read AS :query;
SELECT person, outcome, weight, x FROM row_read ORDER BY person;
-- the epoch is 1970, a year has 365.25 days
SELECT person, (1970 + extract(epoch FROM born) / 31557600)::numeric(12, 6) = x[11]::numeric(12, 6) AS born,
    (1970 + extract(epoch FROM seen) / 31557600)::numeric(12, 6) = x[12]::numeric(12, 6) AS seen
FROM row_read JOIN source ON id = person ORDER BY person;
DROP VIEW row_read;

-- every level of a column but NULL is 1 on its own rows: as PostgreSQL compares, and as JSON says
SELECT query FROM mindgap.training_query('source', 'outcome', ARRAY['code', 'x"y', 'drop table source; --', 'source']) \gset
SELECT variables FROM mindgap.training_query('source', 'outcome', ARRAY['code', 'x"y', 'drop table source; --', 'source']);
SELECT count(*), sum(n) FROM (SELECT (SELECT sum(e) FROM unnest(x) e) AS n FROM (:query) r WHERE outcome IS NOT NULL) r;
SELECT array_agg(DISTINCT to_jsonb(s) ->> 'code') FROM source s;

-- strict: a row with a NULL predictor is none
SELECT query FROM mindgap.training_query('source', 'outcome', ARRAY['x"y', 'a b'], missing => 'strict') \gset
SELECT outcome, x FROM (:query) r ORDER BY outcome;

-- the source is a view, a materialized view, a temporary table, a partitioned one, a query, a CTE, VALUES, TABLE
CREATE VIEW source_view AS SELECT outcome, "a b" FROM source;
CREATE MATERIALIZED VIEW source_stored AS SELECT outcome, "a b" FROM source;
CREATE TEMP TABLE source_temp AS SELECT outcome, "a b" FROM source;
CREATE TABLE "Source.Parted" (outcome float8, "a b" float8) PARTITION BY LIST (outcome);
CREATE TABLE source_part PARTITION OF "Source.Parted" DEFAULT;
INSERT INTO "Source.Parted" SELECT outcome, "a b" FROM source;
DO $$
DECLARE
    src text;
    q text;
    n int;
BEGIN
    FOREACH src IN ARRAY ARRAY['source_view', 'source_stored', 'source_temp', 'pg_temp.source_temp', ' public . source_view ', 'PUBLIC.Source_View',
        '"Source.Parted"', 'public."Source.Parted"', 'SELECT outcome, "a b" FROM source', 'SELECT outcome, "a b" FROM source;',
        'SELECT outcome, "a b" FROM source -- a comment', '/* ; */ SELECT outcome, "a b" FROM source /* ; */ ; -- another',
        'WITH s AS (SELECT outcome, "a b" FROM source) SELECT * FROM s', 'TABLE source_view', '(SELECT outcome, "a b" FROM source)',
        'SELECT outcome, "a b" FROM source WHERE id < 3 UNION ALL SELECT outcome, "a b" FROM source WHERE id >= 3 ORDER BY 1 LIMIT 100',
        'VALUES (1.5, 10), (2.5, NULL), (NULL, 30), (3.5, 40), (4.5, 50), (5.5, 60)']
    LOOP
        SELECT query INTO q FROM mindgap.training_query(src, CASE WHEN src LIKE 'VALUES%' THEN 'column1' ELSE 'outcome' END);
        EXECUTE format('SELECT count(*) FROM (%s) r WHERE x[1] IS NOT NULL', q) INTO n;
        IF n <> 5 THEN
            RAISE EXCEPTION '% rows from %', n, src;
        END IF;
    END LOOP;
END
$$;

-- what is left out is named
CREATE TABLE wide AS
SELECT i::float8 AS outcome, 'note ' || i AS note, ARRAY[i] AS list, '{}'::jsonb AS doc, i * interval '1 day' AS span, i % 2 AS odd, point(i, i) AS place
FROM generate_series(1, 60) i;
SELECT variables FROM mindgap.training_query('wide', 'outcome');
SELECT cardinality(variables) FROM mindgap.training_query('wide', 'outcome', ARRAY['note'], max_levels => 60);

-- one query, and nothing but a query
SELECT mindgap.training_query('SELECT 1 AS outcome; DROP TABLE source', 'outcome');
SELECT mindgap.training_query('source) s; DROP TABLE source; --', 'outcome');
SELECT mindgap.training_query('DELETE FROM source RETURNING outcome', 'outcome');
SELECT mindgap.training_query('', 'outcome');
SELECT mindgap.training_query('public.source.outcome.extra.names', 'outcome');
\set VERBOSITY sqlstate
-- PostgreSQL's own errors: data-modifying WITH, SELECT INTO, no such table, syntax, parameters
SELECT mindgap.training_query('WITH d AS (DELETE FROM source RETURNING *) SELECT * FROM d', 'outcome');
SELECT mindgap.training_query('SELECT outcome, age INTO stolen FROM source', 'outcome');
SELECT mindgap.training_query('nowhere', 'outcome');
SELECT mindgap.training_query('nowhere.at_all', 'outcome');
SELECT mindgap.training_query('SELECT FROM FROM', 'outcome');
SELECT mindgap.training_query('SELECT outcome, $1::int AS a FROM source', 'outcome');
SELECT mindgap.training_query('SELECT outcome, source FROM source FOR UPDATE', 'outcome');
\set VERBOSITY default

-- wrong calls
SELECT mindgap.training_query(NULL, 'outcome');
SELECT mindgap.training_query('source', NULL);
SELECT mindgap.training_query('source', 'nothing');
SELECT mindgap.training_query('source', 'outcome', weight => 'heavy');
SELECT mindgap.training_query('source', 'born');
SELECT mindgap.training_query('source', 'drop table source; --');
SELECT variables[1] FROM mindgap.training_query('source', 'drop table source; --', ARRAY['age'], 'binomial');
SELECT mindgap.training_query('source', 'outcome', weight => 'x"y');
SELECT mindgap.training_query('source', 'outcome', person => 'a b');
SELECT mindgap.training_query('source', 'outcome', ARRAY['outcome']);
SELECT mindgap.training_query('source', 'outcome', ARRAY['age', 'age']);
SELECT mindgap.training_query('source', 'outcome', '{}');
SELECT mindgap.training_query('source', 'outcome', ARRAY['age', NULL]);
SELECT mindgap.training_query('wide', 'outcome', ARRAY['list']);
SELECT mindgap.training_query('wide', 'outcome', ARRAY['note']);
SELECT mindgap.training_query('SELECT 1 AS outcome, 2 AS a, 3 AS a', 'outcome');
SELECT mindgap.training_query('SELECT 1 AS outcome', 'outcome');
SELECT mindgap.training_query('SELECT 1 AS outcome, ''a'' AS a WHERE false', 'outcome');
SELECT mindgap.training_query('source', 'outcome', family => 'poisson');
SELECT mindgap.training_query('source', 'outcome', missing => 'guess');
SELECT mindgap.training_query('source', 'outcome', max_levels => 0);

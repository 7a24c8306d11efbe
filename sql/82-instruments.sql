-- Instruments: the table of definitions, scores, cases, bands.

CREATE TABLE @extschema@.instrument_definition (
    name text PRIMARY KEY,
    definition json NOT NULL,
    shipped boolean NOT NULL DEFAULT false
);
-- names compare without regard to case
CREATE UNIQUE INDEX instrument_definition_any_case ON @extschema@.instrument_definition (pg_catalog.lower(name COLLATE pg_catalog."C"));

COMMENT ON TABLE @extschema@.instrument_definition IS
    'Instruments (questionnaires) and how they are scored, one JSON document each. Add one with CALL mindgap.register_instrument(definition), which needs the right to INSERT here.';
COMMENT ON COLUMN @extschema@.instrument_definition.name IS 'Name of the instrument, taken from the definition.';
COMMENT ON COLUMN @extschema@.instrument_definition.definition IS 'The definition, checked when it is written.';
COMMENT ON COLUMN @extschema@.instrument_definition.shipped IS 'Whether the extension brought it. The others are the users'' own, and are dumped.';
COMMENT ON INDEX @extschema@.instrument_definition_any_case IS 'Two instruments may not differ by upper and lower case alone.';
COMMENT ON INDEX @extschema@.instrument_definition_pkey IS 'One definition a name.';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.instrument_definition', 'WHERE NOT shipped');
GRANT SELECT ON @extschema@.instrument_definition TO PUBLIC;

CREATE FUNCTION @extschema@.instrument_check() RETURNS trigger
    LANGUAGE C AS 'MODULE_PATHNAME', 'mindgap_instrument_check';
COMMENT ON FUNCTION @extschema@.instrument_check() IS 'Trigger of instrument_definition: refuses a definition that is not valid.';
CREATE FUNCTION @extschema@.instrument_changed() RETURNS trigger
    LANGUAGE C AS 'MODULE_PATHNAME', 'mindgap_instrument_changed';
COMMENT ON FUNCTION @extschema@.instrument_changed() IS 'Trigger of instrument_definition: every session reads the definitions again.';

CREATE TRIGGER instrument_check BEFORE INSERT OR UPDATE ON @extschema@.instrument_definition
    FOR EACH ROW EXECUTE FUNCTION @extschema@.instrument_check();
CREATE TRIGGER instrument_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @extschema@.instrument_definition
    FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.instrument_changed();
-- where rows arrive by replication too
ALTER TABLE @extschema@.instrument_definition ENABLE ALWAYS TRIGGER instrument_changed;

CREATE PROCEDURE @extschema@.register_instrument(definition json)
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS 'INSERT INTO @extschema@.instrument_definition (definition) VALUES (register_instrument.definition)';
COMMENT ON PROCEDURE @extschema@.register_instrument(json) IS
    'Adds an instrument of your own. Needs the right to INSERT into mindgap.instrument_definition, which the owner grants.';

CREATE FUNCTION @extschema@.instrument(name text) RETURNS json
    LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_instrument';
COMMENT ON FUNCTION @extschema@.instrument(text) IS 'The definition of an instrument, a JSON document.';

CREATE FUNCTION @extschema@.instruments() RETURNS TABLE (
    instrument text,
    version text,
    label text,
    items int,
    methods text[],
    score_min float8,
    score_max float8,
    higher_is text,
    cutoff float8,
    source text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 30 AS 'MODULE_PATHNAME', 'mindgap_instruments';
COMMENT ON FUNCTION @extschema@.instruments() IS
    'The instruments that can be scored. Range and cut-off are those of the first method; NULL where there are only subscales.';

CREATE FUNCTION @extschema@.instrument_methods(instrument text) RETURNS TABLE (
    method text,
    label text,
    items int,
    score_min float8,
    score_max float8,
    higher_is text,
    cutoff float8,
    cutoffs text,
    bands text,
    max_missing int
)
    LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'mindgap_instrument_methods';
COMMENT ON FUNCTION @extschema@.instrument_methods(text) IS
    'The methods and subscales of an instrument: items, range, direction, cut-offs, bands, and how many answers may be missing (NULL: each part has its own rule).';

CREATE FUNCTION @extschema@.score(
    instrument text,
    items int[],
    method text DEFAULT NULL,
    on_invalid text DEFAULT 'error',
    code_base int DEFAULT NULL
) RETURNS float8
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_score';
COMMENT ON FUNCTION @extschema@.score(text, int[], text, text, int) IS
    'Score of one person''s answers, in the order of the questionnaire; a missing answer is NULL, never 0. method: NULL is the first. on_invalid: error or missing. code_base: the lowest code in the data.';
CREATE FUNCTION @extschema@.score(
    instrument text,
    items smallint[],
    method text DEFAULT NULL,
    on_invalid text DEFAULT 'error',
    code_base int DEFAULT NULL
) RETURNS float8
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_score';
COMMENT ON FUNCTION @extschema@.score(text, smallint[], text, text, int) IS
    'Score of one person''s answers, in the order of the questionnaire; a missing answer is NULL, never 0. method: NULL is the first. on_invalid: error or missing. code_base: the lowest code in the data.';
CREATE FUNCTION @extschema@.score(
    instrument text,
    items float8[],
    method text DEFAULT NULL,
    on_invalid text DEFAULT 'error',
    code_base int DEFAULT NULL
) RETURNS float8
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_score';
COMMENT ON FUNCTION @extschema@.score(text, float8[], text, text, int) IS
    'Score of one person''s answers, in the order of the questionnaire; a missing answer is NULL, never 0. method: NULL is the first. on_invalid: error or missing. code_base: the lowest code in the data.';

CREATE FUNCTION @extschema@.score_detail(
    instrument text,
    items int[],
    method text DEFAULT NULL,
    on_invalid text DEFAULT 'error',
    code_base int DEFAULT NULL,
    OUT score float8,
    OUT n_missing int,
    OUT is_case boolean,
    OUT band text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_score_detail';
COMMENT ON FUNCTION @extschema@.score_detail(text, int[], text, text, int) IS
    'Score of one person''s answers, how many are missing, whether it is a case by the method''s first cut-off, and its band.';
CREATE FUNCTION @extschema@.score_detail(
    instrument text,
    items smallint[],
    method text DEFAULT NULL,
    on_invalid text DEFAULT 'error',
    code_base int DEFAULT NULL,
    OUT score float8,
    OUT n_missing int,
    OUT is_case boolean,
    OUT band text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_score_detail';
COMMENT ON FUNCTION @extschema@.score_detail(text, smallint[], text, text, int) IS
    'Score of one person''s answers, how many are missing, whether it is a case by the method''s first cut-off, and its band.';
CREATE FUNCTION @extschema@.score_detail(
    instrument text,
    items float8[],
    method text DEFAULT NULL,
    on_invalid text DEFAULT 'error',
    code_base int DEFAULT NULL,
    OUT score float8,
    OUT n_missing int,
    OUT is_case boolean,
    OUT band text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_score_detail';
COMMENT ON FUNCTION @extschema@.score_detail(text, float8[], text, text, int) IS
    'Score of one person''s answers, how many are missing, whether it is a case by the method''s first cut-off, and its band.';

CREATE FUNCTION @extschema@.is_case(
    instrument text,
    score float8,
    method text DEFAULT NULL,
    cutoff float8 DEFAULT NULL
) RETURNS boolean
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_is_case';
COMMENT ON FUNCTION @extschema@.is_case(text, float8, text, float8) IS
    'Whether a score is at the cut-off or on its bad side. The method must be named where the instrument has several. cutoff: NULL is the method''s first.';

CREATE FUNCTION @extschema@.band(
    instrument text,
    score float8,
    method text DEFAULT NULL
) RETURNS text
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_band';
COMMENT ON FUNCTION @extschema@.band(text, float8, text) IS
    'The published band that a score falls in; NULL where there are none. The method must be named where the instrument has several.';

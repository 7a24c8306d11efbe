-- survey_agg, rollup and keys.

CREATE FUNCTION @extschema@.key(text) RETURNS bigint
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_key_text';
COMMENT ON FUNCTION @extschema@.key(text) IS
    'A 64-bit key for an identifier that is not an integer: the first 8 bytes of SHA-256 of its UTF-8 form, the same on every server.';

CREATE FUNCTION @extschema@.key(uuid) RETURNS bigint
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_key_uuid';
COMMENT ON FUNCTION @extschema@.key(uuid) IS
    'A 64-bit key for a UUID: the first 8 bytes of SHA-256 of its 16 bytes, the same on every server.';

CREATE FUNCTION @extschema@.survey_final(state @extschema@.survey_summary) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_final';
COMMENT ON FUNCTION @extschema@.survey_final(@extschema@.survey_summary) IS 'Part of the aggregates survey_agg and rollup.';

CREATE FUNCTION @extschema@.survey_combine(state @extschema@.survey_summary, summary @extschema@.survey_summary) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_combine';
COMMENT ON FUNCTION @extschema@.survey_combine(@extschema@.survey_summary, @extschema@.survey_summary) IS 'Part of the aggregates survey_agg and rollup.';

CREATE AGGREGATE @extschema@.rollup(summary @extschema@.survey_summary) (
    SFUNC = @extschema@.survey_combine,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.survey_summary) IS
    'Merges survey summaries of parts of one sample (workers, partitions, regions, shards) into the summary of the whole.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_float8';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, float8) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome float8) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(float8) IS
    'Summarises an outcome (a number; NULL is missing); every row is its own sampling unit.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome float8, subgroup text) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_float8_text';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, float8, text) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome float8, subgroup text) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(float8, text) IS
    'Summarises an outcome (a number; NULL is missing) by subgroup (name; NULL is outside the domain); every row is its own sampling unit.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome float8, subgroup text, weight float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_float8_text';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, float8, text, float8) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome float8, subgroup text, weight float8) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(float8, text, float8) IS
    'Summarises an outcome (a number; NULL is missing) by subgroup (name; NULL is outside the domain), weighted; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome float8, subgroup text, weight float8, stratum bigint, psu bigint) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_float8_text';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, float8, text, float8, bigint, bigint) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome float8, subgroup text, weight float8, stratum bigint, psu bigint) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(float8, text, float8, bigint, bigint) IS
    'Summarises an outcome (a number; NULL is missing) by subgroup (name; NULL is outside the domain), weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself).';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome float8, subgroup text, weight float8, stratum bigint, psu bigint, fpc float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_float8_text';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, float8, text, float8, bigint, bigint, float8) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome float8, subgroup text, weight float8, stratum bigint, psu bigint, fpc float8) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(float8, text, float8, bigint, bigint, float8) IS
    'Summarises an outcome (a number; NULL is missing) by subgroup (name; NULL is outside the domain), weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself) and finite population correction (units in the stratum''s population, or sampling rate).';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome float8, subgroup bigint) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_float8_int8';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, float8, bigint) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome float8, subgroup bigint) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(float8, bigint) IS
    'Summarises an outcome (a number; NULL is missing) by subgroup (integer, in that order; NULL is outside the domain); every row is its own sampling unit.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome float8, subgroup bigint, weight float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_float8_int8';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, float8, bigint, float8) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome float8, subgroup bigint, weight float8) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(float8, bigint, float8) IS
    'Summarises an outcome (a number; NULL is missing) by subgroup (integer, in that order; NULL is outside the domain), weighted; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome float8, subgroup bigint, weight float8, stratum bigint, psu bigint) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_float8_int8';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, float8, bigint, float8, bigint, bigint) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome float8, subgroup bigint, weight float8, stratum bigint, psu bigint) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(float8, bigint, float8, bigint, bigint) IS
    'Summarises an outcome (a number; NULL is missing) by subgroup (integer, in that order; NULL is outside the domain), weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself).';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome float8, subgroup bigint, weight float8, stratum bigint, psu bigint, fpc float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_float8_int8';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, float8, bigint, float8, bigint, bigint, float8) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome float8, subgroup bigint, weight float8, stratum bigint, psu bigint, fpc float8) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(float8, bigint, float8, bigint, bigint, float8) IS
    'Summarises an outcome (a number; NULL is missing) by subgroup (integer, in that order; NULL is outside the domain), weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself) and finite population correction (units in the stratum''s population, or sampling rate).';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome boolean) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_bool';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, boolean) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome boolean) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(boolean) IS
    'Summarises an outcome (yes or no; NULL is missing); every row is its own sampling unit.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome boolean, subgroup text) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_bool_text';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, boolean, text) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome boolean, subgroup text) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(boolean, text) IS
    'Summarises an outcome (yes or no; NULL is missing) by subgroup (name; NULL is outside the domain); every row is its own sampling unit.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome boolean, subgroup text, weight float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_bool_text';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, boolean, text, float8) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome boolean, subgroup text, weight float8) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(boolean, text, float8) IS
    'Summarises an outcome (yes or no; NULL is missing) by subgroup (name; NULL is outside the domain), weighted; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome boolean, subgroup text, weight float8, stratum bigint, psu bigint) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_bool_text';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, boolean, text, float8, bigint, bigint) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome boolean, subgroup text, weight float8, stratum bigint, psu bigint) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(boolean, text, float8, bigint, bigint) IS
    'Summarises an outcome (yes or no; NULL is missing) by subgroup (name; NULL is outside the domain), weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself).';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome boolean, subgroup text, weight float8, stratum bigint, psu bigint, fpc float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_bool_text';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, boolean, text, float8, bigint, bigint, float8) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome boolean, subgroup text, weight float8, stratum bigint, psu bigint, fpc float8) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(boolean, text, float8, bigint, bigint, float8) IS
    'Summarises an outcome (yes or no; NULL is missing) by subgroup (name; NULL is outside the domain), weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself) and finite population correction (units in the stratum''s population, or sampling rate).';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome boolean, subgroup bigint) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_bool_int8';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, boolean, bigint) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome boolean, subgroup bigint) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(boolean, bigint) IS
    'Summarises an outcome (yes or no; NULL is missing) by subgroup (integer, in that order; NULL is outside the domain); every row is its own sampling unit.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome boolean, subgroup bigint, weight float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_bool_int8';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, boolean, bigint, float8) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome boolean, subgroup bigint, weight float8) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(boolean, bigint, float8) IS
    'Summarises an outcome (yes or no; NULL is missing) by subgroup (integer, in that order; NULL is outside the domain), weighted; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome boolean, subgroup bigint, weight float8, stratum bigint, psu bigint) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_bool_int8';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, boolean, bigint, float8, bigint, bigint) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome boolean, subgroup bigint, weight float8, stratum bigint, psu bigint) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(boolean, bigint, float8, bigint, bigint) IS
    'Summarises an outcome (yes or no; NULL is missing) by subgroup (integer, in that order; NULL is outside the domain), weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself).';

CREATE FUNCTION @extschema@.survey_accum(state @extschema@.survey_summary, outcome boolean, subgroup bigint, weight float8, stratum bigint, psu bigint, fpc float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_accum_bool_int8';
COMMENT ON FUNCTION @extschema@.survey_accum(@extschema@.survey_summary, boolean, bigint, float8, bigint, bigint, float8) IS 'Part of the aggregate survey_agg.';
CREATE AGGREGATE @extschema@.survey_agg(outcome boolean, subgroup bigint, weight float8, stratum bigint, psu bigint, fpc float8) (
    SFUNC = @extschema@.survey_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_agg(boolean, bigint, float8, bigint, bigint, float8) IS
    'Summarises an outcome (yes or no; NULL is missing) by subgroup (integer, in that order; NULL is outside the domain), weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself) and finite population correction (units in the stratum''s population, or sampling rate).';

-- Replicate weights in place of a design.

CREATE FUNCTION @extschema@.survey_replicate_accum(state @extschema@.survey_summary, outcome float8, subgroup text, weight float8, replicate_weights float8[]) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_replicate_accum_float8_text';
COMMENT ON FUNCTION @extschema@.survey_replicate_accum(@extschema@.survey_summary, float8, text, float8, float8[]) IS 'Part of the aggregate survey_replicate_agg.';
CREATE AGGREGATE @extschema@.survey_replicate_agg(outcome float8, subgroup text, weight float8, replicate_weights float8[]) (
    SFUNC = @extschema@.survey_replicate_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_replicate_agg(float8, text, float8, float8[]) IS
    'Summarises an outcome (a number; NULL is missing) by subgroup (name) with replicate weights in place of a design; then call replication().';

CREATE FUNCTION @extschema@.survey_replicate_accum(state @extschema@.survey_summary, outcome float8, subgroup bigint, weight float8, replicate_weights float8[]) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_replicate_accum_float8_int8';
COMMENT ON FUNCTION @extschema@.survey_replicate_accum(@extschema@.survey_summary, float8, bigint, float8, float8[]) IS 'Part of the aggregate survey_replicate_agg.';
CREATE AGGREGATE @extschema@.survey_replicate_agg(outcome float8, subgroup bigint, weight float8, replicate_weights float8[]) (
    SFUNC = @extschema@.survey_replicate_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_replicate_agg(float8, bigint, float8, float8[]) IS
    'Summarises an outcome (a number; NULL is missing) by subgroup (integer, in that order) with replicate weights in place of a design; then call replication().';

CREATE FUNCTION @extschema@.survey_replicate_accum(state @extschema@.survey_summary, outcome boolean, subgroup text, weight float8, replicate_weights float8[]) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_replicate_accum_bool_text';
COMMENT ON FUNCTION @extschema@.survey_replicate_accum(@extschema@.survey_summary, boolean, text, float8, float8[]) IS 'Part of the aggregate survey_replicate_agg.';
CREATE AGGREGATE @extschema@.survey_replicate_agg(outcome boolean, subgroup text, weight float8, replicate_weights float8[]) (
    SFUNC = @extschema@.survey_replicate_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_replicate_agg(boolean, text, float8, float8[]) IS
    'Summarises an outcome (yes or no; NULL is missing) by subgroup (name) with replicate weights in place of a design; then call replication().';

CREATE FUNCTION @extschema@.survey_replicate_accum(state @extschema@.survey_summary, outcome boolean, subgroup bigint, weight float8, replicate_weights float8[]) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_replicate_accum_bool_int8';
COMMENT ON FUNCTION @extschema@.survey_replicate_accum(@extschema@.survey_summary, boolean, bigint, float8, float8[]) IS 'Part of the aggregate survey_replicate_agg.';
CREATE AGGREGATE @extschema@.survey_replicate_agg(outcome boolean, subgroup bigint, weight float8, replicate_weights float8[]) (
    SFUNC = @extschema@.survey_replicate_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_replicate_agg(boolean, bigint, float8, float8[]) IS
    'Summarises an outcome (yes or no; NULL is missing) by subgroup (integer, in that order) with replicate weights in place of a design; then call replication().';

CREATE FUNCTION @extschema@.replication(
    summary @extschema@.survey_summary,
    type text DEFAULT 'BRR',
    scale float8 DEFAULT NULL,
    rscales float8[] DEFAULT NULL,
    mse boolean DEFAULT false,
    df float8 DEFAULT NULL
) RETURNS @extschema@.survey_summary
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_replication';
COMMENT ON FUNCTION @extschema@.replication(@extschema@.survey_summary, text, float8, float8[], boolean, float8) IS
    'Says how the replicate weights of a summary were made: BRR, Fay (needs scale), JK1, JKn (needs rscales), bootstrap. mse: variance about the estimate instead of the replicates'' mean.';

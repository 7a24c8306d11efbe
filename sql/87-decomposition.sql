-- What the concentration of an outcome goes with: its index as a sum over the determinants of a linear model.

CREATE TYPE @extschema@.decomposition_summary;

CREATE FUNCTION @extschema@.decomposition_summary_in(cstring) RETURNS @extschema@.decomposition_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_decomposition_summary_in';
CREATE FUNCTION @extschema@.decomposition_summary_out(@extschema@.decomposition_summary) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_decomposition_summary_out';
CREATE FUNCTION @extschema@.decomposition_summary_recv(internal) RETURNS @extschema@.decomposition_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_decomposition_summary_recv';
CREATE FUNCTION @extschema@.decomposition_summary_send(@extschema@.decomposition_summary) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_decomposition_summary_send';

CREATE TYPE @extschema@.decomposition_summary (
    INPUT = @extschema@.decomposition_summary_in,
    OUTPUT = @extschema@.decomposition_summary_out,
    RECEIVE = @extschema@.decomposition_summary_recv,
    SEND = @extschema@.decomposition_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.decomposition_summary IS
    'An exact, mergeable summary of a survey sample for the decomposition of an outcome''s concentration index by a linear model. Made by concentration_decomposition_agg, merged by rollup.';
COMMENT ON FUNCTION @extschema@.decomposition_summary_in(cstring) IS 'Reads a decomposition_summary from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.decomposition_summary_out(@extschema@.decomposition_summary) IS 'Writes a decomposition_summary in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.decomposition_summary_recv(internal) IS 'Reads a decomposition_summary from its binary form.';
COMMENT ON FUNCTION @extschema@.decomposition_summary_send(@extschema@.decomposition_summary) IS 'Writes a decomposition_summary in its binary form.';

CREATE FUNCTION @extschema@.decomposition_final(state @extschema@.decomposition_summary) RETURNS @extschema@.decomposition_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_decomposition_final';
COMMENT ON FUNCTION @extschema@.decomposition_final(@extschema@.decomposition_summary) IS 'Part of the aggregates concentration_decomposition_agg and rollup.';

CREATE FUNCTION @extschema@.decomposition_combine(state @extschema@.decomposition_summary, summary @extschema@.decomposition_summary) RETURNS @extschema@.decomposition_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_decomposition_combine';
COMMENT ON FUNCTION @extschema@.decomposition_combine(@extschema@.decomposition_summary, @extschema@.decomposition_summary) IS 'Part of the aggregates concentration_decomposition_agg and rollup.';

CREATE AGGREGATE @extschema@.rollup(summary @extschema@.decomposition_summary) (
    SFUNC = @extschema@.decomposition_combine,
    STYPE = @extschema@.decomposition_summary,
    FINALFUNC = @extschema@.decomposition_final,
    COMBINEFUNC = @extschema@.decomposition_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.decomposition_summary) IS
    'Merges decomposition summaries of parts of one sample (workers, partitions, regions, shards) into the summary of the whole.';

CREATE FUNCTION @extschema@.survey_design(
    summary @extschema@.decomposition_summary,
    OUT strata bigint,
    OUT psus bigint,
    OUT rows_as_psu bigint,
    OUT rows_counted bigint,
    OUT rows_missing bigint,
    OUT rows_without_weight bigint,
    OUT subgroups bigint,
    OUT cells bigint,
    OUT bytes bigint
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_decomposition_design';
COMMENT ON FUNCTION @extschema@.survey_design(@extschema@.decomposition_summary) IS
    'What a decomposition summary was made from: strata, sampling units, rows that are their own unit, rows counted, with something missing, and left out for want of a weight; and its size.';

CREATE FUNCTION @extschema@.decomposition_accum(state @extschema@.decomposition_summary, outcome float8, x float8[], ridit float8, above float8[]) RETURNS @extschema@.decomposition_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_decomposition_accum';
COMMENT ON FUNCTION @extschema@.decomposition_accum(@extschema@.decomposition_summary, float8, float8[], float8, float8[]) IS 'Part of the aggregate concentration_decomposition_agg.';
CREATE AGGREGATE @extschema@.concentration_decomposition_agg(outcome float8, x float8[], ridit float8, above float8[]) (
    SFUNC = @extschema@.decomposition_accum,
    STYPE = @extschema@.decomposition_summary,
    FINALFUNC = @extschema@.decomposition_final,
    COMBINEFUNC = @extschema@.decomposition_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.concentration_decomposition_agg(float8, float8[], float8, float8[]) IS
    'Summarises an outcome and its determinants x (the same number on every row; a NULL makes the row incomplete) by the rank of persons, for concentration_decomposition; above holds outcome_above of the outcome and then of each x, in the window of ridit; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.decomposition_accum(state @extschema@.decomposition_summary, outcome float8, x float8[], ridit float8, above float8[], weight float8) RETURNS @extschema@.decomposition_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_decomposition_accum';
COMMENT ON FUNCTION @extschema@.decomposition_accum(@extschema@.decomposition_summary, float8, float8[], float8, float8[], float8) IS 'Part of the aggregate concentration_decomposition_agg.';
CREATE AGGREGATE @extschema@.concentration_decomposition_agg(outcome float8, x float8[], ridit float8, above float8[], weight float8) (
    SFUNC = @extschema@.decomposition_accum,
    STYPE = @extschema@.decomposition_summary,
    FINALFUNC = @extschema@.decomposition_final,
    COMBINEFUNC = @extschema@.decomposition_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.concentration_decomposition_agg(float8, float8[], float8, float8[], float8) IS
    'Summarises an outcome and its determinants x (the same number on every row; a NULL makes the row incomplete) by the rank of persons, for concentration_decomposition; above holds outcome_above of the outcome and then of each x, in the window of ridit, weighted; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.decomposition_accum(state @extschema@.decomposition_summary, outcome float8, x float8[], ridit float8, above float8[], weight float8, stratum bigint, psu bigint) RETURNS @extschema@.decomposition_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_decomposition_accum';
COMMENT ON FUNCTION @extschema@.decomposition_accum(@extschema@.decomposition_summary, float8, float8[], float8, float8[], float8, bigint, bigint) IS 'Part of the aggregate concentration_decomposition_agg.';
CREATE AGGREGATE @extschema@.concentration_decomposition_agg(outcome float8, x float8[], ridit float8, above float8[], weight float8, stratum bigint, psu bigint) (
    SFUNC = @extschema@.decomposition_accum,
    STYPE = @extschema@.decomposition_summary,
    FINALFUNC = @extschema@.decomposition_final,
    COMBINEFUNC = @extschema@.decomposition_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.concentration_decomposition_agg(float8, float8[], float8, float8[], float8, bigint, bigint) IS
    'Summarises an outcome and its determinants x (the same number on every row; a NULL makes the row incomplete) by the rank of persons, for concentration_decomposition; above holds outcome_above of the outcome and then of each x, in the window of ridit, weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself).';

CREATE FUNCTION @extschema@.concentration_decomposition(
    summary @extschema@.decomposition_summary,
    names text[] DEFAULT NULL,
    index text DEFAULT 'standard',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS TABLE (
    component text,
    term text,
    elasticity float8,
    concentration float8,
    estimate float8,
    std_error float8,
    conf_low float8,
    conf_high float8,
    df float8,
    p_value float8,
    share float8,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_concentration_decomposition';
COMMENT ON FUNCTION @extschema@.concentration_decomposition(@extschema@.decomposition_summary, text[], text, float8, text) IS
    'Splits the concentration index of an outcome (standard or generalised) into what goes with each determinant and a residual (Wagstaff, van Doorslaer and Watanabe 2003): contributions with design-based errors, and their share of the total in percent.';

-- Design-based linear models, and the decomposition of a gap between two of them.

CREATE TYPE @extschema@.regression_summary;

CREATE FUNCTION @extschema@.regression_summary_in(cstring) RETURNS @extschema@.regression_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_regression_summary_in';
CREATE FUNCTION @extschema@.regression_summary_out(@extschema@.regression_summary) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_regression_summary_out';
CREATE FUNCTION @extschema@.regression_summary_recv(internal) RETURNS @extschema@.regression_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_regression_summary_recv';
CREATE FUNCTION @extschema@.regression_summary_send(@extschema@.regression_summary) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_regression_summary_send';

CREATE TYPE @extschema@.regression_summary (
    INPUT = @extschema@.regression_summary_in,
    OUTPUT = @extschema@.regression_summary_out,
    RECEIVE = @extschema@.regression_summary_recv,
    SEND = @extschema@.regression_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.regression_summary IS
    'An exact, mergeable summary of a survey sample for design-based linear models of an outcome on explanatory variables. Made by regression_agg, merged by rollup.';
COMMENT ON FUNCTION @extschema@.regression_summary_in(cstring) IS 'Reads a regression_summary from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.regression_summary_out(@extschema@.regression_summary) IS 'Writes a regression_summary in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.regression_summary_recv(internal) IS 'Reads a regression_summary from its binary form.';
COMMENT ON FUNCTION @extschema@.regression_summary_send(@extschema@.regression_summary) IS 'Writes a regression_summary in its binary form.';

CREATE FUNCTION @extschema@.regression_final(state @extschema@.regression_summary) RETURNS @extschema@.regression_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_regression_final';
COMMENT ON FUNCTION @extschema@.regression_final(@extschema@.regression_summary) IS 'Part of the aggregates regression_agg and rollup.';

CREATE FUNCTION @extschema@.regression_combine(state @extschema@.regression_summary, summary @extschema@.regression_summary) RETURNS @extschema@.regression_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_regression_combine';
COMMENT ON FUNCTION @extschema@.regression_combine(@extschema@.regression_summary, @extschema@.regression_summary) IS 'Part of the aggregates regression_agg and rollup.';

CREATE AGGREGATE @extschema@.rollup(summary @extschema@.regression_summary) (
    SFUNC = @extschema@.regression_combine,
    STYPE = @extschema@.regression_summary,
    FINALFUNC = @extschema@.regression_final,
    COMBINEFUNC = @extschema@.regression_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.regression_summary) IS
    'Merges regression summaries of parts of one sample (workers, partitions, regions, shards) into the summary of the whole.';

CREATE FUNCTION @extschema@.survey_design(
    summary @extschema@.regression_summary,
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
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_regression_design';
COMMENT ON FUNCTION @extschema@.survey_design(@extschema@.regression_summary) IS
    'What a regression summary was made from: strata, sampling units, rows that are their own unit, rows counted, with something missing, and left out for want of a weight; and its size.';

CREATE FUNCTION @extschema@.regression_accum(state @extschema@.regression_summary, outcome float8, x float8[]) RETURNS @extschema@.regression_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_regression_accum';
COMMENT ON FUNCTION @extschema@.regression_accum(@extschema@.regression_summary, float8, float8[]) IS 'Part of the aggregate regression_agg.';
CREATE AGGREGATE @extschema@.regression_agg(outcome float8, x float8[]) (
    SFUNC = @extschema@.regression_accum,
    STYPE = @extschema@.regression_summary,
    FINALFUNC = @extschema@.regression_final,
    COMBINEFUNC = @extschema@.regression_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.regression_agg(float8, float8[]) IS
    'Summarises an outcome and explanatory variables (the same number on every row; a NULL among them makes the row incomplete) for linear models; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.regression_accum(state @extschema@.regression_summary, outcome float8, x float8[], weight float8) RETURNS @extschema@.regression_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_regression_accum';
COMMENT ON FUNCTION @extschema@.regression_accum(@extschema@.regression_summary, float8, float8[], float8) IS 'Part of the aggregate regression_agg.';
CREATE AGGREGATE @extschema@.regression_agg(outcome float8, x float8[], weight float8) (
    SFUNC = @extschema@.regression_accum,
    STYPE = @extschema@.regression_summary,
    FINALFUNC = @extschema@.regression_final,
    COMBINEFUNC = @extschema@.regression_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.regression_agg(float8, float8[], float8) IS
    'Summarises an outcome and explanatory variables (the same number on every row; a NULL among them makes the row incomplete) for linear models, weighted; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.regression_accum(state @extschema@.regression_summary, outcome float8, x float8[], weight float8, stratum bigint, psu bigint) RETURNS @extschema@.regression_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_regression_accum';
COMMENT ON FUNCTION @extschema@.regression_accum(@extschema@.regression_summary, float8, float8[], float8, bigint, bigint) IS 'Part of the aggregate regression_agg.';
CREATE AGGREGATE @extschema@.regression_agg(outcome float8, x float8[], weight float8, stratum bigint, psu bigint) (
    SFUNC = @extschema@.regression_accum,
    STYPE = @extschema@.regression_summary,
    FINALFUNC = @extschema@.regression_final,
    COMBINEFUNC = @extschema@.regression_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.regression_agg(float8, float8[], float8, bigint, bigint) IS
    'Summarises an outcome and explanatory variables (the same number on every row; a NULL among them makes the row incomplete) for linear models, weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself).';

CREATE FUNCTION @extschema@.regression(
    summary @extschema@.regression_summary,
    names text[] DEFAULT NULL,
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS TABLE (
    term text,
    estimate float8,
    std_error float8,
    statistic float8,
    df float8,
    p_value float8,
    conf_low float8,
    conf_high float8,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_regression';
COMMENT ON FUNCTION @extschema@.regression(@extschema@.regression_summary, text[], float8, text) IS
    'The coefficients of a linear model with their design-based standard errors, intercept first; a constant or collinear variable is left out and says so.';

CREATE FUNCTION @extschema@.oaxaca(
    a @extschema@.regression_summary,
    b @extschema@.regression_summary,
    names text[] DEFAULT NULL,
    reference text DEFAULT 'threefold',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS TABLE (
    component text,
    term text,
    estimate float8,
    std_error float8,
    conf_low float8,
    conf_high float8,
    df float8,
    p_value float8,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 30 AS 'MODULE_PATHNAME', 'mindgap_oaxaca';
COMMENT ON FUNCTION @extschema@.oaxaca(@extschema@.regression_summary, @extschema@.regression_summary, text[], text, float8, text) IS
    'Splits the gap between the means of a and b into what their characteristics explain and what their coefficients do (Oaxaca 1973, Blinder 1973): threefold, or twofold with the coefficients of a, b, pooled, or pooled_groups (with a group indicator) as reference. term NULL is the sum.';

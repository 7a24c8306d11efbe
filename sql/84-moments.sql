-- Moments: weighted means and co-moments of an outcome and regressors, and regression from them.

CREATE TYPE @extschema@.moments_summary;

CREATE FUNCTION @extschema@.moments_summary_in(cstring) RETURNS @extschema@.moments_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_moments_summary_in';
CREATE FUNCTION @extschema@.moments_summary_out(@extschema@.moments_summary) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_moments_summary_out';
CREATE FUNCTION @extschema@.moments_summary_recv(internal) RETURNS @extschema@.moments_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_moments_summary_recv';
CREATE FUNCTION @extschema@.moments_summary_send(@extschema@.moments_summary) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_moments_summary_send';

CREATE TYPE @extschema@.moments_summary (
    INPUT = @extschema@.moments_summary_in,
    OUTPUT = @extschema@.moments_summary_out,
    RECEIVE = @extschema@.moments_summary_recv,
    SEND = @extschema@.moments_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.moments_summary IS
    'An exact, mergeable summary of an outcome and regressors: counts, weighted means and centred co-moments. Made by moments_agg, merged by rollup.';
COMMENT ON FUNCTION @extschema@.moments_summary_in(cstring) IS 'Reads a moments_summary from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.moments_summary_out(@extschema@.moments_summary) IS 'Writes a moments_summary in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.moments_summary_recv(internal) IS 'Reads a moments_summary from its binary form.';
COMMENT ON FUNCTION @extschema@.moments_summary_send(@extschema@.moments_summary) IS 'Writes a moments_summary in its binary form.';

CREATE FUNCTION @extschema@.moments_accum(state @extschema@.moments_summary, outcome float8, x float8[]) RETURNS @extschema@.moments_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_moments_accum';
COMMENT ON FUNCTION @extschema@.moments_accum(@extschema@.moments_summary, float8, float8[]) IS 'Part of the aggregate moments_agg.';
CREATE FUNCTION @extschema@.moments_accum(state @extschema@.moments_summary, outcome float8, x float8[], weight float8) RETURNS @extschema@.moments_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_moments_accum';
COMMENT ON FUNCTION @extschema@.moments_accum(@extschema@.moments_summary, float8, float8[], float8) IS 'Part of the aggregate moments_agg.';
CREATE FUNCTION @extschema@.moments_combine(state @extschema@.moments_summary, summary @extschema@.moments_summary) RETURNS @extschema@.moments_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_moments_combine';
COMMENT ON FUNCTION @extschema@.moments_combine(@extschema@.moments_summary, @extschema@.moments_summary) IS 'Part of the aggregates moments_agg and rollup.';
CREATE FUNCTION @extschema@.moments_final(state @extschema@.moments_summary) RETURNS @extschema@.moments_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_moments_final';
COMMENT ON FUNCTION @extschema@.moments_final(@extschema@.moments_summary) IS 'Part of the aggregates moments_agg and rollup.';

CREATE AGGREGATE @extschema@.moments_agg(outcome float8, x float8[]) (
    SFUNC = @extschema@.moments_accum,
    STYPE = @extschema@.moments_summary,
    FINALFUNC = @extschema@.moments_final,
    COMBINEFUNC = @extschema@.moments_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.moments_agg(float8, float8[]) IS
    'Summarises an outcome and the elements of x by their means and co-moments. A row with a NULL in it is skipped and counted.';
CREATE AGGREGATE @extschema@.moments_agg(outcome float8, x float8[], weight float8) (
    SFUNC = @extschema@.moments_accum,
    STYPE = @extschema@.moments_summary,
    FINALFUNC = @extschema@.moments_final,
    COMBINEFUNC = @extschema@.moments_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.moments_agg(float8, float8[], float8) IS
    'Summarises an outcome and the elements of x by their weighted means and co-moments. A row with a NULL in it is skipped and counted; a row of weight 0 does not count.';

CREATE AGGREGATE @extschema@.rollup(summary @extschema@.moments_summary) (
    SFUNC = @extschema@.moments_combine,
    STYPE = @extschema@.moments_summary,
    FINALFUNC = @extschema@.moments_final,
    COMBINEFUNC = @extschema@.moments_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.moments_summary) IS
    'Merges moments summaries of parts of the data into the summary of the whole.';

CREATE FUNCTION @extschema@.regression(
    summary @extschema@.moments_summary,
    names text[] DEFAULT NULL,
    level float8 DEFAULT 0.95
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
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_regression_moments';
COMMENT ON FUNCTION @extschema@.regression(@extschema@.moments_summary, text[], float8) IS
    'Linear regression of the outcome on x, with intercept: ordinary least squares, or weighted with the weights as precisions. One row a term; constant and collinear columns are left out and say so.';

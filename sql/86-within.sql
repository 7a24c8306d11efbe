-- Change within persons: moments by person, fixed-effects estimates with cluster-robust errors.

CREATE TYPE @extschema@.within_summary;

CREATE FUNCTION @extschema@.within_summary_in(cstring) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_summary_in';
CREATE FUNCTION @extschema@.within_summary_out(@extschema@.within_summary) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_summary_out';
CREATE FUNCTION @extschema@.within_summary_recv(internal) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_summary_recv';
CREATE FUNCTION @extschema@.within_summary_send(@extschema@.within_summary) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_summary_send';

CREATE TYPE @extschema@.within_summary (
    INPUT = @extschema@.within_summary_in,
    OUTPUT = @extschema@.within_summary_out,
    RECEIVE = @extschema@.within_summary_recv,
    SEND = @extschema@.within_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = external -- compressing doubles takes long and gains little
);

COMMENT ON TYPE @extschema@.within_summary IS
    'An exact, mergeable summary of change within persons: means and co-moments of each person, or, condensed, their sums and what the cluster-robust variance needs. Made by within_agg, merged by rollup.';
COMMENT ON FUNCTION @extschema@.within_summary_in(cstring) IS 'Reads a within_summary from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.within_summary_out(@extschema@.within_summary) IS 'Writes a within_summary in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.within_summary_recv(internal) IS 'Reads a within_summary from its binary form.';
COMMENT ON FUNCTION @extschema@.within_summary_send(@extschema@.within_summary) IS 'Writes a within_summary in its binary form.';

CREATE FUNCTION @extschema@.within_accum(state @extschema@.within_summary, person bigint, outcome float8, x float8[]) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_accum';
COMMENT ON FUNCTION @extschema@.within_accum(@extschema@.within_summary, bigint, float8, float8[]) IS 'Part of the aggregate within_agg.';

CREATE FUNCTION @extschema@.within_accum(state @extschema@.within_summary, person bigint, outcome float8, x float8[], weight float8) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_accum';
COMMENT ON FUNCTION @extschema@.within_accum(@extschema@.within_summary, bigint, float8, float8[], float8) IS 'Part of the aggregate within_agg.';

CREATE FUNCTION @extschema@.within_accum(state @extschema@.within_summary, person bigint, outcome float8, x float8[], weight float8, cluster bigint) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_accum';
COMMENT ON FUNCTION @extschema@.within_accum(@extschema@.within_summary, bigint, float8, float8[], float8, bigint) IS 'Part of the aggregate within_agg.';

CREATE FUNCTION @extschema@.within_accum(state @extschema@.within_summary, person bigint, outcome float8, x float8[], weight float8, cluster bigint, stratum bigint) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_accum';
COMMENT ON FUNCTION @extschema@.within_accum(@extschema@.within_summary, bigint, float8, float8[], float8, bigint, bigint) IS 'Part of the aggregate within_agg.';

CREATE FUNCTION @extschema@.within_accum(state @extschema@.within_summary, summary @extschema@.moments_summary, cluster bigint) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_accum_moments';
COMMENT ON FUNCTION @extschema@.within_accum(@extschema@.within_summary, @extschema@.moments_summary, bigint) IS 'Part of the aggregate within_agg.';
CREATE FUNCTION @extschema@.within_combine(state @extschema@.within_summary, summary @extschema@.within_summary) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_combine';
COMMENT ON FUNCTION @extschema@.within_combine(@extschema@.within_summary, @extschema@.within_summary) IS 'Part of the aggregates within_agg and rollup.';
CREATE FUNCTION @extschema@.within_final(state @extschema@.within_summary) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_final';
COMMENT ON FUNCTION @extschema@.within_final(@extschema@.within_summary) IS 'Part of the aggregates within_agg and rollup.';

CREATE AGGREGATE @extschema@.within_agg(person bigint, outcome float8, x float8[]) (
    SFUNC = @extschema@.within_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.within_agg(bigint, float8, float8[]) IS
    'Change within persons: summarises outcome and x by person; each person is a cluster. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.within_agg(person bigint, outcome float8, x float8[], weight float8) (
    SFUNC = @extschema@.within_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.within_agg(bigint, float8, float8[], float8) IS
    'Change within persons, weighted (weights may vary within a person); each person is a cluster. A row with a NULL in it is skipped and counted; a row of weight 0 does not count.';

CREATE AGGREGATE @extschema@.within_agg(person bigint, outcome float8, x float8[], weight float8, cluster bigint) (
    SFUNC = @extschema@.within_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.within_agg(bigint, float8, float8[], float8, bigint) IS
    'Change within persons, weighted, with the cluster (such as the primary sampling unit) that the person belongs to.';

CREATE AGGREGATE @extschema@.within_agg(person bigint, outcome float8, x float8[], weight float8, cluster bigint, stratum bigint) (
    SFUNC = @extschema@.within_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.within_agg(bigint, float8, float8[], float8, bigint, bigint) IS
    'Change within persons, weighted, with cluster and stratum of the person.';

CREATE AGGREGATE @extschema@.within_agg(summary @extschema@.moments_summary, cluster bigint) (
    SFUNC = @extschema@.within_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.within_agg(@extschema@.moments_summary, bigint) IS
    'Change within persons who are summarised already: each moments_summary is all rows of one person, who belongs to this cluster (the person itself, if there is no other).';

CREATE AGGREGATE @extschema@.rollup(summary @extschema@.within_summary) (
    SFUNC = @extschema@.within_combine,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.within_summary) IS
    'Merges within summaries of parts of the data, person by person. Condensed summaries are refused.';

CREATE FUNCTION @extschema@.condense(summary @extschema@.within_summary) RETURNS @extschema@.within_summary
    LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_condense';
COMMENT ON FUNCTION @extschema@.condense(@extschema@.within_summary) IS
    'The small form of a within summary: sums over persons and what the cluster-robust variance needs. It gives the same estimates, holds no person, and cannot be rolled up.';

CREATE FUNCTION @extschema@.within_estimates(
    summary @extschema@.within_summary,
    names text[] DEFAULT NULL,
    small_sample text DEFAULT 'xtreg',
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
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_within_estimates';
COMMENT ON FUNCTION @extschema@.within_estimates(@extschema@.within_summary, text[], text, float8, text) IS
    'Change of the outcome with x within persons (fixed effects), with cluster-robust errors. One row a term; columns that are constant within persons or collinear are left out and say so.';

CREATE FUNCTION @extschema@.within_contrast(
    summary @extschema@.within_summary,
    coefficients float8[],
    small_sample text DEFAULT 'xtreg',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail',
    OUT estimate float8,
    OUT std_error float8,
    OUT statistic float8,
    OUT df float8,
    OUT p_value float8,
    OUT conf_low float8,
    OUT conf_high float8,
    OUT status text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_contrast';
COMMENT ON FUNCTION @extschema@.within_contrast(@extschema@.within_summary, float8[], text, float8, text) IS
    'A linear combination of within-person estimates, such as the slope of a subgroup, with its cluster-robust error.';

CREATE FUNCTION @extschema@.within_test(
    summary @extschema@.within_summary,
    coefficients float8[],
    small_sample text DEFAULT 'xtreg',
    lonely_psu text DEFAULT 'fail',
    OUT f_statistic float8,
    OUT numerator_df float8,
    OUT df float8,
    OUT p_value float8,
    OUT status text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_test';
COMMENT ON FUNCTION @extschema@.within_test(@extschema@.within_summary, float8[], text, text) IS
    'Joint Wald test that several combinations of within-person estimates, the rows of an array of two dimensions, are all 0.';

CREATE FUNCTION @extschema@.within_design(
    summary @extschema@.within_summary,
    OUT n bigint,
    OUT n_skipped bigint,
    OUT n_persons bigint,
    OUT n_singletons bigint,
    OUT n_clusters bigint,
    OUT n_strata bigint,
    OUT n_lonely bigint,
    OUT residual_ss float8,
    OUT r2_within float8,
    OUT form text,
    OUT bytes bigint
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_design';
COMMENT ON FUNCTION @extschema@.within_design(@extschema@.within_summary) IS
    'What a within summary was made from: rows counted and skipped, persons, persons with one row, clusters, strata, strata with one cluster; the residual sum of squares and R squared within persons; its form and size.';

-- The change after an event beyond the earlier trend, within persons; effects within and between persons.

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean) IS 'Part of the aggregate trend_break_agg.';

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean, subgroup text) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean, text) IS 'Part of the aggregate trend_break_agg.';

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean, subgroup text, weight float8) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean, text, float8) IS 'Part of the aggregate trend_break_agg.';

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean, subgroup text, weight float8, cluster bigint) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean, text, float8, bigint) IS 'Part of the aggregate trend_break_agg.';

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean, subgroup text, weight float8, cluster bigint, stratum bigint) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean, text, float8, bigint, bigint) IS 'Part of the aggregate trend_break_agg.';

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean, subgroup text, weight float8, cluster bigint, stratum bigint, x float8[]) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean, text, float8, bigint, bigint, float8[]) IS 'Part of the aggregate trend_break_agg.';

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean, subgroup bigint) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean, bigint) IS 'Part of the aggregate trend_break_agg.';

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean, subgroup bigint, weight float8) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean, bigint, float8) IS 'Part of the aggregate trend_break_agg.';

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean, subgroup bigint, weight float8, cluster bigint) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean, bigint, float8, bigint) IS 'Part of the aggregate trend_break_agg.';

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean, subgroup bigint, weight float8, cluster bigint, stratum bigint) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean, bigint, float8, bigint, bigint) IS 'Part of the aggregate trend_break_agg.';

CREATE FUNCTION @extschema@.trend_break_accum(state @extschema@.within_summary, person bigint, years float8, score float8, after_event boolean, subgroup bigint, weight float8, cluster bigint, stratum bigint, x float8[]) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_accum';
COMMENT ON FUNCTION @extschema@.trend_break_accum(@extschema@.within_summary, bigint, float8, float8, boolean, bigint, float8, bigint, bigint, float8[]) IS 'Part of the aggregate trend_break_agg.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: of everybody; each person is a cluster. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean, subgroup text) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean, text) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: by subgroup; each person is a cluster. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean, subgroup text, weight float8) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean, text, float8) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: by subgroup, weighted; each person is a cluster. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean, subgroup text, weight float8, cluster bigint) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean, text, float8, bigint) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: by subgroup, weighted, with the cluster (such as the primary sampling unit) that the person belongs to. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean, subgroup text, weight float8, cluster bigint, stratum bigint) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean, text, float8, bigint, bigint) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: by subgroup, weighted, with cluster and stratum of the person. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean, subgroup text, weight float8, cluster bigint, stratum bigint, x float8[]) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean, text, float8, bigint, bigint, float8[]) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: by subgroup, weighted, with cluster and stratum of the person, adjusted for x. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean, subgroup bigint) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean, bigint) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: by subgroup; each person is a cluster. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean, subgroup bigint, weight float8) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean, bigint, float8) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: by subgroup, weighted; each person is a cluster. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean, subgroup bigint, weight float8, cluster bigint) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean, bigint, float8, bigint) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: by subgroup, weighted, with the cluster (such as the primary sampling unit) that the person belongs to. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean, subgroup bigint, weight float8, cluster bigint, stratum bigint) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean, bigint, float8, bigint, bigint) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: by subgroup, weighted, with cluster and stratum of the person. A row with a NULL in it is skipped and counted.';

CREATE AGGREGATE @extschema@.trend_break_agg(person bigint, years float8, score float8, after_event boolean, subgroup bigint, weight float8, cluster bigint, stratum bigint, x float8[]) (
    SFUNC = @extschema@.trend_break_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.within_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trend_break_agg(bigint, float8, float8, boolean, bigint, float8, bigint, bigint, float8[]) IS
    'Summarises score, years and whether a row is after the event by person, for trend_break: by subgroup, weighted, with cluster and stratum of the person, adjusted for x. A row with a NULL in it is skipped and counted.';

CREATE FUNCTION @extschema@.trend_break(
    summary @extschema@.within_summary,
    reference text DEFAULT NULL,
    small_sample text DEFAULT 'xtreg',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS TABLE (
    subgroup text,
    term text,
    estimate float8,
    std_error float8,
    statistic float8,
    df float8,
    p_value float8,
    conf_low float8,
    conf_high float8,
    n_persons bigint,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 20 AS 'MODULE_PATHNAME', 'mindgap_trend_break';
COMMENT ON FUNCTION @extschema@.trend_break(@extschema@.within_summary, text, text, float8, text) IS
    'The trend before an event and the excess over it after the event, within persons (fixed effects), with cluster-robust errors: of everybody (subgroup NULL), of each subgroup, and how the excess of a subgroup differs from that of the reference, which is the first subgroup unless it is named.';

CREATE FUNCTION @extschema@.trend_break_test(
    summary @extschema@.within_summary,
    small_sample text DEFAULT 'xtreg',
    lonely_psu text DEFAULT 'fail',
    OUT f_statistic float8,
    OUT numerator_df float8,
    OUT df float8,
    OUT p_value float8,
    OUT status text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trend_break_test';
COMMENT ON FUNCTION @extschema@.trend_break_test(@extschema@.within_summary, text, text) IS
    'Joint Wald test that the excess after the event is the same in all subgroups.';

CREATE FUNCTION @extschema@.within_between(
    summary @extschema@.within_summary,
    names text[] DEFAULT NULL,
    small_sample text DEFAULT 'regress',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS TABLE (
    term text,
    effect text,
    estimate float8,
    std_error float8,
    statistic float8,
    df float8,
    p_value float8,
    conf_low float8,
    conf_high float8,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 20 AS 'MODULE_PATHNAME', 'mindgap_within_between';
COMMENT ON FUNCTION @extschema@.within_between(@extschema@.within_summary, text[], text, float8, text) IS
    'How the outcome changes with x within persons, how it differs with x between persons, and the difference between the two (Mundlak), with cluster-robust errors.';

CREATE FUNCTION @extschema@.within_between_test(
    summary @extschema@.within_summary,
    small_sample text DEFAULT 'regress',
    lonely_psu text DEFAULT 'fail',
    OUT f_statistic float8,
    OUT numerator_df float8,
    OUT df float8,
    OUT p_value float8,
    OUT status text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_within_between_test';
COMMENT ON FUNCTION @extschema@.within_between_test(@extschema@.within_summary, text, text) IS
    'Joint Wald test that effects within and between persons are equal for all of x, like that of Hausman but robust to clusters and unequal variances.';

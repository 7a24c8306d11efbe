-- Inequality over persons: concentration indices, Gini, generalised entropy, Atkinson.

CREATE TYPE @extschema@.concentration_summary;

CREATE FUNCTION @extschema@.concentration_summary_in(cstring) RETURNS @extschema@.concentration_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration_summary_in';
CREATE FUNCTION @extschema@.concentration_summary_out(@extschema@.concentration_summary) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration_summary_out';
CREATE FUNCTION @extschema@.concentration_summary_recv(internal) RETURNS @extschema@.concentration_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration_summary_recv';
CREATE FUNCTION @extschema@.concentration_summary_send(@extschema@.concentration_summary) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration_summary_send';

CREATE TYPE @extschema@.concentration_summary (
    INPUT = @extschema@.concentration_summary_in,
    OUTPUT = @extschema@.concentration_summary_out,
    RECEIVE = @extschema@.concentration_summary_recv,
    SEND = @extschema@.concentration_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.concentration_summary IS
    'An exact, mergeable summary of a survey sample for concentration indices over persons and the Gini coefficient. Made by concentration_agg, merged by rollup.';
COMMENT ON FUNCTION @extschema@.concentration_summary_in(cstring) IS 'Reads a concentration_summary from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.concentration_summary_out(@extschema@.concentration_summary) IS 'Writes a concentration_summary in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.concentration_summary_recv(internal) IS 'Reads a concentration_summary from its binary form.';
COMMENT ON FUNCTION @extschema@.concentration_summary_send(@extschema@.concentration_summary) IS 'Writes a concentration_summary in its binary form.';

CREATE FUNCTION @extschema@.concentration_final(state @extschema@.concentration_summary) RETURNS @extschema@.concentration_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration_final';
COMMENT ON FUNCTION @extschema@.concentration_final(@extschema@.concentration_summary) IS 'Part of the aggregates concentration_agg and rollup.';

CREATE FUNCTION @extschema@.concentration_combine(state @extschema@.concentration_summary, summary @extschema@.concentration_summary) RETURNS @extschema@.concentration_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration_combine';
COMMENT ON FUNCTION @extschema@.concentration_combine(@extschema@.concentration_summary, @extschema@.concentration_summary) IS 'Part of the aggregates concentration_agg and rollup.';

CREATE AGGREGATE @extschema@.rollup(summary @extschema@.concentration_summary) (
    SFUNC = @extschema@.concentration_combine,
    STYPE = @extschema@.concentration_summary,
    FINALFUNC = @extschema@.concentration_final,
    COMBINEFUNC = @extschema@.concentration_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.concentration_summary) IS
    'Merges concentration summaries of parts of one sample (workers, partitions, regions, shards) into the summary of the whole.';

CREATE FUNCTION @extschema@.survey_design(
    summary @extschema@.concentration_summary,
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
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration_design';
COMMENT ON FUNCTION @extschema@.survey_design(@extschema@.concentration_summary) IS
    'What a concentration summary was made from: strata, sampling units, rows that are their own unit, rows counted, with something missing, and left out for want of a weight; and its size.';

CREATE FUNCTION @extschema@.concentration_accum(state @extschema@.concentration_summary, outcome float8, ridit float8, outcome_above float8) RETURNS @extschema@.concentration_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration_accum';
COMMENT ON FUNCTION @extschema@.concentration_accum(@extschema@.concentration_summary, float8, float8, float8) IS 'Part of the aggregate concentration_agg.';
CREATE AGGREGATE @extschema@.concentration_agg(outcome float8, ridit float8, outcome_above float8) (
    SFUNC = @extschema@.concentration_accum,
    STYPE = @extschema@.concentration_summary,
    FINALFUNC = @extschema@.concentration_final,
    COMBINEFUNC = @extschema@.concentration_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.concentration_agg(float8, float8, float8) IS
    'Summarises an outcome by the rank of persons; ridit and outcome_above come from the window functions of those names; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.concentration_accum(state @extschema@.concentration_summary, outcome float8, ridit float8, outcome_above float8, weight float8) RETURNS @extschema@.concentration_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration_accum';
COMMENT ON FUNCTION @extschema@.concentration_accum(@extschema@.concentration_summary, float8, float8, float8, float8) IS 'Part of the aggregate concentration_agg.';
CREATE AGGREGATE @extschema@.concentration_agg(outcome float8, ridit float8, outcome_above float8, weight float8) (
    SFUNC = @extschema@.concentration_accum,
    STYPE = @extschema@.concentration_summary,
    FINALFUNC = @extschema@.concentration_final,
    COMBINEFUNC = @extschema@.concentration_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.concentration_agg(float8, float8, float8, float8) IS
    'Summarises an outcome by the rank of persons; ridit and outcome_above come from the window functions of those names, weighted; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.concentration_accum(state @extschema@.concentration_summary, outcome float8, ridit float8, outcome_above float8, weight float8, stratum bigint, psu bigint) RETURNS @extschema@.concentration_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration_accum';
COMMENT ON FUNCTION @extschema@.concentration_accum(@extschema@.concentration_summary, float8, float8, float8, float8, bigint, bigint) IS 'Part of the aggregate concentration_agg.';
CREATE AGGREGATE @extschema@.concentration_agg(outcome float8, ridit float8, outcome_above float8, weight float8, stratum bigint, psu bigint) (
    SFUNC = @extschema@.concentration_accum,
    STYPE = @extschema@.concentration_summary,
    FINALFUNC = @extschema@.concentration_final,
    COMBINEFUNC = @extschema@.concentration_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.concentration_agg(float8, float8, float8, float8, bigint, bigint) IS
    'Summarises an outcome by the rank of persons; ridit and outcome_above come from the window functions of those names, weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself).';

CREATE TYPE @extschema@.concentration_estimate AS (
    index     text,
    estimate  float8,
    std_error float8,
    conf_low  float8,
    conf_high float8,
    df        float8,
    p_value   float8,
    n         bigint,
    status    text
);

COMMENT ON TYPE @extschema@.concentration_estimate IS
    'A concentration index: its estimate, standard error, confidence limits, test, rows behind it and status.';
COMMENT ON COLUMN @extschema@.concentration_estimate.index IS 'The index.';
COMMENT ON COLUMN @extschema@.concentration_estimate.estimate IS 'Its value.';
COMMENT ON COLUMN @extschema@.concentration_estimate.std_error IS 'Its design-based standard error.';
COMMENT ON COLUMN @extschema@.concentration_estimate.conf_low IS 'Lower confidence limit.';
COMMENT ON COLUMN @extschema@.concentration_estimate.conf_high IS 'Upper confidence limit.';
COMMENT ON COLUMN @extschema@.concentration_estimate.df IS 'Degrees of freedom: primary sampling units less strata, of those that hold a counted row.';
COMMENT ON COLUMN @extschema@.concentration_estimate.p_value IS 'Two-sided p-value of no inequality.';
COMMENT ON COLUMN @extschema@.concentration_estimate.n IS 'Counted rows.';
COMMENT ON COLUMN @extschema@.concentration_estimate.status IS '''ok'', or why something is NULL or needs care.';

CREATE FUNCTION @extschema@.concentration(
    summary @extschema@.concentration_summary,
    index text DEFAULT 'standard',
    lower float8 DEFAULT NULL,
    upper float8 DEFAULT NULL,
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS @extschema@.concentration_estimate
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_concentration';
COMMENT ON FUNCTION @extschema@.concentration(@extschema@.concentration_summary, text, float8, float8, float8, text) IS
    'A concentration index over persons with its design-based standard error, ranks being estimates too: standard (Gini where persons are ranked by the outcome itself), generalised, erreygers, wagstaff or modified.';

CREATE TYPE @extschema@.inequality_summary;

CREATE FUNCTION @extschema@.inequality_summary_in(cstring) RETURNS @extschema@.inequality_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_summary_in';
CREATE FUNCTION @extschema@.inequality_summary_out(@extschema@.inequality_summary) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_summary_out';
CREATE FUNCTION @extschema@.inequality_summary_recv(internal) RETURNS @extschema@.inequality_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_summary_recv';
CREATE FUNCTION @extschema@.inequality_summary_send(@extschema@.inequality_summary) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_summary_send';

CREATE TYPE @extschema@.inequality_summary (
    INPUT = @extschema@.inequality_summary_in,
    OUTPUT = @extschema@.inequality_summary_out,
    RECEIVE = @extschema@.inequality_summary_recv,
    SEND = @extschema@.inequality_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.inequality_summary IS
    'An exact, mergeable summary of a survey sample for generalised entropy and Atkinson indices over persons, by subgroup. Made by inequality_agg, merged by rollup.';
COMMENT ON FUNCTION @extschema@.inequality_summary_in(cstring) IS 'Reads a inequality_summary from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.inequality_summary_out(@extschema@.inequality_summary) IS 'Writes a inequality_summary in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.inequality_summary_recv(internal) IS 'Reads a inequality_summary from its binary form.';
COMMENT ON FUNCTION @extschema@.inequality_summary_send(@extschema@.inequality_summary) IS 'Writes a inequality_summary in its binary form.';

CREATE FUNCTION @extschema@.inequality_final(state @extschema@.inequality_summary) RETURNS @extschema@.inequality_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_final';
COMMENT ON FUNCTION @extschema@.inequality_final(@extschema@.inequality_summary) IS 'Part of the aggregates inequality_agg and rollup.';

CREATE FUNCTION @extschema@.inequality_combine(state @extschema@.inequality_summary, summary @extschema@.inequality_summary) RETURNS @extschema@.inequality_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_combine';
COMMENT ON FUNCTION @extschema@.inequality_combine(@extschema@.inequality_summary, @extschema@.inequality_summary) IS 'Part of the aggregates inequality_agg and rollup.';

CREATE AGGREGATE @extschema@.rollup(summary @extschema@.inequality_summary) (
    SFUNC = @extschema@.inequality_combine,
    STYPE = @extschema@.inequality_summary,
    FINALFUNC = @extschema@.inequality_final,
    COMBINEFUNC = @extschema@.inequality_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.inequality_summary) IS
    'Merges inequality summaries of parts of one sample (workers, partitions, regions, shards) into the summary of the whole.';

CREATE FUNCTION @extschema@.survey_design(
    summary @extschema@.inequality_summary,
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
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_design';
COMMENT ON FUNCTION @extschema@.survey_design(@extschema@.inequality_summary) IS
    'What a inequality summary was made from: strata, sampling units, rows that are their own unit, rows counted, with something missing, and left out for want of a weight; and its size.';

CREATE FUNCTION @extschema@.inequality_accum(state @extschema@.inequality_summary, outcome float8, subgroup text) RETURNS @extschema@.inequality_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_accum_text';
COMMENT ON FUNCTION @extschema@.inequality_accum(@extschema@.inequality_summary, float8, text) IS 'Part of the aggregate inequality_agg.';
CREATE AGGREGATE @extschema@.inequality_agg(outcome float8, subgroup text) (
    SFUNC = @extschema@.inequality_accum,
    STYPE = @extschema@.inequality_summary,
    FINALFUNC = @extschema@.inequality_final,
    COMBINEFUNC = @extschema@.inequality_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.inequality_agg(float8, text) IS
    'Summarises how unequal an outcome is between persons, by subgroup (name; NULL is outside the domain); every row is its own sampling unit.';

CREATE FUNCTION @extschema@.inequality_accum(state @extschema@.inequality_summary, outcome float8, subgroup text, weight float8) RETURNS @extschema@.inequality_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_accum_text';
COMMENT ON FUNCTION @extschema@.inequality_accum(@extschema@.inequality_summary, float8, text, float8) IS 'Part of the aggregate inequality_agg.';
CREATE AGGREGATE @extschema@.inequality_agg(outcome float8, subgroup text, weight float8) (
    SFUNC = @extschema@.inequality_accum,
    STYPE = @extschema@.inequality_summary,
    FINALFUNC = @extschema@.inequality_final,
    COMBINEFUNC = @extschema@.inequality_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.inequality_agg(float8, text, float8) IS
    'Summarises how unequal an outcome is between persons, by subgroup (name; NULL is outside the domain), weighted; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.inequality_accum(state @extschema@.inequality_summary, outcome float8, subgroup text, weight float8, stratum bigint, psu bigint) RETURNS @extschema@.inequality_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_accum_text';
COMMENT ON FUNCTION @extschema@.inequality_accum(@extschema@.inequality_summary, float8, text, float8, bigint, bigint) IS 'Part of the aggregate inequality_agg.';
CREATE AGGREGATE @extschema@.inequality_agg(outcome float8, subgroup text, weight float8, stratum bigint, psu bigint) (
    SFUNC = @extschema@.inequality_accum,
    STYPE = @extschema@.inequality_summary,
    FINALFUNC = @extschema@.inequality_final,
    COMBINEFUNC = @extschema@.inequality_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.inequality_agg(float8, text, float8, bigint, bigint) IS
    'Summarises how unequal an outcome is between persons, by subgroup (name; NULL is outside the domain), weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself).';

CREATE FUNCTION @extschema@.inequality_accum(state @extschema@.inequality_summary, outcome float8, subgroup bigint) RETURNS @extschema@.inequality_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_accum_int8';
COMMENT ON FUNCTION @extschema@.inequality_accum(@extschema@.inequality_summary, float8, bigint) IS 'Part of the aggregate inequality_agg.';
CREATE AGGREGATE @extschema@.inequality_agg(outcome float8, subgroup bigint) (
    SFUNC = @extschema@.inequality_accum,
    STYPE = @extschema@.inequality_summary,
    FINALFUNC = @extschema@.inequality_final,
    COMBINEFUNC = @extschema@.inequality_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.inequality_agg(float8, bigint) IS
    'Summarises how unequal an outcome is between persons, by subgroup (integer; NULL is outside the domain); every row is its own sampling unit.';

CREATE FUNCTION @extschema@.inequality_accum(state @extschema@.inequality_summary, outcome float8, subgroup bigint, weight float8) RETURNS @extschema@.inequality_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_accum_int8';
COMMENT ON FUNCTION @extschema@.inequality_accum(@extschema@.inequality_summary, float8, bigint, float8) IS 'Part of the aggregate inequality_agg.';
CREATE AGGREGATE @extschema@.inequality_agg(outcome float8, subgroup bigint, weight float8) (
    SFUNC = @extschema@.inequality_accum,
    STYPE = @extschema@.inequality_summary,
    FINALFUNC = @extschema@.inequality_final,
    COMBINEFUNC = @extschema@.inequality_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.inequality_agg(float8, bigint, float8) IS
    'Summarises how unequal an outcome is between persons, by subgroup (integer; NULL is outside the domain), weighted; every row is its own sampling unit.';

CREATE FUNCTION @extschema@.inequality_accum(state @extschema@.inequality_summary, outcome float8, subgroup bigint, weight float8, stratum bigint, psu bigint) RETURNS @extschema@.inequality_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_inequality_accum_int8';
COMMENT ON FUNCTION @extschema@.inequality_accum(@extschema@.inequality_summary, float8, bigint, float8, bigint, bigint) IS 'Part of the aggregate inequality_agg.';
CREATE AGGREGATE @extschema@.inequality_agg(outcome float8, subgroup bigint, weight float8, stratum bigint, psu bigint) (
    SFUNC = @extschema@.inequality_accum,
    STYPE = @extschema@.inequality_summary,
    FINALFUNC = @extschema@.inequality_final,
    COMBINEFUNC = @extschema@.inequality_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.inequality_agg(float8, bigint, float8, bigint, bigint) IS
    'Summarises how unequal an outcome is between persons, by subgroup (integer; NULL is outside the domain), weighted, with the design: stratum and primary sampling unit (psu NULL: the row itself).';

CREATE TYPE @extschema@.inequality_estimate AS (
    measure   text,
    component text,
    estimate  float8,
    std_error float8,
    conf_low  float8,
    conf_high float8,
    df        float8,
    p_value   float8,
    n         bigint,
    status    text
);

COMMENT ON TYPE @extschema@.inequality_estimate IS
    'An inequality measure or a component of it: its estimate, standard error, confidence limits, rows behind it and status.';
COMMENT ON COLUMN @extschema@.inequality_estimate.measure IS 'The measure.';
COMMENT ON COLUMN @extschema@.inequality_estimate.component IS 'total, within or between subgroups.';
COMMENT ON COLUMN @extschema@.inequality_estimate.estimate IS 'Its value.';
COMMENT ON COLUMN @extschema@.inequality_estimate.std_error IS 'Its design-based standard error.';
COMMENT ON COLUMN @extschema@.inequality_estimate.conf_low IS 'Lower confidence limit.';
COMMENT ON COLUMN @extschema@.inequality_estimate.conf_high IS 'Upper confidence limit.';
COMMENT ON COLUMN @extschema@.inequality_estimate.df IS 'Degrees of freedom: primary sampling units less strata, of those that hold a counted row.';
COMMENT ON COLUMN @extschema@.inequality_estimate.p_value IS 'Always NULL: inequality is never below 0.';
COMMENT ON COLUMN @extschema@.inequality_estimate.n IS 'Counted rows.';
COMMENT ON COLUMN @extschema@.inequality_estimate.status IS '''ok'', or why something is NULL or needs care.';

CREATE FUNCTION @extschema@.inequality(
    summary @extschema@.inequality_summary,
    measure text DEFAULT 'theil',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS SETOF @extschema@.inequality_estimate
    LANGUAGE C STABLE PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'mindgap_inequality';
COMMENT ON FUNCTION @extschema@.inequality(@extschema@.inequality_summary, text, float8, text) IS
    'Inequality between persons with its design-based standard error: mld (ge0), theil (ge1), ge2, each also within and between subgroups, and atkinson05, atkinson1, atkinson2.';

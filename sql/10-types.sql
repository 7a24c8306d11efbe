-- Types.

CREATE TYPE @extschema@.survey_summary;

CREATE FUNCTION @extschema@.survey_summary_in(cstring) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_summary_in';
CREATE FUNCTION @extschema@.survey_summary_out(@extschema@.survey_summary) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_summary_out';
CREATE FUNCTION @extschema@.survey_summary_recv(internal) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_summary_recv';
CREATE FUNCTION @extschema@.survey_summary_send(@extschema@.survey_summary) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_summary_send';

CREATE TYPE @extschema@.survey_summary (
    INPUT = @extschema@.survey_summary_in,
    OUTPUT = @extschema@.survey_summary_out,
    RECEIVE = @extschema@.survey_summary_recv,
    SEND = @extschema@.survey_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.survey_summary IS
    'An exact, mergeable summary of a survey sample: what every estimate, gap and change between groups needs, with its design-based standard error. Made by survey_agg, merged by rollup.';
COMMENT ON FUNCTION @extschema@.survey_summary_in(cstring) IS 'Reads a survey_summary from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.survey_summary_out(@extschema@.survey_summary) IS 'Writes a survey_summary in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.survey_summary_recv(internal) IS 'Reads a survey_summary from its binary form.';
COMMENT ON FUNCTION @extschema@.survey_summary_send(@extschema@.survey_summary) IS 'Writes a survey_summary in its binary form.';

CREATE TYPE @extschema@.gap_estimate AS (
    measure    text,
    compare    text,
    reference  text,
    estimate   float8,
    std_error  float8,
    conf_low   float8,
    conf_high  float8,
    df         float8,
    p_value    float8,
    n          bigint,
    n_smallest bigint,
    status     text
);

COMMENT ON TYPE @extschema@.gap_estimate IS
    'One inequality measure between subgroups: its estimate, standard error, confidence limits, test, rows behind it and status.';
COMMENT ON COLUMN @extschema@.gap_estimate.measure IS 'Name of the measure.';
COMMENT ON COLUMN @extschema@.gap_estimate.compare IS 'The subgroup that is compared, where the measure compares two.';
COMMENT ON COLUMN @extschema@.gap_estimate.reference IS 'The subgroup it is compared with.';
COMMENT ON COLUMN @extschema@.gap_estimate.estimate IS 'The measure''s value.';
COMMENT ON COLUMN @extschema@.gap_estimate.std_error IS 'Its design-based standard error, on the scale of the estimate.';
COMMENT ON COLUMN @extschema@.gap_estimate.conf_low IS 'Lower confidence limit; of ratios through their logarithm.';
COMMENT ON COLUMN @extschema@.gap_estimate.conf_high IS 'Upper confidence limit.';
COMMENT ON COLUMN @extschema@.gap_estimate.df IS 'Degrees of freedom: primary sampling units less strata of the subgroups involved.';
COMMENT ON COLUMN @extschema@.gap_estimate.p_value IS 'Two-sided p-value of no gap.';
COMMENT ON COLUMN @extschema@.gap_estimate.n IS 'Counted rows of the subgroups involved.';
COMMENT ON COLUMN @extschema@.gap_estimate.n_smallest IS 'Counted rows of the smallest of them.';
COMMENT ON COLUMN @extschema@.gap_estimate.status IS '''ok'', or why something is NULL or needs care.';

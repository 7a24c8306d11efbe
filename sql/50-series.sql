-- Survey series: a survey summary for each wave, and trends over them.

CREATE TYPE @extschema@.survey_series;

CREATE FUNCTION @extschema@.survey_series_in(cstring) RETURNS @extschema@.survey_series
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_series_in';
CREATE FUNCTION @extschema@.survey_series_out(@extschema@.survey_series) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_series_out';
CREATE FUNCTION @extschema@.survey_series_recv(internal) RETURNS @extschema@.survey_series
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_series_recv';
CREATE FUNCTION @extschema@.survey_series_send(@extschema@.survey_series) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_series_send';

CREATE TYPE @extschema@.survey_series (
    INPUT = @extschema@.survey_series_in,
    OUTPUT = @extschema@.survey_series_out,
    RECEIVE = @extschema@.survey_series_recv,
    SEND = @extschema@.survey_series_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.survey_series IS 'A survey summary for each wave of a repeated survey or panel. Made by survey_series_agg.';
COMMENT ON FUNCTION @extschema@.survey_series_in(cstring) IS 'Reads a survey_series from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.survey_series_out(@extschema@.survey_series) IS 'Writes a survey_series in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.survey_series_recv(internal) IS 'Reads a survey_series from its binary form.';
COMMENT ON FUNCTION @extschema@.survey_series_send(@extschema@.survey_series) IS 'Writes a survey_series in its binary form.';

CREATE FUNCTION @extschema@.series_accum(state @extschema@.survey_series, years float8, summary @extschema@.survey_summary) RETURNS @extschema@.survey_series
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_series_accum';
COMMENT ON FUNCTION @extschema@.series_accum(@extschema@.survey_series, float8, @extschema@.survey_summary) IS 'Part of the aggregate survey_series_agg.';
CREATE FUNCTION @extschema@.series_combine(state @extschema@.survey_series, series @extschema@.survey_series) RETURNS @extschema@.survey_series
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_series_combine';
COMMENT ON FUNCTION @extschema@.series_combine(@extschema@.survey_series, @extschema@.survey_series) IS 'Part of the aggregates survey_series_agg and rollup.';
CREATE FUNCTION @extschema@.series_final(state @extschema@.survey_series) RETURNS @extschema@.survey_series
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_series_final';
COMMENT ON FUNCTION @extschema@.series_final(@extschema@.survey_series) IS 'Part of the aggregates survey_series_agg and rollup.';

CREATE AGGREGATE @extschema@.survey_series_agg(years float8, summary @extschema@.survey_summary) (
    SFUNC = @extschema@.series_accum,
    STYPE = @extschema@.survey_series,
    FINALFUNC = @extschema@.series_final,
    COMBINEFUNC = @extschema@.series_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survey_series_agg(float8, @extschema@.survey_summary) IS
    'Puts the summaries of waves in a series; years says when the wave was, such as 2018.5. Summaries of the same time are merged.';

CREATE AGGREGATE @extschema@.rollup(series @extschema@.survey_series) (
    SFUNC = @extschema@.series_combine,
    STYPE = @extschema@.survey_series,
    FINALFUNC = @extschema@.series_final,
    COMBINEFUNC = @extschema@.series_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.survey_series) IS 'Merges survey series, wave by wave.';

CREATE FUNCTION @extschema@.series_estimates(
    series @extschema@.survey_series,
    statistic text DEFAULT 'mean',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail',
    ci_method text DEFAULT 't'
) RETURNS TABLE (
    years float8,
    subgroup text,
    n bigint,
    n_missing bigint,
    population float8,
    share float8,
    estimate float8,
    std_error float8,
    conf_low float8,
    conf_high float8,
    df float8,
    design_effect float8,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'mindgap_series_estimates';
COMMENT ON FUNCTION @extschema@.series_estimates(@extschema@.survey_series, text, float8, text, text) IS
    'estimates() of each wave of a series.';

CREATE FUNCTION @extschema@.series_gaps(
    series @extschema@.survey_series,
    measure text DEFAULT 'difference',
    compare text DEFAULT NULL,
    reference text DEFAULT NULL,
    subgroup_order text[] DEFAULT NULL,
    adverse boolean DEFAULT true,
    lower float8 DEFAULT NULL,
    upper float8 DEFAULT NULL,
    se_method text DEFAULT 'full',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS TABLE (
    years float8,
    measure text,
    compare text,
    reference text,
    estimate float8,
    std_error float8,
    conf_low float8,
    conf_high float8,
    df float8,
    p_value float8,
    n bigint,
    n_smallest bigint,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_series_gaps';
COMMENT ON FUNCTION @extschema@.series_gaps(@extschema@.survey_series, text, text, text, text[], boolean, float8, float8, text, float8, text) IS
    'gap() of each wave of a series.';

CREATE FUNCTION @extschema@.trend(
    series @extschema@.survey_series,
    subgroup text DEFAULT NULL,
    wave_weights text DEFAULT 'equal',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail',
    method text DEFAULT 'ols'
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
    LANGUAGE C STABLE PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'mindgap_trend';
COMMENT ON FUNCTION @extschema@.trend(@extschema@.survey_series, text, text, float8, text, text) IS
    'Trend of a subgroup''s mean, or of everybody''s (subgroup NULL): slope per year, excess of the last wave over the earlier trend, test that all waves are equal. wave_weights: equal, population. method of the slope: ols, gls.';

CREATE FUNCTION @extschema@.gap_trend(
    series @extschema@.survey_series,
    measure text DEFAULT 'difference',
    compare text DEFAULT NULL,
    reference text DEFAULT NULL,
    subgroup_order text[] DEFAULT NULL,
    adverse boolean DEFAULT true,
    lower float8 DEFAULT NULL,
    upper float8 DEFAULT NULL,
    se_method text DEFAULT 'full',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail',
    method text DEFAULT 'ols'
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
    LANGUAGE C STABLE PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'mindgap_gap_trend';
COMMENT ON FUNCTION @extschema@.gap_trend(@extschema@.survey_series, text, text, text, text[], boolean, float8, float8, text, float8, text, text) IS
    'Trend of a gap over the waves: slope per year, excess of the last wave over the earlier trend, test that all waves are equal. Of ratio measures, the trend of their logarithm.';

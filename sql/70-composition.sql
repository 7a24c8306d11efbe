-- Composition: Kitagawa's decomposition and direct standardisation.

CREATE FUNCTION @extschema@.kitagawa(
    a @extschema@.survey_summary,
    b @extschema@.survey_summary,
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS TABLE (
    component text,
    estimate float8,
    std_error float8,
    conf_low float8,
    conf_high float8,
    df float8,
    p_value float8,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'mindgap_kitagawa';
COMMENT ON FUNCTION @extschema@.kitagawa(@extschema@.survey_summary, @extschema@.survey_summary, float8, text) IS
    'Splits the gap between the means of a and b into composition (the groups hold different shares of the subgroups) and rate (the subgroups'' means differ). The subgroups of both are the strata of composition.';

CREATE FUNCTION @extschema@.standardise(
    summary @extschema@.survey_summary,
    strata text[],
    shares float8[],
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail',
    OUT estimate float8,
    OUT std_error float8,
    OUT conf_low float8,
    OUT conf_high float8,
    OUT df float8,
    OUT n bigint,
    OUT status text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_standardise';
COMMENT ON FUNCTION @extschema@.standardise(@extschema@.survey_summary, text[], float8[], float8, text) IS
    'Directly standardised mean: the summary''s subgroups are the strata (ages, say), shares those of the standard population, in proportion.';

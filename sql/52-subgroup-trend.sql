-- Trends of all subgroups of a survey series together.

CREATE FUNCTION @extschema@.trend_by_subgroup(
    series @extschema@.survey_series,
    reference text DEFAULT NULL,
    wave_weights text DEFAULT 'equal',
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
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 20 AS 'MODULE_PATHNAME', 'mindgap_trend_by_subgroup';
COMMENT ON FUNCTION @extschema@.trend_by_subgroup(@extschema@.survey_series, text, text, float8, text) IS
    'Each subgroup''s slope per year over the earlier waves and the excess of the last wave over it, how both differ from the reference subgroup (NULL: the first), and the joint tests, in rows whose subgroup is NULL. wave_weights: equal, population.';

-- What is read from survey summaries.

CREATE FUNCTION @extschema@.estimates(
    summary @extschema@.survey_summary,
    statistic text DEFAULT 'mean',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail',
    ci_method text DEFAULT 't'
) RETURNS TABLE (
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
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_survey_estimates';
COMMENT ON FUNCTION @extschema@.estimates(@extschema@.survey_summary, text, float8, text, text) IS
    'Mean, total or proportion of each subgroup, then (subgroup NULL) of everybody in the domain, with design-based standard error and limits. statistic: mean, total, proportion. lonely_psu: fail, adjust, average, certainty. ci_method: t, logit, beta, wilson, asin, normal.';

CREATE FUNCTION @extschema@.covariance(
    summary @extschema@.survey_summary,
    statistic text DEFAULT 'mean',
    lonely_psu text DEFAULT 'fail'
) RETURNS TABLE (
    subgroup_a text,
    subgroup_b text,
    covariance float8
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'mindgap_survey_covariance';
COMMENT ON FUNCTION @extschema@.covariance(@extschema@.survey_summary, text, text) IS
    'Design-based covariance matrix of the subgroups'' estimates, one row a pair.';

CREATE FUNCTION @extschema@.contrast(
    summary @extschema@.survey_summary,
    subgroups text[],
    coefficients float8[],
    scale text DEFAULT 'identity',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail',
    OUT estimate float8,
    OUT std_error float8,
    OUT conf_low float8,
    OUT conf_high float8,
    OUT df float8,
    OUT p_value float8,
    OUT n bigint,
    OUT status text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_contrast';
COMMENT ON FUNCTION @extschema@.contrast(@extschema@.survey_summary, text[], float8[], text, float8, text) IS
    'A linear combination of subgroup means, of their logarithms (scale log) or their logits (scale logit), on that scale, with its design-based standard error and test against 0.';

CREATE FUNCTION @extschema@.change(
    before_wave @extschema@.survey_summary,
    after_wave @extschema@.survey_summary,
    scale text DEFAULT 'absolute',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS TABLE (
    subgroup text,
    n_before bigint,
    n_after bigint,
    before_estimate float8,
    after_estimate float8,
    change float8,
    std_error float8,
    conf_low float8,
    conf_high float8,
    df float8,
    p_value float8,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_survey_change';
COMMENT ON FUNCTION @extschema@.change(@extschema@.survey_summary, @extschema@.survey_summary, text, float8, text) IS
    'Change of each subgroup''s mean from one summary to another, and (subgroup NULL) of everybody; sampling units are matched, so the covariance of a panel is in the standard error. scale: absolute, relative (ratio), odds (odds ratio).';

CREATE FUNCTION @extschema@.survey_design(
    summary @extschema@.survey_summary,
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
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_survey_design';
COMMENT ON FUNCTION @extschema@.survey_design(@extschema@.survey_summary) IS
    'What a survey summary was made from: strata, sampling units, rows that are their own unit, rows counted, with missing outcome, and left out for want of a weight; and its size.';

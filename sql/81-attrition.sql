-- Attrition: probabilities of responding and weights for those who did.

CREATE FUNCTION @extschema@.response_probability(responded boolean, x float8[]) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_response_probability';
COMMENT ON FUNCTION @extschema@.response_probability(boolean, float8[]) IS
    'Window function over (PARTITION BY wave): the probability of responding at this row''s x, by a logistic regression over the whole partition; NULL where something is NULL.';

CREATE FUNCTION @extschema@.response_probability(responded boolean, x float8[], weight float8) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_response_probability';
COMMENT ON FUNCTION @extschema@.response_probability(boolean, float8[], float8) IS
    'Window function over (PARTITION BY wave): the probability of responding at this row''s x, by a weighted logistic regression over the whole partition; NULL where something is NULL.';

CREATE FUNCTION @extschema@.raked_weight(weight float8, margins text[], responded boolean) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_raked_weight';
COMMENT ON FUNCTION @extschema@.raked_weight(float8, text[], boolean) IS
    'Window function over (PARTITION BY wave): the weights of those who responded, raked so that each category of each margin has the weight that it has among everybody in the partition; NULL for the others. One margin is post-stratification.';

CREATE FUNCTION @extschema@.trimmed_weight(weight float8, lower float8, upper float8) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_trimmed_weight';
COMMENT ON FUNCTION @extschema@.trimmed_weight(float8, float8, float8) IS
    'Window function over (PARTITION BY wave): the weight, moved to the lower or upper quantile of the partition''s weights where it lies beyond, such as 0.01 and 0.99.';

CREATE FUNCTION @extschema@.effective_size_accum(state float8[], weight float8) RETURNS float8[]
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_effective_size_accum';
COMMENT ON FUNCTION @extschema@.effective_size_accum(float8[], float8) IS 'Part of the aggregate effective_sample_size_agg.';
CREATE FUNCTION @extschema@.effective_size_combine(state float8[], other float8[]) RETURNS float8[]
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_effective_size_combine';
COMMENT ON FUNCTION @extschema@.effective_size_combine(float8[], float8[]) IS 'Part of the aggregate effective_sample_size_agg.';
CREATE FUNCTION @extschema@.effective_size_final(state float8[]) RETURNS float8
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_effective_size_final';
COMMENT ON FUNCTION @extschema@.effective_size_final(float8[]) IS 'Part of the aggregate effective_sample_size_agg.';

CREATE AGGREGATE @extschema@.effective_sample_size_agg(weight float8) (
    SFUNC = @extschema@.effective_size_accum,
    STYPE = float8[],
    FINALFUNC = @extschema@.effective_size_final,
    COMBINEFUNC = @extschema@.effective_size_combine,
    INITCOND = '{0,0}',
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.effective_sample_size_agg(float8) IS
    'Kish''s effective sample size of weights, (sum of weights) squared over the sum of squared weights; NULL without a weight above 0.';

-- It runs the caller's own query, which may call anything: as query_to_xml(), it is not parallel safe.
CREATE FUNCTION @extschema@.logistic_regression(
    source text,
    outcome text,
    predictors text[],
    weight text DEFAULT NULL,
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
    LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_logistic_regression';
COMMENT ON FUNCTION @extschema@.logistic_regression(text, text, text[], text, float8) IS
    'Logistic regression of a column on others by maximum likelihood: coefficients are log odds ratios. source is the name of a table or view, or a query; it is read with the rights of the caller.';

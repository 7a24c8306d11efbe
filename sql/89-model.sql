-- The prediction model: type, predictions, reports.

CREATE TYPE @extschema@.prediction_model;

CREATE FUNCTION @extschema@.prediction_model_in(cstring) RETURNS @extschema@.prediction_model
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_model_in';
COMMENT ON FUNCTION @extschema@.prediction_model_in(cstring) IS
    'Reads a prediction_model from its text form, a JSON document.';

CREATE FUNCTION @extschema@.prediction_model_out(@extschema@.prediction_model) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_model_out';
COMMENT ON FUNCTION @extschema@.prediction_model_out(@extschema@.prediction_model) IS
    'Writes a prediction_model in its text form, an exact JSON document.';

CREATE FUNCTION @extschema@.prediction_model_recv(internal) RETURNS @extschema@.prediction_model
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_model_recv';
COMMENT ON FUNCTION @extschema@.prediction_model_recv(internal) IS
    'Reads a prediction_model from its binary form.';

CREATE FUNCTION @extschema@.prediction_model_send(@extschema@.prediction_model) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_model_send';
COMMENT ON FUNCTION @extschema@.prediction_model_send(@extschema@.prediction_model) IS
    'Writes a prediction_model in its binary form.';

CREATE TYPE @extschema@.prediction_model (
    INPUT = @extschema@.prediction_model_in,
    OUTPUT = @extschema@.prediction_model_out,
    RECEIVE = @extschema@.prediction_model_recv,
    SEND = @extschema@.prediction_model_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE @extschema@.prediction_model IS
    'A fitted prediction model: coefficients, what intervals need, and what the reports say. Its text form is a readable JSON document that another database can load. Made by prediction_fit.';

CREATE FUNCTION @extschema@.predict(
    model @extschema@.prediction_model,
    x float8[]
) RETURNS float8
    LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_predict';
COMMENT ON FUNCTION @extschema@.predict(@extschema@.prediction_model, float8[]) IS
    'The expected outcome, or the probability of 1, for one row: x in the order of the variables that the model was fitted with, in their own units; NULL where one is missing.';

CREATE FUNCTION @extschema@.predict_row(
    model @extschema@.prediction_model,
    fields jsonb,
    on_unknown text DEFAULT 'missing'
) RETURNS float8
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_predict_row';
COMMENT ON FUNCTION @extschema@.predict_row(@extschema@.prediction_model, jsonb, text) IS
    'The expected outcome, or the probability of 1, for one row given by the names of its columns: to_jsonb(row). on_unknown: a level that the model has not seen counts as missing, or is an error.';

CREATE FUNCTION @extschema@.predict_interval(
    model @extschema@.prediction_model,
    x float8[],
    level float8 DEFAULT 0.95,
    OUT estimate float8,
    OUT conf_low float8,
    OUT conf_high float8
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_predict_interval';
COMMENT ON FUNCTION @extschema@.predict_interval(@extschema@.prediction_model, float8[], float8) IS
    'Prediction with an interval: for the outcome of one such person (gaussian), or for the probability (binomial).';

CREATE FUNCTION @extschema@.predict_row_interval(
    model @extschema@.prediction_model,
    fields jsonb,
    level float8 DEFAULT 0.95,
    on_unknown text DEFAULT 'missing',
    OUT estimate float8,
    OUT conf_low float8,
    OUT conf_high float8
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_predict_row_interval';
COMMENT ON FUNCTION @extschema@.predict_row_interval(@extschema@.prediction_model, jsonb, float8, text) IS
    'Prediction with an interval for one row given by the names of its columns: to_jsonb(row).';

CREATE FUNCTION @extschema@.model_terms(model @extschema@.prediction_model, level float8 DEFAULT 0.95) RETURNS TABLE (
    variable text,
    category text,
    prior_sd float8,
    estimate float8,
    std_dev float8,
    conf_low float8,
    conf_high float8,
    prior_share float8,
    raw_coefficient float8,
    status text,
    conflict_p_low float8,
    conflict_p_high float8,
    conflict_score float8
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 50 AS 'MODULE_PATHNAME', 'mindgap_model_terms';
COMMENT ON FUNCTION @extschema@.model_terms(@extschema@.prediction_model, float8) IS
    'One row a variable: effect of one standard deviation with its interval, the prior it had, the share of the priors variance that the data left, and the coefficient in the units of the variable.';

CREATE FUNCTION @extschema@.model_panel(model @extschema@.prediction_model) RETURNS TABLE (
    category text,
    n_variables bigint,
    panel_importance float8,
    data_multiplier float8,
    conflict_p_low float8,
    conflict_p_high float8,
    verdict text,
    panel text,
    std_error float8,
    conflict_score float8,
    leave_out float8
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_model_panel';
COMMENT ON FUNCTION @extschema@.model_panel(@extschema@.prediction_model) IS
    'One row a category and panel: how the panel rated it, the factor by which the data move its effects, whether they conflict, and a verdict in words.';

CREATE FUNCTION @extschema@.model_evidence(model @extschema@.prediction_model) RETURNS TABLE (
    outcome text,
    family text,
    n bigint,
    n_effective float8,
    trust float8,
    log_bayes_factor float8,
    log_bayes_factor_scheme float8,
    log_bayes_factor_panel_in_scheme float8,
    weight_flat float8,
    weight_panel float8,
    weight_flat_overrule float8,
    weight_panel_overrule float8,
    prior_r2_mean float8,
    prior_r2_most_probable float8,
    trust_exponent_mean float8,
    trust_exponent_most_probable float8,
    notices text,
    status text,
    panel text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 1 AS 'MODULE_PATHNAME', 'mindgap_model_evidence';
COMMENT ON FUNCTION @extschema@.model_evidence(@extschema@.prediction_model) IS
    'One row a panel: the probability that the panels order helps, log Bayes factors, the weights of the four models that predictions average over, and how predictable the outcome is.';

CREATE FUNCTION @extschema@.model_trust(model @extschema@.prediction_model) RETURNS TABLE (
    trust_exponent float8,
    prior_weight float8,
    weight float8,
    log_evidence float8,
    panel text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_model_trust';
COMMENT ON FUNCTION @extschema@.model_trust(@extschema@.prediction_model) IS
    'How strongly the data want the panels order to count: the weight of each trust exponent before and after the data. 0 is no panel, 1 the panel at face value.';

CREATE FUNCTION @extschema@.model_quality(model @extschema@.prediction_model) RETURNS TABLE (
    prediction text,
    loss_kind text,
    loss float8,
    loss_std_error float8,
    brier float8,
    auc float8,
    auc_bound float8,
    calibration_slope float8,
    calibration_intercept float8,
    calibration_in_the_large float8,
    r2 float8,
    n_folds bigint,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'mindgap_model_quality';
COMMENT ON FUNCTION @extschema@.model_quality(@extschema@.prediction_model) IS
    'How well persons who were left out are predicted: the averaged model, the model without panel, and the difference.';

CREATE FUNCTION @extschema@.model_sensitivity(model @extschema@.prediction_model) RETURNS TABLE (
    trust_exponent float8,
    log_evidence float8,
    cv_loss float8,
    r2 float8,
    effective_variables float8
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 13 AS 'MODULE_PATHNAME', 'mindgap_model_sensitivity';
COMMENT ON FUNCTION @extschema@.model_sensitivity(@extschema@.prediction_model) IS
    'What the fit would be had the panel been trusted to each degree.';

CREATE FUNCTION @extschema@.prediction_fit(
    summary @extschema@.prediction_summary,
    variables text[],
    categories text[] DEFAULT NULL,
    panel @extschema@.panel_summary DEFAULT NULL,
    scale_max float8 DEFAULT NULL,
    family text DEFAULT 'gaussian',
    design_effect float8 DEFAULT 1,
    overrule boolean DEFAULT true,
    always_in text[] DEFAULT NULL,
    factors text[] DEFAULT NULL,
    links jsonb DEFAULT NULL,
    other_panels @extschema@.panel_summary[] DEFAULT NULL,
    other_scale_max float8[] DEFAULT NULL,
    prior_variances float8[] DEFAULT NULL,
    prior_means float8[] DEFAULT NULL,
    sigma_shape float8 DEFAULT 0,
    sigma_scale float8 DEFAULT 0,
    weights text DEFAULT 'survey',
    budget text DEFAULT 'variable',
    learn text DEFAULT 'grid',
    cross_validate boolean DEFAULT NULL,
    pool text DEFAULT 'log',
    overrule_sd float8 DEFAULT 2,
    outcome text DEFAULT NULL
) RETURNS @extschema@.prediction_model
    LANGUAGE C STABLE PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME', 'mindgap_prediction_fit';
COMMENT ON FUNCTION @extschema@.prediction_fit(@extschema@.prediction_summary, text[], text[], @extschema@.panel_summary, float8, text, float8, boolean, text[], text[], jsonb, @extschema@.panel_summary[], float8[], float8[], float8[], float8, float8, text, text, text, boolean, text, float8, text) IS
    'Fits a prediction model of a continuous outcome to a prediction summary: coefficients are shrunk, less in categories that the panel of people with lived experience finds important, as far as the data bear that out. variables names the elements of x, categories says what each belongs to. cross_validate: NULL makes it up to 500 variables; the models that overrule the panel take part up to 100.';

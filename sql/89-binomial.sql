-- Models of a yes/no outcome: passes over the rows, and the numbers of a fit.

CREATE TYPE @extschema@.prediction_pass;

CREATE FUNCTION @extschema@.prediction_pass_in(cstring) RETURNS @extschema@.prediction_pass
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_pass_in';
CREATE FUNCTION @extschema@.prediction_pass_out(@extschema@.prediction_pass) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_pass_out';
CREATE FUNCTION @extschema@.prediction_pass_recv(internal) RETURNS @extschema@.prediction_pass
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_pass_recv';
CREATE FUNCTION @extschema@.prediction_pass_send(@extschema@.prediction_pass) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_pass_send';

CREATE TYPE @extschema@.prediction_pass (
    INPUT = @extschema@.prediction_pass_in,
    OUTPUT = @extschema@.prediction_pass_out,
    RECEIVE = @extschema@.prediction_pass_recv,
    SEND = @extschema@.prediction_pass_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.prediction_pass IS
    'What one pass over the rows of a yes/no outcome brings back to the function that fits a model: sums, exact and mergeable.';
COMMENT ON FUNCTION @extschema@.prediction_pass_in(cstring) IS 'Reads a prediction_pass from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.prediction_pass_out(@extschema@.prediction_pass) IS 'Writes a prediction_pass in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.prediction_pass_recv(internal) IS 'Reads a prediction_pass from its binary form.';
COMMENT ON FUNCTION @extschema@.prediction_pass_send(@extschema@.prediction_pass) IS 'Writes a prediction_pass in its binary form.';

CREATE FUNCTION @extschema@.binomial_pass_accum(state @extschema@.prediction_pass, outcome float8, x float8[], weight float8, fold int, settings float8[]) RETURNS @extschema@.prediction_pass
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_binomial_pass_accum';
COMMENT ON FUNCTION @extschema@.binomial_pass_accum(@extschema@.prediction_pass, float8, float8[], float8, int, float8[]) IS 'Part of the aggregate binomial_pass_agg.';
CREATE FUNCTION @extschema@.binomial_pass_combine(state @extschema@.prediction_pass, pass @extschema@.prediction_pass) RETURNS @extschema@.prediction_pass
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_binomial_pass_combine';
COMMENT ON FUNCTION @extschema@.binomial_pass_combine(@extschema@.prediction_pass, @extschema@.prediction_pass) IS 'Part of the aggregate binomial_pass_agg.';

CREATE AGGREGATE @extschema@.binomial_pass_agg(outcome float8, x float8[], weight float8, fold int, settings float8[]) (
    SFUNC = @extschema@.binomial_pass_accum,
    STYPE = @extschema@.prediction_pass,
    COMBINEFUNC = @extschema@.binomial_pass_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.binomial_pass_agg(float8, float8[], float8, int, float8[]) IS
    'Part of the functions that fit models of a yes/no outcome: one pass over the rows.';

CREATE FUNCTION @extschema@.binomial_fit(
    source text,
    outcome text,
    x text,
    categories float8[] DEFAULT NULL,
    importance float8[] DEFAULT NULL,
    weight text DEFAULT NULL,
    person text DEFAULT NULL,
    driver text DEFAULT NULL,
    overrule boolean DEFAULT true,
    prior_variance float8[] DEFAULT NULL,
    design_effect float8 DEFAULT 1,
    always_in float8[] DEFAULT NULL
) RETURNS TABLE (name text, place int, value float8)
    LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'mindgap_binomial_fit';
COMMENT ON FUNCTION @extschema@.binomial_fit(text, text, text, float8[], float8[], text, text, text, boolean, float8[], float8, float8[]) IS
    'Part of the functions that fit models of a yes/no outcome: the bare numbers of a fit, on the standardised scale. Its texts are SQL; categories and always_in number the categories of the elements of x, and the elements that are not shrunk; importance is of one panel, or panels x categories.';

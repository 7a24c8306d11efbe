-- Prior-weighted prediction: what a fit needs of the data, and what a person's own residuals add to a prediction.

CREATE TYPE @extschema@.prediction_summary;

CREATE FUNCTION @extschema@.prediction_summary_in(cstring) RETURNS @extschema@.prediction_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_summary_in';
CREATE FUNCTION @extschema@.prediction_summary_out(@extschema@.prediction_summary) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_summary_out';
CREATE FUNCTION @extschema@.prediction_summary_recv(internal) RETURNS @extschema@.prediction_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_summary_recv';
CREATE FUNCTION @extschema@.prediction_summary_send(@extschema@.prediction_summary) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_summary_send';

CREATE TYPE @extschema@.prediction_summary (
    INPUT = @extschema@.prediction_summary_in,
    OUTPUT = @extschema@.prediction_summary_out,
    RECEIVE = @extschema@.prediction_summary_recv,
    SEND = @extschema@.prediction_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = external -- compressing doubles takes long and gains little
);

COMMENT ON TYPE @extschema@.prediction_summary IS
    'An exact, mergeable summary of an outcome and variables for prediction: by cross-validation fold the counts, weighted means and centred co-moments, with an indicator for each variable that has missing values. Made by prediction_agg, merged by rollup.';
COMMENT ON FUNCTION @extschema@.prediction_summary_in(cstring) IS 'Reads a prediction_summary from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.prediction_summary_out(@extschema@.prediction_summary) IS 'Writes a prediction_summary in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.prediction_summary_recv(internal) IS 'Reads a prediction_summary from its binary form.';
COMMENT ON FUNCTION @extschema@.prediction_summary_send(@extschema@.prediction_summary) IS 'Writes a prediction_summary in its binary form.';

CREATE FUNCTION @extschema@.prediction_accum(state @extschema@.prediction_summary, outcome float8, x float8[]) RETURNS @extschema@.prediction_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_accum';
COMMENT ON FUNCTION @extschema@.prediction_accum(@extschema@.prediction_summary, float8, float8[]) IS 'Part of the aggregate prediction_agg.';
CREATE FUNCTION @extschema@.prediction_accum(state @extschema@.prediction_summary, outcome float8, x float8[], weight float8) RETURNS @extschema@.prediction_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_accum';
COMMENT ON FUNCTION @extschema@.prediction_accum(@extschema@.prediction_summary, float8, float8[], float8) IS 'Part of the aggregate prediction_agg.';
CREATE FUNCTION @extschema@.prediction_accum(state @extschema@.prediction_summary, outcome float8, x float8[], weight float8, person bigint) RETURNS @extschema@.prediction_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_accum';
COMMENT ON FUNCTION @extschema@.prediction_accum(@extschema@.prediction_summary, float8, float8[], float8, bigint) IS 'Part of the aggregate prediction_agg.';
CREATE FUNCTION @extschema@.prediction_accum(state @extschema@.prediction_summary, summary @extschema@.moments_summary, fold int) RETURNS @extschema@.prediction_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_accum_moments';
COMMENT ON FUNCTION @extschema@.prediction_accum(@extschema@.prediction_summary, @extschema@.moments_summary, int) IS 'Part of the aggregate prediction_agg.';
CREATE FUNCTION @extschema@.prediction_combine(state @extschema@.prediction_summary, summary @extschema@.prediction_summary) RETURNS @extschema@.prediction_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_combine';
COMMENT ON FUNCTION @extschema@.prediction_combine(@extschema@.prediction_summary, @extschema@.prediction_summary) IS 'Part of the aggregates prediction_agg and rollup.';
CREATE FUNCTION @extschema@.prediction_final(state @extschema@.prediction_summary) RETURNS @extschema@.prediction_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_final';
COMMENT ON FUNCTION @extschema@.prediction_final(@extschema@.prediction_summary) IS 'Part of the aggregates prediction_agg and rollup.';

CREATE AGGREGATE @extschema@.prediction_agg(outcome float8, x float8[]) (
    SFUNC = @extschema@.prediction_accum,
    STYPE = @extschema@.prediction_summary,
    FINALFUNC = @extschema@.prediction_final,
    COMBINEFUNC = @extschema@.prediction_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.prediction_agg(float8, float8[]) IS
    'Summarises an outcome and the elements of x for prediction. A NULL in x gets an indicator; a row without outcome or x is skipped and counted. Without persons there is no cross-validation.';

CREATE AGGREGATE @extschema@.prediction_agg(outcome float8, x float8[], weight float8) (
    SFUNC = @extschema@.prediction_accum,
    STYPE = @extschema@.prediction_summary,
    FINALFUNC = @extschema@.prediction_final,
    COMBINEFUNC = @extschema@.prediction_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.prediction_agg(float8, float8[], float8) IS
    'Summarises an outcome and the elements of x for prediction, weighted. A NULL in x gets an indicator; a row without outcome, x or weight is skipped and counted; one of weight 0 does not count. Without persons there is no cross-validation.';

CREATE AGGREGATE @extschema@.prediction_agg(outcome float8, x float8[], weight float8, person bigint) (
    SFUNC = @extschema@.prediction_accum,
    STYPE = @extschema@.prediction_summary,
    FINALFUNC = @extschema@.prediction_final,
    COMBINEFUNC = @extschema@.prediction_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.prediction_agg(float8, float8[], float8, bigint) IS
    'Summarises an outcome and the elements of x for prediction, weighted, in five folds of persons for cross-validation. A NULL in x gets an indicator; a row without outcome, x, weight or person is skipped and counted; one of weight 0 does not count.';

CREATE AGGREGATE @extschema@.prediction_agg(summary @extschema@.moments_summary, fold int) (
    SFUNC = @extschema@.prediction_accum,
    STYPE = @extschema@.prediction_summary,
    FINALFUNC = @extschema@.prediction_final,
    COMBINEFUNC = @extschema@.prediction_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.prediction_agg(@extschema@.moments_summary, int) IS
    'Makes a prediction summary from moments summaries, each of one cross-validation fold (0 to 999); all rows of a person belong to one fold.';

CREATE AGGREGATE @extschema@.rollup(summary @extschema@.prediction_summary) (
    SFUNC = @extschema@.prediction_combine,
    STYPE = @extschema@.prediction_summary,
    FINALFUNC = @extschema@.prediction_final,
    COMBINEFUNC = @extschema@.prediction_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.prediction_summary) IS
    'Merges prediction summaries of parts of the data into the summary of the whole.';

CREATE FUNCTION @extschema@.prediction_fold(person bigint) RETURNS int
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_fold';
COMMENT ON FUNCTION @extschema@.prediction_fold(bigint) IS
    'The cross-validation fold, 0 to 4, that prediction_agg puts a person in: splitmix64 of the number, modulo 5.';

CREATE FUNCTION @extschema@.prediction_design(
    summary @extschema@.prediction_summary,
    OUT n bigint,
    OUT n_skipped bigint,
    OUT sum_weights float8,
    OUT effective_n float8,
    OUT n_folds bigint,
    OUT n_variables bigint,
    OUT n_with_missing bigint,
    OUT status text
)
    LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_prediction_design';
COMMENT ON FUNCTION @extschema@.prediction_design(@extschema@.prediction_summary) IS
    'What a prediction summary was made from: rows that count, rows skipped, sum of the weights, effective rows (Kish), folds, variables, variables with missing values; and whether it can be cross-validated.';

CREATE FUNCTION @extschema@.prediction_folds(summary @extschema@.prediction_summary)
    RETURNS TABLE (fold bigint, n bigint, sum_weights float8)
    LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'mindgap_prediction_folds';
COMMENT ON FUNCTION @extschema@.prediction_folds(@extschema@.prediction_summary) IS
    'Rows and sum of the weights by cross-validation fold.';

CREATE FUNCTION @extschema@.prediction_columns(summary @extschema@.prediction_summary)
    RETURNS TABLE (element bigint, kind text, n_missing bigint, mean float8, std_dev float8, correlation float8, status text)
    LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 50 AS 'MODULE_PATHNAME', 'mindgap_prediction_columns';
COMMENT ON FUNCTION @extschema@.prediction_columns(@extschema@.prediction_summary) IS
    'The columns that a fit sees: the outcome, the variables with the mean in place of missing values, and an indicator for each variable that has some; their weighted mean, standard deviation (divisor sum of weights) and correlation with the outcome.';

-- A person's own residuals.

CREATE TYPE @extschema@.person_variance AS (
    between_var  float8,
    residual_var float8,
    n_persons    bigint,
    n            bigint,
    status       text
);
COMMENT ON TYPE @extschema@.person_variance IS
    'Variance of residuals between and within persons, as person_variance_agg gives it.';
COMMENT ON COLUMN @extschema@.person_variance.between_var IS 'Variance of the persons'' own levels; never below 0.';
COMMENT ON COLUMN @extschema@.person_variance.residual_var IS 'Variance within a person.';
COMMENT ON COLUMN @extschema@.person_variance.n_persons IS 'Persons with a residual.';
COMMENT ON COLUMN @extschema@.person_variance.n IS 'Residuals.';
COMMENT ON COLUMN @extschema@.person_variance.status IS '''ok'', or why something is NULL or needs care.';

CREATE FUNCTION @extschema@.person_variance_accum(state @extschema@.within_summary, person bigint, residual float8) RETURNS @extschema@.within_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_person_variance_accum';
COMMENT ON FUNCTION @extschema@.person_variance_accum(@extschema@.within_summary, bigint, float8) IS 'Part of the aggregate person_variance_agg.';
CREATE FUNCTION @extschema@.person_variance_final(state @extschema@.within_summary) RETURNS @extschema@.person_variance
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_person_variance_final';
COMMENT ON FUNCTION @extschema@.person_variance_final(@extschema@.within_summary) IS 'Part of the aggregate person_variance_agg.';

CREATE AGGREGATE @extschema@.person_variance_agg(person bigint, residual float8) (
    SFUNC = @extschema@.person_variance_accum,
    STYPE = @extschema@.within_summary,
    FINALFUNC = @extschema@.person_variance_final,
    COMBINEFUNC = @extschema@.within_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.person_variance_agg(bigint, float8) IS
    'Variance of residuals (observed less predicted) between and within persons, by the one-way analysis of variance with unequal numbers. A row with a NULL is skipped.';

CREATE FUNCTION @extschema@.predict_person(predicted float8, observed float8, between_var float8, residual_var float8) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_predict_person';
COMMENT ON FUNCTION @extschema@.predict_person(float8, float8, float8, float8) IS
    'Window function over (PARTITION BY person ORDER BY wave): the prediction of this row moved by the shrunken mean of the person''s own earlier residuals.';

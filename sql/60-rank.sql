-- Ranks of persons, as window functions.

CREATE FUNCTION @extschema@.ridit(weight float8) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_ridit';
COMMENT ON FUNCTION @extschema@.ridit(float8) IS
    'Window function: weighted fractional rank in the window''s order, from 0 to 1, ties at their midpoint. Weight NULL: no rank, and the row does not count.';

CREATE FUNCTION @extschema@.outcome_above(outcome float8, weight float8) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_outcome_above';
COMMENT ON FUNCTION @extschema@.outcome_above(float8, float8) IS
    'Window function: weighted total of the outcome over the rows ranked above in the window''s order, own tie block halved.';

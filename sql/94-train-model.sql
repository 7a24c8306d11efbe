-- Models of prior-weighted prediction, straight from tables and queries.

-- Parallel unsafe: it runs queries, which may take parallel workers only where the statement around them takes none.
CREATE FUNCTION @extschema@.training_query(
    source text,
    outcome text,
    predictors text[] DEFAULT NULL,
    family text DEFAULT 'gaussian',
    weight text DEFAULT NULL,
    person text DEFAULT NULL,
    missing text DEFAULT 'indicator',
    max_levels int DEFAULT 50,
    OUT query text,
    OUT variables text[]
)
    LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'mindgap_training_query';
COMMENT ON FUNCTION @extschema@.training_query(text, text, text[], text, text, text, text, int) IS
    'The query that train_model summarises for the same arguments, one row a row of the source, and the names of the elements of its x: to see what a model will read, or to store summaries of it.';

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

CREATE FUNCTION @extschema@.train_model(
    source text,
    outcome text,
    predictors text[] DEFAULT NULL,
    categories jsonb DEFAULT NULL,
    panel @extschema@.panel_summary DEFAULT NULL,
    scale_max float8 DEFAULT NULL,
    family text DEFAULT 'gaussian',
    weight text DEFAULT NULL,
    person text DEFAULT NULL,
    missing text DEFAULT 'indicator',
    max_levels int DEFAULT 50,
    always_in text[] DEFAULT NULL,
    design_effect float8 DEFAULT 1,
    overrule boolean DEFAULT true,
    other_panels @extschema@.panel_summary[] DEFAULT NULL,
    other_scale_max float8[] DEFAULT NULL,
    weights text DEFAULT 'survey',
    budget text DEFAULT 'variable',
    learn text DEFAULT 'grid',
    cross_validate boolean DEFAULT NULL,
    pool text DEFAULT 'log',
    overrule_sd float8 DEFAULT 2
) RETURNS @extschema@.prediction_model
    LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 AS 'MODULE_PATHNAME', 'mindgap_train_model';
COMMENT ON FUNCTION @extschema@.train_model(text, text, text[], jsonb, @extschema@.panel_summary, float8, text, text, text, text, int, text[], float8, boolean, @extschema@.panel_summary[], float8[], text, text, text, boolean, text, float8) IS
    'A prediction model of an outcome, straight from a table or query, read as the caller: columns become numbers and indicators of levels, a panel''s votes on categories of columns shape the prior, and the data learn how far to trust them.';

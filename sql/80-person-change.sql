-- Individual change, as window functions over (PARTITION BY person ORDER BY wave).

CREATE FUNCTION @extschema@.previous_score(score float8) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_previous_score';
COMMENT ON FUNCTION @extschema@.previous_score(float8) IS
    'Window function over (PARTITION BY person ORDER BY wave): The persons last score before this row, NULL scores passed over.';

CREATE FUNCTION @extschema@.change_from_previous(score float8) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_change_from_previous';
COMMENT ON FUNCTION @extschema@.change_from_previous(float8) IS
    'Window function over (PARTITION BY person ORDER BY wave): This score less the persons last one before it.';

CREATE FUNCTION @extschema@.change_from_baseline(score float8) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_change_from_baseline';
COMMENT ON FUNCTION @extschema@.change_from_baseline(float8) IS
    'Window function over (PARTITION BY person ORDER BY wave): This score less the persons first one.';

CREATE FUNCTION @extschema@.change_beyond_trend(score float8, years float8) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_change_beyond_trend';
COMMENT ON FUNCTION @extschema@.change_beyond_trend(float8, float8) IS
    'Window function over (PARTITION BY person ORDER BY wave): This score less the persons own line through the earlier scores; NULL unless these have two distinct times.';

CREATE FUNCTION @extschema@.reliable_change(score float8, sd float8, reliability float8) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_reliable_change';
COMMENT ON FUNCTION @extschema@.reliable_change(float8, float8, float8) IS
    'Window function over (PARTITION BY person ORDER BY wave): Jacobson and Truaxs RC against the previous score: the change over its standard error, sd sqrt(2 (1 - reliability)). Beyond 1.96 it is reliable.';

CREATE FUNCTION @extschema@.change_class(score float8, sd float8, reliability float8, cutoff float8) RETURNS text
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_change_class';
COMMENT ON FUNCTION @extschema@.change_class(float8, float8, float8, float8) IS
    'Window function over (PARTITION BY person ORDER BY wave): recovered, improved, unchanged, deteriorated or harmed against the previous score (Jacobson and Truax); a higher score is worse.';

CREATE FUNCTION @extschema@.change_class(score float8, sd float8, reliability float8, cutoff float8, higher_is text) RETURNS text
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_change_class';
COMMENT ON FUNCTION @extschema@.change_class(float8, float8, float8, float8, text) IS
    'Window function over (PARTITION BY person ORDER BY wave): The same, higher_is being worse or better.';

CREATE FUNCTION @extschema@.case_transition(is_case boolean) RETURNS text
    LANGUAGE C IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'mindgap_case_transition';
COMMENT ON FUNCTION @extschema@.case_transition(boolean) IS
    'Window function over (PARTITION BY person ORDER BY wave): onset, remission, persistent or none, against the last wave where it is known.';

CREATE FUNCTION @extschema@.trajectory_accum(state float8[], wave float8, is_case boolean) RETURNS float8[]
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trajectory_accum';
COMMENT ON FUNCTION @extschema@.trajectory_accum(float8[], float8, boolean) IS 'Part of the aggregate trajectory_agg.';
CREATE FUNCTION @extschema@.trajectory_combine(state float8[], other float8[]) RETURNS float8[]
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trajectory_combine';
COMMENT ON FUNCTION @extschema@.trajectory_combine(float8[], float8[]) IS 'Part of the aggregate trajectory_agg.';
CREATE FUNCTION @extschema@.trajectory_final(state float8[]) RETURNS text
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_trajectory_final';
COMMENT ON FUNCTION @extschema@.trajectory_final(float8[]) IS 'Part of the aggregate trajectory_agg.';

CREATE AGGREGATE @extschema@.trajectory_agg(wave float8, is_case boolean) (
    SFUNC = @extschema@.trajectory_accum,
    STYPE = float8[],
    FINALFUNC = @extschema@.trajectory_final,
    COMBINEFUNC = @extschema@.trajectory_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.trajectory_agg(float8, boolean) IS
    'A person''s course over the waves, by GROUP BY person: resistant (never a case), chronic (always), deteriorating (became one), improving (ceased to be one), recovery (one in between), fluctuating (any other); NULL with fewer than two waves.';

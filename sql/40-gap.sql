-- Inequality gaps.

CREATE FUNCTION @extschema@.gap_measures() RETURNS TABLE (
    measure text,
    label text,
    needs text,
    range text,
    absolute_or_relative text,
    reference text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 27 AS 'MODULE_PATHNAME', 'mindgap_gap_measures';
COMMENT ON FUNCTION @extschema@.gap_measures() IS 'The inequality measures, what each needs, its range and where it is defined.';

CREATE FUNCTION @extschema@.gap(
    summary @extschema@.survey_summary,
    measure text DEFAULT 'difference',
    compare text DEFAULT NULL,
    reference text DEFAULT NULL,
    subgroup_order text[] DEFAULT NULL,
    adverse boolean DEFAULT true,
    lower float8 DEFAULT NULL,
    upper float8 DEFAULT NULL,
    se_method text DEFAULT 'full',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS @extschema@.gap_estimate
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_gap';
COMMENT ON FUNCTION @extschema@.gap(@extschema@.survey_summary, text, text, text, text[], boolean, float8, float8, text, float8, text) IS
    'One inequality measure between subgroups with its design-based standard error. Of two subgroups the second is compared with the first; of more, name compare and reference.';

CREATE FUNCTION @extschema@.gaps(
    summary @extschema@.survey_summary,
    compare text DEFAULT NULL,
    reference text DEFAULT NULL,
    subgroup_order text[] DEFAULT NULL,
    adverse boolean DEFAULT true,
    lower float8 DEFAULT NULL,
    upper float8 DEFAULT NULL,
    se_method text DEFAULT 'full',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS SETOF @extschema@.gap_estimate
    LANGUAGE C STABLE PARALLEL SAFE ROWS 25 AS 'MODULE_PATHNAME', 'mindgap_gaps';
COMMENT ON FUNCTION @extschema@.gaps(@extschema@.survey_summary, text, text, text[], boolean, float8, float8, text, float8, text) IS
    'Every inequality measure that the arguments allow, one row a measure.';

CREATE FUNCTION @extschema@.pairwise_gaps(
    summary @extschema@.survey_summary,
    reference text DEFAULT NULL,
    scale text DEFAULT 'absolute',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail'
) RETURNS SETOF @extschema@.gap_estimate
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_pairwise_gaps';
COMMENT ON FUNCTION @extschema@.pairwise_gaps(@extschema@.survey_summary, text, text, float8, text) IS
    'The gap of each subgroup to the reference (the first subgroup unless named), and last the joint Wald F test that all are nil. scale: absolute, relative (ratio), odds (odds ratio).';

CREATE FUNCTION @extschema@.gap_change(
    before_wave @extschema@.survey_summary,
    after_wave @extschema@.survey_summary,
    measure text DEFAULT 'difference',
    compare text DEFAULT NULL,
    reference text DEFAULT NULL,
    subgroup_order text[] DEFAULT NULL,
    adverse boolean DEFAULT true,
    lower float8 DEFAULT NULL,
    upper float8 DEFAULT NULL,
    se_method text DEFAULT 'full',
    level float8 DEFAULT 0.95,
    lonely_psu text DEFAULT 'fail',
    OUT measure text,
    OUT gap_before float8,
    OUT gap_after float8,
    OUT change float8,
    OUT std_error float8,
    OUT conf_low float8,
    OUT conf_high float8,
    OUT df float8,
    OUT p_value float8,
    OUT direction text,
    OUT n_before bigint,
    OUT n_after bigint,
    OUT n_matched bigint,
    OUT status text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_gap_change';
COMMENT ON FUNCTION @extschema@.gap_change(@extschema@.survey_summary, @extschema@.survey_summary, text, text, text, text[], boolean, float8, float8, text, float8, text) IS
    'Change of an inequality measure from one summary to another, as a difference, or for ratios as the ratio of the two gaps; sampling units are matched. direction says whether the absolute gap widened, narrowed, reversed or shows no clear change.';

CREATE FUNCTION @extschema@.gap_from_table_accum(state @extschema@.survey_summary, subgroup text, estimate float8, std_error float8, population float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_table_accum_text';
COMMENT ON FUNCTION @extschema@.gap_from_table_accum(@extschema@.survey_summary, text, float8, float8, float8) IS 'Part of the aggregate gap_from_table_agg.';
CREATE AGGREGATE @extschema@.gap_from_table_agg(subgroup text, estimate float8, std_error float8, population float8) (
    SFUNC = @extschema@.gap_from_table_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.gap_from_table_agg(text, float8, float8, float8) IS
    'A summary of published estimates, one row a subgroup: estimate, standard error (NULL: not known) and population. Groups are taken as independent, shares as fixed; every result says so.';
CREATE FUNCTION @extschema@.gap_from_table_accum(state @extschema@.survey_summary, subgroup bigint, estimate float8, std_error float8, population float8) RETURNS @extschema@.survey_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_table_accum_int8';
COMMENT ON FUNCTION @extschema@.gap_from_table_accum(@extschema@.survey_summary, bigint, float8, float8, float8) IS 'Part of the aggregate gap_from_table_agg.';
CREATE AGGREGATE @extschema@.gap_from_table_agg(subgroup bigint, estimate float8, std_error float8, population float8) (
    SFUNC = @extschema@.gap_from_table_accum,
    STYPE = @extschema@.survey_summary,
    FINALFUNC = @extschema@.survey_final,
    COMBINEFUNC = @extschema@.survey_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.gap_from_table_agg(bigint, float8, float8, float8) IS
    'A summary of published estimates of subgroups that are ordered by their integers, worst-off first.';

CREATE FUNCTION @extschema@.gap_difference_accum(state float8[], score float8, disadvantaged boolean) RETURNS float8[]
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_gap_difference_accum';
COMMENT ON FUNCTION @extschema@.gap_difference_accum(float8[], float8, boolean) IS 'Part of the aggregate gap_difference.';
CREATE FUNCTION @extschema@.gap_difference_accum(state float8[], score float8, disadvantaged boolean, weight float8) RETURNS float8[]
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_gap_difference_accum';
COMMENT ON FUNCTION @extschema@.gap_difference_accum(float8[], float8, boolean, float8) IS 'Part of the aggregate gap_difference.';
CREATE FUNCTION @extschema@.gap_difference_remove(state float8[], score float8, disadvantaged boolean) RETURNS float8[]
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_gap_difference_remove';
COMMENT ON FUNCTION @extschema@.gap_difference_remove(float8[], float8, boolean) IS 'Part of the aggregate gap_difference.';
CREATE FUNCTION @extschema@.gap_difference_remove(state float8[], score float8, disadvantaged boolean, weight float8) RETURNS float8[]
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_gap_difference_remove';
COMMENT ON FUNCTION @extschema@.gap_difference_remove(float8[], float8, boolean, float8) IS 'Part of the aggregate gap_difference.';
CREATE FUNCTION @extschema@.gap_difference_combine(state float8[], other float8[]) RETURNS float8[]
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_gap_difference_combine';
COMMENT ON FUNCTION @extschema@.gap_difference_combine(float8[], float8[]) IS 'Part of the aggregate gap_difference.';
CREATE FUNCTION @extschema@.gap_difference_final(state float8[]) RETURNS float8
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_gap_difference_final';
COMMENT ON FUNCTION @extschema@.gap_difference_final(float8[]) IS 'Part of the aggregate gap_difference.';

CREATE AGGREGATE @extschema@.gap_difference(score float8, disadvantaged boolean) (
    SFUNC = @extschema@.gap_difference_accum,
    STYPE = float8[],
    INITCOND = '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}',
    FINALFUNC = @extschema@.gap_difference_final,
    COMBINEFUNC = @extschema@.gap_difference_combine,
    MSFUNC = @extschema@.gap_difference_accum,
    MINVFUNC = @extschema@.gap_difference_remove,
    MSTYPE = float8[],
    MINITCOND = '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}',
    MFINALFUNC = @extschema@.gap_difference_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.gap_difference(float8, boolean) IS
    'Mean score of the disadvantaged less that of the others; NULL without both. Fast over moving window frames.';

CREATE AGGREGATE @extschema@.gap_difference(score float8, disadvantaged boolean, weight float8) (
    SFUNC = @extschema@.gap_difference_accum,
    STYPE = float8[],
    INITCOND = '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}',
    FINALFUNC = @extschema@.gap_difference_final,
    COMBINEFUNC = @extschema@.gap_difference_combine,
    MSFUNC = @extschema@.gap_difference_accum,
    MINVFUNC = @extschema@.gap_difference_remove,
    MSTYPE = float8[],
    MINITCOND = '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}',
    MFINALFUNC = @extschema@.gap_difference_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.gap_difference(float8, boolean, float8) IS
    'Weighted mean score of the disadvantaged less that of the others; NULL without both. Fast over moving window frames.';

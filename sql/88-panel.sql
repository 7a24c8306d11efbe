-- The lived-experience panel: votes, importance of categories, agreement.

CREATE TYPE @extschema@.panel_summary;

CREATE FUNCTION @extschema@.panel_summary_in(cstring) RETURNS @extschema@.panel_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_panel_summary_in';
CREATE FUNCTION @extschema@.panel_summary_out(@extschema@.panel_summary) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_panel_summary_out';
CREATE FUNCTION @extschema@.panel_summary_recv(internal) RETURNS @extschema@.panel_summary
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_panel_summary_recv';
CREATE FUNCTION @extschema@.panel_summary_send(@extschema@.panel_summary) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_panel_summary_send';

CREATE TYPE @extschema@.panel_summary (
    INPUT = @extschema@.panel_summary_in,
    OUTPUT = @extschema@.panel_summary_out,
    RECEIVE = @extschema@.panel_summary_recv,
    SEND = @extschema@.panel_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.panel_summary IS
    'An exact, mergeable summary of a panel''s votes on categories: ratings or ranks, each vote by itself. Made by panel_agg or panel_rank_agg, merged by rollup.';
COMMENT ON FUNCTION @extschema@.panel_summary_in(cstring) IS 'Reads a panel_summary from its text form, a JSON object.';
COMMENT ON FUNCTION @extschema@.panel_summary_out(@extschema@.panel_summary) IS 'Writes a panel_summary in its text form, an exact JSON object.';
COMMENT ON FUNCTION @extschema@.panel_summary_recv(internal) IS 'Reads a panel_summary from its binary form.';
COMMENT ON FUNCTION @extschema@.panel_summary_send(@extschema@.panel_summary) IS 'Writes a panel_summary in its binary form.';

CREATE FUNCTION @extschema@.panel_accum(state @extschema@.panel_summary, voter bigint, category text, rating float8) RETURNS @extschema@.panel_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_panel_accum';
COMMENT ON FUNCTION @extschema@.panel_accum(@extschema@.panel_summary, bigint, text, float8) IS 'Part of the aggregate panel_agg.';
CREATE FUNCTION @extschema@.panel_rank_accum(state @extschema@.panel_summary, voter bigint, category text, rank int) RETURNS @extschema@.panel_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_panel_rank_accum';
COMMENT ON FUNCTION @extschema@.panel_rank_accum(@extschema@.panel_summary, bigint, text, int) IS 'Part of the aggregate panel_rank_agg.';
CREATE FUNCTION @extschema@.panel_combine(state @extschema@.panel_summary, summary @extschema@.panel_summary) RETURNS @extschema@.panel_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_panel_combine';
COMMENT ON FUNCTION @extschema@.panel_combine(@extschema@.panel_summary, @extschema@.panel_summary) IS 'Part of the aggregates panel_agg, panel_rank_agg and rollup.';
CREATE FUNCTION @extschema@.panel_final(state @extschema@.panel_summary) RETURNS @extschema@.panel_summary
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_panel_final';
COMMENT ON FUNCTION @extschema@.panel_final(@extschema@.panel_summary) IS 'Part of the aggregates panel_agg, panel_rank_agg and rollup.';

CREATE AGGREGATE @extschema@.panel_agg(voter bigint, category text, rating float8) (
    SFUNC = @extschema@.panel_accum,
    STYPE = @extschema@.panel_summary,
    FINALFUNC = @extschema@.panel_final,
    COMBINEFUNC = @extschema@.panel_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.panel_agg(bigint, text, float8) IS
    'Summarises a panel''s ratings of categories: 0 to a highest rating, points, or 1 and 0 for approval. A vote with a NULL is skipped and counted, never taken as 0; a voter has one vote on a category.';

CREATE AGGREGATE @extschema@.panel_rank_agg(voter bigint, category text, rank int) (
    SFUNC = @extschema@.panel_rank_accum,
    STYPE = @extschema@.panel_summary,
    FINALFUNC = @extschema@.panel_final,
    COMBINEFUNC = @extschema@.panel_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.panel_rank_agg(bigint, text, int) IS
    'Summarises a panel''s rankings of categories, 1 being the most important: whole or partial, with ties. A vote with a NULL is skipped and counted: that category was not on the ballot.';

CREATE AGGREGATE @extschema@.rollup(summary @extschema@.panel_summary) (
    SFUNC = @extschema@.panel_combine,
    STYPE = @extschema@.panel_summary,
    FINALFUNC = @extschema@.panel_final,
    COMBINEFUNC = @extschema@.panel_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.panel_summary) IS
    'Merges panel summaries of parts of the votes; a voter''s votes may be in several parts. Ratings and ranks do not mix.';

CREATE FUNCTION @extschema@.panel_weights(
    summary @extschema@.panel_summary,
    scale_max float8 DEFAULT NULL,
    pool text DEFAULT 'log',
    min_voters int DEFAULT 5
) RETURNS TABLE (
    category text,
    n bigint,
    importance float8,
    std_error float8,
    reliability float8,
    weight float8,
    disagreement float8,
    status text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'mindgap_panel_weights';
COMMENT ON FUNCTION @extschema@.panel_weights(@extschema@.panel_summary, float8, text, int) IS
    'Relative importance of each category on a log scale, by the panel''s votes, with standard error, reliability, share of the weight and disagreement between voters. Ratings need scale_max, the highest rating that could be given.';

CREATE FUNCTION @extschema@.panel_agreement(
    summary @extschema@.panel_summary,
    metric text DEFAULT 'interval',
    weights text DEFAULT 'quadratic',
    OUT kendall_w float8,
    OUT krippendorff_alpha float8,
    OUT gwet_ac float8,
    OUT n_voters bigint,
    OUT n_categories bigint,
    OUT statistic float8,
    OUT df float8,
    OUT p_value float8,
    OUT n_complete bigint,
    OUT n_votes bigint,
    OUT n_skipped bigint,
    OUT status text
)
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_panel_agreement';
COMMENT ON FUNCTION @extschema@.panel_agreement(@extschema@.panel_summary, text, text) IS
    'How far the voters of a panel agree: Kendall''s W over those who voted on every category, with its chi-squared test; Krippendorff''s alpha; Gwet''s AC1 (weights identity) or AC2.';

CREATE FUNCTION @extschema@.panel_voter(identity text, secret text) RETURNS bigint
    LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mindgap_panel_voter';
COMMENT ON FUNCTION @extschema@.panel_voter(text, text) IS
    'A number in place of a name or e-mail address: the first 64 bits of HMAC-SHA256 with the secret, of at least 16 characters. Case and white space do not count.';

CREATE FUNCTION @extschema@.panel_votes_csv(content text, secret text) RETURNS TABLE (
    respondent bigint,
    item text,
    answer text,
    value float8,
    submitted_at text,
    line int
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'mindgap_panel_votes_csv';
COMMENT ON FUNCTION @extschema@.panel_votes_csv(text, text) IS
    'Votes from the content of a CSV file with columns respondent, item and value (and submitted_at): numbers of panel_voter in place of respondents.';

CREATE FUNCTION @extschema@.panel_votes_zoom(content text, secret text, split_choices boolean DEFAULT true) RETURNS TABLE (
    respondent bigint,
    item text,
    answer text,
    value float8,
    submitted_at text,
    line int
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'mindgap_panel_votes_zoom';
COMMENT ON FUNCTION @extschema@.panel_votes_zoom(text, text, boolean) IS
    'Votes from the content of a Zoom poll report, in any of its three forms: numbers of panel_voter in place of names and e-mail addresses; a person''s last answer to a question counts; anonymous attendees stay apart.';

CREATE FUNCTION @extschema@.panel_votes_qualtrics(content text, secret text) RETURNS TABLE (
    respondent bigint,
    item text,
    answer text,
    value float8,
    submitted_at text,
    line int,
    question text
)
    LANGUAGE C STABLE PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'mindgap_panel_votes_qualtrics';
COMMENT ON FUNCTION @extschema@.panel_votes_qualtrics(text, text) IS
    'Votes from the content of a Qualtrics CSV export with its three header lines: one row a question that was answered; metadata such as addresses and places are dropped, numbers of panel_voter stand in place of respondents.';

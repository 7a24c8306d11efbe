-- panel_agg, panel_rank_agg, rollup and what reads them: rules about votes, merging,
-- the text form, weights, agreement, and what the votes cannot tell.
--
-- Expected numbers come from R: lm() with contr.sum for ratings; for tied rankings Newton's
-- method on the likelihood summed over all orders of each tie.  Agreement with published
-- figures is checked in test/oracle/panel.sql.

CREATE FUNCTION pg_temp.raises(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- ten voters, four categories, three votes missing
CREATE TABLE panel_vote AS
SELECT voter, c.category, c.rating
FROM (VALUES (1,4,9,8,6), (2,3,8,7,NULL), (3,5,10,8,5), (4,2,7,9,6), (5,6,9,6,7), (6,NULL,8,8,4), (7,4,10,7,6), (8,1,9,9,3), (9,5,7,NULL,8), (10,3,9,8,5)) v(voter, a, b, p, s),
	LATERAL (VALUES ('age', a), ('body', b), ('pressure', p), ('serum', s)) c(category, rating);

SELECT category, n, round(importance::numeric, 9) AS importance, round(std_error::numeric, 9) AS std_error, round(reliability::numeric, 9) AS reliability,
	round(weight::numeric, 9) AS weight, round(disagreement::numeric, 9) AS disagreement, status
FROM (SELECT mindgap.panel_agg(voter, category, rating) AS s FROM panel_vote) o, mindgap.panel_weights(s, 10);
SELECT category, round(importance::numeric, 9) AS importance, round(std_error::numeric, 9) AS std_error, round(reliability::numeric, 9) AS reliability,
	round(weight::numeric, 9) AS weight, round(disagreement::numeric, 9) AS disagreement, status
FROM (SELECT mindgap.panel_agg(voter, category, rating) AS s FROM panel_vote) o, mindgap.panel_weights(s, 10, pool => 'linear');

-- The log pool does not hang on the scale's upper end; a voter's leniency does not count: added points in the linear pool.
SELECT bool_and(abs(a.importance - b.importance) < 1e-12) AS scale
FROM (SELECT mindgap.panel_agg(voter, category, rating) AS s FROM panel_vote) o, mindgap.panel_weights(s, 10) a JOIN LATERAL mindgap.panel_weights(s, 1000) b USING (category);
SELECT bool_and(abs(a.reliability - b.reliability) < 1e-12) AS leniency
FROM (SELECT mindgap.panel_agg(voter, category, rating) AS s, mindgap.panel_agg(voter, category, rating + voter) AS t FROM panel_vote) o,
	mindgap.panel_weights(s, 100, 'linear') a JOIN LATERAL mindgap.panel_weights(t, 100, 'linear') b USING (category);

-- Rankings with ties, partial ones, and one of a single category.
CREATE TABLE panel_rank AS
SELECT voter, 'c' || c AS category, rank FROM (VALUES (1,1,1), (1,2,2), (1,3,2), (1,4,3), (2,1,1), (2,2,1), (2,3,1), (3,5,10), (3,1,20), (3,4,20),
	(4,2,1), (4,5,1), (4,3,2), (4,1,3), (5,4,1), (5,1,2), (5,2,2), (5,3,2), (5,5,2), (6,3,1), (6,2,2), (7,5,4)) v(voter, c, rank);
SELECT category, n, round(importance::numeric, 8) AS importance, round(std_error::numeric, 8) AS std_error, round(disagreement::numeric, 6) AS disagreement, status
FROM (SELECT mindgap.panel_rank_agg(voter, category, rank) AS s FROM panel_rank) o, mindgap.panel_weights(s, min_voters => 2);

-- However the votes are cut up, also within a voter, the value is the same bit for bit; and so it is in text.
SELECT parts, bool_and(a.s::text = w.s::text AND a.t::text = w.t::text) AS same
FROM (SELECT parts, mindgap.rollup(s) AS s, mindgap.rollup(t) AS t FROM (
		SELECT parts, mindgap.panel_agg(voter, category, rating) AS s, mindgap.panel_rank_agg(voter, category, rating::int) AS t
		FROM panel_vote, unnest(ARRAY[1, 2, 3, 7, 40]) parts GROUP BY parts, (voter * 13 + ascii(category)) % parts) p GROUP BY parts) a,
	(SELECT mindgap.panel_agg(voter, category, rating) AS s, mindgap.panel_rank_agg(voter, category, rating::int) AS t FROM panel_vote) w
GROUP BY parts ORDER BY parts;
SELECT s::text::mindgap.panel_summary::text = s::text AS same, s FROM (SELECT mindgap.panel_agg(voter, category, rating) AS s FROM panel_vote WHERE voter < 3) o;
SELECT mindgap.panel_rank_agg(v, c, 1) FROM (VALUES (9007199254740993, U&'\00e9"\\'), (-9223372036854775808, 'B'), (1, 'a'), (1, ''), (NULL, 'a'), (1, NULL)) q(v, c);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.plan_has(command text, part text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || command LOOP
		IF line LIKE '%' || part || '%' THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;
CREATE TABLE panel_large AS SELECT voter, 'item ' || item AS category, (voter * item * 7919 + voter / 7) % 11 AS rating FROM generate_series(1, 2000) voter, generate_series(1, 20) item;
ANALYZE panel_large;
SELECT pg_temp.plan_has('SELECT mindgap.panel_agg(voter, category, rating) FROM panel_large', 'Partial Aggregate') AS parallel;
CREATE TABLE panel_parallel AS SELECT mindgap.panel_agg(voter, category, rating) AS s FROM panel_large;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET parallel_tuple_cost;
RESET parallel_setup_cost;
SET max_parallel_workers_per_gather = 0;
SELECT p.s::text = o.s::text AS same FROM panel_parallel p, (SELECT mindgap.panel_agg(voter, category, rating ORDER BY category, voter DESC) AS s FROM panel_large) o;
RESET max_parallel_workers_per_gather;

-- Over a window the state grows on after each result.
SELECT bool_and(o.s::text = (SELECT mindgap.panel_agg(voter, category, rating)::text FROM panel_vote i WHERE i.voter <= o.voter)) AS same
FROM (SELECT voter, mindgap.panel_agg(voter, category, rating) OVER (ORDER BY voter) AS s FROM panel_vote) o;

-- What is missing is counted; nothing is NULL; no vote is a summary without votes.
SELECT n_voters, n_votes, n_skipped, n_categories, status FROM (SELECT mindgap.panel_agg(voter, category, rating) AS s FROM panel_vote) o, mindgap.panel_agreement(s);
SELECT mindgap.panel_agg(1, 'a', NULL), mindgap.panel_agg(1, 'a', 1) FILTER (WHERE false) IS NULL AS nothing;
SELECT count(*) AS no_rows FROM (SELECT mindgap.panel_agg(1, 'a', NULL) AS s) o, mindgap.panel_weights(s, 10);
SELECT count(*) AS no_rows FROM mindgap.panel_weights(NULL, 10);
SELECT a IS NULL AS nothing FROM mindgap.panel_agreement(NULL) a;
SELECT * FROM (SELECT mindgap.panel_agg(1, 'a', NULL) AS s) o, mindgap.panel_agreement(s);

-- What votes cannot tell
SELECT what, category, n, round(importance::numeric, 9) AS importance, round(std_error::numeric, 9) AS std_error, round(reliability::numeric, 9) AS reliability,
	round(weight::numeric, 9) AS weight, round(disagreement::numeric, 9) AS disagreement, status
FROM (SELECT 'one category' AS what, mindgap.panel_agg(i, 'a', i) AS s FROM generate_series(1, 5) i
	UNION ALL SELECT 'one voter', mindgap.panel_agg(1, c, r) FROM (VALUES ('a', 1), ('b', 2)) v(c, r)
	UNION ALL SELECT 'all alike', mindgap.panel_agg(i, c, 3) FROM generate_series(1, 6) i, unnest(ARRAY['a', 'b', 'c', 'd']) c
	UNION ALL SELECT 'opposed', mindgap.panel_agg(i, c, CASE WHEN c = 'b' THEN 5 WHEN i % 2 = 0 THEN 1 ELSE 10 END) FROM generate_series(1, 6) i, unnest(ARRAY['a', 'b']) c
	UNION ALL SELECT 'one mind', mindgap.panel_agg(i, c, (c = 'a')::int) FROM generate_series(1, 6) i, unnest(ARRAY['a', 'b']) c) o,
	mindgap.panel_weights(s, 10);
SELECT kendall_w, krippendorff_alpha, gwet_ac, n_complete, status FROM (SELECT mindgap.panel_agg(1, c, r) AS s FROM (VALUES ('a', 1), ('b', 2)) v(c, r)) o, mindgap.panel_agreement(s)
UNION ALL SELECT kendall_w, krippendorff_alpha, gwet_ac, n_complete, status FROM (SELECT mindgap.panel_agg(i, c, 3) AS s FROM generate_series(1, 6) i, unnest(ARRAY['a', 'b']) c) o, mindgap.panel_agreement(s)
UNION ALL SELECT kendall_w, krippendorff_alpha, gwet_ac, n_complete, status FROM (SELECT mindgap.panel_agg(i, c, (c = 'b')::int) AS s FROM generate_series(1, 6) i, unnest(ARRAY['a', 'b']) c) o, mindgap.panel_agreement(s, 'ratio', 'identity');

-- Few voters: disagreement is not shown.
SELECT category, disagreement IS NULL AS hidden, status FROM (SELECT mindgap.panel_agg(voter, category, rating) AS s FROM panel_vote) o, mindgap.panel_weights(s, 10, min_voters => 10);

-- Wrong calls
SELECT pg_temp.raises(command) FROM (VALUES
	($$SELECT mindgap.panel_agg(1, 'a', 'NaN')$$), ($$SELECT mindgap.panel_agg(1, 'a', 'Infinity')$$), ($$SELECT mindgap.panel_agg(1, 'a', -0.5)$$),
	($$SELECT mindgap.panel_rank_agg(1, 'a', 0)$$), ($$SELECT mindgap.panel_agg(7, 'secret', i) FROM generate_series(1, 2) i$$),
	($$SELECT mindgap.rollup(s) FROM (SELECT mindgap.panel_agg(7, 'secret', i) AS s FROM generate_series(1, 2) i GROUP BY i) o$$),
	($$SELECT mindgap.rollup(s) FROM (SELECT mindgap.panel_agg(1, 'a', 1) UNION ALL SELECT mindgap.panel_rank_agg(1, 'a', 1)) o(s)$$),
	($$SELECT mindgap.panel_accum(NULL, 1, 'a', 1)$$), ($$SELECT mindgap.panel_combine(NULL, NULL)$$), ($$SELECT mindgap.panel_final(NULL)$$),
	($$SELECT mindgap.panel_agg(1, 'category ' || i, 1) FROM generate_series(1, 1001) i$$)) v(command);
SELECT pg_temp.raises('SELECT * FROM (SELECT mindgap.panel_agg(voter, category, rating) AS s FROM panel_vote) o, ' || call) FROM (VALUES
	('mindgap.panel_weights(s)'), ('mindgap.panel_weights(s, 9)'), ('mindgap.panel_weights(s, 0)'), ($$mindgap.panel_weights(s, 'NaN')$$), ($$mindgap.panel_weights(s, 10, 'log pool')$$),
	('mindgap.panel_weights(s, 10, NULL)'), ('mindgap.panel_weights(s, 10, min_voters => 0)'), ($$mindgap.panel_agreement(s, 'interval scale')$$), ($$mindgap.panel_agreement(s, weights => 'cubic')$$)) v(call);
SELECT pg_temp.raises($$SELECT mindgap.panel_weights(mindgap.panel_agg(v, c, 1), 10) FROM (VALUES (1, 'a'), (1, 'b'), (2, 'c'), (2, 'd'), (3, 'e'), (4, 'a'), (4, 'f'), (5, 'f'), (5, 'b')) q(v, c)$$);
SELECT pg_temp.raises($$SELECT mindgap.panel_weights(mindgap.panel_agg(v, 'item ' || v, 1), 10) FROM generate_series(1, 50) v$$);
SELECT pg_temp.raises($$SELECT mindgap.panel_weights(mindgap.panel_rank_agg(1, 'c' || c, c / 9)) FROM generate_series(9, 30) c$$);

-- Texts that are no summary
SELECT pg_temp.raises(format('SELECT %L::mindgap.panel_summary', replace(t, '_', '{"type":"panel_summary","format":"1",'))) FROM (VALUES
	('x'), ('{}'), ('{"type":"x"}'), ('_"kind":"points","skipped":"0","categories":[],"category":"","voter":"","value":""}'),
	('_"kind":"ratings","skipped":"0","categories":["a"],"category":"","voter":"","value":""}'), ('_"kind":"ratings","skipped":"0","categories":["a","a"],"category":"1 2","voter":"1 1","value":"1 1"}'),
	('_"kind":"ratings","skipped":"0","categories":["a"],"category":"1 1","voter":"1 1","value":"1 1"}'), ('_"kind":"ratings","skipped":"0","categories":["a"],"category":"2","voter":"1","value":"1"}'),
	('_"kind":"ratings","skipped":"0","categories":["a"],"category":"1","voter":"1 2","value":"1"}'), ('_"kind":"ratings","skipped":"0","categories":["a"],"category":"1","voter":"1","value":"-1"}'),
	('_"kind":"ranks","skipped":"0","categories":["a"],"category":"1","voter":"1","value":"1.5"}'), ('_"kind":"ranks","skipped":"0","categories":["a"],"category":"1","voter":"1","value":"1e999"}'),
	('_"kind":"ranks","skipped":"-1","categories":[],"category":"","voter":"","value":""}'), ('_"kind":"ranks","skipped":"0","categories":[],"category":"","voter":"","value":"","more":""}')) v(t);
SELECT '{"type":"panel_summary","format":"1","kind":"ranks","skipped":"0","categories":["b","a"],"category":"1 1 2","voter":"2 1 1","value":"1 2 1"}'::mindgap.panel_summary AS sorted;
DROP TABLE panel_vote, panel_rank, panel_large, panel_parallel;

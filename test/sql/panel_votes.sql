-- Votes from files of polls: numbers in place of names, the forms of the files, and what
-- is wrong with them.
--
-- The numbers come from Python's hmac and hashlib.

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

-- hmac.new(secret, message, sha256).digest()[:8], big-endian, signed
SELECT mindgap.panel_voter('ana@example.org', repeat('x', 100)) = 6740912400630032531 AS long_secret,
	mindgap.panel_voter('bo@example.org', repeat('x', 100)) = -8835262905294617856 AS negative,
	mindgap.panel_voter('anna m' || chr(252) || 'ller', repeat('x', 100)) = 3266595137117712739 AS utf8,
	mindgap.panel_voter('ana@example.org', repeat('x', 64)) = -831099137919093282 AS block_secret,
	mindgap.panel_voter('ana@example.org', 'sixteen letters!') = 1940231407275107930 AS short_secret,
	mindgap.panel_voter(E' \t Ana@Example.ORG\n', 'sixteen letters!') = 1940231407275107930 AS as_written,
	mindgap.panel_voter(E'Anna\n M' || chr(252) || 'ller ', repeat('x', 100)) = 3266595137117712739 AS name_as_written;
SELECT pg_temp.raises($$SELECT mindgap.panel_voter('ana', 'fifteen letters')$$);

CREATE TABLE who AS SELECT mindgap.panel_voter(name, 'sixteen letters!') AS respondent, name FROM unnest(ARRAY['ana@example.org', 'bo@example.org', 'Cy Dee', 'R_1']) name;

-- Long CSV: columns in any order, a byte order mark, quotes, line ends of all kinds, another delimiter.
SELECT name, item, answer, value, submitted_at, line
FROM mindgap.panel_votes_csv(E'\uFEFFitem,Respondent,ignored,VALUE,submitted_at\r\nsleep,ana@example.org,x,8,2024-03-01\n"a ""b"", c" , Ana@Example.org ,,4 - Important\r"two\nlines",bo@example.org,,\n\n , , ,\nwork,bo@example.org\nwork," cy dee ",x,"3.5"',
	'sixteen letters!') LEFT JOIN who USING (respondent) ORDER BY line, item COLLATE "C";
SELECT name, item, value FROM mindgap.panel_votes_csv(E'respondent;item;value\nbo@example.org;"a;b";7\n', 'sixteen letters!') LEFT JOIN who USING (respondent) ORDER BY line, item COLLATE "C";
SELECT name, item, value FROM mindgap.panel_votes_csv(E'respondent\titem\tvalue\nbo@example.org\ta,b;c\t7', 'sixteen letters!') LEFT JOIN who USING (respondent) ORDER BY line, item COLLATE "C";

-- The number of an answer
SELECT a, value FROM unnest(ARRAY['4', '-1', '+2', '4 - Important', '4. Important', '4: yes', '4)', '5 stars', '4%', '3-5', '3 to 5', '4 to be sure', '3 - 5 times', '3/5', '3,5', '2nd', '1e5', 'Important', '0.25', '.5']) WITH ORDINALITY v(a, o),
	LATERAL mindgap.panel_votes_csv(E'respondent,item,value\nx,i,"' || a || '"', 'sixteen letters!') ORDER BY o;

SELECT value FROM mindgap.panel_votes_csv(E'respondent,item,value\nx,i,' || repeat('9', 400), 'sixteen letters!');

-- Zoom, the older form: unnamed pairs of question and answer, several polls, one launched again.
CREATE TABLE zoom (form text, content text);
INSERT INTO zoom VALUES ('pairs', E'\uFEFFPoll Report\nReport Generated:,"Mar 24, 2020 10:32"\nTopic,Meeting ID,Actual Start Time\nPanel,123 456,"Mar 24, 2020 09:00"\n\nPoll Details\n#,User Name,User Email,Submitted Date/Time,\n'
	|| E'1,Ana,ana@example.org,"Mar 24, 2020 09:10",Sleep?,4 - Important,"Which, of these?",Work;Money ; Friends\n2,Cy Dee,,"Mar 24, 2020 09:11",Sleep?,2,"Which, of these?",Work; Money ;;Friends\n3,Anonymous Attendee,,"Mar 24, 2020 09:11",Sleep?,5,"Which, of these?",\n'
	|| E'4,Anonymous Attendee,,"Mar 24, 2020 09:12",Sleep?,5\nPoll 2\n1,not,in,a table\n#,User Name,User Email,Submitted Date/Time\n1,Ana,ANA@example.org,"Mar 24, 2020 09:30",Sleep?,3,"Which, of these?",Work\n'),
	('long', E'#,User Name,User Email,Submitted Date and Time,Question,Answer\n1,Ana,ana@example.org,03/01/2024 10:00,Sleep?,4\n2,Ana,ana@example.org,03/01/2024 10:00,Work?,1\n3,Bo,bo@example.org,03/01/2024 10:01,Sleep?,\n4,Ana,ana@example.org,03/01/2024 10:05,Work?,2\n'),
	('columns', E'#,User Name,Email Address,Submitted Date/Time,Sleep?,Work?,\n1,Ana,ana@example.org,10:00,4,1\n2,Cy  Dee,,10:01,,3\n');
SELECT form, coalesce(name, 'unknown ' || dense_rank() OVER (PARTITION BY form, name ORDER BY line)) AS name, item, answer, value, submitted_at, line
FROM zoom, mindgap.panel_votes_zoom(content, 'sixteen letters!') LEFT JOIN who USING (respondent) ORDER BY form COLLATE "C", line, item COLLATE "C", answer COLLATE "C";
SELECT form, item, answer FROM zoom, mindgap.panel_votes_zoom(content, 'sixteen letters!', split_choices => false) WHERE answer LIKE '%;%';
SELECT count(DISTINCT respondent) AS respondents FROM zoom, generate_series(1, 2) i, mindgap.panel_votes_zoom(content || repeat(E'\n', i), 'sixteen letters!') WHERE form = 'pairs';

-- Qualtrics: three header lines, metadata dropped, previews left out.
SELECT name, item, answer, value, submitted_at, line, question
FROM mindgap.panel_votes_qualtrics(E'\uFEFFStartDate,Status,IPAddress,Finished,RecordedDate,ResponseId,RecipientLastName,RecipientEmail,LocationLatitude,Q_Score,Q1_1,Q1_2,Q2\n'
	|| E'Start Date,Response Type,IP Address,Finished,Recorded Date,Response ID,Last,Email,Latitude,Score,"Rank these - Sleep","Rank these -\nWork",Rate it\n'
	|| repeat('"{""ImportId"":""x""}",', 12) || E'"{""ImportId"":""y""}"\n'
	|| E'2024,IP Address,10.0.0.1,True,2024-03-02,R_9,Doe,ana@example.org,51.5,1,1,2,4 - Important\n2024,Survey Preview,10.0.0.2,True,2024-03-02,R_8,,,51.5,1,2,1,3\n2024,IP Address,10.0.0.3,False,2024-03-03,R_1,,,,,2,,\n',
	'sixteen letters!') LEFT JOIN who USING (respondent) ORDER BY line, item COLLATE "C";

-- A file as one expects it, into a panel
SELECT category, n, round(importance::numeric, 6) AS importance
FROM (SELECT mindgap.panel_agg(respondent, item, value) AS s FROM mindgap.panel_votes_csv(E'respondent,item,value\na,sleep,9\na,work,5\nb,sleep,8\nb,work,6\nc,sleep,7\nc,work,\n', 'sixteen letters!')) o,
	mindgap.panel_weights(s, 10);

-- Nothing in, nothing out
SELECT (SELECT count(*) FROM mindgap.panel_votes_csv(NULL, 'sixteen letters!')) AS csv, (SELECT count(*) FROM mindgap.panel_votes_csv('', 'sixteen letters!')) AS empty,
	(SELECT count(*) FROM mindgap.panel_votes_zoom(NULL, 'sixteen letters!')) AS zoom, (SELECT count(*) FROM mindgap.panel_votes_qualtrics(NULL, 'sixteen letters!')) AS qualtrics,
	(SELECT count(*) FROM mindgap.panel_votes_zoom('#,User Name,User Email', 'sixteen letters!')) AS no_rows;

-- What is wrong, by line; never what stands there
SELECT pg_temp.raises(format('SELECT * FROM mindgap.panel_votes_%s(%L, ''sixteen letters!'')', form, content)) FROM (VALUES
	('csv', E'name,item,value\nAna,sleep,1'), ('csv', E'respondent,item,value\nAna,sleep,1\n\n"two\nlines",,3'), ('csv', E'respondent,item,value\n"Ana,sleep,1'), ('csv', E'respondent,item,value\n"Ana" Doe,sleep,1'),
	('csv', E'respondent,item,value\n\r\n"A\r\nB\rC\nD""x",sleep,1\n,work,1'),
	('zoom', ''), ('zoom', E'Poll Report\n1,Ana,ana@example.org'), ('qualtrics', ''), ('qualtrics', E'ResponseId,Q1\nId,Sleep\nAna,4'), ('qualtrics', E'ResponseId,Q1\nId\nAna,4'), ('qualtrics', E'ResponseId,Q1'),
	('qualtrics', E'ResponseId,Q1\nId,Sleep\n"{""ImportId"":""a""}","{""ImportId"":""b""}"\n,4'), ('qualtrics', E'ResponseId,Q1\nId,Sleep\n"{""ImportId"":""a""}","{""ImportId"":""b""}"\nR_1,4,5')) v(form, content);
SELECT pg_temp.raises($$SELECT * FROM mindgap.panel_votes_csv('respondent,item,value', NULL)$$);
SELECT pg_temp.raises($$SELECT * FROM mindgap.panel_votes_zoom('#,User Name', 'short')$$);
DROP TABLE zoom, who;

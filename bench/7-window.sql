--# Moving frames and keys

--@ gd           gap_difference(y, d) over the last 1,000 rows
SELECT count(x) FROM (SELECT mindgap.gap_difference(y, d) OVER (ORDER BY id ROWS 1000 PRECEDING) AS x FROM tenth OFFSET 0) q;

--@ avg_int      avg of an integer FILTER (d) less FILTER (NOT d), same frame: PostgreSQL can move that frame too
--/ gd/avg_int
SELECT count(x) FROM (SELECT avg(score) FILTER (WHERE d) OVER f - avg(score) FILTER (WHERE NOT d) OVER f AS x
                      FROM tenth WINDOW f AS (ORDER BY id ROWS 1000 PRECEDING) OFFSET 0) q;

--@ lag          lag(y) in the same order
--/ gd/lag
SELECT count(x) FROM (SELECT lag(y) OVER (ORDER BY id) AS x FROM tenth OFFSET 0) q;

--@ gd_some      gap_difference(y, d), 20,000 rows
SELECT count(x) FROM (SELECT mindgap.gap_difference(y, d) OVER (ORDER BY id ROWS 1000 PRECEDING) AS x
                      FROM (SELECT id, y, d FROM tenth LIMIT 20000) t OFFSET 0) q;

--@ avg_some     avg(y) FILTER (d) less FILTER (NOT d), 20,000 rows: of float8, PostgreSQL computes every frame anew
--/ avg_some/gd_some
SELECT count(x) FROM (SELECT avg(y) FILTER (WHERE d) OVER f - avg(y) FILTER (WHERE NOT d) OVER f AS x
                      FROM (SELECT id, y, d FROM tenth LIMIT 20000) t WINDOW f AS (ORDER BY id ROWS 1000 PRECEDING) OFFSET 0) q;

--? both give the same differences to 1e-12
SELECT max(abs(a - b)) < 1e-12
FROM (SELECT mindgap.gap_difference(y, d) OVER f AS a, avg(y) FILTER (WHERE d) OVER f - avg(y) FILTER (WHERE NOT d) OVER f AS b
      FROM (SELECT id, y, d FROM tenth LIMIT 20000) t WINDOW f AS (ORDER BY id ROWS 1000 PRECEDING)) q;

--@ length       length(label)
SELECT count(length(label)) FROM tenth;

--@ key          mindgap.key(label)
--/ key/sha256
--/ key/md5
--/ key/hash
SELECT count(mindgap.key(label)) FROM tenth;

--@ sha256       sha256(convert_to(label, 'UTF8'))
SELECT count(sha256(convert_to(label, 'UTF8'))) FROM tenth;

--@ md5          md5(label)
SELECT count(md5(label)) FROM tenth;

--@ hash         hashtextextended(label, 0)
SELECT count(hashtextextended(label, 0)) FROM tenth;

/*
 * panel.sql: the GENERATED votes of a lived-experience panel.
 *
 * Twelve made-up voters rate, from 0 to 10, how much each category matters
 * for distress; one in ten votes is missing.  No row stands for a real person.
 */
DROP TABLE IF EXISTS demo.panel_vote;
CREATE TABLE demo.panel_vote AS
SELECT voter, category,
       CASE WHEN get_byte(h, 0) >= 26
            THEN least(10, greatest(0, typical + get_byte(h, 1) % 5 - 2))
       END AS rating
FROM generate_series(1, 12) AS voter,
     (VALUES ('earlier distress', 8), ('money', 8), ('friendships', 9),
             ('work', 7), ('family', 6), ('age', 4), ('sex', 3), ('place', 2)
     ) AS c(category, typical),
     LATERAL sha512(convert_to(voter || category, 'UTF8')) AS h;
ALTER TABLE demo.panel_vote ADD PRIMARY KEY (voter, category);
COMMENT ON TABLE demo.panel_vote IS
    'Generated votes: no real panel. What twelve made-up voters think matters for distress, 0 to 10.';

# Every object of the extension is explained, and every name can be written.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use MindgapTest;
use Test::More;

new_database('mindgap_objects');

# Array types and the row types of tables are made by the server.
my $objects = q{
	SELECT i.type, i.identity, obj_description(d.objid, d.classid::regclass::name) AS comment
	FROM pg_depend d
	JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
	CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) i
	LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
	LEFT JOIN pg_class r ON r.oid = t.typrelid
	WHERE e.extname = 'mindgap' AND d.deptype = 'e'
		AND coalesce(t.typcategory <> 'A', true) AND coalesce(r.relkind = 'c', true)};

cmp_ok(query("SELECT count(*) FROM ($objects) o"), '>', 1, 'the extension has objects');

is(query("SELECT type || ' ' || identity FROM ($objects) o
		WHERE coalesce(btrim(comment), '') = '' ORDER BY 1"),
	'', 'every object has a comment');

is(query("SELECT type || ' ' || identity FROM ($objects) o
		WHERE type NOT IN ('schema', 'cast') AND identity !~ '\\ymindgap\\.' ORDER BY 1"),
	'', 'every object lies in schema mindgap');

# name => value cannot be written where the name is a key word that is
# reserved, or reserved for columns or for functions and types
my $names = q{
	SELECT p.oid::regprocedure::text AS place, a.name
	FROM pg_proc p CROSS JOIN LATERAL unnest(p.proargnames) a(name)
	WHERE p.pronamespace = 'mindgap'::regnamespace
	UNION ALL
	SELECT c.oid::regclass::text, a.attname
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
	WHERE c.relnamespace = 'mindgap'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'c', 'f')
		AND NOT a.attisdropped};

is(query("SELECT place || ': ' || name FROM ($names) n
		JOIN pg_get_keywords() k ON k.word = n.name AND k.catcode <> 'U' ORDER BY 1"),
	'', 'no argument or column is named by a reserved word');

is(query("SELECT place || ': ' || name FROM ($names) n WHERE name <> '' AND quote_ident(name) <> name
		AND name NOT IN (SELECT word FROM pg_get_keywords()) ORDER BY 1"),
	'', 'no argument or column name needs quotes');

done_testing;

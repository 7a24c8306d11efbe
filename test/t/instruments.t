# A change of an instrument reaches sessions that have read it: at once when
# it is committed, not when it is undone, and not within a snapshot.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use MindgapTest;
use Test::More;

my $database = 'mindgap_instruments';
new_database($database);
query(q{CALL mindgap.register_instrument('{"name": "Own", "version": "1", "label": "Own", "items": 1, "codes": [0, 1], "higher_is": "worse",
		"source": "a test", "missing": {"max": 0, "prorate": false}, "methods": {"sum": {"map": [0, 1], "range": [0, 1]}}}');
	CREATE FUNCTION own() RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN RETURN mindgap.score('Own', ARRAY[1]); END $$;
	CREATE FUNCTION change(points int) RETURNS void LANGUAGE sql AS $$ UPDATE mindgap.instrument_definition
		SET definition = regexp_replace(regexp_replace(definition::text, '"map": \[0, \d+\]', format('"map": [0, %s]', points)),
			'"range": \[0, \d+\]', format('"range": [0, %s]', points))::json WHERE name = 'Own' $$});

# another session's statement, in the middle of this one
sub other { return "\\! psql -X -q -A -t -d $database -c \"$_[0]\"\n" }

is(session("SELECT own();\n" . other('SELECT change(2)') . 'SELECT own();'), "1\n\n2", 'a committed change is seen');
# (of several statements in one -c an older psql prints the last result alone)
like(session("SELECT own();\n" . other('BEGIN; SELECT change(3); ROLLBACK') . 'SELECT own();'), qr/^2\n+2$/, 'one that is undone is not');
is(session("BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT own();\n" . other('SELECT change(4)') . "SELECT own();\nCOMMIT;\nSELECT own();"),
	"2\n\n2\n4", 'a snapshot keeps its definition, and the next transaction has the new one');
is(session("BEGIN;\nSELECT change(5);\nSELECT own();\nSAVEPOINT s;\nSELECT change(6);\nSELECT own();\nROLLBACK TO s;\nSELECT own();\nROLLBACK;\nSELECT own();"),
	"\n5\n\n6\n5\n4", 'a session sees its own changes, and what is left when they are undone');
like(session("SELECT own();\n" . other(q{DELETE FROM mindgap.instrument_definition WHERE name = 'Own'}) . "SELECT count(own());\nSELECT 'end';"),
	qr/^4\n((ERROR|HINT|CONTEXT).*\n)*end$/, 'a deleted one is gone');
is(session("SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	CREATE TABLE answers AS SELECT ARRAY[i % 4, i % 3] AS items FROM generate_series(1, 20000) i;
	SELECT sum(mindgap.score('PHQ-2', items)) = sum(items[1] + items[2]) FROM answers"), 't', 'parallel workers score alike');

use_database('postgres');
query("DROP DATABASE $database");
done_testing;

# What a user needs, may and may not: the functions work for every user, show
# nobody more rows than they may see, and run with nobody else's rights.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use MindgapTest;
use Test::More;

my $database = 'mindgap_rights';
my @roles = qw(mindgap_clinic mindgap_analyst mindgap_reader);
new_database($database, 0);
query("DROP ROLE IF EXISTS $_; CREATE ROLE $_") for @roles;
my $clinic = 'SET ROLE mindgap_clinic;';
my $analyst = 'SET ROLE mindgap_analyst;';
my $reader = 'SET ROLE mindgap_reader;';

# Who may install it

query("GRANT CREATE ON DATABASE $database TO mindgap_clinic; ALTER ROLE mindgap_clinic CREATEDB CREATEROLE");
like(query_fails("$clinic CREATE EXTENSION mindgap"), qr/permission denied to create extension "mindgap"/,
	'only a superuser installs it');
like(query_fails('CREATE SCHEMA elsewhere; CREATE EXTENSION mindgap SCHEMA elsewhere'),
	qr/must be installed in schema "mindgap"/, '... and in its own schema alone');
query('CREATE EXTENSION mindgap');
is(query("SELECT trusted, superuser, relocatable, schema FROM pg_available_extension_versions v
		JOIN pg_extension e ON e.extname = v.name AND e.extversion = v.version WHERE name = 'mindgap'"),
	'f|t|f|mindgap', 'the control file says so');
like(query_fails('CREATE SCHEMA elsewhere; ALTER EXTENSION mindgap SET SCHEMA elsewhere'),
	qr/does not support SET SCHEMA/, 'it cannot be moved');
like(query_fails("$clinic DROP EXTENSION mindgap"), qr/must be owner of extension/, 'nor dropped by others');

# What its functions are

my $members = q{SELECT p.* FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
		AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'mindgap'};
sub members { return query("SELECT p.oid::regprocedure FROM ($members) p WHERE $_[0] ORDER BY 1") }

cmp_ok(query("SELECT count(*) FROM ($members) p"), '>', 50, 'the extension has functions');
is(members('prosecdef'), '', 'none runs with its owner\'s rights');
is(members('proleakproof'), '', 'none is leakproof');
is(members("proparallel <> 's' AND prokind <> 'p' AND prorettype <> 'trigger'::regtype AND proname <> 'binomial_fit'"), '',
	'all are parallel safe, procedures, triggers and what runs queries aside');
is(members("prolang IN (SELECT oid FROM pg_language WHERE lanname IN ('plpgsql', 'sql'))
		AND coalesce(array_to_string(proconfig, ',') NOT LIKE '%search_path=pg_catalog, pg_temp%', true)"),
	'', 'those in SQL fix their search path');
is(members("NOT has_function_privilege('mindgap_reader', p.oid, 'EXECUTE')"), '', 'everybody may call them');

# The type's own functions and the parts of aggregates depend on nothing but
# their arguments; accessors may come to read settings.
my $parts = q{p.oid IN (SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend]::oid[]) FROM pg_type
			WHERE typnamespace = 'mindgap'::regnamespace)
		OR p.oid IN (SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggmtransfn, aggminvtransfn, aggmfinalfn]::oid[])
			FROM pg_aggregate WHERE aggfnoid::oid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'mindgap'::regnamespace))};
is(members("($parts) AND provolatile <> 'i'"), '', 'parts of the type and of aggregates are immutable');
is(members("NOT ($parts) AND prokind = 'f' AND provolatile <> 's'
		AND (proretset OR EXISTS (SELECT FROM unnest(p.proargtypes) t(id)
			JOIN pg_type ON pg_type.oid = t.id WHERE typnamespace = 'mindgap'::regnamespace))"),
	'', 'accessors are stable');
is(query("SELECT p.oid::regprocedure FROM ($members) p JOIN pg_aggregate a ON a.aggfnoid = p.oid
		WHERE aggtranstype = 'internal'::regtype OR aggcombinefn = 0"),
	'', 'aggregates can be split, with a transition type that can be shipped');

# A user without rights of any kind

is(query("SELECT has_schema_privilege('mindgap_reader', 'mindgap', 'USAGE')"), 't',
	'CREATE EXTENSION lets everybody use schema mindgap')
  or query('GRANT USAGE ON SCHEMA mindgap TO PUBLIC');    # so that the rest can be tested
is(query("SELECT has_schema_privilege('mindgap_reader', 'mindgap', 'CREATE')"), 'f', '... but create nothing there');
is(query("SELECT t.oid::regtype FROM pg_type t WHERE typnamespace = 'mindgap'::regnamespace
		AND NOT has_type_privilege('mindgap_reader', t.oid, 'USAGE')"), '', '... and use its types');

query("$clinic CREATE SCHEMA clinic;
	CREATE TABLE clinic.visits (ward text, owner name, score float8, weight float8, stratum int, psu int);
	INSERT INTO clinic.visits SELECT CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END,
		CASE WHEN i % 3 = 0 THEN 'mindgap_analyst' ELSE 'nobody' END, i % 37, 1 + i % 5, i % 4, i % 24
	FROM generate_series(1, 1000) i;
	CREATE TABLE clinic.stored AS SELECT mindgap.survey_agg(score, ward, weight, stratum, psu) AS s FROM clinic.visits;
	INSERT INTO clinic.stored SELECT s FROM clinic.stored");
is(query("$clinic SELECT count(*) FROM clinic.stored, mindgap.estimates(s)"), 6, 'a user summarises and reads own tables');
is(query("$clinic SELECT sign(count(*))::bigint FROM (SELECT mindgap.rollup(s) AS s FROM clinic.stored) r, mindgap.gaps(s)
		UNION ALL SELECT count(*) FROM clinic.stored, mindgap.pairwise_gaps(s)
		UNION ALL SELECT count(*) FROM clinic.stored a, mindgap.change(a.s, a.s)
		UNION ALL SELECT count(measure) FROM clinic.stored a, mindgap.gap_change(a.s, a.s)
		UNION ALL SELECT count(*) FROM clinic.stored, mindgap.covariance(s)
		UNION ALL SELECT count(strata) FROM clinic.stored, mindgap.survey_design(s)
		UNION ALL SELECT sign(count(mindgap.key(ward)))::bigint FROM clinic.visits
		UNION ALL SELECT count(mindgap.gap_difference(score, ward = 'a', weight)) OVER () FROM clinic.visits
		UNION ALL SELECT count(r) FROM (SELECT mindgap.ridit(weight) OVER (ORDER BY score) AS r FROM clinic.visits) w
		UNION ALL SELECT count(*) FROM (SELECT mindgap.survey_series_agg(2000, s) AS s FROM clinic.stored) w, mindgap.series_estimates(s)"),
	join("\n", 1, 4, 6, 2, 8, 2, 1, 1, 1000, 3), '... with functions of every kind');

like(query_fails("$reader SELECT mindgap.survey_agg(score) FROM clinic.visits"),
	qr/permission denied/, 'not those of others');
query('GRANT USAGE ON SCHEMA clinic TO mindgap_reader; GRANT SELECT ON clinic.stored TO mindgap_reader');
is(query("$reader SELECT count(*) FROM clinic.stored, mindgap.estimates(s)"), 6, 'a right to summaries is enough to read them');
like(query_fails("$reader SELECT count(*) FROM clinic.visits"), qr/permission denied for table visits/,
	'... without one to the rows behind them');

# Row-level security: a summary holds what the user may see

query("$clinic ALTER TABLE clinic.visits ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON clinic.visits USING (owner = current_user);
	GRANT USAGE ON SCHEMA clinic TO mindgap_analyst; GRANT SELECT ON clinic.visits TO mindgap_analyst, mindgap_reader");
my $seen = "SELECT mindgap.survey_agg(score, ward, weight, stratum, psu) FROM clinic.visits";
is(query("$analyst SELECT rows_counted FROM mindgap.survey_design(($seen))"), 333, 'a summary holds the rows that a policy shows');
is(query("$analyst SELECT s::text = ($seen WHERE owner = 'mindgap_analyst')::text FROM ($seen) q(s)"), 't', '... these and no others');
is(query("$reader SELECT ($seen) IS NULL"), 't', '... none, where it shows none');
is(query("$clinic SELECT rows_counted FROM mindgap.survey_design(($seen))"), 1000, '... and all to their owner');
is(query("$analyst SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
		SELECT rows_counted FROM mindgap.survey_design(($seen))"), 333, '... in parallel workers too');

# A user's function in the condition of a query is not run on hidden rows
# before the policy is: no function of the extension is leakproof, so none is
# pushed below it.
query("$analyst CREATE FUNCTION pg_temp.tell(name) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
	\$\$ BEGIN IF \$1 <> 'mindgap_analyst' THEN RAISE EXCEPTION 'seen %', \$1; END IF; RETURN true; END \$\$;
	$seen WHERE pg_temp.tell(owner)");
pass('conditions do not see hidden rows');

# Instruments: everybody scores, and only those who are let register
my $definition = q('{"name": "Own", "version": "1", "label": "Own", "items": 1, "codes": [0, 1], "higher_is": "worse", "source": "a test",
	"missing": {"max": 0, "prorate": false}, "methods": {"sum": {"range": [0, 1]}}}');
is(query("$reader SELECT mindgap.score('PHQ-2', ARRAY[1, 2])"), 3, 'a user without rights scores');
like(query_fails("$reader CALL mindgap.register_instrument($definition)"),
	qr/permission denied for table instrument_definition/, '... and registers no instrument');
query('GRANT INSERT ON mindgap.instrument_definition TO mindgap_analyst');
is(query("$analyst CALL mindgap.register_instrument($definition); SELECT mindgap.score('Own', ARRAY[1])"), 1,
	'one who may INSERT registers an instrument');
like(query_fails("$analyst INSERT INTO mindgap.instrument_definition (definition, shipped)
		SELECT replace(definition::text, 'Own', 'Other')::json, true FROM mindgap.instrument_definition WHERE name = 'Own'"),
	qr/an instrument that the extension ships cannot be changed or added/, '... not one of the extension');
like(query_fails("$analyst DELETE FROM mindgap.instrument_definition"), qr/permission denied/, '... and changes none');
like(query_fails("UPDATE mindgap.instrument_definition SET definition = definition WHERE name = 'PHQ-9'"),
	qr/an instrument that the extension ships cannot be changed or added/, 'not even its owner changes a shipped one');
query("$clinic CREATE TABLE clinic.definition (definition text);
	CREATE TRIGGER t BEFORE INSERT ON clinic.definition FOR EACH ROW EXECUTE FUNCTION mindgap.instrument_check()");
like(query_fails("$clinic INSERT INTO clinic.definition VALUES ('x')"),
	qr/this trigger belongs to the table of instruments/, 'its trigger is of no use on another table');

# Parts of aggregates are no way in
for my $call ('survey_final(s)', 'survey_combine(s, s)', 'survey_accum(s, 1)', 'survey_accum(NULL, true)')
{
	like(query_fails("$clinic SELECT mindgap.$call FROM clinic.stored") // 'no error',
		qr/part of an aggregate/, "$call cannot be called by itself");
}
like(query_fails("$clinic SELECT mindgap.gap_difference_accum(array_fill(0::float8, ARRAY[14]), 1, true)"),
	qr/part of the aggregate/, 'gap_difference_accum neither');
like(query_fails("$clinic SELECT mindgap.gap_difference_final(ARRAY[1, 2]::float8[])"),
	qr/part of the aggregate/, 'gap_difference_final checks its argument');

use_database('postgres');
query("DROP DATABASE $database");
query("DROP ROLE $_") for @roles;

done_testing;

# A database that was updated from any earlier version holds the same objects
# as a fresh one, and its stored values can be read.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use MindgapTest;
use Test::More;

my $tree = "$FindBin::Bin/../..";

# Everything that an extension's script decides: every object, what it is, its
# comment and its rights.  Files of an older version may lie beside the library.
my $describe = q{
	WITH members AS (
		SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'mindgap'),
	described AS (
		SELECT m.*, to_jsonb(ROW(pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.prokind, p.provolatile,
			p.proparallel, p.proisstrict, p.proleakproof, p.prosecdef, p.procost, p.prorows, p.prosrc, p.probin, p.proconfig,
			p.proacl::text, p.prosupport::text)) AS definition
		FROM members m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
		UNION ALL
		SELECT m.*, to_jsonb(ROW(a.aggkind, a.aggnumdirectargs, a.aggtransfn::text, a.aggfinalfn::text, a.aggcombinefn::text,
			a.aggserialfn::text, a.aggdeserialfn::text, a.aggmtransfn::text, a.aggminvtransfn::text, a.aggmfinalfn::text,
			a.aggfinalextra, a.aggmfinalextra, a.aggfinalmodify, a.aggmfinalmodify, a.aggsortop::regoperator::text,
			a.aggtranstype::regtype::text, a.aggtransspace, a.aggmtranstype::regtype::text, a.aggmtransspace,
			a.agginitval, a.aggminitval))
		FROM members m JOIN pg_aggregate a ON m.classid = 'pg_proc'::regclass AND m.objid = a.aggfnoid
		UNION ALL
		SELECT m.*, to_jsonb(ROW(t.typlen, t.typbyval, t.typtype, t.typcategory, t.typispreferred, t.typdelim, t.typinput::text,
			t.typoutput::text, t.typreceive::text, t.typsend::text, t.typmodin::text, t.typalign, t.typstorage, t.typnotnull,
			t.typbasetype::regtype::text, t.typdefault, t.typacl::text,
			(SELECT array_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = t.oid),
			(SELECT jsonb_agg(ROW(c.attname, format_type(c.atttypid, c.atttypmod), c.attnotnull, col_description(c.attrelid, c.attnum))
				ORDER BY c.attnum) FROM pg_attribute c WHERE c.attrelid = t.typrelid AND c.attnum > 0 AND NOT c.attisdropped)))
		FROM members m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
		UNION ALL
		SELECT m.*, to_jsonb(ROW(c.relkind, c.relacl::text, c.reloptions, pg_get_viewdef(c.oid),
			(SELECT jsonb_agg(ROW(a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, col_description(a.attrelid, a.attnum),
				pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
				FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
				WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)))
		FROM members m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
		UNION ALL
		SELECT m.*, to_jsonb(ROW(c.castfunc::regprocedure::text, c.castcontext, c.castmethod))
		FROM members m JOIN pg_cast c ON m.classid = 'pg_cast'::regclass AND m.objid = c.oid
		UNION ALL
		SELECT m.*, to_jsonb(ROW(o.oprcode::text, o.oprcom::regoperator::text, o.oprnegate::regoperator::text, o.oprrest::text,
			o.oprjoin::text, o.oprcanmerge, o.oprcanhash))
		FROM members m JOIN pg_operator o ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid)
	SELECT i.type || ' ' || i.identity || ' ' || coalesce(d.definition::text, '') || ' ' ||
		coalesce(quote_literal(obj_description(m.objid, m.classid::regclass::name)), 'no comment')
	FROM members m LEFT JOIN described d USING (classid, objid), LATERAL pg_identify_object(m.classid, m.objid, 0) i
	UNION ALL
	SELECT 'rights on the schema ' || coalesce((SELECT string_agg(privilege_type || ' to ' || grantee::regrole::text, ', ' ORDER BY 1)
		FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'mindgap'), 'none')
	UNION ALL
	SELECT 'configuration ' || coalesce(extconfig::regclass[]::text, 'none') || coalesce(extcondition::text, '')
	FROM pg_extension WHERE extname = 'mindgap'};
sub objects { return [ sort split /\n/, query($describe) ] }

# Differences between two lists, as lines with + and -
sub differences
{
	my ($got, $expected) = @_;
	my (%got, %expected);
	@got{@$got} = ();
	@expected{@$expected} = ();
	return join "\n", sort { substr($a, 2) cmp substr($b, 2) }
	  (map { exists $expected{$_} ? () : "+ $_" } @$got), (map { exists $got{$_} ? () : "- $_" } @$expected);
}

# The current version

open my $control, '<', "$tree/extension/mindgap.control" or die;
my ($current) = map { /^default_version\s*=\s*'(.*)'/ } <$control>;
new_database('mindgap_fresh');
is(query("SELECT extversion FROM pg_extension WHERE extname = 'mindgap'"), $current, 'CREATE EXTENSION installs the version of the tree');
my $fresh = objects();
cmp_ok(scalar @$fresh, '>', 50, '... and its objects');
cmp_ok(scalar(grep { /^function .*'$/ } @$fresh), '>', 50, '... with their comments, which are compared too');
query('ALTER EXTENSION mindgap UPDATE');
is(differences(objects(), $fresh), '', 'ALTER EXTENSION UPDATE changes nothing');
query("ALTER EXTENSION mindgap UPDATE TO '$current'");
is(differences(objects(), $fresh), '', '... nor does naming the version');
query('DROP EXTENSION mindgap');
is(query($describe) =~ s/^rights on the schema.*\n?//mr, '', 'DROP EXTENSION leaves no object');
query('CREATE EXTENSION mindgap');
is(differences(objects(), $fresh), '', '... and what CREATE EXTENSION then makes is the same');

# Every step from an earlier version

my @steps = map { m{/mindgap--([^/]+?)--([^/]+)\.sql$} ? [ $1, $2 ] : () } glob "$tree/sql/upgrade/mindgap--*--*.sql";
my @bases = map { m{/mindgap--([^/]+)\.sql$} && $1 !~ /--/ ? $1 : () } glob "$tree/sql/mindgap--*.sql $tree/sql/upgrade/mindgap--*.sql";
my %available = map { $_ => 1 } split /\n/, query("SELECT version FROM pg_available_extension_versions WHERE name = 'mindgap'");
note('steps: ', join(', ', map { "$_->[0] to $_->[1]" } @steps) || 'none yet');

for my $step (@steps)
{
	my ($from, $to) = @$step;
	is(query("SELECT count(*) FROM pg_extension_update_paths('mindgap') WHERE source = '$from' AND target = '$to' AND path = '$from--$to'"),
		1, "the step from $from to $to is installed");
	isnt(query("SELECT coalesce(path, '') FROM pg_extension_update_paths('mindgap') WHERE source = '$from' AND target = '$current'"),
		'', '... and leads on to the current version') if $to ne $current;
	ok($available{$from}, "... and $from can be installed, to start from");
}
ok($available{$_}, "version $_, whose script is in the tree, can be installed") for grep { $_ ne $current } @bases;

for my $version (sort grep { $_ ne $current } keys %available)
{
	new_database('mindgap_upgraded', 0);
	query("CREATE EXTENSION mindgap VERSION '$version'");
	my $stored = query(q{CREATE TABLE stored AS SELECT mindgap.survey_agg(i % 7, i % 3, 1 + i % 5, i % 4, i % 40) AS s FROM generate_series(1, 500) i;
		SELECT * FROM stored, mindgap.estimates(s)});
	query('ALTER EXTENSION mindgap UPDATE');
	is(query("SELECT extversion FROM pg_extension WHERE extname = 'mindgap'"), $current, "from $version to the current version");
	is(differences(objects(), $fresh), '', '... the objects are those of a fresh installation');
	is(query('SELECT * FROM stored, mindgap.estimates(s)'), $stored, '... and what was stored reads the same');

	# A connection that has used the old version goes on with the new one.
	new_database('mindgap_upgraded', 0);
	my $use = 'SELECT count(*) FROM mindgap.estimates((SELECT mindgap.survey_agg(i % 7, i % 3) FROM generate_series(1, 500) i));';
	is(session("CREATE EXTENSION mindgap VERSION '$version';\n$use\nALTER EXTENSION mindgap UPDATE;\n$use"), "4\n4",
		'... also in a connection that was using it');
}

done_testing;

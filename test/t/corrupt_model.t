# Stored prediction models that were damaged on disk are found damaged by every
# function that reads them.  Damaged bytes on the wire, and damaged text, are
# refused or read; what was read can be written and predicted with.  Never a
# crash.
use strict;
use warnings;
use File::Temp;
use FindBin;
use lib $FindBin::Bin;
use MindgapTest;
use Test::More;

new_database('mindgap_corrupt_model');
query(q{CREATE TYPE raw;
	CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
	CREATE FUNCTION raw_out(raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
	CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, ALIGNMENT = double, STORAGE = extended);
	CREATE CAST (raw AS mindgap.prediction_model) WITHOUT FUNCTION;
	CREATE CAST (mindgap.prediction_model AS raw) WITHOUT FUNCTION;
	CREATE TABLE model (m mindgap.prediction_model);
	INSERT INTO model SELECT mindgap.prediction_fit(s, '{a,b,c}', '{x,y,y}', p, 10, always_in => '{a}')
	FROM (SELECT mindgap.prediction_agg(y, x, 1, i) FROM generate_series(1, 40) i,
			LATERAL (SELECT (i * 7 % 11)::float8 AS y, ARRAY[i % 5, CASE WHEN i % 6 > 0 THEN i * 3 % 7 END, i * i % 13]::float8[] AS x) v) o(s),
		(SELECT mindgap.panel_agg(v, c, length(c) + v % 3) FROM generate_series(1, 5) v, unnest('{x,y,z}'::text[]) c) w(p)});
my $life = server_life();

my @calls = (
	'mindgap.prediction_model_out(x)', 'mindgap.prediction_model_send(x)', q{mindgap.predict(x, '{1,NULL,3}')},
	q{mindgap.predict_interval(x, '{1,2,NULL}')}, q{mindgap.predict_row_interval(x, '{"a":1,"b":2,"c":null}')},
	'mindgap.model_terms(x)', 'mindgap.model_panel(x)', 'mindgap.model_evidence(x)', 'mindgap.model_trust(x)',
	'mindgap.model_quality(x)', 'mindgap.model_sensitivity(x)'
);

# Every way a call ends; only these are right: an answer, damage found, a
# number out of range, a wrong call (the damage may have changed a name)
my $tries = join '', map {
	(my $quoted = $_) =~ s/'/''/g;
	"BEGIN
		PERFORM $_;
		outcome := 'ok';
	EXCEPTION WHEN OTHERS THEN
		outcome := CASE WHEN SQLSTATE IN ('XX001', '22003', '22023', '2202E', '42703', '42804', '55000') THEN SQLSTATE ELSE SQLSTATE || ' ' || SQLERRM || ' in $quoted' END;
	END;
	n := n || jsonb_build_object(outcome, coalesce((n ->> outcome)::int, 0) + 1);\n"
} @calls;
query("CREATE FUNCTION try(step int) RETURNS jsonb LANGUAGE plpgsql AS \$try\$
	DECLARE
		whole bytea := (SELECT m::raw FROM model)::text::bytea; x mindgap.prediction_model;
		outcome text; n jsonb := '{}'; at int; bits int; size int := length(whole);
	BEGIN
		FOR at IN 0 .. 79 LOOP
			FOREACH bits IN ARRAY ARRAY[1, 128, 255] LOOP
				x := set_byte(whole, at, get_byte(whole, at) # bits)::text::raw::mindgap.prediction_model;
				$tries
			END LOOP;
		END LOOP;
		FOR at IN 80 .. size - 1 BY step LOOP
			x := set_byte(whole, at, get_byte(whole, at) # 255)::text::raw::mindgap.prediction_model;
			$tries
			x := substr(whole, 1, at)::text::raw::mindgap.prediction_model;
			$tries
		END LOOP;
		FOR at IN 0 .. 80 LOOP
			x := substr(whole, 1, at)::text::raw::mindgap.prediction_model;
			$tries
		END LOOP;
		RETURN n;
	END \$try\$");
my $n = query('SELECT try(13)');
my @wrong = query("SELECT key FROM jsonb_object_keys('$n'::jsonb) key WHERE key <> 'XX001'");
is("@wrong", '', 'damage on disk is found');
note($n);

# On the wire there is no fingerprint: a value begins at byte 25 of the file.
# The server reads these files, perhaps as another user.
my $dir = File::Temp->newdir('mindgap.XXXXXX', TMPDIR => 1);
chmod 0755, $dir or die;
query('CREATE TABLE wire (m mindgap.prediction_model)');
session("\\copy model TO '$dir/sound' (FORMAT binary)
	\\copy wire FROM '$dir/sound' (FORMAT binary)");
is(query('SELECT count(*) FROM model a JOIN wire b ON a.m::text = b.m::text AND a.m::raw::text = b.m::raw::text'), 1,
	'COPY binary out and in gives the same');
open my $in, '<:raw', "$dir/sound" or die;
my $bytes = do { local $/; <$in> };
close $in;
my $size = length($bytes) - 27;
my $script = "TRUNCATE wire;\n";
for my $n (0 .. 399)
{
	my $at = $n < 150 ? int($n / 3) + 1 : 60 + int(($n - 150) * ($size - 60) / 250);
	my $damaged = $bytes;
	substr($damaged, 25 + $at, 1) ^= chr((1, 128, 255)[ $n % 3 ]);
	open my $out, '>:raw', "$dir/$n" or die;
	print $out $damaged or die;
	close $out or die;
	chmod 0644, "$dir/$n" or die;
	$script .= "COPY wire FROM '$dir/$n' (FORMAT binary);\n\\echo :SQLSTATE\n";
}
my %n;
$n{$_}++ for split /\n/, session($script);
is(join(' ', grep { !/^(00000|22P03|22021|08P01)$/ } sort keys %n), '', 'a damaged byte on the wire is refused or read');
cmp_ok($n{'22P03'} // 0, '>', 40, '... some are refused');
note(join ', ', map { "$_: $n{$_}" } sort keys %n);
is(query('SELECT count(*) FROM wire WHERE m::text::mindgap.prediction_model::text <> m::text'), 0, '... what is read can be written');
query("CREATE FUNCTION read() RETURNS text LANGUAGE plpgsql AS \$try\$
	DECLARE
		x mindgap.prediction_model; outcome text; n jsonb := '{}';
	BEGIN
		FOR x IN SELECT m FROM wire LOOP
			$tries
		END LOOP;
		RETURN (SELECT string_agg(key, ' ') FROM jsonb_object_keys(n) key WHERE key NOT IN ('ok', '22003', '22023', '42703', '42804', '2202E', '55000'));
	END \$try\$");
is(query('SELECT read()'), '', '... and read by every function');

# Parallel workers predict what one process does.
query(q{CREATE TABLE many AS SELECT i, ARRAY[i % 5, CASE WHEN i % 6 > 0 THEN i % 7 END, i % 13]::float8[] AS x FROM generate_series(1, 20000) i;
	ANALYZE many});
my $sum = 'SELECT sum(mindgap.predict(m, x)), sum((mindgap.predict_interval(m, x)).conf_low) FROM many, model';
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;';
like(query("$parallel EXPLAIN $sum"), qr/Parallel/, 'the plan is parallel');
my @serial = split /\|/, query("SET max_parallel_workers_per_gather = 0; $sum");
my @workers = split /\|/, query("$parallel $sum");
is_close($workers[$_], $serial[$_], 1e-12, "parallel as serial, column $_") for 0, 1;

server_alive($life, 'the server has not crashed');

done_testing;

# Vector summaries (concentration, inequality, regression, decomposition): COPY
# binary writes and reads them bit for bit; damaged messages, texts and stored values are
# refused with a clear error, or read as another summary that works; never a
# crash.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Temp;
use MindgapTest;
use Test::More;

# The server reads these files, perhaps as another user.
my $dir = File::Temp->newdir('mindgap.XXXXXX', TMPDIR => 1);
chmod 0755, $dir or die;

new_database('mindgap_vectors');
my $life = server_life();
my $rows = q{(VALUES (1::float8, 'b', 1.5::float8, 1, 1, 0.15::float8, 5.25::float8), (0.5, 'é', 2, 1, 2, 0.5, 3), (3, 'é', 1, 2, 1, 0.8, 2),
	(NULL, 'b', 2, 1, 2, NULL, NULL), (4, NULL, 1, 2, 5, 0.5, 1), (2, 'b', NULL, 1, 1, 0.5, 1)) v(y, g, w, h, p, f, a)};
my $ranked = "(SELECT *, mindgap.ridit(w) OVER o AS r, ARRAY[mindgap.outcome_above(y, w) OVER o, mindgap.outcome_above(p, w) OVER o] AS a
	FROM (SELECT y, w, h, p FROM $rows WHERE y IS NOT NULL) c WINDOW o AS (ORDER BY y)) q";
my %sound = (
	concentration => "SELECT mindgap.concentration_agg(y, f, a, w, h, p) AS s FROM $rows
		UNION ALL SELECT mindgap.concentration_agg(y, f, a, w) FROM $rows",
	inequality => "SELECT mindgap.inequality_agg(y, g, w, h, p) AS s FROM $rows UNION ALL SELECT mindgap.inequality_agg(y, p, w) FROM $rows
		UNION ALL SELECT mindgap.inequality_agg(y, g, w, h, NULLIF(p, 1)) FROM $rows",
	regression => "SELECT mindgap.regression_agg(y, ARRAY[p, w], w, h, p) AS s FROM $rows UNION ALL SELECT mindgap.regression_agg(y, ARRAY[p], w) FROM $rows
		UNION ALL SELECT mindgap.regression_agg(y, NULL, w, h, p) FROM $rows",
	decomposition => "SELECT mindgap.concentration_decomposition_agg(y, ARRAY[p], r, a, w, h, p) AS s FROM $ranked
		UNION ALL SELECT mindgap.concentration_decomposition_agg(y, ARRAY[p], r, a, w) FROM $ranked
		UNION ALL SELECT mindgap.concentration_decomposition_agg(y, NULL, r, a, w, h, p) FROM $ranked");
my %reader = (
	concentration => "mindgap.concentration(%s, 'generalised', lonely_psu => 'adjust')",
	inequality => "mindgap.inequality(%s, 'ge2', lonely_psu => 'average')",
	regression => "mindgap.regression(%s, lonely_psu => 'adjust')",
	decomposition => "mindgap.concentration_decomposition(%s, lonely_psu => 'adjust')");

query(q{CREATE TYPE raw;
	CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
	CREATE FUNCTION raw_out(raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
	CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, ALIGNMENT = double, STORAGE = extended)});

my $seed = 4711;
sub random { $seed = ($seed * 1103515245 + 12345) % 2147483648; return int($seed / 65536) % $_[0] }

# Damages of one string of bytes: [what, bytes]
sub damages
{
	my ($bytes) = @_;
	my $n = length $bytes;
	my @all = map { [ "first $_ bytes", substr $bytes, 0, $_ ] } grep { $_ < 80 || $_ % 37 == 5 } 0 .. $n - 1;
	for my $at (grep { $_ < 120 || $_ % 3 == 0 } 0 .. $n - 1)
	{
		my $damaged = $bytes;
		substr($damaged, $at, 1) ^= chr((0x01, 0x80, 0xff)[ $at * 7 % 3 ]);
		push @all, [ "byte $at", $damaged ];
	}
	for my $try (1 .. 60)
	{
		my $damaged = $bytes;
		substr($damaged, random($n), 1) = chr random(256) for 1 .. 5;
		push @all, [ "change $try", $damaged ];
	}
	return @all;
}

# A test: each outcome is one of these SQLSTATEs, or a summary that works
sub judge
{
	my ($name, $refusals, $variants, @outcomes) = @_;
	my (@wrong, %seen);
	for my $i (0 .. $#$variants)
	{
		my ($state) = $outcomes[$i] =~ /^(\w{5})$/m;
		$state //= 'none';
		$seen{$state}++;
		push @wrong, "$variants->[$i][0]: $outcomes[$i]" unless $state =~ /^(00000|22003|$refusals)$/;
	}
	ok(@$variants && !@wrong, sprintf '%s (%d variants)', $name, scalar @$variants)
	  or diag(map { "\n$_" } @wrong > 8 ? (@wrong[ 0 .. 7 ], '...') : @wrong);
	note(join ', ', map { "$_: $seen{$_}" } sort keys %seen);
	return;
}

for my $kind (sort keys %sound)
{
	my $type = "mindgap.${kind}_summary";
	query("CREATE TABLE $kind AS $sound{$kind}; CREATE TABLE again_$kind (s $type)");
	query("CREATE CAST (raw AS $type) WITHOUT FUNCTION; CREATE CAST ($type AS raw) WITHOUT FUNCTION");
	session("\\copy $kind TO '$dir/$kind' (FORMAT binary)");
	query("COPY again_$kind FROM '$dir/$kind' (FORMAT binary)");
	is(query("SELECT count(*) FROM (SELECT s::text FROM $kind EXCEPT ALL SELECT s::text FROM again_$kind) q"), 0, "$kind: COPY binary out and in");
	is(query("SELECT count(*) FROM $kind WHERE s::text::$type\::text <> s::text"), 0, "$kind: text there and back");
	my $count = query("SELECT count(*) FROM $kind");

	for my $i (0 .. $count - 1)
	{
		my $read = sprintf $reader{$kind}, 's';
		my $bytes = pack 'H*', query("SELECT encode($type\_send(s), 'hex') FROM $kind OFFSET $i LIMIT 1");
		my @variants = damages($bytes);
		for (0 .. $#variants)
		{
			my $value = $variants[$_][1];
			open my $file, '>:raw', "$dir/$_" or die;
			print $file "PGCOPY\n\377\r\n\0" . pack('N N n N', 0, 0, 1, length $value) . $value . pack('n', 0xffff) or die;
			close $file or die;
		}
		judge("$kind $i: damaged messages", '22P03|08P01|22021', \@variants, outcomes("SET statement_timeout = '10s';", map {
			"TRUNCATE again_$kind; COPY again_$kind FROM '$dir/$_' (FORMAT binary);\n\\echo :SQLSTATE\nSELECT 1 FROM again_$kind, $read;" } 0 .. $#variants));

		my $text = query("SELECT encode(convert_to(s::text, 'UTF8'), 'hex') FROM $kind OFFSET $i LIMIT 1");
		my @texts = grep { $_->[1] !~ /\0/ } damages(pack 'H*', $text);
		judge("$kind $i: damaged texts", '22P02|22021|22P05', \@texts, outcomes("SET statement_timeout = '10s';", map {
			"SELECT 1 FROM (SELECT convert_from('\\x" . unpack('H*', $_->[1]) . "', 'UTF8')::$type AS s OFFSET 0) q, $read;\n\\echo :SQLSTATE" } @texts));

		my $stored = pack 'H*', query("SELECT substr(s::raw::text, 3) FROM $kind OFFSET $i LIMIT 1");
		my @stored = damages($stored);
		judge("$kind $i: damaged values", 'XX001', \@stored, outcomes("SET statement_timeout = '10s';", map {
			my $x = "(SELECT '\\x" . unpack('H*', $_->[1]) . "'::raw::$type AS s OFFSET 0) q";
			"SELECT 1 FROM $x, $read;\n\\echo :SQLSTATE\nSELECT 1 FROM (SELECT mindgap.rollup(s) AS s FROM (SELECT s FROM $x UNION ALL SELECT s FROM (SELECT * FROM $kind OFFSET $i LIMIT 1) k) u) q, $read;" } @stored));
	}
}

server_alive($life, 'the server has not crashed');

done_testing;

# The binary form: COPY writes and reads it bit for bit; a damaged one is
# refused with a clear error, or read as another summary that works.
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

new_database('mindgap_binary');
store_summaries(1);

# There and back

for my $type ([ 'summary', 'stored', 'estimates' ], [ 'series', 'stored_series', 'series_estimates' ])
{
	my ($name, $table, $accessor) = @$type;
	session("\\copy $table TO '$dir/all' (FORMAT binary)");
	query("CREATE TABLE again (LIKE $table); COPY again FROM '$dir/all' (FORMAT binary)");
	cmp_ok(query('SELECT count(*) FROM again'), '>', 20, "$name: COPY binary out and in");
	is(query("SELECT count(*) FROM $table a FULL JOIN again b USING (name)
			WHERE a.s::text IS DISTINCT FROM b.s::text"), 0, '... the text form is the same');
	is(query("SELECT count(*) FROM $table a FULL JOIN again b USING (name)
			WHERE mindgap.survey_${name}_send(a.s) IS DISTINCT FROM mindgap.survey_${name}_send(b.s)"),
		0, '... the binary form is the same');
	is(query("SELECT count(*) FROM $table a JOIN again b USING (name),
				LATERAL (SELECT array_agg(r::text) AS all_rows FROM mindgap.$accessor(a.s) r) x,
				LATERAL (SELECT array_agg(r::text) AS all_rows FROM mindgap.$accessor(b.s) r) y
			WHERE x.all_rows IS DISTINCT FROM y.all_rows"), 0, '... the estimates are the same');
	query('DROP TABLE again');
}

# Labels travel in the client's encoding, as all text does.
session("SET client_encoding = 'EUC_JP';
	\\copy (SELECT mindgap.survey_agg(1, chr(26085) || chr(26412))) TO '$dir/eucjp' (FORMAT binary)");
query('CREATE TABLE again (s mindgap.survey_summary NOT NULL)');
session("SET client_encoding = 'EUC_JP';\n\\copy again FROM '$dir/eucjp' (FORMAT binary)");
is(query("SELECT subgroup FROM again, mindgap.estimates(s) WHERE subgroup IS NOT NULL"),
	'日本', 'labels are converted to the client\'s encoding and back');

# Damage.  A variant is the bytes of the value; the frame around it is whole.

my $life = server_life();
query('CREATE TABLE damaged_summary (s mindgap.survey_summary); CREATE TABLE damaged_series (s mindgap.survey_series)');

# The bytes that send gives for s, the column of a query
sub binary_of
{
	my ($type, $sql) = @_;
	return pack 'H*', query("SELECT encode(mindgap.survey_${type}_send(s), 'hex') FROM ($sql) q");
}

sub write_file
{
	my ($name, $bytes) = @_;
	open my $file, '>:raw', $name or die "$name: $!";
	print $file $bytes or die;
	close $file or die;
	return;
}

sub frame
{
	my ($value) = @_;
	return "PGCOPY\n\377\r\n\0" . pack('N N n N', 0, 0, 1, length $value) . $value . pack('n', 0xffff);
}

# A test: each variant is refused with one of these SQLSTATEs, or read as a
# value that works; unless it must be one or the other.
my %accessor = (summary => 'estimates', series => 'series_estimates');
sub try_variants
{
	my ($type, $name, $variants, $must) = @_;
	my $refusal = qr/^(22P03|08P01|22021)$/;
	my (@wrong, %seen);
	write_file("$dir/$_", frame($variants->[$_][1])) for 0 .. $#$variants;
	my @outcomes = outcomes('', map {
		"TRUNCATE damaged_$type;
		COPY damaged_$type FROM '$dir/$_' (FORMAT binary);
		\\echo read :SQLSTATE
		SELECT count(e) FROM damaged_$type, mindgap.$accessor{$type}(s, lonely_psu => 'adjust') e;
		\\echo used :SQLSTATE :LAST_ERROR_MESSAGE
		SELECT count(s::text::mindgap.survey_$type) FROM damaged_$type;
		\\echo printed :SQLSTATE"
	} 0 .. $#$variants);
	for my $i (0 .. $#$variants)
	{
		my ($read) = ($outcomes[$i] =~ /^(?:read )?(\S+)/);
		$seen{$read}++;
		next if ($must // '') ne 'work' && $read =~ $refusal;
		# a value may be sound in itself and tell of a design that cannot be
		next if ($must // '') ne 'be refused' && $read eq '00000' && $outcomes[$i] =~ /^printed 00000$/m
		  && $outcomes[$i] =~ /^used (00000|22023 (fpc implies|the kind of the replicate weights|survey summaries cannot be))/m;
		push @wrong, "$variants->[$i][0]: $outcomes[$i]";
	}
	ok(!@wrong, sprintf '%s (%d variants)', $name, scalar @$variants)
	  or diag(join "\n", @wrong > 10 ? (@wrong[ 0 .. 9 ], '...') : @wrong);
	note(join ', ', map { "$_: $seen{$_}" } sort keys %seen);
	return;
}

# Truncated and flipped: small summaries of every layout

my %small = (
	'text subgroups, psu' => [ summary => q{SELECT mindgap.survey_agg(y, g, w, h, p) AS s
		FROM (VALUES (1::float8, 'b', 1.5::float8, 1, 1), (NULL, 'é', 2, 1, 2), (3, 'a', 1, 2, 1), (0, NULL, 1, 2, 5)) v(y, g, w, h, p)} ],
	'integer subgroups, psu and fpc' => [ summary => q{SELECT mindgap.survey_agg(y, g, w, h, p, 100) AS s
		FROM (VALUES (1::float8, 1, 1.5::float8, -1, 1), (NULL, -7, 2, -1, 2), (3, -7, 1, 2, 1), (0, 1, 1, 2, 5)) v(y, g, w, h, p)} ],
	'text subgroups, rows' => [ summary => q{SELECT mindgap.survey_agg(y, g, w) AS s
		FROM (VALUES (1::float8, 'b', 1.5::float8), (0.5, 'b', 2), (NULL, 'a', 2), (3, 'a', 1)) v(y, g, w)} ],
	'integer subgroups, mixed' => [ summary => q{SELECT mindgap.survey_agg(y, g, w, h, p) AS s
		FROM (VALUES (true, 1, 1.5::float8, NULL, NULL), (false, 2, 2, 1, NULL), (true, 2, 1, 1, 1)) v(y, g, w, h, p)} ],
	'text subgroups, replicates' => [ summary => q{SELECT mindgap.replication(mindgap.survey_replicate_agg(y, g, w, ARRAY[w, 2 * w, i])) AS s
		FROM (VALUES (1, 1::float8, 'b', 1.5::float8), (2, 0.5, 'b', 2), (3, 3, 'a', 1)) v(i, y, g, w)} ],
	'integer subgroups, published' => [ summary => q{SELECT mindgap.gap_from_table_agg(g, y, se, p) AS s
		FROM (VALUES (1, 0.5::float8, 0.1::float8, 1000), (2, 0.25, NULL, 2000)) v(g, y, se, p)} ],
	'series' => [ series => q{SELECT mindgap.survey_series_agg(t, s) AS s FROM (SELECT t, mindgap.survey_agg(y, g, w, h, p) AS s
		FROM (VALUES (2019::float8, true, 'b', 1, 1, 1), (2019, false, 'a', 1, 1, 2), (2021.5, true, 'b', 2, 1, 1)) v(t, y, g, w, h, p)
		GROUP BY t) q} ]);

for my $kind (sort keys %small)
{
	my ($type, $sql) = @{ $small{$kind} };
	my $value = binary_of($type, $sql);
	my $n = length $value;
	my @variants = map { [ "first $_ bytes", substr $value, 0, $_ ] } grep { $_ < 50 || $_ % 5 == 0 } 0 .. $n - 1;
	push @variants, map { [ "with $_ more bytes", $value . "\0" x $_ ] } 1, 8, 100;
	try_variants($type, "$kind: cut short, and too long", \@variants, 'be refused');

	@variants = ();
	for my $at (grep { $_ < 80 || $_ % 3 } 0 .. $n - 1)
	{
		my $bits = (0x01, 0x80, 0xff)[ $at * 7 % 3 ];
		my $damaged = $value;
		substr($damaged, $at, 1) ^= chr $bits;
		push @variants, [ sprintf('byte %d ^ %02x', $at, $bits), $damaged ];
	}
	try_variants($type, "$kind: a byte flipped", \@variants);

	# four bytes at once, by a generator of our own so that they stay the same
	@variants = ();
	my $seed = 12345;
	my $random = sub { $seed = ($seed * 1103515245 + 12345) % 2147483648; return int($seed / 65536) };
	for (1 .. 60)
	{
		my ($damaged, @places) = ($value);
		for (1 .. 4)
		{
			my ($at, $bits) = ($random->() % $n, 1 + $random->() % 255);
			substr($damaged, $at, 1) ^= chr $bits;
			push @places, "$at ^ $bits";
		}
		push @variants, [ "bytes @places", $damaged ];
	}
	try_variants($type, "$kind: four bytes flipped", \@variants);
}

# Damage to the file itself

my $file = frame(binary_of(@{ $small{'text subgroups, psu'} }));
my @states = split /\n/, session(join '', map {
	write_file("$dir/$_", substr $file, 0, $_);
	"COPY damaged_summary FROM '$dir/$_' (FORMAT binary);\n\\echo :SQLSTATE\n"
} grep { $_ % 5 == 1 } 21 .. length($file) - 3);
is(scalar(grep { !/^(22P04|22P03|08P01)$/ } @states), 0, 'a file cut short') or diag("@states");

# Counts and indexes that promise what is not there

# A value from its parts: flags, subgroups (key, w, mean, m2), strata (id, fpc,
# rows, first PSU, first row cell), PSUs (id, first cell), cells (subgroup,
# counts, sums), row cells, and the number of replicates
sub value
{
	my ($flags, $groups, $strata, $psus, $cells, $rowcells, $replicates) = @_;
	my $double = sub { pack 'd>', $_[0] // 0 };
	$flags |= 0x80 if grep { $_->[1] } @$groups;    # an outcome was counted
	return pack('n n q> N6', 1, $flags, 0, (map { scalar @$_ } @_[ 1 .. 5 ]), $replicates // 0)
	  . join('', map { ($flags & 1 ? pack('N/a*', $_->[0]) : pack('q>', $_->[0]))
			. join('', map { $double->($_) } 0, @$_[ 1 .. 3 ]) . "\0" } @$groups)
	  . join('', map { pack('q>', $_->[0]) . $double->($_->[1]) . pack('q> N N', @$_[ 2 .. 4 ]) } @$strata)
	  . join('', map { pack 'q> N', @$_ } @$psus)
	  . join('', map { pack('N q>3', @$_[ 0 .. 3 ]) . join '', map { $double->($_) } @$_[ 4, 5 ] } @$cells)
	  . join('', map { pack('N q>3', @$_[ 0 .. 3 ]) . join '', map { $double->($_) } @$_[ 4 .. 8 ] } @$rowcells);
}

my ($inf, $nan) = (9**9**9, -sin(9**9**9));
my $text = [ [ 'a', 1 ], [ 'b', 1 ] ];
my $unsorted = [ [ 'b', 1 ], [ 'a', 1 ] ];
my $stratum = [ [ 1, 0, 0, 0, 0 ] ];
my $psu = [ [ 1, 0 ] ];
try_variants('summary', 'labels in another order are sorted', [ [ 'unsorted', value(1, $unsorted, $stratum, $psu, [ [ 0, 1, 0, 1, 2, 2 ], [ 1, 1, 0, 1, 3, 3 ] ], []) ] ], 'work');
is(query(q{SELECT string_agg(subgroup || ' ' || population, ', ') FROM damaged_summary, mindgap.estimates(s)
		WHERE subgroup IS NOT NULL}), 'a 3, b 2', '... and the cells with them');

my @bad = (
	[ 'cells without PSUs, labels not sorted', value(1, $unsorted, [], [], [ [ 0x7fffffff, 0, 0, 0 ] ], []) ],
	[ 'cells without PSUs, negative subgroup', value(1, $unsorted, [], [], [ [ 0x80000000, 0, 0, 0 ] ], []) ],
	[ 'cells without PSUs, in a stratum', value(1, $unsorted, $stratum, [], [ [ 0x7fffffff, 0, 0, 0 ] ], []) ],
	[ 'row cells without strata, labels not sorted', value(1, $unsorted, [], [], [], [ [ 0x7fffffff, 0, 0, 0 ] ]) ],
	[ 'PSUs without strata, labels not sorted', value(1, $unsorted, [], $psu, [], []) ],
	[ 'a cell of no subgroup', value(1, $text, $stratum, $psu, [ [ 2, 1, 0, 1, 1, 1 ] ], []) ],
	[ 'a cell of a negative subgroup', value(2, [ [ 1, 1 ] ], $stratum, $psu, [ [ 0xffffffff, 1, 0, 1, 1, 1 ] ], []) ],
	[ 'PSUs that start behind their end', value(2, [], [ [ 1, 0, 0, 5, 0 ] ], $psu, [], []) ],
	[ 'PSUs that start below 0', value(2, [], [ [ 1, 0, 0, 0, 0 ], [ 2, 0, 0, 0xffffffff, 0 ] ], $psu, [], []) ],
	[ 'cells that start behind their end', value(2, [ [ 1, 1 ] ], $stratum, [ [ 1, 1 ] ], [ [ 0, 1, 0, 1, 1, 1 ] ], []) ],
	[ 'a subgroup twice', value(1, [ [ 'a', 1 ], [ 'a', 1 ] ], [], [], [], []) ],
	[ 'subgroups without names', value(0, [ [ 1, 1 ], [ 2, 1 ] ], [], [], [], []) ],
	[ 'text and integer subgroups', value(3, [], [], [], [], []) ],
	[ 'a flag that is not known', value(0x8000, [], [], [], [], []) ],
	[ 'a PSU twice', value(2, [], $stratum, [ [ 1, 0 ], [ 1, 0 ] ], [], []) ],
	[ 'PSUs of the NULL stratum', value(6, [], [ [ 0, 0, 0, 0, 0 ] ], $psu, [], []) ],
	[ 'a label that is no text', value(1, [ [ "\xff", 1 ] ], [], [], [], []) ],
	[ 'a label that holds a zero byte', value(1, [ [ "a\0b", 1 ] ], [], [], [], []) ],
	[ 'an infinite weight', value(2, [ [ 1, $inf ] ], [], [], [], []) ],
	[ 'a mean that is no number', value(2, [ [ 1, 1, $nan ] ], [], [], [], []) ],
	[ 'a negative sum of squares', value(2, [ [ 1, 1, 0, -1 ] ], [], [], [], []) ],
	[ 'an infinite cell', value(2, [ [ 1, 1 ] ], $stratum, $psu, [ [ 0, 1, 0, 1, 1, $inf ] ], []) ],
	[ 'a negative count', value(2, [ [ 1, 1 ] ], $stratum, $psu, [ [ 0, -1, 0, 0, 0, 0 ] ], []) ],
	[ 'an fpc where there is none', value(2, [], [ [ 1, 5, 0, 0, 0 ] ], [], [], []) ],
	[ 'sums of replicates whose size is 3,134 bytes modulo 2^64',
		pack('n n q> N6', 1, 2, 0, 537128550, 0, 0, 0, 0, 2146453588) . "\0" x 4000 ],
	[ 'replicates that are not there', value(2, [ [ 1, 1 ] ], [], [], [], [], 1) ],
	[ 'replicates and PSUs', value(2, [], $stratum, $psu, [], [], 2) ],
	[ 'a replication without replicates', value(0x202, [], [], [], [], []) . "\0" x 20 ],
	[ 'published estimates with strata', value(0x102, [], $stratum, [], [], []) ],
	[ 'a later format', "\0\2" . substr(value(2, [], [], [], [], []), 2) ]);
for my $count (0 .. 5)
{
	for my $huge (1, 0x7fffffff, 0x80000000, 0xffffffff, 0x05555555)
	{
		my $value = value(2, [], [], [], [], []);
		substr($value, 12 + 4 * $count, 4) = pack 'N', $huge;
		push @bad, [ "count $count is $huge", $value ] unless $count == 5 && $huge == 1;
	}
}
try_variants('summary', 'counts and indexes that promise what is not there, and other nonsense, are refused', \@bad, 'be refused');

my $wave = value(2, [ [ 1, 1 ] ], [], [], [], []);
my $series = sub { my ($n, @waves) = @_; return pack('n N', 1, $n) . join '', map { pack('d>', $_->[0]) . $_->[1] } @waves };
try_variants('series', 'a series of two waves', [ [ 'sound', $series->(2, [ 1, $wave ], [ 2, $wave ]) ] ], 'work');
try_variants('series', 'series with the wrong number of waves, or waves that do not fit, are refused', [
	(map { [ "$_ waves for two", $series->($_, [ 1, $wave ], [ 2, $wave ]) ] } 0, 1, 3, 0x7fffffff, 0x80000000, 0xffffffff),
	[ 'waves not sorted', $series->(2, [ 2, $wave ], [ 1, $wave ]) ],
	[ 'a wave twice', $series->(2, [ 1, $wave ], [ 1, $wave ]) ],
	[ 'a time that is no number', $series->(1, [ $nan, $wave ]) ],
	[ 'waves of different kinds', $series->(2, [ 1, $wave ], [ 2, value(1, [ [ 'a', 1 ] ], [], [], [], []) ]) ],
	(map { [ "a wave with $_->[0]", $series->(1, [ 1, $_->[1] ]) ] } @bad) ], 'be refused');

server_alive($life, 'the server has not crashed');

done_testing;

# A stored summary that was damaged on disk is found damaged by every function
# that reads it, or is whole enough for every one of them; never a crash.
#
# A type of bytes with the alignment of a summary, and a cast that changes no
# byte, let any bytes be read as a stored summary.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use MindgapTest;
use Test::More;

new_database('mindgap_corrupt');
query(q{CREATE TYPE raw;
	CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
	CREATE FUNCTION raw_out(raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
	CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, ALIGNMENT = double, STORAGE = extended);
	CREATE CAST (raw AS mindgap.survey_summary) WITHOUT FUNCTION;
	CREATE CAST (mindgap.survey_summary AS raw) WITHOUT FUNCTION});
my $life = server_life();

# Sound summaries; "large" makes rollup go on in its large form.
my %sound = (
	text_psu => q{SELECT mindgap.survey_agg(y, g, w, h, p)
		FROM (VALUES (1::float8, 'b', 1.5::float8, 1, 1), (0.5, 'é', 2, 1, 2), (3, 'é', 1, 2, 1), (NULL, 'b', 2, 1, 2), (0, NULL, 1, 2, 5)) v(y, g, w, h, p)},
	int_fpc => q{SELECT mindgap.survey_agg(y, g, w, h, p, 100)
		FROM (VALUES (true, 1, 1.5::float8, -1, 1), (false, -7, 2, -1, 2), (false, -7, 2, 2, 3), (true, 1, 1, 2, 1)) v(y, g, w, h, p)},
	text_rows => q{SELECT mindgap.survey_agg(y, g, w)
		FROM (VALUES (1::float8, 'b', 1.5::float8), (0.5, 'b', 2), (NULL, 'é', 2), (0.25, 'é', 1), (0.125, 'é', 1)) v(y, g, w)},
	int_mixed => q{SELECT mindgap.survey_agg(y, g, w, h, p)
		FROM (VALUES (true, 1, 1.5::float8, NULL, NULL), (false, 2, 2, 1, NULL), (true, 2, 1, 1, 1), (false, 1, 1, 1, 2)) v(y, g, w, h, p)},
	plain => q{SELECT mindgap.survey_agg(y) FROM (VALUES (1::float8), (0.5), (NULL)) v(y)});
query("CREATE TABLE sound (kind text PRIMARY KEY, s mindgap.survey_summary, large mindgap.survey_summary, labels text[])");
query("INSERT INTO sound (kind, s) SELECT '$_', ($sound{$_})") for sort keys %sound;
query(q{UPDATE sound SET large = (SELECT CASE kind
			WHEN 'text_psu' THEN mindgap.survey_agg(1, 'g' || i % 20, 1, 1, i)
			WHEN 'int_fpc' THEN mindgap.survey_agg(true, i % 20, 1, 7, i, 1000)
			WHEN 'int_mixed' THEN mindgap.survey_agg(true, i % 20, 1, 7, i)
			WHEN 'text_rows' THEN mindgap.survey_agg(1, 'g' || i, 1)
			WHEN 'plain' THEN s END FROM generate_series(1, 100) i),
		labels = coalesce((SELECT array_agg(subgroup) FROM mindgap.estimates(s) WHERE subgroup IS NOT NULL), '{no,one}')});

# Everything that reads a summary: x is the damaged one, s and large are sound,
# labels are those of s.
my @calls = (
	'survey_summary_out(x)', 'survey_summary_send(x)', 'survey_design(x)',
	"estimates(x, 'mean')", "estimates(x, 'total', lonely_psu => 'adjust')", "estimates(x, 'proportion', lonely_psu => 'average')",
	(map { "estimates(x, 'proportion', lonely_psu => 'certainty', ci_method => '$_')" } qw(logit beta wilson asin normal)),
	"covariance(x, 'total')", "covariance(x, lonely_psu => 'adjust')",
	"contrast(x, labels, ARRAY[1, -1], 'logit')",
	"change(x, s, lonely_psu => 'adjust')", "change(s, x, 'relative')", "change(x, x, 'odds')",
	"gap(x, 'ratio', labels[1], labels[2])", "gaps(x, 'max', 'min')",
	(map { "pairwise_gaps(x, scale => '$_', lonely_psu => 'adjust')" } qw(absolute relative odds)),
	"gap_change(x, s, 'odds_ratio', labels[1], labels[2])", "gap_change(s, x, 'difference', labels[1], labels[2])",
	'gap_change(x, x)');
my @rollups = map { "(SELECT mindgap.rollup(a) FROM unnest(ARRAY[$_]) a)" }
  ('x', 's, x', 'x, s', 'large, x', 'x, large', 'x, x');

is(query(q{SELECT string_agg(DISTINCT p.proname::text, ' ' ORDER BY p.proname::text) FROM pg_proc p
		WHERE p.pronamespace = 'mindgap'::regnamespace AND 'mindgap.survey_summary'::regtype = ANY (p.proargtypes)
			AND p.prokind = 'f' AND p.oid NOT IN (SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn]) FROM pg_aggregate)
			AND p.proname::text <> ALL (ARRAY[} . join(', ', map { /^(\w+)/; "'$1'" } @calls) . '])'),
	'', 'every function that reads a summary is tried');

# How each call ends with one damaged value: 'ok', a SQLSTATE, or what is wrong
# with the answer.
my $tries = join '', map {
	my $call = $_;
	(my $quoted = $call) =~ s/'/''/g;
	my $from = $call =~ /^\(/ ? "(SELECT $call AS r) q" : "mindgap.$call r";
	"BEGIN
		SELECT string_agg(r::text, ' ') INTO answer FROM $from;
		outcome := CASE WHEN answer ~ '\\y(NaN|-?Infinity)\\y' THEN 'not finite' ELSE 'ok' END;
	EXCEPTION WHEN OTHERS THEN
		outcome := SQLSTATE;
		IF SQLSTATE NOT IN ('XX001', '22003', '22023', '54000') THEN outcome := SQLSTATE || ' ' || SQLERRM; END IF;
	END;
	outcomes := outcomes || jsonb_build_object('$quoted', outcome);\n"
} @calls, @rollups;
query("CREATE TABLE damaged (id int, kind text, x raw);
	CREATE FUNCTION try(which int) RETURNS TABLE (outcome text, calls text) LANGUAGE plpgsql AS \$try\$
	DECLARE
		x mindgap.survey_summary; s mindgap.survey_summary; large mindgap.survey_summary;
		labels text[]; answer text; outcome text; outcomes jsonb := '{}';
	BEGIN
		SELECT d.x::mindgap.survey_summary, o.s, o.large, o.labels INTO x, s, large, labels
		FROM damaged d JOIN sound o USING (kind) WHERE d.id = which;
		$tries
		BEGIN
			outcome := CASE WHEN mindgap.survey_summary_in(mindgap.survey_summary_out(x))::text = x::text
				THEN 'ok' ELSE 'another' END;
		EXCEPTION WHEN OTHERS THEN outcome := SQLSTATE; END;
		outcomes := outcomes || jsonb_build_object('text there and back', outcome);
		RETURN QUERY SELECT o.value, CASE WHEN o.value NOT IN ('ok', 'XX001') OR count(*) < 5
				THEN string_agg(o.key, ' / ') ELSE count(*) || ' calls' END
			FROM jsonb_each_text(outcomes) o GROUP BY o.value ORDER BY 1;
	END \$try\$");

# A test of variants [what, kind, bytes]: each is damaged for every call, or
# whole for every call
my $id = 0;
my @unreadable;
sub try_variants
{
	my ($name, $must_refuse, @variants) = @_;
	my $first = $id;
	my $rows = join '', map { $id++ . "\t$_->[1]\t\\\\x" . unpack('H*', $_->[2]) . "\n" } @variants;
	session("COPY damaged FROM stdin;\n$rows\\.\n");
	my @outcomes = outcomes('', map { "SELECT * FROM try($_);\n\\echo :SQLSTATE" } $first .. $id - 1);
	my (@wrong, %seen);
	for my $i (0 .. $#variants)
	{
		my %calls = map { split /\|/, $_, 2 } grep { /\|/ } split /\n/, $outcomes[$i];
		my $refused = join(' ', keys %calls) eq 'XX001';
		if (!$refused && ($calls{XX001} // '') =~ /rollup/)
		{
			push @unreadable, "$variants[$i][1], $variants[$i][0]: $calls{XX001}";
			delete $calls{XX001} unless $calls{XX001} =~ m{(^| / )\w};
		}
		my $whole = !$must_refuse && $outcomes[$i] =~ /^00000$/m
		  && !grep { !/^(ok|22003|22023|54000)$/ } keys %calls;
		$seen{ $whole ? 'whole' : $refused ? 'damaged' : 'wrong' }++;
		push @wrong, "$variants[$i][1], $variants[$i][0]: $outcomes[$i]" unless $whole || $refused;
	}
	ok(@variants && !@wrong, sprintf '%s (%d variants)', $name, scalar @variants)
	  or diag(scalar @wrong, ' wrong:', map { "\n" . substr $_, 0, 400 } @wrong[ 0 .. ($#wrong > 7 ? 7 : $#wrong) ]);
	note(join ', ', map { "$_: $seen{$_}" } sort keys %seen);
	return;
}

my %bytes = map { $_ => pack 'H*', query("SELECT substr(s::raw::text, 3) FROM sound WHERE kind = '$_'") } sort keys %sound;
my @kinds = sort keys %sound;

try_variants('sound values work', 0, map { [ 'sound', $_, $bytes{$_} ] } @kinds);
is(query("SELECT count(*) FROM damaged, LATERAL try(id) WHERE outcome = 'ok' AND calls <> (@{[ @calls + @rollups + 1 ]}) || ' calls' AND kind = 'text_psu'"),
	0, '... in every call');

try_variants('cut short', 1, map {
	my $kind = $_;
	map { [ "first $_ bytes", $kind, substr $bytes{$kind}, 0, $_ ] } grep { $_ < 60 && $_ % 3 == 0 || $_ % 40 == 7 } 0 .. length($bytes{$kind}) - 1
} @kinds);

# Room behind the labels is no damage.
try_variants('longer than needed', 0, map { [ '50 more bytes', $_, $bytes{$_} . "\xa5" x 50 ] } @kinds);

# Compressed, and out of line
try_variants('stored compressed, damaged', 1, map { [ 'compressed', $_, "\7" . substr($bytes{$_}, 1) . "\0" x 4000 ] } @kinds);
cmp_ok(query('SELECT pg_column_size(x) FROM damaged ORDER BY id DESC LIMIT 1'), '<', 1000, '... it is compressed');

# Byte by byte
for my $kind (@kinds)
{
	try_variants("$kind: a byte flipped", 0, map {
		my $bits = (0x01, 0x80, 0xff)[ $_ * 7 % 3 ];
		my $damaged = $bytes{$kind};
		substr($damaged, $_, 1) ^= chr $bits;
		[ sprintf('byte %d ^ %02x', $_, $bits), $kind, $damaged ]
	} 0 .. length($bytes{$kind}) - 1);
}

# The header's fields (after the length): format, flags, shift, skipped, six counts
my @fields = ([ 0, 2, 'v', 'format' ], [ 2, 2, 'v', 'flags' ], [ 12, 8, 'q<', 'skipped' ],
	map { [ 20 + 4 * $_, 4, 'l<', (qw(groups strata psus cells rowcells label_bytes))[$_] ] } 0 .. 5);
try_variants('extreme counts', 0, map {
	my $kind = $_;
	map {
		my ($at, $size, $format, $name) = @$_;
		map { my $damaged = $bytes{$kind}; substr($damaged, $at, $size) = pack $format, $_; [ "$name = $_", $kind, $damaged ] }
		  (-1, 0, 1, 2, 3, 64, 65535, 2147483647, -2147483647, 89478485)
	} @fields
} @kinds);

# Extreme numbers in each aligned place: doubles, counts, indexes
for my $number ([ 'infinite', pack 'd<', 9**9**9 ], [ 'no number', pack 'd<', -sin(9**9**9) ], [ 'huge', pack 'd<', 1.7e308 ],
	[ '-huge', pack 'd<', -1.7e308 ], [ 'tiny', pack 'd<', 5e-324 ], [ 'the largest integer', pack 'q<', 2**62 + (2**62 - 1) ],
	[ 'a quarter of it', pack 'q<', 2**61 - 1 ], [ '-1', pack 'q<', -1 ], [ 'nil', pack 'q<', 0 ])
{
	try_variants("$number->[0] everywhere in turn", 0, map {
		my $kind = $_;
		map { my $damaged = $bytes{$kind}; substr($damaged, 4 + 8 * $_, 8) = $number->[1]; [ "at $_ x 8", $kind, $damaged ] }
		  0 .. int((length($bytes{$kind}) - 12) / 8)
	} @kinds);
}

# Noise: by a generator of our own, so that it stays the same
my $seed = 4711;
sub random { $seed = ($seed * 1103515245 + 12345) % 2147483648; return int($seed / 65536) % $_[0] }
try_variants('random bytes', 1, map { [ 'random', $kinds[ $_ % @kinds ], join '', map { chr random(256) } 1 .. random(300) ] } 1 .. 100);
try_variants('random bytes behind a sound header', 0, map {
	my $kind = $kinds[ $_ % @kinds ];
	[ 'random body', $kind, substr($bytes{$kind}, 0, 44) . join '', map { chr random(256) } 45 .. length $bytes{$kind} ]
} 1 .. 100);
try_variants('a few bytes changed', 0, map {
	my $kind = $kinds[ $_ % @kinds ];
	my $damaged = $bytes{$kind};
	substr($damaged, random(length $damaged), 1) = chr random(256) for 1 .. 5;
	[ "number $_", $kind, $damaged ]
} 1 .. 200);

# Labels must be text of the database's encoding.
my $labels = index $bytes{text_rows}, "b\xc3\xa9";
die if $labels < 0;
try_variants('labels that are no text', 1, map {
	my $damaged = $bytes{text_rows};
	substr($damaged, $labels, 3) = $_->[1];
	[ $_->[0], 'text_rows', $damaged ]
} ([ 'cut in a character', "bb\xc3" ], [ 'no UTF-8', "b\xff\xfe" ], [ 'a zero byte', "bc\0" ]));

is(scalar(@unreadable), 0, 'what rollup makes of whole summaries can be read')
  or diag(map { substr($_, 0, 200) . "\n" } @unreadable[ 0 .. ($#unreadable > 9 ? 9 : $#unreadable) ]);

server_alive($life, 'the server has not crashed');

done_testing;

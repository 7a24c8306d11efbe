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
	CREATE CAST (raw AS mindgap.survey_series) WITHOUT FUNCTION;
	CREATE CAST (mindgap.survey_summary AS raw) WITHOUT FUNCTION;
	CREATE CAST (mindgap.survey_series AS raw) WITHOUT FUNCTION});
my $life = server_life();

# Sound values, and larger ones of the same kind, with which rollup goes on in
# its large form
my %sound = (
	text_psu => [ q{SELECT mindgap.survey_agg(y, g, w, h, p)
		FROM (VALUES (1::float8, 'b', 1.5::float8, 1, 1), (0.5, 'é', 2, 1, 2), (3, 'é', 1, 2, 1), (NULL, 'b', 2, 1, 2), (0, NULL, 1, 2, 5)) v(y, g, w, h, p)},
		q{mindgap.survey_agg(1, 'g' || i % 20, 1, 1, i)} ],
	int_fpc => [ q{SELECT mindgap.survey_agg(y, g, w, h, p, 100)
		FROM (VALUES (true, 1, 1.5::float8, -1, 1), (false, -7, 2, -1, 2), (false, -7, 2, 2, 3), (true, 1, 1, 2, 1)) v(y, g, w, h, p)},
		q{mindgap.survey_agg(true, i % 20, 1, 7, i, 1000)} ],
	text_rows => [ q{SELECT mindgap.survey_agg(y, g, w)
		FROM (VALUES (1::float8, 'b', 1.5::float8), (0.5, 'b', 2), (NULL, 'é', 2), (0.25, 'é', 1), (0.125, 'é', 1)) v(y, g, w)},
		q{mindgap.survey_agg(1, 'g' || i, 1)} ],
	int_mixed => [ q{SELECT mindgap.survey_agg(y, g, w, h, p)
		FROM (VALUES (true, 1, 1.5::float8, NULL, NULL), (false, 2, 2, 1, NULL), (true, 2, 1, 1, 1), (false, 1, 1, 1, 2)) v(y, g, w, h, p)},
		q{mindgap.survey_agg(true, i % 20, 1, 7, i)} ],
	plain => [ q{SELECT mindgap.survey_agg(y) FROM (VALUES (1::float8), (0.5), (NULL)) v(y)},
		q{mindgap.survey_agg(i)} ],
	replicates => [ q{SELECT mindgap.replication(mindgap.survey_replicate_agg(y, g, 1, ARRAY[w, 2 * w, i]))
		FROM (VALUES (1, 0.5::float8, 1, 1.5::float8), (2, 0.25, 1, 2), (3, 0.75, 2, 1), (4, 0.25, 2, 1)) v(i, y, g, w)},
		q{mindgap.replication(mindgap.survey_replicate_agg(1, i, 1, '{1,2,3}'))} ],
	published => [ q{SELECT mindgap.gap_from_table_agg(g, y, se, p)
		FROM (VALUES (1, 0.5::float8, 0.1::float8, 1000), (2, 0.25, NULL, 2000)) v(g, y, se, p)},
		q{mindgap.gap_from_table_agg(100 + i, 0.5, 0.1, 10)} ],
	series => [ q{SELECT mindgap.survey_series_agg(t, s) FROM (SELECT t, mindgap.survey_agg(y, g, 1, h, p) AS s
		FROM (VALUES (2019::float8, true, 'b', 1, 1), (2019, false, 'é', 1, 2), (2021.5, true, 'b', 2, 1),
			(2019::float8, true, 'b', 1, 2), (2021.5, false, 'é', 1, 2), (2022, true, 'b', 1, 1)) v(t, y, g, h, p) GROUP BY t) q},
		q{mindgap.survey_series_agg(2000 + i % 9, (SELECT mindgap.survey_agg(true, 'g' || j % 20, 1, 1, j) FROM generate_series(1, 100) j))} ]);
my @kinds = sort keys %sound;
my %type = map { $_ => $_ eq 'series' ? 'survey_series' : 'survey_summary' } @kinds;
query("CREATE TABLE sound_$_ (kind text PRIMARY KEY, s mindgap.$_, large mindgap.$_, labels text[])") for qw(survey_summary survey_series);
query("INSERT INTO sound_$type{$_} SELECT '$_', ($sound{$_}[0]), $sound{$_}[1], CASE WHEN '$_' ~ '^(text|series)' THEN '{b,é}'
	WHEN '$_' = 'int_fpc' THEN '{-7,1}' ELSE '{1,2}' END::text[] FROM generate_series(1, 100) i") for @kinds;

# Everything that reads such a value: x is the damaged one, s and large are
# sound, labels are those of s.
my %calls = (
	survey_summary => [ 'survey_summary_out(x)', 'survey_summary_send(x)', 'survey_design(x)',
		"estimates(x, 'mean')", "estimates(x, 'total', lonely_psu => 'adjust')", "estimates(x, 'proportion', lonely_psu => 'average')",
		(map { "estimates(x, 'proportion', lonely_psu => 'certainty', ci_method => '$_')" } qw(logit beta asin)),
		"covariance(x, 'total')", "covariance(x, lonely_psu => 'adjust')", "contrast(x, labels, ARRAY[1, -1], 'logit')",
		"change(x, s, lonely_psu => 'adjust')", "change(s, x, 'relative')", "change(x, x, 'odds')",
		"gap(x, 'ratio', labels[1], labels[2])", "gaps(x, 'max', 'min')", 'gaps(x, subgroup_order => labels, lower => 0, upper => 1)',
		"gaps(x, reference => labels[1], lower => -1, upper => 9, se_method => 'conventional')",
		(map { "pairwise_gaps(x, scale => '$_', lonely_psu => 'adjust')" } qw(absolute relative odds)),
		"gap_change(x, s, 'odds_ratio', labels[1], labels[2])", "gap_change(s, x, 'difference', labels[1], labels[2])",
		"gap_change(x, x, 'sii', subgroup_order => labels)", "kitagawa(x, s)", "kitagawa(s, x)", 'standardise(x, labels, ARRAY[1, 2])',
		"replication(x, 'JK1')" ],
	survey_series => [ 'survey_series_out(x)', 'survey_series_send(x)', "series_estimates(x, lonely_psu => 'adjust')",
		"series_estimates(x, 'proportion', lonely_psu => 'certainty', ci_method => 'beta')", "series_gaps(x, 'ratio', labels[1], labels[2])",
		"series_gaps(x, 'sii', subgroup_order => labels)", 'trend(x)', 'trend_by_subgroup(x)', "trend_by_subgroup(x, labels[1], 'population', lonely_psu => 'adjust')", "trend(x, labels[1], 'population', lonely_psu => 'adjust', method => 'gls')",
		"gap_trend(x, 'difference', labels[1], labels[2])", "gap_trend(x, 'ratio', labels[1], labels[2], lonely_psu => 'average', method => 'gls')" ]);
for my $calls (values %calls)
{
	push @$calls, map { "rollup($_)" } 'x', 's, x', 'x, s', 'large, x', 'x, large', 'large, large, x', 'x, x';
}
push @{ $calls{survey_summary} }, 'survey_series_agg(x)', 'survey_series_agg(s, x)';

is(query(q{SELECT string_agg(DISTINCT p.proname::text, ' ' ORDER BY p.proname::text) FROM pg_proc p
		WHERE p.pronamespace = 'mindgap'::regnamespace
			AND EXISTS (SELECT FROM pg_cast JOIN unnest(p.proargtypes) t(id) ON castsource = 'raw'::regtype AND casttarget = t.id)
			AND p.prokind = 'f' AND p.oid NOT IN (SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn]) FROM pg_aggregate)
			AND p.proname::text <> ALL (ARRAY[} . join(', ', map { /^(\w+)/; "'$1'" } map { @$_ } values %calls) . '])'),
	'', 'every function that reads a stored value is tried');
my $tests = join '', map { local (@ARGV, $/) = $_; my $test = <>; $test =~ /WITHOUT FUNCTION/ ? $test : () } glob "$FindBin::Bin/*.t";
is(join(' ', grep { my ($stem) = /^(\w+?)(_summary)?$/; $tests !~ /\b(\Q$_\E|$stem)\b/ } split /\n/, query(q{SELECT typname FROM pg_type
		WHERE typnamespace = 'mindgap'::regnamespace AND typtype = 'b' AND typcategory <> 'A' ORDER BY 1})),
	'', 'every type of stored values is tried, here or in another test');

# How each call ends with one damaged value: 'ok', a SQLSTATE, or what is wrong
# with the answer.
query('CREATE TABLE damaged (id int, kind text, x raw)');
for my $type (keys %calls)
{
	my $tries = join '', map {
		my $call = $_;
		(my $quoted = $call) =~ s/'/''/g;
		my $from = $call =~ /^rollup\((.*)\)/ ? "(SELECT mindgap.rollup(a ORDER BY o) AS r FROM unnest(ARRAY[$1]) WITH ORDINALITY u(a, o)) q"
		  : $call =~ /^survey_series_agg\((.*)\)/ ? "(SELECT mindgap.survey_series_agg(2020, a) AS r FROM unnest(ARRAY[$1]) a) q"
		  : "mindgap.$call r";
		"BEGIN
			SELECT string_agg(r::text, ' ') INTO answer FROM $from;
			outcome := CASE WHEN answer ~ '\\y(NaN|-?Infinity)\\y' THEN 'not finite' ELSE 'ok' END;
		EXCEPTION WHEN OTHERS THEN
			outcome := SQLSTATE;
			IF SQLSTATE NOT IN ('XX001', '22003', '22023', '54000') THEN outcome := SQLSTATE || ' ' || SQLERRM; END IF;
		END;
		outcomes := outcomes || jsonb_build_object('$quoted', outcome);\n"
	} @{ $calls{$type} };
	query("CREATE FUNCTION try_$type(which int) RETURNS TABLE (outcome text, calls text) LANGUAGE plpgsql AS \$try\$
		DECLARE
			x mindgap.$type; s mindgap.$type; large mindgap.$type;
			labels text[]; answer text; outcome text; outcomes jsonb := '{}';
		BEGIN
			SELECT d.x::mindgap.$type, o.s, o.large, o.labels INTO x, s, large, labels
			FROM damaged d JOIN sound_$type o USING (kind) WHERE d.id = which;
			$tries
			BEGIN
				outcome := CASE WHEN mindgap.${type}_in(mindgap.${type}_out(x))::text = x::text THEN 'ok' ELSE 'another' END;
			EXCEPTION WHEN OTHERS THEN outcome := SQLSTATE; END;
			outcomes := outcomes || jsonb_build_object('text there and back', outcome);
			RETURN QUERY SELECT o.value, string_agg(o.key, ' / ' ORDER BY o.key)
				FROM jsonb_each_text(outcomes) o GROUP BY o.value ORDER BY 1;
		END \$try\$");
}

# A test of variants [what, kind, bytes]: each is damaged for every call, or
# whole for every call
my $id = 0;
my (@unreadable, @no_text);
sub try_variants
{
	my ($name, $must_refuse, @variants) = @_;
	my $first = $id;
	my $rows = join '', map { $id++ . "\t$_->[1]\t\\\\x" . unpack('H*', $_->[2]) . "\n" } @variants;
	session("COPY damaged FROM stdin;\n$rows\\.\n");
	my @outcomes = outcomes('', map { "SELECT * FROM try_$type{$variants[$_][1]}(" . ($first + $_) . ");\n\\echo :SQLSTATE" } 0 .. $#variants);
	my (@wrong, %seen);
	for my $i (0 .. $#variants)
	{
		my ($what, $kind) = @{ $variants[$i] };
		my %calls = map { split /\|/, $_, 2 } grep { /\|/ } split /\n/, $outcomes[$i];
		my ($damaged, @others) = (delete $calls{XX001} // '', grep { !/^22023$/ } keys %calls);
		if (($calls{'22P02'} // '') eq 'text there and back')
		{
			push @no_text, "$kind, $what";
			delete $calls{'22P02'};
			@others = grep { $_ ne '22P02' } @others;
		}
		my $is_whole = !$must_refuse && $outcomes[$i] =~ /^00000$/m && !grep { !/^(ok|22003|54000)$/ } @others;

		# Two tables of the same subgroups cannot be merged, be the third damaged or not.
		my $is_damaged = $damaged && !@others && ($calls{22023} // 'rollup(large, large, x)') eq 'rollup(large, large, x)';
		if ($is_whole && $damaged && !grep { !/rollup|series_agg/ } split m{ / }, $damaged)
		{
			push @unreadable, "$kind, $what: $damaged";
			$damaged = '';
		}
		$seen{ $is_whole && !$damaged ? 'whole' : $is_damaged ? 'damaged' : 'wrong' }++;
		next if $is_whole && !$damaged || $is_damaged;
		push @wrong, "$kind, $what: " . join ', ', map { length $calls{$_} > 150 ? "$_ (many)" : "$_ ($calls{$_})" } sort keys %calls;
		$wrong[-1] .= ", XX001 ($damaged)" if $damaged;
		$wrong[-1] = "$kind, $what: $outcomes[$i]" unless %calls;
	}
	ok(@variants && !@wrong, sprintf '%s (%d variants)', $name, scalar @variants)
	  or diag(scalar @wrong, ' wrong:', map { "\n" . substr $_, 0, 500 } @wrong[ 0 .. ($#wrong > 7 ? 7 : $#wrong) ]);
	note(join ', ', map { "$_: $seen{$_}" } sort keys %seen);
	return;
}

my %bytes = map { $_ => pack 'H*', query("SELECT substr(s::raw::text, 3) FROM sound_$type{$_} WHERE kind = '$_'") } @kinds;

try_variants('sound values work', 0, map { [ 'sound', $_, $bytes{$_} ] } @kinds);
is(query("SELECT outcome, calls FROM damaged, LATERAL try_survey_summary(id) WHERE outcome <> 'ok' AND kind = 'text_rows'
	UNION ALL SELECT outcome, calls FROM damaged, LATERAL try_survey_series(id) WHERE outcome <> 'ok' AND kind = 'series'"),
	"22023|replication(x, 'JK1')", '... in every call that suits them');

try_variants('cut short', 1, map {
	my $kind = $_;
	map { [ "first $_ bytes", $kind, substr $bytes{$kind}, 0, $_ ] } grep { $_ < 64 && $_ % 3 == 0 || $_ % 50 == 7 } 0 .. length($bytes{$kind}) - 1
} @kinds);

# Room behind the labels of a summary is no damage.
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
	} grep { $_ < 48 || $_ % ($kind eq 'series' ? 5 : 2) == 0 } 0 .. length($bytes{$kind}) - 1);
}

# The fields of a header: where, format, name
my @fields = ([ 0, 'v', 'format' ], [ 2, 'v', 'flags' ], [ 4, 'q<', 'skipped' ],
	map { [ 12 + 4 * $_, 'l<', (qw(groups strata psus cells rowcells label_bytes replicates zero))[$_] ] } 0 .. 7);
my @series_fields = ([ 0, 'v', 'format' ], [ 2, 'v', 'flags' ], [ 4, 'l<', 'waves' ], [ 8, 'l<', 'zero' ], [ 12, 'q<', 'used' ],
	[ 28, 'q<', 'size' ], map { [ 36 + 4 + $_->[0], $_->[1], "wave's $_->[2]" ] } @fields);
sub with
{
	my ($kind, $number, $field) = @_;
	my ($at, $format, $name) = @$field;
	my $damaged = $bytes{$kind};
	substr($damaged, $at, length pack $format, 0) = pack $format, $number;
	return [ "$name = $number", $kind, $damaged ];
}
is(join(' ', map { my $kind = $_; map { my ($at, $format) = @$_; unpack "x$at $format", $bytes{$kind} } ($kind eq 'series' ? @series_fields[ 0 .. 3 ] : @fields[ 0, 2 .. 6 ]) }
	qw(int_fpc series)), '1 0 2 2 4 4 1 0 3 0', 'the fields are where this test takes them to be');
try_variants('extreme counts', 0, map {
	my $kind = $_;
	map { my $field = $_; map { with($kind, $_, $field) } -1, 0, 1, 2, 65535, 2147483647, 89478485 }
	  $kind eq 'series' ? @series_fields : @fields
} @kinds);

# 2^30 subgroups with their replicates are 2^64 bytes, that is, none
my $group = query(q{SELECT length(b::raw::text) - length(a::raw::text) FROM
	(SELECT mindgap.gap_from_table_agg(g, 1, 1, 1) FILTER (WHERE g = 1) AS a, mindgap.gap_from_table_agg(g, 1, 1, 1) AS b FROM generate_series(1, 2) g) q}) / 2;
my $header = $fields[-1][0] + 4;
my $wrapped = pack 'v v q< l<8', 1, 2, 0, 2**30, 0, 0, 0, 0, 0, 2**30 - $group / 16, 0;
try_variants('sizes that do not fit 64 bits', 1,
	(map { with('series', $_, $series_fields[5]) } 9223372036854775807, 9223372036854775801, 9223372036854775792, 4611686018427387904),
	[ '2^30 subgroups', 'plain', $wrapped ], [ '2^30 subgroups, and much room', 'plain', $wrapped . "\0" x 10000 ],
	[ '2^30 subgroups that look sound', 'plain', $wrapped . join '', map { pack('q<', $_) . "\0" x ($group - 8) } 1 .. 10000 ]);

# Extreme numbers in each aligned place: doubles, counts, indexes
for my $number ([ 'infinite', pack 'd<', 9**9**9 ], [ 'huge', pack 'd<', 1.7e308 ],
	[ '-huge', pack 'd<', -1.7e308 ], [ 'tiny', pack 'd<', 5e-324 ], [ 'the largest integer', pack 'q<', 9223372036854775807 ],
	[ 'a quarter of it', pack 'q<', 2305843009213693951 ], [ 'nil', pack 'q<', 0 ])
{
	try_variants("$number->[0] everywhere in turn", 0, map {
		my $kind = $_;
		map { my $damaged = $bytes{$kind}; substr($damaged, 4 + 8 * $_, 8) = $number->[1]; [ "at $_ x 8", $kind, $damaged ] }
		  grep { $kind ne 'series' || $_ % 3 == 0 } 0 .. int((length($bytes{$kind}) - 12) / 8)
	} @kinds);
}

# Noise: by a generator of our own, so that it stays the same
my $seed = 4711;
sub random { $seed = ($seed * 1103515245 + 12345) % 2147483648; return int($seed / 65536) % $_[0] }
try_variants('random bytes', 1, map { [ 'random', $kinds[ $_ % @kinds ], join '', map { chr random(256) } 1 .. random(300) ] } 1 .. 100);
try_variants('random bytes behind a sound header', 0, map {
	my $kind = $kinds[ $_ % @kinds ];
	[ 'random body', $kind, substr($bytes{$kind}, 0, $header) . join '', map { chr random(256) } $header + 1 .. length $bytes{$kind} ]
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

is(scalar(@no_text), 0, 'none of the whole values above had a label that is no text')
  or diag("@no_text[0 .. ($#no_text > 9 ? 9 : $#no_text)]");
is(scalar(@unreadable), 0, 'what rollup makes of whole summaries can be read')
  or diag(map { substr($_, 0, 200) . "\n" } @unreadable[ 0 .. ($#unreadable > 9 ? 9 : $#unreadable) ]);

# An aggregate of a user's own may start from any value of the type, and its
# final function may be called with any array.
my %argument = ('double precision' => '1.5', text => "'b'", bigint => '1', boolean => 'true', 'double precision[]' => "'{1,2,3}'",
	map { ("mindgap.$_" => "(SELECT s FROM sound_$_ LIMIT 1)") } qw(survey_summary survey_series));
my @parts = map { [ split /\|/ ] } split /\n/, query(q{SELECT DISTINCT aggtransfn::text, aggtranstype::regtype::text,
		(SELECT string_agg(t.id::regtype::text, ', ' ORDER BY ordinality) FROM unnest(proargtypes) WITH ORDINALITY t(id, ordinality) WHERE ordinality > 1)
	FROM pg_aggregate JOIN pg_proc p ON p.oid = aggtransfn WHERE pronamespace = 'mindgap'::regnamespace
		AND aggtranstype::regtype::text IN ('mindgap.survey_summary', 'mindgap.survey_series', 'double precision[]')});
my @states = ((map { [ "mindgap.$type{$_}", "(SELECT quote_literal(s::text) FROM sound_$type{$_} WHERE kind = '$_')" ] } @kinds),
	map { [ 'double precision[]', "quote_literal('$_')" ] } '{}', '{NULL}', '{0}', '{1}', '{2,1,1,2,0}', '{{0,0,0},{0,0,0}}', '{NaN,0,0}', '{-1,0,0}', '{1e300,0,0}',
	'{' . join(',', (0) x 14) . '}', '{' . join(',', ('NaN') x 14) . '}', '{' . join(',', ('-1e308') x 14) . '}', '{' . join(',', ('Infinity') x 15) . '}');
my @own;
for my $part (@parts)
{
	my ($function, $type, $types) = @$part;
	my $arguments = join ', ', map { $argument{$_} } split /, /, $types;
	push @own, map { [ "$function($types) from $_->[1]", "SELECT $_->[1] AS start \\gset
		CREATE AGGREGATE own($types) (SFUNC = $function, STYPE = $type, INITCOND = :start);
		SELECT own($arguments) FROM generate_series(1, 100);
		\\echo state :SQLSTATE
		DROP AGGREGATE own($types);" ] } grep { $_->[0] eq $type } @states;
}
for my $final (split /\n/, query(q{SELECT DISTINCT aggfinalfn::text FROM pg_aggregate JOIN pg_proc p ON p.oid = aggfinalfn
		WHERE pronamespace = 'mindgap'::regnamespace AND aggtranstype = 'float8[]'::regtype}))
{
	push @own, map { [ "$final($_->[1])", "SELECT $_->[1] AS start \\gset\nSELECT $final(:start);\n\\echo state :SQLSTATE" ] }
	  grep { $_->[0] eq 'double precision[]' } @states;
}
my @outcomes = outcomes('', map { $_->[1] } @own);
my @wrong = map { "$own[$_][0]: $outcomes[$_]" } grep { $outcomes[$_] !~ /^state (00000|22023|22003|22004|2202E|0A000|54000|XX001)$/m } 0 .. $#own;
ok(@own > 100 && !@wrong, sprintf 'states that no aggregate here made work or are refused (%d variants)', scalar @own)
  or diag(scalar @wrong, ' wrong:', map { "\n" . substr $_, 0, 300 } @wrong[ 0 .. ($#wrong > 7 ? 7 : $#wrong) ]);

server_alive($life, 'the server has not crashed');

done_testing;

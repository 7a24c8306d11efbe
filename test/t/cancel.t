# A statement can be cancelled wherever it is, soon; the session goes on, and
# gives back what it took, however often that happens.
use strict;
use warnings;
use FindBin;
use List::Util qw(max min);
use lib $FindBin::Bin;
use MindgapTest;
use Test::More;

new_database('mindgap_cancel');
my $life = server_life();

query(q{CREATE TABLE stored (name text PRIMARY KEY, s mindgap.survey_summary, series mindgap.survey_series);
	INSERT INTO stored (name, s) SELECT 'many subgroups', mindgap.survey_agg(i % 97 / 97.0, i % 1500, 1, i % 5, i % 300) FROM generate_series(1, 60000) i;
	INSERT INTO stored (name, s) SELECT 'many PSUs', mindgap.survey_agg(i % 97 / 97.0, 'group ' || i % 5, 1 + i % 3, i % 50, i) FROM generate_series(1, 100000) i;
	INSERT INTO stored (name, s) SELECT '600 subgroups', mindgap.survey_agg(i % 97 / 97.0, i % 600, 1) FROM generate_series(1, 6000) i;
	INSERT INTO stored (name, s) SELECT 'replicates', mindgap.replication(mindgap.survey_replicate_agg(i % 97 / 97.0, i % 300, 1,
		(SELECT array_agg((i + j) % 3) FROM generate_series(1, 200) j))) FROM generate_series(1, 900) i;
	INSERT INTO stored (name, series) SELECT '600 in series', mindgap.survey_series_agg(w, (SELECT s FROM stored WHERE name = '600 subgroups')) FROM generate_series(1, 9) w;
	INSERT INTO stored (name, series) SELECT 'series', mindgap.survey_series_agg(w, (SELECT s FROM stored WHERE name = 'many subgroups')) FROM generate_series(1, 30) w});

# Statements of many seconds
my $names = '(SELECT array_agg(g::text) FROM generate_series(0, 599) g)';
my $ones = '(SELECT array_agg(1.0) FROM generate_series(0, 599))';
sub many_times
{
	my ($name, $call) = @_;
	return "SELECT count(r) FROM stored, generate_series(1, 100000) i, LATERAL (SELECT $call) r WHERE name = '$name'";
}
my %long = (
	'survey_agg, many PSUs' => q{SELECT mindgap.survey_agg(i % 97, 'a'::text, 1, 1, i) FROM generate_series(1, 100000000) i},
	'survey_agg, one subgroup' => q{SELECT mindgap.survey_agg(i % 97) FROM generate_series(1, 1000000000) i},
	'survey_agg, many groups' => q{SELECT count(s) FROM (SELECT mindgap.survey_agg(i % 97, i % 3, 1) AS s FROM generate_series(1, 100000000) i GROUP BY i % 200000) g},
	'survey_replicate_agg' => q{SELECT mindgap.survey_replicate_agg(i % 97, i, 1, '{1,2,3}') FROM generate_series(1, 100000000) i},
	'gap_difference over a window' => q{SELECT count(d) FROM (SELECT mindgap.gap_difference(i, i % 2 = 0) OVER (ORDER BY i ROWS 9 PRECEDING) AS d
		FROM generate_series(1, 100000000) i) w},
	'ridit' => q{SELECT count(r) FROM (SELECT mindgap.ridit(1) OVER (ORDER BY i % 2) AS r FROM generate_series(1, 1500000) i) w, generate_series(1, 100)},
	'rollup' => q{SELECT mindgap.rollup(s) FROM stored, generate_series(1, 10000) WHERE name = 'many PSUs'},
	'rollup of many subgroups' => q{SELECT mindgap.rollup(s) FROM stored, generate_series(1, 10000) WHERE name = 'many subgroups'},
	'survey_series_agg' => q{SELECT mindgap.survey_series_agg(i % 9, s) FROM stored, generate_series(1, 10000) i WHERE name = 'many subgroups'},
	'covariance of 1,500 subgroups' => q{SELECT count(*) FROM stored, mindgap.covariance(s) WHERE name = 'many subgroups'},
	'pairwise_gaps of 1,500 subgroups' => many_times('many subgroups', 'mindgap.pairwise_gaps(s, level => 1.0 / (i + 1))'),
	'gaps of 1,500 subgroups' => many_times('many subgroups', 'mindgap.gaps(s, lower => -i, upper => 1)'),
	'change of 1,500 subgroups' => many_times('many subgroups', 'mindgap.change(s, s, level => 1.0 / (i + 1))'),
	'estimates of 100,000 PSUs' => many_times('many PSUs', 'mindgap.estimates(s, level => 1.0 / (i + 1))'),
	'estimates with replicates' => many_times('replicates', 'mindgap.estimates(s, level => 1.0 / (i + 1))'),
	'contrast of 600 subgroups' => many_times('600 subgroups', "mindgap.contrast(s, $names, $ones, level => 1.0 / (i + 1))"),
	'standardise over 600 subgroups' => many_times('600 subgroups', "mindgap.standardise(s, $names, $ones, 1.0 / (i + 1))"),
	'gaps of 600 subgroups in order' => many_times('600 subgroups', "mindgap.gaps(s, subgroup_order => $names, level => 1.0 / (i + 1))"),
	'gap_trend of 30 waves' => many_times('series', q{mindgap.gap_trend(series, 'aci', level => 1.0 / (i + 1))}),
	'trend_by_subgroup of 600 subgroups' => many_times('600 in series', 'mindgap.trend_by_subgroup(series, level => 1.0 / (i + 1))'),
	'response_probability' => q{SELECT mindgap.response_probability(hashint4(i) % 3 > 0, array_fill(i % 97, ARRAY[20])) OVER () FROM generate_series(1, 2000000) i},
	'response_probability, many columns' => q{SELECT mindgap.response_probability(hashint4(i) % 3 > 0, (SELECT array_agg(hashint8(i * 1000 + j) % 97) FROM generate_series(1, 100) j)) OVER ()
		FROM generate_series(1, 200000) i},
	'raked_weight' => q{SELECT mindgap.raked_weight(1, ARRAY[(i & 1)::text, (i >> 1 & 1)::text], (i & 3) IN (0, 3)) OVER () FROM generate_series(0, 100000) i WHERE (i & 3) <> 2},
	'trimmed_weight' => q{SELECT count(t) FROM (SELECT mindgap.trimmed_weight(i % 97, 0.1, 0.9) OVER () AS t FROM generate_series(1, 3000000) i) w, generate_series(1, 100)},
	'logistic_regression' => q{SELECT * FROM mindgap.logistic_regression('SELECT hashint4(i) % 3 > 0 AS r, i % 97 AS x FROM generate_series(1, 100000000) i', 'r', ARRAY['x'])},
	'text form' => many_times('many PSUs', 'length(s::text || i)'),
	'text form, read' => q{SELECT count(t::mindgap.survey_summary) FROM (SELECT s::text AS t FROM stored WHERE name = 'many PSUs' OFFSET 0) x, generate_series(1, 1000)});

# The time a cancelled statement took beyond the time it was given, and whether
# the session goes on
my @names = sort keys %long;
my @outcomes = outcomes('', map { "SELECT clock_timestamp() AS start \\gset
		SET statement_timeout = '200ms';
		$long{$_};
		\\echo state :SQLSTATE
		SET statement_timeout = '10s';
		SELECT 'took', (1000 * extract(epoch FROM clock_timestamp() - :'start'::timestamptz))::int;
		SELECT 'goes on', 6 * 7;" } @names);
for my $i (0 .. $#names)
{
	like($outcomes[$i], qr/^state 57014$/m, "$names[$i]: cancelled");
	my ($took) = $outcomes[$i] =~ /^took\|(\d+)/m;
	cmp_ok($took // 'inf', '<', 1500, '... within a second or so');
	like($outcomes[$i], qr/^goes on\|42$/m, '... and the session goes on');
}

# Memory: what the backend holds after each of many cancelled statements
my $resident = "substring(pg_read_file('/proc/self/status', 0, 10000) FROM 'VmRSS:\\s*(\\d+)')";
SKIP:
{
	skip 'the memory of a backend cannot be read', 1 if defined query_fails("SELECT $resident");
	my %again = (
		(map { $_ => [ 9, 'SET statement_timeout = 120', $long{$_} ] } 'survey_agg, many PSUs', 'survey_agg, many groups',
			'rollup', 'covariance of 1,500 subgroups', 'pairwise_gaps of 1,500 subgroups'),
		'text that is no summary' => [ 30, q{SELECT overlay(s::text placing '"x"' from length(s::text) - 2) AS bad FROM stored WHERE name = 'many PSUs' \gset},
			q{SELECT :'bad'::mindgap.survey_summary} ],
		'text of a summary that does not fit' => [ 30, q{SELECT replace(s::text, '"psus":"0', '"psus":"0 0') AS bad FROM stored WHERE name = 'many PSUs' \gset},
			q{SELECT :'bad'::mindgap.survey_summary} ]);
	for my $name (sort keys %again)
	{
		my ($times, $setting, $sql) = @{ $again{$name} };
		my @kb = split /\n/, session("$setting;\n" . "$sql;\nSELECT 'kB', $resident;\n" x $times);
		@kb = map { /^kB\|(\d+)$/ ? $1 : () } @kb;
		is(scalar @kb, $times, "$name: $times times in a session");
		# The statement gets further in one run than in another: the least of the end against the most of the beginning.
		my $growth = @kb == $times ? (min(@kb[ $times * 2 / 3 .. $times - 1 ]) - max(@kb[ 0 .. $times / 3 - 1 ])) / 1024 : 'inf';
		cmp_ok($growth, '<', 8, '... the last third takes no more memory than the first') or diag("kB: @kb");
	}
}

# Searches of quantiles end, whatever the data; where they find nothing the
# status says so.
my @proportions = (
	[ 'half of 10,000 rows', "mindgap.survey_agg(i % 2 = 0, 'a'::text, 1) AS s FROM generate_series(1, 10000) i" ],
	[ 'clusters that hardly differ', "mindgap.survey_agg(i % 2 = 0, 'a'::text, CASE i WHEN 0 THEN 1.0003 ELSE 1 END, 1, i / 2) AS s FROM generate_series(0, 19) i" ],
	[ 'clusters that differ by rounding', "mindgap.survey_agg(i % 2 = 0, 'a'::text, (1 + i / 2 % 3) / 3.0, 1, i / 2) AS s FROM generate_series(0, 19) i" ],
	[ 'a weight of 1e-155', "mindgap.survey_agg(i % 2 = 0, 'a'::text, CASE i WHEN 0 THEN 1e-155 ELSE 1 END, 1, (i + 1) / 2) AS s FROM generate_series(0, 16) i" ],
	[ 'an outcome of 1e-320', "mindgap.survey_agg(CASE i WHEN 1 THEN 1e-320 ELSE 0 END, 'a'::text, 1) AS s FROM generate_series(1, 100000) i" ]);
@outcomes = outcomes('', map { my $data = $_->[1]; map { "SELECT coalesce(conf_low <= estimate AND estimate <= conf_high, status <> 'ok'), conf_low, conf_high, status
		FROM (SELECT $data) q, mindgap.estimates(s, 'proportion', ci_method => '$_') WHERE subgroup = 'a';" } qw(beta wilson) } @proportions);
for my $proportion (@proportions)
{
	for my $method (qw(beta wilson))
	{
		like(shift @outcomes, qr/^t\|/, "limits by $method: $proportion->[0]");
	}
}

server_alive($life, 'the server has not crashed');

done_testing;

# The same rows give the same results however they are put together: serially,
# by parallel workers, by partition, or from stored parts in any order.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use MindgapTest;
use Test::More;

new_database('mindgap_parallel');
query(q{CREATE TABLE facts (i int, part int, wave int, y float8, label text, code bigint, weight float8, stratum bigint,
		psu bigint, household bigint, replicates float8[]) PARTITION BY LIST (part);
	CREATE TABLE facts_0 PARTITION OF facts FOR VALUES IN (0);
	CREATE TABLE facts_1 PARTITION OF facts FOR VALUES IN (1);
	CREATE TABLE facts_2 PARTITION OF facts FOR VALUES IN (2);
	INSERT INTO facts
	SELECT i, a % 3, 2015 + b % 5, CASE WHEN c % 13 > 0 THEN (c % 3700) / 97.0::float8 + b % 5 END,
		CASE WHEN d % 17 > 0 THEN (ARRAY['z', 'é', '', 'a b', 'ß'])[1 + d / 17 % 5] END, d / 17 % 5 - 2,
		CASE WHEN a % 29 > 0 THEN 0.25 + b % 1000 / 64.0::float8 END, c / 13 % 50, c / 13 / 50 % 40, i / 2,
		ARRAY[a % 2, 2 - a % 2, b % 4] FROM generate_series(1, 200000) i,
		LATERAL (SELECT i::bigint * 2654435761 % 4294967296 / 16 AS a, i::bigint * 2246822519 % 4294967296 / 16 AS b,
			i::bigint * 3266489917 % 4294967296 / 16 AS c, i::bigint * 668265263 % 4294967296 / 16 AS d) h;
	ANALYZE facts});

my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;';

# What is read from a summary, and what follows from that by subtraction, which
# costs digits
my $estimates = q{SELECT to_json(subgroup), n, n_missing, population, share, estimate, std_error, df, design_effect, status
		FROM a, mindgap.estimates(s, lonely_psu => 'adjust')
	UNION ALL SELECT NULL, strata, psus, rows_as_psu, rows_counted, rows_missing, rows_without_weight, subgroups, cells, NULL
		FROM a, mindgap.survey_design(s)};
my $gaps = q{SELECT 'gap', to_json(compare), n, n_smallest, estimate, std_error, df, p_value, status FROM a, mindgap.pairwise_gaps(s)
	UNION ALL SELECT 'covariance', to_json(subgroup_a), 0, 0, covariance, NULL, NULL, NULL, subgroup_b FROM a, mindgap.covariance(s)};
my $trends = q{SELECT 'estimate', years, to_json(subgroup), n, n_missing, population, estimate, std_error, df, status FROM a, mindgap.series_estimates(s)
	UNION ALL SELECT term, NULL, NULL, NULL, NULL, NULL, estimate, std_error, df, status FROM a, mindgap.trend(s, wave_weights => 'population')};

# Tests: a summary, made with these settings, gives the answers of the expected
# one, which was made serially
my %answers;
sub answers_of
{
	my ($settings, $summary, @read) = @_;
	return eval {
		query("DROP TABLE IF EXISTS a; $settings CREATE TABLE a (s) AS $summary");
		[ map { query($_) } @read ];
	} // [ map { "$@" } @read ];
}
sub same
{
	my ($name, $settings, $summary, $expected, @read) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	@read = ($estimates, $gaps) unless @read;
	$answers{"$expected @read"} //= answers_of($serial, $expected, @read);
	my $got = answers_of($settings, $summary, @read);
	for my $i (0 .. $#read)
	{
		# variances of replicates are differences as well
		my $direct = $read[$i] eq $estimates && $summary !~ /replicate/;
		is_close($got->[$i], $answers{"$expected @read"}[$i], $direct ? 1e-12 : 1e-9,
			$name . ($i ? ', gaps too' : ''), $direct ? 0 : 1e-12);
	}
	return;
}

my %aggregates = (
	'survey_agg, labels, 2,000 PSUs' => 'mindgap.survey_agg(y, label, weight, stratum, psu)',
	'survey_agg, codes, rows' => 'mindgap.survey_agg(y, code, weight)',
	'survey_agg, yes or no, fpc' => 'mindgap.survey_agg(y > 20, code, weight, stratum, psu, 5000)',
	'survey_agg, labels, 100,000 PSUs' => 'mindgap.survey_agg(y, label, weight, stratum, household)',
	'survey_agg, 40 subgroups, 1e9 added' => 'mindgap.survey_agg(y + 1e9, psu % 40, weight, stratum, household % 3)',
	'survey_replicate_agg' => "mindgap.replication(mindgap.survey_replicate_agg(y, label, weight, replicates), 'bootstrap')");

sub workers
{
	my ($sql) = @_;
	my $plan = query("$parallel EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $sql");
	my ($launched) = $plan =~ /Workers Launched: (\d+)/;
	return ($plan, $launched // 0);
}

# Serial, parallel, parts
for my $name (sort keys %aggregates)
{
	my $aggregate = $aggregates{$name};
	my $partial = $aggregate =~ s/^mindgap\.replication\((.*), 'bootstrap'\)$/$1/r;
	my $finish = $aggregate eq $partial ? sub { $_[0] } : sub { "SELECT mindgap.replication(s, 'bootstrap') FROM ($_[0]) f(s)" };
	my $all = $finish->("SELECT $partial FROM facts");
	my ($plan, $launched) = workers($all);
	like($plan, qr/Finalize Aggregate.*Gather.*Partial Aggregate/s, "$name: the plan is parallel");
	SKIP:
	{
		skip 'no parallel workers are to be had', 2 if $launched < 1;
		same("... workers ($launched) give the same as one process", $parallel, $all, $all);
	}
	same('... and so does a rollup of parts', $serial,
		$finish->("SELECT mindgap.rollup(s ORDER BY part DESC) FROM (SELECT part, $partial AS s FROM facts GROUP BY part) p"), $all);
	same('... a rollup of rollups of parts that were written and read', $serial,
		$finish->("SELECT mindgap.rollup(s) FROM (SELECT mindgap.rollup(s::text::mindgap.survey_summary) AS s
			FROM (SELECT i % 7 AS a, i % 2 AS b, $partial AS s FROM facts GROUP BY 1, 2) p GROUP BY a) q"), $all);
	same('... and the rows in another order', $serial,
		$finish->("SELECT $partial FROM (SELECT * FROM facts ORDER BY i * 2654435761 % 4294967296) f"), $all) if $name =~ /codes|40 sub/;
}

# Partition by partition
my $labels = $aggregates{'survey_agg, labels, 2,000 PSUs'};
my $partitionwise = "$serial SET enable_partitionwise_aggregate = on;";
like(query("$partitionwise EXPLAIN (COSTS OFF) SELECT $labels FROM facts"),
	qr/Finalize Aggregate.*Append.*Partial Aggregate.*Partial Aggregate.*Partial Aggregate/s, 'partitionwise: the plan is');
same('... with the same results', $partitionwise, "SELECT $labels FROM facts", "SELECT $labels FROM facts");

# Many groups at once, in hash tables of the workers
my $grouped = "SELECT wave, stratum % 10 AS region, $labels AS s FROM facts GROUP BY 1, 2";
my $groups = sub { query("$_[0] SELECT wave, region, subgroup, n, estimate, std_error, df, status FROM ($grouped) g, mindgap.estimates(s)
	ORDER BY 1, 2, subgroup COLLATE \"C\" NULLS FIRST") };
my $expected = $groups->($serial);
like((workers($grouped))[0], qr/Finalize (Hash|Group)Aggregate.*Partial (Hash|Group)Aggregate/s, 'GROUP BY: the plan is parallel');
is_close($groups->($parallel), $expected, 1e-12, '... with the same results');
is_close($groups->("SET work_mem = 64; SET enable_sort = off; $parallel"), $expected, 1e-12, '... also where hash tables spill to disk');
is_close($groups->("SET enable_hashagg = off; $parallel"), $expected, 1e-12, '... or rows are sorted');

# Series: parts of a wave are merged
for my $kind ([ 'design', $labels, '%s' ],
	[ 'replicates', 'mindgap.survey_replicate_agg(y, label, weight, replicates)', "mindgap.replication(%s, 'bootstrap')" ])
{
	my ($name, $aggregate, $declare) = @$kind;
	my $declared = sprintf $declare, 's';
	my $whole = "SELECT mindgap.survey_series_agg(wave, $declared) FROM (SELECT wave, $aggregate AS s FROM facts GROUP BY 1) w";
	query("DROP TABLE IF EXISTS stored; CREATE TABLE stored AS
		SELECT part, wave, $declared AS s FROM (SELECT wave, part, $aggregate AS s FROM facts GROUP BY 1, 2) p; ANALYZE stored");
	same("survey_series_agg, $name: parts of waves give the same as whole waves", $serial,
		'SELECT mindgap.survey_series_agg(wave, s ORDER BY part) FROM stored', $whole, $trends);
	same('... and so do series of parts', $serial, 'SELECT mindgap.rollup(x ORDER BY part DESC) FROM
		(SELECT part, mindgap.survey_series_agg(wave, s) AS x FROM stored GROUP BY 1) q', $whole, $trends);
	same('... and parallel workers', $parallel, 'SELECT mindgap.survey_series_agg(wave, s) FROM stored', $whole, $trends);
}

# Aggregates whose state is an array
for my $sql ('SELECT mindgap.gap_difference(y, code > 0) FROM facts', 'SELECT mindgap.gap_difference(y, code > 0, weight) FROM facts')
{
	my ($plan, $launched) = workers($sql);
	like($plan, qr/Partial Aggregate/, 'gap_difference: the plan is parallel');
	is_close(query($parallel . $sql), query($serial . $sql), 1e-12, '... with the same result');
}
my $courses = 'SELECT course, count(*) FROM (SELECT psu, stratum, mindgap.trajectory_agg(i, y > 37.9 AND code > 1) AS course
	FROM facts GROUP BY 1, 2) t GROUP BY 1 ORDER BY 1';
like((workers($courses))[0], qr/Partial (Hash|Group)Aggregate/, 'trajectory_agg: the plan is parallel');
is(query($parallel . $courses), query($serial . $courses), '... with the same result');

# Change within persons: the rows of a person meet from several workers
my $trend = 'SELECT mindgap.trend_break_agg(household, wave, y, wave > 2017, household % 6, weight, household % 500, household % 50, ARRAY[a]) AS s
	FROM (SELECT *, i * 7 % 11 AS a FROM facts WHERE code IS NOT NULL) f';
my $trend_rows = q{SELECT subgroup, term, estimate, std_error, df, n_persons, status FROM a, mindgap.trend_break(%s)
	UNION ALL SELECT 'test', NULL, f_statistic, numerator_df, df, NULL, status FROM a, mindgap.trend_break_test(%s)};
my @read_trend = map { my $s = $_; $trend_rows =~ s/%s/$s/gr } 's', 'mindgap.condense(s)', 's::text::mindgap.within_summary';
my $trend_expected = answers_of($serial, $trend, @read_trend);
like($trend_expected->[0], qr/excess.*differs from reference/s, 'trend_break_agg: there are estimates');
is_close($trend_expected->[1], $trend_expected->[0], 1e-9, '... also condensed', 1e-12);
for my $how (
	[ 'workers', $parallel, $trend ],
	[ 'partitions', "$partitionwise", $trend ],
	[ 'parts', $serial, "SELECT mindgap.rollup(s) FROM (" . ($trend =~ s/SELECT /SELECT part, /r) . ' GROUP BY part) p' ])
{
	my $got = answers_of($how->[1], $how->[2], @read_trend);
	is_close($got->[$_], $trend_expected->[0], 1e-9, "... the same from $how->[0]" . ('', ', condensed', ', written and read')[$_], 1e-12) for 0 .. 2;
}
like((workers($trend))[0], qr/Finalize Aggregate.*Partial Aggregate/s, '... and the plan is parallel');

# Windows: a frame that grows gives at each row what the aggregate of its rows gives
query('CREATE TABLE few AS SELECT * FROM facts WHERE i <= 300');
is(query("SELECT count(*) FROM (SELECT i, mindgap.survey_agg(y, label, weight, stratum, psu) OVER (ORDER BY i) AS s FROM few) w,
		LATERAL (SELECT mindgap.survey_agg(y, label, weight, stratum, psu) AS s FROM (SELECT * FROM few WHERE few.i <= w.i ORDER BY i) f) a
	WHERE w.s::text <> a.s::text"), 0, 'window: a growing frame gives what its rows give');

# Parts that do not belong together are refused, wherever they meet; and a sum
# beyond double precision is the same error everywhere.
sub state_of_error { my ($sql) = @_; my $out = session("$sql;\n\\echo :SQLSTATE"); return (split /\n/, $out)[-1] }
query(q{CREATE TABLE mixed AS
	SELECT 1 AS o, mindgap.survey_agg(1, i, 1) AS s FROM generate_series(1, 100) i
	UNION ALL SELECT 2, mindgap.survey_agg(1, i, 1) FROM generate_series(1, 100) i
	UNION ALL SELECT 3, mindgap.survey_replicate_agg(1, i, 1, '{1,2}') FROM generate_series(1, 3) i});
for my $order (qw(ASC DESC))
{
	is(state_of_error("SELECT mindgap.rollup(s ORDER BY o $order) FROM mixed"), '22023', "replicates and rows do not merge, in order $order");
}
query('CREATE TABLE huge AS SELECT i, CASE WHEN i % 2 = 0 THEN 1e308 ELSE -1e308 END::float8 AS y FROM generate_series(1, 20000) i; ANALYZE huge');
for my $how ([ 'serially', $serial ], [ 'in parallel', $parallel ])
{
	is(state_of_error("$how->[1] SELECT mindgap.survey_agg(y, 'a'::text, 1e10) FROM huge"), '22003', "a sum that overflows, $how->[0]");
	is(state_of_error("$how->[1] SELECT mindgap.survey_agg(y, 'a'::text, 1e10, 1, i) FROM huge"), '22003', "... with PSUs");
}
is(state_of_error("SELECT mindgap.rollup(s) FROM (SELECT mindgap.survey_agg(y, 'a'::text) AS s FROM huge GROUP BY i) p"), '22003', '... in a rollup');

done_testing;

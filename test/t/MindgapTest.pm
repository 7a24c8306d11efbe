# What the tests in this folder share: a database of one's own, and queries
# through psql, so that the same files run on PostgreSQL 13 to 18.  The server
# is the one that PGHOST, PGPORT and PGUSER name; test/run starts one.
package MindgapTest;
use strict;
use warnings;
use Exporter 'import';
use File::Temp ();
use Test::More ();
our @EXPORT = qw(new_database use_database query query_fails session outcomes run_program
  is_close server_life server_alive store_summaries);

my $database = 'postgres';
my $hung = 0; # backends that were

# A new database, which later queries go to.  With the extension, unless told
# new_database('name', 0); options as in CREATE DATABASE may follow.
sub new_database
{
	my ($name, $with_extension, $options) = @_;
	$database = 'postgres';
	$options //= '';
	query("DROP DATABASE IF EXISTS $name");
	query("CREATE DATABASE $name TEMPLATE template0 $options");
	$database = $name;
	query('CREATE EXTENSION mindgap') if $with_extension // 1;
	return;
}

# Later queries go to this database.
sub use_database { $database = shift; return; }

# psql's exit status and output (errors included) for a script
sub _psql
{
	my ($sql) = @_;
	my $pid = open my $out, '-|' // die "fork: $!";
	if ($pid == 0)
	{
		open STDERR, '>&', \*STDOUT or die;
		exec qw(psql -X -q -A -t -v ON_ERROR_STOP=1 -d), $database,
		  '-c', 'SET client_min_messages = warning', '-c', $sql
		  or die "cannot run psql: $!\n";
	}
	my $text = do { local $/; <$out> } // '';
	close $out;
	chomp $text;
	return ($?, $text);
}

# The result: columns parted by |, rows by line feeds.  Dies where SQL fails.
sub query
{
	my ($status, $text) = _psql(@_);
	die "$text\n$_[0]\n" if $status;
	return $text;
}

# The error message of SQL that must fail; undef where it does not
sub query_fails
{
	my ($status, $text) = _psql(@_);
	return $status ? $text : undef;
}

# What a psql script prints.  It is run as one session, statement by statement,
# past errors: "\echo :SQLSTATE" behind a statement tells how that one ended.
# Error messages are shown with VERBOSE=1 alone.  Ends early where the server
# crashes or hangs: a backend that is silent for so many seconds, and that
# pg_terminate_backend does not reach either, is stopped the hard way.
sub session
{
	my ($script, $patience) = (@_, 60);
	my $file = File::Temp->new;
	print $file $script, "\n" or die "write: $!";
	close $file or die "write: $!";
	my $pid = open my $out, '-|' // die "fork: $!";
	if ($pid == 0)
	{
		open STDIN, '<', $file->filename or die;
		open STDERR, $ENV{VERBOSE} ? '>&STDOUT' : '>/dev/null' or die;
		exec qw(psql -X -q -A -t -d), $database or die "cannot run psql: $!\n";
	}
	my ($text, $ready) = ('', '');
	while (1)
	{
		vec($ready, fileno $out, 1) = 1;
		if (select $ready, undef, undef, $patience)
		{
			last unless sysread $out, $text, 65536, length $text;
			next;
		}
		$hung++;
		my ($backend) = query("SELECT pid FROM pg_stat_activity WHERE datname = current_database()
			AND pid <> pg_backend_pid() AND backend_type = 'client backend'") =~ /(\d+)/ or die;
		Test::More::diag("backend $backend hangs");
		query("SELECT pg_terminate_backend($backend)");
		sleep 2;
		kill 'QUIT', $backend;
		wait_for_server();
	}
	close $out;
	chomp $text;
	return $text;
}

# What each of several psql scripts prints, or CRASH, or HANG.  All run in one
# session, which the scripts must not leave in another state than they found
# it; where the server crashes or hangs, another session goes on behind.
sub outcomes
{
	my ($setup, @scripts) = @_;
	my ($failures, @outcomes) = (0);
	while (@outcomes < @scripts)
	{
		my ($from, $hung_before) = (scalar @outcomes, $hung);
		my $out = session(join('', "SET statement_timeout = '10s';\n$setup\n",
			map { "\\echo <<$_\n$scripts[$_]\n\\echo >>$_\n" } $from .. $#scripts), 20);
		while ($out =~ /^<<(\d+)\n(.*?)^>>\1$/msg)
		{
			push @outcomes, $2 if $1 == @outcomes;
		}
		last if @outcomes == @scripts;
		push @outcomes, $hung > $hung_before ? 'HANG' : 'CRASH';
		Test::More::BAIL_OUT('the server crashes or hangs again and again')
		  if ($failures += $hung > $hung_before ? 5 : 1) > 10;
		wait_for_server();
	}
	return @outcomes;
}

sub wait_for_server
{
	for (1 .. 300)
	{
		return if defined eval { server_life() };
		select undef, undef, undef, 0.1;
	}
	die "the server does not come back\n";
}

# What a program prints; dies where it fails.
sub run_program
{
	my @command = @_;
	my $pid = open my $out, '-|' // die "fork: $!";
	if ($pid == 0)
	{
		open STDERR, '>&', \*STDOUT or die;
		exec { $command[0] } @command or die "cannot run $command[0]: $!\n";
	}
	my $text = do { local $/; <$out> } // '';
	close $out;
	die "@command\n$text\n" if $?;
	return $text;
}

# A test: the same rows, where numbers may differ by the relative tolerance, or
# by the absolute one.
sub is_close
{
	my ($got, $expected, $tolerance, $name, $absolute) = (@_, 0);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @got = map { [ split /\|/, $_, -1 ] } split /\n/, $got;
	my @expected = map { [ split /\|/, $_, -1 ] } split /\n/, $expected;
	my $number = qr/^-?\d+(\.\d+)?(e[-+]?\d+)?$/;
	my $problem = @got == @expected ? '' : @got . ' rows instead of ' . @expected;
	for my $row (0 .. $#expected)
	{
		last if $problem;
		for my $column (0 .. $#{ $expected[$row] })
		{
			my ($x, $y) = ($got[$row][$column], $expected[$row][$column]);
			next if defined $x && $x eq $y;
			next if defined $x && $x =~ $number && $y =~ $number
			  && abs($x - $y) <= $tolerance * (abs($x) > abs($y) ? abs($x) : abs($y)) + $absolute;
			$problem = "row $row, column $column: " . ($x // 'nothing') . " instead of $y";
			last;
		}
	}
	my $ok = Test::More::ok(@expected && !$problem, $name);
	Test::More::diag(@expected ? $problem : 'no rows expected') unless $ok;
	return $ok;
}

# Tells one life of the server from another.  pg_postmaster_start_time() alone
# does not: the postmaster outlives the crash of a backend, and starts all
# other processes anew.
sub server_life
{
	return query("SELECT pg_postmaster_start_time() || ' ' || pid FROM pg_stat_activity
		WHERE backend_type = 'checkpointer'");
}

# A test: the server answers, and has not crashed since the life given.
sub server_alive
{
	my ($life, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	wait_for_server();
	return Test::More::is(server_life(), $life, $name);
}

# Tables stored(name, s) and stored_series(name, s): a summary, and a series, of
# each shape, with values at the limits of double precision, of bigint and of
# what a label may hold.  Labels are in LATIN1 unless wide labels are asked for.
sub store_summaries
{
	my ($wide) = @_;
	my $labels = q{'é', '', ' ', E'O''Brien "x" \\\\ /', E'two\nlines\ttab\r', 'NULL', '{"a": [1]}', 'ß',
		repeat('long ', 100), E'\u007f\u0001', '$$;--', 'ÿ'};
	$labels .= q{, '日本', '🙂', '€'} if $wide;
	query("CREATE TABLE people AS
		SELECT i, y, (ARRAY[$labels])[1 + h1 % cardinality(ARRAY[$labels])] AS label,
			(h2 % 7 - 3)::bigint AS code, 0.25 + h3 % 1000 / 64.0::float8 AS weight,
			h3 / 8 % 9 - 4 AS stratum, h2 % 40 AS psu,
			(SELECT array_agg((0.25 + h3 % 1000 / 64.0::float8) * (h1 >> r & 1) / 3 ORDER BY r) FROM generate_series(1, 4) r) AS replicates
		FROM (SELECT i, h1, h2, h3, CASE WHEN h3 % 11 > 0 THEN (h3 % 3600) / 97.0::float8 END AS y
			FROM generate_series(1, 3000) i,
				LATERAL (SELECT i::bigint * 2654435761 % 4294967296 / 7 AS h1,
					i::bigint * 2246822519 % 4294967296 / 11 AS h2,
					i::bigint * 3266489917 % 4294967296 / 13 AS h3) h) r");
	query(q{CREATE TABLE stored (name text PRIMARY KEY, s mindgap.survey_summary);
		INSERT INTO stored
		SELECT v.* FROM (SELECT
			mindgap.survey_agg(y) AS plain,
			mindgap.survey_agg(y > 20) AS yes_no,
			mindgap.survey_agg(y, label) AS label,
			mindgap.survey_agg(y, label, weight) AS label_weight,
			mindgap.survey_agg(y, label, weight, stratum, psu) AS label_psu,
			mindgap.survey_agg(y, label, weight, stratum, psu, 500 + stratum) AS label_psu_fpc,
			mindgap.survey_agg(y, label, weight, stratum, NULL) AS label_rows,
			mindgap.survey_agg(y, label, weight, nullif(stratum, 0), CASE WHEN stratum > 0 THEN psu END) AS label_mixed,
			mindgap.survey_agg(y, code) AS code,
			mindgap.survey_agg(y, code, weight) AS code_weight,
			mindgap.survey_agg(y, code, weight, stratum, psu) AS code_psu,
			mindgap.survey_agg(y, code, weight, stratum, psu, 0.125) AS code_psu_fpc,
			mindgap.survey_agg(y > 20, code, weight, stratum, psu) AS code_yes_no,
			mindgap.survey_agg(y, code, weight, 1, i) AS code_persons,
			mindgap.survey_agg(1e9 + y, label, weight, stratum, psu) AS label_offset,
			mindgap.replication(mindgap.survey_replicate_agg(y, label, weight, replicates)) AS label_replicates,
			mindgap.replication(mindgap.survey_replicate_agg(y > 20, code, weight, replicates), 'JKn',
				rscales => ARRAY[0.5, 0.25, 1 / 3.0::float8, 0], mse => true) AS code_replicates,
			mindgap.survey_agg(NULL::float8, label, weight, stratum, psu) AS no_outcome,
			mindgap.survey_agg(y, NULL::text, weight, stratum, psu) AS no_label,
			mindgap.survey_agg(y, label, NULL, stratum, psu) AS no_weight,
			mindgap.survey_agg(y, label, 0, stratum, psu) AS zero_weight,
			mindgap.survey_agg(y, label) FILTER (WHERE false) AS no_rows
			FROM people) a,
			LATERAL (VALUES ('plain', plain), ('yes_no', yes_no), ('label', label), ('label_weight', label_weight),
				('label_psu', label_psu), ('label_psu_fpc', label_psu_fpc), ('label_rows', label_rows),
				('label_mixed', label_mixed), ('code', code), ('code_weight', code_weight),
				('code_psu', code_psu), ('code_psu_fpc', code_psu_fpc), ('code_yes_no', code_yes_no),
				('code_persons', code_persons), ('label_offset', label_offset),
				('label_replicates', label_replicates), ('code_replicates', code_replicates), ('no_outcome', no_outcome),
				('no_label', no_label), ('no_weight', no_weight), ('zero_weight', zero_weight),
				('no_rows', no_rows)) v;
		INSERT INTO stored SELECT 'limits', mindgap.survey_agg(y, g, w, h, p)
			FROM (VALUES (5e-324::float8, -9223372036854775808, 1::float8, -9223372036854775808, 9223372036854775807),
				(1.7976931348623157e150, 9223372036854775807, 1e-200, 9223372036854775807, -9223372036854775808),
				(-0.1, 0, 0.1, 0, 0), (1 / 3.0::float8, 0, 1 / 3.0::float8, 0, 1)) v(y, g, w, h, p);
		INSERT INTO stored SELECT 'label_one', mindgap.survey_agg(1, 'a');
		INSERT INTO stored SELECT 'label_table', mindgap.gap_from_table_agg(g, y, nullif(se, 0), p)
			FROM (VALUES ('a', 1 / 3.0::float8, 0.1::float8, 1e6::float8), (E'é\n"', -0.2, 0, 3), ('', 0, 0.3, 7)) v(g, y, se, p);
		INSERT INTO stored SELECT 'code_table', mindgap.gap_from_table_agg(g, y, 0.1, 1) FROM (VALUES (-5, 0.1), (7, 0.2)) v(g, y);
		CREATE TABLE stored_series (name text PRIMARY KEY, s mindgap.survey_series);
		INSERT INTO stored_series
			SELECT name, mindgap.survey_series_agg(2018 + w / 3.0::float8, s) FROM stored, generate_series(0, 2) w
			WHERE name <> 'no_rows' GROUP BY name
			UNION ALL SELECT 'one', mindgap.survey_series_agg(-1e-300, s) FROM stored WHERE name = 'label'
			UNION ALL SELECT 'merged', mindgap.survey_series_agg(2020, s) FROM stored WHERE name LIKE 'code_p%' AND name <> 'code_psu_fpc'
			UNION ALL SELECT 'none', NULL});
	return;
}

1;

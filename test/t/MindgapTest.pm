# What the tests in this folder share: a database of one's own, and queries
# through psql, so that the same files run on PostgreSQL 13 to 18.  The server
# is the one that PGHOST, PGPORT and PGUSER name; test/run starts one.
package MindgapTest;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(new_database query query_fails);

my $database;

# A new database, which later queries go to.  With the extension, unless told
# new_database('name', 0).
sub new_database
{
	my ($name, $with_extension) = (@_, 1);
	$database = 'postgres';
	query("DROP DATABASE IF EXISTS $name");
	query("CREATE DATABASE $name TEMPLATE template0");
	$database = $name;
	query('CREATE EXTENSION mindgap') if $with_extension;
	return;
}

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

1;

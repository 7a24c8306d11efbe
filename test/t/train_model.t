# train_model reads as its caller, in parallel where it can, and writes nothing.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use MindgapTest;
use Test::More;

new_database('mindgap_train_model');
query("DROP ROLE IF EXISTS $_; CREATE ROLE $_") for qw(mindgap_owner mindgap_doctor mindgap_outsider);
query(q{GRANT CREATE ON DATABASE mindgap_train_model TO mindgap_owner});
my ($owner, $doctor, $outsider) = map { "SET ROLE mindgap_$_;" } qw(owner doctor outsider);
query("$owner CREATE SCHEMA clinic;
	CREATE TABLE clinic.visits AS SELECT i AS person, CASE WHEN i % 3 = 0 THEN 'mindgap_doctor' ELSE 'other' END AS doctor,
		i * 37 % 101 AS age, (ARRAY['north', 'south'])[1 + i % 2] AS ward, i * 53 % 17 + i * 37 % 101 / 10.0 AS score,
		i * 53 % 17 + i * 37 % 101 / 10.0 > 14 AS is_case
		FROM generate_series(1, 900) i;
	GRANT USAGE ON SCHEMA clinic TO PUBLIC; GRANT SELECT ON clinic.visits TO mindgap_doctor;
	ALTER TABLE clinic.visits ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON clinic.visits USING (doctor = current_user)");

for my $case ([ 'gaussian', 'score' ], [ 'binomial', 'is_case' ])
{
	my ($family, $outcome) = @$case;
	my $model = sub {
		my ($source) = @_;
		return qq{mindgap.train_model('$source', '$outcome', ARRAY['age', 'ward'], family => '$family', person => 'person')};
	};
	my $rows = sub { 'SELECT n FROM mindgap.model_evidence(' . $model->(@_) . ')' };

	# Row-level security
	is(query("$owner " . $rows->('clinic.visits')), 900, "$family: the owner's model is of all rows");
	is(query("$doctor " . $rows->('clinic.visits')), 300, '... another\'s of those that a policy shows');
	is(query("$doctor SELECT md5(" . $model->('clinic.visits') . '::text)'),
		query("$owner SELECT md5(" . $model->(q{SELECT * FROM clinic.visits WHERE doctor = ''mindgap_doctor''}) . '::text)'),
		'... and just the model of these rows');
	is(query("$doctor SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; " . $rows->('clinic.visits')),
		300, '... in parallel workers too');
	like(query_fails("$outsider " . $rows->('clinic.visits')), qr/permission denied for table visits/, '... none without the right to read');
	like(query_fails("$outsider " . $rows->('SELECT * FROM clinic.visits')), qr/permission denied for table visits/, '... by a query either');

	# Serial and parallel
	my $terms = 'SELECT estimate FROM mindgap.model_terms(' . $model->('clinic.visits') . ')';
	is_close(query("SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
			SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off; $terms"),
		query("SET max_parallel_workers_per_gather = 0; $terms"), 1e-9, '... the same from parallel workers');
}
query("$owner CREATE TABLE clinic.other AS SELECT person, age, score FROM clinic.visits;
	GRANT SELECT (person, score) ON clinic.other TO mindgap_outsider");
like(query_fails("$outsider SELECT mindgap.train_model('clinic.other', 'score')"), qr/permission denied for table other/,
	'a column that may not be read is none to predict from');
like(query_fails("$outsider SELECT mindgap.train_model('SELECT person, score FROM nowhere', 'score')"), qr/relation "nowhere" does not exist/,
	'errors of the source are PostgreSQL\'s own');

# Nothing is written, and levels, which are data, are not in messages
my $count = query('SELECT count(*) FROM clinic.visits');
for my $source ('WITH d AS (DELETE FROM clinic.visits RETURNING *) SELECT * FROM d', 'DELETE FROM clinic.visits RETURNING *',
	'SELECT 1 AS score; DELETE FROM clinic.visits', 'SELECT * INTO clinic.stolen FROM clinic.visits', 'SELECT * FROM clinic.visits FOR UPDATE',
	'clinic.visits) s; DELETE FROM clinic.visits; SELECT (1')
{
	ok(query_fails("SELECT mindgap.train_model('$source', 'score', ARRAY['age', 'ward'])"), "refused: $source");
}
is(query('SELECT count(*) FROM clinic.visits'), $count, 'all rows are still there');
unlike(query_fails(q{SELECT mindgap.train_model('SELECT score, ward, 1 / (person - 900) AS bad FROM clinic.visits', 'score')}),
	qr/north/, 'an error does not print levels');
is(query(q{SET default_transaction_read_only = on; SELECT mindgap.train_model('clinic.visits', 'score', ARRAY['age']) IS NOT NULL}), 't',
	'it works in a transaction that only reads');

# Names of our own are names like any other
query(q{CREATE TABLE "source" AS SELECT i * 53 % 17 AS outcome, i * 37 % 101 AS source, i % 7 AS x, i % 5 AS i, i % 3 AS l, i % 2 AS weight, i AS person, 'a' || i % 3 AS level
	FROM generate_series(1, 100) i});
is(query(q{SELECT count(*) FROM mindgap.model_terms(mindgap.train_model('source', 'outcome'))}), 10, 'columns named as in our own queries');
is(query(q{SELECT n FROM mindgap.model_evidence(mindgap.train_model('SELECT * FROM source', 'outcome', ARRAY['source', 'level'], weight => 'weight', person => 'person'))}),
	50, '... in every role');
# Functions that the user's path puts before PostgreSQL's own are not called
query(q{CREATE FUNCTION public.date_part(text, date) RETURNS float8 LANGUAGE sql AS 'SELECT 1 / 0.0::float8';
	CREATE FUNCTION public.concat(char) RETURNS text LANGUAGE sql AS 'SELECT (1 / 0)::text'});
is(query(q{SET search_path = public, pg_catalog; SELECT mindgap.train_model('SELECT outcome, date ''2000-01-01'' + x AS d, level::char(3) AS c FROM source', 'outcome') IS NOT NULL}),
	't', 'functions of the same name elsewhere are not called');

# A statement that is cancelled ends
like(query_fails(q{SET statement_timeout = '300ms';
		SELECT mindgap.train_model('SELECT random() AS y, random() AS x FROM generate_series(1, 30000000)', 'y')}),
	qr/canceling statement due to statement timeout/, 'it can be cancelled');

query("DROP OWNED BY $_; DROP ROLE $_") for qw(mindgap_doctor mindgap_outsider mindgap_owner);
done_testing;

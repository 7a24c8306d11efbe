# Stored summaries survive pg_dump and restore bit for bit, in every format,
# and in a database of another encoding with the same estimates.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Temp;
use MindgapTest;
use Test::More;

my $dir = File::Temp->newdir;
$ENV{PGCLIENTENCODING} = 'UTF8';

# All there is to know of the stored values: text and binary form, estimates,
# design and gaps.  Labels are quoted, so that a row is a line.
my $forms = q{SELECT name, s IS NULL, quote_nullable(replace(s::text, E'\n', '\n')), mindgap.survey_summary_send(s)
	FROM stored
	UNION ALL
	SELECT 'series ' || name, s IS NULL, quote_nullable(replace(s::text, E'\n', '\n')), mindgap.survey_series_send(s)
	FROM stored_series};
my $answers = q{SELECT name, 'estimates', to_json(subgroup), n, n_missing, population, share, estimate, std_error,
		conf_low, conf_high, df, design_effect, status
	FROM stored, mindgap.estimates(s, lonely_psu => 'adjust')
	UNION ALL
	SELECT name, 'gap', to_json(compare), n, n_smallest, NULL, NULL, estimate, std_error,
		conf_low, conf_high, df, p_value, status
	FROM stored, mindgap.pairwise_gaps(s, CASE name WHEN 'label_psu' THEN 'é' END)
	WHERE name IN ('code_psu', 'label_psu')
	UNION ALL
	SELECT name, 'trend', to_json(term), NULL, NULL, NULL, NULL, estimate, std_error,
		conf_low, conf_high, df, p_value, status
	FROM stored_series, mindgap.trend(s, lonely_psu => 'adjust')
	UNION ALL
	SELECT name, 'design', NULL, psus, strata, rows_counted, rows_missing, rows_as_psu, rows_without_weight,
		subgroups, cells, NULL, NULL, NULL
	FROM stored, mindgap.survey_design(s)};
my $others = q{SELECT a::text FROM many UNION ALL SELECT s::text FROM merged
	UNION ALL SELECT estimate::text FROM latest UNION ALL SELECT s::text FROM undeclared UNION ALL SELECT s::text FROM predictions UNION ALL SELECT person || ' ' || mindgap.key(person) FROM persons
	UNION ALL SELECT s::text FROM panels};

sub rows { return join "\n", sort split /\n/, query(shift) }

new_database('mindgap_dump');
store_summaries(1);
query(q{CREATE TABLE many AS SELECT array_agg(s ORDER BY name) AS a FROM stored;
	CREATE MATERIALIZED VIEW merged AS SELECT mindgap.rollup(s ORDER BY name) AS s FROM stored WHERE name IN ('label_psu', 'label_rows');
	CREATE VIEW latest AS SELECT e.* FROM stored, mindgap.estimates(s) e WHERE name = 'code_psu';
	CREATE TABLE undeclared AS SELECT mindgap.survey_replicate_agg(y, label, weight, replicates) AS s FROM people;
	CREATE TABLE predictions AS SELECT mindgap.prediction_agg(y, ARRAY[psu, nullif(code, 1) / 3.0::float8], weight, stratum) AS s FROM people;
	CREATE TABLE persons (person text);
	CREATE UNIQUE INDEX ON persons (mindgap.key(person));
	CREATE TABLE panels AS SELECT mindgap.panel_agg(i, 'é' || i % 4, i * 0.1) AS s FROM generate_series(1, 9) i
		UNION ALL SELECT mindgap.panel_rank_agg(i, 'item ' || j, 1 + (i * j) % 5) FROM generate_series(1, 9) i, generate_series(1, 5) j;
	INSERT INTO persons SELECT 'p' || i FROM generate_series(1, 9) i});
my ($forms_before, $answers_before, $others_before) = (rows($forms), rows($answers), rows($others));
cmp_ok(scalar(() = $forms_before =~ /\n/g), '>=', 20, 'there are stored summaries of every shape');

my %restore = (
	plain => sub { [ [ qw(pg_dump -f), "$dir/dump", 'mindgap_dump' ], [ qw(psql -X -q -v ON_ERROR_STOP=1 -f), "$dir/dump", '-d', $_[0] ] ] },
	custom => sub { [ [ qw(pg_dump -Fc -f), "$dir/dump", 'mindgap_dump' ], [ qw(pg_restore --exit-on-error -d), $_[0], "$dir/dump" ] ] },
	inserts => sub { [ [ qw(pg_dump --inserts -f), "$dir/dump", 'mindgap_dump' ], [ qw(psql -X -q -v ON_ERROR_STOP=1 -f), "$dir/dump", '-d', $_[0] ] ] });
for my $format (sort keys %restore)
{
	my $database = "mindgap_restored_$format";
	new_database($database, 0);
	is(eval { run_program(@$_) for @{ $restore{$format}->($database) }; 1 } ? '' : $@, '', "$format: dump and restore");
	is(rows($forms), $forms_before, '... text and binary forms are the same');
	is(rows($answers), $answers_before, '... estimates, gaps and designs are the same');
	is(rows($others), $others_before, '... and arrays, views and indexes');
	is(query(q{SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'mindgap')}),
		do { use_database('mindgap_dump'); query(q{SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'mindgap')}) },
		'... and the extension has all its objects');
}

# Instruments of the users' own are dumped, those of the extension are not;
# so are the rights on their table.
use_database('mindgap_dump');
query(q{DROP ROLE IF EXISTS mindgap_registrar; CREATE ROLE mindgap_registrar;
	GRANT INSERT ON mindgap.instrument_definition TO mindgap_registrar;
	CALL mindgap.register_instrument('{"name": "Öwn", "version": "2", "label": "Own", "items": 2, "codes": [0, 1], "higher_is": "worse",
		"source": "a test", "missing": {"max": 0, "prorate": false}, "methods": {"sum": {"range": [0, 2]}}}')});
my $instruments = q{SELECT name, shipped, definition, mindgap.score(name, ARRAY[1, 1]) FROM mindgap.instrument_definition WHERE name IN ('Öwn', 'PHQ-2')};
my $instruments_before = rows($instruments);
for my $format (sort keys %restore)
{
	my $database = "mindgap_restored_$format";
	use_database('mindgap_dump');
	my $steps = $restore{$format}->($database);
	new_database($database, 0);
	is(eval { run_program(@$_) for @$steps; 1 } ? '' : $@, '', "$format: dump and restore with an instrument");
	is(rows($instruments), $instruments_before, '... which is there and scores');
	is(query('SELECT count(*) FROM mindgap.instruments() WHERE instrument <> \'Öwn\''),
		query('SELECT count(*) FROM mindgap.instrument_definition WHERE shipped'), '... beside those of the extension');
	is(query(q{SELECT has_table_privilege('mindgap_registrar', 'mindgap.instrument_definition', 'INSERT')}), 't',
		'... and who may register one may still');
}
use_database('mindgap_dump');
query(q{DELETE FROM mindgap.instrument_definition WHERE NOT shipped; REVOKE ALL ON mindgap.instrument_definition FROM mindgap_registrar});

# COPY in text and CSV form
use_database('mindgap_dump');
for my $table (qw(stored stored_series))
{
	for my $options ("'$dir/copy'", "'$dir/copy' (FORMAT csv, NULL '~')")
	{
		query("DROP TABLE IF EXISTS again; CREATE TABLE again (LIKE $table)");
		session("\\copy $table TO $options\n\\copy again FROM $options");
		is(query("SELECT count(*) FROM $table a FULL JOIN again b USING (name) WHERE a.s::text IS DISTINCT FROM b.s::text"),
			0, "COPY of $table out and in, " . ($options =~ /csv/ ? 'CSV' : 'text'));
	}
}

# Other encodings.  Bytes of labels sort in LATIN1 as in UTF-8; in LATIN9 the
# euro sign sorts before the letters, so that subgroups change places.

new_database('mindgap_dump_latin');
store_summaries(0);
query(q{INSERT INTO stored
	SELECT 'euro', mindgap.survey_agg(y, replace(label, 'ß', '€'), weight, stratum, psu) FROM people
	UNION ALL SELECT 'euro_rows', mindgap.survey_agg(y, replace(label, 'ß', '€'), weight) FROM people});
for my $encoding (qw(LATIN9 LATIN1))
{
	my $database = lc "mindgap_$encoding";
	use_database('mindgap_dump_latin');
	query(q{DELETE FROM stored WHERE name LIKE 'euro%'}) if $encoding eq 'LATIN1';
	my ($forms_here, $answers_here) = (rows($forms), rows($answers));
	run_program(qw(pg_dump -T people -f), "$dir/dump", 'mindgap_dump_latin');
	new_database($database, 0, "ENCODING $encoding LC_COLLATE 'C' LC_CTYPE 'C'");
	is(eval { run_program(qw(psql -X -q -v ON_ERROR_STOP=1 -f), "$dir/dump", '-d', $database); 1 } ? '' : $@,
		'', "$encoding: restored");
	is_close(rows($answers), $answers_here, 1e-12, '... with the same estimates, gaps and designs');
	is(query(q{SELECT string_agg(subgroup, ' ' ORDER BY ordinality)
			FROM stored, mindgap.estimates(s) WITH ORDINALITY
			WHERE name = 'euro' AND subgroup IN ('€', 'é', 'ÿ')}),
		'€ é ÿ', '... subgroups in the order of their bytes here') if $encoding eq 'LATIN9';
	is(query(q{SELECT string_agg(subgroup, ' ' ORDER BY ordinality) FROM (SELECT mindgap.rollup(s) AS s
			FROM (SELECT s FROM stored WHERE name = 'label_psu'
				UNION ALL SELECT mindgap.survey_agg(1, 'ü'::text, 1, 1, 1)) a) b, mindgap.estimates(s) WITH ORDINALITY
			WHERE subgroup IN ('é', 'ÿ', 'ü')}),
		'é ü ÿ', '... which merge with new ones');

	run_program(qw(pg_dump -Fc -f), "$dir/back", $database);
	new_database('mindgap_back', 0);
	is(eval { run_program(qw(pg_restore --exit-on-error -d mindgap_back), "$dir/back"); 1 } ? '' : $@, '', '... and back into UTF-8');
	is(rows($forms), $forms_here, '... bit for bit what they were');
}

# A label that the other encoding does not have is an error, not another label.
use_database('mindgap_dump');
run_program(qw(pg_dump -t stored -f), "$dir/dump", 'mindgap_dump');
new_database('mindgap_latin1_wide', 1, "ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'");
like(eval { run_program(qw(psql -X -q -v ON_ERROR_STOP=1 -f), "$dir/dump", qw(-d mindgap_latin1_wide)); 1 } ? '' : $@,
	qr/has no equivalent in encoding "LATIN1"/, 'labels that LATIN1 does not have are refused');

done_testing;

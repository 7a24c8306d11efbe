# Stored moments, within, prediction and panel summaries, and passes, that were damaged on disk are found
# damaged, or are whole enough, by every function that reads them; never a
# crash.  The same bytes damaged on the wire are refused or read.
use strict;
use warnings;
use File::Temp;
use FindBin;
use lib $FindBin::Bin;
use MindgapTest;
use Test::More;

new_database('mindgap_corrupt_moments');
query(q{CREATE TYPE raw;
	CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
	CREATE FUNCTION raw_out(raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
	CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, ALIGNMENT = double, STORAGE = extended);
	CREATE CAST (raw AS mindgap.moments_summary) WITHOUT FUNCTION;
	CREATE CAST (mindgap.moments_summary AS raw) WITHOUT FUNCTION;
	CREATE CAST (raw AS mindgap.within_summary) WITHOUT FUNCTION;
	CREATE CAST (mindgap.within_summary AS raw) WITHOUT FUNCTION;
	CREATE CAST (raw AS mindgap.prediction_summary) WITHOUT FUNCTION;
	CREATE CAST (mindgap.prediction_summary AS raw) WITHOUT FUNCTION;
	CREATE CAST (raw AS mindgap.panel_summary) WITHOUT FUNCTION;
	CREATE CAST (mindgap.panel_summary AS raw) WITHOUT FUNCTION;
	CREATE CAST (raw AS mindgap.prediction_pass) WITHOUT FUNCTION;
	CREATE CAST (mindgap.prediction_pass AS raw) WITHOUT FUNCTION});
my $life = server_life();

my $rows = q{FROM generate_series(1, 30) i, LATERAL (SELECT i * 7 % 11 AS y, ARRAY[i % 5, i * 3 % 7]::float8[] AS x, i % 6 AS p) v};
my %sound = (
	moments_summary => {
		plain => "mindgap.moments_agg(y, x) $rows",
		one => "mindgap.moments_agg(y, x) $rows WHERE i = 1",
		none => "mindgap.moments_agg(NULL, x) $rows",
		unknown => "mindgap.moments_agg(NULL, NULL) $rows"
	},
	within_summary => {
		plain => "mindgap.within_agg(p, y, x) $rows",
		strata => "mindgap.within_agg(p, y, x, 1, p / 2, p / 4) $rows",
		condensed => "mindgap.condense(mindgap.within_agg(p, y, x, 1, p / 2, p / 4)) $rows",
		unnamed => "mindgap.within_agg(m, 1) FROM (SELECT p, mindgap.moments_agg(y, x) AS m $rows GROUP BY p) o",
		none => "mindgap.within_agg(NULL, NULL, x) $rows",
		trend => "mindgap.trend_break_agg(p, i, y, i > 20) $rows",
		trend_labels => "mindgap.trend_break_agg(p, i, CASE WHEN p > 0 THEN y END, i > 20, CASE WHEN p <> 5 THEN (ARRAY['é', 'b'])[1 + p % 2] END, 1, p / 2, p / 4, ARRAY[i * 3 % 7]) $rows",
		trend_codes => "mindgap.trend_break_agg(p, i, y, i > 20, p % 3) $rows",
		trend_condensed => "mindgap.condense(mindgap.trend_break_agg(p, i, y, i > 20, (ARRAY['é', 'b'])[1 + p % 2], 1, p / 2, p / 4, ARRAY[i * 3 % 7])) $rows"
	},
	prediction_summary => {
		plain => "mindgap.prediction_agg(y, x) $rows",
		folds => "mindgap.prediction_agg(y, x, 1, p) $rows WHERE i < 5",
		missing => "mindgap.prediction_agg(y, x || nullif(p, 2)::float8 || NULL::float8, 1 + p) $rows",
		given => "mindgap.prediction_agg(m, p) FROM (SELECT p, mindgap.moments_agg(y, x[1:1]) AS m $rows GROUP BY p) o",
		none => "mindgap.prediction_agg(NULL, x) $rows"
	},
	panel_summary => {
		ratings => "mindgap.panel_agg(i / 3, 'é' || i % 3, i * 7 % 11) $rows",
		ranks => "mindgap.panel_rank_agg(-i / 3, i % 3 || '', i * 7 % 4 + 1) $rows",
		none => "mindgap.panel_agg(NULL, 'a', y) $rows"
	},
	prediction_pass => {
		rows => "mindgap.binomial_pass_agg(y % 2, x, 1, 0, '{0,2,1,1,1,0,1, 1, 3,2, -0.5,0.25}') $rows",
		folded => "mindgap.binomial_pass_agg(y % 2, x, 1, 0, '{0,2,1,1,1,0,1, 1, 3,2, -0.5,0.25}')::text::mindgap.prediction_pass $rows"
	});
my %calls = (
	moments_summary => [
		'mindgap.moments_summary_out(x)', 'mindgap.moments_summary_send(x)', 'mindgap.regression(x)',
		'(SELECT mindgap.rollup(a) FROM unnest(ARRAY[x, s]) a)', '(SELECT mindgap.rollup(a) FROM unnest(ARRAY[s, x]) a)',
		'(SELECT mindgap.within_agg(a, 1) FROM unnest(ARRAY[x, s]) a)'
	],
	within_summary => [
		'mindgap.within_summary_out(x)', 'mindgap.within_summary_send(x)', 'mindgap.condense(x)', 'mindgap.within_design(x)',
		'mindgap.within_estimates(x)', q{mindgap.within_contrast(x, '{1,0}')}, q{mindgap.within_test(x, '{{1,0},{0,1}}')},
		'mindgap.trend_break(x)', 'mindgap.trend_break_test(x)', 'mindgap.within_between(x)', 'mindgap.within_between_test(x)',
		'(SELECT mindgap.rollup(a) FROM unnest(ARRAY[x, s]) a)', '(SELECT mindgap.rollup(a) FROM unnest(ARRAY[s, x]) a)'
	],
	prediction_summary => [
		'mindgap.prediction_summary_out(x)', 'mindgap.prediction_summary_send(x)', 'mindgap.prediction_design(x)',
		'mindgap.prediction_folds(x)', 'mindgap.prediction_columns(x)',
		'(SELECT mindgap.rollup(a) FROM unnest(ARRAY[x, s]) a)', '(SELECT mindgap.rollup(a) FROM unnest(ARRAY[s, x]) a)'
	],
	panel_summary => [
		'mindgap.panel_summary_out(x)', 'mindgap.panel_summary_send(x)', 'mindgap.panel_weights(x, 11)', q{mindgap.panel_weights(x, 11, 'linear')},
		'mindgap.panel_agreement(x)', q{mindgap.panel_agreement(x, 'ordinal', 'ordinal')},
		'(SELECT mindgap.rollup(a) FROM unnest(ARRAY[x]) a)', '(SELECT mindgap.rollup(a) FROM unnest(ARRAY[x, s]) a)', '(SELECT mindgap.rollup(a) FROM unnest(ARRAY[s, x]) a)'
	],
	prediction_pass => [ 'mindgap.prediction_pass_out(x)', 'mindgap.prediction_pass_send(x)' ]);

for my $type (sort keys %sound)
{
	# Every way a call ends, over all damaged values of one sound one; only
	# these are right: an answer, damage found, out of range, a wrong call
	my $tries = join '', map {
		(my $quoted = $_) =~ s/'/''/g;
		"BEGIN
			PERFORM $_;
			outcome := 'ok';
		EXCEPTION WHEN OTHERS THEN
			outcome := CASE WHEN SQLSTATE IN ('XX001', '21000', '22003', '22023', '2202E', '54000') THEN SQLSTATE ELSE SQLSTATE || ' ' || SQLERRM || ' in $quoted' END;
		END;
		n := n || jsonb_build_object(outcome, coalesce((n ->> outcome)::int, 0) + 1);\n"
	} @{ $calls{$type} };
	query("CREATE FUNCTION try_$type(kind raw) RETURNS jsonb LANGUAGE plpgsql AS \$try\$
		DECLARE
			whole bytea := kind::text::bytea; damaged bytea; x mindgap.$type; s mindgap.$type := kind::mindgap.$type;
			outcome text; n jsonb := '{}'; at int; bits int; size int := length(whole);
		BEGIN
			FOR at IN 0 .. size - 1 LOOP
				FOREACH bits IN ARRAY ARRAY[1, 128, 255] LOOP
					x := set_byte(whole, at, get_byte(whole, at) # bits)::text::raw::mindgap.$type;
					$tries
				END LOOP;
			END LOOP;
			FOR at IN 0 .. size - 1 LOOP
				x := substr(whole, 1, at)::text::raw::mindgap.$type;
				$tries
			END LOOP;
			FOR at IN 0 .. (size - 4) / 8 - 1 LOOP
				FOREACH damaged IN ARRAY ARRAY['\\x000000000000f07f', '\\x000000000000f87f', '\\xa0c8eb85f3cce17f', '\\xffffffffffffffff', '\\x0100000000000000', '\\xffffffffffffff7f']::bytea[] LOOP
					x := overlay(whole PLACING damaged FROM 5 + 8 * at)::text::raw::mindgap.$type;
					$tries
				END LOOP;
			END LOOP;
			RETURN n;
		END \$try\$");
	for my $kind (sort keys %{ $sound{$type} })
	{
		my $n = query("SELECT try_$type(s::raw) FROM (SELECT $sound{$type}{$kind}) o(s)");
		my @wrong = query("SELECT key FROM jsonb_object_keys('$n'::jsonb) key WHERE key NOT IN ('ok', 'XX001', '21000', '22003', '22023', '2202E', '54000')");
		is("@wrong", '', "$type, $kind: damaged is found damaged");
		note($n);
	}
}

# On the wire: a value of COPY's binary form begins at byte 25 of the file.
# The server reads these files, perhaps as another user.
my $dir = File::Temp->newdir('mindgap.XXXXXX', TMPDIR => 1);
chmod 0755, $dir or die;
for my $type (sort keys %sound)
{
	query("CREATE TABLE sound_$type (kind text, s mindgap.$type); CREATE TABLE wire_$type (s mindgap.$type)");
	for my $kind (sort keys %{ $sound{$type} })
	{
		query("INSERT INTO sound_$type SELECT '$kind', $sound{$type}{$kind}");
		session("\\copy (SELECT s FROM sound_$type WHERE kind = '$kind') TO '$dir/sound' (FORMAT binary)
			TRUNCATE wire_$type;
			\\copy wire_$type FROM '$dir/sound' (FORMAT binary)");
		is(query("SELECT count(*) FROM sound_$type a JOIN wire_$type b ON a.s::text = b.s::text WHERE kind = '$kind'"), 1,
			"$type, $kind: COPY binary out and in gives the same");

		open my $in, '<:raw', "$dir/sound" or die;
		my $bytes = do { local $/; <$in> };
		close $in;
		my $size = length($bytes) - 27;
		my $script = '';
		for my $n (0 .. ($size < 200 ? $size : 200) - 1)
		{
			my $at = $n < 60 ? $n : 60 + int(($n - 60) * ($size - 60) / 140);
			my $damaged = $bytes;
			substr($damaged, 25 + $at, 1) ^= chr((1, 128, 255)[ $n % 3 ]);
			open my $out, '>:raw', "$dir/$n" or die;
			print $out $damaged or die;
			close $out or die;
			chmod 0644, "$dir/$n" or die;
			$script .= "COPY wire_$type FROM '$dir/$n' (FORMAT binary);\n\\echo :SQLSTATE\n";
		}
		my %n;
		$n{$_}++ for split /\n/, session($script);
		is(join(' ', grep { !/^(00000|22P03|08P01|22021)$/ } sort keys %n), '', '... a damaged byte is refused or read');
		note(join ', ', map { "$_: $n{$_}" } sort keys %n);
		is(query("SELECT count(*) FROM wire_$type WHERE s::text::mindgap.$type\::text <> s::text"), 0, '... what is read can be written');
	}
}

server_alive($life, 'the server has not crashed');

done_testing;

# States of aggregates are untrusted bytes, and aggregates are guests of the server: whatever comes in
# by COPY is refused or is a state that answers; a cancel ends a long aggregation at once; ten million
# rows need no more memory than ten.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

use FindBin;
use lib $FindBin::Bin;
use MlopsTest;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '-U', 'postgres' ]);
$node->append_conf('postgresql.conf', "jit = off\nfsync = off\n");
$node->start;
local $ENV{PGUSER} = 'postgres';
$node->safe_psql('postgres', q{
	CREATE EXTENSION mlops;
	CREATE TABLE payment AS SELECT i, i % 7 AS k, (i * 37 % 101) / 8.0::float8 AS x, timestamptz '2026-01-01' + i * interval '1 hour' AS ts
		FROM generate_series(1, 60) AS i});

# Type, a query of one state, expressions that use a state "s", and what else they may raise.
my @states = (
	{ type => 'score_stats', query => 'SELECT mlops.score_agg(x / 13, i % 3 = 0, 1 + i % 2) FROM payment',
		uses => [ 'mlops.roc_auc(s)', 'mlops.brier_score(s)', 'mlops.log_loss(s)', 'mlops.auc_interval(s)', 'mlops.ks_score(mlops.rollup(s))' ] },
	{ type => 'calibration_stats', query => 'SELECT mlops.calibration_agg(x / 13, i % 3 = 0) FROM payment',
		uses => [ 'mlops.calibration_slope(s)', 'mlops.hosmer_lemeshow(s)', 'mlops.expected_calibration_error(mlops.rollup(s))' ] },
	{ type => 'stats1d', query => 'SELECT mlops.stats_agg(x) FROM payment',
		uses => [ 'mlops.kurtosis(s)', 'mlops.skewness(s)', 'mlops.mean(mlops.rollup(s))' ] },
	{ type => 'stats2d', query => 'SELECT mlops.stats_agg(x, i) FROM payment',
		uses => [ 'mlops.slope_t(s)', 'mlops.correlation(s)', 'mlops.intercept(mlops.rollup(s))' ] },
	{ type => 'gap_stats', query => 'SELECT mlops.gap_agg(ts) FROM payment',
		uses => [ 'mlops.burstiness(s)', 'mlops.gap_variation(s)', 'mlops.gap_trend(mlops.rollup(s))' ] },
	{ type => 'streak_stats', query => 'SELECT mlops.streak_agg(nullif(i % 4, 0) > 1, ts, k) FROM payment',
		uses => [ 'mlops.longest_streak(s)', 'mlops.last_break(s)', 'mlops.current_streak(mlops.rollup(s))' ] },
	{ type => 'time_weighted', query => q{SELECT mlops.time_weight_agg(x, ts, 'linear', '2026-01-02', '2026-01-03') FROM payment},
		uses => [ 'mlops.time_above(s, 5)', 'mlops.integral(s)', 'mlops.time_weighted_avg(mlops.rollup(s))' ] },
	{ type => 'quantile_state', query => 'SELECT mlops.quantile_agg(x) FROM payment',
		uses => [ 'mlops.median(s)', 'mlops.interquartile_range(s)', 'mlops.median_abs_deviation(s)', 'mlops.quantile(s, 0.3, 8)', 'mlops.trimmed_mean(s, 0.1)', 'mlops.rank_of(mlops.rollup(s), 3)' ] },
	# a name of a zone may be any, which is found out when a calendar is asked for
	{ type => 'delinquency', query => q{SELECT mlops.delinquency_agg(i % 5 * 20, ts, '2026-02-03', 'Europe/Berlin') FROM payment}, may => 'invalid_parameter_value OR datetime_field_overflow',
		uses => [ 'mlops.max_days_past_due(s)', 'mlops.roll_count(s, 0, 30)', 'mlops.worst_in_months(s, 3)', 'mlops.months_since_past_due(mlops.rollup(s), 60)' ] },
	# nobody has one of these, but anybody may try
	{ type => '_order_state', query => q{SELECT '{"_order_state": 1, "on_nonfinite": 2, "p": 0.3, "null_count": 2, "nan_count": 0, "values": [["-Infinity", 2], [-7.5, 1], [0, 300], [1e300, 5]]}'::mlops._order_state},
		uses => [ map { "mlops._${_}_final(s)" } qw(median interquartile_range median_abs_deviation exact_quantile) ] },
	{ type => '_two_samples_state', query => q{SELECT '{"_two_samples_state": 1, "on_nonfinite": 0, "nan_count": 0, "current": [[-7.5, 1], [0, 30]], "reference": [[0, 7], [1e300, 5]]}'::mlops._two_samples_state},
		uses => [ map { "mlops._${_}_final(s)" } qw(ks_test wasserstein_distance normalized_wasserstein_distance) ] },
	(map { my ($kind, $rest, @finals) = @{$_};
			{ type => '_exact_state', uses => [ map { "mlops._${_}_final(s)" } @finals ],
				query => qq{SELECT '{"_exact_state": 1, "kind": $kind, "on_nonfinite": 2, "n": 3, "null_count": 1, "nan_count": 0, "plus_infinity_count": 1, "minus_infinity_count": 0, $rest}'::mlops._exact_state} } }
		[ 1, '"sums": ["0x7p-3"]', 'exact_sum', 'exact_avg' ],
		[ 2, '"sums": ["-0x7p3", "0x5p0"]', 'weighted_avg' ],
		[ 5, '"unit": 86400, "sums": ["0x3p0", "0x5p0", "0x2fp0", "-0x1p1"]', 'trend' ],
		[ 6, '"a": 0.5, "b": 1, "count": 2, "count_long": 0, "sums": []', 'rate' ],
		[ 7, '"as_of": 100, "windows": [10, 20], "count": 1, "count_long": 2, "sums": []', 'velocity' ],
		[ 9, '"sums": ["0x3p-2", "0x9p4"]', 'exact_variance', 'exact_stddev' ]),
	{ type => '_decay_state', query => q{SELECT '{"_decay_state": 1, "half_life": 50, "as_of": 300, "on_nonfinite": 2, "null_count": 1, "nan_count": 0, "plus_infinity_count": 0, "minus_infinity_count": 0, "events": [[-7, 1.5], [100, 2], [250, 0.25]]}'::mlops._decay_state},
		uses => [ 'mlops._ewma_final(s)', 'mlops._decayed_sum_final(s)', 'mlops._decayed_variance_final(s)' ] },
	{ type => '_elapsed_state', query => q{SELECT '{"_elapsed_state": 1, "n": 7, "null_count": 300, "as_of": 1000000, "earliest": -300, "latest": 5000}'::mlops._elapsed_state},
		uses => [ 'mlops._recency_final(s)', 'mlops._tenure_final(s)' ] },
	(map { my ($value, $key, $rest, $use) = @{$_};
			{ type => '_ordered_state', uses => [ 'length(s::text)', @{$use} ], query => sprintf q{SELECT '{"_ordered_state": 1, %s, "type_schema": "pg_catalog", "type": "%s", "key_type_schema": "%s", "key_type": "%s", "rows": [%s]}'::mlops._ordered_state},
				$rest->[0], $value, $key ? 'pg_catalog' : '', $key, $rest->[1] } }
		[ 'float8', '', [ '"kind": 1, "k": 1, "has_tiebreak": 0', '[1, "-0.5"]' ], ['mlops._ordered_value_final(s, NULL::float8)'] ],
		[ 'numeric', 'date', [ '"kind": 4, "k": 1, "has_tiebreak": 1', '["2026-01-01", -300, 1, "1.50"]' ], ['mlops._ordered_value_final(s, NULL::numeric, NULL::date, 0)'] ],
		[ 'int4', 'timestamptz', [ '"kind": 5, "k": 9, "has_tiebreak": 0', '["2026-01-01 00:00+00", 1, "7"], ["2026-01-02 00:00+00", 0], ["2025-01-01 00:00+00", 1, "-8"]' ], ['mlops._ordered_values_final(s, NULL::int, now(), 9)'] ],
		[ 'text', 'timestamptz', [ '"kind": 6, "k": 3, "has_tiebreak": 1', '["2026-01-01 00:00+00", 5, 1, "late"], ["2026-01-01 00:00+00", -5, 1, "paid"]' ], [] ]),
	{ type => '_histogram_state', query => q{SELECT '{"_histogram_state": 1, "kind": 1, "edges": [0, 1.5, 2], "counts": [7, 300, 0, 5, 1, 0]}'::mlops._histogram_state},
		uses => ['mlops._histogram_final(s)'] },
	{ type => '_histogram_state', query => q{SELECT '{"_histogram_state": 1, "kind": 2, "categories": ["paid", "late"], "counts": [7, 300, 0, 5]}'::mlops._histogram_state},
		uses => ['mlops._histogram_final(s)'] },
	{ type => '_histogram_state', query => q{SELECT '{"_histogram_state": 1, "kind": 3, "counts": [7, 300, 0], "histograms": 4}'::mlops._histogram_state},
		uses => ['mlops._histogram_final(s)'] },
	{ type => 'woe_stats', query => 'SELECT mlops.woe_agg(\'bin \' || k, i % 3 = 0) FROM payment',
		uses => [ 'mlops.information_value(s)', 'mlops.woe_table(s)', 'mlops.null_count(mlops.rollup(s))' ] },
	map { { type => '_counted_state', query => qq{SELECT '{"_counted_state": 1, "type_schema": "pg_catalog", $_}'::mlops._counted_state},
			# a state has no collation, so texts are not asked whether they are equal
			uses => [ 'length(s::text)', /"text"/ ? () : ('mlops._entropy_final(s)', 'mlops._concentration_index_final(s)') ] } }
		'"type": "int4", "null_count": 2, "has_weights": 0, "k": 0, "base": 2, "values": [["-7", 300], ["12", 1]]',
		'"type": "text", "null_count": 0, "has_weights": 0, "k": 3, "base": 0, "values": [["late", 7], ["paid", 300]]',
		'"type": "numeric", "null_count": 0, "has_weights": 0, "k": 0, "base": 0, "values": [["1.5", 7], ["1.50", 300]]',
		'"type": "timestamp", "null_count": 0, "has_weights": 1, "k": 0, "base": 0, "values": [["2026-01-01 00:00:00", 0.5, 7]]');

# A COPY file of one row with one field.
sub write_copy_file
{
	my ($path, $bytes) = @_;
	open(my $file, '>:raw', $path) or die "cannot write $path: $!";
	print {$file} "PGCOPY\n\377\r\n\0", pack('NN', 0, 0), pack('nN', 1, length $bytes), $bytes, pack('n', 0xFFFF);
	close($file) or die "cannot write $path: $!";
}

# Bytes that are not those of the state: cut at each length, longer, marked as another, newer, flipped.
sub change_bytes
{
	my ($bytes) = @_;
	my @changed = map { substr($bytes, 0, $_) } 0 .. length($bytes) - 1;
	push @changed, "$bytes\0", "\0$bytes", substr($bytes, 0, 1) . "\2" . substr($bytes, 2), 'x' . substr($bytes, 1);
	srand(5);
	foreach (1 .. 300)
	{
		my $flipped = $bytes;
		substr($flipped, 2 + int(rand(length($bytes) - 2)), 1) ^= chr(1 << int(rand(8)));
		push @changed, $flipped;
	}
	return @changed;
}

# Feed all changes to one session; returns how many were refused, and what else was said.
sub feed
{
	my ($state, @changed) = @_;
	my $folder = PostgreSQL::Test::Utils::tempdir();
	my $script = "CREATE TEMP TABLE state (s mlops.$state->{type});\n\\set VERBOSITY sqlstate\n";
	foreach my $i (0 .. $#changed)
	{
		write_copy_file("$folder/$i", $changed[$i]);
		$script .= "\\copy state FROM '$folder/$i' WITH (FORMAT binary)\n";
	}
	$script .= "\\echo in the table\nSELECT count(*) FROM state;\n";
	$script .= "DO \$\$ DECLARE r record; n int := 0; BEGIN FOR r IN SELECT s FROM state LOOP BEGIN "
		. join(' ', map { "PERFORM $_ FROM (SELECT r.s) AS q;" } @{ $state->{uses} })
		. " EXCEPTION WHEN invalid_binary_representation OR numeric_value_out_of_range OR datatype_mismatch"
		. ($state->{may} ? " OR $state->{may}" : '')
		. " THEN n := n + 1; END; END LOOP; END \$\$;\nSELECT 'alive';\n";
	my $output = '';
	IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres') ], '<', \$script, '>', \$output, '2>&1');
	my $n_refused = () = $output =~ /^ERROR:  22P03$/mg;
	$output =~ s/^ERROR:  22P03\n//mg;
	return ($n_refused, $output);
}

foreach my $state (@states)
{
	my $name = $state->{type} =~ s/^_?/_/r;
	my $bytes = pack('H*', $node->safe_psql('postgres', "SELECT encode(mlops.${name}_send(s), 'hex') FROM ($state->{query}) AS q (s)"));
	my ($n_refused, $output) = feed($state, $bytes);
	like($output, qr/in the table\n1\nalive\n/, "$state->{type}: its own bytes come back");
	my @changed = change_bytes($bytes);
	($n_refused, $output) = feed($state, @changed);
	cmp_ok($n_refused, '>=', length($bytes) + 4, "$state->{type}: $n_refused of " . @changed . ' changes are refused with 22P03');
	like($output, qr/^in the table\n\d+\nalive\n\z/, "$state->{type}: all others can be used, and nothing else happens") or diag($output);
}

# A final function given the state of another aggregate says so.
my @finals = qw(exact_sum exact_avg weighted_avg trend rate velocity exact_variance exact_stddev lookback);
my @kinds = map { $_->{query} } grep { $_->{type} eq '_exact_state' } @states;
my $n_refused = 0;
foreach my $query (@kinds)
{
	foreach my $final (@finals)
	{
		my ($code, $out, $err) = $node->psql('postgres', "\\set VERBOSITY sqlstate\nSELECT mlops._${final}_final(s) FROM ($query) AS q (s)");
		$n_refused++ if $err =~ /42804/;
		fail("_${final}_final($query): $err") unless $code == 0 || $err =~ /42804|22P03/;
	}
}
is($n_refused, @kinds * @finals - 8, 'final functions refuse the states of other aggregates with 42804');

# A session that runs a statement; returns the time from the cancel to its end, in ms.
sub cancel_latency
{
	my ($query) = @_;
	my ($in, $out) = ("SELECT 'pid', pg_backend_pid();\n$query;\nSELECT 'ended';\n", '');
	my $session = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>&1',
		IPC::Run::timeout(120));
	$session->pump until $out =~ /^pid\|(\d+)\n/m;
	my ($pid) = $out =~ /^pid\|(\d+)\n/m;
	usleep(400_000);
	my $begin = time;
	kill 'INT', $pid or die "no session $pid";
	$session->pump until $out =~ /^ended\n/m;
	my $latency = 1000 * (time - $begin);
	$session->finish;
	like($out, qr/canceling statement due to user request/, "cancelled: $query") or diag($out);
	return $latency;
}

foreach my $query (
	'SELECT mlops.stats_agg(i) FROM generate_series(1, 30000000) AS i',
	'SELECT max(mlops.skewness(s)) FROM (SELECT mlops.stats_agg(i) OVER (ORDER BY i ROWS 1000 PRECEDING EXCLUDE CURRENT ROW) AS s FROM generate_series(1, 100000) AS i) AS q',
	"SELECT mlops.category_histogram_agg(i::text, '{1, 2}') FROM generate_series(1, 30000000) AS i",
	"SELECT mlops.top_values(i / 8.0, 3), mlops.entropy('category ' || i, 2) FROM generate_series(1, 1000000) AS i",
	"SELECT mlops.burstiness(mlops.gap_agg('2026-01-01'::timestamptz + (i * 7919::int8 % 5000011) * interval '1 second')) FROM generate_series(1, 5000000) AS i",
	"SELECT max(mlops.gap_trend(g)) FROM (SELECT mlops.gap_agg('2026-01-01'::timestamptz + (i * 7919::int8 % 1000003) * interval '1 second') OVER (ORDER BY i ROWS 100000 PRECEDING) AS g FROM generate_series(1, 1000000) AS i) AS q",
	"SELECT mlops.moving_max(i::numeric), mlops.last_values(i::text, '2026-01-01', 100, i) FROM generate_series(1, 30000000) AS i",
	"SELECT max(v[1]) FROM (SELECT mlops.last_values(i, '2026-01-01'::timestamptz + (i * 7919::int8 % 1000003) * interval '1 second', 100) OVER (ORDER BY i ROWS 100000 PRECEDING) AS v FROM generate_series(1, 1000000) AS i) AS q",
	'SELECT mlops.median((i * 7919::int8) % 1000003) FROM generate_series(1, 30000000) AS i',
	'SELECT mlops.ks_test((i * 7919::int8) % 1000003, i % 3 = 0), mlops.normalized_wasserstein_distance((i * 7919::int8) % 1000003, i % 3 = 0) FROM generate_series(1, 30000000) AS i',
	'SELECT array_length(mlops.quantile(mlops.quantile_agg(i), array_fill(0.37::float8, ARRAY[30000000])), 1) FROM generate_series(1, 1000) AS i',
	"SELECT mlops.woe_agg((i % 100000)::text, i % 3 = 0) FROM generate_series(1, 30000000) AS i",
	"SELECT mlops.lookback_agg(i, '2026-01-01', '2026-01-02', '{1 day,2 days,3 days}') FROM generate_series(1, 30000000) AS i")
{
	my $latency = cancel_latency($query);
	# the page asks for 100 ms; a machine that is busy with other tests may be late
	cmp_ok($latency, '<', 1000, sprintf('it ended %.0f ms after the cancel', $latency));
}

# Peak memory of a session that runs a query, in kB.
sub peak_memory
{
	my ($query) = @_;
	my $output = $node->safe_psql('postgres', "SET work_mem = '4MB'; SET max_parallel_workers_per_gather = 0; $query;
		SELECT regexp_replace(pg_read_file('/proc/self/status'), '.*VmHWM:\\s*(\\d+).*', '\\1')");
	return (split /\n/, $output)[-1];
}

SKIP:
{
	skip 'no /proc/self/status', 3 unless -r '/proc/self/status';
	my $calls = 'mlops.stats_agg(i), mlops.stats_agg(i, i / 7.0), mlops.exact_avg(i), mlops.rate(i % 3 = 0), mlops.trend(i, \'2026-01-01\'), mlops.recency(\'2026-01-01\', \'2026-01-02\'), mlops.histogram_agg(i, \'{0, 1000}\'), mlops.distinct_count(i % 100), mlops.entropy(\'category \' || i % 20, 2), mlops.woe_agg((i % 10)::text, i % 3 = 0), mlops.moving_max(i::text), mlops.max_by(i::text, i), mlops.last_values(i::text, \'2026-01-01\', 20, i), mlops.median(i % 1000), mlops.ks_test(i % 1000, i % 3 = 0)';
	my $few = peak_memory("SELECT $calls FROM generate_series(1, 10) AS i");
	my $many = peak_memory("SELECT $calls FROM generate_series(1, 10000000) AS i");
	cmp_ok($many - $few, '<', 16384, "ten million rows: $many kB at the peak, ten: $few kB");
	my $moving = peak_memory('SELECT sum(a) FROM (SELECT mlops.exact_avg(i) OVER (ORDER BY i ROWS 500 PRECEDING) AS a FROM generate_series(1, 1000000) AS i) AS q');
	cmp_ok($moving - $few, '<', 32768, "a frame over a million rows: $moving kB at the peak");
	my $texts = peak_memory("SELECT count(a), count(b), count(c) FROM (SELECT mlops.moving_max(repeat('x', i % 1000)) OVER w AS a, mlops.max_by(repeat('x', i % 1000), i::text) OVER w AS b,
		mlops.last_values(repeat('x', i % 1000), '2026-01-01', 2, i) OVER w AS c FROM generate_series(1, 500000) AS i WINDOW w AS (ORDER BY i ROWS 50 PRECEDING)) AS q");
	cmp_ok($texts - $few, '<', 65536, "texts come and go in a frame over half a million rows: $texts kB at the peak");
}

done_testing();

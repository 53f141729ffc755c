# Predictions of a whole query in several processes: the same bits for any number of them and for blocks of any
# size, silently alone where others are not to be had; it can be cancelled at any moment, a worker's end is told
# and leaves nothing, memory is that of a block.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

# Latency of a cancel: reported, and a failure only when something hangs.
use constant GUARD_SECONDS => 10;
use constant N_CANCELS => 25;
use constant N_KILLS => 3;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "max_worker_processes = 20\nmax_parallel_workers = 16\nrestart_after_crash = on\nautovacuum = off\n");
$node->start;

sub ask
{
	my ($query) = @_;
	return $node->safe_psql('postgres', $query);
}

ask(q{CREATE EXTENSION mlops;
	CREATE VIEW rows AS SELECT i AS id, hashint8(i) % 1000 AS a, CASE WHEN i % 11 > 0 THEN hashint8(i * 7) % 50 END AS b, 'c' || hashint8(i * 31) % 40 AS c
		FROM generate_series(1, 2000000) AS i;
	CREATE TABLE learned AS SELECT *, (a + 20 * coalesce(b, 0) + hashint8(id * 3) % 2000) > 0 AS y FROM rows LIMIT 20000;
	SELECT status FROM mlops.train_model('two', 'learned', 'y', exclude => '{id}', hyperparams => '{"n_estimators": 40, "max_depth": 12, "random_state": 1}');
	SELECT status FROM mlops.train_model('value', query => 'SELECT a, b, c, a * 0.3 + id AS y FROM learned', target => 'y',
		hyperparams => '{"n_estimators": 40, "max_depth": 12, "random_state": 1}');
	-- so slow that it is met in the middle, with blocks that are worth it
	SELECT status FROM mlops.train_model('slow', query => 'SELECT hashint8(id * 3) % 100000 AS r, * FROM learned', target => 'y', exclude => '{id}',
		hyperparams => '{"n_estimators": 600, "random_state": 1}')});

sub call
{
	my ($model, $n_rows) = @_;
	return "mlops.predict_table('$model\@v1', 'SELECT * FROM rows LIMIT $n_rows', '{id}') AS t(id int, prediction float8)";
}

# All results of a call, in their order; returns their hash and number, and what was said.
sub predict
{
	my ($workers, $model, $n_rows, $settings) = @_;
	my ($out, $err);
	$node->psql('postgres', "SET client_min_messages = debug1; SET max_parallel_workers_per_gather = $workers; " . ($settings // '') . "
		SELECT md5(string_agg(float8send(prediction), '' )), count(*), max(id) FROM " . call($model, $n_rows), stdout => \$out, stderr => \$err, on_error_die => 1);
	return ($out, $err);
}

# 300000: a full block, and one that is not
foreach my $model (qw(two value))
{
	my ($alone, $said) = predict(0, $model, 300_000);
	like($alone, qr/\|300000\|300000$/, "$model: all rows");
	unlike($said, qr/parallel workers/, "$model: no worker is asked for");
	foreach my $workers (1, 2, 4)
	{
		my ($result, $log) = predict($workers, $model, 300_000);
		is($result, $alone, "$model: the same bits with $workers workers");
		like($log, qr/DEBUG:  predicting with $workers parallel workers/, "$model: $workers workers were used");
	}
}
is( ask("SELECT count(*), bool_and(t.prediction = mlops.predict('two\@v1', r)) FROM (SELECT * FROM rows LIMIT 270000) AS r JOIN " . call('two', 270_000) . ' USING (id)'),
	'270000|t', 'the same bits as row by row');
{
	my ($result, $said) = predict(4, 'two', 1000);
	unlike($said, qr/parallel workers/, 'no worker is asked for few rows');
}

# Nobody free, or within a parallel operation: it walks alone and says nothing above DEBUG1.
{
	my ($alone) = predict(0, 'two', 300_000);
	my ($result, $said) = predict(4, 'two', 300_000, 'SET max_parallel_workers = 0;');
	is($result, $alone, 'the same bits when no worker is free');
	like($said, qr/DEBUG:  predicting with 0 parallel workers/, 'no worker was free');
	unlike($said, qr/^(?:NOTICE|WARNING|LOG)/m, 'and nobody is bothered with it');
	($result, $said) = predict(4, 'two', 300_000, 'SET force_parallel_mode = on;');
	is($result, $alone, 'the same bits where parallel mode is forced');
}
is(ask('BEGIN READ ONLY; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*), max(id) FROM ' . call('two', 300_000) . '; COMMIT'),
	'300000|300000', 'workers in a read-only transaction');

# Memory: two million rows take no more than some hundred thousand, beside what the result may take.
sub peak
{
	my ($n_rows) = @_;
	my ($out) = ask("SET jit = off; SET max_parallel_workers_per_gather = 0; SELECT pg_backend_pid() AS pid \\gset
		\\setenv BACKEND :pid
		\\o /dev/null
		SELECT count(*) FROM " . call('value', $n_rows) . ";
		\\o
		\\! awk '/^VmHWM/ { print \$2 }' /proc/\$BACKEND/status");
	return $out;
}
my ($some, $all) = (peak(300_000), peak(2_000_000));
cmp_ok($all - $some, '<', 16_384, "2000000 rows take $all kB at most, 300000 rows $some kB");

# Cancelled at moments from the first row to the last.
my ($out, $err);
sub start_call
{
	($out, $err) = ('', '');
	local $ENV{PGAPPNAME} = 'predicting';
	return IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', '\set VERBOSITY verbose', '-c', 'SET max_parallel_workers_per_gather = 2', '-c',
			"SELECT count(*) FROM mlops.predict_table('slow\@v1', 'SELECT hashint8(id * 3) % 100000 AS r, * FROM rows', '{id}') AS t(id int, prediction float8)" ],
		'<', \undef, '>', \$out, '2>', \$err);
}
my $is_walking = "SELECT count(*) >= 2 FROM pg_stat_activity WHERE backend_type = 'parallel worker' AND query LIKE '%predict_table%'";
my $is_idle = "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'";
my @took;
foreach my $round (1 .. N_CANCELS)
{
	my $handle = start_call();
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'predicting' AND backend_type = 'client backend'
		AND state = 'active' AND query LIKE '%predict_table%'");
	usleep(60_000 * $round);
	ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'predicting' AND backend_type = 'client backend'");
	my $sent = time;
	$handle->finish;
	push @took, time - $sent if $err =~ /57014:/;
	last if time - $sent > GUARD_SECONDS;
}
@took = sort { $a <=> $b } @took;
is(scalar @took, N_CANCELS, 'a call is cancelled at any moment');
cmp_ok($took[-1], '<', GUARD_SECONDS, 'without waiting for its end');
diag(sprintf '%d cancels, with the end of psql: median %.0f ms, slowest %.0f ms', N_CANCELS, 1000 * $took[ $#took / 2 ], 1000 * $took[-1]);
ok($node->poll_query_until('postgres', $is_idle), 'no worker is left');

# A worker that is told to end: the error says so, and the session goes on.
foreach my $round (1 .. N_KILLS)
{
	my $handle = start_call();
	ok($node->poll_query_until('postgres', $is_walking), "round $round: workers are seen with the query");
	ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'parallel worker'");
	$handle->finish;
	like($err, qr/ERROR:  57P01: terminating background worker "parallel worker" due to administrator command/, "round $round: the end of a worker is told");
	ok($node->poll_query_until('postgres', $is_idle), "round $round: no worker is left");
}
is(ask("SET statement_timeout = '2s'; SELECT 1"), '1', 'the server goes on');

# On a standby, where nothing can be written.
{
	$node->backup('first');
	my $standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($node, 'first', has_streaming => 1);
	$standby->start;
	$node->wait_for_catchup($standby);
	my ($out, $err);
	my ($alone) = predict(0, 'two', 300_000);
	$standby->psql('postgres', 'SET client_min_messages = debug1; SET max_parallel_workers_per_gather = 2;
		SELECT md5(string_agg(float8send(prediction), \'\' )), count(*), max(id) FROM ' . call('two', 300_000), stdout => \$out, stderr => \$err, on_error_die => 1);
	is($out, $alone, 'the same bits on a standby');
	like($err, qr/DEBUG:  predicting with 2 parallel workers/, 'and by workers');
	$standby->stop;
}

# With one copy of the forest per server, the workers map that one.
{
	my ($alone) = predict(0, 'two', 300_000);
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'mlops'");
	$node->restart;
	my ($result, $said) = predict(2, 'two', 300_000);
	is($result, $alone, 'the same bits from the forest that all backends share');
	like($said, qr/DEBUG:  predicting with 2 parallel workers/, 'and by workers');
}
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|still referenced|leaked/, 'nothing fell and nothing leaked');

$node->stop;
done_testing();

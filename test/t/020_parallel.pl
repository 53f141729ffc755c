# Training in several processes: the same bytes for any number of them and for each task, silently
# alone when none is free; it can be cancelled at any moment, a killed worker loses nothing, and a DROP of
# its table waits.
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

# Latency of a cancel: reported, and a failure only when something hangs.
use constant GUARD_SECONDS => 10;
use constant N_CANCELS => 50;
use constant N_KILLS => 20;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_worker_processes = 20\nmax_parallel_workers = 16\nrestart_after_crash = on\nautovacuum = off\n");
$node->start;

sub ask
{
	my ($query) = @_;
	return $node->safe_psql('postgres', $query);
}

ask(q{CREATE EXTENSION mlops;
	CREATE TABLE rows AS SELECT i AS id, hashint8(i) % 1000 AS a, hashint8(i * 7) % 50 AS b, 'c' || hashint8(i * 31) % 40 AS c,
		CASE WHEN i % 11 > 0 THEN hashint8(i * 5) % 300 END AS d FROM generate_series(1, 30000) AS i;
	CREATE VIEW two AS SELECT id, a, b, c, d, (a + 20 * b + hashint8(id * 3) % 2000) > 0 AS y FROM rows;
	CREATE VIEW many AS SELECT id, a, b, c, d, (a + hashint8(id * 3) % 500) / 400 AS y FROM rows;
	CREATE VIEW value AS SELECT id, a, b, c, d, a * 0.5 + b * b + hashint8(id * 3) % 300 AS y FROM rows});

# Train; returns the digest, and what was said.
sub train
{
	my ($workers, $relation, $seed, $settings) = @_;
	my $task = $relation eq 'value' ? 'regression' : 'classification';
	my ($out, $err);
	$node->psql('postgres', "SET client_min_messages = debug1; SET max_parallel_maintenance_workers = $workers; " . ($settings // '') . "
		SELECT version AS v FROM mlops.train_model('$relation', '$relation', 'y', task => '$task', id_column => 'id', test_sampling => 'none',
			hyperparams => '{\"n_estimators\": 70, \"max_depth\": 12, \"random_state\": $seed}') \\gset
		SELECT digest FROM mlops.model_versions WHERE model = '$relation' AND version = :v", stdout => \$out, stderr => \$err, on_error_die => 1);
	return ($out, $err);
}

# Search; returns all trials and the digest.
sub search
{
	my ($workers) = @_;
	my $model = "with_$workers";
	ask("SET client_min_messages = warning; SET max_parallel_maintenance_workers = $workers;
		SELECT status FROM mlops.train_model('$model', 'two', 'y', id_column => 'id', search => 'grid', search_args => '{\"cv\": 2}',
			search_params => '{\"max_depth\": [3, 9]}', hyperparams => '{\"n_estimators\": 180, \"random_state\": 1}')");
	return ask("SELECT string_agg(t::text, ' ' ORDER BY trial), min(v.digest) FROM mlops.trial_info('$model\@v1') AS t, mlops.model_versions AS v
		WHERE v.model = '$model'");
}

foreach my $relation (qw(two many value))
{
	foreach my $seed (1 .. 5)
	{
		my ($alone, $said) = train(0, $relation, $seed);
		unlike($said, qr/parallel workers/, "$relation, seed $seed: no worker is asked for");
		foreach my $workers (1, 2, 4, 8)
		{
			my ($digest, $log) = train($workers, $relation, $seed);
			is($digest, $alone, "$relation, seed $seed: the same bytes with $workers workers");
			like($log, qr/DEBUG:  using $workers parallel workers/, "$relation, seed $seed: $workers workers were used") if $seed == 1;
		}
	}
}

# Nobody free: the leader grows alone and says nothing above DEBUG1.
{
	my ($alone) = train(0, 'two', 1);
	my ($digest, $said) = train(4, 'two', 1, 'SET max_parallel_workers = 0;');
	is($digest, $alone, 'the same bytes when no worker is free');
	like($said, qr/DEBUG:  using 0 parallel workers/, 'no worker was free');
	unlike($said, qr/^(?:NOTICE|WARNING|LOG)/m, 'and nobody is bothered with it');
}
ask("SELECT count(mlops.drop_model(model)) FROM mlops.models");

# A search has the same trials and winner.
{
	my @found = map { search($_) } (0, 4);
	like($found[0], qr/max_depth/, 'a search has trials');
	is($found[1], $found[0], 'the same trials and forest with 4 workers');
}
ask("SELECT count(mlops.drop_model(model)) FROM mlops.models");

# Cut short by max_time: the trees are the first ones of the whole forest, whoever grew them.
{
	my ($whole) = train(0, 'two', 1);
	my ($out, $err);
	$node->psql('postgres', "SET max_parallel_maintenance_workers = 4; SELECT status FROM mlops.train_model('two', 'two', 'y', id_column => 'id',
		test_sampling => 'none', max_time => '60 ms', hyperparams => '{\"n_estimators\": 20000, \"max_depth\": 12, \"random_state\": 1}')",
		stdout => \$out, stderr => \$err, on_error_die => 1);
	my ($n) = $err =~ /NOTICE:  max_time was reached: the forest has (\d+) of 20000 trees/;
	cmp_ok($n, '>', 0, "max_time ends a training after some trees");
	is(ask("SELECT n_trees || ' ' || is_truncated || ' ' || (metrics->>'n_rows') FROM mlops.model_versions WHERE version = 2"), "$n true 0", 'the version says so');
	is(ask("SELECT count(*) || ' ' || bool_and(a.data = b.data) FROM mlops.model_blob AS a JOIN mlops.model_blob AS b USING (model_id, chunk)
		WHERE a.version = 1 AND b.version = 2 AND chunk > 0"), ($n < 70 ? $n : 70) . ' true', 'they are the first trees, without a gap');
}
ask("SELECT count(mlops.drop_model(model)) FROM mlops.models");

# A long training in a session of its own.
ask('CREATE TABLE large AS SELECT i, hashint8(i) AS x, hashint8(i * 7) AS v, hashint8(i * 31) % 2 = 0 AS y FROM generate_series(1, 200000) AS i');
my ($out, $err);
sub start_training
{
	my ($trees) = @_;
	($out, $err) = ('', '');
	local $ENV{PGAPPNAME} = 'training';
	return IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', '\set VERBOSITY verbose', '-c', 'SET max_parallel_maintenance_workers = 2',
			'-c', "SELECT version FROM mlops.train_model('long', 'large', 'y', features => '{x,v}', hyperparams => '{\"n_estimators\": $trees, \"max_depth\": 14}')" ],
		'<', \undef, '>', \$out, '2>', \$err);
}
my $is_growing = "SELECT count(*) >= 2 FROM pg_stat_activity WHERE backend_type = 'parallel worker'";

# Another session sees how far it is; a stranger sees nothing.
{
	my $handle = start_training(400);
	ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM mlops.training_progress WHERE phase = 'growing trees' AND rows_read = 200000
		AND trees_done BETWEEN 5 AND 399 AND n_trees = 400 AND n_workers = 2 AND n_bytes > 0 AND elapsed > '0' AND expected_end > started_at"),
		'another session sees how far a training is');
	ask('CREATE ROLE stranger; GRANT USAGE ON SCHEMA mlops TO stranger; GRANT SELECT ON mlops.training_progress TO stranger;
		GRANT EXECUTE ON FUNCTION mlops._training_progress() TO stranger');
	is(ask('SET ROLE stranger; SELECT count(*) FROM mlops.training_progress'), '0', 'a stranger does not');
	is(ask('GRANT pg_read_all_stats TO stranger; SET ROLE stranger; SELECT count(*) FROM mlops.training_progress'), '1', 'a monitor does');
	ask("SELECT pg_cancel_backend(pid) FROM mlops.training_progress");
	$handle->finish;
	is(ask('SELECT count(*) FROM mlops.training_progress'), '0', 'a training that ended is not shown');
}

# Cancelled at moments from the first row to the last tree.
my ($slowest, $cancelled) = (0, 0);
foreach my $round (1 .. N_CANCELS)
{
	my $handle = start_training(400);
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'training' AND backend_type = 'client backend'
		AND state = 'active' AND query LIKE '%train_model%'");
	usleep(20000 * $round);
	ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'training' AND backend_type = 'client backend'");
	my $sent = time;
	$handle->finish;
	my $took = time - $sent;
	$cancelled++ if $err =~ /57014:/;
	$slowest = $took if $took > $slowest;
	last if $took > GUARD_SECONDS;
}
is($cancelled, N_CANCELS, 'a training is cancelled at any moment');
cmp_ok($slowest, '<', GUARD_SECONDS, sprintf('the slowest of %d cancels took %.0f ms', N_CANCELS, 1000 * $slowest));
diag(sprintf 'slowest of %d cancels, with the end of psql: %.0f ms', N_CANCELS, 1000 * $slowest);
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'"), 'no worker is left');
is(ask('SELECT count(*) FROM mlops.model_version'), '0', 'no version is left');
is(ask("SELECT count(*) FROM pg_shmem_allocations WHERE name LIKE 'mlops%'"), '0', 'no shared memory is left');

# A client that is turned away while the server recovers may die of a broken pipe: ask again.
sub await_recovery
{
	foreach (1 .. 600)
	{
		return if eval { $node->poll_query_until('postgres', 'SELECT true') };
		usleep(100_000);
	}
	die 'the server did not recover within a minute';
}

# A worker that is killed: the server restarts by itself, nothing is half stored.
ask("SELECT version FROM mlops.train_model('kept', 'two', 'y', id_column => 'id', hyperparams => '{\"n_estimators\": 3, \"random_state\": 1}')");
my $kept = ask("SELECT digest FROM mlops.model_versions WHERE model = 'kept'");
my $killed = 0;
foreach my $round (1 .. N_KILLS)
{
	my $handle = start_training(400);
	$node->poll_query_until('postgres', $is_growing) or diag("round $round: $err");
	my ($pid) = split /\n/, ask("SELECT pid FROM pg_stat_activity WHERE backend_type = 'parallel worker' LIMIT 1");
	$killed += kill 'KILL', $pid if $pid;
	$handle->finish;
	await_recovery();
}
is($killed, N_KILLS, 'workers were killed');
is(ask("SELECT string_agg(model, ' ') FROM mlops.model_versions"), 'kept', 'killed workers leave no version, and lose none');
is( ask("SELECT count(*) FROM mlops.model_version AS v WHERE NOT EXISTS (SELECT FROM mlops.model_blob AS b WHERE b.model_id = v.model_id AND b.version = v.version)"),
	'0', 'no version is without its bytes');
is(ask("SELECT digest FROM mlops.model_versions WHERE model = 'kept'"), $kept, 'what was stored is what it was');

# A DROP of the table waits for the training, which succeeds.
{
	my $handle = start_training(200);
	ok($node->poll_query_until('postgres', $is_growing), 'a training is growing trees');
	ask('DROP TABLE large');
	$handle->finish;
	unlike($err, qr/ERROR|FATAL/, 'a training succeeds while its table is to be dropped');
	is(ask("SELECT count(*) FROM mlops.model_versions WHERE model = 'long'"), '1', 'and its version is stored');
}

$node->stop;
done_testing();

# A run lives through whatever happens to it: it makes the version that train_model would, leaves its error
# when it fails and nothing when its caller rolls back, stops when it is told to, and is never running
# without a worker, whether that is killed, the server stops or the database is a copy.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

# Latency of a stop: reported, and a failure only when something hangs.
use constant GUARD_MS => 10000;
use constant N_STOPS => 20;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "max_worker_processes = 20\nrestart_after_crash = on\nautovacuum = off\n");
$node->start;

sub ask
{
	my ($query, $database) = @_;
	return $node->safe_psql($database // 'postgres', $query);
}

# SQLSTATE and message of a statement that must fail.
sub refusal
{
	my ($query) = @_;
	my $err;
	$node->psql('postgres', "\\set VERBOSITY verbose\n$query", stderr => \$err);
	return $err;
}

# Start a run; returns its id.  Trees beyond what a test waits for make a long one.
sub start
{
	my ($model, $rows, $trees, $more) = @_;
	return ask("SELECT mlops.start_training('$model', query => \$\$$rows\$\$, target => 'y',
		hyperparams => '{\"n_estimators\": $trees, \"random_state\": 1, \"max_depth\": 6}'" . ($more // '') . ')');
}

sub wait_for
{
	my ($run) = @_;
	ask("CALL mlops.wait_for_run($run, '120 s')");
	return ask("SELECT concat_ws(' ', state, version, error_code) FROM mlops.training_runs WHERE run_id = $run");
}

sub state_becomes
{
	my ($run, $state, $name) = @_;
	return ok($node->poll_query_until('postgres', "SELECT state = '$state' FROM mlops.training_runs WHERE run_id = $run"), $name);
}

my $workers = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'mlops training run'";
sub no_worker_is_left
{
	my ($name) = @_;
	return ok($node->poll_query_until('postgres', "SELECT ($workers) = 0"), $name);
}

ask(q{CREATE EXTENSION mlops;
	CREATE TABLE rows AS SELECT i AS id, hashint8(i) % 1000 AS a, hashint8(i * 7) % 50 AS b, (hashint8(i) % 1000 + hashint8(i * 3) % 900) > 0 AS y
	FROM generate_series(1, 30000) AS i});
my $rows = 'SELECT a, b, y FROM rows';
my $asleep = 'SELECT a, b, y FROM rows, (SELECT pg_sleep(600)) AS s';

# Success: the same bytes, with the rights and the notices of the call.
{
	my $run = ask(q{SELECT mlops.start_training('by_run', 'rows', 'y', id_column => 'id', hyperparams => '{"n_estimators": 20, "random_state": 7}')});
	is(wait_for($run), 'succeeded 1', 'a run succeeds');
	ask(q{SELECT FROM mlops.train_model('by_call', 'rows', 'y', id_column => 'id', hyperparams => '{"n_estimators": 20, "random_state": 7}')});
	is(ask('SELECT count(DISTINCT digest), count(*) FROM mlops.model_versions'), '1|2', 'with the bytes of train_model');
	is(ask("SELECT started_at >= queued_at, ended_at > started_at, worker_pid IS NULL FROM mlops.training_runs WHERE run_id = $run"), 't|t|t', 'and its times');
}

# Failure: the row stays, with all that the error said; the model is not there.
{
	my $run = start('fails', "SELECT a / (b - b) AS q, y FROM rows", 5);
	is(wait_for($run), 'failed 22012', 'a failed run leaves its SQLSTATE');
	is(ask("SELECT error_message, error_context FROM mlops.training_runs WHERE run_id = $run"),
		'division by zero|SQL statement "SELECT a / (b - b) AS q, y FROM rows"', 'message and context');
	$run = start('fails', 'SELECT a, b, true AS y FROM rows', 5);
	is(wait_for($run), 'failed 22000', 'an error of the rows leaves its SQLSTATE');
	is(ask("SELECT error_message || '|' || error_hint FROM mlops.training_runs WHERE run_id = $run"),
		'target column "y" has one class only, "true"|Two classes are needed.', 'message and hint');
	is(ask("SELECT count(*) FROM mlops.models WHERE model = 'fails'"), '0', 'a failed run leaves no model');
}

# Rollback: nothing is left, nothing is started.
{
	ask("BEGIN; SELECT mlops.start_training('never', 'rows', 'y'); ROLLBACK;
		BEGIN; SAVEPOINT s; SELECT mlops.start_training('never', 'rows', 'y'); ROLLBACK TO s; COMMIT");
	no_worker_is_left('a run that is rolled back has no worker');
	is(ask("SELECT count(*) FROM mlops.training_run WHERE model = 'never'"), '0', 'and no row');
}

# Stop: queued, reading, growing; a stop that is rolled back never happened.
{
	ask('ALTER DATABASE postgres SET mlops.max_workers = 0');
	my $run = start('stopped', $rows, 10);
	is(ask("SELECT mlops.stop_run($run, 'not needed')"), 'stopped', 'a queued run is stopped');
	is(wait_for($run), 'stopped', 'and stays so');
	ask('ALTER DATABASE postgres RESET mlops.max_workers');

	my $slowest = 0;
	my %ends;
	foreach my $round (1 .. N_STOPS)
	{
		my $run = start('stopped', $round % 2 ? $asleep : $rows, 100000);
		state_becomes($run, 'running', "round $round: it runs") or last;
		usleep(15000 * $round);
		my $at = ask("SELECT extract(epoch FROM clock_timestamp()) FROM mlops.stop_run($run, 'round $round')");
		$ends{ wait_for($run) }++;
		my $took = 1000 * ask("SELECT extract(epoch FROM ended_at) - $at FROM mlops.training_runs WHERE run_id = $run");
		$slowest = $took if $took > $slowest;
	}
	is_deeply(\%ends, { 'stopped' => N_STOPS }, 'a running run is stopped at any moment');
	cmp_ok($slowest, '<', GUARD_MS, sprintf('the slowest of %d stops took %.0f ms', N_STOPS, $slowest));
	diag(sprintf 'slowest of %d stops, from the statement to the end of the run: %.0f ms', N_STOPS, $slowest);

	$run = start('kept', 'SELECT a, b, y FROM rows, (SELECT pg_sleep(2)) AS s', 10);
	state_becomes($run, 'running', 'a run that is not to stop');
	ask("BEGIN; SELECT mlops.stop_run($run); ROLLBACK; BEGIN; SAVEPOINT s; SELECT mlops.stop_run($run); ROLLBACK TO s; COMMIT");
	is(wait_for($run), 'succeeded 1', 'a stop that is rolled back never happened');
	like(refusal("SELECT mlops.stop_run($run)"), qr/ERROR:  55000: run $run has ended: it is succeeded/, 'a run that ended cannot be stopped');

	# a stop that comes when the training is done already
	foreach my $end ([ 'stopping', 'stopped' ], [ 'failed', 'failed' ])
	{
		my $run = start('late', 'SELECT a, b, y FROM rows, (SELECT pg_sleep(1)) AS s', 10);
		state_becomes($run, 'running', 'a run that is to be stopped at its last moment');
		ask("UPDATE mlops.training_run SET state = '$end->[0]' WHERE run_id = $run");
		is(wait_for($run), $end->[1], "a run that became $end->[0] is $end->[1]");
		no_worker_is_left("and its worker survives to leave");
		is(ask("SELECT count(*) FROM mlops.models WHERE model = 'late'"), '0', 'without a version');
	}

	# a person's cancel is an error, not a stop
	$run = start('cancelled', $asleep, 10);
	state_becomes($run, 'running', 'a run to be cancelled');
	ask("SELECT pg_cancel_backend(worker_pid) FROM mlops.training_runs WHERE run_id = $run");
	is(wait_for($run), 'failed 57014', 'a cancelled run has failed');
}

# What a run's own code does to its worker.
{
	ask(q{CREATE FUNCTION unlocked() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_unlock_all(); PERFORM pg_sleep(600); RETURN 1; END $$;
		CREATE FUNCTION unlocked_zero() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_unlock_all(); RETURN 1 / 0; END $$;
		CREATE FUNCTION loud() RETURNS int LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1 .. 200 LOOP RAISE NOTICE '%', repeat('x', 3000000); END LOOP; RETURN 1; END $$;
		CREATE FUNCTION whispers() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'a whisper'; RETURN 1; END $$;
		CREATE FUNCTION stop_own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM mlops.stop_run(run_id) FROM mlops.training_runs WHERE worker_pid = pg_backend_pid(); RETURN NEW; END $$});

	# it releases all locks that it can
	my $run = start('unlocked', 'SELECT a, b, y FROM rows, unlocked() AS u', 10);
	state_becomes($run, 'running', 'a run that releases its locks') and $node->poll_query_until('postgres',
		"SELECT wait_event = 'PgSleep' FROM pg_stat_activity JOIN mlops.training_runs AS r ON pid = worker_pid WHERE run_id = $run");
	is(ask("SELECT mlops.stop_run($run)"), 'stopping', 'is alive all the same');
	is(wait_for($run), 'stopped', 'and is stopped');
	is(wait_for(start('unlocked', 'SELECT a, b, y FROM rows, unlocked_zero() AS u', 10)), 'failed 22012', 'or leaves its error');

	# 600 MB of notices
	$run = start('loud', 'SELECT a, b, y FROM rows, loud() AS l', 5);
	is(wait_for($run), 'succeeded 1', 'a run with long notices succeeds');
	is(ask("SELECT jsonb_array_length(notices), length(notices->99->>'message') FROM mlops.training_runs WHERE run_id = $run"), '100|2000', 'and keeps so much of them');

	# it stops itself, in the transaction that this undoes
	ask('CREATE TRIGGER stop_own AFTER INSERT ON mlops.model_version FOR EACH ROW EXECUTE FUNCTION stop_own()');
	is(wait_for(start('own', $rows, 5)), 'failed 55000', 'a run that stops itself ends before its training');
	ask('DROP TRIGGER stop_own ON mlops.model_version');

	# what the server logs for whom
	my $from = -s $node->logfile;
	$run = start('logged', 'SELECT a, b, y FROM rows, whispers() AS w, (SELECT pg_sleep(600)) AS s', 10);
	state_becomes($run, 'running', 'a run that is looked into');
	ask("SELECT pg_log_backend_memory_contexts(worker_pid) FROM mlops.training_runs WHERE run_id = $run");
	ok($node->wait_for_log(qr/logging memory contexts of PID/, $from), 'what is for the log alone is there');
	like(slurp_file($node->logfile, $from), qr/a whisper/, 'as is LOG');
	ask("SELECT mlops.stop_run($run)");
	wait_for($run);
	no_worker_is_left('that worker leaves');
	ask('ALTER DATABASE postgres SET log_min_messages = fatal');
	$from = -s $node->logfile;
	is(wait_for(start('quiet', 'SELECT a, b, y FROM rows, whispers() AS w', 5)), 'succeeded 1', 'a run with a log of its own');
	unlike(slurp_file($node->logfile, $from), qr/a whisper/, 'where log_min_messages leaves LOG out it is left out');
	ask('ALTER DATABASE postgres RESET log_min_messages');
	no_worker_is_left('and that one');
}

# A terminated worker ends alone: its timer must not look at what it has left.
{
	my $began = ask('SELECT pg_postmaster_start_time()');
	my %ends;
	my $pid = ask("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
	foreach my $round (1 .. N_STOPS)
	{
		my $run = start('terminated', $asleep, 10);
		state_becomes($run, 'running', "round $round: a run to be terminated") or last;
		ask("SELECT pg_terminate_backend(worker_pid, 10000) FROM mlops.training_runs WHERE run_id = $run");
		$ends{ wait_for($run) }++;
	}
	is_deeply(\%ends, { 'failed 57P01' => N_STOPS }, 'a terminated run has failed');
	is(ask("SELECT pg_postmaster_start_time() || ' ' || (SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer')"), "$began $pid", 'and the server knows no crash');
}

# Two at once, a third waits for its turn; each is seen by its progress.
{
	# of one transaction, which starts one worker
	my @runs = split /\n/, ask('BEGIN; ' . join('', map { "SELECT mlops.start_training('pair$_', query => '$asleep', target => 'y'); " } (1, 2)) . 'COMMIT');
	state_becomes($runs[$_], 'running', "run $_ of two works") foreach (0, 1);
	push @runs, start('pair3', $asleep, 10);
	is(ask("SELECT state FROM mlops.training_runs WHERE run_id = $runs[2]"), 'queued', 'the third waits');
	is( ask("SELECT count(DISTINCT r.worker_pid), count(*), min(p.phase) FROM mlops.training_runs AS r JOIN mlops.training_progress AS p ON p.pid = r.worker_pid
		WHERE r.state = 'running'"), '2|2|reading rows', 'mlops.training_progress shows both by worker_pid');
	ask("SELECT mlops.stop_run($runs[0])");
	is(wait_for($runs[0]), 'stopped', 'the first is stopped');
	state_becomes($runs[2], 'running', 'the third takes its place');
	ask("SELECT mlops.stop_run($_)") foreach @runs[ 1, 2 ];
	is(wait_for($_), 'stopped', 'stopped') foreach @runs[ 1, 2 ];
	no_worker_is_left('workers leave when nothing is queued');
}

# The turn of another role.
{
	ask("SELECT mlops.setup_roles(); CREATE ROLE alice LOGIN IN ROLE mlops_trainer; CREATE ROLE bob LOGIN IN ROLE mlops_trainer; GRANT SELECT ON rows TO alice, bob;
		ALTER DATABASE postgres SET mlops.max_workers = 1");
	my @runs = map { $node->safe_psql('postgres', "SELECT mlops.start_training('of_$_', 'rows', 'y', hyperparams => '{\"n_estimators\": 40}')", extra_params => [ '-U', $_ ]) }
	  qw(alice bob alice bob);
	wait_for($_) foreach @runs;
	is(ask("SELECT count(*) FILTER (WHERE state = 'succeeded'), bool_and(started_at > before) FROM (SELECT *, lag(ended_at) OVER (ORDER BY run_id) AS before
		FROM mlops.training_runs WHERE run_id >= $runs[0]) AS r"), '4|t', 'in their order, never two');
	is(ask("SELECT string_agg(DISTINCT model || ' ' || created_by, ', ') FROM mlops.model_versions WHERE model LIKE 'of%'"), 'of_alice alice, of_bob bob', 'each by its role');
	ask('ALTER DATABASE postgres RESET mlops.max_workers');
}

# A killed worker, and servers that stop: the run has failed for whoever looks, and the next one works.
foreach my $how (qw(kill immediate fast))
{
	my $run = start('lost', $asleep, 10);
	state_becomes($run, 'running', "$how: it runs");
	if ($how eq 'kill')
	{
		kill 'KILL', ask("SELECT worker_pid FROM mlops.training_runs WHERE run_id = $run");
		usleep(200000);
		$node->poll_query_until('postgres', 'SELECT true');
	}
	else
	{
		$node->stop($how);
		$node->start;
	}
	is(ask("SELECT state, error_code, worker_pid FROM mlops.training_runs WHERE run_id = $run"), 'failed|57P01|', "$how: the view says that it failed");
	is(ask("SELECT state FROM mlops.training_run WHERE run_id = $run"), 'running', "$how: the row does not know yet");
	like(refusal("SELECT mlops.stop_run($run)"), qr/ERROR:  55000: run $run has ended: it is failed/, "$how: there is nothing to stop");
	is(wait_for(start("after_$how", $rows, 10)), 'succeeded 1', "$how: the next one works");
	is(ask("SELECT state, error_code, error_message, ended_at IS NOT NULL FROM mlops.training_run WHERE run_id = $run"),
		'failed|57P01|the worker ended before the run did|t', "$how: and has settled the lost one");
}

# A standby shows runs and starts none.
{
	my $run = start('seen', $asleep, 10);
	state_becomes($run, 'running', 'a run on the primary');
	$node->backup('base');
	my $standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($node, 'base', has_streaming => 1);
	$standby->start;
	$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
	is($standby->safe_psql('postgres', "SELECT state FROM mlops.training_runs WHERE run_id = $run"), 'running', 'a standby shows it');
	my $err;
	$standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT mlops.start_training('m', 'rows', 'y')", stderr => \$err);
	like($err, qr/ERROR:  25006:/, 'a standby starts none');
	$standby->stop;
	ask("SELECT mlops.stop_run($run)");
	is(wait_for($run), 'stopped', 'the primary stops it');
}

# A dump: what ended is there, what was open is not run by the copy, numbers go on.
{
	ask('ALTER DATABASE postgres SET mlops.max_workers = 0');
	my $queued = start('copied', $rows, 10, ", client_token => 'copy'");
	my $dump = PostgreSQL::Test::Utils::tempdir() . '/runs.dump';
	$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'dump');
	ask('CREATE DATABASE copy');
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('copy'), $dump ], 'restore');
	ask('ALTER DATABASE postgres RESET mlops.max_workers; ALTER DATABASE copy RESET mlops.max_workers');
	is(ask("SELECT md5(string_agg(r::text, '' ORDER BY run_id)) FROM mlops.training_run AS r WHERE state <> 'queued'", 'copy'),
		ask("SELECT md5(string_agg(r::text, '' ORDER BY run_id)) FROM mlops.training_run AS r WHERE state <> 'queued'"), 'a copy has the runs that ended');
	is(ask("SELECT state, error_code FROM mlops.training_runs WHERE run_id = $queued", 'copy'), 'failed|55000', 'what was queued elsewhere has failed in the copy');
	my $next = ask("SELECT mlops.start_training('new', 'rows', 'y', hyperparams => '{\"n_estimators\": 3}')", 'copy');
	cmp_ok($next, '>', $queued, 'numbers go on');
	ask("CALL mlops.wait_for_run($next, '60 s')", 'copy');
	is(ask("SELECT string_agg(state, ' ' ORDER BY run_id) FROM mlops.training_run WHERE run_id IN ($queued, $next)", 'copy'), 'failed succeeded', 'the copy runs its own alone');
	ask('SELECT mlops._attend_runs()');
	is(wait_for($queued), 'succeeded 1', 'and the first database runs what it has queued');
}
$node->stop;

# No process is free: the run waits, and is taken when one is, whoever comes first.
{
	my $small = PostgreSQL::Test::Cluster->new('small');
	$small->init;
	# the launcher of logical replication takes one
	$small->append_conf('postgresql.conf', "max_worker_processes = 1\n");
	$small->start;
	$small->safe_psql('postgres', q{CREATE EXTENSION mlops; SELECT mlops.setup_roles(); CREATE TABLE rows AS SELECT i AS x, i > 40 AS y FROM generate_series(1, 100) AS i;
		CREATE ROLE alice LOGIN IN ROLE mlops_trainer; CREATE ROLE bob LOGIN IN ROLE mlops_trainer; GRANT SELECT ON rows TO alice, bob});
	my $start = "SELECT mlops.start_training(current_user::text, 'rows', 'y', hyperparams => '{\"n_estimators\": 3}')";
	my ($code, $out, $err) = $small->psql('postgres', $start);
	is("$code $out $err", '0 1 ', 'no process is free, and nobody is bothered with it');
	my $state;
	$small->psql('postgres', "\\set VERBOSITY sqlstate\nCALL mlops.wait_for_run(1, '1.5 s')", stderr => \$state);
	like($state, qr/ERROR:  57014/, 'the run waits');
	is($small->safe_psql('postgres', 'SELECT state FROM mlops.training_runs'), 'queued', 'it is queued');
	$small->append_conf('postgresql.conf', "max_worker_processes = 2\n");
	$small->restart;
	$small->safe_psql('postgres', $start, extra_params => [ '-U', $_ ]) foreach qw(alice bob);
	# the place of a worker is free only when it has left, so that those who wait see to the next one
	$small->safe_psql('postgres', "CALL mlops.wait_for_run($_, '60 s')") foreach (1 .. 3);
	is($small->safe_psql('postgres', "SELECT string_agg(state || ' ' || owner, ', ' ORDER BY run_id) FROM mlops.training_runs WHERE owner IN ('alice', 'bob')"),
		'succeeded alice, succeeded bob', 'one process for three roles');
	is($small->safe_psql('postgres', "SELECT state FROM mlops.training_runs WHERE run_id = 1"), 'succeeded', 'also what was queued before');
	$small->stop;
}

done_testing();

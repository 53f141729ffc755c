# The cache of models: with preload one copy for all sessions, loaded once however many want it, given
# up within mlops.model_cache_size, and never wrong, whatever happens to the session that loads it.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use FindBin;
use lib $FindBin::Bin;
use MlopsTest;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'mlops'\nautovacuum = off\nrestart_after_crash = on\n");
$node->start;

sub ask
{
	my ($query, $database) = @_;
	return $node->safe_psql($database // 'postgres', $query);
}

# Room for one or two of the models; room for all.
sub set_size
{
	$node->append_conf('postgresql.conf', "mlops.model_cache_size = '1MB'\n");
	$node->reload;
	return;
}

sub reset_size
{
	$node->append_conf('postgresql.conf', "mlops.model_cache_size = '1GB'\n");
	$node->reload;
	return;
}

# A session that stays open; its answers are read line by line.
sub session
{
	my ($database) = @_;
	my $session = { in => '', out => '', err => '' };
	$session->{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr($database // 'postgres') ],
		'<', \$session->{in}, '>', \$session->{out}, '2>', \$session->{err},
		IPC::Run::timeout(120));
	return $session;
}

# Send a query; answer_of waits for its answer.
sub send_query
{
	my ($session, $query) = @_;
	$session->{out} = '';
	$session->{in} .= "$query;\n\\echo done\n";
	$session->{run}->pump_nb;
	return;
}

sub answer_of
{
	my ($session) = @_;
	$session->{run}->pump until $session->{out} =~ /^done$/m;
	my $answer = $session->{out};
	$answer =~ s/^done\n//m;
	chomp $answer;
	return $answer;
}

sub ask_session
{
	my ($session, $query) = @_;
	send_query($session, $query);
	return answer_of($session);
}

my $row = q{'{"a": 0.3, "b": 0.7}'::jsonb};
my $make_rows = q{
	CREATE EXTENSION mlops;
	CREATE TABLE r AS SELECT i AS id, mlops._uniform(i, 1, 1) AS a, mlops._uniform(i, 2, 1) AS b FROM generate_series(1, 2700) AS i;
	ALTER TABLE r ADD y bool;
	UPDATE r SET y = mlops._uniform(id, 3, 1) < a * b};
my $train = q{SELECT version FROM mlops.train_model('m', 'r', 'y', id_column => 'id',
	hyperparams => '{"n_estimators": 50, "random_state": %d}')};

ask($make_rows);
is(ask(sprintf($train, $_)), $_, "version $_") foreach 1 .. 3;
ask('CREATE DATABASE other');
ask($make_rows, 'other');
ask(sprintf($train, 1), 'other');

# Training decodes a model without the cache, so nothing is in it yet.
my $lines = "SELECT models, is_shared, hits, misses FROM mlops.model_cache ORDER BY loaded_at";
is(ask($lines), '', 'nothing is decoded before it is wanted');
my $score = ask("SELECT mlops.predict('m\@v1', $row)");
is(ask($lines), '{m@v1}|t|0|1', 'the first session decodes a model');
is(ask("SELECT mlops.predict('m\@v1', $row)"), $score, 'the second one answers the same');
is(ask($lines), '{m@v1}|t|1|1', '... and finds it');
is(ask("SELECT mlops.predict('m\@v1', $row)", 'other'), $score, 'a database with the same model answers the same');
is(ask($lines, 'other'), '{m@v1}|t|2|1', '... from the same copy');
ask("SELECT mlops.drop_model('m')", 'other');
is(ask($lines, 'other'), '|t|2|1', 'a copy that is no model of this database has no name');

# Many at once: one decodes, the others wait.
my @many = map { session() } 1 .. 12;
send_query($_, "SELECT mlops.predict('m\@v2', $row)") foreach @many;
my %answers = map { answer_of($_) => 1 } @many;
is(scalar(keys %answers), 1, 'twelve sessions that want a model at once agree');
is(ask("SELECT count(*), sum(hits + misses) FROM mlops.model_cache WHERE models = '{m\@v2}'"),
	'1|12', '... and one copy serves them');
$_->{run}->kill_kill foreach @many;

# The loading session is held by a lock and ended; one that waits takes over.
my ($locker, $loader, $waiter) = (session(), session(), session());
ask_session($locker, 'BEGIN; LOCK TABLE mlops.model_blob IN ACCESS EXCLUSIVE MODE');
my $pid = ask_session($loader, 'SELECT pg_backend_pid()');
send_query($loader, "SELECT mlops.predict('m\@v3', $row)");
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = $pid AND wait_event_type = 'Lock'");
my $waiter_pid = ask_session($waiter, 'SELECT pg_backend_pid()');
send_query($waiter, "SELECT mlops.predict('m\@v3', $row)");
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = $waiter_pid AND wait_event_type = 'Extension'");
pass('a session waits for the one that decodes');
ask("SELECT pg_terminate_backend($pid)");
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = $waiter_pid AND wait_event_type = 'Lock'");
pass('it decodes itself when the other one is ended');
# The session that holds the lock cannot wait for those that wait for it.
my $own = ask_session($locker, "SELECT mlops.predict('m\@v3', $row)");
ask_session($locker, 'COMMIT');
is(answer_of($waiter), $own, 'a session that others wait for decodes a copy of its own');
is(ask_session($locker, "SELECT is_shared FROM mlops.model_cache WHERE models = '{m\@v3}' ORDER BY 1"), "f\nt",
	'... beside the shared one');

# Within 1 MB there is no room for all of them; sessions let go of what is given up.
set_size();
is(ask(sprintf($train, 4)), 4, 'one more');
ask("SELECT mlops.predict('m\@v$_', $row)") foreach 1 .. 4;
cmp_ok(ask("SELECT coalesce(sum(n_bytes), 0) FROM mlops.model_cache WHERE is_shared"), '<=', 1024 * 1024,
	'shared copies stay within mlops.model_cache_size');
my $one = session();
my $segments = sub {
	my $maps = slurp_file("/proc/$_[0]/maps");
	return scalar(() = $maps =~ /PostgreSQL\./g);
};
$pid = ask_session($one, 'SELECT pg_backend_pid()');
ask_session($one, "SELECT mlops.predict('m\@v' || v, $row) FROM generate_series(1, 4) AS v, generate_series(1, 5)") foreach 1 .. 3;
my $n_mapped = $segments->($pid);
my $n_held = ask('SELECT count(*) FROM mlops.model_cache');
cmp_ok($n_mapped, '<=', $n_held + 3, "a session that used all models maps few: $n_mapped, of which control and statistics are two");

# More models than there are slots.
reset_size();
ask(q{DO $$ BEGIN FOR i IN 1 .. 270 LOOP
	PERFORM mlops.train_model('small', 'r', 'y', id_column => 'id', test_sampling => 'none',
		hyperparams => jsonb_build_object('n_estimators', 1, 'max_depth', 3, 'random_state', i)); END LOOP; END $$});
my $sum = "SELECT count(DISTINCT mlops.predict('small\@v' || v, $row)) > 5, sum(mlops.predict('small\@v' || v, $row)) FROM generate_series(1, 270) AS v";
my $sums = ask("$sum; $sum");
like($sums, qr/^t\|(.*)\nt\|\1$/, '270 models answer the same twice in a session');
cmp_ok(ask('SELECT count(*) FROM mlops.model_cache'), '<=', 256, 'at most 256 are held');

# No shared memory: files of more than 64 kB are refused to this session.
SKIP:
{
	skip 'prlimit is missing', 3 if !-x '/usr/bin/prlimit';
	set_size();
	ask("SELECT mlops.predict('m\@v1', $row)");
	my $poor = session();
	my $poor_pid = ask_session($poor, 'SELECT pg_backend_pid()');
	system_or_bail('prlimit', '--pid', $poor_pid, '--fsize=65536');
	ask("SELECT mlops.predict('m\@v$_', $row)") foreach 2 .. 4;
	is(ask_session($poor, "SELECT mlops.predict('m\@v1', $row)"), $score, 'a session that gets no shared memory answers');
	is(ask_session($poor, "SELECT is_shared FROM mlops.model_cache WHERE models = '{m\@v1}'"), 'f', '... from a copy of its own');
	is(ask_session($poor, "SELECT count(mlops.predict('m\@v1', ARRAY[a, b])) FROM r"), 2700, '... and goes on');
	$poor->{run}->kill_kill;
	reset_size();
}

# A crash takes the copies with it; the next session makes them again.
my $victim = session();
$pid = ask_session($victim, 'SELECT pg_backend_pid()');
ask_session($victim, "SELECT mlops.predict('m\@v1', $row)");
kill 'KILL', $pid;
$node->wait_for_log(qr/all server processes terminated; reinitializing/);
$node->poll_query_until('postgres', 'SELECT 1', '1');
is(ask("SELECT mlops.predict('m\@v1', $row)"), $score, 'the same answer after a crash');
is(ask($lines), '{m@v1}|t|0|1', '... decoded anew');
$_->{run}->kill_kill foreach $locker, $waiter, $one;

# Without preload each session has its own.
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
$node->restart;
is(ask("SELECT mlops.predict('m\@v1', $row); $lines"), "$score\n{m\@v1}|f|0|1", 'without preload a session has a copy of its own');

done_testing();

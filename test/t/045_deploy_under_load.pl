# Deploys under load: while a writer in each of two databases deploys, rolls back, archives, and takes deploys back, no
# client of the primary or of a standby ever sees an error, a version other than its snapshot's, or one that was
# never committed; with and without the library preloaded, and after a crash.  2,000 models do not mix.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

use FindBin;
use lib $FindBin::Bin;
use MlopsTest;

# 4 clients, one for each database of each server, and at most so many cycles of each writer.
use constant { CLIENTS => 4, SECONDS => 5, CYCLES => 400 };
my $bench = MlopsTest::top_dir() . '/test/bench';
my @databases = qw(one two);

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "restart_after_crash = on\n");
$primary->start;
foreach my $shift (0 .. 1)
{
	$primary->safe_psql('postgres', "CREATE DATABASE $databases[$shift]");
	# two loads take versions that no other one has
	$primary->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', 'n_versions=' . (2 + 2 * CYCLES), '-v', "shift=$shift",
			'-d', $primary->connstr($databases[$shift]), '-f', "$bench/deploy_versions.sql" ], "versions in database $databases[$shift]");
}
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
# an acknowledged commit has been replayed
$primary->append_conf('postgresql.conf', "synchronous_standby_names = '*'\nsynchronous_commit = local\n");
$primary->reload;

# Run the load; every count must be 0, and something must have been looked at, however slow the machine is.
sub check_load
{
	my ($what) = @_;
	$primary->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'") or die 'there is no standby';
	my ($out, $err) = run_command([ 'perl', "$bench/deploy_load.pl", "primary=@{[conninfo($primary)]}", "standby=@{[conninfo($standby)]}",
			'databases=' . join(',', @databases), 'clients=' . CLIENTS, 'cycles=' . CYCLES, 'seconds=' . SECONDS ]);
	foreach my $server (qw(primary standby))
	{
		foreach my $database (@databases)
		{
			my ($line) = $out =~ /^$server $database (.*)$/m;
			my ($statements, $strict, $during, @counts) = split / /, $line // '0 0 0';
			cmp_ok($statements, '>=', 20, "$what: $server, database $database: $statements statements");
			cmp_ok($strict, '>=', 2, "$what: $strict of them between two changes");
			cmp_ok($during, '>=', 2, "$what: $during of them during a deploy that was rolled back");
			is("@counts", '0 0 0 0 0', "$what: no error, stale, disagreeing or mixed score, or sighting of a rolled-back deploy");
		}
	}
	foreach my $database (@databases)
	{
		my ($line) = $out =~ /^writes $database (.*)$/m;
		cmp_ok((split / /, $line // '0')[0], '>=', 8, "$what: deploys, rollbacks, archives, deploys taken back in database $database: " . ($line // 'none'));
	}
	diag("$out\n$err") if $err ne '';
	return;
}

sub conninfo
{
	my ($node) = @_;
	return $node->connstr('postgres') =~ s/ dbname='?postgres'?//r;
}

# A session that predicts dies by kill -9: the server restarts, and predicts and deploys as before.
sub check_crash
{
	my ($what) = @_;
	my ($out, $err) = ('', '');
	my $predict = q{mlops.predict('bench_deploy', ARRAY[1.0])};
	my %served = map { $_ => $primary->safe_psql($_, "SELECT $predict") } @databases;
	my $handle = do
	{
		local $ENV{PGAPPNAME} = 'victim';
		IPC::Run::start([ 'psql', '-X', '-d', $primary->connstr('one'), '-c', "SELECT sum(mlops.predict('bench_deploy', ARRAY[k])) FROM generate_series(1, 1e9) AS k" ],
			'<', \undef, '>', \$out, '2>', \$err);
	};
	$primary->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'victim' AND state = 'active'
		AND query_start < clock_timestamp() - interval '100 ms'");
	my $log_end = -s $primary->logfile;
	is(kill('KILL', $primary->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE application_name = 'victim'")), 1, "$what: a session is killed");
	$handle->finish;
	# the session ends before the server knows that all others must
	$primary->wait_for_log(qr/all server processes terminated; reinitializing/, $log_end);
	foreach (1 .. 600)
	{
		last if eval { $primary->poll_query_until('postgres', 'SELECT true') };
		usleep(100_000);
	}
	foreach my $database (@databases)
	{
		is($primary->safe_psql($database, "SELECT $predict"), $served{$database}, "$what: after the crash database $database predicts as before");
		my $never = $primary->safe_psql($database, "SELECT mlops.predict('bench_deploy\@v2', ARRAY[1.0])");
		isnt($never, $served{$database}, 'another version predicts something else');
		is($primary->safe_psql($database, "SELECT $predict; BEGIN; SELECT FROM mlops.deploy_model('bench_deploy', 2); SELECT $predict; ROLLBACK; SELECT $predict"),
			"$served{$database}\n$never\n$served{$database}", "$what: and a deploy is seen, and taken back");
	}
	return;
}

check_load('a copy per session');
check_crash('a copy per session');
foreach my $node ($primary, $standby)
{
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'mlops'\n");
	$node->restart;
}
check_load('preloaded');
check_crash('preloaded');

# Far more models than any map of them was made for: each answers with its own score, also of a session that asks
# for all of them again, after a restart, and on the standby.
use constant MODELS => 2000;
my $wrong = 'SELECT count(*) FROM generate_series(1, ' . MODELS . q{) AS n, generate_series(1, 2) AS turn
	WHERE abs(mlops.predict(format('many_%s@v1', n), ARRAY[1.0]) - (n % 49 + 1) / 50.0) > 1e-9};
$primary->safe_psql('one', 'SET client_min_messages = warning; SELECT count(t.version) FROM generate_series(1, ' . MODELS . q{) AS n,
	LATERAL mlops.train_model(format('many_%s', n), query => format('SELECT 1 AS x, i <= %s AS y FROM generate_series(1, 50) AS i', n % 49 + 1),
		target => 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}') AS t});
is($primary->safe_psql('one', $wrong), '0', MODELS . ' models have their own scores');
$primary->restart;
is($primary->safe_psql('one', "SELECT round(mlops.predict('many_48\@v1', ARRAY[1.0])::numeric, 6)"), '0.980000', 'the first prediction after a restart');
is($primary->safe_psql('one', $wrong), '0', 'all of them after a restart');
$primary->wait_for_catchup($standby);
is($standby->safe_psql('one', $wrong), '0', 'all of them on the standby');

$standby->stop;
$primary->stop;
done_testing();

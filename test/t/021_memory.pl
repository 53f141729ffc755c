# Memory that is not there: a training whose process gets no more memory ends in 53200, wherever that
# happens, leaves nothing behind, and the session goes on.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_worker_processes = 20\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', q{CREATE EXTENSION mlops;
	-- a target that is noise: trees that are not limited take more memory than reading
	CREATE TABLE rows AS SELECT hashint8(i) AS a, hashint8(i * 7) AS b, hashint8(i * 3) % 2 = 0 AS y FROM generate_series(1, 150000) AS i});

# One session: train with so many kB above what it has, then without a limit.
sub train_with
{
	my ($kilobytes, $workers) = @_;
	my ($out, $err);
	$node->psql('postgres', <<"SQL", stdout => \$out, stderr => \$err, on_error_stop => 0);
\\set VERBOSITY verbose
SET max_parallel_maintenance_workers = $workers;
-- what a first query loads is loaded before the limit
SELECT count(mlops.drop_model(model)) >= 0 FROM mlops.models;
SELECT true FROM mlops.train_model('m', query => 'SELECT * FROM rows LIMIT 100', target => 'y', hyperparams => '{"n_estimators": 2}');
SELECT count(mlops.drop_model(model)) > 0 FROM mlops.models;
SELECT pg_backend_pid() AS pid \\gset
\\setenv BACKEND :pid
\\! prlimit --pid \$BACKEND --as=\$(( (\$(awk '/^VmSize/ { print \$2 }' /proc/\$BACKEND/status) + $kilobytes) * 1024 )):
SELECT status FROM mlops.train_model('m', 'rows', 'y', test_sampling => 'none', hyperparams => '{"n_estimators": 3, "random_state": 1}');
\\! prlimit --pid \$BACKEND --as=unlimited:
SELECT 'versions ' || count(*) FROM mlops.model_version;
SELECT 'files ' || count(*) FROM pg_ls_tmpdir();
SELECT 'again ' || status FROM mlops.train_model('m', 'rows', 'y', hyperparams => '{"n_estimators": 10, "max_depth": 3, "random_state": 1}');
SQL
	return ($out, $err);
}

# from the first block of rows to the nodes of a tree
my @sizes = map { 1000 * $_ } 0 .. 12;
my %refused;
foreach my $workers (0, 2)
{
	foreach my $kilobytes (@sizes)
	{
		my ($out, $err) = train_with($kilobytes, $workers);
		my $is_refused = $err =~ /^.*ERROR:  53200: /m;
		$refused{$workers} += $is_refused;
		unlike($err, qr/(?:ERROR|FATAL):  (?!53200)/, "$kilobytes kB, $workers workers: nothing but 53200");
		like($out, $is_refused ? qr/^versions 0$/m : qr/^versions 1$/m, "$kilobytes kB, $workers workers: nothing is left of a training that failed");
		like($out, qr/^files 0$/m, "$kilobytes kB, $workers workers: no file is left");
		like($out, qr/^again pending_approval$/m, "$kilobytes kB, $workers workers: the session goes on");
	}
	cmp_ok($refused{$workers}, '>=', 5, "$workers workers: memory was short at $refused{$workers} sizes");
}
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'"), '0', 'no worker is left');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|was terminated/, 'the server did not fall');

$node->stop;
done_testing();

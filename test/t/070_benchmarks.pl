# Every benchmark runs on few rows and ends in a table under a full header; nothing is timed.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use FindBin;
use lib $FindBin::Bin;
use MlopsTest;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
local @ENV{qw(PGHOST PGPORT PGDATABASE PGUSER)} = ($node->host, $node->port, 'postgres', getpwuid($<) . '');
local @ENV{qw(BENCH_SCALE ROUNDS N_TREES PYTHON)} = (0.01, 2, 5, '/nonexistent');

my @scripts = glob MlopsTest::top_dir() . '/test/bench/b[0-9]*_*.sh';
cmp_ok(scalar @scripts, '>', 0, 'there are benchmarks');
foreach my $script (@scripts)
{
	my ($name) = $script =~ m{([^/]+)\.sh$};
	my ($out, $err) = run_command([ 'bash', $script ]);
	like($out, qr/^commit \S+, mlops \S+, PostgreSQL [\d.]+/m, "$name: the header has commit and versions");
	like($out, qr/\d+ cores, \d+ GiB, load/, "$name: the header has the machine");
	like($out, qr/shared_buffers \S+, jit \S+, fsync \S+, max_parallel_maintenance_workers \d+, seed \S+, \d{4}-/,
		"$name: the header has settings, seed and date");
	like($out, qr{^\|---.*\|\n(?:\| .*\|\n?)+\z}m, "$name: ends in a table") or diag("$out\n$err");
	like($out, qr/^skipped: /m, "$name: a peer that is missing is skipped with a line");
}

done_testing();

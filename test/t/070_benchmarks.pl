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
local @ENV{qw(BENCH_SCALE ROUNDS N_TREES PYTHON RSCRIPT)} = (0.01, 2, 5, '/nonexistent', '/nonexistent');
# of b1_online.sh the forms that differ most, of others one forest
local @ENV{qw(CASES RUN_SECONDS FORESTS)} = ('d6x100:row:uniform:2 flights:entity:written:1', 1, 'd20');

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
	like($out, qr/^skipped: /m, "$name: a peer that is missing is skipped with a line") if slurp_file($script) =~ /\bPEERS\b/;
}

# Nothing but the number of rows decides what the generators make.
foreach my $script (glob MlopsTest::top_dir() . '/test/bench/gen_*.sql')
{
	my ($name, $table) = $script =~ m{gen_((\w+?)s?)\.sql$};
	my @digests;
	foreach (1 .. 2)
	{
		run_command([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', 'n_rows=500', '-v', 'n_test_rows=100', '-f', $script ]);
		push @digests, $node->safe_psql('postgres', "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY i)) FROM bench_$table AS t");
	}
	like($digests[0], qr/^600\|/, "$name: as many rows as were asked for, together");
	is($digests[1], $digests[0], "$name: the same rows again");
	is($node->safe_psql('postgres', "SELECT (SELECT count(*) FROM bench_${table}_train), (SELECT count(*) FROM bench_${table}_test)"),
		'500|100', "$name: those to learn from, and those to test on");
}

done_testing();

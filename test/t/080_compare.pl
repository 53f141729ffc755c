# compare_models: DeLong's interval equals what numpy and scikit-learn found on the same rows (stored
# by test/oracle/compare.py), and a cancel ends the bootstrap at once.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use FindBin;
use lib $FindBin::Bin;
use MlopsTest;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
# one tree without bootstrap says of a score of 3 that the share is 0.3
$node->safe_psql('postgres', q(
	CREATE EXTENSION mlops;
	CREATE TABLE share AS SELECT s AS a, s AS b, i <= s AS label FROM generate_series(1, 9) AS s, generate_series(1, 10) AS i;
	SELECT status FROM mlops.train_model('a', 'share', 'label', features => '{a}', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
	SELECT status FROM mlops.train_model('b', 'share', 'label', features => '{b}', test_sampling => 'none', hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": 1}');
	CREATE FUNCTION made_rows(n bigint) RETURNS TABLE (a int, b int, label bool) LANGUAGE sql AS
		'SELECT s.a, s.b, i * 7919 % 20 < s.a + s.b FROM generate_series(1, n) AS i,
			LATERAL (SELECT (1 + (i * i * 7 + i * 3) % 9)::int, (1 + (i * i * 5 + i) % 9)::int) AS s (a, b)'));

my ($header, @lines) = split /\n/, slurp_top('test/data/compare.csv');
is($header, 'n,auc_a,auc_b,variance_a,variance_b,covariance', 'the stored figures are the ones this test reads');
foreach my $line (@lines)
{
	my ($n, $auc_a, $auc_b, $var_a, $var_b, $covariance) = split /,/, $line;
	my $row = $node->safe_psql('postgres', "SELECT a, b, diff, ci_low, ci_high FROM mlops.compare_models('a\@v1', 'b\@v1', 'SELECT * FROM made_rows($n)') WHERE metric = 'roc_auc'");
	my ($ours_a, $ours_b, $diff, $low, $high) = split /\|/, $row;
	cmp_ok(abs($ours_a - $auc_a) + abs($ours_b - $auc_b), '<=', 1e-12, "$n rows: both roc_auc are scikit-learn's");
	my $margin = 1.959963984540054 * sqrt($var_a + $var_b - 2 * $covariance);
	cmp_ok(abs($low - ($auc_a - $auc_b - $margin)) + abs($high - ($auc_a - $auc_b + $margin)), '<=', 1e-12, "$n rows: the interval of their difference is numpy's");
}

# A cancel in the middle: half a million rows take many seconds.  Rows are read before the timer runs
# out, or the latency would tell of another phase.
my $began = time;
my ($code, $out, $err) = $node->psql('postgres', q(
	SET statement_timeout = 4000;
	SELECT * FROM mlops.compare_models('a@v1', 'b@v1', 'SELECT * FROM made_rows(500000)')));
my $took = time - $began;
like($err, qr/canceling statement due to statement timeout/, 'the bootstrap can be cancelled');
cmp_ok($took, '<', 14, sprintf 'it ends within 10 s of the timer; latency %.3f s', $took - 4);
is($node->safe_psql('postgres', q(SELECT count(*) FROM mlops.compare_models('a@v1', 'b@v1', 'SELECT * FROM made_rows(100)'))), '11', 'the server goes on');

done_testing();

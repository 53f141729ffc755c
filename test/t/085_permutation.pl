# Permutation importance, worked out here by its definition: rows of the test part in the order of
# the hash of their id, shuffles from (random_state, name of the feature, repeat), mean drop of the metric and
# its standard error.  It can be cancelled.
use strict;
use warnings;
no warnings 'portable';

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

use FindBin;
use lib $FindBin::Bin;
use MlopsTest;

use constant SEED => -12345;
use constant N_REPEATS => 5;

# Arithmetic of 64 bits: with integers it wraps, shifts want it unsigned.
sub times64 { use integer; my $product = $_[0] * $_[1]; no integer; return $product & ~0 }
sub plus64 { use integer; my $sum = $_[0] + $_[1]; no integer; return $sum & ~0 }

# The next number of splitmix64; the state is advanced.
sub splitmix
{
	$_[0] = plus64($_[0], 0x9E3779B97F4A7C15);
	my $z = $_[0];
	$z = times64($z ^ ($z >> 30), 0xBF58476D1CE4E5B9);
	$z = times64($z ^ ($z >> 27), 0x94D049BB133111EB);
	return $z ^ ($z >> 31);
}

sub hash_int
{
	my ($value, $seed) = @_;
	my $state = $seed ^ times64($value, 0xD6E8FEB86659FD93);
	my $first = splitmix($state);
	return $first ^ splitmix($state);
}

sub hash_text
{
	my ($text, $seed) = @_;
	my $hash = hash_int(length $text, $seed);
	$hash = hash_int(unpack('Q<', $_ . "\0" x (8 - length)), $hash) foreach unpack '(a8)*', $text;
	return $hash;
}

# Row that each of n rows has the feature from.
sub shuffle
{
	my ($n, $seed, $repeat) = @_;
	my $mixed = $seed;
	my $x = splitmix($mixed) ^ $repeat;
	my ($s0, $s1) = (splitmix($x), splitmix($x));
	my @sources = 0 .. $n - 1;
	for (my $i = $n - 1; $i > 0; $i--)
	{
		my ($a, $b) = ($s0, $s1);
		$s0 = $b;
		$a ^= $a << 23;
		$s1 = $a ^ $b ^ ($a >> 18) ^ ($b >> 5);
		my $j = ((plus64($s1, $b) >> 32) * ($i + 1)) >> 32;
		@sources[ $i, $j ] = @sources[ $j, $i ];
	}
	return @sources;
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
# a tree that knows the training rows says x * x, so all error comes from the shuffle
$node->safe_psql('postgres', q~
	CREATE EXTENSION mlops;
	CREATE TABLE squares AS SELECT i AS id, i % 5 AS x, (i % 5)::float8 ^ 2 AS y, i > 100 AS held FROM generate_series(1, 117) AS i;
	SELECT status FROM mlops.train_model('squares', 'squares', 'y', id_column => 'id', split_column => 'held', test_sampling => 'custom', metric => 'mean_absolute_error',
		hyperparams => '{"n_estimators": 1, "bootstrap": false, "random_state": ~ . SEED . q~}')~);

my $seed = SEED & ~0;
my %rank = map { $_ => hash_int($_, 0) } 101 .. 117;
my @rows = map { $_ % 5 } sort { $rank{$a} <=> $rank{$b} } keys %rank;
my @drops;
foreach my $repeat (0 .. N_REPEATS - 1)
{
	my @sources = shuffle(scalar @rows, hash_text('x', $seed), $repeat);
	my $error = 0;
	$error += abs($rows[$_]**2 - $rows[ $sources[$_] ]**2) / @rows foreach 0 .. $#rows;
	push @drops, $error;
}
my ($mean, $squares) = (0, 0);
$mean += $_ / N_REPEATS foreach @drops;
$squares += ($_ - $mean)**2 foreach @drops;
my ($importance, $se) = split /\|/, $node->safe_psql('postgres', q(SELECT importance_permutation, permutation_se FROM mlops.feature_importance('squares@v1')));
cmp_ok(abs($importance - $mean), '<=', 1e-12, "importance $importance is the mean of the drops @drops");
cmp_ok(abs($se - sqrt($squares / (N_REPEATS - 1) / N_REPEATS)), '<=', 1e-12, "and $se its standard error");

# A cancel while the shuffles are walked: many seconds of them, after a second of growing.
$node->safe_psql('postgres', 'CREATE TABLE many AS SELECT array_agg((hashint4(i * f) % 5000)::float8 ORDER BY f) AS x, hashint4(i * 99) % 3 = 0 AS y FROM generate_series(1, 60000) AS i, generate_series(1, 15) AS f GROUP BY i');
my ($out, $err) = ('', '');
my $training = IPC::Run::start([ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-c', 'SET mlops.permutation_rows = 50000',
	'-c', q(SELECT version FROM mlops.train_model('many', 'many', 'y', test_size => 0.9)) ], '>', \$out, '2>', \$err);
$node->poll_query_until('postgres', q(SELECT count(*) = 1 FROM mlops.training_progress WHERE phase = 'evaluating')) or die 'it is not evaluated';
# that of the rows as they are comes first
usleep(2_000_000);
my $began = time;
is($node->safe_psql('postgres', q(SELECT pg_cancel_backend(pid) FROM mlops.training_progress WHERE phase = 'evaluating')), 't', 'the shuffles are still walked');
$training->finish;
my $latency = time - $began;
like($err, qr/canceling statement due to user request/, 'they can be cancelled');
cmp_ok($latency, '<', 10, sprintf 'at once: %.3f s, with the call', $latency);

# As good an order of features as scikit-learn's: test/oracle/permutation.sh stores both.
my ($header, @lines) = split /\n/, slurp_top('test/data/permutation.csv');
is($header, 'feature,mlops,mlops_se,scikit_learn,scikit_learn_se', 'the stored figures are the ones this test reads');
is(scalar @lines, 23, 'all features are stored');
my %ours = map { my @field = split /,/; $field[0] => [ @field[ 1, 2 ] ] } @lines;
my %theirs = map { my @field = split /,/; $field[0] => [ @field[ 3, 4 ] ] } @lines;
my @order = sort { $theirs{$b}[0] <=> $theirs{$a}[0] } keys %theirs;
is((sort { $ours{$b}[0] <=> $ours{$a}[0] } keys %ours)[0], $order[0], "the first of both is $order[0]");
my ($n_pairs, $n_turned) = (0, 0);
foreach my $i (0 .. $#order)
{
	foreach my $j ($i + 1 .. $#order)
	{
		# pairs that scikit-learn tells apart by five standard errors
		my $gap = $theirs{ $order[$i] }[0] - $theirs{ $order[$j] }[0];
		next if $gap <= 5 * sqrt($theirs{ $order[$i] }[1]**2 + $theirs{ $order[$j] }[1]**2);
		$n_pairs++;
		$n_turned++ if $ours{ $order[$i] }[0] < $ours{ $order[$j] }[0];
	}
}
cmp_ok($n_pairs, '>', 20, "scikit-learn tells $n_pairs pairs of features apart");
cmp_ok($n_turned / $n_pairs, '<=', 0.1, "$n_turned of them are in the other order here");

done_testing();

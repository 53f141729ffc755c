# A stored model stays what it was: the same bytes from the same rows and seed, after a dump and
# restore, after a crash; damaged bytes are refused.
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
$node->append_conf('postgresql.conf', "fsync = on\nautovacuum = off\n");
$node->start;

sub ask
{
	my ($query, $database) = @_;
	return $node->safe_psql($database // 'postgres', $query);
}

# SQLSTATE and message of a statement that must fail.
sub refusal
{
	my ($query, $database) = @_;
	my ($out, $err);
	$node->psql($database // 'postgres', "\\set VERBOSITY verbose\n$query", stdout => \$out, stderr => \$err);
	return $err;
}

ask(q{
	CREATE EXTENSION mlops;
	SELECT mlops.setup_roles();
	CREATE ROLE trainer LOGIN IN ROLE mlops_trainer;
	CREATE TABLE loans AS SELECT * FROM mlops.generate_loans(3000);
	SELECT mlops.create_loan_features('loans');
	GRANT SELECT ON loans, loan_features TO trainer});
my $train = q{SELECT version FROM mlops.train_model('risk', 'loan_features', 'status', id_column => 'loan_id', entity_column => 'id',
	time_column => 'loan_date', test_sampling => 'entity', hyperparams => '{"n_estimators": 20, "random_state": 7}')};
my $as_trainer = "SET SESSION AUTHORIZATION trainer; $train; RESET SESSION AUTHORIZATION";
my $digests = "SELECT string_agg(digest, ' ' ORDER BY version) FROM mlops.model_versions";
my $scores = "SELECT md5(string_agg(mlops.predict(id)::text, ' ' ORDER BY id)) FROM (SELECT DISTINCT id FROM loans) AS u";

is(ask($as_trainer), '1', 'the first version');
is(ask($as_trainer), '2', 'the second version');
my ($first, $second) = split / /, ask($digests);
is($first, $second, 'the same rows, parameters and seed give the same bytes');
isnt(
	ask("SET SESSION AUTHORIZATION trainer; SELECT version FROM mlops.train_model('seed', 'loan_features', 'status', id_column => 'loan_id',
			exclude => '{id,loan_date}', hyperparams => '{\"n_estimators\": 20, \"random_state\": 8}'); RESET SESSION AUTHORIZATION;
		SELECT digest FROM mlops.model_versions WHERE model = 'seed'"),
	"1\n$first", 'another seed gives other bytes');
ask("SELECT mlops.approve_model('risk', 1), mlops.deploy_model('risk', 1)");
my $before = ask($scores);
is( ask("SELECT digest = encode(sha256(string_agg(b.data, '' ORDER BY b.chunk)), 'hex') FROM mlops.model_blob AS b
		JOIN mlops.model AS m USING (model_id) JOIN mlops.model_versions AS v ON v.model = m.name AND v.version = b.version
		WHERE m.name = 'risk' AND b.version = 1 GROUP BY digest"),
	't', 'the digest is SHA-256 over the chunks');

# Retrained from what the version's row says, a version is the same again.
is( ask(q{SET SESSION AUTHORIZATION trainer;
		SELECT t.version FROM mlops.model_versions AS v, LATERAL mlops.train_model('risk', v.relation::regclass, v.target,
			hyperparams => v.hyperparams, id_column => 'loan_id', entity_column => 'id', time_column => 'loan_date',
			test_size => (v.arguments->>'test_size')::float8, test_sampling => v.arguments->>'test_sampling') AS t
		WHERE v.model = 'risk' AND v.version = 1}),
	'3', 'a version is trained from the row of another one');
is(ask("SELECT count(DISTINCT digest) FROM mlops.model_versions WHERE model = 'risk'"), '1', 'and has its bytes');

# Dump and restore: bytes, predictions, cutoffs, history, and sequences that go on.
ask("SELECT mlops.set_cutoff('risk', 'champion', 0.3)");
my $decided = "SELECT label, score, cutoff FROM loans AS l, mlops.decide(l.id) ORDER BY loan_id LIMIT 20";
my $decisions = ask($decided);
like($decisions, qr/\|0\.3$/, 'decisions have the cutoff of the deployment');
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('postgres') ], 'pg_dump');
ask('CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('restored') ], 'restore');
is(ask($digests, 'restored'), ask($digests), 'digests are the same after dump and restore');
is(ask($scores, 'restored'), $before, 'predictions are the same after dump and restore');
is(ask($decided, 'restored'), $decisions, 'decisions are the same after dump and restore');
is(ask($as_trainer, 'restored'), '4', 'numbers of versions go on after a restore');
is( ask("SELECT count(DISTINCT digest) FROM mlops.model_versions WHERE model = 'risk'", 'restored'),
	'1', 'a version trained after a restore has the same bytes');
is(ask("SELECT count(*) FROM mlops.model_event", 'restored'), ask('SELECT count(*) + 1 FROM mlops.model_event'), 'history is restored');
is(ask("SELECT mlops.deploy_model('risk', 1, 'challenger')", 'restored'), '1', 'the restored registry works');

# A crash: what was committed is there, what was not is gone.
ask("SELECT mlops.approve_model('risk', 2)");
$node->stop('immediate');
$node->start;
is(ask("SELECT digest FROM mlops.model_versions WHERE model = 'risk' AND version = 1"), $first, 'the digest is the same after a crash');
is(ask($scores), $before, 'predictions are the same after a crash');
is(ask($decided), $decisions, 'decisions are the same after a crash');
is(ask("SELECT status FROM mlops.model_versions WHERE model = 'risk' AND version = 2"), 'approved', 'an approval survives a crash');

# Cancel in the middle: 57014, nothing is left, the session goes on; also within a savepoint.
ask('CREATE TABLE big AS SELECT i, hashint8(i) AS x, hashint8(i * 7) AS v, hashint8(i * 31) % 2 = 0 AS y FROM generate_series(1, 200000) AS i');
my $slow = q{SELECT mlops.train_model('slow', 'big', 'y', features => '{x,v}', hyperparams => '{"n_estimators": 1000}')};
like(refusal("SET statement_timeout = 300; $slow"), qr/ERROR:  57014:/, 'statement_timeout stops a training');
my ($out, $err);
$node->psql('postgres', qq{BEGIN; SAVEPOINT s; SET LOCAL statement_timeout = 300; $slow;
ROLLBACK TO s; SELECT 'goes on'; COMMIT;} =~ s/; /;\n/gr, stdout => \$out, stderr => \$err, on_error_stop => 0);
like($err, qr/statement timeout/, 'statement_timeout stops a training within a savepoint');
like($out, qr/goes on/, 'and the transaction goes on');
is(ask("SELECT count(*) FROM mlops.model_versions WHERE model = 'slow'"), '0', 'a training that was stopped leaves no version');
my $handle = do
{
	local $ENV{PGAPPNAME} = 'trainer';
	IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', '\set VERBOSITY verbose', '-c', $slow ],
		'<', \undef, '>', \$out, '2>', \$err);
};
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'trainer' AND state = 'active'
	AND query_start < clock_timestamp() - interval '300 ms'");
ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'trainer'");
$handle->finish;
like($err, qr/57014:.*canceling statement due to user request/s, 'pg_cancel_backend stops a training');

# Damaged bytes, a chunk that is gone, bytes of a newer format: refused, and nothing else breaks.
# Triggers and keys guard against accidents; this is a disk that lies.
my $model = "(SELECT model_id FROM mlops.model WHERE name = 'risk') AND version = 1";
my $predict = "SELECT mlops.predict(id) FROM loans LIMIT 1";
ask("CREATE TABLE kept AS SELECT * FROM mlops.model_blob WHERE model_id = $model");
sub damage
{
	my ($sql) = @_;
	ask("BEGIN; $sql; COMMIT");
	my $error = refusal($predict);
	ask("DELETE FROM mlops.model_blob WHERE model_id = $model; INSERT INTO mlops.model_blob SELECT * FROM kept");
	return $error;
}
my $corrupted = qr/ERROR:  XX001: stored forest of model "risk" version 1 is corrupted/;
like(damage("UPDATE mlops.model_blob SET data = set_byte(data, 20, get_byte(data, 20) # 1) WHERE model_id = $model AND chunk = 0"),
	$corrupted, 'a flipped bit in the header is corruption');
like(damage("UPDATE mlops.model_blob SET data = set_byte(data, 50, get_byte(data, 50) # 1) WHERE model_id = $model AND chunk = 7"),
	$corrupted, 'a flipped bit in a tree is corruption');
like(damage("UPDATE mlops.model_blob SET data = '' WHERE model_id = $model AND chunk = 3"), $corrupted, 'an empty chunk is corruption');
like(damage("DELETE FROM mlops.model_blob WHERE model_id = $model AND chunk = 20"), $corrupted, 'a missing chunk is corruption');
like(damage("UPDATE mlops.model_blob AS a SET data = b.data FROM mlops.model_blob AS b WHERE a.model_id = b.model_id AND a.version = b.version
		AND a.model_id = $model AND a.chunk = 4 AND b.chunk = 5" =~ s/AND version = 1/AND a.version = 1/r),
	$corrupted, 'a chunk in the place of another one is corruption');
# What the version's row says of a feature must be what the forest codes.
sub swap_kind
{
	ask(qq{SET session_replication_role = replica; UPDATE mlops.model_version SET features = jsonb_set(features, '{0,kind}',
		CASE features->0->>'kind' WHEN 'numeric' THEN '"categorical"'::jsonb ELSE '"numeric"' END) WHERE model_id = $model});
	return;
}
swap_kind();
like(refusal($predict), $corrupted, 'a feature of another kind than in the forest is corruption');
swap_kind();
is(ask($scores), $before, 'restored from a copy, the model predicts as before');

$node->stop;
done_testing();

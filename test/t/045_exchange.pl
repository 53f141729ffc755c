# A model goes from one server to another as a file: it predicts there to the last bit as here, on data
# that its new server has under other names, and serves after request, approval and deployment.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use FindBin;
use lib $FindBin::Bin;
use MlopsTest;

my %node = map { $_ => PostgreSQL::Test::Cluster->new($_) } qw(test production);
foreach my $node (values %node)
{
	$node->init;
	$node->start;
	$node->safe_psql('postgres', q{CREATE EXTENSION mlops; SELECT mlops.setup_roles(); CREATE ROLE carol LOGIN IN ROLE mlops_approver});
}
sub ask
{
	my ($server, $query) = @_;
	return $node{$server}->safe_psql('postgres', $query);
}

ask('test', q{
	CREATE TABLE loans AS SELECT * FROM mlops.generate_loans(3000);
	SELECT mlops.create_loan_features('loans');
	SELECT version FROM mlops.train_model('risk', 'loan_features', 'status', id_column => 'loan_id', entity_column => 'id', time_column => 'loan_date',
		test_sampling => 'entity', keep_training_data => true, hyperparams => '{"n_estimators": 20, "random_state": 7}')});
my $rows = ask('test', "SELECT jsonb_agg(to_jsonb(f) ORDER BY loan_id) FROM loan_features AS f");
sub scores
{
	my ($server, $reference) = @_;
	return ask($server, qq{SELECT md5(string_agg(mlops.predict('$reference', r)::text, ' ' ORDER BY n)), count(DISTINCT mlops.predict('$reference', r)) > 50
		FROM jsonb_array_elements(\$rows\$$rows\$rows\$) WITH ORDINALITY AS t (r, n)});
}

# By base64 and psql, as the manual shows it.
my $folder = $node{test}->basedir;
my $base64 = "$folder/risk.b64";
append_to_file($base64, ask('test', "SELECT encode(mlops.export_model('risk\@v1'), 'base64')"));
my ($out, $err);
$node{production}->psql(
	'postgres', "\\set bytes `cat '$base64'`\nSELECT mlops.import_model('credit', decode(:'bytes', 'base64'), 'from test')",
	stdout => \$out, stderr => \$err);
is("$out$err", '1', 'a file carries a model to another server');
my $before = scores('test', 'risk@v1');
like($before, qr/^[0-9a-f]{32}\|t$/, 'the model tells rows apart');
is(scores('production', 'credit@v1'), $before, 'it predicts the same bits there');
my $metrics = q{SELECT e::text || m.metrics || m.digest FROM mlops.evaluate('%s@v1') AS e, mlops.model_versions AS m WHERE m.version = 1};
is(ask('production', sprintf $metrics, 'credit'), ask('test', sprintf $metrics, 'risk'), 'what it is worth came along');
is( ask('production', "SELECT md5(mlops.export_model('credit\@v1')) = '" . ask('test', "SELECT md5(mlops.export_model('risk\@v1'))") . "', comment FROM mlops.model_versions"),
	'f|from test', 'with a comment of its own it is another export');

# By bytes and the server's file functions; its own comment, so the same bytes again.
my $binary = "$folder/risk.mlops";
ask('test', "COPY (SELECT mlops.export_model('risk\@v1')) TO '$folder/risk.copy' (FORMAT binary)");
my $copy = slurp_file("$folder/risk.copy");
# the signature, flags, length of an extension (0), one field and its length stand before the bytes, a trailer behind them
append_to_file($binary, substr($copy, 11 + 4 + 4 + 2 + 4, -2));
is(ask('production', "SELECT mlops.import_model('credit', pg_read_binary_file('$binary'))"), '2', 'a file of bytes carries it, too');
is(ask('production', "SELECT md5(mlops.export_model('credit\@v2'))"), ask('test', "SELECT md5(mlops.export_model('risk\@v1'))"), 'the same bytes leave it again');
is(ask('production', "SELECT count(*) FROM mlops.training_row"), '0', 'rows that were kept stay behind');
like(ask('production', "SELECT arguments->'origin'->>'relation' FROM mlops.model_versions WHERE version = 2"), qr/loan_features/, 'where it came from is told');

# The way to production.
ask('production', "SELECT mlops.request_approval('credit', 2)");
ask('production', "SET SESSION AUTHORIZATION carol; SELECT mlops.approve_model('credit', 2), mlops.deploy_model('credit')");
is(scores('production', 'credit'), $before, 'it serves');

# A file that was cut or changed on the way.
foreach my $damage ([ "substr(pg_read_binary_file('$binary'), 1, 5000)", 'cut' ], [ "set_byte(pg_read_binary_file('$binary'), 4000, 7)", 'changed' ])
{
	$node{production}->psql('postgres', "\\set VERBOSITY verbose\nSELECT mlops.import_model('credit', $damage->[0])", stderr => \$err);
	like($err, qr/ERROR:  22P03: data is not an intact export of a model\nDETAIL:  Reason: its checksum does not match/, "a file that was $damage->[1] is refused");
}
is(ask('production', "SELECT count(*) FROM mlops.model_versions"), '2', 'and leaves nothing');

$_->stop foreach values %node;
done_testing();

# The extension can be created in a fresh server, dropped and created again, and says its version.
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

$node->safe_psql('postgres', 'CREATE EXTENSION mlops');
is( $node->safe_psql(
		'postgres', "SELECT extversion FROM pg_extension WHERE extname = 'mlops'"),
	MlopsTest::control_version(),
	'the version is the one of mlops.control');

$node->safe_psql('postgres', 'DROP EXTENSION mlops');
is( $node->safe_psql(
		'postgres', "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'mlops%'"),
	'0',
	'dropping the extension leaves no schema');
$node->safe_psql('postgres', 'CREATE EXTENSION mlops');

done_testing();

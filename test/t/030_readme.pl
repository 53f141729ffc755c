# The README is true: its SQL blocks run in their order, in one session as a reader runs them, and
# print what stands below them; its reference has every public function with its arguments and its
# comment; the version is the same everywhere.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use FindBin;
use lib $FindBin::Bin;
use MlopsTest;

my $readme = slurp_top('README.md');
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '-U', 'postgres' ]);
$node->start;
local $ENV{PGUSER} = 'postgres';

# Blocks of SQL, each with the text block that follows it, if one does.
my @blocks;
while ($readme =~ /^```sql\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)
{
	push @blocks, { sql => $1, expected => $2 };
}
cmp_ok(scalar @blocks, '>', 20, 'the README has SQL blocks');
my ($before) = $readme =~ /\A(.*?)^```sql\n/ms;
cmp_ok(($before =~ tr/\n//), '<', 50, 'the first SQL stands within 50 lines of the top');

# One session for all; a line marks where each block begins.
my $script = join '', map { "\\echo \@\@\@$_\n$blocks[$_]{sql}" } 0 .. $#blocks;
my $output = '';
IPC::Run::run([ 'psql', '-X', '-q', '-d', $node->connstr('postgres') ], '<', \$script, '>', \$output, '2>&1');
my %printed = $output =~ /^\@\@\@(\d+)\n(.*?)(?=^\@\@\@|\z)/gms;
foreach my $i (0 .. $#blocks)
{
	my ($name) = $blocks[$i]{sql} =~ /\A(?:\\connect.*\n)?(.{0,60})/;
	my $printed = $printed{$i} // '(nothing)';
	if (defined $blocks[$i]{expected})
	{
		is($printed =~ s/\n+\z/\n/r, $blocks[$i]{expected}, "block $i prints what the README says: $name");
	}
	else
	{
		unlike($printed, qr/^(?:ERROR|FATAL|psql):/m, "block $i runs: $name");
	}
}

# The reference against the catalog, both without line breaks.
my $flat = $readme =~ s/\s+/ /gr;
my $functions = $node->safe_psql('tour', q{
	SELECT p.proname || '(' || pg_get_function_arguments(p.oid) || ')', obj_description(p.oid, 'pg_proc')
	FROM pg_proc AS p WHERE p.pronamespace = 'mlops'::regnamespace AND p.proname !~ '^_'});
foreach my $line (split /\n/, $functions)
{
	my ($synopsis, $comment) = split /\|/, $line, 2;
	# as the manual writes types
	$synopsis =~ s/double precision/float8/g;
	$synopsis =~ s/timestamp with time zone/timestamptz/g;
	$synopsis =~ s/::[a-z0-9]+(?:\[\])?//g;
	my ($name) = $synopsis =~ /^(\w+)/;
	cmp_ok(index($flat, "`$synopsis`"), '>', 0, "$name: the reference has $synopsis");
	cmp_ok(index($flat, "$comment."), '>', 0, "$name: the reference says what the comment says");
}

# Its views, by their comments.
foreach my $line (split /\n/, $node->safe_psql('tour', q{
	SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class AS c
	WHERE c.relnamespace = 'mlops'::regnamespace AND c.relkind = 'v' AND c.relname !~ '^_'}))
{
	my ($view, $comment) = split /\|/, $line, 2;
	cmp_ok(index($flat, "`mlops.$view` $comment."), '>', 0, "the reference has the view $view and its comment");
}
my $settings = $node->safe_psql('tour', q{LOAD '$libdir/mlops'; SELECT name FROM pg_settings WHERE name LIKE 'mlops.%'});
cmp_ok(index($readme, "`$_`"), '>', 0, "the README has the setting $_") foreach split /\n/, $settings;

# One version: control file, newest heading of the changelog, META.json.
my $version = MlopsTest::control_version();
my ($newest) = slurp_top('CHANGELOG.md') =~ /^## (\d\S*)/m;
is($newest, $version, 'the newest heading of CHANGELOG.md is the version of mlops.control');
is(join(' ', slurp_top('META.json') =~ /"version": "(\d+\.\d+\.\d+)"/g), "$version $version 1.0.0", 'META.json has the version');

# Figures of quality are those that are stored.
foreach my $line (split /\n/, slurp_top('test/data/quality.csv'))
{
	my ($dataset, undef, $ours, $theirs) = split /,/, $line;
	next if $dataset eq 'dataset';
	my $row = sprintf '| %.4f | %.4f |', $ours, $theirs;
	cmp_ok(index($readme, $row), '>', 0, "$dataset: the README has the stored figures $row");
}

done_testing();

# What the TAP tests of mlops share: files of the checkout, and parts that a machine may lack.
package MlopsTest;

use strict;
use warnings;

use Exporter 'import';
use File::Basename qw(dirname);
use Test::More;

our @EXPORT = qw(need slurp_top);

# Optional parts: how to find one (a value, or undef), why it is missing, what gives it.
my %PARTS = (
	data => {
		find => sub {
			my $dir = $ENV{MLOPS_DATA_DIR} // top_dir() . '/../shared/data';
			return -d $dir ? $dir : undef;
		},
		reason => 'no folder of data sets',
		hint => 'MLOPS_DATA_DIR=FOLDER make test'
	},
	perf => {
		find => sub { return find_program('valgrind') },
		reason => 'valgrind is not installed',
		hint => 'bash scripts/dev.sh deps perf'
	});

# Return what a part is found by (data: its folder; else the path of its program).  If it is
# missing, skip the whole test file, or fail it where MLOPS_REQUIRE names the part.  "all" names
# every part but data, which is no package.
sub need
{
	my ($name) = @_;
	my $part = $PARTS{$name} or die "there is no optional part \"$name\"";
	my $found = $part->{find}->();
	return $found if defined $found;

	my %required = map { $_ => 1 } split /,/, $ENV{MLOPS_REQUIRE} // '';
	my $message = "$name ($part->{reason}; $part->{hint})";
	BAIL_MISSING($message) if $required{$name} || ($required{all} && $name ne 'data');
	plan skip_all => "skipped: $message";
	return;
}

# End the file as failed: a part that must be there is not.
sub BAIL_MISSING
{
	my ($message) = @_;
	fail("required part is missing: $message");
	done_testing();
	exit 1;
}

# Path of a program, or undef.
sub find_program
{
	my ($name) = @_;
	foreach my $dir (split /:/, $ENV{PATH})
	{
		return "$dir/$name" if -x "$dir/$name";
	}
	return;
}

# Folder of the checkout, or of the copy of it that the server's user can read.
sub top_dir
{
	return $ENV{MLOPS_TOP} // dirname(__FILE__) . '/../..';
}

# Text of a file of the checkout.
sub slurp_top
{
	my ($path) = @_;
	open my $file, '<:encoding(UTF-8)', top_dir() . "/$path" or die "cannot read $path: $!";
	local $/ = undef;
	return <$file>;
}

# The version that CREATE EXTENSION installs.
sub control_version
{
	my ($version) = slurp_top('mlops.control') =~ /^default_version *= *'(.*)'/m;
	return $version;
}

1;

#!/usr/bin/env perl
# Rules for the fragments of sql/install; prints FILE:LINE: rule, nothing when all hold.
use strict;
use warnings;

my $sub_text = qr/(?:'(?:[^']|'')*'|\$(\w*)\$.*?\$\g{-1}\$|--[^\n]*|[^;'\$-]|-(?!-)|\$(?!\w*\$))*/s;

# Print a finding at the line of a position.
sub report
{
	my ($file, $text, $position, $rule) = @_;
	my $line = 1 + (substr($text, 0, $position) =~ tr/\n//);
	print "$file:$line: $rule\n";
	return;
}

# The part of a CREATE FUNCTION before its body.
sub function_head
{
	my ($statement) = @_;
	return $statement =~ s/\bAS\s+(?:\$|').*//sr;
}

sub check_function
{
	my ($file, $text, $position, $statement) = @_;
	my $head = function_head($statement);
	report($file, $text, $position, 'a function without VOLATILE, STABLE or IMMUTABLE')
	  unless $head =~ /\b(?:VOLATILE|STABLE|IMMUTABLE)\b/;
	report($file, $text, $position, 'a function without PARALLEL SAFE, RESTRICTED or UNSAFE')
	  unless $head =~ /\bPARALLEL\s+(?:SAFE|RESTRICTED|UNSAFE)\b/;
	report($file, $text, $position, 'SECURITY DEFINER without SET search_path')
	  if $head =~ /\bSECURITY\s+DEFINER\b/ && $head !~ /\bSET\s+search_path\b/;
	report($file, $text, $position, 'dynamic SQL without SET search_path')
	  if $statement =~ /\bEXECUTE\s+(?!FUNCTION|PROCEDURE)/ && $head !~ /\bSET\s+search_path\b/;
	return;
}

sub check_statement
{
	my ($file, $text, $position, $statement) = @_;
	my $skeleton = $statement =~ s/\$(\w*)\$.*?\$\g{-1}\$/\$\$/sgr;
	report($file, $text, $position, 'OR REPLACE adopts what a stranger made')
	  if $skeleton =~ /\bCREATE\s+OR\s+REPLACE\b/;
	report($file, $text, $position, 'IF NOT EXISTS adopts what a stranger made')
	  if $skeleton =~ /\bCREATE\s.*\bIF\s+NOT\s+EXISTS\b/s;
	report($file, $text, $position, 'privileges belong to 99_grants.sql')
	  if $skeleton =~ /\A\s*(?:GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES)\b/ && $file !~ /99_grants/;
	report($file, $text, $position, 'a PTnnn error shows its text in the HTTP status line: no variable text')
	  if $statement =~ /RAISE\s+SQLSTATE\s+'PT[^;]*%/;
	check_function($file, $text, $position, $statement) if $skeleton =~ /\A\s*CREATE\s+FUNCTION\b/;
	return;
}

foreach my $file (@ARGV)
{
	open my $handle, '<', $file or die "cannot read $file: $!";
	my $text = do { local $/ = undef; <$handle> };
	close $handle;
	# statements within a body are no statements of the script
	$text =~ s{\bBEGIN ATOMIC\b.*?^END;}{$& =~ s/;(?!\z)/ /gr}gmse;
	while ($text =~ /\G($sub_text);/gc)
	{
		my ($statement, $start) = ($1, $-[1]);
		# comments and blanks before the first word
		$start += length $1 if $statement =~ s/\A((?:\s+|--[^\n]*\n|\\[^\n]*\n)+)//;
		check_statement($file, $text, $start, $statement);
	}
	report($file, $text, pos($text) // 0, 'a statement that cannot be read')
	  if substr($text, pos($text) // 0) =~ /\S/ && $file !~ /00_guard/;
}

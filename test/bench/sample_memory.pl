#!/usr/bin/perl
# Peak memory of one training: of its session and of the parallel workers of that session.
#
#   sample_memory.pl SESSION_PID POSTMASTER_PID OUT
#
# Every ten milliseconds: private pages (RssAnon) of all these processes, and the shared-memory segments
# that they have mapped since the start, each once.  Pages of shared_buffers do not count, and neither
# does, for each of the processes, what the session had before: what an idle process has.  Makes OUT.ready when it has seen that, and at SIGTERM, or when the session ends,
# writes "PEAK_BYTES SAMPLES WORKERS" to OUT.
use strict;
use warnings;

use Time::HiRes qw(sleep);

my ($session, $postmaster, $out) = @ARGV;
my $is_asked_to_end = 0;
local $SIG{TERM} = sub { $is_asked_to_end = 1 };

sub read_text
{
	my ($path) = @_;
	open(my $file, '<', $path) or return '';
	local $/ = undef;
	return readline($file) // '';
}

# Private bytes; 0 of a process that has ended.
sub private_bytes
{
	return read_text("/proc/$_[0]/status") =~ /^RssAnon:\s+(\d+)/m ? $1 * 1024 : 0;
}

# Segments of dynamic shared memory that a process has mapped.
sub segments { return read_text("/proc/$_[0]/maps") =~ m{(/dev/shm/PostgreSQL\.\d+)}g }

my %is_worker;

sub workers
{
	foreach my $pid (split ' ', read_text("/proc/$postmaster/task/$postmaster/children"))
	{
		# a child keeps the postmaster's title until it has started
		my $title = read_text("/proc/$pid/cmdline");
		$is_worker{$pid} = 1 if $title =~ /parallel worker for PID $session\b/;
	}
	return keys %is_worker;
}

my $idle_bytes = private_bytes($session);
my %is_old = map { $_ => 1 } segments($session);
my ($peak, $n_samples) = (0, 0);
open(my $ready, '>', "$out.ready") or die "cannot write $out.ready: $!\n";
close $ready;
while (!$is_asked_to_end && -d "/proc/$session")
{
	my @pids = ($session, workers());
	my %segments = map { $_ => 1 } map { segments($_) } @pids;
	my $bytes = 0;
	foreach my $pid (@pids)
	{
		my $private = private_bytes($pid);
		$bytes += $private - $idle_bytes if $private > $idle_bytes;
	}
	# pages that exist, not the length: 512 bytes a block
	$bytes += ((stat $_)[12] // 0) * 512 foreach grep { !$is_old{$_} } keys %segments;
	$peak = $bytes if $bytes > $peak;
	$n_samples++;
	sleep 0.01;
}
open(my $result, '>', "$out.tmp") or die "cannot write $out.tmp: $!\n";
printf $result "%d %d %d\n", $peak, $n_samples, scalar keys %is_worker;
close $result or die "cannot write $out.tmp: $!\n";
rename "$out.tmp", $out or die "cannot rename $out.tmp: $!\n";

#!/usr/bin/perl
# Deploys under load: clients predict without a pause while a writer in each database deploys, rolls back, archives, and
# begins deploys that it takes back.  Counts what a client must never see.
#
#   deploy_load.pl primary=CONNINFO [standby=CONNINFO] databases=A,B clients=N cycles=N [seconds=N]
#
# A CONNINFO is without a database.  deploy_versions.sql has made the model in each database; where a standby is
# given, the primary waits for it (synchronous_standby_names), so that an acknowledged commit has been replayed.  Ends
# after so many cycles of each writer, or when the seconds are over and each has done eight.
#
# One process drives psql sessions through pipes, so that it knows for each statement which changes had been
# acknowledged when it was sent, and which had been begun when its answer came: what lies between may be seen, nothing else.
# If no change was begun meanwhile only one version is right: such a statement is counted as strict.  Statements
# take turns: prepared without a table, plain, with the version that mlops.deployments shows in the same
# snapshot, the same twice in a transaction of REPEATABLE READ, and a function with many snapshots.
#
# Prints a line for each server and database,
#
#   SERVER DATABASE statements strict during errors stale disagreeing mixed sightings
#
#   during       statements that began and ended while a deploy was under way that was then rolled back
#   errors       lines of any other form than expected, and sessions that ended
#   stale        a version that was not served between the two moments
#   disagreeing  a score of another version than the statement's own snapshot shows
#   mixed        different scores in one snapshot, or a score of no version of this database
#   sightings    of a version that was only ever deployed by transactions that rolled back
#
# then "writes DATABASE deploys rollbacks archives rolled_back"; the first of what was found goes to standard error.
use strict;
use warnings;

use IO::Select;
use Time::HiRes qw(time);

use constant PATIENCE_SECONDS => 60;
use constant MAX_SHOWN => 10;
# However slow the machine is: two of them are those in which readers look.
use constant LEAST_CYCLES => 8;
# Versions of deploy_versions.sql.
use constant { BASE => 1, NEVER => 2, FIRST => 3 };

my $BARE = "SELECT 'bare', mlops.predict('bench_deploy', ARRAY[1.0])";
my $SEEN = "SELECT 'seen', min(s.score), max(s.score), min(d.version)
	FROM (SELECT mlops.predict('bench_deploy', ARRAY[k]) AS score FROM generate_series(1, 3) AS k) AS s, mlops.deployments AS d
	WHERE d.model = 'bench_deploy' AND d.alias = 'champion' AND d.is_current" =~ s/\n\t/ /gr;
my $PREPARE = "PREPARE bare AS $BARE; PREPARE seen AS $SEEN;";
# What readers send by turns, and how many lines of an answer each has.
my @TURNS = (
	[ 'EXECUTE bare;', 1 ],
	[ 'EXECUTE seen;', 1 ],
	[ "$BARE;", 1 ],
	[ 'BEGIN ISOLATION LEVEL REPEATABLE READ; EXECUTE seen; EXECUTE bare; EXECUTE seen; COMMIT;', 3 ],
	[ 'SELECT * FROM bench_rounds(5);', 10 ]);

my %options = (clients => 4, cycles => 100, seconds => 1e9, map { split /=/, $_, 2 } @ARGV);
die "primary, databases, clients and cycles are needed\n" unless $options{primary} && $options{databases} && $options{clients};
my $select = IO::Select->new;
my %session_of;    # by the handle that it is read from
my $n_shown = 0;

# A psql that reads from a pipe and says all it says into another.
sub open_session
{
	my ($conninfo, $database) = @_;
	pipe(my $in, my $to_psql) && pipe(my $from_psql, my $out) or die "cannot make a pipe: $!\n";
	my $pid = fork // die "cannot fork: $!\n";
	if ($pid == 0)
	{
		open(STDIN, '<&', $in) && open(STDOUT, '>&', $out) && open(STDERR, '>&', $out) or die "cannot redirect: $!\n";
		close $_ foreach $to_psql, $from_psql, map { ($_->{in}, $_->{out}) } values %session_of;
		exec 'psql', '-X', '-A', '-t', '-q', '-d', "$conninfo dbname=$database" or die "cannot run psql: $!\n";
	}
	close $in;
	close $out;
	my $session = { pid => $pid, in => $to_psql, out => $from_psql, received => '' };
	$session_of{$from_psql} = $session;
	return $session;
}

# Send SQL; the answer ends with a line that psql adds when all before it is done.
sub send_to
{
	my ($session, $sql) = @_;
	local $SIG{PIPE} = 'IGNORE';
	syswrite $session->{in}, "$sql\n\\echo .\n";
	$session->{sent_at} = time;
	return;
}

# More of an answer: its lines when it is complete, else nothing.  A session that ended answers 'closed'.
sub receive_from
{
	my ($session) = @_;
	my $n = sysread $session->{out}, $session->{received}, 65536, length $session->{received};
	return ['closed'] if !$n;
	return if $session->{received} !~ s/\A(.*?)^\.\n//ms;
	return [ split /\n/, $1 ];
}

# Send and wait, before the load begins.
sub ask
{
	my ($session, $sql) = @_;
	send_to($session, $sql);
	my $lines;
	1 until $lines = receive_from($session);
	die "\"$sql\": @$lines\n" if grep { /^closed|ERROR|FATAL/ } @$lines;
	return @$lines;
}

# A finding of a reader: it is counted, and shown if it is among the first.
sub find_fault
{
	my ($reader, $what, @more) = @_;
	$reader->{target}{$what}++;
	print STDERR "$what: $reader->{target}{server} $reader->{database}{name}: @more\n" if $n_shown++ < MAX_SHOWN;
	return;
}

sub is_near { return abs($_[0] - $_[1]) < 1e-9 }

# Judge a score by what had been served from the statement's sending to its answer.
sub check_score
{
	my ($reader, $score, $text) = @_;
	my $database = $reader->{database};
	return find_fault($reader, 'sightings', $text) if is_near($score, $database->{scores}{ NEVER() });
	my %is_right = map { $database->{scores}{$_} => 1 } @{ $database->{served} }[ $reader->{acknowledged} .. $database->{begun} ];
	return if grep { is_near($score, $_) } keys %is_right;
	my $is_known = grep { is_near($score, $_) } values %{ $database->{scores} };
	find_fault($reader, $is_known ? 'stale' : 'mixed',
		"$text; served were versions @{ $database->{served} }[ $reader->{acknowledged} .. $database->{begun} ]");
	return;
}

# Judge an answer of a reader line by line; those of one transaction of REPEATABLE READ are one snapshot.
sub check_answer
{
	my ($reader, @lines) = @_;
	my ($sql, $n_lines) = @{ $reader->{turn} };
	my (%scores, $n_read);
	foreach my $line (@lines)
	{
		if (my ($bare) = $line =~ /^bare\|([-\d.e]+)$/)
		{
			check_score($reader, $bare, $line);
			$scores{$bare}++;
		}
		elsif (my ($least, $greatest, $version) = $line =~ /^seen\|([-\d.e]+)\|([-\d.e]+)\|(\d+)$/)
		{
			check_score($reader, $least, $line);
			find_fault($reader, 'mixed', $line) if $least != $greatest;
			my $right = $reader->{database}{scores}{$version};
			find_fault($reader, 'disagreeing', $line) if !defined $right || !is_near($least, $right);
			$scores{$least}++;
		}
		else
		{
			find_fault($reader, 'errors', $line);
			next;
		}
		$n_read++;
	}
	find_fault($reader, 'errors', "$n_lines lines were due, not @lines") if ($n_read // 0) != $n_lines && !grep { !/^(?:bare|seen)\|/ } @lines;
	find_fault($reader, 'mixed', "one snapshot: @lines") if $sql =~ /REPEATABLE/ && keys %scores > 1;
	return;
}

# Let a reader send its next statement, and note what it may see.
sub send_next
{
	my ($reader) = @_;
	my $database = $reader->{database};
	$reader->{turn} = $TURNS[ $reader->{n_sent}++ % @TURNS ];
	$reader->{acknowledged} = $database->{acknowledged};
	$reader->{epoch} = $database->{epoch};
	$reader->{open_rollback} = $database->{open_rollback};
	send_to($reader, $reader->{turn}[0]);
	return;
}

# An answer to a reader.
sub end_statement
{
	my ($reader, $lines) = @_;
	my ($target, $database) = @{$reader}{qw(target database)};
	if (grep { $_ eq 'closed' } @$lines)
	{
		find_fault($reader, 'errors', 'the session ended');
		$select->remove($reader->{out});
		$reader->{is_closed} = 1;
		return;
	}
	$target->{statements}++;
	$target->{strict}++ if $reader->{acknowledged} == $database->{begun};
	$target->{during}++ if $reader->{open_rollback} && $reader->{open_rollback} == $database->{open_rollback};
	check_answer($reader, @$lines);
	$reader->{done_epoch} = $reader->{epoch};
	return;
}

# Steps of a deploy: one statement, or, where readers look, a transaction that is younger than another one that goes on,
# and older than one that ends before it.  Then it commits without a change of the first and last transaction
# that snapshots know as running.
sub deploy_steps
{
	my ($version, $n, @look) = @_;
	my $deploy = "SELECT FROM mlops.deploy_model('bench_deploy', $version);";
	return { sql => $deploy, change => $version, counts => 'deploys' } if !@look;
	return (
		{ by => 'holder', sql => 'BEGIN; SELECT FROM txid_current();' },
		{ sql => "BEGIN; $deploy" },
		{ by => 'other', sql => 'SELECT FROM txid_current();' },
		@look,
		{ sql => 'COMMIT;', change => $version, counts => 'deploys' },
		@look,
		{ by => 'holder', sql => 'COMMIT;' });
}

# Steps of one cycle of a writer.  A step sends SQL, or waits until each reader of the database has done a statement that
# was sent later; "change" is the version that is served when it is done, "expect" what the session itself sees.
sub cycle_steps
{
	my ($database, $n) = @_;
	my $version = shift @{ $database->{spare} } // return;
	# most cycles go on at once
	my @look = $n % 4 ? () : ('look');
	my $never = 'SELECT FROM mlops.deploy_model(\'bench_deploy\', ' . NEVER . ');';
	my @taken_back =
	  $n % 3
	  ? ({ sql => "BEGIN; $never EXECUTE bare;", expect => [NEVER], open => 1 }, @look, { sql => 'ROLLBACK; EXECUTE bare;', expect => [BASE], close => 1 })
	  : ({ sql => "BEGIN; SAVEPOINT s; $never EXECUTE bare;", expect => [NEVER], open => 1 },
		@look, { sql => 'ROLLBACK TO s; EXECUTE bare; COMMIT; EXECUTE bare;', expect => [ BASE, BASE ], close => 1 });
	return (
		@taken_back,
		deploy_steps($version, $n, @look),
		@look,
		{ sql => 'EXECUTE bare;', expect => [$version] },
		{ sql => "SELECT FROM mlops.rollback_model('bench_deploy');", change => BASE, counts => 'rollbacks' },
		@look,
		{ sql => "SELECT FROM mlops.archive_model('bench_deploy', $version);", counts => 'archives' },
		{ sql => 'EXECUTE bare;', expect => [BASE] });
}

sub all_readers_looked
{
	my ($database) = @_;
	return !grep { !$_->{is_closed} && $_->{done_epoch} < $database->{epoch} } @{ $database->{readers} };
}

# Go on with a writer that is not waiting for the server.
sub advance_writer
{
	my ($database, $is_over) = @_;
	while (!$database->{step})
	{
		# a transaction that was begun is ended
		if (!@{ $database->{steps} })
		{
			return if $is_over || $database->{cycles} >= $options{cycles};
			$database->{steps} = [ cycle_steps($database, $database->{cycles}++) ];
			return if !@{ $database->{steps} };
		}
		my $step = $database->{steps}[0];
		if ($step eq 'look')
		{
			$database->{epoch}++ if !$database->{is_waiting};
			$database->{is_waiting} = !$is_over && !all_readers_looked($database);
			return if $database->{is_waiting};
			shift @{ $database->{steps} };
			next;
		}
		if (defined $step->{change})
		{
			push @{ $database->{served} }, $step->{change};
			$database->{begun}++;
		}
		$database->{open_rollback} = 0 if $step->{close};
		$database->{step} = shift @{ $database->{steps} };
		send_to($database->{sessions}{ $step->{by} // 'writer' }, $step->{sql});
	}
	return;
}

# An answer to a writer: what its own session sees must be right, too.
sub end_step
{
	my ($database, $lines) = @_;
	my $step = $database->{step};
	my $writer = { target => $database->{target}, database => $database };
	my @expected = map { $database->{scores}{$_} } @{ $step->{expect} // [] };
	my @seen = map { /^bare\|([-\d.e]+)$/ ? $1 : () } @$lines;
	if (@seen != @$lines || @seen != @expected)
	{
		find_fault($writer, 'errors', "writer: $step->{sql}: @$lines");
		die "the writer cannot go on: @$lines\n";
	}
	foreach my $i (0 .. $#seen)
	{
		find_fault($writer, 'stale', "writer: $step->{sql}: $seen[$i], not $expected[$i]") if !is_near($seen[$i], $expected[$i]);
	}
	$database->{acknowledged}++ if defined $step->{change};
	$database->{writes}{ $step->{counts} }++ if $step->{counts};
	$database->{writes}{rolled_back}++ if $step->{close};
	$database->{open_rollback} = ++$database->{n_rollbacks} if $step->{open};
	$database->{step} = undef;
	return;
}

# Open the sessions of a database: its writer, and what is known of its versions.
sub open_database
{
	my ($name) = @_;
	my %sessions = map { $_ => open_session($options{primary}, $name) } qw(writer holder other);
	my $writer = $sessions{writer};
	ask($writer, ($options{standby} ? 'SET synchronous_commit = remote_apply;' : '') . $PREPARE);
	my %scores = map { split /\|/ } ask($writer, "SELECT version, comment FROM mlops.model_versions WHERE model = 'bench_deploy';");
	my @spare = ask($writer, "SELECT version FROM mlops.model_versions WHERE model = 'bench_deploy' AND status = 'approved'
		AND aliases = '{}' AND version >= @{[FIRST]} ORDER BY version;");
	my ($served) = ask($writer, "SELECT version FROM mlops.deployments WHERE model = 'bench_deploy' AND is_current;");
	die "version $served of $name is deployed, not @{[BASE]}\n" if $served != BASE;
	return {
		name => $name, sessions => \%sessions, scores => \%scores, spare => \@spare, served => [BASE], acknowledged => 0, begun => 0,
		epoch => 0, open_rollback => 0, n_rollbacks => 0, cycles => 0, steps => [], readers => [], writes => {} };
}

my @databases = map { open_database($_) } split /,/, $options{databases};
my @targets = map { my $server = $_; map { { server => $server, database => $_ } } @databases } grep { $options{$_} } qw(primary standby);
foreach my $database (@databases)
{
	$_->{database} = $database foreach values %{ $database->{sessions} };
	($database->{target}) = grep { $_->{server} eq 'primary' && $_->{database} == $database } @targets;
}
my @readers;
foreach my $n (0 .. $options{clients} - 1)
{
	my $target = $targets[ $n % @targets ];
	my $reader = open_session($options{ $target->{server} }, $target->{database}{name});
	# not all of them the same statement at once
	@{$reader}{qw(target database n_sent done_epoch)} = ($target, $target->{database}, int($n / @targets), 0);
	push @{ $target->{database}{readers} }, $reader;
	push @readers, $reader;
	ask($reader, $PREPARE);
}

$select->add($_->{out}) foreach @readers, map { values %{ $_->{sessions} } } @databases;
my $began = time;
send_next($_) foreach @readers;
my $n_busy = @readers;
while (1)
{
	my $is_over = time - $began > $options{seconds} && !grep { $_->{cycles} < LEAST_CYCLES } @databases;
	advance_writer($_, $is_over) foreach @databases;
	my $writers_done = !grep { $_->{step} || @{ $_->{steps} } || (!$is_over && $_->{cycles} < $options{cycles} && @{ $_->{spare} }) } @databases;
	last if $writers_done && $n_busy == 0;
	my @ready = $select->can_read(PATIENCE_SECONDS) or die "no answer within @{[PATIENCE_SECONDS]} seconds\n";
	foreach my $session (map { $session_of{$_} } @ready)
	{
		my $lines = receive_from($session) // next;
		if (!$session->{turn})
		{
			die "the writer's session ended\n" if grep { $_ eq 'closed' } @$lines;
			end_step($session->{database}, $lines);
			next;
		}
		end_statement($session, $lines);
		if ($session->{is_closed} || $writers_done) { $n_busy-- }
		else { send_next($session) }
	}
}
close $_->{in} foreach values %session_of;
waitpid $_->{pid}, 0 foreach values %session_of;

foreach my $target (@targets)
{
	print join(' ', $target->{server}, $target->{database}{name},
		map { $target->{$_} // 0 } qw(statements strict during errors stale disagreeing mixed sightings)), "\n";
}
foreach my $database (@databases)
{
	print join(' ', 'writes', $database->{name}, map { $database->{writes}{$_} // 0 } qw(deploys rollbacks archives rolled_back)), "\n";
}

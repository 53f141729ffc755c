# The loan features of the real data are the golden ones: the sample and the whole file, as of the
# loan and by the published formulas, and the rows of the published file.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use FindBin;
use lib $FindBin::Bin;
use MlopsTest;

my $data = need('data');
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers_per_gather = 2\nparallel_setup_cost = 0\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION mlops');

sub ask
{
	my ($query) = @_;
	return $node->safe_psql('postgres', $query);
}

# Make the five views of a table of loans: V_strict, V_row, V_p1, V_p2 (published, at two dates), V_last.
sub make_views
{
	my ($table) = @_;
	ask(qq{CREATE INDEX ON $table (id, loan_date, loan_id);
		ANALYZE $table;
		SELECT mlops.create_loan_features('$table', '${table}_strict'),
			mlops.create_loan_features('$table', '${table}_row', tie_mode => 'row'),
			mlops.create_loan_features('$table', '${table}_p1', 'row', '2022-02-15', 'days365'),
			mlops.create_loan_features('$table', '${table}_p2', 'row', '2022-04-07', 'days365'),
			mlops.create_loan_features('$table', '${table}_last', latest => true)});
	return;
}

sub make_loans
{
	my ($table, $from) = @_;
	ask("CREATE TABLE $table AS SELECT * FROM mlops.generate_loans(1) LIMIT 0");
	$node->safe_psql('postgres', "\\copy $table FROM $from CSV HEADER");
	make_views($table);
	return;
}

make_loans('sample', "'$data/loans/loans_sample.csv'");
make_loans('whole', "PROGRAM 'gzip -dc $data/loans/loans.csv.gz'");

# Totals: counts are exact, sums of averages within 1e-9 because the server's sum() rounds.
my %counts = (
	sample => { strict => '122779|7534', row => '122959|7537', ages => '323598|19|68', years => '36744|5851|0|40',
		p1 => '340642|49944', p2 => '341775|50891' },
	whole => { strict => '11943132|740735', row => '11959640|741258', ages => '32614440|18|68', years => '3649670|553625|0|42',
		p1 => '34293836|4904544', p2 => '34406019|4990709' });
my %averages = (
	sample => { strict => 975573.446021544, row => 975888.095231697 },
	whole => { strict => 95961212.101026818, row => 96029006.179798707 });

foreach my $table (qw(sample whole))
{
	my $want = $counts{$table};
	foreach my $mode (qw(strict row))
	{
		is(ask("SELECT sum(nb_previous_loans), count(avg_amount_loans_previous) FROM ${table}_$mode"),
			$want->{$mode}, "$table, $mode: loans before, and averages that are known");
		my $sum = $averages{$table}{$mode};
		is(ask("SELECT abs(sum(avg_amount_loans_previous) / $sum - 1) < 1e-9 FROM ${table}_$mode"),
			't', "$table, $mode: sum of averages");
	}
	is(ask("SELECT sum(age), min(age), max(age) FROM ${table}_strict"), $want->{ages}, "$table: ages at the loan");
	is( ask("SELECT sum(years_on_the_job), count(years_on_the_job), min(years_on_the_job), max(years_on_the_job)
			FROM ${table}_strict"),
		$want->{years}, "$table: years on the job at the loan");
	is(ask("SELECT sum(age), sum(years_on_the_job) FROM ${table}_$_"), $want->{$_}, "$table: published years, $_")
	  foreach qw(p1 p2);
}
is(ask('SELECT count(*), count(years_on_the_job) FROM whole_p1'), '777715|649743',
	'whole: the year 3021 is no date, nothing else is missing');
is(ask('SELECT count(*) - count(years_on_the_job) FROM whole_strict'), '224090',
	'whole: a job that starts after the loan has no years');
foreach (['sample', 174], ['whole', 16205])
{
	my ($table, $n) = @$_;
	is( ask("SELECT count(*) FROM ${table}_strict AS a JOIN ${table}_row AS b USING (loan_id)
			WHERE a.avg_amount_loans_previous IS DISTINCT FROM b.avg_amount_loans_previous"),
		$n, "$table: rows whose average depends on the order within a day");
}
is( ask('SELECT count(*) FROM whole_strict WHERE avg_amount_loans_previous IS NULL'),
	'36980', 'whole, strict: rows on the first day of a user');
is(ask('SELECT sum(nb_previous_loans) FROM whole_last'), '740713', 'whole: loans before the last loan of each user');
is( ask('SELECT abs(sum(avg_amount_loans_previous) / 4676875.452780623 - 1) < 1e-9 FROM whole_last'),
	't', 'whole: averages before the last loan of each user');
is(ask("SELECT sum(flag_own_car) FROM $_->[0]_strict"), $_->[1], "$_->[0]: cars")
  foreach ['sample', 3088], ['whole', 304360];

# Users whose rows are known.  An average is the exact ratio, rounded once: for 5008804 and the tie
# of 5008806 one unit in the last place above the rounded sum divided by the count.
my %users = (
	5008804 => '15|124.79661102733996|32|11|1|2020-12-14',
	5008806 => '29|135.89843272394282|57|2|1|2020-11-29');
foreach my $user (sort keys %users)
{
	is( ask("SELECT nb_previous_loans, avg_amount_loans_previous, age, years_on_the_job, flag_own_car, loan_date
			FROM ${_}_last WHERE id = $user"),
		$users{$user}, "$_: last loan of $user")
	  foreach qw(sample whole);
}
is( ask("SELECT string_agg(nb_previous_loans || ' ' || avg_amount_loans_previous, ', ' ORDER BY loan_id)
		FROM whole_strict WHERE id = 5008806 AND loan_date = '2020-07-26'"),
	'23 138.17187936791794, 23 138.17187936791794', 'both loans of a day know the same');
is( ask("SELECT string_agg(nb_previous_loans || ' ' || avg_amount_loans_previous, ', ' ORDER BY loan_id)
		FROM whole_row WHERE id = 5008806 AND loan_date = '2020-07-26'"),
	'23 138.17187936791794, 24 138.45440585116458', 'by row the second knows the first');
is( ask("SELECT string_agg(age::text, ' ' ORDER BY loan_date) FROM whole_strict WHERE loan_id IN (340639, 510844, 287736)"),
	'58 59 60', 'a leap birthday');

# Row for row: the window functions against the server's own frame, in exact arithmetic.
is( ask("SELECT count(*) FROM (SELECT loan_id, count(*) OVER before AS n, avg(loan_amount::numeric) OVER before AS average
			FROM sample WINDOW before AS (PARTITION BY id ORDER BY loan_date
				RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP)) AS a
		JOIN sample_strict AS b USING (loan_id)
		WHERE n <> nb_previous_loans OR average IS NULL <> (avg_amount_loans_previous IS NULL)
			OR abs(average - avg_amount_loans_previous::numeric) > 1e-12"),
	'0', 'every row of the sample equals the frame that excludes ties');

# The order of the table plays no part.
ask('CREATE TABLE shuffled AS SELECT * FROM sample ORDER BY hashint8(loan_id)');
make_views('shuffled');
is( ask("(SELECT * FROM sample_$_ EXCEPT SELECT * FROM shuffled_$_) UNION ALL
		(SELECT * FROM shuffled_$_ EXCEPT SELECT * FROM sample_$_)"),
	'', "shuffled rows, $_: the same features")
  foreach qw(strict row p1 last);

# The published file has other amounts: its rows as a fixture.
ask("CREATE TABLE published AS SELECT * FROM sample LIMIT 0;
	INSERT INTO published (loan_id, id, birthday, job_start_date, flag_own_car, loan_date, loan_amount) VALUES
	(1008, 5008804, '1988-11-04', '2009-04-11', 'Y', '2019-02-01', 102.283361),
	(1000, 5008804, '1988-11-04', '2009-04-11', 'Y', '2019-02-15', 136.602049),
	(1012, 5008804, '1988-11-04', '2009-04-11', 'Y', '2019-02-17', 114.733694),
	(1011, 5008804, '1988-11-04', '2009-04-11', 'Y', '2019-05-20', 103.539050),
	(1003, 5008804, '1988-11-04', '2009-04-11', 'Y', '2019-07-05', 112.948147),
	(1, 5008806, '1962-12-02', '2018-08-10', 'Y', '2019-02-07', 107.07612254863264),
	(2, 5008806, '1962-12-02', '2018-08-10', 'Y', '2019-02-18', 102.58733003715705),
	(3, 5008806, '1962-12-02', '2018-08-10', 'Y', '2019-02-24', 154.74866156248083),
	(4, 5008806, '1962-12-02', '2018-08-10', 'Y', '2019-03-06', 314.2242366972321),
	(5, 5008806, '1962-12-02', '2018-08-10', 'Y', '2019-03-12', 125.63556465933749),
	(6, 5008806, '1962-12-02', '2018-08-10', 'Y', '2019-04-08', 167.84877419124314),
	(7, 5008806, '1962-12-02', '2018-08-10', 'Y', '2019-04-19', 170.4380684513585),
	(8, 5008806, '1962-12-02', '2018-08-10', 'Y', '2019-04-21', 105.44724739656805),
	(9, 5008806, '1962-12-02', '2018-08-10', 'Y', '2019-06-13', 100)");
make_views('published');
is( ask('SELECT string_agg(round(avg_amount_loans_previous::numeric, 6)::text, \' \' ORDER BY loan_date)
		FROM published_strict WHERE id = 5008804'),
	'102.283361 119.442705 117.873035 114.289539', 'published averages of 5008804');
is( ask('SELECT string_agg(avg_amount_loans_previous::text, \' \' ORDER BY loan_date)
		FROM published_strict WHERE id = 5008806'),
	'107.07612254863264 104.83172629289484 121.47070471609017 169.65908771137566 160.85438310096802 '
	  . '162.0201149493472 163.2226797353488 156.0007506930012',
	'published averages of 5008806, to the last digit');
is(ask('SELECT DISTINCT id, age, years_on_the_job, flag_own_car FROM published_p2 WHERE id = 5008804'),
	'5008804|33|12|1', 'published years of 5008804 on 2022-04-07');
is(ask('SELECT DISTINCT id, age, years_on_the_job FROM published_p1 WHERE id = 5008806'),
	'5008806|59|3', 'published years of 5008806 early in 2022');

done_testing();

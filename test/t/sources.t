# The C sources keep to the layout: which folder may include which, the size
# of a file, and one place alone that tests the server's version.
use strict;
use warnings;
use File::Find;
use FindBin;
use Test::More;

# What a folder's files may include besides those of the folder itself
my %below = (
	core       => [],
	io         => ['core'],
	survey     => [ 'core', 'io' ],
	change     => [ 'core', 'io', 'survey' ],
	gap        => [ 'core', 'io', 'survey' ],
	prediction => [ 'core', 'io' ]);

my $extension = "$FindBin::Bin/../../extension";
my (%lines, @unknown, @upwards, @long, @versions);

find({ no_chdir => 1, wanted => sub { /\.[ch]$/ and $lines{ substr $_, 1 + length $extension } = [ read_lines($_) ] } },
	$extension);

sub read_lines
{
	my ($name) = @_;
	open my $in, '<', $name or die "$name: $!";
	return <$in>;
}

for my $file (sort keys %lines)
{
	my ($folder) = $file =~ m{^(\w+)/};
	push @unknown, $file if defined $folder ? !$below{$folder} : $file ne 'mindgap.c';
	push @long, $file if @{ $lines{$file} } > 700;
	for (@{ $lines{$file} })
	{
		push @versions, $file if /\bPG_(?:VERSION|MAJORVERSION)(?:_NUM)?\b/ && $file ne 'core/compat.h';
		next unless defined $folder && m{^\s*#\s*include\s*"((?:\.\./)?(\w+)/.*?)"};
		my ($header, $of) = ($1, $2);
		push @upwards, "$file: $header"
		  if $header =~ /^\./ || $below{$of} && $lines{$header} && !grep { $_ eq $of } $folder, @{ $below{$folder} // [] };
	}
}

cmp_ok(scalar keys %lines, '>', 100, 'the sources are there');
is("@unknown", '', 'every file lies in a folder that the layout names');
is(join("\n", @upwards), '', 'no folder includes what lies above or beside it');
is("@long", '', 'no file is over 700 lines');
is("@versions", '', 'core/compat.h alone tests the version of the server');

done_testing;

#!/usr/bin/perl
# Cuts the silence off both ends of each piece of hold music.
#
#   trim-music.pl FROM TO
#
# The packaged pieces begin with up to a second of silence and end with up to nine:
# a held contact takes that for a dropped call. Reads 8 kHz, 16 bit, mono WAV files
# and writes the same samples without the silent ends as raw .sln.
use strict;
use warnings;

my ($from, $to) = @ARGV;
die "usage: $0 FROM TO\n" unless defined $to;

my $loud  = 600;  # of 32767; what is below it at the ends is silence or a faded-out tail
my $rate  = 8000;
mkdir $to or $!{EEXIST} or die "$to: $!\n";

for my $file (sort glob "$from/*.wav") {
    open my $in, '<:raw', $file or die "$file: $!\n";
    local $/;
    my $data = <$in>;
    my ($channels, $hertz, $bits) = (unpack 'x22 v V x6 v', $data);
    die "$file: not 8 kHz, 16 bit, mono\n"
        unless substr($data, 0, 4) eq 'RIFF' && $channels == 1 && $hertz == $rate && $bits == 16;
    my $at = 12;    # the first chunk; the samples are in the one called "data"
    while (substr($data, $at, 4) ne 'data') {
        $at += 8 + unpack 'V', substr $data, $at + 4, 4;
        die "$file: no samples\n" if $at >= length $data;
    }
    my @samples = unpack 's<*', substr $data, $at + 8, unpack 'V', substr $data, $at + 4, 4;
    my ($first, $last) = (0, $#samples);
    $first++ while $first < $last && abs $samples[$first] < $loud;
    $last--  while $last > $first && abs $samples[$last] < $loud;
    my ($name) = $file =~ m{([^/]+)\.wav$};
    open my $out, '>:raw', "$to/$name.sln" or die "$to/$name.sln: $!\n";
    print {$out} pack 's<*', @samples[$first .. $last];
    close $out or die "$to/$name.sln: $!\n";
}

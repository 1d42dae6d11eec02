# Asks the gateway by its own WSDL with Perl's SOAP::Lite: perl ask.pl WSDL PERSONNUMMER
# SOAP::Lite reads no schema out of a WSDL by address, so it takes the names and the address from it and no types.
use strict;
use warnings;
use utf8;
use LWP::UserAgent;
use SOAP::Lite;

binmode(STDOUT, ':encoding(UTF-8)');
my ($wsdl, $personnummer) = @ARGV;
my $contract = LWP::UserAgent->new->get($wsdl)->decoded_content;
my ($namespace) = $contract =~ /targetNamespace="([^"]+)"/;
my ($address) = $contract =~ /address location="([^"]+)"/;

my $client = SOAP::Lite->proxy($address)->default_ns($namespace)->on_action(sub { '""' })->autotype(0);
$client->on_fault(sub { return $_[1] });
my $answer = $client->call(
    'HamtaFormansinformation',
    SOAP::Data->name(personnummer => $personnummer),
    SOAP::Data->name(period => \SOAP::Data->value(
        SOAP::Data->name(from => '2025-01-01'), SOAP::Data->name(tom => '2025-12-31'))),
    SOAP::Data->name(formansinformation => 'SJP'),
    SOAP::Data->name(ovrigInformation => 'GEPI'),
);
die "no answer\n" unless ref $answer;
if ($answer->fault) {
    my $code = $answer->faultcode;
    $code =~ s/.*://;
    print "faultcode=$code\n";
    print 'felkod=', $answer->faultdetail->{HamtaFormansinformationFault}{felkod}, "\n";
} else {
    my $found = '//HamtaFormansinformationResponse/formansinformation';
    print 'namn=', $answer->valueof("$found/generellPersoninformation/namn"), "\n";
    print 'fattades=', $answer->valueof("$found/sjukpenningarende/beslut/fattades"), "\n";
}

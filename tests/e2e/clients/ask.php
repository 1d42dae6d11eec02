<?php
// Asks the gateway by its own WSDL with PHP's SoapClient: php ask.php WSDL PERSONNUMMER
[, $wsdl, $personnummer] = $argv;
$client = new SoapClient($wsdl, ['cache_wsdl' => WSDL_CACHE_NONE, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS]);
try {
    $answer = $client->HamtaFormansinformation([
        'personnummer' => $personnummer,
        'period' => ['from' => '2025-01-01', 'tom' => '2025-12-31'],
        'formansinformation' => ['SJP'],
        'ovrigInformation' => ['GEPI'],
    ]);
    $found = $answer->formansinformation;
    echo "namn={$found->generellPersoninformation->namn}\n";
    echo "fattades={$found->sjukpenningarende[0]->beslut[0]->fattades}\n";
} catch (SoapFault $fault) {
    $code = explode(':', $fault->faultcode);
    echo 'faultcode=' . end($code) . "\n";
    echo "felkod={$fault->detail->HamtaFormansinformationFault->felkod}\n";
}

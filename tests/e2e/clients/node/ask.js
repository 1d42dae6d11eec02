// Asks the gateway by its own WSDL with the npm package `soap`: node ask.js WSDL PERSONNUMMER
"use strict";

const soap = require("soap");

const [wsdl, personnummer] = process.argv.slice(2);

async function main() {
  const client = await soap.createClientAsync(wsdl);
  try {
    const [answer] = await client.HamtaFormansinformationAsync({
      personnummer,
      period: { from: "2025-01-01", tom: "2025-12-31" },
      formansinformation: ["SJP"],
      ovrigInformation: ["GEPI"],
    });
    const found = answer.formansinformation;
    const first = (value) => [].concat(value)[0];
    console.log(`namn=${found.generellPersoninformation.namn}`);
    console.log(`fattades=${first(first(found.sjukpenningarende).beslut).fattades}`);
  } catch (error) {
    const fault = error.root && error.root.Envelope && error.root.Envelope.Body.Fault;
    if (!fault) throw error;
    console.log(`faultcode=${String(fault.faultcode).split(":").pop()}`);
    console.log(`felkod=${fault.detail.HamtaFormansinformationFault.felkod}`);
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

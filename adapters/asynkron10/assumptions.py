"""What was assumed of LEFI Asynkron 10, whose contract is not public: the one list that documents are made from.

What is known (Försäkringskassan's own page): the version is 10.0.0, it is REST, Beställningsmottagare takes orders and
Beställningsleverantör delivers. Everything below is a guess, made as like LEFI version 9 as could be.
"""

from __future__ import annotations

from collections.abc import Mapping

ASSUMPTIONS: Mapping[str, str] = {
    "addresses": "Both services are at version 9's addresses with a path of their own: "
    "FK.EXI.Bestallningsmottagare.V10 and FK.EXI.Bestallningsleverantor.V10, then the actor as in version 9.",
    "question": "A row of an order holds a question exactly as version 9 has it: person, period, six lists of codes.",
    "answer": "A row of a delivery holds an answer exactly as version 9 has it, or version 9's error.",
    "rights": "An actor may order what it may ask for in version 9; what it may not is refused row by row, as there.",
    "reference": "The one who orders chooses a reference (a UUID). The same reference with the same content is the "
    "same order and is acknowledged again; with other content it is refused (409).",
    "acknowledgement": "An order is taken whole or not at all (202), and the acknowledgement names the service's own "
    "order id and the number of rows.",
    "rows": "The one who orders chooses each row's id; an order has at most 10,000 rows; answers come in any order.",
    "person": "Every delivered row names its row id and its person.",
    "packages": "Answers come in packages as newline-delimited JSON: a head, then one row a line. The head says the "
    "package's id, its number from 1, how many rows it has, and whether it is the last.",
    "numbers": "Packages are numbered without gaps, and exactly one is the last; they may come in any order.",
    "at least once": "A package may come twice, and a row may come again in another package: with the same content.",
    "poll": "The status of an order lists the packages that can be fetched; fetching one again gives the same rows, "
    "and it is no new disclosure.",
    "push": "A package is sent by POST to an address of ours that is agreed on beforehand, until we answer 200 with "
    "its id and the number of rows; one that could not be sent is listed in the status and can be fetched.",
    "status": "An order is MOTTAGEN, PAGAR, KLAR, AVBRUTEN or MISSLYCKAD; the last three are final. It can be asked "
    "for by the service's id and by our reference; 404 with version 9's error says that the order was never taken.",
    "cancellation": "An order can be cancelled until it is KLAR; what was delivered before stays delivered.",
}
"""Every assumption, by what it is about."""

NOTICE = (
    "RECONSTRUCTED: the contract of LEFI Asynkron is not public. This is a guess, made as like LEFI version 9 as could "
    "be; the agency's own contract will differ."
)
"""What a reader of anything about this version is told first."""

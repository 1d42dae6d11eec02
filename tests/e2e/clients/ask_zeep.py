"""Asks the gateway by its own WSDL with zeep: python ask_zeep.py WSDL PERSONNUMMER."""
# ruff: noqa: T201  a program that prints what it is answered

from __future__ import annotations

import sys

import zeep
import zeep.exceptions


def main(address: str, personnummer: str) -> None:
    """One question, and what the answer or the fault says."""
    client = zeep.Client(address)  # type: ignore[no-untyped-call]  # zeep has no types
    try:
        found = client.service.HamtaFormansinformation(  # zeep leaves out the one element that everything stands in
            personnummer=personnummer,
            period={"from": "2025-01-01", "tom": "2025-12-31"},
            formansinformation=["SJP"],
            ovrigInformation=["GEPI"],
        )
    except zeep.exceptions.Fault as fault:
        print(f"faultcode={fault.code.rpartition(':')[2]}")
        print(f"felkod={fault.detail[0].findtext('{*}felkod')}")
        return
    print(f"namn={found.generellPersoninformation.namn}")
    print(f"fattades={found.sjukpenningarende[0].beslut[0].fattades}")


if __name__ == "__main__":
    main(*sys.argv[1:])

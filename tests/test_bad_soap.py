"""Bad questions in good XML, and everything around a SOAP message: the fault of the version, and the contract file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
import zeep
from lxml import etree
from zeep.transports import Transport

from gateway.app import create_app
from gateway.envelope import SOAP11
from gateway.twin.app import create_twin
from tests.service import soap
from tests.service.bad_bodies import SECRET
from tests.service.running import AGREED, PERSON, House, Reply, house, request, serve, settings, states
from tests.service.running import says as says_v9
from tests.service.soap import ROOT, VERSIONS, asked, element, envelope, namespace

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
WSDL_SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
XS = "{http://www.w3.org/2001/XMLSchema}"
KEYS = {policy: f"nyckel-{policy}" for policy in ("fault", "header", "plain")}
CONSUMERS = [
    {"name": policy, "key_sha256": hashlib.sha256(key.encode()).hexdigest(), "absence": policy, **AGREED}
    for policy, key in KEYS.items()
]
NUMBER = f"<personnummer>{PERSON}</personnummer>"
PERIOD = "<period><from>2025-01-01</from><tom>2025-12-31</tom></period>"
TYPE = "<formansinformation>SJP</formansinformation>"


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with house() as found:
        yield found


@pytest.fixture
def gateway(running: House, secrets: set[str]) -> Iterator[House]:
    """The gateway; afterwards nothing may have been sent upstream, and a good question is answered."""
    running.stub.reset()
    secrets.add(SECRET)
    yield running
    assert running.stub.received == 0, "bad input was sent upstream"
    assert soap.post(running.url, soap.question()).status == 200, "the process did not survive"


# In the wrong form: the schema refuses it.
FORM = {
    "unknown code": asked(types={"formansinformation": (SECRET,)}),
    "code of another class": asked(types={"formansinformation": ("GEPI",)}),
    "code with the prefix of version 9": asked(types={"formansinformation": ("FK:SJP",)}),
    "code in small letters": asked(types={"formansinformation": ("sjp",)}),
    "code of the other agency": asked(types={"formansinformation": ("PM:AP",)}),
    "empty code": asked(types={"formansinformation": ("",)}),
    "class of version 9": f"{NUMBER}{PERIOD}<beslut>AP</beslut>",
    "no type": asked(types={}),
    "the same type twice": asked(types={"formansinformation": ("SJP", "SJP")}),
    "unknown element": asked() + f"<x>{SECRET}</x>",
    "unknown element first": f"<x>{SECRET}</x>" + asked(),
    "unknown element of a secret name": asked() + f"<{SECRET}/>",
    "period before number": f"{PERIOD}{NUMBER}{TYPE}",
    "type before period": f"{NUMBER}{TYPE}{PERIOD}",
    "to before from": f"{NUMBER}<period><tom>2025-12-31</tom><from>2025-01-01</from></period>{TYPE}",
    "no number": f"{PERIOD}{TYPE}",
    "no period": f"{NUMBER}{TYPE}",
    "no from": f"{NUMBER}<period><tom>2025-12-31</tom></period>{TYPE}",
    "no tom": f"{NUMBER}<period><from>2025-01-01</from></period>{TYPE}",
    "empty period": f"{NUMBER}<period/>{TYPE}",
    "empty number": asked(""),
    "nothing at all": "",
    "number of letters": asked(SECRET),
    "number of nine digits": asked("900101980"),
    "number of thirteen digits": asked(f"{PERSON}0"),
    "digits of another script": asked("١٩٩٠٠١٠١٩٨٠٢"),
    "number and a line break": asked(f"{PERSON}\n"),
    "day that is none": asked(first=SECRET),
    "day that there is not": asked(first="2025-02-30"),
    "day and time": asked(first="2025-01-01T00:00:00"),
    "day with a zone": asked(first="2025-01-01Z"),
    "day in another order": asked(first="01/01/2025"),
    "day without dashes": asked(first="20250101"),
    "year nought": asked(first="0000-01-01"),
    "year of five digits": asked(last="12025-12-31"),
}
# In the right form, and cannot be asked.
SENSE = {
    "wrong check digit": asked("199001019803"),
    "day of birth that there is not": asked("199002309800"),
    "period backwards": asked(first="2025-12-31", last="2025-01-01"),
    "over two years": asked(first="2023-01-01", last="2025-01-02"),
    "over two years by far": asked(first="0001-01-01", last="9999-12-31"),
}


@pytest.mark.parametrize("inner", FORM.values(), ids=FORM.keys())
@pytest.mark.parametrize("version", VERSIONS)
def test_a_question_in_the_wrong_form_is_refused(gateway: House, version: str, inner: str) -> None:
    reply = soap.post(gateway.url, envelope(element(inner, version)).encode())
    said = soap.fault(reply, "Client", version, felkod="invalid-request")
    assert "expected" in said.felmeddelande


@pytest.mark.parametrize("inner", SENSE.values(), ids=SENSE.keys())
@pytest.mark.parametrize("version", VERSIONS)
def test_a_question_that_cannot_be_asked_is_refused(gateway: House, version: str, inner: str) -> None:
    reply = soap.post(gateway.url, envelope(element(inner, version)).encode())
    said = soap.fault(reply, "Client", version, felkod="unprocessable")
    assert "[/p" in said.felmeddelande
    assert "199001019803" not in reply.text


@pytest.mark.parametrize(
    ("version", "types"),
    [("v5", {"preliminaraUtbetalningar": ("SJP",)}), ("v5", {"formansinformation": ("PJOB",)})],
    ids=["preliminary payments", "programjobb"],
)
def test_an_older_version_does_not_have_what_came_later(
    gateway: House, version: str, types: Mapping[str, tuple[str, ...]]
) -> None:
    soap.fault(soap.post(gateway.url, soap.question(version, types=types)), "Client", version)
    assert soap.post(gateway.url, soap.question("v6", types=types)).status == 200
    gateway.stub.reset()


# ------------------------------------------------------------------------------------------------- around the message


@pytest.mark.parametrize(
    "given",
    [
        *(
            "text/xml",
            "text/xml; charset=utf-8",
            'text/xml;charset="UTF-8"',
            "TEXT/XML",
            "text/xml; charset=iso-8859-1",
        ),
        *("text/xml; charset=utf-16", "text/xml;charset=x; action=y", "application/xml", "application/soap+xml"),
        *("application/soap+xml; charset=utf-8; action=x", "text/plain", "application/x-www-form-urlencoded", None),
        *("application/octet-stream", "", ";", "xml"),
    ],
)
def test_an_envelope_is_read_whatever_it_is_called(running: House, given: str | None) -> None:
    """The message says what it is; what stands around it is what a library, or a proxy, put there."""
    headers = {} if given is None else {"content-type": given}
    assert soap.post(running.url, soap.question(), headers).status == 200


@pytest.mark.parametrize("action", [None, "", '""', ROOT, f'"{ROOT}"', "urn:x", f'"{SECRET}"', "a b c", "åäö"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_action_says_nothing(running: House, version: str, action: str | None) -> None:
    headers = {"content-type": "text/xml"} | ({} if action is None else {"SOAPAction": action})
    encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert soap.post(running.url, soap.question(version), encoded).status == 200


@pytest.mark.parametrize("accept", ["text/xml", "application/soap+xml", "application/json", "text/html", "*/*", "x"])
def test_what_a_caller_accepts_changes_nothing(running: House, accept: str) -> None:
    assert soap.post(running.url, soap.question(), {**soap.XML, "accept": accept}).status == 200


def test_no_answer_is_compressed(running: House) -> None:
    reply = soap.post(running.url, soap.question(), {**soap.XML, "accept-encoding": "gzip, deflate, br"})
    assert reply.status == 200
    assert "content-encoding" not in reply.headers


@pytest.mark.parametrize("path", ["/ws", "/shs2"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_the_wrong_method_is_refused_as_the_newest_version_says_it(gateway: House, path: str, method: str) -> None:
    soap.fault(gateway.get(path, method=method), "Client", "v7", felkod="method-not-allowed")


@pytest.mark.parametrize("path", ["/ws", "/shs2"])
@pytest.mark.parametrize(
    "query", ["", "?", f"?{SECRET}", "?wsdl=v4", "?wsdl=v9", f"?wsdl={SECRET}", "?xsd=7", "?wsdl&xsd", "?singleWsdl2"]
)
def test_an_address_without_a_contract_file_is_nowhere(gateway: House, path: str, query: str) -> None:
    reply = gateway.get(path + query)
    assert reply.status == 500
    soap.fault(reply, "Client", felkod="not-found")


@pytest.mark.parametrize("path", ["/ws", "/shs2"])
@pytest.mark.parametrize("query", ["wsdl", "WSDL", "Wsdl", "wsdl=v5", "wsdl=v6", "wsdl=v7", "WSDL=V5"])
def test_the_wsdl_names_the_host_that_the_caller_called(running: House, path: str, query: str) -> None:
    host = {"host": "lefi.kommun.example:8443"}
    reply = running.get(f"{path}?{query}", host)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    root = etree.fromstring(reply.body)
    version = query.lower().partition("=")[2] or "v7"
    assert root.tag == f"{WSDL}definitions"
    assert root.get("targetNamespace") == namespace(version)
    locations = [each.get("location") for each in root.iter(f"{WSDL_SOAP}address")]
    imports = [each.get("schemaLocation") for each in root.iter(f"{XS}import", f"{XS}include")]
    assert locations == [f"http://lefi.kommun.example:8443{path}"]
    assert imports == [f"http://lefi.kommun.example:8443{path}?xsd={version}"]


@pytest.mark.parametrize("host", ['x"><y z="', "x'/><!--", "<x>", "x&amp;y"])
def test_a_host_is_no_way_into_the_wsdl(running: House, host: str) -> None:
    reply = running.get("/ws?wsdl", {"host": host})
    if reply.status == 200:
        root = etree.fromstring(reply.body)
        assert len(list(root.iter(f"{WSDL_SOAP}address"))) == 1
        assert not list(root.iter("{*}y", "{*}x"))


@pytest.mark.parametrize("query", ["xsd", "XSD", "xsd=v5", "xsd=v6", "xsd=v7"])
def test_the_schema_compiles(running: House, query: str) -> None:
    reply = running.get(f"/ws?{query}")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    root = etree.fromstring(reply.body)
    assert root.get("targetNamespace") == namespace(query.lower().partition("=")[2] or "v7")
    etree.XMLSchema(root)


class Local(Transport):
    """zeep's way to files, over our own test server and nowhere else."""

    def load(self, url: str) -> bytes:
        assert url.startswith("http://127.0.0.1:"), url
        return httpx.get(url, trust_env=False).content


LOCAL: Any = Local  # the base class has no types


@pytest.mark.parametrize("version", VERSIONS)
def test_zeep_loads_the_contract_over_http(running: House, version: str) -> None:
    untyped: Any = zeep  # it has no types
    client = untyped.Client(f"{running.url}/ws?wsdl={version}", transport=LOCAL())
    (service,) = client.wsdl.services.values()
    (port,) = service.ports.values()
    assert port.binding_options["address"] == f"{running.url}/ws"
    (operation,) = port.binding.all().values()
    assert operation.name == ROOT
    assert list(operation.faults) == [f"{ROOT}Fault"]
    message = client.create_message(
        client.service,
        ROOT,
        personnummer=PERSON,
        period={"from": "2025-01-01", "tom": "2025-12-31"},
        formansinformation=["SJP"],
    )
    assert soap.post(running.url, etree.tostring(message)).status == 200


# ---------------------------------------------------------------------------------- what an old version cannot say


@pytest.fixture(scope="module")
def strict() -> Iterator[str]:
    """A gateway with a consumer of each policy, before the twin."""
    with serve(create_twin()) as twin, serve(create_app(settings(f"{twin}/rest", consumers=CONSUMERS))) as url:
        yield url


DOWN = "199001149906"
"""The twin's person at whom Försäkringskassan is down."""


def asked_by(url: str, policy: str, version: str, personnummer: str = DOWN) -> Reply:
    headers = {**soap.XML, "x-api-key": KEYS[policy]}
    return soap.post(url, soap.question(version, personnummer=personnummer), headers)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_failed_source_is_a_fault_by_default(strict: str, version: str) -> None:
    soap.fault(asked_by(strict, "fault", version), "Server", version, felkod="upstream-unavailable")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_failed_source_stands_in_a_header(strict: str, version: str) -> None:
    reply = asked_by(strict, "header", version)
    assert reply.status == 200
    assert soap.payload(reply, version) is not None
    (header,) = etree.fromstring(reply.body).findall(f"{{{SOAP11}}}Header")
    (block,) = header
    assert block.tag == "{urn:lefi-gateway:tackning:1}tackning"
    assert block.get(f"{{{SOAP11}}}mustUnderstand") is None
    (typ,) = block
    assert dict(typ.attrib) == {
        "klass": "formansinformation",
        "informationstyp": "FK:SJP",
        "utlamnare": "FK",
        "utfall": "kallan_nere",
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_a_failed_source_may_be_passed_over(strict: str, version: str) -> None:
    reply = asked_by(strict, "plain", version)
    assert reply.status == 200
    assert len(soap.payload(reply, version)) == 0
    assert etree.fromstring(reply.body).find(f"{{{SOAP11}}}Header") is None


@pytest.mark.parametrize("policy", KEYS)
def test_the_policies_do_not_differ_where_nothing_failed(strict: str, policy: str) -> None:
    reply = asked_by(strict, policy, "v7", "198504129803")
    assert reply.status == 200
    assert len(soap.payload(reply)) == 1


def test_who_has_no_key_gets_a_fault(strict: str) -> None:
    soap.fault(soap.post(strict, soap.question()), "Client", felkod="unauthenticated")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_fault_of_the_agencys_is_a_server_fault(running: House, version: str) -> None:
    running.stub.reset()
    running.stub.answer = says_v9({"meddelande": f"{SECRET} {PERSON}", "timestamp": "2025-01-01T00:00:00Z"}, 500)
    soap.fault(soap.post(running.url, soap.question(version)), "Server", version, felkod="upstream-fault")
    running.stub.answer = says_v9({"utlamnare": states(fk="OTILLGANGLIG")})
    soap.fault(soap.post(running.url, soap.question(version)), "Server", version, felkod="upstream-unavailable")


@pytest.mark.parametrize("path", ["/ws", "/shs2"])
def test_a_body_that_is_too_large_is_a_client_fault(gateway: House, path: str) -> None:
    limit = 256 * 1024
    good = soap.question()
    filled = good + b" " * (limit - len(good))
    soap.fault(request(gateway.url, "POST", path, body=filled + b" "), "Client", felkod="payload-too-large")
    soap.fault(request(gateway.url, "POST", path, body=io.BytesIO(filled + b" ")), "Client", felkod="payload-too-large")
    assert request(gateway.url, "POST", path, body=filled).status == 200
    gateway.stub.reset()

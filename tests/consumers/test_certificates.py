"""Client certificates as a proxy passes them on: its three forms, and everything that is not believed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import trustme
from cryptography import x509

from tests.consumers.proofs import (
    FORMS,
    FUTURE,
    PAST,
    Fields,
    consumer,
    der,
    fingerprint,
    haproxy,
    issued,
    key,
    names,
    nginx,
    pem,
    proxy,
    refused,
    rfc9440,
    send,
)
from tests.service.running import House, house

ALFA, RENEWED, BETA, STRANGER = issued("alfa"), issued("alfa"), issued("beta"), issued("stranger")
NAMESAKE = issued("beta", trustme.CA(organization_name="Another CA"))
EXPIRED = issued("beta", not_before=PAST[0], not_after=PAST[1])
COMING = issued("beta", not_before=FUTURE[0], not_after=FUTURE[1])
COLONS = fingerprint(ALFA).upper()
CONSUMERS = [
    consumer("alfa", certificate={"fingerprints": [":".join(COLONS[i : i + 2] for i in range(0, 64, 2))]}),
    consumer("beta", certificate=names(BETA)),
    consumer("gamma"),
]
NAMES = {"rfc9440": "client-cert", "nginx": "x-ssl-client-escaped-cert", "haproxy": "x-ssl-client-cert"}


@pytest.fixture(scope="module")
def houses() -> Iterator[dict[str, House]]:
    """A gateway behind each kind of proxy."""
    with contextlib.ExitStack() as stack:
        yield {form: stack.enter_context(house(consumers=CONSUMERS, server={"proxy": proxy(form)})) for form in FORMS}


@pytest.mark.parametrize("form", FORMS)
def test_a_certificate_is_known_by_itself_or_by_its_names(houses: dict[str, House], form: str) -> None:
    url, written = houses[form].url, FORMS[form]
    assert send(url, written(ALFA)).status == 200
    assert send(url, written(BETA)).status == 200
    assert send(url, written(issued("beta"))).status == 200, "it survives renewal by its names"
    refused(send(url, written(RENEWED)), 401, NAMES[form])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "certificate",
    [STRANGER, NAMESAKE, EXPIRED, COMING],
    ids=["unknown", "of another authority", "expired", "not valid yet"],
)
def test_a_certificate_that_does_not_hold_is_refused(
    houses: dict[str, House], form: str, certificate: x509.Certificate
) -> None:
    found = houses[form]
    found.stub.reset()
    written = FORMS[form]
    refused(send(found.url, written(certificate)), 401, NAMES[form])
    refused(send(found.url, [*written(certificate), key("gamma")]), 401, NAMES[form])
    assert found.stub.received == 0


def halved(fields: Fields) -> Fields:
    """The certificate in two fields, which would be one if they were put together."""
    *before, (name, value) = fields
    return [*before, (name, value[:90]), (name, value[90:])]


BROKEN: dict[str, list[Fields]] = {
    "rfc9440": [
        halved(rfc9440(ALFA)),
        [("client-cert", der(ALFA))],
        [("client-cert", f":{der(ALFA)}")],
        [("client-cert", f":{der(ALFA)}:;a=1")],
        [("client-cert", ":")],
        [("client-cert", "::")],
        [("client-cert", ":AAAA:")],
        [("client-cert", f":{der(ALFA)[:-8]}:")],
        [("client-cert", f":{der(ALFA)[:9]}*{der(ALFA)[9:]}:")],
        [*rfc9440(ALFA), *rfc9440(ALFA)],
        [*rfc9440(ALFA), *rfc9440(BETA)],
        [("client-cert", quote(pem(ALFA), safe=""))],
    ],
    "nginx": [
        halved(nginx(ALFA)),
        [("x-ssl-client-verify", "FAILED:certificate has expired"), nginx(ALFA)[1]],
        [("x-ssl-client-verify", "FAILED:unable to verify the first certificate")],
        [("x-ssl-client-verify", "NONE"), nginx(ALFA)[1]],
        [("x-ssl-client-verify", "success"), nginx(ALFA)[1]],
        [("x-ssl-client-verify", "0"), nginx(ALFA)[1]],
        [nginx(ALFA)[1]],
        [nginx(ALFA)[0]],
        [nginx(ALFA)[0], *nginx(ALFA)],
        [*nginx(ALFA), nginx(BETA)[1]],
        [nginx(ALFA)[0], ("x-ssl-client-escaped-cert", quote(pem(ALFA) + pem(BETA), safe=""))],
        [nginx(ALFA)[0], ("x-ssl-client-escaped-cert", der(ALFA))],
        [nginx(ALFA)[0], ("x-ssl-client-escaped-cert", "%2D%2D")],
        [nginx(ALFA)[0], ("x-ssl-client-escaped-cert", nginx(ALFA)[1][1].replace("%2B", "+", 1)[:-60])],
    ],
    "haproxy": [
        halved(haproxy(ALFA)),
        [("x-ssl-client-verify", "10"), haproxy(ALFA)[1]],
        [("x-ssl-client-verify", "SUCCESS"), haproxy(ALFA)[1]],
        [("x-ssl-client-verify", "21")],
        [haproxy(ALFA)[1]],
        [*haproxy(ALFA), haproxy(ALFA)[1]],
        [haproxy(ALFA)[0], *haproxy(ALFA)],
        [haproxy(ALFA)[0], ("x-ssl-client-cert", f":{der(ALFA)}:")],
        [haproxy(ALFA)[0], ("x-ssl-client-cert", "AAAA")],
    ],
}


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        pytest.param(form, each, id=f"{form}-{index}")
        for form, all_ in BROKEN.items()
        for index, each in enumerate(all_)
    ],
)
def test_what_no_proxy_of_that_kind_writes_is_refused(houses: dict[str, House], form: str, fields: Fields) -> None:
    reply = send(houses[form].url, [*fields, key("gamma")])
    refused(reply, 401, NAMES[form])
    assert "alfa" not in reply.text


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("rfc9440", []),
        ("nginx", []),
        ("nginx", [("x-ssl-client-verify", "NONE")]),
        ("nginx", [("x-ssl-client-verify", "NONE"), ("x-ssl-client-escaped-cert", "")]),
        ("haproxy", []),
        ("haproxy", [("x-ssl-client-verify", "0"), ("x-ssl-client-cert", "")]),
    ],
)
def test_no_certificate_is_none(houses: dict[str, House], form: str, fields: Fields) -> None:
    refused(send(houses[form].url, fields), 401, "x-api-key")
    assert send(houses[form].url, [*fields, key("gamma")]).status == 200


@pytest.mark.parametrize("form", FORMS)
def test_whoever_is_not_the_proxy_is_not_believed_and_learns_nothing(form: str) -> None:
    """The very same fields from another address are as if they were not there, broken ones too."""
    given = {"proxy": proxy(form, "127.0.0.2", "10.0.0.0/8", "::1")}
    with house(consumers=CONSUMERS, server=given) as found:
        assert send(found.url, FORMS[form](ALFA), source="127.0.0.2").status == 200
        for fields in (FORMS[form](ALFA), FORMS[form](STRANGER), *BROKEN[form]):
            forged, nothing = send(found.url, fields), send(found.url)
            refused(forged, 401, "x-api-key")
            assert {**forged.tree, "instance": ""} == {**nothing.tree, "instance": ""}
            assert send(found.url, [*fields, key("gamma")]).status == 200


def test_without_a_proxy_in_the_settings_no_certificate_is_looked_at() -> None:
    with house(consumers=[consumer("gamma")]) as found:
        refused(send(found.url, rfc9440(ALFA)), 401, "x-api-key")
        assert send(found.url, [*rfc9440(ALFA), key("gamma")]).status == 200


def test_the_namesake_differs_in_its_issuer_alone() -> None:
    assert names(NAMESAKE)["subject"] == names(BETA)["subject"]
    assert names(NAMESAKE)["issuer"] != names(BETA)["issuer"]

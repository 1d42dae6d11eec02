"""One message, many spellings: what XML allows is read as one value, whole, and what only looks like it is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.service import soap
from tests.service.bad_bodies import SECRET
from tests.service.running import OTHER_PERSON, PERSON, House, Reply, house
from tests.service.soap import ANSWER, QUESTION, VERSIONS, asked, element, envelope, namespace

XSI = f'xmlns:xsi="{soap.XSI}"'
_HEAD = '<?xml version="1.0" encoding="{}"?>'
_HALF, _REST = PERSON[:8], PERSON[8:]


@pytest.fixture(scope="module")
def before_v9() -> Iterator[House]:
    with house() as found:
        yield found


@pytest.fixture(scope="module")
def before_v7() -> Iterator[House]:
    with house(name="v7") as found:
        yield found


ENCODED = {
    "UTF-8": ("", "utf-8"),
    "UTF-8, declared": (soap.DECLARATION, "utf-8"),
    "UTF-8 in small letters": (_HEAD.format("utf-8"), "utf-8"),
    "UTF-8 with a mark": (soap.DECLARATION, "utf-8-sig"),
    "UTF-16 with a mark": ("", "utf-16"),
    "UTF-16 with a mark, declared": (_HEAD.format("UTF-16"), "utf-16"),
    "UTF-16, little end first": (_HEAD.format("UTF-16"), "utf-16-le"),
    "UTF-16, big end first": (_HEAD.format("UTF-16"), "utf-16-be"),
    "UTF-16 that calls itself UTF-8": (soap.DECLARATION, "utf-16"),
    "ISO-8859-1": (_HEAD.format("ISO-8859-1"), "iso-8859-1"),
    "ISO-8859-15": (_HEAD.format("ISO-8859-15"), "iso-8859-15"),
    "windows-1252": (_HEAD.format("windows-1252"), "windows-1252"),
    "ASCII": (_HEAD.format("US-ASCII"), "ascii"),
    "XML 1.1, by the rules of 1.0": ('<?xml version="1.1"?>', "utf-8"),
    "alone": ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', "utf-8"),
    "with line breaks": (f"{soap.DECLARATION}\r\n\r\n", "utf-8"),
    "after a comment": (f"{soap.DECLARATION}<!-- {SECRET} -->", "utf-8"),
    "after an instruction": (f'{soap.DECLARATION}<?xml-stylesheet href="{SECRET}"?>', "utf-8"),
}
SPELLED = {
    "comment": f"{_HALF}<!-- {SECRET} -->{_REST}",
    "comment before": f"<!-- {OTHER_PERSON} -->{PERSON}",
    "comment after": f"{PERSON}<!-- {OTHER_PERSON} -->",
    "instruction": f"{_HALF}<?php {SECRET} ?>{_REST}",
    "CDATA": f"<![CDATA[{PERSON}]]>",
    "CDATA in pieces": f"{_HALF}<![CDATA[{_REST[:2]}]]><![CDATA[]]>{_REST[2:]}",
    "references": "".join(f"&#{ord(digit)};" for digit in PERSON),
    "hexadecimal references": "".join(f"&#x{ord(digit):X};" for digit in PERSON),
}
"""One personnummer, which somebody who reads only up to the next sign would take for another or for none."""


@pytest.mark.parametrize(("top", "encoding"), ENCODED.values(), ids=ENCODED.keys())
@pytest.mark.parametrize("version", VERSIONS)
def test_a_question_is_read_in_every_usual_encoding(before_v9: House, version: str, top: str, encoding: str) -> None:
    before_v9.stub.reset()
    body = soap.Good(soap.ROOT, version).message(top=top).encode(encoding)
    reply = soap.post(before_v9.url, body)
    assert reply.status == 200, reply.text
    assert soap.payload(reply, version).tag == f"{{{namespace(version)}}}{soap.ROOT}Response"
    assert before_v9.stub.questions[-1].tree["personnummer"] == PERSON


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED.keys())
def test_a_value_of_a_question_is_read_whole(before_v9: House, secrets: set[str], spelled: str) -> None:
    secrets.add(SECRET)
    before_v9.stub.reset()
    reply = soap.post(before_v9.url, QUESTION.message(spelled))
    assert reply.status == 200, reply.text
    assert before_v9.stub.questions[-1].tree["personnummer"] == PERSON
    assert SECRET.encode() not in before_v9.stub.questions[-1].body


@pytest.mark.parametrize(("top", "encoding"), ENCODED.values(), ids=ENCODED.keys())
def test_an_answer_is_read_in_every_usual_encoding(
    before_v7: House, secrets: set[str], top: str, encoding: str
) -> None:
    name = "Ake Orn" if encoding == "ascii" else "Åke Örn"
    secrets.add(name)
    message = envelope(element(soap.answered(name=name), root=f"{soap.ROOT}Response"), top=top)
    before_v7.stub.answer = Reply(200, message.encode(encoding), soap.XML)
    reply = before_v7.ask()
    assert reply.status == 200, reply.text
    assert (reply.tree["person"]["namn"], reply.tree["person"]["personnummer"]) == (name, PERSON)
    assert reply.tree["anmarkningar"] == []


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED.keys())
def test_a_value_of_an_answer_is_read_whole(before_v7: House, secrets: set[str], spelled: str) -> None:
    secrets.add(SECRET)
    before_v7.stub.answer = Reply(200, ANSWER.message(spelled).encode(), soap.XML)
    reply = before_v7.ask()
    assert (reply.status, reply.tree["person"]["personnummer"]) == (200, PERSON)
    assert SECRET not in reply.text


@pytest.mark.parametrize(
    "spelled",
    [
        f"{OTHER_PERSON}<!-- {PERSON} -->",
        f"{OTHER_PERSON}<?x {PERSON} ?>",
        f"<![CDATA[{OTHER_PERSON}]]>",
        f"{OTHER_PERSON[:8]}<!-- -->{OTHER_PERSON[8:]}",
        f"{OTHER_PERSON}<x/>",
        f"<x/>{OTHER_PERSON}",
    ],
    ids=["comment", "instruction", "CDATA", "in two", "before an element", "after an element"],
)
def test_no_spelling_hides_another_person(before_v7: House, spelled: str) -> None:
    before_v7.stub.answer = Reply(200, ANSWER.message(spelled).encode(), soap.XML)
    reply = before_v7.ask()
    assert reply.status == 502
    assert OTHER_PERSON not in reply.text


def test_text_beside_elements_that_nobody_knows_is_kept(before_v7: House) -> None:
    answered = soap.answered().replace("</namn>", "</namn><nytt>mer<x>1</x></nytt>")
    message = envelope(element(answered, root=f"{soap.ROOT}Response"))
    before_v7.stub.answer = Reply(200, message.encode(), soap.XML)
    reply = before_v7.ask()
    assert reply.status == 200, reply.text
    assert reply.tree["person"]["okant"]["nytt"] == {"text": "mer", "x": "1"}


def test_a_second_person_in_an_answer_is_not_passed_over(before_v7: House) -> None:
    """A field that stands twice has no value: neither the first nor the last is taken for it."""
    twice = f"{PERSON}</personnummer><personnummer>{OTHER_PERSON}"
    before_v7.stub.answer = Reply(200, ANSWER.message(twice).encode(), soap.XML)
    reply = before_v7.ask()
    assert reply.status == 502, reply.text
    assert OTHER_PERSON not in reply.text


@pytest.mark.parametrize("space", [" ", "\n  ", "\t", "\r\n"], ids=["space", "line", "tab", "return"])
def test_white_space_is_nothing_between_elements_and_wrong_in_values(before_v9: House, space: str) -> None:
    before_v9.stub.reset()
    laid_out = element(asked()).replace("><", f">{space}<")
    assert soap.post(before_v9.url, envelope(f"{space}{laid_out}{space}")).status == 200
    assert before_v9.stub.questions[-1].tree["period"] == {"from": "2025-01-01", "tom": "2025-12-31"}
    before_v9.stub.reset()
    for value in (PERSON, "2025-01-01", "SJP"):
        body = envelope(element(asked().replace(f">{value}<", f">{space}{value}{space}<")))
        soap.fault(soap.post(before_v9.url, body), "Client")
    assert before_v9.stub.received == 0


_PERIOD = "<period><from>2025-01-01</from><tom>2025-12-31</tom></period>"
TRICKS = {
    "nil number": element(asked("", before=f' {XSI} xsi:nil="true"')),
    "nil number with a value": element(asked(before=f' {XSI} xsi:nil="true"')),
    "nil number that is none": element(asked("", before=f' {XSI} xsi:nil="false"')),
    "nil type": element(asked() + f'<ovrigInformation {XSI} xsi:nil="true"/>'),
    "nil root": element(asked(), attributes=f' {XSI} xsi:nil="true"'),
    "another type": element(asked(before=f' {XSI} xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:date"')),
    "any type": element(asked(before=f' {XSI} xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:anyType"')),
    "a type of ours": element(asked(before=f' {XSI} xmlns:t="{namespace()}" xsi:type="t:Svar"')),
    "a type that there is not": element(asked(before=f' {XSI} xsi:type="{SECRET}"')),
    "root of another type": element(asked(), attributes=f' {XSI} xmlns:t="{namespace()}" xsi:type="t:Svar"'),
    "an attribute": element(asked(before=f' {SECRET}="{SECRET}"')),
    "an attribute of the root": element(asked(), attributes=f' {SECRET}="1"'),
    "the number in an attribute": element(asked("", before=f' value="{PERSON}"')),
    "an element in the number": element(asked(f"<x>{PERSON}</x>")),
    "an element beside the number": element(asked(f"{_HALF}<x/>{_REST}")),
    "two numbers": element(f"<personnummer>{OTHER_PERSON}</personnummer>{asked()}"),
    "two numbers, the second last": element(f"{asked()}<personnummer>{OTHER_PERSON}</personnummer>"),
    "two periods": element(asked(period=_PERIOD * 2)),
    "text between elements": element(f"{SECRET}{asked()}"),
    "elements of no namespace": element(asked().replace("<personnummer>", '<personnummer xmlns="">')),
    "elements of another version": element(
        asked().replace("<personnummer>", f'<personnummer xmlns="{namespace("v6")}">')
    ),
    "root of another version": element(asked(), "v6").replace(
        "<personnummer>", f'<personnummer xmlns="{namespace()}">'
    ),
    "attributes of no namespace for nil": element(asked("", before=' nil="true"')),
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS.keys())
def test_what_only_looks_like_a_question_is_refused(before_v9: House, secrets: set[str], trick: str) -> None:
    secrets.add(SECRET)
    before_v9.stub.reset()
    reply = soap.post(before_v9.url, envelope(trick))
    spoken = "v7" if namespace() in reply.text else "v6"
    soap.fault(reply, "Client", spoken)
    assert OTHER_PERSON not in reply.text
    assert before_v9.stub.received == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_a_prefix_is_as_good_as_none(before_v9: House, version: str) -> None:
    inner = asked().replace("</", "\0").replace("<", "<p:").replace("\0", "</p:")
    root = f'<p:{soap.ROOT} xmlns:p="{namespace(version)}">{inner}</p:{soap.ROOT}>'
    reply = soap.post(before_v9.url, envelope(root))
    assert reply.status == 200, reply.text
    assert soap.payload(reply, version) is not None


@pytest.mark.parametrize("version", VERSIONS)
def test_the_body_says_the_version_whatever_else_is_named(before_v9: House, version: str) -> None:
    """A toolkit declares every namespace that it knows; a comment may name any."""
    others = "".join(f' xmlns:o{other}="{namespace(other)}"' for other in VERSIONS)
    reply = soap.post(before_v9.url, envelope(element(asked(), version), attributes=others))
    assert reply.status == 200, reply.text
    assert soap.payload(reply, version) is not None


def test_an_element_that_stands_very_often_takes_no_time(before_v7: House) -> None:
    """Ten times as many take ten times as long: the bound is for a busy machine."""
    body = envelope(element("<b/>" * 80_000, root=f"{soap.ROOT}Response")).encode()
    before_v7.stub.answer = Reply(200, body, soap.XML)
    started = time.monotonic()
    assert before_v7.ask().status == 200
    assert time.monotonic() - started < 3


def test_a_version_without_a_list_of_entitlements_does_not_look_like_an_empty_one(before_v7: House) -> None:
    before_v7.stub.reset()
    reply = before_v7.get("/v1/informationstyper")
    assert (reply.status, reply.tree["type"]) == (404, "urn:lefi-gateway:problem:not-found")
    assert reply.tree["errors"][0]["path"] == "lefi-version"
    assert before_v7.stub.received == 0

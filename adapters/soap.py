"""What every SOAP version shares: an envelope around XML that is held against the version's schema both ways.

A question is validated before anything else looks at it; an answer of ours is validated before it leaves; an answer
of the agency's is read as far as it can be, and every departure from the schema is noted. The schema is rendered
from the version's declarations, so what is validated is what is read and written.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from gateway import ssek
from gateway.contract import Wire
from gateway.contracts.compiled import Compiled
from gateway.contracts.schemas import served
from gateway.envelope import NOTHING_HEARD, PLAIN, XML_TYPE, Answering, Asking, spoken_namespace
from gateway.errors import Fault, GatewayError, Internal, InvalidRequest, Unprocessable, UpstreamInvalidAnswer
from gateway.forms import Enumerated, Renamed
from gateway.notes import FEL_FORM, Note, Reading, Writing
from gateway.parse import parser
from gateway.render import renderer
from gateway.rest import refuse_notes
from gateway.shape import Shape, shape
from gateway.table import Table, tables
from gateway.versions import Adapter, Asked, Parsed, Route
from gateway.wire import WireRequest, WireResponse
from gateway.xmlform import Read, Write, reader, valid_reader, writer
from gateway.xmlio import Element, Validator, escape
from gateway.xsd import ADDRESS, Service, schema, wsdl

Tree = dict[str, Any]

QUESTION = "HamtaFormansinformation"
ANSWER = "HamtaFormansinformationResponse"
ERROR = "HamtaFormansinformationFault"
ROOTS = {QUESTION: "fraga", ANSWER: "svar", ERROR: "fel"}
_MAX_QUESTION_BYTES = 256 * 1024
_OK = 200


@dataclass(frozen=True)
class SoapVersion:
    """One version: its declarations, and all that is made of them once."""

    wire: Wire
    namespace: str
    assumptions: tuple[str, ...]
    """What the reconstruction assumes; nothing where the contract is the agency's own."""
    besides: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """What a question asks for besides where a newer version is asked, by (class, information type)."""

    action: str = ""
    """The SOAPAction of a question."""

    @property
    def documentation(self) -> str:
        """What every file says of itself."""
        said = "; ".join(self.assumptions)
        return f"LEFI Online {self.wire.version}, reconstructed: not the agency's own file. Assumed: {said}."

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The tables by noun."""
        return tables(self.wire)

    @cached_property
    def roots(self) -> dict[str, Shape]:
        """The elements that can stand in a body."""
        return {root: shape(self.tables[noun]) for root, noun in ROOTS.items()}

    @cached_property
    def service(self) -> Service:
        """What the contract files say beside the messages."""
        return Service("EXAHamtaFormansinformation", QUESTION, self.namespace, self.documentation)

    @cached_property
    def xsd(self) -> str:
        """The schema file."""
        return schema(self.service, self.roots)

    @cached_property
    def wsdl(self) -> str:
        """The WSDL file."""
        return wsdl(self.service, (QUESTION, ANSWER, ERROR))

    def contract_files(self) -> dict[str, str]:
        """The contract as files, by name: the WSDL, and the schema that it imports."""
        return {f"{self.service.name}.wsdl": self.wsdl, f"{self.service.name}.xsd": self.xsd}

    @cached_property
    def validator(self) -> Validator:
        """The schema, compiled."""
        return Validator(self.xsd)

    @cached_property
    def readers(self) -> dict[str, Read]:
        """Element to wire tree, by root."""
        return {name: reader(record, self.namespace) for name, record in self.roots.items()}

    @cached_property
    def valid_readers(self) -> dict[str, Read]:
        """The same for elements that the schema was found to take."""
        return {name: valid_reader(record, self.namespace) for name, record in self.roots.items()}

    @cached_property
    def writers(self) -> dict[str, Write]:
        """Wire tree to text, by root."""
        return {name: writer(record, self.namespace) for name, record in self.roots.items()}

    def parser(self, noun: str) -> Any:
        """Wire tree to canonical, by noun."""
        return parser(self.tables[noun])

    def renderer(self, noun: str) -> Any:
        """Canonical to wire tree, by noun."""
        return renderer(self.tables[noun])

    def name(self, root: str) -> tuple[str, str]:
        """The namespace of a root element, and its name in there."""
        return self.namespace, root

    def tag(self, root: str) -> str:
        """The qualified name of a root element."""
        return "{{{}}}{}".format(*self.name(root))

    def element(self, root: str, tree: Tree, writing: Writing) -> str:
        """A wire tree as the element of a root; raises Internal when the schema would refuse it."""
        namespace, name = self.name(root)
        out = [f'<{name} xmlns="{namespace}">']
        self.writers[root](tree, None, out, writing)
        text = "".join([*out, f"</{name}>"])
        if not self.validator.accepts(text):
            raise Internal
        return text

    def contract_file(self, query: str, address: str) -> str | None:
        """The WSDL (`wsdl`) or the schema (`xsd`) as served at an address; a version can be named (`wsdl=v6`)."""
        asked, _, version = query.lower().partition("=")
        if asked not in ("wsdl", "xsd") or version not in ("", self.wire.version):
            return None
        if asked == "xsd":
            return self.xsd
        schema_file = f'schemaLocation="{escape(address)}?xsd={self.wire.version}"'
        text = self.wsdl.replace(f'schemaLocation="{self.service.name}.xsd"', schema_file)
        return text.replace(f'location="{ADDRESS}"', f'location="{escape(address)}"')


class Upstream:
    """The gateway asks a SOAP version of the agency's, in the envelope that it is made with."""

    def __init__(
        self,
        soap: SoapVersion,
        contract: Literal["officiellt", "rekonstruerat"] = "rekonstruerat",
        inside: Asking = PLAIN,
    ) -> None:
        self._soap, self._envelope = soap, inside
        self.protocol = inside.protocol
        self.version = soap.wire.version
        self.contract: Literal["officiellt", "rekonstruerat"] = contract
        self.types = askable(soap.tables["fraga"])
        self.states_agencies = "utlamnare" not in soap.tables["svar"].gone
        self._render_question = soap.renderer("fraga")
        self._parse_answer = soap.parser("svar")

    def render_question(self, fraga: Tree, aktor: str) -> WireRequest:  # noqa: ARG002  the certificate says who asks
        """The question in an envelope; to the very address that is configured."""
        writing = Writing()
        tree = self._render_question(fraga, None, writing)
        text = self._soap.element(QUESTION, tree, writing)
        if writing.notes:
            raise Unprocessable("", faults=tuple(Fault(note.path, note.text) for note in writing.notes))
        body, repeated = self._envelope.wrap(text)
        return WireRequest(
            "POST", "", {"content-type": XML_TYPE, "soapaction": f'"{self._soap.action}"'}, body, repeated
        )

    def parse_answer(self, response: WireResponse, today: date) -> Parsed:
        """The answer; what departs from the schema is noted, what the tables can read is read."""
        payload = self._payload(response)
        reading = Reading(today)
        departures = self._soap.validator.departures(payload)
        for path in departures:
            reading.note(Note(path, FEL_FORM, "the schema has something else here"))
        wire = (self._soap.readers if departures else self._soap.valid_readers)[ANSWER](payload)
        return Parsed(self._parse_answer(wire if type(wire) is dict else {}, None, reading), tuple(reading.notes))

    def render_entitlement_question(self, aktor: str) -> WireRequest | None:  # noqa: ARG002  there is none
        """There is no such question before version 9."""
        return None

    def parse_entitlements(self, response: WireResponse, today: date) -> Parsed:
        """Never called: before version 9 nothing asks for such an answer."""
        raise NotImplementedError

    def _payload(self, response: WireResponse) -> Element:
        payload = self._envelope.unwrap(response)
        if payload.tag != self._soap.tag(ANSWER) or response.status != _OK:
            raise UpstreamInvalidAnswer(f"expected {ANSWER} of {self.version} with HTTP {_OK}", sent=True)
        return payload


class Face:
    """The gateway is asked by a system that speaks a SOAP version, in the envelope that the face is made with."""

    says: Literal["tackning", "avvikelser", "inget"] = "inget"

    def __init__(self, soap: SoapVersion, inside: Answering = PLAIN) -> None:
        self._soap, self._envelope, self._heard = soap, inside, NOTHING_HEARD
        self.version = soap.wire.version
        self.routes: tuple[Route, ...] = (
            *(Route("POST", path, "fraga", _MAX_QUESTION_BYTES) for path in inside.paths),
            *(Route("GET", path, "kontrakt", 0) for path in inside.paths),
        )
        self._parse_question = soap.parser("fraga")
        self._render_answer = soap.renderer("svar")
        self._render_error = soap.renderer("fel")

    def recognises(self, request: WireRequest) -> bool:
        """Whether what stands in the body is of the version's namespace."""
        return spoken_namespace(request.body, _MAX_QUESTION_BYTES) == self._soap.namespace

    def contract_file(self, query: str, address: str) -> WireResponse | None:
        """The WSDL (`?wsdl`) or the schema (`?xsd`), of this version when it is named (`?wsdl=v6`)."""
        text = self._soap.contract_file(query, address)
        return None if text is None else WireResponse(_OK, {"content-type": XML_TYPE}, text.encode())

    def hearing(self, request: WireRequest) -> Face:
        """The face for one question: what its answer's header says depends on it."""
        face = copy(self)
        face._heard = self._envelope.hear(request.body, _MAX_QUESTION_BYTES)  # noqa: SLF001  it is one of ours
        return face

    def sender(self) -> tuple[str, str] | None:
        """Whom the envelope that was heard names as its sender."""
        return self._heard.sender

    def parse_question(self, request: WireRequest, aktor: str, today: date) -> Asked:
        """The question: envelope, schema, then what it says; all strictly."""
        heard = self._heard
        if heard is NOTHING_HEARD:
            heard = self._envelope.hear(request.body, _MAX_QUESTION_BYTES)
        payload = heard.taken()
        if payload.tag != self._soap.tag(QUESTION):
            raise InvalidRequest("", faults=(Fault("", f"{QUESTION} of {self._soap.namespace}"),))
        departures = self._soap.validator.departures(payload)
        if departures:
            raise InvalidRequest("", faults=tuple(Fault(path, "what the schema says") for path in departures))
        reading = Reading(today)
        tree = self._parse_question(self._soap.valid_readers[QUESTION](payload), None, reading)
        refuse_notes(reading)
        return Asked({**tree, "informationstyper": self._with_besides(tree.get("informationstyper", []))}, aktor)

    def _with_besides(self, asked: list[Tree]) -> list[Tree]:
        pairs = [(one["klass"], one["informationstyp"]) for one in asked]
        more = [pair for each in pairs for pair in self._soap.besides.get(each, ())]
        return [*asked, *({"klass": klass, "informationstyp": typ} for klass, typ in more)]

    def render_answer(self, svar: Tree, blocks: str = "") -> tuple[WireResponse, tuple[Note, ...]]:
        """The answer in an envelope, as far as the version can say it."""
        writing = Writing()
        text = self._soap.element(ANSWER, self._render_answer(svar, None, writing), writing)
        body = self._envelope.answer(text, self._heard.header + blocks)
        return WireResponse(_OK, {"content-type": XML_TYPE}, body), tuple(writing.notes)

    def render_entitlements(self, available: Tree) -> WireResponse:
        """Never called: before version 9 nothing asks for such an answer."""
        raise NotImplementedError

    def render_error(self, error: GatewayError, now: datetime) -> WireResponse:  # noqa: ARG002  a fault has no time
        """A fault with HTTP 500, as every SOAP stack reads it, whatever it is about."""
        where = "".join(f" [{each.path or '/'}: expected {each.expected}]" for each in error.faults)
        fel = {"felkod": error.type, "meddelande": f"{error.title}.{where}"}
        detail = self._soap.element(ERROR, self._render_error(fel, None, Writing()), Writing())
        return WireResponse(500, {"content-type": XML_TYPE}, self._envelope.fault(error, detail, self._heard))


def askable(table: Table) -> frozenset[tuple[str, str]]:
    """The (class, information type) pairs that a question can hold, read off its table."""
    return frozenset(
        (str(cell.source.marks["klass"]), code)
        for cell in table.gathered
        if isinstance(cell.value, (Enumerated, Renamed))
        for code in cell.value.canonical()
    )


def adapter(soap: SoapVersion) -> Adapter:
    """A SOAP version in both roles, plain and in SSEK."""
    contract: Literal["officiellt", "rekonstruerat"] = "rekonstruerat" if soap.assumptions else "officiellt"
    return Adapter(
        soap.wire.version,
        Upstream(soap, contract),
        Face(soap),
        soap.tables,
        {"ssek": lambda terms: Upstream(soap, contract, ssek.Asking(terms))},
        {"ssek": lambda terms: Face(soap, ssek.Answering(terms))},
        soap.contract_files,
        lambda contract: adapter(InstalledVersion.made(soap, contract)),
    )


@dataclass(frozen=True)
class InstalledVersion(SoapVersion):
    """A version whose contract is the agency's own file: its elements are theirs, its meaning the neighbour's."""

    contract: Compiled = field(kw_only=True)

    @classmethod
    def made(cls, like: SoapVersion, contract: Compiled) -> InstalledVersion:
        """The version that a contract is of; `like` is the one whose meaning it has."""
        wire = like.wire.changed(contract.version)
        question = contract.message("fraga")
        return cls(wire, question.namespace, (), like.besides, contract.soap.action, contract=contract)

    @cached_property
    def roots(self) -> dict[str, Shape]:
        """The elements that can stand in a body, as the contract has them."""
        return {root: self.contract.message(noun).shape for root, noun in ROOTS.items()}

    @cached_property
    def validator(self) -> Validator:
        """The contract's own schemas."""
        return self.contract.soap.validator

    @cached_property
    def valid_readers(self) -> dict[str, Read]:
        """The lenient ones: what a wildcard of the contract took is no fault, and yet unknown."""
        return self.readers

    def parser(self, noun: str) -> Any:
        """Their tree to canonical."""
        return self.contract.carriers.parser(noun, super().parser(noun))

    def renderer(self, noun: str) -> Any:
        """Canonical to their tree."""
        return self.contract.carriers.renderer(noun, super().renderer(noun))

    def name(self, root: str) -> tuple[str, str]:
        """The element as the contract names it."""
        message = self.contract.message(ROOTS[root])
        return message.namespace, message.name

    def contract_files(self) -> dict[str, str]:
        """The contract's files, flat."""
        return {name: content.decode() for name, content in self.contract.soap.files.items()}

    def contract_file(self, query: str, address: str) -> str | None:
        """The contract's WSDL, or one of its schemas by its flat name (`xsd=v6-2`)."""
        asked, _, name = query.lower().partition("=")
        soap, version = self.contract.soap, self.wire.version
        if asked == "wsdl" and name in ("", version):
            return served(soap.files[soap.wsdl], address)
        content = soap.files.get(f"{name}.xsd", soap.files.get(f"{name}.wsdl")) if asked == "xsd" else None
        return None if content is None else served(content, address)

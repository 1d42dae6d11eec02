"""What somebody could send as XML, as a question or as an answer, each with what has to become of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from gateway.envelope import SOAP11, SOAP12, FaultCode
from tests.service.bad_bodies import SECRET
from tests.service.soap import DECLARATION, ROOT, Good, element, envelope, namespace

_OTHER = "urn:prov:annat"
_XI = 'xmlns:xi="http://www.w3.org/2001/XInclude"'
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_MUST = 's:mustUnderstand="1"'


@dataclass(frozen=True)
class Attack:
    """A message; `code` is the fault that a question of this kind gets, "" where it is harmless and is answered."""

    name: str
    make: Callable[[Good], str | bytes | Iterator[bytes]]
    code: FaultCode | Literal[""] = "Client"
    answer: bool = True
    """Whether an answer of this kind is refused."""


@dataclass(frozen=True)
class Reaching:
    """A message that wants something else to be opened: a file or an address."""

    name: str
    make: Callable[[Good, str], str]
    harmless: bool = False


def _doctype(subset: str, external: str = "") -> str:
    inner = f" [{subset}]" if subset else ""
    return f"{DECLARATION}<!DOCTYPE Envelope{external}{inner}>"


REACHING = (
    Reaching("entity", lambda good, to: good.message("&x;", top=_doctype(f'<!ENTITY x SYSTEM "{to}">'))),
    Reaching("public entity", lambda good, to: good.message("&x;", top=_doctype(f'<!ENTITY x PUBLIC "p" "{to}">'))),
    Reaching("entity that nobody uses", lambda good, to: good.message(top=_doctype(f'<!ENTITY x SYSTEM "{to}">'))),
    Reaching("external DTD", lambda good, to: good.message(top=_doctype("", f' SYSTEM "{to}"'))),
    Reaching("public external DTD", lambda good, to: good.message(top=_doctype("", f' PUBLIC "p" "{to}"'))),
    Reaching("parameter entity", lambda good, to: good.message(top=_doctype(f'<!ENTITY % x SYSTEM "{to}"> %x;'))),
    Reaching(
        "parameter entities in each other",
        lambda good, to: good.message(
            top=_doctype(f"<!ENTITY % f SYSTEM '{to}'><!ENTITY % e \"<!ENTITY &#37; g SYSTEM '{to}?%f;'>\">%e;%g;")
        ),
    ),
    Reaching("unparsed entity", lambda good, to: good.message(top=_doctype(f'<!NOTATION n SYSTEM "{to}">'))),
    Reaching(
        "XInclude as text",
        lambda good, to: good.message(f'<xi:include {_XI} parse="text" href="{to}"/>'),
        harmless=False,
    ),
    Reaching("XInclude as XML", lambda good, to: good.message(f'<xi:include {_XI} href="{to}"/>')),
    Reaching(
        "XInclude with a way out",
        lambda good, to: good.message(
            f'<xi:include {_XI} href="{to}"><xi:fallback><xi:include href="{to}"/></xi:fallback></xi:include>'
        ),
    ),
    Reaching(
        "XInclude in a header", lambda good, to: good.message(header=f'<xi:include {_XI} href="{to}"/>'), harmless=True
    ),
    Reaching(
        "schemaLocation",
        lambda good, to: envelope(
            good.holding(attributes=f' {_XSI} xsi:schemaLocation="{namespace()} {to}"'),
            attributes=f' {_XSI} xsi:schemaLocation="{SOAP11} {to}" xsi:noNamespaceSchemaLocation="{to}"',
        ),
        harmless=True,
    ),
    Reaching("style sheet", lambda good, to: good.message(top=f'<?xml-stylesheet href="{to}"?>'), harmless=True),
    Reaching("base", lambda good, to: good.message(attributes=f' xml:base="{to}"'), harmless=True),
)


def _laughs(good: Good) -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return good.message("&l9;", top=_doctype(f'<!ENTITY l0 "{SECRET}">{entities}'))


def _deep(levels: int) -> Callable[[Good], str]:
    return lambda good: envelope(good.holding(inside="<a>" * levels + "</a>" * levels))


def _attributes(number: int) -> Callable[[Good], str]:
    names = " ".join(f'a{index}=""' for index in range(number))
    return lambda good: envelope(good.holding(inside=f"<a {names}/>"))


def _spread_attributes(number: int) -> Callable[[Good], str]:
    return lambda good: envelope(good.holding(inside="<a b='1' c='1' d='1' e='1' f='1'/>" * (number // 5)))


def _namespaces(number: int, encoding: str = "utf-8") -> Callable[[Good], bytes]:
    names = " ".join(f'xmlns:n{index}="u{index}"' for index in range(number))
    return lambda good: envelope(good.holding(inside=f"<a {names}/>")).encode(encoding)


def _long(before: str, after: str, size: int) -> Callable[[Good], bytes]:
    return lambda good: envelope(good.holding(inside=f"{before}{SECRET * (size // len(SECRET))}{after}")).encode()


_MILLION = 1_000_000
_SMALL, _HUGE = 200_000, 50 * _MILLION
"""Within what a question may be; beyond what anything may be."""

SIZES = (
    Attack("billion laughs", _laughs),
    Attack(
        "quadratic blow-up", lambda good: good.message("&x;" * 20_000, top=_doctype(f'<!ENTITY x "{"y" * 100_000}">'))
    ),
    Attack("entity that is itself", lambda good: good.message("&x;", top=_doctype('<!ENTITY x "&x;">'))),
    Attack("25,000 levels", _deep(25_000)),
    Attack("100,000 levels", _deep(100_000)),
    Attack("100,000 levels that do not end", lambda good: f"{good.message()[:-40]}{'<a>' * 100_000}"),
    Attack("120,000 attributes", _attributes(120_000)),
    Attack("a million attributes", _attributes(_MILLION)),
    Attack("a million attributes of many elements", _spread_attributes(_MILLION)),
    Attack("5,000 namespaces", _namespaces(5_000)),
    Attack("5,000 namespaces in UTF-16", _namespaces(5_000, "utf-16")),
    Attack("100,000 namespaces", _namespaces(100_000)),
    Attack("100,000 namespaces in UTF-16", _namespaces(100_000, "utf-16")),
    Attack("long text", _long("", "", _SMALL), answer=False),
    Attack("50 MB of text", _long("<a>", "</a>", _HUGE)),
    Attack("50 MB of comment", _long("<!--", "-->", _HUGE)),
    Attack("50 MB of processing instruction", _long("<?a ", "?>", _HUGE)),
    Attack("50 MB of CDATA", _long("<![CDATA[", "]]>", _HUGE)),
    Attack("50 MB of attribute", _long('<a b="', '"/>', _HUGE)),
    Attack("50 MB of name", _long("<a", "/>", _HUGE)),
    Attack("50 MB of white space", lambda good: DECLARATION + good.message() + " " * _HUGE),
    Attack(
        "50,000 elements that nobody knows",
        lambda good: envelope(good.holding(inside="".join(f"<a{n}/>" for n in range(50_000)))),
        answer=False,
    ),
    Attack("four million elements", lambda good: envelope(good.holding(inside="<a/>" * 4 * _MILLION))),
)

SHAPES = (
    Attack("nothing", lambda _: ""),
    Attack("white space", lambda _: " \r\n"),
    Attack("byte order mark alone", lambda _: b"\xef\xbb\xbf"),
    Attack("JSON", lambda _: '{"personnummer": "x"}'),
    Attack("HTML", lambda _: "<html><body><p>Proxy"),
    Attack("cut off", lambda good: good.message()[:-5]),
    Attack("something after the end", lambda good: good.message() + good.message()),
    Attack("text after the end", lambda good: good.message() + SECRET),
    Attack("NUL", lambda good: good.message(f"{SECRET}\0")),
    Attack("NUL as a reference", lambda good: good.message(f"{SECRET}&#0;")),
    Attack("unknown entity", lambda good: good.message(f"&{SECRET};")),
    Attack("undeclared prefix", lambda good: good.message(f"<{SECRET}:x/>")),
    Attack("doctype without entities", lambda good: good.message(top="<!DOCTYPE Envelope>")),
    Attack("doctype with declarations", lambda good: good.message(top=_doctype("<!ELEMENT x ANY>"))),
    Attack("attribute by default", lambda good: good.message(top=_doctype('<!ATTLIST x y CDATA "1">'))),
    Attack("no envelope", lambda good: good.holding()),
    Attack("another root", lambda good: f'<x xmlns="{SOAP11}">{good.message()}</x>'),
    Attack("root of another name", lambda good: good.message().replace("s:Envelope", "s:Kuvert")),
    Attack("SOAP 1.2", lambda good: good.message(soap=SOAP12), "VersionMismatch"),
    Attack("a SOAP of another time", lambda good: good.message(soap=_OTHER), "VersionMismatch"),
    Attack(
        "envelope in no namespace",
        lambda good: f"<Envelope><Body>{good.holding()}</Body></Envelope>",
        "VersionMismatch",
    ),
    Attack("body of SOAP 1.2", lambda good: _around(f'<t:Body xmlns:t="{SOAP12}">{good.holding()}</t:Body>')),
    Attack("no body", lambda _: _around("")),
    Attack("empty body", lambda _: _around("<s:Body/>")),
    Attack("body of text", lambda _: _around(f"<s:Body>{SECRET}</s:Body>")),
    Attack("two children", lambda good: envelope(good.holding() * 2)),
    Attack("a child before", lambda good: envelope(f"<x>{SECRET}</x>{good.holding()}")),
    Attack("two bodies", lambda good: _around(f"<s:Body>{good.holding()}</s:Body>" * 2)),
    Attack("two bodies, one empty", lambda good: _around(f"<s:Body/><s:Body>{good.holding()}</s:Body>")),
    Attack("two headers", lambda good: _around(f"<s:Header/><s:Header/><s:Body>{good.holding()}</s:Body>")),
    Attack("body in a wrapper", lambda good: _around(f"<w><s:Body>{good.holding()}</s:Body></w>")),
    Attack(
        "body in the header", lambda good: _around(f"<s:Header><s:Body>{good.holding()}</s:Body></s:Header><s:Body/>")
    ),
    Attack("envelope in the body", lambda good: envelope(good.message())),
    Attack(
        "header to understand", lambda good: good.message(header=f'<x xmlns="{_OTHER}" {_MUST}/>'), "MustUnderstand"
    ),
    Attack(
        "header to understand, for whoever is next",
        lambda good: good.message(
            header=f'<x xmlns="{_OTHER}" {_MUST} s:actor="http://schemas.xmlsoap.org/soap/actor/next"/>'
        ),
        "MustUnderstand",
    ),
    Attack(
        "header to understand, spelled otherwise",
        lambda good: good.message(header=f'<x xmlns="{_OTHER}" s:mustUnderstand=" true "/>'),
        "MustUnderstand",
    ),
    Attack(
        "header to understand, after the body",
        lambda good: _around(f"<s:Body>{good.holding()}</s:Body><s:Header><x {_MUST}/></s:Header>"),
        "MustUnderstand",
    ),
    Attack(
        "header for another",
        lambda good: good.message(header=f'<x xmlns="{_OTHER}" {_MUST} s:actor="urn:prov:annan">{SECRET}</x>'),
        "",
        answer=False,
    ),
    Attack(
        "header that need not be understood",
        lambda good: good.message(header=f'<x xmlns="{_OTHER}" s:mustUnderstand="0">{SECRET}</x>'),
        "",
        answer=False,
    ),
    Attack("no namespace", lambda good: envelope(good.holding().replace(f' xmlns="{namespace()}"', ""))),
    Attack("namespace of a version that is not spoken", lambda good: good.message().replace("lefi/7", "lefi/4")),
    Attack("namespace in capitals", lambda good: good.message().replace("/exa/lefi/", "/EXA/LEFI/")),
    Attack("namespace with a slash", lambda good: good.message().replace("lefi/7", "lefi/7/")),
    Attack("another operation", lambda _: envelope(element(f"<x>{SECRET}</x>", root=f"{ROOT}Lista"))),
)


def _around(inner: str) -> str:
    return f'<s:Envelope xmlns:s="{SOAP11}">{inner}</s:Envelope>'


_LATIN = '<?xml version="1.0" encoding="{}"?>'
ENCODINGS = (
    Attack("UTF-7", lambda good: good.message(top=_LATIN.format("UTF-7"))),
    Attack(
        "UTF-7 after much space", lambda good: good.message(top=f'<?xml version="1.0"{" " * 5_000}encoding="UTF-7"?>')
    ),
    Attack("UTF-32", lambda good: good.message().encode("utf-32")),
    Attack("UTF-32 without a mark", lambda good: good.message().encode("utf-32-be")),
    Attack("EBCDIC", lambda good: good.message(top=_LATIN.format("IBM037")).encode("cp037")),
    Attack("an encoding that nobody knows", lambda good: good.message(top=_LATIN.format(SECRET))),
    Attack("UTF-16 that is none", lambda good: good.message(top=_LATIN.format("UTF-16"))),
    Attack("UTF-8 that is none", lambda good: good.message("\xe5", top=DECLARATION).encode("latin-1")),
    Attack("broken UTF-8", lambda good: good.message().encode().replace(b"19", b"\xc0\xb1\xc0\xb9")),
    Attack("broken UTF-16", lambda good: good.message().encode("utf-16")[:-3] + b"\xd8\x00"),
    Attack("XML of a version to come", lambda good: good.message(top='<?xml version="2.0"?>')),
    Attack("a sign of XML 1.1", lambda good: good.message(f"{SECRET}&#1;", top='<?xml version="1.1"?>')),
)

ATTACKS = (*SHAPES, *ENCODINGS, *SIZES)

"""What a contract of the agency's may look like the day it comes: version 6's, with other names, places and files.

The names and places here and the overlay say the same thing twice on purpose: one makes the contract and turns
messages into its form by hand, the other is what a person would write who has the contract before him.
"""

from __future__ import annotations

import zipfile
from copy import deepcopy
from pathlib import Path
from typing import Any

from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
XS = "{http://www.w3.org/2001/XMLSchema}"
OLD = "http://schema.forsakringskassan.se/exa/lefi/6"
NEW = "http://schema.forsakringskassan.se/exa/lefi/hamta/6.2"
NAMES = {
    "sjukpenningarende": "arendeSjukpenning",
    "barnbidragsarende": "arendeBarnbidrag",
    "preliminarautbetalningar": "kommandeUtbetalning",
    "utbetalningsdetalj": "rad",
    "startades": "startdatum",
    "aktivt": "arAktivt",
    "fattades": "beslutsdatum",
    "definitivt": "slutgiltigt",
    "foddes": "fodelsedatum",
    "civilstand": "civilstatus",
    "skattebelopp": "avdragenSkatt",
    "omfattning": "grad",
    "period": "avserPeriod",
}
CASE, PERSON = "foraldrapenningarende", "generellPersoninformation"
OVERLAY = "\n".join(
    [
        "[names]",
        *(f'{theirs} = "{ours}"' for ours, theirs in NAMES.items()),
        "[places]",
        f'"formansinformation.{CASE}.barn" = "formansinformation.{CASE}.grunduppgifter.barn"',
        f'"formansinformation.{PERSON}.identitet.namn" = "formansinformation.{PERSON}.namn"',
    ]
)
_BASE_TYPES = ("FkPeriod", "FkBelopp", "FkOmfattning", "FkPerson", "FkAdress", "Frageperiod")


def write_zip(target: Path) -> None:
    """The changed contract as a zip: a WSDL in one folder, three schemas in another."""
    schema = etree.parse(ROOT / "wsdl/v6/EXAHamtaFormansinformation.xsd").getroot()
    _change(schema)
    base, cases = _apart(schema)
    service = (ROOT / "wsdl/v6/EXAHamtaFormansinformation.wsdl").read_text(encoding="utf-8")
    service = service.replace(OLD, NEW).replace("EXAHamtaFormansinformation.xsd", "../scheman/meddelanden.xsd")
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("EXA 6.2/tjanst/Hamta.wsdl", service)
        for name, root in (("meddelanden", schema), ("arenden", cases), ("grund", base)):
            archive.writestr(f"EXA 6.2/scheman/{name}.xsd", etree.tostring(root).replace(OLD.encode(), NEW.encode()))


def _change(schema: Any) -> None:
    for node in list(schema.iter(f"{XS}element")):
        node.set("name", NAMES.get(node.get("name"), node.get("name")))
    case = schema.find(f"{XS}complexType[@name='FkForaldrapenningarende']/{XS}sequence")
    wrapper = case.find(f"{XS}element[@name='grunduppgifter']")
    child = schema.find(
        f"{XS}complexType[@name='{wrapper.get('type').removeprefix('tns:')}']//{XS}element[@name='barn']"
    )
    case.replace(wrapper, deepcopy(child))
    person = schema.find(f"{XS}complexType[@name='FkPersoninformation']/{XS}sequence")
    name = person.find(f"{XS}element[@name='namn']")
    person.remove(name)
    identity = etree.SubElement(person, f"{XS}element", name="identitet", minOccurs="0")
    etree.SubElement(etree.SubElement(identity, f"{XS}complexType"), f"{XS}sequence").append(name)


def _apart(schema: Any) -> tuple[Any, Any]:
    """Takes the types out of a schema: those that much refers to in one file, the others in another."""
    types = {node.get("name"): node for node in schema.findall(f"{XS}complexType")}
    wanted, low = list(_BASE_TYPES), set()
    while wanted:
        name = wanted.pop()
        if name not in low:
            low.add(name)
            wanted += [
                node.get("type").removeprefix("tns:")
                for node in types[name].iter(f"{XS}element")
                if (node.get("type") or "").startswith("tns:")
            ]
    files = [etree.Element(schema.tag, dict(schema.attrib), nsmap=schema.nsmap) for _ in range(2)]
    for name, node in types.items():
        files[name not in low].append(node)
    files[1].insert(0, etree.Element(f"{XS}include", schemaLocation="grund.xsd"))
    schema.insert(0, etree.Element(f"{XS}include", schemaLocation="arenden.xsd"))
    schema.insert(0, etree.Element(f"{XS}include", schemaLocation="grund.xsd"))
    return files[0], files[1]


def turned(element: Any) -> Any:
    """A message of version 6 in the form of the changed contract, turned by hand."""
    text = etree.tostring(element).replace(OLD.encode(), NEW.encode())
    root = etree.fromstring(text)
    tag = f"{{{NEW}}}"
    for case in root.iter(f"{tag}{CASE}"):
        for wrapper in case.findall(f"{tag}grunduppgifter"):
            for child in wrapper:
                wrapper.addprevious(child)
            case.remove(wrapper)
    for person in root.iter(f"{tag}{PERSON}"):
        for name in person.findall(f"{tag}namn"):
            identity = etree.SubElement(person, f"{tag}identitet")
            identity.append(name)
    for node in root.iter():
        local = etree.QName(node).localname
        node.tag = tag + NAMES.get(local, local)
    return root

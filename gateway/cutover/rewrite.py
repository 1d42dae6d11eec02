"""The routing file changed for a cutover, everything else in it left as it stands: comments, order, spelling. No I/O.

While a consumer is on its way its rule prefers the old connection, leads a share of the persons to the new one, and
has both asked. At the last step it prefers the new one, and the old one is what is asked in the back and falls back to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import ParseError
from tomlkit.items import AoT, Table

from gateway.errors import Fault
from gateway.proof import Subject
from gateway.routing.rules import PAIRS, Rule, Rules, read
from gateway.settings import ConfigurationError

_EVERYTHING = 100


def rule_for(rules: Rules, subject: Subject) -> Rule:
    """The rule that leads the subject to its old connection now; raises ValueError where nothing or several do."""
    found: list[Rule] = []
    for pair in sorted(subject.types):
        rule = next((one for one in rules.rules if one.is_for(subject.consumer) and pair in one.pairs), None)
        if rule is None or rule.first != subject.old:
            where = rule.first if rule else "the newest version"
            raise ValueError(
                f"{pair[0]}/{pair[1]}: expected a routing rule that leads to {subject.old}, not to {where}"
            )
        found += [rule] if rule not in found else []
    if len(found) != 1:
        names = ", ".join(one.name for one in found)
        raise ValueError(f"expected one routing rule for all types of the cutover, and there are {names}")
    return found[0]


def is_own(rule: Rule, subject: Subject) -> bool:
    """Whether a rule is about the subject and nothing else."""
    return rule.consumers == (subject.consumer,) and rule.pairs == subject.types


def own_name(rules: Rules, subject: Subject) -> str:
    """A name that no rule has."""
    names, stem = {rule.name for rule in rules.rules}, f"cutover-{subject.consumer}"[:56]
    return next(name for n in range(1, len(names) + 2) if (name := f"{stem}-{n}") not in names)


def begun(content: bytes, subject: Subject, versions: Mapping[str, str]) -> tuple[bytes, str]:
    """The file with a rule for the subject alone, which still leads to the old connection, and the rule's name.

    Raises ValueError or ConfigurationError for a file in which that cannot be.
    """
    rules = read(content, versions)
    rule = rule_for(rules, subject)
    if is_own(rule, subject):
        return content, rule.name
    document = _document(content)
    made, name = tomlkit.table(), own_name(rules, subject)
    made.update({"name": name, "consumers": [subject.consumer], "types": _types(subject), "prefer": subject.old})
    if rule.fallback:
        made["fallback"] = list(rule.fallback)
        made["fall_back_when"] = sorted(rule.fall_back_when)
    tables = document["rules"]
    assert isinstance(tables, AoT)  # noqa: S101  read as such above
    tables.insert(0, made)
    return _checked(tomlkit.dumps(document), versions), name


def moved(content: bytes, name: str, subject: Subject, percent: int, versions: Mapping[str, str]) -> bytes:
    """The file with the subject's rule at a share of the new connection; the same bytes where it is there already.

    Raises ValueError where there is no such rule, ConfigurationError for a file that cannot be used.
    """
    document = _document(content)
    tables = document.get("rules", [])
    table = next((one for one in tables if one.get("name") == name), None)
    if table is None:
        raise ValueError(f"expected the rule {name}, which the cutover made")
    wanted = _way(table, subject, percent)
    if all(_plain(table.get(key)) == value for key, value in wanted.items()):
        return content
    _lay(table, wanted)
    return _checked(tomlkit.dumps(document), versions)


def _way(table: Table, subject: Subject, percent: int) -> dict[str, Any]:
    """What the rule is to say; None for what it is not to say."""
    others = [one for one in _plain(table.get("fallback")) or [] if one not in {subject.old, subject.new}]
    done = percent >= _EVERYTHING
    return {
        "pin": None,
        "prefer": subject.new if done else subject.old,
        "fallback": [subject.old, *others] if done else others or None,
        "canary": {"to": subject.new, "percent": percent} if 0 < percent < _EVERYTHING else None,
        "shadow": {"to": subject.old if done else subject.new},
    }


def _lay(table: Table, wanted: Mapping[str, Any]) -> None:
    for key, value in wanted.items():
        if value is None:
            table.pop(key, None)
        elif isinstance(value, dict):
            inline = tomlkit.inline_table()
            inline.update(value)
            table[key] = inline
        elif _plain(table.get(key)) != value:
            table[key] = value


def _plain(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value


def _types(subject: Subject) -> list[str]:
    return ["*"] if subject.types == set(PAIRS) else [f"{klass}/{typ}" for klass, typ in sorted(subject.types)]


def _document(content: bytes) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(content)
    except (ParseError, UnicodeDecodeError):
        raise ConfigurationError((Fault("", "TOML in UTF-8"),)) from None


def _checked(text: str, versions: Mapping[str, str]) -> bytes:
    content = text.encode()
    read(content, versions)
    return content

"""Commands and their output, read out of a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CUT = "…"


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Step:
    """A command, and what it prints by the document; None where the document does not say."""

    command: str
    output: str | None
    line: int


def blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    return [Block(hit[1], hit[2], text[: hit.start()].count("\n") + 1) for hit in _FENCE.finditer(text)]


def steps(block: Block) -> Iterator[Step]:
    """The commands of a block: each line of `sh`; of `console` what stands after `$`, until its quotes are closed."""
    if block.language == "sh":
        for line in block.text.splitlines():
            if command := line.partition(" #")[0].strip():
                yield Step(command, None, block.line)
        return
    command, output = "", ""
    for line in [*block.text.splitlines(), "$ "]:
        if command and command.count("'") % 2:
            command += "\n" + line
        elif line.startswith("$ "):
            if command:
                yield Step(command, output, block.line)
            command, output = line.removeprefix("$ "), ""
        else:
            output += line.rstrip() + "\n"


def matches(expected: str, printed: str) -> bool:
    """Whether the output is as documented: a line of `…` stands for any lines, `…` in a line for any text."""
    pattern = ""
    for line in expected.splitlines():
        whole = line.strip() == CUT
        pattern += r"(?:.*\n)*?" if whole else ".*".join(map(re.escape, line.split(CUT))) + r"\n"
    lines = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, lines) is not None

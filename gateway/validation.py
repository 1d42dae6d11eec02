"""What pydantic found wrong, in the words that the gateway uses: the place and what was expected, never the value."""

from __future__ import annotations

import re

from pydantic import ValidationError

from gateway.errors import Fault

_WORDS = {"Extra inputs are not permitted": "no such setting", "Field required": "a value, since it is required"}
_PREAMBLE = re.compile(r"^(Value error, expected|Value error,|Input should be|String should match pattern) ")


def faults(error: ValidationError, before: str = "") -> list[Fault]:
    """Every problem; `before` stands before each place."""
    # A validator's own text is kept: ours name what was expected; pydantic's may not repeat the input (hidden above).
    return [
        Fault(
            before + ".".join(str(step) for step in problem["loc"]),
            _PREAMBLE.sub("", _WORDS.get(problem["msg"], problem["msg"])).partition(", unable to")[0],
        )
        for problem in error.errors(include_input=False, include_url=False, include_context=False)
    ]

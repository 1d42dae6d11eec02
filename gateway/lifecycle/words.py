"""The life of a version as it is said in JSON."""

from __future__ import annotations

from typing import Any, get_args

from gateway.lifecycle.rule import Fact, Stage, State

Tree = dict[str, Any]

_DATE = {"type": "string", "format": "date"}
SCHEMA: Tree = {
    "type": "object",
    "description": "When the version comes and goes; what is not known is left out.",
    "required": ["state", "because", "estimated"],
    "properties": {
        "state": {"type": "string", "enum": list(get_args(State))},
        "released": _DATE | {"description": "The day of its release."},
        "deprecated": _DATE | {"description": "The day of release of the first later major."},
        "ends": _DATE | {"description": "The first day on which it no longer answers."},
        "daysLeft": {"type": "integer", "description": "Days until it ends; 0 or less once it has ended."},
        "successor": {"type": "string", "description": "The next major."},
        "because": {"type": "string", "description": "From what the end was concluded."},
        "source": {"type": "string", "description": "Who said when it was released."},
        "estimated": {
            "type": "array",
            "items": {"type": "string", "enum": list(get_args(Fact))},
            "description": "Which of the dates are guesses, or follow from one.",
        },
    },
}
"""JSON Schema of `life`."""


def life(stage: Stage) -> Tree:
    """The state and the dates of one version; what is not known is left out, and `estimated` names what is a guess."""
    known = {"released": stage.released, "deprecated": stage.deprecated, "ends": stage.ends}
    return {
        "state": stage.state,
        **{name: day.isoformat() for name, day in known.items() if day is not None},
        **({} if stage.days_left is None else {"daysLeft": stage.days_left}),
        **({} if stage.successor is None else {"successor": stage.successor}),
        "because": stage.because,
        **({"source": stage.source} if stage.source else {}),
        "estimated": sorted(stage.estimated),
    }

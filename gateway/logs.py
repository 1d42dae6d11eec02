"""Logging: records are built from an allow-list of fields, so that nothing about a person can be among them."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_FIELDS = frozenset(
    {
        *("event", "level", "timestamp", "face", "upstream", "version", "consumer", "problem", "status", "types"),
        *(
            "notes",
            "lost",
            "outcomes",
            "correlation_id",
            "instance",
            "error",
            "where",
            "host",
            "port",
            "name",
            "contract",
            "seq",
            "percent",
            "hash",
            "revision",
        ),
    }
)


def _allowed(_logger: Any, _method: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drops every field that is not on the list."""
    return {field: value for field, value in record.items() if field in _FIELDS}


class Log:
    """The gateway's log: an event's name and fields of the list."""

    def __init__(self) -> None:
        self._logger = structlog.get_logger("gateway")

    def info(self, event: str, **fields: Any) -> None:
        """Something that happened as it should."""
        self._logger.info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Something that somebody should look at."""
        self._logger.warning(event, **fields)

    def failure(self, event: str, error: BaseException, **fields: Any) -> None:
        """A fault of our own: its type and where it was raised; its text may hold a person's data and is left out."""
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-6:]]
        self._logger.error(event, error=type(error).__name__, where=where, **fields)


log = Log()


class _Foreign(logging.Handler):
    """What other libraries log: which of them spoke and where; its text may quote what it was given and is left out."""

    def emit(self, record: logging.LogRecord) -> None:
        """One of our records for one of theirs."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            log.warning("foreign", name=record.name, where=[f"{record.filename}:{record.lineno}"])
        else:
            log.failure("foreign", error, name=record.name)


def configure() -> None:
    """One JSON record a line on standard error; foreign libraries speak from WARNING on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    if not any(isinstance(handler, _Foreign) for handler in root.handlers):
        root.addHandler(_Foreign(logging.WARNING))

"""Addresses that several faces share: the message itself says which of them it speaks to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.versions import Face, Hearing, Route
from gateway.wire import WireRequest


def addresses(faces: Iterable[Face]) -> list[tuple[Route, tuple[Face, ...]]]:
    """Every address and method once, with the faces that answer there, the newest version first."""
    found: dict[tuple[str, str], tuple[Route, list[Face]]] = {}
    for face in faces:
        for route in face.routes:
            found.setdefault((route.method, route.path), (route, []))[1].append(face)
    return [
        (route, tuple(sorted(there, key=lambda face: int(face.version.removeprefix("v")), reverse=True)))
        for route, there in found.values()
    ]


def chosen(faces: Sequence[Face], request: WireRequest) -> Face:
    """The face that a message is for; the newest where no face knows it, which then says what it expected."""
    face = next((face for face in faces if face.recognises(request)), faces[0]) if len(faces) > 1 else faces[0]
    return face.hearing(request) if isinstance(face, Hearing) else face

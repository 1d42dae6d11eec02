"""The network's side of an order: place it once, ask what has become of it, fetch its packages, cancel it.

Rule 1: the intent is recorded before the order is sent, and an order that may have left is never sent again: whoever
        does not know what became of it polls, which asks by our reference.
Rule 2: asking for the status and fetching a package ask nothing about anybody anew, so they may be repeated at will.
Rule 3: what goes wrong with placing is the order's stage, not an exception: the record is what counts. Polling,
        fetching and cancelling raise UpstreamError, and change nothing when they do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

from gateway import clock, question
from gateway.asynkron.answers import Making
from gateway.asynkron.book import Book
from gateway.asynkron.delivery import Broken, Limits, Received, UnknownOrder, take
from gateway.asynkron.events import (
    Absent,
    Acknowledged,
    Announced,
    CancelSent,
    GivenUp,
    Intended,
    NotSent,
    Refused,
    Reported,
    Unacknowledged,
)
from gateway.asynkron.order import ENDED, Stage
from gateway.asynkron.roles import OrderUpstream, discover
from gateway.asynkron.settings import AsynkronSettings
from gateway.coverage import Grounds
from gateway.errors import (
    Conflict,
    Fault,
    Internal,
    Unprocessable,
    UpstreamError,
    UpstreamFault,
    UpstreamInvalidAnswer,
    UpstreamTimeout,
)
from gateway.transport import Transport
from gateway.versions import Parsed
from gateway.wire import WireResponse

Tree = dict[str, Any]

_SERVER_ERROR = 500


class AsynkronUpstream:
    """One configured service of orders; make it once, use it for any number of orders, close it."""

    def __init__(
        self, name: str, settings: AsynkronSettings, key: bytes, entitled: Collection[tuple[str, str]] | None = None
    ) -> None:
        """Prepares, without connecting; raises KeyError for a version that no adapter speaks, ValueError as Transport.

        `key` is that of the hashes by which contents are compared; `entitled` is what the actor is known to be allowed.
        """
        self.name, self.settings = name, settings
        self.upstream: OrderUpstream = discover()[settings.version].upstream
        self.limits = Limits(settings.max_row_bytes, settings.max_package_bytes)
        grounds = Grounds(
            version_types=self.upstream.types,
            entitled=entitled,
            history_from=settings.history_from,
            states_agencies=self.upstream.states_agencies,
        )
        self.making = Making(name, self.upstream, grounds, key)
        self._transport = Transport(name, settings)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._transport.aclose()

    async def place(self, book: Book) -> Stage:
        """Sends the order, once, and gives the stage that it has then.

        Raises Conflict for an order that may have been sent before, and Unprocessable for one that cannot be ordered,
        before anything is sent.
        """
        order = book.order
        if not order.may_be_placed:
            raise Conflict("", faults=(Fault("/referens", "an order that was never sent"),))
        pushed = self.settings.delivery == "push"
        bestallning = {
            "referens": book.reference,
            "leveranssatt": "SKICKAS" if pushed else "HAMTAS",
            "rader": [{"radId": row, "fraga": fraga} for row, fraga in book.questions.items()],
        }
        self._check(book)
        request = self.upstream.render_order(bestallning, self.settings.aktors_id)
        rows, at = tuple(book.questions), clock.now().isoformat(timespec="milliseconds")
        await book.record(Intended(book.reference, rows, pushed, at))
        try:
            response = await self._transport.send(request)
        except UpstreamError as error:
            await book.record(Unacknowledged(error.type) if error.sent else NotSent(error.type))
        except BaseException:  # cancelled, or a fault of ours: the order may be on its way
            await asyncio.shield(book.record(Unacknowledged(Internal.type)))
            raise
        else:
            await self._read_acknowledgement(book, response)
        return order.stage

    async def interrupted(self, book: Book) -> Stage:
        """Says of an order that nobody is sending any more that its outcome is unknown; call it after a restart."""
        if book.order.interrupted:
            await book.record(Unacknowledged(Internal.type))
        return book.order.stage

    async def poll(self, book: Book) -> Stage:
        """Asks what has become of the order, by our reference where it was never acknowledged; raises UpstreamError."""
        order = book.order
        if order.may_be_placed:
            raise Conflict("", faults=(Fault("/referens", "an order that was sent"),))
        request = self.upstream.render_status_question(book.reference, order.service_id, self.settings.aktors_id)
        parsed = self.upstream.parse_status(await self._transport.send(request), clock.today())
        if parsed is None and order.service_id:
            raise UpstreamInvalidAnswer(f"{self.name}: expected the status of an order that was taken", sent=True)
        if parsed is None:
            if not order.absent:
                await book.record(Absent())
        else:
            await self._report(book, parsed)
        return order.stage

    async def fetch(self, book: Book, package: str) -> Received:
        """Fetches a package, row by row into the book; raises UpstreamError, and keeps what had come by then."""
        request = self.upstream.render_fetch(book.order.service_id, package, self.settings.aktors_id)
        deadline = asyncio.timeout(self.settings.package_seconds)
        expected = ""
        try:
            async with deadline, self._transport.opened(request, self.limits.package_bytes) as (head, chunks):
                self.upstream.check_package(head, clock.today())
                async with aclosing(chunks):
                    received = await take(chunks, _Only(book), self.making, self.limits)
                if received.package == package:
                    return received
                expected = "the package that was asked for"
        except TimeoutError:
            if not deadline.expired():
                raise
            raise UpstreamTimeout(f"{self.name}: no whole package in time", sent=True) from None
        except Broken as broken:
            expected = broken.expected
        except UnknownOrder:
            expected = "a package of the order that was asked about"
        raise UpstreamInvalidAnswer(f"{self.name}: expected {expected}", sent=True)

    async def collect(self, book: Book) -> Stage:
        """Polls, and fetches every announced package that was not read to its end, however it was to come.

        A package that fails does not keep the others; the first failure is raised when all have been tried.
        """
        await self.poll(book)
        failed: UpstreamError | None = None
        for package in book.order.outstanding():
            try:
                await self.fetch(book, package)
            except UpstreamError as error:
                failed = failed or error
        if failed:
            raise failed
        return book.order.stage

    async def cancel(self, book: Book) -> Stage:
        """Asks the service to cancel; raises Conflict where it is not known to have the order, and UpstreamError."""
        order = book.order
        if not order.service_id or order.stage in ENDED:
            raise Conflict("", faults=(Fault("/referens", "an order that was taken and has not ended"),))
        await book.record(CancelSent())
        request = self.upstream.render_cancellation(order.service_id, self.settings.aktors_id)
        parsed = self.upstream.parse_status(await self._transport.send(request), clock.today())
        if parsed is None:
            raise UpstreamInvalidAnswer(f"{self.name}: expected the status of an order that was taken", sent=True)
        await self._report(book, parsed)
        return order.stage

    async def give_up(self, book: Book) -> Stage:
        """Awaits nothing more of an order that was taken: it is complete as it is, and says what is missing."""
        await book.record(GivenUp())
        return book.order.stage

    def absent(self, book: Book) -> dict[str, Tree]:
        """The answers to the questions without a row of their own, by row: the source failed, and why."""
        now, order = clock.now(), book.order
        return {
            row: self.making.absence(order, book.questions[row], why, now)
            for row, why in order.result().missing.items()
        }

    def _check(self, book: Book) -> None:
        faults: list[Fault] = []
        for row, fraga in book.questions.items():
            try:
                question.check(fraga, longer_periods=self.settings.longer_periods)
            except Unprocessable as error:
                faults += [Fault(f"/rader/{row}{fault.path}", fault.expected) for fault in error.faults]
        if faults:
            raise Unprocessable("", faults=tuple(faults[:100]))

    async def _read_acknowledgement(self, book: Book, response: WireResponse) -> None:
        try:
            tree = self.upstream.parse_acknowledgement(response, clock.today()).tree
        except UpstreamError as error:
            said = isinstance(error, UpstreamFault) and HTTPStatus.BAD_REQUEST <= response.status < _SERVER_ERROR
            await book.record(Refused(error.type) if said else Unacknowledged(error.type))
            return
        if tree["referens"] == book.reference and tree["antalRader"] == len(book.questions):
            await book.record(Acknowledged(tree["bestallningsId"]))
        else:
            await book.record(Unacknowledged(UpstreamInvalidAnswer.type))

    async def _report(self, book: Book, parsed: Parsed) -> None:
        tree = parsed.tree
        if tree["referens"] != book.reference:
            raise UpstreamInvalidAnswer(
                f"{self.name}: expected the status of the order that was asked about", sent=True
            )
        if not book.order.service_id:
            await book.record(Acknowledged(tree["bestallningsId"]))
        packages = tuple(
            Announced(one["leveransId"], one["lopnummer"], one["antalRader"], one["sista"])
            for one in tree.get("leveranser", ())
        )
        event = Reported(tree["lage"], packages)
        if not book.order.says_nothing_new(event):
            await book.record(event)


class _Only:
    """The books of one order: a package that was fetched for it is of no other."""

    def __init__(self, book: Book) -> None:
        self._book = book

    async def open(self, reference: str) -> Book | None:
        return self._book if reference == self._book.reference else None

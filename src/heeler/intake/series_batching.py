"""Batch decoding of small metric payloads, which shares the fixed cost of a decoder call and of small arrays.

Hosts send the same series at each flush, one body each. Bodies that arrive together and contain only valid
points of known series are decoded by one call, stored as one part and acknowledged together. Every other body
takes the regular path (`app.py`), which produces the error messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import compress
from typing import Protocol

from heeler.intake.endpoints import Intake, point_tables
from heeler.store.arrow_tables import PointRows
from heeler.store.self_metrics import telemetry
from heeler.store.writer import DiskFull, StoreFull
from heeler.wire.compression import TooLarge, inflate
from heeler.wire.metrics import fast_path
from heeler.wire.metrics.batch import PointBatch
from heeler.wire.metrics.series import PayloadError

#: Seconds that deliveries wait for others; their commit takes longer.
GATHER_SECONDS = 0.005
#: Maximum number decoded at once, which blocks the event loop for about two milliseconds.
GROUP = 64
#: Maximum decompressed size of a body, and of a group: together a few milliseconds of work.
INFLATED_BYTES, GROUP_BYTES = 256 * 1024, 1 << 20


class Delivery(Protocol):
    """A request with a complete body and a verified key."""

    form: fast_path.Form
    encoding: str

    @property
    def payload(self) -> bytes: ...

    def accept(self) -> None:
        """Respond with 202."""

    def hand_over(self) -> None:
        """Pass the request to the regular path."""


class Direct:
    """Collects deliveries into batches. Requires a running event loop."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._waiting: list[Delivery] = []
        self._timer: asyncio.TimerHandle | None = None

    def knows(self, api_key: str) -> bool:
        """Whether a delivery with this key may be handled without further checks."""
        return fast_path.ready() and self._intake.services.authenticator.has_seen(api_key)

    def take(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)
        if len(self._waiting) >= GROUP:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        for form in (fast_path.PROTOBUF, fast_path.JSON):
            group = [delivery for delivery in waiting if delivery.form is form]
            if group:
                self._handle(form, group)

    def _handle(self, form: fast_path.Form, group: Sequence[Delivery]) -> None:
        opened: list[Delivery] = []
        bodies: list[bytes] = []
        room = GROUP_BYTES
        for delivery in group:
            try:
                bodies.append(inflate(delivery.payload, delivery.encoding, min(INFLATED_BYTES, room)))
            except (TooLarge, PayloadError):
                delivery.hand_over()
            else:
                opened.append(delivery)
                room -= len(bodies[-1])
        if not bodies:
            return
        batch, clean = fast_path.decode_known(
            form, bodies, self._intake.known_series(), self._intake.window()
        )
        for delivery, good in zip(opened, clean, strict=True):
            if not good:
                delivery.hand_over()
        self._store(list(compress(opened, clean)), batch)

    def _store(self, group: Sequence[Delivery], batch: PointBatch) -> None:
        tables = point_tables(batch, int(self._intake.services.now()))
        points: PointRows = tables["points"]
        if not points.num_rows:
            _answer(group, stored=True)
            return
        try:
            done = self._intake.services.writer.submit(tables)
        except (StoreFull, DiskFull):
            _answer(group, stored=False)
            return
        done.add_done_callback(lambda result: self._settle(group, points.num_rows, result))

    def _settle(self, group: Sequence[Delivery], points: int, result: asyncio.Future[None]) -> None:
        stored = not result.cancelled() and result.exception() is None
        if stored:
            telemetry.count("heeler.intake.points", points)
        _answer(group, stored=stored)


def _answer(group: Sequence[Delivery], *, stored: bool) -> None:
    for delivery in group:
        if stored:
            delivery.accept()
        else:
            delivery.hand_over()

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

from heeler.intake.accounting import taken
from heeler.intake.endpoints import Intake, point_tables
from heeler.metric_usage.key_usage import KeyUsageCounter
from heeler.store.arrow_tables import PointRows
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
    key_id: str
    """Id of the API key."""

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
        self._usage = intake.services.part(KeyUsageCounter)
        self._waiting: list[Delivery] = []
        self._timer: asyncio.TimerHandle | None = None

    def sender(self, api_key: str) -> str | None:
        """Id of an API key whose deliveries may be handled without further checks."""
        if not fast_path.ready():
            return None
        key_id = self._intake.services.authenticator.seen_id(api_key)
        if key_id is None or self._usage.exceeded(key_id, ("bytes", "points")) is not None:
            return None
        return key_id

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
            senders = dict.fromkeys(delivery.key_id for delivery in waiting if delivery.form is form)
            for key_id in senders:  # counted by key
                self._handle(form, [one for one in waiting if one.form is form and one.key_id == key_id])

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
        if self._intake.limits.over(batch):
            clean = [False] * len(opened)
        for delivery, good in zip(opened, clean, strict=True):
            if not good:
                delivery.hand_over()
        if not any(clean):
            return
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
        done.add_done_callback(lambda result: self._settle(group, batch, points.num_rows, result))

    def _settle(
        self, group: Sequence[Delivery], batch: PointBatch, points: int, result: asyncio.Future[None]
    ) -> None:
        stored = not result.cancelled() and result.exception() is None
        if stored:
            taken(self._intake.services, "points", points, group[0].key_id)
            self._intake.limits.note_points(batch)
            self._usage.note(group[0].key_id, "bytes", sum(len(one.payload) for one in group))
        _answer(group, stored=stored)


def _answer(group: Sequence[Delivery], *, stored: bool) -> None:
    for delivery in group:
        if stored:
            delivery.accept()
        else:
            delivery.hand_over()

"""Delivery of the outbox: one ordered queue for each recipient, so that a hanging recipient delays no other.

A message is claimed in the database before it is sent, so that two servers do not send it twice. Temporary
failures are retried with increasing delays, and later messages of the same group wait; every attempt is
recorded. Many notifications to one recipient are combined (:mod:`heeler.notify.digest_messages`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.sql import ColumnElement

from heeler.api.services import Services
from heeler.notify.channels.base import MAX_WAIT, DeliveryError, Receipt
from heeler.notify.channels.registry import CHANNELS
from heeler.notify.digest_messages import WORST, Item, digest, room
from heeler.notify.model import DeliveryAttempt, OutboxMessage
from heeler.notify.senders import NO_ANSWER, NO_MAIL_SERVER, Configured, configured, deliver
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.notify")
MAX_ATTEMPTS = 12
"""About three hours, with the delays between them."""
MAX_AGE = timedelta(hours=24)
"""A message not accepted by then has failed, also if the receiver requested to wait each time."""
MAX_PAUSE = 30.0
"""Maximum delay for a recipient after a failure, seconds; the failed message may wait longer."""
LEASE = timedelta(minutes=2)
"""Seconds for which a claimed message is reserved; longer than any attempt takes."""
MAX_LANES, MAX_MAIL_LANES = 16, 4
"""Recipients that are sent to at a time; of mail fewer, as they share a server."""
LONGEST_WAIT = MAX_WAIT
"""Seconds to the next attempt at most: those of :func:`backoff`, or what the receiver asked for."""
_BATCH = 200
_IDLE_SECONDS = 1.0

Lane = tuple[str, str]
"""Key of a queue: channel and recipient."""


def _is_due(now: float) -> ColumnElement[bool]:
    """Whether a pending message may be sent. A time that is too far ahead is from before the clock was set
    back: the message does not wait for it."""
    ahead = _moment(now + LONGEST_WAIT)
    return or_(OutboxMessage.next_attempt <= _moment(now), OutboxMessage.next_attempt > ahead)


def backoff(attempts: int) -> timedelta:
    """Retry delay: 5 s, 10 s, 20 s … at most an hour."""
    return timedelta(seconds=min(5 * 2 ** max(attempts - 1, 0), 3600))


async def deliver_forever(services: Services) -> None:
    """Background task of delivery, for the server's lifetime."""
    courier = services.part(Courier)
    async with asyncio.TaskGroup() as tasks:
        while True:
            try:
                await courier.start_due(tasks)
                await asyncio.sleep(_IDLE_SECONDS)
            except Exception:  # a temporary database failure must not end delivery
                log.exception("Delivery of the outbox failed; trying again in 5 s")
                await asyncio.sleep(5)


async def deliver_due(services: Services) -> int:
    """Send every message due now; returns the number of attempts."""
    courier = services.part(Courier)
    before = courier.attempts
    while True:
        attempts = courier.attempts
        async with asyncio.TaskGroup() as tasks:
            await courier.start_due(tasks)
        if courier.attempts == attempts:
            return courier.attempts - before


@dataclass(slots=True)
class _Pending:
    """Summary of a queued message, before it is loaded completely."""

    id: int
    attempts: int
    due: bool
    group_key: str


@dataclass
class Courier:
    """The queues in delivery. Owned by :func:`deliver_forever`."""

    services: Services
    running: dict[Lane, asyncio.Task[None]] = field(default_factory=dict)
    attempts: int = 0
    paused: dict[Lane, float] = field(default_factory=dict)
    """End of the delay of a queue, UNIX seconds."""
    recent: dict[Lane, deque[float]] = field(default_factory=dict)
    """Times of the monitor notifications sent in the last minute."""
    waiting: list[Lane] = field(default_factory=list)
    """Queues with a due message that are not in delivery, the most urgent first."""
    known: Configured = field(default_factory=Configured)

    async def start_due(self, tasks: asyncio.TaskGroup) -> None:
        """Start a task of ``tasks`` for each queue with a due message, within bounds."""
        now = self.services.now()
        self.paused = {
            lane: until for lane, until in self.paused.items() if now < until <= now + LONGEST_WAIT
        }
        query = (
            select(OutboxMessage.channel, OutboxMessage.recipient)
            .where(OutboxMessage.state == "pending", _is_due(now))
            .group_by(OutboxMessage.channel, OutboxMessage.recipient)
            .order_by(func.max(OutboxMessage.severity).desc(), func.min(OutboxMessage.id))
            .limit(1000)
        )
        async with self.services.database.session() as db:
            lanes = [(row.channel, row.recipient) for row in await db.execute(query)]
            lanes = [lane for lane in lanes if self._may_start(lane)]
            # Read before the queues wait: one that ends takes the next at once, with what is known then.
            known = await configured(db) if lanes else self.known
        self.known, self.waiting = known, [lane for lane in lanes if self._may_start(lane)]
        while (lane := self._next()) is not None:
            self.running[lane] = tasks.create_task(self._run(lane))

    def _may_start(self, lane: Lane) -> bool:
        return lane not in self.running and lane not in self.paused

    def _next(self) -> Lane | None:
        """The queue to start now, taken from those that wait."""
        if len(self.running) >= MAX_LANES:
            return None
        mails = sum(channel == "email" for channel, _ in self.running)
        for place, lane in enumerate(self.waiting):
            if lane[0] != "email" or mails < MAX_MAIL_LANES:
                return self.waiting.pop(place)
        return None

    async def _run(self, first: Lane) -> None:
        """Deliver ``first``, then whatever queue waits for its place."""
        lane: Lane | None = first
        while lane is not None:
            try:
                await self._drain(lane, self.known)
            except Exception:
                telemetry.count("heeler.notifications.lost_lanes")
                log.exception("Delivery to %s %s failed; trying again in %d s", *lane, MAX_PAUSE)
                self.paused[lane] = self.services.now() + MAX_PAUSE
            finally:
                task = self.running.pop(lane)
            lane = self._next()
            if lane is not None:
                self.running[lane] = task

    async def _drain(self, lane: Lane, known: Configured) -> None:
        """Send due messages in order, until there are none or the receiver does not accept one."""
        await self._join(lane)
        for item in await self._ready(lane):
            if item.group_key and self._room(lane) == 0:
                self.paused[lane] = self.recent[lane][0] + 60
                return
            if not await self._attempt(lane, item, known):
                return

    async def _ready(self, lane: Lane) -> list[_Pending]:
        """The messages that may be sent now: due, and not behind another of their group that waits."""
        query = (
            select(
                OutboxMessage.id,
                OutboxMessage.attempts,
                _is_due(self.services.now()).label("due"),
                OutboxMessage.group_key,
            )
            .where(*_pending(lane))
            .order_by(OutboxMessage.id)
            .limit(_BATCH)
        )
        async with self.services.database.session() as db:
            rows = await db.execute(query)
            items = [_Pending(row.id, row.attempts, bool(row.due), row.group_key) for row in rows]
        behind: set[str] = set()
        ready = []
        for item in items:
            if item.due and item.group_key not in behind:
                ready.append(item)
            elif item.group_key:
                behind.add(item.group_key)
        return ready

    async def _attempt(self, lane: Lane, item: _Pending, known: Configured) -> bool:
        """Send one message; returns whether the next of the queue may be sent."""
        now = _moment(self.services.now())
        message = await self._claim(item, now)
        if message is None:
            return True
        self.attempts += 1
        error: DeliveryError | None = None
        receipt = Receipt("")
        try:
            thread, repeated = await self._thread(message), await self._may_be_delivered(message)
            receipt = await deliver(self.services, known, message, thread, now, repeated=repeated)
        except DeliveryError as problem:
            error = problem
        except TimeoutError as problem:
            error = DeliveryError(f"{NO_ANSWER} in time {problem}".strip())
        except (OSError, ValueError) as problem:
            error = DeliveryError(f"{type(problem).__name__}: {problem}")
        except Exception as problem:  # one message that cannot be sent must not block the others forever
            log.exception("%s to %s failed", message.channel, message.recipient)
            error = DeliveryError(f"{type(problem).__name__}: {problem}")
        if error is None:
            await self._sent(message, receipt)
            if _joins(lane) and (message.group_key or message.severity):
                self.recent.setdefault(lane, deque()).append(self.services.now())
            return True
        await self._failed(lane, message, error, known.label(*lane))
        return error.final

    async def _claim(self, item: _Pending, now: datetime) -> OutboxMessage | None:
        """The message, with its attempt counted; None if another server was first."""
        async with self.services.database.session() as db:
            done = await db.execute(
                update(OutboxMessage)
                .where(OutboxMessage.id == item.id, OutboxMessage.state == "pending")
                .where(OutboxMessage.attempts == item.attempts)
                .values(attempts=item.attempts + 1, next_attempt=now + LEASE)
                .execution_options(synchronize_session=False)
            )
            if not isinstance(done, CursorResult) or done.rowcount != 1:
                return None
            return await db.get(OutboxMessage, item.id)

    async def _may_be_delivered(self, message: OutboxMessage) -> bool:
        """Whether an earlier attempt may have reached the receiver: the server ended before it was recorded,
        or there was no response. Then this attempt is marked as a repetition.
        """
        if message.attempts < 2:
            return False
        query = select(DeliveryAttempt.answer).where(DeliveryAttempt.message_id == message.id)
        async with self.services.database.session() as db:
            answers = (await db.scalars(query)).all()
        return len(answers) < message.attempts - 1 or any(one.startswith(NO_ANSWER) for one in answers)

    async def _thread(self, message: OutboxMessage) -> str:
        """Reference of the first message about the same group since its last recovery."""
        if not message.group_key or message.channel not in CHANNELS:
            return ""
        query = (
            select(OutboxMessage.reference, OutboxMessage.severity)
            .where(OutboxMessage.channel == message.channel, OutboxMessage.recipient == message.recipient)
            .where(OutboxMessage.state == "sent", OutboxMessage.group_key == message.group_key)
            .where(OutboxMessage.id < message.id)
            .order_by(OutboxMessage.id.desc())
            .limit(1)
        )
        async with self.services.database.session() as db:
            found = (await db.execute(query)).first()
        return found.reference if found is not None and found.severity != 1 else ""

    async def _sent(self, message: OutboxMessage, receipt: Receipt) -> None:
        now = _moment(self.services.now())
        kept = receipt is NO_MAIL_SERVER
        telemetry.count("heeler.notifications.kept" if kept else "heeler.notifications.sent")
        async with self.services.database.session() as db:
            row = await db.get_one(OutboxMessage, message.id)
            row.state, row.sent, row.error = ("kept", None, "") if kept else ("sent", now, "")
            row.reference = receipt.reference[:200]
            if row.secret and not kept:
                row.text = ""
            db.add(DeliveryAttempt(message_id=message.id, time=now, ok=not kept, answer=receipt.answer))

    async def _failed(self, lane: Lane, message: OutboxMessage, error: DeliveryError, label: str) -> None:
        now = _moment(self.services.now())
        wait = timedelta(seconds=error.wait) if error.wait is not None else backoff(message.attempts)
        tired = message.attempts >= MAX_ATTEMPTS and error.wait is None
        over = error.final or tired or now + wait > message.created + MAX_AGE
        log.warning("%s to %s failed: %s", message.channel, label, error)
        telemetry.count("heeler.notifications.failed" if over else "heeler.notifications.retried")
        async with self.services.database.session() as db:
            row = await db.get_one(OutboxMessage, message.id)
            row.error = str(error)
            row.state = "failed" if over else "pending"
            if row.secret and over:
                row.text = ""
            row.next_attempt = now + wait
            db.add(
                DeliveryAttempt(
                    message_id=message.id, time=now, ok=False, answer=str(error),
                    next_attempt=None if over else now + wait,
                )
            )  # fmt: skip
        if not error.final:
            pause = error.wait if error.wait is not None else min(wait.total_seconds(), MAX_PAUSE)
            self.paused[lane] = self.services.now() + pause

    def _room(self, lane: Lane) -> int:
        sent, now = self.recent.get(lane), self.services.now()
        while sent and not now - 60 < sent[0] <= now:
            sent.popleft()
        return room(len(sent or ()))

    async def _join(self, lane: Lane) -> None:
        """Combine messages beyond this minute's limit into a digest."""
        if not _joins(lane):
            return
        free = self._room(lane)
        now = self.services.now()
        fresh = [
            *_pending(lane), OutboxMessage.group_key != "", OutboxMessage.attempts == 0,
            _is_due(now),
        ]  # fmt: skip
        async with self.services.database.session() as db:
            count = await db.scalar(select(func.count()).select_from(OutboxMessage).where(*fresh)) or 0
            if free == 0 or count <= free:
                return
            last = await db.scalar(
                select(OutboxMessage.id).where(*fresh).order_by(OutboxMessage.id).offset(free - 1).limit(1)
            )
            rest = [*fresh, OutboxMessage.id >= last]
            counts = await db.execute(
                select(OutboxMessage.severity, func.count()).where(*rest).group_by(OutboxMessage.severity)
            )
            worst = await db.execute(
                select(OutboxMessage.subject, OutboxMessage.severity)
                .where(*rest)
                .order_by(OutboxMessage.severity.desc(), OutboxMessage.id)
                .limit(WORST)
            )
            content, text, html = digest(
                Counter({int(row[0]): int(row[1]) for row in counts}),
                [Item(row.subject, row.severity) for row in worst],
                self.services.settings.url,
                now,
            )
            made = OutboxMessage(
                channel=lane[0], recipient=lane[1], subject=content.title, text=text, html=html,
                severity=content.severity, content=content.stored(), created=_moment(now),
                next_attempt=_moment(now),
            )  # fmt: skip
            db.add(made)
            await db.flush()
            await db.execute(
                update(OutboxMessage)
                .where(*rest)
                .values(state="digest", digest_id=made.id, picture=None)
                .execution_options(synchronize_session=False)
            )
        telemetry.count("heeler.notifications.digests")


def _joins(lane: Lane) -> bool:
    """Whether the recipient's channel allows digests, as people read its messages."""
    channel = CHANNELS.get(lane[0])
    return lane[0] == "email" or (channel is not None and channel.digests)


def _pending(lane: Lane) -> list[ColumnElement[bool]]:
    return [
        OutboxMessage.channel == lane[0],
        OutboxMessage.recipient == lane[1],
        OutboxMessage.state == "pending",
    ]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

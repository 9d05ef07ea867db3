"""Queue of one destination: in memory, spooled to disk, sent by one thread.

A metrics queue sends fresh payloads before spooled ones and drops the oldest when its spool is full. An
ordered queue, for logs, sends strictly by age and drops nothing: it stops accepting instead.
"""

from __future__ import annotations

import hashlib
import logging
import random
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from heeler.agent.config import Config
from heeler.agent.forwarder.destination import Destination
from heeler.agent.forwarder.http import HttpSender, Outcome
from heeler.agent.forwarder.split import split_transaction
from heeler.agent.forwarder.spool import Spool
from heeler.agent.forwarder.transaction import Transaction, Verdict, backoff_seconds

log = logging.getLogger(__name__)
_REPEAT_PROBLEM_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Item:
    """A payload in memory; ``settled`` is called when it no longer depends on this process."""

    transaction: Transaction
    settled: Callable[[], None] | None = None

    def settle(self) -> None:
        if self.settled is not None:
            self.settled()


class DestinationQueue:
    """Delivers to one destination. ``put`` is thread-safe."""

    def __init__(
        self,
        destination: Destination,
        config: Config,
        spool: Path,
        clock: Callable[[], float],
        *,
        ordered: bool = False,
    ) -> None:
        self.destination = destination
        self._config = config
        self._clock = clock
        self._ordered = ordered
        self._memory_limit = config.integer("forwarder_retry_queue_payloads_max_size")
        name = hashlib.blake2b(f"{destination.url} {destination.api_key}".encode(), digest_size=6).hexdigest()
        self._spool = Spool(spool / name, config.integer("forwarder_storage_max_size_in_bytes"))
        self._http = HttpSender(destination, config)
        self._fresh: deque[Item] = deque()
        self._fresh_bytes = 0
        self._head: deque[Transaction] = deque()
        """Remaining parts of the spool's oldest payload, which 413 may have split."""
        self._head_file: Path | None = None
        self._sending = False
        self._wake = threading.Condition()
        self._stopping_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)
        self._errors = 0
        self._blocked_until = 0.0
        self._counts: Counter[str] = Counter()
        self._drops: Counter[str] = Counter()
        self._problem = ""
        self._logged: dict[str, float] = {}

    def start(self) -> None:
        self._thread.start()

    @property
    def pending(self) -> int:
        return len(self._fresh) + self._sending

    @property
    def accepts(self) -> bool:
        """Whether there is room in memory; always true if the spool drops its oldest payloads."""
        return not self._ordered or self._fresh_bytes < self._memory_limit

    def put(self, item: Item) -> None:
        with self._wake:
            self._append(item)
            if not self._ordered:
                while self._fresh_bytes > self._memory_limit and len(self._fresh) > 1:
                    self._to_spool(self._take_fresh())
            self._wake.notify()

    def stop(self, timeout: float) -> None:
        with self._wake:
            self._stopping_at = self._clock() + timeout
            self._wake.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout + 1.0)
        with self._wake:
            self._spool_fresh()

    def status(self) -> dict[str, Any]:
        return {
            "url": self.destination.url,
            "api_key": self.destination.key_hint,
            "problem": self._problem,
            "errors_in_a_row": self._errors,
            "queued": len(self._fresh),
            "spooled": len(self._spool),
            "spooled_bytes": self._spool.size,
            "accepts": self.accepts,
            "dropped": {
                **self._drops,
                **({"spool full": self._spool.dropped} if self._spool.dropped else {}),
            },
            "counts": dict(self._counts),
        }

    def _append(self, item: Item) -> None:
        self._fresh.append(item)
        self._fresh_bytes += item.transaction.size

    def _return(self, item: Item) -> None:
        self._fresh.appendleft(item)
        self._fresh_bytes += item.transaction.size

    def _take_fresh(self) -> Item:
        item = self._fresh.popleft()
        self._fresh_bytes -= item.transaction.size
        return item

    def _to_spool(self, item: Item) -> None:
        self._spool.put(item.transaction)
        item.settle()

    def _spool_fresh(self) -> None:
        """Move payloads from memory to the spool, as far as there is room."""
        while self._fresh:
            if not self._ordered:
                self._to_spool(self._take_fresh())
            elif self._spool.offer(self._fresh[0].transaction):
                self._take_fresh().settle()
            else:
                return

    def _run(self) -> None:
        while self._step():
            pass

    def _step(self) -> bool:
        """Wait for a payload and send it; False when the thread should end."""
        with self._wake:
            pause = self._pause()
            if self._stopping_at is not None and (pause > 0 or self._clock() >= self._stopping_at):
                return False
            if pause > 0:
                if self._errors:
                    self._spool_fresh()
                self._wake.wait(pause)
                return True
            item, fresh = self._next()
            if item is None:
                return True
            self._sending = True
        outcome = self._http.send(item.transaction)
        with self._wake:
            self._sending = False
            self._record(item.transaction, outcome)
            self._settle(item, outcome, fresh=fresh)
        return True

    def _pause(self) -> float:
        """Seconds until the next action."""
        if not self._fresh and not self._spool:
            return 60.0
        return max(self._blocked_until - self._clock(), 0.0)

    def _next(self) -> tuple[Item | None, bool]:
        """The next payload to send, and whether it is from memory."""
        if self._fresh and not (self._ordered and self._spool):
            return self._take_fresh(), True
        if self._head_file is None or self._head_file != self._spool.head:
            oldest = self._spool.peek()
            self._head = deque([oldest] if oldest else [])
            self._head_file = self._spool.head
        return (Item(self._head[0]) if self._head else None), False

    def _settle(self, item: Item, outcome: Outcome, *, fresh: bool) -> None:
        if outcome.verdict is Verdict.RETRY:
            self._back_off()
            if fresh and self._ordered:
                self._return(item)
            elif fresh:
                self._to_spool(item)
            return
        self._errors = max(self._errors - self._config.integer("forwarder_recovery_interval"), 0)
        halves = split_transaction(item.transaction) if outcome.verdict is Verdict.SPLIT else None
        if outcome.verdict is Verdict.SPLIT and halves is None:
            self._drop("413: a single item is larger than the server takes", outcome.problem)
        if fresh:
            if halves:
                self._return(Item(halves[1], item.settled))
                self._return(Item(halves[0]))
            else:
                item.settle()
        else:
            self._advance_head(halves)

    def _advance_head(self, halves: tuple[Transaction, Transaction] | None) -> None:
        """Advance in the spool: to the next part of its oldest payload, or to the next payload."""
        if self._head_file != self._spool.head:
            return  # room was made for new payloads meanwhile
        self._head.popleft()
        self._head.extendleft(reversed(halves or ()))
        if not self._head:
            self._spool.pop()
            self._head_file = None

    def _back_off(self) -> None:
        self._errors += 1
        self._blocked_until = self._clock() + backoff_seconds(
            self._errors,
            factor=self._config.number("forwarder_backoff_factor"),
            base=self._config.number("forwarder_backoff_base"),
            longest=self._config.number("forwarder_backoff_max"),
            random=random.random(),  # noqa: S311
        )

    def _record(self, transaction: Transaction, outcome: Outcome) -> None:
        self._counts[outcome.verdict.value] += 1
        self._counts[f"http_{outcome.status}" if outcome.status else "unreachable"] += 1
        if outcome.verdict is Verdict.SENT:
            self._counts[f"sent {urlsplit(transaction.path).path}"] += 1
            self._counts["sent_bytes"] += transaction.size
            self._recovered()
        elif outcome.verdict is Verdict.DROPPED:
            self._drop(f"{outcome.status}: refused by the server", outcome.problem)
        elif outcome.verdict is Verdict.RETRY:
            self._problem = outcome.problem
            self._log_problem(outcome.problem)

    def _drop(self, reason: str, problem: str) -> None:
        self._drops[reason] += 1
        self._log_problem(problem)

    def _log_problem(self, sentence: str) -> None:
        """Log each problem once, and again after five minutes."""
        key = sentence.split(" Response: ")[0]
        now = self._clock()
        if now - self._logged.get(key, -_REPEAT_PROBLEM_SECONDS) >= _REPEAT_PROBLEM_SECONDS:
            log.error("%s", sentence)
            self._logged[key] = now

    def _recovered(self) -> None:
        if self._problem:
            log.info("%s accepts payloads again", self.destination.url)
            self._problem = ""
            self._logged.clear()

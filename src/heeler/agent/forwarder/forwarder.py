"""The forwarder: a thread for each destination that sends what is fresh, then what is spooled."""

from __future__ import annotations

import hashlib
import logging
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3

from heeler import __version__
from heeler.agent.config import Config
from heeler.agent.forwarder.destination import Destination
from heeler.agent.forwarder.spool import Spool
from heeler.agent.forwarder.transaction import Transaction, Verdict, backoff_seconds, compress, verdict

log = logging.getLogger(__name__)
_REPEAT_PROBLEM_SECONDS = 300.0
PROTOBUF = "application/x-protobuf"
JSON = "application/json"


class Forwarder:
    """Sends payloads to every destination. ``submit`` may be called from any thread and never blocks."""

    def __init__(
        self,
        destinations: Sequence[Destination],
        config: Config,
        spool: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.compression = config.text("serializer_compressor_kind")
        self._lanes = [Lane(destination, config, spool, clock) for destination in destinations]

    def start(self) -> None:
        for lane in self._lanes:
            lane.start()

    def submit(
        self,
        path: str,
        body: bytes,
        content_type: str = JSON,
        headers: Mapping[str, str] | None = None,
        *,
        compression: str | None = None,
    ) -> None:
        """Queue ``body`` (uncompressed) for ``path``, such as ``/api/v2/series``.

        ``compression`` is zstd, zlib or none; the setting ``serializer_compressor_kind`` where not given.
        """
        packed, encoding = compress(body, compression or self.compression)
        sent = {
            "Content-Type": content_type,
            "DD-Agent-Version": __version__,
            "User-Agent": f"datadog-agent/{__version__} (heeler)",
            **(headers or {}),
        }
        if encoding != "identity":
            sent["Content-Encoding"] = encoding
        if content_type == PROTOBUF:
            sent.setdefault("DD-Agent-Payload", "5.0.0")
        transaction = Transaction(path, packed, sent, time.time())
        for lane in self._lanes:
            lane.put(transaction)

    def status(self) -> dict[str, Any]:
        return {"destinations": [lane.status() for lane in self._lanes]}

    @property
    def pending(self) -> int:
        """Transactions that no destination's answer has settled yet."""
        return sum(lane.pending for lane in self._lanes)

    def drain(self, timeout: float) -> bool:
        """Wait until nothing fresh is left to send, at most ``timeout`` seconds; whether that came to be."""
        deadline = time.monotonic() + timeout
        while self.pending and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.pending

    def stop(self, timeout: float) -> None:
        """Send what can be sent within ``timeout`` seconds and spool the rest."""
        for lane in self._lanes:
            lane.stop(timeout)


class Lane:
    """One destination: its queue, its spool, its thread."""

    def __init__(
        self, destination: Destination, config: Config, spool: Path, clock: Callable[[], float]
    ) -> None:
        self.destination = destination
        self._clock = clock
        self._factor = config.number("forwarder_backoff_factor")
        self._base = config.number("forwarder_backoff_base")
        self._longest = config.number("forwarder_backoff_max")
        self._recovery = config.integer("forwarder_recovery_interval")
        self._memory_limit = config.integer("forwarder_retry_queue_payloads_max_size")
        name = hashlib.blake2b(f"{destination.url} {destination.api_key}".encode(), digest_size=6).hexdigest()
        self._spool = Spool(spool / name, config.integer("forwarder_storage_max_size_in_bytes"))
        self._http = _pool(destination.url, config)
        self._fresh: deque[Transaction] = deque()
        self._fresh_bytes = 0
        self._sending = False
        self._wake = threading.Condition()
        self._stopping_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)
        self._errors = 0
        self._blocked_until = 0.0
        self._counts: Counter[str] = Counter()
        self._problem = ""
        self._problem_logged = -_REPEAT_PROBLEM_SECONDS

    def start(self) -> None:
        self._thread.start()

    @property
    def pending(self) -> int:
        return len(self._fresh) + self._sending

    def put(self, transaction: Transaction) -> None:
        with self._wake:
            self._fresh.append(transaction)
            self._fresh_bytes += transaction.size
            while self._fresh_bytes > self._memory_limit and len(self._fresh) > 1:
                self._spool.put(self._take_fresh())
            self._wake.notify()

    def stop(self, timeout: float) -> None:
        with self._wake:
            self._stopping_at = self._clock() + timeout
            self._wake.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout + 1.0)
        with self._wake:
            while self._fresh:
                self._spool.put(self._take_fresh())

    def status(self) -> dict[str, Any]:
        return {
            "url": self.destination.url,
            "api_key": self.destination.key_hint,
            "problem": self._problem,
            "errors_in_a_row": self._errors,
            "queued": len(self._fresh),
            "spooled": len(self._spool),
            "spooled_bytes": self._spool.size,
            "counts": {**self._counts, "lost_from_spool": self._spool.dropped},
        }

    def _take_fresh(self) -> Transaction:
        transaction = self._fresh.popleft()
        self._fresh_bytes -= transaction.size
        return transaction

    def _run(self) -> None:
        while self._step():
            pass

    def _step(self) -> bool:
        """Wait for something to send and send it; False when it is time to end."""
        with self._wake:
            pause = self._pause()
            if self._stopping_at is not None and (pause > 0 or self._clock() >= self._stopping_at):
                return False
            if pause > 0:
                while self._fresh and self._errors:
                    self._spool.put(self._take_fresh())
                self._wake.wait(pause)
                return True
            fresh = bool(self._fresh)
            transaction = self._take_fresh() if fresh else self._spool.peek()
            if transaction is None:
                return True
            self._sending = True
        outcome = self._send(transaction)
        with self._wake:
            self._sending = False
            self._settle(transaction, fresh, outcome)
        return True

    def _pause(self) -> float:
        """Seconds until there is something to do."""
        if not self._fresh and not self._spool:
            return 60.0
        return max(self._blocked_until - self._clock(), 0.0)

    def _settle(self, transaction: Transaction, fresh: bool, outcome: Verdict) -> None:
        if outcome is Verdict.RETRY:
            self._errors += 1
            self._blocked_until = self._clock() + backoff_seconds(
                self._errors,
                factor=self._factor,
                base=self._base,
                longest=self._longest,
                random=random.random(),  # noqa: S311
            )
            if fresh:
                self._spool.put(transaction)
        else:
            self._errors = max(self._errors - self._recovery, 0)
            if not fresh:
                self._spool.pop()

    def _send(self, transaction: Transaction) -> Verdict:
        try:
            answer = self._http.request(
                transaction.method,
                f"{self.destination.url}{transaction.path}",
                body=transaction.body,
                headers={**transaction.headers, "DD-Api-Key": self.destination.api_key},
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self._counts["unreachable"] += 1
            self._complain(self.destination.unreachable(error))
            return Verdict.RETRY
        outcome = verdict(answer.status)
        self._counts[outcome.value] += 1
        self._counts[f"http_{answer.status}"] += 1
        if outcome is Verdict.SENT:
            self._counts[f"sent {urlsplit(transaction.path).path}"] += 1
            self._counts["sent_bytes"] += transaction.size
            self._recovered()
        else:
            said = answer.data[:300].decode(errors="replace").strip()
            self._complain(f"{self.destination.refusal(answer.status)} It said: {said}")
        return outcome

    def _complain(self, sentence: str) -> None:
        now = self._clock()
        if sentence != self._problem or now - self._problem_logged > _REPEAT_PROBLEM_SECONDS:
            log.error("%s", sentence)
            self._problem, self._problem_logged = sentence, now

    def _recovered(self) -> None:
        if self._problem:
            log.info("%s takes payloads again", self.destination.url)
            self._problem = ""


def _pool(url: str, config: Config) -> urllib3.PoolManager:
    """Connections to ``url``, through the proxy that the configuration names for it."""
    parts = urlsplit(url)
    options: dict[str, Any] = {
        "timeout": urllib3.Timeout(total=config.number("forwarder_timeout")),
        "retries": False,
        "cert_reqs": "CERT_NONE" if config.flag("skip_ssl_validation") else "CERT_REQUIRED",
    }
    proxy = config.text(f"proxy.{parts.scheme}")
    exempt = {*config.strings("proxy.no_proxy"), "localhost", "127.0.0.1", "::1"}
    if proxy and parts.hostname not in exempt:
        return urllib3.ProxyManager(proxy, **options)
    return urllib3.PoolManager(**options)

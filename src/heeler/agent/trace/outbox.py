"""Send buffer of the trace component: hands spans to the forwarder every two seconds, statistics when due."""

from __future__ import annotations

import gc
import gzip
import threading
import time
from collections import Counter
from collections.abc import Callable

from heeler import __version__
from heeler.agent.forwarder import Forwarder
from heeler.wire.traces import agent_payload, fast_encode
from heeler.wire.traces.client_stats import StatsOfAgent, StatsOfTracer, encode_agent
from heeler.wire.traces.spans import AgentTraces, TracerPayload

FLUSH_SECONDS = 2.0
MOST_SPANS = 5000
"""Number of pending spans that triggers an immediate delivery."""
BUSY_SPANS, BUSY_SECONDS = 100_000, 60.0
"""Number of spans within a time from which the compiled encoder is loaded: for fewer, its 150 MB and seconds
of processor time are not worth it."""
_GC_THRESHOLD = (20_000, 20, 20)
_MOST_GROUPS = 4000
_PROTOBUF = "application/x-protobuf"
_MSGPACK = "application/msgpack"


class Outbox:
    """``clock`` returns seconds."""

    def __init__(
        self, forwarder: Forwarder, hostname: str, env: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._forwarder = forwarder
        self._hostname = hostname
        self._env = env
        self._waiting: list[TracerPayload] = []
        self._spans = 0
        self._clock = clock
        self._window, self._in_window = clock(), 0
        self._loading: threading.Thread | None = None
        self.counts: Counter[str] = Counter()

    def put(self, payload: TracerPayload) -> None:
        if not payload.chunks:
            return
        self._waiting.append(payload)
        self._spans += sum(len(chunk.spans) for chunk in payload.chunks)
        if self._spans >= MOST_SPANS:
            self.flush()

    def flush(self) -> None:
        """Send the pending spans."""
        if not self._waiting:
            return
        waiting, spans = self._waiting, self._spans
        self._waiting, self._spans = [], 0
        body = agent_payload.encode(
            AgentTraces(self._hostname, self._env, __version__, waiting, {"agent": "heeler"})
        )
        self._forwarder.submit("/api/v0.2/traces", body, _PROTOBUF)
        self.counts["payloads"] += 1
        self.counts["spans"] += spans
        if self._loading is None and self._is_busy(spans):
            self._loading = threading.Thread(target=_prepare_for_many, name="span encoder", daemon=True)
            self._loading.start()

    def _is_busy(self, spans: int) -> bool:
        now = self._clock()
        if now - self._window >= BUSY_SECONDS:
            self._window, self._in_window = now, 0
        self._in_window += spans
        return self._in_window >= BUSY_SPANS

    def send_stats(self, stats: list[StatsOfTracer]) -> None:
        """Send statistics, in payloads of at most 4,000 groups."""
        for part in _parts(stats):
            body = encode_agent(StatsOfAgent(self._hostname, self._env, __version__, part))
            self._forwarder.submit(
                "/api/v0.2/stats",
                gzip.compress(body, 6),
                _MSGPACK,
                {"Content-Encoding": "gzip"},
                compression="none",
            )
            self.counts["stats_payloads"] += 1


def _prepare_for_many() -> None:
    """Load the compiled encoder, and let the garbage collector look less often at what is no garbage: its
    code, and thousands of spans that live as long as their delivery."""
    fast_encode.prepare()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLD)


def _parts(stats: list[StatsOfTracer]) -> list[list[StatsOfTracer]]:
    parts: list[list[StatsOfTracer]] = []
    room = 0
    for one in stats:
        size = sum(len(bucket.groups) for bucket in one.buckets)
        if not parts or size > room:
            parts.append([])
            room = _MOST_GROUPS
        parts[-1].append(one)
        room -= size
    return parts

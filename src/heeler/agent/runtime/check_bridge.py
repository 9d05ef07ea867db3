"""Bridge between checks and the agent: collects samples, events, metadata and caches of all check
instances."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from heeler.agent.aggregation.check_sampler import CheckSampler, make_context
from heeler.agent.aggregation.histogram import HistogramSettings
from heeler.agent.config import Config

__all__ = ["Bridge", "Inbox", "make_context"]
_T = TypeVar("_T")
MAX_QUEUED = 100_000
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


@dataclass
class Inbox:
    """All data submitted by one check instance."""

    check_id: str
    sampler: CheckSampler
    tags: tuple[str, ...] = ()
    """Tags added to everything: ``service:`` of the configuration."""
    default_host: str = ""
    events: int = 0
    service_checks: int = 0
    platform_events: int = 0
    metadata: dict[str, str] = field(default_factory=dict)


class Bridge:
    """Shared by all checks of a process; thread-safe."""

    def __init__(self, config: Config, hostname: str, *, clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self.hostname = hostname
        self.clock = clock
        self.started = clock()
        self.log = logging.getLogger("heeler.agent.checks")
        self._settings = HistogramSettings.of(config)
        self._inboxes: dict[str, Inbox] = {}
        self._lock = threading.Lock()
        self._events: deque[dict[str, Any]] = deque(maxlen=MAX_QUEUED)
        self._service_checks: deque[dict[str, Any]] = deque(maxlen=MAX_QUEUED)
        self._platform_events: deque[tuple[str, bytes]] = deque(maxlen=MAX_QUEUED)
        self._logs: deque[tuple[str, str]] = deque(maxlen=MAX_QUEUED)
        self.external_tags: dict[str, dict[str, list[str]]] = {}

    def register(
        self, check_id: str, tags: Iterable[str] = (), *, empty_default_hostname: bool = False
    ) -> Inbox:
        """The inbox of a check instance, created at the first call for its id."""
        with self._lock:
            if check_id not in self._inboxes:
                host = "" if empty_default_hostname else self.hostname
                sampler = CheckSampler(self._settings, self.clock)
                self._inboxes[check_id] = Inbox(check_id, sampler, tuple(tags), host)
            return self._inboxes[check_id]

    def inbox(self, check_id: str) -> Inbox:
        return self._inboxes.get(check_id) or self.register(check_id)

    def inboxes(self) -> list[Inbox]:
        with self._lock:
            return list(self._inboxes.values())

    def forget(self, check_id: str) -> None:
        with self._lock:
            self._inboxes.pop(check_id, None)

    def add_event(self, check_id: str, event: Mapping[str, Any]) -> None:
        inbox = self.inbox(check_id)
        inbox.events += 1
        tags = [*_strings(event.get("tags") or ()), *inbox.tags]
        self._events.append(
            {
                "msg_title": str(event.get("msg_title") or ""),
                "msg_text": str(event.get("msg_text") or ""),
                "timestamp": _timestamp(event.get("timestamp")) or int(self.clock()),
                "host": str(event.get("host") or inbox.default_host),
                **{key: str(event[key]) for key in _EVENT_TEXTS if event.get(key)},
                **({"tags": sorted(set(tags))} if tags else {}),
            }
        )

    def add_service_check(
        self, check_id: str, name: str, status: int, tags: Iterable[str], host: str, message: str
    ) -> None:
        inbox = self.inbox(check_id)
        inbox.service_checks += 1
        self._service_checks.append(
            {
                "check": name,
                "host_name": host or inbox.default_host,
                "timestamp": int(self.clock()),
                "status": status,
                "message": message,
                "tags": sorted({*tags, *inbox.tags}),
            }
        )

    def add_platform_event(self, check_id: str, raw: bytes, track: str) -> None:
        self.inbox(check_id).platform_events += 1
        self._platform_events.append((track, raw))

    def add_log(self, check_id: str, line: str) -> None:
        self._logs.append((check_id, line))

    def take_events(self) -> list[dict[str, Any]]:
        return _drain(self._events)

    def take_service_checks(self) -> list[dict[str, Any]]:
        return _drain(self._service_checks)

    def take_platform_events(self) -> list[tuple[str, bytes]]:
        return _drain(self._platform_events)

    def take_logs(self) -> list[tuple[str, str]]:
        return _drain(self._logs)

    def read_cache(self, key: str) -> str:
        try:
            return self._cache_file(key).read_text()
        except OSError:
            return ""

    def write_cache(self, key: str, value: str) -> None:
        file = self._cache_file(key)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = file.with_name(f"{file.name}.tmp")
        temporary.touch(mode=0o600)
        temporary.write_text(value)
        temporary.replace(file)

    def host_tags_json(self) -> str:
        return json.dumps({"system": self.config.host_tags})

    def _cache_file(self, key: str) -> Path:
        first, _, rest = key.partition(":")
        parts = [part for part in (_UNSAFE.sub("", first), _UNSAFE.sub("", rest)) if part]
        return self.config.run_path.joinpath("cache", *parts)


_EVENT_TEXTS = ("priority", "alert_type", "aggregation_key", "source_type_name", "event_type")


def _strings(values: Iterable[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _timestamp(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _drain(queue: deque[_T]) -> list[_T]:
    taken = []
    while queue:
        taken.append(queue.popleft())
    return taken

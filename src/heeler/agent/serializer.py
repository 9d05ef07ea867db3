"""Serializes series, sketches, service checks and events into HTTP requests."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from heeler.agent.forwarder import Forwarder
from heeler.wire.metrics.encode_series import Series, encode_payloads
from heeler.wire.metrics.encode_sketches import SketchSeries, encode_sketch_payloads

_PROTOBUF = "application/x-protobuf"
_JSON_ITEMS = 1000


class Serializer:
    """Serializes aggregated data and passes it to the forwarder."""

    def __init__(self, forwarder: Forwarder, hostname: str) -> None:
        self._forwarder = forwarder
        self._hostname = hostname
        self.series = self.sketches = self.service_checks = self.events = 0

    def send_series(self, series: Iterable[Series]) -> None:
        def counted() -> Iterable[Series]:
            for one in series:
                self.series += 1
                yield one

        for payload in encode_payloads(counted()):
            self._forwarder.submit("/api/v2/series", payload, _PROTOBUF)

    def send_series_payloads(self, payloads: Iterable[bytes], series: int) -> None:
        """Send already encoded payloads, with the number of series in them."""
        self.series += series
        for payload in payloads:
            self._forwarder.submit("/api/v2/series", payload, _PROTOBUF)

    def send_sketches(self, sketches: Sequence[SketchSeries]) -> None:
        self.sketches += len(sketches)
        for payload in encode_sketch_payloads(sketches):
            self._forwarder.submit("/api/beta/sketches", payload, _PROTOBUF)

    def send_service_checks(self, checks: Sequence[Mapping[str, Any]]) -> None:
        self.service_checks += len(checks)
        for start in range(0, len(checks), _JSON_ITEMS):
            self._post("/api/v1/check_run", checks[start : start + _JSON_ITEMS])

    def send_events(self, events: Sequence[Mapping[str, Any]]) -> None:
        self.events += len(events)
        for start in range(0, len(events), _JSON_ITEMS):
            by_source: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
            for event in events[start : start + _JSON_ITEMS]:
                by_source[str(event.get("source_type_name") or "api")].append(event)
            self.send_intake({"events": by_source})

    def send_intake(self, body: Mapping[str, Any]) -> None:
        self._post("/intake/", {"internalHostname": self._hostname, **body})

    def send_metadata(self, body: Mapping[str, Any]) -> None:
        self._post("/api/v1/metadata", body)

    def send_platform_events(self, events: Iterable[tuple[str, bytes]]) -> None:
        """Send event platform tracks, each a JSON array with bodies made by checks."""
        by_track: dict[str, list[bytes]] = defaultdict(list)
        for kind, raw in events:
            by_track[_TRACKS.get(kind, kind)].append(raw)
        for track, bodies in by_track.items():
            self._forwarder.submit(f"/api/v2/{track}", b"[" + b",".join(bodies) + b"]")

    def send_logs(self, lines: Iterable[Mapping[str, Any]]) -> None:
        batch = list(lines)
        if batch:
            self._post("/api/v2/logs", batch)

    def status(self) -> dict[str, int]:
        return {
            "Series Flushed": self.series,
            "Sketches Flushed": self.sketches,
            "Service Checks Flushed": self.service_checks,
            "Events Flushed": self.events,
        }

    def _post(self, path: str, body: Any) -> None:
        self._forwarder.submit(path, json.dumps(body).encode())


_TRACKS = {
    "dbm-samples": "databasequery",
    "dbm-metrics": "dbmmetrics",
    "dbm-activity": "dbmactivity",
    "dbm-metadata": "dbmmetadata",
    "dbm-health": "dbmhealth",
    "network-devices-metadata": "ndm",
    "event-management": "events",
}

"""What was aggregated, as requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heeler.agent.config import Config
from heeler.agent.forwarder import Forwarder, destinations
from heeler.agent.serializer import Serializer
from heeler.wire.metrics.encode_series import Series
from heeler.wire.protobuf import fields
from tests.unit.agent.intake import Intake, intake, until


@contextmanager
def serializer(tmp_path: Path) -> Iterator[tuple[Serializer, Intake]]:
    with intake() as server:
        config = Config(tmp_path, {"api_key": "k" * 8, "dd_url": server.url})
        forwarder = Forwarder(destinations(config), config, tmp_path / "spool")
        forwarder.start()
        try:
            yield Serializer(forwarder, "web-1"), server
        finally:
            forwarder.stop(2.0)


def paths(server: Intake) -> list[str]:
    return sorted(request.path for request in server.accepted)


def documents(server: Intake, path: str) -> list[object]:
    return [json.loads(request.body) for request in server.accepted if request.path == path]


def test_series_are_sent_within_limits_and_counted(tmp_path: Path) -> None:
    with serializer(tmp_path) as (one, server):
        one.send_series(Series("m", ((1, 1.0),), (f"t:{place}",)) for place in range(25_000))
        one.send_series([])
        until(lambda: len(server.accepted) == 3)
        assert set(paths(server)) == {"/api/v2/series"}
        assert sum(len(list(fields(request.body))) for request in server.accepted) == 25_000
        assert one.status()["Series Flushed"] == 25_000


def test_payloads_that_are_encoded_go_as_they_are(tmp_path: Path) -> None:
    with serializer(tmp_path) as (one, server):
        one.send_series_payloads([b"\x0a\x01a", b"\x0a\x01b"], 7)
        until(lambda: len(server.accepted) == 2)
        assert {request.body for request in server.accepted} == {b"\x0a\x01a", b"\x0a\x01b"}
        assert one.status()["Series Flushed"] == 7


def test_service_checks_go_in_parts_of_a_thousand(tmp_path: Path) -> None:
    runs = [{"check": "c", "status": 0, "timestamp": place} for place in range(2001)]
    with serializer(tmp_path) as (one, server):
        one.send_service_checks(runs)
        one.send_service_checks([])
        until(lambda: len(server.accepted) == 3)
        sent = documents(server, "/api/v1/check_run")
        assert sorted(len(part) for part in sent) == [1, 1000, 1000]  # type: ignore[arg-type]
        assert sorted(run["timestamp"] for part in sent for run in part) == list(range(2001))  # type: ignore[attr-defined]
        assert one.status()["Service Checks Flushed"] == 2001


def test_events_are_grouped_by_their_source(tmp_path: Path) -> None:
    events = [
        {"msg_title": "a", "source_type_name": "nginx"},
        {"msg_title": "b"},
        {"msg_title": "c", "source_type_name": "nginx"},
    ]
    with serializer(tmp_path) as (one, server):
        one.send_events(events)
        until(lambda: len(server.accepted) == 1)
        assert documents(server, "/intake/") == [
            {"internalHostname": "web-1", "events": {"nginx": [events[0], events[2]], "api": [events[1]]}}
        ]


def test_platform_events_go_to_their_tracks(tmp_path: Path) -> None:
    with serializer(tmp_path) as (one, server):
        one.send_platform_events([("dbm-samples", b'{"a":1}'), ("other", b"[]"), ("dbm-samples", b'{"a":2}')])
        until(lambda: len(server.accepted) == 2)
        assert paths(server) == ["/api/v2/databasequery", "/api/v2/other"]
        assert documents(server, "/api/v2/databasequery") == [[{"a": 1}, {"a": 2}]]


def test_logs_metadata_and_intake(tmp_path: Path) -> None:
    with serializer(tmp_path) as (one, server):
        one.send_logs(iter([{"message": "x"}]))
        one.send_logs([])
        one.send_metadata({"hostname": "web-1"})
        one.send_intake({"internalHostname": "other", "meta": {}})
        until(lambda: len(server.accepted) == 3)
        assert documents(server, "/api/v2/logs") == [[{"message": "x"}]]
        assert documents(server, "/api/v1/metadata") == [{"hostname": "web-1"}]
        assert documents(server, "/intake/") == [{"internalHostname": "other", "meta": {}}]

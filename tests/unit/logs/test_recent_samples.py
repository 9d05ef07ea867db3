"""Recent logs before pipelines."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from heeler.logs.matcher import compile_search
from heeler.logs.recent_samples import MAX_KINDS, MAX_LOGS, MAX_MESSAGE, RecentLogs, sample_of
from heeler.wire.logs.datadog import LogEntry, entry_of

NOW = 1_790_000_000


def log(service: str, message: str, at: int = 0) -> LogEntry:
    return entry_of({"service": service, "ddsource": "go", "message": message}, {}, (NOW + at) * 10**9)


class Clock:
    now = float(NOW)


def recent(clock: Clock) -> RecentLogs:
    return RecentLogs(cast("Any", SimpleNamespace(now=lambda: clock.now)))


def test_a_few_logs_of_each_service_are_held_as_they_came_in() -> None:
    logs, clock = recent(Clock()), Clock()
    logs = recent(clock)
    delivery = [log("a", f"a {place}", place) for place in range(100)]
    logs.add(delivery)
    delivery[0].attributes["made"] = "by a pipeline"
    found = logs.find(compile_search("service:a"), 10)
    assert [one.message for one in found] == ["a 99", "a 50", "a 0"]
    assert found[-1].attributes == {}
    assert logs.find(compile_search("service:b"), 10) == []


def test_a_busy_service_replaces_one_log_a_second() -> None:
    clock = Clock()
    logs = recent(clock)
    for place in range(MAX_LOGS + 30):
        logs.add([log("a", f"a {place}", place)])
    assert logs.find(compile_search("*"), 1)[0].message == f"a {MAX_LOGS - 1}"
    clock.now += 2
    logs.add([log("a", "later", 1000)])
    found = logs.find(compile_search("*"), 100)
    assert (len(found), found[0].message, found[-1].message) == (MAX_LOGS, "later", "a 1")


def test_memory_is_bounded() -> None:
    logs = recent(Clock())
    for place in range(MAX_KINDS + 5):
        logs.add([log(f"s{place}", "x")])
    logs.add([log("long", "x" * (MAX_MESSAGE + 1))])
    services = {one.service for one in logs.find(compile_search("*"), 10_000)}
    assert len(services) == MAX_KINDS - 1
    assert "s0" not in services


def test_a_sample_makes_the_same_log_again() -> None:
    document = {
        "message": '{"message": "paid", "level": "warn", "http": {"status_code": 500}, "usr.id": 7}',
        "service": "shop", "ddsource": "python", "hostname": "h", "ddtags": "env:prod,team:core",
    }  # fmt: skip
    entry = entry_of(document, {}, NOW * 10**9)
    again = entry_of(sample_of(entry), {}, (NOW + 5) * 10**9)
    assert (again.message, again.status, again.service, again.host) == ("paid", "warn", "shop", "h")
    assert (again.attributes["http"], again.attributes["usr"]) == ({"status_code": 500}, {"id": 7})
    assert (again.tags, again.time) == (entry.tags, entry.time)

"""Monitors of error tracking, minute by minute over stored errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from heeler.errors import store
from heeler.errors.fingerprint import identify
from heeler.errors.states import change_state
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.parser import SearchQuery, UnsupportedQuery, parse_monitor_query
from heeler.store.engine import Engine
from tests.unit.monitors.world import World, world

KIND = "error-tracking alert"


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


async def set_state(here: World, service: str, kind: str, state: str) -> None:
    issue = identify(service, kind, "m", "").issue
    found = (await store.issues(here.services.engine, [issue]))[issue]
    await change_state(here.services, found, state, "me")


async def test_errors_are_counted_by_issue_and_source(here: World) -> None:
    service = "et-count"
    here.errors(service, [(n + 0.5, "trace" if n % 2 else "logs", "ValueError") for n in range(6)])
    here.errors(service, [(1.5, "logs", "KeyError")])
    issue = identify(service, "ValueError", "m", "").issue
    every = await here.monitor(
        KIND,
        f'error-tracking("service:{service}").source("all").impact().rollup("count").by("issue.id")'
        '.last("5m") > 2',
    )
    logs = await here.monitor(
        KIND,
        f'error-tracking-logs("service:{service} OR service:none").rollup("count").last("5m") >= 4',
    )
    traces = await here.monitor(
        KIND, f'error-tracking-traces("service:{service}").rollup("count").by("error.type").last("5m") > 2'
    )
    told = await here.walk(every, range(1, 12))
    assert told == {3: f"issue.id:{issue} Triggered", 9: f"issue.id:{issue} Recovered"}
    assert await here.told(logs) == {5: "Triggered", 6: "Recovered"}
    assert await here.told(traces) == {
        6: "error.type:ValueError Triggered",
        7: "error.type:ValueError Recovered",
    }


async def test_new_issues_alert_once_and_again_when_they_are_back(here: World) -> None:
    service = "et-new"
    here.errors(service, [(n + 0.5, "trace", "Old") for n in range(-200, 29)])
    here.errors(service, [(n + 0.5, "trace", "New") for n in range(10, 60)])
    made = await here.monitor(
        KIND, f'error-tracking("service:{service}").source("all").new().rollup("count").last("5m") > 0'
    )
    issue = f'error-tracking-traces("service:{service}").new().rollup("count").by("issue.id").last("5m") > 0'
    by_issue = await here.monitor(KIND, issue)
    # First seen at 10:30, so that the issue is no longer new at 15:30.
    assert await here.walk(made, range(1, 30)) == {11: "Triggered", 16: "Recovered"}
    name = identify(service, "New", "m", "").issue
    assert await here.told(by_issue) == {11: f"issue.id:{name} Triggered", 16: f"issue.id:{name} Recovered"}
    await set_state(here, service, "Old", "RESOLVED")
    here.errors(service, [(30.5, "trace", "Old")], version="2")
    told = await here.walk(made, range(30, 38))
    assert {minute: kind for minute, kind in told.items() if minute >= 30} == {
        31: "Triggered",
        36: "Recovered",
    }


async def test_reviewed_issues_are_not_new_and_ignored_ones_do_not_count(here: World) -> None:
    service = "et-states"
    here.errors(service, [(0.5, "trace", "Reviewed"), (0.5, "trace", "Ignored")])
    here.set(1)
    await set_state(here, service, "Reviewed", "ACKNOWLEDGED")
    await set_state(here, service, "Ignored", "IGNORED")
    query = f'error-tracking("service:{service}").source("backend"){{}}.rollup("count").last("5m") > {{}}'
    new = await here.monitor(KIND, query.format(".new()", 0))
    one = await here.monitor(KIND, query.format("", 0))
    two = await here.monitor(KIND, query.format(".impact()", 1))
    await here.at(1)
    assert [await here.states(made) for made in (new, one, two)] == [{"*": "OK"}, {"*": "Alert"}, {"*": "OK"}]


def test_errors_of_browsers_are_not_stored() -> None:
    for query in (
        'error-tracking("*").source("browser").rollup("count").last("5m") > 0',
        'error-tracking-rum("*").rollup("count").last("5m") > 0',
    ):
        found = parse_monitor_query(KIND, query)
        assert isinstance(found, UnsupportedQuery)
        assert "Heeler keeps no errors of" in found.reason


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ('errors("*").rollup("count").last("5m") > 0', "expected error-tracking"),
        ('error-tracking("*").source("moon").last("5m") > 0', "unknown source 'moon': use all, backend"),
        ('error-tracking-logs("*").source("all").last("5m") > 0', "unknown source 'all'"),
        ('error-tracking("*").new().impact().last("5m") > 0', "exclude each other"),
        ('error-tracking("*").new().rollup("count") > 0', "a time window is missing"),
        ('error-tracking("*").top(3).last("5m") > 0', "there is no .top"),
    ],
)
def test_queries_of_errors_that_cannot_be_read(query: str, reason: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_monitor_query(KIND, query)
    assert reason in caught.value.message


def test_a_search_of_one_source_keeps_its_alternatives_together() -> None:
    found = parse_monitor_query(KIND, 'error-tracking-logs("a OR b").rollup("count").last("5m") > 0')
    assert isinstance(found, SearchQuery)
    assert found.search == "source:logs (a OR b)"

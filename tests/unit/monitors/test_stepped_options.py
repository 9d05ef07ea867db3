"""Options over the real engine, step by step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from heeler.monitors.model import Monitor
from heeler.monitors.queries.windows import window_start
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, every, world


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


async def change(here: World, **values: Any) -> None:
    async with here.services.database.session() as db:
        await db.execute(update(Monitor).values(**values))


async def test_a_draft_keeps_its_history_and_notifies_nobody(here: World) -> None:
    here.points("so.draft", {"": every(range(5), 9.0)})
    made = await here.monitor("metric alert", "max(last_1m):max:so.draft{*} > 5", "@a@example.org")
    await change(here, draft_status="draft")
    assert await here.walk(made, [1, 2]) == {1: "Triggered"}
    assert await here.mails() == []


async def test_a_custom_schedule_is_the_only_time_and_notifies_each_time(here: World) -> None:
    here.points("so.plan", {"": every(range(3000), 9.0)})
    schedule = {"rrule": "FREQ=DAILY;BYHOUR=4;BYMINUTE=0", "start": "2020-01-01T04:00:00", "timezone": "UTC"}
    made = await here.monitor(
        "metric alert", "max(last_5m):max:so.plan{*} > 5", "@a@example.org",
        scheduling_options={"custom_schedule": {"recurrences": [schedule]}},
    )  # fmt: skip
    minutes = [1, 239, 240, 241, 500, 1440 + 239, 1440 + 241, 1440 + 242]
    assert await here.walk(made, minutes) == {240: "Triggered", 1440 + 241: "Re-Triggered"}
    future = {"rrule": "FREQ=DAILY", "start": "2090-01-01T00:00:00", "timezone": "UTC"}
    later = await here.monitor(
        "metric alert", "max(last_5m):max:so.plan{*} > 6",
        scheduling_options={"custom_schedule": {"recurrences": [future]}},
    )  # fmt: skip
    assert await here.walk(later, [2000, 2001]) == {}


async def test_a_cumulative_window_begins_anew(here: World) -> None:
    here.points("so.day", {"": every(range(0, 2880, 10), 1.0)}, "count", 60)
    made = await here.monitor("metric alert", "sum(current_1d):sum:so.day{*}.as_count() > 5")
    told = await here.walk(made, [41, 61, 1430, 1441, 1440 + 61])
    assert told == {61: "Triggered", 1441: "Recovered", 1501: "Triggered"}


@pytest.mark.parametrize(
    ("cumulative", "settings", "minutes"),
    [
        ("current_1h", {"hour_starts": 30}, 40), ("current_1h", {}, 10), ("current_1d", {}, 430),
        ("current_1d", {"day_starts": "08:00"}, 1390), ("current_1d", {"timezone": "Asia/Tokyo"}, 970),
    ],
)  # fmt: skip
def test_starts_of_cumulative_windows(cumulative: str, settings: dict[str, Any], minutes: int) -> None:
    end = EPOCH + 7 * 3600 + 600
    start = window_start(0, cumulative, {"scheduling_options": {"evaluation_window": settings}}, end)
    assert (end - start) / 60 == minutes


async def test_unknown_statuses_notify_where_asked_and_the_monitor_stays_ok(here: World) -> None:
    here.checks("so.check", [(1, "h", 0), (2, "h", 3), (3, "h", 0)])
    made = await here.monitor(
        "service check", '"so.check".by("host").last(2).count_by_status()', "@a@example.org",
        thresholds={"critical": 1, "unknown": 1},
    )  # fmt: skip
    assert await here.walk(made, [1]) == {}
    await here.at(2.5)
    assert await here.states(made) == {"host:h": "Unknown"}
    await here.at(3.5)
    assert await here.told(made) == {2: "host:h Unknown", 3: "host:h Recovered"}


async def test_the_share_of_a_cluster_that_is_critical(here: World) -> None:
    runs = [(1.0, f"h{n}", 2 if n < 3 else 0) for n in range(10)]
    here.checks("so.cluster", runs)
    query = '"so.cluster".over("team:a").by("*").last(1).pct_by_status()'
    more = await here.monitor("service check", query, thresholds={"critical": 29})
    equal = await here.monitor("service check", query, thresholds={"critical": 30})
    await here.at(2)
    assert await here.states(more) == {"*": "Alert"}
    assert await here.states(equal) == {"*": "OK"}


async def test_each_set_of_tags_is_a_group(here: World) -> None:
    here.checks("so.sets", [(1, "a", 2), (1, "b", 0)])
    made = await here.monitor("service check", '"so.sets".by("*").last(2).count_by_status()')
    await here.at(2)
    assert await here.states(made) == {"host:a,team:a": "Alert", "host:b,team:a": "OK"}


async def test_presets_hide_what_they_name_and_missing_values_are_told_as_missing(here: World) -> None:
    here.points("so.shown", {"": {0: 9.0}})
    await here.monitor(
        "metric alert", "max(last_1m):max:so.shown{*} > 5", "Look {{value}} @a@example.org",
        on_missing_data="show_and_notify_no_data", notification_preset_name="hide_query",
    )  # fmt: skip
    await change(here, assets=[{"category": "runbook", "name": "Steps", "url": "/notebook/7"}])
    await here.at(1)
    await here.at(2)
    alert, gone = [row.text for row in await here.outbox()]
    assert "Query:" not in alert
    assert "Notified: @a@example.org" in alert
    assert "Steps: " in alert
    assert "/notebook/7" in alert
    assert "Look 9" in alert
    assert "Look 9" not in gone
    assert "Value: none; the last came at" in gone
    assert "and was 9" in gone


async def test_renotifications_carry_message_and_escalation_and_end_without_data(here: World) -> None:
    here.points("so.again", {"": {0: 9.0}})
    made = await here.monitor(
        "metric alert", "max(last_1m):max:so.again{*} > 5", "Look @a@example.org",
        renotify_interval=600, escalation_message="Really @b@example.org",
    )  # fmt: skip
    told = await here.walk(made, [1, *range(601, 4800, 600)])
    assert list(told.values()) == ["Triggered", "Renotify", "Renotify"]
    again = [row for row in await here.outbox() if "Re-Triggered" in row.subject]
    assert {row.recipient for row in again} == {"a@example.org", "b@example.org"}
    assert "Look" in again[0].text
    assert "Really" in again[0].text


async def test_renotifications_without_a_limit_go_on_and_are_titled_by_their_state(here: World) -> None:
    here.points(
        "so.titles",
        {"host:a": every(range(9), 9.0), "host:w": every(range(9), 4.0), "host:n": {0: 1.0}},
    )
    made = await here.monitor(
        "metric alert", "max(last_1m):max:so.titles{*} by {host} > 5", "@a@example.org",
        renotify_interval=2, renotify_statuses=["alert", "warn", "no data"],
        thresholds={"critical": 5, "warning": 3}, on_missing_data="show_and_notify_no_data",
    )  # fmt: skip
    await here.walk(made, range(1, 9))
    subjects = [row.subject.partition(" on ") for row in await here.outbox()]
    for host, first, again in (
        ("host:a", "[Triggered", "[Re-Triggered"),
        ("host:w", "[Warn", "[Re-Warn"),
        ("host:n", "[No Data", "[Re-No Data"),
    ):
        assert [kind for kind, _, rest in subjects if host in rest] == [first, *[again] * 3]


async def test_muted_renotifications_do_not_count_and_come_after_the_mute(here: World) -> None:
    here.points("so.muted", {"": every(range(20), 9.0)})
    made = await here.monitor(
        "metric alert", "max(last_5m):max:so.muted{*} > 5", "@a@example.org",
        renotify_interval=2, renotify_occurrences=2, silenced={"*": EPOCH + 60 * 9},
    )  # fmt: skip
    told = await here.walk(made, range(1, 16))
    assert told == {1: "Triggered", 9: "Renotify", 11: "Renotify"}
    assert [row.subject.partition("]")[0] for row in await here.outbox()] == ["[Re-Triggered"] * 2


async def test_samples_of_logs_are_in_the_notification(here: World) -> None:
    here.logs("so-shop", [(0.5, "error", {}), (0.6, "error", {})])
    await here.monitor(
        "log alert", 'logs("service:so-shop").rollup("count").by("service").last("5m") > 1',
        "Look @a@example.org", enable_logs_sample=True,
    )  # fmt: skip
    await here.at(1)
    (mail,) = await here.outbox()
    assert "Logs that were found:\nm\nm" in mail.text


async def test_samples_of_a_formula_are_those_of_its_searches_and_of_the_group(here: World) -> None:
    for service, shop in (("so-f1", "north"), ("so-f2", "north"), ("so-f1", "south"), ("so-f3", "north")):
        here.logs(service, [(0.5, "info", {"shop": shop})], message=f"{service} of {shop}")
    variables = [
        {"name": name, "data_source": "logs", "search": {"query": f"service:{service}"},
         "compute": {"aggregation": "count"}, "group_by": [{"facet": "@shop"}]}
        for name, service in (("a", "so-f1"), ("b", "so-f2"))
    ]  # fmt: skip
    await here.monitor(
        "log alert", 'formula("a + b").last("5m") > 1', "Look @a@example.org",
        variables=variables, enable_logs_sample=True,
    )  # fmt: skip
    await here.at(1)
    (mail,) = await here.outbox()
    found = mail.text.partition("Logs that were found:\n")[2].splitlines()[:3]
    assert sorted(found[:2]) == ["so-f1 of north", "so-f2 of north"]
    assert found[2:] in ([], [""])


async def test_kinds_without_data_say_so(here: World) -> None:
    made = await here.monitor("rum alert", 'rum("*").rollup("count").last("5m") > 1')
    await here.at(1)
    assert await here.problem(made) == "Heeler keeps no sessions of browsers (RUM)"
    assert await here.states(made) == {}


async def test_a_host_that_appears_later_waits(here: World) -> None:
    here.points("so.hosts", {"host:a": every(range(20), 9.0), "host:b": every(range(9, 20), 9.0)})
    made = await here.monitor("metric alert", "max(last_1m):max:so.hosts{*} by {host} > 5")
    told = await here.walk(made, range(1, 17))
    assert told == {1: "host:a Triggered", 15: "host:b Triggered"}

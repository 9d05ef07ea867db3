"""Monitors of checks, logs, events and other monitors, minute by minute over what the store holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from heeler.api.errors import ApiError
from heeler.events.store import post_event
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.composite_states import check_operands
from heeler.monitors.queries.parser import parse_monitor_query
from heeler.store.engine import Engine
from heeler.wire.events.intake_payload import Event
from tests.unit.monitors.world import EPOCH, World, every, world


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


OK, WARNING, CRITICAL = 0, 1, 2


async def test_checks_count_consecutive_statuses(here: World) -> None:
    statuses = [OK, WARNING, CRITICAL, CRITICAL, OK, CRITICAL, CRITICAL, CRITICAL, OK, OK]
    here.checks("st.check", [(minute + 0.5, "a", status) for minute, status in enumerate(statuses)])
    made = await here.monitor(
        "service check",
        '"st.check".over("team:a").by("host").last(4).count_by_status()',
        thresholds={"critical": 3, "warning": 2, "ok": 2},
    )
    told = await here.walk(made, range(1, 11))
    assert told == {
        3: "host:a Warn",  # a warning and a critical one
        8: "host:a Triggered",  # the third critical one in a row; the OK between did not suffice to recover
        10: "host:a Recovered",
    }


async def test_a_run_that_is_sent_twice_counts_once(here: World) -> None:
    here.checks("st.twice", [(0.5, "a", OK), (1.5, "a", CRITICAL)])
    here.checks("st.twice", [(1.5, "a", CRITICAL)])
    made = await here.monitor(
        "service check",
        '"st.twice".over("*").by("host").last(2).count_by_status()',
        thresholds={"critical": 2, "warning": 2, "ok": 1},
    )
    assert await here.walk(made, [1, 2]) == {}
    assert await here.states(made) == {"host:a": "OK"}


async def test_silent_checks(here: World) -> None:
    here.checks("st.silent", [(0.5, "a", OK), (1.5, "a", OK), (1.5, "b", OK), (20.0, "a", OK)])
    made = await here.monitor(
        "service check",
        '"st.silent".over("*").by("host").last(2).count_by_status()',
        notify_no_data=True,
        no_data_timeframe=5,
    )
    assert await here.walk(made, range(1, 22)) == {
        7: "host:a No Data, host:b No Data",
        20: "host:a Recovered",
    }


ERRORS = {"data_source": "logs", "compute": {"aggregation": "count"}, "group_by": [{"facet": "@shop"}]}


def _ratio(service: str, **more: Any) -> dict[str, Any]:
    return {
        "variables": [
            {**ERRORS, "name": "query1", "search": {"query": f"service:{service} status:error"}},
            {**ERRORS, "name": "query2", "search": {"query": f"service:{service}"}},
        ],
        **more,
    }


async def test_a_formula_over_logs(here: World) -> None:
    service = "st-formula"
    rows: list[tuple[float, str, dict[str, Any]]] = []
    for minute in range(20):
        rows += [(minute + 0.5, "info", {"shop": shop}) for shop in ("north", "south")]
        rows += [(minute + 0.6, "error", {"shop": "north"})] if 5 <= minute < 10 else []
    here.logs(service, rows)
    made = await here.monitor(
        "log alert", 'formula("query1 / query2 * 100").last("5m") >= 40', **_ratio(service)
    )
    # At minute 9 there were 4 errors of 9 logs in five minutes, at minute 12 there are 3 of 8 again.
    assert await here.walk(made, range(1, 20)) == {9: "@shop:north Triggered", 12: "@shop:north Recovered"}
    assert await here.states(made) == {"@shop:north": "OK", "@shop:south": "OK"}


async def test_a_formula_over_time(here: World) -> None:
    service = "st-derivative"
    here.logs(service, [(minute + 0.5, "info", {"bytes": 600 * minute}) for minute in range(20)])
    variable = {
        "name": "query", "data_source": "logs", "search": {"query": f"service:{service}"},
        "compute": {"aggregation": "avg", "metric": "@bytes"},
    }  # fmt: skip
    for limit, state in (("9", "Alert"), ("11", "OK")):
        made = await here.monitor(
            "log alert", f'formula("derivative(query)").last("15m") > {limit}', variables=[variable]
        )
        await here.at(16)
        assert await here.states(made) == {"*": state}


async def test_a_formula_that_looks_at_another_time(here: World) -> None:
    service = "st-shifted"
    rows = [(minute + 0.5, "info", {"n": n}) for minute in range(20) for n in range(1 if minute < 10 else 3)]
    here.logs(service, rows)
    variable = {**ERRORS, "name": "lines", "group_by": [], "search": {"query": f"service:{service}"}}
    for limit, state in (("1.9", "Alert"), ("2.1", "OK")):
        made = await here.monitor(
            "log alert",
            f'formula("lines - timeshift(lines, -600)").last("5m") > {limit}',
            variables=[variable],
        )
        await here.at(20)
        assert await here.states(made) == {"*": state}


async def test_a_formula_over_logs_and_metrics(here: World) -> None:
    here.points("st.visits", {"host:a": every(range(10), 50.0)}, "count", 60)
    here.logs("st-mixed", [(1.5, "error", {}), (2.5, "error", {})])
    made = await here.monitor(
        "log alert",
        'formula("a / b * 100").last("5m") > 0.7',
        variables=[
            {"name": "a", "data_source": "logs", "search": {"query": "service:st-mixed"},
             "compute": {"aggregation": "count"}},
            {"name": "b", "data_source": "metrics", "query": "sum:st.visits{*}.as_count()",
             "aggregator": "sum"},
        ],
    )  # fmt: skip
    assert await here.walk(made, range(5, 8)) == {5: "Triggered", 7: "Recovered"}


@pytest.mark.parametrize(
    ("query", "variables", "reason"),
    [
        ('formula("a + b").last("5m") > 1', [], "names a, which is not among options.variables"),
        ('formula("a +").last("5m") > 1', [], "the formula cannot be read"),
        ('formula("1 + 1").last("5m") > 1', [], "names no query"),
        ('formula("nothing(a)").last("5m") > 1', [{"name": "a"}], "nothing"),
        ('formula("a") > 1', [{"name": "a"}], 'expected formula("query1 / query2")'),
        ('formula("a").last("5m") > 1', [{"name": "a", "search": {"query": "b:("}}], "the search of a"),
        ('formula("a").last("5m") > 1', "a", "must be a list of queries"),
    ],
)
def test_formulas_that_cannot_be_read(query: str, variables: Any, reason: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_monitor_query("log alert", query, {"variables": variables})
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("options", "told", "state"),
    [
        ({}, {1: "Triggered", 6: "Recovered"}, "OK"),
        ({"on_missing_data": "default"}, {1: "Triggered", 6: "Recovered"}, "OK"),
        ({"on_missing_data": "show_no_data"}, {1: "Triggered"}, "No Data"),
        ({"on_missing_data": "show_and_notify_no_data"}, {1: "Triggered", 6: "No Data"}, "No Data"),
        ({"on_missing_data": "resolve"}, {1: "Triggered", 6: "Recovered"}, "OK"),
    ],
)
async def test_logs_that_end(here: World, options: dict[str, Any], told: dict[int, str], state: str) -> None:
    service = f"st-end-{len(str(options))}"
    here.logs(service, [(0.5, "error", {}), (0.7, "error", {})])
    made = await here.monitor(
        "log alert", f'logs("service:{service}").rollup("count").last("5m") > 1', **options
    )
    assert await here.walk(made, range(1, 9)) == told
    assert await here.states(made) == {"*": state}


async def test_groups_of_logs_are_kept_as_long_as_asked(here: World) -> None:
    here.logs("st-kept", [(0.5, "error", {"shop": "north"})])
    query = 'logs("service:st-kept").rollup("count").by("@shop").last("5m") > 1'
    short = await here.monitor("log alert", query, group_retention_duration="60m")
    long = await here.monitor("log alert", query, group_retention_duration="3h")
    for minute in (1, 59, 63):
        await here.at(minute)
    assert await here.states(short) == {}
    assert await here.states(long) == {"@shop:north": "OK"}
    with pytest.raises(ApiError, match="write 60m to 72h"):
        await here.monitor("log alert", query, group_retention_duration="73h")


async def test_events(here: World) -> None:
    for minute, title in ((1.5, "deploy failed"), (2.5, "deploy failed"), (2.6, "deploy done")):
        event = Event(
            time=int(EPOCH + 60 * minute), title=title, text="", source="st-deployer", alert_type="error"
        )
        await post_event(here.services, event)
    made = await here.monitor(
        "event-v2 alert", 'events("source:st-deployer failed").rollup("count").last("5m") > 1'
    )
    assert await here.walk(made, range(1, 10)) == {3: "Triggered", 7: "Recovered"}


async def test_composites_of_multi_alerts_join_by_the_values_of_their_tags(here: World) -> None:
    hot = {0: 9.0, 1: 9.0, 2: 1.0}
    here.points("st.cpu", {"host:a disk:x": hot, "host:a disk:y": every(range(3), 1.0), "host:b disk:x": hot})
    here.points("st.mem", {"node:a": every(range(3), 9.0), "node:c": every(range(3), 9.0)})
    here.points("st.all", {"": every(range(3), 9.0)})
    cpu = await here.monitor("metric alert", "max(last_1m):max:st.cpu{*} by {host,disk} > 5")
    memory = await here.monitor("metric alert", "max(last_1m):max:st.mem{*} by {node} > 5")
    whole = await here.monitor("metric alert", "max(last_1m):max:st.all{*} > 5")
    both = await here.monitor("composite", f"{cpu} && {memory} && {whole}")
    neither = await here.monitor("composite", f"!({whole})")
    assert await here.walk(both, [1, 2]) == {1: "host:a,disk:x Triggered"}
    # host:b has no memory, node:c no disk: they are not common sources.
    assert await here.states(both) == {"host:a,disk:x": "Alert", "host:a,disk:y": "OK"}
    assert await here.states(neither) == {"*": "OK"}
    assert await here.walk(both, [3]) == {1: "host:a,disk:x Triggered", 3: "host:a,disk:x Recovered"}


@pytest.mark.parametrize(
    ("notify", "told", "states"),
    [
        (False, {1: "Triggered", 3: "Recovered"}, {"*": "OK"}),
        (True, {1: "Triggered", 2: "No Data", 3: "Recovered"}, {"*": "OK"}),
    ],
)
async def test_a_composite_keeps_its_state_without_data_unless_it_tells_it(
    here: World, notify: bool, told: dict[int, str], states: dict[str, str]
) -> None:
    metric = f"st.composed.{notify}".lower()
    here.points(metric, {"": {0: 9.0, 2: 1.0}})
    one = await here.monitor(
        "metric alert", f"max(last_1m):max:{metric}{{*}} > 5", on_missing_data="show_no_data"
    )
    made = await here.monitor("composite", f"{one} && {one}", notify_no_data=notify)
    assert await here.walk(made, [1, 2, 3]) == told
    assert await here.states(made) == states


async def test_composites_name_monitors_that_can_be_composed(here: World) -> None:
    one = await here.monitor("metric alert", "max(last_1m):max:st.none{*} > 5")
    made = await here.monitor("composite", f"{one} && !{one}")
    for query, reason in (
        (f"{one} && 999", "there is no monitor 999"),
        (f"!{made}", "is a composite itself"),
    ):
        async with here.services.database.session() as db:
            with pytest.raises(InvalidQuery, match=reason):
                await check_operands(db, parse_monitor_query("composite", query))  # type: ignore[arg-type]


async def test_a_composites_message_has_the_values_of_its_monitors(here: World) -> None:
    here.points("st.left", {"host:a": {0: 9.0}})
    here.points("st.right", {"host:a": {0: 7.0}})
    left = await here.monitor("metric alert", "max(last_1m):max:st.left{*} by {host} > 5")
    right = await here.monitor("metric alert", "max(last_1m):max:st.right{*} > 5")
    await here.monitor(
        "composite", f"{right} && {left}", "{{b.value}} and {{a.value}} {{a.status}} @me@x.org"
    )
    await here.at(1)
    assert (await here.outbox())[0].text.startswith("9 and 7 Alert")


async def test_one_notification_for_the_groups_of_a_cluster(here: World) -> None:
    def pod(*values: float) -> dict[int, float]:
        return dict(enumerate(values))

    here.points(
        "st.pods",
        {
            "cluster:a pod:1": pod(9, 9, 1, 1, 1, 1),
            "cluster:a pod:2": pod(1, 9, 9, 1, 1, 1),
            "cluster:b pod:3": pod(1, 1, 1, 1, 9, 1),
        },
    )
    query = "max(last_1m):max:st.pods{*} by {cluster,pod} > 5"
    by_cluster = await here.monitor("metric alert", query, "@cluster@x.org", notify_by=["cluster"])
    await here.walk(by_cluster, range(1, 7))
    assert [subject for _, subject in await here.mails()] == [
        "[Triggered on {cluster:a}] It",
        "[Recovered on {cluster:a}] It",
        "[Triggered on {cluster:b}] It",
        "[Recovered on {cluster:b}] It",
    ]
    # The history has every group.
    assert len(await here.told(by_cluster)) == 6


async def test_one_notification_for_all(here: World) -> None:
    values = dict.fromkeys(range(6), 9.0)
    here.points("st.one", {"pod:1": values, "pod:2": values})
    made = await here.monitor(
        "metric alert", "max(last_1m):max:st.one{*} by {pod} > 5", "@all@x.org", notify_by=["*"],
        renotify_interval=3,
    )  # fmt: skip
    await here.walk(made, range(1, 6))
    assert [subject for _, subject in await here.mails()] == ["[Triggered] It", "[Re-Triggered] It"]
    assert "pod:1; pod:2" in (await here.outbox())[0].text

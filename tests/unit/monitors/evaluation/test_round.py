"""Rounds of evaluation: equal queries once, two evaluators, urgency, and what others do meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from heeler.accounts.roles import role_id
from heeler.api.permissions import ADMIN
from heeler.api.services import Services
from heeler.downtimes.model import Downtime
from heeler.monitors.evaluation import composing, evaluate, pipeline, query_readers
from heeler.monitors.evaluation import round as monitor_round
from heeler.monitors.evaluation.lag import NOTIFY_AGAIN, Lag
from heeler.monitors.evaluation.round import evaluate_due, urgency
from heeler.monitors.evaluation.series_query import Readings, read_metric
from heeler.monitors.evaluation.state_machine import GroupState, Transition
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import MetricQuery
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, every, world


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The expressions that were read."""
    found: list[str] = []

    async def counted(
        services: Services, query: MetricQuery, options: Mapping[str, Any], now: float
    ) -> Readings:
        found.append(query.expression)
        await asyncio.sleep(0)
        return await read_metric(services, query, options, now)

    monkeypatch.setitem(query_readers.READERS, MetricQuery, counted)
    return found


async def test_equal_queries_are_read_once_whatever_their_thresholds(here: World, reads: list[str]) -> None:
    here.points("rd.same", {"host:a": every(range(5), 7.0)})
    ids = [
        await here.monitor("metric alert", f"avg(last_5m):avg:rd.same{{*}} by {{host}} > {limit}")
        for limit in (1, 5, 9)
    ]
    await here.monitor("metric alert", "avg(last_5m):avg:rd.same{*} by {host} < 1")
    await here.at(4)
    assert len(reads) == 2
    assert [await here.states(one) for one in ids] == [
        {"host:a": "Alert"},
        {"host:a": "Alert"},
        {"host:a": "OK"},
    ]


async def test_a_failing_read_fails_each_monitor_that_shares_it(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Readings:
        await asyncio.sleep(0)
        raise ValueError("no such column")

    monkeypatch.setitem(query_readers.READERS, MetricQuery, broken)
    ids = [await here.monitor("metric alert", f"avg(last_5m):avg:rd.broken{{*}} > {n}") for n in (1, 2)]
    await here.at(1)
    assert [await here.problem(one) for one in ids] == ["no such column"] * 2


async def test_two_evaluators_at_once_notify_once(here: World) -> None:
    here.points("rd.twice", {"": every(range(10), 9.0)})
    made = await here.monitor("metric alert", "avg(last_5m):avg:rd.twice{*} > 5", "@a@example.org")
    await here.at(1)
    here.set(2)
    await asyncio.gather(*(evaluate_due(here.services) for _ in range(3)))
    assert await here.told(made) == {1: "Triggered"}
    here.set(8)
    async with here.services.database.session() as db:
        await db.execute(update(Monitor).values(options={"renotify_interval": 5}))
    await asyncio.gather(*(evaluate_due(here.services) for _ in range(3)))
    assert await here.told(made) == {1: "Triggered", 8: "Renotify"}
    assert [mail[0] for mail in await here.mails()] == ["a@example.org"] * 2


@pytest.mark.parametrize("change", ["delete", "edit"])
async def test_what_is_deleted_or_edited_meanwhile_is_not_written(
    here: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, change: str
) -> None:
    made = await here.monitor("metric alert", "avg(last_5m):avg:rd.gone{*} > 5", "@a@example.org")
    here.points("rd.gone", {"": every(range(5), 9.0)})

    async def interfering(
        services: Services, query: MetricQuery, options: Mapping[str, Any], now: float
    ) -> Readings:
        async with services.database.session() as db:
            if change == "delete":
                await db.execute(delete(Monitor).where(Monitor.id == made))
            else:
                await db.execute(update(Monitor).values(modified=datetime.fromtimestamp(EPOCH + 9, UTC)))
        return await read_metric(services, query, options, now)

    monkeypatch.setitem(query_readers.READERS, MetricQuery, interfering)
    await here.at(2)
    assert await here.mails() == []
    assert await here.told(made) == {}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_events_of_a_round_are_one_write(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = {f"host:h{n}": every(range(5), 9.0) for n in range(30)}
    here.points("rd.many", hosts)
    await here.monitor("metric alert", "avg(last_5m):avg:rd.many{*} by {host} > 5", "@a@example.org")
    writes: list[int] = []
    write = here.services.writer.write

    async def counted(tables: Any) -> None:
        writes.append(tables["events"].num_rows)
        await write(tables)

    monkeypatch.setattr(here.services.writer, "write", counted)
    await here.at(3)
    assert writes == [30]
    assert len(await here.mails()) == 30


def monitor(number: int, state: str = "OK", priority: int | None = None, evaluated: float = 0) -> Monitor:
    return Monitor(id=number, overall_state=state, priority=priority, evaluated=evaluated)


def test_alerting_then_high_priority_then_waiting_longest() -> None:
    query: Any = None
    given = [
        monitor(1, evaluated=10.0),
        monitor(2, evaluated=5.0),
        monitor(3, priority=1, evaluated=20.0),
        monitor(4, "Alert", evaluated=30.0),
        monitor(5, "Alert", priority=2, evaluated=30.0),
    ]
    order = sorted(((item, query) for item in given), key=urgency)
    assert [item.id for item, _ in order] == [5, 4, 3, 2, 1]


def test_lag_is_notified_once_and_again_after_hours() -> None:
    lag = Lag()

    def round_of(now: float, late: float) -> bool:
        lag.begin_round(now)
        lag.add(late)
        lag.add(late / 2)
        lag.end_round(now + 1, 2)
        return lag.to_notify(now + 1)

    assert [round_of(0, 5), round_of(60, 61), round_of(120, 80)] == [False, True, False]
    assert round_of(61 + NOTIFY_AGAIN, 80)
    assert [round_of(90_000, 1), round_of(90_060, 70)] == [False, True]
    assert (lag.lag, lag.took, lag.evaluated) == (70, 1, 2)


async def test_administrators_hear_of_lag(here: World) -> None:
    from heeler.accounts.store import create_user

    async with here.services.database.session() as db:
        await create_user(db, "boss@example.org", role_ids=[role_id(ADMIN)])
    await here.monitor("metric alert", "avg(last_5m):avg:rd.late{*} > 5")
    await here.at(1)
    await here.at(10)
    assert [mail for mail in await here.mails() if "late" in mail[1]] == [
        ("boss@example.org", "Monitors are evaluated 480 s late")
    ]


def test_long_windows_are_evaluated_less_often() -> None:
    made = Monitor(type="metric alert", query="avg(last_1d):avg:a{*} > 1", options={})
    assert monitor_round.interval_of(monitor_round.parsed_query(made)) == 600


async def test_a_renderer_that_hangs_or_is_replaced_delays_no_notification(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    async def hanging(*given: Any) -> bytes | None:
        drawn.append(given[3])
        if len(drawn) == 1:
            raise asyncio.CancelledError  # as of a pool that is replaced
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr(composing, "monitor_picture", hanging)
    monkeypatch.setattr(evaluate.Round, "__init__", _with_little_time(evaluate.Round.__init__))
    for number in range(8):
        here.points(f"rd.drawn.{number}", {"": every(range(5), 9.0)})
        await here.monitor("metric alert", f"avg(last_5m):avg:rd.drawn.{number}{{*}} > 5", "@a@example.org")
    await here.at(3)
    assert len(await here.mails()) == 8
    assert 1 <= len(drawn) <= 2


def _with_little_time(made: Any) -> Any:
    def init(self: Any, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        self.picture_seconds = 0.05

    return init


class Stages:
    """Monitors of :func:`outage` in the order in which they are judged, composed and written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.judged: list[int] = []
        self.composed: list[int] = []
        self.written: list[int] = []
        self.before_judging: dict[int, asyncio.Event] = {}
        """A monitor is judged when its event is set, the others at once."""
        self.before_composing = asyncio.Event()
        self.before_composing.set()
        judge, compose, write = pipeline.judge, pipeline.compose, pipeline.write_outcomes

        async def judging(here: Any, monitor: Monitor, *given: Any) -> Any:
            if monitor.id in self.before_judging:
                await self.before_judging[monitor.id].wait()
            found = await judge(here, monitor, *given)
            self.judged.append(monitor.id)
            return found

        async def composing(here: Any, judged: Any) -> Any:
            await self.before_composing.wait()
            found = await compose(here, judged)
            self.composed.append(found.monitor_id)
            return found

        async def writing(services: Services, outcomes: Any, tokens: Any) -> Any:
            found = await write(services, outcomes, tokens)
            self.written += [item.monitor_id for item in found]
            return found

        monkeypatch.setattr(pipeline, "judge", judging)
        monkeypatch.setattr(pipeline, "compose", composing)
        monkeypatch.setattr(pipeline, "write_outcomes", writing)


async def outage(here: World, metric: str, monitors: int, **options: Any) -> list[int]:
    """Monitors of one metric of four groups, all of which go into Alert at minute 4."""
    here.points(metric, {f"host:h{number}": every(range(5), 9.0) for number in range(4)})
    return [
        await here.monitor(
            "metric alert",
            f"avg(last_5m):avg:{metric}{{*}} by {{host}} > {limit / 100:g}",
            message="@a@example.org",
        )
        for limit in range(monitors)
    ]


async def until(holds: Any) -> None:
    while not holds():
        await asyncio.sleep(0.001)


async def test_the_first_notifications_of_an_outage_are_written_while_monitors_are_judged(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await outage(here, "rd.outage", 5)
    stages = Stages(monkeypatch)
    stages.before_judging[made[-1]] = asyncio.Event()
    here.set(4)
    round_of = asyncio.ensure_future(evaluate_due(here.services))
    await until(lambda: made[0] in stages.written)
    assert made[-1] not in stages.judged
    stages.before_judging[made[-1]].set()
    await round_of
    assert sorted(stages.written) == made
    assert len(await here.mails()) == 20


async def test_one_monitor_is_composed_at_a_time_while_others_are_judged(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await outage(here, "rd.alone", 24)
    stages, going, first = Stages(monkeypatch), dict[bool, int](), pipeline.CONCURRENCY
    stages.before_judging[made[-1]] = asyncio.Event()
    compose, now = pipeline.compose, 0

    async def counted(round_of: Any, item: Any) -> Any:
        nonlocal now
        now += 1
        all_judged = len(stages.judged) == len(made)
        if len(stages.composed) > first:
            going[all_judged] = max(going.get(all_judged, 0), now)
        await asyncio.sleep(0.001)
        found = await compose(round_of, item)
        now -= 1
        return found

    monkeypatch.setattr(pipeline, "compose", counted)
    here.set(4)
    round_of = asyncio.ensure_future(evaluate_due(here.services))
    await until(lambda: len(stages.judged) == len(made) - 1 and len(stages.composed) > first + 1)
    stages.before_judging[made[-1]].set()
    await round_of
    assert going[False] == 1
    assert going[True] > 1
    assert sorted(stages.written) == made


async def test_judging_does_not_wait_for_notifications_to_be_composed(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await outage(here, "rd.waiting", 20)
    stages = Stages(monkeypatch)
    stages.before_composing.clear()
    here.set(4)
    round_of = asyncio.ensure_future(evaluate_due(here.services))
    await until(lambda: len(stages.judged) == len(made))
    assert stages.composed == []
    stages.before_composing.set()
    await round_of
    assert sorted(stages.written) == made


async def test_judging_waits_where_too_much_is_to_be_composed(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await outage(here, "rd.full", 30)
    monkeypatch.setattr(pipeline.Waiting, "__init__", partialmethod(pipeline.Waiting.__init__, most=8))
    stages = Stages(monkeypatch)
    most: list[int] = []
    get = pipeline.Waiting.get

    async def counted(self: pipeline.Waiting) -> Any:
        most.append(len(stages.judged) - len(stages.composed))
        return await get(self)

    monkeypatch.setattr(pipeline.Waiting, "get", counted)
    await here.at(4)
    assert sorted(stages.written) == made
    # Two of four groups each wait, every composer has one, and every judge one that it cannot hand over.
    assert max(most) <= 2 + 2 * pipeline.CONCURRENCY


def judged(number: int, after: str, priority: int | None = None) -> Any:
    move = (GroupState(after), Transition("", "OK", after))
    return evaluate.Judged(Monitor(id=number, priority=priority), None, 0, {}, {}, {"*": move}, frozenset())  # type: ignore[arg-type]


async def test_alerts_are_composed_first_then_by_priority_recoveries_last() -> None:
    waiting = pipeline.Waiting()
    given = [(1, "OK", 1), (2, "Alert", None), (3, "No Data", 2), (4, "Alert", 2), (5, "Alert", None)]
    for number, after, priority in given:
        await waiting.put(judged(number, after, priority))
    await waiting.close()
    order = []
    while (item := await waiting.get()) is not None:
        order.append(item.monitor.id)
    assert order == [4, 2, 5, 3, 1]


async def test_a_notification_that_cannot_be_composed_is_a_problem_of_its_monitor_alone(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await outage(here, "rd.broken", 3)
    compose = pipeline.compose

    async def broken(round_of: Any, item: Any) -> Any:
        if item.monitor.id == made[1]:
            raise ValueError("no words")
        return await compose(round_of, item)

    monkeypatch.setattr(pipeline, "compose", broken)
    await here.at(4)
    assert [await here.problem(one) for one in made] == ["", "no words", ""]
    assert len(await here.mails()) == 8
    monkeypatch.setattr(pipeline, "compose", compose)
    await here.at(5)
    assert await here.problem(made[1]) == ""
    assert len(await here.mails()) == 12


async def test_a_monitor_that_is_muted_before_its_notification_is_written_notifies_nobody(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await outage(here, "rd.muted", 1)
    stages = Stages(monkeypatch)
    stages.before_composing.clear()
    here.set(4)
    round_of = asyncio.ensure_future(evaluate_due(here.services))
    await until(lambda: stages.judged == made)
    async with here.services.database.session() as db:
        monitor = await db.get_one(Monitor, made[0])
        monitor.options = {**monitor.options, "silenced": {"*": None}}
    stages.before_composing.set()
    await round_of
    assert stages.written == []
    await here.at(5)
    assert set(await here.states(made[0])) == {f"host:h{number}" for number in range(4)}
    assert await here.mails() == []


async def test_a_downtime_that_begins_before_a_notification_is_composed_mutes_it(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await outage(here, "rd.downtime", 1)
    stages = Stages(monkeypatch)
    stages.before_composing.clear()
    here.set(4)
    round_of = asyncio.ensure_future(evaluate_due(here.services))
    await until(lambda: stages.judged == made)
    here.set(4.1)
    now = datetime.fromtimestamp(here.services.now(), UTC)
    async with here.services.database.session() as db:
        db.add(
            Downtime(
                uuid="1",
                scope=["host:h1"],
                monitor_id=made[0],
                monitor_tags=[],
                start=now.timestamp(),
                created=now,
                modified=now,
            )
        )
    stages.before_composing.set()
    await round_of
    assert stages.written == made
    told = sorted(row.subject for row in await here.outbox())
    assert len(told) == 3
    assert not any("host:h1" in subject for subject in told)
    assert set((await here.states(made[0])).values()) == {"Alert"}


async def test_events_of_what_was_written_are_written_though_the_next_batch_fails(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await outage(here, "rd.failing", 2)
    monkeypatch.setattr(pipeline, "BATCH", 1)
    write, titles, written = pipeline.write_outcomes, list[str](), list[int]()

    async def failing(services: Services, outcomes: Any, tokens: Any) -> Any:
        if written:
            raise OSError("the database is away")
        written.extend(item.monitor_id for _, item in outcomes)
        return await write(services, outcomes, tokens)

    async def events(_: Services, found: Any) -> None:
        titles.extend(event.title for event in found)

    monkeypatch.setattr(pipeline, "write_outcomes", failing)
    monkeypatch.setattr(pipeline, "write_events", events)
    with pytest.raises(ExceptionGroup):
        await here.at(4)
    assert len(written) == 1 < len(made)
    assert len(titles) == 4

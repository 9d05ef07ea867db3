"""What an anomaly monitor says beside its band: whether the metric ever did the like."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from heeler.analytics.detectors import Opinion
from heeler.monitors.evaluation import anomaly_history
from heeler.monitors.evaluation.state_machine import GroupState, Thresholds, Transition
from heeler.monitors.model import MonitorTransition
from heeler.monitors.notifications.notification import Occasion, tell
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, every, world

WINDOWS = {"trigger_window": "last_5m", "recovery_window": "last_5m"}
TOLD = range(9, 30)


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


async def watching(here: World, metric: str, by: str = "") -> int:
    return await here.monitor(
        "query alert",
        f"avg(last_1h):anomalies(avg:{metric}{{*}}{by}, 'basic', 3, direction='above', interval=60, "
        "alert_window='last_5m') >= 1",
        message=f"Look at {metric}.",
        thresholds={"critical": 1, "critical_recovery": 0},
        threshold_windows=WINDOWS,
    )


async def opinions(here: World, monitor: int) -> list[tuple[str, str]]:
    async with here.services.database.session() as db:
        rows = await db.scalars(select(MonitorTransition).where(MonitorTransition.monitor_id == monitor))
        return [(row.kind, row.opinion) for row in rows]


async def event_texts(here: World, metric: str) -> list[str]:
    rows = await here.services.engine.rows(
        "SELECT text FROM events FINAL WHERE position(text, {metric:String}) ORDER BY time, id",
        {"metric": metric},
    )
    return [str(text) for (text,) in rows]


def calm(first: int) -> dict[int, float]:
    """Steps of 1 each minute, until minute 60."""
    return {minute: 50.0 + minute % 3 for minute in range(first, 60)}


async def test_what_never_was_is_called_new_in_history_mail_and_event(here: World) -> None:
    here.points("so.new", {"host:a": calm(-600) | every(range(10, 18), 500.0)})
    made = await watching(here, "so.new")
    await here.walk(made, TOLD)
    (kind, said), (recovered, nothing) = await opinions(here, made)
    assert (kind, recovered, nothing) == ("Triggered", "Recovered", "")
    assert said.startswith("Second opinion: new; the metric did nothing like it before (the last 10 hours; ")
    assert "worth telling from 1; novelty" in said
    texts = await event_texts(here, "so.new")
    assert texts == [f"Look at so.new.\n\n{said}", "Look at so.new."]


async def test_what_happens_now_and_then_is_nothing_new(here: World) -> None:
    values = calm(-1_900)
    for begin in range(-1_850, 0, 150):
        values |= every(range(begin, begin + 8), 500.0)
    ordinary = {minute: 50.0 + minute % 3 for minute in range(60, 115)}
    here.points("so.again", {"host:a": values | every(range(115, 123), 500.0) | ordinary})
    made = await watching(here, "so.again")
    await here.walk(made, range(112, 123))
    ((kind, said),) = await opinions(here, made)
    assert kind == "Triggered"
    assert said.startswith("Second opinion: nothing new; the metric did the like before (the last 25 hours; ")


async def test_with_too_little_history_it_says_nothing(here: World) -> None:
    here.points("so.short", {"host:a": calm(-200) | every(range(10, 18), 500.0)})
    made = await watching(here, "so.short")
    await here.walk(made, TOLD)
    assert await opinions(here, made) == [("Triggered", ""), ("Recovered", "")]
    assert await event_texts(here, "so.short") == ["Look at so.short."] * 2


async def test_each_group_has_its_own_and_it_is_asked_once(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = calm(-600) | every(range(10, 18), 500.0)
    here.points("so.groups", {"host:a": odd, "host:b": calm(-600), "host:c": odd})
    asked = list[float]()
    query = anomaly_history.service.query

    async def counted(*arguments: Any, **options: Any) -> Any:
        if options.get("interval"):
            asked.append(arguments[3])
        return await query(*arguments, **options)

    monkeypatch.setattr(anomaly_history.service, "query", counted)
    made = await watching(here, "so.groups", " by {host}")
    told = await here.walk(made, TOLD)
    minute = next(iter(told))
    assert told[minute] == "host:a Triggered, host:c Triggered"
    assert [said != "" for _, said in await opinions(here, made)] == [True, True, False, False]
    assert asked == [EPOCH + 60 * minute]


@pytest.mark.parametrize("trouble", ["an error", "a delay"])
async def test_trouble_with_it_neither_fails_nor_delays_the_alert(
    here: World, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    metric = f"so.{trouble[-5:]}"
    here.points(metric, {"host:a": calm(-600) | every(range(10, 18), 500.0)})

    async def broken(*_: Any) -> Any:
        if trouble == "an error":
            raise RuntimeError("It broke")
        await asyncio.sleep(60)

    monkeypatch.setattr(anomaly_history, "_asked", broken)
    monkeypatch.setattr(anomaly_history, "SECONDS", 0.05)
    made = await watching(here, metric)
    await here.walk(made, TOLD)
    assert await opinions(here, made) == [("Triggered", ""), ("Recovered", "")]


async def test_other_monitors_are_not_asked_about(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anomaly_history, "_asked", None)
    here.points("so.plain", {"host:a": calm(-600) | every(range(10, 18), 500.0)})
    made = await here.monitor("metric alert", "avg(last_5m):avg:so.plain{*} > 100")
    await here.walk(made, TOLD)
    assert await opinions(here, made) == [("Triggered", ""), ("Recovered", "")]


@pytest.mark.parametrize(("score", "word"), [(0.5, "nothing new;"), (0.8, "unusual;"), (1.6, "new;")])
def test_mails_carry_the_opinion_with_its_numbers(score: float, word: str) -> None:
    said = anomaly_history.in_words(Opinion(score, 1.2, 0.9, 5 * 86_400))
    occasion = Occasion(
        id=1, name="It", kind="query alert", query="q", message="Look.", options={}, monitor_tags=(),
        priority=None, group="*", transition=Transition("Triggered", "OK", "Alert"), state=GroupState(),
        thresholds=Thresholds(">=", 1.0), now=1.7e9, url="http://here", opinion=said,
    )  # fmt: skip
    told = tell(occasion, None)
    assert word in said
    assert f"the last 5 days; score {score}, worth telling from 1; novelty 1.2 bits, surprise 0.9)" in said
    assert said in told.text
    assert said in told.notice.text
    assert said in told.notice.html
    assert said in str(told.notice.variables["EVENT_MSG"])


async def test_a_monitor_that_judges_by_auto_alerts_on_what_never_was_and_recovers(here: World) -> None:
    level = {minute: 500.0 + minute % 3 for minute in range(10, 60)}
    here.points("so.auto", {"host:a": calm(-900) | level})
    made = await here.monitor(
        "query alert",
        "avg(last_1h):anomalies(avg:so.auto{*}, 'auto', 2, direction='above', interval=60, "
        "alert_window='last_5m') >= 1",
        message="Look at so.auto.",
        thresholds={"critical": 1, "critical_recovery": 0.5},
        threshold_windows=WINDOWS,
    )
    await here.walk(made, range(5, 40))
    assert [kind for kind, _ in await opinions(here, made)] == ["Triggered", "Recovered"]


async def test_a_monitor_that_judges_by_auto_needs_history(here: World) -> None:
    here.points("so.auto.short", {"host:a": calm(-100) | every(range(10, 18), 500.0)})
    made = await here.monitor(
        "query alert",
        "avg(last_1h):anomalies(avg:so.auto.short{*}, 'auto', 2, interval=60, alert_window='last_5m') >= 1",
        message="Look.",
        thresholds={"critical": 1},
        threshold_windows=WINDOWS,
    )
    await here.walk(made, TOLD)
    assert await opinions(here, made) == []

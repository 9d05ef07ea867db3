"""Each kind of monitor with each option, step by step over the real engine.

For each kind there is a plain monitor, whose evaluations tell what happens to its data, and one monitor for
each option over the same data. What an option must change is said relative to the plain one, so that it holds
for every kind: a delay tells the same so much later, a draft the same to nobody.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from heeler.api.errors import ApiError
from heeler.events.store import post_event
from heeler.monitors.model import Monitor, MonitorTransition
from heeler.monitors.options import OPTIONS
from heeler.notify.model import OutboxMessage
from heeler.slos.definition import apply_slo
from heeler.slos.model import Slo
from heeler.slos.routes import handlers
from heeler.store.engine import Engine
from heeler.store.span_rows import span_tables
from heeler.wire.events.intake_payload import Event
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload
from tests.unit.monitors.world import EPOCH, World, every, world

assert handlers  # registers the reader of SLO alerts
BAD = range(10, 15)
"""The minutes in which the data are bad; they end at minute :data:`END`."""
END = 22
#: Data are bad, well again, and gone.
MINUTES = [2, 9, *range(11, 21), 27, 28]
HEALTH = {m: 9.0 if m in BAD else 1.0 for m in range(END)}
FINE = every(range(END), 1.0)


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


@dataclass(frozen=True, slots=True)
class Kind:
    """``feed`` writes data and gives the query of the kind."""

    type: str
    feed: Callable[[World, str], Awaitable[str]]
    options: Mapping[str, Any] = field(default_factory=dict)
    grouped: bool = True
    counts: bool = False
    """Whether nothing found is zero, so that the end of the data is no lack of them."""
    missing: bool = True
    """Whether the kind looks at missing data itself."""


async def metric(here: World, name: str) -> str:
    here.points(name, {"host:a": HEALTH, "host:b": FINE})
    return f"max(last_1m):max:{name}{{*}} by {{host}} > 5"


async def change(here: World, name: str) -> str:
    past = every(range(-31, 0), 1.0)
    here.points(name, {"host:a": past | HEALTH, "host:b": past | FINE})
    return f"change(max(last_1m),last_30m):max:{name}{{*}} by {{host}} > 5"


async def outlier(here: World, name: str) -> str:
    others = {f"host:{host}": every(range(-5, END), 1.0 + place / 50) for place, host in enumerate("bcdef")}
    here.points(name, {"host:a": every(range(-5, 0), 1.0) | {m: v**4 for m, v in HEALTH.items()}, **others})
    return f"avg(last_3m):outliers(avg:{name}{{*}} by {{host}},'DBSCAN',3) > 0"


async def anomaly(here: World, name: str) -> str:
    values = {m: 50.0 + m % 3 for m in range(-240, END)} | every(BAD, 500.0)
    here.points(name, {"host:a": values})
    return (
        f"avg(last_1h):anomalies(avg:{name}{{*}} by {{host}}, 'basic', 3, direction='above', interval=60, "
        "alert_window='last_3m') >= 1"
    )


async def logs(here: World, name: str) -> str:
    bad = [(m + part, "error", {"shop": "north"}) for m in BAD for part in (0.2, 0.5, 0.7)]
    here.logs(name, [(m + 0.5, "info", {"shop": shop}) for m in range(END) for shop in ("north", "south")])
    here.logs(name, bad)
    return f'logs("service:{name}").rollup("count").by("@shop").last("1m") > 2'


async def formula(here: World, name: str) -> str:
    await logs(here, name)
    return 'formula("query1 + 0").last("1m") > 2'


def formula_options(name: str) -> dict[str, Any]:
    query = {
        "name": "query1", "data_source": "logs", "search": {"query": f"service:{name}"},
        "compute": {"aggregation": "count"}, "group_by": [{"facet": "@shop"}],
    }  # fmt: skip
    return {"variables": [query]}


async def spans(here: World, name: str) -> str:
    def span(minute: float, resource: str, number: int) -> Span:
        start = int((EPOCH + 60 * minute) * 1e9)
        return Span(
            service=name, name="web.request", resource=resource, trace_id=number, span_id=number, start=start,
            duration=10**6, type="web", meta={"env": "prod"},
        )  # fmt: skip

    times = [(m + 0.5, r) for m in range(END) for r in ("a", "b")]
    times += [(m + part, "a") for m in BAD for part in (0.2, 0.7)]
    made = [span(minute, resource, 1000 + place) for place, (minute, resource) in enumerate(times)]
    payload = TracerPayload(chunks=[Chunk(spans=[one]) for one in made])
    found = span_tables(AgentTraces("h", "prod", payloads=[payload]))["apm_spans"]
    here.services.engine.insert_sync("apm_spans", found)
    return f'trace-analytics("service:{name}").rollup("count").by("resource_name").last("1m") > 2'


async def errors(here: World, name: str) -> str:
    found = [(m + 0.5, "trace", "Usual") for m in range(END)] + [(m + 0.5, "logs", "Odd") for m in range(END)]
    found += [(m + part, "trace", "Odd") for m in BAD for part in (0.2, 0.7)]
    here.errors(name, found)
    search = f'error-tracking("service:{name}").source("all").impact()'
    return f'{search}.rollup("count").by("error.type").last("1m") > 2'


async def events(here: World, name: str) -> str:
    for m in range(END):
        for part in (0.2, 0.5) if m in BAD else (0.5,):
            at = int(EPOCH + 60 * (m + part))
            await post_event(here.services, Event(time=at, title=f"It {part}", text="", source=name))
    return f'events("source:{name}").rollup("count").last("1m") > 1'


async def check(here: World, name: str) -> str:
    here.checks(
        name, [(m + 0.5, host, 2 if m in BAD and host == "a" else 0) for m in range(END) for host in "ab"]
    )
    return f'"{name}".over("*").by("host").last(2).count_by_status()'


async def cluster(here: World, name: str) -> str:
    await check(here, name)
    return f'"{name}".over("*").by("*").last(1).pct_by_status()'


async def composite(here: World, name: str) -> str:
    one = await here.monitor("metric alert", await metric(here, name), new_host_delay=0)
    return f"{one} || {one}"


async def slo_alert(here: World, name: str) -> str:
    minutes = range(-120, END)
    here.points(f"{name}.all", {"": every(minutes, 10.0)}, "count", 60)
    here.points(f"{name}.good", {"": {m: 0.0 if m in BAD else 10.0 for m in minutes}}, "count", 60)
    moment = datetime.fromtimestamp(EPOCH, UTC)
    slo = Slo(id=uuid4().hex, tags=[], thresholds=[], created=moment, modified=moment)
    apply_slo(slo, {
        "name": name, "type": "metric", "thresholds": [{"timeframe": "7d", "target": 99.0}],
        "query": {
            "numerator": f"sum:{name}.good{{*}}.as_count()", "denominator": f"sum:{name}.all{{*}}.as_count()",
        },
    })  # fmt: skip
    async with here.services.database.session() as db:
        db.add(slo)
    return f'burn_rate("{slo.id}").over("7d").long_window("1h").short_window("5m") > 4'


FRESH = {"new_host_delay": 0}
KINDS: dict[str, Kind] = {
    "metric": Kind("metric alert", metric, FRESH),
    "change": Kind("query alert", change, FRESH),
    "outlier": Kind("query alert", outlier, FRESH),
    "anomaly": Kind("query alert", anomaly, FRESH | {
        "thresholds": {"critical": 1, "critical_recovery": 0},
        "threshold_windows": {"trigger_window": "last_3m", "recovery_window": "last_3m"},
    }),
    "logs": Kind("log alert", logs, counts=True),
    "formula": Kind("log alert", formula, counts=True),
    "spans": Kind("trace-analytics alert", spans, counts=True),
    "errors": Kind("error-tracking alert", errors, counts=True),
    "events": Kind("event-v2 alert", events, grouped=False, counts=True),
    "check": Kind("service check", check, FRESH),
    "cluster": Kind("service check", cluster, {"thresholds": {"critical": 40}}, grouped=False),
    "composite": Kind("composite", composite, missing=False),
    "slo": Kind("slo alert", slo_alert, grouped=False, missing=False),
}  # fmt: skip

Told = dict[int, str]
"""What was told at each minute, as :meth:`World.told` gives it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The walk of one monitor. ``mails``: what was written to whom."""

    told: Told
    mails: list[OutboxMessage]
    muted: int = 0

    @property
    def first(self) -> int:
        return next(minute for minute, moves in self.told.items() if "Triggered" in moves)

    @property
    def after(self) -> int:
        return next(minute for minute, moves in self.told.items() if "Recovered" in moves)

    def kinds(self) -> list[str]:
        return [move.split(" ", 1)[1] if ":" in move else move for moves in self.told.values()
                for move in moves.split(", ")]  # fmt: skip


Check = Callable[[Kind, Seen, Seen], None]


def same(_: Kind, plain: Seen, found: Seen) -> None:
    assert found.told == plain.told


def shifted(_: Kind, plain: Seen, found: Seen) -> None:
    assert found.first == plain.first + 2


def said(part: str, *, there: bool) -> Check:
    def checked(_: Kind, plain: Seen, found: Seen) -> None:
        assert found.told == plain.told
        assert any(part in f"{mail.subject}\n{mail.text}" for mail in found.mails) is there

    return checked


def silent(_: Kind, plain: Seen, found: Seen) -> None:
    assert found.told == plain.told
    assert found.mails == []


def muted(kind: Kind, plain: Seen, found: Seen) -> None:
    silent(kind, plain, found)
    assert found.muted == len(found.kinds())


def reminded(most: int) -> Check:
    """Each second minute while it was in Alert, ``most`` times."""

    def checked(_: Kind, plain: Seen, found: Seen) -> None:
        expected, last = [], plain.first
        for minute in MINUTES:
            if last + 2 <= minute < plain.after and len(expected) < most:
                expected.append(minute)
                last = minute
        extra = [minute for minute, moves in found.told.items() if "Renotify" in moves]
        assert expected
        assert [minute for minute in extra if minute <= plain.after] == expected

    return checked


def escalated(_: Kind, __: Seen, found: Seen) -> None:
    again = [mail for mail in found.mails if "Re-Triggered" in mail.subject]
    assert again
    assert all("Wake up" in mail.text for mail in again)
    assert not any("Wake up" in mail.text for mail in found.mails if mail not in again)


def missing(notifies: bool) -> Check:
    """Where the data end, No Data is told or not, by kinds that see it."""

    def checked(kind: Kind, plain: Seen, found: Seen) -> None:
        assert {m: t for m, t in found.told.items() if m <= plain.after} == {
            m: t for m, t in plain.told.items() if m <= plain.after
        }
        assert ("No Data" in found.kinds()) is (notifies and kind.missing)

    return checked


def delayed(_: Kind, plain: Seen, found: Seen) -> None:
    """New groups are seen at minute 2 and judged only after the alert has begun."""
    assert plain.first < found.first == 2 + 13


def one_mail(kind: Kind, plain: Seen, found: Seen) -> None:
    assert found.told == plain.told
    assert all("host:a" not in mail.subject and "@shop" not in mail.subject for mail in found.mails)
    assert bool(found.mails) == bool(plain.mails)


#: What each option is tried with, and what it must change. Of more options than one at a time, the option's
#: own name is first.
CASES: dict[str, list[tuple[dict[str, Any], Check]]] = {
    "enable_logs_sample": [({"enable_logs_sample": True}, said("Logs that were found", there=True))],
    "escalation_message": [
        ({"escalation_message": "Wake up @late@example.org", "renotify_interval": 2}, escalated)
    ],
    "evaluation_delay": [({"evaluation_delay": 120}, shifted)],
    "group_retention_duration": [({"group_retention_duration": "60m"}, same)],
    "groupby_simple_monitor": [({"groupby_simple_monitor": True}, one_mail)],
    "include_tags": [({"include_tags": False}, said(" on {", there=False))],
    "new_group_delay": [({"new_group_delay": 780}, delayed)],
    "no_data_timeframe": [({"notify_no_data": True, "no_data_timeframe": 4}, missing(True))],
    "notification_preset_name": [
        ({"notification_preset_name": "hide_query"}, said("Query:", there=False)),
        ({"notification_preset_name": "show_all"}, said("Query:", there=True)),
        ({"notification_preset_name": "hide_handles"}, said("Notified:", there=False)),
    ],
    "notify_by": [({"notify_by": ["*"]}, one_mail)],
    "notify_no_data": [
        ({"notify_no_data": True, "no_data_timeframe": 4}, missing(True)),
        ({"notify_no_data": False}, missing(False)),
    ],
    "on_missing_data": [
        ({"on_missing_data": "show_and_notify_no_data"}, missing(True)),
        ({"on_missing_data": "show_no_data"}, missing(False)),
        ({"on_missing_data": "resolve"}, missing(False)),
        ({"on_missing_data": "default"}, missing(False)),
    ],
    "renotify_interval": [({"renotify_interval": 2}, reminded(99))],
    "renotify_occurrences": [({"renotify_interval": 2, "renotify_occurrences": 1}, reminded(1))],
    "renotify_statuses": [({"renotify_interval": 2, "renotify_statuses": ["no data"]}, same)],
    "silenced": [({"silenced": {"*": None}}, muted)],
    "timeout_h": [({"timeout_h": 1}, same)],
}
#: Options that say nothing of evaluations, or are those of a few kinds and tested with them.
ELSEWHERE = {
    "aggregation", "enable_samples", "locked", "new_host_delay", "notify_audit", "require_full_window",
    "restriction_query", "scheduling_options", "threshold_windows", "thresholds", "variables",
    "min_failure_duration", "min_location_failed", "device_ids", "synthetics_check_id",
}  # fmt: skip
#: Where an option of a kind does nothing, or something that the relation does not describe, and why.
WITHOUT: dict[str, dict[str, str]] = {
    "evaluation_delay": dict.fromkeys(
        ("check", "cluster", "composite", "slo"), "looks at the latest statuses, or at the states of others"
    ),
    "new_group_delay": dict.fromkeys(("events", "cluster", "slo"), "has one group")
    | {"composite": "its groups are those of its monitors"},
    "enable_logs_sample": dict.fromkeys(set(KINDS) - {"logs", "formula"}, "refused"),
    "on_missing_data": {"check": "looks at the latest statuses, which stay for a day"},
    "groupby_simple_monitor": {"check": "refused", "cluster": "refused"},
}


def test_every_option_is_tried_or_tested_elsewhere() -> None:
    assert set(OPTIONS) == set(CASES) | ELSEWHERE
    assert not set(CASES) & ELSEWHERE


async def seen(here: World, monitor_id: int) -> Seen:
    async with here.services.database.session() as db:
        wanted = select(OutboxMessage).where(OutboxMessage.monitor_id == monitor_id)
        mails = list(await db.scalars(wanted.order_by(OutboxMessage.id)))
        moves = await db.scalars(select(MonitorTransition).where(MonitorTransition.monitor_id == monitor_id))
        return Seen(await here.told(monitor_id), mails, sum(move.muted for move in moves))


@pytest.mark.parametrize("name", KINDS)
async def test_each_option(here: World, name: str) -> None:
    kind = KINDS[name]
    metric = f"mx.{name}"
    query = await kind.feed(here, metric)
    own = dict(kind.options) | (formula_options(metric) if name == "formula" else {})
    message = "It is {{value}} @me@example.org"
    plain = await here.monitor(kind.type, query, message, **own)
    draft = await here.monitor(kind.type, query, message, **own)
    async with here.services.database.session() as db:
        await db.execute(update(Monitor).where(Monitor.id == draft).values(draft_status="draft"))
    tried: list[tuple[str, int, Check]] = [("draft", draft, silent)]
    for option, cases in CASES.items():
        reason = WITHOUT.get(option, {}).get(name)
        for given, checked in cases:
            if reason == "refused":
                with pytest.raises(ApiError, match=option):
                    await here.monitor(kind.type, query, message, **own, **given)
            elif reason is None:
                made = await here.monitor(kind.type, query, message, **own, **given)
                tried.append((f"{given}", made, checked))
    for minute in MINUTES:
        await here.at(minute)
    usual = await seen(here, plain)
    assert {"Triggered", "Recovered"} <= set(usual.kinds())
    assert usual.mails
    failed = []
    for label, made, checked in tried:
        assert not await here.problem(made), label
        try:
            checked(kind, usual, await seen(here, made))
        except AssertionError as error:
            failed.append(f"{label}: {usual.told} -> {(await seen(here, made)).told}: {error}")
    assert not failed, "\n".join(failed)

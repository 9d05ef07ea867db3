"""Mails at the beginning and the end of downtimes: a stepped clock, a real SMTP server."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from heeler.api.services import Principal, Services
from heeler.downtimes.lifecycle_notifications import announce_due, news
from heeler.downtimes.model import Downtime
from heeler.downtimes.notification import Change, notice
from heeler.downtimes.schedule import Occurrence, Plan, Recurrence
from heeler.downtimes.store import made_by
from heeler.downtimes.v1 import apply
from heeler.notify.delivery import deliver_due
from heeler.notify.model import OutboxMessage
from heeler.settings import Settings
from heeler.store.engine import Engine
from tests.conftest import free_port
from tests.unit.notify.world import services_at

DUBLIN = ZoneInfo("Europe/Dublin")
MONDAY = datetime(2027, 3, 22, tzinfo=DUBLIN)
"""Clocks go forward on the Sunday that follows."""
CALLER = Principal(1, "me@example.com", "admin", "Me")


@dataclass
class Clock:
    now: float = MONDAY.timestamp()

    def __call__(self) -> float:
        return self.now

    def set(self, moment: datetime) -> None:
        self.now = moment.timestamp()


@dataclass
class Inbox:
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def taken(self) -> list[EmailMessage]:
        mails, self.mails = self.mails, []
        return mails


@asynccontextmanager
async def stage(engine: Engine, folder: Path) -> AsyncIterator[tuple[Services, Clock, Inbox]]:
    inbox, clock = Inbox(), Clock()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        settings = Settings.from_env({"HEELER_SMTP": f"smtp://127.0.0.1:{controller.port}"}, data_dir=folder)
        async with services_at(engine, folder) as services:
            yield replace(services, settings=settings, now=clock), clock, inbox
    finally:
        controller.stop()


async def scheduled(services: Services, **given_fields: Any) -> int:
    downtime = made_by(CALLER, services.now())
    apply(
        downtime, {"scope": "host:web-1", "message": "Quiet @ops@example.com", **given_fields}, services.now()
    )
    async with services.database.session() as db:
        db.add(downtime)
        await db.flush()
        return downtime.id


async def subjects(services: Services, inbox: Inbox) -> list[str]:
    """What is mailed when the server looks at its clock now, twice."""
    for _ in range(2):
        await announce_due(services)
        await deliver_due(services)
    return [str(mail["Subject"]).split("]")[0].lstrip("[") for mail in inbox.taken()]


async def test_nights_and_a_change_of_clocks(engine: Engine, tmp_path: Path) -> None:
    async with stage(engine, tmp_path) as (services, clock, inbox):
        evening = MONDAY.replace(hour=19)
        await scheduled(
            services, timezone="Europe/Dublin", start=int(evening.timestamp()),
            end=int((evening + timedelta(hours=14)).timestamp()),
            recurrence={"type": "weeks", "period": 1, "week_days": ["Mon", "Sat"]},
        )  # fmt: skip
        seen = []
        for day, hour, minute in [
            (22, 18, 59),
            (22, 19, 0),
            (23, 8, 59),
            (23, 9, 0),
            (27, 19, 0),
            (28, 9, 0),
        ]:
            clock.set(datetime(2027, 3, day, hour, minute, tzinfo=DUBLIN))
            seen.append(await subjects(services, inbox))
        assert seen == [
            [],
            ["Downtime started"],
            [],
            ["Downtime ended"],
            ["Downtime started"],
            ["Downtime ended"],
        ]


async def test_the_mails_name_the_zone_and_utc(engine: Engine, tmp_path: Path) -> None:
    async with stage(engine, tmp_path) as (services, clock, inbox):
        begin = datetime(2027, 7, 5, 19, tzinfo=DUBLIN)
        await scheduled(
            services, timezone="Europe/Dublin", start=int(begin.timestamp()),
            end=int((begin + timedelta(hours=1)).timestamp()),
        )  # fmt: skip
        texts = []
        for minutes in (0, 60):
            clock.set(begin + timedelta(minutes=minutes))
            await announce_due(services)
            await deliver_due(services)
            (mail,) = inbox.taken()
            assert mail["To"] == "ops@example.com"
            texts.append(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        started, ended = texts
        assert "Began: Mon 5 Jul 2027, 19:00 IST (Europe/Dublin)" in started
        assert "Ends (UTC): Mon 5 Jul 2027, 19:00 UTC" in started
        assert "do not notify" in started
        assert "Ended: Mon 5 Jul 2027, 20:00 IST (Europe/Dublin)" in ended
        assert "Monitors notify again." in ended


async def test_canceled_downtimes_are_not_told_to_end(engine: Engine, tmp_path: Path) -> None:
    async with stage(engine, tmp_path) as (services, clock, inbox):
        number = await scheduled(services, start=int(clock.now), end=int(clock.now) + 60)
        assert await subjects(services, inbox) == ["Downtime started"]
        async with services.database.session() as db:
            (await db.get_one(Downtime, number)).canceled = clock.now + 30
        clock.now += 61
        assert await subjects(services, inbox) == []


async def test_a_server_that_was_away_tells_what_it_missed_once(engine: Engine, tmp_path: Path) -> None:
    async with stage(engine, tmp_path) as (services, clock, inbox):
        await scheduled(services, start=int(clock.now) + 60, end=int(clock.now) + 3600)
        clock.now += 1800
        assert await subjects(services, inbox) == ["Downtime started"]
        clock.now += 86400
        assert await subjects(services, inbox) == ["Downtime ended"]


async def test_nobody_is_mentioned(engine: Engine, tmp_path: Path) -> None:
    async with stage(engine, tmp_path) as (services, clock, inbox):
        await scheduled(services, start=int(clock.now), message="user@ nobody")
        await scheduled(services, start=int(clock.now), message=None)
        assert await subjects(services, inbox) == []


async def test_what_is_told_is_kept_with_the_mail_or_not_at_all(
    engine: Engine, tmp_path: Path, monkeypatch: Any
) -> None:
    async with stage(engine, tmp_path) as (services, clock, inbox):
        first = await scheduled(services, start=int(clock.now))
        second = await scheduled(services, start=int(clock.now), recurrence={"type": "days", "period": 1},
                                 end=int(clock.now) + 60)  # fmt: skip
        async with services.database.session() as db:
            (await db.get_one(Downtime, first)).timezone = "Nowhere/Atlantis"
        await announce_due(services)
        async with services.database.session() as db:
            assert (await db.get_one(Downtime, first)).begun is None
            assert (await db.get_one(Downtime, second)).begun == clock.now
            assert len((await db.scalars(select(OutboxMessage))).all()) == 1
            (await db.get_one(Downtime, first)).timezone = "UTC"
        assert len(await subjects(services, inbox)) == 2


def test_a_weekend_of_two_days_is_one() -> None:
    days = Recurrence(datetime(2027, 1, 2), timedelta(days=1), "FREQ=WEEKLY;BYDAY=SA,SU")
    plan = Plan("UTC", 0.0, None, (days,))
    begun: float | None = None
    told = []
    saturday = datetime(2027, 1, 2, tzinfo=UTC)
    for hour in range(60):
        now = (saturday + timedelta(hours=hour)).timestamp()
        changes, begun = news(plan, begun, now)
        told += [(hour, change) for change, _ in changes]
    assert told == [(0, Change.STARTED), (48, Change.ENDED)]


@given(
    st.integers(1, 30),
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,SA", "FREQ=DAILY;INTERVAL=2"]),
    st.lists(st.integers(1, 40), min_size=1, max_size=60),
)
def test_beginnings_and_ends_alternate(hours: int, rule: str, steps: list[int]) -> None:
    start = datetime(2027, 1, 4, 19)
    plan = Plan("Europe/Dublin", 0.0, None, (Recurrence(start, timedelta(hours=hours), rule),))
    now, begun, told = start.timestamp(), None, []
    for step in itertools.chain([0], steps):
        now += step * 3600
        changes, begun = news(plan, begun, now)
        assert news(plan, begun, now) == ([], begun)
        for change, occurrence in changes:
            assert occurrence.start <= now
            told.append(change)
    assert told == list(itertools.islice(itertools.cycle([Change.STARTED, Change.ENDED]), len(told)))


def test_the_subject_names_the_monitor_where_there_is_no_scope() -> None:
    begin = MONDAY.timestamp()
    downtime = made_by(CALLER, begin)
    downtime.scope, downtime.monitor_id = ["*"], 7
    shown = Occurrence(begin, begin + 14 * 3600)

    def subject(monitors: str) -> str:
        return notice(downtime, Change.SCHEDULED, shown, monitors, "http://localhost").subject

    assert subject("#7 my_metric is high") == "[Downtime scheduled] my_metric is high"
    assert subject("#7") == "[Downtime scheduled] #7"
    downtime.scope = ["host:a"]
    assert subject("#7 my_metric is high") == "[Downtime scheduled] host:a"
    downtime.scope, downtime.monitor_id = ["*"], None
    assert subject("all") == "[Downtime scheduled] everything"

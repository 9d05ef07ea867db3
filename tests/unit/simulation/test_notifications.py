"""A notification arrives once, or is marked as a repetition, wherever the server is killed; nothing is sent
to somebody who was disabled meanwhile.

Real are the evaluation of monitors, its transaction, the outbox and the courier, over SQLite and the engine;
simulated are the mail server, the clock and the death of the server.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from heeler.accounts.model import User
from heeler.notify import senders
from heeler.notify.delivery import deliver_due
from heeler.notify.model import OutboxMessage
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, every, world
from tests.unit.simulation.clock import seeds
from tests.unit.simulation.snapshots import SteppedLoop, changed, copy_database, run_stepped

_TO = "ann@example.org"


@dataclass
class MailServer:
    """Takes mails; ``answers``: what becomes of the next ones (taken, refused, taken without an answer)."""

    taken: list[tuple[str, bool]] = field(default_factory=list)
    """Subject, and whether it was marked as a repetition."""
    answers: list[str] = field(default_factory=list)

    async def send(self, _: str, __: str, message: OutboxMessage, ___: Any, *, repeated: bool = False) -> str:
        answer = self.answers.pop(0) if self.answers else "taken"
        await asyncio.sleep(0)
        if answer == "refused":
            raise ConnectionRefusedError("simulated")
        self.taken.append((message.subject, repeated))
        await asyncio.sleep(0)
        if answer == "silent":
            raise TimeoutError("simulated")
        return "250 OK"


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> MailServer:
    server = MailServer()
    monkeypatch.setattr(senders, "send_mail", server.send)
    return server


async def _alert(here: World, metric: str) -> None:
    object.__setattr__(here.services.settings, "smtp_url", "smtp://simulated")
    here.points(metric, {"host:a": every(range(300), 9.0), "host:b": every(range(300), 9.0)})
    query = f"avg(last_5m):avg:{metric}{{*}} by {{host}} > 5"
    await here.monitor("metric alert", query, f"@{_TO}")


async def _settle(here: World, minute: float, rng: random.Random) -> None:
    """What a server that was started again does in the next minutes; its clock may have jumped."""
    object.__setattr__(here.services.settings, "smtp_url", "smtp://simulated")
    for _ in range(4):
        minute += rng.choice((0.5, 3, 3, 60))
        await here.at(minute)
        await deliver_due(here.services)


def _check(taken: list[tuple[str, bool]], expected: int) -> None:
    """Each subject once unmarked; more of it only as repetitions."""
    subjects = {subject for subject, _ in taken if "Triggered" in subject}
    assert len(subjects) == expected, taken
    for subject in subjects:
        marks = [repeated for one, repeated in taken if one == subject]
        assert marks.count(False) <= 1, f"sent twice and not marked: {taken}"


@pytest.mark.parametrize("seed", seeds(1))
def test_wherever_the_server_is_killed(engine: Engine, tmp_path: Path, mails: MailServer, seed: int) -> None:
    rng, metric = random.Random(seed), f"sim.kill{seed}"
    copies: list[tuple[Path, int]] = []
    seen: set[tuple[tuple[str, int, int], ...]] = set()

    async def first() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SteppedLoop)

        def copy() -> None:
            fresh, sent = changed(tmp_path, seen), len(mails.taken)
            if fresh or (copies and copies[-1][1] != sent):
                target = tmp_path / f"copy{len(copies)}"
                copy_database(tmp_path, target)
                copies.append((target, sent))

        async with world(engine, tmp_path) as here:
            await _alert(here, metric)
            mails.answers = [rng.choice(("taken", "taken", "refused", "silent")) for _ in range(3)]
            loop.between = copy
            await here.at(4)
            await deliver_due(here.services)
            here.set(5)
            await deliver_due(here.services)
            loop.between = None

    run_stepped(first())
    before = list(mails.taken)
    assert len(copies) > 5
    for folder, sent in rng.sample(copies, min(len(copies), 8)):
        mails.taken, mails.answers = before[:sent], []

        async def again(folder: Path = folder) -> None:
            async with world(engine, folder) as here:
                await _settle(here, 6, random.Random(seed))

        run_stepped(again())
        _check(mails.taken, 2)


@pytest.mark.parametrize("seed", seeds(2))
def test_whatever_the_mail_server_and_the_clock_do(
    engine: Engine, tmp_path: Path, mails: MailServer, seed: int
) -> None:
    rng, metric = random.Random(1000 + seed), f"sim.mail{seed}"

    async def main() -> None:
        async with world(engine, tmp_path) as here:
            await _alert(here, metric)
            mails.answers = [rng.choice(("taken", "refused", "silent")) for _ in range(12)]
            minute = 4.0
            for _ in range(12):
                await here.at(minute)
                await deliver_due(here.services)
                minute = max(minute + rng.choice((0.3, 1, 5, -3, 70)), 1)
            await _settle(here, 300, rng)

    run_stepped(main())
    _check(mails.taken, 2)


def test_nothing_is_sent_to_a_user_who_was_disabled_meanwhile(
    engine: Engine, tmp_path: Path, mails: MailServer
) -> None:
    async def main() -> None:
        async with world(engine, tmp_path) as here:
            moment = datetime.fromtimestamp(EPOCH, UTC)
            async with here.services.database.session() as db:
                db.add(User(email=_TO, name="Ann", created=moment, modified=moment))
            await _alert(here, "sim.revoked")
            await here.at(4)
            async with here.services.database.session() as db:
                await db.execute(update(User).where(User.email == _TO).values(disabled=True))
            await deliver_due(here.services)
            assert [(one.state, one.error) for one in await here.outbox()] == [
                ("failed", "The user was disabled after this was written")
            ] * 2

    run_stepped(main())
    assert mails.taken == []

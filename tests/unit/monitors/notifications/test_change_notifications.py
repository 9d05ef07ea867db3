"""``notify_audit`` and ``locked``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from heeler.api.errors import ApiError
from heeler.api.services import Principal
from heeler.monitors.model import Monitor
from heeler.monitors.notifications.change_notifications import check_may_change, notify_change
from heeler.store.engine import Engine
from tests.unit.monitors.world import world

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def monitor(**options: bool) -> Monitor:
    return Monitor(
        id=7, name="**a** was > 1", query="q", message="@ops@example.org", options=options, creator_id=3,
        creator_email="maker@example.org", created=MOMENT, modified=MOMENT,
    )  # fmt: skip


def caller(user_id: int, role: str) -> Principal:
    return Principal(user_id=user_id, email="who@example.org", role=role, name="Who")


def test_a_locked_monitor_is_changed_by_its_creator_and_administrators() -> None:
    check_may_change(monitor(locked=True), caller(3, "standard"))
    check_may_change(monitor(locked=True), caller(9, "admin"))
    check_may_change(monitor(locked=False), caller(9, "standard"))
    with pytest.raises(ApiError, match="locked"):
        check_may_change(monitor(locked=True), caller(9, "standard"))


async def test_those_mentioned_and_the_creator_hear_of_changes(engine: Engine, tmp_path: Path) -> None:
    async with world(engine, tmp_path) as here:
        for wanted in (False, True):
            async with here.services.database.session() as db:
                made = monitor(notify_audit=wanted)
                await notify_change(db, here.services, made, caller(9, "admin"), "edited")
        mails = await here.mails()
    subject = "[Monitor edited] a was > 1"
    assert sorted(mails) == [("maker@example.org", subject), ("ops@example.org", subject)]

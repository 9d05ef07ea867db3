"""How states went in a window: before it, within it, and of groups that never changed."""

from __future__ import annotations

from pathlib import Path

from heeler.monitors.state_history import state_history
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, every, world


async def test_states_at_the_start_and_changes_since(engine: Engine, tmp_path: Path) -> None:
    async with world(engine, tmp_path) as here:
        level = {m: 9.0 if 5 <= m < 8 else 1.0 for m in range(20)}
        here.points("sh.level", {"host:a": level, "host:b": every(range(20), 1.0)})
        made = await here.monitor("metric alert", "max(last_1m):max:sh.level{*} by {host} > 5")
        for minute in range(1, 16):
            await here.at(minute)
        async with here.services.database.session() as db:
            late = await state_history(db, made, EPOCH + 7 * 60, EPOCH + 15 * 60)
            early = await state_history(db, made, EPOCH, EPOCH + 3 * 60)
    assert late["host:a"] == ("Alert", [(EPOCH + 9 * 60, "Alert", "OK")])
    assert late["host:b"] == ("OK", [])
    assert early["host:a"] == ("", [(EPOCH + 60, "", "OK")])

from __future__ import annotations

from pathlib import Path

from heeler.notify.pruning import prune
from tests.unit.notify.world import content, opened

DAY = 86_400


async def test_old_messages_go_and_pending_ones_stay(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await world.notify("email", "a@example.com", content(), b"picture")
        await world.deliver()
        await world.notify("webhook", "none", content())
        assert await prune(world.services) == 0
        world.now += 15 * DAY
        assert await prune(world.services) == 0
        first, second = await world.messages()
        assert (first.picture, first.state) == (None, "kept")
        assert second.state == "pending"
        world.now += 80 * DAY
        assert await prune(world.services) == 1
        assert await world.states() == ["pending"]
        assert await world.attempts() == []

"""Who wants many pictures waits for their own."""

from __future__ import annotations

import asyncio

import pytest

from heeler.api.render_turns import RenderTurns
from heeler.render.png import RenderBusy
from heeler.store.fair_slots import caller


async def test_callers_take_turns_and_no_more_wait_than_may() -> None:
    turns, go, order = RenderTurns(waiting=3), asyncio.Event(), list[str]()

    async def draw(owner: str) -> None:
        caller.set(owner)
        async with turns():
            await go.wait()
            order.append(owner)

    async def opened() -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        go.set()

    work = [draw("a"), draw("a"), draw("a"), draw("a"), draw("a"), draw("b"), opened()]
    found = await asyncio.gather(*work, return_exceptions=True)
    assert order == ["a", "a", "b", "a"] or order == ["a", "b", "a", "a"]
    assert sum(isinstance(one, RenderBusy) for one in found) == 2


async def test_waiting_has_an_end() -> None:
    turns = RenderTurns(patience=0.01)
    async with turns():
        with pytest.raises(RenderBusy, match=r"0\.01 seconds"):
            async with turns():
                raise AssertionError("never drawn")

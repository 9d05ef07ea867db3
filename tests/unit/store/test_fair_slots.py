"""Slots are shared fairly: whoever floods waits for themselves."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import weakref
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.store.fair_slots import INTERNAL, FairSlots, NoSlot


def _task(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    return asyncio.get_running_loop().create_task(work)


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_second_caller_is_served_before_the_rest_of_a_flood() -> None:
    slots, order = FairSlots(1, 100), list[str]()

    async def work(owner: str) -> None:
        await slots.acquire(owner)
        order.append(owner)
        await asyncio.sleep(0)
        slots.release(owner)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(50):
            tasks.create_task(work("flood"))
        await asyncio.sleep(0)
        tasks.create_task(work("other"))
    assert order.index("other") <= 3
    assert Counter(order) == {"flood": 50, "other": 1}
    assert (slots.running, slots.waiting) == (0, 0)


async def test_one_caller_leaves_a_slot_for_another_but_the_server_itself_takes_all() -> None:
    slots = FairSlots(4, 100)
    held = [_task(slots.acquire("flood")) for _ in range(4)]
    await _settled()
    assert [task.done() for task in held] == [True, True, True, False]
    await asyncio.wait_for(slots.acquire("other"), 1)
    slots.release("other")
    await _settled()
    assert not held[3].done(), "still at its share"
    slots.release("flood")
    await _settled()
    assert held[3].done()
    internal = FairSlots(4, 100)
    for _ in range(4):
        await asyncio.wait_for(internal.acquire(INTERNAL), 1)
    assert internal.running == 4


async def test_where_no_place_is_left_the_newest_of_the_largest_gives_way() -> None:
    slots = FairSlots(1, 3)
    await slots.acquire("flood")
    waiting = [_task(slots.acquire("flood")) for _ in range(3)]
    await _settled()
    assert slots.full_for("flood")
    with pytest.raises(NoSlot):
        await slots.acquire("flood")
    assert not slots.full_for("other")
    assert not slots.full_for(INTERNAL)
    other = _task(slots.acquire("other"))
    await _settled()
    assert isinstance(waiting[2].exception(), NoSlot)
    assert slots.waiting == 3
    # Two against one: nobody else of "other" displaces one of "flood".
    assert slots.full_for("other")
    with pytest.raises(NoSlot):
        await slots.acquire("other")
    for owner in ("flood", "flood", "other", "flood"):
        slots.release(owner)
        await _settled()
    assert other.done()
    assert (slots.running, slots.waiting) == (0, 0)


async def test_a_slot_of_a_closed_loop_is_given_back_later() -> None:
    slots = FairSlots(1, 3)
    await slots.acquire("a")
    slots.release_later("a")
    await asyncio.wait_for(slots.acquire("b"), 1)
    assert slots.running == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(0, 8), st.integers(0, 2**32))
def test_whatever_happens_no_slot_is_lost_and_none_is_given_twice(size: int, room: int, seed: int) -> None:
    rng = random.Random(seed)

    async def run() -> None:
        slots, inside, results = FairSlots(size, room), 0, Counter[str]()

        async def work(owner: str) -> None:
            nonlocal inside
            try:
                await slots.acquire(owner)
            except NoSlot:
                results["refused"] += 1
                return
            inside += 1
            assert inside <= size
            try:
                for _ in range(rng.randrange(4)):
                    await asyncio.sleep(0)
            finally:
                inside -= 1
                slots.release(owner)
                results["served"] += 1

        tasks = list[asyncio.Task[None]]()
        for _ in range(60):
            tasks.append(_task(work(rng.choice(["", "a", "a", "a", "b", "c"]))))
            assert slots.waiting <= room
            if rng.random() < 0.3:
                rng.choice(tasks).cancel()
            if rng.random() < 0.5:
                await asyncio.sleep(0)
        ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        assert all(one is None or isinstance(one, asyncio.CancelledError) for one in ended)
        assert (slots.running, slots.waiting, inside) == (0, 0, 0)
        assert results["served"] + results["refused"] + sum(one is not None for one in ended) >= 60

    asyncio.run(run())


class _Body:
    """What a failing call holds."""


async def test_what_a_failed_call_held_is_freed_without_the_garbage_collector() -> None:
    slots, held = FairSlots(1, 1), list[weakref.ref[_Body]]()

    def fail() -> None:
        body = _Body()
        held.append(weakref.ref(body))
        raise ValueError("too large")

    gc.collect()
    gc.disable()
    try:
        with ThreadPoolExecutor(1) as threads:
            with contextlib.suppress(ValueError):
                await slots.run(threads, "key:1", fail)
            await _settled()
        assert held
        assert held[0]() is None
    finally:
        gc.enable()

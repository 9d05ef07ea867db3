"""Inserts that failed: tried again with the same rows, each request answered once."""

from __future__ import annotations

import asyncio
from typing import Any

import pyarrow as pa
import pytest

from heeler.store.group_commit import Insert, Request, Stages
from heeler.store.insert_retries import RETRY_SECONDS, Unresolved, forget


class Box:
    """Failed inserts, a clock, and what an attempt comes to."""

    def __init__(self, seconds: float = 600.0) -> None:
        self.now = 1000.0
        self.unresolved = Unresolved(lambda: self.now, seconds)
        self.errors: dict[Request, Exception] = {}
        self.left: Stages = []
        self.attempts = 0
        self.stored: list[bytes] = []

    def request(self, digest: bytes | None, rows: int = 2, *, repeatable: bool = False) -> Request:
        tables = {"points": pa.table({"n": list(range(rows))})}
        return Request(tables, rows, asyncio.get_running_loop().create_future(), digest, repeatable)

    def add(self, *requests: Request) -> Stages:
        stages = [[Insert("points", list(requests))]]
        self.unresolved.add(stages)
        return stages

    async def run(self, stages: Stages) -> tuple[dict[Request, Exception], Stages]:
        self.attempts += 1
        return self.errors, self.left

    async def retry(self) -> None:
        await self.unresolved.retry(self.run, self.stored.append)


@pytest.fixture
async def box() -> Box:
    return Box()


async def test_an_attempt_is_made_when_it_is_due(box: Box) -> None:
    box.add(box.request(b"a"))
    assert (box.unresolved.rows, box.unresolved.next_attempt) == (2, 1000 + RETRY_SECONDS[0])
    await box.retry()
    assert box.attempts == 0
    box.now += RETRY_SECONDS[0]
    await box.retry()
    assert (box.attempts, box.stored) == (1, [b"a"])
    assert (box.unresolved.rows, box.unresolved.next_attempt) == (0, None)


async def test_requests_without_a_digest_are_for_their_senders_to_repeat(box: Box) -> None:
    box.add(box.request(None))
    assert box.unresolved.next_attempt is None


async def test_pauses_grow_and_the_last_one_repeats(box: Box) -> None:
    one = box.request(b"a")
    box.left = box.add(one)
    pauses = []
    for _ in range(len(RETRY_SECONDS) + 1):
        due = box.unresolved.next_attempt
        assert due is not None
        pauses.append(due - box.now)
        box.now = due
        await box.retry()
    assert pauses == [*RETRY_SECONDS, RETRY_SECONDS[-1]]
    assert box.stored == []


async def test_a_request_that_is_sent_again_shares_the_next_outcome(box: Box) -> None:
    box.add(box.request(b"a"))
    assert box.unresolved.find(b"other") is None
    first, second = box.unresolved.find(b"a"), box.unresolved.find(b"a")
    assert first is not None
    assert first is second
    assert box.unresolved.next_attempt == box.now
    await box.retry()
    assert first.done()
    assert first.result() is None
    assert box.unresolved.find(b"a") is None


async def test_a_failure_is_told_to_who_asked_and_later_ones_wait_for_the_next(box: Box) -> None:
    one = box.request(b"a")
    stages = box.add(one)
    first = box.unresolved.find(b"a")
    box.errors, box.left = {one: OSError("disk")}, stages
    await box.retry()
    assert first is not None
    assert isinstance(first.exception(), OSError)
    second = box.unresolved.find(b"a")
    assert second is not None
    assert not second.done()
    box.errors, box.left = {}, []
    await box.retry()
    assert second.result() is None
    assert box.stored == [b"a"]


async def test_a_repeatable_request_that_is_stored_is_known_once_for_each_time(box: Box) -> None:
    box.add(box.request(b"a", repeatable=True))
    box.now += 10
    await box.retry()
    assert box.stored == []  # the same digest may mean other rows
    assert box.unresolved.take_stored(b"a")
    assert not box.unresolved.take_stored(b"a")


async def test_one_that_was_sent_again_meanwhile_is_answered_and_not_known_besides(box: Box) -> None:
    box.add(box.request(b"a", repeatable=True))
    waiting = box.unresolved.find(b"a")
    assert box.unresolved.find(b"a") is None  # another one of the same content is another request
    await box.retry()
    assert waiting is not None
    assert waiting.result() is None
    assert not box.unresolved.take_stored(b"a")


async def test_what_is_stored_is_forgotten_after_a_time(box: Box) -> None:
    box.add(box.request(b"a", repeatable=True))
    box.now += 10
    await box.retry()
    box.now += 601
    assert not box.unresolved.take_stored(b"a")


async def test_what_stays_broken_is_given_up(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    one = box.request(b"a")
    stages = box.add(one)
    waiting = box.unresolved.find(b"a")
    box.now += 600
    box.errors, box.left = {one: OSError("disk")}, stages
    await box.retry()
    assert box.unresolved.rows == 0
    assert "given up" in caplog.text
    assert waiting is not None
    assert waiting.exception()


async def test_of_a_group_each_request_has_its_own_fate(box: Box) -> None:
    good, bad = box.request(b"good"), box.request(b"bad", 5)
    box.add(good, bad)
    waiting: dict[bytes, Any] = {name: box.unresolved.find(name) for name in (b"good", b"bad")}
    box.errors, box.left = {bad: OSError("x")}, [[Insert("points", [bad])]]
    await box.retry()
    assert waiting[b"good"].result() is None
    assert waiting[b"bad"].exception()
    assert (box.stored, box.unresolved.rows) == ([b"good"], 5)
    assert box.unresolved.find(b"good") is None
    assert box.unresolved.find(b"bad") is not None


def test_forgetting_stops_at_what_is_young() -> None:
    times = {b"a": 1.0, b"b": 2.0, b"c": 3.0}
    forget(times, 2.0)
    assert list(times) == [b"b", b"c"]

"""What is taken in counts for the API key that sent it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from heeler.intake.accounting import signals_of, taken
from heeler.intake.app import ENDPOINTS
from heeler.metric_usage.key_usage import set_sender


class Noted:
    """The part of the services that counts."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, int]] = []

    def part(self, _: Any) -> Noted:
        return self

    def note(self, key: str, signal: str, amount: int) -> None:
        self.notes.append((key, signal, amount))


async def test_requests_at_once_count_for_their_own_keys() -> None:
    noted: Any = Noted()

    async def request(key: str) -> None:
        set_sender(key)
        for _ in range(3):
            await asyncio.sleep(0)
            taken(noted, "logs", 1)
            await asyncio.to_thread(taken, noted, "sketches", 2)

    await asyncio.gather(*(request(f"k{number}") for number in range(20)))
    taken(noted, "spans", 5)
    taken(noted, "points", 7, "other")
    assert sorted(noted.notes) == sorted(
        [(f"k{number}", "logs", 1) for number in range(20) for _ in range(3)]
        + [(f"k{number}", "points", 2) for number in range(20) for _ in range(3)]
        + [("", "spans", 5), ("other", "points", 7)]
    )


async def test_a_signal_that_is_not_counted_is_an_error_and_not_lost() -> None:
    noted: Any = Noted()
    with pytest.raises(KeyError):
        taken(noted, "profiles", 1)


@pytest.mark.parametrize(
    ("word", "signal"),
    [("series", "points"), ("sketches", "points"), ("distribution_points", "points"), ("/metrics", "points"),
     ("/write", "points"), ("logs", "logs"), ("loki", "logs"), ("/v1/input", "logs"), ("traces", "spans")],
)  # fmt: skip
def test_every_path_that_takes_a_signal_has_its_quota(word: str, signal: str) -> None:
    paths = [path for path in ENDPOINTS if word in path]
    assert paths
    wrong = [path for path in paths if signal not in signals_of(path)]
    assert wrong == []


def test_every_path_has_the_quota_of_bytes() -> None:
    assert all("bytes" in signals_of(path) for path in (*ENDPOINTS, "/none", ""))

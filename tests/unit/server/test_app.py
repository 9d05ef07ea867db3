"""What the server answers when the store gives a query up."""

from __future__ import annotations

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient

from heeler.server.app import EXCEPTION_HANDLERS
from heeler.store.engine import Engine

_SLOW = "SELECT max(cityHash64(number)) FROM numbers(1000000000000)"
_BIG = "SELECT groupArray(number) FROM numbers(10000000)"


@pytest.mark.parametrize(
    ("sql", "limits", "status", "sentence"),
    [
        (
            _SLOW,
            {"max_execution_time": 1},
            504,
            "did not answer",
        ),
        (
            _BIG,
            {"max_memory_usage": 1_000_000},
            400,
            "of memory",
        ),
    ],
)
def test_a_limit_of_the_store_is_one_sentence(
    engine: Engine, sql: str, limits: dict[str, int], status: int, sentence: str
) -> None:
    @get("/heavy")
    async def heavy() -> None:
        await engine.rows(sql, settings=limits)

    with TestClient(Litestar([heavy], exception_handlers=EXCEPTION_HANDLERS)) as client:
        answer = client.get("/heavy")
    assert answer.status_code == status
    (message,) = answer.json()["errors"]
    assert sentence in message
    assert "Traceback" not in message

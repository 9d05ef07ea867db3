from __future__ import annotations

from typing import Any, cast

import pytest

from heeler.query import data_sources
from heeler.query.data_sources import NOT_STORED, executor_of, known_sources, register_source
from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import Window
from heeler.store.engine import Engine

ENGINE = cast("Engine", None)


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_sources, "_EXECUTORS", {})


async def mine(_: Engine, item: dict[str, Any], window: Window) -> Frame:
    raise AssertionError("not called")


def test_a_source_is_known_by_each_of_its_names() -> None:
    register_source(("spans", "trace"), mine)
    assert executor_of("spans") is executor_of("trace") is executor_of("traces") is mine
    assert known_sources() == ["metrics", "spans", "trace"]


@pytest.mark.parametrize("name", ["", "metrics", "Spans", "nothing", "rum ", "traces"])
def test_what_is_not_registered_has_no_executor(name: str) -> None:
    assert executor_of(name) is None


async def test_what_is_not_stored_is_empty_with_a_note() -> None:
    window = Window(1_700_000_000, 1_700_003_600, 60)
    for name in NOT_STORED:
        executor = executor_of(name)
        assert executor is not None
        frame = await executor(ENGINE, {"data_source": name}, window)
        assert frame.values.shape == (0, len(frame.times)) == (0, 60 + (1_700_000_000 % 60 > 0))
        assert frame.groups == ()
        assert name in frame.notes[0]
    assert not set(NOT_STORED) & set(known_sources())


async def test_what_is_registered_is_stored_after_all() -> None:
    register_source((NOT_STORED[0],), mine)
    assert executor_of(NOT_STORED[0]) is mine


async def test_an_empty_result_is_bounded_too() -> None:
    executor = executor_of(NOT_STORED[0])
    assert executor is not None
    for window in (Window(0, 10**9, 1), Window(0, 10**15, 10**12), Window(10, 5, 1)):
        with pytest.raises(QueryError):
            await executor(ENGINE, {"data_source": NOT_STORED[0]}, window)

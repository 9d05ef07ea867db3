"""An answer is given again only as long as it is still true."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from heeler.query.metrics import result_cache
from heeler.query.metrics.executor import Answer, run_formulas, run_query
from heeler.query.metrics.plan import MetricInfo
from heeler.store.engine import Engine
from tests.unit.query.store import Series, insert, insert_sketches

START = 1_720_000_000 // 86400 * 86400


async def asked(engine: Engine, metric: str, unit: str = "", hours: int = 2) -> Answer:
    async def metadata(_: Collection[str]) -> dict[str, MetricInfo]:
        return {metric: MetricInfo(unit=unit)} if unit else {}

    return await run_query(
        engine, f"sum:{metric}{{*}}", START, START + hours * 3600, now=START + 86400, metadata=metadata
    )


def again(answer: Answer) -> bool:
    return answer.trace.cached


async def test_the_same_question_has_the_same_answer(engine: Engine) -> None:
    insert(engine, "again.same", [Series([], [(START, 1.0)], host="a")])
    first = await asked(engine, "again.same")
    second = await asked(engine, "again.same")
    assert not again(first)
    assert again(second)
    assert second.frames == first.frames
    assert not again(await asked(engine, "again.same", hours=1))
    assert not again(await asked(engine, "again.same", unit="byte"))


async def test_points_and_series_make_answers_outdated(engine: Engine) -> None:
    insert(engine, "again.written", [Series([], [(START, 1.0)], host="a")])
    await asked(engine, "again.written")
    insert(engine, "again.written", [Series([], [(START + 5 * 3600, 7.0)], host="a")])
    assert again(await asked(engine, "again.written")), "of another hour"
    insert(engine, "again.written", [Series([], [(START + 60, 2.0)], host="a")])
    assert not again(await asked(engine, "again.written"))
    assert again(await asked(engine, "again.written"))
    insert(engine, "again.written", [Series(["room:red"], host="b")])
    assert not again(await asked(engine, "again.written"))


async def test_sketches_make_result_cache_of_distributions_outdated(engine: Engine) -> None:
    series = [Series([], type="distribution", host="a", samples=[(START + 10, [1.0, 2.0])])]
    insert(engine, "again.sketch", series)
    await asked(engine, "again.sketch")
    assert again(await asked(engine, "again.sketch"))
    insert_sketches(engine, "again.sketch", [Series([], host="a", samples=[(START + 20, [5.0])])])
    found = await asked(engine, "again.sketch")
    assert not again(found)
    assert found.frames[0].values[0, 0] == 8.0


async def test_formulas_are_remembered_by_their_queries(engine: Engine) -> None:
    insert(engine, "again.formula", [Series([], [(START, 3.0)], host="a")])
    for text, known in (
        ("avg:again.formula{*}", False),
        ("avg:again.formula{*} * 2", False),
        ("avg:again.formula{*}", True),
    ):
        (found,) = await run_formulas(engine, {"a": text}, ["a"], START, START + 3600, now=START + 86400)
        assert again(found) is known


async def test_no_more_is_kept_than_allowed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_cache, "CACHE_BYTES", 30_000)
    insert(engine, "again.many", [Series([], [(START, 1.0)], host="a")])
    for hours in range(1, 20):
        await asked(engine, "again.many", hours=hours)
        assert result_cache.result_cache_of(engine)._size <= 30_000
    monkeypatch.setattr(result_cache, "LARGEST", 100)
    await asked(engine, "again.many", hours=21)
    assert not again(await asked(engine, "again.many", hours=21))

"""The series of a metric are kept between queries, and a write that changes them shows at once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from heeler.query.metrics import series_index
from heeler.query.metrics.series_index import load
from heeler.store.engine import Engine
from tests.unit.query.store import Series, insert, insert_host_tags


async def _tags(engine: Engine, metric: str) -> set[str]:
    return set((await load(engine, metric)).vocabulary)


async def test_new_series_and_host_tags_show_at_once(engine: Engine) -> None:
    assert await _tags(engine, "kept.new") == set()
    insert(engine, "kept.new", [Series(["room:red"], host="till-9")])
    assert await _tags(engine, "kept.new") == {"room:red", "host:till-9"}
    insert(engine, "kept.new", [Series(["room:blue"], host="till-9")])
    assert await _tags(engine, "kept.new") == {"room:red", "room:blue", "host:till-9"}
    insert_host_tags(engine, {"till-9": ["env:prod"]})
    assert "env:prod" in await _tags(engine, "kept.new")


async def test_what_did_not_change_is_not_read_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    insert(engine, "kept.same", [Series(["room:red"])])
    first = await load(engine, "kept.same")
    insert(engine, "kept.other", [Series(["room:red"])])
    insert(engine, "kept.same", [Series(["room:red"])])
    assert await load(engine, "kept.same") is first, "series are written again each hour"
    insert_host_tags(engine, {"till-8": ["env:prod"]})
    second = await load(engine, "kept.same")
    insert_host_tags(engine, {"till-8": ["env:prod"]})
    assert await load(engine, "kept.same") is second, "and tags of hosts"
    insert(engine, "kept.same", [Series(["room:red"], type="count")])
    assert (await load(engine, "kept.same")).type == "count"
    monkeypatch.setattr(series_index, "CACHED_CATALOGS", 1)
    await load(engine, "kept.other")
    assert await load(engine, "kept.same") is not second


async def test_a_write_while_reading_is_not_missed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    read = series_index.read

    def slowly(engine: Engine, metrics: Sequence[str]) -> dict[str, series_index.Catalog]:
        found = read(engine, metrics)
        insert(engine, "kept.race", [Series(["room:late"])])
        return found

    insert(engine, "kept.race", [Series(["room:red"])])
    with monkeypatch.context() as patched:
        patched.setattr(series_index, "read", slowly)
        await load(engine, "kept.race")
    assert await _tags(engine, "kept.race") == {"room:red", "room:late"}


def test_many_wildcards_of_a_scope_do_not_multiply() -> None:
    matches = series_index._matcher("host:" + "a*" * 60 + "b")
    assert not matches("host:" + "a" * 200)
    assert matches("HOST:" + "a" * 200 + "B")
    assert series_index._matcher("role:a b*c")("role:a_b-c"), "as the intake normalizes it"

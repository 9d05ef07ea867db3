"""What there is: tags of a metric."""

from __future__ import annotations

import threading

import pytest

from heeler.metrics import catalog
from heeler.query.metrics.series_index import Catalog
from heeler.store.arrow_tables import series_table
from heeler.store.engine import Engine
from heeler.wire.metrics.series import SeriesInfo, series_id
from tests.unit.query.store import Series, insert

NOW = 1_750_000_000


async def test_tags_are_collected_beside_the_event_loop(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(engine, "tags.of", [Series(["room:red"], host="a"), Series(["room:blue"], host="b")])
    threads, select = set(), Catalog.select

    def noted(self: Catalog, scope: object) -> object:
        threads.add(threading.get_ident())
        return select(self, scope)  # type: ignore[arg-type]

    monkeypatch.setattr(Catalog, "select", noted)
    found = await catalog.metric_tags(engine, "tags.of")
    assert found == ["host:a", "host:b", "room:blue", "room:red"]
    assert await catalog.metric_tags(engine, "tags.of", "room:red") == ["host:a", "room:red"]
    assert threads
    assert threading.get_ident() not in threads
    assert await catalog.metric_tags(engine, "tags.none") is None


async def test_tags_of_series_that_reported_lately(engine: Engine) -> None:
    def seen(room: str, at: int) -> None:
        tags = (f"room:{room}",)
        info = SeriesInfo(
            series_id("tags.lately", "", tags), "tags.lately", "gauge", 10, "", "test", "", tags
        )
        engine.insert_sync("series", series_table([info], at))

    seen("old", NOW - 7200)
    seen("new", NOW - 60)
    assert await catalog.metric_tags(engine, "tags.lately") == ["room:new", "room:old"]
    assert await catalog.metric_tags(engine, "tags.lately", since=NOW - 3600) == ["room:new"]
    assert await catalog.metric_tags(engine, "tags.lately", since=NOW) == []

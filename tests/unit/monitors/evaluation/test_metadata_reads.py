"""Metadata of the metrics of a round are read at once, however old what is in memory has become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event

from heeler.metrics import service
from heeler.metrics.model import MetricMetadata
from heeler.monitors.evaluation.pipeline import FEW_METRICS
from heeler.store.engine import Engine
from tests.unit.monitors.world import every, world


async def test_a_round_reads_the_metadata_of_all_its_metrics_with_one_statement(
    engine: Engine, tmp_path: Path
) -> None:
    async with world(engine, tmp_path) as here:
        names = [f"md.metric{number}" for number in range(FEW_METRICS + 2)]
        ids = []
        for name in names:
            here.points(name, {"host:a": every(range(10), 9.0)})
            ids.append(await here.monitor("metric alert", f"avg(last_5m):avg:{name}{{*}} > 5"))
        read: list[str] = []
        table = MetricMetadata.__tablename__

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            if f"FROM {table}" in statement:
                read.append(statement)

        event.listen(here.services.database.engine.sync_engine, "before_cursor_execute", note)
        await here.at(5)
        assert len(read) == 1
        # Everything in memory is outdated: as in a round that begins long after the last one.
        cached = service._metadata_cache[here.services.database]
        for name, (version, at, value) in list(cached._found.items()):
            cached._found[name] = version, at - 1000, value
        await here.at(6)
        assert len(read) == 2
        assert [await here.states(one) for one in ids] == [{"*": "Alert"}] * len(ids)

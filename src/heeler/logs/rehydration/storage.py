"""Logs of historical views in the store: a table with the columns of stored logs, where each view is a
partition of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from heeler.logs.rehydration.lines import Found
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table

TABLE = "historical_logs"
_COUNT = f"SELECT count() FROM {TABLE} WHERE index_name = {{name:String}}"  # noqa: S608
_PRESENT = (
    f"SELECT toUnixTimestamp64Nano(time), seq FROM {TABLE} WHERE index_name = {{name:String}} "  # noqa: S608
    "AND time >= fromUnixTimestamp64Nano({first:Int64}, 'UTC') "
    "AND time <= fromUnixTimestamp64Nano({last:Int64}, 'UTC') AND seq IN {numbers:Array(UInt64)}"
)
_PARTITIONS = (
    "SELECT DISTINCT partition FROM {parts} WHERE active AND database = currentDatabase() "
    "AND table = {{table:String}}"
)


async def count_logs(engine: Engine, view: str) -> int:
    return int((await engine.rows(_COUNT, {"name": view}))[0][0])


async def without_duplicates(engine: Engine, view: str, logs: Sequence[Found]) -> list[Found]:
    """Those of ``logs`` whose id is not stored in the view yet, each once."""
    by_id: dict[tuple[int, int], Found] = {}
    for one in logs:
        by_id.setdefault((one.entry.time, one.seq), one)
    if not by_id:
        return []
    times = [time for time, _ in by_id]
    asked = {
        "name": view,
        "first": min(times),
        "last": max(times),
        "numbers": sorted({number for _, number in by_id}),
    }
    present = {(int(time), int(number)) for time, number in await engine.rows(_PRESENT, asked)}
    return [one for identity, one in by_id.items() if identity not in present]


def rows_of(logs: Sequence[Found]) -> pa.Table:
    """Rows of :data:`TABLE`. For many logs this takes a while: use a thread."""
    rows = logs_table([one.entry for one in logs], 0, 0)
    numbers = pa.array(np.array([one.seq for one in logs], np.uint64))
    return rows.set_column(rows.schema.get_field_index("seq"), "seq", numbers)


async def drop_view(engine: Engine, view: str) -> None:
    """Delete the logs of a view."""
    await engine.execute(f"ALTER TABLE {TABLE} DROP PARTITION {{name:String}}", {"name": view})


async def stored_views(engine: Engine) -> set[str]:
    """Names of the views that have logs."""
    rows = await engine.rows(_PARTITIONS.format(parts=engine.parts), {"table": engine.stored_as(TABLE)})
    return {str(row[0]) for row in rows}

"""How many processes or containers match, by the values of fields or tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heeler.processes.conditions import condition
from heeler.processes.kinds import Kind
from heeler.processes.search import Tree
from heeler.processes.store import IN_WINDOW, Window, combinations, tags_of_hosts, value_of
from heeler.query.frame import Times, Values
from heeler.store.engine import Engine


@dataclass(slots=True)
class Counted:
    """One group: the values of what it is grouped by, how many, and the sums of their newest readings."""

    values: tuple[str, ...]
    count: int = 0
    cpu: float = 0.0
    rss: float = 0.0


async def counted(
    engine: Engine, kind: Kind, tree: Tree, by: Sequence[str], window: Window, *, now_only: bool = False
) -> list[Counted]:
    """The groups, the largest first; without ``by`` one at most. A missing value is empty.

    ``now_only``: of those that run at the end of the window, else of all that reported in it.
    """
    found, host_tags = await combinations(engine, kind, tree, window, now_only=now_only)
    groups: dict[tuple[str, ...], Counted] = {}
    for one in found:
        of_host = host_tags.get(one.values["host"], ())
        values = tuple(value_of(key, one.values, one.tags, of_host) for key in by)
        group = groups.setdefault(values, Counted(values))
        group.count += one.count
        group.cpu += one.cpu
        group.rss += one.rss
    return sorted(groups.values(), key=lambda group: (-group.count, group.values))


async def counts_over_time(
    engine: Engine, kind: Kind, tree: Tree, window: Window, interval: int
) -> tuple[Times, Values]:
    """How many reported in each ``interval`` (seconds) of a window: int64 and float64 [n]; NaN where no host
    reported at all."""
    where = condition(kind, tree, await tags_of_hosts(engine))
    first = window.start // interval * interval
    times = np.arange(first, window.end, interval, dtype=np.int64)
    sql = f"""
    SELECT intDiv(toUnixTimestamp(time) - {{first:UInt32}}, {{interval:UInt32}}) AS bucket,
        uniqExactIf(({", ".join(kind.identity)}), {where.sql})
    FROM {kind.table} WHERE {IN_WINDOW} GROUP BY bucket
    """  # noqa: S608
    parameters = {"start": first, "end": window.end, "first": first, "interval": interval}
    found = np.full(len(times), np.nan)
    for bucket, count in await engine.rows(sql, {**parameters, **where.parameters}):
        found[int(bucket)] = float(count)
    return times, found

"""How many processes or containers match, by the values of fields or tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heeler.processes.kinds import Kind
from heeler.processes.search import Tree
from heeler.processes.store import Window, combinations, value_of
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

"""Index of assets by metric: the dashboards, monitors, SLOs and notebooks that query it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from heeler.api.services import Services
from heeler.dashboards.ids import dashboard_url
from heeler.dashboards.model import Dashboard
from heeler.metric_usage.usage import of_dashboard, of_monitor, of_notebook, of_slo
from heeler.monitors.model import Monitor
from heeler.notebooks.model import Notebook
from heeler.query.metrics.ast import Node, Selector, selectors
from heeler.query.thread_pool import pool_of
from heeler.restrictions import enforcement
from heeler.slos.model import Slo

KINDS = ("dashboards", "monitors", "notebooks", "slos")


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset. ``selectors`` are those of its queries, by metric."""

    kind: str
    id: str
    title: str
    url: str
    tags: tuple[str, ...]
    selectors: dict[str, list[Selector]]

    def as_json(self) -> dict[str, Any]:
        attributes = {"title": self.title, "url": self.url, "tags": list(self.tags)}
        return {"id": self.id, "type": self.kind, "attributes": attributes}


class AssetIndex:
    """Assets with metric queries, reloaded after the configuration has changed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._version = -1
        self._found: list[Asset] = []

    async def all(self) -> list[Asset]:
        """Those that the caller may view."""
        secret = {kind: enforcement.hidden(kind.removesuffix("s")) for kind in KINDS}
        return [one for one in await self._all() if one.id not in secret[one.kind]]

    async def _all(self) -> list[Asset]:
        database = self._services.database
        if self._version != database.version:
            version = database.version
            with enforcement.all_rows():
                async with database.session() as db:
                    rows: list[Any] = [
                        *await db.scalars(select(Dashboard).where(Dashboard.deleted.is_(None))),
                        *await db.scalars(select(Monitor)),
                        *await db.scalars(select(Notebook)),
                        *await db.scalars(select(Slo)),
                    ]
            self._found = await pool_of(self._services.engine).run(_read, rows)
            self._version = version
        return self._found

    async def of_metric(self, metric: str) -> list[Asset]:
        return [asset for asset in await self.all() if metric in asset.selectors]

    async def counts(self) -> dict[str, int]:
        """Number of assets that use each metric, whether or not the caller may view them."""
        found: dict[str, int] = {}
        for asset in await self._all():
            for metric in asset.selectors:
                found[metric] = found.get(metric, 0) + 1
        return found


def _read(rows: list[Any]) -> list[Asset]:
    """Parse every query: runs in threads of the query pool."""
    return [asset for row in rows if (asset := _asset(row)).selectors]


def _asset(row: Any) -> Asset:
    match row:
        case Dashboard():
            tags = _tags(row.body)
            url = dashboard_url(row.id, row.title)
            return Asset("dashboards", row.id, row.title, url, tags, _by_metric(of_dashboard(row.body)))
        case Monitor():
            found = _by_metric(of_monitor(row.type, row.query))
            return Asset("monitors", str(row.id), row.name, f"/monitors/{row.id}", tuple(row.tags), found)
        case Notebook():
            found = _by_metric(of_notebook(row.body))
            tags = _tags(row.body)
            return Asset("notebooks", str(row.id), row.name, f"/notebook/{row.id}", tags, found)
        case _:
            found = _by_metric(of_slo(row.definition))
            return Asset("slos", row.id, row.name, f"/slo/{row.id}", tuple(row.tags), found)


def _tags(body: dict[str, Any]) -> tuple[str, ...]:
    tags = body.get("tags")
    return tuple(str(tag) for tag in tags) if isinstance(tags, list) else ()


def _by_metric(nodes: list[Node]) -> dict[str, list[Selector]]:
    found: dict[str, list[Selector]] = {}
    for one in _selectors(nodes):
        found.setdefault(one.metric, []).append(one)
    return found


def _selectors(nodes: list[Node]) -> Iterator[Selector]:
    for node in nodes:
        yield from selectors(node)

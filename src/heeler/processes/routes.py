"""Endpoints of processes: the public API, and the pages' own."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.processes import container_routes, store
from heeler.processes.counts import Counted, counted
from heeler.processes.cursors import read_cursor, write_cursor
from heeler.processes.kinds import CONTAINERS, PROCESSES, Kind
from heeler.processes.search import All, SearchError, Tree, of_tags, parse
from heeler.processes.serializers import iso, process_item
from heeler.processes.series import execute
from heeler.processes.store import MAX_ROWS, Window
from heeler.query.data_sources import register_source

HttpRequest = Request[Any, Any, Any]
DEFAULT_PAGE = 1000
_DEFAULT_SECONDS = 15 * 60
_MAX_SHOWN = 2000
_MAX_GROUPS = 500
_MAX_KEYS = 4


@get("/api/v2/processes", guards=[user_guard])
async def list_processes(
    request: HttpRequest,
    search: str = "",
    tags: str = "",
    start: Annotated[int | None, Parameter(query="from")] = None,
    end: Annotated[int | None, Parameter(query="to")] = None,
    limit: Annotated[int, Parameter(query="page[limit]")] = DEFAULT_PAGE,
    cursor: Annotated[str, Parameter(query="page[cursor]")] = "",
) -> dict[str, Any]:
    """Processes seen between ``from`` and ``to`` (UNIX seconds, without them the last 15 minutes)."""
    services = services_of(request)
    if not 1 <= limit <= MAX_ROWS:
        raise bad_request(f"Invalid page[limit]: {limit}. Expected 1 to {MAX_ROWS}.")
    after: list[Any] | None = None
    if cursor:
        first, last, *after = read_cursor(cursor, (int, int, str, int, int))
    else:
        last = int(services.now()) if end is None else end
        first = last - _DEFAULT_SECONDS if start is None else start
    if not 0 <= first < last < 2**32:
        raise bad_request("Invalid from, to: expected UNIX seconds, 'from' before 'to'.")
    tree = read_search(search, tags)
    rows = await store.seen(services.engine, PROCESSES, tree, Window(first, last + 1), after, limit)
    page: dict[str, Any] = {"size": len(rows)}
    if len(rows) == limit:
        page["after"] = write_cursor([first, last, *(rows[-1][name] for name in PROCESSES.identity)])
    return {"data": [process_item(row) for row in rows], "meta": {"page": page}}


class ProcessGroup(msgspec.Struct):
    """``count`` processes or containers with the same values; ``cpu`` in percent of a core."""

    values: list[str]
    count: int
    cpu: float
    rss: float


class Running(msgspec.Struct):
    """What runs at the moment asked for: ``total`` that match, ``rows`` the first of them in the order asked
    for. With ``groups`` there are no rows."""

    total: int
    rows: list[dict[str, Any]]
    groups: list[ProcessGroup]
    keys: list[str]
    at: int


@get("/api/ui/processes", guards=[user_guard])
async def ui_processes(
    request: HttpRequest,
    search: str = "",
    at: int | None = None,
    sort: str = "cpu",
    order: str = "desc",
    by: str = "",
    limit: int = 500,
) -> Running:
    """Processes that run at ``at`` (UNIX seconds, now without it), or their groups ``by`` fields and tags."""
    return await _running(request, PROCESSES, search, at, (sort, order), by, limit)


@get("/api/ui/containers", guards=[user_guard])
async def ui_containers(
    request: HttpRequest,
    search: str = "",
    at: int | None = None,
    sort: str = "cpu",
    order: str = "desc",
    by: str = "",
    limit: int = 500,
) -> Running:
    """As ``/api/ui/processes``, of containers."""
    return await _running(request, CONTAINERS, search, at, (sort, order), by, limit)


async def _running(
    request: HttpRequest, kind: Kind, search: str, at: int | None, sort: tuple[str, str], by: str, limit: int
) -> Running:
    services = services_of(request)
    moment = int(services.now()) if at is None else at
    if not 0 <= moment < 2**32 - 1:
        raise bad_request(f"Invalid at: {moment}. Expected UNIX seconds.")
    if not 1 <= limit <= _MAX_SHOWN:
        raise bad_request(f"Invalid limit: {limit}. Expected 1 to {_MAX_SHOWN}.")
    columns = (*kind.identity, *kind.state)
    if sort[0] not in columns or sort[0] == "tags" or sort[1] not in ("asc", "desc"):
        known = ", ".join(name for name in columns if name != "tags")
        raise bad_request(f"Invalid sort: expected one of {known}, and order 'asc' or 'desc'.")
    tree, window = read_search(search), Window(moment - kind.recent, moment + 1)
    keys = await store.keys_of(services.engine, kind, window)
    wanted = [key for key in by.split(",") if key]
    if len(wanted) > _MAX_KEYS:
        raise bad_request(f"Invalid by: at most {_MAX_KEYS} fields or tags.")
    if wanted:
        found = await counted(services.engine, kind, tree, wanted, window, now_only=True)
        total = sum(group.count for group in found)
        return Running(total, [], [_group(group) for group in found[:_MAX_GROUPS]], keys, moment)
    some = await store.running(
        services.engine, kind, tree, moment, sort=sort[0], descending=sort[1] == "desc", limit=limit
    )
    return Running(some.total, [_shown(kind, row) for row in some.rows], [], keys, moment)


def _group(group: Counted) -> ProcessGroup:
    return ProcessGroup(list(group.values), group.count, round(group.cpu, 3), round(group.rss, 1))


def _shown(kind: Kind, row: store.Row) -> store.Row:
    rounded = {name: round(value, 3) for name, value in row.items() if isinstance(value, float)}
    started = row["created"] / 1000 if kind is PROCESSES else row["started"]
    return row | rounded | {"start": iso(started)}


def read_search(search: str, tags: str = "") -> Tree:
    """The tree of a search text and a comma-separated list of tags. Raises 400 for what cannot be read."""
    try:
        return All((parse(search), of_tags(tags.split(","))))
    except SearchError as error:
        raise bad_request(f"The search cannot be read: {error}") from error


handlers: list[ControllerRouterHandler] = [
    list_processes,
    ui_processes,
    ui_containers,
    *container_routes.handlers,
]

register_source(("process", "container"), execute)

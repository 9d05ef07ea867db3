"""Endpoints of containers and container images, as the public API has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, get
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.api.query_parameters import split_values
from heeler.api.services import Services
from heeler.processes import store
from heeler.processes.cursors import read_cursor, write_cursor
from heeler.processes.images import ContainerImage, RunImage, joined, reported
from heeler.processes.kinds import CONTAINERS
from heeler.processes.search import SearchError, of_tags
from heeler.processes.serializers import container_item, image_item, split_image
from heeler.processes.store import MAX_ROWS, Row

HttpRequest = Request[Any, Any, Any]
Item = dict[str, Any]
DEFAULT_PAGE = 1000
_IMAGE_SECONDS = 14 * 86400
_CONTAINER_ORDERS = (
    "container_id", "created_at", "host", "image_digest", "image_name", "name", "started_at", "state",
)  # fmt: skip
_IMAGE_ORDERS = ("container_count", "name", "registry", "repo_digest", "repository", "short_image")
FilterTags = Annotated[str, Parameter(query="filter[tags]")]
PageSize = Annotated[int, Parameter(query="page[size]")]
PageCursor = Annotated[str, Parameter(query="page[cursor]")]


@get("/api/v2/containers", guards=[user_guard])
async def list_containers(
    request: HttpRequest,
    tags: FilterTags = "",
    group_by: str = "",
    sort: str = "",
    size: PageSize = DEFAULT_PAGE,
    cursor: PageCursor = "",
) -> dict[str, Any]:
    """Containers that hosts report now, or their groups by tags."""
    rows = await _containers(services_of(request), tags)
    if group_by:
        grouped = _grouped(rows, group_by, "containers", tags)
        return _page(request, grouped, _ordered(sort, (), lambda item: item), size, cursor)
    return _page(
        request, rows, _ordered(sort, _CONTAINER_ORDERS, container_item), size, cursor, container_item
    )


@get("/api/v2/container_images", guards=[user_guard])
async def list_images(
    request: HttpRequest,
    tags: FilterTags = "",
    group_by: str = "",
    sort: str = "",
    size: PageSize = DEFAULT_PAGE,
    cursor: PageCursor = "",
) -> dict[str, Any]:
    """Images that hosts have or containers run, or their groups by tags."""
    services = services_of(request)
    rows = await _containers(services, "")
    run: dict[tuple[str, str, str], RunImage] = {}
    for row in rows:
        if not row["image"]:
            continue
        key = (*split_image(str(row["image"])), str(row["image_digest"]))
        used = run.setdefault(key, RunImage(*key))
        used.count += row["state"] in ("running", "unknown")
        used.tags.update(tag for tag in row["tags"] if tag.startswith(("image_", "short_image:", "env:")))
    found = joined(await reported(services.engine, int(services.now()) - _IMAGE_SECONDS), run.values())
    images = [image for image in found if _has_tags(image, tags)]
    if group_by:
        given = [
            {
                "id": image_item(image)["id"],
                "tags": [*image.tags, f"short_image:{image.name.rpartition('/')[2]}"],
            }
            for image in images
        ]
        grouped = _grouped(given, group_by, "container_images", tags)
        return _page(request, grouped, _ordered(sort, (), lambda item: item), size, cursor)
    return _page(request, images, _ordered(sort, _IMAGE_ORDERS, image_item), size, cursor, image_item)


async def _containers(services: Services, tags: str) -> list[Row]:
    try:
        tree = of_tags(tags.split(","))
    except SearchError as error:
        raise bad_request(f"Invalid filter[tags]: {error}") from error
    found = await store.running(
        services.engine, CONTAINERS, tree, int(services.now()), sort="name", descending=False, limit=MAX_ROWS
    )
    return found.rows


def _has_tags(image: ContainerImage, tags: str) -> bool:
    own = {*image.tags, f"image_name:{image.name}", f"short_image:{image.name.rpartition('/')[2]}"}
    own |= {f"image_tag:{version}" for version in image.versions}
    return all(tag.strip() in own for tag in tags.split(",") if tag.strip())


def _grouped(rows: Sequence[Row], group_by: str, what: str, tags: str) -> list[Item]:
    """Groups by the values of tags; what lacks one of them is in none."""
    keys = split_values(group_by)
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        values = [store.value_of(key, {}, row["tags"], ()) for key in keys]
        if all(values):
            pairs = tuple(f"{key}:{value}" for key, value in zip(keys, values, strict=True))
            groups.setdefault(pairs, []).append(str(row["id"]))
    kind = "container_group" if what == "containers" else "container_image_group"
    return [
        {
            "id": ",".join(pairs),
            "type": kind,
            "attributes": {
                "count": len(ids),
                "tags": dict(pair.split(":", 1) for pair in pairs),
                **({"name": ",".join(pairs)} if kind == "container_image_group" else {}),
            },
            "relationships": {what: {"data": ids, "links": {"related": _related(what, pairs, tags)}}},
        }
        for pairs, ids in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    ]


def _related(what: str, pairs: Sequence[str], tags: str) -> str:
    given = [tag for tag in tags.split(",") if tag]
    return f"/api/v2/{what}?{urlencode({'filter[tags]': ','.join([*given, *pairs])})}"


def _ordered(
    sort: str, known: Sequence[str], shown: Callable[[Any], Item]
) -> Callable[[list[Any]], list[Any]] | None:
    """What sorts by an attribute, with ``-`` before it the other way round; None where none is named."""
    if not sort:
        return None
    name = sort.removeprefix("-")
    orders = known or ("count",)
    if name not in orders:
        raise bad_request(f"Invalid sort: {sort[:50]!r}. Expected one of {', '.join(orders)}.")

    def key(row: Any) -> tuple[str, float]:
        value = shown(row)["attributes"].get(name)
        return ("", value) if isinstance(value, int) else (str(value or ""), 0)

    return lambda rows: sorted(rows, key=key, reverse=sort.startswith("-"))


def _page(
    request: HttpRequest,
    rows: Sequence[Any],
    order: Callable[[list[Any]], list[Any]] | None,
    size: int,
    cursor: str,
    shown: Callable[[Any], Item] = lambda item: item,
) -> dict[str, Any]:
    if not 1 <= size <= MAX_ROWS:
        raise bad_request(f"Invalid page[size]: {size}. Expected 1 to {MAX_ROWS}.")
    place = read_cursor(cursor, (int,))[0] if cursor else 0
    found = order(list(rows)) if order else list(rows)
    some = found[place : place + size]
    after = write_cursor([place + size]) if len(some) == size else ""
    before = write_cursor([max(place - size, 0)]) if place else None
    last = write_cursor([(len(found) - 1) // size * size]) if found else None
    return {
        "data": [shown(row) for row in some],
        "links": {
            "self": _link(request, cursor or None),
            "first": _link(request, None),
            "last": _link(request, last) if last else None,
            "next": _link(request, after) if after else None,
            "prev": _link(request, before) if before else None,
        },
        "meta": {
            "pagination": {
                "cursor": cursor,
                "limit": size,
                "next_cursor": after,
                "prev_cursor": before,
                "total": len(found),
                "type": "cursor_limit",
            }
        },
    }


def _link(request: HttpRequest, cursor: str | None) -> str:
    given = {name: value for name, value in request.query_params.items() if name != "page[cursor]"}
    if cursor:
        given["page[cursor]"] = cursor
    base = services_of(request).settings.url
    return f"{base}{request.url.path}" + (f"?{urlencode(given)}" if given else "")


handlers: list[ControllerRouterHandler] = [list_containers, list_images]

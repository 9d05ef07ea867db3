"""Source of an import: resources read through the public API into a folder, and read back from a folder.

A folder holds ``<kind>/<id>.json``, each the object of the public API with its subordinate objects added
(links and memberships of a team, permissions of a role by name, dashboards of a list). Folders of other tools
are read too: ``resources/source/<kind>.json`` with resources by id, as ``datadog-sync-cli`` writes, and loose
files of dashboards, monitors, SLOs and notebooks, which are recognized by their content.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from heeler.importers.client import Api, ApiProblem, path_of
from heeler.importers.kinds import BY_FILE, BY_NAME, RESTRICTED, Kind

Object = dict[str, Any]

MANIFEST = "manifest.json"
MAX_RESOURCES = 200_000
MAX_PAGES = 5_000
MAX_FILE_BYTES = 64 * 2**20


class SourceError(RuntimeError):
    """The source cannot be read; the message tells what to do."""


async def listed(api: Api, kind: Kind, now: float) -> AsyncIterator[Object]:
    """Resources of the list of ``kind``, page by page. Raises :class:`ApiProblem`."""
    if kind.name == "restriction_policies":
        for type_, restricted in RESTRICTED.items():
            async for item in listed(api, BY_NAME[restricted], now):
                yield {"id": f"{type_}:{BY_NAME[restricted].identity(item)}"}
        return
    paging, start, query = kind.paging, 0, dict(kind.list_query)
    if kind.name == "metrics_metadata":
        query["from"] = str(int(now) - 86_400)
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        if paging.size_name:
            query |= {paging.size_name: str(paging.size), paging.start_name: str(start)}
        items = kind.items(await api.request("GET", kind.list_path, query))
        fresh = [item for item in items if kind.identity(item) not in seen]
        for item in fresh:
            seen.add(kind.identity(item))
            yield item
        if not paging.size_name or len(items) < paging.size or not fresh:
            return
        start += 1 if paging.counts_pages else paging.size
    raise ApiProblem(0, f"{kind.title}: more than {MAX_PAGES * paging.size:,} resources")


class Expander:
    """Adds subordinate objects that have their own endpoints to a resource."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._permissions: dict[str, str] | None = None

    async def whole(self, kind: Kind, item: Object) -> Object | None:
        """The complete resource; None if there is none (a restriction policy without bindings)."""
        if kind.name == "restriction_policies":
            return await self._policy(kind, item)
        if kind.detail_path:
            found = await self._api.request("GET", path_of(kind.detail_path, kind.identity(item)))
            return {**found, "metric": item["metric"]} if kind.name == "metrics_metadata" else dict(found)
        if kind.name == "roles":
            return await self._role(item)
        if kind.name == "teams":
            return await self._team(item)
        if kind.name == "logs_restriction_queries":
            found = await self._api.request("GET", f"{kind.list_path}/{item['id']}")
            return dict(found["data"])
        if kind.name == "dashboard_lists":
            path = f"/api/v2/dashboard/lists/manual/{item['id']}/dashboards"
            found = await self._api.request("GET", path)
            dashboards = [{"id": str(one["id"]), "type": one["type"]} for one in found["dashboards"]]
            return {**item, "dashboards": dashboards}
        return item

    async def _policy(self, kind: Kind, item: Object) -> Object | None:
        try:
            found = await self._api.request("GET", path_of(kind.detail_path, kind.identity(item)))
        except ApiProblem as problem:
            if problem.status == 404:
                return None
            raise
        return dict(found["data"]) if found["data"]["attributes"].get("bindings") else None

    async def _role(self, item: Object) -> Object:
        if self._permissions is None:
            answer = await self._api.request("GET", "/api/v2/permissions")
            self._permissions = {one["id"]: one["attributes"]["name"] for one in answer["data"]}
        given = ((item.get("relationships") or {}).get("permissions") or {}).get("data") or []
        names = [self._permissions[one["id"]] for one in given if one["id"] in self._permissions]
        return {**item, "permissions": sorted(names)}

    async def _team(self, item: Object) -> Object:
        path = f"/api/v2/team/{item['id']}"
        links = await self._api.request("GET", f"{path}/links")
        memberships: list[Object] = []
        for page in range(MAX_PAGES):
            query = {"page[size]": "100", "page[number]": str(page)}
            found = (await self._api.request("GET", f"{path}/memberships", query))["data"]
            memberships += [
                {"user": one["relationships"]["user"]["data"]["id"], "role": one["attributes"].get("role")}
                for one in found
            ]
            if len(found) < 100:
                break
        names = ("label", "url", "position")
        return {
            **item,
            "links": [{name: one["attributes"].get(name) for name in names} for one in links["data"]],
            "memberships": memberships,
        }


def file_of(folder: Path, kind: Kind, id_: str) -> Path:
    return folder / kind.name / f"{quote(id_, safe='')[:200]}.json"


def write_json(path: Path, value: Any) -> None:
    """Write a file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    beside.write_text(text, "utf-8", "backslashreplace")  # an unpaired surrogate is an escape of JSON too
    beside.replace(path)


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises :class:`SourceError`."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SourceError(f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB")
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource in a folder: its kind and file; ``key`` if the file holds several, by id."""

    kind: Kind
    path: Path
    key: str | None = None

    def read(self) -> Object:
        """Read the resource. Raises :class:`SourceError`."""
        found = read_json(self.path)
        item = normalized(
            self.kind, found if self.key is None else found[self.key], self.key or self.path.stem
        )
        if self.kind.name == "teams" and "memberships" not in item:
            item["memberships"] = _memberships_beside(self.path.parent).get(str(item["id"]), [])
        return item


@lru_cache(maxsize=1)
def _memberships_beside(folder: Path) -> dict[str, list[Object]]:
    """Members of teams by the team's id, which ``datadog-sync-cli`` writes into files of their own."""
    found: dict[str, list[Object]] = {}
    for path in sorted(folder.glob("team_memberships*.json")):
        for key, item in dict(read_json(path)).items():
            try:
                related = item["relationships"]
                team, user = related["team"]["data"]["id"], related["user"]["data"]["id"]
                role = (item.get("attributes") or {}).get("role")
            except (KeyError, TypeError, AttributeError) as error:
                raise SourceError(f"{path}: {key} is not a membership of a team") from error
            found.setdefault(str(team), []).append({"user": str(user), "role": role})
    return found


def normalized(kind: Kind, item: Any, key: str) -> Object:
    """The resource in the format of :class:`Expander`, whatever tool wrote it."""
    if (
        isinstance(item, dict)
        and set(item) <= {"data", "included", "meta"}
        and isinstance(item.get("data"), dict)
    ):
        item = item["data"]
    if kind.name == "host_tags":
        if isinstance(item, list):
            return {"host": key, "tags": item}
        return {"host": item.get("host", key), "tags": item.get("tags") or []}
    if not isinstance(item, dict):
        raise SourceError(f"{kind.title}: {key} is not an object")
    if kind.name == "monitors" and isinstance(item.get("definition"), dict):
        item = item["definition"]
    if kind.name == "metrics_metadata":
        return {"metric": key, **item}
    if kind.name == "logs_indexes":
        return {"name": key, **item}
    return item if kind.name == "service_definitions" else {"id": key, **item}


def stored_in(folder: Path) -> Iterator[Stored]:
    """All resources in ``folder``. Other files are skipped. Raises :class:`SourceError`."""
    if not folder.is_dir():
        raise SourceError(f"There is no folder {folder}")
    count = 0
    for path in sorted(folder.rglob("*.json")):
        if path.name == MANIFEST or any(part.startswith(".") or part == "destination" for part in path.parts):
            continue
        for stored in _in_file(path):
            count += 1
            if count > MAX_RESOURCES:
                raise SourceError(f"{folder} holds more than {MAX_RESOURCES:,} resources; import it in parts")
            yield stored


def _in_file(path: Path) -> Iterator[Stored]:
    by_folder, by_name = BY_FILE.get(path.parent.name), BY_FILE.get(path.name.split(".")[0])
    if by_folder is not None:
        yield Stored(by_folder, path)
    elif by_name is not None:
        for key in read_json(path):
            yield Stored(by_name, path, key)
    else:
        kind = recognized(read_json(path))
        if kind is not None:
            yield Stored(kind, path)


_SHAPES: tuple[tuple[str, Callable[[Object], bool]], ...] = (
    ("dashboards", lambda one: "widgets" in one and "title" in one),
    ("monitors", lambda one: "query" in one and isinstance(one.get("type"), str) and "thresholds" not in one),
    ("service_level_objectives", lambda one: "thresholds" in one and "type" in one),
    ("notebooks", lambda one: one.get("type") == "notebooks"),
)


def recognized(found: Any) -> Kind | None:
    """Detect the kind of an object by its content."""
    if not isinstance(found, dict):
        return None
    for inner in (found.get("definition"), found.get("data"), found):
        if isinstance(inner, dict):
            for name, fits in _SHAPES:
                if fits(inner):
                    return BY_NAME[name]
    return None

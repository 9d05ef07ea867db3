"""Imports a folder of resources: creates and updates them through the public API, in dependency order."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heeler.dashboards.validate import problems as dashboard_problems
from heeler.importers.client import Api, ApiProblem, path_of
from heeler.importers.completion import Completion
from heeler.importers.id_map import Entry, IdMap
from heeler.importers.kinds import BY_NAME, KINDS, ORDERS, Kind
from heeler.importers.progress import Progress, Report, Show
from heeler.importers.references import Reference, references, rewrite
from heeler.importers.request_bodies import create_body, skip_reason, update_body
from heeler.importers.source import SourceError, Stored, listed, stored_in
from heeler.importers.team_members import apply_members
from heeler.notebooks.validation import problems as notebook_problems

Object = dict[str, Any]

_SITES = r"https?://[\w.-]*(?:datadoghq\.(?:com|eu)|ddog-gov\.com)"
_PAGES = r"(?=/(?:dash|dashboard|monitors?|notebook|slo|logs|apm|metric|infrastructure|event)\b)"
_CHECKS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "dashboards": dashboard_problems,
    "notebooks": lambda body: notebook_problems(dict(body["data"]["attributes"])),
}


@dataclass(frozen=True, slots=True)
class Indexed:
    """Summary of a resource before it is read again to be sent."""

    stored: Stored
    id: str
    label: str
    references: tuple[Reference, ...]
    skip: str | None


@dataclass(slots=True)
class Importer:
    """One import. ``origin`` is the address of the target, ``source_origins`` those whose links are rewritten
    to it.
    """

    api: Api
    ids: IdMap
    show: Show
    clock: Callable[[], float]
    origin: str = ""
    source_origins: tuple[str, ...] = ()
    dry_run: bool = False
    report: Report = field(default_factory=Report)
    _index: dict[tuple[str, str], Indexed] = field(default_factory=dict)
    _done: set[tuple[str, str]] = field(default_factory=set)
    _again: list[Indexed] = field(default_factory=list)
    _existing: dict[str, dict[str, str]] = field(default_factory=dict)
    _permissions: dict[str, str] | None = None
    _progress: Progress = field(default_factory=Progress)
    _completion: Completion = field(init=False)

    def __post_init__(self) -> None:
        self._completion = Completion(self.api)

    async def run(self, folder: Path, kinds: Iterable[Kind] = KINDS) -> Report:
        """Run the import. Raises :class:`SourceError` and, if the target refuses everything,
        :class:`ApiProblem`.
        """
        self.report.dry_run = self.dry_run
        names = [kind.name for kind in kinds]
        await asyncio.to_thread(self._read_index, folder, set(names))
        await self.ids.load()
        self._progress = Progress("Importing", 0, len(self._index), self.clock())
        for name in names:
            for item in [one for one in self._index.values() if one.stored.kind.name == name]:
                await self._with_required(item, 0)
        await self._second_pass()
        self.show(self._progress)
        return self.report

    def _read_index(self, folder: Path, names: set[str]) -> None:
        for stored in stored_in(folder):
            kind = stored.kind
            if kind.name not in names:
                continue
            try:
                item = stored.read()
                id_, label = kind.identity(item), kind.label(item)
                found = Indexed(
                    stored, id_, label, tuple(references(kind.name, item)), skip_reason(kind.name, item)
                )
            except (SourceError, ValueError, KeyError, TypeError, AttributeError) as error:
                self.report.add(kind.name, "failed", stored.path.stem, "", f"Unreadable: {error}")
                continue
            self._index[kind.name, id_] = found

    async def _with_required(self, item: Indexed, depth: int) -> None:
        """Import the resource after those that it requires."""
        place = (item.stored.kind.name, item.id)
        if place in self._done:
            return
        self._done.add(place)
        for reference in item.references:
            needed = self._index.get((reference.kind, reference.id))
            if reference.required and needed is not None and depth < 50:
                await self._with_required(needed, depth + 1)
        self.show(self._progress)
        await self._bring(item)
        self._progress.done += 1

    async def _bring(self, item: Indexed, *, again: bool = False) -> None:
        kind = item.stored.kind
        if item.skip is not None:
            self.report.add(kind.name, "skipped", item.id, item.label, item.skip)
            return
        missing = [one for one in item.references if one.required and self._target_of(one) is None]
        if missing:
            needs = ", ".join(f"{BY_NAME[one.kind].title.lower()} {one.id}" for one in missing)
            reason = f"It needs what did not come: {needs}"
            self.report.add(kind.name, "failed", item.id, item.label, reason)
            return
        try:
            outcome = await self._apply(item, await asyncio.to_thread(self._rewritten, item))
        except (ApiProblem, SourceError) as problem:
            if isinstance(problem, ApiProblem) and problem.status == 401:
                raise
            self.report.add(kind.name, "failed", item.id, item.label, str(problem))
            return
        if again:
            return
        self.report.add(kind.name, outcome)
        open_links = [one for one in item.references if self._target_of(one) is None]
        if any((one.kind, one.id) in self._index for one in open_links):
            self._again.append(item)
        else:
            self._note_broken(item, open_links)

    def _note_broken(self, item: Indexed, missing: Iterable[Reference]) -> None:
        if item.stored.kind.name in ORDERS:
            return  # What did not come is reported as itself, and has no place in an order.
        for one in missing:
            if item.stored.kind.name == "restriction_policies":
                reason = f"{BY_NAME[one.kind].title} {one.id}, named by it, did not come and was left out"
            elif one.kind == "roles" and item.stored.kind.name in ("users", "monitors", "dashboards"):
                reason = f"Role {one.id} is not here and was left out"
            elif one.link:
                reason = f"A link leads to {BY_NAME[one.kind].title.lower()} {one.id}, not imported"
            else:
                reason = f"It shows {BY_NAME[one.kind].title.lower()} {one.id}, which did not come"
            self.report.note(item.stored.kind.name, "incomplete", item.id, item.label, reason)

    async def _second_pass(self) -> None:
        """Update resources with links to others that were created after them."""
        for item in self._again:
            await self._bring(item, again=True)
            self._note_broken(item, [one for one in item.references if self._target_of(one) is None])

    def _target_of(self, reference: Reference) -> str | None:
        entry = self.ids.get(reference.kind, reference.id)
        return entry.target_id or None if entry is not None else None

    def _rewritten(self, item: Indexed) -> Object:
        body = rewrite(item.stored.kind.name, item.stored.read(), self._target_of)
        if not self.origin:
            return body
        sources = "|".join([_SITES, *(re.escape(one) for one in self.source_origins)])
        text = re.sub(f"(?:{sources}){_PAGES}", lambda _: self.origin, json.dumps(body))
        return dict(json.loads(text))

    async def _apply(self, item: Indexed, body: Object) -> str:
        kind = item.stored.kind
        if kind.name == "roles":
            body["permission_ids"] = await self._permission_ids(body, item)
        digest = _digest(body, kind)
        entry = self.ids.get(kind.name, item.id)
        if entry is not None and entry.target_id:
            if entry.digest == digest:
                return "unchanged"
            if await self._update(item, body, entry.target_id, digest):
                return "updated"
        return await self._find_or_create(item, body, digest, interrupted=entry is not None)

    async def _find_or_create(self, item: Indexed, body: Object, digest: str, *, interrupted: bool) -> str:
        kind = item.stored.kind
        existing = await self._existing_of(kind, body, item, interrupted=interrupted)
        if existing is not None and kind.keeps_existing and not interrupted:
            await self._remember(kind, item.id, Entry(existing, digest))
            return "existing"
        if existing is not None and await self._update(item, body, existing, digest):
            return "updated"
        await self._create(item, body, digest)
        return "created"

    async def _create(self, item: Indexed, body: Object, digest: str) -> None:
        kind = item.stored.kind
        sent = create_body(kind.name, body)
        if self.dry_run:
            await self._check(kind, sent, item)
            self.ids.assume(kind.name, item.id, Entry(item.id, digest))
            return
        await self.ids.put(kind.name, item.id, Entry("", ""))
        method, path = kind.create
        if kind.name == "users" and body.get("attributes", {}).get("service_account"):
            path, sent["data"]["attributes"]["service_account"] = "/api/v2/service_accounts", True
        sent, query = await self._completion.of(kind, sent)
        place = str(body["id"]) if kind.name == "restriction_policies" else item.id
        answer = await self.api.request(method, path_of(path, place), query, sent)
        made = kind.created_id(answer) or item.id
        # The digest stays empty until all subordinate objects exist.
        await self.ids.put(kind.name, item.id, Entry(made, ""))
        await apply_members(self.api, kind.name, made, body)
        await self.ids.put(kind.name, item.id, Entry(made, digest))

    async def _update(self, item: Indexed, body: Object, target_id: str, digest: str) -> bool:
        """Update an object; False if it no longer exists."""
        kind = item.stored.kind
        if self.dry_run:
            self.ids.assume(kind.name, item.id, Entry(target_id, digest))
            return True
        method, path = kind.update
        try:
            sent, query = await self._completion.of(kind, update_body(kind.name, body, target_id))
            await self.api.request(method, path_of(path, target_id), query, sent)
            await apply_members(self.api, kind.name, target_id, body)
        except ApiProblem as problem:
            if problem.status == 404:
                return False
            raise
        await self.ids.put(kind.name, item.id, Entry(target_id, digest))
        return True

    async def _remember(self, kind: Kind, id_: str, entry: Entry) -> None:
        if self.dry_run:
            self.ids.assume(kind.name, id_, entry)
        else:
            await self.ids.put(kind.name, id_, entry)

    async def _existing_of(self, kind: Kind, body: Object, item: Indexed, *, interrupted: bool) -> str | None:
        """An object here with the same unique name; after an interruption, one with the same label that is
        not mapped: its creation may have succeeded without a recorded response.
        """
        wanted = kind.unique(body) if kind.unique is not None else item.label if interrupted else None
        if wanted is None:
            return None
        if kind.name not in self._existing:
            name_of = kind.unique or kind.label
            found = {}
            async for one in listed(self.api, kind, self.clock()):
                if not self.ids.is_taken(kind.name, kind.identity(one)):
                    found[name_of(one).lower()] = kind.identity(one)
            self._existing[kind.name] = found
        existing = self._existing[kind.name].get(wanted.lower())
        return None if existing is None or self.ids.is_taken(kind.name, existing) else existing

    async def _permission_ids(self, body: Object, item: Indexed) -> list[str]:
        """Ids here of the permissions of a role, by name, or by id where the folder has no names. Those that
        are not here are noted.
        """
        if self._permissions is None:
            answer = await self.api.request("GET", "/api/v2/permissions")
            self._permissions = {one["attributes"]["name"]: one["id"] for one in answer["data"]}
        known = self._permissions
        if "permissions" in body:
            wanted = [known.get(name) for name in body["permissions"]]
        else:
            here = set(known.values())
            given = ((body.get("relationships") or {}).get("permissions") or {}).get("data") or []
            wanted = [one["id"] if one["id"] in here else None for one in given]
        if unknown := wanted.count(None):
            reason = f"{unknown} of its {len(wanted)} permissions are not known here and were left out"
            self.report.note("roles", "incomplete", item.id, item.label, reason)
        return [one for one in wanted if one is not None]

    async def _check(self, kind: Kind, sent: Object, item: Indexed) -> None:
        """Dry run: validate what would be sent. Raises :class:`ApiProblem`."""
        check = _CHECKS.get(kind.name)
        if check is not None and (found := check(sent)):
            raise ApiProblem(400, "; ".join(found[:5]))
        if kind.name == "monitors" and not any(one.required for one in item.references):
            await self.api.request("POST", "/api/v1/monitor/validate", None, sent)


def _digest(body: Object, kind: Kind) -> str:
    members = {name: body[name] for name in ("links", "memberships", "dashboards", "roles") if name in body}
    content = [create_body(kind.name, body), members]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]

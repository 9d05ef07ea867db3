"""Endpoints of imports: the id map used by every importer, and imports started from the web app."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from litestar import Request, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import admin_guard, principal_of, services_of
from heeler.api.errors import bad_request, not_found
from heeler.api.outbound_http import OutboundError, checked_url, resolve
from heeler.api.text_limits import bounded_text
from heeler.importers.client import HttpApi
from heeler.importers.kinds import BY_NAME, KINDS
from heeler.importers.local_api import LocalApi
from heeler.importers.model import ImportedObject, ImportRun
from heeler.importers.runs import KEPT_RUNS, Imports, Job

HttpRequest = Request[Any, Any, Any]
_PATH = "/api/ui/imports"
_MAX_PAGE = 5_000


class ObjectBody(msgspec.Struct):
    """One entry of the id map."""

    source: str
    kind: str
    source_id: str
    target_id: str
    digest: str


@get(_PATH + "/objects", guards=[admin_guard])
async def list_objects(
    request: HttpRequest, source: str, start: int = 0, count: int = 1000
) -> dict[str, Any]:
    """Objects created from resources of ``source``."""
    query = (
        select(ImportedObject)
        .where(ImportedObject.source == source)
        .order_by(ImportedObject.kind, ImportedObject.source_id)
        .offset(max(start, 0))
        .limit(min(max(count, 1), _MAX_PAGE))
    )
    async with services_of(request).database.session() as db:
        rows = (await db.scalars(query)).all()
    names = ObjectBody.__struct_fields__
    return {"objects": [{name: getattr(row, name) for name in names} for row in rows]}


@put(_PATH + "/objects", guards=[admin_guard], status_code=204)
async def put_object(request: HttpRequest, data: ObjectBody) -> None:
    if data.kind not in BY_NAME:
        raise bad_request(f"Invalid kind: {data.kind!r}. Expected one of {', '.join(BY_NAME)}")
    if not (0 < len(data.source) <= 200 and 0 < len(data.source_id) <= 300 and len(data.target_id) <= 300):
        raise bad_request("Invalid entry. Expected a source of 1 to 200 characters and ids of at most 300")
    bounded_text("digest", data.digest, 64)
    services = services_of(request)
    async with services.database.session() as db:
        row = await db.get(ImportedObject, (data.source, data.kind, data.source_id))
        if row is None:
            row = ImportedObject(source=data.source, kind=data.kind, source_id=data.source_id)
            db.add(row)
        row.target_id, row.digest = data.target_id, data.digest
        row.imported = datetime.fromtimestamp(services.now(), UTC)


class StartBody(msgspec.Struct):
    """Source of an import. ``url`` is the base URL of the API, such as https://api.datadoghq.eu."""

    url: str
    api_key: str
    app_key: str
    kinds: list[str] = []
    dry_run: bool = False


class KindInfo(msgspec.Struct):
    name: str
    title: str


class ProgressInfo(msgspec.Struct):
    """``rate`` in resources per second; ``seconds_left`` is None until known."""

    phase: str
    done: int
    total: int
    rate: float
    seconds_left: float | None


class RunInfo(msgspec.Struct):
    """One import."""

    id: int
    source: str
    started: datetime
    ended: datetime | None
    state: Literal["running", "done", "failed", "canceled", "interrupted"]
    error: str
    started_by: str
    options: dict[str, Any]
    report: dict[str, Any]
    progress: ProgressInfo | None


class RunList(msgspec.Struct):
    """``url``: where people reach this server; links in imported texts lead there."""

    runs: list[RunInfo]
    kinds: list[KindInfo]
    url: str


def source_name(url: str) -> str:
    """Canonical name of an API in the id map: its URL without a trailing path. Raises a 400."""
    try:
        parts = checked_url(url.strip())
    except OutboundError as error:
        raise bad_request(str(error)) from None
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"[:200]


@post(_PATH, guards=[admin_guard], status_code=202)
async def start_import(request: HttpRequest, data: StartBody) -> RunInfo:
    """Start an import with the rights of the caller. One runs at a time; the keys are held in memory only."""
    services, imports = services_of(request), services_of(request).part(Imports)
    imports.check_free()
    unknown = [name for name in data.kinds if name not in BY_NAME]
    if unknown:
        raise bad_request(f"Invalid kinds: {', '.join(unknown)}. Expected any of {', '.join(BY_NAME)}")
    if not data.api_key.strip() or not data.app_key.strip():
        raise bad_request("An API key and an application key of the source are required")
    source = source_name(data.url)
    targets = services.settings.private_targets
    try:
        await resolve(source, targets)
    except OutboundError as error:
        raise bad_request(str(error)) from None
    imports.check_free()
    kinds = [kind for kind in KINDS if not data.kinds or kind.name in data.kinds]
    run = ImportRun(
        source=source,
        started=datetime.fromtimestamp(services.now(), UTC),
        state="running",
        started_by=principal_of(request).email,
        options={"kinds": [kind.name for kind in kinds], "dry_run": data.dry_run},
    )
    async with services.database.session() as db:
        db.add(run)
        await db.flush()
        old = select(ImportRun).order_by(ImportRun.id.desc()).offset(KEPT_RUNS)
        for one in await db.scalars(old):
            await db.delete(one)
    client = (request.client.host, request.client.port) if request.client else ("127.0.0.1", 0)
    target = LocalApi(request.app, list(request.scope["headers"]), client)  # type: ignore[arg-type]
    api = HttpApi(source, data.api_key.strip(), data.app_key.strip(), private_targets=targets)
    imports.start(Job(run.id, source, api, target, kinds, data.dry_run))
    return _shown(request, run)


@get(_PATH, guards=[admin_guard])
async def list_imports(request: HttpRequest) -> RunList:
    """The imports that were started here, latest first, without their reports' problems."""
    async with services_of(request).database.session() as db:
        runs = (await db.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(KEPT_RUNS))).all()
    shown = [_shown(request, run) for run in runs]
    for one in shown:
        one.report = {name: value for name, value in one.report.items() if name != "problems"}
    kinds = [KindInfo(kind.name, kind.title) for kind in KINDS]
    return RunList(shown, kinds, services_of(request).settings.url)


@get(_PATH + "/{run_id:int}", guards=[admin_guard])
async def get_import(request: HttpRequest, run_id: int) -> RunInfo:
    return _shown(request, await _found(request, run_id))


@post(_PATH + "/{run_id:int}/cancel", guards=[admin_guard], status_code=204)
async def cancel_import(request: HttpRequest, run_id: int) -> None:
    """Cancel a running import; imported resources stay, and another import resumes it."""
    await _found(request, run_id)
    if not services_of(request).part(Imports).cancel(run_id):
        raise bad_request("This import is not running")


async def _found(request: HttpRequest, run_id: int) -> ImportRun:
    async with services_of(request).database.session() as db:
        run = await db.get(ImportRun, run_id) if run_id < 2**31 else None
    if run is None:
        raise not_found(f"Import {run_id}")
    return run


def _shown(request: HttpRequest, run: ImportRun) -> RunInfo:
    services = services_of(request)
    job, progress = services.part(Imports).job, None
    if job is not None and job.run_id == run.id:
        at, now = job.progress, services.now()
        progress = ProgressInfo(at.phase, at.done, at.total, at.rate(now), at.seconds_left(now))
    return RunInfo(
        run.id, run.source, run.started, run.ended, run.state, run.error, run.started_by, run.options,  # type: ignore[arg-type]
        run.report or {}, progress,
    )  # fmt: skip


handlers: list[ControllerRouterHandler] = [
    list_objects, put_object, start_import, list_imports, get_import, cancel_import,
]  # fmt: skip

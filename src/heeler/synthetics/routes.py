"""Endpoints of synthetic tests: ``/api/v1/synthetics/tests``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, patch, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.numbers import whole_parameter
from heeler.api.services import Principal, Services
from heeler.dashboards.ids import new_dashboard_id
from heeler.monitors.model import Monitor
from heeler.synthetics import monitor, page_routes, result_routes, variable_routes
from heeler.synthetics.json_patch import PatchError, patched
from heeler.synthetics.model import LIVE, PAUSED, SyntheticTest
from heeler.synthetics.serializers import shown_test
from heeler.synthetics.store import find_test, find_tests
from heeler.synthetics.validation import cannot_run, checked_test

Object = dict[str, Any]
HttpRequest = Request[Any, Any, Any]
_PATH = "/api/v1/synthetics/tests"
MAX_TESTS = 2000
monitor.install()


async def found_test(db: AsyncSession, public_id: str) -> SyntheticTest:
    """The test with a public id. Raises a 404."""
    test = await find_test(db, public_id)
    if test is None:
        raise ApiError(404, "Synthetics test not found")
    return test


def _apply(test: SyntheticTest, fields: Mapping[str, Any], now: float) -> None:
    """Set validated fields on ``test``; one that cannot be run here is paused, with the reason."""
    reasons = cannot_run(fields["subtype"], fields["config"])
    test.name, test.type, test.subtype = fields["name"], fields["type"], fields["subtype"]
    test.config, test.options = dict(fields["config"]), dict(fields["options"])
    test.locations, test.message, test.tags = fields["locations"], fields["message"], fields["tags"]
    test.status = PAUSED if reasons else fields["status"]
    test.last_error = f"Cannot be run here: {'; '.join(reasons[:5])}" if reasons else test.last_error
    test.modified = datetime.fromtimestamp(now, UTC)
    test.next_run = now


async def _create(services: Services, caller: Principal, body: Any) -> Object:
    fields, now = checked_test(body), services.now()
    made = SyntheticTest(
        public_id=new_dashboard_id(services.rng), created=datetime.fromtimestamp(now, UTC), version=1,
        creator_email=caller.email, creator_name=caller.name or None, monitor_id=None,
        last_run=0.0, failing_since=0.0, last_error="",
    )  # fmt: skip
    _apply(made, fields, now)
    async with services.database.session() as db:
        known = len((await db.scalars(select(SyntheticTest.public_id).limit(MAX_TESTS))).all())
        if known >= MAX_TESTS:
            raise ApiError(402, f"Test quota is reached: there are {MAX_TESTS:,} tests")
        db.add(made)
        await monitor.apply(db, services, made, caller)
        await db.flush()
        return shown_test(made)


@post(f"{_PATH}/api", status_code=200, guards=[writer_guard])
async def create_api_test(request: HttpRequest, data: Any) -> Object:
    """Create an API test. A test that this server cannot run (JavaScript, other protocols) is stored
    paused.
    """
    return await _create(services_of(request), principal_of(request), data)


@post(_PATH, status_code=200, guards=[writer_guard])
async def create_test(request: HttpRequest, data: Any) -> Object:
    """Alias of ``/api``, at the path used by the ``datadog`` package."""
    return await _create(services_of(request), principal_of(request), data)


@get(_PATH, guards=[user_guard])
async def list_tests(request: HttpRequest) -> Object:
    given = request.query_params
    size = max(1, min(whole_parameter("page_size", given.get("page_size"), 100), 1000))
    page = whole_parameter("page_number", given.get("page_number"), 0)
    query = select(SyntheticTest).order_by(SyntheticTest.created, SyntheticTest.public_id)
    async with services_of(request).database.session() as db:
        found = (await db.scalars(query.offset(page * size).limit(size))).all()
        return {"tests": [shown_test(test) for test in found]}


@get(f"{_PATH}/search", guards=[user_guard])
async def search_tests(request: HttpRequest) -> Object:
    """Search tests; ``text``: words and ``tag:``, ``type:``, ``status:``, all required."""
    given = request.query_params
    start = whole_parameter("start", given.get("start"), 0)
    count = max(0, min(whole_parameter("count", given.get("count"), 50), 1000))
    words = str(given.get("text") or "").lower().split()[:20]
    async with services_of(request).database.session() as db:
        every = (await db.scalars(select(SyntheticTest).order_by(SyntheticTest.name))).all()
    chosen = [test for test in every if all(_meets(test, word) for word in words)]
    if str(given.get("sort") or "").lstrip("-") not in ("", "name"):
        raise bad_request("Invalid 'sort'. Expected name or -name")
    if str(given.get("sort") or "").startswith("-"):
        chosen.reverse()
    whole = str(given.get("include_full_config", "")).lower() == "true"
    only_facets = str(given.get("facets_only", "")).lower() == "true"
    shown = [] if only_facets else [shown_test(test) for test in chosen[start : start + count]]
    for body in [] if whole else shown:
        body.pop("config")
    return {"tests": shown, "total": len(chosen)}


def _meets(test: SyntheticTest, word: str) -> bool:
    key, colon, value = word.partition(":")
    if colon and key in ("status", "state"):
        return test.status == value
    if colon and key in ("type", "subtype"):
        return value in (test.type, test.subtype)
    if colon and key == "tag":
        return any(value in str(tag).lower() for tag in test.tags)
    return any(word in text.lower() for text in (test.name, test.public_id, *map(str, test.tags)))


@get(f"{_PATH}/{{public_id:str}}", guards=[user_guard])
async def get_test(request: HttpRequest, public_id: str) -> Object:
    async with services_of(request).database.session() as db:
        return shown_test(await found_test(db, public_id))


@get(f"{_PATH}/api/{{public_id:str}}", guards=[user_guard])
async def get_api_test(request: HttpRequest, public_id: str) -> Object:
    async with services_of(request).database.session() as db:
        return shown_test(await found_test(db, public_id))


@put(f"{_PATH}/api/{{public_id:str}}", guards=[writer_guard])
async def update_api_test(request: HttpRequest, public_id: str, data: Any) -> Object:
    return await _replace(services_of(request), principal_of(request), public_id, data)


@put(f"{_PATH}/{{public_id:str}}", guards=[writer_guard])
async def update_test(request: HttpRequest, public_id: str, data: Any) -> Object:
    """Alias of ``/api/{public_id}``, at the path used by the ``datadog`` package."""
    return await _replace(services_of(request), principal_of(request), public_id, data)


@patch(f"{_PATH}/{{public_id:str}}", guards=[writer_guard])
async def patch_test(request: HttpRequest, public_id: str, data: Any) -> Object:
    """JSON Patch (RFC 6902) of a test: ``{"data": [{"op": "replace", "path": "/name", "value": "..."}]}``."""
    async with services_of(request).database.session() as db:
        now = shown_test(await found_test(db, public_id), creator=False)
    try:
        changed = patched(now, data.get("data") if isinstance(data, dict) else None)
    except PatchError as error:
        raise bad_request(str(error)) from None
    return await _replace(services_of(request), principal_of(request), public_id, changed)


async def _replace(services: Services, caller: Principal, public_id: str, body: Any) -> Object:
    async with services.database.session() as db:
        test = await found_test(db, public_id)
        defaults = {"subtype": test.subtype, "type": test.type, "status": test.status}
        fields = checked_test({**defaults, **body} if isinstance(body, dict) else body)
        if fields["subtype"] != test.subtype or fields["type"] != test.type:
            raise bad_request("Updating sub-type is forbidden")
        _apply(test, fields, services.now())
        test.version += 1
        await monitor.apply(db, services, test, caller)
        return shown_test(test)


@put(f"{_PATH}/{{public_id:str}}/status", guards=[writer_guard])
async def set_status(request: HttpRequest, public_id: str, data: Any) -> bool:
    wanted = data.get("new_status") if isinstance(data, dict) else None
    if wanted not in (LIVE, PAUSED):
        raise bad_request("Invalid value for parameter 'new_status'. Expected live or paused")
    services = services_of(request)
    async with services.database.session() as db:
        test = await found_test(db, public_id)
        if wanted == LIVE and (reasons := cannot_run(test.subtype, test.config)):
            raise bad_request(f"This test cannot be run here: {'; '.join(reasons[:5])}")
        test.status, test.next_run = wanted, services.now()
    return True


@post(f"{_PATH}/delete", status_code=200, guards=[writer_guard])
async def delete_tests(request: HttpRequest, data: Any) -> Object:
    """Delete tests with their monitors. Unless forced, a test whose monitor is used by an SLO is refused with
    409.
    """
    ids = data.get("public_ids") if isinstance(data, dict) else None
    if not isinstance(ids, list) or not ids:
        raise bad_request("Minimum number of elements in parameter 'public_ids' should be 1")
    services = services_of(request)
    now = datetime.fromtimestamp(services.now(), UTC).isoformat()
    async with services.database.session() as db:
        found = await find_tests(db, map(str, ids[:1000]))
        missing = [str(one) for one in ids if str(one) not in found]
        if missing:
            raise ApiError(404, f"Synthetics tests not found: {', '.join(missing[:20])}")
        for test in found.values():
            if test.monitor_id is None:
                continue
            users = await services.slos_of_monitor(db, test.monitor_id)
            if users and not data.get("force_delete_dependencies"):
                names = ", ".join(name for _, name in users[:5])
                raise ApiError(409, f"The monitor of {test.public_id} is used by the SLOs {names}")
            await db.execute(delete(Monitor).where(Monitor.id == test.monitor_id))
        for test in found.values():
            await db.delete(test)
    return {"deleted_tests": [{"public_id": one, "deleted_at": now} for one in found]}


handlers: list[ControllerRouterHandler] = [
    create_api_test, create_test, list_tests, search_tests, get_test, get_api_test, update_api_test,
    update_test, patch_test, set_status, delete_tests,
    *result_routes.handlers, *variable_routes.handlers, *page_routes.handlers,
]  # fmt: skip

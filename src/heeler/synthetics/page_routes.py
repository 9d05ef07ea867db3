"""Endpoints of the synthetic test pages: the list with states, and runs of unsaved definitions."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.synthetics.http_probe import Guard
from heeler.synthetics.model import LIVE, SyntheticTest
from heeler.synthetics.runner import Definition, run
from heeler.synthetics.scheduler import Scheduler
from heeler.synthetics.store import variables
from heeler.synthetics.validation import cannot_run, checked_test

Object = dict[str, Any]
HttpRequest = Request[Any, Any, Any]


def state_of(test: SyntheticTest) -> str:
    """State of a test: ``passing``, ``failing``, ``paused`` or ``pending`` (live, not run yet)."""
    if test.status != LIVE:
        return "paused"
    if not test.last_run:
        return "pending"
    return "failing" if test.failing_since else "passing"


def _row(test: SyntheticTest) -> Object:
    config = test.config
    request = config.get("request") or {}
    steps = config.get("steps") or []
    host = f"{request.get('host', '')}:{request['port']}" if request.get("port") else request.get("host", "")
    return {
        "public_id": test.public_id,
        "name": test.name,
        "subtype": test.subtype,
        "state": state_of(test),
        "target": request.get("url") or host or (f"{len(steps)} steps" if steps else ""),
        "tick_every": test.options.get("tick_every"),
        "last_run": test.last_run or None,
        "failing_since": test.failing_since or None,
        "last_error": test.last_error,
        "tags": test.tags,
        "monitor_id": test.monitor_id,
    }


@get("/api/ui/synthetics", guards=[user_guard])
async def list_for_page(request: HttpRequest) -> Object:
    """All tests with their states; times are UNIX seconds."""
    async with services_of(request).database.session() as db:
        found = (await db.scalars(select(SyntheticTest).order_by(SyntheticTest.name))).all()
        return {"tests": [_row(test) for test in found]}


@get("/api/ui/synthetics/{public_id:str}", guards=[user_guard])
async def state_for_page(request: HttpRequest, public_id: str) -> Object:
    """The state of one test, as in the list."""
    async with services_of(request).database.session() as db:
        test = await db.get(SyntheticTest, public_id)
        if test is None:
            raise ApiError(404, "Synthetics test not found")
        return _row(test)


@post("/api/ui/synthetics/run", status_code=200, guards=[writer_guard])
async def run_unsaved(request: HttpRequest, data: Any) -> Object:
    """Run a definition once, without retries; nothing is stored."""
    given = data if isinstance(data, dict) else {}
    fields = checked_test({**given, "name": given.get("name") or "unsaved"})
    if reasons := cannot_run(fields["subtype"], fields["config"]):
        raise bad_request(f"This test cannot be run here: {'; '.join(reasons[:5])}")
    services = services_of(request)
    async with services.database.session() as db:
        values, secrets = await variables(db)
    options = {**fields["options"], "retry": None}
    definition = Definition(fields["subtype"], fields["config"], options, values, secrets)
    scheduler = services.part(Scheduler)
    async with scheduler.slots:
        found = await run(definition, Guard(services.settings.private_targets), services.now, scheduler.rng)
    return found.body


handlers: list[ControllerRouterHandler] = [list_for_page, state_for_page, run_unsaved]

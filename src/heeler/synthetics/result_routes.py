"""Endpoints of results of synthetic tests: latest results, one result, manual runs, uptimes; and of
locations."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from litestar import Request, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.numbers import whole_parameter
from heeler.api.services import Services
from heeler.monitors.state_history import state_history
from heeler.synthetics.model import SyntheticResult
from heeler.synthetics.scheduler import CONCURRENT, Scheduler, run_and_store_logged
from heeler.synthetics.serializers import LOCATION, LOCATION_NAME, full_result, short_result
from heeler.synthetics.store import find_test, find_tests
from heeler.synthetics.uptime import uptime_of
from heeler.synthetics.validation import cannot_run

Object = dict[str, Any]
HttpRequest = Request[Any, Any, Any]
_PATH = "/api/v1/synthetics/tests"
MAX_SHOWN = 150
MAX_TRIGGERED = 20
_SPAN_SECONDS = 60


@get(f"{_PATH}/{{public_id:str}}/results", guards=[user_guard])
async def latest_results(request: HttpRequest, public_id: str) -> Object:
    """The newest results, at most 150; ``from_ts`` and ``to_ts`` are UNIX milliseconds."""
    given = request.query_params
    conditions = [SyntheticResult.public_id == public_id]
    if given.get("from_ts"):
        conditions.append(SyntheticResult.check_time >= whole_parameter("from_ts", given["from_ts"], 0))
    if given.get("to_ts"):
        conditions.append(SyntheticResult.check_time <= whole_parameter("to_ts", given["to_ts"], 0))
    places = given.getall("probe_dc", [])
    async with services_of(request).database.session() as db:
        if await find_test(db, public_id) is None:
            raise ApiError(404, "Synthetics test not found")
        query = select(SyntheticResult).where(*conditions).order_by(SyntheticResult.id.desc())
        found = (await db.scalars(query.limit(MAX_SHOWN))).all() if not places or LOCATION in places else ()
        last = int(max((result.check_time for result in found), default=0))
        return {"last_timestamp_fetched": last, "results": [short_result(result) for result in found]}


@get(f"{_PATH}/{{public_id:str}}/results/{{result_id:str}}", guards=[user_guard])
async def one_result(request: HttpRequest, public_id: str, result_id: str) -> Object:
    async with services_of(request).database.session() as db:
        test = await find_test(db, public_id)
        query = select(SyntheticResult).where(
            SyntheticResult.public_id == public_id, SyntheticResult.result_id == result_id
        )
        found = await db.scalar(query)
        if test is None or found is None:
            raise ApiError(404, "Synthetics result not found")
        return full_result(found, test)


@post(f"{_PATH}/trigger", status_code=200, guards=[writer_guard])
async def trigger_tests(request: HttpRequest, data: Any) -> Object:
    """Run tests now; the response lists the result ids, which exist once the runs have ended."""
    return await _trigger(services_of(request), data)


@post(f"{_PATH}/trigger/ci", status_code=200, guards=[writer_guard])
async def trigger_ci_tests(request: HttpRequest, data: Any) -> Object:
    """Like ``/trigger``, for CI pipelines."""
    return await _trigger(services_of(request), data)


async def _trigger(services: Services, data: Any) -> Object:
    given = data.get("tests") if isinstance(data, dict) else None
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise bad_request("Minimum number of elements in parameter 'tests' should be 1")
    if len(given) > MAX_TRIGGERED:
        raise bad_request(f"At most {MAX_TRIGGERED} tests are run by one request")
    ids = [str(one.get("public_id")) for one in given]
    async with services.database.session() as db:
        found = await find_tests(db, ids)
    for one in ids:
        if one not in found:
            raise ApiError(404, f"Synthetics test not found: {one}")
        if reasons := cannot_run(found[one].subtype, found[one].config):
            raise bad_request(f"{one} cannot be run here: {'; '.join(reasons[:5])}")
    runs = [(one, f"{uuid4().int % 10**19}") for one in ids]
    services.part(Triggered).start(runs)
    return {
        "batch_id": None,
        "locations": [{"id": 1, "name": LOCATION}],
        "results": [
            {"public_id": one, "result_id": result, "location": 1, "device": ""} for one, result in runs
        ],
        "triggered_check_ids": ids,
    }


class Triggered:
    """Queued manual runs; they wait for the scheduler's slots."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(500)

    def start(self, runs: list[tuple[str, str]]) -> None:
        """Queue a run. Raises a 429 if too many are waiting."""
        if self._waiting.maxsize - self._waiting.qsize() < len(runs):
            raise ApiError(429, "Too many runs are waiting; try again in a minute")
        for run in runs:
            self._waiting.put_nowait(run)

    async def run_forever(self) -> None:
        """Background task of the runs, for the server's lifetime."""
        scheduler = self._services.part(Scheduler)
        async with asyncio.TaskGroup() as group:
            for _ in range(CONCURRENT):
                group.create_task(self._work(scheduler))

    async def _work(self, scheduler: Scheduler) -> None:
        while True:
            public_id, result_id = await self._waiting.get()
            await run_and_store_logged(scheduler, public_id, result_id)


async def run_triggered(services: Services) -> None:
    """Run the tests triggered manually or by CI."""
    await services.part(Triggered).run_forever()


@post(f"{_PATH}/uptimes", status_code=200, guards=[user_guard])
async def uptimes(request: HttpRequest, data: Any) -> list[Object]:
    """The share of the window in which each test's monitor was not in Alert; UNIX seconds."""
    ids = data.get("public_ids") if isinstance(data, dict) else None
    if not isinstance(ids, list) or not ids:
        raise bad_request("Minimum number of elements in parameter 'public_ids' should be 1")
    start, end = data.get("from_ts"), data.get("to_ts")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end < 2**33:
        raise bad_request("Parameters 'from_ts' and 'to_ts' must be UNIX seconds, the first below the second")
    services = services_of(request)
    answers = []
    async with services.database.session() as db:
        found = await find_tests(db, map(str, ids[:100]))
        for public_id in map(str, ids[:100]):
            test = found.get(public_id)
            if test is None:
                raise ApiError(404, f"Synthetics test not found: {public_id}")
            until = min(float(end), services.now())
            states = await state_history(db, test.monitor_id, start, until) if test.monitor_id else {}
            first, changes = states.get("*", ("", []))
            since = max(float(start), test.created.timestamp())
            uptime = uptime_of(first, changes, min(since, until), until)
            overall: Object = {
                "group": "overall", "errors": None, "span_precision": _SPAN_SECONDS,
                "history": [[time, state] for time, state in uptime.history],
            }  # fmt: skip
            if uptime.percent is not None:
                overall["uptime"] = uptime.percent
            answers.append({"public_id": public_id, "from_ts": start, "to_ts": end, "overall": overall})
    return answers


@get("/api/v1/synthetics/locations", guards=[user_guard])
async def locations(request: HttpRequest) -> Object:
    return {"locations": [{"id": LOCATION, "name": LOCATION_NAME}]}


@get("/api/v1/synthetics/settings/default_locations", guards=[user_guard])
async def default_locations(request: HttpRequest) -> list[str]:
    return [LOCATION]


handlers: list[ControllerRouterHandler] = [
    latest_results, one_result, trigger_tests, trigger_ci_tests, uptimes, locations, default_locations,
]  # fmt: skip

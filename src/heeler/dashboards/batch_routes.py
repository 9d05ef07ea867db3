"""Batch query endpoint: all queries of a page in one request; results are streamed as they complete, and
identical queries run once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, Literal

import msgspec
from litestar import Request, post
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Services
from heeler.metrics import responses, service
from heeler.metrics.formula_request import read_request
from heeler.metrics.last_queried import LastQueried
from heeler.metrics.query_routes import encode, in_time, turn
from heeler.store.engine import EngineMemoryLimit, EngineTimeout

log = logging.getLogger(__name__)

MAX_QUERIES = 200
#: The store runs few queries concurrently; more would only wait there.
CONCURRENCY = 6


class BatchQuery(msgspec.Struct):
    """A query of the batch. ``body`` is that of ``POST /api/v2/query/timeseries`` or ``/scalar``, or the
    parameters of ``GET /api/v1/query`` (``query``, ``from``, ``to``, ``display``).
    """

    id: str
    kind: Literal["timeseries", "scalar", "v1"]
    body: dict[str, Any]


class Batch(msgspec.Struct):
    queries: list[BatchQuery]


@post("/api/ui/query/batch", guards=[user_guard], status_code=200)
async def query_batch(request: Request[Any, Any, Any], data: Batch) -> Stream:
    """Run up to 200 queries. The response is a line of JSON each, in the order in which they finish:
    ``{"ids": [...], "status": 200, "body": {...}}``, or with ``errors`` in place of the ``body``."""
    if len(data.queries) > MAX_QUERIES:
        raise bad_request(f"Invalid 'queries': {len(data.queries)} items. Expected at most {MAX_QUERIES}")
    return Stream(stream_lines(services_of(request), data.queries), media_type="application/x-ndjson")


def distinct(queries: list[BatchQuery]) -> list[tuple[list[str], BatchQuery]]:
    """Deduplicated queries, with the ids of all requests for each."""
    found: dict[bytes, tuple[list[str], BatchQuery]] = {}
    for one in queries:
        key = msgspec.json.encode([one.kind, one.body], order="sorted")
        found.setdefault(key, ([], one))[0].append(one.id)
    return list(found.values())


async def stream_lines(services: Services, queries: list[BatchQuery]) -> AsyncIterator[bytes]:
    wanted = distinct(queries)
    gate = asyncio.Semaphore(CONCURRENCY)
    lines: asyncio.Queue[bytes] = asyncio.Queue(len(wanted))

    async def run(ids: list[str], one: BatchQuery) -> None:
        async with gate:
            lines.put_nowait(await _line(services, ids, one))

    # If the reader disconnects, the group cancels what it has not read.
    async with asyncio.TaskGroup() as group:
        for ids, one in wanted:
            group.create_task(run(ids, one))
        for _ in wanted:
            yield await lines.get()


async def _line(services: Services, ids: list[str], one: BatchQuery) -> bytes:
    status, errors = 200, [""]
    try:
        body = await _answer(services, one)
        return b'{"ids":' + msgspec.json.encode(ids) + b',"status":200,"body":' + body + b"}\n"
    except ApiError as error:
        status, errors = error.status, list(error.messages)
    except (ValueError, TypeError) as error:
        status, errors = 400, [str(error)]
    except EngineTimeout as error:
        log.warning("query batch: the store gave up: %s", error)
        status, errors = (
            504,
            ["The store did not answer in time: use a shorter time range."],
        )
    except EngineMemoryLimit as error:
        log.warning("query batch: the store gave up: %s", error)
        status, errors = (
            400,
            ["The query needs too much memory: use a narrower scope."],
        )
    except Exception as error:
        log.error("query batch: a query failed", exc_info=error)
        status, errors = 500, [f"Internal error ({type(error).__name__}); the server's log has the details."]
    return msgspec.json.encode({"ids": ids, "status": status, "errors": errors}) + b"\n"


async def _answer(services: Services, one: BatchQuery) -> bytes:
    async with turn(services):
        if one.kind == "v1":
            return await _v1(services, one.body)
        found = in_time(read_request(msgspec.json.encode(one.body), f"{one.kind}_request"), services)
        limits = [formula.limit for formula in found.formulas]
        if one.kind == "timeseries":
            lines = await service.timeseries(services, found, "all")
            services.part(LastQueried).note(lines)
            return await encode(services, lines, lambda: responses.timeseries_answer(lines, limits))
        numbers = await service.scalar(services, found)
        services.part(LastQueried).note(numbers)
        return await encode(services, numbers, lambda: responses.scalar_answer(found.texts, numbers, limits))


async def _v1(services: Services, body: dict[str, Any]) -> bytes:
    text, start, end = body.get("query"), body.get("from"), body.get("to")
    if not isinstance(text, str) or not isinstance(start, int | float) or not isinstance(end, int | float):
        raise bad_request("'query', 'from' and 'to' are required")
    answer = await service.query(services, text, start, end, bars=body.get("display") == "bars")
    services.part(LastQueried).note([answer])
    if "v1" not in answer.encoded:
        answer.encoded["v1"] = await encode(services, [answer], lambda: responses.v1_answer(answer))
    return answer.encoded["v1"]


handlers: list[ControllerRouterHandler] = [query_batch]

"""Endpoints of metric queries."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.request_bodies import read_body
from heeler.api.services import Services
from heeler.metrics import responses, service
from heeler.metrics.formula_request import FormulaRequest, read_request
from heeler.metrics.last_queried import LastQueried
from heeler.metrics.query_check import check
from heeler.metrics.query_errors import api_error
from heeler.query.budget import limited
from heeler.query.limits import FEW_CELLS
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.executor import Answer, Caching
from heeler.query.metrics.functions import FUNCTIONS
from heeler.query.thread_pool import pool_of


class _Encoded(Response[bytes]):
    """Already encoded JSON."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body, media_type="application/json", status_code=200)


@contextlib.contextmanager
def _described() -> Iterator[None]:
    """A query that fails is answered in the API's own shape."""
    try:
        yield
    except QueryError as error:
        raise api_error(error) from None


@contextlib.asynccontextmanager
async def turn(services: Services) -> AsyncIterator[None]:
    """A turn among the queries of the API."""
    with _described():
        async with pool_of(services.engine).admission():
            with limited():
                yield


async def _read(request: Request[Any, Any, Any], kind: str) -> FormulaRequest:
    with _described():
        return await read_body(request, lambda body: read_request(body, kind))


async def encode(services: Services, answers: list[Answer], body: Callable[[], dict[str, Any]]) -> bytes:
    """Encode ``body``, which contains ``answers``, as JSON: in the pool unless it is small."""

    def encoded() -> bytes:
        return responses.encode(body())

    if (
        sum(frame.values.size + 10 * len(frame.groups) for one in answers for frame in one.frames)
        <= FEW_CELLS
    ):
        return encoded()
    return await pool_of(services.engine).run(encoded)


@get("/api/v1/query", guards=[user_guard])
async def query(
    request: Request[Any, Any, Any],
    text: Annotated[str, Parameter(query="query")],
    start: Annotated[float, Parameter(query="from")],
    end: Annotated[float, Parameter(query="to")],
    interval: int | None = None,
    explain: str = "false",
    display: str = "line",
    nocache: str = "false",
) -> Response[bytes]:
    """The series of a metrics query; ``explain=true`` adds its plan, the reads and their duration.

    ``nocache=true`` bypasses the result cache; ``nocache=rows`` also the row cache, and ``nocache=all`` also
    segment files, so that the store alone answers.
    """
    services = services_of(request)
    cached: Caching = _FRESH.get(nocache.lower()) or _caching(nocache, explain)
    async with turn(services):
        answer = await service.query(
            services, text, start, end, interval=interval, bars=display == "bars", cached=cached
        )
        services.part(LastQueried).note([answer])
        if _yes(explain):
            return _Encoded(
                await encode(
                    services,
                    [answer],
                    lambda: responses.v1_answer(answer) | {"explain": responses.explanation(answer)},
                )
            )
        if "v1" not in answer.encoded:
            answer.encoded["v1"] = await encode(services, [answer], lambda: responses.v1_answer(answer))
        return _Encoded(answer.encoded["v1"])


#: Values of ``nocache`` beside yes and no.
_FRESH: dict[str, Caching] = {"rows": "files", "all": "nothing"}


def _caching(*fresh: str) -> Caching:
    return "rows" if any(_yes(word) for word in fresh) else "all"


def _yes(word: str) -> bool:
    return word.lower() in ("true", "1")


def _explained(body: dict[str, Any], found: list[Answer], explain: str) -> dict[str, Any]:
    if not _yes(explain):
        return body
    return body | {"meta": {**body.get("meta", {}), "explain": [responses.explanation(one) for one in found]}}


@post("/api/v2/query/timeseries", guards=[user_guard], status_code=200)
async def timeseries(request: Request[Any, Any, Any], explain: str = "false") -> Response[bytes]:
    """Formulas over named queries of any data source, as series; ``explain=true`` adds, under ``meta``, the
    plan of each formula, the reads and their duration. ``display`` ``bars`` selects the wider buckets of
    bars.
    """
    services = services_of(request)
    given = await _read(request, "timeseries_request")
    async with turn(services):
        wanted = in_time(given, services)
        found = await service.timeseries(services, wanted, _caching(explain))
        services.part(LastQueried).note(found)
        limits = [one.limit for one in wanted.formulas]
        return _Encoded(
            await encode(
                services,
                found,
                lambda: _explained(responses.timeseries_answer(found, limits), found, explain),
            )
        )


@post("/api/v2/query/scalar", guards=[user_guard], status_code=200)
async def scalar(request: Request[Any, Any, Any], explain: str = "false") -> Response[bytes]:
    """Formulas over named queries of any data source, as one number a group. ``explain`` as for lines."""
    services = services_of(request)
    given = await _read(request, "scalar_request")
    async with turn(services):
        wanted = in_time(given, services)
        found = await service.scalar(services, wanted)
        services.part(LastQueried).note(found)
        limits = [one.limit for one in wanted.formulas]
        return _Encoded(
            await encode(
                services,
                found,
                lambda: _explained(responses.scalar_answer(wanted.texts, found, limits), found, explain),
            )
        )


def in_time(wanted: FormulaRequest, services: Services) -> FormulaRequest:
    if wanted.end < services.now() - services.settings.retention_days * 86_400:
        raise QueryError("Queries ending outside the retention date are invalid")
    return wanted


@get("/api/ui/functions", guards=[user_guard])
async def functions() -> list[dict[str, Any]]:
    """Every function of the query language, for the editor's completion."""
    return [
        {
            "name": item.name,
            "category": item.category,
            "signature": item.signature,
            "summary": item.summary,
            "example": item.example,
        }
        for item in sorted(FUNCTIONS.values(), key=lambda item: item.name)
    ]


@get("/api/ui/query/check", guards=[user_guard])
async def check_query(
    request: Request[Any, Any, Any], text: Annotated[str, Parameter(query="query")]
) -> dict[str, Any]:
    """Error in a query's text, for the editor: ``problem`` with message and position, or null."""
    async with turn(services_of(request)):
        wrong = await pool_of(services_of(request).engine).run(check, text)
    return {"problem": {"message": wrong.message, "position": wrong.position} if wrong else None}


handlers: list[ControllerRouterHandler] = [query, timeseries, scalar, functions, check_query]

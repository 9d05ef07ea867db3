"""Endpoints that answer metric queries."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.api.services import Services
from heeler.metrics import responses, service
from heeler.metrics.check import check
from heeler.metrics.formula_request import FormulaRequest, read_request
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions import FUNCTIONS
from heeler.query.metrics.run import Answer, Caching


class _Encoded(Response[bytes]):
    """JSON that is encoded already."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body, media_type="application/json", status_code=200)


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
    """The series of a metrics query; ``explain=true`` adds what was read and how long it took.

    ``nocache=true`` computes it anew, even if the very same was asked before; ``nocache=all`` out of the
    store, without the rows that are kept in memory.
    """
    try:
        answer = await service.query(
            services_of(request),
            text,
            start,
            end,
            interval=interval,
            bars=display == "bars",
            cached="nothing" if nocache.lower() == "all" else _caching(nocache, explain),
        )
    except QueryError as error:
        raise bad_request(error.described) from None
    if _yes(explain):
        return _Encoded(
            responses.encode(responses.v1_answer(answer) | {"explain": responses.explanation(answer)})
        )
    if "v1" not in answer.written:
        answer.written["v1"] = responses.encode(responses.v1_answer(answer))
    return _Encoded(answer.written["v1"])


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
    """Formulas over named queries of any data source, as lines; ``explain=true`` adds, under ``meta``, what
    was read for each formula and how long it took. ``display`` ``bars`` gets the wider buckets of bars."""
    services = services_of(request)
    try:
        asked = _in_time(read_request(await request.body(), "timeseries_request"), services)
        found = await service.timeseries(services, asked, _caching(explain))
    except QueryError as error:
        raise bad_request(error.described) from None
    limits = [one.limit for one in asked.formulas]
    return _Encoded(responses.encode(_explained(responses.timeseries_answer(found, limits), found, explain)))


@post("/api/v2/query/scalar", guards=[user_guard], status_code=200)
async def scalar(request: Request[Any, Any, Any], explain: str = "false") -> Response[bytes]:
    """Formulas over named queries of any data source, as one number a group. ``explain`` as for lines."""
    services = services_of(request)
    try:
        asked = _in_time(read_request(await request.body(), "scalar_request"), services)
        found = await service.scalar(services, asked)
    except QueryError as error:
        raise bad_request(error.described) from None
    limits = [one.limit for one in asked.formulas]
    return _Encoded(
        responses.encode(_explained(responses.scalar_answer(asked.texts, found, limits), found, explain))
    )


def _in_time(asked: FormulaRequest, services: Services) -> FormulaRequest:
    if asked.end < services.now() - services.settings.retention_days * 86_400:
        raise QueryError("Queries ending outside the retention date are invalid")
    return asked


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
async def check_query(text: Annotated[str, Parameter(query="query")]) -> dict[str, Any]:
    """What is wrong with a query's text, for the editor: ``problem`` with message and position, or null."""
    wrong = check(text)
    return {"problem": {"message": wrong.message, "position": wrong.position} if wrong else None}


handlers: list[ControllerRouterHandler] = [query, timeseries, scalar, functions, check_query]

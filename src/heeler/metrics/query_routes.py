"""Endpoints that answer metric queries."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.api.services import Services
from heeler.metrics import answers, service
from heeler.metrics.formula_request import FormulaRequest, read_request
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions import FUNCTIONS
from heeler.query.metrics.run import Answer


class _Encoded(Response[bytes]):
    """JSON that is encoded already."""

    def __init__(self, body: Any) -> None:
        super().__init__(answers.encode(body), media_type="application/json", status_code=200)


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

    ``nocache=true`` reads everything anew.
    """
    try:
        answer = await service.query(
            services_of(request),
            text,
            start,
            end,
            interval=interval,
            bars=display == "bars",
            cached=not _yes(nocache),
        )
    except QueryError as error:
        raise bad_request(error.described) from None
    body = answers.v1_answer(answer)
    if _yes(explain):
        body["explain"] = answers.explanation(answer)
    return _Encoded(body)


def _yes(word: str) -> bool:
    return word.lower() in ("true", "1")


def _explained(body: dict[str, Any], found: list[Answer], explain: str) -> dict[str, Any]:
    if not _yes(explain):
        return body
    return body | {"meta": {**body.get("meta", {}), "explain": [answers.explanation(one) for one in found]}}


@post("/api/v2/query/timeseries", guards=[user_guard], status_code=200)
async def timeseries(request: Request[Any, Any, Any], explain: str = "false") -> Response[bytes]:
    """Formulas over named queries of any data source, as lines; ``explain=true`` adds, under ``meta``, what
    was read for each formula and how long it took."""
    services = services_of(request)
    try:
        asked = _in_time(read_request(await request.body(), "timeseries_request"), services)
        found = await service.timeseries(services, asked)
    except QueryError as error:
        raise bad_request(error.described) from None
    limits = [one.limit for one in asked.formulas]
    return _Encoded(_explained(answers.timeseries_answer(found, limits), found, explain))


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
    return _Encoded(_explained(answers.scalar_answer(asked.texts, found, limits), found, explain))


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


handlers: list[ControllerRouterHandler] = [query, timeseries, scalar, functions]

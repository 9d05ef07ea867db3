"""Endpoints that answer metric queries."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.metrics import answers, service
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
        return _Encoded(answers.encode(answers.v1_answer(answer) | {"explain": answers.explanation(answer)}))
    if "v1" not in answer.written:
        answer.written["v1"] = answers.encode(answers.v1_answer(answer))
    return _Encoded(answer.written["v1"])


def _caching(*fresh: str) -> Caching:
    return "rows" if any(_yes(word) for word in fresh) else "all"


def _yes(word: str) -> bool:
    return word.lower() in ("true", "1")


def _explained(body: dict[str, Any], found: list[Answer], explain: str) -> dict[str, Any]:
    if not _yes(explain):
        return body
    return body | {"meta": {**body.get("meta", {}), "explain": [answers.explanation(one) for one in found]}}


class _Formula(msgspec.Struct):
    formula: str
    limit: dict[str, Any] | None = None


class _Attributes(msgspec.Struct):
    start: int = msgspec.field(name="from")
    end: int = msgspec.field(name="to")
    queries: list[dict[str, Any]]
    formulas: list[_Formula] | None = None
    interval: int | None = None


class _Data(msgspec.Struct):
    type: str
    attributes: _Attributes


class _Body(msgspec.Struct):
    data: _Data


@post("/api/v2/query/timeseries", guards=[user_guard], status_code=200)
async def timeseries(request: Request[Any, Any, Any], explain: str = "false") -> Response[bytes]:
    """Formulas over named queries of any data source, as lines; ``explain=true`` adds, under ``meta``, what
    was read for each formula and how long it took."""
    asked = await _read(request, "timeseries_request")
    services = services_of(request)
    start, end = asked.start / 1000, asked.end / 1000
    interval = max(1, asked.interval // 1000) if asked.interval else None
    try:
        queries, given = await service.split_sources(services, asked.queries, start, end, interval)
        texts = _formula_texts(asked)
        found = await service.formulas(
            services, queries, texts, start, end, interval=interval, given=given, cached=_caching(explain)
        )
    except QueryError as error:
        raise bad_request(error.described) from None
    return _Encoded(answers.encode(_explained(answers.timeseries_answer(found), found, explain)))


@post("/api/v2/query/scalar", guards=[user_guard], status_code=200)
async def scalar(request: Request[Any, Any, Any], explain: str = "false") -> Response[bytes]:
    """Formulas over named queries of any data source, as one number a group. ``explain`` as for lines."""
    asked = await _read(request, "scalar_request")
    services = services_of(request)
    start, end = asked.start / 1000, asked.end / 1000
    reducers = {
        service.query_name(item, place): str(item.get("aggregator") or "avg")
        for place, item in enumerate(asked.queries)
    }
    try:
        # Other sources answer with one bucket: the total over the window, not a mean of buckets.
        queries, given = await service.split_sources(
            services, asked.queries, start, end, max(1, int(end) - int(start))
        )
        texts = _formula_texts(asked)
        found = await service.scalars(services, queries, reducers, texts, start, end, given=given)
    except QueryError as error:
        raise bad_request(error.described) from None
    limits = [item.limit or {} for item in asked.formulas or []]
    return _Encoded(answers.encode(_explained(answers.scalar_answer(texts, found, limits), found, explain)))


async def _read(request: Request[Any, Any, Any], kind: str) -> _Attributes:
    try:
        body = msgspec.json.decode(await request.body(), type=_Body, strict=False)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise bad_request(f"API input validation failed: {error}") from None
    if body.data.type != kind:
        raise bad_request(f'API input validation failed: Invalid type. Expected "{kind}".')
    services = services_of(request)
    if body.data.attributes.end / 1000 < services.now() - services.settings.retention_days * 86_400:
        raise bad_request("Queries ending outside the retention date are invalid")
    return body.data.attributes


def _formula_texts(asked: _Attributes) -> list[str]:
    if asked.formulas:
        return [item.formula for item in asked.formulas]
    return [service.query_name(item, place) for place, item in enumerate(asked.queries)]


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

"""Endpoint to search SLOs, with their status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.numbers import whole_parameter
from heeler.slos.definition import threshold_of
from heeler.slos.model import Slo
from heeler.slos.search import facets, slo_matches
from heeler.slos.serializers import number, threshold
from heeler.slos.status import SloStatus
from heeler.slos.store import all_slos, current_statuses, monitor_tags

Object = dict[str, Any]
HttpRequest = Request[Any, Any, Any]
PATH = "/api/v1/slo/search"


def _whole(request: HttpRequest, name: str, default: int) -> int:
    return whole_parameter(name, request.query_params.get(name), default)


@get(PATH, guards=[user_guard])
async def search_slos(request: HttpRequest) -> Object:
    """A page of the SLOs that ``query`` finds, each with its status for every one of its times."""
    services = services_of(request)
    query = request.query_params.get("query") or ""
    size = max(1, min(_whole(request, "page[size]", 10), 100))
    number_of_page = _whole(request, "page[number]", 0)
    async with services.database.session() as db:
        found = [slo for slo in await all_slos(db) if not query or slo_matches(query, slo)]
        page = found[number_of_page * size : (number_of_page + 1) * size]
        tags = await monitor_tags(db, page)
    statuses = await current_statuses(services, page)
    attributes: Object = {
        "slos": [_hit(slo, statuses, tags.get(slo.id, []), int(services.now())) for slo in page]
    }
    if request.query_params.get("include_facets", "").lower() == "true":
        attributes["facets"] = facets(found)
    pagination, links = _pages(request, len(found), number_of_page, size)
    return {
        "data": {"type": "", "attributes": attributes},
        "meta": {"pagination": pagination},
        "links": links,
    }


def _pages(request: HttpRequest, total: int, page: int, size: int) -> tuple[Object, Object]:
    last = max(-(-total // size) - 1, 0)
    before, after = max(page - 1, 0), min(page + 1, last)
    pagination = {
        "type": "number_size", "number": page, "size": size, "total": total, "first_number": 0,
        "last_number": last, "prev_number": before, "next_number": after,
    }  # fmt: skip
    given = {key: value for key, value in request.query_params.items() if not key.startswith("page[")}

    def link(number: int) -> str:
        return f"{PATH}?{urlencode({**given, 'page[number]': number, 'page[size]': size})}"

    links = {
        "self": link(page), "first": link(0), "last": link(last), "prev": link(before), "next": link(after),
    }  # fmt: skip
    return pagination, links


def _hit(
    slo: Slo, statuses: Mapping[tuple[str, str], SloStatus], own_monitor_tags: list[str], now: int
) -> Object:
    query = slo.definition.get("query")
    primary = statuses[slo.id, slo.timeframe]
    attributes: Object = {
        "name": slo.name,
        "description": slo.description,
        "slo_type": slo.type,
        "all_tags": list(dict.fromkeys([*slo.tags, *own_monitor_tags])),
        "env_tags": [tag for tag in slo.tags if tag.startswith("env:")],
        "service_tags": [tag for tag in slo.tags if tag.startswith("service:")],
        "team_tags": [tag for tag in slo.tags if tag.startswith("team:")],
        "monitor_ids": slo.definition.get("monitor_ids"),
        "groups": slo.definition.get("groups"),
        "thresholds": [threshold(item) for item in slo.thresholds],
        "creator": {
            "name": slo.creator_name or None, "email": slo.creator_email, "id": slo.creator_id or 0,
        },
        "created_at": int(slo.created.timestamp()),
        "modified_at": int(slo.modified.timestamp()),
        "status": _status(slo, slo.timeframe, primary, now),
        "overall_status": [
            _overall(slo, str(item["timeframe"]), statuses[slo.id, str(item["timeframe"])], now)
            for item in slo.thresholds
        ],
    }  # fmt: skip
    if query:
        attributes["query"] = {**query, "metrics": None}
    return {"data": {"id": slo.id, "type": "slo", "attributes": attributes}}


def _status(slo: Slo, timeframe: str, status: SloStatus, now: int) -> Object:
    found = threshold_of(slo, timeframe)
    assert found is not None  # noqa: S101 - the timeframe is one of its own
    target, warning = found
    return {
        "sli": number(status.sli),
        "state": status.state(target, warning),
        "error_budget_remaining": number(status.remaining(target)),
        "raw_error_budget_remaining": {"unit": status.unit, "value": float(status.raw(target))},
        "span_precision": status.precision(float(target)),
        "indexed_at": now,
        "calculation_error": status.errors[0][1] if status.errors else None,
    }


def _overall(slo: Slo, timeframe: str, status: SloStatus, now: int) -> Object:
    body = _status(slo, timeframe, status, now)
    return {
        **{name: value for name, value in body.items() if name not in ("sli", "calculation_error")},
        "status": body["sli"],
        "error": body["calculation_error"],
        "target": next(item["target"] for item in slo.thresholds if item["timeframe"] == timeframe),
        "timeframe": timeframe,
    }


handlers: list[ControllerRouterHandler] = [search_slos]

"""Endpoints of an SLO's history and status."""

from __future__ import annotations

from typing import Any

import numpy as np
from litestar import Request, get
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.api.services import Services
from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import default_interval
from heeler.slos.counts import CountSpec, frames
from heeler.slos.definition import TYPES, target_of
from heeler.slos.model import Slo
from heeler.slos.serializers import member, number, overall, primary_threshold, threshold
from heeler.slos.status import SloStatus, status_of
from heeler.slos.store import find_slo
from heeler.store.engine import EngineError

Object = dict[str, Any]
HttpRequest = Request[Any, Any, Any]
MAX_WINDOW = 400 * 86400
"""Maximum seconds of a history: a year, with a month to compare."""


def window_from(request: HttpRequest) -> tuple[float, float]:
    """Parse ``from_ts`` and ``to_ts``, UNIX seconds. Raises a 400."""
    try:
        start = float(int(request.query_params["from_ts"]))
        end = float(int(request.query_params["to_ts"]))
    except (KeyError, ValueError, OverflowError):
        raise bad_request("from_ts and to_ts must be UNIX time in seconds") from None
    if not 0 <= start < end <= 2**32 - 1 or end - start > MAX_WINDOW:
        raise bad_request("from_ts must be before to_ts, at most 400 days apart")
    return start, end


def _flag(request: HttpRequest, name: str, default: str) -> bool:
    return request.query_params.get(name, default).lower() == "true"


@get("/api/v1/slo/{slo_id:str}/history", guards=[user_guard])
async def slo_history(request: HttpRequest, slo_id: str) -> Object:
    """The status over [``from_ts``, ``to_ts``) with groups or monitors, and the events of a metric SLO.

    The optional ``errors`` is absent: the ``datadog`` package treats the key as a failure, even with null.
    Errors of the calculation are in ``data.overall.errors``.
    """
    services = services_of(request)
    start, end = window_from(request)
    custom = request.query_params.get("target")
    try:
        target = None if custom in (None, "") else target_of(float(custom))
    except ValueError:
        raise bad_request("target must be a number") from None
    async with services.database.session() as db:
        slo = await find_slo(db, slo_id)
    apply = _flag(request, "apply_correction", "true")
    status = await status_of(services, slo, start, min(end, services.now()), apply_corrections=apply)
    return {"data": await _history(services, status, end, target)}


async def _history(services: Services, status: SloStatus, end: float, target: float | None) -> Object:
    slo = status.slo
    thresholds = {str(item["timeframe"]): threshold(item) for item in slo.thresholds}
    if target is not None:
        thresholds["custom"] = threshold({"timeframe": "custom", "target": target})
    body: Object = {
        "from_ts": int(status.start),
        "to_ts": int(end),
        "type": slo.type,
        "type_id": TYPES[slo.type],
        "slo": {"id": slo.id, "name": slo.name},
        "thresholds": thresholds,
        "group_by": _group_keys(status),
        "overall": overall(status, target),
    }
    members = [member(status, item) for item in status.members]
    if slo.type == "monitor" and len(slo.definition["monitor_ids"]) > 1:
        body["monitors"] = members
    elif members:
        body["groups"] = members
    if slo.type == "metric":
        body["series"] = await _series(services, status)
    return body


def _group_keys(status: SloStatus) -> list[str]:
    names = [item.name for item in status.members if ":" in item.name]
    if status.slo.type == "monitor" and len(status.slo.definition["monitor_ids"]) > 1:
        return []
    return list(dict.fromkeys(tag.partition(":")[0] for name in names for tag in name.split(",")))


async def _series(services: Services, status: SloStatus) -> Object:
    """Good events and all events over time, for the graph."""
    start, end = int(status.start), int(status.end)
    step, spec = default_interval(start, end, bars=True), CountSpec.of(status.slo)
    try:
        good, other = await frames(services, spec, start, end, step)
    except (QueryError, EngineError) as error:
        return _answer(status, step, [], [], [], str(error))
    times = good.times if len(good.times) else other.times
    first = _line(good, len(times))
    second = _line(other, len(times)) + (first if spec.other_is_bad else 0)
    return _answer(status, step, [int(time) * 1000 for time in times], first.tolist(), second.tolist(), "")


def _line(frame: Frame, size: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = np.zeros(size)
    if len(frame.values) and frame.values.shape[1] == size:
        values += np.nansum(frame.values, axis=0)
    return values


def _answer(
    status: SloStatus, step: int, times: list[int], good: list[float], total: list[float], message: str
) -> Object:
    given = status.slo.definition.get("query") or {}
    numerator, denominator = (
        f"default_zero({given.get(name, '')})" if given else "" for name in ("numerator", "denominator")
    )

    def side(values: list[float]) -> Object:
        return {
            "values": values, "sum": float(sum(values)), "count": len(values),
            "metadata": {"unit": None, "query_index": 0, "aggr": "sum", "scope": "", "metric": ""},
        }  # fmt: skip

    return {
        "times": times,
        "interval": step,
        "numerator": side(good),
        "denominator": side(total),
        "query": f"{numerator}, {denominator}" if given else "",
        "numerator_query": numerator,
        "denominator_query": denominator,
        "res_type": "time_series",
        "resp_version": 2,
        "from_date": int(status.start) * 1000,
        "to_date": int(status.end) * 1000,
        "message": message,
    }


@get("/api/v2/slo/{slo_id:str}/status", guards=[user_guard])
async def slo_status(request: HttpRequest, slo_id: str) -> Object:
    """SLI, error budget and state over [``from_ts``, ``to_ts``)."""
    services = services_of(request)
    start, end = window_from(request)
    async with services.database.session() as db:
        slo = await find_slo(db, slo_id)
    apply = not _flag(request, "disable_corrections", "false")
    status = await status_of(services, slo, start, min(end, services.now()), apply_corrections=apply)
    target, warning = primary_threshold(slo)
    attributes = {
        "sli": number(status.sli),
        "error_budget_remaining": number(status.remaining(target)),
        "raw_error_budget_remaining": {"unit": status.unit, "value": float(status.raw(target))},
        "span_precision": status.precision(float(target)),
        "state": status.state(target, warning),
    }
    return {"data": {"id": _status_id(slo, start, end), "type": "slo_status", "attributes": attributes}}


def _status_id(slo: Slo, start: float, end: float) -> str:
    return f"{slo.id}-{int(start)}-{int(end)}"


handlers: list[ControllerRouterHandler] = [slo_history, slo_status]

"""Endpoints of a monitor's status page: state timeline, explanation of a group's state, exports."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request, not_found
from heeler.downtimes.store import effective
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.muting import group_tags as tags_of
from heeler.monitors.evaluation.muting import mutes_for, silenced
from heeler.monitors.evaluation.query_readers import read
from heeler.monitors.evaluation.state_machine import GroupState, judge
from heeler.monitors.evaluation.state_store import states_of
from heeler.monitors.model import Monitor
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import MonitorQuery, UnsupportedQuery
from heeler.monitors.queries.windows import window_start
from heeler.monitors.serializers import shown
from heeler.monitors.state_history import TooManyChanges, state_history
from heeler.monitors.terraform import monitor_resource
from heeler.monitors.timeline import strips
from heeler.monitors.validation import checked_query, numbers_of, thresholds_of
from heeler.query.metrics.errors import QueryError
from heeler.store.engine import EngineError

AnyRequest = Request[Any, Any, Any]
_DAY = 86_400


class SegmentItem(msgspec.Struct):
    """Segment of a timeline; times in UNIX seconds."""

    start: float
    end: float
    state: str


class StripItem(msgspec.Struct):
    group: str
    segments: list[SegmentItem]
    seconds: dict[str, float]


class Timeline(msgspec.Struct):
    """``groups``: their total number; ``strips`` has those with the longest time in a bad state."""

    strips: list[StripItem]
    groups: int
    start: float
    end: float


@get("/api/ui/monitors/{monitor_id:int}/timeline", guards=[user_guard])
async def monitor_timeline(
    request: AnyRequest, monitor_id: int, start: float | None = None, end: float | None = None
) -> Timeline:
    """The state of each group from ``start`` to ``end``, UNIX seconds, by default the last day."""
    services = services_of(request)
    end = min(end or services.now(), services.now())
    start = end - _DAY if start is None else start
    if not 0 < end - start <= 400 * _DAY:
        raise bad_request("Invalid window. Expected start before end, at most 400 days")
    async with services.database.session() as db:
        if await db.get(Monitor, monitor_id) is None:
            raise not_found("Monitor")
        try:
            history = await state_history(db, monitor_id, start, end)
        except TooManyChanges as error:
            raise bad_request(f"{error}: choose a shorter window") from None
    found = [
        StripItem(
            one.group, [SegmentItem(part.start, part.end, part.state) for part in one.segments],
            dict(one.seconds),
        )
        for one in strips(history, start, end)
    ]  # fmt: skip
    return Timeline(found, len(history), start, end)


class MuteItem(msgspec.Struct):
    """A downtime (``id``) or, with id 0, the monitor's own mute; ``end``: UNIX seconds, None for never."""

    id: int
    scope: str
    message: str
    end: float | None


class Explanation(msgspec.Struct):
    """Explanation of a group's state.

    ``value`` is that of an evaluation now, ``judged`` its verdict; ``stored`` the last stored state. The
    window is that of an evaluation now, UNIX seconds.
    """

    group: str
    state: str
    since: float | None
    value: float | None
    judged: str
    stored: float | None
    last_data: float | None
    comparator: str
    thresholds: dict[str, float]
    window_start: float | None
    window_end: float | None
    evaluated: float | None
    notified: float | None
    muted: list[MuteItem]
    problem: str
    draft: bool


@get("/api/ui/monitors/{monitor_id:int}/explain", guards=[user_guard])
async def explain_state(request: AnyRequest, monitor_id: int, group: str = "*") -> Explanation:
    """The value, window, thresholds and mutes that make a group's state."""
    services = services_of(request)
    now = services.now()
    async with services.database.session() as db:
        monitor = await db.get(Monitor, monitor_id)
        if monitor is None:
            raise not_found("Monitor")
        states = await states_of(db, monitor_id)
        downtimes = await effective(db, now)
    query = checked_query(monitor.type, monitor.query, monitor.options)
    state = states.get(group, GroupState())
    found = Explanation(
        group, state.status, max(state.last_triggered, state.last_resolved, state.last_nodata) or None, None,
        "", state.value, state.last_data or None, "", {}, None, None, monitor.evaluated or None,
        state.last_notified or None, [], monitor.problem, monitor.draft_status == "draft",
    )  # fmt: skip
    mutes = mutes_for(monitor, downtimes, query, now)
    own = monitor.options.get("silenced") or {}
    if silenced(own, tags_of(query, group), now):
        found.muted += [MuteItem(0, str(scope), "", end) for scope, end in own.items()]
    for item in mutes.holding(group):
        scope = item.expression or ",".join(str(tag) for tag in item.scope)
        found.muted.append(MuteItem(item.id, scope, item.message or "", mutes.until(group)))
    await _explain_value(request, monitor, query, state, found)
    return found


async def _explain_value(
    request: AnyRequest, monitor: Monitor, query: MonitorQuery, state: GroupState, found: Explanation
) -> None:
    """Value of an evaluation now, and the thresholds that it is compared with."""
    services, options = services_of(request), monitor.options
    now = services.now()
    if isinstance(query, UnsupportedQuery):
        found.problem = query.reason
        return
    limits = thresholds_of(query, options)
    if not isinstance(query, CompositeQuery):
        found.comparator = limits.comparator
        found.thresholds = numbers_of(query, options)
    window = getattr(query, "window", 0)
    if window:
        found.window_end = now - float(options.get("evaluation_delay") or 0)
        cumulative = getattr(query, "cumulative", "")
        found.window_start = window_start(window, cumulative, options, found.window_end)
    try:
        readings = await read(services, query, options, now)
    except (InvalidQuery, QueryError, EngineError) as error:
        found.problem = str(error)
        return
    reading = readings.get(found.group)
    if reading is not None:
        found.value, found.judged = reading.value, judge(reading, limits, state.status)


class ExportRequest(msgspec.Struct):
    """Monitors by id, or one that need not exist yet as ``monitor``. ``format``: json or terraform."""

    ids: list[int] = []
    monitor: dict[str, Any] | None = None
    format: str = "json"


class Export(msgspec.Struct):
    text: str
    filename: str


_EXPORTED = ("name", "type", "query", "message", "tags", "options", "priority", "draft_status", "assets")
MAX_EXPORTED = 1000


@post("/api/ui/monitors/export", guards=[user_guard], status_code=200)
async def export_monitors(request: AnyRequest, data: ExportRequest) -> Export:
    """Monitors as JSON, as the API takes it, or as resources of Terraform."""
    if data.format not in ("json", "terraform"):
        raise bad_request(f"Invalid format: {data.format[:50]!r}. Expected json or terraform")
    if len(data.ids) > MAX_EXPORTED:
        raise bad_request(f"At most {MAX_EXPORTED:,} monitors can be exported at once")
    bodies = [data.monitor] if data.monitor is not None else []
    async with services_of(request).database.session() as db:
        rows = await db.scalars(select(Monitor).where(Monitor.id.in_(data.ids)).order_by(Monitor.id))
        bodies += [shown(row) for row in rows]
    if not bodies:
        raise bad_request("There is nothing to export")
    name = f"monitor-{bodies[0].get('id', 'new')}" if len(bodies) == 1 else "monitors"
    if data.format == "terraform":
        return Export("\n".join(monitor_resource(body) for body in bodies), f"{name}.tf")
    items = [{key: body[key] for key in _EXPORTED if key in body} for body in bodies]
    text = msgspec.json.format(msgspec.json.encode(items[0] if len(items) == 1 else items), indent=2)
    return Export(text.decode(), f"{name}.json")


handlers: list[ControllerRouterHandler] = [monitor_timeline, explain_state, export_monitors]

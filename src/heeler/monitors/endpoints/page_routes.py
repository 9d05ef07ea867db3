"""Endpoints of the monitor pages: preview, backtest, history, test notification."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from litestar import Request, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request, not_found
from heeler.metrics.query_errors import api_error
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.backtest import backtest, is_plain, supported
from heeler.monitors.evaluation.composing import occasion
from heeler.monitors.evaluation.composite_states import operand_values
from heeler.monitors.evaluation.host_facts import HostFacts, host_of
from heeler.monitors.evaluation.lag import lag_of
from heeler.monitors.evaluation.muting import group_tags
from heeler.monitors.evaluation.sampled_backtest import leaves_of, sampled_backtest
from heeler.monitors.evaluation.series_query import group_name, metric_frame, read_metric
from heeler.monitors.evaluation.service_checks import group_statuses, latest_runs
from heeler.monitors.evaluation.state_machine import GroupState, Transition, judge
from heeler.monitors.model import Monitor, MonitorTransition
from heeler.monitors.notifications.graph import monitor_picture
from heeler.monitors.notifications.notification import tell
from heeler.monitors.notifications.rule_store import rules_of
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import MetricQuery
from heeler.monitors.validation import checked_options, checked_query, numbers_of, thresholds_of
from heeler.notify.outbox import enqueue
from heeler.query.metrics.errors import QueryError
from heeler.query.thread_pool import pool_of


class PreviewRequest(msgspec.Struct):
    """A monitor, not necessarily saved; ``start`` and ``end`` in UNIX seconds."""

    query: str
    type: str = "query alert"
    options: dict[str, Any] = {}
    start: float | None = None
    end: float | None = None


class PreviewSeries(msgspec.Struct):
    group: str
    values: list[float | None]
    value: float | None
    state: str


class Preview(msgspec.Struct):
    """The series, with the monitor's verdict for each group at the end of the window."""

    times: list[int]
    series: list[PreviewSeries]
    unit: str
    thresholds: dict[str, float]
    comparator: str
    window: int


@post("/api/ui/monitors/preview", status_code=200, guards=[user_guard])
async def preview_monitor(request: Request[Any, Any, Any], data: PreviewRequest) -> Preview:
    services = services_of(request)
    query = checked_query(data.type, data.query, data.options)
    if not isinstance(query, MetricQuery):
        raise bad_request("Only metric monitors have a graph to preview")
    options = checked_options(data.options, query)
    end = data.end or services.now()
    start = data.start or end - max(4 * query.window, 3600)
    try:
        frame = await metric_frame(services, query.expression, start, end)
        readings = await read_metric(services, query, options, end)
    except QueryError as error:
        raise api_error(error) from None
    thresholds = thresholds_of(query, options)
    series = [
        PreviewSeries(
            group_name(group),
            [float(value) if np.isfinite(value) else None for value in row],
            readings[group_name(group)].value if group_name(group) in readings else None,
            judge(readings[group_name(group)], thresholds, "OK")
            if group_name(group) in readings
            else "No Data",
        )
        for group, row in zip(frame.groups, frame.values, strict=True)
    ]
    return Preview(
        frame.times.tolist(),
        series,
        frame.unit,
        numbers_of(query, options),
        query.comparator,
        query.window,
    )


class BacktestMove(msgspec.Struct):
    """A notification that would have been sent; ``time`` in UNIX seconds."""

    group: str
    kind: str
    before: str
    after: str
    time: float
    value: float | None


class BacktestAnswer(msgspec.Struct):
    """``seconds``: time of the worst group in Alert, Warn and No Data; ``step``: seconds between evaluations,
    a minute or more as the time limit requires. ``values``: what was compared with the thresholds, by group,
    at ``times`` (UNIX seconds).
    """

    moves: list[BacktestMove]
    notifications: int
    groups: int
    evaluated: int
    seconds: dict[str, float]
    step: int = 60
    times: list[int] = []
    values: dict[str, list[float | None]] = {}


def _refusal(error: Exception) -> ApiError:
    return api_error(error) if isinstance(error, QueryError) else bad_request(str(error))


@post("/api/ui/monitors/backtest", status_code=200, guards=[user_guard])
async def backtest_monitor(request: Request[Any, Any, Any], data: PreviewRequest) -> BacktestAnswer:
    """Backtest of the monitor from ``start`` to ``end``, at most a week, by default a day."""
    services = services_of(request)
    query = checked_query(data.type, data.query, data.options)
    options = checked_options(data.options, query)
    end = data.end or services.now()
    try:
        start = data.start or end - 86_400
        async with pool_of(services.engine).turn():
            if is_plain(query):
                found = await backtest(services, supported(query), options, start, end)
            else:
                found = await sampled_backtest(services, query, options, start, end)
    except (InvalidQuery, QueryError) as error:
        raise _refusal(error) from None
    except ExceptionGroup as group:
        reasons = group.subgroup((InvalidQuery, QueryError))
        if reasons is None:
            raise
        raise _refusal(leaves_of(reasons)[0]) from None
    moves = [BacktestMove(*astuple(move)) for move in found.moves]
    return BacktestAnswer(
        moves, found.notifications, found.groups, found.evaluated, dict(found.seconds), found.step,
        list(found.times), {name: list(line) for name, line in found.values.items()},
    )  # fmt: skip


class HistoryItem(msgspec.Struct):
    """``opinion``: second opinion on a triggered anomaly monitor, a sentence; else empty."""

    group: str
    kind: str
    before: str
    after: str
    value: float | None
    muted: bool
    time: float
    opinion: str


class History(msgspec.Struct):
    transitions: list[HistoryItem]
    problem: str
    evaluated: float


@get("/api/ui/monitors/{monitor_id:int}/history", guards=[user_guard])
async def monitor_history(request: Request[Any, Any, Any], monitor_id: int, limit: int = 200) -> History:
    """The latest transitions, newest first, and why the last evaluation failed, if it did."""
    async with services_of(request).database.session() as db:
        monitor = await db.get(Monitor, monitor_id)
        if monitor is None:
            raise not_found("Monitor")
        rows = await db.scalars(
            select(MonitorTransition)
            .where(MonitorTransition.monitor_id == monitor_id)
            .order_by(MonitorTransition.id.desc())
            .limit(max(1, min(limit, 1000)))
        )
        items = [
            HistoryItem(
                row.group_name, row.kind, row.before, row.after, row.value, row.muted, row.time, row.opinion
            )
            for row in rows
        ]
        return History(items, monitor.problem, monitor.evaluated)


class EvaluationStatus(msgspec.Struct):
    """Last evaluation round: ``lag`` and ``took`` in seconds, ``ended`` in UNIX seconds, 0 before the
    first.
    """

    lag: float
    took: float
    evaluated: int
    ended: float


@get("/api/ui/monitors/evaluation", guards=[user_guard])
async def evaluation_status(request: Request[Any, Any, Any]) -> EvaluationStatus:
    """Evaluation lag of the last round of this server."""
    lag = lag_of(services_of(request))
    return EvaluationStatus(lag.lag, lag.took, lag.evaluated, lag.ended)


class TestRequest(msgspec.Struct):
    """``state``: Alert, Warn, No Data or OK."""

    state: str = "Alert"
    group: str = "*"


_KINDS = {"Alert": "Triggered", "Warn": "Warn", "No Data": "No Data", "OK": "Recovered"}


@post("/api/ui/monitors/{monitor_id:int}/test", status_code=200, guards=[writer_guard])
async def send_test_notification(
    request: Request[Any, Any, Any], monitor_id: int, data: TestRequest
) -> dict[str, Any]:
    """Send a test notification, marked ``[TEST]``; returns its recipients and unknown handles."""
    services = services_of(request)
    now = services.now()
    if data.state not in _KINDS:
        raise bad_request(f"state is {data.state!r}; write one of {', '.join(_KINDS)}")
    async with services.database.session() as db:
        monitor = await db.get(Monitor, monitor_id)
    if monitor is None:
        raise not_found("Monitor")
    query = checked_query(monitor.type, monitor.query, monitor.options)
    picture, value = None, None
    if isinstance(query, MetricQuery):
        picture = await monitor_picture(services, query, monitor.options, data.group, now)
        value = query.threshold
    move = Transition(_KINDS[data.state], "Alert" if data.state == "OK" else "OK", data.state)
    state = GroupState(status=data.state, value=value, triggered_at=now, last_triggered=now)
    hosts, host = HostFacts(services), host_of(group_tags(query, data.group))
    await hosts.look_up([host])
    values = await operand_values(services, query, [data.group]) if isinstance(query, CompositeQuery) else {}
    async with services.database.session() as db:
        rules = await rules_of(db)
    made = occasion(
        services, monitor, query, (data.group, state, move), now,
        host=hosts.of([f"host:{host}"]), values=values.get(data.group, {}),
    )  # fmt: skip
    told = tell(replace(made, rules=rules), picture)
    notice = replace(told.notice, subject=f"[TEST] {told.notice.subject}")
    async with services.database.session() as db:
        unknown = await enqueue(db, told.handles, notice, datetime.fromtimestamp(now, UTC))
    return {"handles": told.handles, "unknown": unknown}


class CheckGroup(msgspec.Struct):
    """``status``: 0 OK, 1 warning, 2 critical, 3 unknown; ``time``: UNIX seconds."""

    group: str
    status: int
    message: str
    time: int


class CheckStatus(msgspec.Struct):
    groups: list[CheckGroup]


@get("/api/ui/check_status", guards=[user_guard])
async def check_status(
    request: Request[Any, Any, Any], check: str, group_by: str = "", tags: str = ""
) -> CheckStatus:
    """The latest status of a service check in each group of the last day."""
    services = services_of(request)
    runs = await latest_runs(services, check, services.now())
    found = group_statuses(runs, _listed(group_by), _listed(tags))
    return CheckStatus([CheckGroup(item.group, item.status, item.message, item.time) for item in found])


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip() and item.strip() != "*"]


handlers: list[ControllerRouterHandler] = [
    preview_monitor,
    backtest_monitor,
    monitor_history,
    evaluation_status,
    send_test_notification,
    check_status,
]

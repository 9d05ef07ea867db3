"""Endpoints of usage by API key and of quotas."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import Key
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Services
from heeler.metric_usage.intake_limits import MAX_POINT_QUOTAS, MAX_ROW_QUOTAS
from heeler.metric_usage.key_usage import (
    DAY,
    REFUSED,
    REFUSED_BY_QUOTA,
    SERIES,
    SIGNALS,
    KeyUsageCounter,
    quota_of,
    sums_of_day,
)
from heeler.metric_usage.model import UsageQuota
from heeler.metric_usage.scopes import ALL, KEY, KINDS, METRIC, TAG
from heeler.metric_usage.series_limits import MAX_SERIES_QUOTAS, SeriesLimits

HttpRequest = Request[Any, Any, Any]
_QUOTAS = "/api/ui/usage/quotas"
MAX_QUOTAS = 500
#: Maximum quotas with a scope of their own, by signal.
_MOST_SCOPED = {
    "points": MAX_POINT_QUOTAS, "logs": MAX_ROW_QUOTAS, "spans": MAX_ROW_QUOTAS, "bytes": MAX_ROW_QUOTAS,
}  # fmt: skip


class QuotaRequest(msgspec.Struct):
    """``scope``: ``all``, ``key`` (the API key ``key_id``), ``service``, ``team``, ``tag`` or ``metric``, of
    ``scope_value``. ``daily_limit`` counts from 00:00 UTC; of ``series`` it is the number of those sent
    within the last day.
    """

    signal: str
    daily_limit: int
    key_id: str | None = None
    warning_percent: int = 80
    scope: str = ""
    """Empty: ``key`` with a ``key_id``, else ``all``."""
    scope_value: str = ""


class QuotaShown(msgspec.Struct):
    """A quota with what was used of it today, and what it refused today: requests of a key or of all keys;
    logs, spans, points and new series of other scopes. ``used_by``: the metric with most series, if each is
    limited by itself.
    """

    id: str
    key_id: str | None
    key_name: str | None
    scope: str
    scope_value: str
    signal: str
    daily_limit: int
    warning_percent: int
    used: int
    used_by: str
    refused: int
    modified: str
    modified_by: str


@get(_QUOTAS, guards=[user_guard])
async def list_quotas(request: HttpRequest) -> list[QuotaShown]:
    services = services_of(request)
    async with services.database.session() as db:
        found = list(await db.scalars(select(UsageQuota).order_by(UsageQuota.created)))
        return await _shown(db, services, found)


async def _shown(db: AsyncSession, services: Services, stored: list[UsageQuota]) -> list[QuotaShown]:
    sums = await sums_of_day(db, int(services.now()) // DAY)
    names = dict((await db.execute(select(Key.id, Key.name))).tuples().all())
    found = []
    for one in stored:
        quota = quota_of(one)
        used, used_by = sums.get(quota.place, 0), ""
        if one.signal == SERIES:
            used, used_by = services.part(SeriesLimits).used(quota)
        whole = quota.place[1] == one.signal
        refused = (one.key_id or "", REFUSED) if whole else (one.id, REFUSED_BY_QUOTA)
        found.append(
            QuotaShown(
                one.id, one.key_id, names.get(one.key_id) if one.key_id else None, one.scope,
                one.scope_value, one.signal, one.daily_limit, one.warning_percent, used, used_by,
                sums.get(refused, 0), one.modified.isoformat(), one.modifier_email,
            )
        )  # fmt: skip
    return found


def _scope_of(data: QuotaRequest) -> tuple[str, str]:
    """Kind and value of a request's scope, checked but for the key's existence."""
    kind = data.scope or (KEY if data.key_id is not None else ALL)
    value = data.scope_value.strip()
    if kind not in KINDS:
        raise bad_request(f"Invalid scope: {kind[:50]!r}. Expected one of {', '.join(KINDS)}")
    if (kind == KEY) is not (data.key_id is not None):
        raise bad_request("Invalid key_id. A scope of key needs one, others have none")
    if (kind in (ALL, KEY)) is bool(value) or len(value) > 200:
        raise bad_request(
            "Invalid scope_value. Expected 1 to 200 characters; none for the scopes all and key"
        )
    if kind == TAG and not all(value.partition(":")):
        raise bad_request("Invalid scope_value. Expected a tag such as env:prod")
    if kind == METRIC and data.signal != SERIES:
        raise bad_request(f"Invalid scope. A quota of {data.signal} cannot be of a metric; one of series can")
    return kind, value


async def _apply(db: AsyncSession, quota: UsageQuota, data: QuotaRequest, request: HttpRequest) -> UsageQuota:
    signals = (*SIGNALS, SERIES)
    if data.signal not in signals:
        raise bad_request(f"Invalid signal: {data.signal[:50]!r}. Expected one of {', '.join(signals)}")
    kind, value = _scope_of(data)
    if not 0 <= data.daily_limit < 2**62:
        raise bad_request("Invalid daily_limit. Expected a whole number from 0")
    if not 1 <= data.warning_percent <= 100:
        raise bad_request("Invalid warning_percent. Expected 1 to 100")
    if data.key_id is not None:
        key = await db.get(Key, data.key_id) if len(data.key_id) <= 36 else None
        if key is None or key.kind != "api":
            raise bad_request("Invalid key_id. Expected the id of an API key")
    others = [one for one in await db.scalars(select(UsageQuota)) if one.id != quota.id]
    for other in others:
        if (other.scope, other.scope_value, other.key_id, other.signal) == (
            kind, value, data.key_id, data.signal,
        ):  # fmt: skip
            raise ApiError(409, f"There is a quota of {data.signal} for this already")
    scoped = [one for one in others if one.signal == data.signal and one.scope not in (ALL, KEY)]
    most = _MOST_SCOPED.get(data.signal)
    if most is not None and kind not in (ALL, KEY) and len(scoped) >= most:
        raise bad_request(f"There are {most} quotas of {data.signal} by service, team and tag already")
    if data.signal == SERIES and sum(one.signal == SERIES for one in others) >= MAX_SERIES_QUOTAS:
        raise bad_request(f"There are {MAX_SERIES_QUOTAS} quotas of series already")
    quota.key_id, quota.signal = data.key_id, data.signal
    quota.scope, quota.scope_value = kind, value
    quota.daily_limit, quota.warning_percent = data.daily_limit, data.warning_percent
    quota.told_day = quota.told_level = 0
    quota.modified, quota.modifier_email = datetime.now(UTC), principal_of(request).email
    return quota


@post(_QUOTAS, guards=[writer_guard], status_code=201)
async def create_quota(request: HttpRequest, data: QuotaRequest) -> QuotaShown:
    services = services_of(request)
    async with services.database.session() as db:
        if len((await db.scalars(select(UsageQuota.id))).all()) >= MAX_QUOTAS:
            raise bad_request(f"There are {MAX_QUOTAS} quotas, which is the maximum")
        made = await _apply(db, UsageQuota(created=datetime.now(UTC)), data, request)
        db.add(made)
        await db.flush()
    return await _applied(services, made)


async def _applied(services: Services, changed: UsageQuota) -> QuotaShown:
    """The quota as it is now in force."""
    await services.part(KeyUsageCounter).exchange()
    if changed.signal == SERIES:
        await services.part(SeriesLimits).refresh()
    async with services.database.session() as db:
        (shown,) = await _shown(db, services, [changed])
    return shown


@put(f"{_QUOTAS}/{{quota_id:str}}", guards=[writer_guard])
async def update_quota(request: HttpRequest, quota_id: str, data: QuotaRequest) -> QuotaShown:
    services = services_of(request)
    async with services.database.session() as db:
        changed = await _apply(db, await _found(db, quota_id), data, request)
        await db.flush()
    return await _applied(services, changed)


@delete(f"{_QUOTAS}/{{quota_id:str}}", guards=[writer_guard])
async def delete_quota(request: HttpRequest, quota_id: str) -> None:
    services = services_of(request)
    async with services.database.session() as db:
        await db.delete(await _found(db, quota_id))
    await services.part(KeyUsageCounter).exchange()
    await services.part(SeriesLimits).refresh()


async def _found(db: AsyncSession, quota_id: str) -> UsageQuota:
    found = await db.get(UsageQuota, quota_id) if len(quota_id) <= 36 else None
    if found is None:
        raise ApiError(404, f"Quota {quota_id[:60]} not found")
    return found


handlers: list[ControllerRouterHandler] = [
    list_quotas, create_quota, update_quota, delete_quota,
]  # fmt: skip

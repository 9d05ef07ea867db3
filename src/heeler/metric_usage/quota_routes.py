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
from heeler.metric_usage.key_usage import DAY, REFUSED, SIGNALS, KeyUsageCounter, sums_by_key, sums_of_day
from heeler.metric_usage.model import UsageQuota

HttpRequest = Request[Any, Any, Any]
_QUOTAS = "/api/ui/usage/quotas"
MAX_QUOTAS = 500


class QuotaRequest(msgspec.Struct):
    """``key_id``: an API key, or null for all keys together. ``daily_limit`` counts from 00:00 UTC."""

    signal: str
    daily_limit: int
    key_id: str | None = None
    warning_percent: int = 80


class QuotaShown(msgspec.Struct):
    """A quota with what was used of it today, and the requests of its keys that were refused today."""

    id: str
    key_id: str | None
    key_name: str | None
    signal: str
    daily_limit: int
    warning_percent: int
    used: int
    refused: int
    modified: str
    modified_by: str


class KeyAmount(msgspec.Struct):
    """What was taken in with a key. ``name`` is null if the key was deleted."""

    key_id: str
    name: str | None
    last4: str
    bytes: int = 0
    points: int = 0
    logs: int = 0
    spans: int = 0
    refused: int = 0


@get("/api/ui/usage/keys", guards=[user_guard])
async def usage_by_key(request: HttpRequest) -> list[KeyAmount]:
    """Amounts by API key of the hours from ``from`` to ``to`` (UNIX milliseconds), most bytes first."""
    try:
        start, end = (int(request.query_params[name]) // 1000 for name in ("from", "to"))
    except (KeyError, ValueError):
        raise bad_request("Invalid from, to. Expected UNIX milliseconds") from None
    async with services_of(request).database.session() as db:
        sums = await sums_by_key(db, start // 3600 * 3600, end)
        keys = {key.id: key for key in await db.scalars(select(Key).where(Key.kind == "api"))}
    found: dict[str, KeyAmount] = {}
    for (key_id, signal), amount in sums.items():
        key = keys.get(key_id)
        row = found.setdefault(key_id, KeyAmount(key_id, key.name if key else None, key.last4 if key else ""))
        if signal in (*SIGNALS, REFUSED):
            setattr(row, signal, amount)
    return sorted(found.values(), key=lambda row: -row.bytes)


@get(_QUOTAS, guards=[user_guard])
async def list_quotas(request: HttpRequest) -> list[QuotaShown]:
    services = services_of(request)
    async with services.database.session() as db:
        found = list(await db.scalars(select(UsageQuota).order_by(UsageQuota.created)))
        return await _shown(db, found, int(services.now()) // DAY)


async def _shown(db: AsyncSession, quotas: list[UsageQuota], day: int) -> list[QuotaShown]:
    sums = await sums_of_day(db, day)
    names = dict((await db.execute(select(Key.id, Key.name))).tuples().all())
    return [
        QuotaShown(
            one.id, one.key_id, names.get(one.key_id) if one.key_id else None, one.signal, one.daily_limit,
            one.warning_percent, sums.get((one.key_id or "", one.signal), 0),
            sums.get((one.key_id or "", REFUSED), 0), one.modified.isoformat(), one.modifier_email,
        )
        for one in quotas
    ]  # fmt: skip


async def _apply(db: AsyncSession, quota: UsageQuota, data: QuotaRequest, request: HttpRequest) -> UsageQuota:
    if data.signal not in SIGNALS:
        raise bad_request(f"Invalid signal: {data.signal[:50]!r}. Expected one of {', '.join(SIGNALS)}")
    if not 0 <= data.daily_limit < 2**62:
        raise bad_request("Invalid daily_limit. Expected a whole number from 0")
    if not 1 <= data.warning_percent <= 100:
        raise bad_request("Invalid warning_percent. Expected 1 to 100")
    if data.key_id is not None:
        key = await db.get(Key, data.key_id) if len(data.key_id) <= 36 else None
        if key is None or key.kind != "api":
            raise bad_request("Invalid key_id. Expected the id of an API key")
    for other in await db.scalars(select(UsageQuota)):
        if other.id != quota.id and (other.key_id, other.signal) == (data.key_id, data.signal):
            raise ApiError(409, f"There is a quota of {data.signal} for this already")
    quota.key_id, quota.signal = data.key_id, data.signal
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
        (shown,) = await _shown(db, [made], int(services.now()) // DAY)
    await services.part(KeyUsageCounter).exchange()
    return shown


@put(f"{_QUOTAS}/{{quota_id:str}}", guards=[writer_guard])
async def update_quota(request: HttpRequest, quota_id: str, data: QuotaRequest) -> QuotaShown:
    services = services_of(request)
    async with services.database.session() as db:
        changed = await _apply(db, await _found(db, quota_id), data, request)
        await db.flush()
        (shown,) = await _shown(db, [changed], int(services.now()) // DAY)
    await services.part(KeyUsageCounter).exchange()
    return shown


@delete(f"{_QUOTAS}/{{quota_id:str}}", guards=[writer_guard])
async def delete_quota(request: HttpRequest, quota_id: str) -> None:
    services = services_of(request)
    async with services.database.session() as db:
        await db.delete(await _found(db, quota_id))
    await services.part(KeyUsageCounter).exchange()


async def _found(db: AsyncSession, quota_id: str) -> UsageQuota:
    found = await db.get(UsageQuota, quota_id) if len(quota_id) <= 36 else None
    if found is None:
        raise ApiError(404, f"Quota {quota_id[:60]} not found")
    return found


handlers: list[ControllerRouterHandler] = [
    usage_by_key, list_quotas, create_quota, update_quota, delete_quota,
]  # fmt: skip

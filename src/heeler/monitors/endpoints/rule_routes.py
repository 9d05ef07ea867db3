"""``/api/v2/monitor/notification_rule``: rules that add recipients to notifications of monitors."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.accounts.roles import role_ids_of
from heeler.accounts.user_serializers import described_user
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import text_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.query_parameters import split_values
from heeler.api.text_limits import MAX_QUERY, bounded_tags
from heeler.monitors.model import NotificationRule
from heeler.monitors.notifications.rules import checked_rule
from heeler.monitors.resources import attributes_of, whole_number

_RULES = "/api/v2/monitor/notification_rule"
_RULE = _RULES + "/{rule_id:str}"
_TYPE = "monitor-notification-rule"
MAX_RULES = 1000
_SORTS = ("name", "created", "modified", "created_at", "modified_at")

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]


def described(rule: NotificationRule) -> Body:
    attributes: Body = {
        "name": rule.name,
        "created": rule.created.isoformat(),
        "modified": rule.modified.isoformat(),
    }
    if rule.filter:
        attributes["filter"] = rule.filter
    if rule.recipients is not None:
        attributes["recipients"] = rule.recipients
    if rule.conditional_recipients is not None:
        attributes["conditional_recipients"] = rule.conditional_recipients
    creator = {"type": "users", "id": rule.creator_uuid} if rule.creator_uuid else None
    return {
        "id": rule.id,
        "type": _TYPE,
        "attributes": attributes,
        "relationships": {"created_by": {"data": creator}},
    }


async def _with_users(
    db: AsyncSession, request: AnyRequest, body: Body, found: list[NotificationRule]
) -> Body:
    """Add the creators to ``body`` if the request includes ``created_by``."""
    if "created_by" not in split_values(*request.query_params.getall("include", [])):
        return body
    ids = {rule.creator_uuid for rule in found if rule.creator_uuid}
    users = (await db.scalars(select(User).where(User.uuid.in_(ids)).order_by(User.id))).all()
    roles = await role_ids_of(db, [user.id for user in users])
    return {**body, "included": [described_user(user, roles.get(user.id, [])) for user in users]}


async def _found(db: AsyncSession, rule_id: str) -> NotificationRule:
    found = await db.get(NotificationRule, rule_id)
    if found is None:
        raise ApiError(404, "Monitor Notification Rule not found")
    return found


def _apply(rule: NotificationRule, checked: Body) -> None:
    rule.name, rule.filter = checked["name"], checked["filter"]
    rule.recipients, rule.conditional_recipients = checked["recipients"], checked["conditional_recipients"]


@post(_RULES, guards=[writer_guard], status_code=200)
async def create_rule(request: AnyRequest, data: Any) -> Body:
    """Add a rule. Its recipients are notified, beside those of the message, by every matching monitor."""
    services = services_of(request)
    checked = checked_rule(attributes_of(data, _TYPE, type_required=False))
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        if (await db.scalar(select(func.count()).select_from(NotificationRule)) or 0) >= MAX_RULES:
            raise bad_request(f"At most {MAX_RULES:,} notification rules are allowed")
        rule = NotificationRule(
            id=str(uuid.uuid4()), created=now, modified=now, creator_uuid=principal_of(request).uuid
        )
        _apply(rule, checked)
        db.add(rule)
        await db.flush()
        return await _with_users(db, request, {"data": described(rule)}, [rule])


@get(_RULES, guards=[user_guard])
async def list_rules(request: AnyRequest) -> Body:
    """Rules by page; ``filters`` is JSON with ``text``, ``tags`` or ``recipients`` that they contain."""
    query = request.query_params
    page, size = whole_number(query, "page", 0, 1_000_000), whole_number(query, "per_page", 100, 1000)
    async with services_of(request).database.session() as db:
        found = list(await db.scalars(select(NotificationRule)))
        found = _filtered(found, query.get("filters", ""))
        found = _sorted(found, query.get("sort", "created"))
        shown = found[page * size : (page + 1) * size] if size else []
        body: Body = {
            "data": [described(rule) for rule in shown],
            "meta": {"page": {"total_count": len(found), "total_filtered_count": len(found)}},
        }
        return await _with_users(db, request, body, shown)


def _filtered(found: list[NotificationRule], text: str) -> list[NotificationRule]:
    if not text:
        return found
    try:
        given = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise bad_request("Invalid filters: expected a JSON object with text, tags or recipients") from None
    if set(given) - {"text", "tags", "recipients"}:
        raise bad_request("Invalid filters: expected text, tags or recipients")
    words = text_in(given, "text", MAX_QUERY).lower()
    tags = {*bounded_tags("tags", given.get("tags"))}
    recipients = {*bounded_tags("recipients", given.get("recipients"))}
    return [
        rule
        for rule in found
        if words in rule.name.lower()
        and tags <= set(rule.filter.get("tags", ()))
        and recipients <= set(_everybody(rule))
    ]


def _everybody(rule: NotificationRule) -> list[str]:
    conditional = rule.conditional_recipients or {}
    return [
        *(rule.recipients or ()),
        *(one for condition in conditional.get("conditions", ()) for one in condition["recipients"]),
        *(conditional.get("fallback_recipients") or ()),
    ]


def _sorted(found: list[NotificationRule], sort: str) -> list[NotificationRule]:
    """Apply ``sort``: a field, with ``-`` before it or ``:desc`` after it for descending."""
    name, _, order = sort.removeprefix("-").partition(":")
    if name not in _SORTS or order not in ("", "asc", "desc"):
        raise bad_request(f"Invalid sort: {sort[:50]!r}. Expected one of {', '.join(_SORTS[:3])}")
    field = name.removesuffix("_at")
    descending = sort[:1] == "-" or order == "desc"
    return sorted(found, key=lambda rule: (getattr(rule, field), rule.id), reverse=descending)


@get(_RULE, guards=[user_guard])
async def get_rule(request: AnyRequest, rule_id: str) -> Body:
    async with services_of(request).database.session() as db:
        rule = await _found(db, rule_id)
        return await _with_users(db, request, {"data": described(rule)}, [rule])


@patch(_RULE, guards=[writer_guard])
async def update_rule(request: AnyRequest, rule_id: str, data: Any) -> Body:
    """Replace a rule."""
    services = services_of(request)
    attributes = attributes_of(data, _TYPE, type_required=False)
    async with services.database.session() as db:
        rule = await _found(db, rule_id)
        if str(data["data"].get("id") or rule_id).lower() != rule_id:
            raise bad_request("Rule id in request body does not match id in URL param")
        _apply(rule, checked_rule(attributes))
        rule.modified = datetime.fromtimestamp(services.now(), UTC)
        return await _with_users(db, request, {"data": described(rule)}, [rule])


@delete(_RULE, guards=[writer_guard])
async def delete_rule(request: AnyRequest, rule_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, rule_id))


handlers: list[ControllerRouterHandler] = [create_rule, list_rules, get_rule, update_rule, delete_rule]

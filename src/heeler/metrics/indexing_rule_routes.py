"""Endpoints of tag-indexing rules: which tags are stored for all metrics whose names match."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import object_in
from heeler.api.errors import ApiError, bad_request, not_found
from heeler.api.numbers import MAX_OFFSET, whole_parameter
from heeler.api.request_bodies import read_body
from heeler.api.text_limits import MAX_NAME
from heeler.metrics.model import TagConfiguration, TagIndexingExemption, TagIndexingRule
from heeler.metrics.tag_rules import TagRules

HttpRequest = Request[Any, Any, Any]
Object = dict[str, Any]

_RULES = "/api/v2/metrics/tag-indexing-rules"
_RULE = _RULES + "/{rule_id:str}"
_EXEMPTION = "/api/v2/metrics/{name:str}/tag-indexing-rule-exemptions"
MAX_RULES = 500
MAX_ITEMS = 200


class RuleAttributes(msgspec.Struct, forbid_unknown_fields=True):
    """Attributes of a rule. Name patterns may contain ``*``; ``tags`` are keys."""

    name: str | None = None
    metric_name_matches: list[str] | None = None
    ignored_metric_name_matches: list[str] | None = None
    tags: list[str] | None = None
    exclude_tags_mode: bool | None = None
    options: dict[str, Any] | None = None
    rule_order: int | None = None


class RuleData(msgspec.Struct):
    attributes: RuleAttributes = msgspec.field(default_factory=RuleAttributes)
    type: str = "tag_indexing_rules"
    id: str = ""


class RuleBody(msgspec.Struct):
    data: RuleData


_RULE_BODY = msgspec.json.Decoder(RuleBody)


async def _read(request: HttpRequest) -> Object:
    try:
        given = (await read_body(request, _RULE_BODY.decode)).data.attributes
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise bad_request(f"Invalid tag indexing rule: {error}") from None
    for name in ("metric_name_matches", "ignored_metric_name_matches", "tags"):
        items = getattr(given, name)
        if items is not None and (len(items) > MAX_ITEMS or not all(0 < len(one) <= 200 for one in items)):
            raise bad_request(f"Invalid {name}. Expected at most {MAX_ITEMS} texts of 1 to 200 characters")
    if given.name is not None and not 0 < len(given.name.strip()) <= 200:
        raise bad_request("Invalid name. Expected 1 to 200 characters")
    if given.rule_order is not None and not 0 <= given.rule_order <= MAX_OFFSET:
        raise bad_request(f"Invalid rule_order. Expected a whole number from 0 to {MAX_OFFSET}")
    _check_options(given.options)
    return {key: value for key, value in msgspec.to_builtins(given).items() if value is not None}


def _check_options(options: Object | None) -> None:
    """Reject options that would have no effect here."""
    data = object_in(options or {}, "data")
    if data.get("manage_preexisting_metrics") is False:
        raise bad_request("options: a rule applies to every metric that matches, preexisting ones too")
    for part in ("dynamic_tags", "metric_match"):
        if any(object_in(data, part).values()):
            raise bad_request(f"options.{part} is not supported: rules do not depend on who queries a metric")


def _shown(row: TagIndexingRule) -> Object:
    attributes = {
        "ignored_metric_name_matches": [],
        "tags": [],
        "exclude_tags_mode": False,
        **row.attributes,
        "rule_order": row.rule_order,
        "created_at": row.created.isoformat(timespec="milliseconds"),
        "modified_at": row.modified.isoformat(timespec="milliseconds"),
        "created_by_handle": row.created_by,
        "modified_by_handle": row.modified_by,
        "options": {
            "version": 1,
            "data": {
                "manage_preexisting_metrics": True,
                "override_previous_rules": False,
                **((row.attributes.get("options") or {}).get("data") or {}),
            },
        },
    }
    return {"id": row.id, "type": "tag_indexing_rules", "attributes": attributes}


@post(_RULES, guards=[writer_guard], status_code=201)
async def create_rule(request: HttpRequest) -> Object:
    """Create a rule, evaluated after those that there are."""
    services, caller = services_of(request), principal_of(request)
    given = await _read(request)
    given.pop("rule_order", None)
    if not given.get("name") or not given.get("metric_name_matches"):
        raise bad_request("'name' and 'metric_name_matches' are required")
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        count, last = (
            await db.execute(
                select(func.count(), func.max(TagIndexingRule.rule_order)).select_from(TagIndexingRule)
            )
        ).one()
        if count >= MAX_RULES:
            raise bad_request(f"At most {MAX_RULES} rules are allowed")
        row = TagIndexingRule(
            id=str(uuid.uuid4()), rule_order=(last or 0) + 1, attributes=given, created=now, modified=now,
            created_by=caller.email, modified_by=caller.email,
        )  # fmt: skip
        db.add(row)
    await services.part(TagRules).reload()
    return {"data": _shown(row)}


@get(_RULES, guards=[user_guard])
async def list_rules(request: HttpRequest) -> Object:
    """All rules in the order of their evaluation; ``search`` is a part of the name or of a pattern."""
    query = request.query_params
    limit = whole_parameter("page[limit]", query.get("page[limit]"), MAX_RULES)
    offset = whole_parameter("page[offset]", query.get("page[offset]"), 0)
    search = query.get("search", "")
    async with services_of(request).database.session() as db:
        rows = (await db.scalars(select(TagIndexingRule).order_by(TagIndexingRule.rule_order))).all()
    names = [
        (" ".join([row.attributes["name"], *row.attributes["metric_name_matches"]]), row) for row in rows
    ]
    found = [row for text, row in names if search.lower() in text.lower()]
    page = found[offset:][:limit]
    return {"data": [_shown(row) for row in page], "meta": {"total": len(found)}}


async def _found(db: Any, rule_id: str) -> TagIndexingRule:
    row = await db.get(TagIndexingRule, rule_id)
    if row is None:
        raise not_found(f"Tag indexing rule {rule_id}")
    return row  # type: ignore[no-any-return]


@get(_RULE, guards=[user_guard])
async def get_rule(request: HttpRequest, rule_id: str) -> Object:
    async with services_of(request).database.session() as db:
        return {"data": _shown(await _found(db, rule_id))}


@put(_RULE, guards=[writer_guard])
async def update_rule(request: HttpRequest, rule_id: str) -> Object:
    services = services_of(request)
    given = await _read(request)
    order = given.pop("rule_order", None)
    if given.get("metric_name_matches") == []:
        raise bad_request("Invalid metric_name_matches. Expected at least one pattern")
    async with services.database.session() as db:
        row = await _found(db, rule_id)
        row.attributes = {**row.attributes, **given}
        row.rule_order = row.rule_order if order is None else order
        row.modified, row.modified_by = (
            datetime.fromtimestamp(services.now(), UTC),
            principal_of(request).email,
        )
    await services.part(TagRules).reload()
    return {"data": _shown(row)}


@delete(_RULE, guards=[writer_guard], status_code=204)
async def delete_rule(request: HttpRequest, rule_id: str) -> Response[None]:
    services = services_of(request)
    async with services.database.session() as db:
        await db.delete(await _found(db, rule_id))
    await services.part(TagRules).reload()
    return Response(None, status_code=204)


@post(_RULES + "/order", guards=[writer_guard], status_code=204)
async def reorder_rules(request: HttpRequest) -> Response[None]:
    """Give every rule its place in the evaluation; all of them have to be named."""
    services = services_of(request)
    try:
        ids = (await read_body(request, msgspec.json.decode))["data"]["attributes"]["rule_ids"]
    except (msgspec.DecodeError, KeyError, TypeError):
        raise bad_request("Invalid order. Expected data.attributes.rule_ids") from None
    async with services.database.session() as db:
        rows = {row.id: row for row in await db.scalars(select(TagIndexingRule))}
        if not isinstance(ids, list) or sorted(map(str, ids)) != sorted(rows):
            raise bad_request("rule_ids must name each rule once")
        for place, rule_id in enumerate(ids, 1):
            rows[rule_id].rule_order = place
    await services.part(TagRules).reload()
    return Response(None, status_code=204)


@get("/api/v2/metrics/{name:str}/tag-indexing-rules", guards=[user_guard])
async def rules_of_metric(request: HttpRequest, name: str) -> Object:
    """The rules whose patterns match the metric, in the order of their evaluation."""
    rules = services_of(request).part(TagRules).rules
    async with services_of(request).database.session() as db:
        rows = (await db.scalars(select(TagIndexingRule).order_by(TagIndexingRule.rule_order))).all()
    matching = {one.id for one in rules.patterns if one.matches(name)} if name not in rules.exempt else set()
    data = [_shown(row) for row in rows if row.id in matching]
    return {"data": data, "meta": {"total": len(data)}}


def _exemption(name: str, row: TagIndexingExemption) -> Object:
    attributes = {
        "created_at": row.created.isoformat(timespec="milliseconds"),
        "created_by_handle": row.created_by,
        "kind": "exemption",
        "reason": row.reason,
    }
    return {"data": {"id": name, "type": "tag_indexing_rule_exemptions", "attributes": attributes}}


@post(_EXEMPTION, guards=[writer_guard], status_code=201)
async def create_exemption(request: HttpRequest, name: str, data: Object) -> Object:
    """Have no rule apply to the metric."""
    services = services_of(request)
    reason = object_in(object_in(data, "data"), "attributes").get("reason") or ""
    if not isinstance(reason, str) or len(reason) > MAX_NAME:
        raise bad_request(f"Invalid reason. Expected a text of at most {MAX_NAME} characters")
    async with services.database.session() as db:
        if await db.get(TagIndexingExemption, name):
            raise ApiError(409, f"{name} is exempt already")
        row = TagIndexingExemption(
            metric=name, reason=reason, created=datetime.fromtimestamp(services.now(), UTC),
            created_by=principal_of(request).email,
        )  # fmt: skip
        db.add(row)
    await services.part(TagRules).reload()
    return _exemption(name, row)


@get(_EXEMPTION, guards=[user_guard])
async def get_exemption(request: HttpRequest, name: str) -> Object:
    """The exemption of the metric; a metric with a tag configuration is exempt by that."""
    async with services_of(request).database.session() as db:
        row = await db.get(TagIndexingExemption, name)
        own = await db.get(TagConfiguration, name) if row is None else None
    if row is not None:
        return _exemption(name, row)
    if own is None:
        raise not_found(f"Exemption of {name}")
    attributes = {
        "created_at": own.created.isoformat(timespec="milliseconds"),
        "kind": "legacy_tag_configuration",
        "reason": "The metric has a tag configuration of its own",
    }
    return {"data": {"id": name, "type": "tag_indexing_rule_exemptions", "attributes": attributes}}


@delete(_EXEMPTION, guards=[writer_guard], status_code=204)
async def delete_exemption(request: HttpRequest, name: str) -> Response[None]:
    services = services_of(request)
    async with services.database.session() as db:
        row = await db.get(TagIndexingExemption, name)
        if row is None:
            raise not_found(f"Exemption of {name}")
        await db.delete(row)
    await services.part(TagRules).reload()
    return Response(None, status_code=204)


handlers: list[ControllerRouterHandler] = [
    create_rule, list_rules, get_rule, update_rule, delete_rule, reorder_rules, rules_of_metric,
    create_exemption, get_exemption, delete_exemption,
]  # fmt: skip

"""Endpoints of webhooks and their custom variables; administrators only, since both contain secrets."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler

from heeler.api.auth import admin_guard, principal_of, services_of
from heeler.api.errors import ApiError, bad_request
from heeler.api.outbound_http import OutboundError, origin_of, resolve
from heeler.api.permissions import ADMIN
from heeler.api.services import Services
from heeler.notify.model import Webhook, WebhookVariable
from heeler.notify.webhooks import WebhookError, hidden_headers, merged_headers

CONFIGURATION = "/api/v1/integration/webhooks/configuration"
WEBHOOKS = f"{CONFIGURATION}/webhooks"
VARIABLES = f"{CONFIGURATION}/custom-variables"

_MAX_PAYLOAD = 100_000
_NAME = re.compile(r"[^\s@,;]{1,200}")
_VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,99}")

Body = dict[str, Any]


def described(hook: Webhook) -> Body:
    """Serialize a webhook; values of headers are hidden."""
    return {
        "name": hook.name,
        "url": hook.url,
        "payload": hook.payload,
        "custom_headers": hidden_headers(hook.custom_headers),
        "encode_as": hook.encode_as,
    }


def _shown(request: Request[Any, Any, Any], hook: Webhook) -> Body:
    """Serialize a webhook for the public API: with its headers, as they were sent, for administrators.

    Clients that manage webhooks as code compare the texts. Others who may manage integrations are not told
    the headers: where there are some, the field is absent, which such clients take for unchanged.
    """
    shown = described(hook)
    if principal_of(request).role == ADMIN:
        return {**shown, "custom_headers": hook.custom_headers}
    if hook.custom_headers:
        del shown["custom_headers"]
    return shown


def _name_of(data: Body, pattern: re.Pattern[str], expected: str) -> str:
    name = data.get("name")
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise bad_request(f"Invalid name: {name!r}. Expected {expected}")
    return name


async def _found_webhook(db: Any, name: str) -> Webhook:
    found: Webhook | None = await db.get(Webhook, name)
    if found is None:
        raise ApiError(404, "Webhook does not exist")
    return found


@post(WEBHOOKS, guards=[admin_guard], status_code=201)
async def create_webhook(request: Request[Any, Any, Any], data: Body) -> Body:
    name = _name_of(data, _NAME, "up to 200 characters without spaces, as in @webhook-NAME")
    hook = Webhook(name=name, url="", encode_as="json")
    await _apply(services_of(request), hook, data)
    async with services_of(request).database.session() as db:
        if await db.get(Webhook, name) is not None:
            raise bad_request(f"A webhook called {name!r} exists already")
        db.add(hook)
    return _shown(request, hook)


async def _apply(services: Services, hook: Webhook, data: Body) -> None:
    """Apply the fields in ``data`` to ``hook``. Raises a 400 with the invalid field."""
    url, encode_as = data.get("url", hook.url), data.get("encode_as") or hook.encode_as
    if not isinstance(url, str) or not url:
        raise bad_request("A webhook needs a url")
    if encode_as not in ("json", "form"):
        raise bad_request(f"Invalid encode_as: {encode_as!r}. Expected json or form")
    payload = data.get("payload", hook.payload)
    if payload is not None and (not isinstance(payload, str) or len(payload) > _MAX_PAYLOAD):
        raise bad_request(f"Invalid payload. Expected text of at most {_MAX_PAYLOAD:,} characters")
    try:
        await resolve(url, services.settings.private_targets)
        same_host = bool(hook.url) and origin_of(url) == origin_of(hook.url)
        if "custom_headers" in data:
            headers = merged_headers(data["custom_headers"], hook.custom_headers, same_host)
        else:
            headers = hook.custom_headers if same_host else None
    except (OutboundError, WebhookError) as error:
        raise bad_request(str(error)) from error
    hook.url, hook.encode_as, hook.payload, hook.custom_headers = url, encode_as, payload, headers


@get(WEBHOOKS + "/{name:str}", guards=[admin_guard])
async def get_webhook(request: Request[Any, Any, Any], name: str) -> Body:
    async with services_of(request).database.session() as db:
        return _shown(request, await _found_webhook(db, name))


@put(WEBHOOKS + "/{name:str}", guards=[admin_guard])
async def update_webhook(request: Request[Any, Any, Any], name: str, data: Body) -> Body:
    """Change a webhook. Its headers are dropped when the URL leads to another host."""
    services = services_of(request)
    async with services.database.session() as db:
        found = await _found_webhook(db, name)
        await _apply(services, found, data)
        renamed = _name_of(data, _NAME, "up to 200 characters without spaces") if "name" in data else name
        if renamed != name:
            if await db.get(Webhook, renamed) is not None:
                raise bad_request(f"A webhook called {renamed!r} exists already")
            found.name = renamed
        return _shown(request, found)


@delete(WEBHOOKS + "/{name:str}", guards=[admin_guard], status_code=200)
async def delete_webhook(request: Request[Any, Any, Any], name: str) -> Body:
    async with services_of(request).database.session() as db:
        await db.delete(await _found_webhook(db, name))
    return {}


def described_variable(variable: WebhookVariable) -> Body:
    """Serialize a custom variable, without the value of a secret one."""
    shown: Body = {"name": variable.name, "is_secret": variable.is_secret}
    return shown if variable.is_secret else {**shown, "value": variable.value}


async def _found_variable(db: Any, name: str) -> WebhookVariable:
    found: WebhookVariable | None = await db.get(WebhookVariable, name)
    if found is None:
        raise ApiError(404, "Custom variable does not exist")
    return found


def _apply_variable(variable: WebhookVariable, data: Body) -> None:
    value, secret = data.get("value", variable.value), data.get("is_secret", variable.is_secret)
    if not isinstance(value, str) or len(value) > 8192:
        raise bad_request("Invalid value. Expected text of at most 8,192 characters")
    if not isinstance(secret, bool):
        raise bad_request(f"Invalid is_secret: {secret!r}. Expected true or false")
    if variable.is_secret and not secret and "value" not in data:
        raise bad_request("Enter the value again: a secret is not shown by making it public")
    variable.value, variable.is_secret = value, secret


@post(VARIABLES, guards=[admin_guard], status_code=201)
async def create_variable(request: Request[Any, Any, Any], data: Body) -> Body:
    name = _name_of(data, _VARIABLE_NAME, "capital letters, digits and underscores")
    variable = WebhookVariable(name=name, value="", is_secret=False)
    _apply_variable(variable, {"value": None, "is_secret": None, **data})
    async with services_of(request).database.session() as db:
        if await db.get(WebhookVariable, name) is not None:
            raise bad_request(f"A custom variable called {name!r} exists already")
        db.add(variable)
    return described_variable(variable)


@get(VARIABLES + "/{name:str}", guards=[admin_guard])
async def get_variable(request: Request[Any, Any, Any], name: str) -> Body:
    async with services_of(request).database.session() as db:
        return described_variable(await _found_variable(db, name))


@put(VARIABLES + "/{name:str}", guards=[admin_guard])
async def update_variable(request: Request[Any, Any, Any], name: str, data: Body) -> Body:
    async with services_of(request).database.session() as db:
        found = await _found_variable(db, name)
        _apply_variable(found, data)
        renamed = name
        if "name" in data:
            renamed = _name_of(data, _VARIABLE_NAME, "capital letters, digits and underscores")
        if renamed != name:
            if await db.get(WebhookVariable, renamed) is not None:
                raise bad_request(f"A custom variable called {renamed!r} exists already")
            found.name = renamed
        return described_variable(found)


@delete(VARIABLES + "/{name:str}", guards=[admin_guard], status_code=200)
async def delete_variable(request: Request[Any, Any, Any], name: str) -> Body:
    async with services_of(request).database.session() as db:
        await db.delete(await _found_variable(db, name))
    return {}


handlers: list[ControllerRouterHandler] = [
    create_webhook, get_webhook, update_webhook, delete_webhook,
    create_variable, get_variable, update_variable, delete_variable,
]  # fmt: skip

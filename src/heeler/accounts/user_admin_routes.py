"""Endpoints of per-user login methods (identity providers) and of the anonymization of former users."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, patch, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import store
from heeler.accounts.model import Invitation, Key
from heeler.accounts.user_routes import data_of
from heeler.api.auth import admin_guard, principal_of, services_of, user_guard
from heeler.api.documents import object_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Services

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_NAMESPACE = uuid.UUID("5b7cf8b4-4c1b-4c8e-8d57-6b1d0e0c7f11")
METHODS = ("password", "oidc")
_MAX_ANONYMIZED = 100


def provider_id(method: str) -> str:
    """The id of a login method."""
    return str(uuid.uuid5(_NAMESPACE, f"identity provider {method}"))


def _enabled(services: Services, method: str) -> bool:
    return method == "password" or bool(services.settings.oidc_issuer)


@get("/api/v2/identity_providers", guards=[user_guard])
async def list_identity_providers(request: AnyRequest) -> Body:
    """The ways to log in: with a password here, and by OpenID Connect where a provider is set."""
    return {
        "data": [
            {
                "id": provider_id(method),
                "type": "identity_providers",
                "attributes": {
                    "authentication_method": method,
                    "enabled": _enabled(services_of(request), method),
                },
            }
            for method in METHODS
        ]
    }


@get("/api/v2/users/{uuid:str}/identity_providers", guards=[user_guard])
async def get_user_identity_providers(request: AnyRequest, uuid: str) -> Body:
    """The ways to log in that this user is limited to; empty for all that there are."""
    async with services_of(request).database.session() as db:
        user = await store.user_by_uuid(db, uuid)
    return {
        "data": [
            {
                "id": provider_id(method),
                "type": "identity_providers",
                "attributes": {"authentication_method": method},
            }
            for method in user.login_methods
        ]
    }


@patch("/api/v2/users/{uuid:str}/relationships/identity_providers", status_code=204, guards=[admin_guard])
async def update_user_identity_providers(request: AnyRequest, uuid: str, data: Body) -> None:
    """Limit a user to some ways to log in, or with an empty list lift the limit."""
    items = data.get("data")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request("Invalid data. Expected a list of objects with id and type.")
    wanted = [str(item.get("id")).lower() for item in items]
    known = {provider_id(method) for method in METHODS}
    unknown = [one for one in wanted if one not in known]
    if unknown:
        raise bad_request(
            f"No identity provider has the id {unknown[0][:50]}. GET /api/v2/identity_providers"
        )
    methods = [method for method in METHODS if provider_id(method) in wanted]
    if methods and not any(_enabled(services_of(request), method) for method in methods):
        raise bad_request("Set HEELER_OIDC_ISSUER first: the user could not log in.")
    async with services_of(request).database.session() as db:
        user = await store.user_by_uuid(db, uuid)
        user.login_methods, user.modified = methods, datetime.now(UTC)


@put("/api/v2/anonymize_users", guards=[admin_guard])
async def anonymize_users(request: AnyRequest, data: Body) -> Body:
    """Permanently remove name, title and email of disabled users; their objects are retained."""
    given = data_of(data)
    ids = object_in(given, "attributes").get("user_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= _MAX_ANONYMIZED:
        raise bad_request(f"Invalid user_ids. Expected a list of 1 to {_MAX_ANONYMIZED} ids.")
    done: list[str] = []
    errors: list[Body] = []
    async with services_of(request).database.session() as db:
        for identity in ids:
            try:
                await _anonymize(db, str(identity), principal_of(request).user_id)
                done.append(str(identity))
            except ApiError as error:
                errors.append({"user_id": str(identity), "error": " ".join(error.messages)})
    attributes = {"anonymized_user_ids": done, "anonymize_errors": errors}
    identity = str(given.get("id") or uuid.uuid4())
    return {"data": {"id": identity, "type": "anonymize_users_response", "attributes": attributes}}


async def _anonymize(db: AsyncSession, identity: str, caller: int | None) -> None:
    user = await store.user_by_uuid(db, identity)
    if user.id == caller:
        raise bad_request("You cannot anonymize yourself.")
    if not user.disabled:
        await store.disable_user(db, user)
    user.email, user.name, user.title = f"anonymized-{user.uuid}@invalid", "Anonymized user", ""
    user.password_hash, user.totp_secret, user.recovery_codes, user.oidc_subject = "", "", [], None
    user.modified = datetime.now(UTC)
    await db.execute(delete(Invitation).where(Invitation.user_id == user.id))
    await db.execute(
        update(Key)
        .where(Key.user_id == user.id, Key.kind != "api", Key.revoked.is_(None))
        .values(revoked=user.modified)
    )


handlers: list[ControllerRouterHandler] = [
    list_identity_providers, get_user_identity_providers, update_user_identity_providers, anonymize_users,
]  # fmt: skip

"""Endpoints of the organization: its name and settings, and the IP allowlist."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, patch, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import Organization
from heeler.accounts.organization import (
    CONFIGS,
    IP_ALLOWLIST,
    is_allowed,
    organization_of,
    parsed_network,
)
from heeler.api.auth import address_of, admin_guard, services_of, user_guard
from heeler.api.documents import object_in
from heeler.api.errors import ApiError, bad_request

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_MAX_NETWORKS = 500
_NO_SAML = "SAML is not supported by this server; people log in with OpenID Connect (HEELER_OIDC_ISSUER)."
_ONE = "This installation has one organization; there are no child organizations."


def described_v1(organization: Organization) -> Body:
    """Serialize the organization in the v1 format. SAML is off: this server supports OpenID Connect."""
    share = organization.configs.get("private_widget_share", CONFIGS["private_widget_share"].default)
    return {
        "public_id": organization.public_id,
        "name": organization.name,
        "description": organization.description,
        "created": organization.created.strftime("%Y-%m-%d %H:%M:%S"),
        "settings": {
            "private_widget_share": share,
            "saml": {"enabled": False},
            "saml_autocreate_access_role": "ro",
            "saml_autocreate_users_domains": {"enabled": False, "domains": []},
            "saml_can_be_enabled": False,
            "saml_idp_initiated_login": {"enabled": False},
            "saml_idp_metadata_uploaded": False,
            "saml_strict_mode": {"enabled": False},
        },
    }


async def _found(db: AsyncSession, public_id: str) -> Organization:
    organization = await organization_of(db)
    if public_id not in (organization.public_id, organization.uuid):
        raise ApiError(404, f"Organization {public_id} not found")
    return organization


@get("/api/v1/org", guards=[user_guard])
async def list_orgs(request: AnyRequest) -> Body:
    async with services_of(request).database.session() as db:
        return {"orgs": [described_v1(await organization_of(db))]}


@get("/api/v1/org/{public_id:str}", guards=[user_guard])
async def get_org(request: AnyRequest, public_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"org": described_v1(await _found(db, public_id))}


@put("/api/v1/org/{public_id:str}", guards=[admin_guard])
async def update_org(request: AnyRequest, public_id: str, data: Body) -> Body:
    """Change name, description and whether graphs may be shared outside. Settings of SAML are refused."""
    settings = object_in(data, "settings")
    async with services_of(request).database.session() as db:
        organization = await _found(db, public_id)
        _check_saml(settings, described_v1(organization)["settings"])
        if data.get("name") is not None:
            organization.name = _text(data["name"], "name", 32, least=1)
        if data.get("description") is not None:
            organization.description = _text(data["description"], "description", 1000)
        if settings.get("private_widget_share") is not None:
            set_config(organization, "private_widget_share", settings["private_widget_share"])
        organization.modified = datetime.now(UTC)
        return {"org": described_v1(organization)}


def _check_saml(given: Body, current: Body) -> None:
    """Raise a 400 if a SAML setting is changed; clients send back all fields that they read."""
    for name, value in given.items():
        if name == "private_widget_share" or value is None or value == current.get(name):
            continue
        if name == "saml_autocreate_access_role":
            continue  # the role of users provisioned by SAML
        raise bad_request(f"Invalid settings.{name}. {_NO_SAML}")


def _text(value: object, name: str, most: int, least: int = 0) -> str:
    if not isinstance(value, str) or not least <= len(value.strip()) <= most:
        raise bad_request(f"Invalid {name}. Expected {least} to {most} characters.")
    return value.strip()


@post("/api/v1/org", guards=[admin_guard])
async def create_child_org() -> None:
    """Refused: there is one organization."""
    raise bad_request(_ONE)


@post("/api/v1/org/{public_id:str}/downgrade", guards=[admin_guard])
async def downgrade_org(public_id: str) -> None:
    """Refused: there is one organization."""
    raise bad_request(f"Organization {public_id} cannot be downgraded. {_ONE}")


@post("/api/v1/org/{public_id:str}/idp_metadata", guards=[admin_guard])
async def upload_idp_metadata(public_id: str) -> None:
    """Refused: metadata of SAML would not be used."""
    raise bad_request(f"Metadata for organization {public_id} was not stored. {_NO_SAML}")


def described_config(organization: Organization, name: str) -> Body:
    config = CONFIGS[name]
    return {
        "id": str(uuid.uuid5(uuid.UUID(organization.uuid), name)),
        "type": "org_configs",
        "attributes": {
            "name": name,
            "description": config.description,
            "value": organization.configs.get(name, config.default),
            "value_type": config.value_type,
            "modified_at": organization.modified.isoformat() if name in organization.configs else None,
        },
    }


def _checked_config(name: str) -> str:
    if name not in CONFIGS:
        raise ApiError(404, f"Org config {name} not found. Known: {', '.join(CONFIGS)}")
    return name


def set_config(organization: Organization, name: str, value: object) -> None:
    CONFIGS[name].check(value)
    organization.configs = {**organization.configs, name: value}
    organization.modified = datetime.now(UTC)


@get("/api/v2/org_configs", guards=[user_guard])
async def list_org_configs(request: AnyRequest) -> Body:
    async with services_of(request).database.session() as db:
        organization = await organization_of(db)
        return {"data": [described_config(organization, name) for name in CONFIGS]}


@get("/api/v2/org_configs/{name:str}", guards=[user_guard])
async def get_org_config(request: AnyRequest, name: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": described_config(await organization_of(db), _checked_config(name))}


@patch("/api/v2/org_configs/{name:str}", guards=[admin_guard])
async def update_org_config(request: AnyRequest, name: str, data: Body) -> Body:
    given = data.get("data")
    attributes = given.get("attributes") if isinstance(given, dict) else None
    if not isinstance(attributes, dict) or "value" not in attributes:
        raise bad_request("Invalid body. Expected an object `data` with `attributes.value`.")
    services = services_of(request)
    async with services.database.session() as db:
        organization = await organization_of(db)
        set_config(organization, _checked_config(name), attributes["value"])
        if name == "sso_required" and attributes["value"] and not services.settings.oidc_issuer:
            raise bad_request("Set HEELER_OIDC_ISSUER first: without it nobody could log in.")
        return {"data": described_config(organization, name)}


@put("/api/v2/login/org_configs/max_session_duration", status_code=204, guards=[admin_guard])
async def update_max_session_duration(request: AnyRequest, data: Body) -> None:
    """Set the session lifetime in seconds; open sessions keep their expiry."""
    given = data.get("data")
    attributes = given.get("attributes") if isinstance(given, dict) else None
    if not isinstance(attributes, dict):
        raise bad_request("Invalid body. Expected an object `data` with `attributes.max_session_duration`.")
    async with services_of(request).database.session() as db:
        value = attributes.get("max_session_duration")
        set_config(await organization_of(db), "max_session_duration", value)


def described_allowlist(organization: Organization) -> Body:
    entries = [
        {
            "data": {
                "id": entry["id"],
                "type": "ip_allowlist_entry",
                "attributes": {key: value for key, value in entry.items() if key != "id"},
            }
        }
        for entry in organization.allowed_networks
    ]
    enabled = bool(organization.configs.get(IP_ALLOWLIST, False))
    return {
        "data": {
            "id": organization.uuid,
            "type": "ip_allowlist",
            "attributes": {"enabled": enabled, "entries": entries},
        }
    }


@get("/api/v2/ip_allowlist", guards=[admin_guard])
async def get_ip_allowlist(request: AnyRequest) -> Body:
    async with services_of(request).database.session() as db:
        return described_allowlist(await organization_of(db))


@patch("/api/v2/ip_allowlist", guards=[admin_guard])
async def update_ip_allowlist(request: AnyRequest, data: Body) -> Body:
    """Replace the entries, enable or disable the list. Refused if it would exclude the caller.

    It applies to users, and to programs with application keys or tokens; data may be sent from any address.
    """
    given = data.get("data")
    attributes = given.get("attributes") if isinstance(given, dict) else None
    if not isinstance(attributes, dict):
        raise bad_request("Invalid body. Expected an object `data` with `attributes`.")
    async with services_of(request).database.session() as db:
        organization = await organization_of(db)
        enabled = attributes.get("enabled", organization.configs.get(IP_ALLOWLIST, False))
        if not isinstance(enabled, bool):
            raise bad_request(f"Invalid enabled: {enabled!r}. Expected true or false")
        if attributes.get("entries") is not None:
            organization.allowed_networks = _entries(attributes["entries"], organization.allowed_networks)
        networks = tuple(parsed_network(entry["cidr_block"]) for entry in organization.allowed_networks)
        if enabled and not is_allowed(address_of(request), networks):
            raise bad_request(
                f"The list does not include your own address ({address_of(request)}), which would lock you "
                "out. Add it first."
            )
        organization.configs = {**organization.configs, IP_ALLOWLIST: enabled}
        organization.modified = datetime.now(UTC)
        return described_allowlist(organization)


def _entries(given: object, current: list[Any]) -> list[Body]:
    """The entries to store; those with an existing block keep their id and time."""
    if not isinstance(given, list) or len(given) > _MAX_NETWORKS:
        raise bad_request(f"Invalid entries. Expected a list of at most {_MAX_NETWORKS}.")
    known = {entry["cidr_block"]: entry for entry in current}
    now, found = datetime.now(UTC).isoformat(), {}
    for item in given:
        data = item.get("data") if isinstance(item, dict) else None
        attributes = data.get("attributes") if isinstance(data, dict) else None
        if not isinstance(attributes, dict):
            raise bad_request("Invalid entry. Expected an object `data` with `attributes`.")
        block = str(parsed_network(attributes.get("cidr_block")))
        old = known.get(block)
        note = _text(attributes.get("note") or "", "note", 200)
        found[block] = {
            "id": old["id"] if old else str(uuid.uuid4()),
            "cidr_block": block,
            "note": note,
            "created_at": old["created_at"] if old else now,
            "modified_at": old["modified_at"] if old and old["note"] == note else now,
        }
    return list(found.values())


handlers: list[ControllerRouterHandler] = [
    list_orgs, get_org, update_org, create_child_org, downgrade_org, upload_idp_metadata, list_org_configs,
    get_org_config, update_org_config, update_max_session_duration, get_ip_allowlist, update_ip_allowlist,
]  # fmt: skip

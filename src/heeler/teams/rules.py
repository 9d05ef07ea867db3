"""Validation of teams and rules of who may change them. Pure, except for database queries that callers
pass in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from heeler.api.documents import object_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Principal

Body = dict[str, Any]

ACTIONS: Mapping[str, str] = {
    "manage_membership": "Who can add and remove members?",
    "edit": "Who can edit the team's details?",
}
DEFAULTS: Mapping[str, str] = {"manage_membership": "members", "edit": "members"}
OPTIONS = ("admins", "members", "organization", "teams_manage", "user_access_manage")
"""Who may do an action, by the value of its setting."""

_HANDLE = re.compile(r"[a-z0-9][a-z0-9_.\-]*")


def checked_id(identity: str) -> str:
    """Validate a UUID. Raises the public API's 404 otherwise."""
    try:
        return str(uuid.UUID(identity))
    except ValueError:
        raise ApiError(404, f"{identity} is not a valid UUID not found") from None


def attributes_of(body: Body, wanted_type: str) -> Body:
    data = body.get("data")
    if not isinstance(data, dict) or data.get("type") != wanted_type:
        raise bad_request(f"Invalid body. Expected an object `data` of type {wanted_type}.")
    return object_in(data, "attributes")


def checked_name(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise bad_request("Invalid name. Expected 1 to 200 characters.")
    return value.strip()


def checked_handle(value: object) -> str:
    """Validate a handle: lower-case letters, digits, ``-``, ``_`` and ``.``, as in tags."""
    handle = value.strip().lower() if isinstance(value, str) else ""
    if not _HANDLE.fullmatch(handle) or len(handle) > 195:
        raise bad_request(
            f"Invalid handle: {value!r}. Expected up to 195 lower case letters, digits, -, _ and ."
        )
    return handle


def checked_text(value: object, name: str, most: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise bad_request(f"Invalid {name}. Expected text of at most {most:,} characters.")
    return value


def checked_modules(value: object, name: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > 50 or not all(isinstance(item, str) for item in value):
        raise bad_request(f"Invalid {name}. Expected a list of at most 50 names.")
    return [item[:100] for item in value]


def checked_link(attributes: Body) -> tuple[str, str]:
    """Validate label and URL of a link. Raises 400 or 422."""
    label = attributes.get("label")
    if not isinstance(label, str) or not label.strip():
        raise ApiError(422, "label cannot be empty")
    if len(label) > 256:
        raise bad_request("Invalid label. Expected at most 256 characters.")
    url = checked_text(attributes.get("url"), "url", 2048)
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise bad_request(f"Invalid url: {url[:200]!r}. Expected http:// or https://")
    return label.strip(), url


def checked_role(attributes: Body) -> str:
    role = attributes.get("role")
    if role not in (None, "", "admin"):
        detail = {"detail": "Not a valid choice.", "source": {"pointer": "/data/attributes/role"}}
        raise bad_request(str({"errors": [detail]}))
    return role or ""


def may(principal: Principal, action: str, settings: Mapping[str, Any], role: str | None) -> bool:
    """Whether the caller may do ``action``: by permission, or by membership as the team's settings allow.

    ``role`` is the caller's in the team: None for non-members, ``admin`` or empty.
    """
    if principal.may("teams_manage"):
        return True
    if not principal.may("teams_read") or principal.scopes is not None:
        return False  # a scoped key may change teams only with the matching scope
    value = settings.get(action, DEFAULTS[action])
    if value == "user_access_manage":
        return principal.may("user_access_manage")
    if value == "organization":
        return principal.can_write
    if value == "members":
        return role is not None and principal.can_write
    return value == "admins" and role == "admin"


def described_settings(team: str, action: str, settings: Mapping[str, Any], editable: bool) -> Body:
    return {
        "id": f"TeamPermission-{team}-{action}",
        "type": "team_permission_settings",
        "attributes": {
            "action": action,
            "title": ACTIONS[action],
            "value": settings.get(action, DEFAULTS[action]),
            "options": list(OPTIONS),
            "editable": editable,
        },
    }

"""The three roles and what they may do. They are fixed: administrator, standard, read-only."""

from __future__ import annotations

import uuid
from typing import Any

_NAMESPACE = uuid.UUID("5b7cf8b4-4c1b-4c8e-8d57-6b1d0e0c7f11")
_SINCE = "2026-01-01T00:00:00+00:00"

NAMES = {
    "admin": "Heeler Admin Role",
    "standard": "Heeler Standard Role",
    "read-only": "Heeler Read Only Role",
}
"""What the roles API calls each role."""

PERMISSIONS = {
    "read": ("Read", "See everything: dashboards, monitors, telemetry, users.", tuple(NAMES)),
    "write": (
        "Write",
        "Change dashboards, monitors, downtimes, host tags and API keys.",
        ("admin", "standard"),
    ),
    "user_access_manage": ("User Access Manage", "Invite, change and disable users.", ("admin",)),
}


def role_id(role: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, role))


def role_by_id(wanted: str) -> str | None:
    return next((role for role in NAMES if role_id(role) == wanted), None)


def permission_id(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"permission {name}"))


def described_role(role: str, user_count: int | None = None) -> dict[str, Any]:
    """A role in the shape of the roles API."""
    attributes: dict[str, Any] = {"name": NAMES[role], "created_at": _SINCE, "modified_at": _SINCE}
    if user_count is not None:
        attributes["user_count"] = user_count
    granted = [name for name, (_, _, roles) in PERMISSIONS.items() if role in roles]
    return {
        "id": role_id(role),
        "type": "roles",
        "attributes": attributes,
        "relationships": {
            "permissions": {"data": [{"id": permission_id(name), "type": "permissions"} for name in granted]}
        },
    }


def described_permissions(role: str | None = None) -> list[dict[str, Any]]:
    """Every permission, or those of one role."""
    return [
        {
            "id": permission_id(name),
            "type": "permissions",
            "attributes": {
                "name": name,
                "display_name": title,
                "display_type": "write" if name != "read" else "read",
                "description": text,
                "group_name": "General",
                "created": _SINCE,
                "restricted": False,
            },
        }
        for name, (title, text, roles) in PERMISSIONS.items()
        if role is None or role in roles
    ]

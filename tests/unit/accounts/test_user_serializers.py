"""Users as both versions of the API show them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from heeler.accounts.model import User
from heeler.accounts.roles import role_id
from heeler.accounts.user_serializers import access_role, described_user, described_v1, icon_of, status_of

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def user(**more: Any) -> User:
    values: dict[str, Any] = {
        "uuid": "u-1",
        "email": "ann@example.com",
        "name": "Ann",
        "title": "",
        "created": NOW,
        "modified": NOW,
        "last_login": None,
        "disabled": False,
        "service_account": False,
        "password_hash": "h",
        "oidc_subject": None,
        "totp_secret": "",
    }
    return User(**{**values, **more})


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, "Active"),
        ({"password_hash": ""}, "Pending"),
        ({"password_hash": "", "oidc_subject": "s"}, "Active"),
        ({"password_hash": "", "service_account": True}, "Active"),
        ({"disabled": True}, "Disabled"),
        ({"disabled": True, "password_hash": ""}, "Disabled"),
    ],
)
def test_states(values: dict[str, Any], status: str) -> None:
    assert status_of(user(**values)) == status
    assert described_user(user(**values), [])["attributes"]["status"] == status


def test_the_current_version() -> None:
    found = described_user(user(last_login=NOW, totp_secret="secret"), ["r-1"])
    assert "secret" not in json.dumps(found)
    assert (found["id"], found["type"]) == ("u-1", "users")
    attributes = found["attributes"]
    assert (attributes["handle"], attributes["name"], attributes["title"]) == ("ann@example.com", "Ann", None)
    assert (attributes["mfa_enabled"], attributes["verified"], attributes["last_login_time"]) == (
        True,
        True,
        NOW.isoformat(),
    )
    assert found["relationships"] == {"roles": {"data": [{"id": "r-1", "type": "roles"}]}}


@pytest.mark.parametrize(
    ("roles", "access", "admin"),
    [
        (["admin"], "adm", True),
        (["standard"], "st", False),
        (["read-only"], "ro", False),
        (["read-only", "admin"], "adm", True),
        ([], None, False),
    ],
)
def test_the_first_version(roles: list[str], access: str | None, admin: bool) -> None:
    ids = [role_id(role) for role in roles]
    assert access_role(ids) == access
    found = described_v1(user(title="SRE"), ids)
    assert (found["access_role"], found["is_admin"], found["title"]) == (access, admin, "SRE")


def test_icons_say_nothing_of_the_address() -> None:
    assert "ann" not in icon_of(user())
    assert icon_of(user()) == icon_of(user())
    assert icon_of(user()) != icon_of(user(email="bob@example.com"))

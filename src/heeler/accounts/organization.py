"""Organization of this installation: name, settings, and the IP allowlist."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import Organization
from heeler.api.errors import ApiError, bad_request
from heeler.store.database import Database, Remembered

Network = IPv4Network | IPv6Network

DEFAULT_SESSION_SECONDS = 30 * 86_400
_LEAST_SESSION_SECONDS = 900
_MOST_SESSION_SECONDS = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Config:
    """A setting of the organization. ``check`` raises a 400 for an invalid value."""

    value_type: str
    default: Any
    description: str
    check: Callable[[Any], None]


def _flag(value: Any) -> None:
    if not isinstance(value, bool):
        raise bad_request(f"Invalid value: {value!r}. Expected true or false")


def _seconds(value: Any) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not _LEAST_SESSION_SECONDS <= value <= _MOST_SESSION_SECONDS:
        raise bad_request(
            f"Invalid value: {value!r}. Expected {_LEAST_SESSION_SECONDS} to {_MOST_SESSION_SECONDS} seconds"
        )


CONFIGS: Mapping[str, Config] = {
    "max_session_duration": Config(
        "int", DEFAULT_SESSION_SECONDS, "Seconds after which people have to log in again.", _seconds
    ),
    "mfa_required": Config(
        "bool", False, "Whoever logs in with a password has to use a second factor.", _flag
    ),
    "private_widget_share": Config(
        "bool", True, "Graphs and dashboards may be shared with people outside.", _flag
    ),
    "sso_required": Config(
        "bool",
        False,
        "Only administrators may log in with a password; everybody else uses the identity provider.",
        _flag,
    ),
}
"""Settings by name, as ``/api/v2/org_configs`` lists them."""

IP_ALLOWLIST = "ip_allowlist_enabled"
"""Key of ``Organization.configs``: whether the IP allowlist is enforced."""


@dataclass(frozen=True, slots=True)
class OrganizationState:
    """Organization settings that requests are checked against."""

    uuid: str = ""
    public_id: str = ""
    name: str = ""
    configs: Mapping[str, Any] = field(default_factory=dict)
    networks: tuple[Network, ...] | None = None
    """Networks of the IP allowlist; None if it is not enforced."""

    def config(self, name: str) -> Any:
        return self.configs.get(name, CONFIGS[name].default)

    def check_address(self, address: str) -> None:
        """Raise a 403 if the client's address is not in the IP allowlist."""
        if self.networks is None or is_allowed(address, self.networks):
            return
        raise ApiError(
            403,
            "Forbidden",
            f"The IP allowlist of this organization does not include {address or 'unknown'}.",
        )


def is_allowed(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)


def parsed_network(text: object) -> Network:
    """Parse a network in CIDR notation, or a single address. Raises a 400."""
    try:
        return ip_network(str(text).strip(), strict=False)
    except ValueError:
        raise bad_request(f"Invalid cidr_block: {text!r}. Expected 192.0.2.0/24 or 2001:db8::/32") from None


async def organization_of(db: AsyncSession) -> Organization:
    """Return the single organization; created on first use."""
    found = await db.get(Organization, 1)
    if found is None:
        now = datetime.now(UTC)
        found = Organization(
            id=1,
            uuid=str(uuid.uuid4()),
            public_id=secrets.token_hex(5),
            name="Heeler",
            configs={},
            allowed_networks=[],
            created=now,
            modified=now,
        )
        db.add(found)
        await db.flush()
    return found


def state_of(organization: Organization) -> OrganizationState:
    enforced = organization.configs.get(IP_ALLOWLIST, False)
    entries = [parsed_network(entry["cidr_block"]) for entry in organization.allowed_networks]
    return OrganizationState(
        organization.uuid,
        organization.public_id,
        organization.name,
        dict(organization.configs),
        tuple(entries) if enforced else None,
    )


class OrganizationCache:
    """Cached state of the organization, reloaded after a write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._state: Remembered[int, OrganizationState] = Remembered(
            database, tables=(Organization.__tablename__,)
        )

    async def state(self) -> OrganizationState:
        return await self._state.fetch(1, self._look_up)

    async def _look_up(self) -> tuple[OrganizationState, int]:
        async with self._database.session() as db:
            row = await db.get(Organization, 1)
        return state_of(row) if row is not None else OrganizationState(), 0

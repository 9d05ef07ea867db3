"""Dependencies of request handlers, created by the server's lifespan and passed to every package."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.login_delays import AttemptLimiter
from heeler.api.permissions import READ_ONLY, granted_to
from heeler.api.render_turns import RenderTurns
from heeler.query.frame import Frame
from heeler.query.metrics.window import Window
from heeler.render.png import Renderer
from heeler.settings import Settings
from heeler.store.database import Database
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.leases import Leases
from heeler.store.rollup import Rollups
from heeler.store.writer import Writer

Part = TypeVar("Part")
#: Called with a query object as received by the API, and the window with its default interval.
Source = Callable[["Services", dict[str, Any], Window], Awaitable[Frame]]


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated caller: a user by session, application key or access token, or only an API key."""

    user_id: int | None
    email: str
    role: str
    """``admin``, ``standard`` or ``read-only``, the strongest managed role; ``custom`` with only custom
    roles, ``none`` without any, ``intake`` with only an API key."""
    name: str = ""
    permissions: frozenset[str] = frozenset()
    """Permissions of the user's roles."""
    scopes: frozenset[str] | None = None
    """Scopes of the key or token; None if unlimited."""
    uuid: str = ""
    role_ids: tuple[str, ...] = ()
    key_id: str | None = None
    """The application key or token; None for a session."""
    needs_second_factor: bool = False
    """The organization requires a second factor that this user has not set up yet."""

    @property
    def can_write(self) -> bool:
        """Whether the caller may change anything that others see: more than the Read Only role allows."""
        granted = self.permissions if self.scopes is None else self.permissions & self.scopes
        return bool(granted - granted_to(READ_ONLY))

    def may(self, permission: str) -> bool:
        """Whether the roles grant ``permission`` and the scopes of the key include it."""
        return permission in self.permissions and (self.scopes is None or permission in self.scopes)


class Authenticator(Protocol):
    """Implemented by ``heeler.accounts``; raises ``ApiError`` 401/403 with instructions."""

    async def api_key(self, key: str | None) -> Principal: ...

    def seen_id(self, key: str) -> str | None:
        """Id of an API key that was verified recently, so that it need not be looked up; else None."""
        ...

    async def principal(
        self, api_key: str | None, app_key: str | None, session: str | None, token: str | None = None
    ) -> Principal:
        """``token``: an access token, which requires no API key."""
        ...


class AccessPolicies(Protocol):
    """Implemented by ``heeler.restrictions``: checks beyond permissions. Raises ``ApiError`` 403."""

    async def admit(self, principal: Principal, address: str) -> None:
        """Check that the caller's ``address`` is allowed (the IP allowlist)."""
        ...

    async def check(
        self, principal: Principal, permission: str | None, params: Mapping[str, Any], *, change: bool
    ) -> None:
        """Check that restriction policies allow the request's path to the caller.

        From then on, in this task, rows that the caller may not view are not found, and those that they may
        not edit cannot be changed, and logs, spans and events that the caller may not read are left out.
        """
        ...

    async def read_as(self, user_id: int | None) -> None:
        """From then on, in this task, logs, spans, events and SLOs that the user's roles may not read are
        left out: for what is shown to others on behalf of a user. A user who no longer exists has no roles.
        """
        ...


class NoPolicies:
    """No restrictions beyond permissions; for tests and commands without accounts."""

    async def admit(self, principal: Principal, address: str) -> None:
        return None

    async def check(
        self, principal: Principal, permission: str | None, params: Mapping[str, Any], *, change: bool
    ) -> None:
        return None

    async def read_as(self, user_id: int | None) -> None:
        return None


async def _no_mutes(_: Services) -> dict[str, int | None]:
    return {}


def _no_mail(_: AsyncSession, __: str, ___: str, ____: str) -> None:
    return None


def _no_mails(_: AsyncSession, __: Iterable[str], ___: str, ____: str, _____: str) -> None:
    return None


async def _no_slos(_: AsyncSession, __: int) -> list[tuple[str, str]]:
    return []


async def _no_names(_: AsyncSession, __: Iterable[int]) -> dict[int, str]:
    return {}


@dataclass(slots=True)
class Services:
    """Dependencies with a lifetime, shared by handlers. ``now`` returns UNIX seconds; tests pass their
    own.
    """

    settings: Settings
    engine: Engine
    writer: Writer
    database: Database
    authenticator: Authenticator
    disk: DiskGuard
    rollups: Rollups
    now: Callable[[], float] = time.time
    rng: random.Random = field(default_factory=random.SystemRandom)
    host_mutes: Callable[[Services], Awaitable[dict[str, int | None]]] = _no_mutes
    """Muted hosts and the end of each mute (UNIX seconds, None for never); set by downtimes."""
    monitor_names: Callable[[AsyncSession, Iterable[int]], Awaitable[dict[int, str]]] = _no_names
    """Names of monitors by id, without those that do not exist; set by monitors."""
    slos_of_monitor: Callable[[AsyncSession, int], Awaitable[list[tuple[str, str]]]] = _no_slos
    """Id and name of the SLOs that use a monitor; set by SLOs and logs."""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Executors of data sources that need more than the store, by ``data_source``; set by SLOs."""
    access: AccessPolicies = field(default_factory=NoPolicies)
    """Restriction policies and the IP allowlist."""
    send_secret_mail: Callable[[AsyncSession, str, str, str], None] = _no_mail
    """Queue a mail to an address, with subject and text, whose text is hidden in the outbox, to be sent
    once the session ends; set by ``notify``."""
    send_mails: Callable[[AsyncSession, Iterable[str], str, str, str], None] = _no_mails
    """Queue a mail to each address, with subject, text and a link, to be sent once the session ends; set by
    ``notify``."""
    login_attempts: AttemptLimiter = field(default_factory=AttemptLimiter)
    renderer: Renderer = field(default_factory=lambda: Renderer(RenderTurns()))
    _parts: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def leases(self) -> Leases:
        """Which of the work that servers of one database share is this one's."""
        return self.part(_leases)

    def part(self, kind: Callable[[Services], Part]) -> Part:
        """Per-server instance of ``kind`` (a cache, its listeners), created at first use.

        ``kind`` is its class, which is called with the services.
        """
        found: Part | None = self._parts.get(kind)
        if found is None:
            found = self._parts[kind] = kind(self)
        return found


def _leases(services: Services) -> Leases:
    folder = services.settings.data_dir.resolve()
    return Leases(services.database, place=f"{socket.gethostname()}:{folder}")

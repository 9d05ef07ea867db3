"""Remote configuration of tracers: what people set for a service, what agents fetch, which tracers have it.

Options are those that Datadog's tracers take by remote configuration in common; absent ones leave the tracer
as it was started.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from heeler.accounts.model import Key
from heeler.api.services import Services
from heeler.apm.model import TracerConfiguration
from heeler.store.database import Remembered

#: An agent polls each ten seconds; what it last said counts for so long.
REPORT_SECONDS = 60.0
MAX_TRACERS = 5000
#: Agents whose reports are kept; each has at most :data:`MAX_TRACERS`.
MAX_AGENTS = 2000
MAX_CONFIGURATIONS = 1000
_FLAGS = {"log_injection_enabled": "Log injection", "tracing_enabled": "Tracing"}


class ConfigError(ValueError):
    """A configuration that cannot be; the text is for people."""


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a configuration. Raises :class:`ConfigError`."""
    options: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name == "sampling_rate":
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ConfigError("The sampling rate must be a number from 0 to 1.")
            options[name] = float(value)
        elif name in _FLAGS:
            if not isinstance(value, bool):
                raise ConfigError(f"{_FLAGS[name]} must be true, false or null.")
            options[name] = value
        else:
            known = ", ".join(("sampling_rate", *_FLAGS))
            raise ConfigError(f"Unknown option {name[:50]!r}; there are {known}.")
    if not options:
        raise ConfigError("Set at least one option.")
    return options


def library_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options in the tracers' own words."""
    found = {name: value for name, value in options.items() if name != "sampling_rate"}
    if "sampling_rate" in options:
        found["tracing_sampling_rate"] = options["sampling_rate"]
    return found


@dataclass(frozen=True, slots=True)
class TracerReport:
    """A tracer that polls an agent: which configuration it has and what became of that."""

    service: str
    env: str
    language: str
    tracer_version: str
    config: str
    state: str
    error: str


class TracerReports:
    """What agents last said of their tracers, as ``services.part(TracerReports)``: of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._agents: OrderedDict[str, tuple[float, list[TracerReport]]] = OrderedDict()
        self._tracers = 0

    def put(self, agent: str, reports: list[TracerReport]) -> None:
        _, before = self._agents.pop(agent, (0.0, []))
        self._agents[agent] = self._services.now(), reports
        self._tracers += len(reports) - len(before)
        while len(self._agents) > 1 and (self._tracers > MAX_TRACERS or len(self._agents) > MAX_AGENTS):
            _, (_, dropped) = self._agents.popitem(last=False)
            self._tracers -= len(dropped)

    def current(self) -> list[TracerReport]:
        oldest = self._services.now() - REPORT_SECONDS
        return [one for at, reports in self._agents.values() if at >= oldest for one in reports]


def reports_of(document: Any) -> list[TracerReport]:
    """What an agent's poll says; what is not readable is left out."""
    found = document.get("tracers") if isinstance(document, dict) else None
    names = TracerReport.__dataclass_fields__
    return [
        TracerReport(**{name: str(one.get(name) or "")[:200] for name in names})
        for one in (found if isinstance(found, list) else [])[:MAX_TRACERS]
        if isinstance(one, dict)
    ]


class Configurations:
    """What agents fetch, as ``services.part(Configurations)``; agents that ask at once share a lookup."""

    def __init__(self, services: Services) -> None:
        self._database = services.database
        tables = (str(TracerConfiguration.__tablename__),)
        self._found: Remembered[str, list[dict[str, Any]]] = Remembered(services.database, tables=tables)
        keys = (str(Key.__tablename__),)
        self._barred: Remembered[str, frozenset[str]] = Remembered(services.database, tables=keys)

    async def may_read(self, key_id: str) -> bool:
        """Whether agents with the API key of this id may fetch them (``remote_config_read_enabled``)."""
        return key_id not in await self._barred.fetch("", self._read_barred)

    async def _read_barred(self) -> tuple[frozenset[str], int]:
        async with self._database.session() as db:
            return frozenset(await db.scalars(select(Key.id).where(Key.remote_config_read.is_(False)))), 0

    async def current(self) -> list[dict[str, Any]]:
        return await self._found.fetch("", self._read)

    async def _read(self) -> tuple[list[dict[str, Any]], int]:
        async with self._database.session() as db:
            found = (await db.scalars(select(TracerConfiguration).order_by(TracerConfiguration.id))).all()
        made = [
            {"id": one.id, "service": one.service, "env": one.env, "options": library_options(one.document)}
            for one in found
        ]
        return made, 0

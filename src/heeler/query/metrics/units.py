# ruff: noqa: E501 - tables read better in long lines
"""Units of metrics: lookup, serialization, and the units that result from arithmetic.

A unit is written ``byte`` or ``byte/second``; families and names are those of the public list of units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Unit:
    id: int
    name: str
    plural: str
    short_name: str | None
    family: str
    scale_factor: float

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "plural": self.plural,
            "short_name": self.short_name,
            "family": self.family,
            "scale_factor": self.scale_factor,
        }


_K, _B = 1000.0, 1024.0
# family: (name, short name, factor) ...
_FAMILIES: dict[str, tuple[tuple[str, str | None, float], ...]] = {
    "bytes": (
        ("bit", "b", 0.125), ("byte", "B", 1), ("kibibyte", "KiB", _B), ("mebibyte", "MiB", _B**2),
        ("gibibyte", "GiB", _B**3), ("tebibyte", "TiB", _B**4), ("pebibyte", "PiB", _B**5),
        ("exbibyte", "EiB", _B**6), ("kilobyte", "kB", _K), ("megabyte", "MB", _K**2),
        ("gigabyte", "GB", _K**3), ("terabyte", "TB", _K**4), ("kilobit", "kb", _K / 8), ("megabit", "Mb", _K**2 / 8),
        ("gigabit", "Gb", _K**3 / 8),
    ),
    "time": (
        ("nanosecond", "ns", 1e-9), ("microsecond", "μs", 1e-6), ("millisecond", "ms", 1e-3), ("second", "s", 1),
        ("minute", "min", 60), ("hour", "hr", 3600), ("day", "day", 86400), ("week", "wk", 604800),
    ),
    "percentage": (("percent", "%", 1), ("fraction", "frac", 100), ("apdex", "apdex", 1)),
    "network": (
        ("connection", "conn", 1), ("request", "req", 1), ("packet", "pkt", 1), ("segment", "seg", 1),
        ("response", "rsp", 1), ("message", "msg", 1), ("payload", "payload", 1), ("timeout", "timeout", 1),
        ("datagram", "dgram", 1), ("route", "route", 1), ("session", "session", 1), ("hop", "hop", 1),
    ),
    "system": (
        ("process", "proc", 1), ("thread", None, 1), ("host", None, 1), ("node", None, 1), ("fault", None, 1),
        ("service", None, 1), ("instance", None, 1), ("cpu", None, 1), ("core", None, 1), ("job", None, 1),
    ),
    "disk": (
        ("file", None, 1), ("inode", None, 1), ("sector", None, 1), ("block", "blk", 1),
    ),
    "general": (
        ("buffer", "buf", 1), ("error", "err", 1), ("read", "rd", 1), ("write", "wr", 1), ("occurrence", None, 1),
        ("event", None, 1), ("time", None, 1), ("unit", None, 1), ("operation", "op", 1), ("item", None, 1),
        ("task", None, 1), ("worker", None, 1), ("resource", "res", 1), ("email", None, 1), ("sample", None, 1),
        ("stage", None, 1), ("monitor", None, 1), ("location", None, 1), ("check", None, 1), ("attempt", None, 1),
        ("device", None, 1), ("update", None, 1), ("method", None, 1), ("container", None, 1), ("execution", None, 1),
        ("throttle", None, 1), ("invocation", None, 1), ("user", None, 1), ("success", None, 1), ("build", None, 1),
        ("prediction", None, 1), ("exception", None, 1), ("visit", None, 1), ("view", None, 1), ("question", None, 1),
    ),
    "db": (
        ("table", None, 1), ("index", "idx", 1), ("lock", None, 1), ("transaction", "tx", 1), ("query", None, 1),
        ("row", None, 1), ("key", None, 1), ("command", "cmd", 1), ("offset", None, 1), ("record", None, 1),
        ("object", None, 1), ("cursor", None, 1), ("assertion", None, 1), ("scan", None, 1), ("document", "doc", 1),
        ("shard", None, 1), ("flush", None, 1), ("merge", None, 1), ("refresh", None, 1), ("fetch", None, 1),
        ("column", "col", 1), ("commit", None, 1), ("wait", None, 1), ("ticket", None, 1),
    ),
    "cache": (("hit", None, 1), ("miss", None, 1), ("eviction", "evct", 1), ("get", None, 1), ("set", None, 1)),
    "money": (
        ("dollar", "$", 1), ("cent", "¢", 0.01), ("microdollar", "μ$", 1e-6), ("euro", "€", 1), ("pound", "£", 1),
    ),
    "memory": (("page", None, 1), ("split", None, 1)),
    "frequency": (("hertz", "Hz", 1), ("kilohertz", "kHz", 1e3), ("megahertz", "MHz", 1e6), ("gigahertz", "GHz", 1e9)),
    "logging": (("entry", None, 1),),
    "temperature": (("degree celsius", "°C", 1), ("degree fahrenheit", "°F", 1), ("decidegree celsius", "d°C", 0.1)),
    "cpu": (
        ("nanocore", "ncores", 1e-9), ("microcore", "µcores", 1e-6), ("millicore", "mcores", 1e-3),
        ("kilocore", "Kcores", 1e3), ("megacore", "Mcores", 1e6),
    ),
    "power": (("watt", "W", 1), ("milliwatt", "mW", 1e-3), ("kilowatt", "kW", 1e3)),
    "current": (("ampere", "A", 1), ("milliampere", "mA", 1e-3)),
    "potential": (("volt", "V", 1), ("millivolt", "mV", 1e-3)),
}  # fmt: skip

_PLURALS = {
    "hertz": "hertz", "kilohertz": "kilohertz", "megahertz": "megahertz", "gigahertz": "gigahertz",
    "percent": "percent", "apdex": "apdex", "fraction": "fractions", "process": "processes", "index": "indices",
    "query": "queries", "entry": "entries", "miss": "misses", "flush": "flushes", "refresh": "refreshes",
    "fetch": "fetches", "success": "successes", "degree celsius": "degrees celsius",
    "degree fahrenheit": "degrees fahrenheit", "decidegree celsius": "decidegrees celsius",
}  # fmt: skip

#: Unit ids observed in the public API; the others are numbered from 1000.
_KNOWN_IDS = {"percent": 17, "microsecond": 9}


def _build() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for family, members in _FAMILIES.items():
        for name, short, factor in members:
            number = _KNOWN_IDS.get(name, 1000 + len(table))
            table[name] = Unit(number, name, _PLURALS.get(name, f"{name}s"), short, family, float(factor))
    return table


UNITS = _build()


def find(name: str) -> Unit | None:
    """The unit with the name, plural or short name ``name``."""
    folded = name.strip().lower()
    if folded in UNITS:
        return UNITS[folded]
    return next((unit for unit in UNITS.values() if folded == unit.plural or name == unit.short_name), None)


def describe(unit: str | None) -> list[dict[str, Any] | None] | None:
    """The API's pair of unit and per-unit; None for no unit or an unknown one."""
    first, _, second = (unit or "").partition("/")
    known = find(first) if first else None
    if known is None:
        return None
    per = find(second) if second else None
    return [known.as_json(), per.as_json() if per else None]


def combine(operator: str, left: str | None, right: str | None) -> str:
    """Unit of ``left operator right``; None is a dimensionless number."""
    if left is None or right is None:
        keeps = operator != "/" or right is None
        return (left or right or "") if keeps else ""
    if operator in "+-":
        return left if left == right else ""
    if operator == "/" and left and right and "/" not in left + right:
        return "" if left == right else f"{left}/{right}"
    return ""

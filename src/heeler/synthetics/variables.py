"""Variables of synthetic tests: ``{{ NAME }}`` in requests, built-in ones, extracted values. Pure."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Mapping
from typing import Any

import re2

from heeler.api.numbers import is_whole
from heeler.synthetics.assertions import Measured
from heeler.synthetics.json_path import InvalidPath, find

_PLACE = re.compile(r"\{\{ {0,8}([A-Za-z0-9_]{1,100})(?: {0,2}\(([^(){}]{0,100})\))? {0,8}\}\}")
MAX_VALUE = 100_000
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


class ExtractionError(ValueError):
    """A variable could not be extracted from the response; the message gives the reason."""


def fill(value: Any, variables: Mapping[str, str]) -> Any:
    """Substitute variables in ``value``, also in lists and objects; unknown ones are unchanged."""
    if isinstance(value, str):
        return _PLACE.sub(lambda m: variables.get(m[1], m[0]) if m[2] is None else m[0], value)
    if isinstance(value, Mapping):
        return {str(fill(key, variables)): fill(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, variables) for item in value]
    return value


def with_builtins(pattern: str, now: float, rng: random.Random) -> str:
    """Evaluate ``{{ numeric(n) }}``, ``alphabetic``, ``alphanumeric``, ``uuid`` and ``timestamp(n, unit)`` in
    ``pattern``. ``now`` is UNIX seconds.
    """
    return _PLACE.sub(lambda m: _builtin(m[1], m[2] or "", now, rng, m[0]), pattern)


def _builtin(name: str, argument: str, now: float, rng: random.Random, other: str) -> str:
    first, _, second = (part.strip() for part in argument.partition(","))
    letters, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
    match name:
        case "numeric" | "alphabetic" | "alphanumeric":
            pool = {"numeric": digits, "alphabetic": letters}.get(name, letters + digits)
            return "".join(rng.choices(pool, k=min(256, int(first)))) if is_whole(first) else other
        case "uuid":
            return str(uuid.UUID(int=rng.getrandbits(128), version=4))
        case "timestamp":
            shift = first.lstrip("-+")
            if not is_whole(shift):
                return str(int(now * 1000)) if not first else other
            moved = int(shift[:9]) * (-1 if first.startswith("-") else 1) * _UNITS.get(second or "s", 1.0)
            return str(int(now + moved))
    return other


def extract(wanted: Mapping[str, Any], measured: Measured) -> str:
    """Value of one of ``extractedValues``. Raises :class:`ExtractionError`."""
    name, kind = str(wanted.get("name")), str(wanted.get("type"))
    if kind == "http_header":
        source = measured.headers.get(str(wanted.get("field", "")).lower())
        if source is None:
            raise ExtractionError(f"{name}: the response has no header {wanted.get('field')!r}")
    elif kind == "http_status_code":
        source = str(measured.status)
    elif kind == "http_body":
        source = measured.body
    else:
        raise ExtractionError(f"{name}: values of type {kind!r} are not read")
    parser = wanted.get("parser") or {"type": "raw"}
    match parser.get("type"):
        case "raw":
            found = source
        case "regex":
            found = _by_regex(name, str(parser.get("value", "")), source)
        case "json_path":
            try:
                values = find(str(parser.get("value", "")), source)
            except InvalidPath as error:
                raise ExtractionError(f"{name}: {error}") from None
            if not values:
                raise ExtractionError(f"{name}: nothing is at {parser.get('value')}")
            found = values[0] if isinstance(values[0], str) else str(values[0])
        case other:
            raise ExtractionError(f"{name}: values are not read by {other!r}")
    return found[:MAX_VALUE]


def _by_regex(name: str, pattern: str, source: str) -> str:
    try:
        match = re2.search(pattern, source)
    except re2.error as error:
        raise ExtractionError(f"{name}: invalid regular expression: {error}") from None
    if match is None:
        raise ExtractionError(f"{name}: {pattern!r} matches nothing")
    return str(match.group(1) if match.re.groups else match.group(0))

"""Type coercion of loosely typed payloads: tracers mix int, float, str and bytes."""

from __future__ import annotations

from typing import Any

from heeler.wire.traces.spans import U64, TraceFormatError


def text(value: Any) -> str:
    """Convert to text: nil to the empty text, booleans as in JSON."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def whole(value: Any) -> int:
    """Convert to an integer; nil is 0. Raises :class:`TraceFormatError` for a non-number."""
    if type(value) is int:
        return value
    if value is None:
        return 0
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise TraceFormatError(f"{value!r:.60} is no whole number") from None


def unsigned(value: Any) -> int:
    """Convert to an unsigned 64-bit id; some tracers write it as a negative int64."""
    return whole(value) & U64


def number(value: Any) -> float:
    """Convert to a number; nil and the empty text are 0. Raises :class:`TraceFormatError`."""
    if type(value) is float:
        return value
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise TraceFormatError(f"{value!r:.60} is no number") from None


def mapping(value: Any, what: str) -> dict[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TraceFormatError(f"{what} must be a map, not {type(value).__name__}")
    return value


def sequence(value: Any, what: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise TraceFormatError(f"{what} must be a list, not {type(value).__name__}")
    return value


def texts(value: Any, what: str) -> dict[str, str]:
    return {text(key): text(one) for key, one in mapping(value, what).items()}


def numbers(value: Any, what: str) -> dict[str, float]:
    return {text(key): number(one) for key, one in mapping(value, what).items()}

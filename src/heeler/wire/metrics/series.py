"""Identity of a series: its metric, host, tags and type, and the 64-bit id used by all tables and joins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from heeler.wire import normalize
from heeler.wire.body_limits import MAX_HOST, MAX_TAGS

#: Type numbers of the v2 formats; 0 is "unspecified", which counts as a gauge.
TYPES = {0: "gauge", 1: "count", 2: "rate", 3: "gauge"}


#: Cache of normalized tags by the tags as received, which repeat often.
MAX_GIVEN_TAGS = 2 * MAX_TAGS


class PayloadError(ValueError):
    """A malformed body; the message gives the reason (400)."""

    reason = "bad_series"


class ItemError(ValueError):
    """An invalid item of a body; the others can be used. The message names the field."""

    reason = "bad_series"
    """By which rejected items are counted."""


class SeriesInfo(NamedTuple):
    """A series as stored. ``tags`` are normalized and sorted; ``interval`` is seconds, 0 unknown."""

    id: int
    metric: str
    type: str
    interval: int
    unit: str
    source: str
    host: str
    tags: tuple[str, ...]


def series_id(metric: str, host: str, tags: tuple[str, ...]) -> int:
    """64 bits of BLAKE2b over metric, host and sorted tags, joined by NUL (which none of them may
    contain).
    """
    text = "\0".join((metric, host, *tags))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def describe(
    metric: object,
    host: object,
    tags: object,
    *,
    kind: str = "gauge",
    interval: object = 0,
    unit: object = "",
    source: object = "",
    extra_tags: Iterable[str] = (),
) -> SeriesInfo:
    """Normalize the fields of a series as received. Raises :class:`ItemError`."""
    if not isinstance(metric, str) or not (name := normalize.metric_name(metric)):
        raise ItemError(f"metric: expected a name that starts with a letter, got {short(metric)}")
    clean = normalize.tag_set((*_tags(tags), *extra_tags))
    if len(clean) > MAX_TAGS:
        raise ItemError(f"tags: {len(clean)} of them, at most {MAX_TAGS} are allowed")
    host_name = _text("host", host).replace("\0", "")[:MAX_HOST]
    return SeriesInfo(
        id=series_id(name, host_name, clean),
        metric=name,
        type=kind,
        interval=_interval(interval),
        unit=_text("unit", unit)[:100],
        source=_text("source_type_name", source)[:100],
        host=host_name,
        tags=clean,
    )


def short(value: object) -> str:
    """``value`` quoted for messages, truncated; large ones are not formatted completely first."""
    if isinstance(value, (list, tuple, dict)) and len(value) > 20:
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if isinstance(value, int) and abs(value) > 2**256:
        return "a number of more than 77 digits"
    text = repr(value[:100] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= 60 else text[:57] + "..."


def _tags(tags: object) -> Iterable[str]:
    if tags is None:
        return ()
    if isinstance(tags, str):
        tags = tags.split(",", MAX_GIVEN_TAGS)
    if not isinstance(tags, (list, tuple)):
        raise ItemError(f"tags: expected a list of strings, got {short(tags)}")
    if len(tags) > MAX_GIVEN_TAGS:
        raise ItemError(f"tags: more than {MAX_GIVEN_TAGS} of them, at most {MAX_TAGS} are allowed")
    return [one if isinstance(one, str) else _scalar_tag(one) for one in tags if one is not None]


def _scalar_tag(value: object) -> str:
    if isinstance(value, (int, float)):
        return str(value)
    raise ItemError(f"tags: expected a list of strings, got one with {short(value)}")


def _text(field: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ItemError(f"{field}: expected text, got {short(value)}")
    return value


def _interval(value: object) -> int:
    try:
        return min(max(int(value or 0), 0), 2**31)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError, OverflowError):
        raise ItemError(f"interval: expected whole seconds, got {short(value)}") from None

"""Log indexes: assignment of logs to an index, exclusion filters, sampling, daily quota."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from heeler.logs.matcher import Test, compile_search, values_of
from heeler.logs.pipelines.document import DocumentError, flag, list_in, text_of
from heeler.query.search.ast import Field
from heeler.query.search.parser import SearchError
from heeler.wire.logs.datadog import LogEntry

_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An exclusion filter. ``rate``: the share of matching logs that is excluded; with ``attribute``, logs
    with equal values are sampled together.
    """

    name: str
    test: Test
    rate: float
    attribute: Field | None


@dataclass(frozen=True, slots=True)
class Index:
    name: str
    test: Test
    exclusions: Sequence[Exclusion]
    daily_limit: int | None
    reset: timedelta
    """Offset from midnight UTC at which the day of the quota starts."""
    warning: float | None
    """Share of the quota at which a warning is due."""
    retention_days: int | None = None
    """If shorter than that of the server."""

    def day_of(self, now: float) -> float:
        """Start of the current day of the quota, UNIX seconds."""
        moment = datetime.fromtimestamp(now, UTC)
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight + timedelta(seconds=self.reset.total_seconds() % 86_400)
        return (start if start <= moment else start - timedelta(days=1)).timestamp()


def check_name(name: Any) -> str:
    """Validate an index name. Raises :class:`DocumentError`."""
    valid = isinstance(name, str) and 0 < len(name) <= 100 and set(name) <= _NAME_LETTERS
    if not valid or not name[0].isalpha():
        raise DocumentError(
            "Invalid name of an index: a letter, then lower-case letters, digits and '-', at most 100."
        )
    return str(name)


def compile_index(name: str, document: Mapping[str, Any]) -> Index:
    """Compile an index from its document. Raises :class:`DocumentError`."""
    where = document.get("filter")
    if not isinstance(where, Mapping):
        raise DocumentError("Invalid index: 'filter' with a 'query' is required.")
    limit = document.get("daily_limit")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise DocumentError("Invalid index: 'daily_limit' must be a whole number of logs.")
    warning = document.get("daily_limit_warning_threshold_percentage")
    if warning is not None and not (isinstance(warning, int | float) and 50 <= warning < 100):
        raise DocumentError("Invalid index: 'daily_limit_warning_threshold_percentage' must be 50 to 99.99.")
    return Index(
        name,
        compile_filter(where),
        [one for one in map(_exclusion, list_in(document, "exclusion_filters")) if one is not None],
        limit,
        _reset(document.get("daily_limit_reset")),
        None if warning is None else warning / 100,
        document.get("num_retention_days"),
    )


def compile_filter(where: Mapping[str, Any]) -> Test:
    """Compile a ``filter`` with a ``query`` to a predicate. Raises :class:`DocumentError`."""
    query = text_of(where, "query", "*")
    if "*:" in query.replace("\\*:", ""):
        raise DocumentError("Invalid filter: full-text search ('*:') cannot be used here.")
    try:
        return compile_search(query)
    except SearchError as error:
        raise DocumentError(f"Invalid filter: {error}") from error


def _exclusion(document: Any) -> Exclusion | None:
    if not isinstance(document, Mapping) or not isinstance(document.get("filter") or {}, Mapping):
        raise DocumentError("Invalid exclusion filter: expected an object with 'name' and 'filter'.")
    where = document.get("filter") or {}
    rate = where.get("sample_rate", 1.0)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise DocumentError(
            "Invalid exclusion filter: 'sample_rate' must be 0 to 1, the share that is excluded."
        )
    attribute = text_of(where, "sample_attribute", "")
    made = Exclusion(
        text_of(document, "name"),
        compile_filter(where),
        float(rate),
        Field(attribute.removeprefix("@"), attribute.startswith("@")) if attribute else None,
    )
    return made if flag(document, "is_enabled", True) else None


def _reset(document: Any) -> timedelta:
    """Daily reset time of the quota; 14:00 UTC by default."""
    if document is None:
        return timedelta(hours=14)
    try:
        clock = datetime.strptime(str(document["reset_time"]), "%H:%M")
        offset = datetime.strptime(str(document.get("reset_utc_offset", "+00:00")), "%z").utcoffset()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError(
            "Invalid daily_limit_reset: expected 'reset_time' as HH:MM and 'reset_utc_offset' as +HH:MM."
        ) from error
    return timedelta(hours=clock.hour, minutes=clock.minute) - (offset or timedelta())


def index_of(indexes: Sequence[Index], entry: LogEntry) -> Index | None:
    """The first index whose filter matches a log."""
    return next((one for one in indexes if one.test(entry)), None)


def is_excluded(index: Index, entry: LogEntry, random: float) -> bool:
    """Whether the first active exclusion filter that matches a log excludes it. ``random``: 0 to 1.

    A filter that samples by an attribute does not apply to logs without it: the next filter applies.
    """
    for one in index.exclusions:
        if not one.test(entry):
            continue
        if one.attribute is None:
            return random < one.rate
        value = next(iter(values_of(one.attribute)(entry)), None)
        if value is not None and value != "":
            # The same for all indexes, so that related logs stay together.
            digest = hashlib.blake2b(
                f"{one.attribute.name}\0{value}".encode("utf-8", "replace"), digest_size=8
            )
            return int.from_bytes(digest.digest(), "big") / 2**64 < one.rate
    return False

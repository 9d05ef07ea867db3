"""What is asked of a rehydration, validated, and its progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from heeler.logs.indexes import check_name
from heeler.logs.matcher import compile_search
from heeler.logs.pipelines.document import DocumentError
from heeler.query.search.parser import SearchError
from heeler.query.search.times import request_time
from heeler.store.log_rows import DEFAULT_INDEX

MAX_DAYS, MAX_LATE_HOURS, MAX_RETENTION_DAYS = 366, 7 * 24, 366
MAX_LOGS, DEFAULT_LOGS = 100_000_000, 1_000_000
DEFAULT_RETENTION_DAYS = 15
MAX_QUERY = 10_000
#: An endpoint has the path of the first one; logs have the second one's where there is no index for them.
_TAKEN = frozenset({"estimate", DEFAULT_INDEX})
#: Bytes of a unit of ``rehydration_max_scan_size_in_gb``.
GIGABYTE = 10**9


@dataclass(frozen=True, slots=True)
class Scan:
    """Files to read: those that may have logs of the time from ``start`` to ``end`` (UNIX seconds, exclusive)
    that arrived at most ``late_hours`` later.
    """

    start: float
    end: float
    late_hours: int = 1

    @classmethod
    def of(cls, document: Mapping[str, Any], now: float) -> Self:
        """Parse ``from``, ``to`` and ``late_hours``. Raises :class:`DocumentError`."""
        try:
            start, end = (request_time(_time(document, name), now) for name in ("from", "to"))
        except ValueError as error:
            raise DocumentError(f"Invalid time period: {error}.") from error
        if start >= end:
            raise DocumentError("Invalid time period: 'from' must be before 'to'.")
        if end - start > MAX_DAYS * 86_400:
            raise DocumentError(f"Invalid time period: at most {MAX_DAYS} days.")
        return cls(start, end, _whole(document, "late_hours", 1, 0, MAX_LATE_HOURS))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a historical view is made of: at most ``limit`` logs that match ``query``, deleted
    ``retention_days`` after the last was read.
    """

    name: str
    archive: str
    scan: Scan
    query: str
    limit: int
    retention_days: int
    tagged: bool = False
    """Whether the archive keeps tags: without them, restriction queries cannot tell whose logs they are."""

    @classmethod
    def of(cls, document: Mapping[str, Any], now: float) -> Self:
        """Raises :class:`DocumentError`."""
        archive, query = document.get("archive"), document.get("query", "*")
        if not isinstance(archive, str) or not archive:
            raise DocumentError("Invalid historical view: 'archive' must be the id of an archive.")
        if not isinstance(query, str) or len(query) > MAX_QUERY:
            raise DocumentError("Invalid historical view: 'query' must be a search; '*' is all logs.")
        try:
            compile_search(query)
            name = check_name(document.get("name"))
        except SearchError as error:
            raise DocumentError(f"Invalid query: {error}") from error
        except DocumentError as error:
            raise DocumentError(str(error).replace("an index", "a historical view")) from error
        if name in _TAKEN:
            raise DocumentError(f"Invalid name of a historical view: '{name}' cannot be used.")
        return cls(
            name,
            archive,
            Scan.of(document, now),
            query,
            _whole(document, "limit", DEFAULT_LOGS, 1, MAX_LOGS),
            _whole(document, "retention_days", DEFAULT_RETENTION_DAYS, 1, MAX_RETENTION_DAYS),
        )

    @classmethod
    def stored(cls, document: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`document`."""
        return cls(**{**document, "scan": Scan(**document["scan"])})

    def document(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Progress:
    """Numbers of what was read. ``found``: logs that are stored; ``duplicates``: logs whose id was there
    already. ``damaged_files`` could not be read to their end or were gone, ``damaged_lines`` are no logs.
    ``limited``: the limit of logs was reached.
    """

    files: int = 0
    total_files: int = 0
    bytes: int = 0
    total_bytes: int = 0
    logs: int = 0
    found: int = 0
    duplicates: int = 0
    damaged_files: int = 0
    damaged_lines: int = 0
    limited: bool = False

    @classmethod
    def stored(cls, document: Mapping[str, Any]) -> Self:
        return cls(**document)

    def document(self) -> dict[str, Any]:
        return asdict(self)


def _time(document: Mapping[str, Any], name: str) -> str | int | float:
    given = document.get(name)
    if isinstance(given, bool) or not isinstance(given, str | int | float) or given == "":
        raise ValueError(f"'{name}' must be a time, ISO-8601 or UNIX milliseconds")
    return given


def _whole(document: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    given = document.get(name, default)
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise DocumentError(f"'{name}' must be a whole number from {least} to {most:,}.")
    return given

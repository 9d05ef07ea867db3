"""Lines of the files of archives: a JSON object a log, in Datadog's documented format."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

import orjson

from heeler.logs.archives.rules import Archive, archive_of
from heeler.logs.search import write_id
from heeler.query.search.times import iso
from heeler.wire.logs.datadog import LogEntry
from heeler.wire.logs.reserved import trace_of

#: Objects of applications may have keys of any kind, and whole numbers above 64 bits.
_OPTIONS = orjson.OPT_NON_STR_KEYS


def archived_lines(
    archives: Sequence[Archive], entries: Sequence[LogEntry], first: int, refused: Collection[int] = ()
) -> dict[str, bytes]:
    """The lines of logs by the id of the archive that takes them. ``first`` is the number of the first log;
    those with numbers in ``refused`` are left out.
    """
    found: dict[str, list[bytes]] = {}
    for place, entry in enumerate(entries):
        archive = archive_of(archives, entry) if first + place not in refused else None
        if archive is not None:
            found.setdefault(archive.id, []).append(line_of(entry, first + place, archive.include_tags))
    return {identity: b"".join(lines) for identity, lines in found.items()}


def line_of(entry: LogEntry, seq: int, include_tags: bool) -> bytes:
    """One line with its end. ``seq``: order of arrival, which with the time is the id in the explorer."""
    document = {
        "_id": write_id(entry.time, seq),
        "date": iso(entry.time // 1_000_000 / 1000),
        "host": entry.host,
        "source": entry.source,
        "service": entry.service,
        "status": entry.status,
        "message": entry.message,
        "attributes": entry.attributes,
        "tags": list(entry.tags) if include_tags else [],
    }
    ids = entry.trace_high, entry.trace_id, entry.span_id
    if trace_of(entry.message, entry.attributes) != ids:  # of OTLP, or set by a pipeline
        document["trace_id"] = f"{ids[0]:016x}{ids[1]:016x}" if ids[1] else ""
        document["span_id"] = str(ids[2]) if ids[2] else ""
    try:
        return orjson.dumps(document, option=_OPTIONS) + b"\n"
    except TypeError:  # an unpaired surrogate, or a number that is too large
        return json.dumps(document, separators=(",", ":"), default=str).encode() + b"\n"

"""Decoding limits of a body: every decoder counts items while it reads and stops at these limits.

Small bodies can be expensive: a kilobyte decompresses to megabytes of empty objects, each of which takes
fifty times its size in memory. Sizes in bytes are checked by :mod:`heeler.wire.compression`, the rest here.
docs/limits.md documents the limits for senders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

MAX_RATIO = 1000
"""Maximum ratio of decompressed to received bytes, for bodies that decompress to more than
:data:`ANY_RATIO_BYTES`."""
ANY_RATIO_BYTES = 4 * 2**20
MAX_CONTAINERS = 1_000_000
"""Objects and lists of a document in JSON or MessagePack."""
MAX_INTAKE_CONTAINERS = 400_000
"""Objects and lists of what an Agent says of its host: tags of a hundred thousand hosts."""
MAX_METADATA_CONTAINERS = 50_000
"""Objects and lists of the metadata of one host, which is stored as it comes."""
MAX_KINDS = 200
"""Kinds of such metadata in one body."""
MAX_ITEMS = 100_000
"""Maximum series, sketches, points of distributions, resources, spans, groups of statistics, events, check
runs or hosts in one body."""
MAX_LOGS = 10_000
"""Maximum logs in one body; the documented API allows 1,000."""
MAX_POINTS = 1_000_000
"""Maximum points or samples of a body that is decoded item by item."""
MAX_TAGS = 500
"""Maximum tags of one series, event, check run, host or log."""
MAX_BINS = 65_536
"""Maximum entries of one sketch."""
MAX_CUMULATIVE_SERIES = 500_000
"""Maximum cumulative series, whose last value is stored to compute deltas."""
MAX_TRACE_BYTES = 16 * 2**20
"""Maximum decompressed bytes of a body of spans or OTLP: its messages are all decoded at once and are in
memory together."""
MAX_HOST = 255
"""Maximum characters of a host's name."""
MAX_FIELD = 200
"""Maximum characters of a short field: a source, a check, an aggregation key."""
MAX_EVENT_TITLE = 500
MAX_EVENT_TEXT = 65_536
MAX_DEPTH = 64
"""Maximum nesting of attributes and metadata stored as JSON; deeper levels are stored as text."""


class LimitExceeded(ValueError):
    """A body exceeds a limit (413). The message names the limit."""


def bounded(items: Iterable[T], most: int, what: str) -> Iterator[T]:
    """Iterate over ``items``; raises :class:`LimitExceeded` after ``most``."""
    for count, item in enumerate(items):
        if count >= most:
            raise _too_many(most, what)
        yield item


def check_count(count: int, most: int, what: str) -> None:
    """Raise :class:`LimitExceeded` if ``count`` is more than ``most``."""
    if count > most:
        raise _too_many(most, what)


def check_json(body: bytes, most: int = MAX_CONTAINERS) -> None:
    """Raise :class:`LimitExceeded` if the document may have more than ``most`` objects and lists. Does not
    decode.
    """
    if len(body) > most:
        check_count(body.count(b"{") + body.count(b"["), most, "objects and lists")


def check_containers(document: Any, most: int, what: str) -> None:
    """Raises :class:`LimitExceeded` when a decoded document holds more than ``most`` objects and lists."""
    left, waiting = most, [document]
    while waiting:
        item = waiting.pop()
        left -= 1
        if left < 0:
            raise _too_many(most, what)
        inner = item.values() if isinstance(item, dict) else item
        waiting += [one for one in inner if isinstance(one, dict | list)]


def check_msgpack(body: bytes) -> None:
    """Like :func:`check_json`, for MessagePack: counts bytes that may start a map or a list."""
    if len(body) > MAX_CONTAINERS:
        import numpy as np  # only here: the agent, which imports this module, needs none of it

        data = np.frombuffer(body, np.uint8)
        found = np.count_nonzero((data & 0xE0 == 0x80) | (data & 0xFC == 0xDC))
        check_count(int(found), MAX_CONTAINERS, "maps and lists")


def check_bytes(body: bytes, most: int) -> None:
    """Raise :class:`LimitExceeded` if a decompressed body is larger than ``most`` bytes."""
    if len(body) > most:
        raise LimitExceeded(f"The body is larger than {most} bytes after decompression; send it in parts")


def text(value: Any, most: int) -> str:
    """``value`` as text of at most ``most`` characters; "" if empty."""
    return str(value or "")[:most]


def _too_many(most: int, what: str) -> LimitExceeded:
    return LimitExceeded(f"The body holds more than {most:,} {what}; send it in parts")

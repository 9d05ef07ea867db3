"""Service checks: ``POST /api/v1/check_run``, an array from the Agent, one object from ``datadog``."""

from __future__ import annotations

from typing import Any, NamedTuple

from heeler.wire.body_limits import MAX_FIELD, MAX_HOST, MAX_ITEMS, bounded, text
from heeler.wire.events.intake_payload import tags_of
from heeler.wire.json_codec import load
from heeler.wire.metrics.batch import Problems, seconds
from heeler.wire.metrics.series import ItemError, short

MAX_MESSAGE = 10_000
"""Maximum characters of a check run's message."""


class CheckRun(NamedTuple):
    """One run of a service check. ``status``: 0 OK, 1 warning, 2 critical, 3 unknown."""

    check: str
    time: int
    host: str
    status: int
    message: str
    tags: tuple[str, ...]


def decode(body: bytes, now: int) -> tuple[list[CheckRun], Problems]:
    """Decode the check runs of a body. Raises ``PayloadError`` if it is malformed."""
    document = load(body)
    items = document if isinstance(document, list) else [document]
    runs, problems = [], Problems()
    for index, item in enumerate(bounded(items, MAX_ITEMS, "check runs")):
        try:
            runs.append(read(item, now))
        except ItemError as error:
            problems.add("bad_check_run", f"[{index}]: {error}")
    return runs, problems


def read(item: Any, now: int) -> CheckRun:
    """Decode one check run. Raises :class:`ItemError`."""
    if not isinstance(item, dict):
        raise ItemError(f"expected an object, got {short(item)}")
    check, status = item.get("check"), item.get("status")
    if not isinstance(check, str) or not check.strip():
        raise ItemError(f"check: expected a name, got {short(check)}")
    if isinstance(status, str) and status in ("0", "1", "2", "3"):
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 0 <= status <= 3:
        raise ItemError(f"status: expected 0 OK, 1 warning, 2 critical or 3 unknown, got {short(status)}")
    stamp = item.get("timestamp")
    return CheckRun(
        check=check.strip()[:MAX_FIELD],
        time=min(max(seconds(stamp), 0), 2**32 - 1) if stamp is not None else now,
        host=text(item.get("host_name"), MAX_HOST),
        status=status,
        message=text(item.get("message"), MAX_MESSAGE),
        tags=tags_of(item.get("tags")),
    )

"""Files of an archive that may have the logs of a time period."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from heeler.logs.rehydration.rules import Scan
from heeler.store.object_storage import Bucket, Object, ObjectStorageError

#: Files of a rehydration, at most: the list is in memory.
MAX_FILES = 200_000
#: A file has the logs of so many seconds after its name's time, or before it, as other writers name it.
_WRITTEN_SECONDS = 3600.0
_KEY = re.compile(r"dt=(\d{8})/hour=(\d{2})/(?:archive_(\d{6})\.)?[^/]{1,200}\.json\.(gz|zst)")


class ScanSize(NamedTuple):
    """Number of files, and their compressed bytes."""

    files: int
    bytes: int


def archived_files(
    bucket: Bucket, scan: Scan, interval: float, given_up: Callable[[], bool] = lambda: False
) -> list[Object]:
    """The files to read, in the order in which they were begun. ``interval``: seconds that a file is written
    for. Blocks, until it is ``given_up``. Raises ``ObjectStorageError``, also for too many files.
    """
    first = scan.start - max(interval, _WRITTEN_SECONDS)
    last = scan.end + scan.late_hours * 3600.0
    found: list[Object] = []
    for day in _days(first, last):
        for one in () if given_up() else bucket.list(f"dt={day:%Y%m%d}"):
            if given_up():
                break
            begun = begun_at(one.key)
            if begun is None or begun.end <= first or begun.start >= last:
                continue
            found.append(one)
            if len(found) > MAX_FILES:
                raise ObjectStorageError(
                    f"More than {MAX_FILES:,} files have logs of this time: choose a shorter one"
                )
    return sorted(found)


def size_of(files: list[Object]) -> ScanSize:
    return ScanSize(len(files), sum(one.size for one in files))


class Begun(NamedTuple):
    """When a file was begun, from and to, UNIX seconds: its name may say the hour alone."""

    start: float
    end: float


def begun_at(key: str) -> Begun | None:
    """None for what is no file of an archive."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    day, hour, time, _ = found.groups()
    try:
        start = datetime.strptime(day + (time or hour), "%Y%m%d%H%M%S" if time else "%Y%m%d%H")
    except ValueError:
        return None
    seconds = start.replace(tzinfo=UTC).timestamp()
    return Begun(seconds, seconds + (1 if time else 3600))


def _days(first: float, last: float) -> Iterator[datetime]:
    day = datetime.fromtimestamp(max(first, 0.0), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day.timestamp() < last:
        yield day
        day += timedelta(days=1)

"""What goes wrong at the store, by what the caller can do about it."""

from __future__ import annotations

import re

from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError
from urllib3.exceptions import HTTPError, MaxRetryError, ReadTimeoutError

_CODE = re.compile(r"\bCode: (\d{1,5})\b")
#: TIMEOUT_EXCEEDED, TOO_SLOW, SOCKET_TIMEOUT.
_TIMEOUTS = frozenset((159, 160, 209))
_MEMORY_LIMIT_EXCEEDED = 241
#: TOO_MANY_SIMULTANEOUS_QUERIES, NETWORK_ERROR, TABLE_IS_READ_ONLY, ALL_CONNECTION_TRIES_FAILED,
#: TOO_FEW_LIVE_REPLICAS, UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE, UNKNOWN_STATUS_OF_INSERT,
#: ALL_REPLICAS_ARE_STALE, SERVER_OVERLOADED, KEEPER_EXCEPTION.
_UNAVAILABLE = frozenset((202, 210, 242, 279, 285, 286, 319, 369, 745, 999))
#: ALL_CONNECTION_TRIES_FAILED and NETWORK_ERROR: a shard of which no replica answers.
SHARD_LOST = frozenset((210, 279))


class EngineError(RuntimeError):
    """The engine refused or failed a statement; the message is the engine's own first line."""

    @property
    def code(self) -> int:
        """The engine's number of the error; 0 where it gave none."""
        found = _CODE.search(str(self))
        return int(found[1]) if found else 0


class EngineTimeout(EngineError):
    """A statement took longer than it may (504)."""


class EngineBusy(EngineError):
    """Too many statements are waiting already (503)."""


class EngineMemoryLimit(EngineError):
    """A statement needed more memory than it may use (400)."""


class EngineUnavailable(EngineError):
    """The store, or a part of it that a statement needs, cannot be reached or takes none now (503)."""


def named(error: ClickHouseError) -> EngineError:
    """The driver's exception as one of these, with the engine's first line."""
    made = EngineError(first_line(error))
    if made.code in _TIMEOUTS:
        return EngineTimeout(str(made))
    if made.code == _MEMORY_LIMIT_EXCEEDED:
        return EngineMemoryLimit(str(made))
    if made.code in _UNAVAILABLE or unreachable(error):
        return EngineUnavailable(str(made))
    return made


def unreachable(error: ClickHouseError) -> bool:
    """Whether it is not the engine that failed, but the way to it: no connection, one that broke, or a proxy
    that answers in its place."""
    return isinstance(error, OperationalError) and not _CODE.search(str(error))


def read_timed_out(error: BaseException | None) -> bool:
    """Whether the server took the statement and did not answer in time: it may be at work on it still."""
    while isinstance(error, ClickHouseError | HTTPError):
        if isinstance(error, ReadTimeoutError):
            return True
        error = error.reason if isinstance(error, MaxRetryError) else error.__cause__
    return isinstance(error, ReadTimeoutError)


def first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:1000] or type(error).__name__

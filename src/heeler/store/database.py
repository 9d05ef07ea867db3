"""Configuration database: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import DateTime, MetaData, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session
from sqlalchemy.types import JSON, TypeDecorator

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


#: Bounds of the widest integer that SQLite and PostgreSQL store.
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1


class ValueNotStorable(ValueError):
    """A parameter that no column can store, such as a number beyond 64 bits: a client error."""


class UTCDateTime(TypeDecorator[datetime]):
    """Timezone-aware datetime in UTC on every database (SQLite stores no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Any) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, _: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base class of all models of configuration data."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UTCDateTime(), dict[str, Any]: JSON(), list[Any]: JSON()}  # noqa: RUF012


def async_url(url: str) -> str:
    """URL with its asynchronous driver: users write ``sqlite://`` and ``postgresql://``."""
    scheme, _, rest = url.partition("://")
    driver = {
        "sqlite": "sqlite+aiosqlite",
        "postgresql": "postgresql+asyncpg",
        "postgres": "postgresql+asyncpg",
    }
    return f"{driver.get(scheme, scheme)}://{rest}"


class FlushedSession(Session):
    """Notes in its ``info`` which tables it wrote to; ``*`` where that is not known."""


@event.listens_for(FlushedSession, "after_flush")
def _flushed(session: Session, _: Any) -> None:
    rows = (*session.new, *session.dirty, *session.deleted)
    _note(session, *(str(row.__tablename__) for row in rows))


@event.listens_for(FlushedSession, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    if not state.is_select:
        mapper = state.bind_mapper
        _note(state.session, str(mapper.local_table) if mapper is not None else "*")


def _note(session: Session, *tables: str) -> None:
    session.info.setdefault("wrote", set()).update(tables)


class Database:
    """Factory of sessions. ``async with database.session() as s`` commits at the end, rolls back on an
    error.
    """

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = create_async_engine(
            async_url(url),
            json_serializer=lambda value: json.dumps(value, ensure_ascii=False),
            pool_pre_ping=url.startswith("postgres"),  # after a restart of it, connections are made anew
        )
        event.listen(self.engine.sync_engine, "before_cursor_execute", _check_parameters)
        event.listen(self.engine.sync_engine, "handle_error", _name_data_error)
        self.version = 0
        """Grows with each session of this process that wrote, and with those of other servers that are heard
        of."""
        self._versions: dict[str, int] = {}
        self._sessions = async_sessionmaker(
            self.engine, expire_on_commit=False, sync_session_class=FlushedSession
        )
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _sqlite_pragmas)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session:
            try:
                async with session.begin():
                    yield session
            finally:
                self.note_changes(session.info.get("wrote", ()))

    def note_changes(self, tables: Collection[str]) -> None:
        """``tables`` were written to, here or by another server; ``*`` where one knows not which."""
        self.version += bool(tables)
        for table in tables:
            self._versions[table] = self._versions.get(table, 0) + 1

    def version_of(self, table: str) -> int:
        """Counter of this process's sessions that wrote to ``table``, or to unknown tables."""
        return self._versions.get(table, 0) + self._versions.get("*", 0)

    async def close(self) -> None:
        await self.engine.dispose()


class Remembered(Generic[Key, Value]):
    """Cache of database lookups, valid until this process writes to the table, and for a few seconds at most:
    others (the command line, a second server) write to it too.

    ``tables``: all tables that were read; writes to others do not invalidate it. Without any, every write
    does.
    """

    SECONDS, MOST = 5.0, 1000

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.monotonic,
        *,
        tables: tuple[str, ...] = (),
        seconds: float | None = None,
        most: int | None = None,
    ) -> None:
        self._database, self._clock, self._tables = database, clock, tables
        self._seconds, self._most = seconds, most
        self._found: dict[Key, tuple[int, float, Value]] = {}
        self._lookups: dict[Key, asyncio.Future[Value]] = {}

    def get(self, key: Key) -> Value | None:
        found = self._found.get(key)
        seconds = self.SECONDS if self._seconds is None else self._seconds
        if found is None or found[0] != self.version or found[1] < self._clock() - seconds:
            return None
        return found[2]

    async def fetch(self, key: Key, look_up: Callable[[], Awaitable[tuple[Value, int]]]) -> Value:
        """The cached value, else that of ``look_up``, which concurrent callers share.

        ``look_up`` returns the value and how many of its own writes do not concern it. Raises what it raises.
        A caller waits for at most two lookups: one that began before the call may be outdated already.
        """
        has_waited = False
        while (found := self.get(key)) is None:
            other = self._lookups.get(key)
            if other is None:
                return await self._look_up(key, look_up)
            await asyncio.wait([other])
            if has_waited and not other.cancelled():
                return other.result()
            has_waited = True
        return found

    async def _look_up(self, key: Key, look_up: Callable[[], Awaitable[tuple[Value, int]]]) -> Value:
        done = self._lookups[key] = asyncio.get_running_loop().create_future()
        try:
            version = self.version
            value, own_writes = await look_up()
        except BaseException:
            done.cancel()  # whoever waits looks for itself
            raise
        else:
            self.put(key, value, version + own_writes)
            done.set_result(value)
            return value
        finally:
            del self._lookups[key]

    @property
    def version(self) -> int:
        """Current version of the tables; to be taken before the lookup."""
        if not self._tables:
            return self._database.version
        return sum(self._database.version_of(table) for table in self._tables)

    def put(self, key: Key, value: Value, version: int) -> None:
        """Cache ``value``; ``version``: the one before its lookup."""
        if len(self._found) >= (self._most or self.MOST):
            self._found.clear()
        self._found[key] = version, self._clock(), value


def _check_parameters(_: Any, __: Any, ___: str, parameters: Any, ____: Any, many: bool) -> None:
    """Raise :class:`ValueNotStorable` for a parameter on which the driver would fail with its own error."""
    # A bulk insert that returns ids is one statement: its parameters are one tuple or dict.
    for row in parameters if many and isinstance(parameters, list) else (parameters,):
        for value in row.values() if isinstance(row, dict) else row or ():
            if type(value) is int and not MIN_INTEGER <= value <= MAX_INTEGER:
                digits = str(value) if abs(value) < 10**40 else f"a number of {value.bit_length()} bits"
                raise ValueNotStorable(f"{digits} is out of range: whole numbers have at most 64 bits.")
            if isinstance(value, str) and not _is_unicode(value):
                raise ValueNotStorable("A text holds half of a surrogate pair, which is not valid Unicode.")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _name_data_error(context: ExceptionContext) -> None:
    """Raise :class:`ValueNotStorable` for PostgreSQL's data errors: NUL in a text, a number beyond a column's
    type.
    """
    error: BaseException | None = context.original_exception
    while error is not None:
        if any(kind.__name__ == "DataError" for kind in type(error).__mro__):
            raise ValueNotStorable(f"A value cannot be stored: {error}") from error
        error = error.__cause__


#: Status and message where all connections are in use for longer than a request waits for one.
DATABASE_BUSY = (503, "The configuration database is busy: send the request again.")
#: Error texts of SQLite and PostgreSQL, the response status, and the message for the caller.
_PROBLEMS = (
    ("disk is full", 507, "The disk is full: nothing can be saved until there is room."),
    ("no space left", 507, "The disk is full: nothing can be saved until there is room."),
    ("readonly database", 507, "The data folder is read-only for the server: nothing can be saved."),
    ("unable to open", 503, "The configuration database cannot be opened: look at its permissions."),
    ("is locked", *DATABASE_BUSY),
    ("disk i/o error", 503, "The disk below the data folder fails: the server's log has the details."),
    ("malformed", 503, "The configuration database is damaged: restore it from a backup."),
    ("not a database", 503, "The configuration database is damaged: restore it from a backup."),
)  # fmt: skip


def in_parts(items: Sequence[Key], size: int = 500) -> Iterator[Sequence[Key]]:
    """The items, ``size`` at a time: databases limit the number of parameters of a statement."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def database_problem(message: str) -> tuple[int, str] | None:
    """Status and message for an unavailable or failing database; None for an error of a statement."""
    lowered = message.lower()
    return next(((status, text) for part, status, text in _PROBLEMS if part in lowered), None)


def _sqlite_pragmas(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=20000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()

"""Readable messages for startup failures: corrupt files, unreachable database, full disk."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from heeler.settings import Settings
from heeler.store.database import database_problem
from heeler.store.engine import EngineError

_FIRST_LINE = 300


def start_problem(error: BaseException, settings: Settings) -> str | None:
    """Remedy for ``error``; None for a bug of the server."""
    if isinstance(error, DBAPIError):
        problem = database_problem(str(error.orig))
        where = settings.database_url.rpartition("@")[2].removeprefix("sqlite:///")
        if problem is not None:
            return f"{where}: {problem[1]}"
        return f"{where}: the configuration database cannot be used: {_short(error.orig)}"
    if isinstance(error, EngineError):
        return (
            f"The telemetry store in {settings.data_dir} cannot be opened: {_short(error)}. Restore it with "
            "`heeler backup restore`, or move its folder `store` away to start without telemetry."
        )
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}. Make room, or make it accessible to the server's user."
    return None


def _short(error: BaseException | None) -> str:
    """First line of an error, without the engine's version at its end."""
    return str(error).partition("\n")[0].partition(" (version ")[0][:_FIRST_LINE].rstrip(". ")

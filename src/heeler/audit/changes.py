"""Captures the rows that a request changes in the configuration database, with old and new values."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session

#: Columns with secrets: that they changed is recorded, their values are not.
SECRET_COLUMNS = frozenset(
    {
        "hash",
        "password_hash",
        "token_hash",
        "custom_headers",
        "value",
        "totp_secret",
        "recovery_codes",
        "secret",
        "picture",
    }
)
HIDDEN = "********"
MAX_VALUE = 2000
MAX_CHANGES = 100
#: Tables that are also written by logins, notifications and visits of a page.
_IGNORED = frozenset(
    {
        "sessions",
        "outbox",
        "delivery_attempts",
        "audit_events",
        "imported_objects",
        "queried_metrics",
        "key_usage",
        "dashboard_views",
        "monitor_views",
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """Change of one row. ``action`` is ``created``, ``modified`` or ``deleted``; ``values`` has (before,
    after) by column.
    """

    table: str
    key: str
    name: str
    action: str
    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)


_collected: ContextVar[list[Change] | None] = ContextVar("heeler_audit_changes", default=None)


def collect() -> list[Change]:
    """Start collecting changes in this task; the list is filled as sessions are flushed."""
    found: list[Change] = []
    _collected.set(found)
    return found


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _: Any) -> None:
    found = _collected.get()
    if found is None:
        return
    for action, rows in (("created", session.new), ("modified", session.dirty), ("deleted", session.deleted)):
        for row in rows:
            change = _change(row, action)
            if change is not None and len(found) < MAX_CHANGES:
                found.append(change)


@event.listens_for(Session, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    """Record bulk statements, by table only."""
    found = _collected.get()
    if found is None or state.is_select or state.bind_mapper is None or len(found) >= MAX_CHANGES:
        return
    table = str(state.bind_mapper.local_table)
    if table not in _IGNORED and (state.is_delete or state.is_update):
        found.append(Change(table, "", "", "deleted" if state.is_delete else "modified"))


def _change(row: object, action: str) -> Change | None:
    state = inspect(row)
    if state is None or state.mapper.local_table.name in _IGNORED:
        return None
    values = dict(_values(state, action))
    if action == "modified" and not values:
        return None
    identity = [getattr(row, column.key, None) for column in state.mapper.primary_key]
    name = next((str(getattr(row, key)) for key in ("title", "email", "name") if getattr(row, key, None)), "")
    key = ",".join(str(part) for part in identity)
    return Change(str(state.mapper.local_table), key, name[:200], action, values)


def _values(state: Any, action: str) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if action == "modified" and not history.has_changes():
            continue
        before = history.deleted[0] if history.deleted else None
        after = history.added[0] if history.added else None
        if action == "deleted":
            before, after = state.attrs[attribute.key].loaded_value, None
        if before == after:
            continue
        secret = attribute.key in SECRET_COLUMNS
        yield attribute.key, (_shown(before, secret), _shown(after, secret))


def _shown(value: Any, secret: bool) -> Any:
    """Convert a value to JSON, bounded in size."""
    if value is None or isinstance(value, bool | int | float):
        return value if not secret or value is None else HIDDEN
    if secret:
        return HIDDEN
    if isinstance(value, datetime):
        return value.isoformat()
    text = value if isinstance(value, str) else str(value)
    if len(text) > MAX_VALUE:
        return f"{text[:MAX_VALUE]}… ({len(text):,} characters)"
    return value if isinstance(value, str | list | dict) else text

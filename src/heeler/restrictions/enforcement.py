"""Enforces restriction policies on every request, at the level of database rows.

The rights of a request are set in a context variable by its guard. Statements that read restricted tables
exclude rows that the caller may not view, so that no list, search or lookup returns them; writing a row that
the caller may not edit is a 403. Background tasks have no caller and are not restricted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from heeler.api.errors import ApiError
from heeler.restrictions.model import RestrictionPolicy
from heeler.restrictions.rules import KINDS
from heeler.store.database import Base


@dataclass(frozen=True, slots=True)
class Restrictions:
    """Ids that a caller may not view, and those that they may not edit, by resource type."""

    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    locked: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def check(self, kind: str, identity: str, *, change: bool) -> None:
        """Raise a 403 for a resource that the caller may not view or, with ``change``, edit."""
        what = kind.upper() if kind == "slo" else kind
        if identity in self.hidden.get(kind, ()):
            raise ApiError(
                403, "Forbidden", f"A restriction policy does not let you view this {what}. Ask its editors."
            )
        if change and identity in self.locked.get(kind, ()):
            raise ApiError(
                403, "Forbidden", f"A restriction policy does not let you edit this {what}. Ask its editors."
            )


_current: ContextVar[Restrictions | None] = ContextVar("heeler_restrictions", default=None)


def apply(restrictions: Restrictions | None) -> None:
    """Apply restrictions from now on, in this task; None for no restrictions."""
    _current.set(restrictions)


@contextmanager
def all_rows() -> Iterator[None]:
    """Read rows whoever asks, for what is kept for all callers: each is shown what is not :func:`hidden`."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def hidden(kind: str) -> frozenset[str]:
    """Ids of a resource type that the caller may not view."""
    current = _current.get()
    return current.hidden.get(kind, frozenset()) if current is not None else frozenset()


@cache
def _classes() -> dict[str, type[Any]]:
    """Mapped class of each resource type."""
    by_table = {str(mapper.local_table): mapper.class_ for mapper in Base.registry.mappers}
    return {kind: by_table[table] for kind, table in KINDS.items() if table in by_table}


@cache
def _kinds() -> dict[type[Any], str]:
    return {found: kind for kind, found in _classes().items()}


def _typed(found: type[Any], identities: frozenset[str]) -> list[Any]:
    """The ids in their column's type."""
    python = inspect(found).columns["id"].type.python_type
    return [int(identity) if python is int else identity for identity in sorted(identities)]


@event.listens_for(Session, "do_orm_execute")
def _leave_out_hidden(state: ORMExecuteState) -> None:
    current = _current.get()
    if current is None or not state.is_select or state.is_column_load or state.is_relationship_load:
        return
    for kind, identities in current.hidden.items():
        found = _classes().get(kind)
        if found is not None and identities:
            criteria = found.id.not_in(_typed(found, identities))
            state.statement = state.statement.options(with_loader_criteria(found, criteria))


@event.listens_for(Session, "before_flush")
def _refuse_locked(session: Session, *_: Any) -> None:
    current = _current.get()
    for rows, deleted in ((session.dirty, False), (session.deleted, True)):
        for row in list(rows):
            kind = _kinds().get(type(row))
            if kind is None or not (deleted or session.is_modified(row)):
                continue
            identity = str(row.id)
            if current is not None:
                current.check(kind, identity, change=True)
            if deleted:
                _forget(session, kind, identity)


def _forget(session: Session, kind: str, identity: str) -> None:
    """Delete the policy of a deleted resource, whose id may be reused."""
    policy = session.get(RestrictionPolicy, (kind, identity))
    if policy is not None:
        session.delete(policy)

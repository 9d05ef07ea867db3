"""Answers of a cluster of which a shard does not answer: given to people, with a note, and to nobody else.

A request of the API allows them (:func:`allow`): what the other shards have is better than nothing, if it is
said (the header ``X-Heeler-Partial``). What decides by itself, as monitors do, fails instead: half of the
data may look like an outage.
"""

from __future__ import annotations

from contextvars import ContextVar

NOTE = "A shard of the store does not answer: its data is missing here"

_notes: ContextVar[set[str] | None] = ContextVar("partial_answers", default=None)


def allow() -> None:
    """Accept, for this task and what it starts, answers without the shards that do not answer."""
    _notes.set(set())


def allowed() -> bool:
    return _notes.get() is not None


def note() -> None:
    """Record that an answer was partial."""
    notes = _notes.get()
    if notes is not None:
        notes.add(NOTE)


def noted() -> str:
    """What is missing from the answers since :func:`allow`; empty if nothing is."""
    return "; ".join(sorted(_notes.get() or ()))

"""Parser of @-handles in messages: the recipients of a notification."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from heeler.api.errors import bad_request

_HANDLE = re.compile(r"(?<![\w@.])@([A-Za-z0-9][\w.+\-]*(?:@[\w\-]+(?:\.[\w\-]+)*)?)")
_ADDRESS = re.compile(r"[\w.+\-]+@[\w\-]+(\.[\w\-]+)*")


@dataclass(frozen=True, slots=True)
class Recipient:
    """``channel``: ``email`` with an address, ``webhook`` with its name, or the kind of a destination
    with its id."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    name: str


#: Maximum number of handles in one message; ``@all`` is one of them.
MAX_HANDLES = 50


def handles(text: str) -> list[str]:
    """Handles in ``text`` without their ``@``, deduplicated, without trailing punctuation."""
    found = [match.group(1).rstrip(".-") for match in _HANDLE.finditer(text)]
    return list(dict.fromkeys(found))


def check_handles(text: str, field: str = "message") -> None:
    """Raise a 400 if ``text`` has more than :data:`MAX_HANDLES` recipients."""
    count = len(handles(text))
    if count > MAX_HANDLES:
        raise bad_request(f"Invalid {field}: it notifies {count} handles. At most {MAX_HANDLES} are allowed")


def without_handles(text: str) -> str:
    """``text`` for display: lines that contain only handles are removed."""
    lines = [line for line in text.splitlines() if not line.strip() or _HANDLE.sub("", line).strip(" ,;")]
    return "\n".join(lines).strip()


def recipients(
    names: Iterable[str], people: Iterable[Person], places: Mapping[str, tuple[Recipient, ...]] | None = None
) -> tuple[list[Recipient], list[str]]:
    """Resolve ``names`` to recipients; also returns unknown names and those beyond :data:`MAX_HANDLES`.

    Users are matched by address, by name, or by the local part of their address; webhooks, destinations and
    teams by their handle, in ``places`` in lower case.
    """
    known = list(people)
    found: list[Recipient] = []
    given = list(names)
    unknown = given[MAX_HANDLES:]
    for name in given[:MAX_HANDLES]:
        here = _recipients(name, known, places or {})
        found += here
        if not here:
            unknown.append(name)
    return list(dict.fromkeys(found)), unknown


def _recipients(
    name: str, people: list[Person], places: Mapping[str, tuple[Recipient, ...]]
) -> list[Recipient]:
    if name == "all":
        return [Recipient("email", person.email) for person in people]
    if (place := places.get(name.lower())) is not None:
        return list(place)
    if name.startswith("webhook-"):
        # It may be created while the message waits; until then each attempt reports that there is none.
        return [Recipient("webhook", name.removeprefix("webhook-"))]
    if _ADDRESS.fullmatch(name):
        return [Recipient("email", name)]
    wanted = _folded(name)
    return [
        Recipient("email", person.email)
        for person in people
        if wanted in (_folded(person.name), _folded(person.email.partition("@")[0]))
    ]


def handle_part(name: str) -> str:
    """A destination's name in a handle: characters that are not allowed become ``-``."""
    return re.sub(r"[^\w.+\-]+", "-", name).strip("-.")


def _folded(name: str) -> str:
    return re.sub(r"[\s._\-]+", "", name).lower()

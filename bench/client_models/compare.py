"""What of a document came back otherwise than it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dateutil.parser import isoparse


@dataclass(frozen=True)
class Difference:
    """A field that was sent as ``sent`` and read as ``read`` (``MISSING``: it was not there)."""

    path: str
    sent: Any
    read: Any

    def __str__(self) -> str:
        return f"{self.path}: sent {str(self.sent)[:120]!r}, read {str(self.read)[:120]!r}"


MISSING = "(missing)"


def differences(sent: Any, read: Any, path: str = "") -> Iterator[Difference]:
    """Each value of ``sent`` that ``read`` does not have at the same place.

    What ``read`` has beside is the server's own. A field sent as null may be absent or empty.
    """
    if isinstance(sent, dict):
        if not isinstance(read, dict):
            yield Difference(path, sent, read)
            return
        for name, value in sent.items():
            here = f"{path}.{name}" if path else name
            if name in read:
                yield from differences(value, read[name], here)
            elif value is not None:
                yield Difference(here, value, MISSING)
    elif isinstance(sent, list):
        if not isinstance(read, list) or len(read) != len(sent):
            yield Difference(path, sent, read)
            return
        for one, other in zip(sent, read, strict=True):
            yield from differences(one, other, path + "[]")
    elif not same(sent, read) and not (sent is None and read in ([], {}, "")):
        yield Difference(path, sent, read)


def same(sent: Any, read: Any) -> bool:
    """Whether two values are equal as JSON: numbers by value, times by instant."""
    if isinstance(sent, bool) or isinstance(read, bool):
        return sent is read
    if sent == read:
        return True
    if isinstance(sent, str) and isinstance(read, str) and re.match(r"\d{4}-\d\d-\d\dT", sent):
        try:
            return isoparse(sent) == isoparse(read)
        except (ValueError, TypeError):
            return False
    return False


def leaves(value: Any) -> int:
    """How many values a document has."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list):
        return sum(map(leaves, value))
    return 1


def without(document: Any, names: Sequence[str]) -> Any:
    """``document`` without the fields of these names, at any depth."""
    if isinstance(document, dict):
        return {name: without(value, names) for name, value in document.items() if name not in names}
    if isinstance(document, list):
        return [without(value, names) for value in document]
    return document

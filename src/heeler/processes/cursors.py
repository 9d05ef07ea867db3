"""Cursors of lists: where the next page begins, as a text that clients hand back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from heeler.api.errors import bad_request


def write_cursor(values: Sequence[Any]) -> str:
    """A cursor that holds ``values``, texts and whole numbers."""
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def read_cursor(text: str, kinds: tuple[type, ...]) -> list[Any]:
    """The values of a cursor, which are of ``kinds``. Raises 400 for anything else."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    fits = isinstance(found, list) and len(found) == len(kinds)
    if not fits or not all(type(one) is kind for one, kind in zip(found, kinds, strict=True)):
        raise bad_request("Invalid page[cursor]: expected the cursor of an answer.")
    if not all(_is_possible(one) for one in found):
        raise bad_request("Invalid page[cursor]: expected the cursor of an answer.")
    return list(found)


def _is_possible(value: Any) -> bool:
    """Whether the store can compare with it: a number of 63 bits, or text without half surrogate pairs."""
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    return not isinstance(value, int) or 0 <= value < 2**63

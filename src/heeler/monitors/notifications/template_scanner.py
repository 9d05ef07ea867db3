"""Tokenizer of message templates: text and template tags, in time linear in the length. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """``kind``: ``text`` (as written), ``tag`` (content of ``{{...}}``), ``comment``, or ``raw``: a block in
    four braces whose ``body`` is output as written, if the condition ``text`` is true (``raw`` always is).
    """

    kind: str
    text: str
    body: str = ""


class _Finder:
    """``str.find`` for increasing positions that scans each character once for each needle."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next: dict[str, int] = {}

    def find(self, needle: str, position: int) -> int:
        """First index of ``needle`` at or after ``position``; the length of the text if there is none."""
        known = self._next.get(needle, -1)
        if known < position:
            found = self._text.find(needle, position)
            known = self._next[needle] = len(self._text) if found < 0 else found
        return known


def pieces(template: str) -> Iterator[Piece]:
    """Pieces of the template in order. Braces that open no tag are text."""
    finder, position, end = _Finder(template), 0, len(template)
    while position < end:
        opened = finder.find("{{", position)
        if opened > position:
            yield Piece("text", template[position:opened])
        if opened == end:
            return
        piece, position = _piece(template, finder, opened)
        yield piece


def _piece(template: str, finder: _Finder, opened: int) -> tuple[Piece, int]:
    """The piece that starts at ``opened``, and its end."""
    if template.startswith("{{{{", opened):
        found = _raw(template, finder, opened)
        if found is not None:
            return found
    if template.startswith("{{!", opened):
        return _comment(template, finder, opened)
    start = opened + (3 if template.startswith("{{{", opened) else 2)
    closed = finder.find("}}", start)
    inside = template[start:closed]
    if closed == len(template) or finder.find("{", start) < closed or finder.find("}", start) < closed:
        return Piece("text", template[opened:start]), start
    after = closed + 2
    if start - opened == 3 and template.startswith("}", after):
        after += 1
    return Piece("tag", inside.strip()), after


def _raw(template: str, finder: _Finder, opened: int) -> tuple[Piece, int] | None:
    """``{{{{raw}}}}...{{{{/raw}}}}``; None if it is not closed."""
    end = len(template)
    named = finder.find("}}}}", opened + 4)
    if named == end:
        return None
    closing = finder.find("{{{{/", named + 4)
    closed = finder.find("}}}}", closing) if closing < end else end
    if closed == end:
        return None
    return Piece("raw", template[opened + 4 : named].strip(), template[named + 4 : closing]), closed + 4


def _comment(template: str, finder: _Finder, opened: int) -> tuple[Piece, int]:
    """``{{! note }}``, or ``{{!-- note --}}``, which may contain tags and may be closed by ``}}``."""
    end, closed = len(template), finder.find("}}", opened + 3)
    if template.startswith("{{!--", opened):
        dashes = finder.find("--}}", opened + 5)
        if dashes < end and dashes < finder.find("{{!--", opened + 5):
            return Piece("comment", template[opened + 5 : dashes]), dashes + 4
    if closed == end:
        return Piece("text", template[opened : opened + 3]), opened + 3
    return Piece("comment", template[opened + 3 : closed]), closed + 2

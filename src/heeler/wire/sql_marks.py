"""Closing marks in SQL texts, found in linear time however many are not closed."""

from __future__ import annotations

import re

_DOLLAR_TAG = re.compile(r"(?=(\$(?:[^\W\d]\w*)?\$))")


class ClosingMarks:
    """Looks up the closing marks of one text.

    A regular expression scans to the end of the text for each opening mark that is not closed; this class
    scans once for each kind of mark.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._absent: set[str] = set()
        self._last_tags: dict[str, int] | None = None

    def after(self, mark: str, start: int) -> int:
        """Position after the first ``mark`` at or after ``start``; -1 if there is none.

        ``start`` may not decrease between calls for one mark.
        """
        if mark in self._absent:
            return -1
        found = self._text.find(mark, start)
        if found < 0:
            self._absent.add(mark)
            return -1
        return found + len(mark)

    def after_tag(self, tag: str, start: int) -> int:
        """The same for the tag of a dollar-quoted string, such as ``$$`` or ``$body$``."""
        if self._last_tags is None:
            self._last_tags = {one[1]: one.start() for one in _DOLLAR_TAG.finditer(self._text)}
        if self._last_tags.get(tag, -1) < start:
            return -1
        return self._text.find(tag, start) + len(tag)

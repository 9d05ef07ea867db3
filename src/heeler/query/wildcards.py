"""Regular expressions of texts with ``*``, which match in time proportional to the text, whatever it is.

``a.*b.*c`` tries every place of every part: with five stars and a tag of two hundred characters it takes
minutes, in which the interpreter does nothing else. Here each part is taken where it occurs first, without
going back, which finds a match if there is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def expression(segments: Sequence[str]) -> str:
    """Expression of a whole text that consists of ``segments`` with anything between them.

    A segment is an expression of a text of fixed length. To be used with ``fullmatch`` and ``re.DOTALL``.
    """
    first, *others = segments
    if not others:
        return first
    *middle, last = others
    return "".join((first, *(f"(?>.*?{one})" for one in middle if one), ".*", last))


def matcher(pattern: str) -> re.Pattern[str]:
    """Pattern, for ``fullmatch``, of texts like ``pattern``, in which ``*`` stands for anything."""
    return re.compile(expression([re.escape(part) for part in pattern.split("*")]), re.DOTALL)

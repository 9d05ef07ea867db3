"""Replacement texts as Go's ``regexp.Expand`` reads them: ``$1``, ``${name}``, ``$$``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\w+)|(\$))", re.ASCII)


def expander(template: str) -> Callable[[Any], str]:
    """Return a function from a match (of ``re`` or ``re2``) to its replacement.

    Names are matched greedily (``$1x`` is the group ``1x``); an unknown group, or one that did not
    participate, is empty.
    """

    def expand(match: Any) -> str:
        def group(reference: re.Match[str]) -> str:
            if reference[3]:
                return "$"
            name = reference[1] or reference[2]
            try:
                return match.group(int(name) if name.isdigit() else name) or ""
            except (IndexError, KeyError):
                return ""

        return _REFERENCE.sub(group, template)

    return expand

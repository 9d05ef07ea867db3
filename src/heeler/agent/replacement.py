"""Replacement texts as Go's ``regexp.Expand`` reads them: ``$1``, ``${name}``, ``$$``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\w+)|(\$))", re.ASCII)


def expander(template: str) -> Callable[[Any], str]:
    """A function of a match, of ``re`` or ``re2``, to what replaces it.

    A name is as long as it can be (``$1x`` is the group ``1x``); a group that the pattern has not, or that
    took no part, is empty.
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

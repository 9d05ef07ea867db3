"""Patterns with wildcards as regular expressions that match in linear time.

A pattern such as ``a*a*a*b`` as ``a.*a.*a.*b`` takes time exponential in its stars on a text that does not
match. Both patterns and texts come from others, so no such expression may be used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import re2


def expression(parts: Sequence[str]) -> str:
    """Regular expression, for ``fullmatch`` with ``re.DOTALL``, of ``parts`` with any text between them.

    ``parts`` are expressions of a fixed width. Each matches at its first occurrence only (an atomic group);
    since the width is fixed, no match is missed. Steps: at most the length of the text times that of the
    pattern.
    """
    first, *middle = parts
    if not middle:
        return first
    last = middle.pop()
    return first + "".join(f"(?>.*?{part})" for part in middle if part) + f".*{last}"


@lru_cache(maxsize=512)
def wildcard(text: str) -> re.Pattern[str]:
    """Compiled pattern of ``text``, whose ``*`` is any text. Use ``fullmatch``."""
    return re.compile(expression([re.escape(part) for part in text.split("*")]), re.DOTALL)


def linear_options(max_memory: int = 32 << 20) -> Any:
    """Options of RE2, whose matching is linear: quiet, with at most ``max_memory`` bytes an expression."""
    options = re2.Options()
    options.max_mem = max_memory
    options.log_errors = False
    return options

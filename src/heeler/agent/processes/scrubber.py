"""Removes secrets from command lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

HIDDEN = "********"
#: Names of arguments whose value is hidden, ``*`` for anything: those of the public documentation.
SENSITIVE = (
    "*password*", "*passwd*", "*mysql_pwd*", "*access_token*", "*auth_token*", "*api_key*", "*apikey*",
    "*secret*", "*credentials*", "stripetoken",
)  # fmt: skip
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"']+)"""
#: The password of an address: ``postgres://user:password@host``.
_ADDRESS = re.compile(r"(?P<before>[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/:@]{0,200}:)(?P<value>[^\s/@]+)(?=@)")


class Scrubber:
    """``words`` are further names of arguments. With ``strip``, only the program's name is left.

    Raises ``ValueError`` for a word that has other characters than letters, digits, ``_``, ``-`` and ``*``.
    """

    def __init__(self, words: Sequence[str] = (), *, enabled: bool = True, strip: bool = False) -> None:
        self._enabled = enabled
        self._strip = strip
        patterns = []
        for word in (*SENSITIVE, *words):
            if not re.fullmatch(r"[\w*-]+", word) or set(word) == {"*"}:
                raise ValueError(
                    f"process_config.custom_sensitive_words has {word[:80]!r}: "
                    "use letters, digits, _, - and *"
                )
            patterns.append(re.escape(word).replace(r"\*", r"[\w.-]*"))
        names = "|".join(patterns)
        self._pattern = re.compile(
            rf"(?P<before>(?:^|(?<=[\s\"'`&?;,(-]))(?:{names})(?:\s*[=:]\s*|\s+))(?P<value>{_VALUE})",
            re.IGNORECASE,
        )

    def scrub(self, arguments: Sequence[str]) -> str:
        """The command line, without the values of sensitive arguments."""
        if not arguments:
            return ""
        if self._strip:
            return arguments[0].split(" -", 1)[0]  # titles of programs are one argument
        line = " ".join(arguments)
        if not self._enabled:
            return line
        return _ADDRESS.sub(_hidden, self._pattern.sub(_hidden, line))


def _hidden(match: re.Match[str]) -> str:
    return match["before"] + HIDDEN

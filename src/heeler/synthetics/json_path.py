"""JSONPath (RFC 9535) over a JSON text. Pure."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import Any

import orjson
from jsonpath import JSONPathEnvironment, JSONPathError

MAX_PATH = 500
MAX_MATCHES = 1000
MAX_DESCENDANTS = 1
"""Each descendant segment visits all that is below each match of the one before."""


class _Environment(JSONPathEnvironment):
    """JSONPath without regular expression functions, which backtrack."""

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        for name in ("match", "search"):
            self.function_extensions.pop(name, None)


class InvalidPath(ValueError):
    """The path or the text is invalid; the message tells which."""


@lru_cache(maxsize=1)
def _environment() -> JSONPathEnvironment:
    return _Environment()


def check_path(path: str) -> None:
    """Validate a path. Raises :class:`InvalidPath`."""
    if len(path) > MAX_PATH:
        raise InvalidPath(f"the JSONPath is longer than {MAX_PATH} characters")
    if path.count("..") > MAX_DESCENDANTS:
        raise InvalidPath("the JSONPath has more than one descendant segment (..)")
    try:
        _environment().compile(path)
    except JSONPathError as error:
        raise InvalidPath(f"invalid JSONPath {path!r}: {error}") from None


def find(path: str, text: str) -> list[Any]:
    """The first :data:`MAX_MATCHES` values at ``path``. Raises :class:`InvalidPath`."""
    check_path(path)
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidPath(f"the response is not JSON: {error}") from None
    try:
        matches: Any = _environment().finditer(path, document)
        found = [match.obj for match in islice(matches, MAX_MATCHES)]
    except (JSONPathError, RecursionError) as error:
        raise InvalidPath(f"JSONPath {path!r}: {error}") from None
    return found

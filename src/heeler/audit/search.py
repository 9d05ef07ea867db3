"""Search of the audit trail: words and ``@attribute:value`` terms, combined by AND."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from typing import Any

from heeler.api.errors import bad_request

MAX_QUERY = 1000
_MAX_TERMS = 20
_TERM = re.compile(r'(-?)(?:(@?[A-Za-z_][\w.]*):)?("[^"]*"|[^\s"]+)')

Attributes = Mapping[str, Any]


def matcher(query: str) -> Callable[[Attributes], bool]:
    """Compile ``query`` to a predicate on event attributes. Raises a 400.

    Terms are separated by spaces: a word matched anywhere, ``@usr.email:ann*``, ``action:deleted``; ``-``
    before a term excludes, ``*`` matches any text.
    """
    if len(query) > MAX_QUERY:
        raise bad_request(f"Invalid query: longer than {MAX_QUERY} characters.")
    terms, end = [], 0
    for match in _TERM.finditer(query):
        if query[end : match.start()].strip():
            raise bad_request(f"Invalid query at {query[end : match.start()].strip()[:50]!r}.")
        end = match.end()
        negated, field, value = match.groups()
        if field is None and value in ("AND", "*"):
            continue
        if field is None and (value in ("OR", "NOT") or value[0] in "()"):
            raise bad_request(
                f"Invalid query: {value} is not supported here. Terms have to match all together."
            )
        terms.append((bool(negated), (field or "").lstrip("@"), _pattern(value.strip('"'))))
    if query[end:].strip() or len(terms) > _MAX_TERMS:
        raise bad_request(f"Invalid query. Expected at most {_MAX_TERMS} terms such as @usr.email:ann*")
    return lambda attributes: all(
        _matches(attributes, field, pattern) != negated for negated, field, pattern in terms
    )


def _pattern(text: str) -> re.Pattern[str]:
    collapsed = re.sub(r"\*+", "*", text).replace("[", "[[]").replace("?", "[?]")
    if collapsed.count("*") > 3:
        raise bad_request("Invalid query: at most three * in a term.")
    return re.compile(translate(collapsed), re.IGNORECASE)


def _matches(attributes: Attributes, field: str, pattern: re.Pattern[str]) -> bool:
    if not field:
        return any(_contains(value, pattern) for value in _leaves(attributes))
    value: Any = attributes
    for part in field.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return any(pattern.fullmatch(leaf) for leaf in _leaves(value))


def _contains(text: str, pattern: re.Pattern[str]) -> bool:
    return any(pattern.fullmatch(word) for word in (text, *re.split(r"[\s/]+", text)))


def _leaves(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [] if value is None else [str(value)[:2000]]

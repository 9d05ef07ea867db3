"""JSON decoding: strict first, then lenient for known deviations of real clients."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from heeler.wire import body_limits
from heeler.wire.metrics.series import PayloadError

#: Tokens that only the lenient decoder accepts.
_LENIENT = (b"NaN", b"Infinity", b"\\ud", b"\\uD")
#: An escape: a surrogate pair, an unpaired surrogate (the group), or any other.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


#: Prefixes of JSON values other than strings.
AMBIGUOUS = frozenset('"[{-0123456789')
WORDS = frozenset({"true", "false", "null"})


def looks_like_json(text: str) -> bool:
    """Whether a string could be mistaken for the JSON of another value."""
    return (text[:1] in AMBIGUOUS and text != "") or text in WORDS


def load(body: bytes, most: int = body_limits.MAX_CONTAINERS) -> Any:
    """The document in ``body``, with what real clients send besides JSON: ``NaN``, ``Infinity``, numbers
    too large, halves of surrogate pairs and bytes that are not UTF-8 (both become U+FFFD).

    Raises :class:`PayloadError` that says where reading stopped, or ``LimitExceeded`` where there may be
    more than ``most`` objects and lists.
    """
    if not body.strip():
        raise PayloadError("The body is empty. Expected a JSON document")
    body_limits.check_json(body, most)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as strict:
        if not any(word in body for word in _LENIENT) and not _has_long_number(strict) and _is_utf8(body):
            raise PayloadError(f"The body is not JSON: {strict}") from None
    try:
        return json.loads(_ESCAPE.sub(_whole_pairs, body.decode("utf-8", "replace")))
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"The body is not JSON: {error}") from None


def _has_long_number(error: orjson.JSONDecodeError) -> bool:
    return "infinity" in str(error)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _whole_pairs(found: re.Match[str]) -> str:
    return "\\ufffd" if found[1] else found[0]


def dump(value: Any) -> str:
    """Encode ``value``, decoded from a body, as JSON. Integers beyond 64 bits become text, and so does what
    is nested deeper than ``limits.MAX_DEPTH``; NaN and infinity become null.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        return orjson.dumps(_plain(value, 0)).decode()


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, dict | list) and depth >= body_limits.MAX_DEPTH:
        return f"nested more than {body_limits.MAX_DEPTH} levels deep"
    if isinstance(value, dict):
        return {_plain_text(str(key)): _plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return f"{value:e}" if abs(value) < 10**300 else "a whole number of more than 300 digits"
    return _plain_text(value) if isinstance(value, str) else value


def _plain_text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def load_object(body: bytes, most: int = body_limits.MAX_CONTAINERS) -> dict[str, Any]:
    document = load(body, most)
    if not isinstance(document, dict):
        raise PayloadError(f"Expected a JSON object, got {type(document).__name__}")
    return document


def load_items(body: bytes, key: str) -> list[Any]:
    """List below ``key`` of the object in ``body``."""
    document = load_object(body)
    items = document.get(key)
    if not isinstance(items, list):
        raise PayloadError(
            f'The body needs a list "{key}"; it has {", ".join(sorted(document)[:10]) or "nothing"}'
        )
    return items

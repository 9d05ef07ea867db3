"""Column encoding of log attributes: objects flattened to dotted paths, each value as text that preserves its
type.

A value's text is its JSON, except for strings that cannot be mistaken for a JSON value: they are written
without quotation marks, which is most of them (``GET``, but ``"200"``, ``"true"``, ``"[x"``). Equality on any
key uses a Bloom filter index over hashes of keys and values (:data:`PAIRS`); frequent keys have dedicated
columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from heeler.wire.json_codec import AMBIGUOUS, WORDS, dump, looks_like_json
from heeler.wire.logs.id_forms import ID_PATHS, NO_FORM, form_of, ids_of, value_of

#: Dedicated columns by attribute path; a column is empty if a log lacks the attribute.
PROMOTED: Mapping[str, str] = {
    "http.status_code": "http_status",
    "http.method": "http_method",
    "http.url": "http_url",
    "usr.id": "usr_id",
    "network.client.ip": "client_ip",
    "error.kind": "error_kind",
    "logger.name": "logger_name",
    "duration": "duration",
}
#: Columns of :data:`PROMOTED` with their own Bloom filter index (see :func:`column_tokens`).
INDEXED = frozenset({"usr_id", "client_ip"})
#: Maximum nesting: deeper objects are one value, their JSON.
MAX_DEPTH = 10


def encode(value: Any) -> str:
    """Encode a value other than an object as text."""
    if isinstance(value, str):
        return dump(value) if looks_like_json(value) else value
    return dump(value)


def decode(text: str) -> Any:
    """Inverse of :func:`encode`."""
    if looks_like_json(text):
        return orjson.loads(text)
    return text


def flatten(attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Dotted path and text of each value, in order; a path may occur twice."""
    found: list[tuple[str, str]] = []
    _flatten("", attributes, 0, found)
    return found


def _flatten(prefix: str, attributes: Mapping[str, Any], depth: int, found: list[tuple[str, str]]) -> None:
    for key, value in attributes.items():
        kind = type(value)
        if kind is str:
            plain = value[:1] not in AMBIGUOUS and value not in WORDS
            found.append((prefix + key, value if plain or not value else encode(value)))
        elif kind is dict and value and depth < MAX_DEPTH:
            _flatten(f"{prefix}{key}.", value, depth + 1, found)
        elif kind is int:
            found.append((prefix + key, str(value)))
        else:
            found.append((prefix + key, encode(value)))


def columns_of(attributes: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Map of a log's attributes, and those of :data:`PROMOTED` by column.

    If an array of objects contains a promoted path, the column has the values found in it, as an array, and
    the map has the whole array.
    """
    rest: dict[str, str] = {}
    promoted: dict[str, str] = {}
    _put("", attributes, 0, rest, promoted)
    return rest, promoted


def _put(
    prefix: str,
    attributes: Mapping[str, Any],
    depth: int,
    rest: dict[str, str],
    promoted: dict[str, str],
) -> None:
    """:func:`flatten`, each value where it belongs at once."""
    column_of = PROMOTED.get
    for key, value in attributes.items():
        kind, path = type(value), prefix + key
        if kind is str:
            text = value if not value or (value[0] not in AMBIGUOUS and value not in WORDS) else dump(value)
        elif kind is dict and value and depth < MAX_DEPTH:
            _put(f"{path}.", value, depth + 1, rest, promoted)
            continue
        else:
            text = str(value) if kind is int else encode(value)
        column = column_of(path)
        if column is not None and text:
            promoted[column] = text
            continue
        rest[path] = text
        if text and text[0] == "[":
            promoted.update(_within_array(path, text))


def _within_array(path: str, text: str) -> Iterator[tuple[str, str]]:
    for inner, column in PROMOTED.items():
        if inner.startswith(f"{path}."):
            values = list(_through(orjson.loads(text), inner[len(path) + 1 :].split(".")))
            if values:
                yield column, dump(values)


def _through(value: Any, steps: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _through(one, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _through(value[steps[0]], steps[1:])


def take_ids(rest: dict[str, str], trace: tuple[int, int], span: int) -> str:
    """Take the ids that columns have out of ``rest``; returns ``ids`` (:mod:`heeler.wire.logs.id_forms`).

    ``trace`` are the upper and the lower half of the log's trace id.
    """
    if ID_PATHS[0] not in rest and ID_PATHS[1] not in rest:
        return ""
    of_trace, of_span = (rest.get(path) for path in ID_PATHS)
    forms = form_of(of_trace, trace[1], trace[0]) + form_of(of_span, span)
    for path, form in zip(ID_PATHS, forms, strict=True):
        if form != NO_FORM:
            del rest[path]
    return ids_of(forms)


def attributes_of(
    rest: Mapping[str, str],
    promoted: Mapping[str, str],
    ids: str = "",
    trace: tuple[int, int] = (0, 0),
    span: int = 0,
) -> dict[str, Any]:
    """Inverse of :func:`columns_of` and :func:`take_ids`: the nested attributes; ``promoted`` is by column,
    empty for none.
    """
    values = {path: decode(text) for path, text in rest.items()}
    for path, form, (high, low) in zip(ID_PATHS, ids, (trace, (0, span)), strict=False):
        if form != NO_FORM:
            values[path] = value_of(form, low, high)
    for path, column in PROMOTED.items():
        text = promoted.get(column, "")
        if text and not (text.startswith("[") and _has_array_above(path, rest)):
            values[path] = decode(text)
    return nested(values.items())


def _has_array_above(path: str, rest: Mapping[str, str]) -> bool:
    steps = path.split(".")
    return any(rest.get(".".join(steps[:size]), "").startswith("[") for size in range(1, len(steps)))


def nested(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Convert dotted paths to nested objects; a path through a plain value stays dotted."""
    tree: dict[str, Any] = {}
    for path, value in sorted(values, key=lambda one: one[0].count(".")):
        place = tree
        *groups, last = path.split(".")
        for group in groups:
            inner = place.setdefault(group, {}) if group in place or all((*groups, last)) else None
            if not isinstance(inner, dict):
                place, last = tree, path
                break
            place = inner
        if isinstance(place.get(last), dict) and not isinstance(value, dict):
            place, last = tree, path
        place[last] = value
    return tree


def pairs(column: str) -> str:
    """SQL of the Bloom filter index of a ``Map`` column: a hash of each key with its value, and one of each
    key. All arrays under a key are one value: their elements are not indexed.

    A condition uses the index only if it contains exactly this expression.
    """
    return (
        f"arrayConcat(arrayMap((k, v) -> cityHash64(k, if(startsWith(v, '['), '[', v)), mapKeys({column}), "
        f"mapValues({column})), arrayMap(k -> cityHash64(k), mapKeys({column})))"
    )


def column_tokens(column: str) -> str:
    """SQL of the Bloom filter index of a promoted column; arrays are one value as in :func:`pairs`."""
    return f"arrayMap(v -> if(startsWith(v, '['), '[', v), [{column}])"

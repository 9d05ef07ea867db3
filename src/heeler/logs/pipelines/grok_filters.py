"""Filters of grok rules: convert the text found by a matcher.

A filter is a function from value to value; it returns :data:`NOTHING` where it fails, and the attribute is
omitted.
"""

from __future__ import annotations

import math
import re
import xml.parsers.expat
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from heeler.logs.pipelines.parsers import parse_url, parse_user_agent

Filter = Callable[[Any], Any]
NOTHING: Any = object()
"""Result of a filter that failed."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SIGNED = re.compile(r"[+-]?[0-9]+", re.ASCII)
_OCTAL = re.compile(r"[+-]?0\d*[89]\d*", re.ASCII)
MAX_PAIRS, MAX_DEPTH = 1000, 20
_MOST_DIGITS = 40


class FilterError(ValueError):
    """Invalid arguments of a filter."""


def number(value: Any) -> Any:
    """Parse a number, as an integer if it has no fraction; :data:`NOTHING` if it exceeds a double."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return NOTHING
    exact = whole_number(value)
    return finite(float(value)) if exact is None else exact


def whole_number(text: str) -> int | None:
    """Parse an integer of at most 64 bits; None for anything else."""
    if len(text) < 19 and text.isascii() and text.isdigit():
        return int(text)
    if len(text) > _MOST_DIGITS or not _SIGNED.fullmatch(text):
        return None
    found = int(text)
    return found if -(2**63) <= found < 2**64 else None


def finite(value: float) -> Any:
    """Convert to an integer if whole and within 64 bits; :data:`NOTHING` for infinity."""
    if not math.isfinite(value):
        return NOTHING
    return int(value) if value.is_integer() and abs(value) < 2**63 else value


def integer(value: Any) -> Any:
    found = number(value)
    if isinstance(found, float):
        found = finite(found)
    return found if isinstance(found, int) else NOTHING


def _boolean(value: Any) -> Any:
    return str(value).lower() == "true" if isinstance(value, str | bool) else NOTHING


def cast(text: str) -> Any:
    """Convert a text by its form: true, false, number; else the text."""
    if text in ("true", "false"):
        return text == "true"
    if _OCTAL.fullmatch(text) or (_SIGNED.fullmatch(text) and whole_number(text) is None):
        return text
    found = number(text)
    return text if found is NOTHING else found


def _json(value: Any) -> Any:
    try:
        return orjson.loads(value)
    except (orjson.JSONDecodeError, TypeError):
        return NOTHING


def _text(apply: Callable[[str], Any]) -> Filter:
    return lambda value: apply(value) if isinstance(value, str) else NOTHING


def put(tree: dict[str, Any], path: str, value: Any, *, merge: bool = True) -> None:
    """Set a dotted path; an existing value becomes an array of both."""
    put_steps(tree, path, path.split("."), value, merge=merge)


def put_steps(
    tree: dict[str, Any], path: str, steps: Sequence[str], value: Any, *, merge: bool = True
) -> None:
    """:func:`put` for a path that is split already."""
    place = tree
    *groups, last = steps
    for group in groups:
        inner = place.setdefault(group, {})
        if not isinstance(inner, dict):
            place, last = tree, path
            break
        place = inner
    known = place.get(last)
    if isinstance(known, dict) and isinstance(value, dict):
        for key, one in value.items():
            put(known, key, one)
    elif last in place and merge:
        place[last] = [*known, value] if isinstance(known, list) else [known, value]
    else:
        place[last] = value


def keyvalue(separator: str = "=", allow: str = "", quotes: str = "", delimiters: str = "") -> Filter:
    """Parse ``a=1 b="x y"`` to an object."""
    pairs = [quotes] if quotes else ['""', "''", "<>"]
    if any(len(pair) != 2 for pair in pairs) or len(delimiters) > 2:
        raise FilterError("keyvalue: quotes are two characters, delimiters one or two.")
    if delimiters:
        before, after = re.escape(delimiters[0]), re.escape(delimiters[-1])
        begin, end = rf"(?:^|[{before}])", rf"(?=$|[{after}])"
    else:
        begin, end = r"(?:^|[\s,;(\[{])", r"(?=$|[\s,;)\]}])"
    plain = rf"[\w.\-@{re.escape(allow)}]+"
    quoted = "|".join(rf"{re.escape(pair[0])}[^{re.escape(pair[1])}]*{re.escape(pair[1])}" for pair in pairs)
    try:
        pattern = re.compile(
            rf"{begin}\s*(?P<key>{plain_key(quoted)})(?:{separator})(?P<value>{quoted}|{plain})?{end}"
        )
    except re.error as error:
        raise FilterError(f"keyvalue: {error}.") from error
    ends = {pair[0]: pair[1] for pair in pairs}

    def read(value: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for count, match in enumerate(pattern.finditer(value)):
            if count >= MAX_PAIRS:
                break
            key, text = match.group("key"), match.group("value") or ""
            if key[:1] in ends and len(key) > 1 and key.endswith(ends[key[0]]):
                key = key[1:-1]
            was_quoted = text[:1] in ends and len(text) > 1 and text.endswith(ends[text[0]])
            one: Any = text[1:-1] if was_quoted else text
            if one in ("", "null") or not key:
                continue
            put(found, key, one if was_quoted else cast(one))
        return found

    return _text(read)


def plain_key(quoted: str) -> str:
    return rf"{quoted}|[\w.\-@/]+?"


def csv(headers: str, separator: str = ",", quote: str = '"') -> Filter:
    separator = "\t" if separator == "tab" else separator
    if len(separator) != 1 or len(quote) != 1:
        raise FilterError("csv: separator and quote are one character.")
    names = [name.strip() for name in headers.split(",")]

    def read(text: str) -> dict[str, Any]:
        cells = _cells(text, separator, quote)
        pairs = zip(names, cells, strict=False)
        return {name: cast(cell) for name, cell in pairs if name and cell != ""}

    return _text(read)


def _cells(text: str, separator: str, quote: str) -> list[str]:
    cells, cell, at, quoted = [], "", 0, False
    while at < len(text):
        char = text[at]
        if char == quote and quoted and text[at + 1 : at + 2] == quote:
            cell += quote
            at += 1
        elif char == quote and (quoted or not cell.strip()):
            quoted = not quoted
        elif char == separator and not quoted:
            cells.append(cell.strip())
            cell = ""
        else:
            cell += char
        at += 1
    return [*cells, cell.strip()]


def array(*arguments: str | Filter) -> Filter:
    texts = [one for one in arguments if isinstance(one, str)]
    apply = next((one for one in arguments if not isinstance(one, str)), None)
    brackets, separator = (texts[0], texts[1]) if len(texts) > 1 else ("[]", texts[0] if texts else ",")
    opening, closing = (brackets[0], brackets[-1]) if brackets else ("", "")

    def read(text: str) -> Any:
        if not (text.startswith(opening) and text.endswith(closing) and len(text) >= len(opening + closing)):
            return NOTHING
        inner = text[len(opening) : len(text) - len(closing)]
        items: list[Any] = inner.split(separator) if inner else []
        if apply is not None:
            items = [apply(one) for one in items]
        return NOTHING if any(one is NOTHING for one in items) else items

    return _text(read)


def _xml(text: str) -> Any:
    """Parse elements to objects; entities and document types are disabled (entity expansion attacks)."""
    stack: list[tuple[str, dict[str, Any], list[str]]] = [("", {}, [])]
    parser = xml.parsers.expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise ValueError("too deep")
        stack.append((name, dict(attributes), []))

    def end(_: str) -> None:
        name, fields, texts = stack.pop()
        content = "".join(texts).strip()
        if content and fields:
            fields["value"] = content
        value: Any = fields if fields else content
        put(stack[-1][1], name.replace(".", "_"), value)

    def refuse(*_: Any) -> None:
        raise ValueError("document types are not read")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda data: stack[-1][2].append(data)
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except (xml.parsers.expat.ExpatError, ValueError):
        return NOTHING
    return stack[0][1]


def _rubyhash(text: str) -> Any:
    """Parse ``{:a => 1, "b" => "x"}`` by conversion to JSON."""
    pieces = re.split(r'("(?:[^"\\]|\\.)*")', text)
    written = [
        piece
        if place % 2
        else re.sub(r":(\w+)\s*=>", r'"\1":', piece).replace("=>", ":").replace("nil", "null")
        for place, piece in enumerate(pieces)
    ]
    return _json("".join(written))


def _scale(factor: str) -> Filter:
    multiplier = number(factor)
    if multiplier is NOTHING:
        raise FilterError(f"scale: {factor} is not a number.")
    by = Decimal(str(multiplier))

    def scale(value: Any) -> Any:
        found = number(value)
        if found is NOTHING:
            return NOTHING
        product = Decimal(str(found)) * by  # as people compute: 0.1 * 3 is 0.3
        if abs(product) < 2**63 and product == product.to_integral_value():
            return int(product)
        return finite(float(product))

    return scale


def _null_if(text: str) -> Filter:
    return lambda value: NOTHING if value == text else value


_SIMPLE: dict[str, Filter] = {
    "number": number,
    "integer": integer,
    "boolean": _boolean,
    "json": _json,
    "rubyhash": _text(_rubyhash),
    "querystring": _text(
        lambda text: dict(parse_qsl(text.removeprefix("?"), keep_blank_values=True)[:MAX_PAIRS])
    ),
    "decodeuricomponent": _text(unquote),
    "lowercase": _text(str.lower),
    "uppercase": _text(str.upper),
    "xml": _text(_xml),
    "url": _text(lambda text: parse_url(text) or NOTHING),
}
_MADE: dict[str, tuple[Callable[..., Filter], int, int]] = {
    "nullIf": (_null_if, 1, 1),
    "keyvalue": (keyvalue, 0, 4),
    "csv": (csv, 1, 3),
    "scale": (_scale, 1, 1),
    "array": (array, 0, 3),
}


def make_filter(name: str, arguments: list[Any]) -> Filter:
    """Create a filter by name with its arguments: texts, or filters. Raises :class:`FilterError`."""
    if name == "useragent":
        decode = [str(one).lower() for one in arguments] == ["decodeuricomponent:true"]
        return _text(lambda text: parse_user_agent(unquote(text) if decode else text))
    if name in _SIMPLE and not arguments:
        return _SIMPLE[name]
    found = _MADE.get(name)
    if found is None:
        known = ", ".join(sorted([*_SIMPLE, *_MADE, "useragent"]))
        raise FilterError(f"Unknown filter {name} with {len(arguments)} arguments. Supported: {known}.")
    make, least, most = found
    if not least <= len(arguments) <= most:
        raise FilterError(f"The filter {name} takes {least} to {most} arguments, not {len(arguments)}.")
    if name != "array" and not all(isinstance(one, str) for one in arguments):
        raise FilterError(f"The arguments of the filter {name} must be texts.")
    return make(*arguments)

"""Message templates: conditionals, variables, ``eval``. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from heeler.monitors.notifications.eval_arithmetic import evaluate
from heeler.monitors.notifications.number_format import plain_number
from heeler.monitors.notifications.template_scanner import Piece, pieces

_MATCHERS = ("is_match", "is_exact_match", "is_priority")
_WORDS = re.compile(r"\"([^\"]*)\"?|'([^']*)'?|(\S+)")


@dataclass(frozen=True, slots=True)
class Context:
    """Template context. ``flags``: true conditionals (``is_alert``); ``values``: variables, with dotted
    names.
    """

    flags: frozenset[str]
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A variable as text, numbers without exponent; empty if unknown."""
        key = name.strip().replace("].", ".").replace(".[", ".").strip("[]")
        value = self.values.get(key, "")
        return plain_number(value) if isinstance(value, float) else str(value)


@dataclass(slots=True)
class _Block:
    shown: bool
    """Whether the current part is output, considering all enclosing blocks."""
    outer: bool
    holds: bool


def render(template: str, context: Context) -> str:
    """Render ``template`` in time linear in its length; unknown variables are empty, an unclosed block ends
    with the text. A line that contains only block tags leaves no blank line.
    """
    out: list[str] = []
    blocks: list[_Block] = []
    found = _without_block_lines(list(pieces(template)))
    for piece in found:
        shown = blocks[-1].shown if blocks else True
        if piece.kind == "text" and shown:
            out.append(piece.text)
        elif piece.kind == "raw" and shown:
            name = piece.text.split(" ", 1)[0]
            if name not in _MATCHERS or _holds(piece.text, context):
                out.append(piece.body)
        elif piece.kind == "tag":
            out.append(_tag(piece.text, blocks, context))
    return "".join(out)


def _tag(tag: str, blocks: list[_Block], context: Context) -> str:
    """Open or close a block, or return the output of the tag."""
    shown = blocks[-1].shown if blocks else True
    if tag.startswith(("#", "^")):
        holds = _holds(tag[1:].strip(), context) == (tag[0] == "#")
        blocks.append(_Block(shown and holds, shown, holds))
    elif tag.startswith("/"):
        if blocks:
            blocks.pop()
    elif tag == "else" and blocks:
        blocks[-1].shown = blocks[-1].outer and not blocks[-1].holds
    elif shown:
        return _value(tag, context)
    return ""


def _is_block(piece: Piece) -> bool:
    return piece.kind == "comment" or (
        piece.kind == "tag" and (piece.text[:1] in ("#", "^", "/") or piece.text == "else")
    )


def _block_runs(found: list[Piece]) -> Iterator[tuple[int, int]]:
    """First and last index of each run of block tags separated only by whitespace."""
    index = 0
    while index < len(found):
        first = last = index
        if _is_block(found[index]):
            while last + 1 < len(found) and (_is_block(found[last + 1]) or _is_blank(found[last + 1])):
                last += 1
            yield first, last
        index = last + 1


def _is_blank(piece: Piece) -> bool:
    return piece.kind == "text" and not piece.text.strip(" \t")


def _without_block_lines(found: list[Piece]) -> list[Piece]:
    """Remove lines that consist of block tags and whitespace only, with their line ends."""
    found = list(found)
    for first, last in _block_runs(found):
        before = found[first - 1] if first else Piece("text", "")
        after = found[last + 1] if last + 1 < len(found) else before
        line = before.text.rpartition("\n")[2]
        begins = before.kind == "text" and not line.strip(" \t") and (first < 2 or "\n" in before.text)
        rest = after.text.lstrip(" \t")
        if not begins or after is before or after.kind != "text" or not rest.startswith("\n"):
            continue
        found[last + 1] = Piece("text", rest[1:])
        if first:
            found[first - 1] = Piece("text", before.text[: len(before.text) - len(line)])
    return found


def _words(text: str) -> list[str]:
    return [first or second or third for first, second, third in _WORDS.findall(text)]


def _holds(condition: str, context: Context) -> bool:
    name, _, rest = condition.partition(" ")
    if name not in _MATCHERS:
        return name in context.flags
    words = _words(rest)
    if name == "is_priority":
        return bool(words) and context.text("priority") == words[0]
    if len(words) < 2:
        return False
    value = context.text(words[0])
    if name == "is_exact_match":
        return any(_same(value, word) for word in words[1:])
    return any(word in value if word else bool(value) for word in words[1:])


def _same(value: str, word: str) -> bool:
    try:
        return float(value) == float(word)
    except ValueError:
        return value == word


def _value(tag: str, context: Context) -> str:
    """Output of a tag; an unknown helper is output as written."""
    name, blank, rest = tag.partition(" ")
    helper = _HELPERS.get(name)
    if helper is not None:
        return helper(rest, context)
    unknown = blank and rest.lstrip()[:1] in ("'", '"')
    return f"{{{{{tag}}}}}" if unknown else context.text(tag)


def _eval(rest: str, context: Context) -> str:
    return evaluate(rest.strip().strip("\"'"), context.values)


def _local_time(rest: str, context: Context) -> str:
    words = _words(rest)
    moment = context.values.get(f"{words[0]}_epoch") if words else None
    try:
        zone = ZoneInfo(words[1] if len(words) > 1 else "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return f"(unknown time zone {words[1]})"
    if not isinstance(moment, int | float):
        return ""
    return datetime.fromtimestamp(moment / 1000, zone).isoformat(" ", "seconds")


def _urlencode(rest: str, context: Context) -> str:
    from urllib.parse import quote

    return quote(context.text(next(iter(_words(rest)), "")), safe="")


_HELPERS: Mapping[str, Callable[[str, Context], str]] = {
    "eval": _eval,
    "local_time": _local_time,
    "urlencode": _urlencode,
    "override_priority": lambda _, __: "",
}

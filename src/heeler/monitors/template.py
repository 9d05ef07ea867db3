"""Templates of notifications: conditionals, variables, ``eval``. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from heeler.monitors.arithmetic import evaluate

_TAG = re.compile(r"\{\{\{?\s*(!--.*?--|![^}]*|[^{}]*?)\s*\}?\}\}", re.S)
_RAW = re.compile(r"\{\{\{\{\s*raw\s*\}\}\}\}(.*?)\{\{\{\{\s*/raw\s*\}\}\}\}", re.S)
_WORDS = re.compile(r"\"([^\"]*)\"?|'([^']*)'?|(\S+)")


@dataclass(frozen=True, slots=True)
class Context:
    """``flags``: the conditionals that hold (``is_alert``); ``values``: variables, dots in their names."""

    flags: frozenset[str]
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        value = self.values.get(name.strip().strip("[]").replace("].", "."), "")
        return f"{value:g}" if isinstance(value, float) and abs(value) < 1e15 else str(value)


@dataclass(slots=True)
class _Block:
    name: str
    shown: bool
    """Whether the part that is being read is shown, all enclosing blocks considered."""
    outer: bool
    holds: bool


def render(template: str, context: Context) -> str:
    """``template`` filled in; unknown variables are empty, an unclosed block ends with the text."""
    raw: list[str] = []

    def keep(match: re.Match[str]) -> str:
        raw.append(match.group(1))
        return f"\0{len(raw) - 1}\0"

    text = _render(_RAW.sub(keep, template.replace("\0", "")), context)
    return re.sub("\0(\\d+)\0", lambda match: raw[int(match.group(1))], text)


def _render(template: str, context: Context) -> str:
    out: list[str] = []
    blocks: list[_Block] = []
    position = 0
    for match in _TAG.finditer(template):
        shown = blocks[-1].shown if blocks else True
        if shown:
            out.append(template[position : match.start()])
        position = match.end()
        tag = match.group(1)
        if tag.startswith(("#", "^")):
            holds = _holds(tag[1:].strip(), context) == (tag[0] == "#")
            blocks.append(
                _Block(tag[1:].split()[0] if tag[1:].split() else "", shown and holds, shown, holds)
            )
        elif tag.startswith("/"):
            if blocks:
                blocks.pop()
        elif tag == "else" and blocks:
            blocks[-1].shown = blocks[-1].outer and not blocks[-1].holds
        elif shown and not tag.startswith("!"):
            out.append(_value(tag, context))
    if not blocks or blocks[-1].shown:
        out.append(template[position:])
    return "".join(out)


def _words(text: str) -> list[str]:
    return [first or second or third for first, second, third in _WORDS.findall(text)]


def _holds(condition: str, context: Context) -> bool:
    name, _, rest = condition.partition(" ")
    if name not in ("is_match", "is_exact_match", "is_priority"):
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
    name, _, rest = tag.partition(" ")
    helper = _HELPERS.get(name)
    return helper(rest, context) if helper else context.text(tag)


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

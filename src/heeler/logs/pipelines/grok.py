"""Grok parser of Datadog's log pipelines: named rules, compiled once, tried from the top.

A pattern is a regular expression with ``%{MATCHER:path:filter}`` in it. Expressions run in RE2, whose time is
linear in the text whatever the pattern: lookaround and backreferences, which RE2 does not support, are
refused when a rule is saved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import re2

from heeler.logs.pipelines.grok_dates import FormatError, compile_date
from heeler.logs.pipelines.grok_filters import (
    NOTHING,
    Filter,
    FilterError,
    finite,
    make_filter,
    number,
    whole_number,
)
from heeler.logs.pipelines.grok_rules import Capture, Matcher, Rule
from heeler.query.wildcards import linear_options

#: Maximum length of parsed texts; rules of a parser; characters of a rule with its helpers expanded.
MAX_TEXT, MAX_RULES, MAX_PATTERN = 65_536, 100, 50_000
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.]*")
_NUMBER, _EXPONENT = r"[+-]?(?:\d+\.?\d*|\.\d+)", r"(?:[eE][+-]?\d+)?"
_IPV4 = r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV6 = r"(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|" + _IPV4 + r")?"
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOSTNAME = rf"{_LABEL}(?:\.{_LABEL})*\.?"


class GrokError(ValueError):
    """An invalid rule; the message names it."""


def _whole_number(text: str) -> Any:
    """What is longer than 64 bits stays text, of which no digit is lost."""
    found = whole_number(text)
    return text if found is None else found


def _double(text: str) -> Any:
    found = finite(float(text))
    return text if found is NOTHING else found


_QUOTED = (r'"[^"]*"', r"'[^']*'")
_MATCHERS: Mapping[str, Matcher] = {
    "word": Matcher(r"\b\w+\b"),
    "notSpace": Matcher(r"\S+"),
    "data": Matcher(r".*?"),
    "greedyData": Matcher(r".*"),
    "space": Matcher(r"\s+"),
    "number": Matcher(_NUMBER, _double),
    "numberStr": Matcher(_NUMBER),
    "numberExt": Matcher(_NUMBER + _EXPONENT, _double),
    "numberExtStr": Matcher(_NUMBER + _EXPONENT),
    "integer": Matcher(r"[+-]?\d+", _whole_number),
    "integerStr": Matcher(r"[+-]?\d+"),
    "integerExt": Matcher(r"[+-]?\d+" + _EXPONENT, _double),
    "integerExtStr": Matcher(r"[+-]?\d+" + _EXPONENT),
    "doubleQuotedString": Matcher(_QUOTED[0]),
    "singleQuotedString": Matcher(_QUOTED[1]),
    "quotedString": Matcher("|".join(_QUOTED)),
    "uuid": Matcher(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"),
    "mac": Matcher(
        r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"
    ),
    "ipv4": Matcher(_IPV4),
    "ipv6": Matcher(_IPV6),
    "ip": Matcher(f"{_IPV4}|{_IPV6}"),
    "hostname": Matcher(_HOSTNAME),
    "ipOrHost": Matcher(f"{_IPV4}|{_IPV6}|{_HOSTNAME}"),
    "port": Matcher(r"[1-9]\d{0,4}"),
}


@dataclass(slots=True)
class Grok:
    """Compiled rules of a grok parser."""

    rules: list[Rule]

    def parse(self, text: str, now: datetime | None = None) -> tuple[str, dict[str, Any]] | None:
        """Name of the first rule that matches the whole text, and the extracted attributes; None without a
        match.
        """
        if len(text) > MAX_TEXT:
            return None
        encoded = text.encode()
        for rule in self.rules:
            found = rule.match(text, encoded, now)
            if found is not None:
                return rule.name, found
        return None


def compile_grok(match_rules: str, support_rules: str = "") -> Grok:
    """Compile grok rules. Raises :class:`GrokError`."""
    helpers = _named(support_rules)
    for name, pattern in helpers.items():
        _Builder(name, helpers).expand(pattern, ())
    rules: dict[str, str] = {}
    compiled = []
    for name, pattern in _named(match_rules).items():
        compiled.append(_Builder(name, {**rules, **helpers}).rule(pattern))
        rules[name] = pattern
    if not compiled:
        raise GrokError("The parser has no rules: expected one a line, a name, a blank and a pattern.")
    return Grok(compiled)


def _named(text: str) -> dict[str, str]:
    rules: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, _, pattern = line.strip().partition(" ")
        if not _NAME.fullmatch(name) or not pattern.strip():
            raise GrokError(f"Invalid rule {line.strip()[:60]!r}: expected a name, a blank and a pattern.")
        if name in rules:
            raise GrokError(f"Duplicate rule name {name}.")
        rules[name] = pattern.strip()
    if len(rules) > MAX_RULES:
        raise GrokError(f"{len(rules)} rules: expected at most {MAX_RULES}.")
    return rules


@dataclass(slots=True)
class _Builder:
    """Builds the regular expression of one rule; ``known`` are the rules that it may refer to."""

    name: str
    known: Mapping[str, str]
    captures: list[Capture] = field(default_factory=list)
    groups: int = 0
    size: int = 0

    def rule(self, pattern: str) -> Rule:
        expression = self.expand(pattern, ())
        try:
            compiled = re2.compile(f"(?s){expression}", _OPTIONS)
        except re2.error as error:
            detail = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
            raise GrokError(f"Invalid rule {self.name}: {detail}.") from error
        return Rule(self.name, compiled, self.captures)

    def expand(self, pattern: str, within: tuple[str, ...]) -> str:
        """Regular expression of a pattern; ``within`` are the enclosing rules (recursion check)."""
        parts, at = [], 0
        while at < len(pattern):
            char = pattern[at]
            if char == "\\" and at + 1 < len(pattern):
                parts.append(pattern[at : at + 2])
                at += 2
            elif pattern.startswith("%{", at):
                end = _end_of(pattern, at, self.name)
                parts.append(self._reference(pattern[at + 2 : end], within))
                at = end + 1
            elif char == "[":
                end = _end_of_class(pattern, at)
                parts.append(pattern[at:end])
                at = end
            else:
                at = self._plain(pattern, at, parts)
        expression = "".join(parts)
        self.size += len(expression)
        if self.size > MAX_PATTERN:
            raise GrokError(f"The rule {self.name} is longer than {MAX_PATTERN} characters with its helpers.")
        return expression

    def _plain(self, pattern: str, at: int, parts: list[str]) -> int:
        """Handle plain regex text; named groups become attributes, others do not capture."""
        named = re.match(r"\(\?P?<([A-Za-z_]\w*)>", pattern[at:])
        if named:
            self.groups += 1
            self.captures.append(_capture(self.groups, named.group(1), Matcher(""), None))
            parts.append("(")
            return at + named.end()
        if pattern[at] == "(" and pattern[at + 1 : at + 2] != "?":
            parts.append("(?:")
        else:
            parts.append(pattern[at])
        return at + 1

    def _reference(self, text: str, within: tuple[str, ...]) -> str:
        name, arguments, path, filter_text = _split_reference(text, self.name)
        apply = _filter(filter_text, self.name) if filter_text else None
        if name in self.known and arguments is None:
            if name in within or name == self.name:
                raise GrokError(f"The rule {self.name} refers to itself by {name}.")
            place = self._open(path, apply, Matcher(""))
            inner = self.expand(self.known[name], (*within, name))
            return f"({inner})" if place else f"(?:{inner})"
        matcher = _matcher(name, arguments or [], self.name)
        if not self._open(path, apply, matcher):
            return f"(?:{_without_groups(matcher.pattern) if matcher.groups else matcher.pattern})"
        self.groups += matcher.groups
        return f"({matcher.pattern})"

    def _open(self, path: str, apply: Filter | None, matcher: Matcher) -> bool:
        """Count a capture group, if anything is extracted."""
        if not path and apply is None:
            return False
        self.groups += 1
        self.captures.append(_capture(self.groups, path, matcher, apply))
        return True


_OPTIONS = linear_options()


def _capture(group: int, path: str, matcher: Matcher, apply: Filter | None) -> Capture:
    return Capture(group, matcher.groups, path, matcher, apply, tuple(path.split(".")))


def _without_groups(pattern: str) -> str:
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)


def _end_of(pattern: str, at: int, rule: str) -> int:
    """Position of the ``}`` of a ``%{``; quoted texts may contain any character."""
    quoted, place = False, at + 2
    while place < len(pattern):
        char = pattern[place]
        if char == "\\" and quoted:
            place += 1
        elif char == '"':
            quoted = not quoted
        elif char == "}" and not quoted:
            return place
        place += 1
    raise GrokError(f"Invalid rule {rule}: a %{{ has no end.")


def _end_of_class(pattern: str, at: int) -> int:
    place = at + 1
    place += pattern[place : place + 1] == "^"
    place += pattern[place : place + 1] == "]"
    while place < len(pattern) and pattern[place] != "]":
        place += 2 if pattern[place] == "\\" else 1
    return min(place + 1, len(pattern))


def _split_reference(text: str, rule: str) -> tuple[str, list[Any] | None, str, str]:
    """Split ``matcher("x"):path:filter`` into matcher, arguments, path and filter."""
    pieces: list[str] = []
    piece, quoted, depth, at = "", False, 0, 0
    while at < len(text):
        char = text[at]
        if char == "\\" and quoted:
            piece += text[at : at + 2]
            at += 2
            continue
        if char == '"':
            quoted = not quoted
        if not quoted:
            depth += (char == "(") - (char == ")")
        if char == ":" and not quoted and depth == 0 and len(pieces) < 2:
            pieces.append(piece)
            piece = ""
        else:
            piece += char
        at += 1
    pieces = [*pieces, piece, "", ""][:3]
    name, arguments = _call(pieces[0].strip(), rule)
    return name, arguments, pieces[1].strip(), pieces[2].strip()


def _call(text: str, rule: str) -> tuple[str, list[Any] | None]:
    """Parse a name with arguments in parentheses: quoted texts, numbers, filters; None without
    parentheses.
    """
    name, parenthesis, rest = text.partition("(")
    if not parenthesis:
        return text, None
    if not rest.endswith(")"):
        raise GrokError(f"Invalid rule {rule}: {text[:60]} has no ')'.")
    return name.strip(), [_argument(one, rule) for one in _arguments(rest[:-1])]


def _arguments(text: str) -> list[str]:
    found, one, quoted, depth, at = [], "", False, 0, 0
    while at < len(text):
        char = text[at]
        if char == "\\" and quoted:
            one += text[at : at + 2]
            at += 2
            continue
        quoted ^= char == '"'
        if not quoted:
            depth += (char in "([") - (char in ")]")
        if char == "," and not quoted and depth == 0:
            found.append(one)
            one = ""
        else:
            one += char
        at += 1
    return [piece.strip() for piece in (*found, one) if piece.strip()]


def _argument(text: str, rule: str) -> Any:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    if number(text) is not NOTHING or ":" in text:
        return text
    return _filter(text, rule)


def _filter(text: str, rule: str) -> Filter:
    name, arguments = _call(text, rule)
    try:
        return make_filter(name, arguments or [])
    except FilterError as error:
        raise GrokError(f"Invalid rule {rule}: {error}") from error


def _matcher(name: str, arguments: list[Any], rule: str) -> Matcher:
    if name == "regex" and len(arguments) == 1:
        return Matcher(_without_groups(str(arguments[0])))
    if name == "boolean" and len(arguments) in (0, 2):
        yes, no = (str(one) for one in arguments or ("true", "false"))
        true = re.compile(yes, re.IGNORECASE)
        return Matcher(f"(?i:{yes}|{no})", lambda text: true.fullmatch(text) is not None)
    if name == "date" and 1 <= len(arguments) <= 3:
        try:
            date = compile_date(*(str(one) for one in arguments))
        except FormatError as error:
            raise GrokError(f"Invalid rule {rule}: {error}") from error
        return Matcher(date.pattern, None, len(date.fields), date.read)
    found = _MATCHERS.get(name)
    if found is None or arguments:
        known = ", ".join([*_MATCHERS, "regex", "boolean", "date"])
        given = f"unknown matcher {name} with {len(arguments)} arguments"
        raise GrokError(f"Invalid rule {rule}: {given}. Supported: {known}.")
    return found

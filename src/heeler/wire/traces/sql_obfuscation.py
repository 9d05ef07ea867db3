"""Obfuscation of SQL: ``select * from t where id = 5`` and ``... id = 6`` become one resource."""

from __future__ import annotations

import re
from itertools import pairwise

from heeler.wire.short_text_cache import short_text_cache
from heeler.wire.sql_marks import ClosingMarks

UNPARSABLE = "Non-parsable SQL query"

_LEXEME = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--[^\n]*)
  | (?P<block>/\*)
  | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
  | (?P<string>[xXbBeEnN]?'(?:[^'\\]|\\.|'')*')
  | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
  | (?P<bracket>\[(?=[A-Za-z_]))
  | (?P<value>\$\d+|%\(\w+\)s|%[sdb]|\?|0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<bind>[:@]{1,2}[A-Za-z_]\w*)
  | (?P<word>[^\W\d][\w$]*)
  | (?P<operator><=>|->>|\#>>|<=|>=|<>|!=|\|\||&&|::|->|\#>|:=|[^\s\w'"`])
    """,
    re.VERBOSE | re.DOTALL,
)
_VALUE_WORDS = frozenset({"NULL", "TRUE", "FALSE"})
_TUPLES = ["(", "?", ")", ",", "(", "?", ")"]


@short_text_cache(4096, longest=8192)
def obfuscate_sql(query: str) -> str:
    """``query`` with literals replaced by ``?``, lists of them collapsed, comments and aliases removed,
    whitespace normalized.

    ``Non-parsable SQL query`` if a string or comment is not closed, so that no value can leak.
    """
    out: list[str] = []
    casts: list[bool] = []
    at, skip_alias = 0, False
    marks = ClosingMarks(query)
    while at < len(query):
        match = _LEXEME.match(query, at)
        if match is None:
            return UNPARSABLE
        kind, start, at = match.lastgroup, at, match.end()
        if kind in ("block", "dollar"):
            at = marks.after("*/", at) if kind == "block" else marks.after_tag(match.group(), at)
            if at < 0:
                return UNPARSABLE
        elif kind == "bracket" and (end := marks.after("]", at)) > 0:
            kind, at = "quoted", end
        lexeme = query[start:at]
        if kind in ("space", "comment", "block"):
            continue
        if skip_alias:
            skip_alias = False
            if kind in ("word", "quoted"):
                continue
            out.append("AS")
        if kind == "word" and lexeme.upper() == "AS" and not any(casts):
            skip_alias = True
            continue
        _track_casts(casts, lexeme, out)
        _append(out, _shown(kind or "", lexeme))
    while out and out[-1] == ";":
        out.pop()
    return _spaced(out) if out else UNPARSABLE


def _track_casts(casts: list[bool], lexeme: str, out: list[str]) -> None:
    if lexeme == "(":
        casts.append(bool(out) and out[-1].upper() in ("CAST", "TRY_CAST"))
    elif lexeme == ")" and casts:
        casts.pop()


def _shown(kind: str, lexeme: str) -> str:
    if kind in ("string", "value", "dollar"):
        return "?"
    if kind == "quoted":
        return lexeme[1:-1]
    if kind == "word" and lexeme.upper() in _VALUE_WORDS:
        return "?"
    return lexeme


def _append(out: list[str], lexeme: str) -> None:
    """Append ``lexeme`` and collapse lists of values: ``?, ?`` to ``?``, ``( ? ), ( ? )`` to ``( ? )``."""
    if lexeme == "?" and out[-2:] == ["?", ","]:
        out.pop()
        return
    out.append(lexeme)
    if lexeme == ")" and out[-7:] == _TUPLES:
        del out[-4:]


def _spaced(lexemes: list[str]) -> str:
    text = lexemes[0]
    for before, lexeme in pairwise(lexemes):
        tight = lexeme in (",", ".", "::") or before in (".", "::")
        text += lexeme if tight else f" {lexeme}"
    return text

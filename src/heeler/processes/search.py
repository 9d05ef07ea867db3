"""The search language of processes and containers: text to a tree. Pure.

A word stands for a part of the command line (of a container: its name, image or id); ``*`` for anything.
``key:value`` is a field (``host``, ``user``, ``pid``, ...) or a tag. Words beside each other are
alternatives, ``key:value`` and exclusions limit them: ``java kafka env:prod -user:root``. ``AND``, ``OR``,
``NOT`` (``-``, ``!``) and parentheses say it in full. What is in quotes is taken as it is;
``--option`` is a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_TEXT = 4000
_MAX_TERMS = 100
_MAX_DEPTH = 20
_TOKEN = re.compile(
    r'\s+|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<mark>[()])|(?P<word>(?:"(?:[^"\\]|\\.)*"|[^\s()"])+)|(?P<open>")'
)
_KEY = re.compile(r"(?P<key>[A-Za-z@_][\w./@-]*):(?P<value>.+)", re.S)
_SIGNS = ("-", "!")


class SearchError(ValueError):
    """The search cannot be read; the message says where."""


@dataclass(frozen=True, slots=True)
class Word:
    """A part of the text; ``*`` is a wildcard unless ``literal``."""

    text: str
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """``key:value``; ``value`` may have ``*``."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    of: Tree


@dataclass(frozen=True, slots=True)
class All:
    """Everything in it holds; of nothing, always."""

    of: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """At least one in it holds."""

    of: tuple[Tree, ...]


Tree = Word | Pair | Not | All | Any


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    quoted: bool
    at: int


def parse(text: str) -> Tree:
    """The tree of a search; an empty text or ``*`` is everything. Raises :class:`SearchError`."""
    if len(text) > MAX_TEXT:
        raise SearchError(f"The search is longer than {MAX_TEXT} characters.")
    tokens = _tokens(text)
    if not tokens:
        return All()
    if len(tokens) > _MAX_TERMS * 3:
        raise SearchError(f"The search has more than {_MAX_TERMS} terms.")
    reader = _Reader(tokens)
    tree = reader.alternatives(0)
    if reader.at < len(tokens):
        raise SearchError(f"There is a ')' without '(' at character {tokens[reader.at].at + 1}.")
    return tree


def of_tags(tags: Iterable[str]) -> Tree:
    """What a list of tags or fields (``env:prod``, ``host:a``, ``-env:dev``) stands for: all of them hold.

    A tag without a colon is a tag of that name.
    """
    found: list[Tree] = []
    for tag in tags:
        given = tag.strip()
        bare = given.lstrip("-!")
        if not bare or bare == "*":
            continue
        key, _, value = bare.partition(":")
        tree: Tree = Pair(key, value or "*") if value or bare.endswith(":") else Pair(key, "")
        found.append(Not(tree) if given[0] in _SIGNS else tree)
    if len(found) > _MAX_TERMS:
        raise SearchError(f"There are more than {_MAX_TERMS} tags to filter by.")
    return All(tuple(found))


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        if match["open"]:
            raise SearchError(f"The quote that opens at character {match.start() + 1} is not closed.")
        if match["quoted"]:
            found.append(_Token(_unquoted(match["quoted"]), True, match.start()))
        elif match["mark"] or match["word"]:
            found.append(_Token(match[0], False, match.start()))
    return found


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        """The next token that is not in quotes; empty at the end and before one in quotes."""
        if self.at >= len(self.tokens) or self.tokens[self.at].quoted:
            return ""
        return self.tokens[self.at].text

    def alternatives(self, depth: int) -> Tree:
        parts = [self.conjunction(depth)]
        while self.peek() in ("OR", "||"):
            self.at += 1
            parts.append(self.conjunction(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def conjunction(self, depth: int) -> Tree:
        parts = [self.sequence(depth)]
        while self.peek() in ("AND", "&&"):
            self.at += 1
            parts.append(self.sequence(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def sequence(self, depth: int) -> Tree:
        """Terms beside each other: words are alternatives, everything else holds as well."""
        words: list[Tree] = []
        others: list[Tree] = []
        while self.at < len(self.tokens) and self.peek() not in ("OR", "||", "AND", "&&", ")"):
            term = self.term(depth)
            (words if isinstance(term, Word) else others).append(term)
        if not words and not others:
            raise SearchError(f"A word is missing {self._where()}.")
        if words:
            others.insert(0, words[0] if len(words) == 1 else Any(tuple(words)))
        return others[0] if len(others) == 1 else All(tuple(others))

    def term(self, depth: int) -> Tree:
        if depth > _MAX_DEPTH:
            raise SearchError(f"The search is nested deeper than {_MAX_DEPTH}.")
        if self.at >= len(self.tokens):
            raise SearchError("A word is missing at the end.")
        token = self.tokens[self.at]
        self.at += 1
        if token.quoted:
            return Word(token.text, literal=True)
        if token.text == "NOT":
            return Not(self.term(depth + 1))
        if token.text == "(":
            tree = self.alternatives(depth + 1)
            if self.peek() != ")":
                raise SearchError(f"The '(' at character {token.at + 1} is not closed.")
            self.at += 1
            return tree
        if token.text == ")":
            raise SearchError(f"There is a ')' without '(' at character {token.at + 1}.")
        return self._word(token, depth)

    def _word(self, token: _Token, depth: int) -> Tree:
        text = token.text
        if text.startswith("--"):  # an option of a command line, which `NOT` excludes
            return Word(text.replace('"', ""))
        if text[0] in _SIGNS:
            if text in _SIGNS:
                return Not(self.term(depth + 1))
            return Not(_read_word(text[1:]))
        return _read_word(text)

    def _where(self) -> str:
        return f"at character {self.tokens[self.at].at + 1}" if self.at < len(self.tokens) else "at the end"


def _read_word(text: str) -> Tree:
    if set(text) == {"*"}:
        return All()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return Word(_unquoted(text), literal=True)
    pair = _KEY.fullmatch(text)
    if pair is None:
        return Word(text.replace('"', ""))
    value = pair["value"]
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return Pair(pair["key"], _unquoted(value) if quoted else value)

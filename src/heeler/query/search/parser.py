"""Parser of the search language, written by hand so that every error has a position and names what was
expected.

    query := and {"OR" and}            and  := not {["AND"] not}
    not   := ("-" | "!" | "NOT") not | "(" query ")" | term
    term  := pattern | field ":" value | "*:" pattern | "CIDR(" field "," network {"," network} ")"
    value := pattern | comparison number | ("[" | "{") end "TO" end ("]" | "}") | "(" values ")"

Time is linear in the text's length; nesting and length are limited.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from heeler.query.search.ast import (
    And,
    Cidr,
    Compare,
    Comparison,
    Everything,
    Exists,
    Field,
    Match,
    Node,
    Not,
    Or,
    Part,
    Pattern,
    Range,
    Text,
    Wild,
)

#: Maximum length; a dashboard's longest searches have a few thousand characters.
MAX_LENGTH = 20_000
MAX_DEPTH = 50
#: Maximum number of terms: each is a condition of its own.
MAX_TERMS = 300
MAX_FIELDS = 50

_ENDS_WORD = set('()"[]{}')
_QUOTES = {'"': '"', "“": "”"}
_COMPARISONS: tuple[Comparison, ...] = (">=", "<=", ">", "<")


class SearchError(ValueError):
    """Syntax error in a search: ``position`` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at character {position + 1} of the search)")
        self.message, self.position = message, position


def parse(text: str) -> Node:
    """Parse ``text``; an empty search matches everything. Raises :class:`SearchError`."""
    if len(text) > MAX_LENGTH:
        raise SearchError(f"The search is longer than {MAX_LENGTH} characters", MAX_LENGTH)
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.terms = 0
        self.fields: set[Field] = set()

    def whole(self) -> Node:
        self._spaces()
        if self._ended():
            return Everything()
        node = self._either(self._term)
        if not self._ended():
            raise self._error(
                "Unexpected ')': no parenthesis is open" if self._peek() == ")" else self._odd()
            )
        return node

    def _either(self, term: Callable[[], Node]) -> Node:
        items = [self._all(term)]
        while self._keyword("OR") or self._symbol("||"):
            items.append(self._all(term))
        return items[0] if len(items) == 1 else Or(tuple(items))

    def _all(self, term: Callable[[], Node]) -> Node:
        items = [self._negated(term)]
        while True:
            joined = self._keyword("AND") or self._symbol("&&")
            self._spaces()
            if not joined and (self._ended() or self._peek() == ")" or self._at_or()):
                break
            items.append(self._negated(term))
        return items[0] if len(items) == 1 else And(tuple(items))

    def _negated(self, term: Callable[[], Node]) -> Node:
        self._spaces()
        negations = 0
        while self._keyword("NOT") or self._minus():
            negations += 1
            self._spaces()
        node = self._group(term) if self._peek() == "(" else self._counted(term)
        return Not(node) if negations % 2 else node

    def _counted(self, term: Callable[[], Node]) -> Node:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise self._error(f"The search has more than {MAX_TERMS} terms")
        return term()

    def _group(self, term: Callable[[], Node]) -> Node:
        opened = self.at
        self.at += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._error(f"Parentheses are nested deeper than {MAX_DEPTH}")
        self._spaces()
        if self._peek() == ")":
            raise self._error("Empty parentheses: expected a term")
        node = self._either(term)
        self._spaces()
        if self._peek() != ")":
            raise SearchError("This parenthesis is never closed: expected ')'", opened)
        self.at += 1
        self.depth -= 1
        return node

    def _term(self) -> Node:
        if self.text.startswith("CIDR(", self.at):
            return self._cidr()
        if self._ended() or self._at_or() or self._at_word("AND"):
            raise self._error("Expected a term")
        if self._peek() in _QUOTES:
            return self._phrase()
        if self.text.startswith("*:", self.at):
            self.at += 2
            return self._group(self._anywhere) if self._peek() == "(" else self._anywhere()
        start = self.at
        attribute = self._peek() == "@"
        if attribute:
            self.at += 1
        name = self._quoted() if attribute and self._peek() in _QUOTES else self._word(stop=":")
        if self._peek() == ":":
            return self._of_field(name, attribute, start)
        return self._free(_after_at(name) if attribute else name, start)

    def _phrase(self) -> Node:
        """Parse a phrase or, if a colon follows, a field's name: ``"@my attr":x``."""
        start = self.at
        phrase = self._quoted()
        if self._peek() != ":":
            return Text(phrase)
        name = phrase.literal or ""
        attribute = name.startswith("@")
        return self._of_field(Pattern((name[1:] if attribute else name,)), attribute, start)

    def _anywhere(self) -> Node:
        pattern = self._pattern()
        return Everything() if pattern.anything else Text(pattern, everywhere=True)

    def _free(self, pattern: Pattern, start: int) -> Node:
        if not pattern.parts:
            raise SearchError(self._odd(), start)
        if pattern.anything or self.text[start] == "$":
            return Everything()
        return Text(pattern)

    def _of_field(self, name: Pattern, attribute: bool, start: int) -> Node:
        written = name.literal
        if not written:
            raise SearchError("A field's name cannot be empty or have wildcards", start)
        self.at += 1
        field = Field(written, attribute)
        self.fields.add(field)
        if len(self.fields) > MAX_FIELDS:
            raise SearchError(f"The search asks for more than {MAX_FIELDS} fields", start)
        if self._peek() == "(":
            self.terms -= 1
            return self._group(lambda: self._value(field))
        return self._value(field)

    def _value(self, field: Field) -> Node:
        self._spaces() if self.depth else None
        opening = self._peek()
        if opening in ("[", "{"):
            return self._range(field)
        for operator in _COMPARISONS:
            if self.text.startswith(operator, self.at):
                self.at += len(operator)
                self._spaces()
                return Compare(field, operator, self._plain("a number to compare with"))
        if opening == "$":
            self._word()
            return Everything()
        pattern = self._pattern()
        return Exists(field) if pattern.anything and not pattern.quoted else Match(field, pattern)

    def _range(self, field: Field) -> Node:
        first = self._peek() == "["
        self.at += 1
        low = self._limit()
        if not self._keyword("TO"):
            raise self._error("Expected 'TO' between the ends of the range")
        high = self._limit()
        self._spaces()
        closing = self._peek()
        if closing not in ("]", "}"):
            raise self._error("Expected ']' or '}' at the end of the range")
        self.at += 1
        return Range(field, low, high, (first, closing == "]"))

    def _limit(self) -> str | None:
        self._spaces()
        if self._peek() == "*":
            self.at += 1
            return None
        return self._plain("an end of the range")

    def _cidr(self) -> Node:
        self.at += len("CIDR(")
        self._spaces()
        attribute = self._peek() == "@"
        self.at += attribute
        name = self._plain("an attribute, as in CIDR(@network.client.ip,13.0.0.0/8)", stop=",")
        networks = []
        self._spaces()
        while self._peek() == ",":
            self.at += 1
            self._spaces()
            networks.append(self._network())
            self._spaces()
        if not networks:
            raise self._error("Expected ',' and a network, as in CIDR(@network.client.ip,13.0.0.0/8)")
        if self._peek() != ")":
            raise self._error("Expected ')' after the networks")
        self.at += 1
        return Cidr(Field(name, attribute), tuple(networks))

    def _network(self) -> str:
        start = self.at
        written = self._plain("a network such as 13.0.0.0/8", stop=",")
        try:
            return str(ipaddress.ip_network(written, strict=False))
        except ValueError as error:
            message = f"'{written}' is not a network: expected one such as 13.0.0.0/8"
            raise SearchError(message, start) from error

    def _plain(self, what: str, stop: str = "") -> str:
        start = self.at
        text = self._pattern(what, stop).literal
        if text is None:
            raise SearchError(f"A wildcard has no meaning here: expected {what}", start)
        return text

    def _pattern(self, what: str = "a value", stop: str = "") -> Pattern:
        if self._peek() in _QUOTES:
            return self._quoted()
        pattern = self._word(stop)
        if not pattern.parts:
            raise self._error(f"Expected {what}")
        return pattern

    def _word(self, stop: str = "") -> Pattern:
        parts: list[Part] = []
        text: list[str] = []
        while not self._ended() and not self._at_end_of_word() and self._peek() != stop:
            char = self._peek()
            self.at += 1
            if char in "*?":
                if text:
                    parts.append("".join(text))
                    text = []
                if not (parts and parts[-1] == Wild(True) and char == "*"):
                    parts.append(Wild(char == "*"))
                continue
            if char == "\\" and not self._ended():
                char = self._peek()
                self.at += 1
            text.append(char)
        if text:
            parts.append("".join(text))
        return Pattern(tuple(parts))

    def _at_end_of_word(self) -> bool:
        char = self._peek()
        return char in _ENDS_WORD or char.isspace() or self.text.startswith(("&&", "||"), self.at)

    def _quoted(self) -> Pattern:
        opened = self.at
        closing = _QUOTES[self._peek()]
        self.at += 1
        text: list[str] = []
        while not self._ended():
            char = self._peek()
            self.at += 1
            if char == closing or (closing == "”" and char == '"'):
                return Pattern(("".join(text),) if text else (), quoted=True)
            if char == "\\" and not self._ended():
                char = self._peek()
                self.at += 1
            text.append(char)
        raise SearchError("This quotation mark is never closed", opened)

    def _minus(self) -> bool:
        """Parse ``-`` and ``!``, which negate at the start of a term, unless nothing follows."""
        following = self.text[self.at + 1 : self.at + 2]
        if self._peek() in ("-", "!") and following and not following.isspace() and following != ")":
            self.at += 1
            return True
        return False

    def _keyword(self, word: str) -> bool:
        self._spaces()
        if not self._at_word(word):
            return False
        self.at += len(word)
        return True

    def _symbol(self, symbol: str) -> bool:
        self._spaces()
        found = self.text.startswith(symbol, self.at)
        self.at += len(symbol) if found else 0
        return found

    def _at_or(self) -> bool:
        return self._at_word("OR") or self.text.startswith("||", self.at)

    def _at_word(self, word: str) -> bool:
        end = self.at + len(word)
        after = self.text[end : end + 1]
        return self.text.startswith(word, self.at) and (not after or after.isspace() or after in '(")]}')

    def _spaces(self) -> None:
        while not self._ended() and self.text[self.at].isspace():
            self.at += 1

    def _peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def _ended(self) -> bool:
        return self.at >= len(self.text)

    def _error(self, message: str) -> SearchError:
        return SearchError(message, self.at)

    def _odd(self) -> str:
        found = self._peek()
        return f"Unexpected '{found}': expected a term" if found else "Expected a term, found the end"


def _after_at(name: Pattern) -> Pattern:
    """Words of a lone ``@name``: without a value it is text."""
    first = name.parts[0] if name.parts else ""
    if isinstance(first, str):
        return Pattern(("@" + first, *name.parts[1:]), name.quoted)
    return Pattern(("@", *name.parts))

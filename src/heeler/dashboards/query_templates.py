"""Texts of queries with variables: whether a text is one of them with allowed values. Pure.

Linear work, whatever is allowed and whatever is asked: values are looked up, not compiled to an expression.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

MAX_TEXT = 20_000
#: Ways to split a text that are tried, at most: more are refused.
_MAX_SPLITS = 2_000
#: A value that a reader may type: no whitespace, which would bring further terms and operators into a search.
_ANY_VALUE = re.compile(r"[\w.\-/@*]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """What may stand for one variable: ``nothing``, the text that filters nothing (None: it must filter), a
    value of ``values`` (or, with ``any_value``, any word) after ``prefix``, or several, ``(a OR b)``.
    """

    nothing: str | None
    prefix: str = ""
    values: Collection[str] = frozenset()
    any_value: bool = False

    def fits(self, text: str) -> bool:
        if text == self.nothing or self._is_value(text):
            return True
        if not (text.startswith("(") and text.endswith(")")):
            return False
        return all(self._is_value(one) for one in text[1:-1].split(" OR "))

    def _is_value(self, text: str) -> bool:
        if not text.startswith(self.prefix):
            return False
        value = text[len(self.prefix) :]
        return value in self.values or (self.any_value and _ANY_VALUE.fullmatch(value) is not None)


@dataclass(frozen=True, slots=True)
class Template:
    """Literal texts with a choice between each two."""

    literals: tuple[str, ...]
    choices: tuple[Choice, ...]

    def fits(self, text: str) -> bool:
        """Whether ``text`` is this template with a choice for each variable."""
        first, last = self.literals[0], self.literals[-1]
        if not self.choices:
            return text == first
        if len(text) > MAX_TEXT or not text.startswith(first) or not text.endswith(last):
            return False
        begins, splits = {len(first)}, 0
        for number, choice in enumerate(self.choices):
            following: set[int] = set()
            is_last = number == len(self.choices) - 1
            ends = [len(text) - len(last)] if is_last else None
            for begin in begins:
                for end in ends or _places(text, self.literals[number + 1], begin):
                    splits += 1
                    if splits > _MAX_SPLITS:
                        return False
                    if end >= begin and choice.fits(text[begin:end]):
                        following.add(end + len(self.literals[number + 1]))
            begins = following
        return bool(begins)


def _places(text: str, literal: str, begin: int) -> Iterator[int]:
    """Where ``literal`` is in ``text``, from ``begin``."""
    found = text.find(literal, begin)
    while 0 <= found < len(text):
        yield found
        found = text.find(literal, found + 1)

"""Parser of the arithmetic processor's expressions: ``+ - * /``, parentheses, numbers and attributes.

A minus sign must be surrounded by spaces, as attribute names may contain it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Read = Callable[[str], float | None]
Expression = Callable[[Read], float | None]
MAX_LENGTH, MAX_DEPTH = 2000, 50
_TOKEN = re.compile(r"\s*(?:(?P<sign>[+*/()])|(?P<minus>(?:(?<=\s)|^)-(?=\s))|(?P<word>[^\s+*/()]+))")
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)")


class ExpressionError(ValueError):
    """An expression with a syntax error."""


def compile_expression(text: str) -> Expression:
    """Compile to a function of attributes to a number; None if one is missing or the result is undefined."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"The expression is longer than {MAX_LENGTH} characters.")
    words, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(f"Invalid expression at {text[at:][:20]!r}.")
        words.append(found.group("sign") or found.group("minus") or found.group("word"))
        at = found.end()
    parser = _Parser(words)
    expression = parser.sum()
    if parser.words:
        raise ExpressionError(f"Unexpected {parser.words[0]!r} in the expression.")
    return expression


class _Parser:
    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.depth = 0

    def sum(self) -> Expression:
        return self._chain(self.product, ("+", "-"))

    def product(self) -> Expression:
        return self._chain(self.atom, ("*", "/"))

    def _chain(self, operand: Callable[[], Expression], signs: tuple[str, str]) -> Expression:
        """Operands from left to right; evaluated in a loop, as there may be a thousand."""
        first, rest = operand(), []
        while self.words and self.words[0] in signs:
            rest.append((self.words.pop(0), operand()))
        return _joined(first, rest) if rest else first

    def atom(self) -> Expression:
        if not self.words or self.words[0] in ("+", "-", "*", "/", ")"):
            raise ExpressionError("The expression lacks a number or an attribute.")
        word = self.words.pop(0)
        if word == "(":
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise ExpressionError(f"Parentheses are nested deeper than {MAX_DEPTH}.")
            inner = self.sum()
            if not self.words or self.words.pop(0) != ")":
                raise ExpressionError("A parenthesis of the expression is never closed.")
            self.depth -= 1
            return inner
        if _NUMBER.fullmatch(word):
            number = float(word)
            return lambda _: number
        return lambda read: read(word)


def _joined(first: Expression, rest: list[tuple[str, Expression]]) -> Expression:
    def value(read: Read) -> float | None:
        result = first(read)
        for sign, operand in rest:
            other = operand(read)
            if result is None or other is None:
                return None
            result = _apply(sign, result, other)
        return result

    return value


def _apply(sign: str, left: float, right: float) -> float | None:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right if right else None

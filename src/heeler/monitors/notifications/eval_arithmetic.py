"""Template function ``{{eval "..."}}``: arithmetic on the numbers of a notification. Does not execute
Python."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|[A-Za-z_][\w.]*|[-+*/^%(),])")
_MAX_LENGTH = 500
"""Maximum characters of an expression; longer ones are not parsed."""


def _humanize(base: int, names: tuple[str, ...]) -> Callable[[float], str]:
    def write(value: float) -> str:
        step = 0
        while abs(value) >= base and step + 1 < len(names):
            value, step = value / base, step + 1
        return f"{value:.2f}{names[step]}"

    return write


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "humanize_bytes": _humanize(1024, ("B", "KB", "MB", "GB", "TB", "PB")),
    "humanize_bits": _humanize(1000, ("b", "Kb", "Mb", "Gb", "Tb", "Pb")),
    "abs": abs, "int": math.floor, "float": float, "trunc": math.floor, "dec": lambda v: v - math.floor(v),
    "round": lambda v, digits=0: round(v, int(digits)), "ceil": math.ceil, "floor": math.floor,
    "sgn": lambda v: (v > 0) - (v < 0), "to_bool": lambda v: bool(v), "exp": math.exp, "log10": math.log10,
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "asinh": math.asinh, "acosh": math.acosh,
    "atanh": math.atanh, "atan2": math.atan2,
}  # fmt: skip


def evaluate(text: str, values: Mapping[str, Any]) -> str:
    """Result as text; empty if a variable has no number, the reason on an error."""
    try:
        result = _Reader(text, values).whole()
    except KeyError:
        return ""
    except (ValueError, ArithmeticError, TypeError, RecursionError) as error:
        return f"(eval: {error})"
    if isinstance(result, float):
        return f"{result:g}" if abs(result) < 1e15 else str(result)
    return str(result)


class _Reader:
    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self._values = values
        self._tokens: list[str] = []
        text, position = text.strip(), 0
        if len(text) > _MAX_LENGTH:
            raise ValueError("too long")
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise ValueError(f"unexpected {text[position:].strip()[:10]!r}")
            self._tokens.append(found[1])
            position = found.end()

    def whole(self) -> Any:
        value = self._sum()
        if self._tokens:
            raise ValueError(f"unexpected {self._tokens[0]!r}")
        return value

    def _next(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _sum(self) -> Any:
        value = self._product()
        while self._next() in ("+", "-"):
            sign = self._tokens.pop(0)
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> Any:
        value = self._power()
        while self._next() in ("*", "/", "%"):
            sign = self._tokens.pop(0)
            other = self._power()
            value = value * other if sign == "*" else value / other if sign == "/" else value % other
        return value

    def _power(self) -> Any:
        value = self._one()
        if self._next() == "^":
            self._tokens.pop(0)
            return math.pow(value, self._power())
        return value

    def _one(self) -> Any:
        if not self._tokens:
            raise ValueError("it ends too early")
        token = self._tokens.pop(0)
        if token == "-":  # noqa: S105
            return -self._one()
        if token == "(":  # noqa: S105
            value = self._sum()
            self._close()
            return value
        if token in _FUNCTIONS and self._next() == "(":
            return _FUNCTIONS[token](*self._arguments())
        if token[0].isdigit() or token[0] == ".":
            return float(token)
        return float(self._values[token])

    def _arguments(self) -> list[Any]:
        self._tokens.pop(0)
        found = [self._sum()]
        while self._next() == ",":
            self._tokens.pop(0)
            found.append(self._sum())
        self._close()
        return found

    def _close(self) -> None:
        if self._next() != ")":
            raise ValueError("a closing parenthesis is missing")
        self._tokens.pop(0)

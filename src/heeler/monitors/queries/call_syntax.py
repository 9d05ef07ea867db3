"""Parser of call chains ``name("text").method("a","b").other(2)``, the syntax of all non-metric monitor
queries.

One pass over the text, in time linear in its length. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from heeler.monitors.errors import InvalidQuery

_QUOTES = ("'", '"')


@dataclass(frozen=True, slots=True)
class CallChain:
    """A parsed call chain. ``name`` is empty if the chain starts with a quoted text (a service check's name).

    ``text``: the first argument, unescaped. ``calls``: the following calls, each name with its arguments.
    """

    name: str
    text: str
    calls: tuple[tuple[str, tuple[str, ...]], ...]

    def arguments(self, name: str) -> tuple[str, ...]:
        """Concatenated arguments of all calls of ``name``; empty if there are none."""
        return tuple(item for call, arguments in self.calls if call == name for item in arguments)

    def has(self, name: str) -> bool:
        return any(call == name for call, _ in self.calls)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def peek(self) -> str:
        self.skip()
        return self.text[self.at] if self.at < len(self.text) else ""

    def expect(self, char: str) -> None:
        if self.peek() != char:
            found = self.text[self.at : self.at + 20] or "the end"
            raise InvalidQuery(f"expected '{char}' at character {self.at + 1}, found '{found}'")
        self.at += 1

    def word(self) -> str:
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] in "_-"):
            self.at += 1
        return self.text[start : self.at]

    def quoted(self, *, last: bool) -> str:
        """Quoted text. In the ``last`` argument, only a quote before the end of the call ends it, so that
        searches may contain unescaped quotes.
        """
        quote, begun = self.text[self.at], self.at
        self.at += 1
        found: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\" and self.at + 1 < len(self.text):
                after = self.text[self.at + 1]
                found.append(after if after in ("\\", *_QUOTES) else char + after)
                self.at += 2
            elif char == quote and (not last or self._ends_call(self.at + 1)):
                self.at += 1
                return "".join(found)
            else:
                found.append(char)
                self.at += 1
        raise InvalidQuery(f"the text that begins at character {begun + 1} has no closing quote")

    def _ends_call(self, position: int) -> bool:
        """Whether ``)`` follows, and after it the next call or the end."""
        position = self._blank(position)
        if position >= len(self.text):
            return True
        if self.text[position] != ")":
            return False
        position = self._blank(position + 1)
        return position >= len(self.text) or self.text[position] == "."

    def _blank(self, position: int) -> int:
        while position < len(self.text) and self.text[position].isspace():
            position += 1
        return position

    def arguments(self) -> tuple[str, ...]:
        """Arguments between parentheses, quoted or not."""
        self.expect("(")
        found: list[str] = []
        while self.peek() != ")":
            if not self.peek():
                raise InvalidQuery("a closing parenthesis is missing")
            found.append(self.quoted(last=False) if self.peek() in _QUOTES else self._bare())
            if self.peek() == ",":
                self.at += 1
            elif self.peek() != ")":
                raise InvalidQuery(f"expected ',' or ')' at character {self.at + 1}")
        self.at += 1
        return tuple(item for item in found if item)

    def _bare(self) -> str:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ",)":
            self.at += 1
        return self.text[start : self.at].strip()


def read_chain(text: str) -> CallChain:
    """Parse ``text`` as a chain. Raises :class:`InvalidQuery` with the position of the error."""
    reader = _Reader(text)
    if reader.peek() in _QUOTES:
        name, head = "", reader.quoted(last=False)
    else:
        name = reader.word()
        reader.expect("(")
        head = reader.quoted(last=True) if reader.peek() in _QUOTES else reader._bare()
        reader.expect(")")
    calls: list[tuple[str, tuple[str, ...]]] = []
    while reader.peek():
        reader.expect(".")
        reader.skip()
        method = reader.word()
        calls.append((method, reader.arguments()))
    return CallChain(name, head, tuple(calls))

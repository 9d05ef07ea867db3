"""Query errors, with a message and a position in the text."""

from __future__ import annotations


class QueryError(ValueError):
    """The query cannot be answered as written.

    ``message`` says what is wrong and what would be right; ``position`` is the offset in the query's text
    where it goes wrong, or -1 where no single place is to blame.
    """

    status = 400
    """What the API answers with."""

    def __init__(self, message: str, position: int = -1, text: str = "") -> None:
        self.message = message
        self.position = position
        self.text = text
        super().__init__(self.described)

    @property
    def described(self) -> str:
        """The message with the place, as the API answers it."""
        if self.position < 0:
            return self.message
        if not self.text:
            return f"{self.message} (position {self.position})" if self.position else self.message
        near = self.text[self.position : self.position + 20]
        where = f"near {near!r}" if near else "at the end"
        return f"{self.message} (position {self.position}, {where})"

    def within(self, text: str) -> QueryError:
        """The same error knowing the text it is about."""
        return type(self)(self.message, self.position, text)

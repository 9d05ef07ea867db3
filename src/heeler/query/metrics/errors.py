"""Query errors, with a message and a position in the text."""

from __future__ import annotations


class QueryError(ValueError):
    """The query cannot be executed as written.

    ``message`` tells what is wrong and how to correct it; ``position`` is the offset in the query's text, or
    -1 if no single position is at fault.
    """

    status = 400
    """HTTP status of the response."""

    def __init__(self, message: str, position: int = -1, text: str = "") -> None:
        self.message = message
        self.position = position
        self.text = text
        super().__init__(self.described)

    @property
    def described(self) -> str:
        """The message with the position, as the API returns it."""
        if self.position < 0:
            return self.message
        if not self.text:
            return f"{self.message} (position {self.position})" if self.position else self.message
        near = self.text[self.position : self.position + 20]
        where = f"near {near!r}" if near else "at the end"
        return f"{self.message} (position {self.position}, {where})"

    def within(self, text: str) -> QueryError:
        """The same error with the text that it refers to."""
        return type(self)(self.message, self.position, text)

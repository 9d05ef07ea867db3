"""What the generated client made of an answer."""

from __future__ import annotations

from typing import Any


def parsed(answer: Any) -> Any:
    """The answer, of which the client could make something of every part."""

    def look(value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                look(one)
        elif hasattr(value, "_data_store"):
            assert not value._unparsed, value
            for one in value._data_store.values():
                look(one)

    look(answer)
    return answer

"""What the generated client made of an answer."""

from __future__ import annotations

from typing import Any

from bench.client_models.calls import unparsed


def parsed(answer: Any) -> Any:
    """The answer, of which the client could make something of every part."""
    left = list(unparsed(answer))
    assert not left, left
    return answer

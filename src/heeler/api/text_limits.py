"""Length limits of user-supplied texts: names, messages, notes, queries."""

from __future__ import annotations

from heeler.api.errors import bad_request

MAX_NAME = 1_000
"""Maximum characters of a name or title."""
MAX_MESSAGE = 50_000
"""Maximum characters of a message, a note or a description, which are rendered and mailed."""
MAX_QUERY = 20_000
"""Maximum characters of a query, a scope or a rule, which are parsed at each evaluation."""
MAX_TAGS = 500
"""Maximum number of tags of one object."""
MAX_TAG = 500
"""Maximum characters of one tag."""


def bounded_text(name: str, value: object, most: int) -> str:
    """``value``, a text or a number, as text. Raises a 400 that names the field, for another type, or its
    length and the limit.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise bad_request(f"The value provided for parameter '{name}' is invalid: it must be a text")
    text = str(value)
    if len(text) > most:
        raise bad_request(
            f"The value provided for parameter '{name}' is too long: "
            f"{len(text):,} characters; at most {most:,} are taken"
        )
    return text


def bounded_tags(name: str, value: object) -> list[str]:
    """A list of tags as texts; None is an empty one. Raises a 400 for anything else and for too many."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_request(f"The value provided for parameter '{name}' is invalid: it must be a list")
    if len(value) > MAX_TAGS:
        raise bad_request(
            f"The value provided for parameter '{name}' is too long: {len(value):,} tags; at most {MAX_TAGS}"
        )
    return [bounded_text(name, item, MAX_TAG) for item in value]

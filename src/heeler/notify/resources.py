"""Helper functions shared by the endpoints of API v2: bodies with ``data.attributes`` and ids."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.errors import ApiError, bad_request
from heeler.notify.model import Destination

Body = dict[str, Any]


def attributes_of(data: Any, kind: str) -> Body:
    """``data.attributes`` of a body whose ``data.type`` is ``kind``. Raises a 400."""
    inner = data.get("data") if isinstance(data, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("attributes"), dict):
        raise bad_request("Invalid body. Expected an object with data.attributes")
    if inner.get("type") != kind:
        raise bad_request(f"Invalid data.type: {str(inner.get('type'))[:100]!r}. Expected {kind}")
    attributes: Body = inner["attributes"]
    return attributes


def text_of(attributes: Body, name: str, *, required: bool = True, limit: int = 4096) -> str | None:
    """A text attribute; None if optional and absent. Raises a 400."""
    value = attributes.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not value or len(value) > limit:
        raise bad_request(f"Invalid {name}. Expected text of 1 to {limit:,} characters")
    return value


async def found_destination(db: AsyncSession, kind: str, key: str, what: str) -> Destination:
    """The destination with an id. Raises a 400 if it is not a UUID, a 404 if there is none."""
    try:
        item = await db.get(Destination, str(uuid.UUID(key)))
    except ValueError:
        raise bad_request(f"Invalid URL param: {what} must be an uuid") from None
    if item is None or item.kind != kind:
        raise ApiError(404, f"{what} {key} not found")
    return item

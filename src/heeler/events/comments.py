"""``/api/v1/comments``: comments of users in the event stream.

A comment is an event with ``alert_type`` ``user_update`` and no title; it can be read as an event at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar import Request, post, put
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, writer_guard
from heeler.api.errors import bad_request, not_found
from heeler.api.services import Principal
from heeler.events.store import StoredEvent, find_event, keep_event, post_event
from heeler.events.v1 import MAX_TEXT, related_event
from heeler.wire.body_limits import MAX_FIELD
from heeler.wire.events.intake_payload import Event

HttpRequest = Request[Any, Any, Any]


@post("/api/v1/comments", guards=[writer_guard], status_code=200)
async def create_comment(request: HttpRequest) -> dict[str, Any]:
    """Add a comment, perhaps to an event (``related_event_id``)."""
    services = services_of(request)
    message, attributes = _read(await request.json(), request.scope["user"])
    event = Event(
        time=int(services.now()), title="", text=message, alert_type="user_update", priority="normal"
    )
    return _shown(await post_event(services, event, attributes))


@put("/api/v1/comments/{comment_id:int}", guards=[writer_guard])
async def update_comment(request: HttpRequest, comment_id: int) -> dict[str, Any]:
    """Replace the words of a comment."""
    services = services_of(request)
    found = await find_event(services.engine, comment_id)
    if found is None or found.event.alert_type != "user_update":
        raise not_found(f"Comment {comment_id}")
    message, attributes = _read(await request.json(), request.scope["user"])
    changed = replace(
        found, event=found.event._replace(text=message), attributes={**found.attributes, **attributes}
    )
    await keep_event(services, changed)
    return _shown(changed)


def _read(body: Any, writer: Principal) -> tuple[str, dict[str, Any]]:
    message = body.get("message") if isinstance(body, dict) else ""
    if not isinstance(message, str) or not message.strip():
        raise bad_request("A comment needs a 'message'.")
    handle = body.get("handle") or writer.email
    if not isinstance(handle, str) or len(handle) > MAX_FIELD:
        raise bad_request("'handle' must be a string, the email of a user.")
    attributes = {"handle": handle}
    if body.get("related_event_id"):
        attributes["related_event_id"] = str(related_event(body["related_event_id"]))
    return message[:MAX_TEXT], attributes


def _shown(stored: StoredEvent) -> dict[str, Any]:
    return {
        "comment": {
            "id": stored.id,
            "message": stored.event.text,
            "url": f"/event/event?id={stored.id}",
            "resource": f"/api/v1/comments/{stored.id}",
            **stored.attributes,
        }
    }


handlers: list[ControllerRouterHandler] = [create_comment, update_comment]

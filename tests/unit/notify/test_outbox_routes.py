from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from heeler.api.services import Services
from heeler.notify.model import OutboxMessage
from heeler.notify.outbox import send_secret_mail
from tests.unit.api_app import Caller

OUTBOX = "/api/ui/outbox"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def put(services: Services, **more: Any) -> int:
    values: dict[str, Any] = {
        "channel": "email", "recipient": "a@example.com", "subject": "100% of a_b", "text": "T",
        "html": "<b>T</b>",
        "state": "failed", "attempts": 3, "error": "no", "created": NOW, "next_attempt": NOW, "content": {},
    }  # fmt: skip
    async with services.database.session() as db:
        message = OutboxMessage(**{**values, **more})
        db.add(message)
        await db.flush()
        return message.id


async def test_messages_are_found(admin: Caller, standard: Caller, services: Services) -> None:
    first = await put(services)
    second = await put(
        services, state="sent", channel="webhook", recipient="w", subject="other", picture=b"png"
    )

    async def ids(**params: Any) -> list[int]:
        return [one["id"] for one in (await admin("GET", OUTBOX, params=params))["messages"]]

    assert await ids() == [second, first]
    assert await ids(limit=1) == [second]
    assert await ids(limit=-1) == [second]
    assert await ids(status="failed") == [first]
    assert await ids(channel="webhook") == [second]
    assert await ids(search="100%") == [first]
    assert await ids(search="%") == [first]
    assert await ids(search="A_B") == [first]
    for params in ({"status": "lost"}, {"limit": "x"}):
        await admin.refused("GET", OUTBOX, params=params)
    one = await admin.get(f"{OUTBOX}/{first}")
    assert (one["text"], one["html"], one["has_picture"], one["error"]) == ("T", "<b>T</b>", False, "no")
    await admin.refused("GET", f"{OUTBOX}/{first}/picture", status=404)
    picture = await admin.app.get(f"{OUTBOX}/{second}/picture", headers=admin.headers)
    assert (picture.content, picture.headers["content-type"]) == (b"png", "image/png")
    for method, path in (("GET", OUTBOX), ("GET", f"{OUTBOX}/{first}"), ("POST", f"{OUTBOX}/{first}/retry")):
        await standard.refused(method, path, status=403)


@pytest.mark.parametrize("state", ["sent", "digest"])
async def test_only_what_was_not_sent_is_sent_again(admin: Caller, services: Services, state: str) -> None:
    await admin.refused("POST", f"{OUTBOX}/{await put(services, state=state)}/retry")
    again = await admin.post(f"{OUTBOX}/{await put(services)}/retry")
    assert (again["state"], again["attempts"]) == ("pending", 0)
    for below in ("", "/picture"):
        await admin.refused("GET", f"{OUTBOX}/999{below}", status=404)
    await admin.refused("POST", f"{OUTBOX}/999/retry", status=404)
    await admin.refused("GET", f"{OUTBOX}/{'9' * 30}", status=404)


async def test_a_mail_that_lets_its_reader_in_is_not_shown(admin: Caller, services: Services) -> None:
    async with services.database.session() as db:
        send_secret_mail(db, "a@example.com", "Invitation", "https://heeler/#s3cret")
    (message,) = (await admin.get(OUTBOX))["messages"]
    assert "s3cret" not in str(await admin.get(f"{OUTBOX}/{message['id']}")) + str(message)

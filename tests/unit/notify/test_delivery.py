"""The outbox: lanes, claims, joined messages, messages that cannot be made."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.notify import delivery
from heeler.notify.channels.base import DeliveryError
from heeler.notify.delivery import MAX_ATTEMPTS, MAX_MAIL_LANES, Courier, deliver_due
from heeler.notify.digest_messages import MAX_A_MINUTE
from heeler.notify.message import Content, content_of
from heeler.notify.model import OutboxMessage, Webhook
from heeler.notify.senders import Configured, check_recipient, configured
from tests.unit.notify.receivers import Answer, Receiver, Request, listening
from tests.unit.notify.world import NOW, World, content, opened


def take(receiver: Receiver, request: Request) -> Answer:
    receiver.taken.append(request.json.get("title") or request.json.get("message"))
    return Answer(200)


async def hook(world: World, name: str, url: str, headers: str | None = None) -> None:
    async with world.services.database.session() as db:
        db.add(Webhook(name=name, url=url, custom_headers=headers, encode_as="json"))


async def test_a_webhook_that_never_answers_holds_up_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as world, listening(take) as slow, listening(take) as quick:
        await hook(world, "slow", f"{slow.url}/")
        await hook(world, "quick", f"{quick.url}/")
        slow.faults = ["hang"]
        await world.notify("webhook", "slow", content())
        await world.notify("webhook", "quick", content())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(deliver_due(world.services))
            await asyncio.wait_for(quick.arrived.wait(), 10)
            slow.release.set()  # only now may the one that hangs end: the other was sent before
        assert await world.states() == ["pending", "sent"]


async def test_queues_that_wait_for_a_place_start_when_one_is_free(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        for number in range(3 * MAX_MAIL_LANES):
            await world.notify("email", f"a{number}@example.org", content())
        async with asyncio.TaskGroup() as tasks:
            await world.services.part(Courier).start_due(tasks)  # the outbox is read once
        assert Counter(await world.states()) == {"kept": 3 * MAX_MAIL_LANES}


async def test_a_queue_that_takes_a_place_is_sent_with_what_was_configured_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MAX_LANES", 1)
    async with opened(tmp_path) as world, listening(take) as slow, listening(take) as quick:
        courier = world.services.part(Courier)
        slow.faults = ["hang"]
        await hook(world, "slow", f"{slow.url}/")
        await world.notify("webhook", "slow", content())
        async with asyncio.TaskGroup() as tasks:
            await courier.start_due(tasks)
            await asyncio.wait_for(slow.arrived.wait(), 10)
            await hook(world, "quick", f"{quick.url}/")
            await world.notify("webhook", "quick", content())

            async def later(db: AsyncSession) -> Configured:
                """What is configured, read when the place has become free."""
                slow.release.set()
                await asyncio.wait(courier.running.values())
                return await configured(db)

            monkeypatch.setattr(delivery, "configured", later)
            await courier.start_due(tasks)
        assert await world.states() == ["pending", "sent"]


async def test_a_message_that_cannot_be_made_is_counted_as_tried(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await hook(world, "broken", "http://127.0.0.1:9/", "[1]")
        await world.notify("webhook", "broken", content())
        assert await world.deliver() == 1
        assert await world.deliver() == 0, "it waits for its turn, and lets others go first"


async def test_what_is_never_taken_fails_at_last(tmp_path: Path) -> None:
    async with opened(tmp_path) as world, listening(take) as at:
        await hook(world, "own", f"{at.url}/")
        at.faults = [Answer(500)] * 100
        await world.notify("webhook", "own", content())
        tries = 0
        for _ in range(MAX_ATTEMPTS):
            tries += await world.deliver(3600)
        assert (tries, await world.states()) == (MAX_ATTEMPTS, ["failed"])
        assert (await world.attempts())[-1].next_attempt is None


async def test_two_servers_do_not_send_the_same_message(tmp_path: Path) -> None:
    async with opened(tmp_path) as world, listening(take) as at:
        await hook(world, "own", f"{at.url}/")
        for number in range(30):
            await world.notify("webhook", "own", content(group=f"host:{number}", title=str(number)))
        couriers = [Courier(world.services) for _ in range(2)]
        for _ in range(3):
            async with asyncio.TaskGroup() as tasks:
                for courier in couriers:
                    await courier.start_due(tasks)
        assert Counter(at.taken) == Counter(str(number) for number in range(30))


async def test_a_message_that_was_claimed_by_a_server_that_died_is_sent_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as world, listening(take) as at:
        await hook(world, "own", f"{at.url}/")
        await world.notify("webhook", "own", content())
        dead = Courier(world.services)
        (item,) = await dead._ready(("webhook", "own"))
        assert await dead._claim(item, datetime.fromtimestamp(world.now, UTC)) is not None
        assert await world.deliver(60) == 0
        assert await world.deliver(61) == 1
        assert await world.states() == ["sent"]


async def test_many_notifications_to_one_recipient_become_a_few_and_a_digest(tmp_path: Path) -> None:
    async with opened(tmp_path) as world, listening(take) as at:
        key = await world.destination("ntfy", "alerts", settings={"url": at.url})
        for number in range(500):
            kind = "alert" if number % 100 == 99 else "warning"
            await world.notify("ntfy", key, content(kind, f"host:{number}", f"Message {number}"))
        await world.deliver()
        assert at.taken[: MAX_A_MINUTE - 1] == [f"Message {number}" for number in range(MAX_A_MINUTE - 1)]
        assert at.taken[MAX_A_MINUTE - 1 :] == ["481 notifications: 5 Alert, 476 Warn"]
        text = at.seen[-1].json["message"]
        assert "- Message 99\n- Message 199" in text, "the worst are named first"
        assert "and 471 more" in text
        assert Counter(await world.states()) == {"sent": 20, "digest": 481}
        for number in range(5):
            await world.notify("ntfy", key, content("ok", f"host:{number}", f"Well {number}"))
        assert await world.deliver(10) == 0, "the minute is not over"
        assert await world.deliver(51) == 5
        assert at.taken[-1] == "Well 4"


async def test_machines_get_every_message(tmp_path: Path) -> None:
    async with opened(tmp_path) as world, listening(take) as at:
        await hook(world, "own", f"{at.url}/")
        for number in range(50):
            await world.notify("webhook", "own", content(group=f"host:{number}"))
        await world.deliver()
        assert Counter(await world.states()) == {"sent": 50}


async def test_messages_about_no_monitor_are_never_joined(tmp_path: Path) -> None:
    async with opened(tmp_path) as world, listening(take) as at:
        key = await world.destination("ntfy", "alerts", settings={"url": at.url})
        for number in range(30):
            await world.notify("ntfy", key, Content(f"Downtime {number}", "text"))
        await world.deliver()
        assert Counter(await world.states()) == {"sent": 30}


def test_content_survives_the_outbox() -> None:
    made = content()
    assert content_of(made.stored(), made.title, "") == made
    assert content_of({}, "Subject", "Text") == Content("Subject", "Text")


@pytest.mark.parametrize(
    ("address", "domains", "sent"),
    [
        ("ann@example.com", (), True),
        ("ann@example.com", ("example.com",), True),
        ("ann@Example.COM", ("example.com",), True),
        ("ann@evil.example.com", ("example.com",), False),
        ("ann@example.com.evil.org", ("example.com",), False),
        ("user@elsewhere.org", ("example.com",), True),
    ],
)
def test_mail_goes_only_to_allowed_domains_and_users(
    address: str, domains: tuple[str, ...], sent: bool
) -> None:
    if sent:
        check_recipient(address, domains, {"user@elsewhere.org"})
    else:
        with pytest.raises(DeliveryError, match="HEELER_MAIL_DOMAINS"):
            check_recipient(address, domains, {"user@elsewhere.org"})


async def test_mail_to_another_domain_fails_at_once_and_for_good(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        world.services.settings = replace(
            world.services.settings, smtp_url="smtp://127.0.0.1:9", mail_domains=("example.com",)
        )
        moment = datetime.fromtimestamp(NOW, UTC)
        async with world.services.database.session() as db:
            for address in ("a@example.com", "b@example.org"):
                db.add(OutboxMessage(channel="email", recipient=address, created=moment, next_attempt=moment))
        await world.deliver()
        assert await world.states() == ["pending", "failed"]


async def test_without_a_mail_server_mails_are_kept_to_be_read(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await world.notify("email", "a@example.com", content())
        await world.deliver()
        assert await world.states() == ["kept"]

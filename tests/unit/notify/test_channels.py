"""Every channel against a receiver that speaks its documented API over a real socket, well and unwell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from heeler.notify.channels import base, msteams
from heeler.notify.channels.base import retry_after
from heeler.notify.model import Webhook
from tests.unit.notify import receivers
from tests.unit.notify.receivers import Answer, Receiver, listening
from tests.unit.notify.world import ALERT, World, content, opened

KEY = "0123456789abcdef0123456789abcdef"


async def pagerduty(world: World, at: Receiver) -> tuple[str, str]:
    return "pagerduty", await world.destination("pagerduty", "web", settings={"api_url": at.url}, secret=KEY)


async def opsgenie(world: World, at: Receiver) -> tuple[str, str]:
    settings = {"region": "custom", "custom_url": at.url}
    return "opsgenie", await world.destination("opsgenie", "web", settings=settings, secret="key-1")


async def opsgenie_account(world: World, at: Receiver) -> tuple[str, str]:
    settings = {"region": "custom", "custom_url": at.url}
    key = await world.destination("opsgenie-account", "Opsgenie", settings=settings, secret="key-1")
    return "opsgenie-account", key


async def teams(world: World, at: Receiver) -> tuple[str, str]:
    return "msteams", await world.destination("msteams", "web", secret=f"{at.url}/workflows/abc")


async def ntfy(world: World, at: Receiver) -> tuple[str, str]:
    return "ntfy", await world.destination("ntfy", "alerts", settings={"url": at.url}, secret="tk_1")


async def slack_webhook(world: World, at: Receiver) -> tuple[str, str]:
    await world.destination("slack-account", "acme", secret=f"{at.url}/services/T/B/x")
    return "slack", await world.destination("slack", "#ops", account="acme")


async def slack_api(world: World, at: Receiver) -> tuple[str, str]:
    await world.destination("slack-account", "acme", settings={"api_url": f"{at.url}/api"}, secret="xoxb-1")
    return "slack", await world.destination("slack", "#ops", account="acme")


async def webhook(world: World, at: Receiver) -> tuple[str, str]:
    async with world.services.database.session() as db:
        db.add(Webhook(name="own", url=f"{at.url}/hook", encode_as="json"))
    return "webhook", "own"


def take_hook(receiver: Receiver, request: receivers.Request) -> Answer:
    receiver.taken.append(request.json)
    return Answer(200)


KINDS: dict[str, tuple[Any, Any]] = {
    "pagerduty": (pagerduty, receivers.pagerduty),
    "opsgenie": (opsgenie, receivers.opsgenie),
    "opsgenie account": (opsgenie_account, receivers.opsgenie),
    "msteams": (teams, receivers.teams),
    "ntfy": (ntfy, receivers.ntfy),
    "slack webhook": (slack_webhook, receivers.slack_webhook),
    "slack bot": (slack_api, receivers.slack_api),
    "webhook": (webhook, take_hook),
}


@asynccontextmanager
async def channel(name: str, folder: Path) -> AsyncIterator[tuple[World, Receiver, tuple[str, str]]]:
    make, handle = KINDS[name]
    async with opened(folder) as world, listening(handle) as at:
        yield world, at, await make(world, at)


@pytest.mark.parametrize("name", KINDS)
async def test_everything_arrives_once_and_in_order(name: str, tmp_path: Path) -> None:
    async with channel(name, tmp_path) as (world, at, place):
        for kind in ("warning", "alert", "nodata", "ok"):
            await world.notify(*place, content(kind))
        assert await world.deliver() == 4
        assert await world.states() == ["sent"] * 4
        assert await world.deliver(3600) == 0
        assert [attempt.ok for attempt in await world.attempts()] == [True] * 4
        assert len(at.taken) >= 4


@pytest.mark.parametrize("name", KINDS)
async def test_a_refusal_is_final_and_said(name: str, tmp_path: Path) -> None:
    async with channel(name, tmp_path) as (world, at, place):
        at.faults = [Answer(400, b"bad thing")]
        await world.notify(*place, content())
        await world.notify(*place, content("ok"))
        assert await world.deliver() == 2
        first, second = await world.messages()
        assert (first.state, second.state) == ("failed", "sent"), "what follows is not held up for ever"
        assert "400: bad thing" in first.error
        assert await world.deliver(3600) == 0


@pytest.mark.parametrize("name", KINDS)
async def test_an_overloaded_receiver_is_left_alone_as_long_as_it_says(name: str, tmp_path: Path) -> None:
    async with channel(name, tmp_path) as (world, at, place):
        at.faults = [Answer(429, b"slow down", {"Retry-After": "77"})]
        await world.notify(*place, content())
        await world.notify(*place, content(group="host:web-2"))
        assert await world.deliver() == 1, "the other group waits too: it is the receiver that is overloaded"
        assert await world.deliver(76) == 0
        assert await world.deliver(2) == 2
        assert await world.states() == ["sent", "sent"]
        tries = await world.attempts()
        assert tries[0].next_attempt is not None
        assert (tries[0].next_attempt - tries[0].time).total_seconds() == 77
        assert "429: slow down" in tries[0].answer


@pytest.mark.parametrize("name", KINDS)
async def test_a_broken_receiver_gets_everything_later_in_order(name: str, tmp_path: Path) -> None:
    async with channel(name, tmp_path) as (world, at, place):
        at.faults = [Answer(503), Answer(500)]
        await world.notify(*place, content())
        await world.notify(*place, content("ok"))
        assert [await world.deliver(seconds) for seconds in (0, 4, 2, 9, 2)] == [1, 0, 1, 0, 2]
        tries = await world.attempts()
        assert [(one.message_id, one.ok) for one in tries] == [(1, False), (1, False), (1, True), (2, True)]


@pytest.mark.parametrize("name", KINDS)
async def test_a_receiver_that_hangs_is_given_up_and_tried_again(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("heeler.notify.channels.base", "heeler.notify.channels.slack", "heeler.notify.senders"):
        monkeypatch.setattr(f"{module}.SECONDS", 0.05)
    async with channel(name, tmp_path) as (world, at, place):
        at.faults = ["hang"]
        await world.notify(*place, content())
        assert await world.deliver() == 1
        assert await world.states() == ["pending"]
        monkeypatch.undo()
        assert await world.deliver(5) == 1
        assert await world.states() == ["sent"]
        assert "no answer in time" in (await world.attempts())[0].answer


async def test_pagerduty_opens_changes_and_resolves_one_alert(tmp_path: Path) -> None:
    async with channel("pagerduty", tmp_path) as (world, at, place):
        for kind in ("warning", "alert", "ok"):
            await world.notify(*place, content(kind))
        await world.notify(*place, content(group="host:web-2"))
        await world.deliver()
        keys = [event["dedup_key"] for event in at.taken]
        assert keys[0] == keys[1] == keys[2] != keys[3]
        assert [event["event_action"] for event in at.taken] == ["trigger", "trigger", "resolve", "trigger"]
        assert [event["payload"]["severity"] for event in at.taken[:2]] == ["warning", "critical"]
        assert set(at.taken[2]) == {"routing_key", "event_action", "dedup_key"}
        assert at.taken[1]["payload"]["source"] == "web-1"
        assert at.taken[1]["links"][0] == {"href": ALERT.link, "text": "View monitor"}


async def test_opsgenie_closes_what_it_opened(tmp_path: Path) -> None:
    async with channel("opsgenie", tmp_path) as (world, at, place):
        await world.notify(*place, replace(content(), title="x" * 200))
        await world.notify(*place, content("ok"))
        await world.deliver()
        (opened_as, alias, body), (closed, same, _) = at.taken
        assert (opened_as, closed, alias) == ("create", "close", same)
        assert (body["priority"], len(body["message"])) == ("P2", 130)


async def test_slack_threads_what_belongs_together_and_uploads_the_graph(tmp_path: Path) -> None:
    async with channel("slack bot", tmp_path) as (world, at, place):
        await world.notify(*place, content("warning"), b"picture")
        await world.notify(*place, content("alert"))
        await world.notify(*place, content("ok"))
        await world.notify(*place, content("alert"))
        await world.deliver()
        methods = [item[0] for item in at.taken]
        assert methods == [
            "chat.postMessage", "bytes", "files.completeUploadExternal", "chat.postMessage",
            "chat.postMessage", "chat.update", "chat.postMessage",
        ]  # fmt: skip
        first, again, well, recolored, new = (at.taken[index][1] for index in (0, 3, 4, 5, 6))
        root = "1700000000.000000"
        assert "thread_ts" not in first
        assert "thread_ts" not in new, "after the recovery it is another incident"
        assert (again["thread_ts"], again["reply_broadcast"]) == (root, True)
        assert (well["thread_ts"], well["reply_broadcast"]) == (root, False)
        assert recolored["ts"] == root
        assert recolored["attachments"][0]["color"] == "#177548"
        assert at.taken[2][1]["thread_ts"] == root
        heading = first["attachments"][0]["blocks"][0]["text"]["text"]
        assert heading == f"*<{ALERT.link}|[P2] [Warn on {{host:web-1}}] CPU &lt;is&gt; high>*"


@pytest.mark.parametrize(
    ("secret", "room", "said", "state"),
    [("xoxb-2", "#ops", "invalid_auth", "failed"), ("xoxb-1", "#gone", "channel_not_found", "failed")],
)
async def test_slacks_errors_come_with_status_200(
    tmp_path: Path, secret: str, room: str, said: str, state: str
) -> None:
    async with opened(tmp_path) as world, listening(receivers.slack_api) as at:
        await world.destination("slack-account", "acme", settings={"api_url": f"{at.url}/api"}, secret=secret)
        key = await world.destination("slack", room, account="acme")
        await world.notify("slack", key, content())
        await world.deliver()
        (message,) = await world.messages()
        assert (message.state, said in message.error) == (state, True)


async def test_slack_shows_what_the_channel_is_set_to(tmp_path: Path) -> None:
    async with opened(tmp_path) as world, listening(receivers.slack_webhook) as at:
        await world.destination("slack-account", "acme", secret=f"{at.url}/services/T/B/x")
        shown = {"message": False, "tags": False, "mute_buttons": True}
        key = await world.destination("slack", "#ops", account="acme", settings={"display": shown})
        await world.notify("slack", key, content())
        await world.deliver()
        text = str(at.taken[0])
        assert ("neighbors" in text, "team:a" in text, "mute=1" in text) == (False, False, True)


async def test_a_long_card_is_cut_until_teams_takes_it(tmp_path: Path) -> None:
    async with channel("msteams", tmp_path) as (world, at, place):
        facts = tuple((f"Fact {number}", "ä" * 600) for number in range(40))
        await world.notify(*place, replace(content(), body="ö" * 30_000, facts=facts))
        await world.deliver()
        assert await world.states() == ["sent"]
        assert len(at.seen[0].body) <= msteams.MAX_BYTES


async def test_ntfy_is_loud_by_priority(tmp_path: Path) -> None:
    async with channel("ntfy", tmp_path) as (world, at, place):
        for kind in ("alert", "warning", "ok"):
            await world.notify(*place, replace(content(kind), body="ü" * 5000))
        await world.notify(*place, replace(content(group="a:b"), priority=4))
        await world.deliver()
        assert [body["priority"] for body in at.taken] == [5, 3, 2, 4]
        assert at.taken[0]["topic"] == "alerts"
        assert at.taken[0]["click"] == ALERT.link


async def test_a_destination_that_was_deleted_fails_for_good(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await world.notify("pagerduty", "11111111-1111-1111-1111-111111111111", content())
        await world.deliver()
        (message,) = await world.messages()
        assert (message.state, message.error) == ("failed", "The destination was deleted")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12", 12.0), ("0", 1.0), ("999999", 3600.0), ("", None), ("soon", None), ("nan", None),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0), ("Tue, 14 Nov 2023 22:00:00 GMT", 1.0),
    ],
)  # fmt: skip
def test_retry_after_is_a_number_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after(text, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)) == seconds


def test_statuses_that_may_pass_are_tried_again() -> None:
    from heeler.api.outbound_http import Answer as Got

    for status, final in ((400, True), (401, True), (302, True), (408, False), (500, False), (503, False)):
        with pytest.raises(base.DeliveryError) as caught:
            base.check_answer(Got(status, b"", {}), "It")
        assert caught.value.final is final

"""Slack channel: incoming webhooks, and ``chat.postMessage`` with a bot token.

With a bot token, messages about one alerting group share a thread, the first one is recolored on recovery,
and the graph is uploaded into the thread. Formats: https://docs.slack.dev/reference/methods/chat.postMessage,
https://docs.slack.dev/reference/methods/files.getUploadURLExternal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from heeler.api.outbound_http import OutboundError, call
from heeler.notify.channels.base import (
    SECONDS,
    Channel,
    DeliveryError,
    InvalidDestination,
    Message,
    Receipt,
    Target,
    check_answer,
    only,
    post_json,
    retry_after,
    url_setting,
)
from heeler.notify.message import Content, shortened

API = "https://slack.com/api"
COLORS = {
    "alert": "#c4273b",
    "warning": "#e3a008",
    "nodata": "#636c7e",
    "ok": "#177548",
    "info": "#2b5bd7",
}
DISPLAY = {"message": True, "mute_buttons": False, "notified": True, "snapshot": True, "tags": True}
"""Display options of messages, with the defaults of the public API."""
_PASSING = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)


def check(settings: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Validate a channel: its display options, and optionally its own webhook as its secret."""
    only(settings, "display")
    if secret and not secret.startswith(("https://", "http://")):
        raise InvalidDestination("The webhook of a channel is a URL. A bot token belongs to the account")
    return {"display": checked_display(settings.get("display"))}


def checked_display(given: Any, stored: Mapping[str, bool] | None = None) -> dict[str, bool]:
    """All display options; those absent in ``given`` are as stored, or default. Raises
    :class:`InvalidDestination`.
    """
    found = {**DISPLAY, **(stored or {})}
    if given is None:
        return found
    if not isinstance(given, Mapping):
        raise InvalidDestination("Invalid display. Expected an object")
    for name, value in given.items():
        if name not in DISPLAY or not isinstance(value, bool):
            raise InvalidDestination(
                f"Invalid display: {name}. Expected true or false for {', '.join(DISPLAY)}"
            )
        found[name] = value
    return found


def check_account(settings: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Validate an account: a bot token or the URL of an incoming webhook as its secret."""
    only(settings, "api_url")
    if not secret.startswith(("xoxb-", "https://", "http://")):
        raise InvalidDestination("Expected a bot token (xoxb-...) or the URL of an incoming webhook")
    return {"api_url": url_setting(settings, "api_url", API)}


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attachment(content: Content, display: Mapping[str, bool]) -> dict[str, Any]:
    """The message: an attachment (only these have a color) with blocks."""
    title = escaped(shortened(content.title, 280))
    heading = f"*<{content.link}|{title}>*" if content.link else f"*{title}*"
    blocks = [_section(heading)]
    if content.body and display.get("message", True):
        blocks.append(_section(shortened(escaped(content.body), 2900)))
    hidden = {"Tags"} if not display.get("tags", True) else set()
    hidden |= {"Notified"} if not display.get("notified", True) else set()
    fields = [
        {"type": "mrkdwn", "text": f"*{escaped(name)}*\n{shortened(escaped(value), 1900)}"}
        for name, value in content.facts
        if value and name not in hidden
    ]
    blocks += [
        {"type": "section", "fields": fields[at : at + 10]} for at in range(0, min(len(fields), 20), 10)
    ]
    actions = [
        (label, url)
        for label, url in content.actions
        if display.get("mute_buttons", False) or not label.startswith("Mute")
    ]
    if actions:
        blocks.append(_section("   ".join(f"<{url}|{escaped(label)}>" for label, url in actions[:10])))
    return {
        "color": COLORS.get(content.kind, COLORS["info"]),
        "fallback": shortened(content.title, 1000),
        "blocks": blocks,
    }


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


async def send(target: Target, message: Message) -> Receipt:
    display = {**DISPLAY, **target.settings.get("display", {})}
    body = {
        "text": shortened(message.content.title, 1000),
        "attachments": [attachment(message.content, display)],
    }
    if target.secret.startswith(("https://", "http://")):
        answer = await post_json(target, target.secret, body)
        return Receipt(check_answer(answer, "Slack"))
    if not target.secret:
        raise DeliveryError(f"No Slack account is called {target.account!r}", final=True)
    return await _post(target, message, body, display)


async def _post(
    target: Target, message: Message, body: Mapping[str, Any], display: Mapping[str, bool]
) -> Receipt:
    room, _, parent = message.thread.partition(" ")
    given = {**body, "channel": room or f"#{target.name.lstrip('#')}", "unfurl_links": False}
    if parent:
        given |= {"thread_ts": parent, "reply_broadcast": not message.content.ends}
    found = await _method(target, "chat.postMessage", given)
    channel, ts = str(found.get("channel", "")), str(found.get("ts", ""))
    notes = ["Slack took it"]
    if parent and message.content.ends:
        notes += await _aside(_recolor(target, room, parent, body))
    if message.picture and display["snapshot"] and not message.content.ends:
        notes += await _aside(_upload(target, channel, parent or ts, message.picture))
    return Receipt("; ".join(notes), f"{channel} {parent or ts}".strip())


async def _aside(work: Any) -> list[str]:
    """Run a secondary call after an accepted message: its failure is logged, the message is not sent
    again.
    """
    try:
        await work
    except (DeliveryError, OutboundError) as error:
        return [str(error)]
    return []


async def _recolor(target: Target, room: str, parent: str, body: Mapping[str, Any]) -> None:
    await _method(target, "chat.update", {**body, "channel": room, "ts": parent})


async def _upload(target: Target, channel: str, thread: str, picture: bytes) -> None:
    query = urlencode({"filename": "graph.png", "length": len(picture)}).encode()
    place = await _method(target, "files.getUploadURLExternal", query)
    answer = await call(
        "POST", str(place.get("upload_url", "")), headers={"Content-Type": "image/png"}, body=picture,
        private_targets=target.private_targets, seconds=SECONDS,
    )  # fmt: skip
    check_answer(answer, "Slack's upload")
    files = [{"id": place.get("file_id"), "title": "Graph"}]
    done = {"files": files, "channel_id": channel, "thread_ts": thread}
    await _method(target, "files.completeUploadExternal", done)


async def _method(target: Target, name: str, body: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """Call a method of the Web API, which returns 200 with ``ok: false`` for its errors."""
    form = isinstance(body, bytes)
    answer = await call(
        "POST",
        f"{target.settings.get('api_url', API)}/{name}",
        headers={
            "Authorization": f"Bearer {target.secret}",
            "Content-Type": "application/x-www-form-urlencoded"
            if form
            else "application/json; charset=utf-8",
        },
        body=body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode(),
        private_targets=target.private_targets,
        seconds=SECONDS,
    )
    check_answer(answer, f"Slack ({name})")
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DeliveryError(f"Slack ({name}) answered what is no JSON object")
    if found.get("ok") is True:
        return found
    error = str(found.get("error", "unknown error"))
    if error in ("ratelimited", "rate_limited"):
        wait = retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC))
        raise DeliveryError(f"Slack ({name}): {error}", wait=wait or 30.0)
    raise DeliveryError(f"Slack ({name}): {error}", final=error not in _PASSING)


CHANNEL = Channel(
    "slack", "Slack", "slack", "Incoming webhook URL, or empty for the account's", check, send,
    secret_required=False,
)  # fmt: skip
ACCOUNT = Channel(
    "slack-account", "Slack account", "", "Bot token (xoxb-...) or incoming webhook URL", check_account, send
)

"""Microsoft Teams channel: webhook of a workflow ("Post to a channel when a webhook request is received").

The message is an Adaptive Card. A response of 202 does not confirm delivery. Format:
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from heeler.api.outbound_http import OutboundError, checked_url
from heeler.notify.channels.base import (
    Channel,
    InvalidDestination,
    Message,
    Receipt,
    Target,
    check_answer,
    only,
    post_json,
)
from heeler.notify.message import Content, shortened

MAX_BYTES = 21_000
"""Teams refuses larger cards."""
_COLORS = {"alert": "Attention", "warning": "Warning", "ok": "Good", "nodata": "Default", "info": "Accent"}


def check(settings: Mapping[str, Any], secret: str) -> dict[str, Any]:
    only(settings)
    try:
        checked_url(secret)
    except OutboundError as error:
        raise InvalidDestination(str(error)) from None
    return {}


def card(content: Content, body_limit: int = 8000, fact_limit: int = 500) -> dict[str, Any]:
    """Request body: one Adaptive Card. ``body_limit``, ``fact_limit``: characters."""
    body: list[dict[str, Any]] = [
        {
            "type": "TextBlock", "text": shortened(content.title, 400), "weight": "Bolder", "size": "Medium",
            "color": _COLORS.get(content.kind, "Default"), "wrap": True,
        }
    ]  # fmt: skip
    if content.body:
        # A single newline is a space in a card's Markdown.
        text = shortened(content.body, body_limit).replace("\n", "\n\n")
        body.append({"type": "TextBlock", "text": text, "wrap": True})
    facts = [
        {"title": name, "value": shortened(value, fact_limit)} for name, value in content.facts[:20] if value
    ]
    if facts:
        body.append({"type": "FactSet", "facts": facts})
    links = ([("View monitor" if content.monitor_id else "Open", content.link)] if content.link else []) + [
        *content.actions
    ]
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "msteams": {"width": "Full"},
                    "body": body,
                    "actions": [
                        {"type": "Action.OpenUrl", "title": label, "url": url} for label, url in links[:6]
                    ],
                },
            }
        ],
    }


async def send(target: Target, message: Message) -> Receipt:
    body = card(message.content)
    if len(json.dumps(body, ensure_ascii=False).encode()) > MAX_BYTES:
        body = card(message.content, 2000, 150)
    answer = await post_json(target, target.secret, body)
    return Receipt(check_answer(answer, "Microsoft Teams"))


CHANNEL = Channel("msteams", "Microsoft Teams", "teams", "Workflow webhook URL", check, send)

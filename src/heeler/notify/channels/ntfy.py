"""ntfy channel: push messages to phones by topic. Format: https://docs.ntfy.sh/publish/#publish-as-json."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from heeler.notify.channels.base import (
    Channel,
    InvalidDestination,
    Message,
    Receipt,
    Target,
    check_answer,
    only,
    post_json,
    url_setting,
)
from heeler.notify.message import Content, shortened

SERVER = "https://ntfy.sh"
TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
_TAGS = {"alert": "rotating_light", "warning": "warning", "nodata": "grey_question", "ok": "white_check_mark"}
_MAX_MESSAGE = 3500
"""In bytes: a message of over 4,096 bytes would become an attachment."""


def check(settings: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Validate the settings. ``url``: the server. The secret is an access token, or ``user:password``."""
    only(settings, "url", "topic")
    if not secret.isprintable() or len(secret) > 500:
        raise InvalidDestination("Invalid secret. Expected an access token or user:password")
    topic = settings.get("topic") or ""
    if topic and (not isinstance(topic, str) or not TOPIC.fullmatch(topic)):
        raise InvalidDestination("Invalid topic. Expected up to 64 letters, digits, - and _")
    return {"url": url_setting(settings, "url", SERVER), "topic": topic}


def publication(content: Content, topic: str) -> dict[str, Any]:
    """JSON of a message: priority 5 or 4 for an alert, 3 for a warning, 2 for OK."""
    urgent = 5 if content.priority in (1, 2) else 4
    facts = [f"{name}: {value}" for name, value in content.facts if value and name in _FACTS]
    text = "\n\n".join(part for part in (content.body, "\n".join(facts)) if part) or content.title
    body: dict[str, Any] = {
        "topic": topic,
        "title": shortened(content.title, 250),
        "message": _bounded(text),
        "priority": {"alert": urgent, "nodata": 4, "warning": 3, "ok": 2}.get(content.kind, 3),
        "tags": [_TAGS[content.kind]] if content.kind in _TAGS else [],
    }
    if content.link:
        body["click"] = content.link
    links = content.actions[:3]
    if links:
        body["actions"] = [{"action": "view", "label": label, "url": url} for label, url in links]
    return body


_FACTS = ("State", "Value", "Threshold", "Duration", "Groups")


def _bounded(text: str) -> str:
    return text.encode()[:_MAX_MESSAGE].decode("utf-8", "ignore")


def authorization(secret: str) -> dict[str, str]:
    """Authorization header for a token, or for ``user:password``."""
    if not secret:
        return {}
    if ":" in secret:
        from base64 import b64encode

        return {"Authorization": "Basic " + b64encode(secret.encode()).decode()}
    return {"Authorization": f"Bearer {secret}"}


async def send(target: Target, message: Message) -> Receipt:
    topic = target.settings.get("topic") or target.name
    url = f"{target.settings.get('url', SERVER)}/"
    answer = await post_json(target, url, publication(message.content, topic), authorization(target.secret))
    return Receipt(check_answer(answer, "ntfy"))


CHANNEL = Channel("ntfy", "ntfy", "ntfy", "Access token or user:password", check, send, secret_required=False)

"""PagerDuty channel (Events API v2): a trigger opens an alert, a recovery resolves it.

Format: https://developer.pagerduty.com/docs/events-api-v2-overview.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
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

API = "https://events.pagerduty.com"
_SEVERITIES = {"alert": "critical", "warning": "warning", "nodata": "error"}


def check(settings: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Validate the settings. The key is that of an "Events API v2" integration of the service."""
    only(settings, "api_url")
    if not secret or len(secret) > 255 or not secret.isascii() or not secret.isalnum():
        raise InvalidDestination("Invalid service_key. Expected the integration key, letters and digits")
    return {"api_url": url_setting(settings, "api_url", API)}


def event(content: Content, key: str) -> dict[str, Any]:
    """Event of a notification; messages without a monitor are separate alerts of severity info."""
    found: dict[str, Any] = {
        "routing_key": key,
        "event_action": "resolve" if content.ends and content.key else "trigger",
    }
    if content.key:
        found["dedup_key"] = content.key
    if found["event_action"] == "resolve":
        return found
    host = next((tag[5:] for tag in content.tags if tag.startswith("host:")), "")
    found["payload"] = {
        "summary": shortened(content.title, 1024),
        "source": host or content.group or "heeler",
        "severity": _SEVERITIES.get(content.kind, "info"),
        "timestamp": datetime.fromtimestamp(content.time, UTC).isoformat(timespec="milliseconds"),
        "group": shortened(content.group, 255),
        "class": content.transition,
        "custom_details": {
            "message": shortened(content.body, 20_000),
            **{name: shortened(value, 2000) for name, value in content.facts if value},
        },
    }
    links = [("View monitor", content.link), *content.actions]
    found["links"] = [{"href": url, "text": label} for label, url in links if url]
    found["client"] = "Heeler"
    if content.link:
        found["client_url"] = content.link
    return found


async def send(target: Target, message: Message) -> Receipt:
    url = f"{target.settings.get('api_url', API)}/v2/enqueue"
    answer = await post_json(target, url, event(message.content, target.secret))
    return Receipt(check_answer(answer, "PagerDuty"), message.content.key)


CHANNEL = Channel("pagerduty", "PagerDuty", "pagerduty", "Integration key", check, send, digests=False)

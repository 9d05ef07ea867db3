"""Opsgenie channel (also Jira Service Management, which has the same API): alerts by alias, closed on
recovery.

Format: https://docs.opsgenie.com/docs/alert-api.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from heeler.notify.channels.base import (
    Channel,
    InvalidDestination,
    Message,
    Receipt,
    Target,
    check_answer,
    only,
    post_json,
    text_setting,
    url_setting,
)
from heeler.notify.message import Content, shortened

REGIONS = {"us": "https://api.opsgenie.com", "eu": "https://api.eu.opsgenie.com"}


def check(settings: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Validate the settings. ``region``: us, eu or custom with ``custom_url``."""
    only(settings, "region", "custom_url")
    region = text_setting(settings, "region", "us")
    custom = url_setting(settings, "custom_url")
    if region not in (*REGIONS, "custom"):
        raise InvalidDestination(f"Invalid region: {region!r}. Expected us, eu or custom")
    if region == "custom" and not custom:
        raise InvalidDestination("The region custom needs a custom_url")
    if not secret or len(secret) > 255 or not secret.isprintable() or " " in secret:
        raise InvalidDestination("Invalid opsgenie_api_key. Expected the key of an API integration")
    return {"region": region, "custom_url": custom or None}


def alias(content: Content, service: str) -> str:
    """Alias of the alert. It includes the service, as several may be notified of one group."""
    return shortened(f"{content.key}-{service}", 512) if content.key else ""


def alert(content: Content, service: str) -> dict[str, Any]:
    """Body that opens an alert, or joins the open one."""
    priority = content.priority or (3 if content.kind in ("warning", "info") else 2)
    found: dict[str, Any] = {
        "message": shortened(content.title, 130),
        "description": shortened(_description(content), 15_000),
        "tags": [shortened(tag, 50) for tag in content.tags[:20]],
        "details": {name: shortened(value, 1000) for name, value in content.facts if value},
        "entity": shortened(content.group, 512),
        "source": "Heeler",
        "priority": f"P{priority}",
    }
    if name := alias(content, service):
        found["alias"] = name
    return found


def _description(content: Content) -> str:
    links = [content.link, *(f"{label}: {url}" for label, url in content.actions)]
    return "\n\n".join(part for part in (content.body, "\n".join(filter(None, links))) if part)


async def send(target: Target, message: Message) -> Receipt:
    content, settings = message.content, target.settings
    base = settings.get("custom_url") or REGIONS.get(str(settings.get("region")), REGIONS["us"])
    headers = {"Authorization": f"GenieKey {target.secret}"}
    name = alias(content, target.name)
    if content.ends and name:
        url = f"{base}/v2/alerts/{quote(name, safe='')}/close?identifierType=alias"
        body: dict[str, Any] = {"source": "Heeler", "note": shortened(content.title, 25_000)}
    else:
        url, body = f"{base}/v2/alerts", alert(content, target.name)
    answer = await post_json(target, url, body, headers)
    return Receipt(check_answer(answer, "Opsgenie"), name)


CHANNEL = Channel("opsgenie", "Opsgenie", "opsgenie", "API key", check, send, digests=False)
ACCOUNT = Channel(
    "opsgenie-account", "Opsgenie account", "opsgenie", "API key", check, send, digests=False, only_one=True
)
ACCOUNT_NAME = "Opsgenie"

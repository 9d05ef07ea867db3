"""Common interface of channels: messages, receipts, and which failures are retried."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from heeler.api.outbound_http import Answer, call
from heeler.notify.message import Content

SECONDS = 15.0
"""Timeout of one call to a receiver, seconds."""
MAX_WAIT = 3600.0
"""Maximum ``Retry-After`` that is honored, seconds."""


class DeliveryError(RuntimeError):
    """The message was not accepted; the text gives the reason.

    ``final``: a retry would not help. ``wait``: seconds that the receiver requested to wait, for the whole
    destination.
    """

    def __init__(self, text: str, *, final: bool = False, wait: float | None = None) -> None:
        super().__init__(text)
        self.final, self.wait = final, wait


class InvalidDestination(ValueError):
    """Invalid settings of a destination; the text is a reason for display."""


@dataclass(frozen=True, slots=True)
class Target:
    """A destination's name, settings and secret. ``private_targets``: addresses of the local network that may
    be called.
    """

    name: str
    account: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""
    private_targets: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A message. ``thread``: reference of the first message of its thread, if any."""

    content: Content
    picture: bytes | None = None
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Result of a delivery. ``answer`` is shown in the list of attempts; ``reference`` identifies the message
    at the receiver.
    """

    answer: str
    reference: str = ""


Send = Callable[[Target, Message], Awaitable[Receipt]]
Check = Callable[[Mapping[str, Any], str], dict[str, Any]]
"""Converts settings and secret to the settings as stored. Raises :class:`InvalidDestination`."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel. ``prefix``: of its handles, as in ``@slack-account-channel``. ``secret_label``: label of its
    secret in the form. ``digests``: whether messages may be combined into digests.
    """

    kind: str
    label: str
    prefix: str
    secret_label: str
    check: Check
    send: Send
    digests: bool = True
    secret_required: bool = True
    only_one: bool = False
    """There is one destination at most; its handle is the prefix alone."""


async def post_json(
    target: Target, url: str, body: Any, headers: Mapping[str, str] | None = None, method: str = "POST"
) -> Answer:
    """Send ``body`` as JSON. Raises ``OutboundError`` if there is no response."""
    return await call(
        method,
        url,
        headers={"Content-Type": "application/json", **(headers or {})},
        body=json.dumps(body, ensure_ascii=False).encode(),
        private_targets=target.private_targets,
        seconds=SECONDS,
    )


def check_answer(answer: Answer, receiver: str, now: Callable[[], datetime] | None = None) -> str:
    """Summary of a 2xx response. Raises :class:`DeliveryError` for any other.

    429 waits for ``Retry-After``; 408, 425 and 5xx are retried; other statuses are final.
    """
    said = _said(answer.body)
    text = f"{receiver} answered {answer.status}" + (f": {said}" if said else "")
    if 200 <= answer.status < 300:
        return text
    wait = retry_after(answer.headers.get("retry-after", ""), (now or _utc_now)())
    if answer.status == 429:
        raise DeliveryError(text, wait=wait if wait is not None else 30.0)
    raise DeliveryError(text, final=not (answer.status in (408, 425) or answer.status >= 500), wait=wait)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _said(body: bytes) -> str:
    text = " ".join(body[:2000].decode("utf-8", "replace").split())
    return text if len(text) <= 300 else text[:299] + "…"


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds of a ``Retry-After`` header, a number or a date; None if absent or invalid."""
    text = text.strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 1.0), MAX_WAIT) if seconds == seconds else None


def text_setting(settings: Mapping[str, Any], name: str, default: str = "", limit: int = 2048) -> str:
    """A single-line text setting. Raises :class:`InvalidDestination`."""
    value = settings.get(name)
    if value is None or value == "":
        return default
    if not isinstance(value, str) or len(value) > limit or not value.isprintable():
        raise InvalidDestination(f"Invalid {name}. Expected one line of at most {limit:,} characters")
    return value.strip()


def url_setting(settings: Mapping[str, Any], name: str, default: str = "") -> str:
    """A URL setting, without a trailing slash."""
    from heeler.api.outbound_http import OutboundError, checked_url

    value = text_setting(settings, name, default)
    if value:
        try:
            checked_url(value)
        except OutboundError as error:
            raise InvalidDestination(f"Invalid {name}. {error}") from None
    return value.rstrip("/")


def only(settings: Mapping[str, Any], *names: str) -> None:
    """Raise :class:`InvalidDestination` if ``settings`` has others than ``names``."""
    unknown = sorted(set(settings) - set(names))
    if unknown:
        raise InvalidDestination(f"Unknown setting: {unknown[0]!r}. Expected {', '.join(names) or 'none'}")

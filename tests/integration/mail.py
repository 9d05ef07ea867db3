"""Mails as a real SMTP server receives them, and waiting for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class Inbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def wait(self, subject: str, seconds: float = 40) -> EmailMessage:
        return until(lambda: next((m for m in self.mails if subject in m["Subject"]), None), seconds)


def until(look: Callable[[], Any], seconds: float = 40) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


def picture(mail: EmailMessage) -> bytes:
    return next(part.get_content() for part in mail.walk() if part.get_content_type() == "image/png")

"""A real SMTP server that keeps what it receives."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from examples.walkthrough.machine import free_port, until


class Inbox:
    """Every mail that arrived, in order; ``url`` is what ``HEELER_SMTP`` takes."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()
        self.url = f"smtp://127.0.0.1:{self._controller.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def wait(self, words: str, seconds: float = 90, after: int = 0) -> EmailMessage:
        """The first mail, of those since number ``after``, whose subject has ``words``."""
        return until(
            lambda: next((mail for mail in self.mails[after:] if words in mail["Subject"]), None),
            seconds,
            f"a mail about {words!r} (subjects so far: {[mail['Subject'] for mail in self.mails]})",
        )

    def close(self) -> None:
        self._controller.stop()


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def picture_of(mail: EmailMessage) -> bytes:
    """The graph in a mail; empty when it has none."""
    return next((part.get_content() for part in mail.walk() if part.get_content_type() == "image/png"), b"")


def as_page(mail: EmailMessage, folder: Path, name: str) -> Path:
    """The mail's HTML as a file that a browser shows, its inline pictures beside it."""
    body = mail.get_body(("html",))
    html = str(body.get_content()) if body is not None else f"<pre>{text_of(mail)}</pre>"
    for number, part in enumerate(part for part in mail.walk() if part.get_content_type() == "image/png"):
        picture = folder / f"{name}-{number}.png"
        picture.write_bytes(part.get_content())
        html = html.replace(f"cid:{str(part['Content-ID']).strip('<>')}", picture.name)
    page = folder / f"{name}.html"
    page.write_text(html)
    return page

"""Mail messages: text and HTML with the graph inline."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from html import escape

_URL = re.compile(r"https?://[^\s<>\"')\]]+")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_COLORS = {"alert": "#c4273b", "warning": "#e3a008", "ok": "#177548", "nodata": "#636c7e", "info": "#2b5bd7"}


def compose(
    *, sender: str, recipient: str, subject: str, text: str, html: str, picture: bytes | None, now: datetime,
    attachment: tuple[str, bytes] | None = None, reference: str = "",
) -> EmailMessage:  # fmt: skip
    """Build a message whose HTML shows ``picture`` at ``cid:graph``; ``attachment``: name and PDF.

    ``reference`` makes the ``Message-ID`` stable; without it each message has its own.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(now)
    domain = _domain(sender)
    message["Message-ID"] = f"<heeler.{reference}@{domain}>" if reference else make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if not html:
        return message
    if picture is None:
        html = re.sub(r"<img [^>]*cid:graph[^>]*>", "", html)
    message.add_alternative(html, subtype="html")
    if picture is not None:
        part = message.get_payload()[1]  # type: ignore[index]
        part.add_related(  # type: ignore[union-attr]
            picture, "image", "png", cid="<graph>", disposition="inline", filename="graph.png"
        )
    if attachment is not None:
        name, pdf = attachment
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    return message


def _domain(sender: str) -> str:
    try:
        return Address(addr_spec=sender).domain or "localhost"
    except ValueError:
        return "localhost"


def page(
    *,
    heading: str,
    kind: str,
    body: str,
    facts: list[tuple[str, str]],
    link: str,
    action: str,
    graph: bool,
    actions: Iterable[tuple[str, str]] = (),
) -> str:
    """HTML of a mail. All texts are escaped here; ``kind`` selects the color of the heading's edge.

    ``actions``: labels and URLs of links beside the button to ``link``.
    """
    rows = "".join(
        f'<tr><td style="padding:2px 16px 2px 0;color:#636c7e;white-space:nowrap;vertical-align:top">'
        f'{escape(name)}</td><td style="padding:2px 0">{escape(value)}</td></tr>'
        for name, value in facts
        if value
    )
    image = '<img src="cid:graph" alt="Graph" width="600" style="display:block;max-width:100%;margin:16px 0">'
    button = (
        f'<a href="{escape(link)}" style="display:inline-block;background:#2b5bd7;color:#ffffff;'
        f'text-decoration:none;padding:8px 16px;border-radius:4px">{escape(action)}</a>'
    )
    beside = "".join(
        f' &nbsp; <a href="{escape(url)}" style="color:#2b5bd7">{escape(label)}</a>' for label, url in actions
    )
    return (
        '<!doctype html><html><body style="margin:0;background:#f3f5f8;padding:24px;'
        "font:14px/20px Inter,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:#1a2130\">"
        f'<div style="max-width:640px;margin:0 auto;background:#ffffff;border:1px solid #dde2ea;'
        f'border-top:4px solid {_COLORS.get(kind, _COLORS["info"])};border-radius:4px;padding:24px">'
        f'<h1 style="font-size:18px;line-height:24px;margin:0 0 16px">{escape(heading)}</h1>'
        f"<div>{paragraphs(body)}</div>{image if graph else ''}"
        f'<table style="border-collapse:collapse;margin:16px 0;font-size:13px">{rows}</table>'
        f"{button if link else ''}{beside}</div></body></html>"
    )


def paragraphs(text: str) -> str:
    """``text`` as HTML: escaped, with its blank lines, links and ``**bold**`` preserved."""
    blocks = [block for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]
    return "".join(f'<p style="margin:0 0 12px">{_inline(block)}</p>' for block in blocks)


def _inline(text: str) -> str:
    pieces, position = [], 0
    for match in _URL.finditer(text):
        pieces.append(_styled(text[position : match.start()]))
        url = escape(match.group())
        pieces.append(f'<a href="{url}">{url}</a>')
        position = match.end()
    pieces.append(_styled(text[position:]))
    return "".join(pieces)


def _styled(text: str) -> str:
    return _BOLD.sub(r"<b>\1</b>", escape(text)).replace("\n", "<br>")

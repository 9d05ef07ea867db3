from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

from heeler.notify.mail import compose, page

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def mail(picture: bytes | None) -> bytes:
    html = page(
        heading="<b>Disk</b>", kind="alert", body="5 < 6 & **bold** http://x.y/z?a=1&b=2",
        facts=[("Query", "avg:<x>{*}")], link="http://h/monitors/1", action="View", graph=True,
    )  # fmt: skip
    return bytes(
        compose(sender="a@b.co", recipient="c@d.co", subject="x\r\nBcc: evil@x.y", text="plain", html=html,
                picture=picture, now=NOW)
    )  # fmt: skip


def test_picture_is_inline_and_texts_are_escaped() -> None:
    message = message_from_bytes(mail(b"\x89PNG..."), policy=policy.default)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    image = list(message.walk())[-1]
    assert image["Content-ID"] == "<graph>"
    html = list(message.walk())[3].get_content()
    assert "cid:graph" in html
    assert "&lt;b&gt;Disk&lt;/b&gt;" in html
    assert "5 &lt; 6 &amp; <b>bold</b>" in html
    assert 'href="http://x.y/z?a=1&amp;b=2"' in html


def test_without_a_picture_the_html_asks_for_none() -> None:
    assert b"cid:graph" not in mail(None)


def test_subject_cannot_add_headers() -> None:
    message = message_from_bytes(mail(None), policy=policy.default)
    assert message["Bcc"] is None
    assert message["To"] == "c@d.co"

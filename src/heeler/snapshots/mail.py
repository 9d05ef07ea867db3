"""Mail that sends a snapshot to a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from heeler.notify.handles import without_handles
from heeler.notify.mail import page
from heeler.notify.outbox import Notice


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot sent by a user with a comment; times are UNIX seconds."""

    title: str
    sender: str
    comment: str
    start: float
    end: float
    zone: ZoneInfo
    """Time zone of the picture."""
    link: str
    """URL of the source page; empty if there is none."""
    picture_url: str
    png: bytes


def notice_of(shot: Snapshot) -> Notice:
    subject = f"{shot.sender} sent you a graph: {shot.title}"
    comment = without_handles(shot.comment)
    window = span(shot.start, shot.end, shot.zone)
    universal = "" if shot.zone.key == "UTC" else span(shot.start, shot.end, ZoneInfo("UTC"))
    html = page(
        heading=shot.title,
        kind="info",
        body=comment,
        facts=[("Sent by", shot.sender), ("Time", window), ("Time (UTC)", universal)],
        link=shot.link or shot.picture_url,
        action="Open in Heeler" if shot.link else "Open the picture",
        graph=True,
    )
    lines = [
        shot.title,
        window,
        *([universal] if universal else []),
        "",
        comment,
        "",
        f"Sent by {shot.sender}",
        f"Picture: {shot.picture_url}",
    ]
    if shot.link:
        lines.append(f"Page: {shot.link}")
    variables = {
        "EVENT_TITLE": subject,
        "EVENT_MSG": comment,
        "TEXT_ONLY_MSG": comment,
        "EVENT_TYPE": "snapshot",
        "LINK": shot.link,
        "SNAPSHOT": shot.picture_url,
        "USER": shot.sender,
    }
    return Notice(subject, "\n".join(lines), html, shot.png, variables)


def span(start: float, end: float, zone: ZoneInfo) -> str:
    """Format a time range: ``2 Jan 2026, 10:00 to 11:00 UTC``; the second day only if it differs."""
    first, last = datetime.fromtimestamp(start, zone), datetime.fromtimestamp(end, zone)
    day = "" if first.date() == last.date() else f"{last.day} {last:%b %Y}, "
    named = "" if zone.key == "UTC" else f" ({zone.key})"
    return f"{first.day} {first:%b %Y}, {first:%H:%M} to {day}{last:%H:%M} {last:%Z}{named}"

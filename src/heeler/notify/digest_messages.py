"""Digest messages: notifications to one recipient beyond a limit a minute are combined into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from heeler.notify.mail import page
from heeler.notify.message import SEVERITIES, Content

MAX_A_MINUTE = 20
"""Maximum number of messages to one recipient within a minute; more are delayed and combined."""
WORST = 10
"""Number of messages listed in a digest."""
_WORDS = {"alert": "Alert", "nodata": "No Data", "warning": "Warn", "ok": "OK", "info": "other"}


@dataclass(frozen=True, slots=True)
class Item:
    """A combined message: its subject and severity (:data:`SEVERITIES`)."""

    subject: str
    severity: int


def room(sent: int, limit: int = MAX_A_MINUTE) -> int:
    """Number of messages that may still be sent in this minute."""
    return max(limit - sent, 0)


def digest(counts: Counter[int], worst: Sequence[Item], url: str, now: float) -> tuple[Content, str, str]:
    """Content, text and HTML of a digest of ``counts`` messages by severity, of which ``worst`` are
    listed.
    """
    kinds = {value: name for name, value in SEVERITIES.items()}
    total = sum(counts.values())
    parts = ", ".join(f"{counts[level]:,} {_WORDS[kinds[level]]}" for level in sorted(counts, reverse=True))
    title = f"{total:,} notifications: {parts}"
    listed = [f"- {item.subject}" for item in worst[:WORST]]
    if total > len(listed):
        listed.append(f"... and {total - len(listed):,} more")
    body = (
        f"More than {MAX_A_MINUTE} notifications a minute were to be sent to you. These are joined:\n\n"
        + "\n".join(listed)
    )
    kind = kinds[max(counts, default=0)]
    link = f"{url}/monitors"
    content = Content(title, body, kind, link=link, time=now)
    html = page(heading=title, kind=kind, body=body, facts=[], link=link, action="View monitors", graph=False)
    return content, f"{body}\n\n{link}\n", html

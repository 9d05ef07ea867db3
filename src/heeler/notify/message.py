"""Content of a notification, independent of the channel's format. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SEVERITIES = {"alert": 4, "nodata": 3, "warning": 2, "ok": 1, "info": 0}
"""By :attr:`Content.kind`: sort order in a digest."""


@dataclass(frozen=True, slots=True)
class Content:
    """Content of a notification.

    ``kind``: ``alert``, ``warning``, ``nodata``, ``ok`` or ``info``. ``facts``: labels and values, without
    empty ones. ``actions``: labels and URLs beside ``link``. ``monitor_id`` is 0 without a monitor.
    ``transition``: ``Triggered``, ``Recovered``, ``Renotify`` ...; ``time``: UNIX seconds.
    """

    title: str
    body: str = ""
    kind: str = "info"
    facts: tuple[tuple[str, str], ...] = ()
    link: str = ""
    actions: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    monitor_id: int = 0
    group: str = ""
    priority: int | None = None
    transition: str = ""
    time: float = 0.0

    @property
    def key(self) -> str:
        """Key by which receivers group messages: the same for all messages of one group of one monitor."""
        if not self.monitor_id:
            return ""
        return f"heeler-{self.monitor_id}-{hashlib.sha256(self.group.encode()).hexdigest()[:16]}"

    @property
    def severity(self) -> int:
        return SEVERITIES.get(self.kind, 0)

    @property
    def ends(self) -> bool:
        """Whether it is a recovery."""
        return self.kind == "ok"

    def stored(self) -> dict[str, Any]:
        # Not asdict(), which copies every text: an outage stores tens of thousands of these.
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def content_of(stored: Mapping[str, Any], subject: str, text: str) -> Content:
    """Stored content; for a message without one, its subject and text."""
    if not stored:
        return Content(subject, text)
    pairs = {name: tuple((str(a), str(b)) for a, b in stored.get(name, ())) for name in ("facts", "actions")}
    fields = {**stored, **pairs, "tags": tuple(stored.get("tags", ())), "title": subject}
    known = Content.__dataclass_fields__
    return Content(**{name: value for name, value in fields.items() if name in known})


def shortened(text: str, limit: int) -> str:
    """``text`` truncated to ``limit`` characters, with an ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"

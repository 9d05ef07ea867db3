"""What a quota limits: everything, an API key, a service, a team, a tag, or each metric of a pattern."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from heeler.query.wildcards import wildcard
from heeler.wire import normalize

ALL, KEY, SERVICE, TEAM, TAG, METRIC = KINDS = ("all", "key", "service", "team", "tag", "metric")


@dataclass(frozen=True)
class Scope:
    """``value``: the id of an API key, a service, a team, a tag (``env:prod``), or a metric's name with
    ``*``, of which each matching metric is limited by itself.
    """

    kind: str = ALL
    value: str = ""

    @cached_property
    def tag(self) -> str:
        """The tag that is limited; empty for other kinds."""
        if self.kind in (SERVICE, TEAM):
            return normalize.tag(f"{self.kind}:{self.value}")
        return normalize.tag(self.value) if self.kind == TAG else ""

    @cached_property
    def _pattern(self) -> Any:
        return wildcard(self.value)

    def place(self, metric: str, tags: Collection[str], sender: str) -> str | None:
        """Under which name within the scope a series counts; None if it does not.

        Empty, except for :data:`METRIC`, where it is the metric's name.
        """
        if self.kind == METRIC:
            return metric if self._pattern.fullmatch(metric) else None
        if self.kind == KEY:
            return "" if sender == self.value else None
        return "" if self.kind == ALL or self.tag in tags else None

    def described(self, key_name: str | None = None) -> str:
        """For messages: ``the service 'checkout'``; ``key_name`` is that of the API key."""
        match self.kind:
            case "all":
                return "all API keys"
            case "key":
                return f"the API key {key_name!r}" if key_name is not None else "this API key"
            case "metric":
                each = "each metric of " if "*" in self.value else "the metric "
                return f"{each}{self.value!r}"
            case kind:
                return f"the {kind} {self.value!r}"


EVERYTHING = Scope()

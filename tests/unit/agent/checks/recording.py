"""Runs a built-in check in this process and records what it submits."""

from __future__ import annotations

from typing import Any

from datadog_checks.base import AgentCheck


class Recording:
    """What a check submits, by kind: (name, value, tags)."""

    def __init__(self, check: type[AgentCheck], instance: dict[str, Any]) -> None:
        self.submitted: list[tuple[str, str, float, tuple[str, ...]]] = []
        self.statuses: list[tuple[str, int, tuple[str, ...]]] = []
        self.warned: list[str] = []
        self.check: Any = check("it", {}, [instance])
        for kind in ("gauge", "rate", "monotonic_count", "histogram"):
            setattr(self.check, kind, self._submit(kind))
        self.check.service_check = self._status
        self.check.warning = lambda text, *values: self.warned.append(text % values)

    def run(self) -> Recording:
        self.submitted, self.statuses, self.warned = [], [], []
        self.check.check({})
        return self

    def value(self, name: str) -> float:
        """The only value of a metric."""
        (found,) = [value for _, metric, value, _ in self.submitted if metric == name]
        return found

    def tags(self, name: str) -> set[tuple[str, ...]]:
        return {tags for _, metric, _, tags in self.submitted if metric == name}

    @property
    def names(self) -> set[str]:
        return {metric for _, metric, _, _ in self.submitted}

    def _submit(self, kind: str) -> Any:
        def submit(name: str, value: float, tags: Any = ()) -> None:
            self.submitted.append((kind, name, value, tuple(tags)))

        return submit

    def _status(self, name: str, status: int, tags: Any = (), message: str = "") -> None:
        self.statuses.append((name, status, tuple(tags)))

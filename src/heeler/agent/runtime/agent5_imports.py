"""Compatibility imports of Agent 5 that checks still use, such as ``from checks import AgentCheck``.

The finder is the last of ``sys.meta_path``, so a user's own module of the same name takes precedence.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

# Module -> names in it -> actual location of each.
_PLACES: dict[str, dict[str, tuple[str, str]]] = {
    "checks": {
        "AgentCheck": ("datadog_checks.base", "AgentCheck"),
        "CheckException": ("datadog_checks.base.errors", "CheckException"),
    },
    "checks.network_checks": {
        "NetworkCheck": ("datadog_checks.base.checks.network", "NetworkCheck"),
        "Status": ("datadog_checks.base.checks.network", "Status"),
        "EventType": ("datadog_checks.base.checks.network", "EventType"),
    },
    "config": {"_is_affirmative": ("datadog_checks.base.config", "is_affirmative")},
    "utils": {},
    "utils.platform": {"Platform": ("datadog_checks.base.utils.platform", "Platform")},
    "utils.subprocess_output": {
        "get_subprocess_output": ("datadog_checks.base.utils.subprocess_output", "get_subprocess_output")
    },
    "utils.tailfile": {"TailFile": ("datadog_checks.base.utils.tailfile", "TailFile")},
    "utils.containers": {"hash_mutable": ("datadog_checks.base.utils.containers", "hash_mutable")},
}


class LegacyFinder(MetaPathFinder, Loader):
    """Finds the modules above and populates them from the base package at their first import."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _PLACES:
            return None
        return ModuleSpec(name, self, is_package=name in ("checks", "utils"))

    def exec_module(self, module: ModuleType) -> None:
        for name, (place, real) in _PLACES[module.__name__].items():
            setattr(module, name, getattr(importlib.import_module(place), real))


def install_legacy() -> None:
    """Install the finder; idempotent."""
    if not any(isinstance(finder, LegacyFinder) for finder in sys.meta_path):
        sys.meta_path.append(LegacyFinder())

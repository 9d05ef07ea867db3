"""Preset dashboards of integrations: one JSON file each, listed as soon as the integration's metrics
arrive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from heeler.dashboards.ids import dashboard_url
from heeler.store.engine import Engine

_SINCE = "2026-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset dashboard. ``prefix``: common prefix of the metrics that it shows."""

    integration: str
    prefix: str
    body: Mapping[str, Any]
    monitors: tuple[Mapping[str, str], ...] = ()
    """Recommended monitors: name, type, query and message."""

    @property
    def id(self) -> str:
        return f"integration-{self.integration}"


def _load() -> dict[str, Preset]:
    found = {}
    for entry in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".json"):
            data = json.loads(entry.read_text())
            preset = Preset(
                data["integration"], data["prefix"], data["dashboard"], tuple(data.get("monitors") or ())
            )
            found[preset.id] = preset
    return found


PRESETS: Mapping[str, Preset] = _load()


def preset_dashboard(dashboard_id: str) -> dict[str, Any] | None:
    """The preset in the format of the dashboards API; None if there is none with that id."""
    preset = PRESETS.get(dashboard_id)
    if preset is None:
        return None
    return {
        **preset.body,
        "id": preset.id,
        "url": dashboard_url(preset.id, preset.body["title"]),
        "author_handle": "",
        "author_name": "Heeler",
        "created_at": _SINCE,
        "modified_at": _SINCE,
        "is_read_only": True,
        "restricted_roles": [],
        "notify_list": None,
    }


async def prefixes_with_data(engine: Engine) -> set[str]:
    """Prefixes of integrations whose metrics have been received."""
    conditions = {f"p{index}": f"{preset.prefix}%" for index, preset in enumerate(PRESETS.values())}
    columns = ", ".join(f"countIf(metric LIKE {{{name}:String}}) > 0" for name in conditions)
    rows = await engine.rows(f"SELECT {columns} FROM (SELECT DISTINCT metric FROM series)", conditions)  # noqa: S608 - only placeholders are put in
    return {preset.integration for preset, seen in zip(PRESETS.values(), rows[0], strict=True) if seen}

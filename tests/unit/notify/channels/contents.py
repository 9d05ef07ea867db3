"""Contents of notifications."""

from __future__ import annotations

from typing import Any

from heeler.notify.message import Content


def content(**more: Any) -> Content:
    values: dict[str, Any] = {
        "title": "[Triggered on {host:a}] CPU is high",
        "body": "It is <hot> & loud",
        "kind": "alert",
        "facts": (("State", "OK → Alert"), ("Value", "97"), ("Tags", "env:prod"), ("Empty", "")),
        "link": "https://heeler/monitors/7",
        "actions": (("Mute 1 h", "https://heeler/mute"), ("Graph", "https://heeler/graph")),
        "tags": ("host:a", "env:prod"),
        "monitor_id": 7,
        "group": "host:a",
        "transition": "Triggered",
        "time": 1_790_000_000.25,
    }
    return Content(**{**values, **more})

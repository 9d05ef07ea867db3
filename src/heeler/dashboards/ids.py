"""IDs and URLs of dashboards, IDs of widgets."""

from __future__ import annotations

import random
import re
import string
import unicodedata
import uuid
from typing import Any

_ALPHABET = string.ascii_lowercase + string.digits


def new_dashboard_id(rng: random.Random) -> str:
    """Random id of three groups of three characters: ``abc-def-ghi``."""
    groups = ["".join(rng.choices(_ALPHABET, k=3)) for _ in range(3)]
    return "-".join(groups)


def slug(title: str) -> str:
    """Readable last part of a dashboard's URL."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"[_']+", "", plain)).strip("-")[:100] or "dashboard"


def dashboard_url(dashboard_id: str, title: str) -> str:
    return f"/dashboard/{dashboard_id}/{slug(title)}"


def with_widget_ids(widgets: list[Any], rng: random.Random) -> list[Any]:
    """Copy in which every widget, also inside groups, has a unique id; existing ids are unchanged."""
    return _with_ids(widgets, rng, set())


def _with_ids(widgets: list[Any], rng: random.Random, taken: set[int]) -> list[Any]:
    return [_with_id(widget, rng, taken) for widget in widgets]


def _with_id(widget: dict[str, Any], rng: random.Random, taken: set[int]) -> dict[str, Any]:
    given = widget.get("id")
    number = rng.randint(10**15, 2**53 - 1)
    if isinstance(given, int) and not isinstance(given, bool) and given > 0 and given not in taken:
        number = given
    taken.add(number)
    definition = widget["definition"]
    if isinstance(definition.get("widgets"), list):
        definition = {**definition, "widgets": _with_ids(definition["widgets"], rng, taken)}
    return {**widget, "id": number, "definition": definition}


def with_tab_ids(tabs: list[Any], widgets: list[Any], rng: random.Random) -> list[Any]:
    """Copy of ``tabs`` in which each has an id, and refers to widgets by id instead of ``@N``."""
    return [
        {
            **tab,
            "id": tab.get("id") or str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "widget_ids": [_widget_id(given, widgets) for given in tab["widget_ids"]],
        }
        for tab in tabs
    ]


def _widget_id(given: Any, widgets: list[Any]) -> int:
    text = str(given)
    return int(widgets[int(text[1:]) - 1]["id"]) if text.startswith("@") else int(text)
